"""Pilot items are mixed in by a seeded draw and never count."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from models.content import bar_enemies
from models.parameters import ItemParameters
from models.pilots import (
    pilot_positions,
    scored_answers,
    scored_items,
    scored_profile,
    select_pilot,
)
from models.prepared_bank import prepare_bank
from models.selection import select_item


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), n=st.integers(4, 60), data=st.data())
def test_a_fixed_number_of_pilots_lies_between_the_protected_ends(seed, n, data):
    first, last = data.draw(st.integers(0, 2)), data.draw(st.integers(0, 2))
    pilots = data.draw(st.integers(0, n - first - last))

    drawn = pilot_positions(n, np.random.default_rng(seed), n_pilots=pilots, first=first, last=last)
    again = pilot_positions(n, np.random.default_rng(seed), n_pilots=pilots, first=first, last=last)

    assert drawn.sum() == pilots
    assert not drawn[:first].any()
    assert not drawn[n - last :].any()
    assert_array_equal(drawn, again)


def test_every_place_is_equally_likely_to_be_a_pilot():
    rng = np.random.default_rng(1)

    rate = np.mean([pilot_positions(20, rng, n_pilots=4) for _ in range(4000)], axis=0)

    assert np.abs(rate - 0.2).max() < 0.03


def test_a_share_of_the_questions_are_pilots():
    drawn = pilot_positions(50_000, np.random.default_rng(2), share=0.15)

    assert abs(drawn.mean() - 0.15) < 0.01


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000))
def test_the_answers_to_pilots_change_nothing(seed):
    rng = np.random.default_rng(seed)
    bank = prepare_bank(ItemParameters.of(1.2, rng.normal(0, 1, 40)), np.arange(40) % 2, np.eye(2))
    is_pilot = np.arange(40) >= 30
    given_ = rng.permutation(40)[:20]
    scores = rng.integers(0, 2, 20)
    other = np.where(is_pilot[given_], 1 - scores, scores)

    profile = scored_profile(bank, given_, scores, is_pilot)
    changed = scored_profile(bank, given_, other, is_pilot)
    without = bank.profile(given_[~is_pilot[given_]], scores[~is_pilot[given_]])

    assert_array_equal(profile.mean, changed.mean)
    assert_array_equal(profile.mean, without.mean)
    assert_array_equal(profile.covariance, without.covariance)


def test_a_scored_question_is_never_a_pilot():
    bank = prepare_bank(ItemParameters.of(np.linspace(0.5, 2, 10), 0.0), np.zeros(10, int), [[1]])
    is_pilot = np.arange(10) > 6
    available = np.ones(10, dtype=bool)

    chosen = select_item(bank.profile([], []), bank, available=scored_items(available, is_pilot))

    assert chosen == 6


def test_the_pilot_with_the_fewest_responses_comes_first():
    is_pilot = np.array([False, True, True, True, False])
    responses = [0, 9, 4, 4, 0]
    rng = np.random.default_rng(3)
    free = np.ones(5, dtype=bool)

    chosen = {select_pilot(is_pilot, free, responses, rng) for _ in range(50)}
    free[[2, 3]] = False

    assert chosen == {2, 3}
    assert select_pilot(is_pilot, free, responses, rng) == 1
    free[1] = False
    assert select_pilot(is_pilot, free, responses, rng) is None


def test_scored_answers_keep_their_order():
    given_, scores = scored_answers([4, 1, 3, 0], [1, 0, 1, 1], np.arange(5) == 3)

    assert_array_equal(given_, [4, 1, 0])
    assert_array_equal(scores, [1, 0, 1])


def test_enemies_of_given_items_are_barred():
    free = bar_enemies(np.ones(6, dtype=bool), [0, 5], [(0, 1, 2), (3, 4)])

    assert_array_equal(free, [False, False, False, True, True, False])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "one of the two"),
        ({"n_pilots": 3, "share": 0.1}, "one of the two"),
        ({"n_pilots": 11}, "do not fit into 10 places"),
        ({"n_pilots": 8, "first": 2, "last": 1}, "do not fit into 7 places"),
        ({"share": 1.0}, "less than 1"),
        ({"n_pilots": 1, "first": -1}, "not be negative"),
    ],
)
def test_impossible_pilots_are_refused_with_a_sentence(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        pilot_positions(10, np.random.default_rng(1), **options)
