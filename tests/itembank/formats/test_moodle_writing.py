"""Moodle XML and GIFT out and in again: the same content, or the loss is listed."""

import re
import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from itembank.bank import ItemBank
from itembank.blueprint import Blueprint, Competency, Profile
from itembank.errors import sentence
from itembank.formats.archive import Limits, read_archive
from itembank.formats.draft import complete
from itembank.formats.gift import read_gift
from itembank.formats.gift_writing import write_gift
from itembank.formats.moodle_questions import _GRADES
from itembank.formats.moodle_xml import read_moodle_xml
from itembank.formats.moodle_xml_writing import write_moodle_xml
from itembank.item import (
    Choice,
    Figure,
    Item,
    Numeric,
    Premise,
    Stimulus,
    Text,
    content_hash,
    item_to_native,
    true_false_choices,
)
from itembank.item_checks import strings_of
from tests.itembank.strategies import ASSETS, any_words, items, plain_words

BLUEPRINT = Blueprint(
    competencies=(Competency(code="R1", name=Text(en="Physics / rays", zh="物理")),),
    profiles=(Profile(code="UNI", weights={"R1": 100}),),
)
CARRIED = ("single_best", "true_false", "multiple", "select_n", "numeric", "short_text", "order")
CARRIED += ("matching",)
# These say what Moodle does with the file; reading it here again changes nothing.
ABOUT_MOODLE = {"export-scoring", "export-tag-too-long", "export-markup-shown"}


PRIVATE = re.compile("[\ue000\ue001\U000f0000-\U000f0007]")


def bank(*found, assets=ASSETS):
    return ItemBank(
        code="test", name=Text(en="A/B", zh="测试"), blueprint=BLUEPRINT, items=found, assets=assets
    )


def read_xml(data):
    return read_moodle_xml(data, "quiz.xml")


def read_gift_or_zip(data):
    if data[:2] == b"PK":
        return read_gift(read_archive(data, "zip", Limits()), "zip")
    return read_gift(data, "file.gift")


FORMATS = {"xml": (write_moodle_xml, read_xml), "gift": (write_gift, read_gift_or_zip)}
either_format = pytest.mark.parametrize("name", sorted(FORMATS))


def out_and_in(name, found, language="both"):
    """The item that comes back, codes of what was listed, and the draft of the file."""
    write, read = FORMATS[name]
    data, findings = write(bank(found), language)
    draft = read(data)
    assert not draft.rejected, draft.rejected
    (only,) = draft.items
    return complete(only), {finding.code for finding in findings}, draft


@either_format
@given(items(*CARRIED, words=any_words))
@settings(deadline=None, max_examples=60)
def test_every_item_comes_back_the_same(name, found):
    if "export-item" in {one.code for one in FORMATS[name][0](bank(found))[1]}:
        assert any(PRIVATE.search(text) for text in strings_of(found)) or found.accepted
        return
    back, codes, draft = out_and_in(name, found)
    assert codes <= ABOUT_MOODLE
    assert "export-markup-shown" not in codes or found.type == "matching"
    assert content_hash(back) == content_hash(found)
    for asset, data in draft.assets.items():
        assert ASSETS[asset] == data


@either_format
@given(items(*CARRIED, words=plain_words))
@settings(deadline=None, max_examples=40)
def test_labels_and_ids_come_back(name, found):
    back, _, draft = out_and_in(name, found)
    before, after = item_to_native(found), item_to_native(back)
    names = ("id", "competency", "sub_topic", "cognitive_level", "difficulty", "jurisdiction")
    for label in (*names, "status", "posts", "enemies", "reference", "written"):
        assert after[label] == before[label]
    if found.stimulus is not None:
        assert back.stimulus.id == found.stimulus.id
    assert draft.items[0].tags == ()


@either_format
@given(items(*CARRIED, words=plain_words), st.sampled_from(["en", "zh"]))
@settings(deadline=None, max_examples=40)
def test_one_language_is_written_and_the_other_is_listed(name, found, language):
    back, codes, _ = out_and_in(name, found, language)
    texts = [back.stem, *(choice.text for choice in back.choices if back.type != "true_false")]
    assert len({text.languages for text in texts}) == 1
    if not codes & {"export-language", "export-language-missing"}:
        assert content_hash(back) == content_hash(found)


