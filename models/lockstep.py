"""Adaptive tests of many simulees at once: every step is a few array operations over all of them.

What one step does for one simulee in `models.adaptive` is done here for a block of them: the cell
of each ability, the heads of its ranked lists that are not yet used, one answer, one row of the
likelihood. A block is small enough for its arrays to stay in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from models.beliefs import Beliefs, GridBeliefs, LoggedBeliefs, ProfileBeliefs, table_on
from models.decisions import interval_side, posterior_side, sequential_side
from models.gains import Rule
from models.likelihood import score_table
from models.parameters import Bools, Floats, Ints
from models.prepared_bank import CELL, LOWEST, N_CELLS, PreparedBank
from models.stopping import StoppingRule, evidence

Scores = npt.NDArray[np.int8]
DECISIONS = ("sprt", "posterior-odds", "interval-one-sided", "interval-two-sided")
REASONS = ("", "precision", "length", "exhausted", "information", *DECISIONS)
_CELLS_PER_BLOCK = 32_000_000  # simulees x items: one byte each says what a simulee may not get
_SMALL_BLOCK = 200_000  # the same where each step reads all of them
_FEWEST, _LARGEST_BLOCK, _LARGEST_PROFILES = 50, 1_000, 400


@dataclass(frozen=True, slots=True)
class Design:
    """What all simulated tests have in common.

    Attributes
    ----------
    bank, stopping : as in `simulate_adaptive_tests`
    rule : "target", "D", "A" or "information"
    target, weights : shape (K,); target variance and weight of each competency
    minimum, maximum : shape (K,); items of each competency, None without a blueprint
    foes : shape (n_items + 1, most enemies); items that leave with an item, padded with n_items
    randomesque : lot among this many near-best items
    halfway : judge items halfway between estimate and cut
    odds : shape (n_rows,); what each answer adds to the log-likelihood ratio of a sequential
        decision, rows as in `PreparedBank.log_likelihood`; None without one
    """

    bank: PreparedBank
    stopping: StoppingRule
    rule: Rule
    target: Floats
    weights: Floats | None
    minimum: Ints | None
    maximum: Ints | None
    foes: Ints | None
    randomesque: int
    halfway: bool
    odds: Floats | None

    @property
    def cuts(self) -> Floats:
        """Shape (K,); nan where there is none."""
        cut = np.nan if self.stopping.cut is None else self.stopping.cut
        return np.broadcast_to(np.asarray(cut, dtype=np.float64), (self.bank.n_competencies,))


@dataclass(slots=True)
class Block:
    """The tests of one block while they run.

    `rows`, `truth` and `beliefs` hold the running tests only; the other arrays hold all tests of
    the block, so that nothing large is copied when tests end.

    Attributes
    ----------
    rows : shape (n,); the running tests
    taken : shape (n_block, n_items + 1); what a simulee may not get (again); the last column is
        the padding of lists and always taken
    supply, counts : shape (n_block, K); items left and given
    items, scores : shape (n_block, longest); -1 where none was given
    evidence : shape (n_block, K); log-likelihood ratios of a sequential decision
    """

    design: Design
    beliefs: Beliefs
    truth: Floats
    rows: Ints
    taken: Bools
    supply: Ints
    counts: Ints
    items: npt.NDArray[np.int32]
    scores: Scores
    evidence: Floats
    rng: np.random.Generator
    position: int = 0
    held: Bools | None = None  # (n_block, n_items); `taken` only because a lottery withholds it
    luck: Floats | None = None  # (n_block, n_items); lots of a lottery that goes by ability
    place: Floats = field(default_factory=lambda: np.empty(0))
    cell: Ints = field(default_factory=lambda: np.empty(0, dtype=np.intp))

    def locate(self) -> None:
        """Where the next items are judged, shape (n, K), and the cells of these abilities."""
        self.place = self.beliefs.mean
        if self.design.halfway:
            cut = self.design.cuts
            self.place = np.where(np.isnan(cut), self.place, 0.5 * (self.place + cut))
        cell = np.rint((self.place - LOWEST) / CELL).astype(np.intp)
        self.cell = np.clip(cell, 0, N_CELLS - 1)

    def is_taken(self, items: Ints) -> Bools:
        """Which of some items, shape (n, ...), each running simulee may not get."""
        base = self.rows * self.taken.shape[1]
        index = base.reshape(-1, *(1 for _ in items.shape[1:])) + items
        result: Bools = self.taken.reshape(-1)[index]
        return result

    def allowed(self) -> Bools:
        """Shape (n, K); competencies with items left that the blueprint allows now."""
        supply, counts = self.supply[self.rows], self.counts[self.rows]
        if self.design.minimum is None or self.design.maximum is None:
            return np.asarray(supply > 0, dtype=np.bool_)
        to_come = self.design.stopping.max_items - counts.sum(axis=1)
        need = np.minimum(np.maximum(self.design.minimum - counts, 0), supply)
        can: Bools = np.minimum(self.design.maximum - counts, supply) > 0
        tight = need.sum(axis=1) >= to_come
        can[tight] &= need[tight] > 0
        return can

    def take(self, items: Ints) -> None:
        """Mark the chosen items and their enemies; `items` has shape (n,)."""
        competency = self.design.bank.competency[items]
        self.counts[self.rows, competency] += 1
        if self.design.foes is None:
            self.taken[self.rows, items] = True
            self.supply[self.rows, competency] -= 1
            return
        leaving = self.design.foes[items]
        fresh = ~self.is_taken(leaving)
        if self.held is not None:
            inside = np.minimum(leaving, self.held.shape[1] - 1)
            fresh |= self.held[self.rows[:, None], inside] & (leaving == inside)
            self.held[self.rows[:, None], inside] &= leaving != inside
        padded = np.append(self.design.bank.competency, 0)
        for k in range(self.supply.shape[1]):
            self.supply[self.rows, k] -= (fresh & (padded[leaving] == k)).sum(axis=1)
        self.taken[self.rows[:, None], leaving] = True

    def release(self, rows: Bools) -> None:
        """Give back what the lottery withholds from some of the running simulees."""
        if self.held is not None:
            mine = self.rows[rows]
            self.taken[mine, :-1] &= ~self.held[mine]
            self.held[mine] = False


class Selector(Protocol):
    """Chooses the next item of every running simulee: shape (n,), -1 where there is none."""

    def __call__(self, block: Block) -> Ints: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one block's tests gave; rows as in the abilities handed in."""

    mean: Floats
    covariance: Floats
    counts: Ints
    items: npt.NDArray[np.int32]
    scores: Scores
    reasons: npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Tables:
    """Likelihoods of all answers, shared by the blocks."""

    nodes: Floats
    log_likelihood: Floats
    likelihood: Floats  # the same as probabilities; empty with several competencies

    @classmethod
    def of(cls, design: Design) -> Tables:
        """For a design's bank and longest test."""
        bank = design.bank
        nodes, table = table_on(bank, min(design.stopping.max_items, len(bank)))
        plain = np.exp(table) if bank.n_competencies == 1 else np.empty((0, nodes.size))
        return cls(nodes, table, plain)


