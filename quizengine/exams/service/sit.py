"""Sitting an exam: starting, coming back to the question that waits, ending."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import case, literal, select, update
from sqlalchemy.orm import Session

from models.parameters import Ints
from models.profile import Profile
from quizengine.banks.service.publish import find_published
from quizengine.banks.service.store import StoredItem, get_version, names_of
from quizengine.banks.tables import ItemVersion
from quizengine.database import UtcDateTime
from quizengine.errors import Conflict, NotFound, NotPermitted
from quizengine.exams.engine import (
    Engine,
    engine_for,
    expected_length,
    log_of,
    overall_ability,
    pack,
    take_step,
    weights_of,
)
from quizengine.exams.rules import Rules
from quizengine.exams.service.offer import get_exam
from quizengine.exams.tables import Answer, Exam, Sitting

NOTHING: Ints = np.empty(0, dtype=np.intp)


@dataclass(frozen=True, slots=True)
class Question:
    """The question that waits in a sitting."""

    sitting_id: int
    room_id: int | None
    exam_id: int
    title: dict[str, str]
    position: int  # from 1
    stored: StoredItem
    competency_code: str
    competency_name: dict[str, str]
    rules: Rules
    provisional: bool
    closes_at: datetime | None
    started_at: datetime
    last_saved_at: datetime | None
    expected: tuple[int, int] | None  # questions in all, when a projection says less than the limit
    standard_error: float  # of the question's competency, now
    overall_standard_error: float  # of the blueprint-weighted mean, now
    set_size: int  # questions of its case, 0 without one


def start_sitting(
    session: Session,
    *,
    exam_id: int,
    student_id: int,
    organisation_id: int,
    now: datetime,
    length: int | None = None,
    minutes: int | None = None,
    seed: int | None = None,
) -> int:
    """Start a practice sitting, or come back to the open one; returns its id.

    Raises
    ------
    NotFound
        "exam": there is none, or it is sat in a room only.
    Conflict
        "exam-not-ready": the bank has no published revision.
    InvalidInput
        "length-not-offered", "clock-not-offered".
    """
    exam = get_exam(session, exam_id, organisation_id=organisation_id)
    if exam.mode != "practice":
        raise NotFound("exam")
    rules = Rules.from_json(exam.rules).chosen(length=length, minutes=minutes)
    waiting = find_open_sitting(session, exam_id=exam_id, student_id=student_id, now=now)
    if waiting is not None:
        return waiting
    closes_at = None
    if rules.time_limit_minutes is not None:
        closes_at = now + timedelta(minutes=rules.time_limit_minutes)
    return open_sitting(
        session, exam, rules, student_id=student_id, closes_at=closes_at, now=now, seed=seed
    )


def open_sitting(
    session: Session,
    exam: Exam,
    rules: Rules,
    *,
    student_id: int,
    closes_at: datetime | None,
    now: datetime,
    room_id: int | None = None,
    seed: int | None = None,
) -> int:
    """Open a sitting of an exam, in a room or not; returns its id.

    Everything the result will rest on is frozen here: parameter set, rules, seed, and the items
    that are taken only when nothing else is left: those met before, and in a room those whose
    parameters are provisional.

    Raises
    ------
    Conflict
        "exam-not-ready": the bank has no published revision.
    """
    published = find_published(session, exam.bank_id)
    if published is None:
        raise Conflict("exam-not-ready")
    engine = engine_for(session, published.parameter_set_id)
    seed = secrets.randbits(31) if seed is None else seed
    avoided = _met_before(session, engine, student_id)
    if room_id is not None:  # what supports credit rests on measured items where there are any
        avoided = np.union1d(avoided, np.flatnonzero(engine.table.provisional))
    step = take_step(engine, rules, seed, NOTHING, NOTHING, avoided)
    if step.next_item is None:
        raise Conflict("exam-not-ready")
    sitting = Sitting(
        exam_id=exam.id,
        organisation_id=exam.organisation_id,
        student_id=student_id,
        parameter_set_id=published.parameter_set_id,
        rules=rules.to_json(),
        seed=seed,
        room_id=room_id,
        started_at=now,
        closes_at=closes_at,
        avoided=pack(avoided, "<i4"),
        item_version_id=int(engine.table.version_ids[step.next_item]),
        served_at=now,
    )
    session.add(sitting)
    session.flush()
    return sitting.id


def find_open_sitting(
    session: Session, *, exam_id: int, student_id: int, now: datetime
) -> int | None:
    """The student's open sitting of an exam; one whose time is over is ended on the way."""
    sitting = session.scalar(
        select(Sitting).where(
            Sitting.exam_id == exam_id,
            Sitting.student_id == student_id,
            Sitting.finished_at.is_(None),
        )
    )
    if sitting is None or end_if_over(session, sitting_id=sitting.id, now=now):
        return None
    return sitting.id


def _met_before(session: Session, engine: Engine, student_id: int) -> Ints:
    """Indices of the items this student has answered in any version."""
    met = session.scalars(
        select(ItemVersion.item_id)
        .join(Answer, Answer.item_version_id == ItemVersion.id)
        .join(Sitting, Sitting.id == Answer.sitting_id)
        .where(Sitting.student_id == student_id)
        .distinct()
    ).all()
    return np.flatnonzero(np.isin(engine.table.item_ids, np.array(met, dtype=np.intp)))


