"""The stored responses of a bank, as a calibration reads them.

One sitting is one person-record. The first answer of a student to an item counts, in whatever
version it was; an item met again, in the same sitting or a later one, does not: the explanation
has been read by then. An answer to an earlier version counts only if that version said the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models.parameters import Ints
from models.responses import Responses
from quizengine.banks.service.parameters import ParameterTable
from quizengine.banks.tables import Item, ItemVersion
from quizengine.exams.tables import Answer, Sitting

_ROWS = 50_000  # read at once


@dataclass(frozen=True, slots=True)
class StoredResponses:
    """What a fit rests on.

    Attributes
    ----------
    responses : sittings x items of the parameter table; every sitting has an answer.
    n_real, n_simulated : sittings.
    n_left_out : answers that do not count: met before, or to a text that has changed since.
    """

    responses: Responses
    n_real: int
    n_simulated: int
    n_left_out: int


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
    query = (
        select(
            Answer.sitting_id,
            Sitting.student_id,
            case((Sitting.simulated, 1), else_=0),
            Answer.item_version_id,
            Answer.score,
        )
        .join(Sitting, Sitting.id == Answer.sitting_id)
        .join(ItemVersion, ItemVersion.id == Answer.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Item.bank_id == table.bank_id)
        .order_by(Answer.answered_at, Answer.sitting_id, Answer.position)
    )
    if not include_simulated:
        query = query.where(Sitting.simulated.is_(False))
    result = session.execute(query.execution_options(yield_per=_ROWS))
    parts = [np.array(part, dtype=np.int64).reshape(-1, 5) for part in result.partitions()]
    rows = np.concatenate(parts) if parts else np.empty((0, 5), dtype=np.int64)
    sitting, student, simulated, version, score = rows.T
    place = np.searchsorted(version_ids, version)
    _, first = np.unique(np.stack([student, item_ids[place]], axis=1), axis=0, return_index=True)
    counts = np.zeros(rows.shape[0], dtype=bool)
    counts[first] = True
    counts &= columns[place] >= 0
    persons, person = np.unique(sitting[counts], return_inverse=True)
    made_up = np.zeros(persons.size, dtype=bool)
    made_up[person] = simulated[counts] == 1
    return StoredResponses(
        responses=Responses.from_triples(
            person.ravel(),
            columns[place][counts],
            score[counts].astype(np.int8),
            n_persons=persons.size,
            n_items=len(table.codes),
        ),
        n_real=int((~made_up).sum()),
        n_simulated=int(made_up.sum()),
        n_left_out=int(rows.shape[0] - counts.sum()),
    )


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
