"""What in the data an estimate cannot rest on; each finding has a code and the items it names."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints
from models.responses import Responses

FEW_PERSONS = 30
FEW_RESPONSES = 30
FEW_ITEMS = 3  # two items cannot tell two slopes apart

Flagged = dict[str, Ints]
Bools = npt.NDArray[np.bool_]


def screen(responses: Responses, counts: Ints | None = None) -> Flagged:
    """Findings before a fit: code to items, or to persons for codes that begin with "person".

    "no-responses" nobody answered the item; "all-right", "all-wrong" everybody alike: its
    likelihood has no maximum; "few-responses" fewer than 30; "unused-scores" nobody got one of the
    scores below the highest; "duplicate-items" another item has the same answers of the same
    persons; "persons-without-responses"; "few-persons" fewer than 30
    and "few-items" nobody answered three, so that slopes rest on the prior alone (these two name
    nobody in particular).

    Parameters
    ----------
    counts : `Responses.score_counts`, if it is at hand.
    """
    counts = responses.score_counts() if counts is None else counts
    twins = _duplicates(responses, counts.sum(axis=1), counts @ np.arange(counts.shape[1]))
    per_person = responses.per_person()
    without = np.flatnonzero(per_person == 0)
    return findings(counts, twins, without, responses.n_persons, int(per_person.max(initial=0)))


def findings(
    counts: Ints, duplicates: Ints, without: Ints, n_persons: int, longest: int
) -> Flagged:
    """`screen` from what was counted.

    Parameters
    ----------
    counts : shape (n_items, highest score + 1); answers to each item with each score.
    duplicates : items with the same answers as another.
    without : persons without an answer, of `n_persons`.
    longest : answers of the person with the most.
    """
    met, right = counts.sum(axis=1), counts[:, 1:].sum(axis=1)
    alike = (met > 0) & (counts.max(axis=1, initial=0) == met)
    found = {
        "no-responses": np.flatnonzero(met == 0),
        "all-right": np.flatnonzero(alike & (right > 0)),
        "all-wrong": np.flatnonzero(alike & (right == 0)),
        "few-responses": np.flatnonzero((met > 0) & (met < FEW_RESPONSES)),
        "unused-scores": np.flatnonzero(~alike & (met > 0) & _has_gap(counts)),
        "duplicate-items": duplicates,
        "persons-without-responses": without,
    }
    flagged = {code: named.astype(np.intp) for code, named in found.items() if named.size}
    if n_persons - without.size < FEW_PERSONS:
        flagged["few-persons"] = np.empty(0, dtype=np.intp)
    if longest < FEW_ITEMS:
        flagged["few-items"] = np.empty(0, dtype=np.intp)
    return flagged


def _has_gap(counts: Ints) -> Bools:
    """Whether a score below the highest that was got, was got by nobody."""
    later = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(((counts == 0) & (later > 0)).any(axis=1))


def _duplicates(responses: Responses, met: Ints, total: Ints) -> Ints:
    """Items with the same answers of the same persons, at least ten and not all alike.

    Only items with equal numbers of answers and equal sums of scores can be. Two of them are the
    same when random weights of the persons who answered, and these times the scores, add up to
    the same sums: a coincidence has a probability of about 1e-9.
    """
    varied = np.flatnonzero((met >= 10) & (total > 0))
    candidates = varied[repeated_rows(np.stack([met[varied], total[varied]], axis=1))]
    if candidates.size == 0:
        return candidates
    number = np.full(responses.n_items, -1, dtype=np.intp)
    number[candidates] = np.arange(candidates.size)
    answers = np.flatnonzero(number[responses.item] >= 0)
    item, score = number[responses.item[answers]], responses.score[answers]
    weight = np.random.default_rng(20260101).integers(1, 2**36, responses.n_persons)
    person = np.searchsorted(responses.starts, answers, side="right") - 1
    by_answer = weight[person].astype(np.float64)  # sums stay exact below 2^53
    who = np.bincount(item, by_answer, minlength=candidates.size)
    rights = np.bincount(item, by_answer * score, minlength=candidates.size)
    squares = np.bincount(item, np.square(score, dtype=np.float64), minlength=candidates.size)
    differ = squares * met[candidates] > total[candidates].astype(np.float64) ** 2
    return candidates[differ & repeated_rows(np.stack([who, rights], axis=1))]


def repeated_rows(rows: npt.NDArray[Any]) -> Bools:
    """Which rows occur more than once."""
    _, group, size = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(size[group.ravel()] > 1)


def examine(slope: Floats, at_bound: Bools, free: Bools) -> Flagged:
    """Findings after a fit.

    "negative-discrimination" the able fail it: a wrong key, most often; "low-discrimination" it
    says next to nothing (|a| < 0.2); "at-bound" an estimate ran to the edge of what is allowed,
    as with perfect separation.
    """
    findings = {
        "negative-discrimination": np.flatnonzero(free & (slope < 0)),
        "low-discrimination": np.flatnonzero(free & (np.abs(slope) < 0.2)),
        "at-bound": np.flatnonzero(free & at_bound),
    }
    return {code: found.astype(np.intp) for code, found in findings.items() if found.size}
