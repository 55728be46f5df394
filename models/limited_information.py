"""Fit of a whole model, from the means of the items and the products of pairs of items: M2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.fitted import as_responses, estimated_parameters, population_of
from models.grid_posterior import check_scores
from models.item_vectors import curve_derivatives
from models.parameters import Floats, Ints, ItemParameters
from models.quadrature import Quadrature
from models.response_functions import category_probabilities
from models.responses import Responses
from models.significance import chi_square_tail

if TYPE_CHECKING:
    from models.calibration import Calibration

MOST_ITEMS = 100


@dataclass(frozen=True, slots=True)
class ModelFit:
    """Fit of a model to all items together.

    Attributes
    ----------
    m2, degrees_of_freedom, p : limited-information statistic and its chi-square test.
    rmsea, rmsea_interval : badness per degree of freedom, with its 90 % interval; below 0.05
        counts as good.
    srmsr : root mean square difference of observed and expected correlations of pairs.
    cfi, tli : compared with items that have nothing in common; 1 is perfect.
    n_persons : persons used.
    """

    m2: float
    degrees_of_freedom: int
    p: float
    rmsea: float
    rmsea_interval: tuple[float, float]
    srmsr: float
    cfi: float
    tli: float
    n_persons: int


@dataclass(frozen=True, slots=True)
class _Moments:
    """Expected first and second moments of scores, and the covariance of one person's."""

    expected: Floats
    covariance: Floats


def model_fit(
    responses: Responses | npt.ArrayLike,
    fit: Calibration | ItemParameters,
    *,
    group: object = None,
    n_estimated: npt.ArrayLike | None = None,
) -> ModelFit:
    """M2 of a calibration; of polytomous items M2* (mean scores in place of category shares).

    Needs complete answers: with missing ones the observed moments come from different persons, and
    no chi-square is known for them.

    Parameters
    ----------
    responses : scores 0..m, every person with every item; `Responses` or a matrix.
    fit : what `calibrate` returned, or item parameters under N(0, 1).
    group : of a calibration with groups, the label of that whose responses these are.
    n_estimated : shape (n_items,); 0 for an item whose parameters were not estimated from these
        responses, such as an anchor. By default all were.

    Raises
    ------
    ValueError
        Answers are missing; there are more than 100 items, or too few for any degree of freedom.

    References
    ----------
    Maydeu-Olivares & Joe (2006), Psychometrika 71, 713-732; M2*: Cai & Hansen (2013), British
    Journal of Mathematical and Statistical Psychology 66, 245-276; RMSEA and SRMSR:
    Maydeu-Olivares & Joe (2014), Multivariate Behavioral Research 49, 305-328.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, Responses, calibrate, model_fit, simulate_responses
    >>> rng = np.random.default_rng(1)
    >>> items = ItemParameters.of(a=1.2, b=[-1.0, -0.5, 0.0, 0.5, 1.0, 1.5])
    >>> data = Responses.from_dense(simulate_responses(rng.standard_normal(1000), items, rng))
    >>> found = model_fit(data, calibrate(data))
    >>> found.degrees_of_freedom, found.p > 0.01
    (9, True)
    """
    responses = as_responses(responses)
    items, mean, sd = population_of(fit, group)
    check_scores(responses, items)
    n, n_persons = responses.n_items, responses.n_persons
    if not responses.is_complete or n_persons < 2:
        raise ValueError(
            f"M2 needs every person's answer to every item; {n_persons * n - responses.n_responses}"
            " are missing. Take the persons and items that are complete, or look at item_fit."
        )
    if n > MOST_ITEMS:
        raise ValueError(f"M2 of {n} items is too large to compute; give at most {MOST_ITEMS}.")
    scores = responses.to_dense().astype(np.float64)
    pairs = np.triu_indices(n, 1)
    observed = np.concatenate([scores.mean(axis=0), (scores.T @ scores / n_persons)[pairs]])
    grid = Quadrature.normal(61, mean, sd)
    weights = np.exp(grid.log_weights)
    first, second = _score_moments(items, grid.nodes)
    moments = _moments(first, second, weights, pairs)
    free = estimated_parameters(n_estimated, items)
    slopes = _slopes(items, grid, (mean, sd), free, pairs)
    value, freedom = _statistic(observed - moments.expected, moments, slopes, n_persons)
    base, base_freedom = _baseline(scores, observed, pairs)
    if freedom < 1:
        raise ValueError(f"{n} items leave M2 no degree of freedom; it needs more of them.")
    excess, base_excess = max(value - freedom, 0.0), max(base - base_freedom, 1e-12)
    ratio = base / base_freedom if base_freedom > 0 else float("nan")
    return ModelFit(
        value,
        freedom,
        float(chi_square_tail(value, freedom)),
        float(np.sqrt(excess / (freedom * (n_persons - 1)))),
        _interval(value, freedom, n_persons),
        _srmsr(scores, first, second, weights, pairs),
        1.0 - excess / max(base_excess, excess),
        (ratio - value / freedom) / (ratio - 1.0),
        n_persons,
    )


