"""Reads the CSV files of OneRoster 1.1 and 1.2 (1EdTech): organisations, people, classes.

Values in, values out: nothing is stored. A row that cannot be used is a finding with its file and
line, and the good rows come in. Files are the zip of a student-records system, or the same by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from itembank.formats.archive import MEGABYTE, Limits, read_archive
from itembank.formats.text_decoding import decode, parse_delimited
from quizengine.errors import InvalidInput

LIMITS = Limits(size=50 * MEGABYTE, entries=200, unpacked=200 * MEGABYTE, ratio=200)
MAX_LINES = 200_000
# What is read, with the columns a row cannot do without.
_FILES = {
    "orgs": ("sourcedid", "name"),
    "users": ("sourcedid", "givenname", "familyname"),
    "roles": ("usersourcedid", "role"),
    "classes": ("sourcedid", "title"),
    "enrollments": ("classsourcedid", "usersourcedid", "role"),
}
_NEEDED = ("users", "classes", "enrollments")
_LEAVING = ("tobedeleted", "inactive")
_STATES = ("", "active", *_LEAVING)
TEACHER_ROLES = ("teacher", "aide", "proctor", "administrator", "principal")


@dataclass(frozen=True, slots=True)
class RosterFinding:
    """What is wrong in a line; `code` has its sentence in `quizengine.messages`.

    An "error" keeps the line out, a "warning" does not.
    """

    severity: str
    code: str
    file: str
    line: int
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RosterOrganisation:
    """A school or district."""

    id: str
    name: str
    kind: str
    parent: str
    line: int


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """A person; `roles` are OneRoster's words, `is_leaving` is marked as deleted or disabled."""

    id: str
    username: str
    given_name: str
    family_name: str
    email: str
    number: str
    roles: tuple[str, ...]
    organisations: tuple[str, ...]
    is_leaving: bool
    line: int


@dataclass(frozen=True, slots=True)
class RosterClass:
    """A class of a school."""

    id: str
    title: str
    code: str
    organisation: str
    terms: tuple[str, ...]
    is_leaving: bool
    line: int


@dataclass(frozen=True, slots=True)
class RosterEnrolment:
    """A person in a class, as "student", "teacher" ..."""

    person: str
    class_id: str
    role: str
    begins: str
    ends: str
    is_leaving: bool
    line: int


