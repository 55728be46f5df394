"""Q3: whether two items still go together once ability is taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.grid_posterior import answers_by_item
from models.parameters import Floats, Ints, ItemParameters
from models.response_functions import expected_score
from models.responses import Responses

PERSONS_PER_PAIR = 30
LIMIT = 0.2
_ROWS = 2048
_SPARSE = 0.1  # share of filled cells below which sparse products are faster


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
    limit : how far above the mean a pair must lie to be flagged.
    persons_per_pair : persons who met both items, for their q3 to be given.

    References
    ----------
    Yen (1984), Applied Psychological Measurement 8, 125-145. The limit of 0.2 above the mean:
    Christensen, Makransky & Horton (2017), same journal 41, 178-194.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, Responses, residual_correlations, simulate_responses
    >>> rng = np.random.default_rng(1)
    >>> items, theta = ItemParameters.of(np.ones(10), 0.0), rng.standard_normal(500)
    >>> matrix = simulate_responses(theta, items, rng)
    >>> matrix[:, 3] = matrix[:, 8]
    >>> residual_correlations(Responses.from_dense(matrix), items, theta).flagged.tolist()
    [[3, 8]]
    """
    n = responses.n_items
    left = np.empty(responses.n_responses)
    for item, answers, persons in answers_by_item(responses):
        expected = expected_score(theta[persons], items.take([item]))[:, 0]
        left[answers] = responses.score[answers] - expected
    sparse = responses.n_responses < _SPARSE * responses.n_persons * n
    met, one, square, two = _sums_sparse(responses, left) if sparse else _sums(responses, left)
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


def _sums(responses: Responses, left: Floats) -> Floats:
    """For each pair of items over the persons who met both: their number, and the sums of the
    first's residual, of its square, and of the product of both."""
    n, person = responses.n_items, responses.person()
    total = np.zeros((4, n, n))
    for start in range(0, responses.n_persons, _ROWS):
        end = min(start + _ROWS, responses.n_persons)
        part = slice(int(responses.starts[start]), int(responses.starts[end]))
        given, residual = np.zeros((2, end - start, n))
        given[person[part] - start, responses.item[part]] = 1.0
        residual[person[part] - start, responses.item[part]] = left[part]
        for row, values in enumerate((given, residual, residual**2)):
            total[row] += values.T @ given
        total[3] += residual.T @ residual
    return total


def _sums_sparse(responses: Responses, left: Floats) -> Floats:
    """The same where few cells are filled, as after adaptive tests."""
    from scipy.sparse import csr_array

    shape = (responses.n_persons, responses.n_items)

    def matrix(values: Floats) -> Any:
        return csr_array((values, responses.item, responses.starts), shape=shape)

    given, residual = matrix(np.ones(left.size)), matrix(left)
    pairs = ((given, given), (residual, given), (matrix(left**2), given), (residual, residual))
    return np.stack([(x.T @ y).toarray() for x, y in pairs])
