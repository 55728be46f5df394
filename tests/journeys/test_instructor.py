"""An instructor's way: from a file to published questions, from answers to parameters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from .conftest import NARROW, Opens, Served, Visit

pytestmark = pytest.mark.browser

HEADER = ("题干", "选项A", "选项B", "选项C", "选项D", "答案", "能力项", "解析")
GOOD = (
    ("CT 值以哪种物质为零点？", "水", "空气", "骨", "脂肪", "A", "R7", "水的 CT 值定义为 0 HU。"),
    ("管电压升高，X 线质如何变？", "变软", "变硬", "不变", "先软后硬", "B", "R2", "能量升高。"),
)
BAD = ("钨的原子序数是多少？", "42", "74", "82", "29", "", "R2", "答案一栏空着。")


def write_workbook(path: Path) -> Path:
    """A question file as a teacher makes it by hand: Chinese headers, one row without its key."""
    book = Workbook()
    sheet = book.active
    for row in (HEADER, *GOOD, BAD):
        sheet.append(row)
    book.save(path)
    return path


def open_as_instructor(served: Served, visit: Opens, name: str, **options: object) -> Visit:
    one = visit(served, name, **options)
    one.open("/")
    one.sign_in(served.sign_in_of("instructor"))
    return one


def test_an_instructor_imports_edits_and_publishes(
    served: Served, visit: Opens, tmp_path: Path
) -> None:
    one = open_as_instructor(served, visit, "instructor")
    page = one.page
    one.look("home")
    page.get_by_role("navigation").get_by_role("link", name="Item banks").click()
    one.look("banks")
    page.locator("main").get_by_role("link", name=re.compile("Radiographer")).first.click()
    one.look("bank")
    page.get_by_role("link", name="Import questions").click()
    one.look("upload")
    page.locator("input[type=file]").set_input_files(write_workbook(tmp_path / "题目.xlsx"))
    page.get_by_role("button", name="Read the file").click()

    check_the_dry_run(one)
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 rows were imported")
    one.look("imported")
    revise_an_item(one)
    publish_the_bank(one)


def check_the_dry_run(visit: Visit) -> None:
    """Row by row: two are ready; the third says where it is wrong and what to do."""
    page = visit.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 of 3", timeout=30_000)
    rejected = page.locator("tbody", has=page.locator(".import-error"))
    expect(rejected).to_have_count(1)
    expect(rejected).to_contain_text(BAD[0])
    expect(rejected.locator("th")).to_contain_text("4")  # the header is row 1
    expect(rejected.locator(".import-error")).to_contain_text("答案")
    visit.look("dry-run")
    page.set_viewport_size({"width": NARROW, "height": 640})
    visit.look("dry-run-narrow")
    page.set_viewport_size({"width": 1280, "height": 800})


def revise_an_item(visit: Visit) -> None:
    """Preview a question as a student sees it, then write its second version."""
    page = visit.page
    page.get_by_role("link", name="See the items").click()
    visit.look("items")
    page.get_by_label("Words, phrase or code").fill("CT 值以哪种")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody th a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(GOOD[0][0])
    visit.look("item")
    page.get_by_role("link", name="Preview as a student").click()
    page.locator(".option-label").first.click()
    visit.look("preview")
    page.get_by_role("button", name="Show the explanation").click()
    expect(page.locator(".verdict")).to_be_visible()
    visit.look("preview-explained")
    page.go_back()
    page.go_back()
    page.get_by_role("link", name="Revise to version 2").click()
    visit.look("edit")
    page.locator("[name=stem_zh]").fill("CT 值以哪种物质为零点（0 HU）？")
    page.get_by_role("button", name="Save as version 2").click()
    expect(page.locator("#notices")).to_contain_text("Saved as version 2")
    expect(page.get_by_role("heading", level=1)).to_contain_text("0 HU")
    visit.look("second-version")


def publish_the_bank(visit: Visit) -> None:
    page = visit.page
    page.locator(".crumbs a").nth(1).click()
    visit.look("changes-waiting")
    page.get_by_role("button", name=re.compile("^Publish")).click()
    expect(page.locator("#notices")).to_contain_text("Published.")
    expect(page.locator("main")).to_contain_text("revision 3")
    visit.look("published")


def test_an_instructor_calibrates_compares_and_publishes(served: Served, visit: Opens) -> None:
    served.flask("calibration", "simulate", "--bank", "son", "--students", "150", "--seed", "3")
    one = open_as_instructor(served, visit, "calibration")
    page = one.page
    page.get_by_role("navigation").get_by_role("link", name="Calibration").click()
    one.look("calibration")
    bank = page.locator(
        "section", has=page.get_by_role("heading", name=re.compile("ltrasound|onogr"))
    )
    bank.get_by_label(re.compile("Include simulated")).check()
    bank.get_by_role("button", name="Fit to the stored answers").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    one.look("running")
    heading = page.get_by_role("heading", name="New parameters beside the present ones")
    expect(heading).to_be_visible(timeout=90_000)
    expect(page.locator("main")).to_contain_text("Simulated data")
    one.look("result")
    check_on_a_phone(one, page.url)

    page.get_by_role("link", name="Publish these parameters").click()
    one.look("confirm")
    page.get_by_role("button", name="Publish these parameters").click()
    expect(page.locator("#notices")).to_contain_text("Published.")
    one.look("in-force")
    check_that_students_are_told(served, visit)


def check_on_a_phone(visit: Visit, url: str) -> None:
    """The comparison in Chinese on a narrow, dark screen."""
    page = visit.page
    address = {"url": visit.base_url}
    visit.context.add_cookies([{"name": "language", "value": "zh", **address}])
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": NARROW, "height": 640})
    page.goto(url)
    visit.look("result-zh-narrow")
    visit.context.add_cookies([{"name": "language", "value": "en", **address}])
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(url)


def check_that_students_are_told(served: Served, visit: Opens) -> None:
    """New sittings use the parameters, and say that simulated students are behind them."""
    student = served.add_student("journey-simulated")
    one = visit(served, "student-simulated")
    one.open("/exams")
    one.sign_in(served.sign_in_of(student))
    offer = one.page.locator(".offer").nth(1)
    expect(offer).to_contain_text("fitted to simulated students")
    start_and_leave(one.page)


def start_and_leave(page: Page) -> None:
    page.locator(".offer").nth(1).get_by_role("button", name="Start practising").click()
    expect(page.locator("input[name=position]")).to_have_value("1")
