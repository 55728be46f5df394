"""What is believed about many simulees' abilities while they are tested in lock-step.

One competency: the posterior on a grid, multiplied by one row an answer (Bock & Mislevy, 1982,
Applied Psychological Measurement 6, 431-444). Several: one likelihood grid a competency and normal
sites by expectation propagation, where a refreshed site is a rank-one change of the covariance.
Everything here is in node units, `(theta - mean) / deviation` of the prior of the competency.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from models.likelihood import (
    EDGE,
    NODES,
    STEP,
    fits_grid,
    score_table,
)
from models.parameters import Bools, Floats, Ints
from models.prepared_bank import PreparedBank
from models.profile import Profile
from models.propagation import propagate

_RESCALE = 8  # answers between two scalings of the posterior: a likelihood row is never tiny
_COARSEST = 0.8  # smallest posterior deviation in steps of the grid: moments good to 1e-5
_FINEST = 8  # the grid is at most this many times finer than the engine's


class Beliefs(Protocol):
    """Posterior of every simulee still being tested; rows are simulees."""

    @property
    def mean(self) -> Floats:
        """Shape (n, K); logits."""
        ...

    @property
    def covariance(self) -> Floats:
        """Shape (n, K, K)."""
        ...

    def update(self, item: Ints, score: Ints) -> None:
        """Take one answer of every simulee."""
        ...

    def final(self, rows: Bools, answered: Ints) -> tuple[Floats, Floats, Bools]:
        """Mean and covariance of some simulees at the end, and which of them need a finer grid."""
        ...

    def keep(self, rows: Bools) -> None:
        """Drop the simulees whose test has ended."""
        ...


def table_on(bank: PreparedBank, max_items: int) -> tuple[Floats, Floats]:
    """Nodes fine enough for tests of `max_items`, and the log-likelihood of every answer there.

    Returns
    -------
    nodes : shape (n_nodes,); in node units, the engine's own unless a test can become so precise
        that they would be too coarse
    log_likelihood : shape (n_rows, n_nodes); rows as in `bank.log_likelihood`
    """
    times = _fineness(bank, max_items)
    if times == 1:
        return NODES, bank.log_likelihood
    nodes = np.linspace(NODES[0], NODES[-1], times * (NODES.size - 1) + 1)
    table = np.empty((bank.log_likelihood.shape[0], nodes.size))
    for k, mine in enumerate(bank.members):
        theta = bank.prior.mean[k] + bank.prior.deviation[k] * nodes
        table[bank.competency[bank.row_item] == k] = score_table(theta, bank.items.take(mine))
    return nodes, table


def _fineness(bank: PreparedBank, max_items: int) -> int:
    """How many times finer than the engine's nodes the grid must be for the longest test."""
    ranked = np.maximum(bank.ranked_information, 0.0)  # (K, cells, depth), highest first
    depth = min(max_items, ranked.shape[2])
    # Behind the end of the lists no item tells more than their last one.
    behind = (max_items - depth) * ranked[:, :, depth - 1]
    most = (ranked[:, :, :depth].sum(axis=2) + behind).max(axis=1)
    finest = float((1.0 / np.sqrt(1.0 + most * bank.prior.deviation**2)).min())
    times = 1
    while finest < _COARSEST * STEP / times and times < _FINEST:
        times *= 2
    return times


class GridBeliefs:
    """One competency: the posterior itself at the nodes, shape (n, n_nodes)."""

    def __init__(self, n: int, bank: PreparedBank, nodes: Floats, likelihood: Floats) -> None:
        self._centre, self._unit = float(bank.prior.mean[0]), float(bank.prior.deviation[0])
        self._likelihood, self._offsets = likelihood, bank.offsets
        self._moments = np.ascontiguousarray(np.stack([np.ones_like(nodes), nodes, nodes**2]).T)
        self._density = np.tile(np.exp(-0.5 * nodes * nodes), (n, 1))
        self._answers = 0
        self._spread = np.ones(n)
        self._position = np.zeros(n)
        self._step = float(nodes[1] - nodes[0])

    @property
    def mean(self) -> Floats:
        result: Floats = (self._centre + self._unit * self._position)[:, None]
        return result

    @property
    def covariance(self) -> Floats:
        result: Floats = (self._unit**2 * self._spread)[:, None, None]
        return result

    def update(self, item: Ints, score: Ints) -> None:
        self._density *= self._likelihood.take(self._offsets[item] + score, axis=0)
        sums = self._density @ self._moments
        self._answers += 1
        if self._answers % _RESCALE == 0:
            self._density /= sums[:, :1]
        self._position = sums[:, 1] / sums[:, 0]
        self._spread = sums[:, 2] / sums[:, 0] - self._position**2

    def final(self, rows: Bools, answered: Ints) -> tuple[Floats, Floats, Bools]:
        spread = np.sqrt(self._spread[rows])
        poor = spread < _COARSEST * self._step
        poor |= np.abs(self._position[rows]) + EDGE * spread > NODES[-1]
        poor &= answered[:, 0] > 0
        return self.mean[rows], self.covariance[rows], poor

    def keep(self, rows: Bools) -> None:
        self._density = self._density[rows]
        self._position, self._spread = self._position[rows], self._spread[rows]


