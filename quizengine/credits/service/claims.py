"""A student's side: what could be claimed, claiming it, taking a claim back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Account
from quizengine.audit import record
from quizengine.banks.tables import Bank
from quizengine.credits.rules import CreditRules, Rule
from quizengine.credits.service.evidence import Case, Flag, build_case, evidence_name
from quizengine.credits.service.rule_sets import find_rule_set, get_rule_set
from quizengine.credits.tables import Claim, RuleSet
from quizengine.errors import Conflict, NotFound
from quizengine.exams.tables import Exam, Room, Sitting


@dataclass(frozen=True, slots=True)
class Possible:
    """A rule held against a sitting; claimable when nothing speaks against it."""

    rule: Rule
    credits: int  # tenths that it would bring now; 0 while the room is open
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class SittingEvidence:
    """A finished invigilated sitting and the rules about its bank."""

    sitting_id: int
    title: Mapping[str, str]
    finished_at: datetime
    is_held_back: bool  # its room is still open: nothing of its result is shown
    possible: tuple[Possible, ...]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What a student could ask for."""

    sittings: tuple[SittingEvidence, ...]
    n_practice: int  # finished practice sittings, which cannot support credit
    has_rules: bool


def lock_student(session: Session, student_id: int) -> Account:
    """The student's row, locked: whatever changes credits of one student happens in turn."""
    student = session.get(Account, student_id, with_for_update=True, populate_existing=True)
    if student is None:
        raise NotFound("account")
    return student


def eligible_claims(session: Session, *, student_id: int, organisation_id: int) -> Eligibility:
    """Every finished sitting of an invigilated exam against every rule about its bank."""
    rule_set = find_rule_set(session, organisation_id)
    rules = CreditRules.from_json(rule_set.content) if rule_set is not None else None
    finished = (
        Sitting.student_id == student_id,
        Sitting.organisation_id == organisation_id,
        Sitting.finished_at.is_not(None),
    )
    rows = session.execute(
        select(Sitting, Exam.title, Bank.code, Room.closed_at)
        .join(Exam, Exam.id == Sitting.exam_id)
        .join(Bank, Bank.id == Exam.bank_id)
        .outerjoin(Room, Room.id == Sitting.room_id)
        .where(*finished, Exam.mode == "invigilated")
        .order_by(Sitting.finished_at.desc(), Sitting.id.desc())
        .limit(50)
    ).all()
    n_practice = session.scalar(
        select(func.count())
        .select_from(Sitting)
        .join(Exam, Exam.id == Sitting.exam_id)
        .where(*finished, Exam.mode == "practice")
    )
    sittings = tuple(
        SittingEvidence(
            sitting.id,
            title,
            sitting.finished_at,
            closed_at is None and sitting.room_id is not None,
            _possible(session, sitting, closed_at is None, code, rule_set, rules),
        )
        for sitting, title, code, closed_at in rows
    )
    return Eligibility(sittings, n_practice or 0, rule_set is not None)


def _possible(
    session: Session,
    sitting: Sitting,
    is_open: bool,
    bank: str,
    rule_set: RuleSet | None,
    rules: CreditRules | None,
) -> tuple[Possible, ...]:
    if rule_set is None or rules is None:
        return ()
    found = []
    for rule in _rules_about(rules, bank):
        if sitting.room_id is not None and is_open:
            found.append(Possible(rule, 0, (Flag("room-not-closed"),)))
            continue
        case = build_case(session, sitting, rule_set, rules, rule)
        credits = sum(tenths for _, tenths in case.computed["awards"])
        found.append(Possible(rule, credits, case.flags))
    return tuple(found)


def _rules_about(rules: CreditRules, bank: str) -> Sequence[Rule]:
    return [
        rule
        for rule in rules.rules.values()
        if rule.evidence == "sitting" and rule.claimable and rule.bank == bank
    ]


