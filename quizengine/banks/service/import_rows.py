"""What each row of an uploaded file would do to a bank. Values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from itembank.blueprint import fold
from itembank.item import LANGUAGES, Item, assets_of, content_hash, item_from_native
from quizengine.banks.tables import Item as ItemRow
from quizengine.banks.tables import ItemVersion

NEW, NEW_VERSION, UNCHANGED = "new", "new-version", "unchanged"
DUPLICATE, UNPLACED, REJECTED = "duplicate", "unplaced", "rejected"
OUTCOMES = (NEW, NEW_VERSION, UNCHANGED, DUPLICATE, UNPLACED, REJECTED)

SKIP, VERSION, SEPARATE = "skip", "version", "separate"
CHOICES = (SKIP, VERSION, SEPARATE)

LETTERS = "ABCDEFGHIJKLMNOP"
_ANSWERS = ("type", "scoring", "numeric", "accepted", "regions", "premises")
_LABELS = (
    "sub_topic",
    "cognitive_level",
    "difficulty",
    "reference",
    "jurisdiction",
    "posts",
    "enemies",
    "written",
)


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item of the bank in its newest version."""

    item_id: int
    number: int
    item: Item
    content_hash: str
    assets: Mapping[str, str]
    retired: bool


@dataclass(frozen=True, slots=True)
class BankIndex:
    """The bank's items by their code, content and stem, and its pictures by name."""

    by_code: Mapping[str, KnownItem]
    by_id: Mapping[int, KnownItem]
    by_hash: Mapping[str, KnownItem]
    by_stem: Mapping[str, KnownItem]
    assets: Mapping[str, str]  # name -> sha256


@dataclass(frozen=True, slots=True)
class StagedRow:
    """What would happen to one row: `item` as it would be stored, the item of the bank it meets."""

    outcome: str
    item: Item
    item_id: int | None
    notes: list[dict[str, Any]]


@dataclass(slots=True)
class SeenRows:
    """Rows of the same file that came before: place by content and by stem."""

    by_hash: dict[str, str] = field(default_factory=dict)
    by_stem: dict[str, str] = field(default_factory=dict)


def read_index(session: Session, bank_id: int) -> BankIndex:
    """The bank as it stands, for staging rows against it."""
    rows = session.execute(
        select(ItemRow, ItemVersion)
        .join(
            ItemVersion,
            and_(
                ItemVersion.item_id == ItemRow.id,
                ItemVersion.number == ItemRow.latest_number,
            ),
        )
        .where(ItemRow.bank_id == bank_id)
        .order_by(ItemRow.id)
    )
    known = [
        KnownItem(
            item_id=row.id,
            number=version.number,
            item=item_from_native(version.content),
            content_hash=version.content_hash,
            assets=version.assets,
            retired=row.retired_at is not None,
        )
        for row, version in rows
    ]
    return index_of(known)


def index_of(known: Iterable[KnownItem]) -> BankIndex:
    """An index of these items. A retired item is found by its code only."""
    by_code: dict[str, KnownItem] = {}
    by_hash: dict[str, KnownItem] = {}
    by_stem: dict[str, KnownItem] = {}
    assets: dict[str, str] = {}
    for one in known:
        by_code[one.item.id] = one
        assets |= one.assets
        if not one.retired:
            by_hash.setdefault(one.content_hash, one)
            for key in stem_keys(one.item):
                by_stem.setdefault(key, one)
    by_id = {one.item_id: one for one in by_code.values()}
    return BankIndex(by_code, by_id, by_hash, by_stem, assets)


def stem_keys(item: Item) -> list[str]:
    """The stem in each of its languages, white space and case aside."""
    return [fold(getattr(item.stem, language)) for language in item.stem.languages]


def has_own_code(item: Item) -> bool:
    """Whether the file gave the item an id; readers make one from the content otherwise."""
    return item.id != f"q-{content_hash(item)[:12]}"


def stage_row(
    item: Item,
    place: str,
    index: BankIndex,
    seen: SeenRows,
    *,
    assets: Mapping[str, str] | None = None,
) -> StagedRow:
    """What an item of a file would do to the bank.

    Parameters
    ----------
    place : the row, as a spreadsheet names it.
    seen : the rows before; this one is added.
    assets : pictures that come with the file, name -> sha256; the bank's own are used otherwise.
    """
    fingerprint = content_hash(item)
    known = index.by_code.get(item.id) if has_own_code(item) else None
    pictures = pictures_for(known, index, assets or {})
    missing = [name for name in assets_of(item) if name not in pictures]
    if missing:
        note = _note("figure-missing", severity="error", asset=missing[0])
        return StagedRow(REJECTED, item, None, [note])
    if known is not None:
        staged = _against_known(item, fingerprint, known, pictures)
    elif (same := index.by_hash.get(fingerprint)) is not None:
        staged = StagedRow(UNCHANGED, item, same.item_id, [_same(same)])
    else:
        staged = _as_new(item, fingerprint, index, seen)
    seen.by_hash.setdefault(fingerprint, place)
    for key in stem_keys(item):
        seen.by_stem.setdefault(key, place)
    return staged


