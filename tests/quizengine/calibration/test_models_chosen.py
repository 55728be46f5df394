"""Which models a bank's items are fitted with, from answers drawn from known ones."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from models import ItemParameters, Responses, simulate_responses
from quizengine.banks.service.parameters import ParameterTable
from quizengine.calibration.service.fit import BankFit, fit_bank
from quizengine.calibration.service.responses import StoredResponses

K, PER_COMPETENCY = 3, 16
AREA = np.repeat(np.arange(K), PER_COMPETENCY)
SEVERAL = np.arange(AREA.size) % 5 == 0


def table_of(items: ItemParameters) -> ParameterTable:
    """A published provisional set of the items."""
    n = len(items)
    nothing = ("",) * n
    return ParameterTable(
        parameter_set_id=1,
        bank_id=1,
        revision_id=1,
        kind="provisional",
        simulated=False,
        competency_codes=("A1", "A2", "A3"),
        covariance=np.full((K, K), 0.5) + 0.5 * np.eye(K),
        version_ids=np.arange(1, n + 1),
        item_ids=np.arange(1, n + 1),
        codes=tuple(f"I-{number:03d}" for number in range(n)),
        competency=AREA,
        sub_topics=nothing,
        enemies=((),) * n,
        stem_sets=nothing,
        set_position=np.zeros(n, dtype=np.intp),
        items=items,
        provisional=np.ones(n, dtype=bool),
    )


@cache
def fitted(c: float, n_persons: int = 700) -> tuple[ItemParameters, BankFit]:
    """Answers to items of which a fifth have three points; the rest have four options."""
    rng = np.random.default_rng(1)
    a, b = rng.lognormal(0, 0.2, AREA.size), rng.normal(0, 0.8, AREA.size)
    thresholds = np.full((AREA.size, 3), np.nan)
    thresholds[SEVERAL] = b[SEVERAL, None] + np.array([-0.6, 0.0, 0.6])
    names = np.where(SEVERAL, "GPCM", "3PL").tolist()
    truth = ItemParameters.of(a, b, c, thresholds=thresholds, models=names)
    correlation = np.full((K, K), 0.6) + 0.4 * np.eye(K)
    theta = rng.multivariate_normal(np.zeros(K), correlation, n_persons)
    answers = simulate_responses(theta, truth, rng, AREA)
    stored = StoredResponses(
        Responses.from_dense(answers), n_persons, 0, 0, np.where(SEVERAL, 0.0, 0.25)
    )
    return truth, fit_bank(table_of(truth), stored, lambda fraction, note: None)


@pytest.mark.parametrize(("c", "single"), [(0.25, "3PL"), (0.0, "2PL")])
def test_the_answers_tell_whether_people_guess(c: float, single: str) -> None:
    _, fit = fitted(c)
    assert fit.model.single == single
    assert fit.model.evidence is not None
    assert fit.model.bar == pytest.approx(0.3 * np.sum(~SEVERAL))
    assert (fit.model.evidence > fit.model.bar) == (single == "3PL")
    assert fit.model_name == "mixed"
    assert {item.model for item in fit.fitted.values()} == {"GPCM", single}
    assert fit.summary()["model"] == {
        "single": single,
        "evidence": fit.model.evidence,
        "n_several": int(SEVERAL.sum()),
        "bar": fit.model.bar,
    }


def test_what_is_guessed_keeps_its_known_asymptote_and_honest_intervals() -> None:
    truth, fit = fitted(0.25)
    z = []
    for version, item in fit.fitted.items():
        assert item.c == (0.0 if SEVERAL[version - 1] else 0.25)
        assert item.se_b is not None
        z.append((item.b - truth.b[version - 1]) / item.se_b)
    assert 0.88 < np.mean(np.abs(z) < 1.96) <= 1.0
    assert abs(fit.correlation[np.triu_indices(K, 1)].mean() - 0.6) < 0.06


def test_items_with_several_points_are_stored_with_their_thresholds() -> None:
    truth, fit = fitted(0.25)
    assert truth.thresholds is not None
    for column in np.flatnonzero(SEVERAL):
        item = fit.fitted[int(column) + 1]
        assert item.model == "GPCM"
        assert item.thresholds is not None
        assert len(item.thresholds) == 3
        assert abs(np.mean(item.thresholds) - item.b) < 1e-9
        assert abs(item.b - truth.b[column]) < 0.5


def test_where_nothing_can_be_guessed_one_fit_is_enough() -> None:
    truth, _ = fitted(0.0)
    rng = np.random.default_rng(2)
    theta = rng.multivariate_normal(np.zeros(K), np.full((K, K), 0.5) + 0.5 * np.eye(K), 300)
    answers = Responses.from_dense(simulate_responses(theta, truth, rng, AREA))
    stored = StoredResponses(answers, 300, 0, 0, np.zeros(AREA.size))
    fit = fit_bank(table_of(truth), stored, lambda fraction, note: None)
    assert fit.model.evidence is None
    assert fit.model.single == "2PL"
