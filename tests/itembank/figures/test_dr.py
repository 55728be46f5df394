"""Every digital radiography figure shows the effect it is named after."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from itembank.figures import dr


@pytest.mark.parametrize(("quanta", "snr"), [(50, 7.07), (200, 14.1), (800, 28.3)])
def test_signal_to_noise_is_the_root_of_the_quanta(quanta, snr):
    free = dr.mottled(quanta)[dr.contrast_object() == 1]
    assert_allclose(free.mean() / free.std(), snr, rtol=0.03)


def test_grid_beats_at_the_sampling_frequency_minus_its_own():
    line = dr.moire_samples(count=2000)
    power = np.abs(np.fft.rfft(line - line.mean()))
    frequency = np.fft.rfftfreq(line.size, 0.139)
    assert_allclose(frequency[power.argmax()], 1 / 0.139 - 4.0, atol=0.01)


def test_off_centre_grid_loses_evenly_and_upside_down_grid_keeps_the_centre():
    x = np.linspace(-20, 20, 401)
    correct, shifted, inverted = dr.grid_profiles(x)
    assert_allclose(correct, 1)
    assert_allclose(shifted, 1 - 8 * 5 / 100)
    assert inverted[200] == 1
    assert inverted[np.abs(x) > 6.3].max() == 0


def test_heel_effect_weakens_the_anode_side_and_more_so_for_a_small_angle():
    x = np.array([-15.0, 0.0, 15.0])
    anode, centre, cathode = dr.heel(x)
    assert anode < centre < cathode
    assert_allclose(centre, 1)
    assert dr.heel(x, anode_angle=16.0)[0] > anode


def test_large_focal_spot_wipes_out_the_line_pairs_of_its_own_width():
    x = np.arange(-5, 5, 1 / 50)
    middle = np.abs(x) < 3
    contrast = {spot: [np.ptp(row[middle]) for row in dr.line_pairs(spot)] for spot in (0.6, 1.2)}
    vanished = dr.FREQUENCIES.index(2.5)
    assert contrast[1.2][vanished] < 0.05
    assert contrast[0.6][vanished] > 0.5
    three = dr.FREQUENCIES.index(3.0)
    small, large = (dr.line_pairs(spot)[three][middle] for spot in (0.6, 1.2))
    assert np.corrcoef(small, large)[0, 1] < 0  # dark and bright change places


def test_one_column_and_seven_pixels_are_dead():
    dead = dr.with_dead_pixels() == 0
    assert dead[:, 97].all()
    assert dead.sum() == 110 + 7


def test_stitched_picture_has_a_step_and_a_jump():
    picture = dr.stitched()
    assert_allclose(
        picture[245:290, 60:90].mean() - picture[190:235, 60:90].mean(), 0.16, atol=0.01
    )
    edges = [
        int(np.flatnonzero(picture[rows].mean(axis=0) > level)[0])
        for rows, level in ((np.s_[228:238], 0.55), (np.s_[242:252], 0.71))
    ]
    assert 8 <= edges[1] - edges[0] <= 10


def test_earlier_exposure_lies_over_the_present_one():
    picture = dr.lag().astype(float)
    assert_allclose(
        picture[44:56, 100:320].mean() - picture[44:56, 20:80].mean(), 0.12 / 0.79 * 255, atol=6
    )
