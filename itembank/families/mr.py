"""R7.2: frequency, time, contrast and safety in MRI."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, Scene, key, slip
from itembank.family_numbers import steps
from itembank.texts import Text

GAMMA = 42.58  # MHz/T, protons
SHIFT = 3.5  # ppm, fat and water
FIELDS = (0.35, 0.5, 1.0, 1.5, 3.0, 7.0)


def mr_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _larmor(),
        _scan_time(),
        _chemical_shift(),
        _opposed_phase(),
        _inversion_time(),
        _ernst_angle(),
        _sar(),
    )


def _larmor() -> Family:
    return ChoiceFamily(
        id="r7-larmor",
        sub_topic="R7.2",
        level="A",
        difficulty="easy",
        reference="RT75",
        posts=("MRI",),
        parameters={"b": FIELDS},
        stem=Text(
            "At which frequency do protons precess at {b} T (42.58 MHz/T)?",
            "{b} T 时质子的进动频率是多少（42.58 MHz/T）？",
        ),
        unit=Text("MHz", "MHz"),
        sensible=(14, 300),
        right=key(
            lambda v: GAMMA * v.b,
            "42.58 × {b} = {key} MHz.",
            "42.58 × {b} = {key} MHz。",
        ),
        mistakes=(
            slip(
                "divided",
                lambda v: GAMMA / v.b,
                "The ratio was divided by the field.",
                "用旋磁比除以了场强。",
            ),
            slip(
                "multiplied by two pi",
                lambda v: 2 * math.pi * GAMMA * v.b,
                "This is the angular frequency, 2π times as large.",
                "这是角频率，大了 2π 倍。",
            ),
            slip(
                "divided by two pi",
                lambda v: GAMMA * v.b / (2 * math.pi),
                "The frequency was divided by 2π once more.",
                "频率又除以了一次 2π。",
            ),
            slip(
                "squared the field",
                lambda v: GAMMA * v.b**2,
                "The field was squared.",
                "对场强取了平方。",
            ),
            slip(
                "took another nucleus",
                lambda v: 17.24 * v.b,
                "This is the frequency of phosphorus (17.24 MHz/T).",
                "这是磷的频率（17.24 MHz/T）。",
            ),
            slip(
                "doubled the frequency",
                lambda v: 2 * GAMMA * v.b,
                "The frequency was doubled.",
                "频率被加倍。",
            ),
        ),
        rule=Text("f = γ × B₀.", "f = γ × B₀。"),
    )


def _scan_time() -> Family:
    return ChoiceFamily(
        id="r7-scan-time",
        sub_topic="R7.2",
        level="A",
        difficulty="medium",
        reference="RT76",
        posts=("MRI",),
        parameters={
            "t": (2000.0, 2500.0, 3000.0, 4000.0, 5000.0),
            "p": (192.0, 224.0, 256.0, 320.0, 384.0),
            "f": (256.0, 320.0, 384.0, 512.0),
            "n": (1.0, 2.0, 3.0),
            "e": (8.0, 12.0, 16.0, 24.0),
        },
        where=lambda v: v.f > v.p and v.p % v.e == 0,
        stem=Text(
            "A turbo spin echo sequence has TR {t} ms, {p} phase-encoding and {f} "
            "frequency-encoding steps, an echo train length of {e} and NEX = {n}. How long does it "
            "take?",
            "快速自旋回波序列 TR {t} ms，相位编码 {p} 步，频率编码 {f} 步，回波链长度 {e}，"
            "NEX = {n}。扫描时间是多少？",
        ),
        unit=Text("s", "s"),
        sensible=(20, 500),
        right=key(
            lambda v: v.t / 1000 * v.p * v.n / v.e,
            "{t} ms × {p} × {n} ÷ {e} = {key} s.",
            "{t} ms × {p} × {n} ÷ {e} = {key} s。",
        ),
        mistakes=(
            slip(
                "took the frequency steps",
                lambda v: v.t / 1000 * v.f * v.n / v.e,
                "The frequency-encoding steps were used; they cost no repetitions.",
                "误用频率编码步数，它不增加重复次数。",
            ),
            slip(
                "left out the echo train",
                lambda v: v.t / 1000 * v.p * v.n,
                "The echo train was left out.",
                "漏除了回波链长度。",
            ),
            slip(
                "left out the averages",
                lambda v: v.t / 1000 * v.p / v.e,
                "The averages were left out.",
                "漏乘了平均次数。",
            ),
            slip(
                "divided by the averages",
                lambda v: v.t / 1000 * v.p / v.e / v.n,
                "The time was divided by the averages.",
                "用时间除以了平均次数。",
            ),
            slip(
                "took half of the steps",
                lambda v: v.t / 2000 * v.p * v.n / v.e,
                "Half of the steps were counted.",
                "只计了一半步数。",
            ),
            slip(
                "doubled the echoes",
                lambda v: 2 * v.t / 1000 * v.p * v.n / v.e,
                "Two repetitions were counted for each echo train.",
                "每个回波链计了两次重复。",
            ),
        ),
        rule=Text(
            "Time = TR × phase steps × averages ÷ echo train.",
            "时间 = TR × 相位编码步数 × 平均次数 ÷ 回波链长度。",
        ),
    )


def _chemical_shift() -> Family:
    return ChoiceFamily(
        id="r7-chemical-shift",
        sub_topic="R7.2",
        level="A",
        difficulty="hard",
        reference="RT77",
        posts=("MRI",),
        parameters={
            "b": (1.0, 1.5, 3.0, 7.0),
            "w": (16.0, 20.0, 25.0, 32.0, 40.0, 50.0, 64.0, 100.0, 125.0),
            "n": (192.0, 256.0, 320.0, 384.0),
        },
        derived={"d": Derived(lambda v: SHIFT * GAMMA * v.b, decimals=0)},
        stem=Text(
            "At {b} T (42.58 MHz/T) an image is read out with a total bandwidth of {w} kHz over {n} "
            "pixels. Fat and water differ by 3.5 ppm. By how many pixels is fat displaced?",
            "{b} T（42.58 MHz/T）下，图像以总带宽 {w} kHz 读出 {n} 个像素。脂肪与水相差 3.5 ppm。"
            "脂肪偏移多少个像素？",
        ),
        unit=Text("pixels", "像素"),
        digits=2,
        sensible=(0.4, 8),
        right=key(
            lambda v: SHIFT * GAMMA * v.b * v.n / (1000 * v.w),
            "3.5 ppm is {d} Hz; with {w} kHz ÷ {n} a pixel this is {key} pixels.",
            "3.5 ppm 即 {d} Hz；每像素 {w} kHz ÷ {n}，得 {key} 像素。",
        ),
        mistakes=(
            slip(
                "forgot the field",
                lambda v: SHIFT * GAMMA * v.n / (1000 * v.w),
                "The shift of 1 T was used.",
                "用了 1 T 时的频率差。",
            ),
            slip(
                "took half of the bandwidth",
                lambda v: 2 * SHIFT * GAMMA * v.b * v.n / (1000 * v.w),
                "Half of the bandwidth was used.",
                "只用了一半带宽。",
            ),
            slip(
                "doubled the bandwidth",
                lambda v: SHIFT * GAMMA * v.b * v.n / (2000 * v.w),
                "The bandwidth was taken on both sides once more.",
                "把总带宽又按两侧加倍。",
            ),
            slip(
                "inverted",
                lambda v: 1000 * v.w / (SHIFT * GAMMA * v.b * v.n),
                "The bandwidth of a pixel was divided by the shift.",
                "用每像素带宽除以了频率差。",
            ),
            slip(
                "left out the matrix",
                lambda v: SHIFT * GAMMA * v.b / v.w / 10,
                "The number of pixels was left out.",
                "漏乘了像素数。",
            ),
            slip(
                "squared the field",
                lambda v: SHIFT * GAMMA * v.b**2 * v.n / (1000 * v.w),
                "The field was squared.",
                "对场强取了平方。",
            ),
        ),
        rule=Text(
            "Displacement = shift in Hz ÷ bandwidth of a pixel.",
            "偏移 = 频率差 ÷ 每像素带宽。",
        ),
    )


def _opposed_phase() -> Family:
    return ChoiceFamily(
        id="r7-opposed-phase",
        sub_topic="R7.2",
        level="A",
        difficulty="hard",
        reference="RT77",
        posts=("MRI",),
        parameters={"b": (0.5, 0.7, 1.0, 1.2, 1.5, 3.0), "k": (1.0, 2.0)},
        scenes=(
            Scene({"w": Text("in opposed phase", "处于反相位")}, {"z": 0.5}),
            Scene({"w": Text("in phase", "处于同相位")}, {"z": 1.0}),
        ),
        derived={"d": Derived(lambda v: SHIFT * GAMMA * v.b, decimals=0)},
        where=lambda v: v.k == 1,
        stem=Text(
            "At {b} T fat and water differ by {d} Hz. At which echo time are they {w} for the first "
            "time after excitation (gradient echo)?",
            "{b} T 时脂肪与水相差 {d} Hz。梯度回波激发后，二者首次{w}的回波时间是多少？",
        ),
        unit=Text("ms", "ms"),
        digits=2,
        sensible=(1, 14),
        right=key(
            lambda v: 1000 * v.z / (SHIFT * GAMMA * v.b),
            "{z} of a period: {z} ÷ {d} Hz = {key} ms.",
            "{z} 个周期：{z} ÷ {d} Hz = {key} ms。",
        ),
        mistakes=(
            slip(
                "took the other phase",
                lambda v: 1000 * (1.5 - v.z) / (SHIFT * GAMMA * v.b),
                "This is the time of the other state.",
                "这是另一种状态的时间。",
            ),
            slip(
                "took a quarter of a period",
                lambda v: 250 / (SHIFT * GAMMA * v.b),
                "After a quarter of a period the two are at 90°.",
                "四分之一周期时二者相差 90°。",
            ),
            slip(
                "took two periods",
                lambda v: 2000 / (SHIFT * GAMMA * v.b),
                "This is the second time in phase.",
                "这是第二次同相位。",
            ),
            slip(
                "took one and a half periods",
                lambda v: 1500 / (SHIFT * GAMMA * v.b),
                "This is the second time in opposed phase.",
                "这是第二次反相位。",
            ),
            slip(
                "divided by two pi",
                lambda v: 1000 * v.z / (2 * math.pi * SHIFT * GAMMA * v.b),
                "The frequency was taken for an angular frequency.",
                "把频率当作了角频率。",
            ),
        ),
        rule=Text(
            "Opposed after half a period of the difference, in phase after a whole one.",
            "频率差的半个周期为反相位，一个周期为同相位。",
        ),
    )


def _inversion_time() -> Family:
    return ChoiceFamily(
        id="r7-inversion-time",
        sub_topic="R7.2",
        level="A",
        difficulty="medium",
        reference="RT75",
        posts=("MRI",),
        parameters={"t": (*steps(200, 400, 10), *steps(500, 1500, 50), *steps(2000, 4400, 100))},
        stem=Text(
            "A tissue has a T1 of {t} ms. TR is very long compared with T1. Which inversion time nulls "
            "the signal of the tissue?",
            "某组织的 T1 为 {t} ms，TR 远大于 T1。多长的反转时间可使该组织信号为零？",
        ),
        unit=Text("ms", "ms"),
        decimals=0,
        sensible=(130, 3100),
        right=key(
            lambda v: v.t * math.log(2),
            "{t} × ln 2 (0.693) = {key} ms.",
            "{t} × ln 2（0.693）= {key} ms。",
        ),
        mistakes=(
            slip(
                "took T1 itself",
                lambda v: v.t,
                "After one T1 the tissue has recovered beyond zero.",
                "经过一个 T1 时，组织已恢复越过零点。",
            ),
            slip(
                "took half of T1",
                lambda v: v.t / 2,
                "After half of T1 the magnetisation is still negative.",
                "经过半个 T1 时，磁化仍为负值。",
            ),
            slip(
                "divided by ln 2",
                lambda v: v.t / math.log(2),
                "T1 was divided by 0.693.",
                "用 T1 除以了 0.693。",
            ),
            slip(
                "took the decimal logarithm",
                lambda v: v.t * math.log10(2),
                "The decimal logarithm of 2 (0.301) was used.",
                "误用了 2 的常用对数（0.301）。",
            ),
            slip(
                "took the time of ninety per cent",
                lambda v: v.t * math.log(10),
                "After 2.3 × T1 the tissue gives nearly its full signal.",
                "经过 2.3 × T1 时，组织信号已接近完全恢复。",
            ),
        ),
        rule=Text("TI = T1 × ln 2 when TR is long.", "TR 很长时，TI = T1 × ln 2。"),
    )


def _ernst_angle() -> Family:
    return ChoiceFamily(
        id="r7-ernst-angle",
        sub_topic="R7.2",
        level="A",
        difficulty="hard",
        reference="RT76; Ernst & Anderson 1966",
        posts=("MRI",),
        parameters={
            "r": (5.0, 8.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0),
            "t": steps(300, 1400, 100),
        },
        stem=Text(
            "A spoiled gradient echo sequence has a TR of {r} ms; the tissue's T1 is {t} ms. Which flip "
            "angle gives the tissue its greatest signal (cos α = e to the power of -TR/T1)?",
            "扰相梯度回波序列 TR {r} ms，组织 T1 为 {t} ms。多大的翻转角使该组织信号最强"
            "（cos α 等于 e 的 -TR/T1 次方）？",
        ),
        unit=Text("°", "°"),
        decimals=0,
        sensible=(5, 45),
        right=key(
            lambda v: math.degrees(math.acos(math.exp(-v.r / v.t))),
            "cos α = e^(-{r}/{t}), so α = {key}°.",
            "cos α = e^(-{r}/{t})，故 α = {key}°。",
        ),
        mistakes=(
            slip(
                "took the sine",
                lambda v: math.degrees(math.asin(math.exp(-v.r / v.t))),
                "The sine was used instead of the cosine.",
                "误用正弦代替余弦。",
            ),
            slip(
                "halved the angle",
                lambda v: math.degrees(math.acos(math.exp(-v.r / v.t))) / 2,
                "Half of the angle was given.",
                "只给出了角度的一半。",
            ),
            slip(
                "doubled the angle",
                lambda v: math.degrees(math.acos(math.exp(-v.r / v.t))) * 2,
                "Twice the angle was given.",
                "给出了角度的两倍。",
            ),
            slip(
                "took ninety degrees",
                lambda _: 90.0,
                "90° is best only when TR is long compared with T1.",
                "只有 TR 远大于 T1 时，90° 才最好。",
            ),
            slip(
                "left the angle in radians",
                lambda v: 100 * math.acos(math.exp(-v.r / v.t)),
                "The radians were taken for hundredths of a degree.",
                "把弧度乘以一百当作度。",
            ),
            slip(
                "doubled TR",
                lambda v: math.degrees(math.acos(math.exp(-v.r / v.t / 2))),
                "Half of TR was used.",
                "只用了 TR 的一半。",
            ),
        ),
        rule=Text("Ernst angle: cos α = e^(-TR/T1).", "Ernst 角：cos α = e^(-TR/T1)。"),
    )


def _sar() -> Family:
    return ChoiceFamily(
        id="r7-sar-scaling",
        sub_topic="R7.2",
        level="A",
        difficulty="hard",
        reference="RT78",
        posts=("MRI",),
        parameters={
            "s": steps(0.4, 1.6, 0.1),
            "b": (1.5, 3.0),
            "c": (1.5, 3.0),
            "a": (180.0, 150.0, 120.0),
            "d": (180.0, 150.0, 120.0, 90.0),
        },
        where=lambda v: v.a != v.d,
        stem=Text(
            "A sequence gives a whole-body SAR of {s} W/kg at {b} T with refocusing pulses of {a}°. "
            "With the same timing it runs at {c} T with {d}°. SAR goes with the square of field and of "
            "flip angle. Which SAR is expected?",
            "某序列在 {b} T、重聚脉冲 {a}° 时全身 SAR 为 {s} W/kg。时序不变，改为 {c} T、{d}°。"
            "SAR 与场强及翻转角的平方成正比，预计 SAR 是多少？",
        ),
        unit=Text("W/kg", "W/kg"),
        digits=2,
        sensible=(0.1, 4),
        right=key(
            lambda v: v.s * (v.c / v.b) ** 2 * (v.d / v.a) ** 2,
            "{s} × ({c} ÷ {b})² × ({d} ÷ {a})² = {key} W/kg.",
            "{s} ×（{c} ÷ {b}）² ×（{d} ÷ {a}）² = {key} W/kg。",
        ),
        mistakes=(
            slip(
                "forgot the squares",
                lambda v: v.s * v.c / v.b * v.d / v.a,
                "The squares were left out.",
                "漏掉了平方。",
            ),
            slip(
                "left out the field",
                lambda v: v.s * (v.d / v.a) ** 2,
                "The field was left out.",
                "漏掉了场强。",
            ),
            slip(
                "left out the flip angle",
                lambda v: v.s * (v.c / v.b) ** 2,
                "The flip angle was left out.",
                "漏掉了翻转角。",
            ),
            slip(
                "inverted the flip angles",
                lambda v: v.s * (v.c / v.b) ** 2 * (v.a / v.d) ** 2,
                "The ratio of the flip angles was inverted.",
                "翻转角之比颠倒了。",
            ),
            slip(
                "squared the field only",
                lambda v: v.s * (v.c / v.b) ** 2 * v.d / v.a,
                "The flip angle was not squared.",
                "翻转角没有平方。",
            ),
            slip(
                "squared the flip angle only",
                lambda v: v.s * v.c / v.b * (v.d / v.a) ** 2,
                "The field was not squared.",
                "场强没有平方。",
            ),
            slip(
                "inverted everything",
                lambda v: v.s * (v.b / v.c) ** 2 * (v.a / v.d) ** 2,
                "Both ratios were inverted.",
                "两个比值都颠倒了。",
            ),
        ),
        rule=Text("SAR goes with B₀² × α².", "SAR 与 B₀² × α² 成正比。"),
    )
