"""Exposure control: what it promises, and the faults measured in other engines."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from models.adaptive import StoppingRule, prepare_bank, select_item
from models.adaptive_simulation import simulate_adaptive_tests
from models.content import quotas
from models.exposure import (
    ExposureControl,
    eligible_items,
    progressive_weight,
    select_controlled_item,
)
from models.exposure_learning import (
    Warmup,
    exposure_rates,
    learn_exposure_control,
    sympson_hetter,
)
from models.parameters import ItemParameters
from models.profile import Profile

THIRTY = StoppingRule(30, 30, 0.01)
NONE = np.empty(0)


def bank_a(n=500, k=1, seed=11):
    rng = np.random.default_rng(seed)
    items = ItemParameters.of(
        np.clip(np.exp(rng.normal(0.0, 0.3, n)), 0.35, 2.8), rng.normal(0.0, 1.0, n)
    )
    covariance = np.full((k, k), 0.6) + 0.4 * np.eye(k)
    return prepare_bank(items, np.arange(n) % k, covariance)


@pytest.fixture(scope="module")
def learned():
    bank = bank_a()
    return bank, learn_exposure_control(bank, THIRTY, np.random.default_rng(3), target=0.26)


def simulate(bank, n, control, seed=1, stopping=THIRTY, **options):
    theta = np.random.default_rng(7).normal(size=(n, bank.n_competencies))
    return simulate_adaptive_tests(
        theta, bank, stopping, np.random.default_rng(seed), exposure=control, **options
    )


def test_thirty_of_five_hundred_items_are_shared_out(learned):
    bank, control = learned

    rates = exposure_rates(simulate(bank, 20_000, control))
    small = exposure_rates(simulate(bank, 1_000, control))

    assert rates.highest <= 0.28
    assert small.bank_used >= 0.9
    assert rates.overlap <= 0.22
    assert rates.rmse <= 0.265


def test_the_control_says_what_its_last_round_achieved(learned):
    _, control = learned

    assert control.achieved is not None
    assert control.achieved.n_simulees == 1_500
    assert 0.2 < control.achieved.highest < 0.31


def test_nobody_is_early_or_late(learned):
    """A peer counts against the final number of test takers, so the first get the best items."""
    bank, control = learned
    done = simulate(bank, 4_000, control)

    met = [np.bincount(half.ravel(), minlength=500) / 2_000 for half in np.split(done.items, 2)]

    assert met[0].max() <= 0.31
    assert met[1].max() <= 0.31
    assert abs(met[0] - met[1]).max() < 0.06
    error = (done.estimate - done.theta)[:, 0] ** 2
    assert abs(error[:2_000].mean() - error[2_000:].mean()) < 0.012


def test_no_two_test_takers_get_one_form_and_forms_follow_ability(learned):
    """A peer's stratified choice gave 300 simulees the same 30 items, whatever their ability."""
    bank, control = learned
    done = simulate(bank, 300, control)

    assert len({tuple(sorted(row)) for row in done.items.tolist()}) == 300
    late = bank.items.b[done.items[:, 15:]].mean(axis=1)
    assert np.corrcoef(late, done.theta[:, 0])[0, 1] > 0.9


def test_sympson_hetter_does_something_without_given_parameters():
    """A peer's does nothing then: highest rate 1.00 with target 0.25."""
    bank = bank_a()

    control = sympson_hetter(
        bank, THIRTY, np.random.default_rng(3), target=0.25, warmup=Warmup(9, 600)
    )
    done = simulate(bank, 3_000, control)

    assert control.eligibility.min() < 0.5
    assert done.exposure.max() <= 0.31
    assert done.bank_used < 0.6  # it caps the popular items and wakes few of the others


def test_the_lottery_alone_holds_the_target_with_less_precision():
    bank = bank_a()
    control = learn_exposure_control(
        bank, THIRTY, np.random.default_rng(3), prices=False, warmup=Warmup(9, 600)
    )

    rates = exposure_rates(simulate(bank, 3_000, control))

    assert rates.highest <= 0.31
    assert rates.bank_used >= 0.9
    assert not control.price.any()


def test_the_target_can_hold_at_every_ability():
    bank = bank_a(250)
    stopping = StoppingRule(15, 15, 0.01)
    edges = [-1.0, 0.0, 1.0]
    control = learn_exposure_control(
        bank,
        stopping,
        np.random.default_rng(3),
        target=0.3,
        edges=edges,
        warmup=Warmup(6, 600),
    )

    done = simulate(bank, 3_000, control, stopping=stopping)
    free = simulate(bank, 3_000, None, stopping=stopping)

    bins = [-np.inf, *edges, np.inf]
    # The lottery goes by the estimate, the bins by the truth: the target holds about.
    assert done.by_ability(bins).highest_exposure.max() < 0.5
    assert free.by_ability(bins).highest_exposure.min() > 0.9


def test_several_competencies_with_a_blueprint_and_enemies():
    bank = bank_a(300, k=3)
    blueprint = quotas([1, 2, 1], 20, [100] * 3)
    stopping = StoppingRule(20, 20, 0.01)
    enemies = [[0, 3, 6], [1, 4]]
    plan = Warmup(4, 300)

    control = learn_exposure_control(
        bank,
        stopping,
        np.random.default_rng(3),
        target=0.3,
        blueprint=blueprint,
        enemies=enemies,
        warmup=plan,
    )
    done = simulate(bank, 300, control, stopping=stopping, blueprint=blueprint, enemies=enemies)

    assert_array_equal(done.counts, np.tile(blueprint[0], (300, 1)))
    for row in done.items:
        assert all(np.isin(group, row).sum() <= 1 for group in enemies)
    assert done.exposure.max() < 0.6


