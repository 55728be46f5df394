"""A student's way through the program: from signing in to reading every question again."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, select, update
from sqlalchemy.engine import make_url

from quizengine.accounts.tables import Account
from quizengine.database import utcnow
from quizengine.exams.tables import Answer, Sitting

from .conftest import NARROW, Opens, Served, Visit

pytestmark = pytest.mark.browser
LENGTH = "20"


def start(visit: Visit, exam: int, **chosen: str) -> None:
    """Start a sitting from the list of certificates."""
    offer = visit.page.locator(f"form[action*='/exams/{exam}/']")
    if chosen:
        offer.locator("summary").click()
        for name, value in chosen.items():
            offer.locator(f"select[name={name}]").select_option(value)
    offer.locator("button.button-primary").click()
    visit.page.wait_for_url(re.compile(r"/sittings/\d+$"))


def position(page: Page) -> int:
    return int(page.locator("input[name=position]").get_attribute("value") or 0)


def stem(page: Page) -> str:
    return page.locator(".stem").inner_text()


def choose(page: Page, number: int) -> None:
    options = page.locator(".option-label")
    options.nth(number % options.count()).click()


def confirm(page: Page) -> None:
    """Send the answer and wait for its explanation."""
    page.locator("[data-confirm]").click()
    expect(page.locator(".verdict")).to_be_visible()


def go_on(page: Page) -> None:
    page.locator("[data-next]").click()
    page.wait_for_url(re.compile(r"/sittings/\d+(/report)?$"))


def answer_the_rest(page: Page) -> int:
    """Answer until the report appears; returns how many questions that took."""
    for count in itertools.count():
        if page.url.endswith("/report"):
            return count
        choose(page, count)
        confirm(page)
        go_on(page)
    raise AssertionError


def stored_answers(served: Served, username: str) -> list[tuple[int, str]]:
    """(position, choice) of everything a student has answered, as the server stored it."""
    query = (
        select(Answer.position, Answer.choice)
        .join(Sitting, Sitting.id == Answer.sitting_id)
        .join(Account, Account.id == Sitting.student_id)
        .where(Account.username == username)
        .order_by(Sitting.id, Answer.position)
    )
    engine = create_engine(database_of(served))
    with engine.connect() as connection:
        found = [(number, choice) for number, choice in connection.execute(query)]
    engine.dispose()
    return found


def database_of(served: Served) -> str:
    default = f"sqlite:///{served.data_dir / 'quizengine.db'}"
    return str(served.environment.get("DATABASE_URL", default))


def close_in(served: Served, username: str, seconds: float) -> None:
    """Let the time of a student's open sitting be over soon."""
    engine = create_engine(make_url(database_of(served)))
    student = select(Account.id).where(Account.username == username).scalar_subquery()
    closing = update(Sitting).where(Sitting.student_id == student)
    with engine.begin() as connection:
        connection.execute(closing.values(closes_at=utcnow() + timedelta(seconds=seconds)))
    engine.dispose()


def test_a_student_practises_leaves_and_comes_back(served: Served, visit: Opens) -> None:
    student = served.add_student("journey-en")
    first = visit(served, "student-en")
    page = first.page
    first.open("/")
    first.look("sign-in")
    first.sign_in(served.sign_in_of(student))
    first.look("home")
    page.get_by_role("navigation").get_by_role("link", name="Practise").click()
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["Radiographer practice", "Sonographer practice"]
    )
    first.look("certificates")
    start(first, 1, length=LENGTH)
    first.look("question")

    # By mouse; then the same by keys alone.
    choose(page, 1)
    expect(page.get_by_role("button", name="Confirm B")).to_be_visible()
    confirm(page)
    expect(page.locator(".reason")).to_have_count(page.locator(".reason-why").count())
    expect(page.locator(".reason-right")).to_have_count(1)
    first.look("explanation")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=position]")).to_have_value("2")
    page.keyboard.press("c")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_be_visible()
    assert stored_answers(served, student) == [(1, "b"), (2, "c")]
    page.keyboard.press("Enter")
    expect(page.locator("input[name=position]")).to_have_value("3")
    waiting = stem(page)

    # Leave; another browser finds the same question.
    page.get_by_role("link", name="Pause").click()
    page.get_by_role("button", name="Go on with question 3").wait_for()
    first.look("paused")
    second = visit(served, "student-en-second")
    second.open("/exams")
    second.sign_in(served.sign_in_of(student))
    second.page.get_by_role("button", name="Go on with question 3").click()
    assert stem(second.page) == waiting
    choose(second.page, 0)
    confirm(second.page)

    go_on(second.page)
    taken = answer_the_rest(second.page)
    assert taken + 3 == int(LENGTH)
    assert len(stored_answers(served, student)) == int(LENGTH)

    read_the_report(second)


