"""The background job that calibrates: read, compute with no transaction open, store at once."""

from __future__ import annotations

import time
from collections.abc import Callable

from quizengine.calibration.service.fit import fit_bank
from quizengine.calibration.service.runs import KIND, read_input_of_run, store_result
from quizengine.database import reading, transaction, utcnow
from quizengine.jobs import RunningJob, handles

REPORT_EVERY = 0.25  # seconds: every report is a write


@handles(KIND)
def calibrate_bank(job: RunningJob) -> None:
    """Do one calibration run; killed in between, it runs again and stores once."""
    run_id = int(job.payload["run_id"])
    job.progress(0.0, "read")
    with reading() as session:
        given = read_input_of_run(session, run_id)
    fit = fit_bank(given.table, given.stored, now_and_then(job.progress))
    job.progress(0.99, "store")
    with transaction() as session:
        set_id = store_result(session, run_id=run_id, given=given, fit=fit, now=utcnow())
        job.complete(session, {"parameter_set_id": set_id})


def now_and_then(report: Callable[[float, str], None]) -> Callable[[float, str], None]:
    """Pass reports on at most four times a second, but every new step at once."""
    last = (0.0, "")

    def progress(fraction: float, note: str) -> None:
        nonlocal last
        now = time.monotonic()
        if note != last[1] or now - last[0] >= REPORT_EVERY:
            report(fraction, note)
            last = (now, note)

    return progress
