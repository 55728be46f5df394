"""Near-duplicates among items: the same question in slightly other words, in either language.

Similarity is the cosine of TF-IDF weights of character n-grams (three letters, two hanzi) of case,
stem and options. All pairs are first compared by a random projection, which errs by about 0.08,
with a margin of three times that; what passes is compared exactly. So the memory needed is that of
one block, and 10,000 items against 10,000 take seconds.

References
----------
Manning, Raghavan & Schütze (2008), Introduction to Information Retrieval, chapter 6.
Achlioptas (2003), Journal of Computer and System Sciences 66, 671-687 (projection by signs).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from itembank.item import LANGUAGES, Item

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

THRESHOLD = 0.8
MAX_PAIRS = 10_000
_DIMENSIONS, _BLOCK, _MARGIN = 256, 1_000, 0.25
_MOST_COMPARED = 10 * MAX_PAIRS  # exactly, in each block
_LONGEST = 4_000  # characters of an item that are compared
_SAME_STEM_GROUP = 50  # beyond, a stem such as "Which is right?" says nothing about the question
_NGRAM = {"en": 3, "zh": 2}


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two items that ask nearly the same.

    Attributes
    ----------
    first, second : positions in `items` and, where given, in `others`.
    similarity : 0 to 1, the higher of the two languages.
    same_stem : their stems (and cases) are the same, width, case and white space aside, while
        something else differs; such pairs are listed whatever their similarity.
    """

    first: int
    second: int
    similarity: float
    same_stem: bool = False


def find_near_duplicates(
    items: Sequence[Item], others: Sequence[Item] | None = None, threshold: float = THRESHOLD
) -> tuple[NearDuplicate, ...]:
    """Pairs of similar items, the most similar first, at most `MAX_PAIRS`.

    Parameters
    ----------
    items : the new items.
    others : the items to compare them with; without, the pairs among `items` (first < second).
    threshold : least similarity of a pair, above 0.
    """
    found: dict[tuple[int, int], float] = {}
    same_stem = _same_stems(items, others)
    for language in LANGUAGES:
        left = [_document(item, language) for item in items]
        right = None if others is None else [_document(item, language) for item in others]
        for pair, similarity in _similar(left, right, language, threshold, same_stem):
            found[pair] = max(similarity, found.get(pair, 0.0))
    pairs = [
        NearDuplicate(*pair, round(min(1.0, similarity), 4), pair in same_stem)
        for pair, similarity in found.items()
    ]
    pairs.sort(key=lambda pair: (-pair.similarity, pair.first, pair.second))
    return tuple(pairs[:MAX_PAIRS])


def _document(item: Item, language: str) -> str:
    """What is compared of an item; empty where its stem is not written in the language."""
    if language not in item.stem.languages:
        return ""
    texts = [item.stem, *(choice.text for choice in item.choices)]
    texts += [premise.text for premise in item.premises]
    texts += list(item.accepted)
    if item.stimulus is not None:
        texts.insert(0, item.stimulus.text)
    joined = "\n".join(getattr(text, language) for text in texts)[:_LONGEST]
    folded = unicodedata.normalize("NFKC", joined).casefold()
    return re.sub(r"[\s\W_]+", " ", folded).strip() or folded


def _same_stems(items: Sequence[Item], others: Sequence[Item] | None) -> set[tuple[int, int]]:
    groups: dict[str, list[int]] = {}
    for position, item in enumerate(items if others is None else others):
        for key in _stem_keys(item):
            groups.setdefault(key, []).append(position)
    found = set()
    for position, item in enumerate(items):
        for key in _stem_keys(item):
            group = groups.get(key, [])
            if len(group) <= _SAME_STEM_GROUP:
                found |= {(position, other) for other in group if others or other > position}
    return found


def _stem_keys(item: Item) -> Iterator[str]:
    for language in item.stem.languages:
        case = getattr(item.stimulus.text, language) if item.stimulus is not None else ""
        yield f"{language}\n{_fold(case)}\n{_fold(getattr(item.stem, language))}"


def _fold(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())


