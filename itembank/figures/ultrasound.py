"""B-mode figures: one artefact or one setting each. Depths and distances in mm, gains in dB."""

import numpy as np

from itembank.figures.bmode import (
    SHAPE,
    WIDTH,
    X,
    Z,
    constant_beam,
    echoes,
    focused_beam,
    grey,
    half,
    inside,
    received,
    soft_step,
    with_scale,
)
from itembank.figures.canvas import INK, Drawing, Floats, Pixels, panels, to_grey


def beneath(x: float, half_width: float, depth: float, softness: float = 0.5) -> Floats:
    """1 in the strip under something, 0 elsewhere, with soft sides."""
    side = 1 - soft_step(np.abs(X - x), half_width, softness)
    return side * soft_step(Z, depth, 0.6)


def cyst_db() -> Floats:
    """An anechoic ball of 15 mm at 35 mm; what lies beneath is 7 dB brighter."""
    tissue = 1 - 0.995 * inside(0, 35, 7.5)
    return received(echoes(tissue, seed=1), 7 * beneath(0, 6.5, 42.0, 0.8))


def cyst() -> Pixels:
    """Enhancement."""
    return with_scale([grey(cyst_db())])


def arc(x: float, z: float, radius: float, half_width: float, level: float) -> Floats:
    """The upper skin of a ball as a reflector 0.5 mm thick."""
    top = z - np.sqrt(np.maximum(radius**2 - (X - x) ** 2, 0.0))
    return np.asarray(
        level * np.exp(-0.5 * ((Z - top) / 0.25) ** 2) * (np.abs(X - x) < half_width),
        dtype=np.float64,
    )


def stone_db() -> Floats:
    """A reflector at 35 mm; beneath it the echoes are 60 dB weaker, under the noise."""
    mirrors = arc(0, 41, 6, 5.0, 14)
    return received(echoes(1.0, seed=2, mirrors=mirrors), -60 * beneath(0, 4.8, 37.0))


def stone() -> Pixels:
    """Clean shadow."""
    return with_scale([grey(stone_db())])


def flat(depth: float, level: float, half_width: float = 99.0) -> Floats:
    """A level reflector."""
    return np.asarray(
        level * np.exp(-0.5 * ((Z - depth) / 0.3) ** 2) * (np.abs(X) < half_width),
        dtype=np.float64,
    )


def reverberation_db() -> Floats:
    """An interface at 10 mm and copies every 10 mm, each 6 dB weaker, over a fluid."""
    fluid = 1 - 0.997 * soft_step(Z, 15, 0.4) * (1 - soft_step(Z, 66, 0.4))
    copies = sum(flat(10.0 * n, 8 * 10 ** (-6 * (n - 1) / 20)) for n in range(1, 7))
    return received(echoes(fluid, seed=3, mirrors=np.asarray(copies)))


def reverberation() -> Pixels:
    """Equally spaced lines."""
    return with_scale([grey(reverberation_db())])


def ring_down() -> Pixels:
    """A gas bubble at 25 mm with an unbroken tail that fades by 0.25 dB per mm."""
    tail = np.where(Z > 25, 7 * 10 ** (-0.25 * (Z - 25) / 20), 0.0)
    tail = tail * np.exp(-0.5 * (X / 1.0) ** 2) * (1 + 0.2 * np.sin(2 * np.pi * Z / 0.9))
    mirrors = tail + arc(0, 27, 2, 1.8, 12)
    return with_scale([grey(received(echoes(1.0, seed=4, mirrors=mirrors)))])


def mirror_db() -> Floats:
    """A bright ball at 30 mm, a reflector at 45 mm, the false ball at 60 mm, 5 dB weaker."""
    surface = 45 + 0.006 * X**2
    tissue = 1 + 2.2 * inside(6, 30, 4.5)
    beyond = soft_step(Z, 46, 0.5) * -8
    false = 10 ** (9 / 20) * 10 ** (-5 / 20) * 1.6 * inside(6, 60.4, 4.7)
    mirrors = 16 * np.exp(-0.5 * ((Z - surface) / 0.35) ** 2)
    return received(echoes(tissue + false, seed=5, mirrors=mirrors), beyond)