def _score_moments(items: ItemParameters, nodes: Floats) -> tuple[Floats, Floats]:
    """Mean score and mean squared score at each node, shape (n_nodes, n_items)."""
    p = category_probabilities(nodes, items)
    score = np.arange(p.shape[-1], dtype=np.float64)
    return p @ score, p @ score**2


def _moments(first: Floats, second: Floats, weights: Floats, pairs: tuple[Ints, Ints]) -> _Moments:
    """Expected values and covariance of (X_i, X_i X_j) of one person."""
    n = first.shape[1]
    row, column = pairs
    product = first[:, row] * first[:, column]
    every = np.concatenate([first, product], axis=1)
    expected = weights @ every
    raw = (every * weights[:, None]).T @ every  # right where the items are all different
    number = np.zeros((n, n), dtype=np.intp)
    number[row, column] = number[column, row] = n + np.arange(row.size)
    everybody = np.arange(n)
    raw[everybody, everybody] = weights @ second
    for i in range(n):
        others = np.delete(everybody, i)
        of_pair = number[i, others]
        weighted = (second[:, i] * weights)[:, None] * first[:, others]
        raw[i, of_pair] = raw[of_pair, i] = weighted.sum(axis=0)
        block = weighted.T @ first[:, others]
        np.fill_diagonal(block, (second[:, i] * weights) @ second[:, others])
        raw[np.ix_(of_pair, of_pair)] = block
    return _Moments(expected, raw - np.outer(expected, expected))


def _slopes(
    items: ItemParameters,
    grid: Quadrature,
    population: tuple[float, float],
    free: Ints,
    pairs: tuple[Ints, Ints],
) -> Floats:
    """Derivatives of the expected moments by every free parameter, shape (n_moments, n_free)."""
    weights = np.exp(grid.log_weights)
    first, _ = _score_moments(items, grid.nodes)
    one_slope = np.array([name == "1PL" for name in items.item_models])
    columns: list[Floats] = []
    common = np.zeros(len(items) + pairs[0].size)

    def curves(moved: ItemParameters) -> Floats:
        return _score_moments(moved, grid.nodes)[0]

    for slot, change in curve_derivatives(curves, items):
        weighted = change * weights[:, None]
        by_item = weighted.sum(axis=0)
        crossed = weighted.T @ first
        for item in np.flatnonzero((free > slot) & (np.abs(change).max(axis=0) > 0)):
            column = np.zeros_like(common)
            column[item] = by_item[item]
            mine = (pairs[0] == item) | (pairs[1] == item)
            partner = np.where(pairs[0] == item, pairs[1], pairs[0])[mine]
            column[len(items) :][mine] = crossed[item, partner]
            if slot == 0 and one_slope[item]:
                common += column
            else:
                columns.append(column)
    if np.abs(common).max() > 0:
        columns.append(common)
    if population != (0.0, 1.0):  # anchors hold the scale, so the population was estimated
        product = first[:, pairs[0]] * first[:, pairs[1]]
        every = np.concatenate([first, product], axis=1)
        z = (grid.nodes - population[0]) / population[1]
        for score in (z, z**2 - 1.0):
            columns.append((weights * score / population[1]) @ every)
    return np.stack(columns, axis=1) if columns else np.zeros((common.size, 0))


