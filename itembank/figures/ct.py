"""CT figures: exact projections of ellipses, one fault put in, filtered back-projection.

Lengths in mm, attenuation in 1/mm. The geometry is parallel: `views` over 180 degrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from itembank.figures.canvas import Axes, Drawing, Floats, Pixels, panels, resample, to_grey

WATER = 0.0190  # 1/mm at about 70 keV
FIELD = 400.0  # mm, side of the reconstructed square
SIZE = 256  # pixels of that side
CHANNELS = 367
PITCH = FIELD / SIZE  # mm between detector channels, at the centre of rotation
# A beam of two energies, 40 and 100 keV, half the photons each: water, and a dense metal (1/mm).
WATER_AT = (0.0268, 0.0171)
METAL_AT = (0.36, 0.12)


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse that adds `value` to whatever lies under it; centre, half axes in mm."""

    x: float
    y: float
    a: float
    b: float
    value: float


def body() -> list[Ellipse]:
    """A trunk-like phantom in HU above air: soft tissue 40, lungs -800, spine 740, vessels."""
    return [
        Ellipse(0, 0, 170, 120, 1040),
        Ellipse(-82, 14, 58, 78, -840),
        Ellipse(82, 14, 58, 78, -840),
        Ellipse(0, -72, 24, 24, 700),
        Ellipse(4, 40, 30, 26, 60),
        Ellipse(-98, 30, 7, 7, 840),
        Ellipse(-70, -18, 4, 4, 840),
        Ellipse(74, 44, 4, 4, 840),
        Ellipse(104, -10, 9, 9, 900),
        Ellipse(-148, -2, 6, 34, 700),
        Ellipse(148, -2, 6, 34, 700),
    ]


def in_mu(shapes: Sequence[Ellipse]) -> list[Ellipse]:
    """The same shapes with values in 1/mm instead of HU above air."""
    return [Ellipse(s.x, s.y, s.a, s.b, s.value / 1000 * WATER) for s in shapes]


def channel_places() -> Floats:
    """Distance of each detector channel from the centre of rotation, mm."""
    return np.asarray((np.arange(CHANNELS) - (CHANNELS - 1) / 2) * PITCH, dtype=np.float64)


def angles(views: int, turn: float = np.pi) -> Floats:
    """View angles in radians, over half a turn unless told otherwise."""
    return np.arange(views) * turn / views


def project(shapes: Sequence[Ellipse], view_angles: Floats) -> Floats:
    """Exact line integrals, shape (views, channels). Kak & Slaney (1988), section 3.1."""
    s = channel_places()[None, :]
    theta = view_angles[:, None]
    total = np.zeros((view_angles.size, CHANNELS))
    for shape in shapes:
        reach = (shape.a * np.cos(theta)) ** 2 + (shape.b * np.sin(theta)) ** 2
        offset = s - (shape.x * np.cos(theta) + shape.y * np.sin(theta))
        chord = np.sqrt(np.maximum(reach - offset**2, 0.0))
        total += shape.value * 2 * shape.a * shape.b * chord / reach
    return total


def reconstruct(sinogram: Floats, view_angles: Floats, *, smooth: float = 0.7) -> Floats:
    """Filtered back-projection to 1/mm, shape (SIZE, SIZE), first row at the top.

    `smooth` rolls the ramp off by a Gaussian of that many channels; 0 is the sharpest kernel.
    Kak & Slaney (1988), section 3.3: the ramp is built in space, which keeps the mean right.
    """
    n = np.arange(-CHANNELS + 1, CHANNELS)
    kernel = np.zeros(n.size)
    kernel[n == 0] = 1 / (4 * PITCH**2)
    odd = n % 2 == 1
    kernel[odd] = -1 / (np.pi * n[odd] * PITCH) ** 2
    length = 2 * n.size
    response = np.fft.rfft(np.fft.ifftshift(np.pad(kernel, (0, length - n.size))), length)
    response = np.abs(response) * np.exp(-0.5 * (2 * np.pi * np.fft.rfftfreq(length) * smooth) ** 2)
    filtered = np.fft.irfft(np.fft.rfft(sinogram, length, axis=1) * response, length, axis=1)
    filtered = filtered[:, :CHANNELS] * PITCH

    line = (np.arange(SIZE) - (SIZE - 1) / 2) * PITCH
    x, y = np.meshgrid(line, -line)
    image = np.zeros((SIZE, SIZE))
    for theta, row in zip(view_angles, filtered, strict=True):
        place = (x * np.cos(theta) + y * np.sin(theta)) / PITCH + (CHANNELS - 1) / 2
        image += np.interp(place, np.arange(CHANNELS), row)
    return image * np.pi / view_angles.size


