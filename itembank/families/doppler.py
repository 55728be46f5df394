"""S5.1 to S5.3: the Doppler equation and aliasing."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_cases import MultipleFamily, OrderFamily
from itembank.family_numbers import Values, steps
from itembank.texts import Text

US = ("US",)
CM_S = Text("cm/s", "cm/s")
ANGLES = (0.0, 30.0, 40.0, 45.0, 50.0, 55.0, 60.0)


def doppler_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _shift(),
        _velocity(),
        _angle_error(),
        _nyquist_velocity(),
        _depth_limit(),
        _select_aliasing(),
        _order_of_shifts(),
    )


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))


def _sin(degrees: float) -> float:
    return math.sin(math.radians(degrees))


def _shift_khz(v: Values) -> float:
    return 2 * v.f * v.v * _cos(v.a) / 154


def _shift() -> Family:
    return ChoiceFamily(
        id="s5-doppler-shift",
        sub_topic="S5.1",
        level="A",
        difficulty="medium",
        reference="ST57",
        posts=US,
        parameters={"f": (2.0, 2.5, 3.0, 4.0, 5.0, 6.0), "v": steps(20, 150, 10), "a": ANGLES[1:]},
        stem=Text(
            "Blood flows at {v} cm/s; the Doppler frequency is {f} MHz and the angle {a}° (c = 1540 "
            "m/s). What is the Doppler shift?",
            "血流速度 {v} cm/s，多普勒频率 {f} MHz，夹角 {a}°（c = 1540 m/s）。多普勒频移是多少？",
        ),
        unit=Text("kHz", "kHz"),
        sensible=(0.2, 12),
        right=key(
            _shift_khz,
            "2 × {f} MHz × {v} cm/s × cos {a}° ÷ 1540 m/s = {key} kHz.",
            "2 × {f} MHz × {v} cm/s × cos {a}° ÷ 1540 m/s = {key} kHz。",
        ),
        mistakes=(
            slip(
                "forgot the factor two",
                lambda v: _shift_khz(v) / 2,
                "The factor 2 for way and return was left out.",
                "漏乘往返的系数 2。",
            ),
            slip(
                "left out the angle",
                lambda v: 2 * v.f * v.v / 154,
                "The angle was left out.",
                "漏乘夹角的余弦。",
            ),
            slip(
                "took the sine",
                lambda v: 2 * v.f * v.v * _sin(v.a) / 154,
                "The sine was used instead of the cosine.",
                "误用正弦代替余弦。",
            ),
            slip(
                "divided by the cosine",
                lambda v: 2 * v.f * v.v / _cos(v.a) / 154,
                "The cosine was divided by.",
                "误除以余弦。",
            ),
            slip(
                "doubled twice",
                lambda v: 2 * _shift_khz(v),
                "The factor 2 was applied twice.",
                "系数 2 用了两次。",
            ),
            slip(
                "left out factor and angle",
                lambda v: v.f * v.v / 154,
                "Both the factor 2 and the angle were left out.",
                "系数 2 与夹角都漏掉了。",
            ),
        ),
        rule=Text("Shift = 2 f v cos θ ÷ c.", "频移 = 2 f v cos θ ÷ c。"),
    )


def _velocity() -> Family:
    return NumericFamily(
        id="s5-velocity-from-shift",
        sub_topic="S5.1",
        level="A",
        difficulty="hard",
        reference="ST57",
        posts=US,
        enemies=("s5-doppler-shift",),
        parameters={"f": (2.0, 2.5, 3.0, 4.0, 5.0), "s": steps(0.5, 5, 0.25), "a": ANGLES[1:]},
        stem=Text(
            "A Doppler shift of {s} kHz is measured at {f} MHz with the angle set to {a}° (c = 1540 "
            "m/s). Which velocity is shown?",
            "多普勒频率 {f} MHz，夹角设为 {a}°，测得频移 {s} kHz（c = 1540 m/s）。显示的流速是多少？",
        ),
        unit=CM_S,
        tolerance=0.02,
        sensible=(10, 250),
        right=key(
            lambda v: 154 * v.s / (2 * v.f * _cos(v.a)),
            "{s} kHz × 1540 m/s ÷ (2 × {f} MHz × cos {a}°) = {key} cm/s.",
            "{s} kHz × 1540 m/s ÷（2 × {f} MHz × cos {a}°）= {key} cm/s。",
        ),
        mistakes=(
            slip(
                "forgot the factor two",
                lambda v: 154 * v.s / (v.f * _cos(v.a)),
                "the factor 2 was left out.",
                "漏掉系数 2。",
            ),
            slip(
                "left out the angle",
                lambda v: 154 * v.s / (2 * v.f),
                "the angle was left out.",
                "漏掉夹角。",
            ),
            slip(
                "multiplied by the cosine",
                lambda v: 154 * v.s / (2 * v.f) * _cos(v.a),
                "the cosine was multiplied by.",
                "误乘余弦。",
            ),
        ),
        rule=Text("v = c × shift ÷ (2 f cos θ).", "v = c × 频移 ÷（2 f cos θ）。"),
    )


def _angle_error() -> Family:
    return ChoiceFamily(
        id="s5-angle-error",
        sub_topic="S5.1",
        level="E",
        difficulty="hard",
        reference="ST58",
        posts=US,
        parameters={
            "a": (30.0, 40.0, 45.0, 50.0, 55.0, 60.0),
            "e": (-10.0, -5.0, 5.0, 10.0),
        },
        derived={"b": Derived(lambda v: v.a + v.e)},
        stem=Text(
            "The true angle between beam and flow is {a}°, but the cursor is set to {b}°. By how much "
            "is the displayed velocity wrong?",
            "声束与血流的真实夹角为 {a}°，角度校正却设为 {b}°。显示流速的误差是多少？",
        ),
        unit=Text("%", "%"),
        decimals=0,
        gap=0.12,
        sensible=(-30, 55),
        possible=(-100, 200),
        right=key(
            lambda v: 100 * (_cos(v.a) / _cos(v.a + v.e) - 1),
            "cos {a}° ÷ cos {b}°, minus one: {key} %.",
            "cos {a}° ÷ cos {b}° 再减一：{key} %。",
        ),
        mistakes=(
            slip(
                "inverted",
                lambda v: 100 * (_cos(v.a + v.e) / _cos(v.a) - 1),
                "The cosines were inverted: a larger set angle shows a higher velocity.",
                "余弦之比颠倒了：设定角度偏大，显示流速偏高。",
            ),
            slip(
                "took the ratio of the angles",
                lambda v: 100 * v.e / v.a,
                "The angles were compared instead of their cosines.",
                "比较了角度，而不是余弦。",
            ),
            slip(
                "took the sines",
                lambda v: 100 * (_sin(v.a) / _sin(v.a + v.e) - 1),
                "Sines were used instead of cosines.",
                "误用正弦代替余弦。",
            ),
            slip(
                "took the difference of the cosines",
                lambda v: 100 * (_cos(v.a) - _cos(v.a + v.e)),
                "The difference of the cosines was not divided.",
                "余弦之差没有相除。",
            ),
            slip(
                "turned the ratio of the angles",
                lambda v: -100 * v.e / v.a,
                "The angles were compared, and the sign turned.",
                "比较了角度，且符号反了。",
            ),
            slip(
                "doubled the error",
                lambda v: 200 * (_cos(v.a) / _cos(v.a + v.e) - 1),
                "The error was doubled for way and return.",
                "按往返把误差加倍了。",
            ),
        ),
        rule=Text(
            "Displayed ÷ true velocity = cos(true angle) ÷ cos(set angle).",
            "显示流速 ÷ 真实流速 = cos（真实角）÷ cos（设定角）。",
        ),
    )


def _limit_cm_s(v: Values) -> float:
    return 154 * v.p / (4 * v.f * _cos(v.a))


def _nyquist_velocity() -> Family:
    return ChoiceFamily(
        id="s5-nyquist-velocity",
        sub_topic="S5.3",
        level="A",
        difficulty="hard",
        reference="ST59",
        posts=US,
        enemies=("s5-select-aliasing", "s5-depth-limit"),
        parameters={
            "p": (2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0),
            "f": (2.0, 2.5, 3.0, 4.0, 5.0, 6.0),
            "a": ANGLES[1:],
        },
        stem=Text(
            "Pulsed Doppler works at {f} MHz with a PRF of {p} kHz and an angle of {a}° (c = 1540 m/s); "
            "the baseline is in the middle. Which is the highest velocity shown without aliasing?",
            "脉冲多普勒频率 {f} MHz，PRF {p} kHz，夹角 {a}°（c = 1540 m/s），基线居中。"
            "不发生混叠的最大流速是多少？",
        ),
        unit=CM_S,
        decimals=0,
        sensible=(15, 300),
        right=key(
            _limit_cm_s,
            "1540 m/s × {p} kHz ÷ (4 × {f} MHz × cos {a}°) = {key} cm/s.",
            "1540 m/s × {p} kHz ÷（4 × {f} MHz × cos {a}°）= {key} cm/s。",
        ),
        mistakes=(
            slip(
                "took the PRF as the limit",
                lambda v: 2 * _limit_cm_s(v),
                "The PRF itself was taken for the limit instead of half of it.",
                "把 PRF 本身而不是 PRF 的一半作为极限。",
            ),
            slip(
                "left out the angle",
                lambda v: 154 * v.p / (4 * v.f),
                "The angle was left out.",
                "漏掉夹角。",
            ),
            slip(
                "multiplied by the cosine",
                lambda v: 154 * v.p / (4 * v.f) * _cos(v.a),
                "The cosine was multiplied by.",
                "误乘余弦。",
            ),
            slip(
                "halved once more",
                lambda v: _limit_cm_s(v) / 2,
                "The PRF was halved twice.",
                "PRF 被减半了两次。",
            ),
            slip(
                "took the sine",
                lambda v: 154 * v.p / (4 * v.f * _sin(v.a)),
                "The sine was used instead of the cosine.",
                "误用正弦代替余弦。",
            ),
            slip(
                "took the PRF and left out the angle",
                lambda v: 154 * v.p / (2 * v.f),
                "The PRF was taken for the limit and the angle left out.",
                "把 PRF 作为极限，又漏掉夹角。",
            ),
        ),
        rule=Text(
            "Limit = PRF ÷ 2; v = c × PRF ÷ (4 f cos θ).",
            "极限 = PRF ÷ 2；v = c × PRF ÷（4 f cos θ）。",
        ),
    )


def _depth_limit() -> Family:
    return ChoiceFamily(
        id="s5-depth-limit",
        sub_topic="S5.3",
        level="A",
        difficulty="hard",
        reference="ST30; ST59",
        posts=US,
        parameters={"d": steps(4, 18, 1), "f": (2.0, 2.5, 3.0, 3.5, 4.0, 5.0)},
        derived={"p": Derived(lambda v: 77 / v.d, digits=3)},
        stem=Text(
            "Pulsed Doppler at {f} MHz, angle 0°, samples a depth of {d} cm; the PRF is as high as this "
            "depth allows (c = 1540 m/s). Which is the highest velocity shown without aliasing, with "
            "the baseline in the middle?",
            "脉冲多普勒 {f} MHz，夹角 0°，取样深度 {d} cm，PRF 取该深度允许的最大值（c = 1540 m/s），基线居中。"
            "不发生混叠的最大流速是多少？",
        ),
        unit=Text("m/s", "m/s"),
        sensible=(0.3, 4),
        right=key(
            lambda v: 1.54**2 * 100 / (8 * v.f * v.d),
            "PRF {p} kHz; 1540 m/s × {p} kHz ÷ (4 × {f} MHz) = {key} m/s.",
            "PRF {p} kHz；1540 m/s × {p} kHz ÷（4 × {f} MHz）= {key} m/s。",
        ),
        mistakes=(
            slip(
                "counted one way",
                lambda v: 1.54**2 * 100 / (4 * v.f * v.d),
                "The PRF was computed for one way only.",
                "PRF 只按单程计算。",
            ),
            slip(
                "counted one way and took the whole PRF",
                lambda v: 1.54**2 * 100 / (2 * v.f * v.d),
                "One way only, and the whole PRF as the limit.",
                "只按单程，又把整个 PRF 作为极限。",
            ),
            slip(
                "halved once more",
                lambda v: 1.54**2 * 100 / (16 * v.f * v.d),
                "The limit was halved twice.",
                "极限被减半了两次。",
            ),
            slip(
                "left out the frequency",
                lambda v: 1.54**2 * 100 / (8 * v.d) / 10,
                "The Doppler frequency was left out, with a decimal slip.",
                "漏除多普勒频率，并且小数点错位。",
            ),
            slip(
                "halved depth and PRF",
                lambda v: 1.54**2 * 100 / (8 * v.f * v.d) / 4,
                "The depth and the PRF were both halved once more.",
                "深度与 PRF 都多减半了一次。",
            ),
            slip(
                "used the PRF in kHz as m/s",
                lambda v: 77 / v.d / 2,
                "Half of the PRF in kHz was taken for the velocity.",
                "把 PRF（kHz）的一半当作流速。",
            ),
        ),
        rule=Text("v = c² ÷ (8 f × depth) at 0°.", "0° 时 v = c² ÷（8 f × 深度）。"),
    )


def _select_aliasing() -> Family:
    return MultipleFamily(
        id="s5-select-aliasing",
        sub_topic="S5.3",
        level="E",
        difficulty="hard",
        reference="ST59; ST60",
        posts=US,
        parameters={"v": (60.0, 80.0, 100.0, 120.0, 150.0)},
        case_parameters={
            "p": (3.0, 4.0, 5.0, 6.0, 8.0),
            "f": (2.0, 3.0, 4.0, 5.0),
            "a": (0.0, 30.0, 45.0, 60.0),
        },
        formula=_limit_cm_s,
        limit=lambda v: v.v,
        gap=0.12,
        decimals=0,
        stem=Text(
            "Flow reaches {v} cm/s (c = 1540 m/s, baseline in the middle). Which settings show it "
            "without aliasing? Select all that apply.",
            "血流峰值 {v} cm/s（c = 1540 m/s，基线居中）。哪些设置可以无混叠地显示？请选择所有符合的选项。",
        ),
        case=Text("PRF {p} kHz, {f} MHz, angle {a}°", "PRF {p} kHz，{f} MHz，夹角 {a}°"),
        reason=Text(
            "Limit {value} cm/s, above {limit} cm/s.",
            "极限 {value} cm/s，高于 {limit} cm/s。",
        ),
        reason_against=Text(
            "Limit {value} cm/s, below {limit} cm/s: it aliases.",
            "极限 {value} cm/s，低于 {limit} cm/s：发生混叠。",
        ),
        rule=Text("v max = c × PRF ÷ (4 f cos θ).", "v max = c × PRF ÷（4 f cos θ）。"),
    )


def _order_of_shifts() -> Family:
    return OrderFamily(
        id="s5-order-shifts",
        sub_topic="S5.2",
        level="E",
        difficulty="medium",
        reference="ST57",
        posts=US,
        enemies=("s5-doppler-shift",),
        parameters={},
        case_parameters={
            "v": (30.0, 60.0, 90.0),
            "f": (2.0, 4.0, 6.0),
            "a": (0.0, 45.0, 60.0, 75.0),
        },
        formula=_shift_khz,
        gap=0.2,
        digits=2,
        stem=Text(
            "Put four measurements in order of the Doppler shift, the smallest first.",
            "请将四次测量按多普勒频移由小到大排序。",
        ),
        case=Text("{v} cm/s, {f} MHz, angle {a}°", "{v} cm/s，{f} MHz，夹角 {a}°"),
        reason=Text("The shift is {value} kHz.", "频移为 {value} kHz。"),
        rule=Text(
            "The shift goes with frequency × velocity × cos θ.",
            "频移与 频率 × 流速 × cos θ 成正比。",
        ),
    )
