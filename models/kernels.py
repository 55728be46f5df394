"""The E-step: every person's posterior over the nodes, summed to expected counts.

Two forms of the same sum. Dense: matrix products of persons x items with items x nodes. Sparse:
the same through a CSR matrix with one entry per answer, so nothing of size persons x items exists.
Passes run in float32 (float64 for small data), sums over blocks of persons in float64.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from models.parameters import Floats
from models.responses import MISSING, Int8s, Responses

AnyFloats = npt.NDArray[np.floating[Any]]

DENSE_SHARE = 0.2  # above this share of answered cells, matrix products beat gathering rows
SMALL = 300_000  # answers; below, float64 costs nothing noticeable
_DENSE_BLOCK, _SPARSE_BLOCK = 2048, 16384
_LARGEST_LOGIT = 30.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What an E-step leaves.

    Attributes
    ----------
    n_bar, r_bar : shape (n_items, n_nodes); expected persons at the node who met the item, and
        who got it right.
    weight : shape (n_nodes,); expected persons at the node.
    log_likelihood : marginal, of all persons.
    """

    n_bar: Floats
    r_bar: Floats
    weight: Floats
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class Tables:
    """Log probabilities of every item at every node, shape (n_items, n_nodes), and log weights."""

    log_p: Floats
    log_q: Floats
    log_weights: Floats


@dataclass(frozen=True, slots=True)
class Block:
    """Some persons, as the dense form sees them.

    Attributes
    ----------
    persons : which rows.
    right : shape (n, n_items); 1 where correct.
    met : shape (n, n_items); 1 where answered; None when all of them are.
    posterior : shape (n, n_nodes); each row sums to 1.
    """

    persons: slice
    right: AnyFloats
    met: AnyFloats | None
    posterior: AnyFloats


class Kernel(Protocol):
    """An E-step over one set of responses."""

    @property
    def single_precision(self) -> bool: ...

    def expected_counts(self, tables: Tables) -> Expected: ...

    def log_likelihood(self, tables: Tables) -> float: ...

    def blocks(self, tables: Tables) -> Iterator[Block]: ...


def item_tables(slope: Floats, intercept: Floats, c: Floats | None, nodes: Floats) -> Tables:
    """Log P and log (1 - P) at the nodes, weights left at zero (`with_weights` sets them)."""
    z = np.clip(slope[:, None] * nodes + intercept[:, None], -_LARGEST_LOGIT, _LARGEST_LOGIT)
    softplus = np.log1p(np.exp(z))
    if c is None:
        return Tables(z - softplus, -softplus, np.zeros(nodes.size))
    floor = c[:, None]
    log_p = np.log(floor + (1.0 - floor) * np.exp(z - softplus))
    return Tables(log_p, np.log1p(-floor) - softplus, np.zeros(nodes.size))


def with_weights(tables: Tables, log_weights: Floats) -> Tables:
    """The same tables under another distribution of ability."""
    return Tables(tables.log_p, tables.log_q, log_weights)


def kernel_for(responses: Responses) -> Kernel:
    """The faster of the two forms for these responses."""
    dtype = np.float64 if responses.n_responses <= SMALL else np.float32
    cells = responses.n_persons * responses.n_items
    if responses.n_responses >= DENSE_SHARE * cells:
        return DenseKernel(responses.to_dense(), np.dtype(dtype))
    return SparseKernel(responses, np.dtype(dtype))


