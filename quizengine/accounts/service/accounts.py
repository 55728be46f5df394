"""Use cases of accounts: making, inviting, changing, resetting and disabling them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quizengine import audit
from quizengine.accounts.passwords import check_new_password, hash_password, password_matches
from quizengine.accounts.service.links import NewLink, issue_link
from quizengine.accounts.service.organisations import get_organisation
from quizengine.accounts.service.sign_in import end_all_sessions
from quizengine.accounts.tables import Account, Membership
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.permissions import Role

USERNAME = re.compile(r"[a-z0-9._-]{3,64}")


def create_account(
    session: Session,
    *,
    organisation_id: int,
    username: str,
    display_name: str,
    password: str,
    roles: Iterable[Role | str],
    language: str = "",
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
    language: str = "",
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


def disable_account(
    session: Session, *, account_id: int, now: datetime, by: int | None = None
) -> None:
    """Nobody signs in with it any more, and open sign-ins end at once.

    Raises
    ------
    Conflict
        "last-administrator".
    """
    _keep_an_administrator(session, account_id)
    account = get_account(session, account_id)
    account.disabled_at = now
    end_all_sessions(session, account_id=account_id)
    _log(session, account, "account-disabled", by, now)


def set_language(session: Session, *, account_id: int, language: str) -> None:
    """Remember the language of an account."""
    get_account(session, account_id).language = language


def get_account(session: Session, account_id: int) -> Account:
    """An account of any organisation, or `NotFound("account")`."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account")
    return account


def enable_account(session: Session, *, account_id: int, now: datetime, by: int) -> None:
    """An account that was disabled may sign in again, with the password it had."""
    account = get_account(session, account_id)
    account.disabled_at = None
    _log(session, account, "account-enabled", by, now)


def _log(
    session: Session,
    account: Account,
    action: str,
    by: int | None,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Who may do what is decided about a person: it stands in the audit log."""
    audit.record(
        session,
        action=action,
        subject="account",
        subject_id=account.id,
        now=now,
        organisation_id=account.organisation_id,
        account_id=by,
        person_id=account.id,
        before=before,
        after=after,
    )


def invite_account(
    session: Session,
    *,
    organisation_id: int,
    username: str,
    display_name: str,
    roles: Iterable[Role | str],
    language: str,
    invited_by: int,
    now: datetime,
) -> NewLink:
    """An account without a password, and the link with which its owner sets one."""
    roles = list(roles)
    get_organisation(session, organisation_id)
    if not roles:
        raise InvalidInput("role-missing")
    account_id = create_account_with_hash(
        session,
        organisation_id=organisation_id,
        username=username,
        display_name=display_name,
        password_hash="",
        roles=roles,
        language=language,
        now=now,
    )
    _log(
        session,
        get_account(session, account_id),
        "account-invited",
        invited_by,
        now,
        after={"roles": sorted({_role(role) for role in roles})},
    )
    return issue_link(
        session, account_id=account_id, kind="welcome", created_by=invited_by, now=now
    )


def reset_account(session: Session, *, account_id: int, reset_by: int, now: datetime) -> NewLink:
    """Make the password worthless, end every sign-in, and give a link for a new password.

    An account that never had a password gets a new welcome link instead.

    Raises
    ------
    Conflict
        "account-own", "account-simulated", "account-disabled", "last-administrator".
    """
    account = get_person(session, account_id)
    if account_id == reset_by:
        raise Conflict("account-own")
    if account.disabled_at is not None:
        raise Conflict("account-disabled")
    _keep_an_administrator(session, account_id)
    kind = "reset" if account.password_hash else "welcome"
    account.password_hash = ""
    end_all_sessions(session, account_id=account_id)
    _log(session, account, f"account-{kind}-link", reset_by, now)
    return issue_link(session, account_id=account_id, kind=kind, created_by=reset_by, now=now)


def change_account(
    session: Session,
    *,
    account_id: int,
    display_name: str,
    roles: Iterable[Role | str],
    changed_by: int,
    now: datetime,
) -> None:
    """Another name to show, and exactly these roles; they hold from the next request on.

    Raises
    ------
    InvalidInput
        "role-missing", "role-unknown".
    Conflict
        "account-simulated", "last-administrator".
    """
    account = get_person(session, account_id)
    wanted = {_role(role) for role in roles}
    if not wanted:
        raise InvalidInput("role-missing")
    if Role.ADMINISTRATOR.value not in wanted:
        _keep_an_administrator(session, account_id)
    account.display_name = display_name.strip() or account.username
    of_account = (
        Membership.account_id == account_id,
        Membership.organisation_id == account.organisation_id,
    )
    present = set(session.scalars(select(Membership.role).where(*of_account)))
    session.execute(delete(Membership).where(*of_account, Membership.role.in_(present - wanted)))
    session.add_all(
        Membership(account_id=account_id, organisation_id=account.organisation_id, role=role)
        for role in wanted - present
    )
    if wanted != present:
        _log(
            session,
            account,
            "account-roles-changed",
            changed_by,
            now,
            before={"roles": sorted(present)},
            after={"roles": sorted(wanted)},
        )


def _keep_an_administrator(session: Session, account_id: int) -> None:
    """Refuse to lose the last administrator who can sign in.

    All of them are locked first: two administrators who remove each other do so in turn.
    """
    able = session.scalars(
        select(Account.id)
        .join(
            Membership,
            (Membership.account_id == Account.id)
            & (Membership.organisation_id == Account.organisation_id),
        )
        .where(
            Membership.role == Role.ADMINISTRATOR.value,
            Account.disabled_at.is_(None),
            Account.password_hash != "",
        )
        .order_by(Account.id)
        .with_for_update()
    ).all()
    if list(able) == [account_id]:
        raise Conflict("last-administrator")


def get_person(session: Session, account_id: int) -> Account:
    """The locked row of an account that is no simulated student."""
    account = session.get(Account, account_id, with_for_update=True)
    if account is None:
        raise NotFound("account")
    if account.simulated:
        raise Conflict("account-simulated")
    return account
