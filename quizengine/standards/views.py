"""Pages of standards: what holds, who set it, adopting a new one."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from quizengine.banks.service.browse import list_banks
from quizengine.banks.service.store import blueprint_of, get_bank, names_of
from quizengine.banks.tables import Bank
from quizengine.config import Settings
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.standards import service
from quizengine.standards.forms import StandardForm
from quizengine.web import language, render, require

blueprint = Blueprint("standards", __name__)


@blueprint.get("/standards")
@require(Permission.SEE_STANDARDS)
def index() -> ResponseReturnValue:
    """The standards in force for each bank of the organisation."""
    now = utcnow()
    with reading() as session:
        shown = [
            (state, names_of(session, state.id), _tiers(session, state.id, now))
            for state in list_banks(session, organisation_id=current_user.organisation_id)
        ]
    return render("standards/index.html", shown=shown)


def _tiers(session: Session, bank_id: int, now: datetime) -> list[service.CurrentStandard]:
    return [
        service.current_standard(session, bank_id=bank_id, tier=tier, at=now)
        for tier in service.TIERS
    ]


@blueprint.get("/banks/<int:bank_id>/standards")
@require(Permission.SEE_STANDARDS)
def bank(bank_id: int) -> ResponseReturnValue:
    """Every standard a bank has had."""
    with reading() as session:
        found = get_bank(session, bank_id, organisation_id=current_user.organisation_id)
        adopted = service.list_standards(session, bank_id=bank_id)
        names = names_of(session, bank_id)
    return render("standards/bank.html", bank=found, adopted=adopted, names=names, now=utcnow())


@blueprint.get("/banks/<int:bank_id>/standards/new")
@require(Permission.ADOPT_STANDARDS)
def new(bank_id: int) -> ResponseReturnValue:
    """The form for a panel's result."""
    with reading() as session:
        found = get_bank(session, bank_id, organisation_id=current_user.organisation_id)
        names = names_of(session, bank_id)
    return _form_page(found, names, StandardForm())


@blueprint.post("/banks/<int:bank_id>/standards")
@require(Permission.ADOPT_STANDARDS)
def adopt(bank_id: int) -> ResponseReturnValue:
    """Adopt what a panel decided; it holds for sittings that start from then on."""
    settings: Settings = current_app.extensions["settings"]
    now = utcnow()
    with reading() as session:
        found = get_bank(session, bank_id, organisation_id=current_user.organisation_id)
        names = names_of(session, bank_id)
    codes = blueprint_of(found).competency_codes
    form = StandardForm.read(request.form, codes)
    try:
        with transaction() as session:
            service.adopt_standard(
                session,
                bank_id=bank_id,
                organisation_id=current_user.organisation_id,
                account_id=current_user.id,
                tier=form.tier,
                method=form.method,
                cuts={code: form.cut_of(code) for code in codes},
                overall=form.cut_of("all"),
                panel=form.panel(),
                effective_from=form.effective_from(now, settings.time_zone),
                now=now,
            )
    except InvalidInput as refusal:
        error = sentence(refusal.code, language(), refusal.details)
        field = f"cut-{refusal.details['competency']}" if "competency" in refusal.details else ""
        return _form_page(found, names, form, [(field, error)]), 422
    flash(_("The standard is adopted."), "success")
    return redirect(url_for("standards.bank", bank_id=bank_id), 303)


def _form_page(
    bank: Bank,
    names: dict[str, dict[str, str]],
    form: StandardForm,
    errors: list[tuple[str, str]] | None = None,
) -> str:
    return render(
        "standards/new.html",
        bank=bank,
        names=names,
        codes=blueprint_of(bank).competency_codes,
        form=form,
        errors=errors or [],
        methods=service.METHODS,
        tiers=service.TIERS,
        provisional=service.PROVISIONAL_CUTS,
    )
