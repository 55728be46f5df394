"""The first page says to each role what to do next, with numbers that are true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from quizengine import jobs
from quizengine.accounts.service import accounts, classes, create_class
from quizengine.accounts.tables import Account, Membership
from quizengine.banks.service import store
from quizengine.database import reading, transaction, utcnow
from quizengine.exams.service import sit
from quizengine.home import service as home
from quizengine.permissions import Role

from ..conftest import NOW, Browser, School, make_item

Pages = Callable[[str], Browser]


def page_of(browser_of: Pages, username: str) -> str:
    response = browser_of(username).get("/")
    assert response.status_code == 200
    return " ".join(response.get_data(as_text=True).split())


def start(school: School) -> int:
    with transaction() as session:
        return sit.start_sitting(
            session,
            exam_id=school.exam_id,
            student_id=school.student_id,
            organisation_id=school.organisation_id,
            now=utcnow(),
            seed=3,
        )


def test_whoever_is_not_signed_in_is_led_to_the_sign_in(anonymous: Browser):
    assert anonymous.get("/").headers["Location"] == "/sign-in"


@pytest.mark.parametrize("role", list(Role))
def test_every_role_has_a_first_page(school: School, browser_of: Pages, role: Role):
    for prefix in ("", "away-"):
        assert "Good to see you" in page_of(browser_of, prefix + role.value)


def test_a_student_starts_goes_on_and_reads_the_last_report(school: School, browser_of: Pages):
    assert "Start practising" in page_of(browser_of, "student")
    sitting_id = start(school)
    page = page_of(browser_of, "student")
    assert "Go on with question 1" in page
    assert f"/sittings/{sitting_id}" in page
    with transaction() as session:
        sit.finish_sitting(
            session, sitting_id=sitting_id, student_id=school.student_id, now=utcnow()
        )
    page = page_of(browser_of, "student")
    assert f"/sittings/{sitting_id}/report" in page
    assert "1 finished sitting" in page
    assert "Go on with question" not in page


def test_a_student_without_an_exam_is_told_why(school: School, browser_of: Pages):
    assert "There is nothing to practise yet" in page_of(browser_of, "away-student")


def test_a_sitting_of_somebody_else_is_not_on_the_page(school: School, browser_of: Pages):
    start(school)
    assert "Go on with question" not in page_of(browser_of, "student2")


def test_an_instructor_sees_what_waits(school: School, browser_of: Pages):
    assert "Nothing waits" in page_of(browser_of, "instructor")
    with transaction() as session:
        store.add_item(
            session,
            bank_id=school.bank_id,
            item=make_item("A1-900", "A1", "A1.1", 900),
            assets={},
            account_id=school.instructor_id,
            now=NOW,
        )
        class_id = create_class(
            session, organisation_id=school.organisation_id, code="MI-1", name="MI one", now=NOW
        )
        classes.add_to_class(
            session, class_id=class_id, account_id=school.instructor_id, role=Role.INSTRUCTOR
        )
        classes.add_to_class(
            session, class_id=class_id, account_id=school.student_id, role=Role.STUDENT
        )
        session.get_one(Account, school.student_id).password_hash = ""
    page = page_of(browser_of, "instructor")
    assert "Publish the changes of Test bank" in page
    assert "1 new, 0 changed, 0 retired" in page
    assert "Hand out welcome links in MI one" in page
    assert "1 student has no password yet" in page


def test_an_administrator_sees_waiting_accounts_and_work_that_is_not_done(
    school: School, browser_of: Pages
):
    page = page_of(browser_of, "administrator")
    assert "11 people can sign in" in page
    assert "No background job waits" in page
    long_ago = utcnow() - timedelta(days=8)
    with transaction() as session:
        accounts.invite_account(
            session,
            organisation_id=school.organisation_id,
            username="newcomer",
            display_name="New",
            roles=[Role.STUDENT],
            language="en",
            invited_by=school.accounts[Role.ADMINISTRATOR],
            now=long_ago,
        )
        jobs.enqueue(session, "nobody-does-this", {}, now=long_ago)
    page = page_of(browser_of, "administrator")
    assert "1 account waits for a password" in page
    assert "1 link has run out" in page
    assert "1 background job has waited for more than two minutes" in page
    with reading() as session:
        later = home.read_administrator_home(session, now=utcnow())
    assert (later.n_queued, later.n_stuck, later.n_failed) == (1, 1, 0)


def test_two_roles_see_two_parts_and_none_a_word_what_to_do(school: School, browser_of: Pages):
    with transaction() as session:
        session.add(
            Membership(
                account_id=school.student_id,
                organisation_id=school.organisation_id,
                role=Role.REGISTRAR.value,
            )
        )
        session.query(Membership).filter_by(account_id=school.second_student_id).delete()
    page = page_of(browser_of, "student")
    assert "Start practising" in page
    assert 'id="as-registrar"' in page
    assert "Your account has no role yet" in page_of(browser_of, "student2")
