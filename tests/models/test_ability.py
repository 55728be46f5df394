"""Abilities against published software and fine quadrature."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from models.ability import estimate_ability
from models.information import item_information
from models.likelihood import log_probabilities, score_table
from models.parameters import ItemParameters
from models.response_functions import category_probabilities
from models.score_derivatives import bias_table, slope_table

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


@pytest.mark.parametrize("section", ["lsat6", "lsat7"])
@pytest.mark.parametrize("method", METHODS)
def test_rasch_scores_under_another_variance_equal_those_of_mirt(section, method):
    known = json.loads((REFERENCES / "lsat_rasch_scores.json").read_text())[section]
    theta = np.array(known["scores"][method], dtype=float)
    error = np.array(known["scores"][f"{method}_se"], dtype=float)
    finite = np.isfinite(theta)

    ability = estimate_ability(
        known["patterns"],
        ItemParameters.of(1.0, -np.array(known["intercept"])),
        method,
        standard_deviation=np.sqrt(known["variance"]),
    )

    assert_allclose(ability.theta[finite], theta[finite], atol=1e-3)
    assert_allclose(ability.standard_error[finite], error[finite], rtol=1e-3)
    assert np.isinf(ability.theta[~finite]).all()


def polytomous_items(n_items, seed, models=("GRM", "GPCM")):
    """Items of 2 to 4 steps and, where `models` names it, 2PL items among them."""
    rng = np.random.default_rng(seed)
    names = [models[i % len(models)] for i in range(n_items)]
    thresholds = np.full((n_items, 4), np.nan)
    for item, name in enumerate(names):
        if name in ("GRM", "GPCM"):
            steps = 2 + item % 3
            drawn = rng.normal(0, 1, steps)
            thresholds[item, :steps] = np.sort(drawn) if name == "GRM" else drawn
    a = np.clip(np.exp(rng.normal(0, 0.3, n_items)), 0.35, 2.8)
    return ItemParameters.of(a, rng.normal(0, 1, n_items), thresholds=thresholds, models=names)


def drawn_scores(items, theta, rng):
    above = np.cumsum(category_probabilities(theta, items), axis=-1)[..., :-1]
    return (rng.random((*above.shape[:-1], 1)) > above).sum(axis=-1)


def log_posterior(theta, items, scores, prior=True):
    """By the definition, on many abilities at once."""
    p = category_probabilities(theta, items)
    total = -0.5 * theta**2 if prior else np.zeros_like(theta)
    for item, score in enumerate(scores):
        if score >= 0:
            total = total + np.log(p[:, item, score])
    return total


@pytest.mark.parametrize("n_items", [1, 2, 5, 20, 60, 150, 300])
@pytest.mark.parametrize("models", [("GRM",), ("GPCM",), ("GRM", "2PL", "GPCM")])
@pytest.mark.parametrize("pattern", ["drawn", "highest", "lowest"])
def test_eap_and_map_of_polytomous_items_are_exact_from_1_to_300_items(n_items, models, pattern):
    items = polytomous_items(n_items, n_items, models)
    drawn = drawn_scores(items, 0.4, np.random.default_rng(n_items))
    scores = {"drawn": drawn, "highest": items.max_scores, "lowest": 0 * drawn}[pattern]
    theta = np.linspace(-9, 9, 3001)
    value = log_posterior(theta, items, scores)
    weight = np.exp(value - value.max())
    weight /= weight.sum()
    mean = weight @ theta
    peak = theta[value.argmax()]
    close = np.linspace(peak - 0.01, peak + 0.01, 1001)

    eap = estimate_ability(scores, items)
    mode = estimate_ability(scores, items, "MAP")

    assert_allclose(eap.theta, mean, atol=1e-5)
    assert_allclose(eap.standard_error, np.sqrt(weight @ (theta - mean) ** 2), rtol=1e-3)
    assert_allclose(mode.theta, close[log_posterior(close, items, scores).argmax()], atol=1e-4)


@pytest.mark.parametrize("models", [("GRM",), ("GPCM",), ("GRM", "2PL", "GPCM")])
def test_ml_of_polytomous_items_is_the_highest_likelihood_with_its_curvature(models):
    items = polytomous_items(40, 3, models)
    scores = drawn_scores(items, -0.3, np.random.default_rng(3))
    theta = np.linspace(-4, 4, 16_001)
    value = log_posterior(theta, items, scores, prior=False)
    peak = int(value.argmax())
    near = slice(peak - 60, peak + 60)
    square, line, _ = np.polyfit(theta[near] - theta[peak], value[near], 2)

    ability = estimate_ability(scores, items, "ML")

    assert_allclose(ability.theta, theta[peak] - line / (2 * square), atol=1e-4)
    assert_allclose(ability.standard_error, (-2 * square) ** -0.5, rtol=1e-3)


def test_wle_maximises_the_likelihood_times_the_root_of_information_for_partial_credit():
    """True of items with P'' P' / P summing to the slope of information: 2PL and GPCM."""
    items = polytomous_items(15, 5, ("GPCM", "2PL"))
    scores = drawn_scores(items, 0.8, np.random.default_rng(5))
    theta = np.linspace(-4, 4, 16_001)
    information = item_information(theta, items).sum(axis=1)
    value = log_posterior(theta, items, scores, prior=False) + 0.5 * np.log(information)

    ability = estimate_ability(scores, items, "WLE")

    assert_allclose(ability.theta, theta[value.argmax()], atol=1e-4)


