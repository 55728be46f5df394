from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose

from models import MISSING, Responses
from models.kernels import (
    DenseKernel,
    Sample,
    SparseKernel,
    Tables,
    expected_counts_of,
    item_tables,
    with_weights,
)
from models.quadrature import Quadrature

QUADRATURE = Quadrature.normal(21)

matrices = hnp.arrays(
    np.int8,
    st.tuples(st.integers(1, 12), st.integers(1, 6)),
    elements=st.integers(MISSING, 1),
)


def tables_for(n_items: int, seed: int, guessing: bool = False) -> Tables:
    rng = np.random.default_rng(seed)
    c = np.full(n_items, 0.2) if guessing else None
    tables = item_tables(
        rng.lognormal(0, 0.4, n_items), rng.normal(0, 1.5, n_items), c, QUADRATURE.nodes
    )
    return with_weights(tables, QUADRATURE.log_weights)


def both(matrix, dtype=np.float64):
    return (
        DenseKernel(Sample.of(Responses.from_dense(matrix)), np.dtype(dtype)),
        SparseKernel(Sample.of(Responses.from_dense(matrix)), np.dtype(dtype)),
    )


def marginal_by_definition(matrix, tables):
    total = 0.0
    for row in matrix:
        joint = tables.log_weights.copy()
        for j, score in enumerate(row):
            if score != MISSING:
                joint += tables.log_p[j] if score == 1 else tables.log_q[j]
        total += np.log(np.exp(joint).sum())
    return total


@given(matrix=matrices, seed=st.integers(0, 100), guessing=st.booleans())
@settings(deadline=None)
def test_every_administered_response_is_counted_once(matrix, seed, guessing):
    for kernel in both(matrix):
        expected = kernel.expected_counts(tables_for(matrix.shape[1], seed, guessing))

        assert_allclose(expected.n_bar.sum(axis=1), (matrix != MISSING).sum(axis=0))
        assert_allclose(expected.r_bar.sum(axis=1), (matrix == 1).sum(axis=0), atol=1e-12)
        assert_allclose(expected.weight.sum(), matrix.shape[0])


@given(matrix=matrices, seed=st.integers(0, 100), guessing=st.booleans())
@settings(deadline=None)
def test_the_likelihood_is_the_sum_over_nodes_of_its_definition(matrix, seed, guessing):
    tables = tables_for(matrix.shape[1], seed, guessing)
    by_definition = marginal_by_definition(matrix, tables)

    for kernel in both(matrix):
        counted = kernel.expected_counts(tables).log_likelihood
        assert_allclose(counted, by_definition, rtol=1e-10, atol=1e-12)
        assert_allclose(kernel.log_likelihood(tables), by_definition, rtol=1e-10, atol=1e-12)


@given(matrix=matrices, seed=st.integers(0, 100))
@settings(deadline=None)
def test_sparse_and_dense_give_the_same_counts_and_posteriors(matrix, seed):
    tables = tables_for(matrix.shape[1], seed)
    dense, sparse = both(matrix)
    one, other = dense.expected_counts(tables), sparse.expected_counts(tables)

    assert_allclose(one.n_bar, other.n_bar, atol=1e-10)
    assert_allclose(one.r_bar, other.r_bar, atol=1e-10)
    assert_allclose(one.weight, other.weight, atol=1e-10)
    for left, right in zip(dense.blocks(tables), sparse.blocks(tables), strict=True):
        assert_allclose(left.posterior, right.posterior, atol=1e-12)
        assert_allclose(left.right, right.right)


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_many_blocks_and_threads_change_nothing(share):
    rng = np.random.default_rng(5)
    matrix = (rng.random((9000, 7)) < 0.6).astype(np.int8)
    matrix[rng.random(matrix.shape) > share] = MISSING
    tables = tables_for(7, 1)
    for kernel, single in zip(both(matrix), both(matrix, np.float32), strict=True):
        whole = kernel.expected_counts(tables)
        parts = [
            expected_counts_of(Responses.from_dense(matrix[i : i + 500]), tables)
            for i in range(0, 9000, 500)
        ]

        assert_allclose(whole.r_bar, sum(part.r_bar for part in parts), rtol=1e-9)
        assert_allclose(whole.n_bar, sum(part.n_bar for part in parts), rtol=1e-9)
        assert_allclose(single.expected_counts(tables).r_bar, whole.r_bar, rtol=1e-4, atol=1e-3)
        again = single.expected_counts(tables).log_likelihood
        assert again == single.expected_counts(tables).log_likelihood


def test_a_test_of_a_thousand_items_does_not_underflow():
    matrix = np.ones((2, 1000), dtype=np.int8)
    matrix[1] = 0
    for kernel in both(matrix):
        expected = kernel.expected_counts(tables_for(1000, 3))

        assert np.isfinite(expected.log_likelihood)
        assert_allclose(expected.weight.sum(), 2)
