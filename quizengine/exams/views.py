"""Pages of exams."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from quizengine.permissions import Permission
from quizengine.web import render, require

blueprint = Blueprint("exams", __name__)


@blueprint.get("/exams")
@require(Permission.SIT_EXAMS)
def index() -> ResponseReturnValue:
    """The first page of exams."""
    return render("exams/index.html")
