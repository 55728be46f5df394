"""Items under one stem: a random effect that a person's answers to the set share.

Whoever misreads a case misses all its questions, so four answers to one case tell less than four
answers to four. Ability plus an effect gamma ~ N(0, variance), drawn once for each person and set,
answers the set's items, and the likelihood of the set is the integral over gamma.

References
----------
Bradlow, Wainer & Wang (1999), Psychometrika 64, 153-168.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.likelihood import NODES, STEP, log_likelihood, score_table
from models.parameters import Floats, Ints, ItemParameters

# A moderate effect: half a logit of standard deviation where ability has one. Estimated variances
# of published tests lie between about 0.1 and 1 (Wainer, Bradlow & Wang 2007, Testlet response
# theory, ch. 7 to 9).
DEFAULT_TESTLET_VARIANCE = 0.25
ALONE = -1  # the set of an item without a common stem
_REACH = 6.0  # standard deviations of the effect that are summed over
_FINE = 0.4  # greatest step of that sum, in the same
_LEAST_DEVIATION = 0.05  # logits; a smaller effect counts as none
_EFFECTS: Floats = np.linspace(-6.0, 6.0, 49)
_LOG_WEIGHTS: Floats = -0.5 * _EFFECTS**2 - np.log(np.exp(-0.5 * _EFFECTS**2).sum())


def check_testlets(
    testlet: npt.ArrayLike | None,
    variance: npt.ArrayLike,
    competency: Ints,
) -> tuple[Ints, Floats]:
    """Effects of a bank: which one each item shares, and their variances.

    The effect of a set whose items measure several competencies is drawn anew for each of them, so
    that the likelihood stays a product over competencies.

    Parameters
    ----------
    testlet : shape (n_items,); number of the set of each item, any number >= 0, -1 for none
    variance : of the effects, one number or shape (n_items,) with the same value within a set

    Returns
    -------
    effect : shape (n_items,); 0..n_effects-1, or -1
    variances : shape (n_effects,)

    Raises
    ------
    ValueError
        Shapes do not fit, or a variance is negative or differs within a set.
    """
    n = competency.size
    if testlet is None:
        return np.full(n, ALONE), np.empty(0)
    sets = np.array(testlet, dtype=np.intp)
    if sets.shape != (n,) or (sets < ALONE).any():
        raise ValueError(f"testlet must have {n} numbers, one an item: its set, or -1 for none")
    each = np.broadcast_to(np.asarray(variance, dtype=np.float64), (n,))
    if not np.isfinite(each).all() or (each < 0).any():
        raise ValueError("testlet_variance must be finite and not negative")
    shared = (sets != ALONE) & (each >= _LEAST_DEVIATION**2)
    pairs, number = np.unique(
        np.stack([sets[shared], competency[shared]]), axis=1, return_inverse=True
    )
    effect = np.full(n, ALONE)
    effect[shared] = number.ravel()
    variances = np.zeros(pairs.shape[1])
    variances[effect[shared]] = each[shared]
    if not np.array_equal(variances[effect[shared]], each[shared]):
        raise ValueError("testlet_variance must be the same for all items of a set")
    return effect, variances


def set_log_likelihood(
    theta: Floats, items: ItemParameters, scores: npt.ArrayLike, variance: float
) -> Floats:
    """Log probability of the answers to a set, its effect integrated out; shape of `theta`."""
    shifted = theta[..., None] + math.sqrt(variance) * _EFFECTS
    return _log_mean(log_likelihood(shifted, items, scores), _LOG_WEIGHTS)


def grouped_log_likelihood(
    theta: Floats, items: ItemParameters, scores: Ints, effect: Ints, variances: Floats
) -> Floats:
    """Log probability of all answers, items alone and sets; shape of `theta`."""
    alone = np.flatnonzero(effect == ALONE)
    total = log_likelihood(theta, items.take(alone), scores[alone])
    for group in np.unique(effect[effect != ALONE]):
        mine = np.flatnonzero(effect == group)
        total = total + set_log_likelihood(
            theta, items.take(mine), scores[mine], float(variances[group])
        )
    return total


def _log_mean(log_values: Floats, log_weights: Floats) -> Floats:
    weighted = log_values + log_weights
    peak = weighted.max(axis=-1)
    result: Floats = peak + np.log(np.exp(weighted - peak[..., None]).sum(axis=-1))
    return result


@dataclass(frozen=True, slots=True)
class TestletTables:
    """Sets of a bank, tabulated so that their likelihood at the nodes is quick.

    Attributes
    ----------
    effect : shape (n_items,); effect of each item, -1 alone
    variances : shape (n_effects,)
    row : shape (n_items,); row of the item's score 0 in `table`, -1 alone
    table : shape (n_rows, n_extended); log probabilities on nodes that reach beyond the engine's
    log_weights : shape (n_effects, window); of the effects' steps
    refinement : steps of `table` in one step of the nodes
    """

    effect: Ints
    variances: Floats
    row: Ints
    table: Floats
    log_weights: Floats
    refinement: int

    @classmethod
    def of(
        cls,
        items: ItemParameters,
        competency: Ints,
        centre: Floats,
        scale: Floats,
        effect: Ints,
        variances: Floats,
    ) -> TestletTables:
        """Tables at the nodes `centre + scale * NODES` of each competency."""
        n = len(items)
        grouped = np.flatnonzero(effect != ALONE)
        row = np.full(n, -1, dtype=np.intp)
        if grouped.size == 0:
            return cls(effect, variances, row, np.empty((0, 0)), np.empty((0, 0)), 1)
        deviation = np.sqrt(variances)
        refinement = math.ceil(STEP * float(scale.max()) / (_FINE * float(deviation.min())))
        step = STEP / refinement
        reach = math.ceil(_REACH * float(deviation.max()) / (step * float(scale.min())))
        extended = step * np.arange(-reach, (NODES.size - 1) * refinement + reach + 1) + NODES[0]
        area = np.zeros(variances.size, dtype=np.intp)
        area[effect[grouped]] = competency[grouped]
        sizes = items.max_scores[grouped] + 1
        row[grouped] = np.cumsum(sizes) - sizes
        table = np.empty((int(sizes.sum()), extended.size))
        for k in np.unique(competency[grouped]):
            mine = grouped[competency[grouped] == k]
            rows = np.concatenate([row[i] + np.arange(items.max_scores[i] + 1) for i in mine])
            table[rows] = score_table(centre[k] + scale[k] * extended, items.take(mine))
        offsets = np.arange(-reach, reach + 1) * step
        log_weights = -0.5 * (offsets * (scale[area] / deviation)[:, None]) ** 2
        log_weights -= np.log(np.exp(log_weights).sum(axis=1, keepdims=True))
        table.setflags(write=False)
        log_weights.setflags(write=False)
        return cls(effect, variances, row, table, log_weights, refinement)

    def log_likelihood(self, given: Ints, scores: Ints) -> Floats:
        """Of answers to items of one set, at the nodes; shape (n_nodes,)."""
        total = self.table[self.row[given] + scores].sum(axis=0)
        weights = self.log_weights[self.effect[given[0]]]
        windows = np.lib.stride_tricks.sliding_window_view(total, weights.size)
        return _log_mean(windows[:: self.refinement], weights)
