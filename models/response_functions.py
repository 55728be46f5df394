"""Probabilities of scores as functions of ability, and their slopes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, ItemParameters


def logistic(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow at either end."""
    small = np.exp(-np.abs(x))
    result: Floats = np.where(x >= 0, 1.0 / (1.0 + small), small / (1.0 + small))
    return result


def log_logistic(x: Floats) -> Floats:
    """Logarithm of `logistic`, exact at either end."""
    result: Floats = np.minimum(x, 0.0) - np.log1p(np.exp(-np.abs(x)))
    return result


def probability(theta: npt.ArrayLike, items: ItemParameters) -> Floats:
    """Probability of a right answer; of every score where an item is polytomous.

    Parameters
    ----------
    theta : scalar or shape (n_persons,); ability in logits.

    Returns
    -------
    Dichotomous items only: shape (n_persons, n_items), or (n_items,) for a scalar `theta`. With
    any polytomous item: what `category_probabilities` returns.

    References
    ----------
    Birnbaum (1968) in Lord & Novick, Statistical theories of mental test scores;
    upper asymptote: Barton & Lord (1981), ETS Research Bulletin 81-20.

    Examples
    --------
    >>> from models import ItemParameters, probability
    >>> probability([0.0, 1.0], ItemParameters.of([1.0, 1.5], [0.0, 1.0], c=0.2)).round(3).tolist()
    [[0.6, 0.346], [0.785, 0.6]]
    """
    if items.thresholds is not None and items.is_polytomous.any():
        return category_probabilities(theta, items)
    ability = np.asarray(theta, dtype=np.float64)[..., None]
    return items.c + (items.d - items.c) * logistic(items.a * (ability - items.b))


def probability_slope(theta: npt.ArrayLike, items: ItemParameters) -> Floats:
    """Derivative of `probability` with respect to `theta`; same shape."""
    if items.thresholds is not None and items.is_polytomous.any():
        return category_slopes(theta, items)
    ability = np.asarray(theta, dtype=np.float64)[..., None]
    p = logistic(items.a * (ability - items.b))
    slope: Floats = items.a * (items.d - items.c) * p * (1.0 - p)
    return slope


def category_log_probabilities(theta: npt.ArrayLike, items: ItemParameters) -> Floats:
    """Log probability of every score; -inf beyond an item's own maximum.

    Computed without differences of nearly equal numbers, so that it stays right far away.

    Returns
    -------
    shape (n_persons, n_items, highest maximum score + 1); without the first axis for a scalar.
    """
    ability = np.asarray(theta, dtype=np.float64)[..., None]
    highest = int(items.max_scores.max(initial=1))
    result = np.full((*ability.shape[:-1], len(items), highest + 1), -np.inf)
    names = np.array(items.item_models)
    graded = items.is_polytomous
    if not graded.all():
        plain = np.flatnonzero(~graded)
        x = items.a[plain] * (ability - items.b[plain])
        c, d = items.c[plain], items.d[plain]
        with np.errstate(divide="ignore"):
            span, low, high = np.log(d - c), np.log(c), np.log1p(-d)
        result[..., plain, 0] = np.logaddexp(high, span + log_logistic(-x))
        result[..., plain, 1] = np.logaddexp(low, span + log_logistic(x))
    for name, function in (("GRM", _grm_log), ("GPCM", _gpcm_log)):
        chosen = np.flatnonzero(names == name)
        if chosen.size and items.thresholds is not None:
            x = items.a[chosen, None] * (ability[..., None] - items.thresholds[chosen])
            result[..., chosen, :] = function(x)[..., : highest + 1]
    return result


