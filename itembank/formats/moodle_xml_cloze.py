"""Questions of the type "Embedded answers (Cloze)": one gap is an item, several gaps are a set."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from itembank.errors import ItemBankError
from itembank.formats.cloze import Gap, find_gaps, gap_fields, with_marks
from itembank.formats.draft import DraftItem, SourceFinding, check_draft
from itembank.formats.moodle_draft import Question, rejected
from itembank.formats.moodle_questions import Fields
from itembank.formats.moodle_texts import QuestionText
from itembank.formats.moodle_xml_parts import XmlQuestion, text_of
from itembank.formats.moodle_xml_types import MARK_CLOSE, MARK_OPEN, line_of_gap, with_numbers
from itembank.formats.xml_safety import child_named


def read_cloze(xml: XmlQuestion) -> tuple[list[DraftItem], list[SourceFinding]]:
    """An item for every gap; each gap that cannot be stored is said with its number."""
    question = xml.question
    written = text_of(child_named(xml.element, "questiontext"))
    gaps = find_gaps(written)
    try:
        if not gaps:
            raise ItemBankError("cloze-gap-missing")
        if len(gaps) == 1:
            xml.read_text(with_marks(written, gaps, lambda number: "_____"))
        else:
            xml.read_text(
                with_marks(written, gaps, lambda number: f"{MARK_OPEN}{number}{MARK_CLOSE}")
            )
        rule = xml.native(child_named(xml.element, "generalfeedback"))
    except ItemBankError as error:
        return [], [rejected(question, error.code, error.details)]
    items: list[DraftItem] = []
    refused: list[SourceFinding] = []
    for number, gap in enumerate(gaps, start=1):
        part = question if len(gaps) == 1 else _part(question, number)
        try:
            fields = _gap_fields(xml, part, gap) | ({"rule": rule} if rule else {})
            if len(gaps) > 1:
                fields |= _set_fields(question, written, number, len(items) + 1)
            draft = part.draft(fields)
            error_found = check_draft(draft)
            if error_found is not None:
                raise error_found
            items.append(draft)
        except ItemBankError as error:
            refused.append(rejected(part, error.code, error.details))
    return items, refused


def _part(question: Question, number: int) -> Question:
    """The question as seen from one of its gaps."""
    text = question.text
    stem = {language: line_of_gap(stem, number) for language, stem in text.stem.items()}
    return replace(
        question,
        source=replace(question.source, place=f"{question.source.place}, gap {number}"),
        identifier=f"{question.identifier}-{number}" if question.identifier else "",
        findings=list(question.findings) if number == 1 else [],
        text=QuestionText(stem=stem),
    )


def _gap_fields(xml: XmlQuestion, part: Question, gap: Gap) -> Fields:
    reader = xml.question.reader
    text_format = xml.format_of(child_named(xml.element, "questiontext"))
    return gap_fields(
        gap, part.note, lambda text: reader.native(text, text_format), reader.languages
    )


def _set_fields(question: Question, written: str, number: int, position: int) -> Fields:
    """What makes the item one of a set: the whole text, with its gaps numbered, is the case."""
    digest = hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return {
        "stimulus": {
            "id": question.identifier or f"cloze-{digest}",
            "text": {name: with_numbers(text) for name, text in question.text.stem.items()},
            "figures": question.text.figures,
            "irreversible": False,
            "position": position,
        }
    }
