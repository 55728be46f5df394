"""Reads QTI 1.2: quizzes and question banks of Canvas, pools of Blackboard, Common Cartridge."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from itembank.errors import Finding, ItemBankError
from itembank.formats.draft import (
    DraftItem,
    ImportDraft,
    SourceFinding,
    SourcePlace,
    detect_language,
    language_of,
    sort_drafts,
)
from itembank.formats.qti2 import strings_inside
from itembank.formats.qti12_conditions import Condition, read_conditions, right_conditions
from itembank.formats.qti12_questions import READERS, Question
from itembank.formats.qti12_text import Materials, take_figures
from itembank.formats.qti_content import in_language, unknown_texts
from itembank.formats.qti_names import plain_text, to_2x_names
from itembank.formats.qti_pictures import Pictures
from itembank.formats.qti_processing import verdict_of_name
from itembank.formats.xml_safety import Element, child_named, children_named, local_name, parse_xml

_RESPONSES = ("response_lid", "response_str", "response_num", "response_xy", "response_grp")
# What each system calls a kind of question, by the reader it needs.
_KINDS = {
    "multiple_choice": "choice",
    "true_false": "choice",
    "multiple_answers": "several",
    "multiple_response": "several",
    "multiple_answer": "several",
    "either_or": "choice",
    "matching": "matching",
    "numerical": "numeric",
    "numeric": "numeric",
    "short_answer": "text",
    "fill_in_the_blank": "text",
    "fib": "text",
    "fill_in_multiple_blanks": "blanks",
    "fill_in_the_blank_plus": "blanks",
    "multiple_dropdowns": "dropdowns",
    "ordering": "order",
    "order": "order",
}
_BY_HAND = ("essay", "file_upload", "short_response", "long_answer")
_NOT_PLAYED = ("calculated", "hot_spot", "opinion_scale", "likert", "quiz_bowl", "jumbled_sentence")


def read_qti12(data: bytes | Mapping[str, bytes], where: str = "") -> ImportDraft:
    """The questions of a QTI 1.2 file, or of a package.

    Parameters
    ----------
    data : an XML file, or the files of a package by path.
    where : the file's name.

    Raises
    ------
    ItemBankError
        What `parse_xml` finds; "qti-not-found": the XML is no QTI 1.2.
    """
    if not isinstance(data, bytes):
        from itembank.formats.qti_package import read_qti_package

        return read_qti_package(data, where)
    root = to_2x_names(parse_xml(data, where))
    if local_name(root) != "questestinterop":
        raise ItemBankError("qti-not-found", where, value=local_name(root)[:60])
    pictures = Pictures({})
    items, rejected = read_interoperability(root, where, pictures)
    texts = [text for item in items for text in strings_inside(item.fields)]
    return ImportDraft("qti12", items, rejected, pictures.assets, language=language_of(texts))


def read_interoperability(
    root: Element, file: str, pictures: Pictures
) -> tuple[tuple[DraftItem, ...], tuple[SourceFinding, ...]]:
    """The items of a `questestinterop` and what of them cannot be stored, in order."""
    items: list[DraftItem] = []
    rejected: list[SourceFinding] = []
    seen: set[str] = set()
    for number, node in enumerate(root.iter("item"), start=1):
        title = " ".join(node.get("title", "").split())
        name = f"question {number} '{title}'" if title else f"question {number}"
        place = SourcePlace(file, name, node.sourceline)
        try:
            drafts = _read_item(node, place, pictures, seen)
        except ItemBankError as error:
            element = title or node.get("ident") or name
            rejected.append(SourceFinding(place, element, error.code, error.details))
            continue
        good, bad = sort_drafts(drafts)
        items += good
        rejected += bad
    return tuple(items), tuple(rejected)


def _read_item(
    node: Element, place: SourcePlace, pictures: Pictures, seen: set[str]
) -> list[DraftItem]:
    metadata = _metadata(node)
    stable = node.get("ident") or metadata.get("bbmd_asi_object_id", "")
    identifier = stable or place.place
    materials = Materials(pictures, place.file, identifier)
    fresh = _own_id(identifier, seen, materials)
    presentation = child_named(node, "presentation")
    kind = _kind_name(metadata)
    if next(node.iter("calculated"), None) is not None:
        kind = "calculated"
    if kind in _BY_HAND:
        raise ItemBankError("qti-by-hand", identifier, value=kind)
    if kind in _NOT_PLAYED:
        raise ItemBankError("qti-interaction", identifier, value=kind)
    responses = [] if presentation is None else list(presentation.iter(*_RESPONSES))
    if presentation is None or not responses:
        raise ItemBankError("qti-no-interaction", identifier)
    conditions = read_conditions(node)
    stem, figures = take_figures(materials.markdown(_stem_nodes(presentation, responses)))
    reasons, rule = _feedback(node, conditions, materials)
    question = Question(presentation, responses, conditions, materials, reasons, stem)
    reader = READERS[_KINDS.get(kind) or _guess(question)]
    fields = reader(question)
    parts = fields if isinstance(fields, list) else [fields]
    # without an id of the source, the set is known by its text
    case = fresh if stable else f"set-{hashlib.sha256(stem.encode()).hexdigest()[:12]}"
    shared = {"id": case, "text": _words(stem), "figures": figures}
    drafts = []
    for position, part in enumerate(parts, start=1):
        whole: dict[str, object] = {"id": fresh, "stem": _words(stem), "figures": figures}
        if len(parts) > 1:
            whole = {"id": f"{fresh}-{position}", "stimulus": shared | {"position": position}}
        whole |= {"rule": _words(rule)} | part
        if not stable:
            del whole["id"]  # the place in a file is no id: the content gives one
        language = detect_language("".join(unknown_texts(whole)))
        known = in_language({name: value for name, value in whole.items() if value}, language)
        findings = tuple(
            Finding(f.severity, f.code, str(whole.get("id", identifier)), f.details)
            for f in materials.findings
        )
        drafts.append(DraftItem(known, place, _tags(node, metadata), findings))
    return drafts


def _words(text: str) -> dict[str, str]:
    return {"": text} if text else {}


def _own_id(identifier: str, seen: set[str], materials: Materials) -> str:
    """The item's id; another one, with a finding, where the file uses it twice."""
    fresh, number = identifier[:90], 1
    while fresh in seen:
        number += 1
        fresh = f"{identifier[:90]}-{number}"
    seen.add(fresh)
    if number > 1:
        materials.warn("qti-id-repeated", value=identifier[:100])
    return fresh


