"""Files as they come: encodings, delimiters, wrong kinds, hostile ones. Never a bare exception."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from itembank.blueprint import Blueprint, Competency, Profile
from itembank.errors import ItemBankError, sentence
from itembank.formats.table import error_workbook, read_table
from itembank.item import Text, item_from_native

BLUEPRINT = Blueprint(
    competencies=(Competency(code="R1", name=Text(en="Care")),),
    profiles=(Profile(code="UNI", weights={"R1": 100}),),
)
SIMPLIFIED = "题干,选项A,选项B,选项C,答案\n吸收剂量的单位是什么？,戈瑞,希沃特,赫兹,A\n"
TRADITIONAL = "題目,選項A,選項B,選項C,答案\n吸收劑量的單位是什麼？,戈雷,西弗,赫茲,A\n"
WESTERN = "question,A,B,C,answer\nWhich is the café’s dose in µGy?,déjà,naïve,zéro,A\n"


def read(data, **options):
    return read_table(data, "file", blueprint=BLUEPRINT, default_competency="R1", **options)


@pytest.mark.parametrize(
    ("text", "encoding", "guess"),
    [
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8-sig"),
        (SIMPLIFIED, "utf-16", "utf-16"),
        (SIMPLIFIED, "utf-16-le", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
        (SIMPLIFIED, "gb18030", "gb18030"),
        (SIMPLIFIED, "gbk", "gb18030"),
        (TRADITIONAL, "big5", "big5"),
        (WESTERN, "cp1252", "cp1252"),
        (WESTERN, "utf-16", "utf-16"),
    ],
)
def test_an_encoding_is_recognised_and_nothing_is_garbled(text, encoding, guess):
    report = read(text.encode(encoding))
    assert report.encoding == guess
    (row,) = report.rows
    stem = item_from_native(row.item).stem
    assert stem.get("zh") == text.split("\n")[1].split(",")[0]


def test_a_guessed_encoding_is_reported_and_can_be_chosen():
    data = SIMPLIFIED.encode("gb18030")
    assert "encoding-guessed" in [finding.code for finding in read(data).findings]
    chosen = read(data, encoding="gbk")
    assert chosen.encoding == "gbk"
    assert "encoding-guessed" not in [finding.code for finding in chosen.findings]
    with pytest.raises(ItemBankError, match="encoding-unknown"):
        read(data, encoding="utf-8")
    with pytest.raises(ItemBankError, match="encoding-unknown"):
        read(data, encoding="no-such-encoding")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_delimiter_is_recognised(delimiter):
    text = "question,A,B,answer\nUnit of 1.5 m; or dose?,gray,hertz,A\n"
    rows = [line.split(",") for line in text.splitlines()]
    data = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    report = read(data.encode())
    assert report.delimiter == delimiter
    assert report.rows[0].item["stem"] == {"en": "Unit of 1.5 m; or dose?"}


def test_the_line_excel_writes_for_its_delimiter_is_obeyed():
    assert read(b"sep=;\nquestion;A;B;answer\nUnit?;gray;hertz;A\n").rows[0].accepted


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(end):
    text = "question,A,B,answer\nUnit?,gray,hertz,A\n\nDose?,gray,hertz,A".replace("\n", end)
    report = read(text.encode())
    assert [row.row for row in report.rows] == [2, 4]
    assert report.empty_rows == 1


def test_a_line_break_inside_quotation_marks_does_not_count_as_a_row():
    report = read(b'question,A,B,answer\n"Unit\nof dose?",gray,hertz,A\nDose?,gray,hertz,B\n')
    assert [row.row for row in report.rows] == [2, 3]


def test_an_open_quotation_mark_is_refused_before_it_swallows_rows():
    with pytest.raises(ItemBankError) as caught:
        read(b'question,A,B,answer\nUnit?,gray,hertz,A\n"Dose?,gray,hertz,B\nX?,a,b,A\n')
    assert (caught.value.code, caught.value.details["row"]) == ("csv-quote-open", 3)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (b" \n\n ", "file-empty"),
        (b",,,\n,,,\n", "file-empty"),
        (b'{"question": "x"}', "not-a-table"),
        (b"<html><table><tr><td>question</td></tr></table>", "not-a-table"),
        (b"<?xml version='1.0'?><quiz/>", "not-a-table"),
        (b"%PDF-1.7", "not-a-table"),
        (b"\x89PNG\r\n\x1a\n", "not-a-table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "xls-old"),
        (b"PK\x03\x04 not really", "zip-broken"),
        (bytes(range(256)) * 4, "not-a-table"),
        (b"just,some,words\nand,more,words\n", "header-missing"),
    ],
)
def test_what_is_not_a_table_is_refused_with_a_sentence(data, code):
    with pytest.raises(ItemBankError) as caught:
        read(data)
    assert caught.value.code == code
    assert sentence(caught.value, "en")
    assert sentence(caught.value, "zh")


def workbook_with(change):
    """A workbook whose files `change` (a dictionary of name -> bytes) has altered."""
    book = Workbook()
    book.active.append(["question", "A", "B", "answer"])
    book.active.append(["Unit?", "gray", "hertz", "A"])
    plain, target = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as source:
        files = {name: source.read(name) for name in source.namelist()}
    change(files)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def far_cell(files):
    files[SHEET] = files[SHEET].replace(b"</sheetData>", FAR + b"</sheetData>")


FAR = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>'


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda files: files.update({"xl/vbaProject.bin": b"x"}), "workbook-macros"),
        (lambda files: files.update({SHEET: b"<!DOCTYPE x>" + files[SHEET]}), "workbook-unsafe"),
        (lambda files: files.update({"../../etc/x": b"x"}), "zip-path"),
        (lambda files: files.update({"xl/bomb.xml": bytes(20_000_000)}), "zip-ratio"),
        (lambda files: files.update({"xl/big.xml": bytes(101_000_000)}), "zip-too-large"),
        (
            lambda files: files.update({f"xl/x{i}.xml": b"" for i in range(1_001)}),
            "zip-too-many-entries",
        ),
        (lambda files: files.update({SHEET: b"<worksheet><sheetData><row"}), "workbook-broken"),
        (lambda files: files.pop("xl/workbook.xml"), "workbook-broken"),
        (far_cell, "workbook-too-wide"),
    ],
)
def test_a_hostile_or_broken_workbook_is_refused(change, code):
    with pytest.raises(ItemBankError) as caught:
        read(workbook_with(change))
    assert caught.value.code == code


def test_the_workbook_of_these_tests_is_sound_without_a_change():
    assert read(workbook_with(lambda files: None)).rows[0].accepted


def test_too_many_rows_are_refused():
    with pytest.raises(ItemBankError, match="too-many-rows"):
        read(b"question,A,B,answer\n" + b"x,a,b,A\n" * 50_001)


def test_a_hidden_sheet_is_left_out_and_said_so():
    book = Workbook()
    book.active.append(["question", "A", "B", "answer"])
    book.active.append(["Unit?", "gray", "hertz", "A"])
    hidden = book.create_sheet("lists")
    hidden.append(["question", "A", "B", "answer"])
    hidden.sheet_state = "hidden"
    target = io.BytesIO()
    book.save(target)
    report = read(target.getvalue())
    assert len(report.rows) == 1
    assert [finding.code for finding in report.findings] == ["sheet-hidden"]


@settings(deadline=None, max_examples=300)
@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_with_a_code(data):
    read_or_refuse(data)


cells = st.sampled_from(
    ["", "question", "题干", "A", "B", "选项C", "answer", "答案", "AC", "0", "1", "√", "#", "x" * 9,
     "=1", '"', "解析A",
     "单选题", "options", "A.x B.y", "['a'", "\ufffd", "\x00", "{}", "isCorrect1"]
)  # fmt: skip
tables = st.lists(st.lists(cells, max_size=8), max_size=8)


@settings(deadline=None, max_examples=300)
@given(table=tables)
def test_any_table_is_read_or_refused_with_a_code(table):
    read_or_refuse("\n".join(",".join(row) for row in table).encode())


def read_or_refuse(data):
    report, refusal = None, None
    try:
        report = read(data)
    except ItemBankError as error:
        refusal = error
    if report is None:
        assert sentence(refusal, "en")
        assert sentence(refusal, "zh")
    else:
        check_counts(report)
        error_workbook(report)


def check_counts(report):
    """Nothing is lost: every row is empty, a title or header, left out, accepted or rejected."""
    assert len(report.rows) == len(report.accepted) + len(report.rejected)
    for row in report.rows:
        errors = [finding for finding in row.findings if finding.severity == "error"]
        assert bool(errors) != row.accepted
        for finding in row.findings:
            assert sentence(finding, "en")
            assert sentence(finding, "zh")


SAMPLES = Path(os.environ.get("SAMPLES", Path(__file__).parents[4] / "shared" / "samples"))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample files beside the project")
def test_every_row_of_the_real_tables_is_accepted_or_rejected():
    for path in sorted((SAMPLES / "tabular").rglob("*.csv")):
        data = path.read_bytes()
        report = read(data)
        check_counts(report)
        assert len(report.rows) == len(data.decode().strip().splitlines()) - 1, path.name
        assert report.answer_base == 0
        assert not report.rejected


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample files beside the project")
def test_every_other_real_file_is_refused_with_a_code():
    for path in sorted(SAMPLES.rglob("*")):
        if path.is_file() and path.suffix != ".csv":
            read_or_refuse(path.read_bytes())
