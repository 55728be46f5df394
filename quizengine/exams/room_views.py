"""Pages of rooms: opening and watching them, and a student's way in."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from quizengine.banks.service.browse import list_banks
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict, InvalidInput, Refusal
from quizengine.exams.room_forms import ExtraTimeForm, NoteForm, RoomForm
from quizengine.exams.service import room_lists, rooms
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.web import is_fragment, language, render, require

blueprint = Blueprint("rooms", __name__)


@blueprint.get("/rooms")
@require(Permission.INVIGILATE)
def index() -> ResponseReturnValue:
    """The organisation's rooms: running, waiting, closed."""
    with reading() as session:
        found = room_lists.list_rooms(session, organisation_id=current_user.organisation_id)
    return render("exams/rooms.html", rooms=found)


@blueprint.get("/rooms/new")
@require(Permission.INVIGILATE)
def new() -> ResponseReturnValue:
    """What a new room shall be."""
    return render("exams/room_new.html", form=_room_form())


@blueprint.post("/rooms/new")
@require(Permission.INVIGILATE)
def create() -> ResponseReturnValue:
    """Open a room; its page shows the code."""
    form = _room_form()
    if not form.validate():
        return render("exams/room_new.html", form=form), 422
    bank_id, _colon, profile = form.offer.data.partition(":")
    plan = rooms.Plan(
        bank_id=int(bank_id),
        profile=profile,
        title=form.title.data,
        minutes=form.minutes.data,
        n_questions=form.n_questions.data,
        stops_when_precise=form.stops_when_precise.data,
        class_id=int(form.class_id.data) if form.class_id.data else None,
    )
    with transaction() as session:
        room_id = rooms.open_room(
            session,
            plan=plan,
            organisation_id=current_user.organisation_id,
            account_id=current_user.id,
            now=utcnow(),
        )
    return redirect(url_for("rooms.show", room_id=room_id), 303)


def _room_form() -> RoomForm:
    """The form with what the organisation has: published banks by profile, and classes."""
    form = RoomForm()
    with reading() as session:
        form.offer.choices = _offers(session)
        form.class_id.choices = [
            (str(class_id), name)
            for class_id, name in room_lists.list_classes(
                session, organisation_id=current_user.organisation_id
            )
        ]
    return form


def _offers(session: Session) -> list[tuple[str, str]]:
    """("bank:profile", what it is called) of everything that can be sat."""
    found = []
    for state in list_banks(session, organisation_id=current_user.organisation_id):
        if state.force is None:
            continue
        name = state.name.get(language()) or state.name.get("en")
        found += [(f"{state.id}:{profile}", f"{name}, {profile}") for profile in state.profiles]
    return found


@blueprint.get("/rooms/<int:room_id>")
@require(Permission.INVIGILATE)
def show(room_id: int) -> ResponseReturnValue:
    """Who is in the room and at which question; the list asks for itself again."""
    now = utcnow()
    with reading() as session:
        status = room_lists.room_status(
            session, room_id=room_id, organisation_id=current_user.organisation_id, now=now
        )
    page = make_response(render("exams/room.html", room=status, now=now))
    if is_fragment() and request.args.get("state") != status.state:
        page.headers["HX-Refresh"] = "true"  # started or closed elsewhere: the whole page differs
    return page


@blueprint.post("/rooms/<int:room_id>/start")
@require(Permission.INVIGILATE)
def start(room_id: int) -> ResponseReturnValue:
    """Start the exam."""
    with transaction() as session:
        rooms.start_room(
            session,
            room_id=room_id,
            organisation_id=current_user.organisation_id,
            account_id=current_user.id,
            now=utcnow(),
        )
    return redirect(url_for("rooms.show", room_id=room_id), 303)


@blueprint.get("/rooms/<int:room_id>/close")
@require(Permission.INVIGILATE)
def confirm_close(room_id: int) -> ResponseReturnValue:
    """What closing would end."""
    with reading() as session:
        status = room_lists.room_status(
            session, room_id=room_id, organisation_id=current_user.organisation_id, now=utcnow()
        )
    if status.state == "closed":
        return redirect(url_for("rooms.show", room_id=room_id), 303)
    return render("exams/room_close.html", room=status)


@blueprint.post("/rooms/<int:room_id>/close")
@require(Permission.INVIGILATE)
def close(room_id: int) -> ResponseReturnValue:
    """End every open sitting and let the reports out."""
    with transaction() as session:
        rooms.close_room(
            session,
            room_id=room_id,
            organisation_id=current_user.organisation_id,
            account_id=current_user.id,
            now=utcnow(),
        )
    flash(_("The room is closed. Students can read their reports now."), "success")
    return redirect(url_for("rooms.show", room_id=room_id), 303)


@blueprint.get("/rooms/<int:room_id>/students/<int:student_id>")
@require(Permission.INVIGILATE)
def student(room_id: int, student_id: int) -> ResponseReturnValue:
    """One student in the room: extra time, browser, notes."""
    return _student_page(room_id, student_id, None, None)


