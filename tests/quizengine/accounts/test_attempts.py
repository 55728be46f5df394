"""Limits on tries to sign in hold over threads and hosts, and lock out nobody who is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from quizengine import database as databases
from quizengine.accounts.service.attempts import (
    PER_ACCOUNT,
    PER_ADDRESS,
    WINDOW,
    Attempt,
    count_attempt,
    forgive_attempt,
)
from quizengine.accounts.tables import SignInAttempt
from quizengine.app import create_app
from quizengine.config import load_settings
from quizengine.database import reading, transaction
from quizengine.errors import TooManyTries

from ..conftest import NOW, PASSWORD, Browser, School


def attempt(username: str = "student", address: str = "192.0.2.1", device: str = "") -> Attempt:
    return Attempt(username, address, device)


def tries_allowed(one: Attempt, most: int = 200, now=NOW) -> int:
    for number in range(most):
        try:
            with transaction() as session:
                count_attempt(session, attempt=one, now=now)
        except TooManyTries:
            return number
    return most


def post(browser: Browser, username: str, password: str, **sent: object) -> TestResponse:
    return browser.client.post(
        "/sign-in",
        data={"csrf_token": browser.token("/sign-in"), "username": username, "password": password},
        **sent,  # type: ignore[arg-type]
    )


# The counters


def test_a_name_can_be_tried_ten_times_in_a_window(database):
    assert tries_allowed(attempt()) == PER_ACCOUNT == 10
    assert tries_allowed(attempt(address="198.51.100.7")) == 0
    assert tries_allowed(attempt(address="198.51.100.7"), now=NOW + WINDOW) == PER_ACCOUNT


def test_capitals_and_blanks_do_not_make_another_name(database):
    tries_allowed(attempt())
    assert tries_allowed(attempt(" STUDENT ", address="198.51.100.7")) == 0


def test_an_address_can_try_fifty_times_whatever_the_names(database):
    allowed = sum(tries_allowed(attempt(f"name-{n}"), most=1) for n in range(80))
    assert allowed == PER_ADDRESS == 50
    assert tries_allowed(attempt("name-79", address="198.51.100.7"), most=1) == 1


def test_the_addresses_of_one_subscriber_count_as_one(database):
    for n in range(PER_ADDRESS):
        assert tries_allowed(attempt(f"name-{n}", f"2001:db8:1:2::{n:x}"), most=1) == 1
    assert tries_allowed(attempt("more", "2001:db8:1:2:ffff::1"), most=1) == 0
    assert tries_allowed(attempt("more", "2001:db8:1:3::1"), most=1) == 1
    assert tries_allowed(attempt("more", "::ffff:192.0.2.9"), most=1) == 1


def test_the_refusal_says_how_long_to_wait_and_does_not_make_it_longer(database):
    tries_allowed(attempt())
    for minutes in (4, 14):
        with pytest.raises(TooManyTries) as refused, transaction() as session:
            count_attempt(session, attempt=attempt(), now=NOW + timedelta(minutes=minutes))
        assert refused.value.details == {"seconds": (15 - minutes) * 60, "minutes": 15 - minutes}


def test_a_right_password_starts_the_name_anew_and_gives_the_address_its_try_back(database):
    for _ in range(PER_ADDRESS * 2):
        with transaction() as session:
            count_attempt(session, attempt=attempt(), now=NOW)
        with transaction() as session:
            forgive_attempt(session, attempt=attempt())
    assert tries_allowed(attempt()) == PER_ACCOUNT


def test_a_known_browser_has_a_counter_of_its_own(database):
    tries_allowed(attempt())
    assert tries_allowed(attempt(device="mark")) == PER_ACCOUNT
    assert tries_allowed(attempt("other", device="mark")) == PER_ACCOUNT


def test_names_and_addresses_are_stored_as_hashes_and_forgotten(database):
    for n in range(30):
        tries_allowed(attempt(f"name-{n}"), most=1)
    with reading() as session:
        keys = session.scalars(select(SignInAttempt.key_hash)).all()
    assert len(keys) == 31
    assert all(len(key) == 64 and "name" not in key for key in keys)
    tries_allowed(attempt("later", "198.51.100.7"), most=1, now=NOW + WINDOW)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(SignInAttempt)) == 2


def test_tries_at_once_are_counted_one_by_one(database):
    def one_try(number: int) -> bool:
        try:
            with transaction() as session:
                # names in both orders, so that a wrong order of locks would wait in a circle
                name = ("student", "other")[number % 2]
                count_attempt(session, attempt=attempt(name), now=NOW)
        except TooManyTries:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        allowed = Counter(threads.map(one_try, range(120)))
    assert allowed[True] == 2 * PER_ACCOUNT


# Signing in


def test_thirty_tries_over_two_instances_of_the_program_pass_ten_times(
    database_url: str, school: School, tmp_path: Path
):
    settings = load_settings(
        {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40}
    )
    apps = [create_app(settings), create_app(settings)]

    def one_try(number: int) -> int:
        browser = Browser(apps[number % 2].test_client())
        return post(browser, "student", "not the password").status_code

    with ThreadPoolExecutor(6) as threads:
        answers = Counter(threads.map(one_try, range(30)))
    databases.current().writer.dispose()
    databases.current().reader.dispose()
    assert answers == {422: 10, 429: 20}


def test_one_who_tried_too_often_is_told_when_to_try_again(app: Flask, school: School):
    browser = Browser(app.test_client())
    for _ in range(PER_ACCOUNT):
        assert post(browser, "student", "wrong").status_code == 422
    response = post(browser, "student", PASSWORD)
    assert response.status_code == 429
    assert 800 < int(response.headers["Retry-After"]) <= 900
    assert "Too many tries. Wait 15 min" in response.get_data(as_text=True)


def test_unknown_names_are_limited_like_known_ones(app: Flask, school: School):
    browser = Browser(app.test_client())
    answers = [post(browser, "nobody", "wrong").status_code for _ in range(PER_ACCOUNT + 1)]
    assert answers == [422] * PER_ACCOUNT + [429]


def test_a_forged_forwarding_header_does_not_make_another_address(app: Flask, school: School):
    browser = Browser(app.test_client())
    answers = [
        post(
            browser, f"nobody-{n}", "wrong", headers={"X-Forwarded-For": f"203.0.113.{n}"}
        ).status_code
        for n in range(PER_ADDRESS + 1)
    ]
    assert answers == [422] * PER_ADDRESS + [429]


def test_a_trusted_proxy_tells_the_address_and_what_is_before_it_does_not_count(
    database_url: str, school: School, tmp_path: Path
):
    app = create_app(
        load_settings(
            {
                "DATABASE_URL": database_url,
                "DATA_DIR": str(tmp_path),
                "SECRET_KEY": "k" * 40,
                "TRUSTED_PROXIES": "1",
            }
        )
    )
    browser = Browser(app.test_client())

    def answer(number: int, forwarded: str) -> int:
        sent = {"X-Forwarded-For": forwarded}
        return post(browser, f"nobody-{number}", "wrong", headers=sent).status_code

    assert {answer(n, f"203.0.113.{n}, 198.51.100.7") for n in range(PER_ADDRESS)} == {422}
    assert answer(90, "198.51.100.8, 198.51.100.7") == 429
    assert answer(90, "198.51.100.7, 198.51.100.8") == 422
    databases.current().writer.dispose()
    databases.current().reader.dispose()


def test_who_is_signed_in_stays_so_and_can_come_back_while_strangers_try_the_name(
    app: Flask, school: School, browser_of: Callable[[str], Browser]
):
    owner = browser_of("student")
    stranger = Browser(app.test_client())
    while post(stranger, "student", "wrong").status_code != 429:
        pass
    assert owner.get("/account").status_code == 200
    assert owner.post("/sign-out").status_code == 303
    assert post(owner, "student", PASSWORD).status_code == 303
    assert post(stranger, "student", PASSWORD).status_code == 429


def test_the_mark_of_a_known_browser_is_worth_nothing_for_another_name(
    app: Flask, school: School, browser_of: Callable[[str], Browser]
):
    stranger = Browser(app.test_client())
    while post(stranger, "instructor", "wrong").status_code != 429:
        pass
    student = browser_of("student")
    student.post("/sign-out")
    assert post(student, "instructor", "wrong").status_code == 429
    student.client.set_cookie("known_browser", "forged")
    assert post(student, "instructor", "wrong").status_code == 429


def test_a_name_that_no_database_can_hold_is_a_wrong_name(app: Flask, school: School):
    assert post(Browser(app.test_client()), "stu\0dent", "wrong").status_code == 422
