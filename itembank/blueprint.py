"""What a certificate covers: competencies, sub-topics and how much each weighs in a profile."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from itembank.errors import ItemBankError
from itembank.item import COGNITIVE_LEVELS, NO_TEXT, NativeReader, Text

# Shares are written with one or two decimals, so twelve of them may miss 100 by rounding.
ROUNDING = 0.1
MAX_COMPETENCIES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class SubTopic:
    """A part of a competency; `share` is its percentage inside the competency."""

    code: str
    name: Text
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Competency:
    """A content area of the reports, measured by one latent trait.

    An `extension` belongs to no certificate: it is reported on its own.
    `levels` are percentages of the cognitive levels K (recall), A (apply), E (evaluate); empty when
    the blueprint says nothing about them.
    """

    code: str
    name: Text
    sub_topics: tuple[SubTopic, ...] = ()
    levels: Mapping[str, float] = field(default_factory=dict)
    extension: bool = False

    def __post_init__(self) -> None:
        if not self.code or not self.name:
            raise ItemBankError("competency-unnamed", self.code or "blueprint")
        if any(level not in COGNITIVE_LEVELS for level in self.levels):
            raise ItemBankError("level-unknown", self.code)
        if self.levels:
            _check_hundred("levels", self.code, list(self.levels.values()))
        if self.sub_topics:
            _check_hundred("sub-topics", self.code, [part.share for part in self.sub_topics])
        if any(not part.code or not part.name for part in self.sub_topics):
            raise ItemBankError("competency-unnamed", self.code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Weights, in percent, of the competencies for one purpose; a weight of 0 leaves one out."""

    code: str
    weights: Mapping[str, float]
    name: Text = NO_TEXT

    def __post_init__(self) -> None:
        _check_hundred("weights", self.code, list(self.weights.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """Competencies in their order and the profiles over them.

    Raises
    ------
    ItemBankError
        "blueprint-empty", "too-many-competencies", "duplicate-code", "profile-missing",
        "profile-competency-unknown", "competency-unnamed", "level-unknown", "not-hundred".
    """

    competencies: tuple[Competency, ...]
    profiles: tuple[Profile, ...]

    def __post_init__(self) -> None:
        codes = self.competency_codes
        if not codes:
            raise ItemBankError("blueprint-empty", "blueprint")
        if len(codes) > MAX_COMPETENCIES:
            raise ItemBankError(
                "too-many-competencies", "blueprint", count=len(codes), limit=MAX_COMPETENCIES
            )
        all_codes = [*codes, *self.sub_topic_codes, *(f"/{p.code}" for p in self.profiles)]
        for code in all_codes:
            if all_codes.count(code) > 1:
                raise ItemBankError("duplicate-code", "blueprint", value=code.lstrip("/"))
        if not self.profiles:
            raise ItemBankError("profile-missing", "blueprint")
        for profile in self.profiles:
            for code in profile.weights:
                if code not in codes:
                    raise ItemBankError("profile-competency-unknown", profile.code, value=code)

    @property
    def competency_codes(self) -> tuple[str, ...]:
        """Codes of the competencies, in order."""
        return tuple(competency.code for competency in self.competencies)

    @property
    def sub_topic_codes(self) -> tuple[str, ...]:
        """Codes of all sub-topics, in order."""
        return tuple(part.code for area in self.competencies for part in area.sub_topics)

    def find_competency(self, text: str) -> Competency | None:
        """The competency with this code or this name in either language; None if there is none."""
        wanted = fold(text)
        for competency in self.competencies:
            if wanted and wanted in _names(competency):
                return competency
        return None

    def find_sub_topic(self, text: str) -> SubTopic | None:
        """The sub-topic with this code or this name in either language; None if there is none."""
        wanted = fold(text)
        for competency in self.competencies:
            for sub_topic in competency.sub_topics:
                if wanted and wanted in _names(sub_topic):
                    return sub_topic
        return None

    def competency_of(self, sub_topic: str) -> Competency | None:
        """The competency a sub-topic (code) belongs to; None if the code is unknown."""
        for competency in self.competencies:
            if any(part.code == sub_topic for part in competency.sub_topics):
                return competency
        return None

    def find_profile(self, code: str) -> Profile | None:
        """The profile with this code; None if there is none."""
        return next((profile for profile in self.profiles if profile.code == code), None)


def fold(text: str) -> str:
    """A text for comparison: width, case, white space and hyphens aside ("R 1.1" is "r1.1")."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in text if not char.isspace() and char not in "-_–—/、,，&")


def _names(part: Competency | SubTopic) -> set[str]:
    code, en, zh = fold(part.code), fold(part.name.en), fold(part.name.zh)
    # "R1 Patient care" and "Patient care (R1)" are written as often as either alone.
    joined = {f"{code}{name}" for name in (en, zh) if name}
    joined |= {f"{name}({code})" for name in (en, zh) if name}
    return {code, en, zh} - {""} | joined


def _check_hundred(what: str, where: str, parts: list[float]) -> None:
    total = sum(parts)
    if min(parts, default=0.0) < 0 or abs(total - 100) > ROUNDING:
        raise ItemBankError("not-hundred", where, what=what, total=round(total, 2))


# --- the native form (JSON) ---


def blueprint_to_native(blueprint: Blueprint) -> dict[str, object]:
    """The blueprint as JSON values; `blueprint_from_native` is its inverse."""
    return {
        "competencies": [
            {
                "code": area.code,
                "name": _text(area.name),
                "sub_topics": [
                    {"code": part.code, "name": _text(part.name), "share": _plain(part.share)}
                    for part in area.sub_topics
                ],
                "levels": _plain_values(area.levels),
            }
            | ({"extension": True} if area.extension else {})
            for area in blueprint.competencies
        ],
        "profiles": {
            profile.code: (
                {"name": _text(profile.name), "weights": _plain_values(profile.weights)}
                if profile.name
                else _plain_values(profile.weights)
            )
            for profile in blueprint.profiles
        },
    }


def blueprint_from_native(native: object) -> Blueprint:
    """A blueprint from JSON values. A profile is `{code: weight}` or `{"name", "weights"}`.

    Raises
    ------
    ItemBankError
        "wrong-type", "unknown-field", or what construction finds.
    """
    if not isinstance(native, dict):
        raise ItemBankError("wrong-type", "blueprint", field="blueprint", expected="an object")
    read = NativeReader(native, "blueprint")
    read.only({"competencies", "profiles"})
    profiles = read.mapping("profiles")
    return Blueprint(
        competencies=tuple(_competency_from_native(part) for part in read.objects("competencies")),
        profiles=tuple(_profile_from_native(code, value) for code, value in profiles.items()),
    )


def _competency_from_native(read: NativeReader) -> Competency:
    read.only({"code", "name", "sub_topics", "levels", "extension"})
    levels = NativeReader(read.mapping("levels"), f"{read.where}, levels")
    return Competency(
        code=read.string("code"),
        name=read.text("name"),
        sub_topics=tuple(_sub_topic_from_native(part) for part in read.objects("sub_topics")),
        levels={level: levels.number(level) for level in levels.native},
        extension=read.flag("extension"),
    )


def _sub_topic_from_native(read: NativeReader) -> SubTopic:
    read.only({"code", "name", "share"})
    return SubTopic(code=read.string("code"), name=read.text("name"), share=read.number("share"))


def _profile_from_native(code: str, value: object) -> Profile:
    if not isinstance(value, dict):
        raise ItemBankError("wrong-type", "profiles", field=code, expected="an object")
    read = NativeReader(value, f"profile {code}")
    if "weights" not in value:
        return Profile(code=code, weights={name: read.number(name) for name in value})
    read.only({"name", "weights"})
    weights = NativeReader(read.mapping("weights"), f"profile {code}")
    return Profile(
        code=code,
        name=read.text("name"),
        weights={name: weights.number(name) for name in weights.native},
    )


def _text(text: Text) -> dict[str, str]:
    return {language: getattr(text, language) for language in text.languages}


def _plain(number: float) -> float:
    """12.0 as 12, so that a blueprint read and written again keeps its bytes."""
    return int(number) if float(number).is_integer() else number


def _plain_values(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name: _plain(number) for name, number in numbers.items()}
