"""How likely each sum score is at a given ability: the recursion of Lord and Wingersky."""

from __future__ import annotations

import numpy as np

from models.parameters import Floats


def score_distribution(p: Floats) -> Floats:
    """Distribution of the sum score at each node.

    Parameters
    ----------
    p : shape (n_nodes, n_items, n_categories); probability of each score of each item, 0 beyond
        an item's own maximum (`models.response_functions.category_probabilities`).

    Returns
    -------
    shape (n_nodes, n_items * (n_categories - 1) + 1); the mass of each sum score, rows sum to 1.

    References
    ----------
    Lord & Wingersky (1984), Applied Psychological Measurement 8, 453-461; more than two scores:
    Thissen, Pommerich, Billeaud & Williams (1995), same journal 19, 39-49.
    """
    n_nodes, n_items, n_categories = p.shape
    total = np.zeros((n_nodes, n_items * (n_categories - 1) + 1))
    total[:, 0] = 1.0
    for item in range(n_items):
        total = _add(total, p[:, item])
    return total


def rest_distributions(p: Floats, items: slice) -> Floats:
    """Distribution of the sum of all items but one, for each item of a slice.

    Returns
    -------
    shape (n_chosen, n_nodes, n_scores), `n_scores` as in `score_distribution`.
    """
    n_nodes, n_items, n_categories = p.shape
    chosen = np.arange(n_items)[items]
    total = np.zeros((chosen.size, n_nodes, n_items * (n_categories - 1) + 1))
    total[..., 0] = 1.0
    nothing = np.zeros((n_nodes, n_categories))
    nothing[:, 0] = 1.0
    for item in range(n_items):
        left_out = (chosen == item)[:, None, None]
        total = _add(total, np.where(left_out, nothing, p[:, item]))
    return total


def _add(total: Floats, p: Floats) -> Floats:
    """The sum with one more item; scores on the last axis of both."""
    result = total * p[..., :1]
    for score in range(1, p.shape[-1]):
        result[..., score:] += total[..., :-score] * p[..., score : score + 1]
    return result
