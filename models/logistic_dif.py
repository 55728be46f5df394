"""Logistic regression of an item's score on standing, group and their product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Floats
from models.response_functions import log_logistic, logistic
from models.significance import adjusted, chi_square_tail

_MAX_STEPS = 60
MODERATE, LARGE = 0.035, 0.070


@dataclass(frozen=True, slots=True)
class LogisticDif:
    """Shape (n_items,) each; nan where nothing can be said.

    Attributes
    ----------
    chi_square, p, p_adjusted : group and product together, two degrees of freedom.
    chi_square_uniform, p_uniform : the group alone: the same distance at every standing.
    chi_square_nonuniform, p_nonuniform : the product: the distance changes with standing.
    group_effect : coefficient of the focal group without the product, logits; negative: harder
        for the focal group.
    delta_r_squared : by how much group and product raise Nagelkerke's R squared.
    category : "A" negligible (below 0.035, or not significant), "B" moderate, "C" large (from
        0.070), "" not judged.
    """

    chi_square: Floats
    p: Floats
    p_adjusted: Floats
    chi_square_uniform: Floats
    p_uniform: Floats
    chi_square_nonuniform: Floats
    p_nonuniform: Floats
    group_effect: Floats
    delta_r_squared: Floats
    category: npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts of scores at each combination of standing and group.

    Attributes
    ----------
    standing : shape (n_cells,); in any unit.
    focal : shape (n_cells,); 1 focal group, 0 reference group.
    counts : shape (n_cells, n_scores).
    """

    standing: Floats
    focal: Floats
    counts: Floats


def regress(cells: list[Cells | None], level: float) -> LogisticDif:
    """Statistics of each item; None where an item is not judged.

    A polytomous score takes the cumulative logit model, with one threshold a score.

    References
    ----------
    Swaminathan & Rogers (1990), Journal of Educational Measurement 27, 361-370. R squared:
    Nagelkerke (1991), Biometrika 78, 691-692. Categories: Jodoin & Gierl (2001), Applied
    Measurement in Education 14, 329-349. Polytomous: Zumbo (1999), A handbook on the theory and
    methods of differential item functioning.
    """
    rows = np.full((len(cells), 4), np.nan)
    for item, table in enumerate(cells):
        if table is not None:
            rows[item] = _of_item(table)
    uniform, both, effect, gain = rows.T
    nonuniform = np.maximum(both - uniform, 0.0)
    p = chi_square_tail(both, 2.0)
    with np.errstate(invalid="ignore"):
        category = np.where(gain >= LARGE, "C", np.where(gain >= MODERATE, "B", "A"))
        category[p >= level] = "A"
    category[~np.isfinite(gain)] = ""
    return LogisticDif(
        both,
        p,
        adjusted(p),
        uniform,
        chi_square_tail(uniform, 1.0),
        nonuniform,
        chi_square_tail(nonuniform, 1.0),
        effect,
        gain,
        category,
    )


def _of_item(table: Cells) -> tuple[float, ...]:
    """Chi-square of the group, of group and product, group effect, gain in R squared."""
    counts = table.counts[:, table.counts.sum(axis=0) > 0]
    persons = counts.sum(axis=1)
    n = float(persons.sum())
    mean = float(persons @ table.standing) / n
    spread = float(np.sqrt(persons @ (table.standing - mean) ** 2 / n))
    if counts.shape[1] < 2 or spread <= 1e-12:
        return (np.nan,) * 4
    standing = (table.standing - mean) / spread
    design = np.stack([standing, table.focal, standing * table.focal], axis=1)
    fits = [ordinal_fit(counts, design[:, :k]) for k in range(4)]
    empty, alone, with_group, full = (fit[0] for fit in fits)
    highest = -np.expm1(2.0 * empty / n)
    gain = (np.exp(2.0 * (empty - alone) / n) - np.exp(2.0 * (empty - full) / n)) / highest
    uniform, both = 2.0 * (with_group - alone), 2.0 * (full - alone)
    return max(uniform, 0.0), max(both, 0.0), float(fits[2][1][-1]), float(gain)


def ordinal_fit(counts: Floats, design: Floats) -> tuple[float, Floats]:
    """Maximum likelihood of the cumulative logit model by Fisher scoring.

    P(score >= k) = 1 / (1 + exp(t_k - x beta)); with two scores, ordinary logistic regression.

    Parameters
    ----------
    counts : shape (n_cells, n_scores); no score without a person.
    design : shape (n_cells, n_predictors).

    Returns
    -------
    Log-likelihood, and thresholds followed by coefficients. Where the data are separable the
    coefficients stop large and the likelihood is its limit for all practical purposes.
    """
    m = counts.shape[1] - 1
    above = counts[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:].sum(axis=0) / counts.sum()
    estimate = np.concatenate([-np.log(above / (1.0 - above)), np.zeros(design.shape[1])])
    value, gradient, information = _likelihood(counts, design, estimate)
    for _ in range(_MAX_STEPS):
        ridge = 1e-9 * np.trace(information) / estimate.size * np.eye(estimate.size)
        step = np.linalg.solve(information + ridge, gradient)
        step *= min(1.0, 5.0 / max(np.abs(step).max(), 1e-300))
        for _ in range(30):
            trial = estimate + step
            if (np.diff(trial[:m]) > 0).all():
                moved = _likelihood(counts, design, trial)
                if moved[0] >= value:
                    break
            step = 0.5 * step
        else:
            break
        gained = moved[0] - value
        estimate, (value, gradient, information) = trial, moved
        if gained < 1e-9:
            break
    return value, estimate


def _likelihood(counts: Floats, design: Floats, estimate: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, its gradient and the expected information."""
    n_cells, n_scores = counts.shape
    m = n_scores - 1
    if m == 1:
        return _binary_likelihood(counts, design, estimate)
    x = (design @ estimate[m:])[:, None] - estimate[:m]
    one, nothing = np.ones((n_cells, 1)), np.zeros((n_cells, 1))
    p = -np.diff(np.concatenate([one, logistic(x), nothing], axis=1), axis=1)
    p = np.maximum(p, 1e-300)
    by_x = np.concatenate([nothing, logistic(x) * logistic(-x), nothing], axis=1)
    change = np.zeros((n_cells, n_scores, estimate.size))
    for k in range(m):
        change[:, k, k] += by_x[:, k + 1]
        change[:, k + 1, k] -= by_x[:, k + 1]
    change[:, :, m:] = -np.diff(by_x, axis=1)[:, :, None] * design[:, None, :]
    relative = change / p[:, :, None]
    gradient = np.einsum("cs,csk->k", counts, relative)
    persons = counts.sum(axis=1)
    information = np.einsum("c,csk,csl->kl", persons, change, relative)
    return float((counts * np.log(p)).sum()), gradient, information


def _binary_likelihood(
    counts: Floats, design: Floats, estimate: Floats
) -> tuple[float, Floats, Floats]:
    """The same for two scores, where it is ordinary logistic regression and far cheaper."""
    full = np.column_stack([np.full(counts.shape[0], -1.0), design])
    x = full @ estimate
    p, persons = logistic(x), counts.sum(axis=1)
    value = counts[:, 1] @ log_logistic(x) + counts[:, 0] @ log_logistic(-x)
    weighted = full * (persons * p * (1.0 - p))[:, None]
    return float(value), full.T @ (counts[:, 1] - persons * p), weighted.T @ full
