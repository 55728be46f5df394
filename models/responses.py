"""Scored responses of persons to items: dense, or only the answers that were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from models.parameters import Ints

MISSING = -1
HIGHEST_SCORE = 127  # a score is stored in one signed byte
_ROWS_AT_ONCE = 127  # of zeros and ones

Int8s = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Responses:
    """Scores of persons on items, stored by person, one entry per answer given.

    Nothing is stored for an item that a person did not meet, so memory grows with the answers,
    not with persons x items. A matrix given dense is kept as it is: there it is the smaller form.

    Attributes
    ----------
    n_persons, n_items : size of the table, with those who answered nothing.
    starts : shape (n_persons + 1,); the answers of person i are starts[i]:starts[i + 1].
    item : shape (n_responses,); item of each answer, ascending within a person.
    score : shape (n_responses,), int8; 0 incorrect, 1 correct, more for partial credit.
    """

    n_persons: int
    n_items: int
    starts: Ints
    item: npt.NDArray[np.int32]
    score: Int8s

    @classmethod
    def from_dense(cls, matrix: npt.ArrayLike) -> Self:
        """Responses from a matrix persons x items; -1 or nan where there is no answer.

        Raises
        ------
        ValueError
            When the matrix is not two-dimensional, or a cell holds no score: where and what.
        """
        scores = _as_scores(np.asarray(matrix))
        n_persons, n_items = scores.shape
        every_item = np.broadcast_to(np.arange(n_items, dtype=np.int32), scores.shape)
        if scores.size and scores.min() > MISSING:
            starts = np.arange(n_persons + 1, dtype=np.intp) * n_items
            return cls(n_persons, n_items, starts, every_item.ravel(), scores.ravel())
        given = scores != MISSING
        starts = np.concatenate([[0], np.cumsum(given.sum(axis=1))]).astype(np.intp)
        return cls(n_persons, n_items, starts, every_item[given], scores[given])

    @classmethod
    def from_triples(
        cls,
        person: npt.ArrayLike,
        item: npt.ArrayLike,
        score: npt.ArrayLike,
        *,
        n_persons: int | None = None,
        n_items: int | None = None,
    ) -> Self:
        """Responses from one row per answer, in any order.

        Parameters
        ----------
        person, item : whole numbers from 0, one per answer.
        score : 0, 1, ... or -1 or nan; a row without a score is left out.
        n_persons, n_items : size of the table; by default the largest number used, plus one.

        Raises
        ------
        ValueError
            When lengths differ, a number is out of range, a score is none, or a person has two
            answers to one item: an item seen again is no new evidence, so choose one first.
        """
        persons, items = _as_index(person, "person"), _as_index(item, "item")
        raw = np.asarray(score)
        if not (persons.shape == items.shape == raw.shape):
            raise ValueError(
                f"person, item and score must be equally long; they have {persons.size}, "
                f"{items.size} and {raw.size} entries."
            )
        scores = _as_scores(raw.reshape(-1, 1), triples=True).ravel()
        n_persons = _size(persons, n_persons, "person")
        n_items = _size(items, n_items, "item")
        given = scores != MISSING
        if not given.all():
            persons, items, scores = persons[given], items[given], scores[given]
        position = persons.astype(np.int64) * n_items + items
        if np.any(position[1:] <= position[:-1]):
            order = np.argsort(position, kind="stable")
            position, items, scores = position[order], items[order], scores[order]
            _refuse_duplicates(position, n_items)
        counts = np.bincount(persons, minlength=n_persons)
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intp)
        return cls(n_persons, n_items, starts, items.astype(np.int32), scores)

    @property
    def n_responses(self) -> int:
        """How many answers were given."""
        return int(self.item.size)

    @property
    def is_complete(self) -> bool:
        """Whether every person answered every item."""
        return self.n_responses == self.n_persons * self.n_items

    def person(self) -> Ints:
        """Person of each answer, shape (n_responses,)."""
        return np.repeat(np.arange(self.n_persons, dtype=np.intp), np.diff(self.starts))

    def per_person(self) -> Ints:
        """Number of answers of each person."""
        return np.diff(self.starts)

    def per_item(self) -> Ints:
        """Number of answers to each item."""
        if self.is_complete:
            return np.full(self.n_items, self.n_persons, dtype=np.intp)
        return np.bincount(self.item, minlength=self.n_items).astype(np.intp)

    def score_counts(self) -> Ints:
        """Answers to each item with each score, shape (n_items, highest score + 1)."""
        width = int(self.score.max(initial=0)) + 1
        if self.is_complete and width <= 2:
            right = np.zeros(self.n_items, dtype=np.intp)
            for first in range(0, self.n_persons, _ROWS_AT_ONCE):  # sums of bytes stay in a byte
                right += self.to_dense()[first : first + _ROWS_AT_ONCE].sum(axis=0, dtype=np.int8)
            counts = np.stack([self.n_persons - right, right], axis=1)
            return counts[:, :width] if width == 1 else counts
        cell = self.item * np.int32(width) + self.score
        counts = np.bincount(cell, minlength=self.n_items * width)
        return counts.reshape(self.n_items, width).astype(np.intp)

    def right_per_item(self) -> Ints:
        """Number of answers to each item with a score above 0."""
        return np.asarray(self.score_counts()[:, 1:].sum(axis=1), dtype=np.intp)

    def right_per_person(self) -> Ints:
        """Number of answers of each person with a score above 0."""
        return self._per_person_sum((self.score > 0).astype(np.int8))

    def total_per_person(self) -> Ints:
        """Sum of the scores of each person."""
        return self._per_person_sum(self.score)

    def _per_person_sum(self, values: Int8s) -> Ints:
        if self.is_complete:
            table = values.reshape(self.n_persons, self.n_items)
            return np.asarray(table.sum(axis=1, dtype=np.int32), dtype=np.intp)
        running = np.zeros(self.n_responses + 1, dtype=np.int64)
        np.cumsum(values, out=running[1:])
        return np.asarray(running[self.starts[1:]] - running[self.starts[:-1]], dtype=np.intp)

    def to_dense(self) -> Int8s:
        """The matrix persons x items, MISSING where there is no answer."""
        if self.is_complete:
            return self.score.reshape(self.n_persons, self.n_items)
        matrix = np.full((self.n_persons, self.n_items), MISSING, dtype=np.int8)
        matrix[self.person(), self.item] = self.score
        return matrix

    def take_items(self, items: npt.ArrayLike) -> Responses:
        """The answers to some items, renumbered in the order asked for; every person stays."""
        chosen = np.asarray(items, dtype=np.intp)
        if self.is_complete and self.n_responses:
            return Responses.from_dense(self.to_dense()[:, chosen])
        new_number = np.full(self.n_items, -1, dtype=np.intp)
        new_number[chosen] = np.arange(chosen.size)
        renumbered = new_number[self.item]
        kept = renumbered >= 0
        return Responses.from_triples(
            self.person()[kept],
            renumbered[kept],
            self.score[kept],
            n_persons=self.n_persons,
            n_items=chosen.size,
        )

    def take_persons(self, persons: npt.ArrayLike) -> Responses:
        """The answers of some persons, in the order asked for; every item stays."""
        chosen = np.asarray(persons, dtype=np.intp)
        lengths = self.per_person()[chosen]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)
        source = np.repeat(self.starts[chosen] - starts[:-1], lengths) + np.arange(starts[-1])
        return Responses(chosen.size, self.n_items, starts, self.item[source], self.score[source])


def _as_scores(values: npt.NDArray[Any], *, triples: bool = False) -> Int8s:
    """Scores as int8 with MISSING, or a ValueError that says which cell is none."""
    if values.ndim != 2:
        raise ValueError(
            f"responses must be a matrix persons x items; this has {values.ndim} dimension(s)."
        )
    if values.dtype == np.int8 and (values.size == 0 or values.min() >= MISSING):
        return np.asarray(values, dtype=np.int8)
    if values.dtype.kind not in "biuf":
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError(
                "responses must hold numbers; convert texts to scores (0, 1, ...) first."
            ) from None
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), MISSING, values)
    wrong = (values < MISSING) | (values > HIGHEST_SCORE) | (values != np.floor(values))
    if np.any(wrong):
        row, column = (int(x) for x in np.argwhere(wrong)[0])
        where = f"answer {row}" if triples else f"person {row}, item {column} (counted from 0)"
        raise ValueError(
            f"responses: {where} holds {values[row, column]}; a score is a whole number from 0 to "
            f"{HIGHEST_SCORE}, or -1 or nan where there is no answer."
        )
    return values.astype(np.int8)


def _as_index(values: npt.ArrayLike, name: str) -> Ints:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, one entry per answer.")
    if array.size == 0:
        return array.astype(np.intp)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name} must hold whole numbers from 0; number the {name}s first.")
    if array.min() < 0:
        raise ValueError(f"{name} {int(array.min())} is negative; number the {name}s from 0.")
    return array.astype(np.intp)


def _size(index: Ints, given: int | None, name: str) -> int:
    needed = int(index.max()) + 1 if index.size else 0
    if given is None:
        return needed
    if given < needed:
        raise ValueError(
            f"{name} {needed - 1} is out of range: n_{name}s is {given}, so the last is "
            f"{given - 1}."
        )
    return int(given)


def _refuse_duplicates(position: npt.NDArray[np.int64], n_items: int) -> None:
    twice = np.flatnonzero(position[1:] == position[:-1])
    if twice.size:
        person, item = divmod(int(position[twice[0]]), n_items)
        raise ValueError(
            f"person {person} has more than one answer to item {item} ({twice.size} such "
            "repetitions in all); keep one answer of each person to each item."
        )
