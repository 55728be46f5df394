"""The E-step: every person's posterior over the nodes, summed to expected counts.

Two forms of the same sum: dense (`models.dense_kernel`) and sparse (`models.sparse_kernel`). Passes
run in float32 (float64 for small data), sums over blocks of persons in float64.

`expected_counts_of` is the whole step as one function of a part of the data: what it returns may
be added up over parts, in whatever process they lie.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from models.dense_kernel import DenseKernel
from models.e_step import (
    AnyFloats,
    Block,
    Expected,
    Kernel,
    Sample,
    Tables,
    family_tables,
    item_tables,
    one_blas_thread,
    sum_over_blocks,
    with_weights,
)
from models.responses import Responses
from models.sparse_kernel import SparseKernel

__all__ = [
    "SMALL",
    "AnyFloats",
    "Block",
    "DenseKernel",
    "Expected",
    "Kernel",
    "Sample",
    "SparseKernel",
    "Tables",
    "add_expected",
    "expected_counts_of",
    "family_tables",
    "item_tables",
    "kernel_for",
    "one_blas_thread",
    "sum_over_blocks",
    "with_weights",
]

DENSE_SHARE = 0.2  # above this share of answered cells, matrix products beat gathering rows
SMALL = 300_000  # answers; below, float64 costs nothing noticeable


def kernel_for(
    responses: Responses | Sample, *, double: bool | None = None
) -> DenseKernel | SparseKernel:
    """The faster of the two forms for these responses.

    Parameters
    ----------
    double : whether passes run in float64; by default up to 300,000 answers.
    """
    sample = responses if isinstance(responses, Sample) else Sample.of(responses)
    found = sample.responses
    double = found.n_responses <= SMALL if double is None else double
    dtype = np.dtype(np.float64 if double else np.float32)
    if found.n_responses >= DENSE_SHARE * found.n_persons * found.n_items:
        return DenseKernel(sample, dtype)
    return SparseKernel(sample, dtype)


def expected_counts_of(responses: Responses | Sample, tables: Tables) -> Expected:
    """E-step of a part of the data in float64; add parts up with `add_expected`."""
    return kernel_for(responses, double=True).expected_counts(tables)


def add_expected(parts: Iterable[Expected]) -> Expected:
    """The E-step of all parts together."""
    first, *others = parts
    n_bar, r_bar = np.array(first.n_bar), np.array(first.r_bar)
    groups, total = np.array(first.group_weights), first.log_likelihood
    for part in others:
        n_bar += part.n_bar
        r_bar += part.r_bar
        groups += part.group_weights
        total += part.log_likelihood
    by_group = groups if groups.shape[0] > 1 else None
    return Expected(n_bar, r_bar, groups.sum(axis=0), total, by_group)
