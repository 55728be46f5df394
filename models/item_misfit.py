"""Whether items behave as the model says: S-X2, infit and outfit, Q3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from models.fitted import abilities, as_responses, estimated_parameters, population_of
from models.grid_posterior import answers_by_item, check_scores
from models.local_dependence import LocalDependence, residual_correlations
from models.parameters import Floats, Ints, ItemParameters
from models.quadrature import Quadrature
from models.response_functions import category_probabilities
from models.responses import Responses
from models.s_x2 import PERSONS_PER_FORM, s_x2
from models.significance import adjusted, chi_square_tail

if TYPE_CHECKING:
    from models.calibration import Calibration

STATISTICS = ("S-X2", "infit", "Q3")


@dataclass(frozen=True, slots=True)
class ItemFit:
    """Fit of each item, shape (n_items,) each; nan where nothing can be said.

    Attributes
    ----------
    s_x2, degrees_of_freedom, p : the S-X2 statistic and its chi-square test.
    p_adjusted : after Benjamini & Hochberg over the items: below 0.05, at most 5 % of the items
        so named are expected to fit after all.
    rmsea : of S-X2; how wrong, whatever the number of persons.
    n_persons : persons in the tables of S-X2.
    infit, outfit : mean square residuals, weighted by information or not.
    infit_z, outfit_z : the same as about normal deviates (Wilson & Hilferty).
    local_dependence : Q3; None when not asked for.
    """

    s_x2: Floats
    degrees_of_freedom: Floats
    p: Floats
    p_adjusted: Floats
    rmsea: Floats
    n_persons: Ints
    infit: Floats
    outfit: Floats
    infit_z: Floats
    outfit_z: Floats
    local_dependence: LocalDependence | None


def item_fit(
    responses: Responses | npt.ArrayLike,
    fit: Calibration | ItemParameters,
    *,
    group: object = None,
    statistics: Sequence[str] = STATISTICS,
    theta: npt.ArrayLike | None = None,
    n_estimated: npt.ArrayLike | None = None,
    minimum_expected: float = 1.0,
    persons_per_form: int = PERSONS_PER_FORM,
) -> ItemFit:
    """How well each item fits its response function.

    Missing answers: infit, outfit and Q3 use every answer there is. S-X2 compares persons with
    equal sum scores, which only means something among persons who met the same items: each set of
    items met by at least `persons_per_form` persons gives a table, the tables are added, and
    everybody else is left out (`n_persons` says who is in). After an adaptive test hardly two
    persons met the same items, and S-X2 is nan: no number is better than a wrong one.

    Infit and outfit at EAP abilities lie below 1 also when the model holds (shrunken abilities
    fit their own data better), most on short tests: compare items, not with 1.

    Parameters
    ----------
    responses : scores 0..m, dichotomous and polytomous; `Responses` or a matrix persons x items.
    fit : what `calibrate` returned, or item parameters under N(0, 1).
    group : of a calibration with groups, the label of that whose responses these are.
    statistics : which of "S-X2", "infit" and "Q3" are computed.
    theta : shape (n_persons,); abilities for infit, outfit and Q3. By default EAP.
    n_estimated : shape (n_items,); parameters estimated from these responses: 0 for an anchor.
        By default all of the item's model (a common slope counts for each item).
    minimum_expected : cells of S-X2 expected less often are joined with a neighbour.
    persons_per_form : see above.

    Raises
    ------
    ValueError
        The responses do not belong to the items, or an argument cannot be used: which.

    References
    ----------
    S-X2: Orlando & Thissen (2000), Applied Psychological Measurement 24, 50-64; polytomous: Kang
    & Chen (2008), Journal of Educational Measurement 45, 391-406. Infit and outfit: Wright &
    Masters (1982), Rating scale analysis, ch. 5. Q3: Yen (1984), Applied Psychological
    Measurement 8, 125-145. Benjamini & Hochberg (1995), JRSS B 57, 289-300.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, Responses, item_fit, simulate_responses
    >>> rng = np.random.default_rng(1)
    >>> items = ItemParameters.of(a=1.2, b=[-1.0, -0.5, 0.0, 0.5, 1.0])
    >>> matrix = simulate_responses(rng.standard_normal(500), items, rng)
    >>> found = item_fit(Responses.from_dense(matrix), items, n_estimated=np.zeros(5, int))
    >>> found.degrees_of_freedom.tolist()
    [4.0, 4.0, 4.0, 4.0, 4.0]
    >>> bool((found.p_adjusted > 0.05).all())
    True
    """
    responses = as_responses(responses)
    items, mean, sd = population_of(fit, group)
    check_scores(responses, items)
    unknown = [name for name in statistics if name not in STATISTICS]
    if unknown:
        raise ValueError(f"statistic {unknown[0]!r} is none of {', '.join(STATISTICS)}.")
    if minimum_expected <= 0:
        raise ValueError("minimum_expected must be above 0; 1 is usual.")
    nothing = np.full(len(items), np.nan)
    mean_squares: tuple[Floats, ...] = (nothing,) * 4
    dependence = None
    if "infit" in statistics or "Q3" in statistics:
        ability = abilities(theta, responses, items, mean, sd)
        if "infit" in statistics:
            mean_squares = _mean_squares(responses, items, ability)
        if "Q3" in statistics:
            dependence = residual_correlations(responses, items, ability)
    value, freedom, used = nothing, nothing, np.zeros(len(items), dtype=np.intp)
    if "S-X2" in statistics:
        found = s_x2(
            responses,
            items,
            Quadrature.normal(61, mean, sd),
            estimated_parameters(n_estimated, items),
            minimum_expected=minimum_expected,
            persons_per_form=persons_per_form,
        )
        value, freedom, used = found.statistic, found.degrees_of_freedom, found.n_persons
    p = chi_square_tail(value, freedom)
    with np.errstate(invalid="ignore", divide="ignore"):
        rmsea = np.sqrt(np.maximum(value - freedom, 0.0) / (freedom * (used - 1)))
    infit, outfit, infit_z, outfit_z = mean_squares
    return ItemFit(
        value, freedom, p, adjusted(p), rmsea, used, infit, outfit, infit_z, outfit_z, dependence
    )


def _mean_squares(responses: Responses, items: ItemParameters, theta: Floats) -> tuple[Floats, ...]:
    """Infit, outfit, and both standardised."""
    sums = np.zeros((6, responses.n_items))
    for item, answers, persons in answers_by_item(responses):
        mean, variance, fourth = _moments(theta[persons], items.take([item]))
        variance = np.maximum(variance, 1e-12)
        squared = (responses.score[answers] - mean) ** 2
        sums[:, item] = (
            answers.size,
            (squared / variance).sum(),
            squared.sum(),
            variance.sum(),
            (fourth / variance**2).sum(),
            (fourth - variance**2).sum(),
        )
    count, z_squared, raw, weight, kurtosis, spread = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        outfit, infit = z_squared / count, raw / weight
        q_out = np.sqrt(np.maximum(kurtosis / count**2 - 1.0 / count, 0.0))
        q_in = np.sqrt(np.maximum(spread, 0.0)) / weight
        infit_z = (np.cbrt(infit) - 1.0) * (3.0 / q_in) + q_in / 3.0
        outfit_z = (np.cbrt(outfit) - 1.0) * (3.0 / q_out) + q_out / 3.0
    return infit, outfit, infit_z, outfit_z


def _moments(theta: Floats, item: ItemParameters) -> tuple[Floats, Floats, Floats]:
    """Mean, variance and fourth central moment of the score on one item, shape (n_persons,)."""
    p = category_probabilities(theta, item)[:, 0]
    score = np.arange(p.shape[-1], dtype=np.float64)
    mean = p @ score
    away = score - mean[:, None]
    return mean, (p * away**2).sum(axis=-1), (p * away**4).sum(axis=-1)
