"""The question types of Moodle XML as fields of our items; one function a type."""

from __future__ import annotations

import re
from collections.abc import Callable

from itembank.formats.moodle_questions import (
    Answer,
    Fields,
    choice_fields,
    matching_fields,
    numeric_fields,
    order_fields,
    parse_number,
    short_text_fields,
    true_false_fields,
    unstorable,
)
from itembank.formats.moodle_texts import NativeText
from itembank.formats.moodle_xml_parts import XmlQuestion, child_text, text_of
from itembank.formats.moodle_xml_regions import hot_spot_fields
from itembank.formats.xml_safety import child_named, children_named

# Types without anything to score, by the sentence that says so.
NOT_SCORED = {"description": "description-only", "essay": "essay-not-scored"}
_WORD_GAP = re.compile(r"\[\[(\d{1,3})\]\]")
_GRADINGS = {
    "-1": "ALL_OR_NOTHING",
    "0": "ABSOLUTE_POSITION",
    "1": "RELATIVE_NEXT_EXCLUDE_LAST",
    "2": "RELATIVE_NEXT_INCLUDE_LAST",
}
MARK_OPEN, MARK_CLOSE = "\ue100", "\ue101"
_MARK = re.compile(f"{MARK_OPEN}(\\d{{1,9}}){MARK_CLOSE}")


def _is_yes(text: str) -> bool:
    return text.strip().lower() in ("1", "true", "yes")


def _multichoice(xml: XmlQuestion) -> Fields:
    single = child_text(xml.element, "single")
    return choice_fields(
        xml.answers(),
        single=_is_yes(single) or not single,
        note=xml.question.note,
        scoring=xml.question.labels.get("scoring", ""),
    )


def _all_or_nothing(xml: XmlQuestion) -> Fields:
    """The plugin "All-or-nothing multiple choice"."""
    answers = xml.answers()
    return choice_fields(answers, single=False, note=xml.question.note, scoring="all_or_nothing")


def _true_false(xml: XmlQuestion) -> Fields:
    found = {answer.source.strip().lower(): answer for answer in xml.answers()}
    if set(found) != {"true", "false"}:
        raise unstorable("true-false-options")
    full = [name for name, answer in found.items() if answer.is_full]
    if len(full) != 1:
        raise unstorable("key-count", count=len(full))
    return true_false_fields(full == ["true"], found["true"].reason, found["false"].reason)


def _numerical(xml: XmlQuestion) -> Fields:
    answers = [
        (xml.answer(element), child_text(element, "tolerance"))
        for element in children_named(xml.element, "answer")
    ]
    fields = numeric_fields(answers, xml.question.note, xml.question.labels)
    units = [
        (child_text(unit, "unit_name"), parse_number(child_text(unit, "multiplier") or "1"))
        for group in children_named(xml.element, "units")
        for unit in children_named(group, "unit")
    ]
    if units:
        # the number of the answer is in the unit whose multiplier is 1
        units.sort(key=lambda unit: unit[1] != 1)
        fields["numeric"]["unit"] = xml.question.reader.plain(units[0][0])  # type: ignore[index]
    if len(units) > 1:
        xml.question.note("units-left-out", value=", ".join(name for name, _ in units[1:])[:200])
    return fields


def _short_answer(xml: XmlQuestion) -> Fields:
    if _is_yes(child_text(xml.element, "usecase")):
        xml.question.note("letter-case-ignored")
    return short_text_fields(
        xml.answers(), xml.question.note, xml.question.labels, xml.question.reader.languages
    )


def _matching(xml: XmlQuestion) -> Fields:
    pairs = [
        (
            xml.native(element),
            xml.question.reader.plain(text_of(child_named(element, "answer"))),
        )
        for element in children_named(xml.element, "subquestion")
    ]
    return matching_fields(pairs, xml.question.labels)


def _ordering(xml: XmlQuestion) -> Fields:
    """The plugin "ordering": an answer's fraction is its place."""
    places = [
        (parse_number(element.get("fraction") or "") or 0.0, element)
        for element in children_named(xml.element, "answer")
    ]
    answers = [
        Answer(xml.native(element), 100.0, xml.native(child_named(element, "feedback")))
        for _, element in sorted(places, key=lambda pair: pair[0])
    ]
    grading = child_text(xml.element, "gradingtype")
    grading = _GRADINGS.get(grading, grading)
    scoring = xml.question.labels.get("scoring", "")
    return order_fields(answers, grading, xml.question.note, scoring)


def _words_in_gaps(xml: XmlQuestion) -> Fields:
    """Words to drag or to select into gaps of the text: a matching item of gaps and words."""
    boxes = children_named(xml.element, "dragbox", "selectoption")
    words = [xml.question.reader.plain(text_of(box)) for box in boxes]
    if len({child_text(box, "group") for box in boxes}) > 1:
        xml.question.note("groups-joined")
    wanted: list[int] = []

    def mark(found: re.Match[str]) -> str:
        wanted.append(int(found[1]))
        return f"{MARK_OPEN}{len(wanted)}{MARK_CLOSE}"

    xml.read_text(_WORD_GAP.sub(mark, text_of(child_named(xml.element, "questiontext"))))
    if any(not 1 <= number <= len(words) for number in wanted):
        raise unstorable("cloze-gap-broken", value=f"[[{max(wanted)}]]")
    stem = xml.question.text.stem
    pairs: list[tuple[NativeText, NativeText]] = [
        ({name: line_of_gap(text, place) for name, text in stem.items()}, words[number - 1])
        for place, number in enumerate(wanted, start=1)
    ]
    if not pairs:
        raise unstorable("cloze-gap-missing")
    xml.question.text.stem = {name: with_numbers(text) for name, text in stem.items()}
    return matching_fields([*pairs, *(({}, word) for word in words)], {})


def with_numbers(markdown: str) -> str:
    """The text with every marked gap as a numbered line to write on."""
    return _MARK.sub(r"(\1) _____", markdown)


def line_of_gap(markdown: str, number: int) -> str:
    """The line in which a gap stands, with the gaps of the line numbered."""
    wanted = f"{MARK_OPEN}{number}{MARK_CLOSE}"
    line = next((line for line in markdown.split("\n") if wanted in line), wanted)
    line = line.strip()
    if line.startswith("|"):  # a row of a table
        line = ": ".join(cell.strip() for cell in line.strip("|").split("|") if cell.strip())
    line = re.sub(r"^(?:[-*+>]|#{1,6}|\d{1,9}[.)])\s{1,9}", "", line)
    if line.count(MARK_OPEN) == 1:
        return f"({number}) " + line.replace(wanted, "_____")
    return f"({number}) " + with_numbers(line)


READERS: dict[str, Callable[[XmlQuestion], Fields]] = {
    "multichoice": _multichoice,
    "multichoiceset": _all_or_nothing,
    "truefalse": _true_false,
    "numerical": _numerical,
    "shortanswer": _short_answer,
    "matching": _matching,
    "match": _matching,
    "ordering": _ordering,
    "ddwtos": _words_in_gaps,
    "gapselect": _words_in_gaps,
    "ddmarker": hot_spot_fields,
}
