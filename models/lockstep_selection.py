"""The next item of many simulees at once, by the rules of `models.adaptive`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.adaptive import CELL, LOWEST, N_CELLS, NEAR_BEST, PreparedBank, Rule, select_item
from models.exposure import ExposureControl, progressive_weight
from models.information import item_information
from models.lockstep import Block, Selector
from models.parameters import Bools, Floats, Ints
from models.profile import Profile
from models.response_functions import logistic

Float32s = npt.NDArray[np.float32]
_TIE_BREAK = 1e-6  # as in `models.adaptive`
_WITHHELD = np.float32(1e9)  # taken off the information of an item that may not be given
_LEAST_WEIGHT = 1e-4
VECTORISED = ("target", "D", "A", "information")


def selector_for(rule: Rule, bank: PreparedBank) -> Selector:
    """The selector of a rule: over all simulees at once where rule and bank allow it."""
    if bank.sets:
        return one_by_one
    if rule in VECTORISED:
        return best_items
    return any_items if rule == "random" else one_by_one


def best_items(block: Block) -> Ints:
    """The item `select_item` would give: the best competency's most informative item left."""
    heads, free = _heads(block)
    allowed = block.allowed()
    lead = free.argmax(axis=2)
    item = np.take_along_axis(heads, lead[:, :, None], axis=2)[:, :, 0]
    behind = allowed & ~np.take_along_axis(free, lead[:, :, None], axis=2)[:, :, 0]
    _search_behind(block, item, behind)
    if block.cell.shape[1] == 1:
        competency = np.zeros(len(item), dtype=np.intp)
    else:
        some = np.minimum(item, len(block.design.bank) - 1)
        gain = _gains(block, item_amount(block.design.bank, block.place, some))
        gain[~allowed] = -np.inf
        competency = gain.argmax(axis=1)
    rows = np.arange(len(item))
    chosen = item[rows, competency]
    if block.design.randomesque > 1:
        usual = ~behind[rows, competency]
        lot = _lot(block, heads[rows, competency], free[rows, competency], competency)
        chosen = np.where(usual, lot, chosen)
    chosen[~allowed[rows, competency]] = -1
    return chosen


def any_items(block: Block) -> Ints:
    """Any item left, each with the same chance."""
    free = ~block.taken[block.rows, :-1]
    free &= block.allowed()[:, block.design.bank.competency]
    number = free.cumsum(axis=1, dtype=np.int32)
    pick = (block.rng.random(len(free)) * number[:, -1]).astype(np.int32) + 1
    chosen = (number >= pick[:, None]).argmax(axis=1)
    return np.where(number[:, -1] > 0, chosen, -1)


def _heads(block: Block) -> tuple[Ints, Bools]:
    """Heads of each competency's list, shape (n, K, depth), and which of them are free.

    Where n items of a competency were given, n + 1 heads are enough, unless enemies left with them.
    """
    ranked = block.design.bank.ranked
    simple = block.design.foes is None and block.design.randomesque == 1
    used = int(block.counts[block.rows].max()) + 1 if simple else ranked.shape[2]
    depth = min(used, ranked.shape[2])
    heads = ranked[np.arange(ranked.shape[0]), block.cell, :depth]
    if ranked.shape[0] > 1 or depth == ranked.shape[2]:
        heads = np.where(heads < 0, block.taken.shape[1] - 1, heads)
    return heads, ~block.is_taken(heads)


def _search_behind(block: Block, item: Ints, behind: Bools) -> None:
    """Where all heads are used, look through the whole competency; writes into `item`."""
    bank, mean = block.design.bank, block.place
    for k in np.flatnonzero(behind.any(axis=0)):
        members = bank.members[k]
        some = np.flatnonzero(behind[:, k])
        amount = item_information(mean[some, k], bank.items.take(members))
        amount[block.taken[block.rows[some][:, None], members]] = -1.0
        item[some, k] = members[amount.argmax(axis=1)]


def _gains(block: Block, amount: Floats) -> Floats:
    """Gain of the best item of each competency, shape (n, K); as `models.adaptive` computes it.

    `amount` is the information of that item, shape (n, K).
    """
    design = block.design
    if design.rule == "information":
        return amount
    covariance = block.beliefs.covariance
    variance = covariance.diagonal(axis1=1, axis2=2)
    growth = 1.0 + amount * variance
    if design.rule == "D":
        d_gain: Floats = np.log(growth)
        return d_gain
    fall = covariance * covariance * (amount / growth)[:, :, None]  # (simulee, item, ability)
    weight = np.ones(variance.shape[1]) if design.weights is None else design.weights
    if design.rule == "A":
        a_gain: Floats = fall @ weight
        return a_gain
    ratio = (variance / design.target)[:, None, :]
    excess = np.log(np.maximum(ratio, 1.0) / np.maximum(ratio - fall / design.target, 1.0))
    gain: Floats = excess @ weight + _TIE_BREAK * np.log(growth)
    return gain


def item_amount(bank: PreparedBank, theta: Floats, item: Ints) -> Floats:
    """Information of one item at one ability each; `theta` and `item` have one shape."""
    a, b, c, d = bank.parameters[:, item]
    x = a * (theta - b)
    p, span = logistic(x), d - c
    right, wrong = c + span * p, (1.0 - d) + span * (1.0 - p)
    amount: Floats = (a * span * p * (1.0 - p)) ** 2 / np.maximum(right * wrong, 1e-300)
    if bank.graded:
        for index in zip(*np.nonzero(bank.items.is_polytomous[item]), strict=True):
            one = item_information(theta[index], bank.items.take([int(item[index])]))
            amount[index] = one[0]
    return amount


