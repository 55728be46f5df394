"""Computed items: every draw is a sound item, the same one for the same seed."""

import dataclasses
import json
import math
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank import family as engine
from itembank.errors import ItemBankError, sentence
from itembank.families import draw, families, family
from itembank.families.__main__ import main
from itembank.families.check import check_family, key_ranks
from itembank.family import ChoiceFamily, key, slip
from itembank.family_numbers import Values, are_apart, pick, shown, steps, with_unit
from itembank.item import item_from_native, item_to_native
from itembank.scoring import key_response, maximum_score, score_response
from itembank.texts import Text

DATA = Path(__file__).parents[2] / "itembank" / "data"
DRAWS = range(200)
BY_NAME = sorted(families())


def numbers_in(text):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("name", BY_NAME)
def test_two_hundred_items_of_a_family_are_sound(name):
    assert check_family(family(name), DRAWS) == []


@settings(deadline=None, max_examples=60)
@given(name=st.sampled_from(BY_NAME), seed=st.integers(0, 10**12))
def test_an_item_is_the_same_each_time_and_survives_its_file_format(name, seed):
    item = draw(name, seed)
    assert item == draw(families()[name], seed)
    assert item.id == f"{name}-{seed}"
    assert item.enemies[0] == name
    assert item_from_native(json.loads(json.dumps(item_to_native(item)))) == item


@settings(deadline=None, max_examples=40)
@given(name=st.sampled_from(BY_NAME), seed=st.integers(0, 10**6))
def test_the_key_of_an_item_scores_in_full(name, seed):
    item = draw(name, seed)
    assert score_response(item, key_response(item)) == maximum_score(item)


@settings(deadline=None, max_examples=40)
@given(
    name=st.sampled_from([n for n in BY_NAME if families()[n].type == "single_best"]),
    seed=st.integers(0, 10**6),
)
def test_each_wrong_option_is_a_mistake_with_its_reason(name, seed):
    item = draw(name, seed)
    reasons = [choice.reason for choice in item.choices]
    assert all(reason.en and reason.zh for reason in reasons)
    assert len({reason.en for reason in reasons}) == len(item.choices)


def test_families_cover_all_competencies_and_number_forty_and_more():
    assert len(families()) >= 40
    assert {one.competency for one in families().values()} == {
        f"{bank}{number}" for bank in "RS" for number in range(1, 9)
    }


@pytest.mark.parametrize(("bank", "letter"), [("radiographer", "R"), ("sonographer", "S")])
def test_labels_stand_in_the_blueprint(bank, letter):
    blueprint = json.loads((DATA / bank / "bank.json").read_text())["blueprint"]
    known = {
        sub["code"] for competency in blueprint["competencies"] for sub in competency["sub_topics"]
    }
    used = {one.sub_topic for one in families().values() if one.sub_topic.startswith(letter)}
    assert used <= known


def test_mistakes_of_a_family_have_different_names():
    for one in families().values():
        names = [mistake.name for mistake in getattr(one, "mistakes", ())]
        assert len(set(names)) == len(names), one.id


def test_enemies_are_families():
    for one in families().values():
        assert set(one.enemies) <= set(families()), one.id


def test_items_of_a_family_differ():
    stems = {draw("r4-direct-square", seed).stem.en for seed in range(40)}
    assert len(stems) > 30


# --- recomputed from what the student reads ---


def test_key_of_the_inverse_square_law_follows_from_the_stem():
    for seed in range(40):
        item = draw("r3-inverse-square", seed)
        first, rate, second = numbers_in(item.stem.en)
        right = next(choice for choice in item.choices if choice.is_key)
        expected = rate * first * first / (second * second)
        assert numbers_in(right.text.en)[0] == pytest.approx(expected, rel=0.006)
        assert numbers_in(item.stem.zh) == [first, rate, second]


