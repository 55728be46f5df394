"""Aiken: a question, options on lines, the answer; mistakes are named by line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint, Competency, Profile
from itembank.errors import ItemBankError, sentence
from itembank.formats.aiken import read_aiken, write_aiken
from itembank.formats.draft import complete
from itembank.item import Choice, Item, Text, content_hash, true_false_choices
from tests.itembank.strategies import any_words, items, plain_words

GOOD = "What is the unit of absorbed dose?\nA) sievert\nB) gray\nC. hertz\nANSWER: B\n"
BLUEPRINT = Blueprint(
    competencies=(Competency(code="R1", name=Text(en="Physics")),),
    profiles=(Profile(code="UNI", weights={"R1": 100}),),
)


def read(text):
    return read_aiken(text.encode(), "file.txt")


def item(text):
    draft = read(text)
    assert not draft.rejected, draft.rejected
    (only,) = draft.items
    return complete(only, competency="R1", item_id="Q")


def test_a_question_with_its_options():
    found = item(GOOD)
    assert found.stem.en == "What is the unit of absorbed dose?"
    assert [choice.text.en for choice in found.choices] == ["sievert", "gray", "hertz"]
    assert found.key == {"b"}


def test_true_and_false_are_a_true_false_question():
    found = item("Lead is dense.\nA) True\nB) False\nANSWER: A\n")
    assert (found.type, found.key) == ("true_false", {"true"})
    found = item("铅的密度小。\nA. 错误\nB. 正确\n答案：A\n")
    assert (found.type, found.key) == ("true_false", {"false"})


def test_several_letters_are_several_keys():
    found = item("Which?\nA) a\nB) b\nC) c\nANSWER: A, C\n")
    assert (found.type, found.key) == ("multiple", {"a", "c"})


def test_signs_of_markup_are_ordinary():
    found = item("Is 2 * 3 < 7 & <b>?\nA) *yes*\nB) no\nANSWER: A")
    assert found.stem.en == "Is 2 * 3 < 7 & <b>?"
    assert found.choices[0].text.en == r"\*yes\*"


def test_a_line_without_a_letter_goes_on_with_the_option():
    found = item("Which?\nA) a long\n   option\nB) b\nANSWER: A")
    assert found.choices[0].text.en == "a long option"


def test_a_letter_may_begin_a_question():
    assert (
        item("C. difficile is a\nA) virus\nB) bacterium\nANSWER: B").stem.en == "C. difficile is a"
    )


def test_an_explanation_is_the_rule():
    assert item(GOOD + "FEEDBACK: Gray is J/kg.\n").rule.en == "Gray is J/kg."


def test_joined_paragraphs_are_said():
    (draft,) = read("A heading\n\n" + GOOD).items
    assert [finding.code for finding in draft.findings] == ["aiken-stem-joined"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("Too few\nA) one\nANSWER: A\n", "aiken-too-few-options", 3),
        ("No options\nANSWER: A\n", "aiken-too-few-options", 2),
        ("A) one\nB) two\nANSWER: A\n", "aiken-question-missing", 1),
        ("ANSWER: A\n", "aiken-question-missing", 1),
        ("Which?\nA) a\nB) b\n", "aiken-answer-missing", 1),
        ("Which?\nA) a\nB) b\nANSWER: C\n", "aiken-answer-wrong", 4),
        ("Which?\nA) a\nB) b\nANSWER:\n", "aiken-answer-wrong", 4),
        ("Which?\nA) a\nB) b\nANSWER: the first\n", "aiken-answer-wrong", 4),
        ("Which?\nA) a\nC) b\nANSWER: A\n", "aiken-option-order", 3),
        ("Which?\nA) a\nB) \nANSWER: A\n", "choice-text-missing", 1),
    ],
)
def test_a_mistake_is_named_by_its_line_and_takes_no_other_question_with_it(text, code, line):
    for before, after, shift in (("", "", 0), (GOOD + "\n", "\n" + GOOD, 6)):
        draft = read(before + text + after)
        assert [(one.code, one.source.line) for one in draft.rejected] == [(code, line + shift)]
        assert len(draft.items) == 2 * bool(before)
        assert sentence(draft.rejected[0].as_finding(), "zh")


def test_a_forgotten_answer_is_found_without_blank_lines():
    draft = read("First?\nA) a\nB) b\nSecond?\nA) c\nB) d\nANSWER: A\n")
    assert [one.code for one in draft.rejected] == ["aiken-answer-missing"]
    assert draft.items[0].fields["stem"] == {"en": "Second?"}


def test_an_empty_file_says_so():
    with pytest.raises(ItemBankError) as error:
        read_aiken(b"\n\n", "file")
    assert error.value.code == "no-questions"


# --- writing ---


def bank(*found, assets=None):
    return ItemBank(
        code="test", name=Text(en="Test"), blueprint=BLUEPRINT, items=found, assets=assets or {}
    )


def written_findings(found, language="en"):
    """What the file cannot carry of the item, and the draft of the file."""
    data, findings = write_aiken(bank(found), language)
    codes = [finding.code for finding in findings if finding.where != "test"]
    return codes, read_aiken(data, "file") if data.strip() else None


@given(items("single_best", "true_false", words=plain_words))
@settings(deadline=None, max_examples=60)
def test_what_is_carried_comes_back_and_the_rest_is_listed(found):
    codes, draft = written_findings(found)
    if codes:
        return
    (only,) = draft.items
    assert content_hash(complete(only, competency="R1")) == content_hash(found)


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_a_plain_question_in_one_language_is_carried_in_full(data):
    kind = data.draw(st.sampled_from(["single_best", "true_false"]))
    language = data.draw(st.sampled_from(["en", "zh"]))
    words = st.sampled_from(
        ["剂量 5 mGy", "剂量与 X 线"] if language == "zh" else ["dose of 5 mGy", "p < 0.05 & more"]
    )
    number = st.integers(0, 999)
    word = st.builds("{} {}".format, words, number)
    found = data.draw(
        items(kind, words=word, languages=(language,), reasons=False, sets=False, pictures=False)
    )
    codes, draft = written_findings(found, language)
    assert codes == []
    (only,) = draft.items
    assert content_hash(complete(only, competency="R1")) == content_hash(found)


@given(items(words=any_words))
@settings(deadline=None, max_examples=80)
def test_every_item_is_written_as_one_question_or_listed(found):
    codes, draft = written_findings(found)
    if {"export-type", "export-item"} & set(codes):
        assert draft is None
    else:
        assert len(draft.items) == 1


def question(**changes):
    choices = (
        Choice(id="a", text=Text(en="yes"), is_key=True),
        Choice(id="b", text=Text(en="no")),
    )
    fields = {"id": "Q", "competency": "R1", "stem": Text(en="Is it?"), "choices": choices}
    return Item(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({}, []),
        ({"rule": Text(en="It is.")}, ["export-field"]),
        ({"stem": Text(en="Is it?", zh="是吗？")}, ["export-language"]),
        ({"stem": Text(en="**Is** it?")}, ["export-markup"]),
        ({"stem": Text(en="Is\n\nit?")}, ["export-markup"]),
        ({"stem": Text(en="A) Is it?")}, ["export-item"]),
        ({"stem": Text(en="ANSWER: is it?")}, ["export-item"]),
        ({"type": "order", "choices": ()}, None),
        ({"type": "true_false", "choices": true_false_choices(True)}, []),
    ],
)
def test_each_loss_is_listed(changes, codes):
    if codes is None:
        choices = tuple(Choice(id=name, text=Text(en=name)) for name in "ab")
        changes, codes = changes | {"choices": choices}, ["export-type"]
    assert written_findings(question(**changes))[0] == codes


def test_labels_are_said_once_for_the_bank():
    _, findings = write_aiken(bank(question()))
    assert [(one.code, one.where) for one in findings] == [("export-field", "test")]