def get_sitting(session: Session, sitting_id: int, *, student_id: int) -> Sitting:
    """A student's own sitting, or `NotFound("sitting")`."""
    sitting = session.get(Sitting, sitting_id)
    if sitting is None or sitting.student_id != student_id:
        raise NotFound("sitting")
    return sitting


def end_if_over(session: Session, *, sitting_id: int, now: datetime) -> bool:
    """End a sitting whose time is over, at the moment it was over; whether it is ended now."""
    ended = session.execute(
        update(Sitting)
        .where(Sitting.id == sitting_id, Sitting.finished_at.is_(None), Sitting.closes_at <= now)
        .values(
            finished_at=Sitting.closes_at,
            stop_reason="time",
            item_version_id=None,
        )
        .execution_options(synchronize_session=False)
    )
    return bool(ended.rowcount)  # type: ignore[attr-defined]


def end_room_sittings(session: Session, *, room_id: int, now: datetime) -> int:
    """End what is open in a room; returns how many sittings were. Answers stored before count."""
    open_here = (Sitting.room_id == room_id, Sitting.finished_at.is_(None))
    over = update(Sitting).where(*open_here, Sitting.closes_at <= now)
    session.execute(
        over.values(finished_at=Sitting.closes_at, stop_reason="time", item_version_id=None),
        execution_options={"synchronize_session": False},
    )
    # An answer may have been stored after the closing began: the end is never before it.
    end = case((Sitting.served_at > now, Sitting.served_at), else_=literal(now, UtcDateTime()))
    ended = session.execute(
        update(Sitting)
        .where(*open_here)
        .values(finished_at=end, stop_reason="closed", item_version_id=None)
        .execution_options(synchronize_session=False)
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]


def move_closing_time(
    session: Session, *, sitting_id: int, closes_at: datetime, now: datetime
) -> None:
    """Let a running sitting end at another time.

    Raises
    ------
    Conflict
        "room-sitting-over": it has ended, or its time was over.
    """
    moved = session.execute(
        update(Sitting)
        .where(Sitting.id == sitting_id, Sitting.finished_at.is_(None), Sitting.closes_at > now)
        .values(closes_at=closes_at)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise Conflict("room-sitting-over")


def finish_sitting(session: Session, *, sitting_id: int, student_id: int, now: datetime) -> None:
    """End a sitting early because the student says so; ending twice changes nothing.

    Raises
    ------
    NotPermitted
        "no-early-end": it is sat in a room.
    """
    if get_sitting(session, sitting_id, student_id=student_id).room_id is not None:
        raise NotPermitted("no-early-end")
    if end_if_over(session, sitting_id=sitting_id, now=now):
        return
    session.execute(
        update(Sitting)
        .where(Sitting.id == sitting_id, Sitting.finished_at.is_(None))
        .values(finished_at=now, stop_reason="given-up", item_version_id=None)
        .execution_options(synchronize_session=False)
    )


def find_question(
    session: Session, *, sitting_id: int, student_id: int, now: datetime
) -> Question | None:
    """The question that waits; None when the sitting is over (or its time is).

    Raises
    ------
    NotFound
        "sitting": there is none, or it is another student's.
    """
    sitting = get_sitting(session, sitting_id, student_id=student_id)
    over = sitting.closes_at is not None and now >= sitting.closes_at
    if sitting.finished_at is not None or over or sitting.item_version_id is None:
        return None
    exam = session.get_one(Exam, sitting.exam_id)
    stored = get_version(session, sitting.item_version_id)
    engine = engine_for(session, sitting.parameter_set_id)
    rules = Rules.from_json(sitting.rules)
    items, scores = log_of(sitting)
    profile = engine.bank.profile(items, scores)
    index = engine.table.index_of(sitting.item_version_id)
    area = int(engine.table.competency[index])
    last = session.scalar(
        select(Answer.answered_at).where(
            Answer.sitting_id == sitting_id, Answer.position == sitting.n_answered
        )
    )
    code = engine.table.competency_codes[area]
    return Question(
        sitting_id=sitting.id,
        room_id=sitting.room_id,
        exam_id=exam.id,
        title=exam.title,
        position=sitting.n_answered + 1,
        stored=stored,
        competency_code=code,
        competency_name=names_of(session, exam.bank_id)[code],
        rules=rules,
        provisional=bool(engine.table.provisional[index]),
        closes_at=sitting.closes_at,
        started_at=sitting.started_at,
        last_saved_at=last,
        expected=_expected(engine, rules, profile, sitting.n_answered),
        standard_error=float(profile.standard_error[area]),
        overall_standard_error=overall_ability(profile, weights_of(engine, rules))[1],
        set_size=next((len(group) for group in engine.stem_sets if index in group), 0),
    )


def _expected(
    engine: Engine, rules: Rules, profile: Profile, n_answered: int
) -> tuple[int, int] | None:
    """Fewest and most questions in all; None when the limit will probably end it."""
    lengths = expected_length(engine, rules, profile, n_answered)
    if lengths.start >= rules.max_items:
        return None
    return max(lengths.start, n_answered + 1), max(lengths[-1], n_answered + 1)
