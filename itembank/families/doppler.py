"""S5: the Doppler equation, aliasing and haemodynamics."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_cases import MultipleFamily, OrderFamily
from itembank.family_numbers import Values, steps
from itembank.texts import Text

US = ("US",)
CM_S = Text("cm/s", "cm/s")
MMHG = Text("mmHg", "mmHg")
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
        _resistive_index(),
        _pulsatility_index(),
        _bernoulli(),
        _ventricular_pressure(),
        _flow(),
        _poiseuille(),
        _continuity(),
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


def _resistive_index() -> Family:
    return ChoiceFamily(
        id="s5-resistive-index",
        sub_topic="S5.4",
        level="A",
        difficulty="easy",
        reference="ST72",
        posts=US,
        enemies=("s5-pulsatility-index",),
        parameters={"s": steps(30, 120, 5), "d": steps(8, 50, 2), "m": (0.3, 0.4)},
        derived={"t": Derived(lambda v: round(v.d + v.m * (v.s - v.d)))},
        stem=Text(
            "A renal segmental artery has a peak systolic velocity of {s} cm/s, an end-diastolic "
            "velocity of {d} cm/s and a mean velocity of {t} cm/s. What is the resistive index?",
            "肾段动脉收缩期峰值流速 {s} cm/s，舒张末期流速 {d} cm/s，平均流速 {t} cm/s。阻力指数是多少？",
        ),
        decimals=2,
        sensible=(0.45, 0.9),
        right=key(
            lambda v: (v.s - v.d) / v.s,
            "({s} - {d}) ÷ {s} = {key}.",
            "（{s} - {d}）÷ {s} = {key}。",
        ),
        mistakes=(
            slip(
                "divided by the mean",
                lambda v: (v.s - v.d) / v.t,
                "This is the pulsatility index.",
                "这是搏动指数。",
            ),
            slip(
                "gave the ratio of diastole",
                lambda v: v.d / v.s,
                "This is the ratio of diastolic to systolic velocity.",
                "这是舒张末期与收缩期流速之比。",
            ),
            slip(
                "gave the S/D ratio",
                lambda v: v.s / v.d,
                "This is the S/D ratio.",
                "这是 S/D 比值。",
            ),
            slip(
                "divided by the sum",
                lambda v: (v.s - v.d) / (v.s + v.d),
                "The difference was divided by the sum.",
                "差值除以了两者之和。",
            ),
            slip(
                "divided by diastole",
                lambda v: (v.s - v.d) / v.d,
                "The difference was divided by the diastolic velocity.",
                "差值除以了舒张末期流速。",
            ),
        ),
        rule=Text("RI = (PSV - EDV) ÷ PSV.", "RI =（PSV - EDV）÷ PSV。"),
    )


def _pulsatility_index() -> Family:
    return ChoiceFamily(
        id="s5-pulsatility-index",
        sub_topic="S5.4",
        level="A",
        difficulty="medium",
        reference="ST72",
        posts=US,
        parameters={"s": steps(30, 90, 5), "d": steps(6, 40, 2), "m": (0.35, 0.4, 0.45, 0.5)},
        derived={"t": Derived(lambda v: round(v.d + v.m * (v.s - v.d)))},
        stem=Text(
            "In an umbilical artery the peak systolic velocity is {s} cm/s, the end-diastolic velocity "
            "{d} cm/s and the time-averaged maximum velocity {t} cm/s. What is the pulsatility index?",
            "脐动脉收缩期峰值流速 {s} cm/s，舒张末期流速 {d} cm/s，时间平均最大流速 {t} cm/s。搏动指数是多少？",
        ),
        decimals=2,
        sensible=(0.5, 2),
        right=key(
            lambda v: (v.s - v.d) / v.t,
            "({s} - {d}) ÷ {t} = {key}.",
            "（{s} - {d}）÷ {t} = {key}。",
        ),
        mistakes=(
            slip(
                "divided by systole",
                lambda v: (v.s - v.d) / v.s,
                "This is the resistive index.",
                "这是阻力指数。",
            ),
            slip(
                "gave the S/D ratio",
                lambda v: v.s / v.d,
                "This is the S/D ratio.",
                "这是 S/D 比值。",
            ),
            slip(
                "took the plain mean",
                lambda v: 2 * (v.s - v.d) / (v.s + v.d),
                "The mean of both velocities was used instead of the mean over time.",
                "用了两个流速的平均，而不是时间平均。",
            ),
            slip(
                "divided by diastole",
                lambda v: (v.s - v.d) / v.d,
                "The difference was divided by the diastolic velocity.",
                "差值除以了舒张末期流速。",
            ),
            slip(
                "forgot to subtract",
                lambda v: v.s / v.t,
                "The diastolic velocity was not subtracted.",
                "没有减去舒张末期流速。",
            ),
            slip(
                "inverted",
                lambda v: v.t / (v.s - v.d),
                "The ratio was inverted.",
                "比值颠倒了。",
            ),
        ),
        rule=Text("PI = (PSV - EDV) ÷ mean velocity.", "PI =（PSV - EDV）÷ 平均流速。"),
    )


def _bernoulli() -> Family:
    return ChoiceFamily(
        id="s5-bernoulli",
        sub_topic="S5.4",
        level="A",
        difficulty="easy",
        reference="ST69",
        posts=US,
        enemies=("s5-ventricular-pressure",),
        parameters={"v": steps(1.5, 5.5, 0.1)},
        stem=Text(
            "A jet reaches {v} m/s; the velocity before the narrowing is negligible. Which peak "
            "pressure gradient follows from the simplified Bernoulli equation?",
            "射流峰值流速 {v} m/s，狭窄前流速可忽略。按简化伯努利方程，峰值压差是多少？",
        ),
        unit=MMHG,
        sensible=(9, 125),
        right=key(
            lambda v: 4 * v.v**2,
            "4 × {v}² = {key} mmHg.",
            "4 × {v}² = {key} mmHg。",
        ),
        mistakes=(
            slip(
                "forgot the square",
                lambda v: 4 * v.v,
                "The square of the velocity was left out.",
                "漏掉了流速的平方。",
            ),
            slip(
                "forgot the factor four",
                lambda v: v.v**2,
                "The factor 4 was left out.",
                "漏乘系数 4。",
            ),
            slip(
                "squared the factor as well",
                lambda v: 16 * v.v**2,
                "The factor 4 was squared as well.",
                "把系数 4 也平方了。",
            ),
            slip(
                "took the third power",
                lambda v: 4 * v.v**3,
                "The third power of the velocity was used.",
                "误用了流速的三次方。",
            ),
            slip(
                "took the factor two",
                lambda v: 2 * v.v**2,
                "The factor 2 was used instead of 4.",
                "系数误用 2，而不是 4。",
            ),
            slip(
                "took the factor eight",
                lambda v: 8 * v.v**2,
                "The factor 8 was used instead of 4.",
                "系数误用 8，而不是 4。",
            ),
        ),
        rule=Text("ΔP = 4 v² (mmHg, m/s).", "ΔP = 4 v²（mmHg，m/s）。"),
    )


def _ventricular_pressure() -> Family:
    return NumericFamily(
        id="s5-ventricular-pressure",
        sub_topic="S5.4",
        level="A",
        difficulty="medium",
        reference="ST69",
        posts=US,
        parameters={"v": steps(2, 4.5, 0.1), "r": (3.0, 5.0, 8.0, 10.0, 15.0)},
        stem=Text(
            "The tricuspid regurgitation jet reaches {v} m/s; the right atrial pressure is estimated as "
            "{r} mmHg. What is the right ventricular systolic pressure?",
            "三尖瓣反流峰值流速 {v} m/s，估测右房压 {r} mmHg。右室收缩压是多少？",
        ),
        unit=MMHG,
        tolerance=0.015,
        sensible=(18, 100),
        right=key(
            lambda v: 4 * v.v**2 + v.r,
            "4 × {v}² + {r} = {key} mmHg.",
            "4 × {v}² + {r} = {key} mmHg。",
        ),
        mistakes=(
            slip(
                "left out the atrium",
                lambda v: 4 * v.v**2,
                "the atrial pressure was left out.",
                "漏加右房压。",
            ),
            slip(
                "forgot the square",
                lambda v: 4 * v.v + v.r,
                "the square of the velocity was left out.",
                "漏掉了流速的平方。",
            ),
            slip(
                "subtracted the atrium",
                lambda v: 4 * v.v**2 - v.r,
                "the atrial pressure was subtracted.",
                "误减右房压。",
            ),
        ),
        rule=Text("RVSP = 4 v² + right atrial pressure.", "RVSP = 4 v² + 右房压。"),
    )


def _flow() -> Family:
    return ChoiceFamily(
        id="s5-volume-flow",
        sub_topic="S5.4",
        level="A",
        difficulty="hard",
        reference="ST68",
        posts=US,
        parameters={"d": steps(3, 8, 0.5), "v": steps(10, 60, 5)},
        stem=Text(
            "A round vessel is {d} mm wide inside; its mean velocity over the section and over time is "
            "{v} cm/s. How large is the volume flow?",
            "某圆形血管内径 {d} mm，截面及时间平均流速 {v} cm/s。血流量是多少？",
        ),
        unit=Text("mL/min", "mL/min"),
        decimals=0,
        sensible=(50, 1500),
        right=key(
            lambda v: math.pi * (v.d / 20) ** 2 * v.v * 60,
            "π × ({d} ÷ 2)² mm² × {v} cm/s × 60 = {key} mL/min.",
            "π ×（{d} ÷ 2）² mm² × {v} cm/s × 60 = {key} mL/min。",
        ),
        mistakes=(
            slip(
                "used the diameter for the radius",
                lambda v: math.pi * (v.d / 10) ** 2 * v.v * 60,
                "The diameter was used as the radius.",
                "把直径当作了半径。",
            ),
            slip(
                "left out pi",
                lambda v: (v.d / 20) ** 2 * v.v * 60,
                "π was left out.",
                "漏乘 π。",
            ),
            slip(
                "took a square",
                lambda v: (v.d / 10) ** 2 * v.v * 60,
                "The section was taken for a square.",
                "把截面当作了正方形。",
            ),
            slip(
                "took the circumference",
                lambda v: math.pi * v.d / 10 * v.v * 60 / 10,
                "The circumference was used, with a decimal slip.",
                "误用周长，并且小数点错位。",
            ),
            slip(
                "gave millilitres a second",
                lambda v: math.pi * (v.d / 20) ** 2 * v.v,
                "This is the flow in mL/s.",
                "这是以 mL/s 计的流量。",
            ),
            slip(
                "halved for a profile",
                lambda v: math.pi * (v.d / 20) ** 2 * v.v * 30,
                "The flow was halved for the profile, though the mean velocity is given.",
                "又按流速分布减半，但给出的已是平均流速。",
            ),
        ),
        rule=Text("Flow = area × mean velocity.", "流量 = 截面积 × 平均流速。"),
    )


def _poiseuille() -> Family:
    return ChoiceFamily(
        id="s5-poiseuille",
        sub_topic="S5.4",
        level="A",
        difficulty="medium",
        reference="ST70",
        posts=US,
        parameters={"q": steps(80, 640, 40), "s": (10.0, 20.0, 25.0, 30.0, 40.0, 50.0)},
        derived={"r": Derived(lambda v: 1 - v.s / 100)},
        stem=Text(
            "A tube carries {q} mL/min in laminar flow. Over its whole length the radius shrinks by {s} "
            "%; pressure difference, length and viscosity stay. What is the flow now, by Poiseuille's "
            "law?",
            "某管道层流流量 {q} mL/min。全长半径缩小 {s} %，压差、长度和黏度不变。按泊肃叶定律，流量变为多少？",
        ),
        unit=Text("mL/min", "mL/min"),
        sensible=(4, 450),
        right=key(
            lambda v: v.q * (1 - v.s / 100) ** 4,
            "{q} × {r}⁴ = {key} mL/min.",
            "{q} × {r}⁴ = {key} mL/min。",
        ),
        mistakes=(
            slip(
                "took the square",
                lambda v: v.q * (1 - v.s / 100) ** 2,
                "The square was used, as for the area.",
                "误用平方，那是面积的变化。",
            ),
            slip(
                "left out the power",
                lambda v: v.q * (1 - v.s / 100),
                "The flow was taken as proportional to the radius.",
                "误认为流量与半径成正比。",
            ),
            slip(
                "took the third power",
                lambda v: v.q * (1 - v.s / 100) ** 3,
                "The third power was used.",
                "误用了三次方。",
            ),
            slip(
                "took the power of the loss",
                lambda v: v.q * (1 - (v.s / 100) ** 4),
                "The power was taken of the loss of radius.",
                "对半径的减少量取了四次方。",
            ),
            slip(
                "took the eighth power",
                lambda v: v.q * (1 - v.s / 100) ** 8,
                "The fourth power was taken of the area.",
                "对面积取了四次方。",
            ),
            slip(
                "took the sixth power",
                lambda v: v.q * (1 - v.s / 100) ** 6,
                "The flow was multiplied by the ratio of the areas once more.",
                "又乘了一次面积之比。",
            ),
        ),
        rule=Text("Flow goes with the fourth power of the radius.", "流量与半径的四次方成正比。"),
    )


def _continuity() -> Family:
    return ChoiceFamily(
        id="s5-continuity",
        sub_topic="S5.4",
        level="A",
        difficulty="medium",
        reference="ST68",
        posts=US,
        parameters={
            "v": steps(30, 90, 10),
            "d": (5.0, 6.0, 7.0, 8.0),
            "e": (2.5, 3.0, 3.5, 4.0, 4.5),
        },
        where=lambda v: v.e / v.d < 0.8,
        stem=Text(
            "Mean velocity is {v} cm/s where a vessel is {d} mm wide. Further on it narrows to {e} mm, "
            "without branches. What is the mean velocity there?",
            "血管内径 {d} mm 处平均流速 {v} cm/s，远端狭窄至 {e} mm，无分支。狭窄处平均流速是多少？",
        ),
        unit=CM_S,
        decimals=0,
        sensible=(50, 600),
        right=key(
            lambda v: v.v * (v.d / v.e) ** 2,
            "{v} × ({d} ÷ {e})² = {key} cm/s.",
            "{v} ×（{d} ÷ {e}）² = {key} cm/s。",
        ),
        mistakes=(
            slip(
                "forgot the square",
                lambda v: v.v * v.d / v.e,
                "The diameters were compared instead of the areas.",
                "比较了内径，而不是面积。",
            ),
            slip(
                "inverted",
                lambda v: v.v * (v.e / v.d) ** 2,
                "The ratio was inverted: flow speeds up in a narrowing.",
                "比值颠倒了：狭窄处流速加快。",
            ),
            slip(
                "took the third power",
                lambda v: v.v * (v.d / v.e) ** 3,
                "The third power was used.",
                "误用了三次方。",
            ),
            slip(
                "took the fourth power",
                lambda v: v.v * (v.d / v.e) ** 4,
                "The fourth power of Poiseuille's law was used.",
                "误用了泊肃叶定律的四次方。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.v,
                "The flow stays the same, the velocity does not.",
                "不变的是流量，而流速会改变。",
            ),
        ),
        rule=Text("Area × velocity stays the same.", "截面积 × 流速保持不变。"),
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
