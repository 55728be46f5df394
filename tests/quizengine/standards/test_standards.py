"""Standards: the one in force at a time, adopted with its panel, never changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from quizengine.audit import AuditEvent, find_broken_link
from quizengine.database import reading
from quizengine.errors import InvalidInput, NotFound
from quizengine.standards.service import Cut, current_standard, list_standards

from ..conftest import NOW, Browser, School
from ..insights.test_report import adopt


def in_force(school: School, *, tier: str = "T2", after: timedelta = timedelta(0)) -> float:
    with reading() as session:
        return current_standard(
            session, bank_id=school.bank_id, tier=tier, at=NOW + after
        ).overall.cut


def test_the_defaults_of_the_three_tiers_are_provisional(school: School) -> None:
    with reading() as session:
        found = [
            current_standard(session, bank_id=school.bank_id, tier=tier, at=NOW)
            for tier in ("T1", "T2", "T3")
        ]
    assert [standard.overall.cut for standard in found] == [-0.5, 0.3, 1.0]
    assert all(standard.provisional and standard.id is None for standard in found)


def test_the_standard_that_holds_is_the_last_one_in_force(school: School) -> None:
    adopt(school, 0.5)
    adopt(school, 0.8, effective_from=NOW + timedelta(days=2))
    assert in_force(school) == 0.5
    assert in_force(school, after=timedelta(days=1)) == 0.5
    assert in_force(school, after=timedelta(days=2)) == 0.8
    assert in_force(school, tier="T1") == -0.5


def test_before_it_is_in_force_the_default_holds(school: School) -> None:
    adopt(school, 0.9, effective_from=NOW + timedelta(hours=1))
    assert in_force(school) == 0.3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"tier": "T9"}, "tier-unknown"),
        ({"method": "guess"}, "method-unknown"),
        ({"cuts": {"A1": Cut(0, 0.1)}}, "cut-missing"),
        ({"overall": Cut(9, 0.1)}, "cut-out-of-range"),
        ({"overall": Cut(0, -0.1)}, "cut-out-of-range"),
        ({"overall": Cut(float("nan"), 0.1)}, "cut-out-of-range"),
        ({"panel": {"school": 2, "hospital": 2}}, "panel-too-small"),
        ({"effective_from": NOW - timedelta(days=1)}, "effective-in-the-past"),
    ],
)
def test_what_no_panel_can_have_decided_is_refused(
    school: School, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(InvalidInput, match=code):
        adopt(school, 0.5, **changes)
    with reading() as session:
        assert not list_standards(session, bank_id=school.bank_id)


def test_nobody_adopts_for_another_school(school: School) -> None:
    with pytest.raises(NotFound, match="bank"):
        adopt(school, 0.5, organisation_id=school.other_organisation_id)


def test_adopting_is_an_event_in_the_audit_log(school: School) -> None:
    adopt(school, 0.5)
    with reading() as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "standard-adopted")
        ).one()
        assert event.after["overall"] == {"cut": 0.5, "standard_error": 0.08}
        assert event.account_id == school.instructor_id
        assert find_broken_link(session) is None


def send(browser: Browser, school: School, **changes: str) -> tuple[int, str]:
    fields: dict[str, object] = {"tier": "T2", "method": "bookmark", "school": "4"}
    fields |= {"hospital": "5", "rounds": "3", "note": "", "effective": ""}
    for name in ("A1", "A2", "A3", "all"):
        fields |= {f"cut-{name}": "0.4", f"error-{name}": "0.12"}
    response = browser.post(f"/banks/{school.bank_id}/standards", fields | changes)
    return response.status_code, response.get_data(as_text=True)


def test_a_registrar_adopts_on_the_page(
    school: School, browser_of: Callable[[str], Browser]
) -> None:
    browser = browser_of("registrar")
    assert "Provisional default" in browser.get("/standards").get_data(as_text=True)
    assert browser.get(f"/banks/{school.bank_id}/standards/new").status_code == 200
    assert send(browser, school)[0] == 303
    page = browser.get("/standards").get_data(as_text=True)
    assert "Adopted on" in page
    assert "+0.40" in page
    history = browser.get(f"/banks/{school.bank_id}/standards").get_data(as_text=True)
    assert "5 from the hospital, 4 from the school, 3 rounds" in history


def test_a_wrong_field_keeps_what_was_typed_and_says_what_to_do(
    school: School, browser_of: Callable[[str], Browser]
) -> None:
    status, page = send(browser_of("registrar"), school, **{"cut-A2": "high", "note": "Angoff"})
    assert status == 422
    assert "Give a cut and its standard error for A2." in page
    assert "Angoff" in page
    assert 'value="0.4"' in page


def test_an_instructor_sees_standards_and_adopts_none(
    school: School, browser_of: Callable[[str], Browser]
) -> None:
    browser = browser_of("instructor")
    assert browser.get("/standards").status_code == 200
    assert send(browser, school)[0] == 403
    assert browser_of("student").get("/standards").status_code == 403
