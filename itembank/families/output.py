"""S6: indices of output, and phantoms."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, key, slip
from itembank.family_numbers import steps
from itembank.texts import Text

US = ("US",)


def output_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _mechanical_index(),
        _thermal_index(),
        _caliper_error(),
        _temporal_average(),
    )


def _mechanical_index() -> Family:
    return ChoiceFamily(
        id="s6-mechanical-index",
        sub_topic="S6.1",
        level="A",
        difficulty="medium",
        reference="ST78",
        posts=US,
        parameters={"p": steps(0.4, 3, 0.2), "f": (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 7.5)},
        stem=Text(
            "The derated peak rarefactional pressure is {p} MPa at {f} MHz. What is the mechanical "
            "index?",
            "频率 {f} MHz，衰减后的峰值负压为 {p} MPa。机械指数是多少？",
        ),
        decimals=2,
        sensible=(0.15, 1.9),
        right=key(
            lambda v: v.p / math.sqrt(v.f),
            "{p} ÷ √{f} = {key}.",
            "{p} ÷ √{f} = {key}。",
        ),
        mistakes=(
            slip(
                "forgot the root",
                lambda v: v.p / v.f,
                "The root was left out.",
                "漏掉开方。",
            ),
            slip(
                "multiplied by the root",
                lambda v: v.p * math.sqrt(v.f),
                "The pressure was multiplied by the root.",
                "负压乘了频率的平方根。",
            ),
            slip(
                "took the root of everything",
                lambda v: math.sqrt(v.p / v.f),
                "The root of the quotient was taken.",
                "对整个商开了平方。",
            ),
            slip(
                "squared the pressure",
                lambda v: v.p**2 / v.f,
                "The index was squared.",
                "对指数取了平方。",
            ),
            slip(
                "left out the frequency",
                lambda v: v.p,
                "The frequency was left out.",
                "漏除频率。",
            ),
        ),
        rule=Text("MI = pressure (MPa) ÷ √frequency (MHz).", "MI = 负压（MPa）÷ √频率（MHz）。"),
    )


def _thermal_index() -> Family:
    return ChoiceFamily(
        id="s6-thermal-index",
        sub_topic="S6.1",
        level="A",
        difficulty="easy",
        reference="ST79",
        posts=US,
        parameters={"d": steps(20, 80, 5), "w": steps(8, 160, 4)},
        stem=Text(
            "In the assumed tissue {d} mW would raise the temperature by 1 °C. The transducer emits {w} "
            "mW. What is the thermal index?",
            "在假定的组织模型中，{d} mW 声功率可使温度升高 1 °C。探头发射 {w} mW。热指数是多少？",
        ),
        decimals=2,
        sensible=(0.2, 4),
        right=key(
            lambda v: v.w / v.d,
            "{w} ÷ {d} = {key}.",
            "{w} ÷ {d} = {key}。",
        ),
        mistakes=(
            slip(
                "inverted",
                lambda v: v.d / v.w,
                "The ratio was inverted.",
                "比值颠倒了。",
            ),
            slip(
                "took the root",
                lambda v: math.sqrt(v.w / v.d),
                "The root was taken, as for the mechanical index.",
                "取了平方根，那是机械指数的做法。",
            ),
            slip(
                "squared",
                lambda v: (v.w / v.d) ** 2,
                "The ratio was squared.",
                "对比值取了平方。",
            ),
            slip(
                "added one degree",
                lambda v: v.w / v.d + 1,
                "One degree was added.",
                "多加了一度。",
            ),
            slip(
                "took half of the power",
                lambda v: v.w / v.d / 2,
                "Half of the power was used.",
                "只用了一半功率。",
            ),
            slip(
                "took twice the power",
                lambda v: 2 * v.w / v.d,
                "Twice the power was used.",
                "用了两倍功率。",
            ),
        ),
        rule=Text("TI = power ÷ power for 1 °C.", "TI = 声功率 ÷ 升温 1 °C 所需声功率。"),
    )


def _caliper_error() -> Family:
    return ChoiceFamily(
        id="s6-caliper-error",
        sub_topic="S6.2",
        level="A",
        difficulty="easy",
        reference="ST85",
        posts=US,
        parameters={
            "t": (40.0, 50.0, 60.0, 80.0, 100.0),
            "e": (*steps(-5, -1, 0.5), *steps(1, 5, 0.5)),
        },
        derived={"m": Derived(lambda v: v.t + v.e)},
        stem=Text(
            "In a phantom two filaments lie {t} mm apart; the caliper shows {m} mm. What is the "
            "relative error of the distance?",
            "体模中两根靶线相距 {t} mm，电子卡尺显示 {m} mm。距离的相对误差是多少？",
        ),
        unit=Text("%", "%"),
        decimals=1,
        sensible=(-8, 8),
        possible=(-100, 100),
        right=key(
            lambda v: 100 * v.e / v.t,
            "({m} - {t}) ÷ {t} = {key} %.",
            "（{m} - {t}）÷ {t} = {key} %。",
        ),
        mistakes=(
            slip(
                "turned the sign",
                lambda v: -100 * v.e / v.t,
                "The sign was turned: measured minus true.",
                "符号反了：应以测量值减真值。",
            ),
            slip(
                "gave millimetres as per cent",
                lambda v: v.e,
                "This is the error in mm.",
                "这是以 mm 计的误差。",
            ),
            slip(
                "turned the sign of the millimetres",
                lambda v: -v.e,
                "This is the error in mm with the sign turned.",
                "这是 mm 误差，且符号反了。",
            ),
            slip(
                "halved the error",
                lambda v: 50 * v.e / v.t,
                "The error was shared between both filaments.",
                "把误差平分给了两根靶线。",
            ),
            slip(
                "doubled the error",
                lambda v: 200 * v.e / v.t,
                "The error was doubled for the round trip.",
                "按往返把误差加倍了。",
            ),
        ),
        rule=Text("Error = (measured - true) ÷ true.", "误差 =（测量值 - 真值）÷ 真值。"),
    )


def _temporal_average() -> Family:
    return ChoiceFamily(
        id="s6-temporal-average",
        sub_topic="S6.1",
        level="A",
        difficulty="hard",
        reference="ST13; ST82",
        posts=US,
        parameters={
            "i": steps(20, 200, 10),
            "t": (0.5, 0.8, 1.0, 1.2, 1.5, 2.0),
            "p": (1.0, 2.0, 4.0, 5.0),
        },
        stem=Text(
            "The pulse-average intensity is {i} W/cm² at the spatial peak. Each pulse lasts {t} µs; the "
            "pulse repetition frequency is {p} kHz. What is the intensity averaged over time?",
            "空间峰值处的脉冲平均强度为 {i} W/cm²，每个脉冲持续 {t} µs，脉冲重复频率 {p} kHz。"
            "时间平均强度是多少？",
        ),
        unit=Text("mW/cm²", "mW/cm²"),
        sensible=(15, 900),
        right=key(
            lambda v: v.i * v.t * v.p,
            "Duty factor {t} µs × {p} kHz: {i} W/cm² become {key} mW/cm².",
            "占空因数为 {t} µs × {p} kHz：{i} W/cm² 变为 {key} mW/cm²。",
        ),
        mistakes=(
            slip(
                "left out the duration",
                lambda v: v.i * v.p,
                "A pulse of 1 µs was used whatever its duration.",
                "不论脉冲长短，都按 1 µs 计算。",
            ),
            slip(
                "divided by the PRF",
                lambda v: v.i * v.t / v.p,
                "The PRF was divided by.",
                "误除以脉冲重复频率。",
            ),
            slip(
                "left out the PRF",
                lambda v: v.i * v.t,
                "A PRF of 1 kHz was used whatever the setting.",
                "不论设置，都按 PRF 1 kHz 计算。",
            ),
            slip(
                "took the triangular mean",
                lambda v: v.i * v.t * v.p / 2,
                "The average over the pulse was taken once more.",
                "又对脉冲求了一次平均。",
            ),
            slip(
                "counted the gap twice",
                lambda v: 2 * v.i * v.t * v.p,
                "Sending and receiving were both counted as sound.",
                "发射与接收都算作了发声。",
            ),
            slip(
                "divided by the duration",
                lambda v: v.i * v.p / v.t,
                "The duration was divided by.",
                "误除以脉冲持续时间。",
            ),
        ),
        rule=Text(
            "Temporal average = pulse average × duty factor.",
            "时间平均强度 = 脉冲平均强度 × 占空因数。",
        ),
    )
