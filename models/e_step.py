"""What an E-step takes and leaves, and how its sums over blocks of persons are made.

A block holds persons of one group. For what a cell is, see `models.item_families`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from models.item_families import Family, log_probabilities, same_family
from models.parameters import Floats, Ints
from models.responses import Responses

AnyFloats = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Expected:
    """What an E-step leaves.

    Attributes
    ----------
    n_bar : shape (n_items, n_nodes); expected persons at the node who met the item.
    r_bar : shape (n_upper, n_nodes); of these, who got each score above 0. With dichotomous items
        there is one row for each item: who got it right.
    weight : shape (n_nodes,); expected persons at the node.
    log_likelihood : marginal, of all persons.
    by_group : shape (n_groups, n_nodes); `weight` of each group; None where there is but one.
    """

    n_bar: Floats
    r_bar: Floats
    weight: Floats
    log_likelihood: float
    by_group: Floats | None = None

    @property
    def group_weights(self) -> Floats:
        """Expected persons of each group at the node, shape (n_groups, n_nodes)."""
        return self.weight[None] if self.by_group is None else self.by_group


@dataclass(frozen=True, slots=True)
class Tables:
    """Log probabilities at every node, and log weights of the nodes.

    Attributes
    ----------
    log_p : shape (n_upper, n_nodes); of the scores above 0.
    log_q : shape (n_items, n_nodes); of score 0.
    log_weights : shape (n_nodes,), or (n_groups, n_nodes).
    """

    log_p: Floats
    log_q: Floats
    log_weights: Floats

    @property
    def n_groups(self) -> int:
        """How many groups of persons have weights."""
        return 1 if self.log_weights.ndim == 1 else self.log_weights.shape[0]

    def weights_of(self, group: int) -> Floats:
        """Log weights of one group, shape (n_nodes,)."""
        result: Floats = np.atleast_2d(self.log_weights)[group]
        return result


@dataclass(frozen=True, slots=True)
class Block:
    """Some persons of one group, as the dense form sees them.

    Attributes
    ----------
    persons : which rows.
    right : shape (n, n_upper); 1 where that score was got.
    met : shape (n, n_items); 1 where answered; None when all of them are.
    posterior : shape (n, n_nodes); each row sums to 1.
    group : whose.
    weight : shape (n,); how often each person counts; None when once.
    """

    persons: slice
    right: AnyFloats
    met: AnyFloats | None
    posterior: AnyFloats
    group: int = 0
    weight: Floats | None = None


class Kernel(Protocol):
    """An E-step over one set of responses."""

    @property
    def single_precision(self) -> bool: ...

    def expected_counts(self, tables: Tables) -> Expected: ...

    def log_likelihood(self, tables: Tables) -> float: ...

    def blocks(self, tables: Tables) -> Iterator[Block]: ...


@dataclass(frozen=True, slots=True)
class Sample:
    """Whose answers they are.

    Attributes
    ----------
    responses : persons in the order of their groups.
    max_scores : shape (n_items,); highest score of each item.
    weight : shape (n_persons,), above 0; how often each person counts; None when once.
    group_starts : first person of each group, and the number of persons at the end.
    """

    responses: Responses
    max_scores: Ints
    weight: Floats | None
    group_starts: tuple[int, ...]

    @classmethod
    def of(
        cls,
        responses: Responses,
        max_scores: Ints | None = None,
        weight: Floats | None = None,
        group_starts: tuple[int, ...] | None = None,
    ) -> Sample:
        """With the usual values of what is not said: one group, all items dichotomous."""
        if max_scores is None:
            max_scores = np.ones(responses.n_items, dtype=np.intp)
        return cls(responses, max_scores, weight, group_starts or (0, responses.n_persons))

    def rows(self, size: int) -> list[tuple[slice, int]]:
        """Blocks of at most `size` persons of one group, and the group; one at least."""
        found = []
        bounds = zip(self.group_starts[:-1], self.group_starts[1:], strict=True)
        for group, (begin, end) in enumerate(bounds):
            for first in range(begin, end, size):
                found.append((slice(first, min(first + size, end)), group))
        return found or [(slice(0, 0), 0)]

    def weight_of(self, rows: slice) -> Floats | None:
        """Weights of some persons."""
        return None if self.weight is None else self.weight[rows]


def item_tables(slope: Floats, intercept: Floats, c: Floats | None, nodes: Floats) -> Tables:
    """Tables of dichotomous items, weights left at zero (`with_weights` sets them)."""
    columns = [slope, intercept]
    if c is not None:
        with np.errstate(divide="ignore"):
            columns.append(np.log(c) - np.log1p(-c))
    xi = np.stack(columns, axis=1)
    return family_tables(same_family(xi.shape[0], xi.shape[1]), xi, nodes)


def family_tables(families: Iterable[Family], xi: Floats, nodes: Floats) -> Tables:
    """Tables of all items, weights left at zero (`with_weights` sets them)."""
    families = tuple(families)
    n_upper = sum(family.upper.size for family in families)
    log_p, log_q = np.empty((n_upper, nodes.size)), np.empty((xi.shape[0], nodes.size))
    for family in families:
        own = xi[family.items, : family.n_parameters]
        log_q[family.items], log_p[family.upper] = log_probabilities(family, own, nodes)
    return Tables(log_p, log_q, np.zeros(nodes.size))


def with_weights(tables: Tables, log_weights: Floats) -> Tables:
    """The same tables under another distribution of ability."""
    return Tables(tables.log_p, tables.log_q, log_weights)


def _n_threads(n_blocks: int) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return max(1, min(4, cores, n_blocks))


@lru_cache(maxsize=1)
def _blas() -> Any:
    """Control of the BLAS libraries; finding them takes a millisecond, so it is kept."""
    try:
        from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]
    except ImportError:  # it comes with scikit-learn; without it results are the same
        return None
    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Each of our threads calls the BLAS for its own block; BLAS threads would only collide."""
    controller = _blas()
    if controller is None:
        yield
        return
    with controller.limit(limits=1, user_api="blas"):
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


def log_total(peak: AnyFloats, total: AnyFloats, weight: Floats | None) -> float:
    log_marginal = peak.astype(np.float64) + np.log(total.astype(np.float64))
    return float(log_marginal.sum() if weight is None else log_marginal @ weight)


def per_group(weight: Floats, group: int, n_groups: int) -> Floats:
    """Sums over the nodes in the row of their group, shape (n_groups, n_nodes)."""
    rows = np.zeros((n_groups, weight.size))
    rows[group] = weight
    return rows


def expected_of(n_bar: Floats, r_bar: Floats, groups: Floats, log_likelihood: Floats) -> Expected:
    by_group = groups if groups.shape[0] > 1 else None
    return Expected(n_bar, r_bar, groups.sum(axis=0), float(log_likelihood), by_group)
