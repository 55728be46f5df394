"""Adaptive tests: a bank prepared for fast choices, the next item, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from models.information import information
from models.likelihood import NODES, log_probabilities
from models.parameters import Floats, Ints, ItemParameters
from models.profile import Prior, Profile, check_competency, profile_of

Rule = Literal["target", "D", "A", "information", "random"]
Bools = npt.NDArray[np.bool_]

CELL = 0.05  # logits; the best items and their information hardly change within a cell
LOWEST = -6.0
N_CELLS = 241
DEPTH = 64  # items kept for each cell; behind them the whole competency is looked through
NEAR_BEST = 0.8  # share of the best information that makes an item an equal choice
DEFAULT_TARGET = 0.35  # standard error, logits
_TIE_BREAK = 1e-6  # weight of the D gain where every target is reached


@dataclass(frozen=True, slots=True)
class PreparedBank:
    """What the choice of items needs, computed once: immutable, and so shared between threads.

    Attributes
    ----------
    items, competency : the bank; `competency` has shape (n_items,)
    prior : of the abilities
    log_likelihood : shape (2 n_items, n_nodes); row 2 i + x is of score x on item i, at the nodes
        of the item's competency
    ranked : shape (K, N_CELLS, depth); item numbers, most informative first, -1 where none is
    ranked_information : same shape; in the middle of the cell, -1 where there is no item
    members : item numbers of each competency
    parameters : shape (4, n_items); a, b, c, d
    """

    items: ItemParameters
    competency: Ints
    prior: Prior
    log_likelihood: Floats
    ranked: Ints
    ranked_information: Floats
    members: tuple[Ints, ...]
    parameters: Floats

    def __len__(self) -> int:
        return len(self.items)

    @property
    def n_competencies(self) -> int:
        """K."""
        return len(self.members)

    def profile(self, administered: npt.ArrayLike, scores: npt.ArrayLike) -> Profile:
        """Posterior after some answers; the order of the answers changes nothing, not one bit.

        Parameters
        ----------
        administered : shape (n_answers,); item numbers
        scores : shape (n_answers,); 1 right, 0 wrong

        Raises
        ------
        ValueError
            The two differ in length, an item is not in the bank, or a score is not 0 or 1.
        """
        given = np.asarray(administered, dtype=np.intp)
        score = np.asarray(scores, dtype=np.intp)
        if given.ndim != 1 or given.shape != score.shape:
            raise ValueError("administered and scores must be rows of one length")
        if given.size == 0:
            nothing = np.zeros(self.n_competencies, dtype=np.intp)
            return Profile(self.prior.mean, self.prior.covariance, nothing)
        if score.min() < 0 or score.max() > 1:
            raise ValueError("a score is 1 (right) or 0 (wrong)")
        rows = np.sort(2 * given + score)
        if rows[0] < 0 or rows[-1] >= 2 * len(self):
            raise ValueError(f"administered must hold item numbers 0..{len(self) - 1}")
        given = rows >> 1
        belongs = self.competency[given] == np.arange(self.n_competencies)[:, None]
        table = belongs.astype(np.float64) @ self.log_likelihood[rows]
        return profile_of(given, (rows & 1) == 1, self.items, self.competency, self.prior, table)


def prepare_bank(
    items: ItemParameters,
    competency: npt.ArrayLike,
    covariance: npt.ArrayLike,
    mean: npt.ArrayLike | None = None,
) -> PreparedBank:
    """Tables and ranked lists for a bank.

    Parameters
    ----------
    competency : shape (n_items,); which of the K abilities each item measures, 0..K-1
    covariance, mean : shapes (K, K), (K,); of the abilities in the population, mean 0 by default

    Raises
    ------
    ValueError
        There is no item, or shapes, numbers or the covariance do not fit.
    """
    prior = Prior.of(covariance, mean)
    if len(items) == 0:
        raise ValueError("a bank needs at least one item")
    parameters = np.stack([items.a, items.b, items.c, items.d])
    if not np.isfinite(parameters).all():
        raise ValueError("item parameters must be finite numbers")
    if (items.a <= 0).any() or (items.c < 0).any() or (items.d > 1).any():
        raise ValueError("item parameters need a > 0, c >= 0 and d <= 1")
    if (items.c >= items.d).any():
        raise ValueError("item parameters need c < d")
    area = check_competency(competency, len(items), prior.mean.size)
    members = tuple(np.flatnonzero(area == k) for k in range(prior.mean.size))
    log_likelihood = np.empty((2 * len(items), NODES.size))
    for k, mine in enumerate(members):
        nodes = prior.mean[k] + prior.deviation[k] * NODES
        right, wrong = log_probabilities(nodes[:, None], items.take(mine))
        log_likelihood[2 * mine + 1] = right.T
        log_likelihood[2 * mine] = wrong.T
    ranked, amount = _ranked_lists(parameters, members)
    for array in (area, parameters, log_likelihood, ranked, amount, *members):
        array.setflags(write=False)
    return PreparedBank(items, area, prior, log_likelihood, ranked, amount, members, parameters)


def _ranked_lists(parameters: Floats, members: tuple[Ints, ...]) -> tuple[Ints, Floats]:
    depth = min(DEPTH, max(mine.size for mine in members))
    ranked = np.full((len(members), N_CELLS, depth), -1, dtype=np.intp)
    amount = np.full(ranked.shape, -1.0)
    for k, mine in enumerate(members):
        some = parameters[:, mine]
        for cell in range(N_CELLS):
            each = information(np.array(LOWEST + cell * CELL), *some)
            best = _highest(each, depth)
            ranked[k, cell, : best.size] = mine[best]
            amount[k, cell, : best.size] = each[best]
    return ranked, amount


def _highest(values: Floats, n: int) -> Ints:
    """Positions of the n highest values, highest first, ties by position."""
    if values.size > 2 * n:
        kept = np.argpartition(-values, n)[:n]
        kept.sort()
    else:
        kept = np.arange(values.size)
    result: Ints = kept[np.argsort(-values[kept], kind="stable")][:n]
    return result


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
    a, b, c, d = bank.parameters[:, heads[rows, lead]]
    gain = _gain(information(theta, a, b, c, d), cov, rule, target_variance, weights)
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
            each = information(theta[k], *bank.parameters[:, rest])
            top = _highest(each, heads.shape[1])
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


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """When a test has asked enough.

    Attributes
    ----------
    min_items, max_items : limits of the length
    target_standard_error : logits; one for all competencies, or shape (K,)
    """

    min_items: int
    max_items: int
    target_standard_error: float | Floats = DEFAULT_TARGET

    def __post_init__(self) -> None:
        if not 0 <= self.min_items <= self.max_items or self.max_items < 1:
            raise ValueError("a stopping rule needs 0 <= min_items <= max_items and max_items >= 1")
        if not (np.asarray(self.target_standard_error) > 0).all():
            raise ValueError("target_standard_error must be positive")


def should_stop(
    profile: Profile, n_answered: int, rule: StoppingRule, bank_exhausted: bool = False
) -> str | None:
    """Why the test ends: "precision", "length", "exhausted", or None (time is the caller's)."""
    if n_answered >= rule.min_items:
        target = np.asarray(rule.target_standard_error)
        if (profile.covariance.diagonal() <= target * target).all():
            return "precision"
    if n_answered >= rule.max_items:
        return "length"
    return "exhausted" if bank_exhausted else None
