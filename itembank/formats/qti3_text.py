"""Texts of ours as QTI 3.0 markup, in one language in the body and the other in the catalogue.

Conventions of our files (any QTI 3.0 program shows them; only ours reads them back exactly):

- A text is an element with `data-quizengine="text"`, its language in `xml:lang`. Where the markup
  cannot be turned into the same Markdown again, the Markdown stands beside it in `data-markdown`;
  it counts only as long as both say the same.
- A second language is a card of the item's catalogue with `support="ext:translation"`, which the
  element names with `data-catalog-idref`.
- Formulas are MathML with their LaTeX as annotation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import quote

from itembank.formats.markup_conversion import markdown_to_html
from itembank.formats.qti_content import OWN, rendered_words, shown_words
from itembank.formats.xml_safety import Element
from itembank.texts import Text

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MATHML = "http://www.w3.org/1998/Math/MathML"
CODES = {"en": "en", "zh": "zh-CN"}
# Texts without a sign that means something to Markdown: they need no source beside them.
_PLAIN = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff ,;:()/%?“”，。；：（）、？]*\Z")
_FORMULA = re.compile(r"\\\((?P<line>.*?)\\\)|\\\[(?P<block>.*?)\\\]", re.DOTALL)


def make(name: str, attributes: dict[str, str] | None = None, *children: Element) -> Element:
    """An element without a namespace; the file's root declares QTI's for all of them."""
    from lxml import etree

    element = etree.Element(name, attributes or {})
    element.extend(children)
    return element


@dataclass(slots=True)
class Catalog:
    """The translations of one file, collected while its texts are written.

    Attributes
    ----------
    root : path from the file to the package's root, such as "../".
    changed : texts that cannot be read back exactly, each by its first words.
    """

    root: str = "../"
    entries: list[Element] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def text(self, text: Text, tag: str = "div") -> Element:
        """An element that holds a text; its translation goes into the catalogue."""
        first = text.languages[0]
        element = self._in_one_language(getattr(text, first), tag)
        element.set(LANG, CODES[first])
        if len(text.languages) > 1:
            content = make("qti-html-content", None, self._in_one_language(text.zh, "div"))
            element.set("data-catalog-idref", self._add(content))
        return element

    def label(self, element: Element, attribute: str, text: Text) -> None:
        """Put a text into an attribute, its translation into the catalogue."""
        element.set(OWN, element.get(OWN) or "label")
        if not text:
            return
        first = text.languages[0]
        element.set(attribute, getattr(text, first))
        element.set(LANG, CODES[first])
        if len(text.languages) > 1:
            content = make("qti-html-content")
            content.text = text.zh
            element.set("data-catalog-idref", self._add(content))

    def _add(self, content: Element) -> str:
        """A catalogue entry in Chinese: English, where there is any, stands in the body."""
        name = f"c{len(self.entries) + 1}"
        entry = make("qti-card-entry", {LANG: CODES["zh"], "default": "true"}, content)
        card = make("qti-card", {"support": "ext:translation"}, entry)
        self.entries.append(make("qti-catalog", {"id": name}, card))
        return name

    def element(self) -> list[Element]:
        """The catalogue, as it stands in the file; nothing when there is no translation."""
        return [make("qti-catalog-info", None, *self.entries)] if self.entries else []

    def _in_one_language(self, markdown: str, tag: str) -> Element:
        element = make(tag, {OWN: "text"})
        if _PLAIN.match(markdown) and "  " not in markdown:
            element.text = markdown
            return element
        from lxml import html

        shown = html.fragment_fromstring(markdown_to_html(markdown), create_parent=tag)
        element.text = shown.text
        element.extend(list(shown))
        _write_formulas(element)
        for picture in element.iter("img"):
            picture.set("src", self.address(picture.get("src", "")))
            picture.set("alt", picture.get("alt", ""))
        element.set("data-markdown", markdown)
        if shown_words(element) != rendered_words(markdown):
            self.changed.append(markdown[:80])
        return element

    def address(self, asset: str) -> str:
        """The address of a picture for a file of the package."""
        return f"{self.root}{quote(asset)}" if asset.startswith("figures/") else asset


def _write_formulas(element: Element) -> None:
    r"""Turn \( \) and \[ \] in texts into MathML."""
    for node in list(element.iter()):
        if node.tag == "code":
            continue
        _replace_in(node, node.text, None)
        for child in list(node):
            if child.tail and "\\" in child.tail and child.getparent() is node:
                _replace_in(node, child.tail, child)


def _replace_in(parent: Element, text: str | None, after: Element | None) -> None:
    """Split one text at its formulas; `after` is the element it follows, None for the first."""
    found = _FORMULA.search(text or "")
    if text is None or found is None:
        return
    math = _math(found["line"] or found["block"] or "", block=found["block"] is not None)
    if math is None:
        return
    if after is None:
        parent.text = text[: found.start()]
        parent.insert(0, math)
    else:
        after.tail = text[: found.start()]
        parent.insert(parent.index(after) + 1, math)
    math.tail = text[found.end() :]
    _replace_in(parent, math.tail, math)


def _math(latex: str, *, block: bool) -> Element | None:
    """A formula as MathML; None when it cannot be converted and stays LaTeX."""
    from latex2mathml.converter import convert
    from lxml import etree

    try:
        converted = etree.fromstring(
            convert(latex, display="block" if block else "inline").encode()
        )
    except Exception:  # the converter raises errors of many kinds on damaged LaTeX
        return None
    inside = [child for child in converted if isinstance(child.tag, str)]
    for node in converted.iter():
        node.tag = str(node.tag).rsplit("}", 1)[-1]
    row = inside[0] if len(inside) == 1 else make("mrow", None, *inside)
    annotation = make("annotation", {"encoding": "application/x-tex"})
    annotation.text = latex
    math = make("math", {"xmlns": MATHML}, make("semantics", None, row, annotation))
    if block:
        math.set("display", "block")
    return math
