"""Classical item statistics: what can be said without a model, and with few students."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints
from models.responses import Int8s, Responses

PERSONS_PER_PAIR = 30  # persons with answers to both items, before their covariance is believed
_ROWS = 4096  # persons held dense at once


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """Statistics of scores, shape (n_items,) each; nan where there is nothing to compute.

    Attributes
    ----------
    n_responses : answers to each item.
    proportion_correct : mean score as a share of the item's maximum; p of a 0/1 item.
    item_rest_correlation : of the score with the share of the maximum reached on the person's
        other items (corrected item-total correlation). In adaptive data both are held near one
        half by design, so it is small there and no fault of the item.
    alpha : reliability of the sum score (Cronbach's alpha; for 0/1 scores KR-20). With missing
        answers it rests on the covariances of pairs of items, each from the persons who met both;
        nan unless every pair was met by 30 of them. In adaptive data that is not given, or what
        was met depends on ability: no alpha is offered that would mean anything.
    standard_deviation : of the score.
    alpha_without : alpha of the test without this item; above `alpha`, the item does harm.
    """

    n_responses: Ints
    proportion_correct: Floats
    item_rest_correlation: Floats
    alpha: float
    standard_deviation: Floats
    alpha_without: Floats


def item_statistics(responses: Responses, maximum: npt.ArrayLike | None = None) -> ItemStatistics:
    """Classical statistics of each item, from all its answers, missing ones left out.

    Parameters
    ----------
    responses : scores 0..m.
    maximum : shape (n_items,); the highest possible score of each item. By default the highest
        one that somebody reached, at least 1.

    Raises
    ------
    ValueError
        When `maximum` has another length, is below 1, or below a score in the data.

    References
    ----------
    Lord & Novick (1968), Statistical theories of mental test scores, chapters 4 and 15.
    Cronbach (1951), Psychometrika 16, 297-334.

    Examples
    --------
    >>> from models import Responses, item_statistics
    >>> matrix = [[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]]
    >>> found = item_statistics(Responses.from_dense(matrix))
    >>> found.proportion_correct.tolist(), round(found.alpha, 3)
    ([0.75, 0.5, 0.25], 0.75)
    """
    met = responses.per_item()
    highest = _maximum(responses, maximum)
    item, score = responses.item, responses.score.astype(np.float64)
    rest, usable = _rest_share(responses, highest)
    correlation = _correlation_within(item[usable], score[usable], rest[usable], responses.n_items)
    total = np.bincount(item, score, minlength=responses.n_items)
    square = np.bincount(item, score * score, minlength=responses.n_items)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / met
        deviation = np.sqrt(np.maximum(square / met - mean * mean, 0.0))
    alpha, without = _alphas(responses)
    return ItemStatistics(met, mean / highest, correlation, alpha, deviation, without)


@dataclass(frozen=True, slots=True)
class DistractorStatistics:
    """What became of each option; shape (n_items, n_options) where not said otherwise.

    Options that an item does not have are nan (count 0).

    Attributes
    ----------
    count : persons who chose the option.
    proportion : their share of all who answered the item.
    point_biserial : correlation of choosing the option with the criterion. The key's should be
        clearly positive, a distractor's negative.
    mean_criterion : mean criterion of those who chose it.
    n_responses : shape (n_items,).
    rarely_chosen : bool; a distractor that fewer than 5 % chose: it does no work.
    attracts_able : bool; a distractor whose point-biserial is positive and above the key's: the
        key may be wrong, or two options right.
    """

    count: Ints
    proportion: Floats
    point_biserial: Floats
    mean_criterion: Floats
    n_responses: Ints
    rarely_chosen: npt.NDArray[np.bool_]
    attracts_able: npt.NDArray[np.bool_]


def distractor_statistics(
    choices: npt.ArrayLike,
    keys: npt.ArrayLike,
    *,
    n_options: npt.ArrayLike | None = None,
    criterion: npt.ArrayLike | None = None,
    rare: float = 0.05,
) -> DistractorStatistics:
    """How often each option was chosen, and by whom.

    Parameters
    ----------
    choices : shape (n_persons, n_items); code 0, 1, ... of the option chosen, -1 no answer.
    keys : shape (n_items,); code of the right option.
    n_options : shape (n_items,); by default the highest code seen in the item (or its key) + 1.
    criterion : shape (n_persons,), in any unit, such as ability; by default the share of right
        answers on the person's other items, so that the item is not compared with itself. In
        adaptive data give abilities: the share of right answers says nothing there.
    rare : share below which a distractor counts as rarely chosen.

    Raises
    ------
    ValueError
        Shapes do not fit, or a code lies outside 0..n_options - 1: which item.

    References
    ----------
    Haladyna & Downing (1993), How many options is enough for a multiple-choice test item?,
    Educational and Psychological Measurement 53, 999-1010 (the 5 % rule).

    Examples
    --------
    >>> from models import distractor_statistics
    >>> choices = [[0, 1, 2], [0, 1, 2], [0, 2, 2], [1, 0, 0]]
    >>> found = distractor_statistics(choices, keys=[0, 1, 2])
    >>> found.count.tolist()
    [[3, 1, 0], [1, 2, 1], [1, 0, 3]]
    """
    table, key, sizes = _checked_choices(choices, keys, n_options)
    by_person = _checked_criterion(criterion, table.shape[0])
    person, item = np.nonzero(table >= 0)
    option = table[person, item]
    if by_person is None:
        scored = Responses.from_dense(np.where(table >= 0, table == key, -1).astype(np.int8))
        value, usable = _rest_share(scored, np.ones(key.size))
    else:
        value = by_person[person]
        usable = np.isfinite(value)
    met = np.bincount(item, minlength=key.size).astype(np.intp)
    width = int(sizes.max(initial=0))
    count = np.zeros((key.size, width), dtype=np.intp)
    np.add.at(count, (item, option), 1)
    correlation, mean = np.full(count.shape, np.nan), np.full(count.shape, np.nan)
    item, option, value = item[usable], option[usable], value[usable]
    for k in range(width):
        chosen = (option == k).astype(np.float64)
        correlation[:, k] = _correlation_within(item, chosen, value, key.size)
        number = np.bincount(item, chosen, minlength=key.size)
        total = np.bincount(item, chosen * value, minlength=key.size)
        np.divide(total, number, out=mean[:, k], where=number > 0)
    exists = np.arange(width) < sizes[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        proportion = np.where(exists, count / met[:, None], np.nan)
    distractor = exists & (np.arange(width) != key[:, None])
    of_key = np.take_along_axis(correlation, key[:, None], axis=1)
    return DistractorStatistics(
        count,
        proportion,
        np.where(exists, correlation, np.nan),
        mean,
        met,
        distractor & (proportion < rare),
        distractor & (correlation > 0) & ~(correlation <= of_key),
    )


def _checked_choices(
    choices: npt.ArrayLike, keys: npt.ArrayLike, n_options: npt.ArrayLike | None
) -> tuple[Ints, Ints, Ints]:
    table = np.asarray(choices)
    key = np.asarray(keys)
    if table.ndim != 2 or key.shape != (table.shape[1],):
        raise ValueError("choices must be persons x items, with one key for each item.")
    if table.dtype.kind == "f":
        table = np.where(np.isnan(table), -1, table)
    if np.any(table != np.floor(table)) or key.dtype.kind not in "iu":
        raise ValueError("choices and keys are whole codes of options: 0, 1, ...; -1 no answer.")
    table = table.astype(np.intp)
    seen = np.maximum(table.max(axis=0, initial=0), key) + 1
    sizes = seen if n_options is None else np.broadcast_to(np.asarray(n_options), key.shape)
    wrong = np.flatnonzero((seen > sizes) | (key < 0) | (table < -1).any(axis=0))
    if wrong.size:
        raise ValueError(
            f"item {wrong[0]}: a choice or the key is no option; codes go from 0 to "
            f"{int(sizes[wrong[0]]) - 1}, -1 is no answer."
        )
    return table, key.astype(np.intp), sizes.astype(np.intp)


def _checked_criterion(criterion: npt.ArrayLike | None, n_persons: int) -> Floats | None:
    if criterion is None:
        return None
    value = np.asarray(criterion, dtype=np.float64)
    if value.shape != (n_persons,):
        raise ValueError(f"criterion needs one number for each of the {n_persons} persons.")
    return value


def _maximum(responses: Responses, given: npt.ArrayLike | None) -> Floats:
    seen = np.zeros(responses.n_items)
    np.maximum.at(seen, responses.item, responses.score)
    if given is None:
        return np.maximum(seen, 1.0)
    highest = np.asarray(given, dtype=np.float64)
    if highest.shape != seen.shape or np.any(highest < 1):
        raise ValueError(f"maximum needs a number from 1 for each of the {seen.size} items.")
    wrong = np.flatnonzero(seen > highest)
    if wrong.size:
        raise ValueError(
            f"item {wrong[0]} has a score of {int(seen[wrong[0]])}, above its maximum "
            f"{highest[wrong[0]]:g}; correct one of the two."
        )
    return highest


def _rest_share(responses: Responses, highest: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """For each answer, the share of the maximum on the person's others; whether there are any."""
    person = responses.person()
    score = responses.score.astype(np.float64)
    reached = np.bincount(person, score, minlength=responses.n_persons)
    possible = np.bincount(person, highest[responses.item], minlength=responses.n_persons)
    others = possible[person] - highest[responses.item]
    usable = others > 0
    return (reached[person] - score) / np.where(usable, others, 1.0), usable


def _correlation_within(
    group: npt.NDArray[np.integer], x: Floats, y: Floats, n_groups: int
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


def _alphas(responses: Responses) -> tuple[float, Floats]:
    """Alpha, and alpha without each item, from the covariances of pairs of items."""
    n = responses.n_items
    nothing = np.full(n, np.nan)
    if n < 2 or responses.n_persons < 2:
        return float("nan"), nothing
    covariance = _pair_covariance(responses)
    if covariance is None:
        return float("nan"), nothing
    variance = np.diag(covariance)
    of_sum = float(covariance.sum())
    within = of_sum - 2.0 * covariance.sum(axis=1) + variance
    alpha = _alpha(n, float(variance.sum()), of_sum)
    without = [
        _alpha(n - 1, float(variance.sum() - variance[j]), float(within[j])) for j in range(n)
    ]
    return alpha, np.array(without)


def _alpha(n: int, of_items: float, of_sum: float) -> float:
    if n < 2 or of_sum <= 1e-12:
        return float("nan")
    return n / (n - 1.0) * (1.0 - of_items / of_sum)


def _pair_covariance(responses: Responses) -> Floats | None:
    """Covariance of each pair of items over the persons who met both; None when too few did."""
    n = responses.n_items
    if not responses.is_complete and not _pairs_met(responses):
        return None
    met, one, two = np.zeros((n, n)), np.zeros((n, n)), np.zeros((n, n))
    for matrix in _blocks(responses):
        given = (matrix >= 0).astype(np.float64)
        score = np.where(matrix >= 0, matrix, 0).astype(np.float64)
        met += given.T @ given
        one += score.T @ given  # sum of item i over those who met j as well
        two += score.T @ score
    result: Floats = two / met - (one / met) * (one.T / met)
    return result


def _blocks(responses: Responses) -> Iterator[Int8s]:
    """The matrix persons x items, a few thousand persons at a time."""
    for start in range(0, responses.n_persons, _ROWS):
        rows = np.arange(start, min(start + _ROWS, responses.n_persons))
        yield responses.take_persons(rows).to_dense()


def _pairs_met(responses: Responses) -> bool:
    """Whether every pair of items was met by enough persons; the cheap answers first."""
    n = responses.n_items
    pairs = float((responses.per_person().astype(np.float64) ** 2).sum())
    if responses.per_item().min() < PERSONS_PER_PAIR or pairs < PERSONS_PER_PAIR * n * n:
        return False
    met = np.zeros((n, n), dtype=np.float32)
    for matrix in _blocks(responses):
        given = (matrix >= 0).astype(np.float32)
        met += given.T @ given
    return bool(met.min() >= PERSONS_PER_PAIR)
