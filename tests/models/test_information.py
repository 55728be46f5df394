"""Fisher information of items."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from models.information import item_information
from models.information import test_information as information_of_test
from models.parameters import ItemParameters
from models.response_functions import probability, probability_slope


@settings(deadline=None)
@given(
    theta=st.floats(-6, 6),
    a=st.floats(0.2, 3),
    b=st.floats(-4, 4),
    c=st.floats(0, 0.4),
    d=st.floats(0.8, 1),
)
def test_information_is_squared_slope_over_variance(theta, a, b, c, d):
    items = ItemParameters.of(a, b, c, d)
    p = probability(theta, items)

    information = item_information(theta, items)

    assert_allclose(information, probability_slope(theta, items) ** 2 / (p * (1 - p)), rtol=1e-6)


def test_information_of_a_2pl_item_peaks_at_its_difficulty():
    items = ItemParameters.of(1.5, 0.4)
    theta = np.linspace(-3, 3, 601)

    information = item_information(theta, items)[:, 0]

    assert_allclose(theta[information.argmax()], 0.4, atol=1e-9)
    assert_allclose(information.max(), 1.5**2 / 4)


def test_information_is_finite_far_away():
    items = ItemParameters.of([2.5, 2.5], [0.0, 0.0], [0.0, 0.2])

    assert np.isfinite(item_information(np.array([-1e4, -60.0, 60.0, 1e4]), items)).all()


def test_information_of_a_test_is_the_sum_over_its_items():
    items = ItemParameters.of([1.0, 1.4, 0.7], [-1.0, 0.0, 1.0], 0.2)

    assert_allclose(information_of_test(0.3, items), item_information(0.3, items).sum())
    assert information_of_test(np.zeros(4), items).shape == (4,)
