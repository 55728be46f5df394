import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizengine.charts import (
    Z95,
    BandValue,
    LinearScale,
    axis_range,
    band,
    band_chart,
    item_curve,
    mini_band,
    nice_step,
    number_label,
    precision_meter,
    progress_rule,
    proportions,
    ticks,
    wilson_interval,
)

finite = st.floats(-1e4, 1e4, allow_nan=False)
errors = st.floats(1e-3, 50)


def value(estimate, standard_error, **words):
    return BandValue(
        code="R1", name="Care", estimate=estimate, standard_error=standard_error, **words
    )


@settings(deadline=None)
@given(low=finite, span=st.floats(1e-3, 1e4), position=finite)
def test_every_position_lies_on_the_chart(low, span, position):
    scale = LinearScale(low, low + span)

    assert 0 <= scale.at(position) <= 100
    assert scale.at(scale.low) == 0
    assert scale.at(scale.high) == 100


def test_a_vertical_scale_puts_the_highest_value_on_top():
    up = LinearScale(0, 1, 100, 0)

    assert [up.at(0), up.at(0.25), up.at(1)] == [100, 75, 0]


def test_a_scale_without_extent_is_refused():
    with pytest.raises(ValueError, match="low < high"):
        LinearScale(3, 3)


@settings(deadline=None)
@given(span=st.floats(1e-3, 1e6), at_most=st.integers(1, 30))
def test_a_nice_step_is_one_two_or_five_and_fits(span, at_most):
    step = nice_step(span, at_most)
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)

    assert span / step <= at_most * (1 + 1e-6)
    assert min(abs(mantissa - nice) for nice in (1, 2, 5, 10)) < 1e-6


def test_labels_stand_at_round_values_wherever_the_scale_begins():
    marks = ticks(LinearScale(47, 73), 1, 5, 10)

    assert [mark.label for mark in marks if mark.label] == ["50", "60", "70"]
    assert [mark.size for mark in marks if mark.x == LinearScale(47, 73).at(55)] == ["middle"]


def test_numbers_carry_a_true_minus_sign_and_no_idle_zeros():
    assert [number_label(v) for v in (-0.5, 1.0, 0.30, -0.0, 75, 100)] == [
        "−0.5",
        "1",
        "0.3",
        "0",
        "75",
        "100",
    ]


@settings(deadline=None)
@given(estimate=st.floats(-3, 3), standard_error=st.floats(0.01, 1))
def test_the_68_percent_band_lies_inside_the_95_percent_band(estimate, standard_error):
    drawn = band(LinearScale(-6, 6), estimate, standard_error)

    assert drawn.outer.x <= drawn.inner.x <= drawn.x <= drawn.inner.end <= drawn.outer.end
    assert drawn.outer.width == pytest.approx(Z95 * drawn.inner.width, abs=0.05)


@settings(deadline=None)
@given(
    estimates=st.lists(st.tuples(st.floats(1, 99), errors), min_size=1, max_size=12),
    cut=st.floats(1, 99),
    cut_error=st.floats(0, 5),
)
def test_a_band_chart_never_draws_outside_itself(estimates, cut, cut_error):
    chart = band_chart([value(*pair) for pair in estimates], cut=cut, cut_error=cut_error)

    assert chart.cut is not None
    for drawn in [row.band.outer for row in chart.rows] + [chart.cut.zone]:
        assert drawn.x >= 0
        assert drawn.width >= 0
        assert drawn.end <= 100.01
    assert all(0 <= mark.x <= 100 for mark in chart.ticks)


def test_the_axis_shows_only_the_part_of_the_scale_that_is_used():
    chart = band_chart([value(80, 4), value(63, 3.8)], cut=75, cut_error=1.5)

    assert [mark.label for mark in chart.ticks if mark.label] == ["50", "60", "70", "80", "90"]


def test_a_band_above_the_cut_is_drawn_right_of_it():
    chart = band_chart([value(85, 3)], cut=75, cut_error=1)

    assert chart.cut is not None
    assert chart.rows[0].band.inner.x > chart.cut.x


def test_a_chart_without_a_standard_draws_none():
    assert band_chart([value(50, 5)]).cut is None


def test_a_chart_without_rows_still_has_an_axis():
    assert len(band_chart([]).ticks) > 10


