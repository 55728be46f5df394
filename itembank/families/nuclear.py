"""R7.3 and R7.4: pulsed fluoroscopy, decay and doses of radiopharmaceuticals."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, Scene, key, slip
from itembank.family_cases import OrderFamily
from itembank.family_numbers import steps
from itembank.texts import Text


def nuclear_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _pulsed_fluoroscopy(),
        _subtraction_run(),
        _decay(),
        _injected_volume(),
        _order_of_activity(),
    )


def _pulsed_fluoroscopy() -> Family:
    return ChoiceFamily(
        id="r7-pulsed-fluoroscopy",
        sub_topic="R7.3",
        level="A",
        difficulty="medium",
        reference="RT31; RT79",
        posts=("DSA",),
        parameters={
            "k": steps(4, 24, 2),
            "a": (7.5, 15.0, 30.0),
            "b": (3.75, 7.5, 15.0, 30.0),
            "m": steps(2, 10, 1),
        },
        where=lambda v: v.a != v.b,
        stem=Text(
            "At {a} pulses/s the reference point receives {k} mGy/min. The dose of each pulse stays the "
            "same. Which air kerma results from {m} min at {b} pulses/s?",
            "脉冲频率 {a} 帧/s 时参考点为 {k} mGy/min。每个脉冲的剂量不变，以 {b} 帧/s 透视 {m} min，"
            "参考点空气比释动能是多少？",
        ),
        unit=Text("mGy", "mGy"),
        sensible=(2, 500),
        right=key(
            lambda v: v.k * v.b / v.a * v.m,
            "{k} × {b} ÷ {a} × {m} = {key} mGy.",
            "{k} × {b} ÷ {a} × {m} = {key} mGy。",
        ),
        mistakes=(
            slip(
                "inverted the pulse rates",
                lambda v: v.k * v.a / v.b * v.m,
                "The ratio of the pulse rates was inverted.",
                "脉冲频率之比颠倒了。",
            ),
            slip(
                "left out the pulse rate",
                lambda v: v.k * v.m,
                "The change of the pulse rate was left out.",
                "未考虑脉冲频率的变化。",
            ),
            slip(
                "left out the time",
                lambda v: v.k * v.b / v.a,
                "This is the dose of one minute.",
                "这是一分钟的剂量。",
            ),
            slip(
                "squared the ratio",
                lambda v: v.k * (v.b / v.a) ** 2 * v.m,
                "The ratio of the pulse rates was squared.",
                "对脉冲频率之比取了平方。",
            ),
            slip(
                "took the root of the ratio",
                lambda v: v.k * (v.b / v.a) ** 0.5 * v.m,
                "The root of the ratio was used, as if each pulse got stronger at a lower rate.",
                "取了比值的平方根，如同频率降低时单个脉冲增强。",
            ),
        ),
        rule=Text(
            "With the same dose a pulse, the rate goes with the pulses per second.",
            "单脉冲剂量不变时，剂量率与脉冲频率成正比。",
        ),
    )


def _subtraction_run() -> Family:
    return ChoiceFamily(
        id="r7-dsa-run",
        sub_topic="R7.3",
        level="A",
        difficulty="medium",
        reference="RT79",
        posts=("DSA",),
        parameters={
            "d": (1.0, 1.5, 2.0, 2.5, 3.0),
            "a": (2.0, 3.0, 4.0, 6.0),
            "s": steps(4, 10, 1),
            "b": (1.0, 2.0),
            "t": steps(4, 12, 2),
        },
        where=lambda v: v.a > v.b,
        stem=Text(
            "A DSA run takes {a} frames/s for {s} s and then {b} frames/s for {t} s. Each frame gives "
            "{d} mGy at the reference point. What is the air kerma of the run?",
            "某 DSA 采集先以 {a} 帧/s 采集 {s} s，再以 {b} 帧/s 采集 {t} s，每帧参考点 {d} mGy。"
            "该次采集的空气比释动能是多少？",
        ),
        unit=Text("mGy", "mGy"),
        sensible=(10, 250),
        right=key(
            lambda v: v.d * (v.a * v.s + v.b * v.t),
            "{d} × ({a} × {s} + {b} × {t}) = {key} mGy.",
            "{d} ×（{a} × {s} + {b} × {t}）= {key} mGy。",
        ),
        mistakes=(
            slip(
                "left out the second part",
                lambda v: v.d * v.a * v.s,
                "The second part was left out.",
                "漏掉了第二段。",
            ),
            slip(
                "kept the first rate",
                lambda v: v.d * v.a * (v.s + v.t),
                "The first frame rate was used for the whole run.",
                "全程都用了第一段的帧率。",
            ),
            slip(
                "took the second rate",
                lambda v: v.d * v.b * (v.s + v.t),
                "The second frame rate was used for the whole run.",
                "全程都用了第二段的帧率。",
            ),
            slip(
                "averaged the rates",
                lambda v: v.d * (v.a + v.b) / 2 * (v.s + v.t),
                "The mean of the rates was used, though the parts differ in length.",
                "用了平均帧率，但两段时间不同。",
            ),
            slip(
                "exchanged the times",
                lambda v: v.d * (v.a * v.t + v.b * v.s),
                "The times of the two parts were exchanged.",
                "两段的时间互换了。",
            ),
            slip(
                "added the rates",
                lambda v: v.d * (v.a + v.b) * (v.s + v.t),
                "The rates were added for the whole run.",
                "把两段帧率相加后用于全程。",
            ),
        ),
        rule=Text("Kerma = frames × kerma of a frame.", "比释动能 = 帧数 × 单帧比释动能。"),
    )


_NUCLIDES = (
    Scene(
        {"n_name": Text("Tc-99m", "Tc-99m"), "u": Text("h", "h")}, {"h": 6.0, "lo": 400, "hi": 1000}
    ),
    Scene(
        {"n_name": Text("F-18", "F-18"), "u": Text("min", "min")},
        {"h": 110.0, "lo": 200, "hi": 500},
    ),
    Scene(
        {"n_name": Text("I-131", "I-131"), "u": Text("d", "d")}, {"h": 8.0, "lo": 400, "hi": 1000}
    ),
)


def _decay() -> Family:
    return ChoiceFamily(
        id="r7-decay",
        sub_topic="R7.4",
        level="A",
        difficulty="medium",
        reference="RT80",
        posts=("NM",),
        scenes=_NUCLIDES,
        parameters={"a": steps(200, 1000, 50), "n": (1.5, 2.0, 2.5, 3.0)},
        where=lambda v: v.lo <= v.a <= v.hi,
        derived={"t": Derived(lambda v: v.n * v.h)},
        stem=Text(
            "A vial holds {a} MBq of {n_name} (half-life {h} {u}). What is its activity after {t} {u}?",
            "一瓶 {n_name}（半衰期 {h} {u}）的活度为 {a} MBq。{t} {u} 后活度是多少？",
        ),
        unit=Text("MBq", "MBq"),
        sensible=(20, 750),
        right=key(
            lambda v: v.a * 0.5**v.n,
            "{t} ÷ {h} = {n} half-lives leave {key} MBq.",
            "{t} ÷ {h} = {n} 个半衰期，剩余 {key} MBq。",
        ),
        mistakes=(
            slip(
                "took the mean life",
                lambda v: v.a * 2.718281828459045**-v.n,
                "The half-life was used as the mean life, with e in place of 2.",
                "把半衰期当作平均寿命，用 e 代替了 2。",
            ),
            slip(
                "one half-life too few",
                lambda v: v.a * 0.5 ** (v.n - 1),
                "One half-life too few was counted.",
                "少算了一个半衰期。",
            ),
            slip(
                "one half-life too many",
                lambda v: v.a * 0.5 ** (v.n + 1),
                "One half-life too many was counted.",
                "多算了一个半衰期。",
            ),
            slip(
                "took it as linear",
                lambda v: v.a / (2 * v.n),
                "The activity was divided by twice the number of half-lives.",
                "用活度除以了两倍的半衰期个数。",
            ),
            slip(
                "gave what has decayed",
                lambda v: v.a * (1 - 0.5**v.n),
                "This is what has decayed.",
                "这是已衰变的部分。",
            ),
        ),
        rule=Text("Each half-life halves the activity.", "每经过一个半衰期，活度减半。"),
    )


def _injected_volume() -> Family:
    return NumericFamily(
        id="r7-injected-volume",
        sub_topic="R7.4",
        level="A",
        difficulty="hard",
        reference="RT80",
        posts=("NM",),
        enemies=("r7-decay",),
        parameters={
            "a": steps(3000, 8000, 500),
            "v": (5.0, 6.0, 8.0, 10.0),
            "w": (370.0, 500.0, 600.0, 740.0),
            "t": (2.0, 3.0, 4.0, 6.0),
        },
        stem=Text(
            "At 8 o'clock an eluate holds {a} MBq of Tc-99m (half-life 6 h) in {v} mL. After {t} h a "
            "patient is to get {w} MBq. Which volume is drawn up?",
            "8 点时淋洗液 {v} mL 中含 {a} MBq Tc-99m（半衰期 6 h）。{t} h 后要给患者 {w} MBq，应抽取多少体积？",
        ),
        unit=Text("mL", "mL"),
        tolerance=0.03,
        sensible=(0.3, 5),
        right=key(
            lambda v: v.w * v.v / (v.a * 0.5 ** (v.t / 6)),
            "{a} × 0.5^({t}/6) MBq are left in {v} mL; {w} MBq are in {key} mL.",
            "{v} mL 中剩余 {a} × 0.5^({t}/6) MBq；{w} MBq 对应 {key} mL。",
        ),
        mistakes=(
            slip(
                "left out the decay",
                lambda v: v.w * v.v / v.a,
                "the decay was left out, so the patient would get too little.",
                "未考虑衰变，患者得到的活度会不足。",
            ),
            slip(
                "applied the decay the wrong way",
                lambda v: v.w * v.v / v.a * 0.5 ** (v.t / 6),
                "the decay was applied the wrong way round.",
                "衰变的方向用反了。",
            ),
        ),
        rule=Text(
            "Volume = wanted activity ÷ activity concentration at that time.",
            "体积 = 所需活度 ÷ 当时的活度浓度。",
        ),
    )


def _order_of_activity() -> Family:
    return OrderFamily(
        id="r7-order-activity",
        sub_topic="R7.4",
        level="E",
        difficulty="medium",
        reference="RT80",
        posts=("NM",),
        parameters={},
        case_parameters={
            "a": (100.0, 200.0, 400.0, 800.0),
            "h": (2.0, 6.0, 12.0),
            "t": (3.0, 6.0, 12.0, 24.0),
        },
        formula=lambda v: v.a * 0.5 ** (v.t / v.h),
        gap=0.3,
        digits=2,
        stem=Text(
            "Put four sources in order of the activity that is left, the smallest first.",
            "请将四个源按剩余活度由小到大排序。",
        ),
        case=Text(
            "{a} MBq, half-life {h} h, after {t} h",
            "{a} MBq，半衰期 {h} h，经过 {t} h",
        ),
        reason=Text(
            "{t} ÷ {h} half-lives leave {value} MBq.",
            "{t} ÷ {h} 个半衰期后剩余 {value} MBq。",
        ),
        rule=Text(
            "Count the half-lives first; then halve that often.",
            "先算经过几个半衰期，再减半相应次数。",
        ),
    )
