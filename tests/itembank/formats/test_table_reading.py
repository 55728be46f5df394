"""Tables as people send them: every row is accepted or rejected, and the report says why."""

# ruff: noqa: E501 - rows of a table stay on one line

import io

import pytest
from openpyxl import Workbook

from itembank.blueprint import Blueprint, Competency, Profile, SubTopic
from itembank.errors import ItemBankError, sentence
from itembank.formats.table import error_workbook, read_table
from itembank.item import Text, item_from_native

BLUEPRINT = Blueprint(
    competencies=(
        Competency(
            code="R1",
            name=Text(en="Patient care", zh="患者照护"),
            sub_topics=(
                SubTopic(code="R1.1", name=Text(en="Identity", zh="身份核对"), share=60),
                SubTopic(code="R1.2", name=Text(en="Transfer", zh="转运"), share=40),
            ),
        ),
        Competency(code="R3", name=Text(en="Radiation protection", zh="辐射防护")),
    ),
    profiles=(Profile(code="UNI", weights={"R1": 50, "R3": 50}),),
)


def read(data, **options):
    if isinstance(data, str):
        data = data.encode()
    return read_table(data, "questions", blueprint=BLUEPRINT, **options)


def workbook(**sheets):
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def codes(row):
    return [finding.code for finding in row.findings if finding.severity == "error"]


def key_text(row, language="en"):
    item = item_from_native(row.item)
    return next(choice.text.get(language) for choice in item.choices if choice.is_key)


def is_complete(report):
    """Every rejected row says why, in both languages; every accepted one is an item."""
    for row in report.rows:
        assert row.accepted != bool(codes(row))
        if row.accepted:
            item_from_native(row.item)
        for finding in row.findings:
            assert sentence(finding, "en")
            assert sentence(finding, "zh")
    for finding in report.findings:
        assert sentence(finding, "zh")
    return True


CHINESE = workbook(
    单选题=[
        ["2026 级放射技术题库（内部练习）"],
        [],
        ["序号", "题目（必填）", "选项A", "选项B", "选项C", "选项D",
         "答案（多选用英文逗号分隔，如：A,B）", "解析", "难度", "知识点"],
        [1, "吸收剂量的单位是", "戈瑞", "希沃特", "贝克勒尔", "伦琴", "A", "定义。", "易", "辐射防护"],
        [2, "核对患者身份应使用几种方法", "1", "2", "3", "4", "B", "", "中等", "身份核对"],
        [],
        [3, "本题没有答案", "甲", "乙", "丙", "丁", None, "", "难", "转运"],
        [4, "下列属于随机性效应的是", "致癌", "白内障", "脱发", "红斑", "A,B", "", "难", "辐射防护"],
    ],
    判断题=[
        ["题干", "正确答案", "题目分类"],
        ["距离增加一倍，剂量率降为四分之一。", "√", "R3"],
        ["铅衣可以随意折叠。", "错误", "患者照护"],
        ["待定。", "也许", "R1"],
    ],
    多选题=[["题干", "选项", "答案", "分类"], ["防护三原则？", "A.时间\nB.距离\nC.屏蔽", "ABC", "R3"]],
    说明=[["请勿修改本页"], ["如有问题请联系教研室"]],
)  # fmt: skip


def test_a_chinese_workbook_is_read_row_by_row():
    report = read(CHINESE)
    assert is_complete(report)
    assert [(row.sheet, row.row, row.accepted, codes(row)) for row in report.rows] == [
        ("单选题", 4, True, []),
        ("单选题", 5, True, []),
        ("单选题", 7, False, ["answer-missing"]),
        ("单选题", 8, False, ["key-count"]),
        ("判断题", 2, True, []),
        ("判断题", 3, True, []),
        ("判断题", 4, False, ["answer-unknown"]),
        ("多选题", 2, True, []),
    ]
    assert report.empty_rows == 2
    assert [sheet.other_rows for sheet in report.sheets] == [2, 1, 1, 0]
    assert [sheet.skipped_rows for sheet in report.sheets] == [0, 0, 0, 2]
    assert "sheet-skipped" in [finding.code for finding in report.findings]


