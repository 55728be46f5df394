"""Items: what can be constructed can be shown and scored."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.errors import ItemBankError
from itembank.item import (
    ITEM_TYPES,
    Text,
    assets_of,
    content_hash,
    item_from_native,
    item_to_native,
)
from tests.itembank.strategies import items

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


@settings(deadline=None, max_examples=200)
@given(item=items())
def test_an_item_of_any_type_survives_its_native_form(item):
    again = item_from_native(json.loads(json.dumps(item_to_native(item))))
    assert again == item
    assert content_hash(again) == content_hash(item)


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


LIST = [option("a"), option("b"), option("c")]
NO_KEYS = [option(letter, key=False) for letter in "abc"]
REGION = {"id": "r1", "shape": "rect", "coordinates": [0.1, 0.1, 0.3, 0.4], "key": True}
PICTURE = [{"asset": "figures/a.png"}]


def hot_spot(**changes):
    regions = [{**REGION, **changes}]
    return {"type": "hot_spot", "options": [], "figures": PICTURE, "regions": regions}


def matching(**changes):
    premise = {"id": "p1", "text": {"en": "dose"}, "match": "a", **changes}
    return {"type": "matching", "options": NO_KEYS, "premises": [premise]}


CASE = {"id": "c1", "text": {"en": "A man of 40 falls."}, "position": 1}
TYPES = {
    "single_best": {},
    "true_false": {
        "options": [{"id": "true", "text": {"en": "True"}, "key": True},
                    {"id": "false", "text": {"en": "False"}}]
    },
    "multiple": {"options": [option("a"), option("b", key=True), option("c")]},
    "select_n": {"options": LIST},
    "numeric": {"options": [], "numeric": {"value": 12.5, "tolerance": 0.5}},
    "short_text": {"options": [], "accepted": [{"en": "kerma", "zh": "比释动能"}]},
    "order": {"options": NO_KEYS},
    "hot_spot": hot_spot(),
    "matching": matching(),
}  # fmt: skip


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_every_type_can_be_written_in_a_few_lines(kind):
    item = item_from_native(native(**{"type": kind, **TYPES[kind]}))
    assert item.type == kind


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "true_false"}, "true-false-options"),
        ({"type": "multiple", "options": NO_KEYS}, "key-missing"),
        ({"type": "select_n", "options": NO_KEYS}, "key-missing"),
        ({"type": "multiple", "options": [option("a")]}, "choice-count"),
        ({"type": "order", "options": LIST}, "field-not-for-type"),
        ({"type": "numeric", "options": []}, "number-wrong"),
        ({"type": "numeric", "numeric": {"value": 1}}, "field-not-for-type"),
        ({"numeric": {"value": 1}}, "field-not-for-type"),
        ({"type": "numeric", "options": [], "numeric": {"value": float("nan")}}, "wrong-type"),
        ({"type": "numeric", "options": [], "numeric": {"value": 1e300}}, "wrong-type"),
        (
            {"type": "numeric", "options": [], "numeric": {"value": 1, "tolerance": -1}},
            "tolerance-wrong",
        ),
        ({"type": "short_text", "options": []}, "accepted-count"),
        ({"type": "short_text", "options": [], "accepted": [{}]}, "accepted-empty"),
        ({"type": "short_text", "options": [], "accepted": [{"en": "x" * 501}]}, "text-too-long"),
        ({"type": "short_text", "options": [], "accepted": ["x"]}, "wrong-type"),
        ({**hot_spot(), "figures": []}, "picture-needed"),
        (hot_spot(key=False), "region-count"),
        (hot_spot(shape="star"), "region-shape"),
        (hot_spot(coordinates=[0.1, 0.2]), "region-shape"),
        (hot_spot(coordinates=[0.1, 0.2, 1.3, 0.4]), "region-outside"),
        (hot_spot(coordinates=[0.1, 0.2, 0.1, 0.4]), "region-empty"),
        (hot_spot(shape="circle", coordinates=[0.5, 0.5, 0]), "region-empty"),
        (hot_spot(shape="polygon", coordinates=[0, 0, 0.5, 0.5, 1, 1]), "region-empty"),
        (hot_spot(coordinates="0.1"), "wrong-type"),
        (hot_spot(coordinates=[0.1, None, 1, 1]), "wrong-type"),
        ({**matching(), "premises": []}, "premise-count"),
        (matching(match="z"), "match-unknown"),
        (matching(text={}), "premise-text-missing"),
        (matching(id="p 1"), "choice-id-wrong"),
        ({"scoring": "partial"}, "scoring-unknown"),
        ({"type": "order", "options": NO_KEYS, "scoring": "plus_minus"}, "scoring-unknown"),
        ({"stimulus": {**CASE, "id": ""}}, "stimulus-id-wrong"),
        ({"stimulus": {**CASE, "text": {}}}, "stimulus-empty"),
        ({"stimulus": {**CASE, "position": 0}}, "position-wrong"),
        ({"stimulus": {**CASE, "position": 1.5}}, "wrong-type"),
        ({"stimulus": {**CASE, "total": 3}}, "unknown-field"),
        ({"stimulus": {**CASE, "figures": [{"asset": "x.png"}]}}, "asset-name-wrong"),
        ({"stimulus": "case"}, "wrong-type"),
    ],
)
def test_what_a_type_cannot_be_is_refused_by_its_code(change, code):
    with pytest.raises(ItemBankError) as caught:
        item_from_native(native(**change))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("multiple", {"scoring": "partial"}),
        ("multiple", {"stimulus": CASE}),
        ("numeric", {"numeric": {"value": 12.5, "tolerance": 0.6}}),
        ("numeric", {"numeric": {"value": 12.5, "tolerance": 0.5, "unit": {"en": "mGy"}}}),
        ("short_text", {"accepted": [{"en": "kerma"}]}),
        ("order", {"options": NO_KEYS[::-1]}),
        ("hot_spot", hot_spot(coordinates=[0.1, 0.1, 0.3, 0.5])),
        ("matching", matching(match="b")),
    ],
)
def test_what_is_asked_and_scored_changes_the_hash_of_every_type(kind, change):
    before = native(**{"type": kind, **TYPES[kind]})
    assert content_hash(item_from_native(before)) != content_hash(
        item_from_native({**before, **change})
    )


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("multiple", {"scoring": "all_or_nothing"}),
        ("matching", {"scoring": "partial"}),
        ("hot_spot", hot_spot(id="other")),
        ("matching", matching(id="other")),
        ("numeric", {"numeric": {"value": 12.5, "tolerance": 0.5, "relative": False}}),
    ],
)
def test_a_default_written_out_and_an_id_do_not_change_the_hash(kind, change):
    before = native(**{"type": kind, **TYPES[kind]})
    assert content_hash(item_from_native(before)) == content_hash(
        item_from_native({**before, **change})
    )


def test_all_pictures_of_an_item_are_found_those_inside_texts_too():
    item = item_from_native(
        native(
            figures=PICTURE,
            stem={"en": "See ![x](figures/b.png) and ![y](<figures/c d.png>)"},
            stimulus={**CASE, "figures": [{"asset": "figures/e.png"}]},
        )
    )
    assert assets_of(item) == ("figures/a.png", "figures/e.png", "figures/b.png", "figures/c d.png")
