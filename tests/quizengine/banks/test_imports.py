"""From an uploaded question file to items: what is read, shown, stored, and who may do it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from itembank.bank import ItemBank
from itembank.formats.table import read_table, write_table
from itembank.item import content_hash, item_from_native
from quizengine import jobs as job_queue
from quizengine.banks.service import imports, store
from quizengine.banks.service.import_commit import commit_import, plan_commit
from quizengine.banks.service.import_reading import Request, read_source, to_json
from quizengine.banks.service.import_rows import (
    OUTCOMES,
    CodeMaker,
    KnownItem,
    differing_parts,
    index_of,
)
from quizengine.banks.service.import_staging import stage_rows
from quizengine.banks.tables import Bank, Import, ImportRow, ItemVersion
from quizengine.banks.tables import Item as ItemRow
from quizengine.database import reading, transaction, utcnow
from quizengine.jobs import Job

Open = Callable[[str], Any]

CHINESE = (
    ("题干", "选项A", "选项B", "选项C", "选项D", "答案", "能力项", "解析"),
    ("CT 值的单位是什么？", "HU", "Gy", "Sv", "keV", "A", "领域 A1", "亨氏单位。"),
    ("平片中骨骼为何呈白色？", "吸收更多", "反射", "发光", "散射", "A", "A2", "衰减大。"),
    ("距离加倍，剂量率变为？", "1/2", "1/4", "1/8", "不变", "B", "A3", "平方反比定律。"),
)
ENGLISH = ("id", "question", "A", "B", "C", "D", "answer", "competency")


def workbook(rows: Sequence[Sequence[str]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def table(*rows: Sequence[str], header: Sequence[str] = ENGLISH) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerows([header, *rows])
    return target.getvalue().encode()


def row(code: str, stem: str, *, key: str = "B", competency: str = "A1") -> tuple[str, ...]:
    return (code, stem, "one", "two", "three", "four", key, competency)


def send(browser: Any, bank_id: int, data: bytes, name: str = "q.csv", **more: str) -> str:
    """Upload a file and let the worker read it; the address of its report."""
    response = browser.post(
        f"/banks/{bank_id}/imports",
        {"file": (io.BytesIO(data), name), **more},
        content_type="multipart/form-data",
    )
    assert response.status_code == 303, response.get_data(as_text=True)
    assert job_queue.run_one()
    return str(response.headers["Location"])


def only_import() -> Import:
    with reading() as session:
        return session.scalars(select(Import).order_by(Import.id.desc())).first()  # type: ignore[return-value]


def outcomes(import_id: int | None = None) -> list[tuple[int, str]]:
    with reading() as session:
        query = select(ImportRow.row, ImportRow.outcome).order_by(ImportRow.position)
        query = query.where(ImportRow.import_id == (import_id or only_import().id))
        return [(number, outcome) for number, outcome in session.execute(query)]


def count_of(model: Any) -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def text_of(response: TestResponse) -> str:
    assert response.status_code == 200, response.get_data(as_text=True)
    return response.get_data(as_text=True)


def test_a_chinese_workbook_becomes_items(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    before = count_of(ItemRow)
    report = send(browser, school.bank_id, workbook(CHINESE), "题目.xlsx")
    page = text_of(browser.get(report))
    assert "3 of 3 rows are ready" in page
    assert "CT 值的单位是什么？" in page
    assert "Import 3 rows" in page

    assert browser.post(f"{report}/commit").status_code == 303

    page = text_of(browser.get(report))
    assert "3 rows were imported" in page
    assert "See A3-101" in page
    assert count_of(ItemRow) == before + 3
    with reading() as session:
        stored = session.scalars(select(ItemVersion).order_by(ItemVersion.id.desc())).first()
        assert stored is not None
        item = item_from_native(stored.content)
    assert item.id == "A3-101"
    assert item.stem.zh == "距离加倍，剂量率变为？"
    assert item.key == {"b"}
    assert item.choices[1].reason.zh == "平方反比定律。"
    assert stored.created_by == school.instructor_id


def test_the_dry_run_saves_no_item(browser_of: Open, school: Any) -> None:
    before = count_of(ItemRow), count_of(ItemVersion)
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, table(row("", "What is a voxel?")))
    text_of(browser.get(report))
    assert (count_of(ItemRow), count_of(ItemVersion)) == before


def test_pressing_import_twice_stores_once(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, table(row("X-1", "What is a voxel?")))
    assert browser.post(f"{report}/commit").status_code == 303
    after = count_of(ItemRow), count_of(ItemVersion)
    assert browser.post(f"{report}/commit").status_code == 303
    assert (count_of(ItemRow), count_of(ItemVersion)) == after


def test_the_same_file_again_changes_nothing(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    data = table(row("", "What is a voxel?"), row("X-2", "What is a pixel?"))
    report = send(browser, school.bank_id, data)
    browser.post(f"{report}/commit")
    again = send(browser, school.bank_id, data)
    assert outcomes() == [(2, "unchanged"), (3, "unchanged")]
    assert "no row is ready" in text_of(browser.get(again))
    assert browser.post(f"{again}/commit").status_code == 409


def test_a_changed_question_becomes_a_new_version(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, table(row("X-1", "What is a voxel?")))
    browser.post(f"{report}/commit")
    items = count_of(ItemRow)
    report = send(browser, school.bank_id, table(row("X-1", "What is a voxel?", key="C")))
    assert outcomes() == [(2, "new-version")]
    page = text_of(browser.get(report))
    assert "Differs from X-1: right answer." in page
    browser.post(f"{report}/commit")
    assert count_of(ItemRow) == items
    with reading() as session:
        found = session.scalars(select(ItemRow).where(ItemRow.code == "X-1")).one()
        versions = session.scalars(
            select(ItemVersion).where(ItemVersion.item_id == found.id).order_by(ItemVersion.number)
        ).all()
    assert [item_from_native(one.content).key for one in versions] == [{"b"}, {"c"}]
    assert found.latest_number == 2


def test_a_bad_row_does_not_lose_the_good_ones(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    data = table(
        row("X-1", "What is a voxel?"),
        row("X-2", "What is a pixel?", key="F"),
        row("X-3", "", key="A"),
        row("X-4", "What is a sievert?", competency="Cookery"),
    )
    report = send(browser, school.bank_id, data)
    assert outcomes() == [(2, "new"), (3, "rejected"), (4, "rejected"), (5, "unplaced")]
    page = text_of(browser.get(report))
    assert "points beyond the 4 options" in page
    assert "Column G" in page
    assert "is not a competency of this bank" in page
    browser.post(f"{report}/commit")
    with reading() as session:
        codes = session.scalars(select(ItemRow.code).where(ItemRow.code.like("X-%"))).all()
        assert codes == ["X-1"]
    assert "points beyond the 4 options" in text_of(browser.get(f"{report}?show=rejected"))


def test_rejected_rows_come_back_as_a_workbook_that_can_be_sent_again(
    browser_of: Open, school: Any
) -> None:
    browser = browser_of("instructor")
    data = table(row("X-1", "What is a voxel?"), row("X-2", "What is a pixel?", key="F"))
    report = send(browser, school.bank_id, data)
    response = browser.get(f"{report}/rejected.xlsx")
    assert response.status_code == 200
    book = load_workbook(io.BytesIO(response.data))
    sheet = book.worksheets[0]
    assert sheet.max_row == 2
    assert "answer-out-of-range" in str(sheet["A2"].value)
    column = [cell.value for cell in sheet[1]].index("answer") + 1
    sheet.cell(2, column).value = "D"
    target = io.BytesIO()
    book.save(target)
    send(browser, school.bank_id, target.getvalue(), "again.xlsx")
    assert [outcome for _, outcome in outcomes()] == ["new"]


def test_a_file_without_rejected_rows_has_no_workbook_of_them(
    browser_of: Open, school: Any
) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, table(row("X-1", "What is a voxel?")))
    assert browser.get(f"{report}/rejected.xlsx").status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"id": "1", "question": "Q"}', "not a table (it looks like json)"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 100, "old Excel file"),
        (b"PK\x03\x04 nothing that can be unpacked", "cannot be unpacked"),
        (b'stem,answer\n"open,A\nmore,B\n', "never closes"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "No questions were found"),
        (b"one\ntwo\nthree\n", "No row with column names"),
    ],
    ids=["json", "old excel", "broken zip", "open quote", "picture", "no header"],
)
def test_an_unreadable_file_says_why(
    browser_of: Open, school: Any, data: bytes, words: str
) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, data, "questions.xlsx")
    assert only_import().status == imports.UNREADABLE
    page = text_of(browser.get(report))
    assert words in page
    assert "Nothing was saved" in page
    assert browser.post(f"{report}/commit").status_code == 409


def test_an_empty_file_and_no_file_are_said_in_the_form(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    address = f"/banks/{school.bank_id}/imports"
    kind = {"content_type": "multipart/form-data"}
    nothing = browser.post(address, {}, **kind)
    assert nothing.status_code == 422
    assert "Choose a file with questions first." in nothing.get_data(as_text=True)
    empty = browser.post(address, {"file": (io.BytesIO(b""), "q.csv")}, **kind)
    assert empty.status_code == 422
    assert "The file is empty" in empty.get_data(as_text=True)
    wrong = browser.post(
        address, {"file": (io.BytesIO(b"x"), "q.csv"), "default_competency": "Z9"}, **kind
    )
    assert wrong.status_code == 422
    assert count_of(Import) == 0


def test_a_file_over_the_limit_is_refused(browser_of: Open, school: Any, app: Any) -> None:
    app.config["MAX_CONTENT_LENGTH"] = 10_000
    response = browser_of("instructor").post(
        f"/banks/{school.bank_id}/imports",
        {"file": (io.BytesIO(b"x" * 20_000), "q.csv")},
        content_type="multipart/form-data",
    )
    assert response.status_code == 413
    assert "larger than the limit" in response.get_data(as_text=True)


def test_rows_without_a_competency_wait_for_one(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, table(row("", "What is a voxel?", competency="")))
    assert outcomes() == [(2, "unplaced")]
    assert "Choose one for the row" in text_of(browser.get(report))
    assert "no row is ready" in text_of(browser.get(report))
    browser.post(f"{report}/read", {"default_competency": "A2"})
    assert job_queue.run_one()
    assert outcomes() == [(2, "new")]
    browser.post(f"{report}/commit")
    with reading() as session:
        newest = session.scalars(select(ItemRow).order_by(ItemRow.id.desc())).first()
        assert newest is not None
        assert newest.code == "A2-101"


def test_a_corrected_mapping_is_remembered_for_the_same_columns(
    browser_of: Open, school: Any
) -> None:
    browser = browser_of("instructor")
    header = ("question", "A", "B", "C", "D", "answer", "competency", "Merke")
    data = table(("What is a voxel?", "1", "2", "3", "4", "B", "A1", "A box."), header=header)
    report = send(browser, school.bank_id, data)
    columns = only_import().summary["columns"]
    assert [one["field"] for one in columns][-1] is None
    fields = [one["field"] or "rule_en" for one in columns]
    browser.post(
        f"{report}/read",
        {"column": list(header), "field": fields, "default_competency": ""},
    )
    assert job_queue.run_one()
    browser.post(f"{report}/commit")
    with reading() as session:
        stored = session.scalars(select(ItemVersion).order_by(ItemVersion.id.desc())).first()
        assert stored is not None
        assert stored.content["rule"] == {"en": "A box."}

    other = table(("What is a pixel?", "1", "2", "3", "4", "C", "A1", "A dot."), header=header)
    report = send(browser, school.bank_id, other)
    assert only_import().summary["columns"][-1]["field"] == "rule_en"
    assert "as in an earlier import" in text_of(browser.get(report))
    plain = table(row("", "What is a gray?"))
    send(browser, school.bank_id, plain)
    assert not only_import().summary["remembered"]


def test_numbers_as_answers_can_be_read_from_another_base(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    data = table(row("X-1", "What is a voxel?", key="1"), row("X-2", "What is a pixel?", key="2"))
    report = send(browser, school.bank_id, data)
    assert only_import().summary["answer_base"] == 1
    browser.post(f"{report}/read", {"default_competency": "", "answer_base": "0"})
    assert job_queue.run_one()
    with reading() as session:
        contents = session.scalars(select(ImportRow.content).order_by(ImportRow.position)).all()
    assert [item_from_native(one).key for one in contents] == [{"b"}, {"c"}]


def test_a_question_like_one_in_the_bank_waits_for_a_choice(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    send_and_commit(browser, school.bank_id, table(row("X-1", "What is a voxel?")))
    items, versions = count_of(ItemRow), count_of(ItemVersion)
    like = table(("", "What is a  Voxel?", "1", "2", "3", "4", "A", "A1"))
    report = send(browser, school.bank_id, like)
    assert outcomes() == [(2, "duplicate")]
    page = text_of(browser.get(report))
    assert "Looks like X-1" in page
    assert "no row is ready" in page

    browser.post(f"{report}/choices", {"choice-1": "separate"})
    assert "1 of 1 rows are ready" in text_of(browser.get(report))
    browser.post(f"{report}/commit")
    assert count_of(ItemRow) == items + 1
    assert count_of(ItemVersion) == versions + 2  # the new item, and its twin marked as its enemy
    with reading() as session:
        found = {
            one.code: store.get_item(session, one.id).item
            for one in session.scalars(select(ItemRow).where(ItemRow.code.in_(("X-1", "A1-101"))))
        }
    assert set(found["X-1"].enemies) & set(found["A1-101"].enemies)


def test_a_question_like_one_in_the_bank_can_replace_it(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    send_and_commit(browser, school.bank_id, table(row("X-1", "What is a voxel?")))
    like = table(("", "What is a voxel?", "1", "2", "3", "4", "A", "A1"))
    report = send(browser, school.bank_id, like)
    items = count_of(ItemRow)
    browser.post(f"{report}/commit", {"choice-1": "version"})
    assert count_of(ItemRow) == items
    with reading() as session:
        found = session.scalars(select(ItemRow).where(ItemRow.code == "X-1")).one()
        item = store.get_item(session, found.id).item
    assert item.key == {"a"}
    assert item.id == "X-1"


def send_and_commit(browser: Any, bank_id: int, data: bytes) -> str:
    report = send(browser, bank_id, data)
    assert browser.post(f"{report}/commit").status_code == 303
    assert only_import().status == imports.COMMITTED
    return report


def test_a_bank_that_changed_meanwhile_is_shown_before_anything_is_stored(
    browser_of: Open, school: Any
) -> None:
    browser = browser_of("instructor")
    data = table(row("X-1", "What is a voxel?"))
    first = send(browser, school.bank_id, data)
    second = send(browser, school.bank_id, data)
    browser.post(f"{second}/commit")
    after = count_of(ItemVersion)
    assert browser.post(f"{first}/commit").status_code == 303
    assert count_of(ItemVersion) == after
    assert "The bank has changed" in text_of(browser.get(first))
    assert job_queue.run_one()
    assert outcomes(int(first.rsplit("/", 1)[1])) == [(2, "unchanged")]


def test_a_change_between_the_plan_and_the_lock_is_seen(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    data = table(row("X-1", "What is a voxel?"))
    send(browser, school.bank_id, data)
    first = only_import()
    with reading() as session:
        plan = plan_commit(session, first, account_id=school.instructor_id, now=utcnow())
    send_and_commit(browser, school.bank_id, data)
    after = count_of(ItemVersion)
    with transaction() as session:
        found = session.get_one(Import, first.id)
        stored = commit_import(
            session, found, account_id=school.instructor_id, now=utcnow(), plan=plan
        )
    assert not stored
    assert count_of(ItemVersion) == after


def test_an_export_imported_again_is_unchanged(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    with reading() as session:
        rows = session.scalars(select(ItemVersion).order_by(ItemVersion.id)).all()
    for kind in ("csv", "xlsx"):
        data = write_table([item_from_native(one.content) for one in rows], kind)
        send(browser, school.bank_id, data)
        assert {outcome for _, outcome in outcomes()} == {"unchanged"}
        assert len(outcomes()) == len(rows)


def test_a_column_left_out_erases_no_label(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    with reading() as session:
        old = store.get_item(session, session.scalars(select(ItemRow.id)).first() or 0).item
    data = table(row(old.id, "An other stem for the same item", competency=old.competency))
    report = send(browser, school.bank_id, data)
    page = text_of(browser.get(report))
    assert "would lose it: Chinese text, reasons" in page
    browser.post(f"{report}/commit")
    with reading() as session:
        found = session.scalars(select(ItemRow).where(ItemRow.code == old.id)).one()
        new = store.get_item(session, found.id).item
    assert (new.sub_topic, new.difficulty, new.enemies) == (
        old.sub_topic,
        old.difficulty,
        old.enemies,
    )


def test_a_picture_the_bank_lacks_rejects_the_row(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    header = (*ENGLISH, "image")
    data = table((*row("X-1", "What does this show?"), "nowhere.png"), header=header)
    report = send(browser, school.bank_id, data)
    assert outcomes() == [(2, "rejected")]
    assert "figures/nowhere.png is not in the bank" in text_of(browser.get(report))
    assert browser.get(f"{report}/rejected.xlsx").status_code == 200


def test_a_worker_killed_while_reading_leaves_the_file_readable(
    browser_of: Open, school: Any
) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, table(row("X-1", "What is a voxel?")))
    with transaction() as session:  # as a killed worker leaves it: taken, its lease run out
        found = session.scalars(select(Import)).one()
        job = session.get_one(Job, found.job_id)
        found.status, job.status = imports.READING, "running"
        job.lease, job.lease_until = "gone", utcnow().replace(year=2020)
    assert "Reading" in text_of(browser.get(report))
    assert job_queue.run_one()
    assert outcomes() == [(2, "new")]
    assert only_import().status == imports.READY


def test_a_job_of_an_older_reading_stores_nothing(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, table(row("X-1", "What is a voxel?", competency="")))
    browser.post(f"{report}/read", {"default_competency": "A1"})
    browser.post(f"{report}/read", {"default_competency": "A2"})
    while job_queue.run_one():
        pass
    with reading() as session:
        assert session.scalars(select(ImportRow.competency)).all() == ["A2"]
        statuses = session.scalars(select(Job.status).order_by(Job.id)).all()
    assert statuses == ["done", "cancelled", "done"]


def test_the_progress_asks_the_page_to_load_anew_when_the_file_is_read(
    browser_of: Open, school: Any
) -> None:
    browser = browser_of("instructor")
    response = browser.post(
        f"/banks/{school.bank_id}/imports",
        {"file": (io.BytesIO(table(row("", "What is a voxel?"))), "q.csv")},
        content_type="multipart/form-data",
    )
    report = response.headers["Location"]
    page = text_of(browser.get(report))
    assert f'hx-get="{report}/progress"' in page
    htmx = {"HX-Request": "true"}
    waiting = browser.get(f"{report}/progress", headers=htmx)
    assert "HX-Refresh" not in waiting.headers
    assert "<html" not in text_of(waiting)
    assert browser.get(f"{report}/progress").status_code == 303
    assert job_queue.run_one()
    assert browser.get(f"{report}/progress", headers=htmx).headers["HX-Refresh"] == "true"


def test_a_discarded_file_is_gone_and_cannot_be_imported(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    before = count_of(ItemRow)
    report = send(browser, school.bank_id, table(row("X-1", "What is a voxel?")))
    assert browser.post(f"{report}/discard").status_code == 303
    assert count_of(ImportRow) == 0
    assert "discarded" in text_of(browser.get(report))
    assert browser.post(f"{report}/commit").status_code == 409
    assert browser.post(f"{report}/read").status_code == 409
    assert count_of(ItemRow) == before


@pytest.mark.parametrize("what", ["", "/progress", "/rejected.xlsx"])
def test_another_school_sees_no_import(browser_of: Open, school: Any, what: str) -> None:
    report = send(
        browser_of("instructor"), school.bank_id, table(row("X-1", "What is a voxel?", key="F"))
    )
    assert browser_of("away-instructor").get(f"{report}{what}").status_code == 404
    assert browser_of("student").get(f"{report}{what}").status_code == 403


@pytest.mark.parametrize("what", ["commit", "read", "discard", "choices"])
def test_another_school_changes_no_import(browser_of: Open, school: Any, what: str) -> None:
    report = send(browser_of("instructor"), school.bank_id, table(row("X-1", "What is a voxel?")))
    assert browser_of("away-instructor").post(f"{report}/{what}").status_code == 404
    assert browser_of("student").post(f"{report}/{what}").status_code == 403
    assert only_import().status == imports.READY
    address = f"/banks/{school.bank_id}/imports"
    sent = {"file": (io.BytesIO(b"x"), "q.csv")}
    kind = {"content_type": "multipart/form-data"}
    assert browser_of("away-instructor").post(address, sent, **kind).status_code == 404
    assert browser_of("student").get(f"{address}/new").status_code == 403
    assert browser_of("away-instructor").get(f"{address}/new").status_code == 404


def test_the_report_is_in_the_language_of_the_reader(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    report = send(browser, school.bank_id, table(row("X-1", "What is a voxel?", key="F")))
    browser.client.set_cookie("language", "zh")
    page = text_of(browser.get(report))
    assert "超出了 4 个选项的范围" in page
    assert "points beyond" not in page


def test_a_long_file_is_shown_page_by_page(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    rows = [row("", f"What is number {number}?") for number in range(450)]
    report = send(browser, school.bank_id, table(*rows))
    assert "450 of 450 rows are ready" in text_of(browser.get(report))
    last = text_of(browser.get(f"{report}?page=3"))
    assert "What is number 449?" in last
    assert "What is number 1?" not in last
    assert "401 to 450 of 450" in last
    assert "What is number 449?" in text_of(browser.get(f"{report}?page=99"))
    assert browser.post(f"{report}/commit").status_code == 303
    assert only_import().status == imports.STORING
    assert "Waiting to be stored" in text_of(browser.get(report))
    assert job_queue.run_one()
    with reading() as session:
        codes = session.scalars(select(ItemRow.code).where(ItemRow.code.like("A1-%"))).all()
    assert len(set(codes)) == len(codes) == 460


# --- without a database ---

cells = st.text(st.sampled_from("ABCDab12 题干？x"), max_size=6)
rows_of_any_kind = st.lists(
    st.tuples(
        st.sampled_from(["", "X-1", "X-2", "T-1"]),
        cells,
        cells,
        cells,
        cells,
        cells,
        st.sampled_from(["A", "B", "E", "AB", "", "1", "对"]),
        st.sampled_from(["A1", "A2", "", "Cookery"]),
    ),
    max_size=12,
)


@given(rows=rows_of_any_kind)
def test_every_row_has_exactly_one_outcome(rows: list[tuple[str, ...]]) -> None:
    bank = bank_with(row("T-1", "AB"))
    data = table(("", "A stem", "1", "2", "3", "4", "A", "A1"), *rows)
    index = index_of(
        KnownItem(number, 1, item, content_hash(item), {}, False)
        for number, item in enumerate(bank.items, start=1)
    )
    request = Request("q.csv", bank.blueprint, {}, {})
    report = read_source(data, request)
    staged = stage_rows(to_json(report)["rows"], index, {})
    # the reader itself drops repetitions of the header and rows without content
    filled = [number for number, cells in enumerate(rows, start=3) if "".join(cells).strip()]
    assert [one["row"] for one in staged] == [2, *filled]
    assert all(one["outcome"] in OUTCOMES for one in staged)
    for one in staged:
        errors = [found for found in one["findings"] if found["severity"] == "error"]
        assert bool(errors) == (one["outcome"] == "rejected") == (one["content"] is None)
    assert [one["position"] for one in staged] == list(range(1, len(staged) + 1))
    waiting = [one for one in staged if one["outcome"] == "unplaced"]
    assert all(one["content"]["competency"] == "-" for one in waiting)


def bank_with(*rows: Sequence[str]) -> ItemBank:
    from itembank.blueprint import Blueprint, Competency, Profile
    from itembank.item import Text

    blueprint = Blueprint(
        competencies=tuple(Competency(code=code, name=Text(code)) for code in ("A1", "A2")),
        profiles=(Profile(code="UNI", weights={"A1": 50, "A2": 50}),),
    )
    report = read_table(table(*rows), "bank.csv", blueprint=blueprint)
    items = tuple(item_from_native(one.item) for one in report.accepted)
    return ItemBank(code="t", name=Text("T"), blueprint=blueprint, items=items)


@given(taken=st.sets(st.integers(95, 115)), wanted=st.integers(1, 12))
def test_codes_are_made_that_nobody_has(taken: set[int], wanted: int) -> None:
    used = {f"R4-{number:03d}" for number in taken}
    maker = CodeMaker(used)
    made = [maker.next("R4") for _ in range(wanted)]
    assert len(set(made)) == wanted
    assert not used & set(made)
    assert all(int(code.removeprefix("R4-")) > 100 for code in made)


def test_what_differs_is_named_part_by_part() -> None:
    (old,) = bank_with(row("X", "Stem")).items
    (new,) = bank_with(("X", "Stem", "one", "2", "three", "four", "C", "A2")).items
    assert differing_parts(old, new) == ["competency", "option-B", "key"]
    assert differing_parts(old, old) == []


def test_banks_are_not_mixed_up(browser_of: Open, school: Any) -> None:
    browser = browser_of("instructor")
    with transaction() as session:
        from dataclasses import replace

        other = replace(bank_with(row("X-1", "What is a voxel?")), code="other")
        other_id = store.create_bank(
            session, organisation_id=school.organisation_id, bank=other, now=utcnow()
        )
        assert session.get(Bank, other_id)
    report = send(browser, school.bank_id, table(row("X-1", "What is a voxel?")))
    assert outcomes() == [(2, "new")]
    number = report.rsplit("/", 1)[1]
    assert browser.get(f"/banks/{other_id}/imports/{number}").status_code == 404
