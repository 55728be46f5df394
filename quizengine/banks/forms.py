"""What a browser may send about banks: an item as it is being written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from werkzeug.datastructures import MultiDict

from itembank.blueprint import Blueprint
from itembank.errors import ItemBankError
from itembank.item import (
    LANGUAGES,
    MAX_CHOICES,
    MAX_FIGURES,
    MAX_ID,
    NO_TEXT,
    Choice,
    Figure,
    Item,
    Text,
)
from quizengine.banks.service.edit import (
    FieldError,
    check_item,
    check_options,
    check_place,
    check_text,
)

NEW_OPTIONS = 4  # empty options of a new question


def read_number(text: str | None) -> int | None:
    """A small whole number, or None where something else was sent."""
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) else None


@dataclass(frozen=True, slots=True)
class OptionDraft:
    """An option as it is being written."""

    id: str
    text: Text = NO_TEXT
    reason: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class FigureDraft:
    """A picture as it is being described; its bytes are stored already."""

    asset: str
    sha256: str
    alt: Text = NO_TEXT
    caption: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """An item as it is being written: it may still be wrong in every field."""

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
    stem: Text = NO_TEXT
    rule: Text = NO_TEXT
    options: tuple[OptionDraft, ...] = ()
    key: int | None = None  # place of the right option, from 0
    figures: tuple[FigureDraft, ...] = ()
    based_on: int = 0  # the version that is edited; 0 for a new item

    def build(self) -> Item:
        """The item; raises `ItemBankError` where it cannot be one."""
        return Item(
            id=self.code,
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
            choices=tuple(
                Choice(id=part.id, text=part.text, reason=part.reason, is_key=place == self.key)
                for place, part in enumerate(self.options)
            ),
            figures=tuple(
                Figure(asset=part.asset, alt=part.alt, caption=part.caption)
                for part in self.figures
            ),
        )

    def with_option(self) -> ItemDraft:
        """One empty option more, as far as the limit allows."""
        if len(self.options) >= MAX_CHOICES:
            return self
        taken = {part.id for part in self.options}
        free = next(letter for letter in "abcdefghij" if letter not in taken)
        return replace(self, options=(*self.options, OptionDraft(free)))

    def without_option(self, place: int) -> ItemDraft:
        """One option less; the key stays with its option."""
        if not 0 <= place < len(self.options):
            return self
        key = self.key
        if key is not None:
            key = None if key == place else key - (key > place)
        return replace(self, options=self.options[:place] + self.options[place + 1 :], key=key)

    def with_figure(self, figure: FigureDraft) -> ItemDraft:
        """One picture more; the same picture twice is one."""
        if any(part.sha256 == figure.sha256 for part in self.figures):
            return self
        return replace(self, figures=(*self.figures, figure))

    def without_figure(self, place: int) -> ItemDraft:
        """One picture less."""
        return replace(self, figures=self.figures[:place] + self.figures[place + 1 :])


def split_words(text: str) -> tuple[str, ...]:
    """Words parted by commas or white space, each once."""
    return tuple(dict.fromkeys(word for word in re.split(r"[\s,，、;；]+", text) if word))


def new_draft(competency: str = "") -> ItemDraft:
    """An empty question with four options."""
    return ItemDraft(
        competency=competency, options=tuple(OptionDraft(id) for id in "abcdefgh"[:NEW_OPTIONS])
    )


def draft_of(item: Item, assets: dict[str, str], number: int) -> ItemDraft:
    """A stored item version as a draft of the next one."""
    keys = [place for place, choice in enumerate(item.choices) if choice.is_key]
    return ItemDraft(
        code=item.id,
        competency=item.competency,
        sub_topic=item.sub_topic,
        cognitive_level=item.cognitive_level or "",
        difficulty=item.difficulty or "",
        jurisdiction=item.jurisdiction or "",
        reference=item.reference,
        posts=", ".join(item.posts),
        enemies=", ".join(item.enemies),
        status=item.status,
        written=item.written,
        stem=item.stem,
        rule=item.rule,
        options=tuple(OptionDraft(c.id, c.text, c.reason) for c in item.choices),
        key=keys[0] if keys else None,
        figures=tuple(
            FigureDraft(f.asset, assets[f.asset], f.alt, f.caption) for f in item.figures
        ),
        based_on=number,
    )


@dataclass(frozen=True, slots=True)
class Action:
    """Which button was pressed, and for which option or picture."""

    name: str = "save"
    place: int = field(default=-1)


def read_action(sent: MultiDict[str, str]) -> Action:
    """The button that was pressed; Enter in a field saves."""
    found = re.fullmatch(
        r"(add-option|add-picture|remove-option|remove-picture)(?:-([0-9]))?",
        sent.get("action", ""),
    )
    return Action(found[1], int(found[2] or 0)) if found else Action()


def read_draft(sent: MultiDict[str, str], present: ItemDraft) -> ItemDraft:
    """The draft a form holds; `present` gives what the form does not show."""

    def word(name: str) -> str:
        return sent.get(name, "").strip()

    def text(name: str) -> Text:
        return Text(**{language: sent.get(f"{name}_{language}", "") for language in LANGUAGES})

    def pictures() -> tuple[FigureDraft, ...]:
        found = []
        for place in range(MAX_FIGURES + 1):
            sha256 = sent.get(f"figure-{place}-sha256", "")
            if re.fullmatch(r"[0-9a-f]{64}", sha256):
                part = f"figure-{place}"
                found.append(
                    FigureDraft(
                        word(f"{part}-asset"), sha256, text(f"{part}-alt"), text(f"{part}-caption")
                    )
                )
        return tuple(found)

    options = tuple(
        OptionDraft(word(f"option-{place}-id"), text(f"option-{place}"), text(f"reason-{place}"))
        for place in range(MAX_CHOICES + 1)
        if f"option-{place}-id" in sent
    )
    return replace(
        present,
        code=present.code if present.based_on else word("code"),
        **{
            name: word(name)
            for name in (
                "competency", "sub_topic", "cognitive_level", "difficulty", "jurisdiction",
                "reference", "posts", "enemies",
            )
        },
        status=word("status") or present.status,
        stem=text("stem"),
        rule=text("rule"),
        options=options,
        key=read_number(sent.get("key")),
        figures=pictures(),
        based_on=read_number(sent.get("based_on")) or 0 if present.based_on else 0,
    )  # fmt: skip


def check_draft(draft: ItemDraft, blueprint: Blueprint) -> tuple[Item | None, list[FieldError]]:
    """The item a draft says, or every field that keeps it from being one."""
    errors = []
    if not draft.code or len(draft.code) > MAX_ID:
        errors.append(FieldError("code", "item-id-wrong", {"limit": MAX_ID}))
    errors += check_place(blueprint, draft.competency, draft.sub_topic)
    errors += check_text("stem", draft.stem, "stem-missing")
    errors += check_options(
        [part.text for part in draft.options], [part.reason for part in draft.options], draft.key
    )
    errors += check_text("rule", draft.rule)
    for place, part in enumerate(draft.figures):
        errors += check_text(f"figure-{place}-alt", part.alt, "picture-alt")
        errors += check_text(f"figure-{place}-caption", part.caption)
    if errors:
        return None, errors
    try:
        item = draft.build()
    except ItemBankError as error:
        return None, [FieldError("", error.code, error.details)]
    errors += check_item(item)
    return (None if errors else item), errors
