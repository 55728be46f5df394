"""Texts as Moodle writes them, in XML and in GIFT: four formats, several languages, pictures.

A text in several languages is written for the filter "multilang2":
`{mlang en}...{mlang}{mlang zh}...{mlang}`. What our own writers add is marked with the class
`quizengine-figure` or `quizengine-stimulus`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from itembank.errors import Finding
from itembank.formats.draft import detect_language
from itembank.formats.markup_conversion import (
    escape_markdown,
    html_to_markdown,
    markdown_to_html,
)
from itembank.formats.moodle_pictures import Pictures, plugin_address, with_plugin_addresses
from itembank.item import LANGUAGES, MAX_FIGURES, Figure, Stimulus, Text

NativeText = dict[str, str]
_MLANG = re.compile(r"\{\s{0,9}mlang(?:\s{1,9}([A-Za-z0-9_,-]{1,60}))?\s{0,9}\}")
_SPAN = re.compile(r'<span(?:\s{1,9}lang="([\w-]{1,20})"|\s{1,9}class="multilang"){2}\s{0,9}>')
_ELEMENT = re.compile(r"</?[A-Za-z][^<>]{0,2000}>|<!--")
_ENTITY = re.compile(r"&(#\d{1,7}|#x[0-9A-Fa-f]{1,6}|\w{2,32});")
_BLOCK = re.compile(r"<(p|div|ul|ol|table|h[1-6]|pre|blockquote)\b", re.IGNORECASE)
_GAP = re.compile(r"(?:\\?_){3,}")
_SCRIPT_ONLY = re.compile(r"</?su[bp]>", re.IGNORECASE)
_BACKSLASH_FORMULA = re.compile(r"\\\\([(\[])([^\n]{1,2000}?)\\\\[)\]]")
# A text of which no character means anything to HTML, to Markdown or to the converter.
_SIMPLE = re.compile(r"(?:[^\s<>&\\$\ue000\ue001]+(?: [^\s<>&\\$\ue000\ue001]+)*)?")
_PLAIN_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#39|#x27);")
_PICTURE = r"!\[([^\[\]\n]{0,2000})\]\((?:<(figures/[^<>\n]{1,300})>|(figures/[^()\s]{1,300}))\)"
_INLINE = r"\]\(<?figures/([^<>()\n]{1,300})"
_PICTURE_LINE = re.compile(rf"\s{{0,9}}(?:{_PICTURE}\s{{0,9}}){{1,9}}")
_STIMULUS = re.compile(r"<section\b[^<>]{0,200}\bquizengine-stimulus\b[^<>]{0,200}>")
_FIGURE = re.compile(r"<figure\b[^<>]{0,200}\bquizengine-figure\b[^<>]{0,200}>")


# --- languages ---


def split_languages(text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The parts of a text by language, and the names of languages that are none of ours.

    The first is empty when the text does not say its language. What stands outside of any mark
    belongs to every language the text names.
    """
    text = _spans_as_marks(text)
    if not _MLANG.search(text):
        return {}, ()
    pieces: list[tuple[tuple[str, ...], str]] = []
    position, inside = 0, ()
    for mark in _MLANG.finditer(text):
        pieces.append((inside, text[position : mark.start()]))
        inside = tuple(mark[1].lower().split(",")) if mark[1] else ()
        position = mark.end()
    pieces.append((inside, text[position:]))
    named = {_language(name) or name for names, _ in pieces for name in names}
    known = [language for language in LANGUAGES if language in named]
    if "other" in named:
        known += [language for language in LANGUAGES if language not in named][: 2 - len(known)]
        named.discard("other")
    parts = {language: "".join(_parts_of(language, pieces, named)) for language in known}
    others = tuple(sorted(named - set(LANGUAGES)))
    if not known and others:
        chosen = "".join(_parts_of(others[0], pieces, named))
        return {detect_language(chosen): chosen}, others[1:]
    return {language: part for language, part in parts.items() if part.strip()}, others


