"""Rules for the content of a test: counts, shares and sums, enemies, sets kept whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Range:
    """The sum of a value over the items of a form must lie between two bounds.

    Attributes
    ----------
    name : in words, for messages: "competency physics", "words to read"
    values : shape (n_items,); 1 and 0 where items are counted
    minimum, maximum : -inf and inf where there is no bound
    """

    name: str
    values: Floats
    minimum: float = -math.inf
    maximum: float = math.inf

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or not np.isfinite(self.values).all():
            raise ValueError(f"{self.name}: values must be one finite number an item")
        if not self.minimum <= self.maximum:
            raise ValueError(f"{self.name}: the minimum {self.minimum:g} is above the maximum")

    @property
    def counts(self) -> bool:
        """Whether items are counted, not measured."""
        return bool(np.isin(self.values, (0.0, 1.0)).all())

    def sentence(self) -> str:
        """The rule in words, with what the bank holds."""
        bounds = []
        if self.minimum > -math.inf:
            bounds.append(f"at least {self.minimum:g}")
        if self.maximum < math.inf:
            bounds.append(f"at most {self.maximum:g}")
        words = " and ".join(bounds) or "any number"
        if self.counts:
            return f"{self.name}: {words} items (the bank has {int(self.values.sum())})"
        return f"{self.name}: {words} in all"


def count_range(
    name: str, has: npt.ArrayLike, minimum: float | None = None, maximum: float | None = None
) -> Range:
    """Fewest and most items that have something; `has` holds a boolean for each item.

    Examples
    --------
    >>> from models import count_range
    >>> count_range("with a figure", [True, False, True], 1).sentence()
    'with a figure: at least 1 items (the bank has 2)'
    """
    values = np.asarray(has, dtype=np.bool_).astype(np.float64)
    low = -math.inf if minimum is None else minimum
    return Range(name, values, low, math.inf if maximum is None else maximum)


def attribute_ranges(
    attribute: str,
    values: Sequence[object],
    limits: Mapping[object, tuple[float | None, float | None]],
) -> tuple[Range, ...]:
    """Fewest and most items of each value of an attribute: competency, sub-topic, level.

    Parameters
    ----------
    attribute : its name, for messages
    values : the attribute of each item
    limits : value -> (fewest, most), None where there is no bound

    Examples
    --------
    >>> from models import attribute_ranges
    >>> rules = attribute_ranges("level", ["K", "A", "A", "E"], {"A": (1, 2), "E": (None, 1)})
    >>> [rule.name for rule in rules], rules[0].minimum, rules[1].maximum
    (['level A', 'level E'], 1, 1)
    """
    known = set(values)
    unknown = [value for value in limits if value not in known and (limits[value][0] or 0) > 0]
    if unknown:
        raise ValueError(f"no item has {attribute} {unknown[0]!r}")
    return tuple(
        count_range(f"{attribute} {value}", [v == value for v in values], low, high)
        for value, (low, high) in limits.items()
    )


def share_range(
    name: str,
    has: npt.ArrayLike,
    lowest: float,
    highest: float,
    length: int,
) -> Range:
    """Lowest and highest share of a form of fixed length, for example of items with a figure.

    Examples
    --------
    >>> from models import share_range
    >>> rule = share_range("with a figure", [True, False, True, True], 0.2, 0.4, length=10)
    >>> rule.minimum, rule.maximum
    (2, 4)
    """
    if not 0 <= lowest <= highest <= 1:
        raise ValueError(f"{name}: shares need 0 <= lowest <= highest <= 1")
    fewest, most = math.ceil(lowest * length - 1e-9), math.floor(highest * length + 1e-9)
    if fewest > most:
        raise ValueError(
            f"{name}: no whole number of {length} items lies between {lowest:g} and {highest:g}"
        )
    return count_range(name, has, fewest, most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """What every form must be.

    Attributes
    ----------
    length : items of a form, one number or (fewest, most)
    ranges : bounds of counts and sums
    enemies : groups of items of which a form holds at most one
    sets : groups of items that a form holds whole or not at all
    max_overlap : items that two forms may share
    max_use : forms an item may be in; None for any number that the overlap allows
    """

    length: int | tuple[int, int]
    ranges: tuple[Range, ...] = ()
    enemies: Sequence[Sequence[int]] = ()
    sets: Sequence[Sequence[int]] = ()
    max_overlap: int = 0
    max_use: int | None = None

    def __post_init__(self) -> None:
        low, high = self.lengths
        if not 1 <= low <= high:
            raise ValueError("length must be at least 1 item, and its fewest not above its most")
        if self.max_overlap < 0 or (self.max_use is not None and self.max_use < 1):
            raise ValueError("max_overlap must not be negative, and max_use at least 1")

    @property
    def lengths(self) -> tuple[int, int]:
        """Fewest and most items."""
        if isinstance(self.length, tuple):
            return self.length
        return self.length, self.length

    def check(self, n_items: int) -> None:
        """Raise ValueError where a rule does not fit a bank of so many items."""
        for range_ in self.ranges:
            if range_.values.size != n_items:
                raise ValueError(f"{range_.name}: {range_.values.size} values for {n_items} items")
        check_groups("enemies", self.enemies, n_items)
        check_groups("sets", self.sets, n_items)
        members = [item for group in self.sets for item in group]
        if len(set(members)) < len(members):
            raise ValueError("sets: an item is in two of them")

    def violations(self, form: npt.ArrayLike) -> tuple[str, ...]:
        """Sentences of the rules that a form breaks."""
        items = np.asarray(form, dtype=np.intp)
        low, high = self.lengths
        broken = []
        if not low <= np.unique(items).size == items.size <= high:
            broken.append(f"length {items.size}, repeated items or not between {low} and {high}")
        for range_ in self.ranges:
            total = float(range_.values[items].sum())
            if not range_.minimum - 1e-6 <= total <= range_.maximum + 1e-6:
                broken.append(f"{range_.sentence()}: {total:g}")
        inside = set(items.tolist())
        for group in self.enemies:
            if len(inside.intersection(group)) > 1:
                broken.append(f"enemies {sorted(inside.intersection(group))}")
        for group in self.sets:
            if 0 < len(inside.intersection(group)) < len(set(group)):
                broken.append(f"set {sorted(group)} not whole")
        return tuple(broken)


def check_groups(name: str, groups: Iterable[Sequence[int]], n_items: int) -> None:
    """Raise ValueError for an item number that is not in the bank."""
    for group in groups:
        if any(not 0 <= item < n_items for item in group):
            raise ValueError(f"{name} must hold item numbers 0..{n_items - 1}")


def partition_of(constraints: Constraints, n_items: int) -> tuple[Ints, Ints, Ints] | None:
    """Area of each item with the areas' bounds, where all ranges count disjoint groups of items.

    Returns
    -------
    area (n_items,), minimum and maximum (n_areas,); the last area holds the items of no range.
    None where ranges measure, overlap, or there are enemies or sets.
    """
    if any(len(set(group)) > 1 for group in (*constraints.enemies, *constraints.sets)):
        return None
    area = np.full(n_items, len(constraints.ranges), dtype=np.intp)
    seen: Bools = np.zeros(n_items, dtype=np.bool_)
    for number, range_ in enumerate(constraints.ranges):
        has = range_.values == 1.0
        if not range_.counts or (has & seen).any():
            return None
        seen |= has
        area[has] = number
    low = [
        max(0, math.ceil(range_.minimum)) if range_.minimum > 0 else 0
        for range_ in constraints.ranges
    ]
    high = [math.floor(min(range_.maximum, n_items)) for range_ in constraints.ranges]
    return area, np.array([*low, 0], dtype=np.intp), np.array([*high, n_items], dtype=np.intp)
