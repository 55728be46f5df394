"""One-time links: once, for a while, for one account, and nowhere stored."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from quizengine.accounts.passwords import hash_password
from quizengine.accounts.service import accounts, links
from quizengine.accounts.service.links import NewLink
from quizengine.accounts.tables import OneTimeLink
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import NotFound
from quizengine.permissions import Role

from ..conftest import NOW, Browser, School

NEW_PASSWORD = "a few words in a row"


def invite(school: School, username: str = "newcomer", now=NOW, role=Role.STUDENT) -> NewLink:
    with transaction() as session:
        return accounts.invite_account(
            session,
            organisation_id=school.organisation_id,
            username=username,
            display_name="New Comer",
            roles=[role],
            language="en",
            invited_by=school.accounts[Role.ADMINISTRATOR],
            now=now,
        )


def use(token: str, now=NOW) -> int:
    with transaction() as session:
        return links.use_link(session, token=token, password_hash="hash", now=now)


def test_only_the_hash_of_a_link_is_stored(school: School):
    link = invite(school)
    with reading() as session:
        row = session.scalars(select(OneTimeLink)).one()
    assert link.token not in str(vars(row))
    assert len(link.token) >= 40


def test_a_link_works_once(school: School):
    link = invite(school)
    assert use(link.token) == link.account_id
    with pytest.raises(NotFound, match="link"):
        use(link.token)


def test_of_many_uses_at_once_one_succeeds(school: School):
    link = invite(school)

    def one_use(_number: int) -> str:
        try:
            use(link.token)
        except NotFound:
            return "refused"
        return "used"

    with ThreadPoolExecutor(8) as threads:
        assert Counter(threads.map(one_use, range(8))) == {"used": 1, "refused": 7}


@pytest.mark.parametrize(("kind", "holds"), [("welcome", timedelta(days=7)),
                                             ("reset", timedelta(minutes=30))])  # fmt: skip
def test_a_link_runs_out(school: School, kind: str, holds: timedelta):
    with transaction() as session:
        link = links.issue_link(
            session, account_id=school.student_id, kind=kind, created_by=None, now=NOW
        )
    with reading() as session:
        links.get_link_holder(session, token=link.token, now=NOW + holds - timedelta(seconds=1))
    with pytest.raises(NotFound, match="link"):
        use(link.token, NOW + holds)


def test_a_new_link_makes_the_earlier_one_worthless(school: School):
    first = invite(school)
    with transaction() as session:
        second = accounts.reset_account(
            session,
            account_id=first.account_id,
            reset_by=school.accounts[Role.ADMINISTRATOR],
            now=NOW,
        )
    assert second.kind == "welcome"  # there never was a password to reset
    with pytest.raises(NotFound, match="link"):
        use(first.token)
    assert use(second.token) == first.account_id


def test_the_link_of_a_disabled_account_opens_nothing(school: School):
    link = invite(school)
    with transaction() as session:
        accounts.disable_account(session, account_id=link.account_id, now=NOW)
    with pytest.raises(NotFound, match="link"):
        use(link.token)


def test_the_owner_sets_a_password_and_is_signed_in(app: Flask, school: School):
    link = invite(school, now=utcnow())
    browser = Browser(app.test_client())
    page = f"/welcome/{link.token}"
    sent = {"csrf_token": browser.token(page), "new": NEW_PASSWORD}
    response = browser.client.post(page, data=sent)
    assert response.status_code == 303
    assert browser.get("/account").status_code == 200
    assert Browser(app.test_client()).sign_in("newcomer", NEW_PASSWORD)
    assert browser.get(page).status_code == 404


@pytest.mark.parametrize("weak", ["", "short", "newcomer-newcomer"[:8], "1234567890"])
def test_a_weak_password_is_refused_and_the_link_stays_good(app: Flask, school: School, weak: str):
    link = invite(school, now=utcnow())
    browser = Browser(app.test_client())
    page = f"/welcome/{link.token}"
    sent = {"csrf_token": browser.token(page), "new": weak}
    assert browser.client.post(page, data=sent).status_code == 422
    assert browser.get(page).status_code == 200


def test_a_reset_ends_every_sign_in_and_the_old_password(app: Flask, school: School, browser_of):
    student, administrator = browser_of("student"), browser_of("administrator")
    response = administrator.post(f"/accounts/{school.student_id}/reset")
    html = response.get_data(as_text=True)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert student.get("/account").status_code == 302
    with pytest.raises(AssertionError):
        Browser(app.test_client()).sign_in("student")
    token = html.split("/welcome/")[1].split('"')[0]
    use(token, utcnow())


def test_a_forged_host_does_not_reach_the_owner(app: Flask, school: School):
    """The link is shown to the administrator who asked for it, and to nobody else."""
    link = invite(school, now=utcnow())
    response = app.test_client().get(f"/welcome/{link.token}", headers={"Host": "evil.example"})
    assert "evil.example" not in response.get_data(as_text=True)


def test_a_password_is_hashed_before_the_link_is_spent(school: School):
    link = invite(school)
    hashed = hash_password(NEW_PASSWORD)
    with transaction() as session:
        links.use_link(session, token=link.token, password_hash=hashed, now=NOW)
    with reading() as session:
        assert accounts.get_account(session, link.account_id).password_hash == hashed
