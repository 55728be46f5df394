"""How often a decision at one or more cuts is right, and would be made again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints, ItemParameters
from models.quadrature import Quadrature
from models.response_functions import category_probabilities, expected_score
from models.score_distribution import score_distribution

_CELLS = 4_000_000
_FINE = 1201  # points, 0.01 logits apart


@dataclass(frozen=True, slots=True)
class Classification:
    """Accuracy and consistency of sorting persons at `cuts`.

    K cuts make K + 1 categories; a person exactly at a cut belongs above it.

    Attributes
    ----------
    accuracy : probability that the observed category is the true one, all cuts at once.
    consistency : probability that two parallel tests give the same category.
    kappa : consistency beyond chance (Cohen).
    accuracy_by_cut, consistency_by_cut : shape (n_cuts,); each cut alone: above or below.
    false_above, false_below : shape (n_cuts,); probability of being observed above though truly
        below, and the reverse. With accuracy_by_cut they sum to 1.
    observed, true : shape (n_cuts + 1,); expected shares of the categories.
    joint : shape (n_cuts + 1, n_cuts + 1); share of true category (row) and observed one (column).
    theta, weights : shape (n_theta,); where it was evaluated, weights sum to 1.
    conditional_accuracy, conditional_consistency : shape (n_theta,); at each ability.
    probabilities : shape (n_theta, n_cuts + 1); of each observed category at each ability.
    """

    accuracy: float
    consistency: float
    kappa: float
    accuracy_by_cut: Floats
    consistency_by_cut: Floats
    false_above: Floats
    false_below: Floats
    observed: Floats
    true: Floats
    joint: Floats
    theta: Floats
    weights: Floats
    conditional_accuracy: Floats
    conditional_consistency: Floats
    probabilities: Floats


def decision_accuracy(
    theta: npt.ArrayLike,
    standard_error: npt.ArrayLike,
    cuts: npt.ArrayLike,
    *,
    weights: npt.ArrayLike | None = None,
) -> Classification:
    """Accuracy and consistency of decisions on the ability scale, for any test, adaptive or not.

    A person of ability theta is observed at N(theta, standard_error^2).

    Parameters
    ----------
    theta : shape (n_theta,); abilities of a group, or points of a distribution with `weights`.
        Estimates stand in for abilities, as Rudner does; they spread more than abilities, so on
        short tests points of the distribution with 1 / sqrt(test_information) are better.
    standard_error : shape (n_theta,) or a number; of an unbiased estimate (ML, WLE), logits. With
        EAP abilities and posterior deviations, accuracy is the posterior probability of the
        category given, which is right as well; consistency is then not that of two tests.
    cuts : shape (n_cuts,), ascending, or one number; logits.
    weights : shape (n_theta,); by default all equal.

    Raises
    ------
    ValueError
        Shapes do not fit, cuts do not ascend, or a number is not finite: which, and what to do.

    References
    ----------
    Rudner (2001), Practical Assessment, Research & Evaluation 7(14); Rudner (2005), same journal
    10(13). Consistency: Wyse & Hao (2012), Applied Psychological Measurement 36, 602-624.

    Examples
    --------
    >>> from models import decision_accuracy
    >>> found = decision_accuracy([-1.0, 0.0, 1.5], [0.3, 0.3, 0.3], cuts=0.5)
    >>> round(found.accuracy, 3), round(found.consistency, 3)
    (0.984, 0.969)
    """
    ability, mass = _points(theta, weights)
    error = np.asarray(standard_error, dtype=np.float64)
    if error.shape not in ((), ability.shape) or not np.isfinite(error).all() or error.min() < 0:
        raise ValueError(
            "standard_error must be one number, or one for each ability, finite and not negative; "
            "leave out persons whose ability has no finite error."
        )
    at = _ascending(cuts)
    away = at - ability[:, None]
    spread = np.broadcast_to(error, ability.shape)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(spread > 0, away / spread, np.where(away > 0, np.inf, -np.inf))
    return _summarise(_normal_below(z), np.searchsorted(at, ability, side="right"), ability, mass)


def score_decision_accuracy(
    items: ItemParameters,
    cuts: npt.ArrayLike,
    *,
    theta_cuts: npt.ArrayLike | None = None,
    theta: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> Classification:
    """Accuracy and consistency of decisions on the sum score of a fixed test, exact for the model.

    Parameters
    ----------
    items : the test; dichotomous and polytomous.
    cuts : shape (n_cuts,), ascending, or one; the lowest sum score of each higher category.
    theta_cuts : shape (n_cuts,); abilities that divide the true categories, logits. By default
        where the expected score reaches the cut.
    theta, weights : abilities of a group, or points of a distribution; by default 1,201 points with
        the weights of N(0, 1).

    Raises
    ------
    ValueError
        A cut lies outside the possible scores, or shapes do not fit: which, and what to do.

    References
    ----------
    Lee (2010), Journal of Educational Measurement 47, 1-17; the scores at an ability by Lord &
    Wingersky (1984), Applied Psychological Measurement 8, 453-461.

    Examples
    --------
    >>> from models import ItemParameters, score_decision_accuracy
    >>> items = ItemParameters.of(a=1.3, b=[-1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5])
    >>> found = score_decision_accuracy(items, cuts=4)
    >>> 0.7 < found.accuracy < 0.85
    True
    """
    if theta is None and weights is None:
        grid = Quadrature.normal(_FINE)  # a cut between two points is off by up to half a step
        ability, mass = grid.nodes, np.exp(grid.log_weights)
    else:
        ability, mass = _points([] if theta is None else theta, weights)
    at = _ascending(cuts)
    highest = int(items.max_scores.sum())
    if np.any(at != np.floor(at)) or at[0] < 1 or at[-1] > highest:
        raise ValueError(
            f"cuts are sum scores: whole numbers from 1 to {highest}, which is all right."
        )
    if theta_cuts is None:
        expected = expected_score(ability, items).sum(axis=1)
        true = np.searchsorted(at, expected + 1e-12, side="right")
    else:
        limits = _ascending(theta_cuts)
        if limits.shape != at.shape:
            raise ValueError(f"theta_cuts needs one ability for each of the {at.size} cuts.")
        true = np.searchsorted(limits, ability, side="right")
    below = np.empty((ability.size, at.size))
    block = max(1, _CELLS // (highest + 1))
    for start in range(0, ability.size, block):
        rows = slice(start, start + block)
        mass_of_scores = score_distribution(category_probabilities(ability[rows], items))
        below[rows] = mass_of_scores.cumsum(axis=1)[:, at.astype(np.intp) - 1]
    return _summarise(np.minimum(below, 1.0), true, ability, mass)


def _points(theta: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    ability = np.atleast_1d(np.asarray(theta, dtype=np.float64))
    if ability.ndim != 1 or ability.size == 0 or not np.isfinite(ability).all():
        raise ValueError(
            "theta must be finite abilities, at least one; leave out persons without one."
        )
    mass = np.ones(ability.size) if weights is None else np.asarray(weights, dtype=np.float64)
    if mass.shape != ability.shape or not np.isfinite(mass).all() or mass.min() < 0:
        raise ValueError("weights must be one number for each ability, finite and not negative.")
    if mass.sum() <= 0:
        raise ValueError("weights must not all be 0.")
    return ability, mass / mass.sum()


def _ascending(cuts: npt.ArrayLike) -> Floats:
    at = np.atleast_1d(np.asarray(cuts, dtype=np.float64))
    if at.ndim != 1 or at.size == 0 or not np.isfinite(at).all() or (np.diff(at) <= 0).any():
        raise ValueError("cuts must be finite and ascend, each above the one before.")
    return at


def _normal_below(z: Floats) -> Floats:
    from scipy.special import ndtr

    return np.asarray(ndtr(z), dtype=np.float64)


def _summarise(below: Floats, true: Ints, theta: Floats, weights: Floats) -> Classification:
    """From P(observed below each cut) at each ability, shape (n_theta, n_cuts)."""
    n_theta, n_cuts = below.shape
    edges = np.concatenate([np.zeros((n_theta, 1)), below, np.ones((n_theta, 1))], axis=1)
    p = np.maximum(np.diff(edges, axis=1), 0.0)
    joint = np.zeros((n_cuts + 1, n_cuts + 1))
    np.add.at(joint, true, weights[:, None] * p)
    accurate, consistent = p[np.arange(n_theta), true], (p**2).sum(axis=1)
    observed, of_truth = joint.sum(axis=0), joint.sum(axis=1)
    consistency, chance = float(weights @ consistent), float((observed**2).sum())
    kappa = (consistency - chance) / (1.0 - chance) if chance < 1.0 - 1e-12 else float("nan")
    truly_below = true[:, None] <= np.arange(n_cuts)
    false_above = weights @ np.where(truly_below, 1.0 - below, 0.0)
    false_below = weights @ np.where(truly_below, 0.0, below)
    return Classification(
        float(weights @ accurate),
        consistency,
        kappa,
        1.0 - false_above - false_below,
        weights @ (below**2 + (1.0 - below) ** 2),
        false_above,
        false_below,
        observed,
        of_truth,
        joint,
        theta,
        weights,
        accurate,
        consistent,
        p,
    )
