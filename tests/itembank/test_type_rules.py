"""Each rule on types and sets finds its fault, and nothing in a sound item."""

import dataclasses

import pytest
from hypothesis import given, settings

from itembank.bank import ItemBank, sets_of
from itembank.blueprint import Blueprint, Competency, Profile
from itembank.errors import sentence
from itembank.item import (
    Choice,
    Figure,
    Item,
    Numeric,
    Premise,
    Region,
    Stimulus,
    Text,
    true_false_choices,
)
from itembank.validation import validate_bank, validate_item
from tests.itembank.strategies import items

BLUEPRINT = Blueprint(
    competencies=(
        Competency(code="R1", name=Text(en="Care")),
        Competency(code="R2", name=Text(en="Physics")),
    ),
    profiles=(Profile(code="UNI", weights={"R1": 100, "R2": 0}),),
)
WHY = Text(en="Because.", zh="因为。")
PICTURE = Figure(asset="figures/a.png", alt=Text(en="PA chest", zh="后前位胸片"))


def both(text):
    return Text(en=text, zh=f"{text}。")


def option(letter, *, is_key=False, reason=WHY):
    return Choice(id=letter, text=both(f"dose {letter}"), is_key=is_key, reason=reason)


def item(kind="single_best", **content):
    defaults = {
        "single_best": {"choices": tuple(option(one, is_key=one == "a") for one in "abcd")},
        "true_false": {"choices": true_false_choices(True, WHY, WHY)},
        "multiple": {"choices": tuple(option(one, is_key=one in "ab") for one in "abcd")},
        "select_n": {"choices": tuple(option(one, is_key=one in "ab") for one in "abcd")},
        "numeric": {"numeric": Numeric(value=12.5, tolerance=0.5, unit=Text(en="mGy"))},
        "short_text": {"accepted": (Text(en="kerma", zh="比释动能"),)},
        "order": {"choices": tuple(option(one) for one in "abc")},
        "hot_spot": {"figures": (PICTURE,), "regions": (region("r1"), region("r2", 0.6))},
        "matching": {
            "choices": tuple(option(one) for one in "abc"),
            "premises": (premise("p1"), premise("p2")),
        },
    }
    parts = {"id": "R1-001", "competency": "R1", "stem": both("Which?"), "rule": WHY}
    return Item(**{**parts, "type": kind, **defaults[kind], **content})


def region(name, left=0.1, width=0.2, **changes):
    box = (left, 0.1, left + width, 0.3)
    parts = {"shape": "rect", "coordinates": box, "is_key": name == "r1", "reason": WHY}
    return Region(id=name, **{**parts, **changes})


def premise(name, text="", **changes):
    return Premise(
        **{"id": name, "text": both(text or name), "match": "a", "reason": WHY, **changes}
    )


def codes(found):
    assert all(sentence(one, language) for one in found for language in ("en", "zh"))
    return [one.code for one in found]


