"""What is written is read back unchanged, and no spreadsheet runs any of it."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from itembank.blueprint import Blueprint, Competency, Profile, SubTopic
from itembank.errors import ItemBankError
from itembank.formats.table import read_table, write_table
from itembank.item import (
    Choice,
    Figure,
    Item,
    Numeric,
    Premise,
    Text,
    content_hash,
    item_from_native,
)
from tests.itembank.strategies import items as any_items
from tests.itembank.strategies import numbers

BLUEPRINT = Blueprint(
    competencies=(
        Competency(
            code="R1",
            name=Text(en="Care"),
            sub_topics=(SubTopic(code="R1.1", name=Text(en="Identity"), share=100),),
        ),
    ),
    profiles=(Profile(code="UNI", weights={"R1": 100}),),
)
words = st.one_of(
    st.sampled_from(
        ["=1+1", "+A1", "-5", "@x", "'=x", "''-1", "'quoted'", "A", "0", "1.0", "a\nb", '"',
         ",;\t|",
         "_x0041_", "TRUE", "#", "正确", "＝1", "2026-01-02", "50%", "A. B", "\\n", "[1]", "sep=;"]
    ),
    st.text(
        st.characters(
            codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co"), exclude_characters="\ufffd"
        ),
        min_size=1,
        max_size=20,
    ).filter(lambda text: text.strip() != ""),
)  # fmt: skip
texts = st.builds(lambda en, zh: Text(en=en, zh=zh), words, words | st.just("")) | st.builds(
    lambda zh: Text(zh=zh), words
)
maybe_texts = texts | st.just(Text())
figures = st.builds(
    Figure,
    asset=st.sampled_from(["figures/a.png", "figures/a b, c&d.png", "figures/图 1.png"]),
    alt=maybe_texts,
    caption=maybe_texts,
)


@st.composite
def items(draw):
    n_choices = draw(st.integers(2, 8))
    key = draw(st.integers(0, n_choices - 1))
    return Item(
        id=draw(st.from_regex(r"[A-Za-z0-9-]{1,12}", fullmatch=True)),
        competency="R1",
        cognitive_level=draw(st.sampled_from([None, "K", "A", "E"])),
        difficulty=draw(st.sampled_from([None, "easy", "medium", "hard"])),
        jurisdiction=draw(st.sampled_from([None, "CN", "US", "ICRP"])),
        status=draw(st.sampled_from(["draft", "reviewed", "published"])),
        stem=draw(texts),
        choices=tuple(
            # the number keeps two choices from being equal, which no table accepts
            Choice(
                id="abcdefgh"[i],
                text=numbered(draw(texts), i),
                is_key=i == key,
                reason=draw(maybe_texts),
            )
            for i in range(n_choices)
        ),
        figures=tuple(draw(st.lists(figures, max_size=2))),
        rule=draw(maybe_texts),
        posts=tuple(draw(st.lists(st.sampled_from(["DR", "CT"]), max_size=2))),
    )


def numbered(text, i):
    return Text(**{language: f"{text.get(language)} {i}" for language in text.languages})


def simple(stem, first="gray"):
    return Item(
        id="x",
        competency="R1",
        stem=Text(en=stem),
        choices=(
            Choice(id="a", text=Text(en=first), is_key=True),
            Choice(id="b", text=Text(en="hertz")),
        ),
    )


def read_back(data):
    report = read_table(data, "t", blueprint=BLUEPRINT)
    return [item_from_native(row.item) for row in report.accepted], report


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(deadline=None, max_examples=60)
@example(bank=[simple("=cmd|' /C calc'!A0", "-5")])
@given(bank=st.lists(items(), min_size=1, max_size=3, unique_by=lambda item: item.id))
def test_what_is_written_is_read_back_unchanged(kind, bank):
    again, report = read_back(write_table(bank, kind))
    assert [content_hash(item) for item in again] == [content_hash(item) for item in bank]
    assert again == bank
    assert not report.rejected


@st.composite
def banks_of_all_types(draw):
    """Items of every type with texts that spreadsheets and readers of answers stumble over."""
    count = draw(st.integers(1, 3))
    return [draw(any_items(words=numbered_words, item_id=f"Q{place}")) for place in range(count)]


# No two options of an item may be the same once read, so each text has a number of its own.
numbered_words = st.builds(lambda text, n: f"{text} {n}", words, st.integers(0, 10**6))


@given(
    numeric=st.builds(Numeric, value=numbers, tolerance=numbers.map(abs), relative=st.booleans())
)
@example(numeric=Numeric(value=0.0, tolerance=164.32131030410528, relative=True))
@example(numeric=Numeric(value=1.0, tolerance=1e-90, relative=True))
def test_a_number_and_its_tolerance_come_back_to_the_last_digit(numeric):
    item = Item(id="x", competency="R1", stem=Text(en="?"), type="numeric", numeric=numeric)
    (again,), _ = read_back(write_table([item]))
    assert again.numeric == numeric


def test_the_widest_question_fits_into_a_table():
    both, reason = Text(en="line", zh="行"), Text(en="why", zh="因为")
    letters = "abcdefghijklmnopqrstuvwxyz"
    wide = Item(
        id="x",
        competency="R1",
        stem=both,
        type="matching",
        choices=tuple(
            Choice(id=one, text=Text(en=f"{one}.", zh=f"{one}。"), reason=reason) for one in letters
        ),
        premises=tuple(
            Premise(id=one, text=Text(en=f"line {one}"), match=one, reason=reason)
            for one in letters
        ),
    )
    (again,), _ = read_back(write_table([wide]))
    assert content_hash(again) == content_hash(wide)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@settings(deadline=None, max_examples=60)
@given(bank=banks_of_all_types())
def test_items_of_every_type_come_back_with_the_same_fingerprint(kind, bank):
    again, report = read_back(write_table(bank, kind))
    assert [row.findings for row in report.rejected] == []
    assert [content_hash(item) for item in again] == [content_hash(item) for item in bank]
    assert [item.id for item in again] == [item.id for item in bank]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "'=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_csv_begins_like_a_formula(text):
    data = write_table([simple("x", text)]).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(data)):
        assert not any(cell[:1] in ("=", "+", "-", "@", "\t", "＝") for cell in row)


@pytest.mark.parametrize("text", FORMULAS)
def test_every_text_of_a_workbook_is_a_text(text):
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(write_table([simple(text, text)], "xlsx"))).active
    assert all(cell.data_type in ("s", "inlineStr", "n") for row in sheet for cell in row)
    assert all(cell.value is None for row in sheet for cell in row if cell.data_type == "n")


def test_a_csv_begins_with_the_mark_that_excel_needs():
    assert write_table([simple("剂量")]).startswith(b"\xef\xbb\xbf")


def test_a_text_that_no_cell_can_hold_is_refused_not_cut():
    long = simple("_x0041_" * 2_800)  # each needs an escape of seven more characters
    with pytest.raises(ItemBankError, match="cell-too-long"):
        write_table([long], "xlsx")


def test_an_unknown_kind_is_refused():
    with pytest.raises(ItemBankError, match="table-kind-unknown"):
        write_table([], "pdf")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_table_of_no_items_has_its_header(kind):
    assert read_back(write_table([], kind))[0] == []
