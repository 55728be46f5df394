"""Background work of banks: reading an uploaded question file, and storing a large one."""

from __future__ import annotations

import logging
import time

from itembank.errors import ItemBankError
from quizengine.banks.service import imports
from quizengine.banks.service.import_commit import commit_import, plan_commit
from quizengine.banks.service.import_reading import plain_details
from quizengine.banks.service.import_staging import error_file, mark_similar, stage_rows
from quizengine.banks.service.imports import Reading
from quizengine.banks.service.sandbox import Limits, read_limited
from quizengine.database import reading, transaction, utcnow
from quizengine.jobs import RunningJob, handles

log = logging.getLogger(__name__)
_SHARE = {"": 0.05, "questions": 0.1, "places": 0.4, "pictures": 0.45}  # of the work, at its begin


@handles(imports.JOB)
def read_import(job: RunningJob) -> None:
    """Read an upload and store what it would change; run again, it replaces what it stored."""
    import_id = int(job.payload["import_id"])
    with reading() as session:
        source = imports.find_source(session, import_id, job.id)
    if source is None:
        with transaction() as session:
            job.complete(session)
        return
    begun = time.perf_counter()
    job.progress(_SHARE[""], "questions")
    try:
        answer = read_limited(
            source.data,
            source.request,
            limits=Limits.of_settings(),
            tick=lambda stage: job.progress(_SHARE.get(stage, 0.05), stage),
        )
    except ItemBankError as error:
        details = plain_details({**error.details, "where": error.where})
        with transaction() as session:
            imports.store_unreadable(session, import_id, code=error.code, details=details)
            job.complete(session, {"unreadable": error.code})
        return
    found = answer.found
    job.progress(0.6, "comparing")
    stored = found["summary"]["pictures"]["stored"]
    staged = stage_rows(
        found["rows"], source.index, {one["stored_as"]: one["sha256"] for one in stored}
    )
    job.progress(0.7, "similar")
    mark_similar(staged, source.index)
    errors = error_file(found["rows"], staged, found["sheets"])
    job.progress(0.9, "storing")
    with transaction() as session:
        imports.store_reading(
            session,
            import_id,
            Reading(
                rows=staged,
                summary={**found["summary"], "state": list(source.state)},
                mapping=found["mapping"] or source.options.get("mapping"),
                error_file=errors,
                pictures={one["stored_as"]: answer.pictures[one["sha256"]] for one in stored},
            ),
        )
        job.complete(session, {"rows": len(staged)})
    seconds = round(time.perf_counter() - begun, 1)
    log.info("import %s: %s rows read in %s s", import_id, len(staged), seconds)


@handles(imports.COMMIT_JOB)
def store_import(job: RunningJob) -> None:
    """Store a large import; killed at any time, it has stored all of it or nothing."""
    import_id, account_id = int(job.payload["import_id"]), int(job.payload["account_id"])
    with reading() as session:
        found = imports.find_storing(session, import_id, job.id)
        plan = plan_commit(session, found, account_id=account_id, now=utcnow()) if found else None
    job.progress(0.5, "storing")
    with transaction() as session:
        held = imports.find_storing(session, import_id, job.id, for_update=True)
        if held is not None and plan is not None:
            commit_import(session, held, plan=plan, account_id=account_id, now=utcnow())
        job.complete(session)