def test_settings_that_alias_follow_from_the_options():
    for seed in range(40):
        item = draw("s5-select-aliasing", seed)
        flow = numbers_in(item.stem.en)[0]
        for choice in item.choices:
            prf, frequency, angle = numbers_in(choice.text.en)
            shift = 2 * frequency * flow * math.cos(math.radians(angle)) / 154  # kHz
            assert choice.is_key == (shift < prf / 2)


def test_order_of_noise_follows_from_the_options():
    for seed in range(40):
        products = [math.prod(numbers_in(c.text.en)) for c in draw("r7-order-noise", seed).choices]
        assert products == sorted(products, reverse=True)


def test_wavelengths_are_matched_with_their_frequencies():
    item = draw("s1-match-wavelengths", 5)
    options = {choice.id: numbers_in(choice.text.en)[0] for choice in item.choices}
    for premise in item.premises:
        product = numbers_in(premise.text.en)[0] * options[premise.match]
        assert product == pytest.approx(1.54, rel=0.05)
    assert len(options) == len(item.premises) + 1


def test_typed_number_that_is_a_mistake_scores_nothing():
    for seed in range(40):
        item = draw("s5-ventricular-pressure", seed)
        velocity, atrium = numbers_in(item.stem.en)
        assert score_response(item, str(4 * velocity**2 + atrium)) == 1
        assert score_response(item, str(4 * velocity**2)) == 0


# --- the engine ---


def toy(**changes):
    parts = {
        "id": "toy",
        "sub_topic": "R1.1",
        "level": "A",
        "difficulty": "easy",
        "reference": "none",
        "posts": ("DR",),
        "stem": Text("Twice {a}?", "{a} 的两倍？"),
        "rule": Text("Double it.", "加倍。"),
        "parameters": {"a": steps(2, 9, 1)},
        "right": key(lambda v: 2 * v.a, "{key}.", "{key}。"),
        "mistakes": (
            slip("one", lambda v: v.a, "Once: {value}.", "一倍：{value}。"),
            slip("three", lambda v: 3 * v.a, "Thrice: {value}.", "三倍：{value}。"),
            slip("half", lambda v: v.a / 2, "Half: {value}.", "一半：{value}。"),
            slip("none", lambda v: 0 * v.a, "Nothing: {value}.", "零：{value}。"),
            slip("five", lambda v: 5 * v.a, "Five: {value}.", "五倍：{value}。"),
        ),
        "sensible": (4, 18),
        **changes,
    }
    return ChoiceFamily(**parts)


def test_rank_of_the_key_varies():
    ranks = key_ranks(engine.draw(toy(), seed) for seed in DRAWS)
    assert set(ranks) == {1, 2}
    assert min(ranks.values()) > 60


def test_impossible_numbers_are_no_options():
    texts = {c.text.en for seed in DRAWS for c in engine.draw(toy(), seed).choices}
    assert "0" not in texts


def test_option_that_cannot_be_computed_is_left_out():
    broken = slip("broken", lambda v: 1 / (v.a - v.a), "x", "x")
    family_ = toy(mistakes=(broken, *toy().mistakes))
    reasons = [c.reason.en for seed in DRAWS for c in engine.draw(family_, seed).choices]
    assert "x" not in reasons


def test_key_outside_the_sensible_range_is_not_drawn():
    items = [engine.draw(toy(sensible=(10, 12)), seed) for seed in DRAWS]
    assert Counter(item.stem.en for item in items).keys() == {"Twice 5?", "Twice 6?"}


def test_a_family_without_a_good_draw_says_so():
    with pytest.raises(ItemBankError) as refused:
        engine.draw(toy(sensible=(1000, 2000)), 1)
    assert refused.value.code == "family-exhausted"
    assert "toy" in refused.value.where
    assert sentence(refused.value, "zh")


def test_a_key_that_always_stands_first_is_a_fault():
    larger = tuple(
        slip(str(k), lambda v, k=k: k * v.a, f"Times {k}.", f"乘以 {k}。") for k in (3, 4, 5)
    )
    assert any("one place" in fault for fault in check_family(toy(mistakes=larger), DRAWS))


