"""Every model, alone and mixed: the fit is the maximum of its stated objective, seen from outside.

The objective here is written with `models.response_functions`, in the traditional parameters, and
climbed by SciPy's general optimiser; nothing of the EM algorithm is used.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import approx_fprime, minimize

from models import (
    MISSING,
    ItemParameters,
    Priors,
    Responses,
    calibrate,
    category_probabilities,
)
from models.response_functions import category_log_probabilities

NODES = np.linspace(-6, 6, 61)
NAN = np.nan


def scores_from(theta, items, seed):
    """Scores drawn from the models' category probabilities."""
    cumulative = category_probabilities(theta, items).cumsum(axis=-1)
    draw = np.random.default_rng(seed).random((theta.size, len(items), 1))
    return (draw > cumulative[..., :-1]).sum(axis=-1).astype(np.int8)


def log_likelihood(matrix, items, mean=0.0, sd=1.0, weights=None):
    """Marginal log-likelihood by its definition, one person after the other."""
    weight = np.exp(-0.5 * ((NODES - mean) / sd) ** 2)
    log_p = category_log_probabilities(NODES, items)
    joint = np.tile(np.log(weight / weight.sum()), (matrix.shape[0], 1))
    for j in range(len(items)):
        met = matrix[:, j] != MISSING
        joint[met] += log_p[:, j][:, matrix[met, j]].T
    peak = joint.max(axis=1)
    person = peak + np.log(np.exp(joint - peak[:, None]).sum(axis=1))
    return float(person.sum() if weights is None else person @ weights)


def graded(n_items, m, seed):
    rng = np.random.default_rng(seed)
    middle = np.linspace(-0.8, 0.8, n_items)[:, None]
    return rng.uniform(0.9, 1.8, n_items), middle + np.linspace(-1, 1, m) + rng.normal(
        0, 0.1, (n_items, 1)
    )


class Case:
    """A bank of one or more models as a function of one vector; penalties as priors say."""

    def __init__(self, names, m, priors=None):
        self.names, self.m, self.priors = names, m, priors
        self.sizes = [
            m + 1 if name in ("GRM", "GPCM") else {"2PL": 2, "3PL": 3, "4PL": 4}[name]
            for name in names
        ]

    def items(self, vector):
        """From slope, intercepts, logits of the asymptotes."""
        table = np.full((len(self.names), self.m), NAN)
        a, b, c, d = (np.full(len(self.names), x) for x in (1.0, 0.0, 0.0, 1.0))
        parts = np.split(vector, np.cumsum(self.sizes)[:-1])
        for j, (name, part) in enumerate(zip(self.names, parts, strict=True)):
            a[j] = part[0]
            if name in ("GRM", "GPCM"):
                table[j] = -part[1:] / part[0]
            else:
                b[j] = -part[1] / part[0]
                c[j] = 1 / (1 + np.exp(-part[2])) if len(part) > 2 else 0.0
                d[j] = 1 / (1 + np.exp(-part[3])) if len(part) > 3 else 1.0
        thresholds = None if np.isnan(table).all() else table
        return ItemParameters.of(a, b, c, d, thresholds=thresholds, models=self.names)

    def vector(self, items):
        parts = []
        for j, name in enumerate(self.names):
            a = items.a[j]
            if name in ("GRM", "GPCM"):
                parts.append([a, *(-a * items.thresholds[j])])
            else:
                share = [items.c[j], items.d[j]][: self.sizes[j] - 2]
                parts.append([a, -a * items.b[j], *(np.log(x / (1 - x)) for x in share)])
        return np.concatenate(parts)

    def penalty(self, vector):
        if self.priors is None:
            return 0.0
        total = 0.0
        parts = np.split(vector, np.cumsum(self.sizes)[:-1])
        for name, part in zip(self.names, parts, strict=True):
            own = ["slope", *["intercept"] * (len(part) - 1)]
            if name in ("3PL", "4PL"):
                own = ["slope", "intercept", "logit_c", "logit_d"][: len(part)]
            for value, which in zip(part, own, strict=True):
                prior = getattr(self.priors, which)
                if prior is not None:
                    total -= 0.5 * ((value - prior[0]) / prior[1]) ** 2
        return total

    def objective(self, vector, matrix):
        return log_likelihood(matrix, self.items(vector), 0.0) + self.penalty(vector)