def _metadata(node: Element) -> dict[str, str]:
    """Fields of the item's metadata by label, those of Blackboard by element."""
    found = {}
    for entry in node.iter("qtimetadatafield"):
        label, value = child_named(entry, "fieldlabel"), child_named(entry, "fieldentry")
        found[plain_text(label).lower()] = plain_text(value)
    for part in node.iter():
        name = local_name(part)
        if name.startswith(("bbmd_", "qmd_")):
            found[name] = plain_text(part)
    return found


def _kind_name(metadata: dict[str, str]) -> str:
    """The kind a system states, in one spelling: "multiple_choice"."""
    for label in ("question_type", "bbmd_questiontype", "cc_profile", "qmd_itemtype"):
        name = metadata.get(label, "").lower().replace("/", " ")
        name = "_".join(name.replace("-", " ").replace("_", " ").split())
        name = name.removeprefix("cc.").removesuffix(".v0p1").removesuffix(".v0p2")
        name = name.removesuffix("_question")
        if name:
            return name
    return ""


def _stem_nodes(presentation: Element, responses: list[Element]) -> list[Element]:
    """The materials that belong to the question and to none of its responses."""
    inside = {part for response in responses for part in response.iter()}
    nodes = []
    for node in presentation.iter("material", "mat_extension"):
        right = any("MATCH_BLOCK" in (parent.get("class") or "") for parent in node.iterancestors())
        nested = any(local_name(parent) == "material" for parent in node.iterancestors())
        if node not in inside and not right and not nested:
            nodes.append(node)
    return nodes


def _feedback(
    node: Element, conditions: list[Condition], materials: Materials
) -> tuple[dict[str, str], str]:
    """Reasons by the value they are shown for, and the rule."""
    texts = {
        part.get("ident", ""): materials.markdown([part])
        for part in children_named(node, "itemfeedback")
    }
    reasons: dict[str, str] = {}
    for condition in conditions:
        values = [value for part in condition.wanted.values() for value in part]
        for name in condition.feedback:
            if len(values) == 1 and texts.get(name) and not _is_general(name):
                reasons.setdefault(values[0], texts.pop(name))
    labels = {label.get("ident", "") for label in node.iter("response_label")}
    general = []
    for name, text in texts.items():
        if not text:
            continue
        base = name.removesuffix("_fb").removesuffix("_feedback")
        if base in labels:
            reasons.setdefault(base, text)
        elif verdict_of_name(name) == "wrong":
            materials.warn("qti-feedback-wrong", value=text[:500])
        elif text not in general:
            general.append(text)
    return reasons, "\n\n".join(general)


def _is_general(name: str) -> bool:
    return name.startswith("general") or verdict_of_name(name) != ""


def _tags(node: Element, metadata: dict[str, str]) -> tuple[str, ...]:
    """Banks and topics the item belongs to."""
    tags = [metadata.get(name, "") for name in ("bank_title", "qmd_topic", "topic", "keywords")]
    for parent in node.iterancestors("objectbank", "assessment", "section"):
        title = " ".join((parent.get("title") or "").split())
        for entry in parent.iterfind("qtimetadata/qtimetadatafield"):
            if plain_text(child_named(entry, "fieldlabel")).lower() == "bank_title":
                title = plain_text(child_named(entry, "fieldentry"))
        tags.append(title)
    return tuple(dict.fromkeys(tag[:200] for tag in tags if tag))


def _guess(question: Question) -> str:
    """The kind of a question that states none, from what it asks for."""
    first = question.responses[0]
    name = local_name(first)
    if name in ("response_xy", "response_grp"):
        raise ItemBankError("qti-interaction", question.materials.where, value=name)
    if (first.get("rcardinality") or "").lower() == "ordered":
        return "order"
    if len(question.responses) > 1 or child_named(first, "material") is not None:
        return _guess_parts(question)
    if name == "response_lid":
        is_several = (first.get("rcardinality") or "").lower() == "multiple"
        return "several" if is_several else "choice"
    if not right_conditions(question.conditions):
        raise ItemBankError("qti-by-hand", question.materials.where, value=name)
    is_number = name == "response_num" or any(
        fib.get("fibtype", "").lower() in ("decimal", "integer") for fib in first.iter("render_fib")
    )
    return "numeric" if is_number else "text"


def _guess_parts(question: Question) -> str:
    """Several responses: blanks and dropdowns are named in the stem, the rest is matched."""
    if all(local_name(response) == "response_str" for response in question.responses):
        return "blanks"
    named = all(f"[{question.name_of(part)}]" in question.plain_stem for part in question.responses)
    if not named or not question.name_of(question.responses[0]):
        return "matching"
    for response in question.responses:
        words = [plain_text(label).casefold() for label in response.iter("response_label")]
        if len(set(words)) > 1:
            return "dropdowns"
    return "blanks"
