"""Reading a file of credit rules part by part; what is wrong is named with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, Self

from quizengine.errors import InvalidInput

_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def refuse(code: str, where: str, /, **details: object) -> NoReturn:
    """Say what is wrong with a file of rules, and where."""
    raise InvalidInput(code, where=where, **details)


@dataclass(frozen=True, slots=True)
class Part:
    """An object of the file and its place in it."""

    values: Mapping[str, Any]
    where: str

    @classmethod
    def of(cls, values: object, where: str = "") -> Self:
        if not isinstance(values, dict):
            refuse("credit-rules-object", where or "-")
        return cls(values, where)

    def _at(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name

    def _get(self, name: str) -> Any:
        if name not in self.values:
            refuse("credit-rules-missing", self._at(name))
        return self.values[name]

    def part(self, name: str) -> Part:
        """An object inside this one."""
        return Part.of(self._get(name), self._at(name))

    def parts(self, name: str, *, least: int = 0) -> Sequence[Part]:
        """A list of objects; one that may be empty may be left out."""
        found = self._get(name) if least else self.values.get(name, [])
        if not isinstance(found, list) or len(found) < least:
            refuse("credit-rules-list", self._at(name))
        return [Part.of(one, f"{self._at(name)}[{n}]") for n, one in enumerate(found)]

    def text(self, name: str) -> dict[str, str]:
        """A text in both languages."""
        found = self._get(name)
        good = isinstance(found, dict) and all(
            isinstance(found.get(one), str) and found[one].strip() for one in ("en", "zh")
        )
        if not good:
            refuse("credit-rules-text", self._at(name))
        return {"en": found["en"], "zh": found["zh"]}

    def word(self, name: str) -> str:
        """A text that is not empty."""
        found = self._get(name)
        if not isinstance(found, str) or not 0 < len(found.strip()) <= 64:
            refuse("credit-rules-word", self._at(name))
        return found.strip()

    def identifier(self, name: str) -> str:
        """A word that can stand in an address."""
        found = self.word(name)
        if not _IDENTIFIER.fullmatch(found):
            refuse("credit-rules-identifier", self._at(name))
        return found

    def words(self, name: str) -> tuple[str, ...]:
        """A list of different words; it may be left out."""
        found = self.values.get(name, [])
        if not isinstance(found, list) or not all(isinstance(one, str) and one for one in found):
            refuse("credit-rules-list", self._at(name))
        if len(set(found)) != len(found):
            refuse("credit-rules-repeated", self._at(name), name=", ".join(found))
        return tuple(found)

    def one_of(self, name: str, known: Sequence[str]) -> str:
        """One of some words."""
        found = self._get(name)
        if found not in known:
            refuse("credit-rules-choice", self._at(name), known=", ".join(known))
        return str(found)

    def flag(self, name: str, default: bool) -> bool:
        """true or false."""
        found = self.values.get(name, default)
        if not isinstance(found, bool):
            refuse("credit-rules-flag", self._at(name))
        return found

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """A whole number between two bounds."""
        found = self.values.get(name, default) if default is not None else self._get(name)
        if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
            refuse("credit-rules-whole", self._at(name), least=least, most=most)
        return found

    def share(self, name: str, default: float) -> float:
        """A probability that decides something: above one half, below one."""
        found = self.values.get(name, default)
        if isinstance(found, bool) or not isinstance(found, int | float) or not 0.5 < found < 1:
            refuse("credit-rules-share", self._at(name))
        return float(found)

    def tenths(self, name: str) -> int:
        """Credits, exact to a tenth."""
        found = self._get(name)
        try:
            if isinstance(found, bool) or not isinstance(found, int | float | str):
                raise InvalidOperation
            tenths = Decimal(str(found)) * 10
        except InvalidOperation:
            refuse("credit-rules-tenths", self._at(name))
        if (
            not tenths.is_finite()
            or tenths != tenths.to_integral_value()
            or not 0 <= tenths <= 9999
        ):
            refuse("credit-rules-tenths", self._at(name))
        return int(tenths)
