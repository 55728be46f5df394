"""What a claim needs, made through the use cases: rules, parameters, standard, room, answers."""

from __future__ import annotations

import copy
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from quizengine.banks.service import publish
from quizengine.banks.service.parameters import read_parameters
from quizengine.banks.service.store import blueprint_of, get_bank
from quizengine.banks.tables import ItemVersion
from quizengine.credits import service as credits
from quizengine.credits.rules import CreditRules
from quizengine.credits.tables import Claim
from quizengine.database import reading, transaction
from quizengine.exams.service import answer as answering
from quizengine.exams.service import rooms
from quizengine.exams.tables import Room, RoomEntry, Sitting
from quizengine.standards.service import Cut, adopt_standard

from ..conftest import NOW, School

ROOM = "Autumn room"
LATER = NOW + timedelta(hours=3)


def _text(word: str) -> dict[str, str]:
    return {"en": word, "zh": f"{word}（中文）"}


def _course(code: str, credits: float, kind: str, *competencies: str) -> dict[str, Any]:
    return {
        "code": code,
        "name": _text(f"Course {code}"),
        "credits": credits,
        "kind": kind,
        "level": "basic",
        "competencies": list(competencies),
    }


def _rule(rule_id: str, competencies: list[str], course: str, credits: float) -> dict[str, Any]:
    return {
        "id": rule_id,
        "title": _text(f"Rule {rule_id}"),
        "family": rule_id,
        "level": 2,
        "evidence": "sitting",
        "bank": "tst",
        "competencies": competencies,
        "tier": "T2",
        "minimum_probability": 0.9,
        "minimum_items": 4,
        "awards": [{"course": course, "credits": credits}],
        "conditions": [{"id": "lab", "text": _text("Lab work signed off")}],
    }


_RULES: dict[str, Any] = {
    "programme": _text("Test programme"),
    "note": _text("A proposal"),
    "grade": "pass",
    "totals": {"professional": 20, "public": 10, "elective": 6},
    "caps": {"professional": 20, "public": 20, "elective": 50},
    "courses": [
        _course("PRO1", 2, "professional", "tst:A1", "tst:A2"),
        _course("PRO2", 4, "professional", "tst:A3"),
        _course("PUB1", 3, "public"),
        _course("ELE1", 1.5, "elective", "tst:A2"),
        _course("POL1", 3, "public") | {"excluded": True},
    ],
    "rules": [
        _rule("both", ["A1", "A2"], "PRO1", 2),
        _rule("third", ["A3"], "PRO2", 3),
        _rule("elective", ["A2"], "ELE1", 1.5),
        {
            "id": "paper",
            "title": _text("A certificate"),
            "family": "paper",
            "level": 1,
            "evidence": "document",
            "claimable": False,
            "awards": [{"course": "PUB1", "credits": "0.5"}],
        },
    ],
}


def rules_json() -> dict[str, Any]:
    """A small programme about the bank of the test school; a copy to change."""
    return copy.deepcopy(_RULES)


def load(organisation_id: int, values: dict[str, Any] | None = None) -> int:
    with transaction() as session:
        return credits.load_rules(
            session,
            organisation_id=organisation_id,
            rules=CreditRules.from_json(values or rules_json()),
            now=NOW,
        )


def calibrate(
    bank_id: int, *, simulated: bool = False, but: frozenset[str] = frozenset(), b: float = 0.0
) -> int:
    """Parameters as if fitted, in force; items of the competencies in `but` stay provisional."""
    with transaction() as session:
        published = publish.find_published(session, bank_id)
        assert published is not None
        table = read_parameters(session, published.parameter_set_id)
        fitted = {
            int(version): publish.FittedItem(1.4, b, 0.0, 1.0, 0.1, 0.1, 300, "2PL")
            for version in table.version_ids
            if session.get_one(ItemVersion, int(version)).competency not in but
        }
        set_id = publish.create_calibrated_set(
            session,
            revision_id=published.revision_id,
            fitted=fitted,
            base_set_id=published.parameter_set_id,
            covariance=table.covariance.tolist(),
            model="2PL",
            simulated=simulated,
            n_persons=300,
            n_responses=9000,
            summary={},
            account_id=None,
            now=NOW,
        )
        publish.publish_parameter_set(session, parameter_set_id=set_id, account_id=None, now=NOW)
    return set_id


def set_standard(
    *,
    bank_id: int,
    organisation_id: int,
    account_id: int,
    cut: float = -0.5,
    tier: str = "T2",
    now: datetime = NOW,
) -> int:
    with transaction() as session:
        return adopt_standard(
            session,
            bank_id=bank_id,
            organisation_id=organisation_id,
            account_id=account_id,
            tier=tier,
            method="modified-angoff",
            cuts={
                code: Cut(cut, 0.1)
                for code in blueprint_of(get_bank(session, bank_id)).competency_codes
            },
            overall=Cut(cut, 0.08),
            panel={"school": 4, "hospital": 5, "rounds": 3, "note": ""},
            effective_from=now,
            now=now,
        )


