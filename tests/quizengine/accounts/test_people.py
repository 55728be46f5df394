"""What an administrator does with accounts and organisations, and what is refused."""

from __future__ import annotations

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from quizengine.accounts.service import accounts, create_simulated_students, directory
from quizengine.accounts.service.directory import AccountFilter
from quizengine.accounts.tables import Account, Organisation
from quizengine.audit import AuditEvent
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.permissions import Role

from ..conftest import NOW, PASSWORD, School


def change(account_id: int, roles, by: int = 1) -> None:
    with transaction() as session:
        accounts.change_account(
            session, account_id=account_id, display_name="X", roles=roles, changed_by=by, now=NOW
        )


def names(**wanted: object) -> list[str]:
    with reading() as session:
        found = directory.list_accounts(session, AccountFilter(**wanted))  # type: ignore[arg-type]
    return [line.username for line in found.lines]


def leave_one_administrator(school: School) -> int:
    with transaction() as session:
        accounts.disable_account(session, account_id=school.others[Role.ADMINISTRATOR], now=NOW)
    return school.accounts[Role.ADMINISTRATOR]


def test_the_last_administrator_cannot_be_disabled_demoted_or_reset(school: School):
    last = leave_one_administrator(school)
    with pytest.raises(Conflict, match="last-administrator"), transaction() as session:
        accounts.disable_account(session, account_id=last, now=NOW)
    with pytest.raises(Conflict, match="last-administrator"):
        change(last, [Role.STUDENT])
    with pytest.raises(Conflict, match="last-administrator"), transaction() as session:
        accounts.reset_account(session, account_id=last, reset_by=school.student_id, now=NOW)
    change(last, [Role.ADMINISTRATOR, Role.REGISTRAR])


def test_an_administrator_without_a_password_does_not_count_as_one(school: School):
    last = leave_one_administrator(school)
    with transaction() as session:
        accounts.invite_account(
            session,
            organisation_id=school.organisation_id,
            username="invited",
            display_name="Invited",
            roles=[Role.ADMINISTRATOR],
            language="en",
            invited_by=last,
            now=NOW,
        )
    with pytest.raises(Conflict, match="last-administrator"):
        change(last, [Role.STUDENT])


def test_two_administrators_who_remove_each_other_at_once_leave_one(school: School):
    both = [school.accounts[Role.ADMINISTRATOR], school.others[Role.ADMINISTRATOR]]

    def remove(account_id: int) -> str:
        try:
            change(account_id, [Role.STUDENT])
        except Conflict as refusal:
            return refusal.code
        return "removed"

    with ThreadPoolExecutor(2) as threads:
        assert Counter(threads.map(remove, both)) == {"removed": 1, "last-administrator": 1}


def test_roles_hold_from_the_next_request_on(school: School, browser_of):
    student = browser_of("student")
    assert student.get("/classes").status_code == 403
    change(school.student_id, [Role.INSTRUCTOR])
    assert student.get("/classes").status_code == 200
    assert student.get("/exams").status_code == 403


@pytest.mark.parametrize(("roles", "code"), [([], "role-missing"), (["king"], "role-unknown")])
def test_an_account_keeps_a_role_and_only_roles_there_are(school: School, roles, code):
    with pytest.raises(InvalidInput, match=code):
        change(school.student_id, roles)


def test_changes_of_accounts_stand_in_the_audit_log(school: School):
    change(school.student_id, [Role.EXPERT], by=school.accounts[Role.ADMINISTRATOR])
    with reading() as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.action == "account-roles-changed")
        ).one()
    assert (event.before, event.after) == ({"roles": ["student"]}, {"roles": ["expert"]})
    assert event.account_id == school.accounts[Role.ADMINISTRATOR]


def test_one_does_not_reset_oneself_nor_a_simulated_student(school: School):
    me = school.accounts[Role.ADMINISTRATOR]
    with transaction() as session:
        (simulated,) = create_simulated_students(
            session, organisation_id=school.organisation_id, n_students=1, now=NOW
        )
    for account_id, code in ((me, "account-own"), (simulated, "account-simulated")):
        with pytest.raises(Conflict, match=code), transaction() as session:
            accounts.reset_account(session, account_id=account_id, reset_by=me, now=NOW)


def test_the_list_finds_by_name_organisation_role_and_state(school: School):
    with transaction() as session:
        create_simulated_students(
            session, organisation_id=school.organisation_id, n_students=60, now=NOW
        )
        accounts.disable_account(session, account_id=school.second_student_id, now=NOW)
    assert len(names()) == 11
    assert names(search="SECOND") == ["student2"]
    assert names(search="away-stu") == ["away-student"]
    assert names(search="%") == names(search="_") == []
    assert names(role="student") == ["away-student", "student", "student2"]
    assert len(names(organisation_id=school.other_organisation_id)) == 5
    assert names(state="disabled") == ["student2"]
    assert len(names(state="simulated")) == len(names(with_simulated=True)) == directory.PAGE
    assert len(names(state="simulated", page=2)) == 10
    assert len(names(state="simulated", page=900)) == 10  # the last page there is


