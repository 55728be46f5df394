"""S4: echoes in the wrong place."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_numbers import steps
from itembank.texts import Text

MM = Text("mm", "mm")
CM = Text("cm", "cm")
US = ("US",)


def artefacts_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _speed_error(),
        _range_ambiguity(),
        _reverberation(),
        _mirror(),
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
