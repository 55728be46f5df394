"""Pages of the instructor's classes: the list, one class with its roster, uploading a roster."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session

from itembank.errors import ItemBankError
from itembank.errors import sentence as finding_sentence
from itembank.formats.sniffing import sniff_kind
from itembank.formats.table_writing import guard
from quizengine.accounts.delivery_views import take_delivery
from quizengine.accounts.forms import (
    CLASS_ROLES,
    ROLE_NAMES,
    STATE_NAMES,
    ClassForm,
    MemberForm,
    RosterCommitForm,
    RosterForm,
)
from quizengine.accounts.service import classes, rosters
from quizengine.accounts.service.classes import WelcomeLink
from quizengine.accounts.service.rosters import CHANGING, OUTCOMES, PlannedLine
from quizengine.accounts.tables import TeachingClass
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict, InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission, Role
from quizengine.web import day_time, language, render, require

blueprint = Blueprint("classes", __name__)
WORDS = {
    "state_names": STATE_NAMES,
    "class_roles": [(role.value, ROLE_NAMES[role]) for role in CLASS_ROLES],
}
ROWS = 100  # of an upload on one page


@blueprint.get("/classes")
@require(Permission.SEE_CLASSES)
def index() -> ResponseReturnValue:
    """One's own classes."""
    return _show_classes(ClassForm(formdata=None))


def _show_classes(form: ClassForm) -> str:
    with reading() as session:
        found = classes.list_classes(session, instructor_id=current_user.id)
    return render("accounts/classes.html", classes=found, form=form)


@blueprint.post("/classes")
@require(Permission.SEE_CLASSES)
def create() -> ResponseReturnValue:
    """A new class, taught by oneself."""
    form = ClassForm()
    if not form.validate():
        return _show_classes(form), 422
    try:
        with transaction() as session:
            class_id = classes.create_class(
                session,
                organisation_id=current_user.organisation_id,
                code=form.code.data,
                name=form.name.data,
                now=utcnow(),
            )
            classes.add_to_class(
                session, class_id=class_id, account_id=current_user.id, role=Role.INSTRUCTOR
            )
    except Conflict as refusal:
        form.code.errors = [sentence(refusal.code, language(), refusal.details)]
        return _show_classes(form), refusal.status
    return _to_class(class_id)


def _to_class(class_id: int) -> ResponseReturnValue:
    return redirect(url_for("classes.show", class_id=class_id), 303)


def _get(session: Session, class_id: int) -> TeachingClass:
    return classes.get_class(
        session,
        class_id,
        instructor_id=current_user.id,
        organisation_id=current_user.organisation_id,
    )


@blueprint.get("/classes/<int:class_id>")
@require(Permission.SEE_CLASSES)
def show(class_id: int) -> ResponseReturnValue:
    """A class and who is in it."""
    return _show_class(class_id, MemberForm(formdata=None))


def _show_class(class_id: int, form: MemberForm) -> str:
    with reading() as session:
        found = _get(session, class_id)
        members = classes.list_members(session, class_id)
    students = [member for member in members if member.role is Role.STUDENT]
    return render(
        "accounts/class.html",
        found=found,
        form=form,
        students=students,
        instructors=[member for member in members if member.role is Role.INSTRUCTOR],
        n_waiting=sum(member.state == "waiting" for member in students),
        **WORDS,
    )


@blueprint.post("/classes/<int:class_id>/members")
@require(Permission.SEE_CLASSES)
def add_member(class_id: int) -> ResponseReturnValue:
    """Put somebody of one's organisation into the class by user name."""
    form = MemberForm()
    if not form.validate():
        return _show_class(class_id, form), 422
    try:
        with transaction() as session:
            added = classes.enrol(
                session,
                found=_get(session, class_id),
                username=form.username.data,
                role=Role(form.role.data),
            )
    except (InvalidInput, Conflict) as refusal:
        form.username.errors = [sentence(refusal.code, language(), refusal.details)]
        return _show_class(class_id, form), refusal.status
    name = form.username.data
    if added:
        flash(_("%(name)s is in the class now.", name=name), "success")
    else:
        flash(_("%(name)s was in the class already.", name=name))
    return _to_class(class_id)


@blueprint.post("/classes/<int:class_id>/members/<int:member_id>/remove")
@require(Permission.SEE_CLASSES)
def remove_member(class_id: int, member_id: int) -> ResponseReturnValue:
    """Take somebody out of the class; the account stays."""
    with transaction() as session:
        _get(session, class_id)
        classes.remove_member(session, class_id=class_id, account_id=member_id)
    flash(_("Removed from the class. The account and its results stay."), "success")
    return (
        redirect(url_for("classes.index"), 303)
        if member_id == current_user.id
        else _to_class(class_id)
    )


@blueprint.post("/classes/<int:class_id>/welcome-links")
@require(Permission.SEE_CLASSES)
def welcome_links(class_id: int) -> ResponseReturnValue:
    """A file of links for those without a password. Only their hashes are stored: it comes once."""
    with transaction() as session:
        found = _get(session, class_id)
        made = classes.issue_welcome_links(
            session, found=found, issued_by=current_user.id, now=utcnow()
        )
    return Response(
        _links_file(made),
        mimetype="text/csv",
        headers={
            "Content-Disposition": f'attachment; filename="welcome-links-class-{class_id}.csv"'
        },
    )


