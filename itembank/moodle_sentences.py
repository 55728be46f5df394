"""The sentences of what readers and writers of GIFT, Aiken and Moodle XML find, by their codes."""

# ruff: noqa: E501 - a sentence may run on, so that it can be found by searching for it

from __future__ import annotations

MOODLE_SENTENCES: dict[str, tuple[str, str]] = {
    # --- a file ---
    "no-questions": (
        "The file holds no question. Check that it is the right file.",
        "文件中没有题目。请确认文件是否正确。",
    ),
    "gift-missing": (
        "The zip holds no GIFT file. Put a file such as questions.gift or questions.txt into it.",
        "压缩包中没有 GIFT 文件。请放入 questions.gift 或 questions.txt 之类的文件。",
    ),
    "moodle-no-quiz": (
        "This is not a Moodle XML file: its first element is “%(value)s” instead of “quiz”. Export "
        "the questions from Moodle as “Moodle XML”.",
        "这不是 Moodle XML 文件：首个元素是“%(value)s”而不是“quiz”。请在 Moodle 中以“Moodle XML”格式导出。",
    ),
    "file-unused": (
        "No question shows the file “%(value)s”, so it was left out. Check its name in the question.",
        "没有题目使用文件“%(value)s”，已略去。请核对题目中的文件名。",
    ),
    "category-description": (
        "The description of the category “%(category)s” was left out: “%(value)s”.",
        "类别“%(category)s”的说明已略去：“%(value)s”。",
    ),
    # --- pictures and texts ---
    "picture-not-found": (
        "The picture “%(value)s” is not in the file. Add it to the bank under this name.",
        "文件中没有图片“%(value)s”。请以此名称将其添加到题库。",
    ),
    "file-no-picture": (
        "“%(value)s” is no picture and was left out. Only pictures can be shown in a question.",
        "“%(value)s”不是图片，已略去。题目中只能显示图片。",
    ),
    "language-left-out": (
        "The text is also written in “%(value)s”, which was left out. Only English and Chinese are "
        "kept.",
        "该文本还有“%(value)s”版本，已略去。仅保留英文和中文。",
    ),
    "identifier-too-long": (
        "The id “%(value)s…” is longer than %(limit)s characters and was left out. A new one is made.",
        "编号“%(value)s…”超过 %(limit)s 个字符，已略去，将生成新编号。",
    ),
    # --- questions that cannot be stored ---
    "description-only": (
        "This is a text without a question. Put it into the questions that need it, or make it the "
        "case of a set.",
        "这是没有提问的说明文字。请写入需要它的题目，或设为题组的共用题干。",
    ),
    "essay-not-scored": (
        "An essay cannot be scored by the computer. Change it to a question with a definite answer.",
        "论述题无法由系统评分。请改为有确定答案的题目。",
    ),
    "question-type-not-stored": (
        "Questions of the type “%(value)s” cannot be stored. Change it to one of the types we have.",
        "无法存储“%(value)s”类型的题目。请改为系统支持的题型。",
    ),
    "element-not-stored": (
        "The element “%(value)s” is no question and cannot be stored. Remove it, or make it a "
        "question.",
        "元素“%(value)s”不是题目，无法存储。请删除或改为题目。",
    ),
    "gift-braces": (
        "The braces of this question do not fit together. Write its answers in one pair of braces, "
        "write \\{ and \\} for braces in the text, and leave a blank line between questions.",
        "该题的花括号不成对。请将答案写在一对花括号内，文本中的花括号写作 \\{ 和 \\}，题目之间空一行。",
    ),
    "gift-arrow-missing": (
        "The pair “%(value)s” in line %(line)s has no arrow. Write it as “text -> answer”.",
        "第 %(line)s 行的配对“%(value)s”缺少箭头。请写作“文本 -> 答案”。",
    ),
    "no-full-answer": (
        "No answer earns full marks (%(weights)s). Give one answer 100 %%, or in a question with "
        "several right answers a positive share each.",
        "没有得满分的答案（%(weights)s）。请将一个答案设为 100%%，多选题则为每个正确答案设正分值。",
    ),
    "several-full-answers": (
        "Several answers earn full marks (%(letters)s) though only one can be given. Keep one, or "
        "make it a question with several right answers.",
        "有多个答案可得满分（%(letters)s），但只能作答一个。请保留一个，或改为多选题。",
    ),
    "grade-wrong": (
        "“%(value)s” is no share of the points. Use a percentage between -100 and 100.",
        "“%(value)s”不是有效的得分比例。请使用 -100 至 100 之间的百分数。",
    ),
    "moodle-number-unreadable": (
        "“%(value)s” is not a number with a tolerance. Write it as 3.14 with 0.01, or 3.13..3.15.",
        "“%(value)s”不是带误差的数值。请写作 3.14 和 0.01，或 3.13..3.15。",
    ),
    "wildcard-answer": (
        "The answer “%(value)s” stands for many (*). Write out the answers that are right.",
        "答案“%(value)s”含通配符（*）。请逐一写出正确答案。",
    ),
    "cloze-gap-missing": (
        "The text has no gap to be filled in. Write one such as {1:MULTICHOICE:=right~wrong}.",
        "文本中没有可作答的空。请写入如 {1:MULTICHOICE:=正确~错误} 的空。",
    ),
    "cloze-gap-broken": (
        "The gap “%(value)s” cannot be read. Write it as {1:MULTICHOICE:=right~wrong}.",
        "无法读取空“%(value)s”。请写作 {1:MULTICHOICE:=正确~错误}。",
    ),
    "several-markers": (
        "The question has %(markers)s markers and %(places)s places; a hot spot has one of each. Make "
        "it several questions.",
        "该题有 %(markers)s 个标记和 %(places)s 个位置，热点题各只能有一个。请拆分为多道题。",
    ),
    "picture-size-unknown": (
        "The size of the background picture cannot be read, so neither can the place on it. Use a "
        "PNG, JPEG or GIF picture.",
        "无法读取背景图片的尺寸，因此无法确定位置。请使用 PNG、JPEG 或 GIF 图片。",
    ),
    # --- what is not kept of a question ---
    "grade-unknown": (
        "The share %(value)s %% is none that Moodle knows; it was read as %(nearest)s %%. Check it.",
        "得分比例 %(value)s%% 不是 Moodle 的有效值，已按 %(nearest)s%% 读取，请核对。",
    ),
    "partial-credit-left-out": (
        "Only the fully right option counts; part of the points for %(letters)s was left out.",
        "只有完全正确的选项得分，%(letters)s 的部分得分已略去。",
    ),
    "scoring-approximated": (
        "The scoring (%(weights)s) is none of ours; the nearest, “%(scoring)s”, is used. Check it.",
        "原计分方式（%(weights)s）不受支持，已采用最接近的“%(scoring)s”，请核对。",
    ),
    "answer-left-out": (
        "The answer “%(value)s”, worth %(weight)s %%, was left out: only fully right answers count.",
        "得分 %(weight)s%% 的答案“%(value)s”已略去，只有完全正确的答案计分。",
    ),
    "feedback-left-out": (
        "This feedback has no place in the question and was left out: “%(value)s”.",
        "该反馈在题目中没有对应位置，已略去：“%(value)s”。",
    ),
    "settings-left-out": (
        "These settings of the source were left out: %(value)s.",
        "来源中的以下设置已略去：%(value)s。",
    ),
    "question-hidden": (
        "The question was hidden in Moodle. Check whether it is still wanted.",
        "该题在 Moodle 中已隐藏。请确认是否仍需要。",
    ),
    "units-left-out": (
        "Only the first unit is kept; left out: %(value)s.",
        "只保留第一个单位，已略去：%(value)s。",
    ),
    "letter-case-ignored": (
        "Moodle told capital from small letters in the answer; here they count the same.",
        "Moodle 中该答案区分大小写，此处不区分。",
    ),
    "groups-joined": (
        "The words to choose from were in groups; here all are offered for every gap.",
        "备选词原本分组，此处每个空均提供全部备选词。",
    ),
    # --- Aiken ---
    "aiken-question-missing": (
        "An option or an answer stands here without a question before it. Write the question above "
        "it.",
        "此处的选项或答案之前没有题干。请在其上方写题干。",
    ),
    "aiken-answer-missing": (
        "The question has no line such as “ANSWER: A”. Add it below the options.",
        "该题缺少“ANSWER: A”这样的一行。请加在选项下方。",
    ),
    "aiken-answer-wrong": (
        "The answer “%(value)s” is none of the options %(letters)s. Write the letter of the right one.",
        "答案“%(value)s”不在选项 %(letters)s 之中。请写正确选项的字母。",
    ),
    "aiken-too-few-options": (
        "The question has %(count)s options; at least two are needed, each on a line such as “A) text”.",
        "该题有 %(count)s 个选项，至少需要两个，每个选项单独一行，如“A) 内容”。",
    ),
    "aiken-option-order": (
        "Option %(found)s stands where option %(expected)s is expected. Letter the options in order.",
        "此处应为选项 %(expected)s，却是选项 %(found)s。请按顺序编号。",
    ),
    "aiken-stem-joined": (
        "The question is written in several paragraphs, which were joined. Check that no other "
        "question got into it.",
        "题干由多个段落合并而成。请确认没有混入其他题目。",
    ),
    # --- writing ---
    "export-language": (
        "The texts in the other language are left out. Export both languages, or as a bank file.",
        "另一种语言的文本未导出。请导出双语，或导出为题库文件。",
    ),
    "export-language-missing": (
        "Not all of the question is written in the language asked for; there the other one is "
        "exported.",
        "该题有的部分没有所选语言的文本，已以另一种语言导出。",
    ),
    "export-type": (
        "A question of the type “%(type)s” cannot be written in this format and is left out. Export "
        "it as a bank file or QTI.",
        "该格式无法写入“%(type)s”题型，已略去。请导出为题库文件或 QTI。",
    ),
    "export-item": (
        "“%(value)s” would be read as something else in this format, so the question is left out. "
        "Export it as a bank file or QTI.",
        "“%(value)s”在该格式中会被误读，该题已略去。请导出为题库文件或 QTI。",
    ),
    "export-scoring": (
        "Moodle cannot score by “%(scoring)s” and will give points in its own way. Reading the file "
        "here again keeps the rule.",
        "Moodle 不能按“%(scoring)s”计分，将采用其自身方式；在此重新导入时仍保留原规则。",
    ),
    "export-field": (
        "This format has no place for: %(value)s. Export as a bank file to keep it.",
        "该格式无法保存：%(value)s。如需保留，请导出为题库文件。",
    ),
    "export-true-false-words": (
        "The words of the two options are replaced by “True” and “False”.",
        "两个选项的文字将替换为“正确”和“错误”。",
    ),
    "export-markup": (
        "The text “%(value)s” cannot be written exactly in this format; check it after importing it "
        "again.",
        "文本“%(value)s”无法以该格式完整写出，重新导入后请核对。",
    ),
    "export-markup-shown": (
        "Moodle shows the signs of “%(value)s” as they are written, without their effect. Reading "
        "the file here again keeps it.",
        "Moodle 会按原样显示“%(value)s”中的标记符号；在此重新导入时保持不变。",
    ),
    "export-picture-size": (
        "The size of the picture “%(value)s” cannot be read, so Moodle would look for the spot in the "
        "wrong place. Use a PNG, JPEG or GIF picture.",
        "无法读取图片“%(value)s”的尺寸，Moodle 中的热点位置会不正确。请使用 PNG、JPEG 或 GIF 图片。",
    ),
    "export-picture-missing": (
        "The picture “%(value)s” is not in the bank, so the file does not hold it. Add it to the "
        "bank first.",
        "题库中没有图片“%(value)s”，导出文件中也没有。请先添加到题库。",
    ),
    "export-tag-too-long": (
        "Moodle cuts “%(value)s” after %(limit)s characters. Reading the file here again keeps it.",
        "Moodle 会将“%(value)s”截断为 %(limit)s 个字符；在此重新导入时仍完整。",
    ),
}
