"""Calibration of all competencies at once: items and correlations from one joint likelihood.

What a person meets in an adaptive test depends on the answers in every competency. Given all of
them it is ignorable (Mislevy & Wu 1996, ETS Research Report 96-30); in the answers to one
competency alone it is not. Fitted one by one, slopes and correlations come out too low. The method
is in `models.joint_em`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from models.calibration import items_of
from models.calibration_setup import prior_table
from models.delta_method import StandardErrors
from models.dense_kernel import DenseKernel
from models.item_families import Bools, families_of, first_upper
from models.joint_em import (
    Floats32,
    JointProblem,
    Part,
    Progress,
    State,
    make_part,
    starting_state,
)
from models.kernels import (
    AnyFloats,
    Block,
    Expected,
    Sample,
    Tables,
    family_tables,
    one_blas_thread,
)
from models.maximisation import PriorTable, Structure
from models.parameters import POLYTOMOUS, Floats, Ints, ItemParameters
from models.priors import DEFAULT, Priors
from models.responses import Responses
from models.screening import Flagged, examine, screen
from models.standard_errors import standard_errors
from models.traits import correlation_errors

# Log-likelihood units that one more step would gain. At 1e-5, 1,000 simulated sittings came within
# 0.002 of the limit in every correlation and within 0.01 standard errors in every item.
TOLERANCE = 1e-5
MODELS = ("2PL", "3PL", "GRM", "GPCM")
_SMALLEST_SLOPE = 1e-4  # so that b = -intercept / slope is a number
_BLOCK = 2048  # persons


@dataclass(frozen=True, slots=True)
class JointCalibration:
    """The result of `calibrate_jointly`.

    Attributes
    ----------
    competency : shape (n_items,), as given.
    items : estimates with standard errors. These are conditional on the correlations and on
        the items of the other competencies.
    correlation : shape (K, K); of the competencies, whose abilities have mean 0 and variance 1.
    correlation_errors : shape (K, K); conditional on the items, so somewhat too small; 0 on the
        diagonal.
    log_likelihood : shape (K,); of the answers in a competency, given those in all others.
    joint_log_likelihood : of all answers together, to compare models of the same data.
    log_evidence : of the model of the items: the joint log-likelihood integrated over their
        parameters by Laplace's method, for models with the same correlations to be estimated and
        proper priors. It weighs fit against how finely the parameters must be tuned to it (MacKay
        2003, Information theory, inference and learning algorithms, ch. 28); a difference above 5
        is very strong evidence (Kass & Raftery 1995, JASA 90, 773-795), but with few answers an
        item the method favours the vaguer model by up to about 0.3 an item.
    n_parameters : how many were estimated, the correlations among them.
    converged : whether the stopping rule was met; False means: do not use without a look.
    n_iterations : EM steps made.
    n_persons : shape (K,); persons with an answer in the competency.
    n_responses : shape (n_items,)
    flagged : for each competency, code of `models.screening` to items (or persons) it names.
    """

    competency: Ints
    items: ItemParameters
    correlation: Floats
    correlation_errors: Floats
    log_likelihood: Floats
    joint_log_likelihood: float
    log_evidence: float
    n_parameters: int
    converged: bool
    n_iterations: int
    n_persons: Ints
    n_responses: Ints
    flagged: tuple[Flagged, ...]


def calibrate_jointly(
    responses: Responses,
    competency: npt.ArrayLike,
    model: str | Sequence[str] = "2PL",
    *,
    lower_asymptote: npt.ArrayLike | None = None,
    max_scores: npt.ArrayLike | None = None,
    priors: Priors = DEFAULT,
    progress: Progress | None = None,
    tolerance: float = TOLERANCE,
    max_iterations: int = 300,
) -> JointCalibration:
    """Estimate the items of every competency and the correlations of the competencies together.

    The correlations are drawn towards their own mean, as if 4 more persons had been seen in whom
    all were alike: that steadies single ones and leaves their level to the data.

    Where people guess, a 2PL takes the guesses for ability: correlations come out too low and
    intervals of b far too narrow. Let a 3PL know the chance of a guess by `lower_asymptote`; to
    estimate it as well needs many answers of the least able to each item.

    Parameters
    ----------
    responses : all competencies together, one record per person; scores 0 to m.
    competency : shape (n_items,); competency of each item, 0 to K - 1, none of them empty.
    model : for all items, or one for each: "2PL", "3PL", "GRM", "GPCM".
    lower_asymptote : shape (n_items,), or one number; c of 3PL items where it is known, such as
        1 / number of options; nan where it is to be estimated (all, by default).
    max_scores : shape (n_items,); highest score of each item, by default the highest anybody got.
    priors : of slopes, intercepts and logit c, as in `calibrate`.
    progress : called with a fraction and a note; may raise to cancel.
    tolerance : stop when one more step would gain less log-likelihood than this.

    Raises
    ------
    ValueError
        When the shapes do not fit, a competency has no items, or a score is above what its model
        allows.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, Responses, calibrate_jointly, simulate_responses
    >>> rng = np.random.default_rng(1)
    >>> area = np.repeat([0, 1], 15)
    >>> truth = ItemParameters.of(1.5, rng.normal(0, 1, 30), 0.25, model="3PL")
    >>> theta = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 1000)
    >>> answers = Responses.from_dense(simulate_responses(theta, truth, rng, area))
    >>> fit = calibrate_jointly(answers, area, "3PL", lower_asymptote=0.25)
    >>> fit.converged, bool(abs(fit.correlation[0, 1] - 0.6) < 0.1)
    (True, True)
    """
    column = _read_competency(responses, competency)
    names, highest = _read_models(responses, model, max_scores)
    structure, held = _structure(names, highest, lower_asymptote)
    counts = responses.score_counts()
    table, _ = prior_table(priors, structure, names, screen(responses), counts)
    used = responses.take_persons(np.flatnonzero(responses.per_person() > 0))
    parts = [_part(used, column == k, names, structure) for k in range(int(column.max()) + 1)]
    problem = JointProblem(used.n_persons, column, parts, table, structure)
    with one_blas_thread():
        start = starting_state(parts, structure, held)
        state, converged, iterations = problem.run(start, progress, tolerance, max_iterations)
        problem.settle(state)
        small = np.abs(state.xi[:, 0]) < _SMALLEST_SLOPE
        slope = np.where(small, np.copysign(_SMALLEST_SLOPE, state.xi[:, 0]), state.xi[:, 0])
        fits = [_fit_of(problem, state, k, slope, converged) for k in range(len(parts))]
        joint = problem.log_likelihood(state)
    errors = _together(parts, [fit.errors for fit in fits], structure)
    size = len(parts)
    return JointCalibration(
        competency=column,
        items=items_of(state.xi, slope, structure, names, errors),
        correlation=state.correlation,
        correlation_errors=correlation_errors(problem.sites, np.zeros(size), state.correlation),
        log_likelihood=np.array([fit.log_likelihood for fit in fits]),
        joint_log_likelihood=joint,
        log_evidence=joint + _log_width(state.xi, errors, table, structure),
        n_parameters=int(structure.moving.sum()) + size * (size - 1) // 2,
        converged=converged,
        n_iterations=iterations,
        n_persons=np.array([part.rows.size for part in parts], dtype=np.intp),
        n_responses=responses.per_item(),
        flagged=tuple(fit.flagged for fit in fits),
    )


@dataclass(frozen=True, slots=True)
class _CompetencyFit:
    errors: StandardErrors
    log_likelihood: float
    flagged: Flagged


def _fit_of(
    problem: JointProblem, state: State, k: int, slope: Floats, converged: bool
) -> _CompetencyFit:
    """Standard errors, log-likelihood and findings of one competency."""
    part = problem.parts[k]
    structure = part.structure
    weights = problem.log_weights(problem.context_of(k, problem.moments(state)))
    sample = Sample.of(part.responses, structure.max_scores)
    kernel = _ContextKernel(sample, weights)
    width = structure.used.shape[1]
    xi = state.xi[part.members, :width]
    tables = family_tables(structure.families, xi, problem.nodes)
    priors = _of_members(problem.priors, part, width)
    found = standard_errors(sample, kernel, tables, xi, problem.nodes, priors, structure)
    return _CompetencyFit(
        found,
        kernel.log_likelihood(tables),
        _findings(part, xi, slope[part.members], found.b, converged),
    )


def _of_members(priors: PriorTable, part: Part, width: int) -> PriorTable:
    imagined = priors.imagined
    if imagined is not None:
        imagined = imagined[0][part.members], imagined[1][part.upper]
    own = np.ix_(part.members, np.arange(width))
    return PriorTable(priors.mean[own], priors.precision[own], imagined)


def _together(
    parts: Sequence[Part], found: Sequence[StandardErrors], structure: Structure
) -> StandardErrors:
    """The errors of all items from those of each competency's."""
    n_items = structure.free.size
    size = max(errors.covariance.shape[1] for errors in found)
    whole: dict[str, Floats] = {}
    for name in (field.name for field in fields(StandardErrors)):
        if name in ("item_by_item", "latent_mean", "latent_sd"):
            continue
        shape = {"covariance": (n_items, size, size), "thresholds": (n_items, size - 1)}
        whole[name] = np.full(shape.get(name, (n_items,)), np.nan)
        for part, errors in zip(parts, found, strict=True):
            own = getattr(errors, name)
            place = np.ix_(part.members, *(np.arange(n) for n in own.shape[1:]))
            whole[name][place] = own
    item_by_item = any(errors.item_by_item for errors in found)
    nothing = np.full(1, np.nan)
    return StandardErrors(
        **whole, item_by_item=item_by_item, latent_mean=nothing, latent_sd=nothing
    )


