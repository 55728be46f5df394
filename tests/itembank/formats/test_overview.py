"""The tables of docs/formats.md are what is measured, and what they promise."""

import pytest

from itembank.errors import FINDINGS
from itembank.formats.overview import (
    FORMATS,
    LISTED,
    NOTED,
    SILENT,
    YES,
    carried,
    features,
    header_rows,
    rows,
)
from itembank.item import ITEM_TYPES
from tests.itembank.formats.source_questions import DOCUMENT, SOURCES, becomes, with_tables


def test_the_tables_of_the_documentation_are_measured():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_tables(text) == text  # else: python -m tests.itembank.formats.source_questions


@pytest.mark.parametrize("kind", FORMATS, ids=lambda kind: kind.name)
def test_no_feature_of_an_item_is_lost_without_a_word(kind):
    lost = [one.name for one in features() if carried(kind, one) not in (YES, NOTED, LISTED)]
    assert lost == []


@pytest.mark.parametrize("name", ["bank file", "XLSX", "CSV", "QTI 3.0"])
def test_these_formats_carry_all_of_every_item(name):
    (kind,) = [one for one in FORMATS if one.name == name]
    assert {carried(kind, feature) for feature in features()} == {YES}


def test_only_these_losses_are_not_listed_by_the_writers():
    table = rows()
    names = table[0]
    silent = {
        (row[0], names[place]) for row in table[1:] for place, cell in enumerate(row)
        if cell == SILENT
    }  # fmt: skip
    assert {feature for feature, _ in silent} == {
        "pictures themselves",
        "item parameters",
        "blueprint, licence, name of the bank",
    }


def test_every_type_has_its_line():
    assert len({feature.name for feature in features()}) == len(features())
    assert {feature.item.type for feature in features()} == set(ITEM_TYPES)


def test_every_header_is_named_once():
    words = [
        word for row in header_rows()[1:] for word in (*row[1].split(", "), *row[2].split("、"))
    ]
    words = [word for word in words if word]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("name", "question", "source"),
    [(name, question, source) for name, all_ in SOURCES.items() for question, source in all_],
)
def test_a_question_of_another_program_is_stored_or_the_reason_has_a_sentence(
    name, question, source
):
    found = becomes(source)
    if "not stored" in found:
        code = found.partition("`")[2].partition("`")[0]
        assert FINDINGS[code]["en"]
        assert FINDINGS[code]["zh"]
    else:
        assert any(kind.replace("_", " ") in found for kind in ITEM_TYPES)
