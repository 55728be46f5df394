"""A bank in many hands: found, changed together, kept apart, counted, and read by a hospital."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .conftest import NARROW, Opens, Served, Visit

pytestmark = pytest.mark.browser


def open_bank(served: Served, visit: Opens, name: str, username: str, **options: object) -> Visit:
    one = visit(served, name, **options)
    one.open("/banks")
    one.sign_in(served.sign_in_of(username))
    return one


def test_an_instructor_finds_questions_in_chinese_and_changes_them_together(
    served: Served, visit: Opens
) -> None:
    one = open_bank(served, visit, "bank-pages", "instructor")
    page = one.page
    page.locator("main").get_by_role("link", name=re.compile("Sonographer")).first.click()
    page.get_by_role("navigation", name="Pages of this bank").get_by_role(
        "link", name="Items"
    ).click()
    page.get_by_label("Words, phrase or code").fill("多普勒 频移")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr").first).to_be_visible()
    one.look("found")
    found = page.url
    codes = page.locator("tbody th[scope=row]").all_inner_texts()[:2]
    for code in codes:
        page.get_by_role("checkbox", name=f"Choose {code}").check()
    page.get_by_role("button", name="Change the ticked questions").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 chosen questions")
    page.get_by_label("Put into the set kept apart").fill("journey")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Nothing is stored yet")
    one.look("preview")
    page.get_by_role("button", name="Change 2 questions").click()
    expect(page.get_by_role("cell", name="put into the set: journey")).to_be_visible()
    one.look("changes")
    page.get_by_role("link", name="Kept apart").click()
    expect(page.get_by_role("heading", name="journey")).to_be_visible()
    one.look("apart")
    page.get_by_role("link", name="Changes of several").click()
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("tbody tr").first).to_contain_text("Undone by")
    page.goto(found)  # the address of a search says all of it
    expect(page.get_by_label("Words, phrase or code")).to_have_value("多普勒 频移")
    page.get_by_role("link", name=codes[0]).click()
    page.get_by_role("link", name="Versions", exact=True).click()
    expect(page.locator("tbody tr", has_text="change of several undone")).to_be_visible()
    one.look("versions")
    page.get_by_role("link", name="Who uses it").click()
    one.look("usage")


def test_the_pages_of_a_bank_fit_a_phone_in_chinese(served: Served, visit: Opens) -> None:
    one = open_bank(
        served, visit, "bank-pages-zh", "instructor", width=NARROW, locale="zh-CN",
        color_scheme="dark", has_touch=True,
    )  # fmt: skip
    for name, path in (
        ("items", "/banks/1/items?text=剂量&status=draft"), ("item", "/items/1"),
        ("coverage", "/banks/1/coverage"), ("apart", "/banks/1/enemies"),
        ("versions", "/items/1/history"), ("usage", "/items/1/usage"),
        ("preview", "/banks/1/bulk?item=1&item=2&set_jurisdiction=US&preview=1"),
        ("changes", "/banks/1/bulk-edits"), ("reviewers", "/banks/1/reviewers"),
    ):  # fmt: skip
        one.open(path)
        one.look(name)


def test_a_hospital_reads_a_shared_bank_and_says_what_is_wrong(
    served: Served, visit: Opens
) -> None:
    owner = open_bank(served, visit, "bank-shared", "instructor")
    owner.open("/banks/1/reviewers")
    owner.page.get_by_role("button", name="Share for review").click()
    owner.look("reviewers")
    expert = open_bank(served, visit, "bank-review", "expert")
    expert.look("banks")
    expert.open("/items/3")
    page = expert.page
    page.get_by_label("New comment").fill("The second option is right under GB 18871 too.")
    page.get_by_role("button", name="Send the comment").click()
    expect(page.get_by_text("under GB 18871 too")).to_be_visible()
    page.get_by_role("radio", name="Back to the author").check()
    page.get_by_role("button", name="Record the review").click()
    expect(page.locator(".review-list")).to_contain_text("Back to the author")
    expert.look("commented")
    assert page.get_by_role("link", name=re.compile("Revise")).count() == 0

    owner.open("/banks/1/items?comments=open")
    owner.page.locator("tbody th a").first.click()
    owner.page.get_by_text("Reply", exact=True).click()
    owner.page.get_by_label("Your reply").fill("Changed in the next version.")
    owner.page.get_by_role("button", name="Send the reply").click()
    owner.page.get_by_role("button", name="Mark as settled").click()
    expect(owner.page.get_by_text("Settled")).to_be_visible()
    owner.look("settled")


def test_the_map_of_the_coverage_names_what_is_thin_and_prints(
    served: Served, visit: Opens
) -> None:
    one = open_bank(served, visit, "coverage", "instructor")
    one.open("/banks/1/coverage?length=60&times=9")
    expect(one.page.locator(".thin-list li").first).to_contain_text(re.compile(r"\d+ more"))
    one.look("map")
    one.page.emulate_media(media="print")
    one.look("print")
    cell = one.page.locator(".heat-map .heat").first
    expect(cell).to_contain_text(re.compile(r"\d+ / \d+"))  # a number, not a colour alone
