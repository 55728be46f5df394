"""Forms from a bank: rules kept, targets met, contradictions named."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from models.assembly import InformationTarget, assemble_forms, content_program
from models.assembly_program import AssemblyTimeout, ImpossibleAssembly, solve
from models.content_rules import (
    Constraints,
    Range,
    attribute_ranges,
    count_range,
    share_range,
)
from models.information import item_information
from models.parameters import ItemParameters


def a_bank(n=200, seed=1):
    rng = np.random.default_rng(seed)
    items = ItemParameters.of(np.exp(rng.normal(0, 0.3, n)), rng.normal(0, 1, n))
    attributes = {
        "competency": rng.integers(0, 4, n),
        "topic": rng.integers(0, 12, n),
        "level": rng.choice(list("KAE"), n),
        "figure": rng.random(n) < 0.3,
        "words": rng.integers(20, 120, n),
    }
    return items, attributes


def full_rules(attributes, **more):
    n = len(attributes["level"])
    return Constraints(
        length=20,
        ranges=(
            *attribute_ranges(
                "competency", attributes["competency"].tolist(), dict.fromkeys(range(4), (4, 6))
            ),
            *attribute_ranges(
                "topic", attributes["topic"].tolist(), dict.fromkeys(range(12), (None, 3))
            ),
            *attribute_ranges(
                "level", attributes["level"].tolist(), {"K": (5, 9), "A": (6, None), "E": (3, 6)}
            ),
            share_range("figures", attributes["figure"], 0.2, 0.4, 20),
            Range("words to read", attributes["words"].astype(float), 900, 1500),
        ),
        enemies=[(i, i + 1, i + 2) for i in range(0, n - 2, 10)],
        sets=[(3, 4), (23, 24, 25), (43, 44)],
        **more,
    )


def test_a_form_keeps_every_rule():
    items, attributes = a_bank()
    rules = full_rules(attributes)

    made = assemble_forms(items, rules)

    assert made.proven_optimal
    assert rules.violations(made.forms[0]) == ()
    assert made.deviation is None
    assert_allclose(
        made.information[0], item_information(0.0, items)[made.forms[0]].sum(), rtol=1e-9
    )
    assert "proven within" in made.summary()


def test_without_rules_the_most_informative_items_are_taken():
    items, _ = a_bank()
    made = assemble_forms(
        items,
        Constraints(length=15),
        target=InformationTarget.highest_at(0.7),
        relative_gap=0.0,
    )
    best = np.sort(item_information(0.7, items))[-15:].sum()
    assert_allclose(made.information[0, 0], best)


def test_parallel_forms_match_a_curve_and_share_no_item():
    items, attributes = a_bank()
    rules = full_rules(attributes)
    wanted = [3.5, 4.0, 3.5]

    made = assemble_forms(
        items, rules, n_forms=2, target=InformationTarget.matching([-1, 0, 1], wanted)
    )

    assert made.deviation is not None
    assert made.deviation <= 0.25
    assert_allclose(made.information, np.tile(wanted, (2, 1)), atol=made.deviation + 1e-9)
    for form in made.forms:
        assert rules.violations(form) == ()
    for one, other in combinations(made.forms, 2):
        assert np.intersect1d(one, other).size == 0


def test_forms_share_no_more_than_they_may():
    items, _ = a_bank(60)
    rules = Constraints(length=15, max_overlap=4, max_use=2)

    made = assemble_forms(items, rules, n_forms=3)

    for one, other in combinations(made.forms, 2):
        assert np.intersect1d(one, other).size <= 4
    assert np.bincount(np.concatenate(made.forms)).max() <= 2
    disjoint = assemble_forms(items, Constraints(length=15), n_forms=3)
    assert made.information.min() > disjoint.information.min()


def test_the_smallest_weighted_information_over_cuts_is_what_counts():
    items, _ = a_bank()
    target = InformationTarget.highest_at([-1.0, 1.5], [2.0, 1.0])

    made = assemble_forms(items, Constraints(length=20), target=target)

    assert_allclose(made.information[0, 0] / 2.0, made.information[0, 1], rtol=0.1)


@given(seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.too_slow])
def test_a_small_bank_gives_the_best_of_all_forms(seed):
    rng = np.random.default_rng(seed)
    n, length = 11, 4
    items = ItemParameters.of(np.exp(rng.normal(0, 0.4, n)), rng.normal(0, 1, n))
    rules = Constraints(
        length=length,
        ranges=(
            count_range("red", rng.random(n) < 0.5, 1, 3),
            Range("words", rng.integers(5, 30, n).astype(float), 20, 90),
        ),
        enemies=[rng.choice(n, 2, replace=False).tolist()],
        sets=[[0, 5]],
    )
    amount = item_information(0.0, items)
    every = [form for form in combinations(range(n), length) if not rules.violations(form)]
    if not every:
        with pytest.raises(ImpossibleAssembly):
            assemble_forms(items, rules)
        return

    made = assemble_forms(items, rules, relative_gap=0.0)

    assert_allclose(made.information[0, 0], max(amount[list(form)].sum() for form in every))


def test_a_contradiction_is_named_with_nothing_else():
    items, attributes = a_bank()
    rules = full_rules(attributes)
    more = Constraints(
        length=20,
        ranges=(*rules.ranges, count_range("safety", attributes["competency"] == 0, 7)),
        enemies=rules.enemies,
        sets=rules.sets,
    )
    have = int((attributes["competency"] == 0).sum())

    with pytest.raises(ImpossibleAssembly, match="cannot be met together") as caught:
        assemble_forms(items, more)

    assert caught.value.minimal
    assert caught.value.conflict == (
        f"competency 0: at least 4 and at most 6 items (the bank has {have})",
        f"safety: at least 7 items (the bank has {have})",
    )


def test_leaving_out_any_one_of_the_named_rules_helps():
    items, attributes = a_bank(60)
    rules = full_rules(attributes)
    tight = Constraints(
        length=20,
        ranges=(*rules.ranges[:-1], Range("words to read", rules.ranges[-1].values, 0, 500)),
        enemies=rules.enemies,
    )
    with pytest.raises(ImpossibleAssembly) as caught:
        assemble_forms(items, tight)
    program = content_program(tight, 60, 1)
    numbers = [program.groups.index(name) for name in caught.value.conflict]

    assert solve(program, time_limit=5, keep=numbers).status == 2
    for number in numbers:
        others = [other for other in numbers if other != number]
        assert solve(program, time_limit=5, keep=others).status == 0


def test_one_rule_that_the_bank_cannot_meet_is_named_alone():
    items, attributes = a_bank(50)
    has = int(attributes["figure"].sum())
    rules = Constraints(length=45, ranges=(count_range("figures", attributes["figure"], has + 1),))
    with pytest.raises(ImpossibleAssembly, match=f"the bank has {has}") as caught:
        assemble_forms(items, rules)
    assert len(caught.value.conflict) == 1


def test_too_many_forms_are_named():
    items, _ = a_bank(50)
    with pytest.raises(ImpossibleAssembly, match="forms share no item") as caught:
        assemble_forms(items, Constraints(length=20), n_forms=3)
    assert len(caught.value.conflict) == 2


def test_time_that_is_up_is_said_and_not_called_impossible():
    items, attributes = a_bank(1_000)
    with pytest.raises(AssemblyTimeout, match="does not prove"):
        assemble_forms(
            items,
            full_rules(attributes),
            n_forms=4,
            target=InformationTarget.matching([-1, 0, 1], [4, 5, 4]),
            time_limit=1e-3,
        )


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Constraints(length=0), "at least 1 item"),
        (lambda: Constraints(length=(5, 3)), "fewest not above"),
        (lambda: Constraints(length=3, max_overlap=-1), "not be negative"),
        (lambda: count_range("red", [True], 3, 2), "red: the minimum 3 is above"),
        (lambda: Range("words", np.array([np.nan])), "words: values"),
        (lambda: attribute_ranges("level", ["K"], {"X": (1, 2)}), "no item has level 'X'"),
        (lambda: share_range("figures", [True], 0.5, 0.2, 10), "figures: shares"),
        (lambda: share_range("figures", [True], 0.51, 0.59, 10), "no whole number of 10 items"),
        (lambda: InformationTarget.matching([0.0], [0.0]), "positive number"),
        (lambda: InformationTarget.highest_at([]), "at least one"),
        (lambda: Constraints(length=3, enemies=[[0, 9]]).check(5), "enemies must hold"),
        (lambda: Constraints(length=3, sets=[[0, 1], [1, 2]]).check(5), "in two of them"),
        (lambda: Constraints(length=3, ranges=(count_range("red", [True]),)).check(5), "1 values"),
        (lambda: assemble_forms(a_bank(9)[0], Constraints(length=3), n_forms=0), "n_forms"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_rules_are_named_without_importing_scipy():
    root = Path(__file__).parents[2]
    code = (
        "import sys, models.content_rules, models.shadow_tests, models.assembly;"
        "sys.exit(any(name.startswith('scipy') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
