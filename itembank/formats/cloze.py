r"""Gaps inside a text, as Moodle's question type "Embedded answers (Cloze)" writes them.

`{1:MULTICHOICE:=right#reason~wrong~%50%half}`: points, kind, and alternatives between `~`, each
with its weight before and its feedback after `#`. A backslash makes `} # ~ / "` ordinary.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from itembank.formats.moodle_questions import (
    Answer,
    Fields,
    Note,
    choice_fields,
    numeric_fields,
    short_text_fields,
    unstorable,
    weight_of,
)
from itembank.formats.moodle_texts import NativeText

_START = re.compile(
    r"\{\s{0,9}(\d{0,6})\s{0,9}:\s{0,9}([A-Z]{2,20}(?:_[A-Z]{1,9}){0,3})\s{0,9}(:|(?=\}))"
)
_CHOICE = ("MULTICHOICE", "MC")
_SEVERAL = ("MULTIRESPONSE", "MR")
_SHORT = ("SHORTANSWER", "SA", "MW")
_NUMBER = ("NUMERICAL", "NM")
# Variants: columns, rows, shuffled, regarding capital letters.
_VARIANT = re.compile(r"_?(VS|HS|V|H|S|C)$")
_WEIGHT = re.compile(r"\s{0,9}(?:(=)|%\s{0,9}([-+]?[\d.,]{1,20})\s{0,9}%)")
_ESCAPE = re.compile(r"\\([}#~/\"\\{])")
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap at `start` to `end` of the text; `source` is what stands between the second colon and
    the brace, `kind` the word before it.
    """

    start: int
    end: int
    points: str
    kind: str
    source: str


def find_gaps(text: str) -> list[Gap]:
    """All gaps of a text in order; one without a closing brace reaches to the end of the text."""
    gaps: list[Gap] = []
    position = 0
    while found := _START.search(text, position):
        end = _closing_brace(text, found.end())
        gaps.append(
            Gap(found.start(), min(end + 1, len(text)), found[1], found[2], text[found.end() : end])
        )
        position = end + 1
    return gaps


def _closing_brace(text: str, position: int) -> int:
    for found in re.compile(r"\\.|\}", re.DOTALL).finditer(text, position):
        if found[0] == "}":
            return found.start()
    return len(text)


def with_marks(text: str, gaps: list[Gap], mark_of: Callable[[int], str]) -> str:
    """The text with a mark in place of each gap, numbered from 1."""
    found, position = "", 0
    for number, gap in enumerate(gaps, start=1):
        found += text[position : gap.start] + mark_of(number)
        position = gap.end
    return found + text[position:]


def gap_fields(
    gap: Gap, note: Note, native: Callable[[str], NativeText], languages: tuple[str, ...]
) -> Fields:
    """What is asked in a gap; `native` reads a piece of HTML.

    Raises
    ------
    ItemBankError
        "cloze-gap-broken" or what the type's function finds.
    """
    kind = _VARIANT.sub("", gap.kind) if gap.kind not in ("MC", "MWC", "SAC") else gap.kind
    kind = {"MWC": "MW", "SAC": "SA"}.get(kind, kind)
    answers = [
        answer for part in _split(gap.source, "~") if (answer := _answer(part, note, native))
    ]
    if not answers or kind not in (*_CHOICE, *_SEVERAL, *_SHORT, *_NUMBER):
        raise unstorable(
            "cloze-gap-broken", value=f"{{{gap.points}:{gap.kind}:{gap.source[:200]}}}"
        )
    if gap.points not in ("", "0", "1"):
        note("settings-left-out", value=f"points {gap.points}")
    if kind in _NUMBER:
        return numeric_fields([(answer, "") for answer in answers], note, {})
    if kind in _SHORT:
        if gap.kind.endswith("C"):
            note("letter-case-ignored")
        return short_text_fields(answers, note, {}, languages)
    return choice_fields(answers, single=kind in _CHOICE, note=note)


def _split(source: str, mark: str) -> list[str]:
    """The parts between unescaped marks; `#` inside a character reference is none."""
    pattern = re.compile(r"\\.|&#|" + mark, re.DOTALL)
    parts, start = [], 0
    for found in pattern.finditer(source):
        if found[0] == mark:
            parts.append(source[start : found.start()])
            start = found.end()
    return [*parts, source[start:]]


def _answer(part: str, note: Note, native: Callable[[str], NativeText]) -> Answer | None:
    weighted = _WEIGHT.match(part)
    weight = 0.0
    if weighted:
        weight = 100.0 if weighted[1] else weight_of(weighted[2], note)
        part = part[weighted.end() :]
    text, *feedback = _split(part, "#")
    text, said = _unescaped(text), _unescaped("#".join(feedback))
    if not text.strip() and not weighted:
        return None
    return Answer(
        text=native(text),
        weight=weight,
        reason=native(said),
        source=" ".join(html.unescape(_TAG.sub(" ", text)).split()),
    )


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(r"\1", text)
