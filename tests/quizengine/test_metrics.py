"""Figures for Prometheus: right over several processes, and shown to those who may see them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from quizengine import serve
from quizengine.app import create_app
from quizengine.config import PROJECT, WrongSetting, load_settings
from quizengine.database import configure, transaction
from quizengine.exams.service import sit
from quizengine.jobs import enqueue

from .conftest import NOW, Browser, School
from .test_permissions import answer_first

TOKEN = "a token of metrics"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def figures(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def requests(text: str, route: str, status: str) -> float:
    labels = {"route": route, "method": "GET", "status": status}
    return figures(text).get(("quizengine_requests_total", frozenset(labels.items())), 0.0)


def read(app: Flask, **arguments: object) -> str:
    response = app.test_client().get("/metrics", **arguments)  # type: ignore[arg-type]
    assert response.status_code == 200
    assert response.content_type.startswith("text/plain; version=0.0.4")
    return response.get_data(as_text=True)


def test_requests_are_counted_by_pattern_and_class_of_status(
    app: Flask, anonymous: Browser
) -> None:
    before = read(app)
    for path in ("/healthz", "/healthz", "/banks/7", "/banks/8", "/no-such-page/Zhang"):
        anonymous.get(path)
    after = read(app)
    assert requests(after, "/healthz", "2xx") - requests(before, "/healthz", "2xx") == 2
    pattern = "/banks/<int:bank_id>"
    assert requests(after, pattern, "3xx") - requests(before, pattern, "3xx") == 2
    assert requests(after, "(none)", "4xx") - requests(before, "(none)", "4xx") == 1
    took = frozenset({"route": "/healthz", "method": "GET", "le": "+Inf"}.items())
    assert figures(after)["quizengine_request_seconds_bucket", took] >= 2
    assert "Zhang" not in after


def test_the_database_is_counted(app: Flask, school: School) -> None:
    with transaction() as session:
        sitting = sit.start_sitting(
            session,
            exam_id=school.exam_id,
            student_id=school.student_id,
            organisation_id=school.organisation_id,
            now=NOW,
            seed=1,
        )
        enqueue(session, "x", {}, now=NOW)
    answer_first(sitting, school.student_id)
    found = figures(read(app))
    none: frozenset[tuple[str, str]] = frozenset()
    assert found["quizengine_open_sittings", none] == 1
    assert found["quizengine_answers_total", none] == 1
    assert found["quizengine_database_up", none] == 1
    assert found["quizengine_jobs", frozenset({("status", "queued")})] == 1
    assert found["quizengine_jobs", frozenset({("status", "failed")})] == 0


def test_requests_are_told_when_the_database_is_broken(app: Flask, sqlite_url: str) -> None:
    with transaction() as session:
        session.execute(text("drop table answer"))
    found = figures(read(app))
    assert found["quizengine_database_up", frozenset()] == 0
    configure(sqlite_url)


@pytest.mark.parametrize(
    "arguments",
    [
        {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}},
        {"headers": {"X-Forwarded-For": "203.0.113.9"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"Via": "1.1 proxy"}},
        {
            "headers": {"Authorization": f"Bearer {TOKEN}"},
            "environ_base": {"REMOTE_ADDR": "10.0.0.1"},
        },
    ],
)
def test_another_machine_is_refused_without_a_token(
    app: Flask, arguments: dict[str, object]
) -> None:
    response = app.test_client().get("/metrics", **arguments)  # type: ignore[arg-type]
    assert response.status_code == 403
    assert "quizengine_" not in response.get_data(as_text=True)


def test_with_a_token_set_only_who_has_it_reads(sqlite_url: str, tmp_path: Path) -> None:
    given = {"DATABASE_URL": sqlite_url, "DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40}
    app = create_app(load_settings(given | {"METRICS_TOKEN": TOKEN}))
    far = {"REMOTE_ADDR": "203.0.113.9"}
    read(app, headers={"Authorization": f"Bearer {TOKEN}"}, environ_base=far)
    for header in ("", "Bearer ", f"Bearer {TOKEN}x", TOKEN, "Bearer 令牌"):
        headers = {"Authorization": header.encode().decode("latin-1")}
        assert app.test_client().get("/metrics", headers=headers).status_code == 403


def test_a_token_that_is_easy_to_guess_is_refused() -> None:
    with pytest.raises(WrongSetting, match="16"):
        load_settings({"METRICS_TOKEN": "short"})


PROGRAM = """
import os, wsgi
client = wsgi.app.test_client()
for count in (3, 4):
    child = os.fork()
    if not child:
        for number in range(count):
            client.get("/healthz")
        os._exit(0)
    os.waitpid(child, 0)
print(client.get("/metrics").get_data(as_text=True))
"""


def test_any_process_tells_what_all_processes_counted(sqlite_url: str, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=PROJECT,
        env={
            "DATABASE_URL": sqlite_url,
            "DATA_DIR": str(tmp_path),
            "SECRET_KEY": "k" * 40,
            "LOG_LEVEL": "error",
            "PROMETHEUS_MULTIPROC_DIR": str(shared),
            "PATH": os.environ["PATH"],
        },
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert requests(ended.stdout, "/healthz", "2xx") == 7


def test_a_start_clears_what_a_killed_one_left(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")  # restored after the test
    first = Path(serve._make_metrics_folder())
    left = first.with_name(f"quizengine-metrics-{ended.pid}-left")
    left.mkdir()
    second = Path(serve._make_metrics_folder())
    try:
        assert first.exists()
        assert second.stat().st_mode & 0o777 == 0o700
        assert not left.exists()
    finally:
        first.rmdir()
        second.rmdir()
