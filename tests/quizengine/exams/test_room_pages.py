"""The pages of a room, from opening it to the report."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from quizengine.database import reading
from quizengine.exams.tables import Room, RoomEntry, Sitting

from ..conftest import Browser, School

HTMX = {"HX-Request": "true"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages are the same over both databases; what rooms do is tested on each elsewhere."""
    return sqlite_url


@pytest.fixture
def instructor(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("instructor")


@pytest.fixture
def student(browser_of: Callable[[str], Browser]) -> Browser:
    return browser_of("student")


@pytest.fixture
def room(instructor: Browser, school: School) -> tuple[str, str]:
    """The address and the code of an open room."""
    sent = {
        "title": "Midterm <b>",
        "offer": f"{school.bank_id}:UNI",
        "minutes": "40",
        "n_questions": "20",
    }
    response = instructor.post("/rooms/new", sent)
    assert response.status_code == 303
    with reading() as session:
        code = session.scalars(select(Room.code)).one()
    return response.headers["Location"], code


def text_of(browser: Browser, path: str, status: int = 200, **options: object) -> str:
    response = browser.get(path, **options)
    assert response.status_code == status, path
    return response.get_data(as_text=True)


def go_in(browser: Browser, code: str) -> str:
    """Enter a room; the address of the place in it."""
    response = browser.post("/rooms/enter", {"code": code})
    assert response.status_code == 303, response.get_data(as_text=True)
    return response.headers["Location"]


def sit_down(instructor: Browser, student: Browser, room: tuple[str, str]) -> str:
    """Enter and start; the address of the sitting."""
    path, code = room
    seat = go_in(student, code)
    assert instructor.post(f"{path}/start").status_code == 303
    response = student.get(seat)
    assert response.status_code == 303
    return response.headers["Location"]


def answer(browser: Browser, sitting: str, position: int) -> int:
    sent = {"position": position, "choice": "a", "retry_key": f"a-key-{position:03d}"}
    return browser.post(f"{sitting}/answers", sent).status_code


def test_a_room_shows_its_code_until_it_starts(
    instructor: Browser, student: Browser, room: tuple[str, str]
) -> None:
    path, code = room
    page = text_of(instructor, path)
    assert f'<p class="room-code">{code}</p>' in page
    assert "Midterm &lt;b&gt;" in page
    assert "Nobody has entered yet." in page
    go_in(student, code)
    live = text_of(instructor, f"{path}?state=waiting", headers=HTMX)
    assert live.lstrip().startswith("<section")
    assert ">Student</a>" in live
    instructor.post(f"{path}/start")
    response = instructor.get(f"{path}?state=waiting", headers=HTMX)
    assert response.headers["HX-Refresh"] == "true"
    assert "question 1" in text_of(instructor, path)
    assert "Midterm" in text_of(instructor, "/rooms")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": ""}, "Give the room a title."),
        ({"minutes": "19"}, "The time limit is between 20 and 180 minutes."),
        ({"n_questions": "999999999999"}, "An exam has 20 to 60 questions."),
        ({"n_questions": "many"}, "Not a valid integer value."),
        ({"offer": "1:none"}, "Choose an item bank."),
        ({"offer": ""}, "Choose an item bank."),
        ({"class_id": "77"}, "Choose a class from the list, or none."),
    ],
)
def test_a_wrong_field_of_a_new_room_says_what_to_do(
    instructor: Browser, school: School, changes: dict[str, str], told: str
) -> None:
    sent: dict[str, object] = {
        "title": "Kept", "offer": f"{school.bank_id}:UNI", "minutes": "40", "n_questions": "20"
    }  # fmt: skip
    response = instructor.post("/rooms/new", sent | changes)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert told in page
    assert 'value="Kept"' in page or "title" in changes


def test_a_student_reads_the_rules_with_the_own_time_before_entering(
    instructor: Browser, student: Browser, room: tuple[str, str], school: School
) -> None:
    path, code = room
    assert "No open room has this code." in text_of(student, "/rooms/enter?code=NOCODE", 422)
    assert "40 minutes" in text_of(student, f"/rooms/enter?code={code.lower()}")
    seat = go_in(student, code)
    extra = f"{path}/students/{school.student_id}/extra-time"
    assert instructor.post(extra, {"minutes": "20"}).status_code == 303
    for page in (f"/rooms/enter?code={code}", seat):
        assert "60 minutes (extended from 40)" in text_of(student, page)
    assert instructor.post(extra, {"minutes": "241"}).status_code == 422


def test_waiting_ends_by_itself_when_the_room_starts(
    instructor: Browser, student: Browser, room: tuple[str, str]
) -> None:
    path, code = room
    seat = go_in(student, code)
    fragment = text_of(student, f"{seat}?state=waiting", headers=HTMX)
    assert "You are in." in fragment
    assert "<html" not in fragment
    instructor.post(f"{path}/start")
    response = student.get(f"{seat}?state=waiting", headers=HTMX)
    assert re.fullmatch(r"/sittings/\d+", response.headers["HX-Redirect"])


