"""A teacher's messy Chinese files: from the upload to questions that a student can be asked."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from .conftest import NARROW, WIDE, Opens, Served, Visit

pytestmark = pytest.mark.browser

SINGLE = (
    ("题干", "A", "B", "C", "D", "正确答案", "知识点", "试题解析"),
    ("CT 值以哪种物质为零点？", "水", "空气", "骨", "脂肪", "Ａ", "CT 基础", "水为 0 HU。"),
    ("管电压升高时，X 线质如何变化？", "变软", "变硬", "不变", "先软后硬", "b", "R2", "能量升高。"),
    ("钨的原子序数是多少？", "42", "74", "82", "29", "#", "R2", "送分题。"),
    ("铅当量的单位是什么？", "mm Pb", "", "Gy", "Sv", "B", "R2", "B 项空着。"),
    ("管电压升高时，X 线质如何变化？", "变软", "变硬", "不变", "先软后硬", "b", "R2", "能量升高。"),
)
MULTIPLE = (
    ("题干", "选项A", "选项B", "选项C", "选项D", "答案", "知识点"),
    ("下列哪些属于电离辐射？", "X 线", "超声波", "γ 线", "可见光", "A、C", "R2"),
)
TRUE_FALSE = (
    ("题干", "答案", "知识点"),
    ("超声波属于电离辐射。", "错", "R2"),
    ("铅可以屏蔽 X 线。", "√", "R2"),
)
CSV_ROWS = (
    ("题目（必填）", "选项A", "选项B", "选项C", "答案", "所属范围"),
    ("磁共振成像主要利用哪种原子核？", "氢", "碳", "氧", "1", "R2"),
)


def messy_workbook(path: Path) -> Path:
    """Three sheets by type, a merged title above each header, answers in many hands."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in (("单选题", SINGLE), ("多选题", MULTIPLE), ("判断题", TRUE_FALSE)):
        sheet = book.create_sheet(name)
        sheet.append([f"2026 年影像技术期末考试（{name}）"])
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(rows[0]))
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def messy_csv(path: Path) -> Path:
    """What a Chinese spreadsheet program writes as CSV: GB18030."""
    target = io.StringIO(newline="")
    csv.writer(target).writerows(CSV_ROWS)
    path.write_bytes(target.getvalue().encode("gb18030"))
    return path


def read_file(page: Page, path: Path) -> None:
    page.locator("input[type=file]").set_input_files(path)
    page.locator("main form[enctype] button[type=submit]").click()
    expect(page.locator(".import-table")).to_be_visible(timeout=60_000)


def look_everywhere(one: Visit, what: str) -> None:
    """Wide and narrow, light and dark."""
    one.look(what)
    one.page.emulate_media(color_scheme="dark")
    one.look(f"{what}-dark")
    one.page.set_viewport_size({"width": NARROW, "height": 640})
    one.look(f"{what}-dark-narrow")
    one.page.emulate_media(color_scheme="light")
    one.look(f"{what}-narrow")
    one.page.set_viewport_size({"width": WIDE, "height": 800})


def open_bank(served: Served, visit: Opens, name: str, locale: str) -> tuple[Visit, str]:
    """An instructor's browser on the page of the first bank, and the bank's address."""
    one = visit(served, name, locale=locale)
    one.open("/")
    one.sign_in(served.sign_in_of("instructor"))
    one.open("/banks")
    one.page.locator("main a[href^='/banks/']").first.click()
    one.page.locator("main a[href$='/imports/new']").wait_for()
    return one, one.page.url


def test_messy_chinese_files_become_questions_that_a_student_is_asked(
    served: Served, visit: Opens, tmp_path: Path
) -> None:
    workbook = messy_workbook(tmp_path / "期末试题.xlsx")
    one, bank = open_bank(served, visit, "messy-zh", "zh-CN")
    page = one.page
    page.goto(f"{bank}/imports/new")
    look_everywhere(one, "upload")
    read_file(page, workbook)
    look_everywhere(one, "dry-run")
    check_the_rows(page)
    place_the_category(page)
    one.look("placed")
    page.locator("button[formaction$='/commit']").click()
    question = page.locator("tbody", has_text="铅可以屏蔽").locator("a[href^='/items/']")
    expect(question).to_be_visible(timeout=30_000)
    one.look("imported")
    item = str(question.get_attribute("href"))

    page.goto(f"{bank}/imports/new")
    read_file(page, messy_csv(tmp_path / "题目.csv"))
    page.locator(".import-settings summary").first.click()
    expect(page.locator(".import-settings").first).to_contain_text("GB18030")
    page.goto(f"{bank}/export?format=gift")
    look_everywhere(one, "export")

    page.goto(bank)
    page.locator("form[action$='/publish'] button").click()
    assert is_published(served, int(item.rpartition("/")[2]))
    one.open(f"{item}/preview")
    expect(page.locator("main")).to_contain_text("铅可以屏蔽 X 线。")
    page.locator("main .ring").first.click()
    one.look("asked")
    check_that_it_is_remembered(served, visit, workbook)


def is_published(served: Served, item_id: int) -> bool:
    """Whether the newest revision, which exams draw from, has the item."""
    with sqlite3.connect(served.data_dir / "quizengine.db") as database:
        (found,) = database.execute(
            "select count(*) from revision_item join item_version on item_version.id ="
            " item_version_id where item_id = ? and revision_id = (select revision_id from"
            " publication join item on item.bank_id = publication.bank_id"
            " where item.id = ? order by published_at desc, publication.id desc limit 1)",
            (item_id, item_id),
        ).fetchone()
    database.close()
    return bool(found)


def check_that_it_is_remembered(served: Served, visit: Opens, workbook: Path) -> None:
    """The same file again, read in English: its category is placed, its questions are known."""
    one, bank = open_bank(served, visit, "messy-en", "en-GB")
    one.page.goto(f"{bank}/imports/new")
    one.look("upload")
    read_file(one.page, workbook)
    line = one.page.locator(".import-table tbody", has_text="CT 值以哪种物质")
    expect(line).to_contain_text("Unchanged")
    expect(line).to_contain_text("R7")
    look_everywhere(one, "dry-run")
    one.page.goto(f"{bank}/export?format=aiken")
    look_everywhere(one, "export")


def check_the_rows(page: Page) -> None:
    """The void key, the missing option and the repetition are said; the others are not wrong."""
    table = page.locator(".import-table")
    for text in ("钨的原子序数", "铅当量的单位"):
        row = table.locator("tbody", has_text=text)
        expect(row.first.locator(".import-error")).not_to_have_count(0)
    repeated = table.locator("tbody", has_text="管电压升高时")
    expect(repeated).to_have_count(2)
    expect(repeated.nth(1).locator(".import-error")).not_to_have_count(0)
    expect(table.locator("tbody", has_text="铅可以屏蔽").locator(".import-error")).to_have_count(0)


def place_the_category(page: Page) -> None:
    """“CT 基础” is no competency of the bank: it is chosen once for all its questions."""
    places = page.locator("form[action$='/places']")
    row = places.locator("tr", has_text="CT 基础")
    row.locator("select").select_option("R7")
    places.locator("button[type=submit]").click()
    line = page.locator(".import-table tbody", has_text="CT 值以哪种物质")
    expect(line).to_contain_text("R7", timeout=60_000)
