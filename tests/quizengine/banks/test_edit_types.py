"""The form that writes a question of any type, without a script: nothing typed is ever lost."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from werkzeug.test import TestResponse

from itembank.item import Item, Stimulus, Text
from quizengine.banks.draft_checks import check_draft
from quizengine.banks.drafts import new_draft
from quizengine.banks.percentages import read_percentages, write_percentages
from quizengine.banks.service import store
from quizengine.banks.stored_drafts import draft_of
from quizengine.database import reading, transaction

from ..conftest import NOW, School
from ..every_type import FIGURE, bank_of_every_type, items_of_every_type

Open = Callable[[str], Any]
Sent = dict[str, Any]
ITEMS = items_of_every_type()
PLAN = bank_of_every_type().blueprint


def sent_by(response: TestResponse) -> Sent:
    """What the form on a page would send; several boxes of one name are a list."""
    form = BeautifulSoup(response.get_data(as_text=True), "html.parser").select_one(
        "form.item-form"
    )
    assert form is not None
    found: dict[str, list[str]] = {}
    for part in form.select("[name]"):
        name, kind = str(part["name"]), part.get("type")
        if name in ("csrf_token", "action") or kind == "file":
            continue
        if kind in ("radio", "checkbox"):
            if part.has_attr("checked"):
                found.setdefault(name, []).append(str(part.get("value", "on")))
        elif part.name == "textarea":
            found.setdefault(name, []).append(part.get_text().removeprefix("\n"))
        elif part.name == "select":
            chosen = part.select_one("option[selected]") or part.select_one("option")
            found.setdefault(name, []).append(str(chosen["value"]) if chosen else "")
        else:
            found.setdefault(name, []).append(str(part.get("value", "")))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def words(response: TestResponse) -> str:
    page = BeautifulSoup(response.get_data(as_text=True), "html.parser")
    return " ".join(page.get_text(" ").split())


@pytest.fixture
def bank_id(school: School) -> int:
    """A bank with every type beside the plain one."""
    with transaction() as session:
        return store.create_bank(
            session, organisation_id=school.organisation_id, bank=bank_of_every_type(), now=NOW
        )


def id_of(code: str) -> int:
    with reading() as session:
        for item_id in range(1, 100):
            if store.get_item(session, item_id).item.id == code:
                return item_id
    raise AssertionError(code)


def latest(item_id: int) -> store.StoredItem:
    with reading() as session:
        return store.get_item(session, item_id)


def write_new(browser: Any, bank_id: int, kind: str, **fields: Any) -> TestResponse:
    """A new question: its type is chosen first, then its fields are filled and saved."""
    url = f"/banks/{bank_id}/items/new"
    start = sent_by(browser.get(url)) | {"type": kind, "action": "change-type"}
    shown = sent_by(browser.post(url, start))
    assert shown["type_shown"] == kind
    filled = {"code": "new-1", "competency": "A1", "stem_en": "What?"} | fields
    response: TestResponse = browser.post(url, shown | filled)
    return response


# --- drafts ---


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
def test_a_draft_of_any_item_is_the_item(item: Item) -> None:
    draft = draft_of(item, {FIGURE.asset: "0" * 64}, 1)
    assert check_draft(draft, PLAN, ["case-1"]) == (item, [])


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)
@pytest.mark.parametrize("kind", sorted({item.type for item in ITEMS}))
def test_a_type_that_is_changed_and_changed_back_loses_nothing(item: Item, kind: str) -> None:
    draft = draft_of(item, {FIGURE.asset: "0" * 64}, 1)
    other = replace(draft, type=kind).turned_into(item.type)
    back = replace(other, type=item.type, scoring=draft.scoring).turned_into(kind)
    if kind == "single_best" and len(draft.keys) > 1:
        back = replace(back, keys=draft.keys)  # which of several is best, only the author knows
    assert back.build() == item


@given(st.lists(st.integers(0, 10_000).map(lambda n: n / 10_000), min_size=1, max_size=8))
def test_percentages_are_read_as_they_were_written(shares: list[float]) -> None:
    assert read_percentages(write_percentages(tuple(shares))) == tuple(shares)


@pytest.mark.parametrize("text", ["x", "1e999", "nan", "inf", "1,2;--3", "9" * 200])
def test_what_is_no_percentage_is_said(text: str) -> None:
    with pytest.raises(Exception, match="number-unreadable"):
        read_percentages(text)


def test_an_empty_draft_of_each_type_says_what_is_missing_at_its_fields() -> None:
    wanted = {
        "single_best": "key", "multiple": "key", "true_false": "truth", "numeric": "number",
        "short_text": "accepted", "matching": "premise-0-match", "hot_spot": "picture",
        "order": "option-0_en", "select_n": "key",
    }  # fmt: skip
    for kind, field in wanted.items():
        draft = replace(new_draft(), type=kind).turned_into("single_best")
        _, errors = check_draft(draft, PLAN)
        assert field in [error.field for error in errors], kind


# --- the page ---


def test_the_form_of_every_type_sent_back_as_it_is_changes_nothing(
    browser_of: Open, bank_id: int
) -> None:
    instructor = browser_of("instructor")
    first = id_of(ITEMS[0].id)
    for number, item in enumerate(ITEMS):
        url = f"/items/{first + number}/edit"
        response = instructor.post(url, sent_by(instructor.get(url)))
        assert response.status_code == 303, (item.id, words(response))
        stored = latest(first + number)
        assert (stored.latest_number, stored.item) == (1, item)


NEW: dict[str, tuple[Sent, Callable[[Item], object], object]] = {
    "true_false": ({"truth": "false", "truth-true_en": "No."},
                   lambda item: (item.key, item.choices[0].reason.en), ({"false"}, "No.")),
    "multiple": ({"option-0_en": "1", "option-1_en": "2", "option-2_en": "3", "option-3_en": "4",
                  "key": ["0", "2"], "scoring": "plus_minus"},
                 lambda item: (item.key, item.scoring), ({"a", "c"}, "plus_minus")),
    "select_n": ({"option-0_en": "1", "option-1_en": "2", "option-2_en": "3", "option-3_en": "4",
                  "key": ["1", "2"]}, lambda item: (item.key, item.scoring), ({"b", "c"}, "")),
    "numeric": ({"number": "1.25", "tolerance": "5", "relative": "1", "unit_en": "mGy",
                 "unit_zh": "mGy"},
                lambda item: item.numeric and (item.numeric.value, item.numeric.tolerance,
                                               item.numeric.relative, item.numeric.unit.zh),
                (1.25, 0.05, True, "mGy")),
    "short_text": ({"accepted-0_en": "heel effect", "accepted-0_zh": "足跟效应"},
                   lambda item: item.accepted, (Text("heel effect", "足跟效应"),)),
    "order": ({"option-0_en": "1", "option-1_en": "2", "option-2_en": "3", "option-3_en": "4"},
              lambda item: [choice.id for choice in item.choices], ["a", "b", "c", "d"]),
    "matching": ({"option-0_en": "1", "option-1_en": "2", "option-2_en": "3", "option-3_en": "4",
                  "premise-0_en": "x", "premise-0-match": "b", "premise-1_en": "y",
                  "premise-1-match": "b", "premise-2_en": "z", "premise-2-match": "d"},
                 lambda item: [premise.match for premise in item.premises], ["b", "b", "d"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", NEW)
def test_a_question_of_the_type_is_written_and_shown(
    browser_of: Open, bank_id: int, kind: str
) -> None:
    instructor = browser_of("instructor")
    fields, read, wanted = NEW[kind]
    response = write_new(instructor, bank_id, kind, **fields)
    assert response.status_code == 303, words(response)
    item = latest(id_of("new-1")).item
    assert item.type == kind
    assert read(item) == wanted
    assert instructor.get(response.headers["Location"]).status_code == 200


def test_a_hot_spot_is_written_by_numbers(browser_of: Open, bank_id: int) -> None:
    instructor = browser_of("instructor")
    url = f"/banks/{bank_id}/items/new"
    start = sent_by(instructor.get(url)) | {"type": "hot_spot", "action": "add-picture"}
    upload = start | {"picture": (io.BytesIO(picture()), "ct.png")}
    shown = sent_by(instructor.post(url, upload, content_type="multipart/form-data"))
    filled = shown | {"code": "new-1", "competency": "A1", "stem_en": "Where?"}
    filled |= {"figure-0-alt_en": "Grey", "region-0-shape": "rect"}
    wrong = instructor.post(url, filled | {"region-0-coordinates": "10, 20, 40"})
    assert "needs 4 percentages" in words(wrong)
    assert sent_by(wrong)["region-0-coordinates"] == "10, 20, 40"
    outside = instructor.post(url, filled | {"region-0-coordinates": "10, 20, 40, 160"})
    assert "outside the picture" in words(outside)
    right = filled | {"region-0-coordinates": "10, 20, 40, 60"}
    drawn = instructor.post(url, right | {"action": "add-regions"})
    assert '<rect class="region-right" x="100.0"' in drawn.get_data(as_text=True)
    assert "region-1-id" in sent_by(drawn)
    response = instructor.post(url, right)
    assert response.status_code == 303, words(response)
    (region,) = latest(id_of("new-1")).item.regions
    assert (region.coordinates, region.is_key) == ((0.1, 0.2, 0.4, 0.6), True)
    page = instructor.get(response.headers["Location"]).get_data(as_text=True)
    assert 'class="region-right"' in page


def picture(side: int = 8) -> bytes:
    target = io.BytesIO()
    Image.new("L", (side, side), 90).save(target, "PNG")
    return target.getvalue()


def test_another_type_keeps_the_fields_of_the_old_one_until_it_is_saved(
    browser_of: Open, bank_id: int
) -> None:
    instructor = browser_of("instructor")
    url = f"/items/{id_of('several')}/edit"
    before = sent_by(instructor.get(url))
    number = instructor.post(url, before | {"type": "numeric", "action": "change-type"})
    assert "this type does not use" in words(number)
    hidden = sent_by(number)
    assert hidden["option-3_zh"] == "说法 d"
    assert hidden["key"] == ["0", "2"]
    back = instructor.post(url, hidden | {"type": "multiple", "action": "change-type"})
    again = sent_by(back)
    assert {name: again[name] for name in before} == before
    assert instructor.post(url, again).status_code == 303
    assert latest(id_of("several")).latest_number == 1


def test_a_type_changed_without_its_button_is_shown_before_it_is_saved(
    browser_of: Open, bank_id: int
) -> None:
    instructor = browser_of("instructor")
    item_id = id_of("several")
    url = f"/items/{item_id}/edit"
    page = instructor.post(url, sent_by(instructor.get(url)) | {"type": "order"})
    assert "Not saved yet" in words(page)
    assert latest(item_id).latest_number == 1
    assert instructor.post(url, sent_by(page)).status_code == 303
    saved = latest(item_id).item
    assert (saved.type, saved.key, len(saved.choices)) == ("order", frozenset(), 5)


def test_the_key_of_a_single_best_question_becomes_an_accepted_answer(
    browser_of: Open, bank_id: int
) -> None:
    instructor = browser_of("instructor")
    url = f"/items/{id_of('single')}/edit"
    start = sent_by(instructor.get(url)) | {"type": "short_text", "action": "change-type"}
    page = instructor.post(url, start)
    assert sent_by(page)["accepted-0_en"] == "Statement b"


def test_lines_of_an_ordered_list_are_moved_by_buttons(browser_of: Open, bank_id: int) -> None:
    instructor = browser_of("instructor")
    url = f"/items/{id_of('list')}/edit"
    moved = sent_by(instructor.post(url, sent_by(instructor.get(url)) | {"action": "down-0"}))
    assert [moved[f"option-{n}-id"] for n in range(4)] == ["b", "a", "c", "d"]
    up = sent_by(instructor.post(url, moved | {"action": "up-1"}))
    assert [up[f"option-{n}-id"] for n in range(4)] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("code", "group", "name"),
    [("word", "accepted", "accepted-{}_en"), ("match", "premises", "premise-{}-id"),
     ("spot", "regions", "region-{}-id"), ("list", "options", "option-{}-id")],
)  # fmt: skip
def test_rows_are_added_and_removed_by_buttons(
    browser_of: Open, bank_id: int, code: str, group: str, name: str
) -> None:
    instructor = browser_of("instructor")
    url = f"/items/{id_of(code)}/edit"
    sent = sent_by(instructor.get(url))
    count = sum(name.format(n) in sent for n in range(20))
    more = sent_by(instructor.post(url, sent | {"action": f"add-{group}"}))
    assert name.format(count) in more
    fewer = sent_by(instructor.post(url, more | {"action": f"remove-{group}-{count}"}))
    assert fewer == sent


@pytest.mark.parametrize(
    ("code", "odd", "said"),
    [
        ("number", {"number": "about ten"}, "is not a number"),
        ("number", {"number": ""}, "Give the right value"),
        ("number", {"tolerance": "-1"}, "cannot be the tolerance"),
        ("number", {"tolerance": "x", "relative": "1"}, "is not a number"),
        ("number", {"number": "5 kg"}, "asked for in the unit"),
        ("word", {"accepted-0_en": "", "accepted-0_zh": ""}, "accepts 0 answers"),
        ("word", {"accepted-0_en": "x" * 501}, "at most 500"),
        ("match", {"premise-1-match": ""}, "belongs to line 2"),
        ("match", {"premise-1-match": "z\x00"}, "belongs to line 2"),
        ("match", {"premise-1_en": "Finding 0"}, "are the same"),
        ("match", {"premise-0_en": "", "premise-0_zh": ""}, "has no text"),
        ("several", {"key": []}, "Mark at least one"),
        ("several", {"scoring": "odd"}, "cannot be scored by"),
        ("yes-no", {"truth": ""}, "true or false"),
        ("spot", {"region-0-key": []}, "at least one must be right"),
        ("spot", {"region-1-coordinates": "80, 80, x"}, "is not a number"),
        ("spot", {"region-1-coordinates": "80, 80, 0"}, "no area"),
        ("spot", {"region-1-shape": "polygon"}, "corners"),
        ("spot", {"region-1-shape": "star"}, "Draw it again"),
        ("case-1", {"case_position": "0"}, "position in a set"),
        ("case-1", {"case_position": "99999999999"}, "position in a set"),
        ("case-1", {"case_position": "2"}, "case-2 is question 2"),
        ("case-1", {"case": "=gone", "case_shown": "=gone"}, "no case gone any more"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_stored(
    browser_of: Open, bank_id: int, code: str, odd: dict[str, object], said: str
) -> None:
    instructor = browser_of("instructor")
    item_id = id_of(code)
    url = f"/items/{item_id}/edit"
    sent = sent_by(instructor.get(url)) | {"rule_en": "Kept."} | odd
    response = instructor.post(url, sent)
    assert response.status_code in (409, 422), words(response)
    assert said in words(response)
    assert sent_by(response)["rule_en"] == "Kept."
    assert latest(item_id).latest_number == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"type": "odd"}, {"type": "odd", "type_shown": "odd"}, {"action": "up-99"},
        {"action": "remove-regions-77"}, {"action": "first-picture-5"}, {"case": "\x00"},
        {"case": "=\x00", "action": "choose-case"}, {"key": ["99999999999999999999", "x", "7"]},
        {"premise-0-id": "../", "type": "matching", "type_shown": "matching"},
        {"option-0-id": "a b"}, {"case": "+", "case_shown": "+", "case_id": "x" * 101},
        {"region-0-id": "x\x00", "type": "hot_spot", "type_shown": "hot_spot"},
    ],
)  # fmt: skip
def test_odd_forms_of_other_types_are_shown_again(
    browser_of: Open, bank_id: int, odd: dict[str, object]
) -> None:
    instructor = browser_of("instructor")
    item_id = id_of("single")
    url = f"/items/{item_id}/edit"
    sent = sent_by(instructor.get(url)) | {"stem_en": "New?"} | odd
    assert instructor.post(url, sent).status_code in (200, 409, 422)
    assert latest(item_id).latest_number == 1


def test_a_draft_is_previewed_in_the_language_asked_for_and_not_saved(
    browser_of: Open, bank_id: int
) -> None:
    instructor = browser_of("instructor")
    for item in ITEMS:
        url = f"/items/{id_of(item.id)}/edit"
        sent = sent_by(instructor.get(url)) | {"stem_zh": "新的题干 $x^2$？"}
        page = instructor.post(url, sent | {"action": "preview-zh"})
        html = page.get_data(as_text=True)
        assert page.status_code == 200
        shown = html[html.index('class="draft-preview"') : html.index("</section>\n<form")]
        assert "新的题干" in shown
        assert "<msup>" in shown
        assert sent_by(page) == sent
        assert latest(id_of(item.id)).latest_number == 1


# --- cases ---


def case_of(code: str) -> Stimulus:
    found = latest(id_of(code)).item.stimulus
    assert found is not None
    return found


def test_a_question_joins_a_case_of_the_bank_at_its_next_place(
    browser_of: Open, bank_id: int
) -> None:
    instructor = browser_of("instructor")
    item_id = id_of("number")
    url = f"/items/{item_id}/edit"
    shown = instructor.post(url, sent_by(instructor.get(url)) | {"case": "=case-1"})
    assert "Not saved yet" in words(shown)
    sent = sent_by(shown)
    assert "A patient of 54 years" in sent["case_text_en"]
    assert sent["case_position"] == "4"
    assert instructor.post(url, sent).status_code == 303
    assert case_of("number") == replace(case_of("case-1"), position=4)
    gone = instructor.post(url, sent_by(instructor.get(url)) | {"case": ""})
    assert instructor.post(url, sent_by(gone)).status_code == 303
    assert latest(item_id).item.stimulus is None


def test_a_new_case_is_written_with_its_picture(browser_of: Open, bank_id: int) -> None:
    instructor = browser_of("instructor")
    url = f"/items/{id_of('single')}/edit"
    start = sent_by(instructor.get(url)) | {"case": "+", "action": "choose-case"}
    sent = sent_by(instructor.post(url, start))
    sent |= {"case_id": "case-9", "case_text_en": "A fall.", "case_irreversible": "1"}
    upload = sent | {
        "case-picture": (io.BytesIO(picture(9)), "x.png"),
        "action": "add-case-picture",
    }
    sent = sent_by(instructor.post(url, upload, content_type="multipart/form-data"))
    missing = instructor.post(url, sent)
    assert "Describe the picture" in words(missing)
    response = instructor.post(url, sent | {"case-figure-0-alt_en": "A wrist"})
    assert response.status_code == 303, words(response)
    case = case_of("single")
    assert (case.id, case.text.en, case.irreversible, case.position) == (
        "case-9", "A fall.", True, 1
    )  # fmt: skip
    assert len(case.figures) == 1
    taken = sent_by(instructor.get(f"/items/{id_of('word')}/edit")) | {"case": "+"}
    shown = sent_by(instructor.post(f"/items/{id_of('word')}/edit", taken))
    again = instructor.post(
        f"/items/{id_of('word')}/edit", shown | {"case_id": "case-9", "case_text_en": "x"}
    )
    assert "already" in words(again)


def test_a_changed_case_is_changed_in_all_questions_at_once(browser_of: Open, bank_id: int) -> None:
    instructor = browser_of("instructor")
    url = f"/items/{id_of('case-2')}/edit"
    sent = sent_by(instructor.get(url)) | {"case_text_en": "A patient of 60 years."}
    refused = instructor.post(url, sent)
    assert refused.status_code == 409
    assert "case-1, case-3" in words(refused)
    assert sent_by(refused)["case_text_en"] == "A patient of 60 years."
    assert all(latest(id_of(f"case-{n}")).latest_number == 1 for n in (1, 2, 3))
    response = instructor.post(url, sent_by(refused) | {"case_all": "1"})
    assert response.status_code == 303
    assert "case-1, case-3" in words(instructor.get(response.headers["Location"]))
    for n in (1, 2, 3):
        stored = latest(id_of(f"case-{n}"))
        assert stored.latest_number == 2
        assert case_of(f"case-{n}").text.en == "A patient of 60 years."
        assert case_of(f"case-{n}").position == n
        assert stored.assets[FIGURE.asset]
    assert "case of the set changed" in words(instructor.get(f"/items/{id_of('case-1')}/history"))


def test_the_question_itself_is_refused_together_with_its_set(
    browser_of: Open, bank_id: int
) -> None:
    instructor = browser_of("instructor")
    url = f"/items/{id_of('case-2')}/edit"
    sent = sent_by(instructor.get(url))
    assert instructor.post(url, sent | {"stem_en": "First?"}).status_code == 303
    late = sent | {"case_text_en": "Late.", "case_all": "1"}
    assert instructor.post(url, late).status_code == 409
    assert all("Late" not in case_of(f"case-{n}").text.en for n in (1, 2, 3))


def test_other_fields_of_a_question_in_a_set_are_saved_alone(
    browser_of: Open, bank_id: int
) -> None:
    instructor = browser_of("instructor")
    url = f"/items/{id_of('case-3')}/edit"
    sent = sent_by(instructor.get(url)) | {"stem_en": "Another?"}
    assert instructor.post(url, sent).status_code == 303
    assert [latest(id_of(f"case-{n}")).latest_number for n in (1, 2, 3)] == [1, 1, 2]


def test_a_question_with_a_picture_inside_its_text_can_be_revised(
    browser_of: Open, school: School
) -> None:
    bank = bank_of_every_type()
    inside = replace(bank.items[0], id="inside", stem=Text(f"![x]({FIGURE.asset}) Which?"))
    with transaction() as session:
        store.create_bank(
            session, organisation_id=school.organisation_id, now=NOW,
            bank=replace(bank, items=(inside,)),
        )  # fmt: skip
    instructor = browser_of("instructor")
    url = f"/items/{id_of('inside')}/edit"
    response = instructor.post(url, sent_by(instructor.get(url)) | {"rule_en": "New."})
    assert response.status_code == 303, words(response)
    assert latest(id_of("inside")).assets[FIGURE.asset]


def errors_on(page: TestResponse) -> Sequence[str]:
    soup = BeautifulSoup(page.get_data(as_text=True), "html.parser")
    return [str(link["href"]) for link in soup.select("[data-error-summary] a")]


def test_every_link_of_the_summary_of_errors_leads_to_its_field(
    browser_of: Open, bank_id: int
) -> None:
    instructor = browser_of("instructor")
    for kind in ("matching", "numeric", "short_text", "true_false", "multiple", "hot_spot"):
        page = write_new(instructor, bank_id, kind, stem_en="")
        html = BeautifulSoup(page.get_data(as_text=True), "html.parser")
        links = errors_on(page)
        assert links, kind
        for link in links:
            assert html.find(id=link[1:]) is not None, (kind, link)
