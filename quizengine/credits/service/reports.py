"""The credit-equivalence report: everything its page shows, in one frozen value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Account, ClassMember, Organisation, TeachingClass
from quizengine.audit import AuditEvent
from quizengine.credits.computing import recognised_of
from quizengine.credits.rules import KINDS, Course, CreditRules, Rule
from quizengine.credits.service.decisions import late_irregularities, present_awards
from quizengine.credits.service.evidence import Case, Flag
from quizengine.credits.tables import Award, Claim
from quizengine.permissions import Role

OPEN = ("submitted", "checked")


@dataclass(frozen=True, slots=True)
class Measurement:
    """The sitting and the parameters its levels were estimated with."""

    sitting_id: int
    exam_title: Mapping[str, str]
    bank_code: str
    bank_name: Mapping[str, str]
    profile: str
    mode: str
    room: str
    started_at: datetime
    finished_at: datetime
    n_items: int
    stop_reason: str
    parameter_set_id: int
    parameter_kind: str
    parameter_model: str
    n_persons: int
    n_responses: int
    calibrated_at: datetime
    simulated_parameters: bool
    n_other_provisional: int  # answered items of other competencies with provisional parameters
    irregularities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """A competency against its cut, logits; `code` is "" for the whole."""

    code: str
    name: Mapping[str, str]
    theta: float
    standard_error: float
    n_items: int
    n_right: int
    cut: float
    cut_error: float
    probability: float
    verdict: str  # above, close, below, not_enough
    in_rule: bool


@dataclass(frozen=True, slots=True)
class StandardLine:
    """The standard the levels are held against."""

    id: int | None
    tier: str
    method: str
    provisional: bool
    panel: Mapping[str, Any]
    effective_from: datetime | None
    adopted_by: str


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course the claim asks credit in; credits in tenths."""

    code: str
    name: Mapping[str, str]
    kind: str
    course_credits: int
    recognised_before: int
    credits: int
    covered: tuple[str, ...]  # competencies of the course, as "bank:code"
    uncovered: tuple[str, ...]
    grade: str


@dataclass(frozen=True, slots=True)
class CapLine:
    """Recognised credits of a kind against their cap, tenths."""

    kind: str
    total: int
    percent: int
    cap: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ConditionLine:
    """What a person has to have seen; `met` is None while nobody has looked."""

    id: str
    text: Mapping[str, str]
    met: bool | None


@dataclass(frozen=True, slots=True)
class Signature:
    """A step of the claim and who took it."""

    step: str  # submitted, checked, confirmed, refused, withdrawn
    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Event:
    """An event of the audit log about this claim."""

    id: int
    at: datetime
    action: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimReport:
    """A claim with everything it rests on. Credits in tenths, abilities in logits."""

    number: str
    claim_id: int | None
    state: str
    reason: str
    institution: Mapping[str, str]
    programme: Mapping[str, str]
    note: Mapping[str, str]
    rule_set_number: int
    student_id: int
    student_name: str
    student_username: str
    classes: tuple[str, ...]
    simulated: bool
    rule_id: str
    rule_title: Mapping[str, str]
    competencies: tuple[str, ...]
    conditions: tuple[ConditionLine, ...]
    carried: int
    proposed: int
    awarded: int | None
    grantable: int | None  # what it would bring now, while it is open
    measurement: Measurement
    levels: tuple[Level, ...]
    overall: Level
    minimum_probability: float
    minimum_items: int
    together_at_least: float
    standard: StandardLine
    courses: tuple[CourseLine, ...]
    caps: tuple[CapLine, ...]
    flags: tuple[Flag, ...]
    reasons: tuple[str, ...]
    people: tuple[Signature, ...]
    events: tuple[Event, ...]
    submitted_at: datetime | None
    decided_at: datetime | None

    @property
    def rule_levels(self) -> tuple[Level, ...]:
        """The levels the rule asks about."""
        return tuple(level for level in self.levels if level.in_rule)

    @property
    def lapsed(self) -> int:
        """Credits the evidence carries that are not recognised."""
        given = self.proposed if self.awarded is None else self.awarded
        return self.carried - given


def claim_number(claim: Claim) -> str:
    """The number people name a claim by."""
    return f"ER-{claim.submitted_at.year}-{claim.id:04d}"


