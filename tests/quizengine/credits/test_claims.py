"""From a result to an approved credit: claiming, checking, confirming, computing again."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizengine.accounts import service as accounts
from quizengine.accounts.tables import Account
from quizengine.audit import AuditEvent, find_broken_link
from quizengine.banks.tables import Parameter
from quizengine.credits import service as credits
from quizengine.credits.rules import CreditRules
from quizengine.credits.service.claims import Possible
from quizengine.credits.tables import Award, Claim
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, InvalidInput, NotFound, NotPermitted, Refusal
from quizengine.exams.service import rooms, sit
from quizengine.exams.tables import Sitting
from quizengine.permissions import Role

from ..conftest import NOW, School
from .made import (
    LATER,
    answer_all,
    calibrate,
    check,
    claim,
    confirm,
    load,
    prepare,
    rules_json,
    set_standard,
    sit_in_room,
)


@pytest.fixture
def ready(school: School) -> School:
    prepare(school)
    return school


@pytest.fixture
def second(ready: School) -> int:
    """Another registrar of the school."""
    with transaction() as session:
        return accounts.create_account_with_hash(
            session,
            organisation_id=ready.organisation_id,
            username="registrar2",
            display_name="Registrar Two",
            password_hash="x",
            roles=[Role.REGISTRAR],
            now=NOW,
        )


def first_of(school: School) -> int:
    return school.accounts[Role.REGISTRAR]


def possible(school: School, rule: str = "both") -> Possible:
    with reading() as session:
        found = credits.eligible_claims(
            session, student_id=school.student_id, organisation_id=school.organisation_id
        )
    (sitting,) = found.sittings
    return next(one for one in sitting.possible if one.rule.id == rule)


def flags(school: School, rule: str = "both") -> list[str]:
    return [flag.code for flag in possible(school, rule).flags]


def state(claim_id: int) -> str:
    with reading() as session:
        return session.get_one(Claim, claim_id).state


def act(use_case: Any, school: School, claim_id: int, account_id: int, **more: Any) -> Any:
    with transaction() as session:
        return use_case(
            session,
            claim_id=claim_id,
            organisation_id=school.organisation_id,
            account_id=account_id,
            now=LATER,
            **more,
        )


# --- what may be claimed ---


def test_a_good_invigilated_sitting_can_be_claimed(ready: School) -> None:
    sit_in_room(ready)
    found = possible(ready)
    assert found.flags == ()
    assert found.credits == 20


def test_a_claim_freezes_what_it_rests_on(ready: School) -> None:
    claim_id = claim(ready)
    with reading() as session:
        stored = session.get_one(Claim, claim_id)
    assert stored.state == "submitted"
    assert len(stored.frozen["log"]) == 24
    assert {"a", "b", "c", "d", "score", "version", "item", "competency"} <= set(
        stored.frozen["log"][0]
    )
    assert stored.frozen["standard"]["cuts"]["A1"] == {"cut": -0.5, "standard_error": 0.1}
    assert stored.report["awards"] == [["PRO1", 20]]
    assert credits.recompute(stored).is_equal


def test_the_levels_of_a_claim_are_those_of_the_sitting(ready: School) -> None:
    from quizengine.exams.service.review import sitting_result

    claim_id = claim(ready)
    with reading() as session:
        stored = session.get_one(Claim, claim_id)
        result = sitting_result(session, sitting_id=stored.sitting_id, student_id=ready.student_id)
    for area, level in enumerate(stored.report["levels"]):
        assert level["theta"] == pytest.approx(float(result.profile.mean[area]), abs=1e-6)
        assert level["standard_error"] == pytest.approx(
            float(result.profile.standard_error[area]), abs=1e-6
        )
        assert level["n_items"] == result.counts[area]


def test_practice_cannot_support_credit(ready: School) -> None:
    with transaction() as session:
        sitting_id = sit.start_sitting(
            session,
            exam_id=ready.exam_id,
            student_id=ready.student_id,
            organisation_id=ready.organisation_id,
            now=NOW,
        )
    answer_all(sitting_id, ready.student_id, right=True, now=NOW)
    with reading() as session:
        found = credits.eligible_claims(
            session, student_id=ready.student_id, organisation_id=ready.organisation_id
        )
    assert found.sittings == ()
    assert found.n_practice == 1
    with pytest.raises(Conflict, match="claim-blocked"):
        claim(ready, sitting_id=sitting_id)


def test_nothing_is_shown_before_the_room_is_closed(ready: School) -> None:
    sitting_id = sit_in_room(ready, close=False)
    assert flags(ready) == ["room-not-closed"]
    assert possible(ready).credits == 0
    with pytest.raises(Conflict, match="room-not-closed"):
        claim(ready, sitting_id=sitting_id)


def test_provisional_parameters_block(school: School) -> None:
    load(school.organisation_id)
    set_standard(
        bank_id=school.bank_id,
        organisation_id=school.organisation_id,
        account_id=school.instructor_id,
    )
    sitting_id = sit_in_room(school)
    assert "provisional-parameters" in flags(school)
    with pytest.raises(Conflict, match="claim-blocked"):
        claim(school, sitting_id=sitting_id)


def test_provisional_items_of_other_competencies_do_not_block(ready: School) -> None:
    calibrate(ready.bank_id, but=frozenset({"A3"}))
    sit_in_room(ready)
    assert flags(ready) == []
    assert "provisional-parameters" not in flags(ready, "elective")
    assert flags(ready, "third") == []  # the first calibration had fitted these


def test_parameters_from_simulated_students_block_real_ones_only(ready: School) -> None:
    calibrate(ready.bank_id, simulated=True)
    sit_in_room(ready)
    assert flags(ready) == ["simulated-parameters"]
    with transaction() as session:
        session.execute(
            update(Account).where(Account.id == ready.student_id).values(simulated=True)
        )
    assert flags(ready) == []


def test_a_provisional_standard_blocks(school: School) -> None:
    load(school.organisation_id)
    calibrate(school.bank_id)
    sit_in_room(school)
    assert "standard-provisional" in flags(school)


def test_a_result_below_the_standard_blocks(ready: School) -> None:
    sit_in_room(ready, right=False)
    found = possible(ready)
    assert {flag.code for flag in found.flags} == {"below-standard"}
    assert {flag.detail["competency"] for flag in found.flags} == {"A1", "A2"}


def test_too_few_answers_block(ready: School) -> None:
    values = rules_json()
    values["rules"][0]["minimum_items"] = 20
    load(ready.organisation_id, values)
    sit_in_room(ready)
    assert flags(ready) == ["too-few-items", "too-few-items"]


def test_an_irregularity_blocks(ready: School) -> None:
    note(ready, sit_in_room(ready))
    assert flags(ready) == ["irregularity"]


def note(school: School, sitting_id: int) -> None:
    with transaction() as session:
        rooms.note_irregularity(
            session,
            room_id=session.get_one(Sitting, sitting_id).room_id or 0,
            organisation_id=school.organisation_id,
            student_id=school.student_id,
            note="Left the room",
            account_id=school.instructor_id,
            now=LATER,
        )


def test_an_evidence_is_used_once(ready: School) -> None:
    sitting_id = sit_in_room(ready)
    claim(ready, sitting_id=sitting_id)
    assert flags(ready) == ["evidence-used"]
    assert flags(ready, "elective") == ["evidence-used"]  # A2 is part of the first claim
    assert flags(ready, "third") == []
    for rule in ("both", "elective"):
        with pytest.raises(Conflict, match="claim-blocked"):
            claim(ready, rule, sitting_id=sitting_id)
    claim(ready, "third", sitting_id=sitting_id)


def test_a_second_sitting_cannot_be_claimed_for_the_same_while_the_first_waits(
    ready: School,
) -> None:
    claim(ready)
    second_sitting = sit_in_room(ready)
    with reading() as session:
        found = credits.eligible_claims(
            session, student_id=ready.student_id, organisation_id=ready.organisation_id
        )
    newest = found.sittings[0]
    assert newest.sitting_id == second_sitting
    assert [flag.code for flag in newest.possible[0].flags] == ["family-pending"]


def test_a_withdrawn_claim_leaves_its_evidence_free(ready: School) -> None:
    sitting_id = sit_in_room(ready)
    claim_id = claim(ready, sitting_id=sitting_id)
    with transaction() as session:
        credits.withdraw_claim(
            session,
            claim_id=claim_id,
            student_id=ready.student_id,
            organisation_id=ready.organisation_id,
            now=LATER,
        )
    assert state(claim_id) == "withdrawn"
    assert state(claim(ready, sitting_id=sitting_id)) == "submitted"


def test_nobody_claims_with_somebody_elses_sitting(ready: School) -> None:
    sitting_id = sit_in_room(ready)
    with pytest.raises(NotFound, match="sitting"):
        claim(ready, sitting_id=sitting_id, student_id=ready.second_student_id)
    with pytest.raises(NotFound, match="credit-rule"):
        claim(ready, "paper", sitting_id=sitting_id)
    with pytest.raises(NotFound, match="credit-rule"):
        claim(ready, "nothing", sitting_id=sitting_id)


def test_without_rules_nothing_can_be_claimed(school: School) -> None:
    sitting_id = sit_in_room(school)
    with reading() as session:
        found = credits.eligible_claims(
            session, student_id=school.student_id, organisation_id=school.organisation_id
        )
    assert not found.has_rules
    assert found.sittings[0].possible == ()
    with pytest.raises(Conflict, match="no-credit-rules"):
        claim(school, sitting_id=sitting_id)


# --- deciding ---


def test_two_registrars_make_a_credit(ready: School, second: int) -> None:
    claim_id = claim(ready)
    check(ready, claim_id, first_of(ready))
    assert state(claim_id) == "checked"
    assert confirm(ready, claim_id, second) == 20
    assert state(claim_id) == "approved"
    with reading() as session:
        found = credits.transcript(session, ready.student_id)
    assert [(line.course, line.credits, line.grade) for line in found.lines] == [
        ("PRO1", 20, "pass")
    ]
    professional = next(cap for cap in found.caps if cap.kind == "professional")
    assert (professional.after, professional.cap) == (20, 40)


def test_every_step_is_in_the_audit_log(ready: School, second: int) -> None:
    claim_id = claim(ready)
    check(ready, claim_id, first_of(ready))
    confirm(ready, claim_id, second)
    with reading() as session:
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.subject == "claim").order_by(AuditEvent.id)
        ).all()
        assert find_broken_link(session) is None
    assert [(e.action, e.before["state"], e.after["state"]) for e in events] == [
        ("credit-claimed", None, "submitted"),
        ("credit-checked", "submitted", "checked"),
        ("credit-approved", "checked", "approved"),
    ]
    assert {event.person_id for event in events} == {ready.student_id}
    assert events[1].after["conditions"] == ["lab"]
    assert events[2].after["awards"] == [["PRO1", 20]]
    assert events[2].before["recognised"]["professional"] == 0
    assert events[2].after["recognised"]["professional"] == 20


def test_the_person_who_checked_cannot_confirm(ready: School) -> None:
    claim_id = claim(ready)
    check(ready, claim_id, first_of(ready))
    with pytest.raises(NotPermitted, match="same-person"):
        confirm(ready, claim_id, first_of(ready))
    assert state(claim_id) == "checked"


def test_nothing_is_confirmed_before_it_was_checked(ready: School, second: int) -> None:
    claim_id = claim(ready)
    with pytest.raises(Conflict, match="claim-moved-on"):
        confirm(ready, claim_id, second)


def test_no_instructor_of_the_student_decides(ready: School, second: int) -> None:
    claim_id = claim(ready)
    with transaction() as session:
        class_id = accounts.create_class(
            session, organisation_id=ready.organisation_id, code="K1", name="K1", now=NOW
        )
        for account_id, role in ((ready.student_id, Role.STUDENT), (second, Role.INSTRUCTOR)):
            accounts.add_to_class(session, class_id=class_id, account_id=account_id, role=role)
    with pytest.raises(NotPermitted, match="own-student"):
        check(ready, claim_id, second)
    with pytest.raises(NotPermitted, match="own-student"):
        act(credits.refuse_claim, ready, claim_id, second, reason="No")
    check(ready, claim_id, first_of(ready))
    with pytest.raises(NotPermitted, match="own-student"):
        confirm(ready, claim_id, second)


def test_nobody_decides_about_an_own_claim(ready: School) -> None:
    claim_id = claim(ready)
    with pytest.raises(NotPermitted, match="own-claim"):
        check(ready, claim_id, ready.student_id)


def test_another_schools_registrar_finds_no_claim(ready: School) -> None:
    claim_id = claim(ready)
    with pytest.raises(NotFound, match="claim"), transaction() as session:
        credits.check_claim(
            session,
            claim_id=claim_id,
            organisation_id=ready.other_organisation_id,
            account_id=ready.others[Role.REGISTRAR],
            conditions=["lab"],
            now=LATER,
        )


def test_every_condition_has_to_be_seen(ready: School) -> None:
    claim_id = claim(ready)
    with pytest.raises(InvalidInput, match="conditions-unseen"):
        act(credits.check_claim, ready, claim_id, first_of(ready), conditions=[])


def test_a_refusal_needs_a_reason_that_the_student_reads(ready: School) -> None:
    claim_id = claim(ready)
    with pytest.raises(InvalidInput, match="reason-missing"):
        act(credits.refuse_claim, ready, claim_id, first_of(ready), reason="  ")
    with pytest.raises(InvalidInput, match="reason-long"):
        act(credits.refuse_claim, ready, claim_id, first_of(ready), reason="x" * 2001)
    act(credits.refuse_claim, ready, claim_id, first_of(ready), reason="The lab is missing.")
    with reading() as session:
        report = credits.claim_report(session, claim_id)
    assert (report.state, report.reason) == ("refused", "The lab is missing.")
    assert report.people[-1].step == "refused"
    assert flags(ready) == []  # the evidence is free again


def test_what_is_decided_cannot_be_decided_again(ready: School, second: int) -> None:
    claim_id = claim(ready)
    check(ready, claim_id, first_of(ready))
    confirm(ready, claim_id, second)
    for use_case, more in (
        (credits.check_claim, {"conditions": ["lab"]}),
        (credits.confirm_claim, {}),
        (credits.refuse_claim, {"reason": "Too late"}),
    ):
        with pytest.raises(Conflict, match="claim-moved-on"):
            act(use_case, ready, claim_id, second, **more)
    with pytest.raises(Conflict, match="claim-moved-on"), transaction() as session:
        credits.withdraw_claim(
            session,
            claim_id=claim_id,
            student_id=ready.student_id,
            organisation_id=ready.organisation_id,
            now=LATER,
        )


def test_an_irregularity_noted_later_stops_the_claim(ready: School) -> None:
    sitting_id = sit_in_room(ready)
    claim_id = claim(ready, sitting_id=sitting_id)
    note(ready, sitting_id)
    with pytest.raises(Conflict, match="claim-late-irregularity"):
        check(ready, claim_id, first_of(ready))
    with reading() as session:
        assert [f.code for f in credits.claim_report(session, claim_id).flags] == ["irregularity"]


def test_caps_are_those_of_the_moment_of_confirmation(ready: School, second: int) -> None:
    """Two claims that fit one by one, and not together: 2 and 3 credits under a cap of 4."""
    sitting_id = sit_in_room(ready)
    ids = [claim(ready, rule, sitting_id=sitting_id) for rule in ("both", "third")]
    for claim_id in ids:
        check(ready, claim_id, first_of(ready))
    assert [confirm(ready, claim_id, second) for claim_id in ids] == [20, 20]
    with reading() as session:
        report = credits.claim_report(session, ids[1])
    assert (report.proposed, report.awarded, report.lapsed) == (30, 20, 10)
    assert report.reasons == ("cap-full",)
    professional = next(cap for cap in report.caps if cap.kind == "professional")
    assert (professional.before, professional.after, professional.cap) == (20, 40, 40)


def test_nothing_is_confirmed_when_nothing_is_left(ready: School, second: int) -> None:
    values = rules_json()
    values["totals"]["professional"] = 10
    values["courses"][1]["credits"] = 3
    load(ready.organisation_id, values)  # a cap of 2
    sitting_id = sit_in_room(ready)
    ids = [claim(ready, rule, sitting_id=sitting_id) for rule in ("both", "third")]
    for claim_id in ids:
        check(ready, claim_id, first_of(ready))
    confirm(ready, ids[0], second)
    with pytest.raises(Conflict, match="nothing-left"):
        confirm(ready, ids[1], second)


def race(*calls: Any) -> list[str]:
    """Run calls at the same time; what became of each."""
    said: list[str] = []
    barrier = threading.Barrier(len(calls))

    def run(call: Any) -> None:
        barrier.wait()
        try:
            call()
            said.append("done")
        except Refusal as refusal:
            said.append(refusal.code)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(said)


def test_of_two_clicks_at_once_one_wins(ready: School, second: int) -> None:
    claim_id = claim(ready)
    assert race(
        lambda: check(ready, claim_id, first_of(ready)),
        lambda: check(ready, claim_id, second),
    ) == ["claim-moved-on", "done"]
    with reading() as session:
        checker = session.get_one(Claim, claim_id).checked_by
    other = second if checker == first_of(ready) else first_of(ready)
    assert race(
        lambda: confirm(ready, claim_id, other),
        lambda: act(credits.refuse_claim, ready, claim_id, other, reason="No lab"),
    ) == ["claim-moved-on", "done"]


def test_two_confirmations_at_once_stay_inside_the_cap(ready: School, second: int) -> None:
    sitting_id = sit_in_room(ready)
    ids = [claim(ready, rule, sitting_id=sitting_id) for rule in ("both", "third")]
    for claim_id in ids:
        check(ready, claim_id, first_of(ready))
    race(*(lambda c=claim_id: confirm(ready, c, second) for claim_id in ids))
    with reading() as session:
        total = sum(session.scalars(select(Award.credits_tenths)))
    assert total == 40


def test_two_claims_of_one_evidence_at_once_become_one(ready: School) -> None:
    sitting_id = sit_in_room(ready)
    assert race(*[lambda: claim(ready, sitting_id=sitting_id)] * 2) == ["claim-blocked", "done"]


# --- computing again ---


def test_a_report_computed_again_has_the_same_digits_whatever_changed(
    ready: School, second: int
) -> None:
    claim_id = claim(ready)
    check(ready, claim_id, first_of(ready))
    confirm(ready, claim_id, second)
    values = rules_json()
    values["caps"]["professional"] = 1
    values["rules"][0]["minimum_probability"] = 0.99
    load(ready.organisation_id, values)
    set_standard(
        bank_id=ready.bank_id,
        organisation_id=ready.organisation_id,
        account_id=ready.instructor_id,
        cut=2.0,
    )
    calibrate(ready.bank_id, b=1.5)
    with transaction() as session:
        session.execute(update(Parameter).values(b=3.0, a=0.2))  # even what never changes
    with reading() as session:
        done = credits.recompute(session.get_one(Claim, claim_id))
        report = credits.claim_report(session, claim_id)
    assert done.is_equal
    assert len(done.figures) > 30
    assert report.standard.tier == "T2"
    assert report.rule_levels[0].cut == -0.5
    assert report.rule_set_number == 1


def tamper(claim_id: int) -> None:
    with transaction() as session:
        stored = session.get_one(Claim, claim_id)
        level = stored.report["levels"][0] | {"theta": 3.0}
        stored.report = stored.report | {"levels": [level, *stored.report["levels"][1:]]}


def test_changed_digits_are_named_and_stop_the_decision(ready: School) -> None:
    claim_id = claim(ready)
    tamper(claim_id)
    with reading() as session:
        done = credits.recompute(session.get_one(Claim, claim_id))
    assert [figure.place for figure in done.differences] == ["levels.A1.theta"]
    with pytest.raises(Conflict, match="claim-digits-differ"):
        check(ready, claim_id, first_of(ready))


def test_the_command_computes_all_reports_again(ready: School, app: Flask) -> None:
    claim_id = claim(ready)
    done = app.test_cli_runner().invoke(args=["credits", "recompute"])
    assert (done.exit_code, done.output) == (0, "1 reports computed again, 0 different.\n")
    one = app.test_cli_runner().invoke(args=["credits", "recompute", str(claim_id)])
    assert one.exit_code == 0
    assert "equal" in one.output
    tamper(claim_id)
    failed = app.test_cli_runner().invoke(args=["credits", "recompute"])
    assert failed.exit_code == 1
    assert "levels.A1.theta: stored 3.0, computed" in failed.output
    assert app.test_cli_runner().invoke(args=["credits", "recompute", "99"]).exit_code == 1


# --- rules, queue ---


def test_rules_are_versions_and_the_same_again_is_none(school: School) -> None:
    assert load(school.organisation_id) == 1
    assert load(school.organisation_id) == 1
    assert load(school.organisation_id, rules_json() | {"grade": "90"}) == 2
    assert load(school.other_organisation_id) == 1
    with reading() as session:
        rule_set = credits.get_rule_set(session, school.organisation_id)
    assert CreditRules.from_json(rule_set.content).grade == "90"


def test_rules_for_no_organisation_are_refused(school: School) -> None:
    with pytest.raises(NotFound, match="organisation"):
        load(987)


def test_the_command_loads_a_file(school: School, app: Flask, tmp_path: Any) -> None:
    runner = app.test_cli_runner()
    done = runner.invoke(args=["credits", "load", "--organisation", str(school.organisation_id)])
    assert done.output == "Version 1 of the credit rules is in force.\n"
    wrong = tmp_path / "rules.json"
    wrong.write_text('{"caps": {}}', encoding="utf-8")
    failed = runner.invoke(args=["credits", "load", str(wrong)])
    assert failed.exit_code == 1
    assert "totals is missing" in failed.output


def queue_of(school: School, **filters: Any) -> credits.Queue:
    with reading() as session:
        return credits.read_queue(
            session,
            organisation_id=school.organisation_id,
            filters=credits.QueueFilter(**filters),
            now=LATER + timedelta(days=3),
        )


def test_the_queue_is_filtered(ready: School) -> None:
    sitting_id = sit_in_room(ready)
    one = claim(ready, sitting_id=sitting_id)
    two = claim(ready, "third", sitting_id=sitting_id)
    act(credits.refuse_claim, ready, two, first_of(ready), reason="No lab")
    found = queue_of(ready)
    assert [(line.claim_id, line.days, line.courses) for line in found.lines] == [
        (one, 3, (("PRO1", 20),))
    ]
    assert found.counts == {
        "submitted": 1, "checked": 0, "approved": 0, "refused": 1, "withdrawn": 0
    }  # fmt: skip
    assert found.oldest_days == 3
    assert found.banks == ["tst"]

    def ids(**filters: Any) -> list[int]:
        return [line.claim_id for line in queue_of(ready, **filters).lines]

    assert ids(state="all") == [two, one]
    assert ids(state="refused") == [two]
    assert ids(older_than_days=4) == []
    assert ids(older_than_days=3) == [one]
    assert ids(bank="rad") == []
    assert ids(bank="tst") == [one]
    assert ids(text="STUDENT") == [one]
    assert ids(text="%") == []
    assert ids(text=found.lines[0].number) == [one]
    assert ids(text="er-2026-999") == []
    assert ids(page=9) == [one]


def test_a_queue_holds_only_the_schools_own_claims(ready: School) -> None:
    claim(ready)
    with reading() as session:
        away = credits.read_queue(
            session,
            organisation_id=ready.other_organisation_id,
            filters=credits.QueueFilter(state="all"),
            now=LATER,
        )
    assert away.lines == []
    assert away.total == 0


def test_the_report_says_what_of_a_course_is_covered(ready: School) -> None:
    sitting_id = sit_in_room(ready)
    claim_id = claim(ready, sitting_id=sitting_id)
    with reading() as session:
        report = credits.claim_report(session, claim_id)
        draft = draft_of(session, ready, sitting_id)
    (course,) = report.courses
    assert (course.covered, course.uncovered) == (("tst:A1", "tst:A2"), ())
    assert [person.step for person in report.people] == ["submitted", "checked", "confirmed"]
    assert report.people[1].at is None
    assert [level.code for level in report.rule_levels] == ["A1", "A2"]
    assert 0.8 < report.together_at_least < report.rule_levels[0].probability
    assert report.grantable == report.proposed == 20
    assert draft.state == "draft"
    assert [flag.code for flag in draft.flags] == ["evidence-used"]


def draft_of(session: Session, school: School, sitting_id: int) -> credits.ClaimReport:
    case = credits.draft_case(
        session,
        sitting_id=sitting_id,
        rule_id="both",
        student_id=school.student_id,
        organisation_id=school.organisation_id,
    )
    return credits.draft_report(session, case, student_id=school.student_id)