def prepare(school: School) -> None:
    """All that holds for every sitting of the school: rules, parameters, a standard."""
    load(school.organisation_id)
    calibrate(school.bank_id)
    set_standard(
        bank_id=school.bank_id,
        organisation_id=school.organisation_id,
        account_id=school.instructor_id,
    )


def sit_in_room(
    school: School,
    student_id: int | None = None,
    *,
    right: bool = True,
    close: bool = True,
    n_questions: int = 24,
) -> int:
    """An invigilated sitting from entering to the closed room; returns the sitting's id."""
    return sit_in(
        bank_id=school.bank_id,
        organisation_id=school.organisation_id,
        invigilator_id=school.instructor_id,
        student_id=student_id or school.student_id,
        right=right,
        close=close,
        n_questions=n_questions,
    )


def sit_in(
    *,
    bank_id: int,
    organisation_id: int,
    invigilator_id: int,
    student_id: int,
    right: bool = True,
    close: bool = True,
    n_questions: int = 24,
    profile: str = "UNI",
    now: datetime = NOW,
) -> int:
    who = {"organisation_id": organisation_id, "account_id": invigilator_id}
    plan = rooms.Plan(bank_id, profile, ROOM, 60, n_questions)
    with transaction() as session:
        room_id = rooms.open_room(session, plan=plan, now=now, **who)
        rooms.enter_room(
            session,
            code=session.get_one(Room, room_id).code,
            student_id=student_id,
            organisation_id=organisation_id,
            browser_token="browser",
            now=now,
        )
        rooms.start_room(session, room_id=room_id, now=now, **who)
        entry = session.get_one(RoomEntry, (room_id, student_id))
        assert entry.sitting_id is not None
        sitting_id = entry.sitting_id
    answer_all(sitting_id, student_id, right=right, now=now)
    if close:
        with transaction() as session:
            rooms.close_room(session, room_id=room_id, now=now + timedelta(hours=1), **who)
    return sitting_id


def answer_all(sitting_id: int, student_id: int, *, right: bool, now: datetime) -> None:
    """Answer a sitting to its end, always right or always wrong."""
    for position in range(1, 100):
        with reading() as session:
            turn = answering.read_turn(session, sitting_id=sitting_id, student_id=student_id)
        if turn.row.item_version_id is None:
            return
        with reading() as session:
            content = session.get_one(ItemVersion, turn.row.item_version_id).content
        choice = next(o["id"] for o in content["options"] if bool(o.get("key")) == right)
        weighed = answering.weigh_answer(
            turn,
            position=position,
            values={"choice": [choice]},
            retry_key=secrets.token_hex(8),
            shown_at=None,
            now=now + timedelta(seconds=20 * position),
        )
        with transaction() as session:
            answering.record_answer(session, answer=weighed)


def claim(school: School, rule: str = "both", *, sitting_id: int | None = None, **who: int) -> int:
    """A claim of the student under a rule, with a sitting of its own unless one is named."""
    student_id = who.get("student_id", school.student_id)
    sitting_id = sitting_id or sit_in_room(school, student_id)
    with transaction() as session:
        return credits.submit_claim(
            session,
            sitting_id=sitting_id,
            rule_id=rule,
            student_id=student_id,
            organisation_id=school.organisation_id,
            now=LATER,
        )


def check(school: School, claim_id: int, account_id: int) -> None:
    with transaction() as session:
        credits.check_claim(
            session,
            claim_id=claim_id,
            organisation_id=school.organisation_id,
            account_id=account_id,
            conditions=["lab"],
            now=LATER,
        )


def confirm(school: School, claim_id: int, account_id: int) -> int:
    with transaction() as session:
        return credits.confirm_claim(
            session,
            claim_id=claim_id,
            organisation_id=school.organisation_id,
            account_id=account_id,
            now=LATER,
        )


def evidence(
    *,
    bank_id: int,
    organisation_id: int,
    invigilator_id: int,
    student_id: int,
    rules: dict[str, Any],
) -> int:
    """A finished invigilated sitting that nobody has claimed with; the first one is sat, others
    are copies of its row. Claims the student made before are withdrawn."""
    with reading() as session:
        sat = session.scalars(
            select(Sitting)
            .join(Room, Room.id == Sitting.room_id)
            .where(Sitting.student_id == student_id, Room.title == ROOM)
            .order_by(Sitting.id)
        ).first()
    if sat is None:
        load(organisation_id, rules)
        calibrate(bank_id)
        set_standard(bank_id=bank_id, organisation_id=organisation_id, account_id=invigilator_id)
        return sit_in(
            bank_id=bank_id,
            organisation_id=organisation_id,
            invigilator_id=invigilator_id,
            student_id=student_id,
        )
    with transaction() as session:
        session.execute(
            update(Claim).where(Claim.student_id == student_id).values(state="withdrawn")
        )
        columns = [column.name for column in Sitting.__table__.columns if column.name != "id"]
        copy = Sitting(**{name: getattr(sat, name) for name in columns})
        session.add(copy)
        session.flush()
        return copy.id
