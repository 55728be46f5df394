"""Pictures of a QTI package: found by the paths its files use, named as a bank names them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import posixpath
import re
import struct
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from itembank.errors import Finding, ItemBankError
from itembank.item_checks import check_asset_name

PICTURE_SUFFIXES = ("png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "tif", "tiff", "dcm")
_TYPES = {"image/svg+xml": "svg", "image/jpeg": "jpg", "image/tiff": "tif"}
# Canvas and Common Cartridge write these before a path into the package.
PACKAGE_BASE = re.compile(
    r"(%24|\$)(IMS-CC-FILEBASE|IMS_CC_FILEBASE|CANVAS_OBJECT_REFERENCE)(%24|\$)/?"
)
_UNUSABLE = re.compile(r'[\\:;|"<>?*()\[\]\x00-\x1f\x7f-\x9f]+')


def clean_path(href: str, base: str = "") -> str:
    """A path inside the package: percent codes resolved, query left out, relative to `base`."""
    path = PACKAGE_BASE.sub("", href.strip())
    with suppress(ValueError):  # brackets that are no address
        path = urlsplit(path).path if not re.match(r"^[A-Za-z]:", path) else path
    path = unquote(path).replace("\\", "/")
    folder = posixpath.dirname(base)
    return posixpath.normpath(posixpath.join(folder, path.lstrip("/"))).lstrip("/")


def find_file(files: Mapping[str, bytes], href: str, base: str = "") -> str | None:
    """The name in `files` that a reference means; None when there is none.

    Tried in turn: beside the file that refers to it, from the package's root, the same in other
    letter case, and last the only file whose path ends so.
    """
    for wanted in (clean_path(href, base), clean_path(href)):
        if wanted in files:
            return wanted
    wanted = clean_path(href)
    folded = (wanted.casefold(), clean_path(href, base).casefold())
    same = [name for name in files if name.casefold() in folded]
    if same:
        return same[0]
    # a path that climbs out of its folder is looked for by what follows
    end = re.sub(r"^(\.\./)+", "", wanted)
    same = [name for name in files if end and (name == end or name.endswith(f"/{end}"))]
    return same[0] if len(same) == 1 else None


class Pictures:
    """Collects the pictures that items use; each has one name in the bank.

    Parameters
    ----------
    files : the package, by path.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.assets: dict[str, bytes] = {}
        self._names: dict[str, str] = {}

    def take(self, src: str, base: str, where: str, findings: list[Finding]) -> str:
        """The asset's name for a reference in the file `base`; "" for what is no picture of ours.

        Adds a finding when the picture is a web address, is not in the package or no picture. A
        missing picture still has a name, so that it can be added later.
        """
        if src.startswith("data:"):
            return self._embedded(src, where, findings)
        if re.match(r"^(https?:)?//", src):
            findings.append(Finding("warning", "figure-address", where, {"value": src[:200]}))
            return ""
        name = find_file(self.files, src, base)
        path = name or clean_path(src, base)
        if path.rsplit(".", 1)[-1].lower() not in PICTURE_SUFFIXES:
            findings.append(Finding("warning", "qti-media", where, {"value": path[-200:]}))
            return ""
        if name is None:
            findings.append(Finding("warning", "qti-picture-missing", where, {"value": src[:200]}))
            return _asset_name(path)
        if name not in self._names:
            self._names[name] = self._add(_asset_name(name), self.files[name])
        return self._names[name]

    def _add(self, asset: str, data: bytes) -> str:
        """The name under which the bytes are kept: another one when it is taken by other bytes."""
        stem, dot, suffix = asset.rpartition(".")
        number = 1
        while self.assets.get(asset, data) != data:
            number += 1
            asset = f"{stem}-{number}{dot}{suffix}"
        self.assets[asset] = data
        return asset

    def _embedded(self, src: str, where: str, findings: list[Finding]) -> str:
        head, _, body = src.partition(",")
        kind = head.removeprefix("data:").split(";")[0].lower()
        suffix = _TYPES.get(kind, kind.rpartition("/")[2])
        try:
            data = base64.b64decode(unquote(body), validate=False) if "base64" in head else b""
        except (binascii.Error, ValueError):
            data = b""
        if not data or suffix not in PICTURE_SUFFIXES:
            findings.append(Finding("warning", "qti-media", where, {"value": head[:80]}))
            return ""
        digest = hashlib.sha256(data).hexdigest()[:12]
        return self._add(f"figures/embedded-{digest}.{suffix}", data)


def _asset_name(path: str) -> str:
    """A name that every system can store, from the last part of a path."""
    if path.startswith("figures/"):
        try:
            check_asset_name(path, "")
        except ItemBankError:
            pass
        else:
            return path
    last = _UNUSABLE.sub("-", path.rsplit("/", 1)[-1]).strip(" .")
    return f"figures/{last[-120:].strip() or 'picture'}"


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, GIF or JPEG in pixels, from its header; None if it says none."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return (width, height) if width and height else None
    if data[:4] == b"GIF8" and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return (width, height) if width and height else None
    if data[:2] == b"\xff\xd8":
        return _jpeg_size(data)
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return (width, height) if width and height else None
        position += 2 + max(length, 2)
    return None
