"""A text in English, Chinese or both, in one clean form."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from itembank.errors import ItemBankError

LANGUAGES = ("en", "zh")
MAX_TEXT = 20_000

# Control characters cannot be stored by every database nor written to XLSX; U+FFFD marks a text
# already damaged by a wrong encoding; a lone surrogate cannot be encoded at all.
UNREADABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd\ufffe\uffff]")


def clean_text(text: str) -> str:
    """The same text in one form: NFC, newlines as LF, no white space around it."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n")
    return unicodedata.normalize("NFC", text).strip()


def check_readable(text: str, where: str) -> None:
    """Refuse a text that is too long or holds characters which cannot be stored.

    Raises
    ------
    ItemBankError
        "text-too-long"; "text-unreadable": control characters or damaged encoding.
    """
    if len(text) > MAX_TEXT:
        raise ItemBankError("text-too-long", where, length=len(text), limit=MAX_TEXT)
    found = UNREADABLE.search(text)
    if found:
        raise ItemBankError("text-unreadable", where, character=f"U+{ord(found[0]):04X}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in English, Chinese or both; Markdown allowed. Always clean (see `clean_text`)."""

    en: str = ""
    zh: str = ""

    def __post_init__(self) -> None:
        for language in LANGUAGES:
            object.__setattr__(self, language, clean_text(getattr(self, language)))

    def __bool__(self) -> bool:
        return bool(self.en or self.zh)

    def get(self, language: str) -> str:
        """The text in that language, or in the other where it is missing."""
        return (self.zh or self.en) if language.startswith("zh") else (self.en or self.zh)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it is written in."""
        return tuple(language for language in LANGUAGES if getattr(self, language))


NO_TEXT = Text()
