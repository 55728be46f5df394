"""What the questions of Moodle mean as items, whether they came in XML, in GIFT or inside a text.

Each function gives the fields of one type in native form; what a type of ours cannot hold is noted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from itembank.errors import ItemBankError
from itembank.formats.draft import detect_language
from itembank.formats.moodle_texts import NativeText
from itembank.item import FALSE_TEXT, LANGUAGES, LETTERS, TRUE_TEXT
from itembank.native_parts import text_to_native

Note = Callable[..., None]  # note(code, **details): something of the source that is not kept
Fields = dict[str, object]
FULL = 99.99  # percent; Moodle writes 100 or 100.00000
# The weights that Moodle's form offers, in percent, besides 100 and 0.
_GRADES: tuple[float, ...] = (90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25)
_GRADES += (20, 16.66667, 14.28571, 12.5, 11.11111, 10, 5)
_NUMBER = re.compile(r"[-+]?(?:\d{1,60}(?:[.,]\d{0,60})?|[.,]\d{1,60})(?:[eE][-+]?\d{1,3})?")
IDS = tuple(letter.lower() for letter in LETTERS)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its weight in percent and what is said to who gives it."""

    text: NativeText
    weight: float = 0.0
    reason: NativeText = field(default_factory=dict)
    source: str = ""  # as written, for those that are typed in

    @property
    def is_full(self) -> bool:
        """Whether it earns all points."""
        return self.weight >= FULL


def unstorable(code: str, **details: object) -> ItemBankError:
    """What keeps a question from being an item."""
    return ItemBankError(code, "", **details)


def weight_of(text: str, note: Note) -> float:
    """A weight in percent; one that Moodle does not know is noted and becomes the nearest known."""
    number = parse_number(text)
    if number is None or abs(number) > 100.001:
        raise unstorable("grade-wrong", value=text.strip()[:60])
    known = (100.0, *_GRADES, 0.0)
    nearest = min(known, key=lambda grade: abs(grade - abs(number)))
    if abs(nearest - abs(number)) > 0.005:
        note("grade-unknown", value=text.strip()[:60], nearest=f"{nearest:g}")
    return math.copysign(nearest, number)


def parse_number(text: str) -> float | None:
    """A decimal number, with a point or a comma; None for anything else."""
    text = text.strip().replace("\u2212", "-")
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) and abs(number) <= 1e100 else None


def letters(answers: Sequence[Answer], wanted: Callable[[Answer], bool]) -> str:
    """The letters of some answers with their weights: "B 50 %, C 25 %"."""
    return ", ".join(
        f"{LETTERS[position % len(LETTERS)]} {answer.weight:g} %"
        for position, answer in enumerate(answers)
        if wanted(answer)
    )


# --- one function a type ---


def choice_fields(
    answers: Sequence[Answer], *, single: bool, note: Note, scoring: str = ""
) -> Fields:
    """One right option or several; `scoring` is the rule where the file says it.

    Raises
    ------
    ItemBankError
        "no-full-answer", "several-full-answers".
    """
    if not single:
        return _several_fields(answers, note, scoring)
    full = [answer for answer in answers if answer.is_full]
    if not full:
        raise unstorable("no-full-answer", weights=letters(answers, lambda one: one.weight > 0))
    if len(full) > 1:
        raise unstorable("several-full-answers", letters=letters(answers, lambda one: one.is_full))
    partial = letters(answers, lambda one: one.weight != 0 and not one.is_full)
    if partial:
        note("partial-credit-left-out", letters=partial)
    return {"type": "single_best", "options": _options(answers, lambda one: one.is_full)}


def _options(answers: Sequence[Answer], is_key: Callable[[Answer], bool]) -> list[Fields]:
    if len(answers) > len(IDS):
        raise unstorable("choice-count", count=len(answers), least=2, most=12)
    return [
        {"id": option_id, "text": one.text, "key": is_key(one), "reason": one.reason}
        for option_id, one in zip(IDS, answers, strict=False)
    ]


