"""Every type of item from the ways in which people write it into a table."""

import time

import pytest

from itembank.blueprint import Blueprint, Competency, Profile
from itembank.errors import sentence
from itembank.formats.table import read_table, write_table
from itembank.item import Text, item_from_native
from itembank.scoring import key_response, score_response

BLUEPRINT = Blueprint(
    competencies=(Competency(code="R1", name=Text(en="Care", zh="患者照护")),),
    profiles=(Profile(code="UNI", weights={"R1": 100}),),
)


def read(text, **options):
    data = text if isinstance(text, bytes) else text.encode()
    return read_table(data, "t", blueprint=BLUEPRINT, default_competency="R1", **options)


def table(*lines):
    return "\n".join(lines)


def items_of(text, **options):
    report = read(text, **options)
    assert [(row.row, row.findings) for row in report.rejected] == []
    return [item_from_native(row.item) for row in report.rows]


def codes(row, severity="error"):
    assert all(sentence(one, language) for one in row.findings for language in ("en", "zh"))
    return [finding.code for finding in row.findings if finding.severity == severity]


FOUR = "question,A,B,C,D,answer\nWhich are doses?,absorbed,wave,equivalent,{0},{1}\n"


@pytest.mark.parametrize(
    "answer",
    ["AC", "CA", '"A,C"', "A、C", "A;C", "A C", "\"['A', 'C']\"", "A和C", "ＡＣ", "a、c"],
)
def test_several_letters_make_a_question_that_takes_several(answer):
    (item,) = items_of(FOUR.format("field", answer))
    assert (item.type, item.key) == ("multiple", {"a", "c"})


def test_numbers_of_several_options_are_read_from_zero_or_one():
    text = table("question,A,B,C,D,answer", 'One?,a,b,c,d,"1,3"', "Two?,a,b,c,e,{}")
    first, _ = items_of(text.format(4))
    assert first.key == {"a", "c"}
    first, _ = items_of(text.format(0))
    assert first.key == {"b", "d"}


@pytest.mark.parametrize(
    "kind", ["多选题", "multiple", "X型题", "不定项", "Multiple answers", "multi_select"]
)
def test_names_of_select_several_are_understood(kind):
    text = f"题型,题干,选项A,选项B,选项C,答案\n{kind},剂量单位有？,戈瑞,希沃特,赫兹,AB\n"
    (item,) = items_of(text)
    assert (item.type, item.key) == ("multiple", {"a", "b"})


def test_a_numbered_type_column_is_single_judgement_several():
    text = table(
        "题型,题干,A,B,C,答案",
        "0,单位？,戈瑞,赫兹,伏特,A",
        "1,铅衣可折叠。,,,,错",
        "2,单位？,戈瑞,希沃特,赫兹,AB",
    )
    assert [item.type for item in items_of(text)] == ["single_best", "true_false", "multiple"]


@pytest.mark.parametrize(
    ("answer", "is_true"),
    [("对", True), ("错", False), ("√", True), ("×", False), ("T", True), ("F", False), ("1", True),
     ("0", False), ("正确", True), ("错误", False), ("TRUE", True), ("no", False), ("A", True)],
)  # fmt: skip
def test_a_judgement_is_read_in_many_forms(answer, is_true):
    (item,) = items_of(f"题型,题干,答案\n判断题,距离加倍剂量率减为四分之一。,{answer}\n")
    assert item.type == "true_false"
    assert item.key == ({"true"} if is_true else {"false"})


def test_a_judgement_may_come_with_its_two_options_in_any_order():
    text = "题型,题干,A,B,答案\n判断题,铅衣可折叠。,错误,正确,A\n判断题,需核对身份。,错,对,B\n"
    assert [item.key for item in items_of(text)] == [{"false"}, {"true"}]
    (item,) = items_of("question,A,B,answer\nLead aprons may be folded.,True,False,B\n")
    assert (item.type, item.key) == ("true_false", {"false"})
    (item,) = items_of("question,A,B,answer\nIs it so?,Yes,No,B\n")
    assert item.type == "single_best"


