"""Changing many items at once: what would change, the change in one transaction, and back."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from itembank.blueprint import Blueprint
from itembank.item import Item, item_from_native
from quizengine import audit
from quizengine.banks.service.browse import BankHead, newest_version
from quizengine.banks.service.items import Filters, list_ids
from quizengine.banks.service.store import next_version
from quizengine.banks.tables import BulkEdit, ItemReview, ItemVersion
from quizengine.banks.tables import Item as ItemRow
from quizengine.errors import Conflict, InvalidInput

MAX_ITEMS = 10_000
CLEAR = "-"  # what a form sends to take a label away
FIELDS = (
    "competency", "sub_topic", "cognitive_level", "difficulty", "jurisdiction", "status", "posts",
    "enemies", "use",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Changes:
    """What is set on every chosen item; "" leaves a label as it is, "-" takes it away."""

    competency: str = ""
    sub_topic: str = ""
    cognitive_level: str = ""
    difficulty: str = ""
    jurisdiction: str = ""
    status: str = ""
    add_posts: tuple[str, ...] = ()
    remove_posts: tuple[str, ...] = ()
    add_sets: tuple[str, ...] = ()
    remove_sets: tuple[str, ...] = ()
    use: str = ""  # "retire" or "restore"

    def __bool__(self) -> bool:
        return any(asdict(self).values())

    def to_json(self) -> dict[str, Any]:
        """The changes as JSON values, without what is left as it is."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """The items that are meant: those named, or all that a list's filters find."""

    ids: tuple[int, ...] = ()
    filters: Filters | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A label of an item before and after."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class BulkLine:
    """An item that would change."""

    id: int
    code: str
    stem: Mapping[str, str]
    number: int
    retired: bool
    changes: tuple[FieldChange, ...]
    item: Item
    assets: Mapping[str, str]
    content_hash: str

    @property
    def new_version(self) -> bool:
        """Whether it gets a new version: taking out of use alone makes none."""
        return any(change.field != "use" for change in self.changes)


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """What a change would do, before it is done."""

    changes: Changes
    lines: tuple[BulkLine, ...]  # that would change
    n_chosen: int
    fingerprint: str  # of the items as they are and of the changes

    @property
    def n_by_field(self) -> dict[str, int]:
        """Items by the label that changes."""
        found = Counter(change.field for line in self.lines for change in line.changes)
        return {field: found[field] for field in FIELDS if found[field]}


def find_chosen(session: Session, bank: BankHead, selection: Selection) -> list[int]:
    """The keys of the chosen items that belong to the bank.

    Raises
    ------
    InvalidInput
        "bulk-too-many".
    """
    if selection.filters is not None:
        ids = list_ids(session, bank, selection.filters)
    else:
        ids = list(
            session.scalars(
                select(ItemRow.id)
                .where(ItemRow.bank_id == bank.id, ItemRow.id.in_(selection.ids))
                .order_by(ItemRow.id)
            )
        )
    if len(ids) > MAX_ITEMS:
        raise InvalidInput("bulk-too-many", count=len(ids), limit=MAX_ITEMS)
    return ids


def check_changes(changes: Changes, blueprint: Blueprint) -> None:
    """Refuse a place that the blueprint does not have.

    Raises
    ------
    InvalidInput
        "bulk-nothing-set", "bulk-sub-topic-elsewhere".
    """
    if not changes:
        raise InvalidInput("bulk-nothing-set")
    if changes.sub_topic in ("", CLEAR):
        return
    owner = blueprint.competency_of(changes.sub_topic)
    if owner is None or changes.competency not in ("", owner.code):
        raise InvalidInput("bulk-sub-topic-elsewhere", sub_topic=changes.sub_topic)


def plan_bulk(session: Session, bank: BankHead, selection: Selection, changes: Changes) -> BulkPlan:
    """What the changes would do to the chosen items; stores nothing.

    Raises
    ------
    InvalidInput
        "bulk-too-many", "bulk-nothing-set", "bulk-sub-topic-elsewhere".
    """
    check_changes(changes, bank.blueprint)
    ids = find_chosen(session, bank, selection)
    state = hashlib.sha256(json.dumps(changes.to_json(), sort_keys=True).encode())
    lines = []
    for row, version in read_newest(session, ids):
        state.update(f"{row.id} {version.number} {row.retired_at is None};".encode())
        line = _plan_line(row, version, changes, bank.blueprint)
        if line.changes:
            lines.append(line)
    lines.sort(key=lambda line: line.code)
    return BulkPlan(changes, tuple(lines), len(ids), state.hexdigest())


