"""What in the data an estimate cannot rest on; each finding has a code and the items it names."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints
from models.responses import Responses

FEW_PERSONS = 30
FEW_RESPONSES = 30
FEW_ITEMS = 3  # two items cannot tell two slopes apart

Flagged = dict[str, Ints]
Bools = npt.NDArray[np.bool_]


def screen(responses: Responses) -> Flagged:
    """Findings before a fit: code to items, or to persons for codes that begin with "person".

    "no-responses" nobody answered the item; "all-right", "all-wrong" everybody alike: its
    likelihood has no maximum; "few-responses" fewer than 30; "duplicate-items" another item has
    the same answers of the same persons; "persons-without-responses"; "few-persons" fewer than 30
    and "few-items" nobody answered three, so that slopes rest on the prior alone (these two name
    nobody in particular).
    """
    met = responses.per_item()
    right = np.zeros(responses.n_items)
    np.add.at(right, responses.item[responses.score > 0], 1.0)
    findings = {
        "no-responses": np.flatnonzero(met == 0),
        "all-right": np.flatnonzero((met > 0) & (right == met)),
        "all-wrong": np.flatnonzero((met > 0) & (right == 0)),
        "few-responses": np.flatnonzero((met > 0) & (met < FEW_RESPONSES)),
        "duplicate-items": _duplicates(responses, met, right),
        "persons-without-responses": np.flatnonzero(responses.per_person() == 0),
    }
    flagged = {code: found.astype(np.intp) for code, found in findings.items() if found.size}
    if (responses.per_person() > 0).sum() < FEW_PERSONS:
        flagged["few-persons"] = np.empty(0, dtype=np.intp)
    if responses.per_person().max(initial=0) < FEW_ITEMS:
        flagged["few-items"] = np.empty(0, dtype=np.intp)
    return flagged


def _duplicates(responses: Responses, met: Ints, right: Floats) -> Ints:
    """Items with the same answers of the same persons, at least ten and not all alike.

    Two items are the same when random weights of the persons who answered, and of those who were
    right, add up to the same sums: a coincidence has probability of about 1e-9.
    """
    weight = np.random.default_rng(20260101).integers(1, 2**40, responses.n_persons)
    by_answer = weight[responses.person()].astype(np.float64)  # sums stay exact below 2^53
    who = np.bincount(responses.item, by_answer, minlength=responses.n_items)
    rights = np.bincount(
        responses.item, by_answer * (responses.score > 0), minlength=responses.n_items
    )
    varied = np.flatnonzero((met >= 10) & (right > 0) & (right < met))
    keys = np.stack([who[varied], rights[varied]], axis=1)
    _, group, size = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    return varied[size[group.ravel()] > 1].astype(np.intp)


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
