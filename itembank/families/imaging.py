"""S3: resolution, compensation and frame rate."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

from itembank.family import ChoiceFamily, Family, NumericFamily, key, slip
from itembank.family_cases import OrderFamily
from itembank.family_numbers import steps
from itembank.texts import Text

MM = Text("mm", "mm")
US = ("US",)


def imaging_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _axial_resolution(),
        _highest_prf(),
        _frame_rate(),
        _gain(),
        _order_of_frame_rates(),
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
