"""Use cases of organisations: the schools and hospitals of an installation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Account, Organisation
from quizengine.errors import InvalidInput, NotFound

KINDS = ("school", "hospital")


@dataclass(frozen=True, slots=True)
class OrganisationLine:
    """An organisation in the administrator's list."""

    id: int
    kind: str
    name_en: str
    name_zh: str
    n_people: int  # without simulated students
    n_simulated: int


def create_organisation(
    session: Session, *, kind: str, name_en: str, name_zh: str, now: datetime
) -> int:
    """A school or a hospital; returns its id."""
    if kind not in KINDS:
        raise InvalidInput("organisation-kind")
    organisation = Organisation(kind=kind, name_en=name_en, name_zh=name_zh, created_at=now)
    session.add(organisation)
    session.flush()
    return organisation.id


def list_organisations(session: Session) -> Sequence[OrganisationLine]:
    """All organisations, with the number of their accounts."""
    counts: dict[tuple[int, bool], int] = {
        (row.organisation_id, bool(row.simulated)): row.n
        for row in session.execute(
            select(Account.organisation_id, Account.simulated, func.count().label("n")).group_by(
                Account.organisation_id, Account.simulated
            )
        )
    }
    return [
        OrganisationLine(
            o.id, o.kind, o.name_en, o.name_zh, counts.get((o.id, False), 0),
            counts.get((o.id, True), 0),
        )
        for o in session.scalars(select(Organisation).order_by(Organisation.id))
    ]  # fmt: skip


def get_organisation(session: Session, organisation_id: int) -> Organisation:
    """An organisation, or `NotFound("organisation")`."""
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound("organisation")
    return organisation


def rename_organisation(
    session: Session, *, organisation_id: int, name_en: str, name_zh: str
) -> None:
    """Another name in both languages."""
    organisation = get_organisation(session, organisation_id)
    organisation.name_en, organisation.name_zh = name_en, name_zh
