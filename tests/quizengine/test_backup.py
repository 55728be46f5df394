"""Backups: taken while answers are given, put into either kind of database, whole or not at all."""

from __future__ import annotations

import base64
import json
import os
import random
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import JSON, func, inspect, null, select, text
from sqlalchemy.exc import DBAPIError

import quizengine.backup as backups
from quizengine import audit
from quizengine.accounts import service as accounts
from quizengine.accounts.service import links
from quizengine.accounts.tables import Account, OneTimeLink, SignInSession
from quizengine.backup import Manifest, checksums, tables_in_order, write_backup
from quizengine.banks.service import store
from quizengine.banks.tables import Asset, Item
from quizengine.database import Base, configure, current, reading, transaction
from quizengine.errors import Conflict, InvalidInput
from quizengine.exams.engine import forget_engines
from quizengine.exams.service import answer as answering
from quizengine.exams.service import sit
from quizengine.exams.tables import Answer
from quizengine.jobs import Job, enqueue
from quizengine.restore import restore_backup

from .conftest import NOW, School


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """Both kinds where the kind matters, else SQLite."""
    kind = getattr(request, "param", "sqlite")
    return str(
        request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[kind])
    )


BOTH = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A second database of each kind, without any tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'other.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = server.create()
    yield server.url(name).replace("postgresql://", "postgresql+psycopg://", 1)
    current().writer.dispose()
    current().reader.dispose()
    server.drop(name)


def sums() -> dict[str, tuple[int, str]]:
    with transaction() as session:
        return checksums(session.connection())


def of_file(manifest: Manifest) -> dict[str, tuple[int, str]]:
    return {table.name: (table.rows, table.sha256) for table in manifest.tables}


def give_answers(school: School, stop: threading.Event, given: set[tuple[int, int]]) -> None:
    """Sit exams as new students, one after another; note every answer once it is stored."""
    while not stop.is_set():
        with transaction() as session:
            student = accounts.create_simulated_students(
                session, organisation_id=school.organisation_id, n_students=1, now=NOW
            )[0]
            sitting = sit.start_sitting(
                session,
                exam_id=school.exam_id,
                student_id=student,
                organisation_id=school.organisation_id,
                now=NOW,
                seed=student,
            )
        for position in range(1, 7):
            with reading() as session:
                turn = answering.read_turn(session, sitting_id=sitting, student_id=student)
            if turn.row.finished_at is not None:
                break
            weighed = answering.weigh_answer(
                turn,
                position=position,
                values={"choice": ["a"]},
                retry_key=str(position),
                shown_at=None,
                now=NOW,
            )
            with transaction() as session:
                answering.record_answer(session, answer=weighed)
            given.add((sitting, position))


def odd_rows(school: School) -> None:
    """Values that two databases store differently."""
    with transaction() as session:
        session.add(Asset(sha256="0" * 64, media_type="image/png", data=bytes(range(256))))
        session.add(Asset(sha256="aF", media_type="中文", data=b""))
        session.add(Asset(sha256="Ab", media_type="order of letters", data=b"\n"))
        enqueue(
            session,
            "odd",
            {"large": 1e22, "small": 1.5e-7, "zero": -0.0, "one": 1.0, "b": None, "a": "中\n"},
            now=NOW,
        )
        enqueue(session, "none", {}, now=NOW)
        session.execute(Job.__table__.insert().values(**plain_job(result=null())))
        session.execute(Job.__table__.insert().values(**plain_job(result=JSON.NULL)))
        audit.record(
            session, action="x", subject="claim", subject_id=1, now=NOW, after={"credits": 1.5}
        )


def plain_job(**values: Any) -> dict[str, Any]:
    return {
        "kind": "null",
        "payload": {},
        "status": "done",
        "progress": 1 / 3,
        "note": "",
        "attempts": 1,
        "run_after": NOW,
        "created_at": NOW,
    } | values


