"""Links with which a person sets a password once: the first one, or a new one after a reset."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quizengine.accounts.passwords import check_new_password
from quizengine.accounts.service.sign_in import end_all_sessions, hash_token
from quizengine.accounts.tables import Account, OneTimeLink
from quizengine.errors import NotFound

LIFETIMES = {"welcome": timedelta(days=7), "reset": timedelta(minutes=30)}


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made. Its token is shown once and stored nowhere."""

    account_id: int
    token: str
    kind: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """Whose link it is."""

    account_id: int
    username: str
    display_name: str
    kind: str
    expires_at: datetime


def issue_link(
    session: Session, *, account_id: int, kind: str, created_by: int | None, now: datetime
) -> NewLink:
    """A new link for an account; an earlier one stops working.

    Parameters
    ----------
    kind : a key of `LIFETIMES`.
    """
    session.execute(delete(OneTimeLink).where(OneTimeLink.account_id == account_id))
    token = secrets.token_urlsafe(32)
    link = OneTimeLink(
        token_hash=hash_token(token),
        account_id=account_id,
        kind=kind,
        created_by=created_by,
        created_at=now,
        expires_at=now + LIFETIMES[kind],
    )
    session.add(link)
    return NewLink(account_id, token, kind, link.expires_at)


def get_link_holder(session: Session, *, token: str, now: datetime) -> LinkHolder:
    """Whose link this is, or `NotFound("link")` when it was used, is over or never was."""
    row = session.execute(
        select(Account.id, Account.username, Account.display_name, OneTimeLink)
        .join(OneTimeLink, OneTimeLink.account_id == Account.id)
        .where(
            OneTimeLink.token_hash == hash_token(token),
            OneTimeLink.expires_at > now,
            Account.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        raise NotFound("link")
    link = row.OneTimeLink
    return LinkHolder(row.id, row.username, row.display_name, link.kind, link.expires_at)


def check_password_for(holder: LinkHolder, password: str) -> None:
    """Refuse a password that is easy to guess, before the slow hashing."""
    check_new_password(password, holder.username)


def use_link(session: Session, *, token: str, password_hash: str, now: datetime) -> int:
    """Set the password and spend the link; returns the account's id.

    Every sign-in of the account ends. Of two uses at once only one succeeds: the row can be
    deleted only once.

    Raises
    ------
    NotFound
        "link".
    """
    holder = get_link_holder(session, token=token, now=now)
    spent = session.execute(
        delete(OneTimeLink)
        .where(OneTimeLink.token_hash == hash_token(token))
        .returning(OneTimeLink.account_id)
    ).first()
    if spent is None:
        raise NotFound("link")
    session.get_one(Account, holder.account_id).password_hash = password_hash
    end_all_sessions(session, account_id=holder.account_id)
    return holder.account_id