def test_a_chinese_row_becomes_a_whole_item():
    first, second = read(CHINESE).rows[:2]
    item = item_from_native(first.item)
    assert item.stem == Text(zh="吸收剂量的单位是")
    assert (item.competency, item.difficulty) == ("R3", "easy")
    assert [choice.reason.zh for choice in item.choices] == ["定义。", "", "", ""]
    assert key_text(first, "zh") == "戈瑞"
    assert (second.item["competency"], second.item["sub_topic"]) == ("R1", "R1.1")
    assert key_text(second, "zh") == "2"


def test_a_true_false_row_becomes_two_options():
    row = read(CHINESE).rows[5]
    assert [choice["text"]["zh"] for choice in row.item["options"]] == ["正确", "错误"]
    assert key_text(row, "zh") == "错误"


def test_a_finding_names_cell_header_and_value():
    row = read(CHINESE).rows[6]
    finding = next(finding for finding in row.findings if finding.code == "answer-unknown")
    assert finding.where == "判断题!B4"
    assert finding.details["header"] == "正确答案"
    assert finding.details["value"] == "也许"


ONE = "question,A,B,C,D,answer,competency\nUnit of dose?,gray,sievert,becquerel,hertz,{},R3\n"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("A", "gray"),
        ("b", "sievert"),
        (" C ", "becquerel"),
        ("(D)", "hertz"),
        ("Ｂ", "sievert"),
        ("B.", "sievert"),
        ("B. sievert", "sievert"),
        ("答案：B", "sievert"),
        ("选C", "becquerel"),
        ("Sievert", "sievert"),
        ("['C']", "becquerel"),
        ("4", "hertz"),
    ],
)
def test_an_answer_is_understood_in_many_forms(answer, expected):
    (row,) = read(ONE.format(answer)).rows
    assert key_text(row) == expected


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("", "answer-missing"),
        ("E", "answer-out-of-range"),
        ("9", "answer-unknown"),
        ("rad", "answer-unknown"),
        ("A. sievert", "answer-contradicts"),
        ("#", "key-void"),
        ("送分题", "key-void"),
    ],
)
def test_an_answer_that_names_no_single_option_is_rejected_with_its_reason(answer, code):
    report = read(ONE.format(answer))
    assert is_complete(report)
    assert codes(report.rows[0]) == [code]


def numbered(*answers):
    rows = [f"Question {i}?,w{i},x{i},y{i},z{i},{a},R1" for i, a in enumerate(answers)]
    return "\n".join(["question,A,B,C,D,answer,competency", *rows])


def test_a_zero_anywhere_makes_answers_count_from_zero():
    report = read(numbered(1, 3, 0))
    assert (report.answer_base, report.answer_base_reason) == (0, "zero-found")
    assert [key_text(row) for row in report.rows] == ["x0", "z1", "w2"]
    assert "answer-base" in [finding.code for finding in report.findings]


def test_an_answer_as_high_as_the_options_makes_answers_count_from_one():
    report = read(numbered(1, 4, 2))
    assert (report.answer_base, report.answer_base_reason) == (1, "last-found")
    assert [key_text(row) for row in report.rows] == ["w0", "z1", "x2"]


def test_the_user_may_say_from_which_number_answers_count():
    assert key_text(read(numbered(1, 2), answer_base=0).rows[0]) == "x0"
    assert key_text(read(numbered(1, 2)).rows[0]) == "w0"


def test_both_a_zero_and_a_four_of_four_leave_the_four_rejected():
    report = read(numbered(0, 4))
    assert [codes(row) for row in report.rows] == [[], ["answer-out-of-range"]]


def test_a_number_that_is_an_option_is_read_as_a_number_of_an_option_in_a_column_of_numbers():
    text = "question,A,B,C,D,answer,competency\nHow many?,0,1,2,3,2,R1\nWhich?,a,b,c,d,0,R1\n"
    assert key_text(read(text).rows[0]) == "2"


def test_numbers_beyond_the_options_are_read_as_texts():
    text = "question,A,B,answer,competency\nkVp of a chest?,120,60,120,R1\nOf a hand?,120,50,50,R1"
    assert [key_text(row) for row in read(text).rows] == ["120", "50"]


