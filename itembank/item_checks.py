"""What an item must be to be shown and scored; one function a type of item."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from itembank.errors import ItemBankError
from itembank.parts import REGION_SHAPES, Numeric, Region, Stimulus
from itembank.texts import UNREADABLE, Text, check_readable

if TYPE_CHECKING:
    from itembank.item import Item

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COGNITIVE_LEVELS = ("K", "A", "E")
DIFFICULTIES = ("easy", "medium", "hard")
JURISDICTIONS = ("CN", "US", "ICRP")
STATUSES = ("draft", "reviewed", "published", "retired")
MIN_CHOICES, MAX_CHOICES = 2, 8
# Fewest and most options of each type that has any.
CHOICE_COUNTS = {
    "single_best": (MIN_CHOICES, MAX_CHOICES),
    "true_false": (2, 2),
    "multiple": (2, 12),
    "select_n": (2, 12),
    "order": (2, 12),
    "matching": (2, len(LETTERS)),
}
# The rules of scoring a type offers; the first is its default. The others have one rule only.
SCORINGS = {
    "multiple": ("all_or_nothing", "partial", "plus_minus"),
    "select_n": ("all_or_nothing", "partial", "plus_minus"),
    "order": ("all_or_nothing", "partial"),
    "matching": ("partial", "all_or_nothing"),
}
MAX_FIGURES = 9
MAX_ACCEPTED, MAX_REGIONS, MAX_PREMISES, MAX_CORNERS, MAX_SET = 50, 50, 26, 100, 50
MAX_ANSWER = 500
MAX_ID = 100
_PART_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")


def check_item(item: Item) -> None:
    """Refuse what could not be shown or scored.

    Raises
    ------
    ItemBankError
        "item-id-wrong", "type-unknown", "stem-missing", "competency-missing", "field-not-for-type",
        "scoring-unknown", "label-unknown", "figure-count", "asset-name-wrong", "text-too-long",
        "text-unreadable"; of options "choice-count", "choice-id-wrong", "duplicate-choice-id",
        "choice-text-missing", "key-count", "true-false-options"; of the other types
        "number-wrong", "tolerance-wrong", "accepted-count", "accepted-empty", "region-count",
        "region-shape", "region-outside", "region-empty", "picture-needed", "premise-count",
        "premise-text-missing", "match-unknown"; of a set "stimulus-empty", "position-wrong".
    """
    where = item.id
    if not item.id or len(item.id) > MAX_ID or item.id != item.id.strip():
        raise ItemBankError("item-id-wrong", where[:MAX_ID], limit=MAX_ID)
    if item.type not in _CHECKS:
        raise ItemBankError("type-unknown", where, value=item.type, allowed=", ".join(_CHECKS))
    if not item.competency:
        raise ItemBankError("competency-missing", where)
    if not item.stem:
        raise ItemBankError("stem-missing", where)
    for text in strings_of(item):
        check_readable(text, where)
    _check_fields(item)
    if item.type in CHOICE_COUNTS:
        _check_choices(item)
    _CHECKS[item.type](item)
    _check_labels(item)
    _check_figures(item)
    if item.stimulus is not None:
        _check_stimulus(item.stimulus, where)


def _check_fields(item: Item) -> None:
    """An item holds what its type uses and nothing else: it would be neither shown nor scored."""
    fields = {
        "options": (bool(item.choices), CHOICE_COUNTS),
        "numeric": (item.numeric is not None, ("numeric",)),
        "accepted": (bool(item.accepted), ("short_text",)),
        "regions": (bool(item.regions), ("hot_spot",)),
        "premises": (bool(item.premises), ("matching",)),
    }
    for field, (is_given, types) in fields.items():
        if is_given and item.type not in types:
            raise ItemBankError("field-not-for-type", item.id, field=field, type=item.type)
    offered = SCORINGS.get(item.type, ())
    if item.scoring and item.scoring not in offered:
        raise ItemBankError(
            "scoring-unknown",
            item.id,
            value=item.scoring,
            type=item.type,
            allowed=", ".join(offered) or "-",
        )


def _check_ids(ids: Sequence[str], where: str) -> None:
    for part_id in ids:
        if not _PART_ID.fullmatch(part_id):
            raise ItemBankError("choice-id-wrong", where, value=part_id)
    if len(set(ids)) != len(ids):
        raise ItemBankError("duplicate-choice-id", where)


def _check_choices(item: Item) -> None:
    where = item.id
    least, most = CHOICE_COUNTS[item.type]
    if not least <= len(item.choices) <= most:
        raise ItemBankError("choice-count", where, count=len(item.choices), least=least, most=most)
    _check_ids([choice.id for choice in item.choices], where)
    for position, choice in enumerate(item.choices):
        if not choice.text:
            raise ItemBankError("choice-text-missing", where, letter=LETTERS[position])


# --- one function a type ---


def _check_single_best(item: Item) -> None:
    if len(item.key) != 1:
        raise ItemBankError("key-count", item.id, count=len(item.key))


def _check_true_false(item: Item) -> None:
    if [choice.id for choice in item.choices] != ["true", "false"]:
        raise ItemBankError("true-false-options", item.id)
    _check_single_best(item)


def _check_several(item: Item) -> None:
    if not item.key:
        raise ItemBankError("key-missing", item.id)


def _check_without_key(item: Item) -> None:
    if item.key:
        raise ItemBankError("field-not-for-type", item.id, field="key", type=item.type)


def _check_numeric(item: Item) -> None:
    numeric = item.numeric or Numeric(value=math.nan, tolerance=0)
    if not math.isfinite(numeric.value):
        raise ItemBankError("number-wrong", item.id)
    if not (math.isfinite(numeric.tolerance) and numeric.tolerance >= 0):
        raise ItemBankError("tolerance-wrong", item.id, value=numeric.tolerance)


def _check_short_text(item: Item) -> None:
    if not 1 <= len(item.accepted) <= MAX_ACCEPTED:
        raise ItemBankError("accepted-count", item.id, count=len(item.accepted), most=MAX_ACCEPTED)
    for answer in item.accepted:
        if not answer:
            raise ItemBankError("accepted-empty", item.id)
        for written in (answer.en, answer.zh):
            if len(written) > MAX_ANSWER:
                raise ItemBankError("text-too-long", item.id, length=len(written), limit=MAX_ANSWER)


def _check_matching(item: Item) -> None:
    _check_without_key(item)
    if not 1 <= len(item.premises) <= MAX_PREMISES:
        raise ItemBankError("premise-count", item.id, count=len(item.premises), most=MAX_PREMISES)
    _check_ids([premise.id for premise in item.premises], item.id)
    known = {choice.id for choice in item.choices}
    for number, premise in enumerate(item.premises, start=1):
        if not premise.text:
            raise ItemBankError("premise-text-missing", item.id, number=number)
        if premise.match not in known:
            raise ItemBankError("match-unknown", item.id, number=number, value=premise.match)


def _check_hot_spot(item: Item) -> None:
    if not item.figures:
        raise ItemBankError("picture-needed", item.id)
    keys = sum(region.is_key for region in item.regions)
    if not keys or len(item.regions) > MAX_REGIONS:
        raise ItemBankError(
            "region-count", item.id, count=len(item.regions), keys=keys, most=MAX_REGIONS
        )
    _check_ids([region.id for region in item.regions], item.id)
    for number, region in enumerate(item.regions, start=1):
        _check_region(region, number, item.id)


def _check_region(region: Region, number: int, where: str) -> None:
    numbers = region.coordinates
    lengths = {
        "rect": (4,),
        "circle": (3, 4),
        "polygon": range(6, 2 * MAX_CORNERS + 1, 2),
    }
    if region.shape not in REGION_SHAPES or len(numbers) not in lengths[region.shape]:
        raise ItemBankError("region-shape", where, number=number, shape=region.shape)
    points = numbers[:2] if region.shape == "circle" else numbers
    # A comparison with "not a number" is false, so it is refused here too.
    if not all(0 <= share <= 1 for share in points):
        raise ItemBankError("region-outside", where, number=number)
    if region.shape == "rect":
        has_area = numbers[0] < numbers[2] and numbers[1] < numbers[3]
    elif region.shape == "circle":
        has_area = all(0 < radius <= 2 for radius in numbers[2:])
    else:
        has_area = polygon_area(numbers) > 0
    if not has_area:
        raise ItemBankError("region-empty", where, number=number)


def polygon_area(numbers: Sequence[float]) -> float:
    """Area of a polygon x1, y1, x2, y2, ... by the shoelace formula."""
    xs, ys = numbers[0::2], numbers[1::2]
    following = [*range(1, len(xs)), 0]
    twice: float = sum(
        xs[i] * ys[j] - xs[j] * ys[i] for i, j in zip(range(len(xs)), following, strict=True)
    )
    return abs(twice) / 2


_CHECKS: dict[str, Callable[[Item], None]] = {
    "single_best": _check_single_best,
    "true_false": _check_true_false,
    "multiple": _check_several,
    "select_n": _check_several,
    "numeric": _check_numeric,
    "short_text": _check_short_text,
    "order": _check_without_key,
    "hot_spot": _check_hot_spot,
    "matching": _check_matching,
}
ITEM_TYPES = tuple(_CHECKS)


# --- what all types share ---


def _check_labels(item: Item) -> None:
    allowed: dict[str, tuple[str | None, ...]] = {
        "cognitive_level": (None, *COGNITIVE_LEVELS),
        "difficulty": (None, *DIFFICULTIES),
        "jurisdiction": (None, *JURISDICTIONS),
        "status": STATUSES,
    }
    for field, values in allowed.items():
        value = getattr(item, field)
        if value not in values:
            names = ", ".join(name for name in values if name)
            raise ItemBankError("label-unknown", item.id, field=field, value=value, allowed=names)


def _check_figures(item: Item) -> None:
    shared = item.stimulus.figures if item.stimulus is not None else ()
    for figures in (item.figures, shared):
        if len(figures) > MAX_FIGURES:
            raise ItemBankError("figure-count", item.id, count=len(figures), most=MAX_FIGURES)
        for figure in figures:
            check_asset_name(figure.asset, item.id)


def _check_stimulus(stimulus: Stimulus, where: str) -> None:
    if not stimulus.id or len(stimulus.id) > MAX_ID or stimulus.id != stimulus.id.strip():
        raise ItemBankError("stimulus-id-wrong", where, limit=MAX_ID)
    if not stimulus.text and not stimulus.figures:
        raise ItemBankError("stimulus-empty", where)
    if not 1 <= stimulus.position <= MAX_SET:
        raise ItemBankError("position-wrong", where, value=stimulus.position, most=MAX_SET)


def check_asset_name(name: str, where: str) -> None:
    """Refuse a file name that could leave the bank's folder or that some system cannot store.

    Raises
    ------
    ItemBankError
        "asset-name-wrong".
    """
    parts = name.split("/")
    if (
        len(name) > 200
        or not name.startswith("figures/")
        or re.search(r'[\\:;|"<>?*]', name)
        or UNREADABLE.search(name)
        or any(part in ("", ".", "..") or part != part.strip() for part in parts)
    ):
        raise ItemBankError("asset-name-wrong", where, value=name[:200])


def texts_of(item: Item) -> list[Text]:
    """Every text of an item, its set's included."""
    texts = [item.stem, item.rule, *item.accepted]
    for choice in item.choices:
        texts += [choice.text, choice.reason]
    for premise in item.premises:
        texts += [premise.text, premise.reason]
    for region in item.regions:
        texts += [region.label, region.reason]
    if item.numeric is not None:
        texts.append(item.numeric.unit)
    figures = item.figures
    if item.stimulus is not None:
        texts.append(item.stimulus.text)
        figures += item.stimulus.figures
    for figure in figures:
        texts += [figure.alt, figure.caption]
    return texts


def strings_of(item: Item) -> Iterator[str]:
    """Every string of an item that a person wrote."""
    for text in texts_of(item):
        yield text.en
        yield text.zh
    yield from (item.id, item.competency, item.sub_topic, item.reference, item.written)
    yield from item.posts
    yield from item.enemies
    if item.stimulus is not None:
        yield item.stimulus.id
