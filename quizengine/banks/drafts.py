"""An item as it is being written: it may still be wrong in every field, and nothing of it is lost.

A draft holds the fields of every type at once. Changing the type shows others of them and keeps
the rest, so that changing it back brings everything back; only what the type uses is saved.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from itembank.errors import ItemBankError
from itembank.item import (
    CHOICE_COUNTS,
    LETTERS,
    MAX_CHOICES,
    NO_TEXT,
    SCORINGS,
    Choice,
    Figure,
    Item,
    Numeric,
    Premise,
    Region,
    Stimulus,
    Text,
    true_false_choices,
)
from itembank.item_checks import MAX_ACCEPTED, MAX_PREMISES, MAX_REGIONS
from itembank.numbers import read_number, split_number, write_number
from quizengine.banks.percentages import (
    read_percent,
    read_percentages,
)

NEW_OPTIONS, NEW_ACCEPTED, NEW_PREMISES = 4, 3, 3  # empty rows of a new question
NO_CASE, NEW_CASE, OLD_CASE = "", "+", "="  # OLD_CASE stands before the id of a set
# The parts of a draft that each type shows and saves.
GROUPS: dict[str, tuple[str, ...]] = {
    "single_best": ("options", "keys"),
    "true_false": ("truth",),
    "multiple": ("options", "keys"),
    "select_n": ("options", "keys"),
    "numeric": ("number",),
    "short_text": ("accepted",),
    "order": ("options",),
    "hot_spot": ("regions",),
    "matching": ("options", "premises"),
}


@dataclass(frozen=True, slots=True)
class OptionDraft:
    """An option as it is being written."""

    id: str
    text: Text = NO_TEXT
    reason: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class PremiseDraft:
    """A line to match; `match` is the id of an option, empty while none is chosen."""

    id: str
    text: Text = NO_TEXT
    match: str = ""
    reason: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class RegionDraft:
    """A region of the first picture; `coordinates` as written, in percent."""

    id: str
    shape: str = "rect"
    coordinates: str = ""
    is_key: bool = False
    label: Text = NO_TEXT
    reason: Text = NO_TEXT

    @property
    def shares(self) -> tuple[float, ...]:
        """The coordinates as shares; empty where they cannot be read."""
        try:
            return read_percentages(self.coordinates)
        except ItemBankError:
            return ()


@dataclass(frozen=True, slots=True)
class NumberDraft:
    """The number asked for, as written; a relative tolerance in percent."""

    value: str = ""
    tolerance: str = ""
    relative: bool = False
    unit: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class FigureDraft:
    """A picture as it is being described; its bytes are stored already."""

    asset: str
    sha256: str
    alt: Text = NO_TEXT
    caption: Text = NO_TEXT

    def build(self) -> Figure:
        """The figure of an item."""
        return Figure(asset=self.asset, alt=self.alt, caption=self.caption)


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """The case of a set. `choice` is "" for none, "+" for a new one, "=" and an id for one of the
    bank; `change_all` says that the other questions of the set are to carry it, too.
    """

    choice: str = NO_CASE
    id: str = ""
    text: Text = NO_TEXT
    figures: tuple[FigureDraft, ...] = ()
    irreversible: bool = False
    position: str = "1"
    change_all: bool = False

    @property
    def name(self) -> str:
        """The id of the set."""
        return self.choice[1:] if self.choice.startswith(OLD_CASE) else self.id

    def build(self) -> Stimulus | None:
        """The case of an item, if it has one."""
        if self.choice == NO_CASE:
            return None
        return Stimulus(
            id=self.name,
            text=self.text,
            figures=tuple(part.build() for part in self.figures),
            irreversible=self.irreversible,
            position=int(self.position) if re.fullmatch(r"[0-9]{1,4}", self.position) else 0,
        )


def options_of(choices: tuple[Choice, ...]) -> tuple[OptionDraft, ...]:
    return tuple(OptionDraft(one.id, one.text, one.reason) for one in choices)


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An item as it is being written."""

    code: str = ""
    competency: str = ""
    sub_topic: str = ""
    cognitive_level: str = ""
    difficulty: str = ""
    jurisdiction: str = ""
    reference: str = ""
    posts: str = ""
    enemies: str = ""
    status: str = "draft"
    written: str = ""
    type: str = "single_best"
    scoring: str = ""
    stem: Text = NO_TEXT
    rule: Text = NO_TEXT
    options: tuple[OptionDraft, ...] = ()
    keys: tuple[int, ...] = ()  # places of the right options, from 0
    truth: str = ""  # "true", "false" or not said yet
    truths: tuple[OptionDraft, ...] = field(
        default_factory=lambda: options_of(true_false_choices(True))
    )
    number: NumberDraft = field(default_factory=NumberDraft)
    accepted: tuple[Text, ...] = ()
    premises: tuple[PremiseDraft, ...] = ()
    regions: tuple[RegionDraft, ...] = ()
    figures: tuple[FigureDraft, ...] = ()
    case: CaseDraft = field(default_factory=CaseDraft)
    based_on: int = 0  # the version that is edited; 0 for a new item

    @property
    def groups(self) -> tuple[str, ...]:
        """The parts that the type shows."""
        return GROUPS.get(self.type, ())

    @property
    def scorings(self) -> tuple[str, ...]:
        """The rules of scoring that the type offers."""
        return SCORINGS.get(self.type, ())

    @property
    def most_options(self) -> int:
        """How many options the type takes."""
        return CHOICE_COUNTS.get(self.type, (0, MAX_CHOICES))[1]

    @property
    def assets(self) -> dict[str, str]:
        """Names of the pictures and the hashes of their bytes."""
        return {part.asset: part.sha256 for part in self.figures + self.case_figures}

    @property
    def case_figures(self) -> tuple[FigureDraft, ...]:
        """The pictures of the case, where there is one."""
        return self.case.figures if self.case.choice else ()

    def build(self) -> Item:
        """The item; raises `ItemBankError` where it cannot be one."""
        return Item(
            id=self.code,
            type=self.type,
            competency=self.competency,
            sub_topic=self.sub_topic,
            cognitive_level=self.cognitive_level or None,
            difficulty=self.difficulty or None,
            jurisdiction=self.jurisdiction or None,
            reference=self.reference,
            posts=split_words(self.posts),
            enemies=split_words(self.enemies),
            status=self.status,
            written=self.written,
            stem=self.stem,
            rule=self.rule,
            figures=tuple(part.build() for part in self.figures),
            stimulus=self.case.build(),
            **self._build_groups(),
        )

    def _build_groups(self) -> dict[str, Any]:
        """What only some types have."""
        built: dict[str, Any] = {"scoring": self.scoring if self.scorings else ""}
        if "truth" in self.groups:
            built["choices"] = tuple(
                Choice(id=o.id, text=o.text, reason=o.reason, is_key=o.id == self.truth)
                for o in self.truths
            )
        if "options" in self.groups:
            keys = self.keys if "keys" in self.groups else ()
            built["choices"] = tuple(
                Choice(id=o.id, text=o.text, reason=o.reason, is_key=place in keys)
                for place, o in enumerate(self.options)
            )
        if "number" in self.groups:
            built["numeric"] = read_numeric(self.number, self.code)
        if "accepted" in self.groups:
            built["accepted"] = tuple(text for text in self.accepted if text)
        if "premises" in self.groups:
            built["premises"] = tuple(
                Premise(id=p.id, text=p.text, match=p.match, reason=p.reason) for p in self.premises
            )
        if "regions" in self.groups:
            built["regions"] = tuple(
                Region(
                    id=r.id, shape=r.shape, coordinates=read_percentages(r.coordinates),
                    is_key=r.is_key, label=r.label, reason=r.reason,
                )
                for r in self.regions
            )  # fmt: skip
        return built

    # --- rows more, rows less ---

    def with_row(self, group: str) -> ItemDraft:
        """One empty row more in a group, as far as the limit allows."""
        rows: tuple[Any, ...] = getattr(self, group)
        most = {
            "options": self.most_options,
            "accepted": MAX_ACCEPTED,
            "premises": MAX_PREMISES,
            "regions": MAX_REGIONS,
        }[group]
        if len(rows) >= most:
            return self
        row: Any = NO_TEXT
        if group == "options":
            row = OptionDraft(_free_id(rows, LETTERS.lower()))
        elif group == "premises":
            row = PremiseDraft(_free_id(rows, [f"p{n}" for n in range(1, MAX_PREMISES + 2)]))
        elif group == "regions":
            free = _free_id(rows, [f"r{n}" for n in range(1, MAX_REGIONS + 2)])
            row = RegionDraft(free, is_key=not rows)
        more: dict[str, Any] = {group: (*rows, row)}
        return replace(self, **more)

    def without_row(self, group: str, place: int) -> ItemDraft:
        """One row less; keys stay with their options."""
        rows: tuple[Any, ...] = getattr(self, group)
        if not 0 <= place < len(rows):
            return self
        fewer: dict[str, Any] = {group: rows[:place] + rows[place + 1 :]}
        less = replace(self, **fewer)
        if group != "options":
            return less
        keys = tuple(key - (key > place) for key in self.keys if key != place)
        return replace(less, keys=keys)

    def with_option_moved(self, place: int, step: int) -> ItemDraft:
        """An option one place up (-1) or down (1); keys stay with their options."""
        other = place + step
        if not (0 <= place < len(self.options) and 0 <= other < len(self.options)):
            return self
        rows = list(self.options)
        rows[place], rows[other] = rows[other], rows[place]
        swap = {place: other, other: place}
        keys = tuple(sorted(swap.get(key, key) for key in self.keys))
        return replace(self, options=tuple(rows), keys=keys)

    def with_figure(self, figure: FigureDraft, *, of_case: bool = False) -> ItemDraft:
        """One picture more; the same picture twice is one."""
        figures = self.case.figures if of_case else self.figures
        if any(part.sha256 == figure.sha256 for part in figures):
            return self
        return self._with_figures((*figures, figure), of_case)

    def without_figure(self, place: int, *, of_case: bool = False) -> ItemDraft:
        """One picture less."""
        figures = self.case.figures if of_case else self.figures
        return self._with_figures(figures[:place] + figures[place + 1 :], of_case)

    def with_figure_first(self, place: int) -> ItemDraft:
        """The picture moved to the front: a point is asked for on the first one."""
        if not 0 <= place < len(self.figures):
            return self
        others = self.figures[:place] + self.figures[place + 1 :]
        return replace(self, figures=(self.figures[place], *others))

    def _with_figures(self, figures: tuple[FigureDraft, ...], of_case: bool) -> ItemDraft:
        if of_case:
            return replace(self, case=replace(self.case, figures=figures))
        return replace(self, figures=figures)

    # --- another type ---

    def turned_into(self, before: str) -> ItemDraft:
        """The draft after its type was changed from `before`: what fits is taken over, and the
        parts that the type needs have their first rows.
        """
        draft = self if self.scoring in ("", *self.scorings) else replace(self, scoring="")
        if before == "true_false" and not any(o.text for o in draft.options):
            keys = tuple(n for n, o in enumerate(draft.truths) if o.id == draft.truth)
            draft = replace(draft, options=draft.truths, keys=keys)
        if draft.type == "single_best" and len(draft.keys) > 1:
            draft = replace(draft, keys=())  # the author says which one is best
        if "keys" in GROUPS.get(before, ()):
            draft = draft._answers_from_keys()
        return draft.with_first_rows()

    def _answers_from_keys(self) -> ItemDraft:
        """Right options as the number or the answers asked for, where none is given yet."""
        right = [o.text for n, o in enumerate(self.options) if n in self.keys and o.text]
        if "accepted" in self.groups and not any(self.accepted):
            return replace(self, accepted=tuple(right))
        if "number" in self.groups and not self.number.value and right:
            try:
                number, unit = split_number(right[0].get("en"))
            except ItemBankError:
                return self
            new_unit = self.number.unit or Text(unit, unit)
            return replace(
                self, number=replace(self.number, value=write_number(number), unit=new_unit)
            )
        return self

    def with_first_rows(self) -> ItemDraft:
        """Empty rows in the parts that the type shows and that have none."""
        draft = self
        wanted = {
            "options": NEW_OPTIONS, "accepted": NEW_ACCEPTED, "premises": NEW_PREMISES, "regions": 1
        }  # fmt: skip
        for group, count in wanted.items():
            if group in draft.groups and not getattr(draft, group):
                for _ in range(count):
                    draft = draft.with_row(group)
        return draft


def _free_id(rows: tuple[Any, ...], names: Iterable[str]) -> str:
    taken = {row.id for row in rows}
    return next(name for name in names if name not in taken)


def new_draft(competency: str = "") -> ItemDraft:
    """An empty question with four options."""
    return ItemDraft(competency=competency).with_first_rows()


# --- words and numbers as they are written ---


def split_words(text: str) -> tuple[str, ...]:
    """Words parted by commas or white space, each once."""
    return tuple(dict.fromkeys(word for word in re.split(r"[\s,，、;；]+", text) if word))


def read_numeric(draft: NumberDraft, where: str = "") -> Numeric:
    """The number asked for.

    Raises
    ------
    ItemBankError
        "number-unreadable" and its like, for the value and for the tolerance.
    """
    value = read_number(draft.value, draft.unit, where)
    tolerance = 0.0
    if draft.tolerance:
        if draft.relative:
            tolerance = read_percent(draft.tolerance)
        else:
            tolerance = read_number(draft.tolerance, draft.unit, where)
    return Numeric(value=value, tolerance=tolerance, relative=draft.relative, unit=draft.unit)
