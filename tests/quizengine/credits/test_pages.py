"""The pages of credits: what a student and the registry see and can do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from quizengine.accounts import service as accounts
from quizengine.database import transaction
from quizengine.permissions import Role

from ..conftest import NOW, PASSWORD, Browser, School
from .made import answer_all, check, claim, prepare, sit_in_room

Browsers = Callable[[str], Browser]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The use cases are tested on both kinds of database; pages are the same on both."""
    return sqlite_url


@pytest.fixture
def ready(school: School) -> School:
    prepare(school)
    with transaction() as session:
        accounts.create_account_with_hash(
            session,
            organisation_id=school.organisation_id,
            username="registrar2",
            display_name="Second Registrar",
            password_hash=accounts.hash_password(PASSWORD),
            roles=[Role.REGISTRAR],
            now=NOW,
        )
    return school


def page(browser: Browser, path: str, status: int = 200) -> str:
    response = browser.get(path)
    text = response.get_data(as_text=True)
    assert response.status_code == status, text[-2000:]
    return re.sub(r"\s+", " ", text)


def test_from_the_list_of_exams_to_a_claim_and_back(ready: School, browser_of: Browsers) -> None:
    sitting_id = sit_in_room(ready)
    student = browser_of("student")
    assert "Worth 2 credits in PRO1." in page(student, "/credits")
    draft = page(student, f"/credits/sittings/{sitting_id}/both")
    assert "Claim 2 credits" in draft
    assert "Draft of an equivalence report" in draft
    response = student.post(f"/credits/sittings/{sitting_id}/both", {})
    assert response.status_code == 303
    own = page(student, response.headers["Location"])
    assert "You ask for 2 credits in PRO1" in own
    assert "Waits for the first check" in own
    assert "Your claims" in page(student, "/credits")
    assert student.post(f"{response.headers['Location']}/withdraw", {}).status_code == 303
    assert "Withdrawn" in page(student, response.headers["Location"])


def test_what_speaks_against_a_claim_is_said(ready: School, browser_of: Browsers) -> None:
    sitting_id = sit_in_room(ready, right=False)
    student = browser_of("student")
    assert "A1 lies below the standard: the chance of being above it is" in page(
        student, "/credits"
    )
    draft = page(student, f"/credits/sittings/{sitting_id}/both")
    assert "This cannot support credit:" in draft
    assert "Claim 2 credits" not in draft
    assert student.post(f"/credits/sittings/{sitting_id}/both", {}).status_code == 409


def test_an_open_room_tells_nothing(ready: School, browser_of: Browsers) -> None:
    sitting_id = sit_in_room(ready, close=False)
    student = browser_of("student")
    listed = page(student, "/credits")
    assert "The exam room is still open." in listed
    assert "/credits/sittings" not in listed
    page(student, f"/credits/sittings/{sitting_id}/both", 409)


def test_practice_is_named_in_one_line(ready: School, browser_of: Browsers) -> None:
    from quizengine.exams.service import sit

    with transaction() as session:
        sitting_id = sit.start_sitting(
            session,
            exam_id=ready.exam_id,
            student_id=ready.student_id,
            organisation_id=ready.organisation_id,
            now=NOW,
        )
    answer_all(sitting_id, ready.student_id, right=True, now=NOW)
    listed = page(browser_of("student"), "/credits")
    assert "1 practice sitting cannot support credit." in listed
    assert "You have no invigilated exam yet." in listed


def test_two_registrars_sign_and_the_student_sees_the_credit(
    ready: School, browser_of: Browsers
) -> None:
    claim_id = claim(ready)
    one, two, student = map(browser_of, ("registrar", "registrar2", "student"))
    assert "Student asks for 2 credits in PRO1" in page(one, f"/credits/queue/{claim_id}")
    assert "Lab work signed off" in page(one, f"/credits/queue/{claim_id}")
    unseen = one.post(f"/credits/queue/{claim_id}/check", {})
    assert unseen.status_code == 422
    assert "Tick every condition" in unseen.get_data(as_text=True)
    assert one.post(f"/credits/queue/{claim_id}/check", {"condition": "lab"}).status_code == 303
    own = page(one, f"/credits/queue/{claim_id}")
    assert "You have checked this claim." in own
    assert "Approve 2 credits" not in own
    assert one.post(f"/credits/queue/{claim_id}/confirm", {}).status_code == 403
    assert "Approve 2 credits" in page(two, f"/credits/queue/{claim_id}")
    assert two.post(f"/credits/queue/{claim_id}/confirm", {}).status_code == 303
    assert two.post(f"/credits/queue/{claim_id}/confirm", {}).status_code == 409
    assert "2 credits recognised in PRO1" in page(student, f"/credits/claims/{claim_id}")
    listed = page(student, "/credits/transcript")
    assert "Course PRO1" in listed
    assert "Pass" in listed