@BOTH
def test_a_backup_under_load_restores_into_either_kind(
    school: School, other_url: str, tmp_path: Path
) -> None:
    odd_rows(school)
    stop, given = threading.Event(), set[tuple[int, int]]()
    threads = [threading.Thread(target=give_answers, args=(school, stop, given)) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        while len(given) < 12:
            stop.wait(0.01)
        acknowledged = set(given)
        manifest = write_backup(tmp_path / "all.backup")
        at_the_end = len(given)
        while len(given) < at_the_end + 3:  # the answers went on
            stop.wait(0.01)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    present = sums()
    assert present != of_file(manifest), "nothing was written after the backup"

    configure(other_url)
    forget_engines()
    assert restore_backup(tmp_path / "all.backup") == manifest
    assert sums() == of_file(manifest)
    with reading() as session:
        stored = {tuple(row) for row in session.execute(select(Answer.sitting_id, Answer.position))}
        assert audit.find_broken_link(session) is None
        kinds = dict(
            session.execute(
                text(
                    "select cast(result as text), count(*) from job where kind = 'null' group by 1"
                )
            ).all()  # type: ignore[arg-type]
        )
    assert acknowledged <= stored
    assert kinds == {None: 1, "null": 1}
    stop.clear()
    more = set[tuple[int, int]]()
    again = threading.Thread(target=give_answers, args=(school, stop, more))
    again.start()
    while not more and again.is_alive():
        stop.wait(0.01)
    stop.set()
    again.join()
    assert more, "the restored database does not take answers"


@BOTH
def test_there_and_back_gives_the_same_backup(
    school: School, other_url: str, tmp_path: Path
) -> None:
    odd_rows(school)
    url = current().url
    first = write_backup(tmp_path / "1")
    configure(other_url)
    restore_backup(tmp_path / "1")
    second = write_backup(tmp_path / "2")
    configure(url)
    restore_backup(tmp_path / "2", replace=True)
    third = write_backup(tmp_path / "3")
    assert first.tables == second.tables == third.tables


def test_every_table_is_in_the_backup_or_named_as_left_out(school: School, tmp_path: Path) -> None:
    manifest = write_backup(tmp_path / "b")
    assert {t.name for t in manifest.tables} | backups.LEFT_OUT == set(Base.metadata.tables)
    with zipfile.ZipFile(tmp_path / "b") as archive:
        assert json.loads(archive.read("manifest.json"))["left_out"] == sorted(backups.LEFT_OUT)
        names = {name.partition("-")[2].removesuffix(".jsonl") for name in archive.namelist()}
    assert names - {"", "manifest.json"} == {t.name for t in tables_in_order()}


@BOTH
def test_no_secret_that_lets_somebody_in_is_in_the_backup(school: School, tmp_path: Path) -> None:
    with transaction() as session:
        link = links.issue_link(
            session, account_id=school.student_id, kind="reset", created_by=None, now=NOW
        )
        hashes = [session.scalars(select(OneTimeLink.token_hash)).one(), link.token]
    write_backup(tmp_path / "b")
    with zipfile.ZipFile(tmp_path / "b") as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert not [secret for secret in hashes if secret.encode() in content]
    restore_backup(tmp_path / "b", replace=True)
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(SignInSession)) == 0
        assert session.scalar(select(func.count()).select_from(OneTimeLink)) == 0


def test_only_its_owner_can_read_a_backup_and_nothing_is_left_beside_it(
    school: School, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    write_backup(folder / "b")
    assert os.listdir(folder) == ["b"]
    assert (folder / "b").stat().st_mode & 0o777 == 0o600
    before = (folder / "b").read_bytes()
    with pytest.raises(Conflict, match="backup-exists"):
        write_backup(folder / "b")
    assert (folder / "b").read_bytes() == before
    with pytest.raises(InvalidInput, match="backup-no-access"):
        write_backup(tmp_path / "nowhere" / "b")


@BOTH
def test_a_database_that_holds_something_is_left_alone(school: School, tmp_path: Path) -> None:
    write_backup(tmp_path / "b")
    before = sums()
    with pytest.raises(Conflict, match="backup-not-empty"):
        restore_backup(tmp_path / "b")
    assert sums() == before


@BOTH
def test_replacing_brings_back_what_was_and_keeps_the_log_guarded(
    school: School, tmp_path: Path
) -> None:
    odd_rows(school)
    manifest = write_backup(tmp_path / "b")
    with transaction() as session:
        accounts.create_simulated_students(
            session, organisation_id=school.organisation_id, n_students=3, now=NOW
        )
        audit.record(session, action="later", subject="claim", subject_id=2, now=NOW)
    assert sums() != of_file(manifest)
    restore_backup(tmp_path / "b", replace=True)
    assert sums() == of_file(manifest)
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text("delete from audit_event"))


@BOTH
def test_new_rows_get_free_keys_after_a_restore(school: School, tmp_path: Path) -> None:
    write_backup(tmp_path / "b")
    restore_backup(tmp_path / "b", replace=True)
    with transaction() as session:
        last = session.scalar(select(func.max(Account.id))) or 0
        made = accounts.create_simulated_students(
            session, organisation_id=school.organisation_id, n_students=1, now=NOW
        )
    assert made[0] > last


def damaged(file: Path, position: int) -> Path:
    data = bytearray(file.read_bytes())
    data[position] ^= 1 << random.Random(position).randrange(8)
    other = file.with_name(f"damaged-{position}")
    other.write_bytes(data)
    return other


def test_any_damaged_byte_is_refused_and_nothing_changes(school: School, tmp_path: Path) -> None:
    write_backup(tmp_path / "b")
    length, before = (tmp_path / "b").stat().st_size, sums()
    places = random.Random(1).sample(range(length), 150)
    for position in {0, 1, length - 1, length - 64, length - 65, length - 71, *places}:
        with pytest.raises(InvalidInput, match=r"backup-(damaged|not-one)"):
            restore_backup(damaged(tmp_path / "b", position), replace=True)
    assert sums() == before


