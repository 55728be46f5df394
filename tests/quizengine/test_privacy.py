"""What a student can see before answering, and what a browser's form can change: no more."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import inspect, select, update
from werkzeug.test import TestResponse

from itembank.item import Figure, Item, Text
from quizengine.accounts.tables import Account, Membership, SignInSession
from quizengine.banks.service import publish, store
from quizengine.banks.tables import Parameter
from quizengine.database import reading, transaction
from quizengine.exams.service import offer
from quizengine.exams.tables import Answer, Exam, Sitting

from .conftest import NOW, PASSWORD, Browser, School, make_bank

CANARY = "canary"
REASON, RULE, REFERENCE = "canary-reason", "canary-rule", "canary-reference"
# Numbers that stand nowhere else, as the parameters of every item.
PARAMETERS = {"a": 1.2347019, "b": -0.7716823, "c": 0.2093847, "se_a": 0.3318277, "se_b": 0.4417733}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
# Words that would tell the key from the others, wherever they stood.
TELLTALES = ("is_key", "is-key", "data-key=", "data-right", "data-correct", '"key"', "answer-key")


def with_canaries(item: Item) -> Item:
    """An item that says "canary" in everything a student may not see before answering."""
    return replace(
        item,
        choices=tuple(
            replace(choice, reason=Text(f"{REASON} {choice.id}", f"{REASON} {choice.id}"))
            for choice in item.choices
        ),
        rule=Text(RULE, RULE),
        reference=REFERENCE,
        figures=(
            Figure(
                asset="figures/canary-the-answer-is-a.png",
                alt=Text("A film", "一张片子"),
                caption=Text("Simulated", "模拟"),
            ),
        ),
    )


@pytest.fixture
def exam_id(school: School) -> int:
    """Practice on a bank full of canaries, its items with parameters known to this test."""
    bank = make_bank("canaries")
    bank = replace(
        bank,
        items=tuple(with_canaries(item) for item in bank.items),
        assets={"figures/canary-the-answer-is-a.png": PNG},
    )
    with transaction() as session:
        bank_id = store.create_bank(
            session, organisation_id=school.organisation_id, bank=bank, now=NOW
        )
        published = publish.publish_revision(session, bank_id=bank_id, account_id=None, now=NOW)
        session.execute(
            update(Parameter)
            .where(Parameter.parameter_set_id == published.parameter_set_id)
            .values(**PARAMETERS, d=1.0, provisional=False, calibrated_at=NOW)
        )
        return offer.create_practice_exam(
            session, bank_id=bank_id, profile="UNI", title={"en": "C", "zh": "丙"}, now=NOW
        )


class Seen:
    """Everything a browser has received: bodies, headers, addresses."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def take(self, path: str, response: TestResponse) -> str:
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers)
        body = response.get_data().decode("utf-8", "replace")
        response.close()
        self.texts[f"{path} ({response.status_code})"] = f"{path}\n{headers}\n{body}"
        return body


def crawl(browser: Browser, seen: Seen, start: Iterable[str], most: int = 300) -> None:
    """Follow every link, picture, script and style sheet of this site that a page names."""
    waiting, met = list(start), set()
    while waiting:
        path = html.unescape(waiting.pop(0)).partition("#")[0]
        if not path.startswith("/") or path.startswith("//") or path in met:
            continue
        met.add(path)
        assert len(met) < most, "the site has no end"
        body = seen.take(path, browser.get(path))
        if "/static/" not in path or path.partition("?")[0].endswith((".css", ".js")):
            waiting += re.findall(r'(?:href|src|action|hx-get)="([^"]+)"', body)


def fields_of(page: str) -> dict[str, str]:
    """The hidden fields of the form that takes an answer."""
    form = re.search(r"<form[^>]*data-answer-form.*?</form>", page, re.DOTALL)
    assert form
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))


def start(browser: Browser, exam_id: int, sent: dict[str, object] | None = None) -> str:
    response = browser.post(f"/exams/{exam_id}/sittings", sent)
    assert response.status_code == 303, response.get_data(as_text=True)
    return str(response.headers["Location"])


