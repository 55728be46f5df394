"""What changed between two versions of an item, field by field and word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from itembank.item import LANGUAGES, LETTERS, Item, Numeric, Region, Stimulus, Text

_TOKENS = re.compile(r"\s+|[A-Za-z0-9_.,%]+|.", re.DOTALL)  # Chinese is compared by character


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; kind is "same", "gone" (only in the old) or "new" (only in the new)."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. `letter` names the option, `language` the language of a text."""

    field: str
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]
    letter: str = ""
    language: str = ""


def compare_items(old: Item, new: Item) -> list[FieldChange]:
    """The fields in which two versions differ, in the order a reader meets them."""
    before, after = dict(_fields(old)), dict(_fields(new))
    keys = sorted(before.keys() | after.keys(), key=_reading_order)
    return [
        FieldChange(key[1], *_pieces(before.get(key, ""), after.get(key, "")), key[2], key[3])
        for key in keys
        if before.get(key, "") != after.get(key, "")
    ]


_Key = tuple[int, str, str, str]  # order, field, letter, language


def _reading_order(key: _Key) -> tuple[int, str, str, str]:
    order, field, letter, language = key
    return order, letter, field, language


def _fields(item: Item) -> Iterator[tuple[_Key, str]]:
    if item.stimulus is not None:
        yield from _stimulus_fields(item.stimulus)
    yield from _texts(1, "stem", "", item.stem)
    for letter, choice in zip(LETTERS, item.choices, strict=False):
        yield from _texts(2, "option", letter, choice.text)
        yield from _texts(2, "reason", letter, choice.reason)
    key = [letter for letter, c in zip(LETTERS, item.choices, strict=False) if c.is_key]
    yield (3, "key", "", ""), ", ".join(key)
    yield from _answer_fields(item)
    yield from _texts(4, "rule", "", item.rule)
    for number, figure in enumerate(item.figures, start=1):
        yield (5, "picture", str(number), ""), figure.asset
        yield from _texts(6, "alt", str(number), figure.alt)
        yield from _texts(6, "caption", str(number), figure.caption)
    labels = ("competency", "sub_topic", "cognitive_level", "difficulty", "jurisdiction")
    for field in (*labels, "reference", "status", "written", "type", "scoring"):
        yield (7, field, "", ""), getattr(item, field) or ""
    yield (7, "posts", "", ""), ", ".join(item.posts)
    yield (7, "enemies", "", ""), ", ".join(item.enemies)


def _stimulus_fields(stimulus: Stimulus) -> Iterator[tuple[_Key, str]]:
    """The case that the item shares with others."""
    yield from _texts(0, "case", "", stimulus.text)
    yield (0, "case_place", "", ""), f"{stimulus.id}, {stimulus.position}"
    for number, figure in enumerate(stimulus.figures, start=1):
        yield (0, "case_picture", str(number), ""), figure.asset


def _answer_fields(item: Item) -> Iterator[tuple[_Key, str]]:
    """What is right, in the types without a key among the options."""
    letters = dict(zip((choice.id for choice in item.choices), LETTERS, strict=False))
    for number, premise in enumerate(item.premises, start=1):
        yield from _texts(3, "premise", str(number), premise.text)
        yield (3, "match", str(number), ""), letters.get(premise.match, premise.match)
        yield from _texts(3, "premise_reason", str(number), premise.reason)
    if item.numeric is not None:
        yield (3, "number", "", ""), _number(item.numeric)
        yield from _texts(3, "unit", "", item.numeric.unit)
    for number, text in enumerate(item.accepted, start=1):
        yield from _texts(3, "accepted", str(number), text)
    for number, region in enumerate(item.regions, start=1):
        yield (3, "region", str(number), ""), _region(region)
        yield from _texts(3, "region_label", str(number), region.label)
        yield from _texts(3, "region_reason", str(number), region.reason)


def _number(numeric: Numeric) -> str:
    tolerance = f"{100 * numeric.tolerance:g} %" if numeric.relative else f"{numeric.tolerance:g}"
    return f"{numeric.value:g} ± {tolerance}"


def _region(region: Region) -> str:
    numbers = " ".join(f"{number:.3f}" for number in region.coordinates)
    return f"{region.shape} {numbers} {'✓' if region.is_key else '✗'}"


def _texts(order: int, field: str, letter: str, text: Text) -> Iterator[tuple[_Key, str]]:
    for language in LANGUAGES:
        yield (order, field, letter, language), getattr(text, language)


def _pieces(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    before, after = _TOKENS.findall(old), _TOKENS.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    left, right = [], []
    for kind, a, b, c, d in matcher.get_opcodes():
        if a < b:
            left.append(Piece("same" if kind == "equal" else "gone", "".join(before[a:b])))
        if c < d:
            right.append(Piece("same" if kind == "equal" else "new", "".join(after[c:d])))
    return tuple(left), tuple(right)
