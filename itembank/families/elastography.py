"""S8: stiffness and growth."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_cases import MatchingFamily
from itembank.family_numbers import steps
from itembank.texts import Text

US = ("US",)
PERCENT = Text("%", "%")


def elastography_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _shear_modulus(),
        _shear_speed(),
        _lesion_growth(),
        _match_stiffness(),
    )


def _shear_modulus() -> Family:
    return ChoiceFamily(
        id="s8-stiffness",
        sub_topic="S8.1",
        level="A",
        difficulty="medium",
        reference="ST112",
        posts=US,
        enemies=("s8-match-stiffness", "s8-shear-speed"),
        parameters={"c": steps(0.9, 4, 0.1)},
        stem=Text(
            "Shear waves travel through the liver at {c} m/s. Which Young's modulus is shown (density "
            "1000 kg/m³, elastic incompressible tissue)?",
            "肝内剪切波速度为 {c} m/s。显示的杨氏模量是多少（密度 1000 kg/m³，弹性不可压缩组织）？",
        ),
        unit=Text("kPa", "kPa"),
        digits=3,
        sensible=(2.3, 50),
        right=key(
            lambda v: 3 * v.c**2,
            "3 × 1000 × {c}² Pa = {key} kPa.",
            "3 × 1000 × {c}² Pa = {key} kPa。",
        ),
        mistakes=(
            slip(
                "gave the shear modulus",
                lambda v: v.c**2,
                "The factor 3 was left out: this is the shear modulus.",
                "漏乘系数 3：这是剪切模量。",
            ),
            slip(
                "forgot the square",
                lambda v: 3 * v.c,
                "The square of the speed was left out.",
                "漏掉了速度的平方。",
            ),
            slip(
                "squared the factor as well",
                lambda v: 9 * v.c**2,
                "The factor 3 was squared as well.",
                "把系数 3 也平方了。",
            ),
            slip(
                "took the third power",
                lambda v: 3 * v.c**3,
                "The third power of the speed was used.",
                "误用了速度的三次方。",
            ),
            slip(
                "took the factor two",
                lambda v: 2 * v.c**2,
                "The factor 2 was used instead of 3.",
                "系数误用 2，而不是 3。",
            ),
            slip(
                "took the factor four",
                lambda v: 4 * v.c**2,
                "The factor 4 of the Bernoulli equation was used.",
                "误用了伯努利方程的系数 4。",
            ),
        ),
        rule=Text("E = 3 ρ c².", "E = 3 ρ c²。"),
    )


def _shear_speed() -> Family:
    return NumericFamily(
        id="s8-shear-speed",
        sub_topic="S8.1",
        level="A",
        difficulty="hard",
        reference="ST112",
        posts=US,
        parameters={"e": steps(3, 40, 0.5)},
        stem=Text(
            "An elastography system shows a Young's modulus of {e} kPa. Which speed of shear waves did "
            "it measure (density 1000 kg/m³, elastic incompressible tissue)?",
            "弹性成像显示杨氏模量 {e} kPa。测得的剪切波速度是多少（密度 1000 kg/m³，弹性不可压缩组织）？",
        ),
        unit=Text("m/s", "m/s"),
        tolerance=0.02,
        sensible=(1, 3.7),
        right=key(
            lambda v: math.sqrt(v.e / 3),
            "√({e} ÷ 3) = {key} m/s.",
            "√（{e} ÷ 3）= {key} m/s。",
        ),
        mistakes=(
            slip(
                "forgot the factor three",
                lambda v: math.sqrt(v.e),
                "the factor 3 was left out.",
                "漏除系数 3。",
            ),
            slip(
                "forgot the root",
                lambda v: v.e / 3,
                "the root was left out.",
                "漏掉开方。",
            ),
        ),
        rule=Text("c = √(E ÷ (3 ρ)).", "c = √（E ÷（3 ρ））。"),
    )


def _lesion_growth() -> Family:
    return ChoiceFamily(
        id="s8-lesion-growth",
        sub_topic="S8.3",
        level="A",
        difficulty="medium",
        reference="ST115",
        posts=US,
        parameters={"a": steps(8, 30, 1), "p": (10.0, 15.0, 20.0, 25.0, 30.0, 40.0)},
        where=lambda v: (v.a * v.p) % 50 == 0,
        derived={"b": Derived(lambda v: v.a * (1 + v.p / 100))},
        stem=Text(
            "For a report, a round nodule was {a} mm wide in the earlier study and is {b} mm now. By "
            "how much has its volume grown?",
            "撰写报告时，圆形结节上次直径 {a} mm，本次 {b} mm。体积增长了多少？",
        ),
        unit=PERCENT,
        decimals=0,
        sensible=(20, 180),
        right=key(
            lambda v: 100 * ((1 + v.p / 100) ** 3 - 1),
            "({b} ÷ {a})³ - 1 = {key} %.",
            "（{b} ÷ {a}）³ - 1 = {key} %。",
        ),
        mistakes=(
            slip(
                "gave the diameter",
                lambda v: v.p,
                "This is the growth of the diameter.",
                "这是直径的增长。",
            ),
            slip(
                "took the square",
                lambda v: 100 * ((1 + v.p / 100) ** 2 - 1),
                "This is the growth of the area.",
                "这是面积的增长。",
            ),
            slip(
                "forgot to subtract one",
                lambda v: 100 * (1 + v.p / 100) ** 3,
                "This is the new volume in per cent of the old one.",
                "这是新体积占原体积的百分比。",
            ),
            slip(
                "tripled the growth",
                lambda v: 3 * v.p,
                "The growth of the diameter was tripled.",
                "把直径的增长乘了三倍。",
            ),
            slip(
                "took the fourth power",
                lambda v: 100 * ((1 + v.p / 100) ** 4 - 1),
                "The fourth power was used.",
                "误用了四次方。",
            ),
            slip(
                "took the sixth power",
                lambda v: 100 * ((1 + v.p / 100) ** 6 - 1),
                "The volumes were squared.",
                "对体积又取了平方。",
            ),
        ),
        rule=Text(
            "Volume goes with the third power of the diameter.",
            "体积与直径的三次方成正比。",
        ),
    )


def _match_stiffness() -> Family:
    return MatchingFamily(
        id="s8-match-stiffness",
        sub_topic="S8.1",
        level="A",
        difficulty="medium",
        reference="ST112",
        posts=US,
        parameters={},
        case_parameters={"c": (1.0, 1.2, 1.5, 1.8, 2.0, 2.5, 3.0, 3.5)},
        formula=lambda v: 3 * v.c**2,
        mistake=lambda v: v.c**2,
        digits=2,
        gap=0.1,
        unit=Text("kPa", "kPa"),
        stem=Text(
            "Match each speed of shear waves with the Young's modulus (density 1000 kg/m³).",
            "请将各剪切波速度与杨氏模量配对（密度 1000 kg/m³）。",
        ),
        case=Text("{c} m/s", "{c} m/s"),
        reason=Text("3 × {c}² = {value} kPa.", "3 × {c}² = {value} kPa。"),
        rule=Text(
            "E = 3 ρ c²: twice the speed, four times the modulus.",
            "E = 3 ρ c²：速度加倍，模量变为四倍。",
        ),
    )