def _student_page(
    room_id: int, student_id: int, extra: ExtraTimeForm | None, note: NoteForm | None
) -> str:
    now = utcnow()
    with reading() as session:
        status, found = room_lists.get_room_student(
            session,
            room_id=room_id,
            organisation_id=current_user.organisation_id,
            student_id=student_id,
            now=now,
        )
    return render(
        "exams/room_student.html",
        room=status,
        student=found,
        extra=extra or ExtraTimeForm(formdata=None, minutes=found.extra_minutes),
        note=note or NoteForm(formdata=None),
    )


@blueprint.post("/rooms/<int:room_id>/students/<int:student_id>/extra-time")
@require(Permission.INVIGILATE)
def set_extra_time(room_id: int, student_id: int) -> ResponseReturnValue:
    """Give a student more time, or take it back."""
    form = ExtraTimeForm()
    if not form.validate():
        return _student_page(room_id, student_id, form, None), 422
    try:
        with transaction() as session:
            rooms.set_extra_time(
                session,
                room_id=room_id,
                organisation_id=current_user.organisation_id,
                student_id=student_id,
                minutes=form.minutes.data,
                account_id=current_user.id,
                now=utcnow(),
            )
    except InvalidInput as refusal:
        form.minutes.errors = [sentence(refusal.code, language(), refusal.details)]
        return _student_page(room_id, student_id, form, None), 422
    flash(_("The time is changed; the student sees it on the next page."), "success")
    return redirect(url_for("rooms.student", room_id=room_id, student_id=student_id), 303)


@blueprint.post("/rooms/<int:room_id>/students/<int:student_id>/release")
@require(Permission.INVIGILATE)
def release_browser(room_id: int, student_id: int) -> ResponseReturnValue:
    """Let a student go on in another browser."""
    with transaction() as session:
        rooms.release_browser(
            session,
            room_id=room_id,
            organisation_id=current_user.organisation_id,
            student_id=student_id,
            account_id=current_user.id,
            now=utcnow(),
        )
    flash(_("The next browser in which the student enters the code may answer."), "success")
    return redirect(url_for("rooms.student", room_id=room_id, student_id=student_id), 303)


@blueprint.post("/rooms/<int:room_id>/students/<int:student_id>/notes")
@require(Permission.INVIGILATE)
def add_note(room_id: int, student_id: int) -> ResponseReturnValue:
    """Note what happened; it stays beside the result."""
    form = NoteForm()
    if not form.validate():
        return _student_page(room_id, student_id, None, form), 422
    try:
        with transaction() as session:
            rooms.note_irregularity(
                session,
                room_id=room_id,
                organisation_id=current_user.organisation_id,
                student_id=student_id,
                note=form.note.data,
                account_id=current_user.id,
                now=utcnow(),
            )
    except InvalidInput as refusal:
        form.note.errors = [sentence(refusal.code, language(), refusal.details)]
        return _student_page(room_id, student_id, None, form), 422
    flash(_("The note is kept."), "success")
    return redirect(url_for("rooms.student", room_id=room_id, student_id=student_id), 303)


@blueprint.get("/rooms/enter")
@require(Permission.SIT_EXAMS)
def enter() -> ResponseReturnValue:
    """Type a code; with one that is right, read the rules before going in."""
    code = request.args.get("code", "")
    invitation, refusal = None, None
    with reading() as session:
        entered = room_lists.list_own_rooms(session, student_id=current_user.id)
        if code:
            try:
                invitation = room_lists.read_invitation(
                    session,
                    code=code,
                    student_id=current_user.id,
                    organisation_id=current_user.organisation_id,
                )
            except Refusal as found:
                refusal = found
    if invitation is not None:
        return render("exams/room_rules.html", invitation=invitation)
    said = sentence(refusal.code, language(), refusal.details) if refusal else ""
    page = render("exams/room_enter.html", code=code[:20], error=said, entered=entered)
    return page, refusal.status if refusal else 200


@blueprint.post("/rooms/enter")
@require(Permission.SIT_EXAMS)
def take_place() -> ResponseReturnValue:
    """Go in with this browser."""
    with transaction() as session:
        entrance = rooms.enter_room(
            session,
            code=request.form.get("code", ""),
            student_id=current_user.id,
            organisation_id=current_user.organisation_id,
            browser_token=current_user.token,
            now=utcnow(),
        )
    if not entrance.is_own_browser:
        raise Conflict("other-browser")
    return redirect(url_for("rooms.seat", room_id=entrance.room_id), 303)


@blueprint.get("/rooms/<int:room_id>/seat")
@require(Permission.SIT_EXAMS)
def seat(room_id: int) -> ResponseReturnValue:
    """A student's own place: wait for the start, go on, or read that all is stored."""
    now = utcnow()
    with reading() as session:
        found = room_lists.find_seat(
            session,
            room_id=room_id,
            student_id=current_user.id,
            organisation_id=current_user.organisation_id,
            browser_token=current_user.token,
            now=now,
        )
    if found.state == "answering":
        return _go(url_for("exams.question", sitting_id=found.sitting_id))
    if is_fragment() and request.args.get("state") != found.state:
        return _go(url_for("rooms.seat", room_id=room_id))
    return render("exams/room_seat.html", seat=found)


def _go(url: str) -> ResponseReturnValue:
    """Send the browser to another page, also from a part that asks for itself."""
    if is_fragment():
        return Response("", 204, {"HX-Redirect": url})
    return redirect(url, 303)
