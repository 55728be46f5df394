"""Distributions of ability: a normal one for each group, on the nodes of the quadrature.

The nodes end somewhere, so the masses there are a normal density normalised to 1, and their
derivatives are taken of just that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.parameters import Floats

SMALLEST_SD, LARGEST_SD, FARTHEST_MEAN = 0.1, 4.0, 4.0
_NEWTON_STEPS = 4


@dataclass(frozen=True, slots=True)
class Population:
    """Normal distributions of ability, one for each group; `mean` and `sd`, shape (n_groups,)."""

    mean: Floats
    sd: Floats

    @classmethod
    def standard(cls, n_groups: int = 1) -> Population:
        """N(0, 1) in every group."""
        return cls(np.zeros(n_groups), np.ones(n_groups))

    def bounded(self) -> Population:
        """Within what is allowed."""
        return Population(
            np.clip(self.mean, -FARTHEST_MEAN, FARTHEST_MEAN),
            np.clip(self.sd, SMALLEST_SD, LARGEST_SD),
        )

    def log_weights(self, nodes: Floats) -> Floats:
        """Log masses of the nodes, shape (n_groups, n_nodes); the masses sum to 1."""
        log_density = -0.5 * ((nodes - self.mean[:, None]) / self.sd[:, None]) ** 2
        peak = log_density.max(axis=1, keepdims=True)
        total = np.log(np.exp(log_density - peak).sum(axis=1, keepdims=True))
        result: Floats = log_density - (peak + total)
        return result


def population_scores(population: Population, nodes: Floats) -> Floats:
    """Derivatives of the log weights by mean and log sd; shape (n_groups, 2, n_nodes)."""
    weights = np.exp(population.log_weights(nodes))
    sd = population.sd[:, None]
    z = (nodes - population.mean[:, None]) / sd
    scores = np.stack([z / sd, z * z], axis=1)
    result: Floats = scores - np.einsum("gaq,gq->ga", scores, weights)[:, :, None]
    return result


def population_information(population: Population, persons: Floats, nodes: Floats) -> Floats:
    """Complete-data information of mean and log sd; shape (n_groups, 2, 2).

    Parameters
    ----------
    persons : shape (n_groups, n_nodes); expected persons at the nodes.
    """
    weights = np.exp(population.log_weights(nodes))
    scores = population_scores(population, nodes)
    sd = population.sd[:, None]
    z = (nodes - population.mean[:, None]) / sd
    second = np.empty((z.shape[0], 2, 2, nodes.size))
    second[:, 0, 0], second[:, 1, 1] = -1.0 / sd**2, -2.0 * z * z
    second[:, 0, 1] = second[:, 1, 0] = -2.0 * z / sd
    spread = np.einsum("gaq,gbq,gq->gab", scores, scores, weights, optimize=True)
    spread += np.einsum("gabq,gq->gab", second, weights)
    total = persons.sum(axis=1)[:, None, None]
    result: Floats = total * spread - np.einsum("gabq,gq->gab", second, persons)
    return result


def maximise_population(
    population: Population, persons: Floats, nodes: Floats
) -> tuple[Population, Floats]:
    """Mean and standard deviation of each group from expected persons at the nodes.

    Newton steps from the moments of the persons, which are the answer but for the end of the
    nodes.

    Returns
    -------
    the population, and the gain in log-likelihood that each group's move predicts, (n_groups,).
    """
    gradient = np.einsum("gaq,gq->ga", population_scores(population, nodes), persons)
    total = persons.sum(axis=1)
    there = np.maximum(total, 1e-300)
    mean = persons @ nodes / there
    variance = (persons * (nodes - mean[:, None]) ** 2).sum(axis=1) / there
    sd = np.sqrt(np.maximum(variance, SMALLEST_SD**2))
    moved = Population(np.where(total > 0, mean, 0.0), np.where(total > 0, sd, 1.0)).bounded()
    for _ in range(_NEWTON_STEPS):
        slope = np.einsum("gaq,gq->ga", population_scores(moved, nodes), persons)
        information = population_information(moved, persons, nodes)
        information += 1e-8 * np.eye(2)
        step = np.clip(np.linalg.solve(information, slope[..., None])[..., 0], -0.2, 0.2)
        step *= (np.linalg.eigvalsh(information)[:, 0] > 0)[:, None]
        moved = Population(moved.mean + step[:, 0], moved.sd * np.exp(step[:, 1])).bounded()
        if np.abs(step).max(initial=0.0) < 1e-12:
            break
    change = np.stack([moved.mean - population.mean, np.log(moved.sd / population.sd)], axis=1)
    gain: Floats = np.abs((gradient * change).sum(axis=1))
    return moved, gain
