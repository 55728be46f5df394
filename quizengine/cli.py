"""The `flask` commands."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import sys
import threading
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itembank.formats.native import read_native
from quizengine import jobs as job_queue
from quizengine.accounts import service as accounts_service
from quizengine.accounts.tables import Account, Organisation
from quizengine.bank_commands import banks
from quizengine.banks.service import publish, store
from quizengine.calibration_commands import calibration
from quizengine.config import PROJECT, Settings
from quizengine.credit_commands import credits
from quizengine.credits.service import load_rules
from quizengine.database import reading, transaction, utcnow
from quizengine.demo.load import load_demo, request_demo
from quizengine.demo.plan import Plan
from quizengine.errors import Refusal
from quizengine.exams.service import offer
from quizengine.messages import sentence
from quizengine.operations_commands import audit, backup, restore
from quizengine.permissions import Role

jobs = AppGroup("jobs", help="Background work.")
accounts = AppGroup("accounts", help="Accounts.")
demo = AppGroup("demo", help="The demonstration: a simulated term, marked everywhere.")

# One sign-in a role, made on the first start. The names are examples, the passwords are not.
FIRST_ACCOUNTS = (
    (Role.STUDENT, "student", "Lin Yue", "school"),
    (Role.INSTRUCTOR, "instructor", "Gao Min", "school"),
    (Role.EXPERT, "expert", "Zhou Wei", "hospital"),
    (Role.REGISTRAR, "registrar", "Xu Jing", "school"),
    (Role.ADMINISTRATOR, "admin", "Administrator", "school"),
)

SHIPPED_BANKS = (
    ("radiographer", {"en": "Radiographer practice", "zh": "放射技师练习"}),
    ("sonographer", {"en": "Sonographer practice", "zh": "超声技师练习"}),
)


def register_commands(app: Flask) -> None:
    """Add the commands to `flask`."""
    for command in (jobs, accounts, demo, banks, calibration, credits, audit, backup, restore):
        app.cli.add_command(command)


@jobs.command()
def work() -> None:
    """Do background jobs until stopped (SIGTERM or Ctrl-C)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    job_queue.work(stop)


@accounts.command()
@click.argument("username")
@click.option("--name", default="", help="The name shown; the user name if left out.")
@click.option("--role", "roles", multiple=True, type=click.Choice([role.value for role in Role]))
@click.option("--organisation", "organisation_id", type=int, default=1, show_default=True)
@click.password_option()
def create(
    username: str, name: str, roles: tuple[str, ...], organisation_id: int, password: str
) -> None:
    """Create an account that can sign in."""
    try:
        with transaction() as session:
            if session.get(Organisation, organisation_id) is None:
                raise click.ClickException(sentence("organisation", "en"))
            accounts_service.create_account(
                session,
                organisation_id=organisation_id,
                username=username,
                display_name=name,
                password=password,
                roles=roles,
                now=utcnow(),
            )
    except Refusal as refusal:
        raise click.ClickException(sentence(refusal.code, "en", refusal.details)) from None
    click.echo(f"{username} can sign in.")


@demo.command()
def load() -> None:
    """Load the demonstration here and now, or what an interrupted load has left out."""
    plan = Plan(now=utcnow())
    try:
        with transaction() as session:
            made = request_demo(session, plan=plan, in_background=False)
        for role, username, password in made:
            click.echo(f"{role} {username} can sign in with the password {password}")
        loaded = load_demo(plan, _say_progress)
    except Refusal as refusal:
        raise click.ClickException(sentence(refusal.code, "en", refusal.details)) from None
    click.echo(f"{loaded} parts of the demonstration loaded; everything in it is simulated.")


def _say_progress(fraction: float, part: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{fraction:4.0%} {part:<20}", nl=False, err=True)


def first_run(app: Flask, *, with_demo: bool = False) -> list[tuple[str, str, str]]:
    """Make what a new installation needs, once.

    Parameters
    ----------
    with_demo : also ask the worker to load the demonstration.

    Returns
    -------
    Sign-ins (role, name, password) made now; empty on every later start. They are also written to
    `sign-ins.txt` in the data folder, which only its owner can read.
    """
    settings: Settings = app.extensions["settings"]
    made: list[tuple[str, str, str]] = []
    with transaction() as session:
        if not session.scalar(select(func.count()).select_from(Account)):
            made = _first_accounts(session)
            load_shipped_banks(session)
            _load_credit_rules(session)
            if with_demo:
                made += request_demo(session, plan=Plan(now=utcnow()))
            _write_sign_ins(settings.data_dir / "sign-ins.txt", made)
    return made


def _first_accounts(session: Session) -> list[tuple[str, str, str]]:
    now = utcnow()
    homes = {
        "school": accounts_service.create_organisation(
            session,
            kind="school",
            name_en="School of Medical Imaging",
            name_zh="医学影像学院",
            now=now,
        ),
        "hospital": accounts_service.create_organisation(
            session,
            kind="hospital",
            name_en="Teaching Hospital",
            name_zh="教学医院",
            now=now,
        ),
    }
    made = []
    for role, username, name, home in FIRST_ACCOUNTS:
        password = "-".join(secrets.token_hex(3) for _ in range(3))
        accounts_service.create_account(
            session,
            organisation_id=homes[home],
            username=username,
            display_name=name,
            password=password,
            roles=[role],
            now=now,
        )
        made.append((role.value, username, password))
    return made


def load_shipped_banks(session: Session) -> None:
    """Store and publish the two banks the program comes with, and offer practice on each."""
    now = utcnow()
    school = session.scalars(
        select(Organisation.id).where(Organisation.kind == "school").order_by(Organisation.id)
    ).first()
    if school is None:
        return
    for folder, title in SHIPPED_BANKS:
        bank = read_native(PROJECT / "itembank" / "data" / folder)
        note = bank.status_note
        bank_id = store.create_bank(
            session,
            organisation_id=school,
            bank=bank,
            shipped=True,
            status_note={"en": note.get("en"), "zh": note.get("zh")},
            now=now,
        )
        publish.publish_revision(session, bank_id=bank_id, account_id=None, now=now)
        offer.create_practice_exam(session, bank_id=bank_id, profile="UNI", title=title, now=now)


def _load_credit_rules(session: Session) -> None:
    """Give every school the sample programme with its credit rules."""
    schools = session.scalars(select(Organisation.id).where(Organisation.kind == "school"))
    for organisation_id in schools.all():
        load_rules(session, organisation_id=organisation_id, now=utcnow())


def _write_sign_ins(file: Path, made: list[tuple[str, str, str]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        for role, username, password in made:
            stream.write(f"{role}\t{username}\t{password}\n")


def has_accounts() -> bool:
    """Whether the installation was used before."""
    with reading() as session:
        return bool(session.scalar(select(func.count()).select_from(Account)))
