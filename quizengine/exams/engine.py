"""Choosing the next question: a parameter set made ready once, then pure computation.

Everything here is a function of what a sitting froze (parameter set, rules, seed, avoided items)
and of its log, so any step can be computed again later to the last digit.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, Protocol, TypeVar

import numpy as np
from sqlalchemy.orm import Session

from itembank.item import Item
from models.adaptive import (
    Bools,
    PreparedBank,
    find_candidates,
    prepare_bank,
)
from models.content import allowed_competencies, prefer_subtopic, quotas
from models.information import item_information
from models.parameters import Floats, Ints
from models.profile import Profile
from quizengine.banks.service.parameters import ParameterTable, read_parameters
from quizengine.banks.service.store import get_version
from quizengine.exams.rules import Rules

FEWEST_ASKED = 2  # of every competency, before precision may end a sitting
KEPT = 16  # parameter sets kept ready in a process
KEPT_ITEMS = 4096  # item versions kept parsed in a process
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Engine:
    """A parameter set made ready to select from; immutable, shared by all threads."""

    table: ParameterTable
    bank: PreparedBank
    enemy_sets: tuple[tuple[int, ...], ...]  # items of each enemy set
    stem_sets: tuple[tuple[int, ...], ...]  # items under one stem, in their order
    supply: Ints  # (K,) items one sitting can use at most, enemies counted once
    sub_topic_codes: tuple[str, ...]
    sub_topic: Ints  # (n_items,) index into sub_topic_codes

    def enemies_of(self, items: Ints) -> Ints:
        """Items that may not follow these."""
        used = set(items.tolist())
        out = [member for group in self.enemy_sets if used & set(group) for member in group]
        return np.array(sorted(set(out)), dtype=np.intp)

    def next_of_set(self, items: Ints) -> int | None:
        """What follows the last item under its stem: a set, once begun, is finished."""
        if items.size == 0:
            return None
        last, used = int(items[-1]), set(items.tolist())
        for group in self.stem_sets:
            if last in group:
                return next((i for i in group[group.index(last) + 1 :] if i not in used), None)
        return None

    def bar_sets(self, free: Bools, n_left: int) -> None:
        """Leave of each set its first item only, and of one that is too long nothing; in place."""
        for group in self.stem_sets:
            free[list(group[1:])] = False
            if len(group) > n_left:
                free[group[0]] = False


@dataclass(frozen=True, slots=True)
class Step:
    """Where a sitting stands after its log: what is known, and what comes next."""

    profile: Profile
    next_item: int | None  # index into the parameter table
    stop_reason: str | None  # "precision", "length" or "exhausted"


class _Memory(Generic[V]):
    """Things that never change, by their key: those used last are kept."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[int, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: int, make: Callable[[int], V]) -> V:
        """The thing kept, or made now; two threads may make the same one at once."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value = make(key)
        with self._lock:
            self._kept[key] = value
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return value

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_engines: _Memory[Engine] = _Memory(KEPT)
_items: _Memory[Item] = _Memory(KEPT_ITEMS)


def engine_for(session: Session, parameter_set_id: int) -> Engine:
    """The engine of a parameter set: from memory, or made from the database."""
    return _engines.get(
        parameter_set_id, lambda set_id: make_engine(read_parameters(session, set_id))
    )


def item_for(session: Session, item_version_id: int) -> Item:
    """An item in one of its versions: from memory, or read from the database."""
    return _items.get(item_version_id, lambda version_id: get_version(session, version_id).item)


def forget_engines() -> None:
    """Empty the memory: another database may use the same keys (tests, restore)."""
    _engines.clear()
    _items.clear()


def make_engine(table: ParameterTable) -> Engine:
    """Make a parameter set ready."""
    groups: dict[str, list[int]] = {}
    for index, names in enumerate(table.enemies):
        for name in names:
            groups.setdefault(name, []).append(index)
    enemy_sets = tuple(tuple(members) for members in groups.values() if len(members) > 1)
    barred = sorted({member for group in enemy_sets for member in group[1:]})
    n_areas = len(table.competency_codes)
    supply = np.bincount(table.competency, minlength=n_areas)
    supply = supply - np.bincount(table.competency[barred], minlength=n_areas)
    codes = tuple(sorted(set(table.sub_topics)))
    return Engine(
        table,
        prepare_bank(
            table.items, table.competency, table.covariance, testlet=stem_numbers(table.stem_sets)
        ),
        enemy_sets,
        _stem_sets(table),
        supply,
        codes,
        np.array([codes.index(code) for code in table.sub_topics], dtype=np.intp),
    )


def stem_numbers(stem_sets: Sequence[str]) -> Ints:
    """The sets under one stem by number, -1 for an item of its own: answers to one case share luck.

    Parameters
    ----------
    stem_sets : the id of each item's set, or "".
    """
    names = sorted({name for name in stem_sets if name})
    return np.array([names.index(name) if name else -1 for name in stem_sets], dtype=np.intp)


def _stem_sets(table: ParameterTable) -> tuple[tuple[int, ...], ...]:
    groups: dict[str, list[int]] = {}
    for index in np.argsort(table.set_position, kind="stable").tolist():
        if table.stem_sets[index]:
            groups.setdefault(table.stem_sets[index], []).append(index)
    return tuple(tuple(members) for members in groups.values() if len(members) > 1)


def take_step(
    engine: Engine, rules: Rules, seed: int, items: Ints, scores: Ints, avoided: Ints
) -> Step:
    """Estimate the profile from the log and choose the next question, or say why it ends.

    Parameters
    ----------
    items, scores : shape (n_answered,); indices into the parameter table, points of each answer.
    avoided : indices met in earlier sittings: taken only when nothing else is left.
    """
    profile = engine.bank.profile(items, scores)
    weights = weights_of(engine, rules)
    if items.size >= rules.max_items:
        return Step(profile, None, "length")
    following = engine.next_of_set(items)
    if following is not None:
        return Step(profile, following, None)
    precise = items.size >= rules.min_items and _is_precise(profile.covariance, rules, weights)
    barely = _barely_asked(engine, weights, items)
    if precise and not barely.any():
        return Step(profile, None, "precision")
    free = np.ones(len(engine.bank), dtype=bool)
    free[items] = False
    free[engine.enemies_of(items)] = False
    engine.bar_sets(free, rules.max_items - items.size)
    fresh = free.copy()
    fresh[avoided] = False
    allowed = _allowed(engine, rules, weights, items, free)
    if precise:
        allowed = allowed & barely
    chosen = None
    for available in (fresh, free):
        chosen = _choose(engine, rules, profile, available, allowed, weights, items, seed)
        if chosen is not None:
            break
    if chosen is not None:
        return Step(profile, chosen, None)
    return Step(profile, None, "precision" if precise else "exhausted")


def _barely_asked(engine: Engine, weights: Floats, items: Ints) -> Bools:
    """Competencies of the blueprint with too few questions to say anything of them, shape (K,).

    Without this a competency of small weight would often go unasked: the whole is precise before
    its turn comes.
    """
    counts = np.bincount(engine.table.competency[items], minlength=weights.size)
    barely: Bools = (weights > 0) & (counts < np.minimum(FEWEST_ASKED, engine.supply))
    return barely


def _is_precise(covariance: Floats, rules: Rules, weights: Floats) -> bool:
    share = weights / weights.sum()
    if float(share @ covariance @ share) <= rules.overall_standard_error**2:
        return True
    variance = covariance.diagonal()[weights > 0]
    return bool((variance <= rules.target_standard_error**2).all())


def overall_ability(profile: Profile, weights: Floats) -> tuple[float, float]:
    """The blueprint-weighted mean of the abilities and its standard error, in logits."""
    share = weights / weights.sum()
    variance = float(share @ profile.covariance @ share)
    return float(share @ profile.mean), math.sqrt(variance)


def _choose(
    engine: Engine,
    rules: Rules,
    profile: Profile,
    available: Bools,
    allowed: Bools,
    weights: Floats,
    items: Ints,
    seed: int,
) -> int | None:
    """The competency that gains most; in it, the sub-topic that lacks most; there, one by lot."""
    candidates = find_candidates(
        profile,
        engine.bank,
        "target",
        available=available,
        target_variance=np.full(weights.size, rules.target_standard_error**2),
        weights=weights,
        allowed_competencies=allowed,
    )
    shares = [rules.sub_topics.get(code, 0.0) for code in engine.sub_topic_codes]
    return prefer_subtopic(
        candidates,
        engine.sub_topic,
        np.bincount(engine.sub_topic[items], minlength=len(shares)),
        shares,
        rng=np.random.default_rng([seed, items.size]),
        randomesque=rules.randomesque,
    )


def weights_of(engine: Engine, rules: Rules) -> Floats:
    """Blueprint weights in the order of the parameter table's competencies, shape (K,)."""
    return weights_of_codes(engine.table.competency_codes, rules)


