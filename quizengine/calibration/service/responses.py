"""The stored responses of a bank, as a calibration reads them.

One sitting is one person-record, finished or not. The first answer of a student to an item counts,
in whatever version it was; an item met again does not: the explanation has been read by then. An
answer to an earlier version counts only if that version said the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itembank.guessing import number_of_responses
from itembank.item import item_from_native
from models.parameters import Floats, Ints
from models.responses import Responses
from quizengine.banks.service.parameters import ParameterTable
from quizengine.banks.tables import Item, ItemVersion, Parameter
from quizengine.exams.tables import Answer, Exam, Sitting

_SITTINGS = 1_000  # read at once

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StoredResponses:
    """What a fit rests on.

    Attributes
    ----------
    responses : sittings x items of the parameter table; every sitting has an answer.
    n_real, n_simulated : sittings.
    n_left_out : answers that do not count: met before, or to a text that has changed since.
    guess_rate : shape (n_items,); share of right answers by guessing alone, one over the number of
        equally likely responses; 0 where nothing can be guessed.
    """

    responses: Responses
    n_real: int
    n_simulated: int
    n_left_out: int
    guess_rate: Floats


@dataclass(frozen=True, slots=True)
class Stock:
    """How much is stored for a bank, before repetitions are left out."""

    real_sittings: int = 0
    real_answers: int = 0
    simulated_sittings: int = 0
    simulated_answers: int = 0


def read_responses(
    session: Session, table: ParameterTable, *, include_simulated: bool
) -> StoredResponses:
    """Read the answers to a bank's items in parts; memory grows with the answers only."""
    version_ids, item_ids, columns = _versions(session, table)
    student, simulated, parts = _read_parts(session, table.bank_id, include_simulated)
    rows = np.concatenate(parts) if parts else np.empty((0, 4), dtype=np.int64)
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
    sitting, _, version, score = rows.T
    place = np.searchsorted(version_ids, version)
    met = np.stack([student[sitting], item_ids[place]], axis=1)
    _, first = np.unique(met, axis=0, return_index=True)
    counts = np.zeros(rows.shape[0], dtype=bool)
    counts[first] = True
    counts &= columns[place] >= 0
    persons, person = np.unique(sitting[counts], return_inverse=True)
    return StoredResponses(
        responses=Responses.from_triples(
            person.ravel(),
            columns[place][counts],
            score[counts].astype(np.int8),
            n_persons=persons.size,
            n_items=len(table.codes),
        ),
        n_real=int((~simulated[persons]).sum()),
        n_simulated=int(simulated[persons].sum()),
        n_left_out=int(rows.shape[0] - counts.sum()),
        guess_rate=_guess_rate(session, table),
    )


def _guess_rate(session: Session, table: ParameterTable) -> Floats:
    content = {
        row.id: row.content
        for row in session.execute(
            select(ItemVersion.id, ItemVersion.content)
            .join(Parameter, Parameter.item_version_id == ItemVersion.id)
            .where(Parameter.parameter_set_id == table.parameter_set_id)
        )
    }
    numbers = [
        number_of_responses(item_from_native(content[int(version)]))
        for version in table.version_ids
    ]
    return np.array([1.0 / number if number > 1 else 0.0 for number in numbers])


def _read_parts(
    session: Session, bank_id: int, include_simulated: bool
) -> tuple[Ints, Bools, list[npt.NDArray[np.int64]]]:
    """Student and mark of each sitting, the earliest first, and the answers of a few at a time.

    The answers' columns are sitting (numbered in that order), position, item version, score.
    """
    query = (
        select(Sitting.id, Sitting.student_id, Sitting.simulated)
        .join(Exam, Exam.id == Sitting.exam_id)
        .where(Exam.bank_id == bank_id, Sitting.n_answered > 0)
        .order_by(Sitting.started_at, Sitting.id)
    )
    if not include_simulated:
        query = query.where(Sitting.simulated.is_(False))
    sittings = session.execute(query).all()
    number_of = {row.id: number for number, row in enumerate(sittings)}
    parts = []
    for ids in _batches(list(number_of)):
        answers = session.execute(
            select(Answer.sitting_id, Answer.position, Answer.item_version_id, Answer.score).where(
                Answer.sitting_id.in_(ids)
            )
        )
        parts.append(np.array([(number_of[row[0]], *row[1:]) for row in answers], dtype=np.int64))
    return (
        np.array([row.student_id for row in sittings], dtype=np.intp),
        np.array([row.simulated for row in sittings], dtype=bool),
        [part.reshape(-1, 4) for part in parts],
    )


def _batches(ids: list[int]) -> Iterator[list[int]]:
    """The ids, a thousand at a time."""
    return (ids[first : first + _SITTINGS] for first in range(0, len(ids), _SITTINGS))


def _versions(session: Session, table: ParameterTable) -> tuple[Ints, Ints, Ints]:
    """All versions of the bank's items: key, item, column in the table or -1; ordered by key."""
    rows = session.execute(
        select(ItemVersion.id, ItemVersion.item_id, ItemVersion.content_hash)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.bank_id == table.bank_id)
        .order_by(ItemVersion.id)
    ).all()
    column_of = {int(version): column for column, version in enumerate(table.version_ids)}
    by_content = {
        (row.item_id, row.content_hash): column_of[row.id] for row in rows if row.id in column_of
    }
    return (
        np.array([row.id for row in rows], dtype=np.intp),
        np.array([row.item_id for row in rows], dtype=np.intp),
        np.array(
            [by_content.get((row.item_id, row.content_hash), -1) for row in rows], dtype=np.intp
        ),
    )


def count_stock(session: Session, bank_id: int) -> Stock:
    """Sittings with answers and answers, real and simulated, to any version of a bank's items."""
    rows = session.execute(
        select(
            Sitting.simulated, func.count(Answer.sitting_id.distinct()), func.count(Answer.position)
        )
        .join(Sitting, Sitting.id == Answer.sitting_id)
        .join(ItemVersion, ItemVersion.id == Answer.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.bank_id == bank_id)
        .group_by(Sitting.simulated)
    ).all()
    counts = {bool(simulated): (sittings, answers) for simulated, sittings, answers in rows}
    return Stock(*counts.get(False, (0, 0)), *counts.get(True, (0, 0)))
