"""Writes Moodle XML with tags, categories and embedded pictures.

Texts are HTML, both languages in one text for the filter "multilang2"; what Moodle has no field for
goes into tags (`itembank.formats.moodle_labels`). Reading the file again gives the same items.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

from itembank.bank import ItemBank
from itembank.errors import Finding
from itembank.formats.moodle_export import (
    Export,
    category_name,
    export_of,
    pictures_in,
    weights_of,
)
from itembank.formats.moodle_labels import (
    MAX_TAG,
    labels_of,
    matching_order,
    reason_labels,
    tags_of,
)
from itembank.formats.moodle_questions import scaled
from itembank.formats.moodle_texts import join_languages
from itembank.formats.moodle_xml_regions import (
    MARKER_TEXT,
    drop_of,
    region_labels,
)
from itembank.formats.qti_pictures import picture_size
from itembank.formats.xml_safety import Element
from itembank.item import Text

_TYPES = {
    "single_best": "multichoice",
    "true_false": "truefalse",
    "multiple": "multichoice",
    "select_n": "multichoice",
    "numeric": "numerical",
    "short_text": "shortanswer",
    "order": "ordering",
    "matching": "matching",
    "hot_spot": "ddmarker",
}


def write_moodle_xml(bank: ItemBank, language: str = "both") -> tuple[bytes, tuple[Finding, ...]]:
    """The bank as Moodle XML, and what of it Moodle XML cannot carry.

    Parameters
    ----------
    language : "en", "zh", or "both" for sites with the filter "multilang2".
    """
    from lxml import etree

    root = etree.Element("quiz")
    findings: list[Finding] = []
    competency = None
    for item in bank.items:
        export = export_of(item, language)
        if item.type not in _TYPES:
            export.warn("export-type", type=item.type)
        elif export.misread:
            export.warn("export-item", value=export.misread[:60])
        else:
            if item.competency != competency:
                competency = item.competency
                name = category_name(bank, competency, language)
                _child(_child(root, "question", type="category"), "category", name)
            _write_question(root, export, bank)
        findings += export.findings
    etree.indent(root, space="  ")
    data: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return data, tuple(findings)


def _child(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """A child element; a text goes into a `text` element inside it."""
    from lxml import etree

    element = etree.SubElement(parent, tag, attributes)
    if text is not None:
        etree.SubElement(element, "text").text = text
    return element


def _value(parent: Element, tag: str, text: str) -> None:
    from lxml import etree

    etree.SubElement(parent, tag).text = text


def _write_question(root: Element, export: Export, bank: ItemBank) -> None:
    item = export.item
    element = _child(root, "question", type=_TYPES[item.type])
    _child(element, "name", export.title)
    writer = _Writer(element, export, bank)
    writer.html(element, "questiontext", export.question_html)
    writer.html(element, "generalfeedback", export.html(item.rule, inline=False))
    _value(element, "defaultgrade", "1")
    _value(element, "penalty", "1" if item.type == "true_false" else "0.3333333")
    _value(element, "hidden", "0")
    _value(element, "idnumber", item.id)
    _WRITERS[item.type](writer)
    labels = labels_of(item, export.languages)
    if item.type == "matching":
        labels |= reason_labels(item)
    if item.type == "hot_spot":
        labels |= region_labels(item)
    tags = _child(element, "tags")
    for tag in tags_of(labels):
        _child(tags, "tag", tag)
        if len(tag) > MAX_TAG:
            export.warn("export-tag-too-long", value=tag.split("=")[0], limit=MAX_TAG)


class _Writer:
    """Writes the parts of one question."""

    def __init__(self, element: Element, export: Export, bank: ItemBank) -> None:
        self.element, self.export, self.bank = element, export, bank
        self.item = export.item

    def html(self, parent: Element, tag: str, html: str, **attributes: str) -> Element:
        """A text in HTML with the pictures it shows."""
        element = _child(parent, tag, html, format="html", **attributes)
        for path, data in pictures_in(html, self.export, self.bank.assets).items():
            self.file(element, path, data)
        return element

    def file(self, parent: Element, path: str, data: bytes) -> None:
        """An embedded file."""
        folder, _, name = path.rpartition("/")
        place = {"name": name, "path": f"/{folder}/" if folder else "/", "encoding": "base64"}
        _child(parent, "file", **place).text = base64.b64encode(data).decode()

    def answer(self, text: str, weight: str, reason: Text, text_format: str = "html") -> None:
        """An answer in HTML, or in a format without markup."""
        if text_format == "html":
            element = self.html(self.element, "answer", text, fraction=weight)
        else:
            element = _child(self.element, "answer", text, fraction=weight, format=text_format)
        self.html(element, "feedback", self.export.html(reason, inline=False))

    def plain(self, text: Text) -> str:
        """A text where Moodle has no markup: as it is, and a finding if that shows."""
        for written in (text.en, text.zh):
            self.export.warn_plain(written)
        parts = {language: getattr(text, language) for language in text.languages}
        return join_languages(parts, plain=text.languages == self.export.languages)


def _single_best(writer: _Writer) -> None:
    _choice_settings(writer, single=True)
    for choice in writer.item.choices:
        text = writer.export.html(choice.text)
        writer.answer(text, "100" if choice.is_key else "0", choice.reason)


def _several(writer: _Writer) -> None:
    _choice_settings(writer, single=False)
    for choice, weight in zip(writer.item.choices, weights_of(writer.item), strict=True):
        writer.answer(writer.export.html(choice.text), weight, choice.reason)


def _choice_settings(writer: _Writer, *, single: bool) -> None:
    _value(writer.element, "single", "true" if single else "false")
    _value(writer.element, "shuffleanswers", "true")
    _value(writer.element, "answernumbering", "ABCD")


def _true_false(writer: _Writer) -> None:
    for choice in writer.item.choices:
        weight = "100" if choice.is_key else "0"
        writer.answer(choice.id, weight, choice.reason, "moodle_auto_format")


def _numeric(writer: _Writer) -> None:
    numeric = writer.item.numeric
    assert numeric is not None  # noqa: S101 - checked by the item
    tolerance = numeric.tolerance
    if numeric.relative:
        tolerance = scaled(numeric.value, tolerance)
    writer.answer(repr(numeric.value), "100", Text(), "plain_text")
    _value(writer.element[-1], "tolerance", repr(tolerance))
    if numeric.unit:
        unit = _child(_child(writer.element, "units"), "unit")
        _value(unit, "multiplier", "1")
        _value(unit, "unit_name", numeric.unit.get(writer.export.languages[0]))
    _value(writer.element, "unitgradingtype", "0")
    _value(writer.element, "unitpenalty", "0.1")
    _value(writer.element, "showunits", "0" if numeric.unit else "3")
    _value(writer.element, "unitsleft", "0")


def _short_text(writer: _Writer) -> None:
    _value(writer.element, "usecase", "0")
    for accepted in writer.item.accepted:
        for language in accepted.languages:
            written = getattr(accepted, language).replace("*", "\\*")
            writer.answer(written, "100", Text(), "plain_text")


def _order(writer: _Writer) -> None:
    partial = writer.item.scoring_rule == "partial"
    _value(writer.element, "layouttype", "VERTICAL")
    _value(writer.element, "selecttype", "ALL")
    _value(writer.element, "selectcount", "0")
    grading = "RELATIVE_NEXT_EXCLUDE_LAST" if partial else "ALL_OR_NOTHING"
    _value(writer.element, "gradingtype", grading)
    _value(writer.element, "showgrading", "SHOW")
    for place, choice in enumerate(writer.item.choices, start=1):
        writer.answer(writer.export.html(choice.text), str(place), choice.reason)


def _matching(writer: _Writer) -> None:
    """Premises with their options, then the options that fit none.

    An option without a premise is a subquestion without a text, which Moodle shows among the
    options only.
    """
    options = {choice.id: writer.plain(choice.text) for choice in writer.item.choices}
    _value(writer.element, "shuffleanswers", "true")
    for premise in writer.item.premises:
        text = writer.export.html(premise.text, inline=False)
        element = writer.html(writer.element, "subquestion", text)
        _child(element, "answer", options[premise.match])
    used = {premise.match for premise in writer.item.premises}
    for place in matching_order(writer.item):
        choice = writer.item.choices[place]
        if choice.id not in used:
            _child(writer.html(writer.element, "subquestion", ""), "answer", options[choice.id])


def _hot_spot(writer: _Writer) -> None:
    """One marker for the first key region; Moodle has no regions of which any one is right."""
    item = writer.item
    asset = item.figures[0].asset
    data = writer.bank.assets.get(asset, b"")
    if not data:
        writer.export.warn("export-picture-missing", value=asset)
    size = picture_size(data)
    if data and size is None:
        writer.export.warn("export-picture-size", value=asset)
    keys = [region for region in item.regions if region.is_key]
    if len(keys) > 1:
        writer.export.warn("export-scoring", scoring="hot_spot")
    writer.file(writer.element, asset.removeprefix("figures/"), data)
    _value(writer.element, "shuffleanswers", "0")
    drag = _child(writer.element, "drag")
    _value(drag, "no", "1")
    _value(drag, "text", MARKER_TEXT)
    _value(drag, "noofdrags", "1")
    shape, points = drop_of(keys[0], size or (1000, 1000))
    drop = _child(writer.element, "drop")
    for name, text in (("no", "1"), ("shape", shape), ("coords", points), ("choice", "1")):
        _value(drop, name, text)


_WRITERS: dict[str, Callable[[_Writer], None]] = {
    "single_best": _single_best,
    "true_false": _true_false,
    "multiple": _several,
    "select_n": _several,
    "numeric": _numeric,
    "short_text": _short_text,
    "order": _order,
    "matching": _matching,
    "hot_spot": _hot_spot,
}
