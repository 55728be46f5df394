"""Credit rules: caps, one use of an evidence, one of a family, no order that matters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.credits.awards import (
    Awards,
    Claimed,
    Recognised,
    apply_rules,
)
from quizengine.credits.rules import (
    KINDS,
    Course,
    CreditRules,
    Result,
    Rule,
    credits_text,
    unmet,
)
from quizengine.credits.service.rule_sets import DEFAULT_RULES, read_rules
from quizengine.errors import InvalidInput

from .made import rules_json

BOTH = {"en": "x", "zh": "某"}
COURSES = ("C0", "C1", "C2", "C3")
EVIDENCE = tuple("pqrst")


def _rule(number: int, family: str, level: int, awards: dict[str, int]) -> Rule:
    return Rule(
        id=f"r{number}",
        title=BOTH,
        family=family,
        level=level,
        evidence="document",
        awards=tuple(awards.items()),
    )


@st.composite
def rule_sets(draw: st.DrawFn) -> CreditRules:
    """Small programmes whose caps and courses are soon full; the last course is excluded."""
    courses = {
        code: Course(
            code,
            BOTH,
            draw(st.integers(5, 40)),
            draw(st.sampled_from(KINDS)),
            "basic",
            excluded=code == COURSES[-1],
        )
        for code in COURSES
    }
    rules = [
        _rule(
            number,
            draw(st.sampled_from("fgh")),
            draw(st.integers(0, 3)),
            draw(
                st.dictionaries(
                    st.sampled_from(COURSES), st.integers(1, 30), min_size=1, max_size=3
                )
            ),
        )
        for number in range(5)
    ]
    return CreditRules(
        BOTH,
        BOTH,
        "pass",
        dict.fromkeys(KINDS, 100),
        {kind: draw(st.integers(0, 60)) for kind in KINDS},
        courses,
        {rule.id: rule for rule in rules},
    )


claims = st.builds(
    Claimed,
    st.sampled_from([f"r{n}" for n in range(5)]),
    st.frozensets(st.sampled_from(EVIDENCE), min_size=1, max_size=2),
)
claim_lists = st.lists(claims, max_size=7)


@st.composite
def recognised_before(draw: st.DrawFn) -> list[Recognised]:
    return draw(
        st.lists(
            st.builds(
                Recognised,
                st.sampled_from(COURSES[:-1]),
                st.integers(1, 20),
                st.sampled_from("fgh"),
                st.frozensets(st.sampled_from("pu"), min_size=1),
            ),
            max_size=3,
        )
    )


def by_claim(awards: Awards) -> dict[Claimed, tuple[tuple[str, int], ...]]:
    return {outcome.claim: outcome.awards for outcome in awards.outcomes}


@given(rules=rule_sets(), asked=claim_lists, before=recognised_before())
def test_no_cap_is_exceeded_and_no_course_gets_more_than_it_has(
    rules: CreditRules, asked: list[Claimed], before: list[Recognised]
) -> None:
    awards = apply_rules(asked, rules, before)
    for kind in KINDS:
        assert awards.after[kind] <= max(rules.cap(kind), awards.before[kind])
    for code, course in rules.courses.items():
        had = sum(one.credits for one in before if one.course == code)
        got = sum(n for outcome in awards.outcomes for c, n in outcome.awards if c == code)
        assert got <= max(0, course.credits - had)


@given(rules=rule_sets(), asked=claim_lists, before=recognised_before())
def test_the_sums_before_and_after_are_those_of_the_awards(
    rules: CreditRules, asked: list[Claimed], before: list[Recognised]
) -> None:
    awards = apply_rules(asked, rules, before)
    for kind in KINDS:
        got = sum(
            n
            for outcome in awards.outcomes
            for code, n in outcome.awards
            if rules.courses[code].kind == kind
        )
        assert awards.after[kind] == awards.before[kind] + got
    assert sum(awards.before.values()) == sum(one.credits for one in before)


@given(rules=rule_sets(), asked=claim_lists, before=recognised_before())
def test_nothing_is_counted_twice(
    rules: CreditRules, asked: list[Claimed], before: list[Recognised]
) -> None:
    awards = apply_rules(asked, rules, before)
    used = [part for one in {frozenset(r.evidence) for r in before} for part in one]
    counted = [o.claim for o in awards.outcomes if o.awards]
    spent = [part for claim in counted for part in claim.evidence]
    assert len(spent) == len(set(spent))
    assert not set(spent) & set(used)


@given(rules=rule_sets(), asked=claim_lists, before=recognised_before())
def test_one_of_a_family_counts_and_never_for_more_than_it_carries(
    rules: CreditRules, asked: list[Claimed], before: list[Recognised]
) -> None:
    awards = apply_rules(asked, rules, before)
    counted = [o for o in awards.outcomes if o.awards]
    families = [rules.rules[o.claim.rule].family for o in counted]
    assert len(families) == len(set(families))
    for outcome, family in zip(counted, families, strict=True):
        had = sum(one.credits for one in before if one.family == family)
        assert outcome.credits + had <= max(outcome.carried, had)


@given(rules=rule_sets(), asked=claim_lists, before=recognised_before())
def test_what_is_not_awarded_lapses_and_says_why(
    rules: CreditRules, asked: list[Claimed], before: list[Recognised]
) -> None:
    for outcome in apply_rules(asked, rules, before).outcomes:
        assert 0 <= outcome.lapsed <= outcome.carried
        assert bool(outcome.reasons) == (outcome.lapsed > 0)


@given(rules=rule_sets(), asked=claim_lists, before=recognised_before(), data=st.data())
def test_no_order_of_claims_matters(
    rules: CreditRules, asked: list[Claimed], before: list[Recognised], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(asked))
    assert apply_rules(asked, rules, before) == apply_rules(mixed, rules, before)


@given(rules=rule_sets(), asked=claim_lists, more=claims, before=recognised_before())
def test_one_claim_more_never_makes_the_total_smaller(
    rules: CreditRules, asked: list[Claimed], more: Claimed, before: list[Recognised]
) -> None:
    without = apply_rules(asked, rules, before).total
    assert apply_rules([*asked, more], rules, before).total >= without


@given(rules=rule_sets(), asked=claim_lists)
def test_excluded_courses_are_never_recognised(rules: CreditRules, asked: list[Claimed]) -> None:
    given_to = {code for o in apply_rules(asked, rules).outcomes for code, _ in o.awards}
    assert COURSES[-1] not in given_to


@given(rules=rule_sets(), asked=claim_lists, before=recognised_before())
def test_a_claim_made_again_brings_nothing_more(
    rules: CreditRules, asked: list[Claimed], before: list[Recognised]
) -> None:
    awards = apply_rules(asked, rules, before)
    assert by_claim(apply_rules([*asked, *asked], rules, before)) == by_claim(awards)


def test_a_higher_prize_later_adds_only_what_the_lower_one_lacked() -> None:
    rules = CreditRules.from_json(
        rules_json() | {"rules": [_contest("school", 1, 0.5), _contest("national", 2, 1.5)]}
    )
    before = [Recognised("ELE1", 5, "contest", frozenset({"prize:1"}))]
    (outcome,) = apply_rules([Claimed("national", frozenset({"prize:2"}))], rules, before).outcomes
    assert outcome.awards == (("ELE1", 10),)
    assert outcome.reasons == ("family-counted",)


def _contest(rule_id: str, level: int, credits: float) -> dict[str, Any]:
    return {
        "id": rule_id,
        "title": BOTH,
        "family": "contest",
        "level": level,
        "evidence": "document",
        "claimable": False,
        "awards": [{"course": "ELE1", "credits": credits}],
    }


def test_a_tenth_of_a_credit_is_exact() -> None:
    assert [credits_text(n) for n in (0, 5, 15, 20, 168)] == ["0", "0.5", "1.5", "2", "16.8"]
    rules = CreditRules.from_json(rules_json())
    assert rules.cap("professional") == 40  # 20 % of 20 credits, in tenths
    assert sum(rules.courses[code].credits for code in ("ELE1",)) == 15


def test_results_that_fall_short_are_named() -> None:
    rule = CreditRules.from_json(rules_json()).rules["both"]
    good = Result("A1", 6, 0.95)
    assert unmet(rule, [good, Result("A2", 4, 0.9)]) == ()
    assert unmet(rule, [good]) == (("not-measured", "A2"),)
    assert unmet(rule, [good, Result("A2", 3, 0.5)]) == (
        ("too-few-items", "A2"),
        ("too-close", "A2"),
    )
    assert unmet(rule, [good, Result("A2", 9, 0.05)]) == (("below-standard", "A2"),)


def test_the_shipped_rules_are_read_and_say_what_they_are() -> None:
    rules = read_rules(DEFAULT_RULES.read_bytes())
    assert [rules.caps[kind] for kind in KINDS] == [20, 20, 50]
    assert CreditRules.from_json(json.loads(json.dumps(rules.to_json()))) == rules
    internal = {r.id: (r.bank, r.competencies, r.awards) for r in rules.rules.values() if r.bank}
    assert internal == {
        "rad-exposure-equipment-t2": ("rad", ("R4", "R5"), (("MIT131", 20),)),
        "rad-protection-t2": ("rad", ("R3",), (("MIT121", 20),)),
        "son-physics-t2": ("son", ("S1", "S2", "S3"), (("MIT204", 15),)),
        "rad-ai-t2": ("rad", ("R8",), (("AIM320", 10),)),
    }
    documents = [r for r in rules.rules.values() if r.evidence == "document"]
    assert len(documents) == 20
    assert not any(rule.claimable for rule in documents)
    assert "never an automatic award" in rules.note["en"]


def broken(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    values = rules_json()
    change(values)
    return values


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        (lambda v: v.pop("caps"), "credit-rules-missing", "caps"),
        (lambda v: v["caps"].update(public=101), "credit-rules-whole", "caps.public"),
        (lambda v: v["totals"].update(elective=1), "credit-rules-total", "totals.elective"),
        (lambda v: v["courses"][0].update(kind="x"), "credit-rules-choice", "courses[0].kind"),
        (
            lambda v: v["courses"][0].update(credits=1.25),
            "credit-rules-tenths",
            "courses[0].credits",
        ),
        (
            lambda v: v["courses"][0].update(credits="NaN"),
            "credit-rules-tenths",
            "courses[0].credits",
        ),
        (lambda v: v["courses"][1].update(code="PRO1"), "credit-rules-repeated", "courses[1]"),
        (lambda v: v["courses"].__setitem__(0, 3), "credit-rules-object", "courses[0]"),
        (lambda v: v["rules"][0]["title"].pop("zh"), "credit-rules-text", "rules[0].title"),
        (lambda v: v["rules"][0].update(id="A b"), "credit-rules-identifier", "rules[0].id"),
        (lambda v: v["rules"][0].update(tier="T9"), "credit-rules-choice", "rules[0].tier"),
        (
            lambda v: v["rules"][0].update(minimum_probability=1),
            "credit-rules-share",
            "rules[0].minimum_probability",
        ),
        (
            lambda v: v["rules"][0].update(competencies=[]),
            "credit-rules-missing",
            "rules[0].competencies",
        ),
        (lambda v: v["rules"][0].update(awards=[]), "credit-rules-list", "rules[0].awards"),
        (
            lambda v: v["rules"][0]["awards"][0].update(course="XX"),
            "credit-rules-course",
            "rules[0].awards[0]",
        ),
        (
            lambda v: v["rules"][0]["awards"][0].update(course="POL1"),
            "credit-rules-excluded",
            "rules[0].awards[0]",
        ),
        (
            lambda v: v["rules"][0]["awards"][0].update(credits=2.1),
            "credit-rules-credits",
            "rules[0].awards[0]",
        ),
        (lambda v: v["rules"][3].update(claimable=True), "credit-rules-document", "rules[3]"),
        (lambda v: v["rules"][3].update(claimable="no"), "credit-rules-flag", "rules[3].claimable"),
        (lambda v: v.update(grade=""), "credit-rules-word", "grade"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(
    change: Callable[[dict[str, Any]], object], code: str, where: str
) -> None:
    with pytest.raises(InvalidInput, match=f"^{code}$") as refusal:
        CreditRules.from_json(broken(change))
    assert refusal.value.details["where"] == where


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="credit-rules-json"):
        read_rules(data)


def test_a_claim_under_no_known_rule_is_refused() -> None:
    with pytest.raises(InvalidInput, match="credit-rule-unknown"):
        apply_rules([Claimed("nothing", frozenset("p"))], CreditRules.from_json(rules_json()))


def test_too_many_claims_that_exclude_each_other_are_refused() -> None:
    rules = CreditRules.from_json(rules_json())
    with pytest.raises(InvalidInput, match="too-many-claims"):
        apply_rules([Claimed("both", frozenset({str(n)})) for n in range(17)], rules)
