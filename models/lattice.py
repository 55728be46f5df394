"""The posterior of one ability on a lattice of nodes, exact for any length of test.

The step of the lattice is halved until it resolves the posterior. What the window shows depends on
the posterior alone, not on the way to it, so an answer can be added to what is known and the
result is that of all answers together.

References
----------
EAP: Bock & Mislevy (1982), Applied Psychological Measurement 6, 431-444.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.likelihood import EDGE, NODES, STEP
from models.parameters import Floats

_FEWEST_STEPS = 1.0  # in a posterior deviation: relative error 5e-9, see models.likelihood
_LEAST_VARIANCE = 1e-3  # node units squared
_MAX_TRIES = 12
_WIDE_LEVELS = 3  # as fine as that the window keeps its width, so that far tails stay in it


@dataclass(frozen=True, slots=True)
class Window:
    """Nodes in deviations from the mean of the prior.

    Attributes
    ----------
    level : the step is `STEP * 2**-level`
    centre, scale : the nodes reach from `centre - 6 scale` to `centre + 6 scale`
    units : shape (n_nodes,); from -6 to 6
    powers : shape (n_nodes, 3); 1, units, units squared
    log_prior : shape (n_nodes,); of the standard normal, without its constant
    """

    level: int
    centre: float
    scale: float
    units: Floats
    powers: Floats
    log_prior: Floats

    @property
    def nodes(self) -> Floats:
        """Shape (n_nodes,); deviations from the prior's mean."""
        result: Floats = self.centre + self.scale * self.units
        return result

    def moments(self, log_posterior: Floats) -> tuple[float, float]:
        """Mean and deviation of a posterior tabulated at the nodes, in prior deviations."""
        weight = np.exp(log_posterior - np.maximum.reduce(log_posterior))
        total, first, second = weight.dot(self.powers).tolist()
        z = first / total
        spread = math.sqrt(max(second / total - z * z, _LEAST_VARIANCE * 4.0**-self.level))
        return self.centre + self.scale * z, self.scale * spread

    def fits(self, mean: float, spread: float) -> bool:
        """Whether this is the window that a posterior needs, the widest and coarsest one."""
        return (self.level, self.centre) == place_for(mean, spread)


@lru_cache(maxsize=256)
def window(level: int, centre: float) -> Window:
    """The window of a level and a centre."""
    refinement = min(level, _WIDE_LEVELS)
    scale = 2.0 ** (refinement - level)
    units = np.linspace(NODES[0], NODES[-1], (NODES.size - 1) * 2**refinement + 1)
    powers = np.ascontiguousarray(np.stack([np.ones_like(units), units, units**2], axis=1))
    log_prior = -0.5 * (centre + scale * units) ** 2
    for array in (units, powers, log_prior):
        array.setflags(write=False)
    return Window(level, centre, scale, units, powers, log_prior)


def place_for(mean: float, spread: float) -> tuple[int, float]:
    """Level and centre of the window for a posterior."""
    level = max(0, math.ceil(math.log2(_FEWEST_STEPS * STEP / spread)))
    scale = 2.0 ** (min(level, _WIDE_LEVELS) - level)
    half = float(NODES[-1]) * scale
    if scale == 1.0 and abs(mean) + EDGE * spread <= half:
        return level, 0.0
    grid = 0.25 * half
    return level, grid * round(mean / grid)


STANDARD = window(0, 0.0)


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


def updated(before: Posterior, log_row: Floats) -> Posterior | None:
    """The posterior after one more answer; None when another window has to be found.

    Parameters
    ----------
    log_row : shape (n_nodes,); log probability of the answer at the window's nodes
    """
    table = before.log_posterior + log_row
    mean, spread = before.window.moments(table)
    if not before.window.fits(mean, spread):
        return None
    return Posterior(mean, spread, before.window, table)


def posterior(
    standard_log_posterior: Floats, log_likelihood: Callable[[Floats], Floats]
) -> Posterior:
    """Posterior of one ability.

    Parameters
    ----------
    standard_log_posterior : shape (n_nodes,); log-likelihood plus log prior at the standard window
    log_likelihood : of all answers at any nodes, in deviations from the prior's mean
    """
    place, table = STANDARD, standard_log_posterior
    mean, spread = place.moments(table)
    for _ in range(_MAX_TRIES):
        level, centre = place_for(mean, spread)
        if (level, centre) == (place.level, place.centre):
            break
        place = window(level, centre)
        table = place.log_prior + log_likelihood(place.nodes)
        mean, spread = place.moments(table)
    return Posterior(mean, spread, place, table)
