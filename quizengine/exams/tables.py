"""Exams, sittings and the append-only log of answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.database import Base


class Exam(Base):
    """What is offered: a bank's blueprint profile, a mode and rules."""

    __tablename__ = "exam"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    bank_id: Mapped[int] = mapped_column(ForeignKey("bank.id"), index=True)
    mode: Mapped[str]  # "practice" or "invigilated"
    profile: Mapped[str]  # of the bank's blueprint
    title: Mapped[dict[str, Any]]  # {"en", "zh"}
    rules: Mapped[dict[str, Any]]  # exams.rules.Rules
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]


class Room(Base):
    """An invigilated exam at one time: students enter with a code, an instructor watches."""

    __tablename__ = "room"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    exam_id: Mapped[int] = mapped_column(ForeignKey("exam.id"), index=True)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("teaching_class.id"))
    title: Mapped[str]
    code: Mapped[str]  # what students type to enter
    minutes: Mapped[int]
    opened_by: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    opened_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class RoomEntry(Base):
    """A student in a room: extra time, and the one browser that may answer."""

    __tablename__ = "room_entry"

    room_id: Mapped[int] = mapped_column(ForeignKey("room.id"), primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)
    extra_minutes: Mapped[int] = mapped_column(default=0)
    browser_hash: Mapped[str | None]  # of the token in the browser that entered
    entered_at: Mapped[datetime | None]
    sitting_id: Mapped[int | None] = mapped_column(ForeignKey("sitting.id"))
    irregularities: Mapped[list[Any]]  # [{"at", "kind", "note"}], shown with the result


class Sitting(Base):
    """One student's attempt at one exam, with everything frozen that its result rests on."""

    __tablename__ = "sitting"
    __table_args__ = (
        Index("ix_sitting_student", "student_id", "started_at"),
        # one open sitting of an exam a student, whatever is clicked at once
        Index(
            "uq_sitting_open",
            "exam_id",
            "student_id",
            unique=True,
            sqlite_where=text("finished_at is null"),
            postgresql_where=text("finished_at is null"),
        ),
        CheckConstraint("closes_at is null or closes_at > started_at", name="closes_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exam_id: Mapped[int] = mapped_column(ForeignKey("exam.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    parameter_set_id: Mapped[int] = mapped_column(ForeignKey("parameter_set.id"), index=True)
    rules: Mapped[dict[str, Any]]
    seed: Mapped[int]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"), index=True)
    simulated: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    closes_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None]  # precision, length, exhausted, time, given-up, closed

    avoided: Mapped[bytes] = mapped_column(default=b"")  # int32 indices met in earlier sittings

    # The place in the sitting: answers so far (compare-and-set), and the question that waits.
    n_answered: Mapped[int] = mapped_column(default=0)
    item_version_id: Mapped[int | None] = mapped_column(ForeignKey("item_version.id"))
    served_at: Mapped[datetime | None]
    # The log in a form that computes fast; `answer` is the record, a test compares the two.
    items: Mapped[bytes] = mapped_column(default=b"")  # int32 indices into the parameter set
    scores: Mapped[bytes] = mapped_column(default=b"")  # int8


class Answer(Base):
    """One response; inserted once and never changed."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("sitting_id", "retry_key"),
        Index("ix_answer_item", "item_version_id"),
        {"sqlite_with_rowid": False},
    )

    sitting_id: Mapped[int] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # from 1
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    choice: Mapped[str]
    score: Mapped[int]
    retry_key: Mapped[str]
    served_at: Mapped[datetime]
    answered_at: Mapped[datetime]
