"""Loading the demonstration part by part: each in one transaction, each once.

A part leaves an event in the audit log, in the transaction of what it stores; an interrupted load
goes on with the first part that has none. Their dates lie in the past, so do the events': they
tell of a term that was not.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizengine import audit, jobs
from quizengine.accounts import service as accounts
from quizengine.accounts.tables import Account
from quizengine.audit import AuditEvent
from quizengine.banks.tables import Bank
from quizengine.calibration.service import runs
from quizengine.calibration.service.fit import fit_bank
from quizengine.credits import service as credits
from quizengine.database import reading, transaction
from quizengine.demo import cohort, results
from quizengine.demo import plan as plans
from quizengine.demo.plan import DEMO_STUDENT, GROUPS, MORE_ACCOUNTS, Group, Plan
from quizengine.errors import Conflict
from quizengine.exams.service import simulate
from quizengine.exams.service.offer import create_practice_exam
from quizengine.exams.service.simulate import Offer
from quizengine.exams.tables import Exam, Sitting
from quizengine.jobs import Job
from quizengine.permissions import Role

KIND = "load-demo"
LOADED = "demonstration-loaded"  # the audit event of a part
TRIAL_TITLE = {"en": "Trial of all questions (simulated)", "zh": "全部题目试测（模拟）"}

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the demonstration is loaded."""

    organisation_id: int
    bank_ids: tuple[int, ...]  # in the order of GROUPS


def request_demo(
    session: Session, *, plan: Plan, in_background: bool = True
) -> list[tuple[str, str, str]]:
    """Add the role accounts the demonstration needs and ask the worker for the rest.

    Parameters
    ----------
    in_background : False leaves the rest to the caller, who calls `load_demo`.

    Returns
    -------
    Sign-ins (role, name, password) made now. Nothing when it was asked for before; a load that
    failed or was cancelled is asked for again.

    Raises
    ------
    Conflict
        "demo-not-here": the accounts and banks of the first start are not there.
    """
    place = _find_place(session)
    made = _add_accounts(session, place.organisation_id, plan)
    asked = select(Job.id).where(Job.kind == KIND, Job.status.in_(("queued", "running", "done")))
    if in_background and session.scalar(asked.limit(1)) is None:
        jobs.enqueue(session, KIND, plan.to_json(), now=plan.now)
    return made


def load_demo(plan: Plan, progress: Progress) -> int:
    """Load all parts that are not loaded yet, here and now; returns how many were.

    Parameters
    ----------
    progress : called with a fraction and the name of a part; may raise to stop.
    """
    with reading() as session:
        place = _find_place(session)
        done = _parts_done(session)
    parts: list[tuple[str, float, Callable[[], None]]] = [
        ("practice", 0.70, lambda: _load_practice(place, plan, _within(progress, 0.0, 0.70)))
    ]
    for group, bank_id in zip(GROUPS, place.bank_ids, strict=True):
        parts.append(
            (f"calibration-{group.bank}", 0.06, _calibration(place, plan, group, bank_id, progress))
        )
    for group, bank_id in zip(GROUPS, place.bank_ids, strict=True):
        parts.append((f"exam-{group.bank}", 0.06, _exam(place, plan, group, bank_id)))
    parts.append(("credits", 0.06, lambda: _load_credits(place, plan)))
    fraction, loaded = 0.0, 0
    for name, share, load in parts:
        progress(fraction, name)
        if name not in done:
            load()
            loaded += 1
        fraction += share
    return loaded


def _find_place(session: Session) -> _Place:
    """The school of the first start, which owns the two shipped banks."""
    names = [DEMO_STUDENT, "registrar", "instructor"]
    home = session.scalars(
        select(Account.organisation_id).where(Account.username.in_(names)).distinct()
    ).all()
    codes = [group.bank for group in GROUPS]
    rows = session.execute(
        select(Bank.code, Bank.id).where(
            Bank.organisation_id.in_(home), Bank.shipped.is_(True), Bank.code.in_(codes)
        )
    )
    banks = {row.code: row.id for row in rows}
    present = session.scalars(select(Account.username).where(Account.username.in_(names))).all()
    if len(home) != 1 or len(banks) != len(codes) or len(present) != len(names):
        raise Conflict("demo-not-here")
    return _Place(home[0], tuple(banks[code] for code in codes))


def _parts_done(session: Session) -> set[str]:
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == LOADED))
    return {str(event.after["part"]) for event in events}


def _mark(session: Session, place: _Place, plan: Plan, part: str, **found: object) -> None:
    audit.record(
        session,
        action=LOADED,
        subject="organisation",
        subject_id=place.organisation_id,
        organisation_id=place.organisation_id,
        after={"part": part, "simulated": True, "seed": plan.seed, **found},
        now=plan.now,
    )


def _add_accounts(session: Session, organisation_id: int, plan: Plan) -> list[tuple[str, str, str]]:
    made = []
    for role, username, name in MORE_ACCOUNTS:
        if session.scalar(select(Account.id).where(Account.username == username)) is not None:
            continue
        password = "-".join(secrets.token_hex(3) for _ in range(3))
        accounts.create_account(
            session,
            organisation_id=organisation_id,
            username=username,
            display_name=name,
            password=password,
            roles=[role],
            now=plan.now,
        )
        made.append((role, username, password))
    return made


