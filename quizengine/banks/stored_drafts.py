"""A stored item version as a draft of the next one."""

from __future__ import annotations

from collections.abc import Mapping

from itembank.item import Figure, Item, Numeric, Region, Stimulus, true_false_choices
from itembank.numbers import write_number
from quizengine.banks.drafts import (
    OLD_CASE,
    CaseDraft,
    FigureDraft,
    ItemDraft,
    NumberDraft,
    PremiseDraft,
    RegionDraft,
    options_of,
)
from quizengine.banks.percentages import write_percent, write_percentages


def draft_of(item: Item, assets: Mapping[str, str], number: int) -> ItemDraft:
    """A stored item version as a draft of the next one."""
    is_truth = item.type == "true_false"
    numeric = item.numeric
    return ItemDraft(
        code=item.id,
        type=item.type,
        scoring=item.scoring,
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
        options=() if is_truth else options_of(item.choices),
        keys=tuple(n for n, c in enumerate(item.choices) if c.is_key and not is_truth),
        truth=next((c.id for c in item.choices if c.is_key and is_truth), ""),
        truths=options_of(item.choices if is_truth else true_false_choices(True)),
        number=draft_of_number(numeric) if numeric is not None else NumberDraft(),
        accepted=item.accepted,
        premises=tuple(PremiseDraft(p.id, p.text, p.match, p.reason) for p in item.premises),
        regions=tuple(
            RegionDraft(
                r.id, r.shape, write_percentages(r.coordinates), r.is_key, r.label, r.reason
            )
            for r in item.regions
        ),
        figures=drafts_of_figures(item.figures, assets),
        case=draft_of_case(item.stimulus, assets) if item.stimulus is not None else CaseDraft(),
        based_on=number,
    )


def draft_of_number(numeric: Numeric) -> NumberDraft:
    """A stored number as it is written in the form."""
    tolerance = (
        write_percent(numeric.tolerance) if numeric.relative else write_number(numeric.tolerance)
    )
    return NumberDraft(write_number(numeric.value), tolerance, numeric.relative, numeric.unit)


def draft_of_region(region: Region) -> RegionDraft:
    """A stored region, its shares in percent."""
    written = write_percentages(region.coordinates)
    return RegionDraft(region.id, region.shape, written, region.is_key, region.label, region.reason)


def drafts_of_figures(
    figures: tuple[Figure, ...], assets: Mapping[str, str]
) -> tuple[FigureDraft, ...]:
    """Stored pictures as they stand in the form."""
    return tuple(FigureDraft(f.asset, assets[f.asset], f.alt, f.caption) for f in figures)


def draft_of_case(case: Stimulus, assets: Mapping[str, str]) -> CaseDraft:
    """The case of a stored item as it stands in the form."""
    return CaseDraft(
        choice=OLD_CASE + case.id,
        id=case.id,
        text=case.text,
        figures=drafts_of_figures(case.figures, assets),
        irreversible=case.irreversible,
        position=str(case.position),
    )
