"""Items and their versions: what saving keeps, refuses and compares; pictures that come in."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from itembank.item import Choice, Figure, Item, Text, item_to_native
from quizengine.banks.draft_checks import check_draft
from quizengine.banks.drafts import new_draft, split_words
from quizengine.banks.service import edit, store
from quizengine.banks.service.difference import compare_items
from quizengine.banks.service.pictures import MAX_MEGABYTES, MAX_SIDE, rewrite_picture
from quizengine.banks.stored_drafts import draft_of
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, InvalidInput, NotFound

from ..conftest import NOW, School, make_bank, make_item


def first_item(school: School) -> store.StoredItem:
    with reading() as session:
        return store.get_item(session, 1, organisation_id=school.organisation_id)


def save(school: School, item: Item, based_on: int, assets: dict[str, str] | None = None) -> int:
    with transaction() as session:
        return edit.save_version(
            session,
            item_id=1,
            organisation_id=school.organisation_id,
            item=item,
            assets=assets or {},
            based_on=based_on,
            account_id=school.instructor_id,
            now=NOW,
        ).number


def test_a_change_makes_a_new_version_and_keeps_the_old_one(school: School) -> None:
    before = first_item(school)
    assert save(school, replace(before.item, stem=Text("New?", "新？")), 1) == 2
    with reading() as session:
        assert store.get_item(session, 1).item.stem.en == "New?"
        assert store.get_item(session, 1, number=1).item == before.item


def test_saving_what_is_there_already_makes_no_version(school: School) -> None:
    assert save(school, first_item(school).item, 1) == 1
    assert first_item(school).latest_number == 1


def test_the_second_of_two_editors_is_told(school: School) -> None:
    item = first_item(school).item
    save(school, replace(item, stem=Text("Mine?")), 1)
    with pytest.raises(Conflict, match="item-changed-meanwhile"):
        save(school, replace(item, stem=Text("Yours?")), 1)
    assert first_item(school).item.stem.en == "Mine?"


def test_another_organisation_finds_no_item(school: School) -> None:
    with reading() as session, pytest.raises(NotFound, match="item"):
        store.get_item(session, 1, organisation_id=school.other_organisation_id)
    with transaction() as session, pytest.raises(NotFound, match="item"):
        edit.retire_item(session, item_id=1, organisation_id=school.other_organisation_id, now=NOW)


def test_a_picture_that_nobody_stored_is_refused(school: School) -> None:
    item = replace(first_item(school).item, figures=(Figure(asset="figures/x.png"),))
    with pytest.raises(InvalidInput, match="figure-missing"):
        save(school, item, 1, {"figures/x.png": "0" * 64})


def test_a_code_is_used_once_in_a_bank(school: School) -> None:
    with transaction() as session, pytest.raises(Conflict, match="item-code-taken"):
        edit.save_new(
            session,
            bank_id=school.bank_id,
            organisation_id=school.organisation_id,
            item=first_item(school).item,
            assets={},
            account_id=school.instructor_id,
            now=NOW,
        )


# --- drafts ---


@given(number=st.integers(0, 40), reference=st.text(alphabet="RT1234 ", max_size=8))
def test_a_draft_of_an_item_is_the_item(number: int, reference: str) -> None:
    item = make_item(
        "A1-1", "A1", "A1.1", number, enemies=("pair", "more"), reference=reference.strip()
    )
    found, errors = check_draft(draft_of(item, {}, 1), make_bank().blueprint)
    assert errors == []
    assert found is not None
    assert item_to_native(found) == item_to_native(item)


def test_an_empty_form_names_every_field_that_is_missing() -> None:
    found, errors = check_draft(new_draft(), make_bank().blueprint)
    assert found is None
    assert {error.field for error in errors} >= {
        "code", "competency", "stem_en", "key",
        "option-0_en", "option-1_en", "option-2_en", "option-3_en",
    }  # fmt: skip


def test_a_sub_topic_of_another_competency_is_refused() -> None:
    draft = replace(draft_of(make_item("x", "A1", "A2.1", 0), {}, 1))
    _, errors = check_draft(draft, make_bank().blueprint)
    assert [(error.field, error.code) for error in errors] == [("sub_topic", "sub-topic-elsewhere")]


def test_two_equal_options_are_refused() -> None:
    draft = draft_of(make_item("x", "A1", "A1.1", 0), {}, 1)
    twin = replace(draft.options[1], text=draft.options[0].text)
    _, errors = check_draft(
        replace(draft, options=(draft.options[0], twin, *draft.options[2:])),
        make_bank().blueprint,
    )
    assert [error.code for error in errors] == ["duplicate-option"]


@given(place=st.integers(0, 3), key=st.integers(0, 3))
def test_the_key_stays_with_its_option_when_another_is_removed(place: int, key: int) -> None:
    draft = draft_of(make_item("x", "A1", "A1.1", key), {}, 1)
    kept = draft.without_row("options", place)
    if place == key:
        assert kept.keys == ()
    else:
        assert [kept.options[right] for right in kept.keys] == [draft.options[key]]


def test_a_ninth_option_is_not_added() -> None:
    draft = new_draft()
    for _ in range(9):
        draft = draft.with_row("options")
    assert len(draft.options) == 8
    assert len({option.id for option in draft.options}) == 8


def test_words_are_parted_by_commas_of_both_languages() -> None:
    assert split_words(" a, b，c、a d ") == ("a", "b", "c", "d")


# --- differences ---


def test_equal_versions_have_no_difference() -> None:
    item = make_item("x", "A1", "A1.1", 0)
    assert compare_items(item, item) == []


def test_a_difference_marks_the_words_that_changed() -> None:
    old = make_item("x", "A1", "A1.1", 0, stem=Text("A dose of 5 mGy?", "剂量为5 mGy？"))
    new = replace(old, stem=Text("A dose of 7 mGy?", "剂量为7 mGy？"))
    english, chinese = compare_items(old, new)
    assert (english.field, english.language, chinese.language) == ("stem", "en", "zh")
    assert [piece.text for piece in english.old if piece.kind == "gone"] == ["5"]
    assert [piece.text for piece in english.new if piece.kind == "new"] == ["7"]
    assert "".join(piece.text for piece in chinese.new) == "剂量为7 mGy？"


@given(old=st.text("ab 字。", max_size=30), new=st.text("ab 字。", max_size=30))
def test_the_pieces_of_a_difference_are_the_whole_texts(old: str, new: str) -> None:
    item = make_item("x", "A1", "A1.1", 0)
    before, after = replace(item, rule=Text(old)), replace(item, rule=Text(new))
    for change in compare_items(before, after):
        assert "".join(piece.text for piece in change.old) == before.rule.en
        assert "".join(piece.text for piece in change.new) == after.rule.en


def test_an_added_option_is_a_difference() -> None:
    old = make_item("x", "A1", "A1.1", 0)
    new = replace(old, choices=(*old.choices, Choice(id="e", text=Text("Fifth"))))
    assert [(c.field, c.letter, c.language) for c in compare_items(old, new)] == [
        ("option", "E", "en")
    ]


# --- pictures ---


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **options)
    return target.getvalue()


def test_a_picture_keeps_its_pixels_and_loses_its_metadata() -> None:
    pixels = np.arange(48, dtype=np.uint8).reshape(6, 8)
    exif = Image.Exif()
    exif[0x010E] = "Patient Wang"
    suffix, clean = rewrite_picture(encoded(Image.fromarray(pixels), exif=exif))
    assert suffix == ".png"
    assert b"Patient" not in clean
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(clean))), pixels)


def test_a_jpeg_is_turned_upright_and_loses_its_metadata() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010E] = "Patient Wang"
    suffix, clean = rewrite_picture(encoded(Image.new("RGB", (30, 20)), "JPEG", exif=exif))
    assert suffix == ".jpg"
    assert Image.open(io.BytesIO(clean)).size == (20, 30)
    assert b"Patient" not in clean


def test_a_picture_of_16_bits_keeps_its_greys() -> None:
    deep = np.array([[0, 256, 65535]], dtype=np.uint16)
    _, clean = rewrite_picture(encoded(Image.fromarray(deep)))
    assert np.asarray(Image.open(io.BytesIO(clean))).tolist() == [[0, 1, 255]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "picture-kind"),
        (b"<svg onload='alert(1)'/>", "picture-kind"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 40, "picture-broken"),
        (encoded(Image.new("L", (400, 400)))[:-30], "picture-broken"),
        (encoded(Image.new("L", (MAX_SIDE + 1, 1))), "picture-too-wide"),
        (encoded(Image.new("1", (20_000, 20_000))), "picture-too-wide"),
        (b"\0" * (MAX_MEGABYTES * 1024 * 1024 + 1), "picture-too-large"),
        (encoded(Image.new("P", (4, 4)), "GIF"), "picture-kind"),
    ],
)
def test_what_is_no_usable_picture_is_refused_with_its_reason(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        rewrite_picture(data)
    assert refusal.value.code == code


@given(place=st.integers(0, 200), byte=st.integers(0, 255), kind=st.sampled_from(["PNG", "JPEG"]))
def test_a_damaged_picture_is_taken_or_refused_but_never_an_error(
    place: int, byte: int, kind: str
) -> None:
    data = bytearray(encoded(Image.new("L", (40, 30), 128), kind))
    data[place % len(data)] = byte
    try:
        _, clean = rewrite_picture(bytes(data))
    except InvalidInput as refusal:
        assert refusal.code in ("picture-kind", "picture-broken", "picture-too-wide")
    else:
        Image.open(io.BytesIO(clean)).load()
