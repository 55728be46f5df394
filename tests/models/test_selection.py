"""Rules that weigh the possible answers, the place where items are judged, sets under one stem."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from models.gains import RULES, response_gain
from models.information import item_information
from models.parameters import ItemParameters
from models.prepared_bank import prepare_bank
from models.profile import Profile
from models.response_functions import category_probabilities
from models.selection import find_candidates, position_rng, select_item

K = 3
COVARIANCE = np.full((K, K), 0.6) + 0.4 * np.eye(K)


def simulated_bank(n_items=60, seed=1, k=K, **options):
    rng = np.random.default_rng(seed)
    items = ItemParameters.of(
        np.clip(np.exp(rng.normal(0, 0.3, n_items)), 0.35, 2.8), rng.normal(0, 1, n_items), 0.2
    )
    covariance = COVARIANCE if k == K else np.eye(k)
    return prepare_bank(items, np.arange(n_items) % k, covariance, **options)


BANK = simulated_bank()


def answers(seed, n):
    rng = np.random.default_rng(seed)
    return rng.permutation(len(BANK))[:n], rng.integers(0, 2, n)


def expected_fall_of_variance(bank, given_, scores, item, weights):
    """Each answer tried on the exact posterior, weighed by its probability."""
    profile = bank.profile(given_, scores)
    k = bank.competency[item]
    draws = profile.mean[k] + profile.standard_error[k] * np.linspace(-5, 5, 201)
    weight = np.exp(-0.5 * np.linspace(-5, 5, 201) ** 2)
    p = category_probabilities(draws, bank.items.take([item]))[:, 0]
    chance = weight @ p / weight.sum()
    after = [
        bank.profile([*given_, item], [*scores, score]).covariance.diagonal() for score in (0, 1)
    ]
    return (profile.covariance.diagonal() - chance @ after) @ weights


@pytest.mark.parametrize("seed", range(4))
def test_epv_finds_the_item_that_trying_every_answer_finds(seed):
    given_, scores = answers(seed, 15)
    weights = np.array([1.0, 2.0, 0.5])
    available = np.ones(len(BANK), dtype=bool)
    available[given_] = False
    fall = {
        item: expected_fall_of_variance(BANK, given_, scores, item, weights)
        for item in np.flatnonzero(available)
    }

    item = select_item(
        BANK.profile(given_, scores), BANK, rule="EPV", available=available, weights=weights
    )

    assert fall[item] >= 0.97 * max(fall.values())


def test_the_epv_gain_is_the_expected_fall_of_a_normal_posterior():
    profile = Profile(np.array([0.3]), np.array([[0.25]]), np.array([0]))
    items = ItemParameters.of([1.5, 0.8], [0.1, -1.0], 0.2)
    bank = prepare_bank(items, [0, 0], [[1.0]])
    theta = 0.3 + 0.5 * np.linspace(-8, 8, 4001)
    prior = np.exp(-0.5 * np.linspace(-8, 8, 4001) ** 2)
    prior /= prior.sum()
    p = category_probabilities(theta, items)
    expected = np.zeros(2)
    for score in (0, 1):
        joint = prior[:, None] * p[:, :, score]
        mass = joint.sum(axis=0)
        mean = theta @ joint / mass
        expected += (theta**2 @ joint / mass - mean**2) * mass

    gain = response_gain(bank, np.array([0, 1]), 0, profile, "EPV", None)

    assert_allclose(gain, 0.25 - expected, atol=1e-6)


def test_the_kl_gain_is_its_definition():
    profile = Profile(np.array([0.3]), np.array([[0.25]]), np.array([0]))
    items = ItemParameters.of([1.5, 0.8], [0.1, -1.0], 0.2)
    bank = prepare_bank(items, [0, 0], [[1.0]])
    z = np.linspace(-8, 8, 4001)
    weight = np.exp(-0.5 * z**2)
    weight /= weight.sum()
    here = category_probabilities(0.3, items)
    apart = here * np.log(here / category_probabilities(0.3 + 0.5 * z, items))

    gain = response_gain(bank, np.array([0, 1]), 0, profile, "KL", None)

    assert_allclose(gain, weight @ apart.sum(axis=-1), atol=1e-6)


def test_kl_prefers_steep_items_less_than_information_while_little_is_known():
    """Where the estimate may be far off, a very steep item may tell nothing."""
    items = ItemParameters.of([6.0, 1.6], [0.0, 0.0])
    bank = prepare_bank(items, [0, 0], [[9.0]])
    vague = Profile(np.zeros(1), np.array([[9.0]]), np.zeros(1, int))
    sharp = Profile(np.zeros(1), np.array([[0.01]]), np.zeros(1, int))

    assert select_item(vague, bank, rule="information") == 0
    assert response_gain(bank, np.arange(2), 0, sharp, "KL", None).argmax() == 0
    ratio = [
        np.divide(*response_gain(bank, np.arange(2), 0, profile, "EPV", None))
        for profile in (vague, sharp)
    ]
    assert ratio[0] < ratio[1]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), n=st.integers(0, 50), rule=st.sampled_from(["EPV", "KL"]))
def test_candidates_of_the_answer_weighing_rules_are_available_and_in_order(seed, n, rule):
    given_, scores = answers(seed, n)
    available = np.ones(len(BANK), dtype=bool)
    available[given_] = False
    profile = BANK.profile(given_, scores)

    found = find_candidates(profile, BANK, rule, available=available)

    gain = response_gain(BANK, found.items, found.competency, profile, rule, None)
    assert available[found.items].all()
    assert (np.diff(gain) <= 1e-12).all()
    assert_allclose(gain[0], found.gain)


@pytest.mark.parametrize("rule", ["information", "target", "EPV", "KL"])
def test_items_are_judged_where_the_caller_says(rule):
    bank = prepare_bank(ItemParameters.of(1.5, np.linspace(-3, 3, 61)), np.zeros(61, int), [[1.0]])
    known = Profile(np.array([1.0]), np.array([[0.09]]), np.array([20]))

    there = select_item(known, bank, rule=rule, at=[-1.0])

    assert abs(bank.items.b[there] + 1.0) <= 0.1
    assert abs(bank.items.b[select_item(known, bank, rule=rule)] - 1.0) <= 0.1


def bank_in_sets(effect=0.0):
    """Six sets of three and twelve items alone, in two competencies."""
    testlet = np.concatenate([np.repeat(np.arange(6), 3), np.full(12, -1)])
    rng = np.random.default_rng(4)
    items = ItemParameters.of(rng.uniform(0.8, 1.6, 30), rng.normal(0, 1, 30))
    area = np.where(testlet >= 0, testlet % 2, np.arange(30) % 2)
    return prepare_bank(items, area, [[1, 0.5], [0.5, 1]], testlet=testlet, testlet_variance=effect)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), rule=st.sampled_from(RULES), effect=st.sampled_from([0.0, 0.5]))
def test_a_set_once_begun_is_finished_before_anything_else(seed, rule, effect):
    bank = bank_in_sets(effect)
    rng = np.random.default_rng(seed)
    administered: list[int] = []
    scores: list[int] = []
    available = np.ones(30, dtype=bool)
    while True:
        item = select_item(
            bank.profile(administered, scores),
            bank,
            rule=rule,
            available=available,
            administered=administered,
            rng=position_rng(seed, len(administered)),
        )
        if item is None:
            break
        administered.append(item)
        scores.append(int(rng.integers(0, 2)))
        available[item] = False

    assert sorted(administered) == list(range(30))
    for members in bank.sets.values():
        places = [administered.index(item) for item in members]
        assert places == list(range(places[0], places[0] + 3))


def test_a_set_is_chosen_by_the_gain_of_all_its_items():
    """The best item of all is in a poor set; the better set has no item as good."""
    items = ItemParameters.of([2.0, 0.4, 0.4, 1.5, 1.5, 1.5], 0.0)
    bank = prepare_bank(items, np.zeros(6, int), [[1.0]], testlet=[0, 0, 0, 1, 1, 1])

    assert select_item(bank.profile([], []), bank) == 0
    assert select_item(bank.profile([], []), bank, administered=[]) == 3


def test_a_strong_common_effect_makes_a_set_worth_less():
    items = ItemParameters.of([1.5, 1.5, 1.5, 1.3], 0.0)
    sets = [0, 0, 0, -1]

    def first(variance):
        bank = prepare_bank(
            items, np.zeros(4, int), [[1.0]], testlet=sets, testlet_variance=variance
        )
        return select_item(bank.profile([], []), bank, rule="information", administered=[])

    assert first(0.0) == 0
    assert first(2.0) == 3


def test_information_of_a_set_with_an_effect_is_that_of_its_answers():
    """I / (1 + v I) against the variance of the posterior mean's precision, near enough."""
    items = ItemParameters.of([1.2] * 4, [-0.5, 0.0, 0.2, 0.5])
    variance = 0.5
    bank = prepare_bank(
        items, np.zeros(4, int), [[0.05]], testlet=[0] * 4, testlet_variance=variance
    )
    total = item_information(0.0, items).sum()
    expected = total / (1 + variance * total)

    gained = []
    for pattern in range(16):
        scores = [(pattern >> i) & 1 for i in range(4)]
        profile = bank.profile(range(4), scores)
        gained.append(1 / profile.covariance[0, 0] - 20.0)

    assert_allclose(np.mean(gained), expected, rtol=0.25)


@pytest.mark.parametrize("at", [[0.0], [0.0, np.nan, 0.0]])
def test_an_impossible_place_is_refused_with_a_sentence(at):
    with pytest.raises(ValueError, match="3 finite numbers"):
        select_item(BANK.profile([], []), BANK, at=at)
