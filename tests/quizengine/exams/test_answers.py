"""Taking answers: once, in order, in time, and nobody else's."""

from __future__ import annotations

import threading
from datetime import timedelta

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sqlalchemy import func, select

from quizengine.database import reading, transaction
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.exams.engine import engine_for, log_of
from quizengine.exams.service import answer as answering
from quizengine.exams.service import review, sit
from quizengine.exams.tables import Answer, Sitting

from ..conftest import NOW, School


def start(school: School, **options: object) -> int:
    with transaction() as session:
        return sit.start_sitting(
            session,
            exam_id=school.exam_id,
            student_id=school.student_id,
            organisation_id=school.organisation_id,
            now=NOW,
            seed=7,
            **options,  # type: ignore[arg-type]
        )


def give(
    school: School,
    sitting_id: int,
    position: int,
    choice: str = "a",
    *,
    key: str | None = None,
    at: timedelta = timedelta(minutes=1),
    student_id: int | None = None,
) -> answering.Receipt:
    """Give an answer as the view does it."""
    student = student_id or school.student_id
    with reading() as session:
        turn = answering.read_turn(session, sitting_id=sitting_id, student_id=student)
        receipt = answering.find_receipt(
            session, turn=turn, position=position, values={"choice": [choice]}
        )
    if receipt is not None:
        return receipt
    weighed = answering.weigh_answer(
        turn,
        position=position,
        values={"choice": [choice]},
        retry_key=key or f"key-{sitting_id}-{position}-{choice}",
        shown_at=None,
        now=NOW + at,
    )
    with transaction() as session:
        return answering.record_answer(session, answer=weighed)


def stored(sitting_id: int) -> list[Answer]:
    with reading() as session:
        return list(
            session.scalars(
                select(Answer).where(Answer.sitting_id == sitting_id).order_by(Answer.position)
            )
        )


def test_the_same_answer_twice_is_one_row_and_one_reply(school: School) -> None:
    sitting_id = start(school)
    first = give(school, sitting_id, 1, "b")
    assert give(school, sitting_id, 1, "b") == first
    assert len(stored(sitting_id)) == 1


def test_another_answer_to_an_answered_question_is_refused(school: School) -> None:
    sitting_id = start(school)
    give(school, sitting_id, 1, "b")
    with pytest.raises(Conflict, match="already-answered"):
        give(school, sitting_id, 1, "c")
    assert [row.choice for row in stored(sitting_id)] == ["b"]


def test_no_question_can_be_answered_ahead(school: School) -> None:
    sitting_id = start(school)
    with pytest.raises(Conflict, match="not-this-question"):
        give(school, sitting_id, 2)
    assert not stored(sitting_id)


def test_an_option_that_is_not_there_is_refused(school: School) -> None:
    with pytest.raises(InvalidInput, match="choice-unknown"):
        give(school, start(school), 1, "z")


def test_nobody_answers_in_somebody_elses_sitting(school: School) -> None:
    sitting_id = start(school)
    with pytest.raises(NotFound, match="sitting"):
        give(school, sitting_id, 1, student_id=school.second_student_id)


@pytest.mark.parametrize(
    ("milliseconds", "accepted"),
    [(-1, True), (0, False), (1, False)],
    ids=["before", "at", "after"],
)
def test_the_deadline_is_the_servers(school: School, milliseconds: int, accepted: bool) -> None:
    sitting_id = start(school, minutes=30)
    at = timedelta(minutes=30, milliseconds=milliseconds)
    if accepted:
        give(school, sitting_id, 1, at=at)
        return
    with pytest.raises(Conflict, match="time-over"):
        give(school, sitting_id, 1, at=at)
    assert not stored(sitting_id)


def test_a_sitting_whose_time_is_over_ends_at_its_deadline(school: School) -> None:
    sitting_id = start(school, minutes=30)
    give(school, sitting_id, 1)
    with transaction() as session:
        assert sit.end_if_over(session, sitting_id=sitting_id, now=NOW + timedelta(hours=2))
    with reading() as session:
        sitting = session.get_one(Sitting, sitting_id)
        assert sitting.stop_reason == "time"
        assert sitting.finished_at == NOW + timedelta(minutes=30)


def test_an_answer_resent_after_the_end_gets_its_first_reply(school: School) -> None:
    sitting_id = start(school, length=20)
    receipt = None
    position = 0
    while receipt is None or not receipt.finished:
        position += 1
        receipt = give(school, sitting_id, position)
    assert give(school, sitting_id, position) == receipt
    with pytest.raises(Conflict, match="not-this-question"):
        give(school, sitting_id, position + 2)
    with pytest.raises(Conflict, match="sitting-closed"):
        give(school, sitting_id, position + 1)


def test_many_answers_at_once_store_exactly_one(school: School) -> None:
    sitting_id = start(school)
    gate = threading.Barrier(12)
    outcomes: list[str] = []

    def send(number: int) -> None:
        gate.wait()
        try:
            give(school, sitting_id, 1, "abcd"[number % 4], key=f"key-{number}")
            outcomes.append("taken")
        except Conflict as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stored(sitting_id)) == 1
    # whoever sent the choice that was first gets its reply, everybody else is refused
    assert outcomes.count("taken") == 3
    assert outcomes.count("already-answered") == 9


def test_many_starts_at_once_make_one_sitting(school: School) -> None:
    gate = threading.Barrier(8)

    def begin() -> None:
        gate.wait()
        try:
            start(school)
        except Exception as error:
            # PostgreSQL lets several try and keeps one: the page turns this into 409
            assert "uq_sitting_open" in str(error)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(Sitting)) == 1


def test_the_log_in_the_row_is_the_log_in_the_table(school: School) -> None:
    sitting_id = start(school, length=20)
    for position in range(1, 13):
        give(school, sitting_id, position, "abcd"[position % 4])
    with reading() as session:
        sitting = session.get_one(Sitting, sitting_id)
        engine = engine_for(session, sitting.parameter_set_id)
        items, scores = log_of(sitting)
    rows = stored(sitting_id)
    assert [int(engine.table.version_ids[item]) for item in items] == [
        row.item_version_id for row in rows
    ]
    assert scores.tolist() == [row.score for row in rows]


def test_the_ability_is_the_same_when_recomputed_from_the_table(school: School) -> None:
    sitting_id = start(school, length=20)
    for position in range(1, 11):
        give(school, sitting_id, position, "abcd"[position % 3])
    with reading() as session:
        result = review.sitting_result(session, sitting_id=sitting_id, student_id=school.student_id)
        engine = engine_for(session, result.sitting.parameter_set_id)
    rows = list(reversed(stored(sitting_id)))
    again = engine.bank.profile(
        np.array([engine.table.index_of(row.item_version_id) for row in rows]),
        np.array([row.score for row in rows]),
    )
    assert_allclose(again.mean, result.profile.mean, atol=1e-12)
    assert_allclose(again.covariance, result.profile.covariance, atol=1e-12)
