"""The sentences of what the rules of `itembank.validation` find, by their codes."""

# ruff: noqa: E501 - a sentence may run on, so that it can be found by searching for it

from __future__ import annotations

RULE_SENTENCES: dict[str, tuple[str, str]] = {
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
    # --- rules for single types and for sets ---
    "explanation-missing": (
        "Nothing explains the right answer. Write the rule behind it.",
        "缺少对正确答案的解释。请填写要点。",
    ),
    "premise-reason-missing": (
        "No reason is given for line %(numbers)s. Write why its option fits.",
        "第 %(numbers)s 行没有解析。请说明为何与其选项对应。",
    ),
    "all-options-right": (
        "Every option is right, so nothing has to be told apart. Add a wrong one or mark the keys again.",
        "所有选项都是正确的，无需辨别。请增加错误选项或重新标记答案。",
    ),
    "tolerance-zero": (
        "The number has no tolerance, so a rounded answer is wrong. Give one unless it is a count.",
        "该数值没有允许误差，四舍五入的答案会判错。除非是计数，请填写允许误差。",
    ),
    "tolerance-large": (
        "The tolerance is %(percent)s%% of the value, so nearly every answer is right. Check it.",
        "允许误差为数值的 %(percent)s%%，几乎任何答案都算对。请核对。",
    ),
    "accepted-language": (
        "No answer is accepted in the language “%(language)s”, in which the question is asked. Add one.",
        "题目有“%(language)s”语言版本，但没有该语言的可接受答案。请补充。",
    ),
    "accepted-double": (
        "The answer “%(value)s” is accepted twice; case, width and white space make no difference. "
        "Remove one.",
        "可接受的答案“%(value)s”重复（大小写、全半角和空格不区分）。请删除其中一个。",
    ),
    "duplicate-premise": (
        "Lines %(first)s and %(second)s to match are the same. Change one of them.",
        "第 %(first)s 行与第 %(second)s 行待匹配内容相同。请修改其中一行。",
    ),
    "region-over-edge": (
        "Region %(number)s reaches beyond the edge of the picture. Make it smaller or move it.",
        "区域 %(number)s 超出图片边缘。请缩小或移动。",
    ),
    "region-small": (
        "Region %(number)s is too small for a finger on a phone. Make it at least a fiftieth of the "
        "picture wide and high.",
        "区域 %(number)s 过小，手机上难以点中。宽、高请至少为图片的五十分之一。",
    ),
    "regions-overlap": (
        "Regions %(first)s and %(second)s overlap, and only one of them is right; a point in both "
        "counts as right. Draw them apart.",
        "区域 %(first)s 与 %(second)s 重叠，而其中只有一个正确；重叠处会算对。请分开绘制。",
    ),
    "set-texts-differ": (
        "The case of the set “%(set)s” differs from that of %(other)s. Make them the same, or give the "
        "set another id.",
        "题组“%(set)s”的共用题干与 %(other)s 不同。请改为一致，或更换题组编号。",
    ),
    "set-position-double": (
        "Position %(position)s of the set “%(set)s” stands twice. Number its questions from 1.",
        "题组“%(set)s”的序号 %(position)s 重复。请从 1 起重新编号。",
    ),
    "set-position-missing": (
        "The set “%(set)s” has no question at position %(positions)s. Number its questions from 1 "
        "without gaps.",
        "题组“%(set)s”缺少序号 %(positions)s。请从 1 起连续编号。",
    ),
    "set-of-one": (
        "The set “%(set)s” has one question only. Add the others, or put the case into the stem.",
        "题组“%(set)s”只有一道题。请补充其他题，或将共用题干并入题干。",
    ),
    "set-competencies": (
        "The set “%(set)s” spans several competencies (%(competencies)s). Keep a set within one, so "
        "that it can be served as a whole.",
        "题组“%(set)s”涉及多个能力项（%(competencies)s）。请限于一个能力项，以便整组出题。",
    ),
}
