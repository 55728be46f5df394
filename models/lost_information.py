"""What the unknown abilities take from the information: sums over persons' posteriors.

Behind `models.standard_errors`. A person's score is linear in the indicators of his answers,

    s_i(theta) = sum_u right_iu A_u(theta) + sum_j met_ij B_j(theta),

u over upper cells, j over items, so sums of s_i s_i' need only products of persons x cells, at
each node. Behind the items' parameters stand mean and log sd of each group.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.item_families import first_upper
from models.kernels import AnyFloats, Block, Expected, Sample, sum_over_blocks
from models.parameters import Floats, Ints

_ANSWERS_AT_ONCE = 50_000
_MOST_BY_NODES = 2e7  # persons x cells x cells; above, polynomials cost less than nodes
_MOST_POLYNOMIALS, _LAST_POLYNOMIAL = 24, 1e-6
_LEFT_OUT = 1e-5  # of the largest singular value


@dataclass(frozen=True, slots=True)
class ScoreTables:
    """Derivatives of the log probabilities by the parameters of the item.

    Attributes
    ----------
    zero : shape (n_items, n_parameters, n_nodes); of score 0.
    upper : shape (n_upper, n_parameters, n_nodes); of the scores above.
    owner : shape (n_upper,); item of each upper cell.
    nodes : shape (n_nodes,).
    """

    zero: Floats
    upper: Floats
    owner: Ints
    nodes: Floats

    @property
    def difference(self) -> Floats:
        """Of the scores above less that of score 0, shape of `upper`."""
        result: Floats = self.upper - self.zero[self.owner]
        return result

    def by_owner(self, cells: AnyFloats, axis: int = 0) -> Any:
        """Sums over the upper cells of each item, in the precision of `cells`."""
        if self.owner.size == self.zero.shape[0]:
            return cells
        starts = np.searchsorted(self.owner, np.arange(self.zero.shape[0]))
        return np.add.reduceat(cells, starts, axis=axis)


@dataclass(frozen=True, slots=True)
class LostInformation:
    """Sums over persons, each a square of n_items * n_parameters + 2 * n_groups.

    Attributes
    ----------
    second_moment : of E_i[s_i s_i']; zero where not asked for.
    products : of E_i[s_i] E_i[s_i]'.
    """

    second_moment: Floats
    products: Floats

    @classmethod
    def of(
        cls,
        blocks: list[Block],
        expected: Expected,
        scores: ScoreTables,
        population: Floats,
        *,
        exact: bool = True,
    ) -> LostInformation:
        """From all persons' posteriors.

        Parameters
        ----------
        population : shape (n_groups, 2, n_nodes); scores of mean and log sd of each group.
        exact : False leaves the second moment out.
        """
        n_items, width, _ = scores.zero.shape
        size = n_items * width + 2 * population.shape[0]
        second = np.zeros((size, size))
        if not blocks:  # nobody answered: nothing to lose
            return cls(second, np.zeros((size, size)))
        (products,) = sum_over_blocks(
            lambda b: (_products(blocks[b], scores, population),), len(blocks)
        )
        products = _item_by_item(products, n_items, width)
        if not exact or not expected.weight.any():
            return cls(second, products)
        persons = sum(block.posterior.shape[0] for block in blocks)
        fast = _is_complete_two_parameters(blocks, scores)
        if not fast and float(persons) * scores.owner.size**2 > _MOST_BY_NODES:
            (lost,) = sum_over_blocks(
                lambda b: (_lost_by_polynomials(blocks[b], scores, population),), len(blocks)
            )
            second = products + _item_by_item(lost, n_items, width)
        else:
            inner = n_items * width
            second[:inner, :inner] = _items_second_moment(blocks, expected, scores)
            _population_moments(second, blocks, scores, population)
        return cls(second, products)


def _weighted(block: Block) -> AnyFloats:
    """Posterior times how often the person counts."""
    if block.weight is None:
        return block.posterior
    weighted: AnyFloats = block.posterior * block.weight[:, None].astype(block.posterior.dtype)
    return weighted


def _products(block: Block, scores: ScoreTables, population: Floats) -> Floats:
    """sum_i E_i[s_i] E_i[s_i]' of a block."""
    mean = _mean_scores(block, scores, population)
    weighted = mean if block.weight is None else mean * block.weight[:, None].astype(mean.dtype)
    result: Floats = (mean.T @ weighted).astype(np.float64)
    return result


def _mean_scores(block: Block, scores: ScoreTables, population: Floats) -> AnyFloats:
    """E_i[s_i], shape (n, n_parameters * n_items + 2 * n_groups); parameter by parameter."""
    posterior = block.posterior
    n_items, width, _ = scores.zero.shape
    dtype, upper = posterior.dtype, scores.difference
    mean = np.zeros((posterior.shape[0], width * n_items + 2 * population.shape[0]), dtype=dtype)
    for p in range(width):
        by_cell = posterior @ upper[:, p].T.astype(dtype)
        by_cell *= block.right
        own = mean[:, p * n_items : (p + 1) * n_items]
        np.matmul(posterior, scores.zero[:, p].T.astype(dtype), out=own)
        if block.met is not None:
            own *= block.met
        own += scores.by_owner(by_cell, axis=1)
    last = width * n_items + 2 * block.group
    mean[:, last : last + 2] = posterior @ population[block.group].T.astype(dtype)
    return mean


def _lost_by_polynomials(block: Block, scores: ScoreTables, population: Floats) -> Floats:
    """sum_i Cov_i[s_i] of a block, in the order of `_mean_scores`.

    With polynomials phi_r orthonormal under a person's posterior, phi_0 = 1, the covariance is
    the sum over r > 0 of E_i[s_i phi_r] E_i[s_i phi_r]' (Parseval). Scores are smooth, so few
    polynomials do; the last one added a millionth.
    """
    posterior = block.posterior.astype(np.float64)
    before, present = np.zeros_like(posterior), np.ones_like(posterior)
    size = scores.zero.shape[0] * scores.zero.shape[1] + 2 * population.shape[0]
    total: Floats = np.zeros((size, size))
    norm = np.zeros(posterior.shape[0])
    for _ in range(_MOST_POLYNOMIALS):
        centre = (posterior * present**2) @ scores.nodes
        following = (scores.nodes - centre[:, None]) * present - norm[:, None] * before
        norm = np.sqrt((posterior * following**2).sum(axis=1))
        following /= np.maximum(norm, 1e-12)[:, None]
        before, present = present, following
        own = replace(block, posterior=(posterior * present).astype(np.float32))
        products = _products(own, scores, population)
        total += products
        if np.trace(products) < _LAST_POLYNOMIAL * np.trace(total):
            break
    return total


def _item_by_item(products: Floats, n_items: int, width: int) -> Floats:
    """From the order parameter by parameter to item by item, the populations last."""
    inner = np.arange(n_items * width).reshape(width, n_items).T.ravel()
    order = np.concatenate([inner, np.arange(n_items * width, products.shape[0])])
    result: Floats = products[np.ix_(order, order)]
    return result


def _items_second_moment(blocks: list[Block], expected: Expected, scores: ScoreTables) -> Floats:
    """sum_i E_i[s_i s_i'] over the items' parameters."""
    n_items, width, _ = scores.zero.shape
    size = n_items * width
    if _is_complete_two_parameters(blocks, scores):
        return _complete_two_parameters(blocks, expected, scores)
    active = np.flatnonzero(expected.weight > 1e-9 * expected.weight.sum())
    weighted = [_weighted(block) for block in blocks]
    difference = scores.difference

    def at_node(position: int) -> tuple[Floats, ...]:
        q = int(active[position])
        a, b = difference[:, :, q], scores.zero[:, :, q]
        n_upper = a.shape[0]
        rr, rm = np.zeros((n_upper, n_upper)), np.zeros((n_upper, n_items))
        mm = np.zeros((n_items, n_items))
        for block, posterior in zip(blocks, weighted, strict=True):
            right = block.right * posterior[:, q : q + 1]
            rr += block.right.T @ right
            if block.met is not None:
                rm += right.T @ block.met
                mm += (block.met * posterior[:, q : q + 1]).T @ block.met
        if blocks[0].met is None:
            rm += expected.r_bar[:, q : q + 1]
            mm += expected.weight[q]
        both = _between_cells(scores, a, a, rr)
        cross = scores.by_owner(a[:, :, None, None] * (b * rm[:, :, None])[:, None], axis=0)
        total = both + cross + cross.transpose(2, 3, 0, 1)
        total += np.einsum("jp,kr,jk->jpkr", b, b, mm, optimize=True)
        return (total.reshape(size, size),)

    (result,) = sum_over_blocks(at_node, active.size)
    return result


def _between_cells(scores: ScoreTables, left: Floats, right: Floats, counts: Floats) -> Floats:
    """sum over cells u of item j, v of item k: left_up right_vr counts_uv; (J, P, J, P)."""
    n_upper, width = left.shape
    half = scores.by_owner((left[:, :, None] * counts[:, None]), axis=0)
    whole = half[:, :, :, None] * right
    n_items = half.shape[0]
    whole = scores.by_owner(whole.reshape(n_items * width, n_upper, width), axis=1)
    result: Floats = whole.reshape(n_items, width, n_items, width)
    return result


def _is_complete_two_parameters(blocks: list[Block], scores: ScoreTables) -> bool:
    """Whether nothing is missing, and all items are 2PL."""
    n_items, width, _ = scores.zero.shape
    if blocks[0].met is not None or width != 2 or scores.owner.size != n_items:
        return False
    return bool(np.allclose(scores.difference[:, 1], 1.0))


def _complete_two_parameters(
    blocks: list[Block], expected: Expected, scores: ScoreTables
) -> Floats:
    """sum_i E_i[s_i s_i'] of complete 2PL data.

    There the factor of a right answer, (theta, 1), is the same for all items, so a product for
    each of theta^2, theta and 1 replaces one for every node.
    """
    nodes, wrong = scores.nodes, scores.zero
    n_items, _, n_nodes = wrong.shape
    powers = np.stack([nodes**2, nodes, np.ones_like(nodes)], axis=1)

    def of_block(position: int) -> tuple[Floats, ...]:
        block = blocks[position]
        moments = (_weighted(block) @ powers).astype(block.right.dtype)
        return tuple(block.right.T @ (block.right * moments[:, p : p + 1]) for p in range(3))

    square, linear, constant = sum_over_blocks(of_block, len(blocks))
    total = np.empty((n_items, 2, n_items, 2))
    total[:, 0, :, 0], total[:, 1, :, 1] = square, constant
    total[:, 0, :, 1] = total[:, 1, :, 0] = linear
    right = expected.r_bar[:, None] * powers.T[1:]
    flat = (2 * n_items, n_nodes)
    wrong_flat = wrong.reshape(flat)
    cross = right.reshape(flat) @ wrong_flat.T
    both = cross + cross.T + (wrong_flat * expected.weight) @ wrong_flat.T
    result: Floats = total.reshape(flat[0], flat[0]) + both
    return result


def _population_moments(
    second: Floats, blocks: Iterable[Block], scores: ScoreTables, population: Floats
) -> None:
    """The rows and columns of the populations, written into `second`."""
    n_items, width, _ = scores.zero.shape
    inner = n_items * width
    difference = scores.difference
    for block in blocks:
        posterior = _weighted(block)
        own = slice(inner + 2 * block.group, inner + 2 * block.group + 2)
        h = population[block.group]
        weight = posterior.sum(axis=0, dtype=np.float64)
        second[own, own] += (h * weight) @ h.T
        right = (block.right.T @ posterior).astype(np.float64)
        met = weight if block.met is None else (block.met.T @ posterior).astype(np.float64)
        upper = np.einsum("upq,aq->upa", difference * right[:, None], h)
        zero = scores.zero * (met if met.ndim == 1 else met[:, None])
        cross = scores.by_owner(upper, axis=0) + np.einsum("jpq,aq->jpa", zero, h)
        second[:inner, own] += cross.reshape(inner, 2)
        second[own, :inner] += cross.reshape(inner, 2).T


def by_item(
    sample: Sample,
    posteriors: Iterable[tuple[int, AnyFloats, Floats | None]],
    expected: Expected,
    scores: ScoreTables,
) -> Floats:
    """The items' own blocks of second moment less products; (n_items, n_parameters, same).

    Parameters
    ----------
    posteriors : first person, posterior and weights of each block.
    """
    n_items, width, n_nodes = scores.zero.shape
    zero_counts = expected.n_bar - scores.by_owner(expected.r_bar)
    upper = np.einsum("upq,urq,uq->upr", scores.upper, scores.upper, expected.r_bar, optimize=True)
    lost = scores.by_owner(upper)
    lost += np.einsum("jpq,jrq,jq->jpr", scores.zero, scores.zero, zero_counts, optimize=True)
    responses, first = sample.responses, first_upper(sample.max_scores)
    cells = np.empty((first[-1] + n_items, width, n_nodes))
    place = first[:-1] + np.arange(n_items)
    cells[place] = scores.zero
    cells[np.arange(scores.owner.size) + scores.owner + 1] = scores.upper
    table, basis = _shortened(cells)
    for row, posterior, weight in posteriors:
        table = table.astype(posterior.dtype)
        posterior = posterior @ basis.astype(posterior.dtype)
        begin, end = responses.starts[row], responses.starts[row + posterior.shape[0]]
        lengths = np.diff(responses.starts[row : row + posterior.shape[0] + 1])
        person = np.repeat(np.arange(posterior.shape[0]), lengths)
        for start in range(int(begin), int(end), _ANSWERS_AT_ONCE):
            part = slice(start, min(start + _ANSWERS_AT_ONCE, int(end)))
            who = person[part.start - begin : part.stop - begin]
            item = responses.item[part]
            own = table[place[item] + responses.score[part]]
            mean = (own @ posterior[who][:, :, None])[:, :, 0].astype(np.float64)
            times = 1.0 if weight is None else weight[who]
            for p in range(width):
                for r in range(p + 1):
                    product = np.bincount(item, times * mean[:, p] * mean[:, r], n_items)
                    lost[:, p, r] -= product
                    if p != r:
                        lost[:, r, p] -= product
    result: Floats = lost
    return result


def _shortened(cells: Floats) -> tuple[Floats, Floats]:
    """The same tables by few smooth functions of ability instead of all nodes.

    Returns
    -------
    tables, shape (n_cells, n_parameters, rank), and the functions, shape (n_nodes, rank): what
    is left out is a hundred thousandth of the largest.
    """
    flat = cells.reshape(-1, cells.shape[2])
    values, vectors = np.linalg.eigh(flat.T @ flat)
    kept = values > (_LEFT_OUT**2) * max(float(values[-1]), 1e-300)
    basis: Floats = vectors[:, kept]
    return (flat @ basis).reshape(*cells.shape[:2], -1), basis
