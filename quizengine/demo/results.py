"""What follows the practice: a standard, two rooms, claims in every state. Inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine.accounts.tables import Account, ClassMember, TeachingClass
from quizengine.banks.service.store import blueprint_of, get_bank
from quizengine.credits import service as credits
from quizengine.credits.tables import Claim
from quizengine.demo import cohort
from quizengine.demo import plan as plans
from quizengine.demo.plan import Group, Plan
from quizengine.exams.engine import unpack
from quizengine.exams.service import rooms, simulate
from quizengine.exams.tables import Room, RoomEntry, Sitting
from quizengine.permissions import Role
from quizengine.standards.service import Cut, adopt_standard

NOTE = (
    "Demonstration: no panel has met, and these numbers were made up. "
    "演示：并未召开专家组会议，这些数字是虚构的。"
)
REFUSAL = (
    "Demonstration of a refusal: the record of practical training was not presented. "
    "演示拒绝：未提交实践训练记录。"
)
IRREGULARITY = "Demonstration: a telephone lay on the desk. 演示：桌上放有手机。"
# What becomes of the claims, one after the other; the first is the demonstration student's.
WAYS_OF_CLAIMS = ("approved", "submitted", "checked", "refused", "withdrawn", "approved")
MOST_CLAIMS = 18


def account_of(session: Session, username: str) -> int:
    """The account of a role, made on the first start."""
    return session.scalars(select(Account.id).where(Account.username == username)).one()


def adopt_standards(session: Session, *, bank_id: int, organisation_id: int, plan: Plan) -> None:
    """Adopt cut scores for T2 as a panel might set them, plainly marked as made up."""
    codes = blueprint_of(get_bank(session, bank_id)).competency_codes
    rng = plan.random(10, bank_id)
    then = plan.days_ago(plans.ADOPTED)
    cuts = {code: Cut(round(0.3 + 0.1 * float(rng.standard_normal()), 2), 0.09) for code in codes}
    adopt_standard(
        session,
        bank_id=bank_id,
        organisation_id=organisation_id,
        account_id=account_of(session, "registrar"),
        tier="T2",
        method="modified-angoff",
        cuts=cuts,
        overall=Cut(round(float(np.mean([cut.cut for cut in cuts.values()])), 2), 0.05),
        panel={"school": 4, "hospital": 5, "rounds": 2, "note": NOTE, "simulated": True},
        effective_from=then,
        now=then,
    )


def hold_exam(
    session: Session, *, group: Group, bank_id: int, organisation_id: int, plan: Plan
) -> None:
    """Open a room, let the students of the class in, sit the exam, close the room."""
    invigilator = account_of(session, group.instructor)
    starts = plan.hour_of_day(group.room_days_ago, group.room_hour)
    class_id = _class_of(session, group, organisation_id)
    chosen = rooms.Plan(
        bank_id=bank_id,
        profile="UNI",
        title=group.room_title,
        minutes=plans.ROOM_MINUTES,
        n_questions=plans.ROOM_QUESTIONS,
        class_id=class_id,
    )
    who = {"organisation_id": organisation_id, "account_id": invigilator}
    room_id = rooms.open_room(session, plan=chosen, now=starts - timedelta(minutes=30), **who)
    room = session.get_one(Room, room_id)
    offer = simulate.read_offer(session, exam_id=room.exam_id)
    number = plans.GROUPS.index(group)
    sitters = _sitters(session, class_id, plan, number, offer)
    _enter(session, room, list(sitters.values()), starts - timedelta(minutes=10))
    some = list(sitters.values())
    rooms.set_extra_time(
        session, room_id=room_id, student_id=some[0], minutes=20,
        now=starts - timedelta(minutes=2), **who,
    )  # fmt: skip
    rooms.start_room(session, room_id=room_id, now=starts, **who)
    _sit(session, room_id, sitters, plan, number, offer)
    rooms.note_irregularity(
        session, room_id=room_id, student_id=some[1], note=IRREGULARITY,
        now=starts + timedelta(minutes=40), **who,
    )  # fmt: skip
    ends = starts + timedelta(minutes=plans.ROOM_MINUTES + 20)
    rooms.close_room(session, room_id=room_id, now=ends, **who)


def _class_of(session: Session, group: Group, organisation_id: int) -> int:
    return session.scalars(
        select(TeachingClass.id).where(
            TeachingClass.code == group.class_code,
            TeachingClass.organisation_id == organisation_id,
        )
    ).one()


def _enter(session: Session, room: Room, students: Sequence[int], first: datetime) -> None:
    """Let students in with the code, one after the other."""
    for position, student_id in enumerate(students):
        rooms.enter_room(
            session,
            code=room.code,
            student_id=student_id,
            organisation_id=room.organisation_id,
            browser_token=f"simulated-{room.id}-{student_id}",
            now=first + timedelta(seconds=8 * position),
        )


def _sitters(
    session: Session, class_id: int, plan: Plan, group: int, offer: simulate.Offer
) -> dict[int, int]:
    """Number in the cohort of those who sit the exam -> account."""
    members = session.execute(
        select(Account.id, Account.password_hash)
        .join(ClassMember, ClassMember.account_id == Account.id)
        .where(
            ClassMember.class_id == class_id,
            ClassMember.role == Role.STUDENT.value,
            Account.simulated.is_(True),
        )
        .order_by(Account.id)
    ).all()
    nobody_signs_in = [row.id for row in members if not row.password_hash]
    first = cohort.students_of(plan, group).start
    found = {
        student: nobody_signs_in[student - first] for student in cohort.in_room(plan, group, offer)
    }
    for row in members:
        if row.password_hash:  # the demonstration student stands behind the cohort
            found[plan.n_students] = row.id
    return found


def _sit(
    session: Session,
    room_id: int,
    sitters: dict[int, int],
    plan: Plan,
    group: int,
    offer: simulate.Offer,
) -> None:
    """Answer all questions of the sittings that the start of the room has opened."""
    opened = {
        sitting.student_id: sitting
        for sitting in session.scalars(select(Sitting).where(Sitting.room_id == room_id))
    }
    chances = cohort.chances_in_room(plan, group, offer)
    ids, done = [], []
    for student, account_id in sitters.items():
        sitting = opened[account_id]
        rng = cohort.random_in_room(plan, group, student)
        ids.append(sitting.id)
        done.append(
            simulate.simulate_sitting(
                offer,
                student,
                chances[student],
                unpack(sitting.avoided, "<i4"),
                sitting.started_at,
                rng,
            )
        )
    simulate.fill_sittings(session, offer=offer, ids=ids, sittings=done)
    session.expire_all()


def make_claims(session: Session, *, organisation_id: int, plan: Plan) -> dict[str, int]:
    """Let students claim what they can, and the registry decide; returns how many in each state."""
    claims = _submit(session, organisation_id, plan)
    ways = [WAYS_OF_CLAIMS[number % len(WAYS_OF_CLAIMS)] for number in range(len(claims))]
    for number, (claim_id, way) in enumerate(zip(claims, ways, strict=True)):
        then = plan.days_ago(plans.CHECKED) + timedelta(minutes=7 * number)
        _check(session, session.get_one(Claim, claim_id), way, then)
    for number, (claim_id, way) in enumerate(zip(claims, ways, strict=True)):
        then = plan.days_ago(plans.DECIDED) + timedelta(minutes=5 * number)
        _decide(session, session.get_one(Claim, claim_id), way, then)
    return {way: ways.count(way) for way in sorted(set(ways))}


def _check(session: Session, claim: Claim, way: str, now: datetime) -> None:
    """The first registrar's step, or the student's who takes the claim back."""
    if way == "withdrawn":
        credits.withdraw_claim(
            session,
            claim_id=claim.id,
            student_id=claim.student_id,
            organisation_id=claim.organisation_id,
            now=now,
        )
    elif way != "submitted":
        (rule,) = claim.frozen["credit_rules"]["rules"]
        credits.check_claim(
            session,
            claim_id=claim.id,
            organisation_id=claim.organisation_id,
            account_id=account_of(session, "registrar"),
            conditions=[one["id"] for one in rule["conditions"]],
            now=now,
        )


def _decide(session: Session, claim: Claim, way: str, now: datetime) -> None:
    """The second registrar's step."""
    second = account_of(session, "registrar2")
    if way == "approved":
        credits.confirm_claim(
            session,
            claim_id=claim.id,
            organisation_id=claim.organisation_id,
            account_id=second,
            now=now,
        )
    elif way == "refused":
        credits.refuse_claim(
            session,
            claim_id=claim.id,
            organisation_id=claim.organisation_id,
            account_id=second,
            reason=REFUSAL,
            now=now,
        )


