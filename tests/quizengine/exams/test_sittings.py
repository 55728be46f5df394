"""Starting, leaving and coming back: what a sitting freezes, and what later changes leave alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from itembank.item import Text
from quizengine.banks.service import publish, store
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.exams.engine import engine_for, log_of
from quizengine.exams.service import offer, review, sit
from quizengine.exams.tables import Sitting

from ..conftest import NOW, School, make_bank
from .test_answers import give, start


def test_starting_twice_comes_back_to_the_same_sitting(school: School) -> None:
    assert start(school) == start(school)


def test_coming_back_finds_the_same_question(school: School) -> None:
    sitting_id = start(school)
    give(school, sitting_id, 1)
    found = []
    for _ in range(2):
        with reading() as session:
            question = sit.find_question(
                session, sitting_id=sitting_id, student_id=school.student_id, now=NOW
            )
        assert question is not None
        found.append((question.position, question.stored.version_id))
    assert found[0] == found[1]
    assert found[0][0] == 2


def test_a_new_revision_changes_nothing_in_a_running_sitting(school: School) -> None:
    sitting_id = start(school)
    with reading() as session:
        before = sit.find_question(
            session, sitting_id=sitting_id, student_id=school.student_id, now=NOW
        )
    assert before is not None
    with transaction() as session:
        stored = store.get_item(session, before.stored.item_id)

        store.revise_item(
            session,
            item_id=stored.item_id,
            item=replace(stored.item, stem=Text("Something else?", "别的？")),
            assets=stored.assets,
            based_on=stored.number,
            account_id=None,
            now=NOW,
        )
        published = publish.publish_revision(
            session, bank_id=school.bank_id, account_id=None, now=NOW
        )
    with reading() as session:
        after = sit.find_question(
            session, sitting_id=sitting_id, student_id=school.student_id, now=NOW
        )
        assert after is not None
        assert after.stored.item.stem == before.stored.item.stem
        frozen = session.get_one(Sitting, sitting_id).parameter_set_id
    assert frozen != published.parameter_set_id
    give(school, sitting_id, 1)
    with transaction() as session:
        sit.finish_sitting(session, sitting_id=sitting_id, student_id=school.student_id, now=NOW)
    with reading() as session:
        assert session.get_one(Sitting, start(school)).parameter_set_id == (
            published.parameter_set_id
        )


def test_the_next_sitting_asks_other_questions(school: School) -> None:
    first = start(school, length=20)
    for position in range(1, 11):
        give(school, first, position)
    with transaction() as session:
        sit.finish_sitting(session, sitting_id=first, student_id=school.student_id, now=NOW)
    second = start(school, length=20)
    for position in range(1, 11):
        give(school, second, position)
    with reading() as session:
        logs = [set(log_of(session.get_one(Sitting, key))[0].tolist()) for key in (first, second)]
    assert not logs[0] & logs[1]


def test_ending_early_twice_changes_nothing(school: School) -> None:
    sitting_id = start(school)
    for minutes in (5, 10):
        with transaction() as session:
            sit.finish_sitting(
                session,
                sitting_id=sitting_id,
                student_id=school.student_id,
                now=NOW.replace(minute=minutes),
            )
    with reading() as session:
        sitting = session.get_one(Sitting, sitting_id)
        assert sitting.finished_at == NOW.replace(minute=5)
        assert sitting.stop_reason == "given-up"


@pytest.mark.parametrize("options", [{"length": 7}, {"length": -1}, {"minutes": 1}])
def test_only_offered_lengths_and_clocks_are_taken(school: School, options: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        start(school, **options)


def test_another_schools_exam_is_not_there(school: School) -> None:
    with pytest.raises(NotFound, match="exam"), transaction() as session:
        sit.start_sitting(
            session,
            exam_id=school.exam_id,
            student_id=school.student_id,
            organisation_id=school.other_organisation_id,
            now=NOW,
        )


def test_an_exam_of_an_unpublished_bank_cannot_be_started(school: School) -> None:
    with transaction() as session:
        bank_id = store.create_bank(
            session, organisation_id=school.organisation_id, bank=make_bank("raw"), now=NOW
        )
        exam_id = offer.create_practice_exam(
            session, bank_id=bank_id, profile="UNI", title={"en": "Raw", "zh": "未发布"}, now=NOW
        )
    with pytest.raises(Conflict, match="exam-not-ready"), transaction() as session:
        sit.start_sitting(
            session,
            exam_id=exam_id,
            student_id=school.student_id,
            organisation_id=school.organisation_id,
            now=NOW,
        )
    with reading() as session:
        exams = offer.list_exams(
            session, organisation_id=school.organisation_id, student_id=school.student_id
        )
    assert [exam.id for exam in exams] == [school.exam_id]


def test_a_review_shows_every_answer_with_its_question_as_it_was(school: School) -> None:
    sitting_id = start(school)
    for position in (1, 2, 3):
        give(school, sitting_id, position, "b")
    with reading() as session:
        answers = review.review_answers(
            session, sitting_id=sitting_id, student_id=school.student_id
        )
        engine = engine_for(session, session.get_one(Sitting, sitting_id).parameter_set_id)
    assert [answer.position for answer in answers] == [1, 2, 3]
    for answer in answers:
        assert answer.is_right == ("b" in answer.stored.item.key)
        assert 0 < answer.expected_share < 1
    assert len(engine.bank) == 30
