"""How a QTI 2.x or 3.0 item scores: its declarations, and what its response processing does.

Response processing is a program. It is not run: what it does with each response is recognised, and
an item whose program combines responses is refused by the reader.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from itembank.formats.qti_names import is_true, plain_text
from itembank.formats.xml_safety import Element, child_named, children_named, local_name


@dataclass(frozen=True, slots=True)
class MapEntry:
    """One line of a mapping."""

    key: str
    value: float
    case_sensitive: bool = False


@dataclass(frozen=True, slots=True)
class AreaEntry:
    """One line of an area mapping, coordinates in pixels."""

    shape: str
    coords: str
    value: float


@dataclass(frozen=True, slots=True)
class Response:
    """A response declaration; `default` is what a mapping gives to all that it does not name."""

    identifier: str
    cardinality: str = "single"
    base_type: str = "identifier"
    correct: tuple[str, ...] = ()
    mapping: tuple[MapEntry, ...] = ()
    default: float = 0.0
    lower_bound: float | None = None
    areas: tuple[AreaEntry, ...] = ()

    def points(self, key: str) -> float:
        """What the mapping gives to a value."""
        return next((entry.value for entry in self.mapping if entry.key == key), self.default)

    @property
    def best(self) -> tuple[str, ...]:
        """The right values: the correct response, or what the mapping gives points for."""
        return self.correct or tuple(entry.key for entry in self.mapping if entry.value > 0)


def number_of(text: str | None) -> float | None:
    """A finite number, also with a decimal comma; None for anything else."""
    try:
        value = float((text or "").strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def read_responses(item: Element) -> dict[str, Response]:
    """The item's response declarations by identifier."""
    found = {}
    for declaration in children_named(item, "responseDeclaration"):
        correct = child_named(declaration, "correctResponse")
        mapping = child_named(declaration, "mapping")
        areas = child_named(declaration, "areaMapping")
        identifier = declaration.get("identifier", "")
        found[identifier] = Response(
            identifier=identifier,
            cardinality=declaration.get("cardinality", "single"),
            base_type=declaration.get("baseType", ""),
            correct=tuple(
                plain_text(value) for value in children_named(correct, "value") if len(value) == 0
            )
            if correct is not None
            else (),
            mapping=_entries(mapping),
            default=number_of(mapping.get("defaultValue")) or 0.0 if mapping is not None else 0.0,
            lower_bound=number_of(mapping.get("lowerBound")) if mapping is not None else None,
            areas=_areas(areas),
        )
    return found


def _entries(mapping: Element | None) -> tuple[MapEntry, ...]:
    if mapping is None:
        return ()
    return tuple(
        MapEntry(
            " ".join(entry.get("mapKey", "").split()),
            number_of(entry.get("mappedValue")) or 0.0,
            is_true(entry.get("caseSensitive")),
        )
        for entry in children_named(mapping, "mapEntry")
    )


def _areas(mapping: Element | None) -> tuple[AreaEntry, ...]:
    if mapping is None:
        return ()
    return tuple(
        AreaEntry(
            entry.get("shape", "default"),
            entry.get("coords", ""),
            number_of(entry.get("mappedValue")) or 0.0,
        )
        for entry in children_named(mapping, "areaMapEntry")
    )


@dataclass(slots=True)
class Processing:
    """What the response processing does with each response.

    Attributes
    ----------
    rules : by response: "match", "map" or "point".
    template : the rule of a named template, which scores the response RESPONSE.
    joint : whether one condition looks at several responses, so that they cannot be scored alone.
    literals : values compared directly with a response where points are given.
    sets : by response, the first whole answer of several values it is compared with.
    tolerances : by response: mode ("absolute", "relative") and half-widths below and above.
    ranges : by response: lowest and highest number that scores.
    feedback : by feedback identifier: "right", "wrong" or "" (neither is known).
    is_stated : whether there is any response processing.
    """

    rules: dict[str, str] = field(default_factory=dict)
    template: str = ""
    joint: bool = False
    literals: dict[str, list[str]] = field(default_factory=dict)
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tolerances: dict[str, tuple[str, Decimal, Decimal]] = field(default_factory=dict)
    ranges: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    feedback: dict[str, str] = field(default_factory=dict)
    is_stated: bool = False

    def rule(self, identifier: str) -> str:
        """How this response is scored; "" when nothing says it."""
        return self.rules.get(identifier) or self.template


