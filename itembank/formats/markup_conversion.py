"""HTML of other systems as the Markdown of our items, and back.

Ours is Markdown with tables, pictures (`![what it shows](figures/x.png)`), formulas (LaTeX between
dollars) and `<sub>`, `<sup>`; no other HTML and no links. Scripts, styles and event handlers do
not survive, because only text and a few kinds of element are taken over at all.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from itembank.errors import ItemBankError
from itembank.formats.html_tags import with_whole_tags

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

MAX_HTML = 200_000  # characters
MAX_DEPTH = 60
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"}
_VOID |= {"track", "wbr", "param"}
_DROPPED = ["script", "style", "iframe", "object", "embed", "applet", "template", "head", "title"]
_DROPPED += ["meta", "link", "noscript", "svg", "audio", "video", "canvas", "select", "textarea"]

# \( \), \[ \], $$ $$ and $ $ as MathJax and Moodle write them.
_NO_TAG = r"(?:(?!</?[a-zA-Z!]|\\[(\[]).)"
_FORMULA = re.compile(
    rf"\\\((?P<round>{_NO_TAG}+?)\\\)|\\\[(?P<square>{_NO_TAG}+?)\\\]"
    r"|(?<![\\$])(?:\$\$(?P<block>[^$<>]+?)\$\$"
    r"|\$(?P<line>(?!\s)[^$\n<>]+?)(?<![\s\\])\$(?![\d$]))",
    re.DOTALL,
)
# Marks the place of a formula while the converter is at work; no text of an item holds these.
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}(\\d+){_CLOSE}(?P<digit>(?=[\\d$])?)")
_SOURCE = "data-markdown"
AssetOf = Callable[[str], str]


def html_to_markdown(html: str, asset_of: AssetOf | None = None, where: str = "") -> str:
    """HTML as Markdown.

    Parameters
    ----------
    html : of any origin; may be plain text.
    asset_of : the name of the picture (`figures/...`) for the address of one; "" when there is
        none, then its description stays as text. Without it, only `figures/...` are kept.
    where : for the sentence of an error.

    Raises
    ------
    ItemBankError
        "text-too-long"; "markup-too-deep": elements inside one another more than 60 deep.
    """
    if len(html) > MAX_HTML:
        raise ItemBankError("text-too-long", where, length=len(html), limit=MAX_HTML)
    html = with_whole_tags(html.replace(_OPEN, "").replace(_CLOSE, ""))
    if _Depth.of(html) > MAX_DEPTH:
        raise ItemBankError("markup-too-deep", where, limit=MAX_DEPTH)
    from bs4 import BeautifulSoup

    formulas: list[str] = []
    # Inside a div, a text that looks like an address or a file name is not taken for one.
    soup = BeautifulSoup(f"<div>{_put_aside(html, formulas)}</div>", "html.parser")
    source = _own_source(soup, formulas)
    if source is not None:
        return source
    _take_out(soup, formulas)
    found = str(_converter(asset_of).convert_soup(soup)).replace("\xa0", " ")
    found = re.sub(r"[ \t]+$", _line_end, found, flags=re.MULTILINE)
    found = re.sub(r"\n{3,}", "\n\n", found).strip()
    return _restore(found, formulas)


class _Depth(HTMLParser):
    """How deep elements lie in one another, found without building a tree."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.depth = self.deepest = 0

    @classmethod
    def of(cls, html: str) -> int:
        reader = cls()
        reader.feed(html)
        reader.close()
        return reader.deepest

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self.depth = max(0, self.depth - 1)


# --- formulas ---


def _put_aside(html: str, formulas: list[str]) -> str:
    def place(found: re.Match[str]) -> str:
        block = found["square"] or found["block"]
        latex = entities.unescape(re.sub(r"<[^<>]*>", "", block or found["round"] or found["line"]))
        return _place_of(latex, formulas, block=block is not None) or found[0]

    return _FORMULA.sub(place, html)


