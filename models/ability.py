"""One ability from scored responses: ML, WLE, MAP and EAP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.information import information
from models.likelihood import (
    MAX_REFINEMENTS,
    NODES,
    SMALLEST_SPREAD,
    SPREAD_SCALE,
    fits_grid,
    log_probabilities,
)
from models.parameters import Floats, ItemParameters
from models.response_functions import logistic

Method = Literal["ML", "WLE", "MAP", "EAP"]
Bools = npt.NDArray[np.bool_]
_SEARCH: Floats = np.linspace(-30.0, 30.0, 481)  # where modes are looked for, in logits
_CHUNK = 2_000_000  # numbers held at once while persons are scored in blocks


@dataclass(frozen=True, slots=True)
class Ability:
    """Estimated abilities.

    Attributes
    ----------
    theta : shape (n_persons,), or scalar array for one person; logits
    standard_error : same shape; posterior deviation (EAP), else 1 / sqrt of the curvature at theta
        of what is maximised: likelihood (ML), weighted likelihood (WLE), posterior (MAP);
        nan where theta is not finite
    method : how they were estimated
    """

    theta: Floats
    standard_error: Floats
    method: Method


def estimate_ability(
    scores: npt.ArrayLike,
    items: ItemParameters,
    method: Method = "EAP",
    *,
    mean: float = 0.0,
    standard_deviation: float = 1.0,
) -> Ability:
    """Estimate abilities from scored responses.

    Parameters
    ----------
    scores : shape (n_items,) or (n_persons, n_items); 1 right, 0 wrong, -1 or nan not given
    method : "EAP" and "MAP" use the normal prior, always finite. "ML" is -inf when the likelihood
        rises towards -inf (all wrong; with guessing also other scores at chance level), +inf when
        all is right, nan without responses. "WLE" corrects its bias and is finite for every
        pattern with a response; where a 3PL gives several roots the most likely one is taken.
    mean, standard_deviation : of the normal prior, logits

    Raises
    ------
    ValueError
        Shapes do not fit, a score is not 0, 1 or missing, or the method or prior is unknown.

    References
    ----------
    EAP: Bock & Mislevy (1982), Applied Psychological Measurement 6, 431-444.
    WLE: Warm (1989), Psychometrika 54, 427-450. MAP: Samejima (1969), Psychometrika monograph 17.
    """
    table = _checked_scores(scores, items)
    if not (np.isfinite(mean) and standard_deviation > 0 and np.isfinite(standard_deviation)):
        raise ValueError("the prior needs a finite mean and a positive standard_deviation")
    if method not in _ESTIMATORS:
        raise ValueError(f'method must be "ML", "WLE", "MAP" or "EAP", not {method!r}')
    theta = np.empty(table.shape[0])
    error = np.empty(table.shape[0])
    block = max(1, _CHUNK // (max(1, len(items)) * NODES.size))
    for start in range(0, table.shape[0], block):
        rows = slice(start, start + block)
        theta[rows], error[rows] = _ESTIMATORS[method](table[rows], items, mean, standard_deviation)
    if np.ndim(scores) == 1:
        return Ability(theta[0], error[0], method)
    return Ability(theta, error, method)


def _checked_scores(scores: npt.ArrayLike, items: ItemParameters) -> npt.NDArray[np.int8]:
    table = np.atleast_2d(np.asarray(scores))
    if table.ndim != 2 or table.shape[1] != len(items):
        raise ValueError(f"scores need one column for each of the {len(items)} items")
    if table.dtype.kind == "f":
        table = np.where(np.isnan(table), -1.0, table)
    if table.size and not np.isin(table, (-1, 0, 1)).all():
        raise ValueError("a score is 1 (right), 0 (wrong), or -1 or nan (not given)")
    return table.astype(np.int8)


def _log_likelihood(table: npt.NDArray[np.int8], items: ItemParameters, theta: Floats) -> Floats:
    """Shape (n_persons, n_nodes) for common nodes (n_nodes,) or own nodes (n_persons, n_nodes)."""
    right, wrong = log_probabilities(theta[..., None], items)
    if theta.ndim == 1:
        total: Floats = (table == 1) @ right.T + (table == 0) @ wrong.T
        return total
    own: Floats = np.einsum("pi,pgi->pg", (table == 1).astype(float), right)
    own += np.einsum("pi,pgi->pg", (table == 0).astype(float), wrong)
    return own


def _eap(
    table: npt.NDArray[np.int8], items: ItemParameters, mean: float, deviation: float
) -> tuple[Floats, Floats]:
    """Posterior mean and deviation; the grid is laid anew around a narrow or far posterior."""
    theta, error = _moments(
        _log_likelihood(table, items, mean + deviation * NODES),
        np.full(table.shape[0], mean),
        np.full(table.shape[0], deviation),
        mean,
        deviation,
    )
    centre, scale = np.full_like(theta, mean), np.full_like(theta, deviation)
    silent = ~(table >= 0).any(axis=1)
    theta[silent], error[silent] = mean, deviation
    for _ in range(MAX_REFINEMENTS):
        todo = np.flatnonzero(~fits_grid(centre, scale, theta, error) & ~silent)
        if todo.size == 0:
            break
        # A density narrower than the step looks narrower still: assume at least half a step.
        centre[todo] = theta[todo]
        scale[todo] = SPREAD_SCALE * np.maximum(error[todo], 0.5 * SMALLEST_SPREAD * scale[todo])
        nodes = centre[todo, None] + scale[todo, None] * NODES
        theta[todo], error[todo] = _moments(
            _log_likelihood(table[todo], items, nodes), centre[todo], scale[todo], mean, deviation
        )
    return theta, error


def _moments(
    log_likelihood: Floats, centre: Floats, scale: Floats, mean: float, deviation: float
) -> tuple[Floats, Floats]:
    nodes = centre[:, None] + scale[:, None] * NODES
    log_weight = log_likelihood - 0.5 * ((nodes - mean) / deviation) ** 2
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    z = weight @ NODES
    spread = np.sqrt((weight * (NODES - z[:, None]) ** 2).sum(axis=1))
    return centre + scale * z, scale * spread


def _slope(table: npt.NDArray[np.int8], items: ItemParameters, theta: Floats) -> Floats:
    """Derivative of the log-likelihood; shape (n_persons,), one theta a person."""
    x = items.a * (theta[:, None] - items.b)
    p, q = logistic(x), logistic(-x)
    span = items.d - items.c
    right = items.a * span * p * q / np.maximum(items.c + span * p, 1e-300)
    wrong = items.a * span * p * q / np.maximum(1.0 - items.d + span * q, 1e-300)
    result: Floats = ((table == 1) * right - (table == 0) * wrong).sum(axis=1)
    return result


def _information(table: npt.NDArray[np.int8], items: ItemParameters, theta: Floats) -> Floats:
    at = np.where(np.isfinite(theta), theta, 0.0)
    each = information(at[:, None], items.a, items.b, items.c, items.d)
    result: Floats = ((table >= 0) * each).sum(axis=1)
    return result


def _bias_term(table: npt.NDArray[np.int8], items: ItemParameters, theta: Floats) -> Floats:
    """Warm's J / (2 I), J = sum of P' P'' / (P Q)."""
    x = items.a * (theta[:, None] - items.b)
    each = information(theta[:, None], items.a, items.b, items.c, items.d)
    curvature = items.a * (logistic(-x) - logistic(x))  # P'' / P'
    seen = table >= 0
    total = (seen * each).sum(axis=1)
    result: Floats = (seen * each * curvature).sum(axis=1) / (2.0 * np.maximum(total, 1e-300))
    return result


def _root(slope: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Where a slope that is positive at `low` and negative at `high` is zero; bisection."""
    low, high = low.copy(), high.copy()
    for _ in range(60):
        middle = 0.5 * (low + high)
        rising = slope(middle) > 0
        low = np.where(rising, middle, low)
        high = np.where(rising, high, middle)
    return 0.5 * (low + high)


