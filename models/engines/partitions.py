"""Answers in parts, each of which fits into memory: files of a folder, or objects.

A part holds whole persons: nobody's answers lie in two of them. Files of ours end in .npz; tables
in .parquet have one row an answer with the columns person, item (from 0) and score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.calibration_setup import Overview
from models.parameters import Ints
from models.responses import Responses
from models.screening import findings, repeated_rows

_COLUMNS = ("person", "item", "score")
_LEAST_ALIKE = 10  # answers, below which equal ones may be a coincidence


def write_partitions(
    responses: Responses, folder: str | Path, *, persons_in_each: int = 100_000
) -> list[Path]:
    """Write answers as files part-00000.npz, part-00001.npz, ... and return their paths.

    Raises
    ------
    ValueError
        When the folder has such files already.

    Examples
    --------
    >>> import tempfile
    >>> from models import Responses, write_partitions
    >>> answers = Responses.from_dense([[1, 0, 1], [0, 1, 1], [1, -1, 0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print([path.name for path in write_partitions(answers, folder, persons_in_each=2)])
    ['part-00000.npz', 'part-00001.npz']
    """
    if persons_in_each < 1:
        raise ValueError(f"persons_in_each is {persons_in_each}; it must be at least 1.")
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    if any(place.glob("part-*.npz")):
        raise ValueError(f"{place} holds partitions already; give an empty folder.")
    paths = []
    for number, first in enumerate(range(0, max(responses.n_persons, 1), persons_in_each)):
        last = min(first + persons_in_each, responses.n_persons)
        part = responses.take_persons(np.arange(first, last))
        path = place / f"part-{number:05d}.npz"
        np.savez_compressed(
            path, starts=part.starts, item=part.item, score=part.score, n_items=part.n_items
        )
        paths.append(path)
    return paths


def find_partitions(folder: str | Path) -> list[Path]:
    """The .npz and .parquet files of a folder, or a ValueError when there are none."""
    place = Path(folder)
    if not place.is_dir():
        raise ValueError(f"{place} is no folder; give one with .parquet or .npz files.")
    found = sorted([*place.glob("*.npz"), *place.glob("*.parquet")])
    if not found:
        raise ValueError(f"{place} has no .parquet or .npz file; `write_partitions` makes some.")
    return found


def read_partition(part: Any, n_items: int | None = None) -> Responses:
    """The answers of one part: a `Responses`, a matrix persons x items, or a file.

    Parameters
    ----------
    n_items : of the whole table, which a file of few answers may not reach.

    Raises
    ------
    ValueError
        When it holds no answers in a form that is known: which part, and what is wrong.
    """
    if isinstance(part, Responses):
        found = part
    elif isinstance(part, str | Path):
        found = _read_file(Path(part), n_items)
    else:
        found = Responses.from_dense(part)
    if n_items is None or found.n_items == n_items:
        return found
    if found.n_items > n_items:
        raise ValueError(f"a partition has {found.n_items} items where others have {n_items}.")
    return Responses(found.n_persons, n_items, found.starts, found.item, found.score)


def _read_file(path: Path, n_items: int | None) -> Responses:
    if path.suffix == ".parquet":
        person, item, score = _read_parquet(path)
        _, number = np.unique(person, return_inverse=True)
        size = n_items
    else:
        try:
            with np.load(path, allow_pickle=False) as stored:
                starts, item, score = (stored[name] for name in ("starts", "item", "score"))
                size = int(stored["n_items"])
        except (OSError, KeyError, ValueError) as error:
            raise ValueError(f"{path} is no file that `write_partitions` made.") from error
        number = np.repeat(np.arange(starts.size - 1), np.diff(starts))
        if n_items is None:  # the first look checks it, later ones need not
            _check_starts(path, starts, item)
        else:
            return Responses(starts.size - 1, size, starts, item, score)
    try:
        n_persons = None if path.suffix == ".parquet" else starts.size - 1
        return Responses.from_triples(number, item, score, n_persons=n_persons, n_items=size)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _check_starts(path: Path, starts: Ints, item: Ints) -> None:
    right = starts.ndim == 1 and starts.size > 0 and starts[0] == 0 and starts[-1] == item.size
    if not right or (np.diff(starts) < 0).any():
        raise ValueError(f"{path} is no file that `write_partitions` made.")


def _read_parquet(path: Path) -> list[npt.NDArray[Any]]:
    try:
        import pyarrow.parquet as parquet  # type: ignore[import-not-found]
    except ImportError as error:
        raise ValueError(
            f"{path}: Parquet files need the package pyarrow on every worker; install it, or "
            "write the answers with `write_partitions`."
        ) from error
    try:
        table = parquet.read_table(path, columns=list(_COLUMNS))
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(
            f"{path} cannot be read as a table with the columns {', '.join(_COLUMNS)}."
        ) from error
    return [table.column(name).to_numpy() for name in _COLUMNS]


@dataclass(frozen=True, slots=True)
class Look:
    """What the first pass counts in a part; looks add up.

    Attributes
    ----------
    n_persons : with those who answered nothing.
    counts : shape (n_items, highest score + 1); answers to each item with each score.
    marks : shape (n_items, 2), modulo 2^64; sums over the answers to each item of a random number
        of the person, and of this times the score.
    without : persons who answered nothing.
    longest : answers of the person with the most.
    """

    n_persons: int
    counts: Ints
    marks: npt.NDArray[np.uint64]
    without: Ints
    longest: int


def look_at(part: Any, number: int) -> Look:
    """Count one part; `number` tells it from the others."""
    responses = read_partition(part)
    random = np.random.default_rng([20260103, number])
    mark = random.integers(0, 2**64, responses.n_persons, dtype=np.uint64)[responses.person()]
    marks = np.zeros((responses.n_items, 2), dtype=np.uint64)
    np.add.at(marks[:, 0], responses.item, mark)
    np.add.at(marks[:, 1], responses.item, mark * responses.score.astype(np.uint64))
    met = responses.per_person()
    return Look(
        responses.n_persons,
        responses.score_counts(),
        marks,
        np.flatnonzero(met == 0),
        int(met.max(initial=0)),
    )


def add_looks(looks: Sequence[Look]) -> Look:
    """All parts together, in their order."""
    n_items = max(look.counts.shape[0] for look in looks)
    width = max(look.counts.shape[1] for look in looks)
    counts = np.zeros((n_items, width), dtype=np.intp)
    marks = np.zeros((n_items, 2), dtype=np.uint64)
    without, n_persons = [], 0
    for look in looks:
        rows, columns = look.counts.shape
        counts[:rows, :columns] += look.counts
        marks[:rows] += look.marks
        without.append(look.without + n_persons)
        n_persons += look.n_persons
    longest = max(look.longest for look in looks)
    return Look(n_persons, counts, marks, np.concatenate(without), longest)


def overview_of(look: Look) -> Overview:
    """What `models.screening` finds in it."""
    met = look.counts.sum(axis=1)
    varied = np.flatnonzero((met >= _LEAST_ALIKE) & ((look.counts > 0).sum(axis=1) > 1))
    twins = varied[repeated_rows(look.marks[varied])]
    flagged = findings(look.counts, twins, look.without, look.n_persons, look.longest)
    return Overview(look.counts, flagged, look.n_persons - look.without.size, look.longest)


def some_of(part: Any, n_items: int, step: int) -> Responses:
    """Every `step`-th person of a part."""
    responses = read_partition(part, n_items)
    if step < 2:
        return responses
    return responses.take_persons(np.arange(0, responses.n_persons, step))


def join(parts: Sequence[Responses]) -> Responses:
    """Persons of all parts, in their order."""
    starts = np.cumsum([0, *np.concatenate([part.per_person() for part in parts]).tolist()])
    return Responses(
        sum(part.n_persons for part in parts),
        parts[0].n_items,
        starts.astype(np.intp),
        np.concatenate([part.item for part in parts]),
        np.concatenate([part.score for part in parts]),
    )