def mirror() -> Pixels:
    """The copy lies as far beneath the reflector as the ball above."""
    return with_scale([grey(mirror_db())])


def edge_shadow_db() -> Floats:
    """A round target of 22 mm; behind its two tangents the beam is bent away, -22 dB."""
    tissue = 1 - 0.75 * inside(0, 32, 11)
    shadow = sum(np.exp(-0.5 * ((X - x) / 0.9) ** 2) for x in (-11.0, 11.0))
    return received(echoes(tissue, seed=6), -22 * shadow * soft_step(Z, 33, 1.5))


def edge_shadow() -> Pixels:
    """Two narrow dark bands."""
    return with_scale([grey(edge_shadow_db())])


def side_lobe() -> Pixels:
    """A reflector beside a cyst; its side-lobe echoes lie at its own range, 26 dB weaker."""
    tissue = 1 - 0.995 * inside(-7, 38, 11)
    mirrors = np.where(np.abs(X - 15) < 4, 18 * np.exp(-0.5 * ((Z - 38) / 0.35) ** 2), 0.0)
    place = np.sqrt(38**2 + np.maximum(np.abs(X - 15) - 4, 0) ** 2)
    false = 0.55 * np.exp(-0.5 * ((Z - place) / 0.45) ** 2) * (X < 11)
    return with_scale([grey(received(echoes(tissue, seed=7, mirrors=mirrors + false)))])


def tgc_band_db() -> Floats:
    """12 dB too much between 35 and 45 mm."""
    tissue = 1 - 0.5 * inside(12, 60, 8) - 0.5 * inside(-14, 22, 6)
    band = soft_step(Z, 35, 0.8) * (1 - soft_step(Z, 45, 0.8))
    return received(echoes(tissue, seed=8), 12 * band)


def tgc_band() -> Pixels:
    """A bright band across the whole width."""
    return with_scale([grey(tgc_band_db())])


def dead_elements_db() -> Floats:
    """Columns -9 to -6 mm receive 26 dB less at all depths."""
    tissue = 1 - 0.6 * inside(8, 45, 8)
    lost = 1 - soft_step(np.abs(X + 7.5), 1.5, 0.3)
    return received(echoes(tissue, seed=9), -26 * lost)


def dead_elements() -> Pixels:
    """A dark stripe that begins at the probe."""
    return with_scale([grey(dead_elements_db())])


def wires(places: list[tuple[float, float]], level: float = 60.0) -> Floats:
    """Thin wires at (x, z)."""
    picture = np.zeros(SHAPE)
    for x, z in places:
        column = round((x + WIDTH / 2) / WIDTH * SHAPE[1])
        picture += (
            level * np.exp(-0.5 * ((Z - z) / 0.3) ** 2) * (np.abs(np.arange(SHAPE[1]) - column) < 1)
        )
    return picture


def focus_db(focus: float) -> Floats:
    """Wires every 10 mm under a beam focused at `focus` mm."""
    places = [(0.0, float(z)) for z in range(10, 80, 10)]
    beam = focused_beam(focus)
    return received(echoes(0.05, seed=10, mirrors=wires(places, 90), beam=beam))


def focus_pair() -> Pixels:
    """A focus 20 mm, B 60 mm."""
    return with_scale([half(grey(focus_db(f), low=-30, high=30)) for f in (20.0, 60.0)])


AXIAL_GAPS = (1.0, 0.5, 0.25)  # mm, pairs from above


def axial_profile(frequency: float, gap: float, depth: Floats, cycles: float = 3.0) -> Floats:
    """Amplitude of two wires `gap` mm apart around depth 0, added in power.

    The pulse's half width is cycles x wavelength / 2, the textbook axial resolution.
    """
    width = cycles * 1.54 / frequency / 2
    power = sum(np.exp(-0.5 * ((depth - s * gap / 2) / (width / 2.355)) ** 2) ** 2 for s in (-1, 1))
    return np.asarray(np.sqrt(power), dtype=np.float64)


