"""Organisations, accounts, roles, classes, sign-in sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quizengine.database import Base


class Organisation(Base):
    """A school or a hospital: the tenant that owns banks, classes and results."""

    __tablename__ = "organisation"
    __table_args__ = (CheckConstraint("kind in ('school', 'hospital')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name_en: Mapped[str]
    name_zh: Mapped[str]
    created_at: Mapped[datetime]


class Account(Base):
    """A person who can sign in, or a simulated student; nobody signs in as most of those."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    username: Mapped[str] = mapped_column(unique=True)  # stored in lower case
    display_name: Mapped[str]
    password_hash: Mapped[str]  # empty: nobody can sign in
    language: Mapped[str] = mapped_column(default="")  # empty: as the browser asks
    simulated: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class Membership(Base):
    """A role of an account in an organisation."""

    __tablename__ = "membership"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(primary_key=True)


class SignInSession(Base):
    """A sign-in that holds until it ends; the browser keeps the token, the table its hash."""

    __tablename__ = "sign_in_session"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class SignInAttempt(Base):
    """Tries to sign in under one key (an account's name, an address, a known browser).

    Kept in the database, so that a limit holds over all workers and hosts.
    """

    __tablename__ = "sign_in_attempt"

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int]


class OneTimeLink(Base):
    """A link with which a person sets a password once; the table keeps its hash."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[str]  # "welcome" or "reset"
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class TeachingClass(Base):
    """A class of students with its instructors."""

    __tablename__ = "teaching_class"
    __table_args__ = (UniqueConstraint("organisation_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]


class ClassMember(Base):
    """A student or an instructor of a class."""

    __tablename__ = "class_member"

    class_id: Mapped[int] = mapped_column(ForeignKey("teaching_class.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)
    role: Mapped[str]  # "student" or "instructor"


class RosterDelivery(Base):
    """A delivery of OneRoster: the classes with their people, before and after it was taken in."""

    __tablename__ = "roster_delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    filename: Mapped[str]
    content: Mapped[dict[str, Any]]  # service.deliveries: classes and findings
    created_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]


class RosterUpload(Base):
    """An uploaded list of students: what it would change, then what it changed."""

    __tablename__ = "roster_upload"

    id: Mapped[int] = mapped_column(primary_key=True)
    class_id: Mapped[int] = mapped_column(ForeignKey("teaching_class.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    filename: Mapped[str]
    lines: Mapped[list[Any]]  # service.rosters.RosterLine; after the commit with the outcome
    created_at: Mapped[datetime]
    committed_at: Mapped[datetime | None]
