"""Classical item statistics: what can be said without a model, and with few students."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints
from models.responses import Responses


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """Statistics of 0/1 scores, shape (n_items,) each; nan where there is nothing to compute.

    Attributes
    ----------
    n_responses : answers to each item.
    proportion_correct : mean score.
    item_rest_correlation : of the score with the proportion correct on the person's other items.
        In adaptive data both are held near one half by design, so it is small there and no fault
        of the item.
    alpha : reliability of the number correct (Cronbach's alpha; for 0/1 scores KR-20); nan unless
        everybody answered everything.
    """

    n_responses: Ints
    proportion_correct: Floats
    item_rest_correlation: Floats
    alpha: float


def item_statistics(responses: Responses) -> ItemStatistics:
    """Classical statistics of each item, from all its answers.

    References
    ----------
    Lord & Novick (1968), Statistical theories of mental test scores, chapters 4 and 15.
    """
    met = responses.per_item()
    person, item = responses.person(), responses.item
    score = (responses.score > 0).astype(np.float64)
    others = responses.per_person()[person] - 1
    usable = others > 0
    rest = (responses.right_per_person()[person] - score)[usable] / others[usable]
    correlation = _correlation_within(item[usable], score[usable], rest, responses.n_items)
    with np.errstate(invalid="ignore", divide="ignore"):
        proportion = responses.right_per_item() / met
    return ItemStatistics(met, proportion, correlation, _alpha(responses))


def _correlation_within(
    group: npt.NDArray[np.int32], x: Floats, y: Floats, n_groups: int
) -> Floats:
    """Correlation of x and y inside each group; nan where either does not vary."""

    def total(values: Floats) -> Floats:
        return np.bincount(group, values, minlength=n_groups).astype(np.float64)

    count = np.maximum(total(np.ones(x.size)), 1.0)
    x = x - (total(x) / count)[group]
    y = y - (total(y) / count)[group]
    spread = np.sqrt(total(x * x) * total(y * y))
    result = np.full(n_groups, np.nan)
    varied = spread > 1e-12
    result[varied] = total(x * y)[varied] / spread[varied]
    return result


def _alpha(responses: Responses) -> float:
    if not responses.is_complete or responses.n_items < 2 or responses.n_persons < 2:
        return float("nan")
    proportion = responses.right_per_item() / responses.n_persons
    of_sum = float(responses.right_per_person().var())
    if of_sum == 0.0:
        return float("nan")
    share = float((proportion * (1.0 - proportion)).sum()) / of_sum
    return responses.n_items / (responses.n_items - 1.0) * (1.0 - share)
