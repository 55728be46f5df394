"""Pilot items: mixed in to be tried out, never scored."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.parameters import Bools, Ints
from models.prepared_bank import PreparedBank
from models.profile import Profile


def pilot_positions(
    n_items: int,
    rng: np.random.Generator,
    *,
    n_pilots: int | None = None,
    share: float | None = None,
    first: int = 0,
    last: int = 0,
) -> Bools:
    """Which questions of a test are pilots: drawn once a test, so that nobody can tell.

    Parameters
    ----------
    n_items : questions of the test at its full length, pilots among them
    rng : seeded by the test, so that the draw can be repeated
    n_pilots : fixed number of pilots
    share : instead of it, chance of each question to be one; the number then varies
    first, last : questions at the beginning and at the end that are never pilots

    Returns
    -------
    shape (n_items,)

    Raises
    ------
    ValueError
        Neither or both of `n_pilots` and `share` are given, or they do not fit the test.

    Examples
    --------
    >>> import numpy as np
    >>> from models import pilot_positions
    >>> int(pilot_positions(20, np.random.default_rng(7), n_pilots=3, first=2).sum())
    3
    """
    if (n_pilots is None) == (share is None):
        raise ValueError("pilots are given by n_pilots or by share, one of the two")
    if n_items < 0 or first < 0 or last < 0:
        raise ValueError("n_items, first and last must not be negative")
    places = np.arange(first, max(n_items - last, first))
    result = np.zeros(n_items, dtype=np.bool_)
    if share is not None:
        if not 0 <= share < 1:
            raise ValueError("share must be at least 0 and less than 1")
        result[places] = rng.random(places.size) < share
        return result
    wanted = n_pilots or 0
    if not 0 <= wanted <= places.size:
        raise ValueError(f"{wanted} pilots do not fit into {places.size} places")
    result[rng.choice(places, wanted, replace=False)] = True
    return result


def select_pilot(
    is_pilot: Bools,
    available: Bools,
    responses: npt.ArrayLike,
    rng: np.random.Generator,
    allowed: Bools | None = None,
) -> int | None:
    """The pilot item with the fewest responses so far, by lot among equals; None if none is left.

    Parameters
    ----------
    is_pilot, available : shape (n_items,); pilots, and items that this test may still give
    responses : shape (n_items,); each item has had from others
    allowed : shape (n_items,); further limits, such as the certificate of the student

    Examples
    --------
    >>> import numpy as np
    >>> from models import select_pilot
    >>> is_pilot, available = np.arange(5) >= 3, np.ones(5, dtype=bool)
    >>> select_pilot(is_pilot, available, [90, 80, 95, 12, 30], np.random.default_rng(1))
    3
    """
    free = is_pilot & available if allowed is None else is_pilot & available & allowed
    items = np.flatnonzero(free)
    if items.size == 0:
        return None
    had = np.asarray(responses)[items]
    fewest = items[had == had.min()]
    return int(fewest[rng.integers(fewest.size)])


def scored_answers(
    administered: npt.ArrayLike, scores: npt.ArrayLike, is_pilot: Bools
) -> tuple[Ints, Ints]:
    """The answers that count, in order: those to items that are no pilots.

    Examples
    --------
    >>> import numpy as np
    >>> from models import scored_answers
    >>> given, scores = scored_answers([4, 7, 2], [1, 0, 1], is_pilot=np.arange(8) == 7)
    >>> given.tolist(), scores.tolist()
    ([4, 2], [1, 1])
    """
    given = np.asarray(administered, dtype=np.intp)
    score = np.asarray(scores, dtype=np.intp)
    if given.ndim != 1 or given.shape != score.shape:
        raise ValueError("administered and scores must be rows of one length")
    counts = ~is_pilot[given]
    return given[counts], score[counts]


def scored_profile(
    bank: PreparedBank, administered: npt.ArrayLike, scores: npt.ArrayLike, is_pilot: Bools
) -> Profile:
    """Posterior of the abilities from the answers that count."""
    return bank.profile(*scored_answers(administered, scores, is_pilot))


def scored_items(available: Bools, is_pilot: Bools) -> Bools:
    """Items that `select_item` may choose: available ones that are no pilots."""
    result: Bools = available & ~is_pilot
    return result
