"""S1: waves, attenuation, reflection and pulses."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Family, Scene, key, slip
from itembank.family_cases import MatchingFamily
from itembank.family_numbers import steps
from itembank.texts import Text

MM = Text("mm", "mm")
DB = Text("dB", "dB")
PERCENT = Text("%", "%")
US = ("US",)
MEGAHERTZ = (2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.5, 8.0, 10.0, 12.0, 15.0)
_TISSUES = (
    ("fat", "脂肪", 1.38),
    ("water", "水", 1.48),
    ("blood", "血液", 1.61),
    ("liver", "肝", 1.65),
    ("muscle", "肌肉", 1.7),
    ("bone", "骨", 7.8),
)


def ultrasound_physics_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _wavelength(),
        _match_wavelengths(),
        _attenuation(),
        _remaining_intensity(),
        _reflection(),
        _refraction(),
        _echo_depth(),
        _duty_factor(),
    )


def _wavelength() -> Family:
    return ChoiceFamily(
        id="s1-wavelength",
        sub_topic="S1.1",
        level="A",
        difficulty="easy",
        reference="ST02",
        posts=US,
        enemies=("s1-match-wavelengths",),
        parameters={"f": MEGAHERTZ, "c": (1450.0, 1480.0, 1540.0, 1570.0)},
        stem=Text(
            "What is the wavelength of ultrasound of {f} MHz in a medium where sound travels at {c} "
            "m/s?",
            "某介质声速为 {c} m/s，频率 {f} MHz 的超声在其中的波长是多少？",
        ),
        unit=MM,
        digits=2,
        sensible=(0.09, 0.8),
        right=key(
            lambda v: v.c / 1000 / v.f,
            "{c} m/s ÷ {f} MHz = {key} mm.",
            "{c} m/s ÷ {f} MHz = {key} mm。",
        ),
        mistakes=(
            slip(
                "inverted",
                lambda v: v.f * 1000 / v.c,
                "The frequency was divided by the speed.",
                "用频率除以了声速。",
            ),
            slip(
                "multiplied",
                lambda v: v.c / 1000 * v.f,
                "Speed and frequency were multiplied.",
                "声速与频率相乘了。",
            ),
            slip(
                "took half a wave",
                lambda v: v.c / 1000 / v.f / 2,
                "This is half of a wavelength.",
                "这是半个波长。",
            ),
            slip(
                "took two waves",
                lambda v: 2 * v.c / 1000 / v.f,
                "The round trip was counted.",
                "按往返路程计算了。",
            ),
            slip(
                "took a quarter of a wave",
                lambda v: v.c / 1000 / v.f / 4,
                "This is a quarter of a wavelength, the thickness of a matching layer.",
                "这是四分之一波长，即匹配层的厚度。",
            ),
            slip(
                "gave the period",
                lambda v: 1 / v.f,
                "This is the period in µs.",
                "这是以 µs 计的周期。",
            ),
        ),
        rule=Text("λ = c ÷ f.", "λ = c ÷ f。"),
    )


def _match_wavelengths() -> Family:
    return MatchingFamily(
        id="s1-match-wavelengths",
        sub_topic="S1.1",
        level="A",
        difficulty="medium",
        reference="ST02",
        posts=US,
        parameters={},
        case_parameters={"f": MEGAHERTZ},
        formula=lambda v: 1.54 / v.f,
        mistake=lambda v: 1.54 / v.f / 2,
        digits=2,
        gap=0.1,
        unit=MM,
        stem=Text(
            "Match each frequency with its wavelength in soft tissue (1540 m/s).",
            "请将各频率与其在软组织中的波长（1540 m/s）配对。",
        ),
        case=Text("{f} MHz", "{f} MHz"),
        reason=Text("1.54 mm/µs ÷ {f} MHz = {value} mm.", "1.54 mm/µs ÷ {f} MHz = {value} mm。"),
        rule=Text("The higher the frequency, the shorter the wave.", "频率越高，波长越短。"),
    )


def _attenuation() -> Family:
    return ChoiceFamily(
        id="s1-attenuation",
        sub_topic="S1.2",
        level="A",
        difficulty="medium",
        reference="ST08",
        posts=US,
        parameters={
            "f": (2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 7.5, 10.0),
            "d": steps(2, 15, 1),
            "a": (0.5, 0.7),
        },
        stem=Text(
            "A medium attenuates {a} dB/cm/MHz. By how much is a pulse of {f} MHz attenuated on the way "
            "to a reflector {d} cm deep and back?",
            "某介质衰减系数为 {a} dB/(cm·MHz)。{f} MHz 的脉冲到达 {d} cm 深的反射体并返回，共衰减多少？",
        ),
        unit=DB,
        sensible=(8, 110),
        right=key(
            lambda v: 2 * v.a * v.f * v.d,
            "{a} × {f} × {d}, and twice for the way back: {key} dB.",
            "{a} × {f} × {d}，往返再加倍：{key} dB。",
        ),
        mistakes=(
            slip(
                "counted one way",
                lambda v: v.a * v.f * v.d,
                "Only one way was counted.",
                "只算了单程。",
            ),
            slip(
                "left out the frequency",
                lambda v: 2 * v.a * v.d,
                "The frequency was left out.",
                "漏乘频率。",
            ),
            slip(
                "left out the coefficient",
                lambda v: 2 * v.f * v.d,
                "The coefficient was taken as one.",
                "把衰减系数当作了一。",
            ),
            slip(
                "halved once more",
                lambda v: v.a * v.f * v.d / 2,
                "The way was halved instead of doubled.",
                "路程减半，而不是加倍。",
            ),
            slip(
                "doubled twice",
                lambda v: 4 * v.a * v.f * v.d,
                "The way was doubled twice.",
                "路程加倍了两次。",
            ),
            slip(
                "left out the depth",
                lambda v: 2 * v.a * v.f,
                "This is the attenuation of 1 cm of depth.",
                "这是 1 cm 深度的衰减。",
            ),
        ),
        rule=Text(
            "Attenuation = coefficient × frequency × path; the path of an echo is twice its depth.",
            "衰减 = 系数 × 频率 × 路程；回波路程是深度的两倍。",
        ),
    )


def _remaining_intensity() -> Family:
    return ChoiceFamily(
        id="s1-decibels",
        sub_topic="S1.2",
        level="A",
        difficulty="medium",
        reference="ST09",
        posts=US,
        parameters={"a": (3.0, 6.0, 9.0, 10.0, 12.0, 13.0, 16.0, 20.0)},
        stem=Text(
            "A beam is attenuated by {a} dB. What share of its intensity is left?",
            "声束衰减了 {a} dB。剩余强度占原来的多少？",
        ),
        unit=PERCENT,
        digits=2,
        sensible=(0.9, 51),
        possible=(0, 100),
        right=key(
            lambda v: 100 * 10 ** (-v.a / 10),
            "10 to the power of (-{a} ÷ 10) = {key} %; every 3 dB halve it.",
            "10 的（-{a} ÷ 10）次方 = {key} %；每 3 dB 减半。",
        ),
        mistakes=(
            slip(
                "took amplitude",
                lambda v: 100 * 10 ** (-v.a / 20),
                "This is the share of the amplitude.",
                "这是幅度的比例。",
            ),
            slip(
                "squared once more",
                lambda v: 100 * 10 ** (-v.a / 5),
                "The decibels were counted twice.",
                "分贝数被算了两次。",
            ),
            slip(
                "divided by the decibels",
                lambda v: 100 / v.a,
                "The intensity was divided by the number of decibels.",
                "用强度除以了分贝数。",
            ),
            slip(
                "subtracted the decibels as per cent",
                lambda v: 100 - v.a,
                "The decibels were subtracted as per cent.",
                "把分贝数当作百分数减去。",
            ),
            slip(
                "gave the loss",
                lambda v: 100 - 100 * 10 ** (-v.a / 10),
                "This is the share that is lost.",
                "这是损失的比例。",
            ),
            slip(
                "one halving too many",
                lambda v: 50 * 10 ** (-v.a / 10),
                "One halving too many was counted.",
                "多减半了一次。",
            ),
        ),
        rule=Text(
            "-3 dB: half; -10 dB: a tenth of the intensity.",
            "-3 dB：一半；-10 dB：强度的十分之一。",
        ),
    )


def _reflection() -> Family:
    pairs = tuple(
        Scene({"one": Text(a, x), "two": Text(b, y)}, {"y": p, "z": q})
        for i, (a, x, p) in enumerate(_TISSUES)
        for b, y, q in _TISSUES[i + 1 :]
        if q - p > 0.12
    )
    return ChoiceFamily(
        id="s1-reflection",
        sub_topic="S1.3",
        level="A",
        difficulty="hard",
        reference="ST05; ST06",
        posts=US,
        scenes=pairs,
        parameters={},
        stem=Text(
            "Take the acoustic impedance of {one} as {y} MRayl and of {two} as {z} MRayl. At normal "
            "incidence, what share of the intensity is reflected at a smooth border between them?",
            "取{one}的声阻抗为 {y} MRayl，{two}为 {z} MRayl。声束垂直入射时，二者光滑界面反射的强度占多少？",
        ),
        unit=PERCENT,
        digits=2,
        sensible=(0.1, 50),
        possible=(0, 100),
        right=key(
            lambda v: 100 * ((v.z - v.y) / (v.z + v.y)) ** 2,
            "(({z} - {y}) ÷ ({z} + {y}))² = {key} %.",
            "（（{z} - {y}）÷（{z} + {y}））² = {key} %。",
        ),
        mistakes=(
            slip(
                "forgot the square",
                lambda v: 100 * (v.z - v.y) / (v.z + v.y),
                "The square was left out: this is the amplitude.",
                "漏掉平方：这是幅度的比例。",
            ),
            slip(
                "gave what is transmitted",
                lambda v: 100 - 100 * ((v.z - v.y) / (v.z + v.y)) ** 2,
                "This is what is transmitted.",
                "这是透射的部分。",
            ),
            slip(
                "took the ratio",
                lambda v: 100 * v.y / v.z,
                "The impedances were divided.",
                "直接将两个声阻抗相除。",
            ),
            slip(
                "divided by the larger",
                lambda v: 100 * ((v.z - v.y) / v.z) ** 2,
                "The difference was divided by the larger impedance instead of the sum.",
                "差值除以了较大的声阻抗，而不是两者之和。",
            ),
            slip(
                "squared twice",
                lambda v: 100 * ((v.z - v.y) / (v.z + v.y)) ** 4,
                "The square was taken twice.",
                "平方了两次。",
            ),
            slip(
                "doubled the sum",
                lambda v: 25 * ((v.z - v.y) / (v.z + v.y)) ** 2,
                "The sum of the impedances was doubled.",
                "两个声阻抗之和被加倍了。",
            ),
        ),
        rule=Text("R = ((Z₂ - Z₁) ÷ (Z₂ + Z₁))².", "R =（（Z₂ - Z₁）÷（Z₂ + Z₁））²。"),
    )


def _refraction() -> Family:
    return ChoiceFamily(
        id="s1-refraction",
        sub_topic="S1.3",
        level="A",
        difficulty="hard",
        reference="ST10",
        posts=US,
        parameters={
            "a": (20.0, 25.0, 30.0, 35.0, 40.0),
            "c": (1450.0, 1480.0, 1540.0, 1580.0),
            "d": (1400.0, 1450.0, 1540.0, 1600.0, 1700.0, 1800.0),
        },
        where=lambda v: abs(v.c - v.d) > 50,
        stem=Text(
            "Sound passes from a medium of {c} m/s into one of {d} m/s at an angle of incidence of "
            "{a}°. What is the angle of transmission?",
            "声波由声速 {c} m/s 的介质进入声速 {d} m/s 的介质，入射角 {a}°。折射角是多少？",
        ),
        unit=Text("°", "°"),
        decimals=1,
        gap=0.03,
        sensible=(14, 60),
        possible=(0, 90),
        right=key(
            lambda v: math.degrees(math.asin(v.d / v.c * math.sin(math.radians(v.a)))),
            "sin of the angle = {d} ÷ {c} × sin {a}°: {key}°.",
            "折射角的正弦 = {d} ÷ {c} × sin {a}°：{key}°。",
        ),
        mistakes=(
            slip(
                "inverted the speeds",
                lambda v: math.degrees(math.asin(v.c / v.d * math.sin(math.radians(v.a)))),
                "The ratio of the speeds was inverted.",
                "声速之比颠倒了。",
            ),
            slip(
                "left the angle unchanged",
                lambda v: v.a,
                "That holds only for equal speeds.",
                "只有声速相等时才成立。",
            ),
            slip(
                "squared the ratio",
                lambda v: math.degrees(math.asin((v.d / v.c) ** 2 * math.sin(math.radians(v.a)))),
                "The ratio of the speeds was squared.",
                "对声速之比取了平方。",
            ),
            slip(
                "measured from the border",
                lambda v: 90 - math.degrees(math.asin(v.d / v.c * math.sin(math.radians(v.a)))),
                "The angle was measured from the border instead of from the normal.",
                "从界面而不是从法线量取了角度。",
            ),
            slip(
                "took the cosine",
                lambda v: math.degrees(math.acos(v.d / v.c * math.cos(math.radians(v.a)))),
                "Cosines were used instead of sines.",
                "误用余弦代替正弦。",
            ),
            slip(
                "inverted and squared",
                lambda v: math.degrees(math.asin((v.c / v.d) ** 2 * math.sin(math.radians(v.a)))),
                "The ratio was inverted and squared.",
                "比值颠倒并取了平方。",
            ),
        ),
        rule=Text("sin θₜ ÷ sin θᵢ = c₂ ÷ c₁.", "sin θₜ ÷ sin θᵢ = c₂ ÷ c₁。"),
    )


def _echo_depth() -> Family:
    return ChoiceFamily(
        id="s1-echo-depth",
        sub_topic="S1.4",
        level="A",
        difficulty="easy",
        reference="ST07",
        posts=US,
        parameters={"t": steps(20, 240, 4)},
        stem=Text(
            "An echo arrives {t} µs after the pulse was sent. How deep is the reflector (c = 1540 m/s)?",
            "发射脉冲后 {t} µs 收到回波。反射体有多深（c = 1540 m/s）？",
        ),
        unit=Text("cm", "cm"),
        sensible=(1.5, 19),
        right=key(
            lambda v: 0.154 * v.t / 2,
            "1540 m/s × {t} µs ÷ 2 = {key} cm.",
            "1540 m/s × {t} µs ÷ 2 = {key} cm。",
        ),
        mistakes=(
            slip(
                "counted one way",
                lambda v: 0.154 * v.t,
                "The way there and back was taken for the depth.",
                "把往返路程当作了深度。",
            ),
            slip(
                "halved twice",
                lambda v: 0.154 * v.t / 4,
                "The way was halved twice.",
                "路程减半了两次。",
            ),
            slip(
                "took the speed in air",
                lambda v: 0.033 * v.t / 2,
                "The speed in air, 330 m/s, was used.",
                "误用了空气中的声速 330 m/s。",
            ),
            slip(
                "took the way thrice",
                lambda v: 0.154 * v.t / 3,
                "The way was divided by three.",
                "路程除以了三。",
            ),
            slip(
                "divided by the speed",
                lambda v: v.t / 1.54 / 2,
                "The time was divided by the speed.",
                "用时间除以了声速。",
            ),
            slip(
                "took ten microseconds for a centimetre",
                lambda v: v.t / 10,
                "10 µs were counted for each cm instead of 13.",
                "每厘米按 10 µs 计算，而不是 13。",
            ),
        ),
        rule=Text("13 µs for each cm of depth.", "每厘米深度需 13 µs。"),
    )


def _duty_factor() -> Family:
    return ChoiceFamily(
        id="s1-duty-factor",
        sub_topic="S1.4",
        level="A",
        difficulty="hard",
        reference="ST13",
        posts=US,
        parameters={
            "n": (2.0, 3.0, 4.0, 6.0, 10.0, 20.0),
            "f": (2.0, 2.5, 4.0, 5.0, 8.0, 10.0),
            "p": (2.0, 3.0, 4.0, 5.0, 6.0, 8.0),
        },
        stem=Text(
            "A pulse has {n} cycles of {f} MHz; the pulse repetition frequency is {p} kHz. What is the "
            "duty factor?",
            "脉冲含 {n} 个 {f} MHz 的周期，脉冲重复频率 {p} kHz。占空因数是多少？",
        ),
        unit=PERCENT,
        digits=2,
        sensible=(0.04, 5),
        possible=(0, 100),
        right=key(
            lambda v: v.n / v.f * v.p / 10,
            "{n} ÷ {f} µs of sound in each 1 ÷ {p} ms: {key} %.",
            "每 1 ÷ {p} ms 中有 {n} ÷ {f} µs 在发声：{key} %。",
        ),
        mistakes=(
            slip(
                "left out the cycles",
                lambda v: 1 / v.f * v.p / 10,
                "One cycle was counted.",
                "只计了一个周期。",
            ),
            slip(
                "multiplied by the frequency",
                lambda v: v.n * v.f * v.p / 100,
                "The cycles were multiplied by the frequency, with a decimal slip.",
                "周期数乘了频率，并且小数点错位。",
            ),
            slip(
                "divided by the PRF",
                lambda v: v.n / v.f / v.p,
                "The pulse duration was divided by the repetition frequency.",
                "用脉冲持续时间除以了重复频率。",
            ),
            slip(
                "slipped by ten",
                lambda v: v.n / v.f * v.p,
                "A decimal slip between µs and ms.",
                "µs 与 ms 换算时小数点错位。",
            ),
            slip(
                "halved it",
                lambda v: v.n / v.f * v.p / 20,
                "The result was halved, as for the axial resolution.",
                "结果被减半，那是求轴向分辨力的做法。",
            ),
            slip(
                "left out the frequency",
                lambda v: v.n * v.p / 10,
                "A period of 1 µs was used whatever the frequency.",
                "不论频率，都按周期 1 µs 计算。",
            ),
        ),
        rule=Text(
            "Duty factor = pulse duration × PRF.",
            "占空因数 = 脉冲持续时间 × 脉冲重复频率。",
        ),
    )