def draft_case(
    session: Session, *, sitting_id: int, rule_id: str, student_id: int, organisation_id: int
) -> Case:
    """A student's own finished sitting against one rule about its bank.

    Raises
    ------
    NotFound
        "sitting", "credit-rule".
    Conflict
        "no-credit-rules", "sitting-open"; "room-not-closed": the result is not out yet.
    """
    sitting = session.get(Sitting, sitting_id)
    if (
        sitting is None
        or sitting.student_id != student_id
        or sitting.organisation_id != organisation_id
    ):
        raise NotFound("sitting")
    if sitting.finished_at is None:
        raise Conflict("sitting-open")
    if sitting.room_id is not None and session.get_one(Room, sitting.room_id).closed_at is None:
        raise Conflict("room-not-closed")
    rule_set = get_rule_set(session, organisation_id)
    rules = CreditRules.from_json(rule_set.content)
    bank = session.scalar(
        select(Bank.code).join(Exam, Exam.bank_id == Bank.id).where(Exam.id == sitting.exam_id)
    )
    for rule in _rules_about(rules, bank or ""):
        if rule.id == rule_id:
            return build_case(session, sitting, rule_set, rules, rule)
    raise NotFound("credit-rule")


def submit_claim(
    session: Session,
    *,
    sitting_id: int,
    rule_id: str,
    student_id: int,
    organisation_id: int,
    now: datetime,
) -> int:
    """Claim credit for a sitting under a rule; returns the claim's id.

    All that the report rests on is frozen here.

    Raises
    ------
    NotFound
        "sitting", "credit-rule".
    Conflict
        "no-credit-rules", "sitting-open", "room-not-closed"; "claim-blocked": a flag speaks
        against it.
    """
    lock_student(session, student_id)
    case = draft_case(
        session,
        sitting_id=sitting_id,
        rule_id=rule_id,
        student_id=student_id,
        organisation_id=organisation_id,
    )
    if case.flags:
        raise Conflict("claim-blocked", reasons=", ".join(flag.code for flag in case.flags))
    claim = Claim(
        organisation_id=organisation_id,
        student_id=student_id,
        sitting_id=sitting_id,
        rule=rule_id,
        evidence=evidence_name(case.frozen["evidence"]),
        rule_set_id=case.rule_set_id,
        state="submitted",
        frozen=dict(case.frozen),
        report=dict(case.computed),
        submitted_at=now,
    )
    session.add(claim)
    session.flush()
    record(
        session,
        action="credit-claimed",
        subject="claim",
        subject_id=claim.id,
        organisation_id=organisation_id,
        account_id=student_id,
        person_id=student_id,
        before={"state": None},
        after={
            "state": "submitted",
            "rule": rule_id,
            "rules": case.rule_set_number,
            "awards": [list(award) for award in case.computed["awards"]],
        },
        now=now,
    )
    return claim.id


def get_claim(
    session: Session, claim_id: int, *, organisation_id: int, student_id: int | None = None
) -> Claim:
    """A claim of an organisation, or of one student of it; else `NotFound("claim")`."""
    claim = session.get(Claim, claim_id)
    if (
        claim is None
        or claim.organisation_id != organisation_id
        or student_id not in {None, claim.student_id}
    ):
        raise NotFound("claim")
    return claim


def lock_claim(
    session: Session,
    claim_id: int,
    *,
    organisation_id: int,
    states: Sequence[str],
    student_id: int | None = None,
) -> Claim:
    """A claim in one of some states, its student's row and its own locked.

    Raises
    ------
    NotFound
        "claim".
    Conflict
        "claim-moved-on": somebody else was faster.
    """
    found = get_claim(session, claim_id, organisation_id=organisation_id, student_id=student_id)
    lock_student(session, found.student_id)
    claim = session.get_one(Claim, claim_id, with_for_update=True, populate_existing=True)
    if claim.state not in states:
        raise Conflict("claim-moved-on")
    return claim


def withdraw_claim(
    session: Session, *, claim_id: int, student_id: int, organisation_id: int, now: datetime
) -> None:
    """Take one's claim back while it is not decided; its evidence is free again.

    Raises
    ------
    NotFound
        "claim".
    Conflict
        "claim-moved-on".
    """
    claim = lock_claim(
        session,
        claim_id,
        organisation_id=organisation_id,
        student_id=student_id,
        states=("submitted", "checked"),
    )
    before, claim.state = claim.state, "withdrawn"
    record(
        session,
        action="credit-withdrawn",
        subject="claim",
        subject_id=claim.id,
        organisation_id=organisation_id,
        account_id=student_id,
        person_id=student_id,
        before={"state": before},
        after={"state": "withdrawn"},
        now=now,
    )


def list_claims(session: Session, *, student_id: int) -> Sequence[Claim]:
    """A student's claims, newest first."""
    return session.scalars(
        select(Claim).where(Claim.student_id == student_id).order_by(Claim.id.desc())
    ).all()
