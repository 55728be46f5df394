"""Reads options and answers as people write them: letters, numbers, the option's text, marks."""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from itembank.blueprint import fold
from itembank.errors import ItemBankError
from itembank.item_checks import CHOICE_COUNTS, LETTERS

_TRUTHS = {
    True: "对 正确 √ ✓ ✔ ☑ t true yes y 是 right correct 正確 對 v",
    False: "错 错误 × ✗ ✘ ✕ x f false no n 否 wrong incorrect 錯 錯誤",
}
_TRUTH_OF = {word: truth for truth, words in _TRUTHS.items() for word in words.split()}
_TYPES = {
    "single_best": "single singlebest singlechoice singleanswer simple sba "
    "单选 单选题 单项选择 单项选择题 a1 a2 a1型题 a2型题 a1型 a2型 單選題 單選 "
    "a3 a4 a3型题 a4型题 a3a4 a3a4型题 b1 b1型题 b型题 "
    "共用题干 共用题干题 题组 题组题 案例题 病例题 共用备选答案 共用备选答案题 共用答案题",
    "true_false": "truefalse tf judge judgement judgment boolean 判断 判断题 是非题 判斷題 是非題",
    "multiple": "multiple multiplechoices multipleanswer multipleanswers multi multiselect mrq "
    "multipleresponse selectall 多选 多选题 多项选择 多项选择题 不定项 不定项选择题 "
    "不定项选择 x型题 多選題",
    "select_n": "selectn choosen 限选 限选题 定项多选 定项多选题",
    "numeric": "numeric numerical number calculation 数值 数值题 计算 计算题 数字题 填数题",
    "short_text": "shorttext shortanswer fillin fillintheblank blank 填空 填空题 填充题 填空題",
    "order": "order ordering orderedlist sequence sorting ranking 排序 排序题 顺序题 排序題",
    "hot_spot": "hotspot 热点 热点题 热区 热区题 点图题 图片选点",
    "matching": "matching match 匹配 匹配题 配伍 配伍题 连线 连线题 配對題",
}
# Either one right option or several: the answer tells.
_ANY_CHOICE = ("mcq", "multiplechoice", "mc", "choice", "choicequestion", "选择题", "選擇題")
_TYPE_OF = {word: name for name, words in _TYPES.items() for word in words.split()}
_TYPE_PARTS = (
    ("多选", "multiple"),
    ("多项", "multiple"),
    ("单选", "single_best"),
    ("单项", "single_best"),
    ("判断", "true_false"),
    ("填空", "short_text"),
    ("排序", "order"),
    ("匹配", "matching"),
    ("配伍", "matching"),
    ("共用题干", "single_best"),
    ("multiplechoice", ""),
    ("singlechoice", "single_best"),
    ("mcq", ""),
)
_NUMBERED_TYPES = {"0": "single_best", "1": "true_false", "2": "multiple"}


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip().strip("。.;,'\"")


def read_type(text: str, *, numbered: bool) -> str | None:
    """The type of item a cell or a sheet's name means, another type as written, or None.

    None where nothing is said: for "multiple choice", which may have one key or several, and for a
    number when `numbered` is false (schemes differ); the row's shape decides then.
    """
    word = re.sub(r"[\s_\-/()（）]+", "", _fold(text))
    if not word:
        return None
    if word.isdigit():
        return _NUMBERED_TYPES.get(word, word) if numbered else None
    if word in _ANY_CHOICE:
        return None
    # "一、单选题", "单选题(40)", "single choice 1"
    trimmed = re.sub(r"^[一二三四五六七八九十\d]+[、.]|\d+$", "", word)
    if trimmed in _ANY_CHOICE:
        return None
    for part, kind in _TYPE_PARTS:
        if part in word and word not in _TYPE_OF:
            return kind or None
    return _TYPE_OF.get(word) or _TYPE_OF.get(trimmed) or text.strip()


def type_of_sheet(name: str) -> str | None:
    """The type that a sheet's name means ("多选题", "Single choice"); None if it means none."""
    kind = read_type(name, numbered=False)
    known = kind in _TYPES or any(part in name for part in ("简答", "问答", "名词解释"))
    return kind if known else None


