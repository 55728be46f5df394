"""`flask calibration simulate|fit`, and a worker that is killed in the middle of a fit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import func, select, update

from itembank.scoring import score_response
from quizengine.accounts.tables import Account
from quizengine.banks.tables import ParameterSet
from quizengine.database import reading, transaction, utcnow
from quizengine.exams.engine import log_of
from quizengine.exams.service import simulate
from quizengine.exams.tables import Answer, Sitting
from quizengine.jobs import Job

from ..conftest import NOW, School
from .test_calibration import ask, make_cohort, set_in_force

PROJECT = Path(__file__).resolve().parents[3]


def test_a_cohort_is_simulated_and_fitted_from_the_command_line(app: Flask, school: School) -> None:
    run = app.test_cli_runner()
    said = run.invoke(
        args=["calibration", "simulate", "--bank", "tst", "--students", "120", "--seed", "5"]
    )
    assert said.exit_code == 0, said.output
    assert said.output.startswith("120 simulated students, 120 sittings, ")
    before = set_in_force(school)
    said = run.invoke(args=["calibration", "fit", "--bank", "tst", "--include-simulated"])
    assert said.exit_code == 0, said.output
    assert "stored, not published" in said.output
    assert set_in_force(school) == before
    said = run.invoke(
        args=["calibration", "fit", "--bank", "tst", "--include-simulated", "--publish"]
    )
    assert said.exit_code == 0, said.output
    assert set_in_force(school) != before


def test_the_commands_refuse_with_a_sentence(app: Flask, school: School) -> None:
    run = app.test_cli_runner()
    for words, sentence in (
        (["fit", "--bank", "none"], "There is no such item bank."),
        (["fit", "--bank", "tst"], "Only 0 sittings have answers that count"),
        (["simulate", "--bank", "tst", "--students", "0"], "A cohort has 1 to 5000 students"),
    ):
        said = run.invoke(args=["calibration", *words])
        assert said.exit_code == 1
        assert sentence in said.output


def test_everything_of_a_cohort_is_marked_and_lies_in_the_past(school: School) -> None:
    cohort = make_cohort(school, 6, n_sittings=2)
    with reading() as session:
        sittings = session.scalars(select(Sitting)).all()
        students = session.scalars(
            select(Account).where(Account.id.in_([s.student_id for s in sittings]))
        ).all()
        answers = session.scalars(select(Answer).order_by(Answer.sitting_id, Answer.position)).all()
    assert len(sittings) == 12
    assert all(s.simulated and s.finished_at is not None and s.stop_reason for s in sittings)
    assert all(s.started_at < s.finished_at < NOW for s in sittings if s.finished_at)
    assert len(students) == 6
    assert all(a.simulated and a.password_hash == "" for a in students)
    assert len(answers) == cohort.n_answers
    assert all(timedelta(0) < a.answered_at - a.served_at < timedelta(minutes=5) for a in answers)


def test_a_simulated_sitting_is_the_one_the_engine_would_have_given(school: School) -> None:
    make_cohort(school, 4)
    with reading() as session:
        offer = simulate.read_offer(session, exam_id=school.exam_id)
        sittings = session.scalars(select(Sitting)).all()
        for sitting in sittings:
            items, scores = log_of(sitting)
            log = session.scalars(
                select(Answer).where(Answer.sitting_id == sitting.id).order_by(Answer.position)
            ).all()
            versions = offer.engine.table.version_ids[items].tolist()
            assert versions == [answer.item_version_id for answer in log]
            assert scores.tolist() == [answer.score for answer in log]
            for answer, item in zip(log, items.tolist(), strict=True):
                assert score_response(offer.items[item], answer.choice) == answer.score
            for position in range(len(items)):
                step = simulate.take_step(
                    offer.engine,
                    offer.rules,
                    sitting.seed,
                    items[:position],
                    scores[:position],
                    np.empty(0, dtype=np.intp),
                )
                assert step.next_item == items[position]


def test_the_truth_about_an_item_is_the_same_for_every_cohort(school: School) -> None:
    with reading() as session:
        offer = simulate.read_offer(session, exam_id=school.exam_id)
    one, two = (
        simulate.simulate_cohort(offer, n_students=2, seed=seed, now=NOW) for seed in (1, 2)
    )
    assert np.array_equal(one.items.b, two.items.b)
    assert not np.array_equal(one.abilities, two.abilities)


def worker(database_url: str, folder: Path) -> subprocess.Popen[bytes]:
    """`flask jobs work` as the server starts it."""
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "jobs", "work"],
        cwd=PROJECT,
        env={
            **os.environ,
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder),
            "SECRET_KEY": "k" * 40,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for_job(*, note: str = "", status: str = "") -> Job:
    """The only job, as soon as it is in this state."""
    end = time.monotonic() + 90
    while time.monotonic() < end:
        with reading() as session:
            job = session.scalars(select(Job)).one()
        if (note and job.note.startswith(note)) or (status and job.status == status):
            return job
        time.sleep(0.005)
    pytest.fail(f"the job did not get there: {job.status} {job.note} {job.error}")


def test_a_worker_killed_in_the_middle_loses_nothing(
    database_url: str, school: School, tmp_path: Path
) -> None:
    make_cohort(school, 120)
    ask(school)
    first = worker(database_url, tmp_path)
    try:
        wait_for_job(note="fit:")
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    with transaction() as session:
        job = session.scalars(select(Job)).one()
        assert (job.status, job.attempts) == ("running", 1)
        assert session.scalar(select(func.count()).select_from(ParameterSet)) == 1
        # what twenty seconds without a heartbeat bring about
        session.execute(update(Job).values(lease_until=utcnow() - timedelta(seconds=1)))
    second = worker(database_url, tmp_path)
    try:
        job = wait_for_job(status="done")
    finally:
        second.terminate()
        second.wait()
    assert job.attempts == 2
    with reading() as session:
        sets = session.scalars(select(ParameterSet).where(ParameterSet.kind == "calibrated")).all()
    assert [found.id for found in sets] == [(job.result or {})["parameter_set_id"]]
