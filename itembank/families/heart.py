"""S7.4: volumes and areas of the heart."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Family, NumericFamily, key, slip
from itembank.family_numbers import steps
from itembank.texts import Text

US = ("US",)
PERCENT = Text("%", "%")


def heart_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _ejection_fraction(),
        _valve_area(),
        _stroke_volume(),
    )


def _ejection_fraction() -> Family:
    return ChoiceFamily(
        id="s7-ejection-fraction",
        sub_topic="S7.4",
        level="A",
        difficulty="easy",
        reference="ST110",
        posts=US,
        parameters={"d": steps(80, 200, 5), "s": steps(25, 140, 5)},
        where=lambda v: v.s < 0.8 * v.d,
        stem=Text(
            "The left ventricle has an end-diastolic volume of {d} mL and an end-systolic volume of {s} "
            "mL. What is the ejection fraction?",
            "左室舒张末期容积 {d} mL，收缩末期容积 {s} mL。射血分数是多少？",
        ),
        unit=PERCENT,
        decimals=0,
        gap=0.08,
        sensible=(20, 75),
        right=key(
            lambda v: 100 * (v.d - v.s) / v.d,
            "({d} - {s}) ÷ {d} = {key} %.",
            "（{d} - {s}）÷ {d} = {key} %。",
        ),
        mistakes=(
            slip(
                "gave what remains",
                lambda v: 100 * v.s / v.d,
                "This is the share that remains.",
                "这是残留的比例。",
            ),
            slip(
                "divided by the end-systolic volume",
                lambda v: 100 * (v.d - v.s) / v.s,
                "The stroke volume was divided by the end-systolic volume.",
                "用每搏量除以了收缩末期容积。",
            ),
            slip(
                "gave the stroke volume",
                lambda v: v.d - v.s,
                "This is the stroke volume in mL.",
                "这是以 mL 计的每搏量。",
            ),
            slip(
                "divided by the sum",
                lambda v: 100 * (v.d - v.s) / (v.d + v.s),
                "The difference was divided by the sum.",
                "差值除以了两者之和。",
            ),
            slip(
                "divided by the mean",
                lambda v: 200 * (v.d - v.s) / (v.d + v.s),
                "The difference was divided by the mean volume.",
                "差值除以了平均容积。",
            ),
        ),
        rule=Text("EF = (EDV - ESV) ÷ EDV.", "EF =（EDV - ESV）÷ EDV。"),
    )


def _valve_area() -> Family:
    # Continuity equation as in the ASE/EACVI recommendations on aortic stenosis (2017).
    return ChoiceFamily(
        id="s7-valve-area",
        sub_topic="S7.4",
        level="A",
        difficulty="hard",
        reference="ST68; ST110; ASE/EACVI 2017",
        posts=US,
        enemies=("s7-stroke-volume",),
        parameters={
            "d": steps(1.8, 2.4, 0.1),
            "a": steps(14, 26, 1),
            "b": steps(30, 110, 5),
        },
        stem=Text(
            "The outflow tract is {d} cm wide with a velocity-time integral of {a} cm; that of the "
            "aortic valve is {b} cm. What is the valve area by the continuity equation?",
            "左室流出道内径 {d} cm，速度时间积分 {a} cm；主动脉瓣口速度时间积分 {b} cm。"
            "按连续性方程，瓣口面积是多少？",
        ),
        unit=Text("cm²", "cm²"),
        decimals=2,
        sensible=(0.5, 2.6),
        right=key(
            lambda v: math.pi / 4 * v.d**2 * v.a / v.b,
            "0.785 × {d}² × {a} ÷ {b} = {key} cm².",
            "0.785 × {d}² × {a} ÷ {b} = {key} cm²。",
        ),
        mistakes=(
            slip(
                "used the diameter for the radius",
                lambda v: math.pi * v.d**2 * v.a / v.b,
                "The diameter was used as the radius.",
                "把内径当作了半径。",
            ),
            slip(
                "forgot the square",
                lambda v: math.pi / 4 * v.d * v.a / v.b,
                "The square of the width was left out.",
                "漏掉了内径的平方。",
            ),
            slip(
                "took a square",
                lambda v: v.d**2 * v.a / v.b,
                "The factor 0.785 was left out.",
                "漏乘系数 0.785。",
            ),
            slip(
                "inverted the integrals",
                lambda v: math.pi / 4 * v.d**2 * v.b / v.a,
                "The ratio of the integrals was inverted.",
                "速度时间积分之比颠倒了。",
            ),
            slip(
                "left out the area",
                lambda v: v.a / v.b,
                "This is the ratio of the integrals without the area of the tract.",
                "这是两个积分之比，漏乘流出道面积。",
            ),
            slip(
                "squared the integrals",
                lambda v: math.pi / 4 * v.d**2 * (v.a / v.b) ** 2,
                "The ratio of the integrals was squared.",
                "对积分之比取了平方。",
            ),
        ),
        rule=Text(
            "Valve area = area of the tract × its VTI ÷ VTI of the valve.",
            "瓣口面积 = 流出道面积 × 流出道 VTI ÷ 瓣口 VTI。",
        ),
    )


def _stroke_volume() -> Family:
    return NumericFamily(
        id="s7-stroke-volume",
        sub_topic="S7.4",
        level="A",
        difficulty="medium",
        reference="ST68",
        posts=US,
        parameters={"d": steps(1.8, 2.4, 0.1), "a": steps(14, 26, 1)},
        stem=Text(
            "The left ventricular outflow tract is {d} cm wide; its velocity-time integral is {a} cm. "
            "What is the stroke volume?",
            "左室流出道内径 {d} cm，速度时间积分 {a} cm。每搏量是多少？",
        ),
        unit=Text("mL", "mL"),
        tolerance=0.02,
        sensible=(35, 120),
        right=key(
            lambda v: math.pi / 4 * v.d**2 * v.a,
            "0.785 × {d}² × {a} = {key} mL.",
            "0.785 × {d}² × {a} = {key} mL。",
        ),
        mistakes=(
            slip(
                "used the diameter for the radius",
                lambda v: math.pi * v.d**2 * v.a,
                "the diameter was used as the radius.",
                "把内径当作了半径。",
            ),
            slip(
                "took a square",
                lambda v: v.d**2 * v.a,
                "the factor 0.785 was left out.",
                "漏乘系数 0.785。",
            ),
        ),
        rule=Text("Stroke volume = area × VTI.", "每搏量 = 流出道面积 × VTI。"),
    )
