"""What the columns of a table mean: header synonyms in English and Chinese, and the header row.

A field is a name such as "stem", "answer", "option_A", "reason_B", "figure_1_alt", "premise_2",
with the language appended where the header tells it ("stem_en", "option_A_zh").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from itembank.formats.grid import column_letter
from itembank.item_checks import LETTERS, MAX_ACCEPTED, MAX_CHOICES, MAX_PREMISES, MAX_REGIONS

HEADER_ROWS = 20  # title rows above the header are looked through up to here

SYNONYMS: dict[str, str] = {
    "id": "id itemid questionid qid externalid code 编号 试题编号 题目编号 试题id 题目id 题目标识",
    "number": "no num number nr index 序号 题号 行号",
    "type": "type itemtype questiontype qtype 题型 试题类型 题目类型 类型 题目题型 題型",
    "stem": "stem question questiontext questionstem questioncontent content prompt item itemtext "
    "text 问题 题干 试题 题目 题干内容 试题内容 题目内容 试题题干 题目题干 问题内容 问题描述 "
    "題幹 題目 試題 問題",
    "options": "options choices alternatives answers answeroptions answerchoices optionlist "
    "选项 备选项 备选答案 选项内容 候选项 候选答案 答案选项 全部选项 選項",
    "answer": "answer correctanswer correctanswers rightanswer key keys correct "
    "correctoption correctchoice answerkey solution ans correctkey correctindex cop "
    "答案 正确答案 正确选项 标准答案 参考答案 试题答案 题目答案 正解 正確答案 標準答案",
    "explanation": "explanation rationale feedback answerexplanation generalfeedback comment exp "
    "解析 答案解析 试题解析 题目解析 详解 解答 说明 分析 題目解析",
    "rule": "rule takeaway takehome keypoint 要点 知识要点 记忆要点 小结",
    "difficulty": "difficulty difficultylevel diff 难度 题目难度 试题难度 难度等级 难易度 "
    "难易程度 難度",
    "competency": "competency contentarea area category subject subjectname domain chapter topic "
    "section 能力 能力项 能力领域 胜任力 题目分类 试题分类 分类 类别 所属范围 所属分类 科目 学科 "
    "章节 所属章节",
    "sub_topic": "subtopic subcategory knowledgepoint knowledge topicname "
    "知识点 知识点名称 子主题 子类 二级分类 考点",
    "cognitive_level": "cognitivelevel level bloom bloomlevel cognitive "
    "认知层次 认知水平 层次 能力层次",
    "reference": "reference source ref 参考 来源 出处 参考文献 题目来源 依据",
    "jurisdiction": "jurisdiction country region 适用地区 地区 法规地区",
    "posts": "posts post job 岗位 适用岗位",
    "enemies": "enemies enemy enemyset 互斥题 互斥组 互斥",
    "status": "status state 状态",
    "written": "written writtenon date created 编写日期 日期 出题日期 创建时间",
    "tolerance": "tolerance 误差 允许误差 误差范围 容差 公差 允差",
    "unit": "unit units 单位 计量单位 答案单位",
    "scoring": "scoring scoringrule scoringmethod 计分方式 计分规则 评分方式 评分规则 得分规则",
    "premises": "premises prompts leftside leftitems 左侧 左侧项 左列 前提 匹配题干 题项",
    "stimulus": "stimulus case passage scenario vignette sharedstem commonstem 共用题干 "
    "共用题干内容 病例 病例摘要 病历 案例 案例题干 材料 材料题干 背景材料 大题题干",
    "stimulus_id": "stimulusid caseid setid groupid 题组 题组编号 题组号 共用题干编号 案例编号 "
    "材料编号 大题号",
    "position": "position setposition 题组序号 组内序号 小题序号 小题号",
    "irreversible": "irreversible 不可回退 不可返回 不可逆",
    "figure_1": "figure image picture img media 图片 图像 附图 题图 配图",
}
_FIELD_OF = {word: name for name, words in SYNONYMS.items() for word in words.split()}
_LANGUAGE_WORDS = {
    "en": "en", "eng": "en", "english": "en", "英文": "en", "英语": "en",
    "zh": "zh", "cn": "zh", "chs": "zh", "chinese": "zh", "zhcn": "zh", "zhhans": "zh",
    "中文": "zh", "汉语": "zh",
}  # fmt: skip
_OPTION = re.compile(
    r"(?:option|choice|opt?|alternative|answer|ans|distractor|选项|备选项|备选答案|选择项|候选项|答案|選項)"
    r"(?:text|内容)?([a-l]|1[0-2]|[0-9])(?:text|content|内容)?"
)
_OPTION_BEFORE = re.compile(r"([a-l])(?:选项|option|choice|項|项)(?:内容)?")
_REASON = re.compile(
    r"(?:reason|rationale|explanation|feedback|解析|选项解析|理由)(?:option|选项)?([a-l]|1[0-2]|[0-9])"
    r"|(?:option|选项)([a-l]|1[0-2]|[0-9])(?:reason|rationale|explanation|feedback|解析|理由)"
)
_CORRECT = re.compile(r"(?:iscorrect|correct|isright|是否正确|正确)([a-l]|1[0-2]|[0-9])")
_FIGURE = re.compile(r"(?:figure|image|picture|图片|图)([1-9])?(alt|caption|替代文字|图注|说明)?")
_PREMISE = re.compile(r"(?:premise|left|leftitem|prompt|左侧|左项|匹配项|前提)(\d{1,2})")
_MATCH = re.compile(r"(?:match|matchanswer|对应|对应答案|匹配答案|匹配)(\d{1,2})")
_ACCEPTED = re.compile(r"(?:accepted|acceptedanswer|可接受答案|备选正确答案)(\d{1,2})")
# Families of numbered fields, with the highest number of each.
_NUMBERED = {
    "accepted": MAX_ACCEPTED,
    "premise": MAX_PREMISES,
    "match": MAX_PREMISES,
    "premise_reason": MAX_PREMISES,
    "region": MAX_REGIONS,
    "region_label": MAX_REGIONS,
    "region_reason": MAX_REGIONS,
}
FIELDS = frozenset(SYNONYMS) | {
    f"{kind}_{letter}" for kind in ("option", "reason", "correct") for letter in LETTERS
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its letter, its header as written, and the field it means (None: left out)."""

    letter: str
    header: str
    field: str | None
    why_ignored: str | None = None


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """The row of column names; `row` is 0 when there is none and the columns were guessed."""

    row: int
    columns: tuple[Column, ...]


