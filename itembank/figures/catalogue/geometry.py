"""Words of the line drawings and plots of geometry and beam physics."""

from itembank.figures import geometry as g
from itembank.figures.figure import Bank, Figure, figure

R: Bank = "radiographer"
DRAWING = ("Line drawing, not to scale.", "示意图，未按比例绘制。")


def geometry_figures() -> list[Figure]:
    """All drawings and plots in the order of the catalogue."""
    return [*_rays(), *_plots(), *_positions()]


def _rays() -> list[Figure]:
    return [
        figure(
            "geo-sid-oid",
            R,
            g.sid_oid,
            title=("Source, object and receptor", "焦点、物体与探测器"),
            alt=(
                "Point source above, a flat object, a receptor; distances 100 cm and 10 cm.",
                "上方为点状焦点，下面依次为扁平物体和探测器；标注距离 100 cm 和 10 cm。",
            ),
            note=DRAWING,
            shows="SID 100 cm, OID 10 cm; M = 1.11.",
        ),
        figure(
            "geo-penumbra-pair",
            R,
            g.penumbra_pair,
            title=("Two object positions", "物体的两种位置"),
            alt=(
                "Two drawings, A and B: focal spot, object 10 cm or 40 cm above a receptor.",
                "两幅示意图 A 与 B：焦点、物体、探测器；物体距探测器 10 cm 或 40 cm。",
            ),
            note=(
                "Line drawing; distance from focal spot to receptor 100 cm in both; the spot is "
                "drawn much enlarged.",
                "示意图；两者焦点至探测器的距离均为 100 cm；焦点被明显放大。",
            ),
            shows="Penumbra grows with OID: A 10 cm (0.11 x spot), B 40 cm (0.67 x spot).",
        ),
        figure(
            "geo-line-focus",
            R,
            g.line_focus,
            title=("Two anodes", "两种阳极"),
            alt=(
                "Two anodes, A 7 degrees and B 15 degrees; lines go down from the focal track.",
                "两个阳极，A 为 7°，B 为 15°；自焦点轨迹向下引线。",
            ),
            note=(
                "Line drawing; focal track of 4 mm in A and B, electrons from the right.",
                "示意图；A 与 B 的焦点轨迹长度均为 4 mm，电子自右侧射来。",
            ),
            shows="Line focus principle: effective spot A 0.49 mm, B 1.04 mm (4 mm x sine).",
        ),
        figure(
            "geo-distortion",
            R,
            g.distortion,
            title=("Object, receptor and beam", "物体、探测器与射线束"),
            alt=(
                "Three drawings, A, B and C: a rod under a vertical beam over a receptor; rod or "
                "receptor may lean.",
                "三幅示意图（A、B、C）：垂直射线束、杆状物与探测器；杆或探测器可倾斜。",
            ),
            note=(
                "Line drawing; parallel vertical beam; grey bar: projection.",
                "示意图；平行垂直射线束；灰条为投影。",
            ),
            shows="A level; B object tilted 35 degrees, shadow x 0.82; C receptor tilted, x 1.22.",
        ),
    ]


def _plots() -> list[Figure]:
    return [
        figure(
            "geo-inverse-square",
            R,
            g.inverse_square,
            title=("Intensity against distance", "强度与距离"),
            alt=(
                "Falling curve of intensity in percent against distance from 50 to 300 cm.",
                "强度（%）随距离（50 至 300 cm）下降的曲线。",
            ),
            note=("Point source in air; 100 % at 100 cm.", "空气中的点源；100 cm 处为 100 %。"),
            shows="Inverse square: 400 % at 50 cm, 25 % at 200 cm.",
        ),
        figure(
            "geo-hvl",
            R,
            g.half_value_layers,
            title=("Transmission of two beams", "两束射线的透过率"),
            alt=(
                "Two falling curves, A and B, of transmission in percent against mm of aluminium.",
                "两条下降曲线（A、B）：透过率（%）随铝厚度（mm）变化。",
            ),
            note=("Two beams of one energy each.", "两束单能射线。"),
            shows="Half-value layer A 2 mm, B 4 mm aluminium.",
        ),
        figure(
            "geo-spectra",
            R,
            g.spectra,
            title=("Two tube spectra", "两条球管能谱"),
            alt=(
                "Two spectra, A dashed and B solid, against photon energy in keV.",
                "两条能谱曲线（A 虚线、B 实线），横轴为光子能量（keV）。",
            ),
            note=(
                "Tungsten anode, 2.5 mm aluminium, same mAs; relative number of photons.",
                "钨靶，2.5 mm 铝滤过，mAs 相同；光子相对数目。",
            ),
            shows="A 80 kVp, B 120 kVp; characteristic lines near 59 and 67 keV.",
        ),
    ]


def _positions() -> list[Figure]:
    return [
        figure(
            "geo-oblique",
            R,
            g.oblique,
            title=("Trunk seen from the feet", "从足侧观察的躯干"),
            alt=(
                "Oval trunk with a spine, turned 45 degrees over a receptor; beam from above; "
                "letters R and L.",
                "椭圆形躯干及脊柱，在探测器上方转动 45°；射线自上方射入；标有 R 和 L。",
            ),
            note=(
                "Line drawing; R and L are the patient's sides; grey: vertebra.",
                "示意图；R 与 L 为受检者左右侧；灰色为椎骨。",
            ),
            shows="RPO 45 degrees: supine, right posterior side on the receptor.",
        ),
        figure(
            "geo-chest-rotation",
            R,
            g.chest_rotation,
            title=("Clavicles and spinous processes", "锁骨与棘突"),
            alt=(
                "Two clavicles and a row of spinous processes; distances 22 mm and 9 mm.",
                "两侧锁骨与一列棘突；标注距离 22 mm 和 9 mm。",
            ),
            note=DRAWING,
            shows="Rotated chest: medial clavicle ends 22 mm and 9 mm from the middle.",
        ),
        figure(
            "geo-knee-angle",
            R,
            g.knee_angle,
            title=("Knee, three patients from the side", "膝关节，三名受检者侧面观"),
            alt=(
                "Three lying figures, A 17 cm, B 21 cm, C 26 cm thick, with a beam at the knee.",
                "三个仰卧人形，厚度 A 17 cm、B 21 cm、C 26 cm，射线束对准膝部。",
            ),
            note=(
                "Line drawing; feet to the right; distance from iliac spine to table; angle drawn "
                "three times too large.",
                "示意图；足在右侧；标注髂前上棘至床面的距离；角度放大三倍绘制。",
            ),
            shows="A 5 degrees caudad, B perpendicular, C 5 degrees cephalad.",
        ),
    ]
