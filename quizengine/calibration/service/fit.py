"""Fitting a bank: the items of every competency and their correlations at once. Pure computation.

Each competency is put on N(0, 1), so the covariance of the abilities is their correlation matrix.
What a student meets in one competency depends, through the adaptive choice, on the answers in the
others too; only a joint fit takes that into account.

Items with several points follow the GPCM. Those with one point follow a 2PL, or a 3PL whose lower
asymptote is the chance of a guess: which of the two is chosen for the whole bank by the evidence of
the answers. With the wrong one, intervals of b hold the truth in about half of the cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from models.parameters import Floats, Ints, ItemParameters
from models.responses import Responses
from quizengine.banks.service.parameters import ParameterTable
from quizengine.banks.service.publish import FittedItem
from quizengine.calibration.service.responses import StoredResponses
from quizengine.errors import Conflict

if TYPE_CHECKING:
    from models.joint_calibration import JointCalibration

LEAST_SITTINGS = 100  # in all, and with answers in a competency; fewer say next to nothing
LEAST_ANSWERS = 30  # of an item, for its own estimate (models.screening.FEW_RESPONSES)
LEAST_ITEMS = 3  # of a competency: two items cannot tell two slopes apart
SMALLEST_EIGENVALUE = 0.01  # of correlations partly estimated, partly kept
# Log evidence for guessing that is taken as clear: "very strong" by Kass & Raftery (1995, JASA 90),
# and more where there are many items, for with few answers an item Laplace's method favours the
# vaguer model: simulated banks of 100 items without guessing came to 0.26 an item at 150 sittings,
# those with guessing to 0.36 at least.
CLEAR_EVIDENCE, CLEAR_PER_ITEM = 5.0, 0.3
LEAST_SLOPE = 0.2  # below it an item is not used as estimated: the key may be wrong

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class CompetencyFit:
    """How the fit of one competency went. `log_likelihood` is given the answers in all others.

    `warnings` maps codes of `models.screening`, "not-converged" and "no-standard-errors" to the
    items they name (perhaps none).
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
class ModelChoice:
    """What was fitted.

    Attributes
    ----------
    single : "2PL" or "3PL" (c at the chance of a guess), of the items with one point; "" without
        such items.
    evidence : log evidence of the 3PL less that of the 2PL; None where nothing can be guessed.
    bar : the 3PL is taken where the evidence lies above it.
    n_several : items with several points, fitted as GPCM.
    """

    single: str
    evidence: float | None
    n_several: int
    bar: float = CLEAR_EVIDENCE


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
    model: ModelChoice

    @property
    def model_name(self) -> str:
        """The model of the fitted items, "mixed" where they have more than one."""
        names = {item.model for item in self.fitted.values()}
        return names.pop() if len(names) == 1 else "mixed" if names else "2PL"

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
            "model": asdict(self.model),
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
    progress : called with a fraction and "fit:joint" or "correlation"; may raise to stop.

    Raises
    ------
    Conflict
        "too-few-sittings".
    """
    responses = stored.responses
    if responses.n_persons < LEAST_SITTINGS:
        raise Conflict("too-few-sittings", found=responses.n_persons, needed=LEAST_SITTINGS)
    choices = [_choose(table, responses, area) for area in range(len(table.competency_codes))]
    areas = [area for area, choice in enumerate(choices) if choice.is_enough]
    joint, model = _fit_together(table, stored, [choices[area] for area in areas], progress)
    fitted: dict[int, FittedItem] = {}
    kept: dict[str, str] = {}
    parts = []
    for area, choice in enumerate(choices):
        place = areas.index(area) if choice.is_enough else None
        parts.append(_collect(table, responses, choice, joint, place, fitted, kept))
    correlation, errors = _correlations(table, fitted, areas, joint)
    return BankFit(
        fitted=fitted,
        kept=kept,
        competencies=tuple(parts),
        correlation=correlation,
        correlation_errors=errors,
        correlation_converged=joint is None or joint.converged,
        n_persons=responses.n_persons,
        n_responses=responses.n_responses,
        n_real=stored.n_real,
        n_simulated=stored.n_simulated,
        n_left_out=stored.n_left_out,
        model=model,
    )


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which items of a competency have enough answers.

    Attributes
    ----------
    members, enough : columns of the parameter table; all its items, and those.
    n_persons : sittings with an answer to those.
    """

    area: int
    members: Ints
    enough: Ints
    n_persons: int

    @property
    def is_enough(self) -> bool:
        """Whether the competency can be fitted at all."""
        return self.enough.size >= LEAST_ITEMS and self.n_persons >= LEAST_SITTINGS


def _choose(table: ParameterTable, responses: Responses, area: int) -> _Choice:
    members = np.flatnonzero(table.competency == area)
    enough = members[responses.per_item()[members] >= LEAST_ANSWERS]
    n_persons = int((responses.take_items(enough).per_person() > 0).sum())
    return _Choice(area, members, enough, n_persons)


