"""One spelling for QTI 2.1, 2.2 and 3.0: the element and attribute names of 2.x, no namespaces.

`qti-assessment-item` of 3.0 is `assessmentItem` of 2.x and `response-identifier` is
`responseIdentifier`; HTML and MathML inside keep their names.
"""

from __future__ import annotations

from itembank.formats.xml_safety import Element, local_name

_XML = "{http://www.w3.org/XML/1998/namespace}"

# What a student can do in an item, by how it is read.
INLINE_INTERACTIONS = frozenset({"inlineChoiceInteraction", "textEntryInteraction"})
PLAYED_INTERACTIONS = INLINE_INTERACTIONS | {
    "choiceInteraction",
    "orderInteraction",
    "matchInteraction",
    "associateInteraction",
    "gapMatchInteraction",
    "hotspotInteraction",
    "selectPointInteraction",
    "hottextInteraction",
    "sliderInteraction",
}
OTHER_INTERACTIONS = frozenset(
    {
        "extendedTextInteraction",
        "uploadInteraction",
        "drawingInteraction",
        "mediaInteraction",
        "graphicOrderInteraction",
        "graphicAssociateInteraction",
        "graphicGapMatchInteraction",
        "positionObjectInteraction",
        "customInteraction",
        "portableCustomInteraction",
        "endAttemptInteraction",
    }
)
INTERACTIONS = PLAYED_INTERACTIONS | OTHER_INTERACTIONS


def to_2x_names(root: Element) -> Element:
    """Rename the whole tree in place to the names of QTI 2.x without namespaces."""
    from lxml import etree

    for element in root.iter():
        name = local_name(element)
        if not name:
            continue
        is_qti3 = name.startswith("qti-")
        element.tag = _camel(name.removeprefix("qti-")) if is_qti3 else name
        for key in list(element.attrib):
            new = _attribute(key, is_qti3)
            if new != key:
                element.set(new, element.attrib.pop(key))
    etree.cleanup_namespaces(root)
    return root


def _attribute(name: str, is_qti3: bool) -> str:
    if name.startswith(_XML):
        return name.removeprefix(_XML)
    name = name.rsplit("}", 1)[-1]
    if is_qti3 and not name.startswith(("data-", "aria-")):
        return _camel(name)
    return name


def _camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def is_true(value: str | None) -> bool:
    """Whether an attribute says yes; some programs write TRUE or 1."""
    return (value or "").strip().lower() in ("true", "1", "yes")


def whole_number(value: str | None, default: int) -> int:
    """An attribute that counts; `default` when it is missing or no number."""
    try:
        return int((value or "").strip())
    except ValueError:
        return default


def plain_text(element: Element | None) -> str:
    """All text inside, white space collapsed; empty for None."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""
