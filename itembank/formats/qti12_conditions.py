"""Which responses a QTI 1.2 item scores: its `respcondition`s, read and not run."""

from __future__ import annotations

from dataclasses import dataclass, field

from itembank.formats.qti_names import plain_text
from itembank.formats.qti_processing import number_of
from itembank.formats.xml_safety import Element, child_named, children_named, local_name

_BOUNDS = ("vargte", "vargt", "varlte", "varlt")


@dataclass(slots=True)
class Condition:
    """One `respcondition`.

    Attributes
    ----------
    wanted, unwanted : by response, values that must and must not be given, in order.
    bounds : by response, (name of the comparison, number).
    points : what it gives: a share of the whole or a number; 0 when it scores nothing.
    adds : whether the points are added to those of other conditions.
    feedback : ids of the feedback it shows.
    """

    wanted: dict[str, list[str]] = field(default_factory=dict)
    unwanted: dict[str, list[str]] = field(default_factory=dict)
    bounds: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    points: float = 0.0
    adds: bool = False
    feedback: tuple[str, ...] = ()
    title: str = ""


def read_conditions(item: Element) -> list[Condition]:
    """All conditions of an item, in order."""
    found = []
    for node in item.iter("respcondition"):
        condition = Condition(title=node.get("title", "").lower())
        variables = child_named(node, "conditionvar")
        if variables is not None:
            _read_variables(variables, condition, negated=False)
        for setvar in children_named(node, "setvar"):
            value = plain_text(setvar)
            number = 1.0 if value.upper() == "SCORE.MAX" else number_of(value) or 0.0
            adds = setvar.get("action", "Set").lower()
            condition.points += -number if adds == "subtract" else number
            condition.adds = condition.adds or adds in ("add", "subtract")
        condition.feedback = tuple(
            shown.get("linkrefid", "") for shown in children_named(node, "displayfeedback")
        )
        found.append(condition)
    return found


def _read_variables(node: Element, condition: Condition, *, negated: bool) -> None:
    """Collect comparisons; the depth is limited by the parser."""
    for part in node:
        name = local_name(part)
        if name == "not":
            _read_variables(part, condition, negated=not negated)
        elif name in ("and", "or"):
            _read_variables(part, condition, negated=negated)
        elif name in ("varequal", "varsubset", "varsubstring"):
            side = condition.unwanted if negated else condition.wanted
            values = side.setdefault(part.get("respident", ""), [])
            values += [plain_text(part)] if plain_text(part) not in values else []
        elif name in _BOUNDS and not negated:
            number = number_of(plain_text(part))
            if number is not None:
                bounds = condition.bounds.setdefault(part.get("respident", ""), [])
                bounds.append((name, number))


def right_conditions(conditions: list[Condition]) -> list[Condition]:
    """The conditions that give points for something."""
    scoring = [c for c in conditions if c.points > 0 and (c.wanted or c.bounds)]
    if scoring:
        return scoring
    # Blackboard names the condition instead of giving a number
    return [c for c in conditions if c.title == "correct" and (c.wanted or c.bounds)]


def number_ranges(conditions: list[Condition], response: str) -> list[tuple[float, float]]:
    """Ranges of right numbers, those that overlap as one, those backed by most conditions first."""
    ranges: list[tuple[float, float, int]] = []
    for condition in right_conditions(conditions):
        values = [n for n in map(number_of, condition.wanted.get(response, [])) if n is not None]
        bounds = condition.bounds.get(response, [])
        lows = [value for name, value in bounds if name.startswith("varg")] + values
        highs = [value for name, value in bounds if name.startswith("varl")] + values
        if lows and highs and min(lows) <= max(highs):
            ranges.append((min(lows), max(highs), 1))
    merged: list[tuple[float, float, int]] = []
    for low, high, count in sorted(ranges):
        if merged and low <= merged[-1][1]:
            before = merged.pop()
            merged.append((before[0], max(before[1], high), before[2] + count))
        else:
            merged.append((low, high, count))
    return [(low, high) for low, high, _ in sorted(merged, key=lambda part: -part[2])]
