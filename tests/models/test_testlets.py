"""Items under one stem: their random effect, against brute force and in simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from models.parameters import ItemParameters
from models.prepared_bank import prepare_bank
from models.profile import estimate_profile
from models.response_functions import category_probabilities, probability
from models.testlets import set_log_likelihood

COVARIANCE = np.array([[1.0, 0.6], [0.6, 1.2]])


def bank_of_sets(seed, n_sets=4, size=4, alone=6, guessing=0.0):
    """Items of two competencies: sets of each, then items alone."""
    rng = np.random.default_rng(seed)
    n = n_sets * size + alone
    items = ItemParameters.of(
        np.clip(np.exp(rng.normal(0.2, 0.3, n)), 0.35, 2.8), rng.normal(0, 1, n), guessing
    )
    testlet = np.concatenate([np.repeat(np.arange(n_sets), size), np.full(alone, -1)])
    competency = np.where(testlet >= 0, testlet % 2, np.arange(n) % 2)
    return items, competency, testlet, rng


def brute_force(theta, items, scores, deviation):
    """The integral over the effect by 4,001 nodes."""
    effects = np.linspace(-8, 8, 4001)
    weight = np.exp(-0.5 * effects**2)
    weight /= weight.sum()
    p = category_probabilities((theta[:, None] + deviation * effects).ravel(), items)
    product = np.ones(p.shape[0])
    for item, score in enumerate(scores):
        product = product * p[:, item, score]
    return np.log(product.reshape(theta.size, -1) @ weight)


@pytest.mark.parametrize("variance", [0.01, 0.25, 1.0, 2.5])
@pytest.mark.parametrize("graded", [False, True])
def test_the_likelihood_of_a_set_is_the_integral_over_its_effect(variance, graded):
    thresholds = [[-1.0, 0.2], [0.0, np.nan], [-0.5, 0.9], [0.1, 0.8]] if graded else None
    items = ItemParameters.of(
        [1.0, 2.0, 1.5, 0.7], 0.3, thresholds=thresholds, model="GPCM" if graded else "2PL"
    )
    scores = np.array([1, 0, 1, 1])
    theta = np.linspace(-4, 4, 17)

    value = set_log_likelihood(theta, items, scores, variance)

    assert_allclose(value, brute_force(theta, items, scores, variance**0.5), atol=5e-5)


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 10_000),
    variance=st.sampled_from([0.0, 0.05, 0.25, 1.0]),
    guessing=st.sampled_from([0.0, 0.2]),
    n=st.integers(1, 22),
)
def test_a_prepared_bank_gives_the_profile_of_the_exact_functions(seed, variance, guessing, n):
    items, competency, testlet, rng = bank_of_sets(seed, guessing=guessing)
    bank = prepare_bank(items, competency, COVARIANCE, testlet=testlet, testlet_variance=variance)
    given_ = rng.permutation(len(items))[:n]
    scores = rng.integers(0, 2, n)

    exact = estimate_profile(
        scores,
        items.take(given_),
        competency[given_],
        COVARIANCE,
        testlet=testlet[given_],
        testlet_variance=variance,
    )

    profile = bank.profile(given_, scores)
    assert_allclose(profile.mean, exact.mean, atol=1e-5)
    assert_allclose(profile.covariance, exact.covariance, atol=1e-5)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_any_order_of_the_same_answers_gives_the_same_profile(seed):
    items, competency, testlet, rng = bank_of_sets(seed)
    bank = prepare_bank(items, competency, COVARIANCE, testlet=testlet)
    scores = rng.integers(0, 2, len(items))
    order = rng.permutation(len(items))

    first, second = bank.profile(np.arange(len(items)), scores), bank.profile(order, scores[order])

    assert_array_equal(first.mean, second.mean)
    assert_array_equal(first.covariance, second.covariance)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_no_ability_moves_the_wrong_way_within_a_set(seed):
    items, competency, testlet, rng = bank_of_sets(seed)
    bank = prepare_bank(items, competency, COVARIANCE, testlet=testlet)
    given_ = rng.permutation(len(items))[:10]
    scores = rng.integers(0, 2, 10)
    wrong, right = scores.copy(), scores.copy()
    wrong[-1], right[-1] = 0, 1

    low = bank.profile(given_, wrong).mean
    middle = bank.profile(given_[:-1], scores[:-1]).mean
    high = bank.profile(given_, right).mean

    assert (low <= middle + 1e-6).all()
    assert (middle <= high + 1e-6).all()


def test_one_answer_to_a_set_tells_less_than_one_to_an_item_alone_and_four_much_less():
    items = ItemParameters.of(1.5, [0.0] * 4)
    alone = prepare_bank(items, [0] * 4, [[1.0]])
    together = prepare_bank(items, [0] * 4, [[1.0]], testlet=[7] * 4, testlet_variance=1.0)

    one = [b.profile([0], [1]).standard_error[0] for b in (alone, together)]
    four = [b.profile(range(4), [1, 0, 1, 0]).standard_error[0] for b in (alone, together)]

    assert one[1] > one[0]
    assert four[1] - four[0] > 2 * (one[1] - one[0])


def test_ignoring_the_effect_makes_the_error_too_small_and_modelling_it_does_not():
    """Simulated: 1,500 persons, eight sets of five items, variance of the effect 1."""
    rng = np.random.default_rng(5)
    n, sets, size = 1500, 8, 5
    items = ItemParameters.of(rng.uniform(0.9, 1.8, sets * size), rng.normal(0, 1, sets * size))
    testlet = np.repeat(np.arange(sets), size)
    theta = rng.normal(size=n)
    shifted = theta[:, None] + rng.normal(size=(n, sets))
    p = np.empty((n, sets * size))
    for group in range(sets):
        mine = np.flatnonzero(testlet == group)
        p[:, mine] = probability(shifted[:, group], items.take(mine))
    scores = (rng.random(p.shape) < p).astype(int)

    def coverage(bank):
        profiles = [bank.profile(np.arange(sets * size), row) for row in scores]
        mean = np.array([profile.mean[0] for profile in profiles])
        error = np.array([profile.standard_error[0] for profile in profiles])
        return (np.abs(mean - theta) <= 1.96 * error).mean()

    area = np.zeros(sets * size, int)
    ignored = coverage(prepare_bank(items, area, [[1.0]]))
    modelled = coverage(prepare_bank(items, area, [[1.0]], testlet=testlet, testlet_variance=1.0))

    assert ignored < 0.85
    assert 0.935 < modelled < 0.965


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"testlet": [0, 0]}, "one an item"),
        ({"testlet": [0, 0, -2]}, "one an item"),
        ({"testlet": [0, 0, 1], "testlet_variance": -1.0}, "not negative"),
        ({"testlet": [0, 0, 1], "testlet_variance": [0.1, 0.2, 0.1]}, "same for all items"),
    ],
)
def test_impossible_sets_are_refused_with_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        prepare_bank(ItemParameters.of(1.0, [0.0] * 3), [0] * 3, [[1.0]], **options)