def with_counts(sinogram: Floats, quanta: float, seed: int) -> Floats:
    """What a detector makes of it: Poisson counts of `quanta` unattenuated, at least one each."""
    counts = np.random.default_rng(seed).poisson(quanta * np.exp(-sinogram))
    return -np.log(np.maximum(counts, 1) / quanta)


def in_hu(mu: Floats) -> Floats:
    """CT numbers: 1000 (mu - mu_water) / mu_water."""
    return 1000 * (mu - WATER) / WATER


@cache
def clean_body(views: int = 360) -> Floats:
    """The phantom in HU, without a fault."""
    theta = angles(views)
    return in_hu(reconstruct(project(in_mu(body()), theta), theta))


def window(hu: Floats, width: float, level: float, size: int = 500, levels: int = 64) -> Pixels:
    """Show the range level +- width/2 in a square of `size` pixels."""
    return to_grey(resample(hu, size, size), level - width / 2, level + width / 2, levels)


def trunk(pixels: Pixels) -> Pixels:
    """Cut the empty air above and below the phantom away."""
    height = pixels.shape[0]
    return pixels[round(0.17 * height) : round(0.83 * height)]


def half_trunk(hu: Floats, width: float, level: float, size: int = 640, levels: int = 64) -> Pixels:
    """One side of the phantom with the spine, for panels that stand side by side."""
    rows, columns = round(0.18 * size), round(0.44 * size)
    return window(hu, width, level, size, levels)[rows:-rows, columns : round(0.94 * size)]


def clean() -> Pixels:
    """The phantom as it should be, W 400 L 40."""
    return trunk(window(clean_body(), 400, 40, 600))


