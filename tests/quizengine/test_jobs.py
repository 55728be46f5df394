"""Background jobs: each is done once, whatever happens to the workers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from quizengine import jobs
from quizengine.accounts.tables import Organisation
from quizengine.database import Database, reading, transaction, utcnow
from quizengine.errors import InvalidInput, NotFound
from quizengine.jobs import Job, JobCancelled, LeaseLost, RunningJob, handles

PROJECT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def only_our_kinds(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    """A job table of the test's own, and no kinds of job but those that it names."""
    monkeypatch.setattr(jobs, "_handlers", {})


def ask(kind: str = "test", **payload: object) -> int:
    with transaction() as session:
        return jobs.enqueue(session, kind, payload, now=utcnow())


def job(job_id: int) -> Job:
    with reading() as session:
        return jobs.get_job(session, job_id)


def store(session: object, name: str) -> None:
    """What a handler stores: an organisation of this name."""
    session.add(Organisation(kind="school", name_en=name, name_zh=name, created_at=utcnow()))


def n_stored(name: str) -> int:
    with reading() as session:
        query = select(func.count()).select_from(Organisation).where(Organisation.name_en == name)
        return int(session.scalar(query) or 0)


def let_the_lease_run_out(after: timedelta = jobs.LEASE) -> None:
    """As if so much time had gone by: leases end that much sooner."""
    with transaction() as session:
        for running in session.scalars(select(Job).where(Job.lease_until.is_not(None))):
            running.lease_until -= after


def test_a_job_is_done_and_its_result_kept():
    @handles("test")
    def work(running: RunningJob) -> None:
        running.progress(0.5, "half")
        with transaction() as session:
            store(session, running.payload["name"])
            running.complete(session, {"answer": 42})

    job_id = ask(name="once")
    assert job(job_id).is_open
    assert jobs.run_one()
    done = job(job_id)
    assert (done.status, done.progress, done.result) == ("done", 1.0, {"answer": 42})
    assert done.finished_at is not None
    assert not done.is_open
    assert n_stored("once") == 1
    assert not jobs.run_one()


def test_a_job_belongs_to_the_transaction_of_its_data():
    handles("test")(lambda running: None)
    with pytest.raises(RuntimeError), transaction() as session:
        jobs.enqueue(session, "test", {}, now=utcnow())
        raise RuntimeError
    assert not jobs.run_one()


def test_the_job_that_waits_longest_is_first_and_none_before_its_time():
    order: list[int] = []

    @handles("test")
    def work(running: RunningJob) -> None:
        order.append(running.payload["number"])
        with transaction() as session:
            running.complete(session)

    now = utcnow()
    with transaction() as session:
        for number, delay in ((1, -5), (2, -10), (3, 3600)):
            when = now + timedelta(seconds=delay)
            jobs.enqueue(session, "test", {"number": number}, now=when)
    while jobs.run_one():
        pass
    assert order == [2, 1]


def test_a_job_of_an_unknown_kind_waits_for_a_worker_that_knows_it():
    job_id = ask("of-a-later-version")
    assert not jobs.run_one()
    assert job(job_id).status == "queued"


def test_there_is_no_job_that_was_never_asked_for():
    with reading() as session, pytest.raises(NotFound, match="job"):
        jobs.get_job(session, 999)


def test_a_refusal_fails_the_job_with_its_code():
    @handles("test")
    def work(running: RunningJob) -> None:
        raise InvalidInput("asset-kind", name="x")

    job_id = ask()
    assert jobs.run_one()
    failed = job(job_id)
    assert (failed.status, failed.error, failed.result) == ("failed", "asset-kind", {"name": "x"})
    assert not jobs.run_one()


def test_a_bug_fails_the_job_without_telling_its_secrets():
    @handles("test")
    def work(running: RunningJob) -> None:
        raise ZeroDivisionError("password 123")

    job_id = ask()
    assert jobs.run_one()
    failed = job(job_id)
    assert (failed.status, failed.error) == ("failed", "internal")
    assert "123" not in str(failed.result)


def test_nothing_is_stored_when_the_storing_itself_fails():
    @handles("test")
    def work(running: RunningJob) -> None:
        with transaction() as session:
            running.complete(session)
            store(session, "half")
            raise ZeroDivisionError

    job_id = ask()
    jobs.run_one()
    assert job(job_id).status == "failed"
    assert n_stored("half") == 0


# Leases


def test_two_workers_never_do_the_same_job():
    done: list[int] = []

    @handles("test")
    def work(running: RunningJob) -> None:
        with transaction() as session:
            store(session, "shared")
            running.complete(session)
        done.append(running.id)

    asked = [ask() for _ in range(24)]
    gate = threading.Barrier(4)

    def worker() -> None:
        gate.wait()
        while any(job(job_id).is_open for job_id in asked):
            jobs.run_one()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == asked
    assert n_stored("shared") == len(asked)
    assert {job(job_id).attempts for job_id in asked} == {1}


def test_a_job_whose_lease_holds_is_nobody_elses():
    handles("test")(lambda running: None)
    ask()
    claimed = jobs._claim()
    assert claimed is not None
    let_the_lease_run_out(jobs.LEASE - timedelta(seconds=10))
    assert jobs._claim() is None
    let_the_lease_run_out(timedelta(seconds=11))
    assert jobs._claim() is not None


def test_a_worker_that_was_away_too_long_stores_nothing():
    def work(running: RunningJob) -> None:
        with transaction() as session:
            store(session, "late")
            running.complete(session)

    handles("test")(work)
    job_id = ask()
    slow, _ = jobs._claim()
    let_the_lease_run_out()
    assert jobs.run_one()
    with pytest.raises(LeaseLost):
        work(slow)
    with pytest.raises(LeaseLost):
        slow.progress(0.9)
    assert n_stored("late") == 1
    assert (job(job_id).status, job(job_id).attempts) == ("done", 2)