def _parts_of(
    language: str, pieces: list[tuple[tuple[str, ...], str]], named: set[str]
) -> Iterator[str]:
    for names, text in pieces:
        mine = {_language(name) or name for name in names}
        if not names or language in mine or ("other" in mine and language not in named):
            yield text


def _language(name: str) -> str:
    head = re.split(r"[_-]", name)[0]
    return head if head in LANGUAGES else ""


def _spans_as_marks(text: str) -> str:
    """Moodle's older way, `<span lang="en" class="multilang">`, as the newer one."""
    if "multilang" not in text:
        return text
    pieces = _SPAN.split(text)
    found = pieces[0]
    for language, after in zip(pieces[1::2], pieces[2::2], strict=True):
        inside, end, rest = after.partition("</span>")
        found += f"{{mlang {language}}}{inside}{{mlang}}{rest}" if language and end else after
    return found


def join_languages(parts: Mapping[str, str], plain: bool = False) -> str:
    """One text of the parts in each language; `plain`: a single part stands for itself."""
    if plain and len(set(parts.values())) == 1:
        return next(iter(parts.values()))
    return "".join(f"{{mlang {language}}}{part}{{mlang}}" for language, part in parts.items())


# --- reading ---


@dataclass(slots=True)
class QuestionText:
    """What the text of a question holds, in native form."""

    stem: NativeText = field(default_factory=dict)
    figures: list[dict[str, object]] = field(default_factory=list)
    stimulus: NativeText = field(default_factory=dict)
    stimulus_figures: list[dict[str, object]] = field(default_factory=list)


