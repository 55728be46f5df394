"""From a file's bytes to rows of cells: CSV in any usual encoding, XLSX, a list in JSON."""

from __future__ import annotations

import datetime
import io
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from itembank.errors import ItemBankError
from itembank.formats.archive import DAMAGE, MEGABYTE, Limits, read_archive
from itembank.formats.text_decoding import decode, parse_delimited

Cell = str | int | float | bool | datetime.date | datetime.time | datetime.timedelta
WORKBOOK_LIMITS = Limits()
MAX_SIZE = 50 * MEGABYTE
MAX_ROWS = 50_000
MAX_COLUMNS = 500  # a table of matching questions has five columns a line
# calamine keeps a sheet as one block up to its last cell, about 35 bytes a cell.
MAX_CELLS = 3_000_000
_CELL_NAME = re.compile(rb"""\sr\s*=\s*["']([A-Z]{0,3})([0-9]{1,7})["']""")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = (",", ";", "\t", "|", "，")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `rows` maps the row number of the spreadsheet (from 1) to its cells."""

    name: str
    rows: dict[int, list[Cell]]
    hidden: bool = False

    @property
    def filled(self) -> dict[int, list[Cell]]:
        """The rows that are not empty."""
        return {n: row for n, row in self.rows.items() if any(cell_text(cell) for cell in row)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table file as it was read."""

    kind: str
    sheets: tuple[Sheet, ...]
    encoding: str | None = None
    encoding_guessed: bool = False
    delimiter: str | None = None
    pictures: int = 0
    formats_read: bool = True


def cell_text(cell: Cell) -> str:
    """A cell as the text a person typed: 3.0 is "3", true is "TRUE"."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def column_letter(index: int) -> str:
    """The letter of a column counted from 0: A, B, ... Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def sniff(data: bytes) -> str:
    """What a file is, by its content: "xlsx", "native", "qti", "zip", "xls", "json", "xml", "html",
    "pdf", "picture", "binary", "empty" or "text".
    """
    head = data[:4096]
    if not data.strip():
        return "empty"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(data)
    for magic, kind in (
        (b"\xd0\xcf\x11\xe0", "xls"),
        (b"%PDF", "pdf"),
        (b"\x89PNG", "picture"),
        (b"\xff\xd8\xff", "picture"),
        (b"GIF8", "picture"),
        (b"\x1f\x8b", "binary"),
        (b"Rar!", "binary"),
        (b"7z\xbc\xaf", "binary"),
        (b"\x7fELF", "binary"),
        (b"SQLite format", "binary"),
    ):
        if head.startswith(magic):
            return kind
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if re.match(rb"<(!doctype\s+html|html|table|head|body)", start):
        return "html"
    if start.startswith((b"<?xml", b"<!doctype", b"<!--")) or re.match(rb"<[a-z:]+[\s>]", start):
        return "html" if b"<html" in start or b"<table" in start else "xml"
    if re.match(rb"[\[{]\s*[\[{\"\]}]", start):
        return "json"
    is_utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in head and not is_utf16 and not _looks_like_utf16(head):
        return "binary"
    return "text"


def _looks_like_utf16(head: bytes) -> bool:
    """Line ends or delimiters of UTF-16 without a byte order mark, at even positions."""
    zeros = Counter(position % 2 for position, byte in enumerate(head) if byte == 0)
    more, fewer = max(zeros[0], zeros[1]), min(zeros[0], zeros[1])
    return more >= max(3, 0.02 * len(head)) and fewer <= more * 0.02


def _sniff_zip(data: bytes) -> str:
    names = read_archive_names(data)
    if "[Content_Types].xml" in names and any(name.startswith("xl/") for name in names):
        return "xlsx"
    last = {name.rsplit("/", 1)[-1] for name in names}
    if "bank.json" in last:
        return "native"
    return "qti" if "imsmanifest.xml" in last else "zip"


