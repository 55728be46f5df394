"""Offering exams: what there is to sit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.banks.service.publish import find_published
from quizengine.banks.service.store import blueprint_of, get_bank
from quizengine.banks.tables import Bank, ParameterSet
from quizengine.errors import InvalidInput, NotFound
from quizengine.exams.rules import Rules
from quizengine.exams.tables import Exam, Sitting


@dataclass(frozen=True, slots=True)
class OfferedExam:
    """An exam as its offer page shows it."""

    id: int
    bank_id: int
    bank_code: str
    bank_name: dict[str, Any]
    title: dict[str, Any]
    profile: str
    competencies: tuple[tuple[str, dict[str, Any], float], ...]  # code, name, weight
    rules: Rules
    provisional: bool  # its parameters are stated priors
    simulated: bool  # its parameters were fitted to simulated responses
    open_sitting_id: int | None
    n_answered: int
    n_finished: int


def create_practice_exam(
    session: Session, *, bank_id: int, profile: str, title: dict[str, str], now: datetime
) -> int:
    """Offer adaptive practice over a profile of a bank; returns the exam's id.

    Raises
    ------
    InvalidInput
        "profile-unknown".
    """
    bank = get_bank(session, bank_id)
    return _create_exam(session, bank, "practice", profile, title, _rules_of(bank, profile), now)


def create_invigilated_exam(
    session: Session,
    *,
    bank_id: int,
    profile: str,
    title: dict[str, str],
    minutes: int,
    n_questions: int,
    stops_when_precise: bool,
    now: datetime,
) -> int:
    """An exam that is sat in a room only; returns its id.

    It shows nothing about right or wrong. Unless it stops when precise, everybody gets exactly
    `n_questions`.

    Raises
    ------
    InvalidInput
        "profile-unknown".
    """
    bank = get_bank(session, bank_id)
    rules = _rules_of(bank, profile)
    rules = replace(
        rules,
        min_items=min(rules.min_items, n_questions) if stops_when_precise else n_questions,
        max_items=n_questions,
        time_limit_minutes=minutes,
        feedback=False,
    )
    return _create_exam(session, bank, "invigilated", profile, title, rules, now)


def _rules_of(bank: Bank, profile: str) -> Rules:
    blueprint = blueprint_of(bank)
    found = blueprint.find_profile(profile)
    if found is None:
        raise InvalidInput("profile-unknown", profile=profile)
    shares = {part.code: part.share for area in blueprint.competencies for part in area.sub_topics}
    return Rules(dict(found.weights), shares)


def _create_exam(
    session: Session,
    bank: Bank,
    mode: str,
    profile: str,
    title: dict[str, str],
    rules: Rules,
    now: datetime,
) -> int:
    exam = Exam(
        organisation_id=bank.organisation_id,
        bank_id=bank.id,
        mode=mode,
        profile=profile,
        title=title,
        rules=rules.to_json(),
        created_at=now,
    )
    session.add(exam)
    session.flush()
    return exam.id


def list_exams(session: Session, *, organisation_id: int, student_id: int) -> Sequence[OfferedExam]:
    """The practice a student may start now, with the place where an open sitting waits."""
    rows = session.execute(
        select(Exam, Bank)
        .join(Bank, Bank.id == Exam.bank_id)
        .where(
            Exam.organisation_id == organisation_id,
            Exam.mode == "practice",
            Exam.archived_at.is_(None),
        )
        .order_by(Bank.code, Exam.id)
    ).all()
    offered = (_offer(session, exam, bank, student_id) for exam, bank in rows)
    return [exam for exam in offered if exam is not None]


def _offer(session: Session, exam: Exam, bank: Bank, student_id: int) -> OfferedExam | None:
    published = find_published(session, bank.id)
    if published is None:
        return None
    parameters = session.get_one(ParameterSet, published.parameter_set_id)
    rules = Rules.from_json(exam.rules)
    sittings = session.execute(
        select(Sitting.id, Sitting.finished_at, Sitting.n_answered).where(
            Sitting.exam_id == exam.id, Sitting.student_id == student_id
        )
    ).all()
    waiting = next((row for row in sittings if row.finished_at is None), None)
    return OfferedExam(
        id=exam.id,
        bank_id=bank.id,
        bank_code=bank.code,
        bank_name=bank.name,
        title=exam.title,
        profile=exam.profile,
        competencies=tuple(
            (c.code, {"en": c.name.get("en"), "zh": c.name.get("zh")}, rules.weights[c.code])
            for c in blueprint_of(bank).competencies
            if rules.weights.get(c.code, 0) > 0
        ),
        rules=rules,
        provisional=parameters.kind == "provisional",
        simulated=parameters.simulated,
        open_sitting_id=waiting.id if waiting else None,
        n_answered=waiting.n_answered if waiting else 0,
        n_finished=sum(row.finished_at is not None for row in sittings),
    )


def get_exam(session: Session, exam_id: int, *, organisation_id: int) -> Exam:
    """An exam that is offered to an organisation, or `NotFound("exam")`."""
    exam = session.get(Exam, exam_id)
    if exam is None or exam.organisation_id != organisation_id or exam.archived_at is not None:
        raise NotFound("exam")
    return exam
