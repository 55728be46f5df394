"""The native format: a folder, or the same in a zip. Nothing of a bank is lost in it.

bank.json             {"format": "quizengine-bank", "version": 1, "code", "name", "languages",
                       "licence", "status_note", "blueprint": {"competencies", "profiles"}}
items/<competency>.json   a list of items
figures/...           the pictures the items name
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path, PurePosixPath

from itembank.bank import ItemBank
from itembank.blueprint import blueprint_from_native, blueprint_to_native
from itembank.errors import ItemBankError
from itembank.formats.archive import MEGABYTE, Limits, read_archive
from itembank.item import Item, NativeReader, item_from_native, item_to_native

FORMAT, VERSION = "quizengine-bank", 1
LIMITS = Limits(size=200 * MEGABYTE, entries=5_000, unpacked=400 * MEGABYTE, ratio=100)
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db")


def read_native(source: Path | bytes, where: str = "") -> ItemBank:
    """A bank from a folder, a zip file or a zip's bytes.

    Raises
    ------
    ItemBankError
        What is wrong with the archive (`read_archive`), "bank-json-missing", "json-broken",
        "format-unknown", "version-newer", "folder-link", or what an item or blueprint says; `where`
        names file and item.
    """
    if isinstance(source, bytes):
        files = _without_root(read_archive(source, where or "zip", LIMITS))
    elif source.is_dir():
        files = _read_folder(source)
    else:
        where = where or source.name
        if source.stat().st_size > LIMITS.size:
            raise ItemBankError("file-too-large", where, limit=LIMITS.size // MEGABYTE)
        files = _without_root(read_archive(source.read_bytes(), where, LIMITS))
    return _bank_of(files, where or "bank")


def write_native(bank: ItemBank) -> bytes:
    """The bank as a zip; the same bank gives the same bytes, whenever and wherever."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in sorted(_files_of(bank).items()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return target.getvalue()


def write_native_folder(bank: ItemBank, folder: Path) -> None:
    """The bank as a folder, which must be new or empty.

    Raises
    ------
    ItemBankError
        "folder-not-empty".
    """
    if folder.exists() and any(folder.iterdir()):
        raise ItemBankError("folder-not-empty", folder.name)
    for name, data in _files_of(bank).items():
        path = folder / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _files_of(bank: ItemBank) -> dict[str, bytes]:
    head = {
        "format": FORMAT,
        "version": VERSION,
        "code": bank.code,
        "name": {lang: getattr(bank.name, lang) for lang in bank.name.languages},
        "languages": list(bank.languages),
        "licence": bank.licence,
        "status_note": {
            lang: getattr(bank.status_note, lang) for lang in bank.status_note.languages
        },
        "blueprint": blueprint_to_native(bank.blueprint),
    }
    files = {"bank.json": _json_bytes(head)}
    groups: dict[str, list[Item]] = {}
    for item in bank.items:
        groups.setdefault(_file_stem(item.competency), []).append(item)
    for stem, items in groups.items():
        files[f"items/{stem}.json"] = _json_bytes([item_to_native(item) for item in items])
    for name, data in bank.assets.items():
        files[name] = data
    return files


def _json_bytes(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _file_stem(competency: str) -> str:
    return competency if re.fullmatch(r"[A-Za-z0-9_-]{1,40}", competency) else "other"


def _read_folder(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise ItemBankError("folder-link", folder.name, value=name)
        if not path.is_file():
            continue
        total += path.stat().st_size
        if total > LIMITS.unpacked:
            raise ItemBankError("zip-too-large", folder.name, limit=LIMITS.unpacked // MEGABYTE)
        if len(files) >= LIMITS.entries:
            raise ItemBankError(
                "zip-too-many-entries", folder.name, count=len(files) + 1, limit=LIMITS.entries
            )
        files[name] = path.read_bytes()
    return files


def _without_root(files: dict[str, bytes]) -> dict[str, bytes]:
    """Leave out what macOS and Windows add, and a single folder round everything."""
    files = {name: data for name, data in files.items() if not any(part in name for part in _JUNK)}
    roots = {name.split("/")[0] for name in files}
    if "bank.json" not in files and len(roots) == 1:
        return {name.split("/", 1)[1]: data for name, data in files.items() if "/" in name}
    return files


def _bank_of(files: dict[str, bytes], where: str) -> ItemBank:
    if "bank.json" not in files:
        raise ItemBankError("bank-json-missing", where)
    head = parse_json(files["bank.json"], "bank.json")
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ItemBankError("format-unknown", "bank.json", expected=FORMAT)
    read = NativeReader(head, "bank.json")
    known = {"format", "version", "code", "name", "languages", "licence", "status_note"}
    read.only(known | {"blueprint"})
    if read.number("version") != VERSION:
        raise ItemBankError("version-newer", "bank.json", value=head["version"], known=VERSION)
    blueprint = blueprint_from_native(head.get("blueprint"))
    order = {_file_stem(code): rank for rank, code in enumerate(blueprint.competency_codes)}
    stems = [PurePosixPath(name).stem for name in files if re.fullmatch(r"items/[^/]+\.json", name)]
    items: list[Item] = []
    for stem in sorted(stems, key=lambda stem: (order.get(stem, len(order)), stem)):
        items += _items_of(files[f"items/{stem}.json"], f"items/{stem}.json")
    return ItemBank(
        code=read.string("code"),
        name=read.text("name"),
        languages=read.strings("languages"),
        licence=read.string("licence"),
        status_note=read.text("status_note"),
        blueprint=blueprint,
        items=tuple(items),
        assets={name: data for name, data in files.items() if name.startswith("figures/")},
    )


def _items_of(data: bytes, name: str) -> list[Item]:
    natives = parse_json(data, name)
    if not isinstance(natives, list):
        raise ItemBankError("wrong-type", name, field="file", expected="a list of items")
    items = []
    for number, native in enumerate(natives, start=1):
        try:
            items.append(item_from_native(native))
        except ItemBankError as error:
            place = f"{name}, item {number} ({error.where})"
            raise ItemBankError(error.code, place, **error.details) from None
    return items


def parse_json(data: bytes, where: str) -> object:
    """A JSON value.

    Raises
    ------
    ItemBankError
        "json-broken", with line and column.
    """
    try:
        value: object = json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
        return value
    except json.JSONDecodeError as error:
        raise ItemBankError("json-broken", where, line=error.lineno, column=error.colno) from None
    except (ValueError, RecursionError):
        raise ItemBankError("json-broken", where, line=1, column=1) from None


def _no_constant(name: str) -> object:
    raise ValueError(name)
