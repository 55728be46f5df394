"""What Moodle has no field for, carried as tags `quizengine:name=value` in XML and in GIFT."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote

from itembank.formats.draft import split_labels
from itembank.item import LANGUAGES, SCORINGS, Item

PREFIX = "quizengine:"
MAX_TAG = 255  # characters; Moodle cuts longer tags
_PLAIN_LABELS = (
    "competency",
    "sub_topic",
    "cognitive_level",
    "difficulty",
    "jurisdiction",
    "status",
    "reference",
    "written",
)
_LISTS = ("posts", "enemies")
# Moodle removes or changes these in a tag; square brackets end one in GIFT.
_UNSAFE = re.compile(r"[%<>`\[\]\\\x00-\x1f\x7f-\x9f]|\s(?=\s)|^\s|\s$|[^\S ]")


def encoded(text: str) -> str:
    """A text that a tag can hold; `unquote` is its inverse."""
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), text)


def labels_of(item: Item, languages: tuple[str, ...]) -> dict[str, str]:
    """The labels of an item, encoded; `languages` are those its question is written in."""
    labels = {name: encoded(str(getattr(item, name) or "")) for name in _PLAIN_LABELS}
    for name in _LISTS:
        labels[name] = ",".join(encoded(value).replace(",", "%2C") for value in getattr(item, name))
    if len(languages) == 1:
        labels["language"] = languages[0]
    if item.scoring or item.type in ("multiple", "select_n"):
        labels["scoring"] = item.scoring_rule
    if item.type == "select_n":
        labels["type"] = item.type
    if item.numeric is not None:
        if item.numeric.relative:
            labels["tolerance"] = f"{item.numeric.tolerance!r}"
        for language in item.numeric.unit.languages:
            labels[f"unit-{language}"] = encoded(getattr(item.numeric.unit, language))
    if item.accepted:
        labels["accepted"] = ",".join("+".join(text.languages) for text in item.accepted)
    if item.stimulus is not None:
        labels["set"] = encoded(item.stimulus.id)
        labels["set-position"] = str(item.stimulus.position)
        labels["set-irreversible"] = "yes" if item.stimulus.irreversible else ""
    return {name: value for name, value in labels.items() if value}


def reason_labels(item: Item) -> dict[str, str]:
    """Reasons of a matching item and the order of its options, for which there is no place."""
    labels: dict[str, str] = {}
    reasons = {f"option-reason-{n}": one.reason for n, one in enumerate(item.choices, start=1)}
    reasons |= {f"premise-reason-{n}": one.reason for n, one in enumerate(item.premises, start=1)}
    for name, reason in reasons.items():
        for language in reason.languages:
            labels[f"{name}-{language}"] = encoded(getattr(reason, language))
    met = matching_order(item)
    if met != list(range(len(item.choices))):
        labels["options"] = ",".join(str(position + 1) for position in met)
    return labels


def matching_order(item: Item) -> list[int]:
    """Positions of the options in the order a file lists them: as premises use them, then the rest.

    The rest are options that fit no premise.
    """
    place = {choice.id: position for position, choice in enumerate(item.choices)}
    used = [place[premise.match] for premise in item.premises]
    return list(dict.fromkeys([*used, *range(len(item.choices))]))


def tags_of(labels: Mapping[str, str]) -> list[str]:
    """Labels as tags."""
    return [f"{PREFIX}{name}={value}" for name, value in labels.items()]


def read_tags(tags: Iterable[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The labels among the tags, still encoded, and the other tags."""
    labels: dict[str, str] = {}
    others = []
    for tag in tags:
        name, equals, value = tag.removeprefix(PREFIX).partition("=")
        if tag.startswith(PREFIX) and equals and value:
            labels[name] = value
        else:
            others.append(tag)
    return labels, tuple(others)


def apply_labels(
    fields: dict[str, object], labels: Mapping[str, str], tags: tuple[str, ...]
) -> tuple[str, ...]:
    """Put what the labels and tags say into the fields of a draft; the tags left over."""
    for name in _PLAIN_LABELS:
        if name in labels:
            fields[name] = unquote(labels[name])
    for name in _LISTS:
        if name in labels:
            fields[name] = [unquote(value) for value in labels[name].split(",")]
    kind = str(fields.get("type"))
    if labels.get("type") == "select_n" and kind == "multiple":
        fields["type"] = kind = "select_n"
    scoring = labels.get("scoring", "")
    if scoring in SCORINGS.get(kind, ()):
        fields["scoring"] = scoring
    plain, left = split_labels(tags)
    for name, value in plain.items():
        fields.setdefault(name, value)
    return left


def label_text(labels: Mapping[str, str], name: str) -> dict[str, str]:
    """A text carried as `name-en` and `name-zh`, in native form."""
    return {
        language: unquote(labels[f"{name}-{language}"])
        for language in LANGUAGES
        if f"{name}-{language}" in labels
    }
