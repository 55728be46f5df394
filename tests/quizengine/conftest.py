"""A school with accounts of every role, a small published bank, and browsers without a browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint, Competency, Profile, SubTopic
from itembank.item import Choice, Item, Text
from quizengine import database as databases
from quizengine.accounts import service as accounts
from quizengine.app import create_app
from quizengine.banks.service import publish, store
from quizengine.config import load_settings
from quizengine.exams.engine import forget_engines
from quizengine.exams.service import offer
from quizengine.permissions import Role

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


def make_item(code: str, competency: str, sub_topic: str, number: int, **changes: object) -> Item:
    """A single-best item whose key is option a, b, c or d in turn."""
    key = "abcd"[number % 4]
    values: dict[str, object] = {
        "id": code,
        "competency": competency,
        "sub_topic": sub_topic,
        "cognitive_level": "KAE"[number % 3],
        "difficulty": ("easy", "medium", "hard")[number % 3],
        "stem": Text(f"Question {code}. Which one is right?", f"题目 {code}。哪一项正确？"),
        "choices": tuple(
            Choice(
                id=letter,
                text=Text(f"Option {letter} of {code}", f"{code} 的选项 {letter}"),
                is_key=letter == key,
                reason=Text(f"Because {letter}.", f"因为 {letter}。"),
            )
            for letter in "abcd"
        ),
    }
    return Item(**(values | changes))  # type: ignore[arg-type]


def make_bank(
    code: str = "tst", areas: tuple[str, ...] = ("A1", "A2", "A3"), n_items: int = 10
) -> ItemBank:
    """A bank of `n_items` items in each competency, two sub-topics each, one pair of enemies."""
    share = round(100 / len(areas), 2)
    weights = dict.fromkeys(areas[:-1], share) | {areas[-1]: 100 - share * (len(areas) - 1)}
    items = tuple(
        make_item(
            f"{area}-{number:03d}",
            area,
            f"{area}.{number % 2 + 1}",
            number,
            enemies=("pair",) if area == areas[0] and number < 2 else (),
        )
        for area in areas
        for number in range(n_items)
    )
    return ItemBank(
        code=code,
        name=Text("Test bank", "测试题库"),
        blueprint=Blueprint(
            competencies=tuple(
                Competency(
                    code=area,
                    name=Text(f"Area {area}", f"领域 {area}"),
                    sub_topics=(
                        SubTopic(code=f"{area}.1", name=Text("One", "一"), share=50),
                        SubTopic(code=f"{area}.2", name=Text("Two", "二"), share=50),
                    ),
                )
                for area in areas
            ),
            profiles=(Profile(code="UNI", weights=weights),),
        ),
        items=items,
        licence="CC BY 4.0",
    )


@dataclass(frozen=True, slots=True)
class School:
    """A school beside another; `accounts` has one of every role, `others` those of the other."""

    organisation_id: int
    other_organisation_id: int
    accounts: dict[Role, int]
    others: dict[Role, int]
    second_student_id: int
    bank_id: int
    exam_id: int

    @property
    def student_id(self) -> int:
        return self.accounts[Role.STUDENT]

    @property
    def instructor_id(self) -> int:
        return self.accounts[Role.INSTRUCTOR]


@pytest.fixture
def database(database_url: str) -> Iterator[databases.Database]:
    """The database of the test, named as the one that `transaction` and `reading` use."""
    forget_engines()
    database = databases.configure(load_settings({"DATABASE_URL": database_url}).database_url)
    yield database
    database.writer.dispose()
    database.reader.dispose()


@pytest.fixture
def school(database: databases.Database) -> School:
    """Two schools, everybody in them, a published bank of the first and practice on it."""
    with databases.transaction() as session:
        home, away = (
            accounts.create_organisation(
                session, kind="school", name_en=name, name_zh=name, now=NOW
            )
            for name in ("Home", "Away")
        )
        made: dict[str, int] = {}
        hashed = accounts.hash_password(PASSWORD)
        for organisation, prefix in ((home, ""), (away, "away-")):
            for role in Role:
                name = f"{prefix}{role.value}"
                made[name] = accounts.create_account_with_hash(
                    session,
                    organisation_id=organisation,
                    username=name,
                    display_name=name.title(),
                    password_hash=hashed,
                    roles=[role],
                    now=NOW,
                )
        second = accounts.create_account_with_hash(
            session,
            organisation_id=home,
            username="student2",
            display_name="Second",
            password_hash=hashed,
            roles=[Role.STUDENT],
            now=NOW,
        )
        bank_id = store.create_bank(session, organisation_id=home, bank=make_bank(), now=NOW)
        publish.publish_revision(session, bank_id=bank_id, account_id=None, now=NOW)
        exam_id = offer.create_practice_exam(
            session,
            bank_id=bank_id,
            profile="UNI",
            title={"en": "Test practice", "zh": "测试练习"},
            now=NOW,
        )
    return School(
        home,
        away,
        {role: made[role.value] for role in Role},
        {role: made[f"away-{role.value}"] for role in Role},
        second,
        bank_id,
        exam_id,
    )


@pytest.fixture
def app(database_url: str, tmp_path: Path, database: databases.Database) -> Flask:
    """The application on the test's database."""
    settings = load_settings(
        {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40}
    )
    app = create_app(settings)
    app.testing = False  # errors become pages, as for a user
    return app


class Browser:
    """A test client that signs in and sends forms with their CSRF token, as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **kwargs: object) -> TestResponse:
        return self.client.get(path, **kwargs)  # type: ignore[arg-type]

    def post(
        self, path: str, data: dict[str, object] | None = None, **kwargs: object
    ) -> TestResponse:
        return self.client.post(
            path,
            data={"csrf_token": self.token(), **(data or {})},
            **kwargs,  # type: ignore[arg-type]
        )

    def token(self, page: str = "/account") -> str:
        html = self.client.get(page, follow_redirects=True).get_data(as_text=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', html)
        assert found, f"no CSRF token on {page}"
        return found[1]

    def sign_in(self, username: str, password: str = PASSWORD) -> Browser:
        response = self.client.post(
            "/sign-in",
            data={"csrf_token": self.token("/sign-in"), "username": username, "password": password},
        )
        assert response.status_code == 303, response.get_data(as_text=True)
        return self


@pytest.fixture
def browser_of(app: Flask, school: School) -> Callable[[str], Browser]:
    """A signed-in browser of an account by its name: "student", "away-instructor", ..."""
    return lambda username: Browser(app.test_client()).sign_in(username)


@pytest.fixture
def anonymous(app: Flask) -> Browser:
    """A browser that is not signed in."""
    return Browser(app.test_client())
