"""Reads QTI 2.1, 2.2 and 3.0 items; the reader of packages (`qti_package`) uses it file by file.

An item with one interaction becomes one item; one with several becomes a set whose text is the
item's body, when each interaction is scored on its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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
from itembank.formats.qti_asked import Asked, Fields
from itembank.formats.qti_content import (
    OWN,
    Converter,
    Words,
    in_language,
    mark,
    read_translations,
    unknown_texts,
)
from itembank.formats.qti_feedback import Feedback, read_feedback
from itembank.formats.qti_interactions import read_interaction
from itembank.formats.qti_names import (
    INLINE_INTERACTIONS,
    INTERACTIONS,
    OTHER_INTERACTIONS,
    is_true,
    plain_text,
    to_2x_names,
)
from itembank.formats.qti_pictures import Pictures
from itembank.formats.qti_processing import read_processing, read_responses
from itembank.formats.xml_safety import Element, child_named, children_named, local_name, parse_xml
from itembank.item_checks import SCORINGS

GAP = "____"
_BY_HAND = ("extendedTextInteraction", "uploadInteraction", "drawingInteraction")
_TESTS = ("assessmentTest", "assessmentSection", "testPart", "outcomeProcessing")


@dataclass(slots=True)
class Surroundings:
    """What an item can refer to in its package.

    Attributes
    ----------
    stimulus : gives the shared text of a reference, by its path and the file that refers to it;
        None when the package has none.
    """

    pictures: Pictures
    stimulus: Callable[[Element, str], Fields | None] = lambda reference, base: None
    extras: Mapping[str, object] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


def read_qti2(data: bytes | Mapping[str, bytes], where: str = "") -> ImportDraft:
    """The items of a QTI 2.1, 2.2 or 3.0 file, or of a package.

    Parameters
    ----------
    data : an XML file, or the files of a package by path.
    where : the file's name.

    Raises
    ------
    ItemBankError
        What `parse_xml` finds; "qti-not-found": the XML is no QTI 2 or 3.
    """
    if not isinstance(data, bytes):
        from itembank.formats.qti_package import read_qti_package

        return read_qti_package(data, where)
    root = parse_xml(data, where)
    kind = "qti3" if local_name(root).startswith("qti-") else "qti2"
    to_2x_names(root)
    pictures = Pictures({})
    items, rejected = read_file(root, where, Surroundings(pictures))
    texts = [text for item in items for text in strings_inside(item.fields)]
    return ImportDraft(
        kind=kind,
        items=items,
        rejected=rejected,
        assets=pictures.assets,
        language=language_of(texts),
    )


def read_file(
    root: Element, file: str, around: Surroundings
) -> tuple[tuple[DraftItem, ...], tuple[SourceFinding, ...]]:
    """The items of one file and what of it cannot be stored.

    Raises
    ------
    ItemBankError
        "qti-not-found".
    """
    name = local_name(root)
    title = " ".join((root.get("title") or root.get("identifier") or "").split())
    place = SourcePlace(file, f"{name} '{title}'" if title else name, root.sourceline)
    if name in _TESTS:
        return (), (SourceFinding(place, title or file, "qti-test-alone"),)
    if name == "assessmentStimulus":
        return (), (SourceFinding(place, title or file, "qti-stimulus-alone"),)
    if name != "assessmentItem":
        raise ItemBankError("qti-not-found", file, value=name[:60])
    try:
        return sort_drafts(read_item(root, place, around))
    except ItemBankError as error:
        element = root.get("identifier") or title or file
        return (), (SourceFinding(place, element, error.code, error.details),)


def strings_inside(value: object) -> list[str]:
    """Every string inside JSON values."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in strings_inside(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings_inside(part)]
    return []


def read_item(root: Element, place: SourcePlace, around: Surroundings) -> list[DraftItem]:
    """The drafts of one `assessmentItem`, its names already those of QTI 2.

    Raises
    ------
    ItemBankError
        The reason why the item cannot be stored.
    """
    identifier = root.get("identifier") or root.get("title") or "item"
    body, interactions = _playable(root, identifier)
    converter = Converter(around.pictures, place.file, identifier)
    converter.constants = _constants(root, identifier)
    converter.translations = read_translations(root)
    responses = read_responses(root)
    processing = read_processing(root, responses)
    feedback = read_feedback(root, processing, converter)
    own_type = body.get("data-type", "")
    asked = Asked(converter, responses, processing, feedback.reasons, own_type)
    _keep_notes(root, converter)
    stimulus = _stimulus_of(root, body, place.file, around, converter)
    if len(interactions) == 1:
        parts = [_one(root, body, interactions[0], asked)]
    else:
        if processing.joint:
            raise ItemBankError("qti-composite", identifier, count=len(interactions))
        parts, stimulus = _set(identifier, body, interactions, asked, stimulus)
    return _drafts(identifier, parts, stimulus, feedback, converter, place, around)


