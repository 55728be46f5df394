"""The number that a QTI text entry or slider asks for, with its tolerance."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from itembank.formats.qti_content import Converter
from itembank.formats.qti_processing import Processing, Response, number_of
from itembank.formats.xml_safety import Element

NUMBER_TYPES = ("float", "integer")


def number_answer(
    interaction: Element, response: Response, processing: Processing, converter: Converter
) -> dict[str, object] | None:
    """The fields of `Numeric`; None when a text is asked for.

    A number is asked for when the response is declared as one, or when the only right answer is a
    number. Several numbers side by side become one with a tolerance that holds them all.
    """
    declared = response.base_type in NUMBER_TYPES
    bounds = processing.ranges.get(response.identifier, []) if declared else []
    literals = processing.literals.get(response.identifier, [])
    answers = list(response.correct) or literals
    full = max((entry.value for entry in response.mapping), default=0.0)
    mapped = [entry.key for entry in response.mapping if 0 < entry.value == full]
    numbers = [number for number in map(number_of, answers) if number is not None]
    if len(numbers) != len(answers) or not (numbers or mapped or bounds):
        return None
    if not declared and (len({*answers, *mapped}) != 1 or response.base_type not in ("string", "")):
        return None
    if response.identifier in processing.tolerances and numbers:
        return _with_tolerance(numbers[0], processing.tolerances[response.identifier], converter)
    if bounds and not answers:
        return _between(bounds)
    if any(0 < entry.value < full for entry in response.mapping):
        converter.warn("qti-points-lost")
    values = [number for number in map(number_of, mapped) if number is not None]
    values = sorted({*values, *numbers[:1]})
    if not values:
        return None
    middle = numbers[0] if len(values) == 1 and numbers else (values[0] + values[-1]) / 2
    step = number_of(interaction.get("step")) or 1.0
    if len(values) > 1 and any(b - a > step for a, b in pairwise(values)):
        converter.warn("qti-numbers-apart", value=", ".join(f"{value:g}" for value in values[:10]))
        return _numeric(numbers[0] if numbers else values[0], 0.0)
    return _numeric(middle, (values[-1] - values[0]) / 2)


def _numeric(value: float, tolerance: float, *, relative: bool = False) -> dict[str, object]:
    return {"value": value, "tolerance": tolerance, "relative": relative}


def _with_tolerance(
    value: float, stated: tuple[str, Decimal, Decimal], converter: Converter
) -> dict[str, object]:
    mode, below, above = stated
    if mode == "relative":  # in percent
        if below != above:
            converter.warn("qti-tolerance-uneven")
        return _numeric(value, float(max(below, above) / 100), relative=True)
    if below == above:
        return _numeric(value, float(below))
    middle = Decimal(repr(value)) + (above - below) / 2
    return _numeric(float(middle), float((above + below) / 2))


def _between(bounds: list[tuple[str, float]]) -> dict[str, object] | None:
    """A range such as 3 <= x <= 5."""
    lowest = [value for name, value in bounds if name in ("gt", "gte")]
    highest = [value for name, value in bounds if name in ("lt", "lte")]
    if not lowest or not highest or max(lowest) > min(highest):
        return None
    low, high = max(lowest), min(highest)
    return _numeric((low + high) / 2, (high - low) / 2)
