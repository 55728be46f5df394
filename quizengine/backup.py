"""One file with everything of a database, and the way back into a database of either kind.

The file is a zip with one stream of JSON lines a table, in the order of the foreign keys, and a
manifest with the migration, the number of rows and a SHA-256 for each table. Its last 64 bytes
(the end of the zip's comment) are the SHA-256 of all bytes before them, so that any damage shows.
It is read in one snapshot while others go on writing, and nothing of it is held in memory whole.

Left out: sign-in sessions, counts of attempts and one-time links, which let somebody in or are
worthless a day later, and the secret key, which is no part of the database.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    LargeBinary,
    Select,
    Table,
    Text,
    cast,
    select,
    text,
)

import quizengine.all_tables  # noqa: F401  fills the metadata
from quizengine.database import Base, UtcDateTime, current, utcnow
from quizengine.errors import Conflict, InvalidInput

FORMAT, VERSION = "quizengine-backup", 1
LEFT_OUT = frozenset({"sign_in_session", "sign_in_attempt", "one_time_link"})
MANIFEST, LARGEST_MANIFEST = "manifest.json", 4 << 20
SEAL = b"sha256:"  # before the digest in the zip's comment
DIGEST_BYTES = 64
ROWS_AT_ONCE = 500
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class TableSummary:
    """A table of a backup."""

    name: str
    file: str  # in the zip
    columns: tuple[str, ...]
    rows: int
    sha256: str  # of the stream, uncompressed


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    made_at: datetime
    migration: str
    database: str  # "sqlite" or "postgresql"
    tables: tuple[TableSummary, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    def to_json(self) -> bytes:
        content = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": self.made_at.isoformat(),
            "migration": self.migration,
            "database": self.database,
            "left_out": sorted(LEFT_OUT),
            "tables": [
                {
                    "name": table.name,
                    "file": table.file,
                    "columns": list(table.columns),
                    "rows": table.rows,
                    "sha256": table.sha256,
                }
                for table in self.tables
            ],
        }
        return json.dumps(content, indent=1).encode()

    @classmethod
    def from_json(cls, data: bytes) -> Manifest:
        """Raises KeyError, TypeError or ValueError when it is not a manifest of ours."""
        content = json.loads(data)
        if content["format"] != FORMAT or content["version"] != VERSION:
            raise ValueError("another format")
        return cls(
            made_at=datetime.fromisoformat(content["made_at"]),
            migration=str(content["migration"]),
            database=str(content["database"]),
            tables=tuple(
                TableSummary(
                    name=str(table["name"]),
                    file=str(table["file"]),
                    columns=tuple(map(str, table["columns"])),
                    rows=int(table["rows"]),
                    sha256=str(table["sha256"]),
                )
                for table in content["tables"]
            ),
        )


def tables_in_order() -> list[Table]:
    """The tables of a backup; none refers to a later one."""
    return [table for table in Base.metadata.sorted_tables if table.name not in LEFT_OUT]


def write_backup(path: Path, *, now: datetime | None = None) -> Manifest:
    """Write the whole database into a new file that only its owner can read.

    Every change that was committed before the call is in it. The file appears under its name
    when it is complete.

    Raises
    ------
    Conflict
        "backup-exists": nothing is overwritten.
    """
    if path.exists():
        raise Conflict("backup-exists", file=path)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        handle = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as problem:
        raise InvalidInput(
            "backup-no-access", file=unfinished.parent, reason=problem.strerror
        ) from None
    try:
        with os.fdopen(handle, "w+b") as stream:
            with _snapshot() as connection:
                manifest = _write_tables(stream, connection, now or utcnow())
            _seal(stream)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(unfinished, path)  # unlike a renaming, it never replaces a file
        except FileExistsError:
            raise Conflict("backup-exists", file=path) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


@contextmanager
def _snapshot() -> Iterator[Connection]:
    """A connection that sees the database as it is now, whatever is written meanwhile."""
    database = current()
    if database.gate is not None:  # SQLite: a read transaction is a snapshot and stops nobody
        with database.reader.connect() as connection:
            yield connection
        return
    with database.writer.connect().execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    ) as connection:
        yield connection


def _write_tables(stream: IO[bytes], connection: Connection, now: datetime) -> Manifest:
    summaries = []
    migration = str(connection.scalar(text("select version_num from alembic_version")))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, table in enumerate(tables_in_order(), 1):
            name = f"tables/{number:02d}-{table.name}.jsonl"
            with archive.open(name, "w", force_zip64=True) as file:
                rows, sha256 = _walk(connection, table, file.write)
            columns = tuple(column.name for column in table.columns)
            summaries.append(TableSummary(table.name, name, columns, rows, sha256))
        manifest = Manifest(
            now.astimezone(UTC), migration, connection.dialect.name, tuple(summaries)
        )
        archive.writestr(MANIFEST, manifest.to_json())
        archive.comment = SEAL + b"0" * DIGEST_BYTES
    return manifest


def _walk(
    connection: Connection, table: Table, write: Callable[[bytes], object] | None = None
) -> tuple[int, str]:
    """Number and SHA-256 of a table's rows as JSON lines, each handed to `write`."""
    digest, rows = hashlib.sha256(), 0
    holds_bytes = any(isinstance(column.type, LargeBinary) for column in table.columns)
    at_once = 1 if holds_bytes else ROWS_AT_ONCE  # an upload alone may fill the memory
    encoders = [_encoder(column) for column in table.columns]
    query = _query(table, connection.dialect.name).execution_options(yield_per=at_once)
    with connection.execute(query) as found:
        for part in found.partitions():
            lines = b"".join(_line(row, encoders) for row in part)
            digest.update(lines)
            rows += len(part)
            if write is not None:
                write(lines)
    return rows, digest.hexdigest()


