"""One item with all that is known about it: versions, parameters, items kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itembank.item import Item as ItemContent
from itembank.item import item_from_native
from quizengine import audit
from quizengine.accounts.tables import Account
from quizengine.banks.service.browse import newest_version
from quizengine.banks.service.difference import FieldChange, compare_items
from quizengine.banks.service.store import StoredItem, get_item, revise_item
from quizengine.banks.tables import Item, ItemVersion, Parameter, ParameterSet, Publication


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in an item's history."""

    number: int
    created_at: datetime
    by: str  # a name; empty for the installation
    origin: str  # how it came about: "" written or imported, "bulk", "restored" ...


@dataclass(frozen=True, slots=True)
class Measured:
    """Parameters of an item version and the set they come from."""

    parameter: Parameter
    parameter_set: ParameterSet
    in_force: bool


@dataclass(frozen=True, slots=True)
class Enemy:
    """An item that never meets another in one sitting."""

    id: int
    code: str
    stem: dict[str, str]


@dataclass(frozen=True, slots=True)
class ItemHistory:
    """An item version with what is known about it."""

    stored: StoredItem
    versions: tuple[VersionLine, ...]  # newest first
    measured: Measured | None
    enemies: tuple[Enemy, ...]


def get_history(
    session: Session,
    item_id: int,
    *,
    organisation_id: int,
    number: int | None = None,
    as_reviewer: bool = False,
) -> ItemHistory:
    """An item in its newest version or the one asked for, or `NotFound("item")`."""
    stored = get_item(
        session,
        item_id,
        number=number,
        organisation_id=organisation_id,
        as_reviewer=as_reviewer,
    )
    return ItemHistory(
        stored=stored,
        versions=_list_versions(session, item_id),
        measured=_find_measured(session, stored),
        enemies=_list_enemies(session, stored),
    )


def _list_versions(session: Session, item_id: int) -> tuple[VersionLine, ...]:
    rows = session.execute(
        select(
            ItemVersion.number,
            ItemVersion.created_at,
            Account.display_name,
            ItemVersion.origin,
        )
        .outerjoin(Account, Account.id == ItemVersion.created_by)
        .where(ItemVersion.item_id == item_id)
        .order_by(ItemVersion.number.desc())
    )
    return tuple(VersionLine(n, at, name or "", origin) for n, at, name, origin in rows)


@dataclass(frozen=True, slots=True)
class Step:
    """A version with what it changed in the one before it."""

    line: VersionLine
    changes: tuple[FieldChange, ...]  # empty for the first version


@dataclass(frozen=True, slots=True)
class Timeline:
    """All versions of an item, the newest first, and two of them side by side."""

    newest: StoredItem
    steps: tuple[Step, ...]
    old: StoredItem | None  # None while there is one version
    new: StoredItem
    changes: tuple[FieldChange, ...]


MAX_STEPS = 30  # versions whose own changes are listed: comparing every word takes its time


def get_timeline(
    session: Session,
    item_id: int,
    *,
    organisation_id: int,
    old: int | None = None,
    new: int | None = None,
) -> Timeline:
    """The versions of an item; two compared: those asked for, else the last two.

    Raises
    ------
    NotFound
        "item": there is none, it is another organisation's, or it has no such version.
    """
    newest = get_item(session, item_id, organisation_id=organisation_id, as_reviewer=True)
    right = get_item(session, item_id, number=new) if new else newest
    before = old if old is not None else right.number - 1
    left = get_item(session, item_id, number=before) if before > 0 else None
    if left is not None and left.number > right.number:
        left, right = right, left
    lines = _list_versions(session, item_id)
    rows = session.execute(
        select(ItemVersion.number, ItemVersion.content).where(
            ItemVersion.item_id == item_id, ItemVersion.number >= lines[0].number - MAX_STEPS
        )
    )
    contents = {number: item_from_native(content) for number, content in rows}
    return Timeline(
        newest=newest,
        steps=tuple(Step(line, _step(contents, line.number)) for line in lines),
        old=left,
        new=right,
        changes=tuple(compare_items(left.item, right.item)) if left else (),
    )


def _step(contents: Mapping[int, ItemContent], number: int) -> tuple[FieldChange, ...]:
    before, after = contents.get(number - 1), contents.get(number)
    return tuple(compare_items(before, after)) if before and after else ()


def restore_version(
    session: Session,
    *,
    item_id: int,
    organisation_id: int,
    number: int,
    based_on: int,
    account_id: int,
    now: datetime,
) -> int | None:
    """Store what an old version said as the newest; None where the newest says it already.

    Raises
    ------
    NotFound
        "item": there is none, it is another organisation's, or it has no such version.
    Conflict
        "item-changed-meanwhile".
    """
    present = get_item(session, item_id, organisation_id=organisation_id)
    former = get_item(session, item_id, number=number)
    if former.item == present.item and dict(former.assets) == dict(present.assets):
        return None
    stored = revise_item(
        session,
        item_id=item_id,
        item=former.item,
        assets=former.assets,
        based_on=based_on,
        account_id=account_id,
        now=now,
        origin="restored",
    )
    audit.record(
        session,
        action="item-version-restored",
        subject="item",
        subject_id=item_id,
        organisation_id=organisation_id,
        account_id=account_id,
        before={"version": present.number},
        after={"version": stored, "restored": number},
        now=now,
    )
    return stored


def _find_measured(session: Session, stored: StoredItem) -> Measured | None:
    """Parameters of the newest publication that held this version."""
    newest = session.scalar(
        select(func.max(Publication.id)).where(Publication.bank_id == stored.bank_id)
    )
    found = session.execute(
        select(Parameter, ParameterSet, Publication.id)
        .join(ParameterSet, ParameterSet.id == Parameter.parameter_set_id)
        .join(Publication, Publication.parameter_set_id == ParameterSet.id)
        .where(Parameter.item_version_id == stored.version_id)
        .order_by(Publication.id.desc())
        .limit(1)
    ).first()
    return None if found is None else Measured(found[0], found[1], found[2] == newest)


def _list_enemies(session: Session, stored: StoredItem) -> tuple[Enemy, ...]:
    sets = set(stored.item.enemies)
    if not sets:
        return ()
    rows = session.execute(
        select(Item.id, Item.code, ItemVersion.content["stem"], ItemVersion.content["enemies"])
        .join(ItemVersion, newest_version())
        .where(Item.bank_id == stored.bank_id, Item.retired_at.is_(None), Item.id != stored.item_id)
        .order_by(Item.code)
    )
    return tuple(Enemy(i, code, stem) for i, code, stem, own in rows if sets & set(own or ()))
