"""Reads answers of the types without a key among options: numbers, orders, pairs, short texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal

from itembank.errors import ItemBankError
from itembank.formats.answers import literal_of, read_answer, split_marked
from itembank.numbers import split_number

_RANGE = re.compile(
    r"(?P<low>.*?\d[^~～]*?)\s*(?:~|～|\.\.+|至|到|\bto\b)\s*(?P<high>[+-−]?\s*\.?\d.*)"
)
_BLANK = re.compile(r"_{2,}|﹍{2,}|（\s*）|\(\s*\)|【\s*】|\[\s+\]")
_PAIR = re.compile(r"(\d{1,2})\s*[-—:：=.、→)）]*\s*([A-Z])", re.IGNORECASE)


def read_numeric(answer: str, tolerance: str) -> tuple[dict[str, object], str]:
    """Native `numeric` without its unit, and the unit written behind the number.

    Parameters
    ----------
    answer : "12.5", "12.5 mGy", "12.5±0.5", "12~13" (the middle, half the range to each side).
    tolerance : "0.5", "±0.5", "5%" (of the value); empty where the answer says it or there is none.

    Raises
    ------
    ItemBankError
        "answer-missing" or what `split_number` finds.
    """
    if not answer.strip():
        raise ItemBankError("answer-missing")
    spread: Decimal | None = None
    parts = re.split(r"±|\+/-|\+-", answer, maxsplit=1)
    ranged = _RANGE.fullmatch(unicodedata.normalize("NFKC", answer).strip())
    if len(parts) == 2:
        value, unit = split_number(parts[0])
        return _with_tolerance(value, parts[1], unit)
    if ranged is not None:
        low, first = split_number(ranged["low"])
        high, unit = split_number(ranged["high"])
        exact = [Decimal(repr(low)), Decimal(repr(high))]
        value, spread = float(sum(exact) / 2), abs(exact[1] - exact[0]) / 2
        found: dict[str, object] = {"value": value, "tolerance": float(spread), "relative": False}
        return found, unit or first
    value, unit = split_number(answer)
    return _with_tolerance(value, tolerance, unit)


def _with_tolerance(value: float, tolerance: str, unit: str) -> tuple[dict[str, object], str]:
    plain = unicodedata.normalize("NFKC", tolerance).strip().lstrip("±").removeprefix("+/-").strip()
    if not plain:
        return {"value": value, "tolerance": 0.0, "relative": False}, unit
    if plain.endswith("%") and unit != "%":
        # Two places shifted in the text itself: a division would round.
        digits, _, power = plain[:-1].strip().casefold().partition("e")
        shifted = int(power) - 2 if re.fullmatch(r"[+-]?\d{1,3}", power) else -2
        number, _ = split_number(f"{digits}e{shifted}")
        return {"value": value, "tolerance": number, "relative": True}, unit
    number, behind = split_number(plain)
    return {"value": value, "tolerance": number, "relative": False}, unit or behind


def read_order(answer: str, options: Mapping[str, str]) -> list[str]:
    """Letters of the options from first to last: "CABD", "C,A,B,D", "C→A→B→D", "3 1 2 4", a list.

    Raises
    ------
    ItemBankError
        "order-incomplete"; "answer-unknown".
    """
    letters = sorted(options)
    listed = literal_of(answer)
    if listed:
        found = [letter for part in listed.values() for letter in read_answer(part, options, None)]
    else:
        plain = unicodedata.normalize("NFKC", answer).upper()
        bare = re.sub(r"[\s,、;|/>→\-—.]+", " ", plain).strip()
        found = list(bare.replace(" ", ""))
        if re.fullmatch(r"\d{1,2}( \d{1,2})*", bare):
            numbers = [int(number) for number in (bare.split() if " " in bare else bare)]
            found = [letters[n - 1] if 1 <= n <= len(letters) else "" for n in numbers]
        elif not re.fullmatch(r"[A-Z]( ?[A-Z])*", bare):
            raise ItemBankError("answer-unknown", value=answer[:80])
    if sorted(found) != letters:
        raise ItemBankError("order-incomplete", needed=len(letters))
    return found


def read_matches(answer: str, count: int, options: Mapping[str, str]) -> list[str]:
    """The letter of each premise: "1-A 2-C", "1A2C", "A,C,B", "ACB", {"1": "A"}, a list of texts.

    Raises
    ------
    ItemBankError
        "answer-missing"; "match-count": not one letter a premise; what `read_answer` finds.
    """
    if not answer.strip():
        raise ItemBankError("answer-missing")
    plain = unicodedata.normalize("NFKC", answer).strip()
    pairs = {int(number): letter.upper() for number, letter in _PAIR.findall(plain)}
    if pairs and not re.sub(r"[\s,;、|{}\"']", "", _PAIR.sub("", plain)):
        found = [pairs.get(number, "") for number in range(1, count + 1)]
        if len(pairs) != count or not all(found):
            raise ItemBankError("match-count", count=len(pairs), needed=count)
    else:
        listed = literal_of(answer)
        parts = list(listed.values()) if listed else re.split(r"[\s,;、|]+", plain)
        if len(parts) == 1 and len(plain) == count and plain.isalpha() and plain.isascii():
            parts = list(plain)
        if len(parts) != count:
            raise ItemBankError("match-count", count=len(parts), needed=count)
        found = [read_answer(part, options, None)[0] for part in parts]
    return [read_answer(letter, options, None)[0] for letter in found]


def split_lines(text: str) -> list[str]:
    """Lines of one cell: numbered ("1. x"), lettered, in a list, or divided by lines, | or ;."""
    text = text.strip()
    listed = literal_of(text)
    if listed:
        return list(listed.values())
    numbered = re.split(r"(?:^|(?<=[\s|;；]))[(（]?\d{1,2}[)）]?\s*[.．、:：)）]\s*", text)
    if len(numbered) > 2 and not numbered[0].strip():
        return [part.strip().strip("|;；").strip() for part in numbered[1:] if part.strip()]
    marked = split_marked(text)[1]
    if len(marked) >= 2:
        return list(marked.values())
    for divider in ("\n", "|", "；", ";"):
        parts = [part.strip() for part in text.split(divider) if part.strip()]
        if len(parts) >= 2:
            return parts
    return [text] if text else []


def split_accepted(text: str) -> list[str]:
    """The answers a cell accepts: in a list, or divided by lines, |, ; or 或."""
    listed = literal_of(text)
    parts: Sequence[str] = (
        list(listed.values()) if listed else re.split(r"\n|\||;|；|\s+或者?\s+|\s+or\s+", text)
    )
    return [part.strip() for part in parts if part.strip()]


def count_blanks(stem: str) -> int:
    """Blanks to fill in: ____, （ ）, 【 】."""
    return len(_BLANK.findall(stem))
