"""Shadow tests: every layer finds the best test there is, and no test breaks a rule."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from models.adaptive import StoppingRule, prepare_bank
from models.adaptive_simulation import simulate_adaptive_tests
from models.assembly import content_program
from models.assembly_program import ImpossibleAssembly, solve
from models.content_rules import Constraints, Range, attribute_ranges
from models.information import item_information
from models.parameters import ItemParameters
from models.shadow_tests import prepare_shadow_rules, shadow_test, undominated


def a_bank(n, seed=11, k=1):
    rng = np.random.default_rng(seed)
    a = np.clip(np.exp(rng.normal(0.0, 0.3, n)), 0.35, 2.8)
    items = ItemParameters.of(a, rng.normal(0.0, 1.0, n))
    covariance = np.full((k, k), 0.5) + 0.5 * np.eye(k)
    return prepare_bank(items, np.arange(n) % k, covariance)


def areas(n, seed=3, n_areas=6):
    return np.random.default_rng(seed).integers(0, n_areas, n)


def quota_rules(n, low=4, high=6, length=30):
    limits = dict.fromkeys(range(6), (low, high))
    return Constraints(length=length, ranges=attribute_ranges("area", areas(n).tolist(), limits))


def rules_with_everything(n, seed=5, length=30):
    rng = np.random.default_rng(seed)
    area = areas(n)
    sets = [np.flatnonzero(area == k)[: 4 * (n // 100)].reshape(-1, 4) for k in range(6)]
    return Constraints(
        length=length,
        ranges=(
            *attribute_ranges("area", area.tolist(), dict.fromkeys(range(6), (4, 6))),
            *attribute_ranges("level", rng.choice(list("KAE"), n).tolist(), {"K": (8, 12)}),
        ),
        enemies=[rng.choice(n, 2, replace=False).tolist() for _ in range(n // 10)],
        sets=[group.tolist() for part in sets for group in part],
    )


def whole_bank_optimum(theta, constraints, bank, given):
    """The best test by HiGHS over all items: what every layer must reach."""
    program = content_program(constraints, len(bank), 1)
    amount = item_information(theta, bank.items)
    program.objective[:] = -amount
    program.lower[np.asarray(given, dtype=int)] = 1.0
    found = solve(program, time_limit=60)
    assert found.status == 0
    return -found.objective - amount[np.asarray(given, dtype=int)].sum()


@pytest.mark.parametrize(
    ("make", "layer"),
    [
        (quota_rules, "greedy"),
        (
            lambda n: Constraints(
                length=30, ranges=quota_rules(n).ranges, enemies=[[i, i + 7] for i in range(40)]
            ),
            "reduced",
        ),
        (rules_with_everything, "reduced"),
    ],
)
def test_every_layer_reaches_the_optimum_of_the_whole_bank(make, layer):
    bank = a_bank(200)
    constraints = make(200)
    rules = prepare_shadow_rules(bank, constraints)
    rng = np.random.default_rng(9)
    given = []
    for step in range(30):
        theta = rng.normal()
        found = shadow_test(theta, rules, given)
        assert found.layer == layer
        assert constraints.violations(found.items) == ()
        assert np.isin(given, found.items).all()
        if step % 5 == 0:
            best = whole_bank_optimum(theta, constraints, bank, given)
            assert_allclose(found.information, best, rtol=1e-6)
        given.append(found.next_item)
    assert constraints.violations(given) == ()
    assert shadow_test(0.0, rules, given).next_item is None


@given(seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=15)
def test_no_dominated_item_is_missed(seed):
    rng = np.random.default_rng(seed)
    n = 40
    bank = a_bank(n, seed)
    constraints = Constraints(
        length=8,
        ranges=(
            *attribute_ranges("colour", rng.choice(list("rgb"), n).tolist(), {"r": (1, 3)}),
            Range("words", rng.integers(1, 4, n).astype(float), 10, 18),
        ),
        enemies=[rng.choice(n, 3, replace=False).tolist() for _ in range(6)],
        sets=[[0, 1], [2, 3], [4, 5, 6]],
    )
    rules = prepare_shadow_rules(bank, constraints)
    theta = rng.normal()

    found = shadow_test(theta, rules)

    assert constraints.violations(found.items) == ()
    best = whole_bank_optimum(theta, constraints, bank, [])
    assert_allclose(found.information, best, rtol=1e-6)


def test_a_set_with_enemies_inside_is_never_begun():
    bank = a_bank(40)
    best = np.argsort(-item_information(0.0, bank.items))[:8].tolist()
    constraints = Constraints(length=8, sets=[best[:4], best[4:]], enemies=[best[1:3]])
    rules = prepare_shadow_rules(bank, constraints)

    found = shadow_test(0.0, rules)

    assert constraints.violations(found.items) == ()
    assert np.isin(best[4:], found.items).all()
    assert not np.isin(best[:4], found.items).any()
    assert_allclose(found.information, whole_bank_optimum(0.0, constraints, bank, []))


def test_tens_of_columns_are_left_of_thousands():
    bank = a_bank(5_000)
    constraints = Constraints(
        length=30,
        ranges=quota_rules(5_000).ranges,
        enemies=[[i, i + 2_500] for i in range(500)],
    )
    rules = prepare_shadow_rules(bank, constraints)
    total = item_information(0.3, bank.items)[rules.units.items[:, 0]]

    kept = undominated(rules, total, np.zeros(5_000, bool), np.ones(5_000, bool))

    assert 30 <= kept.size <= 100


def test_a_thousand_tests_with_quotas_break_no_rule():
    bank = a_bank(500)
    constraints = quota_rules(500, length=30)
    rules = prepare_shadow_rules(bank, constraints)
    theta = np.random.default_rng(7).normal(size=1_000)
    stopping = StoppingRule(30, 30, 0.01)

    done = simulate_adaptive_tests(theta, bank, stopping, np.random.default_rng(1), shadow=rules)
    free = simulate_adaptive_tests(theta, bank, stopping, np.random.default_rng(1))

    assert sum(bool(constraints.violations(row)) for row in done.items) == 0
    assert sum(bool(constraints.violations(row)) for row in free.items) > 500
    assert done.rmse[0] < free.rmse[0] + 0.012


def test_tests_with_enemies_and_sets_break_no_rule_and_sets_stay_together():
    bank = a_bank(400)
    constraints = rules_with_everything(400)
    rules = prepare_shadow_rules(bank, constraints)

    done = simulate_adaptive_tests(
        np.random.default_rng(7).normal(size=12),
        bank,
        StoppingRule(30, 30, 0.01),
        np.random.default_rng(1),
        shadow=rules,
    )

    unit = rules.units.unit_of
    for row in done.items:
        assert constraints.violations(row) == ()
        changes = 1 + (np.diff(unit[row]) != 0).sum()
        assert changes == np.unique(unit[row]).size


def test_several_competencies_are_judged_at_their_own_estimates():
    bank = a_bank(120, k=2)
    constraints = Constraints(
        length=10, ranges=attribute_ranges("area", (bank.competency).tolist(), {0: (5, 5)})
    )
    rules = prepare_shadow_rules(bank, constraints)

    found = shadow_test([-1.0, 1.0], rules)

    for k, theta in enumerate((-1.0, 1.0)):
        members = bank.members[k]
        amount = item_information(theta, bank.items.take(members))
        best = members[np.argsort(-amount)[:5]]
        assert_array_equal(np.sort(best), found.items[bank.competency[found.items] == k])


def test_a_plan_is_kept_until_the_ability_moves_or_the_plan_breaks():
    bank = a_bank(200)
    rules = prepare_shadow_rules(bank, rules_with_everything(200))
    first = shadow_test(0.0, rules)
    given = [first.next_item]

    kept = shadow_test(0.08, rules, given, previous=first)
    moved = shadow_test(0.3, rules, given, previous=first)
    available = np.ones(200, dtype=bool)
    available[kept.next_item] = False
    broken = shadow_test(0.08, rules, given, previous=first, available=available)

    assert kept.layer == "kept"
    assert_array_equal(kept.items, first.items)
    assert moved.layer == "reduced"
    assert broken.layer == "reduced"
    assert kept.next_item not in broken.items
    # Small steps add up: what counts is the move since the plan was made.
    later = shadow_test(0.16, rules, [*given, kept.next_item], previous=kept)
    assert later.layer == "reduced"


def test_items_that_may_not_be_given_are_not():
    bank = a_bank(200)
    for constraints in (quota_rules(200), rules_with_everything(200)):
        rules = prepare_shadow_rules(bank, constraints)
        best = shadow_test(0.0, rules).items
        available = np.ones(200, dtype=bool)
        available[best[:10]] = False

        found = shadow_test(0.0, rules, available=available)

        assert np.intersect1d(found.items, best[:10]).size == 0
        assert constraints.violations(found.items) == ()


def test_what_cannot_be_completed_is_refused_with_a_sentence():
    bank = a_bank(100)
    rules = prepare_shadow_rules(bank, quota_rules(100))
    area = areas(100)
    too_many = np.flatnonzero(area == 2)[:7]
    with pytest.raises(ImpossibleAssembly, match="area 2: at least 4 and at most 6"):
        shadow_test(0.0, rules, too_many)
    with pytest.raises(ImpossibleAssembly, match="do not add up"):
        short = prepare_shadow_rules(bank, quota_rules(100, 6, 6))
        shadow_test(0.0, short, available=np.ones(100, bool))
    linked = Constraints(length=5, enemies=[[0, 1]], sets=[[2, 3]])
    rules = prepare_shadow_rules(bank, linked)
    with pytest.raises(ImpossibleAssembly, match="meets the rules: enemies: at most one"):
        shadow_test(0.0, rules, [0, 1])
    gone = np.ones(100, dtype=bool)
    gone[3] = False
    with pytest.raises(ImpossibleAssembly, match="set that was begun"):
        shadow_test(0.0, rules, [2], available=gone)


@pytest.mark.parametrize(
    ("theta", "given", "sentence"),
    [(math.nan, [], "finite"), ([0.0, 0.0], [], "1 finite"), (0.0, [100], r"0\.\.99")],
)
def test_bad_input_is_refused_with_a_sentence(theta, given, sentence):
    rules = prepare_shadow_rules(a_bank(100), quota_rules(100))
    with pytest.raises(ValueError, match=sentence):
        shadow_test(theta, rules, given)


def test_a_shadow_test_needs_a_fixed_length():
    with pytest.raises(ValueError, match="fixed length"):
        prepare_shadow_rules(a_bank(100), Constraints(length=(20, 30)))
    rules = prepare_shadow_rules(a_bank(100), quota_rules(100))
    with pytest.raises(ValueError, match="this very bank"):
        simulate_adaptive_tests(
            [0.0], a_bank(100), StoppingRule(5, 5), np.random.default_rng(1), shadow=rules
        )
