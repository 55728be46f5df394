"""The demonstration: loaded once, in parts that survive an interruption, and marked everywhere."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from quizengine import audit
from quizengine import database as databases
from quizengine.accounts.tables import Account, ClassMember, TeachingClass
from quizengine.app import create_app
from quizengine.audit import AuditEvent
from quizengine.banks.service.publish import find_published
from quizengine.banks.tables import Bank, ParameterSet
from quizengine.cli import first_run
from quizengine.config import load_settings
from quizengine.credits import service as credits
from quizengine.credits.tables import Award, Claim
from quizengine.database import reading, transaction, utcnow
from quizengine.demo import cohort
from quizengine.demo.load import KIND, LOADED, load_demo, request_demo
from quizengine.demo.plan import Plan
from quizengine.errors import Conflict
from quizengine.exams.engine import engine_for, forget_engines, log_of, take_step, unpack
from quizengine.exams.rules import Rules
from quizengine.exams.service import simulate
from quizengine.exams.tables import Answer, Exam, Room, RoomEntry, Sitting
from quizengine.home.service import read_loading_demo
from quizengine.jobs import Job
from quizengine.standards.service import current_standard

PROJECT = Path(__file__).resolve().parents[2]
N_STUDENTS, N_IN_ROOM = 160, 20  # fewer leave too many items provisional for a claim
PARTS = (
    "practice", "calibration-rad", "calibration-son", "exam-rad", "exam-son", "credits",
)  # fmt: skip


class Interrupted(Exception):
    """What a worker raises that is stopped."""


@dataclass(frozen=True)
class Loaded:
    """An installation with a small demonstration, and how it was made."""

    app: Flask
    plan: Plan
    sign_ins: dict[str, str]  # user name -> password
    reported: list[tuple[float, str]]
    parts_after_interruption: int

    def browser(self, username: str) -> FlaskClient:
        client = self.app.test_client()
        page = client.get("/sign-in").get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        values = {"username": username, "password": self.sign_ins[username]}
        response = client.post("/sign-in", data={"csrf_token": token[1], **values})
        assert response.status_code == 303
        return client


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database for all tests of this file, one of each kind."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("demo") / "demo.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    server = request.getfixturevalue("postgres_server")
    name = server.create(request.getfixturevalue("postgres_template"))
    yield server.url(name).replace("postgresql://", "postgresql+psycopg://", 1)
    server.drop(name)


def start(url: str, folder: Path, *, with_demo: bool) -> tuple[Flask, dict[str, str]]:
    """What `./run` does before it serves."""
    forget_engines()
    values = {"DATABASE_URL": url, "DATA_DIR": str(folder), "SECRET_KEY": "k" * 40}
    app = create_app(load_settings(values))
    made = first_run(app, with_demo=with_demo)
    return app, {username: password for _, username, password in made}


@pytest.fixture(scope="module")
def loaded(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    """The demonstration, loaded with one interruption after its first part."""
    app, sign_ins = start(url, tmp_path_factory.mktemp("data"), with_demo=True)
    plan = Plan(now=utcnow(), n_students=N_STUDENTS, n_in_room=N_IN_ROOM)
    reported: list[tuple[float, str]] = []

    def progress(fraction: float, part: str) -> None:
        reported.append((fraction, part))
        if part == "calibration-son" and not interrupted:
            interrupted.append(part)
            raise Interrupted

    interrupted: list[str] = []
    with pytest.raises(Interrupted):
        load_demo(plan, progress)
    yield Loaded(app, plan, sign_ins, reported, load_demo(plan, progress))
    databases.current().writer.dispose()
    databases.current().reader.dispose()


def count(table: Any, *conditions: Any) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions)) or 0


def test_an_interrupted_load_goes_on_with_the_first_part_that_is_missing(loaded: Loaded) -> None:
    assert loaded.parts_after_interruption == len(PARTS) - 2
    with reading() as session:
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.action == LOADED).order_by(AuditEvent.id)
        ).all()
    assert [event.after["part"] for event in events] == list(PARTS)
    assert all(event.after["simulated"] is True for event in events)


def test_loading_again_changes_nothing(loaded: Loaded) -> None:
    before = [count(table) for table in (Account, Sitting, Answer, Claim, AuditEvent, Room)]
    assert load_demo(loaded.plan, lambda fraction, part: None) == 0
    with transaction() as session:
        assert request_demo(session, plan=loaded.plan) == []
    assert count(Job, Job.kind == KIND) == 1
    assert [count(t) for t in (Account, Sitting, Answer, Claim, AuditEvent, Room)] == before


def test_a_second_start_asks_for_nothing(loaded: Loaded) -> None:
    assert first_run(loaded.app, with_demo=True) == []
    assert count(Job, Job.kind == KIND) == 1


def test_the_progress_only_grows(loaded: Loaded) -> None:
    interruption = next(
        place for place, (_, part) in enumerate(loaded.reported) if part == "calibration-son"
    )
    fractions = [fraction for fraction, _ in loaded.reported[: interruption + 1]]
    assert fractions == sorted(fractions)
    assert 0.0 <= fractions[0] <= fractions[-1] < 1.0


def test_two_classes_hold_the_cohort_and_the_demonstration_student(loaded: Loaded) -> None:
    with reading() as session:
        sizes = session.execute(
            select(TeachingClass.code, func.count())
            .join(ClassMember, ClassMember.class_id == TeachingClass.id)
            .where(ClassMember.role == "student")
            .group_by(TeachingClass.code)
            .order_by(TeachingClass.code)
        ).all()
    half = N_STUDENTS // 2
    assert [tuple(row) for row in sizes] == [("DEMO-RAD", half + 1), ("DEMO-SON", half)]


def test_everything_of_the_cohort_is_marked_as_simulated(loaded: Loaded) -> None:
    assert count(Account, Account.simulated.is_(True)) == N_STUDENTS + 1
    assert count(Sitting, Sitting.simulated.is_(False)) == 0
    assert count(ParameterSet, ParameterSet.kind == "calibrated", ~ParameterSet.simulated) == 0
    with reading() as session:
        real = select(Claim.id).join(Account, Account.id == Claim.student_id)
        assert session.scalars(real.where(Account.simulated.is_(False))).all() == []


def test_nobody_signs_in_as_a_simulated_student_but_the_demonstration_student(
    loaded: Loaded,
) -> None:
    with reading() as session:
        able = session.scalars(
            select(Account.username).where(Account.simulated.is_(True), Account.password_hash != "")
        ).all()
    assert able == ["student"]


def test_practice_lies_in_the_sixteen_weeks_before_the_exams(loaded: Loaded) -> None:
    with reading() as session:
        practice = session.execute(
            select(func.count(), func.min(Sitting.started_at), func.max(Sitting.finished_at))
            .select_from(Sitting)
            .where(Sitting.room_id.is_(None))
        ).one()
        exams = session.scalars(select(Sitting.started_at).where(Sitting.room_id.is_not(None)))
        first_exam = min(exams)
    assert practice[0] == 2 * N_STUDENTS + 3
    assert loaded.plan.days_ago(114) < practice[1] < loaded.plan.days_ago(90)
    assert practice[2] < first_exam < loaded.plan.days_ago(10)


def test_each_sitting_can_be_computed_again_from_what_it_froze(loaded: Loaded) -> None:
    with reading() as session:
        some = session.scalars(select(Sitting).order_by(Sitting.id)).all()[::23]
        for sitting in some:
            engine, rules = engine_for(session, sitting.parameter_set_id), sitting.rules
            items, scores = log_of(sitting)
            avoided = unpack(sitting.avoided, "<i4")
            for n in range(0, items.size, 9):
                step = take_step(
                    engine, Rules.from_json(rules), sitting.seed, items[:n], scores[:n], avoided
                )
                assert step.next_item == items[n]
            last = take_step(engine, Rules.from_json(rules), sitting.seed, items, scores, avoided)
            assert last.next_item is None
            assert last.stop_reason == sitting.stop_reason
    assert len(some) > 10


def test_the_same_plan_gives_the_same_answers_and_another_seed_others(loaded: Loaded) -> None:
    with reading() as session:
        offers = tuple(
            simulate.read_offer(session, exam_id=simulate.find_exam(session, bank_id))
            for bank_id in session.scalars(select(Bank.id).order_by(Bank.code))
        )

    def answers(seed: int) -> list[tuple[Any, ...]]:
        plan = Plan(now=loaded.plan.now, n_students=4, n_in_room=1, seed=seed)
        sittings = cohort.simulate_practice(plan, offers, lambda fraction: None)
        return [
            (kind, one.started_at, one.items.tolist(), one.scores.tolist(), one.responses)
            for kind, of_kind in sorted(sittings.items())
            for one in of_kind
        ]

    first = answers(1)
    assert first == answers(1)
    assert first != answers(2)
    assert len(first) == 8


def test_both_rooms_are_closed_and_hold_complete_sittings(loaded: Loaded) -> None:
    with reading() as session:
        rooms = session.scalars(select(Room).order_by(Room.id)).all()
        entries = session.scalars(select(RoomEntry)).all()
        sittings = session.scalars(select(Sitting).where(Sitting.room_id.is_not(None))).all()
        modes = set(session.scalars(select(Exam.mode).join(Room, Room.exam_id == Exam.id)))
    assert [room.closed_at is not None for room in rooms] == [True, True]
    assert modes == {"invigilated"}
    assert len(entries) == len(sittings) == 2 * N_IN_ROOM + 1
    assert {sitting.n_answered for sitting in sittings} == {60}
    assert all(entry.sitting_id is not None for entry in entries)
    assert sum(bool(entry.irregularities) for entry in entries) == 2


def test_the_log_of_a_sitting_is_what_its_answers_say(loaded: Loaded) -> None:
    with reading() as session:
        for sitting in session.scalars(select(Sitting).where(Sitting.room_id.is_not(None))):
            answers = session.scalars(
                select(Answer).where(Answer.sitting_id == sitting.id).order_by(Answer.position)
            ).all()
            items, scores = log_of(sitting)
            table = engine_for(session, sitting.parameter_set_id).table
            versions = [int(table.version_ids[index]) for index in items]
            assert [answer.item_version_id for answer in answers] == versions
            assert [answer.score for answer in answers] == scores.tolist()


def test_both_banks_are_calibrated_from_the_practice_and_the_fits_converged(
    loaded: Loaded,
) -> None:
    with reading() as session:
        for code in ("rad", "son"):
            bank_id = session.scalars(select(Bank.id).where(Bank.code == code)).one()
            published = find_published(session, bank_id)
            assert published is not None
            parameters = session.get_one(ParameterSet, published.parameter_set_id)
            assert parameters.kind == "calibrated"
            assert parameters.simulated
            assert parameters.summary["converged"] is True
            assert parameters.summary["n_real"] == 0


def test_a_standard_is_adopted_that_says_it_is_made_up(loaded: Loaded) -> None:
    with reading() as session:
        for bank_id in session.scalars(select(Bank.id)):
            standard = current_standard(session, bank_id=bank_id, at=loaded.plan.now)
            assert not standard.provisional
            assert standard.method == "modified-angoff"
            assert "Demonstration" in standard.panel["note"]
            assert "演示" in standard.panel["note"]


def test_claims_are_in_every_state(loaded: Loaded) -> None:
    with reading() as session:
        states = set(session.scalars(select(Claim.state)))
        reasons = session.scalars(select(Claim.reason).where(Claim.state == "refused")).all()
        awarded = set(session.scalars(select(Award.claim_id)))
        approved = set(session.scalars(select(Claim.id).where(Claim.state == "approved")))
    assert states == {"submitted", "checked", "approved", "refused", "withdrawn"}
    assert all("Demonstration" in reason for reason in reasons)
    assert awarded == approved


def test_an_approved_claim_was_signed_by_two_people_and_gives_the_same_digits_again(
    loaded: Loaded,
) -> None:
    with reading() as session:
        for claim in session.scalars(select(Claim).where(Claim.state == "approved")):
            assert None not in {claim.checked_by, claim.confirmed_by}
            assert claim.checked_by != claim.confirmed_by
            assert credits.recompute(claim).is_equal


def test_a_student_sees_a_draft_that_is_blocked_and_why(loaded: Loaded) -> None:
    with reading() as session:
        entries = session.scalars(select(RoomEntry)).all()
        irregular = next(entry for entry in entries if entry.irregularities)
        organisation = session.get_one(Account, irregular.student_id).organisation_id
        found = credits.eligible_claims(
            session, student_id=irregular.student_id, organisation_id=organisation
        )
        flags = {
            flag.code for one in found.sittings for part in one.possible for flag in part.flags
        }
    assert "irregularity" in flags


def test_the_demonstration_student_has_recognised_credits(loaded: Loaded) -> None:
    with reading() as session:
        student = session.scalars(select(Account).where(Account.username == "student")).one()
        assert student.simulated
        transcript = credits.transcript(session, student.id)
    assert transcript.total > 0
    assert transcript.simulated


def test_the_audit_chain_is_whole(loaded: Loaded) -> None:
    with reading() as session:
        assert audit.find_broken_link(session) is None


def test_every_role_signs_in_and_the_second_registrar_and_instructor_too(loaded: Loaded) -> None:
    assert set(loaded.sign_ins) == {
        "student", "instructor", "expert", "registrar", "admin", "instructor2", "registrar2",
    }  # fmt: skip
    for username in ("student", "instructor2", "registrar2"):
        assert loaded.browser(username).get("/").status_code == 200


MARK = re.compile(r'class="chip[^>]*>(?:<svg.*?</svg>)?(Simulated|Demonstration|Made up)', re.S)
PAGES = (
    ("student", "/"),
    ("student", "/reports"),
    ("student", "/sittings/{sitting_id}/report"),
    ("student", "/credits"),
    ("student", "/credits/claims/{claim_id}"),
    ("student", "/credits/transcript"),
    ("instructor", "/classes/{class_id}"),
    ("instructor", "/rooms/{room_id}"),
    ("instructor", "/rooms/{room_id}/students/{student_id}"),
    ("instructor", "/calibrations"),
    ("registrar", "/standards"),
    ("registrar", "/banks/{bank_id}/standards"),
    ("registrar", "/credits/queue"),
    ("registrar", "/credits/queue/{claim_id}"),
    ("admin", "/accounts?simulated=1"),
)


@pytest.mark.parametrize(("username", "path"), PAGES)
def test_each_page_about_the_cohort_says_that_it_is_simulated(
    loaded: Loaded, username: str, path: str
) -> None:
    with reading() as session:
        student = session.scalars(select(Account.id).where(Account.username == "student")).one()
        of_student = Sitting.student_id == student
        values = {
            "student_id": student,
            "sitting_id": session.scalar(select(func.min(Sitting.id)).where(of_student)),
            "class_id": session.scalar(select(func.min(TeachingClass.id))),
            "room_id": session.scalar(select(func.min(Room.id))),
            "claim_id": session.scalar(select(func.min(Claim.id))),
            "bank_id": session.scalar(select(func.min(Bank.id))),
        }
    response = loaded.browser(username).get(path.format(**values), follow_redirects=True)
    page = response.get_data(as_text=True)
    assert response.status_code == 200, path
    # names of rooms and students say it too; here the mark beside them is wanted
    assert MARK.search(page[page.index("<main") :]), page[page.index("<main") :]


@pytest.mark.parametrize(("options", "n_jobs"), [([], 1), (["--no-demo"], 0)])
def test_the_first_start_asks_for_the_demonstration_unless_told_not_to(
    tmp_path: Path, options: list[str], n_jobs: int
) -> None:
    command = [sys.executable, "-m", "quizengine.serve", "--prepare", *options]
    environment = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert ("demonstration" in done.stderr) == bool(n_jobs)
    (file,) = tmp_path.glob("*.db")
    with sqlite3.connect(file) as connection:
        found = connection.execute("select count(*) from job where kind = ?", [KIND]).fetchone()
    connection.close()
    assert found == (n_jobs,)
    usernames = (tmp_path / "sign-ins.txt").read_text()
    assert ("registrar2" in usernames) == bool(n_jobs)


def test_the_demonstration_is_refused_where_its_school_is_not(database_url: str) -> None:
    before = databases.current().url
    try:
        databases.configure(load_settings({"DATABASE_URL": database_url}).database_url)
        with pytest.raises(Conflict, match="demo-not-here"):
            load_demo(Plan(now=utcnow()), lambda fraction, part: None)
    finally:
        databases.configure(before)


def test_a_start_without_the_demonstration_has_accounts_and_banks_only(
    database_url: str, tmp_path: Path
) -> None:
    before = databases.current().url
    try:
        _, sign_ins = start(database_url, tmp_path, with_demo=False)
        assert set(sign_ins) == {"student", "instructor", "expert", "registrar", "admin"}
        assert [count(table) for table in (Job, Sitting, Room, Claim, TeachingClass)] == [0] * 5
        assert count(Bank) == 2
        with reading() as session:
            assert read_loading_demo(session) is None
    finally:
        databases.configure(before)
        forget_engines()
