"""Items: what can be constructed can be shown and scored."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.errors import ItemBankError
from itembank.item import Text, content_hash, item_from_native, item_to_native
from itembank.scoring import maximum_score, score_response

words = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffd"
    ),
    min_size=1,
    max_size=30,
).filter(lambda text: text.strip() != "")
texts = st.fixed_dictionaries({"en": words}, optional={"zh": words})


@st.composite
def natives(draw):
    n_options = draw(st.integers(2, 8))
    key = draw(st.integers(0, n_options - 1))
    return {
        "id": draw(words).strip(),
        "competency": "R1",
        "stem": draw(texts),
        "options": [
            {"id": "abcdefgh"[i], "text": draw(texts), "key": i == key, "reason": draw(texts)}
            for i in range(n_options)
        ],
        "figures": draw(st.lists(st.just({"asset": "figures/a b&c.png"}), max_size=2)),
    }


def native(**changes):
    return {
        "id": "R1-001",
        "type": "single_best",
        "competency": "R1",
        "stem": {"en": "Which unit has absorbed dose?", "zh": "吸收剂量的单位是什么？"},
        "options": [
            {"id": "a", "text": {"en": "gray"}, "key": True},
            {"id": "b", "text": {"en": "sievert"}, "key": False},
        ],
        **changes,
    }


@settings(deadline=None)
@given(native=natives())
def test_an_item_survives_its_native_form(native):
    item = item_from_native(native)
    again = item_from_native(json.loads(json.dumps(item_to_native(item))))
    assert again == item
    assert content_hash(again) == content_hash(item)


HASH = "9823a72cc900534691f97d406c30c2910b7c4011539c5ba5ff61a6af968283a2"


def test_the_content_hash_is_the_same_in_every_run():
    # Stored by databases: a change of this number would make every item look edited.
    assert content_hash(item_from_native(native())) == HASH


@pytest.mark.parametrize(
    "change",
    [
        {"stem": {"en": "Which unit has equivalent dose?"}},
        {"competency": "R2"},
        {"rule": {"en": "Gray for absorbed dose."}},
        {"figures": [{"asset": "figures/a.png"}]},
    ],
)
def test_what_a_student_sees_changes_the_hash(change):
    before, after = item_from_native(native()), item_from_native(native(**change))
    assert content_hash(before) != content_hash(after)


def test_moving_the_key_changes_the_hash():
    moved = native()
    moved["options"][0]["key"], moved["options"][1]["key"] = False, True
    assert content_hash(item_from_native(moved)) != content_hash(item_from_native(native()))


@pytest.mark.parametrize("change", [{"status": "reviewed"}, {"id": "X"}, {"enemies": ["units"]}])
def test_labels_do_not_change_the_hash(change):
    before, after = item_from_native(native()), item_from_native(native(**change))
    assert content_hash(before) == content_hash(after)


def test_line_ends_and_composed_letters_do_not_change_the_hash():
    one = item_from_native(native(stem={"en": "caf\u00e9\nA"}))
    other = item_from_native(native(stem={"en": " cafe\u0301\r\nA "}))
    assert content_hash(one) == content_hash(other)


def option(letter, **changes):
    return {"id": letter, "text": {"en": letter}, "key": letter == "a", **changes}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": ""}, "item-id-wrong"),
        ({"id": "x" * 101}, "item-id-wrong"),
        ({"id": 7}, "wrong-type"),
        ({"type": "essay"}, "type-unknown"),
        ({"competency": ""}, "competency-missing"),
        ({"stem": {}}, "stem-missing"),
        ({"stem": {"en": "  \n "}}, "stem-missing"),
        ({"stem": {"fr": "Quoi?"}}, "wrong-type"),
        ({"stem": "text"}, "wrong-type"),
        ({"stem": {"en": "broken \ufffd"}}, "text-unreadable"),
        ({"stem": {"en": "null \0 here"}}, "text-unreadable"),
        ({"stem": {"en": "\ud800 half"}}, "text-unreadable"),
        ({"stem": {"en": "x" * 20_001}}, "text-too-long"),
        ({"options": [option("a")]}, "choice-count"),
        ({"options": [option(letter) for letter in "abcdefghi"]}, "choice-count"),
        ({"options": [option("a"), option("a")]}, "duplicate-choice-id"),
        ({"options": [option("a"), option("b c")]}, "choice-id-wrong"),
        ({"options": [option("a"), option("b", text={})]}, "choice-text-missing"),
        ({"options": [option("a"), option("b", key=True)]}, "key-count"),
        ({"options": [option("b"), option("c")]}, "key-count"),
        ({"options": [option("a"), option("b", key="yes")]}, "wrong-type"),
        ({"options": [option("a"), option("b", note="?")]}, "unknown-field"),
        ({"cognitive_level": "B"}, "label-unknown"),
        ({"status": "lost"}, "label-unknown"),
        ({"colour": "red"}, "unknown-field"),
        ({"figures": [{"asset": "../secret.png"}]}, "asset-name-wrong"),
        ({"figures": [{"asset": "figures/../../x.png"}]}, "asset-name-wrong"),
        ({"figures": [{"asset": "/etc/passwd"}]}, "asset-name-wrong"),
        ({"figures": [{"asset": "figures/a.png"}] * 10}, "figure-count"),
        ({"posts": "DR"}, "wrong-type"),
    ],
)
def test_what_cannot_be_shown_or_scored_is_refused_by_its_code(change, code):
    with pytest.raises(ItemBankError) as caught:
        item_from_native(native(**change))
    assert caught.value.code == code


@pytest.mark.parametrize("value", [None, [], "text", 3])
def test_something_that_is_not_an_object_is_refused(value):
    with pytest.raises(ItemBankError, match="wrong-type"):
        item_from_native(value)


def test_a_text_falls_back_to_the_other_language():
    assert Text(en="dose").get("zh") == "dose"
    assert Text(zh="剂量").get("en") == "剂量"
    assert Text(en="dose", zh="剂量").get("zh_Hans_CN") == "剂量"
    assert not Text(en=" ")


def test_an_item_can_be_taken_only_in_languages_it_is_written_in_throughout():
    assert item_from_native(native()).languages == ("en",)


def test_the_key_scores_one_and_everything_else_zero():
    item = item_from_native(native())
    assert maximum_score(item) == 1
    assert score_response(item, {"a"}) == 1
    assert score_response(item, {"b"}) == 0
    assert score_response(item, set()) == 0


@pytest.mark.parametrize(
    ("response", "code"), [({"z"}, "choice-unknown"), ({"a", "b"}, "too-many")]
)
def test_a_response_that_does_not_fit_the_item_is_refused(response, code):
    with pytest.raises(ItemBankError, match=code):
        score_response(item_from_native(native()), response)
