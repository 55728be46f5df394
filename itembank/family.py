"""Families of computed items: one question with other numbers each time.

A family states the numbers it draws with their ranges and steps, the wording in English and
Chinese, the formula of the key and, for every wrong option, the mistake that leads to it. Nothing
in an item is typed but the words: the key and each distractor are computed from the same numbers.

Templates are filled by `str.format`: `{name}` is a drawn or derived number, `{key}` the key and
`{value}` the option's own number.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from itembank.errors import ItemBankError
from itembank.family_numbers import (
    Values,
    are_apart,
    parameter_shown,
    pick,
    relative_gap,
    rounded,
    shown,
    sound,
    with_unit,
)
from itembank.item import Item
from itembank.parts import Choice, Numeric
from itembank.texts import NO_TEXT, Text

Parts = dict[str, object]
Formula = Callable[[Values], float]
Condition = Callable[[Values], bool]

MAX_TRIES = 500
WRITTEN = "2026-11-23"


@dataclass(frozen=True, slots=True)
class Scene:
    """A situation that goes with its numbers, such as a body region with its factor."""

    words: Mapping[str, Text]
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derived:
    """A number computed on the way: to `digits` significant digits, `decimals` places, or whole."""

    formula: Formula
    digits: int | None = None
    decimals: int | None = None

    def text(self, number: float) -> str:
        """The number as the item shows it."""
        if self.digits is None and self.decimals is None:
            return parameter_shown(number)
        return shown(number, self.digits or 3, self.decimals)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a number comes about and, as a template, why it is right or wrong."""

    formula: Formula
    reason: Text
    name: str = "key"


def key(formula: Formula, en: str, zh: str) -> Answer:
    """The right way."""
    return Answer(formula, Text(en, zh))


def slip(name: str, formula: Formula, en: str, zh: str) -> Answer:
    """A mistake by name, with the number that it leads to."""
    return Answer(formula, Text(en, zh), name)


