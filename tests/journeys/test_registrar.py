"""From an invigilated result to an approved credit: a student and two registrars, in browsers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.engine import make_url

from quizengine import database
from quizengine.accounts.tables import Account
from quizengine.banks.tables import Bank
from quizengine.database import reading, utcnow
from quizengine.exams.engine import forget_engines
from quizengine.permissions import Role

from ..quizengine.credits import made
from .conftest import NARROW, PASSWORD, Opens, Served
from .test_student import database_of

pytestmark = pytest.mark.browser


def account_id(username: str) -> int:
    with reading() as session:
        return session.scalars(select(Account.id).where(Account.username == username)).one()


def a_result(served: Served, student: str) -> int:
    """A good invigilated sitting on measured parameters, made by the use cases; its id."""
    forget_engines()
    opened = database.configure(str(make_url(database_of(served))))
    try:
        with reading() as session:
            bank = session.scalars(select(Bank).where(Bank.code == "rad")).one()
        made.calibrate(bank.id)
        made.set_standard(
            bank_id=bank.id,
            organisation_id=bank.organisation_id,
            account_id=account_id("registrar"),
            now=utcnow(),
        )
        return made.sit_in(
            bank_id=bank.id,
            organisation_id=bank.organisation_id,
            invigilator_id=account_id("instructor"),
            student_id=account_id(student),
            n_questions=60,
            now=utcnow(),
        )
    finally:
        opened.writer.dispose()
        opened.reader.dispose()


def add_registrar(served: Served, username: str, name: str) -> tuple[str, str]:
    options = ("--role", Role.REGISTRAR.value, "--name", name, "--password", PASSWORD)
    served.flask("accounts", "create", username, *options)
    return username, PASSWORD


def test_a_result_becomes_a_credit_when_two_have_signed(served: Served, visit: Opens) -> None:
    student, other = served.add_student("credit-en"), served.add_student("credit-other")
    second = add_registrar(served, "registrar-two", "He Lan")
    a_result(served, student)

    one = visit(served, "credit-student-en")
    one.open("/credits")
    one.sign_in(served.sign_in_of(student))
    one.look("possible")
    one.page.get_by_role("listitem").filter(has_text="R4, R5").get_by_role("link").click()
    expect(one.page.get_by_role("heading", level=1)).to_have_text(
        "What this exam says about MIT131"
    )
    one.look("draft")
    one.page.get_by_role("button", name="Claim 2 credits").click()
    expect(one.page.get_by_role("heading", level=1)).to_have_text("You ask for 2 credits in MIT131")
    claim_path = re.sub(r"^https?://[^/]+", "", one.page.url)
    one.look("claimed")

    first = visit(served, "credit-first-registrar")
    first.open("/credits/queue")
    first.sign_in(served.sign_in_of("registrar"))
    first.look("queue")
    first.page.get_by_role("link", name="Credit-En").click()
    first.look("case")
    first.page.get_by_role("checkbox").check()
    first.page.get_by_role("button", name="Sign as checked").click()
    expect(first.page.locator("main")).to_contain_text("You have checked this claim.")
    expect(first.page.get_by_role("button", name="Approve")).to_have_count(0)
    first.page.get_by_role("link", name="Recompute").click()
    expect(first.page.locator("#recomputed")).to_contain_text("digit for digit")
    first.look("recomputed")

    two = visit(served, "credit-second-registrar")
    two.open("/credits/queue")
    two.sign_in(second)
    two.page.get_by_role("link", name="Credit-En").click()
    two.page.get_by_role("button", name="Approve 2 credits").click()
    expect(two.page.get_by_role("heading", level=1)).to_have_text("2 credits recognised in MIT131")
    two.look("approved")

    one.open("/credits/transcript")
    expect(one.page.get_by_role("row").filter(has_text="MIT131")).to_contain_text("Pass")
    one.look("transcript")

    nobody = visit(served, "credit-nobody")
    nobody.tolerated.append("404")
    nobody.open(claim_path)
    nobody.sign_in(served.sign_in_of(other))
    expect(nobody.page.locator("main")).to_contain_text("There is no such claim.")
    assert "MIT131" not in nobody.page.content()


def test_a_refused_claim_on_a_phone_in_chinese(served: Served, visit: Opens) -> None:
    student = served.add_student("credit-zh")
    a_result(served, student)
    phone = visit(served, "credit-student-zh", width=NARROW, locale="zh-CN")
    phone.open("/credits")
    phone.sign_in(served.sign_in_of(student))
    phone.look("possible")
    phone.page.get_by_role("listitem").filter(has_text="R3").get_by_role("link").click()
    phone.page.get_by_role("button", name="申请 2 学分").click()
    expect(phone.page.get_by_role("heading", level=1)).to_have_text("你申请认定 MIT121 的 2 学分")
    phone.look("claimed")

    registrar = visit(
        served, "credit-registrar-zh", width=NARROW, locale="zh-CN", color_scheme="dark"
    )
    registrar.open("/credits/queue")
    registrar.sign_in(served.sign_in_of("registrar"))
    registrar.page.get_by_role("link", name="Credit-Zh").click()
    registrar.page.locator("details.refuse > summary").click()
    registrar.look("case")
    registrar.page.get_by_label("理由").fill("实验指导教师尚未签字。")
    registrar.page.get_by_role("button", name="以此理由驳回").click()
    expect(registrar.page.locator("main")).to_contain_text("实验指导教师尚未签字。")

    phone.page.reload()
    expect(phone.page.locator("main")).to_contain_text("已驳回：")
    expect(phone.page.locator("main")).to_contain_text("实验指导教师尚未签字。")
    phone.look("refused")
