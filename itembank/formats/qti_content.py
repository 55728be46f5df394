"""The text of a QTI element as Markdown, with its formulas, pictures and translations.

What stands in the place of an interaction or a gap are marks of private characters, so that the
reader finds the place again in the Markdown. Our own files say more (see `qti3_text`): which texts
are ours, the language they are in, and their translations in the item's catalogue.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from itembank.errors import Finding, ItemBankError
from itembank.formats.markup_conversion import (
    escape_markdown,
    html_to_markdown,
    markdown_to_html,
)
from itembank.formats.mathml_latex import mathml_to_latex
from itembank.formats.qti_names import INTERACTIONS, plain_text
from itembank.formats.qti_pictures import Pictures
from itembank.formats.xml_safety import Element, local_name
from itembank.texts import LANGUAGES

# A text whose language is not known yet is {"": text}; see `in_language`.
Words = dict[str, str]
OWN = "data-quizengine"
_FORMULA_SIGN = re.compile("[$\\\\\ue000-\uf8ff]")
_MARK = "\ue010{}\ue011"
_MEDIA = ("audio", "video", "iframe", "embed", "canvas", "svg")
# Said elsewhere (feedback, notes for the scorer), or only how it looks.
_NOT_SHOWN = (
    "feedbackInline",
    "feedbackBlock",
    "modalFeedback",
    "stylesheet",
    "catalogInfo",
    "companionMaterialsInfo",
    "infoControl",
    "prompt",
    "style",
    "script",
)
_INLINE = ("hottext", "templateInline", "feedbackInline", "prompt", "gap")
_HTML_NAMES = (
    "a abbr b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn "
    "div dl dt em figcaption figure font h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp "
    "section small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var"
)
_HTML = frozenset(_HTML_NAMES.split())
_TEXT_BLOCKS = ("p", "div", "figure", "section", "center", "blockquote")


def mark(name: str) -> str:
    """The mark that stands for something in a text; no file of anybody contains one."""
    return _MARK.format(name)


def in_language(value: Any, language: str) -> Any:
    """The same JSON values with every text of unknown language said to be in `language`."""
    if isinstance(value, dict):
        if set(value) == {""}:
            text = str(value[""]).strip()
            return {language: text} if text else {}
        return {name: in_language(part, language) for name, part in value.items()}
    if isinstance(value, list):
        return [in_language(part, language) for part in value]
    return value


def unknown_texts(value: object) -> list[str]:
    """All texts inside JSON values whose language is not known yet."""
    if isinstance(value, dict):
        if set(value) == {""}:
            return [str(value[""])]
        return [text for part in value.values() for text in unknown_texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in unknown_texts(part)]
    return []


@dataclass(slots=True)
class Converter:
    """Turns elements of one file into Markdown.

    Attributes
    ----------
    base : path of the file, which its pictures are relative to.
    where : the item, for the findings.
    findings : what could not be kept is added here.
    constants : values of template variables that never change.
    translations : by catalogue id, the content in other languages.
    """

    pictures: Pictures
    base: str
    where: str
    findings: list[Finding] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    translations: dict[str, dict[str, Element]] = field(default_factory=dict)

    def words(
        self,
        element: Element | None,
        figures: list[dict[str, object]] | None = None,
        marks: Mapping[str, str] | None = None,
    ) -> Words:
        """The element's text in all the languages the file has it in; see `markdown`."""
        if element is None:
            return {}
        own = _own_text(element)
        if own is None:
            text = self.markdown(element, figures, marks)
            return {"": text} if text else {}
        for node in element.iter("img") if figures is not None else ():
            inside = any(local_name(parent) in INTERACTIONS for parent in node.iterancestors())
            if node.get(OWN) == "figure" and not inside and figures is not None:
                asset, alt = self.picture(node)
                caption = node.getparent().find("figcaption")
                if asset:  # else `take` has said why there is none
                    figures.append({"asset": asset, "alt": alt, "caption": self.words(caption)})
        found = {_short(own.get("lang")): self._own_markdown(own)}
        for language, content in self.translations.get(
            own.get("data-catalog-idref", ""), {}
        ).items():
            other = _own_text(content)
            found[language] = self._own_markdown(content if other is None else other)
        return {language: text for language, text in found.items() if text}

    def _own_markdown(self, node: Element) -> str:
        """A text we wrote: the Markdown kept beside it, as long as the text still says the same."""
        for picture in node.iter("img"):
            self.picture(picture)
        source = node.get("data-markdown")
        if source is not None and shown_words(node) == rendered_words(source):
            return str(source)
        return self.markdown(node)

    def markdown(
        self,
        element: Element | None,
        figures: list[dict[str, object]] | None = None,
        marks: Mapping[str, str] | None = None,
    ) -> str:
        """The element's text; empty for None.

        Parameters
        ----------
        figures : pictures that stand alone in their paragraph are added here instead of standing
            inside the text; None keeps all of them inside.
        marks : what to put in the place of an element with the attribute "mark", by its value.

        Raises
        ------
        ItemBankError
            "text-too-long", "markup-too-deep".
        """
        from lxml import etree

        if element is None:
            return ""
        words = " ".join((element.text or "").split())
        if len(element) == 0 and not _FORMULA_SIGN.search(words):
            return escape_markdown(words)  # most options: nothing but text
        tree = copy.deepcopy(element)
        tree.tail = None
        _collapse(tree)
        self._convert_inside(tree, figures, marks or {})
        for node in tree.iter():
            name = local_name(node)
            if name not in _HTML:
                node.tag = "span" if name in _INLINE else "div"
        # as XML: the HTML writer would put percent codes into the names of pictures
        html = etree.tostring(tree, encoding="unicode")
        return html_to_markdown(html, where=self.where)

    def _convert_inside(
        self, tree: Element, figures: list[dict[str, object]] | None, marks: Mapping[str, str]
    ) -> None:
        """Replace, depth first, what HTML does not know; the depth is limited by the parser."""
        for node in list(tree):
            name = local_name(node)
            if node.get("mark") in marks:
                _replace(node, marks[node.get("mark")])
            elif name in _NOT_SHOWN or name in INTERACTIONS or _is_for_others(node):
                _replace(node, "")
            elif name == "math":
                _replace(node, self._formula(node))
            elif name == "printedVariable":
                _replace(node, self._constant(node))
            elif name in _MEDIA or (name == "object" and not _is_picture(node)):
                self.warn("qti-media", value=(node.get("src") or node.get("data") or name)[:200])
                _replace(node, "")
            elif name in ("img", "object"):
                self._picture(node, figures)
            else:
                self._convert_inside(node, figures, marks)

    def _formula(self, node: Element) -> str:
        try:
            latex = mathml_to_latex(node)
        except ItemBankError:
            self.warn("qti-formula", value=plain_text(node)[:200])
            return f" {plain_text(node)} "
        if not latex:
            return ""
        return rf"\[{latex}\]" if node.get("display") == "block" else rf"\({latex}\)"

    def _constant(self, node: Element) -> str:
        name = node.get("identifier", "")
        if name not in self.constants:
            self.warn("qti-variable", value=name)
        return self.constants.get(name, f"[{name}]")

    def _picture(self, node: Element, figures: list[dict[str, object]] | None) -> None:
        asset, alt = self.picture(node)
        if not asset:
            _replace(node, next(iter(alt.values()), ""))
        elif figures is not None and _stands_alone(node):
            figures.append({"asset": asset, "alt": alt, "caption": self._caption(node)})
            _replace(node, "")
        else:
            shown = next(iter(alt.values()), "")
            for name in list(node.attrib):
                del node.attrib[name]
            for child in list(node):
                node.remove(child)
            node.text = None
            node.tag = "img"
            node.set("src", asset)
            node.set("alt", shown)

    def picture(self, node: Element) -> tuple[str, Words]:
        """The asset and the description of an `img` or `object`; "" when there is no asset."""
        src = (node.get("src") or node.get("data") or "").strip()
        alt = node.get("alt") or (plain_text(node) if local_name(node) == "object" else "")
        alt = alt or node.get("aria-label") or ""
        alt = alt if node.get(OWN) else " ".join(alt.split())
        words = self.label(node, alt)
        asset = self.pictures.take(src, self.base, self.where, self.findings) if src else ""
        return asset, words

    def _caption(self, node: Element) -> Words:
        parent = node.getparent()
        if parent is None or local_name(parent) != "figure":
            return {}
        caption = next((part for part in parent if local_name(part) == "figcaption"), None)
        if caption is None:
            return {}
        words = self.words(caption)
        parent.remove(caption)
        return words

    def label(self, node: Element, text: str) -> Words:
        """A text of an attribute in all the languages the file has it in."""
        words = {_short(node.get("lang")) if node.get(OWN) else "": text} if text else {}
        for other, content in self.translations.get(node.get("data-catalog-idref", ""), {}).items():
            words[other] = "".join(content.itertext())
        return words

    def warn(self, code: str, **details: object) -> None:
        """Add a warning about this item, once."""
        finding = Finding("warning", code, self.where, details)
        if finding not in self.findings:
            self.findings.append(finding)