def read_the_report(visit: Visit) -> None:
    """Levels and errors for each competency as a picture and as a table; every question again."""
    page = visit.page
    expect(page.locator(".stop-reason")).to_contain_text("We stopped at the limit of 20 questions.")
    visit.look("report")
    bands = page.locator("table.bands tbody tr")
    expect(bands).to_have_count(8)
    for band in bands.all():
        assert re.search(r"\d+ ± \d+|–", band.locator(".bands-level").inner_text())
    page.locator(".as-table summary").click()
    rows = page.locator(".as-table tbody tr")
    expect(rows).to_have_count(8)
    for row in rows.all():
        assert re.search(r"[+−]\d\.\d\d", row.inner_text())
    visit.look("report-table")
    expect(page.locator(".review li")).to_have_count(int(LENGTH))
    page.locator(".review a").first.click()
    expect(page.locator(".verdict")).to_be_visible()
    visit.look("review")
    page.get_by_role("link", name="Back to the report").click()
    page.get_by_role("link", name="Reports").first.click()
    expect(page.locator("tbody tr")).to_have_count(1)
    visit.look("reports")


def test_a_student_practises_in_chinese_on_a_phone(served: Served, visit: Opens) -> None:
    student = served.add_student("journey-zh")
    phone = visit(
        served, "student-zh", width=NARROW, locale="zh-CN", color_scheme="dark", has_touch=True
    )
    page = phone.page
    phone.open("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
    phone.look("sign-in")
    phone.sign_in(served.sign_in_of(student))
    page.locator("[data-menu] > summary").click()
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.locator("[data-menu] > summary").click()
    phone.look("menu")
    page.locator("[data-menu]").get_by_role("link", name="练习").click()
    phone.look("certificates")
    start(phone, 2, length=LENGTH)
    phone.look("question")
    choose(page, 2)
    confirm(page)
    phone.look("explanation")
    go_on(page)
    assert answer_the_rest(page) == int(LENGTH) - 1
    expect(page.locator(".stop-reason")).to_contain_text("已达 20 题上限")
    phone.look("report")
    page.locator(".as-table summary").click()
    phone.look("report-table")
    page.locator(".review a").first.click()
    phone.look("review")


def test_an_answer_given_offline_is_kept_and_sent_later(served: Served, visit: Opens) -> None:
    student = served.add_student("journey-offline")
    one = visit(served, "student-offline")
    one.tolerated = ["ERR_INTERNET_DISCONNECTED"]
    page = one.page
    one.open("/exams")
    one.sign_in(served.sign_in_of(student))
    start(one, 1)
    one.context.set_offline(True)
    choose(page, 1)
    page.locator("[data-confirm]").click()
    expect(page.locator("#notices")).to_contain_text("Your answer is kept on this device")
    one.look("offline")
    assert stored_answers(served, student) == []

    one.context.set_offline(False)
    expect(page.locator(".verdict")).to_be_visible()
    assert stored_answers(served, student) == [(1, "b")]


def test_impatience_makes_no_second_answer(served: Served, visit: Opens) -> None:
    """A double click, reloading, going back, and a second window that lags behind."""
    student = served.add_student("journey-impatient")
    one = visit(served, "student-impatient")
    page = one.page
    one.open("/exams")
    one.sign_in(served.sign_in_of(student))
    start(one, 1)
    lagging = one.context.new_page()
    one.listen_to(lagging)
    lagging.goto(page.url)
    choose(lagging, 2)

    choose(page, 0)
    page.locator("[data-confirm]").dblclick()
    expect(page.locator(".verdict")).to_be_visible()
    page.reload()
    expect(page.locator(".verdict")).to_be_visible()
    assert stored_answers(served, student) == [(1, "a")]

    one.tolerated.append("409")
    lagging.locator("[data-confirm]").click()
    expect(lagging.locator("#notices")).to_contain_text("This answer could not be taken.")
    expect(lagging.locator("input[name=position]")).to_have_value("2")
    assert stored_answers(served, student) == [(1, "a")]

    page.go_back()
    page.go_forward()
    expect(page.locator(".verdict")).to_be_visible()
    go_on(page)
    assert position(page) == 2
    assert stored_answers(served, student) == [(1, "a")]


def test_a_student_without_scripts_reaches_the_report(served: Served, visit: Opens) -> None:
    student = served.add_student("journey-plain")
    one = visit(served, "student-plain", scripts=False)
    page = one.page
    one.open("/")
    one.sign_in(served.sign_in_of(student))
    page.get_by_role("navigation").get_by_role("link", name="Practise").click()
    start(one, 2, length=LENGTH)
    for number in range(1, int(LENGTH) + 1):
        assert position(page) == number
        choose(page, number)
        page.get_by_role("button", name="Confirm the answer").click()
        expect(page.locator(".verdict")).to_be_visible()
        page.locator("[data-next]").click()
    expect(page.locator(".stop-reason")).to_contain_text("We stopped at the limit of 20 questions.")
    expect(page.locator(".review li")).to_have_count(int(LENGTH))
    page.screenshot(path=one.picture("report"), full_page=True)


def test_a_question_is_answered_with_nothing_but_the_keyboard(served: Served, visit: Opens) -> None:
    student = served.add_student("journey-keys")
    one = visit(served, "student-keys")
    page = one.page
    one.open("/sign-in?next=/exams")
    tab_to(page, "input[name=username]")
    page.keyboard.type(student)
    page.keyboard.press("Tab")
    page.keyboard.type(served.sign_in_of(student)[1])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{served.base_url}/exams")
    tab_to(page, "form[action*='/exams/1/'] button.button-primary")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/sittings/\d+$"))
    tab_to(page, ".skip-link")
    page.keyboard.press("Enter")  # over the head of the page
    tab_to(page, "input[name=choice]")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    one.look("focus")
    tab_to(page, "[data-confirm]")
    page.keyboard.press("Space")
    expect(page.locator(".verdict")).to_be_visible()
    assert [choice for _, choice in stored_answers(served, student)] == ["b"]
    tab_to(page, "[data-next]")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=position]")).to_have_value("2")