@pytest.mark.parametrize("length", [0, 3, 70, 5000, -1, -64, -100])
def test_a_backup_that_was_cut_off_is_refused(school: School, tmp_path: Path, length: int) -> None:
    write_backup(tmp_path / "b")
    cut = tmp_path / "cut"
    cut.write_bytes((tmp_path / "b").read_bytes()[:length])
    with pytest.raises(InvalidInput, match=r"backup-(damaged|not-one)"):
        restore_backup(cut, replace=True)


def forged(file: Path, change: Any) -> Path:
    """The backup with another manifest, sealed again."""
    other = file.with_name("forged")
    with zipfile.ZipFile(file) as source, other.open("w+b") as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            for name in source.namelist():
                data = source.read(name)
                if name == "manifest.json":
                    content = json.loads(data)
                    change(content)
                    data = json.dumps(content).encode()
                archive.writestr(name, data)
            archive.comment = source.comment
        backups._seal(stream)
    return other


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda m: m.update(migration="9999"), "backup-newer"),
        (lambda m: m.update(migration="0001"), "backup-older"),
        (lambda m: m.update(version=2), "backup-damaged"),
        (lambda m: m.update(format="other"), "backup-damaged"),
        (lambda m: m["tables"][0].update(rows=99), "backup-damaged"),
        (lambda m: m["tables"][3].update(sha256="0" * 64), "backup-damaged"),
        (lambda m: m["tables"][0].update(file="nowhere"), "backup-damaged"),
        (lambda m: m["tables"].pop(), "backup-newer"),
        (lambda m: m.pop("tables"), "backup-damaged"),
    ],
)
def test_a_backup_that_does_not_fit_is_refused(
    school: School, tmp_path: Path, change: Any, code: str
) -> None:
    write_backup(tmp_path / "b")
    before = sums()
    with pytest.raises(InvalidInput, match=code):
        restore_backup(forged(tmp_path / "b", change), replace=True)
    assert sums() == before


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.postgresql
def test_a_text_that_the_other_database_cannot_hold_is_told(school: School, tmp_path: Path) -> None:
    url = current().url
    configure(f"sqlite:///{tmp_path / 'odd.db'}")
    from quizengine.database import migrate

    migrate(current().url)
    with transaction() as session:
        accounts.create_organisation(session, kind="school", name_en="a\0b", name_zh="校", now=NOW)
    write_backup(tmp_path / "b")
    configure(url)
    before = sums()
    with pytest.raises(InvalidInput, match="backup-cannot-store"):
        restore_backup(tmp_path / "b", replace=True)
    assert sums() == before


def test_the_commands_write_and_restore_and_say_what_is_wrong(
    app: Flask, school: School, tmp_path: Path
) -> None:
    file = str(tmp_path / "x.backup")
    run = app.test_cli_runner().invoke
    assert "rows of" in run(args=["backup", file]).output
    again = run(args=["backup", file])
    assert again.exit_code == 1
    assert "exists already" in again.output
    refused = run(args=["restore", file])
    assert refused.exit_code == 1
    assert "--replace" in refused.output
    done = run(args=["restore", file, "--replace"])
    assert done.exit_code == 0, done.output
    assert "every checksum equal" in done.output
    Path(file).write_bytes(b"no backup")
    assert "not a backup" in run(args=["restore", file]).output


def test_the_command_names_the_first_broken_event(app: Flask, school: School) -> None:
    run = app.test_cli_runner().invoke
    for number in range(4):
        with transaction() as session:
            audit.record(session, action="x", subject="claim", subject_id=number, now=NOW)
    whole = run(args=["audit", "verify"])
    assert whole.exit_code == 0
    assert "the chain is whole" in whole.output
    last = whole.output.split()[-1]
    assert run(args=["audit", "verify", "--contains", last]).exit_code == 0
    with transaction() as session:
        audit.lift_guard(session.connection())
        newest = audit.last_link(session)[0]
        session.execute(text("delete from audit_event where id = :id"), {"id": newest})
    shorter = run(args=["audit", "verify", "--contains", last])
    assert shorter.exit_code == 1
    assert "were removed" in shorter.output
    with transaction() as session:
        session.execute(text("update audit_event set reason = 'other' where id = 2"))
    broken = run(args=["audit", "verify"])
    assert broken.exit_code == 1
    assert "Broken at event 2" in broken.output


@BOTH
def test_bytes_and_asset_names_come_back(school: School, tmp_path: Path) -> None:
    odd_rows(school)
    write_backup(tmp_path / "b")
    restore_backup(tmp_path / "b", replace=True)
    with reading() as session:
        assert session.get_one(Asset, "0" * 64).data == bytes(range(256))
        assert base64.b64encode(session.get_one(Asset, "Ab").data) == b"Cg=="
        assert session.scalar(select(func.count()).select_from(Item)) == 30
        assert inspect(current().reader).get_table_names()
        store.get_bank(session, school.bank_id, organisation_id=school.organisation_id)
