"""From the covariance of the estimates to standard errors of the traditional parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.item_families import Bools, asymptotes
from models.maximisation import Structure
from models.parameters import Floats, Ints
from models.population import Population


@dataclass(frozen=True, slots=True)
class StandardErrors:
    """Standard errors, shape (n_items,) each; nan where not estimated or not identified.

    Attributes
    ----------
    a, b, c, d : of the traditional parameters; b of a polytomous item is its mean threshold.
    intercept : of -a * b, dichotomous items only.
    logit_c, logit_d : of log(c / (1 - c)) and log(d / (1 - d)).
    item_by_item : True where correlations between items had to be left out.
    covariance : shape (n_items, p, p); see `ItemParameters`.
    thresholds : shape (n_items, p - 1), of polytomous items.
    latent_mean, latent_sd : shape (n_groups,); nan where fixed.
    """

    a: Floats
    b: Floats
    c: Floats
    d: Floats
    intercept: Floats
    logit_c: Floats
    logit_d: Floats
    item_by_item: bool
    covariance: Floats
    thresholds: Floats
    latent_mean: Floats
    latent_sd: Floats


@dataclass(frozen=True, slots=True)
class Covariance:
    """Of the estimates in the form of `xi`.

    Attributes
    ----------
    items : shape (n_items, n_parameters, n_parameters); 0 where fixed, nan where not identified.
    with_slope : shape (n_items, n_parameters); with the shared slope.
    slope : variance of the shared slope.
    population : shape (n_groups, 3, 3); of mean, log sd and shared slope; 0 where fixed.
    """

    items: Floats
    with_slope: Floats
    slope: float
    population: Floats


def errors_of(
    xi: Floats,
    found: Covariance,
    structure: Structure,
    population: Population,
    item_by_item: bool,
    unit: float | None,
) -> StandardErrors:
    """Standard errors of the traditional parameters by the delta method."""
    n_items = xi.shape[0]
    size = 4 if any(f.kind == "dichotomous" for f in structure.families) else 0
    size = max([size, *(f.upper.shape[1] + 1 for f in structure.families)])
    covariance = np.full((n_items, size, size), np.nan)
    nothing = np.full(n_items, np.nan)
    table = {name: nothing.copy() for name in ("b", "intercept", "logit_c", "logit_d")}
    thresholds = np.full((n_items, size - 1), np.nan)
    variance = np.maximum(np.diagonal(found.items, axis1=1, axis2=2), 0.0)
    estimated = structure.moving
    for family in structure.families:
        items, p = family.items, family.n_parameters
        change, by_slope = _jacobian(family.kind, xi[items, :p], unit)
        joint = _with_slope(found, items, p)
        full = np.concatenate([change, by_slope[:, :, None]], axis=2)
        part = full @ joint @ full.transpose(0, 2, 1)
        moving = estimated[items, :p].copy()
        if unit is not None:
            moving[structure.tied[items], 0] = False
        part = np.where(moving[:, :, None] & moving[:, None, :], part, np.nan)
        place = np.ix_(items, np.arange(p), np.arange(p))
        covariance[place] = part
        own = np.sqrt(np.maximum(np.diagonal(part, axis1=1, axis2=2), 0.0))
        if family.kind == "dichotomous":
            table["b"][items] = own[:, 1]
            table["intercept"][items] = np.sqrt(variance[items, 1])
            for column, name in ((2, "logit_c"), (3, "logit_d")):
                if p > column:
                    table[name][items] = np.sqrt(variance[items, column])
        else:
            thresholds[items, : p - 1] = own[:, 1:]
            mean = part[:, 1:, 1:].mean(axis=(1, 2))
            table["b"][items] = np.sqrt(np.maximum(mean, 0.0))
    errors = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0))
    graded = np.isfinite(thresholds).any(axis=1) | _graded(structure, n_items)
    c = np.where(graded, np.nan, errors[:, 2]) if size > 2 else nothing
    d = np.where(graded, np.nan, errors[:, 3]) if size > 3 else nothing
    for name in ("intercept", "logit_c", "logit_d"):
        table[name][~structure.free] = np.nan
    latent = _latent_errors(found, population, unit)
    return StandardErrors(
        a=errors[:, 0],
        c=c,
        d=d,
        item_by_item=item_by_item,
        covariance=covariance,
        thresholds=thresholds,
        latent_mean=latent[0],
        latent_sd=latent[1],
        **table,
    )


def _latent_errors(
    found: Covariance, population: Population, unit: float | None
) -> tuple[Floats, Floats]:
    """Of the means and standard deviations; nan where they are fixed or not known."""
    n_groups = population.mean.size
    if found.population.shape[0] != n_groups:
        return np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    scale, by_unit = (1.0, 0.0) if unit is None else (unit, 1.0)
    by_mean, by_sd = np.zeros((n_groups, 3)), np.zeros((n_groups, 3))
    by_mean[:, 0], by_mean[:, 2] = scale, by_unit * population.mean
    by_sd[:, 1], by_sd[:, 2] = scale * population.sd, by_unit * population.sd
    mean, sd = (
        np.sqrt(np.einsum("gp,gpr,gr->g", by, found.population, by)) for by in (by_mean, by_sd)
    )
    return np.where(mean > 0, mean, np.nan), np.where(sd > 0, sd, np.nan)


def _graded(structure: Structure, n_items: int) -> Bools:
    graded = np.zeros(n_items, dtype=bool)
    for family in structure.families:
        graded[family.items] = family.kind != "dichotomous"
    return graded


def _with_slope(found: Covariance, items: Ints, p: int) -> Floats:
    """Covariance of each item's columns and, last, of the shared slope."""
    joint = np.zeros((items.size, p + 1, p + 1))
    joint[:, :p, :p] = found.items[items][:, :p, :p]
    joint[:, :p, p] = joint[:, p, :p] = found.with_slope[items, :p]
    joint[:, p, p] = found.slope
    return joint


def _jacobian(kind: str, xi: Floats, unit: float | None) -> tuple[Floats, Floats]:
    """Derivatives of (a, b, c, d) or (a, thresholds) by the columns, and by the shared slope.

    On the scale where the shared slope `unit` is 1: a = slope / unit, b = -intercept * unit /
    slope.
    """
    n, p = xi.shape
    change, by_unit = np.zeros((n, p, p)), np.zeros((n, p))
    scale = 1.0 if unit is None else unit
    slope = np.where(np.abs(xi[:, 0]) < 1e-4, np.copysign(1e-4, xi[:, 0]), xi[:, 0])
    change[:, 0, 0] = 1.0 / scale
    last = 2 if kind == "dichotomous" else p
    for column in range(1, last):
        change[:, column, 0] = xi[:, column] * scale / slope**2
        change[:, column, column] = -scale / slope
    if unit is not None:
        by_unit[:, 0] = -slope / unit**2
        by_unit[:, 1:last] = -xi[:, 1:last] / slope[:, None]
    if kind == "dichotomous" and p > 2:
        c, d = asymptotes(xi)
        for column, value in ((2, c), (3, d)):
            if p > column:
                change[:, column, column] = np.ravel(value * (1.0 - value))
    return change, by_unit
