"""EM for all competencies at once: the steps behind `models.joint_calibration`.

The prior of a person's ability in one competency is what his answers in the others say of it: the
normal context ("cavity") of expectation propagation, Minka (2001). The E-step is Bock & Aitkin's
(1981) with such a weight for each person. The M-step moves the items, then the correlations.
Means of 0 and variances of 1 are kept by absorbing what the posterior says of them into the items
(Liu, Rubin & Wu 1998, Biometrika 85, 755-770).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from models.acceleration import Anderson
from models.item_families import first_upper, is_ordered
from models.kernels import Expected, Tables, family_tables
from models.maximisation import PriorTable, Structure, maximise
from models.parameters import Floats, Ints
from models.quadrature import Quadrature
from models.responses import Responses
from models.starting_values import starting_parameters
from models.traits import PRIOR_PERSONS, Sites, posterior_moments

_N_NODES = 61
_SWEEPS = 2  # of a step; the sites are kept, so they follow the parameters
_SETTLING_SWEEPS = 8
_DAMPING = 0.7
_WIDEST = 1e-6  # precision of a site that says nothing
_HIGHEST_COMMON = 0.95
_FIRST_CORRELATION = 0.5
_PLAIN_STEPS = 4  # before the first extrapolation
_ABSORBING_STEPS = 6

Progress = Callable[[float, str], None]
Floats32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Part:
    """The answers in one competency.

    Attributes
    ----------
    members : its items.
    upper : their scores above 0 among those of all items (see `models.item_families`).
    rows : persons with an answer.
    responses : theirs.
    structure : of the members alone.
    entries : CSR, rows x (score 0 of each member, each of their scores above 0).
    """

    members: Ints
    upper: Ints
    rows: Ints
    responses: Responses
    structure: Structure
    entries: Any

    def of_members(self, tables: Tables) -> Tables:
        """The rows of the members."""
        return Tables(tables.log_p[self.upper], tables.log_q[self.members], tables.log_weights)


@dataclass(slots=True)
class State:
    """What an EM step changes."""

    xi: Floats  # (n_items, n_parameters); see `models.item_families`
    correlation: Floats


@dataclass(frozen=True, slots=True)
class _Step:
    """One EM step: where it leads, what it would gain, the weights of the coordinates."""

    image: State
    gain: float
    scale: Floats


def make_part(responses: Responses, members: Ints, structure: Structure, first: Ints) -> Part:
    """The answers to some items.

    Parameters
    ----------
    structure : of these items alone.
    first : shape (n_items + 1,); where the upper cells of each of all items begin.
    """
    from scipy.sparse import csr_array  # SciPy takes a second to import: not in web workers

    mine = responses.take_items(members)
    rows = np.flatnonzero(mine.per_person() > 0)
    mine = mine.take_persons(rows)
    highest = structure.max_scores
    own = members.size - 1 + first_upper(highest)[:-1]  # behind the scores 0
    place = np.where(mine.score > 0, own[mine.item] + mine.score, mine.item)
    entries = csr_array(
        (np.ones(mine.n_responses, np.float32), (mine.person(), place)),
        shape=(rows.size, members.size + int(highest.sum())),
    )
    upper = np.concatenate([np.arange(first[j], first[j + 1]) for j in members])
    return Part(members, upper.astype(np.intp), rows, mine, structure, entries)


def starting_state(parts: list[Part], structure: Structure, held: Floats) -> State:
    """Where the fit begins; columns that are held have their values from `held`."""
    xi = np.zeros(structure.used.shape)
    for part in parts:
        own = starting_parameters(part.responses, part.structure.families)
        xi[part.members, : own.shape[1]] = own
    if structure.held is not None:
        xi = np.where(structure.held, held, xi)
    xi = np.where(structure.used, structure.clip(xi), 0.0)
    return State(xi, _equal(_FIRST_CORRELATION, len(parts)))


def _equal(correlation: float, size: int) -> Floats:
    """A correlation matrix with one value everywhere."""
    matrix = np.full((size, size), correlation)
    np.fill_diagonal(matrix, 1.0)
    return matrix


@dataclass(frozen=True, slots=True)
class Contexts:
    """What the other competencies say of one: precision and precision times mean, (n_rows,)."""

    precision: Floats
    shift: Floats


class JointProblem:
    """All that stays the same during a fit, and the sites, which follow the parameters."""

    def __init__(
        self,
        n_persons: int,
        column: Ints,
        parts: list[Part],
        priors: PriorTable,
        structure: Structure,
    ) -> None:
        self.n_persons, self.column, self.parts, self.priors = n_persons, column, parts, priors
        shape = (n_persons, len(parts))
        self.sites = Sites(np.full(shape, _WIDEST), np.zeros(shape))
        self.nodes = Quadrature.normal(_N_NODES).nodes
        self.structure = structure
        self.cells = structure.locations

    def run(
        self, state: State, progress: Progress | None, tolerance: float, max_iterations: int
    ) -> tuple[State, bool, int]:
        """EM steps, accelerated, until one more would gain less than the tolerance."""
        accelerator, first, least = Anderson(), 0.0, np.inf
        fallback = state
        for iteration in range(1, max_iterations + 1):
            step = self.step(state)
            first = max(first, step.gain)
            if progress is not None:
                way = np.log(max(step.gain, tolerance) / tolerance)
                way /= np.log(max(first, 2 * tolerance) / tolerance)
                progress(float(np.clip(1.0 - way, 0.0, 0.99)), f"iteration {iteration}")
            # the first steps move the sites, too: their gain says little
            if step.gain < tolerance and iteration > _PLAIN_STEPS:
                return step.image, True, iteration
            if step.gain > 5.0 * least:  # the extrapolation went astray: back to a plain step
                accelerator.restart()
                state, least = fallback, np.inf
                continue
            fallback, least = step.image, min(least, step.gain)
            plain = iteration <= _PLAIN_STEPS
            state = fallback if plain else _propose(accelerator, state, step, self.structure)
        return fallback, False, max_iterations

    def step(self, state: State) -> _Step:
        """One step of EM: sites, expected counts, items, scale, correlations."""
        curves = self._curves(state.xi)
        for sweep in range(_SWEEPS):
            expected = self._sweep(curves, state, count=sweep == _SWEEPS - 1)
        assert expected is not None  # noqa: S101 - the last sweep counts
        xi, gradient, information = maximise(
            state.xi, expected, self.nodes, self.priors, self.structure
        )
        xi, moments = self._absorb(xi, state.correlation)
        correlation = _towards_common(moments, self.n_persons)
        gain = float((gradient * (xi - state.xi)).sum())
        change = np.linalg.solve(state.correlation, correlation - state.correlation)
        gain += 0.25 * self.n_persons * abs(float((change * change.T).sum()))
        diagonal = np.diagonal(information, axis1=1, axis2=2)
        weights = np.sqrt(np.maximum(diagonal, 1e-12)).ravel()
        pairs = np.full(_upper(correlation).size, 0.5 * np.sqrt(self.n_persons))
        return _Step(State(xi, correlation), abs(gain), np.concatenate([weights, pairs]))

    def _log_curves(self, xi: Floats, dtype: npt.DTypeLike) -> Iterator[npt.NDArray[Any]]:
        """Log-likelihood of each person's answers at the nodes, one competency at a time."""
        tables = family_tables(self.structure.families, xi, self.nodes)
        for part in self.parts:
            own = part.of_members(tables)
            yield part.entries.astype(dtype) @ np.concatenate([own.log_q, own.log_p]).astype(dtype)

    def _curves(self, xi: Floats) -> list[Floats32]:
        """Likelihood of each person's answers at the nodes, a maximum of 1, for each competency."""
        curves = []
        for log_curve in self._log_curves(xi, np.float32):
            log_curve -= log_curve.max(axis=1, keepdims=True)
            curves.append(np.exp(log_curve, out=log_curve))
        return curves

    def context_of(self, k: int, moments: tuple[Floats, Floats]) -> Contexts:
        """The normal of ability k given the answers in all other competencies, where it counts."""
        rows, (means, covariances) = self.parts[k].rows, moments
        variance = covariances[rows, k, k]
        precision = np.maximum(1.0 / variance - self.sites.precision[rows, k], 1e-3)
        return Contexts(precision, means[rows, k] / variance - self.sites.shift[rows, k])

    def log_weights(self, context: Contexts) -> Floats32:
        """Log density of a context at the nodes up to a constant, shape (n_rows, n_nodes)."""
        mean = (context.shift / context.precision).astype(np.float32)
        z = self.nodes.astype(np.float32) - mean[:, None]
        z *= z
        z *= (-0.5 * context.precision[:, None]).astype(np.float32)
        z -= z.max(axis=1, keepdims=True)  # a context may lie off the grid
        return z

    def _sweep(self, curves: list[Floats32], state: State, *, count: bool) -> Expected | None:
        """Update all sites at once, and count who is where under the posteriors met on the way."""
        size, n_nodes = len(self.parts), self.nodes.size
        moments = posterior_moments(self.sites, np.zeros(size), state.correlation)
        n_bar = np.zeros((self.column.size, n_nodes))
        r_bar = np.zeros((int(self.structure.max_scores.sum()), n_nodes))
        powers = np.stack([self.nodes, self.nodes**2], axis=1).astype(np.float32)
        for k, part in enumerate(self.parts):
            context = self.context_of(k, moments)
            tilted = np.exp(self.log_weights(context))
            tilted *= np.maximum(curves[k], np.float32(1e-30))
            np.maximum(tilted, np.float32(1e-35), out=tilted)
            tilted /= tilted.sum(axis=1, keepdims=True)
            mean, square = (tilted @ powers).astype(np.float64).T
            variance = np.maximum(square - mean**2, 1e-4)
            precision = np.maximum(1.0 / variance - context.precision, _WIDEST)
            shift = mean * (precision + context.precision) - context.shift
            own = (part.rows, k)
            self.sites.precision[own] += _DAMPING * (precision - self.sites.precision[own])
            self.sites.shift[own] += _DAMPING * (shift - self.sites.shift[own])
            if count:
                counts = part.entries.T @ tilted
                n = part.members.size
                starts = first_upper(part.structure.max_scores)[:-1]
                n_bar[part.members] = counts[:n] + np.add.reduceat(counts[n:], starts, axis=0)
                r_bar[part.upper] = counts[n:]
        return Expected(n_bar, r_bar, np.zeros(n_nodes), np.nan) if count else None

    def _absorb(self, xi: Floats, correlation: Floats) -> tuple[Floats, Floats]:
        """Move the posterior's mean m and deviation s of each competency into its items.

        theta = m + s z with z ~ N(0, R): slope * s and intercept + slope * m describe the same
        responses by z. m and log s maximise the expected log density of theta plus the priors of
        what comes out, by Newton steps.

        Returns
        -------
        xi, and the mean of z z' over the persons' posteriors, shape (K, K).
        """
        n, size = self.n_persons, correlation.shape[0]
        means, covariances = posterior_moments(self.sites, np.zeros(size), correlation)
        total, second = means.sum(axis=0), covariances.sum(axis=0) + means.T @ means
        precision = np.linalg.inv(correlation)
        shift, log_scale = np.zeros(size), np.zeros(size)
        for _ in range(_ABSORBING_STEPS):
            scale = np.exp(log_scale)[self.column]
            moved = xi + self.cells * (xi[:, :1] * shift[self.column][:, None])
            moved[:, 0] *= scale
            pull = self.priors.precision * (moved - self.priors.mean)
            by_scale = self._sum(pull[:, 0] * moved[:, 0])
            by_shift = self._sum((pull * self.cells).sum(axis=1) * xi[:, 0])
            held_scale = self.priors.precision[:, 0] * moved[:, 0] ** 2
            held_shift = (self.priors.precision * self.cells).sum(axis=1) * xi[:, 0] ** 2
            inverse = np.exp(-log_scale)
            whitener = precision * np.outer(inverse, inverse)
            spread = _centred(second, total, shift, n)
            g_shift = whitener @ (total - n * shift) - by_shift
            g_scale = np.diagonal(whitener @ spread) - n - by_scale
            h_shift = n * whitener + np.diag(self._sum(held_shift))
            h_scale = n * (np.eye(size) + correlation * precision)
            h_scale += np.diag(self._sum(held_scale))
            d_shift = np.clip(np.linalg.solve(h_shift, g_shift), -1.0, 1.0)
            d_scale = np.clip(np.linalg.solve(h_scale, g_scale), -0.3, 0.3)
            shift, log_scale = shift + d_shift, np.clip(log_scale + d_scale, -1.0, 1.0)
        inverse = np.exp(-log_scale)
        moments = _centred(second, total, shift, n) * np.outer(inverse, inverse) / n
        result = xi + self.cells * (xi[:, :1] * shift[self.column][:, None])
        result[:, 0] *= np.exp(log_scale)[self.column]
        return self.structure.clip(result), moments

    def _sum(self, values: Floats) -> Floats:
        """Sums over the items of each competency, shape (K,)."""
        return np.asarray(np.bincount(self.column, values, len(self.parts)), dtype=np.float64)

    def settle(self, state: State) -> None:
        """Let the sites come to rest at these parameters."""
        curves = self._curves(state.xi)
        for _ in range(_SETTLING_SWEEPS):
            self._sweep(curves, state, count=False)

    def moments(self, state: State) -> tuple[Floats, Floats]:
        """Posterior mean (N, K) and covariance (N, K, K) of each person."""
        return posterior_moments(self.sites, np.zeros(len(self.parts)), state.correlation)

    def log_likelihood(self, state: State) -> float:
        """Of all answers of all persons, as expectation propagation approximates it.

        Each likelihood curve is replaced by C exp(-precision theta^2 / 2 + shift theta), C such
        that both have the same integral over the context; the integral of these over N(0, R) is
        known (Minka 2001, thesis, section 3.2). The sites must have come to rest.
        """
        means, covariances = self.moments(state)
        total = -0.5 * self.n_persons * float(np.linalg.slogdet(state.correlation)[1])
        total += 0.5 * float(np.linalg.slogdet(covariances)[1].sum())
        total += 0.5 * float((self.sites.shift * means).sum())
        for k, log_curve in enumerate(self._log_curves(state.xi, np.float64)):
            context = self.context_of(k, (means, covariances))
            log_weight = self.log_weights(context).astype(np.float64)
            log_weight -= np.log(np.exp(log_weight).sum(axis=1, keepdims=True))
            log_curve += log_weight
            peak = log_curve.max(axis=1)
            total += float((peak + np.log(np.exp(log_curve - peak[:, None]).sum(axis=1))).sum())
            own = (self.parts[k].rows, k)
            precision = context.precision + self.sites.precision[own]
            shift = context.shift + self.sites.shift[own]
            total += 0.5 * float(np.log(precision / context.precision).sum())
            total -= 0.5 * float((shift**2 / precision).sum())
            total += 0.5 * float((context.shift**2 / context.precision).sum())
        return total


