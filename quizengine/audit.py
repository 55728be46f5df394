"""The audit log: every decision about a person, append-only and hash-chained.

Each event carries the hash of the one before it, so that a changed, removed or inserted event
breaks the chain at its place. The database refuses updates and deletions too (triggers), but the
chain is what an outsider can check.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from quizengine.database import Base

FIRST = "0" * 64  # what the first event names as the hash before it
_CHAIN_LOCK = 7281931

# The migration has its own copy of these: it must not change when they do.
_GUARD = {
    "sqlite": (
        "create trigger audit_event_no_update before update on audit_event "
        "begin select raise(abort, 'the audit log is append-only'); end",
        "create trigger audit_event_no_delete before delete on audit_event "
        "begin select raise(abort, 'the audit log is append-only'); end",
    ),
    "postgresql": (
        "create trigger audit_event_no_change before update or delete on audit_event "
        "for each row execute function refuse_audit_change()",
        "create trigger audit_event_no_truncate before truncate on audit_event "
        "for each statement execute function refuse_audit_change()",
    ),
}


class AuditEvent(Base):
    """Who did what to whom, when and why; inserted once and never changed."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_subject", "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)  # 1, 2, 3, ... without a gap
    at: Mapped[datetime]
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    action: Mapped[str] = mapped_column(index=True)  # such as "credit-approved"
    subject: Mapped[str]  # kind of thing: "sitting", "standard", "claim", "account" ...
    subject_id: Mapped[int]
    reason: Mapped[str] = mapped_column(default="")
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    previous_hash: Mapped[str]
    hash: Mapped[str]


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first event that does not fit the chain."""

    event_id: int
    problem: str  # "changed", "missing-before" or "out-of-order"


def record(
    session: Session,
    *,
    action: str,
    subject: str,
    subject_id: int,
    now: datetime,
    organisation_id: int | None = None,
    account_id: int | None = None,
    person_id: int | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an event at the chain's end, in the transaction of the decision it tells of.

    Parameters
    ----------
    account_id : who decided; None for the program itself.
    person_id : whom it is about.
    before, after : JSON values; no names and no texts of questions, keys and numbers only.
    """
    if session.get_bind().dialect.name == "postgresql":
        # one writer at the chain's end; on SQLite the write gate does the same
        session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    last = session.execute(
        select(AuditEvent.id, AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)
    ).first()
    event = AuditEvent(
        id=last.id + 1 if last else 1,
        at=now.astimezone(UTC),
        organisation_id=organisation_id,
        account_id=account_id,
        person_id=person_id,
        action=action,
        subject=subject,
        subject_id=subject_id,
        reason=reason,
        before=_plain(before),
        after=_plain(after),
        previous_hash=last.hash if last else FIRST,
    )
    event.hash = event_hash(event)
    session.add(event)
    session.flush()


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values as they come back from the database, so that the hash can be computed again."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(values or {}), sort_keys=True))
    return plain


def event_hash(event: AuditEvent) -> str:
    """SHA-256 over the event's canonical JSON, the hash before it included."""
    content = {
        "id": event.id,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "organisation": event.organisation_id,
        "account": event.account_id,
        "person": event.person_id,
        "action": event.action,
        "subject": event.subject,
        "subject_id": event.subject_id,
        "reason": event.reason,
        "before": event.before,
        "after": event.after,
        "previous": event.previous_hash,
    }
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def find_broken_link(session: Session) -> BrokenLink | None:
    """Walk the whole chain; None when every event fits the one before it."""
    previous, expected = FIRST, 1
    for event in events_in_order(session):
        if event.id != expected:
            return BrokenLink(event.id, "missing-before" if event.id > expected else "out-of-order")
        if event.previous_hash != previous:
            return BrokenLink(event.id, "out-of-order")
        if event.hash != event_hash(event):
            return BrokenLink(event.id, "changed")
        previous, expected = event.hash, expected + 1
    return None


def guard(connection: Connection) -> None:
    """Let the database refuse to change or delete an event; undoes `lift_guard`."""
    for statement in _GUARD[connection.dialect.name]:
        connection.execute(text(statement))


def lift_guard(connection: Connection) -> None:
    """Let a restored log take the place of the present one, in the caller's transaction."""
    sqlite = connection.dialect.name == "sqlite"
    for statement in _GUARD[connection.dialect.name]:
        name = statement.split()[2]
        connection.execute(text(f"drop trigger {name}" + ("" if sqlite else " on audit_event")))


def last_link(session: Session) -> tuple[int, str]:
    """Number and hash of the newest event; keep them elsewhere to show later that none is lost."""
    newest = select(AuditEvent.id, AuditEvent.hash).order_by(AuditEvent.id.desc()).limit(1)
    row = session.execute(newest).first()
    return (row.id, row.hash) if row else (0, FIRST)


def holds_link(session: Session, link: str) -> bool:
    """Whether an event has this hash."""
    found = select(func.count()).select_from(AuditEvent).where(AuditEvent.hash == link)
    return bool(session.scalar(found))


def events_in_order(session: Session) -> Iterator[AuditEvent]:
    """All events from the first, a thousand at a time."""
    last = 0
    while True:
        query = select(AuditEvent).where(AuditEvent.id > last).order_by(AuditEvent.id).limit(1000)
        events = session.scalars(query).all()
        if not events:
            return
        yield from events
        last = events[-1].id
        session.expunge_all()  # a long log does not fill the memory
