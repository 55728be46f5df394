"""Fitting a bank: a 2PL in each competency, then the correlations between them. Pure computation.

Each competency is put on N(0, 1), so the covariance of the abilities is their correlation matrix.
What a student meets in one competency depends, through the adaptive choice, on the answers in the
others too; fitted one by one, that dependence is left out, as in every separate calibration.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.parameters import Floats, Ints, ItemParameters
from models.responses import Responses
from quizengine.banks.service.parameters import ParameterTable
from quizengine.banks.service.publish import FittedItem
from quizengine.calibration.service.responses import StoredResponses
from quizengine.errors import Conflict

LEAST_SITTINGS = 100  # in all, and with answers in a competency; fewer say next to nothing
LEAST_ANSWERS = 30  # of an item, for its own estimate (models.screening.FEW_RESPONSES)
LEAST_ITEMS = 3  # of a competency: two items cannot tell two slopes apart
SMALLEST_EIGENVALUE = 0.01  # of correlations partly estimated, partly kept
LEAST_SLOPE = 0.2  # below it an item is not used as estimated: the key may be wrong

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class CompetencyFit:
    """How the fit of one competency went.

    `warnings` maps codes of `models.calibration` to the items they name (perhaps none).
    """

    code: str
    n_items: int
    n_fitted: int
    n_persons: int = 0
    n_responses: int = 0
    log_likelihood: float | None = None
    converged: bool | None = None  # None: nothing was fitted
    n_iterations: int = 0
    warnings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BankFit:
    """Estimates of a bank, before they are stored.

    Attributes
    ----------
    fitted : estimates by item version.
    kept : item code to why it keeps its present parameters: "few-answers", "few-in-competency",
        "low-slope".
    correlation, correlation_errors : shape (K, K); nan where an error is not known.
    """

    fitted: Mapping[int, FittedItem]
    kept: Mapping[str, str]
    competencies: tuple[CompetencyFit, ...]
    correlation: Floats
    correlation_errors: Floats
    correlation_converged: bool
    n_persons: int
    n_responses: int
    n_real: int
    n_simulated: int
    n_left_out: int

    @property
    def converged(self) -> bool:
        """Whether every part met its stopping rule."""
        fitted = [part.converged for part in self.competencies if part.converged is not None]
        return self.correlation_converged and all(fitted)

    def summary(self) -> dict[str, Any]:
        """What the parameter set keeps beside the estimates, as JSON."""
        return {
            "converged": self.converged,
            "n_real": self.n_real,
            "n_simulated": self.n_simulated,
            "n_left_out": self.n_left_out,
            "kept": dict(self.kept),
            "competencies": [
                {
                    "code": part.code,
                    "n_items": part.n_items,
                    "n_fitted": part.n_fitted,
                    "n_persons": part.n_persons,
                    "n_responses": part.n_responses,
                    "log_likelihood": part.log_likelihood,
                    "converged": part.converged,
                    "n_iterations": part.n_iterations,
                    "warnings": {name: list(items) for name, items in part.warnings.items()},
                }
                for part in self.competencies
            ],
            "correlation_converged": self.correlation_converged,
            "correlation_errors": [
                [_finite(value) for value in row] for row in self.correlation_errors
            ],
        }


def fit_bank(table: ParameterTable, stored: StoredResponses, progress: Progress) -> BankFit:
    """Estimate the items of each competency and the correlations of the competencies.

    Parameters
    ----------
    progress : called with a fraction and "fit:CODE" or "correlation"; may raise to stop.

    Raises
    ------
    Conflict
        "too-few-sittings".
    """
    responses = stored.responses
    if responses.n_persons < LEAST_SITTINGS:
        raise Conflict("too-few-sittings", found=responses.n_persons, needed=LEAST_SITTINGS)
    fitted: dict[int, FittedItem] = {}
    kept: dict[str, str] = {}
    parts = []
    n_areas = len(table.competency_codes)
    for area, code in enumerate(table.competency_codes):
        share = 0.85 / n_areas
        start = 0.05 + share * area
        progress(start, f"fit:{code}")

        def report(
            fraction: float, note: str, start: float = start, share: float = share, code: str = code
        ) -> None:
            progress(start + share * fraction, f"fit:{code}")

        parts.append(_fit_competency(table, responses, area, fitted, kept, report))
    progress(0.9, "correlation")
    correlation, errors, converged = _correlations(table, responses, fitted, progress)
    return BankFit(
        fitted=fitted,
        kept=kept,
        competencies=tuple(parts),
        correlation=correlation,
        correlation_errors=errors,
        correlation_converged=converged,
        n_persons=responses.n_persons,
        n_responses=responses.n_responses,
        n_real=stored.n_real,
        n_simulated=stored.n_simulated,
        n_left_out=stored.n_left_out,
    )


def _fit_competency(
    table: ParameterTable,
    responses: Responses,
    area: int,
    fitted: dict[int, FittedItem],
    kept: dict[str, str],
    progress: Progress,
) -> CompetencyFit:
    """Fit the items of one competency that have enough answers; name the others in `kept`."""
    from models.calibration import calibrate  # SciPy: not at the start of a web worker

    code = table.competency_codes[area]
    members = np.flatnonzero(table.competency == area)
    enough = members[responses.per_item()[members] >= LEAST_ANSWERS]
    kept |= {table.codes[j]: "few-answers" for j in members if j not in set(enough.tolist())}
    mine = responses.take_items(enough)
    mine = mine.take_persons(np.flatnonzero(mine.per_person() > 0))
    if enough.size < LEAST_ITEMS or mine.n_persons < LEAST_SITTINGS:
        kept |= {table.codes[j]: "few-in-competency" for j in enough}
        few = responses.take_items(members)
        n_persons = int((few.per_person() > 0).sum())
        return CompetencyFit(code, int(members.size), 0, n_persons, few.n_responses)
    fit = calibrate(mine, model="2PL", priors="default", progress=progress)
    usable = fit.items.a >= LEAST_SLOPE
    for j, column in enumerate(enough.tolist()):
        if usable[j]:
            fitted[int(table.version_ids[column])] = _fitted_item(fit.items, fit.n_responses, j)
        else:
            kept[table.codes[column]] = "low-slope"
    warnings = {name: tuple(table.codes[enough[j]] for j in named)
                for name, named in fit.flagged.items()}  # fmt: skip
    return CompetencyFit(
        code=code,
        n_items=int(members.size),
        n_fitted=int(usable.sum()),
        n_persons=fit.n_persons,
        n_responses=mine.n_responses,
        log_likelihood=_finite(fit.log_likelihood),
        converged=fit.converged,
        n_iterations=fit.n_iterations,
        warnings=dict.fromkeys(fit.warnings, ()) | warnings,
    )


def _fitted_item(items: ItemParameters, n_responses: Ints, j: int) -> FittedItem:
    errors = items.standard_errors
    return FittedItem(
        a=float(items.a[j]),
        b=float(items.b[j]),
        c=0.0,
        d=1.0,
        se_a=None if errors is None else _finite(errors[j, 0]),
        se_b=None if errors is None else _finite(errors[j, 1]),
        n_responses=int(n_responses[j]),
    )


def _correlations(
    table: ParameterTable,
    responses: Responses,
    fitted: Mapping[int, FittedItem],
    progress: Progress,
) -> tuple[Floats, Floats, bool]:
    """Correlations of the abilities, their standard errors, and whether the fit converged.

    They rest on the items just fitted. A competency without any keeps its present correlations,
    and they have no error: a handful of answers would leave them undetermined.
    """
    from models.traits import estimate_trait_covariance

    used = np.flatnonzero(np.isin(table.version_ids, np.array(list(fitted), dtype=np.intp)))
    met, area = np.unique(table.competency[used], return_inverse=True)
    found = estimate_trait_covariance(
        responses.take_items(used),
        _with_estimates(table, fitted).take(used),
        area.ravel(),
        n_competencies=met.size,
        progress=lambda fraction, note: progress(0.9 + 0.09 * fraction, "correlation"),
    )
    errors = np.full(table.covariance.shape, np.nan)
    errors[np.ix_(met, met)] = found.standard_errors
    np.fill_diagonal(errors, 0.0)
    return _embed(found.correlation, met, table.covariance), errors, found.converged


def _with_estimates(table: ParameterTable, fitted: Mapping[int, FittedItem]) -> ItemParameters:
    """All items of the table, the fitted ones with their estimates."""
    columns = {name: getattr(table.items, name).copy() for name in ("a", "b", "c", "d")}
    for version, item in fitted.items():
        for name, values in columns.items():
            values[table.index_of(version)] = getattr(item, name)
    return ItemParameters.of(**columns, model="3PL")


def _embed(estimated: Floats, met: Ints, present: Floats) -> Floats:
    """The estimated block among the present correlations, those weakened until all fit together."""
    deviation = np.sqrt(np.diagonal(present))
    others: Floats = present / np.outer(deviation, deviation)
    block = np.ix_(met, met)
    for strength in (1.0, 0.8, 0.6, 0.4, 0.2, 0.0):
        out = strength * others
        out[block] = estimated
        np.fill_diagonal(out, 1.0)
        if np.linalg.eigvalsh(out)[0] > SMALLEST_EIGENVALUE:
            break
    return out


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
