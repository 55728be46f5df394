"""Spectral traces and the other plots for sonographers carry their numbers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from itembank.figures import doppler as d
from itembank.figures import sono_plots as s


def row_velocities(limit, rows=256):
    return (np.arange(rows) - rows / 2) / (rows / 2) * limit


def test_scale_of_the_aliasing_trace_is_77():
    assert_allclose(d.velocity_limit(5000), 77, atol=0.1)
    assert_allclose(d.velocity_limit(30000), 462, atol=0.1)


def test_peak_above_the_limit_wraps_to_the_other_side():
    limit = d.velocity_limit(5000)
    power, v = d.trace(d.CAROTID), row_velocities(limit)
    start = round(0.09 / 3.2 * d.COLUMNS)
    at_peak = power[:, start - 2 : start + 3].mean(axis=1)
    wrapped = v[at_peak > at_peak.max() - 12]
    assert wrapped.min() < 0
    assert_allclose(wrapped[wrapped < 0].max(), 110 - 2 * limit, atol=8)


def test_baseline_shift_moves_the_same_data():
    first, second = d.aliasing(), d.baseline_shift()
    rows = round(46 / (2 * d.velocity_limit(5000)) * d.ROWS)
    lower, upper = first[40 + 0 : 200, 100:540], second[40 + rows : 200 + rows, 100:540]
    agreement = np.corrcoef(lower.ravel().astype(float), upper.ravel().astype(float))[0, 1]
    assert agreement > 0.8


@pytest.mark.parametrize(
    ("waveform", "peak", "end"),
    [
        (d.LOW_RESISTANCE, 80, 32),
        (d.HIGH_RESISTANCE, 80, 8),
        (d.REVERSED, 50, -12),
        (d.STENOSIS, 400, 150),
    ],
)
def test_waveforms_reach_their_peak_and_end_diastole(waveform, peak, end):
    t = np.linspace(0, 0.8, 801)[:-1]
    assert_allclose([waveform(t).max(), waveform(t)[-1]], [peak, end], atol=1)


def test_resistance_indices_are_those_of_the_catalogue():
    assert_allclose([(80 - 32) / 80, (80 - 8) / 80], [0.6, 0.9])


def test_triphasic_flow_goes_forward_back_and_forward():
    t = np.linspace(0, 0.799, 800)
    signs = np.sign(np.round(d.TRIPHASIC(t)))
    turns = signs[signs != 0][np.flatnonzero(np.diff(signs[signs != 0]))]
    assert_allclose(turns, [1, -1])
    assert_allclose([d.TRIPHASIC(t).max(), d.TRIPHASIC(t).min()], [80, -20], atol=0.5)


def test_tardus_parvus_rises_slowly_to_a_low_peak():
    t = np.linspace(0, 0.799, 800)
    assert_allclose(t[d.TARDUS(t).argmax()], 0.16, atol=0.01)
    assert_allclose(d.TARDUS(t).max(), 30, atol=0.5)


def test_wall_filter_takes_away_the_end_of_diastole():
    limit = d.velocity_limit(6500)
    power = d.trace(d.FILTERED, prf=6500.0, seed=7)
    kept = d.filtered(power, limit, 20)
    slow = np.abs(row_velocities(limit)) < 18
    assert power[slow].max() > power.min() + 30
    assert_allclose(kept[slow], power.min())


def filled_share(waveform, peak, limit, **how):
    power, v = d.trace(waveform, **how), row_velocities(limit)
    column = round(0.12 / how.get("seconds", 3.2) * d.COLUMNS)
    window = power[(v > 0.1 * peak) & (v < 0.5 * peak), column - 2 : column + 3]
    return (window > 12).mean()


def test_stenosis_fills_the_window_and_normal_flow_does_not():
    full = filled_share(
        d.STENOSIS,
        400,
        d.velocity_limit(30000),
        prf=30000.0,
        seconds=2.4,
        broad=1.05,
        seed=8,
        fade=0.0006,
    )
    clear = filled_share(d.LOW_RESISTANCE, 80, d.velocity_limit(6500), prf=6500.0, seed=3)
    assert full > 0.6
    assert clear < 0.1


def test_venous_flow_follows_respiration():
    t = np.linspace(0, 12, 1201)
    flow = d.venous(t)
    assert_allclose([flow.min(), flow.max()], [10, 25])
    assert_allclose(flow[:800], flow[400:1200], atol=1e-9)


def test_near_zone_ends_at_the_last_maximum_on_the_axis():
    assert_allclose(s.near_zone(19, 5), 293, atol=0.5)
    depth = np.arange(200.0, 600.0, 2.0)
    axis = s.disc_intensity(depth, np.array([0.0]))[0]
    assert abs(depth[axis.argmax()] - 293) < 5
    assert_allclose(axis.max(), 4, rtol=0.01)


def test_wall_moves_ten_millimetres_twice_a_second():
    t = np.linspace(0, 2, 2001)
    depth = s.wall_depth(t)
    assert_allclose([depth.min(), depth.max()], [30, 40], atol=0.05)
    assert_allclose(depth[:1500], depth[500:2000], atol=1e-9)


def test_stiffness_of_the_inclusion():
    assert_allclose(
        [s.youngs_modulus(4.0), s.youngs_modulus(1.5), s.youngs_modulus(2.0)], [48, 6.75, 12]
    )
    speed = s.shear_speed()
    assert_allclose([speed[140:190, 200:250].mean(), speed[:60, :80].mean()], [4.0, 1.5], atol=0.25)


def test_fast_middle_wraps_without_passing_zero():
    velocity, inside = s.straight_vessel()
    shown = s.wrapped_velocity(velocity, 30.0)
    profile = shown[inside[:, 240], 240]
    jump = np.flatnonzero(np.abs(np.diff(profile)) > 40)
    assert jump.size == 2
    assert profile[profile.size // 2] < -5


def test_turning_vessel_never_exceeds_the_scale():
    velocity, inside = s.curved_vessel()
    assert np.abs(velocity).max() < 30
    assert velocity[inside].max() > 15
    assert velocity[inside].min() < -15


def test_refraction_and_angle_error_of_the_topic_list():
    assert_allclose(s.refraction(30, 1540, 1450), 28.1, atol=0.05)
    assert_allclose([s.velocity_error(60, 65), s.velocity_error(60, 70)], [1.18, 1.46], atol=0.005)
