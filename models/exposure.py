"""Who may meet which item: a lottery of eligibility, and a choice that is free at first.

Maximum information alone gives the same few items to everybody. Here each test begins with a
lottery that withholds items from part of the test takers, a part of each choice is left to chance,
more at the beginning, when the ability is hardly known, than at the end, and a popular item has a
price in information, so that it goes to those for whom no other would do as well.

The price is the multiplier of the bound on an item's rate when the sum of the information is made
as large as it can be under these bounds (Boyd & Vandenberghe, 2004, Convex optimization, 5.2). A
lottery alone withholds an item from whoever needs it most and from others alike.

References
----------
van der Linden & Veldkamp (2004), Journal of Educational and Behavioral Statistics 29, 273-291;
(2007), ibid. 32, 398-418 (by ability). Revuelta & Ponsoda (1998), Journal of Educational
Measurement 35, 311-327. Sympson & Hetter (1985), 27th conference of the Military Testing
Association, 973-977.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.adaptive import Bools, Candidates, PreparedBank, Rule, find_candidates
from models.information import item_information
from models.parameters import Floats, Ints
from models.profile import Profile


@dataclass(frozen=True, slots=True)
class ExposureRates:
    """What simulated tests showed. Simulated, whatever real test takers will do.

    Attributes
    ----------
    highest : highest share of the tests any item was in
    bank_used : share of the bank's items that were in any test
    overlap : items two tests share, as a share of the mean length
    rmse : root of the mean squared error over all simulees and competencies, logits
    mean_length : items a test
    n_simulees : tests behind the figures
    """

    highest: float
    bank_used: float
    overlap: float
    rmse: float
    mean_length: float
    n_simulees: int


@dataclass(frozen=True, slots=True)
class ExposureControl:
    """Eligibility of every item, and whether the choice is progressive.

    Attributes
    ----------
    eligibility : shape (n_items,), or (n_cells, n_items) by ability; probability that a test taker
        may meet the item
    price : shape (n_items,); taken off each item's information when items are compared
    edges : shape (n_cells - 1,); abilities in logits that divide the cells; empty without cells
    length : items of a test, over which the part left to chance fades
    progressive : whether a part of each choice is left to chance
    target : highest rate aimed at
    achieved : rates in the simulation that learned the probabilities, None where none was run
    """

    eligibility: Floats
    price: Floats
    edges: Floats
    length: int
    progressive: bool
    target: float
    achieved: ExposureRates | None = None

    def __post_init__(self) -> None:
        p = self.eligibility
        if p.ndim not in (1, 2) or not ((p >= 0) & (p <= 1)).all():
            raise ValueError("eligibility must hold probabilities, one an item or cells x items")
        if self.price.shape != p.shape[-1:] or not np.isfinite(self.price).all():
            raise ValueError("price must hold one finite number an item")
        if self.edges.shape != ((p.shape[0] - 1,) if p.ndim == 2 else (0,)):
            raise ValueError("edges must divide the abilities into the rows of eligibility")
        if self.edges.size > 1 and not (np.diff(self.edges) > 0).all():
            raise ValueError("edges must ascend")
        if self.length < 1:
            raise ValueError("length must be at least 1 item")
        if not 0 < self.target <= 1:
            raise ValueError("target must be a rate above 0 and at most 1, for example 0.25")

    @property
    def n_items(self) -> int:
        """Items of the bank."""
        return int(self.eligibility.shape[-1])

    @property
    def by_ability(self) -> bool:
        """Whether the probabilities differ between abilities."""
        return self.eligibility.ndim == 2

    def cells(self, theta: Floats) -> Ints:
        """Row of `eligibility` of each ability; shape of `theta`, zeros without cells."""
        result: Ints = np.searchsorted(self.edges, theta, side="right").astype(np.intp)
        return result


def eligible_items(control: ExposureControl, rng: np.random.Generator) -> Bools:
    """The lottery before one test: which items the test taker may meet.

    Returns
    -------
    shape (n_items,), or (n_cells, n_items): take the row of the ability reached. One number drawn
    for each item serves all rows, so an item allowed where it is rarer is allowed where it is not.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ExposureControl, eligible_items
    >>> control = ExposureControl(
    ...     eligibility=np.array([1.0, 1.0, 0.0]), price=np.zeros(3), edges=np.empty(0),
    ...     length=3, progressive=False, target=0.8,
    ... )
    >>> eligible_items(control, np.random.default_rng(1)).tolist()
    [True, True, False]
    """
    result: Bools = rng.random(control.n_items) < control.eligibility
    return result


def progressive_weight(n_given: int, length: int) -> float:
    """Weight of information against chance: the square root of the progress, 0 at the first item.

    Parameters
    ----------
    n_given : items given so far
    length : items of the whole test

    Examples
    --------
    >>> from models import progressive_weight
    >>> [progressive_weight(given, 40) for given in (0, 10, 40)]
    [0.0, 0.5, 1.0]
    """
    return float(np.sqrt(min(1.0, n_given / length)))


def select_controlled_item(
    profile: Profile,
    bank: PreparedBank,
    control: ExposureControl,
    eligible: Bools,
    n_given: int,
    rng: np.random.Generator,
    *,
    available: Bools | None = None,
    rule: Rule = "target",
    target_variance: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    allowed_competencies: Bools | None = None,
) -> int | None:
    """The next item under exposure control, or None when none may be given.

    The rule chooses the competency by its best item; within it the item with the largest
    (1 - w) R + w (I - price) wins, R drawn between 0 and the largest information. Who has no
    eligible item left gets one that is not: a test is not cut short by a lottery.

    Parameters
    ----------
    eligible : from `eligible_items`, drawn once a test
    n_given : items given so far
    available : shape (n_items,); not yet given and free of enemies, all by default
    rule, target_variance, weights, allowed_competencies : as in `select_item`

    Examples
    --------
    >>> import numpy as np
    >>> from models import ExposureControl, ItemParameters, eligible_items, prepare_bank
    >>> from models import select_controlled_item
    >>> bank = prepare_bank(ItemParameters.of([1.0, 1.2, 2.0], 0.0), [0, 0, 0], [[1]])
    >>> control = ExposureControl(
    ...     eligibility=np.array([1.0, 1.0, 0.0]), price=np.zeros(3), edges=np.empty(0),
    ...     length=3, progressive=False, target=0.8,
    ... )
    >>> rng = np.random.default_rng(1)
    >>> eligible = eligible_items(control, rng)
    >>> select_controlled_item(bank.profile([], []), bank, control, eligible, 0, rng)
    1
    """
    free = np.ones(len(bank), dtype=np.bool_) if available is None else available

    def find(mask: Bools) -> Candidates:
        return find_candidates(
            profile,
            bank,
            rule,
            available=mask,
            target_variance=target_variance,
            weights=weights,
            allowed_competencies=allowed_competencies,
        )

    if control.by_ability:
        cell = control.cells(profile.mean)[bank.competency]
        eligible = eligible[cell, np.arange(len(bank))]
    mask = free & eligible
    found = find(mask)
    if found.items.size == 0:
        mask = free
        found = find(mask)
    if found.items.size == 0:
        return None
    k = found.competency
    choices = bank.members[k][mask[bank.members[k]]]
    amount = item_information(profile.mean[k], bank.items.take(choices))
    w = progressive_weight(n_given, control.length) if control.progressive else 1.0
    chance = amount.max() * rng.random(choices.size)
    score = (1.0 - w) * chance + w * (amount - control.price[choices])
    return int(choices[score.argmax()])