def _statistic(gap: Floats, moments: _Moments, slopes: Floats, n_persons: int) -> tuple[float, int]:
    """M2 and its degrees of freedom: what is left of the gap once the parameters have adapted."""
    target, design = _whitened(moments.covariance, gap, slopes)
    scale = np.linalg.norm(design, axis=0)
    solution, _, rank, _ = np.linalg.lstsq(design / np.where(scale > 0, scale, 1.0), target, 1e-9)
    left = target - design / np.where(scale > 0, scale, 1.0) @ solution
    return float(n_persons * left @ left), target.size - int(rank)


def _whitened(covariance: Floats, gap: Floats, slopes: Floats) -> tuple[Floats, Floats]:
    """Both in units in which the moments are independent with variance 1."""
    from scipy.linalg import solve_triangular

    spread = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    correlation = covariance / np.outer(spread, spread)
    gap, slopes = gap / spread, slopes / spread[:, None]
    try:
        root = np.linalg.cholesky(correlation)
        regular = np.diag(root).min() > 1e-5
    except np.linalg.LinAlgError:
        regular = False
    if regular:
        both = solve_triangular(root, np.column_stack([gap, slopes]), lower=True)
        return both[:, 0], both[:, 1:]
    values, vectors = np.linalg.eigh(correlation)  # moments that others determine are left out
    kept = values > values[-1] * 1e-10
    whiten = vectors[:, kept] / np.sqrt(values[kept])
    return whiten.T @ gap, whiten.T @ slopes


def _baseline(scores: Floats, observed: Floats, pairs: tuple[Ints, Ints]) -> tuple[float, int]:
    """M2 of items that have nothing in common."""
    n = scores.shape[1]
    mean, square = scores.mean(axis=0), (scores**2).mean(axis=0)
    moments = _moments(mean[None], square[None], np.ones(1), pairs)
    slopes = np.zeros((observed.size, n))
    slopes[np.arange(n), np.arange(n)] = 1.0
    at = n + np.arange(pairs[0].size)
    slopes[at, pairs[0]] = mean[pairs[1]]
    slopes[at, pairs[1]] = mean[pairs[0]]
    return _statistic(observed - moments.expected, moments, slopes, scores.shape[0])


def _interval(value: float, freedom: int, n_persons: int) -> tuple[float, float]:
    """90 % interval of RMSEA, from the noncentral chi-square distribution."""
    from scipy.special import chndtr, chndtrinc

    limits = []
    for share in (0.95, 0.05):
        inside = chndtr(value, freedom, 0.0) > share
        excess = float(chndtrinc(value, freedom, share)) if inside else 0.0
        limits.append(float(np.sqrt(max(excess, 0.0) / (freedom * (n_persons - 1)))))
    return limits[0], limits[1]


def _srmsr(
    scores: Floats, first: Floats, second: Floats, weights: Floats, pairs: tuple[Ints, Ints]
) -> float:
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = scores - scores.mean(axis=0)
        spread = np.sqrt((centred**2).mean(axis=0))
        seen = centred.T @ centred / scores.shape[0] / np.outer(spread, spread)
        mean = weights @ first
        deviation = np.sqrt(weights @ second - mean**2)
        due = (first * weights[:, None]).T @ first - np.outer(mean, mean)
        gap = (seen - due / np.outer(deviation, deviation))[pairs]
    return float(np.sqrt(np.nanmean(gap**2))) if np.isfinite(gap).any() else float("nan")
