"""What the page of a question shows beyond its stem: the controls, and why an answer was right.

One place for every item type, used by sittings, explanations, previews and the review of items.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from itembank.item import Item, Text
from itembank.numbers import write_number
from itembank.parts import Region
from itembank.response import response_words
from itembank.scoring import key_response
from quizengine.markup import to_html, to_inline_html

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHOOSING = ("single_best", "true_false", "multiple", "select_n")
AssetUrl = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Writer:
    """Texts of one item as HTML, in one language, with its pictures."""

    language: str
    assets: Mapping[str, str]
    url: AssetUrl

    def block(self, text: Text) -> Markup:
        """With paragraphs around; empty for no text."""
        return to_html(text.get(self.language), self.assets, self.url) if text else Markup()

    def inline(self, text: Text) -> Markup:
        """Without a paragraph around."""
        return self.markdown_inline(text.get(self.language))

    def markdown(self, text: str) -> Markup:
        """A part of a text."""
        return to_html(text, self.assets, self.url)

    def markdown_inline(self, text: str) -> Markup:
        """A part of a text, without a paragraph around."""
        return to_inline_html(text, self.assets, self.url) if text else Markup()


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """An option with its reason, as the explanation of an answer lists it."""

    letter: str
    html: Markup
    reason: Markup
    right: bool
    chosen: bool


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """An option of an ordered list: its right place, and the place it was given."""

    right: int
    given: int | None
    html: Markup
    reason: Markup


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A premise, its option and the one it was given."""

    html: Markup
    right: str
    given: str
    is_right: bool
    reason: Markup


@dataclass(frozen=True, slots=True)
class Mark:
    """A region of a picture as SVG in a box of 1000 by 1000, with its words."""

    shape: str
    coordinates: tuple[float, ...]  # thousandths
    right: bool
    label: Markup
    reason: Markup

    @property
    def points(self) -> str:
        """Corners of a polygon, as SVG writes them."""
        at = self.coordinates
        return " ".join(f"{x:g},{y:g}" for x, y in zip(at[::2], at[1::2], strict=True))


def has_films(item: Item) -> bool:
    """Whether pictures stand beside the question; that of a hot spot stands with its controls."""
    own = len(item.figures) - (item.type == "hot_spot")
    return own > 0 or (item.stimulus is not None and bool(item.stimulus.figures))


def option_pairs(item: Item, write: Writer) -> list[tuple[str, Markup]]:
    """(id, HTML) of the options in their order."""
    return [(choice.id, write.inline(choice.text)) for choice in item.choices]


def reason_rows(item: Item, response: str, write: Writer) -> list[ReasonRow]:
    """The options with their reasons: the keys first, then what was chosen, then the others."""
    chosen = set(response.split())
    rows = [
        ReasonRow(
            letter=LETTERS[position],
            html=write.inline(choice.text),
            reason=write.block(choice.reason),
            right=choice.is_key,
            chosen=choice.id in chosen,
        )
        for position, choice in enumerate(item.choices)
    ]
    return sorted(rows, key=lambda row: (not row.right, not row.chosen))


def place_rows(item: Item, response: str, write: Writer) -> list[PlaceRow]:
    """The right order, with the place each option was given."""
    given = response.split()
    return [
        PlaceRow(
            right=place,
            given=given.index(choice.id) + 1 if choice.id in given else None,
            html=write.inline(choice.text),
            reason=write.block(choice.reason),
        )
        for place, choice in enumerate(item.choices, start=1)
    ]


def match_rows(item: Item, response: str, write: Writer) -> list[MatchRow]:
    """Every premise with its option and the one it was given, as letters."""
    letters = {choice.id: LETTERS[place] for place, choice in enumerate(item.choices)}
    given = dict(pair.split("=", 1) for pair in response.split())
    return [
        MatchRow(
            html=write.inline(premise.text),
            right=letters[premise.match],
            given=letters.get(given.get(premise.id, ""), ""),
            is_right=given.get(premise.id) == premise.match,
            reason=write.block(premise.reason),
        )
        for premise in item.premises
    ]


def marks(item: Item, write: Writer) -> list[Mark]:
    """The regions of a picture, those that are right first."""
    rows = [
        Mark(
            shape=region.shape,
            coordinates=tuple(1000 * share for share in _round(region)),
            right=region.is_key,
            label=write.inline(region.label) if region.label else Markup(),
            reason=write.block(region.reason),
        )
        for region in item.regions
    ]
    return sorted(rows, key=lambda row: not row.right)


def outlines(
    shapes: Sequence[tuple[str, tuple[float, ...], bool]],
) -> list[tuple[int, Mark]]:
    """(number from 1, mark) of regions that are being drawn, as far as they have their numbers.

    Parameters
    ----------
    shapes : of each region its shape, its coordinates in shares, and whether it is right.
    """
    found = []
    for number, (shape, shares, right) in enumerate(shapes, start=1):
        count, least = len(shares), {"rect": 4, "circle": 3, "polygon": 6}.get(shape)
        if least is None or count < least or (count % 2 and shape != "circle"):
            continue
        shares = shares if shape == "polygon" else shares[:4]
        full = (*shares, shares[2]) if shape == "circle" and count == 3 else shares
        place = tuple(1000 * share for share in full)
        found.append((number, Mark(shape, place, right, Markup(), Markup())))
    return found


def _round(region: Region) -> tuple[float, ...]:
    """A circle with both its radii."""
    at = region.coordinates
    return (*at, at[2]) if region.shape == "circle" and len(at) == 3 else at


def with_shares(values: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """A point on a picture, which the page asks for in percent, as shares of its size.

    What is no number stays as it is: whoever reads the point says so.
    """
    out = dict(values)
    for percent, share in (("across", "x"), ("down", "y")):
        written = next(iter(out.pop(percent, ())), "").strip().replace(",", ".")
        try:
            out[share] = [f"{float(written) / 100:.6f}"]
        except ValueError:
            if written:
                out[share] = [written]
    return out


def key_words(item: Item, language: str) -> str:
    """What is right, as a person reads it; of a number also how far off it may be."""
    words = response_words(item, key_response(item), language)
    if item.numeric is None or not item.numeric.tolerance:
        return words
    share = item.numeric.relative
    width = f"{write_number(100 * item.numeric.tolerance)} %" if share else ""
    return f"{words} (± {width or write_number(item.numeric.tolerance)})"
