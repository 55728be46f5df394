"""Simulated responses, for tests, demonstrations and planning. Never mixed with real ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints, ItemParameters
from models.response_functions import logistic
from models.responses import Int8s

_CELLS_PER_BLOCK = 2_000_000
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def simulate_responses(
    theta: npt.ArrayLike,
    items: ItemParameters,
    rng: np.random.Generator,
    competency: npt.ArrayLike | None = None,
) -> Int8s:
    """Draw a score for every person on every item.

    Parameters
    ----------
    theta : shape (n_persons,), or (n_persons, n_competencies) with `competency`.
    competency : shape (n_items,); the column of `theta` that each item measures.

    Returns
    -------
    shape (n_persons, n_items), int8; 1 correct, 0 incorrect, of a polytomous item 0..maximum.

    Raises
    ------
    ValueError
        When `theta` has columns and `competency` does not say which item measures which.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, simulate_responses
    >>> items = ItemParameters.of(1.2, [-1.0, 0.0, 1.0])
    >>> simulate_responses([-1.0, 1.0], items, np.random.default_rng(1)).shape
    (2, 3)
    >>> theta = np.array([[-9.0, 9.0]])
    >>> simulate_responses(theta, items, np.random.default_rng(1), competency=[0, 1, 1]).tolist()
    [[0, 1, 1]]
    """
    ability = np.asarray(theta, dtype=np.float64)
    n_items = len(items)
    if ability.ndim == 0:
        ability = ability.reshape(1)
    if ability.ndim == 1 and competency is None:
        ability = ability[:, None]
        column = np.zeros(n_items, dtype=np.intp)
    elif ability.ndim == 2 and competency is not None:
        column = np.asarray(competency, dtype=np.intp)
        if column.shape != (n_items,) or np.any((column < 0) | (column >= ability.shape[1])):
            raise ValueError(
                f"competency must name, for each of the {n_items} items, a column of theta "
                f"from 0 to {ability.shape[1] - 1}."
            )
    else:
        raise ValueError(
            "theta is one ability per person, or persons x competencies together with competency."
        )
    scores = np.empty((ability.shape[0], n_items), dtype=np.int8)
    block = max(1, _CELLS_PER_BLOCK // max(1, n_items))
    for first in range(0, ability.shape[0], block):
        rows = slice(first, first + block)
        z = items.a * (ability[rows][:, column] - items.b)
        p = items.c + (items.d - items.c) * logistic(z)
        luck = rng.random(p.shape)
        scores[rows] = np.less(luck, p)
        for item in np.flatnonzero(items.is_polytomous):
            one = np.full(len(luck), item)
            scores[rows, item] = draw_scores(items, ability[rows, column[item]], one, luck[:, item])
    return scores


def uniforms(seed: int, person: Ints, item: Ints, n_items: int) -> Floats:
    """A number in [0, 1) for each simulee and item, the same in whatever order they meet.

    So two rules tried with one seed get the same answers to the same items. SplitMix64: Steele,
    Lea & Flood (2014), Fast splittable pseudorandom number generators, OOPSLA, 453-472.
    """
    z = (person.astype(np.uint64) * np.uint64(n_items) + item.astype(np.uint64)) * _GOLDEN
    z += np.uint64(seed)
    z ^= z >> np.uint64(30)
    z *= _MIX_1
    z ^= z >> np.uint64(27)
    z *= _MIX_2
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53


def draw_scores(items: ItemParameters, theta: Floats, item: Ints, uniform: Floats) -> Int8s:
    """Score of one simulee on one item each; `theta`, `item` and `uniform` have shape (n,)."""
    a, b, c, d = items.a[item], items.b[item], items.c[item], items.d[item]
    score = (uniform < c + (d - c) * logistic(a * (theta - b))).astype(np.int8)
    if items.thresholds is None:
        return score
    graded = np.flatnonzero(items.is_polytomous[item])
    steps = items.thresholds[item[graded]]
    z = a[graded, None] * (theta[graded, None] - steps)
    at_least = np.where(np.isnan(z), 0.0, logistic(np.nan_to_num(z)))
    partial = np.array([items.item_models[i] == "GPCM" for i in item[graded]], dtype=np.bool_)
    logits = np.where(np.isnan(z[partial]), -np.inf, np.cumsum(z[partial], axis=1))
    logits = np.concatenate([np.zeros((len(logits), 1)), logits], axis=1)
    weight = np.exp(logits - logits.max(axis=1, keepdims=True))
    above = weight[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
    at_least[partial] = above / weight.sum(axis=1, keepdims=True)
    score[graded] = (uniform[graded, None] < at_least).sum(axis=1)
    return score