def test_the_heartbeat_keeps_the_lease_while_the_handler_computes(monkeypatch):
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=2))
    monkeypatch.setattr(jobs, "HEARTBEAT", 0.2)
    started, finish = threading.Event(), threading.Event()

    @handles("test")
    def work(running: RunningJob) -> None:
        started.set()
        finish.wait(30)
        with transaction() as session:
            running.complete(session)

    job_id = ask()
    worker = threading.Thread(target=jobs.run_one)
    worker.start()
    started.wait(30)
    until = time.monotonic() + 3
    while time.monotonic() < until:
        assert jobs._claim() is None
        time.sleep(0.1)
    finish.set()
    worker.join()
    assert (job(job_id).status, job(job_id).attempts) == ("done", 1)


def test_a_cancelled_job_that_waits_is_not_begun():
    handles("test")(lambda running: pytest.fail("it was cancelled"))
    job_id = ask()
    with transaction() as session:
        jobs.cancel(session, job_id, now=utcnow())
    assert not jobs.run_one()
    assert job(job_id).status == "cancelled"


def test_a_cancelled_job_that_runs_stops_and_stores_nothing():
    @handles("test")
    def work(running: RunningJob) -> None:
        with transaction() as session:
            jobs.cancel(session, running.id, now=utcnow())
        with pytest.raises(JobCancelled):
            running.progress(0.5)
        with transaction() as session:
            store(session, "cancelled")
            running.complete(session)

    job_id = ask()
    assert jobs.run_one()
    assert job(job_id).status == "cancelled"
    assert n_stored("cancelled") == 0
    assert not jobs.run_one()


def test_a_worker_that_is_asked_to_stop_puts_its_job_back_for_the_next():
    stop, begun = threading.Event(), []

    @handles("test")
    def work(running: RunningJob) -> None:
        begun.append(running.attempt)
        if len(begun) == 1:
            stop.set()
        running.progress(0.5)
        with transaction() as session:
            store(session, "put back")
            running.complete(session)

    job_id = ask()
    jobs.work(stop)
    waiting = job(job_id)
    assert (waiting.status, waiting.attempts, waiting.lease) == ("queued", 0, None)
    assert n_stored("put back") == 0
    assert jobs.run_one()
    assert job(job_id).status == "done"
    assert begun == [1, 1]
    assert n_stored("put back") == 1


def test_a_finished_job_cannot_be_cancelled():
    @handles("test")
    def work(running: RunningJob) -> None:
        with transaction() as session:
            running.complete(session)

    job_id = ask()
    jobs.run_one()
    with transaction() as session:
        jobs.cancel(session, job_id, now=utcnow())
    assert job(job_id).status == "done"


def test_a_job_that_kills_every_worker_is_given_up():
    handles("test")(lambda running: None)
    job_id = ask()
    for attempt in range(jobs.ATTEMPTS):
        running, _ = jobs._claim()
        assert running.attempt == attempt + 1
        let_the_lease_run_out()
    assert not jobs.run_one()
    failed = job(job_id)
    assert (failed.status, failed.error) == ("failed", "job-gave-up")
    assert failed.result == {"attempts": jobs.ATTEMPTS}


# A worker that is killed

_WORKER = """
import sys, time
from quizengine import all_tables, jobs
from quizengine.accounts.tables import Organisation
from quizengine.config import load_settings
from quizengine.database import configure, transaction, utcnow

configure(load_settings({"DATABASE_URL": sys.argv[1]}).database_url)

@jobs.handles("test")
def work(running):
    running.progress(0.5, "half")
    if sys.argv[2] == "computing":
        print("there", flush=True)
        time.sleep(60)
    with transaction() as session:
        session.add(Organisation(kind="school", name_en="killed", name_zh="", created_at=utcnow()))
        running.complete(session)
        print("there", flush=True)
        time.sleep(60)

jobs.run_one()
"""


@pytest.fixture(params=["computing", "before-its-commit"])
def killed_worker(request: pytest.FixtureRequest, database_url: str) -> int:
    """The job that a worker process had begun when it was killed with SIGKILL."""
    job_id = ask()
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, database_url, request.param],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout.readline() == "there\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    return job_id


def test_a_job_whose_worker_was_killed_runs_again_and_stores_once(killed_worker: int):
    @handles("test")
    def work(running: RunningJob) -> None:
        assert running.attempt == 2
        with transaction() as session:
            store(session, "killed")
            running.complete(session)

    assert job(killed_worker).status == "running"
    assert not jobs.run_one(), "its lease holds for some seconds more"
    let_the_lease_run_out()
    assert jobs.run_one()
    assert job(killed_worker).status == "done"
    assert n_stored("killed") == 1


def test_a_worker_goes_on_when_the_database_was_away(monkeypatch):
    done = threading.Event()

    @handles("test")
    def work(running: RunningJob) -> None:
        with transaction() as session:
            running.complete(session)
        done.set()

    ask()
    tries: list[int] = []
    claim = jobs._claim

    def away_at_first() -> object:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the database is away")
        return claim()

    monkeypatch.setattr(jobs, "_claim", away_at_first)
    stop = threading.Event()
    monkeypatch.setattr(stop, "wait", lambda seconds: None)
    worker = threading.Thread(target=jobs.work, args=(stop,))
    worker.start()
    assert done.wait(30)
    stop.set()
    worker.join()
    assert len(tries) > 1