def weights_of_codes(codes: Sequence[str], rules: Rules) -> Floats:
    """The weight of each of these competencies, 0 for one that the rules leave out."""
    return np.array([float(rules.weights.get(code, 0.0)) for code in codes])


@lru_cache(maxsize=256)
def _quotas(weights: tuple[float, ...], length: int, supply: tuple[int, ...]) -> tuple[Ints, Ints]:
    """`models.content.quotas`, once for all answers of the same kind of sitting."""
    return quotas(weights, length, supply)


def _allowed(engine: Engine, rules: Rules, weights: Floats, items: Ints, free: Bools) -> Bools:
    """The competencies whose next question keeps the blueprint reachable."""
    n_areas = weights.size
    competency = engine.table.competency
    length = min(rules.max_items, int(engine.supply[weights > 0].sum()))
    minimum, maximum = _quotas(tuple(weights.tolist()), length, tuple(engine.supply.tolist()))
    return allowed_competencies(
        np.bincount(competency[items], minlength=n_areas),
        length - items.size,
        minimum,
        maximum,
        np.bincount(competency[free], minlength=n_areas),
    )


def expected_length(engine: Engine, rules: Rules, profile: Profile, n_answered: int) -> range:
    """Roughly how many questions the sitting will take in all, as fewest to most.

    The fewest if every question to come were as informative as the best ones at the present
    estimate, the most if they were two thirds as informative; a projection of the covariance
    without answers, never beyond the rules' limits.
    """
    weights = weights_of(engine, rules)
    best = _mean_information(engine, profile)
    lengths = [
        _projected_length(rules, profile, weights, best * share, n_answered)
        for share in (1.0, 2 / 3)
    ]
    return range(lengths[0], lengths[1] + 1)