def _fit_together(
    table: ParameterTable,
    stored: StoredResponses,
    choices: Sequence[_Choice],
    progress: Progress,
) -> tuple[JointCalibration | None, ModelChoice]:
    """The items chosen, all competencies at once; None when there is no competency to fit."""
    from models.joint_calibration import calibrate_jointly  # SciPy: not at a web worker's start

    if not choices:
        return None, ModelChoice("", None, 0)
    columns = np.concatenate([choice.enough for choice in choices])
    competency = np.repeat(np.arange(len(choices)), [choice.enough.size for choice in choices])
    responses = stored.responses.take_items(columns)
    highest, guess_rate = table.items.max_scores[columns], stored.guess_rate[columns]

    def fit(single: str, first: float, share: float) -> JointCalibration:
        progress(first, "fit:joint")
        return calibrate_jointly(
            responses,
            competency,
            ["GPCM" if m > 1 else single for m in highest],
            lower_asymptote=guess_rate,
            max_scores=highest,
            progress=lambda fraction, note: progress(first + share * fraction, "fit:joint"),
        )

    several = int((highest > 1).sum())
    guessable = int((guess_rate[highest == 1] > 0).sum())
    bar = max(CLEAR_EVIDENCE, CLEAR_PER_ITEM * guessable)
    found = fit("2PL", 0.05, 0.45 if guessable else 0.85)
    name, evidence = "2PL" if several < highest.size else "", None
    if guessable:
        guessed = fit("3PL", 0.5, 0.45)
        evidence = guessed.log_evidence - found.log_evidence
        if evidence > bar:
            found, name = guessed, "3PL"
    progress(0.95, "correlation")
    return found, ModelChoice(name, evidence, several, bar)


def _collect(
    table: ParameterTable,
    responses: Responses,
    choice: _Choice,
    joint: JointCalibration | None,
    place: int | None,
    fitted: dict[int, FittedItem],
    kept: dict[str, str],
) -> CompetencyFit:
    """What the fit says of one competency: estimates into `fitted`, the others named in `kept`.

    Parameters
    ----------
    place : which of the competencies of the fit it is; None when it was not fitted.
    """
    code, members, enough = table.competency_codes[choice.area], choice.members, choice.enough
    kept |= {table.codes[j]: "few-answers" for j in members if j not in set(enough.tolist())}
    if joint is None or place is None:
        kept |= {table.codes[j]: "few-in-competency" for j in enough}
        few = responses.take_items(members)
        n_persons = int((few.per_person() > 0).sum())
        return CompetencyFit(code, int(members.size), 0, n_persons, few.n_responses)
    mine = np.flatnonzero(joint.competency == place)
    usable = joint.items.a[mine] >= LEAST_SLOPE
    for j, column, is_usable in zip(mine.tolist(), enough.tolist(), usable, strict=True):
        if is_usable:
            fitted[int(table.version_ids[column])] = _fitted_item(joint.items, joint.n_responses, j)
        else:
            kept[table.codes[column]] = "low-slope"
    return CompetencyFit(
        code=code,
        n_items=int(members.size),
        n_fitted=int(usable.sum()),
        n_persons=int(joint.n_persons[place]),
        n_responses=int(joint.n_responses[mine].sum()),
        log_likelihood=_finite(joint.log_likelihood[place]),
        converged=joint.converged,
        n_iterations=joint.n_iterations,
        warnings={
            name: tuple(table.codes[enough[j - mine[0]]] for j in named)
            for name, named in joint.flagged[place].items()
        },
    )


def _fitted_item(items: ItemParameters, n_responses: Ints, j: int) -> FittedItem:
    errors, thresholds = items.standard_errors, None
    if items.thresholds is not None and items.is_polytomous[j]:
        thresholds = items.thresholds[j, np.isfinite(items.thresholds[j])].tolist()
    name = items.item_models[j]
    return FittedItem(
        a=float(items.a[j]),
        b=float(items.b[j]),
        c=float(items.c[j]),
        d=1.0,
        se_a=None if errors is None else _finite(errors[j, 0]),
        se_b=None if errors is None else _finite(errors[j, 1]),
        n_responses=int(n_responses[j]),
        # a 3PL item on which nothing can be guessed is a 2PL
        model="2PL" if name == "3PL" and items.c[j] == 0 else name,
        thresholds=thresholds,
    )


def _correlations(
    table: ParameterTable,
    fitted: Mapping[int, FittedItem],
    areas: Sequence[int],
    joint: JointCalibration | None,
) -> tuple[Floats, Floats]:
    """Correlations of the abilities and their standard errors, shape (K, K) each.

    A competency without an item just fitted keeps its present correlations, and they have no
    error: a handful of answers would leave them undetermined.
    """
    used = np.isin(table.version_ids, np.array(list(fitted), dtype=np.intp))
    place = [n for n, area in enumerate(areas) if used[table.competency == area].any()]
    met = np.array([areas[n] for n in place], dtype=np.intp)
    errors = np.full(table.covariance.shape, np.nan)
    estimated = np.empty((0, 0))
    if joint is not None:
        estimated = joint.correlation[np.ix_(place, place)]
        errors[np.ix_(met, met)] = joint.correlation_errors[np.ix_(place, place)]
    np.fill_diagonal(errors, 0.0)
    return _embed(estimated, met, table.covariance), errors


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
