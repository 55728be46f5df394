"""Digital radiography figures: quanta, grids, anode heel, focal spot and detector faults."""

import numpy as np

from itembank.figures.canvas import (
    INK,
    MID,
    Axes,
    Drawing,
    Floats,
    Pixels,
    enlarge,
    panels,
    resample,
    to_grey,
)

GRID_RATIO = 8.0
FOCUS = 100.0  # cm, focal distance of the grid


def contrast_object() -> Floats:
    """Transmission 1 with discs of falling size (columns) and contrast (rows)."""
    y, x = np.mgrid[0:126, 0:118]
    picture = np.ones(x.shape)
    for row, contrast in enumerate((0.30, 0.16, 0.08)):
        for column, radius in enumerate((14, 9, 5)):
            inside = np.hypot(x - (22 + 38 * column), y - (26 + 38 * row)) <= radius
            picture[inside] = 1 - contrast
    return picture


def mottled(quanta: float, seed: int = 2) -> Floats:
    """Counts per pixel behind the object, `quanta` where nothing lies in the beam."""
    rng = np.random.default_rng([seed, round(quanta)])
    return rng.poisson(quanta * contrast_object()).astype(np.float64)


def mottle_triple() -> Pixels:
    """A 50, B 200, C 800 quanta per pixel; the grey scale follows the mean."""
    pictures = []
    for quanta in (50, 200, 800):
        pictures.append(to_grey(enlarge(mottled(quanta) / quanta, 2), 0.45, 1.25, 24))
    return panels(pictures, gap=6)


def moire_samples(grid: float = 4.0, pixel: float = 0.139, count: int = 86) -> Floats:
    """A stationary grid of `grid` line pairs a mm sampled every `pixel` mm, relative exposure."""
    x = np.arange(count) * pixel
    return np.asarray(1 + 0.18 * np.sign(np.cos(2 * np.pi * grid * x + 0.3)), dtype=np.float64)


def moire() -> Pixels:
    """A field of 12 mm with a finger-like object, every pixel six times enlarged."""
    line = moire_samples()
    y, x = np.mgrid[0:66, 0 : line.size]
    thick = np.sqrt(np.maximum(1 - ((y - 33) / 22) ** 2, 0.0)) * (x < 70)
    picture = line[None, :] * np.exp(-0.9 * thick)
    picture = np.random.default_rng(5).normal(picture, 0.012)
    return to_grey(enlarge(-picture, 6), -1.25, -0.25, 20)


def grid_transmission(x: Floats, *, decentred: float = 0.0, upside_down: bool = False) -> Floats:
    """Primary radiation that passes a focused grid, 1 = as the correct grid; x and shift in cm.

    Sideways loss is ratio x shift / focal distance. Upside down the strips lean the wrong way by
    twice the ray's own slope.
    """
    slope = np.full_like(x, decentred / FOCUS)
    if upside_down:
        slope = 2 * x / FOCUS
    return np.asarray(np.maximum(1 - GRID_RATIO * np.abs(slope), 0.0), dtype=np.float64)


def grid_profiles(x: Floats) -> list[Floats]:
    """A correct, B 5 cm off centre, C upside down."""
    return [
        grid_transmission(x),
        grid_transmission(x, decentred=5.0),
        grid_transmission(x, upside_down=True),
    ]


def grid_cutoff() -> Pixels:
    """Three flat exposures as strips over their profiles."""
    drawing = Drawing(640, 560)
    axes = Axes(box=(80, 285, 615, 495), x=(-20, 20), y=(0, 120))
    axes.frame(drawing, x_ticks=range(-20, 21, 10), y_ticks=(0, 50, 100), x_unit="cm", y_unit="%")
    x = np.linspace(-20, 20, 536)
    rng = np.random.default_rng(8)
    styles = ((INK, 0.0), (INK, 12.0), (MID, 4.0))
    for i, (profile, (ink, dash)) in enumerate(zip(grid_profiles(x), styles, strict=True)):
        strip = rng.normal(np.repeat(profile[None, :], 70, axis=0), 0.02)
        drawing.paste(to_grey(strip, 0, 1.1, 24), 80, 8 + 80 * i)
        drawing.text((52, 44 + 80 * i), "ABC"[i], 26)
        axes.curve(drawing, x, 100 * profile, ink=ink, dash=dash)
        where = ((-15, 110), (-15, 70), (-8.5, 12))[i]
        drawing.text(axes.at(*where), "ABC"[i], 24)
    return drawing.finish()


def heel(x: Floats, *, anode_angle: float = 12.0, distance: float = 100.0) -> Floats:
    """Intensity across the field, 1 on the central ray; negative x is the anode side, cm.

    X-rays arise at a small depth z and leave through z cos(angle) / sin(take-off) of tungsten;
    mu z = 0.04 gives the usual size of the effect.
    """
    alpha = np.deg2rad(anode_angle)
    take_off = alpha + np.arctan(x / distance)

    def passed(angle: Floats) -> Floats:
        return np.asarray(np.exp(-0.04 * np.cos(alpha) / np.sin(angle)), dtype=np.float64)

    return np.asarray(passed(take_off) / passed(np.array([alpha])), dtype=np.float64)


