"""An item of any type. Construction checks it: an `Item` in hand can be shown and scored."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, fields

from itembank.errors import ItemBankError
from itembank.item_checks import (
    CHOICE_COUNTS,
    COGNITIVE_LEVELS,
    DIFFICULTIES,
    ITEM_TYPES,
    JURISDICTIONS,
    LETTERS,
    MAX_CHOICES,
    MAX_FIGURES,
    MAX_ID,
    MIN_CHOICES,
    SCORINGS,
    STATUSES,
    check_asset_name,
    check_item,
    texts_of,
)
from itembank.native_parts import (
    NativeReader,
    choice_from_native,
    choice_to_native,
    figure_from_native,
    figure_to_native,
    numeric_from_native,
    numeric_to_native,
    premise_from_native,
    premise_to_native,
    region_from_native,
    region_to_native,
    stimulus_from_native,
    stimulus_to_native,
    text_to_native,
)
from itembank.parts import (
    FALSE_TEXT,
    TRUE_TEXT,
    Choice,
    Figure,
    Numeric,
    Premise,
    Region,
    Stimulus,
    true_false_choices,
)
from itembank.texts import LANGUAGES, MAX_TEXT, NO_TEXT, Text, check_readable, clean_text

__all__ = [
    "CHOICE_COUNTS",
    "COGNITIVE_LEVELS",
    "DIFFICULTIES",
    "FALSE_TEXT",
    "ITEM_TYPES",
    "JURISDICTIONS",
    "LANGUAGES",
    "LETTERS",
    "MAX_CHOICES",
    "MAX_FIGURES",
    "MAX_ID",
    "MAX_TEXT",
    "MIN_CHOICES",
    "NO_TEXT",
    "SCORINGS",
    "STATUSES",
    "TRUE_TEXT",
    "Choice",
    "Figure",
    "Item",
    "NativeReader",
    "Numeric",
    "Premise",
    "Region",
    "Stimulus",
    "Text",
    "assets_of",
    "check_asset_name",
    "check_item",
    "check_readable",
    "clean_text",
    "content_hash",
    "item_from_native",
    "item_to_native",
    "true_false_choices",
]

_INLINE_PICTURE = re.compile(r"!\[[^\]\n]*\]\(<?(figures/(?:(?<=<figures/)[^>\n]+|[^)>\n]+?))>?\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item with everything a student sees, and its place in the blueprint.

    The types, and the fields that only they use:

    single_best : 2 to 8 `choices`, one key.
    true_false : the choices "true" and "false" (`true_false_choices`), one key.
    multiple : all keys are to be selected, nobody says how many.
    select_n : as many choices are to be selected as there are keys.
    numeric : a number, `numeric`.
    short_text : one of the answers `accepted`.
    order : `choices` in the right order; they are shown in another one.
    hot_spot : a point on the first figure inside one of the key `regions`.
    matching : a choice for each of the `premises`; a choice may fit several or none.

    `scoring` is a rule of `SCORINGS`, empty for the type's default. Items of one set carry the same
    `stimulus`, each with its position. `competency` and `sub_topic` are codes of a blueprint (the
    bank checks them), `rule` is the one line to learn, items that share an id of `enemies` never
    meet in one sitting, `reference` names the source, `written` is a date (ISO 8601) or empty.

    Raises
    ------
    ItemBankError
        With `where` the item's id; see `check_item`.
    """

    id: str
    competency: str
    stem: Text
    choices: tuple[Choice, ...] = ()
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
    scoring: str = ""
    numeric: Numeric | None = None
    accepted: tuple[Text, ...] = ()
    regions: tuple[Region, ...] = ()
    premises: tuple[Premise, ...] = ()
    stimulus: Stimulus | None = None

    def __post_init__(self) -> None:
        check_item(self)

    @property
    def key(self) -> frozenset[str]:
        """Ids of the correct choices; empty for the types that have none."""
        return frozenset(choice.id for choice in self.choices if choice.is_key)

    @property
    def scoring_rule(self) -> str:
        """The rule in force: `scoring`, or the type's default; empty where there is one rule."""
        return self.scoring or SCORINGS.get(self.type, ("",))[0]

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages in which all that is needed to answer is written: it can be taken in these."""
        texts = [self.stem, *(choice.text for choice in self.choices)]
        texts += [premise.text for premise in self.premises]
        if self.stimulus is not None and self.stimulus.text:
            texts.append(self.stimulus.text)
        return tuple(lang for lang in LANGUAGES if all(lang in text.languages for text in texts))


def assets_of(item: Item) -> tuple[str, ...]:
    """Names of all pictures an item shows, its set's and those inside texts included."""
    figures = item.figures + (item.stimulus.figures if item.stimulus is not None else ())
    names = [figure.asset for figure in figures]
    for text in texts_of(item):
        for written in (text.en, text.zh):
            names += _INLINE_PICTURE.findall(written)
    return tuple(dict.fromkeys(names))


