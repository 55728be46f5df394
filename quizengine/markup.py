"""Texts of items as safe HTML: Markdown without raw HTML, then an allow-list."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import unquote

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from itembank.item import Text
from quizengine.formulas import FORMULA, to_mathml

LONGEST = 20_000  # characters; longer texts cost seconds to parse
_markdown = MarkdownIt("js-default", {"linkify": False}).disable(["link", "autolink"])
_TAGS = {
    "p", "br", "strong", "em", "code", "pre", "ul", "ol", "li", "blockquote", "s",
    "table", "thead", "tbody", "tr", "th", "td", "sub", "sup", "h3", "h4", "hr", "img",
}  # fmt: skip
_PICTURE = re.compile(r'<img(?: src="(?P<name>[^"]*)")?(?: alt="(?P<alt>[^"]*)")?>')
_CODE_OR_FORMULA = re.compile(rf"(?P<code>`+)[^`]+(?P=code)|{FORMULA.pattern}")
# Marks the place of a formula while Markdown is at work; no text of an item holds these.
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"(?:<p>)?{_OPEN}b(\\d+){_CLOSE}(?:</p>)?|{_OPEN}l(\\d+){_CLOSE}")
# Subscripts and superscripts are the only HTML that Markdown has no sign for.
_SCRIPT = re.compile(r"&lt;(/?su[bp])&gt;")
AssetUrl = Callable[[str], str]
_ASKING = re.compile(
    r"^(?P<body>.*[.!?。！？”\"])\s*"  # up to the end of a sentence
    r"(?P<asking>[^.!?。！？]*(?:\.\d[^.!?。！？]*)*[?？])$",  # then a question; 1.5 is no end
    re.S,
)


_UNIT = re.compile(
    r"(?<=\d) (?=(?:%|°|[kMG]?Hz|[µμnmck]?m\b|[mµμ]?s\b|kVp?|m?As?\b|[mµμ]?Sv|[mµμ]?Gy|[kMG]?Bq"
    r"|dB|HU\b|T\b|[mµμ]?L\b|ml\b|cm|mm|keV|MPa|kPa|mmHg|mW|W/))"
)


def keep_units(text: str) -> str:
    """Number and unit never part at the end of a line."""
    return re.sub(r"(?<==) (?=\d)", "\u00a0", _UNIT.sub("\u00a0", text))


def to_html(
    text: str, assets: Mapping[str, str] | None = None, url: AssetUrl | None = None
) -> Markup:
    """A text of an item as HTML; whatever it holds, nothing in it can run.

    Markdown, tables and formulas (LaTeX between dollars) are rendered. A picture is shown when
    `assets` (name -> sha256) knows it and `url` gives its address; else its description is.
    """
    found = _to_html(text)
    if "<img" not in found:
        return Markup(found)  # noqa: S704
    known = assets or {}

    def shown(picture: re.Match[str]) -> str:
        name = unquote(html.unescape(picture["name"] or ""))  # Markdown encodes it as an address
        alt = picture["alt"] or ""
        if url is None or name not in known:
            return alt
        return f'<img class="inline-picture" src="{html.escape(url(known[name]))}" alt="{alt}">'

    return Markup(_PICTURE.sub(shown, found))  # noqa: S704


@lru_cache(maxsize=4096)
def _to_html(text: str) -> str:
    formulas: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        block = found["block"] is not None
        formulas.append(to_mathml(found["block"] or found["line"], block=block))
        return f"{_OPEN}{'b' if block else 'l'}{len(formulas) - 1}{_CLOSE}"

    text = text[:LONGEST].replace(_OPEN, "").replace(_CLOSE, "")
    text = keep_units(_CODE_OR_FORMULA.sub(put_aside, text))
    rendered = _SCRIPT.sub(r"<\1>", _markdown.render(text))
    clean = nh3.clean(rendered, tags=_TAGS, attributes={"img": {"src", "alt"}}, url_schemes=set())
    return _PLACE.sub(lambda place: formulas[int(place[1] or place[2])], clean)


def to_inline_html(
    text: str, assets: Mapping[str, str] | None = None, url: AssetUrl | None = None
) -> Markup:
    """The same without a paragraph around it, for options; several paragraphs stay several."""
    html_ = to_html(text, assets, url)
    inner = html_.removeprefix("<p>").removesuffix("</p>\n").removesuffix("</p>")
    return html_ if "<p>" in inner or "<table" in inner else Markup(inner)  # noqa: S704


def split_asking(text: str) -> tuple[str, str]:
    """The case and the question at its end, which the page sets apart.

    The second part is empty when the text is one sentence only, or does not end in a question.
    """
    found = _ASKING.match(text.strip())
    if found is None or "\n" in found["asking"] or not found["asking"].strip():
        return text, ""
    return found["body"].strip(), found["asking"].strip()


def text_language(text: Text, language: str) -> str:
    """The language a text is really shown in: "en" or "zh-CN", as HTML names it."""
    shown = language if language in text.languages else (text.languages or (language,))[0]
    return "zh-CN" if shown == "zh" else "en"
