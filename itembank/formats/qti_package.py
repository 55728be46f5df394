"""Reads QTI packages of every version: the manifest, what it names, and what items refer to.

The archive may hold a folder round everything and what macOS and Windows add. One damaged item
file does not lose the others: it is listed with its line.
"""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from itembank.errors import Finding, ItemBankError
from itembank.formats.archive import read_archive
from itembank.formats.draft import (
    DraftItem,
    ImportDraft,
    SourceFinding,
    SourcePlace,
    language_of,
)
from itembank.formats.native import LIMITS
from itembank.formats.qti2 import Surroundings, read_file, strings_inside
from itembank.formats.qti12 import read_interoperability
from itembank.formats.qti_asked import Fields
from itembank.formats.qti_content import OWN, Converter, read_translations
from itembank.formats.qti_metadata import Metadata, read_metadata
from itembank.formats.qti_names import plain_text, to_2x_names
from itembank.formats.qti_pictures import Pictures, find_file
from itembank.formats.xml_safety import Element, children_named, local_name, parse_xml

MANIFEST = "imsmanifest.xml"
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini", "/._")


@dataclass(slots=True)
class _Package:
    """A package while it is read."""

    files: dict[str, bytes]
    where: str
    pictures: Pictures
    items: list[DraftItem] = field(default_factory=list)
    rejected: list[SourceFinding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    stimuli: dict[str, Fields | None] = field(default_factory=dict)
    metadata: dict[str, Metadata] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)


def read_qti_package(data: bytes | Mapping[str, bytes], where: str = "") -> ImportDraft:
    """All items of a QTI 1.2, 2.1, 2.2 or 3.0 package.

    Parameters
    ----------
    data : the zip, or its files by path.
    where : the file's name.

    Raises
    ------
    ItemBankError
        What `read_archive` finds; "qti-manifest-missing"; "xml-broken" and the like in the
        manifest.
    """
    files = read_archive(data, where, LIMITS) if isinstance(data, bytes) else dict(data)
    files = _from_root({_readable(name): content for name, content in files.items()}, where)
    package = _Package(files, where, Pictures(files))
    manifest = to_2x_names(parse_xml(files[MANIFEST], MANIFEST))
    resources = list(manifest.iter("resource"))
    tests: list[str] = []
    for resource in resources:
        tests += _read_resource(resource, package)
    for test in tests:
        _read_references(test, package)
    items = _with_positions(_with_own_ids(package.items))
    texts = [text for item in items for text in strings_inside(item.fields)]
    return ImportDraft(
        kind="qti_package",
        items=tuple(items),
        rejected=tuple(package.rejected),
        assets=package.pictures.assets,
        notes=tuple(package.notes),
        language=language_of(texts),
    )


def _readable(name: str) -> str:
    """A file name that Windows wrote in a Chinese code page, as it was meant."""
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    if raw.isascii():
        return name
    found = {}
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            found[encoding] = raw.decode(encoding)
    # two bytes of GB18030 may happen to be a letter of UTF-8, hardly ever a Chinese character
    is_utf8 = any(sign >= "\u0800" for sign in found.get("utf-8", ""))
    chosen = found.get("utf-8") if is_utf8 else found.get("gb18030", found.get("utf-8"))
    return chosen or name


def _from_root(files: dict[str, bytes], where: str) -> dict[str, bytes]:
    """The files from the folder that holds the manifest, without what is no part of the package.

    Raises
    ------
    ItemBankError
        "qti-manifest-missing".
    """
    files = {name: data for name, data in files.items() if not any(j in f"/{name}" for j in _JUNK)}
    manifests = [name for name in files if name.rsplit("/", 1)[-1].lower() == MANIFEST]
    if not manifests:
        raise ItemBankError("qti-manifest-missing", where)
    manifest = min(manifests, key=lambda name: (name.count("/"), name))
    root = manifest[: -len(MANIFEST)]
    kept = {name[len(root) :]: data for name, data in files.items() if name.startswith(root)}
    kept[MANIFEST] = files[manifest]
    return kept