def _several_fields(answers: Sequence[Answer], note: Note, scoring: str) -> Fields:
    keys = [answer for answer in answers if answer.weight > 0]
    if not keys:
        raise unstorable("no-full-answer", weights="-")
    rule, is_exact = _rule_of(
        [key.weight for key in keys], [one.weight for one in answers if one.weight <= 0]
    )
    if not scoring and not is_exact:
        note("scoring-approximated", weights=letters(answers, lambda one: True), scoring=rule)
    options = _options(answers, lambda one: one.weight > 0)
    return {"type": "multiple", "options": options, "scoring": scoring or rule}


def _rule_of(keys: list[float], others: list[float]) -> tuple[str, bool]:
    """Our rule of scoring for weights, and whether it gives the same points.

    Moodle adds the weights of what is chosen and keeps the sum between 0 and 100.
    """
    share = 100 / len(keys)
    even = all(abs(weight - share) < 0.6 for weight in keys)
    if all(weight <= -FULL for weight in others):
        return "partial", even
    if all(abs(weight + share) < 0.6 for weight in others):
        return "plus_minus", even
    return ("plus_minus" if all(weight < 0 for weight in others) else "partial"), False


def true_false_fields(is_true: bool, true_reason: NativeText, false_reason: NativeText) -> Fields:
    """A statement that is true or false."""
    options = [
        {
            "id": name,
            "text": text_to_native(text),
            "key": is_true == (name == "true"),
            "reason": reason,
        }
        for name, text, reason in (
            ("true", TRUE_TEXT, true_reason),
            ("false", FALSE_TEXT, false_reason),
        )
    ]
    return {"type": "true_false", "options": options}


def numeric_fields(
    answers: Sequence[tuple[Answer, str]], note: Note, labels: Mapping[str, str]
) -> Fields:
    """A number: answers with their tolerances as written ("" for none).

    Raises
    ------
    ItemBankError
        "moodle-number-unreadable", "no-full-answer", "several-full-answers".
    """
    full = [pair for pair in answers if pair[0].is_full and pair[0].source.strip() != "*"]
    left = [one for one, _ in answers if not one.is_full or one.source.strip() == "*"]
    _note_answers(left, note)
    if not full:
        raise unstorable("no-full-answer", weights=_weights(left))
    if len(full) > 1:
        raise unstorable("several-full-answers", letters=", ".join(one.source for one, _ in full))
    answer, tolerance_source = full[0]
    value, tolerance = _interval(answer.source, tolerance_source)
    if answer.reason:
        note("feedback-left-out", value=_short(answer.reason))
    numeric: Fields = {"value": value, "tolerance": tolerance}
    relative = parse_number(labels.get("tolerance", ""))
    # The number in the file may have been edited since the label was written.
    if relative is not None and math.isclose(relative * abs(value), tolerance, rel_tol=1e-9):
        numeric |= {"tolerance": relative, "relative": True}
    return {"type": "numeric", "numeric": numeric}


def _interval(source: str, tolerance_source: str) -> tuple[float, float]:
    """Middle and half width of "3.1", "3.1:0.05" or "3..4"."""
    low, dots, high = source.partition("..")
    if dots:
        ends = [parse_number(end) for end in (low, high)]
        if None in ends:
            raise unstorable("moodle-number-unreadable", value=source.strip()[:60])
        first, last = (Decimal(repr(end)) for end in ends)
        return float((first + last) / 2), float(abs(last - first) / 2)
    value, colon, after = source.partition(":")
    number = parse_number(value)
    tolerance = parse_number((after if colon else tolerance_source) or "0")
    if number is None or tolerance is None:
        raise unstorable(
            "moodle-number-unreadable", value=f"{source} {tolerance_source}".strip()[:60]
        )
    return number, abs(tolerance)


