"""The supervisor, run as `./run` runs it: real processes on a free port."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from quizengine.config import load_settings
from quizengine.serve import web_command

PROJECT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 90.0  # a cold start on a busy machine


def environment(data_dir: Path, **settings: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), **settings}


def start(data_dir: Path, **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "quizengine.serve", "--no-demo"],
        cwd=PROJECT,
        env=environment(data_dir, **settings),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def refusal(data_dir: Path, **settings: str) -> tuple[int, str]:
    """Exit code and message of a start that must fail."""
    process = start(data_dir, **settings)
    _, message = process.communicate(timeout=PATIENCE)
    return process.returncode, message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("WEB_WORKERS", "0"),
        ("SECURE_COOKIES", "maybe"),
        ("SECRET_KEY", "short"),
        ("DATABASE_URL", "mysql://somewhere/db"),
        ("HOST", "no such host"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_name(tmp_path, name, value):
    code, message = refusal(tmp_path, **{name: value})
    assert code == 2
    assert message.startswith(f"quizengine: not started: {name}")
    assert "Traceback" not in message


def test_a_data_dir_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    code, message = refusal(tmp_path / "file" / "var")
    assert code == 2
    assert "DATA_DIR=" in message


def test_a_database_that_is_away_is_refused_without_its_password(tmp_path):
    url = "postgresql://somebody:very-secret@127.0.0.1:1/nothing"
    code, message = refusal(tmp_path, DATABASE_URL=url, PORT=str(free_port()))
    assert code == 1
    assert "cannot be used" in message
    assert "very-secret" not in message
    assert "Traceback" not in message


def test_a_busy_port_is_refused(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, message = refusal(tmp_path, PORT=str(port))
    assert code == 1
    assert f"port {port} is in use" in message


def test_the_secret_key_is_the_owners_only_and_stays(tmp_path):
    from quizengine.config import make_secret_key

    make_secret_key(tmp_path)
    file = tmp_path / "secret.key"
    first = file.read_text()
    make_secret_key(tmp_path)
    assert file.read_text() == first
    assert len(first) >= 32
    assert file.stat().st_mode & 0o077 == 0


def test_the_web_server_uses_the_settings(tmp_path):
    values = {"DATA_DIR": str(tmp_path), "HOST": "::1", "WEB_WORKERS": "3", "WEB_THREADS": "5"}
    command = web_command(load_settings(values))
    assert command[command.index("--bind") + 1] == "[::1]:8000"
    assert command[command.index("--workers") + 1] == "3"
    assert command[command.index("--threads") + 1] == "5"


@dataclass(frozen=True)
class Served:
    """A running supervisor."""

    process: subprocess.Popen[str]
    port: int

    def ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def children(self) -> dict[int, str]:
        """Process id and command line of the two programs (Linux)."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if parent == self.process.pid and command:
                found[int(folder.name)] = command
        return found

    def worker(self) -> int | None:
        return next((pid for pid, line in self.children().items() if "jobs work" in line), None)


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Served]:
    """The program on a new database: SQLite, or the one that a test's parameter names."""
    settings = {"PORT": str(port := free_port())}
    if getattr(request, "param", "sqlite") == "postgresql":
        server = request.getfixturevalue("postgres_server")
        settings["DATABASE_URL"] = server.url(server.create())
    served = Served(start(tmp_path, **settings), port)
    try:
        wait_for(lambda: served.ready() or served.process.poll() is not None)
        yield served
    finally:
        if served.process.poll() is None:
            served.process.kill()  # its children follow: the kernel tells them
        served.process.communicate(timeout=PATIENCE)


@pytest.mark.parametrize(
    "served",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)
def test_stopping_ends_web_server_and_worker(served):
    wait_for(lambda: served.worker() is not None)
    children = served.children()
    assert len(children) == 2
    for line in served.process.stderr:  # it says so a moment after the server answers
        if f"ready: http://127.0.0.1:{served.port}" in line:
            break
    else:
        pytest.fail("it ended without saying that it is ready")

    served.process.send_signal(signal.SIGTERM)
    _, messages = served.process.communicate(timeout=PATIENCE)

    assert served.process.returncode == 0
    assert "Traceback" not in messages
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert not served.ready()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_killed_worker_is_started_again(served):
    wait_for(lambda: served.worker() is not None)
    first = served.worker()
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: served.worker() not in {None, first})
    assert served.ready()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="uses a signal of Linux")
def test_a_killed_supervisor_leaves_nothing_running(served):
    wait_for(lambda: served.worker() is not None)
    children = served.children()
    served.process.kill()
    served.process.communicate(timeout=PATIENCE)
    wait_for(lambda: not [pid for pid in children if is_running(pid)])
    assert not served.ready()


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_for(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up_at, "it did not happen in time"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
