"""Simulated adaptive tests: what a published exam would do, before it is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from models.adaptive import PreparedBank, Rule, StoppingRule, select_item, should_stop
from models.content import allowed_competencies
from models.likelihood import NODES, fits_grid
from models.parameters import Floats, Ints
from models.profile import Profile, propagate
from models.response_functions import logistic

Scores = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class AdaptiveSimulation:
    """Outcome of simulated adaptive tests.

    Attributes
    ----------
    theta, estimate, standard_error : shape (n_simulees, K); true and estimated, logits
    length : shape (n_simulees,); items given
    counts : shape (n_simulees, K); items given of each competency
    exposure : shape (n_items,); share of the simulees who met the item
    reasons : why each test ended
    """

    theta: Floats
    estimate: Floats
    standard_error: Floats
    length: Ints
    counts: Ints
    exposure: Floats
    reasons: tuple[str, ...]

    @property
    def mean_length(self) -> float:
        """Items a test."""
        return float(self.length.mean())

    @property
    def bias(self) -> Floats:
        """Shape (K,); mean of estimate minus truth."""
        result: Floats = (self.estimate - self.theta).mean(axis=0)
        return result

    @property
    def rmse(self) -> Floats:
        """Shape (K,); root of the mean squared error."""
        result: Floats = np.sqrt(((self.estimate - self.theta) ** 2).mean(axis=0))
        return result

    @property
    def coverage(self) -> Floats:
        """Shape (K,); share of 95 % intervals that hold the truth."""
        inside = np.abs(self.estimate - self.theta) <= 1.959963984540054 * self.standard_error
        result: Floats = inside.mean(axis=0)
        return result


@dataclass(slots=True)
class _State:
    """The tests while they run; one row a simulee."""

    log_likelihood: Floats  # (n, K, n_nodes)
    sites: Floats  # (2, n, K)
    available: npt.NDArray[np.bool_]  # (n, n_items)
    counts: Ints  # (n, K)
    given: list[list[int]]
    scores: list[list[int]]

    @classmethod
    def start(cls, n: int, bank: PreparedBank) -> Self:
        """Before the first item."""
        k = bank.n_competencies
        return cls(
            np.zeros((n, k, NODES.size)),
            np.zeros((2, n, k)),
            np.ones((n, len(bank)), dtype=np.bool_),
            np.zeros((n, k), dtype=np.intp),
            [[] for _ in range(n)],
            [[] for _ in range(n)],
        )

    def give(self, person: int, item: int, score: int, bank: PreparedBank, foes: list[int]) -> None:
        """Record an answer; the item and its enemies leave."""
        competency = bank.competency[item]
        self.log_likelihood[person, competency] += bank.log_likelihood[2 * item + score]
        self.counts[person, competency] += 1
        self.available[person, item] = False
        self.available[person, foes] = False
        self.given[person].append(item)
        self.scores[person].append(score)


def simulate_adaptive_tests(
    theta: npt.ArrayLike,
    bank: PreparedBank,
    stopping: StoppingRule,
    rng: np.random.Generator,
    *,
    rule: Rule = "target",
    weights: npt.ArrayLike | None = None,
    blueprint: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    enemies: Sequence[Sequence[int]] = (),
    randomesque: int = 1,
    responses: Scores | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> AdaptiveSimulation:
    """Give adaptive tests to simulated persons.

    Parameters
    ----------
    theta : shape (n_simulees, K), or (n_simulees,) for one competency; true abilities
    rule, weights, randomesque : as in `select_item`
    blueprint : fewest and most items of each competency, from `quotas` for `stopping.max_items`
    enemies : groups of items of which one test gets at most one
    responses : shape (n_simulees, n_items); scores to use instead of drawing them
    progress : called with the share done and a note; may raise to cancel

    Raises
    ------
    ValueError
        Shapes do not fit the bank.
    """
    truth = np.asarray(theta, dtype=np.float64)
    truth = truth[:, None] if truth.ndim == 1 else truth
    if truth.ndim != 2 or truth.shape[1] != bank.n_competencies or truth.shape[0] == 0:
        raise ValueError(f"theta must have {bank.n_competencies} columns and at least one row")
    answers = _draw(truth, bank, rng) if responses is None else responses
    if answers.shape != (truth.shape[0], len(bank)):
        raise ValueError("responses must have one row a simulee and one column an item")
    foes = _enemy_groups(enemies, len(bank))
    target = np.broadcast_to(np.square(stopping.target_standard_error), bank.n_competencies)
    state = _State.start(truth.shape[0], bank)

    def choose(person: int, profile: Profile) -> int | None:
        return select_item(
            profile,
            bank,
            rule=rule,
            available=state.available[person],
            target_variance=target,
            weights=weights,
            allowed_competencies=_allowed(person, state, bank, stopping, blueprint),
            rng=rng,
            randomesque=randomesque,
        )

    final: dict[int, tuple[Profile, str]] = {}
    running = list(range(truth.shape[0]))
    while running:
        going = []
        for person, profile in zip(running, _profiles(running, state, bank), strict=True):
            reason = should_stop(profile, len(state.given[person]), stopping)
            item = choose(person, profile) if reason is None else None
            if item is None:
                final[person] = profile, reason or "exhausted"
                continue
            state.give(person, item, int(answers[person, item]), bank, foes.get(item, []))
            going.append(person)
        running = going
        if progress is not None:
            progress(len(final) / len(truth), f"{len(final)} of {len(truth)} tests finished")
    return _outcome(truth, [final[person] for person in range(len(truth))], state)


def _draw(truth: Floats, bank: PreparedBank, rng: np.random.Generator) -> Scores:
    a, b, c, d = bank.parameters
    p = c + (d - c) * logistic(a * (truth[:, bank.competency] - b))
    drawn: Scores = (rng.random(p.shape) < p).astype(np.int8)
    return drawn


def _enemy_groups(enemies: Sequence[Sequence[int]], n_items: int) -> dict[int, list[int]]:
    """Items that leave with an item."""
    foes: dict[int, list[int]] = {}
    for group in enemies:
        if any(not 0 <= item < n_items for item in group):
            raise ValueError(f"enemies must hold item numbers 0..{n_items - 1}")
        for item in group:
            foes.setdefault(item, []).extend(group)
    return foes


def _profiles(running: list[int], state: _State, bank: PreparedBank) -> list[Profile]:
    """Profiles of the running tests in one go; the few a common grid cannot hold are done alone."""
    counts = state.counts[running]
    mean, covariance, sites = propagate(
        state.log_likelihood[running], counts > 0, bank.prior.grid, state.sites[:, running]
    )
    state.sites[:, running] = sites
    spread = np.sqrt(covariance.diagonal(axis1=-2, axis2=-1))
    fits = fits_grid(np.zeros(1), np.ones(1), mean, spread)
    poor = np.any((counts > 0) & ~fits, axis=1)
    scale = bank.prior.deviation
    mean = bank.prior.mean + scale * mean
    covariance = covariance * (scale[:, None] * scale)
    profiles = []
    for row, person in enumerate(running):
        if poor[row]:
            profiles.append(bank.profile(state.given[person], state.scores[person]))
        else:
            profiles.append(Profile(mean[row], covariance[row], counts[row]))
    return profiles


def _allowed(
    person: int,
    state: _State,
    bank: PreparedBank,
    stopping: StoppingRule,
    blueprint: tuple[npt.ArrayLike, npt.ArrayLike] | None,
) -> npt.NDArray[np.bool_] | None:
    if blueprint is None:
        return None
    counts = state.counts[person]
    supply = np.bincount(bank.competency[state.available[person]], minlength=bank.n_competencies)
    left = stopping.max_items - int(counts.sum())
    return allowed_competencies(counts, left, *blueprint, supply)


def _outcome(truth: Floats, final: list[tuple[Profile, str]], state: _State) -> AdaptiveSimulation:
    met = np.bincount(
        np.concatenate([np.array(given, dtype=np.intp) for given in state.given]),
        minlength=state.available.shape[1],
    )
    return AdaptiveSimulation(
        truth,
        np.stack([profile.mean for profile, _ in final]),
        np.stack([profile.standard_error for profile, _ in final]),
        state.counts.sum(axis=1),
        state.counts,
        met / truth.shape[0],
        tuple(reason for _, reason in final),
    )
