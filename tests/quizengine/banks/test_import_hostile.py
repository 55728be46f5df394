"""Hostile files and broken machines: refused with a sentence; nothing is lost or stored twice."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from itembank.errors import ItemBankError
from quizengine import jobs as job_queue
from quizengine.banks.service import imports
from quizengine.banks.service.dicom import read_dicom
from quizengine.banks.service.sandbox import Limits, read_limited, read_upload
from quizengine.banks.tables import Import, ImportRow
from quizengine.banks.tables import Item as ItemRow
from quizengine.database import reading, transaction, utcnow
from quizengine.errors import InvalidInput
from quizengine.jobs import Job

from .test_import_kinds import dicom_file, newest, page, png, rows, send, zipped

Open = Callable[[str], Any]
PROJECT = Path(__file__).parents[3]
HEADER = "id,question,A,B,C,answer,competency\n"


def request(**options: Any) -> dict[str, Any]:
    from itembank.blueprint import blueprint_to_native
    from tests.quizengine.conftest import make_bank

    return {
        "filename": "q",
        "blueprint": blueprint_to_native(make_bank().blueprint),
        "options": options,
        "places": {},
        "remembered": [],
        "known_assets": [],
    }


def refused(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(ItemBankError) as caught:
        read_limited(data, request(), limits=limits or Limits(1500, 60))
    return caught.value.code


def bomb() -> bytes:
    """A workbook whose sheet unpacks to 200 MB."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(200):
                sheet.write(b"<row><c/></row>" * 70_000)
    return target.getvalue()


def entry(name: str, data: bytes, mode: int = 0o644) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("q.csv", HEADER)
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        archive.writestr(info, data)
    return target.getvalue()


HOSTILE = {
    "zip slip": lambda: entry("../../etc/cron.d/x.png", b"x"),
    "absolute path": lambda: entry("/etc/x.png", b"x"),
    "link": lambda: entry("x.png", b"/etc/passwd", 0o120777),
    "bomb": bomb,
    "doctype": lambda: b'<?xml version="1.0"?><!DOCTYPE quiz [<!ENTITY a "b">]><quiz>&a;</quiz>',
    "deep": lambda: b"<quiz>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</quiz>",
    "deep json": lambda: b'[{"question": ' + b"[" * 30_000 + b"]" * 30_000 + b"}]",
    "binary": lambda: bytes(range(256)) * 40,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(
    browser_of: Open, school: Any, what: str
) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, HOSTILE[what](), "questions.zip")
    assert newest().status == imports.UNREADABLE
    code = newest().summary["refusal"]["code"]
    assert code not in ("import-reader", "import-memory", "import-time")
    text = page(browser, report)
    assert "Nothing was saved" in text
    assert code not in text  # a sentence, not the code


def test_scripts_in_texts_come_out_as_text(browser_of: Open, school: Any) -> None:
    script = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    data = f'{HEADER}X-9,"{script} What?","{script}",two,three,B,A1\n'.encode()
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, data)
    assert "<script>alert" not in page(browser, report)
    assert "<img src=x" not in page(browser, report)


def test_memory_and_time_have_an_end() -> None:
    table = (HEADER + "x,What is a voxel?,one,two,three,A,A1\n" * 40_000).encode()
    assert refused(table, Limits(140, 60)) == "import-memory"
    begun = time.monotonic()
    assert refused(table, Limits(1500, 1)) == "import-time"
    assert time.monotonic() - begun < 20


def test_a_cancelled_reading_ends_its_process() -> None:
    class Stop(Exception):
        pass

    def stop(stage: str) -> None:
        raise Stop

    table = (HEADER + "x,What is a voxel?,one,two,three,A,A1\n" * 40_000).encode()
    with pytest.raises(Stop):
        read_limited(table, request(), limits=Limits(1500, 60), tick=stop)
    assert not children_of(os.getpid())


def children_of(process: int) -> list[int]:
    """Processes that read a file for this one."""
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(process)], capture_output=True, text=True
    ).stdout.splitlines()
    return [int(line.split()[0]) for line in listed if "import_child" in line]


def test_a_giant_dicom_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_dicom(dicom_file(50_000, 50_000))
    assert caught.value.code == "picture-too-wide"
    for broken in (dicom_file()[:400], b"\0" * 128 + b"DICM" + b"\xff" * 50):
        with pytest.raises(InvalidInput):
            read_dicom(broken)


def test_a_picture_that_claims_to_be_giant_is_refused() -> None:
    small = png()
    head = b"IHDR" + struct.pack(">II", 50_000, 50_000) + small[24:29]
    wide = small[:12] + head + struct.pack(">I", zlib.crc32(head)) + small[33:]
    data = zipped(
        t__csv="id,question,A,B,answer,competency,image\nP,What?,1,2,A,A1,w.png\n", w__png=wide
    )
    found = read_limited(data, request(), limits=Limits(1500, 60)).found
    assert [row["content"] for row in found["rows"]] == [None]
    assert found["summary"]["pictures"]["refused"][0]["code"] == "picture-too-wide"


