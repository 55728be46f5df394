from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose

from models import MISSING, Responses
from models.classical import distractor_statistics, item_statistics

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


@given(matrix=matrices)
def test_order_of_persons_and_items_does_not_matter(matrix):
    rng = np.random.default_rng(0)
    items, persons = rng.permutation(matrix.shape[1]), rng.permutation(matrix.shape[0])

    one = item_statistics(Responses.from_dense(matrix))
    other = item_statistics(Responses.from_dense(matrix[np.ix_(persons, items)]), None)

    assert_allclose(one.item_rest_correlation[items], other.item_rest_correlation, atol=1e-12)
    assert_allclose(one.proportion_correct[items], other.proportion_correct)


def test_alpha_without_an_item_is_alpha_of_the_others():
    rng = np.random.default_rng(1)
    matrix = (rng.random((200, 5)) < 0.6).astype(np.int8)
    matrix[:, 1:3] = matrix[:, :1]

    found = item_statistics(Responses.from_dense(matrix))

    for j in range(5):
        rest = item_statistics(Responses.from_dense(np.delete(matrix, j, axis=1)))
        assert_allclose(found.alpha_without[j], rest.alpha, atol=1e-12)


def test_alpha_of_a_planned_missing_design_is_near_that_of_the_complete_data():
    rng = np.random.default_rng(2)
    ability = rng.standard_normal(3000)
    complete = (rng.random((3000, 9)) < 1 / (1 + np.exp(-1.5 * ability[:, None]))).astype(np.int8)
    planned = complete.copy()
    for form in range(3):  # everybody leaves out one block of three items
        planned[form::3, 3 * form : 3 * form + 3] = MISSING

    whole = item_statistics(Responses.from_dense(complete)).alpha
    part = item_statistics(Responses.from_dense(planned)).alpha

    assert abs(whole - part) < 0.02


def test_partial_credit_is_a_share_of_the_maximum():
    matrix = [[2, 1], [1, 0], [0, 0], [2, 1]]

    found = item_statistics(Responses.from_dense(matrix))

    assert_allclose(found.proportion_correct, [5 / 8, 0.5])
    assert_allclose(found.item_rest_correlation[0], np.corrcoef([2, 1, 0, 2], [1, 0, 0, 1])[0, 1])


def test_a_maximum_below_a_score_names_the_item():
    with pytest.raises(ValueError, match="item 0 has a score of 2"):
        item_statistics(Responses.from_dense([[2, 1]]), maximum=[1, 1])


def test_distractors_are_counted_and_correlated():
    rng = np.random.default_rng(3)
    choices = rng.integers(0, 4, (60, 5))
    choices[rng.random(choices.shape) < 0.1] = -1
    keys = np.array([0, 1, 2, 3, 0])

    found = distractor_statistics(choices, keys)

    right = (choices == keys) & (choices >= 0)
    for j in range(5):
        met = choices[:, j] >= 0
        others = np.delete(np.arange(5), j)
        rest = right[:, others].sum(axis=1) / (choices[:, others] >= 0).sum(axis=1)
        for k in range(4):
            chosen = choices[met, j] == k
            assert found.count[j, k] == chosen.sum()
            assert_allclose(found.proportion[j, k], chosen.mean())
            assert_allclose(found.point_biserial[j, k], np.corrcoef(chosen, rest[met])[0, 1])
            assert_allclose(found.mean_criterion[j, k], rest[met][chosen].mean())


def test_a_wrong_key_is_seen_by_who_chose_the_other_option():
    rng = np.random.default_rng(4)
    ability = rng.standard_normal(500)
    right = rng.random((500, 6)) < 1 / (1 + np.exp(-1.5 * ability[:, None]))
    choices = np.where(right, 0, rng.integers(1, 4, right.shape))
    keys = np.zeros(6, dtype=int)
    keys[2] = 1  # the true answer is option 0

    found = distractor_statistics(choices, keys)

    assert np.argwhere(found.attracts_able).tolist() == [[2, 0]]
    assert not found.rarely_chosen.any()


def test_a_distractor_that_nobody_takes_is_named():
    choices = np.array([[0], [0], [1], [0]])

    found = distractor_statistics(choices, [0], n_options=[3], criterion=[1.0, 2.0, 0.5, 1.0])

    assert found.rarely_chosen.tolist() == [[False, False, True]]


def test_a_choice_that_is_no_option_names_the_item():
    with pytest.raises(ValueError, match=r"item 1.*0 to 1"):
        distractor_statistics([[0, 2]], [0, 0], n_options=[2, 2])
