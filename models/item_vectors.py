"""The parameters of each item as a vector with its covariance: a, b, c, d or a, thresholds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from models.parameters import Floats, ItemParameters

_STEP = 1e-5


def n_slots(items: ItemParameters) -> int:
    """Length of the longest vector."""
    return max(4, 1 + (0 if items.thresholds is None else items.thresholds.shape[1]))


def item_vectors(items: ItemParameters, width: int | None = None) -> Floats:
    """Shape (n_items, width); a, b, c, d, or a and thresholds; nan behind the last."""
    result = np.full((len(items), width or n_slots(items)), np.nan)
    graded = items.is_polytomous
    result[:, 0] = items.a
    for column, values in enumerate((items.b, items.c, items.d), start=1):
        result[~graded, column] = values[~graded]
    if items.thresholds is not None:
        result[graded, 1 : 1 + items.thresholds.shape[1]] = items.thresholds[graded]
    return result


def item_covariances(items: ItemParameters, width: int | None = None) -> Floats | None:
    """Shape (n_items, width, width); 0 where nothing was estimated, None where nothing is known.

    From the covariances where the calibration kept them, else from standard errors alone.
    """
    width = width or n_slots(items)
    result = np.zeros((len(items), width, width))
    if items.covariance is not None:
        size = min(width, items.covariance.shape[1])
        result[:, :size, :size] = np.nan_to_num(items.covariance[:, :size, :size])
        return result
    if items.standard_errors is None:
        return None
    diagonal = np.zeros((len(items), width))
    graded = items.is_polytomous
    diagonal[:, 0] = items.standard_errors[:, 0]
    diagonal[~graded, 1:4] = items.standard_errors[~graded, 1:4]
    if items.threshold_errors is not None:
        diagonal[graded, 1 : 1 + items.threshold_errors.shape[1]] = items.threshold_errors[graded]
    at = np.arange(width)
    result[:, at, at] = np.nan_to_num(diagonal) ** 2
    return result


def curve_derivatives(
    curves: Callable[[ItemParameters], Floats], items: ItemParameters
) -> Iterator[tuple[int, Floats]]:
    """Derivative of each item's own curve by each of its parameters, by central differences.

    Parameters
    ----------
    curves : items to an array whose second axis is the item; the curve of an item may depend on
        its own parameters only.

    Yields
    ------
    Number of the parameter in the item's vector, and the derivatives; 0 for items without it.
    """
    for slot in range(n_slots(items)):
        up, down = _moved(items, slot, _STEP), _moved(items, slot, -_STEP)
        if up is not None and down is not None:
            yield slot, (curves(up) - curves(down)) / (2.0 * _STEP)


def _moved(items: ItemParameters, slot: int, step: float) -> ItemParameters | None:
    if slot == 0:
        return replace(items, a=items.a + step)
    graded = items.is_polytomous
    fields: dict[str, Floats] = {}
    if slot <= 3 and not graded.all():
        name = "abcd"[slot]
        # curves are straight in c and d: one-sided steps are exact, and stay inside 0..1
        inwards = {"c": 2.0 * max(step, 0.0), "d": 2.0 * min(step, 0.0)}.get(name, step)
        fields[name] = getattr(items, name) + np.where(graded, 0.0, inwards)
    if items.thresholds is not None and slot <= items.thresholds.shape[1] and graded.any():
        thresholds = items.thresholds.copy()
        thresholds[:, slot - 1] += step
        fields["thresholds"] = thresholds
    return replace(items, **fields) if fields else None  # type: ignore[arg-type]


def rescaled(items: ItemParameters, slope: float, intercept: float) -> ItemParameters:
    """The same items with ability measured as slope * theta + intercept; errors go with them.

    References
    ----------
    Kolen & Brennan (2014), Test equating, scaling, and linking, section 6.2.
    """
    errors = items.standard_errors
    if errors is not None:
        errors = errors * np.array([1.0 / slope, slope, 1.0, 1.0])
    covariance = items.covariance
    if covariance is not None:
        factor = np.full((len(items), covariance.shape[1]), slope)
        factor[:, 0] = 1.0 / slope
        factor[~items.is_polytomous, 2:] = 1.0
        covariance = covariance * factor[:, :, None] * factor[:, None, :]
    return replace(
        items,
        a=items.a / slope,
        b=items.b * slope + intercept,
        thresholds=None if items.thresholds is None else items.thresholds * slope + intercept,
        standard_errors=errors,
        threshold_errors=None if items.threshold_errors is None else items.threshold_errors * slope,
        covariance=covariance,
    )
