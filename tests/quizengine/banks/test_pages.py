"""The pages of item banks, as an instructor, an expert and strangers meet them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from quizengine.banks.service import publish, store
from quizengine.database import reading

from ..conftest import School

Open = Callable[[str], Any]


def words(response: TestResponse) -> str:
    """What a reader sees of a page, on one line."""
    html = re.sub(r"<(script|style).*?</\1>", " ", response.get_data(as_text=True), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def fields(response: TestResponse) -> dict[str, str]:
    """What the form on a page would send, without its buttons."""
    html = response.get_data(as_text=True)
    form = html[html.index('<form class="item-form"') :].partition("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="radio"' not in tag or " checked" in tag) and 'type="file"' not in tag:
            found[name[1]] = unescape(value[1]) if value else ""
    area = r'<textarea[^>]* name="([^"]+)"[^>]*>\n?(.*?)</textarea>'
    for name, text in re.findall(area, form, re.S):
        found[name] = unescape(text)
    for name, inner in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[name] = chosen[1] if chosen else ""
    found.pop("csrf_token")
    return found


def latest(item_id: int = 1) -> store.StoredItem:
    with reading() as session:
        return store.get_item(session, item_id)


NEW = {
    "code": "A1-900", "competency": "A1", "sub_topic": "A1.1", "stem_en": "Which?", "key": "1",
    "option-0-id": "a", "option-0_en": "This", "option-1-id": "b", "option-1_en": "That",
}  # fmt: skip


def test_the_banks_say_where_they_stand(browser_of: Open) -> None:
    shown = words(browser_of("instructor").get("/banks"))
    assert "Test bank" in shown
    assert "30 questions" in shown
    assert "Provisional" in shown
    assert "Revision 1, published on" in shown
    assert "Changes waiting" not in shown


def test_an_organisation_without_a_bank_is_told(browser_of: Open) -> None:
    assert "no item bank yet" in words(browser_of("away-instructor").get("/banks"))


@pytest.mark.parametrize(
    "path",
    [
        "/banks/1", "/banks/1/items", "/banks/1/items/new", "/items/1", "/items/1/preview",
        "/items/1/edit",
    ],
)  # fmt: skip
def test_another_organisation_sees_nothing_of_a_bank(browser_of: Open, path: str) -> None:
    assert browser_of("away-instructor").get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/banks/1/publish", "/items/1/retire", "/items/1/restore", "/items/1/edit",
     "/banks/1/items/new"],
)  # fmt: skip
def test_another_organisation_changes_nothing_of_a_bank(browser_of: Open, path: str) -> None:
    assert browser_of("away-instructor").post(path, NEW).status_code == 404
    assert not latest().retired
    assert latest().latest_number == 1


def test_an_expert_looks_but_does_not_write(browser_of: Open) -> None:
    expert = browser_of("expert")
    for path in ("/banks", "/banks/1", "/banks/1/items", "/items/1", "/items/1/preview"):
        assert expert.get(path).status_code == 200
    assert "Revise to version" not in words(expert.get("/items/1"))
    for path in ("/banks/1/publish", "/items/1/retire", "/items/1/edit", "/banks/1/items/new"):
        assert expert.post(path, NEW).status_code == 403


@pytest.mark.parametrize("name", ["student", "registrar", "administrator"])
def test_other_roles_see_no_bank(browser_of: Open, name: str) -> None:
    browser = browser_of(name)
    for path in ("/banks", "/banks/1", "/banks/1/items", "/items/1", "/items/1/preview"):
        assert browser.get(path).status_code == 403


def test_the_list_filters_and_says_when_nothing_matches(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    shown = words(instructor.get("/banks/1/items?competency=A2&text=A2-003"))
    assert "1 question" in shown
    assert "A2-003" in shown
    assert "A2-004" not in shown
    assert "No question matches" in words(instructor.get("/banks/1/items?text=%25"))


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=99999999999999999999", "page=x", "text=%00", "text=%ff%fe",
     "competency=nowhere", "level=Z&state=odd", "text=" + "x" * 3000],
)  # fmt: skip
def test_odd_filters_never_break_the_list(browser_of: Open, query: str) -> None:
    assert browser_of("instructor").get(f"/banks/1/items?{query}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/banks/99", 404), ("/banks/99999999999999999999", 404), ("/items/99", 404),
        ("/items/1?version=7", 404), ("/items/1?version=x&compare=%00", 200),
        ("/items/1/preview?version=8", 404), ("/items/1/preview?try=1&choice=zz&lang=xx", 200),
    ],
)  # fmt: skip
def test_odd_addresses_have_their_pages(browser_of: Open, path: str, status: int) -> None:
    assert browser_of("instructor").get(path).status_code == status


def test_an_item_shows_both_languages_and_says_its_numbers_are_stated(browser_of: Open) -> None:
    shown = words(browser_of("instructor").get("/items/1"))
    assert "Provisional: stated by experts" in shown
    assert "Question A1-000. Which one is right?" in shown
    assert "题目 A1-000。哪一项正确？" in shown
    assert re.search(r"average student: \d+\s%\sright", shown)
    assert "Never in one sitting with the other questions of pair" in shown


def test_the_preview_shows_the_reasons_only_after_a_choice(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    before = words(instructor.get("/items/1/preview"))
    assert "Option b of A1-000" in before
    assert "Because a." not in before
    wrong = words(instructor.get("/items/1/preview?try=1&choice=b"))
    assert "You chose B. The answer is A." in wrong
    assert "Because a." in wrong
    assert "因为 a。" in words(instructor.get("/items/1/preview?try=1&choice=a&lang=zh"))


# --- writing ---


def test_the_form_sent_back_as_it_is_changes_nothing(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    sent = fields(instructor.get("/items/1/edit"))
    response = instructor.post("/items/1/edit", sent)
    assert response.status_code == 303
    assert "Nothing was changed" in words(instructor.get(response.headers["Location"]))
    assert latest().latest_number == 1


def test_an_edit_makes_a_version_that_can_be_compared(browser_of: Open, school: School) -> None:
    instructor = browser_of("instructor")
    sent = fields(instructor.get("/items/1/edit")) | {"stem_en": "Rewritten. Which one?"}
    response = instructor.post("/items/1/edit", sent)
    assert response.status_code == 303
    assert latest().item.stem.en == "Rewritten. Which one?"
    page = instructor.get("/items/1/history")
    assert "<ins>Rewritten" in page.get_data(as_text=True)
    assert "Instructor" in words(page)
    assert "1 changed" in words(instructor.get("/banks/1"))
    assert instructor.post("/banks/1/publish").status_code == 303
    with reading() as session:
        published = publish.find_published(session, school.bank_id)
    assert published is not None
    assert "Everything is published" in words(instructor.get("/banks/1"))
    assert instructor.post("/banks/1/publish").status_code == 409


def test_the_second_editor_sees_the_form_again_with_what_was_typed(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    sent = fields(instructor.get("/items/1/edit"))
    instructor.post("/items/1/edit", sent | {"stem_en": "First?"})
    response = instructor.post("/items/1/edit", sent | {"stem_en": "Second?"})
    assert response.status_code == 409
    assert "Somebody saved version 2" in words(response)
    assert fields(response)["stem_en"] == "Second?"
    assert latest().item.stem.en == "First?"


def test_a_wrong_form_says_what_is_wrong_in_the_language_of_the_page(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    instructor.client.set_cookie("language", "zh")
    response = instructor.post("/banks/1/items/new", NEW | {"stem_en": "", "key": ""})
    assert response.status_code == 422
    shown = words(response)
    assert "缺少题干" in shown
    assert "请标出正确选项" in shown
    assert fields(response)["option-1_en"] == "That"


def test_a_new_item_is_stored_and_its_code_is_used_once(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    response = instructor.post("/banks/1/items/new", NEW)
    assert response.status_code == 303
    assert "A1-900" in words(instructor.get(response.headers["Location"]))
    again = instructor.post("/banks/1/items/new", NEW)
    assert again.status_code == 409
    assert "already has an item A1-900" in words(again)


def test_options_are_added_and_removed_by_buttons(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    sent = fields(instructor.get("/items/1/edit"))
    more = instructor.post("/items/1/edit", sent | {"action": "add-options"})
    assert more.status_code == 200
    assert fields(more)["option-4-id"] == "e"
    fewer = fields(instructor.post("/items/1/edit", fields(more) | {"action": "remove-options-1"}))
    assert [fewer[f"option-{n}-id"] for n in range(4)] == ["a", "c", "d", "e"]
    assert latest().latest_number == 1


def test_an_item_keeps_its_code_whatever_is_sent(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    sent = fields(instructor.get("/items/1/edit"))
    instructor.post("/items/1/edit", sent | {"code": "other", "stem_en": "New?"})
    assert latest().item.id == "A1-000"


@pytest.mark.parametrize(
    "odd",
    [
        {"key": "99999999999999999999"}, {"key": "-1"}, {"based_on": "x"}, {"stem_en": "a\x00b"},
        {"competency": "\x00"}, {"enemies": "\x00"}, {"option-0-id": "../"}, {"status": "odd"},
        {"stem_en": "x" * 20_001}, {"difficulty": "\ufffd"}, {"action": "remove-options-9"},
        {"figure-0-sha256": "0" * 64, "figure-0-asset": "../../x", "figure-0-alt_en": "x"},
        {"figure-0-sha256": "0" * 64, "figure-0-asset": "figures/x.png", "figure-0-alt_en": "x"},
    ],
)  # fmt: skip
def test_odd_forms_are_shown_again_and_store_nothing(browser_of: Open, odd: dict[str, str]) -> None:
    instructor = browser_of("instructor")
    sent = fields(instructor.get("/items/1/edit")) | {"stem_en": "New?"} | odd
    response = instructor.post("/items/1/edit", sent)
    assert response.status_code in (200, 409, 422)
    assert latest().latest_number == 1


def test_a_picture_is_uploaded_described_and_shown(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    target = io.BytesIO()
    Image.new("L", (8, 6), 90).save(target, "PNG")
    sent = fields(instructor.get("/items/1/edit"))
    upload = {"picture": (io.BytesIO(target.getvalue()), "CT.PNG")}
    response = instructor.post("/items/1/edit", sent | upload, content_type="multipart/form-data")
    assert response.status_code == 422
    assert "Describe the picture" in words(response)
    sent = fields(response) | {"figure-0-alt_en": "A grey field", "figure-0-caption_zh": "模拟"}
    assert instructor.post("/items/1/edit", sent).status_code == 303
    (figure,) = latest().item.figures
    sha256 = latest().assets[figure.asset]
    assert instructor.get(f"/assets/{sha256}").mimetype == "image/png"
    assert sha256 in instructor.get("/items/1/preview").get_data(as_text=True)
    kept = fields(instructor.get("/items/1/edit"))
    gone = fields(instructor.post("/items/1/edit", kept | {"action": "remove-picture-0"}))
    assert instructor.post("/items/1/edit", gone).status_code == 303
    assert latest().item.figures == ()


def test_a_file_that_is_no_picture_is_refused_beside_its_field(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    sent = fields(instructor.get("/items/1/edit")) | {"stem_en": "Kept?"}
    response = instructor.post(
        "/items/1/edit",
        sent | {"picture": (io.BytesIO(b"<svg/>"), "x.png")},
        content_type="multipart/form-data",
    )
    assert response.status_code == 422
    assert "not a PNG or JPEG picture" in words(response)
    assert fields(response)["stem_en"] == "Kept?"


def test_a_retired_item_leaves_the_list_and_comes_back(browser_of: Open) -> None:
    instructor = browser_of("instructor")
    assert instructor.post("/items/1/retire").status_code == 303
    assert "A1-000" not in words(instructor.get("/banks/1/items"))
    assert "A1-000" in words(instructor.get("/banks/1/items?state=retired"))
    assert "1 retired" in words(instructor.get("/banks/1"))
    assert instructor.post("/items/1/restore").status_code == 303
    assert "A1-000" in words(instructor.get("/banks/1/items"))
