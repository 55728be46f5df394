"""Pages of imports: upload, dry run, corrections, commit."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.orm import Session

from quizengine import jobs
from quizengine.banks import import_pages as pages
from quizengine.banks.import_forms import (
    UploadForm,
    choices_sent,
    encoding_names,
    field_groups,
    field_name,
    kind_names,
    places_sent,
)
from quizengine.banks.import_forms import settings_of as form_settings
from quizengine.banks.service import imports, store
from quizengine.banks.service.import_commit import commit_import, plan_commit
from quizengine.banks.service.import_rows import OUTCOMES, read_index
from quizengine.banks.tables import Bank, Import
from quizengine.config import Settings
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import InvalidInput
from quizengine.messages import sentence
from quizengine.permissions import Permission
from quizengine.web import language, require

blueprint = Blueprint("imports", __name__)
PAGE = 200


@blueprint.get("/banks/<int:bank_id>/imports/new")
@require(Permission.EDIT_BANKS)
def new(bank_id: int) -> ResponseReturnValue:
    """The form to upload a question file, and the imports before."""
    return _new_page(bank_id, UploadForm(formdata=None))


def _new_page(bank_id: int, form: UploadForm) -> str:
    settings: Settings = current_app.extensions["settings"]
    with reading() as session:
        bank = store.get_bank(session, bank_id, organisation_id=current_user.organisation_id)
        return render_template(
            "banks/import_new.html",
            form=form,
            bank=_bank_view(bank),
            competencies=_competencies(bank),
            imports=imports.list_imports(session, bank_id),
            max_mb=settings.max_upload_mb,
        )


@blueprint.post("/banks/<int:bank_id>/imports")
@require(Permission.EDIT_BANKS)
def upload(bank_id: int) -> ResponseReturnValue:
    """Store a file and have it read in the background."""
    form = UploadForm()
    if not form.validate():
        return _new_page(bank_id, form), 422
    try:
        with transaction() as session:
            import_id = imports.start_import(
                session,
                bank_id=bank_id,
                organisation_id=current_user.organisation_id,
                account_id=current_user.id,
                filename=form.file.data.filename or "",
                data=form.file.data.read(),
                settings=form.settings(),
                now=utcnow(),
            )
    except InvalidInput as refusal:
        form.file.errors = [sentence(refusal.code, language(), refusal.details)]
        return _new_page(bank_id, form), 422
    return _to_import(bank_id, import_id)


@blueprint.get("/banks/<int:bank_id>/imports/<int:import_id>")
@require(Permission.SEE_BANKS)
def show(bank_id: int, import_id: int) -> ResponseReturnValue:
    """Where an import stands: being read, the dry run, committed."""
    with reading() as session:
        found = _get(session, bank_id, import_id)
        bank = store.get_bank(session, bank_id)
        context = {"bank": _bank_view(bank), "found": found}
        if found.status in (imports.READING, imports.STORING):
            return render_template("banks/import_reading.html", **context, **_job(session, found))
        if found.status == imports.UNREADABLE:
            context["failure"] = pages.refusal_text(found.summary, language())
            return render_template("banks/import_reading.html", **context, job=None)
        if found.status == imports.DISCARDED:
            return render_template("banks/import_discarded.html", **context)
        return render_template("banks/import.html", **context, **_report(session, found, bank))


@blueprint.get("/banks/<int:bank_id>/imports/<int:import_id>/progress")
@require(Permission.SEE_BANKS)
def progress(bank_id: int, import_id: int) -> ResponseReturnValue:
    """How far the reading is; tells the page to load itself anew when it is done."""
    with reading() as session:
        found = _get(session, bank_id, import_id)
        job = _job(session, found)
    if request.headers.get("HX-Request") != "true":
        return _to_import(bank_id, import_id)
    if found.status not in (imports.READING, imports.STORING) or job["failure"]:
        return Response("", headers={"HX-Refresh": "true"})
    return render_template("banks/_import_progress.html", found=found, **job)


@blueprint.post("/banks/<int:bank_id>/imports/<int:import_id>/read")
@require(Permission.EDIT_BANKS)
def read(bank_id: int, import_id: int) -> ResponseReturnValue:
    """Read the same file again, with corrected settings where the form has them."""
    with transaction() as session:
        found = _get(session, bank_id, import_id, for_update=True)
        sent = "default_competency" in request.form
        settings = form_settings(request.form, found.summary.get("columns", [])) if sent else None
        if settings is not None and settings.mapping is None and found.options.get("mapping"):
            settings = _with_mapping(settings, found.options["mapping"])
        imports.read_again(
            session, found, settings=settings, account_id=current_user.id, now=utcnow()
        )
    return _to_import(bank_id, import_id)


@blueprint.post("/banks/<int:bank_id>/imports/<int:import_id>/choices")
@require(Permission.EDIT_BANKS)
def choose(bank_id: int, import_id: int) -> ResponseReturnValue:
    """Keep what was chosen for rows that look like items of the bank."""
    with transaction() as session:
        found = _get(session, bank_id, import_id, for_update=True)
        imports.choose(session, found, choices_sent(request.form))
    flash(_("Your choices are kept. Nothing is imported yet."), "success")
    page = request.form.get("page", type=int)
    show = request.form.get("show", "")
    return redirect(
        url_for(".show", bank_id=bank_id, import_id=import_id, show=show or None, page=page), 303
    )


@blueprint.post("/banks/<int:bank_id>/imports/<int:import_id>/commit")
@require(Permission.EDIT_BANKS)
def commit(bank_id: int, import_id: int) -> ResponseReturnValue:
    """Store all rows that are ready, in one transaction; many of them in the background."""
    with transaction() as session:
        found = _get(session, bank_id, import_id, for_update=True)
        if found.status == imports.READY:
            imports.choose(session, found, choices_sent(request.form))
            if imports.count_rows(session, found).ready > imports.COMMIT_AT_ONCE:
                imports.start_storing(session, found, account_id=current_user.id, now=utcnow())
        if found.status == imports.STORING:
            return _to_import(bank_id, import_id)
    who = {"account_id": current_user.id, "now": utcnow()}
    with reading() as session:  # the long part, before anybody has to wait for the lock
        found = _get(session, bank_id, import_id)
        plan = plan_commit(session, found, **who) if found.status == imports.READY else None
    with transaction() as session:
        found = _get(session, bank_id, import_id, for_update=True)
        commit_import(session, found, plan=plan, **who)
    return _to_import(bank_id, import_id)


@blueprint.post("/banks/<int:bank_id>/imports/<int:import_id>/stop")
@require(Permission.EDIT_BANKS)
def stop(bank_id: int, import_id: int) -> ResponseReturnValue:
    """Stop reading, which forgets the upload, or stop storing, which goes back to the report."""
    with transaction() as session:
        found = _get(session, bank_id, import_id, for_update=True)
        is_storing = found.status == imports.STORING
        if is_storing:
            imports.stop_storing(session, found, now=utcnow())
        elif found.status == imports.READING:
            imports.discard(session, found, now=utcnow())
    if is_storing:
        flash(_("Stopped. Nothing was imported."), "success")
    return _to_import(bank_id, import_id)


@blueprint.post("/banks/<int:bank_id>/imports/<int:import_id>/places")
@require(Permission.EDIT_BANKS)
def place(bank_id: int, import_id: int) -> ResponseReturnValue:
    """Say where categories of the file, or single rows, belong; the file is read again."""
    with transaction() as session:
        found = _get(session, bank_id, import_id, for_update=True)
        if found.status == imports.READY:
            imports.choose(session, found, choices_sent(request.form))
        settings = imports.settings_of(found, places=places_sent(request.form))
        imports.read_again(
            session, found, settings=settings, account_id=current_user.id, now=utcnow()
        )
    return _to_import(bank_id, import_id)


@blueprint.get("/banks/<int:bank_id>/imports/<int:import_id>/pictures/<sha256>")
@require(Permission.SEE_BANKS)
def picture(bank_id: int, import_id: int, sha256: str) -> ResponseReturnValue:
    """A picture of the file, as it would be stored."""
    with reading() as session:
        data = imports.get_picture(session, _get(session, bank_id, import_id), sha256)
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    response = Response(data, mimetype=kind)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@blueprint.post("/banks/<int:bank_id>/imports/<int:import_id>/discard")
@require(Permission.EDIT_BANKS)
def discard(bank_id: int, import_id: int) -> ResponseReturnValue:
    """Forget an upload; nothing of it reached the bank."""
    with transaction() as session:
        found = _get(session, bank_id, import_id, for_update=True)
        imports.discard(session, found, now=utcnow())
    flash(_("The file was discarded. The bank is as it was."), "success")
    return redirect(url_for(".new", bank_id=bank_id), 303)


@blueprint.get("/banks/<int:bank_id>/imports/<int:import_id>/rejected.xlsx")
@require(Permission.SEE_BANKS)
def rejected(bank_id: int, import_id: int) -> ResponseReturnValue:
    """The rejected rows as a workbook with a column of errors, to be corrected and sent again."""
    with reading() as session:
        found = _get(session, bank_id, import_id)
        data = imports.get_error_file(session, found)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    response = Response(data, mimetype=kind)
    response.headers.set(
        "Content-Disposition", "attachment", filename=f"rejected-rows-{import_id}.xlsx"
    )
    return response


def _get(session: Session, bank_id: int, import_id: int, *, for_update: bool = False) -> Import:
    return imports.get_import(
        session,
        bank_id=bank_id,
        import_id=import_id,
        organisation_id=current_user.organisation_id,
        for_update=for_update,
    )


def _to_import(bank_id: int, import_id: int) -> ResponseReturnValue:
    return redirect(url_for(".show", bank_id=bank_id, import_id=import_id), 303)


def _with_mapping(settings: imports.Settings, mapping: dict[str, str]) -> imports.Settings:
    """A form that did not touch the columns keeps what was chosen for them before."""
    from dataclasses import replace

    return replace(settings, mapping=mapping)


def _bank_view(bank: Bank) -> dict[str, Any]:
    return {"id": bank.id, "code": bank.code, "name": bank.name.get(language(), bank.code)}


def _competencies(bank: Bank) -> list[tuple[str, str]]:
    parts = store.blueprint_of(bank).competencies
    return [(part.code, f"{part.code} {part.name.get(language())}") for part in parts]


def _places(bank: Bank) -> list[tuple[str, str]]:
    """Competencies and, below each, its sub-topics, to choose from: "R4/R4.2"."""
    found = []
    for part in store.blueprint_of(bank).competencies:
        found.append((part.code, f"{part.code} {part.name.get(language())}"))
        found += [
            (f"{part.code}/{one.code}", f"\u2003{one.code} {one.name.get(language())}")
            for one in part.sub_topics
        ]
    return found


def _pictures(found: dict[str, Any]) -> dict[str, Any]:
    """What became of the file's pictures, in words."""

    def said(one: dict[str, Any]) -> str:
        return sentence(str(one["code"]), language(), dict(one["details"]))

    return {
        "stored": [
            {**one, "notes": [said(note) for note in one["notes"]]}
            for one in found.get("stored", [])
        ],
        "refused": [{"name": one["name"], "why": said(one)} for one in found.get("refused", [])],
        "missing": found.get("missing", []),
        "unused": found.get("unused", []),
    }


