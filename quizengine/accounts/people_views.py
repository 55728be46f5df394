"""Pages of the administrator: accounts and organisations of the whole installation.

An administrator looks after every organisation: schools and hospitals share one installation,
and somebody has to make their accounts.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from quizengine.accounts.forms import (
    KIND_NAMES,
    LANGUAGE_NAMES,
    ROLE_HELP,
    ROLE_NAMES,
    STATE_NAMES,
    AccountForm,
    InvitationForm,
    NewOrganisationForm,
    OrganisationForm,
    read_filter,
)
from quizengine.accounts.service import accounts, directory, organisations
from quizengine.accounts.service.directory import AccountFilter, AccountLine
from quizengine.accounts.service.links import NewLink
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import Conflict, InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.web import language, render, require

people = Blueprint("people", __name__)
organisation_pages = Blueprint("organisations", __name__)

WORDS = {
    "role_names": ROLE_NAMES,
    "role_help": ROLE_HELP,
    "state_names": STATE_NAMES,
    "language_names": LANGUAGE_NAMES,
    "kind_names": KIND_NAMES,
}


def _choices(session: Any) -> list[tuple[int, str]]:
    """The organisations, by the name of the reader's language."""
    named = ((o.id, o.name_zh, o.name_en) for o in organisations.list_organisations(session))
    return [(key, (zh if language() == "zh" else en) or en) for key, zh, en in named]


@people.get("/accounts")
@require(Permission.ADMINISTER)
def index() -> ResponseReturnValue:
    """All accounts, with search and filters."""
    wanted = read_filter(request.args)
    with reading() as session:
        return render(
            "accounts/people.html",
            found=directory.list_accounts(session, wanted),
            counts=directory.count_states(session),
            wanted=wanted,
            choices=_choices(session),
            page_url=lambda number: _list_url(wanted, number),
            **WORDS,
        )


def _list_url(wanted: AccountFilter, page: int) -> str:
    return url_for(
        "people.index",
        search=wanted.search or None,
        organisation=wanted.organisation_id,
        role=wanted.role or None,
        state=wanted.state or None,
        simulated="1" if wanted.with_simulated else None,
        page=page if page > 1 else None,
    )


@people.get("/accounts/new")
@require(Permission.ADMINISTER)
def new() -> ResponseReturnValue:
    """The form for a new account."""
    with reading() as session:
        choices = _choices(session)
    form = InvitationForm(
        [key for key, _name in choices],
        formdata=None,
        language=language(),
        organisation_id=request.args.get("organisation") or current_user.organisation_id,
    )
    return _show_invitation(form, choices)


def _show_invitation(form: InvitationForm, choices: list[tuple[int, str]]) -> str:
    return render("accounts/person_new.html", form=form, choices=choices, **WORDS)


@people.post("/accounts")
@require(Permission.ADMINISTER)
def invite() -> ResponseReturnValue:
    """Make an account and show its link, this once."""
    with reading() as session:
        choices = _choices(session)
    form = InvitationForm([key for key, _name in choices])
    if not form.validate():
        return _show_invitation(form, choices), 422
    try:
        with transaction() as session:
            link = accounts.invite_account(
                session,
                organisation_id=int(form.organisation_id.data),
                username=form.username.data,
                display_name=form.display_name.data,
                roles=form.roles.data,
                language=form.language.data,
                invited_by=current_user.id,
                now=utcnow(),
            )
    except (InvalidInput, Conflict) as refusal:
        form.username.errors = [sentence(refusal.code, language(), refusal.details)]
        return _show_invitation(form, choices), refusal.status
    return _show_link(link)


def _show_link(link: NewLink) -> ResponseReturnValue:
    """The page with a link just made. It is not a redirect: the link is shown this once."""
    with reading() as session:
        line = directory.get_account_line(session, link.account_id)
    page = render(
        "accounts/person_link.html",
        person=line,
        link=link,
        address=url_for("accounts.welcome", token=link.token, _external=True),
        **WORDS,
    )
    return make_response(page, 200)


@people.get("/accounts/<int:account_id>")
@require(Permission.ADMINISTER)
def person(account_id: int) -> ResponseReturnValue:
    """One account: its roles, its state and what can be done."""
    with reading() as session:
        line = directory.get_account_line(session, account_id)
    form = AccountForm(display_name=line.display_name, roles=[r.value for r in line.roles])
    return _show_person(form, line)


def _show_person(form: AccountForm, line: AccountLine) -> str:
    return render("accounts/person.html", form=form, person=line, now=utcnow(), **WORDS)


