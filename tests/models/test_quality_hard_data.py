"""Hard data: every statistic of items and persons answers with numbers, nan or a reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose

from models import (
    MISSING,
    ItemParameters,
    Responses,
    calibrate,
    differential_item_functioning,
    distractor_statistics,
    item_drift,
    item_fit,
    item_statistics,
    link_scales,
    model_fit,
    person_fit,
    response_time_flags,
)

shapes = st.tuples(st.integers(0, 12), st.integers(1, 6))
matrices = hnp.arrays(np.int8, shapes, elements=st.integers(MISSING, 1))
logits = st.floats(-6, 6)


@st.composite
def with_items(draw):
    """A matrix of answers, and parameters far from ordinary ones."""
    matrix = draw(matrices)
    n = matrix.shape[1]
    a = draw(hnp.arrays(float, n, elements=st.sampled_from([-1.0, 1e-4, 0.3, 1.0, 6.0])))
    b = draw(hnp.arrays(float, n, elements=logits))
    c = draw(hnp.arrays(float, n, elements=st.sampled_from([0.0, 0.25, 0.9])))
    return matrix, ItemParameters.of(a, b, c, model="3PL")


@given(data=with_items())
@settings(max_examples=60)
def test_fit_of_items_and_persons_never_fails(data):
    matrix, items = data
    responses = Responses.from_dense(matrix)

    of_items = item_fit(responses, items, persons_per_form=2)
    of_persons = person_fit(responses, items, minimum_items=1)
    classical = item_statistics(responses)

    for values in (of_items.s_x2, of_items.infit, of_items.outfit, of_persons.lz, of_persons.p):
        assert not np.isinf(values).any()
    assert ((of_items.p >= 0) & (of_items.p <= 1) | np.isnan(of_items.p)).all()
    assert (np.isnan(of_persons.lz) == (of_persons.reason != "")).all()
    assert (np.abs(np.nan_to_num(classical.item_rest_correlation)) <= 1 + 1e-9).all()


@given(data=with_items())
@settings(max_examples=40)
def test_sparse_answers_give_what_dense_ones_give(data):
    matrix, items = data
    dense = Responses.from_dense(matrix)
    shuffled = np.random.default_rng(0).permutation(dense.n_responses)
    sparse = Responses.from_triples(
        dense.person()[shuffled],
        dense.item[shuffled],
        dense.score[shuffled],
        n_persons=dense.n_persons,
        n_items=dense.n_items,
    )

    one, other = (item_fit(x, items, persons_per_form=2) for x in (dense, sparse))

    assert_allclose(one.s_x2, other.s_x2)
    assert_allclose(one.infit_z, other.infit_z)
    assert_allclose(one.local_dependence.q3, other.local_dependence.q3)
    assert_allclose(person_fit(dense, items).lz, person_fit(sparse, items).lz)


@given(matrix=matrices, seed=st.integers(0, 100))
@settings(max_examples=50)
def test_groups_of_any_kind_are_compared_or_refused(matrix, seed):
    groups = np.random.default_rng(seed).integers(0, 2, matrix.shape[0])
    try:
        found = differential_item_functioning(
            Responses.from_dense(matrix), groups, minimum_group=1, minimum_total=2
        )
    except ValueError as refusal:
        assert "two groups" in str(refusal) or "missing" in str(refusal)
        return

    assert set(found.mantel_haenszel.category) <= {"", "A", "B", "C"}
    assert not np.isinf(found.logistic.chi_square).any()
    assert not np.isinf(found.logistic.group_effect).any()


@given(
    b=hnp.arrays(float, 5, elements=logits),
    a=hnp.arrays(float, 5, elements=st.floats(0.2, 4)),
    shift=hnp.arrays(float, 5, elements=logits),
)
@settings(max_examples=30)
def test_any_two_calibrations_are_linked_and_compared(a, b, shift):
    errors = np.full((5, 4), 0.1)
    one = ItemParameters.of(a, b, standard_errors=errors)
    other = ItemParameters.of(a[::-1].copy(), b + shift, standard_errors=errors)

    link = link_scales(one, other)
    drift = item_drift(one, other)

    assert link.slope > 0
    assert np.isfinite([link.slope, link.intercept, link.criterion]).all()
    assert np.isfinite(drift.rmsd).all()
    assert drift.kept.sum() >= 3


@given(
    times=hnp.arrays(float, shapes, elements=st.one_of(st.floats(0, 1e6), st.just(float("nan"))))
)
@settings(max_examples=50)
def test_any_times_are_judged(times):
    found = response_time_flags(times, minimum_responses=1)

    assert not (found.rapid & np.isnan(times)).any()
    assert ((found.effort >= 0) & (found.effort <= 1) | np.isnan(found.effort)).all()
    assert (np.isnan(found.model.residual) == np.isnan(times)).all()


@given(choices=hnp.arrays(np.int8, shapes, elements=st.integers(-1, 3)))
@settings(max_examples=50)
def test_any_choices_are_counted(choices):
    found = distractor_statistics(choices, np.zeros(choices.shape[1], dtype=int))

    assert found.count.sum() == (choices >= 0).sum()
    assert_allclose(np.nansum(found.proportion, axis=1), (found.n_responses > 0).astype(float))


@pytest.mark.parametrize(
    "matrix",
    [
        np.ones((40, 6)),
        np.zeros((40, 6)),
        np.repeat(np.arange(40)[:, None] % 2, 6, axis=1),
        np.tril(np.ones((40, 40)))[:, ::6],
    ],
    ids=["all right", "all wrong", "six times the same item", "perfect order"],
)
def test_a_calibration_of_degenerate_answers_can_still_be_judged(matrix):
    responses = Responses.from_dense(matrix)
    fit = calibrate(responses)

    assert not np.isinf(item_fit(responses, fit, persons_per_form=2).outfit_z).any()
    assert not np.isinf(person_fit(responses, fit, minimum_items=2).lz).any()
    assert 0 <= model_fit(responses, fit).p <= 1
    assert np.isfinite(item_drift(fit.items, fit.items).rmsd).all()
