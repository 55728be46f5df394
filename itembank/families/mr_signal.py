"""R7.2: signal-to-noise ratio in MRI."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_cases import OrderFamily
from itembank.family_numbers import steps
from itembank.texts import Text


def mr_signal_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _averages(),
        _voxel_signal(),
        _bandwidth_signal(),
        _order_of_signal(),
    )


def _averages() -> Family:
    return ChoiceFamily(
        id="r7-snr-averages",
        sub_topic="R7.2",
        level="A",
        difficulty="medium",
        reference="RT76",
        posts=("MRI",),
        parameters={"s": steps(20, 90, 5), "a": (1.0, 2.0), "f": (2.0, 3.0, 4.0, 6.0)},
        derived={"n": Derived(lambda v: v.a * v.f)},
        stem=Text(
            "With NEX = {a} an MR image has a signal-to-noise ratio of {s}. What is the ratio with "
            "NEX = {n}, everything else unchanged?",
            "NEX = {a} 时，MR 图像信噪比为 {s}。其他条件不变，NEX = {n} 时信噪比是多少？",
        ),
        sensible=(25, 250),
        right=key(
            lambda v: v.s * math.sqrt(v.f),
            "{s} × √({n} ÷ {a}) = {key}.",
            "{s} × √（{n} ÷ {a}）= {key}。",
        ),
        mistakes=(
            slip(
                "forgot the root",
                lambda v: v.s * v.f,
                "Only the scan time grows like the number of averages.",
                "与平均次数成正比的是扫描时间。",
            ),
            slip(
                "inverted the root",
                lambda v: v.s / math.sqrt(v.f),
                "That is how the noise changes.",
                "那是噪声的变化。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.s,
                "Averages were taken to have no effect.",
                "误认为平均次数没有影响。",
            ),
            slip(
                "doubled the number",
                lambda v: v.s * math.sqrt(2 * v.f),
                "The root of twice the ratio was taken.",
                "取了两倍比值的平方根。",
            ),
            slip(
                "took the logarithm",
                lambda v: v.s * (1 + math.log10(v.f)),
                "A logarithm was used instead of the root.",
                "误用对数代替平方根。",
            ),
        ),
        rule=Text("SNR goes with √averages.", "信噪比与平均次数的平方根成正比。"),
    )


def _voxel_signal() -> Family:
    return ChoiceFamily(
        id="r7-snr-voxel",
        sub_topic="R7.2",
        level="A",
        difficulty="hard",
        reference="RT76",
        posts=("MRI",),
        parameters={
            "s": steps(30, 100, 5),
            "f": (360.0, 320.0, 240.0),
            "g": (0.5, 0.75, 1.25, 1.5),
            "t": (3.0, 4.0, 5.0),
            "u": (2.0, 3.0, 6.0),
        },
        where=lambda v: v.t != v.u,
        derived={"h": Derived(lambda v: v.f * v.g)},
        stem=Text(
            "An MR image with a square field of view of {f} mm and slices of {t} mm has a "
            "signal-to-noise ratio of {s}. The field of view becomes {h} mm and the slices {u} mm; "
            "matrix, bandwidth and averages stay. What is the ratio now?",
            "MR 图像方形视野 {f} mm、层厚 {t} mm 时信噪比为 {s}。视野改为 {h} mm，层厚改为 {u} mm，"
            "矩阵、带宽和平均次数不变。信噪比变为多少？",
        ),
        sensible=(4, 300),
        right=key(
            lambda v: v.s * v.g**2 * v.u / v.t,
            "{s} × ({h} ÷ {f})² × {u} ÷ {t} = {key}: it goes with the volume of the voxel.",
            "{s} ×（{h} ÷ {f}）² × {u} ÷ {t} = {key}：与体素体积成正比。",
        ),
        mistakes=(
            slip(
                "forgot the square",
                lambda v: v.s * v.g * v.u / v.t,
                "The field of view was counted in one direction only.",
                "视野只按一个方向计算。",
            ),
            slip(
                "took the root",
                lambda v: v.s * math.sqrt(v.g**2 * v.u / v.t),
                "The root of the volume was taken.",
                "取了体积的平方根。",
            ),
            slip(
                "left out the slice",
                lambda v: v.s * v.g**2,
                "The slice thickness was left out.",
                "漏掉了层厚。",
            ),
            slip(
                "left out the field of view",
                lambda v: v.s * v.u / v.t,
                "The field of view was left out.",
                "漏掉了视野。",
            ),
            slip(
                "inverted the slice",
                lambda v: v.s * v.g**2 * v.t / v.u,
                "The ratio of the slices was inverted.",
                "层厚之比颠倒了。",
            ),
            slip(
                "inverted the field of view",
                lambda v: v.s / v.g**2 * v.u / v.t,
                "The ratio of the fields of view was inverted.",
                "视野之比颠倒了。",
            ),
        ),
        rule=Text("SNR goes with the volume of the voxel.", "信噪比与体素体积成正比。"),
    )


def _bandwidth_signal() -> Family:
    return NumericFamily(
        id="r7-snr-bandwidth",
        sub_topic="R7.2",
        level="A",
        difficulty="hard",
        reference="RT76",
        posts=("MRI",),
        parameters={
            "s": steps(20, 80, 5),
            "b": (100.0, 125.0, 150.0, 200.0, 250.0),
            "f": (0.25, 0.5, 2.0, 3.0, 4.0),
        },
        derived={"c": Derived(lambda v: v.b * v.f)},
        stem=Text(
            "At a receiver bandwidth of {b} Hz per pixel an MR image has a signal-to-noise ratio of "
            "{s}. Which ratio is expected at {c} Hz per pixel, everything else unchanged?",
            "接收带宽为每像素 {b} Hz 时，MR 图像信噪比为 {s}。其他条件不变，每像素 {c} Hz 时信噪比预计是多少？",
        ),
        tolerance=0.03,
        sensible=(8, 200),
        right=key(
            lambda v: v.s / math.sqrt(v.f),
            "{s} × √({b} ÷ {c}) = {key}.",
            "{s} × √（{b} ÷ {c}）= {key}。",
        ),
        mistakes=(
            slip(
                "inverted",
                lambda v: v.s * math.sqrt(v.f),
                "a wider band lets more noise in.",
                "带宽越宽，进入的噪声越多。",
            ),
            slip(
                "forgot the root",
                lambda v: v.s / v.f,
                "noise grows with the root of the bandwidth only.",
                "噪声只随带宽的平方根增加。",
            ),
        ),
        rule=Text("SNR goes with 1 ÷ √bandwidth.", "信噪比与 1 ÷ √带宽 成正比。"),
    )


def _order_of_signal() -> Family:
    return OrderFamily(
        id="r7-order-snr",
        sub_topic="R7.2",
        level="E",
        difficulty="hard",
        reference="RT76",
        posts=("MRI",),
        enemies=("r7-snr-voxel", "r7-snr-averages", "r7-snr-bandwidth"),
        parameters={},
        case_parameters={
            "p": (0.5, 0.8, 1.0, 1.5),
            "t": (2.0, 3.0, 5.0),
            "n": (1.0, 2.0, 4.0),
        },
        formula=lambda v: v.p**2 * v.t * math.sqrt(v.n),
        gap=0.2,
        digits=2,
        stem=Text(
            "Four protocols have the same matrix and bandwidth. Put them in order of signal-to-noise "
            "ratio, the lowest first.",
            "四种方案的矩阵与带宽相同。请按信噪比由低到高排序。",
        ),
        case=Text(
            "Pixels of {p} mm, slices of {t} mm, NEX {n}",
            "像素 {p} mm，层厚 {t} mm，NEX {n}",
        ),
        reason=Text(
            "Voxel volume × √averages: relative value {value}.",
            "体素体积 × √平均次数：相对值 {value}。",
        ),
        rule=Text(
            "SNR goes with voxel volume and √averages.",
            "信噪比与体素体积及平均次数的平方根成正比。",
        ),
    )
