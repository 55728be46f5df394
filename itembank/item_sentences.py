"""The sentences of what construction, scoring and answering of an item find, by their codes."""

# ruff: noqa: E501 - a sentence may run on, so that it can be found by searching for it

from __future__ import annotations

ITEM_SENTENCES: dict[str, tuple[str, str]] = {
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
    "field-not-for-type": (
        "A question of the type “%(type)s” has no “%(field)s”, so it would be lost. Remove it or "
        "correct the type.",
        "“%(type)s”题型没有“%(field)s”，其内容会丢失。请删除或更正题型。",
    ),
    "scoring-unknown": (
        "A question of the type “%(type)s” cannot be scored by “%(value)s”. Use one of: %(allowed)s.",
        "“%(type)s”题型不能按“%(value)s”计分。可用：%(allowed)s。",
    ),
    "key-missing": (
        "No option is marked as right. Mark at least one.",
        "没有标出正确选项。请至少标出一个。",
    ),
    "true-false-options": (
        "A true/false question has exactly the two options “true” and “false”, in this order.",
        "判断题须恰有 true 与 false 两个选项，且按此顺序排列。",
    ),
    "number-wrong": (
        "The question asks for a number but does not say which. Give the right value.",
        "该题要求填写数值，但没有给出正确数值。请填写。",
    ),
    "tolerance-wrong": (
        "“%(value)s” cannot be the tolerance of a number. Use zero or more.",
        "“%(value)s”不能作为数值的允许误差。请填写不小于 0 的数。",
    ),
    "accepted-count": (
        "The question accepts %(count)s answers; between 1 and %(most)s are needed.",
        "该题有 %(count)s 个可接受的答案，须为 1 至 %(most)s 个。",
    ),
    "accepted-empty": (
        "One of the accepted answers is empty. Write it or remove it.",
        "有一个可接受的答案为空。请填写或删除。",
    ),
    "picture-needed": (
        "The question asks for a point on a picture but has none. Add the picture.",
        "该题要求在图片上选点，但没有图片。请添加图片。",
    ),
    "region-count": (
        "The question has %(count)s regions, %(keys)s of them right; at least one must be right, and "
        "at most %(most)s are allowed.",
        "该题有 %(count)s 个区域，其中 %(keys)s 个正确；至少须有一个正确，最多 %(most)s 个区域。",
    ),
    "region-shape": (
        "Region %(number)s (“%(shape)s”) is none of: rect with 4 numbers, circle with 3 or 4, polygon "
        "with 3 to 100 corners. Draw it again.",
        "区域 %(number)s（“%(shape)s”）不符合要求：rect 须 4 个数，circle 须 3 或 4 个数，polygon 须 3 至 100 个顶点。请重新绘制。",
    ),
    "region-outside": (
        "Region %(number)s lies outside the picture. Coordinates are shares of its width and height, "
        "from 0 to 1.",
        "区域 %(number)s 超出图片。坐标为图片宽、高的比例，取值 0 至 1。",
    ),
    "region-empty": (
        "Region %(number)s has no area, so nobody can hit it. Draw it again.",
        "区域 %(number)s 面积为零，无法点中。请重新绘制。",
    ),
    "premise-count": (
        "The question has %(count)s lines to match; between 1 and %(most)s are needed.",
        "该题有 %(count)s 行待匹配，须为 1 至 %(most)s 行。",
    ),
    "premise-text-missing": (
        "Line %(number)s to match has no text. Write it or remove the line.",
        "第 %(number)s 行待匹配内容为空。请填写或删除。",
    ),
    "match-unknown": (
        "Line %(number)s belongs to “%(value)s”, which is not an option of the question.",
        "第 %(number)s 行对应的“%(value)s”不是该题的选项。",
    ),
    "stimulus-id-wrong": (
        "The case of a set needs an id of at most %(limit)s characters, without white space around it.",
        "共用题干须有编号，最多 %(limit)s 个字符，前后不能有空格。",
    ),
    "stimulus-empty": (
        "The case of the set has neither text nor picture. Write it or take the question out of the set.",
        "共用题干既无文字也无图片。请填写，或将该题移出题组。",
    ),
    "position-wrong": (
        "“%(value)s” cannot be a position in a set. Count from 1 to at most %(most)s.",
        "“%(value)s”不能作为题组内的序号。请从 1 起编号，最大为 %(most)s。",
    ),
    "markup-too-deep": (
        "The elements of the text lie in one another more than %(limit)s deep. Simplify the text.",
        "文本中的元素嵌套超过 %(limit)s 层。请简化文本。",
    ),
    # --- a response ---
    "response-missing": (
        "Nothing is answered yet. Answer the question before you go on.",
        "尚未作答。请先作答再继续。",
    ),
    "choice-unknown": (
        "The question has no option “%(value)s”. Reload the page and answer again.",
        "该题没有选项“%(value)s”。请刷新页面后重新作答。",
    ),
    "too-many-choices": (
        "%(count)s options were chosen; this question takes one.",
        "选择了 %(count)s 个选项，此题只能选一个。",
    ),
    "select-count": (
        "%(count)s options are chosen; choose exactly %(needed)s.",
        "已选 %(count)s 个选项，此题须恰选 %(needed)s 个。",
    ),
    "order-incomplete": (
        "Give every line its own place, from 1 to %(needed)s.",
        "请为每一行指定不同的序号，从 1 到 %(needed)s。",
    ),
    "match-incomplete": (
        "Line %(number)s has no option yet. Choose one for every line.",
        "第 %(number)s 行尚未选择。请为每一行选择一个选项。",
    ),
    "match-unreadable": (
        "The answer “%(value)s” does not fit the lines of the question. Reload the page and answer "
        "again.",
        "答案“%(value)s”与题目各行不符。请刷新页面后重新作答。",
    ),
    "number-unreadable": (
        "“%(value)s” is not a number. Write one such as 12.5 or 1.2e3.",
        "“%(value)s”不是数字。请填写如 12.5 或 1.2e3 的数。",
    ),
    "number-ambiguous": (
        "“%(value)s” can be read in two ways. Write %(one)s or %(other)s.",
        "“%(value)s”有两种读法。请写成 %(one)s 或 %(other)s。",
    ),
    "number-too-large": (
        "“%(value)s” is too large a number. Check the exponent.",
        "“%(value)s”数值过大。请检查指数。",
    ),
    "unit-wrong": (
        "The number is asked for in the unit “%(unit)s” and was given in “%(value)s”. Convert it, or "
        "leave the unit out.",
        "该数值的单位应为“%(unit)s”，而填写的是“%(value)s”。请换算，或不写单位。",
    ),
    "answer-too-long": (
        "The answer has %(length)s characters; at most %(limit)s are read. Shorten it.",
        "答案有 %(length)s 个字符，最多 %(limit)s 个。请缩短。",
    ),
    "point-unreadable": (
        "“%(value)s” is not a point of the picture. Choose the point again.",
        "“%(value)s”不是图片上的点。请重新选点。",
    ),
    "point-outside": (
        "The point lies outside the picture. Choose it again.",
        "所选的点在图片之外。请重新选点。",
    ),
}
