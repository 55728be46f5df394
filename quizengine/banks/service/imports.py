"""An uploaded question file: stored, read by a job, corrected, committed or discarded."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from itembank.blueprint import Blueprint, blueprint_to_native
from quizengine import jobs
from quizengine.banks.service import store
from quizengine.banks.service.import_reading import plain_text
from quizengine.banks.service.import_rows import (
    CHOICES,
    DUPLICATE,
    NEW,
    NEW_VERSION,
    OUTCOMES,
    SEPARATE,
    SKIP,
    VERSION,
    BankIndex,
    read_index,
)
from quizengine.banks.tables import Import, ImportMapping, ImportPicture, ImportRow, ItemVersion
from quizengine.banks.tables import Item as ItemRow
from quizengine.errors import Conflict, InvalidInput, NotFound

READING, READY, STORING, UNREADABLE = "reading", "ready", "storing", "unreadable"
COMMITTED, DISCARDED = "committed", "discarded"
JOB, COMMIT_JOB = "read-import", "store-import"
ENCODINGS = ("utf-8", "utf-16", "gb18030", "big5", "cp1252")
LANGUAGES = ("en", "zh")
REMEMBERED = 30  # remembered mappings that a file's columns are compared with
COMMIT_AT_ONCE = 300  # rows; more are stored in the background


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a person says about a file; None and empty mean: guess."""

    default_competency: str = ""
    language: str = ""
    encoding: str = ""
    answer_base: int | None = None
    mapping: Mapping[str, str] | None = None
    places: Mapping[str, str] = field(default_factory=dict)  # category or "row 5" -> "R4/R4.2"


@dataclass(frozen=True, slots=True)
class Source:
    """What the job needs to read a file.

    `request` is what the reading process is told, as JSON; `state` tells the bank's.
    """

    data: bytes
    options: Mapping[str, Any]
    request: Mapping[str, Any]
    index: BankIndex
    state: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the job found: the rows as they are stored, the pictures by their names."""

    rows: Sequence[Mapping[str, Any]]
    summary: Mapping[str, Any]
    mapping: Mapping[str, str] | None
    error_file: bytes | None
    pictures: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by outcome; `ready` would be stored by committing now."""

    by_outcome: Mapping[str, int]
    ready: int

    @property
    def total(self) -> int:
        return sum(self.by_outcome.values())


def start_import(
    session: Session,
    *,
    bank_id: int,
    organisation_id: int,
    account_id: int,
    filename: str,
    data: bytes,
    settings: Settings,
    now: datetime,
) -> int:
    """Store an upload and ask for its reading; returns the import's id.

    Raises
    ------
    NotFound
        "bank".
    InvalidInput
        "import-no-file", "import-file-empty", "import-competency-unknown",
        "import-setting-unknown".
    """
    bank = store.get_bank(session, bank_id, organisation_id=organisation_id)
    _check_settings(settings, store.blueprint_of(bank))
    name = plain_text(re.split(r"[/\\]", filename)[-1], 200)
    if not name:
        raise InvalidInput("import-no-file")
    if not data:
        raise InvalidInput("import-file-empty")
    row = Import(
        bank_id=bank_id,
        account_id=account_id,
        filename=name,
        data=data,
        options=_options_of(settings),
        status=READING,
        summary={},
        created_at=now,
    )
    session.add(row)
    session.flush()
    _enqueue(session, row, account_id, now)
    return row.id


def read_again(
    session: Session,
    found: Import,
    *,
    settings: Settings | None,
    account_id: int,
    now: datetime,
) -> None:
    """Read the same upload again, with other settings or with the same.

    Raises
    ------
    Conflict
        "import-closed": it was committed or discarded.
    InvalidInput
        "import-competency-unknown", "import-setting-unknown".
    """
    if found.status in (COMMITTED, DISCARDED, STORING):
        raise Conflict("import-closed")
    if settings is not None:
        bank = store.get_bank(session, found.bank_id)
        _check_settings(settings, store.blueprint_of(bank))
        kept: dict[str, Any] = {
            name: found.options[name] for name in ("choices", "places") if name in found.options
        }
        sent = _options_of(settings)
        places = {**kept.get("places", {}), **sent["places"]}
        found.options = {**kept, **sent, "places": {k: v for k, v in places.items() if v}}
    if found.job_id is not None:
        jobs.cancel(session, found.job_id, now=now)
    found.status = READING
    _enqueue(session, found, account_id, now)


