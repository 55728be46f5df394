"""Use cases of classes: who teaches them and who is in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from quizengine.accounts.tables import ClassMember, TeachingClass
from quizengine.permissions import Role


def create_class(
    session: Session, *, organisation_id: int, code: str, name: str, now: datetime
) -> int:
    """A teaching class; returns its id."""
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
