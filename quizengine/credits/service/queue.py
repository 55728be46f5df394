"""The registry's queue: which claims wait, and how long."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Account
from quizengine.banks.tables import Bank
from quizengine.credits.service.reports import OPEN, claim_number
from quizengine.credits.tables import Claim
from quizengine.exams.tables import Exam, Sitting

PAGE = 25
STATES = ("submitted", "checked", "approved", "refused", "withdrawn")
SHOWN = ("open", *STATES, "all")


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the queue shows; empty texts and 0 choose everything."""

    state: str = "open"
    bank: str = ""
    older_than_days: int = 0
    text: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A claim in the queue."""

    claim_id: int
    number: str
    student_name: str
    student_username: str
    bank_code: str
    rule_id: str
    competencies: tuple[str, ...]
    courses: tuple[tuple[str, int], ...]  # proposed, tenths
    state: str
    submitted_at: datetime
    days: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue; `counts` are of all claims of the organisation, by state."""

    lines: Sequence[QueueLine]
    total: int
    counts: Mapping[str, int]
    banks: Sequence[str]
    oldest_days: int | None  # of all that are open
    page: int

    @property
    def has_more(self) -> bool:
        return self.page * PAGE < self.total


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many open claims of an organisation one registrar can decide now."""

    to_check: int  # for the first signature
    to_confirm: int  # checked by somebody else, for the second


def count_waiting(session: Session, *, organisation_id: int, account_id: int) -> Waiting:
    """Claims that wait for this registrar; those checked by himself wait for another one."""
    counted = session.execute(
        select(Claim.state, func.count())
        .where(
            Claim.organisation_id == organisation_id,
            (Claim.state == "submitted")
            | ((Claim.state == "checked") & (Claim.checked_by != account_id)),
        )
        .group_by(Claim.state)
    ).all()
    found = {state: int(number) for state, number in counted}
    return Waiting(found.get("submitted", 0), found.get("checked", 0))


def read_queue(
    session: Session, *, organisation_id: int, filters: QueueFilter, now: datetime
) -> Queue:
    """Claims of an organisation: the open ones oldest first, all others newest first."""
    mine = Claim.organisation_id == organisation_id
    wanted = [mine, *_conditions(filters, now)]
    rows = (
        select(Claim, Account, Bank.code)
        .join(Account, Account.id == Claim.student_id)
        .join(Sitting, Sitting.id == Claim.sitting_id)
        .join(Exam, Exam.id == Sitting.exam_id)
        .join(Bank, Bank.id == Exam.bank_id)
        .where(*wanted)
    )
    total = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    page = min(max(1, filters.page), max(1, -(-total // PAGE)))
    order = Claim.id if filters.state in {"open", *OPEN} else Claim.id.desc()
    found = session.execute(rows.order_by(order).limit(PAGE).offset((page - 1) * PAGE)).all()
    counted = session.execute(
        select(Claim.state, func.count().label("n")).where(mine).group_by(Claim.state)
    ).all()
    oldest = session.scalar(select(func.min(Claim.submitted_at)).where(mine, Claim.state.in_(OPEN)))
    return Queue(
        lines=[_line(claim, account, bank, now) for claim, account, bank in found],
        total=total,
        counts=dict.fromkeys(STATES, 0) | {row.state: row.n for row in counted},
        banks=_banks(session, mine),
        oldest_days=(now - oldest).days if oldest is not None else None,
        page=page,
    )


def _conditions(filters: QueueFilter, now: datetime) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.state == "open":
        wanted.append(Claim.state.in_(OPEN))
    elif filters.state != "all":
        wanted.append(Claim.state == filters.state)
    if filters.bank:
        wanted.append(Bank.code == filters.bank)
    if filters.older_than_days > 0:
        wanted.append(Claim.submitted_at <= now - timedelta(days=filters.older_than_days))
    text = filters.text.strip().lower()
    if text:
        number = re.fullmatch(r"er-\d{4}-0*(\d{1,15})", text)
        if number:
            wanted.append(Claim.id == int(number[1]))
        else:
            wanted.append(
                or_(
                    func.lower(Account.display_name).contains(text, autoescape=True),
                    Account.username.contains(text, autoescape=True),
                    Claim.rule.contains(text, autoescape=True),
                )
            )
    return wanted


def _line(claim: Claim, student: Account, bank: str, now: datetime) -> QueueLine:
    rule: Mapping[str, Any] = claim.frozen["credit_rules"]["rules"][0]
    return QueueLine(
        claim_id=claim.id,
        number=claim_number(claim),
        student_name=student.display_name,
        student_username=student.username,
        bank_code=bank,
        rule_id=claim.rule,
        competencies=tuple(rule["competencies"]),
        courses=tuple((str(course), int(n)) for course, n in claim.report["awards"]),
        state=claim.state,
        submitted_at=claim.submitted_at,
        days=max(0, (now - claim.submitted_at).days),
        simulated=student.simulated,
    )


def _banks(session: Session, mine: ColumnElement[bool]) -> Sequence[str]:
    return session.scalars(
        select(Bank.code)
        .join(Exam, Exam.bank_id == Bank.id)
        .join(Sitting, Sitting.exam_id == Exam.id)
        .join(Claim, Claim.sitting_id == Sitting.id)
        .where(mine)
        .distinct()
        .order_by(Bank.code)
    ).all()
