"""Beam profile, M-mode, elastography, colour Doppler and two line drawings for sonographers."""

import numpy as np
from numpy.typing import NDArray

from itembank.figures.canvas import (
    FAINT,
    INK,
    MID,
    Axes,
    Drawing,
    Floats,
    Pixels,
    Point,
    colour_map,
    resample,
    to_grey,
)

COLOUR_STOPS = (
    (-1.0, (120, 235, 255)),
    (-0.5, (20, 90, 235)),
    (-0.06, (8, 16, 90)),
    (0.0, (0, 0, 0)),
    (0.06, (90, 10, 8)),
    (0.5, (230, 50, 15)),
    (1.0, (255, 235, 90)),
)


def near_zone(diameter: float, frequency: float) -> float:
    """Near-zone length D^2 / (4 wavelength) in mm; diameter in mm, frequency in MHz."""
    return diameter**2 / (4 * 1.54 / frequency)


def disc_intensity(
    depth: Floats, radius: Floats, diameter: float = 19.0, frequency: float = 5.0
) -> Floats:
    """Intensity of a flat disc driven with one frequency, shape (radius, depth), 4 at most on axis.

    Fresnel integral over the disc; O'Neil (1949), J. Acoust. Soc. Am. 21, 516-526. Lengths in mm.
    """
    from scipy.special import j0

    k = 2 * np.pi * frequency / 1.54
    s = (np.arange(300) + 0.5) / 300 * diameter / 2
    field = np.empty((radius.size, depth.size), dtype=np.complex128)
    for i, z in enumerate(depth):
        phase = s * np.exp(1j * k * s**2 / (2 * z))
        field[:, i] = j0(k * np.outer(radius, s) / z) @ phase * k / z * (s[1] - s[0])
    return np.asarray(np.abs(field) ** 2, dtype=np.float64)


def beam() -> Pixels:
    """Depth across, 0 to 600 mm; +-20 mm up and down."""
    depth = np.linspace(20, 600, 290)
    radius = np.linspace(0, 20, 80)
    half = 10 * np.log10(disc_intensity(depth, radius) / 4 + 1e-6)
    whole = np.concatenate([half[::-1], half])
    drawing = Drawing(690, 370)
    left = 80 + round(20 / 600 * 580)
    drawing.paste(to_grey(resample(whole, 260, 661 - left), -26, 0, 40), left, 25)
    axes = Axes(box=(80, 25, 660, 285), x=(0, 600), y=(-20, 20))
    axes.frame(
        drawing, x_ticks=range(0, 601, 100), y_ticks=(-20, -10, 0, 10, 20), x_unit="mm", grid=False
    )
    y_top, y_bottom = axes.at(0, 9.5)[1], axes.at(0, -9.5)[1]
    drawing.line([(84, y_top), (84, y_bottom)], INK, 7)
    return drawing.finish()


def wall_depth(t: Floats) -> Floats:
    """Depth of the moving wall in mm: 30 to 40 mm, period 0.5 s."""
    phase = np.mod(t, 0.5) / 0.5
    return np.asarray(35 + 5 * np.cos(2 * np.pi * phase - 0.9 * np.sin(2 * np.pi * phase)))


def m_mode() -> Pixels:
    """Depth 0-60 mm down, time 0-3 s across."""
    z, t = np.meshgrid((np.arange(360) + 0.5) / 6, np.linspace(0, 3, 520), indexing="ij")
    rng = np.random.default_rng(16)
    wall = wall_depth(t)
    level = np.where(z < wall, 0.35, 1.0)
    level = np.where((z > 14) & (z < wall), 0.03, level)
    speckle = np.abs(
        np.sum(
            [
                w * rng.normal(size=(360, 1)) * np.cos(2 * np.pi * (t * f + rng.random((360, 1))))
                for w, f in ((1.0, 0.0), (0.7, 1.3), (0.6, 3.1), (0.5, 7.7), (0.5, 17.0))
            ],
            axis=0,
        )
    )
    amplitude = level * speckle + 3.5 * np.exp(-0.5 * ((z - wall) / 0.6) ** 2)
    amplitude += 3 * np.exp(-0.5 * ((z - 14) / 0.5) ** 2)
    drawing = Drawing(620, 430)
    drawing.paste(to_grey(20 * np.log10(amplitude + 0.01), -32, 14, 24), 70, 12)
    axes = Axes(box=(70, 12, 590, 372), x=(0, 3), y=(60, 0))
    axes.frame(drawing, x_ticks=(0, 0.5, 1, 1.5, 2, 2.5, 3), y_ticks=range(0, 61, 10), grid=False)
    drawing.text((606, 394), "s", 20, ink=MID)
    drawing.text((30, 345), "mm", 20, ink=MID)
    return drawing.finish()