def pictures_for(
    known: KnownItem | None, index: BankIndex, assets: Mapping[str, str]
) -> dict[str, str]:
    """Pictures an item may name, name -> sha256: of the file, else its own, else of the bank."""
    return {**index.assets, **(known.assets if known else {}), **assets}


def _against_known(
    item: Item, fingerprint: str, known: KnownItem, pictures: Mapping[str, str]
) -> StagedRow:
    """The item has the id of one in the bank: a new version of it, or the same."""
    item = _keep_labels(item, known.item)
    same_pictures = all(known.assets.get(name) == pictures[name] for name in assets_of(item))
    parts = differing_parts(known.item, item)
    if not same_pictures and "figures" not in parts:
        parts.append("figures")
    if not parts:
        return StagedRow(UNCHANGED, item, known.item_id, [_same(known)])
    code, number = known.item.id, known.number
    notes = [_note("import-row-differs", code=code, number=number, parts=parts)]
    dropped = _dropped_parts(known.item, item)
    if dropped:
        notes.append(_note("import-row-drops", severity="warning", code=code, parts=dropped))
    return StagedRow(NEW_VERSION, item, known.item_id, notes)


def _as_new(item: Item, fingerprint: str, index: BankIndex, seen: SeenRows) -> StagedRow:
    earlier = seen.by_hash.get(fingerprint)
    if earlier is not None:
        note = _note("import-row-repeats", severity="warning", row=earlier)
        return StagedRow(DUPLICATE, item, None, [note])
    twin = next((index.by_stem[key] for key in stem_keys(item) if key in index.by_stem), None)
    if twin is not None:
        differing = differing_parts(twin.item, _keep_labels(item, twin.item))
        parts = [part for part in differing if part != "stem"]  # at most a language is missing
        note = _note(
            "import-stem-in-bank",
            severity="warning",
            code=twin.item.id,
            number=twin.number,
            parts=parts,
        )
        return StagedRow(DUPLICATE, item, twin.item_id, [note])
    above = next((seen.by_stem[key] for key in stem_keys(item) if key in seen.by_stem), None)
    notes = []
    if above is not None:
        notes.append(_note("import-stem-repeats", severity="warning", row=above))
    return StagedRow(NEW, item, None, notes)


def _same(known: KnownItem) -> dict[str, Any]:
    return _note("import-row-same", code=known.item.id)


def _note(code: str, /, *, severity: str = "info", **details: object) -> dict[str, Any]:
    """A finding made by comparing with the bank; `by` tells it from those of the file."""
    return {"severity": severity, "code": code, "where": "", "details": details, "by": "bank"}


def _keep_labels(item: Item, known: Item) -> Item:
    """The item with the bank's labels where the file has none: a column left out erases nothing."""
    kept: dict[str, Any] = {
        name: getattr(known, name) for name in _LABELS if not getattr(item, name)
    }
    if item.competency != known.competency:
        kept.pop("sub_topic", None)
    if item.status == "draft":
        kept["status"] = known.status
    return replace(item, **kept)


def as_version_of(item: Item, known: KnownItem) -> Item:
    """The item as the next version of one in the bank."""
    return replace(_keep_labels(item, known.item), id=known.item.id)


def differing_parts(old: Item, new: Item) -> list[str]:
    """Names of what differs: "stem", "option-C", "key", "reasons", "figures", "rule", "labels"."""
    parts = [name for name in ("competency", "stem") if getattr(old, name) != getattr(new, name)]
    if len(old.choices) != len(new.choices):
        parts.append("options")
    else:
        pairs = list(zip(LETTERS, old.choices, new.choices, strict=False))
        parts += [f"option-{letter}" for letter, one, two in pairs if one.text != two.text]
        if any(one.is_key != two.is_key for _, one, two in pairs):
            parts.append("key")
        if any(one.reason != two.reason for _, one, two in pairs):
            parts.append("reasons")
    if any(getattr(old, name) != getattr(new, name) for name in _ANSWERS):
        parts.append("answer")
    parts += [
        name for name in ("figures", "rule", "stimulus") if getattr(old, name) != getattr(new, name)
    ]
    if any(getattr(old, name) != getattr(new, name) for name in (*_LABELS, "status")):
        parts.append("labels")
    return parts


def _dropped_parts(old: Item, new: Item) -> list[str]:
    """What the bank has and the file does not: it would be missing in the new version."""
    lost = set(old.languages) - set(new.languages)
    dropped = [language for language in LANGUAGES if language in lost]
    if any(choice.reason for choice in old.choices) and not any(c.reason for c in new.choices):
        dropped.append("reasons")
    for name in ("figures", "rule"):
        if getattr(old, name) and not getattr(new, name):
            dropped.append(name)
    return dropped


class CodeMaker:
    """The next free code of a competency, such as R4-101: imported items count from 101."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def next(self, competency: str) -> str:
        """A code no item of the bank or the file has."""
        number = self._last.get(competency, 100) + 1
        while f"{competency}-{number:03d}" in self._taken:
            number += 1
        self._last[competency] = number
        code = f"{competency}-{number:03d}"
        self._taken.add(code)
        return code
