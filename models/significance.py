"""Tail probabilities and many tests at once; SciPy is imported when first needed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.parameters import Floats


def chi_square_tail(value: npt.ArrayLike, degrees_of_freedom: npt.ArrayLike) -> Floats:
    """P(chi-square > value); nan for nan."""
    from scipy.special import chdtrc

    return np.asarray(chdtrc(degrees_of_freedom, value), dtype=np.float64)


def normal_tail(z: npt.ArrayLike) -> Floats:
    """P(Z > z) of a standard normal deviate; nan for nan."""
    from scipy.special import ndtr

    return np.asarray(ndtr(-np.asarray(z, dtype=np.float64)), dtype=np.float64)


def adjusted(p: Floats) -> Floats:
    """p-values adjusted for the false discovery rate; nan stays nan and does not count.

    References
    ----------
    Benjamini & Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.
    """
    result = np.full(p.shape, np.nan)
    known = np.flatnonzero(np.isfinite(p))
    if known.size == 0:
        return result
    order = known[np.argsort(p[known], kind="stable")]
    scaled = p[order] * known.size / np.arange(1, known.size + 1)
    result[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return result