def _log_width(
    xi: Floats, errors: StandardErrors, priors: PriorTable, structure: Structure
) -> float:
    """Log of what integrating over the items' parameters makes of the maximum, (p/2) log 2 pi
    + log prior + log |covariance| / 2; the covariance item by item. 0 where an item's own answers
    do not identify it: there the posterior is the prior.
    """
    moving, slope = structure.moving, np.maximum(np.abs(xi[:, 0]), _SMALLEST_SLOPE)
    normal = 0.5 * (np.log(np.where(moving, priors.precision, 1.0)))
    density = np.where(moving, normal - 0.5 * priors.precision * (xi - priors.mean) ** 2, 0.0)
    # b = -intercept / slope, once for each intercept; c = logistic(logit c)
    jacobian = 2.0 * structure.locations.sum(axis=1) * np.log(slope)
    total = 0.0
    for family in structure.families:
        for item in family.items.tolist():
            kept = np.flatnonzero(moving[item])
            block = errors.covariance[item][np.ix_(kept, kept)]
            sign, size = np.linalg.slogdet(block) if np.isfinite(block).all() else (0.0, 0.0)
            if sign <= 0:
                continue
            if family.kind == "dichotomous" and moving[item, 2:3].any():
                c = 1.0 / (1.0 + np.exp(-xi[item, 2]))
                size -= 2.0 * np.log(c * (1.0 - c))
            total += 0.5 * float(size + jacobian[item]) + float(density[item].sum())
    return total


