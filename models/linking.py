"""Linking: two calibrations of the same items brought onto one scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.fitted import items_of
from models.item_vectors import (
    curve_derivatives,
    item_covariances,
    item_vectors,
    n_slots,
    rescaled,
)
from models.parameters import Floats, Ints, ItemParameters
from models.response_functions import category_probabilities

if TYPE_CHECKING:
    from models.calibration import Calibration

METHODS = ("Stocking-Lord", "Haebara", "mean/sigma", "mean/mean")
_MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class Linking:
    """theta on the scale of `a` = slope * theta on the scale of `b` + intercept.

    Attributes
    ----------
    slope, intercept : of the transformation.
    standard_errors : shape (2,), of slope and intercept, from the errors of the item parameters
        (delta method); nan where either calibration has none.
    covariance : shape (2, 2).
    linked : all items of `b`, on the scale of `a`.
    method, symmetric : how it was found.
    criterion : what was minimised, per item and unit of weight: the mean squared distance of the
        test curves (Stocking-Lord, divided by the number of items) or of the item curves
        (Haebara); nan for the moment methods.
    n_common : common items used.
    """

    slope: float
    intercept: float
    standard_errors: Floats
    covariance: Floats
    linked: ItemParameters
    method: str
    symmetric: bool
    criterion: float
    n_common: int


@dataclass(frozen=True, slots=True)
class _Common:
    """The common items in both calibrations, and where their curves are compared."""

    a: ItemParameters
    b: ItemParameters
    nodes: Floats
    weights: Floats


def link_scales(
    a: Calibration | ItemParameters,
    b: Calibration | ItemParameters,
    method: str = "Stocking-Lord",
    *,
    common: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    symmetric: bool = True,
    nodes: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> Linking:
    """Slope and intercept that bring calibration `b` onto the scale of calibration `a`.

    Parameters
    ----------
    a, b : two calibrations, or their item parameters; item i of one is item i of the other unless
        `common` is given. Dichotomous and polytomous items, each with the same model in both.
    method : "Stocking-Lord" (test curves), "Haebara" (item curves, all scores), "mean/sigma" or
        "mean/mean" (moments of difficulties, or thresholds, and discriminations).
    common : the common items as positions in `a` and positions in `b`.
    symmetric : compare the curves on both scales, so that linking a to b is exactly the inverse
        of linking b to a. False: on the scale of `a` only, as first published.
    nodes, weights : where the curves are compared, on either scale, and how much it counts; by
        default 41 points on [-4, 4] with the weights of N(0, 1). Nodes alone count equally.

    Raises
    ------
    ValueError
        No common items, different models of an item, a discrimination that is not positive, or
        an argument that cannot be used: which, and what to do.

    References
    ----------
    Stocking & Lord (1983), Applied Psychological Measurement 7, 201-210. Haebara (1980), Japanese
    Psychological Research 22, 144-149. Moments: Marco (1977), Journal of Educational Measurement
    14, 139-160; Loyd & Hoover (1980), same journal 17, 179-193. Polytomous and mixed: Kim & Lee
    (2006), same journal 43, 53-76. Standard errors: Ogasawara (2001), Applied Psychological
    Measurement 25, 53-67.

    Examples
    --------
    >>> from models import ItemParameters, link_scales
    >>> new = ItemParameters.of(a=[1.0, 1.5, 0.8], b=[-1.0, 0.2, 1.1])
    >>> old = ItemParameters.of(a=new.a / 1.2, b=1.2 * new.b + 0.5)
    >>> found = link_scales(old, new)
    >>> round(found.slope, 6), round(found.intercept, 6)
    (1.2, 0.5)
    """
    a, b = items_of(a), items_of(b)
    if method not in METHODS:
        raise ValueError(f"method {method!r} is not offered; choose one of {', '.join(METHODS)}.")
    shared = _common(a, b, common, *quadrature(nodes, weights))
    start = _moments(item_vectors(shared.a), item_vectors(shared.b), shared.a, "robust")
    if method.startswith("mean"):
        solution = _moments(item_vectors(shared.a), item_vectors(shared.b), shared.a, method)
        criterion = float("nan")
        covariance = _moment_covariance(shared, method)
    else:
        by_test = method == "Stocking-Lord"
        solution = _minimise(shared, start, by_test, symmetric)
        residual = _residuals(shared, solution, by_test, symmetric)
        scale = len(shared.a) * (2 if symmetric else 1)
        criterion = float((residual**2).sum()) / scale
        covariance = _curve_covariance(shared, solution, by_test, symmetric)
    slope, intercept = float(solution[0]), float(solution[1])
    return Linking(
        slope,
        intercept,
        np.sqrt(np.diag(covariance)),
        covariance,
        rescaled(b, slope, intercept),
        method,
        symmetric,
        criterion,
        len(shared.a),
    )


def quadrature(nodes: npt.ArrayLike | None, weights: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Nodes and weights that sum to 1; by default 41 points on [-4, 4] weighted as N(0, 1)."""
    if nodes is None:
        if weights is not None:
            raise ValueError("weights belong to nodes; give both.")
        at = np.linspace(-4.0, 4.0, 41)
        mass = np.exp(-0.5 * at**2)
        return at, mass / mass.sum()
    at = np.asarray(nodes, dtype=np.float64)
    mass = np.ones_like(at) if weights is None else np.asarray(weights, dtype=np.float64)
    if at.ndim != 1 or at.size < 2 or mass.shape != at.shape or not np.isfinite(at).all():
        raise ValueError("nodes must be at least two numbers, with one weight each.")
    if not np.isfinite(mass).all() or mass.min() < 0 or mass.sum() <= 0:
        raise ValueError("weights must be finite, not negative, and not all 0.")
    return at, mass / mass.sum()


