"""Numbers of a computed item: how they are drawn, written and told apart."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations

from itembank.numbers import write_number
from itembank.texts import Text

# Numbers are computed in binary: 12.25 may come out as 12.249999999999998. Twelve digits are
# kept, so that it is rounded as a person rounds it.
_SOUND_DIGITS = 12
_NO_SPACE_BEFORE = ("°", ":", "×")


class Values:
    """The numbers of one draw by name, read as attributes: `v.mas * v.sid**2`."""

    __slots__ = ("_numbers",)
    _numbers: dict[str, float]

    def __init__(self, numbers: Mapping[str, float]) -> None:
        object.__setattr__(self, "_numbers", dict(numbers))

    def __getattr__(self, name: str) -> float:
        numbers: Mapping[str, float] = object.__getattribute__(self, "_numbers")
        if name not in numbers:
            raise AttributeError(f"no number is called {name}")
        return numbers[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("the numbers of a draw do not change")

    def __iter__(self) -> Iterator[tuple[str, float]]:
        return iter(self._numbers.items())

    def with_numbers(self, numbers: Mapping[str, float]) -> Values:
        """These numbers and others."""
        return Values({**self._numbers, **numbers})


def steps(low: float, high: float, step: float) -> tuple[float, ...]:
    """low, low + step, ... up to high, without the dust of binary fractions."""
    count = math.floor((high - low) / step + 1e-9)
    return tuple(round(low + k * step, 10) for k in range(count + 1))


def pick(rng: random.Random, count: int) -> int:
    """A whole number from 0 to count - 1.

    From `random()` alone, the one method whose sequence Python promises to keep: the same seed
    gives the same item in every version.
    """
    return min(int(rng.random() * count), count - 1)


def sound(number: float) -> float:
    """The number without the dust of binary fractions."""
    return float(f"{number:.{_SOUND_DIGITS}g}")


def rounded(number: float, digits: int, decimals: int | None = None) -> Decimal:
    """The number to `digits` significant digits, or to `decimals` places where they are given.

    Halves are rounded away from zero, as on paper.
    """
    exact = Decimal(repr(sound(number)))
    if decimals is not None:
        return exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if exact == 0:
        return Decimal(0)
    place = exact.adjusted() - digits + 1
    result = exact.quantize(Decimal(1).scaleb(place), ROUND_HALF_UP)
    if result.adjusted() > exact.adjusted():  # 9.96 to two digits is 10, not 10.0
        result = result.quantize(Decimal(1).scaleb(place + 1))
    return result


def shown(number: float, digits: int = 3, decimals: int | None = None) -> str:
    """The number as an item shows it: no powers of ten, no sign of zero."""
    result = rounded(number, digits, decimals)
    return f"{result.copy_abs() if result == 0 else result:f}"


def parameter_shown(number: float) -> str:
    """A given number with the digits it was drawn with."""
    return write_number(round(number, 10))


def with_unit(number: str, unit: Text) -> Text:
    """ "12 mAs" in both languages; signs such as ° and : stand without a space."""

    def joined(written: str) -> str:
        space = "" if not written or written.startswith(_NO_SPACE_BEFORE) else " "
        return f"{number}{space}{written}"

    return Text(joined(unit.en), joined(unit.zh))


def relative_gap(one: float, other: float) -> float:
    """The distance of two numbers as a share of the larger one; 0 when they are equal."""
    largest = max(abs(one), abs(other))
    return abs(one - other) / largest if largest else 0.0


def are_apart(numbers: Sequence[float], gap: float) -> bool:
    """Whether any two numbers differ by `gap` or more, as a share of the larger."""
    return all(relative_gap(one, other) >= gap - 1e-9 for one, other in combinations(numbers, 2))
