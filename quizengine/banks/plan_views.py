"""Pages of a bank's plan: how the blueprint is covered, which items are kept apart."""

from __future__ import annotations

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from quizengine import jobs
from quizengine.banks.filter_forms import read_keys
from quizengine.banks.forms import read_number
from quizengine.banks.service import browse, coverage, enemies
from quizengine.banks.views import blueprint, may
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict, InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.web import is_fragment, language, render, require


@blueprint.get("/banks/<int:bank_id>/coverage")
@require(Permission.SEE_BANKS)
def coverage_map(bank_id: int) -> ResponseReturnValue:
    """The blueprint as a map: questions that there are against those that are needed."""
    standard = coverage.Need()
    length = read_number(request.args.get("length")) or standard.length
    times = read_number(request.args.get("times")) or standard.times
    need = coverage.Need(
        length if length in coverage.LENGTHS else standard.length,
        times if times in coverage.TIMES else standard.times,
    )
    published = request.args.get("of") != "used"
    with reading() as session:
        head = browse.get_head(
            session, bank_id, organisation_id=current_user.organisation_id, as_reviewer=True
        )
        wanted = head.blueprint.find_profile(request.args.get("profile", ""))
        found = coverage.read_coverage(
            session,
            head,
            profile=wanted or head.blueprint.profiles[0],
            need=need,
            published=published,
        )
    return render(
        "banks/coverage.html",
        bank=head,
        found=found,
        published=published,
        lengths=coverage.LENGTHS,
        times=coverage.TIMES,
        may_edit=may(Permission.EDIT_BANKS, head.organisation_id),
    )


@blueprint.get("/banks/<int:bank_id>/enemies")
@require(Permission.SEE_BANKS)
def enemy_sets(bank_id: int) -> ResponseReturnValue:
    """The sets of items that never meet, and items that look alike."""
    return _enemies(bank_id)


def _enemies(bank_id: int, error: str = "") -> str:
    with reading() as session:
        head = browse.get_head(
            session, bank_id, organisation_id=current_user.organisation_id, as_reviewer=True
        )
        sets = enemies.list_sets(session, bank_id)
        suggestions = enemies.find_suggestions(session, bank_id)
    return render(
        "banks/enemies.html",
        bank=head,
        sets=sets,
        suggestions=suggestions,
        free_name=enemies.free_name(sets),
        error=error,
        typed={name: request.form.get(name, "") for name in ("name", "codes")} if error else {},
        may_edit=may(Permission.EDIT_BANKS, head.organisation_id),
    )


@blueprint.post("/banks/<int:bank_id>/enemies")
@require(Permission.EDIT_BANKS)
def change_set(bank_id: int) -> ResponseReturnValue:
    """Put items into a set or take them out: a new version of each."""
    sent = request.form
    with reading() as session:
        browse.get_head(session, bank_id, organisation_id=current_user.organisation_id)
    try:
        with transaction() as session:
            head = browse.get_head(session, bank_id, organisation_id=current_user.organisation_id)
            add = read_keys(sent, "add", 100)
            remove = read_keys(sent, "remove", 1000)
            if not add and not remove:
                codes = enemies.split_codes(sent.get("codes", ""))
                add = enemies.find_items(session, bank_id, codes)
            n_changed = enemies.change_set(
                session,
                head,
                name=sent.get("name", ""),
                add=add,
                remove=remove,
                account_id=current_user.id,
                now=utcnow(),
            )
    except (Conflict, InvalidInput) as refusal:
        return _enemies(bank_id, sentence(refusal.code, language(), refusal.details)), 422
    if n_changed:
        flash(
            ngettext(
                "%(num)s question has a new version. Exams follow after the next publication.",
                "%(num)s questions have a new version. Exams follow after the next publication.",
                n_changed,
            ),
            "success",
        )
    else:
        flash(_("Nothing was changed, so there is no new version."), "info")
    return redirect(url_for("banks.enemy_sets", bank_id=bank_id), 303)


@blueprint.post("/banks/<int:bank_id>/enemies/search")
@require(Permission.EDIT_BANKS)
def search_similar(bank_id: int) -> ResponseReturnValue:
    """Look for items with nearly the same words, in the background."""
    with transaction() as session:
        browse.get_head(session, bank_id, organisation_id=current_user.organisation_id)
        running = enemies.find_suggestions(session, bank_id)
        if running is None or not running.running:
            jobs.enqueue(
                session,
                enemies.JOB,
                {"bank_id": bank_id},
                now=utcnow(),
                account_id=current_user.id,
            )
    return redirect(url_for("banks.enemy_sets", bank_id=bank_id, _anchor="similar"), 303)


@blueprint.get("/banks/<int:bank_id>/enemies/search")
@require(Permission.SEE_BANKS)
def search_progress(bank_id: int) -> ResponseReturnValue:
    """How far the search is, for the page that waits; when it is over, the page anew."""
    with reading() as session:
        browse.get_head(
            session, bank_id, organisation_id=current_user.organisation_id, as_reviewer=True
        )
        suggestions = enemies.find_suggestions(session, bank_id)
    if not is_fragment():
        return redirect(url_for("banks.enemy_sets", bank_id=bank_id, _anchor="similar"), 303)
    if suggestions is None or not suggestions.running:
        return Response("", headers={"HX-Refresh": "true"})
    return render("banks/similar.html", bank_id=bank_id, suggestions=suggestions)
