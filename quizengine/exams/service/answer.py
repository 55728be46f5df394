"""Taking an answer: read, compute outside the write lock, then one short compare-and-set write.

A view calls the three in this order, the first in a reading session, the last in a transaction:
`read_turn`, `weigh_answer`, `record_answer`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import numpy as np
from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from itembank.errors import ItemBankError
from itembank.item import Item
from itembank.response import encode_response
from itembank.scoring import score_response
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.exams.engine import (
    Engine,
    engine_for,
    item_for,
    log_of,
    pack,
    take_step,
    unpack,
)
from quizengine.exams.rules import Rules
from quizengine.exams.tables import Answer, Sitting

Values = Mapping[str, Sequence[str]]  # what was filled in, by field

# Built once: building a statement costs more than running it.
_table, _answers = (cast(Table, each.__table__) for each in (Sitting, Answer))
_NEEDED = (
    *("id", "student_id", "room_id", "parameter_set_id", "rules", "seed", "avoided", "closes_at"),
    *("finished_at", "n_answered", "item_version_id", "served_at", "items", "scores"),
)
_READ = select(*(_table.c[name] for name in _NEEDED)).where(_table.c.id == bindparam("sitting_id"))
_STORED = select(_answers.c.choice, _answers.c.score, _answers.c.item_version_id).where(
    _answers.c.sitting_id == bindparam("sitting_id"), _answers.c.position == bindparam("position")
)
_ADVANCE = (
    update(_table)
    .where(
        _table.c.id == bindparam("sitting_id"),
        _table.c.n_answered == bindparam("expected"),
        _table.c.finished_at.is_(None),
    )
    .values(
        n_answered=bindparam("n_answered"),
        item_version_id=bindparam("next_version_id"),
        served_at=bindparam("now"),
        items=bindparam("new_items"),
        scores=bindparam("new_scores"),
        finished_at=bindparam("ended_at"),
        stop_reason=bindparam("reason"),
    )
)
_INSERT = insert(_answers)


@dataclass(frozen=True, slots=True)
class Turn:
    """A sitting as it is when an answer arrives."""

    row: Any
    engine: Engine
    item: Item | None  # the question that waits; None when the sitting is over


@dataclass(frozen=True, slots=True)
class WeighedAnswer:
    """An answer scored, and what follows from it; nothing of it is stored yet."""

    sitting_id: int
    position: int
    item_version_id: int
    response: str  # in its canonical form
    score: int
    retry_key: str
    shown_at: datetime
    now: datetime
    items: bytes
    scores: bytes
    next_version_id: int | None
    stop_reason: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the student gets back: the same for the same answer, however often it is sent."""

    position: int
    score: int
    finished: bool


def read_turn(session: Session, *, sitting_id: int, student_id: int) -> Turn:
    """Read what an answer needs, in one statement.

    Raises
    ------
    NotFound
        "sitting": there is none, or it is another student's.
    """
    row = session.execute(_READ, {"sitting_id": sitting_id}).first()
    if row is None or row.student_id != student_id:
        raise NotFound("sitting")
    waiting = row.item_version_id
    item = None if waiting is None else item_for(session, waiting)
    return Turn(row, engine_for(session, row.parameter_set_id), item)


def find_receipt(session: Session, *, turn: Turn, position: int, values: Values) -> Receipt | None:
    """The receipt of an answer that was stored before; None when this one is new.

    Raises
    ------
    Conflict
        "already-answered": another choice is stored for this position;
        "not-this-question": the position lies ahead.
    """
    if position == turn.row.n_answered + 1:
        return None
    if position > turn.row.n_answered:
        raise Conflict("not-this-question")
    stored = _stored(session, turn.row.id, position)
    if stored is None:
        raise Conflict("not-this-question")
    item = item_for(session, stored.item_version_id)
    response = _response_of(item, values, order_seed(turn.row.id, position))
    return _receipt(session, turn.row.id, position, stored, response)


def _stored(session: Session, sitting_id: int, position: int) -> Any:
    return session.execute(_STORED, {"sitting_id": sitting_id, "position": position}).first()


