"""A simulated cohort: labelled students who sit a practice exam through the engine itself.

For trying calibrations and reports without students. Nothing of it passes for real: accounts and
sittings are marked as simulated, and so is every parameter set that is fitted to them.

What is true of it (never stored, only returned to who asked for the cohort):

- abilities ~ N(0, Sigma), standard deviations 1, one correlation between any two competencies;
- each item has true parameters around what its author said of it: b = the provisional b plus
  N(0, 0.5), a = lognormal(0, 0.25), c = the provisional c (or 0 without guessing). They depend on
  the item alone, so that cohorts simulated at different times agree about it;
- a wrong answer picks any wrong option with the same chance; nobody learns between sittings.

Like the answer path in three steps: `read_offer` in a reading session, `simulate_cohort` with no
session open, `store_cohort` in one transaction.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zlib import crc32

import numpy as np
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from itembank.guessing import number_of_responses
from itembank.item import Item, item_from_native
from itembank.scoring import maximum_score, score_response
from models import provisional_parameters
from models.parameters import Floats, Ints, ItemParameters
from models.response_functions import category_probabilities
from quizengine.accounts.service import create_simulated_students
from quizengine.banks.service.publish import find_published
from quizengine.banks.tables import Bank, ItemVersion, RevisionItem
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.exams.engine import Engine, engine_for, pack, take_step
from quizengine.exams.rules import Rules
from quizengine.exams.service.simulated_responses import response_scoring
from quizengine.exams.tables import Answer, Exam, Sitting

MOST_STUDENTS = 5_000  # of one cohort: it is computed in memory
MOST_SITTINGS = 10
SPAN = timedelta(days=60)  # the sittings lie in the last two months
_ROWS = 5_000  # answers inserted at once

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """An exam, ready to be sat in memory."""

    exam_id: int
    organisation_id: int
    engine: Engine
    rules: Rules
    items: tuple[Item, ...]  # of the parameter table
    provisional: ItemParameters  # what the authors said, whatever is in force now
    item_seeds: Ints


@dataclass(frozen=True, slots=True)
class SimulatedSitting:
    """One simulated sitting, complete."""

    student: int  # index in the cohort
    seed: int
    started_at: datetime
    avoided: Ints
    items: Ints  # indices into the parameter table
    scores: Ints
    responses: tuple[str, ...]  # in their canonical form
    served_at: tuple[datetime, ...]
    answered_at: tuple[datetime, ...]
    stop_reason: str


@dataclass(frozen=True, slots=True)
class SimulatedCohort:
    """Students, their sittings, and the truth they were drawn from."""

    offer: Offer
    abilities: Floats  # (n_students, K)
    items: ItemParameters
    sittings: tuple[SimulatedSitting, ...]

    @property
    def n_answers(self) -> int:
        return sum(sitting.items.size for sitting in self.sittings)


def find_bank(session: Session, code: str) -> int:
    """The bank of this code (of several organisations' banks the oldest), or `NotFound("bank")`."""
    bank_id = session.scalar(select(Bank.id).where(Bank.code == code).order_by(Bank.id).limit(1))
    if bank_id is None:
        raise NotFound("bank")
    return bank_id


def find_exam(session: Session, bank_id: int) -> int:
    """The first practice offered on a bank, or `NotFound("exam")`."""
    exam_id = session.scalar(
        select(Exam.id)
        .where(Exam.bank_id == bank_id, Exam.mode == "practice", Exam.archived_at.is_(None))
        .order_by(Exam.id)
        .limit(1)
    )
    if exam_id is None:
        raise NotFound("exam")
    return exam_id


def read_offer(session: Session, *, exam_id: int) -> Offer:
    """All that a cohort needs of an exam.

    Raises
    ------
    NotFound
        "exam".
    Conflict
        "exam-not-ready": the bank has no published revision.
    """
    exam = session.get(Exam, exam_id)
    if exam is None:
        raise NotFound("exam")
    published = find_published(session, exam.bank_id)
    if published is None:
        raise Conflict("exam-not-ready")
    engine = engine_for(session, published.parameter_set_id)
    versions = session.execute(
        select(ItemVersion.id, ItemVersion.content)
        .join(RevisionItem, RevisionItem.item_version_id == ItemVersion.id)
        .where(RevisionItem.revision_id == published.revision_id)
    ).all()
    content = {row.id: row.content for row in versions}
    items = tuple(
        item_from_native(content[int(version_id)]) for version_id in engine.table.version_ids
    )
    return Offer(
        exam_id=exam.id,
        organisation_id=exam.organisation_id,
        engine=engine,
        rules=replace(Rules.from_json(exam.rules), time_limit_minutes=None),
        items=items,
        provisional=provisional_parameters(
            [item.cognitive_level or "A" for item in items],
            [item.difficulty or "medium" for item in items],
            [number_of_responses(item) for item in items],
            [maximum_score(item) for item in items],
        ),
        item_seeds=np.array([crc32(code.encode()) for code in engine.table.codes], dtype=np.intp),
    )


def true_items(offer: Offer, *, guessing: bool = False) -> ItemParameters:
    """The parameters by which simulated students answer; see the module's first lines."""
    draws = np.array([np.random.default_rng(int(s)).standard_normal(2) for s in offer.item_seeds])
    stated = offer.provisional
    moved = 0.5 * draws[:, 1]
    return ItemParameters.of(
        stated.a * np.exp(0.25 * draws[:, 0]),
        stated.b + moved,
        stated.c if guessing else 0.0,
        1.0,
        thresholds=None if stated.thresholds is None else stated.thresholds + moved[:, None],
        models=stated.item_models,
    )


def simulate_cohort(
    offer: Offer,
    *,
    n_students: int,
    n_sittings: int = 1,
    correlation: float = 0.6,
    guessing: bool = False,
    seed: int = 1,
    now: datetime,
    progress: Progress | None = None,
) -> SimulatedCohort:
    """Let simulated students sit the exam, each question chosen by the engine as in a real sitting.

    Parameters
    ----------
    n_sittings : of each student; a later one avoids what an earlier one asked.
    correlation : between the abilities in any two competencies, 0 to 0.95.
    progress : called with the fraction done.

    Raises
    ------
    InvalidInput
        "simulation-size": too many or no students or sittings; "simulation-correlation".
    """
    if not (1 <= n_students <= MOST_STUDENTS and 1 <= n_sittings <= MOST_SITTINGS):
        raise InvalidInput("simulation-size", students=MOST_STUDENTS, sittings=MOST_SITTINGS)
    if not 0.0 <= correlation <= 0.95:
        raise InvalidInput("simulation-correlation")
    rng = np.random.default_rng(seed)
    abilities = draw_abilities(offer, n_students, correlation, rng)
    truth = true_items(offer, guessing=guessing)
    sittings = []
    for student in range(n_students):
        chances = chances_of(offer, truth, abilities[student])
        avoided = np.empty(0, dtype=np.intp)
        for number in range(n_sittings):
            starts = _start(rng, now, number, n_sittings)
            done = simulate_sitting(offer, student, chances, avoided, starts, rng)
            sittings.append(done)
            avoided = np.union1d(avoided, done.items)
        if progress is not None:
            progress((student + 1) / n_students)
    return SimulatedCohort(offer, abilities, truth, tuple(sittings))


def draw_abilities(
    offer: Offer, n_students: int, correlation: float, rng: np.random.Generator
) -> Floats:
    """True abilities in each competency, shape (n_students, K)."""
    n_areas = len(offer.engine.table.competency_codes)
    common = math.sqrt(correlation) * rng.standard_normal((n_students, 1))
    own: Floats = math.sqrt(1 - correlation) * rng.standard_normal((n_students, n_areas))
    return common + own


def chances_of(offer: Offer, truth: ItemParameters, ability: Floats) -> Floats:
    """The probability of at least k points on each item, shape (n_items, highest score), k from 1.

    Parameters
    ----------
    ability : shape (K,)
    """
    mine = ability[offer.engine.table.competency]
    abilities, place = np.unique(mine, return_inverse=True)
    table = category_probabilities(abilities, truth)[place, np.arange(place.size)]
    chances: Floats = np.cumsum(table[:, :0:-1], axis=1)[:, ::-1]
    return chances


def _start(rng: np.random.Generator, now: datetime, number: int, n_sittings: int) -> datetime:
    """A moment in the sitting's own part of the last two months, at least a day ago."""
    part = (SPAN - timedelta(days=1)) / n_sittings
    return now - SPAN + part * (number + 0.9 * float(rng.random()))


def simulate_sitting(
    offer: Offer,
    student: int,
    chances: Floats,
    avoided: Ints,
    started_at: datetime,
    rng: np.random.Generator,
) -> SimulatedSitting:
    """One sitting from its first question to the reason it stops.

    Parameters
    ----------
    chances : what `chances_of` gives
    """
    seed = int(rng.integers(2**31))
    items = np.empty(0, dtype=np.intp)
    scores = np.empty(0, dtype=np.intp)
    responses: list[str] = []
    step = take_step(offer.engine, offer.rules, seed, items, scores, avoided)
    while step.next_item is not None:
        item = offer.items[step.next_item]
        points = int((rng.random() < chances[step.next_item]).sum())
        responses.append(response_scoring(item, points, rng))
        score = score_response(item, responses[-1])
        items, scores = np.append(items, step.next_item), np.append(scores, score)
        step = take_step(offer.engine, offer.rules, seed, items, scores, avoided)
    served, answered = _times(rng, started_at, items.size)
    return SimulatedSitting(
        student=student,
        seed=seed,
        started_at=started_at,
        avoided=avoided,
        items=items,
        scores=scores,
        responses=tuple(responses),
        served_at=served,
        answered_at=answered,
        stop_reason=step.stop_reason or "exhausted",
    )


def _times(
    rng: np.random.Generator, started_at: datetime, n: int
) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    """When each question came and was answered: half a minute to think, some seconds to read on."""
    thinking = np.clip(rng.lognormal(math.log(35.0), 0.5, n), 4.0, 240.0)
    reading = np.clip(rng.lognormal(math.log(10.0), 0.5, n), 2.0, 60.0)
    ends = np.cumsum(thinking + reading) - reading
    served = tuple(started_at + timedelta(seconds=float(s)) for s in ends - thinking)
    return served, tuple(started_at + timedelta(seconds=float(s)) for s in ends)


def store_cohort(session: Session, *, cohort: SimulatedCohort, now: datetime) -> list[int]:
    """Store a cohort's accounts, sittings and answers, all marked; returns the sittings' ids."""
    offer = cohort.offer
    students = create_simulated_students(
        session,
        organisation_id=offer.organisation_id,
        n_students=cohort.abilities.shape[0],
        now=now - SPAN,
    )
    return store_sittings(session, offer=offer, sittings=cohort.sittings, students=students)


def store_sittings(
    session: Session,
    *,
    offer: Offer,
    sittings: Sequence[SimulatedSitting],
    students: Sequence[int],
) -> list[int]:
    """Store sittings, marked, and their answers; returns the sittings' ids in the same order.

    Parameters
    ----------
    students : the account of each student of the cohort.
    """
    rows = [_sitting_row(offer, students[s.student], s) for s in sittings]
    ids = session.scalars(
        insert(Sitting).returning(Sitting.id, sort_by_parameter_order=True), rows
    ).all()
    _store_answers(session, offer, ids, sittings)
    return list(ids)


def fill_sittings(
    session: Session, *, offer: Offer, ids: Sequence[int], sittings: Sequence[SimulatedSitting]
) -> None:
    """Give sittings that were opened in a room their answers, and mark them as simulated."""
    frozen = ("exam_id", "organisation_id", "student_id", "parameter_set_id", "rules", "avoided")
    for sitting_id, sitting in zip(ids, sittings, strict=True):
        row = _sitting_row(offer, 0, sitting)
        values = {name: value for name, value in row.items() if name not in frozen}
        session.execute(update(Sitting).where(Sitting.id == sitting_id).values(**values))
    _store_answers(session, offer, ids, sittings)


def _store_answers(
    session: Session, offer: Offer, ids: Sequence[int], sittings: Sequence[SimulatedSitting]
) -> None:
    answers: list[dict[str, object]] = []
    for sitting_id, sitting in zip(ids, sittings, strict=True):
        answers += _answer_rows(offer, sitting_id, sitting)
    for first in range(0, len(answers), _ROWS):
        session.execute(insert(Answer.__table__), answers[first : first + _ROWS])  # type: ignore[arg-type]


def _sitting_row(offer: Offer, student_id: int, sitting: SimulatedSitting) -> dict[str, object]:
    return {
        "exam_id": offer.exam_id,
        "organisation_id": offer.organisation_id,
        "student_id": student_id,
        "parameter_set_id": offer.engine.table.parameter_set_id,
        "rules": offer.rules.to_json(),
        "seed": sitting.seed,
        "simulated": True,
        "started_at": sitting.started_at,
        "finished_at": sitting.answered_at[-1],
        "stop_reason": sitting.stop_reason,
        "avoided": pack(sitting.avoided, "<i4"),
        "n_answered": int(sitting.items.size),
        "item_version_id": None,
        "served_at": sitting.answered_at[-1],
        "items": pack(sitting.items, "<i4"),
        "scores": pack(sitting.scores, "i1"),
    }


def _answer_rows(
    offer: Offer, sitting_id: int, sitting: SimulatedSitting
) -> Sequence[dict[str, object]]:
    versions = offer.engine.table.version_ids[sitting.items].tolist()
    return [
        {
            "sitting_id": sitting_id,
            "position": position + 1,
            "item_version_id": versions[position],
            "choice": sitting.responses[position],
            "score": int(sitting.scores[position]),
            "retry_key": f"simulated-{position + 1}",
            "served_at": sitting.served_at[position],
            "answered_at": sitting.answered_at[position],
        }
        for position in range(sitting.items.size)
    ]