def test_who_has_no_eligible_item_left_is_not_sent_home():
    bank = bank_a(40)
    control = ExposureControl(np.full(40, 0.05), np.zeros(40), NONE, 30, True, 0.8)

    done = simulate(bank, 50, control)

    assert (done.length == 30).all()
    item = select_controlled_item(
        bank.profile([], []),
        bank,
        control,
        np.zeros(40, dtype=bool),
        0,
        np.random.default_rng(1),
    )
    assert item is not None


def test_one_item_at_a_time_is_what_the_simulation_does():
    """Rates of the engine that serves one person agree with those of the lock-step."""
    bank = bank_a(60)
    stopping = StoppingRule(8, 8, 0.01)
    control = learn_exposure_control(
        bank, stopping, np.random.default_rng(3), target=0.3, warmup=Warmup(6, 500)
    )
    rng = np.random.default_rng(5)
    theta = rng.normal(size=400)
    met = np.zeros(60)
    for person in theta:
        eligible = eligible_items(control, rng)
        given, scores = [], []
        for _ in range(8):
            available = np.ones(60, dtype=bool)
            available[given] = False
            item = select_controlled_item(
                bank.profile(given, scores),
                bank,
                control,
                eligible,
                len(given),
                rng,
                available=available,
            )
            p = 1 / (1 + np.exp(-bank.items.a[item] * (person - bank.items.b[item])))
            given.append(item)
            scores.append(int(rng.random() < p))
        met[given] += 1

    rates = simulate(bank, 4_000, control, stopping=stopping).exposure

    assert abs(met / 400 - rates).max() < 0.1
    assert np.corrcoef(met / 400, rates)[0, 1] > 0.93


def test_without_lottery_price_and_chance_the_best_item_is_chosen():
    bank = bank_a(80)
    control = ExposureControl(np.ones(80), np.zeros(80), NONE, 10, False, 1.0)
    rng = np.random.default_rng(2)
    for theta in (-1.3, 0.0, 0.7):
        # In the middle of a cell, where the ranked list and the exact information agree.
        profile = Profile(np.array([theta]), np.array([[0.3]]), np.array([5]))
        mine = select_controlled_item(profile, bank, control, eligible_items(control, rng), 3, rng)
        assert mine == select_item(profile, bank)


@given(p=st.lists(st.floats(0, 1), min_size=3, max_size=3), seed=st.integers(0, 9))
@settings(deadline=None, max_examples=30)
def test_an_item_eligible_where_it_is_rarer_is_eligible_where_it_is_not(p, seed):
    table = np.sort(np.array(p))[:, None] * np.ones(50)
    control = ExposureControl(table, np.zeros(50), np.array([-1.0, 1.0]), 5, True, 0.5)

    mask = eligible_items(control, np.random.default_rng(seed))

    assert mask.shape == (3, 50)
    assert (mask[:-1] <= mask[1:]).all()
    assert_array_equal(control.cells(np.array([-3.0, 0.0, 1.0, 2.0])), [0, 1, 2, 2])


def test_chance_fades_from_all_to_almost_nothing():
    weights = [progressive_weight(n, 30) for n in range(31)]

    assert weights[0] == 0
    assert_allclose(weights[30], 1)
    assert (np.diff(weights) > 0).all()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"eligibility": np.full(3, 1.2)}, "probabilities"),
        ({"price": np.zeros(4)}, "one finite number an item"),
        ({"edges": np.array([0.0])}, "rows of eligibility"),
        ({"length": 0}, "at least 1 item"),
        ({"target": 0.0}, "rate above 0"),
    ],
)
def test_an_impossible_control_is_refused_with_a_sentence(change, sentence):
    good = ExposureControl(np.ones(3), np.zeros(3), NONE, 2, True, 0.5)
    with pytest.raises(ValueError, match=sentence):
        replace(good, **change)


def test_impossible_targets_and_warm_ups_are_refused_with_a_sentence():
    bank, rng = bank_a(100), np.random.default_rng(1)
    with pytest.raises(ValueError, match=r"30 of 100 items are a rate of 0\.30"):
        learn_exposure_control(bank, THIRTY, rng, target=0.25)
    with pytest.raises(ValueError, match=r"for example 0\.25"):
        learn_exposure_control(bank, THIRTY, rng, target=2.0)
    with pytest.raises(ValueError, match="at least 50 simulees"):
        Warmup(3, 10)
    control = ExposureControl(np.ones(3), np.zeros(3), NONE, 2, True, 0.5)
    with pytest.raises(ValueError, match="100 items"):
        simulate(bank, 5, control)
    sets = prepare_bank(bank.items, np.zeros(100, int), [[1.0]], testlet=np.arange(100) // 4)
    control = ExposureControl(np.ones(100), np.zeros(100), NONE, 2, True, 0.5)
    with pytest.raises(ValueError, match="without sets"):
        simulate(sets, 5, control)


def test_progress_of_the_warm_up_runs_to_the_end():
    shares = []
    learn_exposure_control(
        bank_a(60),
        StoppingRule(5, 5, 0.01),
        np.random.default_rng(1),
        warmup=Warmup(3, 60),
        progress=lambda share, note: shares.append(share),
    )
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
