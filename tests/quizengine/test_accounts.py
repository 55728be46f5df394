"""Signing in and out: who gets in, and when a cookie stops being worth anything."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from quizengine.accounts import service
from quizengine.accounts.passwords import check_new_password, hash_password, password_matches
from quizengine.accounts.tables import Account, Membership, SignInSession
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict, InvalidInput
from quizengine.permissions import Role

from .conftest import NOW, PASSWORD, Browser, School

NEW_PASSWORD = "another horse battery"
COOKIE = "quizengine"


def is_signed_in(browser: Browser) -> bool:
    response = browser.get("/account", headers={"Accept": "application/json"})
    assert response.status_code in (200, 401)
    return response.status_code == 200


def copy_of(browser: Browser, app: Flask) -> Browser:
    """Another browser with the same cookie, as somebody who stole it has."""
    cookie = browser.client.get_cookie(COOKIE)
    thief = app.test_client()
    thief.set_cookie(COOKIE, cookie.value)
    return Browser(thief)


def try_to_sign_in(browser: Browser, username: str, password: str) -> TestResponse:
    return browser.client.post(
        "/sign-in",
        data={"csrf_token": browser.token("/sign-in"), "username": username, "password": password},
    )


# Passwords


def test_passwords_are_kept_as_argon2id_with_a_salt_each():
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first.startswith("$argon2id$")
    assert first != second
    assert password_matches(first, PASSWORD)
    assert not password_matches(first, PASSWORD + " ")


@pytest.mark.parametrize("stored", [None, "", "not a hash"])
def test_nothing_matches_an_account_without_a_password(stored):
    assert not password_matches(stored, "")
    assert not password_matches(stored, "nobody has this password")


def test_an_unknown_account_costs_as_much_time_as_a_wrong_password():
    stored = hash_password(PASSWORD)

    def seconds(known: str | None) -> float:
        start = time.thread_time()
        password_matches(known, "wrong")
        return time.thread_time() - start

    pairs = [(seconds(stored), seconds(None)) for _ in range(9)]
    known, unknown = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert 0.5 < unknown / known < 2


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password-short"),
        ("x" * 257, "password-long"),
        ("Password123", "password-common"),
        ("aaaaaaaaaaaa", "password-common"),
        ("Wang.Xiaoming", "password-same-as-name"),
    ],
)
def test_a_password_that_is_easy_to_guess_is_refused(password, code):
    with pytest.raises(InvalidInput, match=code):
        check_new_password(password, "wang.xiaoming")


@pytest.mark.parametrize("password", ["correct horse", "一二三四五六七八九十", "x1y2z3 " * 20])
def test_any_other_long_one_is_taken(password):
    check_new_password(password, "wang.xiaoming")


# Signing in


def test_the_name_may_be_written_in_capitals_and_with_blanks(app: Flask, school: School):
    assert is_signed_in(Browser(app.test_client()).sign_in("  Student "))


def test_an_unknown_name_and_a_wrong_password_look_the_same(app: Flask, school: School):
    def answer(username: str) -> tuple[int, str, str | None]:
        response = try_to_sign_in(Browser(app.test_client()), username, "wrong password")
        text = re.sub(r'nonce="[^"]+"|value="[^"]+"', "", response.text)
        return response.status_code, text, response.headers.get("Location")

    first = answer("student")
    assert first[0] == 422
    assert first == answer("nobody")
    with transaction() as session:
        service.disable_account(session, account_id=school.second_student_id, now=utcnow())
    assert first == answer("student2")


def test_a_disabled_account_does_not_sign_in(anonymous: Browser, school: School):
    with transaction() as session:
        service.disable_account(session, account_id=school.student_id, now=utcnow())
    assert try_to_sign_in(anonymous, "student", PASSWORD).status_code == 422
    assert not is_signed_in(anonymous)


def test_nobody_signs_in_as_a_simulated_student(anonymous: Browser, school: School):
    with transaction() as session:
        (account_id,) = service.create_simulated_students(
            session, organisation_id=school.organisation_id, n_students=1, now=NOW
        )
        username = session.get_one(Account, account_id).username
    assert try_to_sign_in(anonymous, username, "").status_code == 422
    assert try_to_sign_in(anonymous, username, "nobody has this password").status_code == 422


def test_each_sign_in_has_a_token_of_its_own_and_only_its_hash_is_stored(
    app: Flask, school: School
):
    tokens = []
    for _ in range(2):
        browser = Browser(app.test_client()).sign_in("student")
        with browser.client.session_transaction() as cookie:
            tokens.append(cookie["_user_id"])
    assert tokens[0] != tokens[1]
    with reading() as session:
        stored = session.scalars(select(SignInSession.token_hash)).all()
    assert len(stored) == 2
    assert not set(tokens) & set(stored)


def test_what_was_in_the_cookie_before_the_sign_in_is_gone_after_it(app: Flask, school: School):
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    Browser(client).sign_in("student")
    with client.session_transaction() as cookie:
        assert "planted" not in cookie


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "target",
    [
        *("//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"),
        *("\t//evil.example", "/\t/evil.example", "///evil.example/x", "\\\\evil.example"),
    ],
)
def test_after_the_sign_in_nobody_lands_on_another_site(app: Flask, school: School, target: str):
    browser = Browser(app.test_client())
    response = browser.client.post(
        "/sign-in",
        query_string={"next": target},
        data={
            "csrf_token": browser.token("/sign-in"),
            "username": "student",
            "password": PASSWORD,
        },
    )
    assert response.status_code == 303
    assert response.headers["Location"] == "/"
    again = browser.client.get("/sign-in", query_string={"next": target})
    assert again.headers["Location"] == "/"
    chosen = browser.post("/language", {"lang": "zh", "next": target})
    assert chosen.headers["Location"] == "/"


def test_after_the_sign_in_one_is_where_one_wanted_to_be(app: Flask, school: School):
    browser = Browser(app.test_client())
    asked = browser.get("/exams?x=1")
    assert asked.status_code == 302
    response = browser.client.post(
        asked.headers["Location"],
        data={
            "csrf_token": browser.token("/sign-in"),
            "username": "student",
            "password": PASSWORD,
        },
    )
    assert response.headers["Location"] == "/exams?x=1"


# The end of a sign-in


def _sign_out(browser: Browser, school: School) -> None:
    assert browser.post("/sign-out").status_code == 303


def _disable(browser: Browser, school: School) -> None:
    with transaction() as session:
        service.disable_account(session, account_id=school.student_id, now=utcnow())


def _set_password(browser: Browser, school: School) -> None:
    with transaction() as session:
        service.set_password(session, account_id=school.student_id, new=NEW_PASSWORD)


def _let_it_expire(browser: Browser, school: School) -> None:
    with transaction() as session:
        session.execute(update(SignInSession).values(expires_at=utcnow() - timedelta(seconds=1)))


@pytest.mark.parametrize("end", [_sign_out, _disable, _set_password, _let_it_expire])
def test_the_old_cookie_is_worth_nothing_afterwards(
    app: Flask, browser_of: Callable[[str], Browser], school: School, end: Callable[..., None]
):
    browser = browser_of("student")
    thief = copy_of(browser, app)
    assert is_signed_in(thief)
    end(browser, school)
    assert not is_signed_in(thief)


def test_a_new_password_signs_out_everywhere_but_here(
    app: Flask, browser_of: Callable[[str], Browser]
):
    here, elsewhere = browser_of("student"), browser_of("student")
    changed = here.post("/account/password", {"present": PASSWORD, "new": NEW_PASSWORD})
    assert changed.status_code == 303
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert try_to_sign_in(Browser(app.test_client()), "student", PASSWORD).status_code == 422
    assert try_to_sign_in(Browser(app.test_client()), "student", NEW_PASSWORD).status_code == 303


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_new_password_needs_the_present_one(browser_of: Callable[[str], Browser]):
    browser = browser_of("student")
    for present, new in (("wrong", NEW_PASSWORD), (PASSWORD, "short")):
        refused = browser.post("/account/password", {"present": present, "new": new})
        assert refused.status_code == 422


def test_a_role_of_another_organisation_gives_no_rights_here(school: School):
    with transaction() as session:
        token = service.start_session(session, account_id=school.student_id, hours=1, now=utcnow())
        session.add(
            Membership(
                account_id=school.student_id,
                organisation_id=school.other_organisation_id,
                role=Role.ADMINISTRATOR.value,
            )
        )
    with reading() as session:
        account = service.find_signed_in(session, token=token, now=utcnow())
    assert account is not None
    assert account.roles == {Role.STUDENT}
    assert account.organisation_id == school.organisation_id


def test_a_name_belongs_to_one_account_only(school: School):
    with pytest.raises(Conflict, match="username-taken"), transaction() as session:
        service.create_account(
            session,
            organisation_id=school.organisation_id,
            username="STUDENT",
            display_name="",
            password=PASSWORD,
            roles=[Role.STUDENT],
            now=NOW,
        )


# Forged requests


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("sent", [{}, {"csrf_token": "wrong"}])
def test_no_unsafe_route_works_without_its_csrf_token(
    app: Flask, browser_of: Callable[[str], Browser], sent: dict[str, str]
):
    browser = browser_of("student")
    tried = 0
    for rule in app.url_map.iter_rules():
        values = dict.fromkeys(rule.arguments, 1)
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            with app.test_request_context():
                path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
            response = browser.client.open(path, method=method, data=sent)
            assert response.status_code == 400, (method, path)
            tried += 1
    assert tried >= 8
    assert is_signed_in(browser)
