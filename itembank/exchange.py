"""Reads and writes banks: finds out what a file is and refuses what is not a bank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

from itembank.bank import ItemBank
from itembank.errors import ItemBankError
from itembank.formats.archive import MEGABYTE, read_archive
from itembank.formats.draft import DraftItem, ImportDraft, SourcePlace
from itembank.formats.grid import read_archive_names, sniff
from itembank.formats.native import LIMITS, read_native, write_native, write_native_folder
from itembank.formats.sniffing import look_at
from itembank.item import item_to_native

# Module and function that read a kind; imported when a file of the kind comes.
_READERS = {
    "gift": ("itembank.formats.gift", "read_gift"),
    "gift_zip": ("itembank.formats.gift", "read_gift"),
    "aiken": ("itembank.formats.aiken", "read_aiken"),
    "moodle_xml": ("itembank.formats.moodle_xml", "read_moodle_xml"),
    "qti12": ("itembank.formats.qti12", "read_qti12"),
    "qti2": ("itembank.formats.qti2", "read_qti2"),
    "qti3": ("itembank.formats.qti2", "read_qti2"),
    "qti_package": ("itembank.formats.qti_package", "read_qti_package"),
    "csv": ("itembank.formats.table_draft", "read_table_draft"),
    "xlsx": ("itembank.formats.table_draft", "read_table_draft"),
    "xls": ("itembank.formats.table_draft", "read_table_draft"),
    "ods": ("itembank.formats.table_draft", "read_table_draft"),
    "table_zip": ("itembank.formats.table_draft", "read_table_draft"),
    "json_list": ("itembank.formats.table_draft", "read_table_draft"),
}
# Readers that take the files of an archive; the others open it themselves.
_FROM_FILES = ("gift_zip", "table_zip", "moodle_xml")
_Reader = Callable[[bytes | Mapping[str, bytes], str], ImportDraft]


def read_questions(source: bytes, where: str = "") -> ImportDraft:
    """The questions of a file of any kind; the content tells the kind, not the name.

    Raises
    ------
    ItemBankError
        "file-empty", "zip-broken", "kind-without-questions" (a picture, a text ...), or what the
        kind's reader says of the file as a whole.
    """
    found = look_at(source)
    if not source.strip():
        raise ItemBankError("file-empty", where)
    if source.startswith(b"PK") and not read_archive_names(source):
        raise ItemBankError("zip-broken", where)
    if found.kind == "native":
        return _draft_of_bank(read_native(source, where), where)
    if found.kind not in _READERS:
        kind = found.reason if found.kind == "unknown" else found.kind
        raise ItemBankError("kind-without-questions", where, kind=kind)
    module, name = _READERS[found.kind]
    reader = cast(_Reader, getattr(import_module(module), name))
    is_archive = source.startswith(b"PK")
    if found.kind in _FROM_FILES and is_archive:
        return reader(read_archive(source, where, LIMITS), where)
    return reader(source, where)


def _draft_of_bank(bank: ItemBank, where: str) -> ImportDraft:
    """A bank's items as drafts that lack nothing."""
    items = tuple(
        DraftItem(item_to_native(item), SourcePlace(where or bank.code, f"item {item.id}"))
        for item in bank.items
    )
    language = "zh" if bank.languages == ("zh",) else "en"
    return ImportDraft("native", items, assets=bank.assets, language=language)


def read_bank(source: Path | bytes) -> ItemBank:
    """A bank from a folder, a file or a file's bytes; the content tells the format, not the name.

    Raises
    ------
    ItemBankError
        "file-empty", "file-too-large", "zip-broken", "not-a-bank" (a table, a QTI package ...), or
        what the format's reader says.
    """
    if isinstance(source, Path) and source.is_dir():
        return read_native(source)
    where = source.name if isinstance(source, Path) else "bank"
    if isinstance(source, Path):
        if source.stat().st_size > LIMITS.size:
            raise ItemBankError("file-too-large", where, limit=LIMITS.size // MEGABYTE)
        source = source.read_bytes()
    kind = sniff(source)
    if kind == "empty":
        raise ItemBankError("file-empty", where)
    if kind == "zip" and not read_archive_names(source):
        raise ItemBankError("zip-broken", where)
    if kind == "zip":
        raise ItemBankError("bank-json-missing", where)
    if kind != "native":
        raise ItemBankError("not-a-bank", where, kind=kind)
    return read_native(source, where)


def write_bank(bank: ItemBank, path: Path | None = None) -> bytes:
    """The bank as a native zip, also written to `path`; a path without a suffix becomes a folder.

    Raises
    ------
    ItemBankError
        "folder-not-empty".
    """
    data = write_native(bank)
    if path is not None and path.suffix:
        path.write_bytes(data)
    elif path is not None:
        write_native_folder(bank, path)
    return data