def read_archive_names(data: bytes) -> set[str]:
    """Names of a zip's entries; empty when it is broken."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return set(archive.namelist())
    except DAMAGE:
        return set()


def read_grid(
    data: bytes,
    where: str,
    *,
    encoding: str | None = None,
    header_score: Callable[[list[str]], int] = len,
) -> Grid:
    """Rows of cells of a CSV, XLSX or JSON file; its content tells the kind, not its name.

    `header_score` says how much a row looks like column names; it settles the delimiter.

    Raises
    ------
    ItemBankError
        "file-empty", "file-too-large", "not-a-table", "xls-old", "encoding-unknown",
        "csv-quote-open", "csv-broken", "too-many-rows", "too-many-columns", "workbook-macros",
        "workbook-unsafe", "workbook-too-wide", "workbook-broken", or what `read_archive` says.
    """
    if len(data) > MAX_SIZE:
        raise ItemBankError("file-too-large", where, limit=MAX_SIZE // MEGABYTE)
    kind = sniff(data)
    if kind == "empty":
        raise ItemBankError("file-empty", where)
    if kind == "xls":
        raise ItemBankError("xls-old", where)
    if kind == "xlsx":
        grid = _read_workbook(data, where)
    elif kind == "zip" and not read_archive_names(data):
        raise ItemBankError("zip-broken", where)
    elif kind == "text":
        grid = _read_delimited(data, where, encoding, header_score)
    elif kind == "json":
        from itembank.formats.json_list import read_json_rows

        found = read_json_rows(data, where)
        rows: dict[int, list[Cell]] = {n: list(row) for n, row in enumerate(found, start=1)}
        grid = Grid(kind="json", sheets=(Sheet("", rows),))
    else:
        raise ItemBankError("not-a-table", where, kind=kind)
    if sum(len(sheet.rows) for sheet in grid.sheets) > MAX_ROWS:
        raise ItemBankError("too-many-rows", where, limit=MAX_ROWS)
    widest = max((len(row) for sheet in grid.sheets for row in sheet.rows.values()), default=0)
    if widest > MAX_COLUMNS:
        raise ItemBankError("too-many-columns", where, limit=MAX_COLUMNS)
    return grid


def _read_delimited(
    data: bytes, where: str, encoding: str | None, header_score: Callable[[list[str]], int]
) -> Grid:
    decoded = decode(data, where, encoding)
    text, stated = decoded.text, None
    first = re.match(r"sep=(.)\r?\n", text, re.IGNORECASE)
    if first:  # Excel writes and hides this line
        stated, text = first[1], text[first.end() :]
    readings: dict[str, list[list[str]]] = {}
    failure: ItemBankError | None = None
    for delimiter in (stated,) if stated else DELIMITERS:
        if delimiter in text:
            try:
                readings[delimiter] = parse_delimited(text, delimiter, where)
            except ItemBankError as error:
                failure = failure or error
    if not readings:
        if failure is not None:
            raise failure
        readings[","] = parse_delimited(text, ",", where)
    best = max(readings, key=lambda name: _delimiter_score(readings[name], header_score))
    rows: dict[int, list[Cell]] = {
        number: list(row) for number, row in enumerate(readings[best], start=1)
    }
    return Grid(
        kind="csv",
        sheets=(Sheet("", rows),),
        encoding=decoded.encoding,
        encoding_guessed=decoded.guessed,
        delimiter=best,
    )


def _delimiter_score(
    rows: list[list[str]], header_score: Callable[[list[str]], int]
) -> tuple[int, float]:
    """Best header among the first rows, then how even the rows are."""
    header = max((header_score(row) for row in rows[:20]), default=0)
    widths = Counter(len(row) for row in rows[:200] if row)
    width, count = max(widths.items(), key=lambda pair: pair[1], default=(1, 0))
    return header, (count / max(1, sum(widths.values()))) * (width > 1)


# --- XLSX ---


def _read_workbook(data: bytes, where: str) -> Grid:
    files = read_archive(data, where, WORKBOOK_LIMITS)
    for name, content in files.items():
        _check_part(name, content, where)
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    sheets = []
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for position, about in enumerate(workbook.sheets_metadata):
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            # skip_empty_area=False keeps the spreadsheet's own row and column numbers
            table = workbook.get_sheet_by_index(position).to_python(skip_empty_area=False)
            rows = _without_end({n: _trim(row) for n, row in enumerate(table, start=1)})
            sheets.append(Sheet(about.name, rows, about.visible != SheetVisibleEnum.Visible))
    except (CalamineError, OSError, ValueError) as error:
        raise ItemBankError("workbook-broken", where) from error
    if not sheets:
        raise ItemBankError("workbook-broken", where)
    formats_read = _write_percentages(sheets, data, files)
    pictures = sum(name.startswith(("xl/media/", "xl/cellimages")) for name in files)
    return Grid(kind="xlsx", sheets=tuple(sheets), pictures=pictures, formats_read=formats_read)


def _check_part(name: str, content: bytes, where: str) -> None:
    """Refuse macros, document types and cells so far out that reading would fill the memory."""
    if "vbaproject" in name.lower() or "macrosheets" in name.lower():
        raise ItemBankError("workbook-macros", where)
    if name == "[Content_Types].xml" and b"macroEnabled" in content:
        raise ItemBankError("workbook-macros", where)
    # No spreadsheet program declares a document type or writes its parts in UTF-16.
    marks = (b"<!DOCTYPE", b"<!ENTITY")
    is_picture = name.startswith("xl/media/")
    if not is_picture and (content[:2] in _UTF16_MARKS or any(mark in content for mark in marks)):
        raise ItemBankError("workbook-unsafe", where)
    # Every part is searched: a hostile workbook may keep its sheet under any name.
    last_row = last_column = 1
    for found in _CELL_NAME.finditer(content):
        last_row = max(last_row, int(found[2]))
        last_column = max(last_column, _column_number(found[1]))
        if last_row * last_column > MAX_CELLS:
            cell = f"{column_letter(last_column - 1)}{last_row}"
            raise ItemBankError("workbook-too-wide", where, cell=cell)


def _write_percentages(sheets: list[Sheet], data: bytes, files: dict[str, bytes]) -> bool:
    """Put "15%" where a sheet shows 15% for 0.15: calamine reads values, not formats.

    openpyxl is slower, so it reads only workbooks whose styles use a percentage. False when it
    cannot read this one; the numbers then stay as they are.
    """
    styles = files.get("xl/styles.xml", b"")
    used = re.search(rb"<cellXfs.*?</cellXfs>", styles, re.DOTALL)
    usual = used is not None and re.search(rb'numFmtId="(9|10)"', used[0])
    if not usual and not re.search(rb'formatCode="[^"]*%', styles):
        return True
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about parts that openpyxl leaves out
        try:
            workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            for sheet in sheets:
                for cells in workbook[sheet.name].iter_rows(max_col=MAX_COLUMNS):
                    for cell in cells:
                        if isinstance(cell.value, int | float) and "%" in cell.number_format:
                            row = sheet.rows[cell.row]
                            row[cell.column - 1] = _percentage(cell.value, cell.number_format)
        except (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError):
            return False
    return True


def _percentage(value: float, number_format: str) -> str:
    """0.155 as "15.5%" under the format 0.0%."""
    decimals = re.search(r"\.([0#]+)%", number_format)
    return f"{value * 100:.{len(decimals[1]) if decimals else 0}f}%"


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _without_end(rows: dict[int, list[Cell]]) -> dict[int, list[Cell]]:
    """The rows up to the last that holds anything; formatted empty rows may follow it."""
    last = max((number for number, row in rows.items() if row), default=0)
    return {number: row for number, row in rows.items() if number <= last}


def _trim(row: list[Cell]) -> list[Cell]:
    """The row without the empty cells at its end."""
    end = len(row)
    while end and row[end - 1] == "":
        end -= 1
    return row[:end]
