"""A small file for every kind of question other programs write, and what it becomes here.

`python -m tests.itembank.formats.source_questions` measures the tables of `docs/formats.md` anew
and writes them into it; `test_overview` tells when that is needed.
"""

# ruff: noqa: E501 - markup is read more easily in one line

import base64
import struct
from pathlib import Path

from itembank.exchange import read_questions
from itembank.formats.overview import SECTIONS, as_markdown

GIF = b"GIF89a" + struct.pack("<HH", 100, 100)


# --- Moodle XML ---


def moodle(kind, inner="", text="Which?"):
    return (
        f'<quiz><question type="{kind}"><name><text>Name</text></name><questiontext format="html">'
        f"<text><![CDATA[{text}]]></text></questiontext>{inner}</question></quiz>"
    )


def answer(text, fraction, inner=""):
    return f'<answer fraction="{fraction}"><text>{text}</text>{inner}</answer>'


def subquestion(text, match):
    return f"<subquestion><text>{text}</text><answer><text>{match}</text></answer></subquestion>"


def boxes(name):
    return "".join(
        f"<{name}><text>{word}</text><group>1</group></{name}>" for word in ("water", "bone")
    )


MULTI = "<single>false</single>" + answer("a", 50) + answer("b", 50) + answer("c", -100)
MARKER = (
    f'<file name="x.gif" encoding="base64">{base64.b64encode(GIF).decode()}</file>'
    "<drag><no>1</no><text>rib</text></drag><drop><no>1</no><shape>circle</shape>"
    "<coords>50,50;20</coords><choice>1</choice></drop>"
)
GAPS = "[[1]] is soft, [[2]] is hard."
MOODLE = [
    ("`multichoice` with one right answer", moodle("multichoice", "<single>true</single>" + answer("a", 100) + answer("b", 0))),
    ("`multichoice` with several", moodle("multichoice", MULTI)),
    ("`multichoiceset`", moodle("multichoiceset", answer("a", 100) + answer("b", 100) + answer("c", 0))),
    ("`truefalse`", moodle("truefalse", answer("true", 100) + answer("false", 0))),
    ("`numerical`", moodle("numerical", answer("3", 100, "<tolerance>0.1</tolerance>"))),
    ("`shortanswer`", moodle("shortanswer", answer("lead", 100))),
    ("`matching`", moodle("matching", subquestion("un", "one") + subquestion("deux", "two") + subquestion("trois", "three"))),
    ("`ordering`", moodle("ordering", answer("first", 1) + answer("second", 2))),
    ("`cloze` with one gap", moodle("cloze", text="Unit: {1:MC:=gray~sievert}")),
    ("`cloze` with several gaps", moodle("cloze", text="{1:MC:=gray~sievert} or {1:NM:=3:0.1} or {1:SA:=lead}")),
    ("`ddwtos`", moodle("ddwtos", boxes("dragbox"), GAPS)),
    ("`gapselect`", moodle("gapselect", boxes("selectoption"), GAPS)),
    ("`ddmarker` with one marker", moodle("ddmarker", MARKER)),
    ("`ddimageortext`", moodle("ddimageortext")),
    ("`calculated`", moodle("calculated", answer("{x}*2", 100))),
    ("`essay`", moodle("essay")),
    ("`description`", moodle("description")),
]  # fmt: skip

# --- GIFT and Aiken ---

GIFT = [
    ("`{=right ~wrong}`", "Which? {=right ~wrong}"),
    ("`{~%50%a ~%50%b ~%-100%c}`", "Which? {~%50%a ~%50%b ~%-100%c}"),
    ("`{T}`", "::t::Is it? {T}"),
    ("`{#3:0.1}`", "::t::How many? {#3:0.1}"),
    ("`{#1..3}`", "::t::How many? {#1..3}"),
    ("`{=gray =Gy}`", "::t::Unit? {=gray =Gy}"),
    ("`{=one -> un =two -> deux =three -> trois}`", "::t::Match {=one -> un =two -> deux =three -> trois}"),
    ("`{}` (essay)", "::t::Why? {}"),
    ("no braces (description)", "::t::Read this."),
]  # fmt: skip
AIKEN = [("a question", "Which?\nA. one\nB. two\nANSWER: A\n")]

# --- QTI 1.2 ---


def qti12(kind, presentation, processing=""):
    field = f"<fieldlabel>question_type</fieldlabel><fieldentry>{kind}</fieldentry>"
    return (
        '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="a"><section ident="s">'
        f'<item ident="q"><itemmetadata><qtimetadata><qtimetadatafield>{field}</qtimetadatafield></qtimetadata></itemmetadata>'
        f"<presentation>{said('Which?')}{presentation}</presentation><resprocessing>{processing}</resprocessing></item>"
        "</section></assessment></questestinterop>"
    )


def said(text):
    return f"<material><mattext>{text}</mattext></material>"


def lid(ident, *names, several=False, about=""):
    inside = "".join(f'<response_label ident="{n}">{said(n)}</response_label>' for n in names)
    many = "Multiple" if several else "Single"
    return f'<response_lid ident="{ident}" rcardinality="{many}">{about}<render_choice>{inside}</render_choice></response_lid>'