def _error(slope: Callable[[Floats], Floats], theta: Floats, expected: Floats) -> Floats:
    """1 / sqrt of the curvature at a mode; of the expected one where flat, nan if infinite."""
    finite = np.isfinite(theta)
    at = np.where(finite, theta, 0.0)
    h = 1e-4  # the slope is analytic, so its central difference is good to about 1e-8
    curvature = (slope(at - h) - slope(at + h)) / (2.0 * h)
    curvature = np.where(curvature > 1e-6, curvature, expected)
    known = finite & (curvature > 0)
    error: Floats = np.full_like(at, np.nan)
    error[known] = 1.0 / np.sqrt(curvature[known])
    return error


def _mode(
    objective: Floats, slope: Callable[[Floats], Floats], grid: Floats
) -> tuple[Floats, Bools]:
    """Highest mode of an objective tabulated on a grid, and whether it lies inside the grid."""
    peak = objective.argmax(axis=1)
    inside = (peak > 0) & (peak < grid.size - 1)
    low, high = grid[np.maximum(peak - 1, 0)], grid[np.minimum(peak + 1, grid.size - 1)]
    return _root(slope, low, high), inside


def _map(
    table: npt.NDArray[np.int8], items: ItemParameters, mean: float, deviation: float
) -> tuple[Floats, Floats]:
    grid = mean + deviation * _SEARCH
    objective = _log_likelihood(table, items, grid) - 0.5 * _SEARCH**2

    def slope(theta: Floats) -> Floats:
        return _slope(table, items, theta) - (theta - mean) / deviation**2

    theta, _ = _mode(objective, slope, grid)
    return theta, _error(slope, theta, _information(table, items, theta) + deviation**-2.0)


