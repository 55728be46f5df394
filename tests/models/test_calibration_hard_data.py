"""Data on which estimates cannot rest: a finite answer and a named warning, never an exception."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models import MISSING, ItemParameters, Responses, calibrate, simulate_responses


def ordinary(n_persons: int = 200, n_items: int = 10):
    rng = np.random.default_rng(3)
    items = ItemParameters.of(rng.lognormal(0, 0.3, n_items), rng.normal(0, 1, n_items))
    return simulate_responses(rng.standard_normal(n_persons), items, rng)


def changed(column: int, value: int):
    matrix = ordinary()
    matrix[:, column] = value
    return matrix


def separated():
    """A perfect Guttman pattern: who answers a harder item answered all easier ones."""
    return (np.linspace(-2, 2, 100)[:, None] > np.linspace(-1.5, 1.5, 6)).astype(np.int8)


def without_a_person():
    matrix = ordinary()
    matrix[7] = MISSING
    return matrix


CASES = {
    "an item that all got right": (changed(2, 1), "all-right"),
    "an item that all got wrong": (changed(2, 0), "all-wrong"),
    "an item nobody answered": (changed(2, MISSING), "no-responses"),
    "a person without a response": (without_a_person(), "persons-without-responses"),
    "five persons": (ordinary()[:5], "few-persons"),
    "one person": (ordinary()[:1], "few-persons"),
    "nobody": (ordinary()[:0], "few-persons"),
    "one item": (ordinary()[:, :1], "few-items"),
    "everything missing": (np.full((5, 3), MISSING), "no-responses"),
    "an item twice": (ordinary()[:, [0, 1, 2, 3, 4, 5, 6, 1]], "duplicate-items"),
    "all right everywhere": (np.ones((50, 4)), "all-right"),
}


@pytest.mark.parametrize("model", ["1PL", "2PL", "3PL", "4PL", "GRM", "GPCM"])
@pytest.mark.parametrize("priors", [None, "default"])
@pytest.mark.parametrize("case", CASES)
def test_hard_data_give_finite_answers_and_a_named_warning(case, priors, model):
    matrix, code = CASES[case]
    fit = calibrate(Responses.from_dense(matrix), model, priors=priors, max_iterations=100)

    assert code in fit.warnings
    assert np.isfinite(fit.items.a).all()
    assert np.isfinite(fit.items.b).all()
    assert np.isfinite(fit.items.c).all()
    assert np.isfinite(fit.log_likelihood)
    assert fit.converged != ("not-converged" in fit.warnings)


def graded_data(seed=4, n_persons=300, n_items=6, m=3):
    rng = np.random.default_rng(seed)
    thresholds = np.linspace(-0.7, 0.7, n_items)[:, None] + np.linspace(-1, 1, m)
    items = ItemParameters.of(1.3, thresholds=thresholds, model="GRM")
    return simulate_responses(rng.standard_normal(n_persons), items, rng)


def without_score(score):
    matrix = graded_data()
    others = [k for k in range(4) if k != score]
    matrix[:, 1] = np.where(matrix[:, 1] == score, others[1], matrix[:, 1])
    return matrix


def all_alike(score):
    matrix = graded_data()
    matrix[:, 1] = score
    return matrix


GRADED_CASES = {
    "a lowest score nobody got": (without_score(0), "unused-scores"),
    "a middle score nobody got": (without_score(1), "unused-scores"),
    "everybody at a middle score": (all_alike(2), "all-right"),
    "everybody at zero": (all_alike(0), "all-wrong"),
    "nobody met it": (all_alike(MISSING), "no-responses"),
    "five persons": (graded_data()[:5], "few-persons"),
    "one person": (graded_data()[:1], "few-persons"),
    "an item twice": (graded_data()[:, [0, 1, 2, 3, 1]], "duplicate-items"),
}


@pytest.mark.parametrize("model", ["GRM", "GPCM", "PCM"])
@pytest.mark.parametrize("priors", [None, "default"])
@pytest.mark.parametrize("case", GRADED_CASES)
def test_hard_graded_data_give_finite_answers_and_a_named_warning(case, priors, model):
    matrix, code = GRADED_CASES[case]
    fit = calibrate(Responses.from_dense(matrix), model, priors=priors, max_iterations=100)

    assert code in fit.warnings
    assert np.isfinite(fit.items.a).all()
    assert np.isfinite(fit.items.b).all()
    assert np.isfinite(fit.log_likelihood)
    assert fit.items.max_scores.max() <= 3


def test_a_score_nobody_got_hardly_ever_comes_out():
    from models import category_probabilities

    for model in ("GRM", "GPCM"):
        fit = calibrate(Responses.from_dense(without_score(1)), model)

        assert fit.converged
        assert category_probabilities(0.0, fit.items)[1, 1] < 0.02
        assert_allclose(fit.flagged["unused-scores"], [1])


def test_a_group_without_a_response_and_weights_of_nought_are_no_obstacle():
    matrix = ordinary()
    matrix[:50] = MISSING
    group = np.repeat(["a", "b", "c", "d"], 50)
    weights = np.where(np.arange(200) % 7 == 0, 0.0, 1.0)
    fit = calibrate(Responses.from_dense(matrix), groups=group, weights=weights)

    assert np.isfinite(fit.items.b).all()
    assert np.isfinite(fit.latent_mean).all()
    assert np.isfinite(fit.latent_sd).all()


@pytest.mark.parametrize("model", ["1PL", "2PL"])
def test_perfect_separation_ends_at_the_bound_and_says_so(model):
    fit = calibrate(Responses.from_dense(separated()), model)

    assert "at-bound" in fit.warnings
    assert np.isfinite(fit.items.b).all()


def test_default_priors_keep_perfect_separation_reasonable():
    fit = calibrate(Responses.from_dense(separated()), priors="default")

    assert fit.converged
    assert "at-bound" not in fit.warnings
    assert fit.items.a.max() < 4


@pytest.mark.parametrize("value", [0, 1, MISSING])
def test_a_hopeless_item_leaves_the_others_as_they_are(value):
    matrix = changed(2, value)
    others = [j for j in range(10) if j != 2]
    fit = calibrate(Responses.from_dense(matrix))
    alone = calibrate(Responses.from_dense(matrix[:, others]))

    # an item that everybody got right still says a little about ability, through its prior
    assert_allclose(fit.items.b[others], alone.items.b, atol=0.1)
    assert_allclose(fit.flagged["prior-for-items"], [2])


def test_too_few_iterations_are_admitted():
    fit = calibrate(Responses.from_dense(ordinary()), max_iterations=2)

    assert not fit.converged
    assert "not-converged" in fit.warnings
    assert "NOT converged" in fit.summary()
