"""Rooms: entered with a code, one browser at a time, over when the server's clock says so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from quizengine import audit
from quizengine.accounts import service as accounts
from quizengine.audit import AuditEvent
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, InvalidInput, NotFound, NotPermitted
from quizengine.exams.rules import Rules
from quizengine.exams.service import answer as answering
from quizengine.exams.service import offer, review, room_lists, rooms, sit
from quizengine.exams.service.room_lists import RoomStatus, RoomStudent
from quizengine.exams.service.rooms import CODE_LETTERS, Entrance, Plan
from quizengine.exams.tables import Answer, Exam, Room, RoomEntry, Sitting
from quizengine.insights import service as insights
from quizengine.permissions import Role

from ..conftest import NOW, School

MINUTE = timedelta(minutes=1)
START = NOW + 10 * MINUTE
MINUTES = 40
MILLISECOND = timedelta(milliseconds=1)


def open_room(school: School, **changes: Any) -> tuple[int, str]:
    """A room's id and code."""
    plan: dict[str, Any] = {
        "bank_id": school.bank_id,
        "profile": "UNI",
        "title": "Midterm",
        "minutes": MINUTES,
        "n_questions": 20,
    }
    with transaction() as session:
        room_id = rooms.open_room(
            session,
            plan=Plan(**(plan | changes)),
            organisation_id=school.organisation_id,
            account_id=school.instructor_id,
            now=NOW,
        )
        return room_id, session.get_one(Room, room_id).code


def enter(
    school: School, code: str, *, student: int = 0, browser: str = "first", now: datetime = NOW
) -> Entrance:
    with transaction() as session:
        return rooms.enter_room(
            session,
            code=code,
            student_id=student or school.student_id,
            organisation_id=school.organisation_id,
            browser_token=browser,
            now=now,
        )


def command(
    school: School, function: Callable[..., None], room_id: int, now: datetime, **said: Any
) -> None:
    """What the instructor does to a room."""
    with transaction() as session:
        function(
            session,
            room_id=room_id,
            organisation_id=school.organisation_id,
            account_id=school.instructor_id,
            now=now,
            **said,
        )


def give(school: School, room_id: int, minutes: int, now: datetime = START) -> None:
    student = school.student_id
    command(school, rooms.set_extra_time, room_id, now, student_id=student, minutes=minutes)


def seated(school: School, **changes: Any) -> tuple[int, int]:
    """A started room with one student in it; room and sitting."""
    room_id, code = open_room(school, **changes)
    enter(school, code)
    command(school, rooms.start_room, room_id, START)
    return room_id, sitting_of(room_id, school.student_id)


def sitting_of(room_id: int, student_id: int) -> int:
    with reading() as session:
        entry = session.get_one(RoomEntry, (room_id, student_id))
    assert entry.sitting_id is not None
    return entry.sitting_id


def get_sitting(sitting_id: int) -> Sitting:
    with reading() as session:
        return session.get_one(Sitting, sitting_id)


def answer(
    school: School, sitting_id: int, position: int, now: datetime, *, student: int = 0
) -> answering.Receipt:
    with reading() as session:
        turn = answering.read_turn(
            session, sitting_id=sitting_id, student_id=student or school.student_id
        )
    weighed = answering.weigh_answer(
        turn,
        position=position,
        values={"choice": ["a"]},
        retry_key=f"answer-{position}",
        shown_at=None,
        now=now,
    )
    with transaction() as session:
        return answering.record_answer(session, answer=weighed)


def status(school: School, room_id: int, now: datetime = START) -> RoomStatus:
    with reading() as session:
        return room_lists.room_status(
            session, room_id=room_id, organisation_id=school.organisation_id, now=now
        )


def student_in(school: School, room_id: int, now: datetime = START) -> RoomStudent:
    return next(s for s in status(school, room_id, now).students if s.id == school.student_id)


def events(room_id: int) -> list[tuple[str, int | None]]:
    """(action, whom it is about) of everything the log tells of a room."""
    query = select(AuditEvent.action, AuditEvent.person_id).where(
        AuditEvent.subject == "room", AuditEvent.subject_id == room_id
    )
    with reading() as session:
        assert audit.find_broken_link(session) is None
        return [(action, person) for action, person in session.execute(query)]


