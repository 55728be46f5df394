"""Derivatives of the log probability of a score with respect to ability."""

from __future__ import annotations

import numpy as np

from models.information import item_information
from models.parameters import Bools, Floats, Ints, ItemParameters
from models.response_functions import category_probabilities, logistic

_TINY = 1e-300


def slope_table(theta: Floats, items: ItemParameters) -> Floats:
    """Derivative of the log probability of every score of every item.

    Parameters
    ----------
    theta : any shape; abilities in logits

    Returns
    -------
    shape (n_rows, *theta.shape); rows as in `models.likelihood.score_table`
    """
    flat = theta.ravel()
    if not items.is_polytomous.any():
        table = np.empty((2 * len(items), flat.size))
        right, wrong = _dichotomous_slopes(flat[:, None], items)
        table[1::2], table[::2] = right.T, wrong.T
    else:
        own = np.arange(int(items.max_scores.max()) + 1) <= items.max_scores[:, None]
        table = _slopes(flat, items)[:, own].T
    return table.reshape(-1, *theta.shape)


def bias_table(theta: Floats, items: ItemParameters) -> Floats:
    """Warm's J of each item, the sum over its scores of P' P'' / P.

    Half of its sum over the items, divided by their information, corrects the bias of maximum
    likelihood.

    Parameters
    ----------
    theta : any shape; abilities in logits

    Returns
    -------
    shape (*theta.shape, n_items)

    References
    ----------
    Warm (1989), Psychometrika 54, 427-450; for graded scores Penfield & Bergeron (2005), Applied
    Psychological Measurement 29, 218-233.
    """
    ability = theta[..., None]
    x = items.a * (ability - items.b)
    result: Floats = item_information(theta, items) * items.a * (logistic(-x) - logistic(x))
    graded = np.flatnonzero(items.is_polytomous)
    if graded.size:
        some = items.take(graded)
        p, first = category_probabilities(theta, some), _slopes(theta, some)
        result[..., graded] = (p * first * (first**2 + _curvatures(theta, some))).sum(axis=-1)
    return result


def _dichotomous_slopes(ability: Floats, items: ItemParameters) -> tuple[Floats, Floats]:
    x = items.a * (ability - items.b)
    p, q = logistic(x), logistic(-x)
    span = items.d - items.c
    steep = items.a * span * p * q
    right = steep / np.maximum(items.c + span * p, _TINY)
    return right, -steep / np.maximum(1.0 - items.d + span * q, _TINY)


def _slopes(theta: Floats, items: ItemParameters) -> Floats:
    """Shape (*theta.shape, n_items, highest maximum score + 1); GRM: a (Q*_k - P*_k+1)."""
    highest = int(items.max_scores.max())
    result = np.zeros((*theta.shape, len(items), highest + 1))
    plain, grm, gpcm = _by_model(items)
    if plain.size:
        right, wrong = _dichotomous_slopes(theta[..., None], items.take(plain))
        result[..., plain, 1], result[..., plain, 0] = right, wrong
    if grm.size:
        above, below = _cumulative(theta, items.take(grm), highest)
        result[..., grm, :] = items.a[grm, None] * (below[..., :-1] - above[..., 1:])
    if gpcm.size:
        score, mean, _ = _score_moments(theta, items.take(gpcm), highest)
        result[..., gpcm, :] = items.a[gpcm, None] * (score - mean[..., None])
    return result


def _curvatures(theta: Floats, items: ItemParameters) -> Floats:
    """Second derivatives for polytomous items, same shape."""
    highest = int(items.max_scores.max())
    result = np.zeros((*theta.shape, len(items), highest + 1))
    _, grm, gpcm = _by_model(items)
    if grm.size:
        above, below = _cumulative(theta, items.take(grm), highest)
        spread = above * below
        result[..., grm, :] = -(items.a[grm, None] ** 2) * (spread[..., :-1] + spread[..., 1:])
    if gpcm.size:
        _, _, variance = _score_moments(theta, items.take(gpcm), highest)
        result[..., gpcm, :] = -(items.a[gpcm] ** 2 * variance)[..., None]
    return result


def _by_model(items: ItemParameters) -> tuple[Ints, Ints, Ints]:
    names = np.array(items.item_models)
    plain: Bools = ~items.is_polytomous
    return np.flatnonzero(plain), np.flatnonzero(names == "GRM"), np.flatnonzero(names == "GPCM")


def _cumulative(theta: Floats, items: ItemParameters, highest: int) -> tuple[Floats, Floats]:
    """P(score >= k) and P(score < k), k = 0..highest + 1, of GRM items."""
    thresholds = np.empty((len(items), 0)) if items.thresholds is None else items.thresholds
    x = items.a[:, None] * (theta[..., None, None] - thresholds)
    above = np.zeros((*x.shape[:-1], highest + 2))
    below = np.ones_like(above)
    above[..., 0], below[..., 0] = 1.0, 0.0
    there = np.isfinite(x)
    width = x.shape[-1] + 1
    above[..., 1:width] = np.where(there, logistic(x), 0.0)
    below[..., 1:width] = np.where(there, logistic(-x), 1.0)
    return above, below


def _score_moments(
    theta: Floats, items: ItemParameters, highest: int
) -> tuple[Floats, Floats, Floats]:
    """The scores, and mean and variance of the score at each ability."""
    score = np.arange(highest + 1, dtype=np.float64)
    p = category_probabilities(theta, items)
    own = score[: p.shape[-1]]
    mean = p @ own
    return score, mean, ((own - mean[..., None]) ** 2 * p).sum(axis=-1)