def _place_of(latex: str, formulas: list[str], *, block: bool) -> str:
    """The mark of a formula; empty when it could not be told from text again."""
    latex = " ".join(latex.split()).replace("\\$", "\\text{\\textdollar}")
    if not latex or "$" in latex or latex.endswith("\\"):
        return ""
    formulas.append(f"$${latex}$$" if block else f"${latex}$")
    return f"{_OPEN}{len(formulas) - 1}{_CLOSE}"


def _restore(text: str, formulas: list[str]) -> str:
    def formula(found: re.Match[str]) -> str:
        after = text[found.end() : found.end() + 1]
        # A dollar before a digit would not close the formula.
        return formulas[int(found[1])] + (" " if after.isdigit() or after == "$" else "")

    return _PLACE.sub(formula, text)


# --- elements ---


def _own_source(soup: BeautifulSoup, formulas: list[str]) -> str | None:
    """The Markdown that `markdown_to_html` left in its HTML, unless somebody edited that."""
    marked = soup.select_one(f"[{_SOURCE}]")
    if marked is None or _words(soup.get_text()) != _words(marked.get_text()):
        return None
    source = str(marked[_SOURCE])
    from bs4 import BeautifulSoup

    again: list[str] = []
    rendered = BeautifulSoup(_put_aside(_render(source), again), "html.parser")
    shown = _restore(marked.get_text(), formulas)
    return source if _words(_restore(rendered.get_text(), again)) == _words(shown) else None


def _words(text: str) -> str:
    return "".join(text.split())


def _take_out(soup: BeautifulSoup, formulas: list[str]) -> None:
    """Formulas written as elements become formulas; what is not text goes."""
    for node in soup.find_all("script", type=re.compile(r"^math/tex")):
        mode = "display" in str(node.get("type"))
        node.replace_with(_place_of(node.get_text(), formulas, block=mode))
    for node in soup.find_all("img", attrs={"data-equation-content": True}):
        latex = str(node["data-equation-content"])
        node.replace_with(_place_of(latex, formulas, block=False) or latex)
    for node in soup.find_all(re.compile(r"^(\w+:)?math$")):
        if node.parent is None:
            continue  # inside another formula that is done
        block = node.get("display") == "block"
        node.replace_with(_place_of(_latex(node), formulas, block=block) or node.get_text())
    for node in soup.find_all(_DROPPED):
        node.decompose()


def _latex(node: Any) -> str:
    """LaTeX of a MathML element; empty when it has none."""
    from itembank.formats.mathml_latex import mathml_to_latex
    from itembank.formats.xml_safety import parse_xml

    source = re.sub(r"(</?)\w+:", r"\1", str(node))
    try:
        return mathml_to_latex(parse_xml(source.encode("utf-8", "replace"), "formula"))
    except ItemBankError:
        return ""


def _line_end(found: re.Match[str]) -> str:
    """Two blanks at the end of a line break it; anything else there is an accident."""
    return "  " if found[0].startswith("  ") and found.end() < len(found.string) else ""


def _converter(asset_of: AssetOf | None) -> Any:
    from markdownify import MarkdownConverter

    class Converter(MarkdownConverter):
        """Markdownify's converter, with our pictures, no links and only the escapes needed."""

        def convert_img(self, el: Any, text: str, parent_tags: set[str]) -> str:
            address, alt = str(el.get("src") or ""), str(el.get("alt") or "")
            alt = " ".join(re.sub(r"[\[\]]", " ", alt).split())
            if asset_of is not None:
                asset = asset_of(address)
            else:
                asset = address if address.startswith("figures/") else ""
            if not asset or re.search(r"[<>\n]", asset):
                return self.escape(alt, parent_tags)
            return f"![{alt}](<{asset}>)" if re.search(r"[\s()]", asset) else f"![{alt}]({asset})"

        def convert_a(self, el: Any, text: str, parent_tags: set[str]) -> str:
            address = str(el.get("href") or "")
            shown = text.strip()
            if not re.match(r"https?://", address) or address in shown or not shown:
                return text
            return f"{shown} ({self.escape(address, parent_tags)})"

        def escape(self, text: str, parent_tags: set[str]) -> str:
            return escape_markdown(text, in_table=bool(parent_tags & {"td", "th"}))

    return Converter(
        heading_style="atx",
        bullets="-",
        strong_em_symbol="*",
        sub_symbol="<sub>",
        sup_symbol="<sup>",
        newline_style="spaces",
        table_infer_header=True,
    )


