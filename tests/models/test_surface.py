"""The public names that programs of others stand on: what they take, and what comes back."""

from __future__ import annotations

import dataclasses
import inspect
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import models
from models import (
    Constraints,
    InformationTarget,
    ItemParameters,
    Profile,
    Responses,
    StoppingRule,
    assemble_forms,
    calibrate,
    differential_item_functioning,
    estimate_ability,
    estimate_profile,
    item_fit,
    item_information,
    link_scales,
    person_fit,
    prepare_bank,
    probability,
    select_item,
    should_stop,
    simulate_adaptive_tests,
    simulate_responses,
)
from models import test_information as information_of_test

TRUE = ItemParameters.of([0.8, 1.2, 1.6, 1.0, 1.4, 1.1], [-1.5, -0.7, -0.2, 0.3, 0.9, 1.5])
COVARIANCE = [[1.0, 0.6], [0.6, 1.0]]


@pytest.fixture(scope="module")
def matrix():
    rng = np.random.default_rng(4)
    return simulate_responses(rng.standard_normal(1200), TRUE, rng)


@pytest.fixture(scope="module")
def fit(matrix):
    return calibrate(Responses.from_dense(matrix))


@pytest.mark.parametrize(
    ("function", "first", "defaults"),
    [
        (Responses.from_dense, ["matrix"], {}),
        (
            Responses.from_triples,
            ["person", "item", "score"],
            {"n_persons": None, "n_items": None},
        ),
        (
            calibrate,
            ["responses", "model", "engine", "priors", "groups", "anchors", "progress"],
            {
                "model": "2PL",
                "engine": "native",
                "priors": None,
                "groups": None,
                "anchors": None,
                "progress": None,
            },
        ),
        (estimate_ability, ["scores", "items", "method"], {"method": "EAP"}),
        (estimate_profile, ["scores", "items", "competency", "covariance"], {}),
        (probability, ["theta", "items"], {}),
        (item_information, ["theta", "items"], {}),
        (information_of_test, ["theta", "items"], {}),
        (
            select_item,
            ["profile", "bank", "competency", "rule"],
            {"rule": "target", "available": None},
        ),
        (should_stop, ["profile", "n_answered", "rule"], {}),
        (simulate_responses, ["theta", "items", "rng"], {}),
        (simulate_adaptive_tests, ["theta"], {}),
        (item_fit, ["responses", "fit"], {}),
        (person_fit, ["responses", "fit"], {}),
        (differential_item_functioning, ["responses", "groups"], {}),
        (link_scales, ["a", "b", "method"], {"method": "Stocking-Lord"}),
        (assemble_forms, ["items", "constraints"], {"n_forms": 1, "target": None}),
    ],
)
def test_arguments_keep_their_names_places_and_defaults(function, first, defaults):
    parameters = inspect.signature(function).parameters

    assert list(parameters)[: len(first)] == first
    for name, default in defaults.items():
        assert parameters[name].default == default, name


def test_dense_and_sparse_responses_hold_the_same_answers():
    dense = Responses.from_dense([[1, math.nan, 0], [-1, 1, 2]])
    sparse = Responses.from_triples(
        person=[1, 0, 1, 0], item=[2, 0, 1, 2], score=[2, 1, 1, 0], n_persons=2, n_items=3
    )

    assert_array_equal(dense.to_dense(), sparse.to_dense())
    assert (sparse.n_persons, sparse.n_items, sparse.n_responses) == (2, 3, 4)


def test_a_calibration_says_what_it_found(fit):
    assert fit.items.model == "2PL"
    assert fit.items.standard_errors.shape == (6, 4)
    assert np.isfinite(fit.items.standard_errors[:, :2]).all()
    assert np.abs(fit.items.a - TRUE.a).max() < 0.5
    assert np.abs(fit.items.b - TRUE.b).max() < 0.5
    assert_array_equal(fit.items.c, 0.0)
    assert fit.log_likelihood < 0
    assert fit.converged is True
    assert isinstance(fit.n_iterations, int)
    assert (fit.latent_mean, fit.latent_sd) == (0.0, 1.0)
    assert "2PL, 6 items, 1200 persons" in fit.summary()


def test_thresholds_come_in_the_place_of_one_difficulty():
    rng = np.random.default_rng(5)
    items = ItemParameters.of(1.3, thresholds=[[-1.0, 0.0, 1.0]] * 5, model="GRM")
    answers = simulate_responses(rng.standard_normal(800), items, rng)

    found = calibrate(Responses.from_dense(answers), "GRM").items

    assert found.thresholds.shape == (5, 3)
    assert_allclose(found.b, found.thresholds.mean(axis=1))


