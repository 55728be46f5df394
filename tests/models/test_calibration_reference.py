"""Published data and the estimates of another program: `tests/references/lsat.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from models import Calibration, Priors, Responses, calibrate

REFERENCE: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "references" / "lsat.json").read_text(encoding="utf-8")
)
PRIORS = {"1PL": None, "Rasch": None, "2PL": None, "3PL": Priors(None, None, (-1.4, 0.7))}


def lsat(name: str) -> Responses:
    rows = [
        [int(score) for score in pattern]
        for pattern, count in REFERENCE["patterns"][name].items()
        for _ in range(count)
    ]
    return Responses.from_dense(np.array(rows, dtype=np.int8))


def fitted(key: str) -> Calibration:
    name, model = key.split()
    return calibrate(lsat(name), model, priors=PRIORS[model])


@pytest.mark.parametrize("key", REFERENCE["fits"])
def test_estimates_agree_with_the_reference(key):
    reference, fit = REFERENCE["fits"][key], fitted(key)

    assert fit.converged
    assert fit.warnings == ()
    assert_allclose(fit.log_likelihood, reference["log_likelihood"], atol=1e-3)
    assert_allclose(fit.items.a, reference["a"], atol=1e-3)
    assert_allclose(-fit.items.a * fit.items.b, reference["intercept"], atol=1e-3)
    assert_allclose(fit.items.c, reference["c"], atol=1e-3)


@pytest.mark.parametrize("name", ["lsat6", "lsat7"])
def test_the_rasch_variance_agrees_with_the_reference(name):
    reference, fit = REFERENCE["fits"][f"{name} Rasch"], fitted(f"{name} Rasch")

    assert fit.latent_mean == 0.0
    assert_allclose(fit.latent_sd**2, reference["variance"], atol=1e-3)


@pytest.mark.parametrize("key", REFERENCE["fits"])
def test_standard_errors_agree_with_the_reference_within_one_percent(key):
    reference, fit = REFERENCE["fits"][key], fitted(key)

    assert fit.errors is not None
    if key.endswith("Rasch"):
        variance_error = 2.0 * fit.latent_sd * fit.errors.latent_sd[0]
        assert_allclose(variance_error, reference["se_variance"], rtol=0.01)
        assert_allclose(fit.items.standard_errors[:, 1], reference["se_intercept"], rtol=0.01)
    else:
        assert_allclose(fit.errors.a, reference["se_a"], rtol=0.01)
    assert_allclose(fit.errors.intercept, reference["se_intercept"], rtol=0.01)
    if key.endswith("3PL"):
        assert_allclose(fit.errors.logit_c, reference["se_logit_c"], rtol=0.01)


def test_the_patterns_are_a_thousand_persons_each():
    assert [lsat(name).n_persons for name in ("lsat6", "lsat7")] == [1000, 1000]


def test_the_sparse_form_gives_the_same_estimates():
    dense = lsat("lsat7")
    # most cells of this table stay empty, so that the sparse E-step is chosen
    wide = Responses.from_triples(
        dense.person(), dense.item, dense.score, n_persons=1000, n_items=40
    )

    fit = calibrate(wide)

    assert_allclose(fit.items.a[:5], REFERENCE["fits"]["lsat7 2PL"]["a"], atol=1e-3)
    assert_allclose(fit.log_likelihood, REFERENCE["fits"]["lsat7 2PL"]["log_likelihood"], atol=1e-3)
    assert_allclose(fit.errors.a[:5], REFERENCE["fits"]["lsat7 2PL"]["se_a"], rtol=0.01)
    assert set(fit.warnings) == {"no-responses", "prior-for-items"}
