"""Opens a zip file that somebody sent, within limits: XLSX workbooks and native banks."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass

from itembank.errors import ItemBankError

MEGABYTE = 1_000_000
# What `zipfile` raises on damaged archives, as seen with altered bytes.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    IndexError,
    EOFError,
    OSError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a zip file may hold. `ratio` is unpacked over packed size, above 1 MB unpacked."""

    size: int = 50 * MEGABYTE
    entries: int = 1_000
    unpacked: int = 100 * MEGABYTE
    ratio: int = 100


def read_archive(data: bytes, where: str, limits: Limits) -> dict[str, bytes]:
    """All files of a zip by their names, folders left out.

    Sizes are checked as declared before anything is unpacked; `zipfile` never unpacks more than an
    entry declares.

    Raises
    ------
    ItemBankError
        "file-too-large", "zip-broken", "zip-too-many-entries", "zip-too-large", "zip-ratio",
        "zip-encrypted", "zip-link", "zip-path", "zip-duplicate".
    """
    if len(data) > limits.size:
        raise ItemBankError("file-too-large", where, limit=limits.size // MEGABYTE)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check_sizes(entries, where, limits)
            for entry in entries:
                _check_entry(entry, where)
            files = [entry for entry in entries if not entry.is_dir()]
            names = {entry.filename for entry in files}
            if len(names) != len(files):
                raise ItemBankError("zip-duplicate", where)
            return {entry.filename: archive.read(entry) for entry in files}
    except DAMAGE:
        raise ItemBankError("zip-broken", where) from None


def _check_sizes(entries: list[zipfile.ZipInfo], where: str, limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise ItemBankError("zip-too-many-entries", where, count=len(entries), limit=limits.entries)
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > limits.unpacked:
        raise ItemBankError("zip-too-large", where, limit=limits.unpacked // MEGABYTE)
    if unpacked > MEGABYTE and unpacked > limits.ratio * packed:
        raise ItemBankError("zip-ratio", where, limit=limits.ratio)


def _check_entry(entry: zipfile.ZipInfo, where: str) -> None:
    name = entry.filename
    if entry.flag_bits & 0x1:
        raise ItemBankError("zip-encrypted", where)
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ItemBankError("zip-link", where, value=name[:200])
    parts = name.rstrip("/").split("/")
    # other methods are rare, and their decompressors raise errors of their own
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ItemBankError("zip-broken", where)
    if not name or name.startswith("/") or "\\" in name or ":" in parts[0] or ".." in parts:
        raise ItemBankError("zip-path", where, value=name[:200])
