"""R1: arithmetic at the patient's side - contrast agents, oxygen, infusions."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_numbers import steps
from itembank.texts import Text


def care_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _iodine_mass(),
        _contrast_volume(),
        _iodine_delivery(),
        _injection_time(),
        _oxygen_cylinder(),
        _drip_rate(),
    )


def _iodine_mass() -> Family:
    return ChoiceFamily(
        id="r1-iodine-mass",
        sub_topic="R1.5",
        level="A",
        difficulty="easy",
        reference="RT08",
        posts=("CT",),
        parameters={
            "c": (270.0, 300.0, 320.0, 350.0, 370.0, 400.0),
            "v": steps(50, 120, 10),
            "s": steps(20, 50, 10),
        },
        stem=Text(
            "A patient is given {v} mL of a contrast agent with {c} mg I/mL, followed by {s} mL of "
            "saline. What mass of iodine does the patient receive?",
            "患者注射碘浓度为 {c} mg I/mL 的对比剂 {v} mL，随后注射生理盐水 {s} mL。患者接受的碘量是多少？",
        ),
        unit=Text("g", "g"),
        sensible=(10, 50),
        right=key(
            lambda v: v.c * v.v / 1000,
            "{c} mg/mL × {v} mL ÷ 1000 = {key} g.",
            "{c} mg/mL × {v} mL ÷ 1000 = {key} g。",
        ),
        mistakes=(
            slip(
                "counted the saline as contrast agent",
                lambda v: v.c * (v.v + v.s) / 1000,
                "The saline was counted as contrast agent: {v} + {s} mL.",
                "把生理盐水也算作对比剂：{v} + {s} mL。",
            ),
            slip(
                "subtracted the saline",
                lambda v: v.c * (v.v - v.s) / 1000,
                "The saline was subtracted from the contrast agent: {v} - {s} mL.",
                "从对比剂中减去了生理盐水：{v} - {s} mL。",
            ),
            slip(
                "took a millilitre of contrast agent for a gram of iodine",
                lambda v: v.v,
                "Each mL of contrast agent was taken for 1 g of iodine.",
                "误把每毫升对比剂当作 1 g 碘。",
            ),
            slip(
                "slipped by a decimal place",
                lambda v: v.c * v.v / 10000,
                "A decimal slip: 1 g is 1000 mg.",
                "小数点错位：1 g 等于 1000 mg。",
            ),
            slip(
                "divided the concentration by the volume",
                lambda v: v.c / v.v,
                "The concentration was divided by the volume instead of multiplied.",
                "用浓度除以体积，而不是相乘。",
            ),
            slip(
                "used the volume of the saline",
                lambda v: v.c * v.s / 1000,
                "The volume of the saline was used.",
                "误用了生理盐水的体积。",
            ),
        ),
        rule=Text(
            "Mass of iodine = concentration × volume of contrast agent.",
            "碘量 = 碘浓度 × 对比剂体积。",
        ),
    )


def _contrast_volume() -> Family:
    return ChoiceFamily(
        id="r1-contrast-volume",
        sub_topic="R1.5",
        level="A",
        difficulty="medium",
        reference="RT08",
        posts=("CT",),
        parameters={
            "d": steps(300, 600, 50),
            "w": steps(45, 95, 5),
            "c": (300.0, 320.0, 350.0, 370.0, 400.0),
        },
        derived={"mass": Derived(lambda v: v.d * v.w / 1000)},
        stem=Text(
            "A protocol asks for {d} mg of iodine per kg of body weight. The patient weighs {w} kg; "
            "the contrast agent holds {c} mg I/mL. Which volume is needed?",
            "方案要求每千克体重 {d} mg 碘。患者体重 {w} kg，对比剂碘浓度为 {c} mg I/mL。需要多少体积？",
        ),
        unit=Text("mL", "mL"),
        decimals=0,
        sensible=(40, 160),
        right=key(
            lambda v: v.d * v.w / v.c,
            "{d} × {w} ÷ {c} = {key} mL.",
            "{d} × {w} ÷ {c} = {key} mL。",
        ),
        mistakes=(
            slip(
                "took grams of iodine for millilitres",
                lambda v: v.d * v.w / 1000,
                "The mass of iodine, {mass} g, was taken for the volume.",
                "误把碘的质量 {mass} g 当作体积。",
            ),
            slip(
                "left out the dose and the concentration",
                lambda v: v.w,
                "1 mL per kg was given, whatever dose and concentration.",
                "不看剂量和浓度，按每千克 1 mL 计算。",
            ),
            slip(
                "doubled the weight",
                lambda v: 2 * v.w,
                "A fixed 2 mL per kg was given, whatever dose and concentration.",
                "不看剂量和浓度，按每千克 2 mL 计算。",
            ),
            slip(
                "inverted dose and concentration",
                lambda v: v.c * v.w / v.d,
                "Dose and concentration were exchanged.",
                "把剂量与浓度颠倒。",
            ),
            slip(
                "divided by a fixed concentration",
                lambda v: v.d * v.w / 250,
                "The volume was computed for an agent with 250 mg I/mL.",
                "按 250 mg I/mL 的对比剂计算。",
            ),
        ),
        rule=Text(
            "Volume = dose per kg × weight ÷ concentration.",
            "体积 = 每千克剂量 × 体重 ÷ 浓度。",
        ),
    )


def _iodine_delivery() -> Family:
    return ChoiceFamily(
        id="r1-iodine-delivery-rate",
        sub_topic="R1.5",
        level="A",
        difficulty="medium",
        reference="RT08",
        posts=("CT",),
        parameters={
            "c": (270.0, 300.0, 320.0, 350.0, 370.0, 400.0),
            "q": steps(2.5, 6, 0.5),
            "t": steps(12, 25, 1),
        },
        stem=Text(
            "A contrast agent with {c} mg I/mL is injected at {q} mL/s for {t} s. What is the iodine "
            "delivery rate?",
            "碘浓度 {c} mg I/mL 的对比剂以 {q} mL/s 注射 {t} s。碘流率是多少？",
        ),
        unit=Text("g/s", "g/s"),
        decimals=2,
        sensible=(0.7, 2.4),
        right=key(
            lambda v: v.c * v.q / 1000,
            "{c} × {q} ÷ 1000 = {key} g/s; the duration plays no part.",
            "{c} × {q} ÷ 1000 = {key} g/s，与持续时间无关。",
        ),
        mistakes=(
            slip(
                "divided by the flow rate",
                lambda v: v.c / v.q / 100,
                "The concentration was divided by the flow rate, with a decimal slip.",
                "用浓度除以流速，并且小数点错位。",
            ),
            slip(
                "gave the total mass",
                lambda v: v.c * v.q * v.t / 1000,
                "This is the whole mass of iodine in g, not a rate.",
                "这是碘的总质量（g），不是流率。",
            ),
            slip(
                "took the concentration for the rate",
                lambda v: v.c / 1000,
                "The flow rate was left out: this is the iodine in one mL.",
                "漏乘流速：这只是每毫升的含碘量。",
            ),
            slip(
                "halved the result",
                lambda v: v.c * v.q / 2000,
                "The result was halved, as if half of the flow were saline.",
                "结果减半，如同一半流量是生理盐水。",
            ),
            slip(
                "used the duration as the flow rate",
                lambda v: v.c * v.t / 1000,
                "The duration was used in place of the flow rate.",
                "误用持续时间代替流速。",
            ),
            slip(
                "divided by the duration",
                lambda v: v.c * v.q / v.t / 100,
                "The rate was divided by the duration once more, with a decimal slip.",
                "又除以一次持续时间，并且小数点错位。",
            ),
        ),
        rule=Text(
            "Iodine delivery rate = concentration × flow rate.",
            "碘流率 = 碘浓度 × 注射流速。",
        ),
    )


def _injection_time() -> Family:
    return ChoiceFamily(
        id="r1-injection-time",
        sub_topic="R1.5",
        level="A",
        difficulty="easy",
        reference="RT74",
        posts=("CT",),
        parameters={
            "v": steps(60, 120, 10),
            "s": steps(20, 50, 10),
            "q": steps(2, 5, 0.5),
        },
        stem=Text(
            "An injector gives {v} mL of contrast agent and then {s} mL of saline, both at {q} mL/s. "
            "How long does the whole injection last?",
            "高压注射器先注射对比剂 {v} mL，再注射生理盐水 {s} mL，流速均为 {q} mL/s。整个注射持续多长时间？",
        ),
        unit=Text("s", "s"),
        decimals=1,
        sensible=(15, 80),
        right=key(
            lambda v: (v.v + v.s) / v.q,
            "({v} + {s}) ÷ {q} = {key} s.",
            "（{v} + {s}）÷ {q} = {key} s。",
        ),
        mistakes=(
            slip(
                "left out the saline",
                lambda v: v.v / v.q,
                "The saline was left out.",
                "漏算了生理盐水。",
            ),
            slip(
                "subtracted the saline",
                lambda v: (v.v - v.s) / v.q,
                "The saline was subtracted.",
                "减去了生理盐水。",
            ),
            slip(
                "counted the saline twice",
                lambda v: (v.v + 2 * v.s) / v.q,
                "The saline was counted twice.",
                "把生理盐水算了两次。",
            ),
            slip(
                "halved the flow rate",
                lambda v: 2 * (v.v + v.s) / v.q,
                "The flow rate was split between both syringes, though they run one after the other.",
                "误认为两个针筒平分流速，其实是先后注射。",
            ),
            slip(
                "used the difference of one mL/s",
                lambda v: (v.v + v.s) / (v.q + 1),
                "A flow rate 1 mL/s too high was used.",
                "所用流速高了 1 mL/s。",
            ),
        ),
        rule=Text("Time = total volume ÷ flow rate.", "时间 = 总体积 ÷ 流速。"),
    )


def _oxygen_cylinder() -> Family:
    return ChoiceFamily(
        id="r1-oxygen-cylinder",
        sub_topic="R1.4",
        level="E",
        difficulty="hard",
        reference="RT06",
        posts=("CT", "MRI"),
        parameters={
            "w": (2.0, 3.0, 4.0, 5.0),
            "p": steps(80, 150, 10),
            "r": (20.0, 30.0, 40.0, 50.0),
            "f": (4.0, 5.0, 6.0, 8.0, 10.0),
        },
        stem=Text(
            "For a transfer, an oxygen cylinder of {w} L water capacity is at {p} bar. At {r} bar it "
            "must be exchanged. The patient gets {f} L/min. Take the gas as ideal, 1 bar giving 1 L "
            "per litre of capacity. How long can it be used?",
            "转运用氧气瓶水容积 {w} L，压力 {p} bar，降至 {r} bar 时须更换。患者吸氧 {f} L/min。"
            "按理想气体计算，每升容积每 1 bar 可供 1 L 氧气。还可使用多长时间？",
        ),
        unit=Text("min", "min"),
        decimals=0,
        sensible=(15, 120),
        right=key(
            lambda v: v.w * (v.p - v.r) / v.f,
            "{w} × ({p} - {r}) ÷ {f} = {key} min.",
            "{w} ×（{p} - {r}）÷ {f} = {key} min。",
        ),
        mistakes=(
            slip(
                "used up the reserve",
                lambda v: v.w * v.p / v.f,
                "The reserve of {r} bar was used up.",
                "把 {r} bar 的余压也用尽了。",
            ),
            slip(
                "added the reserve",
                lambda v: v.w * (v.p + v.r) / v.f,
                "The reserve was added instead of subtracted.",
                "加上了余压，而不是减去。",
            ),
            slip(
                "left out the capacity",
                lambda v: (v.p - v.r) / v.f,
                "The capacity of the cylinder was left out.",
                "漏乘了气瓶容积。",
            ),
            slip(
                "counted the reserve only",
                lambda v: v.w * v.r / v.f,
                "Only the reserve was counted.",
                "只计算了余压部分。",
            ),
            slip(
                "subtracted the reserve twice",
                lambda v: v.w * (v.p - 2 * v.r) / v.f,
                "The reserve was subtracted twice.",
                "余压减了两次。",
            ),
        ),
        rule=Text(
            "Time = capacity × usable pressure ÷ flow.",
            "时间 = 容积 × 可用压力 ÷ 流量。",
        ),
    )


def _drip_rate() -> Family:
    return NumericFamily(
        id="r1-drip-rate",
        sub_topic="R1.4",
        level="A",
        difficulty="medium",
        reference="RT07",
        posts=("CT", "DSA"),
        parameters={
            "v": steps(250, 1000, 50),
            "h": (2.0, 3.0, 4.0, 5.0, 6.0, 8.0),
            "d": (10.0, 15.0, 20.0),
        },
        stem=Text(
            "An infusion of {v} mL is to run in over {h} h. The set gives {d} drops per mL. How many "
            "drops per minute are set? Whole or decimal numbers are accepted.",
            "输液 {v} mL 须在 {h} h 内匀速输完，输液器每毫升 {d} 滴。每分钟应为多少滴？可填整数或小数。",
        ),
        unit=Text("drops/min", "滴/min"),
        digits=3,
        tolerance=0.03,
        sensible=(12, 80),
        right=key(
            lambda v: v.v * v.d / (60 * v.h),
            "{v} × {d} ÷ ({h} × 60) = {key} drops/min.",
            "{v} × {d} ÷（{h} × 60）= {key} 滴/min。",
        ),
        mistakes=(
            slip(
                "left out the drops",
                lambda v: v.v / (60 * v.h),
                "these are mL per minute.",
                "这是每分钟的毫升数。",
            ),
            slip(
                "left the hours as they are",
                lambda v: v.v * v.d / v.h,
                "these are drops per hour.",
                "这是每小时的滴数。",
            ),
        ),
        rule=Text(
            "Drops per minute = volume × drops per mL ÷ minutes.",
            "每分钟滴数 = 液体量 × 每毫升滴数 ÷ 分钟数。",
        ),
    )
