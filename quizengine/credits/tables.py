"""Credit rules, claims and what they came to.

A claim freezes everything its report rests on; rules and standards may change afterwards.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.database import Base


class RuleSet(Base):
    """A version of an organisation's credit rules, programme and caps; never changed."""

    __tablename__ = "credit_rule_set"
    __table_args__ = (UniqueConstraint("organisation_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]  # credits.rules.CreditRules as JSON
    loaded_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    loaded_at: Mapped[datetime]


class Claim(Base):
    """A student's claim that a result is worth credit, on its way through the registry."""

    __tablename__ = "credit_claim"
    __table_args__ = (
        # one evidence is used once, whatever is clicked at once
        Index(
            "uq_credit_claim_evidence",
            "student_id",
            "evidence",
            unique=True,
            sqlite_where=text("state not in ('refused', 'withdrawn')"),
            postgresql_where=text("state not in ('refused', 'withdrawn')"),
        ),
        CheckConstraint(
            "state in ('submitted', 'checked', 'approved', 'refused', 'withdrawn')", name="state"
        ),
        CheckConstraint("confirmed_by is null or confirmed_by <> checked_by", name="two_people"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), index=True)
    rule: Mapped[str]  # the rule's id in the rule set
    evidence: Mapped[str]  # names the evidence: it counts once
    rule_set_id: Mapped[int] = mapped_column(ForeignKey("credit_rule_set.id"))
    state: Mapped[str] = mapped_column(index=True)
    frozen: Mapped[dict[str, Any]]  # inputs of the report: log, parameters, cuts, rule, caps
    report: Mapped[dict[str, Any]]  # what was computed from them
    submitted_at: Mapped[datetime]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    checked_at: Mapped[datetime | None]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    confirmed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")


class Award(Base):
    """Credits recognised by an approved claim, one row a course."""

    __tablename__ = "credit_award"

    claim_id: Mapped[int] = mapped_column(ForeignKey("credit_claim.id"), primary_key=True)
    course: Mapped[str] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    credits_tenths: Mapped[int]  # 1.5 credits are 15: sums stay exact
    grade: Mapped[str]
    awarded_at: Mapped[datetime]
