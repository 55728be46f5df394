"""The drawings and plots follow the formulas they are named after."""

import numpy as np
from numpy.testing import assert_allclose

from itembank.figures import geometry as g


def test_magnification_and_penumbra_of_the_topic_list():
    assert_allclose([g.magnification(100, 10), g.magnification(180, 15)], [1.11, 1.09], atol=0.005)
    assert_allclose([g.penumbra(1, 100, 10), g.penumbra(1, 100, 40)], [0.111, 0.667], atol=0.001)


def test_twice_the_distance_leaves_a_quarter():
    assert_allclose(g.inverse_square_percent(np.array([50.0, 100, 200])), [400, 100, 25])


def test_three_half_value_layers_leave_an_eighth():
    assert_allclose(g.transmission_percent(np.array([2.0, 6.0]), 2.0), [50, 12.5])


def test_spectrum_ends_at_the_peak_voltage_and_has_lines_only_above_70():
    energy = np.linspace(15, 130, 2301)
    low, middle, high = (g.spectrum(energy, peak) for peak in (65.0, 80.0, 120.0))
    for curve, peak in ((low, 65), (middle, 80), (high, 120)):
        assert curve[energy > peak + 0.1].max() < 1e-9
    line, beside = np.argmin(np.abs(energy - 59.3)), np.argmin(np.abs(energy - 55))
    assert low[line] < low[beside]
    assert high[line] > 2 * high[beside]


def test_spectrum_output_grows_about_with_the_square_of_the_voltage():
    energy = np.linspace(15, 130, 2301)
    output = [np.sum(g.spectrum(energy, peak) * energy) for peak in (80.0, 120.0)]
    assert 2.0 < output[1] / output[0] < 4.0


def test_smaller_anode_angle_gives_a_smaller_effective_spot():
    assert_allclose([g.effective_spot(4, 7), g.effective_spot(4, 15)], [0.49, 1.04], atol=0.005)


def test_tilted_object_is_foreshortened_and_tilted_receptor_elongates():
    assert_allclose([g.shadow(0, 0), g.shadow(35, 0), g.shadow(0, 35)], [1, 0.82, 1.22], atol=0.005)


def test_right_back_lies_lowest_in_the_oblique_drawing():
    right, left, back = g.turned([(-100, 0), (100, 0), (0, 100)], -45, (0, 0))
    assert right[1] > 0 > left[1]
    assert right[0] < 0 < back[0]
    assert back[1] > 0
