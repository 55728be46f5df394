"""Each rule finds its fault, and nothing in a sound item."""

import dataclasses

import pytest

from itembank.bank import ItemBank, difference
from itembank.blueprint import Blueprint, Competency, Profile, SubTopic
from itembank.errors import ItemBankError, sentence
from itembank.item import Choice, Figure, Item, Text
from itembank.validation import validate_bank, validate_item

BLUEPRINT = Blueprint(
    competencies=(
        Competency(
            code="R1",
            name=Text(en="Care"),
            sub_topics=(SubTopic(code="R1.1", name=Text(en="Identity"), share=100),),
        ),
        Competency(code="R2", name=Text(en="Physics")),
    ),
    profiles=(Profile(code="UNI", weights={"R1": 100, "R2": 0}),),
)


def choice(letter, en=None, zh=None, **changes):
    return Choice(
        id=letter,
        text=Text(en=en or f"dose {letter}", zh=zh or f"剂量 {letter}"),
        is_key=changes.get("is_key", letter == "a"),
        reason=changes.get("reason", Text(en="Because.", zh="因为。")),
    )


def item(**changes):
    parts = {
        "id": "R1-001",
        "competency": "R1",
        "sub_topic": "R1.1",
        "stem": Text(en="Which dose is it?", zh="是哪种剂量？"),
        "choices": tuple(choice(letter) for letter in "abcd"),
        **changes,
    }
    return Item(**parts)


def bank(*items, **changes):
    parts = {"code": "rad", "name": Text(en="Radiographer"), "blueprint": BLUEPRINT, **changes}
    return ItemBank(items=items or (item(),), **parts)


def codes(findings):
    assert all(sentence(found, language) for found in findings for language in ("en", "zh"))
    return [finding.code for finding in findings]


def test_a_sound_bank_has_no_findings():
    assert validate_bank(bank()) == []


def with_choice(**changes):
    return (choice("a"), choice("b"), choice("c", **changes))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"choices": with_choice(reason=Text())}, "reason-missing"),
        ({"stem": Text(en="Which dose?")}, "translation-missing"),
        ({"stem": Text(zh="哪种剂量？")}, "translation-missing"),
        ({"stem": Text(en="Which is NOT a dose?", zh="哪个？")}, "negative-stem"),
        ({"stem": Text(en="All are doses, except:", zh="哪个？")}, "negative-stem"),
        ({"stem": Text(en="Which?", zh="下列不属于剂量的是")}, "negative-stem"),
        ({"choices": with_choice(en="All of the above")}, "all-or-none"),
        ({"choices": with_choice(zh="以上都是")}, "all-or-none"),
        ({"choices": with_choice(zh="以上均不正确")}, "all-or-none"),
        (
            {"choices": (choice("a", en="dose that is absorbed by tissue"), choice("b"))},
            "length-cue",
        ),
        ({"choices": with_choice(en="dose  b")}, "duplicate-option"),
        ({"figures": (Figure(asset="figures/a.png"),)}, "alt-missing"),
    ],
)
def test_a_fault_of_an_item_is_found(change, code):
    assert codes(validate_item(item(**change))) == [code]


@pytest.mark.parametrize(
    "change",
    [
        {"stem": Text(en="A patient has not fasted. Which step is next?", zh="下一步是？")},
        {"choices": with_choice(zh="以上肢为中心")},
        {"choices": (choice("a", "5 mGy", "5 mGy"), choice("b", "5 mSv", "5 mSv"))},
    ],
)
def test_what_only_looks_like_a_fault_is_left_alone(change):
    assert validate_item(item(**change)) == []


def test_a_number_needs_no_translation():
    plain = Choice(id="b", text=Text(en="5 mGy"), reason=Text(en="No.", zh="否。"))
    assert validate_item(item(choices=(choice("a"), plain))) == []


PICTURE = Figure(asset="figures/a.png", alt=Text(en="A film.", zh="一张片。"))


@pytest.mark.parametrize(
    ("items", "changes", "code"),
    [
        ((item(competency="R9", sub_topic=""),), {}, "competency-unknown"),
        ((item(sub_topic="R9.9"),), {}, "sub-topic-unknown"),
        ((item(), item(id="2", stem=Text(en="b", zh="乙"), competency="R2")), {}, "sub-topic-else"),
        ((item(figures=(PICTURE,)),), {}, "figure-missing"),
        ((item(),), {"assets": {"figures/b.png": b"x"}}, "figure-unused"),
        ((item(), item(id="2")), {}, "duplicate-item"),
        ((item(), item(id="2", choices=with_choice())), {}, "duplicate-stem"),
        ((item(competency="R2", sub_topic=""),), {}, "competency-empty"),
    ],
)
def test_a_fault_of_a_bank_is_found(items, changes, code):
    assert any(found.startswith(code) for found in codes(validate_bank(bank(*items, **changes))))


def many(key_of):
    return [
        item(
            id=f"R1-{number}",
            stem=Text(en=f"Number {number}?", zh=f"第 {number} 个？"),
            choices=tuple(choice(x, is_key=x == key_of(number)) for x in "abcd"),
        )
        for number in range(40)
    ]


def test_keys_that_stand_mostly_in_one_place_are_found():
    uneven = codes(validate_bank(bank(*many(lambda n: "b" if n % 4 else "a"))))
    assert set(uneven) == {"key-position"}
    assert validate_bank(bank(*many(lambda n: "abcd"[n % 4]))) == []


# --- the bank ---


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "Rad 1"}, "bank-code-wrong"),
        ({"name": Text()}, "bank-unnamed"),
        ({"languages": ("fr",)}, "language-unknown"),
        ({"languages": ()}, "language-unknown"),
        ({"assets": {"../a.png": b""}}, "asset-name-wrong"),
    ],
)
def test_a_bank_that_could_not_be_stored_is_refused(change, code):
    with pytest.raises(ItemBankError) as caught:
        bank(**change)
    assert caught.value.code == code


def test_two_items_of_one_id_are_refused():
    with pytest.raises(ItemBankError, match="duplicate-item-id"):
        bank(item(), item())


def test_the_difference_of_two_revisions_names_each_item_once():
    old = bank(
        item(id="same"),
        item(id="gone"),
        item(id="edited"),
        item(id="moved"),
        item(id="picture", figures=(PICTURE,)),
        assets={"figures/a.png": b"old"},
    )
    new = bank(
        item(id="same"),
        item(id="edited", stem=Text(en="Which unit?", zh="哪个单位？")),
        item(id="moved", status="reviewed"),
        item(id="picture", figures=(PICTURE,)),
        item(id="fresh"),
        assets={"figures/a.png": b"new"},
    )
    found = difference(old, new)
    assert found.added == ("fresh",)
    assert found.removed == ("gone",)
    assert found.changed == ("edited", "picture")
    assert found.relabelled == ("moved",)
    assert found.unchanged == ("same",)
    assert not found.blueprint_changed
    assert found


def test_a_bank_does_not_differ_from_itself():
    assert not difference(bank(), bank())
    other = dataclasses.replace(bank(), blueprint=dataclasses.replace(BLUEPRINT, profiles=OTHER))
    assert difference(bank(), other).blueprint_changed


OTHER = (Profile(code="US", weights={"R1": 50, "R2": 50}),)
