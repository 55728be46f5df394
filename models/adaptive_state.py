"""One adaptive test while it runs: an answer is added to what is known, nothing is refitted.

A state never changes; `answer` gives the next one. What it knows equals what `PreparedBank.profile`
computes from the whole log: to about 1e-12 for one competency, to about 1e-7 for several, where
expectation propagation goes on from the sites before the answer to the same fixed point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.gains import information_gain
from models.lattice import STANDARD, Posterior, posterior, updated
from models.likelihood import NODES, log_likelihood
from models.parameters import Bools, Floats, Ints
from models.prepared_bank import CELL, LOWEST, N_CELLS, PreparedBank
from models.profile import Answers, Profile
from models.propagation import converge
from models.response_functions import logistic
from models.selection import Rule, select_item
from models.testlets import ALONE

_TINY = 1e-300
_QUICK_RULES = ("target", "D", "A", "information")


@dataclass(frozen=True, slots=True)
class AdaptiveState:
    """Where one test stands after its answers.

    Attributes
    ----------
    bank : shared by all tests
    given, scores : items given so far and the scores, in order
    profile : posterior of the abilities
    log_likelihood : shape (K, n_nodes); of the answers, at the nodes of the bank
    sites : shape (2, K); of expectation propagation, to start from
    alone : the posterior of the only competency; None where there are several
    used : the items given, as a set

    Examples
    --------
    >>> from models import AdaptiveState, ItemParameters, prepare_bank
    >>> bank = prepare_bank(ItemParameters.of(1.2, [-1.0, 0.0, 1.0]), [0, 0, 0], [[1]])
    >>> state = AdaptiveState.start(bank)
    >>> state.next_item()
    1
    >>> state = state.answer(1, 1)
    >>> state.profile.mean.round(2).tolist(), state.next_item()
    ([0.47], 2)
    """

    bank: PreparedBank
    given: tuple[int, ...]
    scores: tuple[int, ...]
    profile: Profile
    log_likelihood: Floats
    sites: Floats
    alone: Posterior | None
    used: frozenset[int]

    @classmethod
    def start(cls, bank: PreparedBank) -> AdaptiveState:
        """Before the first item: the prior."""
        k = bank.n_competencies
        profile = Profile(bank.prior.mean, bank.prior.covariance, np.zeros(k, dtype=np.intp))
        alone = Posterior(0.0, 1.0, STANDARD, STANDARD.log_prior) if k == 1 else None
        nodes, sites = np.zeros((k, NODES.size)), np.zeros((2, k))
        return cls(bank, (), (), profile, nodes, sites, alone, frozenset())

    def answer(self, item: int, score: int) -> AdaptiveState:
        """The state after one more answer.

        Raises
        ------
        ValueError
            The item is not in the bank or was given before, or the score is not possible.
        """
        bank = self.bank
        item, score = int(item), int(score)
        self._check(item, score)
        k = int(bank.competency[item])
        given, scores = (*self.given, item), (*self.scores, score)
        table = self._with_row(item, score, k)
        answered = self.profile.answered.copy()
        answered[k] += 1
        sites, alone = self.sites, None
        if self.alone is not None:
            alone = self._one_more(item, score, table, given, scores)
            deviation = float(bank.prior.deviation[0])
            mean = bank.prior.mean + deviation * alone.mean
            covariance = np.array([[(deviation * alone.spread) ** 2]])
        else:
            mean, covariance, sites = converge(
                table,
                answered > 0,
                bank.prior,
                lambda area, nodes: _answers(bank, given, scores).log_likelihood(area, nodes),
                sites,
                (self.profile.mean, self.profile.covariance, k),
            )
        profile = Profile(mean, covariance, answered)
        return AdaptiveState(bank, given, scores, profile, table, sites, alone, self.used | {item})

    def _check(self, item: int, score: int) -> None:
        bank = self.bank
        if not 0 <= item < len(bank):
            raise ValueError(f"item must be a number 0..{len(bank) - 1}")
        if item in self.used:
            raise ValueError(f"item {item} was given before in this test")
        highest = int(bank.offsets[item + 1] - bank.offsets[item]) - 1
        if not 0 <= score <= highest:
            raise ValueError(f"a score on item {item} is a whole number from 0 to {highest}")

    def _with_row(self, item: int, score: int, competency: int) -> Floats:
        """Log-likelihood at the nodes with one more answer."""
        bank = self.bank
        table = self.log_likelihood.copy()
        effect = int(bank.testlets.effect[item])
        if effect == ALONE:
            table[competency] += bank.log_likelihood[int(bank.offsets[item]) + score]
            return table
        effects = bank.testlets.effect
        before = [
            (i, x) for i, x in zip(self.given, self.scores, strict=True) if effects[i] == effect
        ]
        if before:
            table[competency] -= self._of_set(before)
        table[competency] += self._of_set([*before, (item, score)])
        return table

    def _of_set(self, answers: list[tuple[int, int]]) -> Floats:
        items, scores = np.array(sorted(answers), dtype=np.intp).T
        return self.bank.testlets.log_likelihood(items, scores)

    def _one_more(
        self, item: int, score: int, table: Floats, given: tuple[int, ...], scores: tuple[int, ...]
    ) -> Posterior:
        """The posterior of the only competency."""
        bank, before = self.bank, self.alone
        centre, scale = float(bank.prior.mean[0]), float(bank.prior.deviation[0])
        found = None
        if before is not None and before.window is not STANDARD:
            if bank.testlets.effect[item] == ALONE:
                nodes = centre + scale * before.window.nodes
                found = updated(before, item_log_likelihood(bank, item, score, nodes))
        else:
            log_posterior = table[0] + STANDARD.log_prior
            mean, spread = STANDARD.moments(log_posterior)
            if STANDARD.fits(mean, spread):
                found = Posterior(mean, spread, STANDARD, log_posterior)
        if found is not None:
            return found
        answers = _answers(bank, given, scores)
        return posterior(
            table[0] + STANDARD.log_prior,
            lambda nodes: answers.log_likelihood(0, centre + scale * nodes),
        )

    def next_item(
        self, rule: Rule = "target", *, available: Bools | None = None, **options: Any
    ) -> int | None:
        """What `select_item` chooses now, found without looking through the bank.

        Parameters
        ----------
        available : shape (n_items,); items that may be given at all, of the unused ones
        options : of `select_item`; with `rng`, `at` or `allowed_competencies`, or where the bank
            has sets, it is that function that chooses
        """
        plain = set(options) <= {"target_variance", "weights"} and not self.bank.sets
        if plain and rule in _QUICK_RULES:
            leaders = self._leaders(available)
            if leaders is not None:
                return self._best_of(leaders, rule, **options)
        free = np.ones(len(self.bank), dtype=np.bool_) if available is None else available.copy()
        free[list(self.given)] = False
        administered = self.given if self.bank.sets else None
        return select_item(
            self.profile, self.bank, rule=rule, available=free, administered=administered, **options
        )

    def _leaders(self, available: Bools | None) -> list[int] | None:
        """The best unused item of each competency; None if a list has come to its end."""
        leaders = []
        for k, theta in enumerate(self.profile.mean.tolist()):
            cell = min(max(round((theta - LOWEST) / CELL), 0), N_CELLS - 1)
            head = self._first_unused(self.bank.ranked[k, cell], available)
            if head is None:
                return None
            leaders.append(head)
        return leaders

    def _first_unused(self, ranked: Ints, available: Bools | None) -> int | None:
        used = self.used
        for start in (0, 8):  # most often one of the first
            for item in ranked[start : 8 if start == 0 else None].tolist():
                if item not in used and item >= 0 and (available is None or available[item]):
                    return int(item)
        return None

    def _best_of(self, leaders: list[int], rule: Rule, **options: Any) -> int:
        if len(leaders) == 1:
            return leaders[0]
        items = np.array(leaders, dtype=np.intp)
        amount = self.bank.information(self.profile.mean, items)
        gain = information_gain(
            amount,
            self.profile.covariance,
            rule,
            options.get("target_variance"),
            options.get("weights"),
        )
        return leaders[int(gain.argmax())]


def _answers(bank: PreparedBank, given: tuple[int, ...], scores: tuple[int, ...]) -> Answers:
    rows = bank.offsets[np.array(given, dtype=np.intp)] + np.array(scores, dtype=np.intp)
    rows.sort()
    return bank.answers_of(rows)


def item_log_likelihood(bank: PreparedBank, item: int, score: int, theta: Floats) -> Floats:
    """Log probability of one score on one item of the bank, shape of `theta`."""
    if bank.graded:
        one = np.array([item])
        return log_likelihood(theta, bank.items.take(one), np.array([score]))
    a, b, c, d = bank.parameters[:, item].tolist()
    x = a * (theta - b)
    p = c + (d - c) * logistic(x) if score == 1 else (1.0 - d) + (d - c) * logistic(-x)
    result: Floats = np.log(np.maximum(p, _TINY))
    return result
