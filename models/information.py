"""Fisher information of items and tests."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, ItemParameters
from models.response_functions import category_probabilities, category_slopes, logistic

_TINY = 1e-300


def information(theta: Floats, a: Floats, b: Floats, c: Floats, d: Floats) -> Floats:
    """Information of items whose parameters are arrays that broadcast with `theta`."""
    x = a * (theta - b)
    p, q = logistic(x), logistic(-x)
    span = d - c
    right = np.maximum(c + span * p, _TINY)
    wrong = np.maximum((1.0 - d) + span * q, _TINY)
    result: Floats = (a * span) ** 2 * (p * q / right) * (p * q / wrong)
    return result


def item_information(theta: npt.ArrayLike, items: ItemParameters) -> Floats:
    """Fisher information of each item, the sum of P'^2 / P over its scores, in 1 / logit^2.

    Of a dichotomous item that is P'^2 / (P Q), of a GPCM item a^2 times the variance of the score.

    Parameters
    ----------
    theta : scalar or shape (n_persons,); ability in logits

    Returns
    -------
    shape (n_persons, n_items), or (n_items,) for a scalar `theta`

    References
    ----------
    Birnbaum (1968) in Lord & Novick, Statistical theories of mental test scores, ch. 20;
    Samejima (1969), Psychometrika Monograph 17; Muraki (1993), Applied Psychological Measurement
    17, 351-363.

    Examples
    --------
    >>> from models import ItemParameters, item_information
    >>> item_information(0.0, ItemParameters.of([1.0, 2.0], 0.0)).tolist()
    [0.25, 1.0]
    """
    ability = np.asarray(theta, dtype=np.float64)[..., None]
    result = information(ability, items.a, items.b, items.c, items.d)
    graded = np.flatnonzero(items.is_polytomous)
    if graded.size:
        some = items.take(graded)
        p, slope = category_probabilities(theta, some), category_slopes(theta, some)
        parts = np.divide(slope**2, p, out=np.zeros_like(p), where=p > _TINY)
        result[..., graded] = parts.sum(axis=-1)
    return result


def test_information(theta: npt.ArrayLike, items: ItemParameters) -> Floats:
    """Sum of the information of all items; shape of `theta`.

    Examples
    --------
    >>> from models import ItemParameters, test_information
    >>> items = ItemParameters.of([1.0, 2.0], 0.0)
    >>> test_information(0.0, items).item(), test_information([0.0, 1.0], items).round(3).tolist()
    (1.25, [1.25, 0.617])
    """
    total: Floats = item_information(theta, items).sum(axis=-1)
    return total


test_information.__test__ = False  # type: ignore[attr-defined]  # a name of the field, not a test