@pytest.mark.parametrize("method", ["ML", "WLE", "MAP", "EAP"])
def test_one_row_or_many_give_one_ability_or_many(method):
    rows = [[1, 1, 0, 1, 0, 0], [1, 0, 1, 0, 0, 0]]

    many = estimate_ability(rows, TRUE, method=method)
    one = estimate_ability(rows[0], TRUE, method=method)

    assert many.theta.shape == many.standard_error.shape == (2,)
    assert np.shape(one.theta) == ()
    assert_allclose(one.theta, many.theta[0], atol=1e-9)


def test_a_profile_has_a_mean_and_a_covariance():
    profile = estimate_profile([1, 0, 1, 1, 0, -1], TRUE, [0, 0, 0, 1, 1, 1], COVARIANCE)

    assert profile.mean.shape == (2,)
    assert profile.covariance.shape == (2, 2)


def test_curves_are_persons_times_items_on_the_logit_scale_without_a_constant():
    theta = np.array([-1.0, 0.0, 2.0])
    x = TRUE.a * (theta[:, None] - TRUE.b)

    assert_allclose(probability(theta, TRUE), 1 / (1 + np.exp(-x)))
    assert item_information(theta, TRUE).shape == (3, 6)
    assert_allclose(information_of_test(theta, TRUE), item_information(theta, TRUE).sum(axis=1))


def test_a_test_runs_from_the_first_item_to_its_reason_to_end():
    area = np.array([0, 0, 0, 1, 1, 1])
    scores, free = np.full(6, -1), np.ones(6, dtype=bool)
    rule = StoppingRule(min_items=2, max_items=4)
    for answered in range(5):
        profile = estimate_profile(scores, TRUE, area, COVARIANCE)
        reason = should_stop(profile, answered, rule)
        if reason is not None:
            break
        item = select_item(profile, TRUE, area, rule="target", available=free)
        scores[item], free[item] = 1, False

    assert reason == "length"
    assert (scores >= 0).sum() == 4


def test_simulated_tests_tell_length_error_coverage_exposure_and_reasons():
    rng = np.random.default_rng(6)
    bank = prepare_bank(TRUE, np.zeros(6, dtype=int), [[1.0]])

    done = simulate_adaptive_tests(rng.standard_normal(50), bank, StoppingRule(4, 4), rng)

    assert done.mean_length == 4
    assert done.rmse.shape == done.bias.shape == done.coverage.shape == (1,)
    assert_allclose(done.exposure.sum(), 4)
    assert set(done.reasons) == {"length"}


def test_items_and_persons_are_judged_from_responses_and_the_fit(matrix, fit):
    responses = Responses.from_dense(matrix)

    assert item_fit(responses, fit).s_x2.shape == (6,)
    assert person_fit(responses, fit).lz.shape == (1200,)


def test_two_groups_are_compared_on_every_item(matrix):
    found = differential_item_functioning(
        Responses.from_dense(matrix), np.arange(1200) % 2, minimum_group=100
    )

    assert found.mantel_haenszel.category.shape == (6,)
    assert found.logistic.category.shape == (6,)


@pytest.mark.parametrize("method", ["Stocking-Lord", "Haebara", "mean/sigma"])
def test_two_scales_are_linked_by_name_of_the_method(method):
    other = ItemParameters.of(TRUE.a / 1.2, 1.2 * TRUE.b + 0.4)

    found = link_scales(other, TRUE, method=method)

    assert_allclose([found.slope, found.intercept], [1.2, 0.4], atol=1e-5)


def test_forms_are_assembled_under_constraints_towards_a_target():
    found = assemble_forms(
        TRUE, Constraints(length=3), n_forms=2, target=InformationTarget.highest_at(0.0)
    )

    assert sorted(np.concatenate(found.forms).tolist()) == [0, 1, 2, 3, 4, 5]


def test_results_are_frozen(fit):
    profile = Profile(np.zeros(1), np.eye(1), np.zeros(1, dtype=np.intp))
    for result, name in ((fit, "converged"), (fit.items, "a"), (profile, "mean")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, name, None)


def test_every_public_class_is_frozen_but_the_errors():
    for name in models.__all__:
        value = getattr(models, name)
        if inspect.isclass(value) and not issubclass(value, Exception):
            assert value.__dataclass_params__.frozen, name
