"""Where each bank stands: what is published, what waits, how well the blueprint is covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from itembank.blueprint import Blueprint
from quizengine.accounts.tables import Account, Organisation
from quizengine.banks.service.store import blueprint_of, get_bank
from quizengine.banks.tables import (
    Bank,
    BankReviewer,
    BankRevision,
    Item,
    ItemVersion,
    ParameterSet,
    Publication,
    RevisionItem,
)

# An adaptive test asks about 2 to 4 questions of a competency; with fewer than this in the bank,
# everybody meets the same ones.
THIN_COMPETENCY = 8


@dataclass(frozen=True, slots=True)
class Force:
    """What is published now: a revision with its parameter set."""

    revision_id: int
    revision_number: int
    parameter_set_id: int
    kind: str  # "provisional" or "calibrated"
    model: str
    simulated: bool
    n_persons: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """What publishing would change; counts of items."""

    added: int
    changed: int
    retired: int

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)


@dataclass(frozen=True, slots=True)
class Coverage:
    """A competency of the blueprint and the items in use there."""

    code: str
    name: dict[str, str]
    weights: dict[str, float]  # profile -> percent
    n_items: int
    levels: dict[str, int]  # K, A, E -> items
    n_sub_topics: int
    empty_sub_topics: tuple[str, ...]

    @property
    def thin(self) -> bool:
        """Too few items for a test to adapt."""
        return self.n_items < THIN_COMPETENCY


@dataclass(frozen=True, slots=True)
class BankHead:
    """A bank without a look at its items: what every page about it needs."""

    id: int
    organisation_id: int
    code: str
    name: dict[str, str]
    blueprint: Blueprint
    force: Force | None


@dataclass(frozen=True, slots=True)
class BankState:
    """A bank, what is published of it, and what waits."""

    id: int
    organisation_id: int
    code: str
    name: dict[str, str]
    licence: str
    status_note: dict[str, str]
    shipped: bool
    n_items: int  # in use
    n_retired: int
    force: Force | None
    changes: Changes
    coverage: tuple[Coverage, ...]
    profiles: tuple[str, ...]


def list_banks(session: Session, *, organisation_id: int) -> list[BankState]:
    """The organisation's banks, each with where it stands; five statements however many."""
    banks = session.scalars(
        select(Bank).where(Bank.organisation_id == organisation_id).order_by(Bank.id)
    ).all()
    return _read_states(session, banks)


@dataclass(frozen=True, slots=True)
class SharedBank:
    """A bank of another organisation that one may read and comment on."""

    state: BankState
    owner: dict[str, str]


def list_shared_banks(session: Session, *, organisation_id: int) -> list[SharedBank]:
    """The banks that others share with the organisation for review."""
    rows = session.execute(
        select(Bank, Organisation)
        .join(BankReviewer, BankReviewer.bank_id == Bank.id)
        .join(Organisation, Organisation.id == Bank.organisation_id)
        .where(BankReviewer.organisation_id == organisation_id)
        .order_by(Bank.id)
    ).all()
    states = _read_states(session, [bank for bank, _ in rows])
    return [
        SharedBank(state, {"en": owner.name_en, "zh": owner.name_zh})
        for state, (_, owner) in zip(states, rows, strict=True)
    ]


def get_state(
    session: Session, bank_id: int, *, organisation_id: int, as_reviewer: bool = False
) -> BankState:
    """One bank, or `NotFound("bank")`."""
    bank = get_bank(session, bank_id, organisation_id=organisation_id, as_reviewer=as_reviewer)
    return _read_states(session, [bank])[0]


def get_head(
    session: Session, bank_id: int, *, organisation_id: int, as_reviewer: bool = False
) -> BankHead:
    """One bank, or `NotFound("bank")`; two statements however many items it has."""
    bank = get_bank(session, bank_id, organisation_id=organisation_id, as_reviewer=as_reviewer)
    return BankHead(
        id=bank.id,
        organisation_id=bank.organisation_id,
        code=bank.code,
        name=bank.name,
        blueprint=blueprint_of(bank),
        force=_read_forces(session, [bank.id]).get(bank.id),
    )


