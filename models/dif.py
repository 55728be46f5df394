"""Differential item functioning: items that treat persons of equal standing differently."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.fitted import as_responses
from models.logistic_dif import Cells, LogisticDif, regress
from models.mantel_haenszel import MantelHaenszel, compare_groups
from models.parameters import Floats, Ints
from models.responses import MISSING, Int8s, Responses

METHODS = ("Mantel-Haenszel", "logistic")
MINIMUM_GROUP, MINIMUM_TOTAL = 200, 500
_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class DifferentialFunctioning:
    """Both analyses and what they rest on.

    Attributes
    ----------
    mantel_haenszel, logistic : results by item; None where the method was not asked for.
    reference, focal : labels of the two groups.
    n_reference, n_focal : shape (n_items,); answers of each group.
    reason : shape (n_items,); "" where the item was judged; else "few-persons" or "no-variance"
        (all answers alike).
    matching_items : shape (n_items,), bool; items in the matching score after purification; all
        False when abilities were given instead.
    n_rounds : of purification.
    minimum_group, minimum_total : persons needed in the smaller group and in both together.
    """

    mantel_haenszel: MantelHaenszel | None
    logistic: LogisticDif | None
    reference: object
    focal: object
    n_reference: Ints
    n_focal: Ints
    reason: npt.NDArray[np.str_]
    matching_items: npt.NDArray[np.bool_]
    n_rounds: int
    minimum_group: int
    minimum_total: int


@dataclass(frozen=True, slots=True)
class _Data:
    """Persons of the two groups; `standing` is given or None, when the total score is used."""

    scores: Int8s
    focal: npt.NDArray[np.bool_]
    standing: Floats | None
    n_strata: int
    level: float


def differential_item_functioning(
    responses: Responses | npt.ArrayLike,
    groups: npt.ArrayLike,
    *,
    reference: object = None,
    methods: Sequence[str] = METHODS,
    matching: npt.ArrayLike | None = None,
    purify: bool = True,
    minimum_group: int = MINIMUM_GROUP,
    minimum_total: int = MINIMUM_TOTAL,
    n_strata: int = 20,
    level: float = 0.05,
) -> DifferentialFunctioning:
    """Items that are easier or harder for one of two groups among persons of equal standing.

    A finding says that an item behaves differently, not that it is unfair: people decide that.

    Standing is the total score of the items found free of differential functioning (purified
    over rounds, the studied item itself always included), or what `matching` gives. With missing
    answers a total compares nobody, so `matching` is then needed.

    Parameters
    ----------
    responses : scores 0..m; `Responses` or a matrix persons x items.
    groups : shape (n_persons,); exactly two different labels; None, "" or nan leaves a person out.
    reference : label of the reference group; by default the larger one, of equal ones the first
        by name.
    methods : which of "Mantel-Haenszel" and "logistic".
    matching : shape (n_persons,); standing such as ability in logits, nan leaves a person out.
        Mantel-Haenszel then takes `n_strata` strata of equal size, the regression the number.
        It should rest on all items, the studied one included, as the total score does.
    purify : leave flagged items out of the total score.
    minimum_group, minimum_total : answers to an item needed in the smaller group and in both;
        below, the item is not judged and `reason` says so. The defaults are what ETS asks for
        when tests are assembled; with fewer persons classes are mostly chance.
    level : of significance for the categories.

    Raises
    ------
    ValueError
        The groups are not two, answers are missing without `matching`, or an argument cannot be
        used: which, and what to do.

    References
    ----------
    See `models.mantel_haenszel` and `models.logistic_dif`. Numbers of persons: Zwick (2012), ETS
    Research Report 12-08. Purification: Holland & Thayer (1988); Candell & Drasgow (1988), Applied
    Psychological Measurement 12, 253-260.

    Examples
    --------
    >>> import numpy as np
    >>> from models import ItemParameters, Responses, differential_item_functioning
    >>> from models import simulate_responses
    >>> rng = np.random.default_rng(1)
    >>> b = np.linspace(-1.5, 1.5, 20)
    >>> harder = b + 1.0 * (np.arange(20) == 7)
    >>> one = simulate_responses(rng.standard_normal(800), ItemParameters.of(1.2, b), rng)
    >>> two = simulate_responses(rng.standard_normal(600), ItemParameters.of(1.2, harder), rng)
    >>> found = differential_item_functioning(
    ...     Responses.from_dense(np.vstack([one, two])), ["A"] * 800 + ["B"] * 600
    ... )
    >>> np.flatnonzero(found.mantel_haenszel.category == "C").tolist()
    [7]
    """
    responses = as_responses(responses)
    unknown = [name for name in methods if name not in METHODS]
    if unknown or not methods:
        raise ValueError(f"methods: choose from {', '.join(METHODS)}, not {list(methods)}.")
    if not 0 < level < 1 or n_strata < 2:
        raise ValueError("level lies between 0 and 1, and n_strata is at least 2.")
    focal, labels, known = _two_groups(groups, responses.n_persons, reference)
    standing = _standing(matching, responses)
    if standing is not None:
        known &= np.isfinite(standing)
        standing = standing[known]
    scores = responses.take_persons(np.flatnonzero(known)).to_dense()
    data = _Data(scores, focal[known], standing, n_strata, level)
    n_reference = (scores[~data.focal] != MISSING).sum(axis=0)
    n_focal = (scores[data.focal] != MISSING).sum(axis=0)
    reason = _reasons(data.scores, n_reference, n_focal, minimum_group, minimum_total)
    chosen = np.full(responses.n_items, standing is None)
    mantel_haenszel, logistic = _judge(data, chosen, reason, methods)
    n_rounds = 0
    if purify and standing is None:
        seen = {chosen.tobytes()}
        for _ in range(_ROUNDS):
            following = _free_of_dif(mantel_haenszel, logistic, chosen.size)
            if np.array_equal(following, chosen):
                break
            chosen, n_rounds = following, n_rounds + 1
            mantel_haenszel, logistic = _judge(data, chosen, reason, methods)
            if chosen.tobytes() in seen:
                break
            seen.add(chosen.tobytes())
    return DifferentialFunctioning(
        mantel_haenszel,
        logistic,
        labels[0],
        labels[1],
        n_reference.astype(np.intp),
        n_focal.astype(np.intp),
        reason,
        chosen,
        n_rounds,
        minimum_group,
        minimum_total,
    )


def _two_groups(
    groups: npt.ArrayLike, n_persons: int, reference: object
) -> tuple[npt.NDArray[np.bool_], tuple[object, object], npt.NDArray[np.bool_]]:
    """Who is in the focal group, the labels (reference, focal), and who is in either."""
    given = list(np.asarray(groups, dtype=object).ravel())
    if len(given) != n_persons:
        raise ValueError(f"groups has {len(given)} labels for {n_persons} persons.")
    # nan is the only label that is not equal to itself
    known = np.array([g is not None and g != "" and g == g for g in given], dtype=np.bool_)
    size: dict[object, int] = {}
    for label, counts in zip(given, known, strict=True):
        if counts:
            size[label] = size.get(label, 0) + 1
    if len(size) != 2:
        named = ", ".join(f"{label!r} ({n})" for label, n in size.items()) or "none"
        raise ValueError(
            f"two groups are compared; these are {len(size)}: {named}. Compare two at a time and "
            "give None to all other persons."
        )
    if reference is None:
        reference = min(size, key=lambda label: (-size[label], str(label)))
    if reference not in size:
        raise ValueError(f"reference {reference!r} is no group; choose one of {list(size)}.")
    other = next(label for label in size if label != reference)
    return np.array([g == other for g in given], dtype=np.bool_), (reference, other), known


def _standing(matching: npt.ArrayLike | None, responses: Responses) -> Floats | None:
    if matching is None:
        if not responses.is_complete:
            missing = responses.n_persons * responses.n_items - responses.n_responses
            raise ValueError(
                f"{missing} answers are missing, so total scores compare nobody: give "
                "matching=estimate_ability(...).theta, or take persons with all answers."
            )
        return None
    standing = np.asarray(matching, dtype=np.float64)
    if standing.shape != (responses.n_persons,) or np.isinf(standing).any():
        raise ValueError(
            f"matching needs one finite number for each of the {responses.n_persons} persons "
            "(nan leaves a person out)."
        )
    return standing


def _reasons(
    scores: Int8s, n_reference: Ints, n_focal: Ints, minimum_group: int, minimum_total: int
) -> npt.NDArray[np.str_]:
    highest = scores.max(axis=0, initial=MISSING)
    lowest = np.where(scores == MISSING, 127, scores).min(axis=0, initial=127)
    few = np.minimum(n_reference, n_focal) < minimum_group
    few |= n_reference + n_focal < minimum_total
    return np.where(few, "few-persons", np.where(highest <= lowest, "no-variance", ""))


def _free_of_dif(
    mantel_haenszel: MantelHaenszel | None, logistic: LogisticDif | None, n_items: int
) -> npt.NDArray[np.bool_]:
    """Items not in category B or C; by Mantel-Haenszel where there is one. At least half."""
    found = mantel_haenszel if mantel_haenszel is not None else logistic
    if found is None:
        return np.ones(n_items, dtype=np.bool_)
    free = np.isin(found.category, ("A", ""))
    needed = (n_items + 1) // 2
    if free.sum() < needed:
        free = np.zeros(n_items, dtype=np.bool_)
        free[np.argsort(np.nan_to_num(found.chi_square), kind="stable")[:needed]] = True
    return np.asarray(free, dtype=np.bool_)


def _judge(
    data: _Data,
    chosen: npt.NDArray[np.bool_],
    reason: npt.NDArray[np.str_],
    methods: Sequence[str],
) -> tuple[MantelHaenszel | None, LogisticDif | None]:
    total = data.scores[:, chosen].sum(axis=1, dtype=np.intp)
    tables: list[Floats | None] = []
    cells: list[Cells | None] = []
    strata = None if data.standing is None else _strata(data.standing, data.n_strata)
    for item in range(data.scores.shape[1]):
        if reason[item]:
            tables.append(None)
            cells.append(None)
            continue
        score = data.scores[:, item]
        met = score != MISSING
        if strata is None or data.standing is None:
            standing = total if chosen[item] else total + score
            table = _table(standing, data.focal, score)
            tables.append(table)
            cells.append(_cells_of(table))
        else:
            tables.append(_table(strata[met], data.focal[met], score[met]))
            counts = np.eye(int(score.max()) + 1)[score[met]]
            cells.append(Cells(data.standing[met], data.focal[met].astype(np.float64), counts))
    mantel_haenszel = compare_groups(tables, data.level) if METHODS[0] in methods else None
    logistic = regress(cells, data.level) if METHODS[1] in methods else None
    return mantel_haenszel, logistic


def _strata(standing: Floats, n_strata: int) -> Ints:
    limits = np.quantile(standing, np.linspace(0, 1, n_strata + 1)[1:-1])
    return np.searchsorted(limits, standing, side="right")


def _table(standing: Ints, focal: npt.NDArray[np.bool_], score: Int8s) -> Floats:
    """Persons by standing, group and score."""
    n_levels, n_scores = int(standing.max(initial=0)) + 1, int(score.max(initial=0)) + 1
    flat = (standing * 2 + focal) * n_scores + score
    counts = np.bincount(flat, minlength=n_levels * 2 * n_scores)
    return counts.reshape(n_levels, 2, n_scores).astype(np.float64)


def _cells_of(table: Floats) -> Cells:
    level, focal = np.nonzero(table.sum(axis=2) > 0)
    return Cells(level.astype(np.float64), focal.astype(np.float64), table[level, focal])
