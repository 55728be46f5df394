"""The log of requests: one line each, and nothing of anybody in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from quizengine.app import create_app
from quizengine.config import LOG_LEVELS, WrongSetting, load_settings

from .conftest import PASSWORD, Browser, School


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def lines(capture: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capture.readouterr().out.splitlines()]


def test_a_request_leaves_one_line(app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    response = app.test_client().get("/healthz")
    (line,) = lines(capsys)
    assert line.pop("ms") >= 0
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "request": response.headers["X-Request-ID"],
        "method": "GET",
        "route": "/healthz",
        "status": 200,
        "worker": os.getpid(),
    }


def test_no_name_address_number_or_query_is_in_a_line(
    school: School,
    browser_of: Callable[[str], Browser],
    anonymous: Browser,
    capsys: pytest.CaptureFixture[str],
) -> None:
    anonymous.client.get("/nobody/Zhang-Wei?secret=1", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    browser = browser_of("instructor")
    browser.get(f"/banks/{school.bank_id}/items?search=Canary", headers={"User-Agent": "Canary"})
    browser.post("/account/password", {"present": PASSWORD, "new": "Canary12345678"})
    written = capsys.readouterr().out
    for secret in ("Zhang", "203.0.113", "secret", "Canary", PASSWORD, "instructor", "127.0.0.1"):
        assert secret not in written
    assert '"/banks/<int:bank_id>/items"' in written
    assert '"(none)"' in written


def test_a_failure_carries_the_number_that_the_page_shows(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("on purpose")

    broken.permission = None  # type: ignore[attr-defined]
    page = app.test_client().get("/broken").get_data(as_text=True)
    (line,) = lines(capsys)
    assert (line["level"], line["status"]) == ("error", 500)
    assert line["reference"] in page


def test_a_strange_method_is_not_written_down(
    app: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    app.test_client().open("/healthz", method="CANARY")
    (line,) = lines(capsys)
    assert (line["method"], line["status"]) == ("other", 405)


def of_level(level: str, sqlite_url: str, tmp_path: Any, **more: str) -> Flask:
    given = {"DATABASE_URL": sqlite_url, "DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40}
    return create_app(load_settings(given | {"LOG_LEVEL": level} | more))


def test_from_warning_on_only_failures_are_written(
    sqlite_url: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    client = of_level("warning", sqlite_url, tmp_path).test_client()
    assert client.get("/healthz").headers["X-Request-ID"]
    assert lines(capsys) == []
    of_level("info", sqlite_url, tmp_path)


def test_only_a_proxy_in_front_names_a_request(sqlite_url: str, tmp_path: Any) -> None:
    named = {"X-Request-ID": "from-the-proxy"}
    alone = of_level("info", sqlite_url, tmp_path).test_client()
    assert alone.get("/healthz", headers=named).headers["X-Request-ID"] != "from-the-proxy"
    behind = of_level("info", sqlite_url, tmp_path, TRUSTED_PROXIES="1").test_client()
    assert behind.get("/healthz", headers=named).headers["X-Request-ID"] == "from-the-proxy"
    odd = behind.get("/healthz", headers={"X-Request-ID": 'a"b c d e f'}).headers["X-Request-ID"]
    assert '"' not in odd


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(WrongSetting, match=", ".join(LOG_LEVELS)):
        load_settings({"LOG_LEVEL": "loud"})