def read_translations(root: Element) -> dict[str, dict[str, Element]]:
    """Content in other languages by catalogue id, from the cards for translation of a file."""
    found: dict[str, dict[str, Element]] = {}
    for catalog in root.iter("catalog"):
        for card in catalog.iter("card"):
            if card.get("support") != "ext:translation":
                continue
            for entry in card.iter("cardEntry"):
                content = next(entry.iter("htmlContent"), None)
                language = _short(entry.get("lang"))
                if content is not None and language:
                    found.setdefault(catalog.get("id", ""), {})[language] = content
    return found


def _own_text(element: Element) -> Element | None:
    """The first text of ours in an element, outside of interactions and feedback inside it."""
    if element.get(OWN) == "text":
        return element
    for child in element:
        name = local_name(child)
        if child.get(OWN) in ("unit", "caption") or name in INTERACTIONS or name in _NOT_SHOWN:
            continue
        found = _own_text(child)
        if found is not None:
            return found
    return None


def shown_words(node: Element) -> str:
    """What an element shows, formulas as LaTeX, without white space."""
    tree = copy.deepcopy(node)
    tree.tail = None
    for math in list(tree.iter("math")):
        _replace(math, mathml_to_latex(math))
    return "".join("".join(tree.itertext()).split())


def rendered_words(markdown: str) -> str:
    """What `shown_words` gives for a text as we write it."""
    from lxml import html

    tree = html.fragment_fromstring(markdown_to_html(markdown), create_parent="div")
    text = re.sub(
        r"\\\((.*?)\\\)|\\\[(.*?)\\\]", r"\1\2", "".join(tree.itertext()), flags=re.DOTALL
    )
    return "".join(text.split())


