"""Forms of fixed content and known information, assembled by integer programming.

van der Linden (2005), Linear models for optimal test design.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from models.assembly_program import (
    IMPOSSIBLE,
    OPTIMAL,
    AssemblyTimeout,
    Program,
    Solution,
    impossible,
    solve,
)
from models.content_rules import Constraints
from models.information import item_information
from models.parameters import Floats, Ints, ItemParameters

_TOLERANCE = 0.01  # of the target curve's highest value: nearer is not looked for


@dataclass(frozen=True, slots=True)
class InformationTarget:
    """What the forms' information should be. Made by `matching` or `highest_at`.

    Attributes
    ----------
    theta : shape (n_points,); abilities in logits
    information : shape (n_points,); wanted there; relative weights when `match` is False
    match : come as near as possible everywhere, or be as high as possible
    """

    theta: Floats
    information: Floats
    match: bool

    def __post_init__(self) -> None:
        if self.theta.ndim != 1 or self.theta.size == 0 or not np.isfinite(self.theta).all():
            raise ValueError("theta must be at least one finite ability")
        if self.information.shape != self.theta.shape or not (self.information > 0).all():
            raise ValueError("information must be a positive number for each ability")

    @classmethod
    def matching(cls, theta: npt.ArrayLike, information: npt.ArrayLike) -> InformationTarget:
        """The curve to match: the largest deviation at any point is made as small as possible."""
        return cls(_row(theta), _row(information), True)

    @classmethod
    def highest_at(
        cls, theta: npt.ArrayLike, weights: npt.ArrayLike | None = None
    ) -> InformationTarget:
        """The cuts at which information counts.

        The smallest information / weight over cuts and forms is made as large as possible.
        """
        places = _row(theta)
        return cls(places, np.ones_like(places) if weights is None else _row(weights), False)


def _row(values: npt.ArrayLike) -> Floats:
    return np.atleast_1d(np.asarray(values, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Assembly:
    """Assembled forms.

    Attributes
    ----------
    forms : item numbers of each form, ascending
    information : shape (n_forms, n_points); at the target's abilities
    deviation : largest distance from the target curve; None without one
    proven_optimal : whether the solver proved that nothing better exists, to `gap`
    gap : how far the objective may be from the best, as a share of it
    seconds : time of the solver
    """

    forms: tuple[Ints, ...]
    information: Floats
    deviation: float | None
    proven_optimal: bool
    gap: float
    seconds: float

    def summary(self) -> str:
        """One sentence: how good the forms are, and how sure that is."""
        if self.deviation is None:
            quality = f"information at least {self.information.min():.2f} at every cut"
        else:
            quality = f"at most {self.deviation:.2f} from the target information"
        sure = "proven within" if self.proven_optimal else "stopped by the time limit at a gap of"
        return (
            f"{len(self.forms)} form(s) of {', '.join(str(f.size) for f in self.forms)} items, "
            f"{quality}; {sure} {100 * self.gap:.1f} % of the best, {self.seconds:.1f} s"
        )


def assemble_forms(
    items: ItemParameters,
    constraints: Constraints,
    *,
    n_forms: int = 1,
    target: InformationTarget | None = None,
    time_limit: float = 30.0,
    relative_gap: float = 0.01,
) -> Assembly:
    """Parallel forms from a bank.

    Parameters
    ----------
    constraints : content of every form, and what forms may share
    target : curve to match or cuts to serve; highest information at 0 by default
    time_limit : seconds; the best forms found by then are returned, and said not to be proven
    relative_gap : stop when the objective is proven to be within this share of the best. A curve
        counts as matched within 1 % of its highest value.

    Raises
    ------
    ImpossibleAssembly
        The rules contradict each other; it names those that do.
    AssemblyTimeout
        Nothing was found in the time, which proves nothing.
    ValueError
        A rule does not fit the bank, or a number is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from models import Constraints, ImpossibleAssembly, ItemParameters, InformationTarget
    >>> from models import assemble_forms, count_range
    >>> items = ItemParameters.of(1.2, np.linspace(-2, 2, 12))
    >>> has_figure = np.arange(12) % 3 == 0
    >>> rules = Constraints(length=4, ranges=(count_range("with a figure", has_figure, 2),))
    >>> found = assemble_forms(items, rules, n_forms=2, target=InformationTarget.highest_at(0.0))
    >>> [int(has_figure[form].sum()) for form in found.forms], found.proven_optimal
    ([2, 2], True)
    >>> too_many = Constraints(length=6, ranges=(count_range("with a figure", has_figure, 5),))
    >>> try:
    ...     assemble_forms(items, too_many)
    ... except ImpossibleAssembly as refusal:
    ...     print(refusal.conflict[0])
    with a figure: at least 5 items (the bank has 4)
    """
    constraints.check(len(items))
    if n_forms < 1 or time_limit <= 0:
        raise ValueError("n_forms must be at least 1 and time_limit positive, in seconds")
    goal = InformationTarget.highest_at(0.0) if target is None else target
    amount = item_information(goal.theta, items)  # (n_points, n_items)
    program = content_program(constraints, len(items), n_forms)
    # Left out of the rules that may contradict each other: a curve can be missed by any amount.
    _aim(program, amount, goal, n_forms)
    found = solve(program, time_limit=time_limit, relative_gap=relative_gap)
    if found.status == IMPOSSIBLE:
        raise impossible(content_program(constraints, len(items), n_forms), time_limit)
    if not found.x.size:
        raise AssemblyTimeout(
            f"no form was found within {time_limit:g} s, which does not prove that there is none: "
            "allow more time or loosen a rule"
        )
    return _assembled(found, amount, goal, n_forms)


def content_program(constraints: Constraints, n_items: int, n_forms: int) -> Program:
    """The rules as rows; column f * n_items + i is of item i in form f."""
    program = Program.binary(n_forms * n_items)
    starts = [form * n_items for form in range(n_forms)]
    every, ones = np.arange(n_items), np.ones(n_items)
    low, high = constraints.lengths
    words = f"{low} items" if low == high else f"{low} to {high} items"
    rule = program.rule(f"length: {words} (the bank has {n_items})")
    for start in starts:
        program.add(rule, start + every, ones, low, high)
    for range_ in constraints.ranges:
        rule = program.rule(range_.sentence())
        there = np.flatnonzero(range_.values)
        for start in starts:
            program.add(rule, start + there, range_.values[there], range_.minimum, range_.maximum)
    if constraints.enemies:
        rule = program.rule(f"enemies: at most one of each of {len(constraints.enemies)} group(s)")
        for group in constraints.enemies:
            foes = np.unique(group)
            for start in starts:
                program.add(rule, start + foes, np.ones(foes.size), 0, 1)
    _add_sets(program, constraints, starts)
    if n_forms > 1:
        _add_overlap(program, constraints, n_items, n_forms)
    return program


def _add_sets(program: Program, constraints: Constraints, starts: list[int]) -> None:
    if not constraints.sets:
        return
    rule = program.rule(f"sets: {len(constraints.sets)} are given whole or not at all")
    for group in constraints.sets:
        first, *others = sorted(set(group))
        for start in starts:
            for other in others:
                pair = np.array([first, other])
                program.add(rule, start + pair, np.array([1.0, -1.0]), 0, 0)


def _add_overlap(program: Program, constraints: Constraints, n_items: int, n_forms: int) -> None:
    shared, use = constraints.max_overlap, constraints.max_use
    most = 1 if shared == 0 else n_forms if use is None else use
    if most < n_forms:
        words = f"an item is in at most {most} of {n_forms} forms"
        rule = program.rule("forms share no item" if shared == 0 else words)
        for item in range(n_items):
            columns = item + n_items * np.arange(n_forms)
            program.add(rule, columns, np.ones(n_forms), 0, most)
    if shared == 0 or shared >= constraints.lengths[1]:
        return
    rule = program.rule(f"two of {n_forms} forms share at most {shared} items")
    for one, other in combinations(range(n_forms), 2):
        both = program.columns(n_items, 0.0, 1.0, whole=False)
        for item in range(n_items):
            pair = [one * n_items + item, other * n_items + item, both[item]]
            program.add(rule, pair, np.array([1.0, 1.0, -1.0]), -np.inf, 1)
        program.add(rule, both, np.ones(n_items), 0, shared)


def _aim(program: Program, amount: Floats, goal: InformationTarget, n_forms: int) -> None:
    """The objective: one column that bounds the deviation, or the information / weight."""
    n_items = amount.shape[1]
    rule = program.rule("the target information")
    scale = float(goal.information.max())
    least = _TOLERANCE * scale if goal.match else 0.0
    bound = program.columns(1, least, np.inf, whole=False)
    program.objective[bound] = 1.0 if goal.match else -1.0
    for form in range(n_forms):
        columns = np.append(form * n_items + np.arange(n_items), bound)
        for wanted, each in zip(goal.information, amount, strict=True):
            if goal.match:
                program.add(rule, columns, np.append(each, -1.0), -np.inf, wanted)
                program.add(rule, columns, np.append(each, 1.0), wanted, np.inf)
            else:
                program.add(rule, columns, np.append(each, -wanted), 0.0, np.inf)


def _assembled(found: Solution, amount: Floats, goal: InformationTarget, n_forms: int) -> Assembly:
    n_items = amount.shape[1]
    chosen = found.x[: n_forms * n_items].reshape(n_forms, n_items) > 0.5
    information = chosen @ amount.T
    deviation = float(np.abs(information - goal.information).max()) if goal.match else None
    return Assembly(
        tuple(np.flatnonzero(row) for row in chosen),
        information,
        deviation,
        found.status == OPTIMAL,
        found.gap,
        found.seconds,
    )
