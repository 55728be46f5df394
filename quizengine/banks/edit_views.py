"""The form that writes an item of any type: every button sends it whole, and nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from itembank.blueprint import Blueprint
from itembank.errors import FINDINGS
from itembank.item import ITEM_TYPES, LETTERS, MAX_FIGURES, Item
from quizengine.banks.draft_checks import check_draft
from quizengine.banks.drafts import (
    NEW_CASE,
    OLD_CASE,
    FigureDraft,
    ItemDraft,
    new_draft,
)
from quizengine.banks.forms import (
    Action,
    carried,
    has_unused,
    read_action,
    read_draft,
    read_shown,
    rearranged,
)
from quizengine.banks.service import edit, sets, store
from quizengine.banks.service.edit import FieldError
from quizengine.banks.service.pictures import MAX_MEGABYTES, MAX_SIDE
from quizengine.banks.service.sandbox import read_upload
from quizengine.banks.stored_drafts import draft_of, draft_of_case
from quizengine.banks.views import blueprint
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict, InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.question_parts import outlines
from quizengine.web import language, render, require


@dataclass(frozen=True, slots=True)
class Desk:
    """Where an item is being written: its bank, and the item unless it is new."""

    plan: Blueprint
    bank_id: int
    sets: Mapping[str, sets.CaseSet]
    item_id: int | None = None
    assets: Mapping[str, str] = field(default_factory=dict)  # pictures that the item knows


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft as a student would see it."""

    item: Item
    assets: Mapping[str, str]
    language: str


@blueprint.get("/banks/<int:bank_id>/items/new")
@require(Permission.EDIT_BANKS)
def new_item(bank_id: int) -> ResponseReturnValue:
    """The form for a new item."""
    desk = _bank_desk(bank_id)
    competency = request.args.get("competency", "")
    return _form(new_draft(competency if competency in desk.plan.competency_codes else ""), desk)


@blueprint.post("/banks/<int:bank_id>/items/new")
@require(Permission.EDIT_BANKS)
def create_item(bank_id: int) -> ResponseReturnValue:
    """Store a new item, or show the form again."""
    return _take_form(new_draft(), _bank_desk(bank_id))


@blueprint.get("/items/<int:item_id>/edit")
@require(Permission.EDIT_BANKS)
def edit_item(item_id: int) -> ResponseReturnValue:
    """The form for the next version of an item."""
    return _form(*_item_desk(item_id))


@blueprint.post("/items/<int:item_id>/edit")
@require(Permission.EDIT_BANKS)
def save_item(item_id: int) -> ResponseReturnValue:
    """Store the next version of an item, or show the form again."""
    return _take_form(*_item_desk(item_id))


def _bank_desk(bank_id: int) -> Desk:
    with reading() as session:
        row = store.get_bank(session, bank_id, organisation_id=current_user.organisation_id)
        return Desk(store.blueprint_of(row), bank_id, sets.list_sets(session, bank_id))


def _item_desk(item_id: int) -> tuple[ItemDraft, Desk]:
    with reading() as session:
        stored = store.get_item(session, item_id, organisation_id=current_user.organisation_id)
        plan = store.blueprint_of(store.get_bank(session, stored.bank_id))
        found = sets.list_sets(session, stored.bank_id)
    draft = draft_of(stored.item, stored.assets, stored.number)
    return draft, Desk(plan, stored.bank_id, found, item_id, stored.assets)


def _take_form(present: ItemDraft, desk: Desk) -> ResponseReturnValue:
    """Do what the pressed button says; whatever was typed is shown again unless it was saved."""
    draft, action = read_draft(request.form, present), read_action(request.form)
    for name in ("picture", "case-picture"):
        try:
            draft = _with_upload(draft, name)
        except InvalidInput as refusal:
            error = FieldError(name, refusal.code, refusal.details)
            return _form(draft, desk, [error]), 422
    draft, turned = _turned(draft, desk)
    if turned or (action.name != "save" and not action.name.startswith("preview-")):
        return _form(rearranged(draft, action), desk, focus=_focus(draft, action, turned),
                     turned=turned if action.name == "save" else "")  # fmt: skip
    found, errors = check_draft(draft, desk.plan, desk.sets)
    if found is None:
        return _form(draft, desk, errors), 422
    if action.name != "save":
        known = {**_case_assets(draft, desk), **desk.assets, **draft.assets}
        return _form(draft, desk, preview=Preview(found, known, action.name[-2:]))
    try:
        saved = _save(found, draft, desk)
    except (Conflict, InvalidInput) as refusal:
        error = FieldError(_PLACES.get(refusal.code, ""), refusal.code, refusal.details)
        return _form(draft, desk, [error]), refusal.status
    _say_saved(saved)
    return redirect(url_for("banks.item", item_id=saved.item_id), 303)


_PLACES = {
    "item-code-taken": "code",
    "figure-missing": "picture",
    "case-position-taken": "case_position",
    "case-others-differ": "case_all",
    "figure-name-taken": "case-picture",
}


def _turned(draft: ItemDraft, desk: Desk) -> tuple[ItemDraft, str]:
    """The draft with the fields of another type or case than the page showed, where one was
    chosen: "type", "case", or "" where neither was.
    """
    shown, turned = read_shown(request.form, draft), ""
    if draft.case.choice != shown.case:
        draft, turned = _with_case(draft, desk), "case"
    if draft.type != shown.type:
        draft, turned = draft.turned_into(shown.type), "type"
    return draft, turned


