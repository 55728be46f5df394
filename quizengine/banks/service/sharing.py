"""Sharing a bank for review: the organisations whose instructors and experts may read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine import audit
from quizengine.accounts.tables import Account, Organisation
from quizengine.banks.service.store import get_bank
from quizengine.banks.tables import BankReviewer
from quizengine.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True)
class Reviewer:
    """An organisation that a bank is shared with."""

    organisation_id: int
    name: Mapping[str, str]
    kind: str
    shared_at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organisation that a bank could be shared with."""

    organisation_id: int
    name: Mapping[str, str]
    kind: str


def list_reviewers(session: Session, bank_id: int) -> list[Reviewer]:
    """The organisations that may read and comment on a bank."""
    rows = session.execute(
        select(BankReviewer, Organisation, Account.display_name)
        .join(Organisation, Organisation.id == BankReviewer.organisation_id)
        .join(Account, Account.id == BankReviewer.shared_by)
        .where(BankReviewer.bank_id == bank_id)
        .order_by(Organisation.name_en)
    )
    return [
        Reviewer(place.id, _name(place), place.kind, row.shared_at, by) for row, place, by in rows
    ]


def list_candidates(session: Session, bank_id: int, *, organisation_id: int) -> list[Candidate]:
    """The organisations of the installation that a bank is not shared with; hospitals first."""
    taken = select(BankReviewer.organisation_id).where(BankReviewer.bank_id == bank_id)
    rows = session.scalars(
        select(Organisation)
        .where(Organisation.id != organisation_id, Organisation.id.not_in(taken))
        .order_by(Organisation.kind, Organisation.name_en)
    )
    return [Candidate(row.id, _name(row), row.kind) for row in rows]


def _name(row: Organisation) -> dict[str, str]:
    return {"en": row.name_en, "zh": row.name_zh}


def share_bank(
    session: Session,
    *,
    bank_id: int,
    organisation_id: int,
    with_id: int,
    account_id: int,
    now: datetime,
) -> None:
    """Let another organisation read a bank and comment on it. Twice is the same as once.

    Raises
    ------
    NotFound
        "bank", "organisation".
    InvalidInput
        "share-own": it is the organisation's own bank.
    """
    get_bank(session, bank_id, organisation_id=organisation_id)
    if with_id == organisation_id:
        raise InvalidInput("share-own")
    if session.get(Organisation, with_id) is None:
        raise NotFound("organisation")
    if session.get(BankReviewer, (bank_id, with_id)) is not None:
        return
    session.add(
        BankReviewer(bank_id=bank_id, organisation_id=with_id, shared_at=now, shared_by=account_id)
    )
    _log(session, "bank-shared", bank_id, organisation_id, with_id, account_id, now)


def end_share(
    session: Session,
    *,
    bank_id: int,
    organisation_id: int,
    with_id: int,
    account_id: int,
    now: datetime,
) -> None:
    """Take the access back; comments and reviews stay. Twice is the same as once.

    Raises
    ------
    NotFound
        "bank".
    """
    get_bank(session, bank_id, organisation_id=organisation_id)
    row = session.get(BankReviewer, (bank_id, with_id))
    if row is None:
        return
    session.delete(row)
    _log(session, "bank-share-ended", bank_id, organisation_id, with_id, account_id, now)


def _log(
    session: Session,
    action: str,
    bank_id: int,
    organisation_id: int,
    with_id: int,
    account_id: int,
    now: datetime,
) -> None:
    audit.record(
        session,
        action=action,
        subject="bank",
        subject_id=bank_id,
        organisation_id=organisation_id,
        account_id=account_id,
        after={"organisation": with_id},
        now=now,
    )
