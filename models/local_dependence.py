"""Q3: whether two items still go together once ability is taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.grid_posterior import answers_by_item
from models.parameters import Floats, Ints, ItemParameters
from models.response_functions import expected_score
from models.responses import Responses

PERSONS_PER_PAIR = 30
LIMIT = 0.2
_ROWS = 2048


@dataclass(frozen=True, slots=True)
class LocalDependence:
    """Correlations of the residuals of pairs of items.

    Attributes
    ----------
    q3 : shape (n_items, n_items); 1 on the diagonal, nan where fewer than `persons_per_pair`
        persons met both.
    n_persons : shape (n_items, n_items); how many met both.
    mean : of all pairs; about -1 / (n_items - 1) when the model holds.
    flagged : shape (n_flagged, 2); pairs of items whose q3 exceeds the mean by more than `limit`,
        the strongest first: a common stem or picture, or one gives the other's answer away.
    limit : how far above the mean.
    """

    q3: Floats
    n_persons: Ints
    mean: float
    flagged: Ints
    limit: float


def residual_correlations(
    responses: Responses,
    items: ItemParameters,
    theta: Floats,
    *,
    limit: float = LIMIT,
    persons_per_pair: int = PERSONS_PER_PAIR,
) -> LocalDependence:
    """Q3 of all pairs of items; each pair over the persons who met both.

    Parameters
    ----------
    theta : shape (n_persons,); abilities, logits.

    References
    ----------
    Yen (1984), Applied Psychological Measurement 8, 125-145. The limit of 0.2 above the mean:
    Christensen, Makransky & Horton (2017), same journal 41, 178-194.
    """
    n = responses.n_items
    met, one, square, two = (np.zeros((n, n)) for _ in range(4))
    left = np.empty(responses.n_responses)
    for item, answers, persons in answers_by_item(responses):
        expected = expected_score(theta[persons], items.take([item]))[:, 0]
        left[answers] = responses.score[answers] - expected
    person = responses.person()
    for start in range(0, responses.n_persons, _ROWS):
        end = min(start + _ROWS, responses.n_persons)
        part = slice(int(responses.starts[start]), int(responses.starts[end]))
        given, residual = np.zeros((2, end - start, n))
        given[person[part] - start, responses.item[part]] = 1.0
        residual[person[part] - start, responses.item[part]] = left[part]
        met += given.T @ given
        one += residual.T @ given
        square += (residual**2).T @ given
        two += residual.T @ residual
    count = np.maximum(met, 1.0)
    covariance = two / count - (one / count) * (one.T / count)
    variance = square / count - (one / count) ** 2
    spread = np.sqrt(np.maximum(variance * variance.T, 0.0))
    known = (met >= persons_per_pair) & (spread > 1e-12)
    q3 = np.full((n, n), np.nan)
    q3[known] = covariance[known] / spread[known]
    row, column = np.triu_indices(n, 1)
    values = q3[row, column]
    mean = float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")
    above = np.flatnonzero(values > mean + limit)
    above = above[np.argsort(-values[above], kind="stable")]
    pairs = np.stack([row[above], column[above]], axis=1).astype(np.intp)
    return LocalDependence(q3, met.astype(np.intp), mean, pairs, limit)
