from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import models.traits as traits
from models import (
    MISSING,
    ItemParameters,
    Responses,
    estimate_trait_covariance,
    simulate_responses,
)


def cohort(seed: int, n_persons: int, n_traits: int, per_trait: int, share: float = 1.0):
    """Sparse answers to `per_trait` of 30 items in each competency, from a factor model."""
    rng = np.random.default_rng(seed)
    loading = rng.uniform(0.5, 0.95, n_traits)
    truth = np.outer(loading, loading)
    np.fill_diagonal(truth, 1.0)
    theta = rng.multivariate_normal(np.zeros(n_traits), truth, n_persons)
    competency = np.repeat(np.arange(n_traits), 30)
    items = ItemParameters.of(
        rng.lognormal(0, 0.25, competency.size), rng.normal(0, 1, competency.size)
    )
    matrix = simulate_responses(theta, items, rng, competency)
    for k in range(n_traits):
        hidden = np.argsort(rng.random((n_persons, 30)), axis=1)[:, per_trait:] + 30 * k
        np.put_along_axis(matrix, hidden, np.int8(MISSING), axis=1)
        matrix[np.ix_(rng.random(n_persons) > share, np.arange(30 * k, 30 * k + 30))] = MISSING
    return truth, items, competency, Responses.from_dense(matrix)


@pytest.mark.parametrize(
    ("n_traits", "per_trait", "share"), [(8, 8, 1.0), (12, 10, 1.0), (5, 10, 0.5)]
)
def test_correlations_are_recovered_with_honest_errors(n_traits, per_trait, share):
    truth, items, competency, responses = cohort(1, 2000, n_traits, per_trait, share)
    found = estimate_trait_covariance(responses, items, competency)
    upper = np.triu_indices(n_traits, 1)
    error = (found.correlation - truth)[upper]

    assert found.converged
    assert np.sqrt(np.mean(error**2)) < 0.05
    assert 0.6 < np.sqrt(np.mean((error / found.standard_errors[upper]) ** 2)) < 1.5
    assert_allclose(found.standard_deviation, 1.0, atol=0.15)
    assert np.linalg.eigvalsh(found.covariance)[0] > 0


def test_of_2000_students_every_correlation_is_recovered_within_three_hundredths():
    errors = []
    for seed in range(20, 24):
        truth, items, competency, responses = cohort(seed, 2000, 4, 15)
        found = estimate_trait_covariance(responses, items, competency)
        errors.append((found.correlation - truth)[np.triu_indices(4, 1)])
    assert np.abs(np.mean(errors, axis=0)).max() < 0.03
    assert np.sqrt(np.mean(np.square(errors))) < 0.03
    assert abs(np.mean(errors)) < 0.02  # the cohorts themselves differ by about as much


def test_graded_and_guessed_answers_give_the_correlation_too():
    rng = np.random.default_rng(30)
    n, correlation = 24, 0.6
    thresholds = np.full((2 * n, 3), np.nan)
    thresholds[:n] = rng.normal(0, 0.8, (n, 1)) + np.array([-0.7, 0.0, 0.7])
    names = ["GPCM"] * (n // 2) + ["GRM"] * (n // 2) + ["3PL"] * (n // 2) + ["4PL"] * (n // 2)
    c = np.repeat([0.0, 0.25], n)
    d = np.where(np.array(names) == "4PL", 0.95, 1.0)
    items = ItemParameters.of(
        rng.lognormal(0, 0.2, 2 * n),
        rng.normal(0, 0.8, 2 * n),
        c,
        d,
        thresholds=thresholds,
        models=names,
    )
    competency = np.repeat([0, 1], n)
    theta = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], 4000)
    matrix = simulate_responses(theta, items, rng, competency)
    matrix[rng.random(matrix.shape) < 0.4] = MISSING
    found = estimate_trait_covariance(Responses.from_dense(matrix), items, competency)

    assert abs(found.correlation[0, 1] - correlation) < 0.03
    assert_allclose(found.standard_deviation, 1.0, atol=0.05)
    assert_allclose(found.mean, 0.0, atol=0.06)


