"""Words of the beam, M-mode, elastography and colour figures and of two drawings."""

from itembank.figures import sono_plots as s
from itembank.figures.figure import Bank, Figure, figure

S: Bank = "sonographer"


def sono_plot_figures() -> list[Figure]:
    """All these figures in the order of the catalogue."""
    return [*_maps(), *_colour_and_drawings()]


def _maps() -> list[Figure]:
    return [
        figure(
            "us-beam",
            S,
            s.beam,
            title=("Beam of a flat disc", "平面圆盘声束"),
            alt=(
                "Map of intensity along a beam, depth 0 to 600 mm, 20 mm to either side.",
                "声束强度分布图，深度 0 至 600 mm，两侧各 20 mm。",
            ),
            note=(
                "Flat disc of 19 mm, 5 MHz, continuous wave, 1540 m/s; brighter is stronger.",
                "直径 19 mm 平面圆盘，5 MHz 连续波，1540 m/s；越亮越强。",
            ),
            shows="Near-zone length 293 mm (last maximum on the axis), then divergence.",
        ),
        figure(
            "us-mmode",
            S,
            s.m_mode,
            title=("M-mode", "M 型"),
            alt=(
                "M-mode: a still line at 14 mm and a wavy line between 30 and 40 mm, 0 to 3 s.",
                "M 型：14 mm 处有一条静止线，30 至 40 mm 之间有一条波动线，时间 0 至 3 s。",
            ),
            note=("Depth in mm down, time in s across.", "纵轴为深度（mm），横轴为时间（s）。"),
            shows="Wall moves 10 mm (30 to 40 mm), period 0.5 s = 120 per minute.",
        ),
        figure(
            "us-elastography",
            S,
            s.elastography,
            title=("Shear-wave map", "剪切波速度图"),
            alt=(
                "Colour map with a round area of another colour; scale 0 to 5 m/s.",
                "彩色图，内有一个颜色不同的圆形区域；标尺 0 至 5 m/s。",
            ),
            note=("Shear-wave speed in m/s.", "剪切波速度，单位 m/s。"),
            shows="Inclusion 4.0 m/s (48 kPa) in 1.5 m/s (6.75 kPa).",
        ),
    ]


def _colour_and_drawings() -> list[Figure]:
    return [
        figure(
            "us-colour-alias",
            S,
            s.colour_alias,
            title=("Colour Doppler", "彩色多普勒"),
            alt=(
                "Nearly level vessel: red and yellow at its walls, blue in its middle; scale "
                "+30 to -30 cm/s.",
                "近水平血管：管壁处为红、黄色，中央为蓝色；标尺 +30 至 -30 cm/s。",
            ),
            note=(
                "Red and yellow: towards the probe, blue: away.",
                "红、黄色：朝向探头；蓝色：背离探头。",
            ),
            shows="Aliasing: 48 cm/s in the middle at +-30 cm/s; yellow to cyan, no black.",
        ),
        figure(
            "us-colour-turn",
            S,
            s.colour_turn,
            title=("Colour Doppler", "彩色多普勒"),
            alt=(
                "Arched vessel: left limb red, right limb blue; scale +30 to -30 cm/s.",
                "弓形血管：左支为红色，右支为蓝色；标尺 +30 至 -30 cm/s。",
            ),
            note=(
                "Red and yellow: towards the probe, blue: away.",
                "红、黄色：朝向探头；蓝色：背离探头。",
            ),
            shows="True turn of the flow: red, black at the top (90 degrees), blue; no aliasing.",
        ),
        figure(
            "us-snell",
            S,
            s.snell,
            title=("Beam at an interface", "界面处的声束"),
            alt=(
                "Beam meets an interface at 30 degrees; above 1540 m/s, beneath 1450 m/s.",
                "声束以 30° 射向界面；上方 1540 m/s，下方 1450 m/s。",
            ),
            note=(
                "Line drawing; dashed: at right angles to the interface.",
                "示意图；虚线垂直于界面。",
            ),
            shows="Refraction: 30 degrees becomes 28.1 degrees (1540 to 1450 m/s).",
        ),
        figure(
            "us-doppler-angle",
            S,
            s.doppler_angle,
            title=("Beam, vessel and cursor", "声束、血管与角度光标"),
            alt=(
                "Vessel at 60 degrees to a dashed beam; cursor A along it, cursor B turned away.",
                "血管与虚线声束成 60°；光标 A 与血管平行，光标 B 偏转。",
            ),
            note=(
                "Line drawing; the angle between cursor B and the beam is 10 degrees larger.",
                "示意图；光标 B 与声束的夹角大 10°。",
            ),
            shows="True angle 60; B set to 70 degrees: velocity x 1.46 (cos 60 / cos 70).",
        ),
    ]
