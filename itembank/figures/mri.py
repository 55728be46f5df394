"""MRI figures: ellipse phantoms, spin-echo signals, faults put into k-space.

The frequency direction is horizontal (x), the phase direction vertical (y).
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from itembank.figures.canvas import (
    INK,
    MID,
    Axes,
    Drawing,
    Floats,
    Pixels,
    panels,
    resample,
    to_grey,
)

Complexes = NDArray[np.complex128]
SIZE = 256
# (T1 ms, T2 ms, proton density) at 1.5 T, rounded textbook values.
TISSUE = {
    "fat": (250.0, 70.0, 0.90),
    "white": (700.0, 80.0, 0.70),
    "grey": (920.0, 100.0, 0.80),
    "csf": (4000.0, 2000.0, 1.00),
    "lesion": (1400.0, 180.0, 0.88),
}


def spin_echo(tissue: str, tr: float, te: float) -> float:
    """Spin-echo signal PD (1 - exp(-TR/T1)) exp(-TE/T2), times in ms."""
    t1, t2, density = TISSUE[tissue]
    return float(density * (1 - np.exp(-tr / t1)) * np.exp(-te / t2))


def disc(x: float, y: float, a: float, b: float, size: int = SIZE) -> NDArray[np.bool_]:
    """Pixels inside an ellipse; coordinates from -1 to 1, y upwards."""
    line = (np.arange(size) - (size - 1) / 2) / (size / 2)
    gx, gy = np.meshgrid(line, -line)
    return np.asarray(((gx - x) / a) ** 2 + ((gy - y) / b) ** 2 <= 1)


@cache
def head(tr: float = 500, te: float = 15) -> Floats:
    """A head-like phantom: fat rim, no signal in bone, CSF, grey and white matter, one lesion."""
    signal = {name: spin_echo(name, tr, te) for name in TISSUE}
    layers = [
        ((0, 0, 0.78, 0.93), signal["fat"]),
        ((0, 0, 0.72, 0.87), 0.0),
        ((0, 0, 0.67, 0.82), signal["csf"]),
        ((0, 0, 0.63, 0.78), signal["grey"]),
        ((0, 0, 0.54, 0.68), signal["white"]),
        ((-0.13, 0.08, 0.09, 0.27), signal["csf"]),
        ((0.13, 0.08, 0.09, 0.27), signal["csf"]),
        ((0, -0.36, 0.04, 0.08), signal["csf"]),
        ((-0.30, 0.02, 0.08, 0.17), signal["grey"]),
        ((0.30, 0.02, 0.08, 0.17), signal["grey"]),
        ((0.34, -0.38, 0.10, 0.09), signal["lesion"]),
    ]
    return painted(layers)


def painted(layers: Sequence[tuple[tuple[float, float, float, float], float]]) -> Floats:
    """Ellipses (x, y, a, b) with their signals, each over the earlier ones, with soft edges."""
    image = np.zeros((2 * SIZE, 2 * SIZE))
    for shape, value in layers:
        image[disc(*shape, size=2 * SIZE)] = value
    soft = image.reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3))
    return np.asarray(soft, dtype=np.float64)


def to_k(image: NDArray[np.float64] | Complexes) -> Complexes:
    """k-space with its middle in the middle."""
    return np.asarray(np.fft.fftshift(np.fft.fft2(np.fft.ifftshift(image))), dtype=np.complex128)


def from_k(k: Complexes) -> Floats:
    """Magnitude picture of k-space."""
    return np.asarray(np.abs(np.fft.fftshift(np.fft.ifft2(np.fft.ifftshift(k)))), dtype=np.float64)


def show(image: Floats, high: float, size: int = 520, levels: int = 64) -> Pixels:
    """The picture cut to the head's width."""
    picture = to_grey(resample(image, size, size), 0, high, levels)
    edge = round(size * 0.09)
    return picture[:, edge:-edge]


def contrast_triple() -> Pixels:
    """A T1, B proton density, C T2 weighting; each scaled to its own brightest tissue."""
    pictures = []
    for tr, te in ((500, 15), (2500, 15), (4000, 100)):
        image = head(tr, te)
        pictures.append(show(image, float(image.max()) * 1.02, 290))
    return panels(pictures, gap=6)


def truncated(image: Floats, lines: int) -> Floats:
    """Only the `lines` middle phase lines are measured, the rest are filled with zeros."""
    k = to_k(image)
    outer = (SIZE - lines) // 2
    k[:outer] = 0
    k[-outer:] = 0
    return from_k(k)


def gibbs_object() -> Floats:
    """A bright block with sharp straight edges and a dark slot."""
    image = np.zeros((SIZE, SIZE))
    image[60:196, 56:200] = 1.0
    image[116:140, 84:172] = 0.15
    return image


def gibbs() -> Pixels:
    """64 phase lines."""
    return show(truncated(gibbs_object(), 64), 1.25)


def wrapped() -> Floats:
    """Every second phase line left out: half the field of view, shape (SIZE/2, SIZE)."""
    k = to_k(head())[::2]
    return from_k(k)


def wrap() -> Pixels:
    """The folded picture."""
    return to_grey(resample(wrapped(), 320, 640), 0, 0.75)[:, 60:-60]


def ghosted(period: int = 6, strength: float = 1.6) -> Floats:
    """A vessel whose brightness pulsates once every `period` phase lines."""
    vessel = painted([((-0.12, 0.06, 0.075, 0.075), 1.0)])
    k_vessel = to_k(vessel)
    turn = 2 * np.pi * np.arange(SIZE)[:, None] / period
    beat = np.cos(turn) + 0.5 * np.cos(2 * turn)
    return from_k(to_k(trunk()) + k_vessel * (1 + strength * beat))


