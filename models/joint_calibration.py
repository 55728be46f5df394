"""Calibration of all competencies at once: items and correlations from one joint likelihood.

What a person meets in an adaptive test depends on the answers in every competency. Given all of
them it is ignorable (Mislevy & Wu 1996, ETS Research Report 96-30); in the answers to one
competency alone it is not. Fitted one by one, slopes and correlations come out too low. The method
is in `models.joint_em`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.joint_em import (
    Floats32,
    JointProblem,
    Part,
    Progress,
    State,
    make_part,
    starting_state,
)
from models.kernels import Block, Expected, Tables, item_tables, one_blas_thread
from models.maximisation import HIGHEST, LOWEST, PriorTable, Structure
from models.parameters import Floats, Ints, ItemParameters
from models.priors import DEFAULT, Priors
from models.responses import Responses
from models.screening import Flagged, examine, screen
from models.standard_errors import standard_errors
from models.traits import correlation_errors

# Log-likelihood units that one more step would gain. At 1e-5, 1,000 simulated sittings came within
# 0.002 of the limit in every correlation and within 0.01 standard errors in every item.
TOLERANCE = 1e-5
_SMALLEST_SLOPE = 1e-4  # so that b = -intercept / slope is a number
_BLOCK = 2048  # persons


@dataclass(frozen=True, slots=True)
class JointCalibration:
    """The result of `calibrate_jointly`.

    Attributes
    ----------
    competency : shape (n_items,), as given.
    items : 2PL estimates with standard errors. These are conditional on the correlations and on
        the items of the other competencies.
    correlation : shape (K, K); of the competencies, whose abilities have mean 0 and variance 1.
    correlation_errors : shape (K, K); conditional on the items, so somewhat too small; 0 on the
        diagonal.
    log_likelihood : shape (K,); of the answers in a competency, given those in all others.
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
    converged: bool
    n_iterations: int
    n_persons: Ints
    n_responses: Ints
    flagged: tuple[Flagged, ...]


def calibrate_jointly(
    responses: Responses,
    competency: npt.ArrayLike,
    *,
    priors: Priors = DEFAULT,
    progress: Progress | None = None,
    tolerance: float = TOLERANCE,
    max_iterations: int = 300,
) -> JointCalibration:
    """Estimate a 2PL in every competency and the correlations of the competencies together.

    The correlations are drawn towards their own mean, as if 4 more persons had been seen in whom
    all were alike: that steadies single ones and leaves their level to the data.

    Parameters
    ----------
    responses : all competencies together, one record per person; scores 0 and 1.
    competency : shape (n_items,); competency of each item, 0 to K - 1, none of them empty.
    priors : of slopes and intercepts, as in `calibrate`.
    progress : called with a fraction and a note; may raise to cancel.
    tolerance : stop when one more step would gain less log-likelihood than this.

    Raises
    ------
    ValueError
        When the shapes do not fit, a competency has no items, or a score is above 1.
    """
    column = _checked(responses, competency)
    used = responses.take_persons(np.flatnonzero(responses.per_person() > 0))
    parts = [make_part(used, np.flatnonzero(column == k)) for k in range(int(column.max()) + 1)]
    problem = JointProblem(used.n_persons, column, parts, _prior_table(priors, column.size))
    with one_blas_thread():
        start = starting_state(parts, column.size)
        state, converged, iterations = problem.run(start, progress, tolerance, max_iterations)
        problem.settle(state)
        slope = np.where(
            np.abs(state.xi[:, 0]) < _SMALLEST_SLOPE,
            np.copysign(_SMALLEST_SLOPE, state.xi[:, 0]),
            state.xi[:, 0],
        )
        fits = [_fit_of(problem, state, k, slope, converged) for k in range(len(parts))]
    errors = np.full((column.size, 4), np.nan)
    for part, fit in zip(parts, fits, strict=True):
        errors[part.members, :2] = fit.errors
    return JointCalibration(
        competency=column,
        items=ItemParameters.of(
            slope, -state.xi[:, 1] / slope, 0.0, standard_errors=errors, model="2PL"
        ),
        correlation=state.correlation,
        correlation_errors=correlation_errors(
            problem.sites, np.zeros(len(parts)), state.correlation
        ),
        log_likelihood=np.array([fit.log_likelihood for fit in fits]),
        converged=converged,
        n_iterations=iterations,
        n_persons=np.array([part.rows.size for part in parts], dtype=np.intp),
        n_responses=responses.per_item(),
        flagged=tuple(fit.flagged for fit in fits),
    )