def ring_hu(channel: int = 30, gain: float = 1.03) -> Floats:
    """An abdomen-like phantom; one channel, `channel` places off centre, counts `gain` times."""
    shapes = [
        Ellipse(0, 0, 170, 120, 1040),
        Ellipse(-70, 20, 70, 70, 25),
        Ellipse(104, 44, 34, 42, -30),
        Ellipse(96, -40, 26, 34, 60),
        Ellipse(0, -78, 22, 22, 500),
    ]
    theta = angles(720, 2 * np.pi)  # half a turn would leave half a ring
    data = project(in_mu(shapes), theta)
    data[:, (CHANNELS - 1) // 2 + channel] -= np.log(gain)
    return in_hu(reconstruct(data, theta, smooth=0.5))


def ring() -> Pixels:
    """A ring of 30 pixels' radius."""
    return trunk(window(ring_hu(), 200, 50, 600))


def water_cylinder_hu(*, two_energies: bool) -> Floats:
    """A water cylinder of 240 mm: with two energies its middle comes out too low."""
    theta = angles(180)
    length = project([Ellipse(0, 0, 120, 120, 1.0)], theta)
    low, high = WATER_AT
    mean = (low + high) / 2
    if two_energies:
        data = -np.log(0.5 * np.exp(-low * length) + 0.5 * np.exp(-high * length))
    else:
        data = mean * length
    return 1000 * (reconstruct(data, theta, smooth=0.8) / mean - 1)


def cupping() -> Pixels:
    """The cylinder and the CT numbers along its middle row."""
    hu = water_cylinder_hu(two_energies=True)
    drawing = Drawing(640, 330)
    drawing.paste(to_grey(resample(hu[36:220, 36:220], 300, 300), -260, 60), 10, 15)
    row = hu[126:130].mean(axis=0)
    x = np.asarray((np.arange(SIZE) - (SIZE - 1) / 2) * PITCH, dtype=np.float64)
    axes = Axes(box=(400, 45, 625, 270), x=(-150, 150), y=(-200, 50))
    ticks = (-200, -150, -100, -50, 0, 50)
    axes.frame(drawing, x_ticks=(-120, 0, 120), y_ticks=ticks, x_unit="mm", y_unit="HU")
    axes.curve(drawing, x, row)
    return drawing.finish()


def metal_hu() -> Floats:
    """Two metal balls of 44 mm in a pelvis-like ellipse, two energies, Poisson counts."""
    theta = angles(360)
    soft = project([Ellipse(0, 0, 165, 105, 1.0)], theta)
    metal = project([Ellipse(-85, 0, 22, 22, 1.0), Ellipse(85, 0, 22, 22, 1.0)], theta)
    passed = sum(
        0.5 * np.exp(-w * soft - (m - w) * metal) for w, m in zip(WATER_AT, METAL_AT, strict=True)
    )
    counts = np.random.default_rng(3).poisson(4e5 * passed)
    data = -np.log(np.maximum(counts, 1) / 4e5)
    return 1000 * (reconstruct(data, theta, smooth=0.6) / np.mean(WATER_AT) - 1)


def metal() -> Pixels:
    """Dark band between the balls, streaks around them."""
    return trunk(window(metal_hu(), 900, -80, 600))


def starvation_hu(quanta: float = 3e4) -> Floats:
    """A wide shoulder with dense sides: hardly a photon comes through sideways."""
    shapes = [
        Ellipse(0, 0, 190, 75, 1030),
        Ellipse(-140, 0, 26, 26, 900),
        Ellipse(140, 0, 26, 26, 900),
        Ellipse(0, -24, 22, 22, 600),
        Ellipse(0, 22, 11, 14, -1000),
    ]
    theta = angles(360)
    return in_hu(reconstruct(with_counts(project(in_mu(shapes), theta), quanta, 5), theta))


def starvation() -> Pixels:
    """Streaks along the long axis."""
    picture = window(starvation_hu(), 900, 40, 640, 20)
    return picture[170:470]


def noisy_hu(mas: float, *, smooth: float = 0.5, seed: int = 11) -> Floats:
    """The phantom at a tube load of `mas`; 500 quanta per mAs and channel."""
    theta = angles(360)
    data = with_counts(project(in_mu(body()), theta), 500 * mas, seed)
    return in_hu(reconstruct(data, theta, smooth=smooth))


def noise_pair() -> Pixels:
    """A 50 mAs, B 200 mAs."""
    return panels([half_trunk(noisy_hu(mas), 500, 20, levels=20) for mas in (50, 200)])


def window_triple() -> Pixels:
    """Lung, soft tissue and bone window of one slice."""
    settings = ((1500, -600), (350, 40), (2000, 500))
    return panels([half_trunk(clean_body(), w, c, 470) for w, c in settings], gap=6)


def few_views_pair() -> Pixels:
    """A 30 views, B 180 views."""
    return panels([half_trunk(clean_body(views), 1200, -200, levels=24) for views in (30, 180)])


def moved_hu(shift: float = 8.0) -> Floats:
    """The phantom lies `shift` mm further for the second half of the views."""
    theta = angles(360)
    still = in_mu(body())
    moved = [Ellipse(s.x + shift, s.y + shift / 2, s.a, s.b, s.value) for s in still]
    first = theta < np.pi / 2
    data = np.concatenate([project(still, theta[first]), project(moved, theta[~first])])
    return in_hu(reconstruct(data, theta))


def motion() -> Pixels:
    """Doubled edges and streaks."""
    return trunk(window(moved_hu(), 800, -60, 600, 32))


def truncated_hu(reach: float = 120.0) -> Floats:
    """Channels further out than `reach` mm see nothing."""
    theta = angles(360)
    data = project(in_mu([Ellipse(0, 0, 170, 150, 1040), *body()[3:5]]), theta)
    data[:, np.abs(channel_places()) > reach] = 0.0
    return in_hu(reconstruct(data, theta, smooth=0.7))


def truncation() -> Pixels:
    """Bright rim where the scan field ends."""
    hu = truncated_hu()
    line = (np.arange(SIZE) - (SIZE - 1) / 2) * PITCH
    outside = np.hypot(*np.meshgrid(line, line)) > 124
    hu[outside] = -1000
    return window(hu, 1200, 300, 640)[110:530, 110:530]


def kernel_pair() -> Pixels:
    """A smooth and B sharp kernel on the same counts."""
    hus = [noisy_hu(400, smooth=smooth, seed=12) for smooth in (1.5, 0.0)]
    return panels([half_trunk(hu, 700, -20, levels=20) for hu in hus])


def nodule_hu(thickness: float, spacing: float = 0.1) -> Floats:
    """A 4 mm ball of 100 HU and a vessel along z in lung of -800 HU, slice through its centre."""
    line = (np.arange(240) - 119.5) * spacing
    x, y = np.meshgrid(line, line)
    chord = 2 * np.sqrt(np.maximum(2.0**2 - x**2 - y**2, 0.0))
    part = np.minimum(chord, thickness) / thickness
    hu = -800 + 900 * part
    hu[np.hypot(x - 7, y + 5) < 1.5] = 40
    return np.asarray(hu, dtype=np.float64)


def partial_volume_pair() -> Pixels:
    """The nodule in a 1 mm and a 10 mm slice."""
    from scipy.ndimage import gaussian_filter

    pictures = []
    for thickness in (1.0, 10.0):
        hu = gaussian_filter(nodule_hu(thickness), 4)
        pictures.append(to_grey(resample(hu, 320, 320), -1100, 200))
    return panels(pictures)
