"""Response times: the model recovered, flags where they were put and seldom elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models import fit_time_model, response_time_flags


def simulated(rng, n_persons=2000, n_items=20, speed_sd=0.3, missing=0.0):
    intensity, precision = rng.normal(4, 0.4, n_items), rng.uniform(1.5, 2.5, n_items)
    speed = speed_sd * rng.standard_normal(n_persons)
    noise = rng.standard_normal((n_persons, n_items)) / precision
    times = np.exp(intensity - speed[:, None] + noise)
    times[rng.random(times.shape) < missing] = np.nan
    return times, intensity, precision, speed


@pytest.mark.parametrize("missing", [0.0, 0.6])
def test_the_model_is_recovered(missing):
    times, intensity, precision, speed = simulated(np.random.default_rng(1), missing=missing)

    found = fit_time_model(times)

    assert found.converged
    assert_allclose(found.intensity, intensity, atol=0.08)
    assert_allclose(found.precision, precision, rtol=0.12)
    assert_allclose(found.speed_sd, 0.3, atol=0.03)
    assert np.corrcoef(found.speed, speed)[0, 1] > (0.9 if missing == 0 else 0.8)


def test_residuals_are_standard_normal_and_persons_misfit_as_often_as_promised():
    found = response_time_flags(simulated(np.random.default_rng(2), missing=0.3)[0])

    z = found.model.residual[np.isfinite(found.model.residual)]
    assert_allclose([z.mean(), z.std()], [0.0, 1.0], atol=0.03)
    assert found.too_long.mean() < 0.003
    # 2,000 persons at 5 %: four standard errors are 0.0195
    assert abs((found.p < 0.05).mean() - 0.05) < 0.0195


def test_a_person_who_clicks_through_is_found():
    rng = np.random.default_rng(3)
    times = simulated(rng, 300)[0]
    times[:5, 8:] = rng.uniform(0.5, 2.0, (5, 12))

    found = response_time_flags(times)

    assert found.rapid[:5, 8:].all()
    assert found.low_effort[:5].all()
    assert not found.low_effort[5:].any()
    assert_allclose(found.effort[:5], 8 / 20)
    assert (found.p[:5] < 1e-6).all()


def test_an_interruption_is_found_and_is_no_lack_of_effort():
    times = simulated(np.random.default_rng(4), 300)[0]
    times[7, 3] = 3600.0

    found = response_time_flags(times)

    assert found.too_long[7, 3]
    assert not found.low_effort[7]


def test_a_slow_person_is_not_flagged_for_being_slow():
    times = simulated(np.random.default_rng(5), 300)[0]
    before = response_time_flags(times).model.speed[0]
    times[0] *= 3.0

    found = response_time_flags(times)

    assert not found.too_long[0].any()
    assert found.model.speed[0] < before - 0.8
    assert found.p[0] > 0.001


def test_the_threshold_is_a_tenth_of_the_mean_but_at_most_ten_seconds():
    times = np.tile([20.0, 300.0, 50.0], (40, 1))
    times[5:, 2] = np.nan

    found = response_time_flags(times)

    assert_allclose(found.threshold, [2.0, 10.0, np.nan])


def test_order_of_persons_and_items_does_not_matter():
    rng = np.random.default_rng(6)
    times = simulated(rng, 60, 8, missing=0.2)[0]
    who, order = rng.permutation(60), rng.permutation(8)

    one, other = response_time_flags(times), response_time_flags(times[np.ix_(who, order)])

    assert_allclose(one.model.residual[np.ix_(who, order)], other.model.residual, atol=1e-8)
    assert_allclose(one.p[who], other.p, atol=1e-8)


def test_nothing_to_judge_is_nan_and_no_crash():
    times = np.full((3, 4), np.nan)
    times[0, 0] = 12.0
    times[1, :] = 0.0

    found = response_time_flags(times)

    assert np.isnan(found.effort).all()
    assert np.isnan(found.p[[0, 2]]).all()
    assert not found.rapid.any()


def test_a_negative_time_is_refused_and_named():
    with pytest.raises(ValueError, match="person 1, item 0 has a time of -3"):
        response_time_flags([[1.0], [-3.0]])