def truth_of(text: str) -> bool | None:
    """Whether a cell says true or false; None if neither."""
    return _TRUTH_OF.get(_fold(text))


# --- options in one cell ---


def split_options(text: str) -> tuple[str, dict[str, str]]:
    """Options written into one cell, by their letters, and the text before the first.

    Understood: letters ("A. ... B. ...", "A、", "(A)", on one line or several), a list or object in
    JSON or Python notation, lines, or parts divided by `|` or `;`.
    """
    text = text.strip()
    listed = literal_of(text)
    if listed:
        return "", listed
    before, marked = split_marked(text)
    if len(marked) >= 2:
        return before, marked
    for divider in ("\n", "|", "；", ";"):
        parts = [part.strip() for part in text.split(divider) if part.strip()]
        if 2 <= len(parts) <= CHOICE_COUNTS["matching"][1]:
            return "", dict(zip(LETTERS, parts, strict=False))
    return "", {}


def split_marked(text: str) -> tuple[str, dict[str, str]]:
    """Parts of a text marked A, B, C ... in this order, and what stands before A."""
    starts: list[tuple[int, int]] = []
    position = 0
    for letter in LETTERS:
        mark = re.compile(
            rf"(?:(?<=\n)|(?<=[\s|;；。.，,])|^)[(（]?{letter}[)）]?(?:[.．、:：)）]\s*|(?<=[)）])\s*)"
            rf"|(?:(?<=\n)|^){letter}[ \t　]+"
        )
        found = mark.search(text, position)
        if found is None:
            break
        starts.append((found.start(), found.end()))
        position = found.end()
    if not starts:
        return text, {}
    ends = [start for start, _ in starts[1:]] + [len(text)]
    parts = [
        text[begin:end].strip().strip("|;；").strip()
        for (_, begin), end in zip(starts, ends, strict=True)
    ]
    return text[: starts[0][0]].strip(), dict(zip(LETTERS, parts, strict=False))


def literal_of(text: str) -> dict[str, str]:
    """A list or an object in JSON or Python notation, as options by letter; else empty."""
    if not re.match(r"[\[{(]", text) or text[-1] not in "]})" or len(text) > 20_000:
        return {}
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            value = ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            return {}
    if isinstance(value, dict):
        named = {str(name).strip().upper(): str(part).strip() for name, part in value.items()}
        return named if named and set(named) <= set(LETTERS) else {}
    if isinstance(value, list | tuple) and 1 <= len(value) <= len(LETTERS):
        return dict(zip(LETTERS, (str(part).strip() for part in value), strict=False))
    return {}


# --- answers ---


@dataclass(frozen=True, slots=True)
class AnswerBase:
    """From which number numeric answers count, and what says so.

    reason : "given", "zero-found" (a 0 in the column), "last-found" (a number equal to the count of
    options), "options-numbered" (the option columns are numbered so), "assumed".
    """

    base: int
    reason: str


def decide_base(
    answers: Iterable[tuple[str, int]], *, numbered: int | None, given: int | None
) -> AnswerBase | None:
    """The base of a column of numeric answers; None if its answers are not option numbers.

    Parameters
    ----------
    answers : answer as written and count of options, for every row that has both.
    numbered : 0 or 1 where the option columns themselves are numbered.
    given : 0 or 1 when the user has said so.
    """
    pairs = [(answer.strip(), count) for answer, count in answers if answer.strip()]
    listed = [(_numbers(answer), count) for answer, count in pairs]
    numbers = [(number, count) for found, count in listed for number in found]
    if not numbers or 2 * sum(bool(found) for found, _ in listed) < len(pairs):
        return None
    if sum(number <= count for number, count in numbers) < 0.9 * len(numbers):
        return None
    if given is not None:
        return AnswerBase(given, "given")
    if any(number == 0 for number, _ in numbers):
        return AnswerBase(0, "zero-found")
    if any(number == count for number, count in numbers):
        return AnswerBase(1, "last-found")
    if numbered is not None:
        return AnswerBase(numbered, "options-numbered")
    return AnswerBase(1, "assumed")