def split_language(field: str) -> tuple[str, str | None]:
    """The field without its language, and the language: "option_A_zh" is ("option_A", "zh")."""
    name, _, last = field.rpartition("_")
    return (name, last) if last in ("en", "zh") and name else (field, None)


def is_field(name: str) -> bool:
    """Whether a mapping may name this field."""
    base, _ = split_language(name)
    if base in FIELDS or re.fullmatch(r"(stimulus_)?figure_[1-9](_alt|_caption)?", base):
        return True
    family, _, number = base.rpartition("_")
    return number.isdecimal() and number.isascii() and 1 <= int(number) <= _NUMBERED.get(family, 0)


def guess_field(header: str) -> str | None:
    """The field a header means, numbered options still by their number ("option_0"); or None."""
    if is_field(header.strip()):  # as `write_table` writes it
        return header.strip()
    text, language = _take_language(header)
    name = _field_of(text)
    if name is None:
        return None
    return f"{name}_{language}" if language else name


def _take_language(header: str) -> tuple[str, str | None]:
    """The header in lower case without marks, remarks and language, and the language."""
    text = unicodedata.normalize("NFKC", header).strip().strip("*:;")
    # optionA, isCorrect1, questionText: a change of case parts words
    text = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", text).casefold()
    language = None
    # a remark in brackets goes, except "(A)" or the language
    for remark in re.findall(r"\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】", text):
        inner = "".join(remark).strip()
        language = language or _LANGUAGE_WORDS.get(re.sub(r"[\s_-]", "", inner))
        keep = inner if re.fullmatch(r"[a-l]|[0-9]", inner) else ""
        text = re.sub(r"[(\[【]" + re.escape("".join(remark)) + r"[)\]】]", f" {keep} ", text)
    words = [word for word in re.split(r"[\s_\-/.:*#]+", text) if word]
    if len(words) > 1:
        for word in (words[-1], words[0]):
            if word in _LANGUAGE_WORDS and language is None:
                language = _LANGUAGE_WORDS[word]
                words.remove(word)
    joined = "".join(words)
    for word in ("英文", "英语", "中文", "汉语"):
        if word in joined and joined != word:
            language = language or _LANGUAGE_WORDS[word]
            joined = joined.replace(word, "")
    return joined, language


