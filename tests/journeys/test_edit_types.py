"""Questions of every type written in a browser: by pointer, without a script, wide and narrow."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Organisation
from quizengine.banks.service import store
from quizengine.banks.tables import Bank, Item
from quizengine.database import utcnow
from tests.quizengine.every_type import bank_of_every_type, grey_picture

from .conftest import NARROW, Opens, Served, Visit
from .test_student import database_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def bank_id(served: Served) -> int:
    """A bank with every type and a case of three questions."""
    with Session(create_engine(database_of(served))) as session, session.begin():
        found = session.scalar(select(Bank.id).where(Bank.code == "types"))
        if found is not None:
            return found
        school = session.scalars(select(Organisation).order_by(Organisation.id)).first()
        assert school is not None
        bank = bank_of_every_type()
        return store.create_bank(session, organisation_id=school.id, bank=bank, now=utcnow())


def stored(served: Served, bank_id: int, code: str) -> store.StoredItem:
    """A question as the server knows it."""
    with Session(create_engine(database_of(served))) as session:
        query = select(Item.id).where(Item.bank_id == bank_id, Item.code == code)
        return store.get_item(session, session.scalars(query).one())


def open_form(served: Served, visit: Opens, name: str, path: str, **options: object) -> Visit:
    one = visit(served, name, **options)
    one.tolerated.append("status of (409|422)")  # a form that is shown again
    one.open(path)
    one.sign_in(served.sign_in_of("instructor"))
    one.open(path)
    return one


def choose_type(page: Page, kind: str) -> None:
    page.locator("select[name=type]").select_option(kind)
    page.locator("button[value=change-type]").click()
    expect(page.locator("input[name=type_shown]")).to_have_value(kind)


def fill_head(page: Page, code: str, stem: str) -> None:
    page.locator("[name=code]").fill(code)
    page.locator("select[name=competency]").select_option("A1")
    page.locator("[name=stem_en]").fill(stem)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place of the picture to another, in shares of its size."""
    box = page.locator("[data-regions-picture] img").bounding_box()
    assert box is not None
    (x1, y1), (x2, y2) = (
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)
    )
    page.mouse.move(x1, y1)
    page.mouse.down()
    page.mouse.move((x1 + x2) / 2, (y1 + y2) / 2)
    page.mouse.move(x2, y2)
    page.mouse.up()


def test_regions_are_drawn_by_pointer(
    served: Served, visit: Opens, bank_id: int, tmp_path: Path
) -> None:
    one = open_form(served, visit, "edit-regions", f"/banks/{bank_id}/items/new")
    page = one.page
    choose_type(page, "hot_spot")
    fill_head(page, "drawn", "Where is it?")
    file = tmp_path / "grey.png"
    file.write_bytes(grey_picture(200))
    page.locator("input[name=picture]").set_input_files(file)
    page.locator("button[value=add-picture]").click()
    page.locator("[name=figure-0-alt_en]").fill("A grey square")
    page.get_by_role("button", name="Draw region 1").click()
    drag(page, (0.1, 0.1), (0.4, 0.3))
    expect(page.locator("[name=region-0-coordinates]")).to_have_value(re.compile("^10, 10, 40, 30"))
    page.get_by_role("button", name="Add a region").click()
    page.locator("select[name=region-1-shape]").select_option("circle")
    page.get_by_role("button", name="Draw region 2").click()
    drag(page, (0.7, 0.7), (0.8, 0.7))
    expect(page.locator("[name=region-1-coordinates]")).to_have_value(re.compile("^70, 70, 10"))
    page.get_by_role("button", name="Add a region").click()
    page.locator("select[name=region-2-shape]").select_option("polygon")
    page.get_by_role("button", name="Draw region 3").click()
    for x, y in ((0.1, 0.6), (0.3, 0.6), (0.2, 0.9)):
        drag(page, (x, y), (x, y))
    page.keyboard.press("Enter")
    expect(page.locator("[data-regions-say]")).to_have_text("Region 3 is drawn.")
    expect(page.locator("[data-regions-shapes] > *")).to_have_count(3)
    one.look("drawn")
    page.locator(".item-save button[value=save]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Where is it?")
    one.look("shown")
    regions = stored(served, bank_id, "drawn").item.regions
    assert [region.shape for region in regions] == ["rect", "circle", "polygon"]
    assert regions[0].is_key
    assert regions[2].coordinates == pytest.approx((0.1, 0.6, 0.3, 0.6, 0.2, 0.9), abs=0.01)


