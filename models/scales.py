"""The practice scale that people read instead of logits."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PracticeScale:
    """A line from logits to points, 1 to 99, with the standard at 75.

    One logit is 12 points, so that the middle of the scale (an average student, 71) and the
    standard lie where readers of 75-point certificates expect them, and an ability of +2.3 logits
    reaches the top. It is a practice scale, not any body's official score.
    """

    cut_theta: float = 0.3
    cut_score: float = 75.0
    points_per_logit: float = 12.0
    lowest: float = 1.0
    highest: float = 99.0

    def score(self, theta: float) -> float:
        """Points for an ability in logits, kept on the scale."""
        points = self.cut_score + self.points_per_logit * (theta - self.cut_theta)
        return min(self.highest, max(self.lowest, points))

    def error(self, standard_error: float) -> float:
        """A standard error in points."""
        return self.points_per_logit * standard_error


PRACTICE_SCALE = PracticeScale()
