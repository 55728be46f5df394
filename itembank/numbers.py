"""Numbers as people write them: full-width digits, decimal commas, powers of ten, units."""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal

from itembank.errors import ItemBankError
from itembank.texts import Text

LONGEST_NUMBER = 100
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RAISED = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_MINUS = str.maketrans("−–﹣－", "----")
_NUMBER = re.compile(
    r"""(?P<sign>[+-]?)\s*
    (?P<digits>
        \d{1,3}(?:[ ']\d{3})+(?:[.,]\d+)?      # 12 000.5
      | \d{1,3}(?:,\d{3})+\.\d+                # 12,000.5
      | \d{1,3}(?:,\d{3}){2,}                  # 1,200,000
      | \d{1,3}(?:\.\d{3})+,\d+                # 12.000,5
      | \d{1,3}(?:\.\d{3}){2,}                 # 1.200.000
      | \d+(?:[.,]\d*)?                        # 12  12.5  12,5
      | [.,]\d+                                # .5
    )
    (?:\s*(?:[eE]|[x×*·]\s*10\s*\^)\s*\(?(?P<power>[+-]?\d{1,4})\)?(?![\d.,]))?
    \s*(?P<unit>[^\d\s.,+-].*)?""",
    re.VERBOSE | re.DOTALL,
)
_POWER_OF_TEN = re.compile(r"(?P<sign>[+-]?)\s*10\s*\^\s*(?P<power>[+-]?\d{1,4})\s*(?P<unit>\D.*)?")


def read_number(text: str, unit: Text, where: str = "") -> float:
    """The number a person wrote, with or without its unit.

    Raises
    ------
    ItemBankError
        "number-unreadable"; "number-ambiguous": 1,234 is a thousand to some and a little more than
        one to others; "number-too-large"; "unit-wrong": another unit than `unit`.
    """
    number, written = split_number(text, where)
    if written and not is_unit(written, unit):
        # A percent sign or a prefix changes the number, so it is never just overlooked.
        expected = unit.en or unit.zh or "-"
        raise ItemBankError("unit-wrong", where, value=written[:30], unit=expected)
    return number


def split_number(text: str, where: str = "") -> tuple[float, str]:
    """A number and the unit behind it, which is empty when there is none.

    Raises
    ------
    ItemBankError
        "number-unreadable", "number-ambiguous", "number-too-large".
    """
    raised = _RAISED.sub(lambda found: "^" + found[0].translate(_SUPERSCRIPTS), text)
    plain = unicodedata.normalize("NFKC", raised).translate(_MINUS).strip()
    plain = re.sub(r"(?<=\d)。(?=\d)", ".", plain)
    found = _POWER_OF_TEN.fullmatch(plain) or _NUMBER.fullmatch(plain)
    if len(text) > LONGEST_NUMBER or found is None or not plain.isprintable():
        raise ItemBankError("number-unreadable", where, value=text.strip()[:LONGEST_NUMBER])
    groups = found.groupdict()
    digits = _point(groups.get("digits") or "1", where)
    number = float(f"{groups['sign']}{digits}e{groups['power'] or 0}")
    if not math.isfinite(number) or abs(number) > 1e100:
        raise ItemBankError("number-too-large", where, value=text.strip()[:LONGEST_NUMBER])
    return number, (groups["unit"] or "").strip()


def _point(digits: str, where: str) -> str:
    """The digits with a point as the decimal sign and nothing between thousands."""
    if re.fullmatch(r"[1-9]\d{0,2},\d{3}", digits):
        one, other = digits.replace(",", ""), digits.replace(",", ".")
        raise ItemBankError("number-ambiguous", where, value=digits, one=one, other=other)
    digits = re.sub(r"[ ']", "", digits)
    if "." in digits and "," in digits:
        thousands = "," if digits.rindex(".") > digits.rindex(",") else "."
        digits = digits.replace(thousands, "")
    for sign in ",.":
        if digits.count(sign) > 1:
            digits = digits.replace(sign, "")
    return digits.replace(",", ".")


def is_unit(written: str, unit: Text) -> bool:
    """Whether what stands behind a number is the unit, in either language.

    Case counts in the first letter, where it changes the size (mGy, MGy), and not after it.
    """
    wanted = {_fold_unit(one) for one in (unit.en, unit.zh) if one}
    folded = _fold_unit(written)
    return any(
        folded == one or (folded[:1] == one[:1] and folded.casefold() == one.casefold())
        for one in wanted
    )


def _fold_unit(unit: str) -> str:
    # NFKC makes one letter of the two signs for micro, and plain digits of cm².
    plain = unicodedata.normalize("NFKC", unit)
    return re.sub(r"[\s·*^.⋅]|\\text|[{}$]", "", plain)


def write_number(number: float) -> str:
    """The shortest decimal that reads back as the same number: "12.5", "12", "1e-07"."""
    if number == 0:
        return "0"
    return repr(float(number)).removesuffix(".0")


def within(number: float, value: float, tolerance: float, *, relative: bool = False) -> bool:
    """|number - value| <= tolerance (times |value|), in decimals: 1.1 lies within 0.1 of 1."""
    exact, wanted, allowed = (Decimal(repr(float(part))) for part in (number, value, tolerance))
    return abs(exact - wanted) <= (allowed * abs(wanted) if relative else allowed)
