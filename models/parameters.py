"""Item parameters: what a calibration estimates and every other function here reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

DICHOTOMOUS = ("1PL", "2PL", "3PL", "4PL")
POLYTOMOUS = ("GRM", "GPCM")
MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class ItemParameters:
    """Parameters of items; scores are whole numbers from 0 to the item's maximum.

    Dichotomous (1PL to 4PL): P(right) = c + (d - c) / (1 + exp(-a (theta - b))).
    GRM, graded responses: P(score >= k) = 1 / (1 + exp(-a (theta - t_k))), k = 1..m.
    GPCM, generalised partial credit: P(score = k) proportional to exp(sum_{v<=k} a (theta - t_v)).

    `theta` is on the N(0, 1) scale of the reference group; there is no 1.7 scaling constant.

    Attributes
    ----------
    a, b, c, d : shape (n_items,); discrimination, difficulty in logits, lower and upper asymptote.
        A polytomous item has the mean of its thresholds as b, and c = 0, d = 1.
    standard_errors : shape (n_items, 4), of a, b, c, d; nan where a parameter was not estimated.
        None when nothing was estimated from responses (provisional parameters).
    model : "1PL", "2PL", "3PL", "4PL", "GRM" or "GPCM": what was fitted; "mixed" with `models`.
    thresholds : shape (n_items, highest maximum score); the m first entries of a row are those of
        a polytomous item, nan behind them and in the rows of dichotomous items. None where all
        items are dichotomous.
    models : name of each item's model; None where all have the name in `model`.
    threshold_errors : standard errors, shape of `thresholds`; None where nothing was estimated.
    covariance : shape (n_items, p, p); of each item's estimates in the order a, b, c, d, or
        a, thresholds; nan where not estimated. None where nothing was estimated.

    References
    ----------
    Samejima (1969), Psychometrika Monograph 17 (GRM); Muraki (1992), Applied Psychological
    Measurement 16, 159-176 (GPCM); Barton & Lord (1981), ETS Research Bulletin 81-20 (4PL).
    """

    a: Floats
    b: Floats
    c: Floats
    d: Floats
    standard_errors: Floats | None = None
    model: str = "2PL"
    thresholds: Floats | None = None
    models: tuple[str, ...] | None = None
    threshold_errors: Floats | None = None
    covariance: Floats | None = None

    def __post_init__(self) -> None:
        n = self.a.shape
        if len(n) != 1 or self.b.shape != n or self.c.shape != n or self.d.shape != n:
            raise ValueError("a, b, c and d must be one-dimensional and of one length")
        if self.standard_errors is not None and self.standard_errors.shape != (*n, 4):
            raise ValueError("standard_errors must have the shape (n_items, 4)")
        if self.models is not None and len(self.models) != n[0]:
            raise ValueError("models must name one model for each item")
        self._check_models()
        if self.covariance is not None and (
            self.covariance.ndim != 3 or self.covariance.shape[0] != n[0]
        ):
            raise ValueError("covariance must have the shape (n_items, p, p)")

    def _check_models(self) -> None:
        """Every polytomous item has thresholds in order, and no other item has any."""
        for name in set((self.model,) if self.models is None else self.models):
            if name not in DICHOTOMOUS + POLYTOMOUS:
                raise ValueError(f"model {name!r} is none of {', '.join(DICHOTOMOUS + POLYTOMOUS)}")
        graded = self.is_polytomous
        if self.thresholds is None:
            if graded.any():
                raise ValueError(f"item {int(graded.argmax())}: a polytomous item needs thresholds")
            return
        if self.thresholds.ndim != 2 or self.thresholds.shape[0] != self.a.size:
            raise ValueError("thresholds must have the shape (n_items, highest maximum score)")
        if self.threshold_errors is not None and (
            self.threshold_errors.shape != self.thresholds.shape
        ):
            raise ValueError("threshold_errors must have the shape of thresholds")
        there = ~np.isnan(self.thresholds)
        gaps = (there[:, 1:] & ~there[:, :-1]).any(axis=1)
        wrong = np.flatnonzero((there.any(axis=1) != graded) | gaps)
        if wrong.size:
            raise ValueError(
                f"item {int(wrong[0])} ({self.item_models[int(wrong[0])]}): a polytomous item has "
                "its thresholds in the first columns, a dichotomous one has only nan"
            )
        is_grm = np.array([name == "GRM" for name in self.item_models])
        disorder = self.a[:, None] * np.diff(self.thresholds, axis=1) < 0
        wrong = np.flatnonzero(is_grm & disorder.any(axis=1))
        if wrong.size:
            raise ValueError(f"item {int(wrong[0])}: the thresholds of a GRM must ascend")

    @classmethod
    def of(
        cls,
        a: npt.ArrayLike,
        b: npt.ArrayLike = 0.0,
        c: npt.ArrayLike = 0.0,
        d: npt.ArrayLike = 1.0,
        *,
        standard_errors: Floats | None = None,
        model: str = "2PL",
        thresholds: npt.ArrayLike | None = None,
        models: Sequence[str] | None = None,
        threshold_errors: Floats | None = None,
        covariance: Floats | None = None,
    ) -> Self:
        """Parameters from numbers or sequences, broadcast to the longest.

        With `thresholds`, shape (n_items, highest maximum score) and nan-padded, b, c and d of
        polytomous items follow from them. `models` may name one model for each item.
        """
        columns = [np.asarray(value, dtype=np.float64) for value in (a, b, c, d)]
        table = None if thresholds is None else np.array(thresholds, dtype=np.float64, ndmin=2)
        n_items = max(1, *(column.size for column in columns))
        n_items = max(n_items, 0 if table is None else table.shape[0])
        if any(column.size == 0 for column in columns):
            n_items = 0
        a_, b_, c_, d_ = (np.broadcast_to(column, (n_items,)).copy() for column in columns)
        if table is not None:
            table = np.broadcast_to(table, (n_items, table.shape[1])).copy()
            graded = np.isfinite(table).any(axis=1)
            if graded.any():
                b_[graded], c_[graded], d_[graded] = np.nanmean(table[graded], axis=1), 0.0, 1.0
        model, names = _common(tuple(models) if models is not None else None, model)
        return cls(
            a_, b_, c_, d_, standard_errors, model, table, names, threshold_errors, covariance
        )

    def __len__(self) -> int:
        return int(self.a.size)

    @property
    def item_models(self) -> tuple[str, ...]:
        """Name of each item's model."""
        return self.models if self.models is not None else (self.model,) * len(self)

    @property
    def is_polytomous(self) -> npt.NDArray[np.bool_]:
        """Which items are GRM or GPCM, shape (n_items,)."""
        if self.models is None:
            return np.full(len(self), self.model in POLYTOMOUS)
        return np.array([name in POLYTOMOUS for name in self.models], dtype=bool)

    @property
    def max_scores(self) -> Ints:
        """Highest score of each item, shape (n_items,); 1 for a dichotomous one."""
        if self.thresholds is None:
            return np.ones(len(self), dtype=np.intp)
        counts = np.isfinite(self.thresholds).sum(axis=1)
        return np.asarray(np.maximum(counts, 1), dtype=np.intp)

    def take(self, items: Ints | Sequence[int]) -> ItemParameters:
        """The parameters of some items, in the order asked for."""
        index = np.asarray(items, dtype=np.intp)
        names = None if self.models is None else tuple(self.models[int(i)] for i in index)
        model, names = _common(names, self.model)
        thresholds, threshold_errors = self.thresholds, self.threshold_errors
        if thresholds is not None:
            thresholds = thresholds[index]
            width = int(np.isfinite(thresholds).sum(axis=1).max(initial=0))
            thresholds = thresholds[:, :width] if width else None
            if threshold_errors is not None:
                threshold_errors = threshold_errors[index, :width] if width else None
        return ItemParameters(
            self.a[index],
            self.b[index],
            self.c[index],
            self.d[index],
            None if self.standard_errors is None else self.standard_errors[index],
            model,
            thresholds,
            names,
            threshold_errors,
            None if self.covariance is None else self.covariance[index],
        )


def _common(names: tuple[str, ...] | None, model: str) -> tuple[str, tuple[str, ...] | None]:
    """The common name and None, or "mixed" and the names."""
    if not names:
        return model, names if model == MIXED else None
    if len(set(names)) == 1:
        return names[0], None
    return MIXED, names
