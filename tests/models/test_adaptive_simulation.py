"""Simulated adaptive tests: length, error, coverage, quotas, enemies."""

import time

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from models.adaptive import StoppingRule, prepare_bank, select_item, should_stop
from models.adaptive_simulation import simulate_adaptive_tests
from models.beliefs import ProfileBeliefs, table_on
from models.content import quotas
from models.parameters import ItemParameters
from models.simulation import draw_scores, simulate_responses, uniforms
from models.stopping import evidence, halfway


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


def replay(bank, done, person, stopping, **options):
    """The test of one simulee by the engine that serves one person at a time."""
    target = np.broadcast_to(np.square(stopping.target_standard_error), bank.n_competencies)
    available = np.ones(len(bank), dtype=bool)
    given, scores = [], []
    for item, score in zip(done.items[person], done.scores[person], strict=True):
        if item < 0:
            break
        profile = bank.profile(given, scores)
        mine = select_item(
            profile,
            bank,
            available=available,
            target_variance=target,
            administered=given,
            **options,
        )
        assert mine == item, f"item {len(given) + 1}"
        given.append(int(item))
        scores.append(int(score))
        available[item] = False
    return bank.profile(given, scores)


@pytest.mark.parametrize("rule", ["target", "information", "D", "A", "EPV", "KL"])
def test_the_lock_step_chooses_what_the_engine_chooses(rule):
    stopping = StoppingRule(12, 12, 0.01)
    for k in (1, 3):
        bank = simulated_bank(k, 70, 0.6)
        theta = simulated_abilities(bank, 6)
        done = simulate_adaptive_tests(theta, bank, stopping, np.random.default_rng(4), rule=rule)

        for person in range(6):
            profile = replay(bank, done, person, stopping, rule=rule)
            assert_allclose(done.estimate[person], profile.mean, atol=1e-6)
            assert_allclose(done.standard_error[person], profile.standard_error, atol=1e-6)


@pytest.mark.parametrize(
    "decision",
    [
        {"decision": "sprt"},
        {"decision": "posterior"},
        {"decision": "interval", "sides": 1},
        {"decision": "interval", "sides": 2, "precision": True, "target_standard_error": 0.4},
        {"least_information": 0.35},
    ],
)
@pytest.mark.parametrize("k", [1, 2])
def test_tests_end_where_the_engine_ends_them_and_for_its_reason(decision, k):
    bank = simulated_bank(k, 90, 0.6)
    stopping = StoppingRule(
        **{"min_items": 4, "max_items": 25, "cut": 0.1, "precision": False, **decision}
    )

    done = simulate_adaptive_tests(
        simulated_abilities(bank, 12), bank, stopping, np.random.default_rng(4)
    )

    for person in range(12):
        n = done.length[person]
        items, scores = done.items[person, :n], done.scores[person, :n]
        for given in range(n + 1):
            profile = bank.profile(items[:given], scores[:given])
            odds = evidence(bank, items[:given], scores[:given], 0.1, stopping.delta)
            at = halfway(profile, 0.1) if stopping.decision == "sprt" else None
            available = np.ones(len(bank), dtype=bool)
            available[items[:given]] = False
            best = select_item(
                profile,
                bank,
                available=available,
                at=at,
                target_variance=np.square(stopping.target_standard_error),
            )
            place = profile.mean if at is None else at
            best_information = bank.information(place[bank.competency[[best]]], np.array([best]))[0]
            reason = should_stop(
                profile, given, stopping, log_odds=odds, best_information=best_information
            )
            if given < n:
                assert reason is None
                assert best == items[given]
        assert reason == done.reasons[person]


def test_the_sequential_decision_needs_22_items_at_93_percent():
    rng = np.random.default_rng(11)
    items = ItemParameters.of(
        np.clip(np.exp(rng.normal(0.0, 0.3, 500)), 0.35, 2.8), rng.normal(0.0, 1.0, 500)
    )
    bank = prepare_bank(items, np.zeros(500, int), [[1.0]])
    theta = np.random.default_rng(7).normal(size=8_000)
    stopping = StoppingRule(10, 60, precision=False, cut=0.0, decision="sprt")

    done = simulate_adaptive_tests(theta, bank, stopping, np.random.default_rng(1))

    assert done.mean_length <= 22
    assert done.accuracy(0.0) >= 0.925  # 0.93 within its sampling error


