"""A question file as rows to be compared with a bank: of every kind, and every element of it.

Runs in a process of its own with little memory and time (`import_child`), so what comes back is
plain JSON. Nothing is left out silently: each element is a row, with an item or with an error.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from itembank.blueprint import Blueprint, Competency, blueprint_from_native
from itembank.errors import Finding, ItemBankError
from itembank.exchange import read_questions
from itembank.formats.archive import read_archive
from itembank.formats.draft import DraftItem, ImportDraft, complete, split_labels
from itembank.formats.grid import cell_text, column_letter, read_grid
from itembank.formats.native import LIMITS
from itembank.formats.sniffing import look_at
from itembank.formats.table import SheetReport, TableReport, TableRow, read_table
from itembank.item import Item, assets_of, content_hash, item_from_native, item_to_native
from itembank.texts import Text
from itembank.validation import validate_item
from quizengine.banks.service.import_pictures import (
    PictureReport,
    loose_pictures,
    read_pictures,
    rename_in,
)
from quizengine.banks.service.pictures import MAX_SIDE

TABLES = ("csv", "xlsx", "xls", "ods", "json_list", "table_zip")
UNPLACED = "-"  # the competency of an item that still waits for one
MAX_CATEGORIES = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TABLE_NAMES = (".csv", ".tsv", ".txt", ".xlsx")
Say = Callable[[str], None]


@dataclass(slots=True)
class Row:
    """One element of the source; `item` is None where it was rejected."""

    sheet: str
    row: int
    place: str
    item: Item | None
    findings: list[dict[str, Any]]
    tags: tuple[str, ...] = ()
    shown: tuple[str, str] = ("", "")  # stem and competency of what was rejected
    cells: list[Any] | None = None


@dataclass(slots=True)
class Reading:
    """All of a file."""

    summary: dict[str, Any]
    rows: list[Row]
    assets: Mapping[str, bytes]
    sheets: list[dict[str, Any]] = field(default_factory=list)  # names and headers of a table
    mapping: Mapping[str, str] | None = None  # remembered columns that were used
    pictures: PictureReport = field(default_factory=PictureReport)


@dataclass(frozen=True, slots=True)
class Request:
    """What is said about a file: as the pages send it, and what an earlier import remembers.

    Attributes
    ----------
    places : category or tag of the source -> "R4" or "R4/R4.2"; "row 12" -> the same for one row.
    remembered : column mappings of earlier imports, newest first.
    known_assets : names of the bank's own pictures.
    """

    filename: str
    blueprint: Blueprint
    options: Mapping[str, Any]
    places: Mapping[str, str]
    remembered: Sequence[Mapping[str, str]] = ()
    known_assets: frozenset[str] = frozenset()

    @classmethod
    def of(cls, native: Mapping[str, Any]) -> Request:
        """The request out of its JSON."""
        return cls(
            filename=native["filename"],
            blueprint=blueprint_from_native(native["blueprint"]),
            options=native["options"],
            places=native["places"],
            remembered=native["remembered"],
            known_assets=frozenset(native["known_assets"]),
        )


def read_source(data: bytes, request: Request, say: Say = lambda stage: None) -> Reading:
    """Read a file of any kind.

    Parameters
    ----------
    say : is told which stage begins: "questions", "places", "pictures".

    Raises
    ------
    ItemBankError
        The file as a whole cannot be read.
    """
    say("questions")
    found = look_at(data)
    if found.kind == "unknown" and data.startswith(b"PK"):
        data = _only_text_in(data, request.filename) or data
        found = look_at(data)
    kind = found.kind
    if kind == "dicom":
        raise ItemBankError("import-only-picture", request.filename)
    is_table = kind in TABLES or (kind == "unknown" and found.reason == "text")
    reading = _read_table(data, kind, request) if is_table else _read_draft(data, request)
    if data.startswith(b"PK") and kind not in ("xlsx", "ods", "native"):
        reading.assets = {**reading.assets, **loose_pictures(data, reading.assets)}
    say("places")
    _place_rows(reading, request)
    say("pictures")
    _take_pictures(reading, request)
    return reading


def _only_text_in(data: bytes, where: str) -> bytes | None:
    """The one text file of an archive, such as an Aiken file with our list of what it lacks."""
    files = read_archive(data, where, LIMITS)
    texts = [
        content
        for name, content in files.items()
        if name.lower().endswith((".txt", ".json", ".jsonl")) and "__MACOSX" not in name.split("/")
    ]
    return texts[0] if len(texts) == 1 else None


# --- tables ---


def _read_table(data: bytes, kind: str, request: Request) -> Reading:
    name = request.filename
    assets: Mapping[str, bytes] = {}
    if kind == "table_zip":
        data, name, assets = _table_among(read_archive(data, name, LIMITS), name)
    try:
        report, mapping = read_with_memory(data, name, request)
    except ItemBankError as error:
        if error.code != "header-missing":
            raise
        return _unmapped(data, name, request, assets, error)
    rows = [_table_row(row, sheet) for sheet in report.sheets for row in sheet.rows]
    return Reading(
        summary={**_table_summary(report, mapping is not None), "container": kind},
        rows=rows,
        assets=assets,
        sheets=_sheets_of(report.sheets),
        mapping=mapping,
    )


def _unmapped(
    data: bytes, name: str, request: Request, assets: Mapping[str, bytes], why: ItemBankError
) -> Reading:
    """A table whose columns nobody knows: every row waits until it is said what they mean.

    The first row with two cells or more is taken for the header.

    Raises
    ------
    ItemBankError
        `why`: no row has two cells.
    """
    grid = read_grid(
        data,
        name,
        encoding=request.options.get("encoding") or None,
        header_score=lambda cells: sum(bool(cell) for cell in cells),
    )
    summary: dict[str, Any] = {"kind": grid.kind, "encoding": grid.encoding, "columns": []}
    summary |= {"delimiter": grid.delimiter, "answer_base": None, "sheets": [], "findings": []}
    summary |= {"empty_rows": 0, "other_rows": 0, "skipped_rows": 0, "remembered": False}
    rows: list[Row] = []
    sheets = []
    for sheet in grid.sheets:
        filled = [] if sheet.hidden else list(sheet.filled.items())
        at = next((n for n, (_, row) in enumerate(filled) if _n_filled(row) > 1), None)
        if at is None:
            continue
        names = [cell_text(cell) for cell in filled[at][1]]
        summary["sheets"].append(plain_text(sheet.name))
        summary["other_rows"] += at + 1
        summary["columns"] += [
            {"sheet": plain_text(sheet.name), "letter": column_letter(n), "header": header}
            | {"field": None}
            for n, header in enumerate(names)
            if header
        ]
        sheets.append({"name": sheet.name, "headers": names})
        rows += [_unknown_row(sheet.name, number, cells) for number, cells in filled[at + 1 :]]
    if not rows:
        raise why
    return Reading(summary=summary, rows=rows, assets=assets, sheets=sheets)


def _n_filled(cells: Sequence[Any]) -> int:
    return sum(bool(cell_text(cell)) for cell in cells)


def _unknown_row(sheet: str, number: int, cells: Sequence[Any]) -> Row:
    texts = [cell_text(cell) for cell in cells]
    place = f"{sheet}!{number}" if sheet else str(number)
    finding = plain_finding(Finding("error", "columns-unmapped", place))
    longest = plain_text(max(texts, key=len, default=""))
    return Row(plain_text(sheet), number, "", None, [finding], (), (longest, ""), list(texts))


def _table_among(files: Mapping[str, bytes], where: str) -> tuple[bytes, str, dict[str, bytes]]:
    """The only table of an archive; its pictures are found as those of any archive."""
    tables = [
        name
        for name in files
        if name.lower().endswith(_TABLE_NAMES) and "__MACOSX" not in name.split("/")
    ]
    if len(tables) != 1:
        raise ItemBankError("kind-without-questions", where, kind=f"{len(tables)} tables in a zip")
    return files[tables[0]], tables[0].rsplit("/", 1)[-1], {}


def read_with_memory(
    data: bytes, name: str, request: Request
) -> tuple[TableReport, Mapping[str, str] | None]:
    """The report, and the mapping of an earlier import of the same columns where one was used."""
    given = request.options.get("mapping")
    failure: ItemBankError | None = None
    report: TableReport | None = None
    try:
        report = _report_of(data, name, request, given)
    except ItemBankError as error:
        if given is not None or error.code != "header-missing":
            raise
        failure = error
    if given is None:
        for mapping in request.remembered:
            if report is not None and set(report.columns) != set(mapping):
                continue
            try:
                again = _report_of(data, name, request, mapping)
            except ItemBankError:
                continue
            if set(again.columns) == set(mapping):
                return again, mapping
    if report is None:
        raise failure or ItemBankError("header-missing", name)
    return report, None


def _report_of(
    data: bytes, name: str, request: Request, mapping: Mapping[str, str] | None
) -> TableReport:
    options = request.options
    return read_table(
        data,
        name,
        blueprint=with_unplaced(request.blueprint),
        default_competency=UNPLACED,
        mapping=mapping,
        default_language=options.get("language") or None,
        encoding=options.get("encoding") or None,
        answer_base=options.get("answer_base"),
    )


def with_unplaced(blueprint: Blueprint) -> Blueprint:
    """The blueprint with a competency for rows that name none of its own."""
    waiting = Competency(code=UNPLACED, name=Text(en=UNPLACED))
    kept = blueprint.competencies[:11]  # a blueprint holds twelve; see `_places_of` for the last
    return replace(blueprint, competencies=(*kept, waiting), profiles=_profiles(blueprint, kept))


def _profiles(blueprint: Blueprint, kept: Sequence[Competency]) -> Any:
    """Profiles that weigh only what is kept."""
    if len(kept) == len(blueprint.competencies):
        return blueprint.profiles
    weights = {kept[0].code: 100.0}
    return (replace(blueprint.profiles[0], weights=weights),)


def _table_row(row: TableRow, sheet: SheetReport) -> Row:
    tags: list[str] = []
    findings = []
    for found in row.findings:
        is_place = found.code == "competency-defaulted"
        is_detail = found.code == "label-ignored" and found.details.get("field") == "sub-topic"
        if is_place or is_detail:
            tags.append(str(found.details.get("value", "")))
        if not is_place:
            findings.append(plain_finding(found))
    item = item_from_native(row.item) if row.item else None
    return Row(
        sheet=plain_text(row.sheet),
        row=row.row,
        place="",
        item=item,
        findings=findings,
        tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        shown=_shown(row, sheet),
        cells=[cell if isinstance(cell, int | float) else str(cell) for cell in row.cells],
    )


def _shown(row: TableRow, sheet: SheetReport) -> tuple[str, str]:
    """Stem and competency of a row as its cells say, to recognise a rejected one by."""
    found = {"stem": "", "competency": ""}
    for cell, column in zip(row.cells, sheet.header.columns if sheet.header else (), strict=False):
        name = (column.field or "").removesuffix("_zh").removesuffix("_en")
        if name in found and not found[name]:
            found[name] = plain_text(str(cell))
    return found["stem"], found["competency"][:80]


def _sheets_of(sheets: Sequence[SheetReport]) -> list[dict[str, Any]]:
    return [
        {
            "name": sheet.name,
            "headers": [column.header or column.field or "" for column in sheet.header.columns],
        }
        for sheet in sheets
        if sheet.header is not None
    ]


def _table_summary(report: TableReport, remembered: bool) -> dict[str, Any]:
    return {
        "kind": report.kind,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "answer_base": report.answer_base,
        "answer_base_reason": report.answer_base_reason,
        "columns": _columns_of(report.sheets),
        "sheets": [plain_text(sheet.name) for sheet in report.sheets if sheet.header],
        "findings": [plain_finding(finding) for finding in report.findings],
        "empty_rows": report.empty_rows,
        "other_rows": sum(sheet.other_rows for sheet in report.sheets),
        "skipped_rows": sum(sheet.skipped_rows for sheet in report.sheets),
        "remembered": remembered,
    }


def _columns_of(sheets: Sequence[SheetReport]) -> list[dict[str, str | None]]:
    return [
        {
            "sheet": plain_text(sheet.name),
            "letter": column.letter,
            "header": column.header,
            "field": column.field,
        }
        for sheet in sheets
        for column in (sheet.header.columns if sheet.header else ())
        if column.header or column.field
    ]


# --- every other kind ---


def _read_draft(data: bytes, request: Request) -> Reading:
    draft = read_questions(data, request.filename)
    found: list[tuple[int, Row]] = []
    for number, one in enumerate(draft.items):
        found.append((number, _draft_row(one)))
    for number, lost in enumerate(draft.rejected, start=len(draft.items)):
        finding = plain_finding(lost.as_finding())
        row = _row_at(lost.source, None, [finding], ())
        row.shown = (plain_text(lost.element), "")
        found.append((number, row))
    found.sort(key=lambda pair: (pair[1].sheet, pair[1].row, pair[0]))
    return Reading(
        summary=_draft_summary(draft, request.filename),
        rows=[row for _, row in found],
        assets=draft.assets,
    )


def _draft_row(draft: DraftItem) -> Row:
    findings = [plain_finding(found) for found in draft.findings]
    labels, others = split_labels(draft.tags)
    competency = str(draft.fields.get("competency") or labels.get("competency") or "")
    tags = (competency, *others) if competency else others
    try:
        item = complete(draft, competency=UNPLACED)
    except ItemBankError as error:
        found = Finding("error", error.code, str(draft.source), error.details)
        return _row_at(draft.source, None, [*findings, plain_finding(found)], tags)
    return _row_at(draft.source, item, findings, tags)


def _row_at(source: Any, item: Item | None, findings: Any, tags: tuple[str, ...]) -> Row:
    return Row(
        sheet="",
        row=source.line or 0,
        place=plain_text(str(source.place or source)),
        item=item,
        findings=findings,
        tags=tuple(plain_text(tag) for tag in tags if tag.strip()),
    )


def _draft_summary(draft: ImportDraft, filename: str) -> dict[str, Any]:
    return {
        "kind": draft.kind,
        "container": draft.kind,
        "encoding": None,
        "delimiter": None,
        "answer_base": None,
        "columns": [],
        "sheets": [],
        "findings": [plain_finding(note) for note in draft.notes],
        "empty_rows": 0,
        "other_rows": 0,
        "skipped_rows": 0,
        "remembered": False,
        "language": draft.language,
    }


# --- where a question belongs ---


def _place_rows(reading: Reading, request: Request) -> None:
    """Give every item its competency: named, mapped, like a name of the blueprint, the default."""
    known = _Places(request)
    categories: Counter[str] = Counter()
    for position, row in enumerate(reading.rows, start=1):
        if row.item is None:
            continue
        competency, sub_topic, tag = known.of(row, position)
        if tag:
            categories[tag] += 1
        row.item = _placed(row.item, competency, sub_topic)
        if competency != UNPLACED:
            _check_placed(row, reading)
    reading.summary["categories"] = [
        {"name": name, "count": count, "place": known.of_tag(name)}
        for name, count in categories.most_common(MAX_CATEGORIES)
    ]


class _Places:
    """Finds the competency and the sub-topic of rows."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.blueprint = request.blueprint
        self.default = str(request.options.get("default_competency") or "")
        self._known: dict[str, str] = {}

    def of(self, row: Row, position: int) -> tuple[str, str, str]:
        """Competency, sub-topic, and the tag that decided or waits for a decision."""
        own = row.item.competency if row.item is not None else ""
        if own in self.blueprint.competency_codes:
            return own, row.item.sub_topic if row.item is not None else "", ""
        chosen = self.request.places.get(f"row {position}", "")
        tags = row.tags or ((own,) if own not in ("", UNPLACED) else ())
        known = {tag: self.of_tag(tag) for tag in tags}
        tag = next((tag for tag in tags if known[tag]), tags[0] if tags else "")
        chosen = chosen or known.get(tag, "") or self.default
        if not chosen:
            return UNPLACED, "", tag
        if "/" not in chosen:  # another tag may name a sub-topic of the same competency
            finer = (place for place in known.values() if place.startswith(f"{chosen}/"))
            chosen = next(finer, chosen)
        return (*self._split(chosen), tag)

    def of_tag(self, tag: str) -> str:
        """ "R4" or "R4/R4.2" of a category; empty when nobody said and no name is like it."""
        if tag not in self._known:
            self._known[tag] = self.request.places.get(tag, "") or self._like(tag)
        return self._known[tag]

    def _like(self, tag: str) -> str:
        parts = [tag, *reversed(re.split(r"(?<!/)/(?!/)|[>＞:：|]", tag))]
        for part in parts:
            competency = self.blueprint.find_competency(part)
            if competency is not None:
                return competency.code
            sub_topic = self.blueprint.find_sub_topic(part)
            if sub_topic is not None:
                above = self.blueprint.competency_of(sub_topic.code)
                return f"{above.code}/{sub_topic.code}" if above else ""
        return ""

    def _split(self, place: str) -> tuple[str, str]:
        competency, _slash, sub_topic = place.partition("/")
        if competency not in self.blueprint.competency_codes:
            return UNPLACED, ""
        known = self.blueprint.competency_of(sub_topic)
        return competency, sub_topic if known and known.code == competency else ""


