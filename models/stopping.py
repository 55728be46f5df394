"""When an adaptive test has asked enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from models.decisions import interval_side, posterior_side, sequential_side
from models.gains import DEFAULT_TARGET
from models.parameters import Bools, Floats, Ints
from models.prepared_bank import PreparedBank
from models.profile import Profile

DecisionRule = Literal["none", "sprt", "posterior", "interval"]


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """When a test has asked enough.

    Attributes
    ----------
    min_items, max_items : limits of the length
    target_standard_error : logits; one for all competencies, or shape (K,)
    precision : whether reaching it ends the test
    cut : the standard, logits; one for all competencies or shape (K,), nan where none is set.
        Needed by a decision.
    decision : what decides that every competency with a cut lies above or below it.
        "sprt": sequential probability ratio test of cut + delta against cut - delta, with the error
        rates alpha (above when it is below) and beta; Wald (1945), Annals of Mathematical
        Statistics 16, 117-186; Eggen (1999), Applied Psychological Measurement 23, 249-261.
        "posterior": the posterior odds of above to below reach confidence : 1 - confidence.
        "interval": the interval of `confidence` excludes the cut.
    sides : of the interval. 2: at 0.95 the estimate is 1.96 errors away; 1: 1.645 errors.
    least_information : of the best item left, 1 / logit^2; a poorer one is not worth asking
    max_seconds : of the whole test; None for no limit
    """

    min_items: int
    max_items: int
    target_standard_error: float | Floats = DEFAULT_TARGET
    precision: bool = True
    cut: float | Floats | None = None
    decision: DecisionRule = "none"
    confidence: float = 0.95
    sides: Literal[1, 2] = 2
    delta: float = 0.25
    alpha: float = 0.05
    beta: float = 0.05
    least_information: float = 0.0
    max_seconds: float | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.min_items <= self.max_items or self.max_items < 1:
            raise ValueError("a stopping rule needs 0 <= min_items <= max_items and max_items >= 1")
        if not (np.asarray(self.target_standard_error) > 0).all():
            raise ValueError("target_standard_error must be positive")
        self._check_decision()
        if not self.least_information >= 0:
            raise ValueError("least_information must not be negative")
        if self.max_seconds is not None and not self.max_seconds > 0:
            raise ValueError("max_seconds must be positive, or None for no limit")

    def _check_decision(self) -> None:
        if self.decision not in ("none", "sprt", "posterior", "interval"):
            raise ValueError('decision must be "none", "sprt", "posterior" or "interval"')
        if self.decision == "none":
            return
        if self.cut is None or np.isnan(self.cut).all():
            raise ValueError("a decision needs a cut")
        if not 0.5 < self.confidence < 1 or self.sides not in (1, 2):
            raise ValueError("confidence must lie between 0.5 and 1, and sides be 1 or 2")
        if not self.delta > 0 or not 0 < self.alpha < 0.5 or not 0 < self.beta < 0.5:
            raise ValueError("delta must be positive, alpha and beta between 0 and 0.5")

    @property
    def decision_name(self) -> str:
        """The word with which `should_stop` names the decision; it says how many sides."""
        if self.decision == "interval":
            return "interval-one-sided" if self.sides == 1 else "interval-two-sided"
        return {"sprt": "sprt", "posterior": "posterior-odds"}.get(self.decision, "none")


def should_stop(
    profile: Profile,
    n_answered: int,
    rule: StoppingRule,
    bank_exhausted: bool = False,
    *,
    seconds: float | None = None,
    log_odds: Floats | None = None,
    best_information: float | None = None,
) -> str | None:
    """Which rule ends the test, or None.

    Parameters
    ----------
    n_answered : scored answers
    seconds : since the start of the test, for `max_seconds`
    log_odds : shape (K,); from `evidence`, needed by the decision "sprt"
    best_information : of the item that would come next, for `least_information`

    Returns
    -------
    "sprt", "posterior-odds", "interval-one-sided" or "interval-two-sided": every cut is decided;
    "precision": every standard error has reached its target; "information": no item left tells
    enough; these three not before `min_items`. "length", "time", "exhausted": limits.

    Raises
    ------
    ValueError
        The decision is "sprt" and `log_odds` is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from models import Profile, StoppingRule, should_stop
    >>> known = Profile(np.array([0.9]), np.array([[0.16]]), np.array([14]))
    >>> rule = StoppingRule(10, 60, precision=False, cut=0.0, decision="interval", sides=2)
    >>> should_stop(known, 14, rule)
    'interval-two-sided'
    """
    if n_answered >= rule.min_items:
        if rule.decision != "none" and decided(profile, rule, log_odds).all():
            return rule.decision_name
        target = np.asarray(rule.target_standard_error)
        if rule.precision and (profile.covariance.diagonal() <= target * target).all():
            return "precision"
        if best_information is not None and best_information < rule.least_information:
            return "information"
    if n_answered >= rule.max_items:
        return "length"
    if rule.max_seconds is not None and seconds is not None and seconds >= rule.max_seconds:
        return "time"
    return "exhausted" if bank_exhausted else None


def decided(profile: Profile, rule: StoppingRule, log_odds: Floats | None = None) -> Bools:
    """Competencies of which it is decided on which side of their cut they lie, shape (K,).

    One without a cut has nothing to be decided, so it counts as decided.
    """
    result: Bools = (sides_of_cut(profile, rule, log_odds) != 0) | np.isnan(_cuts(profile, rule))
    return result


def sides_of_cut(profile: Profile, rule: StoppingRule, log_odds: Floats | None = None) -> Ints:
    """1 above the cut, -1 below it, 0 not decided or no cut, shape (K,).

    Raises
    ------
    ValueError
        The decision is "sprt" and `log_odds` is missing.
    """
    cut = _cuts(profile, rule)
    if rule.decision == "none":
        return np.zeros(cut.size, dtype=np.intp)
    if rule.decision == "sprt":
        if log_odds is None:
            raise ValueError("a sequential test needs log_odds, from models.stopping.evidence")
        side = sequential_side(log_odds, rule.alpha, rule.beta)
    elif rule.decision == "posterior":
        side = posterior_side(profile.mean, profile.standard_error, cut, rule.confidence)
    else:
        side = interval_side(profile.mean, profile.standard_error, cut, rule.confidence, rule.sides)
    return np.where(np.isnan(cut), 0, side)


def evidence(
    bank: PreparedBank,
    administered: npt.ArrayLike,
    scores: npt.ArrayLike,
    cut: npt.ArrayLike,
    delta: float,
) -> Floats:
    """Log-likelihood ratio of cut + delta against cut - delta from each competency's own answers.

    Returns
    -------
    shape (K,); 0 where there is no cut or no answer

    Raises
    ------
    ValueError
        The answers are not those of the bank, see `PreparedBank.rows_of`.

    Examples
    --------
    >>> from models import ItemParameters, evidence, prepare_bank
    >>> bank = prepare_bank(ItemParameters.of(1.2, [-1.0, 0.0, 1.0]), [0, 0, 0], [[1]])
    >>> evidence(bank, [0, 1], [1, 1], cut=0.0, delta=0.25).round(3).tolist()
    [0.44]
    """
    standard = np.broadcast_to(np.asarray(cut, dtype=np.float64), (bank.n_competencies,))
    answers = bank.answers_of(bank.rows_of(administered, scores))
    result = np.zeros(bank.n_competencies)
    for k in np.unique(bank.competency[answers.given]):
        if not np.isnan(standard[k]):
            low, high = answers.log_likelihood(int(k), standard[k] + np.array([-delta, delta]))
            result[k] = high - low
    return result


def halfway(profile: Profile, cut: npt.ArrayLike) -> Floats:
    """Halfway between estimate and cut: where items for a sequential decision are chosen, (K,).

    At the cut they would decide soonest on paper; halfway they also keep the estimate usable, and
    in simulation the decision needed the fewest items. The estimate where there is no cut.

    Examples
    --------
    >>> from models import ItemParameters, halfway, prepare_bank
    >>> bank = prepare_bank(ItemParameters.of(1.2, [-1.0, 0.0, 1.0]), [0, 0, 0], [[1]])
    >>> halfway(bank.profile([], []), cut=0.4).tolist()
    [0.2]
    """
    standard = np.broadcast_to(np.asarray(cut, dtype=np.float64), profile.mean.shape)
    result: Floats = np.where(np.isnan(standard), profile.mean, 0.5 * (profile.mean + standard))
    return result


def _cuts(profile: Profile, rule: StoppingRule) -> Floats:
    cut = np.nan if rule.cut is None else rule.cut
    return np.broadcast_to(np.asarray(cut, dtype=np.float64), profile.mean.shape)
