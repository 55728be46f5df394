"""The M-step: items' parameters from expected counts, and parameter expansion.

For what the columns of `xi` are, see `models.item_families`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.item_families import (
    HIGHEST,
    LOWEST,
    Bools,
    Family,
    bounds_of,
    first_upper,
    is_ordered,
    log_probabilities,
    same_family,
    score_functions,
)
from models.kernels import Expected, Tables
from models.parameters import Floats, Ints
from models.response_functions import logistic

__all__ = ["HIGHEST", "LOWEST", "PriorTable", "Structure", "expand", "maximise"]

_NEWTON_STEPS = 3
_HALVINGS = 6
_SETTLED = 1e-9  # logits


@dataclass(frozen=True, slots=True)
class PriorTable:
    """What is added to the log-likelihood.

    Attributes
    ----------
    mean, precision : the shape of `xi`; of the normal prior of every parameter.
    imagined : persons, spread as N(0, 1), who met the items, shape (n_items,), and who got each
        score above 0, shape (n_upper,); None where there are none.
    """

    mean: Floats
    precision: Floats
    imagined: tuple[Floats, Floats] | None = None

    def with_imagined(self, expected: Expected, nodes: Floats) -> Expected:
        """Expected counts with the imagined persons."""
        if self.imagined is None:
            return expected
        weights = _standard(nodes)
        return replace(
            expected,
            n_bar=expected.n_bar + self.imagined[0][:, None] * weights,
            r_bar=expected.r_bar + self.imagined[1][:, None] * weights,
        )

    def imagined_log_likelihood(self, tables: Tables, nodes: Floats, max_scores: Ints) -> float:
        """What the imagined persons add, 0 where there are none."""
        if self.imagined is None:
            return 0.0
        met, upper = self.imagined
        weights = _standard(nodes)
        zero = met - np.add.reduceat(upper, first_upper(max_scores)[:-1])
        return float(zero @ (tables.log_q @ weights) + upper @ (tables.log_p @ weights))

    def log_density(self, xi: Floats) -> float:
        """Up to a constant: 0 at the priors' means."""
        return float(self.log_densities(xi).sum())

    def log_densities(self, xi: Floats) -> Floats:
        """Of each item, shape (n_items,)."""
        result: Floats = -0.5 * (self.precision * (xi - self.mean) ** 2).sum(axis=1)
        return result


def _standard(nodes: Floats) -> Floats:
    """Masses of N(0, 1) at the nodes."""
    density = np.exp(-0.5 * nodes**2)
    result: Floats = density / density.sum()
    return result


@dataclass(frozen=True, slots=True)
class Structure:
    """Which parameters there are, and which move.

    Attributes
    ----------
    families : the items by shape.
    free : shape (n_items,); False for an anchor.
    tied : shape (n_items,); items that share one slope.
    fixed_slope : the shared slope is an anchor's.
    low, high : bounds, the shape of `xi`.
    used : columns that the item has, the shape of `xi`.
    held : parameters that stay where they start, such as a known asymptote, the shape of `xi`.
    """

    families: tuple[Family, ...]
    free: Bools
    tied: Bools
    fixed_slope: bool
    low: Floats
    high: Floats
    used: Bools
    held: Bools | None = None

    @classmethod
    def of(
        cls,
        families: tuple[Family, ...],
        free: Bools,
        tied: Bools | None = None,
        *,
        fixed_slope: bool = False,
        held: Bools | None = None,
    ) -> Structure:
        """With bounds and columns of the families."""
        size = max((family.n_parameters for family in families), default=2)
        low, high, used = bounds_of(families, (free.size, size))
        tied = np.zeros(free.size, dtype=bool) if tied is None else tied
        return cls(families, free, tied, fixed_slope, low, high, used, held)

    @classmethod
    def dichotomous(cls, n_items: int, n_parameters: int = 2) -> Structure:
        """2PL, 3PL or 4PL items, all of them free."""
        return cls.of(same_family(n_items, n_parameters), np.ones(n_items, dtype=bool))

    @property
    def max_scores(self) -> Ints:
        """Highest score of each item, shape (n_items,)."""
        result = np.ones(self.free.size, dtype=np.intp)
        for family in self.families:
            result[family.items] = family.upper.shape[1]
        return result

    @property
    def moving(self) -> Bools:
        """Parameters that are estimated, the shape of `xi`; a shared slope in every row."""
        result: Bools = self.used & self.free[:, None]
        if self.fixed_slope:
            result[self.tied, 0] = False
        return result if self.held is None else result & ~self.held

    @property
    def locations(self) -> Bools:
        """Columns that move with the location of ability: not the slope, not the asymptotes."""
        result = self.used & _is_intercept(self)
        return np.asarray(result)

    @property
    def is_concave(self) -> bool:
        """Whether Newton steps need no check."""
        return all(family.is_concave for family in self.families)

    def clip(self, xi: Floats) -> Floats:
        """Within the bounds; anchors as they are."""
        inside: Floats = np.clip(xi, self.low, self.high)
        moves = self.free[:, None] if self.held is None else self.free[:, None] & ~self.held
        return np.where(moves, inside, xi)

    def at_bound(self, xi: Floats) -> Bools:
        """Which items ran to the edge of what is allowed, shape (n_items,)."""
        edge = ((xi <= self.low) | (xi >= self.high)) & self.used
        if self.held is not None:
            edge &= ~self.held
        return np.asarray(edge.any(axis=1) & self.free)


