"""Prove the first command: clone, ./run, sign in, load a page, stop, start again.

Standard library only. What is committed is what is proved: the clone has nothing else.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlencode

PROJECT = Path(__file__).resolve().parent.parent
FIRST_START_SECONDS = 900  # the packages are installed
SECOND_START_SECONDS = 60
STOP_SECONDS = 40
DEMO_SECONDS = 180  # alone it takes half a minute; a first start was stopped in between
DEMO_WAITS = "demonstration data"


class ProofFailed(Exception):
    """What the newcomer would have met."""


class SignInForm(HTMLParser):
    """The hidden fields of the form that has a password."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self._forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._forms.append((values.get("action", ""), {}))
        if tag != "input" or not self._forms:
            return
        action, fields = self._forms[-1]
        if values.get("type") == "hidden":
            fields[values["name"]] = values.get("value", "")
        if values.get("type") == "password":
            self.action, self.fields = action, fields


class Visitor:
    """A browser's cookie jar and little else."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def get(self, path: str) -> tuple[int, str]:
        return self._ask("GET", path, None)

    def post(self, path: str, fields: dict[str, str]) -> tuple[int, str]:
        return self._ask("POST", path, urlencode(fields))

    def _ask(self, method: str, path: str, body: str | None) -> tuple[int, str]:
        for _ in range(5):  # redirects
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
            headers = {"Accept-Language": "en"}
            headers["Cookie"] = "; ".join(f"{n}={v}" for n, v in self._cookies.items())
            if body is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            text = reply.read().decode()
            connection.close()
            for cookie in reply.headers.get_all("Set-Cookie") or []:
                name, _, value = cookie.partition(";")[0].partition("=")
                self._cookies[name] = value
            if reply.status not in {301, 302, 303}:
                return reply.status, text
            method, path, body = "GET", reply.headers["Location"], None
            path = re.sub(r"^https?://[^/]+", "", path)
        raise ProofFailed(f"too many redirects at {path}")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="quizengine-proof-") as folder:
        clone = Path(folder) / "clone"
        git = ["git", "clone", "--quiet", "--no-hardlinks", str(PROJECT), str(clone)]
        subprocess.run(git, check=True)
        try:
            seconds = prove_start(clone, FIRST_START_SECONDS, until_demo=False)
            say(f"first ./run in a fresh clone: ready after {seconds:.1f} s")
            seconds = prove_start(clone, SECOND_START_SECONDS, until_demo=True)
            say(f"second ./run: ready after {seconds:.1f} s")
        except ProofFailed as problem:
            say(f"FAILED: {problem}")
            return 1
    return 0


def prove_start(clone: Path, limit: float, *, until_demo: bool) -> float:
    """Start, visit, wait for the demonstration if told to, stop; returns seconds until ready."""
    port = free_port()
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"HOST", "DATABASE_URL", "SECRET_KEY", "VIRTUAL_ENV"}
    }
    environment |= {"PORT": str(port), "DATA_DIR": str(clone / "var")}
    started = time.monotonic()
    process = subprocess.Popen(
        ["./run"], cwd=clone, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        wait_until_ready(process, port, limit)
        seconds = time.monotonic() - started
        visitor = visit(port, clone / "var")
        if until_demo:
            wait_for_demo(visitor)
        stop(process)
    finally:
        end_session(process.pid)
    return seconds


def wait_until_ready(process: subprocess.Popen[bytes], port: int, limit: float) -> None:
    give_up_at = time.monotonic() + limit
    while time.monotonic() < give_up_at:
        if process.poll() is not None:
            raise ProofFailed(f"./run ended with code {process.returncode} before it was ready")
        try:
            status, _ = Visitor(port).get("/readyz")
            if status == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise ProofFailed(f"/readyz did not answer 200 within {limit:.0f} s")


def visit(port: int, data_dir: Path) -> Visitor:
    """Sign in as the student of the first run and read the page of exams."""
    username, password = student_sign_in(data_dir / "sign-ins.txt")
    visitor = Visitor(port)
    status, page = visitor.get("/sign-in")
    form = SignInForm()
    form.feed(page)
    if status != 200 or "csrf_token" not in form.fields:
        raise ProofFailed(f"/sign-in answered {status} without a form that has a csrf_token")
    fields = {**form.fields, "username": username, "password": password}
    status, page = visitor.post(form.action or "/sign-in", fields)
    if status != 200 or 'type="password"' in page:
        raise ProofFailed(f"signing in as {username} answered {status} and did not succeed")
    status, page = visitor.get("/exams")
    if status != 200 or "adiographer" not in page:
        raise ProofFailed(f"/exams answered {status} or does not name the radiographer's exam")
    say(f"signed in as {username} and read /exams")
    return visitor


def wait_for_demo(visitor: Visitor) -> None:
    """Until the first page no longer says that the demonstration is being loaded."""
    started = time.monotonic()
    while time.monotonic() < started + DEMO_SECONDS:
        status, page = visitor.get("/")
        if status == 200 and DEMO_WAITS not in page:
            say(f"the demonstration was loaded {time.monotonic() - started:.1f} s later")
            _, credits = visitor.get("/credits")
            if "Approved" not in credits:
                raise ProofFailed(
                    "the demonstration is loaded, but /credits shows no approved claim"
                )
            return
        time.sleep(0.5)
    raise ProofFailed(f"the demonstration was not loaded within {DEMO_SECONDS} s")


def student_sign_in(file: Path) -> tuple[str, str]:
    """Name and password of the student in the file that the first run wrote."""
    if not file.exists():
        raise ProofFailed(f"the first run wrote no {file.name}")
    if file.stat().st_mode & 0o077:
        raise ProofFailed(f"{file.name} can be read by others than its owner")
    for line in file.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words and words[0] == "student" and len(words) >= 2:
            return words[-2], words[-1]
    raise ProofFailed(f"{file.name} has no line for the student")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        raise ProofFailed(f"./run did not stop within {STOP_SECONDS} s of SIGTERM") from None
    if code != 0:
        raise ProofFailed(f"./run ended with code {code} after SIGTERM")
    left = session_members(process.pid)
    if left:
        raise ProofFailed(f"processes were left running: {left}")


def session_members(session: int) -> list[int]:
    """The processes of a session that still run (Linux; elsewhere an empty list)."""
    members = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[3]) == session and fields[0] != "Z":
            members.append(int(folder.name))
    return members


def end_session(session: int) -> None:
    """Leave nothing behind, whatever happened."""
    for member in session_members(session):
        os.kill(member, signal.SIGKILL)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def say(text: str) -> None:
    print(f"first command: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
