"""The parts of an item as JSON values, and the reader that says where a field is wrong."""

from __future__ import annotations

from itembank.errors import ItemBankError
from itembank.parts import Choice, Figure, Numeric, Premise, Region, Stimulus
from itembank.texts import LANGUAGES, Text, clean_text

LARGEST_NUMBER = 1e100


class NativeReader:
    """Reads one JSON object, each field by its expected kind, and says where it is otherwise."""

    def __init__(self, native: dict[str, object], where: str) -> None:
        self.native = native
        self.where = where

    def only(self, known: set[str]) -> None:
        """Refuse fields that would be lost: a misspelt name is found here."""
        for field in self.native:
            if field not in known:
                raise ItemBankError("unknown-field", self.where, field=str(field)[:60])

    def _wrong(self, field: str, expected: str) -> ItemBankError:
        return ItemBankError("wrong-type", self.where, field=field, expected=expected)

    def string(self, field: str, default: str = "") -> str:
        """A string; null and a missing field give the default."""
        value = self.native.get(field)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self._wrong(field, "a string")
        return value

    def number(self, field: str, limit: float = 1e9) -> float:
        """A finite number of at most `limit`."""
        value = self.native.get(field)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(field, "a number")
        if not abs(value) <= limit:  # also not a number
            raise self._wrong(field, "a number")
        return float(value)

    def numbers(self, field: str) -> tuple[float, ...]:
        """A list of finite numbers; missing is empty."""
        value = self.native.get(field) or []
        if not isinstance(value, list):
            raise self._wrong(field, "a list of numbers")
        if any(isinstance(part, bool) or not isinstance(part, int | float) for part in value):
            raise self._wrong(field, "a list of numbers")
        if any(not abs(part) <= LARGEST_NUMBER for part in value):
            raise self._wrong(field, "a list of numbers")
        return tuple(float(part) for part in value)

    def flag(self, field: str) -> bool:
        """True or false; missing is false."""
        value = self.native.get(field, False)
        if not isinstance(value, bool):
            raise self._wrong(field, "true or false")
        return value

    def strings(self, field: str) -> tuple[str, ...]:
        """A list of strings; missing is empty."""
        value = self.native.get(field) or []
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self._wrong(field, "a list of strings")
        return tuple(clean_text(part) for part in value)

    def text(self, field: str) -> Text:
        """A text in one or both languages; missing is empty."""
        return self._as_text(field, self.native.get(field) or {}, 'an object with "en" and "zh"')

    def texts(self, field: str) -> tuple[Text, ...]:
        """A list of texts; missing is empty."""
        expected = 'a list of objects with "en" and "zh"'
        value = self.native.get(field) or []
        if not isinstance(value, list):
            raise self._wrong(field, expected)
        return tuple(self._as_text(field, part, expected) for part in value)

    def _as_text(self, field: str, value: object, expected: str) -> Text:
        if not isinstance(value, dict) or not all(
            name in LANGUAGES and (part is None or isinstance(part, str))
            for name, part in value.items()
        ):
            raise self._wrong(field, expected)
        return Text(en=value.get("en") or "", zh=value.get("zh") or "")

    def objects(self, field: str) -> list[NativeReader]:
        """A list of objects, each with its own place; missing is empty."""
        value = self.native.get(field) or []
        if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
            raise self._wrong(field, "a list of objects")
        return [
            NativeReader(part, f"{self.where}, {field} {index}")
            for index, part in enumerate(value, start=1)
        ]

    def mapping(self, field: str) -> dict[str, object]:
        """An object; missing is empty."""
        value = self.native.get(field) or {}
        if not isinstance(value, dict):
            raise self._wrong(field, "an object")
        return value

    def object(self, field: str) -> NativeReader | None:
        """An object with its own place; None when it is missing or null."""
        if self.native.get(field) is None:
            return None
        return NativeReader(self.mapping(field), f"{self.where}, {field}")


# --- to JSON values ---


def text_to_native(text: Text) -> dict[str, str]:
    """A text; only the languages it is written in."""
    return {language: getattr(text, language) for language in text.languages}


