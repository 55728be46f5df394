"""The page that gives a bank away as a file: first what a format cannot carry, then the file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from itembank.bank import ItemBank
from itembank.errors import ItemBankError
from itembank.errors import sentence as finding_sentence
from quizengine.banks.service import exports, store
from quizengine.database import reading
from quizengine.permissions import Permission
from quizengine.web import language, require

blueprint = Blueprint("exports", __name__)
SHOWN = 200  # losses on the page; the file names all
_MIME = {
    "zip": "application/zip",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
}


def format_names() -> list[tuple[str, str, str]]:
    """Format, its name, and what it is for."""
    return [
        (exports.NATIVE, _("Bank of this program (zip)"), _("Everything, pictures and blueprint.")),
        (exports.XLSX, "Excel (XLSX)", _("To read and correct; comes back by “Import”.")),
        (exports.CSV, "CSV", _("The same as text, for other programs.")),
        (exports.GIFT, "GIFT", _("Moodle and others, as text.")),
        (exports.AIKEN, "Aiken", _("Single-best questions only, as text.")),
        (exports.MOODLE, "Moodle XML", _("Moodle, with pictures and categories.")),
        (exports.QTI, "QTI 3.0", _("Other item banks, with the item parameters.")),
    ]


@blueprint.get("/banks/<int:bank_id>/export")
@require(Permission.EDIT_BANKS)
def show(bank_id: int) -> ResponseReturnValue:
    """The formats; with one chosen, what it cannot carry."""
    kind, tongue = _chosen()
    context: dict[str, Any] = {"losses": [], "n_losses": 0, "problem": ""}
    with reading() as session:
        bank = store.get_bank(session, bank_id, organisation_id=current_user.organisation_id)
        about = {"id": bank.id, "code": bank.code, "name": bank.name.get(language(), bank.code)}
        value = exports.read_bank(session, bank_id) if kind else None
        usage = exports.read_usage(session, bank_id) if kind == exports.QTI else {}
    if kind and value is not None:
        context |= _losses_of(value, kind, tongue, usage)
        context |= {"n_items": len(value.items), "n_pictures": len(value.assets)}
    return render_template(
        "banks/export.html",
        bank=about,
        kind=kind,
        tongue=tongue,
        formats=format_names(),
        bilingual=exports.BILINGUAL,
        **context,
    )


def _losses_of(value: ItemBank, kind: str, tongue: str, usage: dict[str, Any]) -> dict[str, Any]:
    try:
        made = exports.write_export(value, kind, language=tongue, usage=usage)
    except ItemBankError as error:
        return {"problem": finding_sentence(error, language())}
    losses = [(one.where, finding_sentence(one, language())) for one in made.losses]
    return {"losses": losses[:SHOWN], "n_losses": len(losses)}


@blueprint.get("/banks/<int:bank_id>/export/file")
@require(Permission.EDIT_BANKS)
def download(bank_id: int) -> ResponseReturnValue:
    """The file; with pictures beside a table or something left out, a zip with a list of it."""
    kind, tongue = _chosen()
    with reading() as session:
        store.get_bank(session, bank_id, organisation_id=current_user.organisation_id)
        value = exports.read_bank(session, bank_id)
        usage = exports.read_usage(session, bank_id) if kind == exports.QTI else {}
    made = exports.write_export(value, kind or exports.NATIVE, language=tongue, usage=usage)
    made = exports.with_companions(made, value, kind, language())
    response = Response(made.data, mimetype=_MIME.get(made.suffix, "text/plain"))
    name = f"{value.code}-{kind or exports.NATIVE}.{made.suffix}"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _chosen() -> tuple[str, str]:
    """The format and the language of the address; "" and "both" where it says nothing usable."""
    kind, tongue = request.args.get("format", ""), request.args.get("language", "both")
    return (
        kind if kind in exports.FORMATS else "",
        tongue if tongue in ("en", "zh", "both") else "both",
    )