def trunk() -> Floats:
    """A trunk-like phantom: fat rim, muscle, two kidneys, a spine."""
    return painted(
        [
            ((0, 0, 0.88, 0.62), 0.75),
            ((0, 0, 0.80, 0.54), 0.30),
            ((-0.45, -0.05, 0.17, 0.26), 0.5),
            ((0.45, -0.05, 0.17, 0.26), 0.5),
            ((0.06, -0.30, 0.14, 0.14), 0.42),
        ]
    )


def ghosts() -> Pixels:
    """Copies of the vessel above and below it."""
    return show_trunk(ghosted())


def show_trunk(image: Floats, high: float = 0.95) -> Pixels:
    """The trunk at full width."""
    return to_grey(resample(image, 560, 560), 0, high)[30:-30]


def spiked(row: int = 22, column: int = 15, strength: float = 0.09) -> Floats:
    """One wrong pair of points in k-space; the pair is conjugate, so that stripes stay visible."""
    k = to_k(head())
    size = strength * SIZE**2
    middle = SIZE // 2
    k[middle + row, middle + column] += size / 2
    k[middle - row, middle - column] += size / 2
    return from_k(k)


def spike() -> Pixels:
    """Stripes over the whole picture."""
    return show(spiked(), 0.8)


def zippered(column: int = 84, strength: float = 0.5) -> Floats:
    """A stray radio signal at one frequency, of random phase in every line."""
    rng = np.random.default_rng(4)
    k = to_k(head())
    x = np.arange(SIZE) - SIZE // 2
    tone = np.exp(-2j * np.pi * x * (column - SIZE // 2) / SIZE)
    phases = np.exp(2j * np.pi * rng.random(SIZE))
    return from_k(k + strength * np.sqrt(SIZE) * phases[:, None] * tone[None, :])


def zipper() -> Pixels:
    """A dotted line along the phase direction."""
    return show(zippered(), 0.75)


def shifted_fat(pixels: int = 4) -> tuple[Floats, Floats]:
    """(true, measured): the fat around two kidneys appears `pixels` further to the right.

    224 Hz at 1.5 T over 56 Hz a pixel is 4 pixels.
    """
    inside = ((-0.42, 0.0, 0.22, 0.36), (0.42, 0.0, 0.22, 0.36), (0.0, -0.30, 0.17, 0.17))
    fat = painted([((0, 0, 0.88, 0.62), 0.8), *((shape, 0.0) for shape in inside)])
    water = painted([(shape, 0.55) for shape in inside])
    return fat + water, np.roll(fat, pixels, axis=1) + water


def chemical_shift() -> Pixels:
    """Dark on one side of each water object, bright on the other."""
    return show_trunk(shifted_fat()[1], 1.4)


def noisy(nex: int, sigma: float = 0.07) -> Floats:
    """Magnitude of the mean of `nex` measurements with complex noise."""
    rng = np.random.default_rng(40 + nex)
    noise = rng.normal(size=(2, nex, SIZE, SIZE)).mean(axis=1) * sigma
    return np.asarray(np.hypot(head() + noise[0], noise[1]), dtype=np.float64)


def nex_pair() -> Pixels:
    """A one, B four measurements."""
    return panels([show(noisy(nex), 0.75, 390, 24) for nex in (1, 4)])


def void_picture(strength: float = 9000.0) -> Floats:
    """Gradient echo around a metal clip: shift along x and loss of phase.

    The field outside a small dipole falls with r^3 as 3 cos^2 - 1 to the main field (vertical
    here); each pixel's signal is moved by it and weakened by its gradient.
    """
    line = np.arange(SIZE) - SIZE / 2
    x, y = np.meshgrid(line - 34, line + 22)
    r = np.maximum(np.hypot(x, y), 4.0)
    field = strength * (3 * (y / r) ** 2 - 1) / r**3
    signal = head() * np.exp(-0.5 * np.hypot(*np.gradient(field)))
    rows, columns = np.indices(signal.shape)
    target = np.clip(columns + field, 0, SIZE - 2)
    left = np.floor(target).astype(int)
    image = np.zeros((SIZE, SIZE))
    np.add.at(image, (rows, left), signal * (1 - (target - left)))
    np.add.at(image, (rows, left + 1), signal * (target - left))
    return image


def susceptibility() -> Pixels:
    """A hole with a bright rim."""
    from scipy.ndimage import gaussian_filter

    return show(gaussian_filter(void_picture(), 0.8), 0.8)


def inversion(ti: Floats, t1: float) -> Floats:
    """|Mz|/M0 after an inversion when TR is much longer than T1; zero at T1 ln 2."""
    return np.asarray(np.abs(1 - 2 * np.exp(-ti / t1)), dtype=np.float64)


def inversion_curves() -> Pixels:
    """A T1 250 ms, B T1 4000 ms."""
    drawing = Drawing(640, 420)
    axes = Axes(box=(70, 45, 610, 355), x=(0, 4000), y=(0, 1))
    axes.frame(drawing, x_ticks=range(0, 4001, 500), y_ticks=(0, 0.25, 0.5, 0.75, 1), x_unit="ms")
    ti = np.linspace(0, 4000, 1601)
    axes.curve(drawing, ti, inversion(ti, 250))
    axes.curve(drawing, ti, inversion(ti, 4000), ink=MID, dash=9)
    drawing.text(axes.at(1000, 0.88), "A", 26, ink=INK)
    drawing.text(axes.at(1550, 0.47), "B", 26, ink=INK)
    return drawing.finish()
