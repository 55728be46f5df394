"""The administrator's page of the audit log."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from quizengine import audit, audit_views
from quizengine.database import transaction
from quizengine.permissions import Role

from .conftest import NOW, Browser, School

Browsers = Callable[[str], Browser]


@pytest.fixture
def events(school: School) -> int:
    """Sixty events a day apart, after the publication of the bank; returns the first number."""
    with transaction() as session:
        first = audit.last_link(session)[0] + 1
        for number in range(60):
            audit.record(
                session,
                action="credit-approved" if number % 2 else "credit-refused",
                subject="claim",
                subject_id=number,
                organisation_id=school.organisation_id,
                account_id=school.accounts[Role.REGISTRAR],
                person_id=school.student_id if number < 30 else school.second_student_id,
                reason='=HYPERLINK("x"),"' if number == 0 else "证据 <b>充分</b>",
                after={"credits": number},
                now=NOW + timedelta(days=number),
            )
    return first


def rows(browser: Browser, query: str = "") -> list[dict[str, str]]:
    response = browser.get(f"/audit.csv{query}")
    assert response.status_code == 200
    data = response.get_data()
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_page_shows_the_newest_first_and_goes_on(events: int, browser_of: Browsers) -> None:
    browser = browser_of("administrator")
    first = browser.get("/audit").get_data(as_text=True)
    assert first.index(f">{events + 59}</th>") < first.index(f">{events + 58}</th>")
    assert f">{events}</th>" not in first
    assert "证据 &lt;b&gt;充分" in first
    assert f">{events}</th>" in browser.get("/audit?page=2").get_data(as_text=True)
    assert f">{events}</th>" in browser.get("/audit?page=999999").get_data(as_text=True)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?action=credit-approved", 30),
        ("?action=nothing", 0),
        ("?by=registrar", 60),
        ("?by=REGISTRAR&about=student2", 30),
        ("?about=nobody", 0),
        ("?about=%25", 0),
        ("?action=credit-refused&since=2026-11-25&until=2026-11-27", 2),
        ("?action=credit-refused&since=2026-11-25&until=2026-11-25", 1),
        ("?since=someday&until=9999-12-31&action=credit-refused&page=-1", 30),
    ],
)
def test_filters_choose(events: int, browser_of: Browsers, query: str, count: int) -> None:
    browser = browser_of("administrator")
    assert len(rows(browser, query)) == count
    assert browser.get(f"/audit{query}").status_code == 200


def test_the_file_holds_everything_and_runs_nowhere(events: int, browser_of: Browsers) -> None:
    found = rows(browser_of("administrator"))
    assert [int(row["number"]) for row in found] == list(range(1, events + 60))
    refused = found[events - 1]
    assert refused["reason"] == '\'=HYPERLINK("x"),"'
    assert (refused["by"], refused["about"]) == ("registrar", "student")
    assert refused["after"] == '{"credits": 0}'
    assert refused["previous hash"] == found[events - 2]["hash"]


def test_a_long_file_is_whole(school: School, browser_of: Browsers) -> None:
    with transaction() as session:
        for number in range(1201):
            audit.record(session, action="x", subject="claim", subject_id=number, now=NOW)
    assert len(rows(browser_of("administrator"), "?action=x")) == 1201


def test_the_check_says_whole_and_names_the_first_broken_event(
    events: int, browser_of: Browsers
) -> None:
    browser = browser_of("administrator")
    assert f"{events + 59} events" in browser.get("/audit/check").get_data(as_text=True)
    with transaction() as session:
        audit.lift_guard(session.connection())
        session.execute(text("update audit_event set reason = 'other' where id = 5"))
        session.execute(text("update audit_event set reason = 'other' where id = 9"))
    page = browser.get("/audit/check").get_data(as_text=True)
    assert "broken at event 5" in page
    assert 'role="alert"' in page


def test_every_action_has_words_in_both_languages(events: int, browser_of: Browsers) -> None:
    browser = browser_of("administrator")
    assert "Credit approved" in browser.get("/audit").get_data(as_text=True)
    browser.client.set_cookie("language", "zh")
    assert "学分已批准" in browser.get("/audit").get_data(as_text=True)
    assert all(str(words) for words in audit_views.ACTIONS.values())
