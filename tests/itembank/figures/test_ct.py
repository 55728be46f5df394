"""Every CT figure shows the fault it is named after."""

import numpy as np
from numpy.testing import assert_allclose

from itembank.figures import ct

LINE = (np.arange(ct.SIZE) - (ct.SIZE - 1) / 2) * ct.PITCH
RADIUS = np.hypot(*np.meshgrid(LINE, LINE))


def ring_mean(image, low, high):
    return image[(low <= RADIUS) & (high > RADIUS)].mean()


def test_reconstruction_returns_the_ct_numbers_of_the_phantom():
    hu = ct.clean_body()
    lung, muscle, spine = hu[118, 75], hu[134, 128], hu[174, 128]
    assert_allclose([lung, muscle, spine], [-800, 40, 740], atol=15)


def test_ring_lies_at_the_radius_of_the_faulty_channel():
    difference = np.abs(ct.ring_hu(30) - ct.ring_hu(30, gain=1.0))
    pixels = np.round(RADIUS / ct.PITCH).astype(int)
    mean = np.bincount(pixels.ravel(), difference.ravel()) / np.maximum(
        np.bincount(pixels.ravel()), 1
    )
    assert mean[5:110].argmax() + 5 == 30


def test_two_energies_cup_the_water_cylinder_and_one_does_not():
    ratios = []
    for two_energies in (True, False):
        mu = 1 + ct.water_cylinder_hu(two_energies=two_energies) / 1000
        ratios.append(ring_mean(mu, 0, 15) / ring_mean(mu, 110, 114))
    assert_allclose(ratios, [0.93, 1.00], atol=0.012)


def test_band_between_the_metal_balls_is_darker_than_the_tissue_above():
    hu = ct.metal_hu()
    assert hu[124:132, 118:138].mean() < hu[80:95, 118:138].mean() - 200


def test_starved_streaks_run_along_the_long_axis():
    hu = ct.starvation_hu()[118:138, 140:175]
    across = np.abs(np.diff(hu, axis=0)).mean()
    along = np.abs(np.diff(hu, axis=1)).mean()
    assert across > 1.5 * along


def test_four_times_the_dose_halves_the_noise():
    muscle = np.s_[124:150, 118:138]
    deviations = [
        np.mean(
            [
                (ct.noisy_hu(mas, seed=seed) - ct.noisy_hu(1e9, seed=1))[muscle].std()
                for seed in (11, 12, 13)
            ]
        )
        for mas in (50, 200)
    ]
    assert_allclose(deviations[0] / deviations[1], 2.0, atol=0.2)


def test_window_shows_level_plus_and_minus_half_the_width():
    ramp = np.tile(np.linspace(-200, 300, 500), (500, 1))
    row = ct.window(ramp, 350, 40)[250].astype(float)
    hu = ramp[250]
    assert row[hu < 40 - 180].max() == 0
    assert row[hu > 40 + 180].min() == 255
    assert_allclose(np.interp(127.5, row, hu), 40, atol=8)


def test_thirty_views_leave_more_than_twice_the_error():
    inside = RADIUS < 110
    best = ct.clean_body(720)
    errors = [np.sqrt(np.mean((ct.clean_body(n) - best)[inside] ** 2)) for n in (30, 180)]
    assert errors[0] > 2.3 * errors[1]


def test_motion_spoils_what_a_still_phantom_shows():
    still = ct.moved_hu(0.0)
    assert_allclose(still, ct.clean_body(360), atol=1e-6)
    assert np.sqrt(np.mean((ct.moved_hu(8.0) - still) ** 2)) > 50


def test_truncated_scan_has_a_bright_rim():
    hu = ct.truncated_hu()
    assert ring_mean(hu, 112, 119) > ring_mean(hu, 20, 50) + 300


def test_sharp_kernel_is_noisier_and_steeper():
    edge, muscle = np.s_[118, 100:125], np.s_[124:150, 118:138]
    smooth, sharp = (ct.noisy_hu(400, smooth=s, seed=12) for s in (1.5, 0.0))
    assert sharp[muscle].std() > 2 * smooth[muscle].std()
    assert np.abs(np.diff(sharp[edge])).max() > 1.3 * np.abs(np.diff(smooth[edge])).max()


def test_thick_slice_averages_the_nodule_with_lung():
    centre = [ct.nodule_hu(t)[119:121, 119:121].mean() for t in (1.0, 10.0)]
    assert_allclose(centre, [100, -440], atol=3)
