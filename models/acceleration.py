"""Anderson acceleration of a fixed-point iteration."""

from __future__ import annotations

from collections import deque

import numpy as np

from models.parameters import Floats

MEMORY = 6
_LONGEST_STEP = 1.5


class Anderson:
    """Extrapolates x <- G(x) from the last few steps; one evaluation of G per iteration.

    References
    ----------
    Walker & Ni (2011), Anderson acceleration for fixed-point iterations, SIAM Journal on
    Numerical Analysis 49, 1715-1735.
    """

    def __init__(self) -> None:
        self._history: deque[tuple[Floats, Floats]] = deque(maxlen=MEMORY + 1)

    def restart(self) -> None:
        """Forget the steps taken: they belong to another region."""
        self._history.clear()

    def propose(self, x: Floats, image: Floats, scale: Floats) -> Floats:
        """The next point, given G(x).

        Parameters
        ----------
        x, image : shape (n,); the point and G of it.
        scale : shape (n,); weight of each coordinate in the least squares, about one over its
            standard error, so that a sharply known coordinate is not lost among vague ones.
        """
        self._history.append((x, image - x))
        if len(self._history) < 2:
            return image
        points = np.array([point for point, _ in self._history])
        residuals = np.array([residual for _, residual in self._history])
        d_points, d_residuals = np.diff(points, axis=0), np.diff(residuals, axis=0)
        gamma, *_ = np.linalg.lstsq((d_residuals * scale).T, residuals[-1] * scale, rcond=1e-10)
        proposal: Floats = image - gamma @ (d_points + d_residuals)
        if not np.isfinite(proposal).all() or np.abs(proposal - image).max() > _LONGEST_STEP:
            self._history.clear()
            return image
        return proposal
