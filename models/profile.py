"""The abilities of one person in several correlated competencies: expectation propagation.

Each item measures one competency, so the likelihood of the responses is a product of functions of
one ability, one for each competency, and the prior is one joint normal (`models.propagation`). The
product of a competency's responses is formed before, so the order of answers cannot matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.likelihood import NODES, checked_scores
from models.parameter_uncertainty import with_item_errors
from models.parameters import Floats, Ints, ItemParameters
from models.propagation import Prior as Prior
from models.propagation import converge
from models.propagation import propagate as propagate
from models.testlets import DEFAULT_TESTLET_VARIANCE, check_testlets, grouped_log_likelihood


@dataclass(frozen=True, slots=True)
class Profile:
    """Joint normal approximation of a person's abilities.

    Attributes
    ----------
    mean : shape (K,); logits
    covariance : shape (K, K)
    answered : shape (K,); responses behind each competency
    """

    mean: Floats
    covariance: Floats
    answered: Ints

    @property
    def standard_error(self) -> Floats:
        """Shape (K,); posterior standard deviations, logits."""
        result: Floats = np.sqrt(self.covariance.diagonal())
        return result


def estimate_profile(
    scores: npt.ArrayLike,
    items: ItemParameters,
    competency: npt.ArrayLike,
    covariance: npt.ArrayLike,
    mean: npt.ArrayLike | None = None,
    *,
    testlet: npt.ArrayLike | None = None,
    testlet_variance: npt.ArrayLike = DEFAULT_TESTLET_VARIANCE,
    item_covariance: bool = False,
) -> Profile:
    """Posterior of one person's abilities in K correlated competencies.

    Parameters
    ----------
    scores : shape (n_items,); 1 right, 0 wrong, of a polytomous item 0..maximum, -1 or nan not
        given
    competency : shape (n_items,); which ability each item measures, 0..K-1
    covariance : shape (K, K); of the abilities in the population
    mean : shape (K,); of the abilities in the population, zeros by default
    testlet : shape (n_items,); the set under one stem each item belongs to, -1 for none. Items of
        a set share a random effect, see `models.testlets`.
    testlet_variance : of that effect in logits squared, one number or shape (n_items,)
    item_covariance : add to the covariance what the errors of the item parameters
        (`items.covariance`, else `standard_errors` and `threshold_errors`) do to the mean,
        see `models.parameter_uncertainty`

    Raises
    ------
    ValueError
        Shapes do not fit, a score is not possible, the covariance is not one, or the errors of the
        item parameters are asked for and unknown.

    References
    ----------
    Minka (2001), Expectation propagation for approximate Bayesian inference, UAI 17, 362-369.

    Examples
    --------
    >>> from models import ItemParameters, estimate_profile
    >>> items = ItemParameters.of(1.5, [-0.5, 0.0, 0.5, 1.0])
    >>> profile = estimate_profile([1, 1, 1, 0], items, [0, 0, 0, 1], [[1, 0.6], [0.6, 1]])
    >>> profile.mean.round(2).tolist(), profile.standard_error.round(2).tolist()
    ([0.9, 0.26], [0.69, 0.79])
    """
    prior = Prior.of(covariance, mean)
    area = check_competency(competency, len(items), len(prior.mean))
    if np.shape(scores) != (len(items),):
        raise ValueError(f"scores must be one row of {len(items)}, one a given item")
    row = checked_scores(scores, items)
    effect, variances = check_testlets(testlet, testlet_variance, area)
    seen = np.flatnonzero(row >= 0)
    # One fixed order, whatever order the answers came in: sums round the same way.
    order = seen[np.lexsort(_keys(row, items, area, effect, seen))]
    answers = Answers(order, row[order].astype(np.intp), items, area, effect, variances)
    profile = profile_of(answers, prior)
    if not item_covariance:
        return profile
    wider = with_item_errors(
        profile.mean, profile.covariance, items.take(order), answers.scores, area[order]
    )
    return Profile(profile.mean, wider, profile.answered)


def _keys(
    row: npt.NDArray[np.int8], items: ItemParameters, area: Ints, effect: Ints, seen: Ints
) -> tuple[Floats, ...]:
    thresholds = [] if items.thresholds is None else list(items.thresholds.T)
    columns = (effect, row, *thresholds, items.d, items.c, items.b, items.a, area)
    return tuple(column[seen].astype(np.float64) for column in columns)


def check_competency(competency: npt.ArrayLike, n_items: int, n_competencies: int) -> Ints:
    """Competency of each item as a checked integer array."""
    area = np.array(competency, dtype=np.intp)
    if area.shape != (n_items,):
        raise ValueError(f"competency must have one entry for each of the {n_items} items")
    if area.size and not (area.min() >= 0 and area.max() < n_competencies):
        raise ValueError(f"competency must lie in 0..{n_competencies - 1}")
    return area


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of one person in a fixed order.

    Attributes
    ----------
    given, scores : shape (n_answers,); rows of `items`, and the scores
    items, area : the bank and the competency of each of its items
    effect, variances : from `check_testlets`
    """

    given: Ints
    scores: Ints
    items: ItemParameters
    area: Ints
    effect: Ints
    variances: Floats

    def log_likelihood(self, competency: int, nodes: Floats) -> Floats:
        """Of the answers in a competency; shape of `nodes`, abilities in logits."""
        mine = self.area[self.given] == competency
        given = self.given[mine]
        return grouped_log_likelihood(
            nodes, self.items.take(given), self.scores[mine], self.effect[given], self.variances
        )


def profile_of(answers: Answers, prior: Prior, log_likelihood: Floats | None = None) -> Profile:
    """Posterior from the answers, the tables of `log_likelihood` ready or not.

    Parameters
    ----------
    log_likelihood : shape (K, n_nodes); at the nodes `prior.mean + prior.deviation * NODES`
    """
    answered = np.bincount(answers.area[answers.given], minlength=prior.mean.size)
    if log_likelihood is None:
        log_likelihood = np.zeros((prior.mean.size, NODES.size))
        for k in np.flatnonzero(answered):
            nodes = prior.mean[k] + prior.deviation[k] * NODES
            log_likelihood[k] = answers.log_likelihood(int(k), nodes)
    mean, covariance, _ = converge(log_likelihood, answered > 0, prior, answers.log_likelihood)
    return Profile(mean, covariance, answered)