def read_newest(session: Session, ids: Sequence[int]) -> Iterator[tuple[ItemRow, ItemVersion]]:
    for start in range(0, len(ids), 1000):
        yield from session.execute(
            select(ItemRow, ItemVersion)
            .join(ItemVersion, newest_version())
            .where(ItemRow.id.in_(ids[start : start + 1000]))
            .order_by(ItemRow.id)
        )


def _plan_line(
    row: ItemRow, version: ItemVersion, changes: Changes, blueprint: Blueprint
) -> BulkLine:
    old = item_from_native(version.content)
    new = apply_changes(old, changes, blueprint)
    found = [
        FieldChange(field, before, after)
        for field, before, after in zip(FIELDS, _labels(old), _labels(new), strict=False)
        if before != after
    ]
    retired = row.retired_at is not None
    if changes.use and retired != (changes.use == "retire"):
        found.append(FieldChange("use", "retired" if retired else "in-use",
                                 "in-use" if retired else "retired"))  # fmt: skip
    return BulkLine(
        id=row.id,
        code=row.code,
        stem=version.content["stem"],
        number=version.number,
        retired=retired,
        changes=tuple(found),
        item=new,
        assets=version.assets,
        content_hash=version.content_hash,
    )


def _labels(item: Item) -> tuple[str, ...]:
    """In the order of FIELDS."""
    return (
        item.competency, item.sub_topic, item.cognitive_level or "", item.difficulty or "",
        item.jurisdiction or "", item.status, ", ".join(item.posts), ", ".join(item.enemies),
    )  # fmt: skip


def apply_changes(item: Item, changes: Changes, blueprint: Blueprint) -> Item:
    """The item with the changes; a sub-topic that its new competency lacks is taken away."""
    competency, sub_topic = item.competency, _set(item.sub_topic, changes.sub_topic)
    if changes.competency:
        competency = changes.competency
    elif changes.sub_topic not in ("", CLEAR):
        owner = blueprint.competency_of(changes.sub_topic)
        competency = owner.code if owner else competency
    if competency != item.competency and sub_topic:
        owner = blueprint.competency_of(sub_topic)
        sub_topic = sub_topic if owner is not None and owner.code == competency else ""
    return replace(
        item,
        competency=competency,
        sub_topic=sub_topic,
        cognitive_level=_set(item.cognitive_level or "", changes.cognitive_level) or None,
        difficulty=_set(item.difficulty or "", changes.difficulty) or None,
        jurisdiction=_set(item.jurisdiction or "", changes.jurisdiction) or None,
        status=changes.status or item.status,
        posts=_with(item.posts, changes.add_posts, changes.remove_posts),
        enemies=_with(item.enemies, changes.add_sets, changes.remove_sets),
    )


def _set(old: str, wanted: str) -> str:
    return "" if wanted == CLEAR else wanted or old


def _with(old: Iterable[str], added: Iterable[str], removed: Iterable[str]) -> tuple[str, ...]:
    gone = set(removed)
    return tuple(dict.fromkeys(label for label in (*old, *added) if label not in gone))


# --- doing it ---


@dataclass(frozen=True, slots=True)
class NextVersion:
    """A version to be stored, and whether its item is in use afterwards."""

    item_id: int
    number: int  # that must still be the newest
    version: dict[str, Any] | None  # the columns; None where no version is made
    retired: bool  # before
    retire: bool  # after


@dataclass(frozen=True, slots=True)
class Prepared:
    """A change with its versions written out, ready to be stored in a short transaction."""

    plan: BulkPlan
    bank_id: int
    organisation_id: int
    account_id: int
    now: datetime
    versions: tuple[NextVersion, ...]


