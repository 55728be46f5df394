"""What a browser may send about a list of items: filters, an order, a page, a choice of items."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from werkzeug.datastructures import MultiDict

from itembank.blueprint import Blueprint
from itembank.item import COGNITIVE_LEVELS, DIFFICULTIES, ITEM_TYPES, JURISDICTIONS, STATUSES
from quizengine.banks.forms import read_number
from quizengine.banks.service.items import MAX_PAGE, ORDERS, Filters

YES_NO = ("yes", "no")
ALLOWED: dict[str, tuple[str, ...]] = {
    "level": COGNITIVE_LEVELS,
    "difficulty": DIFFICULTIES,
    "status": STATUSES,
    "type": ITEM_TYPES,
    "jurisdiction": JURISDICTIONS,
    "figure": YES_NO,
    "state": ("provisional", "calibrated", "changed", "retired"),
    "apart": YES_NO,
    "comments": ("open", "any"),
    "sort": tuple(sign + name for name in ORDERS for sign in ("", "-")),
}
# Those that stand behind "More filters": the rest is always in sight.
MORE = (
    "difficulty", "type", "jurisdiction", "post", "figure", "apart", "set", "comments", "status",
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def read_filters(sent: MultiDict[str, str], blueprint: Blueprint) -> Filters:
    """The filters of a list; what is not offered is left out."""
    allowed = ALLOWED | {"competency": blueprint.competency_codes}
    found = {name: sent.get(name, "") for name in allowed}
    found = {name: value if value in allowed[name] else "" for name, value in found.items()}
    for name in ("text", "post", "set"):
        found[name] = clean_word(sent.get(name, ""))
    topic = sent.get("sub_topic", "")
    owner = blueprint.competency_of(topic)
    if owner is not None and found["competency"] in ("", owner.code):
        found["sub_topic"] = topic
    return Filters(**found)


def filter_arguments(filters: Filters) -> dict[str, Any]:
    """The filters as the arguments of an address; nothing for what is not narrowed."""
    return {name: value for name, value in asdict(filters).items() if value}


def clean_word(text: str) -> str:
    """A short text on one line."""
    return _CONTROL.sub(" ", text).strip()[:100]


def read_page(sent: MultiDict[str, str]) -> int:
    """The number of a page of a list, from 1."""
    return min(max(read_number(sent.get("page")) or 1, 1), MAX_PAGE)


def read_keys(sent: MultiDict[str, str], name: str, limit: int) -> list[int]:
    """The keys that were ticked, each once."""
    found = [read_number(value) for value in sent.getlist(name)[:limit]]
    return list(dict.fromkeys(key for key in found if key))