@given(items("hot_spot"))
@settings(deadline=None, max_examples=40)
def test_a_hot_spot_comes_back_from_moodle_xml(found):
    if any(PRIVATE.search(text) for text in strings_of(found)):
        return
    back, codes, draft = out_and_in("xml", found)
    assert codes <= ABOUT_MOODLE | {"export-picture-size"}
    assert content_hash(back) == content_hash(found)
    assert draft.items[0].findings == ()


@given(found=items("hot_spot", words=plain_words))
@settings(deadline=None, max_examples=5)
def test_a_hot_spot_is_listed_in_gift(found):
    _, findings = write_gift(bank(found))
    assert [finding.code for finding in findings] == ["export-type"]
    for language in ("en", "zh"):
        assert sentence(findings[0], language)


def choices(*texts, keys="a"):
    return tuple(
        Choice(id=name, text=Text(en=text), is_key=name in keys)
        for name, text in zip("abcdefghijkl", texts, strict=False)
    )


def question(**changes):
    fields = {
        "id": "Q-1",
        "competency": "R1",
        "stem": Text(en="Is it?"),
        "choices": choices("yes", "no"),
    }
    return Item(**(fields | changes))


HARD_TEXTS = [
    "[html] starts like a format",
    "%50% starts like a weight",
    "// starts like a comment",
    "::starts like a title::",
    "$CATEGORY: no",
    "{mlang en} is no mark {mlang}",
    "a -> b => c <- d",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "1. one\n2. two\n\n   - three",
    "**bold** $x_1^2 \\frac{1}{2}$ and\n\n$$E = mc^2$$",
    "![a rib](figures/one.png) in a line",
    '<section class="quizengine-stimulus"> is text',
    "&lt;b&gt; &amp; &nbsp;",
    "]]> and <![CDATA[",
    "____ and \\_\\_",
    "line one  \nline two",
    "#### heading or feedback",
]


@either_format
@pytest.mark.parametrize("text", HARD_TEXTS)
def test_texts_that_look_like_something_else(name, text):
    found = question(
        stem=Text(en=text),
        rule=Text(en=text, zh=text),
        choices=(
            Choice(id="a", text=Text(en=text), is_key=True, reason=Text(en=text)),
            Choice(id="b", text=Text(en=f"not {text}"), reason=Text(zh=text)),
        ),
        figures=(Figure(asset="figures/two.png", alt=Text(en=text), caption=Text(en=text)),),
        stimulus=Stimulus(id="case [1] 50 %", text=Text(en=text), position=2),
        reference=text.replace("\n", " "),
    )
    back, codes, _ = out_and_in(name, found)
    assert codes <= ABOUT_MOODLE
    assert content_hash(back) == content_hash(found)
    assert back.stimulus.id == found.stimulus.id
    assert back.reference == found.reference


@either_format
@pytest.mark.parametrize("kind", ["order", "matching", "short_text"])
@pytest.mark.parametrize("text", HARD_TEXTS)
def test_hard_texts_in_other_types(name, kind, text):
    plain = choices(text, f"not {text}", "other", keys="")
    content = {
        "order": {"choices": plain},
        "matching": {
            "choices": plain,
            "premises": (
                Premise(id="p1", text=Text(en=text), match="b", reason=Text(zh=text)),
                Premise(id="p2", text=Text(en="x" + text), match="b"),
            ),
        },
        "short_text": {"choices": (), "accepted": (Text(en=text), Text(en="*", zh="星*"))},
    }[kind]
    found = question(type=kind, **content)
    write, _ = FORMATS[name]
    _, findings = write(bank(found))
    if "export-item" in {finding.code for finding in findings}:
        assert "->" in text
        return
    back, codes, _ = out_and_in(name, found)
    if "export-markup" in codes:
        assert "{mlang" in text
        return
    assert codes <= ABOUT_MOODLE
    assert content_hash(back) == content_hash(found)


@either_format
@pytest.mark.parametrize("sign", ["\ue000", "\U000f0000"])
def test_a_text_with_private_signs_is_listed(name, sign):
    _, findings = FORMATS[name][0](bank(question(stem=Text(en=f"a {sign} b"))))
    assert [finding.code for finding in findings] == ["export-item"]