WEAK_GUESSING = Priors(None, None, (-1.4, 0.7), (3.0, 1.0))
BANKS = {
    "2PL": (["2PL"] * 6, 1, None),
    "3PL": (["3PL"] * 6, 1, WEAK_GUESSING),
    "4PL": (["4PL"] * 6, 1, Priors()),
    "GRM": (["GRM"] * 5, 3, None),
    "GPCM": (["GPCM"] * 5, 3, None),
    "GRM with priors": (["GRM"] * 4, 3, Priors()),
    "mixed": (["2PL", "GRM", "3PL", "GPCM", "2PL", "GRM"], 2, WEAK_GUESSING),
}


def data_of(names, m, seed=3, n_persons=700):
    a, thresholds = graded(len(names), m, seed)
    is_graded = np.array([name in ("GRM", "GPCM") for name in names])
    items = ItemParameters.of(
        a,
        np.linspace(-1, 1, len(names)),
        np.where([name in ("3PL", "4PL") for name in names], 0.2, 0.0),
        np.where([name == "4PL" for name in names], 0.95, 1.0),
        thresholds=np.where(is_graded[:, None], thresholds, NAN) if is_graded.any() else None,
        models=names,
    )
    matrix = scores_from(np.random.default_rng(seed).standard_normal(n_persons), items, seed)
    matrix[np.random.default_rng(seed + 1).random(matrix.shape) < 0.1] = MISSING
    return matrix


@pytest.mark.parametrize("bank", BANKS)
def test_the_estimates_are_the_maximum_that_a_general_optimiser_finds(bank):
    names, m, priors = BANKS[bank]
    matrix = data_of(names, m)
    fit = calibrate(Responses.from_dense(matrix), names, priors=priors)
    case = Case(names, m, priors)

    at_fit = case.vector(fit.items)
    climbed = minimize(
        lambda x: -case.objective(x, matrix), at_fit, method="BFGS", options={"maxiter": 40}
    )

    assert fit.converged
    assert_allclose(fit.log_likelihood, log_likelihood(matrix, fit.items), atol=1e-6)
    assert -climbed.fun - case.objective(at_fit, matrix) < 1e-5
    assert_allclose(climbed.x, at_fit, atol=5e-3)


@pytest.mark.parametrize("bank", ["3PL", "4PL", "GRM", "GPCM", "mixed"])
def test_standard_errors_are_the_curvature_of_the_objective(bank):
    names, m, priors = BANKS[bank]
    matrix = data_of(names, m)
    fit = calibrate(Responses.from_dense(matrix), names, priors=priors)
    case = Case(names, m, priors)
    at_fit = case.vector(fit.items)

    def gradient(x):
        return approx_fprime(x, lambda y: case.objective(y, matrix), 1e-5)

    hessian = np.array(
        [(gradient(at_fit + e) - gradient(at_fit - e)) / 2e-3 for e in 1e-3 * np.eye(at_fit.size)]
    )
    covariance = np.linalg.inv(-0.5 * (hessian + hessian.T))

    parts = np.split(np.sqrt(np.diagonal(covariance)), np.cumsum(case.sizes)[:-1])
    assert fit.items.standard_errors is not None
    assert_allclose(fit.items.standard_errors[:, 0], [part[0] for part in parts], rtol=0.01)
    for j, (name, part) in enumerate(zip(names, parts, strict=True)):
        if name in ("3PL", "4PL"):
            assert_allclose(fit.errors.logit_c[j], part[2], rtol=0.01)
        if name == "4PL":
            assert_allclose(fit.errors.logit_d[j], part[3], rtol=0.01)
        if name in ("GRM", "GPCM"):
            first = sum(case.sizes[:j])
            place = np.ix_(*[range(first, first + m + 1)] * 2)
            a, t = fit.items.a[j], fit.items.thresholds[j]
            change = np.diag([1.0, *[-1 / a] * m])
            change[1:, 0] = -t / a
            own = change @ covariance[place] @ change.T
            assert_allclose(
                fit.items.threshold_errors[j, :m], np.sqrt(np.diagonal(own))[1:], rtol=0.01
            )
            assert_allclose(fit.items.covariance[j, : m + 1, : m + 1], own, rtol=0.02, atol=2e-4)
            assert_allclose(fit.errors.b[j], np.sqrt(own[1:, 1:].mean()), rtol=0.01)


