"""A list of questions in JSON is read like a table."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.blueprint import Blueprint, Competency, Profile
from itembank.errors import ItemBankError, sentence
from itembank.formats.table import read_table
from itembank.item import Text, item_from_native

SAMPLES = Path(__file__).parents[3].parent / "shared" / "samples" / "tabular"
BLUEPRINT = Blueprint(
    competencies=(Competency(code="R1", name=Text(en="Care", zh="患者照护")),),
    profiles=(Profile(code="UNI", weights={"R1": 100}),),
)


def read(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read_table(data, "t.json", blueprint=BLUEPRINT, default_competency="R1")


def items_of(value):
    report = read(value)
    assert [row.findings for row in report.rejected] == []
    return [item_from_native(row.item) for row in report.rows]


LETTERED = {
    "question": "Which are doses?",
    "answers": {"a": "absorbed", "b": "wave", "c": "equivalent"},
    "correct_answers": ["a", "c"],
}
PLAIN = {"题干": "剂量单位？", "选项": ["戈瑞", "赫兹"], "答案": "A", "解析": "定义。"}
MARKED = {
    "questionText": "Unit?",
    "options": [
        {"text": "gray", "isCorrect": True, "explanation": "By definition."},
        {"text": "hertz", "isCorrect": False},
    ],
}
BOTH = {"stem": {"en": "Unit?", "zh": "单位？"}, "A": "Gy", "B": "Hz", "answer": "B"}


def test_questions_of_several_shapes_are_read():
    several, plain, marked, both = (items_of([one])[0] for one in (LETTERED, PLAIN, MARKED, BOTH))
    assert (several.type, several.key) == ("multiple", {"a", "c"})
    assert plain.choices[0].reason == Text(zh="定义。")
    assert (marked.key, marked.choices[0].reason) == ({"a"}, Text(en="By definition."))
    assert (both.stem, both.key) == (Text(en="Unit?", zh="单位？"), {"b"})


def test_a_wrapped_list_and_one_object_a_line_are_read_too():
    assert len(items_of({"title": "x", "questions": [PLAIN, {**PLAIN, "题干": "何者？"}]})) == 2
    lines = "\n".join(json.dumps(one) for one in (LETTERED, {**LETTERED, "question": "?"})).encode()
    assert len(items_of(lines)) == 2
    assert len(items_of("\ufeff".encode() + json.dumps([PLAIN]).encode())) == 1


def test_a_rejected_question_is_named_by_its_row_and_field():
    report = read([PLAIN, {**PLAIN, "答案": "E"}])
    (row,) = report.rejected
    assert row.row == 3  # below the names of the fields, as the error workbook has it
    assert (
        row.findings[-1].details["header"] == "答案" or row.findings[0].details["header"] == "答案"
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[{]", "json-broken"),
        (b'[{"a": NaN}]', "json-broken"),
        (b"[" * 100_000, "json-broken"),
        (b'{"a": 1}', "not-a-table"),
        (b"[]", "not-a-table"),
        (b'[["a"]]', "not-a-table"),
        (b'[{"a": 1}, 2]', "not-a-table"),
        (b'[{"colour": "red"}]', "header-missing"),
    ],
)
def test_json_that_is_no_list_of_questions_is_refused_in_words(data, code):
    with pytest.raises(ItemBankError) as caught:
        read(data)
    assert caught.value.code == code
    assert sentence(caught.value, "zh")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "en", "zh", "A", "key"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=200)
@given(
    questions=st.lists(
        st.dictionaries(
            st.sampled_from(["question", "options", "answer", "A", "B", "type", "stimulus", "id"]),
            values,
        ),
        max_size=3,
    )
)
def test_any_list_of_objects_is_read_or_refused_in_words(questions):
    try:
        report = read(questions)
    except ItemBankError as error:
        assert sentence(error, "en")
    else:
        assert all(row.accepted or row.findings for row in report.rows)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples here")
def test_every_question_of_the_samples_is_stored_or_listed():
    for path in sorted(SAMPLES.rglob("*.*")):
        report = read(path.read_bytes())
        assert report.rows, path.name
        for row in report.rejected:
            assert any(finding.severity == "error" for finding in row.findings)
        assert len(report.accepted) > 0.95 * len(report.rows)
        if path.name == "dev.json":
            several = [row for row in report.accepted if row.item["type"] == "multiple"]
            assert (len(report.rows), len(several)) == (312, 148)