def at_once(*deeds: Callable[[], object]) -> list[BaseException | object]:
    """Do all deeds in threads that start together; what each returned or raised."""
    gate = threading.Barrier(len(deeds))
    outcomes: list[BaseException | object] = [None] * len(deeds)

    def run(number: int, deed: Callable[[], object]) -> None:
        gate.wait()
        try:
            outcomes[number] = deed()
        except Exception as problem:
            outcomes[number] = problem

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


# Opening


def test_a_room_has_an_exam_of_its_own_that_nobody_can_practise(school: School) -> None:
    room_id, _ = open_room(school, minutes=50, n_questions=30)
    with reading() as session:
        exam = session.get_one(Exam, session.get_one(Room, room_id).exam_id)
        offered = offer.list_exams(
            session, organisation_id=school.organisation_id, student_id=school.student_id
        )
    rules = Rules.from_json(exam.rules)
    assert exam.mode == "invigilated"
    assert not rules.feedback
    assert (rules.min_items, rules.max_items, rules.time_limit_minutes) == (30, 30, 50)
    assert [each.id for each in offered] == [school.exam_id]
    with pytest.raises(NotFound), transaction() as session:
        sit.start_sitting(
            session,
            exam_id=exam.id,
            student_id=school.student_id,
            organisation_id=school.organisation_id,
            now=NOW,
        )


