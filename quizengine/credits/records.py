"""Recognised credits for the student-records system, as CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.formats.table_writing import guard
from quizengine.accounts.tables import Account
from quizengine.credits import words
from quizengine.credits.service.reports import claim_number
from quizengine.credits.tables import Award, Claim, RuleSet
from quizengine.web import language


@dataclass(frozen=True, slots=True)
class RecordLine:
    """Credits recognised in a course, for the student-records system. Credits in tenths."""

    username: str
    name: str
    course: str
    course_name: str
    credits: int
    grade: str
    awarded_at: datetime
    number: str
    simulated: bool


def read_records(session: Session, *, organisation_id: int) -> list[RecordLine]:
    """Every award of an organisation, oldest first."""
    rows = session.execute(
        select(Award, Claim, Account, RuleSet.content["courses"])
        .join(Claim, Claim.id == Award.claim_id)
        .join(Account, Account.id == Award.student_id)
        .join(RuleSet, RuleSet.id == Claim.rule_set_id)
        .where(Claim.organisation_id == organisation_id)
        .order_by(Award.awarded_at, Award.claim_id, Award.course)
    )
    lines = []
    for award, claim, account, courses in rows:
        names = {course["code"]: course["name"] for course in courses}
        lines.append(
            RecordLine(
                account.username,
                account.display_name,
                award.course,
                names.get(award.course, {}).get(language(), ""),
                award.credits_tenths,
                award.grade,
                award.awarded_at,
                claim_number(claim),
                account.simulated,
            )
        )
    return lines


def _header() -> list[str]:
    return [
        _("Student number"), _("Full name"), _("Course code"), _("Course"), _("Credits"),
        _("Grade"), _("Date"), _("Claim number"), _("Simulated"),
    ]  # fmt: skip


def _cells(line: RecordLine) -> list[str | float]:
    """Texts are guarded: a spreadsheet runs none of them as a formula."""
    return [
        guard(line.username), guard(line.name), guard(line.course), guard(line.course_name),
        line.credits / 10, guard(words.grade_word(line.grade)),
        f"{line.awarded_at:%Y-%m-%d}", line.number, _("yes") if line.simulated else "",
    ]  # fmt: skip


def records_csv(lines: Iterable[RecordLine]) -> bytes:
    """UTF-8 with a byte order mark, for Excel."""
    target = io.StringIO(newline="")
    rows = csv.writer(target, lineterminator="\r\n")
    rows.writerow(_header())
    rows.writerows(_cells(line) for line in lines)
    return target.getvalue().encode("utf-8-sig")


def records_xlsx(lines: Iterable[RecordLine]) -> bytes:
    """One sheet; credits are numbers, everything else is text."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Credits")
    sheet.append(_header())
    for line in lines:
        sheet.append(_cells(line))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
