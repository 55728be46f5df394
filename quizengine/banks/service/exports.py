"""A stored bank as a value again, to be written to a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.bank import ItemBank
from itembank.item import Item, Text
from quizengine.banks.service.import_rows import read_index
from quizengine.banks.service.store import blueprint_of, get_bank
from quizengine.banks.tables import Asset


def read_bank(session: Session, bank_id: int) -> ItemBank:
    """The bank with the newest version of every item that is not retired, and its pictures.

    Where two items name different pictures alike, the later one's gets another name.

    Raises
    ------
    NotFound
        "bank".
    """
    bank = get_bank(session, bank_id)
    items: list[Item] = []
    names: dict[str, str] = {}  # name in the file -> sha256
    known = [one for one in read_index(session, bank_id).by_code.values() if not one.retired]
    for one in known:
        items.append(_with_own_names(one.item, one.assets, names))
    hashes = set(names.values())
    found = session.execute(select(Asset.sha256, Asset.data).where(Asset.sha256.in_(hashes)))
    data = dict(list(found))
    return ItemBank(
        code=bank.code,
        name=Text(en=bank.name.get("en", ""), zh=bank.name.get("zh", "")),
        languages=tuple(bank.languages),
        licence=bank.licence,
        status_note=Text(en=bank.status_note.get("en", ""), zh=bank.status_note.get("zh", "")),
        blueprint=blueprint_of(bank),
        items=tuple(items),
        assets={name: data[sha256] for name, sha256 in names.items()},
    )


def _with_own_names(item: Item, assets: Mapping[str, str], names: dict[str, str]) -> Item:
    """The item, its pictures entered into `names` under names that no other picture has."""
    figures = []
    for figure in item.figures:
        sha256 = assets[figure.asset]
        name = figure.asset
        if names.get(name, sha256) != sha256:
            path = PurePosixPath(name)
            name = str(path.with_name(f"{path.stem}-{sha256[:8]}{path.suffix}"))
        names[name] = sha256
        figures.append(replace(figure, asset=name))
    return replace(item, figures=tuple(figures))
