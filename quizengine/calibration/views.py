"""Pages of calibration: what is in force, fitting, comparing, publishing."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quizengine.calibration import words
from quizengine.calibration.forms import ROWS, read_item_choice
from quizengine.calibration.service import overview, runs
from quizengine.calibration.service.compare import Comparison, compare_set
from quizengine.calibration.service.overview import RunLine
from quizengine.database import reading, transaction, utcnow
from quizengine.permissions import Permission
from quizengine.web import is_fragment, render, require

blueprint = Blueprint("calibration", __name__)


@blueprint.get("/calibrations")
@require(Permission.CALIBRATE)
def index() -> ResponseReturnValue:
    """Each bank: the parameters in force, what a fit would use, runs, earlier publications."""
    with reading() as session:
        banks = overview.list_banks(session, organisation_id=current_user.organisation_id)
    return render("calibration/index.html", banks=banks, words=words)


@blueprint.post("/banks/<int:bank_id>/calibrations")
@require(Permission.CALIBRATE)
def start(bank_id: int) -> ResponseReturnValue:
    """Ask for a fit in the background."""
    with transaction() as session:
        run_id = runs.request_calibration(
            session,
            bank_id=bank_id,
            organisation_id=current_user.organisation_id,
            account_id=current_user.id,
            include_simulated=request.form.get("include_simulated") == "1",
            now=utcnow(),
        )
    return redirect(url_for("calibration.run", run_id=run_id), 303)


@blueprint.get("/calibrations/<int:run_id>")
@require(Permission.CALIBRATE)
def run(run_id: int) -> ResponseReturnValue:
    """A run: how far it is, why it failed, or what came out."""
    with reading() as session:
        found = overview.read_run(session, run_id, organisation_id=current_user.organisation_id)
        compared = compare_set(session, found.result.id) if found.result else None
    if compared is None:
        return render("calibration/run.html", run=found, words=words)
    return _result(found, compared)


def _result(found: RunLine, compared: Comparison) -> ResponseReturnValue:
    choice = read_item_choice(request.args, compared.codes)
    chosen = choice.pick(compared)
    first = min((choice.page - 1) * ROWS, max(0, len(chosen) - 1) // ROWS * ROWS)
    return render(
        "calibration/result.html",
        run=found,
        compared=compared,
        choice=choice,
        items=chosen[first : first + ROWS],
        first=first,
        n_chosen=len(chosen),
        rows=ROWS,
        chart=words.difficulty_chart(compared),
        words=words,
    )


@blueprint.get("/calibrations/<int:run_id>/progress")
@require(Permission.CALIBRATE)
def progress(run_id: int) -> ResponseReturnValue:
    """How far a run is, for a page that waits; the whole page once it has ended."""
    with reading() as session:
        found = overview.read_run(session, run_id, organisation_id=current_user.organisation_id)
    if not is_fragment():
        return redirect(url_for("calibration.run", run_id=run_id), 303)
    response = make_response(render("calibration/progress.html", run=found, words=words))
    if not found.is_open:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/calibrations/<int:run_id>/cancel")
@require(Permission.CALIBRATE)
def cancel(run_id: int) -> ResponseReturnValue:
    """Stop a run that waits or works."""
    with transaction() as session:
        runs.cancel_run(session, run_id, organisation_id=current_user.organisation_id, now=utcnow())
    return redirect(url_for("calibration.run", run_id=run_id), 303)


@blueprint.get("/calibrations/sets/<int:set_id>/publish")
@require(Permission.PUBLISH_BANKS)
def confirm(set_id: int) -> ResponseReturnValue:
    """What publishing a parameter set means, and the button that does it."""
    with reading() as session:
        found = runs.get_set(session, set_id, organisation_id=current_user.organisation_id)
        facts = overview.set_facts(session, set_id)
        present = runs.get_published(session, found.bank_id)
        in_force = overview.set_facts(session, present.parameter_set_id)
        bank = overview.bank_name(session, found.bank_id)
    return render("calibration/confirm.html", set=facts, in_force=in_force, bank=bank)


@blueprint.post("/calibrations/sets/<int:set_id>/publish")
@require(Permission.PUBLISH_BANKS)
def publish(set_id: int) -> ResponseReturnValue:
    """Let new sittings use a parameter set."""
    with transaction() as session:
        runs.publish_set(
            session,
            set_id,
            organisation_id=current_user.organisation_id,
            account_id=current_user.id,
            now=utcnow(),
        )
    flash(_("Published. New sittings use these parameters; running ones keep theirs."), "success")
    return redirect(url_for("calibration.index"), 303)