def test_an_arrow_in_a_short_answer_is_listed():
    found = question(type="short_text", choices=(), accepted=(Text(en="a -> b"),))
    data, findings = write_gift(bank(found))
    assert [finding.code for finding in findings] == ["export-item"]
    assert data == b"\n"


@either_format
def test_a_missing_picture_is_listed(name):
    found = question(figures=(Figure(asset="figures/none.png", alt=Text(en="a rib")),))
    back, codes, draft = out_and_in(name, found)
    assert codes == {"export-picture-missing"}
    assert [one.code for one in draft.items[0].findings] == ["picture-not-found"]
    assert content_hash(back) == content_hash(found)


@either_format
def test_other_words_for_true_and_false_are_listed(name):
    right, wrong = true_false_choices(True)
    right = Choice(id="true", text=Text(en="Yes"), is_key=True)
    found = question(type="true_false", choices=(right, wrong))
    assert "export-true-false-words" in out_and_in(name, found)[1]


@either_format
@pytest.mark.parametrize(
    ("kind", "scoring", "is_listed"),
    [
        ("multiple", "all_or_nothing", True),
        ("multiple", "partial", False),
        ("multiple", "plus_minus", False),
        ("select_n", "partial", True),
        ("order", "all_or_nothing", False),
        ("order", "partial", False),
    ],
)
def test_scoring_that_moodle_does_not_have_is_listed(name, kind, scoring, is_listed):
    keys = "ab" if kind != "order" else ""
    found = question(type=kind, choices=choices("one", "two", "three", keys=keys), scoring=scoring)
    back, codes, _ = out_and_in(name, found)
    assert ("export-scoring" in codes) == is_listed
    assert (back.type, back.scoring_rule) == (kind, scoring)


@either_format
@pytest.mark.parametrize("n_keys", range(1, 13))
def test_weights_are_those_that_moodle_accepts(name, n_keys):
    found = question(
        type="multiple",
        scoring="partial",
        choices=choices(*"abcdefghijkl", keys="abcdefghijkl"[:n_keys]),
    )
    data, _ = write_moodle_xml(bank(found))
    weights = {abs(float(one)) for one in etree.fromstring(data).xpath("//answer/@fraction")}
    assert weights <= {100.0, *_GRADES}
    back, codes, _ = out_and_in(name, found)
    assert back.key == found.key
    assert ("export-scoring" in codes) == (n_keys > 10)


@either_format
def test_a_number_edited_in_moodle_is_read_as_edited(name):
    numeric = Numeric(value=200.0, tolerance=0.05, relative=True, unit=Text(en="mGy"))
    found = question(type="numeric", choices=(), numeric=numeric)
    write, read = FORMATS[name]
    data, _ = write(bank(found))
    edited = data.replace(b"200.0", b"300.0")
    assert edited != data
    (draft,) = read(edited).items
    assert draft.fields["numeric"]["tolerance"] == 10.0
    assert not draft.fields["numeric"].get("relative")


def test_a_text_edited_in_moodle_is_read_as_edited():
    data, _ = write_moodle_xml(bank(question(stem=Text(en="1\\. Is **it**?"))))
    (draft,) = read_xml(data.replace(b"Is &lt;strong", b"Was &lt;strong")).items
    assert "Was **it**?" in draft.fields["stem"]["en"]


def test_categories_are_the_competencies():
    data, _ = write_moodle_xml(bank(question(), question(id="Q-2")))
    root = etree.fromstring(data)
    assert root.xpath("//category/text/text()") == ["$course$/top/A//B/R1 Physics // rays"]
    assert [one.get("type") for one in root] == ["category", "multichoice", "multichoice"]


def test_gift_with_pictures_is_a_zip_and_always_the_same():
    found = question(figures=(Figure(asset="figures/one.png"),))
    data, _ = write_gift(bank(found))
    names = zipfile.ZipFile(BytesIO(data)).namelist()
    assert names == ["questions.gift", "one.png"]
    assert write_gift(bank(found))[0] == data


def test_a_bank_without_items_is_written():
    assert write_gift(bank())[0] == b"\n"
    assert etree.fromstring(write_moodle_xml(bank())[0]).tag == "quiz"