def _ml(
    table: npt.NDArray[np.int8], items: ItemParameters, mean: float, deviation: float
) -> tuple[Floats, Floats]:
    objective = _log_likelihood(table, items, _SEARCH)

    def slope(theta: Floats) -> Floats:
        return _slope(table, items, theta)

    theta, inside = _mode(objective, slope, _SEARCH)
    far = _log_likelihood(table, items, np.array([-1e6, 1e6]))
    peak = objective.max(axis=1)
    theta[~inside & (objective[:, 0] == peak)] = -np.inf
    theta[~inside & (objective[:, -1] == peak)] = np.inf
    theta[far[:, 1] >= peak - 1e-9] = np.inf
    theta[far[:, 0] >= peak - 1e-9] = -np.inf
    theta[~(table >= 0).any(axis=1)] = np.nan
    return theta, _error(slope, theta, _information(table, items, theta))


def _wle(
    table: npt.NDArray[np.int8], items: ItemParameters, mean: float, deviation: float
) -> tuple[Floats, Floats]:
    def slope(theta: Floats) -> Floats:
        return _slope(table, items, theta) + _bias_term(table, items, theta)

    slopes = np.stack([slope(np.full(table.shape[0], node)) for node in _SEARCH], axis=1)
    crossing = (slopes[:, :-1] > 0) & (slopes[:, 1:] <= 0)
    each = information(_SEARCH[:, None], items.a, items.b, items.c, items.d)
    amount = np.maximum((table >= 0) @ each.T, 1e-300)
    weighted = _log_likelihood(table, items, _SEARCH) + 0.5 * np.log(amount)
    likely = np.maximum(weighted[:, :-1], weighted[:, 1:])
    cell = np.where(crossing, likely, -np.inf).argmax(axis=1)
    theta = _root(slope, _SEARCH[cell], _SEARCH[cell + 1])
    theta[~crossing.any(axis=1)] = np.nan
    return theta, _error(slope, theta, _information(table, items, theta))


_Estimator = Callable[[npt.NDArray[np.int8], ItemParameters, float, float], tuple[Floats, Floats]]
_ESTIMATORS: dict[Method, _Estimator] = {"ML": _ml, "WLE": _wle, "MAP": _map, "EAP": _eap}