def test_a_question_of_a_room_has_a_clock_and_no_way_out(
    instructor: Browser, student: Browser, room: tuple[str, str]
) -> None:
    sitting = sit_down(instructor, student, room)
    page = text_of(student, sitting)
    assert "data-clock=" in page
    for absent in ("Pause", "Stop here", "How precisely we know your level"):
        assert absent not in page
    assert answer(student, sitting, 1) == 303
    assert 'name="position" value="2"' in text_of(student, sitting)
    assert "only after its end" in text_of(student, f"{sitting}/answers/1", 403)
    assert student.post(f"{sitting}/end").status_code == 403
    assert student.get(f"{sitting}/report").status_code == 303


def test_only_one_browser_answers_until_it_is_released(
    app: Flask,
    instructor: Browser,
    student: Browser,
    room: tuple[str, str],
    school: School,
) -> None:
    path, code = room
    sitting = sit_down(instructor, student, room)
    second = Browser(app.test_client()).sign_in("student")
    assert "another browser" in text_of(second, sitting, 409)
    assert answer(second, sitting, 1) == 409
    assert second.post("/rooms/enter", {"code": code}).status_code == 409
    assert "another browser" in text_of(second, "/rooms/1/seat")
    assert answer(student, sitting, 1) == 303

    managed = f"{path}/students/{school.student_id}"
    assert "A second browser tried to answer" in text_of(instructor, managed)
    assert instructor.post(f"{managed}/release").status_code == 303
    assert answer(student, sitting, 2) == 409
    assert student.get(sitting).headers["Location"] == "/rooms/1/seat"
    assert "enter the code of the room again" in text_of(student, "/rooms/1/seat")
    go_in(second, code)
    assert answer(second, sitting, 2) == 303
    assert answer(student, sitting, 3) == 409
    with reading() as session:
        kinds = [e["kind"] for e in session.scalars(select(RoomEntry.irregularities)).one()]
        assert session.scalars(select(Sitting.n_answered)).one() == 2
    assert kinds[:2] == ["other-browser", "released"]


def test_signing_in_again_counts_as_another_browser(
    instructor: Browser, student: Browser, room: tuple[str, str]
) -> None:
    sitting = sit_down(instructor, student, room)
    student.post("/sign-out")
    student.sign_in("student")
    assert student.get(sitting).status_code == 409
    assert answer(student, sitting, 1) == 409


def test_the_report_comes_when_the_room_is_closed_and_shows_no_question(
    instructor: Browser, student: Browser, room: tuple[str, str]
) -> None:
    path, _code = room
    sitting = sit_down(instructor, student, room)
    for position in range(1, 21):
        assert answer(student, sitting, position) == 303
    assert student.get(f"{sitting}/report").headers["Location"] == "/rooms/1/seat"
    assert "Your answers are stored." in text_of(student, "/rooms/1/seat")
    assert "No report yet." in text_of(student, "/reports")
    assert "Your last report" not in text_of(student, "/")
    assert "Nobody is answering any more." in text_of(instructor, f"{path}/close")
    assert instructor.post(f"{path}/close").status_code == 303
    assert instructor.get(f"{path}/close").status_code == 303

    assert f"{sitting}/report" in text_of(student, "/rooms/1/seat")
    report = text_of(student, f"{sitting}/report")
    assert "Invigilated exam" in report
    assert "Every question again" not in report
    assert "Option a of" not in report
    assert "asked again" in text_of(student, f"{sitting}/answers/1", 403)
    assert "Midterm" in text_of(student, "/reports")
    assert "Your last report" in text_of(student, "/")


def test_a_room_closed_before_the_first_answer_has_a_report_that_says_so(
    instructor: Browser, student: Browser, room: tuple[str, str]
) -> None:
    path, _code = room
    sitting = sit_down(instructor, student, room)
    assert "1 student is still answering" in text_of(instructor, f"{path}/close")
    instructor.post(f"{path}/close")
    assert "The invigilator closed the room" in text_of(student, f"{sitting}/report")
    assert "room closed" in text_of(student, "/reports")


def test_a_student_of_another_school_finds_no_room(
    browser_of: Callable[[str], Browser], student: Browser, room: tuple[str, str]
) -> None:
    _path, code = room
    go_in(student, code)
    stranger = browser_of("away-student")
    assert stranger.get("/rooms/1/seat").status_code == 404
    assert stranger.get(f"/rooms/enter?code={code}").status_code == 422
    assert browser_of("student2").get("/rooms/1/seat").status_code == 404


def test_a_note_is_kept_and_an_empty_one_refused(
    instructor: Browser, student: Browser, room: tuple[str, str], school: School
) -> None:
    path, code = room
    go_in(student, code)
    notes = f"{path}/students/{school.student_id}/notes"
    assert instructor.post(notes, {"note": ""}).status_code == 422
    assert instructor.post(notes, {"note": "x" * 501}).status_code == 422
    assert instructor.post(notes, {"note": "Left the room <twice>."}).status_code == 303
    assert "Left the room &lt;twice&gt;." in text_of(instructor, notes.removesuffix("/notes"))
