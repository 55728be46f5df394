"""Moodle XML: every question type as an item, with its pictures, tags and what is left out."""

import base64
import html
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.errors import ItemBankError, sentence
from itembank.formats.draft import complete
from itembank.formats.markup_conversion import escape_markdown, html_to_markdown
from itembank.formats.moodle_texts import _words_of
from itembank.formats.moodle_xml import read_moodle_xml

PNG = b"\x89PNG\r\n\x1a\n a picture"


def quiz(*parts):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>{"".join(parts)}</quiz>'.encode()


def question(kind, inner="", text="Which?", name="Name", text_format="html", extra=""):
    return (
        f'\n<question type="{kind}"><name><text>{name}</text></name>'
        f'<questiontext format="{text_format}"><text><![CDATA[{text}]]></text>{extra}'
        f"</questiontext>{inner}</question>"
    )


def answer(text, fraction, feedback="", inner=""):
    return (
        f'<answer fraction="{fraction}" format="html"><text><![CDATA[{text}]]></text>'
        f'<feedback format="html"><text><![CDATA[{feedback}]]></text></feedback>{inner}</answer>'
    )


def file(name, data=PNG, path="/"):
    encoded = base64.b64encode(data).decode()
    return f'<file name="{name}" path="{path}" encoding="base64">{encoded}</file>'


def category(name, inner=""):
    return f'<question type="category"><category><text>{name}</text></category>{inner}</question>'


TRUE = answer("true", 100, "yes") + answer("false", 0, "no")


def read(*parts):
    return read_moodle_xml(quiz(*parts), "quiz.xml")


def only(*parts):
    """The only draft of a file."""
    draft = read(*parts)
    assert not draft.rejected, draft.rejected
    (one,) = draft.items
    return one


def item(*parts):
    return complete(only(*parts), competency="R1", item_id="Q")


def codes(draft):
    return [finding.code for finding in draft.findings]


# --- types ---


def test_one_right_option():
    found = item(
        question(
            "multichoice",
            "<single>true</single>"
            + answer("<p>gray</p>", "100.00000", "<b>J/kg</b>")
            + answer("sievert", 0)
            + '<generalfeedback format="html"><text>Gray.</text></generalfeedback>',
        )
    )
    assert found.type == "single_best"
    assert found.key == {"a"}
    assert (found.choices[0].reason.en, found.rule.en) == ("**J/kg**", "Gray.")


def test_several_right_options_with_weights():
    inner = "<single>false</single>" + answer("a", 50) + answer("b", 50) + answer("c", -50)
    draft = only(question("multichoice", inner))
    assert draft.fields["type"] == "multiple"
    assert draft.fields["scoring"] == "plus_minus"
    assert codes(draft) == []


def test_a_weight_moodle_does_not_know_is_named():
    inner = "<single>false</single>" + answer("a", 33) + answer("b", 67) + answer("c", -100)
    draft = only(question("multichoice", inner))
    values = [one.details["value"] for one in draft.findings if one.code == "grade-unknown"]
    assert values == ["33", "67"]


def test_the_plugin_all_or_nothing():
    draft = only(question("multichoiceset", answer("a", 100) + answer("b", 100) + answer("c", 0)))
    assert draft.fields["scoring"] == "all_or_nothing"
    assert [option["key"] for option in draft.fields["options"]] == [True, True, False]


def test_true_and_false_with_reasons():
    found = item(question("truefalse", TRUE))
    assert (found.type, found.key) == ("true_false", {"true"})
    assert [choice.reason.en for choice in found.choices] == ["yes", "no"]


def test_a_number_with_tolerance_and_unit():
    inner = (
        answer("12.5", 100, inner="<tolerance>0.5</tolerance>")
        + answer("13", 50, "near", inner="<tolerance>0.1</tolerance>")
        + answer("*", 0, "no")
        + "<units><unit><multiplier>1000</multiplier><unit_name>µGy</unit_name></unit>"
        "<unit><multiplier>1</multiplier><unit_name>mGy</unit_name></unit></units>"
    )
    draft = only(question("numerical", inner))
    found = complete(draft, competency="R1").numeric
    assert (found.value, found.tolerance, found.unit.en) == (12.5, 0.5, "mGy")
    assert codes(draft) == [
        "answer-left-out", "feedback-left-out", "feedback-left-out", "units-left-out"
    ]  # fmt: skip


