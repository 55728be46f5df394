"""Pages of banks."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from quizengine.permissions import Permission
from quizengine.web import render, require

blueprint = Blueprint("banks", __name__)


@blueprint.get("/banks")
@require(Permission.SEE_BANKS)
def index() -> ResponseReturnValue:
    """The first page of banks."""
    return render("banks/index.html")
