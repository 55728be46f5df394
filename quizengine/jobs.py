"""Background jobs: one table with a lease and a heartbeat, the same on both databases.

A job is enqueued in the transaction of the data it works on. A worker takes it for a short
lease and renews the lease while it works; when a worker is killed the lease runs out and the
job runs again. A handler stores its result with `RunningJob.complete` in the very transaction
that ends the job, so that running again never stores anything twice.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from quizengine.database import Base, reading, transaction, utcnow
from quizengine.errors import NotFound, Refusal

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
HEARTBEAT = 5.0
ATTEMPTS = 5


class Job(Base):
    """A piece of background work."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_open", "status", "run_after"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    status: Mapped[str] = mapped_column(default="queued")  # running, done, failed, cancelled
    progress: Mapped[float] = mapped_column(default=0.0)
    note: Mapped[str] = mapped_column(default="")
    attempts: Mapped[int] = mapped_column(default=0)
    lease: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    run_after: Mapped[datetime]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None]  # a code of messages.py, or "internal"

    @property
    def is_open(self) -> bool:
        return self.status in {"queued", "running"}


class LeaseLost(Exception):
    """Another worker took the job over: stop, and store nothing."""


class JobCancelled(Exception):
    """Somebody cancelled the job while it ran."""


class WorkerStops(Exception):
    """The worker was asked to stop: the job goes back into the queue."""


@dataclass(frozen=True, slots=True)
class RunningJob:
    """What a handler gets: the payload, and the ways to report and to finish."""

    id: int
    payload: dict[str, Any]
    attempt: int
    lease: str

    def progress(self, fraction: float, note: str = "") -> None:
        """Say how far the work is; raises when the job must not go on here.

        It was cancelled, another worker took it over, or this worker was asked to stop.
        """
        if _stop is not None and _stop.is_set():
            raise WorkerStops
        with transaction() as session:
            _hold(session, self, progress=min(max(fraction, 0.0), 1.0), note=note)

    def complete(self, session: Session, result: dict[str, Any] | None = None) -> None:
        """End the job in the caller's transaction, together with what it stores."""
        _hold(
            session,
            self,
            status="done",
            progress=1.0,
            result=result or {},
            finished_at=utcnow(),
            lease=None,
        )


Handler = Callable[[RunningJob], None]
_handlers: dict[str, Handler] = {}
_stop: threading.Event | None = None  # of the worker that this process is


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Name the function that does one kind of job."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    account_id: int | None = None,
) -> int:
    """Ask for background work in the caller's transaction; returns the job's id."""
    job = Job(kind=kind, payload=payload, account_id=account_id, run_after=now, created_at=now)
    session.add(job)
    session.flush()
    return job.id


def get_job(session: Session, job_id: int) -> Job:
    """A job, or `NotFound("job")`."""
    job = session.get(Job, job_id)
    if job is None:
        raise NotFound("job")
    return job


def cancel(session: Session, job_id: int, *, now: datetime) -> None:
    """Cancel a job that waits or runs; a running handler notices at its next report."""
    session.execute(
        update(Job)
        .where(Job.id == job_id, Job.status.in_(("queued", "running")))
        .values(status="cancelled", finished_at=now, lease=None)
    )


def work(stop: threading.Event, *, idle_seconds: float = 1.0) -> None:
    """Do jobs until `stop` is set; one that reports its progress is put back then."""
    global _stop
    _stop = stop
    try:
        while not stop.is_set():
            try:
                if not run_one():
                    stop.wait(idle_seconds)
            except Exception:
                log.exception("the worker could not reach the job table")
                stop.wait(5.0)
    finally:
        _stop = None


def run_one() -> bool:
    """Do the job that waits longest; whether there was one."""
    job = _claim()
    if job is None:
        return False
    running, kind = job
    try:
        with _heartbeat(running):
            _handlers[kind](running)
    except (LeaseLost, JobCancelled):
        log.info("job %s stopped: cancelled or taken over", running.id)
    except WorkerStops:
        _put_back(running)
    except Refusal as refusal:
        _fail(running, refusal.code, refusal.details)
    except Exception:
        log.exception("job %s (%s) failed", running.id, kind)
        _fail(running, "internal", {"reference": f"job-{running.id}"})
    return True


def _claim() -> tuple[RunningJob, str] | None:
    with reading() as session:  # most looks find nothing: take no write lock for them
        if session.scalar(_open_jobs(utcnow()).with_only_columns(Job.id).limit(1)) is None:
            return None
    with transaction() as session:
        now = utcnow()
        query = _open_jobs(now).order_by(Job.run_after, Job.id).limit(1)
        job = session.scalar(query.with_for_update(skip_locked=True))
        if job is None:
            return None
        if job.attempts >= ATTEMPTS:
            job.status, job.error, job.finished_at = "failed", "job-gave-up", now
            job.result = {"attempts": job.attempts}
            return None
        job.status, job.attempts = "running", job.attempts + 1
        job.lease, job.lease_until = secrets.token_hex(8), now + LEASE
        return RunningJob(job.id, job.payload, job.attempts, job.lease), job.kind


def _open_jobs(now: datetime) -> Any:
    return select(Job).where(
        Job.kind.in_(_handlers),
        Job.run_after <= now,
        or_(Job.status == "queued", (Job.status == "running") & (Job.lease_until < now)),
    )


def _hold(session: Session, job: RunningJob, **values: Any) -> None:
    """Change the job only while this worker still has its lease."""
    values.setdefault("lease_until", utcnow() + LEASE)
    held = session.execute(
        update(Job).where(Job.id == job.id, Job.lease == job.lease).values(**values)
    )
    if held.rowcount == 1:  # type: ignore[attr-defined]
        return
    status = session.scalar(select(Job.status).where(Job.id == job.id))
    raise JobCancelled if status == "cancelled" else LeaseLost


def _put_back(job: RunningJob) -> None:
    """Let another worker, or this one after its next start, do the job at once."""
    log.info("job %s goes back into the queue: the worker stops", job.id)
    with transaction() as session:
        try:
            _hold(session, job, status="queued", attempts=job.attempt - 1, lease=None)
        except (LeaseLost, JobCancelled):
            log.info("job %s was cancelled or taken over meanwhile", job.id)


def _fail(job: RunningJob, code: str, details: dict[str, object]) -> None:
    with transaction() as session:
        try:
            _hold(
                session,
                job,
                status="failed",
                error=code,
                result={name: str(value) for name, value in details.items()},
                finished_at=utcnow(),
                lease=None,
            )
        except (LeaseLost, JobCancelled):
            log.info("job %s failed after it was taken over", job.id)


@contextmanager
def _heartbeat(job: RunningJob) -> Iterator[None]:
    """Renew the lease from a thread while the handler computes."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(HEARTBEAT):
            try:
                with transaction() as session:
                    _hold(session, job)
            except (LeaseLost, JobCancelled):
                return
            except Exception:
                log.exception("job %s: the lease could not be renewed", job.id)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
