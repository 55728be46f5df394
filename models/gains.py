"""What an item is expected to add to what is known of the abilities, by different rules."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from models.likelihood import NODES, score_offsets, score_table
from models.parameters import Floats, Ints
from models.prepared_bank import PreparedBank
from models.profile import Profile

Rule = Literal["target", "information", "EPV", "D", "A", "KL", "random"]
RULES: tuple[Rule, ...] = get_args(Rule)
DEFAULT_TARGET = 0.35  # standard error, logits
_TIE_BREAK = 1e-6  # weight of the D gain where every target is reached
_COARSE: Floats = np.ascontiguousarray(NODES[::3])  # 0.6 deviations: exact for these smooth sums
_WEIGHTS: Floats = np.exp(-0.5 * _COARSE**2)
_WEIGHTS /= _WEIGHTS.sum()
_MOMENTS: Floats = np.stack([_WEIGHTS, _WEIGHTS * _COARSE, _WEIGHTS * _COARSE**2], axis=1)


def information_gain(
    amount: Floats,
    covariance: Floats,
    rule: Rule,
    target_variance: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
) -> Floats:
    """Gain of an item with some information in each competency, shape (K,).

    An item that measures competency k with information I changes the posterior covariance S by
    the rank-one step -I S_k S_k' / (1 + I S_kk). "D": Segall (1996), Psychometrika 61, 331-354;
    "A": Mulder & van der Linden (2009), Psychometrika 74, 273-296.
    """
    if rule == "information":
        return amount.copy()
    variance = covariance.diagonal()
    growth = 1.0 + np.maximum(amount, 0.0) * variance
    if rule == "D":
        d_gain: Floats = np.log(growth)
        return d_gain
    weight = None if weights is None else np.asarray(weights, dtype=np.float64)
    fall = covariance * covariance * (np.maximum(amount, 0.0) / growth)[:, None]  # (item, ability)
    if rule == "A":
        a_gain: Floats = fall.sum(axis=1) if weight is None else fall @ weight
        return a_gain
    excess = _excess_fall(variance, variance - fall, target_variance)
    gain: Floats = np.add.reduce(excess, axis=1) if weight is None else excess @ weight
    return gain + _TIE_BREAK * np.log(growth)


def _excess_fall(before: Floats, after: Floats, target_variance: npt.ArrayLike | None) -> Floats:
    """Fall of max(0, log(variance / target))."""
    target = DEFAULT_TARGET**2 if target_variance is None else np.asarray(target_variance)
    now = np.log(np.maximum(before / target, 1.0))
    result: Floats = now - np.log(np.maximum(after / target, 1.0))
    return result


def joint_gain(
    amounts: Floats,
    covariance: Floats,
    rule: Rule,
    target_variance: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
) -> Floats:
    """Gain of sets of items together, for the rules that only need their information.

    Parameters
    ----------
    amounts : shape (n_sets, K); information of each set in each competency

    Returns
    -------
    shape (n_sets,)
    """
    if rule == "information":
        total: Floats = amounts.sum(axis=1)
        return total
    k = covariance.shape[0]
    precision = np.broadcast_to(np.linalg.inv(covariance), (amounts.shape[0], k, k)).copy()
    precision[:, np.arange(k), np.arange(k)] += amounts
    volume = np.linalg.slogdet(precision)[1] + np.linalg.slogdet(covariance)[1]
    if rule == "D":
        d_gain: Floats = volume
        return d_gain
    before = covariance.diagonal()
    after = np.linalg.inv(precision).diagonal(axis1=1, axis2=2)
    weight = np.ones(k) if weights is None else np.asarray(weights, dtype=np.float64)
    if rule == "A":
        a_gain: Floats = (before - after) @ weight
        return a_gain
    gain: Floats = _excess_fall(before, after, target_variance) @ weight + _TIE_BREAK * volume
    return gain


def response_gain(
    bank: PreparedBank,
    items: Ints,
    competency: int,
    profile: Profile,
    rule: Rule,
    weights: npt.ArrayLike | None,
) -> Floats:
    """Gain of some items of one competency by the rules that weigh each possible answer.

    "EPV": the fall of the (weighted) sum of posterior variances expected over the answers; van der
    Linden (1998), Psychometrika 63, 201-216. "KL": the Kullback-Leibler information between the
    estimate and the abilities that the posterior still holds possible, averaged over it; Chang &
    Ying (1996), Applied Psychological Measurement 20, 213-229. The marginal posterior is taken as
    normal.

    Parameters
    ----------
    items : shape (n,); item numbers

    Returns
    -------
    shape (n,)
    """
    some = bank.items.take(items)
    mean, column = float(profile.mean[competency]), profile.covariance[:, competency]
    variance = float(column[competency])
    table = score_table(mean + np.sqrt(variance) * _COARSE, some)
    starts = score_offsets(some)[:-1]
    if rule == "KL":
        here = score_table(np.array([mean]), some)
        apart: Floats = np.add.reduceat(np.exp(here[:, 0]) * ((here - table) @ _WEIGHTS), starts)
        return apart
    moments = np.exp(table) @ _MOMENTS  # (n_rows, 3): mass, first and second moment of each score
    mass = np.maximum(moments[:, 0], 1e-300)
    expected = np.add.reduceat(moments[:, 2] - moments[:, 1] ** 2 / mass, starts)
    weight = np.ones(column.size) if weights is None else np.asarray(weights, dtype=np.float64)
    along = float(weight @ (column / variance) ** 2)
    fall: Floats = variance * (1.0 - expected) * along
    return fall
