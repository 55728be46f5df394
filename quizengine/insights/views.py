"""Pages of results: the report of a sitting, and the list of them."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from models.scales import PRACTICE_SCALE
from quizengine.charts import BandChart, BandValue, band_chart
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict
from quizengine.exams.service import sit
from quizengine.exams.service.review import ReviewedAnswer
from quizengine.exams.service.rooms import is_held_back
from quizengine.insights import service
from quizengine.insights.service import CompetencyReport, SittingReport
from quizengine.permissions import Permission
from quizengine.web import language, render, require

blueprint = Blueprint("insights", __name__)


@blueprint.get("/reports")
@require(Permission.SIT_EXAMS)
def reports() -> ResponseReturnValue:
    """One's finished sittings."""
    with reading() as session:
        entries = service.list_reports(session, student_id=current_user.id)
    return render("insights/reports.html", entries=entries)


@blueprint.get("/sittings/<int:sitting_id>/report")
@require(Permission.SIT_EXAMS)
def report(sitting_id: int) -> ResponseReturnValue:
    """Where one stands, how sure that is, and what to do next."""
    with reading() as session:
        sitting = sit.get_sitting(session, sitting_id, student_id=current_user.id)
        if is_held_back(session, sitting):
            return redirect(url_for("rooms.seat", room_id=sitting.room_id), 303)
    try:
        found, answers = _read_report(sitting_id)
    except Conflict:
        # Its time may just be over: end it now, by the server's clock, and look again.
        with transaction() as session:
            ended = sit.end_if_over(session, sitting_id=sitting_id, now=utcnow())
        if not ended:
            return redirect(url_for("exams.question", sitting_id=sitting_id), 303)
        found, answers = _read_report(sitting_id)
    return render(
        "insights/report.html",
        report=found,
        answers=answers,
        headline=_headline(found),
        chart=_chart(found),
    )


def _read_report(sitting_id: int) -> tuple[SittingReport, list[ReviewedAnswer]]:
    with reading() as session:
        found = service.report_sitting(session, sitting_id=sitting_id, student_id=current_user.id)
        answers = service.review(session, sitting_id=sitting_id, student_id=current_user.id)
    return found, list(answers)


def _names(rows: tuple[CompetencyReport, ...]) -> str:
    names = [row.name[language()] for row in rows]
    if language() == "zh":
        return "、".join(f"“{name}”" for name in names)
    return ", ".join(names[:-1]) + _(" and ") + names[-1] if len(names) > 1 else "".join(names)


def _headline(report: SittingReport) -> list[str]:
    """The report in sentences: what is clear first, then what is not."""
    total = len(report.competencies)
    above, below, close, few = (
        report.with_decision(name) for name in ("above", "below", "close", "not_enough")
    )
    said = []
    if above:
        said.append(
            _(
                "You are very likely above the standard in %(count)s of %(total)s competencies.",
                count=len(above),
                total=total,
            )
        )
    if below:
        said.append(_("You are very likely below the standard in %(names)s.", names=_names(below)))
    if close:
        said.append(
            _("Too close to call: %(names)s.", names=_names(close))
            if len(close) <= 3
            else _("%(count)s competencies are too close to call.", count=len(close))
        )
    if few:
        said.append(
            _("There is not enough evidence yet for %(names)s.", names=_names(few))
            if len(few) <= 3
            else _("For %(count)s competencies there is not enough evidence yet.", count=len(few))
        )
    return said


def _chart(report: SittingReport) -> BandChart:
    values = [_band_value(row) for row in report.competencies]
    return band_chart(values, cut=PRACTICE_SCALE.cut_score, cut_error=report.cut_error)


def _band_value(row: CompetencyReport) -> BandValue:
    name = row.name[language()]
    enough = row.decision != "not_enough"
    change, changed = "", False
    if row.change is not None:
        changed = row.real_change
        change = (
            _("real change, %(points)+d", points=round(row.change))
            if changed
            else _("within error")
        )
    return BandValue(
        code=row.code,
        name=name,
        estimate=row.level,
        standard_error=row.error,
        level=f"{row.level:.0f} ± {row.error:.0f}" if enough else "–",
        asked=str(row.asked),
        decision=row.decision,
        change=change,
        changed=changed,
        enough=enough,
        sentence=_(
            "%(name)s: %(level)s, two chances in three within %(error)s points.",
            name=name,
            level=f"{row.level:.0f}",
            error=f"{row.error:.1f}",
        ),
    )
