"""What a row says of its type of item: options, numbers, lines to match, regions and their keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from itembank.errors import ItemBankError
from itembank.formats.answer_forms import (
    count_blanks,
    read_matches,
    read_numeric,
    read_order,
    split_accepted,
    split_lines,
)
from itembank.formats.answers import read_answer, truth_of
from itembank.item_checks import (
    CHOICE_COUNTS,
    ITEM_TYPES,
    LETTERS,
    MAX_ACCEPTED,
    MAX_PREMISES,
    MAX_REGIONS,
    SCORINGS,
)
from itembank.parts import FALSE_TEXT, TRUE_TEXT
from itembank.texts import LANGUAGES

if TYPE_CHECKING:
    from itembank.formats.table_rows import Row

Options = Mapping[str, Mapping[str, str]]
Native = dict[str, object]
_OWN_FIELDS = {
    "tolerance": ("numeric",),
    "unit": ("numeric",),
    "accepted_1": ("short_text",),
    "premises": ("matching",),
    "premise_1": ("matching",),
    "region_1": ("hot_spot",),
    "scoring": tuple(SCORINGS),
}
_SCORING_WORDS = {
    "全对得分": "all_or_nothing", "全对才得分": "all_or_nothing", "全部答对": "all_or_nothing",
    "部分得分": "partial", "漏选得分": "partial", "少选得分": "partial", "按点得分": "partial",
    "错选倒扣": "plus_minus", "正负计分": "plus_minus", "倒扣": "plus_minus", "+1/-1": "plus_minus",
}  # fmt: skip
_REGION = re.compile(r"(?:(key|\*|正确)[\s:：]*)?(rect|circle|polygon)[\s:：]*(.*)", re.IGNORECASE)
# Only these words say that two options are no choice but a judgement.
_PLAIN_TRUTHS = {"对", "错", "正确", "错误", "√", "×", "true", "false", "對", "錯", "正確", "錯誤"}


def read_content(row: Row, kind: str | None, stem: Mapping[str, str], options: Options) -> Native:
    """The fields of the native item that depend on its type, "type" among them.

    What cannot be read is reported to the row, as is what the type has no use for.
    """
    kind = kind or _kind_of(row, options)
    if kind == "matching" and not _premises(row):
        kind = "single_best"  # one line of shared options (B1) a row
    if kind not in ITEM_TYPES:
        row.report("error", "type-not-offered-yet", "type", type=kind[:60])
        return {"type": kind}
    if kind == "true_false" and options and _truths(options) is None:
        kind = "single_best"
    if options and kind not in CHOICE_COUNTS:
        row.report("error", "field-not-for-type", "option_A", field="options", type=kind)
    for name, types in _OWN_FIELDS.items():
        if row.get(name) and kind not in types:
            row.report("warning", "field-not-used", name, field=name, type=kind)
    content = _READERS[kind](row, stem, options)
    return {"type": kind, **content, **_scoring(row, kind)}


def _kind_of(row: Row, options: Options) -> str:
    """The type of a row that names none, from what it fills in."""
    if _premises(row):
        return "matching"
    if row.get("region_1"):
        return "hot_spot"
    if row.get("accepted_1"):
        return "short_text"
    answer = row.get("answer")
    if not options and answer and (row.get("tolerance") or row.get("unit")):
        return "numeric"
    if not options and truth_of(answer) is not None:
        return "true_false"
    words = {text.strip().casefold() for texts in options.values() for text in texts.values()}
    if len(options) == 2 and words <= _PLAIN_TRUTHS and _truths(options) is not None:
        return "true_false"
    return "multiple" if options and len(_keys(row, options, quietly=True)) > 1 else "single_best"


def _scoring(row: Row, kind: str) -> Native:
    written = row.get("scoring").strip().casefold()
    offered = SCORINGS.get(kind, ())
    if not written or not offered:
        return {}
    words = re.sub(r"[\s-]+", "_", written)
    scoring = _SCORING_WORDS.get(written, words if words in offered else "")
    if scoring not in offered:
        row.report("warning", "label-ignored", "scoring", value=written[:80], field="scoring")
        return {}
    return {"scoring": scoring}


# --- one reader a type ---


def _read_single_best(row: Row, stem: Mapping[str, str], options: Options) -> Native:
    key = _keys(row, options)
    return {"options": native_options(row, options, key, explained=True)}


def _read_several(row: Row, stem: Mapping[str, str], options: Options) -> Native:
    return {"options": native_options(row, options, _keys(row, options))}


def _read_true_false(row: Row, stem: Mapping[str, str], options: Options) -> Native:
    answer = row.get("answer")
    truths = _truths(options) or {"A": True, "B": False}
    named = dict(truths) | {"1": True, "0": False}
    truth = named.get(answer.strip().upper(), truth_of(answer))
    ticked = [letter for letter in truths if is_ticked(row.get(f"correct_{letter}"))]
    if not answer and len(ticked) == 1:
        truth = truths[ticked[0]]
    elif not answer:
        row.report("error", "answer-missing", "answer")
    elif truth is None:
        try:  # a void key says so
            read_answer(answer, {}, None)
        except ItemBankError as error:
            code = error.code if error.code == "key-void" else "answer-unknown"
            row.report("error", code, "answer", value=answer[:80])
    letter_of = {value: letter for letter, value in truths.items()}
    reasons = {value: row.text(f"reason_{letter}") for value, letter in letter_of.items()}
    if truth is not None:
        reasons[truth] = joined(reasons[truth], row.text("explanation"))
    texts = {True: TRUE_TEXT, False: FALSE_TEXT}
    return {
        "options": [
            {
                "id": "true" if value else "false",
                "text": {lang: getattr(texts[value], lang) for lang in LANGUAGES},
                "key": value is truth,
                "reason": reasons[value],
            }
            for value in (True, False)
        ]
    }


def _truths(options: Options) -> dict[str, bool] | None:
    """What each of two options says, when one is true and the other false; else None."""
    found: dict[str, bool] = {}
    for letter, texts in options.items():
        values = {truth_of(text) for text in texts.values()}
        if len(values) == 1 and None not in values:
            found[letter] = bool(values.pop())
    return found if len(found) == len(options) == 2 and len(set(found.values())) == 2 else None


def _read_numeric(row: Row, stem: Mapping[str, str], options: Options) -> Native:
    about = "answer"
    try:
        numeric, unit = read_numeric(row.get("answer"), "")
        about = "tolerance"
        if row.get("tolerance"):
            numeric, unit = read_numeric(row.get("answer"), row.get("tolerance"))
    except ItemBankError as error:
        row.report("error", error.code, about, **error.details)
        return {}
    units = row.text("unit")
    return {"numeric": {**numeric, "unit": units or ({row.language: unit} if unit else {})}}


def _read_short_text(row: Row, stem: Mapping[str, str], options: Options) -> Native:
    accepted = [row.text(f"accepted_{number}") for number in range(1, MAX_ACCEPTED + 1)]
    accepted = [answer for answer in accepted if answer]
    by_language = {lang: split_accepted(text) for lang, text in row.text("answer").items()}
    if not accepted and len({len(found) for found in by_language.values()}) == 1:
        columns = [[(lang, text) for text in found] for lang, found in by_language.items()]
        accepted = [dict(pair) for pair in zip(*columns, strict=True)]
    elif not accepted:
        accepted = [{lang: text} for lang, found in by_language.items() for text in found]
    blanks = max((count_blanks(text) for text in stem.values()), default=0)
    if blanks > 1:
        row.report("error", "several-blanks", "stem", count=blanks)
    elif not accepted:
        row.report("error", "answer-missing", "answer")
    elif not any(answer.strip("#＃ ") for one in accepted for answer in one.values()):
        row.report("error", "key-void", "answer")
    return {"accepted": accepted}


def _read_order(row: Row, stem: Mapping[str, str], options: Options) -> Native:
    natives = native_options(row, options, ())
    answer = row.get("answer")
    if not answer:
        row.report("warning", "order-assumed", "answer")
        return {"options": natives}
    letters = sorted(options)
    try:
        order = read_order(answer, _of_language(row, options))
    except ItemBankError as error:
        row.report("error", error.code, "answer", **error.details)
        return {"options": natives}
    placed = [natives[letters.index(letter)] for letter in order]
    return {
        "options": [{**option, "id": LETTERS[place].lower()} for place, option in enumerate(placed)]
    }


def _premises(row: Row) -> list[dict[str, str]]:
    """The lines to match, by language: of their own columns, or all in one cell."""
    found = [row.text(f"premise_{number}") for number in range(1, MAX_PREMISES + 1)]
    found = [text for text in found if text]
    if found:
        return found
    lines = {lang: split_lines(cell) for lang, cell in row.text("premises").items()}
    count = max((len(parts) for parts in lines.values()), default=0)
    return [
        {lang: parts[place] for lang, parts in lines.items() if place < len(parts)}
        for place in range(count)
    ]


def _read_matching(row: Row, stem: Mapping[str, str], options: Options) -> Native:
    premises, texts = _premises(row), _of_language(row, options)
    letters = sorted(options)
    own = [row.get(f"match_{number}") for number in range(1, len(premises) + 1)]
    try:
        if all(own):
            matches = [read_answer(answer, texts, None)[0] for answer in own]
        else:
            matches = read_matches(row.get("answer"), len(premises), texts)
    except ItemBankError as error:
        row.report("error", error.code, "match_1" if all(own) else "answer", **error.details)
        return {}
    return {
        "options": native_options(row, options, ()),
        "premises": [
            {
                "id": f"p{number}",
                "text": text,
                "match": LETTERS[letters.index(match)].lower(),
                "reason": row.text(f"premise_reason_{number}"),
            }
            for number, (text, match) in enumerate(zip(premises, matches, strict=True), start=1)
        ],
    }


def _read_hot_spot(row: Row, stem: Mapping[str, str], options: Options) -> Native:
    regions: list[Native] = []
    for number in range(1, MAX_REGIONS + 1):
        written = row.get(f"region_{number}")
        if not written:
            continue
        found = _REGION.fullmatch(written.strip())
        numbers = re.split(r"[\s,;，；]+", found[3].strip()) if found else []
        try:
            coordinates = [float(part) for part in numbers if part]
        except ValueError:
            coordinates = []
        if found is None or not coordinates:
            row.report("error", "region-unreadable", f"region_{number}", number=number)
            continue
        regions.append(
            {
                "id": f"r{number}",
                "shape": found[2].lower(),
                "coordinates": coordinates,
                "key": bool(found[1]),
                "label": row.text(f"region_label_{number}"),
                "reason": row.text(f"region_reason_{number}"),
            }
        )
    return {"regions": regions}


_READERS: dict[str, Callable[[Row, Mapping[str, str], Options], Native]] = {
    "single_best": _read_single_best,
    "true_false": _read_true_false,
    "multiple": _read_several,
    "select_n": _read_several,
    "numeric": _read_numeric,
    "short_text": _read_short_text,
    "order": _read_order,
    "matching": _read_matching,
    "hot_spot": _read_hot_spot,
}


# --- options and keys ---


def _of_language(row: Row, options: Options) -> dict[str, str]:
    """The options' texts in the row's language, or the other where it is missing."""
    return {
        letter: texts.get(row.language) or next(iter(texts.values()), "")
        for letter, texts in options.items()
    }


def _keys(row: Row, options: Options, *, quietly: bool = False) -> list[str]:
    """Letters of the right options; reports what keeps them from being known."""
    answer = row.get("answer")
    if not answer:
        ticked = [letter for letter in LETTERS if is_ticked(row.get(f"correct_{letter}"))]
        if ticked:
            return ticked
    if answer and len(options) < 2:
        if not quietly:
            row.report("error", "choice-count", "option_A", count=len(options), least=2, most=8)
        return []
    failure: ItemBankError | None = None
    for language in (row.language, *LANGUAGES):
        texts = {letter: text.get(language, "") for letter, text in options.items()}
        try:
            return read_answer(answer, texts, row.context.base)
        except ItemBankError as error:
            failure = failure or error
    if failure is not None and not quietly:
        row.report("error", failure.code, "answer", **failure.details)
    return []


def is_ticked(text: str) -> bool:
    """Whether the cell of a column of ticks marks its option as right."""
    return text.strip() == "1" or truth_of(text) is True


def native_options(
    row: Row, options: Options, key: Sequence[str], *, explained: bool = False
) -> list[Native]:
    """The options in the native form; with `explained` the explanation belongs to the key."""
    letters = sorted(options)
    for letter in LETTERS[: len(letters)]:
        if letter not in options:
            row.report("warning", "option-gap", f"option_{letter}", letter=letter)
    explanation = row.text("explanation") if explained else {}
    return [
        {
            "id": LETTERS[position].lower(),
            "text": dict(options[letter]),
            "key": letter in key,
            "reason": joined(row.text(f"reason_{letter}"), explanation if letter in key else {}),
        }
        for position, letter in enumerate(letters)
    ]


def joined(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """Two texts one under the other, language by language."""
    return {
        language: "\n\n".join(part for part in (first.get(language), second.get(language)) if part)
        for language in LANGUAGES
        if first.get(language) or second.get(language)
    }
