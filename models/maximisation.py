"""The M-step: items' parameters from expected counts, and parameter expansion.

Items are estimated as logit = slope * theta + intercept, with a lower asymptote c through
logit(c) for 3PL. `xi` has a row per item and the columns slope, intercept (, logit_c).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.kernels import Expected
from models.parameters import Floats
from models.response_functions import logistic

LOWEST = np.array([-8.0, -20.0, -8.0])
HIGHEST = np.array([8.0, 20.0, 2.2])
_LONGEST_STEP = np.array([0.7, 1.5, 1.0])
_NEWTON_STEPS = 3


@dataclass(frozen=True, slots=True)
class PriorTable:
    """Normal priors of every parameter; `mean`, `precision` of the shape of `xi`."""

    mean: Floats
    precision: Floats

    def log_density(self, xi: Floats) -> float:
        """Up to a constant: 0 at the priors' means."""
        return float(-0.5 * (self.precision * (xi - self.mean) ** 2).sum())


@dataclass(frozen=True, slots=True)
class Structure:
    """Which parameters move.

    Attributes
    ----------
    free : shape (n_items,); False for an anchor.
    common_slope : 1PL, one slope for all items.
    fixed_slope : 1PL on anchors: the slope is theirs.
    """

    free: npt.NDArray[np.bool_]
    common_slope: bool = False
    fixed_slope: bool = False


def lower_asymptote(xi: Floats) -> Floats | None:
    """c of every item, None for 1PL and 2PL."""
    return logistic(xi[:, 2]) if xi.shape[1] == 3 else None


def derivatives(xi: Floats, expected: Expected, nodes: Floats) -> tuple[Floats, Floats]:
    """Gradient and Fisher information of the expected complete-data log-likelihood.

    Returns
    -------
    gradient (n_items, n_parameters), information (n_items, n_parameters, n_parameters).
    """
    z = xi[:, :1] * nodes + xi[:, 1:2]
    curve = logistic(z)
    if xi.shape[1] == 2:
        residual = expected.r_bar - expected.n_bar * curve
        weight = expected.n_bar * curve * (1.0 - curve)
        powers = np.stack([np.ones_like(nodes), nodes, nodes**2], axis=1)
        moments = weight @ powers
        gradient = (residual @ powers[:, :2])[:, ::-1]
        information = moments[:, [[2, 1], [1, 0]]]
        return gradient, information
    c = logistic(xi[:, 2])[:, None]
    p = np.clip(c + (1.0 - c) * curve, 1e-12, 1.0 - 1e-12)
    by_z = (1.0 - c) * curve * (1.0 - curve)
    slopes = np.stack([by_z * nodes, by_z, c * (1.0 - c) * (1.0 - curve)], axis=1)
    variance = p * (1.0 - p)
    gradient = np.einsum("jpq,jq->jp", slopes, (expected.r_bar - expected.n_bar * p) / variance)
    information = np.einsum("jpq,jrq,jq->jpr", slopes, slopes, expected.n_bar / variance)
    return gradient, information


def expected_log_likelihood(xi: Floats, expected: Expected, nodes: Floats) -> Floats:
    """Expected complete-data log-likelihood of each item, shape (n_items,)."""
    curve = logistic(xi[:, :1] * nodes + xi[:, 1:2])
    c = lower_asymptote(xi)
    p = curve if c is None else c[:, None] + (1.0 - c[:, None]) * curve
    p = np.clip(p, 1e-13, 1.0 - 1e-13)
    wrong = expected.n_bar - expected.r_bar
    total: Floats = (expected.r_bar * np.log(p) + wrong * np.log1p(-p)).sum(axis=1)
    return total


def gradient_and_information(
    xi: Floats, expected: Expected, nodes: Floats, priors: PriorTable
) -> tuple[Floats, Floats]:
    """`derivatives` with the priors added."""
    gradient, information = derivatives(xi, expected, nodes)
    gradient = gradient - priors.precision * (xi - priors.mean)
    diagonal = np.arange(xi.shape[1])
    information = information.copy()
    information[:, diagonal, diagonal] += priors.precision
    return gradient, information


def maximise(
    xi: Floats,
    expected: Expected,
    nodes: Floats,
    priors: PriorTable,
    structure: Structure,
) -> tuple[Floats, Floats, Floats]:
    """A few Newton (2PL) or Fisher scoring (3PL) steps for all items at once.

    Returns
    -------
    xi after the steps; gradient and information at the `xi` given. That gradient is also the
    gradient of the marginal (penalised) log-likelihood there (Fisher's identity).
    """
    first: tuple[Floats, Floats] | None = None
    for _ in range(_NEWTON_STEPS):
        gradient, information = gradient_and_information(xi, expected, nodes, priors)
        first = first or (gradient, information)
        step = _step(gradient, information, structure)
        new = np.clip(xi + step, LOWEST[: xi.shape[1]], HIGHEST[: xi.shape[1]])
        if xi.shape[1] == 3:
            new = _halve_where_worse(xi, new, expected, nodes, priors)
        converged = float(np.abs(new - xi).max(initial=0.0)) < 1e-9
        xi = new
        if converged:
            break
    assert first is not None  # noqa: S101 - the loop runs at least once
    return xi, *first


