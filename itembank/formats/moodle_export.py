"""What writers of Moodle XML and GIFT share: items in one language or both, weights, pictures."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from itembank.bank import ItemBank
from itembank.errors import Finding
from itembank.formats.markup_conversion import escape_markdown
from itembank.formats.moodle_texts import html_of_question, html_of_text, without_marks
from itembank.item import (
    FALSE_TEXT,
    LANGUAGES,
    TRUE_TEXT,
    Item,
    Text,
    item_from_native,
    item_to_native,
)
from itembank.item_checks import strings_of

_PLUGIN_PICTURE = re.compile(r'@@PLUGINFILE@@/([^"?\s]{1,600})')
# Private characters that mark places while markup is converted and GIFT is parsed.
_MARKS = re.compile("[\ue000\ue001\U000f0000-\U000f0007]")


@dataclass(slots=True)
class Export:
    """One item on its way into a file.

    Attributes
    ----------
    item : as it is written; in one language only if that was asked for.
    languages : of its question.
    findings : what the format cannot carry.
    """

    item: Item
    languages: tuple[str, ...]
    findings: list[Finding] = field(default_factory=list)

    def warn(self, code: str, **details: object) -> None:
        """Something the format cannot carry."""
        finding = Finding("warning", code, self.item.id, details)
        if finding not in self.findings:
            self.findings.append(finding)

    def warn_plain(self, text: str) -> None:
        """What happens to a text in a place where Moodle has no markup."""
        if without_marks(text) != text:
            self.warn("export-markup", value=text[:60])
        elif escape_markdown(text) != text:
            self.warn("export-markup-shown", value=text[:60])

    def html(self, text: Text, *, inline: bool = True) -> str:
        """A text in the languages of the item."""
        return html_of_text(text, self.languages, inline=inline)

    @property
    def question_html(self) -> str:
        """The question with its pictures and the case of its set."""
        item = self.item
        # The first picture of a hot spot is what is answered on: it stands outside the text.
        figures = item.figures[1:] if item.type == "hot_spot" else item.figures
        return html_of_question(item.stem, figures, item.stimulus, self.languages)

    @property
    def misread(self) -> str:
        """A text that no reader would give back; empty when there is none."""
        return next((text for text in strings_of(self.item) if _MARKS.search(text)), "")

    @property
    def title(self) -> str:
        """The name Moodle lists the question under: the id and the first words."""
        words = " ".join(self.item.stem.get(self.languages[0])[:300].split())
        return f"{self.item.id} {words[:60]}".strip()


def export_of(item: Item, language: str) -> Export:
    """The item in "en", in "zh" or in "both"."""
    export = Export(item, _languages(item))
    if language in LANGUAGES:
        _keep_one(export, language)
    if item.type == "true_false" and [choice.text for choice in item.choices] != [
        TRUE_TEXT,
        FALSE_TEXT,
    ]:
        export.warn("export-true-false-words")
    _find_scoring(export)
    return export


def _languages(item: Item) -> tuple[str, ...]:
    """The languages of what stands in the text of the question."""
    texts = [item.stem]
    figures = item.figures[1:] if item.type == "hot_spot" else item.figures
    if item.stimulus is not None:
        texts.append(item.stimulus.text)
        figures += item.stimulus.figures
    texts += [text for figure in figures for text in (figure.alt, figure.caption)]
    return tuple(name for name in LANGUAGES if any(name in text.languages for text in texts))


def _keep_one(export: Export, language: str) -> None:
    """Leave out the other language; what only that one is written in is kept in its place."""
    item = export.item
    if language not in item.stem.languages:
        language = item.stem.languages[0]
        export.warn("export-language-missing")
    met: set[str] = set()
    native = item_to_native(item)
    options = native.pop("options")
    reduced = _one_language(native, language, met)
    if item.type == "true_false" and isinstance(options, list):
        # the words of these options are the same in every file
        options = [one | {"reason": _one_language(one["reason"], language, met)} for one in options]
    else:
        options = _one_language(options, language, met)
    if "both" in met:
        export.warn("export-language")
    if "other" in met:
        export.warn("export-language-missing")
    assert isinstance(reduced, dict)  # noqa: S101 - as it went in
    export.item = item_from_native(reduced | {"options": options})
    export.languages = (language,)


def _one_language(value: object, language: str, met: set[str]) -> object:
    """JSON values with every text in one language; `met` takes "both" and "other" (only that)."""
    if isinstance(value, dict):
        if value and set(value) <= set(LANGUAGES):
            if len(value) > 1:
                met.add("both")
            elif language not in value:
                met.add("other")
            return {language: Text(**value).get(language)}
        return {name: _one_language(part, language, met) for name, part in value.items()}
    if isinstance(value, list):
        return [_one_language(part, language, met) for part in value]
    return value


def _find_scoring(export: Export) -> None:
    """Rules of scoring that Moodle does not have."""
    item = export.item
    rule = item.scoring_rule
    unknown = {
        "multiple": (rule == "all_or_nothing" and len(item.key) > 1) or len(item.key) > 10,
        "select_n": True,
        "matching": rule == "all_or_nothing",
    }
    if unknown.get(item.type):
        export.warn("export-scoring", scoring=f"{item.type}: {rule}")


def weights_of(item: Item) -> list[str]:
    """The weight of each option of an item with several keys, in percent as Moodle writes them."""
    share = 100 / min(len(item.key), 10)
    wrong = share if item.scoring_rule == "plus_minus" else 100.0
    return [_percent(share) if choice.is_key else "-" + _percent(wrong) for choice in item.choices]


def _percent(weight: float) -> str:
    return f"{weight:.5f}".rstrip("0").rstrip(".")


def pictures_in(text: str, export: Export, assets: Mapping[str, bytes]) -> dict[str, bytes]:
    """The pictures an HTML text shows, by their paths; a missing one is a finding."""
    found: dict[str, bytes] = {}
    for address in _PLUGIN_PICTURE.findall(text):
        path = unquote(html.unescape(address))
        data = assets.get(f"figures/{path}")
        if data is None:
            export.warn("export-picture-missing", value=f"figures/{path}"[:200])
        else:
            found[path] = data
    return found


def category_name(bank: ItemBank, competency: str, language: str) -> str:
    """The category of a competency, in Moodle's words: `$course$/top/Bank/R1 Anatomy`."""
    titles = {one.code: one.name.get(language) for one in bank.blueprint.competencies}
    title = titles.get(competency, "")
    parts = [bank.name.get(language), f"{competency} {title}".strip()]
    written = [" ".join(part.replace("\\", " ").split()).replace("/", "//") for part in parts]
    return "/".join(["$course$", "top", *written])
