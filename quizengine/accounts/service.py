"""Use cases of accounts: signing in and out, making and changing accounts."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.orm import Session

from quizengine.accounts.passwords import check_new_password, hash_password, password_matches
from quizengine.accounts.tables import (
    Account,
    ClassMember,
    Membership,
    Organisation,
    SignInSession,
    TeachingClass,
)
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.permissions import Permission, Role, permissions_of

_USERNAME = re.compile(r"[a-z0-9._-]{3,64}")


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


def _hash_token(token: str) -> str:
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


def find_signed_in(session: Session, *, token: str, now: datetime) -> SignedIn | None:
    """The account of a session that still holds."""
    rows = session.execute(_SESSION_QUERY, {"token_hash": _hash_token(token), "now": now}).all()
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
            token_hash=_hash_token(token),
            account_id=account_id,
            created_at=now,
            expires_at=now + timedelta(hours=hours),
        )
    )
    return token


def end_session(session: Session, *, token: str) -> None:
    """Sign out: the cookie is worthless from now on."""
    session.execute(delete(SignInSession).where(SignInSession.token_hash == _hash_token(token)))


def end_all_sessions(session: Session, *, account_id: int, but: str | None = None) -> None:
    """Sign an account out everywhere, `but` (a token) perhaps excepted."""
    query = delete(SignInSession).where(SignInSession.account_id == account_id)
    if but is not None:
        query = query.where(SignInSession.token_hash != _hash_token(but))
    session.execute(query)


def create_organisation(
    session: Session, *, kind: str, name_en: str, name_zh: str, now: datetime
) -> int:
    """A school or a hospital; returns its id."""
    organisation = Organisation(kind=kind, name_en=name_en, name_zh=name_zh, created_at=now)
    session.add(organisation)
    session.flush()
    return organisation.id


def create_account(
    session: Session,
    *,
    organisation_id: int,
    username: str,
    display_name: str,
    password: str,
    roles: Iterable[Role | str],
    language: str = "en",
    now: datetime,
) -> int:
    """An account that can sign in; returns its id."""
    check_new_password(password, username)
    return create_account_with_hash(
        session,
        organisation_id=organisation_id,
        username=username,
        display_name=display_name,
        password_hash=hash_password(password),
        roles=roles,
        language=language,
        now=now,
    )


def create_account_with_hash(
    session: Session,
    *,
    organisation_id: int,
    username: str,
    display_name: str,
    password_hash: str,
    roles: Iterable[Role | str],
    language: str = "en",
    now: datetime,
) -> int:
    """An account whose password was hashed before, perhaps outside the transaction."""
    username = username.strip().lower()
    if not _USERNAME.fullmatch(username):
        raise InvalidInput("username-wrong")
    if session.scalar(select(Account.id).where(Account.username == username)) is not None:
        raise Conflict("username-taken", username=username)
    account = Account(
        organisation_id=organisation_id,
        username=username,
        display_name=display_name.strip() or username,
        password_hash=password_hash,
        language=language,
        created_at=now,
    )
    session.add(account)
    session.flush()
    for role in roles:
        session.add(
            Membership(account_id=account.id, organisation_id=organisation_id, role=_role(role))
        )
    return account.id


def _role(role: Role | str) -> str:
    try:
        return Role(role).value
    except ValueError:
        raise InvalidInput("role-unknown", role=role) from None


def create_simulated_students(
    session: Session, *, organisation_id: int, n_students: int, now: datetime
) -> list[int]:
    """Accounts of simulated students: nobody can sign in as them, and every list says so."""
    batch = secrets.token_hex(4)
    accounts = [
        Account(
            organisation_id=organisation_id,
            username=f"simulated-{batch}-{number:05d}",
            display_name=f"Simulated {number + 1}",
            password_hash="",
            simulated=True,
            created_at=now,
        )
        for number in range(n_students)
    ]
    session.add_all(accounts)
    session.flush()
    session.add_all(
        Membership(account_id=account.id, organisation_id=organisation_id, role=Role.STUDENT.value)
        for account in accounts
    )
    return [account.id for account in accounts]


def change_password(
    session: Session, *, account_id: int, present: str, new: str, token: str
) -> None:
    """Change one's own password; every other sign-in of the account ends."""
    account = _get_account(session, account_id)
    if not password_matches(account.password_hash, present):
        raise InvalidInput("wrong-password")
    check_new_password(new, account.username)
    account.password_hash = hash_password(new)
    end_all_sessions(session, account_id=account_id, but=token)


def set_password(session: Session, *, account_id: int, new: str) -> None:
    """Set somebody's password; all sign-ins of the account end."""
    account = _get_account(session, account_id)
    check_new_password(new, account.username)
    account.password_hash = hash_password(new)
    end_all_sessions(session, account_id=account_id)


def disable_account(session: Session, *, account_id: int, now: datetime) -> None:
    """Nobody signs in with it any more, and open sign-ins end at once."""
    _get_account(session, account_id).disabled_at = now
    end_all_sessions(session, account_id=account_id)


def set_language(session: Session, *, account_id: int, language: str) -> None:
    """Remember the language of an account."""
    _get_account(session, account_id).language = language


def _get_account(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account")
    return account


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
