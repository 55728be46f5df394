"""The E-step on a matrix persons x items: matrix products of persons x cells with cells x nodes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

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
from models.parameters import Floats
from models.responses import MISSING, Int8s

BLOCK = 2048  # persons
_LARGEST_CACHE = 256_000_000  # bytes of the indicator matrix that are kept between passes


def _normalise(log_joint: AnyFloats, weight: Floats | None) -> tuple[AnyFloats, float]:
    """Posterior in place from the log joint, shape (n_nodes, n); and the sum of log marginals.

    Persons run along the last axis, so that every pass over the nodes is a vector operation. With
    weights, a person's posterior sums to his weight.
    """
    peak = log_joint.max(axis=0)
    log_joint -= peak
    np.exp(log_joint, out=log_joint)
    total = log_joint.sum(axis=0)
    share = 1.0 / total
    if weight is not None:
        share *= weight.astype(log_joint.dtype)
    log_joint *= share
    return log_joint, log_total(peak, total, weight)


class DenseKernel:
    """E-step of a matrix persons x items, complete or with missing cells."""

    def __init__(self, sample: Sample, dtype: np.dtype[Any]) -> None:
        self._sample = sample
        self._matrix: Int8s = sample.responses.to_dense()
        self._dtype = dtype
        self._complete = sample.responses.is_complete
        self._rows = sample.rows(BLOCK)
        self._first = first_upper(sample.max_scores)
        self._dichotomous = bool((sample.max_scores == 1).all())
        columns = int(self._first[-1]) + (0 if self._complete else sample.responses.n_items)
        size = self._matrix.shape[0] * columns * dtype.itemsize
        self._cache: dict[int, tuple[AnyFloats, AnyFloats | None]] | None = None
        if size <= _LARGEST_CACHE:
            self._cache = {}

    @property
    def single_precision(self) -> bool:
        """Whether passes run in float32."""
        return self._dtype == np.float32

    def _prepare(self, block: int, dtype: np.dtype[Any]) -> tuple[AnyFloats, AnyFloats | None]:
        """Indicators of the upper cells, and of the items met where any is missing."""
        if self._cache is None or dtype != self._dtype:
            return self._indicators(block, dtype)
        if block not in self._cache:
            self._cache[block] = self._indicators(block, dtype)
        return self._cache[block]

    def _indicators(self, block: int, dtype: np.dtype[Any]) -> tuple[AnyFloats, AnyFloats | None]:
        rows = self._matrix[self._rows[block][0]]
        met = None if self._complete else (rows != MISSING).astype(dtype)
        if self._dichotomous:
            return (rows if met is None else rows == 1).astype(dtype), met
        highest = self._sample.max_scores
        item = np.repeat(np.arange(highest.size), highest)
        score = np.arange(self._first[-1]) - self._first[item] + 1
        return (rows[:, item] == score.astype(np.int8)).astype(dtype), met

    def indicators(self) -> tuple[AnyFloats, AnyFloats]:
        """Of all persons: which upper cell, which items were met; for few persons."""
        parts = [self._indicators(block, self._dtype) for block in range(len(self._rows))]
        met = [part[1] for part in parts if part[1] is not None]
        everything = np.ones(self._matrix.shape, dtype=self._dtype)
        return np.concatenate([part[0] for part in parts]), np.concatenate(met or [everything])

    def _log_joint(
        self, right: AnyFloats, met: AnyFloats | None, group: int, operands: tuple[AnyFloats, ...]
    ) -> AnyFloats:
        difference, log_q, base = operands
        log_joint: AnyFloats = difference @ right.T
        if met is not None:
            log_joint += log_q @ met.T
        log_joint += base[group][:, None]
        return log_joint

    def _operands(self, tables: Tables, dtype: np.dtype[Any]) -> tuple[AnyFloats, ...]:
        """Tables as nodes x cells in the precision of the pass."""
        difference = tables.log_p - np.repeat(tables.log_q, self._sample.max_scores, axis=0)
        base = np.atleast_2d(tables.log_weights)
        if self._complete:
            base = base + tables.log_q.sum(axis=0)
        return (
            np.ascontiguousarray(difference.T, dtype=dtype),
            np.ascontiguousarray(tables.log_q.T, dtype=dtype),
            base.astype(dtype),
        )

    def expected_counts(self, tables: Tables) -> Expected:
        """Expected counts and log-likelihood, Bock & Aitkin (1981), Psychometrika 46, 443-459."""
        operands = self._operands(tables, self._dtype)

        def work(block: int) -> tuple[Floats, ...]:
            right, met = self._prepare(block, self._dtype)
            rows, group = self._rows[block]
            log_joint = self._log_joint(right, met, group, operands)
            posterior, log_likelihood = _normalise(log_joint, self._sample.weight_of(rows))
            weight = per_group(posterior.sum(axis=1, dtype=np.float64), group, tables.n_groups)
            parts = (posterior @ right, weight, np.asarray(log_likelihood))
            return parts if met is None else (*parts, posterior @ met)

        r_bar, weight, log_likelihood, *rest = sum_over_blocks(work, len(self._rows))
        n_items = self._matrix.shape[1]
        n_bar = rest[0].T if rest else np.tile(weight.sum(axis=0), (n_items, 1))
        return expected_of(n_bar, r_bar.T, weight, log_likelihood)

    def log_likelihood(self, tables: Tables) -> float:
        """Marginal log-likelihood in float64."""
        double = np.dtype(np.float64)
        operands = self._operands(tables, double)

        def work(block: int) -> tuple[Floats, ...]:
            right, met = self._prepare(block, double)
            rows, group = self._rows[block]
            log_joint = self._log_joint(right, met, group, operands)
            return (np.asarray(_normalise(log_joint, self._sample.weight_of(rows))[1]),)

        return float(sum_over_blocks(work, len(self._rows))[0])

    def blocks(self, tables: Tables) -> Iterator[Block]:
        """Posteriors of all persons, a block at a time."""
        operands = self._operands(tables, self._dtype)
        for block, (rows, group) in enumerate(self._rows):
            right, met = self._prepare(block, self._dtype)
            posterior, _ = _normalise(self._log_joint(right, met, group, operands), None)
            weight = self._sample.weight_of(rows)
            yield Block(rows, right, met, np.ascontiguousarray(posterior.T), group, weight)
