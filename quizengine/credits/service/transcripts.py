"""A student's recognised credits, course by course, against the caps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Account, Organisation
from quizengine.credits.rules import KINDS, CreditRules
from quizengine.credits.service.reports import CapLine, claim_number
from quizengine.credits.service.rule_sets import find_rule_set
from quizengine.credits.tables import Award, Claim


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """Credits recognised in a course by one claim, tenths."""

    course: str
    name: Mapping[str, str]
    kind: str
    course_credits: int
    credits: int
    grade: str
    awarded_at: datetime
    claim_id: int
    number: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """All recognised credits of a student."""

    student_id: int
    student_name: str
    student_username: str
    institution: Mapping[str, str]
    simulated: bool
    lines: tuple[TranscriptLine, ...]
    caps: tuple[CapLine, ...]  # against the rules in force

    @property
    def total(self) -> int:
        """Tenths of credits."""
        return sum(line.credits for line in self.lines)


def transcript(session: Session, student_id: int) -> Transcript:
    """Recognised credits by course; the caps are those of the rules in force now."""
    student = session.get_one(Account, student_id)
    organisation = session.get_one(Organisation, student.organisation_id)
    rows = session.execute(
        select(Award, Claim)
        .join(Claim, Claim.id == Award.claim_id)
        .where(Award.student_id == student_id)
        .order_by(Award.course, Award.claim_id)
    ).all()
    lines = tuple(_line(award, claim) for award, claim in rows)
    rule_set = find_rule_set(session, student.organisation_id)
    rules = CreditRules.from_json(rule_set.content) if rule_set is not None else None
    return Transcript(
        student.id,
        student.display_name,
        student.username,
        {"en": organisation.name_en, "zh": organisation.name_zh},
        student.simulated,
        lines,
        _caps(rules, lines) if rules is not None else (),
    )


def _line(award: Award, claim: Claim) -> TranscriptLine:
    """The course as it was when the credit was recognised."""
    rules = CreditRules.from_json(claim.frozen["credit_rules"])
    course = rules.courses[award.course]
    return TranscriptLine(
        course=award.course,
        name=course.name,
        kind=course.kind,
        course_credits=course.credits,
        credits=award.credits_tenths,
        grade=award.grade,
        awarded_at=award.awarded_at,
        claim_id=claim.id,
        number=claim_number(claim),
    )


def _caps(rules: CreditRules, lines: tuple[TranscriptLine, ...]) -> tuple[CapLine, ...]:
    had = dict.fromkeys(KINDS, 0)
    for line in lines:
        course = rules.courses.get(line.course)
        if course is not None:
            had[course.kind] += line.credits
    return tuple(
        CapLine(kind, rules.totals[kind], rules.caps[kind], rules.cap(kind), had[kind], had[kind])
        for kind in KINDS
    )
