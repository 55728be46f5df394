"""Rosters: a file of students, what it would change in a class, and changing it.

The file may be CSV in any usual encoding or XLSX, with Chinese or English column names, or the
`users.csv` of OneRoster 1.1 and 1.2 (1EdTech).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quizengine.accounts.service.accounts import USERNAME
from quizengine.accounts.tables import (
    Account,
    ClassMember,
    Membership,
    RosterUpload,
    TeachingClass,
)
from quizengine.errors import Conflict, InvalidInput, NotFound
from quizengine.permissions import Role

MAX_ROWS = 2000
KEPT = timedelta(days=30)

NEW, JOINS, PRESENT, LEFT_OUT, ELSEWHERE, REJECTED = OUTCOMES = (
    "new", "joins", "present", "left-out", "elsewhere", "rejected",
)  # fmt: skip
CHANGING = frozenset({NEW, JOINS})

_HEADERS: dict[str, tuple[str, ...]] = {
    "username": (
        *("username", "user", "login", "loginname", "account", "studentid", "studentnumber"),
        *("studentno", "学号", "用户名", "账号", "帐号", "登录名", "学生编号", "工号"),
    ),
    "identifier": ("identifier", "sourcedid", "id", "编号"),
    "name": (
        "name",
        "fullname",
        "displayname",
        "studentname",
        "姓名",
        "名字",
        "学生姓名",
        "显示名",
    ),
    "given": ("givenname", "firstname", "preferredfirstname", "名"),
    "family": ("familyname", "lastname", "surname", "姓"),
    "class": ("class", "classcode", "classname", "group", "班级", "班级名称", "行政班", "教学班"),
    "role": ("role", "roles", "角色", "身份"),
    "status": ("status", "状态"),
    "enabled": ("enableduser", "启用"),
}
_FIELD_OF = {name: key for key, names in _HEADERS.items() for name in names}
_SHORTENED = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A row of the file as it was read."""

    row: int  # as the spreadsheet counts
    username: str
    name: str
    class_name: str = ""
    role: str = ""
    leaving: bool = False  # marked as deleted or not enabled


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """A row and what it would do, or did."""

    line: RosterLine
    outcome: str  # of OUTCOMES
    code: str = ""  # of messages.py
    details: dict[str, Any] = field(default_factory=dict)
    account_id: int | None = None


