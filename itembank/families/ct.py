"""R7.1: CT numbers, windows and voxels."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

from itembank.family import ChoiceFamily, Derived, Family, Scene, key, slip
from itembank.family_cases import MatchingFamily
from itembank.family_numbers import steps
from itembank.texts import Text

HU = Text("HU", "HU")


def ct_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _ct_number(),
        _window_limit(),
        _match_windows(),
        _pixel_size(),
    )


def _ct_number() -> Family:
    return ChoiceFamily(
        id="r7-ct-number",
        sub_topic="R7.1",
        level="A",
        difficulty="medium",
        reference="RT69",
        posts=("CT",),
        parameters={
            "w": (0.18, 0.19, 0.2),
            "m": (*steps(0.15, 0.178, 0.002), *steps(0.202, 0.4, 0.006)),
        },
        where=lambda v: abs(v.m - v.w) / v.w > 0.03,
        stem=Text(
            "In a CT image a material has a linear attenuation coefficient of {m} per cm, water {w} per "
            "cm. What is the CT number of the material?",
            "CT 图像中某物质的线性衰减系数为 {m} cm⁻¹，水为 {w} cm⁻¹。该物质的 CT 值是多少？",
        ),
        unit=HU,
        decimals=0,
        sensible=(-250, 1300),
        possible=(-5000, 5000),
        right=key(
            lambda v: 1000 * (v.m - v.w) / v.w,
            "1000 × ({m} - {w}) ÷ {w} = {key} HU.",
            "1000 ×（{m} - {w}）÷ {w} = {key} HU。",
        ),
        mistakes=(
            slip(
                "divided by the material",
                lambda v: 1000 * (v.m - v.w) / v.m,
                "The difference was divided by the coefficient of the material.",
                "差值除以了该物质的系数，而不是水的系数。",
            ),
            slip(
                "turned the sign",
                lambda v: 1000 * (v.w - v.m) / v.w,
                "The sign was turned: less attenuation than water gives a negative number.",
                "符号反了：衰减比水少则为负值。",
            ),
            slip(
                "gave the ratio",
                lambda v: 1000 * v.m / v.w,
                "Water was not subtracted.",
                "没有减去水的系数。",
            ),
            slip(
                "did not divide",
                lambda v: 1000 * (v.m - v.w),
                "The difference was not divided by the coefficient of water.",
                "差值没有除以水的系数。",
            ),
            slip(
                "divided by the sum",
                lambda v: 1000 * (v.m - v.w) / (v.m + v.w),
                "The difference was divided by the sum of both coefficients.",
                "差值除以了两个系数之和。",
            ),
        ),
        rule=Text("HU = 1000 × (μ - μ water) ÷ μ water.", "HU = 1000 ×（μ - μ水）÷ μ水。"),
    )


def _window_limit() -> Family:
    return ChoiceFamily(
        id="r7-window-limit",
        sub_topic="R7.1",
        level="A",
        difficulty="easy",
        reference="RT70",
        posts=("CT",),
        enemies=("r7-match-windows",),
        scenes=(
            Scene({"end": Text("white", "白色"), "word": Text("at and above", "及以上")}, {"s": 1}),
            Scene(
                {"end": Text("black", "黑色"), "word": Text("at and below", "及以下")}, {"s": -1}
            ),
        ),
        parameters={
            "w": (80.0, 100.0, 150.0, 300.0, 350.0, 400.0, 1500.0, 2000.0),
            "l": (-600.0, -500.0, 30.0, 35.0, 40.0, 50.0, 60.0, 300.0, 500.0),
        },
        where=lambda v: (v.w >= 1000) == (abs(v.l) >= 300),
        stem=Text(
            "A CT image is shown with window width {w} HU and level {l} HU. Which CT number is the "
            "limit, {word} which everything is {end}?",
            "CT 图像窗宽 {w} HU、窗位 {l} HU。全部显示为{end}的界限 CT 值（该值{word}）是多少？",
        ),
        unit=HU,
        decimals=0,
        sensible=(-1400, 1500),
        possible=(-4000, 4000),
        right=key(
            lambda v: v.l + v.s * v.w / 2,
            "Level {l}, and half of the width {w} from there: {key} HU.",
            "由窗位 {l} 起，加减窗宽 {w} 的一半：{key} HU。",
        ),
        mistakes=(
            slip(
                "took the whole width",
                lambda v: v.l + v.s * v.w,
                "The whole width was used instead of half of it.",
                "用了整个窗宽，而不是一半。",
            ),
            slip(
                "went the other way",
                lambda v: v.l - v.s * v.w / 2,
                "This is the other end of the window.",
                "这是窗的另一端。",
            ),
            slip(
                "left out the level",
                lambda v: v.s * v.w / 2,
                "The window was placed around 0 HU.",
                "把窗放在了 0 HU 周围。",
            ),
            slip(
                "gave the width",
                lambda v: v.s * v.w,
                "The level was left out and the whole width used.",
                "漏掉窗位，又用了整个窗宽。",
            ),
            slip(
                "exchanged width and level",
                lambda v: v.w + v.s * v.l / 2,
                "Width and level were exchanged.",
                "窗宽与窗位互换了。",
            ),
            slip(
                "turned the sign of the level",
                lambda v: -v.l + v.s * v.w / 2,
                "The sign of the level was turned.",
                "窗位的符号反了。",
            ),
        ),
        rule=Text("Shown range = level ± half of the width.", "显示范围 = 窗位 ± 窗宽的一半。"),
    )


def _match_windows() -> Family:
    return MatchingFamily(
        id="r7-match-windows",
        sub_topic="R7.1",
        level="A",
        difficulty="medium",
        reference="RT70",
        posts=("CT",),
        parameters={},
        case_parameters={
            "w": (80.0, 160.0, 300.0, 400.0, 1500.0, 2000.0),
            "l": (35.0, 40.0, 50.0, 60.0, 300.0, 500.0),
        },
        where=lambda _: True,
        formula=lambda v: v.l + v.w / 2,
        mistake=lambda v: v.l + v.w,
        decimals=0,
        gap=0.1,
        count=3,
        extra=2,
        unit=HU,
        stem=Text(
            "Match each window with the CT number at and above which everything is white.",
            "请将各窗与全部显示为白色的下限 CT 值（该值及以上）配对。",
        ),
        case=Text("Width {w} HU, level {l} HU", "窗宽 {w} HU，窗位 {l} HU"),
        reason=Text("{l} + {w} ÷ 2 = {value} HU.", "{l} + {w} ÷ 2 = {value} HU。"),
        rule=Text("Upper limit = level + half of the width.", "上限 = 窗位 + 窗宽的一半。"),
    )


def _pixel_size() -> Family:
    return ChoiceFamily(
        id="r7-voxel-volume",
        sub_topic="R7.1",
        level="A",
        difficulty="medium",
        reference="RT72",
        posts=("CT", "MRI"),
        parameters={
            "f": (180.0, 200.0, 240.0, 256.0, 320.0, 360.0, 400.0, 500.0),
            "n": (256.0, 320.0, 512.0),
            "t": (0.6, 1.0, 1.5, 2.0, 3.0, 5.0),
        },
        derived={"p": Derived(lambda v: v.f / v.n, digits=4)},
        stem=Text(
            "A square field of view of {f} mm is reconstructed with {n} × {n} pixels and slices of {t} "
            "mm. What is the volume of a voxel?",
            "方形视野 {f} mm，重建矩阵 {n} × {n}，层厚 {t} mm。体素体积是多少？",
        ),
        unit=Text("mm³", "mm³"),
        digits=2,
        sensible=(0.1, 12),
        right=key(
            lambda v: (v.f / v.n) ** 2 * v.t,
            "({f} ÷ {n})² × {t} = {key} mm³.",
            "（{f} ÷ {n}）² × {t} = {key} mm³。",
        ),
        mistakes=(
            slip(
                "forgot the square",
                lambda v: v.f / v.n * v.t,
                "Only one side of the pixel was used.",
                "只用了像素的一条边。",
            ),
            slip(
                "left out the slice",
                lambda v: (v.f / v.n) ** 2,
                "This is the area of a pixel; the slice was left out.",
                "这是像素面积，漏乘层厚。",
            ),
            slip(
                "halved the pixel",
                lambda v: (v.f / v.n / 2) ** 2 * v.t,
                "Half of the pixel size was used.",
                "只用了像素边长的一半。",
            ),
            slip(
                "doubled the pixel",
                lambda v: (2 * v.f / v.n) ** 2 * v.t,
                "Twice the pixel size was used.",
                "用了像素边长的两倍。",
            ),
            slip(
                "inverted the pixel",
                lambda v: (v.n / v.f) ** 2 * v.t,
                "The matrix was divided by the field of view.",
                "用矩阵除以了视野。",
            ),
            slip(
                "cubed the pixel",
                lambda v: (v.f / v.n) ** 3,
                "The voxel was taken for a cube.",
                "把体素当作立方体。",
            ),
        ),
        rule=Text(
            "Voxel = (field of view ÷ matrix)² × slice thickness.",
            "体素 =（视野 ÷ 矩阵）² × 层厚。",
        ),
    )
