"""The registry's side: one registrar checks, another confirms; nothing is awarded by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from quizengine.accounts.tables import ClassMember
from quizengine.audit import record
from quizengine.credits.awards import Awards, Claimed, apply_rules
from quizengine.credits.computing import compute_report, figures
from quizengine.credits.rules import CreditRules
from quizengine.credits.service.claims import lock_claim
from quizengine.credits.service.evidence import (
    evidence_of,
    irregularities_of,
    recognised_credits,
)
from quizengine.credits.tables import Award, Claim
from quizengine.errors import Conflict, InvalidInput, NotPermitted
from quizengine.exams.tables import Sitting
from quizengine.permissions import Role

LONGEST_REASON = 2000


def present_awards(session: Session, claim: Claim) -> Awards:
    """What a claim would bring now, beside all that is recognised now."""
    rules = CreditRules.from_json(claim.frozen["credit_rules"])
    recognised = recognised_credits(session, claim.student_id)
    return apply_rules([Claimed(claim.rule, evidence_of(claim.evidence))], rules, recognised)


def late_irregularities(session: Session, claim: Claim) -> int:
    """Irregularities that were noted after the claim was made."""
    sitting = session.get_one(Sitting, claim.sitting_id)
    known = len(claim.frozen["sitting"]["irregularities"])
    return len(irregularities_of(session, sitting)) - known


def teaches(session: Session, account_id: int, student_id: int) -> bool:
    """Whether somebody is an instructor of a class the student is in."""
    student, instructor = aliased(ClassMember), aliased(ClassMember)
    found = session.scalar(
        select(student.class_id)
        .join(instructor, instructor.class_id == student.class_id)
        .where(
            student.account_id == student_id,
            student.role == Role.STUDENT.value,
            instructor.account_id == account_id,
            instructor.role == Role.INSTRUCTOR.value,
        )
        .limit(1)
    )
    return found is not None


def why_not_decide(session: Session, claim: Claim, account_id: int) -> str:
    """Why a person may not take the next step of a claim: a code, or "" when nothing forbids it.

    "own-claim", "own-student": not impartial; "same-person": has checked it already.
    """
    if account_id == claim.student_id:
        return "own-claim"
    if teaches(session, account_id, claim.student_id):
        return "own-student"
    return "same-person" if account_id == claim.checked_by else ""


def check_claim(
    session: Session,
    *,
    claim_id: int,
    organisation_id: int,
    account_id: int,
    conditions: Collection[str],
    now: datetime,
) -> None:
    """The first registrar has looked at the evidence and at what no measurement shows.

    Parameters
    ----------
    conditions : ids of the rule's conditions that the registrar has seen fulfilled.

    Raises
    ------
    NotFound
        "claim".
    NotPermitted
        "own-claim", "own-student".
    InvalidInput
        "conditions-unseen": a condition of the rule is missing.
    Conflict
        "claim-moved-on", "claim-late-irregularity", "claim-digits-differ".
    """
    claim = lock_claim(session, claim_id, organisation_id=organisation_id, states=("submitted",))
    _refuse_partial(session, claim, account_id)
    (rule,) = claim.frozen["credit_rules"]["rules"]
    wanted = [condition["id"] for condition in rule["conditions"]]
    if not set(wanted) <= set(conditions):
        raise InvalidInput("conditions-unseen")
    _refuse_unsound(session, claim)
    claim.state, claim.checked_by, claim.checked_at = "checked", account_id, now
    _record(
        session,
        claim,
        "credit-checked",
        account_id,
        now,
        before={"state": "submitted"},
        after={"state": "checked", "conditions": wanted},
    )


def confirm_claim(
    session: Session, *, claim_id: int, organisation_id: int, account_id: int, now: datetime
) -> int:
    """The second registrar approves: credits are awarded inside the caps as they are now.

    Returns
    -------
    Tenths of credits awarded.

    Raises
    ------
    NotFound
        "claim".
    NotPermitted
        "own-claim", "own-student"; "same-person": the one who checked cannot confirm.
    Conflict
        "claim-moved-on", "claim-late-irregularity", "claim-digits-differ"; "nothing-left": caps or
        courses are full by now.
    """
    claim = lock_claim(session, claim_id, organisation_id=organisation_id, states=("checked",))
    _refuse_partial(session, claim, account_id)
    _refuse_unsound(session, claim)
    awards = present_awards(session, claim)
    (outcome,) = awards.outcomes
    if not outcome.awards:
        raise Conflict("nothing-left")
    grade = claim.frozen["credit_rules"]["grade"]
    for course, credits in outcome.awards:
        session.add(
            Award(
                claim_id=claim.id,
                course=course,
                student_id=claim.student_id,
                credits_tenths=credits,
                grade=grade,
                awarded_at=now,
            )
        )
    claim.state, claim.confirmed_by, claim.confirmed_at = "approved", account_id, now
    _record(
        session,
        claim,
        "credit-approved",
        account_id,
        now,
        before={"state": "checked", "recognised": dict(awards.before)},
        after={
            "state": "approved",
            "recognised": dict(awards.after),
            "awards": [list(award) for award in outcome.awards],
            "reasons": list(outcome.reasons),
        },
    )
    return outcome.credits


def refuse_claim(
    session: Session,
    *,
    claim_id: int,
    organisation_id: int,
    account_id: int,
    reason: str,
    now: datetime,
) -> None:
    """Refuse a claim with a reason that the student reads.

    Raises
    ------
    NotFound
        "claim".
    NotPermitted
        "own-claim", "own-student".
    InvalidInput
        "reason-missing", "reason-long".
    Conflict
        "claim-moved-on".
    """
    reason = reason.strip()
    if not reason:
        raise InvalidInput("reason-missing")
    if len(reason) > LONGEST_REASON:
        raise InvalidInput("reason-long", most=LONGEST_REASON)
    claim = lock_claim(
        session, claim_id, organisation_id=organisation_id, states=("submitted", "checked")
    )
    _refuse_partial(session, claim, account_id, may_be_same=True)
    before, claim.state, claim.reason = claim.state, "refused", reason
    _record(
        session,
        claim,
        "credit-refused",
        account_id,
        now,
        reason=reason,
        before={"state": before},
        after={"state": "refused"},
    )


def _refuse_partial(
    session: Session, claim: Claim, account_id: int, *, may_be_same: bool = False
) -> None:
    """Whoever checked may still refuse; only the confirmation needs another person."""
    code = why_not_decide(session, claim, account_id)
    if code and not (may_be_same and code == "same-person"):
        raise NotPermitted(code)


def _refuse_unsound(session: Session, claim: Claim) -> None:
    if late_irregularities(session, claim) > 0:
        raise Conflict("claim-late-irregularity")
    if figures(compute_report(claim.frozen)) != figures(claim.report):
        raise Conflict("claim-digits-differ")


def _record(
    session: Session,
    claim: Claim,
    action: str,
    account_id: int,
    now: datetime,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    reason: str = "",
) -> None:
    record(
        session,
        action=action,
        subject="claim",
        subject_id=claim.id,
        organisation_id=claim.organisation_id,
        account_id=account_id,
        person_id=claim.student_id,
        reason=reason,
        before=before,
        after=after,
        now=now,
    )