def _step(gradient: Floats, information: Floats, structure: Structure) -> Floats:
    n_parameters = gradient.shape[1]
    diagonal = np.arange(n_parameters)
    information = information.copy()
    information[:, diagonal, diagonal] += 1e-8
    if structure.common_slope:
        step = _common_slope_step(gradient, information, structure)
    else:
        step = np.asarray(
            np.linalg.solve(information, gradient[..., None])[..., 0], dtype=np.float64
        )
    limit = _LONGEST_STEP[:n_parameters]
    step = np.clip(step, -limit, limit)
    step[~structure.free] = 0.0
    return step


def _common_slope_step(gradient: Floats, information: Floats, structure: Structure) -> Floats:
    """Newton step with one slope: the intercepts are eliminated, each knows only the slope."""
    g_slope, g_intercept = gradient.T
    h_slope, h_cross, h_intercept = (
        information[:, 0, 0],
        information[:, 0, 1],
        information[:, 1, 1],
    )
    slope_step = 0.0
    if not structure.fixed_slope:
        ratio = h_cross / h_intercept
        numerator = float((g_slope - ratio * g_intercept).sum())
        slope_step = numerator / float((h_slope - ratio * h_cross).sum())
        slope_step = float(np.clip(slope_step, -_LONGEST_STEP[0], _LONGEST_STEP[0]))
    step: Floats = np.stack(
        [np.full(g_slope.size, slope_step), (g_intercept - h_cross * slope_step) / h_intercept],
        axis=1,
    )
    return step


def _halve_where_worse(
    old: Floats, new: Floats, expected: Expected, nodes: Floats, priors: PriorTable
) -> Floats:
    def objective(xi: Floats) -> Floats:
        penalty = 0.5 * (priors.precision * (xi - priors.mean) ** 2).sum(axis=1)
        result: Floats = expected_log_likelihood(xi, expected, nodes) - penalty
        return result

    before = objective(old)
    for _ in range(6):
        worse = objective(new) < before - 1e-10 * np.abs(before)
        if not worse.any():
            return new
        new = np.where(worse[:, None], 0.5 * (old + new), new)
    worse = objective(new) < before - 1e-10 * np.abs(before)
    return np.where(worse[:, None], old, new)


def expand(xi: Floats, expected: Expected, nodes: Floats, priors: PriorTable) -> Floats:
    """Let the population move, then absorb its mean and spread into the items.

    With N(0, 1) fixed, EM creeps along the common location and scale. Where the population is
    free for a moment it takes the posterior's mean m and deviation s, and slope * s,
    intercept + slope * m describe the same responses under N(0, 1) again. The priors stand on the
    absorbed parameters, so m and s maximise the expected log-likelihood of ability plus the
    priors there: without them the closed form.

    References
    ----------
    Liu, Rubin & Wu (1998), Parameter expansion to accelerate EM: the PX-EM algorithm,
    Biometrika 85, 755-770.
    """
    n_persons = float(expected.weight.sum())
    if n_persons == 0.0:
        return xi
    m1 = float(expected.weight @ nodes) / n_persons
    m2 = float(expected.weight @ nodes**2) / n_persons
    shift, log_scale = m1, 0.5 * float(np.log(max(m2 - m1 * m1, 1e-2)))
    slope, intercept = xi[:, 0], xi[:, 1]
    (slope_mean, intercept_mean) = priors.mean[:, 0], priors.mean[:, 1]
    (slope_weight, intercept_weight) = priors.precision[:, 0], priors.precision[:, 1]
    for _ in range(8):
        scale2, spread = np.exp(-2.0 * log_scale), m2 - 2.0 * shift * m1 + shift * shift
        scaled = slope * np.exp(log_scale)
        moved = intercept + slope * shift
        g_shift = n_persons * scale2 * (m1 - shift)
        g_shift -= float((intercept_weight * slope * (moved - intercept_mean)).sum())
        g_scale = n_persons * (spread * scale2 - 1.0)
        g_scale -= float((slope_weight * scaled * (scaled - slope_mean)).sum())
        h_shift = n_persons * scale2 + float((intercept_weight * slope**2).sum())
        h_scale = 2.0 * n_persons * spread * scale2 + float((slope_weight * scaled**2).sum())
        # the off-diagonal term vanishes near the solution, where shift is the mean
        d_shift, d_scale = g_shift / h_shift, g_scale / h_scale
        shift += float(np.clip(d_shift, -1.0, 1.0))
        log_scale += float(np.clip(d_scale, -0.5, 0.5))
        if abs(d_shift) + abs(d_scale) < 1e-10:
            break
    log_scale = float(np.clip(log_scale, -1.0, 1.0))
    result = xi.copy()
    result[:, 0] *= np.exp(log_scale)
    result[:, 1] += slope * shift
    columns = xi.shape[1]
    return np.clip(result, LOWEST[:columns], HIGHEST[:columns])
