"""An uploaded question file: stored, read by a job, corrected, committed or discarded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from itembank.blueprint import Blueprint
from quizengine import jobs
from quizengine.banks.service import store
from quizengine.banks.service.import_rows import (
    CHOICES,
    DUPLICATE,
    NEW,
    NEW_VERSION,
    OUTCOMES,
    SKIP,
    VERSION,
    BankIndex,
    read_index,
)
from quizengine.banks.tables import Import, ImportRow
from quizengine.banks.tables import Item as ItemRow
from quizengine.errors import Conflict, InvalidInput, NotFound

READING, READY, UNREADABLE = "reading", "ready", "unreadable"
COMMITTED, DISCARDED = "committed", "discarded"
JOB = "read-import"
ENCODINGS = ("utf-8", "utf-16", "gb18030", "big5", "cp1252")
LANGUAGES = ("en", "zh")
REMEMBERED = 30  # committed imports looked through for a mapping
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a person says about a file; None and empty mean: guess."""

    default_competency: str = ""
    language: str = ""
    encoding: str = ""
    answer_base: int | None = None
    mapping: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What the job needs to read a file."""

    filename: str
    data: bytes
    options: Mapping[str, Any]
    blueprint: Blueprint
    index: BankIndex
    remembered: Sequence[Mapping[str, str]]  # mappings of earlier imports, newest first


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by outcome; `ready` would be stored by committing now."""

    by_outcome: Mapping[str, int]
    ready: int

    @property
    def total(self) -> int:
        return sum(self.by_outcome.values())


def plain_text(text: str, limit: int = 300) -> str:
    """A text as a database stores and a page shows it: no control characters, not endless."""
    return _CONTROL.sub(" ", text)[:limit].strip()


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
    if found.status in (COMMITTED, DISCARDED):
        raise Conflict("import-closed")
    if settings is not None:
        bank = store.get_bank(session, found.bank_id)
        _check_settings(settings, store.blueprint_of(bank))
        found.options = _options_of(settings)
    else:
        found.options = {name: value for name, value in found.options.items() if name != "choices"}
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
    }
    if settings.mapping is not None:
        options["mapping"] = dict(settings.mapping)
    return options


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
    chosen = sum(choice != SKIP for choice in choices_of(found).values())
    return Counts(by_outcome, by_outcome[NEW] + by_outcome[NEW_VERSION] + chosen)


def choices_of(found: Import) -> dict[int, str]:
    """What was chosen for rows that look like an item of the bank, by position."""
    return {int(key): value for key, value in found.options.get("choices", {}).items()}


def choose(session: Session, found: Import, chosen: Mapping[int, str]) -> None:
    """Keep choices for rows that look like others; positions of other rows are left out.

    Raises
    ------
    Conflict
        "import-not-ready", "import-closed".
    InvalidInput
        "import-setting-unknown": a choice the row does not offer.
    """
    check_ready(found)
    query = select(ImportRow.position, ImportRow.item_id).where(
        ImportRow.import_id == found.id, ImportRow.outcome == DUPLICATE
    )
    offered = dict(list(session.execute(query)))
    kept = choices_of(found)
    for position, choice in chosen.items():
        if position not in offered:
            continue
        if choice not in CHOICES or (choice == VERSION and offered[position] is None):
            raise InvalidInput("import-setting-unknown", value=choice[:60])
        kept[position] = choice
    choices = {str(position): choice for position, choice in kept.items() if choice != SKIP}
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
    session.flush()


def get_error_file(session: Session, found: Import) -> bytes:
    """The rejected rows as XLSX, or `NotFound("import")` when there are none."""
    data = session.scalar(select(Import.error_file).where(Import.id == found.id))
    if not data:
        raise NotFound("import")
    return data


# --- what the job reads and stores ---


def find_source(session: Session, import_id: int, job_id: int) -> Source | None:
    """The upload a job is to read; None when it is no longer wanted."""
    found = session.get(Import, import_id)
    if found is None or found.status != READING or found.job_id != job_id:
        return None
    query = (
        select(Import.options)
        .where(Import.bank_id == found.bank_id, Import.status == COMMITTED)
        .order_by(Import.committed_at.desc(), Import.id.desc())
        .limit(REMEMBERED)
    )
    remembered = [options["mapping"] for options in session.scalars(query) if "mapping" in options]
    return Source(
        filename=found.filename,
        data=found.data,
        options=found.options,
        blueprint=store.blueprint_of(store.get_bank(session, found.bank_id)),
        index=read_index(session, found.bank_id),
        remembered=remembered,
    )


def store_reading(
    session: Session,
    import_id: int,
    *,
    rows: Sequence[Mapping[str, Any]],
    summary: Mapping[str, Any],
    mapping: Mapping[str, str] | None,
    error_file: bytes | None,
) -> None:
    """Store what was read in place of an earlier reading."""
    found = session.get_one(Import, import_id, with_for_update=True)
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    if rows:
        session.execute(insert(ImportRow), [{"import_id": import_id, **row} for row in rows])
    options = {name: value for name, value in found.options.items() if name != "choices"}
    found.options = {**options, "mapping": dict(mapping)} if mapping else options
    found.status, found.summary, found.error_file = READY, dict(summary), error_file
    session.flush()


def store_unreadable(session: Session, import_id: int, *, code: str, details: Any) -> None:
    """Store why a file as a whole cannot be read."""
    found = session.get_one(Import, import_id, with_for_update=True)
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    found.status, found.error_file = UNREADABLE, None
    found.summary = {"refusal": {"code": code, "details": details}}
    session.flush()
