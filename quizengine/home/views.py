"""The first page after signing in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from quizengine.banks.service.browse import list_banks, list_shared_banks
from quizengine.credits.service import count_waiting
from quizengine.database import current, reading, utcnow
from quizengine.home import service
from quizengine.permissions import Role
from quizengine.web import public, render

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@public
def show() -> ResponseReturnValue:
    """What to do next; somebody with several roles sees a part for each."""
    account = current_user
    if not account.is_authenticated:
        return redirect(url_for("accounts.sign_in"))
    now = utcnow()
    parts: dict[str, Any] = {}
    with reading() as session:
        parts["demo"] = service.read_loading_demo(session)
        if Role.STUDENT in account.roles:
            parts["student"] = service.read_student_home(
                session, student_id=account.id, organisation_id=account.organisation_id, now=now
            )
        if Role.INSTRUCTOR in account.roles:
            parts["instructor"] = service.read_instructor_home(
                session, instructor_id=account.id, organisation_id=account.organisation_id
            )
        elif Role.EXPERT in account.roles:
            shared = list_shared_banks(session, organisation_id=account.organisation_id)
            own = list_banks(session, organisation_id=account.organisation_id)
            parts["banks"] = [*own, *(one.state for one in shared)]
        if Role.REGISTRAR in account.roles:
            parts["claims"] = count_waiting(
                session, organisation_id=account.organisation_id, account_id=account.id
            )
        if Role.ADMINISTRATOR in account.roles:
            parts["administrator"] = service.read_administrator_home(session, now=now)
            parts["is_sqlite"] = current().gate is not None
    return render("home/show.html", roles=account.roles, **parts)
