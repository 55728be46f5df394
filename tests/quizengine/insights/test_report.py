"""The report of a sitting: what it says follows from the answers, and nothing later changes it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from quizengine.database import reading, transaction
from quizengine.errors import Conflict, NotFound
from quizengine.exams.service import sit
from quizengine.exams.tables import Sitting
from quizengine.insights import service
from quizengine.insights.service import SittingReport
from quizengine.standards.service import Cut, adopt_standard

from ..conftest import NOW, Browser, School
from ..exams.test_answers import give, start


def finish(school: School, sitting_id: int) -> None:
    with transaction() as session:
        sit.finish_sitting(
            session,
            sitting_id=sitting_id,
            student_id=school.student_id,
            now=NOW + timedelta(minutes=30),
        )


def sit_whole(school: School, *, right: bool, length: int = 20) -> int:
    """A sitting answered all right, or all wrong, to its end."""
    sitting_id = start(school, length=length)
    position = 0
    while True:
        position += 1
        with reading() as session:
            found = sit.find_question(
                session, sitting_id=sitting_id, student_id=school.student_id, now=NOW
            )
        if found is None:
            return sitting_id
        choices = found.stored.item.choices
        give(school, sitting_id, position, next(c.id for c in choices if c.is_key == right))


def report_of(school: School, sitting_id: int) -> SittingReport:
    with reading() as session:
        return service.report_sitting(session, sitting_id=sitting_id, student_id=school.student_id)


def adopt(school: School, cut: float, **changes: object) -> int:
    values: dict[str, object] = {
        "bank_id": school.bank_id,
        "organisation_id": school.organisation_id,
        "account_id": school.instructor_id,
        "tier": "T2",
        "method": "modified-angoff",
        "cuts": {code: Cut(cut, 0.1) for code in ("A1", "A2", "A3")},
        "overall": Cut(cut, 0.08),
        "panel": {"school": 4, "hospital": 5, "rounds": 3, "note": ""},
        "effective_from": NOW,
        "now": NOW,
    }
    with transaction() as session:
        return adopt_standard(session, **(values | changes))  # type: ignore[arg-type]


def test_all_right_is_reported_higher_than_all_wrong(school: School) -> None:
    low = report_of(school, sit_whole(school, right=False))
    high = report_of(school, sit_whole(school, right=True))
    assert high.overall_level > low.overall_level
    for better, worse in zip(high.competencies, low.competencies, strict=True):
        assert better.theta > worse.theta
    assert low.overall_decision == "below"
    assert {row.decision for row in low.competencies} <= {"below", "close"}


def test_every_competency_of_the_blueprint_has_a_level_and_an_error(school: School) -> None:
    report = report_of(school, sit_whole(school, right=True))
    assert [row.code for row in report.competencies] == ["A1", "A2", "A3"]
    assert sum(row.asked for row in report.competencies) == report.n_answered == report.n_right
    assert all(0 < row.standard_error < 1 for row in report.competencies)
    assert report.stop_reason in {"length", "precision"}


def test_few_answers_are_not_enough_evidence(school: School) -> None:
    sitting_id = start(school)
    give(school, sitting_id, 1)
    finish(school, sitting_id)
    report = report_of(school, sitting_id)
    assert {row.decision for row in report.competencies} == {"not_enough"}
    assert not report.weakest


def test_a_running_sitting_has_no_report_yet(school: School) -> None:
    with pytest.raises(Conflict, match="sitting-open"):
        report_of(school, start(school))


def test_nobody_reads_somebody_elses_report(school: School) -> None:
    sitting_id = sit_whole(school, right=True)
    with pytest.raises(NotFound), reading() as session:
        service.report_sitting(session, sitting_id=sitting_id, student_id=school.second_student_id)


def test_a_change_is_real_only_beyond_its_error(school: School) -> None:
    sit_whole(school, right=False)
    report = report_of(school, sit_whole(school, right=True))
    assert report.previous_at is not None
    for row in report.competencies:
        assert row.change is not None
        assert row.change > 0
    again = start(school)
    give(school, again, 1)
    finish(school, again)
    for row in report_of(school, again).competencies:
        assert not row.real_change


def test_without_a_panel_the_standard_is_provisional(school: School) -> None:
    report = report_of(school, sit_whole(school, right=True))
    assert report.standard_provisional
    assert report.cut_error == 0


def test_an_adopted_standard_moves_the_level_but_75_stays_the_cut(school: School) -> None:
    adopt(school, 1.5)
    report = report_of(school, sit_whole(school, right=True))
    assert not report.standard_provisional
    assert report.cut_error > 0
    for row in report.competencies:
        assert row.level == pytest.approx(75 + 12 * (row.theta - 1.5))


def test_a_standard_adopted_later_changes_no_earlier_report(school: School) -> None:
    sitting_id = sit_whole(school, right=True)
    before = report_of(school, sitting_id)
    adopt(school, 3.0, effective_from=NOW + timedelta(days=1), now=NOW + timedelta(hours=1))
    assert report_of(school, sitting_id) == before


def test_the_pages_of_a_report_read_in_both_languages(
    school: School, browser_of: Callable[[str], Browser]
) -> None:
    sitting_id = sit_whole(school, right=False)
    browser = browser_of("student")
    english = browser.get(f"/sittings/{sitting_id}/report").get_data(as_text=True)
    assert "You are very likely below the standard in" in english or "too close" in english
    assert "Practice never supports credit." in english
    browser.client.set_cookie("language", "zh")
    chinese = browser.get(f"/sittings/{sitting_id}/report").get_data(as_text=True)
    assert "练习成绩不能用于学分认定。" in chinese
    assert "领域 A1" in chinese
    assert browser.get("/reports").status_code == 200


def test_a_sitting_over_time_is_ended_when_its_report_is_opened(
    school: School, browser_of: Callable[[str], Browser]
) -> None:
    with transaction() as session:
        sitting_id = sit.start_sitting(
            session,
            exam_id=school.exam_id,
            student_id=school.student_id,
            organisation_id=school.organisation_id,
            minutes=30,
            now=NOW - timedelta(days=365),
        )
    browser = browser_of("student")
    page = browser.get(f"/sittings/{sitting_id}", follow_redirects=True)
    assert page.status_code == 200
    assert page.request.path.endswith("/report")
    with reading() as session:
        assert session.get_one(Sitting, sitting_id).stop_reason == "time"
