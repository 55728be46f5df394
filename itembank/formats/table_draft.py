"""A table as drafts, for callers that read questions of any kind; `table` says more of a table."""

from __future__ import annotations

from collections.abc import Mapping

from itembank.blueprint import Blueprint, Competency, Profile
from itembank.errors import ItemBankError
from itembank.formats.draft import DraftItem, ImportDraft, SourceFinding, SourcePlace, language_of
from itembank.formats.table import TableRow, read_table
from itembank.texts import Text

# A table is read before anybody has chosen a bank: no competency is known yet.
_NONE = "-"
_BLUEPRINT = Blueprint(
    competencies=(Competency(code=_NONE, name=Text(en=_NONE)),),
    profiles=(Profile(code=_NONE, weights={_NONE: 100}),),
)


def read_table_draft(
    data: bytes | Mapping[str, bytes], where: str = "", blueprint: Blueprint | None = None
) -> ImportDraft:
    """Every row of a table as a draft, or as a finding that says why not.

    Parameters
    ----------
    data : the file, or an archive's files by path: one table and its pictures.
    blueprint : whose competencies the rows may name; without one, drafts have none.

    Raises
    ------
    ItemBankError
        "kind-without-questions": the archive holds no table, or several; what `read_table` finds.
    """
    assets: dict[str, bytes] = {}
    if not isinstance(data, bytes):
        data, where, assets = _table_among(data, where)
    report = read_table(
        data,
        where,
        blueprint=blueprint or _BLUEPRINT,
        default_competency=None if blueprint else _NONE,
    )
    items, rejected = [], []
    for row in report.rows:
        place = SourcePlace(where, f"{row.sheet} row {row.row}".strip(), row.row)
        if row.item is None:
            error = next(found for found in row.findings if found.severity == "error")
            name = next((str(cell) for cell in row.cells if cell), "")[:100]
            rejected.append(SourceFinding(place, name, error.code, error.details))
        else:
            items.append(_draft_of(row, place, keep_competency=blueprint is not None))
    stems = [str(item.fields.get("stem", "")) for item in items]
    return ImportDraft(
        report.kind,
        tuple(items),
        tuple(rejected),
        assets=assets,
        notes=report.findings,
        language=language_of(stems),
    )


def _draft_of(row: TableRow, place: SourcePlace, *, keep_competency: bool) -> DraftItem:
    fields = dict(row.item or {})
    findings = row.findings
    tags: tuple[str, ...] = ()
    if not keep_competency:
        fields.pop("competency", None)
        defaulted = [f for f in findings if f.code == "competency-defaulted"]
        tags = tuple(str(found.details.get("value", "")) for found in defaulted)
        findings = tuple(found for found in findings if found not in defaulted)
    return DraftItem(fields, place, tags, findings)


def _table_among(files: Mapping[str, bytes], where: str) -> tuple[bytes, str, dict[str, bytes]]:
    """The only table of an archive, its name, and the pictures beside it."""
    files = {name: data for name, data in files.items() if not name.startswith("__MACOSX/")}
    tables = [name for name in files if name.lower().endswith((".csv", ".tsv", ".txt", ".xlsx"))]
    if len(tables) != 1:
        raise ItemBankError("kind-without-questions", where, kind=f"{len(tables)} tables in a zip")
    pictures = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")
    assets = {
        f"figures/{name.rsplit('/', 1)[-1]}": data
        for name, data in files.items()
        if name.lower().endswith(pictures)
    }
    return files[tables[0]], tables[0], assets
