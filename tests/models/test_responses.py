from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_array_equal

from models import MISSING, Responses

matrices = hnp.arrays(
    np.int8,
    st.tuples(st.integers(0, 12), st.integers(0, 8)),
    elements=st.integers(MISSING, 2),
)


@given(matrix=matrices)
@settings(deadline=None)
def test_a_matrix_comes_back_as_it_went_in(matrix):
    responses = Responses.from_dense(matrix)

    assert_array_equal(responses.to_dense(), matrix)
    assert responses.n_responses == (matrix != MISSING).sum()
    assert_array_equal(responses.per_item(), (matrix != MISSING).sum(axis=0))
    assert_array_equal(responses.per_person(), (matrix != MISSING).sum(axis=1))


@given(matrix=matrices, seed=st.integers(0, 1000))
@settings(deadline=None)
def test_triples_in_any_order_are_the_same_responses(matrix, seed):
    person, item = np.nonzero(matrix != MISSING)
    order = np.random.default_rng(seed).permutation(person.size)
    responses = Responses.from_triples(
        person[order],
        item[order],
        matrix[person, item][order],
        n_persons=matrix.shape[0],
        n_items=matrix.shape[1],
    )

    assert_array_equal(responses.to_dense(), matrix)


@given(matrix=matrices)
@settings(deadline=None)
def test_nan_means_missing_as_minus_one_does(matrix):
    floats = np.where(matrix == MISSING, np.nan, matrix)

    assert_array_equal(Responses.from_dense(floats).to_dense(), matrix)


@given(matrix=matrices, data=st.data())
@settings(deadline=None)
def test_taking_persons_and_items_is_indexing_the_matrix(matrix, data):
    n_persons, n_items = matrix.shape
    persons = np.array(data.draw(st.permutations(range(n_persons))), dtype=int)[::2]
    items = np.array(data.draw(st.permutations(range(n_items))), dtype=int)[::2]
    responses = Responses.from_dense(matrix)

    assert_array_equal(responses.take_persons(persons).to_dense(), matrix[persons])
    assert_array_equal(responses.take_items(items).to_dense(), matrix[:, items])


@pytest.mark.parametrize("missing", [-1, np.nan])
def test_a_triple_without_a_score_is_left_out(missing):
    responses = Responses.from_triples([0, 0, 1], [0, 1, 0], np.array([1, missing, 0]))

    assert responses.n_responses == 2


def test_two_answers_of_one_person_to_one_item_are_refused():
    with pytest.raises(ValueError, match=r"person 1 has more than one answer to item 2"):
        Responses.from_triples([0, 1, 1], [2, 2, 2], [1, 0, 1])


@pytest.mark.parametrize(
    ("matrix", "sentence"),
    [
        ([[0, 1], [1, 0.5]], r"person 1, item 1 .* holds 0.5"),
        ([[0, -2]], r"person 0, item 1 .* holds -2"),
        ([[0, np.inf]], r"holds inf"),
        ([[0, 300]], r"holds 300"),
        ([["a", "b"]], r"must hold numbers"),
        ([0, 1, 1], r"matrix persons x items"),
    ],
)
def test_a_cell_that_is_no_score_is_named(matrix, sentence):
    with pytest.raises(ValueError, match=sentence):
        Responses.from_dense(matrix)


@pytest.mark.parametrize(
    ("person", "item", "score", "sentence"),
    [
        ([0, 1], [0], [1], r"equally long"),
        ([0, -1], [0, 0], [1, 1], r"person -1 is negative"),
        ([0.5], [0], [1], r"person must hold whole numbers"),
        ([0], [7], [1], r"item 7 is out of range: n_items is 5"),
        ([0], [0], [9000], r"answer 0 holds 9000"),
    ],
)
def test_a_triple_that_cannot_be_is_explained(person, item, score, sentence):
    with pytest.raises(ValueError, match=sentence):
        Responses.from_triples(person, item, score, n_items=5)


def test_memory_grows_with_the_answers_only():
    responses = Responses.from_triples([0, 999_999], [0, 999_999], [1, 0])

    assert responses.n_persons * responses.n_items == 10**12
    assert responses.item.nbytes + responses.score.nbytes < 100
