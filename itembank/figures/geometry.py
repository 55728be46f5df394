"""Line drawings and plots of radiographic geometry and beam physics; lengths in cm."""

from collections.abc import Sequence

import numpy as np

from itembank.figures.canvas import FAINT, INK, MID, Axes, Drawing, Floats, Pixels, Point

METAL = 46  # grey of a plate


def magnification(source_receptor: float, object_receptor: float) -> float:
    """SID / SOD."""
    return source_receptor / (source_receptor - object_receptor)


def penumbra(spot: float, source_receptor: float, object_receptor: float) -> float:
    """Geometric unsharpness, focal spot x OID / SOD, in the unit of the spot."""
    return spot * object_receptor / (source_receptor - object_receptor)


def measure(drawing: Drawing, x: float, top: float, bottom: float, label: str) -> None:
    """A dimension line with its number to the right."""
    middle = (top + bottom) / 2
    drawing.arrow((x, middle), (x, top), MID)
    drawing.arrow((x, middle), (x, bottom), MID)
    drawing.text((x + 12, middle), label, 24, "lm")


def plate(drawing: Drawing, start: Point, end: Point) -> None:
    """An image receptor seen from its edge."""
    drawing.line([start, end], INK, 8)


def sid_oid() -> Pixels:
    """One source, one object, one receptor: 100 cm and 10 cm (drawn with OID enlarged)."""
    drawing = Drawing(560, 520)
    source, plane, receptor = 40.0, 370.0, 450.0
    scale = (receptor - source) / (plane - source)
    drawing.ellipse((230, source), 7, fill=INK)
    for side in (-1, 1):
        drawing.line([(230, source), (230 + side * 70 * scale, receptor)], MID, 2)
    drawing.line([(160, plane), (300, plane)], INK, 14)
    plate(drawing, (60, receptor), (400, receptor))
    drawing.line([(230 - 70 * scale, receptor + 16), (230 + 70 * scale, receptor + 16)], MID, 8)
    drawing.line([(245, source), (455, source)], FAINT, 1, 6)
    drawing.line([(305, plane), (372, plane)], FAINT, 1, 6)
    measure(drawing, 435, source, receptor - 5, "100 cm")
    measure(drawing, 340, plane, receptor - 5, "10")
    return drawing.finish()


def penumbra_pair() -> Pixels:
    """A object 10 cm, B 40 cm above the receptor; the focal spot is drawn wide."""
    drawing = Drawing(680, 500)
    source, receptor = 50.0, 440.0
    for middle, lift, name in ((170.0, 10.0, "A"), (510.0, 40.0, "B")):
        plane = receptor - lift / 100 * (receptor - source)
        drawing.letter(round(middle) - 150, 8, name)
        drawing.line([(middle - 22, source), (middle + 22, source)], INK, 7)
        blur = 44 * lift / (100 - lift)
        edge = middle
        for side in (-1, 1):
            drawing.line([(middle + side * 22, source), (edge - side * blur / 2, receptor)], MID, 2)
        drawing.line([(edge, plane), (edge + 100, plane)], INK, 12)
        plate(drawing, (middle - 110, receptor), (middle + 130, receptor))
        drawing.polygon(
            [
                (edge - blur / 2, receptor + 8),
                (edge + blur / 2, receptor + 8),
                (edge + blur / 2, receptor + 30),
                (edge - blur / 2, receptor + 30),
            ],
            fill=MID,
        )
        measure(drawing, middle + 112, plane + 6, receptor - 4, f"{lift:g}")
    drawing.text((340, receptor + 44), "cm", 21, ink=MID)
    return drawing.finish()


def inverse_square_percent(distance: Floats, reference: float = 100.0) -> Floats:
    """Intensity in % of that at the reference distance."""
    return 100 * (reference / distance) ** 2