def _n_threads(n_blocks: int) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return max(1, min(4, cores, n_blocks))


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Each of our threads calls the BLAS for its own block; BLAS threads would only collide."""
    try:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ImportError:  # it comes with scikit-learn; without it results are the same
        yield
        return
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def sum_over_blocks(work: Callable[[int], tuple[Floats, ...]], n_blocks: int) -> tuple[Floats, ...]:
    """Sum what `work` returns for each block, in a fixed order for each share of blocks.

    The share of a thread is fixed by its number, so that a repeated fit gives the same bits.
    """
    threads = _n_threads(n_blocks)

    def share(first: int) -> list[Floats]:
        total: list[Floats] = []
        for block in range(first, n_blocks, threads):
            parts = work(block)
            if total:
                for into, part in zip(total, parts, strict=True):
                    into += part
            else:
                total = [np.array(part, dtype=np.float64) for part in parts]
        return total

    if threads == 1:
        return tuple(share(0))
    with ThreadPoolExecutor(threads) as pool:
        totals = list(pool.map(share, range(threads)))
    return tuple(sum(parts[1:], parts[0]) for parts in zip(*totals, strict=True))


def _normalise(log_joint: AnyFloats) -> tuple[AnyFloats, float]:
    """Posterior in place from the log joint, shape (n_nodes, n); and the sum of log marginals.

    Persons run along the last axis, so that every pass over the nodes is a vector operation.
    """
    peak = log_joint.max(axis=0)
    log_joint -= peak
    np.exp(log_joint, out=log_joint)
    total = log_joint.sum(axis=0)
    log_joint *= 1.0 / total
    log_marginal = peak.astype(np.float64) + np.log(total.astype(np.float64))
    return log_joint, float(log_marginal.sum())


class DenseKernel:
    """E-step of a matrix persons x items, complete or with missing cells."""

    def __init__(self, matrix: Int8s, dtype: np.dtype[Any]) -> None:
        self._matrix = matrix
        self._dtype = dtype
        self._complete = bool(matrix.size) and bool(matrix.min() > MISSING)
        self._n_blocks = max(1, -(-matrix.shape[0] // _DENSE_BLOCK))

    @property
    def single_precision(self) -> bool:
        """Whether passes run in float32."""
        return self._dtype == np.float32

    def _rows(self, block: int) -> slice:
        first = block * _DENSE_BLOCK
        return slice(first, min(first + _DENSE_BLOCK, self._matrix.shape[0]))

    def _prepare(self, block: int, dtype: np.dtype[Any]) -> tuple[AnyFloats, AnyFloats | None]:
        rows = self._matrix[self._rows(block)]
        if self._complete:
            return rows.astype(dtype), None
        return (rows == 1).astype(dtype), (rows != MISSING).astype(dtype)

    def _log_joint(
        self, right: AnyFloats, met: AnyFloats | None, operands: tuple[AnyFloats, ...]
    ) -> AnyFloats:
        difference, log_q, base = operands
        log_joint: AnyFloats = difference @ right.T
        if met is not None:
            log_joint += log_q @ met.T
        log_joint += base[:, None]
        return log_joint

    def _operands(self, tables: Tables, dtype: np.dtype[Any]) -> tuple[AnyFloats, ...]:
        """Tables as nodes x items in the precision of the pass."""
        difference = (tables.log_p - tables.log_q).T
        base = tables.log_weights
        if self._complete:
            base = base + tables.log_q.sum(axis=0)
        return (
            np.ascontiguousarray(difference, dtype=dtype),
            np.ascontiguousarray(tables.log_q.T, dtype=dtype),
            base.astype(dtype),
        )

    def expected_counts(self, tables: Tables) -> Expected:
        """Expected counts and log-likelihood, Bock & Aitkin (1981), Psychometrika 46, 443-459."""
        operands = self._operands(tables, self._dtype)

        def work(block: int) -> tuple[Floats, ...]:
            right, met = self._prepare(block, self._dtype)
            posterior, log_likelihood = _normalise(self._log_joint(right, met, operands))
            parts = (posterior @ right, posterior.sum(axis=1), np.asarray(log_likelihood))
            return parts if met is None else (*parts, posterior @ met)

        r_bar, weight, log_likelihood, *rest = sum_over_blocks(work, self._n_blocks)
        n_bar = rest[0].T if rest else np.broadcast_to(weight, r_bar.T.shape)
        return Expected(n_bar, r_bar.T, weight, float(log_likelihood))

    def log_likelihood(self, tables: Tables) -> float:
        """Marginal log-likelihood in float64."""
        double = np.dtype(np.float64)
        operands = self._operands(tables, double)

        def work(block: int) -> tuple[Floats, ...]:
            right, met = self._prepare(block, double)
            return (np.asarray(_normalise(self._log_joint(right, met, operands))[1]),)

        return float(sum_over_blocks(work, self._n_blocks)[0])

    def blocks(self, tables: Tables) -> Iterator[Block]:
        """Posteriors of all persons, a block at a time."""
        operands = self._operands(tables, self._dtype)
        for block in range(self._n_blocks):
            right, met = self._prepare(block, self._dtype)
            posterior, _ = _normalise(self._log_joint(right, met, operands))
            yield Block(self._rows(block), right, met, np.ascontiguousarray(posterior.T))


class SparseKernel:
    """E-step over the answers given; one column for a wrong and one for a right answer per item."""

    def __init__(self, responses: Responses, dtype: np.dtype[Any]) -> None:
        from scipy.sparse import csr_array  # SciPy takes a second to import: not in web workers

        self._responses = responses
        self._dtype = dtype
        self._blocks: list[Any] = []
        starts = responses.starts
        column = 2 * responses.item + (responses.score > 0)
        # two blocks at least, so that two threads have work
        size = min(_SPARSE_BLOCK, max(1024, -(-responses.n_persons // 4)))
        for first in range(0, max(1, responses.n_persons), size):
            last = min(first + size, responses.n_persons)
            begin, end = int(starts[first]), int(starts[last])
            pointers = (starts[first : last + 1] - begin).astype(np.int32)
            values = np.ones(end - begin, dtype=dtype)
            shape = (last - first, 2 * responses.n_items)
            self._blocks.append(csr_array((values, column[begin:end], pointers), shape=shape))
        self._size = size

    @property
    def single_precision(self) -> bool:
        """Whether passes run in float32."""
        return self._dtype == np.float32

    def _table(self, tables: Tables, dtype: np.dtype[Any]) -> AnyFloats:
        n_items, n_nodes = tables.log_p.shape
        table = np.empty((2 * n_items, n_nodes), dtype=dtype)
        table[0::2] = tables.log_q
        table[1::2] = tables.log_p
        return table

    def _posterior(
        self, block: int, table: AnyFloats, log_weights: AnyFloats
    ) -> tuple[AnyFloats, float]:
        """Posterior, shape (n, n_nodes), and the sum of log marginals."""
        log_joint = self._blocks[block] @ table
        log_joint += log_weights
        peak = log_joint.max(axis=1)
        log_joint -= peak[:, None]
        np.exp(log_joint, out=log_joint)
        total = log_joint @ np.ones(log_joint.shape[1], dtype=log_joint.dtype)
        log_joint *= (1.0 / total)[:, None]
        marginal = peak.astype(np.float64) + np.log(total.astype(np.float64))
        return log_joint, float(marginal.sum())

    def expected_counts(self, tables: Tables) -> Expected:
        """Expected counts and log-likelihood; see `DenseKernel.expected_counts`."""
        table = self._table(tables, self._dtype)
        log_weights = tables.log_weights.astype(self._dtype)

        def work(block: int) -> tuple[Floats, ...]:
            posterior, log_likelihood = self._posterior(block, table, log_weights)
            counts = self._blocks[block].T @ posterior
            return counts, posterior.sum(axis=0), np.asarray(log_likelihood)

        counts, weight, log_likelihood = sum_over_blocks(work, len(self._blocks))
        r_bar = counts[1::2]
        return Expected(counts[0::2] + r_bar, r_bar, weight, float(log_likelihood))

    def log_likelihood(self, tables: Tables) -> float:
        """Marginal log-likelihood in float64."""
        table = self._table(tables, np.dtype(np.float64))

        def work(block: int) -> tuple[Floats, ...]:
            return (np.asarray(self._posterior(block, table, tables.log_weights)[1]),)

        return float(sum_over_blocks(work, len(self._blocks))[0])

    def posteriors(self, tables: Tables) -> Iterator[tuple[slice, AnyFloats]]:
        """Posterior of all persons, shape (n, n_nodes), a block at a time."""
        table = self._table(tables, self._dtype)
        log_weights = tables.log_weights.astype(self._dtype)
        for block in range(len(self._blocks)):
            first = block * self._size
            posterior, _ = self._posterior(block, table, log_weights)
            yield slice(first, first + posterior.shape[0]), posterior

    def blocks(self, tables: Tables) -> Iterator[Block]:
        """Posteriors with the answers spread out; for few items only."""
        for persons, posterior in self.posteriors(tables):
            for first in range(persons.start, persons.stop, _DENSE_BLOCK):
                rows = slice(first, min(first + _DENSE_BLOCK, persons.stop))
                part = self._responses.take_persons(np.arange(rows.start, rows.stop)).to_dense()
                yield Block(
                    rows,
                    (part == 1).astype(self._dtype),
                    (part != MISSING).astype(self._dtype),
                    posterior[first - persons.start : rows.stop - persons.start],
                )
