"""Persons with the same answers, counted once with their number.

Five items leave 32 patterns however many persons there are; a hundred items hardly ever repeat one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.kernels import Sample
from models.parameters import Floats, Ints
from models.responses import Responses

_LOOKED_AT = 2000  # persons, to see whether it is worth while
_WORTH = 0.6  # share of different patterns among them, at most


def collapse(sample: Sample) -> Sample:
    """The same sample with one person for each pattern in each group, if that saves a good deal."""
    responses = sample.responses
    step = max(1, responses.n_persons // _LOOKED_AT)
    some = np.arange(0, responses.n_persons, step)
    if some.size == 0 or _share_different(responses.take_persons(some)) > _WORTH:
        return sample
    group = np.repeat(np.arange(len(sample.group_starts) - 1), np.diff(sample.group_starts))
    keys = np.stack([group.astype(np.uint64), _marks(responses)], axis=1)
    _, first, pattern = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    pattern = pattern.ravel()
    order = np.lexsort((first, group[first]))  # by group, within it as they came
    place = np.empty(order.size, dtype=np.intp)
    place[order] = np.arange(order.size)
    weight = _sums(place[pattern], sample.weight, order.size)
    chosen = first[order]
    starts = np.searchsorted(group[chosen], np.arange(len(sample.group_starts)))
    bounds = tuple(int(start) for start in starts)
    return Sample(responses.take_persons(chosen), sample.max_scores, weight, bounds)


def _sums(pattern: Ints, weight: Floats | None, size: int) -> Floats:
    return np.bincount(pattern, weight, minlength=size).astype(np.float64)


def _share_different(responses: Responses) -> float:
    return np.unique(_marks(responses)).size / max(1, responses.n_persons)


def _marks(responses: Responses) -> npt.NDArray[np.uint64]:
    """A number for each person that is the same for the same answers.

    Sums of random 64-bit numbers of (item, score): two different patterns among 10 million share
    one with a probability of about 1e-6.
    """
    highest = int(responses.score.max(initial=0)) + 1
    rng = np.random.default_rng(20260102)
    table = rng.integers(0, 2**64, (responses.n_items, highest), dtype=np.uint64)
    running = np.zeros(responses.n_responses + 1, dtype=np.uint64)
    np.cumsum(table[responses.item, responses.score], out=running[1:])
    result: npt.NDArray[np.uint64] = running[responses.starts[1:]] - running[responses.starts[:-1]]
    return result
