"""When an adaptive test has asked enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.parameters import Floats
from models.profile import Profile
from models.selection import DEFAULT_TARGET


@dataclass(frozen=True, slots=True)
class StoppingRule:
    """When a test has asked enough.

    Attributes
    ----------
    min_items, max_items : limits of the length
    target_standard_error : logits; one for all competencies, or shape (K,)
    """

    min_items: int
    max_items: int
    target_standard_error: float | Floats = DEFAULT_TARGET

    def __post_init__(self) -> None:
        if not 0 <= self.min_items <= self.max_items or self.max_items < 1:
            raise ValueError("a stopping rule needs 0 <= min_items <= max_items and max_items >= 1")
        if not (np.asarray(self.target_standard_error) > 0).all():
            raise ValueError("target_standard_error must be positive")


def should_stop(
    profile: Profile, n_answered: int, rule: StoppingRule, bank_exhausted: bool = False
) -> str | None:
    """Why the test ends: "precision", "length", "exhausted", or None (time is the caller's)."""
    if n_answered >= rule.min_items:
        target = np.asarray(rule.target_standard_error)
        if (profile.covariance.diagonal() <= target * target).all():
            return "precision"
    if n_answered >= rule.max_items:
        return "length"
    return "exhausted" if bank_exhausted else None