@pytest.mark.parametrize(
    ("cells", "value", "tolerance", "relative", "unit"),
    [
        ("12.5,0.5,mGy", 12.5, 0.5, False, "mGy"),
        ("12.5 mGy,0.5,", 12.5, 0.5, False, "mGy"),
        ("12.5±0.5,,mGy", 12.5, 0.5, False, "mGy"),
        ("12.5 ± 4%,,mGy", 12.5, 0.04, True, "mGy"),
        ("12~13,,mGy", 12.5, 0.5, False, "mGy"),
        ("１２．５,５％,mGy", 12.5, 0.05, True, "mGy"),
        ("3×10^8,1e6,m/s", 3e8, 1e6, False, "m/s"),
        ("-5,1,%", -5, 1, False, "%"),
    ],
)
def test_a_number_is_read_with_tolerance_and_unit(cells, value, tolerance, relative, unit):
    (item,) = items_of(f"type,question,answer,tolerance,unit\nnumeric,How much?,{cells}\n")
    found = item.numeric
    assert (found.value, found.tolerance, found.relative) == (value, tolerance, relative)
    assert found.unit.en == unit


def test_a_number_without_a_type_is_known_by_its_tolerance_or_unit():
    (item,) = items_of("题干,答案,允许误差,单位\n剂量为多少？,12.5,0.5,mGy\n")
    assert item.type == "numeric"
    row = read("type,question,answer\nnumeric,How much?,plenty\n").rows[0]
    assert codes(row) == ["number-unreadable"]
    row = read("type,question,answer\nnumeric,How much?,\n").rows[0]
    assert codes(row) == ["answer-missing"]


@pytest.mark.parametrize(
    "answer",
    [
        "kerma|air kerma",
        "kerma;air kerma",
        "\"['kerma', 'air kerma']\"",
        "kerma or air kerma",
    ],
)
def test_a_short_answer_accepts_each_of_its_answers(answer):
    (item,) = items_of(f"type,question,answer\n填空题,It is the ____.,{answer}\n")
    assert item.accepted == (Text(en="kerma"), Text(en="air kerma"))
    assert score_response(item, "Air Kerma") == 1


def test_answers_in_two_languages_are_pairs_where_they_are_as_many():
    text = table(
        "type,stem_en,stem_zh,answer_en,answer_zh",
        "fill in,It is?,是什么？,kerma;dose,比释动能；剂量",
    )
    (item,) = items_of(text)
    assert item.accepted == (Text(en="kerma", zh="比释动能"), Text(en="dose", zh="剂量"))


def test_several_blanks_are_refused_because_one_answer_is_asked_for():
    row = read("题型,题干,答案\n填空题,时间、____和____。,距离;屏蔽\n").rows[0]
    assert codes(row) == ["several-blanks"]


@pytest.mark.parametrize(
    "answer", ["CAB", '"C,A,B"', "C→A→B", "C-A-B", "3 1 2", "\"['C','A','B']\""]
)
def test_an_order_is_read_in_many_forms(answer):
    (item,) = items_of(f"题型,题干,A,B,C,答案\n排序题,检查步骤？,曝光,处理,核对,{answer}\n")
    assert item.type == "order"
    assert [choice.text.zh for choice in item.choices] == ["核对", "曝光", "处理"]


def test_an_order_without_an_answer_is_taken_as_it_stands_and_says_so():
    report = read("题型,题干,A,B,C\n排序题,检查步骤？,核对,曝光,处理\n")
    assert codes(report.rows[0], "warning")[0] == "order-assumed"
    assert report.rows[0].item["options"][0]["text"] == {"zh": "核对"}
    row = read("题型,题干,A,B,C,答案\n排序题,检查步骤？,核对,曝光,处理,AB\n").rows[0]
    assert codes(row) == ["order-incomplete"]


@pytest.mark.parametrize(
    "answer", ["1-B 2-A", "1B2A", '"1-B, 2-A"', "BA", '"B,A"', "①B②A", "1:B;2:A"]
)
def test_lines_are_matched_in_many_forms(answer):
    text = "type,question,left 1,left 2,A,B,C,answer\n匹配题,Match.,dose,activity,Bq,Gy,V,"
    (item,) = items_of(text + answer)
    assert item.type == "matching"
    assert score_response(item, "p1=b p2=a") == 2


def test_lines_of_one_cell_are_taken_apart():
    cell = '"1. dose\n2. activity"'
    (item,) = items_of(f"question,premises,options,answer\nMatch.,{cell},Bq|Gy|V,1-B 2-A\n")
    assert [one.text.en for one in item.premises] == ["dose", "activity"]
    assert key_response(item) == "p1=b p2=a"
    row = read(f"question,premises,options,answer\nMatch.,{cell},Bq|Gy|V,1-B\n").rows[0]
    assert codes(row) == ["match-count"]


def test_a_question_of_shared_options_without_lines_takes_one():
    (item,) = items_of("题型,题干,A,B,答案\n配伍题,吸收剂量的单位,戈瑞,赫兹,A\n")
    assert item.type == "single_best"