def _read_competency(responses: Responses, competency: npt.ArrayLike) -> Ints:
    column = np.asarray(competency, dtype=np.intp)
    n_items = responses.n_items
    if n_items == 0:
        raise ValueError("there are no items to calibrate.")
    if column.shape != (n_items,) or np.any(column < 0):
        raise ValueError(
            f"competency must have one entry for each of the {n_items} items, numbered from 0."
        )
    empty = np.flatnonzero(np.bincount(column) == 0)
    if empty.size:
        raise ValueError(f"competency {empty[0]} has no items; number them without gaps.")
    return column


def _read_models(
    responses: Responses, model: str | Sequence[str], max_scores: npt.ArrayLike | None
) -> tuple[tuple[str, ...], Ints]:
    """The model and the highest score of each item."""
    n_items = responses.n_items
    names = (model,) * n_items if isinstance(model, str) else tuple(model)
    wrong = [name for name in names if name not in MODELS]
    if wrong:
        raise ValueError(f"model {wrong[0]!r} is not offered jointly; choose {', '.join(MODELS)}.")
    if len(names) != n_items:
        raise ValueError(
            f"model names {len(names)} items and there are {n_items}; give one name, or one each."
        )
    counts = responses.score_counts()
    seen = np.where(counts > 0, np.arange(counts.shape[1]), 0).max(axis=1, initial=0)
    highest = np.maximum(seen, 1) if max_scores is None else np.asarray(max_scores)
    if highest.shape != (n_items,) or highest.dtype.kind not in "iu" or (highest < 1).any():
        raise ValueError(f"max_scores must be one whole number from 1 for each of {n_items} items.")
    graded = np.array([name in POLYTOMOUS for name in names])
    allowed = np.where(graded, highest, 1)
    above = np.flatnonzero(seen > allowed)
    if above.size:
        item = int(above[0])
        raise ValueError(
            f"item {item} has a score of {int(seen[item])}, but {names[item]} goes to "
            f"{int(allowed[item])}: choose GPCM or GRM for it, or dichotomise it first."
        )
    return names, allowed.astype(np.intp)