def equal(value, ident="r"):
    return f'<varequal respident="{ident}">{value}</varequal>'


def right(condition, points=100, action="Set"):
    return f'<respcondition><conditionvar>{condition}</conditionvar><setvar action="{action}" varname="SCORE">{points}</setvar></respcondition>'


FIB = '<response_str ident="r"><render_fib/></response_str>'
ALL = right(f"<and>{equal('a')}{equal('b')}<not>{equal('c')}</not></and>")
PAIRS = lid("r1", "x", "y", "z", about=said("un")) + lid("r2", "x", "y", "z", about=said("deux"))
PAIRED = right(equal("x", "r1"), 50, "Add") + right(equal("y", "r2"), 50, "Add")
BLANKS = lid("r_low", "a", "b", about=said("low")) + lid("r_high", "c", about=said("high"))
FILLED = right(equal("a", "r_low")) + right(equal("c", "r_high"))
QTI12 = [
    ("`multiple_choice_question`", qti12("multiple_choice_question", lid("r", "a", "b"), right(equal("a")))),
    ("`true_false_question`", qti12("true_false_question", lid("r", "True", "False"), right(equal("True")))),
    ("`multiple_answers_question`", qti12("multiple_answers_question", lid("r", "a", "b", "c", several=True), ALL)),
    ("`matching_question`", qti12("matching_question", PAIRS, PAIRED)),
    ("`numerical_question`", qti12("numerical_question", FIB, right(equal("3")))),
    ("`short_answer_question`", qti12("short_answer_question", FIB, right(equal("lead")))),
    ("`fill_in_multiple_blanks_question`", qti12("fill_in_multiple_blanks_question", BLANKS, FILLED)),
    ("`multiple_dropdowns_question`", qti12("multiple_dropdowns_question", lid("r_c", "a", "b", about=said("c")), right(equal("b", "r_c")))),
    ("`calculated_question`", qti12("calculated_question", FIB, "<itemproc_extension><calculated/></itemproc_extension>")),
    ("`essay_question`", qti12("essay_question", FIB)),
    ("`text_only_question`", qti12("text_only_question", "")),
]  # fmt: skip

# --- QTI 2.1, 2.2 and, by its names, 3.0 ---

MATCH = '<responseProcessing template="http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"/>'


def qti2(interaction, *keys, many="single", base="identifier", inside="", attributes="", more=""):
    """An item with one interaction named like the response it asks for."""
    values = "".join(f"<value>{key}</value>" for key in keys)
    correct = f"<correctResponse>{values}</correctResponse>" if keys else ""
    asks = f'<{interaction} responseIdentifier="R" {attributes}>{inside}</{interaction}>'
    return (
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q" title="T" adaptive="false" timeDependent="false">'
        f'<responseDeclaration identifier="R" cardinality="{many}" baseType="{base}">{correct}{more}</responseDeclaration>'
        f"<itemBody><div><p>Which?</p>{asks}</div></itemBody>{MATCH}</assessmentItem>"
    )


def parts(tag, *names, more=""):
    return "".join(f'<{tag} identifier="{name}" {more}>{name}</{tag}>' for name in names)


def associable(names):
    return parts("simpleAssociableChoice", *names, more='matchMax="1"')


def sets(*groups):
    return "".join(f"<simpleMatchSet>{associable(names)}</simpleMatchSet>" for names in groups)


