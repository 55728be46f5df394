"""How the abilities in several competencies go together, estimated from responses.

Every item measures one competency, so a person's likelihood is a product of one-dimensional
curves, one per competency, and only the normal prior ties them. The E-step replaces each curve by
the normal function that gives the same moments in its context (expectation propagation), which
for such a product is exact to about 0.001 logit; the M-step is a mean and a covariance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.acceleration import Anderson
from models.parameters import Floats, Ints, ItemParameters
from models.quadrature import Quadrature, nodes_for
from models.response_functions import category_log_probabilities
from models.responses import Responses

PRIOR_PERSONS = 4.0
_LEAST_LOG = -80.0  # of a probability: exp of it is a number in single precision
_SWEEPS = 4
_MAX_ITERATIONS = 200
_PLAIN_STEPS = 4  # before the first extrapolation
_TOLERANCE = 1e-4
_WIDEST = 1e-6  # precision of a site that says nothing

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class TraitCovariance:
    """The distribution of ability over the K competencies.

    Attributes
    ----------
    correlation : shape (K, K).
    standard_deviation, mean : shape (K,); near 1 and 0 when the items were calibrated on these
        persons.
    standard_errors : shape (K, K), of the correlations; 0 on the diagonal, nan where not
        identified.
    n_persons : persons with at least one answer.
    n_shared : shape (K, K); persons who answered in both competencies.
    converged : whether the last step moved nothing by more than 1e-4.
    n_iterations : EM steps made.
    """

    correlation: Floats
    standard_deviation: Floats
    standard_errors: Floats
    n_persons: int
    converged: bool
    mean: Floats
    n_shared: Ints
    n_iterations: int

    @property
    def covariance(self) -> Floats:
        """Covariance matrix, shape (K, K)."""
        result: Floats = self.correlation * np.outer(
            self.standard_deviation, self.standard_deviation
        )
        return result


@dataclass(slots=True)
class Sites:
    """Normal stand-ins of the likelihood curves: precision and precision times mean, (N, K)."""

    precision: Floats
    shift: Floats


def estimate_trait_covariance(
    responses: Responses,
    items: ItemParameters,
    competency: npt.ArrayLike,
    *,
    n_competencies: int | None = None,
    progress: Progress | None = None,
) -> TraitCovariance:
    """Correlations of the competencies by maximum likelihood, drawn a little towards 0.

    As if 4 more persons had been seen with uncorrelated standard abilities
    (an inverse-Wishart prior): nothing beside 2,000 students, and a safe 0 where nobody answered
    in both competencies.

    Parameters
    ----------
    responses : all competencies together, one record per person; scores 0 to m.
    items : parameters of all items, of any model, those of each competency already on N(0, 1).
    competency : shape (n_items,); competency of each item, 0 to K - 1.
    n_competencies : K, when the last ones have no items yet.
    progress : called with a fraction and a note; may raise to cancel.

    Raises
    ------
    ValueError
        When the shapes do not fit, or a score is above the highest of its item.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, Responses, estimate_trait_covariance, simulate_responses
    >>> rng = np.random.default_rng(1)
    >>> area = np.repeat([0, 1], 8)
    >>> items = ItemParameters.of(1.2, np.tile(np.linspace(-1.5, 1.5, 8), 2))
    >>> theta = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 1500)
    >>> answers = Responses.from_dense(simulate_responses(theta, items, rng, area))
    >>> found = estimate_trait_covariance(answers, items, area)
    >>> found.converged, bool(abs(found.correlation[0, 1] - 0.6) < 0.1)
    (True, True)
    """
    column = np.asarray(competency, dtype=np.intp)
    n_items = responses.n_items
    if len(items) != n_items or column.shape != (n_items,) or np.any(column < 0):
        raise ValueError(
            f"items and competency must have one entry for each of the {n_items} items, "
            "competencies numbered from 0."
        )
    above = np.flatnonzero(responses.score > items.max_scores[responses.item])
    if above.size:
        item = int(responses.item[above[0]])
        raise ValueError(
            f"item {item} has a score of {int(responses.score[above[0]])}, and its highest is "
            f"{int(items.max_scores[item])}: give the parameters of a GRM or GPCM, or dichotomise."
        )
    size = max(int(column.max(initial=-1)) + 1, n_competencies or 0)
    used = responses.take_persons(np.flatnonzero(responses.per_person() > 0))
    curves, met = _likelihood_curves(used, items, column, size)
    sites = Sites(np.full(met.shape, _WIDEST), np.zeros(met.shape))
    mean, covariance, converged, iterations = _iterate(curves, met, sites, progress)
    errors = correlation_errors(sites, mean, covariance)
    deviation = np.sqrt(np.diagonal(covariance))
    answered = met.astype(np.intp)
    correlation = covariance / np.outer(deviation, deviation)
    np.fill_diagonal(correlation, 1.0)
    return TraitCovariance(
        correlation=correlation,
        standard_deviation=deviation,
        standard_errors=errors,
        n_persons=used.n_persons,
        converged=converged,
        mean=mean,
        n_shared=answered.T @ answered,
        n_iterations=iterations,
    )


def _likelihood_curves(
    responses: Responses, items: ItemParameters, column: Ints, size: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Likelihood of each person in each competency at the nodes, scaled to a maximum of 1.

    Returns
    -------
    Shape (n_persons, K, n_nodes), and (n_persons, K): whether there was any answer.
    """
    from scipy.sparse import csr_array  # SciPy takes a second to import: not in web workers

    met_most = max((int((column == k).sum()) for k in range(size)), default=0)
    longest = min(met_most, int(responses.per_person().max(initial=0)))
    nodes = Quadrature.normal(nodes_for(longest)).nodes
    # nodes, items, scores -> (item, score), nodes
    log_p = np.maximum(category_log_probabilities(nodes, items), _LEAST_LOG)
    n_scores = log_p.shape[2]
    table = log_p.reshape(nodes.size, -1).T.astype(np.float32)
    log_curves = np.zeros((responses.n_persons, size, nodes.size), dtype=np.float32)
    met = np.zeros((responses.n_persons, size), dtype=bool)
    person = responses.person()
    for k in range(size):
        mine = np.flatnonzero(column[responses.item] == k)
        cell = responses.item[mine] * np.intp(n_scores) + responses.score[mine]
        entries = csr_array(
            (np.ones(mine.size, np.float32), (person[mine], cell)),
            shape=(responses.n_persons, table.shape[0]),
        )
        log_curves[:, k] = entries @ table
        met[person[mine], k] = True
    log_curves -= log_curves.max(axis=2, keepdims=True)
    return np.exp(log_curves), met