@people.post("/accounts/<int:account_id>")
@require(Permission.ADMINISTER)
def change(account_id: int) -> ResponseReturnValue:
    """Another name or other roles."""
    form = AccountForm()
    with reading() as session:
        line = directory.get_account_line(session, account_id)
    if not form.validate():
        return _show_person(form, line), 422
    try:
        with transaction() as session:
            accounts.change_account(
                session,
                account_id=account_id,
                display_name=form.display_name.data,
                roles=form.roles.data,
                changed_by=current_user.id,
                now=utcnow(),
            )
    except Conflict as refusal:
        form.roles.errors = [sentence(refusal.code, language(), refusal.details)]
        return _show_person(form, line), refusal.status
    flash(_("The account is changed. The roles hold from now on."), "success")
    if account_id == current_user.id and "administrator" not in form.roles.data:
        return redirect(url_for("home.show"), 303)
    return _to_person(account_id)


def _to_person(account_id: int) -> ResponseReturnValue:
    return redirect(url_for("people.person", account_id=account_id), 303)


@people.post("/accounts/<int:account_id>/reset")
@require(Permission.ADMINISTER)
def reset(account_id: int) -> ResponseReturnValue:
    """Make the password worthless and show a link for a new one, this once."""
    with transaction() as session:
        link = accounts.reset_account(
            session, account_id=account_id, reset_by=current_user.id, now=utcnow()
        )
    return _show_link(link)


@people.post("/accounts/<int:account_id>/disable")
@require(Permission.ADMINISTER)
def disable(account_id: int) -> ResponseReturnValue:
    """Nobody signs in with it any more."""
    with transaction() as session:
        accounts.get_person(session, account_id)
        accounts.disable_account(session, account_id=account_id, now=utcnow(), by=current_user.id)
    flash(_("The account is disabled, and its sign-ins have ended."), "success")
    return _to_person(account_id)


@people.post("/accounts/<int:account_id>/enable")
@require(Permission.ADMINISTER)
def enable(account_id: int) -> ResponseReturnValue:
    """It may sign in again."""
    with transaction() as session:
        accounts.get_person(session, account_id)
        accounts.enable_account(session, account_id=account_id, now=utcnow(), by=current_user.id)
    flash(_("The account is enabled."), "success")
    return _to_person(account_id)


@organisation_pages.get("/organisations")
@require(Permission.ADMINISTER)
def index_of_organisations() -> ResponseReturnValue:
    """Schools and hospitals, and a form to add one."""
    return _show_organisations(NewOrganisationForm(formdata=None))


def _show_organisations(form: NewOrganisationForm) -> str:
    with reading() as session:
        found = organisations.list_organisations(session)
    return render("accounts/organisations.html", form=form, organisations=found, **WORDS)


@organisation_pages.post("/organisations")
@require(Permission.ADMINISTER)
def add_organisation() -> ResponseReturnValue:
    """One more school or hospital."""
    form = NewOrganisationForm()
    if not form.validate():
        return _show_organisations(form), 422
    with transaction() as session:
        organisations.create_organisation(
            session,
            kind=form.kind.data,
            name_en=form.name_en.data,
            name_zh=form.name_zh.data,
            now=utcnow(),
        )
    flash(_("The organisation is added. Invite its people next."), "success")
    return redirect(url_for("organisations.index_of_organisations"), 303)


@organisation_pages.get("/organisations/<int:organisation_id>")
@require(Permission.ADMINISTER)
def organisation(organisation_id: int) -> ResponseReturnValue:
    """The form to rename one."""
    with reading() as session:
        found = organisations.get_organisation(session, organisation_id)
    form = OrganisationForm(formdata=None, obj=found)
    return render("accounts/organisation.html", form=form, organisation=found)


@organisation_pages.post("/organisations/<int:organisation_id>")
@require(Permission.ADMINISTER)
def rename_organisation(organisation_id: int) -> ResponseReturnValue:
    """Another name in both languages."""
    form = OrganisationForm()
    with reading() as session:
        found = organisations.get_organisation(session, organisation_id)
    if not form.validate():
        return render("accounts/organisation.html", form=form, organisation=found), 422
    with transaction() as session:
        organisations.rename_organisation(
            session,
            organisation_id=organisation_id,
            name_en=form.name_en.data,
            name_zh=form.name_zh.data,
        )
    flash(_("The organisation is renamed."), "success")
    return redirect(url_for("organisations.index_of_organisations"), 303)
