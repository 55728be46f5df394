"""What a browser may send about imports, and the names of what a column can mean."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import MultiDict
from wtforms import StringField

from itembank.formats.headers import split_language
from quizengine.banks.service.import_rows import SKIP
from quizengine.banks.service.imports import ENCODINGS, Settings

LETTERS = "ABCDEFGH"


def _(message: str, **values: object) -> str:
    """The sentence in the reader's language."""
    return str(gettext(message, **values))


class UploadForm(FlaskForm):  # type: ignore[misc]
    """A question file, and what holds for all of its rows."""

    file = FileField(
        lazy_gettext("Question file"),
        [FileRequired(lazy_gettext("Choose a file with questions first."))],
    )
    default_competency = StringField()
    language = StringField()

    def settings(self) -> Settings:
        """What was said about the file."""
        return Settings(
            default_competency=self.default_competency.data or "",
            language=self.language.data or "",
        )


def settings_of(sent: MultiDict[str, str], columns: list[dict[str, Any]]) -> Settings:
    """The corrected settings of a file that is to be read again.

    Parameters
    ----------
    columns : as the file was read; a mapping is only kept when it says something else.
    """
    chosen = dict(zip(sent.getlist("column"), sent.getlist("field"), strict=False))
    read = {column["header"]: column["field"] or "" for column in columns}
    base = sent.get("answer_base", "")
    return Settings(
        default_competency=sent.get("default_competency", ""),
        language=sent.get("language", ""),
        encoding=sent.get("encoding", ""),
        answer_base=int(base) if base in ("0", "1") else None,
        mapping=chosen if chosen and chosen != read else None,
    )


def choices_sent(sent: MultiDict[str, str]) -> dict[int, str]:
    """The choices for rows by their positions.

    Fields "choice-12" have a value, for rows that look like others; "offer" names rows that are
    ready, of which those without a tick "take-12" are to be left out.
    """
    found = {}
    for name, value in sent.items():
        position = _position(name, "choice-")
        if position is not None:
            found[position] = value
    for text in sent.getlist("offer"):
        position = _position(text, "")
        if position is not None:
            found[position] = "" if f"take-{position}" in sent else SKIP
    return found


def places_sent(sent: MultiDict[str, str]) -> dict[str, str]:
    """Where categories and single rows belong: pairs "category" and "place", and "row-place-12"."""
    categories = sent.getlist("category")
    found = dict(zip(categories, sent.getlist("place"), strict=False))
    for name, value in sent.items():
        position = _position(name, "row-place-")
        if position is not None and value:
            found[f"row {position}"] = value
    return found


def _position(name: str, prefix: str) -> int | None:
    number = name.removeprefix(prefix)
    is_one = name.startswith(prefix) and number.isascii() and number.isdigit() and len(number) < 10
    return int(number) if is_one else None


def kind_names() -> dict[str, str]:
    """The kinds of files in words."""
    return {
        "csv": "CSV",
        "xlsx": "XLSX",
        "xls": "XLS",
        "ods": "ODS",
        "json_list": _("JSON list of questions"),
        "native": _("bank of this program"),
        "gift": "GIFT",
        "aiken": "Aiken",
        "moodle_xml": "Moodle XML",
        "qti12": "QTI 1.2",
        "qti2": "QTI 2",
        "qti3": "QTI 3.0",
        "qti_package": _("QTI package"),
    }


def encoding_names() -> list[tuple[str, str]]:
    """Encodings to choose from, with what they are for."""
    names = {
        "utf-8": "UTF-8",
        "utf-16": "UTF-16",
        "gb18030": _("GB18030, GBK (simplified Chinese)"),
        "big5": _("Big5 (traditional Chinese)"),
        "cp1252": _("Windows-1252 (Western European)"),
    }
    return [(encoding, names[encoding]) for encoding in ENCODINGS]


def field_groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """What a column can mean, in groups for a list to choose from."""
    texts = ["stem", "options", "explanation", "rule"]
    labels = ["id", "number", "type", "answer", "competency", "sub_topic", "cognitive_level"]
    labels += ["difficulty", "reference", "jurisdiction", "posts", "enemies", "status", "written"]
    options = [f"option_{letter}" for letter in LETTERS]
    reasons = [f"{kind}_{letter}" for kind in ("reason", "correct") for letter in LETTERS]
    figures = [f"figure_{n}{part}" for n in (1, 2, 3) for part in ("", "_alt", "_caption")]
    return [
        (_("Question"), [(name, field_name(name)) for base in texts for name in _tongues(base)]),
        (_("Answer and labels"), [(name, field_name(name)) for name in labels]),
        (_("Options"), [(name, field_name(name)) for base in options for name in _tongues(base)]),
        (
            _("Reasons, ticks"),
            [(name, field_name(name)) for base in reasons for name in _tongues(base)],
        ),
        (
            _("Pictures"),
            [(name, field_name(name)) for base in figures for name in _tongues(base)],
        ),
    ]


def _tongues(base: str) -> list[str]:
    """A field, and the same in each language where it is a text."""
    is_text = not base.startswith("correct") and not base[-1].isdigit()
    return [base, f"{base}_en", f"{base}_zh"] if is_text else [base]


def field_name(name: str) -> str:
    """A field in words, such as "Option A, Chinese"."""
    base, tongue = split_language(name)
    words = _base_name(base)
    if tongue is None:
        return words
    return (
        _("%(field)s, Chinese", field=words)
        if tongue == "zh"
        else _("%(field)s, English", field=words)
    )


def _base_name(base: str) -> str:
    kind, _dash, rest = base.partition("_")
    if kind == "option":
        return _("Option %(letter)s", letter=rest)
    if kind == "reason":
        return _("Reason for %(letter)s", letter=rest)
    if kind == "correct":
        return _("Tick: %(letter)s is right", letter=rest)
    if kind == "figure":
        number, _dash, part = rest.partition("_")
        if part == "alt":
            return _("Description of picture %(number)s", number=number)
        if part == "caption":
            return _("Caption of picture %(number)s", number=number)
        return _("Picture %(number)s, file name", number=number)
    return _plain_names().get(base, base)


def _plain_names() -> dict[str, str]:
    return {
        "id": _("Item id"),
        "number": _("Row number (not kept)"),
        "type": _("Question type"),
        "stem": _("Question text"),
        "options": _("All options in one cell"),
        "answer": _("Right answer"),
        "explanation": _("Explanation"),
        "rule": _("Rule to learn"),
        "difficulty": _("Difficulty"),
        "competency": _("Competency"),
        "sub_topic": _("Sub-topic"),
        "cognitive_level": _("Cognitive level"),
        "reference": _("Reference"),
        "jurisdiction": _("Jurisdiction"),
        "posts": _("Posts"),
        "enemies": _("Never in one exam with"),
        "status": _("Status"),
        "written": _("Written on"),
    }
