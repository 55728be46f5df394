"""One JSON line a request on standard output.

It says when, what kind of page, how it ended and how long it took. No names, no addresses, no
query strings and no forms: a line can be kept and searched without knowing who it was about.
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import sys
import time
from datetime import UTC, datetime

from flask import Flask, Response, g, request

NO_ROUTE = "(none)"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
log = logging.getLogger("quizengine.requests")


class _StandardOutput(logging.Handler):
    """Writes a line at once and whole, so that lines of several workers do not mix."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stdout.write(record.getMessage() + "\n")
            sys.stdout.flush()
        except (OSError, ValueError):  # whoever read the log has gone: go on serving
            pass


def init_app(app: Flask, *, level: str, behind_proxy: bool) -> None:
    """Log every request. Call it before anything else asks to see requests.

    Parameters
    ----------
    level : of config.LOG_LEVELS; lines below it are not written. A request that failed here is
        "error", every other "info".
    behind_proxy : believe the X-Request-ID of the proxy in front.
    """
    logging.getLogger("quizengine").setLevel(level.upper())
    log.propagate = False
    if not log.handlers:
        log.addHandler(_StandardOutput())

    @app.before_request
    def start() -> None:
        g.request_started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "") if behind_proxy else ""
        g.request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)

    @app.after_request
    def write(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        failed = response.status_code >= 500
        number = logging.ERROR if failed else logging.INFO
        if log.isEnabledFor(number):
            log.log(number, "%s", _line(response.status_code, "error" if failed else "info"))
        return response


def _line(status: int, level: str) -> str:
    content: dict[str, object] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": level,
        "request": request_id(),
        "method": method(),
        "route": route(),
        "status": status,
        "ms": round(seconds() * 1000, 1),
        "worker": os.getpid(),
    }
    if "error_reference" in g:  # the number on the page and in the trace
        content["reference"] = g.error_reference
    return json.dumps(content)


def request_id() -> str:
    """Names this request in the log and in the answer's X-Request-ID."""
    return str(g.get("request_id", ""))


def seconds() -> float:
    """How long the request has taken so far."""
    started = g.get("request_started")
    return 0.0 if started is None else time.perf_counter() - started


def route() -> str:
    """The pattern of the address, such as /banks/<int:bank_id>."""
    return request.url_rule.rule if request.url_rule is not None else NO_ROUTE


def method() -> str:
    """The method; what is no method of HTTP is "other", so that nobody fills the log with it."""
    return request.method if request.method in METHODS else "other"
