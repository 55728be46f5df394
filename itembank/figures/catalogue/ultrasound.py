"""Words of the B-mode figures."""

from collections.abc import Callable

from itembank.figures import ultrasound as u
from itembank.figures.canvas import Pixels
from itembank.figures.figure import Figure, figure

B_MODE = ("B-mode picture", "B 型图像")
PAIR = ("B-mode, two settings", "B 型图像，两种设置")
SCALE = ("Speckle phantom, not a patient; depth in mm.", "散斑体模，并非患者图像；深度单位 mm。")


def entry(
    name: str,
    draw: Callable[[], Pixels],
    alt: tuple[str, str],
    shows: str,
    *,
    title: tuple[str, str] = B_MODE,
    note: tuple[str, str] = SCALE,
) -> Figure:
    """A figure of the sonographer bank with the usual title and caption."""
    return figure(name, "sonographer", draw, title=title, alt=alt, note=note, shows=shows)


def ultrasound_figures() -> list[Figure]:
    """All B-mode figures in the order of the catalogue."""
    return [*_propagation(), *_equipment(), *_pairs()]


def _propagation() -> list[Figure]:
    return [
        entry(
            "us-cyst",
            u.cyst,
            (
                "Grey tissue with a round black target; the tissue beneath it is brighter.",
                "灰色组织内有一圆形黑色目标，其下方组织较亮。",
            ),
            "Anechoic target of 15 mm at 35 mm; 7 dB posterior enhancement.",
        ),
        entry(
            "us-stone",
            u.stone,
            (
                "Grey tissue with a small bright arc; a dark strip lies beneath it.",
                "灰色组织内有一小段亮弧，其下方为一条暗带。",
            ),
            "Strong reflector at 35 mm with a clean acoustic shadow.",
        ),
        entry(
            "us-reverberation",
            u.reverberation,
            (
                "Level bright lines at 10, 20, 30 mm and deeper, each fainter than the one above.",
                "在 10、20、30 mm 及更深处有水平亮线，逐条变淡。",
            ),
            "Reverberation: equally spaced copies every 10 mm, each 6 dB weaker.",
        ),
        entry(
            "us-ring-down",
            u.ring_down,
            (
                "Grey tissue with a bright spot at 25 mm and a bright stripe beneath it.",
                "灰色组织内 25 mm 处有一亮点，其下方为一条亮带。",
            ),
            "Ring-down behind gas at 25 mm: one unbroken bright tail.",
        ),
        entry(
            "us-mirror",
            u.mirror,
            (
                "A bright curved line at 45 mm; one round bright target above it and one beneath.",
                "45 mm 处有一条弯曲亮线；其上方和下方各有一个圆形亮目标。",
            ),
            "Mirror image: ball at 30 mm, reflector at 45 mm, false copy at 60 mm.",
        ),
        entry(
            "us-edge-shadow",
            u.edge_shadow,
            (
                "A round grey target; two narrow dark bands run down from its sides.",
                "圆形灰色目标，其两侧各有一条窄暗带向下延伸。",
            ),
            "Refraction edge shadows behind the tangents of a round target of 22 mm.",
        ),
        entry(
            "us-speed-error",
            u.speed_error,
            (
                "A darker layer over a bright line at about 60 mm whose middle part lies lower.",
                "较暗的一层下方约 60 mm 处有一条水平亮线，其中段位置较低。",
            ),
            "Speed error: 30 mm of fat (1450 m/s), reflector drawn 1.9 mm too deep.",
        ),
    ]


def _equipment() -> list[Figure]:
    return [
        entry(
            "us-side-lobe",
            u.side_lobe,
            (
                "A round black target with a faint slanting line inside; a bright line beside it.",
                "圆形黑色目标内有一条淡的斜线；旁边有一个亮反射体。",
            ),
            "Side lobe: false echo of the reflector at the right inside the cyst.",
        ),
        entry(
            "us-tgc-band",
            u.tgc_band,
            (
                "Grey tissue with one bright level band between 35 and 45 mm.",
                "灰色组织，在 35 至 45 mm 之间有一条水平亮带。",
            ),
            "One TGC control 12 dB too high between 35 and 45 mm.",
        ),
        entry(
            "us-dead-elements",
            u.dead_elements,
            (
                "Grey tissue with one dark upright stripe from the top to the bottom.",
                "灰色组织，有一条从上到下的竖直暗带。",
            ),
            "Dead elements of a linear array: drop-out from the very top at all depths.",
        ),
        entry(
            "us-phantom",
            u.phantom,
            (
                "Test phantom with bright wires in a column and in a row; depth scale in mm.",
                "测试体模，亮点（线靶）排成一列和一行；深度标尺单位 mm。",
            ),
            "Wires truly 10 mm apart drawn 10.6 mm apart (medium 1450 m/s, system 1540 m/s).",
            title=("Test phantom", "测试体模"),
            note=("Wires are 10 mm apart; depth in mm.", "线靶间距 10 mm；深度单位 mm。"),
        ),
    ]


def _pairs() -> list[Figure]:
    return [
        entry(
            "us-focus-pair",
            u.focus_pair,
            (
                "Two pictures, A and B, of seven wires in a column; the wires' widths differ.",
                "两幅图 A 与 B，一列七个线靶，宽度各不相同。",
            ),
            "Focus A 20 mm, B 60 mm.",
            title=PAIR,
            note=("Same wires every 10 mm; depth in mm.", "线靶相同，间距 10 mm；深度单位 mm。"),
        ),
        entry(
            "us-axial-pair",
            u.axial_pair,
            (
                "Two pictures, A and B, of three pairs of wires one above the other.",
                "两幅图 A 与 B，三对上下排列的线靶。",
            ),
            "Axial resolution, 3 cycles: A 3 MHz (0.77 mm), B 10 MHz (0.23 mm).",
            title=PAIR,
            note=(
                "Pairs 1.0, 0.5 and 0.25 mm apart from above; marks every 1 mm.",
                "自上而下线靶间距为 1.0、0.5、0.25 mm；刻度间隔 1 mm。",
            ),
        ),
        entry(
            "us-lateral-pair",
            u.lateral_pair,
            (
                "Two pictures, A and B, of pairs of wires at 20, 40 and 60 mm.",
                "两幅图 A 与 B，在 20、40、60 mm 处各有一对线靶。",
            ),
            "Lateral resolution, wires 3 mm apart: A small aperture, B large, focus 40 mm.",
            title=PAIR,
            note=(
                "Same wires, 3 mm apart sideways; depth in mm.",
                "线靶相同，横向间距 3 mm；深度单位 mm。",
            ),
        ),
        entry(
            "us-dynamic-range-pair",
            u.dynamic_range_pair,
            (
                "Two pictures, A and B, of one phantom with different contrast.",
                "同一体模的两幅图 A 与 B，对比度不同。",
            ),
            "Dynamic range A 30 dB, B 70 dB, same data.",
            title=PAIR,
        ),
    ]
