"""`flask banks check|import|export` as an administrator uses them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from itembank.formats.native import read_native, write_native_folder
from quizengine.banks.service import exports
from quizengine.banks.tables import Bank, ItemVersion
from quizengine.banks.tables import Item as ItemRow
from quizengine.database import reading


@pytest.fixture
def run(app: Flask, school: Any) -> Any:
    """Runs `flask banks ...` on the bank "tst" of the school."""
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["banks", *map(str, words)])


def bank_of(school: Any) -> Any:
    with reading() as session:
        return exports.read_bank(session, school.bank_id)


def count_of(model: Any) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def write_csv(path: Path, *rows: tuple[str, ...]) -> Path:
    target = io.StringIO(newline="")
    header = ("id", "question", "A", "B", "C", "D", "answer", "competency")
    csv.writer(target).writerows([header, *rows])
    path.write_text(target.getvalue(), encoding="utf-8")
    return path


def test_a_sound_bank_passes_the_check(run: Any, school: Any, tmp_path: Path) -> None:
    write_native_folder(bank_of(school), tmp_path / "bank")
    result: Result = run("check", tmp_path / "bank")
    assert "0 errors" in result.output
    assert result.exit_code == 0


def test_a_check_with_errors_ends_with_1(run: Any, school: Any, tmp_path: Path) -> None:
    write_native_folder(bank_of(school), tmp_path / "bank")
    file = tmp_path / "bank" / "items" / "A1.json"
    items = json.loads(file.read_text())
    items[0]["figures"] = [{"asset": "figures/none.png"}]
    file.write_text(json.dumps(items))
    result = run("check", tmp_path / "bank")
    assert "figures/none.png is not in the bank" in result.output
    assert result.exit_code == 1
    file.write_text("[")
    broken = run("check", tmp_path / "bank")
    assert "JSON cannot be read" in broken.output
    assert broken.exit_code == 1


def test_a_table_is_checked_against_a_bank(run: Any, tmp_path: Path) -> None:
    good = ("", "What is a voxel?", "1", "2", "3", "4", "B", "A1")
    file = write_csv(tmp_path / "q.csv", good, (*good[:-1], "Cookery"))
    assert "add --bank CODE" in run("check", file).output
    result = run("check", file, "--bank", "tst")
    assert "1 of 2 rows are ready" in result.output
    assert "error: 3: “Cookery” is not a competency" in result.output
    assert result.exit_code == 1
    assert "There are: tst" in run("check", file, "--bank", "nothing").output


@pytest.mark.parametrize("ending", ["zip", "csv", "xlsx"])
def test_what_was_exported_imports_as_unchanged(
    run: Any, school: Any, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"bank.{ending}"
    assert run("export", "tst", path).exit_code == 0
    before = count_of(ItemVersion)
    result = run("import", path, "--bank", "tst")
    assert "unchanged: 30" in result.output
    assert result.exit_code == 0
    assert count_of(ItemVersion) == before
    if ending == "zip":
        assert read_native(path) == bank_of(school)


def test_a_table_is_imported_whole_or_not_at_all(run: Any, tmp_path: Path) -> None:
    good = ("X-1", "What is a voxel?", "1", "2", "3", "4", "B", "A1")
    bad = ("X-2", "What is a pixel?", "1", "2", "3", "4", "F", "A1")
    before = count_of(ItemRow)
    result = run("import", write_csv(tmp_path / "q.csv", good, bad), "--bank", "tst")
    assert "nothing was imported" in result.output
    assert "G3: The answer “F” points beyond" in result.output
    assert result.exit_code == 1
    assert count_of(ItemRow) == before
    result = run("import", write_csv(tmp_path / "q.csv", good), "--bank", "tst")
    assert "1 items added" in result.output
    assert count_of(ItemRow) == before + 1


def test_a_bank_file_becomes_a_new_bank(run: Any, school: Any, tmp_path: Path) -> None:
    run("export", "tst", tmp_path / "bank")
    head = json.loads((tmp_path / "bank" / "bank.json").read_text())
    assert "already a bank" in run("import", tmp_path / "bank", "--new").output
    (tmp_path / "bank" / "bank.json").write_text(json.dumps({**head, "code": "second"}))
    result = run("import", tmp_path / "bank", "--new")
    assert result.exit_code == 0, result.output
    with reading() as session:
        bank = session.scalars(select(Bank).where(Bank.code == "second")).one()
        assert exports.read_bank(session, bank.id).items == bank_of(school).items


def test_a_changed_bank_file_brings_new_versions(run: Any, tmp_path: Path) -> None:
    run("export", "tst", tmp_path / "bank")
    file = tmp_path / "bank" / "items" / "A1.json"
    items = json.loads(file.read_text())
    items[0]["stem"]["en"] = "Asked in another way. Which one is right?"
    file.write_text(json.dumps(items))
    before = count_of(ItemVersion)
    result = run("import", tmp_path / "bank", "--bank", "tst")
    assert "new-version: 1, unchanged: 29" in result.output
    assert count_of(ItemVersion) == before + 1


def test_wrong_words_get_a_sentence(run: Any, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "q.csv")
    assert "either --bank CODE or --new" in run("import", file).output
    assert "no blueprint" in run("import", file, "--new").output
    assert ".zip, .csv, .xlsx" in run("export", "tst", tmp_path / "bank.pdf").output
    text = tmp_path / "notes.json"
    text.write_text('{"a": 1}')
    result = run("import", text, "--bank", "tst")
    assert "JSON without questions" in result.output
    assert result.exit_code == 1


def test_any_question_file_is_imported_and_any_format_written(
    run: Any, school: Any, tmp_path: Path
) -> None:
    gift = tmp_path / "q.gift"
    gift.write_text("::V:: What is a voxel? {=A volume element ~A coil ~A gate}\n")
    assert "competency is missing" in run("import", gift, "--bank", "tst").output
    result = run("import", gift, "--bank", "tst", "--competency", "A1")
    assert "1 items added" in result.output
    for name in ("q.gift", "q.xml", "q.txt", "q.xlsx"):
        result = run("export", "tst", tmp_path / f"out-{name}")
        assert "31 items" in result.output
        assert (tmp_path / f"out-{name}").stat().st_size
    result = run("export", "tst", tmp_path / "qti.zip", "--format", "qti3")
    assert result.exit_code == 0
