"""What a page sends becomes one string, or a sentence for the student."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.errors import ItemBankError, sentence
from itembank.item import Choice, Figure, Item, Numeric, Premise, Region, Text
from itembank.numbers import read_number, write_number
from itembank.response import encode_response, response_words
from itembank.scoring import key_response, maximum_score, score_response
from tests.itembank.strategies import items, numbers


def fields_of(item, response):
    """The form that a response would have come from."""
    if item.type == "order":
        return {"order": response.split()}
    if item.type == "matching":
        pairs = [part.split("=") for part in response.split()]
        return {f"match-{premise}": [choice] for premise, choice in pairs}
    if item.type == "numeric":
        return {"number": [response]}
    if item.type == "short_text":
        return {"text": [response]}
    if item.type == "hot_spot":
        x, y = response.split(",")
        return {"x": [x], "y": [y]}
    return {"choice": response.split()}


@settings(max_examples=150)
@given(item=items())
def test_a_right_answer_sent_by_a_form_scores_the_maximum(item):
    response = encode_response(item, fields_of(item, key_response(item)))
    assert score_response(item, response) == maximum_score(item)
    assert encode_response(item, fields_of(item, response)) == response


@given(item=items())
def test_an_empty_form_is_answered_by_a_sentence(item):
    for values in ({}, {"choice": [], "text": [" "], "number": [""], "x": [""]}):
        with pytest.raises(ItemBankError) as caught:
            encode_response(item, values)
        assert caught.value.code == "response-missing"


names = st.sampled_from(
    ["choice", "order", "rank-1", "rank-a", "match-p1", "number", "text", "x", "y", "point"]
)
contents = st.lists(
    st.one_of(st.text(max_size=10), st.sampled_from(["a", "b", "1", "0.5", "", "a b", "1,2"])),
    max_size=4,
)


@settings(max_examples=200)
@given(item=items(), values=st.dictionaries(names, contents), seed=st.sampled_from(["", "s"]))
def test_any_form_gives_a_response_that_scores_or_a_sentence(item, values, seed):
    try:
        response = encode_response(item, values, seed)
    except ItemBankError as error:
        assert sentence(error, "en")
        assert sentence(error, "zh")
    else:
        assert 0 <= score_response(item, response) <= maximum_score(item)


@given(item=items(), language=st.sampled_from(["en", "zh"]))
def test_a_response_can_be_read_by_a_person(item, language):
    words = response_words(item, key_response(item), language)
    if item.type == "single_best":
        (key,) = [choice for choice in item.choices if choice.is_key]
        assert key.text.get(language) in words
    if item.type == "matching":
        assert all(one.text.get(language) in words for one in item.premises)
    assert words


def test_responses_in_words():
    options = tuple(Choice(id=one, text=Text(en=one * 2), is_key=one == "a") for one in "ab")
    plain = {"id": "Q", "competency": "R1", "stem": Text(en="?")}
    single = Item(**plain, choices=options)
    assert response_words(single, "b", "en") == "B. bb"
    assert response_words(single, "", "zh") == "（未作答）"
    dose = Numeric(value=1, tolerance=0, unit=Text(en="mGy", zh="毫戈瑞"))
    assert response_words(Item(**plain, type="numeric", numeric=dose), "2.50", "zh") == "2.5 毫戈瑞"
    region = Region(
        id="r", shape="rect", coordinates=(0, 0, 0.5, 0.5), is_key=True, label=Text(en="left lung")
    )
    spot = Item(
        **plain, type="hot_spot", figures=(Figure(asset="figures/a.png"),), regions=(region,)
    )
    assert (
        response_words(spot, "0.25,0.4", "en") == "left lung (25% from the left, 40% from the top)"
    )
    assert response_words(spot, "0.75,0.4", "zh") == "距左 75%，距上 40%"
    unkeyed = tuple(Choice(id=one.id, text=one.text) for one in options)
    order = Item(**plain, type="order", choices=unkeyed)
    assert response_words(order, "b a", "en") == "1. bb\n2. aa"
    premise = Premise(id="p1", text=Text(en="line"), match="b")
    pairs = Item(**plain, type="matching", choices=unkeyed, premises=(premise,))
    assert response_words(pairs, "p1=b", "en") == "line → bb"


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("12.5", 12.5),
        ("12,5", 12.5),
        ("１２．５", 12.5),
        ("１２，５", 12.5),
        ("12。5", 12.5),
        (" +12.50 ", 12.5),
        ("−3", -3),
        ("－３", -3),
        (".5", 0.5),
        ("5.", 5),
        ("1.2e3", 1200),
        ("1.2E-3", 0.0012),
        ("1.2×10^3", 1200),
        ("1.2 x 10^-3", 0.0012),
        ("1.2×10³", 1200),
        ("3·10⁸", 3e8),
        ("10^3", 1000),
        ("10⁻³", 0.001),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1,200,000", 1_200_000),
        ("12 000", 12_000),
        ("0,125", 0.125),
        ("1.234", 1.234),
        ("12.5 mGy", 12.5),
        ("12.5mGy", 12.5),
        ("12.5 mgy", 12.5),
        ("12,5 毫戈瑞", 12.5),
        ("12.5 ｍＧｙ", 12.5),
    ],
)
def test_numbers_are_read_as_people_write_them(written, number):
    assert read_number(written, Text(en="mGy", zh="毫戈瑞")) == number


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "number-unreadable"),
        ("twelve", "number-unreadable"),
        ("nan", "number-unreadable"),
        ("inf", "number-unreadable"),
        ("1e999", "number-too-large"),
        ("1e99999", "unit-wrong"),
        ("1" * 101, "number-unreadable"),
        ("1,234", "number-ambiguous"),
        ("1-2", "number-unreadable"),
        ("1.2.3", "number-unreadable"),
        ("12.5 MGy", "unit-wrong"),
        ("12.5 Gy", "unit-wrong"),
        ("12.5 %", "unit-wrong"),
        ("5 mGy or 6", "unit-wrong"),
    ],
)
def test_a_number_that_cannot_be_read_for_sure_is_refused(written, code):
    with pytest.raises(ItemBankError) as caught:
        read_number(written, Text(en="mGy", zh="毫戈瑞"))
    assert caught.value.code == code
    assert sentence(caught.value, "zh")


@pytest.mark.parametrize(
    ("unit", "written"), [("μSv", "3 µSv"), ("cm²", "3 cm^2"), ("%", "3%"), ("°C", "3 °C")]
)
def test_a_unit_is_known_in_its_ways_of_writing(unit, written):
    assert read_number(written, Text(en=unit)) == 3


@given(number=numbers)
def test_a_number_written_reads_back_as_the_same(number):
    assert read_number(write_number(number), Text()) == number