def short_text_fields(
    answers: Sequence[Answer], note: Note, labels: Mapping[str, str], languages: Sequence[str]
) -> Fields:
    r"""An answer to be typed in; `\*` is an asterisk and `*` stands for anything.

    Raises
    ------
    ItemBankError
        "no-full-answer", "wildcard-answer".
    """
    full = [answer for answer in answers if answer.is_full and answer.source.strip() != "*"]
    _note_answers([answer for answer in answers if answer not in full], note)
    if not full:
        raise unstorable("no-full-answer", weights=_weights(answers))
    for answer in full:
        if re.search(r"(?<!\\)\*", answer.source):
            raise unstorable("wildcard-answer", value=answer.source[:200])
        if answer.reason:
            note("feedback-left-out", value=_short(answer.reason))
    texts = [answer.source.replace("\\*", "*").strip() for answer in full]
    if "accepted" not in labels:
        texts = [" ".join(text.split()) for text in texts]
    return {"type": "short_text", "accepted": _accepted(texts, labels, languages)}


def _accepted(
    texts: list[str], labels: Mapping[str, str], languages: Sequence[str]
) -> list[NativeText]:
    """Answers with their languages: as our writer grouped them, else as they look."""
    groups = [group.split("+") for group in labels.get("accepted", "").split(",") if group]
    known = all(name in LANGUAGES for group in groups for name in group)
    if known and groups and sum(map(len, groups)) == len(texts):
        left = iter(texts)
        return [{name: next(left) for name in group} for group in groups]
    default = languages[0] if len(languages) == 1 else ""
    return [{("zh" if detect_language(text) == "zh" else default or "en"): text} for text in texts]


def matching_fields(
    pairs: Sequence[tuple[NativeText, NativeText]], labels: Mapping[str, str]
) -> Fields:
    """Premises with their options; a pair without a premise adds an option that fits none.

    Raises
    ------
    ItemBankError
        "choice-count".
    """
    options: list[NativeText] = []
    for _, option in pairs:
        if option and option not in options:
            options.append(option)
    met = list(range(len(options)))
    order = [number - 1 for number in _whole_numbers(labels.get("options", ""))]
    order = order if sorted(order) == met else met  # position in our list of each as met
    listed = [options[order.index(position)] for position in met]
    if len(listed) > len(IDS):
        raise unstorable("choice-count", count=len(listed), least=2, most=len(IDS))
    premises = [
        {"id": f"p{number}", "text": text, "match": IDS[listed.index(option)] if option else ""}
        for number, (text, option) in enumerate((pair for pair in pairs if pair[0]), start=1)
    ]
    return {
        "type": "matching",
        "options": [{"id": IDS[place], "text": text} for place, text in enumerate(listed)],
        "premises": premises,
    }


def order_fields(texts: Sequence[Answer], grading: str, note: Note, scoring: str = "") -> Fields:
    """Options in the right order; `grading` is the name the plugin "ordering" gives its rule."""
    rules = {
        "ALL_OR_NOTHING": "all_or_nothing",
        "RELATIVE_NEXT_EXCLUDE_LAST": "partial",
        "": "all_or_nothing",
    }
    if not scoring and grading not in rules:
        note("scoring-approximated", weights=grading[:60], scoring="partial")
    options = [
        {"id": option_id, "text": one.text, "reason": one.reason}
        for option_id, one in zip(IDS, texts, strict=False)
    ]
    if len(texts) > len(IDS):
        raise unstorable("choice-count", count=len(texts), least=2, most=12)
    return {
        "type": "order",
        "options": options,
        "scoring": scoring or rules.get(grading, "partial"),
    }


# --- small helpers ---


def _note_answers(answers: Sequence[Answer], note: Note) -> None:
    for answer in answers:
        if answer.source.strip() != "*":
            note("answer-left-out", value=answer.source[:200], weight=f"{answer.weight:g}")
        if answer.reason:
            note("feedback-left-out", value=_short(answer.reason))


def _weights(answers: Sequence[Answer]) -> str:
    return ", ".join(f"{one.source[:40]} {one.weight:g} %" for one in answers) or "-"


def _short(text: NativeText) -> str:
    return " / ".join(text.values())[:200]


def _whole_numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part.isdecimal() and len(part) < 4]


def scaled(value: float, share: float) -> float:
    """`share` of |value| as an absolute tolerance, without the noise of binary fractions."""
    try:
        return float(abs(Decimal(repr(value))) * Decimal(repr(share)))
    except InvalidOperation:
        return abs(value) * share