def _enqueue(session: Session, row: Import, account_id: int, now: datetime) -> None:
    payload = {"import_id": row.id}
    row.job_id = jobs.enqueue(session, JOB, payload, now=now, account_id=account_id)
    session.flush()


def _options_of(settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {
        "default_competency": settings.default_competency,
        "language": settings.language,
        "encoding": settings.encoding,
        "answer_base": settings.answer_base,
        "places": dict(settings.places),
    }
    if settings.mapping is not None:
        options["mapping"] = dict(settings.mapping)
    return options


def settings_of(found: Import, *, places: Mapping[str, str]) -> Settings:
    """The settings of an import with these places."""
    options = found.options
    return Settings(
        default_competency=options.get("default_competency") or "",
        language=options.get("language") or "",
        encoding=options.get("encoding") or "",
        answer_base=options.get("answer_base"),
        mapping=options.get("mapping"),
        places=places,
    )


def _check_settings(settings: Settings, blueprint: Blueprint) -> None:
    from itembank.formats.headers import is_field

    competency = settings.default_competency
    if competency and competency not in blueprint.competency_codes:
        raise InvalidInput("import-competency-unknown", value=competency[:60])
    given = [
        (settings.language, ("", *LANGUAGES)),
        (settings.encoding, ("", *ENCODINGS)),
        (settings.answer_base, (None, 0, 1)),
    ]
    for value, offered in given:
        if value not in offered:
            raise InvalidInput("import-setting-unknown", value=str(value)[:60])
    for place in settings.places.values():
        code, _slash, sub_topic = place.partition("/")
        above = blueprint.competency_of(sub_topic)
        if (code and code not in blueprint.competency_codes) or (
            sub_topic and (above is None or above.code != code)
        ):
            raise InvalidInput("import-competency-unknown", value=place[:60])
    for name in (settings.mapping or {}).values():
        if name and not is_field(name):
            raise InvalidInput("import-setting-unknown", value=name[:60])


def get_import(
    session: Session,
    *,
    bank_id: int,
    import_id: int,
    organisation_id: int,
    for_update: bool = False,
) -> Import:
    """An import of a bank of this organisation, or `NotFound("import")` or ("bank")."""
    store.get_bank(session, bank_id, organisation_id=organisation_id)
    query = select(Import).where(Import.id == import_id, Import.bank_id == bank_id)
    found = session.scalar(query.with_for_update() if for_update else query)
    if found is None:
        raise NotFound("import")
    return found


def list_imports(session: Session, bank_id: int, *, limit: int = 10) -> Sequence[Import]:
    """The newest imports of a bank."""
    query = select(Import).where(Import.bank_id == bank_id).order_by(Import.id.desc()).limit(limit)
    return session.scalars(query).all()


def list_rows(
    session: Session, import_id: int, *, outcome: str = "", offset: int = 0, limit: int = 200
) -> Sequence[ImportRow]:
    """Rows in the order of the file, all or those of one outcome."""
    query = select(ImportRow).where(ImportRow.import_id == import_id)
    if outcome:
        query = query.where(ImportRow.outcome == outcome)
    return session.scalars(query.order_by(ImportRow.position).offset(offset).limit(limit)).all()


def codes_of(session: Session, rows: Sequence[ImportRow]) -> dict[int, str]:
    """Codes of the items that these rows are in the bank, by the items' ids."""
    ids = {row.item_id for row in rows if row.item_id is not None}
    query = select(ItemRow.id, ItemRow.code).where(ItemRow.id.in_(ids))
    return dict(list(session.execute(query)))


def count_rows(session: Session, found: Import) -> Counts:
    """How many rows have which outcome, and how many are ready."""
    query = (
        select(ImportRow.outcome, func.count())
        .where(ImportRow.import_id == found.id)
        .group_by(ImportRow.outcome)
    )
    counted = dict(list(session.execute(query)))
    by_outcome = {outcome: counted.get(outcome, 0) for outcome in OUTCOMES}
    chosen = choices_of(found)
    taken = sum(choice in (VERSION, SEPARATE) for choice in chosen.values())
    left = sum(choice == SKIP for choice in chosen.values())
    return Counts(by_outcome, by_outcome[NEW] + by_outcome[NEW_VERSION] + taken - left)


def choices_of(found: Import) -> dict[int, str]:
    """What was chosen, by position: for rows that look like an item of the bank, and "skip" for
    rows that are ready but not wanted."""
    return {int(key): value for key, value in found.options.get("choices", {}).items()}


def choose(session: Session, found: Import, chosen: Mapping[int, str]) -> None:
    """Keep choices for rows; positions of rows that offer none are left out.

    Parameters
    ----------
    chosen : by position one of `CHOICES`; "" takes a row that was left out in again.

    Raises
    ------
    Conflict
        "import-not-ready", "import-closed".
    InvalidInput
        "import-setting-unknown": a choice the row does not offer.
    """
    check_ready(found)
    query = select(ImportRow.position, ImportRow.outcome, ImportRow.item_id).where(
        ImportRow.import_id == found.id, ImportRow.outcome.in_((DUPLICATE, NEW, NEW_VERSION))
    )
    offered = {
        position: (outcome, item_id) for position, outcome, item_id in session.execute(query)
    }
    kept = choices_of(found)
    for position, choice in chosen.items():
        if position not in offered:
            continue
        outcome, item_id = offered[position]
        allowed = ("", SKIP) if outcome != DUPLICATE else CHOICES
        if choice not in allowed or (choice == VERSION and item_id is None):
            raise InvalidInput("import-setting-unknown", value=choice[:60])
        kept[position] = choice
        # without a choice, a row that looks like another is skipped and any other is taken
        if choice == (SKIP if outcome == DUPLICATE else ""):
            del kept[position]
    choices = {str(position): choice for position, choice in kept.items()}
    found.options = {**found.options, "choices": choices}
    session.flush()


def check_ready(found: Import) -> None:
    """Refuse an import that is being read ("import-not-ready") or is over ("import-closed")."""
    if found.status in (COMMITTED, DISCARDED):
        raise Conflict("import-closed")
    if found.status != READY:
        raise Conflict("import-not-ready")


def discard(session: Session, found: Import, *, now: datetime) -> None:
    """Forget what was read; nothing reached the bank. Twice is harmless.

    Raises
    ------
    Conflict
        "import-closed": it was committed.
    """
    if found.status == COMMITTED:
        raise Conflict("import-closed")
    if found.job_id is not None:
        jobs.cancel(session, found.job_id, now=now)
    found.status, found.data, found.error_file = DISCARDED, b"", None
    session.execute(delete(ImportRow).where(ImportRow.import_id == found.id))
    session.execute(delete(ImportPicture).where(ImportPicture.import_id == found.id))
    session.flush()


def start_storing(session: Session, found: Import, *, account_id: int, now: datetime) -> None:
    """Ask for the commit in the background.

    Raises
    ------
    Conflict
        "import-not-ready", "import-closed", "import-nothing-ready".
    """
    if found.status in (STORING, COMMITTED):
        return
    check_ready(found)
    if count_rows(session, found).ready == 0:
        raise Conflict("import-nothing-ready")
    found.status = STORING
    payload = {"import_id": found.id, "account_id": account_id}
    found.job_id = jobs.enqueue(session, COMMIT_JOB, payload, now=now, account_id=account_id)
    session.flush()


def stop_storing(session: Session, found: Import, *, now: datetime) -> None:
    """Back to the report, unless it is stored already; nothing of it has reached the bank."""
    if found.status != STORING or found.job_id is None:
        return
    jobs.cancel(session, found.job_id, now=now)
    found.status = READY
    session.flush()


def find_storing(
    session: Session, import_id: int, job_id: int, *, for_update: bool = False
) -> Import | None:
    """The import that a job is to store; None when it is no longer wanted."""
    found = session.get(Import, import_id, with_for_update=for_update)
    wanted = found is not None and found.status == STORING and found.job_id == job_id
    return found if wanted else None


def get_picture(session: Session, found: Import, sha256: str) -> bytes:
    """A picture of an import that is not over, or `NotFound("asset")`."""
    query = select(ImportPicture.data).where(
        ImportPicture.import_id == found.id, ImportPicture.sha256 == sha256
    )
    data = session.scalar(query.limit(1))
    if data is None:
        raise NotFound("asset")
    return data


def get_error_file(session: Session, found: Import) -> bytes:
    """The rejected rows as XLSX, or `NotFound("import")` when there are none."""
    data = session.scalar(select(Import.error_file).where(Import.id == found.id))
    if not data:
        raise NotFound("import")
    return data


# --- what the job reads and stores ---


def bank_state(session: Session, bank_id: int) -> tuple[int, int]:
    """Changes with every new version and every retirement in the bank."""
    query = select(func.max(ItemVersion.id), func.count(ItemRow.retired_at.distinct())).join_from(
        ItemRow, ItemVersion, ItemVersion.item_id == ItemRow.id
    )
    newest, retired = session.execute(query.where(ItemRow.bank_id == bank_id)).one()
    return newest or 0, retired


def find_source(session: Session, import_id: int, job_id: int) -> Source | None:
    """The upload a job is to read; None when it is no longer wanted."""
    found = session.get(Import, import_id)
    if found is None or found.status != READING or found.job_id != job_id:
        return None
    bank = store.get_bank(session, found.bank_id)
    index = read_index(session, bank.id)
    names = ("default_competency", "language", "encoding", "answer_base", "mapping")
    request = {
        "filename": found.filename,
        "blueprint": blueprint_to_native(store.blueprint_of(bank)),
        "options": {name: found.options.get(name) for name in names},
        "places": {**remembered_places(session, bank.id), **found.options.get("places", {})},
        "remembered": _remembered_columns(session, bank.organisation_id),
        "known_assets": sorted(index.assets),
    }
    return Source(found.data, found.options, request, index, bank_state(session, bank.id))


def _remembered_columns(session: Session, organisation_id: int) -> list[dict[str, str]]:
    query = (
        select(ImportMapping.mapping)
        .where(
            ImportMapping.organisation_id == organisation_id,
            ImportMapping.columns_key.startswith("columns:"),
        )
        .order_by(ImportMapping.used_at.desc(), ImportMapping.id.desc())
        .limit(REMEMBERED)
    )
    return [dict(mapping) for mapping in session.scalars(query)]


def remembered_places(session: Session, bank_id: int) -> dict[str, str]:
    """Categories of sources that were imported into a bank -> "R4" or "R4/R4.2"."""
    query = select(ImportMapping.mapping).where(ImportMapping.columns_key == f"places:{bank_id}")
    return dict(session.scalar(query) or {})


def remember(session: Session, found: Import, *, account_id: int, now: datetime) -> None:
    """Keep what was said about columns and categories for the next file like this one."""
    organisation_id = store.get_bank(session, found.bank_id).organisation_id
    wanted: dict[str, dict[str, str]] = {}
    mapping = found.options.get("mapping")
    if mapping:
        headers = "\n".join(sorted(mapping))
        wanted[f"columns:{hashlib.sha256(headers.encode()).hexdigest()}"] = dict(mapping)
    places = {
        name: place
        for name, place in found.options.get("places", {}).items()
        if not re.fullmatch(r"row \d+", name)
    }
    if places:
        wanted[f"places:{found.bank_id}"] = {
            **remembered_places(session, found.bank_id), **places
        }  # fmt: skip
    for key, value in wanted.items():
        query = select(ImportMapping).where(
            ImportMapping.organisation_id == organisation_id, ImportMapping.columns_key == key
        )
        row = session.scalar(query)
        if row is None:
            row = ImportMapping(organisation_id=organisation_id, columns_key=key)
            session.add(row)
        row.mapping, row.account_id, row.used_at = value, account_id, now
    session.flush()


def store_reading(session: Session, import_id: int, reading: Reading) -> None:
    """Store what was read in place of an earlier reading; choices that still fit are kept."""
    found = session.get_one(Import, import_id, with_for_update=True)
    before = select(ImportRow.position, ImportRow.outcome, ImportRow.item_id)
    shown = {
        position: (outcome, item_id)
        for position, outcome, item_id in session.execute(
            before.where(ImportRow.import_id == import_id)
        )
    }
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    session.execute(delete(ImportPicture).where(ImportPicture.import_id == import_id))
    if reading.rows:
        rows = [{"import_id": import_id, **row} for row in reading.rows]
        session.execute(insert(ImportRow), rows)
    for name, data in reading.pictures.items():
        sha256 = hashlib.sha256(data).hexdigest()
        session.add(ImportPicture(import_id=import_id, name=name, sha256=sha256, data=data))
    now = {row["position"]: (row["outcome"], row["item_id"]) for row in reading.rows}
    choices = {
        position: choice
        for position, choice in found.options.get("choices", {}).items()
        if int(position) in now and now[int(position)] == shown.get(int(position))
    }
    options = {**found.options, "choices": choices}
    found.options = {**options, "mapping": dict(reading.mapping)} if reading.mapping else options
    found.status, found.summary = READY, dict(reading.summary)
    found.error_file = reading.error_file
    session.flush()


def store_unreadable(session: Session, import_id: int, *, code: str, details: Any) -> None:
    """Store why a file as a whole cannot be read."""
    found = session.get_one(Import, import_id, with_for_update=True)
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    session.execute(delete(ImportPicture).where(ImportPicture.import_id == import_id))
    found.status, found.error_file = UNREADABLE, None
    found.summary = {"refusal": {"code": code, "details": details}}
    session.flush()