def test_a_room_may_end_earlier_for_whom_it_knows_precisely(school: School) -> None:
    room_id, _ = open_room(school, stops_when_precise=True, n_questions=30)
    rules = status(school, room_id).rules
    assert rules.min_items < rules.max_items == 30


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"minutes": 19}, "room-minutes-wrong"),
        ({"minutes": 181}, "room-minutes-wrong"),
        ({"n_questions": 19}, "room-questions-wrong"),
        ({"n_questions": 61}, "room-questions-wrong"),
        ({"title": "  "}, "room-title-missing"),
        ({"profile": "none"}, "profile-unknown"),
    ],
)
def test_a_room_that_cannot_be_held_is_refused(
    school: School, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        open_room(school, **changes)
    assert refusal.value.code == code


def test_a_bank_or_class_of_another_school_is_not_found(school: School) -> None:
    with transaction() as session:
        away = accounts.create_class(
            session,
            organisation_id=school.other_organisation_id,
            code="A1",
            name="Away class",
            now=NOW,
        )
    with pytest.raises(NotFound):
        open_room(school, class_id=away)
    with pytest.raises(NotFound), transaction() as session:
        rooms.open_room(
            session,
            plan=Plan(school.bank_id, "UNI", "Theirs", 40, 20),
            organisation_id=school.other_organisation_id,
            account_id=school.others[Role.INSTRUCTOR],
            now=NOW,
        )


def test_a_code_has_six_letters_that_nobody_mistakes(school: School) -> None:
    codes = {open_room(school)[1] for _ in range(5)}
    assert len(codes) == 5
    for code in codes:
        assert len(code) == 6
        assert set(code) <= set(CODE_LETTERS)
    assert not set(CODE_LETTERS) & set("0O1IL2Z5S8B")


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_none(typed: str) -> None:
    code = rooms.plain_code(typed)
    assert len(code) <= 20
    assert code.isalnum() or not code
    assert "\0" not in code


# Entering


def test_spaces_hyphens_and_small_letters_in_a_code_do_not_matter(school: School) -> None:
    room_id, code = open_room(school)
    typed = f" {code[:3].lower()}-{code[3:]} "
    assert enter(school, typed).room_id == room_id


def test_entering_twice_is_harmless(school: School) -> None:
    room_id, code = open_room(school)
    assert enter(school, code) == enter(school, code) == Entrance(room_id, is_own_browser=True)
    command(school, rooms.start_room, room_id, START)
    sitting_id = sitting_of(room_id, school.student_id)
    assert enter(school, code, now=START + MINUTE).is_own_browser
    assert sitting_of(room_id, school.student_id) == sitting_id
    assert student_in(school, room_id).irregularities == ()


def test_two_students_with_one_code_have_two_sittings(school: School) -> None:
    room_id, code = open_room(school)
    enter(school, code)
    enter(school, code, student=school.second_student_id, browser="other")
    command(school, rooms.start_room, room_id, START)
    found = [sitting_of(room_id, s) for s in (school.student_id, school.second_student_id)]
    assert len(set(found)) == 2
    assert {get_sitting(each).room_id for each in found} == {room_id}


def test_the_exam_begins_for_those_who_entered_when_the_room_starts(school: School) -> None:
    room_id, code = open_room(school)
    enter(school, code)
    assert student_in(school, room_id, NOW).state == "waiting"
    command(school, rooms.start_room, room_id, START)
    sitting = get_sitting(sitting_of(room_id, school.student_id))
    assert sitting.started_at == START
    assert sitting.closes_at == START + MINUTES * MINUTE
    assert student_in(school, room_id).position == 1


def test_who_comes_late_has_what_is_left_of_the_time(school: School) -> None:
    room_id, code = open_room(school)
    command(school, rooms.start_room, room_id, START)
    late = START + 15 * MINUTE
    enter(school, code, now=late)
    sitting = get_sitting(sitting_of(room_id, school.student_id))
    assert sitting.started_at == late
    assert sitting.closes_at == START + MINUTES * MINUTE


def test_nobody_enters_when_the_time_is_over_or_the_room_closed(school: School) -> None:
    room_id, code = open_room(school)
    command(school, rooms.start_room, room_id, START)
    with pytest.raises(Conflict) as refusal:
        enter(school, code, now=START + MINUTES * MINUTE)
    assert refusal.value.code == "room-time-over"
    command(school, rooms.close_room, room_id, START + MINUTE)
    with pytest.raises(Conflict) as refusal:
        enter(school, code, now=START + 2 * MINUTE)
    assert refusal.value.code == "room-closed"
    with reading() as session:
        assert session.get(RoomEntry, (room_id, school.student_id)) is None


def test_a_wrong_code_and_one_of_another_school_read_the_same(school: School) -> None:
    _, code = open_room(school)
    for typed, organisation in (("AAAAAA", school.organisation_id), ("", school.organisation_id)):
        if typed == code:
            continue
        with pytest.raises(InvalidInput) as refusal, transaction() as session:
            rooms.enter_room(
                session,
                code=typed,
                student_id=school.student_id,
                organisation_id=organisation,
                browser_token="t",
                now=NOW,
            )
        assert refusal.value.code == "room-code-wrong"
    with pytest.raises(InvalidInput) as refusal, transaction() as session:
        rooms.enter_room(
            session,
            code=code,
            student_id=school.others[Role.STUDENT],
            organisation_id=school.other_organisation_id,
            browser_token="t",
            now=NOW,
        )
    assert refusal.value.code == "room-code-wrong"


def test_a_room_of_a_class_lets_its_students_in_and_shows_who_is_missing(school: School) -> None:
    with transaction() as session:
        class_id = accounts.create_class(
            session, organisation_id=school.organisation_id, code="R1", name="First", now=NOW
        )
        accounts.add_to_class(
            session, class_id=class_id, account_id=school.student_id, role=Role.STUDENT
        )
    room_id, code = open_room(school, class_id=class_id)
    with pytest.raises(NotPermitted) as refusal:
        enter(school, code, student=school.second_student_id)
    assert refusal.value.code == "room-other-class"
    assert student_in(school, room_id).state == "absent"
    give(school, room_id, 10, NOW)  # before the student has come
    assert student_in(school, room_id).extra_minutes == 10
    enter(school, code)
    command(school, rooms.start_room, room_id, START)
    closes_at = get_sitting(sitting_of(room_id, school.student_id)).closes_at
    assert closes_at == START + (MINUTES + 10) * MINUTE


# One browser


def test_another_browser_is_refused_and_noted_until_the_first_is_released(school: School) -> None:
    room_id, code = open_room(school)
    enter(school, code, browser="first")
    assert not enter(school, code, browser="second").is_own_browser
    assert browser(school, room_id, "first") == "own"
    assert browser(school, room_id, "second") == "other"
    assert [e.kind for e in student_in(school, room_id).irregularities] == ["other-browser"]

    command(school, rooms.release_browser, room_id, START, student_id=school.student_id)
    assert browser(school, room_id, "first") == "released"
    assert enter(school, code, browser="second").is_own_browser
    assert browser(school, room_id, "first") == "other"
    kinds = [e.kind for e in student_in(school, room_id).irregularities]
    assert kinds == ["other-browser", "released"]


def browser(school: School, room_id: int, token: str) -> str:
    with reading() as session:
        return rooms.browser_state(
            session, room_id=room_id, student_id=school.student_id, browser_token=token
        )


def test_a_page_that_keeps_asking_is_one_try_a_minute(school: School) -> None:
    room_id, code = open_room(school)
    enter(school, code)
    for seconds in (0, 20, 59, 60, 90):
        enter(school, code, browser="second", now=NOW + timedelta(seconds=seconds))
    assert len(student_in(school, room_id).irregularities) == 2
    assert [action for action, _ in events(room_id)].count("irregularity-noted") == 2


def test_of_two_browsers_that_enter_at_once_one_gets_the_place(school: School) -> None:
    room_id, code = open_room(school)
    tokens = [f"browser-{n}" for n in range(6)]
    outcomes = at_once(*[lambda t=t: enter(school, code, browser=t) for t in tokens])
    assert all(isinstance(outcome, Entrance) for outcome in outcomes), outcomes
    got_in = [isinstance(o, Entrance) and o.is_own_browser for o in outcomes]
    assert got_in.count(True) == 1
    assert browser(school, room_id, tokens[got_in.index(True)]) == "own"


# Time


def test_extra_time_moves_the_closing_time_of_a_running_sitting(school: School) -> None:
    room_id, sitting_id = seated(school)
    give(school, room_id, 20, START + 30 * MINUTE)
    assert get_sitting(sitting_id).closes_at == START + 60 * MINUTE
    give(school, room_id, 5, START + 31 * MINUTE)
    assert get_sitting(sitting_id).closes_at == START + 45 * MINUTE
    with reading() as session:
        told = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "extra-time-set").order_by(AuditEvent.id)
        ).all()
    assert [(e.before, e.after) for e in told] == [
        ({"extra_minutes": 0}, {"extra_minutes": 20}),
        ({"extra_minutes": 20}, {"extra_minutes": 5}),
    ]
    assert {(e.person_id, e.account_id) for e in told} == {
        (school.student_id, school.instructor_id)
    }


