"""Linking: known transformations, symmetry, and standard errors against resampling."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from models import ItemParameters, link_scales, probability
from models.item_vectors import item_covariances, item_vectors, rescaled
from models.linking import METHODS


def bank(seed: int, n: int = 12, noise: float = 0.0) -> ItemParameters:
    """Half dichotomous (3PL), a GRM and a GPCM quarter."""
    rng = np.random.default_rng(seed)
    thresholds = np.full((n, 3), np.nan)
    models = ["3PL"] * n
    for j in range(n // 2, n):
        models[j] = "GRM" if j % 2 else "GPCM"
        thresholds[j] = np.sort(rng.normal(0, 1, 3)) + np.array([-0.4, 0, 0.4])
    b = rng.normal(0, 1, n)
    b[n // 2 :] = thresholds[n // 2 :].mean(axis=1)
    c = np.where(np.arange(n) < n // 2, 0.2, 0.0)
    a = rng.lognormal(0, 0.3, n) * np.exp(noise * rng.standard_normal(n))
    return ItemParameters.of(a, b, c, thresholds=thresholds, models=models, model="mixed")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("symmetric", [True, False])
@given(slope=st.floats(0.4, 2.5), intercept=st.floats(-2, 2))
@settings(max_examples=8)
def test_a_known_transformation_is_found_exactly(method, symmetric, slope, intercept):
    new = bank(1)
    old = rescaled(new, slope, intercept)

    found = link_scales(old, new, method, symmetric=symmetric)

    assert_allclose([found.slope, found.intercept], [slope, intercept], atol=1e-6)
    assert_allclose(item_vectors(found.linked), item_vectors(old), atol=1e-5)


def test_the_same_items_on_another_scale_have_the_same_probabilities():
    items, theta = bank(2), np.linspace(-2, 2, 9)

    assert_allclose(
        probability(1.3 * theta - 0.4, rescaled(items, 1.3, -0.4)), probability(theta, items)
    )


def noisy(items: ItemParameters, seed: int, error: float) -> ItemParameters:
    rng = np.random.default_rng(seed)
    thresholds = None
    if items.thresholds is not None:
        thresholds = np.sort(
            items.thresholds + error * rng.standard_normal(items.thresholds.shape), axis=1
        )
    return ItemParameters.of(
        items.a * np.exp(error * rng.standard_normal(len(items))),
        items.b + error * rng.standard_normal(len(items)),
        items.c,
        thresholds=thresholds,
        models=items.item_models,
        model=items.model,
    )


@pytest.mark.parametrize("method", METHODS)
@given(seed=st.integers(0, 1000))
@settings(max_examples=8)
def test_linking_back_is_the_inverse_of_linking(method, seed):
    one = noisy(bank(3), seed, 0.15)
    other = rescaled(noisy(bank(3), seed + 1, 0.15), 1.3, 0.4)

    there, back = link_scales(one, other, method), link_scales(other, one, method)

    assert_allclose(there.slope * back.slope, 1.0, atol=1e-6)
    assert_allclose(there.intercept + there.slope * back.intercept, 0.0, atol=1e-6)


def test_the_order_of_the_items_does_not_matter():
    one, other = noisy(bank(4), 1, 0.1), noisy(bank(4), 2, 0.1)
    order = np.random.default_rng(0).permutation(len(one))

    straight, mixed = link_scales(one, other), link_scales(one.take(order), other.take(order))

    assert_allclose([straight.slope, straight.intercept], [mixed.slope, mixed.intercept])


@pytest.mark.parametrize("method", ["Stocking-Lord", "Haebara"])
def test_the_criterion_is_at_its_minimum(method):
    from scipy.optimize import minimize

    one, other = noisy(bank(5), 3, 0.2), rescaled(noisy(bank(5), 4, 0.2), 0.8, -0.3)
    found = link_scales(one, other, method, symmetric=False)
    nodes = np.linspace(-4, 4, 41)
    weights = np.exp(-0.5 * nodes**2)
    weights /= weights.sum()

    def criterion(x):
        gap = probability(nodes, one) - probability(nodes, rescaled(other, x[0], x[1]))
        if method == "Haebara":
            return (weights[:, None, None] * gap**2).sum() / len(one)
        return (weights * (gap @ np.arange(4)).sum(axis=1) ** 2).sum() / len(one)

    best = minimize(criterion, [1.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-8})
    assert_allclose([found.slope, found.intercept], best.x, atol=1e-5)
    assert_allclose(found.criterion, best.fun, rtol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_standard_errors_agree_with_resampling(method):
    rng = np.random.default_rng(6)
    n = 20
    a, b = rng.lognormal(0, 0.2, n), rng.normal(0, 1, n)
    errors = np.full((n, 4), np.nan)
    errors[:, 0], errors[:, 1] = 0.05, 0.06
    old = ItemParameters.of(a, b, standard_errors=errors)
    new = rescaled(old, 1 / 1.2, -0.3)

    found = link_scales(old, new, method)

    drawn = []
    for _ in range(150):
        pair = [
            ItemParameters.of(
                x.a + x.standard_errors[:, 0] * rng.standard_normal(n),
                x.b + x.standard_errors[:, 1] * rng.standard_normal(n),
            )
            for x in (old, new)
        ]
        again = link_scales(*pair, method)
        drawn.append([again.slope, again.intercept])
    # the standard error of a standard deviation from 150 draws is 6 %
    assert_allclose(found.standard_errors, np.std(drawn, axis=0), rtol=0.22)


@pytest.mark.parametrize("method", METHODS)
def test_the_common_slope_of_a_1pl_is_one_error_and_not_many(method):
    rng = np.random.default_rng(9)
    n, b = 15, np.linspace(-1.5, 1.5, 15)
    covariance = np.zeros((n, 4, 4))
    covariance[:, 0, 0] = 0.05**2
    covariance[:, 1, 0] = covariance[:, 0, 1] = 0.3 * b * 0.05**2
    covariance[:, 1, 1] = (0.3 * b * 0.05) ** 2 + 0.06**2
    items = ItemParameters.of(1.2, b, covariance=covariance, model="1PL")

    found = link_scales(items, items, method)

    drawn = []
    for _ in range(150):
        pair = []
        for _ in range(2):
            of_slope = 0.05 * rng.standard_normal()
            moved = b + 0.3 * b * of_slope + 0.06 * rng.standard_normal(n)
            pair.append(ItemParameters.of(1.2 + of_slope, moved, model="1PL"))
        again = link_scales(*pair, method)
        drawn.append([again.slope, again.intercept])
    assert_allclose(found.standard_errors, np.std(drawn, axis=0), rtol=0.22)


def test_without_errors_of_the_items_the_link_has_none():
    assert np.isnan(link_scales(bank(7), bank(7)).standard_errors).all()


def test_errors_move_to_the_new_scale_with_the_parameters():
    errors = np.array([[0.1, 0.2, np.nan, np.nan]])
    covariance = np.full((1, 4, 4), np.nan)
    covariance[0, :2, :2] = [[0.01, 0.005], [0.005, 0.04]]
    items = ItemParameters.of([1.0], [0.5], standard_errors=errors, covariance=covariance)

    moved = rescaled(items, 2.0, 1.0)

    assert_allclose(moved.standard_errors[0, :2], [0.05, 0.4])
    assert_allclose(item_covariances(moved)[0, :2, :2], [[0.0025, 0.005], [0.005, 0.16]])


def test_common_items_may_stand_anywhere():
    items = bank(8)
    old = rescaled(items, 1.1, 0.2)

    found = link_scales(old.take([3, 8, 1, 9]), items, common=([2, 0, 3], [1, 3, 9]))

    assert_allclose([found.slope, found.intercept], [1.1, 0.2], atol=1e-6)
    assert found.n_common == 3
    assert len(found.linked) == len(items)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: link_scales(bank(1), bank(1).take([0, 1])), "name the common ones"),
        (lambda: link_scales(bank(1).take([0]), bank(1).take([0])), "need at least 2"),
        (lambda: link_scales(bank(1), bank(1), "magic"), "choose one of Stocking-Lord"),
        (lambda: link_scales(bank(1).take([0, 7]), bank(1).take([0, 6])), "item 1 of a is GRM"),
        (lambda: link_scales(bank(1), bank(1), common=([0, 0], [0, 1])), "named twice"),
        (
            lambda: link_scales(ItemParameters.of([-1, 1], 0.0), ItemParameters.of([1, 1], 0.0)),
            "not positive",
        ),
    ],
)
def test_what_cannot_be_linked_is_refused_with_a_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
