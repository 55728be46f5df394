"""From bytes to text: which encoding, which delimiter."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from itembank.errors import ItemBankError

ENCODINGS = ("utf-8", "utf-16", "gb18030", "big5", "cp1252")
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SENTINEL = "\ue000end\ue000"  # private use: no question file contains it


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the encoding it was read in; `guessed` unless the bytes themselves tell."""

    text: str
    encoding: str
    guessed: bool


def decode(data: bytes, where: str, encoding: str | None = None) -> Decoded:
    """The text of a file.

    A byte order mark tells the encoding; text that is valid UTF-8 is UTF-8. Otherwise GB18030, Big5
    and Windows-1252 are weighed by how plausible their bytes are, and charset-normalizer is asked
    when none of them convinces.

    Raises
    ------
    ItemBankError
        "encoding-unknown": no encoding fits, or the one asked for does not.
    """
    if encoding is not None:
        return Decoded(_decode_strictly(data, encoding, where), encoding, guessed=False)
    for mark, name in _BOMS:
        if data.startswith(mark):
            return Decoded(_decode_strictly(data, name, where), name, guessed=False)
    if b"\0" in data:
        name = "utf-16-le" if data[1::2].count(0) >= data[0::2].count(0) else "utf-16-be"
        return Decoded(_decode_strictly(data, name, where), name, guessed=True)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", guessed=False)
    except UnicodeDecodeError:
        name = _guess_legacy(data, where)
        return Decoded(_decode_strictly(data, name, where), name, guessed=True)


def _decode_strictly(data: bytes, encoding: str, where: str) -> str:
    try:
        text = data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise ItemBankError("encoding-unknown", where) from None
    return text.removeprefix("\ufeff")


def _guess_legacy(data: bytes, where: str) -> str:
    scores = {
        "gb18030": _common_share(data, "gb18030", (0xB0, 0xD7), low_trail=False),
        "big5": _common_share(data, "big5", (0xA4, 0xC6), low_trail=True),
        "cp1252": _isolated_share(data),
    }
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= 0.6:
        return best
    from charset_normalizer import from_bytes

    match = from_bytes(data).best()
    if match is None:
        raise ItemBankError("encoding-unknown", where)
    return match.encoding


def _common_share(data: bytes, encoding: str, leads: tuple[int, int], *, low_trail: bool) -> float:
    """Share of the two-byte characters that lie in the encoding's block of common characters.

    GB2312 level 1 has lead bytes B0 to D7, Big5 level 1 has A4 to C6; a text read in the wrong one
    of the two falls outside about half of the time. Punctuation is left out of the count.
    """
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    common = counted = position = 0
    while position < len(data) - 1:
        lead, trail = data[position], data[position + 1]
        if lead < 0x81:
            position += 1
            continue
        position += 2
        if 0xA1 <= lead <= 0xA3 and trail >= 0xA1:
            continue
        counted += 1
        good_trail = trail >= 0xA1 or (low_trail and 0x40 <= trail <= 0x7E)
        common += leads[0] <= lead <= leads[1] and good_trail
    return common / counted if counted else 0.0


def _isolated_share(data: bytes) -> float:
    """Share of the high bytes that stand alone between ASCII, as accented letters do."""
    high = re.findall(rb"[\x80-\xff]+", data)
    total = sum(len(run) for run in high)
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return 0.0
    return sum(len(run) == 1 for run in high) / total if total else 0.0


def parse_delimited(text: str, delimiter: str, where: str) -> list[list[str]]:
    """Rows of a delimited text, as a spreadsheet program counts them: blank lines are rows.

    Raises
    ------
    ItemBankError
        "csv-quote-open": a quotation mark never closes and would swallow all rows after it.
        "csv-broken".
    """
    # The sentinel comes back as a row of its own unless an open quotation mark swallowed it.
    end = "" if text.endswith(("\n", "\r")) else "\n"
    source = io.StringIO(f"{text}{end}{_SENTINEL}", newline="")
    rows: list[list[str]] = []
    try:
        for row in csv.reader(source, delimiter=delimiter):
            rows.append(row)
    except csv.Error:
        raise ItemBankError("csv-broken", where, row=len(rows) + 1) from None
    if rows[-1] != [_SENTINEL]:
        raise ItemBankError("csv-quote-open", where, row=len(rows))
    rows.pop()
    return rows
