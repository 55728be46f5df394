"""Content rules of an adaptive test: quotas of competencies and balance of sub-topics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.parameters import Bools, Ints
from models.selection import NEAR_BEST, Candidates


def quotas(
    weights: npt.ArrayLike, n_items: int, supply: npt.ArrayLike, *, slack: int = 0
) -> tuple[Ints, Ints]:
    """Fewest and most items of each competency in a test of full length.

    Shares are rounded by largest remainders, ties to the earlier competency. What a competency
    lacks in supply goes to the others.

    Parameters
    ----------
    weights : shape (K,); of the blueprint, any positive scale
    supply : shape (K,); items there are
    slack : how far a competency may stray from its share

    Returns
    -------
    minimum, maximum : shape (K,); equal when `slack` is 0

    Raises
    ------
    ValueError
        A weight is negative or all are 0, or competencies with a weight hold fewer than `n_items`.

    Examples
    --------
    >>> from models import quotas
    >>> minimum, maximum = quotas([0.5, 0.3, 0.2], 10, [20, 20, 20], slack=1)
    >>> minimum.tolist(), maximum.tolist()
    ([4, 2, 1], [6, 4, 3])
    """
    share = np.asarray(weights, dtype=np.float64)
    stock = np.asarray(supply, dtype=np.intp)
    if share.ndim != 1 or share.shape != stock.shape:
        raise ValueError("weights and supply must be rows of one length")
    if not np.isfinite(share).all() or (share < 0).any() or not share.any():
        raise ValueError("weights must not be negative, and one must be positive")
    if n_items < 0 or slack < 0 or (stock < 0).any():
        raise ValueError("n_items, slack and supply must not be negative")
    have = int(stock[share > 0].sum())
    if have < n_items:
        raise ValueError(
            f"the blueprint's competencies hold {have} items, the test needs {n_items}: "
            "add items or shorten the test"
        )
    exact = _largest_remainders(share, n_items, stock)
    minimum = np.maximum(exact - slack, 0)
    return minimum, np.where(share > 0, np.minimum(exact + slack, stock), 0)


def _largest_remainders(share: npt.NDArray[np.float64], n_items: int, stock: Ints) -> Ints:
    open_ = share > 0
    seats = np.zeros(share.size, dtype=np.intp)
    while True:
        left = n_items - int(seats[~open_].sum())
        ideal = np.where(open_, share / share[open_].sum() * left if open_.any() else 0.0, 0.0)
        whole = np.floor(ideal + 1e-9).astype(np.intp)
        rest = left - int(whole.sum())
        if rest > 0:
            remainder = np.where(open_, ideal - whole, -1.0)
            whole[np.argsort(-np.round(remainder, 9), kind="stable")[:rest]] += 1
        short = open_ & (whole > stock)
        if not short.any():
            result: Ints = np.where(open_, whole, seats)
            return result
        seats[short] = stock[short]
        open_ &= ~short


def allowed_competencies(
    counts: npt.ArrayLike,
    n_left: int,
    minimum: npt.ArrayLike,
    maximum: npt.ArrayLike,
    supply_left: npt.ArrayLike,
) -> Bools:
    """Competencies the next item may come from so that the blueprint can still be met.

    Whoever follows it from the start meets every minimum and maximum of `quotas` after a test of
    the full length. When items have been lost on the way (enemies of given items), it does what
    is still possible.

    Parameters
    ----------
    counts : shape (K,); items given so far
    n_left : items still to give, the next one included
    minimum, maximum : shape (K,); from `quotas`
    supply_left : shape (K,); items that may still be given

    Examples
    --------
    Two items are left and the second competency still needs two:

    >>> from models import allowed_competencies
    >>> allowed_competencies([1, 0], 2, [1, 2], [2, 2], [5, 5]).tolist()
    [False, True]
    """
    given, stock = np.asarray(counts), np.asarray(supply_left)
    room = np.minimum(np.asarray(maximum) - given, stock)
    need = np.minimum(np.maximum(np.asarray(minimum) - given, 0), np.maximum(stock, 0))
    can: Bools = room > 0
    if int(need.sum()) >= n_left:
        can &= need > 0
    return can


def bar_enemies(
    available: Bools, administered: npt.ArrayLike, enemies: Sequence[Sequence[int]]
) -> Bools:
    """`available` without the items given and those that may not follow them.

    Parameters
    ----------
    enemies : groups of items of which one test gets at most one

    Examples
    --------
    >>> import numpy as np
    >>> from models import bar_enemies
    >>> bar_enemies(np.ones(4, dtype=bool), [0], [(0, 3)]).tolist()
    [False, True, True, False]
    """
    used = set(np.asarray(administered, dtype=np.intp).tolist())
    result: Bools = available.copy()
    result[list(used)] = False
    for group in enemies:
        if used & set(group):
            result[list(group)] = False
    return result


def prefer_subtopic(
    candidates: Candidates,
    sub_topic: npt.ArrayLike,
    counts: npt.ArrayLike,
    shares: npt.ArrayLike,
    *,
    near: float = NEAR_BEST,
    rng: np.random.Generator | None = None,
    randomesque: int = 1,
) -> int | None:
    """The item of the sub-topic furthest below its share, among the near-best candidates.

    Parameters
    ----------
    candidates : from `find_candidates`
    sub_topic : shape (n_items,); number of each bank item's sub-topic
    counts : shape (n_sub_topics,); items of each given so far in this sitting
    shares : shape (n_sub_topics,); of each within its competency, any positive scale
    near : share of the best information a candidate must have
    rng, randomesque : choose by chance among this many best items of the sub-topic

    Returns
    -------
    An item number, or None when there is no candidate. Ties go to the more informative item.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, find_candidates, prefer_subtopic, prepare_bank
    >>> bank = prepare_bank(ItemParameters.of([1.5, 1.45, 0.6], 0.0), [0, 0, 0], [[1]])
    >>> found = find_candidates(bank.profile([], []), bank)
    >>> prefer_subtopic(found, [0, 1, 1], counts=[4, 1], shares=[0.5, 0.5])
    1
    """
    if candidates.items.size == 0:
        return None
    good = candidates.items[candidates.information >= near * candidates.information[0]]
    topics = np.asarray(sub_topic)[good]
    present = np.unique(topics)
    share = np.asarray(shares, dtype=np.float64)[present]
    given = np.asarray(counts, dtype=np.float64)[present]
    total = share.sum()
    share = share / total if total > 0 else np.full(share.shape, 1.0 / share.size)
    deficit = np.round((share * (given.sum() + 1.0) - given)[np.searchsorted(present, topics)], 9)
    lacking = good[deficit == deficit.max()]
    if rng is not None and randomesque > 1:
        return int(lacking[rng.integers(min(randomesque, lacking.size))])
    return int(lacking[0])
