"""Looking back: one answered question, or all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.scoring import maximum_score
from models.profile import Profile
from models.response_functions import expected_score
from quizengine.banks.service.store import StoredItem, get_version, names_of
from quizengine.errors import NotFound, NotPermitted
from quizengine.exams.engine import Engine, engine_for, log_of
from quizengine.exams.rules import Rules
from quizengine.exams.service.rooms import is_held_back
from quizengine.exams.service.sit import get_sitting
from quizengine.exams.tables import Answer, Exam, Sitting


@dataclass(frozen=True, slots=True)
class ReviewedAnswer:
    """An answered question with what was chosen."""

    sitting_id: int
    position: int
    stored: StoredItem
    title: dict[str, str]  # of the exam
    competency_code: str
    competency_name: dict[str, str]
    sub_topic_name: dict[str, str]
    response: str  # in its canonical form
    score: int
    most: int  # points the question can give
    answered_at: datetime
    seconds: float
    expected_share: float  # of the points, at the level estimated now
    provisional: bool
    sitting_finished: bool

    @property
    def is_right(self) -> bool:
        """Whether it has all points."""
        return self.score == self.most


@dataclass(frozen=True, slots=True)
class SittingResult:
    """A finished or running sitting with its present estimate."""

    sitting: Sitting
    rules: Rules
    profile: Profile
    competency_codes: tuple[str, ...]
    counts: tuple[int, ...]  # questions answered in each competency
    rights: tuple[int, ...]  # fully right answers in each competency
    n_provisional: int  # items answered whose parameters are provisional
    simulated_parameters: bool


def review_answer(
    session: Session, *, sitting_id: int, student_id: int, position: int
) -> ReviewedAnswer:
    """One answered question.

    Raises
    ------
    NotFound
        "sitting", "answer".
    NotPermitted
        "no-feedback-yet": the exam shows nothing before its end, and the end of its room;
        "no-review": nor afterwards, since its questions will be asked again.
    """
    reviewed = _review(session, sitting_id, student_id, position)
    if not reviewed:
        raise NotFound("answer")
    return reviewed[0]


def review_answers(
    session: Session, *, sitting_id: int, student_id: int
) -> Sequence[ReviewedAnswer]:
    """All answered questions, in their order."""
    return _review(session, sitting_id, student_id, None)


def shows_review(sitting: Sitting) -> bool:
    """Whether the student may see the questions again, with what was right."""
    return Rules.from_json(sitting.rules).feedback


def _review(
    session: Session, sitting_id: int, student_id: int, position: int | None
) -> list[ReviewedAnswer]:
    sitting = get_sitting(session, sitting_id, student_id=student_id)
    if not shows_review(sitting):
        over = sitting.finished_at is not None and not is_held_back(session, sitting)
        raise NotPermitted("no-review" if over else "no-feedback-yet")
    query = select(Answer).where(Answer.sitting_id == sitting_id).order_by(Answer.position)
    if position is not None:
        query = query.where(Answer.position == position)
    engine = engine_for(session, sitting.parameter_set_id)
    profile = engine.bank.profile(*log_of(sitting))
    exam = session.get_one(Exam, sitting.exam_id)
    names = names_of(session, exam.bank_id)
    return [
        _reviewed(session, sitting, answer, engine, profile, exam, names)
        for answer in session.scalars(query)
    ]


def _reviewed(
    session: Session,
    sitting: Sitting,
    answer: Answer,
    engine: Engine,
    profile: Profile,
    exam: Exam,
    names: Mapping[str, dict[str, str]],
) -> ReviewedAnswer:
    index = engine.table.index_of(answer.item_version_id)
    area = int(engine.table.competency[index])
    code = engine.table.competency_codes[area]
    expected = expected_score(float(profile.mean[area]), engine.table.items.take([index]))
    stored = get_version(session, answer.item_version_id)
    most = maximum_score(stored.item)
    return ReviewedAnswer(
        sitting_id=sitting.id,
        position=answer.position,
        stored=stored,
        title=exam.title,
        competency_code=code,
        competency_name=names.get(code, {"en": code, "zh": code}),
        sub_topic_name=names.get(engine.table.sub_topics[index], {"en": "", "zh": ""}),
        response=answer.choice,
        score=answer.score,
        most=most,
        answered_at=answer.answered_at,
        seconds=max(0.0, (answer.answered_at - answer.served_at).total_seconds()),
        expected_share=float(expected[0]) / most,
        provisional=bool(engine.table.provisional[index]),
        sitting_finished=sitting.finished_at is not None,
    )


def sitting_result(session: Session, *, sitting_id: int, student_id: int) -> SittingResult:
    """A sitting with its estimate, computed from its log and what it froze."""
    sitting = get_sitting(session, sitting_id, student_id=student_id)
    engine = engine_for(session, sitting.parameter_set_id)
    items, scores = log_of(sitting)
    areas = engine.table.competency[items]
    full = scores == engine.table.items.max_scores[items]
    n = len(engine.table.competency_codes)
    return SittingResult(
        sitting=sitting,
        rules=Rules.from_json(sitting.rules),
        profile=engine.bank.profile(items, scores),
        competency_codes=engine.table.competency_codes,
        counts=tuple(int((areas == k).sum()) for k in range(n)),
        rights=tuple(int(full[areas == k].sum()) for k in range(n)),
        n_provisional=int(engine.table.provisional[items].sum()),
        simulated_parameters=engine.table.simulated,
    )
