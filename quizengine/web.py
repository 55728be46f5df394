"""What every page shares: permissions, rendering, refusals, language, security headers."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import urlsplit

from flask import (
    Flask,
    Response,
    current_app,
    g,
    has_request_context,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import Babel, format_datetime, get_locale
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, ValidationError

from quizengine.errors import Conflict, NotPermitted, Refusal, Unavailable
from quizengine.messages import sentence
from quizengine.permissions import Permission

log = logging.getLogger(__name__)
P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]

LANGUAGES = ("en", "zh")
LARGEST_KEY = 2**63 - 1
THEMES = ("auto", "light", "dark")
BABEL_LOCALES = {"en": "en", "zh": "zh_Hans_CN"}

csrf = CSRFProtect()
babel = Babel()


def require(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Let only accounts with this permission use the view."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            account = current_user._get_current_object()  # the proxy looks it up each time
            if not account.is_authenticated:
                return _to_sign_in()
            if permission not in account.permissions:
                raise NotPermitted("not-your-role")
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: View[P]) -> View[P]:
    """Say that anybody may use the view; a view must say one or the other."""
    view.permission = None  # type: ignore[attr-defined]
    return view


def _to_sign_in() -> ResponseReturnValue:
    if request.method == "GET" and not wants_json():
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    return render_refusal("sign-in-first", 401, {})


def wants_json() -> bool:
    """Whether the caller is a program that asked for JSON."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" or request.path.startswith("/api/")


def is_fragment() -> bool:
    """Whether htmx asks for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def render(template: str, **context: Any) -> str:
    """Render a page, or its fragment `folder/_name.html` when htmx asks."""
    if is_fragment():
        folder, _, name = template.rpartition("/")
        template = f"{folder}/_{name}"
    return render_template(template, **context)


def language() -> str:
    """ "en" or "zh": of the account, else of the cookie, else of the browser."""
    if not has_request_context():
        return "en"
    if "language" not in g:
        g.language = _choose_language()
    return str(g.language)


def _choose_language() -> str:
    chosen = request.cookies.get("language")
    if chosen in LANGUAGES:
        return chosen
    if current_user and current_user.is_authenticated and current_user.language in LANGUAGES:
        return str(current_user.language)
    return request.accept_languages.best_match(LANGUAGES, "en") or "en"


def theme() -> str:
    """ "auto", "light" or "dark", from the cookie."""
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"


def safe_next(target: str | None, fallback: str) -> str:
    """A path of this site to go on to, or the fallback: never another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return fallback
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or any(ord(letter) < 32 for letter in target):
        return fallback
    return target


def clock_time(moment: datetime) -> str:
    """An instant as the time of day, in the zone of the TIME_ZONE setting."""
    return str(format_datetime(moment, "HH:mm:ss"))


def day_time(moment: datetime) -> str:
    """An instant as a day and a time; the month is a word, so nobody reads 11/12 the wrong way."""
    return str(
        format_datetime(moment, "y年M月d日 HH:mm" if language() == "zh" else "d MMM y, HH:mm")
    )


def day(moment: datetime) -> str:
    """An instant as a day."""
    return str(format_datetime(moment, "y年M月d日" if language() == "zh" else "d MMM y"))


def csp_nonce() -> str:
    """The nonce of this response; only scripts and styles that carry it run."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def render_refusal(code: str, status: int, details: dict[str, object]) -> ResponseReturnValue:
    """A refusal as a page, a fragment or `application/problem+json`."""
    text = sentence(code, language(), details)
    if wants_json():
        body = jsonify(type=f"about:blank#{code}", code=code, title=text, status=status)
        body.mimetype = "application/problem+json"
        response = make_response(body, status)
    else:
        template = "errors/_refusal.html" if is_fragment() else "errors/refusal.html"
        response = make_response(
            render_template(template, code=code, sentence=text, status=status), status
        )
    if status in {429, 503}:
        response.headers["Retry-After"] = str(details.get("seconds", 3))
    return response


class KeyConverter(IntegerConverter):
    """A key in an address: one that no database can hold is a page that does not exist."""

    def to_python(self, value: str) -> int:
        number = int(value) if len(value) < 20 else LARGEST_KEY + 1
        if number > LARGEST_KEY:
            raise ValidationError
        return number


def init_app(app: Flask) -> None:
    """Give the application its shared manners."""
    app.url_map.converters["int"] = KeyConverter
    csrf.init_app(app)
    babel.init_app(app, locale_selector=lambda: BABEL_LOCALES[language()])
    app.after_request(_security_headers)
    app.url_defaults(_version_static)
    app.context_processor(_page_context)
    app.register_error_handler(Refusal, _on_refusal)
    app.register_error_handler(CSRFError, _on_csrf)
    app.register_error_handler(HTTPException, _on_http)
    app.register_error_handler(DBAPIError, _on_database)
    app.register_error_handler(PoolTimeout, _on_no_connection)
    app.register_error_handler(Exception, _on_bug)


def form_errors(form: FlaskForm) -> list[tuple[str, str]]:
    """(field name, sentence) of every wrong field, for the summary above the form."""
    return [(name, str(errors[0])) for name, errors in form.errors.items() if errors]


def _page_context() -> dict[str, Any]:
    return {
        "form_errors": form_errors,
        "csp_nonce": csp_nonce,
        "locale": language(),
        "theme": theme(),
        "babel_locale": str(get_locale()),
        "here": request.full_path.rstrip("?"),
    }


def _version_static(endpoint: str, values: dict[str, Any]) -> None:
    """A static file's address changes with its content, so that browsers may keep it for long."""
    if endpoint == "static" and "filename" in values and "v" not in values:
        values["v"] = current_app.extensions["static-versions"].get(values["filename"], "0")


def _security_headers(response: Response) -> Response:
    nonce = csp_nonce()
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'",
    )
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _on_refusal(refusal: Refusal) -> ResponseReturnValue:
    return render_refusal(refusal.code, refusal.status, refusal.details)


def _on_csrf(error: CSRFError) -> ResponseReturnValue:
    return render_refusal("form-expired", 400, {})


_HTTP_CODES = {404: "page", 405: "method", 413: "too-large"}


def _on_http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    return render_refusal(_HTTP_CODES.get(status, "bad-request"), status, {})


def _on_database(error: DBAPIError) -> ResponseReturnValue:
    """A database that is away is 503 with Retry-After; two writers at once are a conflict."""
    if isinstance(error, IntegrityError):
        log.warning("a constraint refused a change: %s", _constraint_of(error))
        return _on_refusal(Conflict("changed-meanwhile"))
    if isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated:
        log.warning("the database is away: %s", error.orig)
        return _database_away()
    return _on_bug(error)


def _on_no_connection(error: PoolTimeout) -> ResponseReturnValue:
    log.warning("no database connection became free: %s", error)
    return _database_away()


def _database_away() -> ResponseReturnValue:
    g.database_away = True  # the page that says so must not ask the database who reads it
    return _on_refusal(Unavailable("database-away"))


def _constraint_of(error: IntegrityError) -> str:
    """The constraint's name; PostgreSQL's own sentence would quote the values."""
    told = getattr(error.orig, "diag", None)
    return str(told.constraint_name if told is not None else error.orig)


def _on_bug(error: Exception) -> ResponseReturnValue:
    reference = secrets.token_hex(4)
    g.error_reference = reference
    log.exception("internal error %s at %s %s", reference, request.method, request.path)
    return render_refusal("internal", 500, {"reference": reference})
