"""What a figure is: a program that draws it and the words that go with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from itembank.figures.canvas import Pixels

Bank = Literal["radiographer", "sonographer"]
Text = dict[str, str]  # language code ("en", "zh") -> words


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A computed teaching figure.

    `title`, `alt` and `caption` may stand beside an unanswered question: they describe what is
    seen, not what it means. `shows` is for writers and reviewers only, it names the effect.
    """

    name: str
    bank: Bank
    draw: Callable[[], Pixels]
    title: Text
    alt: Text
    caption: Text
    shows: str

    @property
    def asset(self) -> str:
        """Path of the PNG inside its bank's folder."""
        return f"figures/{self.name}.png"


def figure(
    name: str,
    bank: Bank,
    draw: Callable[[], Pixels],
    *,
    title: tuple[str, str],
    alt: tuple[str, str],
    note: tuple[str, str],
    shows: str,
) -> Figure:
    """Build a figure from pairs (English, Chinese); the caption says first: simulated."""
    return Figure(
        name=name,
        bank=bank,
        draw=draw,
        title={"en": title[0], "zh": title[1]},
        alt={"en": alt[0], "zh": alt[1]},
        caption={"en": f"Simulated. {note[0]}", "zh": f"模拟图。{note[1]}"},
        shows=shows,
    )