def claim_report(session: Session, claim_id: int) -> ClaimReport:
    """The report of a claim; who may see it is asked before (`claims.get_claim`)."""
    claim = session.get_one(Claim, claim_id)
    events = _events(session, claim)
    awards = session.scalars(
        select(Award).where(Award.claim_id == claim.id).order_by(Award.course)
    ).all()
    given = [(award.course, award.credits_tenths) for award in awards] if awards else None
    flags, grantable = [], None
    if claim.state in OPEN:
        grantable = sum(outcome.credits for outcome in present_awards(session, claim).outcomes)
        late = late_irregularities(session, claim)
        if late > 0:
            flags.append(Flag("irregularity", {"count": late}))
        if not grantable:
            flags.append(Flag("nothing-left"))
    approval = next((e for e in events if e.action == "credit-approved"), None)
    check = next((e for e in events if e.action == "credit-checked"), None)
    values = _common(session, claim.student_id, claim.frozen, claim.report, given, approval)
    return ClaimReport(
        number=claim_number(claim),
        claim_id=claim.id,
        state=claim.state,
        reason=claim.reason,
        conditions=_conditions(claim.frozen, check.after["conditions"] if check else None),
        awarded=sum(credits for _, credits in given) if given else None,
        grantable=grantable,
        flags=tuple(flags),
        people=tuple(_people(session, events, claim)),
        events=tuple(_shown_events(session, events)),
        submitted_at=claim.submitted_at,
        decided_at=events[-1].at if claim.state not in OPEN and events else None,
        **values,
    )


def draft_report(session: Session, case: Case, *, student_id: int) -> ClaimReport:
    """The report a claim would have, before it is made."""
    values = _common(session, student_id, case.frozen, case.computed, None, None)
    return ClaimReport(
        number="",
        claim_id=None,
        state="draft",
        reason="",
        conditions=_conditions(case.frozen, None),
        awarded=None,
        grantable=None,
        flags=case.flags,
        people=(),
        events=(),
        submitted_at=None,
        decided_at=None,
        **values,
    )


def _common(
    session: Session,
    student_id: int,
    frozen: Mapping[str, Any],
    computed: Mapping[str, Any],
    given: Sequence[tuple[str, int]] | None,
    approval: AuditEvent | None,
) -> dict[str, Any]:
    rules = CreditRules.from_json(frozen["credit_rules"])
    (rule,) = rules.rules.values()
    student = session.get_one(Account, student_id)
    organisation = session.get_one(Organisation, student.organisation_id)
    awards = [(str(course), int(credits)) for course, credits in computed["awards"]]
    before, after = computed["before"], computed["after"]
    if approval is not None:
        before, after = approval.before["recognised"], approval.after["recognised"]
    reasons = approval.after["reasons"] if approval is not None else computed["reasons"]
    names = frozen["names"]
    return {
        "institution": {"en": organisation.name_en, "zh": organisation.name_zh},
        "programme": rules.programme,
        "note": rules.note,
        "rule_set_number": frozen["credit_rules_number"],
        "student_id": student.id,
        "student_name": student.display_name,
        "student_username": student.username,
        "classes": _classes(session, student.id),
        "simulated": student.simulated,
        "rule_id": rule.id,
        "rule_title": rule.title,
        "competencies": rule.competencies,
        "carried": rule.carried,
        "proposed": sum(credits for _, credits in awards),
        "measurement": _measurement(frozen, rule),
        "levels": tuple(_level(entry, names, rule) for entry in computed["levels"]),
        "overall": _level(computed["overall"], names, rule),
        "minimum_probability": rule.minimum_probability,
        "minimum_items": rule.minimum_items,
        "together_at_least": computed["together_at_least"],
        "standard": _standard(session, frozen["standard"]),
        "courses": tuple(_courses(frozen, rules, rule, given or awards, given is not None)),
        "caps": tuple(_caps(rules, before, after)),
        "reasons": tuple(reasons),
    }


def _classes(session: Session, student_id: int) -> tuple[str, ...]:
    return tuple(
        session.scalars(
            select(TeachingClass.code)
            .join(ClassMember, ClassMember.class_id == TeachingClass.id)
            .where(ClassMember.account_id == student_id, ClassMember.role == Role.STUDENT.value)
            .order_by(TeachingClass.code)
        )
    )