def test_nothing_tells_the_answer_before_it_is_given(
    browser_of: Callable[[str], Browser], exam_id: int
) -> None:
    browser, seen = browser_of("student"), Seen()
    sitting = start(browser, exam_id)
    for language in ("en", "zh"):
        browser.client.set_cookie("language", language)
        crawl(browser, seen, ["/", sitting, f"{sitting}?lang={language}", "/reports", "/account"])
    # Pages that refuse, fragments, other methods and what is asked for as data.
    for number in (1, 2, 99):
        path = f"{sitting}/answers/{number}"
        seen.take(path, browser.get(path))
        seen.take(path, browser.get(path, headers={"HX-Request": "true"}))
        seen.take(path, browser.get(path, headers={"Accept": "application/json"}))
    for wrong in ({}, {"position": 7, "choice": "a", "retry_key": "k" * 8}, {"choice": "zz"}):
        seen.take("wrong answer", browser.post(f"{sitting}/answers", wrong))
    for kind in ({"HX-Request": "true"}, {"Accept": "application/json"}):
        for path in (sitting, "/exams", f"{sitting}/report", "/items/1", "/banks/1", "/no-such"):
            seen.take(path, browser.get(path, headers=kind))

    assert any(path.startswith("/assets/") for path in seen.texts)
    assert any("app.js" in path for path in seen.texts)
    assert len(seen.texts) > 30
    for path, text in seen.texts.items():
        assert CANARY not in text, path
        assert not re.search("|".join(f"{abs(v):.4f}" for v in PARAMETERS.values()), text), path
        if "/static/" not in path:
            assert not [word for word in TELLTALES if word in text], path


def test_after_the_answer_the_reasons_are_shown_and_only_of_that_question(
    browser_of: Callable[[str], Browser], exam_id: int
) -> None:
    """The canaries are really there: the pages of the test above had something to hide."""
    browser = browser_of("student")
    sitting = start(browser, exam_id)
    fields = fields_of(browser.get(sitting).get_data(as_text=True))
    response = browser.post(f"{sitting}/answers", {**fields, "choice": "a"})
    explained = browser.get(response.headers["Location"]).get_data(as_text=True)
    assert REASON in explained
    assert RULE in explained
    assert REFERENCE not in explained
    following = browser.get(sitting).get_data(as_text=True)
    assert fields_of(following)["position"] == "2"
    assert CANARY not in following
    assert browser.get(f"{sitting}/answers/2").status_code == 404


def test_a_picture_is_named_by_the_hash_of_its_bytes_only(
    browser_of: Callable[[str], Browser], exam_id: int
) -> None:
    browser = browser_of("student")
    page = browser.get(start(browser, exam_id)).get_data(as_text=True)
    pictures = set(re.findall(r'src="(/assets/[^"]+)"', page))
    assert pictures
    for path in pictures:
        assert re.fullmatch(r"/assets/[0-9a-f]{64}", path)
        response = browser.get(path)
        assert response.get_data() == PNG
        assert CANARY not in str(response.headers)


def test_the_page_of_a_question_is_the_same_whichever_option_is_the_key(
    browser_of: Callable[[str], Browser], exam_id: int
) -> None:
    """All that differs between the options of a question is their letter and their text."""
    browser = browser_of("student")
    page = browser.get(start(browser, exam_id)).get_data(as_text=True)
    options = re.findall(r'<div class="option" data-option>.*?</button>', page, re.DOTALL)
    assert len(options) == 4
    shapes = {
        re.sub(r"Option \w of [\w-]+", "TEXT", re.sub(r"\b[A-Da-d]\b", "X", option))
        for option in options
    }
    assert len(shapes) == 1


# --- mass assignment ---

HOSTILE = {
    **dict.fromkeys(("score", "scores", "n_answered", "seed", "simulated", "position_"), "1"),
    "item_version_id": "1",
    "item_id": "1",
    "theta": "3",
    "rules": '{"max_items": 1}',
    "stop_reason": "precision",
    "finished_at": "2030-01-01T00:00:00+00:00",
    "closes_at": "2030-01-01T00:00:00+00:00",
    "started_at": "2030-01-01T00:00:00+00:00",
    "served_at": "2000-01-01T00:00:00+00:00",
    "answered_at": "2000-01-01T00:00:00+00:00",
    "role": "administrator",
    "roles": "administrator",
}


def every_column(*tables: Any) -> dict[str, str]:
    """A hostile value for every column of some tables."""
    names = {column.key for table in tables for column in inspect(table).columns}
    return {name: HOSTILE.get(name, "7") for name in names} | HOSTILE