def content_hash(item: Item) -> str:
    """Fingerprint of what a student sees and how it is scored: SHA-256, 64 hexadecimal digits.

    The order of the choices counts and the ids of choices, premises, regions and sets do not (a
    student never sees them); labels such as sub-topic or status do not count either. The same in
    every file format and every run.
    """
    seen: dict[str, object] = {
        "type": item.type,
        "competency": item.competency,
        "stem": text_to_native(item.stem),
        "figures": [figure_to_native(figure) for figure in item.figures],
        "choices": [
            [text_to_native(choice.text), choice.is_key, text_to_native(choice.reason)]
            for choice in item.choices
        ],
        "rule": text_to_native(item.rule),
    }
    canonical = json.dumps(
        seen | _seen_of_type(item), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _seen_of_type(item: Item) -> dict[str, object]:
    """What only some items have. Left out where absent, so that older fingerprints stay valid."""
    seen: dict[str, object] = {}
    if item.scoring_rule != SCORINGS.get(item.type, ("",))[0]:
        seen["scoring"] = item.scoring_rule
    if item.numeric is not None:
        seen["numeric"] = numeric_to_native(item.numeric)
    if item.accepted:
        seen["accepted"] = [text_to_native(answer) for answer in item.accepted]
    if item.regions:
        # Formats write shares with few digits: what nobody can see is not a difference.
        seen["regions"] = [
            region_to_native(region)
            | {"id": "", "coordinates": [round(share, 4) for share in region.coordinates]}
            for region in item.regions
        ]
    if item.premises:
        place = {choice.id: position for position, choice in enumerate(item.choices)}
        seen["premises"] = [
            [text_to_native(one.text), place[one.match], text_to_native(one.reason)]
            for one in item.premises
        ]
    if item.stimulus is not None:
        seen["stimulus"] = stimulus_to_native(item.stimulus) | {"id": ""}
    return seen


# --- the native form (JSON) ---


def item_to_native(item: Item) -> dict[str, object]:
    """The item as JSON values; `item_from_native` is its inverse."""
    native: dict[str, object] = {
        "id": item.id,
        "type": item.type,
        "competency": item.competency,
        "sub_topic": item.sub_topic,
        "cognitive_level": item.cognitive_level,
        "difficulty": item.difficulty,
        "stem": text_to_native(item.stem),
        "figures": [figure_to_native(figure) for figure in item.figures],
        "options": [choice_to_native(choice) for choice in item.choices],
        "rule": text_to_native(item.rule),
        "reference": item.reference,
        "jurisdiction": item.jurisdiction,
        "posts": list(item.posts),
        "enemies": list(item.enemies),
        "status": item.status,
        "written": item.written,
    }
    if item.scoring:
        native["scoring"] = item.scoring
    if item.numeric is not None:
        native["numeric"] = numeric_to_native(item.numeric)
    if item.accepted:
        native["accepted"] = [text_to_native(answer) for answer in item.accepted]
    if item.regions:
        native["regions"] = [region_to_native(region) for region in item.regions]
    if item.premises:
        native["premises"] = [premise_to_native(premise) for premise in item.premises]
    if item.stimulus is not None:
        native["stimulus"] = stimulus_to_native(item.stimulus)
    return native


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
    numeric, stimulus = read.object("numeric"), read.object("stimulus")
    return Item(
        id=clean_text(read.string("id")),
        type=read.string("type", "single_best"),
        competency=clean_text(read.string("competency")),
        sub_topic=clean_text(read.string("sub_topic")),
        cognitive_level=read.string("cognitive_level") or None,
        difficulty=read.string("difficulty") or None,
        stem=read.text("stem"),
        figures=tuple(figure_from_native(part) for part in read.objects("figures")),
        choices=tuple(choice_from_native(part) for part in read.objects("options")),
        rule=read.text("rule"),
        reference=clean_text(read.string("reference")),
        jurisdiction=read.string("jurisdiction") or None,
        posts=read.strings("posts"),
        enemies=read.strings("enemies"),
        status=read.string("status", "draft"),
        written=clean_text(read.string("written")),
        scoring=read.string("scoring"),
        numeric=numeric_from_native(numeric) if numeric is not None else None,
        accepted=read.texts("accepted"),
        regions=tuple(region_from_native(part) for part in read.objects("regions")),
        premises=tuple(premise_from_native(part) for part in read.objects("premises")),
        stimulus=stimulus_from_native(stimulus) if stimulus is not None else None,
    )