def _receipt(
    session: Session, sitting_id: int, position: int, stored: Any, response: str
) -> Receipt:
    if stored.choice != response:
        raise Conflict("already-answered")
    finished = session.scalar(select(Sitting.finished_at).where(Sitting.id == sitting_id))
    return Receipt(position, stored.score, finished is not None)


def order_seed(sitting_id: int, position: int) -> str:
    """Fixes the order in which a list that is to be put in order is shown."""
    return f"{sitting_id}-{position}"


def _response_of(item: Item, values: Values, seed: str) -> str:
    """What was filled in, in the form that is stored.

    Raises
    ------
    InvalidInput
        What `itembank.response.encode_response` finds wrong.
    """
    try:
        return encode_response(item, values, seed)
    except ItemBankError as error:
        raise InvalidInput(error.code, **error.details) from None


def weigh_answer(
    turn: Turn,
    *,
    position: int,
    values: Values,
    retry_key: str,
    shown_at: datetime | None,
    now: datetime,
) -> WeighedAnswer:
    """Score an answer and choose what comes next; pure computation, no lock held.

    Raises
    ------
    Conflict
        "sitting-closed": it is over; "time-over": its time ran out before this answer arrived.
    InvalidInput
        What `itembank.response.encode_response` finds wrong.
    """
    row = turn.row
    if row.finished_at is not None or turn.item is None:
        raise Conflict("sitting-closed")
    if row.closes_at is not None and now >= row.closes_at:
        raise Conflict("time-over")
    response = _response_of(turn.item, values, order_seed(row.id, position))
    score = score_response(turn.item, response)
    items, scores = log_of(row)
    index = turn.engine.table.index_of(row.item_version_id)
    items, scores = np.append(items, index), np.append(scores, score)
    avoided = unpack(row.avoided, "<i4")
    step = take_step(turn.engine, Rules.from_json(row.rules), row.seed, items, scores, avoided)
    following = None
    if step.next_item is not None:
        following = int(turn.engine.table.version_ids[step.next_item])
    return WeighedAnswer(
        sitting_id=row.id,
        position=position,
        item_version_id=row.item_version_id,
        response=response,
        score=score,
        retry_key=retry_key,
        shown_at=max(shown_at or row.served_at, row.served_at),
        now=now,
        items=pack(items, "<i4"),
        scores=pack(scores, "i1"),
        next_version_id=following,
        stop_reason=step.stop_reason,
    )


def record_answer(session: Session, *, answer: WeighedAnswer) -> Receipt:
    """Store an answer if nobody stored one for its position meanwhile.

    Raises
    ------
    Conflict
        "already-answered": another choice was stored first; "sitting-closed": it ended meanwhile.
    IntegrityError
        The retry key belongs to another answer of the sitting.
    """
    finished = answer.next_version_id is None
    connection = session.connection()  # plain statements: the session would only pass them on
    advanced = connection.execute(
        _ADVANCE,
        {
            "sitting_id": answer.sitting_id,
            "expected": answer.position - 1,
            "n_answered": answer.position,
            "next_version_id": answer.next_version_id,
            "now": answer.now,
            "new_items": answer.items,
            "new_scores": answer.scores,
            "ended_at": answer.now if finished else None,
            "reason": answer.stop_reason,
        },
    )
    if advanced.rowcount != 1:
        return _lost_race(session, answer)
    connection.execute(
        _INSERT,
        {
            "sitting_id": answer.sitting_id,
            "position": answer.position,
            "item_version_id": answer.item_version_id,
            "choice": answer.response,
            "score": answer.score,
            "retry_key": answer.retry_key,
            "served_at": answer.shown_at,
            "answered_at": answer.now,
        },
    )
    return Receipt(answer.position, answer.score, finished)


def _lost_race(session: Session, answer: WeighedAnswer) -> Receipt:
    """Another request was first: the same answer is fine, another one is refused."""
    stored = _stored(session, answer.sitting_id, answer.position)
    if stored is None:
        raise Conflict("sitting-closed")
    return _receipt(session, answer.sitting_id, answer.position, stored, answer.response)