def test_a_score_its_item_does_not_have_is_refused():
    items = ItemParameters.of([1.0, 1.0])
    with pytest.raises(ValueError, match="item 1 has a score of 2, and its highest is 1"):
        estimate_trait_covariance(Responses.from_dense([[1, 2]]), items, [0, 1])


def test_little_data_are_drawn_towards_no_correlation():
    many, few = [], []
    for n_persons, into in ((1000, many), (8, few)):
        _, items, competency, responses = cohort(2, n_persons, 4, 4)
        found = estimate_trait_covariance(responses, items, competency)
        into.extend(found.correlation[np.triu_indices(4, 1)])
        assert np.linalg.eigvalsh(found.correlation)[0] > 0

    assert np.mean(few) < 0.75 * np.mean(many)


def test_competencies_that_nobody_shares_come_out_uncorrelated():
    _, items, competency, responses = cohort(3, 400, 2, 8)
    matrix = responses.to_dense()
    matrix[:200, :30] = MISSING
    matrix[200:, 30:] = MISSING
    found = estimate_trait_covariance(Responses.from_dense(matrix), items, competency)

    assert abs(found.correlation[0, 1]) < 0.1
    assert found.standard_errors[0, 1] > 0.3
    assert found.n_shared[0, 1] == 0


def test_the_order_of_persons_changes_nothing():
    _, items, competency, responses = cohort(4, 300, 3, 6)
    order = np.random.default_rng(0).permutation(300)
    one = estimate_trait_covariance(responses, items, competency)
    other = estimate_trait_covariance(responses.take_persons(order), items, competency)

    assert_allclose(other.correlation, one.correlation, atol=1e-3)


def test_two_competencies_agree_with_the_likelihood_summed_on_a_grid(monkeypatch):
    """The maximum over the correlation of the exact two-dimensional marginal likelihood."""
    monkeypatch.setattr(traits, "PRIOR_PERSONS", 1e-6)
    _, items, competency, responses = cohort(5, 1500, 2, 8)
    found = estimate_trait_covariance(responses, items, competency)
    nodes = np.linspace(-5, 5, 41)
    z = items.a * (nodes[:, None] - items.b)
    log_p, log_q = -np.logaddexp(0, -z).T, -np.logaddexp(0, z).T
    matrix = responses.to_dense()
    curves = [
        np.exp(
            (matrix[:, competency == k] == 1) @ log_p[competency == k]
            + (matrix[:, competency == k] == 0) @ log_q[competency == k]
        )
        for k in range(2)
    ]

    def log_likelihood(rho):
        sd, mean = found.standard_deviation, found.mean
        x, y = (nodes - mean[0]) / sd[0], (nodes - mean[1]) / sd[1]
        weight = np.exp(
            -(x[:, None] ** 2 - 2 * rho * x[:, None] * y + y**2) / (2 * (1 - rho**2))
        ) / np.sqrt(1 - rho**2)
        return np.log(np.einsum("nx,xy,ny->n", curves[0], weight, curves[1], optimize=True)).sum()

    grid = np.linspace(0.05, 0.95, 181)
    best = grid[np.argmax([log_likelihood(rho) for rho in grid])]
    assert_allclose(found.correlation[0, 1], best, atol=0.006)


def test_nobody_and_nothing_give_the_identity():
    _, items, competency, responses = cohort(6, 5, 3, 4)
    nobody = estimate_trait_covariance(responses.take_persons([]), items, competency)

    assert_allclose(nobody.correlation, np.eye(3))
    assert nobody.n_persons == 0


def test_progress_may_cancel():
    _, items, competency, responses = cohort(7, 50, 2, 4)

    def cancel(fraction: float, note: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        estimate_trait_covariance(responses, items, competency, progress=cancel)


def test_items_without_a_competency_are_refused():
    _, items, competency, responses = cohort(8, 10, 2, 4)

    with pytest.raises(ValueError, match="one entry for each of the 60 items"):
        estimate_trait_covariance(responses, items, competency[:-1])