def derivatives(
    xi: Floats, expected: Expected, nodes: Floats, families: Sequence[Family]
) -> tuple[Floats, Floats]:
    """Gradient and Fisher information of the expected complete-data log-likelihood.

    Returns
    -------
    gradient (n_items, n_parameters), information (n_items, n_parameters, n_parameters).
    """
    n_items, width = xi.shape
    gradient, information = np.zeros((n_items, width)), np.zeros((n_items, width, width))
    for family in families:
        items, size = family.items, family.n_parameters
        own = xi[items, :size]
        if family.kind == "dichotomous" and size == 2:
            part = _two_parameters(own, expected, family, nodes)
        else:
            part = _by_scores(own, expected, family, nodes)
        gradient[items, :size], information[items, :size, :size] = part
    return gradient, information


def _two_parameters(
    xi: Floats, expected: Expected, family: Family, nodes: Floats
) -> tuple[Floats, Floats]:
    n_bar, r_bar = expected.n_bar[family.items], expected.r_bar[family.upper[:, 0]]
    curve = logistic(xi[:, :1] * nodes + xi[:, 1:2])
    weight = n_bar * curve * (1.0 - curve)
    powers = np.stack([np.ones_like(nodes), nodes, nodes**2], axis=1)
    gradient = ((r_bar - n_bar * curve) @ powers[:, :2])[:, ::-1]
    return gradient, (weight @ powers)[:, [[2, 1], [1, 0]]]


def _by_scores(
    xi: Floats, expected: Expected, family: Family, nodes: Floats
) -> tuple[Floats, Floats]:
    n_bar = expected.n_bar[family.items]
    counts = cell_counts(expected, family)
    scores = score_functions(family, xi, nodes)
    log_zero, log_upper = log_probabilities(family, xi, nodes)
    p = np.exp(np.concatenate([log_zero[:, None], log_upper], axis=1))
    n, _, size, _ = scores.shape
    flat = scores.transpose(0, 2, 1, 3).reshape(n, size, -1)
    gradient = (flat @ counts.reshape(n, -1, 1))[..., 0]
    weight = np.maximum(p * n_bar[:, None], 0.0).reshape(n, 1, -1)
    return gradient, (flat * weight) @ flat.transpose(0, 2, 1)


def cell_counts(expected: Expected, family: Family) -> Floats:
    """Expected persons with each score at each node, shape (n, m + 1, n_nodes)."""
    upper = expected.r_bar[family.upper]
    zero = expected.n_bar[family.items] - upper.sum(axis=1)
    return np.concatenate([zero[:, None], upper], axis=1)


def expected_log_likelihood(
    xi: Floats, expected: Expected, nodes: Floats, families: Sequence[Family]
) -> Floats:
    """Expected complete-data log-likelihood of each item, shape (n_items,)."""
    total = np.zeros(xi.shape[0])
    for family in families:
        own = xi[family.items, : family.n_parameters]
        log_zero, log_upper = log_probabilities(family, own, nodes)
        counts = cell_counts(expected, family)
        upper = (counts[:, 1:] * log_upper).sum(axis=(1, 2))
        total[family.items] = upper + (counts[:, 0] * log_zero).sum(axis=1)
    return total


def gradient_and_information(
    xi: Floats,
    expected: Expected,
    nodes: Floats,
    priors: PriorTable,
    families: Sequence[Family],
) -> tuple[Floats, Floats]:
    """`derivatives` with the priors added."""
    gradient, information = derivatives(xi, expected, nodes, families)
    gradient -= priors.precision * (xi - priors.mean)
    diagonal = np.arange(xi.shape[1])
    information[:, diagonal, diagonal] += priors.precision
    return gradient, information


def maximise(
    xi: Floats,
    expected: Expected,
    nodes: Floats,
    priors: PriorTable,
    structure: Structure,
) -> tuple[Floats, Floats, Floats]:
    """A few Newton (2PL, GPCM) or Fisher scoring (3PL, 4PL, GRM) steps for all items at once.

    Returns
    -------
    xi after the steps; gradient and information at the `xi` given. That gradient is also the
    gradient of the marginal (penalised) log-likelihood there (Fisher's identity).
    """
    first: tuple[Floats, Floats] | None = None
    expected = priors.with_imagined(expected, nodes)
    for _ in range(_NEWTON_STEPS):
        gradient, information = gradient_and_information(
            xi, expected, nodes, priors, structure.families
        )
        first = first or (gradient, information)
        new = structure.clip(xi + _step(gradient, information, structure))
        if not structure.is_concave:
            new = _halve_where_worse(xi, new, expected, nodes, priors, structure)
        change = float(np.abs(new - xi).max(initial=0.0))
        xi = new
        if change < _SETTLED:
            break
    assert first is not None  # noqa: S101 - the loop runs at least once
    return xi, *first


