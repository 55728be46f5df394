"""Near-duplicates are found in either language, and only they."""

import re
import time
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from itembank.duplicates import MAX_PAIRS, NearDuplicate, find_near_duplicates
from itembank.formats.native import read_native
from itembank.item import Choice, Item, Text
from tests.itembank.strategies import items

DATA = Path(__file__).parents[2] / "itembank" / "data"
BANK = [item for name in ("radiographer", "sonographer") for item in read_native(DATA / name).items]


def item(name, en="", zh="", options="abcd"):
    choices = tuple(
        Choice(id=letter.lower(), text=Text(en=f"{letter} {en[:5]}", zh=letter), is_key=not place)
        for place, letter in enumerate(options)
    )
    return Item(id=name, competency="R1", stem=Text(en=en, zh=zh), choices=choices)


def test_a_few_changed_words_are_found_in_english_and_in_chinese():
    changed = [
        replace(BANK[0], stem=Text(en=BANK[0].stem.en.replace(" the ", " a "))),
        replace(BANK[7], stem=Text(zh=f"{BANK[7].stem.zh[:-1]}吗？")),
    ]
    found = find_near_duplicates(changed, BANK)
    assert {(pair.first, pair.second) for pair in found} >= {(0, 0), (1, 7)}


def test_the_banks_hold_no_near_duplicates_of_different_questions():
    assert [pair for pair in find_near_duplicates(BANK, threshold=0.9) if not pair.same_stem] == []


def test_the_comparison_agrees_with_the_plain_cosine_of_scikit_learn():
    from sklearn.feature_extraction.text import TfidfVectorizer

    plainly = [one for one in BANK if not (one.stimulus or one.premises or one.accepted)]
    texts = [" ".join([i.stem.en, *(choice.text.en for choice in i.choices)]) for i in plainly]
    texts = [unicodedata.normalize("NFKC", text).casefold() for text in texts]
    texts = [" ".join(re.sub(r"[\W_]+", " ", text).split()) for text in texts]

    def ngrams(text):
        padded = f"  {text}  "
        return [padded[place : place + 3] for place in range(len(padded) - 2)]

    weights = TfidfVectorizer(analyzer=ngrams, sublinear_tf=True).fit_transform(texts)
    plain = (weights @ weights.T).toarray()
    found = {
        (one.first, one.second): one.similarity for one in find_near_duplicates(plainly, None, 0.3)
    }
    near = {(i, j) for i, j in zip(*np.nonzero(np.triu(plain, 1) > 0.31), strict=True)}
    assert len(near) > 3
    assert near <= set(found)
    assert all(found[pair] >= plain[pair] - 1e-3 for pair in near)


def test_the_same_stem_with_other_options_is_flagged_whatever_its_similarity():
    stem = "Which unit has absorbed dose in tissue?"
    pair = [item("1", stem), item("2", stem.upper().replace(" ", "  "), options="WXYZ")]
    (found,) = find_near_duplicates(pair, threshold=0.99)
    assert (found.first, found.second, found.same_stem) == (0, 1, True)
    assert find_near_duplicates([pair[0], item("3", "What is a coulomb?")]) == ()


def test_an_item_is_its_own_duplicate_among_others():
    found = find_near_duplicates(BANK[:5], BANK)
    assert {(pair.first, pair.second) for pair in found} >= {(n, n) for n in range(5)}
    assert all(pair.similarity > 0.999 for pair in found if pair.first == pair.second)


@settings(max_examples=60)
@given(many=st.lists(items(), max_size=5))
def test_any_items_compare(many):
    for found in (find_near_duplicates(many), find_near_duplicates(many, many)):
        assert all(isinstance(pair, NearDuplicate) for pair in found)
        assert all(0 <= pair.similarity <= 1 for pair in found)
    own = {(pair.first, pair.second) for pair in find_near_duplicates(many, many)}
    assert {(place, place) for place in range(len(many))} <= own


def test_very_many_copies_give_a_bounded_list_in_a_bounded_time():
    start = time.process_time()
    copies = [item(str(n), f"Which is right about dose number {n}?") for n in range(1_500)]
    found = find_near_duplicates(copies, threshold=0.5)
    assert len(found) == MAX_PAIRS
    assert time.process_time() - start < 30