def test_escape_leaves_a_region_as_it_was(served: Served, visit: Opens, bank_id: int) -> None:
    item_id = stored(served, bank_id, "spot").item_id
    one = open_form(served, visit, "edit-escape", f"/items/{item_id}/edit")
    page = one.page
    field = page.locator("[name=region-1-coordinates]")
    before = field.input_value()
    page.locator("select[name=region-1-shape]").select_option("polygon")
    page.get_by_role("button", name="Draw region 2").click()
    drag(page, (0.2, 0.2), (0.2, 0.2))
    assert field.input_value() != before
    page.keyboard.press("Escape")
    expect(field).to_have_value(before)
    page.locator("select[name=region-1-shape]").select_option("circle")
    field.fill("20, 20, 15")
    expect(page.locator("[data-regions-shapes] ellipse")).to_have_attribute("cx", "200")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_matching_question_is_written(
    served: Served, visit: Opens, bank_id: int, scripts: bool
) -> None:
    name = "edit-matching" if scripts else "edit-matching-no-script"
    path = f"/banks/{bank_id}/items/new"
    one = open_form(served, visit, name, path, scripts=scripts)
    page = one.page
    choose_type(page, "matching")
    fill_head(page, name, "Which belongs to which?")
    page.get_by_role("button", name="Remove line 3").click()
    for place, text in enumerate(("low kVp", "high kVp", "no grid", "grid")):
        page.locator(f"[name=option-{place}_en]").fill(text)
    page.locator("[name=premise-0_en]").fill("contrast")
    page.locator(".item-save button[value=save]").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("Line 2")
    expect(page.locator("[name=premise-0_en]")).to_have_value("contrast")
    if scripts:
        one.look("wrong")
    page.locator("[name=premise-1_en]").fill("penetration")
    page.locator("[name=premise-0-match]").select_option("a")
    page.locator("[name=premise-1-match]").select_option("b")
    page.locator("button[value=preview-en]").click()
    expect(page.locator(".draft-preview")).to_contain_text("penetration")
    if scripts:
        one.look("preview")
    page.locator(".item-save button[value=save]").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Which belongs to which?")
    assert [p.match for p in stored(served, bank_id, name).item.premises] == ["a", "b"]


def test_the_case_of_a_set_is_changed_in_all_its_questions(
    served: Served, visit: Opens, bank_id: int
) -> None:
    item_id = stored(served, bank_id, "case-2").item_id
    one = open_form(served, visit, "edit-case", f"/items/{item_id}/edit")
    page = one.page
    one.look("form")
    page.locator("[name=case_text_en]").fill("A patient of 60 years coughs.")
    page.locator(".item-save button[value=save]").click()
    expect(page.locator("[data-error-summary]")).to_contain_text("case-1, case-3")
    one.look("others-differ")
    page.locator("[name=case_all]").check()
    page.locator(".item-save button[value=save]").click()
    expect(page.locator(".notices")).to_contain_text("2 other questions of the set")
    for code in ("case-1", "case-2", "case-3"):
        case = stored(served, bank_id, code).item.stimulus
        assert case is not None
        assert case.text.en == "A patient of 60 years coughs."


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("edit-narrow-zh", {"width": NARROW, "locale": "zh-CN"}),
        ("edit-narrow-dark", {"width": NARROW, "color_scheme": "dark"}),
        ("edit-wide-zh-dark", {"locale": "zh-CN", "color_scheme": "dark"}),
    ],
)
def test_the_form_and_the_page_of_every_type_fit_and_are_accessible(
    served: Served, visit: Opens, bank_id: int, name: str, options: dict[str, object]
) -> None:
    one = open_form(served, visit, name, "/banks", **options)
    for code in ("yes-no", "several", "number", "word", "list", "match", "spot", "case-3"):
        item_id = stored(served, bank_id, code).item_id
        one.open(f"/items/{item_id}/edit")
        for help_ in one.page.locator(".writing-help").all():
            help_.locator("summary").click()
        one.look(f"{code}-form")
        one.open(f"/items/{item_id}")
        one.look(f"{code}-page")
