"""The EM iteration: E-step, M-step, parameter expansion, acceleration, and when to stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.acceleration import Anderson
from models.item_families import is_ordered
from models.kernels import Expected, Kernel, Tables, family_tables, with_weights
from models.maximisation import PriorTable, Structure, expand, maximise
from models.parameters import Floats
from models.population import Population, maximise_population
from models.quadrature import LIMIT, Quadrature

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Problem:
    """All that stays the same during a fit.

    Attributes
    ----------
    limit : the nodes are spread over [-limit, limit] logits.
    """

    kernel: Kernel
    n_nodes: int
    priors: PriorTable
    structure: Structure
    tolerance: float
    max_iterations: int
    n_groups: int = 1
    limit: float = LIMIT

    @property
    def anchored(self) -> bool:
        """Whether anchors hold the scale, so that every population is estimated."""
        return not bool(self.structure.free.all())

    @property
    def first_free(self) -> int:
        """The first group whose population is estimated."""
        return 0 if self.anchored else 1

    @property
    def nodes(self) -> Floats:
        """Points of the quadrature."""
        return Quadrature.normal(self.n_nodes, limit=self.limit).nodes

    def tables(self, xi: Floats, population: Population) -> Tables:
        """Item tables and weights at these parameters."""
        nodes = self.nodes
        tables = family_tables(self.structure.families, xi, nodes)
        return with_weights(tables, population.log_weights(nodes))

    def prior_of(self, xi: Floats, tables: Tables) -> float:
        """Log density of the priors, up to a constant."""
        imagined = self.priors.imagined_log_likelihood(
            tables, self.nodes, self.structure.max_scores
        )
        return self.priors.log_density(xi) + imagined


@dataclass(frozen=True, slots=True)
class Fit:
    """Where the iteration ended.

    Attributes
    ----------
    xi : shape (n_items, n_parameters); see `models.item_families`.
    population : of every group.
    gradient_norm : largest absolute derivative of the (penalised) log-likelihood by a parameter.
    predicted_gain : what one more EM step would have gained, in log-likelihood units.
    """

    xi: Floats
    population: Population
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


def _pack(xi: Floats, population: Population) -> Floats:
    return np.concatenate([xi.ravel(), population.mean, np.log(population.sd)])


def _unpack(vector: Floats, problem: Problem) -> tuple[Floats, Population]:
    structure, n_groups = problem.structure, problem.n_groups
    size = structure.used.size
    xi = structure.clip(vector[:size].reshape(structure.used.shape))
    mean, sd = vector[size : size + n_groups], np.exp(vector[size + n_groups :])
    return xi, Population(mean, sd).bounded()


def _em_map(
    problem: Problem, xi: Floats, expected: Expected, population: Population
) -> tuple[Floats, float, float, Floats]:
    """One EM step: its image, the gain it predicts, the largest gradient, coordinates' weights."""
    nodes, structure = problem.nodes, problem.structure
    new, gradient, information = maximise(xi, expected, nodes, problem.priors, structure)
    moved, gain = population, 0.0
    if problem.first_free < problem.n_groups:
        moved, gains = maximise_population(population, expected.group_weights, nodes)
        gain = float(gains[problem.first_free :].sum())
    if not problem.anchored:
        reference = expected.group_weights[0]
        new, shift, scale = expand(new, reference, nodes, problem.priors, structure)
        mean, sd = (moved.mean - shift) / scale, moved.sd / scale
        mean[0], sd[0] = 0.0, 1.0
        moved = Population(mean, sd)
    moving = structure.moving
    step = np.where(moving, new - xi, 0.0)
    gain += abs(float((gradient * step).sum()))
    diagonal = np.arange(xi.shape[1])
    weights = np.sqrt(np.maximum(information[:, diagonal, diagonal], 1e-12))
    free = gradient.copy()
    free[(xi <= structure.low) & (gradient < 0)] = 0.0  # at a bound it pushes outwards
    free[(xi >= structure.high) & (gradient > 0)] = 0.0
    if structure.tied.any():  # what counts of a shared slope is the sum
        own_slope = structure.tied & structure.free
        free[own_slope, 0] = float(gradient[own_slope, 0].sum())
    norm = float(np.abs(free[moving]).max(initial=0.0))
    persons = np.sqrt(np.maximum(expected.group_weights.sum(axis=1), 1.0))
    return _pack(new, moved), gain, norm, np.concatenate([weights.ravel(), persons, persons])


def run_em(
    problem: Problem,
    xi: Floats,
    progress: Progress | None = None,
    population: Population | None = None,
    accelerator: Anderson | None = None,
) -> Fit:
    """Iterate until one more step would gain less than the tolerance.

    The gain that a step predicts, gradient times step, is in log-likelihood units: comparable
    over models and sizes, and independent of the scale of parameters.

    Parameters
    ----------
    accelerator : with the steps of an earlier stage, on fewer nodes.
    """
    accelerator = accelerator or Anderson()
    best: _Point | None = None
    vector = _pack(xi, population or Population.standard(problem.n_groups))
    converged, iteration, norm, gain, first_gain = False, 0, np.inf, np.inf, 0.0
    for iteration in range(1, problem.max_iterations + 1):
        xi, population = _unpack(vector, problem)
        tables = problem.tables(xi, population)
        expected = problem.kernel.expected_counts(tables)
        objective = expected.log_likelihood + problem.prior_of(xi, tables)
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
        vector = _propose(accelerator, vector, image, scale, problem)
    else:
        vector = best.image if best is not None else vector
    xi, population = _unpack(vector, problem)
    return Fit(xi, population, converged, iteration, norm, gain)


def _propose(
    accelerator: Anderson, vector: Floats, image: Floats, scale: Floats, problem: Problem
) -> Floats:
    """The extrapolated point; the plain image where that would leave the order of a GRM."""
    proposal = accelerator.propose(vector, image, scale)
    if problem.structure.is_concave:
        return proposal
    xi, population = _unpack(proposal, problem)
    wrong = ~is_ordered(problem.structure.families, xi)
    if not wrong.any():
        return proposal
    xi[wrong] = _unpack(image, problem)[0][wrong]
    return _pack(xi, population)


def _noise(problem: Problem, objective: float) -> float:
    """How far two evaluations may differ by rounding alone."""
    return 2e-7 * abs(objective) if problem.kernel.single_precision else 1e-10 * abs(objective)


def _fraction(gain: float, first_gain: float, tolerance: float) -> float:
    """Share of the way, on the logarithm of the gain, which falls about evenly."""
    if gain <= tolerance:
        return 1.0
    way = np.log(max(first_gain, 2.0 * tolerance) / tolerance)
    return float(np.clip(1.0 - np.log(gain / tolerance) / way, 0.0, 0.99))
