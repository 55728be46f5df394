"""When a test ends, and which rule ended it."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from models.decisions import decide, interval_side, posterior_side, sequential_side
from models.parameters import ItemParameters
from models.prepared_bank import prepare_bank
from models.profile import Profile
from models.stopping import (
    StoppingRule,
    decided,
    evidence,
    halfway,
    should_stop,
    sides_of_cut,
)

BANK = prepare_bank(
    ItemParameters.of(1.2, np.linspace(-2, 2, 20)), np.arange(20) % 2, [[1, 0.5], [0.5, 1]]
)


def at(mean, error):
    return Profile(
        np.array(mean, dtype=float), np.diag(np.square(error)).astype(float), np.zeros(len(mean))
    )


def decision(kind, **options):
    return StoppingRule(0, 60, precision=False, cut=0.0, decision=kind, **options)


@pytest.mark.parametrize(("sides", "errors"), [(1, 1.6449), (2, 1.9600)])
def test_95_percent_is_one_sided_or_two_sided_and_the_reason_says_which(sides, errors):
    rule = decision("interval", sides=sides)
    name = {1: "interval-one-sided", 2: "interval-two-sided"}[sides]

    assert should_stop(at([errors * 0.3 + 1e-4], [0.3]), 10, rule) == name
    assert should_stop(at([errors * 0.3 - 1e-4], [0.3]), 10, rule) is None
    assert should_stop(at([-errors * 0.3 - 1e-4], [0.3]), 10, rule) == name
    assert decide(errors * 0.3 + 1e-4, 0.3, 0.0, sides=sides).verdict == "above"
    assert decide(errors * 0.3 - 1e-4, 0.3, 0.0, sides=sides).verdict == "too-close"
    assert decide(1.0, 0.3, 0.0, sides=sides).sides == sides


def test_posterior_odds_of_19_to_1_decide():
    rule = decision("posterior", confidence=0.95)
    odds = [19.5, 18.5]
    quantile = [np.sqrt(2) * _erfinv(2 * o / (1 + o) - 1) for o in odds]

    assert should_stop(at([quantile[0] * 0.4], [0.4]), 10, rule) == "posterior-odds"
    assert should_stop(at([quantile[1] * 0.4], [0.4]), 10, rule) is None


def _erfinv(y):
    low, high = -5.0, 5.0
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if math.erf(middle) < y else (low, middle)
    return low


def test_the_sequential_test_has_walds_bounds():
    upper, lower = math.log(0.95 / 0.05), math.log(0.05 / 0.95)
    odds = np.array([upper + 1e-9, upper - 1e-9, 0.0, lower + 1e-9, lower - 1e-9])

    assert_array_equal(sequential_side(odds, 0.05, 0.05), [1, 0, 0, 0, -1])
    # alpha is the rate of passing who should fail, beta of failing who should pass
    assert_array_equal(sequential_side(np.array([3.0, -2.5]), 0.01, 0.1), [0, -1])


def test_the_sequential_test_keeps_its_error_rates():
    """Simulated: abilities at cut - delta pass, and at cut + delta fail, at most about 5 %."""
    rng = np.random.default_rng(4)
    bank = prepare_bank(ItemParameters.of(1.5, [0.0]), [0], [[1.0]])
    odds = np.array([evidence(bank, [0], [score], 0.0, 0.25)[0] for score in (0, 1)])
    for side in (-1, 1):
        p = 1 / (1 + np.exp(-1.5 * side * 0.25))
        steps = odds[(rng.random((2000, 800)) < p).astype(int)]
        walk = steps.cumsum(axis=1)
        verdict = sequential_side(walk, 0.05, 0.05)
        ended = (verdict != 0).argmax(axis=1)
        final = verdict[np.arange(2000), ended]
        assert (final != 0).all()
        assert (final == -side).mean() <= 0.055


def test_the_evidence_is_the_log_likelihood_ratio_of_the_competencys_own_answers():
    items, scores = [0, 2, 5], [1, 0, 1]
    cut, delta = np.array([0.2, np.nan]), 0.3

    found = evidence(BANK, items, scores, cut, delta)

    def log_p(theta):
        p = 1 / (1 + np.exp(-1.2 * (theta - BANK.items.b[[0, 2]])))
        return np.log(p[0]) + np.log(1 - p[1])

    assert_allclose(found, [log_p(0.5) - log_p(-0.1), 0.0])


def test_a_sequential_test_needs_its_evidence():
    with pytest.raises(ValueError, match="log_odds"):
        should_stop(at([0.0], [1.0]), 10, decision("sprt"))


def test_every_competency_with_a_cut_must_be_decided():
    rule = StoppingRule(
        0, 60, precision=False, cut=np.array([0.0, 0.5, np.nan]), decision="interval"
    )
    profile = at([1.0, 0.6, 0.0], [0.3, 0.3, 0.9])

    assert_array_equal(decided(profile, rule), [True, False, True])
    assert_array_equal(sides_of_cut(profile, rule), [1, 0, 0])
    assert should_stop(profile, 10, rule) is None
    assert should_stop(at([1.0, -0.3, 0.0], [0.3] * 3), 10, rule) == "interval-two-sided"


def test_a_decision_waits_for_the_fewest_items_and_the_limits_hold_without_it():
    rule = StoppingRule(
        10,
        20,
        precision=False,
        cut=0.0,
        decision="interval",
        max_seconds=600,
        least_information=0.1,
    )
    clear, open_ = at([2.0], [0.3]), at([0.1], [0.3])

    assert should_stop(clear, 9, rule) is None
    assert should_stop(clear, 10, rule) == "interval-two-sided"
    assert should_stop(open_, 20, rule) == "length"
    assert should_stop(open_, 3, rule, seconds=599) is None
    assert should_stop(open_, 3, rule, seconds=600) == "time"
    assert should_stop(open_, 3, rule, best_information=0.05) is None
    assert should_stop(open_, 12, rule, best_information=0.05) == "information"
    assert should_stop(open_, 12, rule, best_information=0.2) is None
    assert should_stop(open_, 12, rule, True) == "exhausted"


def test_precision_can_be_left_out():
    assert should_stop(at([0.0], [0.1]), 10, StoppingRule(0, 60)) == "precision"
    assert should_stop(at([0.0], [0.1]), 10, StoppingRule(0, 60, precision=False)) is None


def test_halfway_lies_between_estimate_and_cut():
    profile = at([1.0, -2.0, 0.4], [0.3] * 3)

    assert_allclose(halfway(profile, [0.0, 0.0, np.nan]), [0.5, -1.0, 0.4])


def test_the_one_sided_interval_is_the_posterior_odds_of_a_normal():
    mean = np.linspace(-1, 1, 101)
    error = np.full(101, 0.3)

    one = interval_side(mean, error, np.zeros(101), 0.95, 1)

    assert_array_equal(one, posterior_side(mean, error, np.zeros(101), 0.95))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"decision": "guess"}, "decision must be"),
        ({"decision": "sprt"}, "needs a cut"),
        ({"decision": "sprt", "cut": np.nan}, "needs a cut"),
        ({"decision": "interval", "cut": 0.0, "sides": 3}, "sides be 1 or 2"),
        ({"decision": "interval", "cut": 0.0, "confidence": 0.4}, "confidence"),
        ({"decision": "sprt", "cut": 0.0, "delta": 0.0}, "delta must be positive"),
        ({"decision": "sprt", "cut": 0.0, "alpha": 0.6}, "alpha and beta"),
        ({"max_seconds": 0}, "max_seconds"),
        ({"least_information": -1.0}, "least_information"),
    ],
)
def test_an_impossible_rule_is_refused_with_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        StoppingRule(0, 10, **options)
