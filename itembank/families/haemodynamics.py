"""S5.4: indices, pressures and flow."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_numbers import steps
from itembank.texts import Text

US = ("US",)
CM_S = Text("cm/s", "cm/s")
MMHG = Text("mmHg", "mmHg")


def haemodynamics_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _resistive_index(),
        _pulsatility_index(),
        _bernoulli(),
        _ventricular_pressure(),
        _flow(),
        _poiseuille(),
        _continuity(),
    )


def _resistive_index() -> Family:
    return ChoiceFamily(
        id="s5-resistive-index",
        sub_topic="S5.4",
        level="A",
        difficulty="easy",
        reference="ST72",
        posts=US,
        enemies=("s5-pulsatility-index",),
        parameters={"s": steps(30, 120, 5), "d": steps(8, 50, 2), "m": (0.3, 0.4)},
        derived={"t": Derived(lambda v: round(v.d + v.m * (v.s - v.d)))},
        stem=Text(
            "A renal segmental artery has a peak systolic velocity of {s} cm/s, an end-diastolic "
            "velocity of {d} cm/s and a mean velocity of {t} cm/s. What is the resistive index?",
            "肾段动脉收缩期峰值流速 {s} cm/s，舒张末期流速 {d} cm/s，平均流速 {t} cm/s。阻力指数是多少？",
        ),
        decimals=2,
        sensible=(0.45, 0.9),
        right=key(
            lambda v: (v.s - v.d) / v.s,
            "({s} - {d}) ÷ {s} = {key}.",
            "（{s} - {d}）÷ {s} = {key}。",
        ),
        mistakes=(
            slip(
                "divided by the mean",
                lambda v: (v.s - v.d) / v.t,
                "This is the pulsatility index.",
                "这是搏动指数。",
            ),
            slip(
                "gave the ratio of diastole",
                lambda v: v.d / v.s,
                "This is the ratio of diastolic to systolic velocity.",
                "这是舒张末期与收缩期流速之比。",
            ),
            slip(
                "gave the S/D ratio",
                lambda v: v.s / v.d,
                "This is the S/D ratio.",
                "这是 S/D 比值。",
            ),
            slip(
                "divided by the sum",
                lambda v: (v.s - v.d) / (v.s + v.d),
                "The difference was divided by the sum.",
                "差值除以了两者之和。",
            ),
            slip(
                "divided by diastole",
                lambda v: (v.s - v.d) / v.d,
                "The difference was divided by the diastolic velocity.",
                "差值除以了舒张末期流速。",
            ),
        ),
        rule=Text("RI = (PSV - EDV) ÷ PSV.", "RI =（PSV - EDV）÷ PSV。"),
    )


def _pulsatility_index() -> Family:
    return ChoiceFamily(
        id="s5-pulsatility-index",
        sub_topic="S5.4",
        level="A",
        difficulty="medium",
        reference="ST72",
        posts=US,
        parameters={"s": steps(30, 90, 5), "d": steps(6, 40, 2), "m": (0.35, 0.4, 0.45, 0.5)},
        derived={"t": Derived(lambda v: round(v.d + v.m * (v.s - v.d)))},
        stem=Text(
            "In an umbilical artery the peak systolic velocity is {s} cm/s, the end-diastolic velocity "
            "{d} cm/s and the time-averaged maximum velocity {t} cm/s. What is the pulsatility index?",
            "脐动脉收缩期峰值流速 {s} cm/s，舒张末期流速 {d} cm/s，时间平均最大流速 {t} cm/s。搏动指数是多少？",
        ),
        decimals=2,
        sensible=(0.5, 2),
        right=key(
            lambda v: (v.s - v.d) / v.t,
            "({s} - {d}) ÷ {t} = {key}.",
            "（{s} - {d}）÷ {t} = {key}。",
        ),
        mistakes=(
            slip(
                "divided by systole",
                lambda v: (v.s - v.d) / v.s,
                "This is the resistive index.",
                "这是阻力指数。",
            ),
            slip(
                "gave the S/D ratio",
                lambda v: v.s / v.d,
                "This is the S/D ratio.",
                "这是 S/D 比值。",
            ),
            slip(
                "took the plain mean",
                lambda v: 2 * (v.s - v.d) / (v.s + v.d),
                "The mean of both velocities was used instead of the mean over time.",
                "用了两个流速的平均，而不是时间平均。",
            ),
            slip(
                "divided by diastole",
                lambda v: (v.s - v.d) / v.d,
                "The difference was divided by the diastolic velocity.",
                "差值除以了舒张末期流速。",
            ),
            slip(
                "forgot to subtract",
                lambda v: v.s / v.t,
                "The diastolic velocity was not subtracted.",
                "没有减去舒张末期流速。",
            ),
            slip(
                "inverted",
                lambda v: v.t / (v.s - v.d),
                "The ratio was inverted.",
                "比值颠倒了。",
            ),
        ),
        rule=Text("PI = (PSV - EDV) ÷ mean velocity.", "PI =（PSV - EDV）÷ 平均流速。"),
    )


def _bernoulli() -> Family:
    return ChoiceFamily(
        id="s5-bernoulli",
        sub_topic="S5.4",
        level="A",
        difficulty="easy",
        reference="ST69",
        posts=US,
        enemies=("s5-ventricular-pressure",),
        parameters={"v": steps(1.5, 5.5, 0.1)},
        stem=Text(
            "A jet reaches {v} m/s; the velocity before the narrowing is negligible. Which peak "
            "pressure gradient follows from the simplified Bernoulli equation?",
            "射流峰值流速 {v} m/s，狭窄前流速可忽略。按简化伯努利方程，峰值压差是多少？",
        ),
        unit=MMHG,
        sensible=(9, 125),
        right=key(
            lambda v: 4 * v.v**2,
            "4 × {v}² = {key} mmHg.",
            "4 × {v}² = {key} mmHg。",
        ),
        mistakes=(
            slip(
                "forgot the square",
                lambda v: 4 * v.v,
                "The square of the velocity was left out.",
                "漏掉了流速的平方。",
            ),
            slip(
                "forgot the factor four",
                lambda v: v.v**2,
                "The factor 4 was left out.",
                "漏乘系数 4。",
            ),
            slip(
                "squared the factor as well",
                lambda v: 16 * v.v**2,
                "The factor 4 was squared as well.",
                "把系数 4 也平方了。",
            ),
            slip(
                "took the third power",
                lambda v: 4 * v.v**3,
                "The third power of the velocity was used.",
                "误用了流速的三次方。",
            ),
            slip(
                "took the factor two",
                lambda v: 2 * v.v**2,
                "The factor 2 was used instead of 4.",
                "系数误用 2，而不是 4。",
            ),
            slip(
                "took the factor eight",
                lambda v: 8 * v.v**2,
                "The factor 8 was used instead of 4.",
                "系数误用 8，而不是 4。",
            ),
        ),
        rule=Text("ΔP = 4 v² (mmHg, m/s).", "ΔP = 4 v²（mmHg，m/s）。"),
    )


def _ventricular_pressure() -> Family:
    return NumericFamily(
        id="s5-ventricular-pressure",
        sub_topic="S5.4",
        level="A",
        difficulty="medium",
        reference="ST69",
        posts=US,
        parameters={"v": steps(2, 4.5, 0.1), "r": (3.0, 5.0, 8.0, 10.0, 15.0)},
        stem=Text(
            "The tricuspid regurgitation jet reaches {v} m/s; the right atrial pressure is estimated as "
            "{r} mmHg. What is the right ventricular systolic pressure?",
            "三尖瓣反流峰值流速 {v} m/s，估测右房压 {r} mmHg。右室收缩压是多少？",
        ),
        unit=MMHG,
        tolerance=0.015,
        sensible=(18, 100),
        right=key(
            lambda v: 4 * v.v**2 + v.r,
            "4 × {v}² + {r} = {key} mmHg.",
            "4 × {v}² + {r} = {key} mmHg。",
        ),
        mistakes=(
            slip(
                "left out the atrium",
                lambda v: 4 * v.v**2,
                "the atrial pressure was left out.",
                "漏加右房压。",
            ),
            slip(
                "forgot the square",
                lambda v: 4 * v.v + v.r,
                "the square of the velocity was left out.",
                "漏掉了流速的平方。",
            ),
            slip(
                "subtracted the atrium",
                lambda v: 4 * v.v**2 - v.r,
                "the atrial pressure was subtracted.",
                "误减右房压。",
            ),
        ),
        rule=Text("RVSP = 4 v² + right atrial pressure.", "RVSP = 4 v² + 右房压。"),
    )


def _flow() -> Family:
    return ChoiceFamily(
        id="s5-volume-flow",
        sub_topic="S5.4",
        level="A",
        difficulty="hard",
        reference="ST68",
        posts=US,
        parameters={"d": steps(3, 8, 0.5), "v": steps(10, 60, 5)},
        stem=Text(
            "A round vessel is {d} mm wide inside; its mean velocity over the section and over time is "
            "{v} cm/s. How large is the volume flow?",
            "某圆形血管内径 {d} mm，截面及时间平均流速 {v} cm/s。血流量是多少？",
        ),
        unit=Text("mL/min", "mL/min"),
        decimals=0,
        sensible=(50, 1500),
        right=key(
            lambda v: math.pi * (v.d / 20) ** 2 * v.v * 60,
            "π × ({d} ÷ 2)² mm² × {v} cm/s × 60 = {key} mL/min.",
            "π ×（{d} ÷ 2）² mm² × {v} cm/s × 60 = {key} mL/min。",
        ),
        mistakes=(
            slip(
                "used the diameter for the radius",
                lambda v: math.pi * (v.d / 10) ** 2 * v.v * 60,
                "The diameter was used as the radius.",
                "把直径当作了半径。",
            ),
            slip(
                "left out pi",
                lambda v: (v.d / 20) ** 2 * v.v * 60,
                "π was left out.",
                "漏乘 π。",
            ),
            slip(
                "took a square",
                lambda v: (v.d / 10) ** 2 * v.v * 60,
                "The section was taken for a square.",
                "把截面当作了正方形。",
            ),
            slip(
                "took the circumference",
                lambda v: math.pi * v.d / 10 * v.v * 60 / 10,
                "The circumference was used, with a decimal slip.",
                "误用周长，并且小数点错位。",
            ),
            slip(
                "gave millilitres a second",
                lambda v: math.pi * (v.d / 20) ** 2 * v.v,
                "This is the flow in mL/s.",
                "这是以 mL/s 计的流量。",
            ),
            slip(
                "halved for a profile",
                lambda v: math.pi * (v.d / 20) ** 2 * v.v * 30,
                "The flow was halved for the profile, though the mean velocity is given.",
                "又按流速分布减半，但给出的已是平均流速。",
            ),
        ),
        rule=Text("Flow = area × mean velocity.", "流量 = 截面积 × 平均流速。"),
    )


def _poiseuille() -> Family:
    return ChoiceFamily(
        id="s5-poiseuille",
        sub_topic="S5.4",
        level="A",
        difficulty="medium",
        reference="ST70",
        posts=US,
        parameters={"q": steps(80, 640, 40), "s": (10.0, 20.0, 25.0, 30.0, 40.0, 50.0)},
        derived={"r": Derived(lambda v: 1 - v.s / 100)},
        stem=Text(
            "A tube carries {q} mL/min in laminar flow. Over its whole length the radius shrinks by {s} "
            "%; pressure difference, length and viscosity stay. What is the flow now, by Poiseuille's "
            "law?",
            "某管道层流流量 {q} mL/min。全长半径缩小 {s} %，压差、长度和黏度不变。按泊肃叶定律，流量变为多少？",
        ),
        unit=Text("mL/min", "mL/min"),
        sensible=(4, 450),
        right=key(
            lambda v: v.q * (1 - v.s / 100) ** 4,
            "{q} × {r}⁴ = {key} mL/min.",
            "{q} × {r}⁴ = {key} mL/min。",
        ),
        mistakes=(
            slip(
                "took the square",
                lambda v: v.q * (1 - v.s / 100) ** 2,
                "The square was used, as for the area.",
                "误用平方，那是面积的变化。",
            ),
            slip(
                "left out the power",
                lambda v: v.q * (1 - v.s / 100),
                "The flow was taken as proportional to the radius.",
                "误认为流量与半径成正比。",
            ),
            slip(
                "took the third power",
                lambda v: v.q * (1 - v.s / 100) ** 3,
                "The third power was used.",
                "误用了三次方。",
            ),
            slip(
                "took the power of the loss",
                lambda v: v.q * (1 - (v.s / 100) ** 4),
                "The power was taken of the loss of radius.",
                "对半径的减少量取了四次方。",
            ),
            slip(
                "took the eighth power",
                lambda v: v.q * (1 - v.s / 100) ** 8,
                "The fourth power was taken of the area.",
                "对面积取了四次方。",
            ),
            slip(
                "took the sixth power",
                lambda v: v.q * (1 - v.s / 100) ** 6,
                "The flow was multiplied by the ratio of the areas once more.",
                "又乘了一次面积之比。",
            ),
        ),
        rule=Text("Flow goes with the fourth power of the radius.", "流量与半径的四次方成正比。"),
    )


def _continuity() -> Family:
    return ChoiceFamily(
        id="s5-continuity",
        sub_topic="S5.4",
        level="A",
        difficulty="medium",
        reference="ST68",
        posts=US,
        parameters={
            "v": steps(30, 90, 10),
            "d": (5.0, 6.0, 7.0, 8.0),
            "e": (2.5, 3.0, 3.5, 4.0, 4.5),
        },
        where=lambda v: v.e / v.d < 0.8,
        stem=Text(
            "Mean velocity is {v} cm/s where a vessel is {d} mm wide. Further on it narrows to {e} mm, "
            "without branches. What is the mean velocity there?",
            "血管内径 {d} mm 处平均流速 {v} cm/s，远端狭窄至 {e} mm，无分支。狭窄处平均流速是多少？",
        ),
        unit=CM_S,
        decimals=0,
        sensible=(50, 600),
        right=key(
            lambda v: v.v * (v.d / v.e) ** 2,
            "{v} × ({d} ÷ {e})² = {key} cm/s.",
            "{v} ×（{d} ÷ {e}）² = {key} cm/s。",
        ),
        mistakes=(
            slip(
                "forgot the square",
                lambda v: v.v * v.d / v.e,
                "The diameters were compared instead of the areas.",
                "比较了内径，而不是面积。",
            ),
            slip(
                "inverted",
                lambda v: v.v * (v.e / v.d) ** 2,
                "The ratio was inverted: flow speeds up in a narrowing.",
                "比值颠倒了：狭窄处流速加快。",
            ),
            slip(
                "took the third power",
                lambda v: v.v * (v.d / v.e) ** 3,
                "The third power was used.",
                "误用了三次方。",
            ),
            slip(
                "took the fourth power",
                lambda v: v.v * (v.d / v.e) ** 4,
                "The fourth power of Poiseuille's law was used.",
                "误用了泊肃叶定律的四次方。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.v,
                "The flow stays the same, the velocity does not.",
                "不变的是流量，而流速会改变。",
            ),
        ),
        rule=Text("Area × velocity stays the same.", "截面积 × 流速保持不变。"),
    )