def _placed(item: Item, competency: str, sub_topic: str) -> Item:
    """The item under its competency; an id made from the content follows the content."""
    if item.competency == competency and item.sub_topic == sub_topic:
        return item
    is_made = item.id == f"q-{content_hash(item)[:12]}"
    # a sub-topic of another competency would not be one of this blueprint
    item = replace(item, competency=competency, sub_topic=sub_topic)
    return replace(item, id=f"q-{content_hash(item)[:12]}") if is_made else item


def _check_placed(row: Row, reading: Reading) -> None:
    """The rules on wording, for kinds whose readers do not look at them."""
    if row.item is None or reading.summary["kind"] in TABLES:
        return
    found = [plain_finding(one) for one in validate_item(row.item)]
    known = {(one["code"], str(one["details"])) for one in row.findings}
    row.findings += [one for one in found if (one["code"], str(one["details"])) not in known]
    if any(one["severity"] == "error" for one in found):
        row.shown = (plain_text(row.item.stem.zh or row.item.stem.en), row.item.competency)
        row.item = None


# --- pictures ---


def _take_pictures(reading: Reading, request: Request) -> None:
    """Decode what the questions name; a question whose picture is refused is rejected."""
    named = [assets_of(row.item) if row.item is not None else () for row in reading.rows]
    report = read_pictures(reading.assets, [name for names in named for name in names])
    reading.pictures = report
    missing: set[str] = set()
    for row, names in zip(reading.rows, named, strict=True):
        if row.item is None or not names:
            continue
        lost = [name for name in names if name in report.refused]
        gone = [n for n in names if n not in reading.assets and n not in request.known_assets]
        missing.update(gone)
        if lost:
            finding = Finding("error", "picture-refused", "", {"asset": lost[0], "limit": MAX_SIDE})
            row.findings.append(plain_finding(finding))
            row.shown = (plain_text(row.item.stem.zh or row.item.stem.en), row.item.competency)
            row.item = None
        elif any(name in report.renamed for name in names):
            is_made = row.item.id == f"q-{content_hash(row.item)[:12]}"
            item = item_from_native(rename_in(item_to_native(row.item), report.renamed))
            row.item = replace(item, id=f"q-{content_hash(item)[:12]}") if is_made else item
    reading.summary["pictures"] = {
        "stored": [{k: one[k] for k in ("name", "stored_as", "sha256", "removed", "notes")}
                   for one in report.stored],
        "refused": [{"name": name, **why} for name, why in report.refused.items()],
        "missing": sorted(missing)[:MAX_CATEGORIES],
        "unused": report.unused,
    }  # fmt: skip


