"""The abilities of one person in several correlated competencies: expectation propagation.

Each item measures one competency, so the likelihood of the responses is a product of functions of
one ability, one for each competency, and the prior is one joint normal. Each function is replaced
by the normal "site" that gives the same mean and variance in the context of all others, and this
is repeated until nothing changes. The product of a competency's responses is formed before, so
the order of answers cannot matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.likelihood import (
    MAX_REFINEMENTS,
    NODES,
    SMALLEST_SPREAD,
    SPREAD_SCALE,
    fits_grid,
    log_probabilities,
)
from models.parameters import Floats, Ints, ItemParameters

_POWERS: Floats = np.stack([np.ones_like(NODES), NODES, NODES**2])  # (3, n_nodes)
_MOMENTS: Floats = np.ascontiguousarray(_POWERS.T)
_LEAST_VARIANCE = 1e-3  # node units squared
_ORIGIN, _UNIT = np.zeros(1), np.ones(1)
_TOLERANCE = 1e-7  # norm of the last change of the sites, in node units; the next is a tenth
_MAX_SWEEPS = 400
_UNDAMPED_SWEEPS = 30

# (competency, nodes (n_nodes,)) -> log-likelihood at the nodes
Exact = Callable[[int, Floats], Floats]


@dataclass(frozen=True, slots=True)
class Profile:
    """Joint normal approximation of a person's abilities.

    Attributes
    ----------
    mean : shape (K,); logits
    covariance : shape (K, K)
    answered : shape (K,); responses behind each competency
    """

    mean: Floats
    covariance: Floats
    answered: Ints

    @property
    def standard_error(self) -> Floats:
        """Shape (K,); posterior standard deviations, logits."""
        result: Floats = np.sqrt(self.covariance.diagonal())
        return result


@dataclass(frozen=True, slots=True)
class GridPrior:
    """The prior in the units of the nodes of each competency's grid."""

    precision: Floats
    shift: Floats  # precision @ mean
    lowest_site: Floats  # a site above it leaves the posterior proper whatever the others are

    @classmethod
    def of(cls, mean: Floats, precision: Floats, centre: Floats, scale: Floats) -> GridPrior:
        """A normal prior on the grids `centre + scale * NODES`."""
        scaled = precision * (scale[:, None] * scale)
        shift = scaled @ ((mean - centre) / scale)
        lowest = np.full_like(scale, -0.9 * np.linalg.eigvalsh(scaled)[0])
        return cls(scaled, shift, lowest)


@dataclass(frozen=True, slots=True)
class Prior:
    """Normal distribution of the abilities in the population.

    `grid` is the same in the units of the nodes `mean + deviation * NODES`, which span it.
    """

    mean: Floats
    covariance: Floats
    precision: Floats
    deviation: Floats
    grid: GridPrior

    @classmethod
    def of(cls, covariance: npt.ArrayLike, mean: npt.ArrayLike | None = None) -> Prior:
        """Check and prepare a prior.

        Raises
        ------
        ValueError
            The covariance is not square, symmetric and positive definite, or the mean not (K,).
        """
        sigma = np.array(covariance, dtype=np.float64)
        square = sigma.ndim == 2 and sigma.shape[0] == sigma.shape[1] > 0
        if not square or not np.isfinite(sigma).all():
            raise ValueError("covariance must be a square matrix of finite numbers")
        if not np.allclose(sigma, sigma.T, atol=1e-8):
            raise ValueError("covariance must be symmetric")
        sigma = 0.5 * (sigma + sigma.T)
        eigenvalues = np.linalg.eigvalsh(sigma)
        if eigenvalues[0] <= 1e-10 * eigenvalues[-1]:
            raise ValueError("covariance must be positive definite; shrink its correlations")
        centre = np.zeros(len(sigma)) if mean is None else np.array(mean, dtype=np.float64)
        if centre.shape != (len(sigma),) or not np.isfinite(centre).all():
            raise ValueError(f"mean must be {len(sigma)} finite numbers, one a competency")
        precision = np.linalg.inv(sigma)
        precision = 0.5 * (precision + precision.T)
        deviation = np.sqrt(sigma.diagonal())
        for array in (centre, sigma, precision, deviation):
            array.setflags(write=False)
        grid = GridPrior.of(centre, precision, centre, deviation)
        return cls(centre, sigma, precision, deviation, grid)


