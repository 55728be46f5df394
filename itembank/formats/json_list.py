"""A list of questions in JSON as a table: one question a row, one field a column.

The names of the fields are read like headers of a table. What lies in a field is brought into the
forms of cells: a text in two languages becomes two columns, options with their marks become a
column each, any other list or object stays JSON, as it may stand in a cell.
"""

from __future__ import annotations

import json

from itembank.errors import ItemBankError
from itembank.formats.native import parse_json
from itembank.formats.text_decoding import decode
from itembank.item_checks import LETTERS

_WRAPPERS = ("questions", "items", "data", "rows", "results")
_TEXT_NAMES = ("text", "content", "value", "label", "option", "answer", "name")
_MARK_NAMES = ("iscorrect", "correct", "isright", "right", "key", "isanswer", "isrightanswer")
_REASON_NAMES = ("reason", "rationale", "explanation", "feedback")


def read_json_rows(data: bytes, where: str) -> list[list[str]]:
    """The names of all fields, in order of their first appearance, then one row a question.

    Understood: a list of objects, an object that holds one ("questions": [...]), one object a line.

    Raises
    ------
    ItemBankError
        "json-broken"; "not-a-table" where there is no list of objects.
    """
    flat = [_flatten(question) for question in _questions_of(data, where)]
    names = list(dict.fromkeys(name for row in flat for name in row))
    return [names, *([row.get(name, "") for name in names] for row in flat)]


def _questions_of(data: bytes, where: str) -> list[dict[str, object]]:
    text = decode(data, where).text
    try:
        value = parse_json(text.encode(), where)
    except ItemBankError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for line in lines):
            raise
        value = [parse_json(line.encode(), f"{where}, line {n}") for n, line in enumerate(lines, 1)]
    if isinstance(value, dict):
        named = {str(name).casefold(): part for name, part in value.items()}
        value = next((named[name] for name in _WRAPPERS if isinstance(named.get(name), list)), None)
    if not isinstance(value, list) or not value:
        raise ItemBankError("not-a-table", where, kind="json")
    if not all(isinstance(part, dict) for part in value):
        raise ItemBankError("not-a-table", where, kind="json")
    return value


def _flatten(question: dict[str, object]) -> dict[str, str]:
    """The fields of a question as cells by the names of their columns."""
    cells: dict[str, str] = {}
    for name, value in question.items():
        if isinstance(value, dict) and value and set(value) <= {"en", "zh"}:
            cells |= {f"{name}_{language}": _cell(part) for language, part in value.items()}
        elif isinstance(value, list) and value and all(_is_option(part) for part in value):
            cells |= _options_of(value)
        else:
            cells[str(name)] = _cell(value)
    return {name: text.replace("\r\n", "\n").replace("\r", "\n") for name, text in cells.items()}


def _is_option(value: object) -> bool:
    return isinstance(value, dict) and _named(value, _TEXT_NAMES) is not None


def _named(option: dict[str, object], names: tuple[str, ...]) -> object:
    plain = {str(name).casefold().replace("_", ""): part for name, part in option.items()}
    return next((plain[name] for name in names if name in plain), None)


def _options_of(options: list[dict[str, object]]) -> dict[str, str]:
    """Options that are objects: a column for the text, the mark and the reason of each."""
    cells: dict[str, str] = {}
    for letter, option in zip(LETTERS, options, strict=False):
        parts = {
            f"option_{letter}": _named(option, _TEXT_NAMES),
            f"correct_{letter}": _named(option, _MARK_NAMES),
            f"reason_{letter}": _named(option, _REASON_NAMES),
        }
        for name, value in parts.items():
            if isinstance(value, dict) and value and set(value) <= {"en", "zh"}:
                cells |= {f"{name}_{language}": _cell(part) for language, part in value.items()}
            elif value is not None:
                cells[name] = _cell(value)
    return cells


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