def test_groups_have_the_means_and_deviations_that_made_them():
    rng = np.random.default_rng(5)
    items = ItemParameters.of(rng.uniform(0.8, 1.6, 25), rng.normal(0, 1, 25))
    labels = np.repeat(["a", "b", "c"], 2500)
    mean, sd = np.repeat([0.0, 0.7, -0.5], 2500), np.repeat([1.0, 1.3, 0.8], 2500)
    matrix = scores_from(mean + sd * rng.standard_normal(7500), items, 6)
    mixed = rng.permutation(7500)

    fit = calibrate(Responses.from_dense(matrix[mixed]), groups=labels[mixed])

    assert fit.converged
    assert fit.groups.tolist() == ["a", "b", "c"]
    assert_allclose(fit.latent_mean, [0, 0.7, -0.5], atol=0.1)
    assert_allclose(fit.latent_sd, [1, 1.3, 0.8], atol=0.1)
    assert np.isnan(fit.errors.latent_mean[0])
    z = (fit.latent_mean - [0, 0.7, -0.5])[1:] / fit.errors.latent_mean[1:]
    assert np.abs(z).max() < 3
    z = (fit.items.b - items.b) / fit.items.standard_errors[:, 1]
    assert np.sqrt(np.mean(z**2)) < 1.5
    assert fit.n_parameters == 54
    assert "ability of b: mean" in fit.summary()


def two_groups():
    rng = np.random.default_rng(15)
    items = ItemParameters.of(rng.uniform(0.8, 1.6, 5), np.linspace(-1, 1, 5))
    label = np.repeat([0, 1], [300, 400])
    theta = np.where(label == 0, 0.0, 0.6) + np.where(label == 0, 1.0, 1.1) * (
        rng.standard_normal(700)
    )
    return scores_from(theta, items, 16), label


def test_two_groups_end_at_the_maximum_and_their_errors_are_its_curvature():
    matrix, label = two_groups()
    fit = calibrate(Responses.from_dense(matrix), groups=label)
    case = Case(["2PL"] * 5, 1)

    def objective(x):
        items = case.items(x[:-2])
        first = log_likelihood(matrix[label == 0], items)
        return first + log_likelihood(matrix[label == 1], items, x[-2], np.exp(x[-1]))

    at_fit = np.append(case.vector(fit.items), [fit.latent_mean[1], np.log(fit.latent_sd[1])])
    climbed = minimize(lambda x: -objective(x), at_fit, method="BFGS", options={"maxiter": 40})
    assert_allclose(fit.log_likelihood, objective(at_fit), atol=1e-6)
    assert -climbed.fun - objective(at_fit) < 1e-5

    def gradient(x):
        return approx_fprime(x, objective, 1e-5)

    hessian = np.array(
        [(gradient(at_fit + e) - gradient(at_fit - e)) / 2e-3 for e in 1e-3 * np.eye(at_fit.size)]
    )
    errors = np.sqrt(np.diagonal(np.linalg.inv(-0.5 * (hessian + hessian.T))))
    assert_allclose(fit.items.standard_errors[:, 0], errors[:-2:2], rtol=0.01)
    assert_allclose(fit.errors.latent_mean[1], errors[-2], rtol=0.01)
    assert_allclose(fit.errors.latent_sd[1], errors[-1] * fit.latent_sd[1], rtol=0.01)


