"""The audit log: a chain that shows where it was touched."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from quizengine import audit
from quizengine.audit import AuditEvent, find_broken_link, record
from quizengine.database import Database, configure, reading, transaction

from .conftest import NOW


def add(count: int) -> None:
    for number in range(count):
        with transaction() as session:
            record(
                session,
                action="credit-approved",
                subject="claim",
                subject_id=number,
                reason="证据充分",
                before={"state": "checked"},
                after={"state": "approved", "credits": [1.5, number]},
                now=NOW + timedelta(minutes=number),
            )


def broken() -> audit.BrokenLink | None:
    with reading() as session:
        return find_broken_link(session)


def test_an_empty_and_an_untouched_log_are_whole(database: Database) -> None:
    assert broken() is None
    add(5)
    assert broken() is None


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "other"},
        {"after": {"state": "approved", "credits": [9, 2]}},
        {"account_id": None, "action": "credit-refused"},
        {"at": NOW},
        {"subject_id": 77},
    ],
)
def test_a_changed_event_is_named(database: Database, change: dict[str, object]) -> None:
    add(5)
    with transaction() as session:
        audit.lift_guard(session.connection())
        session.execute(update(AuditEvent).where(AuditEvent.id == 3).values(**change))
    link = broken()
    assert link is not None
    assert (link.event_id, link.problem) == (3, "changed")


def test_a_changed_event_with_a_new_hash_breaks_the_next_link(database: Database) -> None:
    add(5)
    with transaction() as session:
        audit.lift_guard(session.connection())
        event = session.get_one(AuditEvent, 3)
        event.reason = "other"
        event.hash = audit.event_hash(event)
    link = broken()
    assert link is not None
    assert link.event_id == 4


def test_a_removed_event_leaves_a_gap(database: Database) -> None:
    add(5)
    with transaction() as session:
        audit.lift_guard(session.connection())
        session.execute(delete(AuditEvent).where(AuditEvent.id == 2))
    link = broken()
    assert link is not None
    assert (link.event_id, link.problem) == (3, "missing-before")


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set reason = 'other' where id = 1",
        "delete from audit_event where id = 1",
        "delete from audit_event",
    ],
)
def test_the_database_refuses_to_change_or_delete_an_event(
    database: Database, statement: str
) -> None:
    add(2)
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(statement))
    assert broken() is None
    with reading() as session:
        assert audit.last_link(session)[0] == 2


@pytest.mark.postgresql
def test_postgresql_refuses_to_empty_the_log(postgres_url: str) -> None:
    configure(postgres_url)
    add(1)
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text("truncate audit_event"))


def test_the_guard_can_be_lifted_and_put_back(database: Database) -> None:
    add(1)
    with transaction() as session:
        audit.lift_guard(session.connection())
        audit.guard(session.connection())
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(delete(AuditEvent))


def test_events_of_many_writers_form_one_chain(database: Database) -> None:
    gate = threading.Barrier(6)

    def write() -> None:
        gate.wait()
        add(4)

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken() is None
    with reading() as session:
        assert session.scalars(select(AuditEvent.id).order_by(AuditEvent.id)).all() == list(
            range(1, 25)
        )


def test_an_event_of_a_broken_transaction_leaves_no_trace(database: Database) -> None:
    add(1)

    class Stopped(Exception):
        pass

    with pytest.raises(Stopped), transaction() as session:
        record(session, action="x", subject="claim", subject_id=1, now=NOW)
        raise Stopped
    add(1)
    assert broken() is None
