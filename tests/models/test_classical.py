from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose

from models import MISSING, Responses
from models.classical import item_statistics

matrices = hnp.arrays(
    np.int8, st.tuples(st.integers(2, 15), st.integers(2, 6)), elements=st.integers(MISSING, 1)
)


@given(matrix=matrices)
def test_statistics_are_those_of_the_definition(matrix):
    found = item_statistics(Responses.from_dense(matrix))
    for j in range(matrix.shape[1]):
        met = matrix[:, j] != MISSING
        if met.any():
            assert_allclose(found.proportion_correct[j], matrix[met, j].mean())
        else:
            assert np.isnan(found.proportion_correct[j])
        rest = np.delete(matrix, j, axis=1)
        usable = met & (rest != MISSING).any(axis=1)
        x = matrix[usable, j].astype(float)
        y = np.array([row[row != MISSING].mean() for row in rest[usable]])
        if x.size > 1 and np.ptp(x) > 0 and np.ptp(y) > 1e-9:
            assert_allclose(found.item_rest_correlation[j], np.corrcoef(x, y)[0, 1], atol=1e-9)
        else:
            assert np.isnan(found.item_rest_correlation[j])


def test_alpha_of_a_worked_example():
    # four persons, three items: variances 3/16 + 4/16 + 3/16, of the sums 5/4
    matrix = [[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]]

    assert_allclose(item_statistics(Responses.from_dense(matrix)).alpha, 1.5 * (1 - 10 / 16 / 1.25))


def test_alpha_needs_everybody_to_answer_everything():
    assert np.isnan(item_statistics(Responses.from_dense([[1, 0], [1, -1]])).alpha)
