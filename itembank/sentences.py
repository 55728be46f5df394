"""The sentence of every code, in English and Chinese: what is wrong and what to do about it.

Placeholders are filled from the details of the finding. A test walks all codes.
"""

# ruff: noqa: E501 - a sentence may run on, so that it can be found by searching for it

from __future__ import annotations

from itembank.item_sentences import ITEM_SENTENCES
from itembank.moodle_sentences import MOODLE_SENTENCES

_SENTENCES: dict[str, tuple[str, str]] = {
    **ITEM_SENTENCES,
    **MOODLE_SENTENCES,
    # --- an item ---
    "item-id-wrong": (
        "An item needs an id of at most %(limit)s characters, without white space around it.",
        "每道题须有编号，最多 %(limit)s 个字符，前后不能有空格。",
    ),
    "type-unknown": (
        "The item type “%(value)s” is not known. Use one of: %(allowed)s.",
        "未知题型“%(value)s”。可用：%(allowed)s。",
    ),
    "stem-missing": ("The question has no text. Write the stem.", "缺少题干。请填写题干。"),
    "competency-missing": (
        "The competency is missing. Add a column “competency” with its code or name, or choose one "
        "competency for the whole file.",
        "缺少能力项。请增加“能力项”一列并填写代码或名称，或为整个文件指定一个能力项。",
    ),
    "text-too-long": (
        "The text has %(length)s characters; at most %(limit)s are allowed. Shorten it.",
        "文本有 %(length)s 个字符，最多允许 %(limit)s 个。请缩短。",
    ),
    "text-unreadable": (
        "The text contains the character %(character)s, a sign of a wrong encoding. Save the file as "
        "UTF-8 or XLSX and upload it again.",
        "文本含有字符 %(character)s，通常是编码错误所致。请另存为 UTF-8 或 XLSX 后重新上传。",
    ),
    "choice-count": (
        "The question has %(count)s options; between %(least)s and %(most)s are needed.",
        "该题有 %(count)s 个选项，须为 %(least)s 至 %(most)s 个。",
    ),
    "choice-id-wrong": (
        "“%(value)s” cannot be the id of an option. Use letters, digits, hyphens and underscores.",
        "“%(value)s”不能作为选项编号。请使用字母、数字、连字符或下划线。",
    ),
    "duplicate-choice-id": (
        "Two options have the same id. Give each its own.",
        "有两个选项的编号相同。请分别编号。",
    ),
    "choice-text-missing": (
        "Option %(letter)s has no text. Write it or remove the option.",
        "选项 %(letter)s 没有内容。请填写或删除该选项。",
    ),
    "key-count": (
        "The question has %(count)s right options; a single-best question needs exactly one.",
        "该题有 %(count)s 个正确选项，单选题须恰有一个。",
    ),
    "label-unknown": (
        "“%(value)s” is not a value of %(field)s. Use one of: %(allowed)s.",
        "“%(value)s”不是 %(field)s 的有效取值。可用：%(allowed)s。",
    ),
    "figure-count": (
        "The question has %(count)s pictures; at most %(most)s can be shown.",
        "该题有 %(count)s 张图片，最多可显示 %(most)s 张。",
    ),
    "asset-name-wrong": (
        "“%(value)s” cannot be the file name of a picture. Use a name such as figures/chest-1.png.",
        "“%(value)s”不能作为图片文件名。请使用类似 figures/chest-1.png 的名称。",
    ),
    "wrong-type": (
        "The field “%(field)s” must be %(expected)s. Correct it in the file.",
        "字段“%(field)s”的类型不对，应为：%(expected)s。请在文件中更正。",
    ),
    "unknown-field": (
        "The field “%(field)s” is not known, so its content would be lost. Correct its name or remove "
        "it.",
        "未知字段“%(field)s”，其内容会丢失。请更正字段名或删除。",
    ),
    # --- a blueprint, a bank ---
    "competency-unnamed": (
        "Every competency and sub-topic needs a code and a name. Add them to the blueprint.",
        "每个能力项和子主题都须有代码和名称。请在考试大纲中补充。",
    ),
    "level-unknown": (
        "A cognitive level is one of K (recall), A (apply) and E (evaluate).",
        "认知层次只能是 K（记忆）、A（应用）或 E（评价）。",
    ),
    "not-hundred": (
        "The %(what)s add up to %(total)s; they must be zero or more and add up to 100.",
        "%(what)s 之和为 %(total)s，各项须不小于 0 且合计为 100。",
    ),
    "blueprint-empty": (
        "The blueprint has no competency. Add at least one.",
        "考试大纲没有能力项。请至少添加一个。",
    ),
    "too-many-competencies": (
        "The blueprint has %(count)s competencies; at most %(limit)s can be reported.",
        "考试大纲有 %(count)s 个能力项，最多支持 %(limit)s 个。",
    ),
    "duplicate-code": (
        "The code “%(value)s” stands twice in the blueprint. Give each part its own.",
        "代码“%(value)s”在考试大纲中重复。请使用不同的代码。",
    ),
    "profile-missing": (
        "The blueprint has no profile. Add one with the weight of every competency.",
        "考试大纲没有方案。请添加一个，写明各能力项的权重。",
    ),
    "profile-competency-unknown": (
        "The profile weighs “%(value)s”, which is not a competency of the blueprint.",
        "方案中的“%(value)s”不是考试大纲里的能力项。",
    ),
    "bank-code-wrong": (
        "“%(value)s” cannot be the code of a bank. Use small letters, digits and hyphens.",
        "“%(value)s”不能作为题库代码。请使用小写字母、数字和连字符。",
    ),
    "bank-unnamed": ("The bank needs a name.", "题库须有名称。"),
    "language-unknown": (
        "“%(value)s” is not a language of the banks. Use en, zh or both.",
        "“%(value)s”不是题库支持的语言。请使用 en、zh 或两者。",
    ),
    "duplicate-item-id": (
        "Two items have this id. Give each its own.",
        "有两道题的编号相同。请分别编号。",
    ),
    # --- rules on wording and balance ---
    "reason-missing": (
        "No reason is given for option %(letters)s. Write why it is right or wrong.",
        "选项 %(letters)s 没有解析。请说明其正确或错误的理由。",
    ),
    "translation-missing": (
        "%(count)s texts are missing in the language “%(language)s”. Translate them before publishing.",
        "有 %(count)s 处文本缺少“%(language)s”语言版本。发布前请补译。",
    ),
    "negative-stem": (
        "The question asks for what is not (“%(word)s”). Ask for what is, if you can.",
        "题干使用了否定提问（“%(word)s”）。如有可能，请改为正面提问。",
    ),
    "all-or-none": (
        "Option %(letter)s refers to the other options. Replace it by an answer of its own.",
        "选项 %(letter)s 指代其他选项（如“以上都是”）。请换成独立的答案。",
    ),
    "length-cue": (
        "The right option is much longer than the others (%(language)s). Even the lengths out.",
        "正确选项明显长于其他选项（%(language)s）。请使长度相近。",
    ),
    "duplicate-option": (
        "Options %(first)s and %(second)s are the same. Change one of them.",
        "选项 %(first)s 与 %(second)s 相同。请修改其中一个。",
    ),
    "alt-missing": (
        "The picture %(asset)s has no description. Write one for those who cannot see it.",
        "图片 %(asset)s 没有替代文字。请为看不到图片的人写一段描述。",
    ),
    "competency-unknown": (
        "“%(value)s” is not a competency of this bank. Use a code or a name of the blueprint.",
        "“%(value)s”不是本题库的能力项。请使用考试大纲中的代码或名称。",
    ),
    "sub-topic-unknown": (
        "“%(value)s” is not a sub-topic of this bank. Use a code or a name of the blueprint.",
        "“%(value)s”不是本题库的子主题。请使用考试大纲中的代码或名称。",
    ),
    "sub-topic-elsewhere": (
        "The sub-topic “%(value)s” does not belong to the competency %(competency)s. Correct one of "
        "them.",
        "子主题“%(value)s”不属于能力项 %(competency)s。请更正其中之一。",
    ),
    "figure-missing": (
        "The picture %(asset)s is not in the bank. Add the file or remove it from the question.",
        "题库中没有图片 %(asset)s。请添加该文件或从题目中移除。",
    ),
    "figure-unused": (
        "No question shows the picture %(asset)s. Use it or remove it.",
        "没有题目使用图片 %(asset)s。请使用或删除。",
    ),
    "key-position": (
        "Among %(items)s questions with %(choices)s options, %(letter)s is right %(count)s times "
        "instead of about %(expected)s. Move some keys.",
        "在 %(items)s 道 %(choices)s 选项的题中，正确答案为 %(letter)s 的有 %(count)s 道，"
        "预期约 %(expected)s 道。请调整部分答案位置。",
    ),
    "duplicate-item": (
        "The same question stands in the bank as %(other)s. Remove one of them.",
        "题库中已有相同的题目 %(other)s。请删除其中一道。",
    ),
    "duplicate-stem": (
        "The same stem stands in the bank as %(other)s, with other options. Check that both are "
        "wanted, and make them enemies.",
        "题库中 %(other)s 的题干相同但选项不同。请确认是否都需要，并设为互斥题。",
    ),
    "competency-empty": (
        "The bank has no question on %(competency)s, which a profile weighs. Write some.",
        "能力项 %(competency)s 在方案中有权重，但题库中没有题目。请补充。",
    ),
    # --- files ---
    "file-too-large": (
        "The file is larger than %(limit)s MB. Split it and send the parts.",
        "文件超过 %(limit)s MB。请拆分后分次上传。",
    ),
    "file-empty": ("The file is empty. Choose another.", "文件是空的。请选择其他文件。"),
    "zip-broken": (
        "The file is damaged and cannot be unpacked. Save or zip it again.",
        "文件已损坏，无法解压。请重新保存或打包。",
    ),
    "zip-too-many-entries": (
        "The archive holds %(count)s files; at most %(limit)s are allowed.",
        "压缩包含有 %(count)s 个文件，最多允许 %(limit)s 个。",
    ),
    "zip-too-large": (
        "Unpacked, the file is larger than %(limit)s MB. Split it and send the parts.",
        "文件解压后超过 %(limit)s MB。请拆分后分次上传。",
    ),
    "zip-ratio": (
        "The file unpacks to more than %(limit)s times its size, as a harmful file does. Save it "
        "again with a spreadsheet program.",
        "文件解压后超过原大小的 %(limit)s 倍，与恶意文件特征一致。请用表格软件重新保存。",
    ),
    "zip-encrypted": (
        "The archive is protected by a password. Save it without one.",
        "压缩包设有密码。请取消密码后重新保存。",
    ),
    "zip-link": (
        "The archive contains a link (%(value)s). Put the file itself in its place.",
        "压缩包中含有链接（%(value)s）。请换成文件本身。",
    ),
    "zip-path": (
        "The archive contains a path that leads out of it (%(value)s). Zip the folder again.",
        "压缩包中的路径指向包外（%(value)s）。请重新打包文件夹。",
    ),
    "zip-duplicate": (
        "The archive contains two files of the same name. Zip the folder again.",
        "压缩包中有同名文件。请重新打包文件夹。",
    ),
    "folder-link": (
        "The folder contains a link (%(value)s). Put the file itself in its place.",
        "文件夹中含有链接（%(value)s）。请换成文件本身。",
    ),
    "folder-not-empty": (
        "The folder is not empty. Choose a new one.",
        "文件夹不是空的。请选择新文件夹。",
    ),
    "bank-json-missing": (
        "There is no bank.json, so this is not a bank of this program. Export it again.",
        "缺少 bank.json，不是本系统的题库文件。请重新导出。",
    ),
    "json-broken": (
        "The JSON cannot be read at line %(line)s, column %(column)s. Correct it there.",
        "JSON 在第 %(line)s 行第 %(column)s 列无法读取。请在该处更正。",
    ),
    "format-unknown": (
        "bank.json does not say “format”: “%(expected)s”. Export the bank again.",
        'bank.json 中没有 "format": "%(expected)s"。请重新导出题库。',
    ),
    "version-newer": (
        "The bank has format version %(value)s; this program knows %(known)s. Update the program.",
        "题库格式版本为 %(value)s，本程序支持 %(known)s。请更新程序。",
    ),
    "not-a-bank": (
        "This file is not a bank (it looks like %(kind)s). Tables are imported into a bank instead.",
        "该文件不是题库（看起来是 %(kind)s）。表格请通过“导入题目”加入已有题库。",
    ),
    "not-a-table": (
        "This file is not a table (it looks like %(kind)s). Save it as XLSX or CSV.",
        "该文件不是表格（看起来是 %(kind)s）。请另存为 XLSX 或 CSV。",
    ),
    "xls-old": (
        "This is an old Excel file (.xls) or one with a password. Save it as .xlsx without one.",
        "这是旧版 Excel 文件（.xls）或加密文件。请另存为不加密的 .xlsx。",
    ),
    "workbook-macros": (
        "The workbook contains macros. Save it as .xlsx without macros.",
        "工作簿含有宏。请另存为不含宏的 .xlsx。",
    ),
    "workbook-broken": (
        "The workbook cannot be read. Open it in a spreadsheet program and save it again.",
        "工作簿无法读取。请用表格软件打开并重新保存。",
    ),
    "workbook-unsafe": (
        "The workbook contains a document type declaration, as harmful files do. Save it again with "
        "a spreadsheet program.",
        "工作簿含有文档类型声明，与恶意文件特征一致。请用表格软件重新保存。",
    ),
    "workbook-too-wide": (
        "A sheet reaches to cell %(cell)s. Delete the empty rows and columns after the questions.",
        "有工作表延伸到单元格 %(cell)s。请删除题目之后的空行和空列。",
    ),
    "too-many-rows": (
        "The file has more than %(limit)s rows. Split it and send the parts.",
        "文件超过 %(limit)s 行。请拆分后分次上传。",
    ),
    "too-many-columns": (
        "The file has more than %(limit)s columns. Delete those that are not needed.",
        "文件超过 %(limit)s 列。请删除不需要的列。",
    ),
    "encoding-unknown": (
        "The encoding of the text cannot be recognised. Save the file as CSV UTF-8 or XLSX.",
        "无法识别文本编码。请另存为 CSV UTF-8 或 XLSX。",
    ),
    "csv-quote-open": (
        "A quotation mark opens in row %(row)s and never closes. Close it or save the table as XLSX.",
        "第 %(row)s 行的引号没有闭合。请补上引号或另存为 XLSX。",
    ),
    "csv-broken": (
        "The table cannot be read at row %(row)s. Save it again as CSV UTF-8 or XLSX.",
        "表格在第 %(row)s 行无法读取。请另存为 CSV UTF-8 或 XLSX。",
    ),
    "header-missing": (
        "No row with column names was found. The first row must name at least the question and its "
        "options or answer, such as: question, A, B, C, D, answer.",
        "找不到标题行。首行至少须写明题干和选项或答案，例如：题干、选项A、选项B、选项C、选项D、答案。",
    ),
    "mapping-unknown": (
        "The column “%(header)s” cannot be read as “%(field)s”. Choose another meaning.",
        "列“%(header)s”不能对应到“%(field)s”。请选择其他含义。",
    ),
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
        "Questions of the type “%(type)s” cannot be imported yet; single-best and true/false "
        "questions can.",
        "暂不支持导入“%(type)s”类型的题目，目前支持单选题和判断题。",
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
    # --- XML and QTI ---
    "xml-broken": (
        "The XML is damaged at line %(line)s, column %(column)s. Correct it there or export it again.",
        "XML 在第 %(line)s 行第 %(column)s 列有误。请在该处更正或重新导出。",
    ),
    "xml-unsafe": (
        "The XML declares a document type or an entity at line %(line)s, as harmful files do. Remove "
        "the declaration.",
        "XML 在第 %(line)s 行声明了文档类型或实体，与恶意文件特征一致。请删除该声明。",
    ),
    "xml-too-deep": (
        "The XML is nested more than %(limit)s deep at line %(line)s, as no question is. Export it "
        "again.",
        "XML 在第 %(line)s 行嵌套超过 %(limit)s 层，不像题目文件。请重新导出。",
    ),
    "xml-too-many-elements": (
        "The XML has more than %(limit)s elements. Split the file and send the parts.",
        "XML 元素超过 %(limit)s 个。请拆分后分次上传。",
    ),
    # --- end of XML and QTI ---
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

FINDINGS: dict[str, dict[str, str]] = {
    code: {"en": en, "zh": zh} for code, (en, zh) in _SENTENCES.items()
}
