"""The pictures of a question file: decoded, written anew, and what became of each.

Runs in the limited process that reads the file: nothing of a picture is trusted.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from itembank.formats.archive import DAMAGE
from quizengine.banks.service.dicom import is_dicom, read_dicom
from quizengine.banks.service.pictures import rewrite_picture
from quizengine.errors import InvalidInput

MEGABYTES = 20
_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".svg", ".dcm")
MAX_UNUSED = 200


@dataclass(slots=True)
class PictureReport:
    """What became of the pictures.

    Attributes
    ----------
    stored : one dict a picture: name, sha256, removed, notes.
    data : the new bytes by their hash.
    renamed : names in the file -> names of what is stored, where they differ.
    refused : name -> code and details of why a picture cannot be stored.
    unused : names of pictures in the file that no question names.
    """

    stored: list[dict[str, Any]] = field(default_factory=list)
    data: dict[str, bytes] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    refused: dict[str, dict[str, Any]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


def read_pictures(assets: Mapping[str, bytes], wanted: Iterable[str]) -> PictureReport:
    """The pictures that questions name, decoded and encoded again.

    Parameters
    ----------
    assets : the pictures of the file by the names of the questions.
    wanted : names that questions use; those missing from `assets` are left to the caller.
    """
    report = PictureReport()
    names = dict.fromkeys(wanted)
    for name in names:
        if name in assets:
            _take(name, assets[name], report)
    report.unused = [name for name in assets if name not in names][:MAX_UNUSED]
    return report


def _take(name: str, data: bytes, report: PictureReport) -> None:
    entry: dict[str, Any] = {"name": name, "removed": [], "notes": []}
    try:
        if is_dicom(data):
            found = read_dicom(data)
            suffix, clean = ".png", found.png
            entry["removed"] = list(found.removed)
            entry["notes"].append({"code": "dicom-converted", "details": {"other": found.n_other}})
            if found.burned_in:
                entry["notes"].append({"code": "dicom-burned-in", "details": {}})
            if found.n_frames > 1:
                details = {"count": found.n_frames}
                entry["notes"].append({"code": "dicom-first-frame", "details": details})
        else:
            suffix, clean = rewrite_picture(data, megabytes=MEGABYTES, all_kinds=True)
    except InvalidInput as refusal:
        report.refused[name] = {"code": refusal.code, "details": dict(refusal.details)}
        return
    sha256 = hashlib.sha256(clean).hexdigest()
    entry |= {"sha256": sha256, "stored_as": _stored_name(name, suffix)}
    if entry["stored_as"] != name:
        report.renamed[name] = entry["stored_as"]
    report.stored.append(entry)
    report.data[sha256] = clean


def _stored_name(name: str, suffix: str) -> str:
    """The name with the suffix of what is stored; JPEG keeps either of its two."""
    path = PurePosixPath(name)
    if path.suffix.lower() in {suffix, ".jpeg" if suffix == ".jpg" else suffix}:
        return name
    return str(path.with_name(f"{path.stem}{path.suffix.replace('.', '-').lower()}{suffix}"))


def rename_in(native: Any, renamed: Mapping[str, str]) -> Any:
    """The native form of an item with pictures under their new names."""
    if isinstance(native, dict):
        return {key: rename_in(value, renamed) for key, value in native.items()}
    if isinstance(native, list | tuple):
        return [rename_in(value, renamed) for value in native]
    if isinstance(native, str) and "figures/" in native:
        for old in sorted(renamed, key=len, reverse=True):
            native = native.replace(old, renamed[old])
    return native


def loose_pictures(data: bytes, known: Mapping[str, bytes]) -> dict[str, bytes]:
    """Pictures of a zip that its reader did not take, as "figures/<file name>"; DICOM files too."""
    found: dict[str, bytes] = {}
    taken = {hashlib.sha256(one).digest() for one in known.values()}
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for entry in archive.infolist():
                path = PurePosixPath(entry.filename)
                if entry.is_dir() or "__MACOSX" in path.parts:
                    continue
                if path.suffix.lower() not in _SUFFIXES and path.suffix:
                    continue
                content = archive.read(entry)
                is_picture = path.suffix.lower() in _SUFFIXES or is_dicom(content)
                if is_picture and hashlib.sha256(content).digest() not in taken:
                    found.setdefault(f"figures/{path.name}", content)
    except DAMAGE:
        return {}
    return {name: content for name, content in found.items() if name not in known}
