"""The EM iteration: E-step, M-step, parameter expansion, acceleration, and when to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.acceleration import Anderson
from models.kernels import Expected, Kernel, Tables, item_tables, with_weights
from models.maximisation import (
    HIGHEST,
    LOWEST,
    PriorTable,
    Structure,
    expand,
    lower_asymptote,
    maximise,
)
from models.parameters import Floats
from models.quadrature import Quadrature

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """All that stays the same during a fit."""

    kernel: Kernel
    n_nodes: int
    priors: PriorTable
    structure: Structure
    tolerance: float
    max_iterations: int

    @property
    def anchored(self) -> bool:
        """Whether anchors hold the scale, so that the population is estimated instead."""
        return not bool(self.structure.free.all())

    def tables(self, xi: Floats, population: tuple[float, float]) -> Tables:
        """Item tables and weights at these parameters."""
        quadrature = Quadrature.normal(self.n_nodes, *population)
        tables = item_tables(xi[:, 0], xi[:, 1], lower_asymptote(xi), quadrature.nodes)
        return with_weights(tables, quadrature.log_weights)


@dataclass(frozen=True, slots=True)
class Fit:
    """Where the iteration ended.

    Attributes
    ----------
    xi : shape (n_items, n_parameters); slope, intercept (, logit_c).
    population : mean and standard deviation of ability.
    gradient_norm : largest absolute derivative of the (penalised) log-likelihood by a parameter.
    predicted_gain : what one more EM step would have gained, in log-likelihood units.
    """

    xi: Floats
    population: tuple[float, float]
    converged: bool
    n_iterations: int
    gradient_norm: float
    predicted_gain: float


@dataclass(slots=True)
class _Point:
    """One parameter vector, and what the E-step said of it."""

    vector: Floats
    image: Floats
    objective: float


def _pack(xi: Floats, population: tuple[float, float]) -> Floats:
    return np.concatenate([xi.ravel(), [population[0], np.log(population[1])]])


def _unpack(vector: Floats, n_items: int) -> tuple[Floats, tuple[float, float]]:
    xi = vector[:-2].reshape(n_items, -1)
    columns = xi.shape[1]
    mean, log_sd = float(vector[-2]), float(vector[-1])
    population = (float(np.clip(mean, -4, 4)), float(np.exp(np.clip(log_sd, -2.3, 1.4))))
    return np.clip(xi, LOWEST[:columns], HIGHEST[:columns]), population


def _em_map(
    problem: Problem, xi: Floats, expected: Expected, population: tuple[float, float]
) -> tuple[Floats, float, float, Floats]:
    """One EM step: its image, the gain it predicts, the largest gradient, coordinates' weights."""
    nodes = Quadrature.normal(problem.n_nodes).nodes
    new, gradient, information = maximise(xi, expected, nodes, problem.priors, problem.structure)
    moved = population
    gain = 0.0
    n_persons = float(expected.weight.sum())
    if problem.anchored:
        mean = float(expected.weight @ nodes) / n_persons
        variance = float(expected.weight @ (nodes - mean) ** 2) / n_persons
        moved = (mean, float(np.sqrt(max(variance, 1e-4))))
        gain = n_persons * ((mean - population[0]) / population[1]) ** 2
        gain += 2.0 * n_persons * float(np.log(moved[1] / population[1])) ** 2
    else:
        new = expand(new, expected, nodes, problem.priors)
    free = problem.structure.free
    step = (new - xi)[free]
    inside = np.abs(step) > 0
    gain += float((gradient[free] * step).sum())
    diagonal = np.arange(xi.shape[1])
    weights = np.sqrt(np.maximum(information[:, diagonal, diagonal], 1e-12))
    if problem.structure.common_slope:
        norm = max(
            abs(float(gradient[free, 0].sum())), float(np.abs(gradient[free, 1]).max(initial=0.0))
        )
    else:
        norm = float(np.abs(gradient[free][inside]).max(initial=0.0))
    scale = np.concatenate([weights.ravel(), np.full(2, np.sqrt(max(n_persons, 1.0)))])
    return _pack(new, moved), abs(gain), norm, scale


def run_em(problem: Problem, xi: Floats, progress: Progress | None = None) -> Fit:
    """Iterate until one more step would gain less than the tolerance.

    The gain that a step predicts, gradient times step, is in log-likelihood units: comparable
    over models and sizes, and independent of the scale of parameters.
    """
    n_items = xi.shape[0]
    accelerator = Anderson()
    best: _Point | None = None
    vector = _pack(xi, (0.0, 1.0))
    converged, iteration, norm, gain, first_gain = False, 0, np.inf, np.inf, 0.0
    for iteration in range(1, problem.max_iterations + 1):
        xi, population = _unpack(vector, n_items)
        expected = problem.kernel.expected_counts(problem.tables(xi, population))
        objective = expected.log_likelihood + problem.priors.log_density(xi)
        if best is not None and objective < best.objective - _noise(problem, objective):
            accelerator.restart()
            vector, best.objective = best.image, -np.inf
            continue
        image, gain, norm, scale = _em_map(problem, xi, expected, population)
        vector = _pack(xi, population)
        best = _Point(vector, image, objective)
        first_gain = max(first_gain, gain)
        if progress is not None:
            progress(_fraction(gain, first_gain, problem.tolerance), f"iteration {iteration}")
        if gain < problem.tolerance:
            converged = True
            vector = image
            break
        vector = accelerator.propose(vector, image, scale)
    else:
        vector = best.image if best is not None else vector
    xi, population = _unpack(vector, n_items)
    return Fit(xi, population, converged, iteration, norm, gain)


def _noise(problem: Problem, objective: float) -> float:
    """How far two evaluations may differ by rounding alone."""
    return 2e-7 * abs(objective) if problem.kernel.single_precision else 1e-10 * abs(objective)


def _fraction(gain: float, first_gain: float, tolerance: float) -> float:
    """Share of the way, on the logarithm of the gain, which falls about evenly."""
    if gain <= tolerance:
        return 1.0
    way = np.log(max(first_gain, 2.0 * tolerance) / tolerance)
    return float(np.clip(1.0 - np.log(gain / tolerance) / way, 0.0, 0.99))