@dataclass(slots=True)
class TextReader:
    """Reads the texts of one question.

    Parameters
    ----------
    pictures : those it can show.
    is_own : written by our own writer, so that only marked pictures are figures.
    soft_lines : a line break in plain text is only a longer line of the file (GIFT).
    languages : of the question; a text that names none is in all of these. Set by `question`.
    """

    pictures: Pictures
    is_own: bool = False
    soft_lines: bool = False
    languages: tuple[str, ...] = ()

    def native(self, text: str, text_format: str, pictures: Pictures | None = None) -> NativeText:
        """A text that is not the question's; empty for none."""
        return {
            language: markdown
            for language, part in self._by_language(text).items()
            if (markdown := self._markdown(part, text_format, pictures or self.pictures))
        }

    def plain(self, text: str) -> NativeText:
        """A text in a place without markup, such as an option of a matching question.

        Some programs write HTML there all the same.
        """
        if not self.is_own and _ELEMENT.search(text):
            return self.native(text, "html")
        return {
            language: part.strip() if self.is_own else escape_markdown(" ".join(part.split()))
            for language, part in self._by_language(text).items()
            if part.strip()
        }

    def question(self, text: str, text_format: str) -> QuestionText:
        """The question's own text, with its pictures and the case of its set."""
        parts, others = split_languages(text)
        if others:
            self.note("language-left-out", value=", ".join(others))
        if not parts:
            words = _ELEMENT.sub(" ", text)
            chosen = self.languages or (detect_language(words),)
            parts = dict.fromkeys(chosen, text)
        self.languages = tuple(parts)
        found = QuestionText()
        pieces = {language: self._pieces(part) for language, part in parts.items()}
        for language, piece in pieces.items():
            for target, source in ((found.stem, piece.stem), (found.stimulus, piece.stimulus)):
                markdown = self._markdown(source, text_format, self.pictures)
                if markdown:
                    target[language] = markdown
        found.figures = _merged({lang: piece.figures for lang, piece in pieces.items()})
        found.stimulus_figures = _merged(
            {lang: piece.stimulus_figures for lang, piece in pieces.items()}
        )
        if not self.is_own:
            self._lines_as_figures(found)
        return found

    def _by_language(self, text: str) -> dict[str, str]:
        parts, others = split_languages(text)
        if others:
            self.note("language-left-out", value=", ".join(others))
        return parts or dict.fromkeys(self.languages or (detect_language(text),), text)

    def note(self, code: str, **details: object) -> None:
        """Something of the text that is not kept."""
        finding = Finding("warning", code, self.pictures.where, details)
        if finding not in self.pictures.findings:
            self.pictures.findings.append(finding)

    def _markdown(self, text: str, text_format: str, pictures: Pictures) -> str:
        text = text.strip()
        if text_format == "markdown":
            return self._from_markdown(text, pictures)
        found = self._converted(text, text_format, pictures)
        if self.is_own:
            for asset in re.findall(_INLINE, found):
                pictures.asset_of(asset)  # a source left in the HTML names it without asking
            return found
        # A line to write on is no emphasis, so its strokes need no backslash.
        return _GAP.sub(lambda gap: gap[0].replace("\\", ""), found)

    def _converted(self, text: str, text_format: str, pictures: Pictures) -> str:
        if _SIMPLE.fullmatch(text):
            return escape_markdown(text)
        if text_format == "html":
            words = _words_of(text)
            if words is not None:
                return escape_markdown(words)
        else:
            has_markup = _ELEMENT.search(text) or _ENTITY.search(text)
            if text_format == "plain" or not has_markup:
                text = html.escape(text, quote=False)
            if not self.soft_lines and not (has_markup and _BLOCK.search(text)):
                text = text.replace("\n", "<br/>")
        return html_to_markdown(text, pictures.asset_of, pictures.where)

    def _from_markdown(self, text: str, pictures: Pictures) -> str:
        text = _BACKSLASH_FORMULA.sub(
            lambda found: f"${found[2]}$" if found[1] == "(" else f"$${found[2]}$$", text
        )
        if _ELEMENT.search(_SCRIPT_ONLY.sub("", text)):
            return html_to_markdown(_render_with_html(text), pictures.asset_of, pictures.where)
        return pictures.in_markdown(text)

    def _pieces(self, text: str) -> _Pieces:
        stimulus = ""
        stimulus_figures: list[dict[str, str]] = []
        opening = _STIMULUS.search(text)
        if opening:
            inside, _, after = text[opening.end() :].partition("</section>")
            stimulus, stimulus_figures = self._without_figures(inside)
            text = text[: opening.start()] + after
        stem, figures = self._without_figures(text)
        return _Pieces(stem, figures, stimulus, stimulus_figures)

    def _without_figures(self, text: str) -> tuple[str, list[dict[str, str]]]:
        """The text without the figures our writer marked, and these."""
        head, *marked = _FIGURE.split(text)
        figures = []
        for part in marked:
            inside, _, after = part.partition("</figure>")
            head += after
            picture, _, caption = inside.partition("<figcaption>")
            source, alt = (re.search(rf'\b{name}="([^"]*)"', picture) for name in ("src", "alt"))
            figures.append(
                {
                    "asset": self.pictures.asset_of(html.unescape(source[1]) if source else ""),
                    "alt": html.unescape(alt[1]) if alt else "",
                    "caption": self._markdown(
                        caption.partition("</figcaption>")[0], "html", self.pictures
                    ),
                }
            )
        return head, [figure for figure in figures if figure["asset"]]

    def _lines_as_figures(self, found: QuestionText) -> None:
        """Pictures that stand alone on a line are shown beside the text, not inside it."""
        taken: dict[str, list[dict[str, str]]] = {}
        left: NativeText = {}
        for language, stem in found.stem.items():
            lines, taken[language] = [], []
            for line in stem.split("\n"):
                pictures = re.findall(_PICTURE, line) if _PICTURE_LINE.fullmatch(line) else []
                taken[language] += [
                    {"asset": bare or angled, "alt": alt, "caption": ""}
                    for alt, angled, bare in pictures
                ]
                if not pictures:
                    lines.append(line)
            left[language] = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        same = len({tuple(one["asset"] for one in figures) for figures in taken.values()}) == 1
        figures = _merged(taken)
        if figures and same and all(left.values()) and len(figures) <= MAX_FIGURES:
            found.stem, found.figures = left, figures


