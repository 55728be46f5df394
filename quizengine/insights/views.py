"""Pages of insights."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from quizengine.permissions import Permission
from quizengine.web import render, require

blueprint = Blueprint("insights", __name__)


@blueprint.get("/reports")
@require(Permission.SIT_EXAMS)
def reports() -> ResponseReturnValue:
    """The first page of insights."""
    return render("insights/reports.html")
