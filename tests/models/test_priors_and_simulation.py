from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

import models
from models import (
    ItemParameters,
    Priors,
    Responses,
    calibrate,
    probability,
    provisional_parameters,
    simulate_responses,
)


def test_provisional_parameters_follow_level_difficulty_and_options():
    items = provisional_parameters(["K", "A", "E"], ["easy", "medium", "hard"], [4, 5, 1])

    assert_allclose(items.b, [-1.0, 0.0, 1.0])
    assert_allclose(items.a, 1.0)
    assert_allclose(items.c, [0.25, 0.2, 0.0])
    assert items.standard_errors is None


def test_an_unknown_word_is_named():
    with pytest.raises(ValueError, match=r"item 1: difficulty 'brutal' is none of easy"):
        provisional_parameters(["K", "A"], ["easy", "brutal"], [4, 4])
    with pytest.raises(ValueError, match="equally long"):
        provisional_parameters(["K"], ["easy", "hard"], [4, 4])


def test_a_prior_without_a_spread_is_refused():
    with pytest.raises(ValueError, match="prior of slope"):
        Priors(slope=(1.0, 0.0))


def test_simulated_responses_have_the_probability_of_the_model():
    rng = np.random.default_rng(1)
    items = ItemParameters.of([0.8, 1.5], [0.0, 1.0], [0.0, 0.2], [1.0, 0.95])
    for theta in (-1.0, 0.5):
        scores = simulate_responses(np.full(40_000, theta), items, rng)
        assert_allclose(scores.mean(axis=0), probability(theta, items), atol=0.012)


def test_each_item_is_answered_from_its_own_competency():
    rng = np.random.default_rng(2)
    items = ItemParameters.of([2.0, 2.0], [0.0, 0.0])
    scores = simulate_responses(np.tile([3.0, -3.0], (500, 1)), items, rng, competency=[0, 1])

    assert scores[:, 0].mean() > 0.98
    assert scores[:, 1].mean() < 0.02


def test_columns_of_ability_need_a_competency():
    items = ItemParameters.of([1.0], [0.0])
    with pytest.raises(ValueError, match="together with competency"):
        simulate_responses(np.zeros((3, 2)), items, np.random.default_rng(0))
    with pytest.raises(ValueError, match="a column of theta from 0 to 1"):
        simulate_responses(np.zeros((3, 2)), items, np.random.default_rng(0), [2])


def test_every_public_name_can_be_imported():
    for name in models.__all__:
        assert getattr(models, name) is not None
    with pytest.raises(AttributeError):
        models.no_such_name  # noqa: B018


def test_a_web_worker_imports_neither_scipy_nor_scikit_learn():
    program = (
        "import sys, models\n"
        "from models import Responses, estimate_profile, prepare_bank, select_item, decide\n"
        "print([m for m in ('scipy', 'sklearn', 'pyirt') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stdout.strip() == "[]", done.stderr


def test_pyirt_agrees_with_the_native_engine_on_easy_data(capfd):
    rng = np.random.default_rng(1)
    items = ItemParameters.of(rng.lognormal(0, 0.2, 6), rng.normal(0, 0.7, 6))
    matrix = simulate_responses(rng.standard_normal(200), items, rng)
    matrix[:, 5] = -1
    responses = Responses.from_dense(matrix)
    native, other = calibrate(responses), calibrate(responses, engine="pyirt")

    assert np.abs(other.items.b - native.items.b)[:5].max() < 0.25
    assert np.corrcoef(other.items.b[:5], native.items.b[:5])[0, 1] > 0.98
    assert native.log_likelihood - 5 < other.log_likelihood <= native.log_likelihood
    assert "no-responses" in other.warnings
    assert other.items.standard_errors is None
    captured = capfd.readouterr()
    assert captured.out + captured.err == ""


def test_pyirt_names_the_items_at_its_bounds():
    rng = np.random.default_rng(4)
    items = ItemParameters.of([1.0, 1.0, 1.0], [-4.0, 0.0, 0.5])
    matrix = simulate_responses(rng.standard_normal(200), items, rng)
    fit = calibrate(Responses.from_dense(matrix), engine="pyirt")

    assert 0 in fit.flagged["at-bound"]
