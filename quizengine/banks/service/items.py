"""Items to look at: the list of a bank's items, and one item with its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Account
from quizengine.banks.service.browse import BankState, newest_version
from quizengine.banks.service.store import StoredItem, get_item
from quizengine.banks.tables import Item, ItemVersion, Parameter, ParameterSet, Publication

PAGE_SIZE = 50
MAX_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of items is narrowed to; empty means everything in use."""

    competency: str = ""
    level: str = ""
    text: str = ""
    state: str = ""  # "provisional", "calibrated", "changed", "retired"


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in a list, in its newest version."""

    id: int
    code: str
    stem: dict[str, str]
    competency: str
    level: str
    n_options: int
    number: int
    retired: bool
    changed: bool  # the newest version is not the published one
    parameter: Parameter | None  # in force for this version


@dataclass(frozen=True, slots=True)
class ItemList:
    """One page of a list."""

    lines: tuple[ItemLine, ...]
    total: int
    page: int
    n_pages: int

    @property
    def first(self) -> int:
        """Place of the first line in the whole list, from 1."""
        return (self.page - 1) * PAGE_SIZE + 1


def list_items(session: Session, state: BankState, filters: Filters, page: int) -> ItemList:
    """The items of a bank that match, in the blueprint's order; two statements."""
    parameter_set = state.force.parameter_set_id if state.force else 0
    # The set in force has a row for exactly the versions that are published.
    in_force = and_(
        Parameter.item_version_id == ItemVersion.id, Parameter.parameter_set_id == parameter_set
    )
    conditions = [Item.bank_id == state.id, *_conditions(filters)]
    total = session.scalar(
        select(func.count())
        .select_from(Item)
        .join(ItemVersion, newest_version())
        .outerjoin(Parameter, in_force)
        .where(*conditions)
    )
    n_pages = max(1, -(-int(total or 0) // PAGE_SIZE))
    page = min(max(1, page), n_pages)
    order = {area.code: place for place, area in enumerate(state.coverage)}
    rows = session.execute(
        select(Item, ItemVersion, Parameter)
        .join(ItemVersion, newest_version())
        .outerjoin(Parameter, in_force)
        .where(*conditions)
        .order_by(case(order, value=ItemVersion.competency, else_=len(order)), Item.code)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    lines = tuple(_line(item, version, parameter) for item, version, parameter in rows)
    return ItemList(lines, int(total or 0), page, n_pages)


def _line(item: Item, version: ItemVersion, parameter: Parameter | None) -> ItemLine:
    return ItemLine(
        id=item.id,
        code=item.code,
        stem=version.content["stem"],
        competency=version.competency,
        level=version.cognitive_level,
        n_options=len(version.content["options"]),
        number=version.number,
        retired=item.retired_at is not None,
        changed=parameter is None,
        parameter=parameter,
    )


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.competency:
        found.append(ItemVersion.competency == filters.competency)
    if filters.level:
        found.append(ItemVersion.cognitive_level == filters.level)
    if filters.text:
        texts = [
            Item.code,
            ItemVersion.content["stem"]["en"].as_string(),
            ItemVersion.content["stem"]["zh"].as_string(),
        ]
        wanted = filters.text.lower()
        found.append(or_(*(func.lower(t).contains(wanted, autoescape=True) for t in texts)))
    if filters.state == "retired":
        return [*found, Item.retired_at.is_not(None)]
    states: dict[str, ColumnElement[bool]] = {
        "provisional": Parameter.provisional.is_(True),
        "calibrated": Parameter.provisional.is_(False),
        "changed": Parameter.item_version_id.is_(None),
    }
    if filters.state in states:
        found.append(states[filters.state])
    return [*found, Item.retired_at.is_(None)]


# --- one item ---


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in an item's history."""

    number: int
    created_at: datetime
    by: str  # a name; empty for the installation


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
    session: Session, item_id: int, *, organisation_id: int, number: int | None = None
) -> ItemHistory:
    """An item in its newest version or the one asked for, or `NotFound("item")`."""
    stored = get_item(session, item_id, number=number, organisation_id=organisation_id)
    versions = session.execute(
        select(ItemVersion.number, ItemVersion.created_at, Account.display_name)
        .outerjoin(Account, Account.id == ItemVersion.created_by)
        .where(ItemVersion.item_id == item_id)
        .order_by(ItemVersion.number.desc())
    )
    return ItemHistory(
        stored=stored,
        versions=tuple(VersionLine(n, at, name or "") for n, at, name in versions),
        measured=_find_measured(session, stored),
        enemies=_list_enemies(session, stored),
    )


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
