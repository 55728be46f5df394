"""Item parameters: what a calibration estimates and every other function here reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ItemParameters:
    """Parameters of dichotomous items, P = c + (d - c) / (1 + exp(-a (theta - b))).

    `theta` is on the N(0, 1) scale of the reference group; there is no 1.7 scaling constant.

    Attributes
    ----------
    a, b, c, d : shape (n_items,); discrimination, difficulty in logits, lower and upper asymptote.
    standard_errors : shape (n_items, 4), of a, b, c, d; nan where a parameter was not estimated.
        None when nothing was estimated from responses (provisional parameters).
    model : "1PL", "2PL", "3PL" or "4PL": what was fitted.
    """

    a: Floats
    b: Floats
    c: Floats
    d: Floats
    standard_errors: Floats | None = None
    model: str = "2PL"

    def __post_init__(self) -> None:
        n = self.a.shape
        if len(n) != 1 or self.b.shape != n or self.c.shape != n or self.d.shape != n:
            raise ValueError("a, b, c and d must be one-dimensional and of one length")
        if self.standard_errors is not None and self.standard_errors.shape != (*n, 4):
            raise ValueError("standard_errors must have the shape (n_items, 4)")

    @classmethod
    def of(
        cls,
        a: npt.ArrayLike,
        b: npt.ArrayLike,
        c: npt.ArrayLike = 0.0,
        d: npt.ArrayLike = 1.0,
        *,
        standard_errors: Floats | None = None,
        model: str = "2PL",
    ) -> Self:
        """Parameters from numbers or sequences, broadcast to the longest."""
        columns = [np.asarray(value, dtype=np.float64) for value in (a, b, c, d)]
        n_items = max(1, *(column.size for column in columns))
        a_, b_, c_, d_ = (np.broadcast_to(column, (n_items,)).copy() for column in columns)
        return cls(a_, b_, c_, d_, standard_errors, model)

    def __len__(self) -> int:
        return int(self.a.size)

    def take(self, items: Ints | Sequence[int]) -> ItemParameters:
        """The parameters of some items, in the order asked for."""
        index = np.asarray(items, dtype=np.intp)
        errors = None if self.standard_errors is None else self.standard_errors[index]
        return ItemParameters(
            self.a[index], self.b[index], self.c[index], self.d[index], errors, self.model
        )
