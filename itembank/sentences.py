"""The sentence of every code, in English and Chinese: what is wrong and what to do about it.

Placeholders are filled from the details of the finding. A test walks all codes.
"""

# ruff: noqa: E501 - a sentence may run on, so that it can be found by searching for it

from __future__ import annotations

from itembank.file_sentences import FILE_SENTENCES
from itembank.item_sentences import ITEM_SENTENCES
from itembank.moodle_sentences import MOODLE_SENTENCES
from itembank.qti_sentences import QTI_SENTENCES
from itembank.rule_sentences import RULE_SENTENCES
from itembank.table_sentences import TABLE_SENTENCES

_SENTENCES: dict[str, tuple[str, str]] = {
    **FILE_SENTENCES,
    **ITEM_SENTENCES,
    **RULE_SENTENCES,
    **TABLE_SENTENCES,
    **MOODLE_SENTENCES,
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
    # --- families of computed items ---
    "family-unknown": (
        "No family of computed items is called “%(value)s”. `python -m itembank.families --list` "
        "names them all.",
        "没有名为“%(value)s”的计算题族。请用 `python -m itembank.families --list` 查看全部名称。",
    ),
    "family-seed": (
        "The seed of a computed item is %(value)s. Use a whole number from 0.",
        "计算题的种子为 %(value)s。请使用不小于 0 的整数。",
    ),
    "family-exhausted": (
        "%(tries)s draws of numbers gave no item that keeps the guards of its family. Widen the "
        "ranges of the family or add a mistake.",
        "抽取 %(tries)s 次数值仍得不到符合该题族约束的题目。请放宽取值范围或增加一种错误。",
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
    **QTI_SENTENCES,
    # --- end of XML and QTI ---
}

FINDINGS: dict[str, dict[str, str]] = {
    code: {"en": en, "zh": zh} for code, (en, zh) in _SENTENCES.items()
}