def figure_to_native(figure: Figure) -> dict[str, object]:
    """A figure."""
    return {
        "asset": figure.asset,
        "alt": text_to_native(figure.alt),
        "caption": text_to_native(figure.caption),
    }


def choice_to_native(choice: Choice) -> dict[str, object]:
    """An option."""
    return {
        "id": choice.id,
        "text": text_to_native(choice.text),
        "key": choice.is_key,
        "reason": text_to_native(choice.reason),
    }


def numeric_to_native(numeric: Numeric) -> dict[str, object]:
    """The number asked for."""
    return {
        "value": numeric.value,
        "tolerance": numeric.tolerance,
        "relative": numeric.relative,
        "unit": text_to_native(numeric.unit),
    }


def region_to_native(region: Region) -> dict[str, object]:
    """A region of a hot spot."""
    return {
        "id": region.id,
        "shape": region.shape,
        "coordinates": list(region.coordinates),
        "key": region.is_key,
        "label": text_to_native(region.label),
        "reason": text_to_native(region.reason),
    }


def premise_to_native(premise: Premise) -> dict[str, object]:
    """A premise of a matching item."""
    return {
        "id": premise.id,
        "text": text_to_native(premise.text),
        "match": premise.match,
        "reason": text_to_native(premise.reason),
    }


def stimulus_to_native(stimulus: Stimulus) -> dict[str, object]:
    """The case of a set, with the position of its item."""
    return {
        "id": stimulus.id,
        "text": text_to_native(stimulus.text),
        "figures": [figure_to_native(figure) for figure in stimulus.figures],
        "irreversible": stimulus.irreversible,
        "position": stimulus.position,
    }


# --- from JSON values ---


def figure_from_native(read: NativeReader) -> Figure:
    """The inverse of `figure_to_native`."""
    read.only({"asset", "alt", "caption"})
    return Figure(asset=read.string("asset"), alt=read.text("alt"), caption=read.text("caption"))


def choice_from_native(read: NativeReader) -> Choice:
    """The inverse of `choice_to_native`."""
    read.only({"id", "text", "key", "reason"})
    return Choice(
        id=read.string("id"),
        text=read.text("text"),
        is_key=read.flag("key"),
        reason=read.text("reason"),
    )


def numeric_from_native(read: NativeReader) -> Numeric:
    """The inverse of `numeric_to_native`; a missing tolerance is 0."""
    read.only({"value", "tolerance", "relative", "unit"})
    return Numeric(
        value=read.number("value", LARGEST_NUMBER),
        tolerance=read.number("tolerance", LARGEST_NUMBER) if "tolerance" in read.native else 0.0,
        relative=read.flag("relative"),
        unit=read.text("unit"),
    )


def region_from_native(read: NativeReader) -> Region:
    """The inverse of `region_to_native`."""
    read.only({"id", "shape", "coordinates", "key", "label", "reason"})
    return Region(
        id=read.string("id"),
        shape=read.string("shape"),
        coordinates=read.numbers("coordinates"),
        is_key=read.flag("key"),
        label=read.text("label"),
        reason=read.text("reason"),
    )


def premise_from_native(read: NativeReader) -> Premise:
    """The inverse of `premise_to_native`."""
    read.only({"id", "text", "match", "reason"})
    return Premise(
        id=read.string("id"),
        text=read.text("text"),
        match=read.string("match"),
        reason=read.text("reason"),
    )


def stimulus_from_native(read: NativeReader) -> Stimulus:
    """The inverse of `stimulus_to_native`; a missing position is 1."""
    read.only({"id", "text", "figures", "irreversible", "position"})
    position = read.number("position") if "position" in read.native else 1.0
    if not position.is_integer():
        raise ItemBankError("wrong-type", read.where, field="position", expected="a whole number")
    return Stimulus(
        id=clean_text(read.string("id")),
        text=read.text("text"),
        figures=tuple(figure_from_native(part) for part in read.objects("figures")),
        irreversible=read.flag("irreversible"),
        position=int(position),
    )
