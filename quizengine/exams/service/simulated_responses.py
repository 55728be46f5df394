"""Responses that simulated students give: one with the score that chance gave them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from itembank.item import Item
from itembank.numbers import write_number
from itembank.response import write_point
from itembank.scoring import key_response, maximum_score, score_response

_TRIES = 50


def response_scoring(item: Item, score: int, rng: np.random.Generator) -> str:
    """A response with this score, or with the nearest one that the item can give.

    Parameters
    ----------
    score : 0 to `maximum_score(item)`
    """
    if score >= maximum_score(item):
        return key_response(item)
    return _MAKERS[item.type](item, score, rng)


def _chosen(item: Item, score: int, rng: np.random.Generator) -> str:
    wrong = [choice.id for choice in item.choices if not choice.is_key]
    if item.type in ("single_best", "true_false"):
        return wrong[int(rng.integers(len(wrong)))]
    keys = [choice.id for choice in item.choices if choice.is_key]
    if item.scoring_rule == "all_or_nothing":
        score = len(keys) - 1
    kept = [str(one) for one in rng.permutation(keys)[:score]]
    needed = len(keys) - score if item.type == "select_n" else int(score == 0)
    kept += [str(one) for one in rng.permutation(wrong)[:needed]]
    if item.type == "select_n" and len(kept) < len(keys):  # too few wrong options for so few points
        kept += [one for one in keys if one not in kept][: len(keys) - len(kept)]
    return " ".join(sorted(kept or keys[:1]))


def _ordered(item: Item, score: int, rng: np.random.Generator) -> str:
    """The right order cut into pieces that stand in the opposite order: no other neighbours."""
    ids = [choice.id for choice in item.choices]
    if item.scoring_rule == "all_or_nothing":
        score = len(ids) - 2
    cuts = sorted(1 + rng.permutation(len(ids) - 1)[: len(ids) - 1 - score])
    pieces = [ids[a:b] for a, b in zip([0, *cuts], [*cuts, len(ids)], strict=True)]
    return " ".join(one for piece in reversed(pieces) for one in piece)


def _matched(item: Item, score: int, rng: np.random.Generator) -> str:
    if item.scoring_rule == "all_or_nothing":
        score = len(item.premises) - 1
    right = set(rng.permutation(len(item.premises))[:score].tolist())
    pairs = []
    for place, premise in enumerate(item.premises):
        others = [choice.id for choice in item.choices if choice.id != premise.match]
        given = premise.match if place in right else others[int(rng.integers(len(others)))]
        pairs.append(f"{premise.id}={given}")
    return " ".join(pairs)


def _number(item: Item, score: int, rng: np.random.Generator) -> str:
    value = item.numeric.value if item.numeric else 0.0
    width = (
        item.numeric.tolerance * (abs(value) if item.numeric.relative else 1) if item.numeric else 0
    )
    return write_number(value + (2.0 * width + abs(value) + 1.0) * float(1 + rng.random()))


def _text(item: Item, score: int, rng: np.random.Generator) -> str:
    return "?"


def _point(item: Item, score: int, rng: np.random.Generator) -> str:
    for _ in range(_TRIES):
        point = write_point(*rng.random(2).tolist())
        if score_response(item, point) == 0:
            return point
    return key_response(item)


_MAKERS: dict[str, Callable[[Item, int, np.random.Generator], str]] = {
    "single_best": _chosen,
    "true_false": _chosen,
    "multiple": _chosen,
    "select_n": _chosen,
    "order": _ordered,
    "matching": _matched,
    "numeric": _number,
    "short_text": _text,
    "hot_spot": _point,
}
