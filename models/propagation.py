"""Expectation propagation: normal sites in place of likelihoods, each of one competency.

The likelihood of a competency's responses is a function on a grid. It is replaced by the normal
"site" that gives the same mean and variance in the context of all others, and this is repeated
until nothing changes.

References
----------
Minka (2001), Expectation propagation for approximate Bayesian inference, UAI 17, 362-369.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from models.lattice import STANDARD, posterior
from models.likelihood import (
    EDGE,
    MAX_REFINEMENTS,
    NODES,
    SMALLEST_SPREAD,
    SPREAD_SCALE,
    fits_grid,
)
from models.parameters import Floats

_POWERS: Floats = np.stack([np.ones_like(NODES), NODES, NODES**2])  # (3, n_nodes)
_MOMENTS: Floats = np.ascontiguousarray(_POWERS.T)
_LEAST_VARIANCE = 1e-3  # node units squared
_ORIGIN, _UNIT = np.zeros(1), np.ones(1)
_TOLERANCE = 1e-7  # norm of the last change of the sites, in node units; the next is a tenth
_MAX_SWEEPS = 400
_UNDAMPED_SWEEPS = 30
_LAST_NODE = float(NODES[-1])
_NO_OVERLAP = 1e-200  # of a likelihood with its cavity: scale by the product's peak instead

# (competency, nodes (n_nodes,)) -> log-likelihood at the nodes
Exact = Callable[[int, Floats], Floats]


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


def converge(
    log_likelihood: Floats,
    active: npt.NDArray[np.bool_],
    prior: Prior,
    exact: Exact,
    sites: Floats | None = None,
    before: tuple[Floats, Floats, int] | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Posterior mean, covariance and sites; grids are laid anew around narrow or far marginals.

    Parameters
    ----------
    log_likelihood : shape (K, n_nodes); at the nodes `prior.mean + prior.deviation * NODES`
    active : shape (K,); competencies with a response
    exact : log-likelihood of a competency's answers at any nodes
    sites : shape (2, K); to start from, in the units of the standard nodes as is what comes back
    before : mean and covariance with those sites, in logits, and the only competency whose
        log-likelihood has changed since
    """
    if not active.any():
        return prior.mean, prior.covariance, np.zeros((2, active.size))
    if active.size == 1:
        return _converge_alone(log_likelihood[0], prior, exact)
    centre, scale = prior.mean, prior.deviation
    grid = prior.grid
    if before is not None and sites is not None:
        old_mean, old_covariance = (before[0] - centre) / scale, before[1] / np.outer(scale, scale)
        changed = before[2]
        row = log_likelihood[changed]
        sites = _first_step(row, changed, grid, sites, old_mean, old_covariance)
    mean, covariance, state = propagate_one(log_likelihood, active, grid, sites)
    if _all_fit(mean, covariance, active):
        return centre + scale * mean, covariance * (scale[:, None] * scale), state
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
        state = moved_sites(state, centre, scale, new_centre, new_scale)
        centre, scale = new_centre, new_scale
        grid = GridPrior.of(prior.mean, prior.precision, centre, scale)
        mean, covariance, state = propagate_one(log_likelihood, active, grid, state)
    standard = moved_sites(state, centre, scale, prior.mean, prior.deviation)
    return centre + scale * mean, covariance * (scale[:, None] * scale), standard


def _all_fit(mean: Floats, covariance: Floats, active: npt.NDArray[np.bool_]) -> bool:
    """`fits_grid` for every competency on the standard nodes."""
    values = zip(active.tolist(), mean.tolist(), covariance.diagonal().tolist(), strict=True)
    return all(
        variance >= SMALLEST_SPREAD**2 and abs(z) + EDGE * math.sqrt(variance) <= _LAST_NODE
        for answered, z, variance in values
        if answered
    )


def _converge_alone(
    log_likelihood: Floats, prior: Prior, exact: Exact
) -> tuple[Floats, Floats, Floats]:
    """One competency needs no sites: its posterior is summed as it is."""
    centre, scale = float(prior.mean[0]), float(prior.deviation[0])
    found = posterior(
        log_likelihood + STANDARD.log_prior, lambda nodes: exact(0, centre + scale * nodes)
    )
    variance = (scale * found.spread) ** 2
    return np.array([centre + scale * found.mean]), np.array([[variance]]), np.zeros((2, 1))


def moved_sites(
    sites: Floats, centre: Floats, scale: Floats, new_centre: Floats, new_scale: Floats
) -> Floats:
    """The same sites in the units of other grids."""
    ratio, shift = new_scale / scale, (new_centre - centre) / scale
    return np.stack([sites[0] * ratio**2, ratio * (sites[1] - sites[0] * shift)])


