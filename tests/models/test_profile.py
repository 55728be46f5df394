"""The profile over correlated competencies: sense, order and accuracy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from models.ability import estimate_ability
from models.likelihood import log_probabilities, score_table
from models.parameters import ItemParameters
from models.profile import estimate_profile


def equally_correlated(k, rho):
    return np.full((k, k), rho) + (1 - rho) * np.eye(k)


def simulated_test(seed, k, n_items, guessing=0.0, spread=1.0):
    rng = np.random.default_rng(seed)
    items = ItemParameters.of(
        np.clip(np.exp(rng.normal(0, 0.3, n_items)), 0.35, 2.8),
        rng.normal(0, spread, n_items),
        guessing,
    )
    return items, rng.integers(0, k, n_items), rng.integers(0, 2, n_items), rng


def dense_quadrature(scores, items, competency, covariance):
    """Moments by a full product grid over K = 2 or 3 competencies."""
    k = len(covariance)
    nodes = np.linspace(-7, 7, 71 if k == 3 else 281)
    axes = np.meshgrid(*[nodes] * k, indexing="ij")
    theta = np.stack([axis.ravel() for axis in axes], axis=1)
    log_weight = -0.5 * ((theta @ np.linalg.inv(covariance)) * theta).sum(axis=1)
    for item in range(len(items)):
        nodes_of = score_table(nodes, items.take([item]))[scores[item]]
        log_weight += nodes_of[np.searchsorted(nodes, theta[:, competency[item]])]
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean = weight @ theta
    centred = theta - mean
    return mean, (centred * weight[:, None]).T @ centred


# Bounds: the errors of 1,500 simulated cases were at most 0.006 (mean) and 1.2 % at the 99th
# percentile (deviation; more where guessing makes the posterior lopsided).
@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("guessing", [0.0, 0.25])
@pytest.mark.parametrize("seed", range(4))
def test_profile_agrees_with_dense_quadrature(k, guessing, seed):
    items, competency, scores, _ = simulated_test(seed, k, 8 + 6 * seed, guessing)
    covariance = equally_correlated(k, 0.6)
    covariance[0] *= 1.2
    covariance[:, 0] *= 1.2
    mean, posterior = dense_quadrature(scores, items, competency, covariance)

    profile = estimate_profile(scores, items, competency, covariance)

    assert_allclose(profile.mean, mean, atol=0.008)
    assert_allclose(profile.standard_error, np.sqrt(posterior.diagonal()), rtol=0.015)
    assert_allclose(profile.covariance, posterior, atol=0.015)


def test_profile_agrees_with_importance_sampling_for_five_competencies():
    items, competency, scores, rng = simulated_test(11, 5, 40)
    covariance = equally_correlated(5, 0.6)
    profile = estimate_profile(scores, items, competency, covariance)
    draws = rng.multivariate_normal(profile.mean, 1.5 * profile.covariance, 60_000)
    off = draws - profile.mean
    log_weight = -0.5 * ((draws @ np.linalg.inv(covariance)) * draws).sum(axis=1)
    log_weight += 0.5 * ((off @ np.linalg.inv(1.5 * profile.covariance)) * off).sum(axis=1)
    for item in range(40):
        right, wrong = log_probabilities(draws[:, competency[item]], items.take([item]))
        log_weight += right if scores[item] else wrong
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()

    mean = weight @ draws

    assert_allclose(profile.mean, mean, atol=0.01)
    deviation = np.sqrt(weight @ (draws - mean) ** 2)
    assert_allclose(profile.standard_error, deviation, rtol=0.01)


@pytest.mark.parametrize("n_items", [1, 10, 60, 150, 300])
def test_one_competency_is_the_ordinary_ability(n_items):
    items, competency, scores, _ = simulated_test(n_items, 1, n_items, 0.2)
    ability = estimate_ability(scores, items)

    profile = estimate_profile(scores, items, competency, [[1.0]])

    assert_allclose(profile.mean, ability.theta, atol=1e-7)
    assert_allclose(profile.standard_error, ability.standard_error, atol=1e-7)


def test_uncorrelated_competencies_are_separate_abilities():
    items, competency, scores, _ = simulated_test(2, 4, 300)

    profile = estimate_profile(scores, items, competency, np.eye(4))

    for k in range(4):
        mine = np.flatnonzero(competency == k)
        alone = estimate_ability(scores[mine], items.take(mine))
        assert_allclose(profile.mean[k], alone.theta, atol=1e-6)
        assert_allclose(profile.standard_error[k], alone.standard_error, atol=1e-6)


@settings(deadline=None, max_examples=120)
@given(
    seed=st.integers(0, 1_000_000),
    k=st.integers(1, 8),
    n_items=st.integers(1, 60),
    guessing=st.sampled_from([0.0, 0.25]),
    loadings=st.tuples(st.floats(0.2, 0.95), st.floats(0.2, 0.95)),
    constant=st.booleans(),
)
def test_no_ability_moves_the_wrong_way(seed, k, n_items, guessing, loadings, constant):
    items, competency, scores, rng = simulated_test(seed, k, n_items, guessing, spread=2.0)
    if constant:  # all right or all wrong within each competency
        scores = rng.integers(0, 2, k)[competency]
    loading = np.linspace(*loadings, k)
    covariance = np.outer(loading, loading) + np.diag(1 - loading**2)
    before, right, wrong = (scores.astype(float) for _ in range(3))
    before[-1], right[-1], wrong[-1] = np.nan, 1, 0

    low, middle, high = (
        estimate_profile(row, items, competency, covariance).mean for row in (wrong, before, right)
    )

    assert (low <= middle + 1e-6).all()  # the fixed point is found to about 1e-7
    assert (middle <= high + 1e-6).all()


def test_a_hard_item_missed_raises_nobody_after_many_wrong_answers():
    items = ItemParameters.of(1.0, [0.0] * 30 + [3.0])
    competency = np.array([1] * 30 + [0])
    scores = np.zeros(31)
    covariance = equally_correlated(2, 0.6)
    before = estimate_profile(scores[:30], items.take(range(30)), competency[:30], covariance)

    after = estimate_profile(scores, items, competency, covariance)

    assert (after.mean < before.mean).all()


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 1_000_000), k=st.integers(1, 8), n_items=st.integers(1, 60))
def test_any_order_of_the_same_answers_gives_the_same_profile(seed, k, n_items):
    items, competency, scores, rng = simulated_test(seed, k, n_items, 0.2)
    covariance = equally_correlated(k, 0.6)
    order = rng.permutation(n_items)

    first = estimate_profile(scores, items, competency, covariance)
    second = estimate_profile(scores[order], items.take(order), competency[order], covariance)

    assert_array_equal(first.mean, second.mean)
    assert_array_equal(first.covariance, second.covariance)


@pytest.mark.parametrize("score", [0, 1])
@pytest.mark.parametrize("rho", [0.3, 0.9, 0.99])
def test_constant_answers_stay_finite_and_proper(score, rho):
    items, competency, _, _ = simulated_test(5, 8, 300, 0.2)

    profile = estimate_profile(np.full(300, score), items, competency, equally_correlated(8, rho))

    assert np.isfinite(profile.mean).all()
    assert (np.sign(profile.mean) == (1 if score else -1)).all()
    assert (np.linalg.eigvalsh(profile.covariance) > 0).all()
    assert (profile.standard_error < 1).all()


def test_lucky_answers_to_hard_items_with_guessing_stay_proper():
    items = ItemParameters.of(2.5, 4.0, [0.25] * 40)
    competency = np.arange(40) % 8

    profile = estimate_profile(np.ones(40), items, competency, equally_correlated(8, 0.6))

    assert (np.linalg.eigvalsh(profile.covariance) > 0).all()
    assert np.isfinite(profile.mean).all()
    assert (profile.mean > 0).all()


def test_a_competency_without_answers_borrows_strength():
    items = ItemParameters.of(1.5, [0.0] * 10)

    profile = estimate_profile(np.ones(10), items, np.zeros(10, int), equally_correlated(2, 0.6))

    assert_allclose(profile.mean[1], 0.6 * profile.mean[0], atol=1e-6)
    assert_allclose(profile.covariance[1, 1], 1 - 0.36 * (1 - profile.covariance[0, 0]), atol=1e-6)
    assert_array_equal(profile.answered, [10, 0])


def test_without_answers_the_prior_comes_back():
    items, competency, _, _ = simulated_test(1, 3, 5)
    covariance = equally_correlated(3, 0.4)

    profile = estimate_profile(np.full(5, -1), items, competency, covariance, [0.1, 0.2, 0.3])

    assert_array_equal(profile.mean, [0.1, 0.2, 0.3])
    assert_array_equal(profile.covariance, covariance)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scores": [1, 0]}, "one row of 3"),
        ({"scores": [1, 0, 5]}, "a score is"),
        ({"competency": [0, 1, 2]}, r"0\.\.1"),
        ({"competency": [0, 1]}, "one entry for each"),
        ({"covariance": [[1, 0.5], [0.4, 1]]}, "symmetric"),
        ({"covariance": [[1, 1], [1, 1]]}, "positive definite"),
        ({"covariance": [1, 1]}, "square"),
        ({"mean": [0, 0, 0]}, "2 finite numbers"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(changes, sentence):
    call = {
        "scores": [1, 0, 1],
        "items": ItemParameters.of(1.0, [0.0, 0.5, 1.0]),
        "competency": [0, 1, 1],
        "covariance": [[1, 0.5], [0.5, 1]],
    }
    with pytest.raises(ValueError, match=sentence):
        estimate_profile(**(call | changes))


def polytomous_test(seed, k, n_items):
    """GRM, GPCM and 2PL items in turn, with scores drawn anyhow."""
    rng = np.random.default_rng(seed)
    names = [("GRM", "GPCM", "2PL")[i % 3] for i in range(n_items)]
    thresholds = np.full((n_items, 3), np.nan)
    for item, name in enumerate(names):
        steps = 2 + item % 2
        if name != "2PL":
            thresholds[item, :steps] = np.sort(rng.normal(0, 1, steps))
    a = np.clip(np.exp(rng.normal(0, 0.3, n_items)), 0.35, 2.0)
    items = ItemParameters.of(a, rng.normal(0, 1, n_items), thresholds=thresholds, models=names)
    return items, rng.integers(0, k, n_items), rng.integers(0, items.max_scores + 1), rng


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("seed", range(4))
def test_profile_of_polytomous_items_agrees_with_dense_quadrature(k, seed):
    items, competency, scores, _ = polytomous_test(seed, k, 6 + 4 * seed)
    covariance = equally_correlated(k, 0.6)
    mean, posterior = dense_quadrature(scores, items, competency, covariance)

    profile = estimate_profile(scores, items, competency, covariance)

    assert_allclose(profile.mean, mean, atol=0.008)
    assert_allclose(profile.standard_error, np.sqrt(posterior.diagonal()), rtol=0.015)
    assert_allclose(profile.covariance, posterior, atol=0.015)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 1_000_000), k=st.integers(1, 6), n_items=st.integers(1, 30))
def test_any_order_of_the_same_graded_answers_gives_the_same_profile(seed, k, n_items):
    items, competency, scores, rng = polytomous_test(seed, k, n_items)
    covariance = equally_correlated(k, 0.6)
    order = rng.permutation(n_items)

    first = estimate_profile(scores, items, competency, covariance)
    second = estimate_profile(scores[order], items.take(order), competency[order], covariance)

    assert_array_equal(first.mean, second.mean)
    assert_array_equal(first.covariance, second.covariance)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 1_000_000), k=st.integers(1, 6), n_items=st.integers(1, 30))
def test_a_higher_score_never_lowers_an_ability(seed, k, n_items):
    items, competency, scores, _ = polytomous_test(seed, k, n_items)
    covariance = equally_correlated(k, 0.6)
    means = []
    for score in range(int(items.max_scores[-1]) + 1):
        scores[-1] = score
        means.append(estimate_profile(scores, items, competency, covariance).mean)

    assert (np.diff(means, axis=0) >= -1e-6).all()