def _positions(given: npt.ArrayLike, n_items: int, name: str) -> Ints:
    index = np.asarray(given)
    if index.ndim != 1 or index.dtype.kind not in "iu":
        raise ValueError(f"common: the positions in {name} must be a list of whole numbers.")
    if index.size and not (index.min() >= 0 and index.max() < n_items):
        raise ValueError(f"common: {name} has the items 0 to {n_items - 1} only.")
    if np.unique(index).size != index.size:
        raise ValueError(f"common: an item of {name} is named twice; pair every item once.")
    return index.astype(np.intp)


def common_items(
    a: ItemParameters,
    b: ItemParameters,
    common: tuple[npt.ArrayLike, npt.ArrayLike] | None,
) -> tuple[Ints, Ints]:
    """Positions of the common items in both calibrations, checked."""
    if common is None:
        if len(a) != len(b):
            raise ValueError(
                f"a has {len(a)} items and b {len(b)}; name the common ones with common="
                "(positions in a, positions in b)."
            )
        return np.arange(len(a)), np.arange(len(b))
    in_a, in_b = _positions(common[0], len(a), "a"), _positions(common[1], len(b), "b")
    if in_a.size != in_b.size:
        raise ValueError(f"common: {in_a.size} positions in a but {in_b.size} in b; pair them.")
    return in_a, in_b


def _common(
    a: ItemParameters,
    b: ItemParameters,
    common: tuple[npt.ArrayLike, npt.ArrayLike] | None,
    nodes: Floats,
    weights: Floats,
) -> _Common:
    in_a, in_b = common_items(a, b, common)
    if in_a.size < 2:
        raise ValueError(
            f"{in_a.size} common item(s): a slope and an intercept need at least 2, and a link "
            "that can be trusted about 20."
        )
    one, other = a.take(in_a), b.take(in_b)
    for k in range(in_a.size):
        curved = {one.item_models[k], other.item_models[k]} & {"GRM", "GPCM"}
        same = one.item_models[k] == other.item_models[k] or not curved
        if not same or one.max_scores[k] != other.max_scores[k]:
            raise ValueError(
                f"item {in_a[k]} of a is {one.item_models[k]} with scores to "
                f"{one.max_scores[k]}, item {in_b[k]} of b is {other.item_models[k]} with scores "
                f"to {other.max_scores[k]}; link items of one model."
            )
    wrong = np.flatnonzero((one.a <= 0) | (other.a <= 0))
    if wrong.size:
        raise ValueError(
            f"item {in_a[wrong[0]]} of a has a discrimination that is not positive in one "
            "calibration; leave it out of the link and look at its key."
        )
    return _Common(one, other, nodes, weights)


