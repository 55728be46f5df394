"""English and Chinese: no sentence is missing, half translated or written past the translations."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from itembank.sentences import FINDINGS
from quizengine.messages import MESSAGES

PROJECT = Path(__file__).parents[1]
CATALOGUE = PROJECT / "quizengine/translations/zh_Hans_CN/LC_MESSAGES/messages.po"
MAPPING = PROJECT / "quizengine/translations/mapping.cfg"
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))

PLACEHOLDER = re.compile(r"%\(\w+\)[+\-0-9.]*[a-zA-Z]|%%|\{\w+\}")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text))


def words_in_the_source() -> dict[str, tuple[str, ...]]:
    """Every sentence the program asks a translation for, with its plural where it has one."""
    with MAPPING.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {
        "_": None, "gettext": None, "lazy_gettext": None,
        "ngettext": (1, 2), "lazy_ngettext": (1, 2),
    }  # fmt: skip
    found = extract_from_dir(PROJECT, methods, options, keywords, directory_filter=_is_ours)
    sentences = {}
    for _file, _line, words, _comments, _context in found:
        forms = words if isinstance(words, tuple) else (words,)
        sentences[forms[0]] = tuple(form for form in forms if form)
    return sentences


def _is_ours(folder: str) -> bool:
    path = Path(folder)
    return path == PROJECT or path.relative_to(PROJECT).parts[0] in {"quizengine", "templates"}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN", abort_invalid=True)


@pytest.fixture(scope="module")
def sentences() -> dict[str, tuple[str, ...]]:
    return words_in_the_source()


def translation_of(message: Message) -> list[str]:
    parts = message.string if isinstance(message.string, (tuple, list)) else [message.string]
    return [str(part) for part in parts]


def test_the_sentences_of_the_program_are_found(sentences: dict[str, tuple[str, ...]]) -> None:
    assert "Sign in" in sentences  # a template
    assert "Enter your password." in sentences  # a form
    assert len(sentences) > 250


def test_every_sentence_has_a_chinese_one(
    sentences: dict[str, tuple[str, ...]], catalogue: Catalog
) -> None:
    missing = []
    for sentence in sentences:
        message = catalogue.get(sentence)
        if message is None or message.fuzzy or not translation_of(message)[0]:
            missing.append(sentence)
    assert not missing


def test_a_chinese_sentence_keeps_the_placeholders(
    sentences: dict[str, tuple[str, ...]], catalogue: Catalog
) -> None:
    wrong = []
    for sentence, forms in sentences.items():
        message = catalogue.get(sentence)
        for text in filter(None, translation_of(message) if message else []):
            if placeholders(text) != placeholders(forms[-1]):
                wrong.append((sentence, text))
    assert not wrong


def test_a_chinese_sentence_can_be_filled(catalogue: Catalog) -> None:
    """A lone percent sign breaks the page that says it."""
    lone = [
        text
        for message in catalogue
        for text in translation_of(message)
        if text and "%" in re.sub(r"%\(\w+\)\+?[sd]|%%", "", text)
    ]
    assert not lone


def test_a_chinese_sentence_is_chinese(catalogue: Catalog) -> None:
    """Words left in English betray a copied line."""
    copied = [
        message.id
        for message in catalogue
        if message.id
        and any(translation_of(message))
        and re.search(r"[A-Za-z]{3}", PLACEHOLDER.sub("", str(message.id)))
        and not all(CHINESE.search(text) for text in translation_of(message) if text)
    ]
    assert not copied


def test_the_catalogue_holds_nothing_that_is_not_asked_for(
    sentences: dict[str, tuple[str, ...]], catalogue: Catalog
) -> None:
    stale = {
        message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        for message in catalogue
        if message.id
    } - set(sentences)
    assert not stale
    assert not catalogue.obsolete


@pytest.mark.parametrize("table", [MESSAGES, FINDINGS], ids=["refusals", "findings"])
def test_every_code_has_both_languages_with_the_same_placeholders(
    table: dict[str, object],
) -> None:
    assert len(table) > 20
    for code, pair in table.items():
        english, chinese = _both(pair)
        assert english.strip(), code
        assert CHINESE.search(chinese), code
        assert len(CHINESE.findall(english)) < len(english) / 4, code  # it may name a column
        assert placeholders(english) == placeholders(chinese), code


def _both(pair: object) -> tuple[str, str]:
    if isinstance(pair, dict):
        return pair["en"], pair["zh"]
    assert isinstance(pair, tuple)
    return pair


# --- templates ---

SHOWN = ("aria-label", "title", "alt", "placeholder", "aria-description", "aria-roledescription")
# What is the same in every language, or stands in its own one.
ALLOWED = {
    "English", "中文", "Language", "语言", "Language · 语言", "Language, 语言", "ab", "logit",
}  # fmt: skip
JINJA = re.compile(r"\{#.*?#\}|\{%-?\s*raw.*?endraw\s*-?%\}|\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
# Attributes and fragments of addresses that a macro writes by itself, outside of any tag.
UNSEEN = re.compile(rf"(?<=\s)#[a-z-]+|^#[a-z-]+|\b(?!(?:{'|'.join(SHOWN)})=)[a-z-]+=\"[^\"]*\"")
LETTERS = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,}")
UNITS = {"MB", "GB", "px", "CSV", "XLSX", "PNG", "JPEG", "SE", "ID", "DICOM", "nbsp", "UTF", "CT"}


class VisibleText(HTMLParser):
    """Collects what a reader sees or hears; an element with its own language may use it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent: list[str] = []  # the element that is left out, once for each depth

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._silent or (
            not self._silent
            and (tag in {"script", "style", "kbd", "code"} or dict(attrs).get("lang"))
        ):
            self._silent.append(tag)
        if not self._silent or tag == "html":
            self._attributes(attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(attrs)

    def _attributes(self, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in SHOWN and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(UNSEEN.sub("", data))


def untranslated(template: str) -> list[str]:
    """The words of a template that do not go through the translations."""
    reader = VisibleText()
    reader.feed(JINJA.sub(_literals, template))
    reader.close()
    found = (part.strip() for text in reader.found for part in re.split(r"[·\n]", text))
    return [part for part in found if part not in ALLOWED and set(LETTERS.findall(part)) - UNITS]


def _literals(match: re.Match[str]) -> str:
    """What a Jinja expression itself puts on the page: strings it prints without _()."""
    inside = match[0]
    if not inside.startswith("{{"):
        return ""
    printed = re.fullmatch(r"\{\{-?\s*([\"'])((?:(?!\1).)*)\1\s*-?\}\}", inside)
    return printed[2] if printed else ""


@pytest.mark.parametrize(
    "template", TEMPLATES, ids=lambda path: path.relative_to(PROJECT / "templates").as_posix()
)
def test_a_template_says_nothing_untranslated(template: Path) -> None:
    assert not untranslated(template.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>{{ _('Fine') }}</p>", []),
        ("<p>Not fine</p>", ["Not fine"]),
        ('<img alt="A film" src="x">', ["A film"]),
        ('<button aria-label="{{ _("Fine") }}">×</button>', []),
        ('<button aria-label="Close">×</button>', ["Close"]),
        ('<input placeholder="Name">', ["Name"]),
        ("{# a remark #}{% set a = 'b c' %}<kbd>Enter</kbd>", []),
        ("{{ 'said by Jinja' }}", ["said by Jinja"]),
        ("<p>{{ n }} MB · 20 px</p>", []),
        ("<p>{{ _('Fine') }} and more</p>", ["and more"]),
        ("<style>p { color: red }</style>", []),
        ('<b lang="zh-CN">题干<b>答案</b></b><i>More</i>', ["More"]),
        ('{% macro wrong() %} aria-invalid="true" title="Bad"{% endmacro %}', ['title="Bad"']),
    ],
)
def test_the_search_for_untranslated_words_finds_them(template: str, found: list[str]) -> None:
    assert untranslated(template) == found
