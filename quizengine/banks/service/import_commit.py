"""Storing what an uploaded file would change: all of it, or nothing.

Everything that takes time is prepared while others may write (`plan_commit`); under the lock there
are only a few statements for many rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from itembank.item import Item, item_from_native
from quizengine.banks.service import imports
from quizengine.banks.service.import_rows import (
    DUPLICATE,
    NEW,
    NEW_VERSION,
    SEPARATE,
    SKIP,
    UNPLACED,
    VERSION,
    BankIndex,
    CodeMaker,
    StagedRow,
    as_version_of,
    has_own_code,
    pictures_for,
    read_index,
)
from quizengine.banks.service.store import store_asset, version_values
from quizengine.banks.tables import Bank, Import, ImportPicture, ImportRow, ItemVersion
from quizengine.banks.tables import Item as ItemRow
from quizengine.errors import Conflict


@dataclass(frozen=True, slots=True)
class Decision:
    """A staged row and what to do with it: `choice` counts for duplicates, "skip" for all."""

    staged: StagedRow
    choice: str = ""


@dataclass(slots=True)
class Written:
    """What was stored. `item_ids` follows the decisions; None where nothing was."""

    new: int = 0
    versions: int = 0
    item_ids: list[int | None] = field(default_factory=list)


@dataclass(slots=True)
class Prepared:
    """Rows as the tables hold them; items get their keys when they are written.

    targets : for each decision the code of a new item, the key of one there is, or None.
    """

    new: dict[str, dict[str, Any]] = field(default_factory=dict)  # code -> its first version
    later: list[dict[str, Any]] = field(default_factory=list)  # versions of items there are
    targets: list[str | int | None] = field(default_factory=list)
    n_versions: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a commit would write to the bank as it stood.

    `prepared` is None when the bank has changed since the file was read.
    """

    bank_state: tuple[int, int]
    options: Mapping[str, Any]
    positions: Sequence[int]
    prepared: Prepared | None


def plan_commit(session: Session, found: Import, *, account_id: int | None, now: datetime) -> Plan:
    """Prepare all rows that would be written; takes most of the time of a commit."""
    state = imports.bank_state(session, found.bank_id)
    if list(state) != list(found.summary.get("state", ())):
        return Plan(state, found.options, (), None)
    rows = [
        row
        for row in imports.list_rows(session, found.id, limit=10**9)
        if row.content and row.outcome != UNPLACED
    ]
    pictures = session.execute(
        select(ImportPicture.name, ImportPicture.sha256).where(ImportPicture.import_id == found.id)
    )
    chosen = imports.choices_of(found)
    decisions = [
        Decision(
            StagedRow(row.outcome, item_from_native(row.content), row.item_id, []),
            chosen.get(row.position, ""),
        )
        for row in rows
    ]
    prepared = prepare_rows(
        decisions,
        index=read_index(session, found.bank_id),
        assets=dict(list(pictures)),
        account_id=account_id,
        now=now,
    )
    return Plan(state, found.options, [row.position for row in rows], prepared)


def commit_import(
    session: Session,
    found: Import,
    *,
    account_id: int,
    now: datetime,
    plan: Plan | None = None,
) -> bool:
    """Store the rows that are ready. Committing again changes nothing.

    Parameters
    ----------
    found : the import, locked by the caller.
    plan : made before the lock; made anew when the bank or the choices have changed since.

    Returns
    -------
    Whether it was stored. False when the bank has changed since the file was read: the file is
    then read again, so that nothing is stored which nobody has seen.

    Raises
    ------
    Conflict
        "import-not-ready", "import-closed" (discarded), "import-nothing-ready".
    """
    if found.status == imports.COMMITTED:
        return True
    if found.status != imports.STORING:
        imports.check_ready(found)
    if imports.count_rows(session, found).ready == 0:
        raise Conflict("import-nothing-ready")
    # one import at a time changes a bank; SQLite lets one writer through anyway
    session.scalar(select(Bank.id).where(Bank.id == found.bank_id).with_for_update())
    current = (imports.bank_state(session, found.bank_id), found.options)
    if plan is None or (plan.bank_state, plan.options) != current:
        plan = plan_commit(session, found, account_id=account_id, now=now)
    if plan.prepared is None:
        found.status, found.job_id = imports.READY, None
        found.options = {**found.options, "changed": True}
        imports.read_again(session, found, settings=None, account_id=account_id, now=now)
        return False
    _store_pictures(session, found)
    written = write_prepared(session, found.bank_id, plan.prepared, now)
    _link_rows(session, found.id, plan.positions, written)
    found.status, found.committed_at = imports.COMMITTED, now
    found.summary = {**found.summary, "stored": {"new": written.new, "versions": written.versions}}
    imports.remember(session, found, account_id=account_id, now=now)
    session.flush()
    return True


def _store_pictures(session: Session, found: Import) -> None:
    """The file's pictures among those of all banks; the import's own copies go."""
    query = select(ImportPicture.data).where(ImportPicture.import_id == found.id)
    for data in session.scalars(query):
        store_asset(session, data)
    session.execute(delete(ImportPicture).where(ImportPicture.import_id == found.id))


def _link_rows(
    session: Session, import_id: int, positions: Sequence[int], written: Written
) -> None:
    """Say of each row which item it has become."""
    table = ImportRow.__table__
    linked = [
        {"at": position, "to": item_id}
        for position, item_id in zip(positions, written.item_ids, strict=True)
        if item_id is not None
    ]
    if linked:
        session.connection().execute(
            update(table)  # type: ignore[arg-type]
            .where(table.c.import_id == import_id, table.c.position == bindparam("at"))
            .values(item_id=bindparam("to")),
            linked,
        )
    session.expire_all()


