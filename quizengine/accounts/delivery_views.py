"""Pages of a OneRoster delivery: upload, what it would change, taking it in."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from itembank.errors import ItemBankError
from itembank.errors import sentence as finding_sentence
from quizengine.accounts.forms import RosterForm
from quizengine.accounts.oneroster import read_oneroster
from quizengine.accounts.service import deliveries
from quizengine.accounts.service.rosters import CHANGING, LEFT_OUT, PRESENT
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict, InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.web import language, render, require

blueprint = Blueprint("deliveries", __name__)
SHOWN = 300  # findings and rows that need a look, on the page


@blueprint.get("/classes/oneroster")
@require(Permission.SEE_CLASSES)
def new() -> ResponseReturnValue:
    """The form to upload a delivery."""
    return render("accounts/delivery_new.html", form=RosterForm(formdata=None))


@blueprint.post("/classes/oneroster")
@require(Permission.SEE_CLASSES)
def upload() -> ResponseReturnValue:
    """Read a delivery; nothing is changed yet."""
    form = RosterForm()
    sent = request.files.get("file")
    try:
        if not form.validate() or sent is None or not sent.filename:
            raise InvalidInput("roster-no-file")
        return take_delivery(sent.read(), PurePosixPath(sent.filename.replace("\\", "/")).name)
    except InvalidInput as refusal:
        form.file.errors = [sentence(refusal.code, language(), refusal.details)]
    except ItemBankError as error:
        form.file.errors = [finding_sentence(error, language())]
    return render("accounts/delivery_new.html", form=form), 422


def take_delivery(data: bytes, filename: str) -> ResponseReturnValue:
    """Keep a delivery and go to its page.

    Raises
    ------
    InvalidInput, ItemBankError
        What is wrong with the file.
    """
    roster = read_oneroster(data, filename)
    with transaction() as session:
        delivery_id = deliveries.start_delivery(
            session,
            organisation_id=current_user.organisation_id,
            account_id=current_user.id,
            filename=filename,
            roster=roster,
            now=utcnow(),
        )
    return redirect(url_for("deliveries.show", delivery_id=delivery_id), 303)


@blueprint.get("/classes/oneroster/<int:delivery_id>")
@require(Permission.SEE_CLASSES)
def show(delivery_id: int) -> ResponseReturnValue:
    """Class by class what would happen; after the commit, what happened."""
    with reading() as session:
        found = deliveries.get_delivery(session, delivery_id, account_id=current_user.id)
        planned = deliveries.plan_delivery(session, found)
    counts: Counter[str] = Counter()
    for one in planned:
        counts += one.counts
    quiet = CHANGING | {PRESENT, LEFT_OUT}
    rows = [
        (one, line, sentence(line.code, language(), line.details))
        for one in planned
        for line in one.lines
        if line.outcome not in quiet or (line.code and line.outcome != LEFT_OUT)
    ]
    return render(
        "accounts/delivery.html",
        found=found,
        planned=[(one, _refusal(one)) for one in planned],
        counts=counts,
        rows=rows[:SHOWN],
        findings=[_told(one) for one in found.content["findings"][:SHOWN]],
        n_findings=len(found.content["findings"]),
        n_ready=sum(one.n_ready for one in planned),
        done=found.content.get("done", {}),
    )


def _refusal(one: deliveries.PlannedClass) -> str:
    return sentence(one.refusal, language(), {"code": one.code}) if one.refusal else ""


def _told(found: dict[str, Any]) -> dict[str, Any]:
    text = sentence(found["code"], language(), {"file": found["file"], **found["details"]})
    return {**found, "text": text}


@blueprint.post("/classes/oneroster/<int:delivery_id>")
@require(Permission.SEE_CLASSES)
def commit(delivery_id: int) -> ResponseReturnValue:
    """Make classes and accounts and fill the classes, in one transaction."""
    target = url_for("deliveries.show", delivery_id=delivery_id)
    expected = request.form.get("expected", type=int) or 0
    try:
        with transaction() as session:
            found = deliveries.get_delivery(
                session, delivery_id, account_id=current_user.id, for_update=True
            )
            deliveries.commit_delivery(
                session, found, expected=expected, language=language(), now=utcnow()
            )
    except Conflict as refusal:
        flash(sentence(refusal.code, language(), refusal.details), "warning")
        return redirect(target, 303)
    flash(_("The delivery was taken in."), "success")
    return redirect(target, 303)
