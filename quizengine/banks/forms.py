"""What a browser may send about banks: an item as it is being written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from itembank.item import LANGUAGES, LETTERS, MAX_FIGURES, Text
from itembank.item_checks import MAX_ACCEPTED, MAX_PREMISES, MAX_REGIONS
from quizengine.banks.drafts import (
    CaseDraft,
    FigureDraft,
    ItemDraft,
    NumberDraft,
    OptionDraft,
    PremiseDraft,
    RegionDraft,
)
from quizengine.banks.drafts import split_words as split_words

Sent = MultiDict[str, str]
# Fields that are one word or line of their own.
_WORDS = (
    "competency", "sub_topic", "cognitive_level", "difficulty", "jurisdiction", "reference",
    "posts", "enemies",
)  # fmt: skip
# The buttons of the form besides "save", with the part of the draft each is about.
_ACTIONS = re.compile(
    r"(change-type|choose-case|add-picture|add-case-picture|preview-(?:en|zh)"
    r"|add-(?:options|accepted|premises|regions)"
    r"|remove-(?:options|accepted|premises|regions|picture|case-picture)|first-picture|up|down)"
    r"(?:-([0-9]{1,2}))?"
)


def read_number(text: str | None) -> int | None:
    """A small whole number, or None where something else was sent."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else None


@dataclass(frozen=True, slots=True)
class Action:
    """Which button was pressed, and for which row."""

    name: str = "save"
    place: int = -1


def read_action(sent: Sent) -> Action:
    """The button that was pressed; Enter in a field saves."""
    found = _ACTIONS.fullmatch(sent.get("action", ""))
    return Action(found[1], int(found[2] or 0)) if found else Action()


def rearranged(draft: ItemDraft, action: Action) -> ItemDraft:
    """The draft after a button that adds, removes or moves a row."""
    verb, _, group = action.name.partition("-")
    if group in ("picture", "case-picture"):
        of_case = group == "case-picture"
        if verb == "remove":
            return draft.without_figure(action.place, of_case=of_case)
        return draft.with_figure_first(action.place) if verb == "first" else draft
    if verb == "add":
        return draft.with_row(group)
    if verb == "remove":
        return draft.without_row(group, action.place)
    if verb in ("up", "down"):
        return draft.with_option_moved(action.place, -1 if verb == "up" else 1)
    return draft


@dataclass(frozen=True, slots=True)
class Shown:
    """For which type and which case the fields on the page were: others may be chosen now."""

    type: str
    case: str


def read_shown(sent: Sent, draft: ItemDraft) -> Shown:
    """What the page showed; a form that does not say showed what it chose."""
    return Shown(sent.get("type_shown", draft.type), sent.get("case_shown", draft.case.choice))