def test_very_long_tests_are_as_exact():
    bank = simulated_bank(1, 800, 0.0)
    stopping = StoppingRule(700, 700, 0.01)

    done = simulate_adaptive_tests(
        np.array([-2.5, 0.0, 3.5]), bank, stopping, np.random.default_rng(4)
    )

    for person in range(3):
        profile = bank.profile(done.items[person], done.scores[person])
        assert_allclose(done.estimate[person], profile.mean, atol=2e-5)
        assert_allclose(done.standard_error[person], profile.standard_error, rtol=1e-4)


def test_polytomous_items_and_sets_under_one_stem_are_simulated_too():
    rng = np.random.default_rng(8)
    n = 60
    thresholds = np.full((n, 3), np.nan)
    thresholds[20:] = np.sort(rng.normal(0, 1, (40, 3)), axis=1)
    models = ["2PL"] * 20 + ["GRM"] * 20 + ["GPCM"] * 20
    items = ItemParameters.of(
        np.exp(rng.normal(0, 0.3, n)), rng.normal(0, 1, n), thresholds=thresholds, models=models
    )
    theta = rng.normal(size=(40, 1))
    stem = np.repeat(np.arange(20), 3)
    for testlet in (None, stem):
        bank = prepare_bank(items, np.zeros(n, int), [[1.0]], testlet=testlet)
        stopping = StoppingRule(12, 12, 0.01)

        done = simulate_adaptive_tests(theta, bank, stopping, np.random.default_rng(4))

        profile = replay(bank, done, 0, stopping)
        assert_allclose(done.estimate[0], profile.mean, atol=1e-6)
        assert done.scores.max() == 3
        assert 0.7 < np.corrcoef(done.estimate[:, 0], theta[:, 0])[0, 1] <= 1
    groups = stem[done.items].reshape(40, 4, 3)
    assert (groups == groups[:, :, :1]).all()  # each case was asked to its end


def test_drawn_scores_follow_the_model():
    thresholds = np.array([[np.nan] * 3, [-1.0, 0.2, 1.5], [-0.5, 0.8, np.nan]])
    items = ItemParameters.of(
        [1.2, 0.9, 1.4], 0.3, [0.2, 0, 0], thresholds=thresholds, models=["3PL", "GRM", "GPCM"]
    )
    theta = 0.4
    n = 40_000
    rng = np.random.default_rng(2)
    share = [
        np.bincount(
            draw_scores(items, np.full(n, theta), np.full(n, item), rng.random(n)), minlength=4
        )
        / n
        for item in range(3)
    ]

    def logistic(x):
        return 1 / (1 + np.exp(-x))

    right = 0.2 + 0.8 * logistic(1.2 * (theta - 0.3))
    at_least = np.r_[1, logistic(0.9 * (theta - thresholds[1])), 0]
    z = np.exp(np.r_[0, np.cumsum(1.4 * (theta - thresholds[2, :2]))])
    expected = [[1 - right, right, 0, 0], -np.diff(at_least), [*(z / z.sum()), 0]]
    assert_allclose(share, expected, atol=0.01)
    whole = simulate_responses(np.full(n, theta), items, rng)
    assert_allclose([np.bincount(row, minlength=4) / n for row in whole.T], expected, atol=0.01)


def test_the_numbers_behind_the_answers_are_uniform_and_depend_on_the_seed():
    person, item = (index.ravel() for index in np.indices((300, 400)))
    u = uniforms(5, person, item, 400)

    assert u.min() >= 0
    assert u.max() < 1
    counts = np.bincount((u * 20).astype(int), minlength=20)
    assert ((counts - 6000) ** 2 / 6000).sum() < 50  # chi-square with 19 degrees of freedom
    table = u.reshape(300, 400)
    assert abs(np.corrcoef(table[:, 0], table[:, 1])[0, 1]) < 0.2
    assert abs(np.corrcoef(table[0], table[1])[0, 1]) < 0.2
    assert (u != uniforms(6, person, item, 400)).all()


