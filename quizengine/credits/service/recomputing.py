"""Computing a claim again from what it froze, and comparing every digit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.credits.computing import compute_report, figures
from quizengine.credits.service.reports import claim_number
from quizengine.credits.tables import Claim


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a report, as stored and as computed now; "" where one has none."""

    place: str
    stored: str
    computed: str

    @property
    def is_equal(self) -> bool:
        return self.stored == self.computed


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A claim's report computed again."""

    claim_id: int
    number: str
    figures: tuple[Figure, ...]

    @property
    def differences(self) -> tuple[Figure, ...]:
        return tuple(figure for figure in self.figures if not figure.is_equal)

    @property
    def is_equal(self) -> bool:
        return not self.differences


def recompute(claim: Claim) -> Recomputed:
    """Profile, decisions and proposed awards from the frozen inputs alone.

    Items, parameters, cuts and rules of today are not read at all.
    """
    stored, computed = figures(claim.report), figures(compute_report(claim.frozen))
    places = sorted(stored.keys() | computed.keys())
    return Recomputed(
        claim.id,
        claim_number(claim),
        tuple(Figure(place, stored.get(place, ""), computed.get(place, "")) for place in places),
    )


def claim_ids(session: Session) -> list[int]:
    """All claims, of every organisation and in every state."""
    return list(session.scalars(select(Claim.id).order_by(Claim.id)))