def test_a_dicom_file_for_one_question_is_decoded_apart() -> None:
    suffix, data, removed = read_upload(dicom_file())
    assert (suffix, data[:4]) == (".png", b"\x89PNG")
    assert removed[:2] == ("PatientName", "PatientID")
    with pytest.raises(InvalidInput) as caught:
        read_upload(dicom_file(50_000, 50_000))
    assert caught.value.code == "picture-too-wide"


# --- workers are killed ---


def large(n: int = 6_000) -> bytes:
    lines = (
        f"N-{i},What is number {i} of {i * 7}?,a{i},b{i},c{i},A,A{i % 3 + 1}" for i in range(n)
    )
    return (HEADER + "\n".join(lines) + "\n").encode()


def upload(school: Any, data: bytes) -> int:
    with transaction() as session:
        return imports.start_import(
            session,
            bank_id=school.bank_id,
            organisation_id=school.organisation_id,
            account_id=school.instructor_id,
            filename="large.csv",
            data=data,
            settings=imports.Settings(),
            now=utcnow(),
        )


@contextmanager
def worker(url: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real worker process on the test's database."""
    code = (
        "import threading; from quizengine.config import load_settings;"
        "from quizengine.app import create_app; from quizengine import jobs;"
        "create_app(load_settings()); jobs.work(threading.Event(), idle_seconds=0.1)"
    )
    environment = {
        "PATH": os.environ["PATH"], "DATABASE_URL": url, "DATA_DIR": str(folder),
        "SECRET_KEY": "k" * 40, "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=PROJECT, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(check: Callable[[], Any], seconds: float = 120.0) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = check()
        if found:
            return found
        time.sleep(0.02)
    pytest.fail("it did not happen in time")


def status_of(import_id: int) -> str:
    with reading() as session:
        return session.scalar(select(Import.status).where(Import.id == import_id)) or ""


def let_the_lease_run_out(import_id: int) -> None:
    with transaction() as session:
        job = session.get_one(Job, session.get_one(Import, import_id).job_id)
        job.lease_until = utcnow().replace(year=2020)


def test_a_worker_killed_while_reading_and_while_storing_loses_nothing(
    school: Any, database_url: str, tmp_path: Path
) -> None:
    import_id = upload(school, large())
    with reading() as session:
        before = session.scalar(select(func.count()).select_from(ItemRow)) or 0
    with worker(database_url, tmp_path) as process:
        (child,) = wait_for(lambda: children_of(process.pid))
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_for(lambda: not Path(f"/proc/{child}/cmdline").exists())  # it ends with its parent
    assert status_of(import_id) == imports.READING
    let_the_lease_run_out(import_id)
    with worker(database_url, tmp_path):
        wait_for(lambda: status_of(import_id) == imports.READY)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ImportRow)) == 6_000

    with transaction() as session:
        found = session.get_one(Import, import_id, with_for_update=True)
        imports.start_storing(session, found, account_id=school.instructor_id, now=utcnow())
    with worker(database_url, tmp_path) as process:
        wait_for(lambda: job_of(import_id).status == "running")
        process.send_signal(signal.SIGKILL)
        process.wait()
    with reading() as session:
        now = session.scalar(select(func.count()).select_from(ItemRow)) or 0
    assert now == before + (6_000 if status_of(import_id) == imports.COMMITTED else 0)
    if status_of(import_id) == imports.STORING:
        let_the_lease_run_out(import_id)
    with worker(database_url, tmp_path):
        wait_for(lambda: status_of(import_id) == imports.COMMITTED)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(ItemRow)) == before + 6_000


def job_of(import_id: int) -> Job:
    with reading() as session:
        return session.get_one(Job, session.get_one(Import, import_id).job_id)


def test_storing_can_be_cancelled_before_it_happens(browser_of: Open, school: Any) -> None:
    import_id = upload(school, large(400))
    assert job_queue.run_one()
    browser = browser_of("instructor")
    address = f"/banks/{school.bank_id}/imports/{import_id}"
    browser.post(f"{address}/commit")
    assert status_of(import_id) == imports.STORING
    browser.post(f"{address}/stop")
    assert status_of(import_id) == imports.READY
    assert not job_queue.run_one()
    assert "400 of 400 rows are ready" in page(browser, address)
    browser.post(f"{address}/discard")
    assert status_of(import_id) == imports.DISCARDED


def test_a_reading_can_be_cancelled(browser_of: Open, school: Any) -> None:
    import_id = upload(school, large(10))
    browser = browser_of("instructor")
    browser.post(f"/banks/{school.bank_id}/imports/{import_id}/stop")
    assert status_of(import_id) == imports.DISCARDED
    assert not job_queue.run_one()


def test_the_rejected_rows_can_be_corrected_and_sent_again(browser_of: Open, school: Any) -> None:
    from openpyxl import load_workbook

    browser = browser_of("instructor")
    data = (HEADER + "E-1,What is a dB?,a,b,c,F,A1\n").encode()
    report = send(browser, school.bank_id, data)
    book = load_workbook(io.BytesIO(browser.get(f"{report}/rejected.xlsx").data))
    sheet = book.active
    cells = [cell.value for cell in sheet[2]]
    assert "points beyond" in str(cells[1])
    sheet.cell(2, cells.index("F") + 1).value = "C"
    target = io.BytesIO()
    book.save(target)
    send(browser, school.bank_id, target.getvalue())
    assert [row.outcome for row in rows()] == ["new"]
