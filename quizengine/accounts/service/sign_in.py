"""Signing in and out: sessions that can be ended, and whom a session belongs to."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection, Table, bindparam, delete, select
from sqlalchemy.orm import Session

from quizengine.accounts.passwords import password_matches
from quizengine.accounts.tables import Account, Membership, SignInSession
from quizengine.errors import InvalidInput
from quizengine.permissions import Permission, Role, permissions_of


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account behind a request, as the pages and the permission checks see it."""

    id: int
    organisation_id: int
    username: str
    display_name: str
    language: str
    roles: frozenset[Role]
    token: str = field(repr=False)

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the session's token, never the account's id."""
        return self.token

    @property
    def permissions(self) -> frozenset[Permission]:
        return permissions_of(self.roles)


def hash_token(token: str) -> str:
    """What is stored of a token: whoever reads the table cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


# Every request asks this: tables instead of classes, and built once, halves its cost.
_account, _member, _sign_in = (
    cast(Table, each.__table__) for each in (Account, Membership, SignInSession)
)
_SESSION_QUERY = (
    select(
        _account.c.id,
        _account.c.organisation_id,
        _account.c.username,
        _account.c.display_name,
        _account.c.language,
        _member.c.role,
    )
    .join(_sign_in, _sign_in.c.account_id == _account.c.id)
    .outerjoin(
        _member,
        (_member.c.account_id == _account.c.id)
        & (_member.c.organisation_id == _account.c.organisation_id),
    )
    .where(
        _account.c.disabled_at.is_(None),
        _sign_in.c.token_hash == bindparam("token_hash"),
        _sign_in.c.expires_at > bindparam("now"),
    )
)


def find_signed_in(session: Session | Connection, *, token: str, now: datetime) -> SignedIn | None:
    """The account of a session that still holds."""
    rows = session.execute(_SESSION_QUERY, {"token_hash": hash_token(token), "now": now}).all()
    if not rows:
        return None
    first = rows[0]
    roles = frozenset(Role(row.role) for row in rows if row.role)
    return SignedIn(
        first.id,
        first.organisation_id,
        first.username,
        first.display_name,
        first.language,
        roles,
        token,
    )


def find_password_hash(session: Session, *, username: str) -> tuple[int, str] | None:
    """Account id and stored hash of somebody who may sign in; read before the slow comparison."""
    row = session.execute(
        select(Account.id, Account.password_hash).where(
            Account.username == username.strip().lower(),
            Account.disabled_at.is_(None),
            Account.password_hash != "",
        )
    ).first()
    return None if row is None else (row.id, row.password_hash)


def check_credentials(known: tuple[int, str] | None, password: str) -> int:
    """The account's id, or `InvalidInput("wrong-credentials")`: the same for both mistakes."""
    stored = known[1] if known else None
    if not password_matches(stored, password[:256]) or known is None:
        raise InvalidInput("wrong-credentials")
    return known[0]


def start_session(session: Session, *, account_id: int, hours: int, now: datetime) -> str:
    """A new sign-in; returns the token for the browser. Old expired ones are swept."""
    session.execute(delete(SignInSession).where(SignInSession.expires_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(
        SignInSession(
            token_hash=hash_token(token),
            account_id=account_id,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    return token


def end_session(session: Session, *, token: str) -> None:
    """Sign out: the cookie is worthless from now on."""
    session.execute(delete(SignInSession).where(SignInSession.token_hash == hash_token(token)))


def end_all_sessions(session: Session, *, account_id: int, but: str | None = None) -> None:
    """Sign an account out everywhere, `but` (a token) perhaps excepted."""
    query = delete(SignInSession).where(SignInSession.account_id == account_id)
    if but is not None:
        query = query.where(SignInSession.token_hash != hash_token(but))
    session.execute(query)
