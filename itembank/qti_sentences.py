"""The sentences about XML and QTI files, in English and Chinese; `sentences` holds all others."""

# ruff: noqa: E501 - a sentence may run on, so that it can be found by searching for it

from __future__ import annotations

QTI_SENTENCES: dict[str, tuple[str, str]] = {
    # --- what keeps a file out ---
    "qti-manifest-missing": (
        "The archive has no imsmanifest.xml, so it is not a QTI package. Export it again, or send the question files alone.",
        "压缩包中没有 imsmanifest.xml，不是 QTI 题包。请重新导出，或单独上传题目文件。",
    ),
    "qti-not-found": (
        "The XML begins with “%(value)s”, which is not QTI. Choose a QTI file or package.",
        "该 XML 以“%(value)s”开头，不是 QTI。请选择 QTI 文件或题包。",
    ),
    "qti-file-missing": (
        "The package names the file “%(value)s” but does not contain it. Add it or export the package again.",
        "题包列出了文件“%(value)s”，但其中没有该文件。请补上或重新导出。",
    ),
    # --- what keeps an item out ---
    "qti-test-alone": (
        "This is a test: it lines up questions that stand in other files. Send the package that holds them.",
        "这是一份测试，只列出其他文件中的题目。请上传包含这些题目的题包。",
    ),
    "qti-stimulus-alone": (
        "This is a text that questions share, without its questions. Send the package that holds them.",
        "这是多道题共用的材料，没有题目。请上传包含题目的题包。",
    ),
    "qti-adaptive": (
        "The question changes while it is being answered (adaptive), which is not supported. Rewrite it as separate questions.",
        "该题在作答过程中会变化（adaptive），暂不支持。请改写为独立的题目。",
    ),
    "qti-template": (
        "The question draws its numbers anew for everybody (a template), which is not supported. Write it with fixed numbers.",
        "该题为每个人随机生成数据（模板题），暂不支持。请改用固定数据。",
    ),
    "qti-no-interaction": (
        "There is nothing to answer: it is a text only. Add it to a question, or leave it out.",
        "没有可作答的内容，只是一段文字。请并入题目，或不导入。",
    ),
    "qti-by-hand": (
        "The answer must be marked by a person (%(value)s). Only questions that can be scored are stored; ask it in another way.",
        "该题须人工评分（%(value)s）。题库只收可自动评分的题目，请改用其他题型。",
    ),
    "qti-interaction": (
        "Questions of the kind “%(value)s” cannot be played here. Ask it as a choice, a matching or a hot spot.",
        "暂不支持“%(value)s”类题目。请改为选择、匹配或热区题。",
    ),
    "qti-composite": (
        "The %(count)s parts of the question are scored together, so they cannot be stored one by one. Split the question.",
        "该题的 %(count)s 个部分合并计分，无法逐一入库。请拆分题目。",
    ),
    "qti-key-missing": (
        "The file does not say which answer is right. Add the key in the program that wrote it.",
        "文件未说明正确答案。请在原系统中补充答案。",
    ),
    "qti-key-unknown": (
        "The right answer “%(value)s” is not among the options. Correct the key or add the option.",
        "正确答案“%(value)s”不在选项中。请更正答案或补充选项。",
    ),
    "qti-several-right": (
        "Several answers are right but only one may be chosen. Keep one key, or let several be chosen.",
        "有多个正确答案，但只能选一个。请只保留一个答案，或允许多选。",
    ),
    "qti-order-partial": (
        "The right order does not name every option once. Put all options in order.",
        "正确顺序没有包含全部选项。请排列所有选项。",
    ),
    "qti-match-many": (
        "The pairs do not give each line exactly one partner, so it is not a matching question. Ask it in another way.",
        "配对关系不是每行对应一个选项，无法作为匹配题。请改用其他题型。",
    ),
    "qti-hot-spot-several": (
        "%(count)s places must be marked; a hot spot here takes one point. Ask for each place in its own question.",
        "须标出 %(count)s 处，而热区题只接受一个点。请分别出题。",
    ),
    "qti-hot-spot-picture": (
        "The picture of the hot spot is missing or its size is not given. Add the picture, or its width and height.",
        "热区题缺少图片，或未注明图片尺寸。请补充图片或其宽高。",
    ),
    "qti-region": (
        "The region (%(shape)s, “%(value)s”) cannot be read. Use rect, circle or poly with coordinates in pixels.",
        "无法读取区域（%(shape)s，“%(value)s”）。请使用 rect、circle 或 poly 及像素坐标。",
    ),
    # --- what is said of an item that is stored ---
    "qti-scoring-unsaid": (
        "The file does not say how points are given; the answer is right or wrong as a whole.",
        "文件未说明计分方式，按整体对错计分。",
    ),
    "qti-scoring-near": (
        "The points of the file have no exact counterpart here; the rule “%(scoring)s” is used. Check that it is what you want.",
        "文件的计分方式无完全对应，已采用“%(scoring)s”规则。请核对是否合适。",
    ),
    "qti-points-lost": (
        "Some answers gave part of the points; here only the best answer counts. Check the key.",
        "部分答案原可得部分分，现仅最佳答案计分。请核对答案。",
    ),
    "qti-answer-half": (
        "“%(value)s” gave part of the points and is no longer accepted. Add it to the answers if it should count.",
        "“%(value)s”原可得部分分，现不再接受。如应计分，请加入答案。",
    ),
    "qti-numbers-apart": (
        "Several separate numbers were right; the others (%(value)s) are no longer accepted. Check the number and its tolerance.",
        "原有多个不相连的正确数值，其余数值（%(value)s）不再接受。请核对数值和容差。",
    ),
    "qti-tolerance-uneven": (
        "The tolerance differs above and below; the larger one is used. Check it.",
        "上下容差不同，已采用较大者。请核对。",
    ),
    "qti-associate-split": (
        "Pairs within one list became two lists to match. Check that the question still reads well.",
        "同一列表内的配对已改为两列匹配。请核对题目是否通顺。",
    ),
    "qti-option-empty": (
        "An empty option (%(value)s) was left out. Check the options.",
        "空选项（%(value)s）已略去。请核对选项。",
    ),
    "qti-feedback-wrong": (
        "Feedback shown only after a wrong answer was left out: “%(value)s”. Put it with the options it explains.",
        "仅在答错时显示的反馈已略去：“%(value)s”。请写入相应选项的解析。",
    ),
    "qti-rubric": (
        "A note for those who mark the answers was left out: “%(value)s”. Keep it elsewhere.",
        "给评分者的说明已略去：“%(value)s”。请另行保存。",
    ),
    "qti-stimulus-missing": (
        "The shared text “%(value)s” is not in the file. Send the whole package, or add the text.",
        "共用材料“%(value)s”不在文件中。请上传完整题包，或补充材料。",
    ),
    "qti-picture-missing": (
        "The picture “%(value)s” is not in the file. Send the whole package, or add the picture.",
        "图片“%(value)s”不在文件中。请上传完整题包，或补充图片。",
    ),
    "qti-media": (
        "“%(value)s” is no picture and was left out. Describe it in the text, or add a picture.",
        "“%(value)s”不是图片，已略去。请用文字描述或添加图片。",
    ),
    "qti-formula": (
        "A formula could only be kept as text: “%(value)s”. Write it in LaTeX.",
        "公式只能保留为文本：“%(value)s”。请改用 LaTeX 书写。",
    ),
    "qti-variable": (
        "The text shows the value of “%(value)s”, which is not known. Write the value itself.",
        "文中显示变量“%(value)s”的值，但其值未知。请直接写出数值。",
    ),
    "mathml-unknown": (
        "The formula uses “%(value)s”, for which LaTeX has no word here. Write it in LaTeX.",
        "公式使用了“%(value)s”，无法转为 LaTeX。请改用 LaTeX 书写。",
    ),
    "qti-id-repeated": (
        "The id “%(value)s” was used by another question, so this one got its own.",
        "编号“%(value)s”已被另一道题使用，此题已另行编号。",
    ),
    # --- what is said of a package ---
    "qti-test": (
        "The test “%(title)s” with %(sections)s sections and %(count)s questions is not stored; its questions are.",
        "测试“%(title)s”（%(sections)s 个部分，%(count)s 道题）本身不入库，其题目入库。",
    ),
    "qti-usage-data": (
        "The package carries item parameters, which are not taken over. Calibrate the items here, or enter the parameters.",
        "题包含有题目参数，不会自动采用。请在本系统中标定，或手工录入参数。",
    ),
    "qti-repeated": (
        "The file %(file)s repeats %(count)s questions that another file of the package holds. They are stored once.",
        "文件 %(file)s 中有 %(count)s 道题与题包内其他文件重复，只入库一次。",
    ),
    # --- what a QTI package cannot carry ---
    "export-blueprint": (
        "The package carries the questions but not the blueprint, the profiles and the status of the bank. Export the bank itself to keep them.",
        "题包只含题目，不含考试大纲、方案和题库状态。如需保留，请导出题库本身。",
    ),
    "export-text": (
        "Another program may read this text differently: “%(value)s”. Simplify it, or export the bank itself.",
        "其他软件读取此文本时可能有出入：“%(value)s”。请简化文本，或导出题库本身。",
    ),
    # --- a file of any kind ---
    "kind-without-questions": (
        "No questions were found in this file (%(kind)s). Choose a table, a bank, or a file of GIFT, Aiken, Moodle XML or QTI.",
        "该文件中没有找到题目（%(kind)s）。请选择表格、题库，或 GIFT、Aiken、Moodle XML、QTI 文件。",
    ),
}