def heel_profile() -> Pixels:
    """A strip of the field and its profile."""
    drawing = Drawing(640, 470)
    axes = Axes(box=(80, 145, 615, 405), x=(-18, 18), y=(0, 125))
    axes.frame(
        drawing,
        x_ticks=(-18, -9, 0, 9, 18),
        y_ticks=(0, 25, 50, 75, 100, 125),
        x_unit="cm",
        y_unit="%",
    )
    x = np.linspace(-18, 18, 536)
    profile = heel(x)
    strip = np.random.default_rng(9).normal(np.repeat(profile[None, :], 90, axis=0), 0.015)
    drawing.paste(to_grey(strip, 0, 1.25, 32), 80, 14)
    axes.curve(drawing, x, 100 * profile)
    return drawing.finish()


def with_dead_pixels() -> Floats:
    """A step wedge, 110 x 160 pixels, with one dead column and seven dead pixels."""
    rng = np.random.default_rng(6)
    wedge = np.repeat(np.repeat(np.linspace(0.25, 0.9, 8), 20)[None, :], 110, axis=0)
    picture = rng.normal(wedge, 0.018)
    picture[:, 97] = 0.0
    for row, column in ((12, 20), (40, 66), (77, 33), (90, 130), (25, 145), (60, 112), (99, 72)):
        picture[row, column] = 0.0
    return picture


def dead_line() -> Pixels:
    """Single detector elements, four times enlarged."""
    return to_grey(enlarge(with_dead_pixels(), 4), 0, 1, 24)


def stitched() -> Floats:
    """Two exposures of a rod joined in row 240: the lower brighter, 9 pixels (3 mm) aside."""
    y, x = np.mgrid[0:480, 0:300]
    bone = np.zeros((480, 300))
    for top, bottom, middle in ((0, 300, 150.0), (306, 480, 150.0)):
        part = (y >= top) & (y < bottom)
        half = 30 + 10 * ((y - (top + bottom) / 2) / (bottom - top) * 2) ** 4
        place = np.where(y < 240, middle, middle + 9)
        bone = np.where(part & (np.abs(x - place) < half), 1.0, bone)
        hollow = np.abs(x - place) < 0.5 * half
        bone = np.where(part & hollow, 0.72, bone)
    flesh = np.where(np.abs(x - 150) < 105, 0.25, 0.0)
    picture = 0.12 + flesh + 0.42 * bone
    picture[240:] += 0.16
    return np.random.default_rng(7).normal(picture, 0.012)


def stitching() -> Pixels:
    """The joined picture."""
    return to_grey(stitched(), 0, 1, 32)


FREQUENCIES = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)  # lp/mm, from above


def line_pairs(spot: float, magnification: float = 1.5, samples: int = 50) -> Floats:
    """Rows of bars blurred by a square focal spot; shape (rows, 10 mm x samples).

    On the scale of the object the spot of `spot` mm smears over spot (m - 1) / m.
    """
    x = np.arange(-5, 5, 1 / samples)
    smear = spot * (magnification - 1) / magnification
    width = round(smear * samples)
    kernel = np.ones(width) / width
    rows = []
    for frequency in FREQUENCIES:
        bars = (np.sign(np.sin(2 * np.pi * frequency * x)) + 1) / 2 * (np.abs(x) < 4)
        rows.append(np.convolve(bars, kernel, mode="same"))
    return np.asarray(rows, dtype=np.float64)


def focal_spot_pair() -> Pixels:
    """A 0.6 mm, B 1.2 mm; six rows of bars each."""
    pictures = []
    for spot in (0.6, 1.2):
        rows = resample(line_pairs(spot), len(FREQUENCIES), 290)
        tall = np.repeat(rows, 50, axis=0)
        tall[np.arange(tall.shape[0]) % 50 >= 42] = 0.0
        drawing = Drawing(345, 340)
        drawing.paste(to_grey(tall, -0.1, 1.1), 55, 40)
        for i, frequency in enumerate(FREQUENCIES):
            drawing.text((48, 61 + 50 * i), f"{frequency:g}", 22, "rm")
        drawing.text((72, 20), "lp/mm", 20, "lm", MID)
        pictures.append(drawing.finish())
    return panels(pictures)


def lag() -> Pixels:
    """A hand-like fan of rods over which an earlier rectangle lies at 12 %."""
    y, x = np.mgrid[0:420, 0:520]
    picture = np.full((420, 520), 0.12)
    for i, tilt in enumerate((-0.32, -0.16, 0.0, 0.16, 0.32)):
        distance = np.abs((x - 260 - 46 * (i - 2)) - tilt * (330 - y))
        rod = (distance < 22) & (y > 60 + 18 * abs(i - 2)) & (y < 330)
        picture[rod] += 0.22
        picture[rod & (distance < 11) & ((y // 3) % 30 > 1)] += 0.28
    palm = ((x - 260) / 130) ** 2 + ((y - 350) / 70) ** 2 < 1
    picture[palm] = np.maximum(picture[palm], 0.52)
    picture[(x > 90) & (x < 330) & (y > 40) & (y < 250)] += 0.12
    return to_grey(np.random.default_rng(10).normal(picture, 0.012), 0.06, 0.85, 32)
