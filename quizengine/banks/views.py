"""Pages of item banks: where each stands, its items, one item, writing, publishing."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from itembank.errors import FINDINGS, ItemBankError
from itembank.guessing import number_of_responses
from itembank.item import ITEM_TYPES, Item, content_hash
from itembank.response import encode_response
from itembank.scoring import maximum_score, score_response
from itembank.validation import validate_item
from quizengine.banks.filter_forms import MORE, filter_arguments, read_filters, read_page
from quizengine.banks.forms import read_number
from quizengine.banks.service import browse, edit, history, items, publish, reviews, sharing, store
from quizengine.banks.words import curve_of, parameter_rows
from quizengine.database import reading, transaction, utcnow
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.question_parts import with_shares
from quizengine.web import LANGUAGES, language, render, require

blueprint = Blueprint("banks", __name__)


@blueprint.get("/banks")
@require(Permission.SEE_BANKS)
def index() -> ResponseReturnValue:
    """The organisation's item banks."""
    with reading() as session:
        banks = browse.list_banks(session, organisation_id=current_user.organisation_id)
        shared = browse.list_shared_banks(session, organisation_id=current_user.organisation_id)
    return render("banks/index.html", banks=banks, shared=shared)


def may(permission: Permission, owner_id: int) -> bool:
    """Whether the reader may change things of this organisation: its own, and with the role."""
    own = bool(owner_id == current_user.organisation_id)
    return own and permission in current_user.permissions


@blueprint.get("/banks/<int:bank_id>")
@require(Permission.SEE_BANKS)
def bank(bank_id: int) -> ResponseReturnValue:
    """One bank: what is published, what waits, how the blueprint is covered."""
    with reading() as session:
        state = browse.get_state(
            session, bank_id, organisation_id=current_user.organisation_id, as_reviewer=True
        )
        publications = browse.list_publications(session, bank_id)
        reviewers = sharing.list_reviewers(session, bank_id)
    importing = "imports.new" in current_app.view_functions
    return render(
        "banks/bank.html",
        bank=state,
        history=publications,
        reviewers=reviewers,
        own=state.organisation_id == current_user.organisation_id,
        may_edit=may(Permission.EDIT_BANKS, state.organisation_id),
        may_publish=may(Permission.PUBLISH_BANKS, state.organisation_id),
        import_url=url_for("imports.new", bank_id=bank_id) if importing else "",
    )


@blueprint.post("/banks/<int:bank_id>/publish")
@require(Permission.PUBLISH_BANKS)
def publish_bank(bank_id: int) -> ResponseReturnValue:
    """Publish the newest versions as the next revision."""
    with transaction() as session:
        publish.publish_revision(
            session,
            bank_id=bank_id,
            organisation_id=current_user.organisation_id,
            account_id=current_user.id,
            now=utcnow(),
        )
    flash(_("Published. New sittings use this revision; running ones keep theirs."), "success")
    return redirect(url_for("banks.bank", bank_id=bank_id), 303)


@blueprint.get("/banks/<int:bank_id>/items")
@require(Permission.SEE_BANKS)
def item_list(bank_id: int) -> ResponseReturnValue:
    """The items of a bank, by filters."""
    with reading() as session:
        head = browse.get_head(
            session, bank_id, organisation_id=current_user.organisation_id, as_reviewer=True
        )
        filters = read_filters(request.args, head.blueprint)
        found = items.list_items(session, head, filters, read_page(request.args))
        posts = items.posts_of(session, bank_id)
    return render(
        "banks/items.html",
        bank=head,
        found=found,
        filters=filters,
        chosen=filter_arguments(filters),
        more=[name for name in MORE if getattr(filters, name)],
        posts=posts,
        types=ITEM_TYPES,
        may_edit=may(Permission.EDIT_BANKS, head.organisation_id),
    )


@blueprint.get("/items/<int:item_id>")
@require(Permission.SEE_BANKS)
def item(item_id: int) -> ResponseReturnValue:
    """An item, in its newest version or the one asked for."""
    return show_item(item_id, number=read_number(request.args.get("version")))


