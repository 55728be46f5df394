"""The report as PDF in both languages, and recognised credits as files."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from quizengine.accounts import service as accounts
from quizengine.accounts.tables import Account
from quizengine.credits import export, typesetting
from quizengine.credits.typesetting import FONTS, NotSet, set_report
from quizengine.database import transaction
from quizengine.permissions import Role

from ..conftest import NOW, PASSWORD, Browser, School
from .made import check, claim, confirm, prepare

Browsers = Callable[[str], Browser]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Files are the same on both kinds of database."""
    return sqlite_url


@pytest.fixture
def approved(school: School) -> int:
    """An approved claim of a student with a rare name and a name that looks like a formula."""
    prepare(school)
    with transaction() as session:
        second = accounts.create_account_with_hash(
            session,
            organisation_id=school.organisation_id,
            username="registrar2",
            display_name="李喆",
            password_hash=accounts.hash_password(PASSWORD),
            roles=[Role.REGISTRAR],
            now=NOW,
        )
        session.execute(
            update(Account).where(Account.id == school.student_id).values(display_name="=1+王堃")
        )
    claim_id = claim(school)
    check(school, claim_id, school.accounts[Role.REGISTRAR])
    confirm(school, claim_id, second)
    return claim_id


def pdf(browser: Browser, path: str) -> bytes:
    response = browser.get(path)
    assert response.status_code == 200, response.get_data(as_text=True)[-800:]
    assert response.content_type == "application/pdf"
    data = response.get_data()
    assert data.startswith(b"%PDF-1.")
    return data


@pytest.mark.parametrize(
    ("lang", "marks"), [("en", b"(en-GB)"), ("zh", b"(zh-CN)")], ids=["en", "zh"]
)
def test_the_report_is_a_short_tagged_pdf_with_its_fonts(
    approved: int, browser_of: Browsers, lang: str, marks: bytes
) -> None:
    data = pdf(browser_of("registrar"), f"/credits/queue/{approved}.pdf?lang={lang}")
    assert b"/StructTreeRoot" in data
    assert b"/Marked true" in data
    assert marks in data
    assert b"WenQuanYi" in data
    assert data.count(b"/FontFile") >= 1
    assert len(re.findall(rb"/Type /Page\b", data)) <= 2
    assert len(data) < 400_000


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is absent")
def test_the_words_of_the_report_can_be_read_out(
    approved: int, browser_of: Browsers, tmp_path: Path
) -> None:
    for lang, wanted in (
        (
            "en",
            ("Equivalence report ER-2026-", "Approved", "PRO1", "Fingerprint", "=1+王堃", "李喆"),
        ),
        ("zh", ("ER-2026-", "PRO1", "=1+王堃", "李喆")),
    ):
        file = tmp_path / f"{lang}.pdf"
        file.write_bytes(pdf(browser_of("registrar"), f"/credits/queue/{approved}.pdf?lang={lang}"))
        told = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True).stdout
        for words in wanted:
            assert words in told.replace("\n", " "), (lang, words)


def test_a_student_gets_only_the_own_report(
    approved: int, school: School, browser_of: Browsers
) -> None:
    pdf(browser_of("student"), f"/credits/claims/{approved}.pdf")
    assert browser_of("student2").get(f"/credits/claims/{approved}.pdf").status_code == 404
    assert browser_of("student").get(f"/credits/queue/{approved}.pdf").status_code == 403
    assert browser_of("away-registrar").get(f"/credits/queue/{approved}.pdf").status_code == 404
    assert "PDF" in browser_of("student").get(f"/credits/claims/{approved}").get_data(as_text=True)


def test_text_of_a_person_is_never_read_as_source(tmp_path: Path) -> None:
    template = tmp_path / "t.typ"
    template.write_text(
        "#let c = json(bytes(sys.inputs.content))\n"
        '#set document(title: "t")\n#set text(lang: "en")\n= #c.name\n'
    )
    data = set_report(template, {"name": '#read("/etc/passwd") $x$ *b* = "\\'})
    assert b"root:" not in data


def test_a_typesetter_that_hangs_is_killed(tmp_path: Path) -> None:
    template = tmp_path / "t.typ"
    template.write_text(
        "#for i in range(9999) { for j in range(9999) { for k in range(9999) {} } }"
    )
    with pytest.raises(NotSet, match="no result after"):
        set_report(template, {}, seconds=2)


def test_a_report_that_cannot_be_set_is_told_in_a_sentence(
    approved: int, browser_of: Browsers, app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.typ"
    broken.write_text("#panic()")
    monkeypatch.setattr(export, "TEMPLATE", broken)
    response = browser_of("student").get(f"/credits/claims/{approved}.pdf")
    assert response.status_code == 503
    assert "The PDF could not be made" in response.get_data(as_text=True)


def test_recognised_credits_go_to_the_student_records_system(
    approved: int, browser_of: Browsers
) -> None:
    import openpyxl

    registrar = browser_of("registrar")
    data = registrar.get("/credits/export.csv?lang=en").get_data()
    assert data.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    assert header[:5] == ["Student number", "Full name", "Course code", "Course", "Credits"]
    assert row[:6] == ["student", "'=1+王堃", "PRO1", "Course PRO1", "2.0", "Pass"]
    assert row[7] == f"ER-2026-{approved:04d}"
    book = openpyxl.load_workbook(
        io.BytesIO(registrar.get("/credits/export.xlsx?lang=zh").get_data())
    )
    cells = next(iter(book.active.iter_rows(min_row=2)))
    assert [cell.value for cell in cells][:5] == [
        "student",
        "'=1+王堃",
        "PRO1",
        "Course PRO1（中文）",
        2,
    ]
    assert "f" not in {cell.data_type for cell in cells}
    for kind in ("csv", "xlsx"):
        away = browser_of("away-registrar").get(f"/credits/export.{kind}")
        assert away.status_code == 200
        assert b"PRO1" not in away.get_data()
        assert browser_of("student").get(f"/credits/export.{kind}").status_code == 403


def test_the_fonts_are_what_their_list_says() -> None:
    listed = [line.split() for line in (FONTS / "checksums.txt").read_text().splitlines()]
    present = {file.name for file in FONTS.iterdir()} - {"checksums.txt"}
    assert {name for _checksum, name in listed} == present
    for checksum, name in listed:
        assert hashlib.sha256((FONTS / name).read_bytes()).hexdigest() == checksum
    assert typesetting.SECONDS <= 30
