"""One small function a rule; every finding is reported, none stops the others.

What could not be shown or scored at all never gets here: construction of an `Item` refuses it. An
"error" keeps an item out of a published bank, a "warning" is for the author to weigh. The rules on
wording follow common item-writing guidelines (Haladyna, Downing & Rodriguez 2002, Applied
Measurement in Education 15, 309-333).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

from itembank.bank import ItemBank
from itembank.blueprint import fold
from itembank.errors import Finding
from itembank.item import LANGUAGES, LETTERS, Item, Text, assets_of, content_hash
from itembank.item_checks import texts_of
from itembank.type_rules import SET_RULES, TYPE_RULES

_LAST_SENTENCE = re.compile(r"[^.?!。？！\n]*[.?!。？！\s]*$")
_NEGATIVE = {
    "en": re.compile(
        r"\b(not|except|incorrect|untrue|inappropriate|least (likely|appropriate))\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(r"不正确|不恰当|错误的|有误|不属于|不包括|不符合|不是|除外|不应|不宜|除了"),
}
_ALL_OR_NONE = re.compile(
    r"^\s*(all|none|both|neither|any) of (the )?(above|these|them)|"
    r"^\s*(以上|上述)(皆|都|均|全|各项)|^\s*(以上|上述)?(都|均|皆)(不)?(是|对|正确)",
    re.IGNORECASE,
)
_UNDESCRIBED = re.compile(r"!\[\s*\]\(<?(figures/[^)>\n]+?)>?\)")
MIN_ITEMS_FOR_BALANCE = 20


def validate_item(item: Item) -> list[Finding]:
    """Findings of all rules that need only the item."""
    return [finding for rule in ITEM_RULES for finding in rule(item)]


def validate_bank(bank: ItemBank) -> list[Finding]:
    """Findings of all rules: every item's, then the bank's."""
    findings = [finding for item in bank.items for finding in validate_item(item)]
    return findings + [finding for rule in BANK_RULES for finding in rule(bank)]


# --- one item ---


def missing_reasons(item: Item) -> Iterator[Finding]:
    """Every choice says why it is right or wrong."""
    if item.type not in ("single_best", "multiple", "select_n"):
        return  # no option is right or wrong on its own; see `missing_explanation`
    letters = [LETTERS[i] for i, choice in enumerate(item.choices) if not choice.reason]
    if letters:
        yield Finding("warning", "reason-missing", item.id, {"letters": ", ".join(letters)})


def missing_translation(item: Item) -> Iterator[Finding]:
    """What is written in one language is written in the other; "5 mGy" needs no translation."""
    # What is accepted has a rule of its own: each answer may be in one language.
    texts = [text for text in texts_of(item) if text not in item.accepted]
    for language in LANGUAGES:
        missing = sum(_needs(text, language) for text in texts)
        if missing:
            details = {"language": language, "count": missing}
            yield Finding("warning", "translation-missing", item.id, details)


def _needs(text: Text, language: str) -> bool:
    written = text.get(language)
    if not written or language in text.languages:
        return False
    # Numbers, units and abbreviations are the same in both languages.
    return language == "en" or bool(re.search(r"[A-Za-z]{4}", written))


def negative_stem(item: Item) -> Iterator[Finding]:
    """The question asks for what is, not for what is not."""
    for language, pattern in _NEGATIVE.items():
        question = _LAST_SENTENCE.search(getattr(item.stem, language))
        found = pattern.search(question[0]) if question else None
        if found:
            yield Finding("warning", "negative-stem", item.id, {"word": found[0]})
            return


def all_or_none_of_the_above(item: Item) -> Iterator[Finding]:
    """No choice refers to the others: their order may change, and partial knowledge helps."""
    for position, choice in enumerate(item.choices):
        if any(_ALL_OR_NONE.search(text) for text in (choice.text.en, choice.text.zh)):
            yield Finding("warning", "all-or-none", item.id, {"letter": LETTERS[position]})


def length_cue(item: Item) -> Iterator[Finding]:
    """The key is not much longer than the distractors."""
    if item.type not in ("single_best", "multiple", "select_n") or item.key >= _ids(item):
        return
    for language in LANGUAGES:
        if any(language not in choice.text.languages for choice in item.choices):
            continue
        keys = [_width(getattr(c.text, language)) for c in item.choices if c.is_key]
        others = [_width(getattr(c.text, language)) for c in item.choices if not c.is_key]
        longest = max(others)
        if max(keys) > 1.5 * longest and max(keys) - longest >= 16:
            yield Finding("warning", "length-cue", item.id, {"language": language})
            return


def _ids(item: Item) -> frozenset[str]:
    return frozenset(choice.id for choice in item.choices)


def duplicate_options(item: Item) -> Iterator[Finding]:
    """No two choices say the same: the right one could not be told from its copy."""
    for language in LANGUAGES:
        seen: dict[str, str] = {}
        for letter, choice in zip(LETTERS, item.choices, strict=False):
            text = " ".join(getattr(choice.text, language).split())
            if text and text in seen:
                details = {"first": seen[text], "second": letter}
                yield Finding("error", "duplicate-option", item.id, details)
                return
            seen[text] = letter


def missing_alternative_text(item: Item) -> Iterator[Finding]:
    """Every picture is described for those who cannot see it."""
    figures = item.figures + (item.stimulus.figures if item.stimulus is not None else ())
    missing = [figure.asset for figure in figures if not figure.alt]
    for text in texts_of(item):
        missing += _UNDESCRIBED.findall(text.en) + _UNDESCRIBED.findall(text.zh)
    for asset in dict.fromkeys(missing):
        yield Finding("warning", "alt-missing", item.id, {"asset": asset})


def _width(text: str) -> int:
    """Length of a text on screen: a Chinese character is as wide as two letters."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


