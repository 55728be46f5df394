"""The choice of questions: content as the blueprint says, nothing twice, the same every time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.parameters import Ints, ItemParameters
from quizengine.banks.service.parameters import ParameterTable
from quizengine.exams.engine import (
    Engine,
    expected_length,
    make_engine,
    overall_ability,
    pack,
    take_step,
    unpack,
    weights_of,
)
from quizengine.exams.rules import Rules

NOTHING: Ints = np.empty(0, dtype=np.intp)


def engine_of(
    n_areas: int = 4, n_items: int = 12, enemies: tuple[tuple[int, ...], ...] = ()
) -> Engine:
    """An engine over `n_items` items in each competency, two sub-topics each."""
    n = n_areas * n_items
    rng = np.random.default_rng(3)
    names: list[list[str]] = [[] for _ in range(n)]
    for number, group in enumerate(enemies):
        for member in group:
            names[member].append(f"set-{number}")
    codes = tuple(f"A{area}" for area in range(n_areas))
    return make_engine(
        ParameterTable(
            parameter_set_id=1,
            bank_id=1,
            revision_id=1,
            kind="provisional",
            simulated=False,
            competency_codes=codes,
            covariance=0.5 * np.eye(n_areas) + 0.5,
            version_ids=np.arange(100, 100 + n),
            item_ids=np.arange(n),
            codes=tuple(f"i{number}" for number in range(n)),
            competency=np.repeat(np.arange(n_areas), n_items),
            sub_topics=tuple(f"A{i // n_items}.{i % 2 + 1}" for i in range(n)),
            enemies=tuple(tuple(group) for group in names),
            stem_sets=("",) * n,
            set_position=np.zeros(n, dtype=np.intp),
            items=ItemParameters.of(rng.uniform(0.8, 1.6, n), rng.normal(0, 1, n), 0.2),
            provisional=np.ones(n, dtype=bool),
        )
    )


def rules_of(weights: tuple[float, ...], **changes: object) -> Rules:
    codes = [f"A{area}" for area in range(len(weights))]
    shares = {f"{code}.{part}": 50.0 for code in codes for part in (1, 2)}
    rules = Rules(dict(zip(codes, weights, strict=True)), shares, min_items=8, max_items=20)
    return replace(rules, **changes)  # type: ignore[arg-type]


def sit(
    engine: Engine, rules: Rules, seed: int, answers: np.random.Generator
) -> tuple[Ints, Ints, str]:
    """Answer by chance until the sitting stops; the items, the scores, and why it stopped."""
    items, scores = NOTHING, NOTHING
    while True:
        step = take_step(engine, rules, seed, items, scores, NOTHING)
        if step.next_item is None:
            assert step.stop_reason
            return items, scores, step.stop_reason
        items = np.append(items, step.next_item)
        scores = np.append(scores, answers.integers(2))


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), weights=st.permutations([40.0, 30.0, 20.0, 10.0]))
def test_a_full_sitting_has_exactly_the_shares_of_the_blueprint(
    seed: int, weights: list[float]
) -> None:
    engine = engine_of()
    rules = rules_of(tuple(weights), overall_standard_error=0.01, target_standard_error=0.01)
    items, _, reason = sit(engine, rules, seed, np.random.default_rng(seed))
    counts = np.bincount(engine.table.competency[items], minlength=4)
    assert reason == "length"
    assert counts.tolist() == [weight / 100 * 20 for weight in weights]
    assert len(set(items.tolist())) == 20


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_enemies_never_meet(seed: int) -> None:
    enemies = ((0, 1, 2), (3, 15), (20, 30, 40))
    engine = engine_of(enemies=enemies)
    rules = rules_of((25, 25, 25, 25), overall_standard_error=0.01, target_standard_error=0.01)
    items, _, _ = sit(engine, rules, seed, np.random.default_rng(seed))
    for group in enemies:
        assert np.isin(items, group).sum() <= 1


def test_a_competency_without_weight_is_never_asked() -> None:
    engine = engine_of()
    items, _, _ = sit(engine, rules_of((50, 50, 0, 0)), 1, np.random.default_rng(1))
    assert set(engine.table.competency[items].tolist()) == {0, 1}


def test_sub_topics_are_balanced_inside_a_competency() -> None:
    engine = engine_of()
    rules = rules_of((25, 25, 25, 25), overall_standard_error=0.01, target_standard_error=0.01)
    items, _, _ = sit(engine, rules, 5, np.random.default_rng(5))
    topics = np.bincount(engine.sub_topic[items], minlength=8)
    assert topics.min() >= 1
    assert abs(topics.reshape(4, 2) - 2.5).max() <= 1.5


def test_items_met_before_wait_until_nothing_else_is_left() -> None:
    engine = engine_of(n_areas=2, n_items=12)
    rules = rules_of((50, 50), overall_standard_error=0.01, target_standard_error=0.01)
    avoided = np.arange(0, 24, 2)
    items, scores = NOTHING, NOTHING
    for position in range(20):
        step = take_step(engine, rules, 2, items, scores, avoided)
        assert step.next_item is not None
        items = np.append(items, step.next_item)
        scores = np.append(scores, position % 2)
    met_again = np.isin(items, avoided)
    assert met_again.sum() == 8, "12 fresh items are used up before the 8 old ones"


def test_the_same_log_gives_the_same_next_question() -> None:
    engine, again = engine_of(), engine_of()
    items, scores = np.array([3, 17, 30]), np.array([1, 0, 1])
    rules = rules_of((25, 25, 25, 25))
    first = take_step(engine, rules, 11, items, scores, NOTHING)
    second = take_step(again, rules, 11, items, scores, NOTHING)
    assert first.next_item == second.next_item
    np.testing.assert_array_equal(first.profile.mean, second.profile.mean)


def test_different_seeds_ask_different_questions() -> None:
    engine = engine_of()
    rules = rules_of((25, 25, 25, 25))
    firsts = {
        take_step(engine, rules, seed, NOTHING, NOTHING, NOTHING).next_item for seed in range(30)
    }
    assert len(firsts) > 1


def test_a_sitting_stops_as_soon_as_it_is_precise_enough() -> None:
    engine = engine_of(n_items=40)
    rules = rules_of((25, 25, 25, 25), max_items=60, overall_standard_error=0.35)
    items, scores, reason = sit(engine, rules, 4, np.random.default_rng(4))
    assert reason == "precision"
    weights = weights_of(engine, rules)
    assert overall_ability(engine.bank.profile(items, scores), weights)[1] <= 0.35
    before = engine.bank.profile(items[:-1], scores[:-1])
    assert items.size == rules.min_items or overall_ability(before, weights)[1] > 0.35


def test_precision_does_not_end_a_sitting_before_every_competency_was_asked() -> None:
    engine = engine_of(n_items=40)
    rules = rules_of((48, 48, 2, 2), max_items=60, overall_standard_error=0.6, min_items=4)
    for seed in range(5):
        items, _, reason = sit(engine, rules, seed, np.random.default_rng(seed))
        small_weight = np.bincount(engine.table.competency[items], minlength=4)[2:]
        assert reason == "precision"
        assert (small_weight >= 1).all()


def test_a_sitting_never_stops_before_its_fewest_questions() -> None:
    engine = engine_of()
    rules = rules_of((25, 25, 25, 25), min_items=12, overall_standard_error=5.0)
    items, _, reason = sit(engine, rules, 4, np.random.default_rng(4))
    assert (items.size, reason) == (12, "precision")


def test_a_small_bank_ends_when_it_is_used_up() -> None:
    engine = engine_of(n_areas=2, n_items=5)
    rules = rules_of((50, 50), overall_standard_error=0.01, target_standard_error=0.01)
    items, _, reason = sit(engine, rules, 1, np.random.default_rng(1))
    assert (items.size, reason) == (10, "exhausted")


@pytest.mark.parametrize("n_answered", [0, 5, 10])
def test_the_expected_length_lies_within_the_limits(n_answered: int) -> None:
    engine = engine_of(n_items=40)
    rules = rules_of((25, 25, 25, 25), max_items=60, overall_standard_error=0.35)
    items = np.arange(0, 4 * n_answered, 4)
    profile = engine.bank.profile(items, np.arange(n_answered) % 2)
    expected = expected_length(engine, rules, profile, n_answered)
    assert max(rules.min_items, n_answered) <= expected.start <= expected[-1] <= rules.max_items


def test_the_expected_length_holds_most_real_lengths() -> None:
    engine = engine_of(n_items=40)
    rules = rules_of((25, 25, 25, 25), max_items=60, overall_standard_error=0.35)
    start = engine.bank.profile(NOTHING, NOTHING)
    expected = expected_length(engine, rules, start, 0)
    rng = np.random.default_rng(8)
    lengths = [sit(engine, rules, seed, rng)[0].size for seed in range(12)]
    inside = [expected.start - 3 <= length <= expected[-1] + 3 for length in lengths]
    assert np.mean(inside) >= 0.75


@given(st.lists(st.integers(0, 100_000), max_size=80))
def test_a_packed_log_unpacks_to_itself(values: list[int]) -> None:
    assert unpack(pack(np.array(values, dtype=int), "<i4"), "<i4").tolist() == values
