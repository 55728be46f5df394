"""Properties of a calibration, recovery in simulation, anchors, progress."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from models import MISSING, ItemParameters, Priors, Responses, calibrate, simulate_responses


def simulated(seed: int, n_persons: int, n_items: int, c: float = 0.0):
    rng = np.random.default_rng(seed)
    items = ItemParameters.of(
        np.clip(rng.lognormal(0.1, 0.25, n_items), 0.5, 2.0), rng.normal(0, 1, n_items), c
    )
    theta = rng.standard_normal(n_persons)
    return items, theta, simulate_responses(theta, items, rng)


def thinned(matrix, share, seed=0):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(matrix.shape) < share, matrix, MISSING).astype(np.int8)


def rmse(estimate, truth):
    return float(np.sqrt(np.mean((estimate - truth) ** 2)))


@given(seed=st.integers(0, 50), model=st.sampled_from(["1PL", "2PL", "3PL"]))
@settings(deadline=None, max_examples=12)
def test_the_order_of_persons_and_items_changes_nothing(seed, model):
    _, _, matrix = simulated(seed, 300, 8)
    matrix = thinned(matrix, 0.8, seed)
    rng = np.random.default_rng(seed)
    persons, items = rng.permutation(300), rng.permutation(8)

    fit = calibrate(Responses.from_dense(matrix), model, priors="default")
    shuffled = calibrate(Responses.from_dense(matrix[persons][:, items]), model, priors="default")

    assert_allclose(shuffled.items.a, fit.items.a[items], atol=2e-3)
    assert_allclose(shuffled.items.b, fit.items.b[items], atol=2e-3)
    assert_allclose(shuffled.log_likelihood, fit.log_likelihood, atol=1e-3)


@given(seed=st.integers(0, 50))
@settings(deadline=None, max_examples=10)
def test_persons_without_a_response_change_nothing(seed):
    _, _, matrix = simulated(seed, 200, 6)
    with_empty = np.concatenate([matrix, np.full((50, 6), MISSING, dtype=np.int8)])

    fit = calibrate(Responses.from_dense(matrix))
    other = calibrate(Responses.from_dense(with_empty))

    assert_allclose(other.items.a, fit.items.a, atol=1e-3)
    assert_allclose(other.log_likelihood, fit.log_likelihood, atol=1e-6)
    assert other.n_persons == 200
    assert "persons-without-responses" in other.warnings


@pytest.mark.parametrize("share", [1.0, 0.5, 0.1])
def test_parameters_are_recovered_whatever_share_was_answered(share):
    items, _, matrix = simulated(1, 6000, 40)
    fit = calibrate(Responses.from_dense(thinned(matrix, share)))

    assert fit.converged
    assert set(fit.warnings) <= {"persons-without-responses"}
    errors = fit.items.standard_errors
    assert errors is not None
    assert 0.7 < rmse((fit.items.a - items.a) / errors[:, 0], 0) < 1.3
    assert 0.7 < rmse((fit.items.b - items.b) / errors[:, 1], 0) < 1.4
    assert rmse(fit.items.b, items.b) < 0.05 / np.sqrt(share)


def test_guessing_is_recovered_by_the_3pl():
    items, _, matrix = simulated(2, 8000, 40, c=0.2)
    fit = calibrate(Responses.from_dense(matrix), "3PL", priors="default")
    two = calibrate(Responses.from_dense(matrix), "2PL")

    assert fit.converged
    assert abs(fit.items.c.mean() - 0.2) < 0.03
    assert rmse(fit.items.b, items.b) < 0.2
    assert rmse(fit.items.b, items.b) < 0.5 * rmse(two.items.b, items.b)


def test_the_1pl_recovers_its_common_slope():
    rng = np.random.default_rng(8)
    items = ItemParameters.of(1.3, rng.normal(0, 1, 20))
    matrix = simulate_responses(rng.standard_normal(4000), items, rng)
    fit = calibrate(Responses.from_dense(matrix), "1PL")

    assert np.ptp(fit.items.a) == 0
    assert_allclose(fit.items.a[0], 1.3, atol=0.08)
    assert fit.n_parameters == 21
    assert_allclose(fit.items.b, items.b, atol=0.2)


def test_no_neighbouring_point_is_more_likely():
    """The estimates are a maximum of the marginal likelihood, seen from outside."""
    from models.kernels import item_tables, kernel_for, with_weights
    from models.quadrature import Quadrature

    _, _, matrix = simulated(4, 500, 6)
    responses = Responses.from_dense(matrix)
    fit = calibrate(responses)
    quadrature = Quadrature.normal()

    def log_likelihood(a, b):
        tables = item_tables(a, -a * b, None, quadrature.nodes)
        return kernel_for(responses).log_likelihood(with_weights(tables, quadrature.log_weights))

    best = log_likelihood(fit.items.a, fit.items.b)
    assert_allclose(best, fit.log_likelihood, rtol=1e-12)
    for j in range(6):
        for step in (-0.05, 0.05):
            move = np.zeros(6)
            move[j] = step
            assert log_likelihood(fit.items.a + move, fit.items.b) < best
            assert log_likelihood(fit.items.a, fit.items.b + move) < best


def test_standard_errors_are_the_curvature_of_the_likelihood():
    """Second differences of the marginal likelihood, computed without the library's formulas."""
    from models.kernels import item_tables, kernel_for, with_weights
    from models.quadrature import Quadrature

    _, _, matrix = simulated(5, 800, 4)
    responses = Responses.from_dense(thinned(matrix, 0.8))
    fit = calibrate(responses, tolerance=1e-9)
    quadrature, kernel = Quadrature.normal(), kernel_for(responses)

    def log_likelihood(x):
        tables = item_tables(x[:4], x[4:], None, quadrature.nodes)
        return kernel.log_likelihood(with_weights(tables, quadrature.log_weights))

    x = np.concatenate([fit.items.a, -fit.items.a * fit.items.b])
    width = 2e-3
    hessian = np.empty((8, 8))
    unit = np.eye(8) * width
    for i in range(8):
        for j in range(8):
            hessian[i, j] = (
                log_likelihood(x + unit[i] + unit[j])
                - log_likelihood(x + unit[i] - unit[j])
                - log_likelihood(x - unit[i] + unit[j])
                + log_likelihood(x - unit[i] - unit[j])
            ) / (4 * width**2)
    errors = np.sqrt(np.diagonal(np.linalg.inv(-hessian)))

    assert fit.errors is not None
    assert_allclose(fit.errors.a, errors[:4], rtol=0.01)
    assert_allclose(fit.errors.intercept, errors[4:], rtol=0.01)