def test_short_answers_regarding_case():
    draft = only(
        question("shortanswer", "<usecase>1</usecase>" + answer("gray", 100) + answer("Gy", 100))
    )
    assert draft.fields["accepted"] == [{"en": "gray"}, {"en": "Gy"}]
    assert codes(draft) == ["letter-case-ignored"]


def test_matching_with_an_option_too_many():
    inner = "".join(
        f'<subquestion format="html"><text><![CDATA[{left}]]></text>'
        f"<answer><text>{right}</text></answer></subquestion>"
        for left, right in (("<p>kV</p>", "quality"), ("mAs", "quantity"), ("", "noise"))
    )
    found = item(question("matching", inner))
    assert [one.text.en for one in found.premises] == ["kV", "mAs"]
    assert [one.text.en for one in found.choices] == ["quality", "quantity", "noise"]


def test_html_in_the_options_of_a_matching_question():
    inner = "".join(
        f'<subquestion><text>{left}</text><answer format="html"><text><![CDATA[<p>{right} '
        "<b>x</b> &amp; y</p>]]></text></answer></subquestion>"
        for left, right in (("kV", "quality"), ("&lt;p&gt;&lt;/p&gt;", "noise"))
    )
    found = item(question("matching", inner))
    assert [one.text.en for one in found.choices] == ["quality **x** & y", "noise **x** & y"]
    assert len(found.premises) == 1


def test_wrong_answers_to_be_typed_in_are_listed():
    inner = answer("gray", 100) + answer("rad", 0) + answer("*", 0)
    (finding,) = only(question("shortanswer", inner)).findings
    assert finding.details == {"value": "rad", "weight": "0"}


def test_an_order_is_that_of_the_fractions():
    inner = "<gradingtype>RELATIVE_NEXT_EXCLUDE_LAST</gradingtype>" + "".join(
        answer(text, place) for text, place in (("second", 2), ("first", 1), ("third", 3))
    )
    found = item(question("ordering", inner))
    assert [one.text.en for one in found.choices] == ["first", "second", "third"]
    assert found.scoring_rule == "partial"


@pytest.mark.parametrize(("kind", "box"), [("ddwtos", "dragbox"), ("gapselect", "selectoption")])
def test_words_for_gaps_are_a_matching_item(kind, box):
    boxes = "".join(
        f"<{box}><text>{word}</text><group>1</group></{box}>"
        for word in ("gray", "sievert", "hertz")
    )
    found = item(question(kind, boxes, "<p>Absorbed dose: [[1]]</p><p>Effective: [[2]]</p>"))
    assert found.type == "matching"
    assert "(1) _____" in found.stem.en
    assert [one.text.en for one in found.premises] == [
        "(1) Absorbed dose: _____", "(2) Effective: _____"
    ]  # fmt: skip
    assert [one.text.en for one in found.choices] == ["gray", "sievert", "hertz"]


def gif(width, height):
    return b"GIF89a" + struct.pack("<HH", width, height)


def marker(shape, coords, background, markers=1):
    drags = "".join(f"<drag><no>{n + 1}</no><text>rib</text></drag>" for n in range(markers))
    return question(
        "ddmarker",
        f"{file('chest.gif', background)}{drags}<drop><no>1</no><shape>{shape}</shape>"
        f"<coords>{coords}</coords><choice>1</choice></drop>",
    )


@pytest.mark.parametrize(
    ("shape", "coords", "expected"),
    [
        ("circle", "100,50;20", ("circle", (0.5, 0.5, 0.1, 0.2))),
        ("rectangle", "20,10;40,30", ("rect", (0.1, 0.1, 0.3, 0.4))),
        ("polygon", "0,0;200,0;100,120", ("polygon", (0.0, 0.0, 1.0, 0.0, 0.5, 1.0))),
    ],
)
def test_one_marker_is_a_hot_spot(shape, coords, expected):
    found = item(marker(shape, coords, gif(200, 100)))
    assert found.figures[0].asset == "figures/chest.gif"
    (region,) = found.regions
    assert (region.shape, region.coordinates) == (expected[0], pytest.approx(expected[1]))
    assert (region.is_key, region.label.en) == (True, "rib")


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (marker("circle", "1,1;1", gif(9, 9), markers=2), "several-markers"),
        (marker("circle", "1,1;1", b"no picture"), "picture-size-unknown"),
        (marker("circle", "here", gif(9, 9)), "region-shape"),
        (marker("star", "1,1;2,2", gif(9, 9)), "region-shape"),
        (question("ddmarker"), "picture-needed"),
    ],
)
def test_markers_that_are_no_hot_spot(part, code):
    assert [one.code for one in read(part).rejected] == [code]


