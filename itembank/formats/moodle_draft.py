"""What readers of Moodle XML and GIFT share: a question under way to its draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from itembank.errors import Finding, ItemBankError
from itembank.formats.draft import DraftItem, SourceFinding, SourcePlace, check_draft
from itembank.formats.moodle_labels import apply_labels, label_text, read_tags
from itembank.formats.moodle_pictures import Pictures, Shelf
from itembank.formats.moodle_questions import Fields
from itembank.formats.moodle_texts import QuestionText, TextReader
from itembank.item import LANGUAGES, MAX_ID

MAX_NAME = 80


@dataclass(slots=True)
class Question:
    """One question of a source while it is read.

    Attributes
    ----------
    name : its title, for people.
    labels : what our writer left in its tags, still encoded; `tags` are the others.
    """

    source: SourcePlace
    name: str
    identifier: str
    labels: dict[str, str]
    tags: tuple[str, ...]
    reader: TextReader
    findings: list[Finding] = field(default_factory=list)
    text: QuestionText = field(default_factory=QuestionText)

    def note(self, code: str, **details: object) -> None:
        """Something of the source that is not kept as it was."""
        self.findings.append(Finding("warning", code, str(self.source), details))

    def draft(self, fields: Fields) -> DraftItem:
        """The draft with what all types share."""
        fields = {"stem": self.text.stem, "figures": self.text.figures} | fields
        identifier = unquote(self.labels.get("id", "")) or self.identifier.strip()
        if identifier and len(identifier) <= MAX_ID:
            fields["id"] = identifier
        elif identifier:
            self.note("identifier-too-long", value=identifier[:60], limit=MAX_ID)
        self._add_labelled(fields)
        tags = apply_labels(fields, self.labels, self.tags)
        return DraftItem(fields, self.source, tags, tuple(self.findings))

    def _add_labelled(self, fields: Fields) -> None:
        unit = label_text(self.labels, "unit")
        if unit and isinstance(fields.get("numeric"), dict):
            fields["numeric"] = {**fields["numeric"], "unit": unit}  # type: ignore[dict-item]
        for kind, name in (("option", "options"), ("premise", "premises")):
            parts = fields.get(name)
            for number, part in enumerate(parts if isinstance(parts, list) else (), start=1):
                reason = label_text(self.labels, f"{kind}-reason-{number}")
                if reason:
                    part["reason"] = reason
        if "set" in self.labels:
            position = self.labels.get("set-position", "")
            fields["stimulus"] = {
                "id": unquote(self.labels["set"]),
                "text": self.text.stimulus,
                "figures": self.text.stimulus_figures,
                "irreversible": self.labels.get("set-irreversible") == "yes",
                "position": int(position) if position.isdecimal() and len(position) < 4 else 1,
            }


def new_question(
    source: SourcePlace,
    name: str,
    *,
    shelf: Shelf,
    files: Mapping[str, bytes],
    tags: tuple[str, ...],
    category: str = "",
    identifier: str = "",
    soft_lines: bool = False,
) -> Question:
    """A question whose texts are still to be read; the category becomes its first tag.

    Not so in a file of our own writer, whose categories are its competencies.
    """
    labels, others = read_tags(tags)
    if category and not labels:
        others = (category, *others)
    findings: list[Finding] = []
    language = labels.get("language", "")
    reader = TextReader(
        Pictures(shelf, files, str(source), findings),
        is_own=bool(labels),
        soft_lines=soft_lines,
        languages=(language,) if language in LANGUAGES else (),
    )
    return Question(source, name, identifier, labels, others, reader, findings)


def shortened(text: str, limit: int = MAX_NAME) -> str:
    """The beginning of a text on one line."""
    words = " ".join(text[: limit * 4].split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


def read_one(
    question: Question, read: Callable[[Question], list[Fields]]
) -> tuple[list[DraftItem], list[SourceFinding]]:
    """The drafts of a question, or why it cannot be stored."""
    try:
        drafts = [question.draft(fields) for fields in read(question)]
    except ItemBankError as error:
        return [], [rejected(question, error.code, error.details)]
    items, refused = [], []
    for draft in drafts:
        error_found = check_draft(draft)
        if error_found is None:
            items.append(draft)
        else:
            refused.append(rejected(question, error_found.code, error_found.details))
    return items, refused


def rejected(question: Question, code: str, details: Mapping[str, object]) -> SourceFinding:
    """A question that cannot be stored."""
    return SourceFinding(question.source, question.name, code, dict(details))


def category_path(written: str) -> str:
    """`$course$/top/Physics/Dose` as "Physics/Dose"; Moodle doubles a slash inside a name."""
    parts = [part.strip() for part in written.replace("//", "\0").split("/")]
    while parts and (parts[0] == "top" or (parts[0][:1] == parts[0][-1:] == "$")):
        parts.pop(0)
    return "/".join(parts).replace("\0", "//")