def _field_of(text: str) -> str | None:
    if text in _FIELD_OF:
        return _FIELD_OF[text]
    if re.fullmatch(r"[a-l]", text):
        return f"option_{text.upper()}"
    for pattern, kind in (
        (_REASON, "reason"),
        (_CORRECT, "correct"),
        (_OPTION, "option"),
        (_OPTION_BEFORE, "option"),
        (_PREMISE, "premise"),
        (_MATCH, "match"),
        (_ACCEPTED, "accepted"),
    ):
        found = pattern.fullmatch(text)
        if found:
            return f"{kind}_{next(part for part in found.groups() if part).upper()}"
    found = _FIGURE.fullmatch(text)
    if found:
        part = {"alt": "_alt", "替代文字": "_alt", None: ""}.get(found[2], "_caption")
        return f"figure_{found[1] or 1}{part}"
    return None


def header_score(cells: list[str]) -> int:
    """How much a row looks like column names: the fields it names; 0 when it is not a header."""
    fields = {field for field in (guess_field(cell) for cell in cells if len(cell) <= 60) if field}
    kinds = {_kind(field) for field in fields}
    letters = sum(_kind(field) == "option" for field in fields)
    is_header = "stem" in kinds and len(fields) >= 2
    # "A" to "D" and "answer" beside an unknown word for the question still is a header
    return len(fields) if is_header or (letters >= 2 and "answer" in kinds) else 0


def _kind(field: str) -> str:
    return split_language(field)[0].split("_")[0]


def find_header(
    rows: Mapping[int, list[str]], mapping: Mapping[str, str] | None = None
) -> HeaderRow | None:
    """The header among the first rows, with what its columns mean.

    Parameters
    ----------
    rows : the filled rows by row number.
    mapping : header as written -> field, or "" to leave the column out; overrides the guess.
    """
    best, best_score = None, 0
    for number in list(rows)[:HEADER_ROWS]:
        cells = rows[number]
        named = sum(cell in mapping for cell in cells if cell) if mapping else 0
        score = header_score(cells) + 100 * named
        if score > best_score:
            best, best_score = number, score
    if best is None:
        return None
    return HeaderRow(best, read_columns(rows[best], mapping or {}))


def read_columns(cells: list[str], mapping: Mapping[str, str]) -> tuple[Column, ...]:
    """What each column of a header row means; of two with one meaning the first counts."""
    guessed = [mapping.get(cell, guess_field(cell) or "") if cell else "" for cell in cells]
    guessed = _number_options(guessed)
    columns: list[Column] = []
    taken: set[str] = set()
    for index, (cell, field) in enumerate(zip(cells, guessed, strict=True)):
        ignored = None
        if not field:
            ignored = "column-ignored"
        elif field in taken:
            ignored = "column-duplicate"
        taken.add(field)
        columns.append(Column(column_letter(index), cell, None if ignored else field, ignored))
    return tuple(columns)


def _number_options(fields: list[str]) -> list[str]:
    """Numbered options by letters: choice0 is A where a column is numbered 0, else option1 is."""
    numbered = re.compile(r"(option|reason|correct)_([0-9]{1,2})((?:_en|_zh)?)")
    found = [numbered.fullmatch(field) for field in fields]
    base = 0 if any(match and match[2] == "0" for match in found) else 1
    result = []
    for field, match in zip(fields, found, strict=True):
        if match is None:
            result.append(field)
            continue
        index = int(match[2]) - base
        result.append(f"{match[1]}_{LETTERS[index]}{match[3]}" if index < len(LETTERS) else "")
    return result


def option_base(cells: list[str]) -> int | None:
    """0 or 1 where the option columns themselves are numbered (choice0 ... or option1 ...)."""
    numbers = [
        int(field.split("_")[1])
        for field in (guess_field(cell) for cell in cells if cell)
        if field and re.match(r"option_[0-9]", field)
    ]
    return None if not numbers else min(1, *numbers)


def guess_headerless(rows: Mapping[int, list[str]]) -> HeaderRow | None:
    """Columns of a table without names: question, options, answer, if nearly all rows look so.

    All rows must have one width of 4 to 10, with an answer letter or number in the last column.
    """
    widths = {len(row) for row in rows.values()}
    if len(widths) != 1 or len(rows) < 2:
        return None
    (width,) = widths
    n_options = width - 2
    if not 2 <= n_options <= MAX_CHOICES:
        return None
    allowed = set(LETTERS[:n_options]) | {str(number) for number in range(n_options + 1)}
    if sum(row[-1].strip().upper() in allowed for row in rows.values()) < 0.9 * len(rows):
        return None
    fields = ["stem", *(f"option_{letter}" for letter in LETTERS[:n_options]), "answer"]
    return HeaderRow(
        0, tuple(Column(column_letter(i), "", field) for i, field in enumerate(fields))
    )
