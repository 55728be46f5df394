"""Pages of accounts: signing in and out, one's own account, language and theme, home."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    request,
    url_for,
)
from flask import (
    session as browser_session,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user

from quizengine.accounts import service
from quizengine.accounts.forms import PasswordForm, SignInForm
from quizengine.accounts.service import SignedIn
from quizengine.config import Settings
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.web import LANGUAGES, THEMES, language, public, render, require, safe_next

blueprint = Blueprint("accounts", __name__)
login = LoginManager()
login.session_protection = None  # our table of sign-ins decides, not the browser's address
YEAR = 365 * 24 * 3600
# Where the work of a role begins; the first that one may see.
HOMES = (
    (Permission.SIT_EXAMS, "exams.index"),
    (Permission.SEE_BANKS, "banks.index"),
)


@login.user_loader  # type: ignore[untyped-decorator]
def _load(token: str) -> SignedIn | None:
    with reading() as session:
        return service.find_signed_in(session, token=token, now=utcnow())


@blueprint.get("/")
@public
def home() -> ResponseReturnValue:
    """What to do next, by role."""
    if not current_user.is_authenticated:
        return redirect(url_for("accounts.sign_in"))
    for permission, endpoint in HOMES:
        if permission in current_user.permissions:
            return redirect(url_for(endpoint))
    return render("accounts/home.html")


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form to sign in."""
    if current_user.is_authenticated:
        return redirect(safe_next(request.args.get("next"), url_for("accounts.home")))
    return render("accounts/sign_in.html", form=SignInForm())


@blueprint.post("/sign-in")
@public
def start_session() -> ResponseReturnValue:
    """Check name and password; start a new session."""
    form = SignInForm()
    if not form.validate():
        return render("accounts/sign_in.html", form=form), 422
    with reading() as session:
        known = service.find_password_hash(session, username=form.username.data)
    try:
        account_id = service.check_credentials(known, form.password.data)
    except InvalidInput as refusal:
        form.password.errors = [sentence(refusal.code, language())]
        return render("accounts/sign_in.html", form=form), 422
    settings: Settings = current_app.extensions["settings"]
    with transaction() as session:
        token = service.start_session(
            session, account_id=account_id, hours=settings.session_hours, now=utcnow()
        )
    browser_session.clear()  # nothing of the time before the sign-in survives it
    account = _load(token)
    login_user(account)
    return redirect(safe_next(request.args.get("next"), url_for("accounts.home")), 303)


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End this session."""
    if current_user.is_authenticated:
        with transaction() as session:
            service.end_session(session, token=current_user.token)
    browser_session.clear()
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.get("/account")
@require(Permission.USE_ACCOUNT)
def account() -> ResponseReturnValue:
    """One's own account."""
    return render("accounts/account.html", form=PasswordForm())


@blueprint.post("/account/password")
@require(Permission.USE_ACCOUNT)
def change_password() -> ResponseReturnValue:
    """A new password; all other sessions end."""
    form = PasswordForm()
    if not form.validate():
        return render("accounts/account.html", form=form), 422
    try:
        with transaction() as session:
            service.change_password(
                session,
                account_id=current_user.id,
                present=form.present.data,
                new=form.new.data,
                token=current_user.token,
            )
    except InvalidInput as refusal:
        field = form.present if refusal.code == "wrong-password" else form.new
        field.errors = [sentence(refusal.code, language(), refusal.details)]
        return render("accounts/account.html", form=form), 422
    flash(_("Your password is changed. Every other device is signed out."))
    return redirect(url_for("accounts.account"), 303)


@blueprint.post("/language")
@public
def set_language() -> ResponseReturnValue:
    """Choose English or Chinese; remembered in a cookie and, when signed in, in the account."""
    chosen = request.form.get("lang", "")
    response = _back()
    if chosen in LANGUAGES:
        if current_user.is_authenticated:
            with transaction() as session:
                service.set_language(session, account_id=current_user.id, language=chosen)
        response.set_cookie("language", chosen, max_age=YEAR, samesite="Lax", httponly=True)
    return response


@blueprint.post("/theme")
@public
def set_theme() -> ResponseReturnValue:
    """Choose light, dark or the system's own."""
    chosen = request.form.get("theme", "")
    response = _back()
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", httponly=True)
    return response


def _back() -> Response:
    target = safe_next(request.form.get("next"), url_for("accounts.home"))
    return make_response(redirect(target, 303))
