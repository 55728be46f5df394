"""Families whose options are cases with numbers of their own: to order, to match, to select."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from itembank.family import Draw, Family, Formula, Parts
from itembank.family_numbers import (
    are_apart,
    parameter_shown,
    pick,
    relative_gap,
    shown,
    with_unit,
)
from itembank.parts import Choice, Premise
from itembank.texts import NO_TEXT, Text

_LETTERS = "abcdefghijkl"


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the item: its words, its number, and both as templates are filled with them."""

    text: Text
    number: float
    more: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class CaseFamily(Family):
    """`count` cases, each with its own `case_parameters` beside the common `parameters`.

    case : the words of a case; formula : its number, `{value}` in `reason`, shown with `digits` or
    `decimals`; gap : how far apart the numbers are, as a share of the larger.
    """

    case: Text
    case_parameters: Mapping[str, tuple[float, ...]]
    formula: Formula
    reason: Text
    count: int = 4
    unit: Text = NO_TEXT
    digits: int = 3
    decimals: int | None = None
    gap: float = 0.1

    def cases(self, drawn: Draw) -> list[Case] | None:
        """Cases with different words; None where two are the same."""
        found = []
        for _ in range(self.count):
            numbers = {
                name: allowed[pick(drawn.rng, len(allowed))]
                for name, allowed in self.case_parameters.items()
            }
            number = self.formula(drawn.values.with_numbers(numbers))
            texts = {name: parameter_shown(value) for name, value in numbers.items()}
            texts["value"] = shown(number, self.digits, self.decimals)
            found.append(Case(drawn.fill(self.case, **texts), number, texts))
        return found if len({case.text for case in found}) == self.count else None


@dataclass(frozen=True, kw_only=True)
class OrderFamily(CaseFamily):
    """Cases to be put in the order of their numbers, smallest first."""

    @property
    def type(self) -> str:
        """Order."""
        return "order"

    def compose(self, drawn: Draw) -> Parts | None:
        """The cases in order, where no two are close."""
        cases = self.cases(drawn)
        if cases is None or not are_apart([case.number for case in cases], self.gap):
            return None
        ordered = sorted(cases, key=lambda case: case.number)
        choices = tuple(
            Choice(id=letter, text=case.text, reason=drawn.fill(self.reason, **case.more))
            for letter, case in zip(_LETTERS, ordered, strict=False)
        )
        return {"choices": choices}


@dataclass(frozen=True, kw_only=True)
class MatchingFamily(CaseFamily):
    """Cases to be matched with their numbers; `mistake` gives numbers that belong to none."""

    mistake: Formula
    extra: int = 1

    @property
    def type(self) -> str:
        """Matching."""
        return "matching"

    def compose(self, drawn: Draw) -> Parts | None:
        """Premises, and options in the order of their size."""
        cases = self.cases(drawn)
        if cases is None:
            return None
        numbers = [case.number for case in cases]
        for case in cases[: self.extra]:
            given = {name: float(text) for name, text in case.more.items() if name != "value"}
            numbers.append(self.mistake(drawn.values.with_numbers(given)))
        if min(numbers) <= 0 or not are_apart(numbers, self.gap):
            return None
        texts = [shown(number, self.digits, self.decimals) for number in sorted(numbers)]
        choices = tuple(
            Choice(id=letter, text=with_unit(text, self.unit))
            for letter, text in zip(_LETTERS, texts, strict=False)
        )
        letter_of = {text: choice.id for text, choice in zip(texts, choices, strict=True)}
        premises = tuple(
            Premise(
                id=str(place),
                text=case.text,
                match=letter_of[case.more["value"]],
                reason=drawn.fill(self.reason, **case.more),
            )
            for place, case in enumerate(cases, start=1)
        )
        return {"choices": choices, "premises": premises}


@dataclass(frozen=True, kw_only=True)
class MultipleFamily(CaseFamily):
    """All cases whose number is above `limit` are to be selected; none comes near it.

    `reason` says why a case is a key, `reason_against` why another is none; both may show
    `{value}` and `{limit}`.
    """

    limit: Formula
    reason_against: Text
    count: int = 5

    @property
    def type(self) -> str:
        """Select all that apply."""
        return "multiple"

    def compose(self, drawn: Draw) -> Parts | None:
        """The cases, of which some but not all are keys."""
        cases = self.cases(drawn)
        limit = self.limit(drawn.values)
        if cases is None or any(relative_gap(case.number, limit) < self.gap for case in cases):
            return None
        if len({case.number > limit for case in cases}) < 2:
            return None
        text = shown(limit, self.digits, self.decimals)
        choices = tuple(
            Choice(
                id=letter,
                text=case.text,
                is_key=case.number > limit,
                reason=drawn.fill(
                    self.reason if case.number > limit else self.reason_against,
                    **{**case.more, "limit": text},
                ),
            )
            for letter, case in zip(_LETTERS, cases, strict=False)
        )
        return {"choices": choices}
