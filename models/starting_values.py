"""Where a calibration starts: the PROX exchange, which also suits adaptive data."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints
from models.responses import Responses

AnyInts = npt.NDArray[np.integer[Any]]

_ROUNDS = 5
_LOGISTIC_VARIANCE = 2.9  # 1.7^2, of the normal curve nearest to the logistic one


def starting_values(responses: Responses) -> tuple[Floats, Floats]:
    """Slopes and intercepts to begin with, on about N(0, 1).

    In adaptive data every proportion correct is near one half, so proportions alone say nothing.
    The normal approximation exchanges the mean difficulty that each person met with the mean
    ability that each item met, until both agree.

    References
    ----------
    Cohen (1979), Approximate expressions for parameter estimates in the Rasch model, British
    Journal of Mathematical and Statistical Psychology 32, 113-120.
    """
    n_items, n_persons = responses.n_items, responses.n_persons
    met_by_item, met_by_person = responses.per_item(), responses.per_person()
    item_logit = _logit(responses.right_per_item(), met_by_item)
    person_logit = _logit(responses.right_per_person(), met_by_person)
    if responses.is_complete:
        ability = person_logit - person_logit.mean() if n_persons else person_logit
        difficulty = -item_logit
        difficulty *= np.sqrt(1.0 + (ability.var() if n_persons else 0.0) / _LOGISTIC_VARIANCE)
    else:
        item, person = responses.item, responses.person()
        difficulty, ability = -item_logit, person_logit
        for _ in range(_ROUNDS):
            mean, variance = _mean_and_variance(person, difficulty[item], met_by_person)
            ability = mean + np.sqrt(1.0 + variance / _LOGISTIC_VARIANCE) * person_logit
            mean, variance = _mean_and_variance(item, ability[person], met_by_item)
            difficulty = mean - np.sqrt(1.0 + variance / _LOGISTIC_VARIANCE) * item_logit
    centre, spread = _population(ability, met_by_person)
    return np.full(n_items, spread), np.clip(centre - difficulty, -6.0, 6.0)


def _logit(right: npt.NDArray[Any], met: Ints) -> Floats:
    """Logit of the proportion correct, half an answer added to either side."""
    result: Floats = np.log((right + 0.5) / (met - right + 0.5))
    return result


def _mean_and_variance(index: AnyInts, value: Floats, count: Ints) -> tuple[Floats, Floats]:
    safe = np.maximum(count, 1)
    mean = np.bincount(index, value, minlength=count.size) / safe
    square = np.bincount(index, value * value, minlength=count.size) / safe
    return mean, np.maximum(square - mean * mean, 0.0)


def _population(ability: Floats, met: Ints) -> tuple[float, float]:
    """Mean and standard deviation of ability, the error of estimation taken out."""
    tested = met > 0
    if tested.sum() < 2:
        return 0.0, 1.0
    observed = ability[tested]
    error = np.mean(1.0 / (0.2 * met[tested] + 0.5))  # P (1 - P) is about 0.2
    spread = float(np.sqrt(max(observed.var() - error, 0.25)))
    return float(observed.mean()), float(np.clip(spread, 0.5, 2.5))
