"""The choice of the next item."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.gains import DEFAULT_TARGET as DEFAULT_TARGET
from models.gains import RULES as RULES
from models.gains import Rule as Rule
from models.gains import information_gain, response_gain
from models.item_sets import choose_set, first_of_set, next_in_set, unbegun_alone
from models.parameters import Bools, Floats, Ints, ItemParameters
from models.prepared_bank import CELL, LOWEST, N_CELLS, PreparedBank, highest, prepare_bank
from models.profile import Profile

NEAR_BEST = 0.8  # share of the best gain that makes an item an equal choice


@dataclass(frozen=True, slots=True)
class Candidates:
    """Equal choices for the next item, best first.

    Attributes
    ----------
    items : shape (n,); item numbers
    information : shape (n,); at the estimate, to half a cell
    competency : of all of them; -1 if there is none
    gain : of the best one, by the rule
    """

    items: Ints
    information: Floats
    competency: int
    gain: float = -np.inf


_NONE = Candidates(np.empty(0, dtype=np.intp), np.empty(0), -1)


def find_candidates(
    profile: Profile,
    bank: PreparedBank,
    rule: Rule = "target",
    *,
    available: Bools | None = None,
    target_variance: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    allowed_competencies: Bools | None = None,
    near: float = NEAR_BEST,
    at: npt.ArrayLike | None = None,
) -> Candidates:
    """The competency that gains most and its near-best available items.

    For most rules only the best item of each competency has to be compared, because the gain rises
    with the information of the item; "EPV" and "KL" look at the most informative items of each
    competency, at least `models.prepared_bank.DEPTH`. `near` is the share of the best information
    (gain, for those two) that is near enough. Other parameters as in `select_item`; the rule
    "random" has no candidates.

    Examples
    --------
    >>> from models import ItemParameters, find_candidates, prepare_bank
    >>> bank = prepare_bank(ItemParameters.of([1.5, 1.45, 0.6], 0.0), [0, 0, 0], [[1]])
    >>> find_candidates(bank.profile([], []), bank).items.tolist()
    [0, 1]
    """
    _check_masks(bank, available, allowed_competencies)
    theta = profile.mean if at is None else _checked_place(at, bank)
    heads, amount = _heads(bank, theta, available, allowed_competencies)
    if rule in ("EPV", "KL"):
        place = Profile(theta, profile.covariance, profile.answered)
        return _by_response(bank, place, rule, weights, heads, amount, near)
    rows = np.arange(bank.n_competencies)
    lead = amount.argmax(axis=1)
    none = amount[rows, lead] < 0
    # Between competencies the exact information decides: half a cell can matter near a target.
    exact = bank.information(theta, heads[rows, lead])
    gain = information_gain(exact, profile.covariance, rule, target_variance, weights)
    gain[none] = -np.inf
    k = int(gain.argmax())
    if none[k]:
        return _NONE
    keep = np.flatnonzero(amount[k] >= near * amount[k, lead[k]])
    order = keep[np.argsort(-amount[k, keep], kind="stable")]
    return Candidates(heads[k, order], amount[k, order], k, float(gain[k]))


def _by_response(
    bank: PreparedBank,
    profile: Profile,
    rule: Rule,
    weights: npt.ArrayLike | None,
    heads: Ints,
    amount: Floats,
    near: float,
) -> Candidates:
    best = _NONE
    for k in np.flatnonzero((amount >= 0).any(axis=1)):
        there = np.flatnonzero(amount[k] >= 0)
        gain = response_gain(bank, heads[k, there], int(k), profile, rule, weights)
        order = np.argsort(-gain, kind="stable")
        order = order[gain[order] >= near * gain[order[0]]]
        if gain[order[0]] > best.gain:
            chosen = there[order]
            best = Candidates(heads[k, chosen], amount[k, chosen], int(k), float(gain[order[0]]))
    return best


def _heads(
    bank: PreparedBank, theta: Floats, available: Bools | None, allowed: Bools | None
) -> tuple[Ints, Floats]:
    """Best items of each competency (K, depth) with their information; -1 where not to be given."""
    cell = np.rint((theta - LOWEST) / CELL).astype(np.intp)
    np.minimum(np.maximum(cell, 0, out=cell), N_CELLS - 1, out=cell)
    competencies = np.arange(bank.n_competencies)
    heads = bank.ranked[competencies, cell]
    amount = bank.ranked_information[competencies, cell]
    if allowed is not None:
        amount[~allowed] = -1.0
    if available is None:
        return heads, amount
    amount[~available[heads]] = -1.0
    for k in np.flatnonzero(np.maximum.reduce(amount, axis=1) < 0):
        rest = bank.members[k][available[bank.members[k]]]
        if rest.size and (allowed is None or allowed[k]):
            each = bank.information(float(theta[k]), rest)
            top = highest(each, heads.shape[1])
            heads[k, : top.size], amount[k, : top.size] = rest[top], each[top]
    return heads, amount


def select_item(
    profile: Profile,
    bank: PreparedBank | ItemParameters,
    competency: npt.ArrayLike | None = None,
    rule: Rule = "target",
    *,
    available: Bools | None = None,
    target_variance: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    allowed_competencies: Bools | None = None,
    rng: np.random.Generator | None = None,
    randomesque: int = 1,
    at: npt.ArrayLike | None = None,
    administered: npt.ArrayLike | None = None,
) -> int | None:
    """The next item, or None when none may be given.

    Parameters
    ----------
    bank : prepared, or plain parameters with the `competency` of each item (slower)
    rule : "target" takes the item whose answer is expected to shrink most what still has to shrink,
        sum over competencies of weight max(0, log(variance / target_variance)); "D" the volume of
        the posterior; "A" its (weighted) sum of variances; "EPV" the same, expected over the
        possible answers; "KL" is the item whose answers tell the abilities apart that are still
        possible; "information" the most informative item; "random" any.
    available : shape (n_items,); which items may still be given, all by default
    target_variance : shape (K,) or one number; 0.35 squared by default
    weights : shape (K,); importance of each competency for "target", "A", "EPV"; equal by default
    allowed_competencies : shape (K,); which competencies the blueprint allows now
    rng : needed by "random" and by `randomesque` > 1
    randomesque : choose by chance among this many best items of the competency, of which each has
        at least 80 % of the best one's information
    at : shape (K,); abilities at which items are judged, the estimates by default. Halfway between
        estimate and cut for a sequential decision, see `models.stopping.halfway`.
    administered : items given so far, in order. With it the sets of the bank stay together: after
        an item of a set comes its next one, and a set is chosen by the gain of all its items,
        shared by their number so that long sets have no advantage over single items.

    Raises
    ------
    ValueError
        Shapes do not fit, the rule is unknown, or `rng` is missing.

    Examples
    --------
    >>> from models import ItemParameters, prepare_bank, select_item
    >>> bank = prepare_bank(ItemParameters.of([1.2, 1.4, 1.1], [-1.0, 0.0, 1.0]), [0, 0, 0], [[1]])
    >>> select_item(bank.profile([], []), bank)
    1
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, not {rule!r}")
    if isinstance(bank, ItemParameters):
        if competency is None:
            raise ValueError("plain parameters need the competency of each item")
        bank = prepare_bank(bank, competency, profile.covariance, profile.mean)
    if rng is None and (rule == "random" or randomesque > 1):
        raise ValueError("a choice by chance needs rng, a numpy Generator")
    _check_masks(bank, available, allowed_competencies)
    together = administered is not None and bool(bank.sets)
    given = np.asarray(administered if together else [], dtype=np.intp)
    alone = available
    if together:
        following = next_in_set(bank, given, available, allowed_competencies)
        if following is not None:
            return following
        alone = unbegun_alone(bank, available)
    if rule == "random":
        drawn = _any_item(bank, available, allowed_competencies, rng)
        if drawn is None or not together:
            return drawn
        return first_of_set(bank, drawn, available, allowed_competencies)
    found = find_candidates(
        profile,
        bank,
        rule,
        available=alone,
        target_variance=target_variance,
        weights=weights,
        allowed_competencies=allowed_competencies,
        at=at,
    )
    if together:
        place = profile.mean if at is None else _checked_place(at, bank)
        begun = choose_set(
            Profile(place, profile.covariance, profile.answered),
            bank,
            rule,
            given=given,
            available=available,
            allowed=allowed_competencies,
            target_variance=target_variance,
            weights=weights,
            gain_alone=found.gain,
        )
        if begun is not None:
            return begun
    if found.items.size == 0:
        return None
    if randomesque > 1 and rng is not None:
        return int(found.items[rng.integers(min(randomesque, found.items.size))])
    return int(found.items[0])


