"""The sentences of what a table's reader and writer find, by their codes."""

# ruff: noqa: E501 - a sentence may run on, so that it can be found by searching for it

from __future__ import annotations

TABLE_SENTENCES: dict[str, tuple[str, str]] = {
    # --- what a table's report says about the file ---
    "encoding-guessed": (
        "The encoding was guessed as %(encoding)s. If the texts look wrong, choose another or save "
        "the file as UTF-8.",
        "编码推测为 %(encoding)s。如文字显示异常，请改选编码或另存为 UTF-8。",
    ),
    "answer-base": (
        "Answers are numbers, read as counted from %(base)s: %(base)s is option A. If that is wrong, "
        "choose the other count.",
        "答案为数字，按从 %(base)s 起计读取：%(base)s 表示选项 A。如不正确，请改选起始数字。",
    ),
    "header-guessed": (
        "The table has no column names; the columns were read as question, options, answer. Check "
        "the preview.",
        "表格没有标题行，各列已按题干、选项、答案读取。请核对预览。",
    ),
    "sheet-skipped": (
        "The sheet “%(sheet)s” has no row with column names and was left out, with %(rows)s rows.",
        "工作表“%(sheet)s”没有标题行，已略过，共 %(rows)s 行。",
    ),
    "sheet-hidden": (
        "The sheet “%(sheet)s” is hidden and was left out, with %(rows)s rows. Unhide it to import it.",
        "工作表“%(sheet)s”已隐藏并被略过，共 %(rows)s 行。如需导入，请取消隐藏。",
    ),
    "pictures-in-workbook": (
        "The workbook contains %(count)s pictures, which a table cannot carry. Send them in a bank's "
        "zip file, or add them to the questions afterwards.",
        "工作簿含有 %(count)s 张图片，表格导入无法携带。请用题库压缩包上传，或导入后再添加到题目。",
    ),
    "formats-lost": (
        "The number formats of the workbook cannot be read: 15%% may appear as 0.15. Check the numbers.",
        "无法读取工作簿的数字格式，15%% 可能显示为 0.15。请核对数字。",
    ),
    "column-ignored": (
        "The column %(column)s “%(header)s” has no known meaning and was left out.",
        "列 %(column)s“%(header)s”含义不明，已略过。",
    ),
    "column-duplicate": (
        "The column %(column)s “%(header)s” means the same as an earlier one and was left out.",
        "列 %(column)s“%(header)s”与前面的列含义相同，已略过。",
    ),
    # --- a row of a table ---
    "type-not-offered-yet": (
        "Questions of the type “%(type)s” cannot be imported. Name a type such as single choice, multiple "
        "choice, true/false, number, short answer, order or matching, or leave the cell empty.",
        "不支持导入“%(type)s”类型的题目。请填写单选题、多选题、判断题、数值题、填空题、排序题或匹配题等题型，或留空。",
    ),
    "field-not-used": (
        "A question of the type “%(type)s” has no use for “%(field)s”, so the cell was left out. Correct "
        "the type or the column.",
        "“%(type)s”题型不使用“%(field)s”，该单元格已略去。请更正题型或该列。",
    ),
    "several-blanks": (
        "The question has %(count)s blanks; one short answer can be asked for. Split the question.",
        "该题有 %(count)s 个空，目前每题只能填一个答案。请拆分题目。",
    ),
    "order-assumed": (
        "No order is given, so the options were taken to stand in the right one. Check them.",
        "未给出顺序，已按选项现有顺序作为正确顺序。请核对。",
    ),
    "match-count": (
        "The answer names %(count)s options for %(needed)s lines to match. Give one for each line, such "
        "as 1-A 2-C.",
        "答案给出 %(count)s 个选项，而待匹配内容有 %(needed)s 行。请为每行各给一个，例如 1-A 2-C。",
    ),
    "region-unreadable": (
        "Region %(number)s cannot be read. Write it as “key rect 0.1,0.2,0.4,0.5”, “circle x,y,r” or "
        "“polygon x1,y1,x2,y2,x3,y3”, in shares of the picture.",
        "区域 %(number)s 无法读取。请按“key rect 0.1,0.2,0.4,0.5”“circle x,y,r”或“polygon x1,y1,x2,y2,x3,y3”书写，数值为图片宽高的比例。",
    ),
    "answer-missing": ("The answer is missing. Fill it in.", "缺少答案。请填写。"),
    "answer-unknown": (
        "The answer “%(value)s” is neither a letter, a number nor the text of an option.",
        "答案“%(value)s”既不是字母、数字，也不是任何选项的内容。",
    ),
    "answer-out-of-range": (
        "The answer “%(value)s” points beyond the %(count)s options. Correct the answer or add the "
        "option.",
        "答案“%(value)s”超出了 %(count)s 个选项的范围。请更正答案或补充选项。",
    ),
    "answer-ambiguous": (
        "The answer “%(value)s” fits more than one option. Use the option's letter.",
        "答案“%(value)s”与多个选项相符。请改用选项字母。",
    ),
    "answer-contradicts": (
        "The answer “%(value)s” names one option and quotes another. Correct it.",
        "答案“%(value)s”中的字母与内容不一致。请更正。",
    ),
    "answer-option-empty": (
        "The answer is option %(letter)s, which is empty. Correct the answer or fill the option in.",
        "答案是选项 %(letter)s，但该选项为空。请更正答案或填写选项。",
    ),
    "key-void": (
        "The key is void (“%(value)s”): every answer counted. Decide on a key before importing.",
        "该题为送分题（“%(value)s”）。请先确定答案再导入。",
    ),
    "option-gap": (
        "Option %(letter)s is empty although a later one is filled in. The later ones move up.",
        "选项 %(letter)s 为空但后面还有选项，后面的选项已前移。",
    ),
    "competency-defaulted": (
        "“%(value)s” is not a competency of this bank; %(competency)s was used.",
        "“%(value)s”不是本题库的能力项，已使用 %(competency)s。",
    ),
    "label-ignored": (
        "“%(value)s” is not a known %(field)s and was left out. Set it after importing.",
        "“%(value)s”不是有效的 %(field)s，已略去。请在导入后设置。",
    ),
    "cell-was-date": (
        "The cell holds a date, perhaps changed by the spreadsheet program. It was read as "
        "“%(value)s”; check it.",
        "该单元格是日期，可能被表格软件自动转换。已读作“%(value)s”，请核对。",
    ),
    "cell-without-header": (
        "The cell has no column name above it, so its content was left out. Name the column.",
        "该单元格上方没有列名，内容已略去。请为该列命名。",
    ),
    "figure-address": (
        "“%(value)s” is a web address. Pictures are not fetched; add the file itself.",
        "“%(value)s”是网址。系统不会下载图片，请直接添加文件。",
    ),
    "duplicate-row": (
        "The same question stands in row %(row)s. It is imported once.",
        "与第 %(row)s 行的题目相同，只导入一次。",
    ),
    "duplicate-id": (
        "The id “%(value)s” is used in row %(row)s for another question. Give each its own.",
        "编号“%(value)s”已用于第 %(row)s 行的另一道题。请分别编号。",
    ),
    # --- writing ---
    "cell-too-long": (
        "A text of %(length)s characters does not fit into a cell (%(limit)s). Export as a bank file.",
        "文本有 %(length)s 个字符，超出单元格上限（%(limit)s）。请导出为题库文件。",
    ),
    "table-kind-unknown": (
        "“%(value)s” is not a kind of table. Choose csv or xlsx.",
        "“%(value)s”不是支持的表格类型。请选择 csv 或 xlsx。",
    ),
}
