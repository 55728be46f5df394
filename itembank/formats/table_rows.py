"""From the cells of one row to a native item, with everything that is wrong with it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from itembank.blueprint import Blueprint, Competency, SubTopic
from itembank.errors import Finding, ItemBankError
from itembank.formats.answers import AnswerBase, read_type, split_marked, split_options
from itembank.formats.grid import Cell, cell_text, column_letter
from itembank.formats.headers import Column, split_language
from itembank.formats.table_sets import SetMemory, read_stimulus
from itembank.formats.table_types import joined, read_content
from itembank.item import (
    COGNITIVE_LEVELS,
    DIFFICULTIES,
    JURISDICTIONS,
    LANGUAGES,
    LETTERS,
    STATUSES,
    content_hash,
    item_from_native,
    item_to_native,
)
from itembank.validation import validate_item

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LABELS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "cognitive_level": (
        COGNITIVE_LEVELS,
        {"recall": "K", "knowledge": "K", "remember": "K", "记忆": "K", "识记": "K",
         "apply": "A", "application": "A", "应用": "A",
         "evaluate": "E", "evaluation": "E", "analysis": "E", "评价": "E", "分析": "E"},
    ),
    "difficulty": (
        DIFFICULTIES,
        {"易": "easy", "简单": "easy", "容易": "easy", "较易": "easy", "low": "easy",
         "中": "medium", "中等": "medium", "适中": "medium", "一般": "medium", "moderate": "medium",
         "难": "hard", "困难": "hard", "较难": "hard", "high": "hard", "difficult": "hard"},
    ),
    "jurisdiction": (JURISDICTIONS, {"中国": "CN", "china": "CN", "美国": "US", "usa": "US"}),
    "status": (STATUSES, {"草稿": "draft", "已审核": "reviewed", "已发布": "published"}),
}  # fmt: skip
_FIELD_OF_CODE = {
    "stem-missing": "stem",
    "competency-missing": "competency",
    "choice-count": "option_A",
    "duplicate-option": "option_A",
    "key-count": "answer",
    "item-id-wrong": "id",
    "asset-name-wrong": "figure_1",
    "key-missing": "answer",
    "number-wrong": "answer",
    "accepted-count": "answer",
    "tolerance-wrong": "tolerance",
    "tolerance-zero": "tolerance",
    "picture-needed": "figure_1",
    "region-count": "region_1",
    "region-shape": "region_1",
    "region-outside": "region_1",
    "region-empty": "region_1",
    "premise-count": "premises",
    "position-wrong": "position",
    "stimulus-id-wrong": "stimulus_id",
}
# "单选题" beside an English question does not make it Chinese.
_LANGUAGELESS = {"id", "number", "type", "competency", "sub_topic", "scoring", "unit", "position",
                 "irreversible", "stimulus_id", "reference", *_LABELS}  # fmt: skip
GUARD = re.compile(r"'+[=+\-@＝＋－＠\t]")


def unguard(text: str) -> str:
    """The text without the apostrophe that keeps a spreadsheet from reading it as a formula."""
    return text[1:] if GUARD.match(text) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What holds for all rows of a sheet."""

    blueprint: Blueprint
    sheet: str
    default_competency: str | None = None
    default_language: str | None = None
    base: AnswerBase | None = None
    numbered_types: bool = False
    sheet_type: str | None = None
    sets: SetMemory = field(default_factory=SetMemory)


