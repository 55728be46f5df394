"""The choice of the next item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from models.parameters import Bools, Floats, Ints, ItemParameters
from models.prepared_bank import CELL, LOWEST, N_CELLS, PreparedBank, highest, prepare_bank
from models.profile import Profile

Rule = Literal["target", "D", "A", "information", "random"]
NEAR_BEST = 0.8  # share of the best information that makes an item an equal choice
DEFAULT_TARGET = 0.35  # standard error, logits
_TIE_BREAK = 1e-6  # weight of the D gain where every target is reached


@dataclass(frozen=True, slots=True)
class Candidates:
    """Equal choices for the next item, most informative first.

    Attributes
    ----------
    items : shape (n,); item numbers
    information : shape (n,); at the estimate, to half a cell
    competency : of all of them; -1 if there is none
    """

    items: Ints
    information: Floats
    competency: int


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
) -> Candidates:
    """The competency that gains most and its near-best available items.

    Only the best item of each competency has to be compared, because every rule's gain rises with
    the information of the item. `near` is the share of the best information that is near enough.
    Other parameters as in `select_item`; the rule "random" has no candidates.
    """
    _check_masks(bank, available, allowed_competencies)
    theta, cov = profile.mean, profile.covariance
    heads, amount = _heads(bank, theta, available, allowed_competencies)
    rows = np.arange(bank.n_competencies)
    lead = amount.argmax(axis=1)
    none = amount[rows, lead] < 0
    # Between competencies the exact information decides: half a cell can matter near a target.
    exact = bank.information(theta, heads[rows, lead])
    gain = _gain(exact, cov, rule, target_variance, weights)
    gain[none] = -np.inf
    k = int(gain.argmax())
    if none[k]:
        return _NONE
    keep = np.flatnonzero(amount[k] >= near * amount[k, lead[k]])
    order = keep[np.argsort(-amount[k, keep], kind="stable")]
    return Candidates(heads[k, order], amount[k, order], k)


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


def _gain(
    amount: Floats,
    covariance: Floats,
    rule: Rule,
    target_variance: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
) -> Floats:
    """Gain of an item with some information in each competency, shape (K,).

    An item that measures competency k with information I changes the posterior covariance S by
    the rank-one step -I S_k S_k' / (1 + I S_kk). "D": Segall (1996), Psychometrika 61, 331-354;
    "A": Mulder & van der Linden (2009), Psychometrika 74, 273-296.
    """
    if rule == "information":
        return amount.copy()
    variance = covariance.diagonal()
    growth = 1.0 + np.maximum(amount, 0.0) * variance
    if rule == "D":
        d_gain: Floats = np.log(growth)
        return d_gain
    weight = None if weights is None else np.asarray(weights, dtype=np.float64)
    fall = covariance * covariance * (np.maximum(amount, 0.0) / growth)[:, None]  # (item, ability)
    if rule == "A":
        a_gain: Floats = fall.sum(axis=1) if weight is None else fall @ weight
        return a_gain
    target = DEFAULT_TARGET**2 if target_variance is None else np.asarray(target_variance)
    ratio = variance / target
    excess = np.log(np.maximum(ratio, 1.0)) - np.log(np.maximum(ratio - fall / target, 1.0))
    gain: Floats = np.add.reduce(excess, axis=1) if weight is None else excess @ weight
    return gain + _TIE_BREAK * np.log(growth)


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
) -> int | None:
    """The next item, or None when none may be given.

    Parameters
    ----------
    bank : prepared, or plain parameters with the `competency` of each item (slower)
    rule : "target" takes the item whose answer is expected to shrink most what still has to shrink,
        sum over competencies of weight max(0, log(variance / target_variance)); "D" the volume of
        the posterior; "A" its (weighted) sum of variances; "information" is the most informative
        item; "random" any.
    available : shape (n_items,); which items may still be given, all by default
    target_variance : shape (K,) or one number; 0.35 squared by default
    weights : shape (K,); importance of each competency for "target" and "A", equal by default
    allowed_competencies : shape (K,); which competencies the blueprint allows now
    rng : needed by "random" and by `randomesque` > 1
    randomesque : choose by chance among this many best items of the competency, of which each has
        at least 80 % of the best one's information

    Raises
    ------
    ValueError
        Shapes do not fit, the rule is unknown, or `rng` is missing.
    """
    if rule not in get_args(Rule):
        raise ValueError(f"rule must be one of {', '.join(get_args(Rule))}, not {rule!r}")
    if isinstance(bank, ItemParameters):
        if competency is None:
            raise ValueError("plain parameters need the competency of each item")
        bank = prepare_bank(bank, competency, profile.covariance, profile.mean)
    if rng is None and (rule == "random" or randomesque > 1):
        raise ValueError("a choice by chance needs rng, a numpy Generator")
    if rule == "random":
        _check_masks(bank, available, allowed_competencies)
        return _any_item(bank, available, allowed_competencies, rng)
    found = find_candidates(
        profile,
        bank,
        rule,
        available=available,
        target_variance=target_variance,
        weights=weights,
        allowed_competencies=allowed_competencies,
    )
    if found.items.size == 0:
        return None
    if randomesque > 1 and rng is not None:
        return int(found.items[rng.integers(min(randomesque, found.items.size))])
    return int(found.items[0])


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
    """The generator of one position of one sitting: the same whenever the step is repeated."""
    return np.random.default_rng([seed, position])
