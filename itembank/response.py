"""A response as one string: what a page sends becomes it, what is stored is it.

single_best, true_false   the id of the option           "b"
multiple, select_n        ids, sorted                    "a c"
order                     ids in the order given         "c a b"
matching                  premise=option, in item order  "p1=a p2=c"
numeric                   the number without its unit    "12.5"
short_text                the text                       "half-value layer"
hot_spot                  x,y as shares of the picture   "0.4120,0.3000"

An empty string is an answer left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from itembank.errors import ItemBankError
from itembank.item import LETTERS, NO_TEXT, Choice, Item, clean_text
from itembank.item_checks import MAX_ANSWER
from itembank.numbers import read_number, write_number
from itembank.regions import contains
from itembank.texts import UNREADABLE

Fields = Mapping[str, Sequence[str]]
_POINT = re.compile(r"([01](?:\.\d{1,20})?),([01](?:\.\d{1,20})?)", re.ASCII)


def encode_response(item: Item, values: Fields, seed: str = "") -> str:
    """The response a form sends, as one string.

    Parameters
    ----------
    item : the item answered.
    values : the form's fields, each with its values.
        "choice" (single_best, true_false, multiple, select_n): ids of the options chosen.
        "order": the options from first to last; or "rank-<option>" for each, its place 1..n.
        "match-<premise id>" for each premise: the id of an option.
        "number", with or without its unit; "text"; "x" and "y", or "point" as "x,y".
    seed : of an order item as `shuffled_choices` showed it; its options are then named by their
        places there, "1" to "n", so that the page does not give the right order away. Without a
        seed they are named by their ids.

    Raises
    ------
    ItemBankError
        "response-missing", or what is incomplete or impossible in it; each has a sentence for the
        student.
    """
    return _ENCODERS[item.type](item, values, seed)


def shuffled_choices(item: Item, seed: str) -> tuple[Choice, ...]:
    """The options of an order item as they are shown, never in the right order; same for a seed."""

    def rank(choice: Choice) -> bytes:
        return hashlib.sha256(f"{seed}\n{item.id}\n{choice.id}".encode("utf-8", "replace")).digest()

    shown = tuple(sorted(item.choices, key=rank))
    return shown[1:] + shown[:1] if shown == item.choices else shown


# --- one reader of the string a type ---


def chosen_of(item: Item, response: str) -> frozenset[str]:
    """Ids of the options chosen.

    Raises
    ------
    ItemBankError
        "choice-unknown", "too-many-choices", "select-count".
    """
    chosen = frozenset(response.split())
    known = {choice.id for choice in item.choices}
    for choice_id in sorted(chosen - known):
        raise ItemBankError("choice-unknown", item.id, value=choice_id[:60])
    if item.type in ("single_best", "true_false") and len(chosen) > 1:
        raise ItemBankError("too-many-choices", item.id, count=len(chosen))
    if item.type == "select_n" and len(chosen) != len(item.key):
        raise ItemBankError("select-count", item.id, count=len(chosen), needed=len(item.key))
    return chosen


def order_of(item: Item, response: str) -> tuple[str, ...]:
    """Ids of the options from first to last.

    Raises
    ------
    ItemBankError
        "choice-unknown"; "order-incomplete": an option is missing or stands twice.
    """
    given = tuple(response.split())
    known = {choice.id for choice in item.choices}
    for choice_id in given:
        if choice_id not in known:
            raise ItemBankError("choice-unknown", item.id, value=choice_id[:60])
    if len(given) != len(known) or set(given) != known:
        raise ItemBankError("order-incomplete", item.id, needed=len(known))
    return given


def matches_of(item: Item, response: str) -> dict[str, str]:
    """The option given to each premise.

    Raises
    ------
    ItemBankError
        "match-unreadable", "choice-unknown"; "match-incomplete": a premise has no option.
    """
    pairs = [part.partition("=") for part in response.split()]
    premises = {premise.id for premise in item.premises}
    known = {choice.id for choice in item.choices}
    for premise, _, choice_id in pairs:
        if premise not in premises:
            raise ItemBankError("match-unreadable", item.id, value=premise[:60])
        if choice_id not in known:
            raise ItemBankError("choice-unknown", item.id, value=choice_id[:60])
    given = {premise: choice_id for premise, _, choice_id in pairs}
    if len(pairs) != len(given):
        raise ItemBankError("match-unreadable", item.id, value=response[:60])
    for number, one in enumerate(item.premises, start=1):
        if one.id not in given:
            raise ItemBankError("match-incomplete", item.id, number=number)
    return given


def number_of(item: Item, response: str) -> float:
    """The number.

    Raises
    ------
    ItemBankError
        What `read_number` finds.
    """
    return read_number(response, item.numeric.unit if item.numeric else NO_TEXT, item.id)


def answer_of(item: Item, response: str) -> str:
    """The text.

    Raises
    ------
    ItemBankError
        "answer-too-long", "text-unreadable".
    """
    answer = clean_text(response)
    if len(answer) > MAX_ANSWER:
        raise ItemBankError("answer-too-long", item.id, length=len(answer), limit=MAX_ANSWER)
    found = UNREADABLE.search(answer)
    if found:
        raise ItemBankError("text-unreadable", item.id, character=f"U+{ord(found[0]):04X}")
    return answer


def point_of(item: Item, response: str) -> tuple[float, float]:
    """The point, as shares of the picture's width and height.

    Raises
    ------
    ItemBankError
        "point-unreadable", "point-outside".
    """
    found = _POINT.fullmatch(response.strip())
    if found is None:
        raise ItemBankError("point-unreadable", item.id, value=response[:60])
    x, y = float(found[1]), float(found[2])
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise ItemBankError("point-outside", item.id)
    return x, y


# --- one encoder a type ---


def _encode_choices(item: Item, values: Fields, seed: str) -> str:
    chosen = [choice_id for choice_id in values.get("choice", ()) if choice_id]
    if not chosen:
        raise ItemBankError("response-missing", item.id)
    for choice_id in chosen:  # a blank inside would make two of one
        if not any(choice.id == choice_id for choice in item.choices):
            raise ItemBankError("choice-unknown", item.id, value=choice_id[:60])
    return " ".join(sorted(chosen_of(item, " ".join(chosen))))


def _encode_order(item: Item, values: Fields, seed: str) -> str:
    shown = shuffled_choices(item, seed) if seed else item.choices
    names = {
        str(place) if seed else choice.id: choice.id for place, choice in enumerate(shown, start=1)
    }
    given = list(values.get("order", ()))
    if not given:
        ranks = {name: _first(values, f"rank-{name}").strip() for name in names}
        if not any(ranks.values()):
            raise ItemBankError("response-missing", item.id)
        places = [str(place) for place in range(1, len(names) + 1)]
        if sorted(ranks.values()) != sorted(places):
            raise ItemBankError("order-incomplete", item.id, needed=len(names))
        given = sorted(names, key=lambda name: int(ranks[name]))
    for name in given:
        if name not in names:
            raise ItemBankError("choice-unknown", item.id, value=name[:60])
    return " ".join(order_of(item, " ".join(names[name] for name in given)))


def _encode_matching(item: Item, values: Fields, seed: str) -> str:
    given = {one.id: _first(values, f"match-{one.id}").strip() for one in item.premises}
    if not any(given.values()):
        raise ItemBankError("response-missing", item.id)
    known = {choice.id for choice in item.choices}
    for choice_id in given.values():
        if choice_id and choice_id not in known:
            raise ItemBankError("choice-unknown", item.id, value=choice_id[:60])
    response = " ".join(f"{premise}={chosen}" for premise, chosen in given.items() if chosen)
    matches_of(item, response)
    return response


def _encode_numeric(item: Item, values: Fields, seed: str) -> str:
    written = _first(values, "number").strip()
    if not written:
        raise ItemBankError("response-missing", item.id)
    return write_number(number_of(item, written))


def _encode_short_text(item: Item, values: Fields, seed: str) -> str:
    answer = answer_of(item, _first(values, "text"))
    if not answer:
        raise ItemBankError("response-missing", item.id)
    return answer


def _encode_hot_spot(item: Item, values: Fields, seed: str) -> str:
    point = _first(values, "point").strip()
    x, y = _first(values, "x").strip(), _first(values, "y").strip()
    if not point and not (x and y):
        raise ItemBankError("response-missing", item.id)
    shares = point_of(item, point or f"{x},{y}")
    return write_point(*shares)


def write_point(x: float, y: float) -> str:
    """The string of a point: a ten-thousandth of a picture is less than a pixel of most."""
    return f"{x:.4f},{y:.4f}"


def _first(values: Fields, field: str) -> str:
    return next(iter(values.get(field, ())), "")


_ENCODERS: dict[str, Callable[[Item, Fields, str], str]] = {
    "single_best": _encode_choices,
    "true_false": _encode_choices,
    "multiple": _encode_choices,
    "select_n": _encode_choices,
    "order": _encode_order,
    "matching": _encode_matching,
    "numeric": _encode_numeric,
    "short_text": _encode_short_text,
    "hot_spot": _encode_hot_spot,
}


# --- for people ---


def response_words(item: Item, response: str, language: str) -> str:
    """A response as a person reads it, in the texts of the item; Markdown, one line a part.

    Raises
    ------
    ItemBankError
        When the response does not fit the item.
    """
    if not response.strip():
        return "（未作答）" if language.startswith("zh") else "(no answer)"
    texts = {choice.id: choice.text.get(language) for choice in item.choices}
    if item.type in ("single_best", "multiple", "select_n"):
        chosen = chosen_of(item, response)
        lettered = zip(LETTERS, item.choices, strict=False)
        return "\n".join(
            f"{letter}. {texts[one.id]}" for letter, one in lettered if one.id in chosen
        )
    if item.type == "true_false":
        return texts[next(iter(chosen_of(item, response)))]
    if item.type == "order":
        given = order_of(item, response)
        return "\n".join(f"{place}. {texts[one]}" for place, one in enumerate(given, start=1))
    if item.type == "matching":
        matches = matches_of(item, response)
        return "\n".join(
            f"{one.text.get(language)} → {texts[matches[one.id]]}" for one in item.premises
        )
    if item.type == "numeric":
        unit = item.numeric.unit.get(language) if item.numeric else ""
        return f"{write_number(number_of(item, response))} {unit}".strip()
    if item.type == "hot_spot":
        return _point_words(item, *point_of(item, response), language)
    return answer_of(item, response)


def _point_words(item: Item, x: float, y: float, language: str) -> str:
    hit = next((one for one in item.regions if one.label and contains(one, x, y)), None)
    if language.startswith("zh"):
        words = f"距左 {x:.0%}，距上 {y:.0%}"
        return f"{hit.label.get(language)}（{words}）" if hit else words
    words = f"{x:.0%} from the left, {y:.0%} from the top"
    return f"{hit.label.get(language)} ({words})" if hit else words
