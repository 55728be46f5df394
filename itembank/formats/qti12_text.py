"""The text of QTI 1.2 materials as Markdown, with their pictures."""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field

from itembank.errors import Finding
from itembank.formats.markup_conversion import escape_markdown, html_to_markdown
from itembank.formats.qti_pictures import PACKAGE_BASE, Pictures
from itembank.formats.xml_safety import Element, local_name

_MATERIALS = ("mattext", "matemtext", "mat_formattedtext", "matimage", "matbreak")
_OTHER = ("mataudio", "matvideo", "matapplet", "matapplication")
_LONE_PICTURE = re.compile(r"!\[([^\]\n]*)\]\(<?(figures/(?:(?<=<figures/)[^>\n]+|[^)>\n]+?))>?\)")


@dataclass(slots=True)
class Materials:
    """Reads the materials of one item and collects what is to be said of them."""

    pictures: Pictures
    base: str
    where: str
    findings: list[Finding] = field(default_factory=list)

    def warn(self, code: str, **details: object) -> None:
        """Add a warning about this item, once."""
        finding = Finding("warning", code, self.where, details)
        if finding not in self.findings:
            self.findings.append(finding)

    def markdown(self, nodes: list[Element]) -> str:
        """The text of all materials inside some elements, in order."""
        parts = []
        for node in nodes:
            for part in node.iter(*_MATERIALS, *_OTHER):
                parts.append(self._part(part))
        return "\n\n".join(part for part in parts if part.strip()).strip()

    def _part(self, part: Element) -> str:
        name = local_name(part)
        if name in _OTHER:
            self.warn("qti-media", value=(part.get("uri") or name)[:200])
            return ""
        if name == "matbreak":
            return ""
        if name == "matimage":
            return self._image(part)
        kind = (part.get("texttype") or part.get("type") or "").lower()
        # between its dollar signs the base of a path would look like a formula
        text = PACKAGE_BASE.sub("", _inner(part))
        if kind in ("text/plain", "plain") or (not kind and "<" not in text):
            return escape_markdown(" ".join(text.split()))
        return html_to_markdown(text, self._asset, self.where)

    def _asset(self, address: str) -> str:
        return self.pictures.take(address, self.base, self.where, self.findings) if address else ""

    def _image(self, part: Element) -> str:
        label = " ".join((part.get("label") or "").split())
        uri = part.get("uri") or ""
        if not uri and (part.get("embedded") or "").lower() == "base64":
            kind = part.get("imagtype") or "image/png"
            uri = f"data:{kind};base64,{''.join(''.join(part.itertext()).split())}"
        asset = self._asset(uri)
        shown = re.sub(r"[\[\]]", " ", label)
        return f"![{shown}](<{asset}>)" if asset else shown


def _inner(part: Element) -> str:
    """The text of a material; elements that were not escaped are written out again."""
    if len(part) == 0:
        return part.text or ""
    from lxml import etree

    inside = [entities.escape(part.text or "", quote=False)]
    inside += [etree.tostring(child, encoding="unicode", method="html") for child in part]
    return "".join(inside)


def take_figures(text: str) -> tuple[str, list[dict[str, object]]]:
    """Pictures that are paragraphs of their own leave the text and become figures."""
    kept, figures = [], []
    for paragraph in text.split("\n\n"):
        found = _LONE_PICTURE.fullmatch(paragraph.strip())
        if found:
            alt = found[1].strip()
            figures.append({"asset": found[2], "alt": {"": alt} if alt else {}, "caption": {}})
        else:
            kept.append(paragraph)
    return "\n\n".join(kept), figures