def test_a_group_far_from_the_reference_is_not_cut_off_by_the_grid():
    rng = np.random.default_rng(25)
    items = ItemParameters.of(1.2, np.linspace(-2, 5, 30))
    label = np.repeat([0, 1], 2000)
    theta = rng.standard_normal(4000) + 3.0 * label
    fit = calibrate(Responses.from_dense(scores_from(theta, items, 26)), groups=label)

    assert fit.converged
    assert_allclose(fit.latent_mean[1], 3.0, atol=4 * fit.errors.latent_mean[1])
    assert_allclose(fit.latent_sd[1], 1.0, atol=4 * fit.errors.latent_sd[1])


def test_weights_count_as_repeated_rows():
    for bank in ("2PL", "mixed"):
        names, m, priors = BANKS[bank]
        matrix = data_of(names, m, n_persons=300)
        times = np.random.default_rng(1).integers(0, 4, 300)
        weighted = calibrate(Responses.from_dense(matrix), names, priors=priors, weights=times)
        repeated = calibrate(
            Responses.from_dense(np.repeat(matrix, times, axis=0)), names, priors=priors
        )

        assert_allclose(weighted.log_likelihood, repeated.log_likelihood, rtol=1e-9)
        assert_allclose(weighted.items.a, repeated.items.a, atol=1e-3)
        assert_allclose(
            weighted.items.standard_errors, repeated.items.standard_errors, rtol=5e-3, atol=1e-3
        )


def test_repeated_patterns_are_counted_once_and_change_nothing(monkeypatch):
    matrix, label = two_groups()
    collapsed = calibrate(Responses.from_dense(matrix), groups=label, errors="sandwich")
    monkeypatch.setattr("models.calibration_setup.collapse", lambda sample: sample)
    plain = calibrate(Responses.from_dense(matrix), groups=label, errors="sandwich")

    assert_allclose(collapsed.items.a, plain.items.a, atol=1e-4)
    assert_allclose(collapsed.latent_mean, plain.latent_mean, atol=1e-4)
    assert_allclose(collapsed.errors.a, plain.errors.a, rtol=1e-3)
    assert collapsed.n_persons == plain.n_persons == 700


def test_the_three_kinds_of_errors_agree_where_the_model_holds():
    matrix = data_of(["2PL"] * 8, 1, n_persons=6000)
    found = {
        kind: calibrate(Responses.from_dense(matrix), errors=kind).errors
        for kind in ("observed", "cross-product", "sandwich")
    }
    for kind in ("cross-product", "sandwich"):
        assert_allclose(found[kind].a, found["observed"].a, rtol=0.1)
        assert_allclose(found[kind].b, found["observed"].b, rtol=0.1)


def test_the_sandwich_notices_persons_counted_twice():
    matrix = data_of(["2PL"] * 6, 1, n_persons=900)
    once = calibrate(Responses.from_dense(matrix), errors="sandwich")
    twice = calibrate(Responses.from_dense(matrix), errors="sandwich", weights=np.full(900, 2.0))
    naive = calibrate(Responses.from_dense(matrix), weights=np.full(900, 2.0))

    # two equal persons under one weight are one cluster, so nothing was learned by counting twice
    assert_allclose(naive.errors.a, once.errors.a / np.sqrt(2), rtol=0.1)
    assert_allclose(twice.errors.a, once.errors.a / np.sqrt(2), rtol=0.02)


