"""The parts that questions of all types have in Moodle XML: texts with files, answers, settings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from itembank.errors import Finding
from itembank.formats.moodle_draft import Question, shortened
from itembank.formats.moodle_pictures import SUFFIXES, Pictures, decode_base64
from itembank.formats.moodle_questions import Answer, parse_number, weight_of
from itembank.formats.moodle_texts import NativeText
from itembank.formats.xml_safety import Element, child_named, children_named, local_name

_FORMATS = {"moodle_auto_format": "moodle", "plain_text": "plain", "markdown": "markdown"}
# Settings by the values that say nothing: Moodle's own defaults.
_DEFAULTS: dict[str, tuple[str, ...]] = {
    "defaultgrade": ("1",),
    "penalty": ("0", "0.1", "0.3333333", "0.33333", "1"),
    "shuffleanswers": ("1", "true"),
    "selecttype": ("ALL", "0"),
}
_SILENT = {
    "name", "questiontext", "generalfeedback", "idnumber", "tags", "coursetags", "answer",
    "subquestion", "single", "answernumbering", "showstandardinstruction", "shownumcorrect",
    "usecase", "units", "unitgradingtype", "unitpenalty", "showunits", "unitsleft", "layouttype",
    "selectcount",
    "gradingtype", "showgrading", "numberingstyle", "dragbox", "selectoption", "image",
    "image_base64", "hidden", "hint", "correctfeedback", "partiallycorrectfeedback",
    "incorrectfeedback", "file", "drag", "drop", "showmisplaced", "version", "stamp", "category",
    "editquestion",
}  # fmt: skip
_FEEDBACK = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback", "hint")
_STANDARD_FEEDBACK = re.compile(
    r"your answer is (correct|partially correct|incorrect)\.?"
    r"|(您|你)?的?(答案|回答)(正确|部分正确|不正确|错误|是正确的|是错误的|是部分正确的)?[。.]?|",
    re.IGNORECASE,
)


def text_of(element: Element | None) -> str:
    """The text of an element with a `text` inside, or of the element itself."""
    if element is None:
        return ""
    inner = child_named(element, "text")
    chosen = element if inner is None else inner
    if not len(chosen):
        return (chosen.text or "").strip()
    # HTML that was not escaped: its elements belong to the text
    from lxml import etree

    parts = [chosen.text or ""]
    parts += [
        etree.tostring(child, encoding="unicode")
        for child in chosen
        if local_name(child) not in ("file", "answer", "feedback")
    ]
    return "".join(parts).strip()


def child_text(element: Element, name: str) -> str:
    """The text of a child; empty where there is none."""
    return text_of(child_named(element, name))


def decoded_files(element: Element | None) -> dict[str, bytes]:
    """The files embedded in a text, by their paths."""
    files: dict[str, bytes] = {}
    for file in children_named(element, "file") if element is not None else ():
        path = f"{file.get('path') or ''}/{file.get('name') or ''}".strip("/")
        path = re.sub(r"/{2,}", "/", path)
        files.setdefault(path, decode_base64("".join(file.itertext())))
    return files


@dataclass(slots=True)
class XmlQuestion:
    """A question element with what was read of it.

    Attributes
    ----------
    shown : the embedded files of each text, with the pictures it may show.
    """

    element: Element
    kind: str
    question: Question
    shown: list[tuple[Pictures, dict[str, bytes]]] = field(default_factory=list)

    def read_text(self, text: str | None = None) -> None:
        """Read the question's text, or `text` in its place, in the element's format."""
        element = child_named(self.element, "questiontext")
        pictures = self.question.reader.pictures
        self.shown.append((pictures, dict(pictures.files)))
        written = text_of(element) if text is None else text
        self.question.text = self.question.reader.question(
            written + self._old_picture(pictures), self.format_of(element)
        )

    def format_of(self, element: Element | None) -> str:
        """The format of a text: its own, else that of the question."""
        name = element.get("format") if element is not None else None
        if name is None:
            text = child_named(self.element, "questiontext")
            name = text.get("format") if text is not None else None
        return _FORMATS.get((name or "html").strip(), "html")

    def native(self, element: Element | None) -> NativeText:
        """A text other than the question's, with its own pictures or those of the question."""
        if element is None:
            return {}
        shared = self.question.reader.pictures
        own = decoded_files(element)
        pictures = Pictures(
            shared.shelf, {**shared.files, **own}, shared.where, shared.findings, shared.used
        )
        pictures.used = set() if own else shared.used
        if own:
            self.shown.append((pictures, own))
        return self.question.reader.native(text_of(element), self.format_of(element), pictures)

    def answers(self, name: str = "answer") -> list[Answer]:
        """The answers with their weights."""
        return [self.answer(element) for element in children_named(self.element, name)]

    def answer(self, element: Element) -> Answer:
        """One answer."""
        return Answer(
            text=self.native(element),
            weight=weight_of(element.get("fraction") or "0", self.question.note),
            reason=self.native(child_named(element, "feedback")),
            source=text_of(element),
        )

    def _old_picture(self, pictures: Pictures) -> str:
        """The one picture that files before Moodle 2 could have."""
        name = "".join(child_text(self.element, "image").split("/")[-1:])
        data = decode_base64(child_text(self.element, "image_base64"))
        if not name:
            return ""
        if data:
            pictures.files = {**pictures.files, name: data}
        return f'<p><img src="@@PLUGINFILE@@/{name}" alt="" /></p>'


def unused_files(xml: XmlQuestion) -> list[Finding]:
    """Embedded files that no text shows."""
    return [
        Finding(
            "warning",
            "file-unused" if name.lower().endswith(SUFFIXES) else "file-no-picture",
            str(xml.question.source),
            {"value": name[:200]},
        )
        for pictures, files in xml.shown
        for name in files
        if name not in pictures.used
    ]


def note_settings(xml: XmlQuestion) -> None:
    """Note what the question says and an item does not hold."""
    left = []
    for element in xml.element:
        name, value = local_name(element), text_of(element)
        if name in _DEFAULTS:
            number = parse_number(value)
            shown = f"{number:.7g}" if number is not None else value
            if value and shown not in _DEFAULTS[name]:
                left.append(f"{name}={value[:30]}")
        elif name in _FEEDBACK:
            words = re.sub(r"<[^<>]{0,2000}>", " ", value).strip()
            if not _STANDARD_FEEDBACK.fullmatch(words):
                xml.question.note("feedback-left-out", value=shortened(words, 200))
        elif name not in _SILENT:
            left.append(name[:40] + (f"={value[:30]}" if value else ""))
    if left:
        xml.question.note("settings-left-out", value=", ".join(left)[:500])
    if child_text(xml.element, "hidden") in ("1", "true"):
        xml.question.note("question-hidden")
