"""Response times: answers given too fast to be read, and times that do not fit person and item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Floats
from models.significance import chi_square_tail

RAPID_SHARE, RAPID_LIMIT = 0.10, 10.0  # of an item's mean time; seconds
SHORTEST = 0.1  # seconds; a shorter time is one of the clock, not of the person
_PRIOR_WEIGHT = 2.0  # answers; pulls the spread of an item with few answers to that of all
_MAX_STEPS = 1000

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TimeModel:
    """log time = intensity of the item - speed of the person + error / precision of the item.

    Attributes
    ----------
    intensity : shape (n_items,); mean of log seconds at speed 0. nan without answers.
    precision : shape (n_items,); 1 / standard deviation of log seconds around it.
    speed : shape (n_persons,); posterior mean, 0 on average; 0 without answers.
    speed_sd : standard deviation of speed among persons.
    residual : shape (n_persons, n_items); each log time against what the item and the person's
        other times predict, as a standard normal deviate; nan without answer.
    converged : whether the estimates came to rest.
    """

    intensity: Floats
    precision: Floats
    speed: Floats
    speed_sd: float
    residual: Floats
    converged: bool


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """Flags of answers, shape (n_persons, n_items), and of persons, shape (n_persons,).

    Attributes
    ----------
    threshold : shape (n_items,), seconds; below is rapid. nan for items with too few answers.
    rapid : answered faster than the threshold: guessed, hardly read.
    too_long : far longer than item and person would have it: an interruption, or a look elsewhere.
    too_fast : far faster than item and person would have it, whatever the threshold: an item
        known beforehand, or rushed.
    effort : share of the person's judged answers that are not rapid; nan without any.
    low_effort : effort below the limit.
    misfit, degrees_of_freedom, p : of all the person's times together, one speed taken out: an
        uneven pace. nan below three answers.
    model : the lognormal model behind the flags.
    """

    threshold: Floats
    rapid: Bools
    too_long: Bools
    too_fast: Bools
    effort: Floats
    low_effort: Bools
    misfit: Floats
    degrees_of_freedom: Floats
    p: Floats
    model: TimeModel


def response_time_flags(
    times: npt.ArrayLike,
    *,
    share: float = RAPID_SHARE,
    limit: float = RAPID_LIMIT,
    far: float = 3.0,
    effort_limit: float = 0.90,
    minimum_responses: int = 30,
) -> ResponseTimes:
    """Flags of single answers and of persons from response times.

    Parameters
    ----------
    times : shape (n_persons, n_items); seconds, nan where there is no answer. Times below 0.1 s
        count as 0.1 s.
    share, limit : an answer is rapid below this share of the item's mean time, or the limit in
        seconds if that is less (normative threshold, NT10).
    far : residual, as a normal deviate, beyond which a time is too long or too fast.
    effort_limit : share of answers that are not rapid, below which a person made too little
        effort for the score to mean much.
    minimum_responses : answers an item needs for a threshold of its own.

    Raises
    ------
    ValueError
        `times` is no matrix, or holds a negative or infinite time: where.

    References
    ----------
    Normative threshold: Wise & Ma (2012), Setting response time thresholds for a CAT item pool,
    NCME. Effort and 0.90: Wise & Kong (2005), Applied Measurement in Education 18, 163-183.
    Model: van der Linden (2006), Journal of Educational and Behavioral Statistics 31, 181-204;
    residuals: van der Linden & Guo (2008), Psychometrika 73, 365-384; misfit of a person:
    Marianti, Fox, Avetisyan, Veldkamp & Tijmstra (2014), Journal of Educational and Behavioral
    Statistics 39, 426-451.

    Examples
    --------
    >>> import numpy as np
    >>> from models import response_time_flags
    >>> rng = np.random.default_rng(1)
    >>> times = np.exp(rng.normal(4.0, 0.4, (100, 12)))
    >>> times[0, :6] = 2.0
    >>> found = response_time_flags(times)
    >>> int(found.rapid.sum()), round(float(found.effort[0]), 2), int(found.low_effort.sum())
    (6, 0.5, 1)
    """
    table = _checked(times)
    if not 0 < share < 1 or limit <= 0 or far <= 0 or not 0 < effort_limit <= 1:
        raise ValueError("share and effort_limit lie between 0 and 1; limit and far above 0.")
    given = np.isfinite(table)
    met = given.sum(axis=0)
    mean = np.where(given, table, 0.0).sum(axis=0) / np.maximum(met, 1)
    threshold = np.where(met >= minimum_responses, np.minimum(share * mean, limit), np.nan)
    with np.errstate(invalid="ignore"):
        rapid = given & (table < threshold)
    judged = (given & np.isfinite(threshold)).sum(axis=1)
    effort = np.full(table.shape[0], np.nan)
    np.divide(judged - rapid.sum(axis=1), judged, out=effort, where=judged > 0)
    model = fit_time_model(table)
    misfit, freedom = _person_misfit(table, model)
    with np.errstate(invalid="ignore"):
        return ResponseTimes(
            threshold,
            rapid,
            model.residual > far,
            model.residual < -far,
            effort,
            effort < effort_limit,
            misfit,
            freedom,
            chi_square_tail(misfit, freedom),
            model,
        )


def fit_time_model(times: npt.ArrayLike) -> TimeModel:
    """Lognormal model of response times by marginal maximum likelihood (EM), missing at random.

    Parameters
    ----------
    times : shape (n_persons, n_items); seconds, nan where there is no answer.

    Raises
    ------
    ValueError
        As `response_time_flags`.

    References
    ----------
    van der Linden (2006), Journal of Educational and Behavioral Statistics 31, 181-204. The spread
    of an item is pulled to the common one with the weight of two answers.

    Examples
    --------
    >>> import numpy as np
    >>> from models import fit_time_model
    >>> rng = np.random.default_rng(1)
    >>> speed = rng.normal(0, 0.3, (2000, 1))
    >>> times = np.exp(np.array([3.5, 4.0, 4.5]) - speed + 0.5 * rng.standard_normal((2000, 3)))
    >>> fit_time_model(times).intensity.round(1).tolist()
    [3.5, 4.0, 4.5]
    """
    table = _checked(times)
    given = np.isfinite(table)
    log_time = np.log(np.where(given, table, 1.0))
    met = given.sum(axis=0)
    count = np.maximum(met, 1)
    intensity = (log_time * given).sum(axis=0) / count
    away = (log_time - intensity) * given
    n_answers = max(int(met.sum()), 1)
    pooled = max(float((away**2).sum()) / n_answers, 1e-6)
    variance, speed_variance = np.full(met.size, 0.7 * pooled), 0.3 * pooled
    converged = False
    for _ in range(_MAX_STEPS):
        precision = given / variance
        total = 1.0 / speed_variance + precision.sum(axis=1)
        speed = (precision * (intensity - log_time)).sum(axis=1) / total
        doubt = 1.0 / total
        before = np.concatenate([intensity, np.log(variance), [np.sqrt(speed_variance)]])
        # parameter expansion (Liu, Rubin & Wu 1998): speed may stretch, which saves most steps
        stretch = (precision * (intensity - log_time)).sum(axis=1) @ speed
        stretch /= max(float(precision.sum(axis=1) @ (speed**2 + doubt)), 1e-300)
        speed, doubt = stretch * speed, stretch**2 * doubt
        intensity = ((log_time + speed[:, None]) * given).sum(axis=0) / count
        square = (log_time - intensity + speed[:, None]) ** 2 + doubt[:, None]
        own = (square * given).sum(axis=0)
        common = float(own.sum()) / n_answers
        variance = np.maximum((own + _PRIOR_WEIGHT * common) / (met + _PRIOR_WEIGHT), 1e-8)
        answered = given.any(axis=1)
        if answered.any():
            speed_variance = max(float((speed**2 + doubt)[answered].mean()), 1e-8)
        after = np.concatenate([intensity, np.log(variance), [np.sqrt(speed_variance)]])
        if np.abs(after - before).max(initial=0.0) < 1e-5:
            converged = True
            break
    residual = _residuals(log_time, given, intensity, variance, speed_variance)
    speed = np.where(given.any(axis=1), speed, 0.0)
    return TimeModel(
        np.where(met > 0, intensity, np.nan),
        np.where(met > 0, 1.0 / np.sqrt(variance), np.nan),
        speed,
        float(np.sqrt(speed_variance)),
        residual,
        converged,
    )


def _checked(times: npt.ArrayLike) -> Floats:
    table = np.asarray(times, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError("times must be a matrix persons x items, in seconds.")
    wrong = np.argwhere((table < 0) | np.isinf(table))
    if wrong.size:
        person, item = (int(x) for x in wrong[0])
        raise ValueError(
            f"person {person}, item {item} has a time of {table[person, item]} s; give seconds "
            "from 0, or nan where there is no time."
        )
    result: Floats = np.maximum(table, SHORTEST)
    return result


def _residuals(
    log_time: Floats, given: Bools, intensity: Floats, variance: Floats, speed_variance: float
) -> Floats:
    """Each log time against its prediction from the person's other times."""
    weight = given / variance
    slowness = weight * (log_time - intensity)
    total = 1.0 / speed_variance + weight.sum(axis=1, keepdims=True) - weight
    predicted = (slowness.sum(axis=1, keepdims=True) - slowness) / total
    z = (log_time - intensity - predicted) / np.sqrt(variance + 1.0 / total)
    return np.where(given, z, np.nan)


def _person_misfit(times: Floats, model: TimeModel) -> tuple[Floats, Floats]:
    """Weighted squares of the log times around the person's own speed, and degrees of freedom."""
    given = np.isfinite(times)
    weight = np.where(given, model.precision**2, 0.0)
    away = np.where(given, np.log(np.where(given, times, 1.0)) - model.intensity, 0.0)
    total = weight.sum(axis=1)
    pace = np.divide(
        (weight * away).sum(axis=1), total, out=np.zeros(times.shape[0]), where=total > 0
    )
    square = (weight * np.where(given, away - pace[:, None], 0.0) ** 2).sum(axis=1)
    freedom = given.sum(axis=1) - 1.0
    known = freedom >= 2
    return np.where(known, square, np.nan), np.where(known, freedom, np.nan)
