"""Answers while things break: killed processes, a database that is away, a full disk."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from quizengine import database as databases
from quizengine.accounts import service as accounts
from quizengine.accounts.tables import Account
from quizengine.config import PROJECT, load_settings
from quizengine.database import Database, reading, transaction
from quizengine.exams.service import sit
from quizengine.exams.tables import Answer, Sitting
from quizengine.permissions import Role
from quizengine.serve import web_command

from ..conftest import NOW, Browser, School

JSON = {"Accept": "application/json"}
KEY = "k" * 40  # the secret key of the fixture `app`
N_CLIENTS = 8
STUDENTS = [f"student-{number}" for number in range(N_CLIENTS)]


@pytest.fixture
def students(school: School) -> list[int]:
    """A student for each client of the tests with many."""
    with transaction() as session:
        known = session.get_one(Account, school.student_id).password_hash
        return [
            accounts.create_account_with_hash(
                session,
                organisation_id=school.organisation_id,
                username=name,
                display_name="",
                password_hash=known,
                roles=[Role.STUDENT],
                now=NOW,
            )
            for name in STUDENTS
        ]


@pytest.fixture
def sitting_id(school: School) -> int:
    """A sitting of the student that has begun."""
    return begin(school, school.student_id)


def begin(school: School, student_id: int) -> int:
    with transaction() as session:
        return sit.start_sitting(
            session,
            exam_id=school.exam_id,
            student_id=student_id,
            organisation_id=school.organisation_id,
            length=20,
            now=databases.utcnow(),
        )


@dataclass
class Student:
    """A browser in the middle of a sitting, that keeps its token while nothing can be loaded."""

    browser: Browser
    sitting_id: int
    token: str = field(init=False)

    def __post_init__(self) -> None:
        self.token = self.browser.token()

    def answer(self, position: int, choice: str = "a", key: str | None = None) -> TestResponse:
        return self.browser.client.post(
            f"/sittings/{self.sitting_id}/answers",
            data={
                "csrf_token": self.token,
                "position": position,
                "choice": choice,
                "retry_key": key or f"retry-key-{position}",
            },
            headers=JSON,
        )


@pytest.fixture
def student(browser_of: Callable[[str], Browser], sitting_id: int) -> Student:
    return Student(browser_of("student"), sitting_id)


def stored(sitting_id: int) -> dict[int, str]:
    """Choices by position; they have no gap and agree with the row of the sitting."""
    with reading() as session:
        n_answered = session.get_one(Sitting, sitting_id).n_answered
        query = select(Answer.position, Answer.choice).where(Answer.sitting_id == sitting_id)
        choices = {row.position: row.choice for row in session.execute(query)}
    assert sorted(choices) == list(range(1, n_answered + 1))
    return choices


# Requests that a buggy or hostile client sends


def test_a_retry_key_used_for_the_next_question_is_refused(student: Student):
    assert student.answer(1, key="the-same-key").status_code == 303
    refused = student.answer(2, key="the-same-key")
    assert (refused.status_code, refused.json["code"]) == (409, "changed-meanwhile")
    assert stored(student.sitting_id) == {1: "a"}
    assert student.answer(2, key="a-new-key").status_code == 303


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"choice": ""}, 422, "choice-missing"),
        ({"choice": "zz"}, 422, "choice-unknown"),
        ({"choice": "x" * 501}, 422, "bad-request"),
        ({"choice": "a\0"}, 422, "bad-request"),
        ({"position": ""}, 422, "bad-request"),
        ({"position": "0"}, 422, "bad-request"),
        ({"position": "-1"}, 422, "bad-request"),
        ({"position": "1.0"}, 422, "bad-request"),
        ({"position": "٣"}, 422, "bad-request"),
        ({"position": "9" * 400}, 422, "bad-request"),
        ({"position": "10000"}, 409, "not-this-question"),
        ({"retry_key": "short"}, 422, "bad-request"),
        ({"retry_key": "x" * 65}, 422, "bad-request"),
        ({"retry_key": "nul-inside\0"}, 422, "bad-request"),
        ({"shown": "x" * 201}, 422, "bad-request"),
    ],
)
def test_an_answer_that_no_page_sends_is_refused_in_words(student, changed, status, code):
    sent = {"position": "1", "choice": "a", "retry_key": "retry-key-1"} | changed
    response = student.browser.client.post(
        f"/sittings/{student.sitting_id}/answers",
        data={"csrf_token": student.token, **sent},
        headers=JSON,
    )
    assert (response.status_code, response.json["code"]) == (status, code)
    assert stored(student.sitting_id) == {}


@pytest.mark.parametrize("shown", ["", "forged", "WzEsMSwiMjAwMC0wMS0wMSJd.AAAA"])
def test_a_forged_note_of_when_it_was_shown_is_ignored(student: Student, shown: str):
    response = student.browser.client.post(
        f"/sittings/{student.sitting_id}/answers",
        data={
            "csrf_token": student.token,
            "position": "1",
            "choice": "a",
            "retry_key": "retry-key-1",
            "shown": shown,
        },
    )
    assert response.status_code == 303
    with reading() as session:
        answer = session.get_one(Answer, (student.sitting_id, 1))
        assert answer.served_at == session.get_one(Sitting, student.sitting_id).started_at


# The database is away


@contextmanager
def away(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nobody reaches the database: its connections end and no new one is made."""
    database = databases.current()
    if database.gate is None:
        server = request.getfixturevalue("postgres_server")
        name = urlsplit(database.url).path.strip("/")
        server.execute(
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )
        try:
            yield
        finally:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        return
    file = Path(database.url.removeprefix("sqlite:///"))
    kept = file.with_suffix(".kept")
    database.writer.dispose()
    database.reader.dispose()
    file.rename(kept)
    file.mkdir()
    try:
        yield
    finally:
        file.rmdir()
        kept.rename(file)