@pytest.mark.parametrize("model", ["GRM", "GPCM"])
def test_thresholds_are_recovered(model):
    a, thresholds = graded(12, 4, 8)
    items = ItemParameters.of(a, thresholds=thresholds, model=model)
    theta = np.random.default_rng(9).standard_normal(6000)
    fit = calibrate(Responses.from_dense(scores_from(theta, items, 10)), model)

    assert fit.converged
    assert fit.items.model == model
    z = (fit.items.thresholds - thresholds) / fit.items.threshold_errors
    assert 0.7 < np.sqrt(np.mean(z**2)) < 1.4
    assert_allclose(fit.items.a, a, atol=0.15)


def test_anchors_of_polytomous_items_stay_and_place_the_new_ones():
    a, thresholds = graded(12, 3, 18)
    items = ItemParameters.of(a, thresholds=thresholds, model="GRM")
    theta = np.random.default_rng(19).normal(0.5, 1.2, 5000)
    matrix = scores_from(theta, items, 20)
    anchors = {j: (a[j], *thresholds[j]) for j in range(6)}
    fit = calibrate(Responses.from_dense(matrix), "GRM", anchors=anchors)

    assert_allclose(fit.items.thresholds[:6], thresholds[:6], rtol=1e-12)
    assert_allclose(fit.items.a[:6], a[:6])
    assert_allclose([fit.latent_mean, fit.latent_sd], [0.5, 1.2], atol=0.08)
    z = (fit.items.thresholds - thresholds)[6:] / fit.items.threshold_errors[6:]
    assert np.sqrt(np.mean(z**2)) < 1.5


def test_rasch_is_a_1pl_on_the_scale_of_unit_slopes():
    matrix = data_of(["2PL"] * 6, 1)
    one, rasch = (calibrate(Responses.from_dense(matrix), name) for name in ("1PL", "Rasch"))

    assert_allclose(rasch.log_likelihood, one.log_likelihood, atol=1e-9)
    assert_allclose(rasch.items.a, 1.0)
    assert_allclose(rasch.latent_sd, one.items.a[0], rtol=1e-9)
    assert_allclose(rasch.items.b, one.items.b * one.items.a[0], rtol=1e-9)
    assert rasch.n_parameters == one.n_parameters == 7
    assert np.isnan(rasch.items.standard_errors[:, 0]).all()


def test_partial_credit_has_unit_slopes():
    a, thresholds = np.ones(8), np.linspace(-1, 1, 8)[:, None] + [-0.6, 0.5]
    items = ItemParameters.of(a, thresholds=thresholds, model="GPCM")
    theta = np.random.default_rng(29).normal(0, 1.3, 5000)
    fit = calibrate(Responses.from_dense(scores_from(theta, items, 30)), "PCM")

    assert_allclose(fit.items.a, 1.0)
    assert_allclose(fit.latent_sd, 1.3, atol=0.08)
    assert_allclose(fit.items.thresholds, thresholds, atol=0.2)
    assert fit.n_parameters == 17


@pytest.mark.parametrize("names", [["2PL"] * 6, ["3PL", "GRM", "2PL", "GPCM", "GRM", "3PL"]])
def test_errors_by_polynomials_are_those_by_nodes(names, monkeypatch):
    import models.lost_information as module

    matrix = data_of(names, 2, n_persons=600)
    label = np.arange(600) % 2
    arguments = {"priors": Priors(), "groups": label}
    by_nodes = calibrate(Responses.from_dense(matrix), names, **arguments)
    monkeypatch.setattr(module, "_MOST_BY_NODES", 0)
    by_polynomials = calibrate(Responses.from_dense(matrix), names, **arguments)

    assert_allclose(by_polynomials.items.standard_errors, by_nodes.items.standard_errors, rtol=1e-4)
    assert_allclose(
        by_polynomials.items.covariance, by_nodes.items.covariance, rtol=1e-3, atol=1e-6
    )
    assert_allclose(by_polynomials.errors.latent_sd, by_nodes.errors.latent_sd, rtol=1e-4)
