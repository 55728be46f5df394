"""Chances of somebody who knows nothing."""

from __future__ import annotations

import pytest

from itembank.guessing import number_of_responses
from itembank.item import Choice, Item, Numeric, Premise, Region, Text, true_false_choices
from itembank.parts import Figure

STEM = Text(en="Which?")


def _choices(n: int, keys: int) -> tuple[Choice, ...]:
    return tuple(
        Choice(id=letter, text=Text(en=letter), is_key=place < keys)
        for place, letter in enumerate("abcdefgh"[:n])
    )


def _item(**fields: object) -> Item:
    return Item(id="x", competency="R1", stem=STEM, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "responses"),
    [
        ({"choices": _choices(4, 1)}, 4),
        ({"type": "true_false", "choices": true_false_choices(True)}, 2),
        ({"type": "multiple", "choices": _choices(5, 2)}, 31),
        ({"type": "select_n", "choices": _choices(5, 2)}, 10),
        ({"type": "order", "choices": _choices(4, 0)}, 24),
        ({"type": "numeric", "numeric": Numeric(value=1.0, tolerance=0.1)}, 0),
        ({"type": "short_text", "accepted": (Text(en="a"),)}, 0),
    ],
)
def test_the_number_of_responses_of_each_type(fields: dict[str, object], responses: int) -> None:
    assert number_of_responses(_item(**fields)) == responses


def test_a_matching_item_has_a_choice_for_each_premise() -> None:
    premises = tuple(Premise(id=f"p{n}", text=Text(en=f"{n}"), match="a") for n in range(3))
    assert (
        number_of_responses(_item(type="matching", choices=_choices(4, 0), premises=premises)) == 64
    )


@pytest.mark.parametrize(
    ("shape", "coordinates", "responses"),
    [
        ("rect", (0.0, 0.0, 0.5, 0.5), 4),
        ("circle", (0.5, 0.5, 0.1), 32),
        ("polygon", (0.0, 0.0, 0.5, 0.0, 0.5, 0.5), 8),
    ],
)
def test_a_point_counts_by_the_area_that_is_right(
    shape: str, coordinates: tuple[float, ...], responses: int
) -> None:
    region = Region(id="r", shape=shape, coordinates=coordinates, is_key=True)
    figure = Figure(asset="figures/x.png")
    assert (
        number_of_responses(_item(type="hot_spot", figures=(figure,), regions=(region,)))
        == responses
    )