# --- cloze ---


def test_one_gap_is_one_item():
    found = item(
        question("cloze", text="<p>The unit is {1:MULTICHOICE_VS:=gray#J/kg~sievert#no}.</p>")
    )
    assert found.stem.en == "The unit is _____."
    assert found.stimulus is None
    assert [one.reason.en for one in found.choices] == ["J/kg", "no"]


def test_several_gaps_are_a_set():
    text = (
        "<p>Dose:</p><ul><li>unit {1:MC:=gray~sievert}</li><li>of 2 J in 4 kg "
        "{2:NUMERICAL:=0.5:0.01#yes}</li><li>short {:SA:%100%Gy~=gray}</li>"
        "<li>both {1:MULTIRESPONSE:=a~=b~c}</li></ul>"
    )
    draft = read(question("cloze", text=text))
    assert not draft.rejected
    assert [one.fields["type"] for one in draft.items] == [
        "single_best", "numeric", "short_text", "multiple"
    ]  # fmt: skip
    found = [complete(one, competency="R1") for one in draft.items]
    assert [one.stimulus.position for one in found] == [1, 2, 3, 4]
    assert len({one.stimulus.id for one in found}) == 1
    assert found[0].stem.en == "(1) unit _____"
    assert "(2) _____" in found[0].stimulus.text.en
    assert found[1].numeric.value == 0.5


def test_a_broken_gap_leaves_the_others():
    draft = read(question("cloze", text="One {1:MC:=a~b} two {1:NM:=zero} three {1:MC:=c~d}"))
    assert [one.fields["stimulus"]["position"] for one in draft.items] == [1, 2]
    (rejected,) = draft.rejected
    assert rejected.code == "moodle-number-unreadable"
    assert rejected.source.place.endswith("gap 2")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("No gap here {x}.", "cloze-gap-missing"),
        ("Which {1:MULTICHOICE}", "cloze-gap-broken"),
        ("Which {1:MULTICHOICE:=one}", "choice-count"),
        ("Which {1:MULTICHOICE:a~%50%b}", "no-full-answer"),
        ("Which {1:PUZZLE:=a~b}", "cloze-gap-broken"),
        ("Which {1:SHORTANSWER:=a*}", "wildcard-answer"),
        ("Which {1:MULTICHOICE:=a~b", None),
    ],
)
def test_gaps_that_cannot_be_read(text, code):
    draft = read(question("cloze", text=text))
    assert [one.code for one in draft.rejected] == ([code] if code else [])


def test_escapes_in_a_gap():
    found = item(question("cloze", text=r"Which {1:MC:=a \} b#yes \~ no~c &#8805; d~&amp;#x3b1;}"))
    assert [one.text.en for one in found.choices][:2] == ["a } b", "c ≥ d"]
    assert found.choices[0].reason.en == "yes ~ no"


# --- what cannot be stored ---


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (question("description"), "description-only"),
        (question("essay"), "essay-not-scored"),
        (question("calculated", answer("{a}*{b}", 100)), "question-type-not-stored"),
        (question("coderunner"), "question-type-not-stored"),
        ("<section>words</section>", "element-not-stored"),
        (question("truefalse", answer("true", 100)), "true-false-options"),
        (question("truefalse", answer("true", 0) + answer("false", 0)), "key-count"),
        (question("multichoice", answer("a", 50) + answer("b", 0)), "no-full-answer"),
        (question("multichoice", answer("a", 100) + answer("b", 100)), "several-full-answers"),
        (question("multichoice", answer("a", "all") + answer("b", 0)), "grade-wrong"),
        (question("numerical", answer("many", 100)), "moodle-number-unreadable"),
        (question("truefalse", TRUE, text=""), "stem-missing"),
        (question("multichoice", answer("a", 100) + answer("", 0)), "choice-text-missing"),
    ],
)
def test_what_cannot_be_stored_is_named(part, code):
    draft = read(question("truefalse", TRUE), part)
    assert len(draft.items) == 1
    assert [one.code for one in draft.rejected] == [code]
    assert draft.rejected[0].source.line
    for language in ("en", "zh"):
        assert sentence(draft.rejected[0].as_finding(), language)


