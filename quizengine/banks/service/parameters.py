"""Reading a parameter set whole: what exams select from and calibrations compare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.parameters import Floats, Ints, ItemParameters
from quizengine.banks.tables import Item, ItemVersion, Parameter, ParameterSet
from quizengine.errors import NotFound


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """A parameter set in arrays, one entry an item version, ordered by the version's key.

    The order is part of what a sitting freezes: its log names items by their index here.
    """

    parameter_set_id: int
    bank_id: int
    revision_id: int
    kind: str
    simulated: bool
    competency_codes: tuple[str, ...]
    covariance: Floats  # (K, K)
    version_ids: Ints  # (n_items,)
    item_ids: Ints
    codes: tuple[str, ...]  # the item's id in its bank
    competency: Ints  # (n_items,) index into competency_codes
    sub_topics: tuple[str, ...]
    enemies: tuple[tuple[str, ...], ...]
    stem_sets: tuple[str, ...]  # the stem an item shares with others, or ""
    set_position: Ints  # its place among them, from 1; 0 without a set
    items: ItemParameters
    provisional: np.ndarray  # (n_items,) bool

    def index_of(self, version_id: int) -> int:
        """The index of an item version; raises KeyError when it is not in the set."""
        index = int(np.searchsorted(self.version_ids, version_id))
        if index >= self.version_ids.size or self.version_ids[index] != version_id:
            raise KeyError(version_id)
        return index


def read_parameters(session: Session, parameter_set_id: int) -> ParameterTable:
    """Read a parameter set; it never changes, so callers may keep it.

    Raises
    ------
    NotFound
        "parameter-set".
    """
    head = session.get(ParameterSet, parameter_set_id)
    if head is None:
        raise NotFound("parameter-set")
    rows = session.execute(
        select(Parameter, ItemVersion, Item.code)
        .join(ItemVersion, ItemVersion.id == Parameter.item_version_id)
        .join(Item, Item.id == ItemVersion.item_id)
        .where(Parameter.parameter_set_id == parameter_set_id)
        .order_by(Parameter.item_version_id)
    ).all()
    codes = tuple(head.competencies)
    stems = [version.content.get("stimulus") or {} for _, version, _ in rows]
    return ParameterTable(
        parameter_set_id=head.id,
        bank_id=head.bank_id,
        revision_id=head.revision_id,
        kind=head.kind,
        simulated=head.simulated,
        competency_codes=codes,
        covariance=np.array(head.covariance, dtype=np.float64),
        version_ids=np.array([p.item_version_id for p, _, _ in rows], dtype=np.intp),
        item_ids=np.array([version.item_id for _, version, _ in rows], dtype=np.intp),
        codes=tuple(code for _, _, code in rows),
        competency=np.array([codes.index(v.competency) for _, v, _ in rows], dtype=np.intp),
        sub_topics=tuple(version.sub_topic for _, version, _ in rows),
        enemies=tuple(tuple(version.content.get("enemies") or ()) for _, version, _ in rows),
        stem_sets=tuple(stem.get("id", "") for stem in stems),
        set_position=np.array([stem.get("position", 0) for stem in stems], dtype=np.intp),
        items=_item_parameters([p for p, _, _ in rows]),
        provisional=np.array([p.provisional for p, _, _ in rows], dtype=bool),
    )


def _item_parameters(rows: list[Parameter]) -> ItemParameters:
    errors = [[_number(row.se_a), _number(row.se_b), np.nan, np.nan] for row in rows]
    most = max((len(row.thresholds or ()) for row in rows), default=0)
    thresholds = np.full((len(rows), most), np.nan)
    for index, row in enumerate(rows):
        thresholds[index, : len(row.thresholds or ())] = row.thresholds or ()
    return ItemParameters.of(
        [row.a for row in rows],
        [row.b for row in rows],
        [row.c for row in rows],
        [row.d for row in rows],
        standard_errors=np.array(errors, dtype=np.float64).reshape(-1, 4),
        thresholds=thresholds if most else None,
        models=[row.model for row in rows],
    )


def _number(value: float | None) -> float:
    return np.nan if value is None else value
