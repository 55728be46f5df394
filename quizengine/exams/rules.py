"""The rules of an exam; a sitting freezes a copy when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from quizengine.errors import InvalidInput

# What a student may choose for a practice sitting: at most so many questions.
LENGTHS = (20, 40, 60)
CLOCKS = (30, 60, 90)  # minutes, for those who want to practise against one


@dataclass(frozen=True, slots=True)
class Rules:
    """When a sitting stops, what it draws from, what it shows.

    Attributes
    ----------
    weights : percent by competency, as the blueprint profile says; 0 leaves a competency out.
    sub_topics : share of each sub-topic inside its competency.
    min_items, max_items : the fewest and the most questions.
    overall_standard_error : in logits, of the blueprint-weighted mean ability; reached, the
        sitting is precise enough and stops.
    target_standard_error : in logits, of each competency; what the choice of questions strives for.
        Reached everywhere, the sitting stops too.
    time_limit_minutes : by the server's clock; None for no clock.
    feedback : whether each answer is explained at once.
    randomesque : the next question is drawn from so many nearly equally good ones.
    """

    weights: Mapping[str, float]
    sub_topics: Mapping[str, float] = field(default_factory=dict)
    min_items: int = 16
    max_items: int = 40
    overall_standard_error: float = 0.4
    target_standard_error: float = 0.5
    time_limit_minutes: int | None = None
    feedback: bool = True
    randomesque: int = 4

    def to_json(self) -> dict[str, Any]:
        """The rules as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The rules that `to_json` wrote."""
        return cls(**values)

    def chosen(self, *, length: int | None, minutes: int | None) -> Rules:
        """These rules with what a student chose for a practice sitting.

        Raises
        ------
        InvalidInput
            "length-not-offered", "clock-not-offered".
        """
        rules: Rules = self
        if length is not None:
            if length not in LENGTHS:
                raise InvalidInput("length-not-offered")
            rules = replace(rules, max_items=length, min_items=min(rules.min_items, length))
        if minutes is not None:
            if minutes not in CLOCKS:
                raise InvalidInput("clock-not-offered")
            rules = replace(rules, time_limit_minutes=minutes)
        return rules
