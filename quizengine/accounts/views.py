"""Pages of accounts: signing in and out, first passwords, one's own account, language."""

from __future__ import annotations

import hashlib
import secrets

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
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
from itsdangerous import BadSignature, URLSafeTimedSerializer

from quizengine.accounts import service
from quizengine.accounts.forms import PasswordForm, SignInForm, WelcomeForm
from quizengine.accounts.service import SignedIn, links
from quizengine.accounts.service.attempts import Attempt, count_attempt, forgive_attempt
from quizengine.config import Settings
from quizengine.database import reading, reading_rows, transaction, utcnow
from quizengine.errors import InvalidInput, TooManyTries
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.web import LANGUAGES, THEMES, language, public, render, require, safe_next

blueprint = Blueprint("accounts", __name__)
login = LoginManager()
login.session_protection = None  # our table of sign-ins decides, not the browser's address
YEAR = 365 * 24 * 3600
KNOWN_BROWSER = 90 * 24 * 3600


def _home() -> str:
    return url_for("home.show")


@login.user_loader  # type: ignore[untyped-decorator]
def _load(token: str) -> SignedIn | None:
    if "database_away" in g:  # the page that says so is shown as to nobody
        return None
    with reading_rows() as connection:  # on every request
        return service.find_signed_in(connection, token=token, now=utcnow())


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """The form to sign in."""
    if current_user.is_authenticated:
        return redirect(safe_next(request.args.get("next"), _home()))
    return render("accounts/sign_in.html", form=SignInForm())


@blueprint.post("/sign-in")
@public
def start_session() -> ResponseReturnValue:
    """Check name and password; start a new session."""
    form = SignInForm()
    if not form.validate():
        return render("accounts/sign_in.html", form=form), 422
    attempt = Attempt(
        username=form.username.data,
        address=request.remote_addr or "",  # behind TRUSTED_PROXIES what the nearest of them saw
        device=_known_browser(form.username.data),
    )
    try:
        with transaction() as session:
            count_attempt(session, attempt=attempt, now=utcnow())
        with reading() as session:
            known = service.find_password_hash(session, username=form.username.data)
        account_id = service.check_credentials(known, form.password.data)
    except (InvalidInput, TooManyTries) as refusal:
        form.password.errors = [sentence(refusal.code, language(), refusal.details)]
        response = make_response(render("accounts/sign_in.html", form=form), refusal.status)
        if isinstance(refusal, TooManyTries):
            response.headers["Retry-After"] = str(refusal.details["seconds"])
        return response
    settings: Settings = current_app.extensions["settings"]
    with transaction() as session:
        forgive_attempt(session, attempt=attempt)
        token = service.start_session(
            session, account_id=account_id, hours=settings.session_hours, now=utcnow()
        )
    return _enter(token, form.username.data, safe_next(request.args.get("next"), _home()))


def _enter(token: str, username: str, target: str) -> Response:
    """Into the session of a token; the browser is known for this name from now on."""
    browser_session.clear()  # nothing of the time before the sign-in survives it
    login_user(_load(token))
    response = make_response(redirect(target, 303))
    settings: Settings = current_app.extensions["settings"]
    response.set_cookie(
        "known_browser",
        str(_browser_signer().dumps([_folded(username), secrets.token_urlsafe(12)])),
        max_age=KNOWN_BROWSER,
        secure=settings.secure_cookies,
        samesite="Lax",
        httponly=True,
    )
    return response


def _browser_signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="known-browser")


def _folded(username: str) -> str:
    """A name as the cookie keeps it: the next person at this machine does not read it there."""
    return hashlib.sha256(username.strip().lower().encode()).hexdigest()[:32]


def _known_browser(username: str) -> str:
    """What marks this browser as one that signed in under this name before; empty if none."""
    try:
        name, mark = _browser_signer().loads(
            request.cookies.get("known_browser", ""), max_age=KNOWN_BROWSER
        )
    except (BadSignature, TypeError, ValueError):
        return ""
    return str(mark) if name == _folded(username) else ""


@blueprint.get("/welcome/<token>")
@public
def welcome(token: str) -> ResponseReturnValue:
    """The form to set a password with a one-time link."""
    with reading() as session:
        holder = links.get_link_holder(session, token=token, now=utcnow())
    return render("accounts/welcome.html", form=WelcomeForm(), holder=holder, token=token)


@blueprint.post("/welcome/<token>")
@public
def accept_welcome(token: str) -> ResponseReturnValue:
    """Set the password, spend the link and sign in."""
    form = WelcomeForm()
    with reading() as session:
        holder = links.get_link_holder(session, token=token, now=utcnow())
    try:
        if not form.validate():
            return render("accounts/welcome.html", form=form, holder=holder, token=token), 422
        links.check_password_for(holder, form.new.data)
    except InvalidInput as refusal:
        form.new.errors = [sentence(refusal.code, language(), refusal.details)]
        return render("accounts/welcome.html", form=form, holder=holder, token=token), 422
    hashed = service.hash_password(form.new.data)
    settings: Settings = current_app.extensions["settings"]
    with transaction() as session:
        now = utcnow()
        links.use_link(session, token=token, password_hash=hashed, now=now)
        signed_in = service.start_session(
            session, account_id=holder.account_id, hours=settings.session_hours, now=now
        )
    flash(_("Your password is set. From now on you sign in as %(name)s.", name=holder.username))
    return _enter(signed_in, holder.username, _home())


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
    target = safe_next(request.form.get("next"), _home())
    return make_response(redirect(target, 303))
