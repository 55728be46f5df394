"""What a sitting is evidence of: everything a claim freezes, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.parameters import ItemParameters
from quizengine.accounts.tables import Account
from quizengine.banks.service.store import get_bank, names_of
from quizengine.banks.tables import Bank, ItemVersion, ParameterSet
from quizengine.credits.awards import Recognised
from quizengine.credits.computing import FORMAT, compute_report
from quizengine.credits.rules import CreditRules, Rule
from quizengine.credits.tables import Award, Claim, RuleSet
from quizengine.exams.engine import Engine, engine_for, log_of
from quizengine.exams.tables import Exam, Room, RoomEntry, Sitting
from quizengine.standards.service import CurrentStandard, current_standard

CLOSED = ("refused", "withdrawn")  # such a claim leaves its evidence free again


@dataclass(frozen=True, slots=True)
class Flag:
    """What keeps a sitting from supporting a claim."""

    code: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A finished sitting held against a rule; without flags it can be claimed."""

    sitting_id: int
    rule: Rule
    rule_set_id: int
    rule_set_number: int
    frozen: Mapping[str, Any]
    computed: Mapping[str, Any]
    flags: tuple[Flag, ...]


def evidence_parts(sitting_id: int, rule: Rule) -> list[str]:
    """What a claim uses up: the result of each competency in a sitting."""
    return [f"sitting:{sitting_id}:{code}" for code in sorted(rule.competencies)]


def evidence_name(parts: Iterable[str]) -> str:
    """The parts as the claim's row keeps them."""
    return "+".join(sorted(parts))


def evidence_of(name: str) -> frozenset[str]:
    """The parts of what `evidence_name` wrote."""
    return frozenset(name.split("+"))


def used_evidence(session: Session, student_id: int, *, but: int | None = None) -> frozenset[str]:
    """All evidence of a student's claims that are open or approved, but for one claim."""
    names = session.scalars(
        select(Claim.evidence).where(
            Claim.student_id == student_id, Claim.state.not_in(CLOSED), Claim.id != (but or 0)
        )
    )
    return frozenset().union(*(evidence_of(name) for name in names))


def recognised_credits(session: Session, student_id: int) -> list[Recognised]:
    """Credits a student has been awarded, as the rules count them."""
    rows = session.execute(
        select(Award.course, Award.credits_tenths, Claim.rule, Claim.evidence, RuleSet.content)
        .join(Claim, Claim.id == Award.claim_id)
        .join(RuleSet, RuleSet.id == Claim.rule_set_id)
        .where(Award.student_id == student_id)
        .order_by(Award.claim_id, Award.course)
    ).all()
    return [
        Recognised(course, credits, _family(content, rule), evidence_of(evidence))
        for course, credits, rule, evidence, content in rows
    ]


def _family(content: Mapping[str, Any], rule_id: str) -> str:
    return next(str(rule["family"]) for rule in content["rules"] if rule["id"] == rule_id)


def build_case(
    session: Session, sitting: Sitting, rule_set: RuleSet, rules: CreditRules, rule: Rule
) -> Case:
    """Hold a finished sitting against a rule."""
    exam = session.get_one(Exam, sitting.exam_id)
    bank = get_bank(session, exam.bank_id)
    standard = current_standard(session, bank_id=bank.id, tier=rule.tier, at=sitting.started_at)
    room = session.get(Room, sitting.room_id) if sitting.room_id is not None else None
    frozen = _freeze(session, sitting, exam, bank, room, standard)
    frozen |= {
        "credit_rules": rules.only(rule.id).to_json(),
        "credit_rules_number": rule_set.number,
        "rule": rule.id,
        "evidence": evidence_parts(sitting.id, rule),
        "recognised": [
            {
                "course": one.course,
                "credits": one.credits,
                "family": one.family,
                "evidence": sorted(one.evidence),
            }
            for one in recognised_credits(session, sitting.student_id)
        ],
    }
    computed = compute_report(frozen)
    flags = _flags(session, sitting, exam, room, rule, frozen, computed)
    return Case(sitting.id, rule, rule_set.id, rule_set.number, frozen, computed, tuple(flags))


def _freeze(
    session: Session,
    sitting: Sitting,
    exam: Exam,
    bank: Bank,
    room: Room | None,
    standard: CurrentStandard,
) -> dict[str, Any]:
    engine = engine_for(session, sitting.parameter_set_id)
    names = names_of(session, bank.id)
    codes = list(engine.table.competency_codes)
    return {
        "format": FORMAT,
        "sitting": {
            "id": sitting.id,
            "exam_id": exam.id,
            "title": exam.title,
            "mode": exam.mode,
            "profile": exam.profile,
            "started_at": sitting.started_at.isoformat(),
            "finished_at": sitting.finished_at.isoformat() if sitting.finished_at else None,
            "stop_reason": sitting.stop_reason or "",
            "simulated": sitting.simulated,
            "room": room.title if room else "",
            "irregularities": _kinds(irregularities_of(session, sitting)),
        },
        "bank": {"code": bank.code, "name": bank.name},
        "competencies": codes,
        "names": {code: names.get(code, {"en": code, "zh": code}) for code in codes},
        "weights": {code: float(sitting.rules["weights"].get(code, 0.0)) for code in codes},
        "covariance": engine.table.covariance.tolist(),
        "log": _log(session, sitting, engine),
        "parameters": _parameters(session, sitting.parameter_set_id),
        "standard": _standard(standard, codes),
    }


