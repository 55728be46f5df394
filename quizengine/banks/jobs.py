"""Background work of banks: reading an uploaded question file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from itembank.errors import Finding, ItemBankError
from itembank.formats.table import (
    SheetReport,
    TableReport,
    TableRow,
    error_workbook,
    read_table,
)
from itembank.item import item_from_native, item_to_native
from quizengine.banks.service import imports
from quizengine.banks.service.import_commit import place_of
from quizengine.banks.service.import_rows import (
    REJECTED,
    BankIndex,
    SeenRows,
    StagedRow,
    stage_row,
)
from quizengine.banks.service.imports import Source, plain_text
from quizengine.database import reading, transaction
from quizengine.jobs import RunningJob, handles


@handles(imports.JOB)
def read_import(job: RunningJob) -> None:
    """Read an upload and store what it would change; run again, it replaces what it stored."""
    import_id = int(job.payload["import_id"])
    with reading() as session:
        source = imports.find_source(session, import_id, job.id)
    if source is None:
        with transaction() as session:
            job.complete(session)
        return
    job.progress(0.1)
    try:
        report, remembered = read_with_memory(source)
    except ItemBankError as error:
        details = _plain_details({**error.details, "where": error.where})
        with transaction() as session:
            imports.store_unreadable(session, import_id, code=error.code, details=details)
            job.complete(session, {"unreadable": error.code})
        return
    job.progress(0.6)
    report, rows = stage_report(report, source.index)
    summary = summary_of(report, remembered=remembered is not None)
    errors = error_workbook(report) if report.rejected else None
    job.progress(0.9)
    with transaction() as session:
        imports.store_reading(
            session,
            import_id,
            rows=rows,
            summary=summary,
            mapping=remembered or source.options.get("mapping"),
            error_file=errors,
        )
        job.complete(session, {"rows": len(rows)})


def read_with_memory(source: Source) -> tuple[TableReport, Mapping[str, str] | None]:
    """The report, and the mapping of an earlier import of the same columns where one was used."""
    given = source.options.get("mapping")
    failure: ItemBankError | None = None
    report: TableReport | None = None
    try:
        report = _read(source, given)
    except ItemBankError as error:
        if given is not None or error.code != "header-missing":
            raise
        failure = error
    if given is None:
        for mapping in source.remembered:
            if report is not None and set(report.columns) != set(mapping):
                continue
            try:
                again = _read(source, mapping)
            except ItemBankError:
                continue
            if set(again.columns) == set(mapping):
                return again, mapping
    if report is None:
        raise failure or ItemBankError("header-missing", source.filename)
    return report, None


def _read(source: Source, mapping: Mapping[str, str] | None) -> TableReport:
    options = source.options
    return read_table(
        source.data,
        source.filename,
        blueprint=source.blueprint,
        default_competency=options.get("default_competency") or None,
        mapping=mapping,
        default_language=options.get("language") or None,
        encoding=options.get("encoding") or None,
        answer_base=options.get("answer_base"),
    )


def stage_report(report: TableReport, index: BankIndex) -> tuple[TableReport, list[dict[str, Any]]]:
    """Every row of the file with what it would do to the bank.

    Returns
    -------
    The report with the rows rejected that the bank cannot take, and the rows as they are stored.
    """
    seen = SeenRows()
    rows: list[dict[str, Any]] = []
    sheets = []
    for sheet in report.sheets:
        kept = []
        for row in sheet.rows:
            staged = _stage(row, index, seen)
            rows.append(_stored_row(len(rows) + 1, row, staged, sheet))
            kept.append(row if staged is None else _with_refusal(row, staged))
        sheets.append(replace(sheet, rows=tuple(kept)))
    return replace(report, sheets=tuple(sheets)), rows


def _stage(row: TableRow, index: BankIndex, seen: SeenRows) -> StagedRow | None:
    if row.item is None:
        return None
    return stage_row(item_from_native(row.item), place_of(row.sheet, row.row), index, seen)


def _with_refusal(row: TableRow, staged: StagedRow) -> TableRow:
    if staged.outcome != REJECTED:
        return row
    place = place_of(row.sheet, row.row)
    added = [Finding("error", note["code"], place, note["details"]) for note in staged.notes]
    return replace(row, item=None, findings=(*row.findings, *added))


def _stored_row(
    position: int, row: TableRow, staged: StagedRow | None, sheet: SheetReport
) -> dict[str, Any]:
    findings = [_stored_finding(finding) for finding in row.findings]
    accepted = staged is not None and staged.outcome != REJECTED
    stem, competency = _shown(row, sheet)
    if staged is not None:
        stem = plain_text(staged.item.stem.zh or staged.item.stem.en)
        competency = staged.item.competency
    return {
        "position": position,
        "sheet": plain_text(row.sheet),
        "row": row.row,
        "outcome": staged.outcome if staged else REJECTED,
        "stem": stem,
        "competency": competency,
        "content": item_to_native(staged.item) if staged and accepted else None,
        "findings": findings + (staged.notes if staged else []),
        "item_id": staged.item_id if staged else None,
    }


def _shown(row: TableRow, sheet: SheetReport) -> tuple[str, str]:
    """Stem and competency of a rejected row as its cells say, to recognise it by."""
    found = {"stem": "", "competency": ""}
    for cell, column in zip(row.cells, sheet.header.columns if sheet.header else (), strict=False):
        name = (column.field or "").removesuffix("_zh").removesuffix("_en")
        if name in found and not found[name]:
            found[name] = plain_text(str(cell))
    return found["stem"], found["competency"][:80]


def _stored_finding(finding: Finding) -> dict[str, Any]:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "where": plain_text(finding.where),
        "details": _plain_details(finding.details),
    }


def _plain_details(details: Mapping[str, object]) -> dict[str, Any]:
    """Details as JSON: numbers stay, everything else becomes a text that can be stored."""
    return {
        name: value if isinstance(value, int | float) else plain_text(str(value))
        for name, value in details.items()
    }


def summary_of(report: TableReport, *, remembered: bool) -> dict[str, Any]:
    """What was found in the file as a whole, for the page that shows it."""
    return {
        "kind": report.kind,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "answer_base": report.answer_base,
        "answer_base_reason": report.answer_base_reason,
        "columns": _columns_of(report.sheets),
        "sheets": [plain_text(sheet.name) for sheet in report.sheets if sheet.header],
        "findings": [_stored_finding(finding) for finding in report.findings],
        "empty_rows": report.empty_rows,
        "other_rows": sum(sheet.other_rows for sheet in report.sheets),
        "skipped_rows": sum(sheet.skipped_rows for sheet in report.sheets),
        "remembered": remembered,
    }


def _columns_of(sheets: Sequence[SheetReport]) -> list[dict[str, str | None]]:
    columns: list[dict[str, str | None]] = []
    for sheet in sheets:
        for column in sheet.header.columns if sheet.header else ():
            if column.header or column.field:
                columns.append(
                    {
                        "sheet": plain_text(sheet.name),
                        "letter": column.letter,
                        "header": column.header,
                        "field": column.field,
                    }
                )
    return columns