# --- as JSON ---


def to_json(reading: Reading) -> dict[str, Any]:
    """What the process gives back; pictures are named, their bytes lie beside it."""
    return {
        "summary": reading.summary,
        "sheets": reading.sheets,
        "mapping": dict(reading.mapping) if reading.mapping else None,
        "rows": [_row_json(row) for row in reading.rows],
    }


def _row_json(row: Row) -> dict[str, Any]:
    stem, competency = row.shown
    if row.item is not None:
        stem = plain_text(row.item.stem.zh or row.item.stem.en)
        competency = "" if row.item.competency == UNPLACED else row.item.competency
    return {
        "sheet": row.sheet,
        "row": row.row,
        "place": row.place,
        "stem": stem,
        "competency": competency[:80],
        "content": item_to_native(row.item) if row.item is not None else None,
        "findings": row.findings,
        "tags": list(row.tags),
        # what may still be rejected for its pictures keeps its cells for the workbook of errors
        "cells": row.cells if row.item is None or assets_of(row.item) else None,
    }


def plain_text(text: str, limit: int = 300) -> str:
    """A text as a database stores and a page shows it: no control characters, not endless."""
    return _CONTROL.sub(" ", text)[:limit].strip()


def plain_finding(finding: Finding) -> dict[str, Any]:
    """A finding as JSON."""
    return {
        "severity": finding.severity,
        "code": finding.code,
        "where": plain_text(finding.where),
        "details": plain_details(finding.details),
    }


def plain_details(details: Mapping[str, object]) -> dict[str, Any]:
    """Details as JSON: numbers stay, everything else becomes a text that can be stored."""
    return {
        name: value if isinstance(value, int | float) else plain_text(str(value))
        for name, value in details.items()
    }