def _log(session: Session, sitting: Sitting, engine: Engine) -> list[dict[str, Any]]:
    """Every answer with the parameters its item had, in the order of the sitting."""
    items, scores = log_of(sitting)
    table = engine.table
    versions = [int(table.version_ids[index]) for index in items]
    rows = session.execute(
        select(ItemVersion.id, ItemVersion.number).where(ItemVersion.id.in_(versions))
    )
    numbers = {row.id: row.number for row in rows}
    return [
        {
            "item": table.codes[index],
            "version": numbers[version],
            "competency": table.competency_codes[int(table.competency[index])],
            "score": int(score),
            "a": float(table.items.a[index]),
            "b": float(table.items.b[index]),
            "c": float(table.items.c[index]),
            "d": float(table.items.d[index]),
            "model": table.items.item_models[index],
            "thresholds": _thresholds(table.items, index),
            "stem_set": table.stem_sets[index],
            "provisional": bool(table.provisional[index]),
        }
        for index, score, version in zip(items.tolist(), scores.tolist(), versions, strict=True)
    ]


def _thresholds(items: ItemParameters, index: int) -> list[float]:
    """Of an item with more than one point; none of another."""
    if items.thresholds is None:
        return []
    return [float(value) for value in items.thresholds[index] if np.isfinite(value)]


def _parameters(session: Session, parameter_set_id: int) -> dict[str, Any]:
    head = session.get_one(ParameterSet, parameter_set_id)
    return {
        "id": head.id,
        "kind": head.kind,
        "model": head.model,
        "simulated": head.simulated,
        "n_persons": head.n_persons,
        "n_responses": head.n_responses,
        "created_at": head.created_at.isoformat(),
    }


def _standard(standard: CurrentStandard, codes: Sequence[str]) -> dict[str, Any]:
    def plain(cut: Any) -> dict[str, float]:
        return {"cut": float(cut.cut), "standard_error": float(cut.standard_error)}

    return {
        "id": standard.id,
        "tier": standard.tier,
        "method": standard.method,
        "provisional": standard.provisional,
        "panel": dict(standard.panel),
        "effective_from": standard.effective_from.isoformat() if standard.effective_from else None,
        "adopted_by": standard.adopted_by,
        "cuts": {code: plain(standard.cuts[code]) for code in codes if code in standard.cuts},
        "overall": plain(standard.overall),
    }


def irregularities_of(session: Session, sitting: Sitting) -> list[Mapping[str, Any]]:
    """What the room's invigilator, or the room itself, noted about a sitting."""
    if sitting.room_id is None:
        return []
    entry = session.get(RoomEntry, (sitting.room_id, sitting.student_id))
    return list(entry.irregularities) if entry is not None else []


def _kinds(irregularities: Iterable[Mapping[str, Any]]) -> list[str]:
    return [str(one["kind"]) for one in irregularities]


def _flags(
    session: Session,
    sitting: Sitting,
    exam: Exam,
    room: Room | None,
    rule: Rule,
    frozen: Mapping[str, Any],
    computed: Mapping[str, Any],
) -> Iterable[Flag]:
    """All that blocks a claim, the plainest first."""
    if exam.mode != "invigilated" or room is None:
        yield Flag("not-invigilated")
    elif room.closed_at is None:
        yield Flag("room-not-closed")
    if frozen["sitting"]["irregularities"]:
        yield Flag("irregularity", {"count": len(frozen["sitting"]["irregularities"])})
    provisional = [
        entry["item"]
        for entry in frozen["log"]
        if entry["provisional"] and entry["competency"] in rule.competencies
    ]
    if provisional or frozen["parameters"]["kind"] == "provisional":
        yield Flag("provisional-parameters", {"count": len(provisional)})
    student = session.get_one(Account, sitting.student_id)
    if frozen["parameters"]["simulated"] and not student.simulated:
        yield Flag("simulated-parameters")
    if frozen["standard"]["provisional"]:
        yield Flag("standard-provisional")
    for reason, code in computed["unmet"]:
        yield Flag(reason, _measured(code, rule, computed))
    if used_evidence(session, sitting.student_id) & set(frozen["evidence"]):
        yield Flag("evidence-used")
    elif _is_family_pending(session, sitting.student_id, rule.family):
        yield Flag("family-pending")
    elif not computed["awards"]:
        yield Flag("nothing-left")


def _measured(code: str, rule: Rule, computed: Mapping[str, Any]) -> dict[str, Any]:
    found = next((level for level in computed["levels"] if level["code"] == code), None)
    return {
        "competency": code,
        "items": found["n_items"] if found else 0,
        "least": rule.minimum_items,
        "probability": found["probability"] if found else 0.0,
        "needed": rule.minimum_probability,
    }


def _is_family_pending(session: Session, student_id: int, family: str) -> bool:
    open_claims = session.execute(
        select(Claim.rule, RuleSet.content)
        .join(RuleSet, RuleSet.id == Claim.rule_set_id)
        .where(Claim.student_id == student_id, Claim.state.in_(("submitted", "checked")))
    )
    return any(_family(content, rule) == family for rule, content in open_claims)
