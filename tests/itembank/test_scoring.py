"""From a response to a score, for every type of item."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itembank.errors import ItemBankError, sentence
from itembank.item import Choice, Figure, Item, Numeric, Premise, Region, Text
from itembank.regions import bounds, contains, inner_point
from itembank.response import encode_response, response_words, shuffled_choices
from itembank.scoring import fold_answer, key_response, maximum_score, score_response
from tests.itembank.strategies import items, regions, texts


def item(kind, **content):
    return Item(id="Q1", competency="R1", stem=Text(en="Which?"), type=kind, **content)


def choices(letters="abcd", keys="a"):
    return tuple(Choice(id=one, text=Text(en=one), is_key=one in keys) for one in letters)


@settings(max_examples=200)
@given(item=items())
def test_the_key_scores_the_maximum(item):
    assert score_response(item, key_response(item)) == maximum_score(item) >= 1


@given(item=items())
def test_an_answer_left_out_scores_nothing(item):
    assert score_response(item, "") == score_response(item, "  ") == 0


@settings(max_examples=200)
@given(item=items(), response=st.text(max_size=60))
def test_any_string_scores_or_is_refused_with_a_sentence(item, response):
    try:
        score = score_response(item, response)
        words = response_words(item, response, "zh")
    except ItemBankError as error:
        assert error.where == item.id
        assert sentence(error, "en")
        assert sentence(error, "zh")
    else:
        assert 0 <= score <= maximum_score(item)
        assert words


pieces = st.sampled_from(
    ["a", "b", "z", "p1=a", "p2=b", "p1=", "=", "true", "1,5", "nan", "inf", "-1e999", "0.5,0.5",
     "2,0.5", " ", "\n", "\0", "\ufffd", "９９", "1e400", ",", "٣", "½", "Ⅷ"]
)  # fmt: skip


@settings(max_examples=200)
@given(item=items(), response=st.lists(pieces, max_size=6).map(" ".join))
def test_nearly_right_strings_score_or_are_refused_with_a_sentence(item, response):
    try:
        assert 0 <= score_response(item, response) <= maximum_score(item)
    except ItemBankError as error:
        assert sentence(error, "zh")


# --- one more right never scores less ---


@given(item=items("multiple"), data=st.data())
def test_one_more_key_chosen_never_scores_less(item, data):
    ids = [choice.id for choice in item.choices]
    chosen = data.draw(st.sets(st.sampled_from(ids)))
    missing = sorted(item.key - chosen)
    assume(missing)
    before = score_response(item, " ".join(chosen))
    assert score_response(item, " ".join(chosen | {missing[0]})) >= before


@given(item=items("multiple"), data=st.data())
def test_one_more_wrong_option_never_scores_more(item, data):
    ids = {choice.id for choice in item.choices}
    chosen = data.draw(st.sets(st.sampled_from(sorted(ids)), min_size=1))
    wrong = sorted(ids - item.key - chosen)
    assume(wrong)
    before = score_response(item, " ".join(chosen))
    assert score_response(item, " ".join(chosen | {wrong[0]})) <= before


@given(item=items("select_n"), data=st.data())
def test_a_key_in_place_of_a_wrong_option_never_scores_less(item, data):
    ids = sorted(choice.id for choice in item.choices)
    n_keys = len(item.key)
    chosen = data.draw(st.sets(st.sampled_from(ids), min_size=n_keys, max_size=n_keys))
    wrong, missing = sorted(chosen - item.key), sorted(item.key - chosen)
    assume(wrong)
    better = (chosen - {wrong[0]}) | {missing[0]}
    before = score_response(item, " ".join(chosen))
    assert score_response(item, " ".join(better)) >= before


@given(item=items("matching"), data=st.data())
def test_one_more_premise_matched_never_scores_less(item, data):
    ids = [choice.id for choice in item.choices]
    given_ = {one.id: data.draw(st.sampled_from(ids)) for one in item.premises}
    wrong = [one for one in item.premises if given_[one.id] != one.match]
    assume(wrong)

    def score(answers):
        return score_response(item, " ".join(f"{name}={one}" for name, one in answers.items()))

    assert score(given_ | {wrong[0].id: wrong[0].match}) >= score(given_)


# --- the rules, by hand ---


@pytest.mark.parametrize(
    ("rule", "response", "score"),
    [
        ("", "a c", 1),
        ("", "a", 0),
        ("", "a b c", 0),
        ("all_or_nothing", "a c", 1),
        ("partial", "a c", 2),
        ("partial", "a", 1),
        ("partial", "a b", 0),
        ("plus_minus", "a c", 2),
        ("plus_minus", "a b c", 1),
        ("plus_minus", "b d", 0),
        ("plus_minus", "a b d", 0),
    ],
)
def test_select_several_scores_by_its_rule(rule, response, score):
    one = item("multiple", choices=choices(keys="ac"), scoring=rule)
    assert score_response(one, response) == score


@pytest.mark.parametrize(
    ("rule", "response", "score"),
    [("", "a c", 1), ("", "a b", 0), ("partial", "a b", 1), ("partial", "b d", 0),
     ("plus_minus", "a b", 0), ("plus_minus", "a c", 2)],
)  # fmt: skip
def test_select_n_scores_by_its_rule(rule, response, score):
    one = item("select_n", choices=choices(keys="ac"), scoring=rule)
    assert score_response(one, response) == score


def test_select_n_takes_neither_more_nor_fewer():
    one = item("select_n", choices=choices(keys="ac"))
    for response in ("a", "a b c"):
        with pytest.raises(ItemBankError) as caught:
            score_response(one, response)
        assert "choose exactly 2" in sentence(caught.value, "en")


@pytest.mark.parametrize(
    ("response", "all_or_nothing", "partial"),
    [("a b c d", 1, 3), ("b a c d", 0, 1), ("d c b a", 0, 0), ("c d a b", 0, 2), ("b c d a", 0, 2)],
)
def test_order_scores_neighbours_kept(response, all_or_nothing, partial):
    options = choices(keys="")
    assert score_response(item("order", choices=options), response) == all_or_nothing
    assert score_response(item("order", choices=options, scoring="partial"), response) == partial


def test_matching_scores_a_point_a_premise_unless_all_are_needed():
    premises = tuple(
        Premise(id=f"p{n}", text=Text(en=f"line {n}"), match=match)
        for n, match in enumerate("aab", start=1)
    )
    one = item("matching", choices=choices("abc", ""), premises=premises)
    strict = item(
        "matching", choices=choices("abc", ""), premises=premises, scoring="all_or_nothing"
    )
    assert score_response(one, "p1=a p2=a p3=b") == 3
    assert score_response(one, "p1=a p2=b p3=b") == 2
    assert score_response(one, "p1=c p2=c p3=c") == 0
    assert score_response(strict, "p1=a p2=b p3=b") == 0
    assert score_response(strict, "p3=b p1=a p2=a") == 1
    for wrong in ("p1=a p2=a", "p1=a p2=a p3=z", "p9=a", "p1=a p1=b p2=a p3=a", "p1"):
        with pytest.raises(ItemBankError):
            score_response(one, wrong)


def numeric(value, tolerance, *, relative=False, unit=""):
    return item(
        "numeric", numeric=Numeric(value=value, tolerance=tolerance, relative=relative,
                                   unit=Text(en=unit))
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "tolerance", "relative", "response", "score"),
    [
        (12.5, 0.5, False, "13", 1),
        (12.5, 0.5, False, "13.01", 0),
        (1, 0.1, False, "1.1", 1),  # in binary 1.1 - 1 is more than 0.1
        (0.3, 0.1, False, "0.2", 1),
        (200, 0.05, True, "210", 1),
        (200, 0.05, True, "210.1", 0),
        (-200, 0.05, True, "-190", 1),
        (0, 0.05, True, "0.001", 0),
        (3, 0, False, "3.0", 1),
        (3e8, 1e6, False, "2.998e8", 1),
    ],
)
def test_a_number_is_right_within_its_tolerance(value, tolerance, relative, response, score):
    assert score_response(numeric(value, tolerance, relative=relative), response) == score


@pytest.mark.parametrize("response", ["nan", "NaN", "inf", "-inf", "1e999", "∞", "0x10", "1_000"])
def test_what_is_no_number_is_refused(response):
    with pytest.raises(ItemBankError, match=r"number|unit-wrong"):
        score_response(numeric(1, 0), response)


@pytest.mark.parametrize(
    ("response", "score"),
    [
        ("Kerma", 1),
        ("  KERMA ", 1),
        ("ｋｅｒｍａ", 1),
        ("比释动能", 1),
        ("air  kerma", 1),
        ("air kermas", 0),
    ],
)
def test_a_short_answer_is_compared_without_case_width_and_white_space(response, score):
    one = item("short_text", accepted=(Text(en="kerma", zh="比释动能"), Text(en="air kerma")))
    assert score_response(one, response) == score


@given(word=texts())
def test_folding_an_answer_twice_changes_nothing(word):
    once = fold_answer(word.get("en"))
    assert fold_answer(once) == once


def test_a_hot_spot_is_right_inside_any_key_region_and_on_its_edge():
    one = item(
        "hot_spot",
        figures=(Figure(asset="figures/one.png"),),
        regions=(
            Region(id="r1", shape="rect", coordinates=(0.1, 0.1, 0.3, 0.4), is_key=True),
            Region(id="r2", shape="circle", coordinates=(0.7, 0.5, 0.1, 0.2), is_key=True),
            Region(id="r3", shape="polygon", coordinates=(0, 0.8, 0.4, 0.8, 0.2, 1)),
        ),
    )
    for right in ("0.2,0.2", "0.1,0.1", "0.7,0.7", "0.6,0.5", "0.8,0.5"):
        assert score_response(one, right) == 1, right
    for wrong in ("0.5,0.5", "0.8,0.7", "0.2,0.9", "1,1"):
        assert score_response(one, wrong) == 0, wrong
    for refused in ("1.2,0.5", "0.5", "-0.1,0.2", "nan,nan", "0.5,0.5,0.5", "٠.5,0.5"):
        with pytest.raises(ItemBankError, match="point"):
            score_response(one, refused)


@given(region=regions("r1", True, texts(empty=True)))
def test_a_region_contains_its_inner_point_and_nothing_beyond_its_bounds(region):
    assert contains(region, *inner_point(region))
    left, top, right, bottom = bounds(region)
    assert not contains(region, right + 0.01, (top + bottom) / 2)
    assert not contains(region, (left + right) / 2, bottom + 0.01)


def test_a_ring_like_polygon_has_an_inner_point_too():
    u_shape = (0, 0, 0.2, 0, 0.2, 0.8, 0.8, 0.8, 0.8, 0, 1, 0, 1, 1, 0, 1)
    region = Region(id="r", shape="polygon", coordinates=u_shape, is_key=True)
    assert contains(region, *inner_point(region))
    assert not contains(region, 0.5, 0.4)


# --- order and shuffling ---


@given(item=items("order"), seed=st.text(max_size=10))
def test_options_to_be_ordered_are_shown_in_another_order_the_same_for_a_seed(item, seed):
    shown = shuffled_choices(item, seed)
    assert shown == shuffled_choices(item, seed)
    assert set(shown) == set(item.choices)
    assert shown != item.choices


@given(item=items("order"), seed=st.text(min_size=1, max_size=10))
def test_the_shuffle_does_not_matter_to_the_score(item, seed):
    shown = shuffled_choices(item, seed)
    places = [str(shown.index(choice) + 1) for choice in item.choices]
    by_list = encode_response(item, {"order": places}, seed)
    ranks = {f"rank-{place}": [str(rank)] for rank, place in enumerate(places, start=1)}
    assert by_list == key_response(item) == encode_response(item, ranks, seed)