def _lot(block: Block, heads: Ints, free: Bools, competency: Ints) -> Ints:
    """One of the best free heads of the chosen competency, near the best in information."""
    rows = np.arange(len(heads))
    amount = block.design.bank.ranked_information[competency, block.cell[rows, competency]]
    amount = amount[:, : heads.shape[1]]
    best = amount[rows, free.argmax(axis=1)]
    number = (free & (amount >= NEAR_BEST * best[:, None])).cumsum(axis=1)
    most = np.minimum(number[:, -1], block.design.randomesque)
    pick = (block.rng.random(len(heads)) * most).astype(np.intp) + 1
    chosen: Ints = heads[rows, (number >= pick[:, None]).argmax(axis=1)]
    return chosen


def one_by_one(block: Block) -> Ints:
    """Rules that weigh more than the head of each list: `select_item` for one after another."""
    design = block.design
    allowed = block.allowed()
    mean, covariance = block.beliefs.mean, block.beliefs.covariance
    chosen = np.full(len(mean), -1, dtype=np.intp)
    for row, person in enumerate(block.rows):
        if not allowed[row].any():
            continue
        item = select_item(
            Profile(mean[row], covariance[row], block.counts[person]),
            design.bank,
            rule=design.rule,
            available=~block.taken[person, :-1],
            target_variance=design.target,
            weights=design.weights,
            allowed_competencies=allowed[row],
            rng=block.rng,
            randomesque=design.randomesque,
            at=block.place[row],
            administered=block.items[person, : block.position],
        )
        chosen[row] = -1 if item is None else item
    return chosen


class ControlledItems:
    """Selection under exposure control: `select_controlled_item` for all simulees at once."""

    def __init__(self, control: ExposureControl, bank: PreparedBank) -> None:
        self._control = control
        self._price = control.price.astype(np.float32)
        cells = LOWEST + CELL * np.arange(N_CELLS)
        self._amount = [
            item_information(cells, bank.items.take(mine)).astype(np.float32)
            for mine in bank.members
        ]

    def lottery(self, n: int, rng: np.random.Generator) -> tuple[Bools | None, Floats | None]:
        """What is withheld from each of n simulees, or their lots if that goes by ability."""
        luck = rng.random((n, self._control.n_items))
        if self._control.by_ability:
            return None, luck
        return luck >= self._control.eligibility, None

    def __call__(self, block: Block) -> Ints:
        """The next item of every running simulee."""
        amount = [self._amount_of(k, block) for k in range(len(self._amount))]
        allowed = block.allowed()
        best = np.stack([each.max(axis=1, initial=-1.0) for each in amount], axis=1)
        gain = _gains(block, np.maximum(best, 0.0).astype(np.float64))
        gain[~allowed | (best < 0)] = -np.inf
        competency = gain.argmax(axis=1)
        there = np.isfinite(gain[np.arange(len(gain)), competency])
        chosen = np.full(len(gain), -1, dtype=np.intp)
        for k, members in enumerate(block.design.bank.members):
            mine = there & (competency == k)
            if mine.all():
                chosen[:] = members[self._score(k, amount[k], best[:, k], block).argmax(axis=1)]
            elif mine.any():
                score = self._score(k, amount[k][mine], best[mine, k], block)
                chosen[mine] = members[score.argmax(axis=1)]
        return chosen

    def _score(self, k: int, amount: Float32s, best: Float32s, block: Block) -> Float32s:
        """Weighted sum of chance and information less its price; far below 0 for withheld items."""
        weight = 1.0
        if self._control.progressive:
            weight = progressive_weight(block.position, self._control.length)
        weight = max(weight, _LEAST_WEIGHT)  # even the first item must not be a withheld one
        score: Float32s = (amount - self._price[block.design.bank.members[k]]) * np.float32(weight)
        if weight < 1.0:
            # Sixteen random bits for each item are enough and cheaper than a float.
            bits = np.frombuffer(block.rng.bytes(2 * score.size), dtype=np.uint16)
            scale = ((1.0 - weight) / 65536.0 * best).astype(np.float32)
            score += bits.reshape(score.shape) * scale[:, None]
        return score

    def _amount_of(self, k: int, block: Block) -> Float32s:
        """Information of one competency's items at the estimates, far below 0 where withheld.

        A lottery does not cut a test short: who has nothing left gets what it withheld.
        """
        amount = self._amount[k][block.cell[:, k]]
        taken = self._taken(k, block)
        withheld: Bools = taken
        if block.luck is not None:
            withheld = np.logical_or(taken, self._withheld(k, block))
        nothing: Bools = np.logical_and.reduce(withheld, axis=1)
        if nothing.any():
            block.release(nothing)
            withheld = withheld.copy()
            withheld[nothing] = self._taken(k, block)[nothing]
        amount -= withheld * _WITHHELD
        return amount

    def _taken(self, k: int, block: Block) -> Bools:
        if len(self._amount) == 1:
            every = block.taken if len(block.rows) == len(block.taken) else block.taken[block.rows]
            return every[:, :-1]
        return block.taken[block.rows[:, None], block.design.bank.members[k]]

    def _withheld(self, k: int, block: Block) -> Bools:
        """What a lottery that goes by ability withholds at the ability reached."""
        members = block.design.bank.members[k]
        cell = self._control.cells(block.beliefs.mean[:, k])
        eligibility = self._control.eligibility[:, members][cell]
        lots = np.zeros(0) if block.luck is None else block.luck[block.rows[:, None], members]
        result: Bools = lots >= eligibility
        return result
