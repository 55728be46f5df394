"""Pages of exams: the offer, the question that waits, the explanation of an answer."""

from __future__ import annotations

import secrets
from datetime import datetime

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from models.scales import PRACTICE_SCALE
from quizengine.charts import precision_meter, progress_rule
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict, InvalidInput
from quizengine.exams.forms import AnswerForm, StartForm
from quizengine.exams.rules import CLOCKS, LENGTHS
from quizengine.exams.service import answer as answering
from quizengine.exams.service import offer, review, rooms, sit
from quizengine.permissions import Permission
from quizengine.web import render, require

blueprint = Blueprint("exams", __name__)


@blueprint.get("/exams")
@require(Permission.SIT_EXAMS)
def index() -> ResponseReturnValue:
    """The certificates to practise for, and the sitting that waits."""
    with reading() as session:
        exams = offer.list_exams(
            session, organisation_id=current_user.organisation_id, student_id=current_user.id
        )
    return render("exams/index.html", exams=exams, lengths=LENGTHS, clocks=CLOCKS)


@blueprint.post("/exams/<int:exam_id>/sittings")
@require(Permission.SIT_EXAMS)
def start(exam_id: int) -> ResponseReturnValue:
    """Start a sitting, or go on with the open one."""
    form = StartForm()
    if not form.validate():
        raise InvalidInput("length-not-offered")
    with transaction() as session:
        sitting_id = sit.start_sitting(
            session,
            exam_id=exam_id,
            student_id=current_user.id,
            organisation_id=current_user.organisation_id,
            length=form.length.data,
            minutes=form.minutes.data,
            now=utcnow(),
        )
    return redirect(url_for("exams.question", sitting_id=sitting_id), 303)


@blueprint.get("/sittings/<int:sitting_id>")
@require(Permission.SIT_EXAMS)
def question(sitting_id: int) -> ResponseReturnValue:
    """The question that waits; after the end, the report."""
    now = utcnow()
    with reading() as session:
        found = sit.find_question(
            session, sitting_id=sitting_id, student_id=current_user.id, now=now
        )
        if found is not None and found.room_id is not None:
            if _browser_state(session, found.room_id) == "released":
                return redirect(url_for("rooms.seat", room_id=found.room_id), 303)
            _keep_to_one_browser(session, found.room_id)
    if found is None:
        return redirect(url_for("insights.report", sitting_id=sitting_id), 303)
    return render(
        "exams/question.html",
        question=found,
        seconds_left=_seconds_left(found.closes_at, now),
        retry_key=secrets.token_urlsafe(12),
        shown=_sign_shown(sitting_id, found.position, now),
        progress=progress_rule(found.position, found.rules.max_items, found.expected),
        meter=precision_meter(
            PRACTICE_SCALE.error(found.overall_standard_error),
            PRACTICE_SCALE.error(found.rules.overall_standard_error),
        ),
    )


@blueprint.post("/sittings/<int:sitting_id>/answers")
@require(Permission.SIT_EXAMS)
def submit_answer(sitting_id: int) -> ResponseReturnValue:
    """Take one answer: read, compute outside the lock, one short write."""
    form, now = AnswerForm.of(request.form), utcnow()
    with reading() as session:
        turn = answering.read_turn(session, sitting_id=sitting_id, student_id=current_user.id)
        if turn.row.room_id is not None:
            _keep_to_one_browser(session, turn.row.room_id)
        receipt = answering.find_receipt(
            session, turn=turn, position=form.position, values=form.values
        )
    if receipt is None:
        weighed = answering.weigh_answer(
            turn,
            position=form.position,
            values=form.values,
            retry_key=form.retry_key,
            shown_at=_read_shown(sitting_id, form.position, form.shown),
            now=now,
        )
        with transaction() as session:
            receipt = answering.record_answer(session, answer=weighed)
    if turn.row.rules["feedback"]:
        target = url_for("exams.feedback", sitting_id=sitting_id, position=receipt.position)
    else:
        target = url_for("exams.question", sitting_id=sitting_id)
    return redirect(target, 303)


@blueprint.get("/sittings/<int:sitting_id>/answers/<int:position>")
@require(Permission.SIT_EXAMS)
def feedback(sitting_id: int, position: int) -> ResponseReturnValue:
    """Why each option of an answered question is right or wrong."""
    with reading() as session:
        reviewed = review.review_answer(
            session, sitting_id=sitting_id, student_id=current_user.id, position=position
        )
    return render(
        "exams/feedback.html", answer=reviewed, from_report=request.args.get("from") == "report"
    )


@blueprint.post("/sittings/<int:sitting_id>/end")
@require(Permission.SIT_EXAMS)
def end(sitting_id: int) -> ResponseReturnValue:
    """End a sitting early; the report shows what the answers so far say."""
    with transaction() as session:
        sit.finish_sitting(session, sitting_id=sitting_id, student_id=current_user.id, now=utcnow())
    return redirect(url_for("insights.report", sitting_id=sitting_id), 303)


def _browser_state(session: Session, room_id: int) -> str:
    return rooms.browser_state(
        session,
        room_id=room_id,
        student_id=current_user.id,
        browser_token=current_user.token,
    )


def _keep_to_one_browser(session: Session, room_id: int) -> None:
    """In a room only the browser that entered it may see and answer questions."""
    state = _browser_state(session, room_id)
    if state == "own":
        return
    if state == "released":
        raise Conflict("browser-released")
    with transaction() as writing:
        rooms.note_other_browser(writing, room_id=room_id, student_id=current_user.id, now=utcnow())
    raise Conflict("other-browser")


def _seconds_left(closes_at: datetime | None, now: datetime) -> int | None:
    return None if closes_at is None else max(0, int((closes_at - now).total_seconds()))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="question-shown")


def _sign_shown(sitting_id: int, position: int, now: datetime) -> str:
    """When this server showed the question, signed: the answer's duration needs no second write."""
    return str(_signer().dumps([sitting_id, position, now.isoformat()]))


def _read_shown(sitting_id: int, position: int, signed: str) -> datetime | None:
    try:
        noted = _signer().loads(signed)
    except BadSignature:
        return None
    return datetime.fromisoformat(noted[2]) if noted[:2] == [sitting_id, position] else None
