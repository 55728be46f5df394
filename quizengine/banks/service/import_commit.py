"""Storing what an uploaded file would change: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from itembank.item import Item, item_from_native
from quizengine.banks.service import imports
from quizengine.banks.service.import_rows import (
    DUPLICATE,
    NEW,
    NEW_VERSION,
    SEPARATE,
    SKIP,
    VERSION,
    BankIndex,
    CodeMaker,
    SeenRows,
    StagedRow,
    as_version_of,
    has_own_code,
    pictures_for,
    read_index,
    stage_row,
)
from quizengine.banks.service.store import next_version
from quizengine.banks.tables import Bank, Import, ImportRow, ItemVersion
from quizengine.banks.tables import Item as ItemRow
from quizengine.errors import Conflict


@dataclass(frozen=True, slots=True)
class Decision:
    """A staged row and what to do with it: `choice` counts for duplicates."""

    staged: StagedRow
    choice: str = SKIP


@dataclass(slots=True)
class Written:
    """What was stored. `item_ids` follows the decisions; None where nothing was."""

    new: int = 0
    versions: int = 0
    item_ids: list[int | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows against the bank as it stood: made while others write, used under the lock.

    `staged` is None when a row would do something else than the report shows.
    """

    bank_state: tuple[int, int]
    job_id: int | None
    index: BankIndex
    staged: list[StagedRow] | None


def plan_commit(session: Session, found: Import) -> Plan:
    """Compare the rows with the bank once more; takes most of the time of a commit."""
    state = bank_state(session, found.bank_id)
    index = read_index(session, found.bank_id)
    return Plan(state, found.job_id, index, restage(_accepted_rows(session, found), index))


def bank_state(session: Session, bank_id: int) -> tuple[int, int]:
    """Changes with every new version and every retirement in the bank."""
    query = select(func.max(ItemVersion.id), func.count(ItemRow.retired_at.distinct())).join_from(
        ItemRow, ItemVersion, ItemVersion.item_id == ItemRow.id
    )
    newest, retired = session.execute(query.where(ItemRow.bank_id == bank_id)).one()
    return newest or 0, retired


def _accepted_rows(session: Session, found: Import) -> list[ImportRow]:
    return [row for row in imports.list_rows(session, found.id, limit=10**9) if row.content]


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
    plan : made before the lock; made anew when the bank or the reading has changed since.

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
    imports.check_ready(found)
    if imports.count_rows(session, found).ready == 0:
        raise Conflict("import-nothing-ready")
    # one import at a time changes a bank; SQLite lets one writer through anyway
    session.scalar(select(Bank.id).where(Bank.id == found.bank_id).with_for_update())
    current = (bank_state(session, found.bank_id), found.job_id)
    if plan is None or (plan.bank_state, plan.job_id) != current:
        plan = plan_commit(session, found)
    rows, staged = _accepted_rows(session, found), plan.staged
    if staged is None:
        imports.read_again(session, found, settings=None, account_id=account_id, now=now)
        return False
    chosen = imports.choices_of(found)
    decisions = [
        Decision(one, chosen.get(row.position, SKIP)) for row, one in zip(rows, staged, strict=True)
    ]
    written = write_rows(
        session,
        bank_id=found.bank_id,
        decisions=decisions,
        index=plan.index,
        account_id=account_id,
        now=now,
    )
    for row, item_id in zip(rows, written.item_ids, strict=True):
        if item_id is not None:
            row.item_id = item_id
    found.status, found.committed_at = imports.COMMITTED, now
    found.summary = {**found.summary, "stored": {"new": written.new, "versions": written.versions}}
    session.flush()
    return True


def restage(rows: Sequence[ImportRow], index: BankIndex) -> list[StagedRow] | None:
    """The rows against the bank as it is now; None when one would do something else than shown."""
    seen = SeenRows()
    staged = []
    for row in rows:
        one = stage_row(item_from_native(row.content), place_of(row.sheet, row.row), index, seen)
        shown = [finding for finding in row.findings if finding.get("by") == "bank"]
        if (one.outcome, one.item_id, one.notes) != (row.outcome, row.item_id, shown):
            return None
        staged.append(one)
    return staged


def place_of(sheet: str, row: int) -> str:
    """A row as the reports name it: "Sheet1!5", or "5" where there are no sheets."""
    return f"{sheet}!{row}" if sheet else str(row)


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
    writer = _Writer(session, bank_id, index, assets or {}, account_id, now)
    writer.prepare(decisions)
    return writer.write(decisions)


class _Writer:
    """Collects rows and writes them in a few statements."""

    def __init__(
        self,
        session: Session,
        bank_id: int,
        index: BankIndex,
        assets: Mapping[str, str],
        account_id: int | None,
        now: datetime,
    ) -> None:
        self.session, self.bank_id, self.index, self.assets = session, bank_id, index, assets
        self.account_id, self.now = account_id, now
        self.present: dict[int, Item] = {}  # items of the bank that were changed so far
        self.versions: list[ItemVersion] = []
        self.rows: dict[int, ItemRow] = {}

    def prepare(self, decisions: Sequence[Decision]) -> None:
        """Load the rows of items that get a version, and know which codes are taken."""
        met = {one.staged.item_id for one in decisions if one.staged.item_id is not None}
        query = select(ItemRow).where(ItemRow.bank_id == self.bank_id)
        self.rows = {row.id: row for row in self.session.scalars(query) if row.id in met}
        in_file = {one.staged.item.id for one in decisions if has_own_code(one.staged.item)}
        self.codes = CodeMaker(set(self.index.by_code) | in_file)

    def write(self, decisions: Sequence[Decision]) -> Written:
        """Store everything."""
        new: list[tuple[ItemRow, Item]] = []
        stored: list[ItemRow | None] = []
        n_versions = 0
        for one in decisions:
            what, item_id = self._what(one), one.staged.item_id
            if what == VERSION and item_id is not None:
                stored.append(self._add_version(item_id, one.staged.item))
                n_versions += 1
            elif what == SEPARATE:
                item = self._separated(one.staged)
                row = ItemRow(
                    bank_id=self.bank_id, code=item.id, latest_number=0, created_at=self.now
                )
                new.append((row, item))
                stored.append(row)
            else:
                stored.append(None)
        self.session.add_all(row for row, _ in new)
        self.session.flush()
        pictures = pictures_for(None, self.index, self.assets)
        self.versions += [
            next_version(row, item, pictures, self.account_id, self.now) for row, item in new
        ]
        self.session.add_all(self.versions)
        self.session.flush()
        return Written(len(new), n_versions, [row.id if row else None for row in stored])

    @staticmethod
    def _what(one: Decision) -> str:
        """Whether a row becomes an item of its own, a version, or nothing."""
        settled = {NEW: SEPARATE, NEW_VERSION: VERSION, DUPLICATE: one.choice}
        return settled.get(one.staged.outcome, SKIP)

    def _add_version(self, item_id: int, item: Item) -> ItemRow:
        known = self.index.by_id[item_id]
        present = replace(known, item=self.present.get(item_id, known.item))
        self.present[item_id] = as_version_of(item, present)
        row = self.rows[item_id]
        pictures = pictures_for(known, self.index, self.assets)
        self.versions.append(
            next_version(row, self.present[item_id], pictures, self.account_id, self.now)
        )
        return row

    def _separated(self, staged: StagedRow) -> Item:
        """A new item under its own code, and never in one exam with the item it looks like."""
        item = staged.item
        if not has_own_code(item) or item.id in self.index.by_code:
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
