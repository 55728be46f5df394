"""The posterior of one ability on a lattice of nodes, exact for any length of test.

The nodes of a window lie on one lattice whose step is halved until it resolves the posterior. All
windows of a level are cut from the same lattice, so the same answers give the same numbers to
about 1e-12 whichever window they were summed in: an answer can be added to what is known.

References
----------
EAP: Bock & Mislevy (1982), Applied Psychological Measurement 6, 431-444.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.likelihood import EDGE, NODES, STEP
from models.parameters import Floats

_FEWEST_STEPS = 1.0  # in a posterior deviation: relative error 5e-9, see models.likelihood
_REACH = 7.0  # deviations inside a window that is not the widest
_LEAST_VARIANCE = 1e-3  # node units squared
_MAX_TRIES = 12
_MOMENTS: Floats = np.ascontiguousarray(np.stack([np.ones_like(NODES), NODES, NODES**2], axis=1))
_STANDARD_LOG_PRIOR: Floats = -0.5 * NODES**2


@dataclass(frozen=True, slots=True)
class Window:
    """Nodes `centre + 2**-level * NODES`, in deviations from the mean of the prior."""

    level: int
    centre: float

    @property
    def nodes(self) -> Floats:
        """Shape (n_nodes,); deviations from the prior's mean."""
        result: Floats = self.centre + 2.0**-self.level * NODES
        return result

    @property
    def log_prior(self) -> Floats:
        """Of the standard normal, without its constant; shape (n_nodes,)."""
        if self.level == 0 and self.centre == 0.0:
            return _STANDARD_LOG_PRIOR
        result: Floats = -0.5 * self.nodes**2
        return result

    def moments(self, log_posterior: Floats) -> tuple[float, float]:
        """Mean and deviation of a posterior tabulated at the nodes, in prior deviations."""
        weight = np.exp(log_posterior - np.maximum.reduce(log_posterior))
        total, first, second = (weight @ _MOMENTS).tolist()
        z = first / total
        spread = math.sqrt(max(second / total - z * z, _LEAST_VARIANCE))
        scale = 2.0**-self.level
        return self.centre + scale * z, scale * spread

    def fits(self, mean: float, spread: float) -> bool:
        """Whether this is the coarsest level that resolves the posterior, and it lies inside."""
        if self.level == 0 and self.centre == 0.0:
            inside = abs(mean) + EDGE * spread <= NODES[-1]
        else:
            inside = abs(mean - self.centre) + _REACH * spread <= NODES[-1] * 2.0**-self.level
            inside = inside or (self.level == 0 and abs(mean - self.centre) <= STEP)
        return bool(inside) and self.level == level_for(spread)


def level_for(spread: float) -> int:
    """The coarsest level whose step is not longer than a posterior deviation."""
    return max(0, math.ceil(math.log2(_FEWEST_STEPS * STEP / spread)))


STANDARD = Window(0, 0.0)


@dataclass(frozen=True, slots=True)
class Posterior:
    """Of one ability.

    Attributes
    ----------
    mean, spread : in deviations from the prior's mean
    window : where it was summed
    log_posterior : shape (n_nodes,); at the window's nodes, up to a constant
    """

    mean: float
    spread: float
    window: Window
    log_posterior: Floats


def posterior(
    standard_log_posterior: Floats, log_likelihood: Callable[[Floats], Floats]
) -> Posterior:
    """Posterior of one ability.

    Parameters
    ----------
    standard_log_posterior : shape (n_nodes,); log-likelihood plus log prior at the standard window
    log_likelihood : of all answers at any nodes, in deviations from the prior's mean
    """
    window, table = STANDARD, standard_log_posterior
    mean, spread = window.moments(table)
    for _ in range(_MAX_TRIES):
        if window.fits(mean, spread):
            break
        level = level_for(spread)
        step = STEP * 2.0**-level
        window = Window(level, step * round(mean / step))
        table = window.log_prior + log_likelihood(window.nodes)
        mean, spread = window.moments(table)
    return Posterior(mean, spread, window, table)
