"""The parts of an item: pictures, options, numbers, regions, premises and the text of a set."""

from __future__ import annotations

from dataclasses import dataclass

from itembank.texts import NO_TEXT, Text

REGION_SHAPES = ("rect", "circle", "polygon")

# The two options of every true/false item, whatever words a file used for them.
TRUE_TEXT, FALSE_TEXT = Text(en="True", zh="正确"), Text(en="False", zh="错误")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture of an item; `asset` is its path inside the bank, such as `figures/ct-ring.png`."""

    asset: str
    alt: Text = NO_TEXT
    caption: Text = NO_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option, whether it is the key, and why it is right or wrong.

    In an item of the type "order" the options stand in the right order, and in one of the type
    "matching" the premises say which option is theirs; `is_key` is false in both.
    """

    id: str
    text: Text
    is_key: bool = False
    reason: Text = NO_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Numeric:
    """The number asked for. A response x is right when |x - value| <= tolerance.

    With `relative`, the tolerance is a share of |value|: 0.05 is five percent. `unit` is the unit
    the response is given in, empty for a bare number.
    """

    value: float
    tolerance: float
    relative: bool = False
    unit: Text = NO_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of the first figure of a hot spot item, in shares 0..1 of its width and height.

    coordinates : of a "rect" left, top, right, bottom; of a "polygon" x, y of each corner; of a
        "circle" the centre x, y and the radius as a share of the width, and optionally a fourth
        number, the radius as a share of the height, which makes the circle round in a picture that
        is not square (three numbers take it for square).
    """

    id: str
    shape: str
    coordinates: tuple[float, ...]
    is_key: bool = False
    label: Text = NO_TEXT
    reason: Text = NO_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Premise:
    """One line of a matching item; `match` is the id of its option."""

    id: str
    text: Text
    match: str
    reason: Text = NO_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Stimulus:
    """The case that several items share (A3/A4); each item carries it with its own `position`.

    `position` counts from 1 inside the set. In an `irreversible` set an answer cannot be changed
    once the next item is shown.
    """

    id: str
    text: Text
    figures: tuple[Figure, ...] = ()
    irreversible: bool = False
    position: int = 1


def true_false_choices(
    is_true: bool, true_reason: Text = NO_TEXT, false_reason: Text = NO_TEXT
) -> tuple[Choice, Choice]:
    """The options of a true/false item, in the words every file format gives them."""
    return (
        Choice(id="true", text=TRUE_TEXT, is_key=is_true, reason=true_reason),
        Choice(id="false", text=FALSE_TEXT, is_key=not is_true, reason=false_reason),
    )
