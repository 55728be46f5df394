"""One ability from scored responses: ML, WLE, MAP and EAP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from models.information import item_information
from models.likelihood import (
    MAX_REFINEMENTS,
    NODES,
    SMALLEST_SPREAD,
    SPREAD_SCALE,
    checked_scores,
    fits_grid,
    score_offsets,
    score_table,
)
from models.parameters import Bools, Floats, Ints, ItemParameters
from models.score_derivatives import bias_table, slope_table

Method = Literal["ML", "WLE", "MAP", "EAP"]
_SEARCH: Floats = np.linspace(-30.0, 30.0, 481)  # where modes are looked for, in logits
_CHUNK = 4_000_000  # numbers held at once while persons are scored in blocks
_MAX_STEPS = 60
_ROOT_TOLERANCE = 1e-11  # logits
_TINY = 1e-300


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
    scores : shape (n_items,) or (n_persons, n_items); 1 right, 0 wrong, of a polytomous item
        0..maximum, -1 or nan not given
    method : "EAP" and "MAP" use the normal prior, always finite. "ML" is -inf when the likelihood
        rises towards -inf (all wrong; with guessing also other scores at chance level), +inf when
        every score is the highest, nan without responses. "WLE" corrects its bias and is finite
        for every pattern with a response; where a 3PL gives several roots the most likely one is
        taken. Its correction pulls towards where the items are, so that an easy item answered right
        can lower it; of the four only "EAP" and "MAP" under a prior serve a running test.
    mean, standard_deviation : of the normal prior, logits

    Raises
    ------
    ValueError
        Shapes do not fit, a score is not possible, or the method or prior is unknown.

    References
    ----------
    EAP: Bock & Mislevy (1982), Applied Psychological Measurement 6, 431-444.
    WLE: Warm (1989), Psychometrika 54, 427-450; Penfield & Bergeron (2005), Applied Psychological
    Measurement 29, 218-233 (graded scores). MAP: Samejima (1969), Psychometrika monograph 17.

    Examples
    --------
    >>> from models import ItemParameters, estimate_ability
    >>> items = ItemParameters.of([1.0, 1.5, 0.8], [-0.5, 0.0, 1.0])
    >>> ability = estimate_ability([[1, 1, 0], [0, 0, 0]], items)
    >>> ability.theta.round(3).tolist(), ability.standard_error.round(3).tolist()
    ([0.499, -0.933], [0.759, 0.782])
    >>> estimate_ability([0, 0, 0], items, "ML").theta.item()
    -inf
    """
    table = _checked_table(scores, items)
    if not (np.isfinite(mean) and standard_deviation > 0 and np.isfinite(standard_deviation)):
        raise ValueError("the prior needs a finite mean and a positive standard_deviation")
    if method not in _ESTIMATORS:
        raise ValueError(f'method must be "ML", "WLE", "MAP" or "EAP", not {method!r}')
    theta = np.empty(table.shape[0])
    error = np.empty(table.shape[0])
    offsets = score_offsets(items)
    block = max(1, _CHUNK // (max(1, int(offsets[-1])) * NODES.size))
    for start in range(0, table.shape[0], block):
        rows = slice(start, start + block)
        group = _Group.of(table[rows], items, offsets)
        theta[rows], error[rows] = _ESTIMATORS[method](group, mean, standard_deviation)
    if np.ndim(scores) == 1:
        return Ability(theta[0], error[0], method)
    return Ability(theta, error, method)


def _checked_table(scores: npt.ArrayLike, items: ItemParameters) -> npt.NDArray[np.int8]:
    table = np.atleast_2d(np.asarray(scores))
    if table.ndim != 2 or table.shape[1] != len(items):
        raise ValueError(f"scores need one column for each of the {len(items)} items")
    return checked_scores(table, items)


@dataclass(frozen=True, slots=True)
class _Group:
    """Persons scored together.

    Attributes
    ----------
    seen : shape (n_persons, n_items); 1.0 where there is a response
    chosen : shape (n_persons, n_rows); 1.0 where a score was reached, rows as in `score_table`
    """

    items: ItemParameters
    seen: Floats
    chosen: Floats

    @classmethod
    def of(cls, table: npt.NDArray[np.int8], items: ItemParameters, offsets: Ints) -> Self:
        """From scores, shape (n_persons, n_items)."""
        chosen = np.zeros((table.shape[0], int(offsets[-1])))
        person, item = np.nonzero(table >= 0)
        chosen[person, offsets[item] + table[person, item]] = 1.0
        return cls(items, (table >= 0).astype(np.float64), chosen)

    def __len__(self) -> int:
        return int(self.seen.shape[0])

    @property
    def silent(self) -> Bools:
        """Persons without a response, shape (n_persons,)."""
        return np.asarray(~self.seen.any(axis=1), dtype=np.bool_)

    def some(self, persons: Ints) -> _Group:
        """Some of the persons."""
        return _Group(self.items, self.seen[persons], self.chosen[persons])

    def log_likelihood(self, theta: Floats) -> Floats:
        """Shape (n_persons, n_nodes), at common nodes (n_nodes,) or own ones of that shape."""
        table = score_table(theta, self.items)
        if theta.ndim == 1:
            common: Floats = self.chosen @ table
            return common
        own: Floats = np.einsum("pr,rpg->pg", self.chosen, table)
        return own

    def slope(self, theta: Floats) -> Floats:
        """Derivative of the log-likelihood, shape (n_persons,), one theta a person."""
        result: Floats = np.einsum("pr,rp->p", self.chosen, slope_table(theta, self.items))
        return result

    def information(self, theta: Floats) -> Floats:
        """Expected information of the items seen, shape (n_persons,)."""
        at = np.where(np.isfinite(theta), theta, 0.0)
        result: Floats = (self.seen * item_information(at, self.items)).sum(axis=1)
        return result

    def bias_term(self, theta: Floats) -> Floats:
        """Warm's J / (2 I), shape (n_persons,)."""
        bias = (self.seen * bias_table(theta, self.items)).sum(axis=1)
        result: Floats = bias / (2.0 * np.maximum(self.information(theta), _TINY))
        return result


def _eap(group: _Group, mean: float, deviation: float) -> tuple[Floats, Floats]:
    """Posterior mean and deviation; the grid is laid anew around a narrow or far posterior."""
    centre, scale = np.full(len(group), mean), np.full(len(group), deviation)
    at_nodes = group.log_likelihood(mean + deviation * NODES)
    theta, error = _moments(at_nodes, centre, scale, mean, deviation)
    silent = group.silent
    theta[silent], error[silent] = mean, deviation
    for _ in range(MAX_REFINEMENTS):
        todo = np.flatnonzero(~fits_grid(centre, scale, theta, error) & ~silent)
        if todo.size == 0:
            break
        # A density narrower than the step looks narrower still: assume at least half a step.
        centre[todo] = theta[todo]
        scale[todo] = SPREAD_SCALE * np.maximum(error[todo], 0.5 * SMALLEST_SPREAD * scale[todo])
        nodes = centre[todo, None] + scale[todo, None] * NODES
        at_nodes = group.some(todo).log_likelihood(nodes)
        theta[todo], error[todo] = _moments(at_nodes, centre[todo], scale[todo], mean, deviation)
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


def _root(slope: Callable[[Floats], Floats], low: Floats, high: Floats) -> Floats:
    """Where a slope that is positive at `low` and negative at `high` is zero.

    The Illinois method: a secant step, with the end that stays halved so that both ends move.
    """
    at_low, at_high = slope(low), slope(high)
    guess, was_rising = 0.5 * (low + high), np.full(low.shape, fill_value=-1)
    for _ in range(_MAX_STEPS):
        value = slope(guess)
        rising = value > 0
        again = was_rising == rising  # the same end stays a second time
        at_high = np.where(rising, np.where(again, 0.5 * at_high, at_high), value)
        at_low = np.where(rising, value, np.where(again, 0.5 * at_low, at_low))
        low, high = np.where(rising, guess, low), np.where(rising, high, guess)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = (high - low) * at_low / (at_low - at_high)
        inside = (step > 0) & (step < high - low)
        new = low + np.where(inside, step, 0.5 * (high - low))
        done = np.abs(new - guess) <= _ROOT_TOLERANCE
        guess, was_rising = new, rising.astype(int)
        if done.all():
            break
    return guess


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


def _map(group: _Group, mean: float, deviation: float) -> tuple[Floats, Floats]:
    grid = mean + deviation * _SEARCH
    objective = group.log_likelihood(grid) - 0.5 * _SEARCH**2

    def slope(theta: Floats) -> Floats:
        return group.slope(theta) - (theta - mean) / deviation**2

    theta, _ = _mode(objective, slope, grid)
    return theta, _error(slope, theta, group.information(theta) + deviation**-2.0)


def _ml(group: _Group, mean: float, deviation: float) -> tuple[Floats, Floats]:
    objective = group.log_likelihood(_SEARCH)
    theta, inside = _mode(objective, group.slope, _SEARCH)
    far = group.log_likelihood(np.array([-1e6, 1e6]))
    peak = objective.max(axis=1)
    theta[~inside & (objective[:, 0] == peak)] = -np.inf
    theta[~inside & (objective[:, -1] == peak)] = np.inf
    theta[far[:, 1] >= peak - 1e-9] = np.inf
    theta[far[:, 0] >= peak - 1e-9] = -np.inf
    theta[group.silent] = np.nan
    return theta, _error(group.slope, theta, group.information(theta))


def _wle(group: _Group, mean: float, deviation: float) -> tuple[Floats, Floats]:
    def slope(theta: Floats) -> Floats:
        return group.slope(theta) + group.bias_term(theta)

    amount = np.maximum(group.seen @ item_information(_SEARCH, group.items).T, _TINY)
    bias = group.seen @ bias_table(_SEARCH, group.items).T / (2.0 * amount)
    slopes = group.chosen @ slope_table(_SEARCH, group.items) + bias
    crossing = (slopes[:, :-1] > 0) & (slopes[:, 1:] <= 0)
    weighted = group.log_likelihood(_SEARCH) + 0.5 * np.log(amount)
    likely = np.maximum(weighted[:, :-1], weighted[:, 1:])
    cell = np.where(crossing, likely, -np.inf).argmax(axis=1)
    theta = _root(slope, _SEARCH[cell], _SEARCH[cell + 1])
    theta[~crossing.any(axis=1)] = np.nan
    return theta, _error(slope, theta, group.information(theta))


_Estimator = Callable[[_Group, float, float], tuple[Floats, Floats]]
_ESTIMATORS: dict[Method, _Estimator] = {"ML": _ml, "WLE": _wle, "MAP": _map, "EAP": _eap}
