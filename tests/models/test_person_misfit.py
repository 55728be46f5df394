"""Fit of persons: against the published formula, its error rate, its power."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models import MISSING, ItemParameters, Responses, estimate_ability, person_fit
from models.information import item_information
from models.response_functions import category_probabilities, probability

NODES = np.linspace(-4, 4, 41)


def draw(theta, items, rng):
    p = category_probabilities(theta, items)
    u = rng.random((*p.shape[:2], 1))
    return (u > p.cumsum(axis=-1)[..., :-1]).sum(axis=-1).astype(np.int8)


def graded(n, rng):
    thresholds = np.sort(rng.normal(0, 1, (n, 3)), axis=1) + np.array([-0.5, 0.0, 0.5])
    return ItemParameters.of(
        rng.lognormal(0, 0.3, n), thresholds.mean(axis=1), thresholds=thresholds, model="GRM"
    )


def adaptive(theta, items, length, rng):
    """Answers of a real adaptive test: the item of highest information at the running EAP."""
    matrix = np.full((theta.size, len(items)), MISSING, dtype=np.int8)
    p = probability(NODES, items)
    log_weight = np.tile(-0.5 * NODES**2, (theta.size, 1))
    everybody = np.arange(theta.size)
    for _ in range(length):
        weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
        ability = weight @ NODES / weight.sum(axis=1)
        information = item_information(ability, items)
        information[matrix != MISSING] = -1.0
        item = information.argmax(axis=1)
        right = rng.random(theta.size) < probability(theta, items)[everybody, item]
        matrix[everybody, item] = right
        log_weight += np.log(np.where(right[:, None], p.T[item], 1 - p.T[item]))
    return matrix


@pytest.mark.parametrize("method", ["ML", "MAP", "WLE"])
def test_it_is_snijders_statistic_at_the_abilities_that_he_treats(method):
    rng = np.random.default_rng(1)
    items = ItemParameters.of(rng.lognormal(0, 0.3, 20), rng.normal(0, 1, 20), 0.15)
    x = draw(rng.standard_normal(60), items, rng)
    theta = np.asarray(estimate_ability(x, items, method).theta)
    kept = np.isfinite(theta) & (np.abs(theta) < 4)
    x, theta = x[kept], theta[kept]

    found = person_fit(Responses.from_dense(x), items, theta=theta)

    p = probability(theta, items)
    h = 1e-5
    slope = (probability(theta + h, items) - probability(theta - h, items)) / (2 * h)
    second = (probability(theta + h, items) - 2 * p + probability(theta - h, items)) / h**2
    r = slope / (p * (1 - p))
    w = np.log(p / (1 - p))
    information = (slope * r).sum(axis=1)
    r_0 = {
        "ML": np.zeros_like(theta),
        "MAP": -theta,
        "WLE": (slope * second / (p * (1 - p))).sum(axis=1) / (2 * information),
    }[method]
    c = (slope * w).sum(axis=1) / information
    tau = ((w - c[:, None] * r) ** 2 * p * (1 - p)).sum(axis=1)
    expected = (((x - p) * w).sum(axis=1) + c * r_0) / np.sqrt(tau)
    assert_allclose(found.lz, expected, atol=1e-4)


@pytest.mark.parametrize("kind", ["2PL", "3PL", "GRM"])
@pytest.mark.parametrize("n_items", [15, 40])
def test_regular_persons_are_flagged_no_more_often_than_promised(kind, n_items):
    rng = np.random.default_rng(2)
    items = graded(n_items, rng)
    if kind != "GRM":
        items = ItemParameters.of(
            rng.lognormal(0, 0.3, n_items), rng.normal(0, 1, n_items), 0.2 * (kind == "3PL")
        )
    responses = Responses.from_dense(draw(rng.standard_normal(6000), items, rng))

    found = person_fit(responses, items)

    assert abs(np.nanmean(found.lz)) < 0.15
    assert abs(np.nanstd(found.lz) - 1.0) < 0.08
    # three standard errors of a share of 5 % and 1 % of 6,000 are 0.0084 and 0.0039
    assert 0.025 < found.flagged.mean() < 0.058
    assert 0.002 < (found.p < 0.01).mean() < 0.014


def test_adaptive_answers_of_regular_persons_are_not_flagged_too_often():
    rng = np.random.default_rng(3)
    items = ItemParameters.of(rng.lognormal(0.2, 0.3, 200), rng.normal(0, 1.2, 200), 0.2)
    matrix = adaptive(rng.standard_normal(3000), items, 30, rng)

    found = person_fit(Responses.from_dense(matrix), items)

    judged = found.reason == ""
    assert judged.mean() > 0.9
    assert found.flagged[judged].mean() < 0.062
    assert (found.p[judged] < 0.01).mean() < 0.016


def test_guessing_everything_is_found():
    rng = np.random.default_rng(4)
    items = ItemParameters.of(1.4, np.linspace(-2.5, 2.5, 40))
    matrix = draw(rng.standard_normal(200), items, rng)
    matrix[:50] = rng.random((50, 40)) < 0.25

    flagged = person_fit(Responses.from_dense(matrix), items).flagged

    assert flagged[:50].mean() > 0.9
    assert flagged[50:].mean() < 0.1


def test_missing_answers_count_for_nothing():
    rng = np.random.default_rng(5)
    items = graded(30, rng)
    matrix = draw(rng.standard_normal(20), items, rng)
    matrix[:, 20:] = MISSING

    with_gaps = person_fit(Responses.from_dense(matrix), items)
    without = person_fit(Responses.from_dense(matrix[:, :20]), items.take(range(20)))

    assert_allclose(with_gaps.lz, without.lz, atol=1e-12)
    assert_allclose(with_gaps.p, without.p, atol=1e-12)


def test_relabelling_items_and_persons_changes_nothing():
    rng = np.random.default_rng(6)
    items = graded(15, rng)
    matrix = draw(rng.standard_normal(20), items, rng)
    order, who = rng.permutation(15), rng.permutation(20)

    one = person_fit(Responses.from_dense(matrix), items)
    other = person_fit(Responses.from_dense(matrix[np.ix_(who, order)]), items.take(order))

    assert_allclose(one.lz[who], other.lz, atol=1e-10)


def test_where_nothing_can_be_said_the_reason_is_named():
    even = ItemParameters.of(np.ones(12), np.zeros(12))
    matrix = np.zeros((3, 12), dtype=np.int8)
    matrix[0, :6] = 1
    matrix[1, 5:] = MISSING
    matrix[2] = MISSING

    found = person_fit(Responses.from_dense(matrix), even)

    assert found.reason.tolist() == ["no-contrast", "few-answers", "few-answers"]
    assert np.isnan(found.lz).all()
    assert not found.flagged.any()


def test_an_infinite_ability_is_refused():
    with pytest.raises(ValueError, match="one finite ability for each of the 1 persons"):
        person_fit(
            Responses.from_dense(np.ones((1, 12), dtype=np.int8)),
            ItemParameters.of(np.ones(12)),
            theta=[np.inf],
        )


def test_one_person_alone_is_judged_as_among_others():
    rng = np.random.default_rng(7)
    items = graded(15, rng)
    matrix = draw(rng.standard_normal(5), items, rng)

    assert_allclose(person_fit(matrix[2:3], items).lz[0], person_fit(matrix, items).lz[2])
