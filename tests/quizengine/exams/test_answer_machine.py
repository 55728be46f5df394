"""Whatever students, networks and workers do: no acknowledged answer is lost, none counts twice."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from numpy.testing import assert_allclose
from sqlalchemy import delete, select

from quizengine import database as databases
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, Refusal
from quizengine.exams.engine import engine_for, forget_engines, log_of
from quizengine.exams.service import answer as answering
from quizengine.exams.service import review, sit
from quizengine.exams.tables import Answer, Sitting

from ..conftest import NOW, School

CHOICES = st.sampled_from("abcd")


class Answering(RuleBasedStateMachine):
    """Two students answer; requests are repeated, reordered, interrupted; workers die.

    A request is the three steps of the view. A killed worker is a request that stops after any of
    them, and a process whose memory is gone.
    """

    school: School
    url: str
    sittings = Bundle("sittings")

    def __init__(self) -> None:
        super().__init__()
        self.acknowledged: dict[tuple[int, int], str] = {}
        self.owner: dict[int, int] = {}
        self.in_flight: list[answering.WeighedAnswer] = []
        self.now = NOW

    @initialize()
    def empty(self) -> None:
        with transaction() as session:
            session.execute(delete(Answer))
            session.execute(delete(Sitting))

    @rule(
        target=sittings,
        second=st.booleans(),
        minutes=st.sampled_from([None, 30]),
        seed=st.integers(0, 1000),
    )
    def start(self, second: bool, minutes: int | None, seed: int) -> int:
        student = self.school.second_student_id if second else self.school.student_id
        with transaction() as session:
            sitting_id = sit.start_sitting(
                session,
                exam_id=self.school.exam_id,
                student_id=student,
                organisation_id=self.school.organisation_id,
                length=20,
                minutes=minutes,
                seed=seed,
                now=self.now,
            )
        self.owner[sitting_id] = student
        return sitting_id

    @rule(seconds=st.integers(1, 1200))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(sitting=sittings, choice=CHOICES)
    def answer(self, sitting: int, choice: str) -> None:
        self._send(sitting, self._next_position(sitting), choice)

    @rule(sitting=sittings, choice=CHOICES, back=st.integers(-3, 5))
    def answer_out_of_order(self, sitting: int, choice: str, back: int) -> None:
        self._send(sitting, max(1, self._next_position(sitting) - back), choice)

    @rule(sitting=sittings)
    def repeat_everything_acknowledged(self, sitting: int) -> None:
        for (sitting_id, position), choice in list(self.acknowledged.items()):
            if sitting_id == sitting:
                assert self._send(sitting_id, position, choice)

    @rule(sitting=sittings, choice=CHOICES)
    def worker_dies_before_its_write(self, sitting: int, choice: str) -> None:
        """The answer is weighed and never stored, or stored much later by a slow worker."""
        weighed = self._weigh(sitting, self._next_position(sitting), choice)
        if weighed is not None:
            self.in_flight.append(weighed)
        forget_engines()

    @rule()
    def slow_worker_writes_now(self) -> None:
        if not self.in_flight:
            return
        weighed = self.in_flight.pop()
        try:
            with transaction() as session:
                answering.record_answer(session, answer=weighed)
        except Conflict:
            return
        self.acknowledged[weighed.sitting_id, weighed.position] = weighed.response

    @rule(sitting=sittings, choice=CHOICES)
    def worker_dies_in_its_write(self, sitting: int, choice: str) -> None:
        """The transaction breaks after its statements and before its commit."""
        weighed = self._weigh(sitting, self._next_position(sitting), choice)
        if weighed is None:
            return

        class Killed(Exception):
            pass

        with pytest.raises(Killed), transaction() as session:
            answering.record_answer(session, answer=weighed)
            raise Killed

    @rule()
    def all_workers_restart(self) -> None:
        databases.configure(self.url)
        forget_engines()

    @rule(sitting=sittings)
    def give_up(self, sitting: int) -> None:
        with transaction() as session:
            sit.finish_sitting(
                session, sitting_id=sitting, student_id=self.owner[sitting], now=self.now
            )

    @invariant()
    def acknowledged_answers_are_stored(self) -> None:
        rows = self._rows()
        assert {key: rows[key].choice for key in self.acknowledged} == self.acknowledged

    @invariant()
    def positions_have_no_gap_and_agree_with_the_sitting(self) -> None:
        rows = self._rows()
        with reading() as session:
            for sitting in session.scalars(select(Sitting)):
                mine = sorted(p for s, p in rows if s == sitting.id)
                assert mine == list(range(1, sitting.n_answered + 1))
                assert (sitting.item_version_id is None) == (sitting.finished_at is not None)

    @invariant()
    def no_item_twice_and_no_two_enemies(self) -> None:
        with reading() as session:
            for sitting in session.scalars(select(Sitting)):
                engine = engine_for(session, sitting.parameter_set_id)
                items, _ = log_of(sitting)
                assert len(set(items.tolist())) == items.size
                for group in engine.enemy_sets:
                    assert np.isin(items, group).sum() <= 1

    def teardown(self) -> None:
        """Every ability equals the one recomputed from the answers, in any order."""
        rows = self._rows()
        with reading() as session:
            for sitting_id, student in self.owner.items():
                result = review.sitting_result(session, sitting_id=sitting_id, student_id=student)
                engine = engine_for(session, result.sitting.parameter_set_id)
                mine = [
                    row for (s, _), row in sorted(rows.items(), reverse=True) if s == sitting_id
                ]
                again = engine.bank.profile(
                    np.array([engine.table.index_of(r.item_version_id) for r in mine], dtype=int),
                    np.array([row.score for row in mine], dtype=int),
                )
                assert_allclose(again.mean, result.profile.mean, atol=1e-12)

    def _next_position(self, sitting_id: int) -> int:
        with reading() as session:
            return session.get_one(Sitting, sitting_id).n_answered + 1

    def _rows(self) -> dict[tuple[int, int], Answer]:
        with reading() as session:
            return {(row.sitting_id, row.position): row for row in session.scalars(select(Answer))}

    def _send(self, sitting_id: int, position: int, choice: str) -> bool:
        """One request as the view makes it; whether the answer was acknowledged."""
        stored = self.acknowledged.get((sitting_id, position))
        try:
            with reading() as session:
                turn = answering.read_turn(
                    session, sitting_id=sitting_id, student_id=self.owner[sitting_id]
                )
                receipt = answering.find_receipt(
                    session, turn=turn, position=position, values={"choice": [choice]}
                )
            if receipt is None:
                weighed = self._weighed(turn, position, choice)
                with transaction() as session:
                    receipt = answering.record_answer(session, answer=weighed)
        except Refusal as refusal:
            assert stored is None or stored != choice or refusal.code != "already-answered"
            return False
        assert stored in (None, choice), "another answer was acknowledged for this position"
        self.acknowledged[sitting_id, receipt.position] = choice
        return True

    def _weigh(self, sitting_id: int, position: int, choice: str) -> answering.WeighedAnswer | None:
        with reading() as session:
            turn = answering.read_turn(
                session, sitting_id=sitting_id, student_id=self.owner[sitting_id]
            )
        try:
            return self._weighed(turn, position, choice)
        except Conflict:
            return None

    def _weighed(self, turn: answering.Turn, position: int, choice: str) -> answering.WeighedAnswer:
        now: datetime = self.now
        return answering.weigh_answer(
            turn,
            position=position,
            values={"choice": [choice]},
            retry_key=f"key-{turn.row.id}-{position}-{choice}-{now.timestamp()}",
            shown_at=None,
            now=now,
        )


def test_no_acknowledged_answer_is_lost_whatever_happens(school: School, database_url: str) -> None:
    class Here(Answering):
        pass

    Here.school = school
    Here.url = databases.current().url
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Here,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
