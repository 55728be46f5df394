"""Above, below, or too close to call: an ability against a cut score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from models.parameters import Floats, Ints

Verdict = Literal["above", "below", "too-close", "not-enough"]
MINIMUM_ITEMS = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with the probability that the ability lies above the cut.

    Attributes
    ----------
    verdict : "above", "below", "too-close", or "not-enough" answers
    probability_above : of the ability lying above the cut, the cut's own error included
    sides : of the interval that decided: 2 (1.96 errors at 0.95) or 1 (1.645 errors)
    """

    verdict: Verdict
    probability_above: float
    sides: Literal[1, 2] = 2


def decide(
    mean: float,
    standard_error: float,
    cut: float,
    cut_standard_error: float = 0.0,
    level: float = 0.95,
    n_items: int | None = None,
    minimum_items: int = MINIMUM_ITEMS,
    *,
    sides: Literal[1, 2] = 2,
) -> Decision:
    """Compare an ability with a cut score, both uncertain.

    "above" or "below" when the interval of `level` for ability minus cut excludes 0. Two-sided, as
    by default, that means at 0.95 a probability of at least 0.975 for the side named, one-sided
    0.95. The decision says which it was.

    Parameters
    ----------
    mean, standard_error : of the ability, logits
    cut, cut_standard_error : of the standard, logits
    n_items : answers behind the ability; fewer than `minimum_items` is "not-enough"

    Raises
    ------
    ValueError
        A number is not finite, an error is negative, or `level` is not between 0 and 1.

    Examples
    --------
    >>> from models import decide
    >>> decide(0.55, 0.3, 0.0).verdict, decide(0.55, 0.3, 0.0, sides=1).verdict
    ('too-close', 'above')
    """
    numbers = (mean, standard_error, cut, cut_standard_error)
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("mean, cut and their standard errors must be finite")
    if standard_error < 0 or cut_standard_error < 0:
        raise ValueError("a standard error must not be negative")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1, for example 0.95")
    if sides not in (1, 2):
        raise ValueError("sides must be 1 or 2")
    error = math.hypot(standard_error, cut_standard_error)
    if error == 0:
        above = 0.5 if mean == cut else float(mean > cut)
    else:
        above = 0.5 * math.erfc(-(mean - cut) / error / math.sqrt(2.0))
    if n_items is not None and n_items < minimum_items:
        return Decision("not-enough", above, sides)
    tail = (1.0 - level) / sides
    if above >= 1.0 - tail:
        return Decision("above", above, sides)
    return Decision("below" if above <= tail else "too-close", above, sides)


def sequential_side(log_odds: Floats, alpha: float, beta: float) -> Ints:
    """Wald's sequential probability ratio test: 1 above, -1 below, 0 go on.

    Parameters
    ----------
    log_odds : log-likelihood ratio of "above" to "below"
    alpha, beta : accepted rates of saying "above" of who is below, and "below" of who is above

    References
    ----------
    Wald (1945), Annals of Mathematical Statistics 16, 117-186; Spray & Reckase (1996), Journal of
    Educational and Behavioral Statistics 21, 405-414.
    """
    above = log_odds >= math.log((1.0 - beta) / alpha)
    below = log_odds <= math.log(beta / (1.0 - alpha))
    return above.astype(np.intp) - below.astype(np.intp)


def posterior_side(mean: Floats, standard_error: Floats, cut: Floats, confidence: float) -> Ints:
    """1 or -1 where the posterior odds of that side reach confidence : 1 - confidence, else 0.

    The posterior is taken as normal, so this is the one-sided interval said in odds.
    """
    return interval_side(mean, standard_error, cut, confidence, 1)


def interval_side(
    mean: Floats, standard_error: Floats, cut: Floats, confidence: float, sides: Literal[1, 2]
) -> Ints:
    """1 or -1 where the interval of `confidence` lies on that side of the cut, else 0.

    Parameters
    ----------
    sides : 2 for the two-sided interval, at 0.95 1.96 errors each way; 1 for 1.645 errors
    """
    errors = NormalDist().inv_cdf(1.0 - (1.0 - confidence) / sides)
    away = mean - cut
    beyond = np.abs(away) >= errors * standard_error
    return np.where(beyond, np.sign(away), 0).astype(np.intp)