def _short(language: str | None) -> str:
    """zh-CN as zh; "" for a language that is not ours."""
    code = (language or "").split("-")[0].lower()
    return code if code in LANGUAGES else ""


def _collapse(node: Element) -> None:
    """Make every run of white space one blank, as a browser does; our own texts are exact."""
    if local_name(node) == "pre" or node.get(OWN) == "text":
        return
    node.text = re.sub(r"\s+", " ", node.text) if node.text else node.text
    for child in node:
        _collapse(child)
        child.tail = re.sub(r"\s+", " ", child.tail) if child.tail else child.tail


def _is_for_others(node: Element) -> bool:
    """A note for those who score, not for those who answer."""
    return local_name(node) == "rubricBlock" and "candidate" not in node.get("view", "")


def _is_picture(node: Element) -> bool:
    kind, data = node.get("type", ""), node.get("data", "")
    named = re.search(r"\.(png|jpe?g|gif|svg|webp)$", data, re.IGNORECASE)
    return kind.startswith("image/") or named is not None


def _replace(node: Element, text: str) -> None:
    """Put text in the place of the node; what follows it stays."""
    parent, put = node.getparent(), text + (node.tail or "")
    before = node.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + put
    else:
        parent.text = (parent.text or "") + put
    parent.remove(node)


def _stands_alone(node: Element) -> bool:
    """Whether the picture is a paragraph of its own: a figure beside the text rather than in it."""
    block = node.getparent()
    if node.get(OWN) == "figure":
        return True
    if (node.tail or "").strip():
        return False
    while block is not None and local_name(block) not in (*_TEXT_BLOCKS, "itemBody"):
        if local_name(block) in ("td", "th", "li"):
            return False
        block = block.getparent()
    if block is None or any(parent.get(OWN) for parent in (block, *block.iterancestors())):
        return False
    if any(local_name(parent) in ("td", "th", "li") for parent in block.iterancestors()):
        return False
    if local_name(block) in ("figure", "itemBody"):
        return True
    has_blocks = any(local_name(part) in (*_TEXT_BLOCKS, "table", "ul", "ol") for part in block)
    return has_blocks or not plain_text(block)
