"""The next item as part of a whole test that meets every rule: shadow tests.

Before each item the best complete test that contains what was given and breaks no rule is found;
its best item not yet given comes next, so no test can paint itself into a corner. Three layers:

1. Only quotas of disjoint areas: taking the best of each area is exact.
2. Units (items, or sets kept whole) that better free ones of the same kind make useless are left
   out; no optimal test is lost.
3. What is left goes to HiGHS: tens of columns instead of thousands.

And nothing is solved where the last shadow test still holds and the ability has hardly moved.

van der Linden & Reese (1998), Applied Psychological Measurement 22, 259-270; when to solve again:
Choi, Moellering, Li & van der Linden (2016), Applied Psychological Measurement 40, 469-485.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.assembly_program import (
    IMPOSSIBLE,
    OPTIMAL,
    AssemblyTimeout,
    ImpossibleAssembly,
    Program,
    find_conflict,
    solve,
)
from models.content_rules import Constraints, partition_of
from models.information import information
from models.parameters import Bools, Floats, Ints
from models.prepared_bank import PreparedBank

Layer = Literal["kept", "greedy", "reduced"]
DEFAULT_MOVE = 0.1  # logits; a smaller move of the estimate does not change the plan
_TIME_LIMIT = 5.0


@dataclass(frozen=True, slots=True)
class Units:
    """What is given whole: single items, or sets.

    Attributes
    ----------
    items : shape (n_units, largest); item numbers, padded with -1
    size : shape (n_units,)
    unit_of : shape (n_items,)
    values : shape (n_units, n_ranges); sums over the unit's items
    kind : shape (n_units,); units of one kind are alike in size and in every value
    free : shape (n_units,); has no enemies
    torn : shape (n_units,); holds two enemies, so no test can have it whole
    foes : pairs of groups of units of which one test has at most one
    """

    items: Ints
    size: Ints
    unit_of: Ints
    values: Floats
    kind: Ints
    free: Bools
    torn: Bools
    foes: tuple[Ints, ...]


@dataclass(frozen=True, slots=True)
class ShadowRules:
    """Rules of an adaptive test, prepared once: immutable, shared between test takers.

    Attributes
    ----------
    bank, constraints : as handed in; the length is one number
    areas : area of each item and the areas' bounds where quotas are all there is, else None
    members : items of each area; empty without areas
    units : items and sets as units
    """

    bank: PreparedBank
    constraints: Constraints
    areas: tuple[Ints, Ints, Ints] | None
    members: tuple[Ints, ...]
    units: Units

    @property
    def length(self) -> int:
        """Items of a test."""
        return self.constraints.lengths[1]


@dataclass(frozen=True, slots=True)
class ShadowTest:
    """A whole test around what was given.

    Attributes
    ----------
    items : its items, ascending
    next_item : the item to give now; None when the test is complete
    theta : shape (K,); the estimate it was made for
    information : of the items not yet given, together
    layer : "greedy", "reduced" (to HiGHS), or "kept" from the last time
    proven_optimal : False when the time limit stopped the solver
    """

    items: Ints
    next_item: int | None
    theta: Floats
    information: float
    layer: Layer
    proven_optimal: bool


def prepare_shadow_rules(bank: PreparedBank, constraints: Constraints) -> ShadowRules:
    """Check rules against a bank and prepare them.

    Raises
    ------
    ValueError
        A rule does not fit the bank, or the length is not one number.

    Examples
    --------
    >>> from models import Constraints, ItemParameters, prepare_bank, prepare_shadow_rules
    >>> bank = prepare_bank(ItemParameters.of(1.2, [-1.0, 0.0, 0.2, 1.0]), [0] * 4, [[1]])
    >>> prepare_shadow_rules(bank, Constraints(length=2, enemies=[(1, 2)])).length
    2
    """
    constraints.check(len(bank))
    if constraints.lengths[0] != constraints.lengths[1]:
        raise ValueError("a shadow test needs a fixed length")
    areas = partition_of(constraints, len(bank))
    members: tuple[Ints, ...] = ()
    if areas is not None:
        members = tuple(np.flatnonzero(areas[0] == area) for area in range(areas[1].size))
    return ShadowRules(bank, constraints, areas, members, _units(constraints, len(bank)))


def _units(constraints: Constraints, n_items: int) -> Units:
    groups = [sorted(set(group)) for group in constraints.sets]
    inside = {item for group in groups for item in group}
    groups += [[item] for item in range(n_items) if item not in inside]
    largest = max(map(len, groups))
    items = np.full((len(groups), largest), -1, dtype=np.intp)
    unit_of = np.empty(n_items, dtype=np.intp)
    for number, group in enumerate(groups):
        items[number, : len(group)] = group
        unit_of[group] = number
    size = (items >= 0).sum(axis=1)
    values = np.zeros((len(groups), len(constraints.ranges)))
    for column, range_ in enumerate(constraints.ranges):
        values[:, column] = np.where(items >= 0, range_.values[items], 0.0).sum(axis=1)
    kind = np.unique(np.column_stack([size, values]), axis=0, return_inverse=True)[1].reshape(-1)
    rivalries = [unit_of[np.unique(group)] for group in constraints.enemies]
    foes = tuple(np.unique(group) for group in rivalries if np.unique(group).size > 1)
    torn = np.zeros(len(groups), dtype=np.bool_)
    for rivals in rivalries:
        torn[rivals[np.bincount(rivals)[rivals] > 1]] = True
    free = np.ones(len(groups), dtype=np.bool_)
    for rivals in foes:
        free[rivals] = False
    return Units(items, size, unit_of, values, kind.astype(np.intp), free, torn, foes)


def shadow_test(
    theta: npt.ArrayLike,
    rules: ShadowRules,
    administered: npt.ArrayLike = (),
    *,
    available: Bools | None = None,
    previous: ShadowTest | None = None,
    move: float = DEFAULT_MOVE,
    time_limit: float = _TIME_LIMIT,
) -> ShadowTest:
    """The best whole test around what was given, and its next item.

    Parameters
    ----------
    theta : shape (K,), or a number for one competency; estimates
    administered : items given so far, in order
    available : shape (n_items,); which items may be given, besides those given already
    previous : the shadow test before the last answer; kept while all its items are available and
        no estimate has moved by more than `move` logits since it was made
    time_limit : seconds for the solver

    Raises
    ------
    ImpossibleAssembly
        No test around what was given meets the rules.
    AssemblyTimeout
        None was found in the time.

    Examples
    --------
    >>> from models import Constraints, ItemParameters, prepare_bank, prepare_shadow_rules
    >>> from models import shadow_test
    >>> bank = prepare_bank(ItemParameters.of(1.2, [-1.0, 0.0, 0.2, 1.0]), [0] * 4, [[1]])
    >>> rules = prepare_shadow_rules(bank, Constraints(length=2, enemies=[(1, 2)]))
    >>> first = shadow_test(0.1, rules)
    >>> first.next_item in (1, 2), len(set(first.items.tolist()) & {1, 2})
    (True, 1)
    >>> shadow_test(0.9, rules, [first.next_item]).next_item
    3
    """
    bank = rules.bank
    place = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    given = np.asarray(administered, dtype=np.intp)
    if place.shape != (bank.n_competencies,) or not np.isfinite(place).all():
        raise ValueError(f"theta must be {bank.n_competencies} finite number(s)")
    if given.size and not (given.min() >= 0 and given.max() < len(bank)):
        raise ValueError(f"administered must hold item numbers 0..{len(bank) - 1}")
    if given.size >= rules.length:
        return ShadowTest(np.sort(given), None, place, 0.0, "kept", True)
    if previous is not None and _still_holds(previous, place, given, available, move):
        return _result(rules, previous.items, place, given, "kept", previous)
    if rules.areas is not None:
        chosen = _greedy(rules, place, given, available)
        return _result(rules, chosen, place, given, "greedy", None)
    chosen, proven = _by_solver(rules, place, given, available, time_limit)
    return _result(rules, chosen, place, given, "reduced", None, proven)


def _still_holds(
    previous: ShadowTest, theta: Floats, given: Ints, available: Bools | None, move: float
) -> bool:
    if (np.abs(theta - previous.theta) > move).any():
        return False
    planned, gone = set(previous.items.tolist()), set(given.tolist())
    if not gone <= planned:
        return False
    return available is None or bool(available[list(planned - gone)].all())


def _amount(rules: ShadowRules, theta: Floats, items: Ints | None = None) -> Floats:
    """Information of some items, or of all, each at the estimate of its competency."""
    bank = rules.bank
    if items is None and not bank.graded:
        place = theta[bank.competency] if theta.size > 1 else theta
        return information(place, *bank.parameters)
    some = np.arange(len(bank)) if items is None else items
    one = theta[bank.competency[some]] if theta.size > 1 else np.float64(theta[0])
    return bank.information(one, some)


def _result(
    rules: ShadowRules,
    items: Ints,
    theta: Floats,
    given: Ints,
    layer: Layer,
    previous: ShadowTest | None,
    proven: bool = True,
) -> ShadowTest:
    """The test with its next item: the rest of a set that was begun, else the best one left."""
    rest = np.array(sorted(set(items.tolist()) - set(given.tolist())), dtype=np.intp)
    amount = _amount(rules, theta, rest)
    units = rules.units
    begun = rest[:0]
    if given.size and units.items.shape[1] > 1:
        begun = np.intersect1d(units.items[units.unit_of[given[-1]]], rest)
    if begun.size:
        following = int(begun[0])
    elif units.items.shape[1] > 1:
        # A set counts by the mean of its items, so that long sets have no advantage.
        unit = units.unit_of[rest]
        total = np.bincount(unit, amount, minlength=units.size.size)
        best = int((total / units.size).argmax())
        following = int(rest[unit == best][0])
    else:
        following = int(rest[amount.argmax()])
    made_for = theta if previous is None else previous.theta
    proven = proven if previous is None else previous.proven_optimal
    return ShadowTest(np.sort(items), following, made_for, float(amount.sum()), layer, proven)


def _greedy(rules: ShadowRules, theta: Floats, given: Ints, available: Bools | None) -> Ints:
    """Best items under quotas of disjoint areas: first each area's minimum, then the best left.

    Exact because the sets of items that keep within such quotas form a matroid.
    """
    if rules.areas is None:
        raise ValueError("quotas of disjoint areas only")
    area, low, high = rules.areas
    count = np.bincount(area[given], minlength=low.size)
    left = rules.length - given.size
    need = np.maximum(low - count, 0)
    room = np.minimum(high - count, left)
    blocked = np.zeros(len(rules.bank), dtype=np.bool_) if available is None else ~available
    blocked[given] = True
    loss = -_amount(rules, theta)
    loss[blocked] = np.inf
    first, second, second_amount = [given], [], []
    for k, members in enumerate(rules.members):
        mine = loss[members]
        most = max(0, min(int(room[k]), mine.size))
        top = mine.argpartition(most - 1)[:most] if most else members[:0]
        top = top[mine[top].argsort(kind="stable")]
        top = top[mine[top] < np.inf]
        if top.size < need[k] or room[k] < 0:
            raise _no_test(f"{rules.constraints.ranges[k].sentence()}: {top.size} fit and are left")
        first.append(members[top[: need[k]]])
        second.append(members[top[need[k] :]])
        second_amount.append(-mine[top[need[k] :]])
    rest = left - int(need.sum())
    others, amounts = np.concatenate([*second, []]), np.concatenate([*second_amount, []])
    if rest < 0 or others.size < rest:
        raise _no_test("the quotas do not add up to the length of the test")
    best = np.argsort(-amounts, kind="stable")[:rest]
    return np.concatenate([*first, others[best]]).astype(np.intp)


def _no_test(why: str) -> ImpossibleAssembly:
    return ImpossibleAssembly(f"No test around what was given meets the rules: {why}.", (why,))


def _by_solver(
    rules: ShadowRules, theta: Floats, given: Ints, available: Bools | None, time_limit: float
) -> tuple[Ints, bool]:
    """Drop dominated units, then solve for the others."""
    units = rules.units
    amount = _amount(rules, theta)
    blocked = np.zeros(len(rules.bank), dtype=np.bool_) if available is None else ~available
    blocked[given] = False
    there = units.items >= 0
    total = np.where(there, amount[units.items], 0.0).sum(axis=1)
    fixed = np.zeros(units.size.size, dtype=np.bool_)
    fixed[units.unit_of[given]] = True
    lacking: Bools = np.logical_or.reduce(there & blocked[units.items], axis=1)
    usable = ~(lacking | units.torn)
    if (fixed & ~usable).any():
        raise _no_test("an item of a set that was begun may not be given")
    kept = undominated(rules, total, fixed, usable)
    program = _unit_program(rules, kept, total, fixed)
    found = solve(program, time_limit=time_limit)
    if found.status == IMPOSSIBLE:
        names = (program.groups[rule] for rule in find_conflict(program, time_limit)[0])
        raise _no_test("; ".join(names))
    if not found.x.size:
        raise AssemblyTimeout(f"no shadow test was found within {time_limit:g} s")
    chosen = units.items[kept[found.x > 0.5]]
    return chosen[chosen >= 0], found.status == OPTIMAL


def undominated(rules: ShadowRules, total: Floats, fixed: Bools, usable: Bools) -> Ints:
    """Units that some optimal test may need.

    A unit is useless if so many better free ones of its kind exist as any test can hold: one of
    them could always take its place without breaking a rule. Enemies of given units go too.
    """
    units = rules.units
    out = ~usable
    for group in units.foes:
        if fixed[group].any():
            out[group] = ~fixed[group]
    left = rules.length - int(units.size[fixed].sum())
    most = _most_of_kind(rules, left)
    candidates = np.flatnonzero(~out & ~fixed)
    order = candidates[np.lexsort((-total[candidates], units.kind[candidates]))]
    kind = units.kind[order]
    free = units.free[order].astype(np.intp)
    ahead: Ints = np.cumsum(free) - free  # free ones before it in the list
    start = np.concatenate([[True], kind[1:] != kind[:-1]])
    ahead -= np.maximum.accumulate(np.where(start, ahead, 0))
    kept = order[ahead < most[kind]]
    return np.sort(np.concatenate([np.flatnonzero(fixed), kept]))


def _most_of_kind(rules: ShadowRules, left: int) -> Ints:
    """Units of each kind that fit beside what was given, by the length and by the ranges."""
    units = rules.units
    first = np.unique(units.kind, return_index=True)[1]
    most = left // units.size[first].astype(np.float64)
    for column, range_ in enumerate(rules.constraints.ranges):
        value = units.values[first, column]
        bounded = (value > 0) & (range_.maximum < math.inf) & (range_.values.min() >= 0)
        most[bounded] = np.minimum(most[bounded], range_.maximum // value[bounded])
    return most.astype(np.intp)


def _unit_program(rules: ShadowRules, kept: Ints, total: Floats, fixed: Bools) -> Program:
    """The program over the units left: highest information under the rules."""
    units = rules.units
    program = Program.binary(kept.size)
    program.objective[:] = -total[kept]
    program.lower[fixed[kept]] = 1.0
    every = np.arange(kept.size)
    length = program.rule(f"length: {rules.length} items")
    program.add(length, every, units.size[kept].astype(np.float64), rules.length, rules.length)
    for column, range_ in enumerate(rules.constraints.ranges):
        value = units.values[kept, column]
        there = np.flatnonzero(value)
        rule = program.rule(range_.sentence())
        program.add(rule, there, value[there], range_.minimum, range_.maximum)
    position = np.full(units.size.size, -1, dtype=np.intp)
    position[kept] = every
    rule = program.rule("enemies: at most one of each group")
    for group in units.foes:
        columns = position[group]
        columns = columns[columns >= 0]
        if columns.size > 1:
            program.add(rule, columns, np.ones(columns.size), 0, 1)
    return program
