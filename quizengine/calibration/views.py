"""Pages of calibration."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from quizengine.permissions import Permission
from quizengine.web import render, require

blueprint = Blueprint("calibration", __name__)


@blueprint.get("/calibrations")
@require(Permission.CALIBRATE)
def index() -> ResponseReturnValue:
    """The first page of calibration."""
    return render("calibration/index.html")
