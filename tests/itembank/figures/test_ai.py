"""The AI figures carry the numbers their items rely on."""

import numpy as np
from numpy.testing import assert_allclose

from itembank.figures import ai


def test_roc_areas_are_those_of_the_catalogue():
    thresholds = np.linspace(8, -8, 4000)
    areas = [np.trapezoid(y, x) for x, y in (ai.roc(s, thresholds) for s in ai.SEPARATIONS)]
    assert_allclose(areas, [0.92, 0.76], atol=0.001)


def test_table_gives_ninety_percent_and_a_predictive_value_of_a_half():
    (tp, fp), (fn, tn) = ai.CONFUSION
    assert_allclose([tp / (tp + fn), tn / (tn + fp), tp / (tp + fp)], [0.9, 0.9, 0.5])


def test_discs_share_eight_tenths():
    assert_allclose(ai.overlap_fraction(ai.DICE_SHIFT), 0.8, atol=0.0005)
    assert_allclose(ai.dice(1000, 1000, 800), 0.8)


def test_validation_loss_is_lowest_near_epoch_thirty_while_training_falls():
    epoch = np.arange(101.0)
    training, validation = ai.losses(epoch)
    assert np.all(np.diff(training) < 0)
    assert 27 <= validation.argmin() <= 34
    assert validation[-1] > validation.min() + 0.3


def test_model_is_over_confident():
    assert_allclose(ai.observed(np.array([0.9])), [0.65], atol=0.005)


def test_threshold_one_gives_sensitivity_and_specificity_of_84_percent():
    false_positive, true_positive = ai.roc(2.0, np.array([1.0]))
    assert_allclose([true_positive[0], 1 - false_positive[0]], [0.841, 0.841], atol=0.001)