def _centred(second: Floats, total: Floats, shift: Floats, n: int) -> Floats:
    """Sum over persons of E[(theta - shift)(theta - shift)']."""
    cross = np.outer(total, shift)
    result: Floats = second - cross - cross.T + n * np.outer(shift, shift)
    return result


def _upper(matrix: Floats) -> Floats:
    result: Floats = matrix[np.triu_indices(matrix.shape[0], 1)]
    return result


def _towards_common(moments: Floats, n_persons: int) -> Floats:
    """Correlations of the second moments, drawn towards their mean by 4 more persons."""
    deviation = np.sqrt(np.diagonal(moments))
    correlation = moments / np.outer(deviation, deviation)
    if correlation.shape[0] > 1:
        common = float(np.clip(_upper(correlation).mean(), 0.0, _HIGHEST_COMMON))
        target = _equal(common, correlation.shape[0])
        correlation = n_persons * correlation + PRIOR_PERSONS * target
        correlation = correlation / (n_persons + PRIOR_PERSONS)
    correlation = np.asarray(correlation, dtype=np.float64)
    np.fill_diagonal(correlation, 1.0)
    return correlation


def _propose(accelerator: Anderson, state: State, step: _Step, structure: Structure) -> State:
    """The accelerated next state; the plain one where its correlations are none."""
    image = step.image
    before, after = (np.concatenate([s.xi.ravel(), _upper(s.correlation)]) for s in (state, image))
    proposal = accelerator.propose(before, after, step.scale)
    size = image.correlation.shape[0]
    correlation = np.eye(size)
    correlation[np.triu_indices(size, 1)] = proposal[image.xi.size :]
    correlation = correlation + correlation.T - np.eye(size)
    lowest = np.linalg.eigvalsh(image.correlation)[0]
    if np.linalg.eigvalsh(correlation)[0] < 0.3 * lowest:
        accelerator.restart()
        return image
    xi = structure.clip(proposal[: image.xi.size].reshape(image.xi.shape))
    wrong = ~is_ordered(structure.families, xi)
    xi[wrong] = image.xi[wrong]
    return State(xi, correlation)
