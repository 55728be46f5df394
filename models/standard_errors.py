"""Standard errors of item parameters and populations.

The observed information of the marginal likelihood is the complete-data information less what the
unknown abilities take away (Louis 1982, Journal of the Royal Statistical Society B 44, 226-233).
With s_i(theta) the complete-data score of person i,

    I = -d2 Q / d xi2 - sum_i ( E_i[s_i s_i'] - E_i[s_i] E_i[s_i]' ).

The cross-product information is sum_i E_i[s_i] E_i[s_i]'; with I it makes the sandwich, which
stays right where the model does not hold or persons carry sampling weights. Where persons x items
x items are too many (sparse data on a large bank), only the block of each item is computed; the
uncertainty of the common location and scale, about 1 / n_persons in the variance of b, is then
left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from models.delta_method import Covariance, StandardErrors, errors_of
from models.item_families import Bools, score_functions
from models.kernels import (
    AnyFloats,
    Expected,
    Kernel,
    Sample,
    SparseKernel,
    Tables,
    one_blas_thread,
)
from models.lost_information import LostInformation, ScoreTables, by_item
from models.maximisation import PriorTable, Structure, derivatives
from models.parameters import Floats
from models.population import Population, population_information, population_scores
from models.responses import Responses

KINDS = ("observed", "cross-product", "sandwich")
_MOST_PRODUCTS = 2e9  # persons x items x items, about two seconds
_LEAST_INFORMATION = 1e-7


@runtime_checkable
class DividedKernel(Protocol):
    """An E-step over persons who lie elsewhere, in parts: only sums over them come here."""

    @property
    def n_persons(self) -> int: ...

    def lost_information(
        self, tables: Tables, scores: ScoreTables, population: Floats, *, exact: bool
    ) -> LostInformation: ...

    def lost_by_item(self, tables: Tables, scores: ScoreTables) -> Floats: ...


@dataclass(frozen=True, slots=True)
class _Columns:
    """Estimated parameters as combinations of all entries of `xi` and of the populations.

    Attributes
    ----------
    matrix : shape (n_items * n_parameters + 2 * n_groups, n_estimated).
    slope : column of the shared slope, or None.
    """

    matrix: Floats
    slope: int | None


def score_tables(xi: Floats, nodes: Floats, structure: Structure, n_upper: int) -> ScoreTables:
    """Scores of all cells at the nodes."""
    zero = np.zeros((*xi.shape, nodes.size))
    upper = np.zeros((n_upper, xi.shape[1], nodes.size))
    owner = np.zeros(n_upper, dtype=np.intp)
    for family in structure.families:
        scores = score_functions(family, xi[family.items, : family.n_parameters], nodes)
        zero[family.items, : family.n_parameters] = scores[:, 0]
        upper[family.upper, : family.n_parameters] = scores[:, 1:]
        owner[family.upper] = family.items[:, None]
    return ScoreTables(zero, upper, owner, nodes)


def complete_information(
    xi: Floats, expected: Expected, nodes: Floats, priors: PriorTable, structure: Structure
) -> Floats:
    """Minus the Hessian of the expected complete-data log-likelihood and the priors, by item.

    Central differences of the gradient, shape (n_items, n_parameters, n_parameters).
    """
    n_parameters = xi.shape[1]
    information = np.empty((xi.shape[0], n_parameters, n_parameters))
    expected = priors.with_imagined(expected, nodes)
    width = 1e-4
    for parameter in range(n_parameters):
        step = np.zeros(n_parameters)
        step[parameter] = width
        above, _ = derivatives(xi + step, expected, nodes, structure.families)
        below, _ = derivatives(xi - step, expected, nodes, structure.families)
        information[:, :, parameter] = (below - above) / (2.0 * width)
    information = 0.5 * (information + information.transpose(0, 2, 1))
    diagonal = np.arange(n_parameters)
    information[:, diagonal, diagonal] += priors.precision
    return information


def standard_errors(
    responses: Responses | Sample,
    kernel: Kernel,
    tables: Tables,
    xi: Floats,
    nodes: Floats,
    priors: PriorTable,
    structure: Structure,
    *,
    population: Population | None = None,
    first_free: int = 1,
    kind: str = "observed",
    unit_slope: bool = False,
) -> StandardErrors:
    """Standard errors at the estimates `xi`; see the module for the methods.

    Parameters
    ----------
    population : of every group; those from `first_free` on were estimated.
    kind : "observed", "cross-product" or "sandwich".
    unit_slope : report on the scale where the shared slope is 1 (Rasch).
    """
    sample = responses if isinstance(responses, Sample) else Sample.of(responses)
    population = population or Population.standard()
    expected = kernel.expected_counts(tables)
    own = complete_information(xi, expected, nodes, priors, structure)
    scores = score_tables(xi, nodes, structure, tables.log_p.shape[0])
    divided = kernel if isinstance(kernel, DividedKernel) else None
    n_persons = sample.responses.n_persons if divided is None else divided.n_persons
    item_by_item = float(n_persons) * scores.upper.shape[0] ** 2 > _MOST_PRODUCTS
    with one_blas_thread():
        if item_by_item:
            lost = (
                by_item(sample, posteriors_of(kernel, tables), expected, scores)
                if divided is None
                else divided.lost_by_item(tables, scores)
            )
            found = _by_item(own - lost, structure)
        else:
            h, exact = population_scores(population, nodes), kind != "cross-product"
            parts = (
                LostInformation.of(list(kernel.blocks(tables)), expected, scores, h, exact=exact)
                if divided is None
                else divided.lost_information(tables, scores, h, exact=exact)
            )
            found = _jointly(
                own, parts, expected, population, nodes, priors, structure, first_free, kind
            )
    unit = float(xi[structure.tied, 0][0]) if unit_slope and structure.tied.any() else None
    return errors_of(xi, found, structure, population, item_by_item, unit)


def posteriors_of(kernel: Kernel, tables: Tables) -> Iterator[tuple[int, AnyFloats, Floats | None]]:
    """First person, posterior and weights of each block, whichever the kernel."""
    if isinstance(kernel, SparseKernel):
        for rows, posterior, weight in kernel.posteriors(tables):
            yield rows.start, posterior, weight
    else:
        for block in kernel.blocks(tables):
            yield block.persons.start, block.posterior, block.weight


def _identified(blocks: Floats, structure: Structure) -> Bools:
    """Items whose own information is positive definite and not next to singular."""
    blocks = blocks.copy()
    fixed = ~structure.moving
    fixed[structure.tied, 0] = True  # all items together know the shared slope
    diagonal = np.arange(blocks.shape[1])
    scale = np.maximum(np.abs(np.trace(blocks, axis1=1, axis2=2)), 1e-3) / diagonal.size
    cross = fixed[:, :, None] | fixed[:, None, :]
    blocks[cross] = 0.0
    blocks[:, diagonal, diagonal] += np.where(fixed, scale[:, None], 0.0)
    eigenvalues = np.linalg.eigvalsh(blocks)
    least = _LEAST_INFORMATION * np.maximum(eigenvalues[:, -1], 1e-3)
    return np.asarray((eigenvalues[:, 0] > least) & structure.free)


def _columns(kept: Bools, structure: Structure, n_groups: int, first_free: int) -> _Columns:
    n_items, width = structure.used.shape
    moving = structure.moving & kept[:, None]
    single = moving.copy()
    single[structure.tied, 0] = False
    flat = np.flatnonzero(single.ravel())
    population = n_items * width + np.arange(2 * first_free, 2 * n_groups)
    shared = structure.moving[:, 0] & structure.tied
    places = np.concatenate([flat, population]).astype(np.intp)
    matrix = np.zeros((n_items * width + 2 * n_groups, places.size + int(shared.any())))
    matrix[places, np.arange(places.size)] = 1.0
    if not shared.any():
        return _Columns(matrix, None)
    matrix[np.flatnonzero(shared) * width, -1] = 1.0
    return _Columns(matrix, places.size)


def _jointly(
    own: Floats,
    lost: LostInformation,
    expected: Expected,
    population: Population,
    nodes: Floats,
    priors: PriorTable,
    structure: Structure,
    first_free: int,
    kind: str,
) -> Covariance:
    """Covariance of all estimates at once."""
    n_items, width, _ = own.shape
    n_groups = population.mean.size
    size = n_items * width
    complete = np.zeros((size + 2 * n_groups, size + 2 * n_groups))
    _put_blocks(complete, own, 0)
    _put_blocks(complete, population_information(population, expected.group_weights, nodes), size)
    observed = complete - lost.second_moment + lost.products
    cross = lost.products + np.diag(np.append(priors.precision.ravel(), np.zeros(2 * n_groups)))
    chosen = cross if kind == "cross-product" else observed
    every = np.arange(n_items)
    blocks = chosen[:size, :size].reshape(n_items, width, n_items, width)[every, :, every, :]
    kept = _identified(blocks, structure)
    columns = _columns(kept, structure, n_groups, first_free)
    information = columns.matrix.T @ chosen @ columns.matrix
    try:
        factor = np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return _by_item(blocks, structure)
    half = np.linalg.solve(factor, columns.matrix.T)  # covariance = half' half
    if kind == "sandwich":
        meat = columns.matrix.T @ lost.products @ columns.matrix
        middle = np.linalg.cholesky(meat + 1e-9 * np.diag(np.diagonal(meat) + 1e-9))
        inverse = np.linalg.inv(factor)
        half = middle.T @ (inverse.T @ half)
    return _collect(half, kept, columns, (n_items, width, n_groups))


def _put_blocks(matrix: Floats, blocks: Floats, start: int) -> None:
    width = blocks.shape[1]
    for number, block in enumerate(blocks):
        place = slice(start + number * width, start + (number + 1) * width)
        matrix[place, place] = block


def _collect(
    half: Floats, kept: Bools, columns: _Columns, sizes: tuple[int, int, int]
) -> Covariance:
    """The blocks that are reported."""
    n_items, width, n_groups = sizes
    own = half[:, : n_items * width].reshape(-1, n_items, width)
    covariance = np.einsum("xjp,xjr->jpr", own, own)
    covariance[~kept] = np.nan
    shared = np.zeros(half.shape[0])
    if columns.slope is not None:
        shared = half[:, int(np.flatnonzero(columns.matrix[:, columns.slope])[0])]
    moves = half[:, n_items * width :].reshape(-1, n_groups, 2)
    moves = np.concatenate([moves, np.tile(shared[:, None, None], (1, n_groups, 1))], axis=2)
    population = np.einsum("xgp,xgr->gpr", moves, moves)
    with_slope = np.einsum("xjp,x->jp", own, shared)
    return Covariance(covariance, with_slope, float(shared @ shared), population)


def _by_item(blocks: Floats, structure: Structure) -> Covariance:
    """Covariance from each item's own block; a shared slope is eliminated first."""
    n_items, width, _ = blocks.shape
    kept = _identified(blocks, structure)
    moving = structure.moving & kept[:, None]
    moving[structure.tied, 0] = False
    diagonal = np.arange(width)
    filled = np.where(moving[:, :, None] & moving[:, None, :], blocks, 0.0)
    filled[:, diagonal, diagonal] += np.where(moving, 0.0, 1.0)
    covariance = np.linalg.inv(filled)
    covariance[:, diagonal, diagonal] -= np.where(moving, 0.0, 1.0)
    with_slope, slope = np.zeros((n_items, width)), 0.0
    shared = structure.tied & kept
    if shared.any() and not structure.fixed_slope:
        cross = np.where(moving[shared], blocks[shared][:, :, 0], 0.0)
        ratio = np.einsum("jpr,jr->jp", covariance[shared], cross)
        known = float((blocks[shared, 0, 0] - np.einsum("jp,jp->j", cross, ratio)).sum())
        slope = 1.0 / known if known > 0 else 0.0
        ratio[:, 0] = -1.0
        covariance[shared] += slope * ratio[:, :, None] * ratio[:, None, :]
        with_slope[shared] = -slope * ratio
    covariance[~kept] = np.nan
    return Covariance(covariance, with_slope, slope, np.zeros((0, 3, 3)))
