"""S7.1 to S7.3: volumes, obstetric sums and vessels."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_numbers import steps
from itembank.texts import Text

US = ("US",)
PERCENT = Text("%", "%")


def measurement_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _ellipsoid(),
        _residual_volume(),
        _sac_diameter(),
        _fluid_index(),
        _ankle_brachial(),
        _diameter_stenosis(),
        _area_stenosis(),
    )


def _ellipsoid() -> Family:
    return ChoiceFamily(
        id="s7-ellipsoid-volume",
        sub_topic="S7.1",
        level="A",
        difficulty="medium",
        reference="ST97",
        posts=US,
        enemies=("s7-residual-volume",),
        parameters={"l": steps(3.5, 6, 0.1), "w": steps(1.2, 2.6, 0.1), "h": steps(1.0, 2.4, 0.1)},
        stem=Text(
            "A thyroid lobe measures {l} cm × {w} cm × {h} cm. What is its volume by the ellipsoid "
            "formula (factor π/6)?",
            "甲状腺一侧叶大小 {l} cm × {w} cm × {h} cm。按椭球体公式（系数 π/6），体积是多少？",
        ),
        unit=Text("mL", "mL"),
        digits=2,
        sensible=(2.5, 20),
        right=key(
            lambda v: math.pi / 6 * v.l * v.w * v.h,
            "0.524 × {l} × {w} × {h} = {key} mL.",
            "0.524 × {l} × {w} × {h} = {key} mL。",
        ),
        mistakes=(
            slip(
                "took a box",
                lambda v: v.l * v.w * v.h,
                "The factor was left out: this is a box.",
                "漏乘系数：这是长方体的体积。",
            ),
            slip(
                "took diameters for radii",
                lambda v: 4 * math.pi / 3 * v.l * v.w * v.h,
                "The diameters were used as radii.",
                "把直径当作了半径。",
            ),
            slip(
                "took a sphere of the width",
                lambda v: math.pi / 6 * v.w**3,
                "A sphere of the width was computed.",
                "按宽度计算了球体。",
            ),
            slip(
                "took a quarter of pi",
                lambda v: math.pi / 4 * v.l * v.w * v.h,
                "The factor of a cylinder, π/4, was used.",
                "误用了圆柱的系数 π/4。",
            ),
            slip(
                "took a third of the factor",
                lambda v: math.pi / 12 * v.l * v.w * v.h,
                "The factor of a cone, π/12, was used.",
                "误用了圆锥的系数 π/12。",
            ),
            slip(
                "averaged the sides",
                lambda v: math.pi / 6 * ((v.l + v.w + v.h) / 3) ** 3,
                "A sphere with the mean diameter was computed.",
                "按平均直径计算了球体。",
            ),
        ),
        rule=Text(
            "Ellipsoid = π/6 × length × width × height.",
            "椭球体积 = π/6 × 长 × 宽 × 高。",
        ),
    )


def _residual_volume() -> Family:
    return NumericFamily(
        id="s7-residual-volume",
        sub_topic="S7.1",
        level="A",
        difficulty="medium",
        reference="ST95",
        posts=US,
        parameters={"l": steps(4, 9, 0.5), "w": steps(4, 8, 0.5), "h": steps(3, 7, 0.5)},
        stem=Text(
            "After voiding, the bladder measures {l} cm × {w} cm × {h} cm. What is the residual volume "
            "by the ellipsoid formula (factor 0.52)?",
            "排尿后膀胱大小 {l} cm × {w} cm × {h} cm。按椭球体公式（系数 0.52），残余尿量是多少？",
        ),
        unit=Text("mL", "mL"),
        tolerance=0.03,
        sensible=(25, 250),
        right=key(
            lambda v: 0.52 * v.l * v.w * v.h,
            "0.52 × {l} × {w} × {h} = {key} mL.",
            "0.52 × {l} × {w} × {h} = {key} mL。",
        ),
        mistakes=(
            slip(
                "took a box",
                lambda v: v.l * v.w * v.h,
                "the factor was left out.",
                "漏乘系数。",
            ),
            slip(
                "took diameters for radii",
                lambda v: 4.19 * v.l * v.w * v.h,
                "the diameters were used as radii.",
                "把直径当作了半径。",
            ),
        ),
        rule=Text("Volume = 0.52 × length × width × height.", "体积 = 0.52 × 长 × 宽 × 高。"),
    )


def _sac_diameter() -> Family:
    return ChoiceFamily(
        id="s7-mean-sac-diameter",
        sub_topic="S7.2",
        level="A",
        difficulty="easy",
        reference="ST101",
        posts=US,
        parameters={
            "a": steps(10, 40, 1),
            "b": steps(6, 34, 1),
            "c": steps(5, 30, 1),
            "m": (5.0, 6.0),
        },
        where=lambda v: v.a > v.b > v.c and v.a - v.c > 5 and (v.a + v.b + v.c) % 3 == 0,
        derived={"d": Derived(lambda v: v.a + v.m)},
        stem=Text(
            "A gestational sac measures {a} mm, {b} mm and {c} mm inside in three perpendicular "
            "directions; with its rim the longest is {d} mm. What is the mean sac diameter?",
            "妊娠囊三个相互垂直方向的内径为 {a} mm、{b} mm 和 {c} mm，最长径连同囊壁为 {d} mm。"
            "平均囊径是多少？",
        ),
        unit=Text("mm", "mm"),
        decimals=1,
        gap=0.06,
        sensible=(8, 32),
        right=key(
            lambda v: (v.a + v.b + v.c) / 3,
            "({a} + {b} + {c}) ÷ 3 = {key} mm.",
            "（{a} + {b} + {c}）÷ 3 = {key} mm。",
        ),
        mistakes=(
            slip(
                "took the longest",
                lambda v: v.a,
                "This is the longest diameter.",
                "这是最长径。",
            ),
            slip(
                "averaged two",
                lambda v: (v.a + v.b) / 2,
                "Only two diameters were averaged.",
                "只平均了两个径线。",
            ),
            slip(
                "counted the rim",
                lambda v: (v.a + v.b + v.c + 3 * v.m) / 3,
                "The rim was counted in all three diameters.",
                "三个径线都计入了囊壁。",
            ),
            slip(
                "took the geometric mean",
                lambda v: math.sqrt(v.b * v.c),
                "The geometric mean of the two shorter diameters was used.",
                "用了两个较短径的几何平均。",
            ),
            slip(
                "averaged the two shorter",
                lambda v: (v.b + v.c) / 2,
                "Only the two shorter diameters were averaged.",
                "只平均了两个较短径。",
            ),
            slip(
                "took half of the extremes",
                lambda v: (v.a + v.c) / 2,
                "The longest and the shortest diameter were averaged.",
                "只平均了最长径与最短径。",
            ),
        ),
        rule=Text(
            "Mean sac diameter = mean of three inner diameters.",
            "平均囊径 = 三个内径的平均值。",
        ),
    )


def _fluid_index() -> Family:
    return ChoiceFamily(
        id="s7-fluid-index",
        sub_topic="S7.2",
        level="A",
        difficulty="easy",
        reference="ST104",
        posts=US,
        parameters={
            "a": steps(1.5, 6, 0.1),
            "b": steps(1.5, 6, 0.1),
            "c": steps(1.5, 6, 0.1),
            "d": steps(1.5, 6, 0.1),
        },
        stem=Text(
            "The deepest vertical pockets of amniotic fluid in the four quadrants measure {a}, {b}, {c} "
            "and {d} cm. What is the amniotic fluid index?",
            "四个象限最大羊水池垂直深度分别为 {a}、{b}、{c} 和 {d} cm。羊水指数是多少？",
        ),
        unit=Text("cm", "cm"),
        decimals=1,
        sensible=(7, 22),
        right=key(
            lambda v: v.a + v.b + v.c + v.d,
            "{a} + {b} + {c} + {d} = {key} cm.",
            "{a} + {b} + {c} + {d} = {key} cm。",
        ),
        mistakes=(
            slip(
                "averaged",
                lambda v: (v.a + v.b + v.c + v.d) / 4,
                "The depths were averaged.",
                "取了平均值。",
            ),
            slip(
                "took the deepest",
                lambda v: max(v.a, v.b, v.c, v.d),
                "This is the single deepest pocket.",
                "这是单个最大羊水池深度。",
            ),
            slip(
                "left out the smallest",
                lambda v: v.a + v.b + v.c + v.d - min(v.a, v.b, v.c, v.d),
                "The smallest pocket was left out.",
                "漏掉了最小的羊水池。",
            ),
            slip(
                "took four times the deepest",
                lambda v: 4 * max(v.a, v.b, v.c, v.d),
                "Four times the deepest pocket was taken.",
                "用了最大深度的四倍。",
            ),
            slip(
                "took four times the smallest",
                lambda v: 4 * min(v.a, v.b, v.c, v.d),
                "Four times the smallest pocket was taken.",
                "用了最小深度的四倍。",
            ),
            slip(
                "counted the deepest twice",
                lambda v: v.a + v.b + v.c + v.d + max(v.a, v.b, v.c, v.d),
                "The deepest pocket was counted twice.",
                "最大深度被计了两次。",
            ),
        ),
        rule=Text("AFI = sum of the four quadrants.", "羊水指数 = 四个象限深度之和。"),
    )


def _ankle_brachial() -> Family:
    # Highest ankle pressure of the leg over the higher arm: TASC II and AHA 2012.
    return ChoiceFamily(
        id="s7-ankle-brachial",
        sub_topic="S7.3",
        level="A",
        difficulty="medium",
        reference="ST108; AHA 2012",
        posts=US,
        parameters={
            "p": steps(50, 150, 4),
            "q": steps(50, 150, 4),
            "r": steps(110, 160, 5),
            "l": steps(110, 160, 5),
        },
        where=lambda v: abs(v.p - v.q) >= 12 and abs(v.r - v.l) >= 10,
        stem=Text(
            "Systolic pressures: right posterior tibial artery {p} mmHg, right dorsalis pedis artery "
            "{q} mmHg, right arm {r} mmHg, left arm {l} mmHg. What is the right ankle-brachial index "
            "(higher ankle over higher arm pressure)?",
            "收缩压：右胫后动脉 {p} mmHg，右足背动脉 {q} mmHg，右臂 {r} mmHg，左臂 {l} mmHg。"
            "右侧踝肱指数是多少（踝部较高值 ÷ 臂部较高值）？",
        ),
        decimals=2,
        gap=0.06,
        sensible=(0.4, 1.3),
        right=key(
            lambda v: max(v.p, v.q) / max(v.r, v.l),
            "Higher ankle over higher arm pressure: {key}.",
            "踝部较高值 ÷ 臂部较高值：{key}。",
        ),
        mistakes=(
            slip(
                "took the lower ankle pressure",
                lambda v: min(v.p, v.q) / max(v.r, v.l),
                "The lower ankle pressure was used.",
                "误用踝部较低值。",
            ),
            slip(
                "took the lower arm pressure",
                lambda v: max(v.p, v.q) / min(v.r, v.l),
                "The lower arm pressure was used.",
                "误用臂部较低值。",
            ),
            slip(
                "took both lower pressures",
                lambda v: min(v.p, v.q) / min(v.r, v.l),
                "Both lower pressures were used.",
                "踝部和臂部都误用了较低值。",
            ),
            slip(
                "inverted",
                lambda v: max(v.r, v.l) / max(v.p, v.q),
                "The ratio was inverted.",
                "比值颠倒了。",
            ),
            slip(
                "took means",
                lambda v: (v.p + v.q) / (v.r + v.l),
                "The means of ankle and arm were used.",
                "用了踝部与臂部的平均值。",
            ),
        ),
        rule=Text(
            "ABI = higher ankle pressure ÷ higher arm pressure.",
            "踝肱指数 = 踝部较高收缩压 ÷ 臂部较高收缩压。",
        ),
    )


def _diameter_stenosis() -> Family:
    return ChoiceFamily(
        id="s7-diameter-stenosis",
        sub_topic="S7.3",
        level="A",
        difficulty="medium",
        reference="ST77; NASCET",
        posts=US,
        enemies=("s7-area-stenosis",),
        parameters={"n": steps(1, 3, 0.2), "d": steps(4, 6, 0.2), "b": steps(1, 3, 0.5)},
        derived={"o": Derived(lambda v: v.d + v.b)},
        stem=Text(
            "In an internal carotid artery the residual lumen is {n} mm, the lumen of the normal artery "
            "beyond {d} mm, and the outer wall at the stenosis {o} mm apart. What is the stenosis by "
            "diameter by the NASCET method?",
            "颈内动脉狭窄处残余内径 {n} mm，远端正常内径 {d} mm，狭窄处血管原内径估计 {o} mm。"
            "按 NASCET 法，直径狭窄率是多少？",
        ),
        unit=PERCENT,
        decimals=0,
        gap=0.06,
        sensible=(30, 85),
        possible=(0, 100),
        right=key(
            lambda v: 100 * (1 - v.n / v.d),
            "(1 - {n} ÷ {d}) = {key} %.",
            "（1 - {n} ÷ {d}）= {key} %。",
        ),
        mistakes=(
            slip(
                "used the width at the stenosis",
                lambda v: 100 * (1 - v.n / (v.d + v.b)),
                "The width at the stenosis was used: that is the ECST method.",
                "用了狭窄处的原内径：那是 ECST 法。",
            ),
            slip(
                "gave the residual lumen",
                lambda v: 100 * v.n / v.d,
                "This is what is left of the lumen.",
                "这是残余管腔的比例。",
            ),
            slip(
                "took the area",
                lambda v: 100 * (1 - (v.n / v.d) ** 2),
                "This is the stenosis by area.",
                "这是面积狭窄率。",
            ),
            slip(
                "gave the residual area",
                lambda v: 100 * (v.n / v.d) ** 2,
                "This is what is left of the area.",
                "这是残余面积的比例。",
            ),
            slip(
                "took half of the lumen",
                lambda v: 100 * (1 - v.n / v.d) / 2,
                "The loss was shared between two walls.",
                "把狭窄平分给了两侧管壁。",
            ),
        ),
        rule=Text(
            "NASCET = 1 - residual lumen ÷ normal lumen beyond.",
            "NASCET = 1 - 残余内径 ÷ 远端正常内径。",
        ),
    )


def _area_stenosis() -> Family:
    return ChoiceFamily(
        id="s7-area-stenosis",
        sub_topic="S7.3",
        level="A",
        difficulty="medium",
        reference="ST77",
        posts=US,
        parameters={"s": steps(30, 80, 5)},
        derived={"r": Derived(lambda v: 1 - v.s / 100)},
        stem=Text(
            "A round, concentric stenosis narrows the diameter by {s} %. By how much is the area "
            "reduced?",
            "同心圆形狭窄使直径缩小 {s} %。面积缩小多少？",
        ),
        unit=PERCENT,
        decimals=0,
        gap=0.06,
        sensible=(50, 97),
        possible=(0, 100),
        right=key(
            lambda v: 100 * (1 - (1 - v.s / 100) ** 2),
            "1 - {r}² = {key} %.",
            "1 - {r}² = {key} %。",
        ),
        mistakes=(
            slip(
                "gave the diameter",
                lambda v: v.s,
                "Area and diameter were taken to shrink by the same share.",
                "误认为面积与直径缩小同样比例。",
            ),
            slip(
                "squared the stenosis",
                lambda v: v.s**2 / 100,
                "The stenosis was squared instead of the lumen that is left.",
                "对狭窄率取了平方，而不是对残余管腔。",
            ),
            slip(
                "gave the residual area",
                lambda v: 100 * (1 - v.s / 100) ** 2,
                "This is what is left of the area.",
                "这是残余面积的比例。",
            ),
            slip(
                "gave the residual diameter",
                lambda v: 100 - v.s,
                "This is what is left of the diameter.",
                "这是残余直径的比例。",
            ),
            slip(
                "took the fourth power",
                lambda v: 100 * (1 - (1 - v.s / 100) ** 4),
                "The fourth power was used, as for flow.",
                "误用四次方，那是流量的变化。",
            ),
            slip(
                "took the third power",
                lambda v: 100 * (1 - (1 - v.s / 100) ** 3),
                "The third power was used, as for a volume.",
                "误用三次方，那是体积的变化。",
            ),
        ),
        rule=Text(
            "Area reduction = 1 - (1 - diameter reduction)².",
            "面积狭窄率 = 1 -（1 - 直径狭窄率）²。",
        ),
    )
