"""From a response to a score. One function a type; `score_response` finds it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from itertools import pairwise

from itembank.item import Item
from itembank.numbers import within, write_number
from itembank.regions import contains, inner_point
from itembank.response import (
    answer_of,
    chosen_of,
    matches_of,
    number_of,
    order_of,
    point_of,
    write_point,
)


def score_response(item: Item, response: str) -> int:
    """Score of a response, an integer from 0 up to `maximum_score(item)`.

    Parameters
    ----------
    item : the item answered.
    response : as `itembank.response` writes it; empty is an answer left out and scores 0.

    Raises
    ------
    ItemBankError
        What does not fit the item: "choice-unknown", "too-many-choices", "select-count",
        "order-incomplete", "match-incomplete", "match-unreadable", "number-unreadable",
        "number-ambiguous", "number-too-large", "unit-wrong", "answer-too-long", "text-unreadable",
        "point-unreadable", "point-outside".
    """
    if not response.strip():
        return 0
    return _SCORERS[item.type](item, response)


def maximum_score(item: Item) -> int:
    """The highest score the item can give."""
    if item.scoring_rule in ("", "all_or_nothing"):
        return 1
    if item.type == "matching":
        return len(item.premises)
    if item.type == "order":
        return len(item.choices) - 1
    return len(item.key)


def key_response(item: Item) -> str:
    """A fully right response."""
    return _KEYS[item.type](item)


# --- one scorer a type ---


def _score_key(item: Item, response: str) -> int:
    return int(chosen_of(item, response) == item.key)


def _score_several(item: Item, response: str) -> int:
    chosen = chosen_of(item, response)
    right, wrong = len(chosen & item.key), len(chosen - item.key)
    if item.scoring_rule == "plus_minus":
        return max(0, right - wrong)
    if item.scoring_rule == "partial":
        # Where the number to choose is given, a wrong option already costs the place of a key.
        return right if item.type == "select_n" or not wrong else 0
    return int(chosen == item.key)


def _score_order(item: Item, response: str) -> int:
    given = order_of(item, response)
    right = tuple(choice.id for choice in item.choices)
    if item.scoring_rule == "partial":
        return len(set(pairwise(given)) & set(pairwise(right)))
    return int(given == right)


def _score_matching(item: Item, response: str) -> int:
    given = matches_of(item, response)
    right = sum(given[premise.id] == premise.match for premise in item.premises)
    return right if item.scoring_rule == "partial" else int(right == len(item.premises))


def _score_numeric(item: Item, response: str) -> int:
    number, numeric = number_of(item, response), item.numeric
    if numeric is None:  # construction refuses it
        return 0
    return int(within(number, numeric.value, numeric.tolerance, relative=numeric.relative))


def _score_short_text(item: Item, response: str) -> int:
    answer = fold_answer(answer_of(item, response))
    return int(
        any(
            answer == fold_answer(written)
            for accepted in item.accepted
            for written in (accepted.en, accepted.zh)
            if written
        )
    )


def fold_answer(text: str) -> str:
    """A short answer for comparison: width, case and white space aside."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def _score_hot_spot(item: Item, response: str) -> int:
    x, y = point_of(item, response)
    return int(any(region.is_key and contains(region, x, y) for region in item.regions))


_SCORERS: dict[str, Callable[[Item, str], int]] = {
    "single_best": _score_key,
    "true_false": _score_key,
    "multiple": _score_several,
    "select_n": _score_several,
    "order": _score_order,
    "matching": _score_matching,
    "numeric": _score_numeric,
    "short_text": _score_short_text,
    "hot_spot": _score_hot_spot,
}


# --- one key a type ---


def _key_of_choices(item: Item) -> str:
    return " ".join(sorted(item.key))


def _key_of_hot_spot(item: Item) -> str:
    region = next(region for region in item.regions if region.is_key)
    point = inner_point(region)
    written = write_point(*point)
    # A region thinner than the usual precision needs all digits.
    return written if _score_hot_spot(item, written) else f"{point[0]:.17f},{point[1]:.17f}"


_KEYS: dict[str, Callable[[Item], str]] = {
    "single_best": _key_of_choices,
    "true_false": _key_of_choices,
    "multiple": _key_of_choices,
    "select_n": _key_of_choices,
    "order": lambda item: " ".join(choice.id for choice in item.choices),
    "matching": lambda item: " ".join(f"{one.id}={one.match}" for one in item.premises),
    "numeric": lambda item: write_number(item.numeric.value) if item.numeric else "",
    "short_text": lambda item: next(text.en or text.zh for text in item.accepted),
    "hot_spot": _key_of_hot_spot,
}
