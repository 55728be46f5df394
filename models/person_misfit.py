"""Whether a person answered as the model expects: l_z with the correction for estimated ability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.fitted import abilities, as_responses, population_of
from models.grid_posterior import answers_by_item, check_scores
from models.parameters import Floats, Ints, ItemParameters
from models.response_functions import category_log_probabilities, category_slopes
from models.responses import Responses
from models.significance import normal_tail

if TYPE_CHECKING:
    from models.calibration import Calibration

MINIMUM_ITEMS = 10
_LEAST_VARIANCE = 0.02  # of l, an item, after the correction: below, no misfit could be seen
_LEAST_LOG = -700.0  # log of a probability that counts as 0


@dataclass(frozen=True, slots=True)
class PersonFit:
    """Fit of each person, shape (n_persons,) each.

    Attributes
    ----------
    lz : corrected standardised log-likelihood l_z*; about N(0, 1) when the model holds, clearly
        negative for an odd pattern. nan where nothing can be said, see `reason`.
    p : probability of a value this low under the model, one-sided.
    flagged : p below the level asked for.
    n_items : answers of the person.
    theta : ability the statistic was computed at, logits.
    reason : "" where there is a value; else "few-answers" or "no-contrast" (the items met do not
        let an odd pattern be told from an expected one, as when all were answered at even chance).
    """

    lz: Floats
    p: Floats
    flagged: npt.NDArray[np.bool_]
    n_items: Ints
    theta: Floats
    reason: npt.NDArray[np.str_]


def person_fit(
    responses: Responses | npt.ArrayLike,
    fit: Calibration | ItemParameters,
    *,
    group: object = None,
    theta: npt.ArrayLike | None = None,
    level: float = 0.05,
    minimum_items: int = MINIMUM_ITEMS,
) -> PersonFit:
    """Standardised log-likelihood l_z* of each person's answers, ability being estimated.

    With h(x) = log P(x) - k P'(x) / P(x) for each score x, k = sum P' log P / information,
    l_z* = sum (h(score) - E h) / sqrt(sum Var h). Taking k times the derivative of the
    log-likelihood off makes the sum insensitive, to first order, to the error of the ability. At
    an ML, MAP or WLE ability this is Snijders' statistic exactly: there the derivative equals
    minus his r_0. Since it is taken from the answers and not from a formula for r_0, EAP
    abilities and those of several competencies are served as well. The p-value allows for the
    skewness of the sum (one Edgeworth term), which is large on short tests.

    Every person's own answers are used, so adaptive tests are served; there the test is cautious:
    items chosen near the estimate fit it better than chance, and in simulation 1 to 3 % of regular
    persons were flagged at a level of 5 % (15 to 60 items, 2PL and 3PL), in fixed tests 3.4 to
    4.6 %. "no-contrast" says where all answers were at even chance and nothing can be seen.

    Parameters
    ----------
    responses : scores 0..m; `Responses` or a matrix persons x items.
    fit : what `calibrate` returned, or item parameters under N(0, 1).
    group : of a calibration with groups, the label of that whose responses these are.
    theta : shape (n_persons,); finite abilities (MAP, WLE, EAP), logits. By default EAP.
    level : of the flag; that share of regular persons is flagged as well.
    minimum_items : persons with fewer answers get no value.

    Raises
    ------
    ValueError
        The responses do not belong to the items, or an argument cannot be used: which.

    References
    ----------
    Drasgow, Levine & Williams (1985), British Journal of Mathematical and Statistical Psychology
    38, 67-86 (l_z). Snijders (2001), Psychometrika 66, 331-342 (estimated ability). Sinharay
    (2016), Psychometrika 81, 992-1013 (polytomous). Skewness: Bedrick (1997), Psychometrika 62,
    191-199.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, Responses, person_fit
    >>> items = ItemParameters.of(a=1.5, b=np.linspace(-2, 2, 12))
    >>> as_expected, upside_down = [1] * 6 + [0] * 6, [0] * 6 + [1] * 6
    >>> found = person_fit(Responses.from_dense([as_expected, upside_down]), items)
    >>> found.flagged.tolist()
    [False, True]
    """
    responses = as_responses(responses)
    items, mean, sd = population_of(fit, group)
    check_scores(responses, items)
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1, for example 0.05.")
    ability = abilities(theta, responses, items, mean, sd)
    deviation, variance, third = _sums(responses, items, ability)
    answered = responses.per_person()
    reason = np.full(responses.n_persons, "", dtype="<U11")
    reason[variance < _LEAST_VARIANCE * answered] = "no-contrast"
    reason[answered < max(minimum_items, 1)] = "few-answers"
    known = reason == ""
    lz = np.full(responses.n_persons, np.nan)
    lz[known] = deviation[known] / np.sqrt(variance[known])
    skewness = np.zeros_like(lz)
    skewness[known] = third[known] / variance[known] ** 1.5
    p = _lower_tail(lz, skewness)
    with np.errstate(invalid="ignore"):
        return PersonFit(lz, p, p < level, answered.astype(np.intp), ability, reason)


def _sums(responses: Responses, items: ItemParameters, theta: Floats) -> Floats:
    """Sum over each person's answers of h - E h, and of its second and third moments."""
    shared, information = np.zeros((2, responses.n_persons))
    for item, _, persons in answers_by_item(responses):  # nobody has two answers to one item
        p, log_p, score = _of_item(theta[persons], items.take([item]))
        shared[persons] += (p * score * log_p).sum(axis=1)
        information[persons] += (p * score**2).sum(axis=1)
    share = np.divide(shared, information, out=np.zeros_like(shared), where=information > 1e-12)
    sums = np.zeros((3, responses.n_persons))
    for item, answers, persons in answers_by_item(responses):
        p, log_p, score = _of_item(theta[persons], items.take([item]))
        h = log_p - share[persons, None] * score
        h -= (p * h).sum(axis=1, keepdims=True)
        sums[0, persons] += h[np.arange(persons.size), responses.score[answers]]
        sums[1, persons] += (p * h**2).sum(axis=1)
        sums[2, persons] += (p * h**3).sum(axis=1)
    return sums


def _of_item(theta: Floats, item: ItemParameters) -> tuple[Floats, Floats, Floats]:
    """P, log P and P' / P of every score on one item, shape (n_persons, n_scores) each."""
    log_p = np.maximum(category_log_probabilities(theta, item)[:, 0], _LEAST_LOG)
    p = np.where(log_p > _LEAST_LOG, np.exp(log_p), 0.0)
    slope = category_slopes(theta, item)[:, 0]
    return p, log_p, np.divide(slope, p, out=np.zeros_like(p), where=p > 1e-300)


def _lower_tail(z: Floats, skewness: Floats) -> Floats:
    """P(Z < z) of a standardised sum with this skewness: Edgeworth's first term."""
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    tail: Floats = normal_tail(-z) - skewness / 6.0 * (z**2 - 1.0) * density
    return np.clip(tail, 0.0, 1.0)
