"""S-X2: observed against expected scores on an item, among persons with the same sum score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints, ItemParameters
from models.quadrature import Quadrature
from models.response_functions import category_probabilities
from models.responses import Int8s, Responses
from models.score_distribution import rest_distributions

PERSONS_PER_FORM = 100  # persons who met exactly the same items, for their table to be used
_CELLS = 8_000_000


@dataclass(frozen=True, slots=True)
class ScoreFit:
    """S-X2 of each item, shape (n_items,); nan where no group of persons was large enough."""

    statistic: Floats
    degrees_of_freedom: Floats
    n_persons: Ints


def s_x2(
    responses: Responses,
    items: ItemParameters,
    population: Quadrature,
    n_estimated: Ints,
    *,
    minimum_expected: float,
    persons_per_form: int = PERSONS_PER_FORM,
) -> ScoreFit:
    """S-X2, summed over the sets of items that enough persons met in common.

    Sum scores compare only persons who met the same items. Each such set with
    `persons_per_form` persons gives its own table, and the tables add up; all other persons are
    left out, and `n_persons` says how many are in.
    """
    value, cells = np.zeros(len(items)), np.zeros(len(items))
    used = np.zeros(len(items), dtype=np.intp)
    p = category_probabilities(population.nodes, items)
    for chosen, scores in _forms(responses, persons_per_form):
        if chosen.size < 3:  # with two items the sum score leaves nothing to be compared
            continue
        statistic, free = _of_form(
            scores, p[:, chosen], items.max_scores[chosen], population, minimum_expected
        )
        value[chosen] += statistic
        cells[chosen] += free
        used[chosen] += scores.shape[0]
    freedom = cells - n_estimated
    known = (used > 0) & (freedom > 0)
    return ScoreFit(np.where(known, value, np.nan), np.where(known, freedom, np.nan), used)


def _forms(responses: Responses, persons_per_form: int) -> list[tuple[Ints, Int8s]]:
    """Sets of items met by enough persons: the items, and the dense scores of these persons."""
    if responses.is_complete:
        enough = responses.n_persons >= persons_per_form
        return [(np.arange(responses.n_items), responses.to_dense())] if enough else []
    weight = np.random.default_rng(20260102).integers(1, 2**62, responses.n_items, dtype=np.int64)
    answered = np.flatnonzero(responses.per_person() > 0)
    if answered.size == 0:
        return []
    # the sum of random 62-bit numbers names a set of items; two sets agree by chance never
    with np.errstate(over="ignore"):
        name = np.add.reduceat(weight[responses.item], responses.starts[answered])
    _, group, size = np.unique(name, return_inverse=True, return_counts=True)
    result = []
    for one in np.flatnonzero(size >= persons_per_form):
        part = responses.take_persons(answered[group == one])
        n_items = int(part.per_person()[0])
        result.append((part.item[:n_items].astype(np.intp), part.score.reshape(-1, n_items)))
    return result


def _of_form(
    scores: Int8s, p: Floats, maximum: Ints, population: Quadrature, minimum: float
) -> tuple[Floats, Floats]:
    """Statistic and number of free cells of each item of one form."""
    n_items, n_scores = scores.shape[1], int(maximum.sum()) + 1
    total = scores.sum(axis=1, dtype=np.intp)
    statistic, free = np.zeros(n_items), np.zeros(n_items)
    width = p.shape[-1]
    block = max(1, _CELLS // (p.shape[0] * (n_items * (width - 1) + 1)))
    for start in range(0, n_items, block):
        items = slice(start, start + block)
        share = _expected_shares(p, items, population)[:, :n_scores]
        for offset in range(share.shape[0]):
            j = start + offset
            seen = np.bincount(total * width + scores[:, j], minlength=n_scores * width)
            observed = seen.reshape(n_scores, width)[:, : maximum[j] + 1].astype(np.float64)
            expected = share[offset, :, : maximum[j] + 1] * observed.sum(axis=1, keepdims=True)
            statistic[j], free[j] = _compare(observed, expected, minimum)
    return statistic, free


def _expected_shares(p: Floats, items: slice, population: Quadrature) -> Floats:
    """P(score on the item | sum score), shape (n_chosen, n_sum_scores, n_categories)."""
    rest = rest_distributions(p, items) * np.exp(population.log_weights)[:, None]
    joint = np.zeros((rest.shape[0], rest.shape[2], p.shape[-1]))
    for score in range(p.shape[-1]):
        last = rest.shape[2] - score
        joint[:, score:, score] = np.einsum("iqs,qi->is", rest[:, :, :last], p[:, items, score])
    of_sum = joint.sum(axis=2, keepdims=True)
    result: Floats = np.divide(joint, of_sum, out=np.zeros_like(joint), where=of_sum > 0)
    return result


def _compare(
    observed: npt.NDArray[np.float64], expected: Floats, minimum: float
) -> tuple[float, float]:
    """Chi-square and free cells of one table sum score x score, small cells joined."""
    highest = observed.shape[1] - 1
    observed, expected = _without_extremes(observed, highest), _without_extremes(expected, highest)
    if highest == 1:
        observed, expected = _join_rows(observed, expected, minimum)
    value, free = 0.0, 0
    for seen, due in zip(observed, expected, strict=True):
        o, e = _join_cells(seen, due, minimum) if highest > 1 else (seen, due)
        if e.size > 1 and e.min() > 0:
            value += float(((o - e) ** 2 / e).sum())
            free += e.size - 1
    return value, float(free)


def _without_extremes(table: Floats, highest: int) -> Floats:
    """Sum scores from `highest` to total - `highest`; those beyond join the outermost ones.

    The lowest and the highest sum score of all say nothing about one item and are left out.
    """
    last = table.shape[0] - 1
    if last - 2 * highest < 0:
        return table[:0]
    result = table[highest : last - highest + 1].copy()
    result[0] += table[1:highest].sum(axis=0)
    result[-1] += table[last - highest + 1 : last].sum(axis=0)
    return result


def _join_rows(observed: Floats, expected: Floats, minimum: float) -> tuple[Floats, Floats]:
    """Neighbouring sum scores joined until every cell is expected often enough."""
    seen, due = list(observed), list(expected)
    while len(due) > 1:
        small = next((k for k, row in enumerate(due) if row.min() < minimum), None)
        if small is None:
            break
        if small == 0:
            target = 1
        elif small == len(due) - 1:
            target = small - 1
        else:  # the neighbour with fewer persons
            target = small - 1 if seen[small - 1].sum() <= seen[small + 1].sum() else small + 1
        for rows in (seen, due):
            rows[target] = rows[target] + rows[small]
            del rows[small]
    return np.array(seen), np.array(due)


def _join_cells(observed: Floats, expected: Floats, minimum: float) -> tuple[Floats, Floats]:
    """Neighbouring scores within one sum score joined until each is expected often enough."""
    o, e = [0.0], [0.0]
    for seen, due in zip(observed, expected, strict=True):
        if e[-1] >= minimum:
            o.append(0.0)
            e.append(0.0)
        o[-1] += float(seen)
        e[-1] += float(due)
    if len(e) > 1 and e[-1] < minimum:
        o[-2:], e[-2:] = [o[-2] + o[-1]], [e[-2] + e[-1]]
    return np.array(o), np.array(e)
