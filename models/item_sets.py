"""Sets of items under one stem, kept together: once begun, a set is finished."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.gains import Rule, joint_gain, response_gain
from models.parameters import Bools, Floats, Ints
from models.prepared_bank import PreparedBank
from models.profile import Profile
from models.testlets import ALONE


def next_in_set(
    bank: PreparedBank, given: Ints, available: Bools | None, allowed: Bools | None
) -> int | None:
    """The item that continues the set begun last, in the order of the bank; None if none does.

    Items before the last one in the order of the set are not gone back to.
    """
    if given.size == 0 or bank.testlet[given[-1]] == ALONE:
        return None
    last = int(given[-1])
    members = bank.sets[int(bank.testlet[last])]
    used = set(given.tolist())
    for item in members[members > last].tolist():
        free = item not in used and (available is None or bool(available[item]))
        if free and (allowed is None or bool(allowed[bank.competency[item]])):
            return int(item)
    return None


def first_of_set(
    bank: PreparedBank, item: int, available: Bools | None, allowed: Bools | None
) -> int:
    """The free item with which the item's set begins; the item itself when it stands alone."""
    if bank.testlet[item] == ALONE:
        return item
    members = bank.sets[int(bank.testlet[item])]
    free = np.ones(members.size, dtype=np.bool_) if available is None else available[members]
    if allowed is not None:
        free = free & allowed[bank.competency[members]]
    return int(members[free][0])


def unbegun_alone(bank: PreparedBank, available: Bools | None) -> Bools:
    """Available items without a stem in common with others, shape (n_items,)."""
    alone: Bools = bank.testlet == ALONE
    return alone if available is None else alone & available


def choose_set(
    profile: Profile,
    bank: PreparedBank,
    rule: Rule,
    *,
    given: Ints,
    available: Bools | None,
    allowed: Bools | None,
    target_variance: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
    gain_alone: float,
) -> int | None:
    """First item of the set to begin, or None when a single item gains more.

    A set's gain is that of all its free items together, shared by their number. A set with the
    effect variance v and information I tells I / (1 + v I) of the ability.

    Parameters
    ----------
    given : items given so far: a set with one of them is not begun again
    gain_alone : gain of the best single item, by the same rule
    """
    free = np.ones(len(bank), dtype=np.bool_) if available is None else available.copy()
    if allowed is not None:
        free &= allowed[bank.competency]
    begun = set(bank.testlet[given].tolist())
    units = [
        members[free[members]]
        for number, members in bank.sets.items()
        if number not in begun and free[members].any()
    ]
    if not units:
        return None
    gain = _gain_of_sets(profile, bank, rule, units, target_variance, weights)
    best = int(gain.argmax())
    return int(units[best][0]) if gain[best] > gain_alone else None


def _gain_of_sets(
    profile: Profile,
    bank: PreparedBank,
    rule: Rule,
    units: list[Ints],
    target_variance: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
) -> Floats:
    """Gain of each set for one of its items, shape (n_sets,)."""
    items = np.concatenate(units)
    sizes = np.array([unit.size for unit in units])
    unit = np.repeat(np.arange(sizes.size), sizes)
    area = bank.competency[items]
    if rule in ("EPV", "KL"):
        each = np.empty(items.size)
        for k in np.unique(area):
            mine = area == k
            each[mine] = response_gain(bank, items[mine], int(k), profile, rule, weights)
        mean: Floats = np.bincount(unit, each) / sizes
        return mean
    amount = np.zeros((sizes.size, bank.n_competencies))
    for k in np.unique(area):
        mine = area == k
        told = bank.information(float(profile.mean[k]), items[mine])
        amount[:, k] = np.bincount(unit[mine], told, minlength=sizes.size)
    effect = bank.testlets.effect[items]
    for k in np.unique(area[effect != ALONE]):
        mine = (area == k) & (effect != ALONE)
        variance = np.zeros(sizes.size)
        variance[unit[mine]] = bank.testlets.variances[effect[mine]]
        amount[:, k] /= 1.0 + variance * amount[:, k]
    joint: Floats = joint_gain(amount, profile.covariance, rule, target_variance, weights) / sizes
    return joint