def _checked_place(at: npt.ArrayLike, bank: PreparedBank) -> Floats:
    place = np.asarray(at, dtype=np.float64)
    if place.shape != (bank.n_competencies,) or not np.isfinite(place).all():
        raise ValueError(f"at must be {bank.n_competencies} finite numbers, one a competency")
    return place


def _check_masks(bank: PreparedBank, available: Bools | None, allowed: Bools | None) -> None:
    if available is not None and (available.shape != (len(bank),) or available.dtype != np.bool_):
        raise ValueError(f"available must be {len(bank)} booleans, one an item")
    k = bank.n_competencies
    if allowed is not None and (allowed.shape != (k,) or allowed.dtype != np.bool_):
        raise ValueError(f"allowed_competencies must be {k} booleans")


def _any_item(
    bank: PreparedBank,
    available: Bools | None,
    allowed: Bools | None,
    rng: np.random.Generator | None,
) -> int | None:
    free = np.ones(len(bank), dtype=np.bool_) if available is None else available
    if allowed is not None:
        free = free & allowed[bank.competency]
    choices = np.flatnonzero(free)
    if choices.size == 0 or rng is None:
        return None
    return int(choices[rng.integers(choices.size)])


def position_rng(seed: int, position: int) -> np.random.Generator:
    """The generator of one position of one sitting: the same whenever the step is repeated.

    Examples
    --------
    >>> from models import position_rng
    >>> bool(position_rng(2026, 3).random() == position_rng(2026, 3).random())
    True
    """
    return np.random.default_rng([seed, position])