@dataclass(slots=True)
class Row:
    """One row under its columns: texts by field, and the findings so far."""

    number: int
    cells: Sequence[Cell]
    columns: tuple[Column, ...]
    context: Context
    findings: list[Finding] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    language: str = ""
    filled: set[str] = field(default_factory=set)  # fields with a text, without their language

    def __post_init__(self) -> None:
        for index, column in enumerate(self.columns):
            cell = self.cells[index] if index < len(self.cells) else ""
            if column.field:
                self.texts[column.field] = unguard(cell_text(cell))
                if self.texts[column.field]:
                    self.filled |= {column.field, split_language(column.field)[0]}
                if isinstance(cell, datetime.date | datetime.time | datetime.timedelta):
                    self.report("warning", "cell-was-date", column.field)
        for index in range(len(self.columns), len(self.cells)):
            if cell_text(self.cells[index]):
                self.report("warning", "cell-without-header", index)
        self.language = self._own_language()

    def report(
        self, severity: str, code: str, about: str | int | None = None, **details: object
    ) -> None:
        """Add a finding at the column of a field (or a column index), or on the whole row."""
        index = about if isinstance(about, int) else self._index_of(about)
        letter, header, value = "", "", ""
        if index is not None:
            letter = column_letter(index)
            header = self.columns[index].header if index < len(self.columns) else ""
            value = cell_text(self.cells[index])[:200] if index < len(self.cells) else ""
        sheet = f"{self.context.sheet}!" if self.context.sheet else ""
        self.findings.append(
            Finding(
                "error" if severity == "error" else "warning",
                code,
                f"{sheet}{letter}{self.number}",
                {"column": letter, "header": header, "value": value, **details},
            )
        )

    def _index_of(self, about: str | None) -> int | None:
        """Index of the first column that means a field, in any language."""
        for index, column in enumerate(self.columns):
            if about and column.field and _is_about(column.field, about):
                return index
        return None

    def get(self, name: str) -> str:
        """The text of a field, in whatever language a column has it; "" if there is none."""
        if name not in self.filled:
            return ""
        return next(
            (
                text
                for candidate in (name, *(f"{name}_{language}" for language in LANGUAGES))
                if (text := self.texts.get(candidate, ""))
            ),
            "",
        )

    def text(self, name: str) -> dict[str, str]:
        """The text of a field by language; a column without one is in the row's language."""
        if name not in self.filled:
            return {}
        found = {lang: self.texts.get(f"{name}_{lang}", "") for lang in LANGUAGES}
        plain = self.texts.get(name, "")
        if plain and not found[self.language]:
            found[self.language] = plain
        return {language: text for language, text in found.items() if text}

    def _own_language(self) -> str:
        """The language of columns that name none: as given, or Chinese where there are hanzi."""
        if self.context.default_language in LANGUAGES:
            return str(self.context.default_language)
        plain = [
            text
            for name, text in self.texts.items()
            if name not in _LANGUAGELESS and not name.endswith(("_en", "_zh"))
        ]
        return "zh" if _CHINESE.search("".join(plain)) else "en"

    def options(self) -> dict[str, dict[str, str]]:
        """The filled options: letter -> language -> text."""
        found = {letter: self.text(f"option_{letter}") for letter in LETTERS}
        found = {letter: text for letter, text in found.items() if text}
        if found:
            return found
        for language, cell in self.text("options").items():
            for letter, part in split_options(cell)[1].items():
                if part:
                    found.setdefault(letter, {})[language] = part
        return found

    def figures(self, family: str) -> list[dict[str, object]]:
        """The pictures of the columns `family`_1 to 9; one cell may name several."""
        found: list[dict[str, object]] = []
        for number in range(1, 10):
            name = f"{family}_{number}"
            for place, part in enumerate(re.split(r"[;|\n]", self.get(name))):
                asset = part.strip()
                if not asset:
                    continue
                if re.match(r"[a-z]+://|data:", asset, re.IGNORECASE):
                    self.report("warning", "figure-address", name, value=asset[:80])
                    continue
                asset = asset if asset.startswith("figures/") else f"figures/{asset}"
                texts = {"alt": f"{name}_alt", "caption": f"{name}_caption"}
                about = {kind: self.text(one) if place == 0 else {} for kind, one in texts.items()}
                found.append({"asset": asset, **about})
        return found


def _is_about(field: str, about: str) -> bool:
    base = split_language(field)[0]
    return about in (field, base) or (about == "option_A" and base == "options")