def inverse_square() -> Pixels:
    """50 to 300 cm, 100 % at 100 cm."""
    drawing = Drawing(640, 440)
    axes = Axes(box=(80, 45, 610, 370), x=(0, 300), y=(0, 400))
    axes.frame(
        drawing, x_ticks=range(0, 301, 50), y_ticks=range(0, 401, 100), x_unit="cm", y_unit="%"
    )
    distance = np.linspace(50, 300, 400)
    axes.curve(drawing, distance, inverse_square_percent(distance))
    for point in (50.0, 100.0, 200.0):
        place = axes.at(point, float(inverse_square_percent(np.array([point]))[0]))
        drawing.ellipse(place, 7, fill=INK)
    return drawing.finish()


def transmission_percent(depth: Floats, half_value: float) -> Floats:
    """What passes `depth` of a filter with that half-value layer, in %."""
    return 100 * 0.5 ** (depth / half_value)


def half_value_layers() -> Pixels:
    """A 2 mm, B 4 mm aluminium."""
    drawing = Drawing(640, 440)
    axes = Axes(box=(80, 45, 610, 370), x=(0, 12), y=(0, 100))
    axes.frame(
        drawing, x_ticks=range(0, 13, 2), y_ticks=(0, 25, 50, 75, 100), x_unit="mm Al", y_unit="%"
    )
    depth = np.linspace(0, 12, 400)
    axes.curve(drawing, depth, transmission_percent(depth, 2.0))
    axes.curve(drawing, depth, transmission_percent(depth, 4.0), dash=10)
    drawing.text(axes.at(2.0, 38), "A", 26)
    drawing.text(axes.at(4.7, 54), "B", 26)
    return drawing.finish()


def aluminium(energy: Floats) -> Floats:
    """Attenuation of aluminium in 1/mm, 15-150 keV, through the NIST XCOM table values."""
    keV = np.array([15, 20, 30, 40, 50, 60, 80, 100, 150], dtype=np.float64)
    per_g = np.array([7.955, 3.441, 1.128, 0.5685, 0.3681, 0.2778, 0.2018, 0.1704, 0.1378])
    return np.asarray(
        np.exp(np.interp(np.log(energy), np.log(keV), np.log(per_g))) * 0.27, dtype=np.float64
    )


def spectrum(energy: Floats, peak: float, filter_mm: float = 2.5) -> Floats:
    """Photons per keV, arbitrary unit: Kramers' law, tungsten K lines, aluminium filter.

    Kramers (1923), Phil. Mag. 46, 836; line strength (U - 1)^1.63, Green & Cosslett (1968).
    """
    photons = np.maximum(peak - energy, 0.0) / energy
    if peak > 69.5:
        strength = 0.9 * (peak / 69.5 - 1) ** 1.63
        for line, share in ((59.3, 1.0), (57.98, 0.58), (67.2, 0.33), (69.1, 0.09)):
            photons = photons + 4 * strength * share * np.exp(-0.5 * ((energy - line) / 0.5) ** 2)
    return np.asarray(photons * np.exp(-aluminium(energy) * filter_mm), dtype=np.float64)


def spectra() -> Pixels:
    """A 80 kVp, B 120 kVp, same mAs."""
    drawing = Drawing(660, 430)
    energy = np.linspace(15, 125, 1101)
    curves = [spectrum(energy, peak) for peak in (80.0, 120.0)]
    top = float(np.max(curves))
    axes = Axes(box=(40, 30, 630, 360), x=(0, 130), y=(0, top * 1.05))
    axes.frame(drawing, x_ticks=range(0, 131, 20), x_unit="keV")
    axes.curve(drawing, energy, curves[0], dash=7)
    axes.curve(drawing, energy, curves[1])
    for name, curve, place in (("A", curves[0], 30.0), ("B", curves[1], 40.0)):
        height = float(np.interp(place, energy, curve))
        drawing.text(axes.at(place, height + 0.07 * top), name, 26)
    return drawing.finish()


