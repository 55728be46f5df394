"""The page that says who uses an item: revisions, exams, sittings, classes, other banks."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from quizengine.banks.service import browse, store
from quizengine.database import reading
from quizengine.insights.item_usage import read_usage
from quizengine.permissions import Permission
from quizengine.web import render, require

blueprint = Blueprint("item_usage", __name__)


@blueprint.get("/items/<int:item_id>/usage")
@require(Permission.SEE_BANKS)
def show(item_id: int) -> ResponseReturnValue:
    """Where an item of one's own organisation is and was used."""
    organisation_id = current_user.organisation_id
    sees_classes = Permission.SEE_CLASSES in current_user.permissions
    with reading() as session:
        stored = store.get_item(session, item_id, organisation_id=organisation_id)
        head = browse.get_head(session, stored.bank_id, organisation_id=organisation_id)
        usage = read_usage(
            session,
            stored,
            organisation_id=organisation_id,
            instructor_id=current_user.id if sees_classes else None,
        )
    return render("banks/usage.html", bank=head, stored=stored, usage=usage, classes=sees_classes)
