"""One function a kind of QTI 1.2 question: its fields as an item, or as the items of a set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from itembank.errors import ItemBankError
from itembank.formats.qti12_conditions import (
    Condition,
    number_ranges,
    right_conditions,
)
from itembank.formats.qti12_text import Materials
from itembank.formats.qti_asked import Fields, part_ids
from itembank.formats.qti_interactions import single_of
from itembank.formats.qti_names import plain_text
from itembank.formats.qti_processing import number_of
from itembank.formats.xml_safety import Element, child_named


@dataclass(slots=True)
class Question:
    """What a question is read from.

    Attributes
    ----------
    reasons : feedback by the value it is shown for.
    stem : the question's text as Markdown.
    """

    presentation: Element
    responses: list[Element]
    conditions: list[Condition]
    materials: Materials
    reasons: dict[str, str]
    stem: str

    @property
    def plain_stem(self) -> str:
        """The stem without the escapes of Markdown."""
        return self.stem.replace("\\", "")

    def name_of(self, response: Element) -> str:
        """What is written beside a response: the name of a blank, or the premise to match."""
        material = child_named(response, "material")
        return self.materials.markdown([material]) if material is not None else ""

    def labels(self, response: Element) -> list[Element]:
        """The choices of a response."""
        return list(response.iter("response_label"))


def _words(text: str) -> dict[str, str]:
    return {"": text} if text else {}


def _options(question: Question, response: Element, keys: list[str]) -> list[Fields]:
    """The options of one response; empty ones that are no key are left out with a finding."""
    labels = question.labels(response)
    known = [label.get("ident", "") for label in labels]
    for key in keys:
        if key not in known:
            raise ItemBankError("qti-key-unknown", question.materials.where, value=key[:60])
    ids = part_ids(known)
    options: list[Fields] = []
    for name, label in zip(known, labels, strict=True):
        text = question.materials.markdown([label])
        if not text and name not in keys:
            question.materials.warn("qti-option-empty", value=name[:60])
            continue
        text = text if text not in ("true_false.true", "yes_no.true") else "True"
        text = text if text not in ("true_false.false", "yes_no.false") else "False"
        reason = _words(question.reasons.get(name, ""))
        options.append(
            {"id": ids[name], "text": _words(text), "key": name in keys, "reason": reason}
        )
    return options


def _keys_of(question: Question, response: Element) -> list[str]:
    """Values of one response that score, best first."""
    ident = response.get("ident", "")
    right = sorted(right_conditions(question.conditions), key=lambda c: -c.points)
    keys = [value for condition in right for value in condition.wanted.get(ident, [])]
    if not keys:
        raise ItemBankError("qti-key-missing", question.materials.where)
    return list(dict.fromkeys(keys))


def _choice(question: Question) -> Fields:
    response = question.responses[0]
    keys = _keys_of(question, response)
    if (response.get("rcardinality") or "").lower() == "multiple":
        return _several(question)
    if len(keys) > 1:
        question.materials.warn("qti-points-lost")
    return single_of(_options(question, response, keys[:1]))


def _several(question: Question) -> Fields:
    response = question.responses[0]
    ident = response.get("ident", "")
    right = right_conditions(question.conditions)
    keys = _keys_of(question, response)
    scoring = "all_or_nothing"
    if len(right) > 1 and all(condition.adds for condition in right):
        losses = {
            value: condition.points
            for condition in question.conditions
            for value in condition.wanted.get(ident, [])
            if condition.points < 0
        }
        wrong = [label.get("ident", "") for label in question.labels(response)]
        wrong = [name for name in wrong if name not in keys]
        points = {condition.points for condition in right}
        costs = {losses.get(name, 0.0) for name in wrong}
        is_even = len(points) == 1
        scoring = "plus_minus" if costs == {-point for point in points} else "partial"
        if not is_even or scoring == "partial":
            question.materials.warn("qti-scoring-near", scoring=scoring)
    options = _options(question, response, keys)
    return {"type": "multiple", "options": options, "scoring": scoring}


def _order(question: Question) -> Fields:
    response = question.responses[0]
    keys = right_conditions(question.conditions)
    sequence = keys[0].wanted.get(response.get("ident", ""), []) if keys else []
    names = [label.get("ident", "") for label in question.labels(response)]
    if sorted(sequence) != sorted(names):
        raise ItemBankError("qti-order-partial", question.materials.where)
    options = {option["id"]: option for option in _options(question, response, sequence)}
    ids = part_ids(names)
    ordered = [options[ids[name]] for name in sequence]
    for option in ordered:
        option.pop("key")
    return {"type": "order", "options": ordered, "scoring": "all_or_nothing"}


def _numeric(question: Question) -> Fields:
    response = question.responses[0]
    ranges = number_ranges(question.conditions, response.get("ident", ""))
    if not ranges:
        raise ItemBankError("qti-key-missing", question.materials.where)
    low, high = ranges[0]
    if len(ranges) > 1:
        left = "; ".join(f"{a:g} - {b:g}" if a != b else f"{a:g}" for a, b in ranges[1:])
        question.materials.warn("qti-numbers-apart", value=left)
    exact = [
        number
        for condition in right_conditions(question.conditions)
        for value in condition.wanted.get(response.get("ident", ""), [])
        if (number := number_of(value)) is not None and low <= number <= high
    ]
    middle = (low + high) / 2
    value = exact[0] if exact and abs(exact[0] - middle) <= 1e-9 * max(1, abs(middle)) else middle
    return {
        "type": "numeric",
        "numeric": {"value": value, "tolerance": max(value - low, high - value), "relative": False},
    }


def _accepted(question: Question, response: Element) -> list[dict[str, str]]:
    """Right texts, those that differ only in the case of letters once."""
    answers: dict[str, str] = {}
    for value in _keys_of(question, response):
        if value:
            answers.setdefault(value.casefold(), value)
    return [_words(answer) for answer in answers.values()]


def _text(question: Question) -> Fields:
    if not right_conditions(question.conditions):
        raise ItemBankError("qti-by-hand", question.materials.where, value="text")
    return {"type": "short_text", "accepted": _accepted(question, question.responses[0])}


def _blanks(question: Question) -> Fields | list[Fields]:
    """Blanks named in the stem as [name]: one item each; the stem is their common text."""
    parts: list[Fields] = []
    for response in question.responses:
        labels = [plain_text(label) for label in question.labels(response)]
        if any(labels):  # Canvas lists the right words of a blank as its choices
            accepted = list({text.casefold(): text for text in reversed(labels) if text}.values())
            answers = [_words(text) for text in reversed(accepted)]
        else:
            answers = _accepted(question, response)
        part: Fields = {"type": "short_text", "accepted": answers}
        parts.append(part)
    return _with_stems(question, parts)


def _dropdowns(question: Question) -> Fields | list[Fields]:
    """Dropdowns named in the stem as [name]: one item each."""
    parts = []
    for response in question.responses:
        keys = _keys_of(question, response)
        parts.append(single_of(_options(question, response, keys[:1])))
    return _with_stems(question, parts)


def _with_stems(question: Question, parts: list[Fields]) -> Fields | list[Fields]:
    if len(parts) == 1:
        return parts[0]
    for number, (part, response) in enumerate(zip(parts, question.responses, strict=True), 1):
        ident = response.get("ident", "")
        named = ident if f"[{ident}]" in question.plain_stem else str(number)
        part["stem"] = {"": f"[{question.name_of(response) or named}]"}
    return parts


def _matching(question: Question) -> Fields:
    """Premises are the responses; the options are those of all of them, each text once."""
    labels: dict[str, Element] = {}
    texts: dict[str, str] = {}
    right = _right_side(question)
    premises: list[Fields] = []
    names = part_ids([response.get("ident", "") for response in question.responses])
    chosen: list[tuple[Element, str]] = []
    for response in question.responses:
        own = question.labels(response)
        for position, label in enumerate(own):
            ident = label.get("ident", "")
            text = question.materials.markdown([label])
            text = text or (right[position] if position < len(right) else "")
            labels.setdefault(ident, label)
            texts.setdefault(ident, text)
        premise = _premise_text(question, response)
        if not premise:
            question.materials.warn("qti-option-empty", value=response.get("ident", "")[:60])
            continue
        keys = _keys_of(question, response)
        if keys[0] not in texts:
            raise ItemBankError("qti-key-unknown", question.materials.where, value=keys[0][:60])
        chosen.append((response, texts[keys[0]]))
        premises.append(
            {
                "id": names[response.get("ident", "")],
                "text": _words(premise),
                "reason": _words(question.reasons.get(response.get("ident", ""), "")),
            }
        )
    unique = list(dict.fromkeys(text for text in texts.values() if text))
    if len(unique) < len(texts) and "" in texts.values():
        question.materials.warn("qti-option-empty", value="")
    ids = {text: f"o{number}" for number, text in enumerate(unique, start=1)}
    for line, (_, text) in zip(premises, chosen, strict=True):
        if text not in ids:
            raise ItemBankError("qti-key-missing", question.materials.where)
        line["match"] = ids[text]
    options = [{"id": ids[text], "text": _words(text)} for text in unique]
    return {"type": "matching", "options": options, "premises": premises, "scoring": "partial"}


def _premise_text(question: Question, response: Element) -> str:
    """The premise of a response: inside it, or (Blackboard) in the block round it."""
    text = question.name_of(response)
    block = response.getparent()
    if not text and block is not None and len(block.findall(".//response_lid")) == 1:
        inside = set(response.iter())
        around = [m for m in block.iter("material", "mat_extension") if m not in inside]
        text = question.materials.markdown(around[:1])
    return text


def _right_side(question: Question) -> list[str]:
    """The options of a Blackboard matching question, which stand in a block of their own."""
    for block in question.presentation.iter("flow"):
        if block.get("class") == "RIGHT_MATCH_BLOCK":
            return [question.materials.markdown([part]) for part in block.findall("flow")]
    return []


READERS: dict[str, Callable[[Question], Fields | list[Fields]]] = {
    "choice": _choice,
    "several": _several,
    "order": _order,
    "numeric": _numeric,
    "text": _text,
    "blanks": _blanks,
    "dropdowns": _dropdowns,
    "matching": _matching,
}
