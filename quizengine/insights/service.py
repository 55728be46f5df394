"""What a sitting says: levels with their errors, decisions against the standard, next steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.scales import PRACTICE_SCALE, PracticeScale
from quizengine.banks.service.store import names_of
from quizengine.errors import Conflict
from quizengine.exams.service.review import (
    ReviewedAnswer,
    SittingResult,
    review_answers,
    shows_review,
    sitting_result,
)
from quizengine.exams.service.rooms import is_held_back
from quizengine.exams.service.sit import get_sitting
from quizengine.exams.tables import Exam, Room, Sitting
from quizengine.standards.service import (
    ENOUGH_ANSWERS,
    Decided,
    current_standard,
    decide_sitting,
)

REAL_CHANGE = 1.96  # standard errors of a difference


@dataclass(frozen=True, slots=True)
class CompetencyReport:
    """One competency of a report. `level` and `error` are on the practice scale."""

    code: str
    name: Mapping[str, str]
    theta: float
    standard_error: float
    level: float
    error: float
    asked: int
    right: int
    decision: str  # above, below, close, not_enough
    probability_above: float
    change: float | None  # in points, since the sitting before; None without one
    real_change: bool


@dataclass(frozen=True, slots=True)
class SittingReport:
    """The report of a sitting."""

    sitting_id: int
    exam_id: int
    title: Mapping[str, str]
    started_at: datetime
    finished_at: datetime
    stop_reason: str
    n_answered: int
    n_right: int
    max_items: int
    competencies: tuple[CompetencyReport, ...]
    overall_level: float
    overall_error: float
    overall_decision: str
    practice: bool  # not invigilated: it cannot support credit
    standard_provisional: bool  # our default, because no panel has set one
    cut_error: float  # largest standard error of a cut, on the practice scale
    previous_at: datetime | None
    n_provisional: int  # questions whose difficulty is stated, not measured
    simulated_parameters: bool
    simulated: bool  # nobody sat it

    def with_decision(self, decision: str) -> tuple[CompetencyReport, ...]:
        """The competencies with one decision, in blueprint order."""
        return tuple(row for row in self.competencies if row.decision == decision)

    @property
    def weakest(self) -> tuple[CompetencyReport, ...]:
        """Up to three competencies to work on first: those most probably below the standard."""
        known = [row for row in self.competencies if row.decision != "not_enough"]
        below = [row for row in known if row.decision != "above"]
        return tuple(sorted(below, key=lambda row: row.probability_above)[:3])


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """A finished sitting in the list of reports."""

    sitting_id: int
    title: Mapping[str, str]
    finished_at: datetime
    n_answered: int
    stop_reason: str
    simulated: bool


def list_reports(session: Session, *, student_id: int) -> Sequence[ReportEntry]:
    """A student's finished sittings, newest first; those of a room when it is closed."""
    rows = session.execute(
        select(Sitting, Exam.title)
        .join(Exam, Exam.id == Sitting.exam_id)
        .outerjoin(Room, Room.id == Sitting.room_id)
        .where(
            Sitting.student_id == student_id,
            Sitting.finished_at.is_not(None),
            or_(Sitting.room_id.is_(None), Room.closed_at.is_not(None)),
        )
        .order_by(Sitting.finished_at.desc(), Sitting.id.desc())
        .limit(200)
    ).all()
    return [
        ReportEntry(s.id, title, s.finished_at, s.n_answered, s.stop_reason or "", s.simulated)
        for s, title in rows
        if s.finished_at is not None
    ]


def report_sitting(session: Session, *, sitting_id: int, student_id: int) -> SittingReport:
    """The report of a finished sitting, computed from its log and what it froze.

    Raises
    ------
    NotFound
        "sitting".
    Conflict
        "sitting-open": it is not finished yet, or its room is still open.
    """
    result = sitting_result(session, sitting_id=sitting_id, student_id=student_id)
    sitting = result.sitting
    if sitting.finished_at is None or is_held_back(session, sitting):
        raise Conflict("sitting-open")
    exam = session.get_one(Exam, sitting.exam_id)
    before = _result_before(session, sitting)
    standard = current_standard(session, bank_id=exam.bank_id, at=sitting.started_at)
    decided = decide_sitting(result, standard)
    names = names_of(session, exam.bank_id)
    rights = dict(zip(result.competency_codes, result.rights, strict=True))
    whole = decided.overall
    scale = PracticeScale(cut_theta=whole.cut.cut)
    return SittingReport(
        sitting_id=sitting.id,
        exam_id=exam.id,
        title=exam.title,
        started_at=sitting.started_at,
        finished_at=sitting.finished_at,
        stop_reason=sitting.stop_reason or "",
        n_answered=sitting.n_answered,
        n_right=sum(result.rights),
        max_items=result.rules.max_items,
        competencies=tuple(
            _competency(row, rights[row.code], before, names) for row in decided.competencies
        ),
        overall_level=scale.score(whole.theta),
        overall_error=scale.error(whole.standard_error),
        overall_decision=whole.verdict,
        practice=sitting.room_id is None,
        standard_provisional=standard.provisional,
        cut_error=scale.error(
            max(cut.standard_error for cut in (standard.overall, *standard.cuts.values()))
        ),
        previous_at=before.sitting.finished_at if before else None,
        n_provisional=result.n_provisional,
        simulated_parameters=result.simulated_parameters,
        simulated=sitting.simulated,
    )


def review(session: Session, *, sitting_id: int, student_id: int) -> Sequence[ReviewedAnswer]:
    """Every question of a sitting with what was chosen; none where they are asked again."""
    if not shows_review(get_sitting(session, sitting_id, student_id=student_id)):
        return ()
    return review_answers(session, sitting_id=sitting_id, student_id=student_id)


def _competency(
    row: Decided, right: int, before: SittingResult | None, names: Mapping[str, Mapping[str, str]]
) -> CompetencyReport:
    scale = PracticeScale(cut_theta=row.cut.cut)  # 75 is the standard, wherever its cut lies
    change, real = _change(row, before)
    return CompetencyReport(
        code=row.code,
        name=names[row.code],
        theta=row.theta,
        standard_error=row.standard_error,
        level=scale.score(row.theta),
        error=scale.error(row.standard_error),
        asked=row.n_items,
        right=right,
        decision=row.verdict,
        probability_above=row.probability_above,
        change=change,
        real_change=real,
    )


def _change(row: Decided, before: SittingResult | None) -> tuple[float | None, bool]:
    """Points gained since the sitting before, and whether that is more than error explains."""
    if before is None or row.code not in before.competency_codes:
        return None, False
    area = before.competency_codes.index(row.code)
    if before.counts[area] < ENOUGH_ANSWERS:
        return None, False
    gain = row.theta - float(before.profile.mean[area])
    noise = math.hypot(row.standard_error, float(before.profile.standard_error[area]))
    return PRACTICE_SCALE.points_per_logit * gain, abs(gain) > REAL_CHANGE * noise


def _result_before(session: Session, sitting: Sitting) -> SittingResult | None:
    """The student's sitting of the same exam that was finished last before this one."""
    previous = session.scalar(
        select(Sitting.id)
        .where(
            Sitting.exam_id == sitting.exam_id,
            Sitting.student_id == sitting.student_id,
            Sitting.id < sitting.id,
            Sitting.finished_at.is_not(None),
            Sitting.n_answered > 0,
        )
        .order_by(Sitting.id.desc())
        .limit(1)
    )
    if previous is None:
        return None
    return sitting_result(session, sitting_id=previous, student_id=sitting.student_id)