def show_item(
    item_id: int, *, number: int | None = None, said: Mapping[str, str] | None = None
) -> str:
    """The page of an item.

    Parameters
    ----------
    said : what was wrong with a form of the page: "field" its name, "error" the sentence, "text"
        what was typed.
    """
    reader = reviews.Reader(current_user.id, current_user.organisation_id)
    with reading() as session:
        found = history.get_history(
            session, item_id, organisation_id=reader.organisation_id, number=number,
            as_reviewer=True,
        )  # fmt: skip
        stored = found.stored
        head = browse.get_head(
            session, stored.bank_id, organisation_id=reader.organisation_id, as_reviewer=True
        )
        names = store.names_of(session, stored.bank_id)
        threads = reviews.list_threads(session, item_id, reader)
        reviewed = reviews.list_reviews(session, item_id, content_hash(stored.item))
    return render(
        "banks/item.html",
        bank=head,
        names=names,
        history=found,
        stored=stored,
        rows=parameter_rows(found.measured, number_of_responses(stored.item)),
        curve=curve_of(found.measured),
        notes=_notes(stored.item),
        threads=threads,
        reviews=reviewed,
        review=reviews.newest_review(reviewed, stored.item.status),
        said=said or {},
        may_edit=may(Permission.EDIT_BANKS, head.organisation_id),
        own=head.organisation_id == current_user.organisation_id,
    )


def _notes(item: Item) -> list[str]:
    """What the rules on wording find, in the page's language."""
    return [FINDINGS[f.code][language()] % dict(f.details) for f in validate_item(item)]


@blueprint.get("/items/<int:item_id>/preview")
@require(Permission.SEE_BANKS)
def preview(item_id: int) -> ResponseReturnValue:
    """An item as a student sees it; nothing is recorded."""
    number = read_number(request.args.get("version"))
    with reading() as session:
        stored = store.get_item(
            session,
            item_id,
            number=number,
            organisation_id=current_user.organisation_id,
            as_reviewer=True,
        )
        names = store.names_of(session, stored.bank_id)
    response, problem = _tried(stored.item)
    shown = request.args.get("lang", "")
    return render(
        "banks/preview.html",
        stored=stored,
        names=names,
        response=response,
        problem=problem,
        score=score_response(stored.item, response) if response else 0,
        most=maximum_score(stored.item),
        shown=shown if shown in LANGUAGES else language(),
    )


def _tried(item: Item) -> tuple[str, str]:
    """The answer tried in a preview, and what is wrong with it."""
    values = with_shares(dict(request.args.lists()))
    try:
        if "answer" in values:
            score_response(item, values["answer"][0])
            return values["answer"][0], ""
        if "try" in values:
            return encode_response(item, values, "preview"), ""
    except ItemBankError as error:
        return "", sentence(error.code, language(), error.details)
    return "", ""


@blueprint.post("/items/<int:item_id>/retire")
@require(Permission.EDIT_BANKS)
def retire_item(item_id: int) -> ResponseReturnValue:
    """Take an item out of use."""
    with transaction() as session:
        edit.retire_item(
            session,
            item_id=item_id,
            organisation_id=current_user.organisation_id,
            now=utcnow(),
        )
    flash(_("Retired. The next revision leaves this question out."), "success")
    return redirect(url_for("banks.item", item_id=item_id), 303)


@blueprint.post("/items/<int:item_id>/restore")
@require(Permission.EDIT_BANKS)
def restore_item(item_id: int) -> ResponseReturnValue:
    """Put a retired item back into use."""
    with transaction() as session:
        edit.restore_item(session, item_id=item_id, organisation_id=current_user.organisation_id)
    flash(_("Back in use. It returns with the next revision."), "success")
    return redirect(url_for("banks.item", item_id=item_id), 303)


@blueprint.get("/assets/<sha256>")
@require(Permission.USE_ACCOUNT)
def asset(sha256: str) -> ResponseReturnValue:
    """A picture, by the hash of its bytes: it never changes, so browsers keep it."""
    with reading() as session:
        picture = store.get_asset(session, sha256)
    response = Response(picture.data, mimetype=picture.media_type)
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["Content-Disposition"] = "inline"
    return response
