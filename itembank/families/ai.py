"""R8.1 and S8.2: metrics of tests and models."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, Scene, key, slip
from itembank.family_cases import MultipleFamily
from itembank.family_numbers import steps
from itembank.texts import Text

PERCENT = Text("%", "%")
_LUNG = (
    Text("a lung nodule detector on chest CT", "胸部 CT 肺结节检测模型"),
    Text("a nodule", "有结节"),
)
_NODULE = (
    Text("a model for malignant thyroid nodules on ultrasound", "甲状腺恶性结节的超声判别模型"),
    Text("a malignant nodule", "有恶性结节"),
)
_ORGAN = (Text("liver", "肝脏"), Text("voxels", "体素"))
_HEAD = (Text("fetal head", "胎头"), Text("pixels", "像素"))


def ai_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _rates("r8-sensitivity-specificity", "R8.1", "RT81", "CT", _LUNG),
        _predictive_value("r8-predictive-value", "R8.1", "RT81", "CT", _LUNG),
        _dice("r8-dice", "R8.1", "RT82", "CT", _ORGAN),
        _overlap_index(),
        _higher_than_half(),
        _rates("s8-sensitivity-specificity", "S8.2", "ST86", "US", _NODULE),
        _predictive_value("s8-predictive-value", "S8.2", "ST86", "US", _NODULE),
        _dice("s8-dice", "S8.2", "ST114", "US", _HEAD),
    )


def _rates(name: str, sub_topic: str, topic: str, post: str, words: tuple[Text, Text]) -> Family:
    tool, _ = words
    return ChoiceFamily(
        id=name,
        sub_topic=sub_topic,
        level="A",
        difficulty="easy",
        reference=topic,
        posts=(post, "AI"),
        scenes=(
            Scene({"what": Text("sensitivity", "灵敏度"), "tool": tool}, {"s": 1}),
            Scene({"what": Text("specificity", "特异度"), "tool": tool}, {"s": 0}),
        ),
        parameters={
            "a": steps(40, 95, 1),
            "b": steps(4, 40, 1),
            "c": steps(10, 120, 2),
            "d": steps(150, 600, 10),
        },
        stem=Text(
            "In a test of {tool} there were {a} true positives, {b} false negatives, {c} false "
            "positives and {d} true negatives. What is its {what}?",
            "测试{tool}：真阳性 {a} 例，假阴性 {b} 例，假阳性 {c} 例，真阴性 {d} 例。其{what}是多少？",
        ),
        unit=PERCENT,
        decimals=1,
        gap=0.03,
        sensible=(55, 98),
        possible=(0, 100),
        right=key(
            lambda v: 100 * (v.a / (v.a + v.b) if v.s else v.d / (v.d + v.c)),
            "The right calls of that group divided by the whole group: {key} %.",
            "该组判断正确者 ÷ 该组全部：{key} %。",
        ),
        mistakes=(
            slip(
                "took the other rate",
                lambda v: 100 * (v.d / (v.d + v.c) if v.s else v.a / (v.a + v.b)),
                "Sensitivity and specificity were exchanged.",
                "灵敏度与特异度混淆。",
            ),
            slip(
                "took the positive predictive value",
                lambda v: 100 * v.a / (v.a + v.c),
                "This is the positive predictive value: {a} ÷ ({a} + {c}).",
                "这是阳性预测值：{a} ÷（{a} + {c}）。",
            ),
            slip(
                "took the negative predictive value",
                lambda v: 100 * v.d / (v.d + v.b),
                "This is the negative predictive value: {d} ÷ ({d} + {b}).",
                "这是阴性预测值：{d} ÷（{d} + {b}）。",
            ),
            slip(
                "took the accuracy",
                lambda v: 100 * (v.a + v.d) / (v.a + v.b + v.c + v.d),
                "This is the accuracy over all cases.",
                "这是全部病例的准确率。",
            ),
            slip(
                "took the share of errors",
                lambda v: 100 * (v.b / (v.a + v.b) if v.s else v.c / (v.c + v.d)),
                "This is the share of wrong calls in that group.",
                "这是该组判断错误的比例。",
            ),
        ),
        rule=Text(
            "Sensitivity = TP ÷ (TP + FN); specificity = TN ÷ (TN + FP).",
            "灵敏度 = TP ÷（TP + FN）；特异度 = TN ÷（TN + FP）。",
        ),
    )


def _predictive_value(
    name: str, sub_topic: str, topic: str, post: str, words: tuple[Text, Text]
) -> Family:
    tool, finding = words
    return ChoiceFamily(
        id=name,
        sub_topic=sub_topic,
        level="E",
        difficulty="hard",
        reference=topic,
        posts=(post, "AI"),
        scenes=(Scene({"tool": tool, "finding": finding}),),
        parameters={
            "s": steps(80, 96, 2),
            "t": steps(80, 96, 2),
            "p": (1.0, 2.0, 4.0, 5.0, 8.0, 10.0, 20.0, 30.0),
        },
        derived={"u": Derived(lambda v: 100 - v.t), "q": Derived(lambda v: 100 - v.p)},
        stem=Text(
            "In a study, {tool} has a sensitivity of {s} % and a specificity of {t} %. Where it is "
            "used, {p} % of the patients have {finding}. What is the positive predictive value there?",
            "研究中，{tool}的灵敏度为 {s} %，特异度为 {t} %。在使用单位，{p} % 的患者{finding}。"
            "该处的阳性预测值是多少？",
        ),
        unit=PERCENT,
        decimals=1,
        sensible=(3, 92),
        possible=(0, 100),
        right=key(
            lambda v: 100 * v.s * v.p / (v.s * v.p + (100 - v.t) * (100 - v.p)),
            "{s} × {p} ÷ ({s} × {p} + {u} × {q}) = {key} %.",
            "{s} × {p} ÷（{s} × {p} + {u} × {q}）= {key} %。",
        ),
        mistakes=(
            slip(
                "left out the prevalence",
                lambda v: 100 * v.s / (v.s + 100 - v.t),
                "The prevalence was left out, as if half of the patients were ill.",
                "未考虑患病率，如同一半患者有病。",
            ),
            slip(
                "gave the sensitivity",
                lambda v: v.s,
                "The sensitivity was taken for the predictive value.",
                "把灵敏度当作了预测值。",
            ),
            slip(
                "multiplied sensitivity by prevalence",
                lambda v: v.s * v.p / 100,
                "This is the share of true positives among all patients.",
                "这是真阳性占全部患者的比例。",
            ),
            slip(
                "gave the share of positives",
                lambda v: (v.s * v.p + (100 - v.t) * (100 - v.p)) / 100,
                "This is the share of patients with a positive result.",
                "这是结果为阳性的患者比例。",
            ),
            slip(
                "gave the false positives",
                lambda v: 100 * (100 - v.t) * (100 - v.p) / (v.s * v.p + (100 - v.t) * (100 - v.p)),
                "This is the share of false results among the positive ones.",
                "这是阳性结果中假阳性的比例。",
            ),
            slip(
                "gave the prevalence",
                lambda v: v.p,
                "The prevalence was taken for the predictive value.",
                "把患病率当作了预测值。",
            ),
        ),
        rule=Text(
            "PPV = true positives ÷ all positives; it falls with the prevalence.",
            "PPV = 真阳性 ÷ 全部阳性；患病率越低，PPV 越低。",
        ),
    )


def _dice(name: str, sub_topic: str, topic: str, post: str, words: tuple[Text, Text]) -> Family:
    organ, unit = words
    return ChoiceFamily(
        id=name,
        sub_topic=sub_topic,
        level="A",
        difficulty="medium",
        reference=topic,
        posts=(post, "AI"),
        scenes=(Scene({"organ": organ, "unit": unit}),),
        parameters={
            "a": steps(800, 2000, 50),
            "b": steps(800, 2000, 50),
            "c": steps(500, 1900, 50),
        },
        where=lambda v: v.c < 0.97 * min(v.a, v.b),
        stem=Text(
            "A model marks {a} {unit} as {organ}, the expert {b}; both mark {c} of them. What is the "
            "Dice coefficient?",
            "模型将 {a} 个{unit}标为{organ}，专家标出 {b} 个，二者共同标出 {c} 个。Dice 系数是多少？",
        ),
        decimals=3,
        gap=0.05,
        sensible=(0.4, 0.97),
        possible=(0, 1.2),
        right=key(
            lambda v: 2 * v.c / (v.a + v.b),
            "2 × {c} ÷ ({a} + {b}) = {key}.",
            "2 × {c} ÷（{a} + {b}）= {key}。",
        ),
        mistakes=(
            slip(
                "took the intersection over union",
                lambda v: v.c / (v.a + v.b - v.c),
                "This is the intersection over union (IoU).",
                "这是交并比（IoU）。",
            ),
            slip(
                "forgot the factor two",
                lambda v: v.c / (v.a + v.b),
                "The factor 2 was left out.",
                "漏乘系数 2。",
            ),
            slip(
                "took the precision",
                lambda v: v.c / v.a,
                "This is the precision: the share of the model's marks that is right.",
                "这是精确率：模型标记中正确的比例。",
            ),
            slip(
                "took the recall",
                lambda v: v.c / v.b,
                "This is the recall: the share of the expert's marks that was found.",
                "这是召回率：专家标记中被找到的比例。",
            ),
            slip(
                "divided by the larger",
                lambda v: v.c / max(v.a, v.b),
                "The overlap was divided by the larger set only.",
                "用重叠部分除以了较大的一方。",
            ),
            slip(
                "divided by the smaller",
                lambda v: v.c / min(v.a, v.b),
                "The overlap was divided by the smaller set only.",
                "用重叠部分除以了较小的一方。",
            ),
            slip(
                "compared the sizes",
                lambda v: min(v.a, v.b) / max(v.a, v.b),
                "Only the sizes were compared, not where the sets lie.",
                "只比较了大小，没有比较位置。",
            ),
        ),
        rule=Text("Dice = 2 × overlap ÷ sum of both.", "Dice = 2 × 重叠 ÷ 两者之和。"),
    )


def _overlap_index() -> Family:
    return NumericFamily(
        id="r8-iou-from-dice",
        sub_topic="R8.1",
        level="A",
        difficulty="medium",
        reference="RT82",
        posts=("AI",),
        enemies=("r8-dice",),
        parameters={"d": steps(0.5, 0.9, 0.01)},
        stem=Text(
            "A segmentation has a Dice coefficient of {d}. What is its intersection over union?",
            "某分割结果的 Dice 系数为 {d}。其交并比（IoU）是多少？",
        ),
        tolerance=0.015,
        digits=3,
        sensible=(0.3, 0.85),
        right=key(
            lambda v: v.d / (2 - v.d),
            "{d} ÷ (2 - {d}) = {key}.",
            "{d} ÷（2 - {d}）= {key}。",
        ),
        mistakes=(
            slip(
                "went the other way",
                lambda v: 2 * v.d / (1 + v.d),
                "this turns an IoU into a Dice coefficient; the IoU is never the larger one.",
                "这是由 IoU 求 Dice；IoU 不会大于 Dice。",
            ),
            slip(
                "halved it",
                lambda v: v.d / 2,
                "the two do not differ by a factor.",
                "二者并非倍数关系。",
            ),
        ),
        rule=Text("IoU = Dice ÷ (2 - Dice).", "IoU = Dice ÷（2 - Dice）。"),
    )


def _higher_than_half() -> Family:
    return MultipleFamily(
        id="r8-select-predictive",
        sub_topic="R8.1",
        level="E",
        difficulty="hard",
        reference="RT81",
        posts=("AI",),
        enemies=("r8-predictive-value",),
        parameters={},
        case_parameters={
            "s": (80.0, 90.0, 95.0),
            "t": (80.0, 90.0, 95.0, 99.0),
            "p": (1.0, 5.0, 10.0, 30.0, 50.0),
        },
        formula=lambda v: 100 * v.s * v.p / (v.s * v.p + (100 - v.t) * (100 - v.p)),
        limit=lambda _: 50.0,
        gap=0.12,
        decimals=0,
        stem=Text(
            "Where is a positive result of the tool right in more than half of the cases? Select all "
            "that apply.",
            "在哪些情况下，该工具的阳性结果多半（超过一半）是正确的？请选择所有符合的选项。",
        ),
        case=Text(
            "Sensitivity {s} %, specificity {t} %, prevalence {p} %",
            "灵敏度 {s} %，特异度 {t} %，患病率 {p} %",
        ),
        reason=Text("The positive predictive value is {value} %.", "阳性预测值为 {value} %。"),
        reason_against=Text(
            "The positive predictive value is only {value} %.",
            "阳性预测值只有 {value} %。",
        ),
        rule=Text(
            "Low prevalence needs a very high specificity.",
            "患病率低时，需要很高的特异度。",
        ),
    )
