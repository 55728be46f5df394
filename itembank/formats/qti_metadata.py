"""What a package's manifest says of an item: keywords and topics, and the labels of our own files.

Ours are an element of the namespace `OWN_NAMESPACE` inside the resource's metadata:

    <item id="R1-001" competency="R1" sub_topic="R1.1" ... position="2" irreversible="true">
      <post>CT</post> <enemy>pair-7</enemy>
    </item>

with the names and values of the native format.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from itembank.formats.qti_names import plain_text
from itembank.formats.xml_safety import Element, child_named, children_named
from itembank.texts import LANGUAGES

OWN_NAMESPACE = "urn:quizengine:item:1"
OWN_ITEM = "quizengineItem"
LABELS = (
    "id",
    "competency",
    "sub_topic",
    "cognitive_level",
    "difficulty",
    "reference",
    "jurisdiction",
    "status",
    "written",
    "scoring",
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Fields of ours and, from other programs, tags."""

    fields: dict[str, object] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


def read_metadata(resource: Element) -> Metadata:
    """The metadata of a manifest's resource, its names already those of QTI 2."""
    metadata = child_named(resource, "metadata")
    if metadata is None:
        return Metadata()
    own = next(metadata.iter(OWN_ITEM), None)
    if own is not None:
        return Metadata(_own_fields(own))
    tags: list[str] = []
    for node in metadata.iter("keyword", "taxon"):
        texts = [plain_text(part) for part in node.iter("string", "langstring")]
        tags += [text[:200] for text in texts if text] or [plain_text(node)[:200]]
    return Metadata({}, tuple(dict.fromkeys(tag for tag in tags if tag)))


def _own_fields(own: Element) -> dict[str, object]:
    fields: dict[str, object] = {name: own.get(name) for name in LABELS if own.get(name)}
    for name, part in (("posts", "post"), ("enemies", "enemy")):
        values = ["".join(node.itertext()) for node in children_named(own, part)]
        if values:
            fields[name] = values
    answers = [
        {language: node.get(language) for language in LANGUAGES if node.get(language)}
        for node in children_named(own, "answer")
    ]
    if answers:
        fields["accepted"] = answers
    position = (own.get("position") or "").strip()
    if position.isdigit():
        irreversible = own.get("irreversible") == "true"
        fields["stimulus"] = {"position": int(position[:4]), "irreversible": irreversible}
    return fields
