"""Rooms: an exam at one time, entered with a code and watched by an invigilator.

Every change of a room locks its row first, so that entering, starting and closing happen one after
the other. Answers do not ask for that lock: they and the closing meet at the sitting's own row,
where an answer is either stored before the end or refused.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from quizengine import audit
from quizengine.accounts.service.sign_in import hash_token
from quizengine.accounts.tables import ClassMember, TeachingClass
from quizengine.banks.service.publish import find_published
from quizengine.banks.service.store import get_bank
from quizengine.errors import Conflict, InvalidInput, NotFound, NotPermitted
from quizengine.exams.rules import Rules
from quizengine.exams.service import sit
from quizengine.exams.service.offer import create_invigilated_exam
from quizengine.exams.tables import Exam, Room, RoomEntry, Sitting
from quizengine.permissions import Role

CODE_LETTERS = "ACDEFGHJKMNPQRTUVWXY34679"  # none that looks like another: no 0 O, 1 I L, 2 Z, 5 S
CODE_LENGTH = 6
MINUTES = range(20, 181)
QUESTIONS = range(20, 61)
EXTRA_MINUTES = range(241)
LONGEST_NOTE = 500
SAME_TRY = timedelta(minutes=1)  # a page that keeps asking is one try, not twenty

_entries = cast(Table, RoomEntry.__table__)
_BROWSER = select(_entries.c.browser_hash).where(
    _entries.c.room_id == bindparam("room_id"), _entries.c.student_id == bindparam("student_id")
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an instructor chooses for a room."""

    bank_id: int
    profile: str
    title: str
    minutes: int
    n_questions: int
    stops_when_precise: bool = False
    class_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entrance:
    """What became of an attempt to enter."""

    room_id: int
    is_own_browser: bool  # False: another browser holds the place, and the attempt is noted


def open_room(
    session: Session, *, plan: Plan, organisation_id: int, account_id: int, now: datetime
) -> int:
    """Open a room with an exam of its own; returns the room's id. Students can enter at once.

    Raises
    ------
    NotFound
        "bank", "class".
    Conflict
        "exam-not-ready": the bank has no published revision.
    InvalidInput
        "profile-unknown", "room-title-missing", "room-minutes-wrong", "room-questions-wrong".
    """
    if not plan.title.strip():
        raise InvalidInput("room-title-missing")
    if plan.minutes not in MINUTES:
        raise InvalidInput("room-minutes-wrong", least=MINUTES[0], most=MINUTES[-1])
    if plan.n_questions not in QUESTIONS:
        raise InvalidInput("room-questions-wrong", least=QUESTIONS[0], most=QUESTIONS[-1])
    get_bank(session, plan.bank_id, organisation_id=organisation_id)
    if find_published(session, plan.bank_id) is None:
        raise Conflict("exam-not-ready")
    if plan.class_id is not None:
        teaching_class = session.get(TeachingClass, plan.class_id)
        if teaching_class is None or teaching_class.organisation_id != organisation_id:
            raise NotFound("class")
    title = plan.title.strip()
    exam_id = create_invigilated_exam(
        session,
        bank_id=plan.bank_id,
        profile=plan.profile,
        title={"en": title, "zh": title},
        minutes=plan.minutes,
        n_questions=plan.n_questions,
        stops_when_precise=plan.stops_when_precise,
        now=now,
    )
    room = Room(
        organisation_id=organisation_id,
        exam_id=exam_id,
        class_id=plan.class_id,
        title=title,
        code=_free_code(session, organisation_id),
        minutes=plan.minutes,
        opened_by=account_id,
        opened_at=now,
    )
    session.add(room)
    session.flush()
    _record(session, room, "room-opened", account_id, now, after={"minutes": room.minutes})
    return room.id


def _free_code(session: Session, organisation_id: int) -> str:
    """A code no room of the organisation has or had."""
    while True:
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        taken = select(Room.id).where(Room.organisation_id == organisation_id, Room.code == code)
        if session.scalar(taken) is None:
            return code


