"""What a file that was read would do to a bank, row by row, and the rejected rows as a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from itembank.errors import FINDINGS, Finding
from itembank.item import Item, item_from_native, item_to_native
from quizengine.banks.service.import_reading import UNPLACED as NO_COMPETENCY
from quizengine.banks.service.import_reading import plain_text
from quizengine.banks.service.import_rows import (
    DUPLICATE,
    NEW,
    REJECTED,
    UNPLACED,
    BankIndex,
    SeenRows,
    stage_row,
)

_LISTING = ("位置 / Place", "行 / Line", "题目 / Question", "分类 / Categories")


def place_of(row: Mapping[str, Any]) -> str:
    """A row as the reports name it: "Sheet1!5", "5", or the place in words."""
    if row["place"]:
        return str(row["place"])
    return f"{row['sheet']}!{row['row']}" if row["sheet"] else str(row["row"])


def stage_rows(
    rows: Sequence[Mapping[str, Any]], index: BankIndex, assets: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Every row with what it would do to the bank, as it is stored.

    Parameters
    ----------
    rows : of `import_reading.to_json`.
    assets : pictures that come with the file, name -> sha256.
    """
    seen = SeenRows()
    staged = []
    for position, row in enumerate(rows, start=1):
        names = ("sheet", "row", "place", "stem", "competency", "content")
        one: dict[str, Any] = {"position": position, **{name: row[name] for name in names}}
        one |= {"outcome": REJECTED, "item_id": None, "findings": list(row["findings"])}
        if row["content"] is not None:
            _stage(one, row, index, seen, assets)
        staged.append(one)
    return staged


def _stage(
    one: dict[str, Any],
    row: Mapping[str, Any],
    index: BankIndex,
    seen: SeenRows,
    assets: Mapping[str, str],
) -> None:
    item = item_from_native(row["content"])
    if item.competency == NO_COMPETENCY:
        one["outcome"] = UNPLACED
        tag = next(iter(row["tags"]), "")
        code = "import-category" if tag else "import-unplaced"
        one["findings"].append(_note(code, "warning", {"value": tag} if tag else {}))
        return
    found = stage_row(item, place_of(row), index, seen, assets=assets)
    one["findings"] += found.notes
    one["outcome"], one["item_id"] = found.outcome, found.item_id
    if found.outcome == REJECTED:
        one["content"] = None
    elif found.item is not item:
        one["content"] = item_to_native(found.item)


def mark_similar(rows: list[dict[str, Any]], index: BankIndex) -> None:
    """Find new rows with nearly the words of an item of the bank, or of a row before.

    The first wait for a choice; of the second, the later row says so.
    """
    from itembank.duplicates import find_near_duplicates  # SciPy and scikit-learn are slow to load

    new = [row for row in rows if row["outcome"] == NEW]
    if not new:
        return
    items = [item_from_native(row["content"]) for row in new]
    known = [one for one in index.by_id.values() if not one.retired]
    taken: set[int] = set()
    for pair in find_near_duplicates(items, [one.item for one in known]) if known else ():
        if pair.first not in taken:
            taken.add(pair.first)
            twin, row = known[pair.second], new[pair.first]
            row["outcome"], row["item_id"] = DUPLICATE, twin.item_id
            details = {
                "code": twin.item.id,
                "number": twin.number,
                "percent": round(pair.similarity * 100),
            }
            row["findings"].append(_note("import-similar", "warning", details))
    told: set[int] = set()
    for pair in find_near_duplicates(items):
        if pair.second in told or pair.second in taken or pair.same_stem:
            continue
        told.add(pair.second)
        about = {"row": place_of(new[pair.first]), "percent": round(pair.similarity * 100)}
        new[pair.second]["findings"].append(_note("import-similar-row", "warning", about))


def _note(code: str, severity: str, details: dict[str, Any]) -> dict[str, Any]:
    return {"severity": severity, "code": code, "where": "", "details": details, "by": "bank"}


def error_file(
    rows: Sequence[Mapping[str, Any]],
    staged: Sequence[Mapping[str, Any]],
    sheets: Sequence[Mapping[str, Any]],
) -> bytes | None:
    """The rejected rows as XLSX with what is wrong before each; None where there are none.

    Of a table these are its own rows under its own headers, to be corrected and sent again; of any
    other file a list that says where each is.
    """
    from itembank.formats.table_writing import error_workbook_of

    rejected = [
        (row, _findings(one))
        for row, one in zip(rows, staged, strict=True)
        if one["outcome"] == REJECTED
    ]
    if not rejected:
        return None
    if not sheets:
        lines = [(_listed(row), found) for row, found in rejected]
        return error_workbook_of([("rejected", _LISTING, lines)])
    parts = []
    for sheet in sheets:
        lines = [
            (row["cells"] or [], found)
            for row, found in rejected
            if row["sheet"] == plain_text(sheet["name"])
        ]
        if lines:
            parts.append((sheet["name"], sheet["headers"], lines))
    return error_workbook_of(parts)


def _listed(row: Mapping[str, Any]) -> list[Any]:
    return [row["place"], row["row"] or "", row["stem"], "; ".join(row["tags"])]


def _findings(row: Mapping[str, Any]) -> list[Finding]:
    return [
        Finding("error", found["code"], found["where"] or place_of(row), found["details"])
        for found in row["findings"]
        if found["severity"] == "error" and found["code"] in FINDINGS
    ]


def items_of(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, Item]]:
    """Places and items of the rows that were accepted."""
    return [
        (place_of(row), item_from_native(row["content"]))
        for row in rows
        if row["content"] is not None
    ]