def _words_of(text: str) -> str | None:
    """The words of HTML that is one paragraph of nothing else; None for any other.

    Most texts of most files are: for these the converter, a hundred times slower, is not needed.
    """
    inner = text.removeprefix("<p>")
    if len(inner) != len(text):
        inner = inner.removesuffix("</p>")
        if len(inner) + 7 != len(text):
            return None
    # an entity that stands for a plain sign; Markdown's signs are escaped like any others
    inner = _PLAIN_ENTITY.sub("x", inner)
    if not _SIMPLE.fullmatch(inner):
        return None
    return html.unescape(text.removeprefix("<p>").removesuffix("</p>"))


def plain_to_markdown(text: str) -> str:
    """A line of plain text as Markdown; formulas between dollars stay formulas.

    Raises
    ------
    ItemBankError
        "text-too-long".
    """
    if _SIMPLE.fullmatch(text):
        found = escape_markdown(text)
    else:
        found = html_to_markdown(html.escape(text, quote=False))
    return _GAP.sub(lambda gap: gap[0].replace("\\", ""), found)


@dataclass(slots=True)
class _Pieces:
    stem: str
    figures: list[dict[str, str]]
    stimulus: str
    stimulus_figures: list[dict[str, str]]


def _merged(by_language: Mapping[str, list[dict[str, str]]]) -> list[dict[str, object]]:
    """The figures of all languages as one list; the same picture at the same place is one."""
    merged: list[dict[str, object]] = []
    for position in range(max((len(figures) for figures in by_language.values()), default=0)):
        at_place: dict[str, dict[str, object]] = {}
        for language, figures in by_language.items():
            if position < len(figures):
                one = figures[position]
                figure = at_place.setdefault(
                    one["asset"], {"asset": one["asset"], "alt": {}, "caption": {}}
                )
                for name in ("alt", "caption"):
                    if one[name].strip():
                        figure[name][language] = one[name]  # type: ignore[index]
        merged += at_place.values()
    return merged


def _render_with_html(text: str) -> str:
    from markdown_it import MarkdownIt

    rendered: str = MarkdownIt("js-default", {"html": True, "linkify": False}).render(text)
    return rendered


# --- writing ---


def html_of(markdown: str, *, inline: bool = True) -> str:
    """A text of an item as HTML that `TextReader` gives back exactly."""
    if _SIMPLE.fullmatch(markdown) and escape_markdown(markdown) == markdown:
        found = html.escape(markdown, quote=False)
        found = found if inline else f"<p>{found}</p>"
    else:
        found = markdown_to_html(markdown, inline=inline, keep_source=True)
    return without_marks(with_plugin_addresses(found))


def without_marks(text: str) -> str:
    """HTML in which what looks like a language mark is none."""
    return _MLANG.sub(lambda found: "&#123;" + found[0][1:], text)


def html_of_text(text: Text, languages: tuple[str, ...], *, inline: bool = True) -> str:
    """A text in both languages; plain where it is in the question's `languages` and the same."""
    parts = {
        language: html_of(getattr(text, language), inline=inline) for language in text.languages
    }
    return join_languages(parts, plain=text.languages == languages) if parts else ""


def html_of_question(
    stem: Text, figures: tuple[Figure, ...], stimulus: Stimulus | None, languages: tuple[str, ...]
) -> str:
    """The text of a question with its pictures and the case of its set before it."""
    parts: dict[str, str] = {}
    for language in languages:
        part = _html_in(stem, language)
        part += "".join(_figure_html(figure, language) for figure in figures)
        if stimulus is not None:
            case = _html_in(stimulus.text, language)
            case += "".join(_figure_html(figure, language) for figure in stimulus.figures)
            part = f'<section class="quizengine-stimulus">{case}</section>{part}'
        parts[language] = part
    return join_languages(parts, plain=len(languages) == 1)


def _html_in(text: Text, language: str) -> str:
    written = getattr(text, language)
    return html_of(written, inline=False) if written else ""


def _figure_html(figure: Figure, language: str) -> str:
    alt, caption = getattr(figure.alt, language), getattr(figure.caption, language)
    words = f"<figcaption>{html_of(caption)}</figcaption>" if caption else ""
    picture = f'<img src="{plugin_address(figure.asset)}" alt="{html.escape(alt)}" />'
    return f'<figure class="quizengine-figure">{without_marks(picture)}{words}</figure>'
