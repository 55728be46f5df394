"""What a calibration returns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.delta_method import StandardErrors
from models.parameters import Floats, Ints, ItemParameters
from models.screening import Flagged


@dataclass(frozen=True, slots=True)
class Calibration:
    """The result of `calibrate`.

    Attributes
    ----------
    items : estimates with standard errors and their covariance.
    log_likelihood : marginal, of the responses, without the priors; weighted where persons are.
    converged : whether the stopping rule was met; False means: do not use without a look.
    n_iterations : E-steps made.
    latent_mean, latent_sd : of ability; 0 and 1 unless anchors hold the scale, the model is Rasch
        (slopes 1, spread estimated), or there are groups. With groups, shape (n_groups,), in the
        order of `groups`; the first has 0 and 1 where nothing else fixes the scale.
    gradient_norm : largest absolute derivative of the (penalised) log-likelihood at the last step.
    n_persons : persons with at least one answer (and a weight above 0).
    n_responses : shape (n_items,); answers to each item.
    n_parameters : how many were estimated.
    warnings : codes of `models.screening`, and "not-converged", "no-standard-errors",
        "standard-errors-item-by-item", "prior-for-items" (no finite estimate without it).
    flagged : code to the items (or persons) it names.
    errors : standard errors in more than one parametrisation; None when not asked for.
    groups : labels, ascending; None without groups.
    """

    items: ItemParameters
    log_likelihood: float
    converged: bool
    n_iterations: int
    latent_mean: float | Floats
    latent_sd: float | Floats
    gradient_norm: float
    n_persons: int
    n_responses: Ints
    n_parameters: int
    warnings: tuple[str, ...] = ()
    flagged: Flagged = field(default_factory=dict)
    errors: StandardErrors | None = None
    groups: npt.NDArray[np.generic] | None = None

    def summary(self) -> str:
        """A few lines for a log or a terminal, in English."""
        head = (
            f"{self.items.model}, {len(self.items)} items, {self.n_persons} persons, "
            f"{int(self.n_responses.sum())} responses\n"
            f"log-likelihood {self.log_likelihood:.3f}, {self.n_parameters} parameters, "
            f"{'converged' if self.converged else 'NOT converged'} after "
            f"{self.n_iterations} iterations\n"
        )
        lines = [head + "\n".join(self._populations())]
        names = f"{'item':>6} {'n':>8} {'a':>8} {'b':>8} {'c':>6} {'se(a)':>7} {'se(b)':>7}"
        lines.append(names + ("  thresholds" if self.items.thresholds is not None else ""))
        lines += [self._line(j) for j in range(len(self.items))]
        if self.warnings:
            lines.append("warnings: " + ", ".join(self.warnings))
        return "\n".join(lines)

    def _populations(self) -> list[str]:
        means, sds = np.atleast_1d(self.latent_mean), np.atleast_1d(self.latent_sd)
        labels = [""] if self.groups is None else [f" of {label}" for label in self.groups]
        return [
            f"ability{label}: mean {mean:.3f}, standard deviation {sd:.3f}"
            for label, mean, sd in zip(labels, means, sds, strict=True)
        ]

    def _line(self, j: int) -> str:
        items, errors = self.items, self.items.standard_errors
        se_a, se_b = (np.nan, np.nan) if errors is None else errors[j, :2]
        line = (
            f"{j:6d} {self.n_responses[j]:8d} {items.a[j]:8.3f} {items.b[j]:8.3f} "
            f"{items.c[j]:6.3f} {se_a:7.3f} {se_b:7.3f}"
        )
        if items.thresholds is not None:
            own = items.thresholds[j, np.isfinite(items.thresholds[j])]
            line += "  " + " ".join(f"{value:.3f}" for value in own)
        return line.rstrip()