def _mean_information(engine: Engine, profile: Profile) -> Floats:
    """Information of a typical near-best item of each competency at the present estimate."""
    out = np.zeros(profile.mean.size)
    for area, members in enumerate(engine.bank.members):
        if members.size:
            at_mean = item_information(float(profile.mean[area]), engine.table.items.take(members))
            out[area] = np.sort(at_mean)[-max(1, members.size // 2) :].mean()
    return out


def _projected_length(
    rules: Rules, profile: Profile, weights: Floats, information: Floats, n_answered: int
) -> int:
    covariance = profile.covariance.copy()
    measured = weights > 0
    length = n_answered
    while length < rules.max_items:
        if length >= rules.min_items and _is_precise(covariance, rules, weights):
            break
        area = int(np.argmax(np.where(measured, weights * covariance.diagonal(), -1.0)))
        row = covariance[area]
        gain = information[area] / (1.0 + information[area] * row[area])
        covariance = covariance - gain * np.outer(row, row)
        length += 1
    return length


class Log(Protocol):
    """A row that holds a sitting's log."""

    @property
    def items(self) -> bytes: ...
    @property
    def scores(self) -> bytes: ...


def log_of(row: Log) -> tuple[Ints, Ints]:
    """Items (indices into the parameter table) and scores of a sitting's log."""
    return unpack(row.items, "<i4"), unpack(row.scores, "i1")


def pack(values: Ints, kind: str) -> bytes:
    """An array as the bytes a sitting's row keeps; `kind` is "<i4" or "i1"."""
    return np.asarray(values).astype(kind).tobytes()


def unpack(data: bytes, kind: str) -> Ints:
    """The array that `pack` wrote."""
    return np.frombuffer(data, dtype=kind).astype(np.intp)
