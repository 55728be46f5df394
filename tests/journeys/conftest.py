"""The whole program behind a real browser: web server and worker, as `./run` starts them."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

import quizengine.all_tables  # noqa: F401  what a table refers to is known
from quizengine.banks.service import publish
from quizengine.banks.tables import Bank, Item, ItemVersion
from quizengine.database import utcnow

PROJECT = Path(__file__).parents[2]
PICTURES = Path(os.environ.get("JOURNEY_PICTURES") or PROJECT / "test-results")
PASSWORD = "one two three four"
PATIENCE = 120.0  # seconds until a server is ready, on a busy machine
WIDE, NARROW = 1280, 320


@dataclass
class Served:
    """A running installation."""

    base_url: str
    environment: dict[str, str]
    data_dir: Path

    def sign_in_of(self, username: str) -> tuple[str, str]:
        """Name and password of an account: those of the first start are in their file."""
        for line in (self.data_dir / "sign-ins.txt").read_text(encoding="utf-8").splitlines():
            _role, name, password = line.split("\t")
            if name == username:
                return name, password
        return username, PASSWORD

    def flask(self, *arguments: str) -> str:
        """Run a `flask` command of this installation."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def add_student(self, username: str) -> str:
        """A fresh student of the school, so that journeys do not meet."""
        options = ("--role", "student", "--name", username.title(), "--password", PASSWORD)
        self.flask("accounts", "create", username, *options)
        return username


@contextmanager
def serve(data_dir: Path, **settings: str) -> Iterator[Served]:
    """Start the program on a free port; at the end its log may hold no internal error."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), "PORT": str(port), **settings
    }  # fmt: skip
    log = data_dir / "served.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "quizengine.serve", "--no-demo"],
            cwd=PROJECT,
            env=environment,
            stdout=output,
            stderr=output,
        )
        try:
            base_url = f"http://127.0.0.1:{port}"
            _wait_until_ready(base_url, process, log)
            yield Served(base_url, environment, data_dir)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
    said = log.read_text(encoding="utf-8")
    assert not re.search("internal error|Traceback", said), said[-4000:]


def _wait_until_ready(base_url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            urllib.request.urlopen(f"{base_url}/readyz", timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"not ready in {PATIENCE:.0f} s: {log.read_text(encoding='utf-8')}")


def keep_single_options(served: Served) -> None:
    """Leave the shipped banks their questions of one option, which these journeys answer by key.

    Every type, and cases, have a journey of their own (`test_item_types.py`).
    """
    default = f"sqlite:///{served.data_dir / 'quizengine.db'}"
    now, engine = utcnow(), create_engine(served.environment.get("DATABASE_URL", default))
    with Session(engine) as session, session.begin():
        for bank in session.scalars(select(Bank)).all():
            for item, version in session.execute(
                select(Item, ItemVersion)
                .join(ItemVersion, ItemVersion.item_id == Item.id)
                .where(Item.bank_id == bank.id)
            ):
                if version.type != "single_best" or version.content.get("stimulus"):
                    item.retired_at = now
            session.flush()
            publish.publish_revision(session, bank_id=bank.id, account_id=None, now=now)
    engine.dispose()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The program on the SQLite database it makes by itself."""
    with serve(tmp_path_factory.mktemp("served")) as running:
        keep_single_options(running)
        yield running


@pytest.fixture
def served_on_postgresql(postgres_url: str, tmp_path: Path) -> Iterator[Served]:
    """The program on PostgreSQL."""
    with serve(tmp_path, DATABASE_URL=postgres_url) as running:
        keep_single_options(running)
        yield running


@dataclass
class Visit:
    """A person's browser: one page, watched for complaints, with a look at every stop."""

    page: Page
    context: BrowserContext
    base_url: str
    name: str
    tolerated: list[str] = field(default_factory=list)  # patterns of complaints that are expected
    complaints: list[str] = field(default_factory=list)
    seen: int = 0

    def open(self, path: str) -> None:
        self.page.goto(self.base_url + path)

    def sign_in(self, credentials: tuple[str, str]) -> None:
        username, password = credentials
        self.page.locator("input[name=username]").fill(username)
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("main button[type=submit]").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def look(self, what: str) -> None:
        """Keep a picture of the page; it must be accessible and fit the screen's width."""
        self.page.screenshot(path=self.picture(what), full_page=True)
        width = self.page.viewport_size["width"]  # type: ignore[index]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, what
        found = Axe().run(self.page).response["violations"]
        serious = [
            (finding["id"], [node["html"] for node in finding["nodes"]][:3])
            for finding in found
            if finding["impact"] in {"serious", "critical"}
        ]
        assert not serious, (what, serious)

    def picture(self, what: str) -> Path:
        """Where a picture of the next stop belongs."""
        self.seen += 1
        return PICTURES / f"{self.name}-{self.seen:02d}-{what}.png"

    def listen_to(self, page: Page) -> None:
        page.set_default_timeout(15_000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def check_complaints(self) -> None:
        untold = [
            said
            for said in self.complaints
            if not any(re.search(pattern, said) for pattern in self.tolerated)
        ]
        assert not untold


Opens = Callable[..., Visit]


@pytest.fixture
def visit(browser: Browser) -> Iterator[Opens]:
    """Opens browsers that share nothing, and asks at the end what their consoles complained of."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    opened: list[Visit] = []

    def open_one(
        served: Served, name: str, *, width: int = WIDE, scripts: bool = True, **options: Any
    ) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 800 if width > NARROW else 640},
            java_script_enabled=scripts,
            **{"locale": "en-GB", **options},
        )
        one = Visit(context.new_page(), context, served.base_url, name)
        one.listen_to(one.page)
        opened.append(one)
        return one

    yield open_one
    for one in opened:
        one.context.close()
    for one in opened:
        one.check_complaints()
