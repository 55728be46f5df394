"""From a response to a score. One function a type; `score_response` finds it."""

from __future__ import annotations

from collections.abc import Callable, Collection

from itembank.errors import ItemBankError
from itembank.item import Item


def score_response(item: Item, response: Collection[str]) -> int:
    """Score of a response, an integer from 0 up to `maximum_score(item)`.

    Parameters
    ----------
    item : the item answered.
    response : ids of the chosen choices; empty is an answer left out and scores 0.

    Raises
    ------
    ItemBankError
        "choice-unknown": an id that the item does not have. "too-many-choices": more than one for
        an item that takes one.
    """
    chosen = frozenset(response)
    known = {choice.id for choice in item.choices}
    for choice_id in sorted(chosen - known):
        raise ItemBankError("choice-unknown", item.id, value=choice_id)
    return _SCORERS[item.type](item, chosen)


def maximum_score(item: Item) -> int:
    """The highest score the item can give."""
    return _MAXIMA[item.type](item)


def _score_single_best(item: Item, chosen: frozenset[str]) -> int:
    if len(chosen) > 1:
        raise ItemBankError("too-many-choices", item.id, count=len(chosen))
    return int(chosen == item.key)


_SCORERS: dict[str, Callable[[Item, frozenset[str]], int]] = {"single_best": _score_single_best}
_MAXIMA: dict[str, Callable[[Item], int]] = {"single_best": lambda item: 1}
