"""The database: engines, the one way to open a transaction, the base of all tables.

SQLite and PostgreSQL run the same statements. On SQLite one writer at a time is let through a
gate (a thread lock and a file lock): SQLite's own busy handler sleeps and polls, which turned
the slowest hundredth of the answers into second-long waits.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    LargeBinary,
    MetaData,
    Text,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

MIGRATIONS = Path(__file__).parent / "migrations"
IDLE_SECONDS = 1.0


class UtcDateTime(TypeDecorator[datetime]):
    """An instant in UTC. SQLite drops time zones, so they are put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
Key = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it from the class
        int: Key,
        str: Text(),
        bytes: LargeBinary(),
        datetime: UtcDateTime(),
        dict[str, Any]: Json,
        list[Any]: Json,
    }


def utcnow() -> datetime:
    """The server's clock: the only one that decides anything."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Database:
    """The engines of one database: one to write, one that can only read."""

    url: str
    writer: Engine
    reader: Engine
    gate: _Gate | None


class _Gate:
    """Lets one writer through at a time, over the threads and the processes of this machine."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._handle: int | None = None
        self._owner = 0

    @contextmanager
    def passing(self) -> Iterator[None]:
        with self._lock:
            if self._handle is None or self._owner != os.getpid():
                # a lock taken through an inherited handle would be shared with the parent
                self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                self._owner = os.getpid()
            fcntl.flock(self._handle, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._handle, fcntl.LOCK_UN)


_current: Database | None = None


def configure(url: str, *, pool_size: int = 8) -> Database:
    """Name the database that `transaction` and `reading` use from now on."""
    global _current
    if _current is not None:
        _current.writer.dispose()
        _current.reader.dispose()
    _current = _open_sqlite(url) if url.startswith("sqlite") else _open_postgresql(url, pool_size)
    return _current


def current() -> Database:
    """The configured database."""
    if _current is None:
        raise RuntimeError("configure() was not called")
    return _current


def _after_fork() -> None:
    """A child must not use its parent's connections."""
    if _current is not None:
        _current.writer.dispose(close=False)
        _current.reader.dispose(close=False)
        if _current.gate is not None:
            _current.gate._lock = threading.Lock()


os.register_at_fork(after_in_child=_after_fork)


def _open_sqlite(url: str) -> Database:
    file = url.removeprefix("sqlite:///")
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    writer = create_engine(url, connect_args={"timeout": 15}, hide_parameters=True)
    reader = create_engine(url, connect_args={"timeout": 15}, hide_parameters=True)
    for engine, begin in ((writer, "BEGIN IMMEDIATE"), (reader, "BEGIN")):
        _prepare_sqlite(engine, begin, read_only=engine is reader)
    return Database(url, writer, reader, _Gate(file + ".lock"))


def _prepare_sqlite(engine: Engine, begin: str, *, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def set_up(connection: Any, entry: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an acknowledged answer survives a power cut
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def start(connection: Any) -> None:
        if read_only:  # it takes no lock, so it cannot fail: spare it the way through SQLAlchemy
            connection.connection.dbapi_connection.execute(begin)
        else:
            connection.exec_driver_sql(begin)


def _open_postgresql(url: str, pool_size: int) -> Database:
    options: dict[str, Any] = {"pool_size": pool_size, "max_overflow": 4}
    options["hide_parameters"] = True  # values of people do not belong into a log
    options["connect_args"] = {"connect_timeout": 5}
    writer = create_engine(url, **options)
    # A statement sees what was committed before it, with or without a transaction around several:
    # without one, a read is one round trip instead of three.
    reader = create_engine(url, isolation_level="AUTOCOMMIT", **options)

    @event.listens_for(reader, "connect")
    def only_read(connection: Any, entry: ConnectionPoolEntry) -> None:
        connection.execute("set default_transaction_read_only = on")

    for engine in (writer, reader):
        _test_idle_connections(engine)
    return Database(url, writer, reader, None)


def _test_idle_connections(engine: Engine) -> None:
    """Replace a connection that was lost while it lay idle, before somebody works with it.

    One that was used a moment ago is not asked: that would be a round trip for every statement.
    """

    @event.listens_for(engine, "checkin")
    def note(connection: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def test(connection: Any, entry: ConnectionPoolEntry, proxy: Any) -> None:
        idle_since = entry.info.get("idle_since")
        if idle_since is None or time.monotonic() - idle_since < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as problem:
            raise DisconnectionError("lost while idle") from problem


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose changes are stored together when the block ends, or not at all."""
    database = current()
    if database.gate is None:
        with Session(database.writer, expire_on_commit=False) as session, session.begin():
            yield session
        return
    with (
        Session(database.writer, expire_on_commit=False) as session,
        database.gate.passing(),  # inside, so that nobody waits while the session is put away
        session.begin(),
    ):
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """A session that can only read, and never waits for a writer."""
    with Session(current().reader, expire_on_commit=False) as session:
        yield session


@contextmanager
def reading_rows() -> Iterator[Connection]:
    """A connection that can only read, for a prebuilt statement: half the cost of a session."""
    with current().reader.connect() as connection:
        yield connection


def alembic_config(url: str) -> Any:
    """Alembic's configuration for our migrations."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def migrate(url: str) -> None:
    """Bring the tables of a database up to date."""
    from alembic import command

    database = configure(url)
    if database.gate is None:
        command.upgrade(alembic_config(url), "head")
        return
    with database.gate.passing():
        command.upgrade(alembic_config(url), "head")


def newest_migration() -> str:
    """The name of the newest migration this program knows."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(alembic_config("")).get_current_head() or ""


def present_migration(session: Session) -> str:
    """The name of the migration the database is at; raises if it cannot be reached."""
    return str(session.scalar(text("select version_num from alembic_version")) or "")
