"""OneRoster deliveries: every line is read or listed with its file and line."""
# ruff: noqa: E501 - the lines of the files are long

import io
import zipfile

import pytest

from itembank.errors import ItemBankError
from quizengine.accounts.oneroster import read_oneroster
from quizengine.errors import InvalidInput
from quizengine.messages import MESSAGES, sentence

USERS = """sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
u1,,,true,s1,student,wang.wei,,伟,王,,2023001,,,,,,
u2,,,true,"s1,s2",teacher,li.na,,娜,李,,T7,,,,,,
u3,,,false,s1,student,gone,,Anna,Gone,,2023003,,,,,,
u1,,,true,s1,student,again,,伟,王,,2023001,,,,,,
u4,,,true,s1,student,,,Nobody,,,,,,,,,
,,,true,s1,student,noid,,No,Id,,,,,,,,
"""
CLASSES = """sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
c1,,,影像 2023-1 班,,k1,RAD231,scheduled,,s1,"t1,t2",,,
c2,,,,,k1,RAD232,scheduled,,s1,t1,,,
"""
ENROLLMENTS = """sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate
e1,,,c1,s1,u1,student,,2026-09-01,2027-06-30
e2,,,c1,s1,u2,teacher,true,,
e3,,,c9,s1,u1,student,,,
e4,,,c1,s1,u1,student,,,
e5,tobedeleted,,c1,s1,u3,student,,,
"""
ORGS = "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\ns1,,,医学院,school,,d1\n"
MANIFEST = "propertyName,value\noneroster.version,1.1\nfile.users,bulk\nfile.demographics,absent\n"


def delivery(**changed):
    files = {
        "manifest.csv": MANIFEST,
        "users.csv": USERS,
        "classes.csv": CLASSES,
        "enrollments.csv": ENROLLMENTS,
        "orgs.csv": ORGS,
    } | {f"{name}.csv": text for name, text in changed.items()}
    return {name: text.encode() for name, text in files.items() if text is not None}


def zipped(files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def test_people_classes_and_enrolments_are_read():
    found = read_oneroster(zipped(delivery()))
    assert (found.version, found.is_delta) == ("1.1", False)
    assert [org.name for org in found.organisations] == ["医学院"]
    wang, li, gone, nobody = found.people
    assert (wang.family_name, wang.given_name, wang.number) == ("王", "伟", "2023001")
    assert (wang.roles, wang.is_leaving, gone.is_leaving) == (("student",), False, True)
    assert li.organisations == ("s1", "s2")
    assert nobody.username == ""
    (room,) = found.classes
    assert (room.title, room.code, room.terms) == ("影像 2023-1 班", "RAD231", ("t1", "t2"))
    members = [(one.person, one.class_id, one.role, one.is_leaving) for one in found.enrolments]
    assert members == [
        ("u1", "c1", "student", False),
        ("u2", "c1", "teacher", False),
        ("u3", "c1", "student", True),
    ]


def test_every_line_that_was_left_out_is_named_with_its_sentence():
    found = read_oneroster(delivery())
    named = {(one.file, one.line, one.code) for one in found.findings}
    assert named == {
        ("users.csv", 5, "oneroster-repeated"),
        ("users.csv", 6, "oneroster-username"),
        ("users.csv", 7, "oneroster-empty"),
        ("classes.csv", 3, "oneroster-empty"),
        ("enrollments.csv", 4, "oneroster-unknown"),
        ("enrollments.csv", 5, "oneroster-twice"),
    }
    for one in found.findings:
        for language in ("en", "zh"):
            assert "%" not in sentence(one.code, language, dict(one.details))
        assert one.code in MESSAGES
    # lines of users.csv: read or left out, none besides
    left_out = [
        one for one in found.findings if one.severity == "error" and one.file == "users.csv"
    ]
    assert len(found.people) + len(left_out) == len(USERS.strip().splitlines()) - 1


def test_the_roles_of_version_1_2_stand_in_a_file_of_their_own():
    users = "sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,preferredFirstName\nu1,,,true,kim,Kimberly,Roe,Kim\n"
    roles = "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\nr1,,,u1,primary,student,,,s1\nr2,,,u1,secondary,aide,,,s2\nr3,,,u8,primary,student,,,s1\n"
    manifest = "propertyName,value\noneroster.version,1.2\nfile.users,delta\n"
    found = read_oneroster(
        delivery(users=users, roles=roles, manifest=manifest, enrollments=None, classes=None)
    )
    (kim,) = found.people
    assert (found.version, found.is_delta) == ("1.2", True)
    assert (kim.given_name, kim.roles, kim.organisations) == (
        "Kim",
        ("student", "aide"),
        ("s1", "s2"),
    )
    assert ("roles.csv", 4, "oneroster-unknown") in {
        (f.file, f.line, f.code) for f in found.findings
    }
    missing = {f.file for f in found.findings if f.code == "oneroster-file-missing"}
    assert missing == {"classes.csv", "enrollments.csv"}


def test_a_file_in_a_chinese_encoding_with_semicolons_is_read():
    users = USERS.replace('"s1,s2"', "s1").replace(",", ";").encode("gb18030")
    found = read_oneroster(delivery() | {"users.csv": users})
    assert found.people[0].family_name == "王"


def test_a_file_without_its_columns_is_named():
    found = read_oneroster(delivery(users="name,class\nA,B\n"))
    assert found.people == ()
    finding = next(one for one in found.findings if one.code == "oneroster-columns")
    assert (finding.file, finding.details["columns"]) == (
        "users.csv",
        "sourcedid, givenname, familyname",
    )


def test_what_is_no_delivery_is_refused():
    with pytest.raises(InvalidInput) as caught:
        read_oneroster(zipped({"readme.txt": b"hello"}))
    assert caught.value.code == "oneroster-not"
    with pytest.raises(ItemBankError):
        read_oneroster(b"PK\x03\x04 damaged")