ITEM_RULES = (
    missing_reasons,
    missing_translation,
    negative_stem,
    all_or_none_of_the_above,
    length_cue,
    duplicate_options,
    missing_alternative_text,
    *TYPE_RULES,
)


# --- the bank ---


def unknown_competency(bank: ItemBank) -> Iterator[Finding]:
    """Every item's competency stands in the blueprint."""
    for item in bank.items:
        if item.competency not in bank.blueprint.competency_codes:
            yield Finding("error", "competency-unknown", item.id, {"value": item.competency})


def unknown_sub_topic(bank: ItemBank) -> Iterator[Finding]:
    """Every item's sub-topic stands in the blueprint, under the item's competency."""
    for item in bank.items:
        owner = bank.blueprint.competency_of(item.sub_topic)
        if item.sub_topic and owner is None:
            yield Finding("error", "sub-topic-unknown", item.id, {"value": item.sub_topic})
        elif owner is not None and owner.code != item.competency:
            details = {"value": item.sub_topic, "competency": item.competency}
            yield Finding("error", "sub-topic-elsewhere", item.id, details)


def missing_figures(bank: ItemBank) -> Iterator[Finding]:
    """Every picture an item shows is in the bank."""
    for item in bank.items:
        for name in assets_of(item):
            if name not in bank.assets:
                yield Finding("error", "figure-missing", item.id, {"asset": name})


def unused_figures(bank: ItemBank) -> Iterator[Finding]:
    """Every picture in the bank is shown by an item."""
    used = {name for item in bank.items for name in assets_of(item)}
    for name in sorted(set(bank.assets) - used):
        yield Finding("warning", "figure-unused", bank.code, {"asset": name})


def key_positions(bank: ItemBank) -> Iterator[Finding]:
    """Keys are spread evenly over the positions.

    A position is reported when its count lies more than 2.58 standard deviations of a binomial
    distribution (about 1 % by chance) from its share, among items with as many choices.
    """
    for n_choices, items in sorted(_by_length(bank).items()):
        n = len(items)
        counts = Counter(
            position
            for item in items
            for position, choice in enumerate(item.choices)
            if choice.is_key
        )
        share = 1 / n_choices
        limit = 2.58 * math.sqrt(n * share * (1 - share))
        for position in range(n_choices):
            if n >= MIN_ITEMS_FOR_BALANCE and abs(counts[position] - n * share) > limit:
                yield Finding(
                    "warning",
                    "key-position",
                    bank.code,
                    {
                        "letter": LETTERS[position],
                        "count": counts[position],
                        "items": n,
                        "choices": n_choices,
                        "expected": round(n * share, 1),
                    },
                )


def _by_length(bank: ItemBank) -> dict[int, list[Item]]:
    groups: dict[int, list[Item]] = {}
    for item in bank.items:
        if item.type == "single_best":
            groups.setdefault(len(item.choices), []).append(item)
    return groups


def duplicate_stems(bank: ItemBank) -> Iterator[Finding]:
    """No question stands in the bank twice; the same stem with other options is worth a look."""
    stems: dict[str, Item] = {}
    for item in bank.items:
        # "What is the diagnosis?" is another question in every case.
        case = fold(item.stimulus.text.get("en")) if item.stimulus is not None else ""
        keys = {f"{case}\n{fold(text)}" for text in (item.stem.en, item.stem.zh) if text}
        twin = next((stems[key] for key in sorted(keys) if key in stems), None)
        if twin is not None and content_hash(twin) == content_hash(item):
            yield Finding("error", "duplicate-item", item.id, {"other": twin.id})
        elif twin is not None:
            yield Finding("warning", "duplicate-stem", item.id, {"other": twin.id})
        for key in keys:
            stems.setdefault(key, item)


def empty_competencies(bank: ItemBank) -> Iterator[Finding]:
    """Every competency that a profile weighs has items."""
    covered = {item.competency for item in bank.items}
    for code in bank.blueprint.competency_codes:
        weighed = any(profile.weights.get(code, 0) > 0 for profile in bank.blueprint.profiles)
        if weighed and code not in covered:
            yield Finding("warning", "competency-empty", bank.code, {"competency": code})


BANK_RULES = (
    unknown_competency,
    unknown_sub_topic,
    missing_figures,
    unused_figures,
    key_positions,
    duplicate_stems,
    empty_competencies,
    *SET_RULES,
)
