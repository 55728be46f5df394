"""Who uses an item: the revisions that hold it, the exams, the answers, other banks' copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, cast, distinct, func, select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import ClassMember, TeachingClass
from quizengine.banks.service.browse import newest_version
from quizengine.banks.service.store import StoredItem
from quizengine.banks.tables import (
    Bank,
    BankReviewer,
    BankRevision,
    Item,
    ItemVersion,
    Publication,
    RevisionItem,
)
from quizengine.exams.tables import Answer, Exam, Sitting


@dataclass(frozen=True, slots=True)
class RevisionUse:
    """A published revision and the version of the item in it."""

    number: int
    version: int
    published_at: datetime
    in_force: bool


@dataclass(frozen=True, slots=True)
class ExamUse:
    """An exam on the item's bank, and how often the item was asked in it."""

    id: int
    title: Mapping[str, str]
    mode: str
    profile: str
    archived: bool
    n_sittings: int


@dataclass(frozen=True, slots=True)
class AnswerUse:
    """Answers to one version; those of simulated students are counted apart."""

    version: int
    simulated: bool
    n_answers: int
    n_students: int
    mean_score: float
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ClassUse:
    """Answers of the students of one class."""

    code: str
    name: str
    n_students: int
    n_answers: int


@dataclass(frozen=True, slots=True)
class CopyUse:
    """An item of another bank, or of this one, that says the same."""

    item_id: int
    code: str
    bank: Mapping[str, str]
    same_bank: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """Where an item is and was used."""

    revisions: tuple[RevisionUse, ...]
    exams: tuple[ExamUse, ...]
    answers: tuple[AnswerUse, ...]
    classes: tuple[ClassUse, ...]
    copies: tuple[CopyUse, ...]


def read_usage(
    session: Session, stored: StoredItem, *, organisation_id: int, instructor_id: int | None
) -> Usage:
    """Where an item is used, as far as the reader may see it.

    Parameters
    ----------
    instructor_id : whose classes are counted; None for a reader who sees no classes.
    """
    return Usage(
        revisions=_revisions(session, stored),
        exams=_exams(session, stored, organisation_id),
        answers=_answers(session, stored, organisation_id),
        classes=_classes(session, stored, instructor_id) if instructor_id is not None else (),
        copies=_copies(session, stored, organisation_id),
    )


def _revisions(session: Session, stored: StoredItem) -> tuple[RevisionUse, ...]:
    rows = session.execute(
        select(
            BankRevision.id,
            BankRevision.number,
            ItemVersion.number,
            func.min(Publication.published_at),
        )
        .join(RevisionItem, RevisionItem.revision_id == BankRevision.id)
        .join(ItemVersion, ItemVersion.id == RevisionItem.item_version_id)
        .join(Publication, Publication.revision_id == BankRevision.id)
        .where(ItemVersion.item_id == stored.item_id)
        .group_by(BankRevision.id, BankRevision.number, ItemVersion.number)
        .order_by(BankRevision.number.desc())
    )
    in_force = session.scalar(
        select(Publication.revision_id)
        .where(Publication.bank_id == stored.bank_id)
        .order_by(Publication.id.desc())
        .limit(1)
    )
    return tuple(RevisionUse(n, version, at, key == in_force) for key, n, version, at in rows)


def _exams(session: Session, stored: StoredItem, organisation_id: int) -> tuple[ExamUse, ...]:
    """The exams that could ask the item or did: those whose profile gives its competency weight."""
    asked = (
        select(Sitting.exam_id, func.count(distinct(Sitting.id)).label("n"))
        .join(Answer, Answer.sitting_id == Sitting.id)
        .join(ItemVersion, ItemVersion.id == Answer.item_version_id)
        .where(ItemVersion.item_id == stored.item_id, Sitting.simulated.is_(False))
        .group_by(Sitting.exam_id)
        .subquery()
    )
    rows = session.execute(
        select(Exam, asked.c.n)
        .outerjoin(asked, asked.c.exam_id == Exam.id)
        .where(Exam.bank_id == stored.bank_id, Exam.organisation_id == organisation_id)
        .order_by(Exam.archived_at.is_not(None), Exam.id)
    )
    return tuple(
        ExamUse(
            exam.id, exam.title, exam.mode, exam.profile, exam.archived_at is not None, int(n or 0)
        )
        for exam, n in rows
        if n or _asks(exam, stored.item.competency)
    )


def _asks(exam: Exam, competency: str) -> bool:
    weights: Mapping[str, Any] = exam.rules.get("weights") or {}
    return exam.archived_at is None and float(weights.get(competency, 0.0)) > 0


def _answers(session: Session, stored: StoredItem, organisation_id: int) -> tuple[AnswerUse, ...]:
    rows = session.execute(
        select(
            ItemVersion.number,
            cast(Sitting.simulated, Integer),
            func.count(),
            func.count(distinct(Sitting.student_id)),
            func.avg(Answer.score),
            func.min(Answer.answered_at),
            func.max(Answer.answered_at),
        )
        .join(Answer, Answer.item_version_id == ItemVersion.id)
        .join(Sitting, Sitting.id == Answer.sitting_id)
        .where(ItemVersion.item_id == stored.item_id, Sitting.organisation_id == organisation_id)
        .group_by(ItemVersion.number, cast(Sitting.simulated, Integer))
        .order_by(ItemVersion.number.desc(), cast(Sitting.simulated, Integer))
    )
    return tuple(
        AnswerUse(number, bool(simulated), n, students, float(mean), first, last)
        for number, simulated, n, students, mean, first, last in rows
    )


def _classes(session: Session, stored: StoredItem, instructor_id: int) -> tuple[ClassUse, ...]:
    own = select(ClassMember.class_id).where(
        ClassMember.account_id == instructor_id, ClassMember.role == "instructor"
    )
    rows = session.execute(
        select(
            TeachingClass.code,
            TeachingClass.name,
            func.count(distinct(Sitting.student_id)),
            func.count(),
        )
        .join(ClassMember, ClassMember.class_id == TeachingClass.id)
        .join(Sitting, Sitting.student_id == ClassMember.account_id)
        .join(Answer, Answer.sitting_id == Sitting.id)
        .join(ItemVersion, ItemVersion.id == Answer.item_version_id)
        .where(
            TeachingClass.id.in_(own),
            ClassMember.role == "student",
            ItemVersion.item_id == stored.item_id,
        )
        .group_by(TeachingClass.id, TeachingClass.code, TeachingClass.name)
        .order_by(TeachingClass.code)
    )
    return tuple(ClassUse(*row) for row in rows)


def _copies(session: Session, stored: StoredItem, organisation_id: int) -> tuple[CopyUse, ...]:
    """Items with the same content in the banks that the reader may open."""
    content = session.scalar(
        select(ItemVersion.content_hash).where(ItemVersion.id == stored.version_id)
    )
    shared = select(BankReviewer.bank_id).where(BankReviewer.organisation_id == organisation_id)
    rows = session.execute(
        select(Item.id, Item.code, Bank.id, Bank.name)
        .join(ItemVersion, newest_version())
        .join(Bank, Bank.id == Item.bank_id)
        .where(
            ItemVersion.content_hash == content,
            Item.id != stored.item_id,
            (Bank.organisation_id == organisation_id) | Bank.id.in_(shared),
        )
        .order_by(Bank.id, Item.code)
    )
    return tuple(
        CopyUse(item_id, code, name, bank_id == stored.bank_id)
        for item_id, code, bank_id, name in rows
    )
