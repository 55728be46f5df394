"""Rules for single types of items and for sets; `itembank.validation` runs them with the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from itembank.bank import ItemBank, sets_of
from itembank.errors import Finding
from itembank.item import LANGUAGES, Item, Region
from itembank.regions import bounds, contains
from itembank.scoring import fold_answer

# A fingertip covers about 7 mm: a fiftieth of a picture 35 cm wide, and more on a phone.
SMALLEST_REGION = 0.02
_GRID = 24


def missing_explanation(item: Item) -> Iterator[Finding]:
    """Where no option says why, the rule does: for numbers, short answers and orders."""
    if item.type in ("numeric", "short_text", "order") and not item.rule:
        yield Finding("warning", "explanation-missing", item.id)
    if item.type == "matching":
        missing = [str(n) for n, one in enumerate(item.premises, start=1) if not one.reason]
        if missing and not item.rule:
            details = {"numbers": ", ".join(missing)}
            yield Finding("warning", "premise-reason-missing", item.id, details)
    if item.type == "hot_spot" and not item.rule:
        reasons = [region.reason for region in item.regions if region.is_key]
        if not any(reasons):
            yield Finding("warning", "explanation-missing", item.id)
    # One sentence says why a statement is true or false.
    given = [item.rule, *(choice.reason for choice in item.choices)]
    if item.type == "true_false" and not any(given):
        yield Finding("warning", "explanation-missing", item.id)


def all_options_right(item: Item) -> Iterator[Finding]:
    """Among the options to select from, one at least is wrong."""
    if item.type in ("multiple", "select_n") and len(item.key) == len(item.choices):
        yield Finding("warning", "all-options-right", item.id)


def no_tolerance(item: Item) -> Iterator[Finding]:
    """A number has a tolerance: a rounded answer is not wrong."""
    numeric = item.numeric
    if numeric is None:
        return
    if numeric.tolerance == 0 or (numeric.relative and numeric.value == 0):
        yield Finding("warning", "tolerance-zero", item.id)
    elif numeric.relative and numeric.tolerance > 1:
        details = {"percent": round(100 * numeric.tolerance)}
        yield Finding("warning", "tolerance-large", item.id, details)


def accepted_in_each_language(item: Item) -> Iterator[Finding]:
    """A short answer is accepted in each language that the question is asked in, and once."""
    if item.type != "short_text":
        return
    for language in item.stem.languages:
        if not any(language in answer.languages for answer in item.accepted):
            yield Finding("warning", "accepted-language", item.id, {"language": language})
    seen: set[str] = set()
    for answer in item.accepted:
        own = {fold_answer(getattr(answer, language)) for language in answer.languages}
        for again in sorted(own & seen)[:1]:
            yield Finding("warning", "accepted-double", item.id, {"value": again[:60]})
        seen |= own


def duplicate_premises(item: Item) -> Iterator[Finding]:
    """No two lines to match say the same."""
    for language in LANGUAGES:
        seen: dict[str, int] = {}
        for number, premise in enumerate(item.premises, start=1):
            text = " ".join(getattr(premise.text, language).split())
            if text and text in seen:
                details = {"first": seen[text], "second": number}
                yield Finding("error", "duplicate-premise", item.id, details)
                return
            seen[text] = number


def regions_over_the_edge(item: Item) -> Iterator[Finding]:
    """No region reaches beyond the picture, and each is large enough for a finger."""
    for number, region in enumerate(item.regions, start=1):
        left, top, right, bottom = bounds(region)
        if min(left, top) < -1e-9 or max(right, bottom) > 1 + 1e-9:
            yield Finding("warning", "region-over-edge", item.id, {"number": number})
        if min(right - left, bottom - top) < SMALLEST_REGION:
            yield Finding("warning", "region-small", item.id, {"number": number})


def overlapping_regions(item: Item) -> Iterator[Finding]:
    """A right and a wrong region do not overlap: a point in both counts as right."""
    numbered = enumerate(item.regions, start=1)
    for (first, one), (second, other) in combinations(numbered, 2):
        if one.is_key != other.is_key and _overlap(one, other):
            details = {"first": first, "second": second}
            yield Finding("warning", "regions-overlap", item.id, details)


def _overlap(one: Region, other: Region) -> bool:
    """Whether a grid of points over what their bounds share has one inside both."""
    pairs = list(zip(bounds(one), bounds(other), strict=True))
    left, top = max(pairs[0]), max(pairs[1])
    right, bottom = min(pairs[2]), min(pairs[3])
    if left >= right or top >= bottom:
        return False
    steps = [(step + 0.5) / _GRID for step in range(_GRID)]
    points = ((left + i * (right - left), top + j * (bottom - top)) for i in steps for j in steps)
    return any(contains(one, x, y) and contains(other, x, y) for x, y in points)


TYPE_RULES = (
    missing_explanation,
    all_options_right,
    no_tolerance,
    accepted_in_each_language,
    duplicate_premises,
    regions_over_the_edge,
    overlapping_regions,
)


# --- sets ---


def different_cases(bank: ItemBank) -> Iterator[Finding]:
    """All items of a set show the same case."""
    for name, items in sets_of(bank).items():
        shown = [replace(one.stimulus, position=1) for one in items if one.stimulus is not None]
        for item, stimulus in zip(items, shown, strict=True):
            if stimulus != shown[0]:
                details = {"set": name, "other": items[0].id}
                yield Finding("error", "set-texts-differ", item.id, details)


def set_positions(bank: ItemBank) -> Iterator[Finding]:
    """The items of a set are numbered from 1 without gaps, each number once."""
    for name, items in sets_of(bank).items():
        places = Counter(one.stimulus.position for one in items if one.stimulus is not None)
        for item in items:
            place = item.stimulus.position if item.stimulus is not None else 0
            if places[place] > 1:
                details = {"set": name, "position": place}
                yield Finding("error", "set-position-double", item.id, details)
        missing = [place for place in range(1, max(places) + 1) if place not in places]
        if missing:
            details = {"set": name, "positions": ", ".join(str(place) for place in missing)}
            yield Finding("warning", "set-position-missing", items[0].id, details)
        if len(items) == 1:
            yield Finding("warning", "set-of-one", items[0].id, {"set": name})


def set_competencies(bank: ItemBank) -> Iterator[Finding]:
    """A set lies within one competency, so that it can be served as a whole for it."""
    for name, items in sets_of(bank).items():
        codes = list(dict.fromkeys(item.competency for item in items))
        if len(codes) > 1:
            details = {"set": name, "competencies": ", ".join(codes)}
            yield Finding("warning", "set-competencies", items[0].id, details)


SET_RULES = (different_cases, set_positions, set_competencies)
