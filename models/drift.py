"""Drift: items whose parameters changed between two calibrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.fitted import items_of
from models.item_vectors import item_covariances, item_vectors, n_slots, rescaled
from models.linking import Linking, common_items, link_scales, quadrature
from models.parameters import Floats, Ints, ItemParameters
from models.response_functions import expected_score
from models.significance import adjusted, chi_square_tail

if TYPE_CHECKING:
    from models.calibration import Calibration

NEGLIGIBLE, LARGE = 0.05, 0.12
_FAR = 2.7  # robust z of a difficulty, beyond which an item does not enter the first link
_MAX_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Drift:
    """Change of each common item, shape (n_common,) where not said otherwise.

    Attributes
    ----------
    linking : of `b` to `a`, by the items in `kept`.
    difference : shape (n_common, n_parameters); parameters in `a` minus those of `b` on the scale
        of `a`: a, b, c, d, or a and thresholds of a polytomous item; nan behind the last.
    z : the same divided by its standard error.
    chi_square, degrees_of_freedom, p, p_adjusted : of all of an item's differences at once; nan
        without standard errors. p_adjusted after Benjamini & Hochberg.
    rmsd : root mean square distance of the curves of the expected score, as a share of the item's
        maximum, over N(0, 1): by how much the answers of real persons change.
    bias : mean of that distance with its sign; above 0, the item was easier in `a`.
    category : "A" negligible (rmsd below 0.05, or not significant), "B" moderate, "C" large
        (rmsd 0.12 or more).
    kept : bool; the items that carry the link.
    settled : whether the rounds of linking and leaving out came to rest.
    in_a, in_b : positions of the common items.
    """

    linking: Linking
    difference: Floats
    z: Floats
    chi_square: Floats
    degrees_of_freedom: Floats
    p: Floats
    p_adjusted: Floats
    rmsd: Floats
    bias: Floats
    category: npt.NDArray[np.str_]
    kept: npt.NDArray[np.bool_]
    settled: bool
    in_a: Ints
    in_b: Ints


@dataclass(frozen=True, slots=True)
class _Change:
    """What one link says about every item."""

    difference: Floats
    z: Floats
    chi_square: Floats
    freedom: Floats
    p: Floats
    p_adjusted: Floats
    rmsd: Floats
    bias: Floats
    category: npt.NDArray[np.str_]


def item_drift(
    a: Calibration | ItemParameters,
    b: Calibration | ItemParameters,
    *,
    common: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    method: str = "Stocking-Lord",
    level: float = 0.05,
    negligible: float = NEGLIGIBLE,
    large: float = LARGE,
) -> Drift:
    """Which items changed between calibrations `a` and `b`, apart from a change of scale.

    Items that drifted would bend the link that they are judged by. So the first link leaves out
    items whose difficulty lies far from a robust line; then all items are tested against the
    link, and those of category A carry the next one, until the set stays the same. At least half
    of the items always carry it: when most have drifted, the data cannot tell which did.

    The variance of a difference is that of both estimates and of the link. The calibrations
    must be of different persons; persons in both make the test cautious.

    Parameters
    ----------
    a, b, common, method : as in `link_scales`. `a` is the scale kept.
    level : of significance, after adjusting for the number of items.
    negligible, large : limits of rmsd for the categories. 0.12 is what the PISA surveys use since
        2015 to give an item its own parameters in a country; 0.05 is our choice.

    Raises
    ------
    ValueError
        The items cannot be linked, or an argument cannot be used: which, and what to do.

    References
    ----------
    Differences with their covariance: Lord (1980), Applications of item response theory to
    practical testing problems, ch. 14; Donoghue & Isham (1998), Applied Psychological Measurement
    22, 33-51. Robust z: Huynh & Meyer (2010), Practical Assessment, Research & Evaluation 15(2).
    RMSD: OECD (2017), PISA 2015 technical report, ch. 9.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, item_drift
    >>> errors = np.tile([0.08, 0.08, np.nan, np.nan], (20, 1))
    >>> before = ItemParameters.of(1.0, np.linspace(-2, 2, 20), standard_errors=errors)
    >>> easier = before.b - 0.8 * (np.arange(20) == 5)
    >>> after = ItemParameters.of(before.a, easier, standard_errors=errors)
    >>> np.flatnonzero(item_drift(after, before).category != "A").tolist()
    [5]
    """
    a, b = items_of(a), items_of(b)
    if not 0 < level < 1 or not 0 <= negligible <= large:
        raise ValueError("level lies between 0 and 1, and negligible is not above large.")
    in_a, in_b = common_items(a, b, common)
    one, other = a.take(in_a), b.take(in_b)
    limits = (level, negligible, large)
    kept = _first(one, other)
    seen: set[bytes] = set()
    settled = False
    for _ in range(_MAX_ROUNDS):
        link = _link(one, other, kept, method)
        change = _changes(one, other, link, limits)
        following = _next(change)
        if np.array_equal(following, kept):
            settled = True
            break
        if following.tobytes() in seen:
            break
        seen.add(kept.tobytes())
        kept = following
    if not settled:
        link = _link(one, other, kept, method)
        change = _changes(one, other, link, limits)
    whole = link_scales(a, b, method, common=(in_a[kept], in_b[kept]))
    return Drift(
        whole,
        change.difference,
        change.z,
        change.chi_square,
        change.freedom,
        change.p,
        change.p_adjusted,
        change.rmsd,
        change.bias,
        change.category,
        kept,
        settled,
        in_a,
        in_b,
    )


def _link(
    one: ItemParameters, other: ItemParameters, kept: npt.NDArray[np.bool_], method: str
) -> Linking:
    index = np.flatnonzero(kept)
    return link_scales(one, other, method, common=(index, index))


def _first(one: ItemParameters, other: ItemParameters) -> npt.NDArray[np.bool_]:
    """Items near the robust line of difficulties, at least half of all."""
    if len(one) < 4:
        return np.ones(len(one), dtype=np.bool_)
    ratio = other.a / one.a
    usable = ratio > 0
    slope = float(np.exp(np.median(np.log(ratio[usable])))) if usable.any() else 1.0
    away = one.b - slope * other.b
    away -= np.median(away)
    spread = 0.74 * float(np.subtract(*np.percentile(away, [75, 25])))
    far = np.abs(away) / max(spread, 1e-3)
    return _at_least_half(far <= _FAR, far)


def _next(change: _Change) -> npt.NDArray[np.bool_]:
    return _at_least_half(change.category == "A", change.rmsd)


def _at_least_half(chosen: npt.NDArray[np.bool_], badness: Floats) -> npt.NDArray[np.bool_]:
    needed = max(2, (chosen.size + 1) // 2)
    if chosen.sum() >= needed:
        return np.asarray(chosen, dtype=np.bool_)
    result = np.zeros(chosen.size, dtype=np.bool_)
    result[np.argsort(badness, kind="stable")[:needed]] = True
    return result


def _changes(
    one: ItemParameters,
    other: ItemParameters,
    link: Linking,
    limits: tuple[float, float, float],
) -> _Change:
    level, negligible, large = limits
    width = n_slots(one)
    moved = rescaled(other, link.slope, link.intercept)
    difference = item_vectors(one, width) - item_vectors(moved, width)
    z, chi_square, freedom = _tests(one, moved, link, difference, width)
    p = chi_square_tail(chi_square, freedom)
    p_adjusted = adjusted(p)
    nodes, weights = quadrature(None, None)
    gap = (expected_score(nodes, one) - expected_score(nodes, moved)) / one.max_scores
    rmsd, bias = np.sqrt(weights @ gap**2), weights @ gap
    category = np.where(rmsd >= large, "C", np.where(rmsd >= negligible, "B", "A"))
    category[p_adjusted >= level] = "A"  # nan, without standard errors: the size alone decides
    return _Change(difference, z, chi_square, freedom, p, p_adjusted, rmsd, bias, category)


def _tests(
    one: ItemParameters, moved: ItemParameters, link: Linking, difference: Floats, width: int
) -> tuple[Floats, Floats, Floats]:
    """z of each parameter, chi-square of each item and its degrees of freedom."""
    nothing = np.full(len(one), np.nan)
    of_one, of_moved = item_covariances(one, width), item_covariances(moved, width)
    if of_one is None or of_moved is None:
        return np.full(difference.shape, np.nan), nothing, nothing.copy()
    total = of_one + of_moved
    estimated = np.diagonal(total, axis1=1, axis2=2) > 0
    total = total + _of_link(moved, link, width)
    common_slope = [
        x == y == "1PL" for x, y in zip(one.item_models, moved.item_models, strict=True)
    ]
    estimated[common_slope, 0] = False  # one slope for all items: the link has taken it out
    spread = np.sqrt(np.where(estimated, np.diagonal(total, axis1=1, axis2=2), np.nan))
    chi_square, freedom = nothing.copy(), nothing.copy()
    for item in range(len(one)):
        slots = np.flatnonzero(estimated[item] & np.isfinite(difference[item]))
        if slots.size:
            d = difference[item, slots]
            matrix = total[item][np.ix_(slots, slots)]
            chi_square[item] = d @ np.linalg.pinv(matrix, rcond=1e-10, hermitian=True) @ d
            freedom[item] = np.linalg.matrix_rank(matrix, tol=1e-10 * np.trace(matrix))
    return difference / spread, chi_square, freedom


def _of_link(moved: ItemParameters, link: Linking, width: int) -> Floats:
    """What the error of slope and intercept adds to the covariance of the moved parameters."""
    if not np.isfinite(link.covariance).all():
        return np.zeros((len(moved), width, width))
    vectors = item_vectors(moved, width)
    by_link = np.zeros((*vectors.shape, 2))
    by_link[:, 0, 0] = -moved.a / link.slope
    located = np.isfinite(vectors)
    located[:, 0] = False
    located[~moved.is_polytomous, 2:] = False
    by_link[..., 0][located] = (vectors[located] - link.intercept) / link.slope
    by_link[..., 1][located] = 1.0
    result: Floats = np.einsum("isx,xy,ity->ist", by_link, link.covariance, by_link)
    return result
