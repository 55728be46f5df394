"""The administrator's page of the audit log: filter it, read it, take it away as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from itembank.formats.table_writing import guard
from quizengine.accounts.tables import Account
from quizengine.audit import AuditEvent, find_broken_link
from quizengine.config import Settings
from quizengine.database import reading, utcnow
from quizengine.permissions import Permission
from quizengine.web import render, require

blueprint = Blueprint("audit", __name__)

PAGE = 50
ACTIONS = {
    "account-disabled": lazy_gettext("Account disabled"),
    "account-enabled": lazy_gettext("Account enabled"),
    "account-invited": lazy_gettext("Account made"),
    "account-reset-link": lazy_gettext("Password made worthless, link for a new one given"),
    "account-roles-changed": lazy_gettext("Roles changed"),
    "account-welcome-link": lazy_gettext("Link for a first password given"),
    "bank-share-ended": lazy_gettext("Bank no longer shared for review"),
    "bank-shared": lazy_gettext("Bank shared for review"),
    "browser-released": lazy_gettext("Browser released in an exam room"),
    "credit-approved": lazy_gettext("Credit approved"),
    "credit-checked": lazy_gettext("Credit claim checked"),
    "credit-claimed": lazy_gettext("Credit claimed"),
    "credit-refused": lazy_gettext("Credit refused"),
    "credit-rules-loaded": lazy_gettext("Credit rules loaded"),
    "credit-withdrawn": lazy_gettext("Credit claim withdrawn"),
    "demonstration-loaded": lazy_gettext("Part of the demonstration loaded (simulated)"),
    "extra-time-set": lazy_gettext("Extra time set"),
    "irregularity-noted": lazy_gettext("Irregularity noted"),
    "item-reviewed": lazy_gettext("Question reviewed"),
    "item-version-restored": lazy_gettext("Old version of a question restored"),
    "items-bulk-edited": lazy_gettext("Several questions changed at once"),
    "items-bulk-undone": lazy_gettext("Change of several questions undone"),
    "parameters-published": lazy_gettext("Parameters published"),
    "revision-published": lazy_gettext("Bank published"),
    "room-closed": lazy_gettext("Exam room closed"),
    "room-opened": lazy_gettext("Exam room opened"),
    "room-started": lazy_gettext("Exam room started"),
    "standard-adopted": lazy_gettext("Standard adopted"),
}
HEADER = (
    "number", "time (UTC)", "action", "by", "about", "organisation", "subject", "subject number",
    "reason", "before", "after", "previous hash", "hash",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are shown. Empty texts and None choose all."""

    action: str = ""
    by: str = ""  # user name of who decided
    about: str = ""  # user name of whom it is about
    since: date | None = None
    until: date | None = None  # inclusive
    page: int = 1

    def arguments(self, page: int = 1) -> dict[str, Any]:
        """The filter as the arguments of an address."""
        return {
            "action": self.action or None,
            "by": self.by or None,
            "about": self.about or None,
            "since": self.since,
            "until": self.until,
            "page": page if page > 1 else None,
        }


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event with the user names of its people."""

    event: AuditEvent
    by: str
    about: str


def _read_filter(sent: Mapping[str, str]) -> EventFilter:
    """What makes no sense is left out."""
    page = sent.get("page", "")
    return EventFilter(
        action=sent.get("action", "").strip()[:64],
        by=sent.get("by", "").strip().lower()[:64],
        about=sent.get("about", "").strip().lower()[:64],
        since=_day(sent.get("since", "")),
        until=_day(sent.get("until", "")),
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 7 else 1,
    )


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 < found.year < 9000 else None


@blueprint.get("/audit")
@require(Permission.SEE_AUDIT)
def index() -> ResponseReturnValue:
    """Events, newest first."""
    wanted = _read_filter(request.args)
    with reading() as session:
        conditions = list(_conditions(wanted))
        total = session.scalar(_counted(*conditions)) or 0
        page = max(1, min(wanted.page, -(-total // PAGE)))
        lines = list(_lines(session, conditions, newest_first=True, skip=(page - 1) * PAGE))
        present = session.scalars(select(AuditEvent.action).distinct()).all()
    return render(
        "audit/index.html",
        lines=lines,
        total=total,
        first=(page - 1) * PAGE + 1,
        wanted=wanted,
        words=ACTIONS,
        actions=[(action, ACTIONS.get(action, action)) for action in sorted(present)],
        previous_url=_url(wanted, page - 1) if page > 1 else "",
        next_url=_url(wanted, page + 1) if page * PAGE < total else "",
        export_url=url_for("audit.export", **wanted.arguments()),
    )


def _url(wanted: EventFilter, page: int) -> str:
    return url_for("audit.index", **wanted.arguments(page))


@blueprint.get("/audit/check")
@require(Permission.SEE_AUDIT)
def check() -> ResponseReturnValue:
    """Whether the chain is whole."""
    with reading() as session:
        broken = find_broken_link(session)
        total = session.scalar(_counted()) or 0
    return render("audit/check.html", broken=broken, total=total, now=utcnow())


@blueprint.get("/audit.csv")
@require(Permission.SEE_AUDIT)
def export() -> ResponseReturnValue:
    """The events of the filter, oldest first, sent as they are read."""
    wanted = _read_filter(request.args)
    return Response(
        stream_with_context(_csv(wanted)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )


def _csv(wanted: EventFilter) -> Iterator[bytes]:
    """With a byte order mark for Excel; a text is never run as a formula."""
    yield b"\xef\xbb\xbf" + _row(HEADER)
    last = 0
    while True:
        conditions = [*_conditions(wanted), AuditEvent.id > last]
        with reading() as session:  # a slow reader holds no snapshot open
            lines = list(_lines(session, conditions, most=500))
        if not lines:
            return
        yield b"".join(_row(_cells(line)) for line in lines)
        last = lines[-1].event.id


def _cells(line: EventLine) -> tuple[object, ...]:
    event = line.event
    return (
        event.id,
        event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        guard(event.action),
        guard(line.by),
        guard(line.about),
        "" if event.organisation_id is None else event.organisation_id,
        guard(event.subject),
        event.subject_id,
        guard(event.reason),
        json.dumps(event.before, ensure_ascii=False, sort_keys=True),
        json.dumps(event.after, ensure_ascii=False, sort_keys=True),
        event.previous_hash,
        event.hash,
    )


def _row(cells: tuple[object, ...]) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\r\n").writerow(cells)
    return target.getvalue().encode()


def _counted(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(func.count()).select_from(AuditEvent).where(*conditions)


def _conditions(wanted: EventFilter) -> Iterator[ColumnElement[bool]]:
    settings: Settings = current_app.extensions["settings"]
    zone = ZoneInfo(settings.time_zone)
    if wanted.action:
        yield AuditEvent.action == wanted.action
    for column, name in (
        (AuditEvent.account_id, wanted.by),
        (AuditEvent.person_id, wanted.about),
    ):
        if name:
            found = or_(
                Account.username == name, Account.display_name.icontains(name, autoescape=True)
            )
            yield column.in_(select(Account.id).where(found))
    if wanted.since:
        yield AuditEvent.at >= datetime.combine(wanted.since, time(), zone)
    if wanted.until:
        yield AuditEvent.at < datetime.combine(wanted.until + timedelta(days=1), time(), zone)


def _lines(
    session: Session,
    conditions: list[ColumnElement[bool]],
    *,
    newest_first: bool = False,
    skip: int = 0,
    most: int = PAGE,
) -> Iterator[EventLine]:
    by, about = aliased(Account), aliased(Account)
    rows = session.execute(
        select(AuditEvent, by.username, about.username)
        .outerjoin(by, by.id == AuditEvent.account_id)
        .outerjoin(about, about.id == AuditEvent.person_id)
        .where(*conditions)
        .order_by(AuditEvent.id.desc() if newest_first else AuditEvent.id)
        .offset(skip)
        .limit(most)
    )
    for event, decider, person in rows:
        yield EventLine(event, decider or "", person or "")
