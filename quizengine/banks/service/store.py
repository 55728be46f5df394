"""Storing banks, items and pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.bank import ItemBank
from itembank.blueprint import (
    Blueprint,
    Competency,
    SubTopic,
    blueprint_from_native,
    blueprint_to_native,
)
from itembank.item import Item, assets_of, content_hash, item_from_native, item_to_native
from quizengine.banks.service.search import labels_of
from quizengine.banks.tables import Asset, Bank, BankReviewer, ItemVersion
from quizengine.banks.tables import Item as ItemRow
from quizengine.errors import Conflict, InvalidInput, NotFound

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"RIFF": "image/webp",
}


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item version as the pages and the exams use it."""

    item_id: int
    version_id: int
    number: int
    latest_number: int
    bank_id: int
    item: Item
    assets: Mapping[str, str]  # the name in the item -> sha256
    retired: bool
    created_at: datetime


def create_bank(
    session: Session,
    *,
    organisation_id: int,
    bank: ItemBank,
    now: datetime,
    account_id: int | None = None,
    shipped: bool = False,
    status_note: Mapping[str, str] | None = None,
) -> int:
    """Store a bank with its items and pictures; returns its id.

    Raises
    ------
    Conflict
        "bank-code-taken": the organisation has a bank of this code.
    """
    query = select(Bank.id).where(Bank.organisation_id == organisation_id, Bank.code == bank.code)
    if session.scalar(query) is not None:
        raise Conflict("bank-code-taken", code=bank.code)
    row = Bank(
        organisation_id=organisation_id,
        code=bank.code,
        name={"en": bank.name.get("en"), "zh": bank.name.get("zh")},
        languages=list(bank.languages),
        licence=bank.licence,
        status_note=dict(status_note or {}),
        blueprint=blueprint_to_native(bank.blueprint),
        shipped=shipped,
        created_at=now,
    )
    session.add(row)
    session.flush()
    hashes = {name: store_asset(session, data) for name, data in bank.assets.items()}
    for item in bank.items:
        add_item(session, bank_id=row.id, item=item, assets=hashes, account_id=account_id, now=now)
    return row.id


def store_asset(session: Session, data: bytes) -> str:
    """Store a picture under the hash of its bytes; the same picture twice is one row.

    Raises
    ------
    InvalidInput
        "asset-kind": the bytes are not a PNG, JPEG, GIF or WebP picture.
    """
    media_type = next((kind for start, kind in _SIGNATURES.items() if data.startswith(start)), None)
    if media_type is None:
        raise InvalidInput("asset-kind")
    sha256 = hashlib.sha256(data).hexdigest()
    if session.get(Asset, sha256) is None:
        session.add(Asset(sha256=sha256, media_type=media_type, data=data))
        session.flush()
    return sha256


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored picture."""

    media_type: str
    data: bytes


def get_asset(session: Session, sha256: str) -> Picture:
    """A picture by the hash of its bytes, or `NotFound("asset")`."""
    row = session.execute(
        select(Asset.media_type, Asset.data).where(Asset.sha256 == sha256)
    ).first()
    if row is None:
        raise NotFound("asset")
    return Picture(row.media_type, row.data)


def add_item(
    session: Session,
    *,
    bank_id: int,
    item: Item,
    assets: Mapping[str, str],
    account_id: int | None,
    now: datetime,
) -> int:
    """Store a new item as its version 1; returns the item's id.

    Raises
    ------
    Conflict
        "item-code-taken": the bank has an item of this id.
    """
    query = select(ItemRow.id).where(ItemRow.bank_id == bank_id, ItemRow.code == item.id)
    if session.scalar(query) is not None:
        raise Conflict("item-code-taken", code=item.id)
    row = ItemRow(bank_id=bank_id, code=item.id, latest_number=0, created_at=now)
    session.add(row)
    session.flush()
    session.add(next_version(row, item, assets, account_id, now))
    session.flush()
    return row.id


def revise_item(
    session: Session,
    *,
    item_id: int,
    item: Item,
    assets: Mapping[str, str],
    based_on: int,
    account_id: int | None,
    now: datetime,
    origin: str = "",
) -> int:
    """Store a new version of an item; returns the version's number.

    Parameters
    ----------
    based_on : the number of the version that was edited.
    origin : how it came about where nobody wrote it: "restored", "reviewed" ...

    Raises
    ------
    Conflict
        "item-changed-meanwhile": somebody stored a version after `based_on`.
    """
    row = get_item_row(session, item_id)
    session.refresh(row, with_for_update=True)  # two editors at once: the second one must wait
    if row.latest_number != based_on:
        raise Conflict("item-changed-meanwhile", number=row.latest_number)
    session.add(next_version(row, item, assets, account_id, now, origin))
    session.flush()
    return row.latest_number


def next_version(
    row: ItemRow,
    item: Item,
    assets: Mapping[str, str],
    account_id: int | None,
    now: datetime,
    origin: str = "",
) -> ItemVersion:
    """The next version of an item, to be added to the session; counts the row's number up.

    Raises
    ------
    InvalidInput
        "figure-missing".
    """
    values = version_values(item, assets, account_id, now, origin)
    row.latest_number += 1
    return ItemVersion(item_id=row.id, number=row.latest_number, **values)


def version_values(
    item: Item,
    assets: Mapping[str, str],
    account_id: int | None,
    now: datetime,
    origin: str = "",
) -> dict[str, Any]:
    """The columns of an item version, all but its item and its number.

    Raises
    ------
    InvalidInput
        "figure-missing".
    """
    names = assets_of(item)
    missing = [name for name in names if name not in assets]
    if missing:
        raise InvalidInput("figure-missing", name=missing[0])
    content = item_to_native(item)
    return {
        "content": content,
        "assets": {name: assets[name] for name in names},
        "content_hash": content_hash(item),
        "competency": item.competency,
        "sub_topic": item.sub_topic,
        "cognitive_level": item.cognitive_level or "",
        "created_at": now,
        "created_by": account_id,
        "origin": origin,
        **labels_of(content),
    }


def get_bank(
    session: Session,
    bank_id: int,
    *,
    organisation_id: int | None = None,
    as_reviewer: bool = False,
) -> Bank:
    """A bank, or `NotFound("bank")` when there is none or another organisation owns it.

    Parameters
    ----------
    as_reviewer : an organisation that the bank is shared with for review may have it, too.
    """
    bank = session.get(Bank, bank_id)
    if bank is None or not _may_have(session, bank, organisation_id, as_reviewer):
        raise NotFound("bank")
    return bank


def _may_have(session: Session, bank: Bank, organisation_id: int | None, as_reviewer: bool) -> bool:
    if organisation_id is None or bank.organisation_id == organisation_id:
        return True
    return as_reviewer and session.get(BankReviewer, (bank.id, organisation_id)) is not None


def blueprint_of(bank: Bank) -> Blueprint:
    """The bank's blueprint."""
    return blueprint_from_native(bank.blueprint)