def _measurement(frozen: Mapping[str, Any], rule: Rule) -> Measurement:
    sitting, parameters = frozen["sitting"], frozen["parameters"]
    return Measurement(
        sitting_id=sitting["id"],
        exam_title=sitting["title"],
        bank_code=frozen["bank"]["code"],
        bank_name=frozen["bank"]["name"],
        profile=sitting["profile"],
        mode=sitting["mode"],
        room=sitting["room"],
        started_at=datetime.fromisoformat(sitting["started_at"]),
        finished_at=datetime.fromisoformat(sitting["finished_at"]),
        n_items=len(frozen["log"]),
        stop_reason=sitting["stop_reason"],
        parameter_set_id=parameters["id"],
        parameter_kind=parameters["kind"],
        parameter_model=parameters["model"],
        n_persons=parameters["n_persons"],
        n_responses=parameters["n_responses"],
        calibrated_at=datetime.fromisoformat(parameters["created_at"]),
        simulated_parameters=parameters["simulated"],
        n_other_provisional=sum(
            entry["provisional"] and entry["competency"] not in rule.competencies
            for entry in frozen["log"]
        ),
        irregularities=tuple(sitting["irregularities"]),
    )


def _level(entry: Mapping[str, Any], names: Mapping[str, Any], rule: Rule) -> Level:
    code = entry["code"]
    return Level(
        code=code,
        name=names.get(code, {"en": "", "zh": ""}),
        theta=entry["theta"],
        standard_error=entry["standard_error"],
        n_items=entry["n_items"],
        n_right=entry["n_right"],
        cut=entry["cut"],
        cut_error=entry["cut_error"],
        probability=entry["probability"],
        verdict=entry["verdict"],
        in_rule=code in rule.competencies,
    )


def _standard(session: Session, entry: Mapping[str, Any]) -> StandardLine:
    adopter = session.get(Account, entry["adopted_by"]) if entry["adopted_by"] else None
    since = entry["effective_from"]
    return StandardLine(
        id=entry["id"],
        tier=entry["tier"],
        method=entry["method"],
        provisional=entry["provisional"],
        panel=entry["panel"],
        effective_from=datetime.fromisoformat(since) if since else None,
        adopted_by=adopter.display_name if adopter else "",
    )


def _courses(
    frozen: Mapping[str, Any],
    rules: CreditRules,
    rule: Rule,
    credits: Sequence[tuple[str, int]],
    are_awarded: bool,
) -> Iterable[CourseLine]:
    recognised = [recognised_of(entry) for entry in frozen["recognised"]]
    of_rule = {f"{rule.bank}:{code}" for code in rule.competencies}
    for code, _ in rule.awards:
        course: Course = rules.courses[code]
        yield CourseLine(
            code=code,
            name=course.name,
            kind=course.kind,
            course_credits=course.credits,
            recognised_before=sum(one.credits for one in recognised if one.course == code),
            credits=dict(credits).get(code, 0),
            covered=tuple(one for one in course.competencies if one in of_rule),
            uncovered=tuple(one for one in course.competencies if one not in of_rule),
            grade=rules.grade if are_awarded else "",
        )


def _caps(
    rules: CreditRules, before: Mapping[str, int], after: Mapping[str, int]
) -> Iterable[CapLine]:
    for kind in KINDS:
        yield CapLine(
            kind,
            rules.totals[kind],
            rules.caps[kind],
            rules.cap(kind),
            before.get(kind, 0),
            after.get(kind, 0),
        )


def _conditions(frozen: Mapping[str, Any], seen: Sequence[str] | None) -> tuple[ConditionLine, ...]:
    (rule,) = frozen["credit_rules"]["rules"]
    return tuple(
        ConditionLine(one["id"], one["text"], None if seen is None else one["id"] in seen)
        for one in rule["conditions"]
    )


def _events(session: Session, claim: Claim) -> Sequence[AuditEvent]:
    return session.scalars(
        select(AuditEvent)
        .where(AuditEvent.subject == "claim", AuditEvent.subject_id == claim.id)
        .order_by(AuditEvent.id)
    ).all()


_STEPS = {
    "credit-claimed": "submitted",
    "credit-checked": "checked",
    "credit-approved": "confirmed",
    "credit-refused": "refused",
    "credit-withdrawn": "withdrawn",
}


def _name(session: Session, account_id: int | None) -> str:
    account = session.get(Account, account_id) if account_id is not None else None
    return account.display_name if account is not None else ""


def _people(session: Session, events: Sequence[AuditEvent], claim: Claim) -> Iterable[Signature]:
    """Who has signed, then who still has to."""
    for event in events:
        if event.action in _STEPS:
            yield Signature(_STEPS[event.action], _name(session, event.account_id), event.at)
    waiting = {"submitted": ("checked", "confirmed"), "checked": ("confirmed",)}
    for step in waiting.get(claim.state, ()):
        yield Signature(step, "", None)


def _shown_events(session: Session, events: Sequence[AuditEvent]) -> Iterable[Event]:
    for event in events:
        name = _name(session, event.account_id)
        yield Event(event.id, event.at, event.action, name, event.reason)