def _read_resource(resource: Element, package: _Package) -> list[str]:
    """Read what a resource of the manifest names; gives the paths of its tests."""
    kind = resource.get("type", "").lower()
    hrefs = [resource.get("href") or ""] if resource.get("href") else []
    hrefs += [node.get("href", "") for node in children_named(resource, "file")]
    hrefs += [value for name, value in resource.attrib.items() if name == "file"]
    is_question = any(word in kind for word in ("item", "test", "assessment", "qti_xml"))
    metadata = read_metadata(resource)
    tests = []
    for position, href in enumerate(dict.fromkeys(hrefs)):
        name = find_file(package.files, href)
        if name is None:
            if is_question:
                place = SourcePlace(MANIFEST, f"file '{href[:100]}'", resource.sourceline)
                finding = SourceFinding(
                    place, href[:100], "qti-file-missing", {"value": href[:200]}
                )
                package.rejected += [finding] if finding not in package.rejected else []
            continue
        suffix = name.rsplit(".", 1)[-1].lower()
        if suffix not in ("xml", "qti", "dat") or name in package.done:
            continue
        package.metadata.setdefault(name, metadata)
        if _read_one(name, package, is_main=is_question and position == 0):
            tests.append(name)
    return tests


def _read_one(name: str, package: _Package, *, is_main: bool) -> bool:
    """Read one XML file of the package; whether it is a test."""
    package.done.add(name)
    try:
        root = parse_xml(package.files[name], name)
    except ItemBankError as error:
        if is_main or b"ssessment" in package.files[name]:
            line = error.details.get("line")
            place = SourcePlace(name, "", line if isinstance(line, int) else None)
            package.rejected.append(SourceFinding(place, name, error.code, error.details))
        return False
    to_2x_names(root)
    kind = local_name(root)
    if kind == "questestinterop":
        items, rejected = read_interoperability(root, name, package.pictures)
        fresh = [item for item in items if _fingerprint(item) not in package.seen]
        package.seen |= {_fingerprint(item) for item in fresh}
        if len(fresh) < len(items):
            note = {"file": name, "count": len(items) - len(fresh)}
            package.notes.append(Finding("warning", "qti-repeated", name, note))
        package.items += fresh
        package.rejected += rejected if fresh or not items else ()
    elif kind == "assessmentItem":
        metadata = package.metadata.get(name, Metadata())
        around = Surroundings(
            package.pictures,
            lambda reference, base: _stimulus(reference, base, package),
            metadata.fields,
            metadata.tags,
        )
        drafts, refused = read_file(root, name, around)
        package.items += drafts
        package.rejected += refused
    elif kind in ("assessmentTest", "assessmentSection"):
        _note_test(root, name, package)
        return True
    elif kind == "usageData":
        package.notes.append(Finding("warning", "qti-usage-data", name))
    elif is_main and kind not in ("assessmentStimulus", "responseProcessing", "html", "quiz"):
        place = SourcePlace(name, kind, root.sourceline)
        package.rejected.append(SourceFinding(place, name, "qti-not-found", {"value": kind[:60]}))
    return False


def _fingerprint(item: DraftItem) -> str:
    return repr((item.fields.get("id"), item.fields.get("stem")))


def _note_test(root: Element, name: str, package: _Package) -> None:
    """A test is not stored: what it is called and how many items it lines up is noted."""
    references = list(root.iter("assessmentItemRef"))
    details = {
        "title": " ".join((root.get("title") or root.get("identifier") or name).split())[:200],
        "sections": sum(1 for _ in root.iter("assessmentSection")),
        "count": len(references),
    }
    package.notes.append(Finding("warning", "qti-test", name, details))


