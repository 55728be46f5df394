"""Log-likelihood of right and wrong responses, and the quadrature nodes it is summed over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, ItemParameters
from models.response_functions import logistic

# Nodes in units of the spread of what is integrated. A step h leaves a normal density of standard
# deviation s with a relative error of 2 exp(-2 (pi s / h)^2): nothing at h = s, 2e-7 at h = 1.1 s.
NODES: Floats = np.linspace(-6.0, 6.0, 61)
NODES.setflags(write=False)
STEP = 0.2
SMALLEST_SPREAD = 0.9 * STEP  # in node units; a narrower density needs a finer grid
EDGE = 5.5  # standard deviations that must lie inside the grid
SPREAD_SCALE = 1.25  # one node unit on a grid laid around a known density, in its deviations
MAX_REFINEMENTS = 8
_TINY = 1e-300  # keeps log() finite where a probability underflows


def log_probabilities(theta: npt.ArrayLike, items: ItemParameters) -> tuple[Floats, Floats]:
    """Logarithms of the probabilities of a right and of a wrong response.

    Both tails are computed without cancellation, so very easy and very hard items stay exact.

    Parameters
    ----------
    theta : shape (..., 1) or (..., n_items), or scalar; ability in logits, broadcast with the items

    Returns
    -------
    log_right, log_wrong : the broadcast shape
    """
    x = items.a * (np.asarray(theta, dtype=np.float64) - items.b)
    span = items.d - items.c
    right = items.c + span * logistic(x)
    wrong = (1.0 - items.d) + span * logistic(-x)
    return np.log(np.maximum(right, _TINY)), np.log(np.maximum(wrong, _TINY))


def fits_grid(centre: Floats, scale: Floats, mean: Floats, spread: Floats) -> npt.NDArray[np.bool_]:
    """Whether a density is neither too narrow for its grid nor too near its end; elementwise."""
    inside = np.abs(mean - centre) + EDGE * spread <= NODES[-1] * scale
    result: npt.NDArray[np.bool_] = inside & (spread >= SMALLEST_SPREAD * scale)
    return result
