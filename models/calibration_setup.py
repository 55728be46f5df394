"""What a calibration needs before it can begin: arguments checked and put into arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from models.item_families import Bools, families_of, first_upper
from models.kernels import Sample
from models.maximisation import HIGHEST, PriorTable, Structure
from models.parameters import POLYTOMOUS, Floats, Ints
from models.patterns import collapse
from models.priors import DEFAULT, FLAT, Priors
from models.responses import Responses
from models.screening import Flagged, screen
from models.starting_values import starting_parameters

MODELS = ("1PL", "Rasch", "2PL", "3PL", "4PL", "GRM", "GPCM", "PCM")
_TIED = ("1PL", "Rasch", "PCM")
_UNIT = ("Rasch", "PCM")
_FITTED_AS = {"Rasch": "1PL", "PCM": "GPCM"}
_LENGTH = {"1PL": 2, "2PL": 2, "3PL": 3, "4PL": 4}
_WEAK = 1e-6  # precision of a flat prior: a standard deviation of 1,000 logits
_IMAGINED = 0.5  # persons who got a score that nobody got
_THRESHOLD_SPREAD = 1.0  # logits, of the thresholds about the difficulty
_HOPELESS = ("no-responses", "all-right", "all-wrong")

Anchors = Mapping[int, Sequence[float]]


@dataclass(frozen=True, slots=True)
class Setup:
    """All that a fit starts from.

    Attributes
    ----------
    sample : persons with an answer, by group.
    names : model of each item, as `ItemParameters` names it.
    xi : where the fit begins.
    labels : of the groups; None where there are none.
    unit_slope : whether results stand on the scale where the shared slope is 1.
    flagged : what `models.screening` found, and "prior-for-items".
    n_persons : persons who count.
    n_responses : answers in the sample.
    longest : answers of the person with the most.
    met : shape (n_items,); answers to each item.
    """

    sample: Sample
    names: tuple[str, ...]
    structure: Structure
    priors: PriorTable
    xi: Floats
    labels: npt.NDArray[np.generic] | None
    unit_slope: bool
    flagged: Flagged
    n_persons: int
    n_responses: int
    longest: int
    met: Ints


@dataclass(frozen=True, slots=True)
class Overview:
    """What a fit must know of all answers at once.

    Attributes
    ----------
    counts : shape (n_items, highest score + 1); answers to each item with each score.
    flagged : what `models.screening` found.
    n_persons : persons with an answer.
    longest : answers of the person with the most.
    """

    counts: Ints
    flagged: Flagged
    n_persons: int
    longest: int


def set_up(
    responses: Responses,
    model: str | Sequence[str],
    priors: str | Priors | None,
    groups: npt.ArrayLike | None,
    anchors: Anchors | None,
    weights: npt.ArrayLike | None,
) -> Setup:
    """Check the arguments of `calibrate` and prepare the fit.

    Raises
    ------
    ValueError
        When an argument cannot be used: which one, and what to do.
    """
    if responses.n_items == 0:
        raise ValueError("there are no items to calibrate.")
    asked = read_models(model, responses.n_items)
    chosen = read_priors(priors)
    counts = responses.score_counts()
    rows = _read_anchors(anchors or {}, asked)
    max_scores = _max_scores(asked, counts, rows)
    flagged = screen(responses, counts)
    sample, labels = _sample(responses, max_scores, groups, weights)
    met = sample.responses
    overview = Overview(counts, flagged, met.n_persons, int(met.per_person().max(initial=0)))
    setup = _put_together(asked, chosen, rows, overview, sample, labels)
    sample = collapse(sample)
    return replace(setup, sample=sample, n_responses=sample.responses.n_responses)


def set_up_parts(
    overview: Overview,
    some: Responses,
    model: str | Sequence[str],
    priors: str | Priors | None,
    anchors: Anchors | None,
) -> Setup:
    """The same for answers that lie elsewhere; `some` of them give the values to start from."""
    asked = read_models(model, some.n_items)
    rows = _read_anchors(anchors or {}, asked)
    sample = Sample.of(some, _max_scores(asked, overview.counts, rows))
    setup = _put_together(asked, read_priors(priors), rows, overview, sample, None)
    return replace(setup, n_responses=int(overview.counts.sum()))


def _put_together(
    asked: Sequence[str],
    chosen: Priors,
    rows: Mapping[int, Floats],
    overview: Overview,
    sample: Sample,
    labels: npt.NDArray[np.generic] | None,
) -> Setup:
    counts, flagged, max_scores = overview.counts, dict(overview.flagged), sample.max_scores
    names = tuple(_FITTED_AS.get(name, name) for name in asked)
    families = families_of(names, max_scores)
    free = np.ones(max_scores.size, dtype=bool)
    free[list(rows)] = False
    tied = np.array([name in _TIED for name in asked])
    structure = Structure.of(
        families, free, tied, fixed_slope=bool((tied & ~free).any()) and bool(tied.any())
    )
    xi = _start(sample.responses, structure, rows)
    table, helped = prior_table(chosen, structure, names, flagged, counts)
    if helped.any() and chosen is FLAT:
        flagged["prior-for-items"] = np.flatnonzero(helped).astype(np.intp)
    unit_slope = any(name in _UNIT for name in asked) and not structure.fixed_slope
    return Setup(
        sample=sample,
        names=names,
        structure=structure,
        priors=table,
        xi=xi,
        labels=labels,
        unit_slope=unit_slope,
        flagged=flagged,
        n_persons=overview.n_persons,
        n_responses=sample.responses.n_responses,
        longest=overview.longest,
        met=np.asarray(counts.sum(axis=1), dtype=np.intp),
    )


def read_models(model: str | Sequence[str], n_items: int) -> tuple[str, ...]:
    """The model asked for of each item."""
    names = (model,) * n_items if isinstance(model, str) else tuple(model)
    for name in names:
        if name not in MODELS:
            raise ValueError(f"model {name!r} is not offered; choose one of {', '.join(MODELS)}.")
    if len(names) != n_items:
        raise ValueError(
            f"model names {len(names)} items and there are {n_items}; give one name, or one each."
        )
    if "1PL" in names and set(names) & set(_UNIT):
        raise ValueError("1PL and Rasch or PCM items in one bank: call all of them Rasch.")
    return names


def read_priors(priors: str | Priors | None) -> Priors:
    """None is flat, "default" is `Priors()`."""
    if priors is None:
        return FLAT
    if isinstance(priors, Priors):
        return priors
    if priors == "default":
        return DEFAULT
    raise ValueError(f"priors {priors!r}: give None, 'default' or a Priors object.")


def _max_scores(asked: Sequence[str], counts: Ints, rows: Mapping[int, Floats]) -> Ints:
    """Highest score of each item: the highest anybody got, or as many as an anchor has."""
    width = counts.shape[1]
    seen = np.where(counts > 0, np.arange(width), 0).max(axis=1, initial=0)
    graded = np.array([_FITTED_AS.get(name, name) in POLYTOMOUS for name in asked])
    wrong = np.flatnonzero(~graded & (seen > 1))
    if wrong.size:
        item = int(wrong[0])
        raise ValueError(
            f"item {item} has a score of {int(seen[item])}; {asked[item]} takes 0 and 1 only, so "
            "choose GRM or GPCM for it, or dichotomise partial credit first."
        )
    highest = np.maximum(seen, 1)
    for item, row in rows.items():
        if graded[item]:
            if seen[item] > row.size - 1:
                raise ValueError(
                    f"anchor {item}: it has {row.size - 1} thresholds, but somebody has a score "
                    f"of {int(seen[item])}."
                )
            highest[item] = row.size - 1
    return np.asarray(highest, dtype=np.intp)


def _sample(
    responses: Responses,
    max_scores: Ints,
    groups: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
) -> tuple[Sample, npt.NDArray[np.generic] | None]:
    """Persons who count, in the order of their groups; labels of the groups, ascending."""
    used = responses.per_person() > 0
    weight = None
    if weights is not None:
        weight = np.asarray(weights, dtype=np.float64)
        if weight.shape != (responses.n_persons,):
            raise ValueError(
                f"weights must be one number for each of {responses.n_persons} persons."
            )
        if not np.isfinite(weight).all() or (weight < 0).any():
            raise ValueError("weights must be finite and not negative.")
        used = used & (weight > 0)
    if groups is None:
        if not used.all():
            persons = np.flatnonzero(used)
            responses = responses.take_persons(persons)
            weight = None if weight is None else weight[persons]
        return Sample.of(responses, max_scores, weight), None
    given = np.asarray(groups)
    if given.shape != (responses.n_persons,):
        raise ValueError(f"groups must be one label for each of {responses.n_persons} persons.")
    try:
        labels, number = np.unique(given, return_inverse=True)
    except TypeError:
        raise ValueError("groups must be labels of one kind, all texts or all numbers.") from None
    order = np.argsort(number, kind="stable")
    order = order[used[order]]
    bounds = np.searchsorted(number[order], np.arange(labels.size + 1))
    sample = Sample.of(
        responses.take_persons(order),
        max_scores,
        None if weight is None else weight[order],
        tuple(int(bound) for bound in bounds),
    )
    return sample, labels


def _read_anchors(anchors: Anchors, asked: Sequence[str]) -> dict[int, Floats]:
    """Anchors as rows of `xi`."""
    rows = {}
    for item, values in anchors.items():
        if not 0 <= item < len(asked):
            raise ValueError(f"anchor {item} is no item; items are 0 to {len(asked) - 1}.")
        rows[int(item)] = _read_anchor(int(item), values, asked[item])
    slopes = {row[0] for item, row in rows.items() if asked[item] in _TIED}
    if len(slopes) > 1:
        raise ValueError("anchors of a 1PL must have one common a.")
    if any(asked[item] in _UNIT for item in rows) and slopes != {1.0}:
        raise ValueError("anchors of a Rasch or partial credit model must have a = 1.")
    return rows


def _read_anchor(item: int, values: Sequence[float], model: str) -> Floats:
    row = np.asarray(values, dtype=np.float64)
    name = _FITTED_AS.get(model, model)
    if name in POLYTOMOUS:
        if row.ndim != 1 or row.size < 2 or not np.isfinite(row).all():
            raise ValueError(f"anchor {item}: give (a, threshold, threshold, ...).")
        if name == "GRM" and (np.diff(row[1:]) <= 0).any():
            raise ValueError(f"anchor {item}: the thresholds of a GRM must ascend.")
    elif row.shape != (_LENGTH[name],) or not np.isfinite(row).all():
        raise ValueError(f"anchor {item}: give ({', '.join('abcd'[: _LENGTH[name]])}).")
    if not 0 < row[0] <= HIGHEST[0]:
        raise ValueError(f"anchor {item}: a must lie above 0 and up to {HIGHEST[0]:g}.")
    last = row.size if name in POLYTOMOUS else 2
    if name not in POLYTOMOUS and not all(0 <= value <= 1 for value in row[2:]):
        raise ValueError(f"anchor {item}: c and d must lie between 0 and 1.")
    result = row.copy()
    result[1:last] *= -row[0]
    share = np.clip(row[last:], 1e-9, 1.0 - 1e-9)
    result[last:] = np.log(share / (1.0 - share))
    return result


def _start(responses: Responses, structure: Structure, rows: Mapping[int, Floats]) -> Floats:
    xi = starting_parameters(responses, structure.families)
    xi = np.where(structure.used, np.clip(xi, structure.low, structure.high), 0.0)
    tied = structure.tied
    if tied.any():
        xi[tied, 0] = xi[tied, 0].mean()
    for item, row in rows.items():
        xi[item] = 0.0
        xi[item, : row.size] = row
        if tied[item]:
            xi[tied, 0] = row[0]
    return xi


def prior_table(
    priors: Priors, structure: Structure, names: Sequence[str], flagged: Flagged, counts: Ints
) -> tuple[PriorTable, Bools]:
    """Priors of all parameters, and the items that have one without being asked."""
    shape = structure.used.shape
    hopeless = np.zeros(shape[0], dtype=bool)
    for code in _HOPELESS:
        hopeless[flagged.get(code, [])] = True
    hopeless &= structure.free
    mean, precision = np.zeros(shape), np.full(shape, _WEAK)
    graded = np.array([name in POLYTOMOUS for name in names])
    for column in range(shape[1]):
        for rows, name in (
            (graded, "slope" if column == 0 else "intercept"),
            (~graded, ("slope", "intercept", "logit_c", "logit_d")[min(column, 3)]),
        ):
            asked, default = getattr(priors, name), getattr(DEFAULT, name)
            tied_slope = structure.tied if column == 0 else np.zeros(shape[0], dtype=bool)
            for some, prior in (
                (rows & hopeless & ~tied_slope, default if asked is None else asked),
                (rows & ~(hopeless & ~tied_slope), asked),
            ):
                if prior is not None:
                    mean[some, column], precision[some, column] = prior[0], prior[1] ** -2
    if priors.difficulty is not None:
        _put_difficulties(priors, structure, graded, mean, precision)
    precision[~structure.used], mean[~structure.used] = 0.0, 0.0
    tied = structure.tied
    if tied.any():  # one slope, one prior: each item carries its share
        if priors.slope is None and hopeless[tied].all():
            mean[tied, 0], precision[tied, 0] = DEFAULT.slope[0], DEFAULT.slope[1] ** -2  # type: ignore[index]
        precision[tied, 0] /= tied.sum()
    imagined, unused = _imagined(structure, counts, hopeless)
    return PriorTable(mean, precision, imagined), hopeless | unused


def _put_difficulties(
    priors: Priors, structure: Structure, graded: Bools, mean: Floats, precision: Floats
) -> None:
    """The priors of difficulty in place of those of the intercepts, in place."""
    b, sd = (np.asarray(part, dtype=np.float64) for part in priors.difficulty or ((), ()))
    n_items = mean.shape[0]
    if b.shape != (n_items,):
        raise ValueError(
            f"prior of difficulty: {b.size} means, and there are {n_items} items; give nan where "
            "nothing is known."
        )
    slope = 1.0 if priors.slope is None else priors.slope[0]
    spread = slope * np.sqrt(sd**2 + np.where(graded, _THRESHOLD_SPREAD, 0.0) ** 2)
    rows, columns = np.nonzero(structure.locations & np.isfinite(b)[:, None])
    mean[rows, columns], precision[rows, columns] = -slope * b[rows], spread[rows] ** -2


def _imagined(
    structure: Structure, counts: Ints, hopeless: Bools
) -> tuple[tuple[Floats, Floats] | None, Bools]:
    """Imagined persons with each score that nobody got, in cells; and the items with any.

    Without them a threshold of such a score runs to infinity or onto its neighbour.
    """
    max_scores = np.ones(counts.shape[0], dtype=np.intp)
    for family in structure.families:
        max_scores[family.items] = family.upper.shape[1]
    zero, upper = np.zeros(counts.shape[0]), np.zeros(int(max_scores.sum()))
    first = first_upper(max_scores)
    needy = structure.free & (max_scores > 1) & (hopeless | (counts > 0).any(axis=1))
    for item in np.flatnonzero(needy):
        own = np.zeros(max_scores[item] + 1)
        seen = counts[item, : max_scores[item] + 1]
        own[: seen.size] = seen
        empty = np.where(own == 0, _IMAGINED, 0.0)
        zero[item], upper[first[item] : first[item + 1]] = empty[0], empty[1:]
    if not zero.any() and not upper.any():
        return None, np.zeros(counts.shape[0], dtype=bool)
    added = np.add.reduceat(upper, first[:-1])
    return (zero + added, upper), np.asarray(zero + added > 0)