@dataclass(frozen=True, slots=True)
class _CompetencyFit:
    errors: Floats  # (n_items, 2), of a and b
    log_likelihood: float
    flagged: Flagged


def _fit_of(
    problem: JointProblem, state: State, k: int, slope: Floats, converged: bool
) -> _CompetencyFit:
    """Standard errors, log-likelihood and findings of one competency."""
    part = problem.parts[k]
    weights = problem.log_weights(problem.context_of(k, problem.moments(state)))
    kernel = _ContextKernel(part.responses, weights)
    xi = state.xi[part.members]
    tables = item_tables(xi[:, 0], xi[:, 1], None, problem.nodes)
    priors = PriorTable(problem.priors.mean[part.members], problem.priors.precision[part.members])
    free = Structure.dichotomous(part.members.size)
    found = standard_errors(part.responses, kernel, tables, xi, problem.nodes, priors, free)
    return _CompetencyFit(
        np.stack([found.a, found.b], axis=1),
        kernel.log_likelihood(tables),
        _findings(part, xi, slope[part.members], found.b, converged),
    )


def _checked(responses: Responses, competency: npt.ArrayLike) -> Ints:
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
    if responses.n_responses and int(responses.score.max()) > 1:
        raise ValueError("scores above 1: dichotomise partial credit first.")
    return column


def _prior_table(priors: Priors, n_items: int) -> PriorTable:
    mean, precision = np.zeros((n_items, 2)), np.full((n_items, 2), 1e-6)
    for number, prior in enumerate((priors.slope, priors.intercept)):
        if prior is not None:
            mean[:, number], precision[:, number] = prior[0], prior[1] ** -2
    return PriorTable(mean, precision)


def _findings(part: Part, xi: Floats, slope: Floats, error: Floats, converged: bool) -> Flagged:
    """What `calibrate` would warn of in one competency, items by their numbers among all."""
    at_bound = np.asarray(((xi <= LOWEST[:2]) | (xi >= HIGHEST[:2])).any(axis=1))
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

    def __init__(self, responses: Responses, log_weights: Floats32) -> None:
        self._responses = responses
        weights = log_weights.astype(np.float64)
        weights -= np.log(np.exp(weights).sum(axis=1, keepdims=True))
        self._log_weights = weights

    def blocks(self, tables: Tables) -> Iterator[Block]:
        """Posteriors, a block of persons at a time; the weights of `tables` are not used."""
        for rows, right, met, log_joint in self._joints(tables):
            posterior = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
            posterior /= posterior.sum(axis=1, keepdims=True)
            yield Block(rows, right, met, posterior)

    def _joints(self, tables: Tables) -> Iterator[tuple[slice, Floats, Floats, Floats]]:
        n_persons = self._responses.n_persons
        for first in range(0, n_persons, _BLOCK):
            rows = slice(first, min(first + _BLOCK, n_persons))
            matrix = self._responses.take_persons(np.arange(rows.start, rows.stop)).to_dense()
            right, met = (matrix == 1).astype(np.float64), (matrix >= 0).astype(np.float64)
            log_joint = right @ (tables.log_p - tables.log_q) + met @ tables.log_q
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
        shape = (self._responses.n_items, self._log_weights.shape[1])
        n_bar, r_bar, weight = np.zeros(shape), np.zeros(shape), np.zeros(shape[1])
        for block in self.blocks(tables):
            r_bar += block.right.T @ block.posterior
            if block.met is not None:
                n_bar += block.met.T @ block.posterior
            weight += block.posterior.sum(axis=0)
        return Expected(n_bar, r_bar, weight, self.log_likelihood(tables))