def block_size(bank: PreparedBank, n: int, whole_bank: bool = False) -> int:
    """Simulees done together; fewer where each step looks at the whole bank."""
    most = _LARGEST_BLOCK if bank.n_competencies == 1 else _LARGEST_PROFILES
    cells = _SMALL_BLOCK if whole_bank else _CELLS_PER_BLOCK
    return min(n, most, max(_FEWEST, cells // (len(bank) + 1)))


# simulees, generator -> items withheld (n, n_items), or lots (n, n_items) if it goes by ability
Lottery = Callable[[int, np.random.Generator], tuple[Bools | None, Floats | None]]
Answer = Callable[[Ints, Ints], Scores]  # running rows, their items -> scores


def run_block(
    design: Design,
    tables: Tables,
    truth: Floats,
    answer: Answer,
    selector: Selector,
    rng: np.random.Generator,
    lottery: Lottery | None = None,
) -> Outcome:
    """Run the tests of one block to their ends.

    Parameters
    ----------
    truth : shape (n, K); true abilities
    lottery : withholds items before the test; a selector that releases them must know of it
    """
    bank, n = design.bank, len(truth)
    block = _start(design, tables, truth, rng, lottery)
    outcome = Outcome(
        np.tile(bank.prior.mean, (n, 1)),
        np.tile(bank.prior.covariance, (n, 1, 1)),
        block.counts,
        block.items,
        block.scores,
        np.zeros(n, dtype=np.int8),
    )
    while block.rows.size:
        reason = _stops(block)
        going = reason == 0
        item = np.full(block.rows.size, -1, dtype=np.intp)
        if going.any() or design.stopping.least_information > 0:
            block.locate()
            item = selector(block)
            reason[going & (item < 0)] = REASONS.index("exhausted")
            _stop_poor(block, item, reason)
        if (reason > 0).any():
            _finish(block, outcome, reason)
            item = item[reason == 0]
        if block.rows.size:
            _give(block, item, answer)
    return outcome


def _start(
    design: Design, tables: Tables, truth: Floats, rng: np.random.Generator, lottery: Lottery | None
) -> Block:
    bank, n = design.bank, len(truth)
    longest = min(design.stopping.max_items, len(bank))
    taken = np.zeros((n, len(bank) + 1), dtype=np.bool_)
    taken[:, -1] = True
    sizes = np.array([mine.size for mine in bank.members])
    supply = np.tile(sizes, (n, 1))
    held, luck = (None, None) if lottery is None else lottery(n, rng)
    if held is not None:
        taken[:, :-1] = held
    beliefs: Beliefs
    if bank.sets:
        beliefs = LoggedBeliefs(n, bank)
    elif bank.n_competencies == 1:
        beliefs = GridBeliefs(n, bank, tables.nodes, tables.likelihood)
    else:
        beliefs = ProfileBeliefs(n, bank, tables.nodes, tables.log_likelihood)
    return Block(
        design,
        beliefs,
        truth,
        np.arange(n),
        taken,
        supply,
        np.zeros((n, bank.n_competencies), dtype=np.intp),
        np.full((n, longest), -1, dtype=np.int32),
        np.full((n, longest), -1, dtype=np.int8),
        np.zeros((n, bank.n_competencies)),
        rng,
        held=held,
        luck=luck,
    )


def _stops(block: Block) -> npt.NDArray[np.int8]:
    """Why each running test ends now, an index into REASONS; as `should_stop` says it."""
    stopping = block.design.stopping
    reason = np.zeros(block.rows.size, dtype=np.int8)
    if block.position >= stopping.max_items:
        reason[:] = REASONS.index("length")
    if block.position < stopping.min_items:
        return reason
    variance = block.beliefs.covariance.diagonal(axis1=1, axis2=2)
    if stopping.precision:
        reason[(variance <= block.design.target).all(axis=1)] = REASONS.index("precision")
    if stopping.decision != "none":
        sides = _sides(block, np.sqrt(variance))
        decided = ((sides != 0) | np.isnan(block.design.cuts)).all(axis=1)
        reason[decided] = REASONS.index(stopping.decision_name)
    return reason


def _stop_poor(block: Block, item: Ints, reason: npt.NDArray[np.int8]) -> None:
    """End the tests whose next item would tell too little; writes into `reason`."""
    least = block.design.stopping.least_information
    if least <= 0 or block.position < block.design.stopping.min_items:
        return
    open_ = (reason == 0) | (reason == REASONS.index("length"))
    there = np.flatnonzero((item >= 0) & open_)
    bank = block.design.bank
    for row in there:
        theta = block.place[row, bank.competency[item[row]]]
        if bank.information(float(theta), item[row : row + 1])[0] < least:
            reason[row] = REASONS.index("information")


def _sides(block: Block, error: Floats) -> Ints:
    """Side of the cut decided for each competency, shape (n, K); as `sides_of_cut` says it."""
    stopping, cut = block.design.stopping, block.design.cuts
    if stopping.decision == "sprt":
        return sequential_side(block.evidence[block.rows], stopping.alpha, stopping.beta)
    if stopping.decision == "posterior":
        return posterior_side(block.beliefs.mean, error, cut, stopping.confidence)
    return interval_side(block.beliefs.mean, error, cut, stopping.confidence, stopping.sides)


def _finish(block: Block, outcome: Outcome, reason: npt.NDArray[np.int8]) -> None:
    """Store the end of the tests that end, and drop them from the running ones."""
    ends = reason > 0
    rows = block.rows[ends]
    mean, covariance, poor = block.beliefs.final(ends, block.counts[rows])
    given = block.items[rows, : block.position]
    for number in np.flatnonzero(poor):
        scores = block.scores[rows[number], : block.position]
        profile = block.design.bank.profile(given[number].astype(np.intp), scores)
        mean[number], covariance[number] = profile.mean, profile.covariance
    outcome.mean[rows], outcome.covariance[rows] = mean, covariance
    outcome.reasons[rows] = reason[ends]
    block.beliefs.keep(~ends)
    block.rows = block.rows[~ends]
    block.truth = block.truth[~ends]


def _give(block: Block, item: Ints, answer: Answer) -> None:
    """One answer of every running simulee."""
    score = answer(block.rows, item)
    block.take(item)
    block.items[block.rows, block.position] = item
    block.scores[block.rows, block.position] = score
    block.position += 1
    _weigh(block, item, score)
    block.beliefs.update(item, score.astype(np.intp))


def enemy_table(enemies: Sequence[Sequence[int]], n_items: int) -> Ints | None:
    """Items that leave with each item, itself included; padded with `n_items`."""
    foes: dict[int, set[int]] = {}
    for group in enemies:
        if any(not 0 <= item < n_items for item in group):
            raise ValueError(f"enemies must hold item numbers 0..{n_items - 1}")
        for item in group:
            foes.setdefault(item, set()).update(group)
    if not foes:
        return None
    table = np.full((n_items + 1, max(map(len, foes.values()))), n_items, dtype=np.intp)
    table[:, 0] = np.arange(n_items + 1)
    for item, group_of in foes.items():
        others = sorted(group_of - {item})
        table[item, 1 : 1 + len(others)] = others
    return table


def _weigh(block: Block, item: Ints, score: Scores) -> None:
    """Add the answers to the evidence of a sequential decision."""
    design, bank = block.design, block.design.bank
    if design.odds is None:
        return
    if not bank.sets:
        rows = bank.offsets[item] + score
        block.evidence[block.rows, bank.competency[item]] += design.odds[rows]
        return
    for person in block.rows:
        given = block.items[person, : block.position]
        scores = block.scores[person, : block.position]
        cut, delta = design.cuts, design.stopping.delta
        block.evidence[person] = evidence(bank, given, scores, cut, delta)


def odds_of_answers(bank: PreparedBank, stopping: StoppingRule) -> Floats | None:
    """What each answer adds to the log-likelihood ratio of cut + delta against cut - delta."""
    if stopping.decision != "sprt" or stopping.cut is None:
        return None
    cuts = np.broadcast_to(np.asarray(stopping.cut, dtype=np.float64), (bank.n_competencies,))
    odds = np.zeros(bank.log_likelihood.shape[0])
    for k in np.flatnonzero(~np.isnan(cuts)):
        ends = cuts[k] + stopping.delta * np.array([-1.0, 1.0])
        table = score_table(ends, bank.items.take(bank.members[k]))
        odds[bank.competency[bank.row_item] == k] = table[:, 1] - table[:, 0]
    return odds
