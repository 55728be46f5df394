"""The prepared bank, the next item and the end of a test."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from models.adaptive import (
    StoppingRule,
    find_candidates,
    position_rng,
    prepare_bank,
    select_item,
    should_stop,
)
from models.information import item_information
from models.parameters import ItemParameters
from models.profile import Profile, estimate_profile

K = 4
COVARIANCE = np.full((K, K), 0.6) + 0.4 * np.eye(K)


def simulated_bank(n_items=200, seed=1, guessing=0.2):
    rng = np.random.default_rng(seed)
    items = ItemParameters.of(
        np.clip(np.exp(rng.normal(0, 0.3, n_items)), 0.35, 2.8), rng.normal(0, 1, n_items), guessing
    )
    return prepare_bank(items, rng.integers(0, K, n_items), COVARIANCE)


BANK = simulated_bank()


def answers(seed, n):
    rng = np.random.default_rng(seed)
    return rng.permutation(len(BANK))[:n], rng.integers(0, 2, n)


def reference_gain(bank, profile, item, target_variance, weights):
    """The target rule by adding the item's information to the posterior precision."""
    precision = np.linalg.inv(profile.covariance)
    k = bank.competency[item]
    precision[k, k] += item_information(profile.mean[k], bank.items.take([item]))[0]
    after = np.linalg.inv(precision).diagonal()
    before = profile.covariance.diagonal()

    def excess(variance):
        return np.maximum(0, np.log(variance / target_variance)) @ weights

    return excess(before) - excess(after)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 100_000), n=st.integers(0, 60))
def test_the_tables_give_the_profile_of_the_exact_functions(seed, n):
    given_, scores = answers(seed, n)
    exact = estimate_profile(scores, BANK.items.take(given_), BANK.competency[given_], COVARIANCE)

    profile = BANK.profile(given_, scores)

    assert_allclose(profile.mean, exact.mean, atol=1e-7)
    assert_allclose(profile.covariance, exact.covariance, atol=1e-7)
    assert_array_equal(profile.answered, exact.answered)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 100_000), n=st.integers(1, 60))
def test_the_order_of_answers_changes_no_bit(seed, n):
    given_, scores = answers(seed, n)
    order = np.random.default_rng(seed).permutation(n)

    first, second = BANK.profile(given_, scores), BANK.profile(given_[order], scores[order])

    assert_array_equal(first.mean, second.mean)
    assert_array_equal(first.covariance, second.covariance)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 100_000),
    n=st.integers(0, 100),
    weights=st.lists(st.floats(0.1, 3), min_size=K, max_size=K),
    targets=st.lists(st.floats(0.2, 0.6), min_size=K, max_size=K),
)
def test_the_target_rule_finds_the_item_a_full_search_finds(seed, n, weights, targets):
    given_, scores = answers(seed, n)
    profile = BANK.profile(given_, scores)
    available = np.ones(len(BANK), dtype=bool)
    available[given_] = False
    variance = np.square(targets)
    gains = [
        reference_gain(BANK, profile, item, variance, np.array(weights))
        for item in np.flatnonzero(available)
    ]

    item = select_item(
        profile, BANK, available=available, target_variance=variance, weights=weights
    )

    chosen = reference_gain(BANK, profile, item, variance, np.array(weights))
    # Within a competency items are ranked by the information in the middle of a cell 0.05 wide: in
    # 1,499 random cases the loss of gain was 0 at the 99th percentile and 1.7 % at worst.
    assert chosen >= 0.95 * max(gains) - 1e-6


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 100_000),
    n=st.integers(0, 190),
    rule=st.sampled_from(["target", "D", "A", "information", "random"]),
    allowed=st.lists(st.booleans(), min_size=K, max_size=K),
    randomesque=st.integers(1, 5),
)
def test_only_available_items_of_allowed_competencies_are_given(
    seed, n, rule, allowed, randomesque
):
    given_, scores = answers(seed, n)
    available = np.ones(len(BANK), dtype=bool)
    available[given_] = False
    may = np.array(allowed)
    possible = np.flatnonzero(available & may[BANK.competency])

    item = select_item(
        BANK.profile(given_, scores),
        BANK,
        rule=rule,
        available=available,
        allowed_competencies=may,
        rng=position_rng(seed, n),
        randomesque=randomesque,
    )

    assert (item in possible) if possible.size else (item is None)


def test_the_last_items_of_a_large_competency_are_found():
    bank = prepare_bank(ItemParameters.of(1.0, np.linspace(-3, 3, 500)), np.zeros(500, int), [[1]])
    available = np.zeros(500, dtype=bool)
    available[[3, 490]] = True  # far from the best, so in no ranked list

    profile = bank.profile([], [])

    assert select_item(profile, bank, available=available) in (3, 490)


def test_one_competency_takes_the_most_informative_item():
    items = ItemParameters.of([1.0, 2.0, 1.5], [0.0, 0.0, 0.0])

    assert select_item(Profile(np.zeros(1), np.eye(1), np.zeros(1, int)), items, [0, 0, 0]) == 1


def test_a_reached_target_moves_items_to_the_other_competencies():
    bank = prepare_bank(ItemParameters.of([2.5, 0.8], [0.0, 0.0]), [0, 1], np.eye(2))
    profile = Profile(np.zeros(2), np.diag([0.1, 0.9]), np.array([9, 0]))

    assert select_item(profile, bank, rule="information") == 0
    assert select_item(profile, bank, target_variance=0.35**2) == 1


