"""`/metrics` for Prometheus: how the program does, and nothing about anybody.

Requests are counted in each web process; with several, `./run` names a folder of files that all
of them share (PROMETHEUS_MULTIPROC_DIR), and whichever answers adds them up. What the database
knows is asked there.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
from collections.abc import Iterable

from flask import Blueprint, Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import CounterMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from quizengine.config import Settings
from quizengine.database import reading
from quizengine.errors import NotPermitted
from quizengine.exams.tables import Answer, Sitting
from quizengine.jobs import Job
from quizengine.request_log import method, route, seconds
from quizengine.web import public

blueprint = Blueprint("metrics", __name__)

JOB_STATES = ("queued", "running", "done", "failed", "cancelled")
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

_of_this_process = CollectorRegistry()
REQUESTS = Counter(
    "quizengine_requests",
    "Requests by pattern of the address, method and class of the status.",
    ("route", "method", "status"),
    registry=_of_this_process,
)
LATENCY = Histogram(
    "quizengine_request_seconds",
    "Seconds from the arrival of a request in the program to its answer.",
    ("route", "method"),
    buckets=BUCKETS,
    registry=_of_this_process,
)


def init_app(app: Flask) -> None:
    """Count every request."""

    @app.after_request
    def count(response: Response) -> Response:
        REQUESTS.labels(route(), method(), f"{response.status_code // 100}xx").inc()
        LATENCY.labels(route(), method()).observe(seconds())
        return response


@blueprint.get("/metrics")
@public
def show() -> ResponseReturnValue:
    """The figures as text."""
    _check_reader()
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        body = generate_latest(registry)
    else:
        body = generate_latest(_of_this_process)
    of_database = CollectorRegistry()
    of_database.register(_DatabaseFigures())
    return Response(
        body + generate_latest(of_database), content_type="text/plain; version=0.0.4; charset=utf-8"
    )


def _check_reader() -> None:
    """With METRICS_TOKEN set, who has it; else this machine only.

    A request that a proxy passed on comes from elsewhere, whatever its address looks like.

    Raises
    ------
    NotPermitted
        "metrics-closed".
    """
    settings: Settings = current_app.extensions["settings"]
    if settings.metrics_token:
        given = request.headers.get("Authorization", "")
        wanted = f"Bearer {settings.metrics_token}"
        if hmac.compare_digest(given.encode(), wanted.encode()):
            return
    elif _is_loopback(request.remote_addr) and not any(h in request.headers for h in FORWARDED):
        return
    raise NotPermitted("metrics-closed")


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


class _DatabaseFigures:
    """What the database knows at the moment of asking."""

    def collect(self) -> Iterable[Metric]:
        up = GaugeMetricFamily("quizengine_database_up", "1 when the database answers.")
        try:
            figures = list(_read_figures())
        except SQLAlchemyError:
            figures = []
        up.add_metric([], 1.0 if figures else 0.0)
        return [up, *figures]


def _read_figures() -> Iterable[Metric]:
    with reading() as session:
        counted = select(Job.status, func.count()).group_by(Job.status)
        states: dict[str, int] = dict(session.execute(counted).all())
        is_open = Sitting.finished_at.is_(None)
        sittings = session.scalar(select(func.count()).select_from(Sitting).where(is_open)) or 0
        answers = session.scalar(select(func.count()).select_from(Answer)) or 0
    jobs = GaugeMetricFamily("quizengine_jobs", "Background jobs by state.", labels=["status"])
    for state in sorted({*JOB_STATES, *states}):
        jobs.add_metric([state], states.get(state, 0))
    yield jobs
    yield GaugeMetricFamily(
        "quizengine_open_sittings", "Sittings that have not ended.", value=sittings
    )
    # a restored backup starts it anew, as a restart does
    yield CounterMetricFamily("quizengine_answers", "Answers stored.", value=answers)
