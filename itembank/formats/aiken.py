"""Reads and writes Aiken: a question, an option a line, the letter of the right one.

What is the unit of absorbed dose?
A) sievert
B) gray
ANSWER: B
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from itembank.bank import ItemBank
from itembank.errors import Finding, ItemBankError
from itembank.formats.draft import (
    DraftItem,
    ImportDraft,
    SourceFinding,
    SourcePlace,
    check_draft,
    complete,
    detect_language,
    language_of,
)
from itembank.formats.moodle_draft import shortened
from itembank.formats.moodle_export import Export, export_of
from itembank.formats.moodle_questions import (
    IDS,
    Fields,
    true_false_fields,
    unstorable,
)
from itembank.formats.moodle_texts import plain_to_markdown
from itembank.formats.text_decoding import decode
from itembank.item import LETTERS, NO_TEXT, Item, content_hash

_OPTION = re.compile(r"\s{0,99}([A-Za-z])\s{0,9}([).、．）])\s{0,99}(.*)", re.DOTALL)
_ANSWER = re.compile(r"\s{0,99}(?:ANSWER|答案)\s{0,9}[:：](.*)", re.IGNORECASE | re.DOTALL)
_FEEDBACK = re.compile(
    r"\s{0,99}(?:FEEDBACK|EXPLANATION|RATIONALE|解析)\s{0,9}[:：](.*)", re.IGNORECASE | re.DOTALL
)
_LETTERS = re.compile(r"[A-Z](?:\s{0,9}[,，、;；]?\s{0,9}[A-Z]){0,25}")
_TRUE, _FALSE = ("true", "正确", "对"), ("false", "错误", "错")
_SUFFIXES = (".txt", ".aiken")


@dataclass(slots=True)
class _Block:
    """A question as its lines say it; paragraphs and options are lists of lines."""

    line: int
    paragraphs: list[list[str]] = field(default_factory=list)
    options: list[list[str]] = field(default_factory=list)
    answer: str | None = None
    feedback: list[str] = field(default_factory=list)
    broken: ItemBankError | None = None
    broken_line: int = 0

    def break_(self, line: int, code: str, **details: object) -> None:
        """The first mistake is the one to be said."""
        if self.broken is None:
            self.broken, self.broken_line = unstorable(code, **details), line


def read_aiken(data: bytes | Mapping[str, bytes], where: str = "") -> ImportDraft:
    """All questions of an Aiken file; one with a mistake is listed with the line of it.

    Parameters
    ----------
    data : the file, or the files of a zip by path, of which the text files are read.

    Raises
    ------
    ItemBankError
        "encoding-unknown", "no-questions".
    """
    sources = {where: data} if isinstance(data, bytes) else _text_files(data)
    items: list[DraftItem] = []
    rejected: list[SourceFinding] = []
    notes: list[Finding] = []
    for name, source in sources.items():
        decoded = decode(source, name)
        if decoded.guessed:
            details = {"encoding": decoded.encoding}
            notes.append(Finding("warning", "encoding-guessed", name, details))
        for number, block in enumerate(_blocks(decoded.text), start=1):
            found = _draft(block, number, name)
            if isinstance(found, DraftItem):
                items.append(found)
            else:
                rejected.append(found)
    if not items and not rejected:
        raise ItemBankError("no-questions", where)
    return ImportDraft(
        kind="aiken",
        items=tuple(items),
        rejected=tuple(rejected),
        notes=tuple(notes),
        language=language_of(str(item.fields.get("stem")) for item in items),
    )


def _text_files(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {
        name: content
        for name, content in files.items()
        if name.lower().endswith(_SUFFIXES) and "__MACOSX" not in name
    }


# --- lines to questions ---


def _blocks(text: str) -> list[_Block]:
    lines = re.split(r"\r\n|\r|\n", text)
    restarts = _restarts(lines)
    blocks: list[_Block] = []
    block: _Block | None = None
    after_blank = False
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            after_blank = True
            continue
        if block is not None and block.answer is not None and not _FEEDBACK.match(line):
            block = None
        is_text = not (_is_option(line, block) or _ANSWER.match(line))
        ends = after_blank or restarts[number - 1]
        if block is not None and block.options and is_text and block.answer is None and ends:
            block.break_(block.line, "aiken-answer-missing")
            block = None
        if block is None:
            block = _Block(number)
            blocks.append(block)
        _take(line, number, block, is_text, after_blank)
        after_blank = False
    if block is not None and block.answer is None:
        block.break_(block.line, "aiken-answer-missing")
    return blocks


def _restarts(lines: list[str]) -> list[bool]:
    """For each line, whether the next option after it is the first of a question."""
    restarts, following = [False] * len(lines), False
    for index in range(len(lines) - 1, -1, -1):
        restarts[index] = following
        option = _OPTION.match(lines[index])
        if option or _ANSWER.match(lines[index]):
            following = option is not None and option[1].upper() == "A"
    return restarts


def _is_option(line: str, block: _Block | None) -> bool:
    """Whether a line is an option. "C. difficile is ..." may also be how a question begins."""
    option = _OPTION.match(line)
    if option is None:
        return False
    if block is not None and block.options:
        return option[1].isupper() or option[1].upper() == LETTERS[len(block.options) % 26]
    return option[1].upper() == "A" and (option[1].isupper() or block is not None)


def _take(line: str, number: int, block: _Block, is_text: bool, after_blank: bool) -> None:
    feedback, answer = _FEEDBACK.match(line), _ANSWER.match(line)
    if feedback and block.answer is not None:
        block.feedback.append(feedback[1].strip())
    elif answer:
        block.answer = answer[1].strip()
        if not block.paragraphs:
            block.break_(number, "aiken-question-missing")
        _check_answer(block, number)
    elif not is_text:
        _take_option(line, number, block)
    elif block.options:
        block.options[-1].append(line.strip())
    elif block.paragraphs and not after_blank:
        block.paragraphs[-1].append(line.strip())
    else:
        block.paragraphs.append([line.strip()])


def _take_option(line: str, number: int, block: _Block) -> None:
    option = _OPTION.match(line)
    assert option is not None  # noqa: S101 - the caller asked `_is_option`
    if not block.paragraphs:
        block.break_(number, "aiken-question-missing")
    expected = LETTERS[len(block.options) % 26]
    if option[1].upper() != expected:
        block.break_(number, "aiken-option-order", found=option[1], expected=expected)
    block.options.append([option[3].strip()])


def _check_answer(block: _Block, line: int) -> None:
    count = len(block.options)
    answer = (block.answer or "").strip(" .。)").upper()
    if count < 2:
        block.break_(line, "aiken-too-few-options", count=count)
    elif not _LETTERS.fullmatch(answer) or any(
        letter not in LETTERS[:count] for letter in re.findall("[A-Z]", answer)
    ):
        letters = f"A-{LETTERS[min(count, 26) - 1]}"
        block.break_(line, "aiken-answer-wrong", value=(block.answer or "")[:60], letters=letters)


# --- questions to drafts ---


def _draft(block: _Block, number: int, file: str) -> DraftItem | SourceFinding:
    paragraphs, options = _joined(block.paragraphs), _joined(block.options)
    name = shortened(" ".join(paragraphs or options))
    place = f"question {number} '{name}'"
    if block.broken is not None:
        source = SourcePlace(file, place, block.broken_line)
        return SourceFinding(source, name, block.broken.code, dict(block.broken.details))
    source = SourcePlace(file, place, block.line)
    try:
        draft = DraftItem(_fields(block), source, findings=_findings(block, source))
        error = check_draft(draft)
    except ItemBankError as raised:
        error = raised
    if error is not None:
        return SourceFinding(source, name, error.code, dict(error.details))
    return draft


def _findings(block: _Block, source: SourcePlace) -> tuple[Finding, ...]:
    if len(block.paragraphs) < 2:
        return ()
    return (Finding("warning", "aiken-stem-joined", str(source)),)


def _fields(block: _Block) -> Fields:
    paragraphs, options = _joined(block.paragraphs), _joined(block.options)
    language = detect_language(" ".join([*paragraphs, *options]))

    def text(written: str) -> dict[str, str]:
        markdown = plain_to_markdown(written)
        return {language: markdown} if markdown else {}

    keys = {LETTERS.index(letter) for letter in re.findall("[A-Z]", (block.answer or "").upper())}
    fields = _true_false(options, keys)
    if fields is None:
        if len(options) > len(IDS):
            raise unstorable("choice-count", count=len(options), least=2, most=8)
        fields = {
            "type": "single_best" if len(keys) == 1 else "multiple",
            "options": [
                {"id": IDS[place], "text": text(option), "key": place in keys}
                for place, option in enumerate(options)
            ],
        }
    stem = "\n\n".join(plain_to_markdown(paragraph) for paragraph in paragraphs)
    fields["stem"] = {language: stem}
    if block.feedback:
        fields["rule"] = text(" ".join(block.feedback))
    return fields


def _joined(lines: list[list[str]]) -> list[str]:
    return [" ".join(parts).strip() for parts in lines]


def _true_false(options: list[str], keys: set[int]) -> Fields | None:
    words = [option.casefold().strip(" .。") for option in options]
    if len(words) != 2 or len(keys) != 1:
        return None
    for is_true, word in ((True, words[0]), (False, words[1])):
        other = words[1] if is_true else words[0]
        if word in _TRUE and other in _FALSE:
            return true_false_fields(keys == {0 if is_true else 1}, {}, {})
    return None


# --- writing ---


def write_aiken(bank: ItemBank, language: str = "en") -> tuple[bytes, tuple[Finding, ...]]:
    """The single-best and true/false items of a bank as Aiken, and what of it Aiken cannot carry.

    Ids, competencies and other labels are never carried; this is said once, of the bank.

    Parameters
    ----------
    language : "en" or "zh".
    """
    blocks = []
    findings: list[Finding] = []
    for item in bank.items:
        export = export_of(item, "zh" if language == "zh" else "en")
        if item.type not in ("single_best", "true_false"):
            export.warn("export-type", type=item.type)
        else:
            block = _block_of(export)
            if _is_read_back(block, export):
                blocks.append(block)
        findings += export.findings
    if bank.items:
        labels = "id, competency, sub_topic, status ..."
        findings.append(Finding("warning", "export-field", bank.code, {"value": labels}))
    return ("\n\n".join(blocks) + "\n").encode(), tuple(findings)


def _block_of(export: Export) -> str:
    item, language = export.item, export.languages[0]
    lost = {
        "reason": any(choice.reason for choice in item.choices),
        "rule": bool(item.rule),
        "figures": bool(item.figures),
        "stimulus": item.stimulus is not None,
    }
    if any(lost.values()):
        names = ", ".join(name for name, is_lost in lost.items() if is_lost)
        export.warn("export-field", value=names)
    lines = [_line(item.stem.get(language))]
    for letter, choice in zip(LETTERS, item.choices, strict=False):
        lines.append(f"{letter}) {_line(choice.text.get(language))}")
    place = next(place for place, choice in enumerate(item.choices) if choice.is_key)
    return "\n".join([*lines, f"ANSWER: {LETTERS[place]}"])


def _line(markdown: str) -> str:
    """The text on one line, without the backslashes that only Markdown needs."""
    line = " ".join(markdown.split())
    plain = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", line)
    return plain if plain_to_markdown(plain) == markdown else line


def _is_read_back(block: str, export: Export) -> bool:
    """Whether the question is read as one again; a difference in its texts is a finding."""
    draft = read_aiken(block.encode())
    text = export.item.stem.get(export.languages[0])[:60]
    if len(draft.items) != 1 or draft.rejected:
        export.warn("export-item", value=text)
        return False
    back = complete(draft.items[0], competency=export.item.competency, item_id=export.item.id)
    if content_hash(back) != content_hash(_as_carried(export.item)):
        export.warn("export-markup", value=text)
    return True


def _as_carried(item: Item) -> Item:
    """The item without what Aiken has no place for."""
    choices = tuple(replace(choice, reason=NO_TEXT) for choice in item.choices)
    return replace(item, choices=choices, rule=NO_TEXT, figures=(), stimulus=None)