def _locations(vectors: Floats, items: ItemParameters) -> Floats:
    """All difficulties and thresholds in one row."""
    located = vectors[:, 1:].copy()
    located[~items.is_polytomous, 1:] = np.nan
    result: Floats = located[np.isfinite(located)]
    return result


def _moments(of_a: Floats, of_b: Floats, items: ItemParameters, method: str) -> Floats:
    """Slope and intercept from discriminations and difficulties; "robust": from medians."""
    where_a, where_b = _locations(of_a, items), _locations(of_b, items)
    if method == "robust":
        slope = float(np.exp(np.median(np.log(of_b[:, 0] / of_a[:, 0]))))
        return np.array([slope, np.median(where_a - slope * where_b)])
    if method == "mean/sigma":
        spread = where_b.std()
        if spread <= 1e-12 or where_a.std() <= 1e-12:
            raise ValueError("mean/sigma: all difficulties are equal; use another method.")
        slope = float(where_a.std() / spread)
    else:
        slope = float(of_b[:, 0].mean() / of_a[:, 0].mean())
    return np.array([slope, where_a.mean() - slope * where_b.mean()])


def _moment_covariance(shared: _Common, method: str) -> Floats:
    width = n_slots(shared.a)
    vectors = [item_vectors(shared.a, width), item_vectors(shared.b, width)]
    errors = [item_covariances(shared.a, width), item_covariances(shared.b, width)]
    total = np.zeros((2, 2))
    for side, items in enumerate((shared.a, shared.b)):
        of_items = errors[side]
        if of_items is None:
            return np.full((2, 2), np.nan)
        gradient = np.zeros((len(items), 2, width))
        for item in range(len(items)):
            for slot in np.flatnonzero(np.isfinite(vectors[side][item])):
                moved = []
                for step in (1e-5, -1e-5):
                    changed = [vectors[0].copy(), vectors[1].copy()]
                    changed[side][item, slot] += step
                    moved.append(_moments(changed[0], changed[1], shared.a, method))
                gradient[item, :, slot] = (moved[0] - moved[1]) / 2e-5
        total += _propagated(gradient, of_items, items)
    return total


def _curves(items: ItemParameters, theta: Floats, weights: Floats) -> Floats:
    """Category probabilities times the root of the weights, shape (n_nodes, n_items, n_scores)."""
    return category_probabilities(theta, items) * np.sqrt(weights)[:, None, None]


def _reduced(curves: Floats, by_test: bool) -> Floats:
    """What is compared: the test's expected score, or every score of every item."""
    if by_test:
        result: Floats = (curves @ np.arange(curves.shape[-1], dtype=np.float64)).sum(axis=1)
        return result
    return curves.ravel()


def _residuals(shared: _Common, solution: Floats, by_test: bool, symmetric: bool) -> Floats:
    slope, intercept = solution
    nodes, weights = shared.nodes, shared.weights
    gap = _curves(shared.a, nodes, weights) - _curves(
        shared.b, (nodes - intercept) / slope, weights
    )
    parts = [_reduced(gap, by_test)]
    if symmetric:
        gap = _curves(shared.a, slope * nodes + intercept, weights) - _curves(
            shared.b, nodes, weights
        )
        parts.append(_reduced(gap, by_test))
    return np.concatenate(parts)