def test_the_bias_term_is_its_definition():
    items = polytomous_items(9, 8, ("GRM", "GPCM", "2PL"))
    theta = np.linspace(-4, 4, 33)
    h = 1e-4
    low, here, high = (category_probabilities(theta + step, items) for step in (-h, 0, h))
    first, second = (high - low) / (2 * h), (high - 2 * here + low) / h**2
    there = here > 1e-9

    bias = bias_table(theta, items)

    by_definition = np.where(there, first * second / np.where(there, here, 1), 0).sum(axis=-1)
    assert_allclose(bias, by_definition, atol=1e-5)


def test_the_slopes_of_scores_are_those_of_their_log_probabilities():
    items = polytomous_items(9, 4, ("GRM", "GPCM", "2PL"))
    theta = np.linspace(-12, 12, 49)
    h = 1e-5

    numeric = (score_table(theta + h, items) - score_table(theta - h, items)) / (2 * h)

    assert_allclose(slope_table(theta, items), numeric, atol=1e-5)


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
@given(seed=st.integers(0, 10_000), n_items=st.integers(2, 40), method=st.sampled_from(METHODS))
def test_a_right_answer_in_place_of_a_wrong_one_never_lowers_ability(seed, n_items, method):
    items = simulated_items(n_items, seed)
    wrong, right = np.tile(np.random.default_rng(seed).integers(0, 2, n_items), (2, 1))
    wrong[-1], right[-1] = 0, 1

    theta = estimate_ability(np.stack([wrong, right]), items, method).theta

    assert theta[0] < theta[1]


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), n_items=st.integers(1, 40), method=st.sampled_from(METHODS))
def test_any_order_of_the_same_answers_gives_the_same_ability(seed, n_items, method):
    items = simulated_items(n_items, seed)
    rng = np.random.default_rng(seed)
    scores, order = rng.integers(0, 2, n_items), rng.permutation(n_items)

    first = estimate_ability(scores, items, method)
    second = estimate_ability(scores[order], items.take(order), method)

    assert_allclose(first.theta, second.theta, atol=1e-9)
    assert_allclose(first.standard_error, second.standard_error, atol=1e-6)


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
        ([1, 0, 2], {}, "item 2: a score is"),
        ([1, 0.5, 0], {}, "item 1: a score is"),
        ([1, 0, 1], {"method": "MLE"}, "method must be"),
        ([1, 0, 1], {"standard_deviation": 0.0}, "positive standard_deviation"),
    ],
)
def test_what_cannot_be_scored_is_refused_with_a_sentence(scores, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        estimate_ability(scores, simulated_items(3, 1), **options)