def test_errors_item_by_item_come_close_where_data_are_sparse(monkeypatch):
    import models.standard_errors as module

    _, _, matrix = simulated(6, 3000, 60)
    responses = Responses.from_dense(thinned(matrix, 0.12))
    joint = calibrate(responses)
    monkeypatch.setattr(module, "_MOST_PRODUCTS", 0)
    single = calibrate(responses)

    assert "standard-errors-item-by-item" in single.warnings
    assert_allclose(
        single.items.standard_errors[:, :2], joint.items.standard_errors[:, :2], rtol=0.15
    )


def test_anchors_keep_the_scale_of_another_population():
    items, _, _ = simulated(7, 1, 30)
    rng = np.random.default_rng(9)
    theta = rng.normal(0.8, 0.7, 5000)
    matrix = simulate_responses(theta, items, rng)
    anchors = {j: (items.a[j], items.b[j]) for j in range(15)}
    fit = calibrate(Responses.from_dense(matrix), anchors=anchors)

    assert fit.converged
    assert_allclose(fit.items.a[:15], items.a[:15])
    assert_allclose(fit.items.b[:15], items.b[:15])
    assert_allclose([fit.latent_mean, fit.latent_sd], [0.8, 0.7], atol=0.05)
    z = (fit.items.b - items.b)[15:] / fit.items.standard_errors[15:, 1]
    assert rmse(z, 0) < 1.4
    assert np.isnan(fit.items.standard_errors[:15, 0]).all()
    assert np.isfinite(fit.items.standard_errors[15:, :2]).all()


