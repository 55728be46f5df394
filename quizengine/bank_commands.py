"""`flask banks`: check, import and export question files without the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint
from itembank.errors import FINDINGS, Finding, ItemBankError, sentence
from itembank.formats.grid import sniff
from itembank.formats.native import read_native, write_native, write_native_folder
from itembank.item import item_from_native
from itembank.validation import validate_bank
from quizengine import messages
from quizengine.banks.service import exports, store
from quizengine.banks.service.import_commit import Decision, write_rows
from quizengine.banks.service.import_reading import Reading, Request, read_source, to_json
from quizengine.banks.service.import_rows import (
    CHOICES,
    DUPLICATE,
    OUTCOMES,
    SKIP,
    UNPLACED,
    VERSION,
    StagedRow,
    read_index,
)
from quizengine.banks.service.import_staging import mark_similar, place_of, stage_rows
from quizengine.banks.tables import Bank
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Refusal

banks = AppGroup("banks", help="Item banks: check, import and export files.")

PATH = click.Path(exists=True, path_type=Path)
ORGANISATION = click.option(
    "--organisation", "organisation_id", type=int, default=1, show_default=True
)
_WAITING = ("import-competency-unknown", "competency-missing")
_FORMAT_OF = {
    "": "native", "zip": "native", "csv": "csv", "xlsx": "xlsx", "gift": "gift",
    "xml": "moodle_xml", "txt": "aiken",
}  # fmt: skip


@banks.command()
@click.argument("path", type=PATH)
@click.option("--bank", "code", help="Whose blueprint a question file is checked against.")
@click.option("--competency", help="Code of the competency of rows that name none.")
@ORGANISATION
def check(path: Path, code: str | None, competency: str | None, organisation_id: int) -> None:
    """Print what is wrong with a bank (folder or zip) or a question file; exit 1 on errors."""
    try:
        if _is_native(path):
            bank = read_native(path)
            findings = validate_bank(bank)
            click.echo(f"{bank.code}: {len(bank.items)} items, {len(bank.assets)} pictures")
        else:
            found = _read(path, _blueprint_of(code, organisation_id), competency)
            findings = _findings_of(found)
            ready = sum(row["content"] is not None for row in to_json(found)["rows"])
            waiting = sum(f.code in _WAITING and f.severity == "error" for f in findings)
            kind = found.summary["kind"]
            rows = len(found.rows)
            click.echo(f"{path.name} ({kind}): {ready - waiting} of {rows} rows are ready")
    except ItemBankError as error:
        raise _exception(error) from None
    _print_findings(findings)
    errors = sum(finding.severity == "error" for finding in findings)
    click.echo(f"{errors} errors, {len(findings) - errors} warnings")
    if errors:
        raise SystemExit(1)


@banks.command("import")
@click.argument("path", type=PATH)
@click.option("--bank", "code", help="Code of the bank to import into.")
@click.option("--new", "is_new", is_flag=True, help="Make a new bank of a folder or zip.")
@click.option("--competency", help="Code of the competency of rows that name none.")
@click.option(
    "--duplicates",
    type=click.Choice(CHOICES),
    default=SKIP,
    show_default=True,
    help="What becomes of questions whose stem the bank has already.",
)
@ORGANISATION
def import_file(
    path: Path,
    code: str | None,
    is_new: bool,
    competency: str | None,
    duplicates: str,
    organisation_id: int,
) -> None:
    """Import a bank (folder or zip) or any question file: all of it, or nothing."""
    if is_new == bool(code):
        raise click.UsageError("Say either --bank CODE or --new.")
    try:
        if is_new:
            _import_new(read_native(path) if _is_native(path) else None, organisation_id)
        else:
            _import_into(path, str(code), competency, duplicates, organisation_id)
    except ItemBankError as error:
        raise _exception(error) from None
    except Refusal as refusal:
        text = messages.sentence(refusal.code, "en", refusal.details)
        raise click.ClickException(text) from None


@banks.command()
@click.argument("code")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--format", "kind", type=click.Choice(exports.FORMATS), help="What to write; by the ending."
)
@click.option(
    "--language", type=click.Choice(("both", "en", "zh")), default="both", show_default=True
)
@ORGANISATION
def export(code: str, path: Path, kind: str | None, language: str, organisation_id: int) -> None:
    """Write a bank to a file by its ending (.zip, .csv, .xlsx, .gift, .xml, .txt) or to a folder.

    .xml is Moodle XML and .txt is Aiken; --format qti3 writes a QTI 3.0 package with the item
    parameters. What a format cannot carry is listed. A table holds the questions only.
    """
    suffix = path.suffix.lower().removeprefix(".")
    if kind is None and suffix not in _FORMAT_OF:
        endings = ".zip, .csv, .xlsx, .gift, .xml or .txt"
        raise click.UsageError(f"The file's name must end in {endings}, or say --format.")
    kind = kind or _FORMAT_OF[suffix]
    try:
        with reading() as session:
            bank_id = _get_bank(session, code, organisation_id).id
            bank = exports.read_bank(session, bank_id)
            usage = exports.read_usage(session, bank_id) if kind == exports.QTI else {}
        if suffix == "" and kind == exports.NATIVE:
            write_native_folder(bank, path)
        else:
            made = exports.write_export(bank, kind, language=language, usage=usage)
            path.write_bytes(made.data)
            _print_findings(made.losses)
    except ItemBankError as error:
        raise _exception(error) from None
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    click.echo(f"{len(bank.items)} items, {len(bank.assets)} pictures: {path}")


def _is_native(path: Path) -> bool:
    return path.is_dir() or sniff(path.read_bytes()) in ("native", "zip")


def _read(path: Path, blueprint: Blueprint, competency: str | None, **more: Any) -> Reading:
    """A question file of any kind; a folder is a bank."""
    data = write_native(read_native(path)) if path.is_dir() else path.read_bytes()
    if competency and competency not in blueprint.competency_codes:
        raise ItemBankError("competency-unknown", path.name, value=competency)
    request = Request(
        filename=path.name,
        blueprint=blueprint,
        options={"default_competency": competency or ""},
        places=more.get("places", {}),
        known_assets=more.get("known_assets", frozenset()),
    )
    return read_source(data, request)


def _findings_of(found: Reading) -> list[Finding]:
    """Everything that was found, each with its place."""
    findings = [_finding(one, one["where"]) for one in found.summary["findings"]]
    for row in to_json(found)["rows"]:
        findings += [_finding(one, one["where"] or place_of(row)) for one in row["findings"]]
        if row["content"] is not None and row["content"]["competency"] == "-":
            findings.append(_unplaced(row))
    return findings


def _unplaced(row: Mapping[str, Any]) -> Finding:
    """The row names no competency, or one that the bank does not have."""
    if row["tags"]:
        value = {"value": row["tags"][0]}
        return Finding("error", "import-competency-unknown", place_of(row), value)
    return Finding("error", "competency-missing", place_of(row))


def _finding(stored: Mapping[str, Any], where: str) -> Finding:
    severity = "error" if stored["severity"] == "error" else "warning"
    return Finding(severity, stored["code"], where, stored["details"])  # type: ignore[arg-type]


def _get_bank(session: Session, code: str, organisation_id: int) -> Bank:
    bank = session.scalar(
        select(Bank).where(Bank.organisation_id == organisation_id, Bank.code == code)
    )
    if bank is None:
        known = session.scalars(
            select(Bank.code).where(Bank.organisation_id == organisation_id).order_by(Bank.code)
        ).all()
        raise click.ClickException(
            f"There is no bank {code} in organisation {organisation_id}. "
            f"There are: {', '.join(known) or 'none'}."
        )
    return bank


def _blueprint_of(code: str | None, organisation_id: int) -> Blueprint:
    if code is None:
        raise click.UsageError(
            "A question file is checked against a bank's blueprint: add --bank CODE."
        )
    with reading() as session:
        return store.blueprint_of(_get_bank(session, code, organisation_id))


def _import_new(native: ItemBank | None, organisation_id: int) -> None:
    if native is None:
        raise click.ClickException(
            "A table has no blueprint, so it cannot be a bank of its own. Use --bank CODE."
        )
    findings = [one for one in validate_bank(native) if one.severity == "error"]
    _print_findings(findings)
    if findings:
        raise click.ClickException(f"{len(findings)} errors; nothing was imported.")
    note = native.status_note
    with transaction() as session:
        store.create_bank(
            session,
            organisation_id=organisation_id,
            bank=native,
            status_note={language: note.get(language) for language in ("en", "zh")},
            now=utcnow(),
        )
    click.echo(f"{native.code}: {len(native.items)} items imported. Publish the bank to use them.")


def _import_into(
    path: Path, code: str, competency: str | None, duplicates: str, organisation_id: int
) -> None:
    with transaction() as session:
        bank = _get_bank(session, code, organisation_id)
        index = read_index(session, bank.id)
        names = frozenset(index.assets)
        found = _read(path, store.blueprint_of(bank), competency, known_assets=names)
        pictures = found.pictures
        assets = {
            one["stored_as"]: store.store_asset(session, pictures.data[one["sha256"]])
            for one in pictures.stored
        }
        staged = stage_rows(to_json(found)["rows"], index, assets)
        mark_similar(staged, index)
        wrong = _wrong(staged, to_json(found)["rows"])
        _print_findings(wrong)
        if wrong:
            raise click.ClickException(f"{len(wrong)} errors; nothing was imported.")
        written = write_rows(
            session,
            bank_id=bank.id,
            decisions=[_decision(one, duplicates) for one in staged],
            index=index,
            account_id=None,
            now=utcnow(),
            assets=assets,
        )
    _print_outcomes(staged)
    click.echo(f"{written.new} items added, {written.versions} new versions. Publish to use them.")


def _decision(row: Mapping[str, Any], duplicates: str) -> Decision:
    """A row that only looks like another of the file cannot be a version of anything."""
    item = item_from_native(row["content"])
    impossible = duplicates == VERSION and row["item_id"] is None
    choice = (SKIP if impossible else duplicates) if row["outcome"] == DUPLICATE else ""
    return Decision(StagedRow(row["outcome"], item, row["item_id"], []), choice)


def _wrong(staged: Iterable[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    wrong = []
    for row, source in zip(staged, rows, strict=True):
        place = place_of(row)
        wrong += [
            _finding(one, one["where"] or place)
            for one in row["findings"]
            if one["severity"] == "error"
        ]
        if row["outcome"] == UNPLACED:
            wrong.append(_unplaced(source))
    return wrong


def _print_findings(findings: Iterable[Finding]) -> None:
    for finding in findings:
        where = f"{finding.where}: " if finding.where else ""
        text = _sentence(finding)
        click.echo(f"{finding.severity}: {where}{text}")


def _print_outcomes(staged: list[dict[str, Any]]) -> None:
    counts: Mapping[str, int] = {
        name: sum(one["outcome"] == name for one in staged) for name in OUTCOMES
    }
    click.echo(", ".join(f"{name}: {number}" for name, number in counts.items() if number))


def _exception(error: ItemBankError) -> click.ClickException:
    where = f"{error.where}: " if error.where else ""
    return click.ClickException(f"{where}{_sentence(error)}")


def _sentence(found: Finding | ItemBankError) -> str:
    """Of the rules for items and files, else of the application."""
    if found.code in FINDINGS:
        return sentence(found, "en")
    return messages.sentence(found.code, "en", dict(found.details))