@dataclass(frozen=True, slots=True)
class OneRoster:
    """All of a delivery. `is_delta` is a delivery of changes only."""

    version: str
    is_delta: bool
    organisations: tuple[RosterOrganisation, ...]
    people: tuple[RosterPerson, ...]
    classes: tuple[RosterClass, ...]
    enrolments: tuple[RosterEnrolment, ...]
    findings: tuple[RosterFinding, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.cells.get(name, "")

    def listed(self, name: str) -> tuple[str, ...]:
        """A cell with a list in it."""
        return tuple(part.strip() for part in self[name].split(",") if part.strip())

    @property
    def is_leaving(self) -> bool:
        return self["status"].lower() in _LEAVING or self["enableduser"].lower() in ("false", "0")


def read_oneroster(data: bytes | Mapping[str, bytes], where: str = "") -> OneRoster:
    """People, classes and enrolments of a delivery.

    Raises
    ------
    ItemBankError
        What is wrong with the archive or the encoding of a file.
    InvalidInput
        "oneroster-not": none of the files is there.
    """
    files = read_archive(data, where, LIMITS) if isinstance(data, bytes) else data
    by_name = {
        name.rsplit("/", 1)[-1].lower(): content
        for name, content in files.items()
        if "__MACOSX/" not in name
    }
    if not any(f"{name}.csv" in by_name for name in _FILES):
        raise InvalidInput("oneroster-not")
    findings: list[RosterFinding] = []
    manifest = _manifest(by_name.get("manifest.csv", b""))
    tables = {name: _rows(name, by_name, manifest, findings) for name in _FILES}
    organisations = _organisations(_unique(tables["orgs"], findings))
    people = _people(_unique(tables["users"], findings), tables["roles"], findings)
    classes = _classes(_unique(tables["classes"], findings))
    enrolments = _enrolments(tables["enrollments"], people, classes, manifest, findings)
    _check_usernames(people, findings)
    findings.sort(key=lambda found: (found.file, found.line))
    return OneRoster(
        version=manifest.get("oneroster.version", ""),
        is_delta=_is_delta(manifest),
        organisations=tuple(organisations),
        people=tuple(people),
        classes=tuple(classes),
        enrolments=tuple(enrolments),
        findings=tuple(findings),
    )


def _manifest(data: bytes) -> dict[str, str]:
    """Properties by name; empty when there is no manifest."""
    if not data.strip():
        return {}
    rows = parse_delimited(decode(data, "manifest.csv").text, ",", "manifest.csv")
    return {row[0].strip().lower(): row[1].strip() for row in rows if len(row) >= 2}


def _is_delta(manifest: Mapping[str, str]) -> bool:
    return any(manifest.get(f"file.{name}", "").lower() == "delta" for name in _FILES)


def _rows(
    name: str,
    files: Mapping[str, bytes],
    manifest: Mapping[str, str],
    findings: list[RosterFinding],
) -> list[_Row]:
    """The usable rows of one file."""
    file = f"{name}.csv"
    if file not in files:
        is_said = manifest.get(f"file.{name}", "").lower() in ("bulk", "delta")
        if name in _NEEDED or is_said:
            findings.append(RosterFinding("warning", "oneroster-file-missing", file, 0))
        return []
    text = decode(files[file], file).text
    delimiter = max((",", ";", "\t"), key=text.split("\n", 1)[0].count)
    table = parse_delimited(text, delimiter, file)
    header = [cell.strip().lower() for cell in table[0]] if table else []
    lacking = [column for column in _FILES[name] if column not in header]
    if lacking:
        details = {"columns": ", ".join(lacking)}
        findings.append(RosterFinding("error", "oneroster-columns", file, 1, details))
        return []
    if len(table) > MAX_LINES:
        limit: dict[str, object] = {"limit": MAX_LINES}
        findings.append(RosterFinding("error", "oneroster-too-long", file, MAX_LINES, limit))
    found = []
    for line, row in enumerate(table[1:MAX_LINES], start=2):
        cells = {key: cell.strip() for key, cell in zip(header, row, strict=False)}
        if any(cells.values()) and _is_usable(_Row(file, line, cells), _FILES[name], findings):
            found.append(_Row(file, line, cells))
    return found


def _is_usable(row: _Row, needed: tuple[str, ...], findings: list[RosterFinding]) -> bool:
    is_name = needed == _FILES["users"]
    for column in needed:
        if not row[column] and not (is_name and (row["givenname"] or row["familyname"])):
            details = {"column": column}
            findings.append(RosterFinding("error", "oneroster-empty", row.file, row.line, details))
            return False
    if row["status"].lower() not in _STATES:
        details = {"value": row["status"]}
        findings.append(RosterFinding("warning", "oneroster-status", row.file, row.line, details))
    if is_name and not row["sourcedid"]:
        details = {"column": "sourcedid"}
        findings.append(RosterFinding("error", "oneroster-empty", row.file, row.line, details))
        return False
    return True


def _unique(rows: list[_Row], findings: list[RosterFinding]) -> list[_Row]:
    """Rows with ids of their own; the second with the same id is listed."""
    seen: dict[str, int] = {}
    kept = []
    for row in rows:
        first = seen.setdefault(row["sourcedid"], row.line)
        if first != row.line:
            details: dict[str, object] = {"value": row["sourcedid"], "first": first}
            findings.append(
                RosterFinding("error", "oneroster-repeated", row.file, row.line, details)
            )
        else:
            kept.append(row)
    return kept


def _organisations(rows: list[_Row]) -> list[RosterOrganisation]:
    return [
        RosterOrganisation(
            row["sourcedid"], row["name"], row["type"], row["parentsourcedid"], row.line
        )
        for row in rows
    ]


def _people(
    rows: list[_Row], roles: list[_Row], findings: list[RosterFinding]
) -> list[RosterPerson]:
    """People with their roles: in 1.1 a column of the person, in 1.2 a file of its own."""
    known = {row["sourcedid"] for row in rows}
    by_person: dict[str, list[_Row]] = {}
    for role in roles:
        if role["usersourcedid"] not in known:
            findings.append(_unknown(role, "usersourcedid"))
        elif not role.is_leaving:
            by_person.setdefault(role["usersourcedid"], []).append(role)
    found = []
    for row in rows:
        own = by_person.get(row["sourcedid"], [])
        names = [row["role"], *(role["role"] for role in own)]
        schools = [
            *(row.listed("orgsourcedids") or row.listed("primaryorgsourcedid")),
            *(role["orgsourcedid"] for role in own),
        ]
        found.append(
            RosterPerson(
                id=row["sourcedid"],
                username=row["username"] or row["identifier"] or row["email"],
                given_name=row["preferredfirstname"] or row["givenname"],
                family_name=row["preferredlastname"] or row["familyname"],
                email=row["email"],
                number=row["identifier"] or row["usermasteridentifier"],
                roles=tuple(dict.fromkeys(name.lower() for name in names if name)),
                organisations=tuple(dict.fromkeys(school for school in schools if school)),
                is_leaving=row.is_leaving,
                line=row.line,
            )
        )
    return found


def _check_usernames(people: list[RosterPerson], findings: list[RosterFinding]) -> None:
    """Two people cannot sign in under one name; both come in, and the second is said."""
    seen: dict[str, int] = {}
    for person in people:
        name = person.username.casefold()
        if not name:
            findings.append(
                RosterFinding("warning", "oneroster-username", "users.csv", person.line)
            )
        elif seen.setdefault(name, person.line) != person.line:
            details: dict[str, object] = {"value": person.username, "first": seen[name]}
            findings.append(
                RosterFinding("warning", "oneroster-shared-name", "users.csv", person.line, details)
            )


def _classes(rows: list[_Row]) -> list[RosterClass]:
    return [
        RosterClass(
            id=row["sourcedid"],
            title=row["title"],
            code=row["classcode"],
            organisation=row["schoolsourcedid"],
            terms=row.listed("termsourcedids") or row.listed("termsourcedid"),
            is_leaving=row.is_leaving,
            line=row.line,
        )
        for row in rows
    ]


def _enrolments(
    rows: list[_Row],
    people: list[RosterPerson],
    classes: list[RosterClass],
    manifest: Mapping[str, str],
    findings: list[RosterFinding],
) -> list[RosterEnrolment]:
    """Enrolments of people in classes; those of a full delivery must both be in it."""
    ids = {"usersourcedid": {one.id for one in people}, "classsourcedid": {c.id for c in classes}}
    seen: set[tuple[str, str, str]] = set()
    found = []
    for row in rows:
        lacking = [column for column, known in ids.items() if row[column] not in known]
        if lacking and not _is_delta(manifest):
            findings.append(_unknown(row, lacking[0]))
            continue
        who = (row["usersourcedid"], row["classsourcedid"], row["role"].lower())
        if who in seen:
            details = {"value": row["usersourcedid"], "first": row["classsourcedid"]}
            findings.append(
                RosterFinding("warning", "oneroster-twice", row.file, row.line, details)
            )
            continue
        seen.add(who)
        found.append(
            RosterEnrolment(*who, row["begindate"], row["enddate"], row.is_leaving, row.line)
        )
    return found


def _unknown(row: _Row, column: str) -> RosterFinding:
    details = {"column": column, "value": row[column][:100]}
    return RosterFinding("error", "oneroster-unknown", row.file, row.line, details)
