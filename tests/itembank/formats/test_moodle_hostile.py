"""Any file is a draft or an error with a sentence, soon; elements of real files are counted."""

import os
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from itembank.errors import ItemBankError, sentence
from itembank.formats.aiken import read_aiken
from itembank.formats.draft import check_draft
from itembank.formats.gift import read_gift
from itembank.formats.moodle_xml import read_moodle_xml
from itembank.formats.text_decoding import decode

SAMPLES = Path(os.environ.get("SAMPLES", Path(__file__).parents[4] / "shared" / "samples"))
READERS = {"gift": read_gift, "aiken": read_aiken, "moodle_xml": read_moodle_xml}
SECONDS = 8  # for 400 kB on a busy machine; what grows with the square takes minutes and more


def read_or_refuse(name, data):
    """The draft, checked: every item can be made, every finding has its sentences."""
    try:
        draft = READERS[name](data, "file")
    except ItemBankError as error:
        assert sentence(error, "en")
        assert sentence(error, "zh")
        return None
    assert draft.n_elements == len(draft.items) + len(draft.rejected) > 0
    findings = [*draft.notes, *(one.as_finding() for one in draft.rejected)]
    for item in draft.items:
        assert check_draft(item) is None
        findings += item.findings
    for finding in findings:
        assert sentence(finding, "en")
        assert sentence(finding, "zh")
    return draft


GIFT_SIGNS = st.sampled_from(
    ["{", "}", "=", "~", "#", "####", "%50%", "->", "\\", "\\n", "::", "\n", "\n\n", "// ",
     "[html]",
     "[markdown]", "$CATEGORY:", "T", "#1:2", "..", "word", "<b>", "<img src=\"a.png\">", "$x$",
     "{mlang en}", "{mlang}", "剂量", "[id:", "]", "{>3 ALL\n", "&lt;", "\x00", "\ud800", "\ue000"]
)  # fmt: skip
AIKEN_SIGNS = st.sampled_from(
    ["A) ", "B) ", "C. ", "ANSWER: ", "A", "B, C", "\n", "\n\n", "What?", "FEEDBACK: ", "\r", "\t"]
)
CLOZE_SIGNS = st.sampled_from(
    ["{1:MULTICHOICE:", "{:SA:", "{2:NM:", "{1:MR:", "{1:X:", "}", "~", "=", "#", "%50%", "\\",
     "3.5:0.1",
     "word", "&lt;p&gt;", "&amp;#123;", "\n", "{mlang zh}", "{mlang}", "[[1]]"]
)  # fmt: skip


def joined(signs):
    return st.lists(st.one_of(signs, st.text(max_size=3)), max_size=25).map("".join)


@given(joined(GIFT_SIGNS))
@settings(deadline=None, max_examples=300)
def test_any_gift_is_read_or_refused(text):
    read_or_refuse("gift", text.encode("utf-8", "surrogatepass"))


@given(joined(AIKEN_SIGNS))
@settings(deadline=None, max_examples=200)
def test_any_aiken_is_read_or_refused(text):
    read_or_refuse("aiken", text.encode("utf-8", "surrogatepass"))


TYPES = ("multichoice", "truefalse", "numerical", "shortanswer", "matching", "ordering", "ddwtos")
TYPES += ("cloze", "description", "category", "x")
FRACTIONS = ("100", "0", "50", "-50", "33", "1e9", "nan", "", "a")


@st.composite
def quizzes(draw):
    """A Moodle XML file with a question of any type and any parts."""
    words = joined(CLOZE_SIGNS).map(
        lambda text: re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff<>&]", "", text)
    )
    answers = "".join(
        f'<{tag} fraction="{draw(st.sampled_from(FRACTIONS))}"><text>{draw(words)}</text>'
        f"<answer><text>{draw(words)}</text></answer><feedback><text>{draw(words)}</text></feedback>"
        f"<tolerance>{draw(st.sampled_from(FRACTIONS))}</tolerance></{tag}>"
        for tag in draw(st.lists(st.sampled_from(["answer", "subquestion", "dragbox"]), max_size=4))
    )
    text_format = draw(st.sampled_from(["html", "markdown", "plain_text", "moodle_auto_format"]))
    return (
        f'<quiz><question type="{draw(st.sampled_from(TYPES))}"><name><text>{draw(words)}</text>'
        f'</name><questiontext format="{text_format}"><text>{draw(words)}</text></questiontext>'
        f"<single>{draw(st.sampled_from(['true', 'false']))}</single>{answers}"
        f"<idnumber>{draw(words)}</idnumber><tags><tag><text>{draw(words)}</text></tag>"
        f"<tag><text>quizengine:{draw(words)}={draw(words)}</text></tag></tags></question></quiz>"
    )


