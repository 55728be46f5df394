"""Drift between calibrations: found where it was made, seldom where it was not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models import ItemParameters, Responses, calibrate, item_drift, simulate_responses
from models.item_vectors import rescaled


def drawn(a, b, rng, error=0.08) -> ItemParameters:
    """Estimates with normal errors of known size."""
    errors = np.tile([error, error, np.nan, np.nan], (a.size, 1))
    return ItemParameters.of(
        a + error * rng.standard_normal(a.size),
        b + error * rng.standard_normal(a.size),
        standard_errors=errors,
    )


def test_drift_of_a_quarter_of_the_items_all_one_way_is_found_and_the_scale_kept():
    rng = np.random.default_rng(1)
    a, b = rng.lognormal(0, 0.2, 40), rng.normal(0, 1, 40)
    shifted = b.copy()
    shifted[:10] += 0.9  # all harder: a plain link would spread this over all items

    found = item_drift(drawn(a, b, rng), rescaled(drawn(a, shifted, rng), 1.25, 0.3))

    assert (found.category[:10] != "A").all()
    assert (found.category[10:] == "A").mean() > 0.95
    assert found.settled
    assert_allclose([found.linking.slope, found.linking.intercept], [0.8, -0.24], atol=0.05)
    assert (found.bias[:10] > 0).all()


def test_items_that_did_not_change_are_rarely_called_significant():
    rng = np.random.default_rng(2)
    p, z = [], []
    for _ in range(40):
        a, b = rng.lognormal(0, 0.2, 30), rng.normal(0, 1, 30)
        found = item_drift(drawn(a, b, rng), rescaled(drawn(a, b, rng), 1.1, -0.2))
        p.append(found.p)
        z.append(found.z[:, :2])

    # 1,200 tests at 5 %; items that carry the link are pulled to it, so a little below
    assert 0.03 < (np.array(p) < 0.05).mean() < 0.07
    assert_allclose(np.std(z), 1.0, atol=0.06)


def test_two_real_calibrations_of_the_same_items_show_only_the_drift_put_in():
    rng = np.random.default_rng(3)
    items = ItemParameters.of(rng.lognormal(0, 0.2, 20), np.linspace(-1.5, 1.5, 20))
    b = items.b.copy()
    b[4] += 0.8
    changed = ItemParameters.of(items.a, b)
    before = calibrate(
        Responses.from_dense(simulate_responses(rng.standard_normal(1500), items, rng))
    )
    after = calibrate(
        Responses.from_dense(simulate_responses(0.4 + rng.standard_normal(1500), changed, rng))
    )

    found = item_drift(before, after)

    assert np.flatnonzero(found.category != "A").tolist() == [4]
    assert abs(found.linking.intercept - 0.4) < 0.12


def test_polytomous_items_are_compared_by_all_their_thresholds():
    rng = np.random.default_rng(4)
    thresholds = np.sort(rng.normal(0, 1, (12, 3)), axis=1)
    changed = thresholds.copy()
    changed[3] = np.sort(changed[3] + np.array([0.0, 0.7, 1.2]))

    def graded(t):
        return ItemParameters.of(
            np.full(12, 1.3),
            t.mean(axis=1),
            thresholds=t,
            model="GRM",
            standard_errors=np.full((12, 4), 0.07),
            threshold_errors=np.full((12, 3), 0.07),
        )

    found = item_drift(graded(thresholds), graded(changed))

    assert np.flatnonzero(found.category != "A").tolist() == [3]
    assert found.degrees_of_freedom.tolist() == [4.0] * 12


def test_without_standard_errors_the_size_alone_decides():
    b = np.linspace(-1, 1, 10)
    moved = b + 2.0 * (np.arange(10) == 2)

    found = item_drift(ItemParameters.of(1.0, b), ItemParameters.of(1.0, moved))

    assert np.isnan(found.chi_square).all()
    assert found.category.tolist() == ["A", "A", "C"] + ["A"] * 7
    assert not found.kept[2]


def test_order_of_the_items_does_not_matter():
    rng = np.random.default_rng(5)
    a, b = rng.lognormal(0, 0.2, 15), rng.normal(0, 1, 15)
    one, other = drawn(a, b, rng), drawn(a, b + 0.5 * (np.arange(15) < 2), rng)
    order = rng.permutation(15)

    straight, mixed = item_drift(one, other), item_drift(one.take(order), other.take(order))

    assert_allclose(straight.chi_square[order], mixed.chi_square, rtol=1e-5)
    assert straight.category[order].tolist() == mixed.category.tolist()


def test_limits_that_contradict_each_other_are_refused():
    items = ItemParameters.of([1.0, 1.0], [0.0, 1.0])
    with pytest.raises(ValueError, match="negligible is not above large"):
        item_drift(items, items, negligible=0.3)
