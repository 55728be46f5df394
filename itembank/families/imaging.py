"""S3, S4 and S6: resolution, frame rate, artefacts by wrong assumptions, output and phantoms."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_cases import OrderFamily
from itembank.family_numbers import steps
from itembank.texts import Text

MM = Text("mm", "mm")
CM = Text("cm", "cm")
US = ("US",)


def imaging_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _axial_resolution(),
        _highest_prf(),
        _frame_rate(),
        _gain(),
        _order_of_frame_rates(),
        _speed_error(),
        _range_ambiguity(),
        _reverberation(),
        _mirror(),
        _mechanical_index(),
        _thermal_index(),
        _caliper_error(),
        _temporal_average(),
    )


def _axial_resolution() -> Family:
    return ChoiceFamily(
        id="s3-axial-resolution",
        sub_topic="S3.1",
        level="A",
        difficulty="medium",
        reference="ST28",
        posts=US,
        parameters={"n": (2.0, 3.0, 4.0, 5.0), "f": (2.0, 3.0, 4.0, 5.0, 7.5, 10.0, 12.0)},
        stem=Text(
            "A pulse of {n} cycles at {f} MHz travels in soft tissue (c = 1540 m/s). What is the "
            "smallest distance along the beam at which two reflectors are shown apart?",
            "{n} 个周期的 {f} MHz 脉冲在软组织中传播（c = 1540 m/s）。沿声束方向可分辨两个反射体的最小距离是多少？",
        ),
        unit=MM,
        digits=2,
        sensible=(0.1, 2),
        right=key(
            lambda v: v.n * 1.54 / v.f / 2,
            "Half of the pulse length: {n} × 1.54 ÷ {f} ÷ 2 = {key} mm.",
            "空间脉冲长度的一半：{n} × 1.54 ÷ {f} ÷ 2 = {key} mm。",
        ),
        mistakes=(
            slip(
                "took the whole pulse",
                lambda v: v.n * 1.54 / v.f,
                "The whole pulse length was used.",
                "用了整个脉冲长度。",
            ),
            slip(
                "took one wave",
                lambda v: 1.54 / v.f,
                "One wavelength was used whatever the number of cycles.",
                "不论周期数，只用了一个波长。",
            ),
            slip(
                "took half a wave",
                lambda v: 1.54 / v.f / 2,
                "Half of a wavelength was used.",
                "只用了半个波长。",
            ),
            slip(
                "took a quarter of the pulse",
                lambda v: v.n * 1.54 / v.f / 4,
                "A quarter of the pulse length was used.",
                "用了脉冲长度的四分之一。",
            ),
            slip(
                "gave the pulse duration",
                lambda v: v.n / v.f,
                "This is the pulse duration in µs.",
                "这是以 µs 计的脉冲持续时间。",
            ),
            slip(
                "doubled the pulse",
                lambda v: 2 * v.n * 1.54 / v.f,
                "The pulse length was doubled for the round trip.",
                "按往返把脉冲长度加倍了。",
            ),
        ),
        rule=Text(
            "Axial resolution = half of the spatial pulse length.",
            "轴向分辨力 = 空间脉冲长度的一半。",
        ),
    )


def _highest_prf() -> Family:
    return ChoiceFamily(
        id="s3-highest-prf",
        sub_topic="S3.3",
        level="A",
        difficulty="medium",
        reference="ST30",
        posts=US,
        parameters={"d": steps(3, 22, 0.5)},
        stem=Text(
            "Echoes down to {d} cm are to return before the next pulse is sent (c = 1540 m/s). How "
            "high can the pulse repetition frequency be?",
            "须待 {d} cm 深度以内的回波全部返回后再发射下一个脉冲（c = 1540 m/s）。脉冲重复频率最高是多少？",
        ),
        unit=Text("kHz", "kHz"),
        sensible=(3, 26),
        right=key(
            lambda v: 77 / v.d,
            "1540 m/s ÷ (2 × {d} cm) = {key} kHz.",
            "1540 m/s ÷（2 × {d} cm）= {key} kHz。",
        ),
        mistakes=(
            slip(
                "counted one way",
                lambda v: 154 / v.d,
                "Only one way was counted.",
                "只算了单程。",
            ),
            slip(
                "counted four ways",
                lambda v: 38.5 / v.d,
                "The round trip was counted twice.",
                "往返被算了两次。",
            ),
            slip(
                "gave the time",
                lambda v: 13 * v.d / 10,
                "This is the time of the round trip, with a decimal slip.",
                "这是移动了小数点的往返时间。",
            ),
            slip(
                "counted the way three times",
                lambda v: 154 / (3 * v.d),
                "The way was counted three times.",
                "路程被算了三次。",
            ),
            slip(
                "took 100 over the depth",
                lambda v: 100 / v.d,
                "10 instead of 13 µs were counted for each cm.",
                "每厘米按 10 µs 而不是 13 µs 计算。",
            ),
        ),
        rule=Text("Highest PRF = 77 kHz ÷ depth in cm.", "最高 PRF = 77 kHz ÷ 深度（cm）。"),
    )


def _frame_rate() -> Family:
    return ChoiceFamily(
        id="s3-frame-rate",
        sub_topic="S3.3",
        level="A",
        difficulty="medium",
        reference="ST31",
        posts=US,
        enemies=("s3-order-frame-rates",),
        parameters={
            "d": steps(4, 20, 1),
            "l": (64.0, 96.0, 128.0, 192.0, 256.0),
            "n": (1.0, 2.0, 3.0),
        },
        stem=Text(
            "A scanner shows {d} cm of depth with {l} lines; focal zones on each line: {n}, each with a "
            "pulse of its own (c = 1540 m/s). Which is the highest frame rate?",
            "仪器显示深度 {d} cm，{l} 条扫描线，每条线 {n} 个焦区，每个焦区单独发射一次（c = 1540 m/s）。"
            "最高帧频是多少？",
        ),
        unit=Text("Hz", "Hz"),
        decimals=0,
        sensible=(5, 150),
        right=key(
            lambda v: 77000 / v.d / (v.l * v.n),
            "77000 ÷ {d} pulses per second ÷ ({l} × {n}) = {key} Hz.",
            "每秒 77000 ÷ {d} 个脉冲，÷（{l} × {n}）= {key} Hz。",
        ),
        mistakes=(
            slip(
                "left out the focal zones",
                lambda v: 77000 / v.d / v.l,
                "The focal zones were left out.",
                "漏除了焦区数。",
            ),
            slip(
                "counted one way",
                lambda v: 154000 / v.d / (v.l * v.n),
                "Only one way was counted.",
                "只算了单程。",
            ),
            slip(
                "multiplied by the focal zones",
                lambda v: 77000 / v.d / v.l * v.n,
                "The focal zones were multiplied by.",
                "误乘了焦区数。",
            ),
            slip(
                "counted the round trip twice",
                lambda v: 38500 / v.d / (v.l * v.n),
                "The round trip was counted twice.",
                "往返被算了两次。",
            ),
            slip(
                "took one more focal zone",
                lambda v: 77000 / v.d / (v.l * (v.n + 1)),
                "One more focal zone was counted.",
                "多算了一个焦区。",
            ),
            slip(
                "took three pulses for each zone",
                lambda v: 77000 / v.d / (v.l * v.n * 3),
                "Three pulses were counted for each focal zone.",
                "每个焦区算了三个脉冲。",
            ),
        ),
        rule=Text(
            "Frame rate = PRF ÷ (lines × focal zones).",
            "帧频 = PRF ÷（线数 × 焦区数）。",
        ),
    )


def _gain() -> Family:
    return NumericFamily(
        id="s3-compensation",
        sub_topic="S3.2",
        level="A",
        difficulty="hard",
        reference="ST33; ST08",
        posts=US,
        parameters={
            "a": (0.5, 0.6, 0.7),
            "f": (2.0, 3.0, 3.5, 5.0, 7.5),
            "p": steps(1, 6, 1),
            "q": steps(4, 14, 1),
        },
        where=lambda v: v.q >= v.p + 2,
        stem=Text(
            "Tissue attenuates {a} dB/cm/MHz; the frequency is {f} MHz. By how many decibels must the "
            "gain at {q} cm exceed the gain at {p} cm, so that equal reflectors look equally bright?",
            "组织衰减系数 {a} dB/(cm·MHz)，频率 {f} MHz。要使相同反射体亮度相等，{q} cm 处的增益应比 {p} cm "
            "处高多少分贝？",
        ),
        unit=Text("dB", "dB"),
        tolerance=0.02,
        sensible=(4, 80),
        right=key(
            lambda v: 2 * v.a * v.f * (v.q - v.p),
            "2 × {a} × {f} × ({q} - {p}) = {key} dB.",
            "2 × {a} × {f} ×（{q} - {p}）= {key} dB。",
        ),
        mistakes=(
            slip(
                "counted one way",
                lambda v: v.a * v.f * (v.q - v.p),
                "the echo loses as much on its way back.",
                "回波返回途中也有同样的衰减。",
            ),
            slip(
                "took the whole depth",
                lambda v: 2 * v.a * v.f * v.q,
                "only the difference of the depths counts.",
                "只应计算两个深度之差。",
            ),
        ),
        rule=Text(
            "TGC makes up for 2 × coefficient × frequency × depth.",
            "TGC 补偿 2 × 系数 × 频率 × 深度 的衰减。",
        ),
    )


def _order_of_frame_rates() -> Family:
    return OrderFamily(
        id="s3-order-frame-rates",
        sub_topic="S3.3",
        level="E",
        difficulty="hard",
        reference="ST31",
        posts=US,
        parameters={},
        case_parameters={
            "d": (5.0, 8.0, 10.0, 15.0, 20.0),
            "l": (64.0, 128.0, 256.0),
            "n": (1.0, 2.0, 3.0),
        },
        formula=lambda v: 77000 / v.d / v.l / v.n,
        gap=0.2,
        decimals=0,
        stem=Text(
            "Put four settings in order of the highest possible frame rate, the lowest first.",
            "请将四种设置按可达到的最高帧频由低到高排序。",
        ),
        case=Text(
            "Depth {d} cm, {l} lines, focal zones: {n}",
            "深度 {d} cm，{l} 条线，焦区：{n}",
        ),
        reason=Text("At most {value} Hz.", "最高 {value} Hz。"),
        rule=Text(
            "Depth × lines × focal zones decide: the larger the product, the slower.",
            "取决于深度 × 线数 × 焦区数：乘积越大，帧频越低。",
        ),
    )


def _speed_error() -> Family:
    return ChoiceFamily(
        id="s4-speed-error",
        sub_topic="S4.3",
        level="A",
        difficulty="hard",
        reference="ST49",
        posts=US,
        parameters={
            "p": steps(3, 8, 1),
            "q": steps(4, 10, 1),
            "c": (1300.0, 1350.0, 1400.0, 1450.0, 1630.0, 1700.0),
        },
        stem=Text(
            "A beam passes {q} cm of a material with a speed of {c} m/s and then {p} cm of soft tissue "
            "(1540 m/s), where it meets a reflector. The scanner assumes 1540 m/s throughout. By how "
            "much is the displayed depth wrong?",
            "声束先穿过 {q} cm 声速 {c} m/s 的材料，再穿过 {p} cm 软组织（1540 m/s）到达反射体。"
            "仪器始终按 1540 m/s 计算。显示深度的误差是多少？",
        ),
        unit=MM,
        decimals=1,
        sensible=(-12, 20),
        possible=(-100, 100),
        right=key(
            lambda v: 10 * v.q * (1540 / v.c - 1),
            "{q} cm × (1540 ÷ {c} - 1) = {key} mm; positive means too deep.",
            "{q} cm ×（1540 ÷ {c} - 1）= {key} mm；正值表示过深。",
        ),
        mistakes=(
            slip(
                "turned the sign",
                lambda v: -10 * v.q * (1540 / v.c - 1),
                "The sign is turned: slow material makes reflectors appear too deep.",
                "符号反了：声速慢的材料使反射体显示过深。",
            ),
            slip(
                "applied the error to the whole depth",
                lambda v: 10 * (v.p + v.q) * (1540 / v.c - 1),
                "The error was applied to the soft tissue as well.",
                "把误差也用到了软组织上。",
            ),
            slip(
                "applied the error to the soft tissue",
                lambda v: 10 * v.p * (1540 / v.c - 1),
                "The error was applied to the soft tissue instead.",
                "误把误差用到了软组织上。",
            ),
            slip(
                "counted the round trip",
                lambda v: 20 * v.q * (1540 / v.c - 1),
                "The error was doubled for the round trip.",
                "按往返把误差加倍了。",
            ),
            slip(
                "turned the sign for the whole depth",
                lambda v: -10 * (v.p + v.q) * (1540 / v.c - 1),
                "The whole depth was used, and the sign turned.",
                "用了全部深度，且符号反了。",
            ),
        ),
        rule=Text(
            "Displayed thickness = true thickness × 1540 ÷ true speed.",
            "显示厚度 = 真实厚度 × 1540 ÷ 真实声速。",
        ),
    )


def _range_ambiguity() -> Family:
    return ChoiceFamily(
        id="s4-range-ambiguity",
        sub_topic="S4.1",
        level="E",
        difficulty="hard",
        reference="ST50",
        posts=US,
        parameters={"p": (4.0, 5.0, 5.5, 6.0, 7.0, 8.0, 10.0), "d": steps(10, 26, 1)},
        where=lambda v: 77 / v.p * 1.15 < v.d < 77 / v.p * 1.9,
        derived={"r": Derived(lambda v: 77 / v.p, digits=3)},
        stem=Text(
            "The pulse repetition frequency is {p} kHz (c = 1540 m/s). A strong reflector lies {d} cm "
            "deep; its echo arrives after the next pulse was sent. At which depth is it shown?",
            "脉冲重复频率为 {p} kHz（c = 1540 m/s）。强反射体深 {d} cm，其回波在下一个脉冲发射后才到达。"
            "它显示在什么深度？",
        ),
        unit=CM,
        decimals=1,
        sensible=(1, 18),
        right=key(
            lambda v: v.d - 77 / v.p,
            "The depth that one pulse serves is {r} cm: {d} - {r} = {key} cm.",
            "一个脉冲对应的深度为 {r} cm：{d} - {r} = {key} cm。",
        ),
        mistakes=(
            slip(
                "gave the true depth",
                lambda v: v.d,
                "This is the true depth: the scanner counts from the last pulse.",
                "这是真实深度：仪器从最近一个脉冲开始计时。",
            ),
            slip(
                "gave the unambiguous depth",
                lambda v: 77 / v.p,
                "This is the greatest depth without ambiguity.",
                "这是无距离模糊的最大深度。",
            ),
            slip(
                "added",
                lambda v: v.d + 77 / v.p,
                "The depths were added: such an echo appears too shallow.",
                "两个深度相加了：这种回波显示过浅。",
            ),
            slip(
                "halved the difference",
                lambda v: (v.d - 77 / v.p) / 2,
                "The difference was halved.",
                "差值被减半。",
            ),
            slip(
                "counted one way",
                lambda v: abs(v.d - 154 / v.p),
                "The interval between pulses was counted one way.",
                "脉冲间隔按单程计算了。",
            ),
            slip(
                "doubled the difference",
                lambda v: 2 * (v.d - 77 / v.p),
                "The difference was doubled.",
                "差值被加倍。",
            ),
        ),
        rule=Text(
            "Shown depth = true depth - 77 ÷ PRF in kHz.",
            "显示深度 = 真实深度 - 77 ÷ PRF（kHz）。",
        ),
    )


def _reverberation() -> Family:
    return ChoiceFamily(
        id="s4-reverberation",
        sub_topic="S4.1",
        level="A",
        difficulty="medium",
        reference="ST43",
        posts=US,
        parameters={"d": steps(8, 22, 1), "s": (3.0, 4.0, 5.0, 6.0, 7.0), "n": (1.0, 2.0, 3.0)},
        stem=Text(
            "Two parallel reflectors lie {d} mm and {s} mm more below the transducer. Extra "
            "round trips between the two before the sound returns: {n}. At which depth is that false "
            "echo shown?",
            "两个平行反射面，浅者深 {d} mm，另一个再深 {s} mm。声波在二者之间额外往返 {n} 次后返回。"
            "该假回波显示在什么深度？",
        ),
        unit=MM,
        decimals=0,
        gap=0.06,
        sensible=(12, 50),
        right=key(
            lambda v: v.d + v.s * (v.n + 1),
            "{d} + {s}, and {s} more for each of the {n} extra round trips: {key} mm.",
            "{d} + {s}，每多往返一次（共 {n} 次）再加 {s}：{key} mm。",
        ),
        mistakes=(
            slip(
                "left out the distance",
                lambda v: v.d + v.s * v.n,
                "The depth was counted from the shallow reflector.",
                "从浅反射面开始计算了。",
            ),
            slip(
                "doubled the depth",
                lambda v: (v.d + v.s) * (v.n + 1),
                "Repeats of the whole depth were counted: that is reverberation with the transducer.",
                "按全深度重复计算：那是与探头之间的混响。",
            ),
            slip(
                "counted both ways",
                lambda v: v.d + v.s * (2 * v.n + 1),
                "Both ways of each round trip were counted as depth.",
                "把每次往返的双程都算作深度。",
            ),
            slip(
                "counted one more",
                lambda v: v.d + v.s * (v.n + 2),
                "One round trip too many was counted.",
                "多算了一次往返。",
            ),
            slip(
                "took the shallow reflector",
                lambda v: v.d * (v.n + 1),
                "Repeats of the shallow reflector were counted.",
                "按浅反射面的重复计算了。",
            ),
            slip(
                "took half of the distance",
                lambda v: v.d + v.s + v.s * v.n / 2,
                "Half of the distance was counted for each round trip.",
                "每次往返只算了一半间距。",
            ),
        ),
        rule=Text(
            "Reverberations follow at the spacing of the reflectors.",
            "混响回波按反射面的间距等距排列。",
        ),
    )


def _mirror() -> Family:
    return NumericFamily(
        id="s4-mirror-depth",
        sub_topic="S4.1",
        level="A",
        difficulty="medium",
        reference="ST44",
        posts=US,
        parameters={"d": steps(80, 140, 5), "s": steps(10, 45, 5)},
        stem=Text(
            "The beam meets the diaphragm perpendicularly at a depth of {d} mm. A liver lesion lies on "
            "the beam {s} mm in front of it. At which depth is the mirror image of the lesion shown?",
            "声束在 {d} mm 深处垂直入射膈肌。肝内病灶位于声束上，在膈肌前方 {s} mm。病灶的镜像显示在什么深度？",
        ),
        unit=MM,
        tolerance=0.015,
        sensible=(90, 190),
        right=key(
            lambda v: v.d + v.s,
            "As far behind the mirror as the lesion is in front: {d} + {s} = {key} mm.",
            "镜像与病灶关于膈肌对称：{d} + {s} = {key} mm。",
        ),
        mistakes=(
            slip(
                "gave the lesion",
                lambda v: v.d - v.s,
                "this is where the lesion itself lies.",
                "这是病灶本身的深度。",
            ),
            slip(
                "doubled the distance",
                lambda v: v.d + 2 * v.s,
                "the detour is twice the distance, and the depth half of the detour.",
                "多走的路程是间距的两倍，深度只取其一半。",
            ),
        ),
        rule=Text(
            "A mirror image lies as far behind the reflector as the original in front.",
            "镜像在反射面后方的距离等于原物在前方的距离。",
        ),
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