def youngs_modulus(speed: float, density: float = 1000.0) -> float:
    """E = 3 rho c^2 in kPa; shear-wave speed in m/s, density in kg/m^3."""
    return 3 * density * speed**2 / 1000


def shear_speed() -> Floats:
    """Map of shear-wave speed in m/s, 320 x 420: 1.5 around, 4.0 in a round inclusion."""
    from scipy.ndimage import gaussian_filter

    z, x = np.mgrid[0:320, 0:420]
    speed = np.where(np.hypot(x - 225, z - 165) < 72, 4.0, 1.5)
    rng = np.random.default_rng(17)
    wobble = gaussian_filter(rng.normal(size=speed.shape), 9)
    soft = gaussian_filter(speed, 5) * (1 + 0.07 * wobble / wobble.std())
    return np.asarray(soft, dtype=np.float64)


HOT_STOPS = (
    (0.0, (20, 30, 120)),
    (1.25, (30, 120, 220)),
    (2.5, (60, 200, 120)),
    (3.75, (245, 205, 60)),
    (5.0, (210, 30, 30)),
)


def elastography() -> Pixels:
    """Colour map with its scale 0 to 5 m/s."""
    drawing = Drawing(540, 360, colour=True)
    speed = np.round(shear_speed() * 12) / 12
    drawing.paste(colour_map(speed, HOT_STOPS), 15, 20)
    bar = np.repeat(np.linspace(5, 0, 320)[:, None], 22, axis=1)
    drawing.paste(colour_map(bar, HOT_STOPS), 450, 20)
    grey = (INK, INK, INK)
    for value in range(6):
        drawing.text((480, 20 + 320 * (1 - value / 5)), str(value), 20, "lm", grey)
    drawing.text((522, 180), "m/s", 18, "mm", (MID, MID, MID))
    return drawing.finish()


def wrapped_velocity(velocity: Floats, limit: float) -> Floats:
    """What colour shows: the mean phase turns by pi at the limit, so velocity wraps by 2 limits."""
    return np.asarray(np.mod(velocity + limit, 2 * limit) - limit, dtype=np.float64)


def straight_vessel() -> tuple[Floats, NDArray[np.bool_]]:
    """(velocity towards the probe in cm/s, inside): parabolic, 48 cm/s in the middle."""
    z, x = np.mgrid[0:340, 0:480]
    away = (z - 180 + 0.12 * (x - 240)) / 62
    inside = np.abs(away) < 1
    return np.where(inside, 48 * (1 - away**2), 0.0), inside


def curved_vessel() -> tuple[Floats, NDArray[np.bool_]]:
    """(velocity towards the probe, inside): an arch, 22 cm/s along it, up on the left."""
    z, x = np.mgrid[0:340, 0:480]
    r, angle = np.hypot(x - 240, z - 300), np.arctan2(300 - z, x - 240)
    inside = (np.abs(r - 175) < 34) & (z < 330)
    profile = 1 - ((r - 175) / 34) ** 2 * 0.5
    return np.where(inside, -24 * profile * np.cos(angle), 0.0), inside