@pytest.mark.parametrize("extra", [0, 20])
@pytest.mark.parametrize(("late", "taken"), [(-1, True), (0, False), (1, False)])
def test_an_answer_counts_up_to_the_last_millisecond(
    school: School, extra: int, late: int, taken: bool
) -> None:
    room_id, sitting_id = seated(school)
    give(school, room_id, extra)
    moment = START + (MINUTES + extra) * MINUTE + late * MILLISECOND
    if taken:
        assert answer(school, sitting_id, 1, moment).position == 1
        return
    with pytest.raises(Conflict) as refusal:
        answer(school, sitting_id, 1, moment)
    assert refusal.value.code == "time-over"
    assert get_sitting(sitting_id).n_answered == 0


def test_extra_time_cannot_end_the_past_nor_revive_what_is_over(school: School) -> None:
    room_id, sitting_id = seated(school)
    give(school, room_id, 20)
    with pytest.raises(InvalidInput) as wrong:
        give(school, room_id, 5, START + 45 * MINUTE)
    assert wrong.value.code == "extra-minutes-past"
    with pytest.raises(Conflict) as over:
        give(school, room_id, 60, START + 60 * MINUTE)
    assert over.value.code == "room-sitting-over"
    for minutes in (-1, 241):
        with pytest.raises(InvalidInput):
            give(school, room_id, minutes)
    assert get_sitting(sitting_id).closes_at == START + 60 * MINUTE


