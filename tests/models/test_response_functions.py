"""Probabilities of scores: dichotomous, graded and partial credit, alone and mixed in one bank."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from models.information import item_information
from models.parameters import ItemParameters
from models.response_functions import (
    category_log_probabilities,
    category_probabilities,
    category_slopes,
    expected_score,
    probability,
    probability_slope,
)

NAN = np.nan
MIXED = ItemParameters.of(
    [1.2, 0.8, 1.5, 1.1, 0.7],
    [0.3, -0.5, 0.0, 0.0, 0.4],
    [0.0, 0.2, 0.0, 0.0, 0.1],
    [1.0, 1.0, 1.0, 1.0, 0.95],
    thresholds=[[NAN] * 3, [NAN] * 3, [-1.0, 0.2, 1.3], [0.5, -0.4, NAN], [NAN] * 3],
    models=["2PL", "3PL", "GRM", "GPCM", "4PL"],
)


@st.composite
def banks(draw):
    """A bank of graded and partial credit items with 1 to 4 thresholds."""
    n = draw(st.integers(1, 4))
    table = np.full((n, 4), NAN)
    for row in table:
        m = draw(st.integers(1, 4))
        steps = draw(st.lists(st.floats(0.05, 1.5), min_size=m, max_size=m))
        row[:m] = np.cumsum(steps) + draw(st.floats(-4, 2))
    names = draw(st.lists(st.sampled_from(["GRM", "GPCM"]), min_size=n, max_size=n))
    slopes = draw(st.lists(st.floats(0.2, 3), min_size=n, max_size=n))
    return ItemParameters.of(slopes, thresholds=table, models=names)


@settings(deadline=None, max_examples=60)
@given(items=banks(), theta=st.floats(-8, 8))
def test_probabilities_of_all_scores_sum_to_one(items, theta):
    p = category_probabilities(theta, items)

    assert p.shape == (len(items), items.max_scores.max() + 1)
    assert_allclose(p.sum(axis=-1), 1.0, atol=1e-12)
    for row, highest in zip(p, items.max_scores, strict=True):
        assert np.all(row[: highest + 1] > 0)
        assert np.all(row[highest + 1 :] == 0)


@settings(deadline=None, max_examples=60)
@given(items=banks(), theta=st.floats(-5, 5))
def test_slopes_are_the_derivatives_of_the_probabilities(items, theta):
    h = 1e-5
    numeric = category_probabilities(theta + h, items) - category_probabilities(theta - h, items)

    assert_allclose(category_slopes(theta, items), numeric / (2 * h), atol=1e-8)


@settings(deadline=None, max_examples=60)
@given(items=banks(), theta=st.floats(-5, 5))
def test_information_is_the_variance_of_the_score_function(items, theta):
    p, slope = category_probabilities(theta, items), category_slopes(theta, items)
    score_function = np.divide(slope, p, out=np.zeros_like(p), where=p > 0)

    variance = (p * score_function**2).sum(axis=-1) - (p * score_function).sum(axis=-1) ** 2

    assert_allclose(item_information(theta, items), variance, rtol=1e-7, atol=1e-12)


def test_graded_probabilities_are_differences_of_cumulative_curves():
    theta = np.linspace(-3, 3, 7)
    cumulative = 1 / (1 + np.exp(-1.5 * (theta[:, None] - [-1.0, 0.2, 1.3])))

    p = category_probabilities(theta, MIXED)[:, 2]

    edges = np.column_stack([np.ones(7), cumulative, np.zeros(7)])
    assert_allclose(p, edges[:, :-1] - edges[:, 1:], atol=1e-14)


def test_partial_credit_odds_of_neighbouring_scores_are_logistic():
    p = category_probabilities(0.7, MIXED)[3]

    assert_allclose(np.log(p[1] / p[0]), 1.1 * (0.7 - 0.5))
    assert_allclose(np.log(p[2] / p[1]), 1.1 * (0.7 + 0.4))
    assert p[3] == 0


def test_information_of_partial_credit_is_the_variance_of_the_score():
    p = category_probabilities(0.7, MIXED)[3]
    score = np.arange(4)

    assert_allclose(
        item_information(0.7, MIXED)[3], 1.1**2 * (p @ score**2 - (p @ score) ** 2), rtol=1e-12
    )


def test_dichotomous_items_are_the_same_in_a_mixed_bank_and_alone():
    theta = np.array([-2.0, 0.4, 3.0])
    plain = [0, 1, 4]

    alone = probability(theta, MIXED.take(plain))

    assert alone.shape == (3, 3)
    assert_allclose(probability(theta, MIXED)[:, plain, 1], alone, rtol=1e-13)
    assert_allclose(expected_score(theta, MIXED)[:, plain], alone, rtol=1e-13)
    assert_allclose(
        item_information(theta, MIXED)[:, plain], item_information(theta, MIXED.take(plain))
    )
    assert_allclose(
        probability_slope(theta, MIXED)[:, plain, 1], probability_slope(theta, MIXED.take(plain))
    )


def test_one_threshold_makes_both_polytomous_models_a_2pl():
    theta = np.linspace(-4, 4, 9)
    plain = probability(theta, ItemParameters.of(1.3, 0.4))[:, 0]

    for model in ("GRM", "GPCM"):
        items = ItemParameters.of(1.3, thresholds=[[0.4]], model=model)
        assert_allclose(probability(theta, items)[:, 0, 1], plain, rtol=1e-13)


def test_log_probabilities_stay_right_far_away():
    log_p = category_log_probabilities(np.array([-200.0, 200.0]), MIXED)

    assert np.isfinite(log_p[:, 2]).all()
    assert_allclose(log_p[0, 2, 3], 1.5 * (-200 - 1.3), rtol=1e-12)
    assert_allclose(log_p[1, 2, 0], -1.5 * (200 + 1.0), rtol=1e-12)
    assert_allclose(log_p[0, 0, 1], 1.2 * (-200 - 0.3), rtol=1e-12)


def test_parameters_say_what_each_item_is():
    assert MIXED.model == "mixed"
    assert MIXED.max_scores.tolist() == [1, 1, 3, 2, 1]
    assert MIXED.is_polytomous.tolist() == [False, False, True, True, False]
    assert_allclose(MIXED.b[2:4], [0.5 / 3, 0.05])
    part = MIXED.take([3])
    assert part.model == "GPCM"
    assert part.models is None
    assert part.thresholds is not None
    assert part.thresholds.shape == (1, 2)
    assert MIXED.take([0, 1]).thresholds is None
    assert MIXED.take([1, 0]).item_models == ("3PL", "2PL")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"thresholds": [[1.0, 0.0]], "model": "GRM"}, "ascend"),
        ({"thresholds": [[NAN, 0.0]], "model": "GPCM"}, "first columns"),
        ({"thresholds": [[0.0, 1.0]], "model": "2PL"}, "dichotomous"),
        ({"model": "GRM"}, "needs thresholds"),
        ({"model": "5PL"}, "5PL"),
    ],
)
def test_parameters_that_make_no_item_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ItemParameters.of(1.0, **arguments)