def test_settings_that_are_not_kept_are_listed():
    inner = (
        "<defaultgrade>2.0</defaultgrade><penalty>0.5</penalty><hidden>1</hidden>"
        "<shuffleanswers>0</shuffleanswers><idnumber>Q-1</idnumber><puzzle>x</puzzle>"
        "<correctfeedback><text>Your answer is correct.</text></correctfeedback>"
        "<incorrectfeedback><text>Read chapter 3.</text></incorrectfeedback>"
        "<hint><text>Think.</text></hint>" + answer("a", 100) + answer("b", 0)
    )
    draft = only(question("multichoice", inner))
    found = {finding.code: finding.details for finding in draft.findings}
    assert found["settings-left-out"]["value"] == (
        "defaultgrade=2.0, penalty=0.5, shuffleanswers=0, puzzle=x"
    )
    assert "question-hidden" in found
    lost = [one.details["value"] for one in draft.findings if one.code == "feedback-left-out"]
    assert lost == ["Read chapter 3.", "Think."]
    assert draft.fields["id"] == "Q-1"


def test_an_ordinary_question_has_no_findings():
    inner = (
        "<defaultgrade>1.0000000</defaultgrade><penalty>0.3333333</penalty><hidden>0</hidden>"
        "<idnumber></idnumber><single>true</single><shuffleanswers>true</shuffleanswers>"
        "<answernumbering>abc</answernumbering><showstandardinstruction>0</showstandardinstruction>"
        "<correctfeedback><text>Your answer is correct.</text></correctfeedback><shownumcorrect/>"
    )
    draft = only(question("multichoice", inner + answer("a", 100) + answer("b", 0)))
    assert codes(draft) == []
    assert "id" not in draft.fields


def test_categories_and_tags_are_tags():
    tags = "<tags><tag><text>dose</text></tag><tag><text>A &lt; B</text></tag></tags>"
    info = '<info format="html"><text>All of it</text></info><idnumber>c-1</idnumber>'
    draft = read(
        question("truefalse", TRUE),
        category("$course$/top/Physics/Dose", info),
        question("truefalse", TRUE + tags),
        category("$module$/Other"),
        question("truefalse", TRUE),
    )
    assert [one.tags for one in draft.items] == [
        (), ("Physics/Dose", "dose", "A < B"), ("Other",)
    ]  # fmt: skip
    assert [note.code for note in draft.notes] == ["category-description"]
    assert draft.notes[0].details["value"] == "All of it (id: c-1)"


# --- texts and pictures ---


@pytest.mark.parametrize(
    ("text_format", "text", "stem"),
    [
        ("html", "<p>Is <em>it</em>?</p>", "Is *it*?"),
        ("markdown", "Is *it*? `x`", "Is *it*? `x`"),
        ("markdown", r"Is \\(x^2\\)?", "Is $x^2$?"),
        ("markdown", "Is <em>it</em> **so**?", "Is *it* **so**?"),
        ("plain_text", "Is *it* <b>?", r"Is \*it\* <b>?"),
        ("moodle_auto_format", "One\ntwo", "One  \ntwo"),
        ("moodle_auto_format", "One<br>\\(y\\)", "One  \n$y$"),
    ],
)
def test_formats(text_format, text, stem):
    assert item(question("truefalse", TRUE, text, text_format=text_format)).stem.en == stem


def test_embedded_pictures_become_figures_or_stay_in_the_text():
    text = (
        'See <img src="@@PLUGINFILE@@/in%20line.png" alt="a rib"> here.'
        '<p><img src="@@PLUGINFILE@@/alone.png" alt="a skull" width="50" /></p>'
    )
    feedback = answer("false", 0, '<img src="@@PLUGINFILE@@/alone.png" alt="">').replace(
        "</feedback>", file("alone.png", PNG + b"other") + "</feedback>"
    )
    part = question(
        "truefalse",
        answer("true", 100) + feedback,
        text,
        extra=file("in line.png") + file("alone.png", PNG + b"2") + file("spare.png", PNG + b"3"),
    )
    draft = read(part)
    found = complete(draft.items[0], competency="R1")
    assert [(one.asset, one.alt.en) for one in found.figures] == [("figures/alone.png", "a skull")]
    assert found.stem.en == "See ![a rib](<figures/in line.png>) here."
    assert found.choices[1].reason.en == "![](figures/alone-2.png)"
    assert draft.assets == {
        "figures/in line.png": PNG,
        "figures/alone.png": PNG + b"2",
        "figures/alone-2.png": PNG + b"other",
    }
    assert codes(draft.items[0]) == ["file-unused"]


