"""What must hold for every item of a family; run over many seeds by the command and the tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from itembank.errors import sentence
from itembank.family import ChoiceFamily, Family, draw
from itembank.family_numbers import are_apart
from itembank.item import Item, content_hash
from itembank.item_checks import texts_of
from itembank.validation import validate_item

# A family whose key stands in one place more often than this gives the place away.
LARGEST_SHARE = 0.75
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_OPTION = re.compile(r"-?\d+(?:\.\d+)?")


def check_family(family: Family, seeds: Iterable[int]) -> list[str]:
    """Every fault of the items of these seeds, and of all of them together; empty: none."""
    items = [draw(family, seed) for seed in seeds]
    faults = [f"{item.id}: {fault}" for item in items for fault in _faults(family, item)]
    if isinstance(family, ChoiceFamily):
        ranks = key_ranks(items)
        if len(items) > 1 and (len(ranks) < 2 or max(ranks.values()) > LARGEST_SHARE * len(items)):
            faults.append(f"{family.id}: the key stands too often in one place: {dict(ranks)}")
    return faults


def key_ranks(items: Iterable[Item]) -> Counter[int]:
    """How often the key is the smallest option (0), the next (1) and so on."""
    return Counter(
        place for item in items for place, choice in enumerate(item.choices) if choice.is_key
    )


def different_items(family: Family, seeds: Iterable[int]) -> int:
    """How many of these seeds' items differ in anything a student sees."""
    return len({content_hash(draw(family, seed)) for seed in seeds})


def _faults(family: Family, item: Item) -> Iterator[str]:
    for finding in validate_item(item):
        yield sentence(finding, "en")
    for text in texts_of(item):
        if set(text.languages) == {"en"} or set(text.languages) == {"zh"}:
            yield f"in one language only: {text.get('en')}"
        if sorted(_NUMBER.findall(text.en)) != sorted(_NUMBER.findall(text.zh)):
            yield f"numbers differ: {text.en} | {text.zh}"
        if re.search(r"[{}]", text.en + text.zh):
            yield f"a template was not filled: {text.en}"
    if isinstance(family, ChoiceFamily):
        yield from _option_faults(family, item)


def _option_faults(family: ChoiceFamily, item: Item) -> Iterator[str]:
    found = [_OPTION.match(choice.text.en) for choice in item.choices]
    numbers = [float(match[0]) for match in found if match is not None]
    if len(numbers) != family.options:
        yield f"{len(numbers)} numbers among {family.options} options"
    if numbers != sorted(numbers):
        yield f"options not in the order of size: {numbers}"
    if not are_apart(numbers, family.gap):
        yield f"options too close: {numbers}"
    if len(item.key) != 1:
        yield f"{len(item.key)} keys"
