"""Fit of items: the numbers of another program, what must always hold, and simulated data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models import (
    MISSING,
    ItemParameters,
    Responses,
    calibrate,
    item_fit,
    residual_correlations,
)
from models.response_functions import category_probabilities
from models.score_distribution import rest_distributions, score_distribution

FOLDER = Path(__file__).parents[1] / "references"
PATTERNS = json.loads((FOLDER / "lsat.json").read_text(encoding="utf-8"))["patterns"]
REFERENCE = json.loads((FOLDER / "lsat_fit_statistics.json").read_text(encoding="utf-8"))
CASES = [key for key in REFERENCE if key != "source"]


def lsat(name: str) -> Responses:
    rows = [[int(x) for x in pattern] for pattern, n in PATTERNS[name].items() for _ in range(n)]
    return Responses.from_dense(np.array(rows, dtype=np.int8))


def draw(theta, items, rng):
    """Scores drawn from the category probabilities, shape (n_persons, n_items)."""
    p = category_probabilities(theta, items)
    u = rng.random((*p.shape[:2], 1))
    return (u > p.cumsum(axis=-1)[..., :-1]).sum(axis=-1).astype(np.int8)


@pytest.mark.parametrize("key", CASES)
def test_statistics_agree_with_the_reference(key):
    name, model = key.split()
    data, expected = lsat(name), REFERENCE[key]

    found = item_fit(data, calibrate(data, model))

    assert_allclose(found.s_x2, expected["s_x2"], atol=5e-3)
    assert found.degrees_of_freedom.tolist() == expected["degrees_of_freedom"]
    assert_allclose(found.p, expected["p"], atol=1e-3)
    assert_allclose(found.rmsea, expected["rmsea"], atol=1e-4)
    assert_allclose(found.infit, expected["infit"], atol=2e-4)
    assert_allclose(found.outfit, expected["outfit"], atol=2e-4)
    assert_allclose(found.infit_z, expected["infit_z"], atol=5e-3)
    assert_allclose(found.outfit_z, expected["outfit_z"], atol=5e-3)
    assert found.local_dependence is not None
    assert_allclose(found.local_dependence.q3, expected["q3"], atol=2e-4)


def mixed_items() -> ItemParameters:
    thresholds = np.full((6, 3), np.nan)
    thresholds[3] = [-1.0, 0.0, 1.0]
    thresholds[4, :2] = [-0.5, 0.8]
    thresholds[5] = [-0.3, -0.6, 0.9]
    b = np.where(np.isnan(thresholds[:, 0]), [-1.0, 0.0, 1.0, 0, 0, 0], 0.0)
    b[3:] = np.nanmean(thresholds[3:], axis=1)
    return ItemParameters.of(
        [1.0, 1.4, 0.8, 1.2, 1.6, 0.9],
        b,
        [0.0, 0.2, 0.0, 0.0, 0.0, 0.0],
        thresholds=thresholds,
        models=["2PL", "3PL", "2PL", "GRM", "GRM", "GPCM"],
        model="mixed",
    )


def test_the_score_distribution_is_that_of_all_patterns():
    items, theta = mixed_items(), np.array([-1.0, 0.5])
    p = category_probabilities(theta, items)
    expected = np.zeros((2, 6 * 3 + 1))
    for pattern in np.ndindex(2, 2, 2, 4, 3, 4):
        expected[:, sum(pattern)] += np.prod(p[:, range(6), pattern], axis=1)

    assert_allclose(score_distribution(p), expected, atol=1e-14)
    without = rest_distributions(p, slice(3, 4))[0]
    assert_allclose(without[:, :16], score_distribution(np.delete(p, 3, axis=1)), atol=1e-14)


def test_a_model_that_holds_is_rejected_as_often_as_promised():
    rng = np.random.default_rng(5)
    items = mixed_items()
    none_estimated = np.zeros(len(items), dtype=int)
    p = np.array(
        [
            item_fit(
                Responses.from_dense(draw(rng.standard_normal(800), items, rng)),
                items,
                statistics=["S-X2"],
                n_estimated=none_estimated,
            ).p
            for _ in range(150)
        ]
    )

    # 900 tests at 5 %: four standard errors are 0.029
    assert abs((p < 0.05).mean() - 0.05) < 0.029
    assert abs(p.mean() - 0.5) < 0.05


def test_an_item_that_does_not_fit_is_found():
    rng = np.random.default_rng(6)
    theta = rng.standard_normal(2000)
    matrix = draw(theta, ItemParameters.of(1.3, np.linspace(-1.5, 1.5, 12)), rng)
    matrix[:, 4] = rng.random(2000) < np.where(np.abs(theta) < 0.7, 0.8, 0.3)
    responses = Responses.from_dense(matrix)

    found = item_fit(responses, calibrate(responses))

    assert found.p_adjusted[4] < 1e-6
    assert (np.delete(found.p_adjusted, 4) > 0.01).all()


def test_relabelling_persons_and_items_changes_nothing():
    rng = np.random.default_rng(7)
    items = mixed_items()
    matrix = draw(rng.standard_normal(400), items, rng)
    matrix[:200, 0] = MISSING
    order, who = rng.permutation(6), rng.permutation(400)

    one = item_fit(Responses.from_dense(matrix), items)
    other = item_fit(Responses.from_dense(matrix[np.ix_(who, order)]), items.take(order))

    for name in ("s_x2", "p", "infit", "outfit", "infit_z", "outfit_z"):
        assert_allclose(getattr(one, name)[order], getattr(other, name), atol=1e-9)
    assert_allclose(
        one.local_dependence.q3[np.ix_(order, order)], other.local_dependence.q3, atol=1e-9
    )


def test_forms_met_by_design_are_tested_apart_and_added():
    rng = np.random.default_rng(8)
    items = ItemParameters.of(1.1, np.linspace(-1, 1, 8))
    matrix = draw(rng.standard_normal(900), items, rng)
    matrix[:400, 5:] = MISSING
    matrix[400:, :3] = MISSING
    none = np.zeros(8, dtype=int)

    both = item_fit(Responses.from_dense(matrix), items, n_estimated=none)
    first = item_fit(
        Responses.from_dense(matrix[:400, :5]), items.take(range(5)), n_estimated=none[:5]
    )
    second = item_fit(
        Responses.from_dense(matrix[400:, 3:]), items.take(range(3, 8)), n_estimated=none[:5]
    )

    assert_allclose(both.s_x2[3:5], first.s_x2[3:] + second.s_x2[:2])
    assert_allclose(both.s_x2[:3], first.s_x2[:3])
    assert both.n_persons.tolist() == [400] * 3 + [900] * 2 + [500] * 3


def test_after_an_adaptive_test_s_x2_is_refused_and_the_rest_given():
    rng = np.random.default_rng(9)
    items = ItemParameters.of(1.1, np.linspace(-2, 2, 40))
    matrix = draw(rng.standard_normal(600), items, rng)
    for row in matrix:
        row[rng.permutation(40)[15:]] = MISSING

    found = item_fit(Responses.from_dense(matrix), items)

    assert np.isnan(found.s_x2).all()
    assert not found.n_persons.any()
    assert np.isfinite(found.infit).all()


def test_two_items_that_share_their_answer_are_flagged():
    rng = np.random.default_rng(10)
    items = ItemParameters.of(1.2, np.linspace(-1, 1, 15))
    matrix = draw(rng.standard_normal(1000), items, rng)
    copied = rng.random(1000) < 0.6
    matrix[copied, 7] = matrix[copied, 6]

    found = item_fit(Responses.from_dense(matrix), items, statistics=["Q3"]).local_dependence

    assert found.flagged.tolist() == [[6, 7]]
    assert np.isnan(item_fit(Responses.from_dense(matrix), items, statistics=["Q3"]).infit).all()


def test_infit_at_the_true_ability_is_one():
    rng = np.random.default_rng(11)
    items, theta = mixed_items(), rng.standard_normal(4000)

    found = item_fit(Responses.from_dense(draw(theta, items, rng)), items, theta=theta)

    assert_allclose(found.infit, 1.0, atol=0.06)
    assert_allclose(found.outfit, 1.0, atol=0.12)
    assert np.abs(found.infit_z).max() < 3.5


def test_a_score_beyond_the_model_names_item_and_score():
    with pytest.raises(ValueError, match=r"item 1 has a score of 2.*2PL.*0 to 1"):
        item_fit(Responses.from_dense([[0, 2]]), ItemParameters.of([1, 1], [0, 0]))


def test_nobody_answered_is_nan_and_no_crash():
    found = item_fit(
        Responses.from_dense(np.full((5, 3), MISSING)), ItemParameters.of([1, 1, 1], 0.0)
    )

    assert np.isnan(found.s_x2).all()
    assert np.isnan(found.infit).all()


def test_a_calibration_of_groups_is_judged_one_group_at_a_time():
    rng = np.random.default_rng(12)
    items = ItemParameters.of(1.2, np.linspace(-1.5, 1.5, 12))
    low, high = (draw(mean + rng.standard_normal(700), items, rng) for mean in (0.0, 1.0))
    both = Responses.from_dense(np.vstack([low, high]))
    fit = calibrate(both, groups=["a"] * 700 + ["b"] * 700)

    found = item_fit(Responses.from_dense(high), fit, group="b")

    assert (found.p_adjusted > 0.01).all()
    with pytest.raises(ValueError, match=r"groups 'a', 'b'.*group=its label"):
        item_fit(both, fit)
    with pytest.raises(ValueError, match="leave group out"):
        item_fit(both, calibrate(both), group="b")


def test_standardised_mean_squares_spread_as_standard_normal_deviates():
    # a peer's were off by a factor of two
    rng = np.random.default_rng(13)
    items = ItemParameters.of(1.1, np.linspace(-1.5, 1.5, 10))
    infit, outfit = [], []
    for _ in range(60):
        theta = rng.standard_normal(500)
        found = item_fit(draw(theta, items, rng), items, theta=theta, statistics=["infit"])
        infit.append(found.infit_z)
        outfit.append(found.outfit_z)

    for z in (np.array(infit), np.array(outfit)):
        assert abs(z.mean()) < 0.15
        assert abs(z.std() - 1.0) < 0.12


def test_q3_of_few_filled_cells_is_that_of_the_same_answers_in_a_full_table():
    rng = np.random.default_rng(14)
    items = ItemParameters.of(1.2, np.linspace(-1, 1, 60))
    theta = rng.standard_normal(3000)
    matrix = draw(theta, items, rng)
    matrix[:, 5:] = MISSING

    few = residual_correlations(Responses.from_dense(matrix), items, theta)
    full = residual_correlations(
        Responses.from_dense(matrix[:, :5]), items.take(range(5)), theta, limit=0.1
    )

    assert_allclose(few.q3[:5, :5], full.q3, atol=1e-12)
    assert np.isnan(few.q3[5:]).all()
    assert few.n_persons[:5, :5].tolist() == [[3000] * 5] * 5