def _structure(
    names: Sequence[str], highest: Ints, lower_asymptote: npt.ArrayLike | None
) -> tuple[Structure, Floats]:
    """What is estimated, and the values of what is held."""
    is_3pl = np.array([name == "3PL" for name in names])
    c = np.full(is_3pl.size, np.nan)
    if lower_asymptote is not None:
        given = np.asarray(lower_asymptote, dtype=np.float64)
        if given.shape not in ((), c.shape):
            raise ValueError(f"lower_asymptote must be one number, or one for each of {c.size}.")
        c = np.where(is_3pl, given, np.nan)
        if (np.nan_to_num(c) < 0).any() or (np.nan_to_num(c) >= 1).any():
            raise ValueError("lower_asymptote must lie from 0 to below 1, nan where not known.")
    known = np.isfinite(c)
    # c = 0 has no logit: such an item is a 2PL in all but name
    fitted_as = ["2PL" if zero else name for name, zero in zip(names, c == 0, strict=True)]
    families = families_of(fitted_as, highest)
    size = max(family.n_parameters for family in families)
    held, values = np.zeros((c.size, size), dtype=bool), np.zeros((c.size, size))
    held_c = known & (c > 0)
    if held_c.any():
        held[held_c, 2] = True
        values[held_c, 2] = np.log(c[held_c] / (1.0 - c[held_c]))
    everything = np.ones(c.size, dtype=bool)
    return Structure.of(families, everything, held=held), values


def _part(responses: Responses, mine: Bools, names: Sequence[str], structure: Structure) -> Part:
    """The answers in one competency with the structure of its items."""
    members = np.flatnonzero(mine)
    highest = structure.max_scores
    kind = {}
    for family in structure.families:
        for j in family.items.tolist():
            kind[j] = names[j] if family.kind != "dichotomous" else f"{family.n_parameters}PL"
    families = families_of([kind[int(j)] for j in members], highest[members])
    size = max(family.n_parameters for family in families)
    held = None if structure.held is None else structure.held[members, :size]
    own = Structure.of(families, np.ones(members.size, dtype=bool), held=held)
    return make_part(responses, members, own, first_upper(highest))


def _findings(part: Part, xi: Floats, slope: Floats, error: Floats, converged: bool) -> Flagged:
    """What `calibrate` would warn of in one competency, items by their numbers among all."""
    at_bound = part.structure.at_bound(xi)
    found = screen(part.responses) | examine(slope, at_bound, np.ones(slope.size, dtype=bool))
    if not np.isfinite(error).all():
        found["no-standard-errors"] = np.flatnonzero(~np.isfinite(error))
    found = {
        code: part.rows[named] if code.startswith("person") else part.members[named]
        for code, named in found.items()
    }
    if not converged:
        found["not-converged"] = np.empty(0, dtype=np.intp)
    return found


class _ContextKernel:
    """The E-step of one competency where each person has a normal weight of his own."""

    single_precision = False

    def __init__(self, sample: Sample, log_weights: Floats32) -> None:
        self._sample = sample
        weights = log_weights.astype(np.float64)
        weights -= np.log(np.exp(weights).sum(axis=1, keepdims=True))
        self._log_weights = weights

    def blocks(self, tables: Tables) -> Iterator[Block]:
        """Posteriors, a block of persons at a time; the weights of `tables` are not used."""
        for rows, right, met, log_joint in self._joints(tables):
            posterior = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
            posterior /= posterior.sum(axis=1, keepdims=True)
            yield Block(rows, right, met, posterior)

    def _joints(self, tables: Tables) -> Iterator[tuple[slice, AnyFloats, AnyFloats, Floats]]:
        highest = self._sample.max_scores
        difference = tables.log_p - np.repeat(tables.log_q, highest, axis=0)
        for rows, _ in self._sample.rows(_BLOCK):
            part = self._sample.responses.take_persons(np.arange(rows.start, rows.stop))
            dense = DenseKernel(Sample.of(part, highest), np.dtype(np.float64))
            right, met = dense.indicators()
            log_joint = right @ difference + met @ tables.log_q
            yield rows, right, met, log_joint + self._log_weights[rows]

    def log_likelihood(self, tables: Tables) -> float:
        """Of these answers, ability integrated out over the weights."""
        total = 0.0
        for _, _, _, log_joint in self._joints(tables):
            peak = log_joint.max(axis=1)
            total += float((peak + np.log(np.exp(log_joint - peak[:, None]).sum(axis=1))).sum())
        return total

    def expected_counts(self, tables: Tables) -> Expected:
        """Expected counts under the posteriors; see `DenseKernel.expected_counts`."""
        n_nodes = self._log_weights.shape[1]
        n_bar = np.zeros((self._sample.responses.n_items, n_nodes))
        r_bar, weight = np.zeros((tables.log_p.shape[0], n_nodes)), np.zeros(n_nodes)
        for block in self.blocks(tables):
            r_bar += block.right.T @ block.posterior
            if block.met is not None:
                n_bar += block.met.T @ block.posterior
            weight += block.posterior.sum(axis=0)
        return Expected(n_bar, r_bar, weight, self.log_likelihood(tables))
