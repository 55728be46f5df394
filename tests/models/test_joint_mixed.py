"""Joint calibration where people guess and where items have several points."""

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
    probability,
    simulate_responses,
)

K, PER_COMPETENCY, ASKED = 4, 16, 8  # competencies; items in each, in the bank and in a test
area = np.repeat(np.arange(K), PER_COMPETENCY)
UPPER = np.triu_indices(K, 1)
GRADED = np.arange(area.size) % 4 == 0


@cache
def guessed_data(seed: int, n_persons: int, c: float = 0.25, graded: bool = False):
    """Adaptive answers with guessing; correlation 0.6; every fourth item may have three points."""
    rng = np.random.default_rng(seed)
    truth = np.full((K, K), 0.6) + 0.4 * np.eye(K)
    theta = rng.multivariate_normal(np.zeros(K), truth, n_persons)
    a, b = rng.lognormal(0, 0.25, area.size), rng.normal(0, 0.8, area.size)
    items = ItemParameters.of(a, b, c, model="3PL")
    if graded:
        thresholds = np.full((area.size, 3), np.nan)
        thresholds[GRADED] = b[GRADED, None] + np.array([-0.6, 0.0, 0.6])
        a[GRADED] /= np.sqrt(3)
        names = np.where(GRADED, "GPCM", "3PL").tolist()
        items = ItemParameters.of(a, b, c, thresholds=thresholds, models=names)
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
        share = score / items.max_scores[chosen]
        level += (2 * share - 1) * 1.5 / (1 + 0.5 * step)
    return items, Responses.from_dense(matrix)


def covered(found: ItemParameters, truth: ItemParameters) -> float:
    """Share of the 95 % intervals of b that hold the truth."""
    assert found.standard_errors is not None
    z = np.abs(found.b - truth.b) / found.standard_errors[:, 1]
    return float(np.nanmean(z < 1.96))


def pooled(model: str, c: float | None, n_seeds: int = 3) -> tuple[float, float]:
    """Mean error of the correlations, and coverage of b."""
    errors, shares = [], []
    for seed in range(n_seeds):
        items, responses = guessed_data(seed, 1200)
        found = calibrate_jointly(responses, area, model, lower_asymptote=c)
        assert found.converged
        errors.append(found.correlation[UPPER].mean() - 0.6)
        shares.append(covered(found.items, items))
    return float(np.mean(errors)), float(np.mean(shares))


def test_where_people_guess_a_known_asymptote_keeps_correlations_and_intervals_honest():
    error, coverage = pooled("3PL", 0.25)
    assert abs(error) < 0.03
    assert 0.91 < coverage < 0.99


def test_an_estimated_asymptote_is_honest_too_and_a_2pl_is_not():
    error, coverage = pooled("3PL", None)
    assert abs(error) < 0.03
    assert 0.91 < coverage <= 1.0
    assert pooled("2PL", None)[1] < 0.6


def test_items_with_several_points_are_fitted_beside_guessed_ones():
    items, responses = guessed_data(7, 1500, graded=True)
    names = np.where(GRADED, "GPCM", "3PL").tolist()
    found = calibrate_jointly(responses, area, names, lower_asymptote=0.25)

    assert found.items.item_models == tuple(names)
    assert_allclose(found.items.c, np.where(GRADED, 0.0, 0.25))
    assert found.items.threshold_errors is not None
    z = (found.items.thresholds - items.thresholds) / found.items.threshold_errors
    assert np.isfinite(z[GRADED]).all()
    assert np.isnan(z[~GRADED]).all()
    assert 0.75 < np.sqrt(np.mean(z[GRADED] ** 2)) < 1.3
    assert 0.88 < covered(found.items, items) < 1.0
    assert abs(found.correlation[UPPER].mean() - 0.6) < 0.06


@pytest.mark.parametrize("model", ["GRM", "GPCM"])
def test_one_competency_of_graded_items_is_the_plain_calibration(model):
    rng = np.random.default_rng(1)
    thresholds = rng.normal(0, 0.7, (8, 1)) + np.array([-0.7, 0.0, 0.7])
    items = ItemParameters.of(rng.lognormal(0, 0.2, 8), thresholds=thresholds, model=model)
    responses = Responses.from_dense(simulate_responses(rng.normal(size=500), items, rng))
    joint = calibrate_jointly(responses, np.zeros(8), model, tolerance=1e-8)
    plain = calibrate(responses, model, priors="default")

    assert_allclose(joint.items.a, plain.items.a, atol=2e-3)
    assert_allclose(joint.items.thresholds, plain.items.thresholds, atol=3e-3)
    assert_allclose(joint.items.threshold_errors, plain.items.threshold_errors, rtol=0.02)
    assert_allclose(joint.joint_log_likelihood, plain.log_likelihood, atol=0.1)


