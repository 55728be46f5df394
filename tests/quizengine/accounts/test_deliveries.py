"""A OneRoster delivery through the pages: what it would change, and what it changed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from quizengine.accounts.tables import Account, ClassMember, RosterDelivery, TeachingClass
from quizengine.database import reading

Open = Callable[[str], Any]

USERS = """sourcedId,status,enabledUser,username,givenName,familyName,role,orgSourcedIds
u1,active,true,Li.Na,娜,李,student,s
u2,active,true,tom,Tom,Smith,student,s
u3,active,true,instructor,In,Structor,teacher,s
u4,active,true,away-student,A,Way,student,s
u5,tobedeleted,true,gone,Go,Ne,student,s
"""
CLASSES = """sourcedId,status,title,classCode,schoolSourcedId
c1,active,CT Year 2,CT2,s
c2,active,Ultrasound,US1,s
c3,active,Nobody,NO1,s
"""
ENROLMENTS = """sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role
1,active,c1,s,u1,student
2,active,c2,s,u1,student
3,active,c1,s,u2,student
4,active,c1,s,u3,teacher
5,active,c1,s,u4,student
6,active,c1,s,u5,student
7,active,c1,s,nobody,student
"""


def delivery(**changed: str) -> bytes:
    files = {
        "manifest.csv": "propertyName,value\noneroster.version,1.1\n",
        "orgs.csv": "sourcedId,name,type\ns,School,school\n",
        "users.csv": USERS,
        "classes.csv": CLASSES,
        "enrollments.csv": ENROLMENTS,
    } | {f"{name}.csv": text for name, text in changed.items()}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return target.getvalue()


def send(browser: Any, data: bytes, address: str = "/classes/oneroster") -> Any:
    return browser.post(
        address, {"file": (io.BytesIO(data), "roster.zip")}, content_type="multipart/form-data"
    )


def members() -> set[tuple[str, str, str]]:
    with reading() as session:
        query = (
            select(TeachingClass.code, Account.username, ClassMember.role)
            .join(ClassMember, ClassMember.class_id == TeachingClass.id)
            .join(Account, Account.id == ClassMember.account_id)
            .where(TeachingClass.code.in_(["CT2", "US1", "NO1"]))
        )
        return {(row[0], row[1], row[2]) for row in session.execute(query)}


def test_a_delivery_makes_classes_and_students_once(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    response = send(browser, delivery())
    assert response.status_code == 303, response.get_data(as_text=True)
    page = browser.get(response.headers["Location"]).get_data(as_text=True)
    assert "3 students are ready" in page
    assert "CT Year 2" in page
    assert "line 8" in page  # the enrolment of nobody
    assert not members()

    for _again in range(2):
        assert browser.post(response.headers["Location"], {"expected": "3"}).status_code == 303
    assert members() == {
        ("CT2", "li.na", "student"),
        ("CT2", "tom", "student"),
        ("CT2", "instructor", "instructor"),
        ("US1", "li.na", "student"),
        ("US1", "instructor", "instructor"),
    }
    with reading() as session:
        made = session.scalars(select(Account).where(Account.username == "li.na")).one()
        assert made.display_name == "李娜"
        assert made.organisation_id == school.organisation_id
        done = session.scalars(select(RosterDelivery)).one().content["done"]
    assert done == {"classes": 2, "new": 2, "joins": 1}
    page = browser.get(response.headers["Location"]).get_data(as_text=True)
    assert "2 new classes, 2 new accounts" in page


def test_a_delivery_on_the_page_of_a_class_is_known_by_its_content(
    browser_of: Open, school: Any
) -> None:
    browser = browser_of("instructor")
    made = browser.post("/classes", {"code": "K1", "name": "One"})
    response = send(browser, delivery(), f"{made.headers['Location']}/roster")
    assert "/classes/oneroster/" in response.headers["Location"]


def test_a_class_of_somebody_else_is_left_alone(browser_of: Open, school: Any) -> None:
    from quizengine.accounts.service import classes
    from quizengine.database import transaction, utcnow

    with transaction() as session:
        classes.create_class(
            session, organisation_id=school.organisation_id, code="CT2", name="X", now=utcnow()
        )
    browser = browser_of("instructor")
    address = send(browser, delivery()).headers["Location"]
    page = browser.get(address).get_data(as_text=True)
    assert "1 student is ready" in page
    assert "teaches a class CT2" in page
    browser.post(address, {"expected": "1"})
    assert {code for code, _, _ in members()} == {"US1"}


def test_what_the_page_did_not_show_is_not_done(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    address = send(browser, delivery()).headers["Location"]
    browser.post(address, {"expected": "2"})
    assert not members()


def test_a_file_without_classes_gets_a_sentence(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    for data, words in (
        (delivery(enrollments="sourcedId\n"), "no class with students"),
        (b"PK\x03\x04 broken", "cannot be unpacked"),
        (b"no zip", "cannot be unpacked"),
    ):
        response = send(browser, data)
        assert response.status_code == 422
        assert words in response.get_data(as_text=True)


def test_another_instructor_sees_no_delivery(browser_of: Open, school: Any) -> None:
    address = send(browser_of("instructor"), delivery()).headers["Location"]
    assert browser_of("away-instructor").get(address).status_code == 404
    assert browser_of("away-instructor").post(address, {"expected": "3"}).status_code == 404
    assert browser_of("student").get(address).status_code == 403
