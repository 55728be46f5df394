"""Pages of credits: a student's claims, the report, the registry's queue."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quizengine.charts import Z95, MiniBand, mini_band
from quizengine.credits import service, words
from quizengine.credits.forms import AGES, read_filter
from quizengine.credits.service import ClaimReport, Level
from quizengine.credits.service.queue import STATES
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.web import language, render, require

blueprint = Blueprint("credits", __name__)
_WORDS = SimpleNamespace(
    **{name: getattr(words, name) for name in dir(words) if not name.startswith("_")},
    credits=service.credits_text,
)


def _page(template: str, **context: Any) -> str:
    return render(template, words=_WORDS, **context)


# --- students ---


@blueprint.get("/credits")
@require(Permission.CLAIM_CREDITS)
def index() -> ResponseReturnValue:
    """One's claims, and what could be claimed."""
    with reading() as session:
        eligible = service.eligible_claims(
            session, student_id=current_user.id, organisation_id=current_user.organisation_id
        )
        claims = service.list_claims(session, student_id=current_user.id)
    rows = [
        (claim, service.claim_number(claim), claim.report["awards"], _title_of(claim.frozen))
        for claim in claims
    ]
    return _page("credits/index.html", eligible=eligible, claims=rows)


def _title_of(frozen: dict[str, Any]) -> str:
    return str(frozen["credit_rules"]["rules"][0]["title"][language()])


@blueprint.get("/credits/transcript")
@require(Permission.CLAIM_CREDITS)
def transcript() -> ResponseReturnValue:
    """One's recognised credits."""
    with reading() as session:
        found = service.transcript(session, current_user.id)
    return _page("credits/transcript.html", transcript=found)


@blueprint.get("/credits/sittings/<int:evidence_id>/<rule_id>")
@require(Permission.CLAIM_CREDITS)
def draft(evidence_id: int, rule_id: str) -> ResponseReturnValue:
    """The report a claim would have; from here it is made."""
    with reading() as session:
        case = service.draft_case(
            session,
            sitting_id=evidence_id,
            rule_id=rule_id,
            student_id=current_user.id,
            organisation_id=current_user.organisation_id,
        )
        report = service.draft_report(session, case, student_id=current_user.id)
    return _page("credits/draft.html", **_report(report, own=True))


@blueprint.post("/credits/sittings/<int:evidence_id>/<rule_id>")
@require(Permission.CLAIM_CREDITS)
def submit(evidence_id: int, rule_id: str) -> ResponseReturnValue:
    """Claim the credit."""
    with transaction() as session:
        claim_id = service.submit_claim(
            session,
            sitting_id=evidence_id,
            rule_id=rule_id,
            student_id=current_user.id,
            organisation_id=current_user.organisation_id,
            now=utcnow(),
        )
    flash(_("Your claim is with the registry. Two people will look at it."), "success")
    return redirect(url_for("credits.claim", claim_id=claim_id), 303)


@blueprint.get("/credits/claims/<int:claim_id>")
@require(Permission.CLAIM_CREDITS)
def claim(claim_id: int) -> ResponseReturnValue:
    """The report of one's own claim."""
    with reading() as session:
        found = service.get_claim(
            session,
            claim_id,
            organisation_id=current_user.organisation_id,
            student_id=current_user.id,
        )
        report = service.claim_report(session, claim_id)
    recomputed = service.recompute(found) if "recompute" in request.args else None
    return _page("credits/claim.html", recomputed=recomputed, **_report(report, own=True))


@blueprint.post("/credits/claims/<int:claim_id>/withdraw")
@require(Permission.CLAIM_CREDITS)
def withdraw(claim_id: int) -> ResponseReturnValue:
    """Take one's claim back."""
    with transaction() as session:
        service.withdraw_claim(
            session,
            claim_id=claim_id,
            student_id=current_user.id,
            organisation_id=current_user.organisation_id,
            now=utcnow(),
        )
    flash(_("The claim is withdrawn. You can claim this result again."), "success")
    return redirect(url_for("credits.claim", claim_id=claim_id), 303)


# --- the registry ---


@blueprint.get("/credits/queue")
@require(Permission.DECIDE_CREDITS)
def queue() -> ResponseReturnValue:
    """Claims of the school by state, bank, age and text."""
    filters = read_filter(request.args)
    with reading() as session:
        found = service.read_queue(
            session,
            organisation_id=current_user.organisation_id,
            filters=filters,
            now=utcnow(),
        )
    return _page(
        "credits/queue.html",
        queue=found,
        filters=filters,
        bank_options=[(code, code.upper()) for code in found.banks],
        states=STATES,
        ages=AGES,
    )