def _submit(session: Session, organisation_id: int, plan: Plan) -> Sequence[int]:
    """Claim for students of the rooms in turn, the demonstration student first."""
    students = session.execute(
        select(RoomEntry.student_id, Account.password_hash)
        .join(Room, Room.id == RoomEntry.room_id)
        .join(Account, Account.id == RoomEntry.student_id)
        .where(Room.organisation_id == organisation_id, Account.simulated.is_(True))
        .order_by(RoomEntry.student_id)
    ).all()
    ordered = sorted(students, key=lambda row: (not row.password_hash, row.student_id))
    claims: list[int] = []
    for student_id, _ in ordered:
        if len(claims) >= MOST_CLAIMS:
            break
        found = credits.eligible_claims(
            session, student_id=student_id, organisation_id=organisation_id
        )
        wanted = [
            (sitting.sitting_id, one.rule.id)
            for sitting in found.sittings
            for one in sitting.possible
            if not one.flags
        ]
        if wanted:
            claims.append(
                credits.submit_claim(
                    session,
                    sitting_id=wanted[0][0],
                    rule_id=wanted[0][1],
                    student_id=student_id,
                    organisation_id=organisation_id,
                    now=plan.days_ago(plans.CLAIMED) + timedelta(minutes=11 * len(claims)),
                )
            )
    return claims
