"""The sentences of the calibration pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext, ngettext

from quizengine.calibration.service.compare import Comparison
from quizengine.calibration.service.fit import (
    LEAST_ANSWERS,
    LEAST_SITTINGS,
    CompetencyFit,
    ModelChoice,
)
from quizengine.calibration.service.overview import RunLine
from quizengine.charts import Scatter, scatter
from quizengine.messages import sentence
from quizengine.web import language


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


NAMED = 8  # items named in a sentence before "and more"


def number(value: float | None, decimals: int = 2) -> str:
    """A number with a true minus sign; a dash for none."""
    if value is None or value != value:
        return "–"
    text = f"{value:.{decimals}f}"
    return (text[1:] if float(text) == 0 and text[0] == "-" else text).replace("-", "−")


def signed(value: float, decimals: int = 2) -> str:
    """A change with its sign."""
    text = number(value, decimals)
    return text if value <= 0 or float(f"{value:.{decimals}f}") == 0 else f"+{text}"


def stage(run: RunLine) -> str:
    """What a run is doing, in words."""
    if run.status == "queued":
        return _("Waiting for the worker.")
    name = run.note.partition(":")[0]
    return {
        "read": _("Reading the stored answers."),
        "fit": _("Fitting the items of all competencies together."),
        "correlation": _("Estimating how the competencies go together."),
        "store": _("Storing the result."),
    }.get(name, _("Starting."))


def why_failed(run: RunLine) -> str:
    """Why a run ended without a result."""
    if run.status == "cancelled":
        return _("This calibration was cancelled. Nothing was changed.")
    return sentence(run.error or "internal", language(), {"reference": "–", **run.error_details})


def headline(found: Comparison) -> list[str]:
    """The comparison in sentences."""
    n_fitted, n_kept = len(found.fitted), len(found.items) - len(found.fitted)
    said = [
        ngettext(
            "%(num)s of %(total)s items was fitted.",
            "%(num)s of %(total)s items were fitted.",
            n_fitted,
            total=len(found.items),
        )
    ]
    if n_kept:
        said.append(
            ngettext(
                "%(num)s item keeps its present parameters.",
                "%(num)s items keep their present parameters.",
                n_kept,
            )
        )
    if n_fitted:
        said.append(
            _(
                "Difficulties changed by %(typical)s logits typically, %(mean)s on average; "
                "%(moved)s moved by more than 0.5.",
                typical=number(found.typical_change),
                mean=signed(found.mean_change),
                moved=len(found.with_flag("moved")),
            )
        )
    if found.agreement is not None:
        said.append(
            _("Present and new difficulties correlate at %(r)s.", r=number(found.agreement))
        )
    return said


def rests_on(found: Comparison) -> list[str]:
    """What the estimates rest on, in sentences."""
    said = [
        _(
            "Fitted to %(answers)s answers from %(real)s real and %(simulated)s simulated "
            "sittings.",
            answers=found.n_responses,
            real=found.n_real,
            simulated=found.n_simulated,
        )
    ]
    if found.n_left_out:
        said.append(
            _(
                "%(number)s answers were left out: the student had met the item before, or its "
                "text has changed since.",
                number=found.n_left_out,
            )
        )
    return said + ([] if found.model is None else _which_model(found.model))


def _which_model(model: ModelChoice) -> list[str]:
    """What was fitted and why."""
    said = []
    evidence = signed(model.evidence, 1) if model.evidence is not None else ""
    if model.single == "3PL":
        said.append(
            _(
                "Questions with one point follow the 3PL with the lower asymptote at the chance of "
                "a guess, 1 / number of options: the answers speak clearly for guessing (log "
                "evidence against the 2PL %(evidence)s, more than %(limit)s).",
                evidence=evidence,
                limit=number(model.bar, 1),
            )
        )
    elif model.single and evidence:
        said.append(
            _(
                "Questions with one point follow the 2PL: the answers do not speak clearly for "
                "guessing (log evidence of the 3PL with the lower asymptote at 1 / number of "
                "options %(evidence)s; it is taken above %(limit)s).",
                evidence=evidence,
                limit=number(model.bar, 1),
            )
        )
    elif model.single:
        said.append(_("Questions with one point follow the 2PL: nothing on them can be guessed."))
    if model.n_several:
        said.append(
            ngettext(
                "%(num)s question with several points follows the generalised partial credit "
                "model.",
                "%(num)s questions with several points follow the generalised partial credit "
                "model.",
                model.n_several,
            )
        )
    return said


def joined(sentences: Sequence[str]) -> str:
    """Sentences one after the other: Chinese ones without a space between them."""
    return ("" if language() == "zh" else " ").join(sentences)


def cautions(found: Comparison) -> list[str]:
    """What a reader must know before publishing."""
    said = []
    if found.old_guessing:
        said.append(
            _(
                "The present parameters allow for guessing, the fitted ones (2PL) do not. So "
                "difficulties come out lower than before without an item having become easier."
            )
        )
    unconverged = [part.code for part in found.competencies if part.converged is False]
    if unconverged:
        said.append(
            _(
                "The fit did not converge in %(codes)s. Look at these estimates before you use "
                "them.",
                codes=_list(unconverged),
            )
        )
    if not found.correlation_converged:
        said.append(
            _(
                "The correlations did not settle completely; more answers, spread over all "
                "competencies, will help."
            )
        )
    odd = [item.code for item in found.with_flag("odd")]
    if odd:
        said.append(
            _(
                "Able students hardly do better on %(items)s. Check the keys. These items keep "
                "their present parameters.",
                items=_list(odd),
            )
        )
    few = [item.code for item in found.with_flag("few")]
    if few:
        said.append(
            _(
                "Too few answers: %(items)s. An item is fitted from %(answers)s answers on, a "
                "competency from %(sittings)s sittings on.",
                items=_list(few),
                answers=LEAST_ANSWERS,
                sittings=LEAST_SITTINGS,
            )
        )
    return said


def remarks(part: CompetencyFit) -> list[str]:
    """The warnings of one competency in words; what the cautions say already is left out."""
    words = _remark_words()
    if part.converged is None:
        return [_("not fitted: too few answers")]
    said = []
    for code, items in part.warnings.items():
        if code in words:
            said.append(f"{words[code]}{_(': ')}{_list(items)}" if items else words[code])
    return said


def _remark_words() -> Mapping[str, str]:
    return {
        "all-right": _("everybody was right, so the estimate rests on the prior"),
        "all-wrong": _("everybody was wrong, so the estimate rests on the prior"),
        "duplicate-items": _("answered exactly alike by the same students: perhaps one question"),
        "few-persons": _("few students"),
        "few-items": _("nobody answered three items, so slopes rest on the prior"),
        "negative-discrimination": _("the able fail it"),
        "low-discrimination": _("discrimination near zero"),
        "at-bound": _("an estimate ran to the edge of what is allowed"),
        "not-converged": _("not converged"),
        "no-standard-errors": _("standard errors could not be computed"),
        "standard-errors-item-by-item": _("standard errors item by item"),
    }


def _list(codes: Sequence[str]) -> str:
    shown = _(", ").join(codes[:NAMED])
    more = len(codes) - NAMED
    return shown if more <= 0 else _("%(codes)s and %(number)s more", codes=shown, number=more)


def difficulty_chart(found: Comparison) -> Scatter:
    """Present against new difficulties of the fitted items."""
    return scatter(
        [
            (
                item.old_b,
                item.new_b,
                item.se_b or 0.0,
                "odd" if "moved" in item.flags else "",
                f"{item.code}: {number(item.old_b)} → {number(item.new_b)}",
            )
            for item in found.fitted
        ]
    )
