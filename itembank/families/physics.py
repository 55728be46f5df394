"""R2: X-ray production, attenuation and weighted doses."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, Scene, key, slip
from itembank.family_cases import OrderFamily
from itembank.family_numbers import steps
from itembank.texts import Text


def physics_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _half_value_layers(),
        _hvl_from_coefficient(),
        _shortest_wavelength(),
        _photoelectric_energy(),
        _tube_output(),
        _effective_dose(),
        _order_of_attenuation(),
    )


def _half_value_layers() -> Family:
    return ChoiceFamily(
        id="r2-half-value-layers",
        sub_topic="R2.2",
        level="A",
        difficulty="easy",
        reference="RT18",
        posts=("DR",),
        parameters={
            "k": steps(200, 1600, 100),
            "h": (2.5, 3.0, 3.5, 4.0),
            "n": (2.0, 3.0, 4.0),
        },
        derived={"t": Derived(lambda v: v.h * v.n)},
        stem=Text(
            "A narrow monoenergetic beam gives an air kerma of {k} µGy. Its half-value layer is {h} mm "
            "of aluminium. Which air kerma remains behind {t} mm of aluminium?",
            "窄束单能射线的空气比释动能为 {k} µGy，半价层为 {h} mm 铝。穿过 {t} mm 铝后，空气比释动能还剩多少？",
        ),
        unit=Text("µGy", "µGy"),
        sensible=(10, 450),
        right=key(
            lambda v: v.k / 2**v.n,
            "{t} ÷ {h} = {n} half-value layers: {k} ÷ 2 taken {n} times gives {key} µGy.",
            "{t} ÷ {h} = {n} 个半价层：{k} 连续 {n} 次除以 2，得 {key} µGy。",
        ),
        mistakes=(
            slip(
                "one layer too few",
                lambda v: v.k / 2 ** (v.n - 1),
                "One half-value layer too few was counted.",
                "少算了一个半价层。",
            ),
            slip(
                "one layer too many",
                lambda v: v.k / 2 ** (v.n + 1),
                "One half-value layer too many was counted.",
                "多算了一个半价层。",
            ),
            slip(
                "divided by the number of layers",
                lambda v: v.k / v.n,
                "The kerma was divided by the number of layers, {n}.",
                "用比释动能除以层数 {n}。",
            ),
            slip(
                "divided by twice the number of layers",
                lambda v: v.k / (2 * v.n),
                "Each layer was counted as a factor to add, 2 × {n}, instead of to multiply.",
                "把各层的系数相加（2 × {n}），而不是连乘。",
            ),
            slip(
                "gave what is absorbed",
                lambda v: v.k * (1 - 0.5**v.n),
                "This is what is removed from the beam.",
                "这是被衰减掉的部分。",
            ),
            slip(
                "took tenth-value layers",
                lambda v: v.k / 10 ** (v.n - 1),
                "The layers were counted as tenth-value layers.",
                "误按十分之一值层计算。",
            ),
        ),
        rule=Text("Each half-value layer halves the beam.", "每经过一个半价层，射线减半。"),
    )


def _hvl_from_coefficient() -> Family:
    return ChoiceFamily(
        id="r2-hvl-from-coefficient",
        sub_topic="R2.2",
        level="A",
        difficulty="medium",
        reference="RT18",
        posts=("DR",),
        parameters={"mu": steps(0.2, 0.95, 0.05)},
        stem=Text(
            "The linear attenuation coefficient of a material is {mu} per cm. What is the half-value "
            "layer for this energy?",
            "某材料对该能量射线的线性衰减系数为 {mu} cm⁻¹，其半价层是多少？",
        ),
        unit=Text("cm", "cm"),
        decimals=2,
        sensible=(0.6, 4),
        right=key(
            lambda v: math.log(2) / v.mu,
            "0.693 ÷ {mu} = {key} cm.",
            "0.693 ÷ {mu} = {key} cm。",
        ),
        mistakes=(
            slip(
                "took the mean free path",
                lambda v: 1 / v.mu,
                "This is the mean free path, 1 ÷ {mu}.",
                "这是平均自由程，即 1 ÷ {mu}。",
            ),
            slip(
                "multiplied",
                lambda v: math.log(2) * v.mu,
                "0.693 was multiplied by the coefficient.",
                "0.693 与衰减系数相乘了。",
            ),
            slip(
                "took the tenth-value layer",
                lambda v: math.log(10) / v.mu,
                "This is the tenth-value layer, 2.303 ÷ {mu}.",
                "这是十分之一值层，即 2.303 ÷ {mu}。",
            ),
            slip(
                "took a half of the free path",
                lambda v: 0.5 / v.mu,
                "Half of the mean free path is not where half of the beam is left.",
                "平均自由程的一半并不等于射线减半的厚度。",
            ),
            slip(
                "took the decimal logarithm",
                lambda v: math.log10(2) / v.mu,
                "The decimal logarithm of 2 (0.301) was used.",
                "误用了 2 的常用对数（0.301）。",
            ),
        ),
        rule=Text("HVL = 0.693 ÷ μ.", "半价层 = 0.693 ÷ μ。"),
    )


def _shortest_wavelength() -> Family:
    return ChoiceFamily(
        id="r2-shortest-wavelength",
        sub_topic="R2.1",
        level="A",
        difficulty="medium",
        reference="RT14",
        posts=("DR",),
        parameters={"u": steps(50, 150, 5)},
        stem=Text(
            "A tube runs at {u} kVp. What is the shortest wavelength in its spectrum (energy × "
            "wavelength = 1.24 keV·nm)?",
            "X 线管电压为 {u} kVp。其能谱中的最短波长是多少（能量 × 波长 = 1.24 keV·nm）？",
        ),
        unit=Text("pm", "pm"),
        sensible=(8, 25),
        right=key(
            lambda v: 1240 / v.u,
            "1.24 ÷ {u} keV gives {key} pm: the whole energy of an electron goes into one photon.",
            "1.24 ÷ {u} keV 得 {key} pm：电子的全部能量转化为一个光子。",
        ),
        mistakes=(
            slip(
                "took a third of the energy",
                lambda v: 3 * 1240 / v.u,
                "The mean energy, about a third of the greatest, was used.",
                "误用平均能量（约为最大能量的三分之一）。",
            ),
            slip(
                "took half of the energy",
                lambda v: 2 * 1240 / v.u,
                "Half of the tube voltage was used.",
                "误用管电压的一半。",
            ),
            slip(
                "slipped by a factor of ten",
                lambda v: 12400 / v.u,
                "A decimal slip between nm and pm.",
                "nm 与 pm 换算时小数点错位。",
            ),
            slip(
                "inverted",
                lambda v: v.u / 1.24,
                "The energy was divided by the constant: a higher voltage would lengthen the waves.",
                "用能量除以常数：如此电压越高波长反而越长。",
            ),
            slip(
                "doubled the energy",
                lambda v: 1240 / (2 * v.u),
                "The energy was doubled.",
                "能量被加倍。",
            ),
            slip(
                "raised the voltage to a peak",
                lambda v: 1240 / (math.sqrt(2) * v.u),
                "The peak voltage was multiplied by √2 again.",
                "峰值电压又乘了一次 √2。",
            ),
        ),
        rule=Text("λ min = 1.24 ÷ kVp (nm).", "λ min = 1.24 ÷ kVp（nm）。"),
    )


def _photoelectric_energy() -> Family:
    return ChoiceFamily(
        id="r2-photoelectric-energy",
        sub_topic="R2.2",
        level="A",
        difficulty="medium",
        reference="RT17",
        posts=("DR",),
        parameters={"e": (20.0, 25.0, 30.0, 40.0), "f": (1.5, 2.0, 2.5, 3.0)},
        derived={"g": Derived(lambda v: v.e * v.f)},
        stem=Text(
            "Photoelectric absorption per gram of soft tissue falls with the third power of photon "
            "energy. The energy rises from {e} to {g} keV. To what share of its first value does the "
            "absorption fall?",
            "单位质量软组织的光电吸收与光子能量的三次方成反比。能量由 {e} keV 升至 {g} keV，"
            "光电吸收降为原来的多少？",
        ),
        unit=Text("%", "%"),
        sensible=(1, 40),
        possible=(0, 100),
        right=key(
            lambda v: 100 / v.f**3,
            "({e} ÷ {g})³ = {key} %.",
            "（{e} ÷ {g}）³ = {key} %。",
        ),
        mistakes=(
            slip(
                "forgot the third power",
                lambda v: 100 / v.f,
                "The power was left out.",
                "漏掉了三次方。",
            ),
            slip(
                "took the square",
                lambda v: 100 / v.f**2,
                "The second power was used.",
                "误用了二次方。",
            ),
            slip(
                "took the fourth power",
                lambda v: 100 / v.f**4,
                "The fourth power was used.",
                "误用了四次方。",
            ),
            slip(
                "multiplied by three",
                lambda v: 100 / (3 * v.f),
                "The ratio was multiplied by three instead of cubed.",
                "把比值乘以三，而不是取三次方。",
            ),
            slip(
                "gave the loss",
                lambda v: 100 - 100 / v.f**3,
                "This is by how much it falls.",
                "这是下降的部分。",
            ),
            slip(
                "took the sixth power",
                lambda v: 100 / v.f**6,
                "The cube was squared once more.",
                "三次方之后又平方了一次。",
            ),
        ),
        rule=Text(
            "Photoelectric absorption goes with Z³ ÷ E³.",
            "光电吸收与 Z³ ÷ E³ 成正比。",
        ),
    )


def _tube_output() -> Family:
    return ChoiceFamily(
        id="r2-tube-output",
        sub_topic="R2.1",
        level="A",
        difficulty="medium",
        reference="RT16",
        posts=("DR",),
        parameters={
            "k": steps(200, 900, 50),
            "u": steps(50, 120, 10),
            "w": steps(50, 120, 10),
        },
        where=lambda v: abs(v.u - v.w) >= 20,
        stem=Text(
            "At {u} kVp a tube gives an air kerma of {k} µGy. Assume that output goes with the square "
            "of the tube voltage. Which air kerma is expected at {w} kVp with the same mAs?",
            "管电压 {u} kVp 时空气比释动能为 {k} µGy。设输出量与管电压的平方成正比，mAs 不变而管电压改为 "
            "{w} kVp，空气比释动能预计是多少？",
        ),
        unit=Text("µGy", "µGy"),
        sensible=(40, 3000),
        right=key(
            lambda v: v.k * (v.w / v.u) ** 2,
            "{k} × ({w} ÷ {u})² = {key} µGy.",
            "{k} ×（{w} ÷ {u}）² = {key} µGy。",
        ),
        mistakes=(
            slip(
                "forgot the square",
                lambda v: v.k * v.w / v.u,
                "The output was taken as proportional to the voltage.",
                "误认为输出量与管电压成正比。",
            ),
            slip(
                "inverted the ratio",
                lambda v: v.k * (v.u / v.w) ** 2,
                "The ratio of the voltages was inverted.",
                "管电压之比颠倒了。",
            ),
            slip(
                "took the fourth power",
                lambda v: v.k * (v.w / v.u) ** 4,
                "The fourth power was used.",
                "误用了四次方。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.k,
                "The kerma was taken to depend on mAs only.",
                "误认为比释动能只取决于 mAs。",
            ),
            slip(
                "inverted and forgot the square",
                lambda v: v.k * v.u / v.w,
                "The ratio was inverted and the square left out.",
                "比值颠倒，又漏掉平方。",
            ),
        ),
        rule=Text("Output goes with kVp² × mAs.", "输出量与 kVp² × mAs 成正比。"),
    )


# ICRP Publication 103 (2007), table 3.
_ORGANS = (
    Scene({"one": Text("lungs", "肺"), "two": Text("thyroid", "甲状腺")}, {"p": 0.12, "q": 0.04}),
    Scene({"one": Text("breasts", "乳腺"), "two": Text("liver", "肝")}, {"p": 0.12, "q": 0.04}),
    Scene({"one": Text("stomach", "胃"), "two": Text("gonads", "性腺")}, {"p": 0.12, "q": 0.08}),
    Scene({"one": Text("colon", "结肠"), "two": Text("bladder", "膀胱")}, {"p": 0.12, "q": 0.04}),
    Scene({"one": Text("gonads", "性腺"), "two": Text("skin", "皮肤")}, {"p": 0.08, "q": 0.01}),
)


def _effective_dose() -> Family:
    return ChoiceFamily(
        id="r2-effective-dose",
        sub_topic="R2.3",
        level="A",
        difficulty="medium",
        reference="RT20; ICRP 103",
        posts=("DR", "CT"),
        jurisdiction="ICRP",
        scenes=_ORGANS,
        parameters={"h": steps(2, 20, 1), "j": steps(2, 20, 1)},
        where=lambda v: v.h != v.j,
        stem=Text(
            "The equivalent dose is {h} mSv to the {one} (w_T = {p}, ICRP 103) and {j} mSv to the "
            "{two} (w_T = {q}); other organs receive nothing. What is the effective dose?",
            "{one}的当量剂量为 {h} mSv（w_T = {p}，ICRP 103），{two}为 {j} mSv（w_T = {q}），"
            "其他器官未受照射。有效剂量是多少？",
        ),
        unit=Text("mSv", "mSv"),
        sensible=(0.15, 4),
        right=key(
            lambda v: v.p * v.h + v.q * v.j,
            "{p} × {h} + {q} × {j} = {key} mSv.",
            "{p} × {h} + {q} × {j} = {key} mSv。",
        ),
        mistakes=(
            slip(
                "exchanged the weights",
                lambda v: v.q * v.h + v.p * v.j,
                "The weights of the two organs were exchanged.",
                "两个器官的权重因数互换了。",
            ),
            slip(
                "left out the second organ",
                lambda v: v.p * v.h,
                "The second organ was left out.",
                "漏掉了第二个器官。",
            ),
            slip(
                "left out the first organ",
                lambda v: v.q * v.j,
                "The first organ was left out.",
                "漏掉了第一个器官。",
            ),
            slip(
                "averaged the doses",
                lambda v: (v.h + v.j) / 2,
                "The doses were averaged without weights.",
                "未加权，直接取了平均。",
            ),
            slip(
                "added the doses",
                lambda v: v.h + v.j,
                "The doses were added without weights.",
                "未加权，直接相加。",
            ),
            slip(
                "divided by the sum of the weights",
                lambda v: (v.p * v.h + v.q * v.j) / (v.p + v.q),
                "The sum was divided by the weights of these two organs.",
                "又除以了这两个器官的权重因数之和。",
            ),
        ),
        rule=Text("E = sum of w_T × H_T.", "E = w_T × H_T 之和。"),
    )


def _order_of_attenuation() -> Family:
    return OrderFamily(
        id="r2-order-transmission",
        sub_topic="R2.2",
        level="E",
        difficulty="hard",
        reference="RT18",
        posts=("DR",),
        parameters={},
        case_parameters={"h": (0.5, 1.0, 2.0, 3.0, 4.0), "t": (1.0, 2.0, 3.0, 6.0, 8.0)},
        formula=lambda v: 100 * 0.5 ** (v.t / v.h),
        gap=0.3,
        digits=2,
        stem=Text(
            "Four layers are struck by the same narrow beam. Put them in order of the share that gets "
            "through, the smallest first.",
            "四种材料层受到同样的窄束照射。请按透过比例由小到大排序。",
        ),
        case=Text("{t} mm thick, half-value layer {h} mm", "厚 {t} mm，半价层 {h} mm"),
        reason=Text(
            "{t} ÷ {h} half-value layers let {value} % through.",
            "{t} ÷ {h} 个半价层，透过 {value} %。",
        ),
        rule=Text(
            "What counts is the number of half-value layers: thickness ÷ HVL.",
            "决定因素是半价层的个数：厚度 ÷ 半价层。",
        ),
    )
