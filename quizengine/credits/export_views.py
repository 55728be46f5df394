"""Files of credits: a report as PDF, recognised credits as CSV and XLSX."""

from __future__ import annotations

from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from flask_babel import refresh
from flask_login import current_user

from quizengine.credits import export, records, service
from quizengine.database import reading, utcnow
from quizengine.permissions import Permission
from quizengine.web import LANGUAGES, language, require

blueprint = Blueprint("credit_files", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _choose_language() -> None:
    """The language that ?lang= names, for this answer only."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        g.language = asked
        refresh()


@blueprint.get("/credits/claims/<int:claim_id>.pdf")
@require(Permission.CLAIM_CREDITS)
def own_report(claim_id: int) -> ResponseReturnValue:
    """The report of one's own claim."""
    return _report(claim_id, student_id=current_user.id)


@blueprint.get("/credits/queue/<int:case_id>.pdf")
@require(Permission.DECIDE_CREDITS)
def report(case_id: int) -> ResponseReturnValue:
    """The report of a claim in the registry."""
    return _report(case_id, student_id=None)


def _report(claim_id: int, *, student_id: int | None) -> ResponseReturnValue:
    _choose_language()
    with reading() as session:
        claim = service.get_claim(
            session,
            claim_id,
            organisation_id=current_user.organisation_id,
            student_id=student_id,
        )
        found = service.claim_report(session, claim_id)
    pdf = export.report_pdf(found, claim, now=utcnow())
    return _file(pdf, "application/pdf", f"{found.number}-{language()}.pdf")


@blueprint.get("/credits/export.csv")
@require(Permission.DECIDE_CREDITS)
def records_csv() -> ResponseReturnValue:
    """Recognised credits for the student-records system."""
    return _file(records.records_csv(_records()), "text/csv; charset=utf-8", "credits.csv")


@blueprint.get("/credits/export.xlsx")
@require(Permission.DECIDE_CREDITS)
def records_xlsx() -> ResponseReturnValue:
    """The same as a workbook."""
    return _file(records.records_xlsx(_records()), XLSX, "credits.xlsx")


def _records() -> list[records.RecordLine]:
    _choose_language()
    with reading() as session:
        return records.read_records(session, organisation_id=current_user.organisation_id)


def _file(data: bytes, content_type: str, name: str) -> Response:
    return Response(
        data,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
