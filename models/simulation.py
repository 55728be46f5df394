"""Simulated responses, for tests, demonstrations and planning. Never mixed with real ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.parameters import ItemParameters
from models.response_functions import logistic
from models.responses import Int8s

_CELLS_PER_BLOCK = 2_000_000


def simulate_responses(
    theta: npt.ArrayLike,
    items: ItemParameters,
    rng: np.random.Generator,
    competency: npt.ArrayLike | None = None,
) -> Int8s:
    """Draw a score for every person on every item.

    Parameters
    ----------
    theta : shape (n_persons,), or (n_persons, n_competencies) with `competency`.
    competency : shape (n_items,); the column of `theta` that each item measures.

    Returns
    -------
    shape (n_persons, n_items), int8; 1 correct, 0 incorrect.

    Raises
    ------
    ValueError
        When `theta` has columns and `competency` does not say which item measures which.
    """
    ability = np.asarray(theta, dtype=np.float64)
    n_items = len(items)
    if ability.ndim == 0:
        ability = ability.reshape(1)
    if ability.ndim == 1 and competency is None:
        ability = ability[:, None]
        column = np.zeros(n_items, dtype=np.intp)
    elif ability.ndim == 2 and competency is not None:
        column = np.asarray(competency, dtype=np.intp)
        if column.shape != (n_items,) or np.any((column < 0) | (column >= ability.shape[1])):
            raise ValueError(
                f"competency must name, for each of the {n_items} items, a column of theta "
                f"from 0 to {ability.shape[1] - 1}."
            )
    else:
        raise ValueError(
            "theta is one ability per person, or persons x competencies together with competency."
        )
    scores = np.empty((ability.shape[0], n_items), dtype=np.int8)
    block = max(1, _CELLS_PER_BLOCK // max(1, n_items))
    for first in range(0, ability.shape[0], block):
        rows = slice(first, first + block)
        z = items.a * (ability[rows][:, column] - items.b)
        p = items.c + (items.d - items.c) * logistic(z)
        scores[rows] = rng.random(p.shape) < p
    return scores
