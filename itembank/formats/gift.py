"""Reads GIFT, Moodle's text format, alone or in a zip beside its pictures."""

from __future__ import annotations

import re
from collections.abc import Mapping

from itembank.errors import Finding, ItemBankError
from itembank.formats.draft import (
    DraftItem,
    ImportDraft,
    SourceFinding,
    SourcePlace,
    language_of,
)
from itembank.formats.gift_parsing import (
    GiftAnswer,
    GiftQuestion,
    GiftText,
    matching_pair,
    parse_gift,
)
from itembank.formats.moodle_draft import (
    Question,
    category_path,
    new_question,
    read_one,
    shortened,
)
from itembank.formats.moodle_pictures import Shelf
from itembank.formats.moodle_questions import (
    Answer,
    Fields,
    choice_fields,
    matching_fields,
    numeric_fields,
    order_fields,
    short_text_fields,
    true_false_fields,
    unstorable,
    weight_of,
)
from itembank.formats.moodle_texts import NativeText
from itembank.formats.text_decoding import decode

_TEXT_SUFFIXES = (".gift", ".txt")
_JUNK = re.compile(
    r"(^|/)(__MACOSX/|\.)|(^|/)(Thumbs\.db|readme(\.\w+)?|licen[cs]e(\.\w+)?)$", re.I
)
_GRADING = (
    "ALL_OR_NOTHING",
    "ABSOLUTE_POSITION",
    "RELATIVE_NEXT_EXCLUDE_LAST",
    "RELATIVE_NEXT_INCLUDE_LAST",
    "RELATIVE_ONE_PREVIOUS_AND_NEXT",
    "RELATIVE_ALL_PREVIOUS_AND_NEXT",
    "LONGEST_ORDERED_SUBSET",
    "LONGEST_CONTIGUOUS_SUBSET",
    "RELATIVE_TO_CORRECT",
)


def read_gift(data: bytes | Mapping[str, bytes], where: str = "") -> ImportDraft:
    """All questions of a GIFT file.

    Parameters
    ----------
    data : the file, or the files of a zip by path: GIFT texts and the pictures they name.
    where : the file's name, for the sentences.

    Raises
    ------
    ItemBankError
        "encoding-unknown", "text-unreadable", "gift-missing" (a zip without a GIFT file),
        "no-questions".
    """
    texts, files = _texts_and_files(data, where)
    shelf, items, rejected = Shelf(), [], []
    notes: list[Finding] = []
    for name, source in texts.items():
        decoded = decode(source, name)
        if decoded.guessed:
            notes.append(
                Finding("warning", "encoding-guessed", name, {"encoding": decoded.encoding})
            )
        for number, question in enumerate(parse_gift(decoded.text, name), start=1):
            drafts, refused = _read_question(question, number, name, shelf, files)
            items += drafts
            rejected += refused
    if not items and not rejected:
        raise ItemBankError("no-questions", where)
    notes += _unused(files, shelf, where)
    return ImportDraft(
        kind="gift",
        items=tuple(items),
        rejected=tuple(rejected),
        assets=shelf.assets,
        notes=tuple(notes),
        language=language_of(str(item.fields.get("stem")) for item in items),
    )