def test_what_is_no_picture_is_listed():
    text = (
        '<img src="@@PLUGINFILE@@/sound.mp3" alt="x"><img src="@@PLUGINFILE@@/none.png">'
        '<img src="http://x.example/a.png"><img src="data:image/png;base64,iVBORw0KGgo="> Seen?'
    )
    draft = only(question("truefalse", TRUE, text, extra=file("sound.mp3")))
    assert set(codes(draft)) == {"file-no-picture", "picture-not-found", "figure-address"}


def test_a_picture_that_cannot_be_decoded_is_listed():
    broken = '<file name="a.png" path="/" encoding="base64">no base64!</file>'
    draft = read(
        question("truefalse", TRUE, '<p><img src="@@PLUGINFILE@@/a.png"></p>Q', extra=broken)
    )
    assert draft.assets == {}
    assert "picture-not-found" in codes(draft.items[0])


def test_the_one_picture_of_old_files():
    old = f"<image>rib.png</image><image_base64>{base64.b64encode(PNG).decode()}</image_base64>"
    draft = read(question("truefalse", TRUE + old))
    assert draft.items[0].fields["figures"][0]["asset"] == "figures/rib.png"
    assert draft.assets == {"figures/rib.png": PNG}


def test_two_languages():
    text = "{mlang en}<p>Unit?</p>{mlang}{mlang zh_cn}<p>单位？</p>{mlang}"
    old = (
        '<span lang="en" class="multilang">gray</span><span lang="zh" class="multilang">戈瑞</span>'
    )
    found = item(question("multichoice", answer(old, 100) + answer("5 kg", 0), text))
    assert (found.stem.en, found.stem.zh) == ("Unit?", "单位？")
    assert (found.choices[0].text.en, found.choices[0].text.zh) == ("gray", "戈瑞")
    assert found.languages == ("en", "zh")


def test_other_is_the_language_that_is_not_named():
    found = item(question("truefalse", TRUE, "{mlang zh}单位？{mlang}{mlang other}Unit?{mlang}"))
    assert (found.stem.en, found.stem.zh) == ("Unit?", "单位？")


def test_unescaped_html_belongs_to_the_text():
    data = quiz(question("truefalse", TRUE)).replace(b"<![CDATA[Which?]]>", b"<p>Is <b>it</b>?</p>")
    assert read_moodle_xml(data).items[0].fields["stem"] == {"en": "Is **it**?"}


def test_a_zip_of_files_is_read_whole():
    files = {"a.xml": quiz(question("truefalse", TRUE)), "b.xml": quiz(question("essay"))}
    draft = read_moodle_xml(files, "set.zip")
    assert (len(draft.items), len(draft.rejected)) == (1, 1)
    assert draft.items[0].source.file == "a.xml"


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Co")), max_size=30))
@settings(deadline=None, max_examples=100)
def test_the_short_way_for_plain_paragraphs_gives_what_the_converter_gives(text):
    words = " ".join(text.split())
    source = f"<p>{html.escape(words)}</p>"
    if words and _words_of(source) is not None:
        assert escape_markdown(_words_of(source)) == html_to_markdown(source)


# --- files that are none ---


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<test></test>", "moodle-no-quiz"),
        (b"<quiz></quiz>", "no-questions"),
        (b"<quiz><question></quiz>", "xml-broken"),
        (b"", "file-empty"),
        (b'<!DOCTYPE quiz [<!ENTITY a "b">]><quiz>&a;</quiz>', "xml-unsafe"),
        (b'<!DOCTYPE quiz SYSTEM "file:///etc/passwd"><quiz/>', "xml-unsafe"),
        (b"<quiz>" + b"<a>" * 300 + b"</a>" * 300 + b"</quiz>", "xml-too-deep"),
    ],
)
def test_files_that_are_no_quiz(data, code):
    with pytest.raises(ItemBankError) as error:
        read_moodle_xml(data, "file.xml")
    assert error.value.code == code
