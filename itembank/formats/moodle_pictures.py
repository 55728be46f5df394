"""Pictures that come with Moodle XML and GIFT, found by what the texts call them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from itembank.errors import Finding, ItemBankError
from itembank.item import check_asset_name

SUFFIXES = ("png", "jpg", "jpeg", "gif", "svg", "webp", "bmp", "tif", "tiff", "dcm")
_MIME_SUFFIXES = {"svg+xml": "svg", "jpeg": "jpg", "tiff": "tif", "x-ms-bmp": "bmp"}
_PLUGINFILE = "@@PLUGINFILE@@/"
_UNUSABLE = re.compile(r'[\\/:;|"<>?*()\[\]\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]+')
_WEB = re.compile(r"(https?:)?//", re.IGNORECASE)


@dataclass(slots=True)
class Shelf:
    """All pictures of one import by their names in the bank; equal names of other bytes differ."""

    assets: dict[str, bytes] = field(default_factory=dict)

    def put(self, path: str, data: bytes) -> str:
        """The name under which the picture is kept."""
        asset = asset_name(path)
        stem, dot, suffix = asset.rpartition(".")
        number = 1
        while self.assets.get(asset, data) != data:
            number += 1
            asset = f"{stem}-{number}{dot}{suffix}"
        self.assets[asset] = data
        return asset


def asset_name(path: str) -> str:
    """A name that every system can store, as close to the path as it can be."""
    wanted = f"figures/{path.strip('/')}"
    try:
        check_asset_name(wanted, "")
        return wanted
    except ItemBankError:
        last = _UNUSABLE.sub("-", path.replace("\\", "/").rsplit("/", 1)[-1])[-120:].strip(" .-")
        return f"figures/{last or 'picture'}"


@dataclass(slots=True)
class Pictures:
    """The pictures one question can show.

    Parameters
    ----------
    shelf : where those used are collected.
    files : the files beside its text, by path.
    where, findings : a finding is added for each address that leads to no picture.
    """

    shelf: Shelf
    files: Mapping[str, bytes]
    where: str
    findings: list[Finding]
    used: set[str] = field(default_factory=set)

    def asset_of(self, address: str) -> str:
        """The asset for the address of a picture in a text; "" for what is none of ours."""
        address = address.strip()
        if address[:5].lower() == "data:":
            return self._embedded(address)
        if _WEB.match(address):
            self.warn("figure-address", value=address)
            return ""
        path = _path_of(address)
        name = _find_file(self.files, path)
        if path.rsplit(".", 1)[-1].lower() not in SUFFIXES:
            self.warn("file-no-picture", value=path)
            return ""
        if name is None or not self.files[name]:
            self.warn("picture-not-found", value=path)
            return asset_name(path)
        self.used.add(name)
        return self.shelf.put(path if path.startswith("figures/") else name, self.files[name])

    def in_markdown(self, text: str) -> str:
        """Markdown whose pictures have the names of the bank."""

        def named(found: re.Match[str]) -> str:
            asset = self.asset_of(html.unescape(found[2] or found[3] or ""))
            alt = found[1]
            if not asset:
                return alt
            return f"![{alt}](<{asset}>)" if re.search(r"[\s()]", asset) else f"![{alt}]({asset})"

        return _MARKDOWN_PICTURE.sub(named, text) if "](" in text else text

    def _embedded(self, address: str) -> str:
        head, _, body = address.partition(",")
        kind = head[5:].split(";")[0].lower().removeprefix("image/")
        suffix = _MIME_SUFFIXES.get(kind, kind)
        data = decode_base64(unquote(body)) if "base64" in head else b""
        if not data or suffix not in SUFFIXES:
            self.warn("file-no-picture", value=head)
            return ""
        return self.shelf.put(f"embedded-{hashlib.sha256(data).hexdigest()[:12]}.{suffix}", data)

    def warn(self, code: str, *, value: str) -> None:
        """An address that leads to no picture, or to one nobody has."""
        finding = Finding("warning", code, self.where, {"value": value[:200]})
        if finding not in self.findings:
            self.findings.append(finding)


_MARKDOWN_PICTURE = re.compile(
    r"!\[([^\[\]\n]{0,2000})\]\((?:<([^<>\n]{1,1000})>|([^()\s<>]{1,1000}))\)"
)


def _path_of(address: str) -> str:
    """The path a text means: Moodle's mark and percent codes resolved, query and dots left out."""
    address = address.removeprefix(_PLUGINFILE)
    path = unquote(address.split("?")[0] if "?" in address else address).replace("\\", "/")
    return "/".join(part for part in path.split("/") if part not in ("", ".", ".."))


def _find_file(files: Mapping[str, bytes], path: str) -> str | None:
    """The file a path means: exactly, in other letter case, or the only one that ends so."""
    if path in files:
        return path
    folded = path.casefold()
    same = [name for name in files if name.casefold() == folded]
    same = same or [name for name in files if name.casefold().endswith(f"/{folded}")]
    last = folded.rsplit("/", 1)[-1]
    same = same or [name for name in files if name.casefold().rsplit("/", 1)[-1] == last]
    return same[0] if len(same) == 1 and path else None


def decode_base64(text: str) -> bytes:
    """The bytes; empty when they cannot be had."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def plugin_address(asset: str) -> str:
    """The address that Moodle knows a file of its own by."""
    return _PLUGINFILE + quote(asset.removeprefix("figures/"))


def with_plugin_addresses(text: str) -> str:
    """HTML whose pictures `figures/...` are addressed as Moodle does."""
    return re.sub(
        r'(<img src=")(figures/[^"]*)"',
        lambda found: f'{found[1]}{plugin_address(html.unescape(found[2]))}"',
        text,
    )
