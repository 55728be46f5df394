"""Where a calibration starts: the PROX exchange, which also suits adaptive data."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from models.item_families import SMALLEST_GAP, Family, same_family
from models.parameters import Floats, Ints
from models.responses import Responses

_ROUNDS = 5
_ENOUGH_ANSWERS, _ENOUGH_PER_ITEM = 1_000_000, 300  # more do not make the start better
_LOGISTIC_VARIANCE = 2.9  # 1.7^2, of the normal curve nearest to the logistic one
_FARTHEST = 6.0


def starting_values(responses: Responses) -> tuple[Floats, Floats]:
    """Slopes and intercepts of dichotomous items to begin with, on about N(0, 1)."""
    xi = starting_parameters(responses, same_family(responses.n_items, 2))
    return xi[:, 0], xi[:, 1]


def starting_parameters(responses: Responses, families: tuple[Family, ...]) -> Floats:
    """Where the fit begins, shape (n_items, n_parameters); see `models.item_families`.

    In adaptive data every proportion correct is near one half, so proportions alone say nothing.
    The normal approximation exchanges the mean difficulty that each person met with the mean
    ability that each item met, until both agree.

    References
    ----------
    Cohen (1979), Approximate expressions for parameter estimates in the Rasch model, British
    Journal of Mathematical and Statistical Psychology 32, 113-120.
    """
    n_items = responses.n_items
    highest = np.ones(n_items)
    for family in families:
        highest[family.items] = family.upper.shape[1]
    counts = responses.score_counts()
    missing = max(0, int(highest.max()) + 1 - counts.shape[1])  # scores of anchors nobody got
    counts = np.pad(counts, ((0, 0), (0, missing)))
    item_logit = _logit(counts @ np.arange(counts.shape[1]), counts.sum(axis=1) * highest, highest)
    if responses.is_complete:
        total, met = responses.total_per_person(), np.full(responses.n_persons, highest.sum())
        ability = _logit(total, met)
        ability = ability - ability.mean() if ability.size else ability
        stretch = np.full(n_items, np.sqrt(1.0 + (ability.var() if ability.size else 0.0) / 2.9))
        difficulty, met_by_person = -item_logit * stretch, responses.per_person()
    else:
        part = _some(responses)
        ability, difficulty, stretch = _exchange(part, item_logit, highest)
        met_by_person = part.per_person()
    centre, spread = _population(ability, met_by_person)
    middle = centre - difficulty
    xi = np.zeros((n_items, max((family.n_parameters for family in families), default=2)))
    for family in families:
        items = family.items
        own = _of_family(family, counts[items], item_logit[items], stretch[items], middle[items])
        xi[items, : family.n_parameters] = own
        xi[items, 0] = spread if family.kind != "GPCM" else spread / np.sqrt(highest[items])
    return xi


def _of_family(
    family: Family, counts: Ints, item_logit: Floats, stretch: Floats, middle: Floats
) -> Floats:
    """Intercepts and asymptotes of the items of a family."""
    xi = np.zeros((family.items.size, family.n_parameters))
    if family.kind == "dichotomous":
        xi[:, 1] = np.clip(middle, -_FARTHEST, _FARTHEST)
        xi[:, 2:3], xi[:, 3:4] = -1.4, 3.0
        return xi
    m = family.upper.shape[1]
    number = counts[:, : m + 1] + 0.5
    if family.kind == "GRM":
        at_least = np.cumsum(number[:, ::-1], axis=1)[:, ::-1][:, 1:]
        logit = np.log(at_least / (number.sum(axis=1, keepdims=True) - at_least))
    else:
        logit = np.log(number[:, 1:] / number[:, :-1])
    moved = middle[:, None] + (logit - item_logit[:, None]) * stretch[:, None]
    xi[:, 1:] = np.clip(moved, -_FARTHEST, _FARTHEST)
    if family.kind == "GRM":  # in order even where the clipping made them equal
        steps = 10.0 * SMALLEST_GAP * np.arange(m)
        xi[:, 1:] = np.minimum.accumulate(xi[:, 1:], axis=1) - steps
    return xi


def _some(responses: Responses) -> Responses:
    """The answers of so many persons, evenly spread, as a start needs."""
    wanted = max(_ENOUGH_ANSWERS, _ENOUGH_PER_ITEM * responses.n_items)
    step = responses.n_responses // wanted
    if step < 2:
        return responses
    return responses.take_persons(np.arange(0, responses.n_persons, step))


def _exchange(
    responses: Responses, item_logit: Floats, highest: Floats
) -> tuple[Floats, Floats, Floats]:
    """Ability of each person; difficulty of each item, and how far its logits are stretched."""
    from scipy.sparse import csr_array  # SciPy takes a second to import: not in web workers

    shape = (responses.n_persons, responses.n_items)
    ones = np.ones(responses.n_responses, dtype=np.float32)
    met = csr_array((ones, responses.item, responses.starts), shape=shape)
    by_item = met.T
    met_by_person = responses.per_person()
    person_logit = _logit(responses.total_per_person(), met @ highest.astype(np.float32))
    counts = met_by_person, responses.per_item()
    difficulty = -item_logit
    for _ in range(_ROUNDS):
        mean, variance = _mean_and_variance(met, difficulty, counts[0])
        ability = mean + np.sqrt(1.0 + variance / _LOGISTIC_VARIANCE) * person_logit
        mean, variance = _mean_and_variance(by_item, ability, counts[1])
        stretch = np.sqrt(1.0 + variance / _LOGISTIC_VARIANCE)
        difficulty = mean - stretch * item_logit
    return ability, difficulty, stretch


def _logit(
    score: npt.NDArray[Any], most: npt.NDArray[Any], highest: Floats | float = 1.0
) -> Floats:
    """Logit of the share of the highest score, half an answer added to either side."""
    half = 0.5 * highest
    result: Floats = np.log((score + half) / (most - score + half))
    return result


def _mean_and_variance(met: Any, value: Floats, count: Ints) -> tuple[Floats, Floats]:
    """Of the values that belong to the answers of each row."""
    powers = np.stack([value, value * value], axis=1).astype(np.float32)
    sums = (met @ powers).astype(np.float64) / np.maximum(count, 1)[:, None]
    return sums[:, 0], np.maximum(sums[:, 1] - sums[:, 0] ** 2, 0.0)


def _population(ability: Floats, met: Ints) -> tuple[float, float]:
    """Mean and standard deviation of ability, the error of estimation taken out."""
    tested = met > 0
    if tested.sum() < 2:
        return 0.0, 1.0
    observed = ability[tested]
    error = np.mean(1.0 / (0.2 * met[tested] + 0.5))  # P (1 - P) is about 0.2
    spread = float(np.sqrt(max(observed.var() - error, 0.25)))
    return float(observed.mean()), float(np.clip(spread, 0.5, 2.5))
