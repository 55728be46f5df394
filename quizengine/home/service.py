"""What each role should do next, with numbers that are read, not guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from quizengine.accounts.service.classes import ClassLine, list_classes
from quizengine.accounts.service.directory import count_states
from quizengine.accounts.tables import OneTimeLink
from quizengine.banks.service.browse import BankState, list_banks
from quizengine.banks.tables import Bank, Import
from quizengine.calibration.tables import CalibrationRun
from quizengine.exams.tables import Exam, Room, Sitting
from quizengine.jobs import Job

# A worker looks for jobs every second or so: one that waits this long has nobody to do it.
STUCK = timedelta(minutes=2)
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OpenSitting:
    """A sitting to go on with."""

    sitting_id: int
    title: Mapping[str, str]
    n_answered: int
    started_at: datetime
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class LastReport:
    """The newest finished sitting."""

    sitting_id: int
    title: Mapping[str, str]
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class StudentHome:
    """Where a student stands."""

    open_sittings: Sequence[OpenSitting]
    last_report: LastReport | None
    n_finished: int
    n_exams: int
    n_simulated: int  # of the finished sittings: nobody sat them


@dataclass(frozen=True, slots=True)
class WaitingImport:
    """An uploaded file that waits for somebody, or is being read."""

    id: int
    bank_id: int
    filename: str
    status: str  # "reading" or "ready"


@dataclass(frozen=True, slots=True)
class RunningCalibration:
    """A calibration that is not finished."""

    bank_id: int
    bank_name: Mapping[str, str]
    status: str  # of its job
    progress: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class InstructorHome:
    """What waits for an instructor."""

    banks: Sequence[BankState]
    imports: Sequence[WaitingImport]
    calibrations: Sequence[RunningCalibration]
    classes: Sequence[ClassLine]

    @property
    def changed_banks(self) -> Sequence[BankState]:
        """Banks with changes that students do not meet yet."""
        return [bank for bank in self.banks if bank.changes]

    @property
    def n_waiting_students(self) -> int:
        """Students of one's classes without a password; one in two classes counts in each."""
        return sum(one.n_waiting for one in self.classes)


@dataclass(frozen=True, slots=True)
class AdministratorHome:
    """How the installation is."""

    states: Mapping[str, int]
    n_lapsed_links: int
    n_queued: int
    n_stuck: int
    n_failed: int  # in the last seven days


@dataclass(frozen=True, slots=True)
class LoadingDemo:
    """The demonstration, while it is not loaded completely."""

    status: str  # of its job: "queued", "running" or "failed"
    progress: float  # 0 to 1


def read_loading_demo(session: Session) -> LoadingDemo | None:
    """How far the demonstration is; None when it is loaded or was never asked for."""
    last = session.execute(
        select(Job.status, Job.progress)
        .where(Job.kind == "load-demo")
        .order_by(Job.id.desc())
        .limit(1)
    ).first()
    if last is None or last.status in {"done", "cancelled"}:
        return None
    return LoadingDemo(last.status, last.progress)


def read_student_home(
    session: Session, *, student_id: int, organisation_id: int, now: datetime
) -> StudentHome:
    """Open sittings whose time is not over, the last report, and what is offered.

    A sitting in a room has its report when the room is closed.
    """
    held_back = and_(Room.id.is_not(None), Room.closed_at.is_(None))
    sittings = session.execute(
        select(
            Sitting.id,
            Exam.title,
            Sitting.n_answered,
            Sitting.started_at,
            Sitting.closes_at,
            Sitting.finished_at,
            Sitting.simulated,
            held_back.label("held_back"),
        )
        .join(Exam, Exam.id == Sitting.exam_id)
        .outerjoin(Room, Room.id == Sitting.room_id)
        .where(Sitting.student_id == student_id)
        .order_by(Sitting.started_at.desc())
    ).all()
    finished = sorted(
        (row for row in sittings if row.finished_at is not None and not row.held_back),
        key=lambda row: (row.finished_at, row.id),
    )
    last = finished[-1] if finished else None
    return StudentHome(
        open_sittings=[
            OpenSitting(row.id, row.title, row.n_answered, row.started_at, row.closes_at)
            for row in sittings
            if row.finished_at is None and (row.closes_at is None or row.closes_at > now)
        ],
        last_report=LastReport(last.id, last.title, last.finished_at) if last else None,
        n_finished=len(finished),
        n_simulated=sum(row.simulated for row in finished),
        n_exams=session.scalar(
            select(func.count())
            .select_from(Exam)
            .where(
                Exam.organisation_id == organisation_id,
                Exam.mode == "practice",
                Exam.archived_at.is_(None),
            )
        )
        or 0,
    )


def read_instructor_home(
    session: Session, *, instructor_id: int, organisation_id: int
) -> InstructorHome:
    """Banks, imports and calibrations of the organisation, and one's own classes."""
    imports = session.execute(
        select(Import.id, Import.bank_id, Import.filename, Import.status)
        .join(Bank, Bank.id == Import.bank_id)
        .where(
            Bank.organisation_id == organisation_id,
            Import.account_id == instructor_id,
            Import.status.in_(("reading", "ready")),
        )
        .order_by(Import.id.desc())
        .limit(5)
    ).all()
    calibrations = session.execute(
        select(Bank.id, Bank.name, Job.status, Job.progress)
        .join(CalibrationRun, CalibrationRun.bank_id == Bank.id)
        .join(Job, Job.id == CalibrationRun.job_id)
        .where(
            Bank.organisation_id == organisation_id,
            CalibrationRun.finished_at.is_(None),
            Job.status.in_(("queued", "running")),
        )
        .order_by(CalibrationRun.id.desc())
    ).all()
    return InstructorHome(
        banks=list_banks(session, organisation_id=organisation_id),
        imports=[WaitingImport(*row) for row in imports],
        calibrations=[RunningCalibration(*row) for row in calibrations],
        classes=list_classes(session, instructor_id=instructor_id),
    )


def read_administrator_home(session: Session, *, now: datetime) -> AdministratorHome:
    """Accounts by state, and whether background work gets done."""

    def count(*conditions: object) -> int:
        query = select(func.count()).select_from(Job).where(*conditions)  # type: ignore[arg-type]
        return session.scalar(query) or 0

    return AdministratorHome(
        states=count_states(session),
        n_lapsed_links=session.scalar(
            select(func.count()).select_from(OneTimeLink).where(OneTimeLink.expires_at <= now)
        )
        or 0,
        n_queued=count(Job.status == "queued"),
        n_stuck=count(Job.status == "queued", Job.run_after <= now - STUCK),
        n_failed=count(Job.status == "failed", Job.finished_at > now - RECENT),
    )
