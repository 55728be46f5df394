"""An invigilated exam: an instructor, two students in two browsers, and one browser too many."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from .conftest import NARROW, Opens, Served, Visit
from .test_student import choose, position, stored_answers

pytestmark = pytest.mark.browser


def open_a_room(visit: Visit, title: str) -> str:
    """Open a room by the form; its code."""
    page = visit.page
    page.get_by_role("navigation").get_by_role("link", name="Exam rooms").click()
    page.get_by_role("link", name="Open a room").click()
    visit.look("new-room")
    page.get_by_label("Title").fill(title)
    page.get_by_label("Questions").fill("20")
    page.get_by_role("button", name="Open the room").click()
    page.wait_for_url(re.compile(r"/rooms/\d+$"))
    return page.locator(".room-code").inner_text()


def confirm(page: Page) -> None:
    """Send the answer and wait for the next question."""
    here = position(page)
    page.locator("[data-confirm]").click()
    expect(page.locator("input[name=position]")).to_have_value(str(here + 1))


def go_in(visit: Visit, code: str, button: str) -> None:
    """Type the code, read the rules, go in."""
    page = visit.page
    page.locator("input[name=code]").fill(code.lower())
    page.locator("main button[type=submit]").click()
    visit.look("rules")
    page.get_by_role("button", name=button).click()
    page.wait_for_url(re.compile(r"/rooms/\d+/seat$"))


def test_a_class_sits_an_invigilated_exam(served: Served, visit: Opens) -> None:
    anna, wen = served.add_student("room-anna"), served.add_student("room-wen")
    desk = visit(served, "room-instructor")
    desk.open("/")
    desk.sign_in(served.sign_in_of("instructor"))
    code = open_a_room(desk, "Midterm, room 204")
    room = desk.page.url
    desk.look("code")

    first = visit(served, "room-student-en")
    first.open("/")
    first.sign_in(served.sign_in_of(anna))
    first.page.get_by_role("navigation").get_by_role("link", name="Enter an exam room").click()
    first.look("enter")
    go_in(first, code, "Enter the room")
    expect(first.page.locator("#room-seat")).to_contain_text("You are in.")
    first.look("waiting")

    phone = visit(
        served, "room-student-zh", width=NARROW, locale="zh-CN", color_scheme="dark", has_touch=True
    )
    phone.context.add_cookies([{"name": "language", "value": "zh", "url": served.base_url}])
    phone.open("/rooms/enter")
    phone.sign_in(served.sign_in_of(wen))
    phone.look("enter")
    go_in(phone, code, "进入考场")

    # The list shows who came without a reload, and keeps the focus where it is.
    link = desk.page.get_by_role("link", name=re.compile("wen", re.IGNORECASE))
    expect(link).to_be_visible()
    link.focus()
    drawn = desk.page.locator("#room-counts").inner_text()
    expect(desk.page.locator("#room-counts")).not_to_have_text(drawn)
    expect(link).to_be_focused()
    link.click()
    desk.page.get_by_label("Extra minutes").fill("20")
    desk.page.get_by_role("button", name="Set extra time").click()
    expect(desk.page.locator("main")).to_contain_text("80 minutes (extended from 60)")
    desk.look("student")
    expect(phone.page.locator("#room-seat")).to_contain_text("80 分钟（原为 60 分钟）")
    phone.look("waiting")

    desk.page.goto(room)
    desk.page.get_by_role("button", name="Start the exam").click()
    for one in (first, phone):
        one.page.wait_for_url(re.compile(r"/sittings/\d+$"))
        one.look("question")
    expect(first.page.locator("[data-clock-value]")).to_contain_text(re.compile("^(59|1:00:00)"))
    expect(phone.page.locator("[data-clock-value]")).to_contain_text("1:19")
    for number in range(3):
        choose(first.page, number)
        confirm(first.page)
    choose(phone.page, 0)
    confirm(phone.page)
    expect(desk.page.locator("#room-live")).to_contain_text("question 4")
    desk.look("running")

    change_the_browser(served, visit, desk, first, code)

    desk.page.goto(room)
    desk.page.get_by_role("link", name="Close the room").click()
    expect(desk.page.locator("main")).to_contain_text("2 students are still answering")
    desk.look("close")
    desk.page.get_by_role("button", name="Close the room").click()
    expect(desk.page.locator("#room-live")).to_contain_text("room closed")
    desk.look("closed")

    phone.page.reload()
    phone.page.wait_for_url("**/report")
    expect(phone.page.locator(".stop-reason")).to_contain_text("监考人员关闭了考场")
    expect(phone.page.locator(".review")).to_have_count(0)
    phone.look("report")
    assert len(stored_answers(served, anna)) == 4
    assert len(stored_answers(served, wen)) == 1


def change_the_browser(served: Served, visit: Opens, desk: Visit, first: Visit, code: str) -> None:
    """A second browser is refused, then released; the first one's answer is not lost meanwhile."""
    second = visit(served, "room-second-browser")
    second.tolerated.append("409")
    first.tolerated.append("409")
    second.open(first.page.url.removeprefix(served.base_url))
    second.sign_in(served.sign_in_of("room-anna"))
    expect(second.page.get_by_role("heading", level=1)).to_contain_text("another browser")
    second.look("refused")

    desk.page.get_by_role("link", name=re.compile("anna", re.IGNORECASE)).click()
    expect(desk.page.locator(".room-events")).to_contain_text("A second browser tried to answer")
    desk.page.get_by_role("button", name="Release the browser").click()
    expect(desk.page.locator(".room-events")).to_contain_text("Browser released")
    desk.look("released")

    choose(first.page, 0)
    first.page.locator("[data-confirm]").click()
    expect(first.page.locator("#notices")).to_contain_text("Not yet saved.")
    expect(first.page.locator("#notices")).to_contain_text("released")

    # The student goes on in the first browser after all: the answer kept there is sent.
    first.open("/rooms/enter")
    go_in_again(first, code)
    expect(first.page.locator("input[name=position]")).to_have_value("5")
    second.page.reload()
    expect(second.page.get_by_role("heading", level=1)).to_contain_text("another browser")


