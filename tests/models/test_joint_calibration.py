"""Items and correlations from one likelihood: what separate fits get wrong in adaptive data."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models import (
    MISSING,
    ItemParameters,
    Responses,
    calibrate,
    calibrate_jointly,
    estimate_trait_covariance,
    simulate_responses,
)

K, PER_COMPETENCY, ASKED = 5, 14, 5  # competencies; items in each, in the bank and in a test
area = np.repeat(np.arange(K), PER_COMPETENCY)
UPPER = np.triu_indices(K, 1)


@cache
def adaptive_data(seed: int, n_persons: int, correlation: float = 0.6):
    """Each next item is the one nearest to a level that follows the answers in all competencies."""
    rng = np.random.default_rng(seed)
    truth = np.full((K, K), correlation) + (1 - correlation) * np.eye(K)
    theta = rng.multivariate_normal(np.zeros(K), truth, n_persons)
    items = ItemParameters.of(rng.lognormal(0, 0.25, area.size), rng.normal(0, 0.8, area.size))
    answers = simulate_responses(theta, items, rng, area)
    matrix = np.full(answers.shape, MISSING, dtype=np.int8)
    level, everybody = np.zeros(n_persons), np.arange(n_persons)
    for step in range(K * ASKED):
        distance = np.abs(items.b - level[:, None])
        distance[:, area != step % K] = np.inf
        distance[matrix != MISSING] = np.inf
        chosen = distance.argmin(axis=1)
        score = answers[everybody, chosen]
        matrix[everybody, chosen] = score
        level += (2 * score - 1) * 1.5 / (1 + 0.5 * step)
    return items, Responses.from_dense(matrix)


def separately(responses: Responses) -> ItemParameters:
    a, b = np.empty(area.size), np.empty(area.size)
    for k in range(K):
        found = calibrate(responses.take_items(np.flatnonzero(area == k)), priors="default").items
        a[area == k], b[area == k] = found.a, found.b
    return ItemParameters.of(a, b)


@pytest.mark.parametrize("correlation", [0.3, 0.6, 0.8])
def test_correlations_behind_adaptive_answers_are_recovered(correlation):
    _, responses = adaptive_data(1, 1500, correlation)
    found = calibrate_jointly(responses, area)
    error = found.correlation[UPPER] - correlation

    assert found.converged
    assert abs(error.mean()) < 0.05
    assert np.sqrt(np.mean((error / found.correlation_errors[UPPER]) ** 2)) < 1.7


def test_separate_fits_of_the_same_answers_are_worse():
    items, responses = adaptive_data(1, 1000)
    found = calibrate_jointly(responses, area)
    alone = separately(responses)
    correlation = estimate_trait_covariance(responses, alone, area).correlation

    assert correlation[UPPER].mean() < 0.52
    assert correlation[UPPER].mean() < found.correlation[UPPER].mean() - 0.05
    for name in ("a", "b"):
        true = getattr(items, name)
        mine, theirs = (np.median(np.abs(getattr(i, name) - true)) for i in (found.items, alone))
        assert mine < theirs


def test_items_of_adaptive_answers_have_honest_errors():
    items, responses = adaptive_data(2, 1500)
    found = calibrate_jointly(responses, area).items
    assert found.standard_errors is not None
    for column, name in enumerate(("a", "b")):
        z = (getattr(found, name) - getattr(items, name)) / found.standard_errors[:, column]
        assert 0.7 < np.sqrt(np.mean(z**2)) < 1.4


def test_one_competency_is_the_plain_calibration():
    _, responses = adaptive_data(3, 600)
    first = responses.take_items(np.flatnonzero(area == 0))
    joint = calibrate_jointly(first, np.zeros(PER_COMPETENCY), tolerance=1e-8)
    plain = calibrate(first, priors="default")

    assert_allclose(joint.items.a, plain.items.a, atol=2e-3)
    assert_allclose(joint.items.b, plain.items.b, atol=2e-3)
    assert_allclose(
        joint.items.standard_errors[:, :2], plain.items.standard_errors[:, :2], rtol=0.01
    )
    assert_allclose(joint.log_likelihood[0], plain.log_likelihood, atol=0.05)
    assert_allclose(joint.correlation, [[1.0]])


def test_few_persons_do_not_pull_the_correlations_to_zero():
    means = [
        calibrate_jointly(adaptive_data(seed, 150)[1], area).correlation[UPPER].mean()
        for seed in range(4, 10)
    ]
    assert abs(np.mean(means) - 0.6) < 0.1


def test_the_order_of_persons_changes_nothing():
    _, responses = adaptive_data(5, 300)
    order = np.random.default_rng(0).permutation(300)
    one = calibrate_jointly(responses, area)
    other = calibrate_jointly(responses.take_persons(order), area)

    assert_allclose(other.correlation, one.correlation, atol=1e-3)
    assert_allclose(other.items.b, one.items.b, atol=1e-3)


def test_an_item_nobody_answered_and_one_all_got_right_stay_finite_and_are_named():
    _, responses = adaptive_data(6, 200)
    matrix = responses.to_dense()
    matrix[:, 0] = MISSING
    matrix[:, 20] = np.where(matrix[:, 20] == MISSING, MISSING, 1)
    found = calibrate_jointly(Responses.from_dense(matrix), area)

    assert np.isfinite(found.items.b).all()
    assert 0 in found.flagged[0]["no-responses"]
    assert 20 in found.flagged[1]["all-right"]


def test_a_competency_nobody_answered_leaves_a_proper_correlation_matrix():
    _, responses = adaptive_data(7, 200)
    matrix = responses.to_dense()
    matrix[:, area == K - 1] = MISSING
    found = calibrate_jointly(Responses.from_dense(matrix), area)

    assert found.n_persons[K - 1] == 0
    assert np.linalg.eigvalsh(found.correlation)[0] > 0


def test_a_fit_cut_short_says_so():
    _, responses = adaptive_data(8, 200)
    found = calibrate_jointly(responses, area, max_iterations=3)

    assert not found.converged
    assert all("not-converged" in flagged for flagged in found.flagged)


def test_progress_is_told_and_may_cancel():
    _, responses = adaptive_data(9, 100)
    told: list[float] = []
    calibrate_jointly(responses, area, progress=lambda fraction, note: told.append(fraction))
    assert len(told) > 3
    assert all(0.0 <= fraction <= 1.0 for fraction in told)

    def cancel(fraction: float, note: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        calibrate_jointly(responses, area, progress=cancel)


def test_what_cannot_be_fitted_is_refused_in_words():
    _, responses = adaptive_data(10, 20)
    with pytest.raises(ValueError, match="one entry for each of the 70 items"):
        calibrate_jointly(responses, area[:-1])
    with pytest.raises(ValueError, match="competency 1 has no items"):
        calibrate_jointly(responses, np.where(area == 1, 0, area))
    with pytest.raises(ValueError, match="dichotomise"):
        calibrate_jointly(Responses.from_dense([[2, 1], [0, 1]]), [0, 1])
