"""Words of the digital radiography figures."""

from itembank.figures import dr
from itembank.figures.figure import Bank, Figure, figure

R: Bank = "radiographer"


def dr_figures() -> list[Figure]:
    """All digital radiography figures in the order of the catalogue."""
    return [*_exposure(), *_detector()]


def _exposure() -> list[Figure]:
    return [
        figure(
            "dr-mottle-triple",
            R,
            dr.mottle_triple,
            title=("Disc phantom, three exposures", "圆盘体模，三次曝光"),
            alt=(
                "Three pictures, A, B and C, of nine discs; the grain differs.",
                "三幅图（A、B、C），各含九个圆盘，颗粒程度不同。",
            ),
            note=(
                "Same object and display; the grey scale follows the mean signal.",
                "物体和显示相同；灰阶随平均信号调整。",
            ),
            shows="Quantum mottle: A 50, B 200, C 800 quanta per pixel, SNR 7.1, 14.1, 28.3.",
        ),
        figure(
            "dr-grid-cutoff",
            R,
            dr.grid_cutoff,
            title=("Flat exposures through a grid", "滤线栅均匀曝光"),
            alt=(
                "Three grey strips, A, B and C, above three curves of exposure in percent.",
                "三条灰色带（A、B、C），下方为三条曝光量曲线（%）。",
            ),
            note=(
                "Focused grid 8:1, 100 cm; no object; profiles in % of A.",
                "聚焦式滤线栅 8:1，焦距 100 cm；无物体；曲线为相对 A 的百分比。",
            ),
            shows="A correct, B 5 cm off centre (uniform loss 40 %), C upside down (only centre).",
        ),
        figure(
            "dr-heel",
            R,
            dr.heel_profile,
            title=("Flat exposure and its profile", "均匀曝光及其剖面曲线"),
            alt=(
                "Grey strip and a curve of intensity in percent across the field in cm.",
                "一条灰色带，以及射野内强度（%）随位置（cm）变化的曲线。",
            ),
            note=(
                "No object, distance 100 cm, along the tube axis; 100 % on the central ray.",
                "无物体，距离 100 cm，沿球管长轴方向；中心线处为 100 %。",
            ),
            shows="Heel effect, anode angle 12 degrees: the anode lies to the left (lower).",
        ),
        figure(
            "dr-focal-spot-pair",
            R,
            dr.focal_spot_pair,
            title=("Line pairs, two exposures", "线对卡，两次曝光"),
            alt=(
                "Bars of 1 to 4 line pairs per mm in pictures A and B, with different sharpness.",
                "图 A 与 B 为 1 至 4 lp/mm 的线条，锐利程度不同。",
            ),
            note=("Magnification 1.5 in A and B.", "A 与 B 的放大率均为 1.5。"),
            shows="Focal spot A 0.6 mm, B 1.2 mm; in B 2.5 lp/mm vanishes, 3 lp/mm is reversed.",
        ),
    ]


def _detector() -> list[Figure]:
    return [
        figure(
            "dr-moire",
            R,
            dr.moire,
            title=("Small field, enlarged", "小视野放大图"),
            alt=(
                "Grey field with a finger-like object, crossed by regular upright bands.",
                "灰色视野内有手指状物体，并有规则的竖直条带。",
            ),
            note=(
                "Field of 12 mm, single pixels visible; stationary grid 4.0 lp/mm, pixel 0.139 mm.",
                "视野 12 mm，可见单个像素；固定滤线栅 4.0 lp/mm，像素 0.139 mm。",
            ),
            shows="Moire: 4.0 lp/mm appears at 3.19 lp/mm (7.19 - 4.0); bands every 1.2 mm.",
        ),
        figure(
            "dr-dead-line",
            R,
            dr.dead_line,
            title=("Step wedge, enlarged", "阶梯楔放大图"),
            alt=(
                "Steps from dark to bright with one thin dark line and a few dark points.",
                "由暗到亮的阶梯，有一条细暗线和几个暗点。",
            ),
            note=("Flat-panel picture, single pixels visible.", "平板探测器图像，可见单个像素。"),
            shows="One dead column and seven dead pixels, no correction.",
        ),
        figure(
            "dr-stitching",
            R,
            dr.stitching,
            title=("Long rod phantom", "长杆体模"),
            alt=(
                "Long bone-like rod; the lower half of the picture is brighter.",
                "长骨样杆状物；图像下半部分较亮。",
            ),
            note=("Composed of two exposures.", "由两次曝光拼接而成。"),
            shows="Stitching: brightness step and 3 mm sideways jump at the join.",
        ),
        figure(
            "dr-lag",
            R,
            dr.lag,
            title=("Rod phantom", "杆状体模"),
            alt=(
                "Fan of five rods; a slightly brighter rectangle lies across part of the picture.",
                "五根呈扇形的杆；图像一部分上叠有稍亮的矩形。",
            ),
            note=(
                "Flat-panel picture taken soon after another exposure.",
                "平板探测器图像，在另一次曝光后不久采集。",
            ),
            shows="Lag (ghost image): an earlier rectangle at 12 % of the scale.",
        ),
    ]