def _similar(
    left: Sequence[str],
    right: Sequence[str] | None,
    language: str,
    threshold: float,
    wanted: Iterable[tuple[int, int]],
) -> Iterator[tuple[tuple[int, int], float]]:
    """Pairs of documents of one language with their similarity, those `wanted` always."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfTransformer

    rows = [place for place, text in enumerate(left) if text]
    columns = rows if right is None else [place for place, text in enumerate(right) if text]
    if not rows or not columns:
        return
    texts = [left[row] for row in rows]
    if right is not None:
        texts += [right[column] for column in columns]
    counts = _count_ngrams(texts, _NGRAM[language])
    weighed = TfidfTransformer(sublinear_tf=True).fit_transform(counts)
    first = weighed[: len(rows)]
    second = first if right is None else weighed[len(rows) :]
    pairs = list(_candidates(first, second, threshold, same=right is None))
    place_of_row = {row: place for place, row in enumerate(rows)}
    place_of_column = {column: place for place, column in enumerate(columns)}
    named = [
        (place_of_row[one], place_of_column[other])
        for one, other in wanted
        if one in place_of_row and other in place_of_column
    ]
    kept = set(named)
    if named:
        pairs.append(np.array(named, dtype=np.intp))
    for block in pairs:
        for (one, other), similarity in zip(block, _cosines(first, second, block), strict=True):
            if similarity >= threshold or (int(one), int(other)) in kept:
                yield (rows[int(one)], columns[int(other)]), float(similarity)


def _count_ngrams(texts: Sequence[str], size: int) -> csr_matrix:
    """Counts of character n-grams, shape (n_texts, n_ngrams); as scikit-learn's, ten times faster.

    A text is padded by blanks, so that a single sign gives an n-gram too.
    """
    import numpy as np
    from scipy.sparse import csr_matrix

    pad = " " * (size - 1)
    padded = [f"{pad}{text}{pad}" for text in texts]
    joined = "".join(padded).encode("utf-32-le", "replace")
    signs = np.frombuffer(joined, dtype=np.uint32).astype(np.int64)
    lengths = np.array([len(text) for text in padded])
    owners = np.repeat(np.arange(len(texts)), lengths)
    n_grams = len(signs) - size + 1
    codes = np.zeros(n_grams, dtype=np.int64)
    for place in range(size):
        codes = codes * 0x110000 + signs[place : place + n_grams]  # 3 x 21 bits fit
    inside = owners[:n_grams] == owners[size - 1 :]
    known, places = np.unique(codes[inside], return_inverse=True)
    ones = np.ones(int(inside.sum()), dtype=np.float32)
    counts = csr_matrix((ones, (owners[:n_grams][inside], places)), shape=(len(texts), len(known)))
    counts.sum_duplicates()
    return counts


def _candidates(
    first: csr_matrix, second: csr_matrix, threshold: float, *, same: bool
) -> Iterator[NDArray[np.intp]]:
    """Pairs (n, 2) whose projections are similar, block by block."""
    import numpy as np

    # An n-gram of one item only adds to that item's length and to no similarity.
    shared = np.flatnonzero(first.getnnz(axis=0) + (0 if same else second.getnnz(axis=0)) > 1)
    one, other = first[:, shared], second[:, shared]
    if len(shared) > _DIMENSIONS:
        signs = np.random.default_rng(0).integers(0, 2, (len(shared), _DIMENSIONS), dtype=np.int8)
        scale = np.float32(1 / math.sqrt(_DIMENSIONS))
        projection = (2 * signs.astype(np.float32) - 1) * scale
        margin = _MARGIN
        one = one @ projection
        other = one if same else other @ projection
    else:
        one, other, margin = one.toarray(), other.toarray(), 1e-3
    for start in range(0, one.shape[0], _BLOCK):
        begin = start if same else 0  # a pair among the same items is met once
        similar = one[start : start + _BLOCK] @ other[begin:].T
        rows, columns = np.nonzero(similar >= threshold - margin)
        rows, columns = rows + start, columns + begin
        if same:
            rows, columns = rows[rows < columns], columns[rows < columns]
        strongest = similar[rows - start, columns - begin]
        if len(rows) > _MOST_COMPARED:
            most = np.argpartition(-strongest, _MOST_COMPARED)[:_MOST_COMPARED]
            rows, columns = rows[most], columns[most]
        for part in range(0, len(rows), MAX_PAIRS):  # so many rows of weights at a time
            here = slice(part, part + MAX_PAIRS)
            yield np.stack([rows[here], columns[here]], axis=1)


def _cosines(first: csr_matrix, second: csr_matrix, pairs: NDArray[np.intp]) -> NDArray[np.float32]:
    """Similarity of each pair; the rows have length one."""
    import numpy as np

    parts = [
        np.asarray(first[part[:, 0]].multiply(second[part[:, 1]]).sum(axis=1)).ravel()
        for part in np.array_split(pairs, max(1, len(pairs) // 5_000))
    ]
    return np.concatenate(parts)
