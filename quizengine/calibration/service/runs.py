"""Calibration runs: asking for one, its three phases, publishing what came out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine import jobs as job_queue
from quizengine.banks.service.parameters import ParameterTable, read_parameters
from quizengine.banks.service.publish import (
    Published,
    create_calibrated_set,
    find_published,
    publish_parameter_set,
)
from quizengine.banks.service.store import get_bank
from quizengine.banks.tables import Bank, ParameterSet, Publication
from quizengine.calibration.service.fit import BankFit
from quizengine.calibration.service.responses import StoredResponses, read_responses
from quizengine.calibration.tables import CalibrationRun
from quizengine.errors import Conflict, NotFound
from quizengine.jobs import Job

KIND = "calibrate"


@dataclass(frozen=True, slots=True)
class FitInput:
    """All that a fit needs, read at one moment."""

    table: ParameterTable  # of the set in force when the fit was asked for
    stored: StoredResponses


def request_calibration(
    session: Session,
    *,
    bank_id: int,
    organisation_id: int,
    account_id: int,
    include_simulated: bool,
    now: datetime,
) -> int:
    """Ask for a fit in the background; returns the run's id, the waiting one's if there is one.

    Raises
    ------
    NotFound
        "bank": there is none, or another organisation's.
    Conflict
        "nothing-published".
    """
    bank = get_bank(session, bank_id, organisation_id=organisation_id)
    waiting = session.scalar(
        select(CalibrationRun.id)
        .join(Job, Job.id == CalibrationRun.job_id)
        .where(CalibrationRun.bank_id == bank.id, Job.status.in_(("queued", "running")))
        .limit(1)
    )
    if waiting is not None:
        return waiting
    run = create_run(
        session,
        base=get_published(session, bank.id),
        account_id=account_id,
        include_simulated=include_simulated,
        now=now,
    )
    run.job_id = job_queue.enqueue(
        session, KIND, {"run_id": run.id}, now=now, account_id=account_id
    )
    return run.id


def get_published(session: Session, bank_id: int) -> Published:
    """What is in force for a bank, or `Conflict("nothing-published")`."""
    published = find_published(session, bank_id)
    if published is None:
        raise Conflict("nothing-published")
    return published


def create_run(
    session: Session,
    *,
    base: Published,
    account_id: int | None,
    include_simulated: bool,
    now: datetime,
) -> CalibrationRun:
    """A run over the revision of `base`, to be compared with its parameters."""
    run = CalibrationRun(
        bank_id=base.bank_id,
        revision_id=base.revision_id,
        account_id=account_id,
        options={
            "model": "by-evidence",  # see `calibration.service.fit`
            "include_simulated": include_simulated,
            "base_set_id": base.parameter_set_id,
        },
        created_at=now,
    )
    session.add(run)
    session.flush()
    return run


def read_input(session: Session, *, base_set_id: int, include_simulated: bool) -> FitInput:
    """Phase one: the present parameters and the responses."""
    table = read_parameters(session, base_set_id)
    return FitInput(table, read_responses(session, table, include_simulated=include_simulated))


def read_input_of_run(session: Session, run_id: int) -> FitInput:
    """Phase one of a run, or `NotFound("calibration")`."""
    run = session.get(CalibrationRun, run_id)
    if run is None:
        raise NotFound("calibration")
    return read_input(
        session,
        base_set_id=int(run.options["base_set_id"]),
        include_simulated=bool(run.options["include_simulated"]),
    )


def store_result(
    session: Session, *, run_id: int, given: FitInput, fit: BankFit, now: datetime
) -> int:
    """Phase three: the estimates as a new, unpublished parameter set; returns its id.

    The set counts as simulated when simulated answers went in, or when it keeps parameters that
    were fitted to such answers.
    """
    table = given.table
    inherited = table.simulated and any(
        not provisional and int(version) not in fit.fitted
        for version, provisional in zip(table.version_ids, table.provisional, strict=True)
    )
    run = session.get_one(CalibrationRun, run_id)
    set_id = create_calibrated_set(
        session,
        revision_id=table.revision_id,
        fitted=fit.fitted,
        base_set_id=table.parameter_set_id,
        covariance=fit.correlation.tolist(),
        model=fit.model_name,
        simulated=fit.n_simulated > 0 or inherited,
        n_persons=fit.n_persons,
        n_responses=fit.n_responses,
        summary={**fit.summary(), "base_set_id": table.parameter_set_id, "run_id": run.id},
        account_id=run.account_id,
        now=now,
    )
    run.parameter_set_id, run.finished_at = set_id, now
    return set_id


def get_run(session: Session, run_id: int, *, organisation_id: int) -> CalibrationRun:
    """A run of one of the organisation's banks, or `NotFound("calibration")`."""
    run = session.get(CalibrationRun, run_id)
    if run is None or session.get_one(Bank, run.bank_id).organisation_id != organisation_id:
        raise NotFound("calibration")
    return run


def cancel_run(session: Session, run_id: int, *, organisation_id: int, now: datetime) -> None:
    """Stop a run that waits or works; one that has ended stays as it is."""
    run = get_run(session, run_id, organisation_id=organisation_id)
    if run.job_id is not None:
        job_queue.cancel(session, run.job_id, now=now)


def get_set(session: Session, set_id: int, *, organisation_id: int) -> ParameterSet:
    """A parameter set of one of the organisation's banks, or `NotFound("parameter-set")`."""
    found = session.get(ParameterSet, set_id)
    if found is None or session.get_one(Bank, found.bank_id).organisation_id != organisation_id:
        raise NotFound("parameter-set")
    return found


def publish_set(
    session: Session, set_id: int, *, organisation_id: int, account_id: int, now: datetime
) -> Published:
    """Let new sittings use a parameter set; running ones keep what they froze.

    A set of an older revision may come back only if it was in force before: that undoes a
    publication. A fit that was overtaken by a new revision may not.

    Raises
    ------
    NotFound
        "parameter-set".
    Conflict
        "already-in-force", "revision-moved-on".
    """
    chosen = get_set(session, set_id, organisation_id=organisation_id)
    present = find_published(session, chosen.bank_id)
    if present is not None and present.parameter_set_id == set_id:
        raise Conflict("already-in-force")
    was_in_force = session.scalar(
        select(Publication.id).where(Publication.parameter_set_id == set_id).limit(1)
    )
    if present is not None and present.revision_id != chosen.revision_id and was_in_force is None:
        raise Conflict("revision-moved-on")
    return publish_parameter_set(session, parameter_set_id=set_id, account_id=account_id, now=now)
