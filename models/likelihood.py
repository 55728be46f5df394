"""Log-likelihood of scores, and the quadrature nodes it is summed over."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints, ItemParameters
from models.response_functions import category_log_probabilities, logistic

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
_LOG_TINY = float(np.log(_TINY))


def log_probabilities(theta: npt.ArrayLike, items: ItemParameters) -> tuple[Floats, Floats]:
    """Logarithms of the probabilities of a right and of a wrong response to dichotomous items.

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


def score_offsets(items: ItemParameters) -> Ints:
    """Where each item's scores begin in a table with one row a score; shape (n_items + 1,)."""
    offsets: Ints = np.concatenate([[0], np.cumsum(items.max_scores + 1)]).astype(np.intp)
    return offsets


def score_table(theta: Floats, items: ItemParameters) -> Floats:
    """Log probability of every score of every item.

    Parameters
    ----------
    theta : any shape; abilities in logits

    Returns
    -------
    shape (n_rows, *theta.shape); row `score_offsets(items)[i] + x` is of score x on item i
    """
    graded = items.is_polytomous
    flat = theta.ravel()
    if not graded.any():
        table = np.empty((2 * len(items), flat.size))
        right, wrong = log_probabilities(flat[:, None], items)
        table[1::2], table[::2] = right.T, wrong.T
    else:
        own = np.arange(int(items.max_scores.max()) + 1) <= items.max_scores[:, None]
        every = category_log_probabilities(flat, items)
        table = np.maximum(every[:, own].T, _LOG_TINY)
    return table.reshape(-1, *theta.shape)


def log_likelihood(theta: Floats, items: ItemParameters, scores: npt.ArrayLike) -> Floats:
    """Log probability of one score on each item, summed over the items; shape of `theta`.

    Parameters
    ----------
    theta : any shape; abilities in logits
    scores : shape (n_items,); 0..maximum of the item
    """
    score = np.asarray(scores, dtype=np.intp)
    if not len(items):
        return np.zeros_like(theta)
    if not items.is_polytomous.any():
        right, wrong = log_probabilities(theta[..., None], items)
        dichotomous: Floats = np.where(score == 1, right, wrong).sum(axis=-1)
        return dichotomous
    rows = score_table(theta, items)[score_offsets(items)[:-1] + score]
    result: Floats = rows.sum(axis=0)
    return result


def fits_grid(centre: Floats, scale: Floats, mean: Floats, spread: Floats) -> npt.NDArray[np.bool_]:
    """Whether a density is neither too narrow for its grid nor too near its end; elementwise."""
    inside = np.abs(mean - centre) + EDGE * spread <= NODES[-1] * scale
    result: npt.NDArray[np.bool_] = inside & (spread >= SMALLEST_SPREAD * scale)
    return result


def checked_scores(scores: npt.ArrayLike, items: ItemParameters) -> npt.NDArray[np.int8]:
    """Scores as whole numbers, -1 where not given; the last axis is the items.

    Raises
    ------
    ValueError
        A score is neither missing nor 0..maximum of its item.
    """
    table = np.asarray(scores)
    if table.dtype.kind == "f":
        table = np.where(np.isnan(table), -1.0, table)
    highest = items.max_scores
    fits = (table >= -1) & (table <= highest) & (table == np.rint(table))
    if table.size and not fits.all():
        *_, item = (int(axis[0]) for axis in np.nonzero(~np.broadcast_to(fits, table.shape)))
        most = int(highest[item])
        words = "1 (right), 0 (wrong)" if most == 1 else f"a whole number from 0 to {most}"
        raise ValueError(f"item {item}: a score is {words}, or -1 or nan (not given)")
    return table.astype(np.int8)
