"""Decision accuracy and consistency: against simulated tests and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from models import (
    ItemParameters,
    decision_accuracy,
    estimate_ability,
    score_decision_accuracy,
    simulate_responses,
    test_information,
)
from models.response_functions import category_probabilities, expected_score


def shares(true, first, second, n):
    return (
        np.mean(true == first),
        np.mean(first == second),
        np.histogram2d(true, first, bins=n, range=[[-0.5, n - 0.5]] * 2)[0] / true.size,
    )


def draw(theta, items, rng):
    p = category_probabilities(theta, items)
    u = rng.random((*p.shape[:2], 1))
    return (u > p.cumsum(axis=-1)[..., :-1]).sum(axis=-1)


def test_sum_scores_of_simulated_tests_are_as_accurate_as_promised():
    rng = np.random.default_rng(1)
    thresholds = np.full((15, 2), np.nan)
    thresholds[10:] = [-0.5, 0.6]
    models = ["3PL"] * 10 + ["GPCM"] * 5
    b = np.append(np.linspace(-1.5, 1.5, 10), np.full(5, 0.05))
    c = np.append(np.full(10, 0.2), np.zeros(5))
    items = ItemParameters.of(1.2, b, c, thresholds=thresholds, models=models, model="mixed")
    cuts = [8, 12, 16]

    found = score_decision_accuracy(items, cuts)

    theta = rng.standard_normal(100_000)
    true = np.searchsorted(cuts, expected_score(theta, items).sum(axis=1), side="right")
    first, second = (
        np.searchsorted(cuts, draw(theta, items, rng).sum(axis=1), side="right") for _ in range(2)
    )
    accuracy, consistency, joint = shares(true, first, second, 4)
    # four standard errors of a share of 100,000 are at most 0.0063
    assert_allclose(found.accuracy, accuracy, atol=0.0065)
    assert_allclose(found.consistency, consistency, atol=0.0065)
    assert_allclose(found.joint, joint, atol=0.0065)
    for k in range(3):
        assert_allclose(
            found.consistency_by_cut[k], np.mean((first > k) == (second > k)), atol=0.0065
        )
        assert_allclose(found.false_above[k], np.mean((true <= k) & (first > k)), atol=0.0065)


def test_abilities_of_simulated_tests_are_as_accurate_as_promised():
    rng = np.random.default_rng(2)
    items = ItemParameters.of(rng.lognormal(0.2, 0.2, 60), rng.normal(0, 1, 60))
    cuts = [-0.5, 0.8]
    theta = rng.standard_normal(6000)
    estimates = [
        estimate_ability(simulate_responses(theta, items, rng), items, "WLE") for _ in range(2)
    ]
    first, second = (np.searchsorted(cuts, x.theta, side="right") for x in estimates)
    true = np.searchsorted(cuts, theta, side="right")

    found = decision_accuracy(theta, 1 / np.sqrt(test_information(theta, items)), cuts)
    from_estimates = decision_accuracy(estimates[0].theta, estimates[0].standard_error, cuts)

    accuracy, consistency, joint = shares(true, first, second, 3)
    assert_allclose(found.accuracy, accuracy, atol=0.015)
    assert_allclose(found.consistency, consistency, atol=0.02)
    assert_allclose(found.joint, joint, atol=0.015)
    assert_allclose(from_estimates.accuracy, accuracy, atol=0.02)


def test_posterior_abilities_are_right_as_often_as_they_say():
    rng = np.random.default_rng(3)
    items = ItemParameters.of(rng.lognormal(0.2, 0.2, 20), rng.normal(0, 1, 20))
    theta = rng.standard_normal(6000)
    eap = estimate_ability(simulate_responses(theta, items, rng), items, "EAP")

    found = decision_accuracy(eap.theta, eap.standard_error, 0.4)

    assert_allclose(found.accuracy, np.mean((theta > 0.4) == (eap.theta > 0.4)), atol=0.016)


@given(
    theta=st.lists(st.floats(-4, 4), min_size=1, max_size=20),
    error=st.floats(0.01, 2),
    cuts=st.lists(st.floats(-3, 3), min_size=1, max_size=4, unique=True),
)
def test_shares_add_up(theta, error, cuts):
    found = decision_accuracy(theta, error, np.sort(cuts))

    assert_allclose(found.joint.sum(), 1.0)
    assert_allclose(np.trace(found.joint), found.accuracy)
    assert_allclose(found.accuracy_by_cut + found.false_above + found.false_below, 1.0)
    assert_allclose(found.observed.sum(), 1.0)
    assert found.accuracy <= found.accuracy_by_cut.min() + 1e-12
    assert found.consistency <= found.consistency_by_cut.min() + 1e-12
    mirrored = decision_accuracy(-np.array(theta), error, np.sort(-np.array(cuts)))
    assert_allclose(mirrored.consistency, found.consistency)


def test_without_error_every_decision_is_right():
    found = decision_accuracy([-1.0, 0.5, 2.0], 0.0, [0.0, 1.0])

    assert (found.accuracy, found.consistency, found.kappa) == (1.0, 1.0, 1.0)


def test_at_the_cut_itself_a_decision_is_a_coin_toss():
    found = decision_accuracy([0.3], 0.5, 0.3)

    assert_allclose([found.accuracy, found.consistency], [0.5, 0.5])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: decision_accuracy([0.0], 0.3, [1.0, 1.0]), "ascend"),
        (lambda: decision_accuracy([np.inf], 0.3, 0.0), "leave out persons"),
        (lambda: decision_accuracy([0.0], -0.3, 0.0), "not negative"),
        (lambda: decision_accuracy([0.0], 0.3, 0.0, weights=[0.0]), "not all be 0"),
        (lambda: score_decision_accuracy(ItemParameters.of([1, 1], 0.0), 3), "from 1 to 2"),
        (
            lambda: score_decision_accuracy(ItemParameters.of([1, 1], 0.0), 1, theta_cuts=[0, 1]),
            "each of the 1 cuts",
        ),
    ],
)
def test_what_cannot_be_computed_is_refused_with_a_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
