"""CSV and XLSX with one item a row: read with a report on every row, and written.

Every row that is not empty is a title, a header, accepted or rejected; nothing is lost silently.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from itembank.blueprint import Blueprint
from itembank.errors import Finding, ItemBankError
from itembank.formats.answers import AnswerBase, decide_base, type_of_sheet
from itembank.formats.grid import Cell, Grid, Sheet, cell_text, read_grid
from itembank.formats.headers import (
    HeaderRow,
    find_header,
    guess_headerless,
    header_score,
    is_field,
    option_base,
)
from itembank.formats.table_rows import Context, Row, read_row
from itembank.formats.table_sets import SetMemory
from itembank.formats.table_writing import error_workbook_of, write_table

__all__ = ["SheetReport", "TableReport", "TableRow", "error_workbook", "read_table", "write_table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of questions: accepted with its native item, or rejected.

    `row` is the row's number in the spreadsheet, `sheet` is "" for CSV. Each finding's `where` is a
    cell (`Sheet1!C5`); its details hold "column", "header" and "value" beside the placeholders of
    the sentence.
    """

    sheet: str
    row: int
    cells: tuple[Cell, ...]
    item: dict[str, object] | None
    findings: tuple[Finding, ...]

    @property
    def accepted(self) -> bool:
        """Whether the row became an item."""
        return self.item is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetReport:
    """What was found in one sheet. `header.row` is 0 where the columns had no names.

    `other_rows` counts titles and headers, `skipped_rows` the filled rows of a sheet that was left
    out (`header` is then None).
    """

    name: str
    header: HeaderRow | None
    rows: tuple[TableRow, ...] = ()
    empty_rows: int = 0
    other_rows: int = 0
    skipped_rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReport:
    """What a table file holds, row by row, and what was guessed about it.

    `encoding` and `delimiter` are None for XLSX; `answer_base` is 0 or 1 where answers are numbers.
    """

    filename: str
    kind: str
    sheets: tuple[SheetReport, ...]
    findings: tuple[Finding, ...]
    encoding: str | None = None
    delimiter: str | None = None
    answer_base: int | None = None
    answer_base_reason: str | None = None

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """All rows of questions, in order."""
        return tuple(row for sheet in self.sheets for row in sheet.rows)

    @property
    def accepted(self) -> tuple[TableRow, ...]:
        """Rows that became items."""
        return tuple(row for row in self.rows if row.accepted)

    @property
    def rejected(self) -> tuple[TableRow, ...]:
        """Rows that did not, each with at least one error among its findings."""
        return tuple(row for row in self.rows if not row.accepted)

    @property
    def empty_rows(self) -> int:
        """Rows without any content."""
        return sum(sheet.empty_rows for sheet in self.sheets)

    @property
    def columns(self) -> dict[str, str | None]:
        """Header as written -> field it was read as; None where the column was left out."""
        return {
            column.header or column.letter: column.field
            for sheet in self.sheets
            if sheet.header is not None
            for column in sheet.header.columns
            if column.header or column.field
        }


