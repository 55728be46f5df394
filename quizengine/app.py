"""Puts the application together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.middleware.proxy_fix import ProxyFix

from itembank.response import point_of, response_words, shuffled_choices
from models.scales import PRACTICE_SCALE
from quizengine import audit_views, markup, metrics, question_parts, request_log, web
from quizengine.accounts import class_views as classes
from quizengine.accounts import delivery_views as deliveries
from quizengine.accounts import people_views as people
from quizengine.accounts import views as accounts
from quizengine.banks import (  # noqa: F401  more of its pages
    bulk_views,
    duplicate_jobs,
    edit_views,
    plan_views,
    review_views,
)
from quizengine.banks import export_views as exports
from quizengine.banks import import_views as imports
from quizengine.banks import jobs as bank_jobs  # noqa: F401  the worker finds its handlers
from quizengine.banks import views as banks
from quizengine.calibration import jobs as calibration_jobs  # noqa: F401  names its handler
from quizengine.calibration import views as calibration
from quizengine.cli import register_commands
from quizengine.config import PROJECT, Settings, WrongSetting, load_settings
from quizengine.credits import export_views as credit_files
from quizengine.credits import views as credits
from quizengine.database import configure, newest_migration, present_migration, reading
from quizengine.demo import jobs as demo_jobs  # noqa: F401  the worker finds its handler
from quizengine.exams import room_views as rooms
from quizengine.exams import views as exams
from quizengine.home import views as home
from quizengine.insights import item_views
from quizengine.insights import views as insights
from quizengine.permissions import Permission
from quizengine.standards import views as standards
from quizengine.web import public


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application.

    Raises
    ------
    WrongSetting
        A setting cannot be used.
    """
    settings = settings or load_settings()
    if not settings.secret_key:
        raise WrongSetting("SECRET_KEY is not set. Start with ./run once, or set it yourself.")
    app = Flask(
        __name__,
        template_folder=str(PROJECT / "templates"),
        static_folder=str(PROJECT / "quizengine" / "static"),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="quizengine",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=settings.max_upload_mb * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=5000,  # an item may have 50 regions and 26 lines to match
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: an exam page may stay open for hours
        BABEL_TRANSLATION_DIRECTORIES=str(PROJECT / "quizengine" / "translations"),
        BABEL_DEFAULT_TIMEZONE=settings.time_zone,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.extensions["settings"] = settings
    app.extensions["static-versions"] = _static_versions(Path(app.static_folder or ""))
    configure(settings.database_url, pool_size=settings.web_threads)
    request_log.init_app(app, level=settings.log_level, behind_proxy=settings.trusted_proxies > 0)
    metrics.init_app(app)
    web.init_app(app)
    accounts.login.init_app(app)
    for domain in (
        accounts,
        deliveries,
        banks,
        imports,
        exports,
        exams,
        rooms,
        calibration,
        standards,
        credits,
        insights,
    ):
        app.register_blueprint(domain.blueprint)
    for more in (
        people.people,
        people.organisation_pages,
        classes.blueprint,
        home.blueprint,
        audit_views.blueprint,
        credit_files.blueprint,
        item_views.blueprint,
        metrics.blueprint,
    ):
        app.register_blueprint(more)
    _template_helpers(app)
    _health_routes(app)
    app.context_processor(_navigation)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    register_commands(app)
    return app


def _template_helpers(app: Flask) -> None:
    """What every template may call."""
    app.jinja_env.globals.update(
        to_html=markup.to_html,
        to_inline_html=markup.to_inline_html,
        split_asking=markup.split_asking,
        writer=_writer,
        has_films=question_parts.has_films,
        option_pairs=question_parts.option_pairs,
        reason_rows=question_parts.reason_rows,
        place_rows=question_parts.place_rows,
        match_rows=question_parts.match_rows,
        marks=question_parts.marks,
        shuffled_choices=shuffled_choices,
        point_of=point_of,
        response_words=response_words,
        key_words=question_parts.key_words,
        text_language=markup.text_language,
        clock_time=web.clock_time,
        day_time=web.day_time,
        day=web.day,
        points=_points,
    )


def _writer(assets: Mapping[str, str], language: str) -> question_parts.Writer:
    """Texts of an item as HTML, its pictures by their address."""
    return question_parts.Writer(
        language, assets, lambda sha256: url_for("banks.asset", sha256=sha256)
    )


def _points(standard_error: float) -> str:
    """A standard error in points of the practice scale, as short as it is precise."""
    error = PRACTICE_SCALE.error(standard_error)
    return f"{error:.0f}" if error >= 10 else f"{error:.1f}".removesuffix(".0")


def _static_versions(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()[:12]
        for file in folder.rglob("*")
        if file.is_file()
    }


def _health_routes(app: Flask) -> None:
    wanted = newest_migration()

    @app.get("/healthz")
    @public
    def healthz() -> Response:
        """The process answers."""
        return jsonify(status="ok")

    @app.get("/readyz")
    @public
    def readyz() -> tuple[Response, int]:
        """The database is reachable and its tables are current."""
        with reading() as session:
            found = present_migration(session)
        ready = found == wanted
        return jsonify(status="ready" if ready else "migrate", migration=found), (
            200 if ready else 503
        )


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """A link in the page's head."""

    url: str
    label: str
    current: bool


def _navigation() -> dict[str, Any]:
    """The links an account may follow."""
    from flask import request, url_for

    if not current_user or not current_user.is_authenticated:
        return {"nav": []}
    entries = [
        (Permission.SIT_EXAMS, "exams.index", _("Practise")),
        (Permission.SIT_EXAMS, "insights.reports", _("Reports")),
        (Permission.SIT_EXAMS, "rooms.enter", _("Enter an exam room")),
        (Permission.INVIGILATE, "rooms.index", _("Exam rooms")),
        (Permission.CLAIM_CREDITS, "credits.index", _("Credits")),
        (Permission.DECIDE_CREDITS, "credits.queue", _("Credit claims")),
        (Permission.SEE_BANKS, "banks.index", _("Item banks")),
        (Permission.CALIBRATE, "calibration.index", _("Calibration")),
        (Permission.SEE_CLASSES, "classes.index", _("Classes")),
        (Permission.ADMINISTER, "people.index", _("Accounts")),
        (Permission.ADMINISTER, "organisations.index_of_organisations", _("Organisations")),
        (Permission.SEE_STANDARDS, "standards.index", _("Standards")),
        (Permission.SEE_AUDIT, "audit.index", _("Audit log")),
    ]
    here = (
        (request.endpoint or "")
        .partition(".")[0]
        .replace("imports", "banks")
        .replace("deliveries", "classes")
        .replace("exports", "banks")
        .replace("item_usage", "banks")
    )
    return {
        "nav": [
            NavigationLink(url_for(endpoint), label, endpoint.partition(".")[0] == here)
            for permission, endpoint, label in entries
            if permission in current_user.permissions
        ]
    }