def _playable(root: Element, where: str) -> tuple[Element, list[Element]]:
    """The item's body and its interactions, all of which can be played.

    Raises
    ------
    ItemBankError
        "qti-adaptive", "qti-no-interaction", "qti-by-hand", "qti-interaction".
    """
    if is_true(root.get("adaptive")):
        raise ItemBankError("qti-adaptive", where)
    body = child_named(root, "itemBody")
    found = [] if body is None else [n for n in body.iter() if local_name(n) in INTERACTIONS]
    if body is None or not found:
        raise ItemBankError("qti-no-interaction", where)
    for interaction in found:
        name = local_name(interaction)
        if name in _BY_HAND:
            raise ItemBankError("qti-by-hand", where, value=name)
        if name in OTHER_INTERACTIONS:
            raise ItemBankError("qti-interaction", where, value=name)
    return body, found


def _constants(root: Element, where: str) -> dict[str, str]:
    """Values of template variables that are the same for everybody.

    Raises
    ------
    ItemBankError
        "qti-template": a variable is drawn or computed.
    """
    values: dict[str, str] = {}
    for declaration in children_named(root, "templateDeclaration"):
        default = child_named(declaration, "defaultValue")
        values[declaration.get("identifier", "")] = plain_text(default)
    program = child_named(root, "templateProcessing")
    for action in program if program is not None else ():
        is_constant = local_name(action) == "setTemplateValue" and len(action) == 1
        if not is_constant or local_name(action[0]) != "baseValue":
            raise ItemBankError("qti-template", where)
        values[action.get("identifier", "")] = plain_text(action[0])
    if any(not value for value in values.values()):
        raise ItemBankError("qti-template", where)
    return values


def _keep_notes(root: Element, converter: Converter) -> None:
    """What is said to those who score becomes a note of the import."""
    for block in root.iter("rubricBlock"):
        if "candidate" not in block.get("view", ""):
            converter.warn("qti-rubric", value=plain_text(block)[:500])


def _stimulus_of(
    root: Element, body: Element, file: str, around: Surroundings, converter: Converter
) -> Fields | None:
    """The text that the item shares with others: a reference, or an included file."""
    references = list(root.iter("assessmentStimulusRef", "include"))
    references += [n for n in body.iter("object") if "html" in n.get("type", "")]
    for reference in references:
        stimulus = around.stimulus(reference, file)
        if stimulus is not None:
            if reference.getparent() is not None and local_name(reference) != "include":
                reference.set("type", "text/html")
            return stimulus
        href = reference.get("href") or reference.get("data") or ""
        converter.warn("qti-stimulus-missing", value=href[:200])
    return None


def _merge(body: Words, token: str, put: Words) -> Words:
    """The body with the prompt in the place of its interaction."""
    inside = next(iter(put.values()), "")
    merged = {}
    for language, text in body.items():
        found = text.replace(token, f"\n\n{inside}\n\n" if inside else "")
        merged[language] = "\n\n".join(
            part.strip("\n") for part in found.split("\n\n") if part.strip()
        )
    return {language: text for language, text in merged.items() if text} or put


def _one(root: Element, body: Element, interaction: Element, asked: Asked) -> Fields:
    figures: list[dict[str, object]] = []
    is_inline = local_name(interaction) in INLINE_INTERACTIONS
    token = mark("i0")
    interaction.set("mark", "i0")
    stem = asked.converter.words(body, figures, {"i0": "" if asked.own_type else token})
    if is_inline:
        stem = {language: text.replace(token, GAP) for language, text in stem.items()}
    fields = read_interaction(interaction, asked)
    prompt = fields.pop("stem", {})
    inner = fields.pop("figures", [])
    put = prompt if isinstance(prompt, dict) else {}
    title = " ".join((root.get("title") or "").split())
    fields["stem"] = _merge(stem, token, put) or ({"": title} if title else {})
    # the picture of a hot spot comes first
    fields["figures"] = [*(inner if isinstance(inner, list) else []), *figures]
    return _own_parts(fields, body, asked) if asked.own_type else fields


