"""R4.1: exposure arithmetic."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, key, slip
from itembank.family_numbers import steps
from itembank.texts import Text

MAS = Text("mAs", "mAs")


def dr_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _reciprocity(),
        _direct_square(),
        _fifteen_percent(),
        _distance_and_voltage(),
        _signal_to_noise(),
    )


def _reciprocity() -> Family:
    return ChoiceFamily(
        id="r4-reciprocity",
        sub_topic="R4.1",
        level="A",
        difficulty="easy",
        reference="RT35",
        posts=("DR",),
        parameters={
            "a": (100.0, 160.0, 200.0, 250.0, 320.0),
            "t": (40.0, 50.0, 80.0, 100.0, 160.0, 200.0),
            "b": (100.0, 200.0, 320.0, 400.0, 500.0, 630.0),
        },
        where=lambda v: relative(v.a, v.b) > 0.2,
        stem=Text(
            "A view is taken with {a} mA and {t} ms. To limit motion, {b} mA is set with the same mAs. "
            "Which exposure time is needed?",
            "某体位用 {a} mA、{t} ms 曝光。现改为 {b} mA，mAs 不变，曝光时间应为多少？",
        ),
        unit=Text("ms", "ms"),
        sensible=(8, 400),
        right=key(
            lambda v: v.a * v.t / v.b,
            "{a} × {t} ÷ {b} = {key} ms.",
            "{a} × {t} ÷ {b} = {key} ms。",
        ),
        mistakes=(
            slip(
                "inverted the currents",
                lambda v: v.t * v.b / v.a,
                "The ratio of the currents was inverted.",
                "管电流之比颠倒了。",
            ),
            slip(
                "left the time unchanged",
                lambda v: v.t,
                "The time was left unchanged: the mAs would change.",
                "时间未变：mAs 会随之改变。",
            ),
            slip(
                "squared the ratio",
                lambda v: v.t * (v.a / v.b) ** 2,
                "The ratio of the currents was squared.",
                "对管电流之比取了平方。",
            ),
            slip(
                "took the root of the ratio",
                lambda v: v.t * math.sqrt(v.a / v.b),
                "The square root of the ratio was used.",
                "对管电流之比取了平方根。",
            ),
            slip(
                "gave the mAs",
                lambda v: v.a * v.t / 1000,
                "This is the number of mAs.",
                "这是 mAs 的数值。",
            ),
            slip(
                "inverted and squared",
                lambda v: v.t * (v.b / v.a) ** 2,
                "The ratio was inverted and squared.",
                "比值颠倒并取了平方。",
            ),
        ),
        rule=Text("mA × time stays the same.", "管电流 × 时间保持不变。"),
    )


def relative(one: float, other: float) -> float:
    """Difference as a share of the larger number."""
    return abs(one - other) / max(one, other)


def _direct_square() -> Family:
    return ChoiceFamily(
        id="r4-direct-square",
        sub_topic="R4.1",
        level="A",
        difficulty="medium",
        reference="RT37",
        posts=("DR",),
        parameters={
            "m": (2.0, 2.5, 4.0, 5.0, 8.0, 10.0, 16.0, 20.0),
            "a": (90.0, 100.0, 110.0, 120.0, 150.0, 180.0),
            "b": (90.0, 100.0, 110.0, 120.0, 150.0, 180.0),
        },
        where=lambda v: relative(v.a, v.b) > 0.15,
        stem=Text(
            "A mobile view needs {m} mAs at an SID of {a} cm. At the same tube voltage the SID becomes "
            "{b} cm. Which setting keeps the exposure of the receptor?",
            "床旁摄影 SID 为 {a} cm 时需 {m} mAs。管电压不变，SID 改为 {b} cm，多少 mAs 可保持探测器曝光？",
        ),
        unit=MAS,
        sensible=(0.5, 90),
        right=key(
            lambda v: v.m * (v.b / v.a) ** 2,
            "{m} × ({b} ÷ {a})² = {key} mAs.",
            "{m} ×（{b} ÷ {a}）² = {key} mAs。",
        ),
        mistakes=(
            slip(
                "inverted the distances",
                lambda v: v.m * (v.a / v.b) ** 2,
                "The ratio of the distances was inverted, as for the intensity of the beam.",
                "距离之比颠倒了，那是射线强度的变化。",
            ),
            slip(
                "forgot the square",
                lambda v: v.m * v.b / v.a,
                "The square was left out.",
                "漏掉了平方。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.m,
                "The mAs were left unchanged.",
                "mAs 未作调整。",
            ),
            slip(
                "took the fourth power",
                lambda v: v.m * (v.b / v.a) ** 4,
                "The ratio was squared twice.",
                "对比值平方了两次。",
            ),
            slip(
                "inverted and forgot the square",
                lambda v: v.m * v.a / v.b,
                "The ratio was inverted and the square left out.",
                "比值颠倒，又漏掉平方。",
            ),
        ),
        rule=Text("mAs₂ = mAs₁ × (D₂ ÷ D₁)².", "mAs₂ = mAs₁ ×（D₂ ÷ D₁）²。"),
    )


def _fifteen_percent() -> Family:
    return ChoiceFamily(
        id="r4-fifteen-percent",
        sub_topic="R4.1",
        level="A",
        difficulty="medium",
        reference="RT36",
        posts=("DR",),
        parameters={
            "u": (60.0, 80.0, 100.0),
            "s": (1.15, 0.85),
            "m": (4.0, 5.0, 8.0, 10.0, 16.0, 20.0, 32.0, 40.0),
        },
        derived={"w": Derived(lambda v: v.u * v.s, decimals=0)},
        stem=Text(
            "A view is exposed with {u} kVp and {m} mAs. The voltage is changed to {w} kVp. By the "
            "15 % rule, which setting keeps the exposure of the receptor?",
            "某体位用 {u} kVp、{m} mAs 曝光。管电压改为 {w} kVp，按 15 % 规则，多少 mAs 可保持探测器曝光？",
        ),
        unit=MAS,
        sensible=(1, 90),
        right=key(
            lambda v: v.m * (0.5 if v.s > 1 else 2),
            "A change by 15 % of the voltage acts like a factor of 2 in mAs: {key} mAs.",
            "管电压变化 15 % 相当于 mAs 变化 2 倍：{key} mAs。",
        ),
        mistakes=(
            slip(
                "went the wrong way",
                lambda v: v.m * (2 if v.s > 1 else 0.5),
                "The factor of 2 was applied the wrong way round.",
                "2 倍的方向用反了。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.m,
                "The mAs were left unchanged.",
                "mAs 未作调整。",
            ),
            slip(
                "changed mAs by the same per cent",
                lambda v: v.m / v.s,
                "The mAs were changed by the same ratio as the voltage.",
                "mAs 只按管电压的同一比例调整。",
            ),
            slip(
                "changed by a factor of four",
                lambda v: v.m * (0.25 if v.s > 1 else 4),
                "The step was applied twice.",
                "把一步变化用了两次。",
            ),
            slip(
                "took the square of the voltages",
                lambda v: v.m / v.s**2,
                "The tube output (kVp²) alone was kept, not what reaches the receptor.",
                "只保持了管输出（kVp²），未考虑到达探测器的射线。",
            ),
        ),
        rule=Text(
            "15 % more kVp: half the mAs; 15 % less: twice the mAs.",
            "kVp 增加 15 %，mAs 减半；kVp 减少 15 %，mAs 加倍。",
        ),
    )


def _distance_and_voltage() -> Family:
    return ChoiceFamily(
        id="r4-distance-and-voltage",
        sub_topic="R4.1",
        level="A",
        difficulty="hard",
        reference="RT36; RT37",
        posts=("DR",),
        enemies=("r4-direct-square", "r4-fifteen-percent"),
        parameters={
            "m": (4.0, 5.0, 8.0, 10.0, 16.0),
            "a": (100.0, 110.0, 120.0),
            "b": (150.0, 160.0, 180.0, 200.0),
        },
        stem=Text(
            "A view needs {m} mAs with 80 kVp at {a} cm. It is repeated with 92 kVp at {b} cm. By the "
            "15 % rule and the law of distance, which setting keeps the exposure of the receptor?",
            "某体位在 {a} cm、80 kVp 时需 {m} mAs。重拍改为 {b} cm、92 kVp，按 15 % 规则和距离定律，"
            "多少 mAs 可保持探测器曝光？",
        ),
        unit=MAS,
        sensible=(2, 40),
        right=key(
            lambda v: v.m * (v.b / v.a) ** 2 / 2,
            "{m} × ({b} ÷ {a})² ÷ 2 = {key} mAs.",
            "{m} ×（{b} ÷ {a}）² ÷ 2 = {key} mAs。",
        ),
        mistakes=(
            slip(
                "left out the voltage",
                lambda v: v.m * (v.b / v.a) ** 2,
                "The higher voltage was left out.",
                "未考虑管电压升高。",
            ),
            slip(
                "left out the distance",
                lambda v: v.m / 2,
                "The longer distance was left out.",
                "未考虑距离增大。",
            ),
            slip(
                "doubled for the voltage",
                lambda v: v.m * (v.b / v.a) ** 2 * 2,
                "The mAs were doubled for the higher voltage instead of halved.",
                "管电压升高时误把 mAs 加倍，而不是减半。",
            ),
            slip(
                "forgot the square",
                lambda v: v.m * v.b / v.a / 2,
                "The square of the distance was left out.",
                "漏掉了距离的平方。",
            ),
            slip(
                "inverted the distances",
                lambda v: v.m * (v.a / v.b) ** 2 / 2,
                "The ratio of the distances was inverted.",
                "距离之比颠倒了。",
            ),
        ),
        rule=Text(
            "First the square of the distances, then half for 15 % more kVp.",
            "先按距离平方，再因 kVp 增加 15 % 减半。",
        ),
    )


def _signal_to_noise() -> Family:
    return ChoiceFamily(
        id="r4-signal-to-noise",
        sub_topic="R4.1",
        level="A",
        difficulty="medium",
        reference="RT47",
        posts=("DR",),
        parameters={"s": steps(10, 60, 5), "f": (0.25, 0.5, 2.0, 3.0, 4.0, 6.0), "m": (2.0, 4.0)},
        derived={"n": Derived(lambda v: v.m * v.f)},
        stem=Text(
            "An image whose noise is purely quantum noise has a signal-to-noise ratio of {s} at {m} "
            "mAs. What is the ratio at {n} mAs with the same beam quality?",
            "某图像噪声全为量子噪声，{m} mAs 时信噪比为 {s}。线质不变，{n} mAs 时信噪比是多少？",
        ),
        sensible=(4, 160),
        right=key(
            lambda v: v.s * math.sqrt(v.f),
            "{s} × √({n} ÷ {m}) = {key}.",
            "{s} × √（{n} ÷ {m}）= {key}。",
        ),
        mistakes=(
            slip(
                "forgot the root",
                lambda v: v.s * v.f,
                "The ratio was taken as proportional to mAs.",
                "误认为信噪比与 mAs 成正比。",
            ),
            slip(
                "inverted the root",
                lambda v: v.s / math.sqrt(v.f),
                "That is how relative noise changes.",
                "那是相对噪声的变化。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.s,
                "The ratio was taken not to depend on mAs.",
                "误认为信噪比与 mAs 无关。",
            ),
            slip(
                "took the square",
                lambda v: v.s * v.f**2,
                "The square was taken instead of the root.",
                "误取平方，而不是平方根。",
            ),
            slip(
                "inverted the ratio",
                lambda v: v.s / v.f,
                "The ratio was inverted and the root left out.",
                "比值颠倒，又漏掉开方。",
            ),
        ),
        rule=Text(
            "The signal-to-noise ratio goes with the root of mAs.",
            "信噪比与 mAs 的平方根成正比。",
        ),
    )
