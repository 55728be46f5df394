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


@pytest.mark.parametrize("model", ["1PL", "2PL", "3PL"])
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
