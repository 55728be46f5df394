"""S2: elements and beams."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_cases import OrderFamily
from itembank.family_numbers import steps
from itembank.texts import Text

MM = Text("mm", "mm")
US = ("US",)
MEGAHERTZ = (2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0, 12.0, 15.0)


def transducers_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _crystal_thickness(),
        _near_zone(),
        _quality_factor(),
        _order_of_divergence(),
    )


def _crystal_thickness() -> Family:
    return ChoiceFamily(
        id="s2-element-thickness",
        sub_topic="S2.1",
        level="A",
        difficulty="medium",
        reference="ST14",
        posts=US,
        parameters={"f": MEGAHERTZ, "c": (3.8, 4.0, 4.2)},
        stem=Text(
            "A piezoelectric element conducts sound at {c} mm/µs and vibrates as a half-wave "
            "resonator. How thick is it for {f} MHz?",
            "压电晶片中声速为 {c} mm/µs，按半波长谐振。工作频率 {f} MHz 时，晶片厚度是多少？",
        ),
        unit=MM,
        digits=2,
        sensible=(0.1, 1.2),
        right=key(
            lambda v: v.c / v.f / 2,
            "{c} ÷ {f} ÷ 2 = {key} mm.",
            "{c} ÷ {f} ÷ 2 = {key} mm。",
        ),
        mistakes=(
            slip(
                "took a whole wave",
                lambda v: v.c / v.f,
                "A whole wavelength was used.",
                "用了一个波长。",
            ),
            slip(
                "took a quarter of a wave",
                lambda v: v.c / v.f / 4,
                "A quarter of a wavelength is the thickness of the matching layer.",
                "四分之一波长是匹配层的厚度。",
            ),
            slip(
                "took the speed in tissue",
                lambda v: 1.54 / v.f / 2,
                "The speed in soft tissue was used.",
                "误用了软组织的声速。",
            ),
            slip(
                "took a whole wave in tissue",
                lambda v: 1.54 / v.f,
                "A whole wavelength in soft tissue was used.",
                "用了软组织中的一个波长。",
            ),
            slip(
                "inverted",
                lambda v: v.f / v.c / 2,
                "The frequency was divided by the speed.",
                "用频率除以了声速。",
            ),
            slip(
                "doubled the wave",
                lambda v: 2 * v.c / v.f,
                "Two wavelengths were used.",
                "用了两个波长。",
            ),
        ),
        rule=Text("Thickness = half of a wavelength in the element.", "厚度 = 晶片中波长的一半。"),
    )


def _near_zone() -> Family:
    return ChoiceFamily(
        id="s2-near-zone",
        sub_topic="S2.3",
        level="A",
        difficulty="hard",
        reference="ST19",
        posts=US,
        parameters={"d": steps(6, 20, 1), "f": (2.0, 2.5, 3.5, 5.0, 7.5, 10.0)},
        stem=Text(
            "An unfocused round transducer of {d} mm diameter works at {f} MHz (c = 1540 m/s). How long "
            "is its near zone?",
            "无聚焦圆形换能器直径 {d} mm，频率 {f} MHz（c = 1540 m/s）。其近场长度是多少？",
        ),
        unit=MM,
        digits=3,
        sensible=(20, 450),
        right=key(
            lambda v: v.d**2 * v.f / (4 * 1.54),
            "{d}² × {f} ÷ (4 × 1.54) = {key} mm.",
            "{d}² × {f} ÷（4 × 1.54）= {key} mm。",
        ),
        mistakes=(
            slip(
                "used the diameter for the radius",
                lambda v: v.d**2 * v.f / 1.54,
                "The diameter was used as if it were the radius.",
                "把直径当作了半径。",
            ),
            slip(
                "forgot the square",
                lambda v: v.d * v.f / (4 * 1.54),
                "The square of the diameter was left out.",
                "漏掉了直径的平方。",
            ),
            slip(
                "halved the diameter once",
                lambda v: v.d**2 * v.f / (2 * 1.54),
                "The square of the diameter was divided by 2 instead of 4.",
                "直径平方只除以 2，而不是 4。",
            ),
            slip(
                "divided by the frequency",
                lambda v: v.d**2 / (4 * 1.54 * v.f) * 10,
                "The frequency was divided by, with a decimal slip.",
                "误除以频率，并且小数点错位。",
            ),
            slip(
                "took the radius twice halved",
                lambda v: v.d**2 * v.f / (16 * 1.54),
                "The radius was used in the formula for the diameter.",
                "在直径公式中代入了半径。",
            ),
            slip(
                "left out the speed",
                lambda v: v.d**2 * v.f / 4,
                "The speed of sound was left out.",
                "漏除声速。",
            ),
        ),
        rule=Text("Near zone = D² ÷ (4 λ) = r² ÷ λ.", "近场长度 = D² ÷（4 λ）= r² ÷ λ。"),
    )


def _quality_factor() -> Family:
    return NumericFamily(
        id="s2-quality-factor",
        sub_topic="S2.1",
        level="A",
        difficulty="medium",
        reference="ST16",
        posts=US,
        parameters={"a": steps(1.5, 8, 0.5), "w": steps(1.5, 7, 0.5)},
        derived={"b": Derived(lambda v: v.a + v.w), "f": Derived(lambda v: v.a + v.w / 2)},
        stem=Text(
            "The band of a transducer reaches from {a} to {b} MHz; its centre is {f} MHz. What is its "
            "quality factor?",
            "某换能器频带为 {a} 至 {b} MHz，中心频率 {f} MHz。其品质因数是多少？",
        ),
        tolerance=0.03,
        digits=3,
        sensible=(0.7, 5),
        right=key(
            lambda v: (v.a + v.w / 2) / v.w,
            "{f} ÷ ({b} - {a}) = {key}.",
            "{f} ÷（{b} - {a}）= {key}。",
        ),
        mistakes=(
            slip(
                "inverted",
                lambda v: v.w / (v.a + v.w / 2),
                "this is the fractional bandwidth.",
                "这是相对带宽。",
            ),
            slip(
                "took the upper end",
                lambda v: (v.a + v.w) / v.w,
                "the upper end of the band was used instead of its centre.",
                "用了频带上限，而不是中心频率。",
            ),
        ),
        rule=Text("Q = centre frequency ÷ bandwidth.", "Q = 中心频率 ÷ 带宽。"),
    )


def _order_of_divergence() -> Family:
    return OrderFamily(
        id="s2-order-divergence",
        sub_topic="S2.3",
        level="E",
        difficulty="hard",
        reference="ST20",
        posts=US,
        parameters={},
        case_parameters={"d": (6.0, 10.0, 13.0, 19.0), "f": (2.0, 3.5, 5.0, 7.5)},
        formula=lambda v: math.degrees(math.asin(1.22 * 1.54 / v.f / v.d)),
        gap=0.15,
        digits=2,
        stem=Text(
            "Put four unfocused round transducers in order of far-field divergence in soft tissue, the "
            "smallest first.",
            "请将四种无聚焦圆形换能器按软组织中远场扩散角由小到大排序。",
        ),
        case=Text("Diameter {d} mm, {f} MHz", "直径 {d} mm，{f} MHz"),
        reason=Text("The half angle is {value}°.", "半扩散角为 {value}°。"),
        rule=Text(
            "sin θ = 1.22 λ ÷ D: a large aperture and a high frequency diverge least.",
            "sin θ = 1.22 λ ÷ D：孔径越大、频率越高，扩散越小。",
        ),
    )