def read_draft(sent: Sent, present: ItemDraft) -> ItemDraft:
    """The draft a form holds; `present` gives what the form does not show."""
    read = _Reader(sent)
    code = present.code if present.based_on else read.word("code")
    return replace(
        present,
        code=code,
        **{name: read.word(name) for name in _WORDS},
        status=read.word("status") or present.status,
        type=read.word("type") or present.type,
        scoring=read.word("scoring"),
        stem=read.text("stem"),
        rule=read.text("rule"),
        options=read.options(),
        keys=read.places("key"),
        truth=read.word("truth"),
        truths=tuple(
            replace(truth, reason=read.text(f"truth-{truth.id}")) for truth in present.truths
        ),
        number=NumberDraft(
            read.word("number"), read.word("tolerance"), sent.get("relative") == "1",
            read.text("unit"),
        ),
        accepted=tuple(
            read.text(f"accepted-{n}") for n in read.rows("accepted-{}_en", MAX_ACCEPTED)
        ),
        premises=read.premises(),
        regions=read.regions(),
        figures=read.figures("figure"),
        case=read.case(),
        based_on=read_number(sent.get("based_on")) or 0 if present.based_on else 0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the groups of rows of a sent form."""

    sent: Sent

    def word(self, name: str) -> str:
        return self.sent.get(name, "").strip()

    def text(self, name: str) -> Text:
        return Text(**{code: self.sent.get(f"{name}_{code}", "") for code in LANGUAGES})

    def rows(self, pattern: str, most: int) -> Iterator[int]:
        """The numbers of the rows that were sent: one more than allowed, so that it is said."""
        return (n for n in range(most + 1) if pattern.format(n) in self.sent)

    def places(self, name: str) -> tuple[int, ...]:
        found = {read_number(value) for value in self.sent.getlist(name)}
        return tuple(sorted(place for place in found if place is not None))

    def options(self) -> tuple[OptionDraft, ...]:
        return tuple(
            OptionDraft(
                self.word(f"option-{n}-id"), self.text(f"option-{n}"), self.text(f"reason-{n}")
            )
            for n in self.rows("option-{}-id", len(LETTERS))
        )

    def premises(self) -> tuple[PremiseDraft, ...]:
        return tuple(
            PremiseDraft(
                self.word(f"premise-{n}-id"), self.text(f"premise-{n}"),
                self.word(f"premise-{n}-match"), self.text(f"premise-{n}-reason"),
            )
            for n in self.rows("premise-{}-id", MAX_PREMISES)
        )  # fmt: skip

    def regions(self) -> tuple[RegionDraft, ...]:
        return tuple(
            RegionDraft(
                self.word(f"region-{n}-id"), self.word(f"region-{n}-shape"),
                self.word(f"region-{n}-coordinates"), f"region-{n}-key" in self.sent,
                self.text(f"region-{n}-label"), self.text(f"region-{n}-reason"),
            )
            for n in self.rows("region-{}-id", MAX_REGIONS)
        )  # fmt: skip

    def figures(self, prefix: str) -> tuple[FigureDraft, ...]:
        return tuple(
            FigureDraft(
                self.word(f"{prefix}-{n}-asset"), self.sent[f"{prefix}-{n}-sha256"],
                self.text(f"{prefix}-{n}-alt"), self.text(f"{prefix}-{n}-caption"),
            )
            for n in self.rows(prefix + "-{}-sha256", MAX_FIGURES)
            if re.fullmatch(r"[0-9a-f]{64}", self.sent[f"{prefix}-{n}-sha256"])
        )  # fmt: skip

    def case(self) -> CaseDraft:
        return CaseDraft(
            choice=self.word("case"),
            id=self.word("case_id"),
            text=self.text("case_text"),
            figures=self.figures("case-figure"),
            irreversible="case_irreversible" in self.sent,
            position=self.word("case_position") or "1",
            change_all="case_all" in self.sent,
        )


# --- what the page carries without showing it ---


def carried(draft: ItemDraft) -> list[tuple[str, str]]:
    """(name, value) of the fields that the type does not show: they stay in the form unseen."""
    found: list[tuple[str, str]] = []
    for group, write in _WRITERS.items():
        if group not in draft.groups:
            found += write(draft)
    if not draft.case.choice:
        found += _case_fields(draft.case)
    return found


def has_unused(draft: ItemDraft) -> bool:
    """Whether something was written that the type does not use; saving leaves it out."""
    no_part = re.compile(r".*-(id|shape|match)|relative|case_position")
    return any(value for name, value in carried(draft) if not no_part.fullmatch(name))


def _texts(name: str, text: Text) -> list[tuple[str, str]]:
    return [(f"{name}_{code}", getattr(text, code)) for code in LANGUAGES]


def _option_fields(draft: ItemDraft) -> list[tuple[str, str]]:
    found = []
    for n, part in enumerate(draft.options):
        found += [(f"option-{n}-id", part.id), *_texts(f"option-{n}", part.text)]
        found += _texts(f"reason-{n}", part.reason)
    return found


def _key_fields(draft: ItemDraft) -> list[tuple[str, str]]:
    return [("key", str(place)) for place in draft.keys]


def _truth_fields(draft: ItemDraft) -> list[tuple[str, str]]:
    found = [("truth", draft.truth)]
    for part in draft.truths:
        found += _texts(f"truth-{part.id}", part.reason)
    return found


def _number_fields(draft: ItemDraft) -> list[tuple[str, str]]:
    number = draft.number
    found = [("number", number.value), ("tolerance", number.tolerance)]
    return [*found, ("relative", "1" if number.relative else "0"), *_texts("unit", number.unit)]


def _accepted_fields(draft: ItemDraft) -> list[tuple[str, str]]:
    return [pair for n, text in enumerate(draft.accepted) for pair in _texts(f"accepted-{n}", text)]


def _premise_fields(draft: ItemDraft) -> list[tuple[str, str]]:
    found = []
    for n, part in enumerate(draft.premises):
        found += [(f"premise-{n}-id", part.id), (f"premise-{n}-match", part.match)]
        found += _texts(f"premise-{n}", part.text) + _texts(f"premise-{n}-reason", part.reason)
    return found


def _region_fields(draft: ItemDraft) -> list[tuple[str, str]]:
    found = []
    for n, part in enumerate(draft.regions):
        found += [(f"region-{n}-id", part.id), (f"region-{n}-shape", part.shape)]
        found += [(f"region-{n}-coordinates", part.coordinates)]
        found += [(f"region-{n}-key", "1")] if part.is_key and part.coordinates else []
        found += _texts(f"region-{n}-label", part.label)
        found += _texts(f"region-{n}-reason", part.reason)
    return found


def _case_fields(case: CaseDraft) -> list[tuple[str, str]]:
    found = [("case_id", case.id), *_texts("case_text", case.text)]
    found += [("case_irreversible", "1")] if case.irreversible else []
    for n, part in enumerate(case.figures):
        name = f"case-figure-{n}"
        found += [(f"{name}-asset", part.asset), (f"{name}-sha256", part.sha256)]
        found += _texts(f"{name}-alt", part.alt) + _texts(f"{name}-caption", part.caption)
    return found if any(value for _, value in found) else []


_WRITERS: dict[str, Callable[[ItemDraft], list[tuple[str, str]]]] = {
    "options": _option_fields,
    "keys": _key_fields,
    "truth": _truth_fields,
    "number": _number_fields,
    "accepted": _accepted_fields,
    "premises": _premise_fields,
    "regions": _region_fields,
}
