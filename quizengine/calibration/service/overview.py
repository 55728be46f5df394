"""What the pages of calibration show: banks, runs, publications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.banks.service.publish import find_published
from quizengine.banks.tables import Bank, BankRevision, ParameterSet, Publication
from quizengine.calibration.service.fit import LEAST_SITTINGS
from quizengine.calibration.service.responses import Stock, count_stock
from quizengine.calibration.service.runs import get_run
from quizengine.calibration.tables import CalibrationRun
from quizengine.jobs import Job

MOST_LINES = 12  # runs and publications shown of a bank


@dataclass(frozen=True, slots=True)
class SetFacts:
    """A parameter set in one line."""

    id: int
    kind: str  # "provisional" or "calibrated"
    simulated: bool
    n_persons: int
    n_responses: int
    created_at: datetime
    revision: int  # its number


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in one line. `status` is "queued", "running", "done", "failed" or "cancelled"."""

    id: int
    bank_id: int
    bank_name: Mapping[str, Any]
    created_at: datetime
    finished_at: datetime | None
    status: str
    progress: float
    note: str  # "read", "fit:joint", "correlation", "store"
    error: str | None  # a code of messages.py
    error_details: Mapping[str, Any]
    include_simulated: bool
    result: SetFacts | None
    in_force: bool

    @property
    def is_open(self) -> bool:
        return self.status in {"queued", "running"}


@dataclass(frozen=True, slots=True)
class PublicationLine:
    """Since when a parameter set was in force; `now` for the one that still is."""

    set: SetFacts
    published_at: datetime
    now: bool


@dataclass(frozen=True, slots=True)
class BankOverview:
    """A bank on the first page of calibration."""

    id: int
    code: str
    name: Mapping[str, Any]
    present: SetFacts | None
    stock: Stock
    runs: tuple[RunLine, ...]
    publications: tuple[PublicationLine, ...]

    @property
    def default_include_simulated(self) -> bool:
        """Simulated answers are proposed only while there is nothing real."""
        return self.stock.real_sittings == 0 and self.stock.simulated_sittings > 0

    @property
    def can_fit(self) -> bool:
        """Whether there is enough, simulated answers included."""
        return self.stock.real_sittings + self.stock.simulated_sittings >= LEAST_SITTINGS


def list_banks(session: Session, *, organisation_id: int) -> Sequence[BankOverview]:
    """The organisation's banks with what is in force and what was fitted."""
    banks = session.scalars(
        select(Bank).where(Bank.organisation_id == organisation_id).order_by(Bank.code)
    ).all()
    return [_overview(session, bank) for bank in banks]


def _overview(session: Session, bank: Bank) -> BankOverview:
    published = find_published(session, bank.id)
    return BankOverview(
        id=bank.id,
        code=bank.code,
        name=bank.name,
        present=set_facts(session, published.parameter_set_id) if published else None,
        stock=count_stock(session, bank.id),
        runs=tuple(list_runs(session, bank.id)),
        publications=tuple(_publications(session, bank.id)),
    )


def bank_name(session: Session, bank_id: int) -> Mapping[str, Any]:
    """A bank's name in both languages."""
    return session.get_one(Bank, bank_id).name


def set_facts(session: Session, set_id: int) -> SetFacts:
    """A parameter set in one line."""
    found = session.get_one(ParameterSet, set_id)
    revision = session.get_one(BankRevision, found.revision_id)
    return SetFacts(
        id=found.id,
        kind=found.kind,
        simulated=found.simulated,
        n_persons=found.n_persons,
        n_responses=found.n_responses,
        created_at=found.created_at,
        revision=revision.number,
    )


def list_runs(session: Session, bank_id: int) -> list[RunLine]:
    """The newest runs of a bank."""
    runs = session.scalars(
        select(CalibrationRun)
        .where(CalibrationRun.bank_id == bank_id)
        .order_by(CalibrationRun.id.desc())
        .limit(MOST_LINES)
    ).all()
    return [_run_line(session, run) for run in runs]


def read_run(session: Session, run_id: int, *, organisation_id: int) -> RunLine:
    """A run of one of the organisation's banks, or `NotFound("calibration")`."""
    return _run_line(session, get_run(session, run_id, organisation_id=organisation_id))


def _run_line(session: Session, run: CalibrationRun) -> RunLine:
    job = session.get(Job, run.job_id) if run.job_id is not None else None
    published = find_published(session, run.bank_id)
    done = run.finished_at is not None
    return RunLine(
        id=run.id,
        bank_id=run.bank_id,
        bank_name=session.get_one(Bank, run.bank_id).name,
        created_at=run.created_at,
        finished_at=run.finished_at or (job.finished_at if job else None),
        status="done" if done else job.status if job else "failed",
        progress=1.0 if done else job.progress if job else 0.0,
        note=job.note if job else "",
        error=job.error if job else None,
        error_details=(job.result if job and job.error else None) or {},
        include_simulated=bool(run.options.get("include_simulated")),
        result=set_facts(session, run.parameter_set_id) if run.parameter_set_id else None,
        in_force=bool(published and published.parameter_set_id == run.parameter_set_id),
    )


def _publications(session: Session, bank_id: int) -> list[PublicationLine]:
    rows = session.scalars(
        select(Publication)
        .where(Publication.bank_id == bank_id)
        .order_by(Publication.id.desc())
        .limit(MOST_LINES)
    ).all()
    return [
        PublicationLine(set_facts(session, row.parameter_set_id), row.published_at, number == 0)
        for number, row in enumerate(rows)
    ]
