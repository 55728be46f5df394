"""Use cases of classes: who teaches them and who is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from quizengine.accounts.service.directory import state_of
from quizengine.accounts.service.links import NewLink, issue_link
from quizengine.accounts.tables import Account, ClassMember, Membership, TeachingClass
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.permissions import Role


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class in the list of its instructor."""

    id: int
    code: str
    name: str
    n_students: int
    n_waiting: int  # of them without a password yet
    n_simulated: int


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a class."""

    account_id: int
    username: str
    display_name: str
    role: Role
    state: str  # of service.directory.STATES


@dataclass(frozen=True, slots=True)
class WelcomeLink:
    """A student's link for a first password; shown once."""

    username: str
    display_name: str
    link: NewLink


def create_class(
    session: Session, *, organisation_id: int, code: str, name: str, now: datetime
) -> int:
    """A teaching class; returns its id.

    Raises
    ------
    Conflict
        "class-code-taken".
    """
    taken = select(TeachingClass.id).where(
        TeachingClass.organisation_id == organisation_id, TeachingClass.code == code
    )
    if session.scalar(taken) is not None:
        raise Conflict("class-code-taken", code=code)
    teaching_class = TeachingClass(
        organisation_id=organisation_id, code=code, name=name, created_at=now
    )
    session.add(teaching_class)
    session.flush()
    return teaching_class.id


def add_to_class(session: Session, *, class_id: int, account_id: int, role: Role) -> None:
    """Put a student or an instructor into a class; doing it twice changes nothing."""
    if session.get(ClassMember, (class_id, account_id)) is None:
        session.add(ClassMember(class_id=class_id, account_id=account_id, role=role.value))


def list_classes(session: Session, *, instructor_id: int) -> Sequence[ClassLine]:
    """The classes an account teaches, by code."""
    student, me = aliased(ClassMember), aliased(ClassMember)
    is_waiting = and_(
        Account.password_hash == "", Account.simulated.is_(False), Account.disabled_at.is_(None)
    )
    rows = session.execute(
        select(
            TeachingClass.id,
            TeachingClass.code,
            TeachingClass.name,
            func.count(Account.id),
            func.count(Account.id).filter(is_waiting),
            func.count(Account.id).filter(Account.simulated.is_(True)),
        )
        .join(me, me.class_id == TeachingClass.id)
        .outerjoin(
            student,
            and_(student.class_id == TeachingClass.id, student.role == Role.STUDENT.value),
        )
        .outerjoin(Account, Account.id == student.account_id)
        .where(me.account_id == instructor_id, me.role == Role.INSTRUCTOR.value)
        .group_by(TeachingClass.id)
        .order_by(TeachingClass.code)
    ).all()
    return [ClassLine(*row) for row in rows]


def get_class(
    session: Session, class_id: int, *, instructor_id: int, organisation_id: int
) -> TeachingClass:
    """A class of this instructor, or `NotFound("class")`."""
    found = session.get(TeachingClass, class_id)
    member = session.get(ClassMember, (class_id, instructor_id))
    if (
        found is None
        or found.organisation_id != organisation_id
        or member is None
        or member.role != Role.INSTRUCTOR.value
    ):
        raise NotFound("class")
    return found


def list_members(session: Session, class_id: int) -> Sequence[Member]:
    """Everybody in a class: instructors first, then students by user name."""
    rows = session.execute(
        select(Account, ClassMember.role)
        .join(ClassMember, ClassMember.account_id == Account.id)
        .where(ClassMember.class_id == class_id)
        .order_by(ClassMember.role, Account.username)
    ).all()
    return [Member(a.id, a.username, a.display_name, Role(role), state_of(a)) for a, role in rows]


def enrol(session: Session, *, found: TeachingClass, username: str, role: Role) -> bool:
    """Put somebody of the same organisation into a class by user name.

    Returns
    -------
    False when the person was in the class already.

    Raises
    ------
    InvalidInput
        "nobody-here", "not-a-student", "not-an-instructor".
    Conflict
        "member-in-other-role".
    """
    username = username.strip().lower()
    account_id = session.scalar(
        select(Account.id).where(
            Account.username == username,
            Account.organisation_id == found.organisation_id,
            Account.disabled_at.is_(None),
        )
    )
    if account_id is None:
        raise InvalidInput("nobody-here", username=username)
    if session.get(Membership, (account_id, found.organisation_id, role.value)) is None:
        code = "not-a-student" if role is Role.STUDENT else "not-an-instructor"
        raise InvalidInput(code, username=username)
    present = session.get(ClassMember, (found.id, account_id))
    if present is not None and present.role != role.value:
        raise Conflict("member-in-other-role", username=username)
    add_to_class(session, class_id=found.id, account_id=account_id, role=role)
    return present is None


def remove_member(session: Session, *, class_id: int, account_id: int) -> None:
    """Take somebody out of a class; the account and its results stay.

    Raises
    ------
    NotFound
        "member".
    Conflict
        "class-last-instructor".
    """
    # the class first: two instructors who remove each other do so in turn
    session.get_one(TeachingClass, class_id, with_for_update=True)
    member = session.get(ClassMember, (class_id, account_id), populate_existing=True)
    if member is None:
        raise NotFound("member")
    if member.role == Role.INSTRUCTOR.value:
        teaching = session.scalar(
            select(func.count())
            .select_from(ClassMember)
            .where(ClassMember.class_id == class_id, ClassMember.role == Role.INSTRUCTOR.value)
        )
        if teaching == 1:
            raise Conflict("class-last-instructor")
    session.delete(member)


def issue_welcome_links(
    session: Session, *, found: TeachingClass, issued_by: int, now: datetime
) -> Sequence[WelcomeLink]:
    """Links for the students of a class who have no password yet; earlier links stop working.

    Only for accounts of this organisation that are students and nothing else: a link opens the
    account, and an instructor must not open an administrator's by putting it into a class.

    Raises
    ------
    Conflict
        "nobody-waits".
    """
    more = aliased(Membership)
    rows = session.scalars(
        select(Account)
        .join(ClassMember, ClassMember.account_id == Account.id)
        .where(
            ClassMember.class_id == found.id,
            ClassMember.role == Role.STUDENT.value,
            Account.organisation_id == found.organisation_id,
            Account.password_hash == "",
            Account.simulated.is_(False),
            Account.disabled_at.is_(None),
            ~select(more)
            .where(more.account_id == Account.id, more.role != Role.STUDENT.value)
            .exists(),
        )
        .order_by(Account.username)
    ).all()
    if not rows:
        raise Conflict("nobody-waits")
    return [
        WelcomeLink(
            account.username,
            account.display_name,
            issue_link(
                session, account_id=account.id, kind="welcome", created_by=issued_by, now=now
            ),
        )
        for account in rows
    ]
