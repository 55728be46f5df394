"""The cells of an item in a table, by the names of their columns; `table_types` reads them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from itembank.item import LANGUAGES, LETTERS, Figure, Item, Text
from itembank.numbers import write_number

Cells = dict[str, str]


def column_names(items: Sequence[Item], cells: Sequence[Cells]) -> list[str]:
    """The columns of a table of these items: the usual ones, then those that any item fills."""
    n_choices = max((len(item.choices) for item in items), default=0) or 4
    letters = LETTERS[:n_choices]
    both = [
        "stem",
        *(f"option_{letter}" for letter in letters),
        *(f"reason_{letter}" for letter in letters),
        "rule",
    ]
    labels = ["id", "type", "competency", "sub_topic", "cognitive_level", "difficulty", "answer"]
    texts = [f"{name}_{language}" for name in both for language in LANGUAGES]
    rest = ["reference", "jurisdiction", "posts", "enemies", "status", "written"]
    usual = [*labels, *texts, *rest]
    used = {name: None for row in cells for name, text in row.items() if text}
    more = sorted(used.keys() - set(usual), key=_place)
    figures = [name for name in more if name.startswith("figure_")]
    others = [name for name in more if not name.startswith("figure_")]
    return [*labels, *texts, *figures, *others, *rest]


_FAMILIES = ("scoring", "tolerance", "unit", "accepted", "premise", "match", "region", "stimulus",
             "position", "irreversible", "figure")  # fmt: skip


def _place(name: str) -> tuple[int, int, str]:
    """Columns of one family together, by their numbers."""
    family = next(place for place, start in enumerate(_FAMILIES) if name.startswith(start))
    number = next((int(part) for part in name.split("_") if part.isdecimal()), 0)
    return family, number, name


def cells_of(item: Item) -> Cells:
    """The cells of an item; empty ones may be left out."""
    cells = {
        "id": item.id,
        "type": item.type,
        "competency": item.competency,
        "sub_topic": item.sub_topic,
        "cognitive_level": item.cognitive_level or "",
        "difficulty": item.difficulty or "",
        "scoring": item.scoring,
        "answer": _answer_of(item),
        "reference": item.reference,
        "jurisdiction": item.jurisdiction or "",
        "posts": ";".join(item.posts),
        "enemies": ";".join(item.enemies),
        "status": item.status,
        "written": item.written,
        **_by_language("stem", item.stem),
        **_by_language("rule", item.rule),
    }
    for letter, choice in zip(LETTERS, item.choices, strict=False):
        cells |= _by_language(f"option_{letter}", choice.text)
        cells |= _by_language(f"reason_{letter}", choice.reason)
    cells |= _figures_of("figure", item.figures)
    if item.type in _CELLS:
        cells |= _CELLS[item.type](item)
    return cells | _stimulus_of(item)


def _answer_of(item: Item) -> str:
    if item.type == "order":
        return LETTERS[: len(item.choices)]  # they stand in the right order
    lettered = zip(LETTERS, item.choices, strict=False)
    return "".join(letter for letter, choice in lettered if choice.is_key)


def _by_language(name: str, text: Text) -> Cells:
    return {f"{name}_{language}": getattr(text, language) for language in LANGUAGES}


def _figures_of(family: str, figures: Sequence[Figure]) -> Cells:
    cells: Cells = {}
    for number, figure in enumerate(figures, start=1):
        cells[f"{family}_{number}"] = figure.asset
        cells |= _by_language(f"{family}_{number}_alt", figure.alt)
        cells |= _by_language(f"{family}_{number}_caption", figure.caption)
    return cells


# --- one function a type ---


def _numeric_cells(item: Item) -> Cells:
    numeric = item.numeric
    if numeric is None:
        return {}
    tolerance = write_number(numeric.tolerance)
    if numeric.relative:  # in percent, by decimals, so that it reads back exactly
        tolerance = f"{Decimal(repr(numeric.tolerance)).scaleb(2)}%"
    return {
        "answer": write_number(numeric.value),
        "tolerance": tolerance,
        **_by_language("unit", numeric.unit),
    }


def _short_text_cells(item: Item) -> Cells:
    cells: Cells = {}
    for number, answer in enumerate(item.accepted, start=1):
        cells |= _by_language(f"accepted_{number}", answer)
    return cells


def _matching_cells(item: Item) -> Cells:
    cells: Cells = {}
    letter_of = {choice.id: letter for letter, choice in zip(LETTERS, item.choices, strict=False)}
    for number, premise in enumerate(item.premises, start=1):
        cells |= _by_language(f"premise_{number}", premise.text)
        cells |= _by_language(f"premise_reason_{number}", premise.reason)
        cells[f"match_{number}"] = letter_of[premise.match]
    return cells


def _hot_spot_cells(item: Item) -> Cells:
    cells: Cells = {}
    for number, region in enumerate(item.regions, start=1):
        shares = ",".join(write_number(share) for share in region.coordinates)
        key = "key " if region.is_key else ""
        cells[f"region_{number}"] = f"{key}{region.shape} {shares}"
        cells |= _by_language(f"region_label_{number}", region.label)
        cells |= _by_language(f"region_reason_{number}", region.reason)
    return cells


_CELLS: dict[str, Callable[[Item], Cells]] = {
    "numeric": _numeric_cells,
    "short_text": _short_text_cells,
    "matching": _matching_cells,
    "hot_spot": _hot_spot_cells,
}


def _stimulus_of(item: Item) -> Cells:
    stimulus = item.stimulus
    if stimulus is None:
        return {}
    return {
        "stimulus_id": stimulus.id,
        "position": str(stimulus.position),
        "irreversible": "yes" if stimulus.irreversible else "",
        **_by_language("stimulus", stimulus.text),
        **_figures_of("stimulus_figure", stimulus.figures),
    }
