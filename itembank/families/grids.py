"""R4.2 and R4.4: grids and the exposure index."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Family, NumericFamily, Scene, key, slip
from itembank.family_cases import MatchingFamily
from itembank.family_numbers import steps
from itembank.texts import Text

MAS = Text("mAs", "mAs")
# Conversion factors differ between authors, so the stem gives them.
_GRIDS = tuple(
    Scene(
        {"one": Text(one, one), "two": Text(two, two)},
        {"r": float(one.split(":")[0]), "s": float(two.split(":")[0]), "f": f, "g": g},
    )
    for one, f, two, g in (
        ("6:1", 3.0, "8:1", 4.0),
        ("8:1", 4.0, "12:1", 5.0),
        ("12:1", 5.0, "8:1", 4.0),
        ("6:1", 3.0, "12:1", 5.0),
        ("16:1", 6.0, "8:1", 4.0),
        ("12:1", 5.0, "6:1", 3.0),
        ("8:1", 4.0, "16:1", 6.0),
    )
)


def grids_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _grid_conversion(),
        _grid_ratio(),
        _grid_frequency(),
        _deviation_index(),
        _correct_exposure(),
        _match_deviation(),
    )


def relative(one: float, other: float) -> float:
    """Difference as a share of the larger number."""
    return abs(one - other) / max(one, other)


def _grid_conversion() -> Family:
    return ChoiceFamily(
        id="r4-grid-conversion",
        sub_topic="R4.2",
        level="A",
        difficulty="medium",
        reference="RT38",
        posts=("DR",),
        scenes=_GRIDS,
        parameters={"m": (8.0, 10.0, 12.0, 16.0, 20.0, 24.0, 32.0, 40.0)},
        stem=Text(
            "A view needs {m} mAs with a {one} grid (conversion factor {f}). A {two} grid (conversion "
            "factor {g}) takes its place. Which setting keeps the exposure of the receptor?",
            "使用 {one} 滤线栅（换算系数 {f}）需 {m} mAs。换成 {two} 滤线栅（换算系数 {g}），"
            "多少 mAs 可保持探测器曝光？",
        ),
        unit=MAS,
        sensible=(3, 90),
        right=key(
            lambda v: v.m * v.g / v.f,
            "{m} × {g} ÷ {f} = {key} mAs.",
            "{m} × {g} ÷ {f} = {key} mAs。",
        ),
        mistakes=(
            slip(
                "inverted the factors",
                lambda v: v.m * v.f / v.g,
                "The factors were inverted.",
                "换算系数颠倒了。",
            ),
            slip(
                "used the grid ratios",
                lambda v: v.m * v.s / v.r,
                "The grid ratios were used in place of the factors.",
                "用栅比代替了换算系数。",
            ),
            slip(
                "used the new factor only",
                lambda v: v.m * v.g,
                "The old factor was left out.",
                "漏除了原系数。",
            ),
            slip(
                "divided by the old factor only",
                lambda v: v.m / v.f,
                "The new factor was left out: these are the mAs without a grid.",
                "漏乘新系数：这是不用滤线栅的 mAs。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.m,
                "The mAs were left unchanged.",
                "mAs 未作调整。",
            ),
            slip(
                "inverted the grid ratios",
                lambda v: v.m * v.r / v.s,
                "The grid ratios were used, and inverted.",
                "用了栅比，而且颠倒。",
            ),
        ),
        rule=Text(
            "New mAs = old mAs × new factor ÷ old factor.",
            "新 mAs = 原 mAs × 新系数 ÷ 原系数。",
        ),
    )


def _grid_ratio() -> Family:
    return ChoiceFamily(
        id="r4-grid-ratio",
        sub_topic="R4.2",
        level="A",
        difficulty="medium",
        reference="RT38",
        posts=("DR",),
        enemies=("r4-grid-frequency",),
        parameters={
            "h": (1.5, 1.6, 1.8, 2.0, 2.4, 2.5, 3.0),
            "d": (0.15, 0.2, 0.25, 0.3),
            "w": (0.03, 0.04, 0.05, 0.07),
        },
        stem=Text(
            "The lead strips of a grid are {h} mm high and {w} mm thick; the gaps between them are "
            "{d} mm wide. What is the grid ratio?",
            "某滤线栅铅条高 {h} mm、厚 {w} mm，铅条间隙宽 {d} mm。栅比是多少？",
        ),
        unit=Text(":1", ":1"),
        decimals=0,
        sensible=(5, 16),
        right=key(
            lambda v: v.h / v.d,
            "{h} ÷ {d} = {key}: height over width of the gaps.",
            "{h} ÷ {d} = {key}：高度与间隙宽度之比。",
        ),
        mistakes=(
            slip(
                "divided by the thickness of the lead",
                lambda v: v.h / v.w,
                "The thickness of the lead was used in place of the gap.",
                "误用铅条厚度代替间隙。",
            ),
            slip(
                "divided by the sum of gap and lead",
                lambda v: v.h / (v.d + v.w),
                "The lead was added to the gap.",
                "把铅条厚度也算进了间隙。",
            ),
            slip(
                "divided gap by lead",
                lambda v: v.d / v.w,
                "Gap and thickness of the lead were compared; the height was left out.",
                "只比较了间隙与铅条厚度，漏掉高度。",
            ),
            slip(
                "halved the height",
                lambda v: v.h / (2 * v.d),
                "Half of the height was used.",
                "只用了一半高度。",
            ),
            slip(
                "doubled the height",
                lambda v: 2 * v.h / v.d,
                "Both walls of a gap were counted.",
                "把间隙两侧的高度都计入了。",
            ),
            slip(
                "subtracted the lead from the gap",
                lambda v: v.h / (v.d - v.w),
                "The lead was subtracted from the gap.",
                "从间隙中减去了铅条厚度。",
            ),
        ),
        rule=Text("Grid ratio = height ÷ gap.", "栅比 = 高度 ÷ 间隙宽度。"),
    )


def _grid_frequency() -> Family:
    return ChoiceFamily(
        id="r4-grid-frequency",
        sub_topic="R4.2",
        level="A",
        difficulty="medium",
        reference="RT38",
        posts=("DR",),
        parameters={"d": steps(0.1, 0.3, 0.02), "w": (0.03, 0.04, 0.05, 0.06, 0.07)},
        stem=Text(
            "The lead strips of a grid are {w} mm thick and {d} mm apart (width of the gaps). How many "
            "strips are there per cm?",
            "某滤线栅铅条厚 {w} mm，铅条间隙宽 {d} mm。每厘米有多少条铅条？",
        ),
        unit=Text("per cm", "条/cm"),
        decimals=0,
        sensible=(24, 80),
        right=key(
            lambda v: 10 / (v.d + v.w),
            "10 ÷ ({d} + {w}) = {key} per cm.",
            "10 ÷（{d} + {w}）= {key} 条/cm。",
        ),
        mistakes=(
            slip(
                "left out the lead",
                lambda v: 10 / v.d,
                "The thickness of the lead was left out.",
                "漏掉了铅条厚度。",
            ),
            slip(
                "left out the gap",
                lambda v: 10 / v.w,
                "The gap was left out.",
                "漏掉了间隙。",
            ),
            slip(
                "halved the number",
                lambda v: 5 / (v.d + v.w),
                "Gap and lead were counted as two periods.",
                "把间隙和铅条当作两个周期。",
            ),
            slip(
                "doubled the number",
                lambda v: 20 / (v.d + v.w),
                "Both edges of each strip were counted.",
                "每条铅条的两个边缘都被计数。",
            ),
            slip(
                "subtracted the lead",
                lambda v: 10 / (v.d - v.w),
                "The lead was subtracted from the gap.",
                "从间隙中减去了铅条厚度。",
            ),
            slip(
                "counted the lead twice",
                lambda v: 10 / (v.d + 2 * v.w),
                "The lead was counted on both sides of the gap.",
                "间隙两侧的铅条都被计入。",
            ),
        ),
        rule=Text(
            "Grid frequency = 1 ÷ (gap + lead).",
            "栅密度 = 1 ÷（间隙 + 铅条厚度）。",
        ),
    )


def _deviation_index() -> Family:
    return ChoiceFamily(
        id="r4-deviation-index",
        sub_topic="R4.4",
        level="A",
        difficulty="medium",
        reference="RT45; IEC 62494-1",
        posts=("DR",),
        parameters={"e": steps(80, 1000, 10), "t": (200.0, 250.0, 300.0, 400.0, 500.0)},
        where=lambda v: relative(v.e, v.t) > 0.3,
        stem=Text(
            "The exposure index of an image is {e}; the target exposure index is {t}. What is the "
            "deviation index?",
            "某图像的曝光指数为 {e}，目标曝光指数为 {t}。偏差指数是多少？",
        ),
        decimals=1,
        gap=0.15,
        sensible=(-6, 6),
        possible=(-math.inf, math.inf),
        right=key(
            lambda v: 10 * math.log10(v.e / v.t),
            "10 × log₁₀({e} ÷ {t}) = {key}.",
            "10 × log₁₀（{e} ÷ {t}）= {key}。",
        ),
        mistakes=(
            slip(
                "inverted the ratio",
                lambda v: -10 * math.log10(v.e / v.t),
                "The ratio was inverted: a positive value means more exposure than the target.",
                "比值颠倒了：正值表示曝光高于目标。",
            ),
            slip(
                "took 20 times the logarithm",
                lambda v: 20 * math.log10(v.e / v.t),
                "The factor for amplitudes, 20, was used instead of 10.",
                "误用了幅度的系数 20，而不是 10。",
            ),
            slip(
                "inverted and took 20 times",
                lambda v: -20 * math.log10(v.e / v.t),
                "The ratio was inverted and the factor 20 used.",
                "比值颠倒，又误用系数 20。",
            ),
            slip(
                "took the natural logarithm",
                lambda v: math.log(v.e / v.t),
                "The natural logarithm was taken without a factor.",
                "误用自然对数且漏乘系数。",
            ),
            slip(
                "took the logarithm alone",
                lambda v: 5 * math.log10(v.e / v.t),
                "The factor 5 was used instead of 10.",
                "误用了系数 5，而不是 10。",
            ),
            slip(
                "gave the relative difference",
                lambda v: 10 * (v.e / v.t - 1),
                "Ten times the relative difference was taken, without a logarithm.",
                "未取对数，用了相对差的十倍。",
            ),
        ),
        rule=Text("DI = 10 × log₁₀(EI ÷ target EI).", "DI = 10 × log₁₀（EI ÷ 目标 EI）。"),
    )


def _correct_exposure() -> Family:
    return NumericFamily(
        id="r4-correct-exposure",
        sub_topic="R4.4",
        level="E",
        difficulty="hard",
        reference="RT45",
        posts=("DR",),
        enemies=("r4-deviation-index",),
        parameters={
            "m": (4.0, 5.0, 8.0, 10.0, 16.0, 20.0),
            "d": (*steps(-4, -1.5, 0.5), *steps(1.5, 4, 0.5)),
        },
        stem=Text(
            "A technique with {m} mAs gives a deviation index of {d}. Nothing else is wrong. Which mAs "
            "would bring it to 0 at the same tube voltage?",
            "用 {m} mAs 曝光后偏差指数为 {d}，其他均无误。管电压不变，多少 mAs 可使偏差指数为 0？",
        ),
        unit=MAS,
        tolerance=0.04,
        sensible=(1, 60),
        right=key(
            lambda v: v.m * 10 ** (-v.d / 10),
            "{m} mAs ÷ 10 to the power of ({d} ÷ 10) = {key} mAs.",
            "{m} mAs ÷ 10 的（{d} ÷ 10）次方 = {key} mAs。",
        ),
        mistakes=(
            slip(
                "went the wrong way",
                lambda v: v.m * 10 ** (v.d / 10),
                "a negative index asks for more, a positive one for less.",
                "指数为负应增加 mAs，为正应减少。",
            ),
            slip(
                "took each unit for ten per cent",
                lambda v: v.m * (1 - v.d / 10),
                "each unit of the index is a factor of 1.26, not 10 %.",
                "指数每变化一个单位是 1.26 倍，不是 10 %。",
            ),
        ),
        rule=Text(
            "Divide the mAs by 10^(DI ÷ 10); 3 units are a factor of 2.",
            "mAs 除以 10^(DI ÷ 10)；3 个单位约为 2 倍。",
        ),
    )


def _match_deviation() -> Family:
    return MatchingFamily(
        id="r4-match-deviation",
        sub_topic="R4.4",
        level="E",
        difficulty="medium",
        reference="RT45",
        posts=("DR",),
        enemies=("r4-deviation-index",),
        parameters={},
        case_parameters={"d": (*steps(-6, -1, 1), *steps(1, 6, 1))},
        formula=lambda v: 100 * 10 ** (v.d / 10),
        mistake=lambda v: 100 * (1 + v.d / 20),
        digits=2,
        gap=0.12,
        unit=Text("%", "%"),
        stem=Text(
            "Match each deviation index with the exposure of the detector in per cent of the target.",
            "请将各偏差指数与探测器曝光占目标的百分比配对。",
        ),
        case=Text("Deviation index {d}", "偏差指数 {d}"),
        reason=Text(
            "10 to the power of ({d} ÷ 10) gives {value} %.",
            "10 的（{d} ÷ 10）次方，即 {value} %。",
        ),
        rule=Text("3 units are a factor of about 2.", "3 个单位约为 2 倍。"),
    )
