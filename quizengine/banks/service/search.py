"""What lists of items filter and search by: taken out of an item's content when it is stored."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Codes and settings: nobody looks for the "a" of an option's id or for "single_best".
_NOT_TEXT = frozenset(
    {"id", "type", "key", "scoring", "cognitive_level", "difficulty", "status", "shape", "asset"}
)
MAX_TERMS = 8


def labels_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of an item version that repeat its content, from the native form."""
    return {
        "type": content.get("type") or "single_best",
        "status": content.get("status") or "draft",
        "difficulty": content.get("difficulty") or "",
        "jurisdiction": content.get("jurisdiction") or "",
        "posts": as_lines(content.get("posts")),
        "enemies": as_lines(content.get("enemies")),
        "has_figure": bool(content.get("figures")) or _has_stimulus_figure(content),
        "search_text": search_text(content),
    }


def _has_stimulus_figure(content: Mapping[str, Any]) -> bool:
    stimulus = content.get("stimulus")
    return isinstance(stimulus, Mapping) and bool(stimulus.get("figures"))


def as_lines(labels: Any) -> str:
    """Labels one a line with a newline at both ends, so that one is found whole; "" for none."""
    return "\n" + "\n".join(labels) + "\n" if labels else ""


def search_text(content: Mapping[str, Any]) -> str:
    """Everything written in an item, folded; texts are parted by newlines.

    A search is for parts of it, so any run of Chinese characters is found as it stands.
    """
    return "\n".join(fold(text) for text in [str(content.get("id", "")), *texts_of(content)])


def texts_of(content: Any) -> Iterator[str]:
    """Every text of an item's native form, as it was written."""
    if isinstance(content, str):
        if content.strip():
            yield content
    elif isinstance(content, Mapping):
        for name, value in content.items():
            if name not in _NOT_TEXT:
                yield from texts_of(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from texts_of(value)


def fold(text: str) -> str:
    """A text for comparison: full and half width, case and runs of white space are the same."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def terms_of(wanted: str) -> tuple[str, ...]:
    """What a search asks for: words, or phrases in double quotes; each must be found."""
    parts = unicodedata.normalize("NFKC", wanted).replace("“", '"').replace("”", '"').split('"')
    found: list[str] = []
    for place, part in enumerate(parts):
        quoted = place % 2 == 1 and place < len(parts) - 1
        found += [fold(part)] if quoted else fold(part).split()
    return tuple(dict.fromkeys(term for term in found if term))[:MAX_TERMS]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The place in a text where a term was found."""

    before: str
    found: str
    after: str


_AROUND = 40  # characters of an excerpt before and after what was found


def find_excerpt(content: Mapping[str, Any], terms: Sequence[str]) -> Excerpt | None:
    """Where the first term stands that neither the stem nor the item's id holds; None if none."""
    seen = fold(" ".join([str(content.get("id", "")), *texts_of(content.get("stem"))]))
    for term in terms:
        if term in seen:
            continue
        for text in texts_of(content):
            folded = fold(text)
            place = folded.find(term)
            if place >= 0:
                return _excerpt(text, folded, place, len(term))
    return None


def _excerpt(text: str, folded: str, place: int, length: int) -> Excerpt:
    # As it was written where folding kept every character in its place, else folded.
    shown = " ".join(unicodedata.normalize("NFKC", text).split())
    shown = shown if len(shown) == len(folded) else folded
    start, end = max(0, place - _AROUND), place + length
    return Excerpt(
        ("…" if start else "") + shown[start:place],
        shown[place:end],
        shown[end : end + _AROUND] + ("…" if end + _AROUND < len(shown) else ""),
    )
