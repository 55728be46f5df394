"""Points and weights that replace the integral over ability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.parameters import Floats

LIMIT = 6.0  # logits; beyond it N(0, 1) has a mass of 2e-9


@dataclass(frozen=True, slots=True)
class Quadrature:
    """Equally spaced nodes with the mass of a normal distribution, normalised to 1.

    Equal spacing is exact to about 2e-6 while the posterior of a person is wider than a spacing
    and a quarter; Gauss-Hermite nodes would thin out where long tests need them.

    Attributes
    ----------
    nodes, log_weights : shape (n_nodes,); logits, log of masses that sum to 1.
    """

    nodes: Floats
    log_weights: Floats

    @classmethod
    def normal(
        cls, n_nodes: int = 61, mean: float = 0.0, sd: float = 1.0, limit: float = LIMIT
    ) -> Quadrature:
        """`n_nodes` points on [-limit, limit] with the weights of N(mean, sd^2).

        The points stay where they are when the distribution moves, so that item tables may be
        kept.
        """
        nodes = np.linspace(-limit, limit, n_nodes)
        log_density = -0.5 * ((nodes - mean) / sd) ** 2
        peak = log_density.max()
        log_weights = log_density - (peak + np.log(np.exp(log_density - peak).sum()))
        return cls(nodes, log_weights)


def nodes_for(longest_test: int) -> int:
    """How many nodes a test of so many answers needs.

    A person's posterior standard deviation falls to about 0.25 at 100 to 150 answers, where 61
    nodes (spacing 0.2) still integrate it; longer tests get twice as many for each fourfold
    length.
    """
    if longest_test <= 150:
        return 61
    return 121 if longest_test <= 600 else 241