def test_where_all_targets_are_reached_there_is_still_a_next_item():
    profile = Profile(np.zeros(K), 0.01 * np.eye(K), np.full(K, 50))

    assert select_item(profile, BANK) is not None


def test_d_and_a_rules_follow_their_definitions():
    profile = BANK.profile(*answers(8, 20))
    before = np.linalg.slogdet(profile.covariance)[1], np.trace(profile.covariance)
    fall = []
    for item in range(len(BANK)):
        precision = np.linalg.inv(profile.covariance)
        k = BANK.competency[item]
        precision[k, k] += item_information(profile.mean[k], BANK.items.take([item]))[0]
        after = np.linalg.inv(precision)
        fall.append((before[0] - np.linalg.slogdet(after)[1], before[1] - np.trace(after)))
    volume, trace = np.array(fall).T

    assert volume[select_item(profile, BANK, rule="D")] >= 0.99 * volume.max()
    assert trace[select_item(profile, BANK, rule="A")] >= 0.99 * trace.max()


def test_chance_is_the_same_for_the_same_seed_and_position_and_stays_near_the_best():
    alike = prepare_bank(
        ItemParameters.of(1.0, np.linspace(-1, 1, 60)), np.arange(60) % 2, np.eye(2)
    )
    profile = alike.profile([3, 8], [1, 0])
    candidates = find_candidates(profile, alike)

    def choices(seed):
        return [
            select_item(profile, alike, rng=position_rng(seed, position), randomesque=4)
            for position in range(30)
        ]

    assert choices(7) == choices(7)
    assert choices(7) != choices(8)
    assert len(set(choices(7))) > 1
    assert set(choices(7)) <= set(candidates.items[:4])
    assert (candidates.information >= 0.8 * candidates.information[0]).all()


def test_threads_share_one_bank():
    logs = [answers(seed, 30) for seed in range(40)]
    alone = [BANK.profile(*log).mean for log in logs]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda log: BANK.profile(*log).mean, logs))

    assert_array_equal(together, alone)


def test_an_adaptive_step_needs_no_package_but_numpy():
    program = """
import sys
from models import ItemParameters, StoppingRule, allowed_competencies, decide, prefer_subtopic
from models import prepare_bank, quotas, select_item, should_stop
bank = prepare_bank(ItemParameters.of(1.0, [0.0, 1.0]), [0, 1], [[1, 0.5], [0.5, 1]])
select_item(bank.profile([0], [1]), bank)
heavy = {"scipy", "sklearn", "numba", "pandas"} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_a_prepared_bank_cannot_be_changed():
    for array in (BANK.ranked, BANK.log_likelihood, BANK.parameters, BANK.competency):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_test_ends_for_the_first_reason_that_holds():
    rule = StoppingRule(5, 10, 0.4)
    precise = Profile(np.zeros(2), 0.15 * np.eye(2), np.zeros(2, int))
    vague = Profile(np.zeros(2), np.diag([0.15, 0.17]), np.zeros(2, int))

    assert should_stop(precise, 4, rule) is None
    assert should_stop(precise, 5, rule) == "precision"
    assert should_stop(vague, 9, rule) is None
    assert should_stop(vague, 10, rule) == "length"
    assert should_stop(precise, 10, rule) == "precision"
    assert should_stop(vague, 3, rule, bank_exhausted=True) == "exhausted"
    own = StoppingRule(5, 10, np.array([0.4, 0.5]))
    assert should_stop(vague, 5, own) == "precision"


@pytest.mark.parametrize("limits", [(-1, 5, 0.3), (6, 5, 0.3), (0, 0, 0.3), (0, 5, 0.0)])
def test_a_stopping_rule_that_cannot_hold_is_refused(limits):
    with pytest.raises(ValueError, match=r"stopping rule|target_standard_error"):
        StoppingRule(*limits)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda p: select_item(p, BANK, rule="best"), "rule must be one of"),
        (lambda p: select_item(p, BANK, rule="random"), "rng"),
        (lambda p: select_item(p, BANK, randomesque=3), "rng"),
        (lambda p: select_item(p, BANK.items), "competency of each item"),
        (lambda p: select_item(p, BANK, available=np.ones(3, bool)), "200 booleans"),
        (lambda p: select_item(p, BANK, allowed_competencies=np.ones(3, bool)), "4 booleans"),
        (lambda p: BANK.profile([0, 1], [1]), "one length"),
        (lambda p: BANK.profile([200], [1]), r"0\.\.199"),
        (lambda p: BANK.profile([-1], [1]), r"0\.\.199"),
        (lambda p: BANK.profile([0], [2]), "score is 1"),
        (lambda p: BANK.profile([0], [-1]), "score is 1"),
        (lambda p: prepare_bank(ItemParameters.of(-1.0, 0.0), [0], [[1]]), "a > 0"),
        (lambda p: prepare_bank(ItemParameters.of(1.0, np.nan), [0], [[1]]), "finite"),
        (lambda p: prepare_bank(ItemParameters.of(1.0, 0.0, 0.9, 0.8), [0], [[1]]), "c < d"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(BANK.profile([], []))
