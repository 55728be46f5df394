"""Use cases of standards: which one holds, adopting one, deciding against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.decisions import decide
from quizengine.audit import record
from quizengine.banks.service.store import blueprint_of, get_bank
from quizengine.errors import InvalidInput
from quizengine.exams.engine import overall_ability, weights_of_codes
from quizengine.exams.service.review import SittingResult
from quizengine.standards.tables import Standard

TIERS = ("T1", "T2", "T3")
METHODS = ("modified-angoff", "bookmark", "contrasting-groups", "stated")
# Stated by us, in logits, until a panel has sat; every page that uses them says so.
PROVISIONAL_CUTS = {"T1": -0.5, "T2": 0.3, "T3": 1.0}
ENOUGH_ANSWERS = 4  # fewer in a competency decide nothing there
SMALLEST_PANEL = 5


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut score and its standard error, in logits."""

    cut: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class CurrentStandard:
    """The standard that holds at one time; `id` is None for the provisional default."""

    id: int | None
    tier: str
    provisional: bool
    cuts: Mapping[str, Cut]
    overall: Cut
    method: str
    panel: Mapping[str, Any]
    effective_from: datetime | None
    adopted_by: int | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A level against its cut. `verdict`: above, below, close or not_enough."""

    code: str  # of the competency; "" for the whole
    theta: float
    standard_error: float
    cut: Cut
    n_items: int
    verdict: str
    probability_above: float


@dataclass(frozen=True, slots=True)
class SittingDecision:
    """All decisions about a sitting."""

    competencies: tuple[Decided, ...]
    overall: Decided


def current_standard(
    session: Session, *, bank_id: int, tier: str = "T2", at: datetime
) -> CurrentStandard:
    """The standard of a tier that holds at a time; the provisional default when none was adopted.

    Raises
    ------
    InvalidInput
        "tier-unknown".
    """
    if tier not in TIERS:
        raise InvalidInput("tier-unknown", tier=tier)
    row = session.scalar(
        select(Standard)
        .where(Standard.bank_id == bank_id, Standard.tier == tier, Standard.effective_from <= at)
        .order_by(Standard.effective_from.desc(), Standard.id.desc())
        .limit(1)
    )
    return _of_row(row) if row is not None else _provisional(session, bank_id, tier)


def _of_row(row: Standard) -> CurrentStandard:
    return CurrentStandard(
        id=row.id,
        tier=row.tier,
        provisional=False,
        cuts={code: Cut(**values) for code, values in row.cuts.items()},
        overall=Cut(**row.overall),
        method=row.method,
        panel=row.panel,
        effective_from=row.effective_from,
        adopted_by=row.adopted_by,
    )


def _provisional(session: Session, bank_id: int, tier: str) -> CurrentStandard:
    cut = Cut(PROVISIONAL_CUTS[tier], 0.0)
    codes = blueprint_of(get_bank(session, bank_id)).competency_codes
    return CurrentStandard(
        None, tier, True, dict.fromkeys(codes, cut), cut, "stated", {}, None, None
    )


def list_standards(session: Session, *, bank_id: int) -> Sequence[Standard]:
    """All adopted standards of a bank, newest first."""
    return session.scalars(
        select(Standard).where(Standard.bank_id == bank_id).order_by(Standard.id.desc())
    ).all()


def adopt_standard(
    session: Session,
    *,
    bank_id: int,
    organisation_id: int,
    account_id: int,
    tier: str,
    method: str,
    cuts: Mapping[str, Cut],
    overall: Cut,
    panel: Mapping[str, Any],
    effective_from: datetime,
    now: datetime,
) -> int:
    """Adopt a panel's cut scores; returns the standard's id. What was adopted never changes.

    Parameters
    ----------
    panel : "school" and "hospital" (numbers of judges), "rounds", "note"; "simulated" when no
        panel has sat: every page then says that the cuts were made up.
    effective_from : not before today, so that no earlier result changes.

    Raises
    ------
    NotFound
        "bank".
    InvalidInput
        "tier-unknown", "method-unknown", "cut-missing", "cut-out-of-range", "panel-too-small",
        "effective-in-the-past".
    """
    bank = get_bank(session, bank_id, organisation_id=organisation_id)
    _check_adoption(tier, method, panel, effective_from, now)
    codes = blueprint_of(bank).competency_codes
    for code in codes:
        if code not in cuts:
            raise InvalidInput("cut-missing", competency=code)
    for code, cut in [*((code, cuts[code]) for code in codes), ("overall", overall)]:
        if not (-4 <= cut.cut <= 4 and 0 <= cut.standard_error <= 2):
            raise InvalidInput("cut-out-of-range", competency=code)
    before = current_standard(session, bank_id=bank_id, tier=tier, at=now)
    row = Standard(
        organisation_id=organisation_id,
        bank_id=bank_id,
        tier=tier,
        method=method,
        cuts={code: _plain(cuts[code]) for code in codes},
        overall=_plain(overall),
        panel=dict(panel),
        effective_from=effective_from,
        adopted_by=account_id,
        adopted_at=now,
    )
    session.add(row)
    session.flush()
    record(
        session,
        action="standard-adopted",
        subject="standard",
        subject_id=row.id,
        organisation_id=organisation_id,
        account_id=account_id,
        before={"standard": before.id, "overall": _plain(before.overall)},
        after={"bank": bank_id, "tier": tier, "method": method, "overall": row.overall},
        now=now,
    )
    return row.id


def _plain(cut: Cut) -> dict[str, float]:
    return {"cut": cut.cut, "standard_error": cut.standard_error}


def _check_adoption(
    tier: str, method: str, panel: Mapping[str, Any], effective_from: datetime, now: datetime
) -> None:
    if tier not in TIERS:
        raise InvalidInput("tier-unknown", tier=tier)
    if method not in METHODS:
        raise InvalidInput("method-unknown")
    if int(panel.get("school", 0)) + int(panel.get("hospital", 0)) < SMALLEST_PANEL:
        raise InvalidInput("panel-too-small")
    if effective_from < now.replace(hour=0, minute=0, second=0, microsecond=0):
        raise InvalidInput("effective-in-the-past")


def decide_sitting(result: SittingResult, standard: CurrentStandard) -> SittingDecision:
    """Every competency of the blueprint, and the whole, against the standard."""
    errors = result.profile.standard_error
    rows = [
        _decide(
            code,
            float(result.profile.mean[area]),
            float(errors[area]),
            standard.cuts[code],
            result.counts[area],
        )
        for area, code in enumerate(result.competency_codes)
        if result.rules.weights.get(code)
    ]
    weights = weights_of_codes(result.competency_codes, result.rules)
    theta, error = overall_ability(result.profile, weights)
    whole = _decide("", theta, error, standard.overall, sum(result.counts))
    return SittingDecision(tuple(rows), whole)


_VERDICTS = {"above": "above", "below": "below", "too-close": "close", "not-enough": "not_enough"}


def _decide(code: str, theta: float, error: float, cut: Cut, n_items: int) -> Decided:
    decision = decide(
        theta,
        error,
        cut.cut,
        cut.standard_error,
        n_items=n_items,
        minimum_items=ENOUGH_ANSWERS,
    )
    return Decided(
        code,
        theta,
        error,
        cut,
        n_items,
        _VERDICTS[decision.verdict],
        decision.probability_above,
    )
