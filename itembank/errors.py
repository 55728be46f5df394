"""What is wrong with an item or a file: a stable code, where it is, and details."""

from __future__ import annotations


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