def _texts_and_files(
    data: bytes | Mapping[str, bytes], where: str
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """GIFT texts and the other files."""
    if isinstance(data, bytes):
        return {where: data}, {}
    kept = {name: content for name, content in data.items() if not _JUNK.search(name)}
    texts = {
        name: content for name, content in kept.items() if name.lower().endswith(_TEXT_SUFFIXES)
    }
    if not texts:
        raise ItemBankError("gift-missing", where)
    return texts, {name: content for name, content in kept.items() if name not in texts}


def _unused(files: Mapping[str, bytes], shelf: Shelf, where: str) -> list[Finding]:
    used = {id(content) for content in shelf.assets.values()}
    return [
        Finding("warning", "file-unused", where, {"value": name[:200]})
        for name, content in files.items()
        if id(content) not in used
    ]


def _read_question(
    parsed: GiftQuestion, number: int, file: str, shelf: Shelf, files: Mapping[str, bytes]
) -> tuple[list[DraftItem], list[SourceFinding]]:
    title = shortened(parsed.title or parsed.text.text)
    question = new_question(
        SourcePlace(file, f"question {number} '{title}'", parsed.line),
        title,
        shelf=shelf,
        files=files,
        tags=parsed.tags,
        category=category_path(parsed.category),
        identifier=parsed.identifier,
        soft_lines=True,
    )
    return read_one(question, lambda under_way: [_fields(parsed, under_way)])


def _fields(parsed: GiftQuestion, question: Question) -> Fields:
    if parsed.kind == "broken":
        raise unstorable("gift-braces")
    if parsed.kind == "description":
        raise unstorable("description-only")
    if parsed.kind == "essay":
        raise unstorable("essay-not-scored")
    question.text = question.reader.question(parsed.text.text, parsed.text.format)
    fields = _FIELDS[parsed.kind](parsed, question)
    if parsed.general_feedback is not None:
        fields["rule"] = _native(question, parsed.general_feedback)
    return fields


def _native(question: Question, text: GiftText | None) -> NativeText:
    return question.reader.native(text.text, text.format) if text is not None else {}


def _answer(parsed: GiftAnswer, question: Question, default: float) -> Answer:
    weight = default
    if parsed.weight is not None:
        weight = weight_of(str(parsed.weight), question.note)
    return Answer(
        text=_native(question, parsed.text),
        weight=weight,
        reason=_native(question, parsed.feedback),
        source=parsed.text.text,
    )


def _multichoice(parsed: GiftQuestion, question: Question) -> Fields:
    answers = [
        _answer(answer, question, 100.0 if answer.mark == "=" else 0.0) for answer in parsed.answers
    ]
    single = any(answer.mark == "=" for answer in parsed.answers)
    scoring = question.labels.get("scoring", "")
    return choice_fields(answers, single=single, note=question.note, scoring=scoring)


def _true_false(parsed: GiftQuestion, question: Question) -> Fields:
    if_wrong, if_right = (_native(question, answer.feedback) for answer in parsed.answers)
    if parsed.answers[0].text.text == "true":
        return true_false_fields(True, if_right, if_wrong)
    return true_false_fields(False, if_wrong, if_right)


def _short_answer(parsed: GiftQuestion, question: Question) -> Fields:
    answers = [_answer(answer, question, 100.0) for answer in parsed.answers]
    return short_text_fields(answers, question.note, question.labels, question.reader.languages)


def _numerical(parsed: GiftQuestion, question: Question) -> Fields:
    answers = []
    for answer in parsed.answers:
        if answer.mark == "~":  # what is said to any other number
            answers.append((Answer({}, 0.0, _native(question, answer.feedback), "*"), ""))
        else:
            answers.append((_answer(answer, question, 100.0), ""))
    return numeric_fields(answers, question.note, question.labels)


def _matching(parsed: GiftQuestion, question: Question) -> Fields:
    pairs = []
    for answer in parsed.answers:
        pair = matching_pair(answer, parsed.text.format)
        if pair is None:
            raise unstorable("gift-arrow-missing", value=answer.text.text[:200], line=answer.line)
        pairs.append((_native(question, pair[0]), question.reader.plain(pair[1])))
    return matching_fields(pairs, question.labels)


def _ordering(parsed: GiftQuestion, question: Question) -> Fields:
    answers = [_answer(answer, question, 100.0) for answer in parsed.answers]
    words = parsed.options.split()
    grading = next((word for word in words if word in _GRADING), "")
    if not grading and {"ABS", "ABSOLUTE"} & set(words):
        grading = "ABSOLUTE_POSITION"
    return order_fields(answers, grading, question.note, question.labels.get("scoring", ""))


_FIELDS = {
    "multichoice": _multichoice,
    "truefalse": _true_false,
    "shortanswer": _short_answer,
    "numerical": _numerical,
    "matching": _matching,
    "ordering": _ordering,
}
