"""Figures about scores, overlap and training of image classifiers."""

import numpy as np

from itembank.figures.canvas import FAINT, INK, MID, Axes, Drawing, Floats, Pixels


def normal_cdf(z: Floats) -> Floats:
    """Standard normal distribution function."""
    from scipy.special import ndtr

    return np.asarray(ndtr(z), dtype=np.float64)


def roc(separation: float, thresholds: Floats) -> tuple[Floats, Floats]:
    """(false, true) positive rates when diseased scores are N(separation, 1), healthy N(0, 1).

    The area under the curve is Phi(separation / sqrt 2), Green & Swets (1966).
    """
    return normal_cdf(-thresholds), normal_cdf(separation - thresholds)


SEPARATIONS = (1.987, 0.999)  # areas 0.92 and 0.76
UNIT_TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)


def unit_axes() -> tuple[Drawing, Axes]:
    """An empty square plot from 0 to 1 with its diagonal."""
    drawing = Drawing(560, 540)
    axes = Axes(box=(75, 25, 535, 480), x=(0, 1), y=(0, 1))
    axes.frame(drawing, x_ticks=UNIT_TICKS, y_ticks=UNIT_TICKS)
    drawing.line([axes.at(0, 0), axes.at(1, 1)], FAINT, 2, 8)
    return drawing, axes


def roc_curves() -> Pixels:
    """A area 0.92 solid, B area 0.76 dashed."""
    drawing, axes = unit_axes()
    thresholds = np.linspace(-5, 7, 400)
    for separation, dash, name, place in (
        (SEPARATIONS[0], 0.0, "A", (0.16, 0.74)),
        (SEPARATIONS[1], 10.0, "B", (0.40, 0.66)),
    ):
        x, y = roc(separation, thresholds)
        axes.curve(drawing, x, y, dash=dash)
        drawing.text(axes.at(*place), name, 28)
    return drawing.finish()


CONFUSION = np.array([[90, 90], [10, 810]])  # rows T+, T-; columns D+, D-


def confusion() -> Pixels:
    """1000 cases, 100 of them diseased."""
    drawing = Drawing(520, 400)
    for column in (0, 1):
        drawing.text((220 + 180 * column, 40), ("D+", "D-")[column], 30)
        for row in (0, 1):
            x, y = 130 + 180 * column, 75 + 140 * row
            drawing.polygon([(x, y), (x + 176, y), (x + 176, y + 136), (x, y + 136)], 30, MID)
            drawing.text((x + 88, y + 68), str(CONFUSION[row, column]), 40)
    for row in (0, 1):
        drawing.text((75, 145 + 140 * row), ("T+", "T-")[row], 30)
    return drawing.finish()


def dice(first: int, second: int, both: int) -> float:
    """2 |A and B| / (|A| + |B|)."""
    return 2 * both / (first + second)


def overlap_fraction(shift: float) -> float:
    """Overlap of two equal discs `shift` radii apart, as a fraction of one disc."""
    half = shift / 2
    return float(2 / np.pi * (np.arccos(half) - half * np.sqrt(1 - half**2)))


DICE_SHIFT = 0.3155  # radii; two discs of 1000 pixels share 800


def dice_overlay() -> Pixels:
    """Two discs of 1000 pixels, drawn to scale, that share 800."""
    drawing = Drawing(560, 400)
    radius = 135.0
    left, right = 190.0, 190.0 + radius * DICE_SHIFT
    drawing.ellipse((left, 200), radius, fill=52)
    drawing.ellipse((right, 200), radius, fill=52)
    turn = np.linspace(-1, 1, 60)
    reach = float(np.arccos(DICE_SHIFT / 2))
    lens = [(left + radius * np.cos(reach * t), 200 + radius * np.sin(reach * t)) for t in turn]
    lens += [(right - radius * np.cos(reach * t), 200 - radius * np.sin(reach * t)) for t in turn]
    drawing.polygon([(float(x), float(y)) for x, y in lens], fill=105)
    drawing.ellipse((left, 200), radius, ink=INK)
    ring = [
        (right + radius * np.cos(t), 200 + radius * np.sin(t))
        for t in np.linspace(0, 2 * np.pi, 200)
    ]
    drawing.line([(float(x), float(y)) for x, y in ring], INK, 3, 9)
    drawing.text((left - radius + 16, 66), "A", 30)
    drawing.text((right + radius - 16, 66), "B", 30)
    drawing.text(((left + right) / 2, 200), "800", 34)
    drawing.text((405, 170), "A 1000", 27, "lm")
    drawing.text((405, 225), "B 1000", 27, "lm")
    return drawing.finish()


def losses(epoch: Floats) -> tuple[Floats, Floats]:
    """(training, validation) loss: training falls on, validation is lowest near epoch 30."""
    training = 0.10 + 0.75 * np.exp(-epoch / 22)
    validation = 0.16 + 0.70 * np.exp(-epoch / 16) + 0.00005 * epoch**2 + 0.0032 * epoch
    return training, validation


def learning_curve() -> Pixels:
    """A training, B validation, with small wobble."""
    drawing = Drawing(640, 440)
    axes = Axes(box=(75, 30, 610, 375), x=(0, 100), y=(0, 1))
    axes.frame(drawing, x_ticks=range(0, 101, 20), y_ticks=UNIT_TICKS)
    epoch = np.linspace(0, 100, 101)
    rng = np.random.default_rng(12)
    training, validation = losses(epoch)
    axes.curve(drawing, epoch, training + rng.normal(0, 0.004, epoch.size))
    axes.curve(drawing, epoch, validation + rng.normal(0, 0.008, epoch.size), dash=9)
    drawing.text(axes.at(80, 0.05), "A", 28)
    drawing.text(axes.at(70, 0.80), "B", 28)
    return drawing.finish()


PREDICTED = np.array([0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95])


def observed(predicted: Floats) -> Floats:
    """Observed rate of an over-confident model: its log odds are half of those it states.

    Shifted so that 0.9 stated is 0.65 observed.
    """
    log_odds = np.log(predicted / (1 - predicted))
    return np.asarray(1 / (1 + np.exp(-(0.5 * log_odds - 0.48))), dtype=np.float64)


def calibration() -> Pixels:
    """Ten groups of cases, mostly below the diagonal."""
    drawing, axes = unit_axes()
    rates = observed(PREDICTED)
    axes.curve(drawing, PREDICTED, rates, ink=MID)
    for x, y in zip(PREDICTED, rates, strict=True):
        drawing.ellipse(axes.at(float(x), float(y)), 8, fill=INK)
    return drawing.finish()


def threshold() -> Pixels:
    """Scores of D- around 0 and D+ around 2, threshold at 1."""
    drawing = Drawing(640, 400)
    axes = Axes(box=(30, 55, 615, 340), x=(-4, 6), y=(0, 0.44))
    axes.frame(drawing, x_ticks=range(-4, 7), grid=False)
    score = np.linspace(-4, 6, 500)
    for mean, dash, name in ((0.0, 0.0, "D-"), (2.0, 9.0, "D+")):
        density = np.exp(-0.5 * (score - mean) ** 2) / np.sqrt(2 * np.pi)
        axes.curve(drawing, score, density, dash=dash)
        drawing.text(axes.at(mean - 0.5 if mean == 0 else 2.5, 0.425), name, 27)
    drawing.line([axes.at(1, 0), axes.at(1, 0.44)], INK, 4)
    drawing.text((axes.at(1, 0)[0], 28), "T", 28)
    return drawing.finish()
