"""A selected-response item. Construction checks it: an `Item` in hand can be shown and scored."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields

from itembank.errors import ItemBankError

LANGUAGES = ("en", "zh")
ITEM_TYPES = ("single_best",)
COGNITIVE_LEVELS = ("K", "A", "E")
DIFFICULTIES = ("easy", "medium", "hard")
JURISDICTIONS = ("CN", "US", "ICRP")
STATUSES = ("draft", "reviewed", "published", "retired")
MIN_CHOICES, MAX_CHOICES = 2, 8
MAX_FIGURES = 9
MAX_TEXT = 20_000
MAX_ID = 100

# Control characters cannot be stored by every database nor written to XLSX; U+FFFD marks a text
# already damaged by a wrong encoding; a lone surrogate cannot be encoded at all.
_UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd\ufffe\uffff]")


def clean_text(text: str) -> str:
    """The same text in one form: NFC, newlines as LF, no white space around it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return unicodedata.normalize("NFC", text).strip()


def check_readable(text: str, where: str) -> None:
    """Refuse a text that is too long or holds characters which cannot be stored.

    Raises
    ------
    ItemBankError
        "text-too-long"; "text-unreadable": control characters or damaged encoding.
    """
    if len(text) > MAX_TEXT:
        raise ItemBankError("text-too-long", where, length=len(text), limit=MAX_TEXT)
    found = _UNREADABLE.search(text)
    if found:
        raise ItemBankError("text-unreadable", where, character=f"U+{ord(found[0]):04X}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in English, Chinese or both; Markdown allowed. Always clean (see `clean_text`)."""

    en: str = ""
    zh: str = ""

    def __post_init__(self) -> None:
        for language in LANGUAGES:
            object.__setattr__(self, language, clean_text(getattr(self, language)))

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)

    def get(self, language: str) -> str:
        """The text in that language, or in the other where it is missing."""
        return (self.zh or self.en) if language.startswith("zh") else (self.en or self.zh)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is written in."""
        return tuple(language for language in LANGUAGES if getattr(self, language))


NO_TEXT = Text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A picture of an item; `asset` is its path inside the bank, such as `figures/ct-ring.png`."""

    asset: str
    alt: Text = NO_TEXT
    caption: Text = NO_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One option, whether it is the key, and why it is right or wrong."""

    id: str
    text: Text
    is_key: bool = False
    reason: Text = NO_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A selected-response item with everything a student sees, and its place in the blueprint.

    `competency` and `sub_topic` are codes of a blueprint (the bank checks them), `rule` is the one
    line to learn, items that share an id of `enemies` never meet in one sitting, `reference` names
    the source, `written` is a date (ISO 8601) or empty.

    Raises
    ------
    ItemBankError
        With `where` the item's id; see `check_item`.
    """

    id: str
    competency: str
    stem: Text
    choices: tuple[Choice, ...]
    type: str = "single_best"
    sub_topic: str = ""
    cognitive_level: str | None = None
    difficulty: str | None = None
    figures: tuple[Figure, ...] = ()
    rule: Text = NO_TEXT
    reference: str = ""
    jurisdiction: str | None = None
    posts: tuple[str, ...] = ()
    enemies: tuple[str, ...] = ()
    status: str = "draft"
    written: str = ""

    def __post_init__(self) -> None:
        check_item(self)

    @property
    def key(self) -> frozenset[str]:
        """Ids of the correct choices."""
        return frozenset(choice.id for choice in self.choices if choice.is_key)

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages in which the stem and every choice are written: it can be taken in these."""
        texts = [self.stem, *(choice.text for choice in self.choices)]
        return tuple(lang for lang in LANGUAGES if all(lang in text.languages for text in texts))


def check_item(item: Item) -> None:
    """Refuse what could not be shown or scored.

    Raises
    ------
    ItemBankError
        "item-id-wrong", "type-unknown", "stem-missing", "competency-missing", "choice-count",
        "choice-id-wrong", "duplicate-choice-id", "choice-text-missing", "key-count",
        "label-unknown", "figure-count", "asset-name-wrong", "text-too-long", "text-unreadable".
    """
    where = item.id
    if not item.id or len(item.id) > MAX_ID or item.id != item.id.strip():
        raise ItemBankError("item-id-wrong", where[:MAX_ID], limit=MAX_ID)
    if item.type not in ITEM_TYPES:
        raise ItemBankError("type-unknown", where, value=item.type)
    if not item.competency:
        raise ItemBankError("competency-missing", where)
    if not item.stem:
        raise ItemBankError("stem-missing", where)
    for text in _strings_of(item):
        check_readable(text, where)
    _check_choices(item)
    _check_labels(item)
    if len(item.figures) > MAX_FIGURES:
        raise ItemBankError("figure-count", where, count=len(item.figures), most=MAX_FIGURES)
    for figure in item.figures:
        check_asset_name(figure.asset, where)


def _check_choices(item: Item) -> None:
    where = item.id
    if not MIN_CHOICES <= len(item.choices) <= MAX_CHOICES:
        raise ItemBankError(
            "choice-count", where, count=len(item.choices), least=MIN_CHOICES, most=MAX_CHOICES
        )
    ids = [choice.id for choice in item.choices]
    for choice_id in ids:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,20}", choice_id):
            raise ItemBankError("choice-id-wrong", where, value=choice_id)
    if len(set(ids)) != len(ids):
        raise ItemBankError("duplicate-choice-id", where)
    for position, choice in enumerate(item.choices):
        if not choice.text:
            raise ItemBankError("choice-text-missing", where, letter="ABCDEFGH"[position])
    if len(item.key) != 1:
        raise ItemBankError("key-count", where, count=len(item.key))


def _check_labels(item: Item) -> None:
    allowed: dict[str, tuple[str | None, ...]] = {
        "cognitive_level": (None, *COGNITIVE_LEVELS),
        "difficulty": (None, *DIFFICULTIES),
        "jurisdiction": (None, *JURISDICTIONS),
        "status": STATUSES,
    }
    for field, values in allowed.items():
        value = getattr(item, field)
        if value not in values:
            names = ", ".join(name for name in values if name)
            raise ItemBankError("label-unknown", item.id, field=field, value=value, allowed=names)


def check_asset_name(name: str, where: str) -> None:
    """Refuse a file name that could leave the bank's folder or that some system cannot store.

    Raises
    ------
    ItemBankError
        "asset-name-wrong".
    """
    parts = name.split("/")
    if (
        len(name) > 200
        or not name.startswith("figures/")
        or re.search(r'[\\:;|"<>?*]', name)
        or _UNREADABLE.search(name)
        or any(part in ("", ".", "..") or part != part.strip() for part in parts)
    ):
        raise ItemBankError("asset-name-wrong", where, value=name[:200])


def _strings_of(item: Item) -> Iterator[str]:
    """Every string of an item that a person wrote."""
    texts = [item.stem, item.rule]
    for choice in item.choices:
        texts += [choice.text, choice.reason]
    for figure in item.figures:
        texts += [figure.alt, figure.caption]
    for text in texts:
        yield text.en
        yield text.zh
    yield from (item.id, item.competency, item.sub_topic, item.reference, item.written)
    yield from item.posts
    yield from item.enemies


def content_hash(item: Item) -> str:
    """Fingerprint of what a student sees and how it is scored: SHA-256, 64 hexadecimal digits.

    The order of the choices counts and their ids do not (a student never sees them); labels such as
    sub-topic or status do not count either. The same in every file format and every run.
    """
    seen = {
        "type": item.type,
        "competency": item.competency,
        "stem": _text_to_native(item.stem),
        "figures": [_figure_to_native(figure) for figure in item.figures],
        "choices": [
            [_text_to_native(choice.text), choice.is_key, _text_to_native(choice.reason)]
            for choice in item.choices
        ],
        "rule": _text_to_native(item.rule),
    }
    canonical = json.dumps(seen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


# --- the native form (JSON) ---


def item_to_native(item: Item) -> dict[str, object]:
    """The item as JSON values; `item_from_native` is its inverse."""
    return {
        "id": item.id,
        "type": item.type,
        "competency": item.competency,
        "sub_topic": item.sub_topic,
        "cognitive_level": item.cognitive_level,
        "difficulty": item.difficulty,
        "stem": _text_to_native(item.stem),
        "figures": [_figure_to_native(figure) for figure in item.figures],
        "options": [
            {
                "id": choice.id,
                "text": _text_to_native(choice.text),
                "key": choice.is_key,
                "reason": _text_to_native(choice.reason),
            }
            for choice in item.choices
        ],
        "rule": _text_to_native(item.rule),
        "reference": item.reference,
        "jurisdiction": item.jurisdiction,
        "posts": list(item.posts),
        "enemies": list(item.enemies),
        "status": item.status,
        "written": item.written,
    }


def item_from_native(native: object) -> Item:
    """An item from JSON values.

    Raises
    ------
    ItemBankError
        "wrong-type", "unknown-field" or what `check_item` finds, with `where` the item's id and
        field.
    """
    if not isinstance(native, dict):
        raise ItemBankError("wrong-type", "item", field="item", expected="an object")
    where = native.get("id")
    where = where if isinstance(where, str) and where else "item"
    read = NativeReader(native, where)
    read.only({field.name for field in fields(Item)} - {"choices"} | {"options"})
    return Item(
        id=clean_text(read.string("id")),
        type=read.string("type", "single_best"),
        competency=clean_text(read.string("competency")),
        sub_topic=clean_text(read.string("sub_topic")),
        cognitive_level=read.string("cognitive_level") or None,
        difficulty=read.string("difficulty") or None,
        stem=read.text("stem"),
        figures=tuple(_figure_from_native(part) for part in read.objects("figures")),
        choices=tuple(_choice_from_native(part) for part in read.objects("options")),
        rule=read.text("rule"),
        reference=clean_text(read.string("reference")),
        jurisdiction=read.string("jurisdiction") or None,
        posts=read.strings("posts"),
        enemies=read.strings("enemies"),
        status=read.string("status", "draft"),
        written=clean_text(read.string("written")),
    )


class NativeReader:
    """Reads one JSON object, each field by its expected kind, and says where it is otherwise."""

    def __init__(self, native: dict[str, object], where: str) -> None:
        self.native = native
        self.where = where

    def only(self, known: set[str]) -> None:
        """Refuse fields that would be lost: a misspelt name is found here."""
        for field in self.native:
            if field not in known:
                raise ItemBankError("unknown-field", self.where, field=str(field)[:60])

    def _wrong(self, field: str, expected: str) -> ItemBankError:
        return ItemBankError("wrong-type", self.where, field=field, expected=expected)

    def string(self, field: str, default: str = "") -> str:
        """A string; null and a missing field give the default."""
        value = self.native.get(field)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self._wrong(field, "a string")
        return value

    def number(self, field: str) -> float:
        """A finite number."""
        value = self.native.get(field)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(field, "a number")
        if not abs(value) <= 1e9:  # also not a number
            raise self._wrong(field, "a number")
        return float(value)

    def flag(self, field: str) -> bool:
        """True or false; missing is false."""
        value = self.native.get(field, False)
        if not isinstance(value, bool):
            raise self._wrong(field, "true or false")
        return value

    def strings(self, field: str) -> tuple[str, ...]:
        """A list of strings; missing is empty."""
        value = self.native.get(field) or []
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self._wrong(field, "a list of strings")
        return tuple(clean_text(part) for part in value)

    def text(self, field: str) -> Text:
        """A text in one or both languages; missing is empty."""
        value = self.native.get(field) or {}
        if not isinstance(value, dict) or not all(
            name in LANGUAGES and (part is None or isinstance(part, str))
            for name, part in value.items()
        ):
            raise self._wrong(field, 'an object with "en" and "zh"')
        return Text(en=value.get("en") or "", zh=value.get("zh") or "")

    def objects(self, field: str) -> list[NativeReader]:
        """A list of objects, each with its own place; missing is empty."""
        value = self.native.get(field) or []
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise self._wrong(field, "a list of objects")
        return [
            NativeReader(part, f"{self.where}, {field} {index}")
            for index, part in enumerate(value, start=1)
        ]

    def mapping(self, field: str) -> dict[str, object]:
        """An object; missing is empty."""
        value = self.native.get(field) or {}
        if not isinstance(value, dict):
            raise self._wrong(field, "an object")
        return value


def _text_to_native(text: Text) -> dict[str, str]:
    return {language: getattr(text, language) for language in text.languages}


def _figure_to_native(figure: Figure) -> dict[str, object]:
    return {
        "asset": figure.asset,
        "alt": _text_to_native(figure.alt),
        "caption": _text_to_native(figure.caption),
    }


def _figure_from_native(read: NativeReader) -> Figure:
    read.only({"asset", "alt", "caption"})
    return Figure(asset=read.string("asset"), alt=read.text("alt"), caption=read.text("caption"))


def _choice_from_native(read: NativeReader) -> Choice:
    read.only({"id", "text", "key", "reason"})
    return Choice(
        id=read.string("id"),
        text=read.text("text"),
        is_key=read.flag("key"),
        reason=read.text("reason"),
    )