def _grm_log(x: Floats) -> Floats:
    """Log probabilities of a GRM from x_k = a (theta - t_k), nan behind the last.

    P_k = S(x_k) - S(x_k+1) = S(x_k) S(-x_k+1) (1 - exp(x_k+1 - x_k)), with S the logistic.
    """
    there = np.isfinite(x)
    shape = (*x.shape[:-1], 1)
    above = np.concatenate([np.zeros(shape), np.where(there, log_logistic(x), -np.inf)], axis=-1)
    below = np.concatenate([np.where(there, log_logistic(-x), 0.0), np.zeros(shape)], axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log(-np.expm1(np.diff(x, axis=-1)))
    gap = np.concatenate([np.zeros(shape), np.where(np.isnan(gap), 0.0, gap), np.zeros(shape)], -1)
    result: Floats = above + below + gap
    return result


def _gpcm_log(x: Floats) -> Floats:
    """Log probabilities of a GPCM from x_k = a (theta - t_k), nan behind the last."""
    steps = np.where(np.isfinite(x), x, -np.inf)
    total = np.concatenate([np.zeros((*x.shape[:-1], 1)), np.cumsum(steps, axis=-1)], axis=-1)
    total -= total.max(axis=-1, keepdims=True)
    result: Floats = total - np.log(np.exp(total).sum(axis=-1, keepdims=True))
    return result


def category_probabilities(theta: npt.ArrayLike, items: ItemParameters) -> Floats:
    """Probability of every score; 0 beyond an item's own maximum.

    Returns
    -------
    shape (n_persons, n_items, highest maximum score + 1); without the first axis for a scalar.

    Examples
    --------
    >>> from models import ItemParameters, category_probabilities
    >>> item = ItemParameters.of(1.2, thresholds=[[-0.5, 1.5]], model="GPCM")
    >>> category_probabilities(0.0, item).round(3).tolist()
    [[0.32, 0.583, 0.096]]
    """
    result: Floats = np.exp(category_log_probabilities(theta, items))
    return result


def category_slopes(theta: npt.ArrayLike, items: ItemParameters) -> Floats:
    """Derivative of `category_probabilities` with respect to `theta`; same shape."""
    ability = np.asarray(theta, dtype=np.float64)[..., None]
    p = category_probabilities(theta, items)
    slopes = np.zeros_like(p)
    names = np.array(items.item_models)
    plain = np.flatnonzero(~items.is_polytomous)
    x = items.a[plain] * (ability - items.b[plain])
    slopes[..., plain, 1] = (
        items.a[plain] * (items.d - items.c)[plain] * (logistic(x) * logistic(-x))
    )
    slopes[..., plain, 0] = -slopes[..., plain, 1]
    grm, gpcm = np.flatnonzero(names == "GRM"), np.flatnonzero(names == "GPCM")
    if grm.size and items.thresholds is not None:
        width = p.shape[-1] - 1
        x = items.a[grm, None] * (ability[..., None] - items.thresholds[grm][:, :width])
        by_x = items.a[grm, None] * np.where(np.isfinite(x), logistic(x) * logistic(-x), 0.0)
        edge = np.zeros((*x.shape[:-1], 1))
        slopes[..., grm, :] = -np.diff(np.concatenate([edge, by_x, edge], axis=-1), axis=-1)
    if gpcm.size:
        score = np.arange(p.shape[-1], dtype=np.float64)
        own = p[..., gpcm, :]
        mean = (own @ score)[..., None]
        slopes[..., gpcm, :] = items.a[gpcm, None] * own * (score - mean)
    return slopes


def expected_score(theta: npt.ArrayLike, items: ItemParameters) -> Floats:
    """Mean score of every item: the probability of a right answer where an item is dichotomous.

    Returns
    -------
    shape (n_persons, n_items), or (n_items,) for a scalar `theta`.

    Examples
    --------
    >>> from models import ItemParameters, expected_score
    >>> item = ItemParameters.of(1.2, thresholds=[[-0.5, 1.5]], model="GPCM")
    >>> expected_score(0.0, item).round(3).tolist()
    [0.776]
    """
    if items.thresholds is None:
        return probability(theta, items)
    p = category_probabilities(theta, items)
    result: Floats = p @ np.arange(p.shape[-1], dtype=np.float64)
    return result
