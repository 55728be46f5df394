"""A bank made ready for adaptive tests: tables of log-likelihood and ranked lists of items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.information import information, item_information
from models.likelihood import NODES, score_offsets, score_table
from models.parameters import Floats, Ints, ItemParameters
from models.profile import Answers, Profile, check_competency, profile_of
from models.propagation import Prior
from models.testlets import ALONE, DEFAULT_TESTLET_VARIANCE, TestletTables, check_testlets

CELL = 0.05  # logits; the best items and their information hardly change within a cell
LOWEST = -6.0
N_CELLS = 241
DEPTH = 64  # items kept for each cell; behind them the whole competency is looked through
_DEEPEST = 256  # kept in all for a cell, where there are few competencies


@dataclass(frozen=True, slots=True)
class PreparedBank:
    """What the choice of items needs, computed once: immutable, and so shared between threads.

    Attributes
    ----------
    items, competency : the bank; `competency` has shape (n_items,)
    prior : of the abilities
    log_likelihood : shape (n_rows, n_nodes); row `offsets[i] + x` is of score x on item i, at the
        nodes of the item's competency
    offsets : shape (n_items + 1,); 2 i in a bank of dichotomous items
    row_item : shape (n_rows,); the item of each row
    ranked : shape (K, N_CELLS, depth); item numbers, most informative first, -1 where none is
    ranked_information : same shape; in the middle of the cell, -1 where there is no item
    members : item numbers of each competency
    parameters : shape (4, n_items); a, b, c, d
    graded : whether any item is polytomous
    testlet : shape (n_items,); the set under one stem of each item, -1 for none
    sets : items of each set, in the order of the bank, by the set's number
    testlets : the sets' random effects, tabulated
    """

    items: ItemParameters
    competency: Ints
    prior: Prior
    log_likelihood: Floats
    offsets: Ints
    row_item: Ints
    ranked: Ints
    ranked_information: Floats
    members: tuple[Ints, ...]
    parameters: Floats
    graded: bool
    testlet: Ints
    sets: dict[int, Ints]
    testlets: TestletTables

    def __len__(self) -> int:
        return len(self.items)

    @property
    def n_competencies(self) -> int:
        """K."""
        return len(self.members)

    def information(self, theta: npt.ArrayLike, items: Ints) -> Floats:
        """Fisher information of some items, each at one ability.

        Parameters
        ----------
        theta : scalar or shape (n,)
        items : shape (n,); item numbers
        """
        if not self.graded:
            a, b, c, d = self.parameters[:, items]
            return information(np.asarray(theta, dtype=np.float64), a, b, c, d)
        if np.ndim(theta) == 0:
            return item_information(theta, self.items.take(items))
        every = item_information(np.asarray(theta, dtype=np.float64), self.items.take(items))
        result: Floats = every.diagonal()
        return result

    def rows_of(self, administered: npt.ArrayLike, scores: npt.ArrayLike) -> Ints:
        """Rows of `log_likelihood` of some answers, sorted.

        Raises
        ------
        ValueError
            The two differ in length, an item is not in the bank, or a score is not possible.
        """
        given = np.asarray(administered, dtype=np.intp)
        score = np.asarray(scores, dtype=np.intp)
        if given.ndim != 1 or given.shape != score.shape:
            raise ValueError("administered and scores must be rows of one length")
        if given.size == 0:
            return given
        if given.min() < 0 or given.max() >= len(self):
            raise ValueError(f"administered must hold item numbers 0..{len(self) - 1}")
        rows: Ints = self.offsets[given] + score
        if score.min() < 0 or (rows >= self.offsets[given + 1]).any():
            if not self.graded:
                raise ValueError("a score is 1 (right) or 0 (wrong)")
            raise ValueError("a score is a whole number from 0 to the maximum of its item")
        rows.sort()
        return rows

    def profile(self, administered: npt.ArrayLike, scores: npt.ArrayLike) -> Profile:
        """Posterior after some answers; the order of the answers changes nothing, not one bit.

        Parameters
        ----------
        administered : shape (n_answers,); item numbers
        scores : shape (n_answers,); 1 right, 0 wrong, of a polytomous item 0..maximum

        Raises
        ------
        ValueError
            The two differ in length, an item is not in the bank, or a score is not possible.
        """
        rows = self.rows_of(administered, scores)
        if rows.size == 0:
            nothing = np.zeros(self.n_competencies, dtype=np.intp)
            return Profile(self.prior.mean, self.prior.covariance, nothing)
        answers = self.answers_of(rows)
        return profile_of(answers, self.prior, self.tabulated(answers, rows))

    def answers_of(self, rows: Ints) -> Answers:
        """The answers that these rows of `log_likelihood` stand for."""
        given = self.row_item[rows]
        scores = rows - self.offsets[given]
        tables = self.testlets
        return Answers(given, scores, self.items, self.competency, tables.effect, tables.variances)

    def tabulated(self, answers: Answers, rows: Ints) -> Floats:
        """Log-likelihood of the answers in every competency at the nodes, shape (K, n_nodes)."""
        given = answers.given
        effect = self.testlets.effect[given]
        area = self.competency[given]
        if effect.max() != ALONE:
            area = np.where(effect == ALONE, area, -1)
        belongs = area == np.arange(self.n_competencies)[:, None]
        table: Floats = belongs.astype(np.float64) @ self.log_likelihood[rows]
        if effect.max() != ALONE:
            for group in np.unique(effect[effect != ALONE]):
                mine = effect == group
                k = self.competency[given[mine][0]]
                table[k] += self.testlets.log_likelihood(given[mine], answers.scores[mine])
        return table


def prepare_bank(
    items: ItemParameters,
    competency: npt.ArrayLike,
    covariance: npt.ArrayLike,
    mean: npt.ArrayLike | None = None,
    *,
    testlet: npt.ArrayLike | None = None,
    testlet_variance: npt.ArrayLike = DEFAULT_TESTLET_VARIANCE,
) -> PreparedBank:
    """Tables and ranked lists for a bank.

    Parameters
    ----------
    competency : shape (n_items,); which of the K abilities each item measures, 0..K-1
    covariance, mean : shapes (K, K), (K,); of the abilities in the population, mean 0 by default
    testlet : shape (n_items,); the set under one stem each item belongs to, -1 for none
    testlet_variance : of the random effect a set's items share, see `models.testlets`; 0 keeps a
        set together without one

    Raises
    ------
    ValueError
        There is no item, or shapes, numbers or the covariance do not fit.

    Examples
    --------
    >>> from models import ItemParameters, prepare_bank
    >>> items = ItemParameters.of(1.2, [-1.0, 0.0, 1.0])
    >>> bank = prepare_bank(items, [0, 0, 1], [[1, 0.5], [0.5, 1]])
    >>> bank.profile([1], [1]).mean.round(2).tolist()
    [0.47, 0.23]
    """
    prior = Prior.of(covariance, mean)
    parameters = _checked_parameters(items)
    n = len(items)
    area = check_competency(competency, n, prior.mean.size)
    effect, variances = check_testlets(testlet, testlet_variance, area)
    members = tuple(np.flatnonzero(area == k) for k in range(prior.mean.size))
    offsets = score_offsets(items)
    row_item = np.repeat(np.arange(n), np.diff(offsets))
    log_likelihood = np.empty((int(offsets[-1]), NODES.size))
    for k, mine in enumerate(members):
        nodes = prior.mean[k] + prior.deviation[k] * NODES
        log_likelihood[area[row_item] == k] = score_table(nodes, items.take(mine))
    ranked, amount = _ranked_lists(items, members)
    stem = np.full(n, ALONE) if testlet is None else np.array(testlet, dtype=np.intp)
    sets = {int(s): np.flatnonzero(stem == s) for s in np.unique(stem[stem != ALONE])}
    frozen = (area, parameters, log_likelihood, offsets, row_item, ranked, amount, stem, effect)
    for array in (*frozen, variances, *members, *sets.values()):
        array.setflags(write=False)
    return PreparedBank(
        items=items,
        competency=area,
        prior=prior,
        log_likelihood=log_likelihood,
        offsets=offsets,
        row_item=row_item,
        ranked=ranked,
        ranked_information=amount,
        members=members,
        parameters=parameters,
        graded=bool(items.is_polytomous.any()),
        testlet=stem,
        sets=sets,
        testlets=TestletTables.of(items, area, prior.mean, prior.deviation, effect, variances),
    )


def _checked_parameters(items: ItemParameters) -> Floats:
    if len(items) == 0:
        raise ValueError("a bank needs at least one item")
    parameters = np.stack([items.a, items.b, items.c, items.d])
    if not np.isfinite(parameters).all():
        raise ValueError("item parameters must be finite numbers")
    if (items.a <= 0).any() or (items.c < 0).any() or (items.d > 1).any():
        raise ValueError("item parameters need a > 0, c >= 0 and d <= 1")
    if (items.c >= items.d).any():
        raise ValueError("item parameters need c < d")
    return parameters


def _ranked_lists(items: ItemParameters, members: tuple[Ints, ...]) -> tuple[Ints, Floats]:
    depth = min(max(DEPTH, _DEEPEST // len(members)), max(mine.size for mine in members))
    ranked = np.full((len(members), N_CELLS, depth), -1, dtype=np.intp)
    amount = np.full(ranked.shape, -1.0)
    middle = LOWEST + CELL * np.arange(N_CELLS)
    for k, mine in enumerate(members):
        if mine.size == 0:
            continue
        some = items.take(mine)
        block = max(1, 200_000 // (mine.size * (1 + int(some.max_scores.max()))))
        for start in range(0, N_CELLS, block):
            every = item_information(middle[start : start + block], some)
            for cell, each in enumerate(every, start):
                best = highest(each, depth)
                ranked[k, cell, : best.size] = mine[best]
                amount[k, cell, : best.size] = each[best]
    return ranked, amount


def highest(values: Floats, n: int) -> Ints:
    """Positions of the n highest values, highest first, ties by position."""
    if values.size > 2 * n:
        kept = np.argpartition(-values, n)[:n]
        kept.sort()
    else:
        kept = np.arange(values.size)
    result: Ints = kept[np.argsort(-values[kept], kind="stable")][:n]
    return result