def _own_parts(fields: Fields, body: Element, asked: Asked) -> Fields:
    """What our own files say beside the interaction: rule of scoring, unit, first caption."""
    if asked.own_type in SCORINGS:
        fields["scoring"] = body.get("data-scoring", "")
    for node in body.iter("span", "div"):
        if node.get(OWN) == "unit" and isinstance(fields.get("numeric"), dict):
            fields["numeric"] = fields["numeric"] | {"unit": asked.converter.words(node)}
        if node.get(OWN) == "caption" and fields["figures"]:
            fields["figures"][0]["caption"] = asked.converter.words(node)
    return fields


def _set(
    identifier: str,
    body: Element,
    interactions: list[Element],
    asked: Asked,
    stimulus: Fields | None,
) -> tuple[list[Fields], Fields]:
    """The items of a set and its text, from an item with several interactions."""
    figures: list[dict[str, object]] = []
    marks = {}
    for number, interaction in enumerate(interactions):
        interaction.set("mark", f"i{number}")
        is_inline = local_name(interaction) in INLINE_INTERACTIONS
        marks[f"i{number}"] = f"[{number + 1}]" if is_inline else mark(f"i{number}")
    text = asked.converter.markdown(body, figures, marks)
    parts: list[Fields] = []
    cases: list[str] = []
    for number, interaction in enumerate(interactions):
        is_inline = local_name(interaction) in INLINE_INTERACTIONS
        fields = read_interaction(interaction, asked)
        prompt = next(iter(fields.pop("stem", {}).values()), "")
        if is_inline:
            fields["stem"] = {"": _line_with(text, f"[{number + 1}]")}
        else:
            before, _, text = text.partition(mark(f"i{number}"))
            before = before.strip()
            # what stands before the first question is the case, before another one its stem
            if prompt and not parts:
                cases.append(before)
                before = ""
            stem = "\n\n".join(part for part in (before, prompt) if part)
            fields["stem"] = {"": stem or f"[{number + 1}]"}
        parts.append(fields)
    cases.append(text.strip())
    case = "\n\n".join(part for part in cases if part)
    shared = dict(stimulus) if stimulus else {"text": {}, "figures": []}
    known = next(iter(shared["text"].values()), "")
    whole = "\n\n".join(part for part in (known, case) if part)
    pictures = [*shared["figures"], *figures]
    return parts, {"id": identifier, "text": {"": whole} if whole else {}, "figures": pictures}


def _line_with(text: str, gap: str) -> str:
    """The line of the text that a gap stands in, unless other gaps stand there too."""
    line = next((line for line in text.splitlines() if gap in line), gap)
    return line.strip(" >#*|-") if len(re.findall(r"\[\d+\]", line)) == 1 else gap


def _drafts(
    identifier: str,
    parts: list[Fields],
    stimulus: Fields | None,
    feedback: Feedback,
    converter: Converter,
    place: SourcePlace,
    around: Surroundings,
) -> list[DraftItem]:
    if stimulus is not None and not (stimulus["text"] or stimulus["figures"]):
        stimulus = None
    drafts = []
    for number, fields in enumerate(parts, start=1):
        suffix = f"-{number}" if len(parts) > 1 else ""
        whole: Fields = {"id": f"{identifier[:90]}{suffix}", "rule": feedback.rule} | fields
        if stimulus is not None:
            whole["stimulus"] = stimulus | {"position": number}
        whole |= {name: value for name, value in around.extras.items() if name != "stimulus"}
        own = around.extras.get("stimulus")
        if stimulus is not None and isinstance(own, dict):
            whole["stimulus"] = stimulus | own
        language = detect_language("".join(unknown_texts(whole)))
        known = in_language({name: value for name, value in whole.items() if value}, language)
        findings = _of_item(converter.findings, str(whole["id"]))
        drafts.append(DraftItem(known, place, around.tags, findings))
    return drafts


def _of_item(findings: list[Finding], where: str) -> tuple[Finding, ...]:
    return tuple(Finding(f.severity, f.code, where, f.details) for f in findings)
