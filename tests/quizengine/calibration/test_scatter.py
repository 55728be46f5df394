"""Old against new values: where the dots and the line of no change lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizengine.charts import scatter

values = st.floats(-8, 8)


@given(pairs=st.lists(st.tuples(values, values), min_size=1, max_size=20))
def test_every_dot_lies_in_the_drawing(pairs):
    chart = scatter([(old, new, 0.3, "", "") for old, new in pairs])
    assert all(0 <= place <= 100 for dot in chart.dots for place in (dot.x, dot.y, dot.high))
    assert all(dot.high <= dot.y <= dot.low for dot in chart.dots)


@given(value=st.floats(-4, 4))
def test_what_did_not_change_lies_on_the_line(value):
    chart = scatter([(value, value, 0.0, "", ""), (-3.5, 1.2, 0.0, "", "")])
    x1, y1, x2, y2 = chart.same
    dot = chart.dots[0]
    assert dot.y == pytest.approx(y1 + (dot.x - x1) * (y2 - y1) / (x2 - x1), abs=0.1)


def test_harder_than_before_lies_above_the_line():
    same, harder = scatter([(0.0, 0.0, 0.0, "", ""), (0.0, 0.9, 0.0, "", "")]).dots
    assert harder.x == same.x
    assert harder.y < same.y
