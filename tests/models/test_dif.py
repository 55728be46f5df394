"""Differential item functioning: a published table, error rate, power, and honest refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize

from models import (
    MISSING,
    ItemParameters,
    Responses,
    differential_item_functioning,
    estimate_ability,
    simulate_responses,
)
from models.logistic_dif import ordinal_fit
from models.mantel_haenszel import compare_groups
from models.response_functions import category_probabilities

# Bickel, Hammel & O'Connell (1975), Science 187, 398-404, admissions to six departments of
# Berkeley: men admitted and rejected, women admitted and rejected. The statistics are those that
# R's mantelhaen.test(UCBAdmissions) prints.
BERKELEY = [
    (512, 313, 89, 19),
    (353, 207, 17, 8),
    (120, 205, 202, 391),
    (138, 279, 131, 244),
    (53, 138, 94, 299),
    (22, 351, 24, 317),
]


def test_mantel_haenszel_agrees_with_r_on_the_berkeley_admissions():
    table = np.array([[[b, a], [d, c]] for a, b, c, d in BERKELEY], dtype=float)

    found = compare_groups([table], 0.05)

    assert_allclose(found.odds_ratio, 0.9046968, rtol=1e-6)
    assert_allclose(found.chi_square, 1.4269, atol=1e-4)
    assert_allclose(found.p, 0.2323, atol=1e-4)
    half_width = np.log(1.0603298 / 0.7719074) / 2
    assert_allclose(found.standard_error / 2.35, half_width / 1.9599640, rtol=1e-6)
    assert found.category.tolist() == ["A"]


@given(seed=st.integers(0, 10_000), n_scores=st.integers(2, 4))
@settings(max_examples=15)
def test_the_regression_is_at_its_maximum(seed, n_scores):
    rng = np.random.default_rng(seed)
    design = rng.standard_normal((300, 2))
    cut = np.linspace(-1, 1, n_scores - 1)
    noise = rng.logistic(size=300)
    score = ((design @ [1.0, -0.5] + noise)[:, None] > cut).sum(axis=1)
    counts = np.eye(n_scores)[score]
    counts = counts[:, counts.sum(axis=0) > 0]

    value, estimate = ordinal_fit(counts, design)

    def loss(x):
        m = counts.shape[1] - 1
        above = 1 / (1 + np.exp(np.sort(x[:m]) - (design @ x[m:])[:, None]))
        edges = np.hstack([np.ones((300, 1)), above, np.zeros((300, 1))])
        return -(counts * np.log(np.maximum(-np.diff(edges), 1e-300))).sum()

    assert_allclose(value, -loss(estimate), rtol=1e-10)
    assert value >= -minimize(loss, estimate + 0.1, method="BFGS").fun - 1e-5


def two_groups(rng, n=(600, 500), b_shift=None, a_factor=None, impact=-0.5, n_items=20):
    a, b = np.full(n_items, 1.2), np.linspace(-1.5, 1.5, n_items)
    focal = ItemParameters.of(
        a * (1.0 if a_factor is None else a_factor), b + (0.0 if b_shift is None else b_shift)
    )
    matrix = np.vstack(
        [
            simulate_responses(rng.standard_normal(n[0]), ItemParameters.of(a, b), rng),
            simulate_responses(impact + rng.standard_normal(n[1]), focal, rng),
        ]
    )
    return Responses.from_dense(matrix), np.repeat(["men", "women"], n)


def test_items_that_treat_both_groups_alike_are_rarely_flagged_although_abilities_differ():
    rng = np.random.default_rng(1)
    uniform, product, regression, flagged = [], [], [], []
    for _ in range(40):
        found = differential_item_functioning(*two_groups(rng))
        uniform.append(found.mantel_haenszel.p)
        regression.append(found.logistic.p)
        product.append(found.logistic.p_nonuniform)
        flagged.append(np.isin(found.mantel_haenszel.category, ("C",)))
        flagged.append(np.isin(found.logistic.category, ("B", "C")))

    # 800 tests each at 5 %: three standard errors are 0.023
    assert 0.022 < (np.array(uniform) < 0.05).mean() < 0.075
    assert 0.022 < (np.array(regression) < 0.05).mean() < 0.075
    assert 0.022 < (np.array(product) < 0.05).mean() < 0.075
    assert np.mean(flagged) < 0.005


def test_items_made_harder_for_one_group_are_found_and_leave_the_matching_score():
    rng = np.random.default_rng(2)
    shift = np.where(np.arange(20) % 5 == 2, 0.9, 0.0)

    found = differential_item_functioning(*two_groups(rng, (1500, 1200), b_shift=shift))

    biased = np.flatnonzero(shift)
    assert (found.mantel_haenszel.category[biased] == "C").all()
    assert (found.mantel_haenszel.delta[biased] < -1.5).all()
    assert (found.logistic.group_effect[biased] < -0.5).all()
    assert (found.mantel_haenszel.standardised_difference[biased] < -0.05).all()
    assert not found.matching_items[biased].any()
    assert (np.delete(found.mantel_haenszel.category, biased) != "C").all()
    assert found.n_rounds >= 1
    assert (found.reference, found.focal) == ("men", "women")


def test_purification_takes_the_bias_out_of_the_other_items():
    shift = np.where(np.arange(20) < 6, 1.2, 0.0)
    plain, purified = [], []
    for seed in range(4):
        data = two_groups(np.random.default_rng(seed), (1500, 1500), b_shift=shift, impact=0.0)
        for store, purify in ((plain, False), (purified, True)):
            found = differential_item_functioning(*data, purify=purify).mantel_haenszel
            store.append(found.delta[6:])

    assert np.mean(plain) > 0.6
    assert abs(np.mean(purified)) < 0.15


def test_a_difference_that_changes_sign_is_seen_by_the_regression_alone():
    rng = np.random.default_rng(3)
    factor = np.where(np.arange(20) == 10, 0.15, 1.0)

    found = differential_item_functioning(*two_groups(rng, (2000, 2000), a_factor=factor, impact=0))

    assert found.logistic.p_nonuniform[10] < 1e-6
    assert found.logistic.category[10] != "A"
    assert found.mantel_haenszel.category[10] != "C"


def test_polytomous_items_are_judged_by_both():
    rng = np.random.default_rng(4)
    thresholds = np.tile([-1.0, 0.0, 1.0], (12, 1)) + np.linspace(-0.8, 0.8, 12)[:, None]
    harder = thresholds + 0.9 * (np.arange(12) == 5)[:, None]

    def scores(t, n):
        items = ItemParameters.of(1.3 * np.ones(12), t.mean(axis=1), thresholds=t, model="GRM")
        p = category_probabilities(rng.standard_normal(n), items)
        return (rng.random((n, 12, 1)) > p.cumsum(axis=-1)[..., :-1]).sum(axis=-1)

    matrix = np.vstack([scores(thresholds, 900), scores(harder, 900)])
    found = differential_item_functioning(Responses.from_dense(matrix), [0] * 900 + [1] * 900)

    assert np.flatnonzero(found.mantel_haenszel.category == "C").tolist() == [5]
    assert found.logistic.p_adjusted[5] < 1e-8
    assert np.isnan(found.mantel_haenszel.delta).all()
    assert found.mantel_haenszel.effect[5] < -0.25


def test_small_groups_are_refused_with_their_numbers():
    found = differential_item_functioning(*two_groups(np.random.default_rng(5), (400, 60)))

    assert set(found.reason) == {"few-persons"}
    assert set(found.mantel_haenszel.category) == {""}
    assert np.isnan(found.logistic.p).all()
    assert found.n_focal.tolist() == [60] * 20
    assert (found.minimum_group, found.minimum_total) == (200, 500)


def test_items_met_by_some_are_matched_on_ability():
    rng = np.random.default_rng(6)
    shift = 1.2 * (np.arange(20) == 9)
    responses, groups = two_groups(rng, (2500, 2500), b_shift=shift)
    matrix = responses.to_dense().copy()
    matrix[rng.random(matrix.shape) < 0.3] = MISSING
    items = ItemParameters.of(1.2, np.linspace(-1.5, 1.5, 20))
    theta = estimate_ability(matrix, items, "WLE").theta

    found = differential_item_functioning(Responses.from_dense(matrix), groups, matching=theta)

    assert np.flatnonzero(found.mantel_haenszel.category == "C").tolist() == [9]
    assert not found.matching_items.any()


def test_swapping_the_groups_turns_the_sign():
    responses, groups = two_groups(np.random.default_rng(7))
    one = differential_item_functioning(responses, groups, reference="men", purify=False)
    other = differential_item_functioning(responses, groups, reference="women", purify=False)

    assert_allclose(one.mantel_haenszel.delta, -other.mantel_haenszel.delta, atol=1e-10)
    assert_allclose(one.logistic.group_effect, -other.logistic.group_effect, atol=1e-5)
    assert_allclose(one.logistic.chi_square, other.logistic.chi_square, atol=1e-6)


def test_relabelling_items_and_persons_changes_nothing():
    responses, groups = two_groups(np.random.default_rng(8))
    rng = np.random.default_rng(9)
    who, order = rng.permutation(1100), rng.permutation(20)
    mixed = Responses.from_dense(responses.to_dense()[np.ix_(who, order)])

    one = differential_item_functioning(responses, groups)
    other = differential_item_functioning(mixed, groups[who])

    assert_allclose(one.mantel_haenszel.delta[order], other.mantel_haenszel.delta, atol=1e-10)
    assert_allclose(one.logistic.delta_r_squared[order], other.logistic.delta_r_squared, atol=1e-8)


@pytest.mark.parametrize(
    ("groups", "options", "message"),
    [
        (["a", "b", "c"], {}, r"these are 3: 'a' \(1\)"),
        (["a", "a", None], {}, "these are 1"),
        (["a", "b"], {}, "2 labels for 3 persons"),
        (["a", "b", "b"], {"reference": "z"}, "'z' is no group"),
        (["a", "b", "b"], {"methods": ["guess"]}, "choose from Mantel-Haenszel"),
        (["a", "b", "b"], {"matching": [1.0]}, "one finite number for each of the 3"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_reason(groups, options, message):
    with pytest.raises(ValueError, match=message):
        differential_item_functioning(Responses.from_dense([[1, 0]] * 3), groups, **options)


def test_missing_answers_need_a_matching_ability():
    with pytest.raises(ValueError, match=r"1 answers are missing.*give"):
        differential_item_functioning(Responses.from_dense([[1, -1], [1, 0]]), ["a", "b"])
