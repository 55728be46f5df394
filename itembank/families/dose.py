"""R3: distance, shielding and dose quantities."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, key, slip
from itembank.family_cases import OrderFamily
from itembank.family_numbers import steps
from itembank.texts import Text


def dose_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _inverse_square(),
        _shield_thickness(),
        _annual_dose(),
        _area_product(),
        _entrance_dose(),
        _order_of_positions(),
    )


def _inverse_square() -> Family:
    return ChoiceFamily(
        id="r3-inverse-square",
        sub_topic="R3.3",
        level="A",
        difficulty="easy",
        reference="RT28",
        posts=("DR", "DSA"),
        parameters={
            "k": steps(20, 400, 20),
            "a": (0.5, 1.0, 1.5, 2.0, 3.0),
            "b": (0.5, 1.0, 1.5, 2.0, 3.0, 4.0),
        },
        where=lambda v: not 0.6 < v.a / v.b < 1.6,
        stem=Text(
            "At {a} m from a small source of scatter the dose rate is {k} µSv/h. What is it at {b} m, "
            "if attenuation in air is neglected?",
            "距小散射源 {a} m 处剂量率为 {k} µSv/h。忽略空气衰减，{b} m 处的剂量率是多少？",
        ),
        unit=Text("µSv/h", "µSv/h"),
        sensible=(1, 4000),
        right=key(
            lambda v: v.k * (v.a / v.b) ** 2,
            "{k} × ({a} ÷ {b})² = {key} µSv/h.",
            "{k} ×（{a} ÷ {b}）² = {key} µSv/h。",
        ),
        mistakes=(
            slip(
                "forgot the square",
                lambda v: v.k * v.a / v.b,
                "The square of the distance was left out.",
                "漏掉了距离的平方。",
            ),
            slip(
                "inverted the ratio",
                lambda v: v.k * (v.b / v.a) ** 2,
                "The ratio of the distances was inverted.",
                "距离之比颠倒了。",
            ),
            slip(
                "inverted the ratio and forgot the square",
                lambda v: v.k * v.b / v.a,
                "The ratio was inverted and the square left out.",
                "比值颠倒，又漏掉平方。",
            ),
            slip(
                "took the third power",
                lambda v: v.k * (v.a / v.b) ** 3,
                "The third power of the distance was used.",
                "误用了距离的三次方。",
            ),
            slip(
                "squared the new distance only",
                lambda v: v.k * v.a / v.b**2,
                "Only the new distance was squared.",
                "只对新距离取了平方。",
            ),
        ),
        rule=Text(
            "The dose rate falls with the square of the distance.",
            "剂量率与距离的平方成反比。",
        ),
    )


def _shield_thickness() -> Family:
    return ChoiceFamily(
        id="r3-shield-thickness",
        sub_topic="R3.3",
        level="A",
        difficulty="hard",
        reference="RT18; RT29",
        posts=("DR", "CT"),
        parameters={"h": (0.2, 0.25, 0.3, 0.4), "n": steps(3, 7, 1), "b": (2.0, 2.5, 5.0, 7.5)},
        derived={"a": Derived(lambda v: v.b * 2**v.n)},
        stem=Text(
            "Behind a wall the dose rate would be {a} µSv/h without shielding; {b} µSv/h is wanted. "
            "The half-value layer of lead for this beam is {h} mm. How much lead is needed?",
            "墙后无屏蔽时剂量率为 {a} µSv/h，要求降至 {b} µSv/h。铅对该射线的半价层为 {h} mm。需要多厚的铅？",
        ),
        unit=Text("mm", "mm"),
        decimals=2,
        sensible=(0.5, 3),
        right=key(
            lambda v: v.n * v.h,
            "{a} ÷ {b} is 2 to the power of {n}: {n} × {h} = {key} mm.",
            "{a} ÷ {b} 为 2 的 {n} 次方：{n} × {h} = {key} mm。",
        ),
        mistakes=(
            slip(
                "one layer too few",
                lambda v: (v.n - 1) * v.h,
                "One half-value layer too few.",
                "少了一个半价层。",
            ),
            slip(
                "one layer too many",
                lambda v: (v.n + 1) * v.h,
                "One half-value layer too many.",
                "多了一个半价层。",
            ),
            slip(
                "took half of the ratio for the number of layers",
                lambda v: 2**v.n / 2 * v.h,
                "Half of the ratio was taken for the number of layers.",
                "把比值的一半当作层数。",
            ),
            slip(
                "counted tenths",
                lambda v: v.n * math.log10(2) * v.h,
                "The factors of ten were counted, but a half-value layer was used for each.",
                "按十的倍数计层数，却仍用半价层厚度。",
            ),
            slip(
                "took natural logarithms",
                lambda v: v.n * math.log(2) * v.h,
                "The natural logarithm of the ratio was taken for the number of layers.",
                "把比值的自然对数当作层数。",
            ),
            slip(
                "took the ratio itself",
                lambda v: 2**v.n * v.h,
                "The ratio itself was taken for the number of layers.",
                "把比值本身当作层数。",
            ),
        ),
        rule=Text(
            "Each half-value layer halves the rate: count how often the ratio halves.",
            "每个半价层使剂量率减半：数一数比值要减半几次。",
        ),
    )


def _annual_dose() -> Family:
    return ChoiceFamily(
        id="r3-annual-dose",
        sub_topic="R3.4",
        level="A",
        difficulty="medium",
        reference="RT33",
        posts=("DSA",),
        parameters={
            "r": steps(10, 60, 5),
            "m": steps(5, 20, 5),
            "n": steps(5, 30, 5),
            "w": (40.0, 44.0, 46.0, 48.0),
        },
        stem=Text(
            "At an assistant's place the dose rate is {r} µSv/h while the beam is on. The beam is on "
            "for {m} min in each procedure; there are {n} procedures a week and {w} weeks a year. "
            "What is the dose at that place in a year?",
            "出束时助手位置的剂量率为 {r} µSv/h。每台手术出束 {m} min，每周 {n} 台，全年 {w} 周。"
            "该位置一年的剂量是多少？",
        ),
        unit=Text("mSv", "mSv"),
        sensible=(0.5, 30),
        right=key(
            lambda v: v.r * v.m / 60 * v.n * v.w / 1000,
            "{r} × {m} ÷ 60 × {n} × {w} ÷ 1000 = {key} mSv.",
            "{r} × {m} ÷ 60 × {n} × {w} ÷ 1000 = {key} mSv。",
        ),
        mistakes=(
            slip(
                "took minutes for hours",
                lambda v: v.r * v.m * v.n * v.w / 1000,
                "The minutes were taken for hours.",
                "把分钟当作小时。",
            ),
            slip(
                "took an hour for each procedure",
                lambda v: v.r * v.n * v.w / 1000,
                "A whole hour was counted for each procedure.",
                "每台手术按一小时计算。",
            ),
            slip(
                "left out the procedures of a week",
                lambda v: v.r * v.m / 60 * v.w / 1000,
                "One procedure a week was counted.",
                "每周只计了一台手术。",
            ),
            slip(
                "counted twelve months for the weeks",
                lambda v: v.r * v.m / 60 * v.n * 12 / 1000,
                "The weeks were counted as months of a year.",
                "把周数当作了一年的月数。",
            ),
            slip(
                "took an hour for a hundred minutes",
                lambda v: v.r * v.m / 100 * v.n * v.w / 1000,
                "An hour was counted as 100 minutes.",
                "把一小时当作 100 min。",
            ),
        ),
        rule=Text("Dose = dose rate × time with the beam on.", "剂量 = 剂量率 × 出束时间。"),
    )


def _area_product() -> Family:
    return ChoiceFamily(
        id="r3-kerma-area-product",
        sub_topic="R3.2",
        level="A",
        difficulty="medium",
        reference="RT32",
        posts=("DSA", "DR"),
        parameters={
            "k": steps(5, 60, 5),
            "a": steps(10, 30, 5),
            "b": steps(10, 30, 5),
            "f": (1.5, 2.0, 2.5),
        },
        derived={"d": Derived(lambda v: 50 * v.f)},
        stem=Text(
            "At 50 cm from the focus the incident air kerma is {k} mGy and the field {a} cm × {b} cm. "
            "The beam is uniform. Which kerma-area product is found at {d} cm from the focus?",
            "距焦点 50 cm 处入射空气比释动能为 {k} mGy，照射野 {a} cm × {b} cm，射线束均匀。"
            "距焦点 {d} cm 处的比释动能面积乘积是多少？",
        ),
        unit=Text("Gy·cm²", "Gy·cm²"),
        sensible=(0.5, 60),
        right=key(
            lambda v: v.k * v.a * v.b / 1000,
            "{k} × {a} × {b} ÷ 1000 = {key} Gy·cm²; it is the same at every distance.",
            "{k} × {a} × {b} ÷ 1000 = {key} Gy·cm²，在任何距离都相同。",
        ),
        mistakes=(
            slip(
                "applied the inverse square law to it",
                lambda v: v.k * v.a * v.b / 1000 / v.f**2,
                "The kerma falls with distance, but the field grows by the same factor.",
                "比释动能随距离下降，但照射野按同样倍数增大。",
            ),
            slip(
                "applied the growth of the field only",
                lambda v: v.k * v.a * v.b / 1000 * v.f**2,
                "The field grows with distance, but the kerma falls by the same factor.",
                "照射野随距离增大，但比释动能按同样倍数下降。",
            ),
            slip(
                "divided by the ratio of distances",
                lambda v: v.k * v.a * v.b / 1000 / v.f,
                "The product was taken to fall with the distance.",
                "误认为乘积与距离成反比。",
            ),
            slip(
                "multiplied by the ratio of distances",
                lambda v: v.k * v.a * v.b / 1000 * v.f,
                "Only one side of the field was enlarged.",
                "只放大了照射野的一条边。",
            ),
            slip(
                "added the sides",
                lambda v: v.k * 2 * (v.a + v.b) / 1000,
                "The perimeter of the field was used instead of its area.",
                "误用照射野周长代替面积。",
            ),
        ),
        rule=Text(
            "KAP = air kerma × field area; it does not depend on the distance.",
            "KAP = 空气比释动能 × 照射野面积，与距离无关。",
        ),
    )


def _entrance_dose() -> Family:
    # K = output × mAs × (100 cm / FSD)² × backscatter factor: IAEA Technical Reports Series 457.
    return ChoiceFamily(
        id="r3-entrance-dose",
        sub_topic="R3.2",
        level="A",
        difficulty="hard",
        reference="RT19; IAEA TRS 457",
        posts=("DR",),
        parameters={
            "y": steps(30, 90, 5),
            "m": (10.0, 16.0, 20.0, 25.0, 32.0, 40.0, 50.0),
            "d": (70.0, 75.0, 80.0, 85.0, 90.0, 150.0),
            "b": (1.3, 1.35, 1.4),
        },
        stem=Text(
            "A tube gives {y} µGy per mAs at 100 cm in air. An exposure uses {m} mAs with the skin at "
            "{d} cm from the focus; the backscatter factor is {b}. What is the entrance surface air "
            "kerma (with backscatter)?",
            "X 线管在空气中 100 cm 处的输出为每 mAs {y} µGy。曝光 {m} mAs，焦皮距 {d} cm，反散射因子 {b}。"
            "入射体表空气比释动能（含反散射）是多少？",
        ),
        unit=Text("mGy", "mGy"),
        sensible=(0.2, 12),
        gap=0.12,
        right=key(
            lambda v: v.y * v.m / 1000 * (100 / v.d) ** 2 * v.b,
            "{y} × {m} ÷ 1000 × (100 ÷ {d})² × {b} = {key} mGy.",
            "{y} × {m} ÷ 1000 ×（100 ÷ {d}）² × {b} = {key} mGy。",
        ),
        mistakes=(
            slip(
                "left out backscatter",
                lambda v: v.y * v.m / 1000 * (100 / v.d) ** 2,
                "Backscatter was left out: this is the incident air kerma.",
                "漏乘反散射因子：这是入射空气比释动能。",
            ),
            slip(
                "left out the distance",
                lambda v: v.y * v.m / 1000 * v.b,
                "The output at 100 cm was used without correction for the distance.",
                "直接使用 100 cm 处的输出，未作距离校正。",
            ),
            slip(
                "inverted the distances",
                lambda v: v.y * v.m / 1000 * (v.d / 100) ** 2 * v.b,
                "The ratio of the distances was inverted.",
                "距离之比颠倒了。",
            ),
            slip(
                "forgot the square",
                lambda v: v.y * v.m / 1000 * 100 / v.d * v.b,
                "The square of the distances was left out.",
                "漏掉了距离的平方。",
            ),
            slip(
                "squared the backscatter factor",
                lambda v: v.y * v.m / 1000 * (100 / v.d * v.b) ** 2,
                "The backscatter factor was squared as well.",
                "把反散射因子也平方了。",
            ),
            slip(
                "left out both corrections",
                lambda v: v.y * v.m / 1000,
                "Neither distance nor backscatter was taken into account.",
                "距离和反散射均未考虑。",
            ),
        ),
        rule=Text(
            "Output × mAs × (100 ÷ distance)² × backscatter factor.",
            "输出 × mAs ×（100 ÷ 距离）² × 反散射因子。",
        ),
    )


def _order_of_positions() -> Family:
    return OrderFamily(
        id="r3-order-positions",
        sub_topic="R3.1",
        level="E",
        difficulty="medium",
        reference="RT24; RT28",
        posts=("DSA", "DR"),
        parameters={},
        case_parameters={
            "d": (1.0, 1.5, 2.0, 3.0, 4.0),
            "t": (2.0, 5.0, 10.0, 20.0),
            "n": (0.0, 1.0, 2.0, 3.0),
        },
        formula=lambda v: 100 * v.t / v.d**2 * 0.5**v.n,
        gap=0.25,
        digits=3,
        stem=Text(
            "Four persons stand near the same source of scatter. Put them in order of dose, the "
            "smallest first.",
            "四人站在同一散射源附近。请按所受剂量由小到大排序。",
        ),
        case=Text(
            "{t} min at {d} m behind {n} half-value layers",
            "{d} m 处 {t} min，屏蔽 {n} 个半价层",
        ),
        reason=Text(
            "Time ÷ distance², halved {n} times: relative dose {value}.",
            "时间 ÷ 距离²，再减半 {n} 次：相对剂量 {value}。",
        ),
        rule=Text(
            "Dose goes with time, and falls with distance²; each half-value layer halves it.",
            "剂量与时间成正比，与距离的平方成反比；每个半价层使其减半。",
        ),
    )