class ProfileBeliefs:
    """Several competencies: likelihoods (n, K, n_nodes) and normal sites (n, K)."""

    def __init__(self, n: int, bank: PreparedBank, nodes: Floats, log_likelihood: Floats) -> None:
        k = bank.n_competencies
        prior = bank.prior
        self._bank, self._rows, self._nodes = bank, log_likelihood, nodes
        self._moments = np.ascontiguousarray(np.stack([np.ones_like(nodes), nodes, nodes**2]).T)
        self._log_likelihood = np.zeros((n, k, nodes.size))
        self._precision, self._shift = np.zeros((n, k)), np.zeros((n, k))
        scaled = prior.covariance / np.outer(prior.deviation, prior.deviation)
        self._covariance = np.tile(scaled, (n, 1, 1))
        self._mean = np.zeros((n, k))
        self._lowest = float(prior.grid.lowest_site.max())
        self._least_variance = 0.25 * float(nodes[1] - nodes[0]) ** 2

    @property
    def mean(self) -> Floats:
        prior = self._bank.prior
        result: Floats = prior.mean + prior.deviation * self._mean
        return result

    @property
    def covariance(self) -> Floats:
        unit = self._bank.prior.deviation
        result: Floats = self._covariance * (unit[:, None] * unit)
        return result

    def update(self, item: Ints, score: Ints) -> None:
        competency = self._bank.competency[item]
        rows = np.arange(competency.size)
        table_row = self._bank.offsets[item] + score
        self._log_likelihood[rows, competency] += self._rows.take(table_row, axis=0)
        self._refresh(competency)
        for k in range(self._mean.shape[1]):
            self._refresh(np.full(competency.size, k))

    def _refresh(self, k: Ints) -> None:
        """Match the site of one competency of each simulee to the two moments of its tilted law."""
        rows = np.arange(k.size)
        column = self._covariance[rows, :, k]
        variance, mean = column[rows, k], self._mean[rows, k]
        cavity = 1.0 / variance - self._precision[rows, k]
        pull = mean / variance - self._shift[rows, k]
        weight = self._log_likelihood[rows, k]
        weight += pull[:, None] * self._nodes
        weight -= (0.5 * cavity)[:, None] * self._nodes**2
        weight -= weight.max(axis=1, keepdims=True)
        sums = np.exp(weight, out=weight) @ self._moments
        z = sums[:, 1] / sums[:, 0]
        spread = np.maximum(sums[:, 2] / sums[:, 0] - z * z, self._least_variance)
        precision = np.maximum(1.0 / spread - cavity, self._lowest)
        step = precision - self._precision[rows, k]
        push = z * (precision + cavity) - pull - self._shift[rows, k]
        growth = 1.0 + step * variance
        self._precision[rows, k] += step
        self._shift[rows, k] += push
        self._mean += column * ((push - step * mean) / growth)[:, None]
        self._covariance -= column[:, :, None] * (column * (step / growth)[:, None])[:, None, :]

    def final(self, rows: Bools, answered: Ints) -> tuple[Floats, Floats, Bools]:
        times = (self._nodes.size - 1) // (NODES.size - 1)
        prior, active = self._bank.prior, answered > 0
        sites = np.stack([self._precision[rows], self._shift[rows]]) * active
        mean, covariance, _ = propagate(
            self._log_likelihood[rows][..., ::times], active, prior.grid, sites
        )
        spread = np.sqrt(covariance.diagonal(axis1=-2, axis2=-1))
        coarse = active & ~fits_grid(np.zeros(1), np.ones(1), mean, spread)
        poor: Bools = np.logical_or.reduce(coarse, axis=1)
        unit = prior.deviation
        return prior.mean + unit * mean, covariance * (unit[:, None] * unit), poor

    def keep(self, rows: Bools) -> None:
        for name in ("_log_likelihood", "_precision", "_shift", "_covariance", "_mean"):
            setattr(self, name, getattr(self, name)[rows])


class LoggedBeliefs:
    """Any bank, sets under one stem too: each profile anew from the log of the answers."""

    def __init__(self, n: int, bank: PreparedBank) -> None:
        self._bank = bank
        self._items: list[list[int]] = [[] for _ in range(n)]
        self._scores: list[list[int]] = [[] for _ in range(n)]
        self._profiles: list[Profile] = [bank.profile([], [])] * n

    @property
    def mean(self) -> Floats:
        return np.stack([profile.mean for profile in self._profiles])

    @property
    def covariance(self) -> Floats:
        return np.stack([profile.covariance for profile in self._profiles])

    def update(self, item: Ints, score: Ints) -> None:
        for row, items in enumerate(self._items):
            items.append(int(item[row]))
            self._scores[row].append(int(score[row]))
            self._profiles[row] = self._bank.profile(items, self._scores[row])

    def final(self, rows: Bools, answered: Ints) -> tuple[Floats, Floats, Bools]:
        good = np.zeros(int(rows.sum()), dtype=np.bool_)
        return self.mean[rows], self.covariance[rows], good

    def keep(self, rows: Bools) -> None:
        kept = np.flatnonzero(rows)
        self._items = [self._items[row] for row in kept]
        self._scores = [self._scores[row] for row in kept]
        self._profiles = [self._profiles[row] for row in kept]