@pytest.mark.parametrize(
    "options",
    [
        "A.gray\nB.sievert\nC.hertz",
        "A、gray B、sievert C、hertz",
        "(A) gray (B) sievert (C) hertz",
        "A gray\nB sievert\nC hertz",
        "gray|sievert|hertz",
        "gray；sievert；hertz",
        "gray\nsievert\nhertz",
        '["gray", "sievert", "hertz"]',
        "['gray', 'sievert', 'hertz']",
        '{"A": "gray", "B": "sievert", "C": "hertz"}',
    ],
)
def test_options_in_one_cell_are_taken_apart(options):
    data = workbook(x=[["question", "options", "answer"], ["Unit?", options, "B"]])
    (row,) = read(data, default_competency="R3").rows
    assert [option["text"]["en"] for option in row.item["options"]] == ["gray", "sievert", "hertz"]
    assert key_text(row) == "sievert"


def test_options_under_the_question_in_one_cell_are_taken_apart():
    data = workbook(x=[["题干", "答案"], ["剂量单位是（ ）\nA. 戈瑞\nB. 赫兹", "A"]])
    (row,) = read(data, default_competency="R3").rows
    assert row.item["stem"] == {"zh": "剂量单位是（ ）"}
    assert key_text(row, "zh") == "戈瑞"


def test_two_languages_side_by_side_make_one_item():
    header = (
        "stem_en,题干（中文）,optionA_en,选项A_zh,Option B (English),选项B（中文）,answer,解析A_zh"
    )
    report = read(f"{header}\nUnit?,单位？,gray,戈瑞,hertz,赫兹,A,定义", default_competency="R3")
    item = item_from_native(report.rows[0].item)
    assert item.stem == Text(en="Unit?", zh="单位？")
    assert [c.text for c in item.choices] == [
        Text(en="gray", zh="戈瑞"),
        Text(en="hertz", zh="赫兹"),
    ]
    assert item.choices[0].reason == Text(zh="定义")


def test_columns_of_ticks_tell_the_key():
    text = "questionText,option1,isCorrect1,option2,isCorrect2\nUnit?,hertz,0,gray,1\n"
    assert key_text(read(text, default_competency="R3").rows[0]) == "gray"


def test_a_mapping_overrides_the_guess():
    text = "Frage,Gut,Schlecht,Lösung\nEinheit?,Gray,Hertz,A\n"
    with pytest.raises(ItemBankError, match="header-missing"):
        read(text, default_competency="R3")
    mapping = {"Frage": "stem", "Gut": "option_A", "Schlecht": "option_B", "Lösung": "answer"}
    report = read(text, default_competency="R3", mapping=mapping)
    assert report.columns == mapping
    assert key_text(report.rows[0]) == "Gray"


def test_a_mapping_to_an_unknown_field_is_refused():
    with pytest.raises(ItemBankError, match="mapping-unknown"):
        read(ONE.format("A"), mapping={"question": "colour"})


def test_a_row_without_a_competency_is_rejected_unless_there_is_a_default():
    text = "question,A,B,answer\nUnit?,gray,hertz,A\n"
    assert codes(read(text).rows[0]) == ["competency-missing"]
    assert read(text, default_competency="R3").rows[0].item["competency"] == "R3"
    with pytest.raises(ItemBankError, match="competency-unknown"):
        read(text, default_competency="R9")


def test_an_unknown_competency_is_rejected_or_defaulted_with_a_warning():
    text = "question,A,B,answer,competency\nUnit?,gray,hertz,A,Cooking\n"
    assert codes(read(text).rows[0]) == ["competency-unknown"]
    (row,) = read(text, default_competency="R3").rows
    assert "competency-defaulted" in [finding.code for finding in row.findings]


def test_the_same_row_twice_is_imported_once():
    row = "Unit?,gray,hertz,A,R3"
    report = read(f"question,A,B,answer,competency\n{row}\n{row}\n")
    assert [codes(row) for row in report.rows] == [[], ["duplicate-row"]]


def test_one_id_for_two_questions_is_rejected():
    text = "id,question,A,B,answer,competency\nx,Unit?,gray,hertz,A,R3\nx,Dose?,gray,hertz,A,R3\n"
    assert [codes(row) for row in read(text).rows] == [[], ["duplicate-id"]]