def read_table(
    data: bytes,
    filename: str,
    *,
    blueprint: Blueprint,
    default_competency: str | None = None,
    mapping: Mapping[str, str] | None = None,
    default_language: str | None = None,
    encoding: str | None = None,
    answer_base: int | None = None,
) -> TableReport:
    """Every row of a CSV or XLSX file as a native item or as findings that say why not.

    Parameters
    ----------
    data, filename : the file; its kind is told from the content, the name only appears in errors.
    blueprint : competencies and sub-topics that the rows may name by code or by name.
    default_competency : code for rows that name none.
    mapping : header as written -> field ("stem", "option_A_zh", ...), or "" to leave it out.
    default_language : "en" or "zh" of columns that name none; guessed from each row otherwise.
    encoding, answer_base : what the user chose instead of the guess.

    Raises
    ------
    ItemBankError
        The file as a whole cannot be read: see `read_grid`; "header-missing", "mapping-unknown",
        "competency-unknown" for the default, "language-unknown".
    """
    _check_arguments(filename, blueprint, default_competency, mapping, default_language)
    grid = read_grid(data, filename, encoding=encoding, header_score=header_score)
    headers = _headers_of(grid, filename, mapping)
    sets = SetMemory()
    contexts = [
        Context(
            blueprint=blueprint,
            sheet=sheet.name,
            default_competency=default_competency,
            default_language=default_language,
            numbered_types=_has_zero_type(sheet, headers.get(position)),
            sheet_type=type_of_sheet(sheet.name),
            sets=sets,
        )
        for position, sheet in enumerate(grid.sheets)
    ]
    base = _base_of(grid, headers, contexts, answer_base)
    sheets = [
        _read_sheet(sheet, headers.get(position), replace(contexts[position], base=base))
        for position, sheet in enumerate(grid.sheets)
    ]
    sheets = _without_duplicates(sheets)
    return TableReport(
        filename=filename,
        kind=grid.kind,
        sheets=tuple(sheets),
        findings=tuple(_file_findings(grid, sheets, base)),
        encoding=grid.encoding,
        delimiter=grid.delimiter,
        answer_base=None if base is None else base.base,
        answer_base_reason=None if base is None else base.reason,
    )


def error_workbook(report: TableReport) -> bytes:
    """The rejected rows as XLSX, sheet by sheet under their headers, with a column of errors.

    The first two columns say what is wrong and how to put it right, in both languages; corrected,
    the same file can be uploaded again (they are then left out).
    """
    parts = []
    for sheet in report.sheets:
        rejected = [row for row in sheet.rows if not row.accepted]
        if rejected and sheet.header is not None:
            names = [column.header or column.field or "" for column in sheet.header.columns]
            parts.append((sheet.name, names, [(row.cells, row.findings) for row in rejected]))
    return error_workbook_of(parts)


def _check_arguments(
    filename: str,
    blueprint: Blueprint,
    default_competency: str | None,
    mapping: Mapping[str, str] | None,
    default_language: str | None,
) -> None:
    if default_competency and default_competency not in blueprint.competency_codes:
        raise ItemBankError("competency-unknown", filename, value=default_competency)
    if default_language not in (None, "en", "zh"):
        raise ItemBankError("language-unknown", filename, value=default_language)
    for header, name in (mapping or {}).items():
        if name and not is_field(name):
            raise ItemBankError("mapping-unknown", filename, header=header[:60], field=name[:60])


def _texts(row: list[Cell]) -> list[str]:
    return [cell_text(cell) for cell in row]


def _headers_of(
    grid: Grid, filename: str, mapping: Mapping[str, str] | None
) -> dict[int, HeaderRow]:
    """The header of every visible sheet that has one, by the sheet's position."""
    found: dict[int, HeaderRow] = {}
    for position, sheet in enumerate(grid.sheets):
        rows = {number: _texts(row) for number, row in sheet.filled.items()}
        header = None if sheet.hidden else find_header(rows, mapping)
        if header is not None:
            found[position] = header
    if not found and len(grid.sheets) == 1:
        rows = {number: _texts(row) for number, row in grid.sheets[0].filled.items()}
        header = guess_headerless(rows)
        if header is not None:
            found[0] = header
    if not found:
        if not any(sheet.filled for sheet in grid.sheets):
            raise ItemBankError("file-empty", filename)
        raise ItemBankError("header-missing", filename)
    return found


def _question_rows(sheet: Sheet, header: HeaderRow) -> dict[int, list[Cell]]:
    """The filled rows below the header, without repetitions of the header."""
    filled = sheet.filled
    names = [] if header.row == 0 else _texts(filled[header.row])
    return {
        number: row
        for number, row in filled.items()
        if number > header.row and _texts(row) != names
    }