def test_a_wrongly_keyed_item_shows_a_negative_slope():
    _, _, matrix = simulated(10, 500, 12)
    matrix[:, 4] = 1 - matrix[:, 4]
    for priors in (None, "default"):
        fit = calibrate(Responses.from_dense(matrix), priors=priors)

        assert_array_equal(fit.flagged["negative-discrimination"], [4])


def test_a_strong_prior_holds_a_parameter():
    _, _, matrix = simulated(11, 300, 8)
    fit = calibrate(Responses.from_dense(matrix), priors=Priors(slope=(1.4, 0.001)))

    assert_allclose(fit.items.a, 1.4, atol=0.01)


def test_progress_runs_from_nothing_to_all_and_can_cancel():
    _, _, matrix = simulated(12, 500, 10)
    seen: list[float] = []
    calibrate(Responses.from_dense(matrix), progress=lambda fraction, note: seen.append(fraction))

    assert seen[-1] == 1.0
    assert all(0.0 <= fraction <= 1.0 for fraction in seen)

    def cancel(fraction: float, note: str) -> None:
        raise InterruptedError("cancelled")

    with pytest.raises(InterruptedError):
        calibrate(Responses.from_dense(matrix), progress=cancel)


def test_the_same_data_give_the_same_bits():
    _, _, matrix = simulated(13, 6000, 60)
    responses = Responses.from_dense(matrix)

    assert_array_equal(calibrate(responses).items.a, calibrate(responses).items.a)


def test_the_summary_names_what_was_done():
    _, _, matrix = simulated(14, 40, 5)
    text = calibrate(Responses.from_dense(matrix)).summary()

    assert "2PL, 5 items, 40 persons, 200 responses" in text
    assert "converged" in text


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"model": "5PL"}, r"model '5PL' is not offered"),
        ({"model": ["2PL", "3PL"]}, r"model names 2 items and there are 4"),
        ({"model": ["1PL", "Rasch", "2PL", "2PL"]}, r"call all of them Rasch"),
        ({"engine": "abacus"}, r"engine 'abacus' is not offered"),
        ({"groups": [0, 1]}, r"one label for each of 20 persons"),
        ({"weights": [1.0, 2.0]}, r"one number for each of 20 persons"),
        ({"weights": [-1.0] * 20}, r"not negative"),
        ({"errors": "guess"}, r"errors 'guess'"),
        ({"anchors": {0: (1.0, 0.0, 1.2)}, "model": "3PL"}, r"between 0 and 1"),
        ({"anchors": {0: (1.2, 0.0)}, "model": "Rasch"}, r"must have a = 1"),
        ({"anchors": {0: (1.2, 0.5, 0.1)}, "model": "GRM"}, r"must ascend"),
        ({"priors": "strong"}, r"priors 'strong'"),
        ({"anchors": {9: (1, 0)}}, r"anchor 9 is no item"),
        ({"anchors": {0: (-1, 0)}}, r"anchor 0: a must lie above 0"),
        ({"anchors": {0: (1, 0, 0)}}, r"anchor 0: give \(a, b\)"),
        ({"engine": "pyirt", "model": "3PL"}, r"engine pyirt fits a 2PL"),
    ],
)
def test_an_argument_that_cannot_be_used_is_explained(arguments, sentence):
    _, _, matrix = simulated(15, 20, 4)

    with pytest.raises(ValueError, match=sentence):
        calibrate(Responses.from_dense(matrix), **arguments)


def test_partial_credit_is_refused_with_its_item():
    with pytest.raises(ValueError, match=r"item 1 has a score of 2"):
        calibrate(Responses.from_dense([[0, 2], [1, 1]]))