IMG = '<img src="x.png" alt="" width="100" height="100"/>'
SPOT = '<hotspotChoice identifier="a" shape="circle" coords="50,50,20"/>'
AREA = '<areaMapping defaultValue="0"><areaMapEntry shape="rect" coords="10,10,20,30" mappedValue="1"/></areaMapping>'
WORDS_TO_DRAG = '<gapText identifier="w" matchMax="1">water</gapText><gapText identifier="b" matchMax="1">bone</gapText><p><gap identifier="G1"/> and <gap identifier="G2"/></p>'
HOT = '<p>The <hottext identifier="a">lung</hottext> filters <hottext identifier="b">blood</hottext>.</p>'
CHOICES = parts("simpleChoice", "a", "b", "c")
QTI2 = [
    ("`choiceInteraction`, one answer", qti2("choiceInteraction", "a", inside=CHOICES, attributes='maxChoices="1"')),
    ("`choiceInteraction`, several", qti2("choiceInteraction", "a", "b", many="multiple", inside=CHOICES, attributes='maxChoices="0"')),
    ("`choiceInteraction`, exactly n", qti2("choiceInteraction", "a", "b", many="multiple", inside=CHOICES, attributes='maxChoices="2" minChoices="2"')),
    ("`inlineChoiceInteraction`", qti2("inlineChoiceInteraction", "a", inside=parts("inlineChoice", "a", "b"))),
    ("`textEntryInteraction`, a number", qti2("textEntryInteraction", "3", base="float")),
    ("`textEntryInteraction`, a word", qti2("textEntryInteraction", "lead", base="string")),
    ("`orderInteraction`", qti2("orderInteraction", "b", "a", "c", many="ordered", inside=CHOICES)),
    ("`matchInteraction`", qti2("matchInteraction", "a x", "b y", many="multiple", base="directedPair", inside=sets("ab", "xyz"))),
    ("`matchInteraction`, many to many", qti2("matchInteraction", "a x", "a y", "b x", many="multiple", base="directedPair", inside=sets("ab", "xy"))),
    ("`gapMatchInteraction`", qti2("gapMatchInteraction", "w G1", "b G2", many="multiple", base="directedPair", inside=WORDS_TO_DRAG)),
    ("`associateInteraction`", qti2("associateInteraction", "a b", "c d", many="multiple", base="pair", inside=associable("abcd"))),
    ("`hotspotInteraction`", qti2("hotspotInteraction", "a", inside=IMG + SPOT, attributes='maxChoices="1"')),
    ("`selectPointInteraction`", qti2("selectPointInteraction", "15 20", base="point", inside=IMG, attributes='maxChoices="1"', more=AREA)),
    ("`hottextInteraction`", qti2("hottextInteraction", "a", inside=HOT, attributes='maxChoices="1"')),
    ("`sliderInteraction`", qti2("sliderInteraction", "4", base="integer", attributes='lowerBound="0" upperBound="9" step="1"')),
    ("`graphicGapMatchInteraction`", qti2("graphicGapMatchInteraction")),
    ("`graphicOrderInteraction`", qti2("graphicOrderInteraction")),
    ("`extendedTextInteraction`", qti2("extendedTextInteraction", base="string")),
    ("`uploadInteraction`", qti2("uploadInteraction", base="file")),
    ("`drawingInteraction`", qti2("drawingInteraction", base="file")),
    ("`mediaInteraction`", qti2("mediaInteraction", base="integer")),
    ("`customInteraction`", qti2("customInteraction")),
]  # fmt: skip

# --- tables ---

HEADER = "题型,题干,选项A,选项B,选项C,选项D,答案,允许误差,单位\n"
CASE = "题型,题组编号,共用题干,题干,选项A,选项B,答案\nA3,1,A man fell.,Which?,one,two,A\n"
TABLES = [
    ("单选题, A1 ...", HEADER + "单选题,Which?,one,two,three,four,B,,\n"),
    ("多选题, X型题 ...", HEADER + "多选题,Which?,one,two,three,four,ABD,,\n"),
    ("判断题", HEADER + "判断题,Is it?,,,,,对,,\n"),
    ("数值题, 计算题 ...", HEADER + "数值题,How many?,,,,,3,0.1,mGy\n"),
    ("填空题", HEADER + "填空题,Which metal?,,,,,lead|Pb,,\n"),
    ("排序题", HEADER + "排序题,In which order?,one,two,three,four,BACD,,\n"),
    ("配伍题, 匹配题 ...", "题型,题干,左侧1,左侧2,选项A,选项B,选项C,答案\n配伍题,Match,un,deux,one,two,three,\"1-A,2-B\"\n"),
    ("A3/A4 with 共用题干", CASE),
    ("简答题, 问答题", HEADER + "简答题,Why?,,,,,Because.,,\n"),
]  # fmt: skip
JSON_LIST = [
    ("a list of objects", '[{"question": "Which?", "options": {"A": "one", "B": "two"}, "answer": "A"}]'),
    ("one object a line", '{"question": "Which?", "options": ["one", "two"], "answer": 0}\n{"question": "What?", "options": ["one", "two"], "answer": 1}\n'),
]  # fmt: skip

SOURCES = {
    "Moodle XML": MOODLE,
    "GIFT": GIFT,
    "Aiken": AIKEN,
    "QTI 1.2": QTI12,
    "QTI 2 and 3": QTI2,
    "CSV, XLSX": TABLES,
    "JSON": JSON_LIST,
}


def becomes(source):
    """The type of item a file's one question becomes, or the code of the reason why it does not."""
    draft = read_questions(source.encode(), "file")
    assert draft.items or draft.rejected
    kinds = [str(item.fields.get("type", "single_best")).replace("_", " ") for item in draft.items]
    if any("stimulus" in item.fields for item in draft.items):
        kinds = [f"a set: {', '.join(kinds)}"]
    kinds += [f"not stored (`{rejected.code}`)" for rejected in draft.rejected]
    return "; ".join(dict.fromkeys(kinds))


def rows():
    """The table: the format, the kind of question, what it becomes."""
    found = [["format", "question", "becomes"]]
    for name, examples in SOURCES.items():
        found += [[name, question, becomes(source)] for question, source in examples]
    return found


DOCUMENT = Path(__file__).parents[3] / "docs" / "formats.md"
MEASURED = {**SECTIONS, "sources": rows}


def with_tables(text):
    """The document with every table as it is measured now."""
    for name, measure in MEASURED.items():
        start, end = f"<!-- measured: {name} -->\n", "<!-- end -->"
        before, _, rest = text.partition(start)
        assert rest, f"docs/formats.md has no place for the table {name}"
        _, _, after = rest.partition(end)
        text = f"{before}{start}{as_markdown(measure())}\n{end}{after}"
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(with_tables(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