def _base_of(
    grid: Grid,
    headers: Mapping[int, HeaderRow],
    contexts: Sequence[Context],
    given: int | None,
) -> AnswerBase | None:
    """From which number the numeric answers of the whole file count."""
    answers: list[tuple[str, int]] = []
    numbered: int | None = None
    for position, header in headers.items():
        names = [column.header for column in header.columns]
        numbered = option_base(names) if numbered is None else numbered
        for number, cells in _question_rows(grid.sheets[position], header).items():
            row = Row(number, cells, header.columns, contexts[position])
            count = len(row.options())
            if count:
                answers.append((row.get("answer"), count))
    return decide_base(answers, numbered=numbered, given=given)


def _has_zero_type(sheet: Sheet, header: HeaderRow | None) -> bool:
    """Whether the type column holds numbers from 0 on (0 single, 1 true/false, 2 multiple)."""
    columns = () if header is None else header.columns
    index = next((i for i, column in enumerate(columns) if column.field == "type"), None)
    if header is None or index is None:
        return False
    values = {
        cell_text(row[index])
        for row in _question_rows(sheet, header).values()
        if index < len(row) and cell_text(row[index])
    }
    return "0" in values and all(re.fullmatch(r"\d", value) for value in values)


def _read_sheet(sheet: Sheet, header: HeaderRow | None, context: Context) -> SheetReport:
    filled = sheet.filled
    empty = len(sheet.rows) - len(filled)
    if header is None:
        return SheetReport(name=sheet.name, header=None, empty_rows=empty, skipped_rows=len(filled))
    rows = []
    questions = _question_rows(sheet, header)
    for number, cells in questions.items():
        row = Row(number, cells, header.columns, context)
        native = read_row(row)
        rows.append(
            TableRow(
                sheet=sheet.name,
                row=number,
                cells=tuple(cells),
                item=native,
                findings=tuple(row.findings),
            )
        )
    return SheetReport(
        name=sheet.name,
        header=header,
        rows=tuple(rows),
        empty_rows=empty,
        other_rows=len(filled) - len(questions),
    )


def _without_duplicates(sheets: list[SheetReport]) -> list[SheetReport]:
    """Reject a row whose id, written or made from its content, an earlier row already has."""
    first: dict[str, TableRow] = {}
    result = []
    for sheet in sheets:
        rows = []
        for row in sheet.rows:
            item_id = str(row.item["id"]) if row.item else ""
            earlier = first.setdefault(item_id, row) if item_id else row
            rows.append(row if earlier is row else _as_duplicate(row, earlier, item_id))
        result.append(replace(sheet, rows=tuple(rows)))
    return result


def _as_duplicate(row: TableRow, earlier: TableRow, item_id: str) -> TableRow:
    same = row.item == earlier.item
    place = f"{row.sheet}!{row.row}" if row.sheet else str(row.row)
    where = f"{earlier.sheet}!{earlier.row}" if earlier.sheet else str(earlier.row)
    details = {"column": "", "header": "", "value": item_id, "row": where}
    finding = Finding("error", "duplicate-row" if same else "duplicate-id", place, details)
    return replace(row, item=None, findings=(*row.findings, finding))


def _file_findings(grid: Grid, sheets: list[SheetReport], base: AnswerBase | None) -> list[Finding]:
    findings: list[Finding] = []

    def note(code: str, where: str, **details: object) -> None:
        findings.append(Finding("warning", code, where, details))

    if grid.encoding_guessed:
        note("encoding-guessed", "", encoding=grid.encoding)
    if base is not None:
        note("answer-base", "", base=base.base, reason=base.reason)
    if grid.pictures:
        note("pictures-in-workbook", "", count=grid.pictures)
    if not grid.formats_read:
        note("formats-lost", "")
    for source, sheet in zip(grid.sheets, sheets, strict=True):
        if sheet.header is None:
            if sheet.skipped_rows:
                note(
                    "sheet-hidden" if source.hidden else "sheet-skipped",
                    sheet.name,
                    sheet=sheet.name,
                    rows=sheet.skipped_rows,
                )
            continue
        if sheet.header.row == 0:
            note("header-guessed", sheet.name)
        for column in sheet.header.columns:
            if column.why_ignored and column.header:
                note(column.why_ignored, sheet.name, header=column.header, column=column.letter)
    return findings
