"""The changes of several items that were made, and the way back from each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from itembank.item import item_from_native
from quizengine.accounts.tables import Account
from quizengine.banks.service.browse import BankHead
from quizengine.banks.service.bulk import (
    NextVersion,
    columns_of,
    log_edit,
    read_newest,
    write_versions,
)
from quizengine.banks.service.store import next_version
from quizengine.banks.tables import BulkEdit, ItemVersion
from quizengine.banks.tables import Item as ItemRow
from quizengine.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class BulkEntry:
    """A bulk edit in the list of them."""

    id: int
    created_at: datetime
    by: str
    changes: Mapping[str, Any]
    n_items: int
    undone_at: datetime | None
    undone_by: str


def list_bulk_edits(session: Session, bank_id: int, *, limit: int = 50) -> list[BulkEntry]:
    """The newest bulk edits of a bank."""
    # The lines of an edit of 10,000 items stay in the database: only their number is asked for.
    on_postgresql = session.get_bind().dialect.name == "postgresql"
    length = func.jsonb_array_length if on_postgresql else func.json_array_length
    rows = session.execute(
        select(BulkEdit, Account.display_name, length(BulkEdit.lines))
        .options(defer(BulkEdit.lines))
        .join(Account, Account.id == BulkEdit.account_id)
        .where(BulkEdit.bank_id == bank_id)
        .order_by(BulkEdit.id.desc())
        .limit(limit)
    ).all()
    names = _names(session, {row.undone_by for row, _, _ in rows if row.undone_by})
    return [
        BulkEntry(
            row.id, row.created_at, name, row.changes, n_items, row.undone_at,
            names.get(row.undone_by or 0, ""),
        )
        for row, name, n_items in rows
    ]  # fmt: skip


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    query = select(Account.id, Account.display_name).where(Account.id.in_(ids))
    return dict(session.execute(query).all())


@dataclass(frozen=True, slots=True)
class PreparedUndo:
    """The way back of a bulk edit; items that changed since keep what they have."""

    bulk_id: int
    bank_id: int
    organisation_id: int
    account_id: int
    now: datetime
    versions: tuple[NextVersion, ...]
    n_kept: int


def prepare_undo(
    session: Session, bank: BankHead, bulk_id: int, *, account_id: int, now: datetime
) -> PreparedUndo:
    """Write out the versions that say again what the items of a bulk edit said before it.

    Raises
    ------
    NotFound
        "bulk-edit".
    Conflict
        "bulk-undone-already".
    """
    row = _get_bulk_edit(session, bank.id, bulk_id)
    before = {item_id: (old, new, retired) for item_id, old, new, retired in row.lines}
    changed = []
    for item, newest in read_newest(session, sorted(before)):
        old, new, retired = before[item.id]
        if newest.number == new:
            changed.append((item, old, new, retired))
    versions = tuple(_former(session, changed, account_id, now))
    n_kept = len(row.lines) - len(versions)
    return PreparedUndo(bulk_id, bank.id, bank.organisation_id, account_id, now, versions, n_kept)


def store_undo(session: Session, prepared: PreparedUndo) -> None:
    """Store the way back: everything or nothing.

    Raises
    ------
    NotFound
        "bulk-edit".
    Conflict
        "bulk-undone-already"; "bulk-changed-meanwhile": an item was changed in between.
    """
    row = _get_bulk_edit(session, prepared.bank_id, prepared.bulk_id, lock=True)
    write_versions(session, prepared.versions, prepared.now)
    row.undone_at, row.undone_by = prepared.now, prepared.account_id
    log_edit(session, "items-bulk-undone", row, prepared.organisation_id, prepared.account_id,
         {"items": len(prepared.versions)}, prepared.now)  # fmt: skip


def _get_bulk_edit(session: Session, bank_id: int, bulk_id: int, *, lock: bool = False) -> BulkEdit:
    row = session.get(BulkEdit, bulk_id, with_for_update=lock)
    if row is None or row.bank_id != bank_id:
        raise NotFound("bulk-edit")
    if row.undone_at is not None:
        raise Conflict("bulk-undone-already")
    return row


def _former(
    session: Session,
    changed: Sequence[tuple[ItemRow, int, int, bool]],
    account_id: int,
    now: datetime,
) -> list[NextVersion]:
    """The versions that say again what each item said before."""
    texts = _versions(session, {row.id: old for row, old, new, _ in changed if old != new})
    found = []
    for row, old, new, retired in changed:
        version = None
        if old != new:
            former = texts[row.id]
            copy = ItemRow(id=row.id, latest_number=new)
            item = item_from_native(former.content)
            version = columns_of(next_version(copy, item, former.assets, account_id, now, "undo"))
        found.append(NextVersion(row.id, new, version, row.retired_at is not None, retired))
    return found


def _versions(session: Session, numbers: Mapping[int, int]) -> dict[int, ItemVersion]:
    ids, found, wanted = sorted(numbers), {}, set(numbers.values())
    for start in range(0, len(ids), 1000):
        rows = session.scalars(
            select(ItemVersion).where(
                ItemVersion.item_id.in_(ids[start : start + 1000]), ItemVersion.number.in_(wanted)
            )
        )
        found.update({row.item_id: row for row in rows if row.number == numbers[row.item_id]})
    return found