def _query(table: Table, dialect: str) -> Select[Any]:
    """All rows in the order of the primary key: the same order on both databases."""
    columns = [
        # as text, since SQL's null and JSON's null come back as the same None otherwise
        cast(column, Text).label(column.name) if isinstance(column.type, JSON) else column
        for column in table.columns
    ]
    order = [
        column.collate("C" if dialect == "postgresql" else "BINARY")
        if isinstance(column.type, Text)
        else column
        for column in table.primary_key.columns
    ]
    return select(*columns).order_by(*order)


def _line(row: Sequence[Any], encoders: Sequence[Callable[[Any], Any]]) -> bytes:
    values = [
        None if value is None else encode(value)
        for value, encode in zip(row, encoders, strict=True)
    ]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _encoder(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, JSON):
        return lambda value: [_same_numbers(json.loads(value))]
    if isinstance(column.type, LargeBinary):
        return lambda value: base64.b64encode(value).decode("ascii")
    if isinstance(column.type, UtcDateTime):
        return lambda value: value.isoformat(timespec="microseconds")
    return lambda value: value


def _same_numbers(value: Any) -> Any:
    """Keys in order, and numbers as both databases give them back.

    PostgreSQL writes a large number without its exponent, and knows no negative zero.
    """
    if isinstance(value, dict):
        return {key: _same_numbers(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_same_numbers(part) for part in value]
    if isinstance(value, float):
        return int(value) if abs(value) >= 1e16 and value.is_integer() else value + 0.0
    return value


def _decoder(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, JSON):
        return lambda value: JSON.NULL if value[0] is None else value[0]
    if isinstance(column.type, LargeBinary):
        return lambda value: base64.b64decode(value, validate=True)
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat
    return lambda value: value


def _seal(stream: IO[bytes]) -> None:
    """Put the digest of the file into its last bytes."""
    stream.seek(0, os.SEEK_END)
    length = stream.tell()
    digest = _digest(stream, length - DIGEST_BYTES)
    stream.seek(length - DIGEST_BYTES)
    stream.write(digest)


def _digest(stream: IO[bytes], length: int) -> bytes:
    """SHA-256 of the first `length` bytes, in hexadecimal."""
    digest = hashlib.sha256()
    stream.seek(0)
    while length > 0 and (part := stream.read(min(CHUNK, length))):
        digest.update(part)
        length -= len(part)
    return digest.hexdigest().encode("ascii")


class Backup:
    """A backup file that was found whole: sealed, complete, each table as the manifest says."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Backup]:
        """Open and check a file.

        Raises
        ------
        InvalidInput
            "backup-no-access", "backup-not-one", "backup-damaged".
        """
        try:
            stream = path.open("rb")
        except OSError as problem:
            raise InvalidInput("backup-no-access", file=path, reason=problem.strerror) from None
        with stream:
            _check_seal(stream, path)
            try:
                with zipfile.ZipFile(stream) as archive:
                    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
                        raise ValueError("no manifest is so large")
                    backup = cls(archive, Manifest.from_json(archive.read(MANIFEST)))
                    backup._check()
                    yield backup
            except (zipfile.BadZipFile, KeyError, TypeError, ValueError):
                raise InvalidInput("backup-damaged", file=path) from None

    def _check(self) -> None:
        """Compare every table's stream with its checksum, before anything is stored."""
        for table in self.manifest.tables:
            digest, rows = hashlib.sha256(), 0
            with self._archive.open(table.file) as file:
                while part := file.read(CHUNK):
                    digest.update(part)
                    rows += part.count(b"\n")
            if (rows, digest.hexdigest()) != (table.rows, table.sha256):
                raise ValueError(table.name)

    def rows_of(self, summary: TableSummary, table: Table) -> Iterator[dict[str, Any]]:
        """The rows of a table, as parameters of an insertion."""
        decoders = [_decoder(table.columns[name]) for name in summary.columns]
        with (
            self._archive.open(summary.file) as file,
            io.TextIOWrapper(file, encoding="utf-8", newline="\n") as lines,
        ):
            for line in lines:
                yield {
                    f"p_{name}": None if value is None else decode(value)
                    for name, value, decode in zip(
                        summary.columns, json.loads(line), decoders, strict=True
                    )
                }


def _check_seal(stream: IO[bytes], path: Path) -> None:
    length = stream.seek(0, os.SEEK_END)
    if length < DIGEST_BYTES + len(SEAL):
        raise InvalidInput("backup-not-one", file=path)
    stream.seek(length - DIGEST_BYTES - len(SEAL))
    seal, digest = stream.read(len(SEAL)), stream.read()
    stream.seek(0)
    if seal != SEAL:
        known = stream.read(4) == b"PK\x03\x04"  # a zip, perhaps one of ours that was cut off
        raise InvalidInput("backup-damaged" if known else "backup-not-one", file=path)
    if _digest(stream, length - DIGEST_BYTES) != digest:
        raise InvalidInput("backup-damaged", file=path)


def checksums(connection: Connection) -> dict[str, tuple[int, str]]:
    """Rows and SHA-256 of every table that a backup holds, as the database is now."""
    return {table.name: _walk(connection, table) for table in tables_in_order()}
