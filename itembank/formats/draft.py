"""What every reader of question files gives back: items as far as the file says them, and the rest.

A draft is not yet an item: a file from elsewhere knows no competency of our blueprint. `complete`
makes the item once somebody has chosen one. Nothing of the source is left out silently: an element
is among `items` or among `rejected`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from itembank.errors import Finding, ItemBankError
from itembank.item import (
    COGNITIVE_LEVELS,
    DIFFICULTIES,
    JURISDICTIONS,
    STATUSES,
    Item,
    content_hash,
    item_from_native,
)
from itembank.texts import LANGUAGES

# A label of ours is carried by other formats as a tag "name:value".
LABELS = ("competency", "sub_topic", "cognitive_level", "difficulty", "jurisdiction", "status")
_LABEL_LISTS = ("posts", "enemies")
# Another system's "difficulty:7" is a tag of its own and stays one.
_ALLOWED = {
    "cognitive_level": COGNITIVE_LEVELS,
    "difficulty": DIFFICULTIES,
    "jurisdiction": JURISDICTIONS,
    "status": STATUSES,
}
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """Where an element stands: the file, a place a person finds ("question 3 'Name'"), a line."""

    file: str
    place: str = ""
    line: int | None = None

    def __str__(self) -> str:
        parts = [self.file, self.place, f"line {self.line}" if self.line is not None else ""]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class SourceFinding:
    """An element of the source that cannot be stored; `code` has a sentence in `FINDINGS`."""

    source: SourcePlace
    element: str
    code: str
    details: Mapping[str, object] = field(default_factory=dict)

    def as_finding(self) -> Finding:
        """The same as a finding, its place in words."""
        return Finding("error", self.code, str(self.source), self.details)


@dataclass(frozen=True, slots=True)
class DraftItem:
    """An item as far as its source says it.

    Attributes
    ----------
    fields : the native JSON of the item; without "competency" where the source has none, and "id"
        only where the source has a stable one.
    source : where it stands.
    tags : categories and tags of the source.
    findings : warnings, such as a picture that is missing or a penalty that was dropped.
    """

    fields: Mapping[str, object]
    source: SourcePlace
    tags: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportDraft:
    """All of a file: `len(items) + len(rejected)` is the number of its elements.

    Attributes
    ----------
    kind : the format, such as "gift".
    assets : pictures by the names the items use (`figures/...`), not yet decoded or checked.
    notes : what is to be said of the file as a whole.
    language : the language most of its texts are written in, "en" or "zh".
    """

    kind: str
    items: tuple[DraftItem, ...]
    rejected: tuple[SourceFinding, ...] = ()
    assets: Mapping[str, bytes] = field(default_factory=dict)
    notes: tuple[Finding, ...] = ()
    language: str = "en"

    @property
    def n_elements(self) -> int:
        """Elements of the source, stored or not."""
        return len(self.items) + len(self.rejected)


def complete(draft: DraftItem, competency: str = "", item_id: str = "") -> Item:
    """The item of a draft; what the draft says itself goes before `competency` and `item_id`.

    Without any id, the item gets one made of its content, the same on every import.

    Raises
    ------
    ItemBankError
        What `item_from_native` finds.
    """
    fields = dict(draft.fields)
    labels, _ = split_labels(draft.tags)
    for name, value in labels.items():
        fields.setdefault(name, value)
    fields["competency"] = fields.get("competency") or competency
    if not fields.get("id"):
        fields["id"] = item_id or f"q-{content_hash(item_from_native(fields | {'id': 'q'}))[:12]}"
    return item_from_native(fields)


def check_draft(draft: DraftItem) -> ItemBankError | None:
    """What keeps the draft from being an item whatever its competency; None when nothing does."""
    try:
        complete(draft, competency="-", item_id="-")
    except ItemBankError as error:
        return error
    return None


def sort_drafts(
    drafts: Iterable[DraftItem],
) -> tuple[tuple[DraftItem, ...], tuple[SourceFinding, ...]]:
    """Drafts that can be items, and a finding for each that cannot: what every reader ends with."""
    items, rejected = [], []
    for draft in drafts:
        error = check_draft(draft)
        if error is None:
            items.append(draft)
        else:
            name = str(draft.fields.get("id") or draft.source.place)
            rejected.append(SourceFinding(draft.source, name, error.code, error.details))
    return tuple(items), tuple(rejected)


# --- labels as tags ---


def label_tags(item: Item) -> tuple[str, ...]:
    """The labels of an item as tags for formats that have no field for them."""
    tags = [f"{name}:{getattr(item, name)}" for name in LABELS if getattr(item, name)]
    for name in _LABEL_LISTS:
        tags += [f"{name}:{value}" for value in getattr(item, name)]
    return tuple(tags)


def split_labels(tags: Iterable[str]) -> tuple[dict[str, object], tuple[str, ...]]:
    """The fields that tags of `label_tags` stand for, and the tags that are none of them."""
    labels: dict[str, object] = {}
    lists: dict[str, list[str]] = {}
    others = []
    for tag in tags:
        name, colon, value = tag.partition(":")
        if colon and value and name in LABELS and value in _ALLOWED.get(name, (value,)):
            labels[name] = value
        elif colon and value and name in _LABEL_LISTS:
            lists.setdefault(name, []).append(value)
        else:
            others.append(tag)
    return labels | lists, tuple(others)


# --- pictures ---


def safe_asset_name(name: str, taken: Collection[str] = ()) -> str:
    """A name for a picture inside the bank that every system stores and every address carries.

    A plain name stays as it is ("ct ring.PNG" becomes "figures/ct-ring.png"); what is not ASCII is
    replaced by a short fingerprint of the whole name. `taken` names get a number.
    """
    name = unquote(name.split("?")[0]).replace("\\", "/").removeprefix("figures/")
    stem, dot, suffix = name.rpartition(".")
    if not dot or not re.fullmatch(r"[A-Za-z0-9]{1,5}", suffix):
        stem, suffix = name, "bin"
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")
    if not stem.isascii() or not plain or len(plain) > 80:
        fingerprint = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:8]
        plain = f"{plain[:60]}-{fingerprint}".strip("-")
    found, number = f"figures/{plain}.{suffix.lower()}", 2
    while found in taken:
        found, number = f"figures/{plain}-{number}.{suffix.lower()}", number + 1
    return found


# --- languages ---


def detect_language(text: str) -> str:
    """The language of a text: "zh" when every fifth of its letters or more is Chinese, else "en".

    A Chinese question is full of Latin units and abbreviations and an English one holds no Chinese,
    so a small share decides.
    """
    chinese = len(_HAN.findall(text))
    return "zh" if chinese and chinese * 4 >= len(_LATIN.findall(text)) else "en"


def native_text(text: str, language: str = "") -> dict[str, str]:
    """The native form of a text in one language, which is detected unless given; empty for none."""
    text = text.strip()
    if not text:
        return {}
    return {language if language in LANGUAGES else detect_language(text): text}


def language_of(texts: Iterable[str]) -> str:
    """The language of a whole file, from all its texts."""
    return detect_language("".join(texts))
