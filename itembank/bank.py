"""A bank: items under one blueprint, with their pictures and the licence they are shared under."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from itembank.blueprint import Blueprint
from itembank.errors import ItemBankError
from itembank.item import (
    LANGUAGES,
    NO_TEXT,
    Item,
    Text,
    assets_of,
    check_asset_name,
    content_hash,
    item_to_native,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBank:
    """Items of one certificate.

    `assets` maps the name an item's figure uses (`figures/ct-ring.png`) to the file's bytes;
    `status_note` says how far the bank was reviewed. The findings of `itembank.validation` tell
    whether items and blueprint fit; construction refuses only what could not be stored.

    Raises
    ------
    ItemBankError
        "bank-code-wrong", "bank-unnamed", "language-unknown", "duplicate-item-id",
        "asset-name-wrong".
    """

    code: str
    name: Text
    blueprint: Blueprint
    items: tuple[Item, ...]
    languages: tuple[str, ...] = LANGUAGES
    licence: str = ""
    status_note: Text = NO_TEXT
    assets: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", self.code):
            raise ItemBankError("bank-code-wrong", "bank", value=self.code[:60])
        if not self.name:
            raise ItemBankError("bank-unnamed", self.code)
        for language in self.languages or ("",):
            if language not in LANGUAGES:
                raise ItemBankError("language-unknown", self.code, value=language)
        seen: set[str] = set()
        for item in self.items:
            if item.id in seen:
                raise ItemBankError("duplicate-item-id", item.id)
            seen.add(item.id)
        for name in self.assets:
            check_asset_name(name, self.code)


def sets_of(bank: ItemBank | Iterable[Item]) -> dict[str, tuple[Item, ...]]:
    """The sets (A3/A4) by the id of their case, each with its items in their order.

    Items of one position keep the order of the bank; `itembank.validation` reports them.
    """
    sets: dict[str, list[tuple[int, Item]]] = {}
    for item in bank.items if isinstance(bank, ItemBank) else bank:
        if item.stimulus is not None:
            members = sets.setdefault(item.stimulus.id, [])
            members.append((item.stimulus.position, item))
    return {
        name: tuple(item for _, item in sorted(members, key=lambda member: member[0]))
        for name, members in sets.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class BankDifference:
    """What a new revision does to an old one; each field holds item ids in the new (old) order.

    changed : what a student sees, or the score, or a picture differs.
    relabelled : only labels differ (sub-topic, status, enemies ...).
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    relabelled: tuple[str, ...]
    unchanged: tuple[str, ...]
    blueprint_changed: bool

    def __bool__(self) -> bool:
        parts = (self.added, self.removed, self.changed, self.relabelled)
        return any(parts) or self.blueprint_changed


def difference(old: ItemBank, new: ItemBank) -> BankDifference:
    """What changes from one revision of a bank to the next, item by item."""
    before = {item.id: item for item in old.items}
    after = {item.id: item for item in new.items}
    groups: dict[str, list[str]] = {"changed": [], "relabelled": [], "unchanged": []}
    for item_id, item in after.items():
        if item_id in before:
            groups[_compare(before[item_id], item, old, new)].append(item_id)
    return BankDifference(
        added=tuple(item_id for item_id in after if item_id not in before),
        removed=tuple(item_id for item_id in before if item_id not in after),
        changed=tuple(groups["changed"]),
        relabelled=tuple(groups["relabelled"]),
        unchanged=tuple(groups["unchanged"]),
        blueprint_changed=old.blueprint != new.blueprint,
    )


def _compare(before: Item, after: Item, old: ItemBank, new: ItemBank) -> str:
    same_pictures = all(old.assets.get(name) == new.assets.get(name) for name in assets_of(after))
    if content_hash(before) != content_hash(after) or not same_pictures:
        return "changed"
    return "unchanged" if item_to_native(before) == item_to_native(after) else "relabelled"
