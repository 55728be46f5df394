"""Mantel-Haenszel: two groups compared on an item among persons of equal standing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Floats
from models.significance import adjusted, chi_square_tail


@dataclass(frozen=True, slots=True)
class MantelHaenszel:
    """Shape (n_items,) each; nan where nothing can be said. Negative: harder for the focal group.

    Attributes
    ----------
    odds_ratio : common odds ratio of a right answer, reference to focal; nan for polytomous items.
    delta : -2.35 ln(odds_ratio), the difference in difficulty on ETS's delta scale; positive:
        easier for the focal group. nan for polytomous items.
    standard_error : of delta.
    chi_square, p, p_adjusted : Mantel-Haenszel test (with continuity correction), for polytomous
        items Mantel's; one degree of freedom. p_adjusted after Benjamini & Hochberg.
    standardised_difference : mean score of the focal group minus that of the reference group at
        equal standing, weighted by the focal group (STD P-DIF; SMD of a polytomous item).
    effect : standardised_difference divided by the standard deviation of the score.
    category : "A" negligible, "B" moderate, "C" large, "" not judged. Dichotomous: |delta| below 1
        or not significant is A, |delta| from 1.5 and significantly above 1 is C. Polytomous:
        |effect| up to 0.17 or not significant is A, above 0.25 C.
    """

    odds_ratio: Floats
    delta: Floats
    standard_error: Floats
    chi_square: Floats
    p: Floats
    p_adjusted: Floats
    standardised_difference: Floats
    effect: Floats
    category: npt.NDArray[np.str_]


def compare_groups(tables: list[Floats | None], level: float) -> MantelHaenszel:
    """Statistics of each item from its table of counts; None where an item is not judged.

    Parameters
    ----------
    tables : each of shape (n_strata, 2, n_scores); persons by stratum, group (0 reference, 1
        focal) and score.

    References
    ----------
    Mantel & Haenszel (1959), Journal of the National Cancer Institute 22, 719-748; Holland &
    Thayer (1988) in Wainer & Braun (eds), Test validity, 129-145. Standard error: Robins, Breslow
    & Greenland (1986), Biometrics 42, 311-323. Categories: Zieky (1993) in Holland & Wainer (eds),
    Differential item functioning, 337-347. Polytomous: Mantel (1963), Journal of the American
    Statistical Association 58, 690-700; Zwick, Thayer & Mazzeo (1997), Applied Measurement in
    Education 10, 321-344. Standardised difference: Dorans & Kulick (1986), Journal of Educational
    Measurement 23, 355-368.
    """
    rows = np.full((len(tables), 6), np.nan)
    for item, table in enumerate(tables):
        if table is not None:
            both = table[(table.sum(axis=2) > 0).all(axis=1)]
            if both.shape[0]:
                rows[item] = _of_item(both, table.sum(axis=(0, 1)))
    odds, error, chi_square, difference, effect, two_scores = rows.T
    p = chi_square_tail(chi_square, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = -2.35 * np.log(odds)
    category = _categories(delta, error, effect, p, two_scores == 1.0, level)
    return MantelHaenszel(
        odds, delta, error, chi_square, p, adjusted(p), difference, effect, category
    )


def _of_item(table: Floats, by_score: Floats) -> tuple[float, ...]:
    """Odds ratio, standard error of delta, chi-square, difference, effect, whether 0/1."""
    score = np.arange(table.shape[2], dtype=np.float64)
    number = table.sum(axis=2)
    total = number.sum(axis=1)
    sums = table @ score
    mean = sums / number
    difference = float(number[:, 1] @ (mean[:, 1] - mean[:, 0]) / number[:, 1].sum())
    share = by_score / by_score.sum()
    deviation = float(np.sqrt(share @ score**2 - (share @ score) ** 2))
    effect = difference / deviation if deviation > 0 else np.nan
    dichotomous = table.shape[2] == 2
    counted = total > 1
    of_all, squares = sums.sum(axis=1), table.sum(axis=1) @ score**2
    expected = number[:, 0] * of_all / total
    variance = (number[:, 0] * number[:, 1] * (total * squares - of_all**2))[counted]
    variance = variance / (total[counted] ** 2 * (total[counted] - 1.0))
    away = abs(float((sums[:, 0] - expected)[counted].sum()))
    away = max(away - 0.5, 0.0) if dichotomous else away
    spread = float(variance.sum())
    chi_square = away**2 / spread if spread > 0 else np.nan
    odds, error = _odds(table, total) if dichotomous else (np.nan, np.nan)
    return odds, error, chi_square, difference, effect, float(dichotomous)


def _odds(table: Floats, total: Floats) -> tuple[float, float]:
    a, b = table[:, 0, 1], table[:, 0, 0]
    c, d = table[:, 1, 1], table[:, 1, 0]
    r, s, p, q = a * d / total, b * c / total, (a + d) / total, (b + c) / total
    right, wrong = float(r.sum()), float(s.sum())
    if right <= 0 or wrong <= 0:
        return np.nan, np.nan
    variance = (p @ r) / (2 * right**2) + (p @ s + q @ r) / (2 * right * wrong)
    variance += (q @ s) / (2 * wrong**2)
    return right / wrong, 2.35 * float(np.sqrt(variance))


def _categories(
    delta: Floats,
    error: Floats,
    effect: Floats,
    p: Floats,
    dichotomous: npt.NDArray[np.bool_],
    level: float,
) -> npt.NDArray[np.str_]:
    with np.errstate(invalid="ignore"):
        size = np.where(dichotomous, np.abs(delta), np.abs(effect))
        moderate = np.where(dichotomous, size >= 1.0, size > 0.17) & (p < level)
        beyond = (size >= 1.5) & (size - 1.0 > 1.645 * error)
        large = moderate & np.where(dichotomous, beyond, size > 0.25)
    category = np.where(large, "C", np.where(moderate, "B", "A"))
    category[~(np.isfinite(size) & np.isfinite(p))] = ""
    return category
