"""Item parameters in words and as a curve, for the page of an item."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from models.parameters import ItemParameters
from models.response_functions import expected_score
from quizengine.banks.service.history import Measured
from quizengine.banks.tables import Parameter
from quizengine.charts import ItemCurve, item_curve

# Labels of Baker (2001), The basics of item response theory, 2nd ed., chapter 2.
_SEPARATES = (
    (0.35, lazy_gettext("hardly separates students")),
    (0.65, lazy_gettext("separates students weakly")),
    (1.35, lazy_gettext("separates students moderately")),
    (1.70, lazy_gettext("separates students well")),
    (float("inf"), lazy_gettext("separates students very well")),
)


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A parameter as the page lists it."""

    name: str
    estimate: str
    error: str  # empty where nothing was estimated
    words: str


@dataclass(frozen=True, slots=True)
class DrawnCurve:
    """The model's curve with the sentence that says it."""

    curve: ItemCurve
    difficulty: str
    sentence: str


def parameter_rows(measured: Measured | None, n_guesses: int) -> list[ParameterRow]:
    """Discrimination, difficulty and lower limit, each with its error and its meaning.

    Parameters
    ----------
    n_guesses : equally likely responses of somebody who knows nothing; 0 where there is no guess.
    """
    if measured is None:
        return []
    row = measured.parameter
    share = percent(_chance(row, 0.0))
    steps = row.thresholds or ()
    rows = [
        ParameterRow(_("a, discrimination"), number(row.a), _error(row.se_a), _separates(row.a)),
        ParameterRow(
            _("b, difficulty"),
            number(row.b),
            _error(row.se_b),
            _("average student: %(share)s of the points", share=share)
            if steps
            else _("average student: %(share)s right", share=share),
        ),
    ]
    for place, step in enumerate(steps, start=1):
        name = _("step to %(points)s points", points=place)
        rows.append(ParameterRow(name, number(step), "", ""))
    if not steps:
        words = _guessing(row.c, n_guesses)
        rows.append(ParameterRow(_("c, lower limit"), number(row.c), "", words))
    if row.d < 1.0:
        words = _("even the best: %(share)s right", share=percent(row.d))
        rows.append(ParameterRow(_("d, upper limit"), number(row.d), "", words))
    return rows


def curve_of(measured: Measured | None) -> DrawnCurve | None:
    """The share right that the model expects, over ability."""
    if measured is None:
        return None
    row = measured.parameter
    said = _(
        "The model expects %(low)s right at ability −2, %(middle)s at 0 and %(high)s at 2.",
        low=percent(_chance(row, -2.0)),
        middle=percent(_chance(row, 0.0)),
        high=percent(_chance(row, 2.0)),
    )
    drawn = item_curve(lambda theta: _chance(row, theta), difficulty=row.b)
    return DrawnCurve(drawn, number(row.b), said)


def number(value: float) -> str:
    """Two decimals with a true minus sign."""
    text = f"{value:.2f}"
    return "0.00" if text == "-0.00" else text.replace("-", "\u2212")


def percent(share: float) -> str:
    """A share as a whole percentage; number and unit never part."""
    return f"{100 * share:.0f}\u00a0%"


def _error(value: float | None) -> str:
    return "" if value is None else number(value)


def _chance(row: Parameter, theta: float) -> float:
    """The expected share of the points: of one point, the probability of a right answer."""
    if not row.thresholds:
        return float(expected_score(theta, ItemParameters.of(row.a, row.b, row.c, row.d))[0])
    items = ItemParameters.of(row.a, thresholds=[row.thresholds], models=[row.model])
    return float(expected_score(theta, items)[0]) / len(row.thresholds)


def _separates(a: float) -> str:
    return str(next(words for limit, words in _SEPARATES if a < limit))


def _guessing(c: float, n_guesses: int) -> str:
    if c < 0.01 or not n_guesses:
        return str(_("the model has no guessing"))
    chance = 1.0 / n_guesses
    if abs(c - chance) <= 0.05:
        return str(_("near chance (%(share)s)", share=number(chance)))
    if c > chance:
        return str(_("above chance (%(share)s)", share=number(chance)))
    return str(_("below chance (%(share)s)", share=number(chance)))
