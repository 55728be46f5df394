"""A bank of polytomous and dichotomous items made ready: tables, ranked lists, refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from models.information import item_information
from models.parameters import ItemParameters
from models.prepared_bank import CELL, LOWEST, prepare_bank
from models.profile import estimate_profile
from models.response_functions import category_probabilities
from models.selection import RULES, select_item

K = 3
COVARIANCE = np.full((K, K), 0.5) + 0.5 * np.eye(K)


def mixed_bank(n_items=120, seed=1):
    rng = np.random.default_rng(seed)
    names = [("GRM", "GPCM", "3PL")[i % 3] for i in range(n_items)]
    thresholds = np.full((n_items, 4), np.nan)
    for item, name in enumerate(names):
        steps = 2 + item % 3
        if name != "3PL":
            thresholds[item, :steps] = np.sort(rng.normal(0, 1, steps))
    a = np.clip(np.exp(rng.normal(0, 0.3, n_items)), 0.35, 2.0)
    items = ItemParameters.of(
        a, rng.normal(0, 1, n_items), 0.2, thresholds=thresholds, models=names
    )
    return prepare_bank(items, rng.integers(0, K, n_items), COVARIANCE)


BANK = mixed_bank()


def answers(seed, n):
    rng = np.random.default_rng(seed)
    given_ = rng.permutation(len(BANK))[:n]
    return given_, rng.integers(0, BANK.items.max_scores[given_] + 1)


def test_a_row_for_every_score_of_every_item():
    nodes = BANK.prior.mean[0] + BANK.prior.deviation[0] * np.linspace(-6, 6, 61)
    p = category_probabilities(nodes, BANK.items)

    for item in (0, 1, 2, 7, 119):
        for score in range(BANK.items.max_scores[item] + 1):
            row = BANK.log_likelihood[BANK.offsets[item] + score]
            assert_allclose(np.exp(row), p[:, item, score], atol=1e-12)
            assert BANK.row_item[BANK.offsets[item] + score] == item


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 100_000), n=st.integers(0, 50))
def test_the_tables_give_the_profile_of_the_exact_functions(seed, n):
    given_, scores = answers(seed, n)
    exact = estimate_profile(scores, BANK.items.take(given_), BANK.competency[given_], COVARIANCE)

    profile = BANK.profile(given_, scores)

    assert_allclose(profile.mean, exact.mean, atol=1e-6)
    assert_allclose(profile.covariance, exact.covariance, atol=1e-6)


def test_the_ranked_lists_are_in_the_order_of_information():
    for k, cell in ((0, 0), (1, 120), (2, 200)):
        each = item_information(LOWEST + CELL * cell, BANK.items.take(BANK.members[k]))
        best = BANK.ranked[k, cell]

        assert_array_equal(best[best >= 0], BANK.members[k][np.argsort(-each, kind="stable")])


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "random"])
def test_every_rule_chooses_among_polytomous_items(rule):
    profile = BANK.profile(*answers(4, 12))
    available = np.ones(len(BANK), dtype=bool)
    available[answers(4, 12)[0]] = False

    item = select_item(profile, BANK, rule=rule, available=available)

    assert item is not None
    assert available[item]


@pytest.mark.parametrize(
    ("administered", "scores", "sentence"),
    [([0], [5], "from 0 to the maximum"), ([0], [-1], "from 0"), ([120], [0], r"0\.\.119")],
)
def test_scores_that_no_item_has_are_refused(administered, scores, sentence):
    with pytest.raises(ValueError, match=sentence):
        BANK.profile(administered, scores)
