"""`flask banks`: check, import and export question files without the browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint
from itembank.errors import Finding, ItemBankError, sentence
from itembank.formats.grid import sniff
from itembank.formats.native import read_native, write_native, write_native_folder
from itembank.formats.table import TableReport, read_table, write_table
from itembank.item import Item, item_from_native
from itembank.validation import validate_bank
from quizengine import messages
from quizengine.banks.service import exports, store
from quizengine.banks.service.import_commit import Decision, place_of, write_rows
from quizengine.banks.service.import_rows import (
    CHOICES,
    OUTCOMES,
    REJECTED,
    SKIP,
    SeenRows,
    StagedRow,
    read_index,
    stage_row,
)
from quizengine.banks.tables import Bank
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Refusal

banks = AppGroup("banks", help="Item banks: check, import and export files.")

PATH = click.Path(exists=True, path_type=Path)
ORGANISATION = click.option(
    "--organisation", "organisation_id", type=int, default=1, show_default=True
)


@banks.command()
@click.argument("path", type=PATH)
@click.option("--bank", "code", help="Whose blueprint a table is checked against.")
@click.option("--competency", help="Code of the competency of rows that name none.")
@ORGANISATION
def check(path: Path, code: str | None, competency: str | None, organisation_id: int) -> None:
    """Print what is wrong with a bank (folder or zip) or a table; exit 1 on errors."""
    try:
        if _is_native(path):
            bank = read_native(path)
            findings = validate_bank(bank)
            click.echo(f"{bank.code}: {len(bank.items)} items, {len(bank.assets)} pictures")
        else:
            report = _read_table(path, _blueprint_of(code, organisation_id), competency)
            findings = [*report.findings, *(one for row in report.rows for one in row.findings)]
            click.echo(f"{path.name}: {len(report.accepted)} of {len(report.rows)} rows are ready")
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
    """Import a bank (folder or zip) or a table: all of it, or nothing."""
    if is_new == bool(code):
        raise click.UsageError("Say either --bank CODE or --new.")
    try:
        native = read_native(path) if _is_native(path) else None
        if is_new:
            _import_new(native, organisation_id)
        else:
            _import_into(path, native, str(code), competency, duplicates, organisation_id)
    except ItemBankError as error:
        raise _exception(error) from None
    except Refusal as refusal:
        text = messages.sentence(refusal.code, "en", refusal.details)
        raise click.ClickException(text) from None


@banks.command()
@click.argument("code")
@click.argument("path", type=click.Path(path_type=Path))
@ORGANISATION
def export(code: str, path: Path, organisation_id: int) -> None:
    """Write a bank to a file by its ending (.zip, .csv, .xlsx) or to a new folder.

    A table holds the questions only; a zip or a folder holds the pictures and the blueprint too.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("zip", "csv", "xlsx", ""):
        raise click.UsageError("The file's name must end in .zip, .csv or .xlsx.")
    try:
        with reading() as session:
            bank = exports.read_bank(session, _get_bank(session, code, organisation_id).id)
        if kind == "":
            write_native_folder(bank, path)
        else:
            path.write_bytes(write_native(bank) if kind == "zip" else write_table(bank.items, kind))
    except ItemBankError as error:
        raise _exception(error) from None
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    click.echo(f"{len(bank.items)} items, {len(bank.assets)} pictures: {path}")


def _is_native(path: Path) -> bool:
    return path.is_dir() or sniff(path.read_bytes()) in ("native", "zip")


def _read_table(path: Path, blueprint: Blueprint, competency: str | None) -> TableReport:
    return read_table(
        path.read_bytes(), path.name, blueprint=blueprint, default_competency=competency
    )


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
        raise click.UsageError("A table is checked against a bank's blueprint: add --bank CODE.")
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
    path: Path,
    native: ItemBank | None,
    code: str,
    competency: str | None,
    duplicates: str,
    organisation_id: int,
) -> None:
    with transaction() as session:
        bank = _get_bank(session, code, organisation_id)
        blueprint = store.blueprint_of(bank)
        assets: dict[str, str] = {}
        if native is None:
            items, wrong = _items_of_table(_read_table(path, blueprint, competency))
        else:
            items, wrong = _items_of_bank(native, blueprint)
            assets = {
                name: store.store_asset(session, data) for name, data in native.assets.items()
            }
        index, seen = read_index(session, bank.id), SeenRows()
        staged = [stage_row(item, place, index, seen, assets=assets) for place, item in items]
        wrong += _rejected(staged, [place for place, _ in items])
        _print_findings(wrong)
        if wrong:
            raise click.ClickException(f"{len(wrong)} errors; nothing was imported.")
        decisions = [
            Decision(
                one, duplicates if one.item_id is not None or duplicates != "version" else SKIP
            )
            for one in staged
        ]
        written = write_rows(
            session,
            bank_id=bank.id,
            decisions=decisions,
            index=index,
            account_id=None,
            now=utcnow(),
            assets=assets,
        )
    _print_outcomes(staged)
    click.echo(f"{written.new} items added, {written.versions} new versions. Publish to use them.")


def _items_of_table(report: TableReport) -> tuple[list[tuple[str, Item]], list[Finding]]:
    items = [(place_of(row.sheet, row.row), item_from_native(row.item)) for row in report.accepted]
    wrong = [
        finding
        for row in report.rejected
        for finding in row.findings
        if finding.severity == "error"
    ]
    return items, wrong


def _items_of_bank(
    native: ItemBank, blueprint: Blueprint
) -> tuple[list[tuple[str, Item]], list[Finding]]:
    wrong = [one for one in validate_bank(native) if one.severity == "error"]
    wrong += [
        Finding("error", "competency-unknown", item.id, {"value": item.competency})
        for item in native.items
        if item.competency not in blueprint.competency_codes
    ]
    return [(item.id, item) for item in native.items], wrong


def _rejected(staged: list[StagedRow], places: list[str]) -> list[Finding]:
    return [
        Finding("error", note["code"], place, note["details"])
        for place, one in zip(places, staged, strict=True)
        if one.outcome == REJECTED
        for note in one.notes
    ]


def _print_findings(findings: Iterable[Finding]) -> None:
    for finding in findings:
        where = f"{finding.where}: " if finding.where else ""
        click.echo(f"{finding.severity}: {where}{sentence(finding, 'en')}")


def _print_outcomes(staged: list[StagedRow]) -> None:
    counts: Mapping[str, int] = {
        name: sum(one.outcome == name for one in staged) for name in OUTCOMES
    }
    click.echo(", ".join(f"{name}: {number}" for name, number in counts.items() if number))


def _exception(error: ItemBankError) -> click.ClickException:
    where = f"{error.where}: " if error.where else ""
    return click.ClickException(f"{where}{sentence(error, 'en')}")
