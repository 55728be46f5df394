"""Items in the form in which they are estimated: logits linear in ability, grouped by shape.

A row of `xi` belongs to an item. Dichotomous: slope, intercept (, logit c (, logit d)) with

    P(right) = c + (d - c) S(slope * theta + intercept),   S the logistic function.

GRM with m thresholds: slope, intercept_1 > ... > intercept_m, P(score >= k) = S(slope * theta +
intercept_k). GPCM: slope, intercept_1 ... intercept_m, P(score = k) proportional to
exp(sum_{v<=k} (slope * theta + intercept_v)). In both, threshold_k = -intercept_k / slope.
Columns that an item does not need hold 0 and stay there.

Answers are counted in cells: one for each item (score 0), one for each of its scores above 0. The
latter are called upper cells; the items' blocks of them stand one behind the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints
from models.response_functions import log_logistic, logistic

Bools = npt.NDArray[np.bool_]

LOWEST = np.array([-8.0, -20.0, -8.0])
HIGHEST = np.array([8.0, 20.0, 2.2])
LARGEST_LOGIT = 30.0
SMALLEST_GAP = 1e-3  # between neighbouring intercepts of a GRM, in logits
_SIZES = {"1PL": 2, "2PL": 2, "3PL": 3, "4PL": 4}
_MIDDLE = 0.0  # a 4PL's lower asymptote stays below one half, its upper one above


@dataclass(frozen=True, slots=True)
class Family:
    """Items of one shape.

    Attributes
    ----------
    kind : "dichotomous", "GRM" or "GPCM".
    items : shape (n,); which.
    upper : shape (n, m); their upper cells.
    n_parameters : columns of `xi` that they use.
    """

    kind: str
    items: Ints
    upper: Ints
    n_parameters: int

    @property
    def is_concave(self) -> bool:
        """Whether the expected log-likelihood is concave, so that Newton steps need no check."""
        return self.kind == "GPCM" or (self.kind == "dichotomous" and self.n_parameters == 2)


def first_upper(max_scores: Ints) -> Ints:
    """Where the upper cells of each item begin, and their number at the end; (n_items + 1,)."""
    return np.concatenate([[0], np.cumsum(max_scores)]).astype(np.intp)


def families_of(models: Sequence[str], max_scores: Ints) -> tuple[Family, ...]:
    """Items grouped by kind and number of parameters."""
    first = first_upper(max_scores)
    shapes: dict[tuple[str, int, int], list[int]] = {}
    for item, (model, highest) in enumerate(zip(models, max_scores.tolist(), strict=True)):
        dichotomous = model in _SIZES
        shape = ("dichotomous", 1, _SIZES[model]) if dichotomous else (model, highest, highest + 1)
        shapes.setdefault(shape, []).append(item)
    families = []
    for (kind, highest, size), members in shapes.items():
        items = np.array(members, dtype=np.intp)
        upper = first[items][:, None] + np.arange(highest)
        families.append(Family(kind, items, upper, size))
    return tuple(families)


def same_family(n_items: int, n_parameters: int) -> tuple[Family, ...]:
    """All items dichotomous with so many parameters."""
    every = np.arange(n_items, dtype=np.intp)
    return (Family("dichotomous", every, every[:, None], n_parameters),)


def bounds_of(families: Sequence[Family], shape: tuple[int, int]) -> tuple[Floats, Floats, Bools]:
    """Lowest and highest values of `xi`, and which columns are used; the shape of `xi`."""
    low, high, used = np.zeros(shape), np.zeros(shape), np.zeros(shape, dtype=bool)
    for family in families:
        size = family.n_parameters
        lowest, highest = np.full(size, LOWEST[1]), np.full(size, HIGHEST[1])
        lowest[0], highest[0] = LOWEST[0], HIGHEST[0]
        if family.kind == "dichotomous":
            lowest[2:3], highest[2:3] = LOWEST[2], HIGHEST[2] if size == 3 else _MIDDLE
            lowest[3:4], highest[3:4] = _MIDDLE, -LOWEST[2]
        low[family.items, :size], high[family.items, :size] = lowest, highest
        used[family.items, :size] = True
    return low, high, used


def is_ordered(families: Sequence[Family], xi: Floats) -> Bools:
    """Whether the intercepts of each GRM item descend; True for all other items."""
    result = np.ones(xi.shape[0], dtype=bool)
    for family in families:
        if family.kind == "GRM" and family.n_parameters > 2:
            gaps = -np.diff(xi[family.items, 1 : family.n_parameters], axis=1)
            result[family.items] = (gaps >= SMALLEST_GAP).all(axis=1)
    return result


def asymptotes(xi: Floats) -> tuple[Floats | float, Floats | float]:
    """c and d of dichotomous items, shape (n, 1) where they are estimated."""
    c = logistic(xi[:, 2:3]) if xi.shape[1] > 2 else 0.0
    d = logistic(xi[:, 3:4]) if xi.shape[1] > 3 else 1.0
    return c, d


def log_probabilities(family: Family, xi: Floats, nodes: Floats) -> tuple[Floats, Floats]:
    """Log P(score 0), shape (n, n_nodes), and of the scores above, shape (n, m, n_nodes).

    Parameters
    ----------
    xi : shape (n, n_parameters); of these items only.
    """
    if family.kind == "dichotomous":
        z = np.clip(xi[:, :1] * nodes + xi[:, 1:2], -LARGEST_LOGIT, LARGEST_LOGIT)
        softplus = np.log1p(np.exp(z))
        if xi.shape[1] == 2:
            return -softplus, (z - softplus)[:, None]
        c, d = asymptotes(xi)
        if xi.shape[1] == 3:
            log_p = np.log(c + (1.0 - c) * np.exp(z - softplus))
            return np.log1p(-np.asarray(c)) - softplus, log_p[:, None]
        log_p = np.log(c + (d - c) * np.exp(z - softplus))
        return np.log((1.0 - d) + (d - c) * np.exp(-softplus)), log_p[:, None]
    z = xi[:, 1:, None] + xi[:, :1, None] * nodes
    z = np.clip(z, -LARGEST_LOGIT, LARGEST_LOGIT)
    if family.kind == "GPCM":
        total = np.cumsum(z, axis=1)
        peak = np.maximum(total.max(axis=1), 0.0)
        log_sum = peak + np.log(np.exp(-peak) + np.exp(total - peak[:, None]).sum(axis=1))
        return -log_sum, total - log_sum[:, None]
    above, below, gap = log_logistic(z), log_logistic(-z), _gap(xi)
    log_upper = above.copy()
    log_upper[:, :-1] += below[:, 1:] + np.log(gap)[:, :, None]
    return below[:, 0], log_upper


def _gap(xi: Floats) -> Floats:
    """1 - exp(-(difference of neighbouring intercepts)) of a GRM, shape (n, m - 1)."""
    result: Floats = -np.expm1(np.diff(xi[:, 1:], axis=1))
    return result


def score_functions(family: Family, xi: Floats, nodes: Floats) -> Floats:
    """Derivatives of the log probabilities of all scores by the parameters.

    Returns
    -------
    shape (n, m + 1, n_parameters, n_nodes)
    """
    if family.kind == "dichotomous":
        return _dichotomous_scores(xi, nodes)
    n, m = family.upper.shape
    result = np.zeros((n, m + 1, m + 1, nodes.size))
    z = np.clip(xi[:, 1:, None] + xi[:, :1, None] * nodes, -LARGEST_LOGIT, LARGEST_LOGIT)
    if family.kind == "GPCM":
        upper = np.exp(log_probabilities(family, xi, nodes)[1])
        at_least = np.cumsum(upper[:, ::-1], axis=1)[:, ::-1]
        score = np.arange(m + 1.0)[:, None]
        result[:, :, 0] = (score - at_least.sum(axis=1)[:, None]) * nodes
        passed = np.tril(np.ones((m + 1, m)), -1)  # score k has passed steps 1..k
        result[:, :, 1:] = passed[:, :, None] - at_least[:, None]
        return result
    curve, rest, gap = logistic(z), logistic(-z), _gap(xi)[:, :, None]
    by_own, by_next = rest.copy(), np.zeros_like(curve)
    by_own[:, :-1] /= rest[:, 1:] * gap  # of score k by its own intercept, k = 1..m
    by_next[:, :-1] = curve[:, 1:] / (curve[:, :-1] * gap)  # of score k by the next intercept
    every = np.arange(1, m + 1)
    result[:, every, every] = by_own
    result[:, every[:-1], every[:-1] + 1] = -by_next[:, :-1]
    result[:, 0, 1] = -curve[:, 0]
    result[:, :, 0] = result[:, :, 1:].sum(axis=2) * nodes
    return result


def _dichotomous_scores(xi: Floats, nodes: Floats) -> Floats:
    z = np.clip(xi[:, :1] * nodes + xi[:, 1:2], -LARGEST_LOGIT, LARGEST_LOGIT)
    curve, rest = logistic(z), logistic(-z)
    result = np.empty((xi.shape[0], 2, xi.shape[1], nodes.size))
    if xi.shape[1] == 2:
        result[:, 0, 1], result[:, 1, 1] = -curve, rest
        result[:, :, 0] = result[:, :, 1] * nodes
        return result
    c, d = asymptotes(xi)
    right, wrong = c + (d - c) * curve, (1.0 - d) + (d - c) * rest
    by_z = (d - c) * curve * rest
    changes = [by_z * nodes, by_z, c * (1.0 - c) * rest]
    if xi.shape[1] == 4:
        changes.append(d * (1.0 - d) * curve)
    for column, change in enumerate(changes):
        result[:, 0, column], result[:, 1, column] = -change / wrong, change / right
    return result