def colour_picture(velocity: Floats, inside: NDArray[np.bool_], limit: float, seed: int) -> Pixels:
    """Colour over grey speckle, with the scale."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    grain = gaussian_filter(rng.rayleigh(1, velocity.shape), (0.8, 1.8))
    grey = np.where(inside, 8.0, np.round(grain * 5) * 16 - 10)
    picture = np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    shown = wrapped_velocity(velocity + gaussian_filter(rng.normal(0, 6, velocity.shape), 2), limit)
    colours = colour_map(np.round(shown / limit * 20) / 20, COLOUR_STOPS)
    picture[inside] = colours[inside]
    drawing = Drawing(580, 380, colour=True)
    drawing.paste(picture, 10, 20)
    bar = np.repeat(np.linspace(1, -1, 240)[:, None], 20, axis=1)
    drawing.paste(colour_map(bar, COLOUR_STOPS), 505, 70)
    ink = (INK, INK, INK)
    drawing.text((515, 52), f"+{limit:g}", 20, "mm", ink)
    drawing.text((515, 328), f"-{limit:g}", 20, "mm", ink)
    drawing.text((532, 190), "cm/s", 18, "lm", (MID, MID, MID))
    return drawing.finish()


def colour_alias() -> Pixels:
    """The fast middle wraps through the bright ends of the scale."""
    return colour_picture(*straight_vessel(), limit=30, seed=18)


def colour_turn() -> Pixels:
    """The flow itself turns: black where it runs across the beam."""
    return colour_picture(*curved_vessel(), limit=30, seed=19)


def refraction(incidence: float, first: float, second: float) -> float:
    """Snell: angle of the transmitted beam in degrees; speeds in m/s."""
    return float(np.rad2deg(np.arcsin(np.sin(np.deg2rad(incidence)) * second / first)))


def snell() -> Pixels:
    """30 degrees, 1540 to 1450 m/s; the lower ray is drawn at its true 28.1 degrees."""
    drawing = Drawing(560, 440)
    meeting = (280.0, 220.0)
    drawing.polygon([(0, 220), (560, 220), (560, 440), (0, 440)], fill=32)
    drawing.line([(0, 220), (560, 220)], INK, 3)
    drawing.line([(280, 20), (280, 420)], FAINT, 2, 8)

    def ray(angle: float, length: float, side: int, down: int) -> Point:
        turn = np.deg2rad(angle)
        return (
            280 + side * length * float(np.sin(turn)),
            220 + down * length * float(np.cos(turn)),
        )

    drawing.arrow(ray(30, 210, -1, -1), meeting, INK, 4, 16)
    drawing.arrow(meeting, ray(refraction(30, 1540, 1450), 205, 1, 1), INK, 4, 16)
    drawing.arrow(meeting, ray(30, 150, 1, -1), MID, 2, 12)
    drawing.text((252, 105), "30°", 25)
    drawing.text((303, 330), "?", 30)
    drawing.text((20, 190), "1540 m/s", 24, "lm")
    drawing.text((20, 252), "1450 m/s", 24, "lm")
    return drawing.finish()


def velocity_error(true_angle: float, set_angle: float) -> float:
    """Reported over true velocity when the cursor is set to another angle."""
    return float(np.cos(np.deg2rad(true_angle)) / np.cos(np.deg2rad(set_angle)))


def doppler_angle() -> Pixels:
    """Flow at 60 degrees to the beam; cursor A along the vessel, cursor B set to 70 degrees."""
    drawing = Drawing(560, 440)
    centre = np.array([290.0, 240.0])
    along = np.array([np.sin(np.deg2rad(60)), -np.cos(np.deg2rad(60))])  # 60 deg from the beam
    across = np.array([-along[1], along[0]])
    wall = [
        centre + s * 300 * along + w * 52 * across for s, w in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    drawing.polygon([(float(x), float(y)) for x, y in wall], fill=40, ink=MID)
    drawing.line([(290, 20), (290, 425)], MID, 2, 8)
    drawing.line([(282, 226), (298, 226)], INK, 4)
    drawing.line([(282, 254), (298, 254)], INK, 4)
    for angle, name, ink in ((60.0, "A", INK), (70.0, "B", MID)):
        way = np.array([np.sin(np.deg2rad(angle)), -np.cos(np.deg2rad(angle))])
        start, end = centre - 130 * way, centre + 130 * way
        drawing.line([(float(start[0]), float(start[1])), (float(end[0]), float(end[1]))], ink, 4)
        tip = centre + 152 * way
        drawing.text((float(tip[0]), float(tip[1])), name, 26, ink=ink)
    flow = centre - 220 * along
    drawing.arrow(
        (float(flow[0]), float(flow[1])),
        (float((flow + 60 * along)[0]), float((flow + 60 * along)[1])),
        INK,
        4,
        16,
    )
    arc = [
        (290 + 95 * float(np.sin(a)), 240 - 95 * float(np.cos(a)))
        for a in np.linspace(0, np.deg2rad(60), 30)
    ]
    drawing.line(arc, INK, 2)
    drawing.text((338, 122), "60°", 25)
    return drawing.finish()