def tab_to(page: Page, selector: str, most: int = 40) -> None:
    """Press Tab until the element has the focus, which must then be seen and not covered."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.matches({selector!r})"):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_the_server_ends_a_sitting_when_its_time_is_over(served: Served, visit: Opens) -> None:
    student = served.add_student("journey-clock")
    one = visit(served, "student-clock")
    page = one.page
    one.open("/exams")
    one.sign_in(served.sign_in_of(student))
    start(one, 1, minutes="30")
    expect(page.locator("[data-clock-value]")).to_contain_text(re.compile(r"^(30:00|29:5\d)$"))
    choose(page, 0)
    confirm(page)
    go_on(page)
    close_in(served, student, seconds=4)
    page.reload()
    expect(page.locator("[data-clock-value]")).to_contain_text("0:0")
    one.look("clock")
    page.wait_for_url("**/report")
    expect(page.locator(".stop-reason")).to_contain_text("The time was over")
    assert len(stored_answers(served, student)) == 1


@pytest.mark.postgresql
def test_a_student_practises_on_postgresql(served_on_postgresql: Served, visit: Opens) -> None:
    served = served_on_postgresql
    one = visit(served, "student-postgresql")
    page = one.page
    one.open("/exams")
    one.sign_in(served.sign_in_of("student"))
    start(one, 1)
    for number in range(2):
        choose(page, number)
        confirm(page)
        go_on(page)
    page.locator(".end-early summary").click()
    page.locator(".end-early button").click()
    page.wait_for_url("**/report")
    assert stored_answers(served, "student") == [(1, "a"), (2, "b")]
