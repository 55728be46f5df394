"""Question files of every kind through the pages: found by content, placed, compared, stored."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from itembank.item import content_hash, item_from_native
from quizengine import jobs as job_queue
from quizengine.banks.service import exports, imports
from quizengine.banks.tables import Import, ImportPicture, ImportRow, ItemVersion
from quizengine.banks.tables import Item as ItemRow
from quizengine.database import reading

Open = Callable[[str], Any]
SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples"

GIFT = """$CATEGORY: $course$/top/Area A2

::Voxel::What is a voxel?{=A volume element ~A picture element ~A coil ~A gate}

::Order:: What is {#5:1} plus five?

::Essay::Describe the tube.{}
"""
AIKEN = "What is a pixel?\nA. A picture element\nB. A coil\nANSWER: A\n"
MOODLE = """<?xml version="1.0" encoding="UTF-8"?>
<quiz>
<question type="category"><category><text>$course$/Cookery</text></category></question>
<question type="truefalse"><name><text>TF</text></name>
<questiontext format="html"><text>Lead absorbs X-rays.</text></questiontext>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>
</question>
<question type="essay"><name><text>E</text></name>
<questiontext format="html"><text>Write.</text></questiontext></question>
</quiz>
"""


def png(size: tuple[int, int] = (8, 8), colour: str = "red") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    return target.getvalue()


def zipped(**files: bytes | str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return target.getvalue()


def send(browser: Any, bank_id: int, data: bytes, name: str = "file", **more: str) -> str:
    response = browser.post(
        f"/banks/{bank_id}/imports",
        {"file": (io.BytesIO(data), name), **more},
        content_type="multipart/form-data",
    )
    assert response.status_code == 303, response.get_data(as_text=True)
    assert job_queue.run_one()
    return str(response.headers["Location"])


def newest() -> Import:
    with reading() as session:
        return session.scalars(select(Import).order_by(Import.id.desc())).first()  # type: ignore[return-value]


def rows() -> list[ImportRow]:
    with reading() as session:
        query = select(ImportRow).where(ImportRow.import_id == newest().id)
        return list(session.scalars(query.order_by(ImportRow.position)))


def page(browser: Any, address: str) -> str:
    response = browser.get(address)
    assert response.status_code == 200
    return str(response.get_data(as_text=True))


def test_gift_is_known_by_its_content_and_every_question_is_stored_or_listed(
    browser_of: Open, school: Any
) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, GIFT.encode(), "questions.xlsx")
    found = {row.stem or row.place: row.outcome for row in rows()}
    assert list(found.values()).count("new") == 2
    assert list(found.values()).count("rejected") == 1
    text = page(browser, report)
    assert "GIFT" in text
    assert "2 of 3 rows are ready" in text
    assert "Describe the tube" in text or "Essay" in text
    assert {row.competency for row in rows() if row.content} == {"A2"}  # named by its category
    assert browser.get(f"{report}/rejected.xlsx").status_code == 200
    browser.post(f"{report}/commit")
    assert newest().status == imports.COMMITTED
    with reading() as session:
        stored = session.scalars(select(ItemVersion).order_by(ItemVersion.id.desc()).limit(2))
        types = {item_from_native(one.content).type for one in stored}
    assert types == {"single_best", "numeric"}
    again = send(browser, school.bank_id, GIFT.encode())
    assert [row.outcome for row in rows()].count("unchanged") == 2
    assert "no row is ready" in page(browser, again)


def test_a_category_is_placed_once_and_remembered(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, MOODLE.encode())
    assert sorted(row.outcome for row in rows()) == ["rejected", "unplaced"]
    assert "Cookery" in page(browser, report)
    category = newest().summary["categories"][0]
    assert category["count"] == 1
    browser.post(f"{report}/places", {"category": category["name"], "place": "A1/A1.2"})
    assert job_queue.run_one()
    placed = next(row for row in rows() if row.content)
    assert (placed.outcome, placed.content["sub_topic"]) == ("new", "A1.2")  # type: ignore[index]
    browser.post(f"{report}/commit")

    other = MOODLE.replace("Lead absorbs X-rays.", "The anode is the positive pole of the tube.")
    send(browser, school.bank_id, other.encode())
    assert [row.outcome for row in rows() if row.content] == ["new"]


def test_a_single_row_is_placed(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, (AIKEN + "\n" + AIKEN.replace("pixel", "dB")).encode())
    assert [row.outcome for row in rows()] == ["unplaced", "unplaced"]
    assert browser.post(f"{report}/places", {"row-place-2": "Z9"}).status_code == 422
    browser.post(f"{report}/places", {"row-place-2": "A3"})
    assert job_queue.run_one()
    assert [row.outcome for row in rows()] == ["unplaced", "new"]
    assert rows()[1].competency == "A3"


def test_a_row_can_be_left_out_of_the_commit(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, GIFT.encode())
    positions = [row.position for row in rows() if row.outcome == "new"]
    form = {"offer": [str(one) for one in positions], f"take-{positions[0]}": "1"}
    browser.post(f"{report}/choices", form)
    assert "1 of 3 rows are ready" in page(browser, report)
    browser.post(f"{report}/commit", form)
    assert [bool(row.item_id) for row in rows() if row.position in positions] == [True, False]
    assert "Left out" in page(browser, report)


def test_pictures_of_a_zip_are_written_anew_and_named_when_unused(
    browser_of: Open, school: Any
) -> None:
    browser = browser_of("instructor")
    table = (
        "id,question,A,B,answer,competency,image,image alt\n"
        "P-1,What is shown?,one,two,A,A1,shown.gif,A red square\n"
        "P-2,What is missing?,one,two,A,A1,none.png,Nothing\n"
        "P-3,What is huge?,one,two,A,A1,huge.png,Huge\n"
    )
    gif = io.BytesIO()
    Image.new("P", (5, 5)).save(gif, "GIF")
    wide = png((8, 8)).replace((8).to_bytes(4, "big") * 2, (50_000).to_bytes(4, "big") * 2, 1)
    data = zipped(table__csv=table, shown__gif=gif.getvalue(), huge__png=wide, other__png=png())
    report = send(browser, school.bank_id, data)
    assert [row.outcome for row in rows()] == ["new", "rejected", "rejected"]
    text = page(browser, report)
    for words in ("none.png", "huge.png", "other.png", "in no question", "4000 pixels"):
        assert words in text
    with reading() as session:
        picture = session.scalars(select(ImportPicture)).one()
    shown = browser.get(f"{report}/pictures/{picture.sha256}")
    assert shown.data.startswith(b"\x89PNG")
    browser.post(f"{report}/commit")
    with reading() as session:
        item = session.scalars(select(ItemRow).where(ItemRow.code == "P-1")).one()
        assert session.scalars(select(ImportPicture)).all() == []
    assert picture.sha256 in page(browser, f"/items/{item.id}")


def test_a_dicom_picture_loses_its_names(browser_of: Open, school: Any) -> None:
    table = (
        "id,question,A,B,answer,competency,image,image alt\n"
        "D-1,What is shown?,one,two,A,A1,scan.dcm,A scan\n"
    )
    data = zipped(table__csv=table, scan__dcm=dicom_file())
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, data)
    assert [row.outcome for row in rows()] == ["new"]
    text = page(browser, report)
    assert "PatientName" in text
    assert "Zhang" not in text
    with reading() as session:
        picture = session.scalars(select(ImportPicture)).one()
        stored = session.scalar(select(ImportPicture.data))
    assert picture.name == "figures/scan-dcm.png"
    assert stored is not None
    assert b"Zhang" not in stored
    with Image.open(io.BytesIO(stored)) as image:
        assert image.size == (16, 12)
        assert image.getpixel((0, 0)) == 0
        assert image.getpixel((15, 11)) == 255


def dicom_file(columns: int = 16, rows: int = 12) -> bytes:
    """A small grey image with a patient's name."""
    import numpy as np
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    file.PatientName, file.PatientID = "Zhang^San", "12345"
    file.Rows, file.Columns, file.SamplesPerPixel = rows, columns, 1
    file.PhotometricInterpretation = "MONOCHROME2"
    file.BitsAllocated, file.BitsStored, file.HighBit, file.PixelRepresentation = 16, 12, 11, 0
    if columns * rows < 10_000:
        pixels = np.linspace(0, 4000, rows * columns).astype(np.uint16)
    else:
        pixels = np.zeros(4, np.uint16)
    file.PixelData = pixels.tobytes()
    target = io.BytesIO()
    file.save_as(target, enforce_file_format=True)
    return target.getvalue()


@pytest.mark.parametrize("format_", exports.FORMATS)
def test_an_export_of_every_format_is_imported_again(
    browser_of: Open, school: Any, format_: str
) -> None:
    browser = browser_of("instructor")
    address = f"/banks/{school.bank_id}/export"
    tongue = "zh" if format_ == exports.AIKEN else "both"
    assert page(browser, f"{address}?format={format_}&language={tongue}")
    made = browser.get(f"{address}/file?format={format_}&language={tongue}")
    assert made.status_code == 200
    send(browser, school.bank_id, made.data, default_competency="A1")
    outcomes = {row.outcome for row in rows()}
    assert len(rows()) == 30
    if format_ != exports.AIKEN:  # which has no ids, competencies or second language
        assert outcomes == {"unchanged"}
        kept = {content_hash(item_from_native(row.content)) for row in rows()}
        assert len(kept) == 30


def test_what_a_format_cannot_carry_is_on_the_page_and_in_the_file(
    browser_of: Open, school: Any
) -> None:
    browser = browser_of("instructor")
    address = f"/banks/{school.bank_id}/export"
    text = page(browser, f"{address}?format=aiken")
    assert "not carried" in text
    made = browser.get(f"{address}/file?format=aiken")
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        assert "not-carried.md" in archive.namelist()
        assert "tst.txt" in archive.namelist()
    usage = browser.get(f"{address}/file?format=qti3")
    with zipfile.ZipFile(io.BytesIO(usage.data)) as archive:
        assert "usage-data.xml" in archive.namelist()
    assert browser_of("away-instructor").get(address).status_code == 404
    assert browser_of("student").get(address).status_code == 403


def test_a_table_whose_columns_nobody_knows_can_be_mapped(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    data = b"Frage;Eins;Zwei;Loesung\nWas ist CT?;Scan;Ton;Eins\nWas ist US?;Scan;Ton;Zwei\n"
    report = send(browser, school.bank_id, data)
    assert [row.outcome for row in rows()] == ["rejected", "rejected"]
    assert "columns are not known" in page(browser, report)
    form = {
        "column": ["Frage", "Eins", "Zwei", "Loesung"],
        "field": ["stem", "option_A", "option_B", "answer"],
        "default_competency": "A1",
    }
    browser.post(f"{report}/read", form)
    assert job_queue.run_one()
    assert len(rows()) == 2
    assert {row.competency for row in rows() if row.content} <= {"A1"}


def test_nearly_the_same_words_wait_for_a_choice(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    stem = "A bright band deep to a {} on an ultrasound image of the liver is called what exactly?"
    table = "id,question,A,B,C,answer,competency\nS-{0},{1},Enhancement,Shadowing,Noise,A,A1\n"
    first = send(browser, school.bank_id, table.format(1, stem.format("cyst")).encode())
    browser.post(f"{first}/commit")
    report = send(browser, school.bank_id, table.format(2, stem.format("big cyst")).encode())
    assert [row.outcome for row in rows()] == ["duplicate"]
    text = page(browser, report)
    assert "percent of the words are those of S-1" in text
    assert "New version of S-1" in text
    browser.post(f"{report}/commit", {"choice-1": "version"})
    with reading() as session:
        item = session.scalars(select(ItemRow).where(ItemRow.code == "S-1")).one()
    assert item.latest_number == 2


def files_of(folder: Path) -> list[Path]:
    kinds = ("aiken", "gift", "moodle_xml", "qti12", "qti21", "qti22", "qti30", "qti_packages")
    return [
        path
        for kind in (*kinds, "tabular")
        for path in sorted((folder / kind).rglob("*"))
        if path.is_file()
    ]


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")
def test_every_sample_is_stored_and_reported(school: Any) -> None:
    from itembank.errors import FINDINGS, ItemBankError
    from quizengine.banks.service.import_reading import Request, read_source, to_json
    from quizengine.banks.service.import_rows import index_of
    from quizengine.banks.service.import_staging import error_file, stage_rows
    from quizengine.messages import MESSAGES
    from tests.quizengine.conftest import make_bank

    request = Request("sample", make_bank().blueprint, {"default_competency": "A1"}, {})
    read = 0
    for path in files_of(SAMPLES):
        try:
            found = read_source(path.read_bytes(), request)
        except ItemBankError as error:
            assert error.code in FINDINGS or error.code in MESSAGES, path
            continue
        shown = json.loads(json.dumps(to_json(found)))
        assets = {one["stored_as"]: one["sha256"] for one in found.pictures.stored}
        staged = stage_rows(shown["rows"], index_of([]), assets)
        assert len(staged) == len(found.rows), path
        for one in staged:
            errors = [note for note in one["findings"] if note["severity"] == "error"]
            assert bool(one["content"]) != bool(errors), (path, one)
        error_file(shown["rows"], staged, shown["sheets"])
        read += len(staged)
    assert read > 300


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")
def test_a_sample_of_every_folder_goes_through_the_pages(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    first_of: dict[Path, Path] = {}
    for path in files_of(SAMPLES):
        first_of.setdefault(path.parent, path)
    for path in first_of.values():
        report = send(
            browser, school.bank_id, path.read_bytes(), path.name, default_competency="A1"
        )
        assert newest().status in (imports.READY, imports.UNREADABLE), path
        for language in ("en", "zh"):
            browser.client.set_cookie("language", language)
            assert page(browser, report), path
