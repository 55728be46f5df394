"""What other calibration programs were measured to get wrong, asked of ours.

Each test names the fault and the kind of program that had it.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime, minimize

from models import ItemParameters, Priors, Responses, calibrate, probability, simulate_responses

NODES = np.linspace(-6, 6, 61)
GUESSING = Priors(None, None, (-1.4, 0.7))


def three_parameter_data(n_persons=1500, n_items=8, seed=14):
    rng = np.random.default_rng(seed)
    items = ItemParameters.of(
        rng.uniform(0.8, 2.0, n_items), np.linspace(-1.5, 1.5, n_items), 0.2, model="3PL"
    )
    return simulate_responses(rng.standard_normal(n_persons), items, rng)


def penalised(x, matrix):
    """The stated objective: log-likelihood and a normal prior on logit(c), by their definition."""
    slope, intercept, logit_c = x.reshape(3, -1)
    c = 1 / (1 + np.exp(-logit_c))
    p = c + (1 - c) / (1 + np.exp(-(slope * NODES[:, None] + intercept)))
    joint = matrix @ np.log(p).T + (1 - matrix) @ np.log1p(-p).T - 0.5 * NODES**2
    joint -= np.log(np.exp(-0.5 * NODES**2).sum())
    peak = joint.max(axis=1)
    likelihood = (peak + np.log(np.exp(joint - peak[:, None]).sum(axis=1))).sum()
    return likelihood - 0.5 * (((logit_c + 1.4) / 0.7) ** 2).sum()


def vector_of(items):
    return np.concatenate([items.a, -items.a * items.b, np.log(items.c / (1 - items.c))])


def test_a_prior_on_guessing_is_differentiated_by_the_parameter_it_stands_on():
    """Fault: the derivative by c was applied to logit(c), 11 units below the stated mode."""
    matrix = three_parameter_data()
    fit = calibrate(Responses.from_dense(matrix), "3PL", priors=GUESSING, tolerance=1e-10)

    gradient = approx_fprime(vector_of(fit.items), lambda x: penalised(x, matrix), 1e-5)

    assert np.abs(gradient).max() < 0.02


def test_a_3pl_that_says_converged_is_at_the_mode():
    """Fault: "converged" 86 units below a point of its own objective, items frozen."""
    matrix = three_parameter_data()
    fit = calibrate(Responses.from_dense(matrix), "3PL", priors=GUESSING)
    found = penalised(vector_of(fit.items), matrix)

    climbed = minimize(lambda x: -penalised(x, matrix), vector_of(fit.items), method="L-BFGS-B")
    elsewhere = minimize(
        lambda x: -penalised(x, matrix),
        np.repeat([1.0, 0.0, -1.4], 8),
        method="L-BFGS-B",
        options={"maxiter": 300, "maxfun": 20_000},
    )

    assert fit.converged
    assert -climbed.fun - found < 1e-4
    assert -elsewhere.fun - found < 1e-4


def test_a_hundred_items_are_not_too_many_for_the_quadrature():
    """Fault: 21 points, too coarse for a hundred items; slopes 4 % low, likelihood 23 short."""
    rng = np.random.default_rng(12)
    items = ItemParameters.of(rng.uniform(0.7, 2.0, 100), rng.normal(0, 1, 100))
    matrix = simulate_responses(rng.standard_normal(3000), items, rng)
    fit = calibrate(Responses.from_dense(matrix), errors=False)

    def likelihood(nodes):
        p = probability(nodes, fit.items)
        joint = matrix @ np.log(p).T + (1 - matrix) @ np.log1p(-p).T - 0.5 * nodes**2
        peak = joint.max(axis=1) + 0.0
        total = (peak + np.log(np.exp(joint - peak[:, None]).sum(axis=1))).sum()
        return total - matrix.shape[0] * np.log(np.exp(-0.5 * nodes**2).sum())

    fine, coarse = likelihood(np.linspace(-6, 6, 1201)), likelihood(np.linspace(-6, 6, 21))
    assert abs(fit.log_likelihood - fine) < 0.05
    assert abs(coarse - fine) > 1.0
    assert abs(np.mean(fit.items.a / items.a) - 1.0) < 0.015


@pytest.mark.parametrize("n_items", [200, 700])
def test_long_tests_get_a_finer_quadrature(n_items):
    rng = np.random.default_rng(n_items)
    items = ItemParameters.of(1.3, rng.normal(0, 1, n_items))
    matrix = simulate_responses(rng.standard_normal(400), items, rng)
    fit = calibrate(Responses.from_dense(matrix), "1PL", errors=False)

    assert_allclose(fit.items.a[0], 1.3, rtol=0.08)


def test_every_person_has_an_ability_of_his_own():
    """Fault: one ability shared by all persons was integrated out; slopes were noise."""
    rng = np.random.default_rng(3)
    items = ItemParameters.of(rng.uniform(0.5, 2.2, 12), rng.normal(0, 1, 12))
    matrix = simulate_responses(rng.standard_normal(4000), items, rng)
    fit = calibrate(Responses.from_dense(matrix))

    assert np.corrcoef(fit.items.a, items.a)[0, 1] > 0.95
    assert np.sqrt(np.mean((fit.items.b - items.b) ** 2)) < 0.15


def test_estimates_do_not_shrink_because_persons_were_estimated_along():
    """Fault: joint maximum likelihood is inconsistent; spread of b too wide by a third or more."""
    rng = np.random.default_rng(11)
    items = ItemParameters.of(1.0, np.linspace(-2, 2, 8))
    matrix = simulate_responses(rng.standard_normal(8000), items, rng)
    fit = calibrate(Responses.from_dense(matrix), "Rasch")

    assert_allclose(np.polyfit(items.b, fit.items.b, 1)[0], 1.0, atol=0.04)


def test_there_is_no_hidden_scaling_constant():
    """Fault: results in units of D = 1.702."""
    rng = np.random.default_rng(17)
    items = ItemParameters.of(1.0, np.linspace(-1.5, 1.5, 20))
    matrix = simulate_responses(rng.standard_normal(5000), items, rng)

    assert_allclose(calibrate(Responses.from_dense(matrix)).items.a.mean(), 1.0, atol=0.05)


def test_a_difficulty_is_a_difficulty():
    """Fault: the parameter called beta is an easiness, and nothing says so."""
    rng = np.random.default_rng(18)
    items = ItemParameters.of(1.2, np.linspace(-2, 2, 10))
    matrix = simulate_responses(rng.standard_normal(2000), items, rng)
    fit = calibrate(Responses.from_dense(matrix))

    assert np.corrcoef(fit.items.b, matrix.mean(axis=0))[0, 1] < -0.95


def test_easy_and_sharp_items_are_not_cut_off_at_a_bound():
    """Fault: bounds of 2 on difficulty and slope decided the result."""
    rng = np.random.default_rng(19)
    items = ItemParameters.of([2.6, 1.0, 1.2, 1.4, 1.0, 0.9], [0.0, -3.0, 2.7, 0.5, -0.5, 1.0])
    matrix = simulate_responses(rng.standard_normal(20_000), items, rng)
    fit = calibrate(Responses.from_dense(matrix))

    assert_allclose(fit.items.a[0], 2.6, atol=0.25)
    assert_allclose(fit.items.b[1:3], [-3.0, 2.7], atol=0.25)
    assert "at-bound" not in fit.warnings


def test_stopping_short_of_the_optimum_is_not_called_converged():
    """Fault: stopped on a change of 1e-4 in the log-likelihood, 0.8 units short."""
    rng = np.random.default_rng(20)
    items = ItemParameters.of(rng.uniform(0.6, 1.6, 40), rng.normal(0, 1, 40))
    matrix = simulate_responses(rng.standard_normal(1000), items, rng)
    usual = calibrate(Responses.from_dense(matrix), errors=False)
    longest = calibrate(Responses.from_dense(matrix), errors=False, tolerance=1e-12)

    assert usual.converged
    assert longest.log_likelihood - usual.log_likelihood < 1e-6


def test_graded_and_guessing_items_together_keep_reasonable_thresholds():
    """Fault: 3PL and graded items calibrated together gave absurd thresholds in some samples."""
    thresholds = np.full((20, 3), np.nan)
    thresholds[10:] = np.linspace(-0.5, 0.5, 10)[:, None] + [-1.0, 0.0, 1.0]
    names = ["3PL"] * 10 + ["GRM"] * 10
    items = ItemParameters.of(
        1.2, np.linspace(-1, 1, 20), [0.2] * 10 + [0.0] * 10, thresholds=thresholds, models=names
    )
    for seed in range(6):
        rng = np.random.default_rng(seed)
        matrix = simulate_responses(rng.standard_normal(1000), items, rng)
        fit = calibrate(Responses.from_dense(matrix), names, priors=GUESSING, errors=False)

        assert fit.converged
        assert_allclose(fit.items.thresholds[10:], thresholds[10:], atol=0.6)


def test_new_items_beside_anchors_are_not_biased_by_another_population():
    """Fault: an example of fixed-parameter calibration left the population at N(0, 1)."""
    rng = np.random.default_rng(21)
    items = ItemParameters.of(rng.uniform(0.8, 1.6, 40), rng.normal(0, 1, 40))
    matrix = simulate_responses(rng.normal(1.0, 1.3, 6000), items, rng)
    anchors = {j: (items.a[j], items.b[j]) for j in range(20)}
    fit = calibrate(Responses.from_dense(matrix), anchors=anchors)

    error = (fit.items.b - items.b)[20:]
    assert abs(error.mean()) < 0.06
    assert_allclose([fit.latent_mean, fit.latent_sd], [1.0, 1.3], atol=0.06)


def test_sparse_data_never_become_a_matrix_of_persons_and_items():
    """Fault: every peer makes the dense matrix; out of memory where answers are few."""
    import tracemalloc

    rng = np.random.default_rng(22)
    n_persons, n_items, each = 20_000, 4_000, 5
    item = np.sort(rng.integers(0, n_items // each, (n_persons, each)), axis=1)
    item = item + np.arange(each) * (n_items // each)
    score = rng.integers(0, 2, item.size)
    responses = Responses.from_triples(
        np.repeat(np.arange(n_persons), each), item.ravel(), score, n_items=n_items
    )
    tracemalloc.start()
    calibrate(responses, priors="default", errors=False, max_iterations=3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < n_persons * n_items  # bytes: less than one byte a cell
