"""The kind of a file is told from its content, in any encoding, whatever its name."""

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint, Competency, Profile
from itembank.errors import ItemBankError, sentence
from itembank.exchange import read_questions, write_bank
from itembank.formats.qti3_writing import write_qti3
from itembank.formats.sniffing import KINDS, look_at, sniff_kind
from itembank.item import Choice, Item, Text

GIFT = "::Q1:: 照射野由什么决定？ {=准直器 ~滤线器}\n"
AIKEN = "Which unit?\nA. Gray\nB. Volt\nANSWER: A\n"
CSV = "题干,选项A,选项B,答案\n单位？,戈瑞,伏特,A\n"
MOODLE = '<?xml version="1.0"?>\n<!-- a quiz -->\n<quiz><question type="description"/></quiz>'


def zipped(**files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), data)
    return target.getvalue()


def bank():
    return ItemBank(
        code="rad",
        name=Text(en="Rad"),
        blueprint=Blueprint(
            competencies=(Competency(code="R1", name=Text(en="Care")),),
            profiles=(Profile(code="UNI", weights={"R1": 100}),),
        ),
        items=(
            Item(
                id="q1",
                competency="R1",
                stem=Text(en="Which?"),
                choices=(
                    Choice(id="a", text=Text(en="A"), is_key=True),
                    Choice(id="b", text=Text(en="B")),
                ),
            ),
        ),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize(("text", "kind"), [(GIFT, "gift"), (CSV, "csv"), (MOODLE, "moodle_xml")])
def test_a_text_is_known_in_every_encoding(text, kind, encoding):
    assert sniff_kind(text.encode(encoding)) == kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (AIKEN.encode(), "aiken"),
        (b"// [id:7]\nWhy?{}\n", "gift"),
        (b"[markdown] A *text*\n\nSun rises?{T}", "gift"),
        (b"Two plus {\n=two #yes\n~three\n} is four.", "gift"),
        (b"question;optionA;optionB;answer\nWhich?;{x=1};b;A\n", "csv"),
        (b"<questestinterop/>", "qti12"),
        (b"<!DOCTYPE questestinterop SYSTEM 'ims_qtiasiv1p2p1.dtd'>\n<questestinterop/>", "qti12"),
        (b'<assessmentItem xmlns="u"/>', "qti2"),
        (b'<ns:assessmentItem xmlns:ns="u"/>', "qti2"),
        (b'<qti-assessment-item xmlns="u"/>', "qti3"),
        (b'[{"question": "Which?", "answers": {}}]', "json_list"),
        (b'{"question": "Which?"}\n{"question": "Why?"}\n', "json_list"),
        (b'{"name": "x", "version": 1}', "unknown"),
        (b"<html><body>Hello</body></html>", "unknown"),
        (b"\x89PNG\r\n\x1a\n", "unknown"),
        (b"%PDF-1.7", "unknown"),
        (b"\xd0\xcf\x11\xe0rest", "xls"),
        (b"\0" * 128 + b"DICM" + b"\0" * 20, "dicom"),
        (b"A text about X-rays.\nNothing is asked.", "unknown"),
        (b"", "unknown"),
        (b"PK\x03\x04 damaged", "unknown"),
        (zipped(imsmanifest_xml="<manifest/>"), "qti_package"),
        (zipped(export__imsmanifest_xml="<manifest/>"), "qti_package"),
        (zipped(choice_xml="<assessmentItem/>"), "qti_package"),
        (zipped(users_csv="a", classes_csv="b"), "oneroster"),
        (zipped(quiz_txt=GIFT, figures__a_png="x"), "gift_zip"),
        (zipped(quiz_csv=CSV, figures__a_png="x"), "table_zip"),
        (zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "ods"),
        (zipped(a_png="x"), "unknown"),
        (write_bank(bank()), "native"),
        (write_qti3(bank())[0], "qti_package"),
    ],
)
def test_a_file_is_known_by_its_content(data, kind):
    found = look_at(data)
    assert found.kind == kind
    assert found.reason


@pytest.mark.parametrize(
    ("data", "kind", "count"),
    [
        (GIFT.encode(), "gift", 1),
        (AIKEN.encode(), "aiken", 1),
        (CSV.encode("gb18030"), "csv", 1),
        (write_bank(bank()), "native", 1),
        (write_qti3(bank())[0], "qti_package", 1),
        (zipped(quiz_csv=CSV, a_png="x"), "csv", 1),
        (zipped(quiz_txt=GIFT, a_png="x"), "gift", 1),
    ],
)
def test_questions_of_any_kind_are_read_in_one_call(data, kind, count):
    draft = read_questions(data, "file")
    assert (draft.kind, len(draft.items)) == (kind, count)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"PK\x03\x04x", b"\xff\xd8\xff\xe0", b"hello"])
def test_what_holds_no_questions_is_refused_with_a_sentence(data):
    with pytest.raises(ItemBankError) as caught:
        read_questions(data, "file")
    assert all(sentence(caught.value, language) for language in ("en", "zh"))


@settings(deadline=None, max_examples=80)
@given(
    st.one_of(
        st.binary(max_size=300),
        st.text(alphabet="<>{}[]=~:#,;\n\"'\\ABab题?/$", max_size=120).map(str.encode),
        st.sampled_from([GIFT, AIKEN, CSV, MOODLE]).flatmap(
            lambda text: st.integers(0, len(text)).map(lambda cut: text[:cut].encode())
        ),
    )
)
def test_any_bytes_have_a_kind_and_are_read_or_refused(data):
    assert sniff_kind(data) in KINDS
    try:
        read_questions(data, "file")
    except ItemBankError as error:
        assert sentence(error, "zh")