def test_the_first_page_counts_what_waits_for_this_registrar(
    ready: School, browser_of: Browsers
) -> None:
    first, second = browser_of("registrar"), browser_of("registrar2")
    assert "No report waits for you." in page(first, "/")
    sit_in_room(ready)
    claim_id = claim(ready)
    assert "1 claim waits for its first check" in page(first, "/")
    check(ready, claim_id, ready.accounts[Role.REGISTRAR])
    assert "No report waits for you." in page(first, "/"), "one's own check waits for another"
    assert "1 claim waits for your second signature" in page(second, "/")


def test_a_refusal_keeps_what_was_typed_and_reaches_the_student(
    ready: School, browser_of: Browsers
) -> None:
    claim_id = claim(ready)
    registrar = browser_of("registrar")
    path = f"/credits/queue/{claim_id}/refuse"
    empty = registrar.post(path, {"reason": " "})
    assert empty.status_code == 422
    assert "Give the reason" in empty.get_data(as_text=True)
    long = registrar.post(path, {"reason": "why " * 600})
    assert long.status_code == 422
    assert "why why" in long.get_data(as_text=True)
    assert registrar.post(path, {"reason": "No <lab> record"}).status_code == 303
    student = browser_of("student")
    assert "No &lt;lab&gt; record" in page(student, f"/credits/claims/{claim_id}")
    assert "Reason: No &lt;lab&gt; record" in page(student, "/credits")


def test_a_report_is_computed_again_at_a_click(ready: School, browser_of: Browsers) -> None:
    claim_id = claim(ready)
    for browser, path in (
        (browser_of("student"), f"/credits/claims/{claim_id}"),
        (browser_of("registrar"), f"/credits/queue/{claim_id}"),
    ):
        assert "digit for digit" not in page(browser, path)
        again = page(browser, path + "?recompute=1")
        assert "figures are the same, digit for digit" in again
        assert "levels.A1.theta" in again


def test_nobody_else_sees_a_claim(ready: School, browser_of: Browsers) -> None:
    claim_id = claim(ready)
    for name, path, status in (
        ("student2", f"/credits/claims/{claim_id}", 404),
        ("away-student", f"/credits/claims/{claim_id}", 404),
        ("away-registrar", f"/credits/queue/{claim_id}", 404),
        ("instructor", f"/credits/queue/{claim_id}", 403),
        ("student", f"/credits/queue/{claim_id}", 403),
        ("administrator", f"/credits/claims/{claim_id}", 403),
    ):
        page(browser_of(name), path, status)


def test_the_queue_takes_any_filter(ready: School, browser_of: Browsers) -> None:
    claim_id = claim(ready)
    registrar = browser_of("registrar")
    assert "1 claim waits" in page(registrar, "/credits/queue")
    for query in ("state=nonsense", "older=x&page=-3", "page=99999999999", "q=%00%25", "bank=%FF"):
        page(registrar, f"/credits/queue?{query}")
    assert "No claim fits these filters." in page(registrar, "/credits/queue?state=approved")
    check(ready, claim_id, ready.accounts[Role.REGISTRAR])
    assert "Waits for the second signature" in page(registrar, "/credits/queue?state=checked")


def test_empty_pages_say_what_will_appear(school: School, browser_of: Browsers) -> None:
    student = browser_of("student")
    assert "Your school has not loaded any credit rules yet." in page(student, "/credits")
    assert "No credit has been recognised yet." in page(student, "/credits/transcript")
    assert "No student has claimed credit yet." in page(browser_of("registrar"), "/credits/queue")


@pytest.mark.parametrize("path", ["/credits", "/credits/transcript"])
def test_the_pages_speak_chinese(ready: School, browser_of: Browsers, path: str) -> None:
    claim(ready)
    student = browser_of("student")
    student.post("/language", {"lang": "zh"})
    assert "学分" in page(student, path)
