"""Questions of every type in a real browser: by pointer, by keyboard, without a script, narrow."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from itembank.item import Item
from itembank.scoring import key_response
from quizengine.accounts.tables import Organisation
from quizengine.banks.service import publish, store
from quizengine.banks.tables import ItemVersion
from quizengine.database import utcnow
from quizengine.exams.service import offer
from quizengine.exams.tables import Sitting
from tests.quizengine.every_type import bank_of_every_type, items_of_every_type

from .conftest import NARROW, Opens, Served
from .test_student import database_of

pytestmark = pytest.mark.browser
ITEMS = {item.id: item for item in items_of_every_type()}


@pytest.fixture(scope="module")
def exam_id(served: Served) -> int:
    """Practice on a bank with every type."""
    now, engine = utcnow(), create_engine(database_of(served))
    with Session(engine) as session, session.begin():
        school = session.scalars(select(Organisation).order_by(Organisation.id)).first()
        assert school is not None
        bank = replace(bank_of_every_type(), code="types-asked")  # beside that of another journey
        bank_id = store.create_bank(session, organisation_id=school.id, bank=bank, now=now)
        publish.publish_revision(session, bank_id=bank_id, account_id=None, now=now)
        title = {"en": "Every type", "zh": "各种题型"}
        return offer.create_practice_exam(
            session, bank_id=bank_id, profile="UNI", title=title, now=now
        )


def give(page: Page, item: Item) -> None:
    """Answer rightly, as a person would."""
    right = key_response(item)
    if item.type in ("single_best", "true_false", "multiple", "select_n"):
        for one in right.split():
            page.locator(f"label:has(input[value='{one}'])").click()
    elif item.type == "order":
        for place, one in enumerate(right.split(), start=1):
            text = next(choice.text.en for choice in item.choices if choice.id == one)
            row = page.locator(".answer-row", has_text=text)
            for _ in range(len(item.choices)):
                if row.locator("select").input_value() == str(place):
                    break
                row.locator("[data-order-up]").click()
            expect(row.locator("select")).to_have_value(str(place))
    elif item.type == "matching":
        for pair in right.split():
            premise, option = pair.split("=")
            page.locator(f"select[name=match-{premise}]").select_option(option)
    elif item.type == "hot_spot":
        page.locator(".hot-spot-picture").click(position={"x": 20, "y": 20})
    else:
        page.locator("input[name=number], input[name=text]").fill(right)


@pytest.mark.parametrize(
    ("name", "width", "options"),
    [
        ("types-wide", 1280, {}),
        ("types-narrow-zh-dark", NARROW, {"locale": "zh-CN", "color_scheme": "dark"}),
    ],
)
def test_every_type_can_be_answered_and_is_explained(
    served: Served,
    visit: Opens,
    exam_id: int,
    name: str,
    width: int,
    options: dict[str, str],
) -> None:
    student = served.add_student(name.replace("-", ""))
    one = visit(served, name, width=width, **options)
    one.open("/exams")
    one.sign_in(served.sign_in_of(student))
    one.page.locator(f"form[action*='/exams/{exam_id}/'] button.button-primary").click()
    seen = set()
    while not one.page.url.endswith("/report"):
        item = item_of(served, one.page)
        if item.id not in seen:
            one.look(f"{item.id}-asked")
        seen.add(item.id)
        if "zh" in name:
            give_zh(one.page, item)
        else:
            give(one.page, item)
        one.page.locator("[data-confirm]").click()
        expect(one.page.locator(".verdict.notice-right")).to_be_visible()
        one.look(f"{item.id}-explained")
        one.page.locator("[data-next]").click()
        one.page.wait_for_url(re.compile(r"/sittings/\d+(/report)?$"))
    one.look("report")
    one.check_complaints()
    assert {item.type for item in ITEMS.values() if item.id in seen} == {
        item.type for item in ITEMS.values()
    }


def give_zh(page: Page, item: Item) -> None:
    """By the numbers beside the lines, as without a pointer."""
    if item.type == "order":
        texts = {choice.text.zh: place for place, choice in enumerate(item.choices, start=1)}
        for text, place in texts.items():
            page.locator(".answer-row", has_text=text).locator("select").select_option(str(place))
    elif item.type == "hot_spot":
        page.locator("input[name=across]").fill("25")
        page.locator("input[name=down]").fill("25")
    else:
        give(page, item)


def item_of(served: Served, page: Page) -> Item:
    """The question that waits, as the server knows it."""
    sitting_id = int(page.url.rsplit("/", 1)[1])
    engine = create_engine(database_of(served))
    with engine.connect() as connection:
        content = connection.execute(
            select(ItemVersion.content)
            .join(Sitting, Sitting.item_version_id == ItemVersion.id)
            .where(Sitting.id == sitting_id)
        ).scalar_one()
    return ITEMS[content["id"]]


def test_a_list_and_a_point_can_be_given_without_a_script(
    served: Served, visit: Opens, exam_id: int
) -> None:
    student = served.add_student("typesnoscript")
    one = visit(served, "types-no-script", scripts=False)
    one.open("/exams")
    one.sign_in(served.sign_in_of(student))
    one.page.locator(f"form[action*='/exams/{exam_id}/'] button.button-primary").click()
    done = set()
    while not one.page.url.endswith("/report"):
        item = item_of(served, one.page)
        if item.type == "order":
            order = {choice.text.en: str(n) for n, choice in enumerate(item.choices, start=1)}
            for text, place in order.items():
                row = one.page.locator(".answer-row", has_text=text)
                row.locator("select").select_option(place)
        elif item.type == "hot_spot":
            one.page.locator("input[name=across]").fill("25")
            one.page.locator("input[name=down]").fill("25")
        else:
            give(one.page, item)
        one.page.locator("[data-confirm]").click()
        expect(one.page.locator(".verdict.notice-right")).to_be_visible()
        done.add(item.type)
        one.page.locator("[data-next]").click()
    assert {"order", "hot_spot", "matching", "numeric"} <= done
