"""What the pages of rooms show: the rooms, who is at which question, a student's own place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Account, ClassMember, TeachingClass
from quizengine.banks.tables import Bank
from quizengine.errors import NotFound
from quizengine.exams.rules import Rules
from quizengine.exams.service.rooms import browser_state, closing_time, find_room, get_room
from quizengine.exams.tables import Exam, Room, RoomEntry, Sitting
from quizengine.permissions import Role

MOST_CLOSED = 100


@dataclass(frozen=True, slots=True)
class RoomLine:
    """A room in a list."""

    id: int
    title: str
    bank_name: Mapping[str, str]
    code: str
    minutes: int
    opened_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
    n_entered: int

    @property
    def state(self) -> str:
        """ "waiting", "running" or "closed"."""
        return _state(self.started_at, self.closed_at)


@dataclass(frozen=True, slots=True)
class Irregularity:
    """Something that was not as planned: "other-browser", "released" or "note"."""

    at: datetime
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class RoomStudent:
    """A student as the invigilator sees him or her.

    `state` is "absent" (of the class, not come), "waiting", "answering" or "finished"; `position`
    the question that waits (of a finished sitting the last one answered), 0 before the start.
    """

    id: int
    name: str
    state: str
    extra_minutes: int
    position: int
    last_answer_at: datetime | None
    seconds_left: int | None
    stop_reason: str
    has_browser: bool
    irregularities: tuple[Irregularity, ...]
    simulated: bool


@dataclass(frozen=True, slots=True)
class RoomStatus:
    """A room with everybody in it."""

    id: int
    title: str
    code: str
    state: str  # "waiting", "running", "closed"
    bank_name: Mapping[str, str]
    profile: str
    class_name: str
    minutes: int
    rules: Rules
    opened_at: datetime
    started_at: datetime | None
    closed_at: datetime | None
    students: tuple[RoomStudent, ...]

    def count(self, *states: str) -> int:
        """How many students are in one of these states."""
        return sum(student.state in states for student in self.students)

    @property
    def is_over(self) -> bool:
        """Whether nobody answers any more, though the room is still open."""
        entered = [s for s in self.students if s.state != "absent"]
        return self.state == "running" and bool(entered) and not self.count("answering")


@dataclass(frozen=True, slots=True)
class Seat:
    """A student's own place in a room.

    `state`: "waiting" for the start, "answering", "stored" (finished, the room still open),
    "closed"; "other" or "released" when this browser may not answer.
    """

    room_id: int
    title: str
    code: str
    state: str
    sitting_id: int | None
    minutes: int
    extra_minutes: int
    closes_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a student reads before entering."""

    room_id: int
    title: str
    code: str
    bank_name: Mapping[str, str]
    minutes: int
    extra_minutes: int
    rules: Rules
    closes_at: datetime | None  # None before the start
    has_entered: bool


def _state(started_at: datetime | None, closed_at: datetime | None) -> str:
    if closed_at is not None:
        return "closed"
    return "waiting" if started_at is None else "running"


def list_rooms(session: Session, *, organisation_id: int) -> Sequence[RoomLine]:
    """All open rooms of an organisation and the last closed ones, newest first."""
    entered = (
        select(func.count())
        .where(RoomEntry.room_id == Room.id, RoomEntry.entered_at.is_not(None))
        .scalar_subquery()
    )
    query = (
        select(Room, Bank.name, entered)
        .join(Exam, Exam.id == Room.exam_id)
        .join(Bank, Bank.id == Exam.bank_id)
        .where(Room.organisation_id == organisation_id)
        .order_by(Room.opened_at.desc(), Room.id.desc())
    )
    still_open = session.execute(query.where(Room.closed_at.is_(None))).all()
    closed = session.execute(query.where(Room.closed_at.is_not(None)).limit(MOST_CLOSED)).all()
    return [
        RoomLine(
            id=room.id,
            title=room.title,
            bank_name=name,
            code=room.code,
            minutes=room.minutes,
            opened_at=room.opened_at,
            started_at=room.started_at,
            closed_at=room.closed_at,
            n_entered=count,
        )
        for room, name, count in (*still_open, *closed)
    ]


def room_status(
    session: Session, *, room_id: int, organisation_id: int, now: datetime
) -> RoomStatus:
    """A room and everybody in it, those of its class who have not come among them.

    Raises
    ------
    NotFound
        "room".
    """
    room = get_room(session, room_id, organisation_id=organisation_id)
    exam = session.get_one(Exam, room.exam_id)
    bank = session.get_one(Bank, exam.bank_id)
    teaching_class = session.get(TeachingClass, room.class_id) if room.class_id else None
    rows = session.execute(
        select(RoomEntry, Account.display_name, Account.simulated, Sitting)
        .join(Account, Account.id == RoomEntry.student_id)
        .outerjoin(Sitting, Sitting.id == RoomEntry.sitting_id)
        .where(RoomEntry.room_id == room_id)
    ).all()
    students = [_student(*row, now) for row in rows]
    known = {student.id for student in students}
    students += [s for s in _class_of(session, room) if s.id not in known]
    return RoomStatus(
        id=room.id,
        title=room.title,
        code=room.code,
        state=_state(room.started_at, room.closed_at),
        bank_name=bank.name,
        profile=exam.profile,
        class_name=teaching_class.name if teaching_class else "",
        minutes=room.minutes,
        rules=Rules.from_json(exam.rules),
        opened_at=room.opened_at,
        started_at=room.started_at,
        closed_at=room.closed_at,
        students=tuple(sorted(students, key=lambda s: (s.name.casefold(), s.id))),
    )


