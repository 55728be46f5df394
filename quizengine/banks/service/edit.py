"""Writing items: checks of a draft, a new item, a new version, out of use and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.blueprint import Blueprint
from itembank.errors import ItemBankError
from itembank.item import (
    Item,
    Text,
    assets_of,
    check_readable,
    item_to_native,
)
from itembank.validation import validate_item
from quizengine.banks.service import sets, store
from quizengine.banks.tables import Asset
from quizengine.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `itembank.sentences` has the code's sentence."""

    field: str
    code: str
    details: Mapping[str, object] = dataclasses.field(default_factory=dict)


def check_place(blueprint: Blueprint, competency: str, sub_topic: str) -> Iterator[FieldError]:
    """Whether competency and sub-topic stand in the blueprint, one under the other."""
    if not competency:
        yield FieldError("competency", "choose-competency")
    elif competency not in blueprint.competency_codes:
        yield FieldError("competency", "competency-unknown", {"value": competency})
    owner = blueprint.competency_of(sub_topic)
    if sub_topic and owner is None:
        yield FieldError("sub_topic", "sub-topic-unknown", {"value": sub_topic})
    elif owner is not None and competency and owner.code != competency:
        details = {"value": sub_topic, "competency": competency}
        yield FieldError("sub_topic", "sub-topic-elsewhere", details)


def check_text(name: str, text: Text, missing: str = "", **details: object) -> Iterator[FieldError]:
    """Whether a text is there (where `missing` names a code) and can be stored."""
    if missing and not text:
        yield FieldError(f"{name}_en", missing, details)
    for language in ("en", "zh"):
        try:
            check_readable(getattr(text, language), name)
        except ItemBankError as error:
            yield FieldError(f"{name}_{language}", error.code, error.details)


def check_item(item: Item) -> Iterator[FieldError]:
    """The rules that keep a well-formed item out of a bank."""
    for finding in validate_item(item):
        if finding.severity == "error":
            place = "premises" if finding.code == "duplicate-premise" else "options"
            yield FieldError(place, finding.code, finding.details)


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving did: `stored` is False when nothing had changed."""

    item_id: int
    number: int
    stored: bool
    others: tuple[str, ...] = ()  # questions of its set that carry the changed case now


def save_new(
    session: Session,
    *,
    bank_id: int,
    organisation_id: int,
    item: Item,
    assets: Mapping[str, str],
    account_id: int,
    now: datetime,
    change_set: bool = False,
) -> Saved:
    """Store a new item.

    Parameters
    ----------
    change_set : the other questions of its set carry its case from now on, too.

    Raises
    ------
    NotFound
        "bank".
    Conflict
        "item-code-taken", "case-position-taken", "case-others-differ".
    InvalidInput
        "figure-missing", "figure-name-taken".
    """
    store.get_bank(session, bank_id, organisation_id=organisation_id)
    assets = _used(item, {**sets.case_assets(session, bank_id, item), **assets})
    _check_assets(session, assets)
    others = sets.settle_case(
        session,
        sets.CaseSave(
            bank_id=bank_id, item_id=None, item=item, present=None, assets=assets,
            change_all=change_set, account_id=account_id, now=now,
        ),
    )  # fmt: skip
    item_id = store.add_item(
        session, bank_id=bank_id, item=item, assets=assets, account_id=account_id, now=now
    )
    return Saved(item_id, 1, True, others)


def save_version(
    session: Session,
    *,
    item_id: int,
    organisation_id: int,
    item: Item,
    assets: Mapping[str, str],
    based_on: int,
    account_id: int,
    now: datetime,
    change_set: bool = False,
) -> Saved:
    """Store a new version of an item, unless it says what the newest one says.

    Parameters
    ----------
    assets : pictures of the form; those inside texts are known from the version before.
    change_set : the other questions of its set carry its case from now on, too: each has a new
        version in this transaction.

    Raises
    ------
    NotFound
        "item".
    Conflict
        "item-changed-meanwhile": somebody stored a version after `based_on`.
        "case-position-taken", "case-others-differ".
    InvalidInput
        "figure-missing", "figure-name-taken".
    """
    present = store.get_item(session, item_id, organisation_id=organisation_id)
    of_case = sets.case_assets(session, present.bank_id, item)
    used = _used(item, {**of_case, **present.assets, **assets})
    _check_assets(session, used)
    others = sets.settle_case(
        session,
        sets.CaseSave(
            bank_id=present.bank_id, item_id=item_id, item=item, present=present.item,
            assets=used, change_all=change_set, account_id=account_id, now=now,
        ),
    )  # fmt: skip
    if item_to_native(item) == item_to_native(present.item) and used == dict(present.assets):
        return Saved(item_id, present.number, False, others)
    number = store.revise_item(
        session,
        item_id=item_id,
        item=item,
        assets=used,
        based_on=based_on,
        account_id=account_id,
        now=now,
    )
    return Saved(item_id, number, True, others)


def _used(item: Item, assets: Mapping[str, str]) -> dict[str, str]:
    return {name: assets[name] for name in assets_of(item) if name in assets}


def _check_assets(session: Session, assets: Mapping[str, str]) -> None:
    found = set(session.scalars(select(Asset.sha256).where(Asset.sha256.in_(assets.values()))))
    for name, sha256 in assets.items():
        if sha256 not in found:
            raise InvalidInput("figure-missing", name=name)


def store_picture(session: Session, suffix: str, data: bytes) -> tuple[str, str]:
    """Store a picture that `rewrite_picture` made; returns its name in a bank and its hash."""
    sha256 = store.store_asset(session, data)
    return f"figures/{sha256[:16]}{suffix}", sha256


def retire_item(session: Session, *, item_id: int, organisation_id: int, now: datetime) -> None:
    """Take an item out of use: the next revision leaves it out. Twice is the same as once."""
    row = store.get_item_row(session, item_id, organisation_id=organisation_id)
    if row.retired_at is None:
        row.retired_at = now


def restore_item(session: Session, *, item_id: int, organisation_id: int) -> None:
    """Put an item back into use; it returns with the next revision."""
    store.get_item_row(session, item_id, organisation_id=organisation_id).retired_at = None