# Starting and closing


def test_starting_twice_at_once_starts_once(school: School) -> None:
    room_id, code = open_room(school)
    enter(school, code)
    starts = [lambda n=n: command(school, rooms.start_room, room_id, START + n * MINUTE)
              for n in range(5)]  # fmt: skip
    assert at_once(*starts) == [None] * 5
    with reading() as session:
        held = session.scalar(
            select(func.count()).select_from(Sitting).where(Sitting.room_id == room_id)
        )
    assert held == 1
    assert [action for action, _ in events(room_id)].count("room-started") == 1


def test_who_enters_while_the_room_starts_has_exactly_one_sitting(school: School) -> None:
    room_id, code = open_room(school)
    assert not [
        o
        for o in at_once(
            lambda: enter(school, code, now=START),
            lambda: command(school, rooms.start_room, room_id, START),
            lambda: enter(school, code, student=school.second_student_id, now=START),
        )
        if isinstance(o, Exception)
    ]
    found = [sitting_of(room_id, s) for s in (school.student_id, school.second_student_id)]
    assert len(set(found)) == 2


def test_closing_ends_open_sittings_and_keeps_what_was_answered(school: School) -> None:
    room_id, sitting_id = seated(school)
    answer(school, sitting_id, 1, START + MINUTE)
    command(school, rooms.close_room, room_id, START + 2 * MINUTE)
    sitting = get_sitting(sitting_id)
    assert (sitting.stop_reason, sitting.finished_at) == ("closed", START + 2 * MINUTE)
    assert sitting.n_answered == 1
    with pytest.raises(Conflict) as refusal:
        answer(school, sitting_id, 2, START + 3 * MINUTE)
    assert refusal.value.code == "sitting-closed"
    command(school, rooms.close_room, room_id, START + 9 * MINUTE)
    assert [action for action, _ in events(room_id)].count("room-closed") == 1


def test_who_ran_out_of_time_before_the_closing_ended_by_time(school: School) -> None:
    room_id, sitting_id = seated(school)
    assert student_in(school, room_id, START + 41 * MINUTE).state == "finished"
    assert status(school, room_id, START + 41 * MINUTE).is_over
    command(school, rooms.close_room, room_id, START + 50 * MINUTE)
    sitting = get_sitting(sitting_id)
    assert (sitting.stop_reason, sitting.finished_at) == ("time", START + 40 * MINUTE)


def test_an_answer_acknowledged_before_the_closing_is_kept(school: School) -> None:
    room_id, sitting_id = seated(school)
    acknowledged: list[int] = []

    def answer_on() -> None:
        for position in range(1, 21):
            moment = START + position * timedelta(seconds=1)
            try:
                acknowledged.append(answer(school, sitting_id, position, moment).position)
            except Conflict as refusal:
                assert refusal.code == "sitting-closed"
                return

    def close() -> None:
        while len(acknowledged) < 3:
            pass
        command(school, rooms.close_room, room_id, START + timedelta(seconds=4))

    outcomes = at_once(answer_on, close)
    assert outcomes == [None, None]
    with reading() as session:
        stored = session.scalars(
            select(Answer.position).where(Answer.sitting_id == sitting_id).order_by(Answer.position)
        ).all()
        last = session.scalar(
            select(func.max(Answer.answered_at)).where(Answer.sitting_id == sitting_id)
        )
    assert list(stored) == acknowledged
    sitting = get_sitting(sitting_id)
    assert sitting.n_answered == len(acknowledged)
    assert sitting.finished_at is not None
    assert last is not None
    assert sitting.finished_at >= last


def test_a_closed_room_changes_no_more_but_for_notes(school: School) -> None:
    room_id, _ = seated(school)
    command(school, rooms.close_room, room_id, START + MINUTE)
    who = {"student_id": school.student_id}
    for deed in (
        lambda: command(school, rooms.start_room, room_id, START),
        lambda: give(school, room_id, 10),
        lambda: command(school, rooms.release_browser, room_id, START, **who),
    ):
        with pytest.raises(Conflict) as refusal:
            deed()
        assert refusal.value.code == "room-closed"
    command(school, rooms.note_irregularity, room_id, START, note="Left early.", **who)
    assert student_in(school, room_id).irregularities[-1].note == "Left early."


