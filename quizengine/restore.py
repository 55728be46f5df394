"""Puts a backup into a database of either kind: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, Table, bindparam, func, insert, inspect, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DataError, IntegrityError

from quizengine import audit
from quizengine.backup import LEFT_OUT, Backup, Manifest, checksums, tables_in_order
from quizengine.database import Base, current, migrate, newest_migration, transaction
from quizengine.errors import Conflict, InvalidInput

ROWS_AT_ONCE = 500
STRICT_JSON = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def restore_backup(path: Path, *, replace: bool = False) -> Manifest:
    """Store a backup in the present database, in one transaction.

    An empty database without tables gets them first. Every checksum is compared before anything
    is stored and again, from what the database gives back, before it is committed.

    Parameters
    ----------
    replace : delete what the database holds; otherwise it must hold nothing.

    Raises
    ------
    InvalidInput
        "backup-no-access", "backup-not-one", "backup-damaged", "backup-newer", "backup-older",
        "backup-cannot-store".
    Conflict
        "backup-not-empty", "backup-database-older".
    """
    with Backup.open(path) as backup:
        _check_migration(backup.manifest)
        _make_tables()
        with transaction() as session:
            connection = session.connection()
            _keep_others_out(connection)
            if replace:
                _delete_everything(connection)
            else:
                _refuse_unless_empty(connection)
            _store(connection, backup)
            _compare(connection, backup.manifest)
            _reset_sequences(connection)
        return backup.manifest


def _check_migration(manifest: Manifest) -> None:
    """A backup fits only the tables it was made from."""
    from alembic.script import ScriptDirectory

    from quizengine.database import alembic_config

    newest = newest_migration()
    if manifest.migration != newest:
        scripts = ScriptDirectory.from_config(alembic_config(""))
        known = {script.revision for script in scripts.walk_revisions()}
        code = "backup-older" if manifest.migration in known else "backup-newer"
        raise InvalidInput(code, migration=manifest.migration, newest=newest)
    expected = {table.name: {c.name for c in table.columns} for table in tables_in_order()}
    if {table.name: set(table.columns) for table in manifest.tables} != expected:
        raise InvalidInput("backup-newer", migration=manifest.migration, newest=newest)


def _make_tables() -> None:
    """Migrate a database that has no tables yet; refuse one of another version."""
    database = current()
    with database.reader.connect() as connection:
        names = inspect(connection).get_table_names()
        present = (
            connection.scalar(text("select version_num from alembic_version"))
            if "alembic_version" in names
            else None
        )
    if not names:
        migrate(database.url)
    elif present != newest_migration():
        raise Conflict("backup-database-older", migration=present or "-", newest=newest_migration())


def _keep_others_out(connection: Connection) -> None:
    """On SQLite the write gate does it. Nobody may write between the check and the commit."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in Base.metadata.sorted_tables)
        connection.execute(text(f"lock table {names} in access exclusive mode"))


def _refuse_unless_empty(connection: Connection) -> None:
    for table in Base.metadata.sorted_tables:
        rows = connection.scalar(select(func.count()).select_from(table)) or 0
        if rows:
            raise Conflict("backup-not-empty", table=table.name, rows=rows)


def _delete_everything(connection: Connection) -> None:
    """The log's events too: the transaction puts the log of the backup in their place."""
    audit.lift_guard(connection)
    for table in reversed(Base.metadata.sorted_tables):
        connection.execute(table.delete())
    audit.guard(connection)


def _store(connection: Connection, backup: Backup) -> None:
    tables = {table.name: table for table in tables_in_order()}
    in_order = {summary.name: summary for summary in backup.manifest.tables}
    for name, table in tables.items():
        rows = backup.rows_of(in_order[name], table)
        holds_bytes = any(column.type.python_type is bytes for column in table.columns)
        try:
            for part in _parts(rows, 1 if holds_bytes else ROWS_AT_ONCE):
                connection.execute(_insertion(table), part)
        except (DataError, IntegrityError) as problem:
            reason = str(problem.orig).strip().splitlines()[0]
            raise InvalidInput("backup-cannot-store", table=name, reason=reason) from None


def _parts(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while part := list(islice(rows, size)):
        yield part


def _insertion(table: Table) -> Any:
    """An insertion that keeps SQL's null and JSON's null apart."""
    return insert(table).values(
        {
            column.name: bindparam(
                f"p_{column.name}",
                type_=STRICT_JSON if isinstance(column.type, JSON) else column.type,
            )
            for column in table.columns
        }
    )


def _compare(connection: Connection, manifest: Manifest) -> None:
    """What the database gives back must be what the file says, to the last byte."""
    stored = checksums(connection)
    for table in manifest.tables:
        if stored[table.name] != (table.rows, table.sha256):
            reason = "it comes back changed"
            raise InvalidInput("backup-cannot-store", table=table.name, reason=reason)


def _reset_sequences(connection: Connection) -> None:
    """PostgreSQL counts keys apart from the rows; the next one must be free."""
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is None or table.name in LEFT_OUT:
            continue
        sequence = connection.scalar(
            select(func.pg_get_serial_sequence(f'"{table.name}"', column.name))
        )
        if sequence:
            last = connection.scalar(select(func.max(column)))
            connection.execute(select(func.setval(sequence, last or 1, last is not None)))
