"""What the import pages show, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext, ngettext

from itembank.errors import FINDINGS, Finding, ItemBankError
from itembank.errors import sentence as finding_sentence
from itembank.item import Item, Text, item_from_native
from itembank.response import response_words
from itembank.scoring import key_response
from quizengine.banks.import_forms import field_name
from quizengine.banks.service.import_rows import (
    DUPLICATE,
    NEW,
    NEW_VERSION,
    REJECTED,
    SKIP,
    UNCHANGED,
    UNPLACED,
    VERSION,
    BankIndex,
    KnownItem,
    as_version_of,
)
from quizengine.banks.service.imports import Counts
from quizengine.banks.tables import ImportRow
from quizengine.charts import Segment, proportions
from quizengine.messages import sentence

LETTERS = "ABCDEFGHIJKLMNOP"
KINDS = {
    NEW: "right",
    NEW_VERSION: "accent",
    UNCHANGED: "neutral",
    DUPLICATE: "unsure",
    UNPLACED: "unsure",
    REJECTED: "wrong",
}
_CHIPS = {
    NEW: "right",
    NEW_VERSION: "info",
    UNCHANGED: "outline",
    DUPLICATE: "unsure",
    UNPLACED: "unsure",
}
_TAKEN = (NEW, NEW_VERSION)
_QUESTION = re.compile(r"question (\d+)(?: '(.*)')?")


def _(message: str, **values: object) -> str:
    """The sentence in the reader's language."""
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class Note:
    """One finding in words: the sentence, and the cell it is about."""

    text: str
    cell: str = ""
    severity: str = "info"


@dataclass(frozen=True, slots=True)
class Line:
    """One part of a question as the file and as the bank have it."""

    label: str
    ours: str
    theirs: str

    @property
    def differs(self) -> bool:
        return self.ours != self.theirs


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of the report."""

    position: int
    sheet: str
    row: int
    place: str
    outcome: str
    chip: str
    chip_kind: str
    stem: str
    stem_language: str  # of its text, as HTML names it
    competency: str
    errors: Sequence[Note]
    remarks: Sequence[Note]
    notes: Sequence[Note]
    compare_code: str = ""
    compare: Sequence[Line] = field(default_factory=tuple)
    choices: Sequence[tuple[str, str]] = ()
    choice: str = SKIP
    taken: bool | None = None  # whether a row that is ready is wanted; None where none is asked
    item_id: int | None = None  # what it is in the bank, once it was imported
    item_code: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A part of the proportion bar as a link."""

    key: str
    label: str
    count: int
    kind: str


def outcome_names() -> dict[str, str]:
    """The outcomes in words."""
    return {
        NEW: _("New"),
        NEW_VERSION: _("New version"),
        UNCHANGED: _("Unchanged"),
        DUPLICATE: _("Needs a choice"),
        UNPLACED: _("Needs a competency"),
        REJECTED: _("Cannot import"),
    }


def filters_of(counts: Counts, *, is_open: bool) -> list[Filter]:
    """All outcomes that have rows."""
    names = outcome_names() | ({} if is_open else {DUPLICATE: _("Like another question")})
    return [
        Filter(outcome, names[outcome], number, KINDS[outcome])
        for outcome, number in counts.by_outcome.items()
        if number
    ]


def bar_of(counts: Counts, filters: Sequence[Filter]) -> tuple[tuple[Segment, ...], str]:
    """The proportion bar, and its sentence."""
    words = _(", ").join(f"{one.label} {one.count}" for one in filters)
    return proportions(list(counts.by_outcome.items())), words


def words_of(finding: Mapping[str, Any], language: str) -> Note:
    """A stored finding as a sentence, with the cell it is about."""
    code, details = str(finding["code"]), dict(finding["details"])
    if "parts" in details:
        details["parts"] = _(", ").join(part_name(part) for part in details["parts"])
    if code == "label-ignored" and details.get("field"):
        details["field"] = field_name(str(details["field"]).replace(" ", "_").replace("-", "_"))
    if code in FINDINGS:
        severity = "error" if finding["severity"] == "error" else "warning"
        text = finding_sentence(Finding(severity, code, "", details), language)  # type: ignore[arg-type]
    else:
        text = sentence(code, language, details)
    return Note(text, _cell(details), str(finding["severity"]))


