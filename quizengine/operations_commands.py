"""`flask backup`, `flask restore`, `flask audit verify`: looking after what is stored."""

from __future__ import annotations

import time
from pathlib import Path

import click
from flask.cli import AppGroup

from quizengine import audit as audit_log
from quizengine.backup import write_backup
from quizengine.database import reading
from quizengine.errors import Refusal
from quizengine.messages import sentence
from quizengine.restore import restore_backup

audit = AppGroup("audit", help="The log of decisions about people.")
PROBLEMS = {
    "changed": "it was changed after it was written",
    "missing-before": "an event before it is missing",
    "out-of-order": "it does not follow the event before it",
}


def _refused(refusal: Refusal) -> click.ClickException:
    return click.ClickException(sentence(refusal.code, "en", refusal.details))


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write the whole database into FILE, while the program runs.

    The file restores into SQLite and PostgreSQL alike. Not in it: the secret key, sign-in
    sessions and one-time links. It holds personal data and password hashes: keep it safe.
    """
    started = time.monotonic()
    try:
        manifest = write_backup(file)
    except Refusal as refusal:
        raise _refused(refusal) from None
    size, seconds = file.stat().st_size / 1e6, time.monotonic() - started
    click.echo(
        f"{file}: {manifest.rows} rows of {len(manifest.tables)} tables, "
        f"migration {manifest.migration}, {size:.1f} MB, in {seconds:.1f} s."
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Delete what the database holds now.")
def restore(file: Path, replace: bool) -> None:
    """Put the backup FILE into the database: all of it, or nothing.

    Stop the program first. The database may be of the other kind than the one the backup was
    made from. Everybody has to sign in again.
    """
    started = time.monotonic()
    try:
        manifest = restore_backup(file, replace=replace)
    except Refusal as refusal:
        raise _refused(refusal) from None
    click.echo(
        f"Restored {manifest.rows} rows of {len(manifest.tables)} tables, as they were on "
        f"{manifest.made_at:%Y-%m-%d %H:%M:%S} UTC, every checksum equal, "
        f"in {time.monotonic() - started:.1f} s."
    )


@audit.command()
@click.option("--contains", metavar="HASH", help="Also check that this hash is still in the log.")
def verify(contains: str | None) -> None:
    """Walk the whole log; exit with 1 at the first event that does not fit.

    Removing the newest events leaves a chain that is whole. Keep the hash printed here in
    another place and give it to --contains later: it is found only if nothing was removed.
    """
    with reading() as session:
        broken = audit_log.find_broken_link(session)
        number, link = audit_log.last_link(session)
        found = contains is None or audit_log.holds_link(session, contains)
    if broken is not None:
        click.echo(f"Broken at event {broken.event_id}: {PROBLEMS[broken.problem]}.", err=True)
        raise SystemExit(1)
    if not found:
        click.echo(f"No event has the hash {contains}: events were removed.", err=True)
        raise SystemExit(1)
    click.echo(f"{number} events, the chain is whole. Last hash: {link}")