def effective_spot(actual: float, anode_angle: float) -> float:
    """Line focus principle: actual length x sin(anode angle in degrees)."""
    return float(actual * np.sin(np.deg2rad(anode_angle)))


def line_focus() -> Pixels:
    """A 7 degrees, B 15 degrees, same length of focal track (angles drawn as they are)."""
    drawing = Drawing(680, 400)
    for left, angle, name in ((30.0, 7.0, "A"), (365.0, 15.0, "B")):
        drawing.letter(round(left) - 20, 8, name)
        slope = np.tan(np.deg2rad(angle))
        top, length = (left + 150.0, 70.0), 190.0

        face = [(top[0], top[1]), (top[0] + length * slope, top[1] + length)]
        drawing.polygon(
            [face[0], face[1], (left, top[1] + length), (left, top[1])], fill=METAL, ink=MID
        )
        begin = (top[0] + 25 * slope, top[1] + 25)
        end = (top[0] + 165 * slope, top[1] + 165)
        drawing.line([begin, end], INK, 7)
        for x, y in (begin, end):
            drawing.line([(x, y), (x, 350)], MID, 2)
        drawing.line([(begin[0], 356), (end[0], 356)], INK, 7)
        for y in (begin[1] + 35, begin[1] + 105):
            drawing.arrow((left + 290, y), (top[0] + (y - top[1]) * slope + 8, y), MID)
        drawing.text((end[0] + 60, 330), f"{angle:g}°", 26)
    return drawing.finish()


def shadow(tilt_object: float, tilt_receptor: float, length: float = 1.0) -> float:
    """Length of the shadow in a parallel vertical beam; tilts in degrees.

    Measured along the receptor: length x cos(object tilt) / cos(receptor tilt).
    """
    return float(length * np.cos(np.deg2rad(tilt_object)) / np.cos(np.deg2rad(tilt_receptor)))


def distortion() -> Pixels:
    """A both level, B object tilted 35 degrees, C receptor tilted 35 degrees."""
    drawing = Drawing(700, 360)
    for i, (tilt_object, tilt_receptor) in enumerate(((0.0, 0.0), (35.0, 0.0), (0.0, 35.0))):
        middle = 118.0 + 232 * i
        drawing.letter(round(middle) - 112, 8, "ABC"[i])
        turn, lean = np.deg2rad(tilt_object), np.deg2rad(tilt_receptor)
        half = 65.0
        ends = [(middle + s * half * np.cos(turn), 150 - s * half * np.sin(turn)) for s in (-1, 1)]
        floor = [(middle + s * 98 * np.cos(lean), 275 - s * 98 * np.sin(lean)) for s in (-1, 1)]
        plate(drawing, floor[0], floor[1])
        marks = []
        for x, _ in ends:
            below = 275 - (x - middle) * np.tan(lean)
            drawing.line([(x, 40), (x, below)], FAINT, 2, 7)
            marks.append((x, below + 16))
            drawing.arrow((x, 28), (x, 60), MID)
        drawing.line(ends, INK, 13)
        drawing.line(marks, MID, 9)
    return drawing.finish()


def turned(points: Sequence[Point], degrees: float, centre: Point) -> list[Point]:
    """Points turned clockwise on the screen around the centre."""
    angle = np.deg2rad(degrees)
    c, s = float(np.cos(angle)), float(np.sin(angle))
    return [(centre[0] + c * x - s * y, centre[1] + s * x + c * y) for x, y in points]