def names_of(session: Session, bank_id: int) -> dict[str, dict[str, str]]:
    """Names, in both languages, of a bank's competencies and sub-topics by their codes."""
    blueprint = blueprint_of(get_bank(session, bank_id))
    parts: list[Competency | SubTopic] = [
        *blueprint.competencies,
        *(p for c in blueprint.competencies for p in c.sub_topics),
    ]
    return {part.code: {"en": part.name.get("en"), "zh": part.name.get("zh")} for part in parts}


def get_item_row(
    session: Session,
    item_id: int,
    *,
    organisation_id: int | None = None,
    as_reviewer: bool = False,
) -> ItemRow:
    """An item's row, or `NotFound("item")` where `get_bank` would not give its bank."""
    row = session.get(ItemRow, item_id)
    if row is None:
        raise NotFound("item")
    bank = session.get_one(Bank, row.bank_id)
    if not _may_have(session, bank, organisation_id, as_reviewer):
        raise NotFound("item")
    return row


def get_item(
    session: Session,
    item_id: int,
    *,
    number: int | None = None,
    organisation_id: int | None = None,
    as_reviewer: bool = False,
) -> StoredItem:
    """An item in its newest version, or in the one asked for; `NotFound("item")` otherwise."""
    row = get_item_row(session, item_id, organisation_id=organisation_id, as_reviewer=as_reviewer)
    version = session.scalar(
        select(ItemVersion).where(
            ItemVersion.item_id == item_id, ItemVersion.number == (number or row.latest_number)
        )
    )
    if version is None:
        raise NotFound("item")
    return _stored(row, version)


def get_version(session: Session, version_id: int) -> StoredItem:
    """An item version by its key; `NotFound("item")` when there is none."""
    found = session.execute(
        select(ItemRow, ItemVersion)
        .join(ItemVersion, ItemVersion.item_id == ItemRow.id)
        .where(ItemVersion.id == version_id)
    ).first()
    if found is None:
        raise NotFound("item")
    return _stored(*found)


def _stored(row: ItemRow, version: ItemVersion) -> StoredItem:
    return StoredItem(
        item_id=row.id,
        version_id=version.id,
        number=version.number,
        latest_number=row.latest_number,
        bank_id=row.bank_id,
        item=item_from_native(version.content),
        assets=version.assets,
        retired=row.retired_at is not None,
        created_at=version.created_at,
    )
