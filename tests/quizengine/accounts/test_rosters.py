"""Classes and rosters: nothing before the commit, everything or nothing at it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from itembank.errors import ItemBankError
from quizengine.accounts.service import (
    accounts,
    classes,
    create_account_with_hash,
    create_class,
    rosters,
)
from quizengine.accounts.service.rosters import RosterLine, read_roster
from quizengine.accounts.tables import Account, ClassMember, RosterUpload, TeachingClass
from quizengine.database import reading, transaction
from quizengine.errors import Conflict, InvalidInput
from quizengine.permissions import Role

from ..conftest import NOW, Browser, School

ONEROSTER = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email\r\n"
    "u-1,active,,true,org-1,student,lin.yue,,Yue,Lin,,20260001,\r\n"
    "u-2,active,,true,org-1,teacher,gao.min,,Min,Gao,,,\r\n"
    "u-3,tobedeleted,,true,org-1,student,wang.fang,,Fang,Wang,,,\r\n"
    "u-4,active,,false,org-1,student,xu.jing,,Jing,Xu,,,\r\n"
)


@pytest.fixture
def class_id(school: School) -> int:
    """A class of the instructor."""
    with transaction() as session:
        made = create_class(
            session, organisation_id=school.organisation_id, code="MI-1", name="影像一班", now=NOW
        )
        classes.add_to_class(
            session, class_id=made, account_id=school.instructor_id, role=Role.INSTRUCTOR
        )
    return made


def plan(class_id: int, *lines: RosterLine) -> list[tuple[str, str]]:
    with reading() as session:
        found = session.get_one(TeachingClass, class_id)
        return [(one.outcome, one.code) for one in rosters.plan_roster(session, found, lines)]


def upload(school: School, class_id: int, *lines: RosterLine) -> int:
    with transaction() as session:
        return rosters.start_upload(
            session,
            found=session.get_one(TeachingClass, class_id),
            account_id=school.instructor_id,
            filename="r.csv",
            lines=lines,
            now=NOW,
        )


def commit(class_id: int, upload_id: int, expected: tuple[int, int]) -> Counter[str]:
    with transaction() as session:
        return rosters.commit_upload(
            session,
            rosters.get_upload(session, upload_id, class_id=class_id, for_update=True),
            session.get_one(TeachingClass, class_id),
            expected=expected,
            language="zh",
            now=NOW,
        )


def members(class_id: int) -> list[str]:
    with reading() as session:
        return [m.username for m in classes.list_members(session, class_id)]


# Reading the file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("header", ["学号,姓名,班级", "学号（必填）,学生姓名,行政班"])
def test_a_chinese_list_is_read_in_any_usual_encoding(encoding: str, header: str):
    text = f"{header}\r\n20260001,李晓明,影像一班\r\n20260002,欧阳 静,影像一班\r\n"
    assert read_roster(text.encode(encoding), "r.csv") == [
        RosterLine(2, "20260001", "李晓明", "影像一班"),
        RosterLine(3, "20260002", "欧阳 静", "影像一班"),
    ]


def test_an_english_list_with_semicolons_and_lines_above_the_head_is_read():
    text = "Class list of 2026;;\nUser Name;Name;Class\nLIN.YUE;Lin Yue;MI-1\n"
    assert read_roster(text.encode(), "r.csv") == [RosterLine(3, "lin.yue", "Lin Yue", "MI-1")]


def test_a_workbook_with_numbers_is_read():
    from openpyxl import Workbook

    book, target = Workbook(), io.BytesIO()
    book.active.append(["学号", "姓名"])
    book.active.append([20260001, "李晓明"])
    book.save(target)
    assert read_roster(target.getvalue(), "r.xlsx") == [RosterLine(2, "20260001", "李晓明")]


def test_users_of_oneroster_are_read():
    lines = read_roster(ONEROSTER.encode(), "users.csv")
    assert [(line.username, line.name, line.role, line.leaving) for line in lines] == [
        ("lin.yue", "Yue Lin", "student", False),
        ("gao.min", "Min Gao", "teacher", False),
        ("wang.fang", "Fang Wang", "student", True),
        ("xu.jing", "Jing Xu", "student", True),
    ]


def test_family_and_given_name_in_chinese_stand_together():
    (line,) = read_roster("学号,姓,名\n1001,欧阳,静\n".encode(), "r.csv")
    assert line.name == "欧阳静"


def test_full_width_digits_and_guarded_cells_are_the_same_number():
    lines = read_roster("学号,姓名\n２０２６０００１,李\n'20260002,王\n".encode(), "r.csv")
    assert [line.username for line in lines] == ["20260001", "20260002"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("a,b\n1,2\n", "roster-columns"), ("学号,姓名\n", "roster-empty"),
     ("username,name\n" + "x1,y\n" * 2001, "roster-too-long")],
)  # fmt: skip
def test_a_file_that_is_no_list_says_why(text: str, code: str):
    with pytest.raises(InvalidInput, match=code):
        read_roster(text.encode(), "r.csv")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=400)
    | st.text(max_size=200).map(lambda t: f"学号,姓名\n{t}".encode("utf-8", "ignore"))
)
def test_no_file_is_an_error_of_the_program(data: bytes):
    try:
        lines = read_roster(data, "r.csv")
    except (InvalidInput, ItemBankError):
        return
    assert all("\0" not in line.username + line.name + line.class_name for line in lines)


# What would happen


def test_each_row_says_what_would_happen_and_why(school: School, class_id: int):
    with transaction() as session:
        accounts.disable_account(session, account_id=school.second_student_id, now=NOW)
    assert plan(
        class_id,
        RosterLine(2, "20260001", "李"),
        RosterLine(3, "student", "Student"),
        RosterLine(4, "student2", ""),
        RosterLine(5, "away-student", "Away"),
        RosterLine(6, "registrar", "R"),
        RosterLine(7, "", "No number"),
        RosterLine(8, "2.026e+09", "Short"),
        RosterLine(9, "李晓明", "李晓明"),
        RosterLine(10, "20260002", ""),
        RosterLine(11, "20260001", "again"),
        RosterLine(12, "20260003", "王", "另一班"),
        RosterLine(13, "20260004", "王", role="teacher"),
        RosterLine(14, "20260005", "王", leaving=True),
        RosterLine(15, "20260006", "王", "mi-1"),
    ) == [
        ("new", ""),
        ("joins", ""),
        ("rejected", "roster-disabled"),
        ("elsewhere", "roster-elsewhere"),
        ("rejected", "roster-not-student"),
        ("rejected", "roster-no-username"),
        ("rejected", "roster-shortened"),
        ("rejected", "roster-username"),
        ("rejected", "roster-no-name"),
        ("rejected", "roster-repeated"),
        ("left-out", "roster-other-class"),
        ("rejected", "roster-role"),
        ("left-out", "roster-leaving"),
        ("new", ""),
    ]


# Doing it


def test_nothing_is_stored_before_the_commit_and_all_of_it_at_the_commit(
    school: School, class_id: int
):
    lines = [RosterLine(n, f"2026{n:04d}", f"学生{n}") for n in range(2, 40)]
    upload_id = upload(school, class_id, *lines, RosterLine(90, "student", "Somebody"))
    assert members(class_id) == ["instructor"]
    counts = commit(class_id, upload_id, (38, 1))
    assert counts == {"new": 38, "joins": 1}
    assert len(members(class_id)) == 40
    with reading() as session:
        made = session.scalars(select(Account).where(Account.username.like("2026%"))).all()
        assert {(a.password_hash, a.language, a.organisation_id) for a in made} == {
            ("", "zh", school.organisation_id)
        }
        kept = session.get_one(Account, school.student_id)
        assert kept.display_name == "Student"


def test_committing_twice_changes_nothing(school: School, class_id: int):
    upload_id = upload(school, class_id, RosterLine(2, "20260001", "李"))
    assert commit(class_id, upload_id, (1, 0)) == commit(class_id, upload_id, (1, 0))
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ClassMember)) == 2


def test_what_changed_since_the_page_was_shown_stops_the_commit(school: School, class_id: int):
    upload_id = upload(school, class_id, RosterLine(2, "20260001", "李"))
    with transaction() as session:
        create_account_with_hash(
            session,
            organisation_id=school.organisation_id,
            username="20260001",
            display_name="Another",
            password_hash="",
            roles=[Role.STUDENT],
            now=NOW,
        )
    with pytest.raises(Conflict, match="roster-changed"):
        commit(class_id, upload_id, (1, 0))
    assert members(class_id) == ["instructor"]
    assert commit(class_id, upload_id, (0, 1)) == {"joins": 1}


def test_a_list_without_a_row_that_is_ready_is_not_committed(school: School, class_id: int):
    upload_id = upload(school, class_id, RosterLine(2, "", "李"))
    with pytest.raises(Conflict, match="roster-nothing-ready"):
        commit(class_id, upload_id, (0, 0))


def test_names_of_uploads_that_came_to_nothing_are_not_kept(school: School, class_id: int):
    for n in range(3):
        upload(school, class_id, RosterLine(2, f"2026000{n}", "李"))
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(RosterUpload)) == 1


# Classes


def test_the_code_of_a_class_is_unique_in_its_organisation(school: School, class_id: int):
    with pytest.raises(Conflict, match="class-code-taken"), transaction() as session:
        create_class(
            session, organisation_id=school.organisation_id, code="MI-1", name="X", now=NOW
        )
    with transaction() as session:
        create_class(
            session, organisation_id=school.other_organisation_id, code="MI-1", name="X", now=NOW
        )


def test_a_class_keeps_an_instructor(school: School, class_id: int):
    with pytest.raises(Conflict, match="class-last-instructor"), transaction() as session:
        classes.remove_member(session, class_id=class_id, account_id=school.instructor_id)


@pytest.mark.parametrize(
    ("username", "role", "code"),
    [("nobody", Role.STUDENT, "nobody-here"), ("away-student", Role.STUDENT, "nobody-here"),
     ("registrar", Role.STUDENT, "not-a-student"),
     ("student", Role.INSTRUCTOR, "not-an-instructor"),
    ],
)  # fmt: skip
def test_only_fitting_people_of_the_organisation_come_into_a_class(
    school: School, class_id: int, username: str, role: Role, code: str
):
    with pytest.raises(InvalidInput, match=code), transaction() as session:
        found = session.get_one(TeachingClass, class_id)
        classes.enrol(session, found=found, username=username, role=role)


def test_no_link_is_made_for_whoever_is_more_than_a_student(school: School, class_id: int):
    """Or an instructor could open the account of an administrator who was just invited."""
    with transaction() as session:
        link = accounts.invite_account(
            session,
            organisation_id=school.organisation_id,
            username="chief",
            display_name="Chief",
            roles=[Role.STUDENT, Role.ADMINISTRATOR],
            language="en",
            invited_by=1,
            now=NOW,
        )
        found = session.get_one(TeachingClass, class_id)
        classes.enrol(session, found=found, username="chief", role=Role.STUDENT)
    with pytest.raises(Conflict, match="nobody-waits"), transaction() as session:
        classes.issue_welcome_links(
            session,
            found=session.get_one(TeachingClass, class_id),
            issued_by=school.instructor_id,
            now=NOW,
        )
    assert link.kind == "welcome"


# Pages


def test_from_the_file_to_the_first_sign_in(
    school: School, class_id: int, browser_of: Callable[[str], Browser], anonymous: Browser
):
    browser = browser_of("instructor")
    data = "学号,姓名\r\n20260001,=HYPERLINK(1)\r\n".encode("gb18030")
    response = browser.post(
        f"/classes/{class_id}/roster",
        {"file": (io.BytesIO(data), "名单.csv")},
        content_type="multipart/form-data",
    )
    page = response.headers["Location"]
    assert "1 of 1 row is ready" in browser.get(page).get_data(as_text=True)
    assert browser.post(page, {"new": "1", "joins": "0"}).status_code == 303
    assert "20260001" in browser.get(f"/classes/{class_id}").get_data(as_text=True)

    sent = browser.post(f"/classes/{class_id}/welcome-links")
    assert sent.data.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(sent.data.decode("utf-8-sig")))
    assert row[0] == "'=HYPERLINK(1)"  # no spreadsheet runs it
    assert row[1] == "20260001"
    path = row[2].removeprefix("http://localhost")
    form = {"csrf_token": anonymous.token(path), "new": "a few words in a row"}
    assert anonymous.client.post(path, data=form).status_code == 303
    assert anonymous.get("/exams").status_code == 200
    assert browser.post(f"/classes/{class_id}/welcome-links").status_code == 409
    assert len(head) == 4


def test_a_colleague_does_not_see_the_class(
    school: School, class_id: int, browser_of: Callable[[str], Browser]
):
    with transaction() as session:
        create_account_with_hash(
            session,
            organisation_id=school.organisation_id,
            username="colleague",
            display_name="Colleague",
            password_hash=session.get_one(Account, school.instructor_id).password_hash,
            roles=[Role.INSTRUCTOR],
            now=NOW,
        )
    browser = browser_of("colleague")
    assert browser.get(f"/classes/{class_id}").status_code == 404
    assert browser.get(f"/classes/{class_id}/roster").status_code == 404
    assert browser.post(f"/classes/{class_id}/welcome-links").status_code == 404
    assert "You teach no class yet" in browser.get("/classes").get_data(as_text=True)


@pytest.mark.parametrize(
    ("data", "says"),
    [(b"", "The file is empty"), (b"%PDF-1.7", "table"),
     ("甲,乙\n1,2".encode(), "No column with user names")],
)  # fmt: skip
def test_a_file_that_cannot_be_used_shows_the_form_again(
    school: School, class_id: int, browser_of: Callable[[str], Browser], data: bytes, says: str
):
    response = browser_of("instructor").post(
        f"/classes/{class_id}/roster",
        {"file": (io.BytesIO(data), "x.csv")},
        content_type="multipart/form-data",
    )
    assert response.status_code == 422
    assert says in response.get_data(as_text=True)