def oblique() -> Pixels:
    """Trunk seen from the feet, supine then turned 45 degrees onto the right back (RPO).

    From the feet of a supine person the right side is on the viewer's left. Turned
    anticlockwise, the right side goes down onto the table and the left side up.
    """
    drawing = Drawing(560, 440)
    centre = (280.0, 245.0)
    outline = [
        (150 * float(np.cos(t)), 92 * float(np.sin(t))) for t in np.linspace(0, 2 * np.pi, 120)
    ]
    turn = -45.0
    drawing.polygon(turned(outline, turn, centre), fill=34, ink=INK)
    spine = [(26 * np.cos(t), 48 + 24 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 40)]
    drawing.polygon(turned(spine, turn, centre), fill=MID)
    process = [(-7, 68), (7, 68), (4, 90), (-4, 90)]
    drawing.polygon(turned(process, turn, centre), fill=MID)
    (right,) = turned([(-104, -34)], turn, centre)
    (left,) = turned([(104, -34)], turn, centre)
    drawing.text(right, "R", 30)
    drawing.text(left, "L", 30)
    plate(drawing, (60, 376), (500, 376))
    drawing.arrow((280, 20), (280, 92), INK, 3, 14)
    drawing.line([(280, 100), (280, 370)], FAINT, 2, 8)
    drawing.line([(153, 372), (430, 95)], FAINT, 2, 8)  # from side to side of the body
    arc = [(153 + 62 * np.cos(a), 372 - 62 * np.sin(a)) for a in np.linspace(0, np.pi / 4, 20)]
    drawing.line([(float(x), float(y)) for x, y in arc], MID, 2)
    drawing.text((182, 410), "45°", 25)
    return drawing.finish()


def chest_rotation() -> Pixels:
    """Medial clavicle ends 22 mm and 9 mm from the line of spinous processes."""
    drawing = Drawing(560, 440)
    middle, scale = 290.0, 4.4
    for y in range(60, 420, 58):
        drawing.polygon([(middle, y), (middle + 9, y + 24), (middle - 9, y + 24)], fill=MID)
    drawing.line([(middle, 30), (middle, 420)], FAINT, 1, 6)
    for side, gap in ((-1, 22.0), (1, 9.0)):
        end = middle + side * gap * scale
        bow = [
            (end + side * t * 190, 168 - 74 * t + 24 * np.sin(2 * np.pi * t))
            for t in np.linspace(0, 1, 30)
        ]
        drawing.line(bow, INK, 22)
        drawing.ellipse((end, 168), 15, fill=INK)
        inner = end - side * 15
        drawing.line([(inner, 200), (inner, 262)], MID, 2, 5)
        drawing.line([(middle, 250), (inner, 250)], MID, 3)
        drawing.text(((middle + inner) / 2, 280), f"{gap:g}", 25)
    drawing.text((520, 410), "mm", 22, ink=MID)
    return drawing.finish()


def knee_angle() -> Pixels:
    """Trunk thickness over the table and the central ray at the knee, three patients from the side.

    Feet to the right. A 17 cm: 5 degrees caudad; B 21 cm: perpendicular; C 26 cm: 5 cephalad.
    The angle is drawn three times as large as it is.
    """
    drawing = Drawing(640, 600)
    for i, (thick, tilt) in enumerate(((17.0, 5.0), (21.0, 0.0), (26.0, -5.0))):
        base = 185.0 + 195 * i
        drawing.letter(6, round(base) - 170, "ABC"[i])
        height = 4.2 * thick
        drawing.line([(40, base + 4), (620, base + 4)], MID, 4)
        drawing.polygon(
            [
                (60, base),
                (60, base - 0.8 * height),
                (130, base - height),
                (190, base - height),
                (250, base - 52),
                (400, base - 42),
                (520, base - 30),
                (575, base - 30),
                (585, base - 62),
                (600, base - 60),
                (600, base),
            ],
            fill=34,
            ink=INK,
        )
        drawing.line([(190, base), (190, base - height)], INK, 2, 6)
        drawing.text((200, base - height - 20), f"{thick:g} cm", 24, "lm")
        lean = np.tan(np.deg2rad(3 * tilt))
        drawing.arrow((400 - 130 * lean, base - 160), (400 - 8 * lean, base - 48), INK, 3, 14)
        drawing.line([(400, base - 160), (400, base - 48)], FAINT, 1, 6)
        if tilt:
            drawing.text((438 if tilt > 0 else 352, base - 140), "5°", 24)
    return drawing.finish()
