"""Shares of a picture or of a number, as people write them: in percent."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from itembank.errors import ItemBankError

_LONGEST = 100


def read_percentages(text: str) -> tuple[float, ...]:
    """Percentages, parted by commas, semicolons or white space, as shares.

    Raises
    ------
    ItemBankError
        "number-unreadable".
    """
    return tuple(read_percent(part) for part in re.split(r"[\s,;，；、]+", text) if part)


def read_percent(text: str) -> float:
    """One percentage as a share. Raises `ItemBankError("number-unreadable")`."""
    plain = text.strip().rstrip("%％").strip()
    try:
        share = float(Decimal(plain) / 100)
        if len(plain) <= _LONGEST and abs(share) <= 1e100:
            return share
    except (InvalidOperation, OverflowError, ValueError):
        pass
    raise ItemBankError("number-unreadable", value=text.strip()[:_LONGEST])


def write_percent(share: float) -> str:
    """A share in percent, exactly: 0.07 is "7"."""
    percent = Decimal(repr(float(share))) * 100
    written = f"{percent:f}"
    if len(written) > 30:
        return str(percent)
    return written.rstrip("0").rstrip(".") if "." in written else written


def write_percentages(shares: tuple[float, ...]) -> str:
    """Shares in percent, as the form writes them."""
    return ", ".join(write_percent(share) for share in shares)
