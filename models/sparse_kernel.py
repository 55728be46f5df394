"""The E-step on the answers given, as a CSR matrix: nothing of size persons x items exists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from models.dense_kernel import BLOCK, DenseKernel
from models.e_step import (
    AnyFloats,
    Block,
    Expected,
    Sample,
    Tables,
    expected_of,
    log_total,
    per_group,
    sum_over_blocks,
)
from models.item_families import first_upper
from models.parameters import Floats, Ints

_SPARSE_BLOCK = 8192  # persons


class SparseKernel:
    """E-step over the answers given; a column for each score of each item."""

    def __init__(self, sample: Sample, dtype: np.dtype[Any]) -> None:
        from scipy.sparse import csr_array  # SciPy takes a second to import: not in web workers

        self._sample = sample
        self._dtype = dtype
        self._first = first_upper(sample.max_scores)
        responses, starts = sample.responses, sample.responses.starts
        first_cell = self._first[:-1] + np.arange(responses.n_items)
        column = first_cell.astype(np.int32)[responses.item] + responses.score
        # two blocks at least, so that two threads have work
        size = min(_SPARSE_BLOCK, max(1024, -(-responses.n_persons // 4)))
        self._rows = sample.rows(size)
        self._blocks: list[Any] = []
        longest = max(int(starts[rows.stop] - starts[rows.start]) for rows, _ in self._rows)
        ones = np.ones(longest, dtype=dtype)
        n_cells = int(self._first[-1]) + responses.n_items
        for rows, _ in self._rows:
            begin, end = int(starts[rows.start]), int(starts[rows.stop])
            pointers = (starts[rows.start : rows.stop + 1] - begin).astype(np.int32)
            shape = (rows.stop - rows.start, n_cells)
            matrix = csr_array((ones[: end - begin], column[begin:end], pointers), shape=shape)
            self._blocks.append(matrix)

    @property
    def single_precision(self) -> bool:
        """Whether passes run in float32."""
        return self._dtype == np.float32

    def _table(self, tables: Tables, dtype: np.dtype[Any]) -> AnyFloats:
        """Log probabilities, shape (n_cells, n_nodes); score 0 of an item stands first."""
        zero, upper = self._places()
        table = np.empty((zero.size + upper.size, tables.log_q.shape[1]), dtype=dtype)
        table[zero], table[upper] = tables.log_q, tables.log_p
        return table

    def _places(self) -> tuple[Ints, Ints]:
        """Rows of the scores 0, and of the scores above."""
        highest = self._sample.max_scores
        zero = self._first[:-1] + np.arange(highest.size)
        upper = np.arange(self._first[-1]) + np.repeat(np.arange(highest.size), highest) + 1
        return zero, upper

    def _posterior(self, block: int, table: AnyFloats, tables: Tables) -> tuple[AnyFloats, float]:
        """Posterior, shape (n, n_nodes), and the sum of log marginals."""
        rows, group = self._rows[block]
        weight = self._sample.weight_of(rows)
        log_joint = self._blocks[block] @ table
        log_joint += tables.weights_of(group).astype(table.dtype)
        peak = log_joint.max(axis=1)
        log_joint -= peak[:, None]
        np.exp(log_joint, out=log_joint)
        total = log_joint @ np.ones(log_joint.shape[1], dtype=log_joint.dtype)
        share = 1.0 / total
        if weight is not None:
            share *= weight.astype(share.dtype)
        log_joint *= share[:, None]
        return log_joint, log_total(peak, total, weight)

    def expected_counts(self, tables: Tables) -> Expected:
        """Expected counts and log-likelihood; see `DenseKernel.expected_counts`."""
        table = self._table(tables, self._dtype)

        def work(block: int) -> tuple[Floats, ...]:
            posterior, log_likelihood = self._posterior(block, table, tables)
            counts = self._blocks[block].T @ posterior
            weight = posterior.sum(axis=0, dtype=np.float64)
            group = self._rows[block][1]
            return counts, per_group(weight, group, tables.n_groups), np.asarray(log_likelihood)

        counts, weight, log_likelihood = sum_over_blocks(work, len(self._blocks))
        zero, upper = self._places()
        n_bar = np.add.reduceat(counts, zero, axis=0) if zero.size else counts
        return expected_of(n_bar, counts[upper], weight, log_likelihood)

    def log_likelihood(self, tables: Tables) -> float:
        """Marginal log-likelihood in float64."""
        table = self._table(tables, np.dtype(np.float64))

        def work(block: int) -> tuple[Floats, ...]:
            return (np.asarray(self._posterior(block, table, tables)[1]),)

        return float(sum_over_blocks(work, len(self._blocks))[0])

    def posteriors(self, tables: Tables) -> Iterator[tuple[slice, AnyFloats, Floats | None]]:
        """Posterior of all persons, shape (n, n_nodes), a block at a time, and their weights."""
        table = self._table(tables, self._dtype)
        for block, (rows, _) in enumerate(self._rows):
            posterior, _ = self._posterior(block, table, tables)
            weight = self._sample.weight_of(rows)
            if weight is not None:
                posterior /= weight[:, None].astype(posterior.dtype)
            yield rows, posterior, weight

    def blocks(self, tables: Tables) -> Iterator[Block]:
        """Posteriors with the answers spread out; for few items only."""
        groups = {rows.start: group for rows, group in self._rows}
        for persons, posterior, weight in self.posteriors(tables):
            for first in range(persons.start, persons.stop, BLOCK):
                rows = slice(first, min(first + BLOCK, persons.stop))
                own = slice(first - persons.start, rows.stop - persons.start)
                part = self._sample.responses.take_persons(np.arange(rows.start, rows.stop))
                dense = DenseKernel(Sample.of(part, self._sample.max_scores), self._dtype)
                right, met = dense.indicators()
                own_weight = None if weight is None else weight[own]
                yield Block(rows, right, met, posterior[own], groups[persons.start], own_weight)
