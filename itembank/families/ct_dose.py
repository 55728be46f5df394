"""R7.1: pitch, dose and noise in CT."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, Scene, key, slip
from itembank.family_cases import OrderFamily
from itembank.family_numbers import steps
from itembank.texts import Text

HU = Text("HU", "HU")
# Adult factors of AAPM Report 96 (2008), after Shrimpton et al.; the stem names the source.
_REGIONS = (
    Scene({"part": Text("head", "头部")}, {"k": 0.0021, "lo": 30, "hi": 65, "n": 14, "x": 0.014}),
    Scene({"part": Text("chest", "胸部")}, {"k": 0.014, "lo": 3, "hi": 16, "n": 30, "x": 0.0021}),
    Scene(
        {"part": Text("abdomen and pelvis", "腹盆部")},
        {"k": 0.015, "lo": 5, "hi": 20, "n": 42, "x": 0.0021},
    ),
)


def ct_dose_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _pitch(),
        _volume_index(),
        _effective_dose(),
        _noise(),
        _slice_noise(),
        _order_of_noise(),
    )


def _pitch() -> Family:
    return ChoiceFamily(
        id="r7-pitch",
        sub_topic="R7.1",
        level="A",
        difficulty="medium",
        reference="RT71",
        posts=("CT",),
        scenes=tuple(
            Scene({"set": Text(f"{n} × {t:g} mm", f"{n} × {t:g} mm")}, {"c": n * t, "n": n, "x": t})
            for n, t in ((16, 1.25), (32, 0.625), (64, 0.5), (64, 0.625), (128, 0.5), (40, 0.75))
        ),
        parameters={"s": steps(20, 180, 5), "r": (0.3, 0.4, 0.5, 0.75, 0.8)},
        stem=Text(
            "A helical scan uses a collimation of {set}, a rotation time of {r} s and a table speed of "
            "{s} mm/s. What is the pitch?",
            "螺旋扫描准直 {set}，旋转时间 {r} s，床速 {s} mm/s。螺距是多少？",
        ),
        decimals=2,
        sensible=(0.5, 1.6),
        right=key(
            lambda v: v.s * v.r / v.c,
            "{s} × {r} ÷ {c} = {key}.",
            "{s} × {r} ÷ {c} = {key}。",
        ),
        mistakes=(
            slip(
                "left out the rotation time",
                lambda v: v.s / v.c,
                "The way in one second was used instead of that in one rotation.",
                "用了每秒的进床距离，而不是每圈的。",
            ),
            slip(
                "inverted",
                lambda v: v.c / (v.s * v.r),
                "The collimation was divided by the table travel.",
                "用准直宽度除以了进床距离。",
            ),
            slip(
                "divided by the rotation time",
                lambda v: v.s / v.r / v.c,
                "The speed was divided by the rotation time.",
                "用床速除以了旋转时间。",
            ),
            slip(
                "took half of the collimation",
                lambda v: 2 * v.s * v.r / v.c,
                "Half of the collimation was used.",
                "只用了准直宽度的一半。",
            ),
            slip(
                "took half of the travel",
                lambda v: v.s * v.r / v.c / 2,
                "The table travel of half a rotation was used.",
                "用了半圈的进床距离。",
            ),
            slip(
                "divided by one slice",
                lambda v: v.s * v.r / v.x,
                "The table travel was divided by the width of one detector row.",
                "用进床距离除以了单排探测器宽度。",
            ),
        ),
        rule=Text(
            "Pitch = table travel in one rotation ÷ total collimation.",
            "螺距 = 每圈进床距离 ÷ 总准直宽度。",
        ),
    )


def _volume_index() -> Family:
    return ChoiceFamily(
        id="r7-volume-dose-index",
        sub_topic="R7.1",
        level="A",
        difficulty="medium",
        reference="RT71",
        posts=("CT",),
        parameters={
            "c": steps(4, 20, 1),
            "e": steps(1.5, 8, 0.5),
            "p": (0.6, 0.7, 0.8, 1.2, 1.375, 1.5),
        },
        derived={"g": Derived(lambda v: v.c + v.e)},
        stem=Text(
            "In a body phantom the CTDI100 is {c} mGy at the centre and {g} mGy at the periphery. The "
            "pitch is {p}. What is the CTDIvol?",
            "体部体模中，CTDI100 在中心为 {c} mGy，在周边为 {g} mGy，螺距为 {p}。CTDIvol 是多少？",
        ),
        unit=Text("mGy", "mGy"),
        sensible=(3, 40),
        gap=0.08,
        right=key(
            lambda v: (v.c + 2 * (v.c + v.e)) / 3 / v.p,
            "({c} + 2 × {g}) ÷ 3 ÷ {p} = {key} mGy.",
            "（{c} + 2 × {g}）÷ 3 ÷ {p} = {key} mGy。",
        ),
        mistakes=(
            slip(
                "multiplied by the pitch",
                lambda v: (v.c + 2 * (v.c + v.e)) / 3 * v.p,
                "The weighted index was multiplied by the pitch.",
                "加权指数乘了螺距，而不是除以。",
            ),
            slip(
                "left out the pitch",
                lambda v: (v.c + 2 * (v.c + v.e)) / 3,
                "This is the CTDIw: the pitch was left out.",
                "这是 CTDIw：漏除螺距。",
            ),
            slip(
                "exchanged the weights",
                lambda v: (2 * v.c + v.c + v.e) / 3 / v.p,
                "The weights of centre and periphery were exchanged.",
                "中心与周边的权重互换了。",
            ),
            slip(
                "used the centre only",
                lambda v: v.c / v.p,
                "Only the centre was used.",
                "只用了中心值。",
            ),
            slip(
                "used the periphery only",
                lambda v: (v.c + v.e) / v.p,
                "Only the periphery was used.",
                "只用了周边值。",
            ),
            slip(
                "added the values",
                lambda v: (2 * v.c + v.e) / v.p,
                "The values were added without weights.",
                "未加权，直接相加。",
            ),
        ),
        rule=Text(
            "CTDIvol = (centre ÷ 3 + 2 × periphery ÷ 3) ÷ pitch.",
            "CTDIvol =（中心 ÷ 3 + 2 × 周边 ÷ 3）÷ 螺距。",
        ),
    )


def _effective_dose() -> Family:
    return ChoiceFamily(
        id="r7-effective-dose",
        sub_topic="R7.1",
        level="A",
        difficulty="medium",
        reference="RT71; AAPM Report 96",
        posts=("CT",),
        jurisdiction="US",
        scenes=_REGIONS,
        parameters={"c": steps(3, 65, 1), "e": steps(0, 8, 1), "j": (10.0, 12.0, 15.0)},
        where=lambda v: v.lo <= v.c <= v.hi,
        derived={"l": Derived(lambda v: v.n + v.e)},
        stem=Text(
            "A CT scan of an adult's {part} has a CTDIvol of {c} mGy over {l} cm. AAPM Report 96 gives "
            "k = {k} mSv/(mGy·cm) for this region. What is the estimated effective dose?",
            "成人{part} CT 的 CTDIvol 为 {c} mGy，扫描长度 {l} cm。AAPM 96 号报告给出该部位 "
            "k = {k} mSv/(mGy·cm)。有效剂量约为多少？",
        ),
        unit=Text("mSv", "mSv"),
        digits=2,
        sensible=(0.7, 15),
        right=key(
            lambda v: v.c * (v.n + v.e) * v.k,
            "{c} × {l} × {k} = {key} mSv.",
            "{c} × {l} × {k} = {key} mSv。",
        ),
        mistakes=(
            slip(
                "left out the length",
                lambda v: v.c * v.k * 10,
                "The factor was applied to CTDIvol for a length of 10 cm instead of to DLP.",
                "系数乘的是 10 cm 长度的 CTDIvol，而不是 DLP。",
            ),
            slip(
                "took the factor of another region",
                lambda v: v.c * (v.n + v.e) * v.x,
                "The factor of another region, {x}, was used.",
                "误用了其他部位的系数 {x}。",
            ),
            slip(
                "halved the length",
                lambda v: v.c * (v.n + v.e) * v.k / 2,
                "Half of the length was used.",
                "只用了一半长度。",
            ),
            slip(
                "added over-ranging twice",
                lambda v: v.c * (v.n + v.e + 2 * v.j) * v.k,
                "{j} cm were added at each end, though the given length is the scanned one.",
                "两端各加了 {j} cm，但给出的已是扫描长度。",
            ),
            slip(
                "added up two scans",
                lambda v: 2 * v.c * (v.n + v.e) * v.k,
                "The dose of two scans was given.",
                "给出的是两次扫描的剂量。",
            ),
        ),
        rule=Text("E = k × CTDIvol × length.", "E = k × CTDIvol × 扫描长度。"),
    )


def _noise() -> Family:
    return ChoiceFamily(
        id="r7-noise-mas",
        sub_topic="R7.1",
        level="A",
        difficulty="medium",
        reference="RT72",
        posts=("CT",),
        enemies=("r7-slice-mas", "r7-order-noise"),
        parameters={
            "s": steps(6, 30, 1),
            "m": (50.0, 80.0, 100.0, 120.0, 150.0),
            "f": (0.25, 0.5, 2.0, 3.0, 4.0),
        },
        derived={"n": Derived(lambda v: v.m * v.f)},
        stem=Text(
            "The noise (standard deviation) in a water phantom is {s} HU at {m} mAs. Everything else "
            "unchanged, what noise is expected at {n} mAs?",
            "水模中 {m} mAs 时噪声（标准差）为 {s} HU。其他条件不变，{n} mAs 时噪声预计是多少？",
        ),
        unit=HU,
        sensible=(3, 60),
        right=key(
            lambda v: v.s / math.sqrt(v.f),
            "{s} × √({m} ÷ {n}) = {key} HU.",
            "{s} × √（{m} ÷ {n}）= {key} HU。",
        ),
        mistakes=(
            slip(
                "forgot the root",
                lambda v: v.s / v.f,
                "Noise was taken as inversely proportional to mAs.",
                "误认为噪声与 mAs 成反比。",
            ),
            slip(
                "inverted the root",
                lambda v: v.s * math.sqrt(v.f),
                "The ratio was inverted: more mAs lowers noise.",
                "比值颠倒了：mAs 增加会降低噪声。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.s,
                "Noise was taken not to depend on mAs.",
                "误认为噪声与 mAs 无关。",
            ),
            slip(
                "inverted and forgot the root",
                lambda v: v.s * v.f,
                "The ratio was inverted and the root left out.",
                "比值颠倒，又漏掉开方。",
            ),
            slip(
                "squared",
                lambda v: v.s / v.f**2,
                "The ratio was squared instead of taking its root.",
                "误取平方，而不是平方根。",
            ),
        ),
        rule=Text("Noise goes with 1 ÷ √mAs.", "噪声与 1 ÷ √mAs 成正比。"),
    )


def _slice_noise() -> Family:
    return ChoiceFamily(
        id="r7-slice-mas",
        sub_topic="R7.1",
        level="A",
        difficulty="hard",
        reference="RT72",
        posts=("CT",),
        parameters={
            "m": (60.0, 80.0, 100.0, 120.0, 150.0, 200.0),
            "a": (1.0, 1.25, 2.0, 2.5, 3.0, 5.0),
            "b": (1.0, 1.25, 2.0, 2.5, 3.0, 5.0),
        },
        where=lambda v: 0.39 < v.a / v.b < 0.85 or 1.2 < v.a / v.b < 2.6,
        stem=Text(
            "A protocol uses {m} mAs and slices of {a} mm. The slices become {b} mm thick. Which mAs "
            "keeps the noise of each image the same?",
            "某方案为 {m} mAs、层厚 {a} mm。层厚改为 {b} mm，多少 mAs 可保持每幅图像噪声不变？",
        ),
        unit=Text("mAs", "mAs"),
        decimals=0,
        sensible=(20, 600),
        right=key(
            lambda v: v.m * v.a / v.b,
            "{m} × {a} ÷ {b} = {key} mAs.",
            "{m} × {a} ÷ {b} = {key} mAs。",
        ),
        mistakes=(
            slip(
                "inverted",
                lambda v: v.m * v.b / v.a,
                "The ratio was inverted: thin slices need more mAs.",
                "比值颠倒了：薄层需要更多 mAs。",
            ),
            slip(
                "took the root",
                lambda v: v.m * math.sqrt(v.a / v.b),
                "The root was taken: that is how noise changes, not the mAs needed.",
                "取了平方根：那是噪声的变化，不是所需 mAs。",
            ),
            slip(
                "took the square",
                lambda v: v.m * (v.a / v.b) ** 2,
                "The ratio was squared.",
                "对比值取了平方。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.m,
                "The mAs were left unchanged.",
                "mAs 未作调整。",
            ),
            slip(
                "inverted the root",
                lambda v: v.m * math.sqrt(v.b / v.a),
                "The ratio was inverted, and its root taken.",
                "比值颠倒，又取了平方根。",
            ),
        ),
        rule=Text("mAs × slice thickness stays the same.", "mAs × 层厚保持不变。"),
    )


def _order_of_noise() -> Family:
    return OrderFamily(
        id="r7-order-noise",
        sub_topic="R7.1",
        level="E",
        difficulty="hard",
        reference="RT72",
        posts=("CT",),
        parameters={},
        case_parameters={"m": (40.0, 80.0, 120.0, 160.0, 240.0), "t": (0.6, 1.0, 2.0, 3.0, 5.0)},
        formula=lambda v: 1000 / math.sqrt(v.m * v.t),
        gap=0.15,
        digits=2,
        stem=Text(
            "Four reconstructions differ only in mAs and slice thickness. Put them in order of noise, "
            "the least noisy first.",
            "四种重建只有 mAs 与层厚不同。请按噪声由小到大排序。",
        ),
        case=Text("{m} mAs, {t} mm", "{m} mAs，{t} mm"),
        reason=Text(
            "Noise goes with 1 ÷ √({m} × {t}): relative value {value}.",
            "噪声与 1 ÷ √（{m} × {t}）成正比：相对值 {value}。",
        ),
        rule=Text("The product of mAs and slice thickness decides.", "取决于 mAs 与层厚的乘积。"),
    )
