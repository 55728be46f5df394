"""What the errors of calibrated item parameters add to the error of an ability.

The posterior mean is a function of the item parameters. Its derivative by a parameter xi of item i
is the posterior covariance of ability with d log P_i(x_i) / d xi, so to first order (the delta
method) the estimates' errors, independent between items, add

    sum over items of c_i' V_i c_i,   c_i = Cov(theta_k, d log P_i / d xi_i | answers),

to the variance of competency k, and what is known of the other competencies through it moves along
the regression on theta_k. Without it a standard error pretends that the items are known exactly.

References
----------
Tsutakawa & Johnson (1990), Psychometrika 55, 371-390; Yang, Hansen & Cai (2012), Educational and
Psychological Measurement 72, 264-290.
"""

from __future__ import annotations

import numpy as np

from models.likelihood import NODES
from models.parameters import Floats, Ints, ItemParameters
from models.response_functions import category_log_probabilities, logistic

_STEP = 1e-5  # of the numerical derivative by the parameters of polytomous items
_TINY = 1e-300
_WEIGHTS: Floats = np.exp(-0.5 * NODES**2)
_WEIGHTS /= _WEIGHTS.sum()


def with_item_errors(
    mean: Floats, covariance: Floats, items: ItemParameters, scores: Ints, competency: Ints
) -> Floats:
    """The posterior covariance with the errors of the item parameters in it.

    Parameters
    ----------
    mean, covariance : shapes (K,), (K, K); posterior with the parameters taken as known
    items, scores, competency : of the answered items, one row each

    Returns
    -------
    shape (K, K)

    Raises
    ------
    ValueError
        The errors of the item parameters are unknown.
    """
    if len(items) == 0:
        return covariance
    errors = parameter_covariances(items)
    result = covariance.copy()
    for k in np.unique(competency):
        mine = np.flatnonzero(competency == k)
        deviation = float(np.sqrt(covariance[k, k]))
        slopes = _parameter_slopes(mean[k] + deviation * NODES, items.take(mine), scores[mine])
        pull = deviation * np.einsum("g,gip->ip", _WEIGHTS * NODES, slopes)
        width = pull.shape[1]
        own = errors[mine][:, :width, :width]
        added = np.einsum("ip,ipq,iq->", pull, own, pull)
        along = covariance[:, k] / covariance[k, k]
        result += added * np.outer(along, along)
    return 0.5 * (result + result.T)


def parameter_covariances(items: ItemParameters) -> Floats:
    """Covariance of each item's estimates, 0 for what was not estimated.

    Returns
    -------
    shape (n_items, p, p); order a, b, c, d, or a, thresholds for polytomous items

    Raises
    ------
    ValueError
        There are neither covariances nor standard errors.
    """
    width = max(4, 1 + (0 if items.thresholds is None else items.thresholds.shape[1]))
    result = np.zeros((len(items), width, width))
    if items.covariance is not None:
        size = min(width, items.covariance.shape[1])
        result[:, :size, :size] = np.nan_to_num(items.covariance[:, :size, :size], nan=0.0)
        return result
    if items.standard_errors is None:
        raise ValueError(
            "the items carry no standard errors: calibrate them on responses first, "
            "or leave item_covariance out"
        )
    deviation = np.zeros((len(items), width))
    deviation[:, :4] = np.nan_to_num(items.standard_errors, nan=0.0)
    graded = np.flatnonzero(items.is_polytomous)
    if graded.size:
        deviation[graded, 1:] = 0.0
        if items.threshold_errors is not None:
            some = np.nan_to_num(items.threshold_errors[graded], nan=0.0)
            deviation[graded, 1 : 1 + some.shape[1]] = some
    diagonal = np.arange(width)
    result[:, diagonal, diagonal] = deviation**2
    return result


def _parameter_slopes(theta: Floats, items: ItemParameters, scores: Ints) -> Floats:
    """Derivatives of log P(score) by the parameters of its item, shape (n_theta, n_items, p)."""
    width = max(4, 1 + (0 if items.thresholds is None else items.thresholds.shape[1]))
    result = np.zeros((theta.size, len(items), width))
    graded = items.is_polytomous
    plain = np.flatnonzero(~graded)
    if plain.size:
        result[:, plain, :4] = _dichotomous(theta[:, None], items.take(plain), scores[plain])
    for item in np.flatnonzero(graded):
        one = items.take(np.array([item]))
        thresholds = np.empty((1, 0)) if one.thresholds is None else one.thresholds
        vector = np.concatenate([one.a, thresholds[0]])
        for parameter in range(vector.size):
            step = np.zeros(vector.size)
            step[parameter] = _STEP
            high, low = (
                _graded(theta, v, one.model)[:, scores[item]]
                for v in (vector + step, vector - step)
            )
            result[:, item, parameter] = (high - low) / (2.0 * _STEP)
    return result


def _graded(theta: Floats, vector: Floats, model: str) -> Floats:
    items = ItemParameters.of(vector[:1], thresholds=vector[None, 1:], model=model)
    log_p: Floats = category_log_probabilities(theta, items)[:, 0]
    return log_p


def _dichotomous(ability: Floats, items: ItemParameters, scores: Ints) -> Floats:
    """d log P / d (a, b, c, d); P = c + (d - c) L."""
    x = items.a * (ability - items.b)
    p, q = logistic(x), logistic(-x)
    span = items.d - items.c
    right = 1.0 / np.maximum(items.c + span * p, _TINY)
    wrong = -1.0 / np.maximum(1.0 - items.d + span * q, _TINY)
    factor = np.where(scores == 1, right, wrong)
    # The first two hold p q / P together, so that an easy or a hard item stays finite.
    steep = factor * p * q * span
    return np.stack(
        [steep * (ability - items.b), -steep * items.a, factor * q, factor * p], axis=-1
    )