# Signs that would mean something to Markdown where they stand, and only those: "p < 0.05" and
# "2 * 3" stay as a person would type them.
_ESCAPES = re.compile(
    r"\\(?=[!-/:-@\[-`{-~\n])"  # a backslash before punctuation or the end of a line
    r"|`|~(?=~)|(?<=~)~"
    r"|\*(?=\S)|(?<=\S)\*"
    r"|(?<!\w)_(?=\S)|(?<=\S)_(?!\w)"
    r"|\[(?=[^\]\n]{0,300}\]\()|\](?=\()"
    r"|&(?=#?\w{1,32};)"
    r"|(?m:^[ ]{0,3}(?:\#(?=\#{0,5}(?:\s|$))|>|[-+*](?=\s|$)|[-=_](?=[-=_ \t]*$)))"
)
_LIST_NUMBER = re.compile(r"(?m)^([ ]{0,3}\d{1,9})([.)])(?=\s|$)")


def escape_markdown(text: str, *, in_table: bool = False) -> str:
    """Plain text as Markdown that shows exactly this text."""
    text = _ESCAPES.sub(lambda found: found[0][:-1] + "\\" + found[0][-1], text)
    text = _LIST_NUMBER.sub(r"\1\\\2", text)
    return text.replace("|", "\\|") if in_table else text


# --- Markdown as HTML ---


def markdown_to_html(text: str, *, inline: bool = False, keep_source: bool = False) -> str:
    r"""Markdown of an item as HTML for other systems: formulas as \( \) and \[ \].

    Parameters
    ----------
    inline : without the paragraph around a text of one paragraph, for options.
    keep_source : where reading the HTML again would not give the same Markdown, leave it in a
        `data-markdown` attribute of an element around the whole.
    """
    html = _render(text)
    inner = html.removeprefix("<p>").removesuffix("</p>")
    if inline and "<p>" not in inner and len(html) - len(inner) == 7:
        html = inner
    if keep_source and html_to_markdown(html) != text:
        tag = "div" if html.startswith("<") else "span"
        # Without the signs of a formula: the source is not looked through for them.
        source = entities.escape(text).replace("$", "&#36;").replace("\\", "&#92;")
        return f'<{tag} {_SOURCE}="{source}">{html}</{tag}>'
    return html


def _render(text: str) -> str:
    from markdown_it import MarkdownIt

    text = text.replace(_OPEN, "").replace(_CLOSE, "")
    formulas: list[str] = []

    def place(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        latex = entities.escape(found["block"] or found["line"], quote=False).strip()
        formulas.append(rf"\[{latex}\]" if found["block"] else rf"\({latex}\)")
        return f"{_OPEN}{len(formulas) - 1}{_CLOSE}"

    markdown = MarkdownIt("js-default", {"linkify": False, "xhtmlOut": True})
    rendered = markdown.disable(["link", "autolink"]).render(_OUR_FORMULA.sub(place, text))
    rendered = re.sub(r"&lt;(/?su[bp])&gt;", r"<\1>", rendered).strip()
    rendered = re.sub(r'(<img src=")([^"]*)"', _address, rendered)
    return re.sub(f"{_OPEN}(\\d+){_CLOSE}", lambda found: formulas[int(found[1])], rendered)


def _address(found: re.Match[str]) -> str:
    """The name of a picture as the item has it: the renderer wrote it as an address."""
    from urllib.parse import unquote

    name = unquote(entities.unescape(found[2]))
    return f'{found[1]}{entities.escape(name, quote=True)}"'


_OUR_FORMULA = re.compile(
    r"(?P<code>`+)[^`]+(?P=code)"
    r"|(?<![\\$])(?:\$\$(?P<block>[^$]+?)\$\$|\$(?P<line>(?!\s)[^$\n]+?)(?<![\s\\])\$(?![\d$]))"
)