def test_a_hot_spot_is_read_from_its_regions():
    text = (
        "type,question,image,region_1,region_2,region_label_1\n"
        'hot spot,Where?,chest.png,"key rect 0.1,0.2,0.4,0.5","circle 0.7,0.7,0.1",lung\n'
    )
    (item,) = items_of(text)
    assert [(one.shape, one.is_key) for one in item.regions] == [("rect", True), ("circle", False)]
    row = read(text.replace("key rect 0.1", "key somewhere")).rows[0]
    assert "region-unreadable" in codes(row)


@pytest.mark.parametrize(("word", "rule"), [("部分得分", "partial"), ("plus_minus", "plus_minus"),
                                            ("全对得分", "all_or_nothing")])  # fmt: skip
def test_a_rule_of_scoring_is_read(word, rule):
    (item,) = items_of(f"question,A,B,C,answer,scoring\nWhich?,a,b,c,AC,{word}\n")
    assert item.scoring_rule == rule
    row = read("question,A,B,C,answer,scoring\nWhich?,a,b,c,AC,as you like\n").rows[0]
    assert codes(row, "warning")[:1] == ["label-ignored"]


def test_what_a_type_has_no_use_for_is_reported_not_dropped():
    row = read("question,A,B,answer,unit\nWhich?,a,b,A,Chapter 3\n").rows[0]
    assert "field-not-used" in codes(row, "warning")
    row = read("type,question,A,B,answer\n填空题,Which ____?,a,b,A\n").rows[0]
    assert codes(row) == ["field-not-for-type"]


@pytest.mark.parametrize("kind", ["单选题", "多选题", "判断题", "填空题"])
def test_a_void_key_is_reported(kind):
    options = ",A,B" if kind in ("单选题", "多选题") else ""
    cells = ",甲,乙" if options else ""
    row = read(f"题型,题干{options},答案\n{kind},哪个？{cells},#\n").rows[0]
    assert codes(row) == ["key-void"]


# --- sets ---


def test_rows_that_share_a_case_make_a_set():
    case = "男，40 岁，高处坠落。"
    rows = (f"{case},首选检查？,CT,MRI,A", f"{case},体位？,仰卧,俯卧,A", "其他,问？,甲,乙,B")
    text = table("共用题干,题干,A,B,答案", *rows)
    first, second, other = items_of(text)
    assert first.stimulus.id == second.stimulus.id != other.stimulus.id
    assert [item.stimulus.position for item in (first, second, other)] == [1, 2, 1]
    assert first.stimulus.text == second.stimulus.text == Text(zh=case)


def test_the_case_may_stand_in_the_first_row_only():
    rows = ("c1,坠落。,检查？,CT,MRI,A", "c1,,体位？,仰卧,俯卧,A", "c9,,问？,甲,乙,B")
    text = table("题组,共用题干,题干,A,B,答案", *rows)
    report = read(text)
    texts = [row.item["stimulus"]["text"]["zh"] for row in report.accepted]
    assert texts == ["坠落。", "坠落。"]
    assert codes(report.rejected[0]) == ["stimulus-empty"]


def test_on_a_sheet_of_sets_an_empty_cell_belongs_to_the_case_above():
    import io

    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "共用题干题"
    for row in (["共用题干", "题干", "A", "B", "答案"], ["坠落。", "检查？", "CT", "MRI", "A"],
                ["", "体位？", "仰卧", "俯卧", "A"]):  # fmt: skip
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    first, second = items_of(target.getvalue())
    assert first.stimulus.id == second.stimulus.id
    assert second.stimulus.position == 2


def test_a_row_without_a_case_is_no_set_elsewhere():
    rows = ("坠落。,检查？,CT,MRI,A", ",体位？,仰卧,俯卧,A")
    first, second = items_of(table("共用题干,题干,A,B,答案", *rows))
    assert first.stimulus is not None
    assert second.stimulus is None


def test_ten_thousand_rows_are_read_in_seconds():
    rows = [f"第 {n} 题的剂量？,甲{n},乙,丙,丁,{'ABCD'[n % 4]},说明 {n}" for n in range(10_000)]
    data = table("题干,选项A,选项B,选项C,选项D,答案,解析", *rows).encode()
    start = time.process_time()
    report = read(data)
    assert len(report.accepted) == 10_000
    assert time.process_time() - start < 30
    assert write_table([item_from_native(row.item) for row in report.accepted[:100]])
