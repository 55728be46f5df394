"""A running test: the same numbers as from the whole log, whatever else runs beside it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from models.adaptive_state import AdaptiveState
from models.parameters import ItemParameters
from models.prepared_bank import prepare_bank
from models.selection import select_item

RULES = ("target", "D", "A", "information")


def simulated_bank(k, n_items=300, guessing=0.2, seed=1, **options):
    rng = np.random.default_rng(seed)
    items = ItemParameters.of(
        np.clip(np.exp(rng.normal(0.1, 0.3, n_items)), 0.35, 2.8),
        rng.normal(0, 1, n_items),
        guessing,
    )
    covariance = np.full((k, k), 0.6) + 0.4 * np.eye(k)
    return prepare_bank(items, rng.integers(0, k, n_items), covariance, **options)


ONE = simulated_bank(1, mean=[0.3])
FOUR = simulated_bank(4)
IN_SETS = simulated_bank(2, 60, testlet=np.arange(60) // 3, testlet_variance=0.5)
rng_ = np.random.default_rng(2)
GRADED = prepare_bank(
    ItemParameters.of(
        rng_.uniform(0.8, 1.8, 60),
        thresholds=np.sort(rng_.normal(0, 1, (60, 3)), axis=1),
        models=["GRM", "GPCM"] * 30,
    ),
    np.zeros(60, int),
    [[1.0]],
)


def taken(bank, seed, n, ability=None):
    """A test of n random items with random scores, or those of an ability."""
    rng = np.random.default_rng(seed)
    state = AdaptiveState.start(bank)
    for item in rng.permutation(len(bank))[:n].tolist():
        highest = int(bank.items.max_scores[item])
        score = int(rng.integers(0, highest + 1))
        if ability is not None:
            a, b, c, _ = bank.parameters[:, item]
            score = int(rng.random() < c + (1 - c) / (1 + np.exp(-a * (ability - b))))
        state = state.answer(item, score)
    return state


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 100_000),
    n=st.integers(0, 300),
    ability=st.one_of(st.none(), st.floats(-8, 8)),
)
def test_one_competency_equals_the_recomputation_to_1e_12(seed, n, ability):
    state = taken(ONE, seed, n, ability)

    again = ONE.profile(state.given, state.scores)

    assert_allclose(state.profile.mean, again.mean, atol=1e-12)
    assert_allclose(state.profile.covariance, again.covariance, atol=1e-12)
    assert_array_equal(state.profile.answered, again.answered)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 100_000), n=st.integers(0, 60))
def test_graded_answers_equal_the_recomputation_to_1e_12(seed, n):
    state = taken(GRADED, seed, n)

    again = GRADED.profile(state.given, state.scores)

    assert_allclose(state.profile.mean, again.mean, atol=1e-12)
    assert_allclose(state.profile.covariance, again.covariance, atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 100_000), n=st.integers(0, 60), sets=st.booleans())
def test_several_competencies_end_at_the_same_fixed_point(seed, n, sets):
    bank = IN_SETS if sets else FOUR
    state = taken(bank, seed, n)

    again = bank.profile(state.given, state.scores)

    assert_allclose(state.profile.mean, again.mean, atol=1e-6)
    assert_allclose(state.profile.covariance, again.covariance, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(0, 100_000),
    n=st.integers(0, 120),
    rule=st.sampled_from(RULES),
    kind=st.sampled_from(["one", "four", "graded"]),
    some=st.booleans(),
)
def test_the_next_item_is_the_one_that_select_item_chooses(seed, n, rule, kind, some):
    bank = {"one": ONE, "four": FOUR, "graded": GRADED}[kind]
    state = taken(bank, seed, min(n, len(bank) - 5))
    allowed = np.random.default_rng(seed).random(len(bank)) < 0.8 if some else None
    available = np.ones(len(bank), dtype=bool) if allowed is None else allowed.copy()
    available[list(state.given)] = False

    item = state.next_item(rule, available=allowed)

    assert item == select_item(state.profile, bank, rule=rule, available=available)


def test_a_test_can_use_the_whole_bank_and_then_has_no_next_item():
    state = AdaptiveState.start(GRADED)
    for _ in range(60):
        state = state.answer(state.next_item(), 1)

    assert sorted(state.given) == list(range(60))
    assert state.next_item() is None


def test_a_thousand_interleaved_tests_equal_the_same_tests_alone():
    rng = np.random.default_rng(3)
    ability = rng.normal(0, 1, 1000)
    luck = rng.random((1000, 8))

    def step(state, person, position):
        item = state.next_item()
        a, b, c, _ = ONE.parameters[:, item]
        right = luck[person, position] < c + (1 - c) / (1 + np.exp(-a * (ability[person] - b)))
        return state.answer(item, int(right))

    together = [AdaptiveState.start(ONE)] * 1000
    for position in range(8):
        for person in rng.permutation(1000):
            together[person] = step(together[person], person, position)

    for person in range(1000):
        alone = AdaptiveState.start(ONE)
        for position in range(8):
            alone = step(alone, person, position)
        assert together[person].given == alone.given
        assert together[person].profile.mean[0] == alone.profile.mean[0]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 100_000), n=st.integers(0, 100), constant=st.sampled_from([None, 0, 1]))
def test_a_wrong_answer_never_raises_ability_and_a_right_one_never_lowers_it(seed, n, constant):
    rng = np.random.default_rng(seed)
    state = AdaptiveState.start(ONE)
    for item in rng.permutation(len(ONE))[:n].tolist():
        state = state.answer(item, int(rng.integers(0, 2)) if constant is None else constant)
    item = state.next_item()

    assert state.answer(item, 0).profile.mean[0] <= state.profile.mean[0]
    assert state.answer(item, 1).profile.mean[0] >= state.profile.mean[0]


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 100_000), n=st.integers(1, 80))
def test_any_order_of_the_same_answers_gives_the_same_ability(seed, n):
    state = taken(ONE, seed, n)
    other = AdaptiveState.start(ONE)
    for position in np.random.default_rng(seed).permutation(n):
        other = other.answer(state.given[position], state.scores[position])

    assert_allclose(other.profile.mean, state.profile.mean, atol=1e-12)
    assert_allclose(other.profile.covariance, state.profile.covariance, atol=1e-12)


def test_an_answer_changes_no_earlier_state():
    first = AdaptiveState.start(ONE).answer(3, 1)
    mean, table = first.profile.mean.copy(), first.log_likelihood.copy()

    first.answer(4, 0)

    assert_array_equal(first.profile.mean, mean)
    assert_array_equal(first.log_likelihood, table)
    assert first.given == (3,)


@pytest.mark.parametrize(
    ("item", "score", "sentence"),
    [(300, 1, r"0\.\.299"), (-1, 1, r"0\.\.299"), (3, 1, "given before"), (4, 2, "from 0 to 1")],
)
def test_an_impossible_answer_is_refused_with_a_sentence(item, score, sentence):
    with pytest.raises(ValueError, match=sentence):
        AdaptiveState.start(ONE).answer(3, 1).answer(item, score)
