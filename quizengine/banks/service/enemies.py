"""Sets of items that never meet in one sitting, and items that look alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.banks.service.browse import BankHead, newest_version
from quizengine.banks.service.bulk import (
    Changes,
    Selection,
    plan_bulk,
    prepare_bulk,
    store_bulk,
)
from quizengine.banks.tables import Item, ItemVersion
from quizengine.errors import InvalidInput
from quizengine.jobs import Job

JOB = "find-similar-items"
MAX_SUGGESTIONS = 200  # the most similar; more than anybody settles before searching again
MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Member:
    """An item of a set."""

    id: int
    code: str
    stem: Mapping[str, str]
    competency: str


@dataclass(frozen=True, slots=True)
class EnemySet:
    """Items that are kept apart."""

    name: str
    members: tuple[Member, ...]


def list_sets(session: Session, bank_id: int) -> list[EnemySet]:
    """The sets of a bank with their items in use, by name."""
    rows = session.execute(
        select(Item.id, Item.code, ItemVersion)
        .join(ItemVersion, newest_version())
        .where(Item.bank_id == bank_id, Item.retired_at.is_(None), ItemVersion.enemies != "")
        .order_by(Item.code)
    )
    found: dict[str, list[Member]] = {}
    for item_id, code, version in rows:
        member = Member(item_id, code, version.content["stem"], version.competency)
        for name in names_of(version):
            found.setdefault(name, []).append(member)
    return [EnemySet(name, tuple(members)) for name, members in sorted(found.items())]


def names_of(version: ItemVersion) -> list[str]:
    """The sets that an item version is in."""
    return [name for name in version.enemies.split("\n") if name]


def split_codes(text: str) -> list[str]:
    """Codes of items, parted by commas, semicolons, white space or new lines."""
    return list(dict.fromkeys(part for part in re.split(r"[\s,;，；、]+", text) if part))


def find_items(session: Session, bank_id: int, codes: Sequence[str]) -> list[int]:
    """The keys of items by their codes, upper or lower case.

    Raises
    ------
    InvalidInput
        "set-without-items"; "item-codes-unknown": names the codes that the bank does not have.
    """
    if not codes:
        raise InvalidInput("set-without-items")
    rows = session.execute(select(Item.code, Item.id).where(Item.bank_id == bank_id))
    present = {code.casefold(): item_id for code, item_id in rows}
    unknown = [code for code in codes if code.casefold() not in present]
    if unknown:
        raise InvalidInput("item-codes-unknown", codes=", ".join(unknown[:5])[:200])
    return [present[code.casefold()] for code in codes]


def change_set(
    session: Session,
    bank: BankHead,
    *,
    name: str,
    add: Iterable[int] = (),
    remove: Iterable[int] = (),
    account_id: int,
    now: datetime,
) -> int:
    """Put items into a set or take them out, as one bulk edit; returns how many changed.

    Raises
    ------
    InvalidInput
        "set-name-wrong".
    """
    name = name.strip()
    if not name or len(name) > MAX_NAME or re.search(r"[\n,，;；]", name):
        raise InvalidInput("set-name-wrong", limit=MAX_NAME)
    n_changed = 0
    for ids, changes in (
        (tuple(add), Changes(add_sets=(name,))),
        (tuple(remove), Changes(remove_sets=(name,))),
    ):
        if not ids:
            continue
        plan = plan_bulk(session, bank, Selection(ids), changes)
        if plan.lines:
            prepared = prepare_bulk(plan, bank, account_id=account_id, now=now)
            store_bulk(session, prepared, fingerprint=plan.fingerprint)
            n_changed += len(plan.lines)
    return n_changed


def free_name(sets: Sequence[EnemySet]) -> str:
    """A name for a new set that no set has."""
    taken = {one.name for one in sets}
    return next(name for n in range(1, len(taken) + 2) if (name := f"set-{n}") not in taken)


# --- items that look alike ---


@dataclass(frozen=True, slots=True)
class Pair:
    """Two items with nearly the same words."""

    first: Member
    second: Member
    similarity: float  # 0 to 1
    same_stem: bool  # the stem is the same, something else differs


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the newest search for similar items found, or that it runs."""

    job_id: int
    running: bool
    failed: bool
    progress: float
    finished_at: datetime | None
    n_items: int
    pairs: tuple[Pair, ...]  # that are not kept apart yet


def find_suggestions(session: Session, bank_id: int) -> Suggestions | None:
    """The newest search in a bank; None while nobody has searched."""
    job = session.scalar(
        select(Job)
        .where(Job.kind == JOB, Job.payload["bank_id"].as_integer() == bank_id)
        .order_by(Job.id.desc())
        .limit(1)
    )
    if job is None:
        return None
    result: Mapping[str, Any] = job.result or {}
    return Suggestions(
        job_id=job.id,
        running=job.is_open,
        failed=job.status in {"failed", "cancelled"},
        progress=job.progress,
        finished_at=job.finished_at,
        n_items=int(result.get("n_items", 0)),
        pairs=_pairs(session, bank_id, result.get("pairs", [])),
    )


def _pairs(session: Session, bank_id: int, found: Sequence[Sequence[Any]]) -> tuple[Pair, ...]:
    """The pairs whose items are in use and share no set."""
    ids = {int(key) for pair in found for key in pair[:2]}
    rows = session.execute(
        select(Item.id, Item.code, ItemVersion)
        .join(ItemVersion, newest_version())
        .where(Item.bank_id == bank_id, Item.retired_at.is_(None), Item.id.in_(ids))
    )
    present = {
        item_id: (
            Member(item_id, code, version.content["stem"], version.competency),
            set(names_of(version)),
        )
        for item_id, code, version in rows
    }
    return tuple(
        Pair(present[first][0], present[second][0], float(similarity), bool(same_stem))
        for first, second, similarity, same_stem in found
        if first in present and second in present and not present[first][1] & present[second][1]
    )