def estimate_profile(
    scores: npt.ArrayLike,
    items: ItemParameters,
    competency: npt.ArrayLike,
    covariance: npt.ArrayLike,
    mean: npt.ArrayLike | None = None,
) -> Profile:
    """Posterior of one person's abilities in K correlated competencies.

    Parameters
    ----------
    scores : shape (n_items,); 1 right, 0 wrong, -1 or nan not given
    competency : shape (n_items,); which ability each item measures, 0..K-1
    covariance : shape (K, K); of the abilities in the population
    mean : shape (K,); of the abilities in the population, zeros by default

    Raises
    ------
    ValueError
        Shapes do not fit, a score is not 0, 1 or missing, or the covariance is not one.

    References
    ----------
    Minka (2001), Expectation propagation for approximate Bayesian inference, UAI 17, 362-369.
    """
    prior = Prior.of(covariance, mean)
    row = np.asarray(scores, dtype=np.float64)
    area = check_competency(competency, len(items), len(prior.mean))
    if row.shape != (len(items),):
        raise ValueError(f"scores must be one row of {len(items)}, one a given item")
    row = np.where(np.isnan(row), -1.0, row)
    if not np.isin(row, (-1.0, 0.0, 1.0)).all():
        raise ValueError("a score is 1 (right), 0 (wrong), or -1 or nan (not given)")
    seen = np.flatnonzero(row >= 0)
    # One fixed order, whatever order the answers came in: sums round the same way.
    order = seen[np.lexsort(_keys(row, items, area, seen))]
    return profile_of(order, row[order] == 1, items, area, prior)


def _keys(row: Floats, items: ItemParameters, area: Ints, seen: Ints) -> tuple[Floats, ...]:
    columns = (row, items.d, items.c, items.b, items.a, area.astype(np.float64))
    return tuple(column[seen] for column in columns)


def check_competency(competency: npt.ArrayLike, n_items: int, n_competencies: int) -> Ints:
    """Competency of each item as a checked integer array."""
    area = np.array(competency, dtype=np.intp)
    if area.shape != (n_items,):
        raise ValueError(f"competency must have one entry for each of the {n_items} items")
    if area.size and not (area.min() >= 0 and area.max() < n_competencies):
        raise ValueError(f"competency must lie in 0..{n_competencies - 1}")
    return area


def profile_of(
    given: Ints,
    right: npt.NDArray[np.bool_],
    items: ItemParameters,
    area: Ints,
    prior: Prior,
    log_likelihood: Floats | None = None,
) -> Profile:
    """Posterior from the answered items, the tables of `log_likelihood` ready or not.

    Parameters
    ----------
    given : shape (n_answers,); rows of `items` and `area`
    right : shape (n_answers,)
    log_likelihood : shape (K, n_nodes); at the nodes `prior.mean + prior.deviation * NODES`
    """

    def exact(competency: int, nodes: Floats) -> Floats:
        mine = area[given] == competency
        some = items.take(given[mine])
        log_right, log_wrong = log_probabilities(nodes[:, None], some)
        result: Floats = np.where(right[mine], log_right, log_wrong).sum(axis=1)
        return result

    answered = np.bincount(area[given], minlength=prior.mean.size)
    if log_likelihood is None:
        log_likelihood = np.zeros((prior.mean.size, NODES.size))
        for k in np.flatnonzero(answered):
            log_likelihood[k] = exact(int(k), prior.mean[k] + prior.deviation[k] * NODES)
    mean, covariance = converge(log_likelihood, answered > 0, prior, exact)
    return Profile(mean, covariance, answered)


