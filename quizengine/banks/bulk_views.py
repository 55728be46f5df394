"""Pages that change many items at once: choose what to set, look at what would change, do it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from itembank.blueprint import Blueprint
from itembank.item import COGNITIVE_LEVELS, DIFFICULTIES, JURISDICTIONS
from quizengine.banks.filter_forms import clean_word, filter_arguments, read_filters, read_keys
from quizengine.banks.forms import read_number, split_words
from quizengine.banks.service import browse, bulk, bulk_undo, enemies, items
from quizengine.banks.views import blueprint
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict, InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.web import language, render, require

SHOWN = 100  # lines of a preview; all of them are counted
STATUSES = ("draft", "reviewed", "published")
USES = ("retire", "restore")


def read_selection(sent: MultiDict[str, str], blueprint: Blueprint) -> bulk.Selection:
    """The items that were ticked, or everything that the list's filters find."""
    if sent.get("scope") == "all":
        return bulk.Selection(filters=read_filters(_filters_of(sent), blueprint))
    return bulk.Selection(ids=tuple(read_keys(sent, "item", bulk.MAX_ITEMS)))


def _filters_of(sent: MultiDict[str, str]) -> MultiDict[str, str]:
    """The filters travel as "in_competency" and so on beside what is to be set."""
    return MultiDict(
        {name.removeprefix("in_"): value for name, value in sent.items() if name[:3] == "in_"}
    )


def selection_fields(selection: bulk.Selection) -> list[tuple[str, Any]]:
    """The selection as the hidden fields of a form."""
    if selection.filters is not None:
        arguments = filter_arguments(selection.filters)
        return [("scope", "all"), *((f"in_{name}", value) for name, value in arguments.items())]
    return [("item", key) for key in selection.ids]


def read_changes(sent: MultiDict[str, str], blueprint: Blueprint) -> bulk.Changes:
    """What is to be set; what is not offered is left out."""

    def one_of(name: str, allowed: tuple[str, ...]) -> str:
        value = sent.get(f"set_{name}", "")
        return value if value in allowed else ""

    def words(name: str) -> tuple[str, ...]:
        return tuple(clean_word(word)[:60] for word in split_words(sent.get(name, ""))[:20])

    clear = (bulk.CLEAR,)
    return bulk.Changes(
        competency=one_of("competency", blueprint.competency_codes),
        sub_topic=one_of("sub_topic", clear + blueprint.sub_topic_codes),
        cognitive_level=one_of("cognitive_level", clear + COGNITIVE_LEVELS),
        difficulty=one_of("difficulty", clear + DIFFICULTIES),
        jurisdiction=one_of("jurisdiction", clear + JURISDICTIONS),
        status=one_of("status", STATUSES),
        use=one_of("use", USES),
        add_posts=words("add_posts"),
        remove_posts=words("remove_posts"),
        add_sets=words("add_sets"),
        remove_sets=words("remove_sets"),
    )


def change_fields(changes: bulk.Changes) -> list[tuple[str, str]]:
    """The changes as the hidden fields of a form."""
    found = []
    for name, value in asdict(changes).items():
        if isinstance(value, tuple):
            found += [(name, ", ".join(value))] if value else []
        elif value:
            found.append((f"set_{name}", value))
    return found


@blueprint.get("/banks/<int:bank_id>/bulk")
@require(Permission.EDIT_BANKS)
def bulk_edit(bank_id: int) -> ResponseReturnValue:
    """What to set on the chosen items; with it, what would change. Nothing is stored."""
    return _page(bank_id, request.args)


def _page(bank_id: int, sent: MultiDict[str, str], error: str = "") -> str:
    with reading() as session:
        head = browse.get_head(session, bank_id, organisation_id=current_user.organisation_id)
        selection = read_selection(sent, head.blueprint)
        changes = read_changes(sent, head.blueprint)
        plan, n_chosen = None, 0
        try:
            n_chosen = len(bulk.find_chosen(session, head, selection))
            if "preview" in sent and n_chosen:
                plan = bulk.plan_bulk(session, head, selection, changes)
        except InvalidInput as refusal:
            error = error or sentence(refusal.code, language(), refusal.details)
        posts = items.posts_of(session, bank_id)
        sets = [one.name for one in enemies.list_sets(session, bank_id)]
    return render(
        "banks/bulk.html",
        bank=head,
        n_chosen=n_chosen,
        plan=plan,
        shown=plan.lines[:SHOWN] if plan else (),
        changes=changes,
        error=error,
        posts=posts,
        sets=sets,
        selection=selection_fields(selection),
        settings=change_fields(changes),
    )


@blueprint.post("/banks/<int:bank_id>/bulk")
@require(Permission.EDIT_BANKS)
def commit_bulk(bank_id: int) -> ResponseReturnValue:
    """Do what the preview showed, all of it or nothing."""
    now = utcnow()
    with reading() as session:
        head = browse.get_head(session, bank_id, organisation_id=current_user.organisation_id)
        selection = read_selection(request.form, head.blueprint)
        plan = bulk.plan_bulk(session, head, selection, read_changes(request.form, head.blueprint))
        prepared = bulk.prepare_bulk(plan, head, account_id=current_user.id, now=now)
    try:
        with transaction() as session:
            bulk.store_bulk(session, prepared, fingerprint=request.form.get("fingerprint", ""))
    except (Conflict, InvalidInput) as refusal:
        error = sentence(refusal.code, language(), refusal.details)
        again = MultiDict([*request.form.items(multi=True), ("preview", "1")])
        return _page(bank_id, again, error), refusal.status
    flash(
        ngettext(
            "%(num)s question was changed. It can be undone here.",
            "%(num)s questions were changed. It can be undone here.",
            len(plan.lines),
        ),
        "success",
    )
    return redirect(url_for("banks.bulk_edits", bank_id=bank_id), 303)


@blueprint.get("/banks/<int:bank_id>/bulk-edits")
@require(Permission.SEE_BANKS)
def bulk_edits(bank_id: int) -> ResponseReturnValue:
    """The bulk edits of a bank; each can be undone once."""
    with reading() as session:
        head = browse.get_head(session, bank_id, organisation_id=current_user.organisation_id)
        entries = bulk_undo.list_bulk_edits(session, bank_id)
    return render("banks/bulk_edits.html", bank=head, entries=entries)


@blueprint.post("/banks/<int:bank_id>/bulk-edits/undo")
@require(Permission.EDIT_BANKS)
def undo_bulk(bank_id: int) -> ResponseReturnValue:
    """Give the items of a bulk edit their former content again."""
    with reading() as session:
        head = browse.get_head(session, bank_id, organisation_id=current_user.organisation_id)
        prepared = bulk_undo.prepare_undo(
            session,
            head,
            read_number(request.form.get("edit")) or 0,
            account_id=current_user.id,
            now=utcnow(),
        )
    with transaction() as session:
        bulk_undo.store_undo(session, prepared)
    text = ngettext(
        "Undone: %(num)s question says again what it said before.",
        "Undone: %(num)s questions say again what they said before.",
        len(prepared.versions),
    )
    if prepared.n_kept:
        text += " " + _(
            "%(number)s were changed since and keep what they have.", number=prepared.n_kept
        )
    flash(text, "success")
    return redirect(url_for("banks.bulk_edits", bank_id=bank_id), 303)
