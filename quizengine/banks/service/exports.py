"""A stored bank as a value again, and as a file of any format with what it cannot carry."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.bank import ItemBank
from itembank.errors import Finding
from itembank.errors import sentence as finding_sentence
from itembank.item import Item, Text, assets_of, item_from_native, item_to_native
from quizengine.banks.service.import_pictures import rename_in
from quizengine.banks.service.import_rows import read_index
from quizengine.banks.service.parameters import read_parameters
from quizengine.banks.service.store import blueprint_of, get_bank
from quizengine.banks.tables import Asset, Publication
from quizengine.errors import InvalidInput

NATIVE, XLSX, CSV, GIFT, AIKEN, MOODLE, QTI = FORMATS = (
    "native", "xlsx", "csv", "gift", "aiken", "moodle_xml", "qti3",
)  # fmt: skip
_SUFFIX = {
    NATIVE: "zip", XLSX: "xlsx", CSV: "csv", GIFT: "gift", AIKEN: "txt", MOODLE: "xml", QTI: "zip",
}  # fmt: skip
BILINGUAL = (NATIVE, XLSX, CSV, QTI)  # these carry both languages as they are
LOSSES = "not-carried.md"  # a name that no reader of question files looks at
_FIXED = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Export:
    """A file, the ending of its name, and what it does not carry."""

    data: bytes
    suffix: str
    losses: tuple[Finding, ...]


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
    renamed: dict[str, str] = {}
    for asset in assets_of(item):
        sha256 = assets[asset]
        name = asset
        if names.get(name, sha256) != sha256:
            path = PurePosixPath(name)
            name = str(path.with_name(f"{path.stem}-{sha256[:8]}{path.suffix}"))
            renamed[asset] = name
        names[name] = sha256
    return item_from_native(rename_in(item_to_native(item), renamed)) if renamed else item


def read_usage(session: Session, bank_id: int) -> dict[str, dict[str, Any]]:
    """The parameters in force by item id, as `write_qti3` takes them; empty when none are."""
    query = (
        select(Publication.parameter_set_id)
        .where(Publication.bank_id == bank_id)
        .order_by(Publication.published_at.desc(), Publication.id.desc())
        .limit(1)
    )
    parameter_set_id = session.scalar(query)
    if parameter_set_id is None:
        return {}
    table = read_parameters(session, parameter_set_id)
    items, found = table.items, {}
    for place, code in enumerate(table.codes):
        values: dict[str, Any] = {
            name: _number(getattr(items, name)[place]) for name in ("a", "b", "c", "d")
        }
        if items.thresholds is not None:
            values["thresholds"] = [
                float(one) for one in items.thresholds[place] if math.isfinite(one)
            ]
        errors = items.standard_errors[place] if items.standard_errors is not None else ()
        values["standard_errors"] = {
            name: float(error)
            for name, error in zip(("a", "b", "c", "d"), errors, strict=False)
            if math.isfinite(error)
        }
        values["model"] = items.item_models[place]
        values["scale"] = table.competency_codes[int(table.competency[place])]
        found[code] = {name: value for name, value in values.items() if value not in (None, [], {})}
    return found


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def write_export(
    bank: ItemBank,
    kind: str,
    *,
    language: str = "both",
    usage: Mapping[str, Mapping[str, Any]] | None = None,
) -> Export:
    """The bank in a format, with everything that it cannot carry.

    Parameters
    ----------
    language : "en", "zh" or "both", for formats that are not bilingual by themselves; Aiken takes
        English for "both".
    usage : `read_usage`, for QTI.

    Raises
    ------
    InvalidInput
        "export-format-unknown".
    ItemBankError
        "cell-too-long".
    """
    from itembank.formats import aiken, gift_writing, moodle_xml_writing, native, table_writing

    losses: tuple[Finding, ...] = ()
    if kind == NATIVE:
        data = native.write_native(bank)
    elif kind in (CSV, XLSX):
        data = table_writing.write_table(bank.items, kind)
    elif kind == GIFT:
        data, losses = gift_writing.write_gift(bank, language)
    elif kind == AIKEN:
        data, losses = aiken.write_aiken(bank, "zh" if language == "zh" else "en")
    elif kind == MOODLE:
        data, losses = moodle_xml_writing.write_moodle_xml(bank, language)
    elif kind == QTI:
        from itembank.formats.qti3_writing import write_qti3

        data, losses = write_qti3(bank, usage or None)
    else:
        raise InvalidInput("export-format-unknown", value=kind[:60])
    is_zip = data.startswith(b"PK") and kind != XLSX
    return Export(data, "zip" if is_zip else _SUFFIX[kind], losses)


def with_companions(export: Export, bank: ItemBank, kind: str, tongue: str) -> Export:
    """The export with what goes along: a table's pictures, and the list of what is not carried.

    A file without either stays as it is.
    """
    pictures = dict(bank.assets) if kind in (CSV, XLSX) else {}
    if not pictures and not export.losses:
        return export
    target = io.BytesIO()
    if export.suffix == "zip":
        target.write(export.data)
        files: dict[str, bytes] = {}
    else:
        files = {f"{bank.code}.{export.suffix}": export.data, **pictures}
    if export.losses:
        files[LOSSES] = losses_text(export.losses, bank, tongue).encode()
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _FIXED), data, zipfile.ZIP_DEFLATED)
    return replace(export, data=target.getvalue(), suffix="zip")


def losses_text(losses: Sequence[Finding], bank: ItemBank, tongue: str) -> str:
    """What a format does not carry, one line each, as Markdown."""
    heading = "本文件未包含的内容" if tongue == "zh" else "What this file does not carry"
    lines = [f"# {bank.name.get(tongue)} ({bank.code}): {heading}", ""]
    lines += [f"- {loss.where}: {finding_sentence(loss, tongue)}" for loss in losses]
    return "\n".join(lines) + "\n"
