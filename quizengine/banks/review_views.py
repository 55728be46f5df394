"""Pages of review: an item's history, comments, its status, and sharing a bank with reviewers."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quizengine.banks.forms import read_number
from quizengine.banks.service import browse, history, reviews, sharing
from quizengine.banks.views import blueprint, may, show_item
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict, InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.web import language, render, require


def _reader() -> reviews.Reader:
    return reviews.Reader(current_user.id, current_user.organisation_id)


@blueprint.get("/items/<int:item_id>/history")
@require(Permission.SEE_BANKS)
def item_history(item_id: int) -> ResponseReturnValue:
    """All versions of an item, and two of them side by side."""
    with reading() as session:
        timeline = history.get_timeline(
            session,
            item_id,
            organisation_id=current_user.organisation_id,
            old=read_number(request.args.get("old")),
            new=read_number(request.args.get("new")),
        )
        head = browse.get_head(
            session,
            timeline.newest.bank_id,
            organisation_id=current_user.organisation_id,
            as_reviewer=True,
        )
    return render(
        "banks/history.html",
        bank=head,
        timeline=timeline,
        may_edit=may(Permission.EDIT_BANKS, head.organisation_id),
    )


@blueprint.post("/items/<int:item_id>/restore-version")
@require(Permission.EDIT_BANKS)
def restore_version(item_id: int) -> ResponseReturnValue:
    """Make an old version the newest one again."""
    number = read_number(request.form.get("number")) or 0
    with transaction() as session:
        stored = history.restore_version(
            session,
            item_id=item_id,
            organisation_id=current_user.organisation_id,
            number=number,
            based_on=read_number(request.form.get("based_on")) or 0,
            account_id=current_user.id,
            now=utcnow(),
        )
    if stored is None:
        flash(_("Nothing was changed, so there is no new version."), "info")
    else:
        text = _("Version %(stored)s says what version %(number)s said.",
                 stored=stored, number=number)  # fmt: skip
        flash(text, "success")
    return redirect(url_for("banks.item_history", item_id=item_id), 303)


# --- comments and the review status ---


@blueprint.post("/items/<int:item_id>/comments")
@require(Permission.REVIEW_BANKS)
def add_comment(item_id: int) -> ResponseReturnValue:
    """Say something about an item, or answer somebody."""
    text = request.form.get("text", "")
    thread_id = read_number(request.form.get("thread"))
    try:
        with transaction() as session:
            comment_id = reviews.add_comment(
                session,
                item_id=item_id,
                reader=_reader(),
                text=text,
                thread_id=thread_id,
                now=utcnow(),
            )
    except InvalidInput as refusal:
        field = f"comment-{thread_id}" if thread_id else "comment"
        return _again(item_id, refusal, field, text), refusal.status
    return redirect(url_for("banks.item", item_id=item_id, _anchor=f"comment-{comment_id}"), 303)


@blueprint.post("/items/<int:item_id>/comments/settle")
@require(Permission.REVIEW_BANKS)
def settle_comment(item_id: int) -> ResponseReturnValue:
    """Mark a thread as dealt with, or open it again."""
    thread_id = read_number(request.form.get("thread")) or 0
    with transaction() as session:
        reviews.settle_thread(
            session,
            item_id=item_id,
            thread_id=thread_id,
            reader=_reader(),
            resolved=request.form.get("open") != "1",
            now=utcnow(),
        )
    return redirect(url_for("banks.item", item_id=item_id, _anchor=f"comment-{thread_id}"), 303)


@blueprint.post("/items/<int:item_id>/review")
@require(Permission.REVIEW_BANKS)
def review_item(item_id: int) -> ResponseReturnValue:
    """Say by name that an item is reviewed, or that it goes back to its author."""
    note = request.form.get("note", "")
    try:
        with transaction() as session:
            reviews.review_item(
                session,
                item_id=item_id,
                reader=_reader(),
                status=request.form.get("status", ""),
                note=note,
                based_on=read_number(request.form.get("based_on")) or 0,
                now=utcnow(),
            )
    except (Conflict, InvalidInput) as refusal:
        return _again(item_id, refusal, "note", note), refusal.status
    flash(_("Your review is recorded with your name and the date."), "success")
    return redirect(url_for("banks.item", item_id=item_id, _anchor="review"), 303)


def _again(item_id: int, refusal: Conflict | InvalidInput, field: str, text: str) -> str:
    """The item's page with what was typed and what is wrong with it."""
    error = sentence(refusal.code, language(), refusal.details)
    return show_item(item_id, said={"field": field, "error": error, "text": text})


# --- sharing ---


@blueprint.get("/banks/<int:bank_id>/reviewers")
@require(Permission.PUBLISH_BANKS)
def reviewers(bank_id: int) -> ResponseReturnValue:
    """The organisations that may read a bank and comment on it."""
    organisation_id = current_user.organisation_id
    with reading() as session:
        head = browse.get_head(session, bank_id, organisation_id=organisation_id)
        present = sharing.list_reviewers(session, bank_id)
        candidates = sharing.list_candidates(session, bank_id, organisation_id=organisation_id)
    return render("banks/reviewers.html", bank=head, present=present, candidates=candidates)


@blueprint.post("/banks/<int:bank_id>/reviewers")
@require(Permission.PUBLISH_BANKS)
def share(bank_id: int) -> ResponseReturnValue:
    """Let another organisation read a bank and comment on it."""
    with transaction() as session:
        sharing.share_bank(
            session,
            bank_id=bank_id,
            organisation_id=current_user.organisation_id,
            with_id=read_number(request.form.get("organisation")) or 0,
            account_id=current_user.id,
            now=utcnow(),
        )
    flash(
        _("Shared. Their instructors and experts find the bank among their item banks."), "success"
    )
    return redirect(url_for("banks.reviewers", bank_id=bank_id), 303)


@blueprint.post("/banks/<int:bank_id>/reviewers/end")
@require(Permission.PUBLISH_BANKS)
def end_share(bank_id: int) -> ResponseReturnValue:
    """Take the access back."""
    with transaction() as session:
        sharing.end_share(
            session,
            bank_id=bank_id,
            organisation_id=current_user.organisation_id,
            with_id=read_number(request.form.get("organisation")) or 0,
            account_id=current_user.id,
            now=utcnow(),
        )
    flash(_("They can no longer read this bank. What they wrote stays."), "success")
    return redirect(url_for("banks.reviewers", bank_id=bank_id), 303)