def test_the_same_row_imported_again_has_the_same_id():
    first, again = read(ONE.format("A")).rows[0], read("\n\n" + ONE.format("A")).rows[0]
    assert first.item == again.item
    assert (first.row, again.row) == (2, 4)


def test_equal_options_are_rejected():
    text = "question,A,B,answer,competency\nUnit?,gray,gray,A,R3\n"
    assert codes(read(text).rows[0]) == ["duplicate-option"]


def test_a_repeated_header_is_no_question():
    report = read(ONE.format("A") + "question,A,B,C,D,answer,competency\n")
    assert len(report.rows) == 1
    assert report.sheets[0].other_rows == 2


def test_a_table_without_column_names_is_guessed_and_says_so():
    report = read("Unit?,gray,hertz,A\nHow far?,1 m,2 m,B\n", default_competency="R3")
    assert [key_text(row) for row in report.rows] == ["gray", "2 m"]
    assert "header-guessed" in [finding.code for finding in report.findings]


def test_a_cell_beyond_the_header_is_reported():
    (row,) = read("question,A,B,answer,competency\nUnit?,gray,hertz,A,R3,secret\n").rows
    finding = next(found for found in row.findings if found.code == "cell-without-header")
    assert (finding.where, finding.details["value"]) == ("F2", "secret")


def test_a_column_of_unknown_meaning_is_reported():
    report = read("question,A,B,answer,competency,shoe\nUnit?,gray,hertz,A,R3,42\n")
    assert report.columns["shoe"] is None
    assert "column-ignored" in [finding.code for finding in report.findings]


def test_the_error_workbook_can_be_corrected_and_sent_again():
    report = read(CHINESE)
    again = read(error_workbook(report))
    assert len(again.rows) == len(report.rejected)
    # the rejected rows say the same; the type that came from the sheet's name is kept by it
    assert sorted(map(codes, again.rows)) == sorted(map(codes, report.rejected))


def test_control_codes_that_an_error_quotes_do_not_break_the_error_workbook():
    report = read("question,A,B,answer,type\nUnit?,gray,hertz,A,es\x0bsay\x1b\n")
    assert "\x0b" in sentence(report.rejected[0].findings[0], "en")
    assert len(read(error_workbook(report)).rows) == 1


def test_a_date_that_a_spreadsheet_made_is_pointed_out():
    import datetime

    header = ["question", "A", "B", "answer"]
    data = workbook(x=[header, ["Ratio?", datetime.date(2026, 1, 2), "1:3", "B"]])
    (row,) = read(data, default_competency="R3").rows
    assert "cell-was-date" in [finding.code for finding in row.findings]


def test_a_percentage_keeps_its_sign():
    book = Workbook()
    book.active.append(["question", "A", "B", "answer"])
    book.active.append(["Rule for kVp?", 0.15, 0.5, "A"])
    for cell in book.active[2]:
        cell.number_format = "0%"
    target = io.BytesIO()
    book.save(target)
    (row,) = read(target.getvalue(), default_competency="R3").rows
    assert [option["text"]["en"] for option in row.item["options"]] == ["15%", "50%"]


def test_a_picture_is_named_but_never_fetched():
    header = "question,A,B,answer,image\n"
    report = read(
        header + "Seen?,a,b,A,chest 1.png\nSeen too?,a,b,A,http://127.0.0.1/x.png\n",
        default_competency="R3",
    )
    assert report.rows[0].item["figures"][0]["asset"] == "figures/chest 1.png"
    assert report.rows[1].item["figures"] == []
    assert "figure-address" in [finding.code for finding in report.rows[1].findings]


@pytest.mark.parametrize("bad", ["简答题", "问答题", "essay", "upload", "7"])
def test_types_that_cannot_be_scored_are_rejected_by_name(bad):
    report = read(
        f"type,question,A,B,answer,competency\n{bad},Unit?,gray,hertz,A,R3\n0,x,a,b,A,R3\n"
    )
    assert codes(report.rows[0]) == ["type-not-offered-yet"]


@pytest.mark.parametrize("good", ["单选题", "单选", "Single choice", "MCQ", "单项选择题", "0", ""])
def test_names_of_single_best_are_understood(good):
    report = read(f"type,question,A,B,answer,competency\n{good},Unit?,gray,hertz,A,R3\n")
    assert report.rows[0].accepted