def propagate_one(
    log_likelihood: Floats, active: npt.NDArray[np.bool_], prior: GridPrior, sites: Floats | None
) -> tuple[Floats, Floats, Floats]:
    """`propagate` for one person, to the same fixed point.

    With so few numbers a loop in Python costs less than NumPy's calls; the step after the last one
    is known well enough from the last two to be left out.
    """
    n = active.size
    level = log_likelihood - np.maximum.reduce(log_likelihood, axis=-1, keepdims=True)
    tau, nu = ([0.0] * n, [0.0] * n) if sites is None else sites.tolist()
    lowest = float(prior.lowest_site[0])
    answered = np.flatnonzero(active).tolist()
    last = np.inf
    for _ in range(_UNDAMPED_SWEEPS):
        mean, covariance = _posterior_of_one(prior, tau, nu)
        cavity, moments = _moments_of_one(level, mean, covariance, tau, nu)
        change = 0.0
        for k in answered:
            total, first, second = moments[k]
            if total < _NO_OVERLAP:
                return propagate(log_likelihood, active, prior, np.array([tau, nu]))
            z = first / total
            spread = max(second / total - z * z, _LEAST_VARIANCE)
            precision, pull = cavity[k]
            new_tau = max(1.0 / spread - precision, lowest)
            new_nu = z * (new_tau + precision) - pull
            change += (new_tau - tau[k]) ** 2 + (new_nu - nu[k]) ** 2
            tau[k], nu[k] = new_tau, new_nu
        step = math.sqrt(change)
        if step < _TOLERANCE or (step < 10.0 * _TOLERANCE and step * step < _TOLERANCE * last):
            mean, covariance = _posterior_of_one(prior, tau, nu)
            return mean, covariance, np.array([tau, nu])
        last = step
    return propagate(log_likelihood, active, prior, np.array([tau, nu]))


def _first_step(
    row: Floats, k: int, prior: GridPrior, sites: Floats, mean: Floats, covariance: Floats
) -> Floats:
    """Sites after a refreshed one: where only its likelihood changed, the others still fit."""
    variance, centre = float(covariance[k, k]), float(mean[k])
    tau, nu = float(sites[0, k]), float(sites[1, k])
    weight = 1.0 / variance
    precision, pull = weight - tau, centre * weight - nu
    coefficients = (-0.5 * pull * pull / precision, pull, -0.5 * precision)
    log_weight = row - np.maximum.reduce(row) + coefficients @ _POWERS
    total, first, second = np.exp(log_weight).dot(_MOMENTS).tolist()
    if total < _NO_OVERLAP:
        return sites
    z = first / total
    spread = max(second / total - z * z, _LEAST_VARIANCE)
    state = sites.copy()
    state[0, k] = max(1.0 / spread - precision, float(prior.lowest_site[k]))
    state[1, k] = z * (state[0, k] + precision) - pull
    return state


def _posterior_of_one(prior: GridPrior, tau: list[float], nu: list[float]) -> tuple[Floats, Floats]:
    sites = np.array([tau, nu])
    precision = prior.precision.copy()
    precision.reshape(-1)[:: len(tau) + 1] += sites[0]
    covariance = cast(Floats, np.linalg.inv(precision))
    mean: Floats = covariance.dot(prior.shift + sites[1])
    return mean, covariance


def _moments_of_one(
    level: Floats, mean: Floats, covariance: Floats, tau: list[float], nu: list[float]
) -> tuple[list[tuple[float, float]], list[list[float]]]:
    """Precision and shift of each cavity, and the tilted moments, see `_tilted_moments`."""
    cavity, coefficients = [], []
    values = zip(mean.tolist(), covariance.diagonal().tolist(), tau, nu, strict=True)
    for centre, variance, own_tau, own_nu in values:
        weight = 1.0 / variance
        precision, pull = weight - own_tau, centre * weight - own_nu
        cavity.append((precision, pull))
        coefficients.append((-0.5 * pull * pull / precision, pull, -0.5 * precision))
    log_weight = np.array(coefficients) @ _POWERS
    log_weight += level
    return cavity, np.exp(log_weight, out=log_weight).dot(_MOMENTS).tolist()


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
    if np.minimum.reduce(moments[..., 0], axis=None) < _NO_OVERLAP:
        log_weight -= log_weight.max(axis=-1, keepdims=True)
        moments = np.exp(log_weight) @ _MOMENTS
    return moments
