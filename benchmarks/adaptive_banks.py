"""Simulated banks and simulees on which adaptive tests are compared; the same in every run.

A: 500 items, 2PL. B: 5,000 items, 3PL. C: 50,000 items, 3PL. M: five competencies of 150 2PL items,
abilities correlated 0.6. a log-normal (0, 0.3) within 0.35 to 2.8, b standard normal, c beta(5, 17)
within 0.05 to 0.4. 1,000 simulees with standard normal abilities; the response of a simulee to an
item is fixed by a uniform number of the pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, ItemParameters
from models.response_functions import probability

SIZES = {"A": (500, False, 11), "B": (5_000, True, 12), "C": (50_000, True, 13)}
N_SIMULEES = 1_000
M_COMPETENCIES, M_ITEMS, M_CORRELATION = 5, 150, 0.6


@dataclass(frozen=True, slots=True)
class Case:
    """A bank with one competency and the persons who take its tests.

    Attributes
    ----------
    theta : shape (n_simulees,); true abilities
    responses : shape (n_simulees, n_items); 1 right, 0 wrong
    """

    items: ItemParameters
    theta: Floats
    responses: npt.NDArray[np.uint8]


def items_of(n_items: int, guessing: bool, seed: int) -> ItemParameters:
    """Items drawn with a seed."""
    rng = np.random.default_rng(seed)
    a = np.clip(np.exp(rng.normal(0.0, 0.3, n_items)), 0.35, 2.8)
    b = rng.normal(0.0, 1.0, n_items)
    c = np.clip(rng.beta(5, 17, n_items), 0.05, 0.4) if guessing else np.zeros(n_items)
    return ItemParameters.of(a, b, c, model="3PL" if guessing else "2PL")


def case(name: str, n_simulees: int | None = None) -> Case:
    """Bank A, B or C with its first simulees; C has 200 of them."""
    n_items, guessing, seed = SIZES[name]
    items = items_of(n_items, guessing, seed)
    there = N_SIMULEES if n_items <= 5_000 else 200
    n = there if n_simulees is None else min(n_simulees, there)
    theta = np.random.default_rng(7).normal(0, 1, N_SIMULEES)[:n]
    rng = np.random.default_rng(100 + seed)
    responses = np.empty((n, n_items), np.uint8)
    for start in range(0, n, 100):
        rows = slice(start, min(start + 100, n))
        drawn = rng.random((min(100, there - start), n_items))[: rows.stop - start]
        responses[rows] = drawn < probability(theta[rows], items)
    return Case(items, theta, responses)


def equal_correlations(n_competencies: int, correlation: float) -> Floats:
    """Unit variances, equal correlations."""
    return np.full((n_competencies, n_competencies), correlation) + (1.0 - correlation) * np.eye(
        n_competencies
    )