def _cell(details: Mapping[str, Any]) -> str:
    """Column, its header and the value, as far as they are known."""
    column, header, value = (str(details.get(key, "")) for key in ("column", "header", "value"))
    if not column:
        return ""
    if header and value:
        return _("Column %(column)s “%(header)s”: %(value)s", column=column, header=header,
                 value=value)  # fmt: skip
    if header:
        return _("Column %(column)s “%(header)s”: empty", column=column, header=header)
    return _("Column %(column)s", column=column)


def part_name(part: str) -> str:
    """A part of a question in words; "option-C" is "option C"."""
    name, _dash, letter = part.partition("-")
    if letter:
        return _("option %(letter)s", letter=letter)
    return {
        "competency": _("competency"),
        "stem": _("stem"),
        "options": _("number of options"),
        "key": _("right answer"),
        "reasons": _("reasons"),
        "figures": _("pictures"),
        "answer": _("answer"),
        "stimulus": _("case"),
        "rule": _("rule to learn"),
        "labels": _("labels"),
        "en": _("English text"),
        "zh": _("Chinese text"),
    }.get(name, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rows of a page are shown with.

    index : the bank, to show what differs; None when there is nothing to compare any more.
    codes : items by id, once the rows were imported.
    names : competencies by code, each in both languages.
    """

    index: BankIndex | None
    codes: Mapping[int, str]
    chosen: Mapping[int, str]
    names: Mapping[str, Mapping[str, str]]
    language: str


def row_views(rows: Sequence[ImportRow], around: Surroundings) -> list[RowView]:
    """The rows of one page."""
    return [_row_view(row, around) for row in rows]


def _row_view(row: ImportRow, around: Surroundings) -> RowView:
    index, chosen, language = around.index, around.chosen, around.language
    found = [(finding, words_of(finding, language)) for finding in row.findings]
    known = index.by_id.get(row.item_id) if index and row.item_id is not None else None
    compares = known is not None and row.content and row.outcome in (NEW_VERSION, DUPLICATE)
    item = item_from_native(row.content) if row.content else None
    name = around.names.get(row.competency, {}).get(language, "")
    return RowView(
        position=row.position,
        sheet=row.sheet,
        row=row.row,
        place=place_words(row.place, language),
        outcome=row.outcome,
        chip=_chip_text(row, known.item.id if known else "", around),
        chip_kind=_CHIPS.get(row.outcome, "wrong"),
        stem=item.stem.get(language) if item else row.stem,
        stem_language=_language_of(item.stem.get(language) if item else row.stem),
        competency=f"{row.competency} {name}".strip(),
        errors=[note for _one, note in found if note.severity == "error"],
        remarks=[
            note for one, note in found if note.severity == "warning" and one.get("by") != "bank"
        ],
        notes=[note for one, note in found if note.severity != "error" and one.get("by") == "bank"],
        compare_code=known.item.id if known else "",
        compare=compare(item, known) if compares and item and known else (),
        choices=_choices(row, known.item.id if known else "") if row.outcome == DUPLICATE else (),
        choice=chosen.get(row.position, SKIP),
        taken=chosen.get(row.position) != SKIP if index and row.outcome in _TAKEN else None,
        item_id=row.item_id if row.item_id in around.codes else None,
        item_code=around.codes.get(row.item_id or 0, ""),
    )


def place_words(place: str, language: str) -> str:
    """A place such as "question 3 'Name'" in the reader's language."""
    if language != "zh":
        return place
    return _QUESTION.sub(lambda m: f"第 {m[1]} 题" + (f"“{m[2]}”" if m[2] else ""), place)


def _language_of(text: str) -> str:
    return "zh-CN" if any("\u3400" <= letter <= "\u9fff" for letter in text) else "en"


def _chip_text(row: ImportRow, code: str, around: Surroundings) -> str:
    if around.index is None and row.outcome in _TAKEN and row.item_id is None:
        return _("Left out")
    if row.outcome == DUPLICATE and around.index is None:
        return {SKIP: _("Skipped"), VERSION: _("New version")}.get(
            around.chosen.get(row.position, SKIP), _("New")
        )
    if row.outcome == DUPLICATE:
        return _("Looks like %(code)s", code=code) if code else _("Stands twice in the file")
    return outcome_names().get(row.outcome, row.outcome)


def _choices(row: ImportRow, code: str) -> list[tuple[str, str]]:
    choices = [(SKIP, _("Skip this row"))]
    if row.item_id is not None:
        choices.append(("version", _("New version of %(code)s", code=code)))
        choices.append(("separate", _("Separate item, never in the same exam")))
    else:
        choices.append(("separate", _("Import it as well")))
    return choices


def compare(item: Item, known: KnownItem) -> list[Line]:
    """The file's question beside the bank's, part by part; what both lack is left out."""
    ours, theirs = as_version_of(item, known), known.item
    lines = [Line(_("Question text"), _both(ours.stem), _both(theirs.stem))]
    if ours.stimulus or theirs.stimulus:
        cases = [_both(item.stimulus.text) if item.stimulus else "" for item in (ours, theirs)]
        lines.insert(0, Line(_("Case"), *cases))
    for position in range(max(len(ours.choices), len(theirs.choices))):
        sides = [_option(item, position) for item in (ours, theirs)]
        lines.append(Line(_("Option %(letter)s", letter=LETTERS[position]), *sides))
    lines.append(Line(_("Right answer"), _answer(ours), _answer(theirs)))
    lines.append(Line(_("Reasons"), _reasons(ours), _reasons(theirs)))
    lines.append(Line(_("Pictures"), _pictures(ours), _pictures(theirs)))
    lines.append(Line(_("Rule to learn"), _both(ours.rule), _both(theirs.rule)))
    lines.append(Line(_("Competency"), ours.competency, theirs.competency))
    lines.append(Line(_("Labels"), _labels(ours), _labels(theirs)))
    return [line for line in lines if line.ours or line.theirs]


def _both(text: Text) -> str:
    return " / ".join(part for part in (text.en, text.zh) if part)


def _option(item: Item, position: int) -> str:
    if position >= len(item.choices):
        return ""
    choice = item.choices[position]
    return _both(choice.text) + (f" ({_('right answer')})" if choice.is_key else "")


def _answer(item: Item) -> str:
    """The right answer of a type whose options do not show it."""
    if item.type in ("single_best", "true_false", "multiple", "select_n"):
        return ""
    try:
        return response_words(item, key_response(item), item.stem.languages[0])
    except ItemBankError:
        return ""


def _reasons(item: Item) -> str:
    return " ".join(
        f"{letter}: {_both(choice.reason)}"
        for letter, choice in zip(LETTERS, item.choices, strict=False)
        if choice.reason
    )


def _pictures(item: Item) -> str:
    return _(", ").join(figure.asset for figure in item.figures)


def _labels(item: Item) -> str:
    parts = [
        item.sub_topic,
        item.cognitive_level,
        item.difficulty,
        item.reference,
        item.jurisdiction,
        *item.posts,
        *item.enemies,
        item.status,
        item.written,
    ]
    return _(", ").join(part for part in parts if part)


def refusal_text(summary: Mapping[str, Any], language: str) -> str:
    """Why a file as a whole cannot be read."""
    refusal = summary.get("refusal", {})
    finding = {
        "severity": "error",
        "code": refusal.get("code", "internal"),
        "details": {"reference": "", **refusal.get("details", {})},
    }
    return words_of(finding, language).text


def title_of(status: str, counts: Counts, stored: Mapping[str, int]) -> str:
    """The one sentence that says where an import stands."""
    if status == "committed":
        n = stored.get("new", 0) + stored.get("versions", 0)
        return str(ngettext("%(num)s row was imported.", "%(num)s rows were imported.", n))
    return _(
        "Nothing is saved yet. %(ready)s of %(total)s rows are ready.",
        ready=counts.ready,
        total=counts.total,
    )
