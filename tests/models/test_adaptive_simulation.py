"""Simulated adaptive tests: length, error, coverage, quotas, enemies."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from models.adaptive import StoppingRule, prepare_bank
from models.adaptive_simulation import simulate_adaptive_tests
from models.content import quotas
from models.parameters import ItemParameters


def simulated_bank(k, per_competency, rho, seed=14):
    rng = np.random.default_rng(seed)
    n = k * per_competency
    items = ItemParameters.of(
        np.clip(np.exp(rng.normal(0.0, 0.3, n)), 0.35, 2.8), rng.normal(0.0, 1.0, n)
    )
    covariance = np.full((k, k), rho) + (1 - rho) * np.eye(k)
    return prepare_bank(items, np.repeat(np.arange(k), per_competency), covariance)


def simulated_abilities(bank, n, seed=22):
    sigma = bank.prior.covariance
    return np.random.default_rng(seed).multivariate_normal(np.zeros(len(sigma)), sigma, n)


def test_five_correlated_competencies_reach_their_precision_in_68_items():
    bank = simulated_bank(5, 150, 0.6)
    theta = simulated_abilities(bank, 500)

    done = simulate_adaptive_tests(
        theta, bank, StoppingRule(0, 200, 0.35), np.random.default_rng(21)
    )

    # Who is three deviations below the mean everywhere may run out of informative items.
    assert done.reasons.count("precision") >= 498
    assert done.mean_length <= 68
    assert np.sqrt((done.rmse**2).mean()) <= 0.355
    assert 0.93 <= done.coverage.mean() <= 0.96
    assert (np.abs(done.bias) < 0.06).all()


def test_borrowing_strength_saves_items():
    correlated, separate = simulated_bank(5, 150, 0.6), simulated_bank(5, 150, 0.0)
    theta = simulated_abilities(correlated, 20)
    rule = StoppingRule(0, 200, 0.4)

    with_ = simulate_adaptive_tests(theta, correlated, rule, np.random.default_rng(1))
    without = simulate_adaptive_tests(theta, separate, rule, np.random.default_rng(1))

    assert with_.mean_length < 0.92 * without.mean_length


def test_the_target_rule_is_shorter_than_the_others():
    bank = simulated_bank(5, 100, 0.6)
    theta = simulated_abilities(bank, 20)
    rule = StoppingRule(0, 300, 0.4)

    length = {
        name: simulate_adaptive_tests(
            theta, bank, rule, np.random.default_rng(1), rule=name
        ).mean_length
        for name in ("target", "D", "A", "random")
    }

    assert length["target"] < length["A"] < length["D"] < length["random"]


def test_every_full_test_meets_the_blueprint():
    bank = simulated_bank(6, 40, 0.5)
    blueprint = quotas([12, 30, 8, 20, 10, 20], 35, [40] * 6)

    done = simulate_adaptive_tests(
        simulated_abilities(bank, 25),
        bank,
        StoppingRule(35, 35, 0.01),
        np.random.default_rng(3),
        blueprint=blueprint,
    )

    assert_array_equal(done.counts, np.tile(blueprint[0], (25, 1)))
    assert set(done.reasons) == {"length"}
    assert_allclose(done.exposure.sum(), 35)


def test_enemies_never_meet():
    bank = simulated_bank(2, 12, 0.5)
    groups = [[0, 1, 2], [2, 13], [20, 21]]

    done = simulate_adaptive_tests(
        simulated_abilities(bank, 30),
        bank,
        StoppingRule(24, 24, 0.01),
        np.random.default_rng(3),
        enemies=groups,
    )

    assert done.length.max() <= 24 - 3
    assert set(done.reasons) == {"exhausted"}
    for group in groups:
        assert done.exposure[group].sum() <= 1 + 1e-12


def test_randomesque_spreads_the_exposure_a_little():
    bank = simulated_bank(1, 200, 0.0)
    theta = simulated_abilities(bank, 100)
    rule = StoppingRule(20, 20, 0.01)

    plain = simulate_adaptive_tests(theta, bank, rule, np.random.default_rng(1))
    spread = simulate_adaptive_tests(theta, bank, rule, np.random.default_rng(1), randomesque=8)

    assert plain.exposure.max() == 1.0
    assert spread.exposure.max() < 0.95
    # The sum of squared rates is how many items two tests share on average.
    assert (spread.exposure**2).sum() < 0.95 * (plain.exposure**2).sum()


def test_the_lock_step_gives_the_estimate_of_the_log():
    bank = simulated_bank(3, 60, 0.6)
    theta = simulated_abilities(bank, 10)
    answers = (np.random.default_rng(5).random((10, 180)) < 0.6).astype(np.int8)

    done = simulate_adaptive_tests(
        theta,
        bank,
        StoppingRule(180, 180, 0.01),
        np.random.default_rng(1),
        responses=answers,
    )

    for person in range(10):
        profile = bank.profile(np.arange(180), answers[person])
        assert_allclose(done.estimate[person], profile.mean, atol=1e-7)
        assert_allclose(done.standard_error[person], profile.standard_error, atol=1e-7)


def test_the_same_seed_gives_the_same_tests():
    bank = simulated_bank(2, 40, 0.5)
    theta = simulated_abilities(bank, 8)

    first, second = (
        simulate_adaptive_tests(
            theta, bank, StoppingRule(5, 20, 0.4), np.random.default_rng(9), randomesque=3
        )
        for _ in range(2)
    )

    assert_array_equal(first.estimate, second.estimate)
    assert_array_equal(first.exposure, second.exposure)


def test_progress_runs_to_the_end_and_may_cancel():
    bank = simulated_bank(2, 40, 0.5)
    theta = simulated_abilities(bank, 8)
    shares = []

    simulate_adaptive_tests(
        theta,
        bank,
        StoppingRule(5, 20, 0.4),
        np.random.default_rng(9),
        progress=lambda share, note: shares.append(share),
    )

    assert shares == sorted(shares)
    assert shares[-1] == 1.0

    def cancel(share, note):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        simulate_adaptive_tests(
            theta, bank, StoppingRule(5, 20), np.random.default_rng(9), progress=cancel
        )


@pytest.mark.parametrize(
    ("theta", "options", "sentence"),
    [
        (np.zeros((3, 4)), {}, "2 columns"),
        (np.zeros((0, 2)), {}, "at least one row"),
        (np.zeros((3, 2)), {"responses": np.zeros((3, 5), np.int8)}, "one column an item"),
        (np.zeros((3, 2)), {"enemies": [[0, 99]]}, r"0\.\.79"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(theta, options, sentence):
    bank = simulated_bank(2, 40, 0.5)
    with pytest.raises(ValueError, match=sentence):
        simulate_adaptive_tests(
            theta, bank, StoppingRule(5, 20), np.random.default_rng(9), **options
        )