def _step(gradient: Floats, information: Floats, structure: Structure) -> Floats:
    size = gradient.shape[1]
    diagonal = np.arange(size)
    information = information.copy()
    if structure.held is not None:
        gradient = np.where(structure.held, 0.0, gradient)
        information[structure.held[:, :, None] | structure.held[:, None, :]] = 0.0
        information[:, diagonal, diagonal] += structure.held
    information[:, diagonal, diagonal] += np.where(structure.used, 1e-8, 1.0)
    step = np.linalg.solve(information, gradient[..., None])[..., 0]
    if structure.tied.any():
        own = structure.tied
        step[own] = _tied_step(gradient[own], information[own], structure)
    limit = np.full(size, 1.5)
    limit[0] = 0.7
    step = np.clip(step, -limit, limit)
    step[~structure.free] = 0.0
    result: Floats = step
    return result


def _tied_step(gradient: Floats, information: Floats, structure: Structure) -> Floats:
    """Newton step with one slope: all else is eliminated, each item knows only the slope."""
    others = information[:, 1:, 1:]
    right = np.stack([gradient[:, 1:], information[:, 1:, 0]], axis=2)
    solved = np.linalg.solve(others, right)
    slope_step = 0.0
    if not structure.fixed_slope:
        cross = information[:, 0, 1:]
        free = structure.free[structure.tied]
        numerator = gradient[:, 0] - np.einsum("jp,jp->j", cross, solved[:, :, 0])
        known = information[:, 0, 0] - np.einsum("jp,jp->j", cross, solved[:, :, 1])
        slope_step = float(numerator[free].sum()) / max(float(known[free].sum()), 1e-8)
        slope_step = float(np.clip(slope_step, -0.7, 0.7))
    rest = solved[:, :, 0] - slope_step * solved[:, :, 1]
    step: Floats = np.concatenate([np.full((rest.shape[0], 1), slope_step), rest], axis=1)
    return step


def _halve_where_worse(
    old: Floats,
    new: Floats,
    expected: Expected,
    nodes: Floats,
    priors: PriorTable,
    structure: Structure,
) -> Floats:
    """Back towards the old values where a step went down or left the order of a GRM."""
    free_rows = ~structure.tied  # a shared slope is not one item's to halve

    def objective(xi: Floats) -> Floats:
        value = expected_log_likelihood(xi, expected, nodes, structure.families)
        return value + priors.log_densities(xi)

    def is_worse(xi: Floats) -> Bools:
        ordered = is_ordered(structure.families, xi)
        usable = np.where(ordered[:, None], xi, old)
        worse = objective(usable) < before - 1e-10 * np.abs(before)
        return np.asarray(~ordered | (worse & free_rows))

    before = objective(old)
    for _ in range(_HALVINGS):
        worse = is_worse(new)
        if not worse.any():
            return new
        new = np.where(worse[:, None], 0.5 * (old + new), new)
    return np.where(is_worse(new)[:, None], old, new)


def expand(
    xi: Floats, weight: Floats, nodes: Floats, priors: PriorTable, structure: Structure
) -> tuple[Floats, float, float]:
    """Let the population move, then absorb its mean and spread into the items.

    With N(0, 1) fixed, EM creeps along the common location and scale. Where the population is
    free for a moment it takes the posterior's mean m and deviation s, and slope * s,
    intercept + slope * m describe the same responses under N(0, 1) again. The priors stand on the
    absorbed parameters, so m and s maximise the expected log-likelihood of ability plus the
    priors there: without them the closed form.

    Parameters
    ----------
    weight : shape (n_nodes,); expected persons of the reference group at the nodes.

    Returns
    -------
    xi, and m and s.

    References
    ----------
    Liu, Rubin & Wu (1998), Parameter expansion to accelerate EM: the PX-EM algorithm,
    Biometrika 85, 755-770.
    """
    n_persons = float(weight.sum())
    if n_persons == 0.0:
        return xi, 0.0, 1.0
    m1 = float(weight @ nodes) / n_persons
    m2 = float(weight @ nodes**2) / n_persons
    shift, log_scale = m1, 0.5 * float(np.log(max(m2 - m1 * m1, 1e-2)))
    slope, intercept = xi[:, :1], xi[:, 1:]
    cells = structure.locations[:, 1:]
    slope_mean, slope_weight = priors.mean[:, :1], priors.precision[:, :1]
    intercept_mean = priors.mean[:, 1:]
    intercept_weight = np.where(cells, priors.precision[:, 1:], 0.0)
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
    scale = float(np.exp(np.clip(log_scale, -1.0, 1.0)))
    result = xi.copy()
    result[:, :1] *= scale
    result[:, 1:] += np.where(cells, slope * shift, 0.0)
    return structure.clip(result), shift, scale


def _is_intercept(structure: Structure) -> Bools:
    """Columns that move with the location: not the slope, not the asymptotes."""
    result = np.ones(structure.used.shape, dtype=bool)
    result[:, 0] = False
    for family in structure.families:
        if family.kind == "dichotomous":
            result[family.items, 2:] = False
    return result
