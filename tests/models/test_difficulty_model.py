"""Predicted difficulties: their error is honest, and answers outgrow them."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from numpy.testing import assert_allclose

import models.difficulty_model as difficulty_model
from models import (
    ItemFeatures,
    ItemParameters,
    Priors,
    Responses,
    calibrate,
    calibrate_jointly,
    fit_difficulty_model,
    simulate_responses,
)

ENGLISH = ["dose", "shield", "recall", "compare", "evaluate", "artefact", "probe", "contrast"]
CHINESE = ["剂量", "屏蔽", "记忆", "比较", "评价", "伪影", "探头", "对比"]
WEIGHT = np.array([-0.8, -0.4, -0.6, 0.4, 0.8, 0.6, -0.2, 0.2])


def bank(seed: int, n: int, words: list[str], *, telling: bool = True, noise: float = 0.3):
    """Texts of random words; difficulty from them and the level, or from the level alone."""
    rng = np.random.default_rng(seed)
    chosen = rng.random((n, len(words))) < 0.4
    gap = " " if words is ENGLISH else "的"
    texts = [gap.join(np.array(words)[row]) or words[0] for row in chosen]
    level = rng.choice(["K", "A", "E"], n)
    shift = np.array([{"K": -0.5, "A": 0.0, "E": 0.5}[word] for word in level])
    true_b = shift + (chosen @ WEIGHT if telling else 0.0) + rng.normal(0, noise, n)
    features = ItemFeatures(
        level=level.tolist(), n_options=rng.integers(3, 6, n).tolist(), item_type=["single"] * n
    )
    return texts, features, true_b


@pytest.mark.parametrize(("words", "language"), [(ENGLISH, "en"), (CHINESE, "zh")])
def test_texts_that_tell_difficulty_are_learnt_and_the_error_is_that_of_new_items(words, language):
    texts, features, true_b = bank(1, 220, words)
    errors = np.full(220, 0.15)
    b = true_b + np.random.default_rng(2).normal(0, 0.15, 220)
    model = fit_difficulty_model(texts, features, b, errors)
    new_texts, new_features, new_b = bank(3, 400, words)
    found = model.predict(new_texts, new_features)

    assert model.language == language
    assert model.basis == "text"
    assert model.r2 > 0.6 > model.level_r2
    assert model.rmse < 0.75 * model.level_rmse < 0.75 * model.mean_rmse * 1.05
    observed = np.sqrt(np.mean((found.mean - new_b) ** 2))
    assert abs(observed - model.rmse) < 0.12
    z = (found.mean - new_b) / found.standard_deviation
    assert 0.88 < np.mean(np.abs(z) < 1.96) <= 1.0


def test_texts_that_tell_nothing_leave_the_level_and_the_model_says_so():
    texts, features, b = bank(4, 200, ENGLISH, telling=False)
    model = fit_difficulty_model(texts, features, b)
    assert model.basis == "level"
    assert not model.uses_text
    assert "do not predict" in model.summary()
    found = model.predict(
        ["never met", "nor this"],
        ItemFeatures(level=["K", "E"], n_options=[4, 4], item_type=["single", "single"]),
    )
    assert found.mean[1] - found.mean[0] == pytest.approx(1.0, abs=0.25)


def test_noise_is_predicted_by_the_mean_with_all_its_spread():
    rng = np.random.default_rng(5)
    texts, features, _ = bank(5, 120, ENGLISH)
    b = rng.normal(0.3, 1.0, 120)
    model = fit_difficulty_model(texts, features, b)
    found = model.predict(
        texts[:3],
        features=ItemFeatures(level=["K"] * 3, n_options=[4] * 3, item_type=["single"] * 3),
    )
    assert model.r2 < 0.1
    assert not model.uses_text
    assert_allclose(found.standard_deviation, 1.0, atol=0.2)


def test_the_order_of_items_hardly_matters_and_the_seed_fixes_the_result():
    texts, features, b = bank(6, 100, ENGLISH)
    one, again = (fit_difficulty_model(texts, features, b) for _ in range(2))
    assert one.rmse == again.rmse
    assert_allclose(
        one.predict(texts, features).mean, again.predict(texts, features).mean, atol=1e-12
    )


def prior_and_data(n_persons: int) -> tuple[ItemParameters, np.ndarray]:
    """Items predicted half a logit too easy, answered by so many."""
    rng = np.random.default_rng(7)
    truth = ItemParameters.of(1.1, np.linspace(-1, 1, 20))
    answers = Responses.from_dense(simulate_responses(rng.normal(size=n_persons), truth, rng))
    priors = Priors(difficulty=(truth.b - 0.8, np.full(20, 0.4)))
    return truth, calibrate(answers, priors=priors).items.b


def test_with_few_answers_the_estimate_stays_near_the_prediction_and_with_many_it_leaves_it():
    shares = []  # of the way from the prediction to the truth
    for n_persons in (4, 40, 4000):
        truth, b = prior_and_data(n_persons)
        shares.append(float(np.mean(b - (truth.b - 0.8))) / 0.8)
    assert shares[0] < 0.3
    assert shares[0] < shares[1] < shares[2]
    assert shares[2] > 0.95


def test_a_prior_that_is_not_known_leaves_the_usual_one():
    rng = np.random.default_rng(8)
    truth = ItemParameters.of(1.1, np.linspace(-1, 1, 10))
    answers = Responses.from_dense(simulate_responses(rng.normal(size=60), truth, rng))
    unknown = Priors(difficulty=(np.full(10, np.nan), np.full(10, np.nan)))
    assert_allclose(
        calibrate(answers, priors=unknown).items.b, calibrate(answers, priors="default").items.b
    )


def test_predictions_serve_a_joint_calibration_and_graded_items():
    rng = np.random.default_rng(9)
    truth = ItemParameters.of(1.0, thresholds=[[-0.5, 0.5]] * 6, model="GPCM")
    answers = Responses.from_dense(simulate_responses(rng.normal(size=10), truth, rng))
    sure = difficulty_model.Prediction(np.full(6, 2.0), np.full(6, 0.1)).priors()
    pulled = calibrate_jointly(answers, [0, 0, 0, 1, 1, 1], "GPCM", max_scores=[2] * 6, priors=sure)
    free = calibrate_jointly(answers, [0, 0, 0, 1, 1, 1], "GPCM", max_scores=[2] * 6)
    assert (pulled.items.b > free.items.b).all()


def test_what_cannot_be_used_is_refused_in_words():
    texts, features, b = bank(10, 30, ENGLISH)
    with pytest.raises(ValueError, match="10 items have a difficulty; a model needs 20"):
        fit_difficulty_model(texts[:10], None, b[:10])
    with pytest.raises(ValueError, match="level has 30 entries, and there are 29 texts"):
        fit_difficulty_model(texts[:29], features, b[:29])
    with pytest.raises(ValueError, match="b must be one number for each of 30"):
        fit_difficulty_model(texts, features, b[:5])
    with pytest.raises(ValueError, match="standard_errors must be one number"):
        fit_difficulty_model(texts, features, b, [0.1])
    with pytest.raises(ValueError, match="language 'fr' is not known"):
        fit_difficulty_model(texts, features, b, language="fr")
    with pytest.raises(ValueError, match="fitted with level"):
        fit_difficulty_model(texts, features, b).predict(["dose"])
    with pytest.raises(ValueError, match="as many standard deviations above 0"):
        Priors(difficulty=([0.0], [0.0]))
    answers = Responses.from_dense([[1, 0], [0, 1]])
    with pytest.raises(ValueError, match="1 means, and there are 2 items"):
        calibrate(answers, priors=Priors(difficulty=([0.0], [1.0])))


def test_the_examples_of_the_module_run():
    assert doctest.testmod(difficulty_model).failed == 0
