"""A delivery of OneRoster: what it would change in the classes of an organisation, and doing it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quizengine.accounts.oneroster import OneRoster, RosterClass, RosterPerson
from quizengine.accounts.service import classes, rosters
from quizengine.accounts.service.rosters import CHANGING, JOINS, NEW, PlannedLine, RosterLine
from quizengine.accounts.tables import ClassMember, RosterDelivery, TeachingClass
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.permissions import Role

MAX_CLASSES = 500
KEPT = rosters.KEPT


@dataclass(frozen=True, slots=True)
class PlannedClass:
    """A class of the delivery and what would become of it.

    Attributes
    ----------
    class_id : of the class there is; None when it would be made.
    refusal : code of why it is left out, or "".
    """

    code: str
    name: str
    class_id: int | None
    refusal: str
    lines: Sequence[PlannedLine]
    n_teachers: int

    @property
    def counts(self) -> Counter[str]:
        """Students by outcome."""
        return Counter(one.outcome for one in self.lines)

    @property
    def n_ready(self) -> int:
        """Students who would join it."""
        return 0 if self.refusal else sum(self.counts[outcome] for outcome in CHANGING)


def start_delivery(
    session: Session,
    *,
    organisation_id: int,
    account_id: int,
    filename: str,
    roster: OneRoster,
    now: datetime,
) -> int:
    """Keep what was read until it is taken in; returns the delivery's id.

    Raises
    ------
    InvalidInput
        "delivery-empty", "roster-too-long".
    """
    content = _content_of(roster)
    n_students = sum(len(one["lines"]) for one in content["classes"])
    if not n_students:
        raise InvalidInput("delivery-empty")
    if len(content["classes"]) > MAX_CLASSES or n_students > 10 * rosters.MAX_ROWS:
        raise InvalidInput("roster-too-long", found=n_students, limit=10 * rosters.MAX_ROWS)
    session.execute(
        delete(RosterDelivery).where(
            (RosterDelivery.created_at < now - KEPT)
            | ((RosterDelivery.account_id == account_id) & RosterDelivery.committed_at.is_(None))
        )
    )
    row = RosterDelivery(
        organisation_id=organisation_id,
        account_id=account_id,
        filename=filename[:200],
        content=content,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def _content_of(roster: OneRoster) -> dict[str, Any]:
    people = {person.id: person for person in roster.people}
    by_class: dict[str, list[dict[str, Any]]] = {one.id: [] for one in roster.classes}
    teachers: dict[str, list[str]] = {one.id: [] for one in roster.classes}
    for enrolment in roster.enrolments:
        person = people.get(enrolment.person)
        if person is None or enrolment.class_id not in by_class:
            continue
        if enrolment.role == "student":
            line = _line_of(person, leaving=enrolment.is_leaving)
            by_class[enrolment.class_id].append(dataclasses.asdict(line))
        elif not enrolment.is_leaving and not person.is_leaving:
            teachers[enrolment.class_id].append(person.username.lower())
    return {
        "classes": [
            {
                "code": _code_of(one),
                "name": one.title[:120],
                "leaving": one.is_leaving,
                "lines": by_class[one.id],
                "teachers": teachers[one.id],
            }
            for one in roster.classes
            if by_class[one.id]
        ],
        "findings": [
            {**dataclasses.asdict(found), "details": {k: str(v) for k, v in found.details.items()}}
            for found in roster.findings
        ],
        "version": roster.version,
        "is_delta": roster.is_delta,
    }


def _code_of(one: RosterClass) -> str:
    return (one.code or one.id)[:60]


def _line_of(person: RosterPerson, *, leaving: bool) -> RosterLine:
    given, family = person.given_name, person.family_name
    is_chinese = any("\u3400" <= letter <= "\u9fff" for letter in given + family)
    return RosterLine(
        row=person.line,
        username=person.username.lower(),
        name=f"{family}{given}" if is_chinese else f"{given} {family}".strip(),
        leaving=leaving or person.is_leaving,
    )


def get_delivery(
    session: Session, delivery_id: int, *, account_id: int, for_update: bool = False
) -> RosterDelivery:
    """A delivery that this account sent, or `NotFound("delivery")`."""
    found = session.get(RosterDelivery, delivery_id, with_for_update=for_update)
    if found is None or found.account_id != account_id:
        raise NotFound("delivery")
    return found


def plan_delivery(session: Session, delivery: RosterDelivery) -> list[PlannedClass]:
    """What each class would become now."""
    return [_plan(session, delivery, one) for one in delivery.content["classes"]]


def _plan(session: Session, delivery: RosterDelivery, one: Mapping[str, Any]) -> PlannedClass:
    found = session.scalar(
        select(TeachingClass).where(
            TeachingClass.organisation_id == delivery.organisation_id,
            TeachingClass.code == one["code"],
        )
    )
    refusal = "delivery-class-leaving" if one["leaving"] else ""
    if found is not None and session.get(ClassMember, (found.id, delivery.account_id)) is None:
        refusal = "delivery-class-of-another"
    # never added to the session: it stands for the class that would be made
    target = found or TeachingClass(
        organisation_id=delivery.organisation_id, code=one["code"], name=one["name"]
    )
    lines = [RosterLine(**line) for line in one["lines"]]
    return PlannedClass(
        code=one["code"],
        name=one["name"],
        class_id=found.id if found else None,
        refusal=refusal,
        lines=rosters.plan_roster(session, target, lines),
        n_teachers=len(one["teachers"]),
    )


def commit_delivery(
    session: Session, delivery: RosterDelivery, *, expected: int, language: str, now: datetime
) -> Counter[str]:
    """Make the classes and accounts and fill the classes, all or nothing; again changes nothing.

    Parameters
    ----------
    expected : number of students who would join a class, as the page showed it.

    Returns
    -------
    Counts of "classes", "new" accounts and students who "joins".

    Raises
    ------
    Conflict
        "roster-nothing-ready"; "roster-changed": not what the page showed any more.
    """
    if delivery.committed_at is not None:
        return Counter(delivery.content.get("done", {}))
    planned = plan_delivery(session, delivery)
    ready = sum(one.n_ready for one in planned)
    if not ready:
        raise Conflict("roster-nothing-ready")
    if ready != expected:
        raise Conflict("roster-changed")
    done: Counter[str] = Counter()
    for one, source in zip(planned, delivery.content["classes"], strict=True):
        if one.n_ready:
            done += _take_class(session, delivery, one, source, language, now)
    delivery.committed_at = now
    delivery.content = {**delivery.content, "done": dict(done)}
    return done


def _take_class(
    session: Session,
    delivery: RosterDelivery,
    one: PlannedClass,
    source: Mapping[str, Any],
    language: str,
    now: datetime,
) -> Counter[str]:
    """One class, made when it is not there, filled by the service of uploaded rosters."""
    class_id = one.class_id or classes.create_class(
        session,
        organisation_id=delivery.organisation_id,
        code=one.code,
        name=one.name,
        now=now,
    )
    classes.add_to_class(
        session, class_id=class_id, account_id=delivery.account_id, role=Role.INSTRUCTOR
    )
    found = session.get_one(TeachingClass, class_id)
    upload_id = rosters.start_upload(
        session,
        found=found,
        account_id=delivery.account_id,
        filename=delivery.filename,
        lines=[RosterLine(**line) for line in source["lines"]],
        now=now,
    )
    upload = rosters.get_upload(session, upload_id, class_id=class_id)
    # an account made for a class before this one joins it now
    counts = Counter(line.outcome for line in rosters.plan_upload(session, upload, found))
    expected = (counts[NEW], counts[JOINS])
    done = rosters.commit_upload(
        session, upload, found, expected=expected, language=language, now=now
    )
    session.flush()
    for username in source["teachers"]:
        _add_teacher(session, found, username)
    made = Counter({"classes": int(one.class_id is None)})
    return made + Counter({NEW: done[NEW], JOINS: done[JOINS]})


def _add_teacher(session: Session, found: TeachingClass, username: str) -> None:
    """An instructor with an account joins; one without asks the administrator for it."""
    try:
        classes.enrol(session, found=found, username=username, role=Role.INSTRUCTOR)
    except (InvalidInput, Conflict):
        return
