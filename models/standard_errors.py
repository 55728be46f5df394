"""Standard errors of item parameters from the observed information.

The observed information of the marginal likelihood is the complete-data information less what the
unknown abilities take away (Louis 1982, Journal of the Royal Statistical Society B 44, 226-233).
With s_i(theta) the complete-data score of person i,

    I = -d2 Q / d xi2 - sum_i ( E_i[s_i s_i'] - E_i[s_i] E_i[s_i]' ).

A score is linear in the response, s = right * A(theta) + met * B(theta), so each node needs only
products of persons x items. Where even those are too many (sparse data on a large bank), only the
block of each item is computed; the uncertainty of the common location and scale, about
1 / n_persons in the variance of b, is then left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.kernels import (
    AnyFloats,
    Block,
    Expected,
    Kernel,
    SparseKernel,
    Tables,
    one_blas_thread,
    sum_over_blocks,
)
from models.maximisation import PriorTable, Structure, derivatives
from models.parameters import Floats, Ints
from models.response_functions import logistic
from models.responses import Responses

_MOST_PRODUCTS = 2e9  # persons x items x items, about two seconds
_ANSWERS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class StandardErrors:
    """Standard errors, shape (n_items,) each; nan where not estimated or not identified.

    Attributes
    ----------
    a, b, c : of the traditional parameters.
    intercept : of -a * b.
    logit_c : of log(c / (1 - c)).
    item_by_item : True where correlations between items had to be left out.
    """

    a: Floats
    b: Floats
    c: Floats
    intercept: Floats
    logit_c: Floats
    item_by_item: bool


def score_tables(xi: Floats, nodes: Floats) -> tuple[Floats, Floats]:
    """Scores of a right and of a wrong answer at each node.

    Returns
    -------
    Two arrays of shape (n_items, n_parameters, n_nodes): derivatives of log P and log (1 - P).
    """
    curve = logistic(xi[:, :1] * nodes + xi[:, 1:2])
    if xi.shape[1] == 2:
        powers = np.stack([nodes, np.ones_like(nodes)])
        return (1.0 - curve)[:, None] * powers, -curve[:, None] * powers
    c = logistic(xi[:, 2])[:, None]
    p = np.clip(c + (1.0 - c) * curve, 1e-12, 1.0 - 1e-12)
    by_z = (1.0 - c) * curve * (1.0 - curve)
    slope = np.stack([by_z * nodes, by_z, c * (1.0 - c) * (1.0 - curve)], axis=1)
    return slope / p[:, None], -slope / (1.0 - p)[:, None]


def complete_information(
    xi: Floats, expected: Expected, nodes: Floats, priors: PriorTable
) -> Floats:
    """Minus the Hessian of the expected complete-data log-likelihood and the priors, by item.

    Central differences of the gradient, shape (n_items, n_parameters, n_parameters).
    """
    n_parameters = xi.shape[1]
    information = np.empty((xi.shape[0], n_parameters, n_parameters))
    width = 1e-4
    for parameter in range(n_parameters):
        step = np.zeros(n_parameters)
        step[parameter] = width
        above, _ = derivatives(xi + step, expected, nodes)
        below, _ = derivatives(xi - step, expected, nodes)
        information[:, :, parameter] = (below - above) / (2.0 * width)
    information = 0.5 * (information + information.transpose(0, 2, 1))
    diagonal = np.arange(n_parameters)
    information[:, diagonal, diagonal] += priors.precision
    return information


def standard_errors(
    responses: Responses,
    kernel: Kernel,
    tables: Tables,
    xi: Floats,
    nodes: Floats,
    priors: PriorTable,
    structure: Structure,
) -> StandardErrors:
    """Standard errors at the estimates `xi`; see the module for the method.

    With anchors they are conditional on the anchors and on the estimated population.
    """
    expected = kernel.expected_counts(tables)
    own = complete_information(xi, expected, nodes, priors)
    products = float(responses.n_persons) * responses.n_items**2
    item_by_item = products > _MOST_PRODUCTS
    if item_by_item:
        lost_by_item = _lost_by_item(responses, kernel, tables, expected, xi, nodes)
        covariance = _covariance_by_item(own - lost_by_item, structure)
    else:
        with one_blas_thread():
            lost = _lost_information(list(kernel.blocks(tables)), expected, xi, nodes)
        covariance = _joint_covariance(own, lost, structure)
    return _errors_of(xi, covariance, item_by_item)


def _lost_information(blocks: list[Block], expected: Expected, xi: Floats, nodes: Floats) -> Floats:
    """sum_i Cov_i[s_i] over all parameters, shape (n_items * n_parameters,) squared."""
    right_scores, wrong_scores = score_tables(xi, nodes)
    difference = right_scores - wrong_scores
    n_items, n_parameters, _ = difference.shape
    active = np.flatnonzero(expected.weight > 1e-9 * expected.weight.sum())
    if active.size == 0:  # nobody answered: nothing to lose
        return np.zeros((n_items * n_parameters, n_items * n_parameters))

    def at_node(position: int) -> tuple[Floats, ...]:
        q = int(active[position])
        rr = np.zeros((n_items, n_items))
        rm, mm = np.zeros_like(rr), np.zeros_like(rr)
        for block in blocks:
            weighted = block.right * block.posterior[:, q : q + 1]
            rr += block.right.T @ weighted
            if block.met is not None:
                rm += weighted.T @ block.met
                mm += (block.met * block.posterior[:, q : q + 1]).T @ block.met
        if blocks[0].met is None:
            rm += expected.r_bar[:, q : q + 1]
            mm += expected.weight[q]
        a, b = difference[:, :, q], wrong_scores[:, :, q]
        total = np.einsum("jp,kr,jk->jpkr", a, a, rr)
        cross = np.einsum("jp,kr,jk->jpkr", a, b, rm)
        total += cross + cross.transpose(2, 3, 0, 1)
        total += np.einsum("jp,kr,jk->jpkr", b, b, mm)
        return (total,)

    if blocks[0].met is None and n_parameters == 2:
        second_moment = _second_moment_complete(blocks, expected, wrong_scores, nodes)
    else:
        (second_moment,) = sum_over_blocks(at_node, active.size)
    size = n_items * n_parameters
    lost: Floats = second_moment.reshape(size, size)
    for block in blocks:
        mean = _mean_scores(block, difference, wrong_scores)
        lost -= mean.T @ mean
    return lost


def _second_moment_complete(
    blocks: list[Block], expected: Expected, wrong: Floats, nodes: Floats
) -> Floats:
    """sum_i E_i[s_i s_i'] of complete 2PL data, shape (n_items, 2, n_items, 2).

    There the factor of a right answer, (theta, 1), is the same for all items, so a product for
    each of theta^2, theta and 1 replaces one for every node.
    """
    n_items = wrong.shape[0]
    powers = np.stack([nodes**2, nodes, np.ones_like(nodes)], axis=1)

    def of_block(position: int) -> tuple[Floats, ...]:
        block = blocks[position]
        moments = (block.posterior @ powers).astype(block.right.dtype)
        return tuple(block.right.T @ (block.right * moments[:, p : p + 1]) for p in range(3))

    square, linear, constant = sum_over_blocks(of_block, len(blocks))
    total = np.empty((n_items, 2, n_items, 2))
    total[:, 0, :, 0], total[:, 1, :, 1] = square, constant
    total[:, 0, :, 1] = total[:, 1, :, 0] = linear
    right = expected.r_bar[:, None] * powers.T[1:]
    flat = (2 * n_items, nodes.size)
    wrong_flat = wrong.reshape(flat)
    cross = right.reshape(flat) @ wrong_flat.T
    both = cross + cross.T + (wrong_flat * expected.weight) @ wrong_flat.T
    total += both.reshape(total.shape)
    return total


def _mean_scores(block: Block, difference: Floats, wrong: Floats) -> Floats:
    """E_i[s_i], shape (n, n_items * n_parameters)."""
    posterior = block.posterior.astype(np.float64)
    n_items, n_parameters, n_nodes = difference.shape
    flat = (n_items * n_parameters, n_nodes)
    right = np.repeat(block.right, n_parameters, axis=1)
    mean = right * (posterior @ difference.reshape(flat).T)
    base = posterior @ wrong.reshape(flat).T
    if block.met is not None:
        base *= np.repeat(block.met, n_parameters, axis=1)
    result: Floats = mean + base
    return result


def _lost_by_item(
    responses: Responses,
    kernel: Kernel,
    tables: Tables,
    expected: Expected,
    xi: Floats,
    nodes: Floats,
) -> Floats:
    """The diagonal blocks of `_lost_information`, shape (n_items, n_parameters, n_parameters)."""
    right, wrong = score_tables(xi, nodes)
    n_wrong = expected.n_bar - expected.r_bar
    lost = np.einsum("jpq,jrq,jq->jpr", right, right, expected.r_bar, optimize=True)
    lost += np.einsum("jpq,jrq,jq->jpr", wrong, wrong, n_wrong, optimize=True)
    n_items, n_parameters, n_nodes = right.shape
    scores = np.stack([wrong, right], axis=1).reshape(2 * n_items, n_parameters, n_nodes)
    person = responses.person()
    for first, posterior in _posteriors(kernel, tables):
        begin = int(responses.starts[first])
        end = int(responses.starts[first + posterior.shape[0]])
        for start in range(begin, end, _ANSWERS_AT_ONCE):
            part = slice(start, min(start + _ANSWERS_AT_ONCE, end))
            item = responses.item[part]
            code = 2 * item + (responses.score[part] > 0)
            mine = posterior[person[part] - first]
            mean = np.stack(
                [
                    np.einsum("aq,aq->a", mine, scores[:, p].astype(mine.dtype)[code])
                    for p in range(n_parameters)
                ]
            ).astype(np.float64)
            for p in range(n_parameters):
                for r in range(n_parameters):
                    lost[:, p, r] -= np.bincount(item, mean[p] * mean[r], minlength=n_items)
    result: Floats = lost
    return result


def _posteriors(kernel: Kernel, tables: Tables) -> Iterator[tuple[int, AnyFloats]]:
    """First person and posterior of each block, whichever the kernel."""
    if isinstance(kernel, SparseKernel):
        for rows, posterior in kernel.posteriors(tables):
            yield rows.start, posterior
    else:
        for block in kernel.blocks(tables):
            yield block.persons.start, block.posterior


def _identified(blocks: Floats) -> npt.NDArray[np.bool_]:
    """Items whose own information is positive definite and not next to singular."""
    eigenvalues = np.linalg.eigvalsh(blocks)
    return np.asarray(eigenvalues[:, 0] > 1e-7 * np.maximum(eigenvalues[:, -1], 1e-3))


def _joint_covariance(own: Floats, lost: Floats, structure: Structure) -> Floats:
    """Covariance of each item's parameters, shape (n_items, n_parameters, n_parameters)."""
    n_items, n_parameters, _ = own.shape
    joint = -lost.reshape(n_items, n_parameters, n_items, n_parameters)
    every = np.arange(n_items)
    joint[every, :, every, :] += own
    blocks = joint[every, :, every, :]
    kept = np.flatnonzero(structure.free & _identified(blocks))
    if structure.common_slope:
        kept = np.flatnonzero(structure.free & (blocks[:, 1, 1] > 1e-7))
    columns = _columns(kept, n_items, n_parameters, structure)
    flat = joint.reshape(n_items * n_parameters, -1)
    information = columns.T @ flat @ columns
    try:
        factor = np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return _covariance_by_item(blocks, structure)
    half = np.linalg.solve(factor, columns.T)  # covariance = half' half, its blocks are enough
    half = half.reshape(-1, n_items, n_parameters)
    covariance: Floats = np.einsum("xjp,xjr->jpr", half, half)
    missing = np.ones(n_items, dtype=bool)
    missing[kept] = False
    covariance[missing] = np.nan
    return covariance


def _columns(kept: Ints, n_items: int, n_parameters: int, structure: Structure) -> Floats:
    """Which estimated parameter moves which of the items' parameters; one column each."""
    flat = (kept[:, None] * n_parameters + np.arange(n_parameters)).ravel()
    if not structure.common_slope:
        columns = np.zeros((n_items * n_parameters, flat.size))
        columns[flat, np.arange(flat.size)] = 1.0
        return columns
    n_slopes = 0 if structure.fixed_slope else 1
    columns = np.zeros((n_items * n_parameters, n_slopes + kept.size))
    if n_slopes:
        columns[::n_parameters, 0] = 1.0
    columns[kept * n_parameters + 1, n_slopes + np.arange(kept.size)] = 1.0
    return columns


def _covariance_by_item(blocks: Floats, structure: Structure) -> Floats:
    """Covariance from each item's own block; with a common slope, that is eliminated first."""
    covariance = np.full_like(blocks, np.nan)
    if not structure.common_slope:
        kept = structure.free & _identified(blocks)
        covariance[kept] = np.linalg.inv(blocks[kept])
        return covariance
    kept = structure.free & (blocks[:, 1, 1] > 1e-7)
    h_slope, h_cross, h_intercept = (blocks[kept][:, i, j] for i, j in ((0, 0), (0, 1), (1, 1)))
    ratio = h_cross / h_intercept
    known = float((h_slope - ratio * h_cross).sum())
    slope_variance = 1.0 / known if known > 0 and not structure.fixed_slope else 0.0
    covariance[kept, 0, 0] = slope_variance
    covariance[kept, 0, 1] = covariance[kept, 1, 0] = -ratio * slope_variance
    covariance[kept, 1, 1] = 1.0 / h_intercept + ratio**2 * slope_variance
    return covariance


def _errors_of(xi: Floats, covariance: Floats, item_by_item: bool) -> StandardErrors:
    """Standard errors of a, b, c by the delta method."""
    slope, b = xi[:, 0], -xi[:, 1] / xi[:, 0]
    variance = np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0)
    b_variance = variance[:, 1] + b**2 * variance[:, 0] + 2.0 * b * covariance[:, 0, 1]
    nothing = np.full(slope.size, np.nan)
    logit_c = np.sqrt(variance[:, 2]) if xi.shape[1] == 3 else nothing
    c = logistic(xi[:, 2]) if xi.shape[1] == 3 else nothing
    return StandardErrors(
        a=np.sqrt(variance[:, 0]),
        b=np.sqrt(np.maximum(b_variance, 0.0)) / np.abs(slope),
        c=c * (1.0 - c) * logit_c,
        intercept=np.sqrt(variance[:, 1]),
        logit_c=logit_c,
        item_by_item=item_by_item,
    )