def posterior_moments(sites: Sites, mean: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Mean (N, K) and covariance (N, K, K) of each person under the sites."""
    size = mean.size
    precision = np.linalg.inv(covariance)
    matrices = np.repeat(precision[None], sites.precision.shape[0], axis=0)
    diagonal = np.arange(size)
    matrices[:, diagonal, diagonal] += sites.precision
    covariances = np.linalg.inv(matrices)
    means = np.einsum("nkl,nl->nk", covariances, sites.shift + precision @ mean)
    return means, covariances


def _sweep(
    curves: npt.NDArray[np.float32],
    met: npt.NDArray[np.bool_],
    sites: Sites,
    mean: Floats,
    covariance: Floats,
) -> float:
    """Update every site from its context, in place; the largest change of a posterior mean.

    All sites of a person move at once, half way: with at most twelve that is stable, and it does
    not depend on the order of competencies.
    """
    nodes = Quadrature.normal(curves.shape[2]).nodes.astype(np.float32)
    means, covariances = posterior_moments(sites, mean, covariance)
    variance = np.diagonal(covariances, axis1=1, axis2=2)
    largest = 0.0
    for k in range(mean.size):
        rows = np.flatnonzero(met[:, k])
        own = sites.precision[rows, k]
        context_precision = np.maximum(1.0 / variance[rows, k] - own, 1e-3)
        context_shift = means[rows, k] / variance[rows, k] - sites.shift[rows, k]
        context_mean = context_shift / context_precision
        z = nodes - context_mean[:, None].astype(np.float32)
        log_weight = (-0.5 * context_precision[:, None]).astype(np.float32) * z * z
        log_weight -= log_weight.max(axis=1, keepdims=True)  # a context may lie off the grid
        tilted = np.exp(log_weight) * np.maximum(curves[rows, k], np.float32(1e-30))
        tilted = np.maximum(tilted, np.float32(1e-35))
        total = tilted.sum(axis=1, dtype=np.float64)
        new_mean = (tilted @ nodes) / total
        new_variance = np.maximum((tilted @ (nodes * nodes)) / total - new_mean**2, 1e-4)
        precision = np.maximum(1.0 / new_variance - context_precision, _WIDEST)
        shift = new_mean * (precision + context_precision) - context_shift
        sites.precision[rows, k] += 0.7 * (precision - own)
        sites.shift[rows, k] += 0.7 * (shift - sites.shift[rows, k])
        largest = max(largest, float(np.abs(new_mean - means[rows, k]).max(initial=0.0)))
    return largest


def _em_step(
    curves: npt.NDArray[np.float32],
    met: npt.NDArray[np.bool_],
    sites: Sites,
    mean: Floats,
    covariance: Floats,
) -> tuple[Floats, Floats]:
    """New mean and covariance: the persons' average and the prior's."""
    for _ in range(_SWEEPS):
        if _sweep(curves, met, sites, mean, covariance) < 1e-5:
            break
    means, covariances = posterior_moments(sites, mean, covariance)
    n_persons = means.shape[0]
    new_mean: Floats = means.sum(axis=0) / (n_persons + PRIOR_PERSONS)
    spread = means - new_mean
    total = covariances.sum(axis=0) + spread.T @ spread
    total += PRIOR_PERSONS * (np.eye(mean.size) + np.outer(new_mean, new_mean))
    return new_mean, total / (n_persons + PRIOR_PERSONS)


def _iterate(
    curves: npt.NDArray[np.float32],
    met: npt.NDArray[np.bool_],
    sites: Sites,
    progress: Progress | None,
) -> tuple[Floats, Floats, bool, int]:
    size = met.shape[1]
    mean, covariance = np.zeros(size), np.eye(size)
    if met.shape[0] == 0 or size == 0:
        return mean, covariance, True, 0
    covariance = 0.5 * (covariance + 1.0)  # correlations of one half: competencies go together
    accelerator, first = Anderson(), 0.0
    fallback, smallest = (mean, covariance), np.inf
    for iteration in range(1, _MAX_ITERATIONS + 1):
        new_mean, new_covariance = _em_step(curves, met, sites, mean, covariance)
        change = max(
            float(np.abs(new_mean - mean).max()), float(np.abs(new_covariance - covariance).max())
        )
        first = max(first, change)
        if progress is not None:
            way = np.log(max(change, _TOLERANCE) / _TOLERANCE) / np.log(
                max(first, 2 * _TOLERANCE) / _TOLERANCE
            )
            progress(float(np.clip(1.0 - way, 0.0, 1.0)), f"iteration {iteration}")
        if change < _TOLERANCE:
            return new_mean, new_covariance, True, iteration
        if change > 1.2 * smallest:  # the extrapolation went astray: back to a plain step
            accelerator.restart()
            (mean, covariance), smallest = fallback, np.inf
            continue
        fallback, smallest = (new_mean, new_covariance), change
        if iteration <= _PLAIN_STEPS:
            mean, covariance = fallback
        else:
            mean, covariance = _extrapolate(accelerator, (mean, covariance), fallback)
    return *fallback, False, _MAX_ITERATIONS


def _extrapolate(
    accelerator: Anderson, point: tuple[Floats, Floats], image: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """The accelerated next mean and covariance; the plain ones where that is no covariance."""
    size = point[0].size
    upper = np.triu_indices(size)
    before, after = (np.concatenate([mean, matrix[upper]]) for mean, matrix in (point, image))
    proposal = accelerator.propose(before, after, np.ones(before.size))
    covariance = np.zeros((size, size))
    covariance[upper] = proposal[size:]
    covariance = covariance + covariance.T - np.diag(np.diagonal(covariance))
    too_far = np.abs(proposal - after).max() > 5.0 * np.abs(after - before).max()
    if too_far or np.linalg.eigvalsh(covariance)[0] < 0.3 * np.linalg.eigvalsh(image[1])[0]:
        accelerator.restart()
        return image
    return proposal[:size], covariance


def correlation_errors(sites: Sites, mean: Floats, covariance: Floats) -> Floats:
    """Of the correlations, from the cross-product of the persons' scores and the prior's.

    The score of a person for Sigma is 1/2 Sigma^-1 (V + m m' - Sigma) Sigma^-1, V and m the
    posterior moments about the mean (Fisher's identity).
    """
    size = mean.size
    errors = np.zeros((size, size))
    if sites.precision.shape[0] == 0 or size < 2:
        return errors
    means, covariances = posterior_moments(sites, mean, covariance)
    spread = means - mean
    precision: Floats = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
    second = covariances + spread[:, :, None] * spread[:, None, :] - covariance
    rows, columns = np.triu_indices(size)
    factor = np.where(rows == columns, 0.5, 1.0)
    score = (precision @ second @ precision)[:, rows, columns] * factor
    score = np.concatenate([spread @ precision, score], axis=1)
    information = score.T @ score
    # of the prior: PRIOR_PERSONS complete observations
    information[size:, size:] += PRIOR_PERSONS * _complete_information(precision, rows, columns)
    information[:size, :size] += PRIOR_PERSONS * precision
    spread_of = np.linalg.pinv(information, hermitian=True)[size:, size:]
    position = {(int(k), int(m)): i for i, (k, m) in enumerate(zip(rows, columns, strict=True))}
    for (k, m), own in position.items():
        if k == m:
            continue
        gradient = np.zeros(rows.size)
        correlation = covariance[k, m] / np.sqrt(covariance[k, k] * covariance[m, m])
        gradient[own] = correlation / covariance[k, m] if covariance[k, m] else 1.0
        gradient[position[k, k]] = -0.5 * correlation / covariance[k, k]
        gradient[position[m, m]] = -0.5 * correlation / covariance[m, m]
        errors[k, m] = errors[m, k] = float(gradient @ spread_of @ gradient) ** 0.5
    return errors


def _complete_information(precision: Floats, rows: Ints, columns: Ints) -> Floats:
    """Information of one complete normal observation on the upper triangle of Sigma."""
    size = precision.shape[0]
    directions = np.zeros((rows.size, size, size))
    index = np.arange(rows.size)
    directions[index, rows, columns] = 1.0
    directions[index, columns, rows] = 1.0
    weighted = precision @ directions
    result: Floats = 0.5 * np.einsum("aij,bji->ab", weighted, weighted)
    return result
