"""Reads Moodle XML: the questions, their categories, tags and the pictures embedded in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from itembank.errors import Finding, ItemBankError
from itembank.formats.draft import (
    DraftItem,
    ImportDraft,
    SourceFinding,
    SourcePlace,
    language_of,
)
from itembank.formats.moodle_draft import category_path, new_question, read_one, shortened
from itembank.formats.moodle_pictures import Shelf
from itembank.formats.moodle_xml_cloze import read_cloze
from itembank.formats.moodle_xml_parts import (
    XmlQuestion,
    child_text,
    decoded_files,
    note_settings,
    text_of,
    unused_files,
)
from itembank.formats.moodle_xml_types import NOT_SCORED, READERS
from itembank.formats.xml_safety import (
    Element,
    child_named,
    children_named,
    local_name,
    parse_xml,
)

MAX_FILES = 2_000


def read_moodle_xml(data: bytes | Mapping[str, bytes], where: str = "") -> ImportDraft:
    """All questions of a Moodle XML file.

    Parameters
    ----------
    data : the file, or the files of a zip by path, of which every XML file is read.
    where : the file's name, for the sentences.

    Raises
    ------
    ItemBankError
        What is wrong with the XML (`parse_xml`), "moodle-no-quiz", "no-questions".
    """
    sources = {where: data} if isinstance(data, bytes) else _xml_files(data)
    shelf, items, rejected = Shelf(), [], []
    notes: list[Finding] = []
    for name, source in sources.items():
        root = parse_xml(source, name)
        if local_name(root).lower() != "quiz":
            raise ItemBankError("moodle-no-quiz", name, value=local_name(root)[:60])
        category, number = "", 0
        for element in root:
            if element.get("type") == "category":
                category = category_path(child_text(element, "category"))
                notes += _category_notes(element, category, name)
                continue
            number += 1
            drafts, refused = _read_element(element, number, category, name, shelf)
            items += drafts
            rejected += refused
    if not items and not rejected:
        raise ItemBankError("no-questions", where)
    return ImportDraft(
        kind="moodle-xml",
        items=tuple(items),
        rejected=tuple(rejected),
        assets=shelf.assets,
        notes=tuple(notes),
        language=language_of(str(item.fields.get("stem")) for item in items),
    )


def _xml_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        name: content
        for name, content in files.items()
        if name.lower().endswith(".xml") and "__MACOSX" not in name
    }


def _category_notes(element: Element, category: str, where: str) -> list[Finding]:
    """What a category says besides its name."""
    notes = []
    description = child_text(element, "info")
    identifier = child_text(element, "idnumber")
    if identifier:
        description = f"{description} (id: {identifier})".strip()
    if description:
        details = {"category": category, "value": shortened(description, 200)}
        place = f"{where}, line {element.sourceline}"
        notes.append(Finding("warning", "category-description", place, details))
    return notes


def _read_element(
    element: Element, number: int, category: str, file: str, shelf: Shelf
) -> tuple[list[DraftItem], list[SourceFinding]]:
    """The drafts of one question, or why it cannot be stored."""
    name = shortened(child_text(element, "name") or child_text(element, "questiontext"))
    line = element.sourceline if isinstance(element.sourceline, int) else None
    source = SourcePlace(file, f"question {number} '{name}'", line)
    if local_name(element) != "question":
        details = {"value": local_name(element)[:60]}
        return [], [SourceFinding(source, name, "element-not-stored", details)]
    text = child_named(element, "questiontext")
    question = new_question(
        source,
        name,
        shelf=shelf,
        files=decoded_files(text),
        tags=_tags(element),
        category=category,
        identifier=child_text(element, "idnumber"),
    )
    kind = (element.get("type") or "").strip()
    if kind in NOT_SCORED:
        return [], [SourceFinding(source, name, NOT_SCORED[kind], {})]
    if kind not in READERS and kind not in ("cloze", "multianswer"):
        details = {"value": kind[:60] or "-"}
        return [], [SourceFinding(source, name, "question-type-not-stored", details)]
    xml = XmlQuestion(element, kind, question)
    if not question.labels:
        note_settings(xml)
    if kind in ("cloze", "multianswer"):
        drafts, refused = read_cloze(xml)
    else:
        drafts, refused = read_one(question, lambda _: [_fields(xml)])
    if drafts:
        findings = (*drafts[0].findings, *unused_files(xml))
        drafts[0] = replace(drafts[0], findings=findings)
    return drafts, refused


def _tags(element: Element) -> tuple[str, ...]:
    return tuple(
        name
        for group in children_named(element, "tags", "coursetags")
        for tag in children_named(group, "tag")
        if (name := text_of(tag))
    )


def _fields(xml: XmlQuestion) -> dict[str, object]:
    xml.read_text()
    fields = READERS[xml.kind](xml)
    rule = xml.native(child_named(xml.element, "generalfeedback"))
    return fields | ({"rule": rule} if rule else {})