def converge(
    log_likelihood: Floats, active: npt.NDArray[np.bool_], prior: Prior, exact: Exact
) -> tuple[Floats, Floats]:
    """Posterior mean and covariance; grids are laid anew around narrow or far marginals."""
    if not active.any():
        return prior.mean, prior.covariance
    centre, scale = prior.mean, prior.deviation
    grid = prior.grid
    mean, covariance, _ = propagate(log_likelihood, active, grid)
    for _ in range(MAX_REFINEMENTS):
        spread = np.sqrt(covariance.diagonal())
        poor = active & ~fits_grid(_ORIGIN, _UNIT, mean, spread)
        if not poor.any():
            break
        log_likelihood = log_likelihood.copy()
        new_centre, new_scale = centre.copy(), scale.copy()
        for k in np.flatnonzero(poor):
            new_centre[k] += scale[k] * mean[k]
            new_scale[k] *= SPREAD_SCALE * max(spread[k], 0.5 * SMALLEST_SPREAD)
            log_likelihood[k] = exact(int(k), new_centre[k] + new_scale[k] * NODES)
        centre, scale = new_centre, new_scale
        grid = GridPrior.of(prior.mean, prior.precision, centre, scale)
        mean, covariance, _ = propagate(log_likelihood, active, grid)
    return centre + scale * mean, covariance * (scale[:, None] * scale)


def propagate(
    log_likelihood: Floats,
    active: npt.NDArray[np.bool_],
    prior: GridPrior,
    sites: Floats | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Sweep over all sites at once until the fixed point; leading axes are persons.

    Everything is in node units, so the nodes are the same for every competency.

    Parameters
    ----------
    log_likelihood : shape (..., K, n_nodes); at NODES
    active : shape (..., K); competencies with a response, the others' sites stay flat
    sites : shape (2, ..., K); precisions and shifts to start from, flat by default

    Returns
    -------
    mean (..., K), covariance (..., K, K), sites (2, ..., K)
    """
    level = log_likelihood - np.maximum.reduce(log_likelihood, axis=-1, keepdims=True)
    state = np.zeros((2, *active.shape)) if sites is None else sites
    target = np.empty((2, *active.shape))
    coefficients = np.empty((*active.shape, 3))
    damping = 1.0
    mean, covariance, weight = _posterior(prior, state)
    for sweep in range(_MAX_SWEEPS):
        tau, nu = state[0], state[1]
        cavity = weight - tau
        pull = mean * weight - nu
        moments = _tilted_moments(level, cavity, pull, coefficients)
        total = moments[..., 0]
        z = moments[..., 1] / total
        # Narrower than a fifth of a step is not resolved here: the caller lays a finer grid.
        spread = np.maximum(moments[..., 2] / total - z * z, _LEAST_VARIANCE)
        np.maximum(1.0 / spread - cavity, prior.lowest_site, out=target[0])
        np.subtract(z * (target[0] + cavity), pull, out=target[1])
        step = (target - state) * active
        state = state + step if damping == 1.0 else state + damping * step
        mean, covariance, weight = _posterior(prior, state)
        if np.vdot(step, step) < _TOLERANCE**2:
            break
        if sweep >= _UNDAMPED_SWEEPS:
            damping = 0.5
    return mean, covariance, state


def _posterior(prior: GridPrior, state: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean, covariance and reciprocal variances of the prior times the sites."""
    n = state.shape[-1]
    flat = (*state.shape[1:-1], n * n)
    precision = np.empty((*state.shape[1:], n))
    precision[...] = prior.precision
    diagonal = precision.reshape(flat)[..., :: n + 1]
    diagonal += state[0]
    covariance = np.linalg.inv(precision)
    mean = (covariance @ (prior.shift + state[1])[..., None])[..., 0]
    return mean, covariance, 1.0 / covariance.reshape(flat)[..., :: n + 1]


def _tilted_moments(level: Floats, cavity: Floats, pull: Floats, buffer: Floats) -> Floats:
    """Sums of 1, z, z^2 under each likelihood times its cavity, exp(pull z - cavity z^2 / 2).

    Both factors have a peak of 1, so the product cannot overflow.
    """
    half = -0.5 * cavity
    buffer[..., 0] = pull * pull / (4.0 * half)
    buffer[..., 1] = pull
    buffer[..., 2] = half
    log_weight = buffer @ _POWERS
    log_weight += level
    moments: Floats = np.exp(log_weight) @ _MOMENTS
    if (
        np.minimum.reduce(moments[..., 0], axis=None) < 1e-200
    ):  # the factors hardly overlap: scale by the product's peak
        log_weight -= log_weight.max(axis=-1, keepdims=True)
        moments = np.exp(log_weight) @ _MOMENTS
    return moments