def go_in_again(visit: Visit, code: str) -> None:
    page = visit.page
    page.locator("input[name=code]").fill(code)
    page.locator("main form[action$='/rooms/enter'] button[type=submit]").click()
    page.get_by_role("button", name="Go on in this browser").click()
    page.wait_for_url(re.compile(r"/sittings/\d+$"))


def test_a_student_without_scripts_sits_in_a_room(served: Served, visit: Opens) -> None:
    student = served.add_student("room-plain")
    desk = visit(served, "room-plain-instructor")
    desk.open("/")
    desk.sign_in(served.sign_in_of("instructor"))
    code = open_a_room(desk, "Plain")
    one = visit(served, "room-plain-student", scripts=False)
    one.open(f"/rooms/enter?code={code}")
    one.sign_in(served.sign_in_of(student))
    one.page.get_by_role("button", name="Enter the room").click()
    one.page.get_by_role("link", name="Look again").wait_for()
    desk.page.get_by_role("button", name="Start the exam").click()
    desk.page.get_by_text("question 1").wait_for()
    one.page.get_by_role("link", name="Look again").click()
    one.page.wait_for_url(re.compile(r"/sittings/\d+$"))
    choose(one.page, 1)
    one.page.get_by_role("button", name="Confirm the answer").click()
    expect(one.page.locator("input[name=position]")).to_have_value("2")
    desk.page.get_by_role("link", name="Look again").click()
    expect(desk.page.locator("#room-live")).to_contain_text("question 2")
    desk.page.get_by_role("link", name="Close the room").click()
    desk.page.get_by_role("button", name="Close the room").click()
    one.page.reload()
    expect(one.page.locator(".stop-reason")).to_contain_text("The invigilator closed the room")