def test_a_note_says_something_and_not_too_much(school: School) -> None:
    room_id, _ = seated(school)
    for note, code in ((" \0\n", "room-note-missing"), ("x" * 501, "room-note-long")):
        with pytest.raises(InvalidInput) as refusal:
            command(
                school,
                rooms.note_irregularity,
                room_id,
                START,
                student_id=school.student_id,
                note=note,
            )
        assert refusal.value.code == code


def test_every_decision_is_in_the_log(school: School) -> None:
    room_id, code = open_room(school)
    enter(school, code)
    enter(school, code, browser="second")
    who = {"student_id": school.student_id}
    command(school, rooms.release_browser, room_id, NOW, **who)
    give(school, room_id, 10, NOW)
    command(school, rooms.note_irregularity, room_id, NOW, note="Phone on the desk.", **who)
    command(school, rooms.start_room, room_id, START)
    command(school, rooms.close_room, room_id, START + MINUTE)
    student = school.student_id
    assert events(room_id) == [
        ("room-opened", None),
        ("irregularity-noted", student),
        ("browser-released", student),
        ("extra-time-set", student),
        ("irregularity-noted", student),
        ("room-started", None),
        ("room-closed", None),
    ]


def test_another_schools_instructor_finds_no_room(school: School) -> None:
    room_id, _ = seated(school)
    who = {"student_id": school.student_id}
    for function, said in (
        (rooms.start_room, {}),
        (rooms.close_room, {}),
        (rooms.set_extra_time, {**who, "minutes": 10}),
        (rooms.release_browser, who),
        (rooms.note_irregularity, {**who, "note": "x"}),
    ):
        with pytest.raises(NotFound), transaction() as session:
            function(  # type: ignore[operator]
                session,
                room_id=room_id,
                organisation_id=school.other_organisation_id,
                account_id=school.others[Role.INSTRUCTOR],
                now=START,
                **said,
            )
    with pytest.raises(NotFound):
        command(school, rooms.release_browser, room_id, START, student_id=school.second_student_id)


# What the student sees of the result


def test_nothing_is_shown_before_the_room_is_closed_and_no_question_after(school: School) -> None:
    room_id, sitting_id = seated(school)
    answer(school, sitting_id, 1, START + MINUTE)
    keys = {"sitting_id": sitting_id, "student_id": school.student_id}

    def refused(code: str) -> None:
        with reading() as session:
            for look in (
                lambda: review.review_answer(session, position=1, **keys),
                lambda: review.review_answers(session, **keys),
            ):
                with pytest.raises(NotPermitted) as refusal:
                    look()
                assert refusal.value.code == code

    refused("no-feedback-yet")
    with transaction() as session:  # time is over, the room still open
        assert sit.end_if_over(session, sitting_id=sitting_id, now=START + 50 * MINUTE)
    refused("no-feedback-yet")
    with reading() as session:
        assert insights.list_reports(session, student_id=school.student_id) == []
        with pytest.raises(Conflict):
            insights.report_sitting(session, **keys)
    command(school, rooms.close_room, room_id, START + 51 * MINUTE)
    refused("no-review")
    with reading() as session:
        assert len(insights.list_reports(session, student_id=school.student_id)) == 1
        assert insights.report_sitting(session, **keys).n_answered == 1
        assert list(insights.review(session, **keys)) == []


def test_a_sitting_in_a_room_cannot_be_ended_by_the_student(school: School) -> None:
    _, sitting_id = seated(school)
    with pytest.raises(NotPermitted) as refusal, transaction() as session:
        sit.finish_sitting(session, sitting_id=sitting_id, student_id=school.student_id, now=START)
    assert refusal.value.code == "no-early-end"
    assert get_sitting(sitting_id).finished_at is None