def test_an_estimated_asymptote_in_one_competency_is_that_of_the_plain_calibration():
    rng = np.random.default_rng(2)
    items = ItemParameters.of(1.3, rng.normal(0, 1, 20), 0.2, model="3PL")
    responses = Responses.from_dense(simulate_responses(rng.normal(size=800), items, rng))
    joint = calibrate_jointly(responses, np.zeros(20), "3PL", tolerance=1e-7)
    plain = calibrate(responses, "3PL", priors="default")

    assert_allclose(joint.items.c, plain.items.c, atol=2e-3)
    assert_allclose(joint.items.b, plain.items.b, atol=1e-2)


def test_the_joint_log_likelihood_is_that_of_a_sum_over_two_abilities():
    rng = np.random.default_rng(3)
    items = ItemParameters.of(rng.lognormal(0, 0.2, 12), rng.normal(0, 1, 12), 0.2, model="3PL")
    column = np.repeat([0, 1], 6)
    theta = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 400)
    answers = simulate_responses(theta, items, rng, column)
    answers[:50, column == 1] = MISSING
    found = calibrate_jointly(Responses.from_dense(answers), column, "3PL", lower_asymptote=0.2)
    nodes = np.linspace(-6, 6, 121)
    p = probability(nodes, found.items).T
    right, wrong = answers == 1, answers == 0
    curves = [
        np.exp(right[:, column == k] @ np.log(p[column == k]))
        * np.exp(wrong[:, column == k] @ np.log1p(-p[column == k]))
        for k in range(2)
    ]
    precision = np.linalg.inv(found.correlation)
    grid = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), axis=-1)
    weight = np.exp(-0.5 * np.einsum("xyi,ij,xyj->xy", grid, precision, grid))
    exact = np.log(
        np.einsum("nx,xy,ny->n", curves[0], weight / weight.sum(), curves[1], optimize=True)
    ).sum()

    assert_allclose(found.joint_log_likelihood, exact, atol=0.1)


def test_the_evidence_tells_guessing_from_none():
    for c, expected in ((0.25, True), (0.0, False)):
        _, responses = guessed_data(4, 1200, c)
        plain = calibrate_jointly(responses, area)
        guessed = calibrate_jointly(responses, area, "3PL", lower_asymptote=0.25)
        difference = guessed.log_evidence - plain.log_evidence
        assert guessed.n_parameters == plain.n_parameters
        assert (difference > 5) == expected
        assert abs(difference) > 20


def test_a_score_nobody_got_keeps_its_threshold():
    rng = np.random.default_rng(5)
    matrix = rng.integers(0, 2, (200, 6)).astype(np.int8)
    matrix[:, 0] *= 2
    found = calibrate_jointly(
        Responses.from_dense(matrix), [0] * 6, ["GPCM"] + ["2PL"] * 5, max_scores=[3, 1, 1, 1, 1, 1]
    )
    assert np.isfinite(found.items.thresholds[0]).all()
    assert 0 in found.flagged[0]["unused-scores"]


def test_what_does_not_fit_is_refused_in_words():
    responses = Responses.from_dense([[2, 1], [0, 1]])
    with pytest.raises(ValueError, match="item 0 has a score of 2, but 3PL goes to 1"):
        calibrate_jointly(responses, [0, 0], "3PL")
    with pytest.raises(ValueError, match="choose 2PL, 3PL, GRM, GPCM"):
        calibrate_jointly(responses, [0, 0], "4PL")
    with pytest.raises(ValueError, match="names 1 items and there are 2"):
        calibrate_jointly(responses, [0, 0], ["GPCM"])
    with pytest.raises(ValueError, match="lower_asymptote must lie from 0"):
        calibrate_jointly(Responses.from_dense([[1, 0]]), [0, 0], "3PL", lower_asymptote=1.0)