def test_two_rules_get_the_same_answers_to_the_same_items():
    bank = simulated_bank(2, 20, 0.5)
    theta = simulated_abilities(bank, 15)
    tables = []
    for rule in ("target", "random"):
        done = simulate_adaptive_tests(
            theta, bank, StoppingRule(40, 40, 0.01), np.random.default_rng(6), rule=rule
        )
        table = np.full((15, 40), -1)
        np.put_along_axis(table, done.items.astype(int), done.scores, axis=1)
        tables.append(table)

    assert_array_equal(*tables)


def test_one_refreshed_site_after_another_is_close_to_the_fixed_point():
    bank = simulated_bank(4, 30, 0.7)
    beliefs = ProfileBeliefs(1, bank, *table_on(bank, 20))
    rng = np.random.default_rng(3)
    given, scores = [], []
    for item in rng.permutation(120)[:20]:
        score = int(rng.random() < 0.6)
        beliefs.update(np.array([item]), np.array([score]))
        given.append(int(item))
        scores.append(score)
        exact = bank.profile(given, scores)
        assert_allclose(beliefs.mean[0], exact.mean, atol=0.01)
        assert_allclose(beliefs.covariance[0], exact.covariance, atol=0.01)


def test_figures_by_ability_add_up_to_the_whole():
    bank = simulated_bank(1, 200, 0.0)
    theta = simulated_abilities(bank, 400)
    done = simulate_adaptive_tests(theta, bank, StoppingRule(5, 40, 0.35), np.random.default_rng(6))

    bins = done.by_ability([-np.inf, -1, 0, 1, np.inf], cuts=[0.0, 0.5])
    share = bins.n / 400

    assert bins.n.sum() == 400
    assert_allclose(share @ bins.mean_length, done.mean_length)
    assert_allclose(share @ bins.bias, done.bias[0])
    assert_allclose(share @ bins.rmse**2, done.rmse[0] ** 2)
    assert_allclose(share @ bins.coverage, done.coverage[0])
    assert_allclose(bins.accuracy @ share, [done.accuracy(0.0), done.accuracy(0.5)])
    assert (bins.overlap > done.overlap).all()  # who are alike get more alike tests
    with pytest.raises(ValueError, match="ascend"):
        done.by_ability([1.0, 0.0])


def test_overlap_is_what_counting_the_pairs_gives():
    bank = simulated_bank(1, 40, 0.0)
    done = simulate_adaptive_tests(
        simulated_abilities(bank, 12), bank, StoppingRule(3, 10, 0.6), np.random.default_rng(6)
    )

    forms = [set(row[row >= 0].tolist()) for row in done.items]
    pairs = [len(forms[i] & forms[j]) for i in range(12) for j in range(i)]
    assert_allclose(done.overlap, np.mean(pairs) / done.mean_length)


def test_a_test_that_ends_by_precision_is_as_precise():
    bank = simulated_bank(2, 30, 0.5)
    done = simulate_adaptive_tests(
        simulated_abilities(bank, 3), bank, StoppingRule(0, 60, 0.5), np.random.default_rng(6)
    )

    assert set(done.reasons) == {"precision"}
    assert (done.standard_error <= 0.5 + 1e-3).all()


def test_a_simulee_takes_a_fraction_of_a_millisecond():
    """Five times the time it takes on a quiet core; one at a time it would take fifty times."""
    bank = simulated_bank(1, 500, 0.0)
    theta = simulated_abilities(bank, 4_000)
    start = time.process_time()

    simulate_adaptive_tests(theta, bank, StoppingRule(30, 30, 0.01), np.random.default_rng(1))

    assert (time.process_time() - start) / 4_000 < 100e-6