def axial_pair() -> Pixels:
    """A 3 MHz, B 10 MHz; a field of 12 mm, marks every 1 mm."""
    depth = np.linspace(0, 12, 480)
    across = np.exp(-0.5 * (np.linspace(-4, 4, 290) / 0.9) ** 2)
    pictures = []
    for frequency in (3.0, 10.0):
        pairs = zip((2.0, 6.0, 10.0), AXIAL_GAPS, strict=True)
        column = sum(axial_profile(frequency, gap, depth - z) for z, gap in pairs)
        amplitude = np.asarray(column)[:, None] * across[None, :]
        noise = np.random.default_rng(11).rayleigh(0.01, amplitude.shape)
        pictures.append(to_grey(20 * np.log10(amplitude + noise), -24, 2, 24))
    body = panels(pictures)
    drawing = Drawing(body.shape[1] + 60, 510)
    drawing.paste(body, 0, 15)
    for mark in range(13):
        y = 15 + 40 * mark
        drawing.line([(body.shape[1] + 3, y), (body.shape[1] + 12, y)], INK, 2)
        if mark % 2 == 0:
            drawing.text((body.shape[1] + 18, y), str(mark), 21, "lm")
    return drawing.finish()


def lateral_db(*, large_aperture: bool) -> Floats:
    """Wires 3 mm apart at 20, 40, 60 mm."""
    beam = focused_beam(40, 0.45, 0.07) if large_aperture else constant_beam(2.2)
    places = [(s * 1.5, z) for z in (20.0, 40.0, 60.0) for s in (-1, 1)]
    return received(echoes(0.05, seed=12, mirrors=wires(places, 90), beam=beam))


def lateral_pair() -> Pixels:
    """A small aperture, B large aperture focused at 40 mm."""
    return with_scale(
        [half(grey(lateral_db(large_aperture=b), low=-16, high=28)) for b in (False, True)]
    )


def dynamic_range_pair() -> Pixels:
    """A 30 dB, B 70 dB, same data, same brightness of the middle grey."""
    tissue = 1 - 0.99 * inside(-6, 25, 6) + 1.2 * inside(5, 42, 6) - 0.5 * inside(-5, 62, 7)
    data = received(echoes(tissue, seed=13, mirrors=flat(75, 12)))
    return with_scale([half(grey(data, low=-wide / 2 - 3, high=wide / 2 - 3)) for wide in (30, 70)])


def speed_shift(thickness: float = 30.0, speed: float = 1450.0) -> float:
    """How much too deep, in mm, things lie under a layer of that speed (display uses 1540)."""
    return thickness * (1540 / speed - 1)


def speed_error_db() -> Floats:
    """A flat reflector at 60 mm, its middle seen through 30 mm of fat."""
    layer = (np.abs(X) < 13) & (Z > 12) & (42 + speed_shift() > Z)
    tissue = np.where(layer, 0.35, 1.0)
    place = np.where(np.abs(X) < 13, 60 + speed_shift(), 60.0)
    mirrors = 12 * np.exp(-0.5 * ((Z - place) / 0.35) ** 2)
    return received(echoes(tissue, seed=14, mirrors=mirrors))


def speed_error() -> Pixels:
    """A step in the reflector."""
    return with_scale([grey(speed_error_db())])


def phantom() -> Pixels:
    """Wires truly every 10 mm, drawn every 10.6 mm, because the medium has 1450 m/s."""
    places = [(0.0, z * 1540 / 1450) for z in range(10, 80, 10)]
    places += [(x, 40 * 1540 / 1450) for x in (-20.0, -10.0, 10.0, 20.0)]
    data = received(echoes(0.25, seed=15, mirrors=wires(places, 70), beam=constant_beam(0.6)))
    return with_scale([grey(data, low=-40, high=25)])
