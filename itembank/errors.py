"""What is wrong with an item or a file: a stable code, where it is, and details."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from itembank.sentences import FINDINGS

__all__ = ["FINDINGS", "Finding", "ItemBankError", "sentence"]


class ItemBankError(Exception):
    """Something that cannot be an item, a blueprint, a bank or a file of one.

    Attributes
    ----------
    code : names the rule; `FINDINGS` has its sentence in English and Chinese.
    where : an item's id, a file's name or a place in it.
    details : the values of the sentence's placeholders.
    """

    def __init__(self, code: str, where: str = "", **details: object) -> None:
        super().__init__(f"{where}: {code}" if where else code)
        self.code = code
        self.where = where
        self.details = details


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in an item, a row or a bank. An "error" keeps it out, a "warning" does not.

    `where` is an item's id, or a cell as a spreadsheet names it (`Sheet1!C5`).
    """

    severity: Literal["error", "warning"]
    code: str
    where: str
    details: Mapping[str, object] = field(default_factory=dict)


def sentence(finding: Finding | ItemBankError, language: str) -> str:
    """The sentence and remedy of a finding in "en" or "zh"."""
    template = FINDINGS[finding.code]["zh" if language.startswith("zh") else "en"]
    return template % dict(finding.details)