def _numbers(answer: str) -> list[int]:
    """The numbers of "3", "1,3", "0 2" or "[1, 3]"; empty when it is something else."""
    bare = answer.strip("[]() ")
    if not re.fullmatch(r"\d(?:[\s,，、;；|]+\d)*", bare):
        return []
    return [int(number) for number in re.findall(r"\d", bare)]


def read_answer(text: str, options: Mapping[str, str], base: AnswerBase | None) -> list[str]:
    """Letters of the right options that an answer names, in order.

    Parameters
    ----------
    text : the answer as written.
    options : the filled options by letter.
    base : how numbers count; None where numbers are not option numbers.

    Raises
    ------
    ItemBankError
        "answer-missing", "key-void", "answer-unknown", "answer-out-of-range", "answer-ambiguous",
        "answer-contradicts", "answer-option-empty".
    """
    text = text.strip()
    if not text:
        raise ItemBankError("answer-missing")
    if text.strip("＃# ") == "" or text in ("送分", "送分题", "送分題"):
        raise ItemBankError("key-void", value=text)
    if base is not None and _numbers(text) and not re.fullmatch(r"\d", text):
        return [_numbered(str(number), options, base) for number in _numbers(text)]
    listed = literal_of(text)
    if listed:
        return [letter for part in listed.values() for letter in read_answer(part, options, base)]
    word = re.sub(r"^(正确)?(答案|选)\s*[:：是为]?\s*", "", text).strip() or text
    if base is not None and re.fullmatch(r"\d", word):
        return [_numbered(word, options, base)]
    exact = [letter for letter, option in options.items() if option.strip() == word]
    same = exact or [letter for letter, option in options.items() if fold(option) == fold(word)]
    letters = _letters(word, options)
    if letters and not (same and len(word) > 1):
        return [_checked(letter, options, text) for letter in letters]
    if len(same) == 1:
        return same
    if len(same) > 1:
        raise ItemBankError("answer-ambiguous", value=text[:80])
    quoted = _letter_with_text(word, options)
    if quoted:
        return [quoted]
    raise ItemBankError("answer-unknown", value=text[:80])


def _letters(word: str, options: Mapping[str, str]) -> list[str]:
    """Letters of "A", "AC", "A,C", "A、C", "(A)", "A."; empty when it is something else."""
    last = max("H", *options)
    plain = unicodedata.normalize("NFKC", word).upper()
    bare = re.sub(r"[\s,、;；|/&+.()，]|和|及", "", plain)
    if not re.fullmatch(rf"[A-{last}]{{1,12}}", bare) or len(set(bare)) != len(bare):
        return []
    # "Bad" and "cafe" are words, "BAD" and "acd" (in order) are letters
    in_order = list(bare) == sorted(bare)
    return list(bare) if len(bare) == 1 or in_order or word.isupper() else []


def _checked(letter: str, options: Mapping[str, str], text: str) -> str:
    if letter in options:
        return letter
    last = max(options, default="A")
    if letter < last:
        raise ItemBankError("answer-option-empty", letter=letter)
    raise ItemBankError("answer-out-of-range", value=text[:80], count=len(options))


def _numbered(word: str, options: Mapping[str, str], base: AnswerBase) -> str:
    index = int(word) - base.base
    if not 0 <= index < len(LETTERS):
        raise ItemBankError("answer-out-of-range", value=word, count=len(options))
    return _checked(LETTERS[index], options, word)


def _letter_with_text(word: str, options: Mapping[str, str]) -> str | None:
    """The letter of an answer such as "B. 20 mSv", when the text is that option's."""
    found = re.fullmatch(r"[(（]?([A-La-l])[)）]?[.．、:：)\s]\s*(.+)", word, re.DOTALL)
    if found is None:
        return None
    letter, quoted = found[1].upper(), fold(found[2])
    if letter not in options:
        return None
    if fold(options[letter]) != quoted:
        raise ItemBankError("answer-contradicts", value=word[:80])
    return letter
