"""Quotas of competencies and balance of sub-topics."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from models.adaptive import Candidates
from models.content import allowed_competencies, prefer_subtopic, quotas


@st.composite
def blueprints(draw):
    k = draw(st.integers(1, 10))
    weights = draw(st.lists(st.integers(0, 20), min_size=k, max_size=k))
    supply = draw(st.lists(st.integers(0, 30), min_size=k, max_size=k))
    have = sum(s for w, s in zip(weights, supply, strict=True) if w > 0)
    assume(sum(weights) > 0)
    return weights, draw(st.integers(0, have)), supply


@settings(deadline=None, max_examples=200)
@given(blueprint=blueprints())
def test_quotas_fill_the_test_within_supply(blueprint):
    weights, n_items, supply = blueprint

    minimum, maximum = quotas(weights, n_items, supply)

    assert minimum.sum() == n_items
    assert_array_equal(minimum, maximum)
    assert (minimum <= supply).all()
    assert (minimum[np.array(weights) == 0] == 0).all()


@settings(deadline=None, max_examples=200)
@given(blueprint=blueprints())
def test_with_enough_supply_no_quota_strays_a_whole_item_from_its_share(blueprint):
    weights, n_items, _ = blueprint
    share = np.array(weights) / sum(weights) * n_items

    minimum, _ = quotas(weights, n_items, np.full(len(weights), n_items))

    assert (np.abs(minimum - share) < 1).all()


@settings(deadline=None, max_examples=200)
@given(blueprint=blueprints(), slack=st.integers(0, 3), seed=st.integers(0, 10_000))
def test_following_the_mask_always_meets_the_blueprint(blueprint, slack, seed):
    weights, n_items, supply = blueprint
    minimum, maximum = quotas(weights, n_items, supply, slack=slack)
    rng = np.random.default_rng(seed)
    counts = np.zeros(len(weights), dtype=int)
    left = np.array(supply)

    for position in range(n_items):
        mask = allowed_competencies(counts, n_items - position, minimum, maximum, left)
        assert mask.any(), "a dead end"
        choice = rng.choice(np.flatnonzero(mask))
        counts[choice] += 1
        left[choice] -= 1

    assert (minimum <= counts).all()
    assert (counts <= maximum).all()


def test_lost_items_do_not_end_the_test_early():
    mask = allowed_competencies([0, 0], 4, [2, 2], [4, 2], [5, 0])

    assert_array_equal(mask, [True, False])


def test_largest_remainders_by_hand():
    minimum, _ = quotas([47, 16, 15.8, 12, 6.1, 3.1], 10, [10] * 6)

    assert_array_equal(minimum, [5, 2, 1, 1, 1, 0])


@pytest.mark.parametrize(
    ("weights", "n_items", "supply", "sentence"),
    [
        ([1, 1], 5, [2, 2], "add items or shorten"),
        ([1, 0], 3, [2, 9], "add items or shorten"),
        ([0, 0], 0, [1, 1], "one must be positive"),
        ([1, -1], 1, [1, 1], "not be negative"),
        ([1], 1, [1, 1], "one length"),
        ([1], -1, [1], "not be negative"),
    ],
)
def test_a_blueprint_that_cannot_be_met_is_refused(weights, n_items, supply, sentence):
    with pytest.raises(ValueError, match=sentence):
        quotas(weights, n_items, supply)


def candidates(information):
    return Candidates(np.arange(len(information)), np.array(information, dtype=float), 0)


def test_the_sub_topic_furthest_below_its_share_comes_first():
    found = candidates([1.0, 0.95, 0.9, 0.85])

    assert prefer_subtopic(found, [0, 1, 2, 1], [3, 1, 2], [1, 1, 1]) == 1
    assert prefer_subtopic(found, [0, 1, 2, 1], [1, 1, 0], [1, 1, 1]) == 2


def test_a_poor_item_is_not_given_for_balance():
    found = candidates([1.0, 0.5])

    assert prefer_subtopic(found, [0, 1], [9, 0], [1, 1]) == 0


def test_balance_settles_at_the_shares():
    shares, counts = np.array([0.5, 0.3, 0.2]), np.zeros(3, dtype=int)
    for _ in range(100):
        counts[prefer_subtopic(candidates([1, 1, 1]), [0, 1, 2], counts, shares)] += 1

    assert_array_equal(counts, [50, 30, 20])


def test_without_candidates_there_is_no_preference():
    assert prefer_subtopic(candidates([]), [], [0], [1]) is None


def test_chance_among_equal_sub_topics_follows_the_seed():
    found = candidates([1.0] * 6)

    def choices(seed):
        rng = np.random.default_rng(seed)
        return [
            prefer_subtopic(found, [0] * 6, [0], [1], rng=rng, randomesque=3) for _ in range(20)
        ]

    assert choices(1) == choices(1)
    assert set(choices(1)) == {0, 1, 2}
