"""Use cases of accounts: making and changing them, roles, organisations."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.accounts.passwords import check_new_password, hash_password, password_matches
from quizengine.accounts.service.sign_in import end_all_sessions
from quizengine.accounts.tables import Account, Membership, Organisation
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.permissions import Role

USERNAME = re.compile(r"[a-z0-9._-]{3,64}")


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
    if not USERNAME.fullmatch(username):
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
    account = get_account(session, account_id)
    if not password_matches(account.password_hash, present):
        raise InvalidInput("wrong-password")
    check_new_password(new, account.username)
    account.password_hash = hash_password(new)
    end_all_sessions(session, account_id=account_id, but=token)


def set_password(session: Session, *, account_id: int, new: str) -> None:
    """Set somebody's password; all sign-ins of the account end."""
    account = get_account(session, account_id)
    check_new_password(new, account.username)
    account.password_hash = hash_password(new)
    end_all_sessions(session, account_id=account_id)


def disable_account(session: Session, *, account_id: int, now: datetime) -> None:
    """Nobody signs in with it any more, and open sign-ins end at once."""
    get_account(session, account_id).disabled_at = now
    end_all_sessions(session, account_id=account_id)


def set_language(session: Session, *, account_id: int, language: str) -> None:
    """Remember the language of an account."""
    get_account(session, account_id).language = language


def get_account(session: Session, account_id: int) -> Account:
    """An account of any organisation, or `NotFound("account")`."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account")
    return account
