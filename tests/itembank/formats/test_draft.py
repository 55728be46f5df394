"""Drafts of readers: what is an item, what is not, and what other systems' tags mean."""

import pytest

from itembank.errors import FINDINGS, ItemBankError
from itembank.formats.draft import (
    DraftItem,
    SourcePlace,
    complete,
    detect_language,
    label_tags,
    native_text,
    safe_asset_name,
    sort_drafts,
    split_labels,
)
from itembank.item import content_hash

FIELDS = {
    "type": "multiple",
    "stem": {"en": "Which are units of dose?"},
    "options": [
        {"id": "a", "text": {"en": "gray"}, "key": True},
        {"id": "b", "text": {"en": "sievert"}, "key": True},
        {"id": "c", "text": {"en": "tesla"}},
    ],
}


def draft(tags=(), **changes):
    return DraftItem({**FIELDS, **changes}, SourcePlace("a.gift", "question 1", 7), tags)


def test_a_draft_becomes_an_item_once_it_has_a_competency():
    item = complete(draft(), competency="R1")
    assert (item.competency, item.key) == ("R1", {"a", "b"})
    assert item.id == complete(draft(), competency="R1").id
    assert item.id == f"q-{content_hash(item)[:12]}"


def test_what_the_source_says_goes_before_what_was_chosen():
    assert complete(draft(competency="R2", id="X"), "R1", "Y").competency == "R2"
    assert complete(draft(competency="R2", id="X"), "R1", "Y").id == "X"
    assert complete(draft(tags=("competency:R3",)), "R1").competency == "R3"


def test_every_draft_is_an_item_or_is_listed_with_its_place():
    items, rejected = sort_drafts([draft(), draft(options=[]), draft(stem={})])
    assert len(items) == 1
    assert [one.code for one in rejected] == ["choice-count", "stem-missing"]
    finding = rejected[0].as_finding()
    assert finding.where == "a.gift, question 1, line 7"
    assert FINDINGS[finding.code]["zh"] % finding.details


def test_labels_come_back_from_tags_and_foreign_tags_stay():
    item = complete(
        draft(difficulty="hard", posts=["DR", "CT"], sub_topic="R1.1", cognitive_level="A"), "R1"
    )
    labels, others = split_labels((*label_tags(item), "difficulty:7", "chapter: 3", "CT"))
    assert labels == {
        "competency": "R1",
        "sub_topic": "R1.1",
        "cognitive_level": "A",
        "difficulty": "hard",
        "status": "draft",
        "posts": ["DR", "CT"],
    }
    assert others == ("difficulty:7", "chapter: 3", "CT")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Which unit?", "en"),
        ("吸收剂量的单位是什么？", "zh"),
        ("CT 中 pitch 的定义", "zh"),
        ("The sign 剂 in a long English sentence about dose", "en"),
        ("12.5", "en"),
        ("", "en"),
    ],
)
def test_the_language_of_a_text_is_found_by_its_letters(text, language):
    assert detect_language(text) == language


def test_a_native_text_is_under_its_language_and_empty_for_nothing():
    assert native_text(" 剂量 ") == {"zh": "剂量"}
    assert native_text("Dose", "zh") == {"zh": "Dose"}
    assert native_text("  ") == {}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("ct-ring.png", "figures/ct-ring.png"),
        ("figures/ct-ring.png", "figures/ct-ring.png"),
        ("my%20chest, X&Y.PNG", "figures/my-chest-X-Y.png"),
        ("../../etc/passwd", "figures/etc-passwd.bin"),
        ("x.png?size=3", "figures/x.png"),
    ],
)
def test_a_picture_gets_a_name_that_every_system_stores(name, safe):
    assert safe_asset_name(name) == safe


def test_names_of_pictures_stay_apart():
    assert safe_asset_name("a b.png", {"figures/a-b.png"}) == "figures/a-b-2.png"
    assert safe_asset_name("胸片.png") != safe_asset_name("腹部.png")
    complete(draft(figures=[{"asset": safe_asset_name("胸片 1.png")}]), "R1")


def test_a_draft_with_a_wrong_field_is_refused_by_its_code():
    with pytest.raises(ItemBankError, match="wrong-type"):
        complete(draft(options="a"), "R1")
