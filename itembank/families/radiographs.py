"""R6: measuring on radiographs, angled beams."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, key, slip
from itembank.family_numbers import steps
from itembank.texts import Text

MM = Text("mm", "mm")


def radiographs_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _calibration_ball(),
        _cardiothoracic(),
        _angled_beam(),
        _length_difference(),
    )


def _radians(degrees: float) -> float:
    return math.radians(degrees)


def _calibration_ball() -> Family:
    return ChoiceFamily(
        id="r6-calibration-ball",
        sub_topic="R6.3",
        level="A",
        difficulty="medium",
        reference="RT41; RT62",
        posts=("DR",),
        parameters={"b": (25.0, 30.0), "e": steps(3, 9, 0.5), "h": steps(44, 70, 1)},
        derived={"i": Derived(lambda v: v.b + v.e)},
        stem=Text(
            "For templating, a ball of {b} mm lies beside the hip at the level of the joint. On the "
            "image it measures {i} mm and the femoral head {h} mm. What is the true diameter of the "
            "head?",
            "髋关节术前测量时，在关节平面旁放置直径 {b} mm 的标定球。影像上球径 {i} mm，股骨头 {h} mm。"
            "股骨头的真实直径是多少？",
        ),
        unit=MM,
        decimals=1,
        sensible=(36, 60),
        gap=0.06,
        right=key(
            lambda v: v.h * v.b / (v.b + v.e),
            "{h} × {b} ÷ {i} = {key} mm.",
            "{h} × {b} ÷ {i} = {key} mm。",
        ),
        mistakes=(
            slip(
                "inverted the scale",
                lambda v: v.h * (v.b + v.e) / v.b,
                "The scale was inverted: the image is magnified.",
                "比例颠倒了：影像是放大的。",
            ),
            slip(
                "subtracted the enlargement of the ball",
                lambda v: v.h - v.e,
                "The millimetres by which the ball grew were subtracted; magnification multiplies.",
                "直接减去球增大的毫米数；放大是倍数关系。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.h,
                "Magnification was left out.",
                "未考虑放大。",
            ),
            slip(
                "subtracted the enlargement twice",
                lambda v: v.h - 2 * v.e,
                "The millimetres by which the ball grew were subtracted on both sides.",
                "两侧各减去球增大的毫米数。",
            ),
            slip(
                "squared the scale",
                lambda v: v.h * (v.b / (v.b + v.e)) ** 2,
                "The scale was applied twice.",
                "比例被用了两次。",
            ),
        ),
        rule=Text(
            "True size = size on the image × true ball ÷ ball on the image.",
            "真实尺寸 = 影像尺寸 × 球真实直径 ÷ 球影像直径。",
        ),
    )


def _cardiothoracic() -> Family:
    return ChoiceFamily(
        id="r6-cardiothoracic-ratio",
        sub_topic="R6.1",
        level="A",
        difficulty="medium",
        reference="RT57",
        posts=("DR",),
        parameters={
            "r": steps(35, 55, 1),
            "l": steps(75, 110, 1),
            "t": steps(250, 320, 5),
            "e": steps(40, 60, 5),
        },
        derived={"x": Derived(lambda v: v.t + v.e)},
        stem=Text(
            "On an erect PA chest image the heart reaches {r} mm to the right and {l} mm to the left "
            "of the midline. The greatest width inside the ribs is {t} mm, outside the chest wall {x} "
            "mm. What is the cardiothoracic ratio?",
            "立位胸部后前位片上，心影右缘距中线 {r} mm，左缘距中线 {l} mm；肋骨内缘最大横径 {t} mm，"
            "胸壁外缘横径 {x} mm。心胸比是多少？",
        ),
        decimals=2,
        sensible=(0.36, 0.62),
        possible=(0, 1),
        gap=0.08,
        right=key(
            lambda v: (v.r + v.l) / v.t,
            "({r} + {l}) ÷ {t} = {key}.",
            "（{r} + {l}）÷ {t} = {key}。",
        ),
        mistakes=(
            slip(
                "used the outer width",
                lambda v: (v.r + v.l) / (v.t + v.e),
                "The outer width of the chest was used.",
                "误用了胸壁外缘横径。",
            ),
            slip(
                "used the left part only",
                lambda v: v.l / v.t,
                "Only the left part of the heart was used.",
                "只用了左侧心影。",
            ),
            slip(
                "doubled the left part",
                lambda v: 2 * v.l / v.t,
                "The left part was doubled instead of adding the right one.",
                "把左侧加倍，而不是加上右侧。",
            ),
            slip(
                "doubled the right part",
                lambda v: 2 * v.r / v.t,
                "The right part was doubled instead of adding the left one.",
                "把右侧加倍，而不是加上左侧。",
            ),
            slip(
                "divided by the rest of the width",
                lambda v: (v.r + v.l) / (v.t - v.r - v.l),
                "The heart was compared with the rest of the chest, not with all of it.",
                "与胸廓的其余部分相比，而不是与整个胸廓相比。",
            ),
            slip(
                "doubled left over outer width",
                lambda v: 2 * v.l / (v.t + v.e),
                "The left part was doubled, and the outer width used.",
                "把左侧加倍，又误用胸壁外缘横径。",
            ),
        ),
        rule=Text(
            "Cardiothoracic ratio = (right + left) ÷ greatest inner width.",
            "心胸比 =（右 + 左）÷ 胸廓最大内径。",
        ),
    )


def _angled_beam() -> Family:
    return ChoiceFamily(
        id="r6-angled-beam",
        sub_topic="R6.4",
        level="A",
        difficulty="hard",
        reference="RT63; RT65",
        posts=("DR",),
        parameters={"a": (15.0, 20.0, 25.0, 30.0, 35.0), "h": steps(8, 25, 1), "d": (100.0, 110.0)},
        stem=Text(
            "For an AP axial view the tube is angled {a}° cephalad; the SID along the central ray is "
            "{d} cm. The ray passes through a vertebra {h} cm above the detector. How far cephalad of "
            "the point straight below the vertebra does the ray meet the detector?",
            "前后轴位摄影时球管向头侧倾斜 {a}°，沿中心线 SID 为 {d} cm。中心线经过的椎体距探测器 {h} cm。"
            "中心线到达探测器的位置比椎体正下方偏向头侧多少？",
        ),
        unit=Text("cm", "cm"),
        decimals=1,
        sensible=(2, 16),
        right=key(
            lambda v: v.h * math.tan(_radians(v.a)),
            "{h} × tan {a}° = {key} cm.",
            "{h} × tan {a}° = {key} cm。",
        ),
        mistakes=(
            slip(
                "took the whole SID",
                lambda v: v.d * math.sin(_radians(v.a)),
                "The whole way from the tube was used instead of the height of the vertebra.",
                "用了球管到探测器的全程，而不是椎体的高度。",
            ),
            slip(
                "took the cosine",
                lambda v: v.h * math.cos(_radians(v.a)),
                "The cosine was used instead of the tangent.",
                "误用余弦代替正切。",
            ),
            slip(
                "divided by the tangent",
                lambda v: v.h / math.tan(_radians(v.a)),
                "The height was divided by the tangent.",
                "用高度除以了正切。",
            ),
            slip(
                "doubled the angle",
                lambda v: v.h * math.tan(_radians(2 * v.a)),
                "Twice the angle was used.",
                "用了两倍角度。",
            ),
            slip(
                "halved the angle",
                lambda v: v.h * math.tan(_radians(v.a / 2)),
                "Half of the angle was used.",
                "只用了一半角度。",
            ),
            slip(
                "took the share of a right angle",
                lambda v: v.h * v.a / 90,
                "The share of a right angle was used instead of the tangent.",
                "用角度占直角的比例代替正切。",
            ),
        ),
        rule=Text(
            "Shift = height above the detector × tan(angle).",
            "偏移 = 距探测器高度 × tan（角度）。",
        ),
    )


def _length_difference() -> Family:
    return ChoiceFamily(
        id="r6-diaphysis-length",
        sub_topic="R6.2",
        level="A",
        difficulty="medium",
        reference="RT41; RT59",
        posts=("DR",),
        parameters={"p": (0.1, 0.125, 0.14, 0.15, 0.2), "n": steps(150, 600, 10), "m": (1.05, 1.1)},
        stem=Text(
            "A fragment of a metacarpal spans {n} pixels of a detector with a pitch of {p} mm. The "
            "magnification is {m}. How long is the fragment?",
            "掌骨骨折块在像素间距 {p} mm 的探测器影像上占 {n} 个像素，放大率 {m}。骨折块的真实长度是多少？",
        ),
        unit=MM,
        decimals=1,
        sensible=(15, 60),
        gap=0.04,
        right=key(
            lambda v: v.n * v.p / v.m,
            "{n} × {p} ÷ {m} = {key} mm.",
            "{n} × {p} ÷ {m} = {key} mm。",
        ),
        mistakes=(
            slip(
                "left out the magnification",
                lambda v: v.n * v.p,
                "The magnification was left out: this is the length on the detector.",
                "漏掉放大率：这是探测器上的长度。",
            ),
            slip(
                "magnified again",
                lambda v: v.n * v.p * v.m,
                "The length was multiplied by the magnification.",
                "又乘了一次放大率。",
            ),
            slip(
                "magnified in both directions",
                lambda v: v.n * v.p / v.m**2,
                "The magnification was applied twice.",
                "放大率被除了两次。",
            ),
            slip(
                "took two pixels for a line pair",
                lambda v: v.n * v.p / (2 * v.m),
                "Two pixels were counted as one.",
                "把两个像素算作一个。",
            ),
            slip(
                "doubled the pitch",
                lambda v: 2 * v.n * v.p / v.m,
                "Twice the pitch was used.",
                "用了两倍的像素间距。",
            ),
        ),
        rule=Text(
            "True length = pixels × pitch ÷ magnification.",
            "真实长度 = 像素数 × 像素间距 ÷ 放大率。",
        ),
    )