def read_row(row: Row) -> dict[str, object] | None:
    """The native item of a row, or None when a finding of the row is an error.

    An item without an id gets one from its content, so that the same row imported again is known.
    """
    stem, options = row.text("stem"), row.options()
    if not options:
        stem, options = _options_in_stem(stem)
    content = read_content(row, _type_of(row), stem, options)
    competency, sub_topic = _place(row)
    rule = row.text("rule")
    if content["type"] not in ("single_best", "true_false"):
        rule = joined(rule, row.text("explanation"))  # no single option is the key it explains
    native: dict[str, object] = {
        "id": row.get("id"),
        "competency": competency,
        "sub_topic": sub_topic,
        "stem": stem,
        "figures": row.figures("figure"),
        "rule": rule,
        "reference": row.get("reference"),
        "posts": _split_list(row.get("posts")),
        "enemies": _split_list(row.get("enemies")),
        "written": row.get("written"),
        **{name: _label(row, name) for name in _LABELS},
        **content,
        "stimulus": read_stimulus(row, row.context.sets),
    }
    return _checked(row, native)


def _checked(row: Row, native: dict[str, object]) -> dict[str, object] | None:
    """The item in its full native form once it can be constructed and no rule forbids it."""
    if any(finding.severity == "error" for finding in row.findings):
        return None
    try:
        item = item_from_native({**native, "id": native["id"] or "new"})
        if not native["id"]:
            item = replace(item, id=f"q-{content_hash(item)[:12]}")
    except ItemBankError as error:
        row.report("error", error.code, _FIELD_OF_CODE.get(error.code), **error.details)
        return None
    for finding in validate_item(item):
        about = _FIELD_OF_CODE.get(finding.code)
        row.report(finding.severity, finding.code, about, **finding.details)
    if any(finding.severity == "error" for finding in row.findings):
        return None
    return item_to_native(item)


def _type_of(row: Row) -> str | None:
    text = row.get("type")
    kind = read_type(text, numbered=row.context.numbered_types)
    return kind or row.context.sheet_type


def _options_in_stem(stem: Mapping[str, str]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Options written under the question in the same cell, taken out of it."""
    shorter: dict[str, str] = {}
    options: dict[str, dict[str, str]] = {}
    for language, text in stem.items():
        before, marked = split_marked(text)
        if before and len(marked) >= 2:
            shorter[language] = before
            for letter, part in marked.items():
                options.setdefault(letter, {})[language] = part
        else:
            shorter[language] = text
    return shorter, options


def _place(row: Row) -> tuple[str, str]:
    """Codes of the competency and the sub-topic; a sub-topic tells its competency."""
    blueprint = row.context.blueprint
    named, detail = row.get("competency"), row.get("sub_topic")
    competency, sub_topic = _find(blueprint, named)
    below_competency, below = _find(blueprint, detail)
    if below is not None and (competency is None or below_competency == competency):
        competency, sub_topic = below_competency, below
    elif below is not None and competency is not None:
        row.report("error", "sub-topic-elsewhere", "sub_topic", competency=competency.code)
    elif detail and below_competency is not None and competency is None:
        competency = below_competency
    elif detail and below_competency is None:
        row.report("warning", "label-ignored", "sub_topic", value=detail[:80], field="sub-topic")
    default = row.context.default_competency
    if competency is not None:
        return competency.code, sub_topic.code if sub_topic else ""
    if default and named:
        row.report("warning", "competency-defaulted", "competency", competency=default)
    elif named:
        row.report("error", "competency-unknown", "competency")
    elif not default:
        row.report("error", "competency-missing", "competency")
    return default or "", ""


def _find(blueprint: Blueprint, text: str) -> tuple[Competency | None, SubTopic | None]:
    competency = blueprint.find_competency(text)
    if competency is not None:
        return competency, None
    sub_topic = blueprint.find_sub_topic(text)
    return (blueprint.competency_of(sub_topic.code), sub_topic) if sub_topic else (None, None)


def _label(row: Row, name: str) -> str | None:
    """A label by its code or a usual word for it; an unknown one is reported and left out."""
    text = row.get(name)
    allowed, words = _LABELS[name]
    codes = {code.casefold(): code for code in allowed} | words
    found = codes.get(text.strip().casefold())
    if text and found is None:
        row.report("warning", "label-ignored", name, value=text[:80], field=name.replace("_", " "))
    return found


def _split_list(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;；,，、|]", text) if part.strip()]
