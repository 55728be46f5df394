"""What a browser may send about calibrations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quizengine.calibration.service.compare import FLAGS, ComparedItem, Comparison

ORDERS = ("code", "old", "new", "change", "slope", "answers")
ROWS = 40  # items on one page


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """Which items of a result are listed, and in which order; a wrong word counts as none."""

    competency: str = ""
    flag: str = ""
    order: str = "code"
    descending: bool = False
    page: int = 1

    def pick(self, found: Comparison) -> tuple[ComparedItem, ...]:
        """The chosen items in order; those kept have no change, so they follow the fitted ones."""
        chosen = [
            item
            for item in found.items
            if (not self.competency or item.competency == self.competency)
            and (not self.flag or self.flag in item.flags)
        ]
        chosen.sort(key=lambda item: item.code)
        if self.order == "code":
            return tuple(reversed(chosen)) if self.descending else tuple(chosen)
        sizes = {
            "old": lambda item: item.old_b,
            "new": lambda item: item.new_b,
            "change": lambda item: abs(item.change),
            "slope": lambda item: item.new_a,
            "answers": lambda item: item.n_responses,
        }
        chosen.sort(key=sizes[self.order], reverse=self.descending)
        return tuple(sorted(chosen, key=lambda item: not item.fitted))

    def query(self, **changes: object) -> dict[str, object]:
        """The arguments of an address that shows this choice, some of them changed."""
        values: dict[str, object] = {
            "competency": self.competency,
            "show": self.flag,
            "order": self.order,
            "down": "1" if self.descending else "",
            "page": self.page if self.page > 1 else "",
            **changes,
        }
        return {name: value for name, value in values.items() if value}


def read_item_choice(sent: Mapping[str, str], competencies: Sequence[str]) -> ItemChoice:
    """The choice in an address."""
    order, page = sent.get("order", ""), sent.get("page", "")
    return ItemChoice(
        competency=_one_of(sent.get("competency", ""), competencies),
        flag=_one_of(sent.get("show", ""), FLAGS),
        order=_one_of(order, ORDERS) or "code",
        descending=sent.get("down") == "1",
        page=int(page) if page.isascii() and page.isdigit() and 0 < len(page) < 5 else 1,
    )


def _one_of(word: str, allowed: Sequence[str]) -> str:
    return word if word in allowed else ""
