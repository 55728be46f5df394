"""A small B-mode simulator: random scatterers, a pulse, a beam, the envelope, grey in dB.

Pictures are 80 mm deep and 60 mm wide, rows every 0.05 mm, columns every 0.2 mm.
"""

from collections.abc import Callable

import numpy as np

from itembank.figures.canvas import INK, MID, Drawing, Floats, Pixels, panels, resample, to_grey

SPEED = 1.54  # mm per microsecond
DEPTH, WIDTH = 80.0, 60.0  # mm
ROW, COLUMN = 0.05, 0.2  # mm
SHAPE = (round(DEPTH / ROW), round(WIDTH / COLUMN))
Z, X = np.meshgrid(
    (np.arange(SHAPE[0]) + 0.5) * ROW,
    (np.arange(SHAPE[1]) + 0.5) * COLUMN - WIDTH / 2,
    indexing="ij",
)
PICTURE = (520, 390)  # rows, columns of a single picture


def constant_beam(sigma: float = 0.7) -> Callable[[Floats], Floats]:
    """A beam equally wide at all depths; sigma of its Gaussian profile in mm."""
    return lambda depth: np.full_like(depth, sigma)


def focused_beam(
    focus: float, narrow: float = 0.5, spread: float = 0.06
) -> Callable[[Floats], Floats]:
    """A beam narrowest (sigma `narrow` mm) at `focus` mm and wider away from it."""
    return lambda depth: np.hypot(narrow, spread * (depth - focus))


def echoes(
    tissue: Floats | float,
    *,
    seed: int,
    mirrors: Floats | float = 0.0,
    beam: Callable[[Floats], Floats] | None = None,
    frequency: float = 5.0,
    cycles: float = 3.0,
) -> Floats:
    """Envelope of the echoes, 1 = mean of homogeneous speckle; shape SHAPE.

    `tissue` scales the random scatterers, `mirrors` adds smooth reflectors in the same unit.
    The pulse is a Gaussian whose full width at half maximum is half the pulse length.
    Wagner et al. (1983), IEEE Trans. Sonics Ultrasonics 30, 156-163, for the speckle.
    """
    from scipy.signal import fftconvolve

    rng = np.random.default_rng(seed)
    scatter = rng.normal(size=SHAPE) * tissue
    sigma = cycles * SPEED / frequency / 2 / 2.355
    t = np.arange(-4 * sigma, 4 * sigma + ROW, ROW)
    pulse = np.exp(-0.5 * (t / sigma) ** 2 + 2j * np.pi * 2 * t * frequency / SPEED)
    widths = (beam or constant_beam())(Z[:, 0])
    field = fftconvolve(blur_rows(scatter, widths / COLUMN), pulse[:, None], mode="same")
    reference = (
        np.sqrt(
            np.mean(
                np.abs(
                    fftconvolve(
                        blur_rows(rng.normal(size=SHAPE), widths / COLUMN),
                        pulse[:, None],
                        mode="same",
                    )
                )
                ** 2
            )
        )
        * 0.886
    )  # mean of a Rayleigh variable over its root mean square
    smooth = np.broadcast_to(np.asarray(mirrors, dtype=np.float64), SHAPE)
    return np.asarray(np.abs(field / reference + blur_rows(smooth, widths / COLUMN)))


def blur_rows(picture: Floats, sigmas: Floats) -> Floats:
    """Gaussian blur along each row, with a width of its own (in columns), by sixteen steps."""
    from scipy.ndimage import gaussian_filter1d

    steps = np.linspace(sigmas.min(), sigmas.max(), 16)
    nearest = np.abs(sigmas[:, None] - steps).argmin(axis=1)
    result = np.zeros_like(picture)
    for i in np.unique(nearest):
        rows = nearest == i
        result[rows] = gaussian_filter1d(picture[rows], steps[i], axis=1)
    return result


def received(envelope: Floats, gain_db: Floats | float = 0.0, *, noise: float = 0.006) -> Floats:
    """Decibels above mean speckle after gain or loss in the tissue, with electronic noise."""
    rng = np.random.default_rng(99)
    floor = noise * np.hypot(*rng.normal(size=(2, *SHAPE)))
    amplitude = envelope * 10 ** (np.asarray(gain_db) / 20)
    return np.asarray(20 * np.log10(np.hypot(amplitude, floor) + 1e-6), dtype=np.float64)


def soft_step(values: Floats, edge: float, softness: float) -> Floats:
    """0 below the edge, 1 above it, in mm."""
    return np.asarray(0.5 * (1 + np.tanh((values - edge) / softness)), dtype=np.float64)


def inside(x: float, z: float, radius: float, radius_z: float | None = None) -> Floats:
    """1 in an ellipse, 0 outside."""
    ellipse = ((X - x) / radius) ** 2 + ((Z - z) / (radius_z or radius)) ** 2
    return np.asarray(ellipse <= 1, dtype=np.float64)


def grey(decibels: Floats, *, low: float = -36.0, high: float = 26.0, levels: int = 26) -> Pixels:
    """The picture without scale."""
    return to_grey(resample(decibels, *PICTURE), low, high, levels)


def with_scale(pictures: list[Pixels]) -> Pixels:
    """One picture or several side by side, depth marks every 10 mm on the right."""
    body = pictures[0] if len(pictures) == 1 else panels(pictures)
    height, width = body.shape
    drawing = Drawing(width + 70, height + 40)
    drawing.paste(body, 0, 20)
    for depth in range(0, round(DEPTH) + 1, 10):
        y = 20 + height * depth / DEPTH
        drawing.line([(width + 4, y), (width + (16 if depth % 20 == 0 else 10), y)], INK, 2)
        if depth % 20 == 0:
            drawing.text((width + 22, y), str(depth), 22, "lm")
    drawing.text((width + 22, 20 + height / 8), "mm", 20, "lm", MID)
    return drawing.finish()


def half(pixels: Pixels) -> Pixels:
    """The middle 300 columns, for pairs."""
    return pixels[:, 45:345]
