"""Words of the MRI figures."""

from itembank.figures import mri
from itembank.figures.figure import Bank, Figure, figure

R: Bank = "radiographer"
HEAD = ("MR slice, head phantom", "MR 断面，头部体模")
TRUNK = ("MR slice, trunk phantom", "MR 断面，躯干体模")
AXES = (
    "frequency direction left-right, phase direction up-down.",
    "频率编码方向为左右，相位编码方向为上下。",
)
NOTE = (f"Phantom, not a patient; {AXES[0]}", f"体模，并非患者图像；{AXES[1]}")


def mri_figures() -> list[Figure]:
    """All MRI figures in the order of the catalogue."""
    return [*_contrast(), *_k_space(), *_field()]


def _contrast() -> list[Figure]:
    return [
        figure(
            "mri-contrast-triple",
            R,
            mri.contrast_triple,
            title=("One slice, three spin-echo settings", "同一断面，三种自旋回波参数"),
            alt=(
                "One head-like slice three times, A, B and C, with different grey levels.",
                "同一头部样断面显示三次（A、B、C），灰阶不同。",
            ),
            note=(
                "Spin echo at 1.5 T; each picture scaled to its brightest tissue.",
                "1.5 T 自旋回波；每幅图按最亮组织调整灰阶。",
            ),
            shows="A TR 500/TE 15 (T1w), B TR 2500/TE 15 (PD), C TR 4000/TE 100 (T2w).",
        ),
        figure(
            "mri-nex-pair",
            R,
            mri.nex_pair,
            title=("One slice, two acquisitions", "同一断面，两次采集"),
            alt=(
                "Two head-like slices, A and B, with different grain.",
                "两幅头部样断面 A 与 B，颗粒程度不同。",
            ),
            note=("A and B differ in one setting only.", "A 与 B 仅有一个参数不同。"),
            shows="A NEX 1, B NEX 4: SNR doubles.",
        ),
        figure(
            "mri-ir-curves",
            R,
            mri.inversion_curves,
            title=("Signal after an inversion pulse", "反转脉冲后的信号"),
            alt=(
                "Two curves, A solid and B dashed, against ms; each falls to zero and rises.",
                "两条曲线（A 实线、B 虚线）随时间（ms）变化，均先降到零再上升。",
            ),
            note=(
                "Magnitude against inversion time, TR much longer than T1.",
                "信号幅度随反转时间变化，TR 远大于 T1。",
            ),
            shows="A T1 250 ms (null 173 ms), B T1 4000 ms (null 2773 ms).",
        ),
    ]


def _k_space() -> list[Figure]:
    return [
        figure(
            "mri-gibbs",
            R,
            mri.gibbs,
            title=("MR slice, block phantom", "MR 断面，方块体模"),
            alt=(
                "Bright rectangle with a dark slot; fine parallel lines near its horizontal edges.",
                "亮矩形内有一暗槽；水平边缘附近有细的平行线。",
            ),
            note=NOTE,
            shows="Gibbs ringing: 64 phase lines, overshoot about 9 % of the step.",
        ),
        figure(
            "mri-wrap",
            R,
            mri.wrap,
            title=HEAD,
            alt=(
                "Head-like slice, wide and low; its upper and lower parts lie over each other.",
                "头部样断面，宽而低；上下部分相互重叠。",
            ),
            note=NOTE,
            shows="Wrap-around: phase field of view half the object.",
        ),
        figure(
            "mri-motion-ghost",
            R,
            mri.ghosts,
            title=TRUNK,
            alt=(
                "Oval trunk with a round bright vessel and fainter spots in a column with it.",
                "椭圆形躯干，有一个圆形亮血管，在同一竖列上有较淡的圆斑。",
            ),
            note=NOTE,
            shows="Pulsation ghosts in the phase direction only, every 43 of 256 pixels.",
        ),
        figure(
            "mri-spike",
            R,
            mri.spike,
            title=HEAD,
            alt=(
                "Head-like slice covered by even slanting stripes.",
                "头部样断面，整幅图像布满均匀的斜条纹。",
            ),
            note=NOTE,
            shows="Spike (corduroy, herringbone): one pair of wrong points in k-space.",
        ),
        figure(
            "mri-zipper",
            R,
            mri.zipper,
            title=HEAD,
            alt=(
                "Head-like slice with one dotted bright line from top to bottom.",
                "头部样断面，有一条从上到下的点状亮线。",
            ),
            note=NOTE,
            shows="Zipper: radio-frequency leak at one frequency, line along phase.",
        ),
    ]


def _field() -> list[Figure]:
    return [
        figure(
            "mri-chemical-shift",
            R,
            mri.chemical_shift,
            title=("MR slice, water objects in fat", "MR 断面，脂肪中的含水物体"),
            alt=(
                "Oval of fat with two kidney-like bodies and a round one; each has one dark and "
                "one bright side.",
                "椭圆形脂肪内有两个肾形物体和一个圆形物体，其一侧边缘暗，另一侧边缘亮。",
            ),
            note=(f"1.5 T; {AXES[0]}", f"1.5 T；{AXES[1]}"),
            shows="Chemical shift of 4 pixels: 224 Hz at 1.5 T with 56 Hz per pixel.",
        ),
        figure(
            "mri-susceptibility",
            R,
            mri.susceptibility,
            title=HEAD,
            alt=(
                "Head-like slice with a black hole that has a bright, bent edge.",
                "头部样断面，有一个边缘明亮且变形的黑色空洞。",
            ),
            note=("Gradient echo, phantom with a small clip.", "梯度回波，体模内有一个小夹子。"),
            shows="Susceptibility: signal void and distortion around metal.",
        ),
    ]
