"""The probability of a correct response as a function of ability, and its slope."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, ItemParameters


def logistic(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow at either end."""
    small = np.exp(-np.abs(x))
    result: Floats = np.where(x >= 0, 1.0 / (1.0 + small), small / (1.0 + small))
    return result


def probability(theta: npt.ArrayLike, items: ItemParameters) -> Floats:
    """Probability of a correct response.

    Parameters
    ----------
    theta : scalar or shape (n_persons,); ability in logits.

    Returns
    -------
    shape (n_persons, n_items), or (n_items,) for a scalar `theta`.

    References
    ----------
    Birnbaum (1968) in Lord & Novick, Statistical theories of mental test scores;
    upper asymptote: Barton & Lord (1981), ETS Research Bulletin 81-20.
    """
    ability = np.asarray(theta, dtype=np.float64)[..., None]
    return items.c + (items.d - items.c) * logistic(items.a * (ability - items.b))


def probability_slope(theta: npt.ArrayLike, items: ItemParameters) -> Floats:
    """Derivative of `probability` with respect to `theta`; same shape."""
    ability = np.asarray(theta, dtype=np.float64)[..., None]
    p = logistic(items.a * (ability - items.b))
    slope: Floats = items.a * (items.d - items.c) * p * (1.0 - p)
    return slope