def _with_case(draft: ItemDraft, desk: Desk) -> ItemDraft:
    """The draft after another case was chosen: one of the bank brings its text along."""
    case = draft.case
    found = desk.sets.get(case.name) if case.choice.startswith(OLD_CASE) else None
    if found is not None:
        own = next((one for one in found.members if one.item_id == desk.item_id), None)
        shown = own or found.first
        position = own.case.position if own is not None else found.free_position
        loaded = draft_of_case(shown.case, shown.assets)
        return replace(draft, case=replace(loaded, position=str(position)))
    if case.choice == NEW_CASE and case.id in desk.sets:
        return replace(draft, case=replace(case, id="", position="1", change_all=False))
    return draft


def _case_assets(draft: ItemDraft, desk: Desk) -> dict[str, str]:
    """Pictures that the text of a case may show."""
    found = desk.sets.get(draft.case.name) if draft.case.choice else None
    known: dict[str, str] = {}
    for member in found.members if found is not None else ():
        known |= member.assets
    return known


def _with_upload(draft: ItemDraft, name: str) -> ItemDraft:
    """The draft with the picture that was sent along, stored under the hash of its bytes."""
    sent = request.files.get(name)
    if sent is None or not sent.filename:
        return draft
    suffix, clean, removed = read_upload(sent.read())
    if removed:
        told = {"names": ", ".join(removed)}
        flash(_("Only the pixels of the DICOM file were kept. Removed: %(names)s.", **told), "info")
    with transaction() as session:
        asset, sha256 = edit.store_picture(session, suffix, clean)
    return draft.with_figure(FigureDraft(asset, sha256), of_case=name == "case-picture")


def _save(found: Item, draft: ItemDraft, desk: Desk) -> edit.Saved:
    who: dict[str, Any] = {
        "organisation_id": current_user.organisation_id,
        "item": found,
        "assets": draft.assets,
        "account_id": current_user.id,
        "now": utcnow(),
        "change_set": draft.case.change_all,
    }
    with transaction() as session:
        if desk.item_id is None:
            return edit.save_new(session, bank_id=desk.bank_id, **who)
        return edit.save_version(session, item_id=desk.item_id, based_on=draft.based_on, **who)


def _say_saved(saved: edit.Saved) -> None:
    if saved.stored:
        text = _("Saved as version %(number)s. Students see it after the next publication.",
                 number=saved.number)  # fmt: skip
        flash(text, "success")
    elif not saved.others:
        flash(_("Nothing was changed, so there is no new version."), "info")
    if saved.others:
        text = ngettext(
            "%(num)s other question of the set has a new version with the changed case: %(codes)s.",
            "%(num)s other questions of the set have new versions with the changed case: "
            "%(codes)s.",
            len(saved.others),
            codes=", ".join(saved.others),
        )
        flash(text, "success")


# Where the cursor goes after a button: to the row it made, or to the part it changed.
_NEW_ROWS = {
    "options": "option-{}_en",
    "accepted": "accepted-{}_en",
    "premises": "premise-{}_en",
    "regions": "region-{}-coordinates",
}


def _focus(draft: ItemDraft, action: Action, turned: str) -> str:
    verb, _dash, group = action.name.partition("-")
    if turned:
        return {"type": "answer-title", "case": "case-title"}[turned]
    if verb == "add" and group in _NEW_ROWS:
        return _NEW_ROWS[group].format(len(getattr(draft, group)))
    if verb in ("up", "down"):
        return f"option-{action.place + (1 if verb == 'down' else -1)}_en"
    if group.endswith("picture"):
        return "case-title" if group.startswith("case") else "figures-title"
    return "case-title" if action.name == "choose-case" else "answer-title"


def _form(
    draft: ItemDraft,
    desk: Desk,
    errors: Sequence[FieldError] = (),
    *,
    focus: str = "",
    turned: str = "",
    preview: Preview | None = None,
) -> str:
    """The page of the form.

    Parameters
    ----------
    focus : id of the element to go to.
    turned : "type" or "case": saving waits until the author has seen the new fields.
    """
    said = [(error.field, _say(error)) for error in errors]
    case_set = desk.sets.get(draft.case.name) if draft.case.choice.startswith(OLD_CASE) else None
    return render(
        "banks/edit.html",
        draft=draft,
        desk=desk,
        said=said,
        errors=dict(reversed(said)),
        conflict=any(error.code == "item-changed-meanwhile" for error in errors),
        focus=focus,
        turned=turned,
        preview=preview,
        carried=carried(draft),
        unused=has_unused(draft),
        outlines=outlines([(one.shape, one.shares, one.is_key) for one in draft.regions]),
        others=case_set.without(desk.item_id) if case_set is not None else (),
        types=ITEM_TYPES,
        letters=LETTERS,
        max_figures=MAX_FIGURES,
        megabytes=MAX_MEGABYTES,
        pixels=MAX_SIDE,
    )


def _say(error: FieldError) -> str:
    """The sentence of what is wrong with a field: of the item bank's rules, or of a refusal."""
    details = dict(error.details)
    if error.code in FINDINGS and error.code != "figure-missing":
        return FINDINGS[error.code][language()] % details
    return sentence(error.code, language(), details)
