"""Words of the CT figures."""

from itembank.figures import ct
from itembank.figures.figure import Bank, Figure, figure

BODY = ("Phantom of ellipses, not a patient", "椭圆组成的体模，并非患者图像")


def ct_figures() -> list[Figure]:
    """All CT figures in the order of the catalogue."""
    return [*_faults(), *_settings()]


def _faults() -> list[Figure]:
    r: Bank = "radiographer"
    trunk = ("CT slice, trunk phantom", "CT 断面，躯干体模")
    return [
        figure(
            "ct-clean",
            r,
            ct.clean,
            title=trunk,
            alt=(
                "Grey slice of an oval trunk with two dark lungs and small bright vessels.",
                "椭圆形躯干的灰阶断面，可见两侧较暗的肺和明亮的小血管。",
            ),
            note=(f"{BODY[0]}; W 400, L 40.", f"{BODY[1]}；窗宽 400，窗位 40。"),
            shows="Reference slice without artefact, W 400 L 40.",
        ),
        figure(
            "ct-ring",
            r,
            ct.ring,
            title=("CT slice, abdomen phantom", "CT 断面，腹部体模"),
            alt=(
                "Slice of an oval trunk; a thin circle lies around the middle of the picture.",
                "椭圆形躯干断面；图像中心周围有一圈细的圆形线条。",
            ),
            note=(f"{BODY[0]}; W 200, L 50.", f"{BODY[1]}；窗宽 200，窗位 50。"),
            shows="Ring artefact: one detector channel with 3 % wrong gain, radius 30 pixels.",
        ),
        figure(
            "ct-cupping",
            r,
            ct.cupping,
            title=("Water cylinder and profile", "水模及其 CT 值曲线"),
            alt=(
                "Round grey cylinder; beside it a curve of CT numbers along its diameter.",
                "圆形灰色水模；旁边是沿其直径的 CT 值曲线。",
            ),
            note=(
                "Uniform water cylinder of 240 mm, uncorrected beam; profile along the diameter.",
                "直径 240 mm 的均匀水模，射线束未经校正；右侧为沿直径的 CT 值曲线。",
            ),
            shows="Cupping by beam hardening: mu centre/edge about 0.93 (two-energy beam).",
        ),
        figure(
            "ct-metal",
            r,
            ct.metal,
            title=("CT slice, pelvis phantom", "CT 断面，骨盆体模"),
            alt=(
                "Oval slice with two very bright discs; dark and bright stripes start from them.",
                "椭圆形断面，内有两个极亮的圆盘，由其发出明暗条纹。",
            ),
            note=(f"{BODY[0]}; W 900, L -80.", f"{BODY[1]}；窗宽 900，窗位 -80。"),
            shows="Metal: dark band between two metal inserts of 44 mm, streaks.",
        ),
        figure(
            "ct-photon-starvation",
            r,
            ct.starvation,
            title=("CT slice, shoulder phantom", "CT 断面，肩部体模"),
            alt=(
                "Wide flat oval slice with two bright discs at its sides and fine grain.",
                "扁而宽的椭圆形断面，两侧各有一个亮圆盘，图像有细颗粒。",
            ),
            note=(f"{BODY[0]}; W 900, L 40.", f"{BODY[1]}；窗宽 900，窗位 40。"),
            shows="Photon starvation: streaks of noise along the long (lateral) axis.",
        ),
        figure(
            "ct-motion",
            r,
            ct.motion,
            title=trunk,
            alt=(
                "Slice of an oval trunk whose edges look doubled.",
                "椭圆形躯干断面，边缘呈双重轮廓。",
            ),
            note=(f"{BODY[0]}; W 800, L -60.", f"{BODY[1]}；窗宽 800，窗位 -60。"),
            shows="Motion: 8 mm sideways and 4 mm up for the second half of the views.",
        ),
        figure(
            "ct-truncation",
            r,
            ct.truncation,
            title=("CT slice, round scan field", "CT 断面，圆形扫描野"),
            alt=(
                "Round picture of soft tissue with a bright edge on the left and right.",
                "圆形软组织图像，左右边缘明亮。",
            ),
            note=(
                f"{BODY[0]}; scan field 240 mm, W 1200, L 300.",
                f"{BODY[1]}；扫描野 240 mm，窗宽 1200，窗位 300。",
            ),
            shows="Truncation: the object (340 mm) is wider than the scan field, bright rim.",
        ),
    ]


def _settings() -> list[Figure]:
    r: Bank = "radiographer"
    pair = ("CT slice, two acquisitions", "CT 断面，两次采集")
    return [
        figure(
            "ct-noise-pair",
            r,
            ct.noise_pair,
            title=pair,
            alt=(
                "Two slices of one phantom, A and B, with different grain.",
                "同一体模的两个断面 A 与 B，颗粒程度不同。",
            ),
            note=(
                f"{BODY[0]}; same kV, kernel and window in A and B.",
                f"{BODY[1]}；A 与 B 的管电压、卷积核和窗相同。",
            ),
            shows="Noise: A 50 mAs, B 200 mAs, SD(A)/SD(B) = 2.0.",
        ),
        figure(
            "ct-window-triple",
            r,
            ct.window_triple,
            title=("One CT slice, three displays", "同一 CT 断面的三种显示"),
            alt=(
                "One slice shown three times, A, B and C, with different brightness and contrast.",
                "同一断面显示三次（A、B、C），亮度和对比度不同。",
            ),
            note=(
                f"{BODY[0]}; A, B and C differ in window only.",
                f"{BODY[1]}；A、B、C 仅窗不同。",
            ),
            shows="A W1500 L-600 (lung), B W350 L40 (soft tissue), C W2000 L500 (bone).",
        ),
        figure(
            "ct-few-views-pair",
            r,
            ct.few_views_pair,
            title=pair,
            alt=(
                "Two slices of one phantom; A is crossed by many fine stripes.",
                "同一体模的两个断面；A 中有许多细条纹穿过。",
            ),
            note=(f"{BODY[0]}; W 1200, L -200.", f"{BODY[1]}；窗宽 1200，窗位 -200。"),
            shows="View aliasing: A 30 views, B 180 views.",
        ),
        figure(
            "ct-kernel-pair",
            r,
            ct.kernel_pair,
            title=("One CT scan, two reconstructions", "同一次扫描的两种重建"),
            alt=(
                "Two slices of one phantom, A and B, with different edges and grain.",
                "同一体模的两个断面 A 与 B，边缘和颗粒不同。",
            ),
            note=(
                f"{BODY[0]}; A and B from the same raw data.",
                f"{BODY[1]}；A 与 B 来自同一原始数据。",
            ),
            shows="A smooth kernel, B sharp kernel: sharper edges, more noise.",
        ),
        figure(
            "ct-partial-volume-pair",
            r,
            ct.partial_volume_pair,
            title=("Lung nodule phantom, two slices", "肺结节体模，两个断面"),
            alt=(
                "Two pictures, A and B, of a small round spot and a small bright dot.",
                "两幅图 A 与 B：中央有一个小圆形结节，旁边有一个小亮点。",
            ),
            note=(
                "Ball of 4 mm, +100 HU, in lung of -800 HU; the dot is a vessel along the table.",
                "直径 4 mm、+100 HU 的球位于 -800 HU 的肺内；亮点为沿床方向走行的血管。",
            ),
            shows="Partial volume: A 1 mm slice (+100 HU), B 10 mm slice (about -440 HU).",
        ),
    ]