def test_different_numbers_in_the_two_languages_are_a_fault():
    wrong = toy(stem=Text("Twice {a}?", "{a} 的 2 倍？"))
    assert any("numbers differ" in fault for fault in check_family(wrong, range(3)))


def test_unknown_families_and_negative_seeds_are_refused():
    with pytest.raises(ItemBankError, match="family-unknown"):
        draw("r9-nothing", 1)
    with pytest.raises(ItemBankError, match="family-seed"):
        draw("r7-larmor", -1)


def test_a_family_of_no_type_makes_nothing():
    fields = {f.name for f in dataclasses.fields(engine.Family)}
    bare = engine.Family(**{k: v for k, v in vars(toy()).items() if k in fields})
    with pytest.raises(NotImplementedError):
        engine.draw(bare, 1)
    with pytest.raises(NotImplementedError):
        _ = bare.type


# --- numbers ---


@pytest.mark.parametrize(
    ("number", "digits", "decimals", "text"),
    [
        (12.25, 3, None, "12.3"),
        (0.0125, 2, None, "0.013"),
        (9.96, 2, None, "10"),
        (1234.5, 3, None, "1230"),
        (80, 3, None, "80.0"),
        (-0.04, 3, 1, "0.0"),
        (-2.25, 3, 1, "-2.3"),
        (0, 3, None, "0"),
        (1.1 + 2.2, 3, None, "3.30"),
    ],
)
def test_numbers_are_rounded_as_on_paper(number, digits, decimals, text):
    assert shown(number, digits, decimals) == text


def test_steps_carry_no_dust():
    assert steps(0.1, 0.5, 0.1) == (0.1, 0.2, 0.3, 0.4, 0.5)
    assert steps(1, 2, 0.4) == (1, 1.4, 1.8)


def test_units_stand_behind_a_space_and_signs_do_not():
    assert with_unit("12", Text("mAs", "mAs")).en == "12 mAs"
    assert with_unit("12", Text(":1", ":1")).zh == "12:1"
    assert with_unit("30", Text("°", "°")).en == "30°"
    assert with_unit("3", Text()).en == "3"


def test_numbers_of_a_draw_do_not_change():
    values = Values({"a": 1.0})
    with pytest.raises(AttributeError):
        values.a = 2.0
    with pytest.raises(AttributeError, match="no number"):
        _ = values.b
    assert dict(values.with_numbers({"b": 2.0})) == {"a": 1.0, "b": 2.0}


@given(st.lists(st.floats(0.1, 100), min_size=2, max_size=5))
def test_numbers_apart_differ_from_each_other(numbers):
    if are_apart(numbers, 0.1):
        assert len(set(numbers)) == len(numbers)
    assert not are_apart([*numbers, numbers[0]], 0.1)


def test_every_place_can_be_picked():
    import random

    rng = random.Random(1)
    assert {pick(rng, 3) for _ in range(100)} == {0, 1, 2}


# --- the command ---


def test_command_lists_every_family(capsys):
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in families())


@pytest.mark.parametrize("name", ["r4-direct-square", "s1-match-wavelengths", "r1-drip-rate"])
def test_command_shows_an_item_in_both_languages(name, capsys):
    assert main(["--draw", name, "--seed", "4"]) == 0
    out = capsys.readouterr().out
    item = draw(name, 4)
    assert item.stem.en in out
    assert item.stem.zh in out
    assert item.rule.zh in out


def test_command_checks_a_family(capsys):
    assert main(["--check", "r7-larmor"]) == 0
    assert "r7-larmor: sound" in capsys.readouterr().out


def test_command_refuses_an_unknown_family_with_a_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--draw", "nothing"])
    assert ended.value.code == 2
    assert "No family of computed items" in capsys.readouterr().err
