"""Items as a table that a spreadsheet program opens and `read_table` reads back unchanged."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from itembank.errors import Finding, ItemBankError, sentence
from itembank.formats.grid import Cell
from itembank.formats.table_cells import cells_of, column_names
from itembank.item import Item

MAX_CELL = 32_767  # of a spreadsheet program
_FORMULA = re.compile(r"'*[=+\-@＝＋－＠\t]")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ERROR_HEADERS = ("错误 / Errors", "更正方法 / What to do")


def guard(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet might run it as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def write_table(items: Sequence[Item], kind: str = "csv") -> bytes:
    """Items as CSV (UTF-8 with byte order mark, for Excel) or XLSX, one a row.

    Pictures are named, not contained; a bank's zip carries them. Ids of choices are not written.

    Raises
    ------
    ItemBankError
        "table-kind-unknown"; "cell-too-long".
    """
    rows = table_rows(items)
    if kind == "csv":
        target = io.StringIO(newline="")
        csv.writer(target, lineterminator="\r\n").writerows(rows)
        return target.getvalue().encode("utf-8-sig")
    if kind == "xlsx":
        return _workbook([("items", rows)])
    raise ItemBankError("table-kind-unknown", "", value=kind)


def table_rows(items: Sequence[Item]) -> list[list[str]]:
    """The header and one row an item, guarded against formulas."""
    cells = [cells_of(item) for item in items]
    names = column_names(items, cells)
    return [names, *([guard(row.get(name, "")) for name in names] for row in cells)]


def error_workbook_of(
    parts: Sequence[tuple[str, Sequence[str], Sequence[tuple[Sequence[Cell], Sequence[Finding]]]]],
) -> bytes:
    """Sheets of (name, headers, rows with findings), each row with what is wrong before it."""
    sheets = []
    for name, headers, rows in parts:
        lines: list[list[Cell]] = [[*ERROR_HEADERS, *map(_shown, headers)]]
        for cells, findings in rows:
            errors = [finding for finding in findings if finding.severity == "error"]
            wrong = "\n".join(f"{finding.where}: {finding.code}" for finding in errors)
            todo = "\n".join(
                sentence(finding, language) for finding in errors for language in ("zh", "en")
            )
            # the sentences quote the cells, so they may hold anything that a cell holds
            lines.append([*map(_shown, (wrong, todo, *cells))])
        sheets.append((name or "rows", lines))
    return _workbook(sheets or [("rows", [list(ERROR_HEADERS)])])


def _shown(cell: Cell) -> Cell:
    """A cell of the user's file as it may be written into another: no formula, no control code."""
    if not isinstance(cell, str):
        return cell
    text = guard(_ILLEGAL.sub(" ", cell))
    # too long for any item, and rejected for it: its beginning tells which one it is
    return text if len(_escaped(text)) <= MAX_CELL else text[: MAX_CELL // 2]


def _workbook(sheets: Iterable[tuple[str, Sequence[Sequence[Cell]]]]) -> bytes:
    """An XLSX file; every text is stored as text, never as a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    # before the workbook is begun: openpyxl cannot leave one half written
    ready = [(name, [[_storable(cell) for cell in row] for row in rows]) for name, rows in sheets]
    workbook = Workbook(write_only=True)
    for name, rows in ready:
        sheet = workbook.create_sheet(re.sub(r"[\[\]:*?/\\']", " ", name)[:31] or "Sheet")
        sheet.freeze_panes = "A2"
        for row in rows:
            cells: list[object] = []
            for value in row:
                cell = WriteOnlyCell(sheet, value=value)
                if isinstance(value, str):
                    cell.data_type = "s"
                cells.append(cell)
            sheet.append(cells)
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def _storable(value: Cell) -> Cell:
    if not isinstance(value, str):
        return value
    text = _escaped(value)
    if len(text) > MAX_CELL:
        raise ItemBankError("cell-too-long", "", length=len(text), limit=MAX_CELL)
    return text


def _escaped(text: str) -> str:
    """The text as XLSX stores it: spreadsheet programs read _x0041_ as an escaped character."""
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text)
