"""Feedback of a QTI 2.x or 3.0 item: the reasons of its choices and the rule to learn."""

from __future__ import annotations

from dataclasses import dataclass, field

from itembank.formats.qti_content import Converter, Words
from itembank.formats.qti_processing import Processing, verdict_of_name
from itembank.formats.xml_safety import Element, local_name

_CHOICES = (
    "simpleChoice",
    "simpleAssociableChoice",
    "inlineChoice",
    "hottext",
    "hotspotChoice",
    "gapText",
    "gapImg",
    "gap",
)
RULE = "quizengine-rule"


@dataclass(slots=True)
class Feedback:
    """Reasons by the identifier of a choice, and what holds whatever was answered."""

    reasons: dict[str, Words] = field(default_factory=dict)
    rule: Words = field(default_factory=dict)


def read_feedback(item: Element, processing: Processing, converter: Converter) -> Feedback:
    """The item's feedback.

    Feedback named like a choice, or inside it, is the choice's reason. Of the rest, what is shown
    after a right answer or always becomes the rule; what is shown only after a wrong one is listed
    as a finding, because our items say why each option is wrong instead.
    """
    choices = {n.get("identifier", "") for n in item.iter() if local_name(n) in _CHOICES}
    feedback = Feedback()
    general: list[str] = []
    wrong: list[str] = []
    for node in item.iter("feedbackInline", "feedbackBlock", "modalFeedback"):
        words = converter.words(node)
        if not words:
            continue
        name = node.get("identifier", "")
        inside = next((p for p in node.iterancestors() if local_name(p) in _CHOICES), None)
        if name == RULE:
            feedback.rule = words
        elif inside is not None:
            _add(feedback.reasons, inside.get("identifier", ""), words)
        elif name in choices:
            _add(feedback.reasons, name, words)
        elif _verdict(node, name, processing) == "wrong":
            wrong.append(next(iter(words.values())))
        else:
            text = next(iter(words.values()))
            general += [] if text in general else [text]
    for text in dict.fromkeys(wrong):
        if text not in general:
            converter.warn("qti-feedback-wrong", value=text[:500])
    if general and not feedback.rule:
        feedback.rule = {"": "\n\n".join(general)}
    return feedback


def _verdict(node: Element, name: str, processing: Processing) -> str:
    if node.get("showHide") == "hide":
        return ""
    return verdict_of_name(name) or processing.feedback.get(name, "")


def _add(reasons: dict[str, Words], name: str, words: Words) -> None:
    """Two pieces of feedback on one choice are both its reason."""
    known = reasons.get(name)
    if known is None:
        reasons[name] = words
    elif known != words and set(known) == set(words):
        reasons[name] = {lang: f"{known[lang]}\n\n{words[lang]}" for lang in words}
