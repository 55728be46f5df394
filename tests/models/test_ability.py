"""Abilities against published software and fine quadrature."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from models.ability import estimate_ability
from models.likelihood import log_probabilities
from models.parameters import ItemParameters

REFERENCES = Path(__file__).parents[1] / "references"
METHODS = ("ML", "WLE", "MAP", "EAP")


def simulated_items(n_items, seed, guessing=0.0):
    rng = np.random.default_rng(seed)
    return ItemParameters.of(
        np.clip(np.exp(rng.normal(0, 0.3, n_items)), 0.35, 2.8), rng.normal(0, 1, n_items), guessing
    )


def fine_posterior(scores, items, mean=0.0, deviation=1.0):
    """Mean and deviation by 20,001 nodes over 24 prior deviations."""
    theta = mean + deviation * np.linspace(-12, 12, 20_001)
    log_weight = -0.5 * ((theta - mean) / deviation) ** 2
    for item in range(len(items)):
        right, wrong = log_probabilities(theta[:, None], items.take([item]))
        log_weight = log_weight + (right if scores[item] == 1 else wrong)[:, 0]
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    expected = weight @ theta
    return expected, np.sqrt(weight @ (theta - expected) ** 2)


@pytest.mark.parametrize("section", ["lsat6", "lsat7"])
@pytest.mark.parametrize(
    ("method", "tolerance"), [("EAP", 1e-5), ("MAP", 1e-4), ("WLE", 1e-4), ("ML", 1e-4)]
)
def test_scores_equal_those_of_mirt(section, method, tolerance):
    known = json.loads((REFERENCES / "lsat_2pl_scores.json").read_text())[section]
    slope, intercept = np.array(known["slope"]), np.array(known["intercept"])
    theta = np.array(known["scores"][method], dtype=float)
    error = np.array(known["scores"][f"{method}_se"], dtype=float)
    finite = np.isfinite(theta)

    ability = estimate_ability(
        known["patterns"], ItemParameters.of(slope, -intercept / slope), method
    )

    assert_allclose(ability.theta[finite], theta[finite], atol=tolerance)
    assert_allclose(ability.standard_error[finite], error[finite], rtol=2e-4)
    assert np.isinf(ability.theta[~finite]).all()


@pytest.mark.parametrize("guessing", [0.0, 0.25])
@pytest.mark.parametrize("n_items", [1, 2, 5, 20, 60, 150, 300])
@pytest.mark.parametrize("pattern", ["drawn", "all right", "all wrong"])
def test_eap_is_exact_from_1_to_300_items(n_items, guessing, pattern):
    items = simulated_items(n_items, n_items, guessing)
    drawn = np.random.default_rng(n_items).random(n_items) < 0.6
    scores = {"drawn": drawn, "all right": drawn | True, "all wrong": drawn & False}[pattern]
    expected, deviation = fine_posterior(scores, items)

    ability = estimate_ability(scores.astype(int), items)

    assert_allclose(ability.theta, expected, atol=1e-5)
    assert_allclose(ability.standard_error, deviation, rtol=1e-4)


def test_eap_is_exact_for_very_sharp_items():
    items = ItemParameters.of(25.0, np.linspace(-0.51, 0.52, 60))
    scores = (items.b < 0.13).astype(int)
    expected, deviation = fine_posterior(scores, items)

    ability = estimate_ability(scores, items)

    assert_allclose(ability.theta, expected, atol=1e-5)
    assert_allclose(ability.standard_error, deviation, rtol=1e-3)


def test_the_prior_can_be_another_group():
    items = simulated_items(12, 3)
    scores = np.arange(12) % 2
    expected, deviation = fine_posterior(scores, items, 1.2, 0.6)

    ability = estimate_ability(scores, items, mean=1.2, standard_deviation=0.6)

    assert_allclose(ability.theta, expected, atol=1e-6)
    assert_allclose(ability.standard_error, deviation, rtol=1e-5)


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    n_items=st.integers(2, 40),
    guessing=st.sampled_from([0.0, 0.2]),
    method=st.sampled_from(["EAP", "MAP"]),
)
def test_a_right_answer_raises_ability_and_a_wrong_one_lowers_it(seed, n_items, guessing, method):
    items = simulated_items(n_items, seed, guessing)
    scores = np.random.default_rng(seed).integers(0, 2, n_items)
    before, right, wrong = np.tile(scores, (3, 1))
    before[-1], right[-1], wrong[-1] = -1, 1, 0

    theta = estimate_ability(np.stack([wrong, before, right]), items, method).theta

    if method == "EAP" or guessing == 0:  # with guessing the highest mode may jump only upwards
        assert theta[0] < theta[1] < theta[2]
    else:
        assert theta[0] <= theta[1] + 1e-9
        assert theta[1] <= theta[2] + 1e-9


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), method=st.sampled_from(METHODS))
def test_many_persons_are_scored_as_each_alone(seed, method):
    items = simulated_items(15, seed)
    scores = np.random.default_rng(seed).integers(-1, 2, (6, 15))

    together = estimate_ability(scores, items, method)

    for person in range(6):
        alone = estimate_ability(scores[person], items, method)
        assert_allclose(alone.theta, together.theta[person], atol=1e-10)
        assert_allclose(alone.standard_error, together.standard_error[person], atol=1e-10)


def test_ml_of_constant_answers_is_infinite_without_error():
    items = simulated_items(10, 1)

    ability = estimate_ability([[0] * 10, [1] * 10, [-1] * 10], items, "ML")

    assert ability.theta[0] == -np.inf
    assert ability.theta[1] == np.inf
    assert np.isnan(ability.theta[2])
    assert np.isnan(ability.standard_error).all()


@pytest.mark.parametrize("method", ["WLE", "MAP", "EAP"])
def test_constant_answers_have_a_finite_estimate_by_other_methods(method):
    items = simulated_items(10, 1)

    ability = estimate_ability([[0] * 10, [1] * 10], items, method)

    assert np.isfinite(ability.theta).all()
    assert np.isfinite(ability.standard_error).all()
    assert ability.theta[0] < -1
    assert ability.theta[1] > 1


@pytest.mark.parametrize("method", ["MAP", "EAP"])
def test_without_answers_the_prior_comes_back(method):
    ability = estimate_ability([np.nan] * 3, simulated_items(3, 1), method)

    assert_allclose([ability.theta, ability.standard_error], [0, 1], atol=1e-9)


def test_ml_finds_where_the_likelihood_is_highest():
    items = simulated_items(60, 4, 0.2)
    scores = (np.random.default_rng(4).random(60) < 0.7).astype(int)
    theta = np.linspace(-6, 6, 120_001)
    log_likelihood = np.zeros_like(theta)
    for item in range(60):
        right, wrong = log_probabilities(theta, items.take([item]))
        log_likelihood += right if scores[item] else wrong

    ability = estimate_ability(scores, items, "ML")

    assert_allclose(ability.theta, theta[log_likelihood.argmax()], atol=1e-4)


@pytest.mark.parametrize(
    ("scores", "options", "sentence"),
    [
        ([1, 0], {}, "one column for each"),
        ([1, 0, 2], {}, "a score is"),
        ([1, 0, 1], {"method": "MLE"}, "method must be"),
        ([1, 0, 1], {"standard_deviation": 0.0}, "positive standard_deviation"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_a_sentence(scores, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        estimate_ability(scores, simulated_items(3, 1), **options)
