"""The background job that loads the demonstration."""

from __future__ import annotations

from quizengine.calibration.jobs import now_and_then
from quizengine.database import transaction
from quizengine.demo.load import KIND, load_demo
from quizengine.demo.plan import Plan
from quizengine.jobs import RunningJob, handles


@handles(KIND)
def load(job: RunningJob) -> None:
    """Load what is not loaded yet; killed in between, it goes on where it was."""
    loaded = load_demo(Plan.from_json(job.payload), now_and_then(job.progress))
    with transaction() as session:
        job.complete(session, {"parts": loaded})
