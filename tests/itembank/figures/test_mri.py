"""Every MRI figure shows the effect it is named after."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from itembank.figures import mri


def order(tr, te):
    return sorted(("fat", "white", "grey", "csf"), key=lambda t: mri.spin_echo(t, tr, te))


def test_t1_weighting_makes_fat_bright_and_fluid_dark():
    assert order(500, 15)[0] == "csf"
    assert order(500, 15)[-1] == "fat"
    assert mri.spin_echo("white", 500, 15) > mri.spin_echo("grey", 500, 15)


def test_t2_weighting_makes_fluid_bright():
    assert order(4000, 100)[-1] == "csf"
    assert mri.spin_echo("grey", 4000, 100) > mri.spin_echo("white", 4000, 100)


def test_gibbs_overshoot_is_nine_percent_of_the_step():
    step = np.zeros((mri.SIZE, mri.SIZE))
    step[64:192] = 1.0
    profile = mri.truncated(step, 64)[:, 128]
    assert_allclose(profile.max() - 1, 0.088, atol=0.012)


def test_half_the_phase_lines_fold_the_picture():
    folded = mri.wrapped()
    assert folded.shape == (mri.SIZE // 2, mri.SIZE)
    head = mri.head()
    assert_allclose(folded, head[64:192] + np.concatenate([head[192:], head[:64]]), atol=1e-6)


def test_ghosts_lie_in_the_phase_direction_only():
    ghosts = np.abs(mri.ghosted() - mri.ghosted(strength=0.0))
    columns = np.flatnonzero(ghosts.max(axis=0) > 0.15)
    rows = np.flatnonzero(ghosts.max(axis=1) > 0.15)
    assert np.ptp(columns) < 26
    assert np.ptp(rows) > 150


def test_spike_covers_the_picture_with_one_frequency():
    stripes = np.abs(mri.to_k(mri.spiked() - mri.head()))
    middle = mri.SIZE // 2
    stripes[middle - 4 : middle + 5, middle - 4 : middle + 5] = 0  # mean brightness
    peak = np.unravel_index(stripes.argmax(), stripes.shape)
    assert (abs(peak[0] - middle), abs(peak[1] - middle)) == (22, 15)


def test_zipper_is_one_column():
    line = np.abs(mri.zippered() - mri.head())
    assert line.mean(axis=0).argmax() == 84
    assert line.mean(axis=0)[84] > 20 * np.median(line.mean(axis=0) + 1e-6)


def test_fat_moves_by_four_pixels():
    assert 224 / 56 == 4
    true, measured = mri.shifted_fat()
    row = 128
    left_edge = [int(np.flatnonzero(picture[row] > 0.4)[0]) for picture in (true, measured)]
    assert left_edge[1] - left_edge[0] == 4
    assert measured.max() > 1.2  # fat over water on one side
    inner = measured[row, 40:216]
    assert inner.min() < 0.05  # neither on the other


def test_four_measurements_double_the_signal_to_noise():
    noise = [(mri.noisy(nex) - mri.head())[100:150, 150:170].std() for nex in (1, 4)]
    assert_allclose(noise[0] / noise[1], 2.0, atol=0.15)


def test_clip_leaves_a_hole_with_a_bright_rim():
    near = np.s_[96:116, 152:173]
    picture, head = mri.void_picture(), mri.head()
    assert picture[near].min() < 0.05 < head[near].min()
    assert picture[80:130, 135:190].max() > 1.5 * head[80:130, 135:190].max()


@pytest.mark.parametrize(("t1", "null"), [(250, 173), (4000, 2773)])
def test_inversion_null_is_t1_times_ln_2(t1, null):
    ti = np.arange(0, 4001.0)
    assert ti[mri.inversion(ti, t1).argmin()] == null