def rows_of(table: Any, *, without: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    with reading() as session:
        return [
            {c.key: getattr(row, c.key) for c in inspect(table).columns if c.key not in without}
            for row in session.scalars(select(table).order_by(*inspect(table).primary_key))
        ]


def test_starting_takes_nothing_but_what_is_offered(
    browser_of: Callable[[str], Browser], school: School
) -> None:
    allowed = {"length": "20"}
    before = rows_of(Exam)
    start(browser_of("student"), school.exam_id, {**every_column(Sitting, Exam), **allowed})
    (row,) = rows_of(Sitting)
    assert row["student_id"] == school.student_id
    assert row["organisation_id"] == school.organisation_id
    assert row["exam_id"] == school.exam_id
    assert row["rules"]["max_items"] == 20
    assert row["closes_at"] is None
    assert row["finished_at"] is None
    assert row["stop_reason"] is None
    assert row["n_answered"] == 0
    assert row["simulated"] is False
    assert row["started_at"].year == row["served_at"].year != 2030
    assert rows_of(Exam) == before


def test_an_answer_takes_nothing_but_the_choice(
    browser_of: Callable[[str], Browser], school: School
) -> None:
    browser = browser_of("student")
    sitting = start(browser, school.exam_id)
    (before,) = rows_of(Sitting)
    fields = fields_of(browser.get(sitting).get_data(as_text=True))
    hostile = every_column(Answer, Sitting)
    response = browser.post(f"{sitting}/answers", hostile | fields | {"choice": "a"})
    assert response.status_code == 303

    (row,) = rows_of(Answer)
    assert row["item_version_id"] == before["item_version_id"]  # the server's, not the browser's
    assert row["choice"] == "a"
    assert row["score"] == score_of(before["item_version_id"], "a")
    assert row["sitting_id"] == before["id"]
    assert row["position"] == 1
    assert row["served_at"].year == row["answered_at"].year != 2000
    changes = {"n_answered", "item_version_id", "served_at", "items", "scores"}
    same = {name: value for name, value in before.items() if name not in changes}
    (after,) = rows_of(Sitting, without=frozenset(changes))
    assert after == same


def score_of(version_id: int, choice: str) -> int:
    with reading() as session:
        return int(choice in store.get_version(session, version_id).item.key)


@pytest.mark.parametrize("claimed", ["1", "2", "999999", "abc"])
def test_a_question_that_the_browser_names_is_not_the_one_that_counts(
    browser_of: Callable[[str], Browser], school: School, claimed: str
) -> None:
    browser = browser_of("student")
    sitting = start(browser, school.exam_id)
    (before,) = rows_of(Sitting)
    fields = fields_of(browser.get(sitting).get_data(as_text=True))
    names = ("item", "item_id", "item_version_id", "question", "version_id")
    named = dict.fromkeys(names, claimed)
    query = "&".join(f"{name}={claimed}" for name in names)
    browser.post(f"{sitting}/answers?{query}", {**fields, **named, "choice": "b"})
    (row,) = rows_of(Answer)
    assert row["item_version_id"] == before["item_version_id"]


@pytest.mark.parametrize("path", ["/sign-in", "/language", "/theme", "/account/password"])
def test_a_form_about_oneself_changes_no_other_column(
    browser_of: Callable[[str], Browser], school: School, path: str
) -> None:
    browser = browser_of("student")
    sent = every_column(Account, Membership) | {
        "lang": "zh",
        "theme": "dark",
        "username": "student",
        "password": PASSWORD,
        "present": PASSWORD,
        "new": "another long password",
    }
    own = {"/language": {"language"}, "/account/password": {"password_hash"}}.get(path, set())
    without = frozenset(own)
    before = rows_of(Account, without=without), rows_of(Membership)
    hashes = {row["id"]: row["password_hash"] for row in rows_of(Account)}
    assert browser.post(path, sent).status_code == 303
    assert (rows_of(Account, without=without), rows_of(Membership)) == before
    changed = [r["id"] for r in rows_of(Account) if r["password_hash"] != hashes[r["id"]]]
    assert changed == ([school.student_id] if path == "/account/password" else [])
    assert {row["account_id"] for row in rows_of(SignInSession)} == {school.student_id}
