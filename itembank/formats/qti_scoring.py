"""Which of our rules of scoring a QTI mapping is, exactly or nearly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from itembank.formats.qti_names import whole_number
from itembank.formats.qti_processing import Response
from itembank.formats.xml_safety import Element


@dataclass(frozen=True, slots=True)
class Scoring:
    """A rule, and whether it gives the same points as the source (up to a common factor)."""

    name: str
    is_exact: bool


def several_type(interaction: Element, n_keys: int, n_options: int) -> str:
    """ "select_n" when as many are asked for as are right and the student is held to it."""
    most = whole_number(interaction.get("maxChoices"), 1)
    least = whole_number(interaction.get("minChoices"), 0)
    is_exact = most == n_keys > 1 and (most < n_options or least == most)
    return "select_n" if is_exact else "multiple"


def scoring_of_choices(
    response: Response, options: Sequence[str], keys: Sequence[str], rule: str
) -> Scoring:
    """The rule that a mapping over several choices comes to.

    "plus_minus" takes for every wrong choice what a right one gives; "partial" gives nothing as
    soon as a wrong one is chosen, which is what a mapping does when a wrong choice costs as much as
    all right ones together.
    """
    if rule != "map" or not response.mapping:
        return Scoring("all_or_nothing", True)
    right = [response.points(key) for key in keys]
    wrong = [response.points(name) for name in options if name not in keys]
    point, even = right[0], len(set(right)) == 1
    floored = response.lower_bound is not None and response.lower_bound >= 0
    if wrong and all(value == -point for value in wrong):
        return Scoring("plus_minus", even and floored)
    if all(value <= -sum(right) for value in wrong):
        return Scoring("partial", even and (floored or not wrong))
    return Scoring("partial", False)


def pair_scoring(response: Response, rule: str) -> tuple[str, bool]:
    """The rule for pairs: a point for each, or all or nothing; and whether it is the same."""
    if rule != "map" or not response.mapping:
        return "all_or_nothing", True
    values = {entry.value for entry in response.mapping if entry.value > 0}
    is_free = response.default == 0 and all(entry.value >= 0 for entry in response.mapping)
    return "partial", len(values) == 1 and is_free