def test_every_account_is_in_exactly_one_state(school: School):
    with transaction() as session:
        create_simulated_students(
            session, organisation_id=school.organisation_id, n_students=3, now=NOW
        )
        accounts.disable_account(session, account_id=school.student_id, now=NOW)
        session.get_one(Account, school.instructor_id).password_hash = ""
    with reading() as session:
        counts = directory.count_states(session)
        everybody = session.scalars(select(Account)).all()
    assert counts == Counter(map(directory.state_of, everybody))
    assert counts == {"active": 9, "waiting": 1, "disabled": 1, "simulated": 3}


@pytest.mark.parametrize(
    "query", ["page=0", "page=x", "page=99999999999999999999", "organisation=-1", "organisation=³",
              "role=king", "state=%00", "search=%00%27%22%25", "simulated=2"],
)  # fmt: skip
def test_no_question_to_the_list_is_an_error(browser_of, query: str):
    assert browser_of("administrator").get(f"/accounts?{query}").status_code == 200


def test_an_invitation_shows_its_link_once_and_says_that_no_mail_is_sent(
    school: School, browser_of
):
    browser = browser_of("administrator")
    sent = {
        "username": "Wang.Fang",
        "display_name": "王芳",
        "organisation_id": school.other_organisation_id,
        "roles": ["instructor", "expert"],
        "language": "zh",
    }
    html = browser.post("/accounts", sent).get_data(as_text=True)
    assert re.search(r'value="http://localhost/welcome/[\w-]{40,}"', html)
    assert "No e-mail is sent" in html
    with reading() as session:
        made = session.scalars(select(Account).where(Account.username == "wang.fang")).one()
    page = browser.get(f"/accounts/{made.id}").get_data(as_text=True)
    assert "/welcome/" not in page
    assert "Waits for a password" in page
    again = browser.post("/accounts", sent)
    assert again.status_code == 409
    assert "already used" in again.get_data(as_text=True)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"username": "ab"}, 422), ({"username": "用户名用户名"}, 422), ({"display_name": " "}, 422),
     ({"roles": "king"}, 422), ({"organisation_id": "999"}, 422), ({"organisation_id": "x"}, 422),
     ({"display_name": "x" * 200}, 422), ({"language": "fr"}, 422)],
)  # fmt: skip
def test_an_invitation_with_a_mistake_says_so(school: School, browser_of, wrong, status):
    sent = {
        "username": "somebody",
        "display_name": "Somebody",
        "organisation_id": school.organisation_id,
        "roles": "student",
        "language": "en",
    }
    response = browser_of("administrator").post("/accounts", sent | wrong)
    assert response.status_code == status
    assert "data-error-summary" in response.get_data(as_text=True)


def test_an_account_that_is_not_there_is_not_found(school: School, browser_of):
    browser = browser_of("administrator")
    assert browser.get("/accounts/987654").status_code == 404
    assert browser.get("/organisations/987654").status_code == 404
    for action in ("reset", "disable", "enable"):
        assert browser.post(f"/accounts/987654/{action}").status_code == 404
    with pytest.raises(NotFound), reading() as session:
        directory.get_account_line(session, 987654)


def test_the_refusal_to_lose_the_last_administrator_is_a_sentence(school: School, browser_of):
    last = leave_one_administrator(school)
    response = browser_of("administrator").post(f"/accounts/{last}/disable")
    assert response.status_code == 409
    assert "Make somebody else an administrator first" in " ".join(
        response.get_data(as_text=True).split()
    )


def test_a_disabled_account_is_out_at_once_and_comes_back_with_its_password(
    school: School, browser_of
):
    student, administrator = browser_of("student"), browser_of("administrator")
    administrator.post(f"/accounts/{school.student_id}/disable")
    assert student.get("/account").status_code == 302
    administrator.post(f"/accounts/{school.student_id}/enable")
    student.sign_in("student", PASSWORD)


def test_organisations_are_added_and_renamed_in_both_languages(school: School, browser_of):
    browser = browser_of("administrator")
    sent = {"kind": "hospital", "name_en": "First Hospital", "name_zh": "第一医院"}
    assert browser.post("/organisations", sent).status_code == 303
    assert browser.post("/organisations", sent | {"kind": "club"}).status_code == 422
    assert browser.post("/organisations", sent | {"name_zh": ""}).status_code == 422
    with reading() as session:
        made = session.scalars(
            select(Organisation).where(Organisation.name_en == "First Hospital")
        ).one()
    renamed = {"name_en": "Second Hospital", "name_zh": "第二医院"}
    assert browser.post(f"/organisations/{made.id}", renamed).status_code == 303
    page = browser.get("/organisations").get_data(as_text=True)
    assert "Second Hospital" in page
    assert "第二医院" in page
    assert "First Hospital" not in page
