"""What every response shares: headers, a policy with a nonce, refusals in words."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from itembank.sentences import FINDINGS
from quizengine import web
from quizengine.messages import MESSAGES, sentence
from quizengine.web import public, safe_next

from .conftest import Browser

SOURCE = Path(web.__file__).parent
REFUSALS = {"NotFound", "NotPermitted", "Conflict", "InvalidInput", "Unavailable"}
JSON = {"Accept": "application/json"}
QUOTES_CHINESE = {"roster-columns"}  # names of columns, as files have them
PLACEHOLDER = re.compile(r"%\((\w+)\)")


@pytest.fixture
def any_kind(app: Flask, browser_of: Callable[[str], Browser]) -> Callable[[str], TestResponse]:
    """A response of a kind by its name."""

    @app.get("/broken-on-purpose")
    @public
    def broken() -> str:
        raise ZeroDivisionError

    def ask(kind: str) -> TestResponse:
        anonymous, student = app.test_client(), browser_of("student")
        return {
            "page": lambda: student.get("/exams"),
            "fragment": lambda: student.get("/nowhere", headers={"HX-Request": "true"}),
            "redirect": lambda: anonymous.get("/exams"),
            "json": lambda: anonymous.get("/healthz"),
            "static": lambda: anonymous.get("/static/css/tokens.css", buffered=True),
            "unsigned": lambda: anonymous.get("/exams", headers=JSON),
            "forged": lambda: student.client.post("/sign-out"),
            "forbidden": lambda: student.get("/banks"),
            "missing": lambda: student.get("/nowhere"),
            "method": lambda: student.client.put("/exams"),
            "bug": lambda: anonymous.get("/broken-on-purpose"),
        }[kind]()

    return ask


KINDS = {
    "page": 200,
    "fragment": 404,
    "redirect": 302,
    "json": 200,
    "static": 200,
    "unsigned": 401,
    "forged": 400,
    "forbidden": 403,
    "missing": 404,
    "method": 405,
    "bug": 500,
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_response_has_the_security_headers(any_kind, kind):
    response = any_kind(kind)
    assert response.status_code == KINDS[kind]
    headers = response.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    policy = dict(
        part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert re.fullmatch(r"'self' 'nonce-[\w-]{20,}'", policy["script-src"])
    assert "unsafe" not in headers["Content-Security-Policy"]
    cached = "public" in headers["Cache-Control"]
    assert cached == (kind == "static")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_page_has_a_nonce_of_its_own_and_its_scripts_carry_it(browser_of):
    student = browser_of("student")
    nonces = []
    for _ in range(2):
        page = student.get("/exams")
        nonce = re.search(r"'nonce-([\w-]+)'", page.headers["Content-Security-Policy"])[1]
        inline = re.findall(r"<(?:script|style)(?![^>]*\bsrc=)([^>]*)>", page.text)
        assert all(f'nonce="{nonce}"' in attributes for attributes in inline)
        assert not re.search(r"\son\w+=|javascript:", page.text)
        nonces.append(nonce)
    assert nonces[0] != nonces[1]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_program_that_asks_for_json_gets_the_refusal_as_a_problem(browser_of, language):
    student = browser_of("student")
    student.client.set_cookie("language", language)
    for path, status, code in (
        ("/sittings/999", 404, "sitting"),
        ("/banks", 403, "not-your-role"),
        ("/nowhere", 404, "page"),
    ):
        response = student.get(path, headers=JSON)
        assert response.mimetype == "application/problem+json"
        assert response.json == {
            "type": f"about:blank#{code}",
            "code": code,
            "title": sentence(code, language),
            "status": status,
        }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_bug_is_told_by_a_number_and_nothing_else(any_kind):
    response = any_kind("bug")
    assert re.search(r"\b[0-9a-f]{8}\b", response.text)
    assert "ZeroDivision" not in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hsts_only_over_a_secure_connection(app):
    client = app.test_client()
    assert "Strict-Transport-Security" not in client.get("/healthz").headers
    secure = client.get("/healthz", base_url="https://localhost")
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    "target",
    [
        *("//evil.example", "/\\evil.example", "\\/evil.example", "https://evil.example"),
        *("http:/evil.example", "javascript:alert(1)", "\t//evil.example", "/\t/evil.example"),
        *("/\n/evil.example", " //evil.example", "evil.example", "", None, "data:text/html,x"),
        *("/%0d%0aSet-Cookie:x\r\n", "///evil.example", "/\x00", "@evil.example"),
    ],
)
def test_nobody_is_sent_to_another_site(target):
    assert safe_next(target, "/home") == "/home"


@pytest.mark.parametrize("target", ["/exams", "/sittings/3?from=report", "/verify/ab-cd", "/"])
def test_a_path_of_this_site_is_kept(target):
    assert safe_next(target, "/home") == target


# The sentences


def _calls(names: set[str]) -> Iterator[tuple[str, ast.Call]]:
    """Where, and the call, of every call of one of these names in the application."""
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in names and node.args:
                    yield f"{file.relative_to(SOURCE)}:{node.lineno}", node


def _codes(argument: ast.expr) -> list[str]:
    """The constant codes an argument may be: one, or both of a choice."""
    if isinstance(argument, ast.Constant):
        return [argument.value]
    if isinstance(argument, ast.IfExp):
        return _codes(argument.body) + _codes(argument.orelse)
    return []


def test_every_code_that_is_raised_has_its_sentence():
    found = {
        code: where
        for where, call in _calls(REFUSALS | {"render_refusal", "sentence"})
        for code in _codes(call.args[0])
    }
    assert len(found) > 30
    known = set(MESSAGES) | set(FINDINGS)  # of the application, of items and their files
    assert {code: where for code, where in found.items() if code not in known} == {}
    assert set(web._HTTP_CODES.values()) <= set(MESSAGES)


def test_every_refusal_brings_what_its_sentence_names():
    lacking = []
    for where, call in _calls(REFUSALS):
        given = {keyword.arg for keyword in call.keywords}
        for code in _codes(call.args[0]):
            named = set(PLACEHOLDER.findall(MESSAGES[code][0])) if code in MESSAGES else set()
            if None not in given and named - given:
                lacking.append((where, code, named - given))
    assert lacking == []


@pytest.mark.parametrize("code", sorted(MESSAGES))
def test_both_languages_say_the_same_with_the_same_places(code):
    english, chinese = MESSAGES[code]
    assert sorted(PLACEHOLDER.findall(english)) == sorted(PLACEHOLDER.findall(chinese))
    assert english != chinese
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert code in QUOTES_CHINESE or not re.search(r"[\u4e00-\u9fff]", english)
    assert english[-1] in ".?"
    details = dict.fromkeys(PLACEHOLDER.findall(english), "x")
    assert "%" not in sentence(code, "en", details) + sentence(code, "zh", details)