def _links_file(made: Sequence[WelcomeLink]) -> bytes:
    """CSV that Excel opens in the right encoding and never runs as formulas."""
    target = io.StringIO(newline="")
    rows = csv.writer(target, lineterminator="\r\n")
    rows.writerow(
        [_("Full name"), _("User name"), _("Link for the first password"), _("Valid until")]
    )
    rows.writerows(
        [
            guard(one.display_name),
            guard(one.username),
            url_for("accounts.welcome", token=one.link.token, _external=True),
            day_time(one.link.expires_at),
        ]
        for one in made
    )
    return target.getvalue().encode("utf-8-sig")


@blueprint.get("/classes/<int:class_id>/roster")
@require(Permission.SEE_CLASSES)
def new_roster(class_id: int) -> ResponseReturnValue:
    """The form to upload a roster."""
    return _show_upload_form(class_id, RosterForm(formdata=None))


def _show_upload_form(class_id: int, form: RosterForm) -> str:
    with reading() as session:
        found = _get(session, class_id)
    return render("accounts/roster_new.html", found=found, form=form)


@blueprint.post("/classes/<int:class_id>/roster")
@require(Permission.SEE_CLASSES)
def upload_roster(class_id: int) -> ResponseReturnValue:
    """Read a file and show what it would do; nothing is changed yet."""
    form = RosterForm()
    with reading() as session:
        _get(session, class_id)
    sent = request.files.get("file")
    try:
        if not form.validate() or sent is None or not sent.filename:
            raise InvalidInput("roster-no-file")
        filename = PurePosixPath(sent.filename.replace("\\", "/")).name
        data = sent.read()
        if sniff_kind(data) == "oneroster":
            return take_delivery(data, filename)
        lines = rosters.read_roster(data, filename)
    except InvalidInput as refusal:
        form.file.errors = [sentence(refusal.code, language(), refusal.details)]
        return _show_upload_form(class_id, form), 422
    except ItemBankError as error:
        form.file.errors = [finding_sentence(error, language())]
        return _show_upload_form(class_id, form), 422
    with transaction() as session:
        upload_id = rosters.start_upload(
            session,
            found=_get(session, class_id),
            account_id=current_user.id,
            filename=filename,
            lines=lines,
            now=utcnow(),
        )
    return redirect(url_for("classes.roster", class_id=class_id, upload_id=upload_id), 303)


@blueprint.get("/classes/<int:class_id>/roster/<int:upload_id>")
@require(Permission.SEE_CLASSES)
def roster(class_id: int, upload_id: int) -> ResponseReturnValue:
    """Row by row what would happen; after the commit, what happened."""
    with reading() as session:
        found = _get(session, class_id)
        upload = rosters.get_upload(session, upload_id, class_id=class_id)
        planned = rosters.plan_upload(session, upload, found)
    counts = Counter(one.outcome for one in planned)
    shown = request.args.get("show", "")
    chosen = [one for one in planned if one.outcome == shown or shown not in OUTCOMES]
    page = max(1, request.args.get("page", 1, type=int))
    first = (page - 1) * ROWS
    return render_template(
        "accounts/roster.html",
        found=found,
        upload=upload,
        counts=counts,
        n_ready=sum(counts[outcome] for outcome in CHANGING),
        outcomes=[outcome for outcome in OUTCOMES if counts[outcome]],
        rows=[(one, _told(one)) for one in chosen[first : first + ROWS]],
        total=len(planned),
        n_chosen=len(chosen),
        shown=shown if shown in OUTCOMES else "",
        page=page,
        first=first + 1,
        has_more=first + ROWS < len(chosen),
    )


def _told(one: PlannedLine) -> str:
    return sentence(one.code, language(), one.details) if one.code else ""


@blueprint.post("/classes/<int:class_id>/roster/<int:upload_id>")
@require(Permission.SEE_CLASSES)
def commit_roster(class_id: int, upload_id: int) -> ResponseReturnValue:
    """Make the new accounts and fill the class, in one transaction."""
    form = RosterCommitForm()
    target = url_for("classes.roster", class_id=class_id, upload_id=upload_id)
    try:
        with transaction() as session:
            found = _get(session, class_id)
            upload = rosters.get_upload(session, upload_id, class_id=class_id, for_update=True)
            counts = rosters.commit_upload(
                session,
                upload,
                found,
                expected=form.expected,
                language=language(),
                now=utcnow(),
            )
    except Conflict as refusal:
        flash(sentence(refusal.code, language(), refusal.details), "warning")
        return redirect(target, 303)
    n = counts["new"] + counts["joins"]
    flash(
        ngettext(
            "%(num)s student was added to the class.",
            "%(num)s students were added to the class.",
            n,
        ),
        "success",
    )
    return _to_class(class_id)