KINDS = ["single_best", "true_false", "multiple", "select_n", "numeric", "short_text", "order",
         "hot_spot", "matching"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_item_of_any_type_has_no_findings(kind):
    assert validate_item(item(kind)) == []


NO_RULE = {"rule": Text()}
PLAIN = {"reason": Text()}


@pytest.mark.parametrize(
    ("faulty", "code"),
    [
        (item("numeric", **NO_RULE), "explanation-missing"),
        (item("short_text", **NO_RULE), "explanation-missing"),
        (item("order", **NO_RULE), "explanation-missing"),
        (item("true_false", choices=true_false_choices(True), **NO_RULE), "explanation-missing"),
        (
            item("hot_spot", regions=(region("r1", **PLAIN),), **NO_RULE),
            "explanation-missing",
        ),
        (
            item("matching", premises=(premise("p1", **PLAIN),), **NO_RULE),
            "premise-reason-missing",
        ),
        (
            item("multiple", choices=tuple(option(one, is_key=True) for one in "abc")),
            "all-options-right",
        ),
        (
            item("multiple", choices=(option("a", is_key=True), option("b", **PLAIN))),
            "reason-missing",
        ),
        (item("numeric", numeric=Numeric(value=3, tolerance=0)), "tolerance-zero"),
        (item("numeric", numeric=Numeric(value=0, tolerance=0.1, relative=True)), "tolerance-zero"),
        (item("numeric", numeric=Numeric(value=3, tolerance=5, relative=True)), "tolerance-large"),
        (
            item("numeric", numeric=Numeric(value=3, tolerance=1, unit=Text(zh="毫戈瑞"))),
            "translation-missing",
        ),
        (item("short_text", accepted=(Text(en="kerma"),)), "accepted-language"),
        (
            item("short_text", accepted=(both("kerma"), Text(en="Kerma "))),
            "accepted-double",
        ),
        (
            item("matching", premises=(premise("p1", "dose"), premise("p2", "dose"))),
            "duplicate-premise",
        ),
        (
            item("order", choices=(option("a"), dataclasses.replace(option("a"), id="b"))),
            "duplicate-option",
        ),
        (
            item("hot_spot", regions=(region("r1", shape="circle", coordinates=(0.1, 0.5, 0.2)),)),
            "region-over-edge",
        ),
        (item("hot_spot", regions=(region("r1", width=0.01),)), "region-small"),
        (item("hot_spot", regions=(region("r1"), region("r2", 0.25))), "regions-overlap"),
        (
            item("hot_spot", figures=(dataclasses.replace(PICTURE, alt=Text()),)),
            "alt-missing",
        ),
        (item(stem=both("See ![](figures/b.png)?")), "alt-missing"),
    ],
)  # fmt: skip
def test_each_rule_finds_its_fault_and_no_other_does(faulty, code):
    assert codes(validate_item(faulty)) == [code]


def test_regions_whose_bounds_meet_but_which_do_not_overlap_are_sound():
    triangles = (
        region("r1", shape="polygon", coordinates=(0, 0, 0.4, 0, 0, 0.4)),
        region("r2", shape="polygon", coordinates=(0.5, 0.5, 0.5, 0.15, 0.15, 0.5)),
    )
    assert validate_item(item("hot_spot", regions=triangles)) == []


@settings(max_examples=150)
@given(item=items())
def test_the_rules_take_any_item(item):
    codes(validate_item(item))


# --- sets ---


def member(number, position=None, case="A man of 40 falls.", competency="R1", name="case-1"):
    stimulus = Stimulus(id=name, text=both(case), position=position or number)
    return item(id=f"R1-{number:03}", stimulus=stimulus, competency=competency)


def bank(*items):
    return ItemBank(code="rad", name=Text(en="Rad"), blueprint=BLUEPRINT, items=items)


def test_a_sound_set_has_no_findings_and_stands_in_its_order():
    found = bank(member(2), member(1))
    assert [one.id for one in sets_of(found)["case-1"]] == ["R1-001", "R1-002"]
    assert [code for code in codes(validate_bank(found)) if code.startswith("set")] == []


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ((member(1), member(2, case="Another man.")), "set-texts-differ"),
        ((member(1), member(2, position=1)), "set-position-double"),
        ((member(1), member(3)), "set-position-missing"),
        ((member(1),), "set-of-one"),
        ((member(1), member(2, competency="R2")), "set-competencies"),
    ],
)
def test_each_fault_of_a_set_is_found(members, code):
    assert code in codes(validate_bank(bank(*members)))


def test_the_same_question_in_two_cases_is_no_duplicate():
    same = {"stem": both("What is the diagnosis?")}
    cases = [
        dataclasses.replace(member(n, 1, case=f"Case {n}.", name=f"case-{n}"), **same)
        for n in (1, 2)
    ]
    assert "duplicate-stem" not in codes(validate_bank(bank(*cases)))
    twice = [dataclasses.replace(member(n), **same) for n in (1, 2)]
    assert "duplicate-stem" in codes(validate_bank(bank(*twice)))