@settings(deadline=None)
@given(estimate=st.floats(-8, 8), standard_error=st.floats(0.05, 3), cut=st.floats(-4, 4))
def test_a_small_band_widens_its_axis_until_everything_fits(estimate, standard_error, cut):
    drawn = mini_band(estimate, standard_error, cut=cut, cut_error=0.12)

    assert drawn.band.inner.width == pytest.approx(drawn.band.outer.width / Z95, abs=0.02)
    assert sum(1 for mark in drawn.ticks if mark.label) <= 20


@settings(deadline=None)
@given(now=st.floats(0.05, 60), aim=st.floats(0.05, 60), step=st.sampled_from([0.1, 1.0]))
def test_the_bracket_is_inside_the_zone_exactly_when_the_aim_is_reached(now, aim, step):
    meter = precision_meter(now, aim, step=step)

    assert meter.reached == (now <= aim)
    assert (meter.now.width <= meter.aim.width) or not meter.reached
    assert meter.now.end <= 74
    assert 2 <= len(meter.ticks) <= 60


def test_the_middle_of_a_precision_meter_is_the_estimate():
    meter = precision_meter(5.5, 4)

    assert meter.now.middle == pytest.approx(50, abs=0.01)
    assert meter.aim.middle == pytest.approx(50, abs=0.01)


@settings(deadline=None)
@given(position=st.integers(1, 300), limit=st.integers(1, 300))
def test_the_pointer_stands_one_question_beyond_what_is_done(position, limit):
    rule = progress_rule(position, limit)

    assert 0 <= rule.done < rule.now <= 100
    assert 1 <= sum(1 for mark in rule.ticks if mark.size == "major") <= 9


def test_a_rule_of_twenty_questions_has_a_tick_for_each():
    rule = progress_rule(7, 20, expected=(12, 20))

    assert len(rule.ticks) == 21
    assert [mark.label for mark in rule.ticks if mark.label] == ["0", "5", "10", "15", "20"]
    assert (rule.done, rule.now) == (30, 35)
    assert rule.expected is not None
    assert (rule.expected.x, rule.expected.end) == (60, 100)


def test_a_finish_that_lies_behind_is_no_longer_expected():
    assert progress_rule(15, 20, expected=(8, 12)).expected is None


@settings(deadline=None)
@given(counts=st.lists(st.integers(0, 500), min_size=1, max_size=6).filter(any))
def test_shares_fill_the_bar_without_gap_or_overlap(counts):
    segments = proportions([(str(index), count) for index, count in enumerate(counts)])

    assert segments[0].zone.x == 0
    assert segments[-1].zone.end == pytest.approx(100, abs=0.01)
    for left, right in pairwise(segments):
        assert left.zone.end == pytest.approx(right.zone.x, abs=0.01)


def test_an_empty_proportion_bar_has_no_segments():
    assert proportions([("new", 0), ("unchanged", 0)]) == ()


def test_wilsons_interval_agrees_with_a_published_example():
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I: 81 of 263.
    assert wilson_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)


@settings(deadline=None)
@given(share=st.floats(0, 1), n=st.integers(1, 10_000))
def test_an_interval_holds_its_share_and_stays_between_nothing_and_all(share, n):
    lower, upper = wilson_interval(share, n)

    assert 0 <= lower <= share + 1e-12
    assert share - 1e-12 <= upper <= 1


def test_an_item_curve_rises_from_left_to_right():
    curve = item_curve(lambda theta: 1 / (1 + math.exp(-theta)), difficulty=0.0)
    heights = [float(pair.split(",")[1]) for pair in curve.line.split()]

    assert len(heights) == 61
    assert heights == sorted(heights, reverse=True)
    assert curve.difficulty == 50
    assert curve.shade == ""


def test_groups_off_the_axis_or_without_students_are_not_drawn():
    groups = [(-5.0, 0.1, 40, False), (0.0, 0.5, 0, False), (1.0, 0.8, 60, True)]
    curve = item_curve(lambda theta: 0.5, band95=lambda theta: (0.4, 0.6), groups=groups)

    assert [group.misfits for group in curve.groups] == [True]
    assert curve.groups[0].low > curve.groups[0].y > curve.groups[0].high
    assert len(curve.shade.split()) == 122


def test_axis_range_of_a_single_value_still_has_extent():
    low, high = axis_range([70.0], 10)

    assert low <= 70 < high
