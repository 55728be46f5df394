"""What is believed of an item before there are responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.parameters import ItemParameters


@dataclass(frozen=True, slots=True)
class Priors:
    """Normal priors of a calibration, each (mean, standard deviation), or None for a flat one.

    They stand on the scale in which items are estimated: logit P = slope * theta + intercept
    (difficulty b = -intercept / slope). There they are log-concave, and a wrongly keyed item may
    show its negative slope, which a lognormal prior would hide.

    Attributes
    ----------
    slope : of a. The default (1.1, 0.7) weighs about as much as 25 to 50 answers.
    intercept : of -a * b, in logits; of a polytomous item, of each -a * threshold. The default
        (0, 2.5) keeps an item that all got right finite.
    logit_c : of log(c / (1 - c)), 3PL and 4PL. The default (-1.4, 0.7) puts c between 0.06 and
        0.5.
    logit_d : of log(d / (1 - d)), 4PL only. The default (3.0, 1.0) puts d between 0.73 and 0.993.
    difficulty : means and standard deviations of each item's b, (n_items,) each, such as
        `models.difficulty_model` predicts; nan where nothing is known. It takes the place of the
        intercept's prior: mean -a0 b, standard deviation a0 times that of b, a0 the mean of the
        slope's prior (1 where that is flat). A threshold may lie about another logit from b.
    """

    slope: tuple[float, float] | None = (1.1, 0.7)
    intercept: tuple[float, float] | None = (0.0, 2.5)
    logit_c: tuple[float, float] | None = (-1.4, 0.7)
    logit_d: tuple[float, float] | None = (3.0, 1.0)
    difficulty: tuple[npt.ArrayLike, npt.ArrayLike] | None = None

    def __post_init__(self) -> None:
        if self.difficulty is not None:
            mean, sd = (np.asarray(part, dtype=np.float64).ravel() for part in self.difficulty)
            known = np.isfinite(mean)
            if mean.shape != sd.shape or not (sd[known] > 0).all():
                raise ValueError(
                    "prior of difficulty: give as many standard deviations above 0 as means."
                )
            # tuples, so that priors can be compared
            as_tuples = (tuple(mean.tolist()), tuple(sd.tolist()))
            object.__setattr__(self, "difficulty", as_tuples)
        for name in ("slope", "intercept", "logit_c", "logit_d"):
            prior = getattr(self, name)
            if prior is not None and not (np.isfinite(prior).all() and prior[1] > 0):
                raise ValueError(
                    f"prior of {name}: {prior} is not (mean, standard deviation above 0)."
                )


FLAT = Priors(None, None, None, None)
DEFAULT = Priors()

_LEVEL = {"K": -0.6, "A": 0.0, "E": 0.6}
_DIFFICULTY = {"easy": -0.4, "medium": 0.0, "hard": 0.4}


_STEP = 0.5  # logits from one threshold of a partial credit item to the next


def provisional_parameters(
    level: Sequence[str],
    difficulty: Sequence[str],
    n_options: Sequence[int],
    max_scores: Sequence[int] | None = None,
) -> ItemParameters:
    """Parameters of items nobody has answered yet, from what their authors said of them.

    A convention, not an estimate: mark such items as provisional wherever they are used.

    Parameters
    ----------
    level : "K" knowledge, "A" application, "E" evaluation: -0.6, 0, +0.6 logits.
    difficulty : "easy", "medium", "hard": -0.4, 0, +0.4 logits.
    n_options : number of equally likely responses of somebody who guesses; the lower asymptote is
        1 / n_options, 0 for an open question (0 or 1).
    max_scores : highest score of each item, all 1 by default. An item with m > 1 points follows the
        GPCM with a = 1 / sqrt(m), thresholds half a logit apart about b: its points come from one
        stem and depend on each other, so until measured four of them tell less than two separate
        open questions.

    Raises
    ------
    ValueError
        When lengths differ or a word is none of these: which item and what is allowed.

    Examples
    --------
    >>> from models import provisional_parameters
    >>> items = provisional_parameters(["K", "E"], ["easy", "hard"], n_options=[4, 5])
    >>> items.b.tolist(), items.c.tolist(), items.standard_errors
    ([-1.0, 1.0], [0.25, 0.2], None)
    """
    if not (len(level) == len(difficulty) == len(n_options)):
        raise ValueError(
            f"level, difficulty and n_options must be equally long; they have {len(level)}, "
            f"{len(difficulty)} and {len(n_options)} entries."
        )
    b = np.zeros(len(level))
    for values, words, name in (
        (level, _LEVEL, "cognitive level"),
        (difficulty, _DIFFICULTY, "difficulty"),
    ):
        for i, word in enumerate(values):
            if word not in words:
                raise ValueError(f"item {i}: {name} {word!r} is none of {', '.join(words)}.")
            b[i] += words[word]
    options = np.asarray(n_options, dtype=np.float64)
    c = np.where(options >= 2, 1.0 / np.maximum(options, 2.0), 0.0)
    points = np.ones(b.size, dtype=np.intp) if max_scores is None else np.asarray(max_scores)
    if points.shape != b.shape or (points < 1).any():
        raise ValueError("max_scores must give every item a highest score of at least 1")
    if (points == 1).all():
        return ItemParameters(np.ones(b.size), b, c, np.ones(b.size), None, "3PL")
    steps = np.arange(1, points.max() + 1)
    thresholds = b[:, None] + _STEP * (steps - (points[:, None] + 1) / 2)
    thresholds[(steps > points[:, None]) | (points[:, None] == 1)] = np.nan
    names = ["GPCM" if m > 1 else "3PL" for m in points]
    return ItemParameters.of(points**-0.5, b, c, thresholds=thresholds, models=names)