@dataclass(frozen=True, kw_only=True)
class Family:
    """What the families of all types have; each type adds how its answers come about.

    parameters : the numbers drawn, each with all its values.
    scenes : situations, one of which is drawn; its words and numbers are used by name.
    where : what must hold between the numbers.
    """

    id: str
    sub_topic: str
    level: str
    difficulty: str
    reference: str
    posts: tuple[str, ...]
    stem: Text
    rule: Text
    parameters: Mapping[str, tuple[float, ...]]
    scenes: tuple[Scene, ...] = ()
    derived: Mapping[str, Derived] = field(default_factory=dict)
    where: Condition = lambda _: True
    jurisdiction: str | None = None
    enemies: tuple[str, ...] = ()

    @property
    def competency(self) -> str:
        """Code of the competency, the first part of the sub-topic's."""
        return self.sub_topic.split(".", maxsplit=1)[0]

    @property
    def type(self) -> str:
        """Type of the items."""
        raise NotImplementedError

    def compose(self, drawn: Draw) -> Parts | None:
        """The parts of an item that belong to its type; None: these numbers make no good item."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Draw:
    """Numbers and words of one try."""

    values: Values
    words: Mapping[str, Text]
    shown: Mapping[str, str]
    rng: random.Random

    def fill(self, template: Text, **more: str) -> Text:
        """A template with the numbers and words of this draw."""
        return Text(
            template.en.format_map(
                {**{name: word.en for name, word in self.words.items()}, **self.shown, **more}
            ),
            template.zh.format_map(
                {**{name: word.zh for name, word in self.words.items()}, **self.shown, **more}
            ),
        )


def draw(family: Family, seed: int) -> Item:
    """The item of a family that belongs to a seed: always the same one, named `<family>-<seed>`.

    Raises
    ------
    ItemBankError
        "family-seed": the seed is negative; "family-exhausted": hardly any numbers of the family's
        ranges make an item that keeps its guards.
    """
    if seed < 0:
        raise ItemBankError("family-seed", family.id, value=seed)
    rng = random.Random(f"{family.id}:{seed}")  # noqa: S311 - numbers of questions, no secrets
    for _ in range(MAX_TRIES):
        drawn = _numbers(family, rng)
        parts = family.compose(drawn) if drawn is not None else None
        if drawn is not None and parts is not None:
            return _item(family, f"{family.id}-{seed}", drawn, parts)
    raise ItemBankError("family-exhausted", family.id, tries=MAX_TRIES)


def _numbers(family: Family, rng: random.Random) -> Draw | None:
    scene = family.scenes[pick(rng, len(family.scenes))] if family.scenes else Scene({})
    numbers = dict(scene.numbers)
    for name, allowed in family.parameters.items():
        numbers[name] = allowed[pick(rng, len(allowed))]
    values = Values(numbers)
    if not family.where(values):
        return None
    texts = {name: parameter_shown(number) for name, number in values}
    for name, derived in family.derived.items():
        number = sound(derived.formula(values))
        values = values.with_numbers({name: number})
        texts[name] = derived.text(number)
    return Draw(values, scene.words, texts, rng)


def _item(family: Family, item_id: str, drawn: Draw, parts: Parts) -> Item:
    common: Parts = {
        "id": item_id,
        "type": family.type,
        "competency": family.competency,
        "sub_topic": family.sub_topic,
        "cognitive_level": family.level,
        "difficulty": family.difficulty,
        "stem": drawn.fill(family.stem),
        "reference": family.reference,
        "jurisdiction": family.jurisdiction,
        "posts": family.posts,
        # Two items of one family differ in their numbers only.
        "enemies": (family.id, *family.enemies),
        "status": "draft",
        "written": WRITTEN,
    }
    if "rule" not in parts:
        common["rule"] = drawn.fill(family.rule)
    return Item(**{**common, **parts})  # type: ignore[arg-type]  # names and types as in Item


# --- one number of several ---


@dataclass(frozen=True, kw_only=True)
class ChoiceFamily(Family):
    """A single best answer among numbers, in the order of their size.

    sensible : what the key may be in practice, both ends included.
    possible : what any option may be, the ends excluded.
    gap : how far apart any two options are, as a share of the larger one, after rounding.
    digits, decimals : significant digits of all options, or decimal places where given.
    """

    right: Answer
    mistakes: tuple[Answer, ...]
    sensible: tuple[float, float]
    unit: Text = NO_TEXT
    digits: int = 3
    decimals: int | None = None
    possible: tuple[float, float] = (0.0, math.inf)
    gap: float = 0.1
    options: int = 4

    @property
    def type(self) -> str:
        """Single best answer."""
        return "single_best"

    def number(self, answer: Answer, values: Values) -> float | None:
        """An answer as the item shows it; None where it cannot be computed or is impossible."""
        try:
            exact = answer.formula(values)
        except (ValueError, ZeroDivisionError, OverflowError):
            return None
        if not math.isfinite(exact):
            return None
        number = float(rounded(exact, self.digits, self.decimals))
        # Rounding must leave a number that is clearly nearer to its own option than to the next.
        if relative_gap(number, exact) > self.gap / 3:
            return None
        return number if self.possible[0] < number < self.possible[1] else None

    def compose(self, drawn: Draw) -> Parts | None:
        """The key and mistakes, chosen so that its rank among them varies."""
        values = drawn.values
        right = self.number(self.right, values)
        if right is None or not self.sensible[0] <= right <= self.sensible[1]:
            return None
        wrong = [
            (number, mistake)
            for mistake in self.mistakes
            if (number := self.number(mistake, values)) is not None
            and relative_gap(number, right) >= self.gap - 1e-9
        ]
        by_rank: dict[int, list[tuple[tuple[float, Answer], ...]]] = {}
        for chosen in combinations(wrong, self.options - 1):
            if are_apart([number for number, _ in chosen], self.gap):
                rank = sum(number < right for number, _ in chosen)
                by_rank.setdefault(rank, []).append(chosen)
        if not by_rank:
            return None
        # Fewer numbers allow the key to be the smallest or the largest: where they do, those ranks
        # weigh double, so that over all families the key stands about equally often at each place.
        ends = (0, self.options - 1)
        ranks = [rank for rank in sorted(by_rank) for _ in range(2 if rank in ends else 1)]
        sets = by_rank[ranks[pick(drawn.rng, len(ranks))]]
        chosen = sets[pick(drawn.rng, len(sets))]
        return {"choices": self._choices(drawn, right, chosen)}

    def _choices(
        self, drawn: Draw, right: float, wrong: tuple[tuple[float, Answer], ...]
    ) -> tuple[Choice, ...]:
        ordered = sorted([(right, self.right), *wrong], key=lambda pair: pair[0])
        key_text = shown(right, self.digits, self.decimals)
        choices = []
        for letter, (number, answer) in zip("abcdefgh", ordered, strict=False):
            text = shown(number, self.digits, self.decimals)
            choices.append(
                Choice(
                    id=letter,
                    text=with_unit(text, self.unit),
                    is_key=answer is self.right,
                    reason=drawn.fill(answer.reason, value=text, key=key_text),
                )
            )
        return tuple(choices)


# --- a number to type in ---


@dataclass(frozen=True, kw_only=True)
class NumericFamily(Family):
    """A number is asked for; `tolerance` is a share of it. No mistake comes near the tolerance.

    The explanation holds the rule, the working and where two named mistakes lead.
    """

    right: Answer
    mistakes: tuple[Answer, ...]
    sensible: tuple[float, float]
    unit: Text = NO_TEXT
    digits: int = 3
    decimals: int | None = None
    tolerance: float = 0.02

    @property
    def type(self) -> str:
        """Number."""
        return "numeric"

    def compose(self, drawn: Draw) -> Parts | None:
        """The number, where no mistake leads to one that counts as right."""
        exact = self.right.formula(drawn.values)
        if not self.sensible[0] <= exact <= self.sensible[1]:
            return None
        wrong = [(mistake.formula(drawn.values), mistake) for mistake in self.mistakes]
        near = 3 * self.tolerance
        if any(relative_gap(number, exact) < near for number, _ in wrong):
            return None
        key_text = shown(exact, self.digits, self.decimals)
        lines = [drawn.fill(self.rule), drawn.fill(self.right.reason, key=key_text)]
        unit = self.unit
        for number, mistake in wrong[:2]:
            text = shown(number, self.digits, self.decimals)
            why = drawn.fill(mistake.reason, value=text, key=key_text)
            amount = with_unit(text, unit)
            lines.append(Text(f"Not {amount.en}: {why.en}", f"误答 {amount.zh}：{why.zh}"))
        rule = Text("\n\n".join(one.en for one in lines), "\n\n".join(one.zh for one in lines))
        value = float(f"{exact:.6g}")
        numeric = Numeric(value=value, tolerance=self.tolerance, relative=True, unit=unit)
        return {"numeric": numeric, "rule": rule}
