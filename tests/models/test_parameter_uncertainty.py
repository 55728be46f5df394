"""The errors of item parameters in the error of an ability."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models.ability import estimate_ability
from models.parameter_uncertainty import _parameter_slopes, parameter_covariances
from models.parameters import ItemParameters
from models.profile import estimate_profile
from models.response_functions import category_log_probabilities, probability


def with_errors(items, errors):
    return ItemParameters.of(
        items.a, items.b, items.c, items.d, standard_errors=errors, model=items.model
    )


@pytest.mark.parametrize("score", [0, 1])
def test_derivatives_by_the_parameters_are_those_of_the_log_probabilities(score):
    theta = np.linspace(-3, 3, 7)
    vector = np.array([1.3, 0.4, 0.2, 0.95])

    def log_p(values):
        items = ItemParameters.of(*values[:, None], model="4PL")
        return category_log_probabilities(theta, items)[:, 0, score]

    steps = 1e-6 * np.eye(4)
    numeric = np.stack([(log_p(vector + s) - log_p(vector - s)) / 2e-6 for s in steps], axis=1)
    items = ItemParameters.of(*vector[:, None], model="4PL")

    slopes = _parameter_slopes(theta, items, np.array([score]))[:, 0]

    assert_allclose(slopes, numeric, atol=1e-6)


def test_the_added_variance_is_that_of_the_mean_over_drawn_parameters():
    """Simulated: the ability is estimated anew with each of 4,000 drawn parameter sets."""
    rng = np.random.default_rng(2)
    n = 25
    items = ItemParameters.of(rng.uniform(0.8, 1.8, n), rng.normal(0, 1, n))
    scores = rng.integers(0, 2, n)
    errors = np.column_stack([np.full(n, 0.15), np.full(n, 0.2), *[np.full(n, np.nan)] * 2])
    drawn = [
        estimate_ability(
            scores,
            ItemParameters.of(
                items.a + 0.15 * rng.normal(size=n), items.b + 0.2 * rng.normal(size=n)
            ),
        ).theta
        for _ in range(4000)
    ]
    known = estimate_profile(scores, items, np.zeros(n, int), [[1.0]])

    wider = estimate_profile(
        scores, with_errors(items, errors), np.zeros(n, int), [[1.0]], item_covariance=True
    )

    assert_allclose(wider.covariance[0, 0] - known.covariance[0, 0], np.var(drawn), rtol=0.1)
    assert_allclose(wider.mean, known.mean)


def test_what_is_known_through_another_competency_is_less_certain_too():
    rng = np.random.default_rng(3)
    items = ItemParameters.of(rng.uniform(0.8, 1.8, 20), rng.normal(0, 1, 20))
    items = with_errors(items, np.full((20, 4), 0.2))
    covariance = np.array([[1.0, 0.7], [0.7, 1.0]])
    scores = rng.integers(0, 2, 20)

    known = estimate_profile(scores, items, np.zeros(20, int), covariance)
    wider = estimate_profile(scores, items, np.zeros(20, int), covariance, item_covariance=True)

    added = wider.covariance - known.covariance
    assert added[1, 1] > 0
    assert_allclose(added[1, 1] / added[0, 0], 0.7**2, rtol=1e-4)
    assert (np.linalg.eigvalsh(added) > -1e-12).all()


def test_the_covariance_of_an_item_goes_before_its_standard_errors():
    full = np.array([[[0.04, 0.01, np.nan, np.nan], [0.01, 0.09, np.nan, np.nan]]])
    full = np.concatenate([full, np.full((1, 2, 4), np.nan)], axis=1)
    items = ItemParameters.of([1.0], [0.0], standard_errors=np.full((1, 4), 9.0), covariance=full)

    found = parameter_covariances(items)[0]

    assert_allclose(found[:2, :2], [[0.04, 0.01], [0.01, 0.09]])
    assert not found[2:].any()


def test_polytomous_items_carry_the_errors_of_their_thresholds():
    items = ItemParameters.of(
        [1.2, 1.5],
        thresholds=[[-0.5, 0.5], [-1.0, np.nan]],
        model="GRM",
        standard_errors=np.array([[0.1, np.nan, np.nan, np.nan]] * 2),
        threshold_errors=np.array([[0.2, 0.2], [0.3, np.nan]]),
    )

    known, wider = (
        estimate_profile([1, 0], items, [0, 0], [[1.0]], item_covariance=asked)
        for asked in (False, True)
    )

    assert 0 < wider.covariance[0, 0] - known.covariance[0, 0] < 0.1


def calibrated_2pl(scores, theta):
    """A 2PL item by item against known abilities (Newton), with errors: fast, and honest here."""
    n_items = scores.shape[1]
    a, b, covariance = np.empty(n_items), np.empty(n_items), np.zeros((n_items, 4, 4))
    design = np.column_stack([theta, np.ones_like(theta)])
    for item in range(n_items):
        beta = np.array([1.0, 0.0])
        for _ in range(30):
            p = 1 / (1 + np.exp(-design @ beta))
            ridge = np.diag([0.1, 0.1])  # a weak normal prior keeps every item finite
            hessian = design.T @ (design * (p * (1 - p))[:, None]) + ridge
            slope = design.T @ (scores[:, item] - p) - ridge @ (beta - [1.0, 0.0])
            beta = beta + np.clip(np.linalg.solve(hessian, slope), -0.5, 0.5)
        a[item], b[item] = beta[0], -beta[1] / beta[0]
        jacobian = np.array([[1, 0], [beta[1] / beta[0] ** 2, -1 / beta[0]]])
        covariance[item, :2, :2] = jacobian @ np.linalg.inv(hessian) @ jacobian.T
    return ItemParameters.of(np.maximum(a, 0.1), b, covariance=covariance)


def test_intervals_cover_better_with_the_errors_of_items_calibrated_on_200_persons():
    """Simulated: items calibrated on 200 beginners give 40-item tests to advanced persons."""
    rng = np.random.default_rng(11)
    off, error = [], []
    for _ in range(25):
        true = ItemParameters.of(rng.uniform(0.8, 1.8, 40), rng.normal(0, 1, 40))
        sample = rng.normal(-1.5, 0.7, 200)
        items = calibrated_2pl((rng.random((200, 40)) < probability(sample, true)) * 1, sample)
        theta = rng.normal(1.0, 0.7, 60)
        scores = (rng.random((60, 40)) < probability(theta, true)).astype(int)
        for person, row in enumerate(scores):
            profiles = [
                estimate_profile(
                    row, items, np.zeros(40, int), [[0.49]], [1.0], item_covariance=asked
                )
                for asked in (False, True)
            ]
            off.append(profiles[0].mean[0] - theta[person])
            error.append([profile.standard_error[0] for profile in profiles])
    inside = np.abs(np.array(off))[:, None] <= 1.96 * np.array(error)
    without, carried = inside.mean(axis=0)

    assert without < 0.93
    assert abs(carried - 0.95) < 0.5 * abs(without - 0.95)


def test_items_without_errors_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match="no standard errors"):
        estimate_profile([1], ItemParameters.of(1.0, 0.0), [0], [[1.0]], item_covariance=True)
