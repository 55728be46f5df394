"""Everything that keeps a draft from being an item, each at the field where it is put right."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from itembank.blueprint import Blueprint
from itembank.errors import ItemBankError
from itembank.item import CHOICE_COUNTS, ITEM_TYPES, LETTERS, MAX_ID, Item
from itembank.item_checks import (
    MAX_ACCEPTED,
    MAX_CORNERS,
    MAX_PREMISES,
    MAX_REGIONS,
    MAX_SET,
    polygon_area,
)
from itembank.numbers import read_number as read_quantity
from quizengine.banks.drafts import (
    NEW_CASE,
    FigureDraft,
    ItemDraft,
    RegionDraft,
)
from quizengine.banks.percentages import read_percent, read_percentages
from quizengine.banks.service.edit import FieldError, check_item, check_place, check_text

Found = Iterator[FieldError]
_EXAMPLES = {
    "rect": "10, 20, 40, 60",
    "circle": "50, 40, 8",
    "polygon": "10, 10, 40, 10, 25, 30",
}


def check_draft(
    draft: ItemDraft, blueprint: Blueprint, case_ids: Collection[str] = ()
) -> tuple[Item | None, list[FieldError]]:
    """The item a draft says, or every field that keeps it from being one.

    Parameters
    ----------
    case_ids : ids of the sets that the bank has, which a new case cannot take.
    """
    errors = []
    if not draft.code or len(draft.code) > MAX_ID:
        errors.append(FieldError("code", "item-id-wrong", {"limit": MAX_ID}))
    errors += check_place(blueprint, draft.competency, draft.sub_topic)
    if draft.type not in ITEM_TYPES:
        details = {"value": draft.type[:MAX_ID], "allowed": ", ".join(ITEM_TYPES)}
        errors.append(FieldError("type", "type-unknown", details))
    errors += _check_case(draft, case_ids)
    errors += check_text("stem", draft.stem, "stem-missing")
    if draft.type == "hot_spot" and not draft.figures:
        errors.append(FieldError("picture", "picture-needed"))
    for group in draft.groups:
        errors += _CHECKS[group](draft)
    errors += check_text("rule", draft.rule)
    errors += _check_figures("figure", draft.figures)
    errors += _check_names(draft)
    if errors:
        return None, errors
    try:
        item = draft.build()
    except ItemBankError as error:
        field = _FIELDS.get(error.code, "")
        return None, [FieldError(field, error.code, error.details)]
    errors += check_item(item)
    return (None if errors else item), errors


# Where the page has no field of its own, the sentence stands above the form.
_FIELDS = {"scoring-unknown": "scoring", "type-unknown": "type", "choice-count": "options"}


def _check_figures(prefix: str, figures: tuple[FigureDraft, ...]) -> Found:
    for place, part in enumerate(figures):
        yield from check_text(f"{prefix}-{place}-alt", part.alt, "picture-alt")
        yield from check_text(f"{prefix}-{place}-caption", part.caption)


def _check_names(draft: ItemDraft) -> Found:
    """One name is one picture: of the case and of the question, too."""
    for place, part in enumerate(draft.figures):
        if draft.assets[part.asset] != part.sha256:
            yield FieldError(f"figure-{place}-alt_en", "figure-name-taken", {"name": part.asset})


def _check_case(draft: ItemDraft, case_ids: Collection[str]) -> Found:
    case = draft.case
    if not case.choice:
        return
    if case.choice == NEW_CASE:
        if not case.id or len(case.id) > MAX_ID:
            yield FieldError("case_id", "stimulus-id-wrong", {"limit": MAX_ID})
        elif case.id in case_ids:
            yield FieldError("case_id", "case-id-taken", {"id": case.id})
    elif case.name not in case_ids:
        yield FieldError("case", "case-unknown", {"id": case.name[:MAX_ID]})
    built = case.build()
    if built is not None and not 1 <= built.position <= MAX_SET:
        details = {"value": case.position[:20], "most": MAX_SET}
        yield FieldError("case_position", "position-wrong", details)
    if not case.text and not case.figures:
        yield FieldError("case_text_en", "stimulus-empty")
    yield from check_text("case_text", case.text)
    yield from _check_figures("case-figure", case.figures)


# --- the parts that only some types have ---


def _check_options(draft: ItemDraft) -> Found:
    least, most = CHOICE_COUNTS[draft.type]
    if not least <= len(draft.options) <= most:
        details = {"count": len(draft.options), "least": least, "most": most}
        yield FieldError("options", "choice-count", details)
    for place, part in enumerate(draft.options):
        letter = LETTERS[min(place, len(LETTERS) - 1)]
        yield from check_text(f"option-{place}", part.text, "choice-text-missing", letter=letter)
        yield from check_text(f"reason-{place}", part.reason)


def _check_keys(draft: ItemDraft) -> Found:
    keys = [place for place in draft.keys if place < len(draft.options)]
    if draft.type == "single_best" and len(keys) != 1:
        yield FieldError("key", "choose-key")
    elif not keys:
        yield FieldError("key", "key-missing")


def _check_truth(draft: ItemDraft) -> Found:
    if draft.truth not in ("true", "false"):
        yield FieldError("truth", "choose-truth")
    for part in draft.truths:
        yield from check_text(f"truth-{part.id}", part.reason)


def _check_number(draft: ItemDraft) -> Found:
    number = draft.number
    if not number.value:
        yield FieldError("number", "number-wrong")
    else:
        yield from _readable("number", lambda: read_quantity(number.value, number.unit))
    yield from check_text("unit", number.unit)
    if not number.tolerance:
        return
    if number.relative:
        wrong = list(_readable("tolerance", lambda: read_percent(number.tolerance)))
    else:
        wrong = list(_readable("tolerance", lambda: read_quantity(number.tolerance, number.unit)))
    if not wrong and number.tolerance.startswith(("-", "−")):
        wrong = [FieldError("tolerance", "tolerance-wrong", {"value": number.tolerance[:40]})]
    yield from wrong


def _readable(field: str, read: Callable[[], object]) -> Found:
    try:
        read()
    except ItemBankError as error:
        yield FieldError(field, error.code, error.details)


def _check_accepted(draft: ItemDraft) -> Found:
    count = sum(map(bool, draft.accepted))
    if not 1 <= count <= MAX_ACCEPTED:
        yield FieldError("accepted", "accepted-count", {"count": count, "most": MAX_ACCEPTED})
    for place, text in enumerate(draft.accepted):
        yield from check_text(f"accepted-{place}", text)


def _check_premises(draft: ItemDraft) -> Found:
    if not 1 <= len(draft.premises) <= MAX_PREMISES:
        details = {"count": len(draft.premises), "most": MAX_PREMISES}
        yield FieldError("premises", "premise-count", details)
    known = {option.id for option in draft.options}
    for place, part in enumerate(draft.premises):
        name = f"premise-{place}"
        yield from check_text(name, part.text, "premise-text-missing", number=place + 1)
        if part.match not in known:
            yield FieldError(f"{name}-match", "choose-match", {"number": place + 1})
        yield from check_text(f"{name}-reason", part.reason)


def _check_regions(draft: ItemDraft) -> Found:
    keys = sum(region.is_key for region in draft.regions)
    if not keys or len(draft.regions) > MAX_REGIONS:
        details = {"count": len(draft.regions), "keys": keys, "most": MAX_REGIONS}
        yield FieldError("regions", "region-count", details)
    for place, region in enumerate(draft.regions):
        yield from _check_region(region, place)
        yield from check_text(f"region-{place}-label", region.label)
        yield from check_text(f"region-{place}-reason", region.reason)


def _check_region(region: RegionDraft, place: int) -> Found:
    field, number = f"region-{place}-coordinates", place + 1
    if region.shape not in _EXAMPLES:
        details = {"number": number, "shape": region.shape[:20]}
        yield FieldError(f"region-{place}-shape", "region-shape", details)
        return
    try:
        shares = read_percentages(region.coordinates)
    except ItemBankError as error:
        yield FieldError(field, error.code, error.details)
        return
    lengths = {"rect": (4,), "circle": (3, 4), "polygon": range(6, 2 * MAX_CORNERS + 1, 2)}
    if len(shares) not in lengths[region.shape]:
        details = {"number": number, "count": len(shares), "example": _EXAMPLES[region.shape]}
        yield FieldError(field, f"region-{region.shape}", details)
        return
    points = shares[:2] if region.shape == "circle" else shares
    if not all(0 <= share <= 1 for share in points):
        yield FieldError(field, "region-percent", {"number": number})
    elif not _has_area(region.shape, shares):
        yield FieldError(field, "region-empty", {"number": number})


def _has_area(shape: str, shares: tuple[float, ...]) -> bool:
    if shape == "rect":
        return shares[0] < shares[2] and shares[1] < shares[3]
    if shape == "circle":
        return all(0 < radius <= 2 for radius in shares[2:])
    return polygon_area(shares) > 0


_CHECKS: dict[str, Callable[[ItemDraft], Found]] = {
    "options": _check_options,
    "keys": _check_keys,
    "truth": _check_truth,
    "number": _check_number,
    "accepted": _check_accepted,
    "premises": _check_premises,
    "regions": _check_regions,
}