def _read_references(test: str, package: _Package) -> None:
    """Read the items a test refers to and the manifest does not name."""
    root = to_2x_names(parse_xml(package.files[test], test))
    for reference in root.iter("assessmentItemRef", "assessmentSectionRef"):
        href = reference.get("href", "")
        name = find_file(package.files, href, test)
        if name is None:
            place = SourcePlace(test, f"item '{href[:100]}'", reference.sourceline)
            finding = SourceFinding(place, href[:100], "qti-file-missing", {"value": href[:200]})
            package.rejected.append(finding)
        elif name not in package.done and _read_one(name, package, is_main=True):
            _read_references(name, package)


def _stimulus(reference: Element, base: str, package: _Package) -> Fields | None:
    """The shared text of a reference; each file is read once."""
    href = reference.get("href") or reference.get("data") or ""
    name = find_file(package.files, href, base)
    if name is None:
        return None
    if name not in package.stimuli:
        package.stimuli[name] = _read_stimulus(name, package)
    stimulus = package.stimuli[name]
    return copy.deepcopy(stimulus)


def _read_stimulus(name: str, package: _Package) -> Fields | None:
    try:
        root = to_2x_names(parse_xml(package.files[name], name))
    except ItemBankError as error:
        line = error.details.get("line")
        place = SourcePlace(name, "", line if isinstance(line, int) else None)
        package.rejected.append(SourceFinding(place, name, error.code, error.details))
        return None
    identifier = root.get("identifier") or posixpath.splitext(posixpath.basename(name))[0]
    converter = Converter(package.pictures, name, identifier)
    converter.translations = read_translations(root)
    body = next(root.iter("stimulusBody", "body"), root)
    figures: list[dict[str, object]] = []
    # pictures of others stand where they stand in the passage
    is_own = any(node.get(OWN) for node in body.iter())
    words = converter.words(body, figures if is_own else None)
    package.notes += converter.findings
    title = plain_text(next(root.iter("title"), None)) if local_name(root) == "html" else ""
    return {
        "id": (body.get("data-id") or identifier)[:100],
        "text": words or ({"": title} if title else {}),
        "figures": figures,
    }


def _with_own_ids(items: list[DraftItem]) -> list[DraftItem]:
    """Items whose id another one has get their own, with a finding."""
    seen: set[str] = set()
    result = []
    for item in items:
        wanted = fresh = str(item.fields.get("id", ""))
        number = 1
        while wanted and fresh in seen:
            number += 1
            fresh = f"{wanted[:90]}-{number}"
        seen.add(fresh)
        if fresh != wanted:
            finding = Finding("warning", "qti-id-repeated", fresh, {"value": wanted})
            item = replace(
                item, fields=dict(item.fields) | {"id": fresh}, findings=(*item.findings, finding)
            )
        result.append(item)
    return result


def _with_positions(items: list[DraftItem]) -> list[DraftItem]:
    """Items that share a stimulus of the package are numbered in its set, in their order."""
    taken: dict[str, set[int]] = {}
    texts: dict[str, str] = {}
    result = []
    for item in items:
        stimulus = item.fields.get("stimulus")
        if isinstance(stimulus, dict):
            name = _own_name(stimulus, texts)
            stimulus = stimulus | {"id": name}
            used = taken.setdefault(name, set())
            position = int(stimulus.get("position", 1))
            while position in used:
                position += 1
            used.add(position)
            fields = dict(item.fields) | {"stimulus": stimulus | {"position": position}}
            item = replace(item, fields=fields)
        result.append(item)
    return result


def _own_name(stimulus: Fields, texts: dict[str, str]) -> str:
    """The id of a set; another one where it is taken by a set with another text."""
    wanted = name = str(stimulus.get("id"))
    text = repr((stimulus.get("text"), stimulus.get("figures")))
    number = 1
    while texts.setdefault(name, text) != text:
        number += 1
        name = f"{wanted[:90]}-{number}"
    return name