@blueprint.get("/credits/queue/<int:case_id>")
@require(Permission.DECIDE_CREDITS)
def case(case_id: int) -> ResponseReturnValue:
    """A claim with everything it rests on, and what a registrar can do."""
    return _case_page(case_id)


def _case_page(case_id: int, error: InvalidInput | None = None, reason: str = "") -> str:
    with reading() as session:
        found = service.get_claim(session, case_id, organisation_id=current_user.organisation_id)
        report = service.claim_report(session, case_id)
        waiting = service.read_queue(
            session,
            organisation_id=current_user.organisation_id,
            filters=service.QueueFilter(),
            now=utcnow(),
        )
        forbidden = service.why_not_decide(session, found, current_user.id)
    recomputed = service.recompute(found) if "recompute" in request.args else None
    return _page(
        "credits/case.html",
        queue=waiting,
        recomputed=recomputed,
        forbidden=sentence(forbidden, language()) if forbidden else "",
        may_refuse=forbidden in {"", "same-person"},
        error=sentence(error.code, language(), error.details) if error else "",
        typed=reason,
        **_report(report, own=False),
    )


@blueprint.post("/credits/queue/<int:case_id>/check")
@require(Permission.DECIDE_CREDITS)
def check(case_id: int) -> ResponseReturnValue:
    """The first registrar's signature."""
    try:
        with transaction() as session:
            service.check_claim(
                session,
                claim_id=case_id,
                organisation_id=current_user.organisation_id,
                account_id=current_user.id,
                conditions=request.form.getlist("condition"),
                now=utcnow(),
            )
    except InvalidInput as refusal:
        return _case_page(case_id, refusal), 422
    flash(_("Checked. A second registrar has to confirm."), "success")
    return redirect(url_for("credits.case", case_id=case_id), 303)


@blueprint.post("/credits/queue/<int:case_id>/confirm")
@require(Permission.DECIDE_CREDITS)
def confirm(case_id: int) -> ResponseReturnValue:
    """The second registrar's signature: the credit is recognised."""
    with transaction() as session:
        credits = service.confirm_claim(
            session,
            claim_id=case_id,
            organisation_id=current_user.organisation_id,
            account_id=current_user.id,
            now=utcnow(),
        )
    flash(_("Approved: %(credits)s recognised.", credits=words.credits_words(credits)), "success")
    return redirect(url_for("credits.case", case_id=case_id), 303)


@blueprint.post("/credits/queue/<int:case_id>/refuse")
@require(Permission.DECIDE_CREDITS)
def refuse(case_id: int) -> ResponseReturnValue:
    """Refuse with a reason."""
    reason = request.form.get("reason", "").replace("\x00", "")
    try:
        with transaction() as session:
            service.refuse_claim(
                session,
                claim_id=case_id,
                organisation_id=current_user.organisation_id,
                account_id=current_user.id,
                reason=reason,
                now=utcnow(),
            )
    except InvalidInput as refusal:
        return _case_page(case_id, refusal, reason), 422
    flash(_("Refused. The student can read the reason."), "success")
    return redirect(url_for("credits.case", case_id=case_id), 303)


# --- the report ---


def _report(report: ClaimReport, *, own: bool) -> dict[str, Any]:
    """What the report's template needs."""
    return {
        "report": report,
        "own": own,
        "is_registrar": not own,
        "headline": words.headline(report, own=own),
        "bands": _bands(report.rule_levels),
        "other_levels": [level for level in report.levels if not level.in_rule],
        "used_caps": [
            cap for cap in report.caps if cap.kind in {course.kind for course in report.courses}
        ],
    }


def _bands(levels: tuple[Level, ...]) -> list[tuple[Level, MiniBand]]:
    """Mini rules on one axis, so that they can be compared."""
    ends = [-0.6, 2.0]
    for level in levels:
        ends += [level.theta + side * Z95 * level.standard_error for side in (-1, 1)]
        ends += [level.cut + side * Z95 * level.cut_error for side in (-1, 1)]
    return [
        (
            level,
            mini_band(
                level.theta,
                level.standard_error,
                cut=level.cut,
                cut_error=level.cut_error,
                low=min(ends),
                high=max(ends),
            ),
        )
        for level in levels
    ]
