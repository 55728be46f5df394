"""Reads and writes banks: finds out what a file is and refuses what is not a bank."""

from __future__ import annotations

from pathlib import Path

from itembank.bank import ItemBank
from itembank.errors import ItemBankError
from itembank.formats.archive import MEGABYTE
from itembank.formats.grid import read_archive_names, sniff
from itembank.formats.native import LIMITS, read_native, write_native, write_native_folder


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
