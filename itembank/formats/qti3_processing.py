"""Declarations and response processing of the QTI 3.0 items we write."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from itembank.formats.qti3_text import make
from itembank.formats.qti_feedback import RULE
from itembank.formats.xml_safety import Element
from itembank.item import Item
from itembank.scoring import maximum_score


def number_text(value: float) -> str:
    """The shortest decimal form that gives the same float again."""
    return repr(float(value))


def declaration(
    cardinality: str, base_type: str, correct: list[str], points: Element | None = None
) -> Element:
    """The declaration of RESPONSE with its right values and, where there is one, its mapping."""
    values = [_value(text) for text in correct]
    response = make(
        "qti-response-declaration",
        {"identifier": "RESPONSE", "cardinality": cardinality, "base-type": base_type},
        make("qti-correct-response", None, *values),
    )
    if points is not None:
        response.append(points)
    return response


def mapping(points: dict[str, int], default: int = 0, *, in_any_case: bool = False) -> Element:
    """A mapping that never gives less than 0."""
    found = make("qti-mapping", {"default-value": str(default), "lower-bound": "0"})
    for key, value in points.items():
        entry = make("qti-map-entry", {"map-key": key, "mapped-value": str(value)})
        if in_any_case:
            entry.set("case-sensitive", "false")
        found.append(entry)
    return found


def outcomes(item: Item, has_reasons: bool) -> list[Element]:
    """SCORE, MAXSCORE and what shows the feedback."""
    found = [
        _outcome("SCORE", "float", "0"),
        _outcome("MAXSCORE", "float", str(maximum_score(item))),
    ]
    if has_reasons:
        several = {"identifier": "FEEDBACK", "cardinality": "multiple", "base-type": "identifier"}
        found.append(make("qti-outcome-declaration", several))
    if item.rule:
        found.append(_outcome("RULE", "identifier", ""))
    return found


def _outcome(name: str, base_type: str, default: str) -> Element:
    about = {"identifier": name, "cardinality": "single", "base-type": base_type}
    outcome = make("qti-outcome-declaration", about)
    if default:
        outcome.append(make("qti-default-value", None, _value(default)))
    return outcome


def _value(text: str) -> Element:
    value = make("qti-value")
    value.text = text
    return value


def processing(item: Item, reasons: list[str], options: list[str], *, maps: bool) -> Element:
    """The response processing of an item.

    Parameters
    ----------
    reasons : identifiers of the feedback of options, shown once there is an answer.
    options : of an item to order, identifiers in the right order.
    maps : whether the score is the mapping's; otherwise the right answer gives one point.
    """
    found = make("qti-response-processing")
    if item.type == "numeric" and item.numeric is not None:
        numeric = item.numeric
        half = Decimal(number_text(numeric.tolerance)) * (100 if numeric.relative else 1)
        mode = "relative" if numeric.relative else "absolute"
        tolerance = {"tolerance-mode": mode, "tolerance": f"{half:f} {half:f}"}
        found.append(_score_if(make("qti-equal", tolerance, _variable(), _correct())))
    elif item.type == "order" and item.scoring_rule == "partial":
        found.extend(_neighbours(options))
    elif maps:
        points = make("qti-map-response", {"identifier": "RESPONSE"})
        found.append(make("qti-set-outcome-value", {"identifier": "SCORE"}, points))
    else:
        found.append(_score_if(make("qti-match", None, _variable(), _correct())))
    if reasons:
        values = [_base("identifier", name) for name in reasons]
        shown = make("qti-multiple", None, *values)
        found.append(make("qti-set-outcome-value", {"identifier": "FEEDBACK"}, shown))
    if item.rule:
        rule = _base("identifier", RULE)
        found.append(make("qti-set-outcome-value", {"identifier": "RULE"}, rule))
    return found


def _variable(name: str = "RESPONSE") -> Element:
    return make("qti-variable", {"identifier": name})


def _correct() -> Element:
    return make("qti-correct", {"identifier": "RESPONSE"})


def _base(base_type: str, text: str) -> Element:
    value = make("qti-base-value", {"base-type": base_type})
    value.text = text
    return value


def _score_if(condition: Element) -> Element:
    """One point more when the condition holds."""
    total = make("qti-sum", None, _variable("SCORE"), _base("float", "1"))
    score = make("qti-set-outcome-value", {"identifier": "SCORE"}, total)
    return make("qti-response-condition", None, make("qti-response-if", None, condition, score))


def _neighbours(options: list[str]) -> list[Element]:
    """A point for each pair of neighbours of the right order that stands together in the answer."""
    conditions = []
    for first, second in pairwise(options):
        places = []
        for place in range(1, len(options)):
            here = make("qti-index", {"n": str(place)}, _variable())
            there = make("qti-index", {"n": str(place + 1)}, _variable())
            left = make("qti-match", None, here, _base("identifier", first))
            right = make("qti-match", None, there, _base("identifier", second))
            places.append(make("qti-and", None, left, right))
        conditions.append(_score_if(make("qti-or", None, *places)))
    return conditions