def read_roster(data: bytes, filename: str) -> list[RosterLine]:
    """The students a file names.

    Raises
    ------
    ItemBankError
        The file cannot be read as a table.
    InvalidInput
        "roster-columns", "roster-empty", "roster-too-long".
    """
    from itembank.formats.grid import cell_text, read_grid

    grid = read_grid(data, filename, header_score=lambda cells: len(_columns(cells)))
    for sheet in grid.sheets:
        rows = [
            (number, [cell_text(cell) for cell in cells]) for number, cells in sheet.filled.items()
        ]
        for at, (_number, cells) in enumerate(rows[:10]):
            columns = _columns(cells)
            if "username" in columns or ("identifier" in columns and len(columns) > 1):
                return _read_lines(rows[at + 1 :], columns)
    raise InvalidInput("roster-columns")


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Field -> index of its column; the first column of a kind counts."""
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        words = re.sub(r"[\s_*\-()（）]|必填", "", _plain(cell)).lower()
        if words in _FIELD_OF:
            found.setdefault(_FIELD_OF[words], index)
    return found


def _plain(text: str) -> str:
    """One form for full-width and narrow letters, without what no database keeps."""
    folded = unicodedata.normalize("NFKC", text).removeprefix("'")
    return " ".join(
        "".join(c if unicodedata.category(c)[0] != "C" else " " for c in folded).split()
    )


def _read_lines(rows: Sequence[tuple[int, list[str]]], columns: dict[str, int]) -> list[RosterLine]:
    if not rows:
        raise InvalidInput("roster-empty")
    if len(rows) > MAX_ROWS:
        raise InvalidInput("roster-too-long", found=len(rows), limit=MAX_ROWS)
    return [_read_line(number, cells, columns) for number, cells in rows]


def _read_line(number: int, cells: list[str], columns: dict[str, int]) -> RosterLine:
    def cell(key: str) -> str:
        index = columns.get(key)
        return _plain(cells[index])[:200] if index is not None and index < len(cells) else ""

    given, family = cell("given"), cell("family")
    joined = f"{family}{given}" if _HAN.search(family + given) else f"{given} {family}".strip()
    return RosterLine(
        row=number,
        username=(cell("username") or cell("identifier")).lower(),
        name=cell("name") or joined,
        class_name=cell("class"),
        role=cell("role").lower(),
        leaving=cell("status").lower() in {"tobedeleted", "inactive", "已删除"}
        or cell("enabled").lower() in {"false", "0", "no", "否"},
    )


def start_upload(
    session: Session,
    *,
    found: TeachingClass,
    account_id: int,
    filename: str,
    lines: Sequence[RosterLine],
    now: datetime,
) -> int:
    """Keep what was read until it is committed; returns the upload's id.

    Names are personal: earlier uploads of this instructor that came to nothing go, and so do
    those older than `KEPT`.
    """
    session.execute(
        delete(RosterUpload).where(
            (RosterUpload.created_at < now - KEPT)
            | ((RosterUpload.account_id == account_id) & RosterUpload.committed_at.is_(None))
        )
    )
    upload = RosterUpload(
        class_id=found.id,
        account_id=account_id,
        filename=_plain(filename)[:200],
        lines=[asdict(line) for line in lines],
        created_at=now,
    )
    session.add(upload)
    session.flush()
    return upload.id


def get_upload(
    session: Session, upload_id: int, *, class_id: int, for_update: bool = False
) -> RosterUpload:
    """An upload of a class, or `NotFound("roster")`."""
    upload = session.get(RosterUpload, upload_id, with_for_update=for_update)
    if upload is None or upload.class_id != class_id:
        raise NotFound("roster")
    return upload


def plan_upload(
    session: Session, upload: RosterUpload, found: TeachingClass
) -> Sequence[PlannedLine]:
    """What each row would do now; after the commit, what it did."""
    if upload.committed_at is not None:
        return [
            PlannedLine(RosterLine(**entry["line"]), entry["outcome"], entry["code"],
                        entry["details"], entry["account_id"])
            for entry in upload.lines
        ]  # fmt: skip
    return plan_roster(session, found, [RosterLine(**line) for line in upload.lines])


def plan_roster(
    session: Session, found: TeachingClass, lines: Sequence[RosterLine]
) -> Sequence[PlannedLine]:
    """Compare rows with the accounts there are; three statements however many rows."""
    accounts = _known_accounts(session, {line.username for line in lines})
    students = set(
        session.scalars(
            select(Membership.account_id).where(
                Membership.role == Role.STUDENT.value,
                Membership.organisation_id == found.organisation_id,
                Membership.account_id.in_([account.id for account in accounts.values()]),
            )
        )
    )
    members = set(
        session.scalars(select(ClassMember.account_id).where(ClassMember.class_id == found.id))
    )
    first_row: dict[str, int] = {}
    planned = []
    for line in lines:
        one = _refuse(line, found, first_row) or _compare(
            line, found, accounts.get(line.username), students, members
        )
        if one.outcome not in {LEFT_OUT, REJECTED}:
            first_row[line.username] = line.row
        planned.append(one)
    return planned


def _known_accounts(session: Session, usernames: set[str]) -> dict[str, Account]:
    return {
        account.username: account
        for account in session.scalars(select(Account).where(Account.username.in_(usernames)))
    }


def _refuse(
    line: RosterLine, found: TeachingClass, first_row: dict[str, int]
) -> PlannedLine | None:
    """What is wrong with a row in itself."""
    if line.leaving:
        return PlannedLine(line, LEFT_OUT, "roster-leaving")
    if line.class_name and line.class_name.lower() not in {
        _plain(found.code).lower(),
        _plain(found.name).lower(),
    }:
        return PlannedLine(line, LEFT_OUT, "roster-other-class", {"name": line.class_name})
    if line.role and line.role not in {"student", "learner", "学生"}:
        return PlannedLine(line, REJECTED, "roster-role", {"role": line.role})
    if not line.username:
        return PlannedLine(line, REJECTED, "roster-no-username")
    if _SHORTENED.fullmatch(line.username):
        return PlannedLine(line, REJECTED, "roster-shortened", {"username": line.username})
    if not USERNAME.fullmatch(line.username):
        return PlannedLine(line, REJECTED, "roster-username", {"username": line.username})
    if line.username in first_row:
        return PlannedLine(line, REJECTED, "roster-repeated", {"row": first_row[line.username]})
    return None


def _compare(
    line: RosterLine,
    found: TeachingClass,
    account: Account | None,
    students: set[int],
    members: set[int],
) -> PlannedLine:
    """A sound row against the account of that name."""
    if account is None:
        if not line.name:
            return PlannedLine(line, REJECTED, "roster-no-name")
        return PlannedLine(line, NEW)
    named = {"username": line.username}
    if account.organisation_id != found.organisation_id:
        return PlannedLine(line, ELSEWHERE, "roster-elsewhere", named)
    if account.id not in students:
        return PlannedLine(line, REJECTED, "roster-not-student", named)
    if account.disabled_at is not None:
        return PlannedLine(line, REJECTED, "roster-disabled")
    differs = bool(line.name) and line.name != account.display_name
    return PlannedLine(
        line,
        PRESENT if account.id in members else JOINS,
        "roster-name-differs" if differs else "",
        {"name": account.display_name} if differs else {},
        account.id,
    )


def commit_upload(
    session: Session,
    upload: RosterUpload,
    found: TeachingClass,
    *,
    expected: tuple[int, int],
    language: str,
    now: datetime,
) -> Counter[str]:
    """Make the new accounts and fill the class, all or nothing; committing again changes nothing.

    Parameters
    ----------
    upload : locked by the caller.
    expected : numbers of new and of joining students that the page showed.

    Raises
    ------
    Conflict
        "roster-nothing-ready"; "roster-changed": not what the page showed any more.
    """
    planned = plan_upload(session, upload, found)
    counts = Counter(one.outcome for one in planned)
    if upload.committed_at is not None:
        return counts
    if not any(one.outcome in CHANGING for one in planned):
        raise Conflict("roster-nothing-ready")
    if (counts[NEW], counts[JOINS]) != expected:
        raise Conflict("roster-changed")
    made = _make_students(session, found, planned, language, now)
    done = [
        PlannedLine(
            one.line, one.outcome, one.code, one.details, made.get(one.line.row, one.account_id)
        )
        for one in planned
    ]
    session.add_all(
        ClassMember(class_id=found.id, account_id=one.account_id, role=Role.STUDENT.value)
        for one in done
        if one.outcome in CHANGING
    )
    upload.lines = [asdict(one) for one in done]
    upload.committed_at = now
    return counts


def _make_students(
    session: Session,
    found: TeachingClass,
    planned: Sequence[PlannedLine],
    language: str,
    now: datetime,
) -> dict[int, int]:
    """Accounts without a password for the new rows: row -> account id."""
    accounts = {
        one.line.row: Account(
            organisation_id=found.organisation_id,
            username=one.line.username,
            display_name=one.line.name,
            password_hash="",
            language=language,
            created_at=now,
        )
        for one in planned
        if one.outcome == NEW
    }
    session.add_all(accounts.values())
    session.flush()
    session.add_all(
        Membership(
            account_id=account.id, organisation_id=found.organisation_id, role=Role.STUDENT.value
        )
        for account in accounts.values()
    )
    return {row: account.id for row, account in accounts.items()}