def read_processing(item: Element, responses: dict[str, Response]) -> Processing:
    """What the item's response processing does."""
    processing = Processing()
    program = child_named(item, "responseProcessing")
    if program is None:
        return processing
    processing.is_stated = True
    template = (program.get("template") or program.get("templateLocation") or "").lower()
    for word, rule in (
        ("map_response_point", "point"),
        ("map_response", "map"),
        ("match", "match"),
    ):
        if word in template and not processing.template:
            processing.template = rule
    for node in program.iter():
        name = local_name(node)
        if name in ("mapResponse", "mapResponsePoint"):
            rule = "map" if name == "mapResponse" else "point"
            processing.rules.setdefault(node.get("identifier", ""), rule)
        elif name in ("match", "equal", "equalRounded", "stringMatch", "member", "contains"):
            _read_comparison(node, processing, responses)
        elif name in ("lt", "lte", "gt", "gte"):
            _read_bound(node, processing, responses)
        elif name in ("responseIf", "responseElseIf", "responseElse"):
            _read_branch(node, processing, responses)
    return processing


def _variables(node: Element, responses: dict[str, Response]) -> list[str]:
    """Responses a node looks at, each once."""
    names = [
        part.get("identifier", "")
        for part in node.iter()
        if local_name(part) in ("variable", "mapResponse", "mapResponsePoint")
    ]
    return list(dict.fromkeys(name for name in names if name in responses))


def _read_comparison(node: Element, processing: Processing, responses: dict[str, Response]) -> None:
    names = _variables(node, responses)
    if len(names) != 1:
        return
    name = names[0]
    if any(local_name(part) == "correct" for part in node.iter()):
        processing.rules.setdefault(name, "match")
    values = [plain_text(part) for part in children_named(node, "baseValue")]
    if values and any(local_name(part) == "variable" for part in node):
        processing.literals.setdefault(name, []).extend(values)
    whole = [part for part in node if local_name(part) in ("multiple", "ordered")]
    if (
        local_name(node) == "match"
        and whole
        and all(local_name(p) == "baseValue" for p in whole[0])
    ):
        processing.sets.setdefault(name, tuple(plain_text(part) for part in whole[0]))
        processing.rules.setdefault(name, "match")
    mode = node.get("toleranceMode", "")
    if local_name(node) == "equal" and mode in ("absolute", "relative"):
        bounds = (node.get("tolerance") or "0").replace(",", " ").split()
        try:
            below, above = Decimal(bounds[0]), Decimal(bounds[-1])
        except (InvalidOperation, IndexError):
            return
        processing.tolerances.setdefault(name, (mode, below, above))
    if local_name(node) == "equalRounded" and node.get("roundingMode") == "decimalPlaces":
        half = number_of(node.get("figures"))
        if half is not None and 0 <= half <= 15:
            width = Decimal(5).scaleb(-int(half) - 1)
            processing.tolerances.setdefault(name, ("absolute", width, width))


def _read_bound(node: Element, processing: Processing, responses: dict[str, Response]) -> None:
    """`gte(response, 3)`: a bound of a range of right numbers."""
    if len(node) != 2 or local_name(node[0]) != "variable" or local_name(node[1]) != "baseValue":
        return
    value = number_of(plain_text(node[1]))
    if node[0].get("identifier", "") in responses and value is not None:
        bounds = processing.ranges.setdefault(node[0].get("identifier", ""), [])
        bounds.append((local_name(node), value))


def _read_branch(node: Element, processing: Processing, responses: dict[str, Response]) -> None:
    """Which feedback a branch gives and for what, and whether it looks at several responses."""
    condition = node[0] if len(node) and local_name(node) != "responseElse" else None
    if condition is not None and _scores(node) and len(_variables(condition, responses)) > 1:
        processing.joint = True
    verdict = _verdict(node, condition)
    for action in children_named(node, "setOutcomeValue"):
        value = next((part for part in action.iter() if local_name(part) == "baseValue"), None)
        if value is not None and value.get("baseType") == "identifier":
            known = processing.feedback.get(plain_text(value), verdict)
            processing.feedback[plain_text(value)] = known or verdict


def _scores(branch: Element) -> bool:
    return any(action.get("identifier") == "SCORE" for action in branch)


def _verdict(branch: Element, condition: Element | None) -> str:
    """Whether a branch is taken after a right or a wrong answer; "" when it cannot be told."""
    if condition is None:
        return "wrong"
    names = {local_name(part) for part in condition.iter()}
    if "isNull" in names:
        return "wrong"
    if "not" in names:
        return "wrong" if "correct" in names else ""
    if "correct" in names or (names & {"gt", "gte"} and "variable" in names):
        return "right"
    words = " ".join(plain_text(part) for part in condition.iter("baseValue")).lower()
    return verdict_of_name(words)


def verdict_of_name(name: str) -> str:
    """What a feedback's name says: "right", "wrong" or ""."""
    name = name.lower()
    if any(word in name for word in ("incorrect", "wrong", "falsch", "false", "not_correct")):
        return "wrong"
    if any(word in name for word in ("correct", "right", "richtig", "true")):
        return "right"
    return ""