def plain_code(typed: str) -> str:
    """A code as it is stored, from what somebody typed: case, spaces and hyphens do not matter."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())[:20]


def start_room(
    session: Session, *, room_id: int, organisation_id: int, account_id: int, now: datetime
) -> None:
    """Start the exam for all who have entered; starting twice changes nothing.

    Raises
    ------
    NotFound
        "room".
    Conflict
        "room-closed".
    """
    room = _lock_open_room(session, room_id, organisation_id)
    if room.started_at is not None:
        return
    room.started_at = now
    exam = session.get_one(Exam, room.exam_id)
    entered = session.scalars(
        select(RoomEntry)
        .where(RoomEntry.room_id == room_id, RoomEntry.entered_at.is_not(None))
        .with_for_update()
    ).all()
    for entry in entered:
        _seat(session, room, exam, entry, now)
    _record(session, room, "room-started", account_id, now, after={"students": len(entered)})


def _seat(session: Session, room: Room, exam: Exam, entry: RoomEntry, now: datetime) -> None:
    """Open the sitting of a student in a room that has started."""
    entry.sitting_id = sit.open_sitting(
        session,
        exam,
        Rules.from_json(exam.rules),
        student_id=entry.student_id,
        closes_at=closing_time(room, entry.extra_minutes),
        room_id=room.id,
        now=now,
    )


def closing_time(room: Room, extra_minutes: int) -> datetime | None:
    """When time is over for a student, whenever he or she came; None before the start."""
    if room.started_at is None:
        return None
    return room.started_at + timedelta(minutes=room.minutes + extra_minutes)


def close_room(
    session: Session, *, room_id: int, organisation_id: int, account_id: int, now: datetime
) -> None:
    """End every open sitting and let the reports out; closing twice changes nothing."""
    room = _lock_room(session, room_id, organisation_id)
    if room.closed_at is not None:
        return
    ended = sit.end_room_sittings(session, room_id=room_id, now=now)
    room.closed_at = now
    _record(session, room, "room-closed", account_id, now, after={"ended": ended})


def enter_room(
    session: Session,
    *,
    code: str,
    student_id: int,
    organisation_id: int,
    browser_token: str,
    now: datetime,
) -> Entrance:
    """Take one's place in a room with the browser that holds the token; twice is harmless.

    In a room that has started the sitting begins at once, with what is left of the time.

    Raises
    ------
    InvalidInput
        "room-code-wrong".
    Conflict
        "room-closed"; "room-time-over": the time of this student is over already.
    NotPermitted
        "room-other-class".
    """
    room = find_room(session, code=code, organisation_id=organisation_id, student_id=student_id)
    room = _lock_open_room(session, room.id, organisation_id)
    entry = _lock_entry(session, room.id, student_id)
    if entry is None:
        entry = _add_entry(session, room.id, student_id)
    hashed = hash_token(browser_token)
    if entry.browser_hash not in {None, hashed}:
        _note_other_browser(session, room, entry, now)
        return Entrance(room.id, is_own_browser=False)
    entry.browser_hash = hashed
    entry.entered_at = entry.entered_at or now
    closes_at = closing_time(room, entry.extra_minutes)
    if closes_at is not None and entry.sitting_id is None:
        if now >= closes_at:
            raise Conflict("room-time-over")
        _seat(session, room, session.get_one(Exam, room.exam_id), entry, now)
    return Entrance(room.id, is_own_browser=True)


def find_room(session: Session, *, code: str, organisation_id: int, student_id: int) -> Room:
    """The room a student may enter with a code.

    Raises
    ------
    InvalidInput
        "room-code-wrong": also for a code of another organisation.
    Conflict
        "room-closed".
    NotPermitted
        "room-other-class".
    """
    room = session.scalar(
        select(Room).where(Room.organisation_id == organisation_id, Room.code == plain_code(code))
    )
    if room is None:
        raise InvalidInput("room-code-wrong")
    if room.closed_at is not None:
        raise Conflict("room-closed")
    if room.class_id is not None and not _is_of_class(session, room.class_id, student_id):
        raise NotPermitted("room-other-class")
    return room


def _is_of_class(session: Session, class_id: int, student_id: int) -> bool:
    member = session.get(ClassMember, (class_id, student_id))
    return member is not None and member.role == Role.STUDENT.value


def browser_state(session: Session, *, room_id: int, student_id: int, browser_token: str) -> str:
    """ "own": this browser may answer; "other": another one does; "released": none does now."""
    keys = {"room_id": room_id, "student_id": student_id}
    held = session.execute(_BROWSER, keys).scalar_one_or_none()
    if held is None:
        return "released"
    return "own" if held == hash_token(browser_token) else "other"


def note_other_browser(session: Session, *, room_id: int, student_id: int, now: datetime) -> None:
    """Note that a second browser wanted to answer."""
    entry = _lock_entry(session, room_id, student_id)
    if entry is not None:
        _note_other_browser(session, session.get_one(Room, room_id), entry, now)


def _note_other_browser(session: Session, room: Room, entry: RoomEntry, now: datetime) -> None:
    last = next((e for e in reversed(entry.irregularities) if e["kind"] == "other-browser"), None)
    if last is not None and now - datetime.fromisoformat(last["at"]) < SAME_TRY:
        return
    _add_irregularity(entry, "other-browser", "", now)
    after = {"kind": "other-browser"}
    _record(session, room, "irregularity-noted", None, now, entry.student_id, after=after)


def set_extra_time(
    session: Session,
    *,
    room_id: int,
    organisation_id: int,
    student_id: int,
    minutes: int,
    account_id: int,
    now: datetime,
) -> None:
    """Give a student so many minutes more than the others, before or during the exam.

    Raises
    ------
    NotFound
        "room"; "room-student": not in the room and not of its class.
    InvalidInput
        "extra-minutes-wrong"; "extra-minutes-past": the time would be over already.
    Conflict
        "room-closed"; "room-sitting-over": the student's sitting has ended.
    """
    if minutes not in EXTRA_MINUTES:
        raise InvalidInput("extra-minutes-wrong", most=EXTRA_MINUTES[-1])
    room = _lock_open_room(session, room_id, organisation_id)
    entry = _get_entry(session, room, student_id)
    if entry.extra_minutes == minutes:
        return
    closes_at = closing_time(room, minutes)
    if entry.sitting_id is not None and closes_at is not None:
        if closes_at <= now:
            raise InvalidInput("extra-minutes-past")
        sit.move_closing_time(session, sitting_id=entry.sitting_id, closes_at=closes_at, now=now)
    before, entry.extra_minutes = {"extra_minutes": entry.extra_minutes}, minutes
    after = {"extra_minutes": minutes}
    _record(
        session, room, "extra-time-set", account_id, now, student_id, before=before, after=after
    )


def release_browser(
    session: Session,
    *,
    room_id: int,
    organisation_id: int,
    student_id: int,
    account_id: int,
    now: datetime,
) -> None:
    """Let a student go on in another browser; the next that enters with the code holds the place.

    Raises
    ------
    NotFound
        "room", "room-student".
    Conflict
        "room-closed".
    """
    room = _lock_open_room(session, room_id, organisation_id)
    entry = _get_entry(session, room, student_id)
    if entry.browser_hash is None:
        return
    entry.browser_hash = None
    _add_irregularity(entry, "released", "", now)
    _record(session, room, "browser-released", account_id, now, student_id)


def note_irregularity(
    session: Session,
    *,
    room_id: int,
    organisation_id: int,
    student_id: int,
    note: str,
    account_id: int,
    now: datetime,
) -> None:
    """Put the invigilator's words beside a student's result; possible after closing, too.

    Raises
    ------
    NotFound
        "room", "room-student".
    InvalidInput
        "room-note-missing", "room-note-long".
    """
    note = "".join(letter if letter.isprintable() else " " for letter in note).strip()
    if not note:
        raise InvalidInput("room-note-missing")
    if len(note) > LONGEST_NOTE:
        raise InvalidInput("room-note-long", most=LONGEST_NOTE)
    room = _lock_room(session, room_id, organisation_id)
    _add_irregularity(_get_entry(session, room, student_id), "note", note, now)
    after = {"kind": "note"}
    _record(
        session, room, "irregularity-noted", account_id, now, student_id, reason=note, after=after
    )


def _add_irregularity(entry: RoomEntry, kind: str, note: str, now: datetime) -> None:
    event = {"at": now.isoformat(), "kind": kind, "note": note}
    entry.irregularities = [*entry.irregularities, event]


def get_room(session: Session, room_id: int, *, organisation_id: int) -> Room:
    """A room of an organisation, or `NotFound("room")`."""
    room = session.get(Room, room_id)
    if room is None or room.organisation_id != organisation_id:
        raise NotFound("room")
    return room


def _lock_room(session: Session, room_id: int, organisation_id: int) -> Room:
    room = session.get(Room, room_id, with_for_update=True, populate_existing=True)
    if room is None or room.organisation_id != organisation_id:
        raise NotFound("room")
    return room


def _lock_open_room(session: Session, room_id: int, organisation_id: int) -> Room:
    room = _lock_room(session, room_id, organisation_id)
    if room.closed_at is not None:
        raise Conflict("room-closed")
    return room


def _lock_entry(session: Session, room_id: int, student_id: int) -> RoomEntry | None:
    return session.get(
        RoomEntry, (room_id, student_id), with_for_update=True, populate_existing=True
    )


def _get_entry(session: Session, room: Room, student_id: int) -> RoomEntry:
    """A student's entry; one for a student of the room's class who has not come yet is made."""
    entry = _lock_entry(session, room.id, student_id)
    if entry is not None:
        return entry
    if room.class_id is None or not _is_of_class(session, room.class_id, student_id):
        raise NotFound("room-student")
    return _add_entry(session, room.id, student_id)


def _add_entry(session: Session, room_id: int, student_id: int) -> RoomEntry:
    entry = RoomEntry(room_id=room_id, student_id=student_id, extra_minutes=0, irregularities=[])
    session.add(entry)
    session.flush()
    return entry


def _record(
    session: Session,
    room: Room,
    action: str,
    account_id: int | None,
    now: datetime,
    person_id: int | None = None,
    **said: Any,
) -> None:
    audit.record(
        session,
        action=action,
        subject="room",
        subject_id=room.id,
        organisation_id=room.organisation_id,
        account_id=account_id,
        person_id=person_id,
        now=now,
        **said,
    )


def is_held_back(session: Session, sitting: Sitting) -> bool:
    """Whether a sitting's result is not shown yet, because its room is still open."""
    if sitting.room_id is None:
        return False
    return session.get_one(Room, sitting.room_id).closed_at is None
