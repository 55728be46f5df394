"""The grammar of GIFT: from the text of a file to questions with their answers, still unconverted.

GIFT is the text format of Moodle (docs.moodle.org, "GIFT format"). Questions are separated by blank
lines; `//` starts a comment line, `$CATEGORY:` a category, `::title::` a title; the answers stand
in braces. A backslash makes `~ = # { } :` ordinary characters and `\\n` a line break.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from itembank.errors import ItemBankError

_SPECIAL = "~=#{}:\\"
# Escaped characters stand for themselves: they travel as private characters while the text is cut.
_PRIVATE = {char: chr(0xF0000 + number) for number, char in enumerate(_SPECIAL + "\n")}
_PUBLIC = str.maketrans({private: char for char, private in _PRIVATE.items()})
_ESCAPE = re.compile(r"\\([~=#{}:\\n])")
RESERVED = re.compile(r"[\U000f0000-\U000f0007]")
_ID = re.compile(r"\[id:((?:\\\]|[^\[\]\x00-\x1f\x7f])+)\]")
_TAG = re.compile(r"\[tag:((?:\\\]|[^\[\]<>`\x00-\x1f\x7f])+)\]")
_WEIGHT = re.compile(r"%\s{0,9}([-+]?\d{1,3}(?:[.,]\d{0,20})?)\s{0,9}%")
_FORMAT = re.compile(r"\[(html|markdown|moodle|plain)\]", re.IGNORECASE)
_CONTINUES = ("=", "~", "}", "#", "->")


@dataclass(frozen=True, slots=True)
class GiftText:
    """A text with the format it is written in: "html", "markdown", "moodle" or "plain"."""

    text: str = ""
    format: str = "moodle"


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftAnswer:
    """One answer: `mark` is "=" or "~", `weight` its percentage where one is written.

    `raw` is the text before "->" is looked for, escapes still private.
    """

    mark: str
    weight: float | None
    text: GiftText
    feedback: GiftText | None
    raw: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftQuestion:
    """One question.

    kind : "multichoice", "truefalse", "shortanswer", "matching", "numerical", "ordering", "essay",
        "description", or "broken" when its braces do not fit together.
    has_gap : the answers stand inside the text, which shows `_____` in their place.
    """

    line: int
    kind: str
    title: str = ""
    text: GiftText = field(default_factory=GiftText)
    answers: tuple[GiftAnswer, ...] = ()
    general_feedback: GiftText | None = None
    identifier: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""
    options: str = ""
    has_gap: bool = False


@dataclass(slots=True)
class _Block:
    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    first: int = 0  # number of the first line that is no comment

    def add(self, number: int, line: str) -> None:
        if line.lstrip().startswith("//"):
            self.comments.append(line)
            if self.first:
                self.lines.append("")  # keeps the numbers of the lines after it
            return
        self.first = self.first or number
        self.lines.append(line)


def parse_gift(text: str, where: str = "") -> list[GiftQuestion]:
    """All questions of a GIFT text, in order; what cannot be understood is a "broken" one.

    Raises
    ------
    ItemBankError
        "text-unreadable": the text holds private characters used here for escapes.
    """
    reserved = RESERVED.search(text)
    if reserved:
        raise ItemBankError("text-unreadable", where, character=f"U+{ord(reserved[0]):04X}")
    questions: list[GiftQuestion] = []
    category = ""
    for block in _blocks(re.split(r"\r\n|\r|\n", text)):
        source = _escaped("\n".join(block.lines)).strip()
        if source.startswith("$CATEGORY:"):
            category = public(source.removeprefix("$CATEGORY:")).strip()
            continue
        questions.append(_question(source, block, category))
    return questions


def public(text: str) -> str:
    """The text with its escaped characters as themselves."""
    return text.translate(_PUBLIC).strip()


def _escaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _PRIVATE["\n" if found[1] == "n" else found[1]], text)


def _blocks(lines: list[str]) -> Iterator[_Block]:
    """Lines that belong together. A blank line between answers does not end a question."""
    following = _next_written(lines)
    block, is_open, was_open = _Block(), False, False
    for index, line in enumerate(lines):
        stripped = line.strip()
        if not stripped and is_open and following[index].startswith(_CONTINUES):
            block.add(index + 1, "")
            continue
        starts = stripped.startswith("$CATEGORY:") or (was_open and stripped.startswith("::"))
        if not stripped or (starts and block.first and not is_open):
            if block.first:
                yield block
            block, is_open, was_open = _Block(), False, False
        if stripped:
            block.add(index + 1, line)
        if not stripped.startswith("//"):
            is_open = _open_after(line, is_open)
            was_open = was_open or "}" in line
        if stripped.startswith("$CATEGORY:") and len(block.lines) == 1:
            yield block
            block = _Block()
    if block.first:
        yield block


def _next_written(lines: list[str]) -> list[str]:
    """For each line, the next one after it that is neither blank nor a comment."""
    following, last = [""] * len(lines), ""
    for index in range(len(lines) - 1, -1, -1):
        following[index] = last
        stripped = lines[index].strip()
        if stripped and not stripped.startswith("//"):
            last = stripped[:2]
    return following


def _open_after(line: str, is_open: bool) -> bool:
    escaped = _escaped(line)
    opening, closing = escaped.rfind("{"), escaped.rfind("}")
    return is_open if opening == closing else opening > closing


def _question(source: str, block: _Block, category: str) -> GiftQuestion:
    comments = "\n".join(block.comments)
    identifier = _ID.search(comments)
    title, body = _title(source)
    question = GiftQuestion(
        line=block.first,
        kind="description",
        title=title,
        identifier=identifier[1].replace("\\]", "]").strip() if identifier else "",
        tags=tuple(tag.replace("\\]", "]").strip() for tag in _TAG.findall(comments)),
        category=category,
    )
    start, end = body.find("{"), body.find("}")
    if start < 0 and end < 0:
        return _replaced(question, text=_text(body, "moodle"))
    tail = body[end + 1 :]
    answers = body[start + 1 : end]
    if start < 0 or end < start or "{" in answers or "{" in tail or "}" in tail:
        text = _text(body[: max(start, 0)] or body, "moodle")
        return _replaced(question, kind="broken", text=text)
    text, has_gap = _stem(body[:start], tail)
    line = block.first + source[: len(source) - len(body) + start].count("\n")
    question = _replaced(question, text=text, has_gap=has_gap)
    return _with_answers(question, answers, line)


def _title(source: str) -> tuple[str, str]:
    if not source.startswith("::"):
        return "", source
    # an escaped colon may stand right before the two that end the title
    title, found, body = source[2:].partition("::")
    return (public(title), body.strip()) if found else ("", source)


def _stem(head: str, tail: str) -> tuple[GiftText, bool]:
    """The text of the question; what follows the answers makes it one with a gap."""
    head, tail = head.rstrip(), tail.strip()
    closing = not tail.strip(".。!！?？ ")
    if closing and (not tail or head.endswith((".", "。", "?", "？", "!", "！", "\U000f0005"))):
        return _text(head, "moodle"), False
    if closing:
        return _text(f"{head} _____{tail}", "moodle"), True
    space = "" if re.match(r"[.,;:!?，。；：！？、]", tail) else " "
    return _text(f"{head} _____{space}{tail}", "moodle"), True


def _text(text: str, default: str) -> GiftText:
    text = text.strip()
    found = _FORMAT.match(text)
    if found:
        return GiftText(public(text[found.end() :]), found[1].lower())
    return GiftText(public(text), default)


def _with_answers(question: GiftQuestion, source: str, line: int) -> GiftQuestion:
    kind_format = question.text.format
    separator = source.rfind("####")
    if separator >= 0:
        feedback = _text(source[separator + 4 :], kind_format)
        question = _replaced(question, general_feedback=feedback if feedback.text else None)
        source = source[:separator]
    line += source[: len(source) - len(source.lstrip())].count("\n")
    source = source.strip()
    if not source:
        return _replaced(question, kind="essay")
    if source.startswith(">"):
        return _ordering(question, source[1:], line)
    if source.startswith("#"):
        answers = _answers(source[1:], line, kind_format, default_mark="=")
        return _replaced(question, kind="numerical", answers=answers)
    true_false = _true_false(source, line, kind_format)
    if true_false is not None:
        return _replaced(question, kind="truefalse", answers=true_false)
    answers = _answers(source, line, kind_format, default_mark="=")
    if any(answer.mark == "~" for answer in answers):
        return _replaced(question, kind="multichoice", answers=answers)
    matching = any("->" in answer.raw for answer in answers)
    return _replaced(question, kind="matching" if matching else "shortanswer", answers=answers)


def _true_false(source: str, line: int, text_format: str) -> tuple[GiftAnswer, ...] | None:
    """The right answer, then what is said to a wrong and to a right response."""
    parts = [part.strip() for part in source.split("#", 2)]
    if parts[0].upper() not in ("T", "TRUE", "F", "FALSE"):
        return None
    answer = GiftText("true" if parts[0].upper().startswith("T") else "false", "plain")
    feedback = [_text(part, text_format) for part in (*parts[1:], "", "")]
    return tuple(
        GiftAnswer(mark="=", weight=None, text=answer, feedback=text, raw=parts[0], line=line)
        for text in feedback[:2]
    )


def _answers(
    source: str, line: int, text_format: str, *, default_mark: str
) -> tuple[GiftAnswer, ...]:
    answers = []
    pieces = re.split(r"([=~])", source)  # text before the first mark, then mark and text in turn
    line += pieces[0].count("\n")
    if pieces[0].strip():
        answers.append(_answer(default_mark, pieces[0], line, text_format))
    for mark, text in zip(pieces[1::2], pieces[2::2], strict=True):
        answers.append(_answer(mark, text, line, text_format))
        line += text.count("\n")
    return tuple(answers)


def _answer(mark: str, source: str, line: int, text_format: str) -> GiftAnswer:
    source = source.strip()
    found = _WEIGHT.match(source)
    weight = float(found[1].replace(",", ".")) if found else None
    if found:
        source = source[found.end() :]
    raw, _, feedback = source.partition("#")
    said = _text(feedback, text_format)
    return GiftAnswer(
        mark=mark,
        weight=weight,
        text=_text(raw, text_format),
        feedback=said if said.text else None,
        raw=raw.strip(),
        line=line,
    )


def matching_pair(answer: GiftAnswer, text_format: str) -> tuple[GiftText, str] | None:
    """Both sides of a matching answer, or None without an arrow."""
    left, arrow, right = answer.raw.partition("->")
    return (_text(left, text_format), public(right)) if arrow else None


def _ordering(question: GiftQuestion, source: str, line: int) -> GiftQuestion:
    """The form of the plugin "ordering": `{>3 ALL VERTICAL ALL_OR_NOTHING SHOW`, a line an item."""
    head, _, rest = source.strip().partition("\n")
    answers = tuple(
        GiftAnswer(
            mark="=",
            weight=None,
            text=_text(text, question.text.format),
            feedback=None,
            raw=text,
            line=line + 1 + number,
        )
        for number, text in enumerate(rest.split("\n"))
        if text.strip()
    )
    return _replaced(question, kind="ordering", answers=answers, options=public(head).upper())


def _replaced(question: GiftQuestion, **changes: object) -> GiftQuestion:
    return replace(question, **changes)  # type: ignore[arg-type]


def escape_gift(text: str) -> str:
    r"""The text as it stands in a GIFT file; line breaks become `\n`."""
    return re.sub(r"[~=#{}:\\]", lambda found: "\\" + found[0], text).replace("\n", "\\n")