@given(quizzes())
@settings(deadline=None, max_examples=200)
def test_any_quiz_is_read_or_refused(text):
    read_or_refuse("moodle_xml", text.encode())


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=60))
@settings(deadline=None, max_examples=200)
def test_any_bytes_are_read_or_refused(name, data):
    read_or_refuse(name, data)


SIZE = 400_000
UNITS = [
    "{",
    "}",
    "\\",
    "=",
    "~a=",
    "[",
    "%",
    "::",
    "{ ",
    "//\n",
    "\n",
    "a\n\n",
    "x ",
    "\x00",
    "$",
    "`",
]
UNITS += ["<", "<a ", "<!--", "{mlang ", "{1:MC:", "A) x\n", "ANSWER: A\n", "&amp;", "剂", "\ud800"]


@pytest.mark.parametrize("name", ["gift", "aiken"])
@pytest.mark.parametrize("unit", UNITS)
def test_one_sign_repeated_costs_little(name, unit):
    size = SIZE if "\n\n" not in unit and "~" not in unit else SIZE // 10
    data = (unit * (size // len(unit))).encode("utf-8", "surrogatepass")
    start = time.monotonic()
    read_or_refuse(name, data)
    assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize(
    "unit", ["<", "<a ", "<!--", "{1:MC:", "{mlang ", "$", "\\(", "<b>", "![", "|a"]
)
@pytest.mark.parametrize("kind", ["cloze", "truefalse"])
def test_one_sign_repeated_in_a_question_costs_little(unit, kind):
    text = (unit * (150_000 // len(unit))).replace("<", "&lt;")
    data = f'<quiz><question type="{kind}"><questiontext><text>{text}</text></questiontext>'
    data += '<answer fraction="100"><text>true</text></answer><answer><text>false</text></answer>'
    start = time.monotonic()
    read_or_refuse("moodle_xml", f"{data}</question></quiz>".encode())
    assert time.monotonic() - start < SECONDS


def test_a_line_of_ten_megabytes_is_refused():
    draft = read_or_refuse("gift", b"q" * 10_000_000 + b"{T}")
    assert [one.code for one in draft.rejected] == ["text-too-long"]


def test_an_entity_bomb_is_refused():
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + step)} "{f"&{chr(97 + step)};" * 10}">' for step in range(9)
    )
    with pytest.raises(ItemBankError) as error:
        read_moodle_xml(f"<!DOCTYPE quiz [{entities}]><quiz>&j;</quiz>".encode(), "bomb.xml")
    assert error.value.code == "xml-unsafe"


def test_elements_deep_in_a_text_are_refused():
    text = "&lt;div&gt;" * 5_000
    data = f'<quiz><question type="essay"/><question type="truefalse"><questiontext><text>{text}'
    draft = read_or_refuse("moodle_xml", f"{data}</text></questiontext></question></quiz>".encode())
    assert [one.code for one in draft.rejected] == ["essay-not-scored", "markup-too-deep"]


def test_scripts_do_not_survive():
    text = '[html]<script>x()</script><b onclick\\="x()">Is</b> '
    text += '<a href\\="javascript\\:x()">it</a>?{T}'
    (item,) = read_gift(text.encode(), "file").items
    assert item.fields["stem"] == {"en": "**Is** it?"}


# --- real files ---


def samples(folder):
    return sorted(path for path in (SAMPLES / folder).rglob("*") if path.is_file())


real = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no sample files beside the project")


@real
def test_every_question_of_the_real_gift_files_is_there():
    for path in samples("gift"):
        draft = read_or_refuse("gift", path.read_bytes())
        text = decode(path.read_bytes(), path.name).text
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("//")]
        blocks = [block.strip() for block in re.split(r"\n\s*\n", "\n".join(lines))]
        expected = [block for block in blocks if block and not block.startswith("$CATEGORY:")]
        assert (draft.n_elements if draft else 0) == len(expected), path.name


@real
def test_every_question_of_the_real_quizzes_is_there():
    for path in samples("moodle_xml"):
        draft = read_or_refuse("moodle_xml", path.read_bytes())
        elements = etree.fromstring(path.read_bytes()).findall("question")
        expected = [one for one in elements if one.get("type") != "category"]
        found = {one.source.line for one in (*draft.items, *draft.rejected)}
        assert found == {one.sourceline for one in expected}, path.name


@real
def test_every_question_of_the_real_aiken_files_is_there():
    for path in samples("aiken"):
        draft = read_or_refuse("aiken", path.read_bytes())
        answers = re.findall(r"(?m)^ANSWER:", path.read_text())
        unanswered = [one for one in draft.rejected if one.code == "aiken-answer-missing"]
        assert draft.n_elements == len(answers) + len(unanswered), path.name


@real
@pytest.mark.parametrize("name", sorted(READERS))
def test_every_other_real_file_is_refused_with_a_code(name):
    for path in sorted(SAMPLES.rglob("*")):
        if path.is_file() and path.stat().st_size < 200_000:
            read_or_refuse(name, path.read_bytes())
