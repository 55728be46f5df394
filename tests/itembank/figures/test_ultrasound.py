"""Every B-mode figure shows the effect it is named after."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from itembank.figures import bmode
from itembank.figures import ultrasound as u
from itembank.figures.bmode import X, Z


def mean_db(data, x, z, half_width=2.0, half_depth=3.0):
    return data[(np.abs(X - x) < half_width) & (np.abs(Z - z) < half_depth)].mean()


def test_speckle_has_the_statistics_of_a_rayleigh_variable():
    envelope = bmode.echoes(1.0, seed=21)[200:-200, 30:-30]
    assert_allclose(envelope.mean() / envelope.std(), 1.91, atol=0.06)
    assert_allclose(envelope.mean(), 1.0, atol=0.04)


def test_cyst_is_echo_free_and_enhances():
    data = u.cyst_db()
    assert mean_db(data, 0, 35) < -30
    assert_allclose(mean_db(data, 0, 60, 4, 8) - mean_db(data, 20, 60, 4, 8), 7, atol=1.5)


def test_echoes_behind_the_stone_are_below_the_noise():
    data = u.stone_db()
    noise = bmode.received(np.zeros(bmode.SHAPE))
    assert_allclose(mean_db(data, 0, 60, 3, 10), mean_db(noise, 0, 60, 3, 10), atol=1.5)
    assert mean_db(data, 0, 35.2, 2, 0.2) > 15


def test_reverberations_are_ten_millimetres_apart_and_each_weaker():
    profile = u.reverberation_db()[:, 100:200].mean(axis=1)
    peaks = []
    for depth in range(20, 70, 10):
        near = np.abs(Z[:, 0] - depth) < 4
        peaks.append((Z[near, 0][profile[near].argmax()], profile[near].max()))
    assert_allclose(np.diff([depth for depth, _ in peaks]), 10, atol=0.2)
    assert_allclose(np.diff([level for _, level in peaks]), -6, atol=0.7)


def test_mirrored_ball_lies_as_far_beneath_the_reflector():
    data = u.mirror_db()
    for depth in (30, 60):
        assert mean_db(data, 6, depth) > mean_db(data, -14, depth) + 4
    assert mean_db(data, 6, 60) < mean_db(data, 6, 30)


def test_shadows_lie_under_the_edges_only():
    data = u.edge_shadow_db()
    edges = [mean_db(data, x, 60, 0.5, 10) for x in (-11, 11)]
    middle = mean_db(data, 0, 60, 4, 10)
    assert max(edges) < middle - 12


def test_side_lobe_echo_lies_inside_the_echo_free_target():
    picture = u.side_lobe()[20:540, :390].astype(float)
    cyst = picture[200:300, 100:185]
    assert np.percentile(cyst, 97) > 60
    assert np.median(cyst) < 10


def test_only_the_band_of_one_slider_is_too_bright():
    data = u.tgc_band_db()
    assert_allclose(mean_db(data, 0, 40, 20, 4) - mean_db(data, 0, 29, 20, 3), 12, atol=1)
    assert abs(mean_db(data, 0, 52, 5, 2) - mean_db(data, 0, 29, 5, 2)) < 1.5


def test_dead_elements_are_dark_from_the_top_to_the_bottom():
    data = u.dead_elements_db()
    for depth in (3, 40, 76):
        assert mean_db(data, -7.5, depth, 1) < mean_db(data, -20, depth, 5) - 18


def width_of_wire(data, depth):
    row = data[np.abs(Z[:, 0] - depth) < 0.2].max(axis=0)
    return int((row > row.max() - 6).sum())


@pytest.mark.parametrize("focus", [20.0, 60.0])
def test_wires_are_narrowest_at_the_focus(focus):
    data = u.focus_db(focus)
    widths = {depth: width_of_wire(data, depth) for depth in (20, 60)}
    other = 80 - focus
    assert widths[int(focus)] < 0.6 * widths[int(other)]


@pytest.mark.parametrize(
    ("frequency", "gap", "apart"),
    [
        (3.0, 1.0, True),
        (3.0, 0.5, False),
        (3.0, 0.25, False),
        (10.0, 1.0, True),
        (10.0, 0.5, True),
        (10.0, 0.25, True),
    ],
)
def test_wires_are_told_apart_when_farther_than_half_the_pulse(frequency, gap, apart):
    depth = np.linspace(-2, 2, 801)
    profile = u.axial_profile(frequency, gap, depth)
    assert (profile[400] < 0.9 * profile.max()) == apart


def test_only_the_large_aperture_parts_the_wires_at_its_focus():
    rows = {
        large: u.lateral_db(large_aperture=large)[np.abs(Z[:, 0] - 40) < 0.2].max(axis=0)
        for large in (True, False)
    }
    middle = np.abs(X[0]) < 0.3
    assert rows[True][middle].min() < rows[True].max() - 10
    assert rows[False][middle].min() > rows[False].max() - 3


def test_narrow_dynamic_range_uses_more_black_and_white():
    picture = u.dynamic_range_pair()[20:540]
    a, b = picture[60:, :300], picture[60:, 310:610]
    assert ((a == 0) | (a == 255)).mean() > 2 * ((b == 0) | (b == 255)).mean()


def test_fat_moves_the_reflector_deeper():
    assert_allclose(u.speed_shift(), 1.86, atol=0.01)
    assert_allclose(1540 / 1450, 1.062, atol=0.001)
    data = u.speed_error_db()
    depths = [Z[data[:, np.abs(X[0] - x) < 3].mean(axis=1).argmax(), 0] for x in (0, 22)]
    assert_allclose(depths[0] - depths[1], 1.86, atol=0.15)