def test_an_answer_while_the_database_is_away_is_503_and_counts_when_it_is_back(
    student: Student, request: pytest.FixtureRequest
):
    assert student.answer(1).status_code == 303
    with away(request):
        for _ in range(3):
            refused = student.answer(2)
            assert (refused.status_code, refused.json["code"]) == (503, "database-away")
            assert int(refused.headers["Retry-After"]) > 0
    replies = [student.answer(2).status_code for _ in range(3)]
    # a connection that was used a moment before it was lost is only now found to be gone
    assert replies[-1] == 303
    assert set(replies) <= {303, 503}
    assert stored(student.sitting_id) == {1: "a", 2: "a"}


def test_no_page_is_a_500_while_the_database_is_away(
    student: Student, request: pytest.FixtureRequest
):
    with away(request):
        for path in ("/exams", "/", "/sittings/1", "/account", "/readyz"):
            for headers in ({}, {"HX-Request": "true"}, JSON):
                response = student.browser.get(path, headers=headers)
                assert response.status_code == 503, (path, headers)
                assert "Retry-After" in response.headers
        assert student.browser.get("/healthz").status_code == 200
    assert student.browser.get("/exams").status_code == 200


def test_connections_that_were_lost_while_idle_are_replaced_before_anybody_notices(
    student: Student,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(databases, "IDLE_SECONDS", 0.0)  # as if all had lain there for long
    assert student.answer(1).status_code == 303
    with away(request):
        pass
    assert student.answer(2).status_code == 303


@pytest.fixture
def sqlite_only(database: Database) -> None:
    if database.gate is None:
        pytest.skip("a fault of the embedded database")


def test_a_writer_that_keeps_the_sqlite_file_to_itself_is_503(
    browser_of: Callable[[str], Browser],
    sqlite_only: None,
    sitting_id: int,
):
    student = Student(browser_of("student"), sitting_id)
    database = databases.current()
    file = database.url.removeprefix("sqlite:///")

    def no_patience(connection: sqlite3.Connection, *rest: object) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    event.listen(database.writer, "checkout", no_patience)
    other = sqlite3.connect(file, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        refused = student.answer(1)
        assert (refused.status_code, refused.json["code"]) == (503, "database-away")
        other.execute("ROLLBACK")
        assert student.answer(1).status_code == 303
    finally:
        other.close()


# The disk is full


def test_a_full_disk_is_503_stores_nothing_by_halves_and_heals(
    sqlite_only: None,
    browser_of: Callable[[str], Browser],
    school: School,
    students: list[int],
):
    everybody = [
        Student(browser_of(name), begin(school, account_id))
        for name, account_id in zip(STUDENTS[:4], students, strict=False)
    ]
    room = [0]  # pages that the file may still grow by

    def limit(connection: sqlite3.Connection, *rest: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + room[0]}")

    with sqlite3.connect(databases.current().url.removeprefix("sqlite:///")) as file:
        file.execute("VACUUM")  # no page is free inside the file
    file.close()
    event.listen(databases.current().writer, "checkout", limit)
    answers = ((who, at) for at in range(1, 16) for who in everybody)
    taken: list[tuple[Student, int]] = []
    for who, position in answers:
        response = who.answer(position, key=f"{position:064d}")
        if response.status_code != 303:
            break
        taken.append((who, position))
    assert (response.status_code, response.json["code"]) == (503, "database-away")
    for each in everybody:
        assert len(stored(each.sitting_id)) == sum(one is each for one, _ in taken)
    room[0] = 1000
    assert who.answer(position, key=f"{position:064d}").status_code == 303
    assert len(stored(who.sitting_id)) == position
    assert is_whole()


def is_whole() -> bool:
    """Whether SQLite finds its file in order."""
    with reading() as session:
        return session.connection().exec_driver_sql("pragma integrity_check").scalar() == "ok"


# Workers are killed


@contextmanager
def serving(url: str, folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """gunicorn on a database, as `./run` starts it, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "DATA_DIR": str(folder),
        "SECRET_KEY": KEY,
        "PORT": str(port),
    }
    server = subprocess.Popen(
        web_command(load_settings(environment)),
        cwd=PROJECT,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 90
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield server, port
    finally:
        server.terminate()
        server.wait(60)


def workers_of(server: subprocess.Popen[bytes]) -> list[int]:
    """Process ids of gunicorn's workers (Linux)."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


class Client(threading.Thread):
    """A student who answers sitting after sitting, and sends again whatever got no reply."""

    def __init__(self, port: int, exam_id: int, cookie: str, token: str) -> None:
        super().__init__(daemon=True)
        self._port, self._exam = port, exam_id
        self.stop = threading.Event()
        self._headers = {
            "Cookie": f"quizengine={cookie}",
            "Content-Type": "application/x-www-form-urlencoded",
            **JSON,
        }
        self._token = token
        self._chance = random.Random(token)
        self._connection: http.client.HTTPConnection | None = None
        self.acknowledged: dict[tuple[int, int], str] = {}
        self.sent_again = 0
        self.problem = ""

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self._answer_one_sitting()
        except Exception as problem:
            self.problem = repr(problem)
        finally:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _answer_one_sitting(self) -> None:
        _, place, _ = self._post(f"/exams/{self._exam}/sittings", {"length": "20"})
        sitting_id, position = int(place.rsplit("/", 1)[1]), 0
        while not self.stop.is_set():
            position += 1
            choice = self._chance.choice("abcd")
            status, place, code = self._answer(sitting_id, position, choice)
            if status == 409:
                # the sitting ended with the answer before: a new one
                assert code == "sitting-closed", code
                return
            assert status == 303, (status, code)
            self.acknowledged[sitting_id, position] = choice
            if self._chance.random() < 0.1:  # pressed twice
                again = self._answer(sitting_id, position, choice)
                assert again == (303, place, "")

    def _answer(self, sitting_id: int, position: int, choice: str) -> tuple[int, str, str]:
        key = f"{sitting_id}-{position}-retry-key"
        return self._post(
            f"/sittings/{sitting_id}/answers",
            {"position": str(position), "choice": choice, "retry_key": key},
        )

    def _post(self, path: str, form: dict[str, str]) -> tuple[int, str, str]:
        """Status, place and code; sent again until there is a reply that is not 503."""
        body = urlencode({"csrf_token": self._token, **form})
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            try:
                if self._connection is None:
                    self._connection = http.client.HTTPConnection(
                        "127.0.0.1", self._port, timeout=20
                    )
                self._connection.request("POST", path, body, self._headers)
                response = self._connection.getresponse()
                text = response.read()
            except (OSError, http.client.HTTPException):
                self._hang_up()
                self.sent_again += 1
                time.sleep(0.02)
                continue
            if response.status == 503:
                self.sent_again += 1
                time.sleep(0.2)
                continue
            code = json.loads(text)["code"] if response.status >= 400 else ""
            return response.status, response.headers.get("Location", ""), code
        raise TimeoutError(path)


def _clients(app: Flask, port: int, exam_id: int) -> list[Client]:
    clients = []
    for name in STUDENTS:
        browser = Browser(app.test_client()).sign_in(name)
        token = browser.token()
        cookie = browser.client.get_cookie("quizengine").value
        clients.append(Client(port, exam_id, cookie, token))
    return clients


def _kill_workers(server: subprocess.Popen[bytes], clients: list[Client], kills: int) -> None:
    """Kill one worker with SIGKILL after about every second, once answers came in again."""
    chance = random.Random(7)
    for _ in range(kills):
        before = sum(len(client.acknowledged) for client in clients)
        patience = time.monotonic() + 30
        while sum(len(client.acknowledged) for client in clients) < before + N_CLIENTS:
            assert time.monotonic() < patience, [client.problem for client in clients]
            time.sleep(0.05)
        time.sleep(chance.uniform(0.2, 1.0))
        os.kill(chance.choice(workers_of(server)), signal.SIGKILL)


def _campaign(app: Flask, url: str, folder: Path, school: School, kills: int) -> None:
    with serving(url, folder) as (server, port):
        clients = _clients(app, port, school.exam_id)
        for client in clients:
            client.start()
        _kill_workers(server, clients, kills)
        for client in clients:
            client.stop.set()
        for client in clients:
            client.join(120)
        assert server.poll() is None
    assert [client.problem for client in clients if client.problem] == []
    assert not any(client.is_alive() for client in clients)
    assert sum(client.sent_again for client in clients) > 0
    acknowledged: dict[tuple[int, int], str] = {}
    for client in clients:
        acknowledged |= client.acknowledged
    assert len(acknowledged) >= kills * N_CLIENTS
    _check_all_stored(acknowledged)


def _check_all_stored(acknowledged: dict[tuple[int, int], str]) -> None:
    kept: dict[tuple[int, int], str] = {}
    with reading() as session:
        sittings = session.scalars(select(Sitting.id)).all()
    for sitting_id in sittings:
        kept |= {(sitting_id, at): choice for at, choice in stored(sitting_id).items()}
    lost = {key: choice for key, choice in acknowledged.items() if kept.get(key) != choice}
    assert lost == {}
    # every client waits for the reply of each answer: at most its last one is unacknowledged
    assert len(kept) <= len(acknowledged) + N_CLIENTS
    if databases.current().gate is not None:
        assert is_whole()


def test_no_acknowledged_answer_is_lost_when_workers_are_killed(
    app: Flask, database_url: str, tmp_path: Path, school: School, students: list[int]
):
    _campaign(app, database_url, tmp_path, school, kills=6)


@pytest.mark.slow
def test_no_acknowledged_answer_is_lost_in_a_long_campaign(
    app: Flask, database_url: str, tmp_path: Path, school: School, students: list[int]
):
    _campaign(app, database_url, tmp_path, school, kills=60)
