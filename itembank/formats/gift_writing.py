r"""Writes GIFT: HTML texts, an item's id and labels in the comment before it.

With pictures the result is a zip of `questions.gift` and the pictures, which the text names as
`@@PLUGINFILE@@/name`; without, it is the text itself. Reading it again gives the same items.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping

from itembank.bank import ItemBank
from itembank.errors import Finding
from itembank.formats.gift_parsing import escape_gift
from itembank.formats.moodle_export import (
    Export,
    category_name,
    export_of,
    pictures_in,
    weights_of,
)
from itembank.formats.moodle_labels import (
    labels_of,
    matching_order,
    reason_labels,
    tags_of,
)
from itembank.formats.moodle_questions import scaled
from itembank.formats.moodle_texts import join_languages
from itembank.item import Item, Text

TEXT_NAME = "questions.gift"
_SIMPLE_ID = re.compile(r"[^\[\]\\<>`\x00-\x1f\x7f-\x9f\s]+(?: [^\[\]\\<>`\x00-\x1f\x7f-\x9f\s]+)*")


def write_gift(bank: ItemBank, language: str = "both") -> tuple[bytes, tuple[Finding, ...]]:
    """The bank as GIFT (a zip where it has pictures), and what of it GIFT cannot carry.

    Parameters
    ----------
    language : "en", "zh", or "both" for sites with the filter "multilang2".
    """
    blocks: list[str] = []
    findings: list[Finding] = []
    pictures: dict[str, bytes] = {}
    competency = None
    for item in bank.items:
        export = export_of(item, language)
        misread = export.misread or _arrow(export.item)
        if item.type not in _ANSWERS:
            export.warn("export-type", type=item.type)
        elif misread:
            export.warn("export-item", value=misread[:60])
        else:
            if item.competency != competency:
                competency = item.competency
                blocks.append(f"$CATEGORY: {category_name(bank, competency, language)}")
            blocks.append(_block(export, pictures, bank.assets))
        findings += export.findings
    data = ("\n\n".join(blocks) + "\n").encode()
    return _zipped(data, pictures) if pictures else data, tuple(findings)


def _arrow(item: Item) -> str:
    """An answer with an arrow, which would make it a matching question; empty when none has."""
    for text in item.accepted:
        for written in (text.en, text.zh):
            if "->" in written:
                return written
    return ""


def _zipped(data: bytes, pictures: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {TEXT_NAME: data, **dict(sorted(pictures.items()))}.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return target.getvalue()


def _block(export: Export, pictures: dict[str, bytes], assets: Mapping[str, bytes]) -> str:
    item = export.item
    labels = labels_of(item, export.languages)
    if item.type in ("matching", "order"):
        labels |= reason_labels(item)
    tags = list(tags_of(labels))
    identifier = f"[id:{item.id}]" if _SIMPLE_ID.fullmatch(item.id) else ""
    if not identifier:
        tags += tags_of(_id_label(item))
    comment = " ".join([identifier, *(f"[tag:{tag}]" for tag in tags)]).strip()
    answers = _ANSWERS[item.type](export)
    if item.rule:
        answers += f"\n\t####{_html(export.html(item.rule, inline=False))}"
    question = export.question_html
    source = f"::{escape_gift(export.title)}::[html]{escape_gift(question)}{{{answers}\n}}"
    texts = [question, export.html(item.rule)]
    for choice in item.choices:
        texts += [export.html(choice.text), export.html(choice.reason)]
    texts += [export.html(premise.text) for premise in item.premises]
    for text in texts:
        pictures |= pictures_in(text, export, assets)
    return f"// {comment}\n{source}"


def _id_label(item: Item) -> dict[str, str]:
    from itembank.formats.moodle_labels import encoded

    return {"id": encoded(item.id)}


def _html(text: str) -> str:
    """HTML in a place where signs at its start would mean something."""
    if text.startswith(("[", "%", "//")):
        text = f"&#{ord(text[0])};{text[1:]}"
    return escape_gift(text)


def _reason(export: Export, reason: Text) -> str:
    return f"#{_html(export.html(reason, inline=False))}" if reason else ""


def _plain(export: Export, text: str) -> str:
    """A text in a place without markup."""
    export.warn_plain(text)
    return text


# --- the answers, one function a type ---


def _choices(export: Export) -> str:
    several = export.item.type != "single_best"
    weights = weights_of(export.item) if several else []
    lines = []
    for place, choice in enumerate(export.item.choices):
        mark = f"~%{weights[place]}%" if several else "=" if choice.is_key else "~"
        text = _html(export.html(choice.text))
        lines.append(f"\n\t{mark}{text}{_reason(export, choice.reason)}")
    return "".join(lines)


def _true_false(export: Export) -> str:
    """What is said to a wrong response stands before what is said to a right one."""
    right, wrong = sorted(export.item.choices, key=lambda choice: not choice.is_key)
    answer = right.id.upper()
    if wrong.reason or right.reason:
        answer += _reason(export, wrong.reason) or "#"
        answer += _reason(export, right.reason)
    return answer


def _numeric(export: Export) -> str:
    numeric = export.item.numeric
    assert numeric is not None  # noqa: S101 - checked by the item
    tolerance = numeric.tolerance
    if numeric.relative:
        tolerance = scaled(numeric.value, tolerance)
    return f"#{numeric.value!r}:{tolerance!r}"


def _short_text(export: Export) -> str:
    lines = []
    for accepted in export.item.accepted:
        for language in accepted.languages:
            text = getattr(accepted, language).replace("*", "\\*")
            prefix = "[plain]" if text.startswith("[") else ""
            lines.append(f"\n\t=%100%{prefix}{escape_gift(text)}")
    return "".join(lines)


def _order(export: Export) -> str:
    """The form of the plugin "ordering"."""
    partial = export.item.scoring_rule == "partial"
    grading = "RELATIVE_NEXT_EXCLUDE_LAST" if partial else "ALL_OR_NOTHING"
    lines = [_html(export.html(choice.text)) for choice in export.item.choices]
    head = f">{len(lines)} ALL VERTICAL {grading} SHOW"
    return "\n".join([head, *lines])


def _matching(export: Export) -> str:
    options = {choice.id: _option(export, choice.text) for choice in export.item.choices}
    lines = []
    for premise in export.item.premises:
        text = _html(export.html(premise.text))
        lines.append(f"\n\t={text} -> {options[premise.match]}")
    used = {premise.match for premise in export.item.premises}
    for place in matching_order(export.item):
        choice = export.item.choices[place]
        if choice.id not in used:
            lines.append(f"\n\t= -> {options[choice.id]}")
    return "".join(lines)


def _option(export: Export, text: Text) -> str:
    parts = {language: _plain(export, getattr(text, language)) for language in text.languages}
    return escape_gift(join_languages(parts, plain=text.languages == export.languages))


_ANSWERS: dict[str, Callable[[Export], str]] = {
    "single_best": _choices,
    "true_false": _true_false,
    "multiple": _choices,
    "select_n": _choices,
    "numeric": _numeric,
    "short_text": _short_text,
    "order": _order,
    "matching": _matching,
}
