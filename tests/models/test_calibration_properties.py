"""What must hold of every calibration, whatever the data."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from models import MISSING, ItemParameters, Responses, calibrate, simulate_responses
from models.dense_kernel import DenseKernel
from models.e_step import Sample
from models.item_families import families_of
from models.kernels import (
    add_expected,
    expected_counts_of,
    family_tables,
    kernel_for,
    with_weights,
)
from models.population import Population
from models.sparse_kernel import SparseKernel

NAMES = ("2PL", "GRM", "GPCM", "3PL")
NODES = np.linspace(-6, 6, 61)
CHEAP = settings(deadline=None, max_examples=8)


def mixed_bank(n_items, seed):
    """Items of all kinds in turn, and scores of 400 persons with some answers missing."""
    rng = np.random.default_rng(seed)
    names = [NAMES[j % 4] for j in range(n_items)]
    thresholds = np.full((n_items, 3), np.nan)
    for j, name in enumerate(names):
        if name in ("GRM", "GPCM"):
            m = int(rng.integers(1, 4))
            thresholds[j, :m] = np.cumsum(rng.uniform(0.5, 1.2, m)) - 1.0
    items = ItemParameters.of(
        rng.uniform(0.8, 1.6, n_items),
        rng.normal(0, 0.8, n_items),
        [0.2 if name == "3PL" else 0.0 for name in names],
        thresholds=thresholds,
        models=names,
    )
    matrix = simulate_responses(rng.standard_normal(400), items, rng)
    matrix[rng.random(matrix.shape) < 0.15] = MISSING
    return names, items, matrix


def same(one, other, items=None, atol=2e-3):
    order = np.arange(len(one.items)) if items is None else items
    assert_allclose(other.log_likelihood, one.log_likelihood, atol=1e-4)
    assert_allclose(other.items.a, one.items.a[order], atol=atol)
    assert_allclose(other.items.c, one.items.c[order], atol=atol)
    assert_allclose(other.items.b, one.items.b[order], atol=2 * atol)


@CHEAP
@given(seed=st.integers(0, 30))
def test_the_order_of_persons_and_items_changes_nothing_in_a_mixed_bank(seed):
    names, _, matrix = mixed_bank(8, seed)
    rng = np.random.default_rng(seed)
    persons, items = rng.permutation(400), rng.permutation(8)
    group = np.arange(400) % 2

    fit = calibrate(
        Responses.from_dense(matrix), names, priors="default", groups=group, errors=False
    )
    shuffled = calibrate(
        Responses.from_dense(matrix[persons][:, items]),
        [names[j] for j in items],
        priors="default",
        groups=group[persons],
        errors=False,
    )

    same(fit, shuffled, items)
    assert_allclose(shuffled.latent_mean, fit.latent_mean, atol=2e-3)
    assert_allclose(shuffled.latent_sd, fit.latent_sd, atol=2e-3)


@CHEAP
@given(seed=st.integers(0, 30))
def test_other_labels_of_the_groups_in_the_same_order_change_nothing(seed):
    names, _, matrix = mixed_bank(4, seed)
    number = np.random.default_rng(seed).integers(0, 3, 400)
    by_number, by_text = (
        calibrate(
            Responses.from_dense(matrix), names, priors="default", groups=labels, errors=False
        )
        for labels in (number, np.array(["north", "south", "west"])[number])
    )

    assert_allclose(by_text.latent_mean, by_number.latent_mean)
    assert_allclose(by_text.items.a, by_number.items.a)


@CHEAP
@given(seed=st.integers(0, 30))
def test_turning_all_scores_round_turns_the_scale_round(seed):
    rng = np.random.default_rng(seed)
    items = ItemParameters.of(rng.uniform(0.8, 1.6, 6), rng.normal(0, 0.8, 6))
    matrix = simulate_responses(rng.standard_normal(400), items, rng)
    fit, turned = (
        calibrate(Responses.from_dense(m), priors="default") for m in (matrix, 1 - matrix)
    )

    assert_allclose(turned.log_likelihood, fit.log_likelihood, atol=1e-5)
    assert_allclose(turned.items.a, fit.items.a, atol=2e-3)
    assert_allclose(turned.items.b, -fit.items.b, atol=2e-3)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 100), n_items=st.integers(1, 9))
def test_the_two_kernels_count_the_same(seed, n_items):
    names, _, matrix = mixed_bank(n_items, seed)
    rng = np.random.default_rng(seed)
    highest = np.maximum(matrix.max(axis=0), 1).astype(np.intp)
    families = families_of(names, highest)
    xi = np.zeros((n_items, 1 + max(3, highest.max())))
    xi[:, 0] = rng.uniform(0.5, 2, n_items)
    xi[:, 1:] = np.linspace(1, -1, xi.shape[1] - 1)
    population = Population(np.array([0.0, 0.5]), np.array([1.0, 1.3]))
    tables = with_weights(family_tables(families, xi, NODES), population.log_weights(NODES))
    sample = Sample(Responses.from_dense(matrix), highest, rng.uniform(0.1, 3, 400), (0, 150, 400))
    double = np.dtype(np.float64)

    dense, sparse = (
        kernel(sample, double).expected_counts(tables) for kernel in (DenseKernel, SparseKernel)
    )

    for name in ("n_bar", "r_bar", "weight", "by_group"):
        assert_allclose(getattr(dense, name), getattr(sparse, name), atol=1e-9)
    assert_allclose(dense.log_likelihood, sparse.log_likelihood, rtol=1e-12)
    assert_allclose(dense.weight.sum(), sample.weight.sum())


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 100), cut=st.integers(1, 399))
def test_the_expected_counts_of_parts_add_up(seed, cut):
    names, _, matrix = mixed_bank(5, seed)
    highest = np.maximum(matrix.max(axis=0), 1).astype(np.intp)
    xi = np.zeros((5, 4))
    xi[:, 0], xi[:, 1:] = 1.0, [0.8, 0.0, -0.8]
    tables = family_tables(families_of(names, highest), xi, NODES)
    tables = with_weights(tables, Population.standard().log_weights(NODES))
    whole, *parts = (
        Sample.of(Responses.from_dense(part), highest)
        for part in (matrix, matrix[:cut], matrix[cut:])
    )

    added = add_expected(expected_counts_of(part, tables) for part in parts)
    at_once = kernel_for(whole).expected_counts(tables)

    assert_allclose(added.r_bar, at_once.r_bar, atol=1e-9)
    assert_allclose(added.n_bar, at_once.n_bar, atol=1e-9)
    assert_allclose(added.log_likelihood, at_once.log_likelihood, rtol=1e-12)


@CHEAP
@given(seed=st.integers(0, 30))
def test_sparse_and_dense_fits_are_the_same(seed):
    names, _, matrix = mixed_bank(6, seed)
    dense = Responses.from_dense(matrix)
    wide = Responses.from_triples(
        dense.person(), dense.item, dense.score, n_persons=400, n_items=40
    )
    one = calibrate(dense, names, priors="default")
    other = calibrate(wide, names + ["2PL"] * 34, priors="default")

    assert_allclose(other.items.a[:6], one.items.a, atol=2e-3)
    assert_allclose(other.items.b[:6], one.items.b, atol=4e-3)
    assert_allclose(
        other.items.standard_errors[:6], one.items.standard_errors, rtol=0.01, atol=1e-3
    )
    assert_allclose(other.log_likelihood, one.log_likelihood, atol=1e-4)


@CHEAP
@given(seed=st.integers(0, 30))
def test_more_data_make_smaller_errors(seed):
    _, items, _ = mixed_bank(8, seed)
    rng = np.random.default_rng(seed)
    matrix = simulate_responses(rng.standard_normal(4000), items, rng)
    few, many = (
        calibrate(Responses.from_dense(part), items.item_models, priors="default")
        for part in (matrix[:800], matrix)
    )

    assert np.mean(many.items.standard_errors[:, 0] < few.items.standard_errors[:, 0]) > 0.85
    assert np.mean(many.items.standard_errors[:, 1] < few.items.standard_errors[:, 1]) > 0.85


@CHEAP
@given(seed=st.integers(0, 30), model=st.sampled_from(["2PL", "3PL", "4PL", "GRM", "GPCM"]))
def test_anchors_come_back_as_they_were_given(seed, model):
    rng = np.random.default_rng(seed)
    matrix = rng.integers(0, 3 if model in ("GRM", "GPCM") else 2, (200, 5)).astype(np.int8)
    given_values = {
        "2PL": (1.3, 0.4),
        "3PL": (1.3, 0.4, 0.2),
        "4PL": (1.3, 0.4, 0.2, 0.95),
        "GRM": (1.3, -0.4, 0.5),
        "GPCM": (1.3, -0.4, 0.5),
    }[model]
    fit = calibrate(
        Responses.from_dense(matrix), model, priors="default", anchors={2: given_values}
    )

    if model in ("GRM", "GPCM"):
        assert_allclose(fit.items.thresholds[2], given_values[1:], rtol=1e-9)
    else:
        found = (fit.items.a[2], fit.items.b[2], fit.items.c[2], fit.items.d[2])
        assert_allclose(found[: len(given_values)], given_values, rtol=1e-9)
    assert np.isnan(fit.items.standard_errors[2]).all()
