"""How the questions of a bank cover its blueprint: where there are enough, where it is thin."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from itembank.blueprint import Competency, Profile
from itembank.item import COGNITIVE_LEVELS, Text
from models import item_information
from quizengine.banks.service.browse import BankHead, newest_version
from quizengine.banks.service.parameters import read_parameters
from quizengine.banks.tables import Item, ItemVersion, RevisionItem

# A pool for adaptive tests is said to need 6 to 12 times the questions of one test:
# Stocking (1994), ETS Research Report 94-5; Way (1998), Educational Measurement 17(4), 17-27.
LENGTHS = (20, 40, 60, 100)
TIMES = (3, 6, 9, 12)
ABILITIES = (-1.0, 0.0, 1.0)  # logits, at which the precision is stated


@dataclass(frozen=True, slots=True)
class Need:
    """What the questions are counted against: `times` tests of `length` questions."""

    length: int = 40
    times: int = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """Questions that there are, and that are needed, in one place of the blueprint."""

    code: str
    name: Mapping[str, str]
    count: int
    need: int

    @property
    def missing(self) -> int:
        """How many are lacking."""
        return max(0, self.need - self.count)

    @property
    def grade(self) -> str:
        """ "unweighted", "none", "few" (less than half), "some" or "enough"."""
        if self.need == 0:
            return "unweighted"
        if self.count == 0:
            return "none"
        if 2 * self.count < self.need:
            return "few"
        return "some" if self.count < self.need else "enough"


@dataclass(frozen=True, slots=True)
class Precision:
    """The best that a test of this length can do in one competency."""

    n_items: int  # questions that it gets
    errors: tuple[float, ...]  # standard errors in logits, at ABILITIES
    provisional: bool  # some of the parameters behind it are stated, not estimated


@dataclass(frozen=True, slots=True)
class Row:
    """A competency of the blueprint."""

    total: Cell
    weight: float
    topics: tuple[Cell, ...]
    elsewhere: int  # questions of the competency without a sub-topic of the blueprint
    levels: tuple[Cell, ...]  # K, A, E; empty where the blueprint says nothing about them
    precision: Precision | None


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """The blueprint with its questions, for one profile."""

    profile: Profile
    need: Need
    rows: tuple[Row, ...]

    @property
    def thin(self) -> list[tuple[Row, Cell]]:
        """Sub-topics with too few questions, the emptiest first."""
        found = [(row, cell) for row in self.rows for cell in row.topics if cell.missing]
        return sorted(found, key=lambda pair: (-pair[1].missing / pair[1].need, -pair[1].missing))

    @property
    def thin_levels(self) -> list[tuple[Row, Cell]]:
        """Cognitive levels of competencies with too few questions, the emptiest first."""
        found = [(row, cell) for row in self.rows for cell in row.levels if cell.missing]
        return sorted(found, key=lambda pair: (-pair[1].missing / pair[1].need, -pair[1].missing))


def read_coverage(
    session: Session, bank: BankHead, *, profile: Profile, need: Need, published: bool
) -> CoverageMap:
    """Count the questions of a bank against what a profile needs.

    Parameters
    ----------
    published : count the revision in force, else the newest versions of all items in use.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    if not published or bank.force is not None:
        counts.update(session.execute(_places(bank, published=published)))
    precision = _precision(session, bank, profile, need) if published else {}
    return CoverageMap(
        profile,
        need,
        tuple(
            _row(area, profile, need, counts, precision.get(area.code))
            for area in bank.blueprint.competencies
        ),
    )


def _places(bank: BankHead, *, published: bool) -> Select[str, str, str]:
    columns = select(ItemVersion.competency, ItemVersion.sub_topic, ItemVersion.cognitive_level)
    if published and bank.force is not None:
        return columns.join(RevisionItem, RevisionItem.item_version_id == ItemVersion.id).where(
            RevisionItem.revision_id == bank.force.revision_id
        )
    return columns.join(Item, newest_version()).where(
        Item.bank_id == bank.id, Item.retired_at.is_(None)
    )


def _row(
    area: Competency,
    profile: Profile,
    need: Need,
    counts: Counter[tuple[str, str, str]],
    precision: Precision | None,
) -> Row:
    weight = profile.weights.get(area.code, 0.0)
    wanted = need.length * need.times * weight / 100
    own = {key: n for key, n in counts.items() if key[0] == area.code}
    topics = tuple(
        _cell(part.code, part.name, _sum(own, 1, part.code), wanted * part.share / 100)
        for part in area.sub_topics
    )
    total = _cell(area.code, area.name, sum(own.values()), wanted)
    return Row(
        total=total,
        weight=weight,
        topics=topics,
        elsewhere=total.count - sum(cell.count for cell in topics),
        levels=tuple(
            _cell(level, Text(level), _sum(own, 2, level), wanted * area.levels[level] / 100)
            for level in COGNITIVE_LEVELS
            if level in area.levels
        ),
        precision=precision,
    )


def _sum(counts: Mapping[tuple[str, str, str], int], place: int, code: str) -> int:
    return sum(n for key, n in counts.items() if key[place] == code)


def _cell(code: str, name: Text, count: int, wanted: float) -> Cell:
    # Shares are rounded in the blueprint: a hair above a whole number is that number.
    need = math.ceil(round(wanted, 6))
    return Cell(code, {"en": name.get("en"), "zh": name.get("zh")}, count, need)


def _precision(
    session: Session, bank: BankHead, profile: Profile, need: Need
) -> dict[str, Precision]:
    """For each competency, the standard error if a test met exactly its most telling questions.

    The posterior variance under N(0, 1) and the information of the n best items; answers in other
    competencies, which help a little, are left out.
    """
    if bank.force is None:
        return {}
    table = read_parameters(session, bank.force.parameter_set_id)
    if not table.version_ids.size:
        return {}
    information = item_information(np.array(ABILITIES), table.items)  # (n_abilities, n_items)
    found = {}
    for place, code in enumerate(table.competency_codes):
        own = table.competency == place
        n_items = round(need.length * profile.weights.get(code, 0.0) / 100)
        if not n_items or not own.any():
            continue
        best = np.sort(information[:, own], axis=1)[:, -n_items:]
        errors = 1.0 / np.sqrt(1.0 + best.sum(axis=1))
        found[code] = Precision(
            n_items, tuple(float(e) for e in errors), bool(table.provisional[own].any())
        )
    return found
