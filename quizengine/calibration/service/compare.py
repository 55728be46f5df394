"""A calibrated set beside the parameters it was fitted to replace."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.parameters import Floats
from quizengine.banks.service.parameters import read_parameters
from quizengine.banks.tables import Parameter, ParameterSet
from quizengine.calibration.service.fit import CompetencyFit, ModelChoice

MOVED = 0.5  # logits: a difficulty that changed by more is named
LOW_SLOPE = 0.4
FLAGS = ("moved", "low", "few", "odd")


@dataclass(frozen=True, slots=True)
class ComparedItem:
    """An item's present and new parameters.

    `flags`: "moved" by more than 0.5 logits; "low" discrimination, under 0.4; "few" answers, or
    too few in its competency, so it keeps its parameters; "odd": the able fail it, it keeps its
    parameters and its key should be looked at.
    """

    item_id: int
    code: str
    competency: str
    old_a: float
    old_b: float
    new_a: float
    new_b: float
    se_a: float | None
    se_b: float | None
    n_responses: int
    fitted: bool
    flags: tuple[str, ...]

    @property
    def change(self) -> float:
        """New minus present difficulty, in logits."""
        return self.new_b - self.old_b


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that the page of a result says.

    Attributes
    ----------
    correlation, correlation_errors : shape (K, K); an error that is not known is nan.
    agreement : correlation of present and new difficulties over the fitted items; None below
        three of them.
    mean_change, typical_change : mean and root mean square of the changes, in logits.
    old_guessing : whether a fitted item had a lower asymptote, which the new parameters lack.
    model : what was fitted; None in a set that was stored before models were chosen.
    """

    items: tuple[ComparedItem, ...]
    competencies: tuple[CompetencyFit, ...]
    codes: tuple[str, ...]
    correlation: Floats
    correlation_errors: Floats
    correlation_converged: bool
    n_real: int
    n_simulated: int
    n_left_out: int
    n_responses: int
    simulated: bool
    agreement: float | None
    mean_change: float
    typical_change: float
    old_guessing: bool
    model: ModelChoice | None

    @property
    def fitted(self) -> tuple[ComparedItem, ...]:
        return tuple(item for item in self.items if item.fitted)

    def with_flag(self, flag: str) -> tuple[ComparedItem, ...]:
        """The items that carry a flag."""
        return tuple(item for item in self.items if flag in item.flags)

    @property
    def converged(self) -> bool:
        return self.correlation_converged and all(
            part.converged is not False for part in self.competencies
        )


def compare_set(session: Session, set_id: int) -> Comparison:
    """A set that `runs.store_result` made, beside the one that was in force then."""
    head = session.get_one(ParameterSet, set_id)
    summary: Mapping[str, Any] = head.summary
    old = read_parameters(session, int(summary["base_set_id"]))
    rows = session.scalars(
        select(Parameter)
        .where(Parameter.parameter_set_id == set_id)
        .order_by(Parameter.item_version_id)
    ).all()
    kept: Mapping[str, str] = summary["kept"]
    items = []
    for j, row in enumerate(rows):
        code = old.codes[j]
        items.append(
            ComparedItem(
                item_id=int(old.item_ids[j]),
                code=code,
                competency=old.competency_codes[int(old.competency[j])],
                old_a=float(old.items.a[j]),
                old_b=float(old.items.b[j]),
                new_a=row.a,
                new_b=row.b,
                se_a=row.se_a,
                se_b=row.se_b,
                n_responses=row.n_responses if code not in kept else 0,
                fitted=code not in kept,
                flags=_flags(kept.get(code), row.a, row.b - float(old.items.b[j])),
            )
        )
    fitted = [item for item in items if item.fitted]
    changes = np.array([item.change for item in fitted])
    return Comparison(
        items=tuple(items),
        competencies=tuple(_competency(part) for part in summary["competencies"]),
        codes=tuple(head.competencies),
        correlation=np.array(head.covariance, dtype=np.float64),
        correlation_errors=_with_nan(summary["correlation_errors"]),
        correlation_converged=bool(summary["correlation_converged"]),
        n_real=int(summary["n_real"]),
        n_simulated=int(summary["n_simulated"]),
        n_left_out=int(summary["n_left_out"]),
        n_responses=head.n_responses,
        simulated=head.simulated,
        agreement=_agreement(fitted),
        mean_change=float(changes.mean()) if changes.size else 0.0,
        typical_change=math.sqrt(float((changes**2).mean())) if changes.size else 0.0,
        old_guessing=any(
            item.fitted and c > 0 and row.c == 0
            for item, row, c in zip(items, rows, old.items.c.tolist(), strict=True)
        ),
        model=ModelChoice(**summary["model"]) if summary.get("model") else None,
    )


def _flags(kept: str | None, a: float, change: float) -> tuple[str, ...]:
    if kept == "low-slope":
        return ("odd",)
    if kept is not None:
        return ("few",)
    return tuple(
        flag for flag, holds in (("moved", abs(change) > MOVED), ("low", a < LOW_SLOPE)) if holds
    )


def _agreement(fitted: list[ComparedItem]) -> float | None:
    old = np.array([item.old_b for item in fitted])
    new = np.array([item.new_b for item in fitted])
    if old.size < 3 or old.std() == 0.0 or new.std() == 0.0:
        return None
    return float(np.corrcoef(old, new)[0, 1])


def _competency(part: Mapping[str, Any]) -> CompetencyFit:
    warnings = {code: tuple(names) for code, names in part["warnings"].items()}
    return CompetencyFit(**{**part, "warnings": warnings})


def _with_nan(rows: list[list[float | None]]) -> Floats:
    return np.array([[np.nan if value is None else value for value in row] for row in rows])