def _jacobian(shared: _Common, solution: Floats, by_test: bool, symmetric: bool) -> Floats:
    """Derivatives of the residuals by slope and intercept."""
    columns = []
    for step in np.eye(2) * 1e-5:
        up = _residuals(shared, solution + step, by_test, symmetric)
        down = _residuals(shared, solution - step, by_test, symmetric)
        columns.append((up - down) / 2e-5)
    return np.stack(columns, axis=1)


def _minimise(shared: _Common, start: Floats, by_test: bool, symmetric: bool) -> Floats:
    """Levenberg-Marquardt on slope and intercept; the slope stays positive."""
    solution, damping = start.copy(), 1e-3
    residual = _residuals(shared, solution, by_test, symmetric)
    value = float(residual @ residual)
    for _ in range(_MAX_STEPS):
        jacobian = _jacobian(shared, solution, by_test, symmetric)
        hessian, gradient = jacobian.T @ jacobian, jacobian.T @ residual
        step = np.linalg.lstsq(
            hessian + damping * np.diag(np.diag(hessian) + 1e-12), -gradient, rcond=None
        )[0]
        trial = solution + step
        if trial[0] > 0.02:
            moved = _residuals(shared, trial, by_test, symmetric)
            better = float(moved @ moved)
            if better <= value:
                solution, residual, value = trial, moved, better
                damping = max(damping * 0.1, 1e-12)
                if np.abs(step).max() < 1e-9:
                    break
                continue
        damping *= 10.0
        if damping > 1e10:
            break
    return solution


def _curve_covariance(shared: _Common, solution: Floats, by_test: bool, symmetric: bool) -> Floats:
    """Delta method: how the minimum moves with each item parameter (Gauss-Newton)."""
    slope, intercept = solution
    jacobian = _jacobian(shared, solution, by_test, symmetric)
    inverse = np.linalg.pinv(jacobian.T @ jacobian)
    halves = np.split(jacobian, 2) if symmetric else [jacobian]
    n_items, nodes = len(shared.a), shared.nodes
    total = np.zeros((2, 2))
    sides = (
        (shared.a, (nodes, slope * nodes + intercept)),
        (shared.b, ((nodes - intercept) / slope, nodes)),
    )
    for items, places in sides:
        errors = item_covariances(items)
        if errors is None:
            return np.full((2, 2), np.nan)
        gradient = np.zeros((n_items, 2, errors.shape[1]))
        for half, theta in zip(halves, places, strict=False):

            def curves(moved: ItemParameters, theta: Floats = theta) -> Floats:
                return _curves(moved, theta, shared.weights)

            for slot, change in curve_derivatives(curves, items):
                if by_test:
                    score = np.arange(change.shape[-1], dtype=np.float64)
                    gradient[:, :, slot] += (change @ score).T @ half
                else:
                    shaped = half.reshape(*change.shape, 2)
                    gradient[:, :, slot] += np.einsum("qik,qikz->iz", change, shaped)
        total += _propagated(np.einsum("yz,izs->iys", inverse, gradient), errors, items)
    return total


def _propagated(gradient: Floats, errors: Floats, items: ItemParameters) -> Floats:
    """Covariance of slope and intercept from their derivatives, shape (n_items, 2, n_parameters).

    Items are independent of each other, but for the one slope that 1PL items share, and what
    their difficulties have in common through it.
    """
    shared = np.array([name == "1PL" for name in items.item_models])
    own, own_errors = gradient[~shared], errors[~shared]
    total: Floats = np.einsum("iys,ist,izt->yz", own, own_errors, own)
    variance = float(errors[shared, 0, 0].mean()) if shared.any() else 0.0
    if shared.any():
        with_slope = errors[shared, 1, 0] / variance if variance > 0 else np.zeros(shared.sum())
        by_slope, by_b = gradient[shared, :, 0], gradient[shared, :, 1]
        of_slope = by_slope.sum(axis=0) + with_slope @ by_b
        rest = np.maximum(errors[shared, 1, 1] - with_slope**2 * variance, 0.0)
        total = total + variance * np.outer(of_slope, of_slope) + (by_b.T * rest) @ by_b
    return total
