"""What simulated adaptive tests show: length, error, coverage, exposure, decisions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import Floats, Ints
from models.responses import Int8s

_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class AbilityBins:
    """The same figures for simulees of like true ability.

    Attributes
    ----------
    edges : shape (n_bins + 1,); a bin holds abilities from its lower edge up to its upper one
    n : shape (n_bins,); simulees; figures of an empty bin are nan
    mean_length, bias, rmse, coverage, mean_standard_error : shape (n_bins,)
    highest_exposure : shape (n_bins,); highest rate of any item among the bin's simulees
    overlap : shape (n_bins,); share of items that two simulees of the bin have in common
    accuracy : shape (n_cuts, n_bins); share on the right side of each cut
    """

    edges: Floats
    n: Ints
    mean_length: Floats
    bias: Floats
    rmse: Floats
    coverage: Floats
    mean_standard_error: Floats
    highest_exposure: Floats
    overlap: Floats
    accuracy: Floats


@dataclass(frozen=True, slots=True)
class AdaptiveSimulation:
    """Outcome of simulated adaptive tests. Everything in it is simulated.

    Attributes
    ----------
    theta, estimate, standard_error : shape (n_simulees, K); true and estimated, logits
    length : shape (n_simulees,); items given
    counts : shape (n_simulees, K); items given of each competency
    exposure : shape (n_items,); share of the simulees who met the item
    reasons : why each test ended
    items, scores : shape (n_simulees, longest); in the order given, -1 behind the end
    """

    theta: Floats
    estimate: Floats
    standard_error: Floats
    length: Ints
    counts: Ints
    exposure: Floats
    reasons: tuple[str, ...]
    items: npt.NDArray[np.int32]
    scores: Int8s

    @property
    def mean_length(self) -> float:
        """Items a test."""
        return float(self.length.mean())

    @property
    def bias(self) -> Floats:
        """Shape (K,); mean of estimate minus truth."""
        result: Floats = (self.estimate - self.theta).mean(axis=0)
        return result

    @property
    def rmse(self) -> Floats:
        """Shape (K,); root of the mean squared error."""
        result: Floats = np.sqrt(((self.estimate - self.theta) ** 2).mean(axis=0))
        return result

    @property
    def coverage(self) -> Floats:
        """Shape (K,); share of 95 % intervals that hold the truth."""
        result: Floats = self._inside.mean(axis=0)
        return result

    @property
    def overlap(self) -> float:
        """Items two tests have in common, as a share of the mean length; nan for one test."""
        return _overlap(self.exposure, len(self.length), self.mean_length)

    @property
    def bank_used(self) -> float:
        """Share of the bank's items that anybody met."""
        return float((self.exposure > 0).mean())

    @property
    def _inside(self) -> npt.NDArray[np.bool_]:
        error = np.abs(self.estimate - self.theta)
        result: npt.NDArray[np.bool_] = error <= _NORMAL_95 * self.standard_error
        return result

    def accuracy(self, cut: float, competency: int = 0) -> float:
        """Share of simulees whose estimate and truth lie on the same side of a cut, in logits."""
        return float(self._right(cut, competency).mean())

    def _right(self, cut: float, competency: int) -> npt.NDArray[np.bool_]:
        above = self.estimate[:, competency] >= cut
        result: npt.NDArray[np.bool_] = above == (self.theta[:, competency] >= cut)
        return result

    def by_ability(
        self, edges: npt.ArrayLike, *, competency: int = 0, cuts: npt.ArrayLike = ()
    ) -> AbilityBins:
        """The figures in bins of the true ability in one competency.

        Parameters
        ----------
        edges : shape (n_bins + 1,); ascending, logits; -inf and inf may be the ends
        cuts : shape (n_cuts,); logits

        Raises
        ------
        ValueError
            The edges do not ascend or are fewer than two.
        """
        edge = np.asarray(edges, dtype=np.float64)
        if edge.ndim != 1 or edge.size < 2 or not (np.diff(edge) > 0).all():
            raise ValueError("edges must be at least two ascending numbers, in logits")
        truth = self.theta[:, competency]
        bin_of = np.searchsorted(edge, truth, side="right") - 1
        n_bins = edge.size - 1
        inside = (bin_of >= 0) & (bin_of < n_bins)
        n = np.bincount(bin_of[inside], minlength=n_bins)

        def mean(values: npt.ArrayLike) -> Floats:
            total = np.bincount(bin_of[inside], np.asarray(values)[inside], minlength=n_bins)
            result: Floats = np.where(n > 0, total / np.maximum(n, 1), np.nan)
            return result

        error = self.estimate[:, competency] - truth
        lengths = mean(self.length)
        highest, overlap = np.full(n_bins, np.nan), np.full(n_bins, np.nan)
        for b in np.flatnonzero(n):
            met = self.items[bin_of == b]
            rate = np.bincount(met[met >= 0], minlength=self.exposure.size) / n[b]
            highest[b], overlap[b] = rate.max(), _overlap(rate, int(n[b]), lengths[b])
        right = [mean(self._right(cut, competency)) for cut in np.atleast_1d(np.asarray(cuts))]
        return AbilityBins(
            edge,
            n,
            lengths,
            mean(error),
            np.sqrt(mean(error**2)),
            mean(self._inside[:, competency]),
            mean(self.standard_error[:, competency]),
            highest,
            overlap,
            np.array(right).reshape(len(right), n_bins),
        )


def _overlap(rate: Floats, n: int, mean_length: float) -> float:
    """Mean number of items two of n tests share, divided by their mean length.

    From the rates alone: of the pairs of tests, m (m - 1) share an item that m tests held. Chen,
    Ankenmann & Spray (2003), Journal of Educational Measurement 40, 129-145.
    """
    if n < 2 or mean_length == 0:
        return float("nan")
    met = rate * n
    return float((met * (met - 1.0)).sum() / (n * (n - 1.0)) / mean_length)