def _read_states(session: Session, banks: Sequence[Bank]) -> list[BankState]:
    ids = [bank.id for bank in banks]
    forces = _read_forces(session, ids)
    rows = session.execute(
        select(
            Item.bank_id,
            Item.id.label("item_id"),
            Item.retired_at,
            ItemVersion.id.label("version_id"),
            ItemVersion.competency,
            ItemVersion.sub_topic,
            ItemVersion.cognitive_level,
        )
        .join(ItemVersion, newest_version())
        .where(Item.bank_id.in_(ids))
    ).all()
    published = session.execute(
        select(RevisionItem.revision_id, ItemVersion.item_id, ItemVersion.id)
        .join(ItemVersion, ItemVersion.id == RevisionItem.item_version_id)
        .where(RevisionItem.revision_id.in_([force.revision_id for force in forces.values()]))
    ).all()
    states = []
    for bank in banks:
        force = forces.get(bank.id)
        own = [row for row in rows if row.bank_id == bank.id]
        used = [row for row in own if row.retired_at is None]
        before = {item: version for revision, item, version in published
                  if force is not None and revision == force.revision_id}  # fmt: skip
        blueprint = blueprint_of(bank)
        states.append(
            BankState(
                id=bank.id,
                organisation_id=bank.organisation_id,
                code=bank.code,
                name=bank.name,
                licence=bank.licence,
                status_note=bank.status_note,
                shipped=bank.shipped,
                n_items=len(used),
                n_retired=len(own) - len(used),
                force=force,
                changes=_compare({row.item_id: row.version_id for row in used}, before),
                coverage=_cover(blueprint, used),
                profiles=tuple(profile.code for profile in blueprint.profiles),
            )
        )
    return states


def newest_version() -> ColumnElement[bool]:
    """Joins an item to its newest version."""
    return and_(ItemVersion.item_id == Item.id, ItemVersion.number == Item.latest_number)


def _compare(now: Mapping[int, int], before: Mapping[int, int]) -> Changes:
    """Both map items to versions."""
    return Changes(
        added=sum(item not in before for item in now),
        changed=sum(before.get(item, version) != version for item, version in now.items()),
        retired=sum(item not in now for item in before),
    )


def _cover(blueprint: Blueprint, used: Iterable[Any]) -> tuple[Coverage, ...]:
    used = list(used)
    covered = []
    for area in blueprint.competencies:
        own = [row for row in used if row.competency == area.code]
        topics = {row.sub_topic for row in own}
        covered.append(
            Coverage(
                code=area.code,
                name={"en": area.name.get("en"), "zh": area.name.get("zh")},
                weights={p.code: p.weights.get(area.code, 0.0) for p in blueprint.profiles},
                n_items=len(own),
                levels=dict(Counter(row.cognitive_level for row in own)),
                n_sub_topics=len(area.sub_topics),
                empty_sub_topics=tuple(t.code for t in area.sub_topics if t.code not in topics),
            )
        )
    return tuple(covered)


def _read_forces(session: Session, bank_ids: Sequence[int]) -> dict[int, Force]:
    newest = (
        select(func.max(Publication.id))
        .where(Publication.bank_id.in_(bank_ids))
        .group_by(Publication.bank_id)
    )
    return {
        publication.bank_id: _force(publication, number, parameters)
        for publication, number, parameters in session.execute(
            _publications().where(Publication.id.in_(newest))
        )
    }


def _publications() -> Select[Publication, int, ParameterSet]:
    return (
        select(Publication, BankRevision.number, ParameterSet)
        .join(BankRevision, BankRevision.id == Publication.revision_id)
        .join(ParameterSet, ParameterSet.id == Publication.parameter_set_id)
    )


def _force(publication: Publication, number: int, parameters: ParameterSet) -> Force:
    return Force(
        revision_id=publication.revision_id,
        revision_number=number,
        parameter_set_id=parameters.id,
        kind=parameters.kind,
        model=parameters.model,
        simulated=parameters.simulated,
        n_persons=parameters.n_persons,
        published_at=publication.published_at,
    )


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """A line of a bank's history."""

    force: Force
    by: str  # a name; empty for the installation
    n_items: int


def list_publications(session: Session, bank_id: int) -> list[PublicationRow]:
    """Every publication of a bank, the newest first."""
    counts = (
        select(RevisionItem.revision_id, func.count().label("n"))
        .join(BankRevision, BankRevision.id == RevisionItem.revision_id)
        .where(BankRevision.bank_id == bank_id)
        .group_by(RevisionItem.revision_id)
        .subquery()
    )
    rows = session.execute(
        _publications()
        .add_columns(Account.display_name, counts.c.n)
        .join(counts, counts.c.revision_id == Publication.revision_id)
        .outerjoin(Account, Account.id == Publication.published_by)
        .where(Publication.bank_id == bank_id)
        .order_by(Publication.id.desc())
    )
    return [
        PublicationRow(_force(publication, number, parameters), name or "", n)
        for publication, number, parameters, name, n in rows
    ]