def _student(
    entry: RoomEntry, name: str, simulated: bool, sitting: Sitting | None, now: datetime
) -> RoomStudent:
    over = sitting is not None and _is_over(sitting, now)
    state = "absent" if entry.entered_at is None else "waiting"
    position, seconds, last, reason = 0, None, None, ""
    if sitting is not None:
        state = "finished" if over else "answering"
        position = sitting.n_answered + (0 if over else 1)
        last = sitting.served_at if sitting.n_answered else None
        reason = (sitting.stop_reason or "time") if over else ""
        if not over and sitting.closes_at is not None:
            seconds = int((sitting.closes_at - now).total_seconds())
    return RoomStudent(
        id=entry.student_id,
        name=name,
        state=state,
        extra_minutes=entry.extra_minutes,
        position=position,
        last_answer_at=last,
        seconds_left=seconds,
        stop_reason=reason,
        has_browser=entry.browser_hash is not None,
        irregularities=tuple(
            Irregularity(datetime.fromisoformat(e["at"]), e["kind"], e["note"])
            for e in entry.irregularities
        ),
        simulated=simulated,
    )


def _is_over(sitting: Sitting, now: datetime) -> bool:
    timed_out = sitting.closes_at is not None and now >= sitting.closes_at
    return sitting.finished_at is not None or timed_out


def _class_of(session: Session, room: Room) -> list[RoomStudent]:
    if room.class_id is None:
        return []
    members = session.execute(
        select(Account.id, Account.display_name, Account.simulated)
        .join(ClassMember, ClassMember.account_id == Account.id)
        .where(
            ClassMember.class_id == room.class_id,
            ClassMember.role == Role.STUDENT.value,
            Account.disabled_at.is_(None),
        )
    ).all()
    return [
        RoomStudent(m.id, m.display_name, "absent", 0, 0, None, None, "", False, (), m.simulated)
        for m in members
    ]


def get_room_student(
    session: Session, *, room_id: int, organisation_id: int, student_id: int, now: datetime
) -> tuple[RoomStatus, RoomStudent]:
    """A student in a room, or `NotFound("room-student")`."""
    status = room_status(session, room_id=room_id, organisation_id=organisation_id, now=now)
    found = next((student for student in status.students if student.id == student_id), None)
    if found is None:
        raise NotFound("room-student")
    return status, found


def find_seat(
    session: Session,
    *,
    room_id: int,
    student_id: int,
    organisation_id: int,
    browser_token: str,
    now: datetime,
) -> Seat:
    """A student's own place in a room; who has not entered it finds no room.

    Raises
    ------
    NotFound
        "room".
    """
    room = get_room(session, room_id, organisation_id=organisation_id)
    entry = session.get(RoomEntry, (room_id, student_id))
    if entry is None or entry.entered_at is None:
        raise NotFound("room")
    sitting = session.get(Sitting, entry.sitting_id) if entry.sitting_id else None
    if room.closed_at is not None:
        state = "closed"
    elif sitting is not None and _is_over(sitting, now):
        state = "stored"
    else:
        state = browser_state(
            session, room_id=room_id, student_id=student_id, browser_token=browser_token
        )
        if state == "own":
            state = "waiting" if sitting is None else "answering"
    return Seat(
        room_id=room.id,
        title=room.title,
        code=room.code,
        state=state,
        sitting_id=entry.sitting_id,
        minutes=room.minutes,
        extra_minutes=entry.extra_minutes,
        closes_at=closing_time(room, entry.extra_minutes),
    )


def read_invitation(
    session: Session, *, code: str, student_id: int, organisation_id: int
) -> Invitation:
    """What a student who has the code may know before entering; refused like `find_room`."""
    room = find_room(session, code=code, organisation_id=organisation_id, student_id=student_id)
    exam = session.get_one(Exam, room.exam_id)
    entry = session.get(RoomEntry, (room.id, student_id))
    extra = entry.extra_minutes if entry else 0
    return Invitation(
        room_id=room.id,
        title=room.title,
        code=room.code,
        bank_name=session.get_one(Bank, exam.bank_id).name,
        minutes=room.minutes,
        extra_minutes=extra,
        rules=Rules.from_json(exam.rules),
        closes_at=closing_time(room, extra),
        has_entered=entry is not None and entry.entered_at is not None,
    )


def list_classes(session: Session, *, organisation_id: int) -> Sequence[tuple[int, str]]:
    """(id, "code, name") of an organisation's classes."""
    rows = session.execute(
        select(TeachingClass.id, TeachingClass.code, TeachingClass.name)
        .where(TeachingClass.organisation_id == organisation_id)
        .order_by(TeachingClass.code)
    ).all()
    return [(class_id, f"{code}, {name}" if name else code) for class_id, code, name in rows]


def list_own_rooms(session: Session, *, student_id: int) -> Sequence[tuple[int, str]]:
    """(id, title) of the open rooms a student has entered."""
    rows = session.execute(
        select(Room.id, Room.title)
        .join(RoomEntry, RoomEntry.room_id == Room.id)
        .where(
            RoomEntry.student_id == student_id,
            RoomEntry.entered_at.is_not(None),
            Room.closed_at.is_(None),
        )
        .order_by(Room.id.desc())
    ).all()
    return [(room_id, title) for room_id, title in rows]