def write_rows(
    session: Session,
    *,
    bank_id: int,
    decisions: Sequence[Decision],
    index: BankIndex,
    account_id: int | None,
    now: datetime,
    assets: Mapping[str, str] | None = None,
) -> Written:
    """Store new items and new versions in the caller's transaction.

    Parameters
    ----------
    assets : pictures that came with the file, name -> sha256.
    """
    prepared = prepare_rows(
        decisions, index=index, assets=assets or {}, account_id=account_id, now=now
    )
    return write_prepared(session, bank_id, prepared, now)


def prepare_rows(
    decisions: Sequence[Decision],
    *,
    index: BankIndex,
    assets: Mapping[str, str],
    account_id: int | None,
    now: datetime,
) -> Prepared:
    """The rows of the tables for these decisions; reads and writes nothing."""
    return _Preparation(index, assets, account_id, now).take(decisions)


def write_prepared(session: Session, bank_id: int, prepared: Prepared, now: datetime) -> Written:
    """Write prepared rows: four statements, however many rows."""
    session.flush()
    connection = session.connection()
    last = session.scalar(select(func.max(ItemRow.id))) or 0
    if prepared.new:
        rows = [
            {"bank_id": bank_id, "code": code, "latest_number": 1, "created_at": now}
            for code in prepared.new
        ]
        connection.execute(insert(ItemRow.__table__), rows)  # type: ignore[arg-type]
    query = select(ItemRow.code, ItemRow.id).where(ItemRow.bank_id == bank_id, ItemRow.id > last)
    ids: dict[str, int] = dict(list(session.execute(query)))
    versions = [
        {"item_id": ids[code], "number": 1, **values} for code, values in prepared.new.items()
    ]
    versions += prepared.later
    if versions:
        connection.execute(insert(ItemVersion.__table__), versions)  # type: ignore[arg-type]
    newest = {row["item_id"]: row["number"] for row in prepared.later}
    if newest:
        table = ItemRow.__table__
        connection.execute(
            update(table)  # type: ignore[arg-type]
            .where(table.c.id == bindparam("item"))
            .values(latest_number=bindparam("newest")),
            [{"item": item_id, "newest": number} for item_id, number in newest.items()],
        )
    session.expire_all()
    item_ids = [ids[one] if isinstance(one, str) else one for one in prepared.targets]
    return Written(len(prepared.new), prepared.n_versions, item_ids)


class _Preparation:
    """Turns decisions into rows of the tables."""

    def __init__(
        self,
        index: BankIndex,
        assets: Mapping[str, str],
        account_id: int | None,
        now: datetime,
    ) -> None:
        self.index, self.assets = index, assets
        self.account_id, self.now = account_id, now
        self.present: dict[int, Item] = {}  # items of the bank that were changed so far
        self.numbers: dict[int, int] = {}  # their newest versions
        self.done = Prepared()
        self.pictures = pictures_for(None, index, assets)

    def take(self, decisions: Sequence[Decision]) -> Prepared:
        in_file = {one.staged.item.id for one in decisions if has_own_code(one.staged.item)}
        self.codes = CodeMaker(set(self.index.by_code) | in_file)
        for one in decisions:
            what, item_id = self._what(one), one.staged.item_id
            if what == VERSION and item_id is not None:
                self._add_version(item_id, one.staged.item)
                self.done.targets.append(item_id)
                self.done.n_versions += 1
            elif what == SEPARATE:
                item = self._separated(one.staged)
                self.done.new[item.id] = self._values(item, self.pictures)
                self.done.targets.append(item.id)
            else:
                self.done.targets.append(None)
        return self.done

    @staticmethod
    def _what(one: Decision) -> str:
        """Whether a row becomes an item of its own, a version, or nothing."""
        if one.choice == SKIP:
            return SKIP
        settled = {NEW: SEPARATE, NEW_VERSION: VERSION, DUPLICATE: one.choice}
        return settled.get(one.staged.outcome, SKIP)

    def _values(self, item: Item, pictures: Mapping[str, str]) -> dict[str, Any]:
        return version_values(item, pictures, self.account_id, self.now)

    def _add_version(self, item_id: int, item: Item) -> None:
        known = self.index.by_id[item_id]
        present = replace(known, item=self.present.get(item_id, known.item))
        self.present[item_id] = as_version_of(item, present)
        self.numbers[item_id] = self.numbers.get(item_id, known.number) + 1
        pictures = pictures_for(known, self.index, self.assets)
        values = self._values(self.present[item_id], pictures)
        self.done.later.append({"item_id": item_id, "number": self.numbers[item_id], **values})

    def _separated(self, staged: StagedRow) -> Item:
        """A new item under its own code, and never in one exam with the item it looks like."""
        item = staged.item
        is_taken = item.id in self.index.by_code or item.id in self.done.new
        if not has_own_code(item) or is_taken:
            item = replace(item, id=self.codes.next(item.competency))
        if staged.item_id is None:
            return item
        twin = self.present.get(staged.item_id, self.index.by_id[staged.item_id].item)
        shared = set(twin.enemies) & set(item.enemies)
        if shared:
            return item
        enemy = twin.enemies[0] if twin.enemies else f"same-stem-{twin.id}"
        if not twin.enemies:
            self._add_version(staged.item_id, replace(twin, enemies=(enemy,)))
        return replace(item, enemies=(*item.enemies, enemy))
