"""Questions of every type, from the page that asks them to the points and the explanation."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import select

from itembank.item import Item
from itembank.response import shuffled_choices
from itembank.scoring import key_response, maximum_score, score_response
from quizengine.banks.service import publish, store
from quizengine.banks.tables import ItemVersion
from quizengine.database import reading, transaction
from quizengine.exams.service import offer
from quizengine.exams.service.simulated_responses import response_scoring
from quizengine.exams.tables import Answer, Sitting
from tests.quizengine.conftest import NOW, Browser, School
from tests.quizengine.every_type import bank_of_every_type, items_of_every_type

ITEMS = {item.id: item for item in items_of_every_type()}


@pytest.fixture
def exam_id(school: School) -> int:
    """Practice on a bank with every type."""
    with transaction() as session:
        bank_id = store.create_bank(
            session, organisation_id=school.organisation_id, bank=bank_of_every_type(), now=NOW
        )
        publish.publish_revision(session, bank_id=bank_id, account_id=None, now=NOW)
        return offer.create_practice_exam(
            session, bank_id=bank_id, profile="UNI", title={"en": "Types", "zh": "题型"}, now=NOW
        )


def fields_of(item: Item, response: str, seed: str) -> dict[str, object]:
    """What a browser sends for a response."""
    if item.type in ("single_best", "true_false", "multiple", "select_n"):
        return {"choice": response.split()}
    if item.type == "order":
        places = {one: str(place) for place, one in enumerate(response.split(), start=1)}
        shown = shuffled_choices(item, seed)
        return {f"rank-{n}": places[choice.id] for n, choice in enumerate(shown, start=1)}
    if item.type == "matching":
        return {f"match-{p}": o for p, o in (pair.split("=") for pair in response.split())}
    if item.type == "hot_spot":
        across, down = (str(100 * float(share)) for share in response.split(","))
        return {"across": across, "down": down}
    return {"number" if item.type == "numeric" else "text": response}


def waiting(sitting_id: int) -> tuple[Item, int] | None:
    """The question that waits and its position."""
    with reading() as session:
        sitting = session.get_one(Sitting, sitting_id)
        if sitting.item_version_id is None:
            return None
        stored = store.get_version(session, sitting.item_version_id)
        return stored.item, sitting.n_answered + 1


def answer(student: Browser, sitting_id: int, response: str) -> str:
    """Send a response to the question that waits; returns where the browser is sent."""
    found = waiting(sitting_id)
    assert found is not None
    item, position = found
    page = student.get(f"/sittings/{sitting_id}")
    assert page.status_code == 200
    key = re.search(r'name="retry_key" value="([^"]+)"', page.get_data(as_text=True))
    assert key is not None
    sent = student.post(
        f"/sittings/{sitting_id}/answers",
        {
            "position": position,
            "retry_key": key[1],
            **fields_of(item, response, f"{sitting_id}-{position}"),
        },
    )
    assert sent.status_code == 303, sent.get_data(as_text=True)
    return str(sent.headers["Location"])


def start(student: Browser, exam_id: int) -> int:
    sent = student.post(f"/exams/{exam_id}/sittings", {"length": 20})
    assert sent.status_code == 303, sent.get_data(as_text=True)
    return int(sent.headers["Location"].rsplit("/", 1)[1])


def test_every_type_is_asked_answered_and_explained(
    browser_of: Callable[[str], Browser], exam_id: int
) -> None:
    student = browser_of("student")
    met: list[str] = []
    for _ in range(3):  # sittings ask what was not asked before
        sitting_id = start(student, exam_id)
        while (found := waiting(sitting_id)) is not None:
            item, _position = found
            met.append(item.id)
            page = student.get(answer(student, sitting_id, key_response(item)))
            text = page.get_data(as_text=True)
            assert page.status_code == 200
            assert "Right." in text
            assert "<math" in text
    assert set(met) == set(ITEMS)
    with reading() as session:
        for row in session.scalars(select(Answer).where(Answer.sitting_id > 0)):
            version = session.get_one(ItemVersion, row.item_version_id)
            item = ITEMS[version.content["id"]]
            assert row.score == maximum_score(item)


def test_a_case_is_asked_in_one_go_and_in_its_order(
    browser_of: Callable[[str], Browser], exam_id: int
) -> None:
    student = browser_of("student")
    orders = []
    for _ in range(2):
        sitting_id, order = start(student, exam_id), []
        while (found := waiting(sitting_id)) is not None:
            order.append(found[0].id)
            if found[0].stimulus:
                page = student.get(f"/sittings/{sitting_id}").get_data(as_text=True)
                assert f"question {found[0].stimulus.position} of 3" in page
                assert "A patient of 54 years" in page
            answer(student, sitting_id, key_response(found[0]))
        orders.append(order)
    together = next(order for order in orders if "case-1" in order)
    first = together.index("case-1")
    assert together[first : first + 3] == ["case-1", "case-2", "case-3"]


def test_part_of_the_points_is_said_and_shown(
    browser_of: Callable[[str], Browser], exam_id: int
) -> None:
    student = browser_of("student")
    seen = set()
    for _ in range(3):
        sitting_id = start(student, exam_id)
        while (found := waiting(sitting_id)) is not None:
            item, _position = found
            wanted = 1 if maximum_score(item) > 1 else 0
            response = response_scoring(item, wanted, np.random.default_rng(1))
            text = student.get(answer(student, sitting_id, response)).get_data(as_text=True)
            if wanted:
                assert f"Partly right: 1 of {maximum_score(item)} points." in text
                seen.add(item.id)
            else:
                assert "Not this time." in text
    assert {"several-part", "several-minus", "two-of", "list-part", "match"} <= seen


@pytest.mark.parametrize(
    ("code", "sent", "sentence"),
    [
        ("number", {"number": "much"}, "is not a number"),
        ("number", {"number": "nan"}, "is not a number"),
        ("number", {"number": "1e999"}, "too large"),
        ("list", {"rank-1": "1", "rank-2": "1", "rank-3": "2", "rank-4": "3"}, "its own place"),
        ("match", {"match-p0": "a"}, "has no option yet"),
        ("two-of", {"choice": ["a", "b", "c"]}, "choose exactly 2"),
        ("spot", {"across": "120", "down": "5"}, "outside the picture"),
        ("spot", {"across": "left", "down": "5"}, "not a point"),
    ],
)
def test_an_answer_that_cannot_be_says_what_to_do(
    browser_of: Callable[[str], Browser],
    exam_id: int,
    code: str,
    sent: dict[str, object],
    sentence: str,
) -> None:
    student = browser_of("student")
    sitting_id = start(student, exam_id)
    with transaction() as session:  # let this question be the one that waits
        sitting = session.get_one(Sitting, sitting_id)
        sitting.item_version_id = next(
            version.id
            for version in session.scalars(select(ItemVersion))
            if version.content["id"] == code
        )
    refused = student.post(
        f"/sittings/{sitting_id}/answers",
        {"position": 1, "retry_key": "a-key-of-its-own", **sent},
    )
    assert refused.status_code == 422
    assert sentence in refused.get_data(as_text=True)


@pytest.mark.parametrize("code", sorted(ITEMS))
def test_a_simulated_student_gets_the_points_that_were_drawn(code: str) -> None:
    item, chance = ITEMS[code], np.random.default_rng(7)
    for score in range(maximum_score(item) + 1):
        for _ in range(20):
            response = response_scoring(item, score, chance)
            reachable = not (item.type == "select_n" and score == 0 and len(item.choices) < 4)
            assert score_response(item, response) == score or not reachable


@pytest.mark.parametrize("code", sorted(ITEMS))
def test_an_instructor_tries_every_type_in_the_preview(
    browser_of: Callable[[str], Browser], exam_id: int, code: str
) -> None:
    instructor = browser_of("instructor")
    with reading() as session:
        version = next(
            version
            for version in session.scalars(select(ItemVersion))
            if version.content["id"] == code
        )
    asked = instructor.get(f"/items/{version.item_id}/preview")
    assert asked.status_code == 200
    item = ITEMS[code]
    fields = fields_of(item, key_response(item), "preview")
    tried = instructor.get(f"/items/{version.item_id}/preview", query_string={"try": "1", **fields})
    assert tried.status_code == 200
    assert "Right." in tried.get_data(as_text=True)
    empty = instructor.get(f"/items/{version.item_id}/preview", query_string={"try": "1"})
    assert "Nothing is answered yet" in empty.get_data(as_text=True)