def _within(progress: Progress, first: float, share: float) -> Callable[[float], None]:
    return lambda fraction: progress(first + share * fraction, "practice")


def _load_practice(place: _Place, plan: Plan, progress: Callable[[float], None]) -> None:
    """The cohort, its classes and its term of practice."""
    with reading() as session:
        offers = tuple(
            simulate.read_offer(session, exam_id=simulate.find_exam(session, bank_id))
            for bank_id in place.bank_ids
        )
    sittings = cohort.simulate_practice(plan, offers, progress)
    learning = cohort.simulate_learning(plan, offers[0])
    with transaction() as session:
        students = accounts.create_simulated_students(
            session,
            organisation_id=place.organisation_id,
            n_students=plan.n_students,
            now=plan.term_start,
        )
        known = _find_demo_student(session)
        if known is not None:
            known.simulated = True
            sittings[0, cohort.SHORT_LENGTH] += learning
            students.append(known.id)
        for number, group in enumerate(GROUPS):
            members = [students[student] for student in cohort.students_of(plan, number)]
            if number == 0 and known is not None:
                members.append(known.id)
            _make_class(session, place, plan, group, members)
        for (bank, length), of_kind in sorted(sittings.items()):
            offer = cohort.of_length(offers[bank], length)
            if length == cohort.TRIAL_LENGTH:
                offer = _as_exam(session, place.bank_ids[bank], plan, offer)
            simulate.store_sittings(session, offer=offer, sittings=of_kind, students=students)
        n_sittings = sum(len(of_kind) for of_kind in sittings.values())
        _mark(session, place, plan, "practice", sittings=n_sittings)


def _as_exam(session: Session, bank_id: int, plan: Plan, offer: Offer) -> Offer:
    """The trial as an exam of its own, which is over: nobody else can start it."""
    exam_id = create_practice_exam(
        session, bank_id=bank_id, profile="UNI", title=TRIAL_TITLE, now=plan.term_start
    )
    exam = session.get_one(Exam, exam_id)
    exam.rules = offer.rules.to_json()
    exam.archived_at = plan.days_ago(plans.PRACTICE_ENDS)
    return replace(offer, exam_id=exam_id)


def _find_demo_student(session: Session) -> Account | None:
    """The student of the first start, if nobody has sat anything with the account yet."""
    student = session.scalars(
        select(Account).where(Account.username == DEMO_STUDENT).with_for_update()
    ).one()
    sat = session.scalar(select(Sitting.id).where(Sitting.student_id == student.id).limit(1))
    return student if sat is None else None


def _make_class(
    session: Session, place: _Place, plan: Plan, group: Group, members: list[int]
) -> None:
    class_id = accounts.create_class(
        session,
        organisation_id=place.organisation_id,
        code=group.class_code,
        name=group.class_name,
        now=plan.term_start,
    )
    for student_id in members:
        accounts.add_to_class(session, class_id=class_id, account_id=student_id, role=Role.STUDENT)
    teacher = results.account_of(session, group.instructor)
    accounts.add_to_class(session, class_id=class_id, account_id=teacher, role=Role.INSTRUCTOR)


def _calibration(
    place: _Place, plan: Plan, group: Group, bank_id: int, progress: Progress
) -> Callable[[], None]:
    """Fit the bank to the practice as the background job does, publish it, adopt a standard."""
    part = f"calibration-{group.bank}"

    def load() -> None:
        with reading() as session:
            base = runs.get_published(session, bank_id)
            given = runs.read_input(
                session, base_set_id=base.parameter_set_id, include_simulated=True
            )
        fit = fit_bank(given.table, given.stored, lambda fraction, note: None)
        then = plan.days_ago(plans.CALIBRATED)
        with transaction() as session:
            teacher = results.account_of(session, group.instructor)
            run = runs.create_run(
                session, base=base, account_id=teacher, include_simulated=True, now=then
            )
            set_id = runs.store_result(session, run_id=run.id, given=given, fit=fit, now=then)
            runs.publish_set(
                session,
                set_id,
                organisation_id=place.organisation_id,
                account_id=teacher,
                now=then,
            )
            results.adopt_standards(
                session, bank_id=bank_id, organisation_id=place.organisation_id, plan=plan
            )
            _mark(session, place, plan, part, parameter_set=set_id, converged=fit.converged)

    return load


def _exam(place: _Place, plan: Plan, group: Group, bank_id: int) -> Callable[[], None]:
    """An invigilated exam: the product's own way, so what it stores is what a room stores."""

    def load() -> None:
        with transaction() as session:
            results.hold_exam(
                session,
                group=group,
                bank_id=bank_id,
                organisation_id=place.organisation_id,
                plan=plan,
            )
            _mark(session, place, plan, f"exam-{group.bank}")

    return load


def _load_credits(place: _Place, plan: Plan) -> None:
    with transaction() as session:
        credits.load_rules(
            session,
            organisation_id=place.organisation_id,
            account_id=results.account_of(session, "registrar"),
            now=plan.days_ago(plans.ADOPTED),
        )
        states = results.make_claims(session, organisation_id=place.organisation_id, plan=plan)
        _mark(session, place, plan, "credits", claims=states)