def _job(session: Session, found: Import) -> dict[str, Any]:
    """The job that reads the file, and why it ended without a result if it did."""
    if found.job_id is None:
        return {"job": None, "failure": ""}
    job = jobs.get_job(session, found.job_id)
    failure = ""
    if found.status in (imports.READING, imports.STORING) and not job.is_open:
        failure = sentence(job.error or "job-gave-up", language(), {"attempts": job.attempts,
                           "reference": f"job-{job.id}", **(job.result or {})})  # fmt: skip
    return {"job": job, "failure": failure}


def _report(session: Session, found: Import, bank: Bank) -> dict[str, Any]:
    """Everything the dry run shows."""
    shown = request.args.get("show", "")
    shown = shown if shown in OUTCOMES else ""
    counts = imports.count_rows(session, found)
    total = counts.by_outcome[shown] if shown else counts.total
    last = max(1, -(-total // PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), last)
    rows = imports.list_rows(session, found.id, outcome=shown, offset=(page - 1) * PAGE, limit=PAGE)
    is_open = found.status == imports.READY
    filters = pages.filters_of(counts, is_open=is_open)
    bar, words = pages.bar_of(counts, filters)
    around = pages.Surroundings(
        index=read_index(session, found.bank_id) if is_open else None,
        codes={} if is_open else imports.codes_of(session, rows),
        chosen=imports.choices_of(found),
        names=store.names_of(session, found.bank_id),
        language=language(),
    )
    return {
        "title": pages.title_of(found.status, counts, found.summary.get("stored", {})),
        "counts": counts,
        "filters": filters,
        "bar": bar,
        "bar_kinds": pages.KINDS,
        "bar_words": words,
        "rows": pages.row_views(rows, around),
        "shown": shown,
        "page": page,
        "pages": last,
        "first": (page - 1) * PAGE + 1,
        "total": total,
        "file_notes": [
            pages.words_of(finding, language()) for finding in found.summary.get("findings", [])
        ],
        "has_errors": counts.by_outcome["rejected"] > 0,
        "columns": _unique_columns(found.summary.get("columns", [])),
        "field_groups": field_groups() if is_open else [],
        "field_name": field_name,
        "encodings": encoding_names(),
        "competencies": _competencies(bank),
        "places": _places(bank) if is_open else [],
        "kind_names": kind_names(),
        "pictures": _pictures(found.summary.get("pictures", {})),
        "items_url": url_for("banks.item_list", bank_id=found.bank_id),
        "is_open": is_open,
        "may_edit": Permission.EDIT_BANKS in current_user.permissions,
    }


def _unique_columns(columns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One line a header: sheets of one file mostly share theirs."""
    found: dict[str, dict[str, Any]] = {}
    for column in columns:
        found.setdefault(column["header"] or column["letter"], column)
    return list(found.values())
