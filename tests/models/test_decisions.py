"""Above, below, too close to call, not enough."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from models.decisions import decide


@pytest.mark.parametrize(
    ("mean", "error", "cut_error", "verdict"),
    [
        (0.60, 0.3, 0.0, "above"),
        (0.58, 0.3, 0.0, "too-close"),
        (-0.60, 0.3, 0.0, "below"),
        (0.60, 0.3, 0.1, "too-close"),
        (0.0, 0.3, 0.0, "too-close"),
    ],
)
def test_a_verdict_needs_the_95_percent_interval_on_one_side(mean, error, cut_error, verdict):
    assert decide(mean, error, 0.0, cut_error).verdict == verdict


def test_probability_above_is_the_normal_one():
    assert_allclose(decide(1.0, 0.6, 0.2, 0.8).probability_above, 0.78814, atol=1e-5)


def test_few_items_decide_nothing():
    assert decide(3.0, 0.1, 0.0, n_items=4).verdict == "not-enough"
    assert decide(3.0, 0.1, 0.0, n_items=5).verdict == "above"
    assert decide(3.0, 0.1, 0.0, n_items=5, minimum_items=8).verdict == "not-enough"


@settings(deadline=None)
@given(mean=st.floats(-4, 4), error=st.floats(0.05, 2), cut=st.floats(-3, 3), other=st.floats(0, 1))
def test_the_mirror_image_has_the_opposite_verdict(mean, error, cut, other):
    opposite = {"above": "below", "below": "above", "too-close": "too-close"}
    decision, mirror = decide(mean, error, cut, other), decide(-mean, error, -cut, other)

    assert opposite[decision.verdict] == mirror.verdict
    assert_allclose(decision.probability_above + mirror.probability_above, 1, atol=1e-12)


def test_a_certain_ability_is_compared_directly():
    assert decide(0.1, 0.0, 0.0).verdict == "above"
    assert decide(0.0, 0.0, 0.0).verdict == "too-close"


@pytest.mark.parametrize(
    "call", [(math.nan, 0.3, 0.0), (0.0, -0.3, 0.0), (0.0, 0.3, 0.0, 0.0, 1.0)]
)
def test_bad_numbers_are_refused_with_a_sentence(call):
    with pytest.raises(ValueError, match=r"must"):
        decide(*call)
