"""Fit of the whole model: the numbers of another program, error rate and power."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models import ItemParameters, Responses, calibrate, model_fit, simulate_responses
from models.response_functions import category_probabilities

FOLDER = Path(__file__).parents[1] / "references"
PATTERNS = json.loads((FOLDER / "lsat.json").read_text(encoding="utf-8"))["patterns"]
REFERENCE = json.loads((FOLDER / "lsat_fit_statistics.json").read_text(encoding="utf-8"))


def lsat(name: str) -> Responses:
    rows = [[int(x) for x in pattern] for pattern, n in PATTERNS[name].items() for _ in range(n)]
    return Responses.from_dense(np.array(rows, dtype=np.int8))


@pytest.mark.parametrize("key", [key for key in REFERENCE if key != "source"])
def test_it_agrees_with_the_reference(key):
    name, model = key.split()
    data, expected = lsat(name), REFERENCE[key]["m2"]

    found = model_fit(data, calibrate(data, model))

    assert_allclose(found.m2, expected["M2"], atol=5e-3)
    assert found.degrees_of_freedom == expected["df"]
    assert_allclose(found.p, expected["p"], atol=1e-3)
    assert_allclose(found.rmsea, expected["RMSEA"], atol=1e-4)
    assert_allclose(found.rmsea_interval, [expected["RMSEA_5"], expected["RMSEA_95"]], atol=1e-4)
    assert_allclose(found.srmsr, expected["SRMSR"], atol=1e-4)
    assert_allclose(min(found.cfi, 1.0), expected["CFI"], atol=1e-3)
    assert_allclose(found.tli, expected["TLI"], atol=1e-3)


def test_a_model_that_holds_is_rejected_as_often_as_promised():
    rng = np.random.default_rng(1)
    thresholds = np.sort(rng.normal(0, 1, (7, 2)), axis=1) + np.array([-0.4, 0.4])
    items = ItemParameters.of(
        rng.lognormal(0, 0.2, 7), thresholds.mean(axis=1), thresholds=thresholds, model="GRM"
    )
    p = []
    for _ in range(150):
        of_scores = category_probabilities(rng.standard_normal(600), items)
        scores = (rng.random((600, 7, 1)) > of_scores.cumsum(axis=-1)[..., :-1]).sum(axis=-1)
        data = Responses.from_dense(scores)
        p.append(model_fit(data, items, n_estimated=np.zeros(7, dtype=int)).p)

    # 150 tests: three standard errors of 5 % are 0.053, of a mean of 0.5 they are 0.071
    assert np.mean(np.array(p) < 0.05) < 0.104
    assert abs(np.mean(p) - 0.5) < 0.072


def test_two_abilities_in_one_test_are_found():
    rng = np.random.default_rng(2)
    theta = rng.standard_normal((1500, 2)) @ np.array([[1.0, 0.3], [0.0, 0.95]])
    items = ItemParameters.of(np.full(12, 1.5), np.tile(np.linspace(-1, 1, 6), 2))
    data = Responses.from_dense(
        simulate_responses(theta, items, rng, competency=np.repeat([0, 1], 6))
    )

    found = model_fit(data, calibrate(data))

    assert found.p < 1e-6
    assert found.rmsea_interval[0] > 0.03
    assert found.cfi < 0.9


def test_order_of_the_items_does_not_matter():
    data = lsat("lsat7")
    items = calibrate(data).items
    order = [3, 0, 4, 1, 2]

    one = model_fit(data, items)
    other = model_fit(Responses.from_dense(data.to_dense()[:, order]), items.take(order))

    assert_allclose([one.m2, one.srmsr, one.cfi], [other.m2, other.srmsr, other.cfi])


def test_missing_answers_too_many_and_too_few_items_are_refused():
    with pytest.raises(ValueError, match="1 are missing"):
        model_fit(Responses.from_dense([[1, -1], [0, 1]]), ItemParameters.of([1, 1], 0.0))
    with pytest.raises(ValueError, match="give at most 100"):
        model_fit(
            Responses.from_dense(np.ones((2, 101), dtype=np.int8)),
            ItemParameters.of(np.ones(101), 0.0),
        )
    with pytest.raises(ValueError, match="no degree of freedom"):
        rng = np.random.default_rng(3)
        model_fit(
            Responses.from_dense(rng.integers(0, 2, (50, 3))), ItemParameters.of([1, 1, 1], 0.0)
        )