def prepare_bulk(plan: BulkPlan, bank: BankHead, *, account_id: int, now: datetime) -> Prepared:
    """Write out the versions of a plan; outside of the transaction, which others wait for."""
    return Prepared(
        plan,
        bank.id,
        bank.organisation_id,
        account_id,
        now,
        tuple(_next_of(line, plan.changes.use, account_id, now) for line in plan.lines),
    )


def _next_of(line: BulkLine, use: str, account_id: int, now: datetime) -> NextVersion:
    version = None
    if line.new_version:
        row = ItemRow(id=line.id, latest_number=line.number)
        version = columns_of(next_version(row, line.item, line.assets, account_id, now, "bulk"))
    retire = use == "retire" if use else line.retired
    return NextVersion(line.id, line.number, version, line.retired, retire)


_COLUMNS = tuple(c.key for c in ItemVersion.__table__.columns if c.key != "id")


def columns_of(version: ItemVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in _COLUMNS}


def store_bulk(session: Session, prepared: Prepared, *, fingerprint: str) -> int:
    """Store a prepared change: everything or nothing; returns the key of the bulk edit.

    Parameters
    ----------
    fingerprint : of the plan that was looked at.

    Raises
    ------
    Conflict
        "bulk-changed-meanwhile": the items are not those that were looked at.
    InvalidInput
        "bulk-nothing-changes".
    """
    plan = prepared.plan
    if plan.fingerprint != fingerprint:
        raise Conflict("bulk-changed-meanwhile")
    if not plan.lines:
        raise InvalidInput("bulk-nothing-changes")
    write_versions(session, prepared.versions, prepared.now)
    if plan.changes.status:
        session.execute(insert(ItemReview), list(_reviews(prepared)))
    row = BulkEdit(
        bank_id=prepared.bank_id,
        account_id=prepared.account_id,
        created_at=prepared.now,
        changes=plan.changes.to_json(),
        lines=[
            [one.item_id, one.number, one.version["number"] if one.version else one.number,
             one.retired]
            for one in prepared.versions
        ],
    )  # fmt: skip
    session.add(row)
    session.flush()
    log_edit(session, "items-bulk-edited", row, prepared.organisation_id, prepared.account_id,
         {"items": len(plan.lines), "changes": row.changes}, prepared.now)  # fmt: skip
    return row.id


def _reviews(prepared: Prepared) -> Iterator[dict[str, Any]]:
    """Whoever sets the status of many items has answered for each of them."""
    for line, one in zip(prepared.plan.lines, prepared.versions, strict=True):
        if any(change.field == "status" for change in line.changes) and one.version:
            yield {
                "item_id": line.id,
                "number": one.version["number"],
                "content_hash": one.version["content_hash"],
                "status": line.item.status,
                "note": "",
                "account_id": prepared.account_id,
                "created_at": prepared.now,
            }


def write_versions(session: Session, versions: Sequence[NextVersion], now: datetime) -> None:
    """Store versions and the state of use, unless an item has changed in between."""
    ids = [one.item_id for one in versions]
    present: dict[int, int] = {}
    for start in range(0, len(ids), 1000):
        present.update(
            session.execute(
                select(ItemRow.id, ItemRow.latest_number)
                .where(ItemRow.id.in_(ids[start : start + 1000]))
                .with_for_update()
            ).all()
        )
    if any(present.get(one.item_id) != one.number for one in versions):
        raise Conflict("bulk-changed-meanwhile")
    new = [one.version for one in versions if one.version]
    if new:
        session.execute(insert(ItemVersion), new)
        session.execute(
            update(ItemRow),
            [{"id": version["item_id"], "latest_number": version["number"]} for version in new],
        )
    used = [one for one in versions if one.retired != one.retire]
    if used:
        session.execute(
            update(ItemRow),
            [{"id": one.item_id, "retired_at": now if one.retire else None} for one in used],
        )


def log_edit(
    session: Session,
    action: str,
    row: BulkEdit,
    organisation_id: int,
    account_id: int,
    after: Mapping[str, Any],
    now: datetime,
) -> None:
    audit.record(
        session,
        action=action,
        subject="bank",
        subject_id=row.bank_id,
        organisation_id=organisation_id,
        account_id=account_id,
        after={"bulk_edit": row.id, **after},
        now=now,
    )
