"""Above, below, or too close to call: an ability against a cut score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["above", "below", "too-close", "not-enough"]
MINIMUM_ITEMS = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with the probability that the ability lies above the cut."""

    verdict: Verdict
    probability_above: float


def decide(
    mean: float,
    standard_error: float,
    cut: float,
    cut_standard_error: float = 0.0,
    level: float = 0.95,
    n_items: int | None = None,
    minimum_items: int = MINIMUM_ITEMS,
) -> Decision:
    """Compare an ability with a cut score, both uncertain.

    "above" or "below" when the two-sided interval of `level` for ability minus cut excludes 0,
    which at 0.95 means a probability of at least 0.975 for the side named.

    Parameters
    ----------
    mean, standard_error : of the ability, logits
    cut, cut_standard_error : of the standard, logits
    n_items : answers behind the ability; fewer than `minimum_items` is "not-enough"

    Raises
    ------
    ValueError
        A number is not finite, an error is negative, or `level` is not between 0 and 1.
    """
    numbers = (mean, standard_error, cut, cut_standard_error)
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("mean, cut and their standard errors must be finite")
    if standard_error < 0 or cut_standard_error < 0:
        raise ValueError("a standard error must not be negative")
    if not 0 < level < 1:
        raise ValueError("level must lie between 0 and 1, for example 0.95")
    error = math.hypot(standard_error, cut_standard_error)
    if error == 0:
        above = 0.5 if mean == cut else float(mean > cut)
    else:
        above = 0.5 * math.erfc(-(mean - cut) / error / math.sqrt(2.0))
    if n_items is not None and n_items < minimum_items:
        return Decision("not-enough", above)
    tail = 0.5 * (1.0 - level)
    if above >= 1.0 - tail:
        return Decision("above", above)
    return Decision("below" if above <= tail else "too-close", above)
