"""R8.2 to R8.4: triage, data sets and pixel data."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

from itembank.family import ChoiceFamily, Derived, Family, key, slip
from itembank.family_numbers import steps
from itembank.texts import Text

PERCENT = Text("%", "%")


def ai_data_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _flagged(),
        _majority_accuracy(),
        _split(),
        _rescale(),
        _overflow(),
    )


def _flagged() -> Family:
    return ChoiceFamily(
        id="r8-flagged-studies",
        sub_topic="R8.3",
        level="A",
        difficulty="hard",
        reference="RT84",
        posts=("AI", "DR"),
        parameters={
            "n": steps(100, 400, 20),
            "p": (5.0, 10.0, 15.0, 20.0),
            "s": (80.0, 85.0, 90.0, 95.0),
            "t": (80.0, 85.0, 90.0, 95.0),
        },
        derived={"u": Derived(lambda v: 100 - v.t), "q": Derived(lambda v: 100 - v.p)},
        stem=Text(
            "A triage tool reads {n} chest images a day. {p} % of them show the finding; sensitivity is "
            "{s} %, specificity {t} %. How many images a day does the tool flag?",
            "某分诊工具每天处理 {n} 幅胸片，其中 {p} % 有该征象；灵敏度 {s} %，特异度 {t} %。"
            "该工具每天标记多少幅？",
        ),
        unit=Text("images", "幅"),
        decimals=0,
        gap=0.12,
        sensible=(10, 150),
        right=key(
            lambda v: v.n * (v.p * v.s + (100 - v.p) * (100 - v.t)) / 1e4,
            "{n} × ({p} % × {s} % + {q} % × {u} %) = {key}: true and false alarms.",
            "{n} ×（{p} % × {s} % + {q} % × {u} %）= {key}：真报警与假报警之和。",
        ),
        mistakes=(
            slip(
                "counted true alarms only",
                lambda v: v.n * v.p * v.s / 1e4,
                "Only the true alarms were counted.",
                "只计了真报警。",
            ),
            slip(
                "counted false alarms only",
                lambda v: v.n * (100 - v.p) * (100 - v.t) / 1e4,
                "Only the false alarms were counted.",
                "只计了假报警。",
            ),
            slip(
                "counted the ill",
                lambda v: v.n * v.p / 100,
                "This is the number of images with the finding.",
                "这是有该征象的图像数。",
            ),
            slip(
                "used the sensitivity for all",
                lambda v: v.n * v.s / 100,
                "The sensitivity was applied to all images.",
                "把灵敏度用于了全部图像。",
            ),
            slip(
                "counted missed findings in",
                lambda v: v.n * (v.p + (100 - v.p) * (100 - v.t) / 50) / 100,
                "All findings were counted, and the false alarms twice.",
                "计入全部有征象者，又把假报警算了两次。",
            ),
            slip(
                "subtracted false alarms",
                lambda v: abs(v.n * (v.p * v.s - (100 - v.p) * (100 - v.t)) / 1e4),
                "The false alarms were subtracted from the true ones.",
                "用真报警减去了假报警。",
            ),
        ),
        rule=Text("Flags = true alarms + false alarms.", "标记数 = 真报警 + 假报警。"),
    )


def _majority_accuracy() -> Family:
    return ChoiceFamily(
        id="r8-majority-accuracy",
        sub_topic="R8.2",
        level="E",
        difficulty="medium",
        reference="RT83",
        posts=("AI",),
        parameters={
            "n": steps(400, 2000, 100),
            "k": steps(20, 240, 10),
            "s": (40.0, 60.0, 70.0, 75.0),
        },
        where=lambda v: 0.08 < v.k / v.n < 0.3,
        stem=Text(
            "A test set holds {n} images, {k} of them with a fracture. A useless model calls every "
            "image normal. Which accuracy does it reach?",
            "测试集共 {n} 幅图像，其中 {k} 幅有骨折。一个无用的模型把所有图像都判为正常。它的准确率是多少？",
        ),
        unit=PERCENT,
        decimals=1,
        gap=0.04,
        sensible=(68, 97),
        possible=(0, 100),
        right=key(
            lambda v: 100 * (v.n - v.k) / v.n,
            "({n} - {k}) ÷ {n} = {key} %: accuracy alone hides an imbalance of classes.",
            "（{n} - {k}）÷ {n} = {key} %：只看准确率会掩盖类别不平衡。",
        ),
        mistakes=(
            slip(
                "gave the share of fractures",
                lambda v: 100 * v.k / v.n,
                "This is the share of images with a fracture, all of which it misses.",
                "这是有骨折图像的比例，它们全被漏掉。",
            ),
            slip(
                "took chance",
                lambda v: 50.0,
                "Half would be right only if both classes were equally frequent.",
                "只有两类同样多时才会对一半。",
            ),
            slip(
                "divided by the normal ones",
                lambda v: 100 * (v.n - 2 * v.k) / (v.n - v.k),
                "The fractures were subtracted from the normal images and divided by these.",
                "从正常图像中减去骨折数，再除以正常图像数。",
            ),
            slip(
                "subtracted misses twice",
                lambda v: 100 * (v.n - 2 * v.k) / v.n,
                "The misses were subtracted twice.",
                "漏诊数被减了两次。",
            ),
            slip(
                "halved the misses",
                lambda v: 100 * (v.n - v.k / 2) / v.n,
                "Half of the fractures were taken to be found.",
                "误认为能找到一半骨折。",
            ),
            slip(
                "added chance for the fractures",
                lambda v: 100 * (v.n - 1.5 * v.k) / v.n,
                "The misses were counted one and a half times.",
                "漏诊数按一倍半计算。",
            ),
        ),
        rule=Text(
            "With rare findings, compare accuracy with the share of the larger class.",
            "征象少见时，应把准确率与多数类的比例比较。",
        ),
    )


def _split() -> Family:
    return ChoiceFamily(
        id="r8-split-by-patient",
        sub_topic="R8.2",
        level="A",
        difficulty="medium",
        reference="RT83",
        posts=("AI",),
        parameters={
            "p": steps(120, 600, 40),
            "m": (2.0, 3.0, 4.0, 5.0),
            "t": (60.0, 70.0, 75.0, 80.0),
            "u": (10.0, 15.0, 20.0),
        },
        where=lambda v: v.t + v.u < 100 and (v.p * v.u) % 100 == 0 and (v.p * v.t) % 100 == 0,
        derived={"n": Derived(lambda v: v.p * v.m), "w": Derived(lambda v: 100 - v.t - v.u)},
        stem=Text(
            "A data set has {n} images, {m} of each patient. It is split by patient: {t} % for "
            "training, {u} % for validation, the rest for testing. How many patients are in the test "
            "set?",
            "数据集共 {n} 幅图像，每位患者 {m} 幅。按患者划分：训练 {t} %，验证 {u} %，其余用于测试。"
            "测试集中有多少位患者？",
        ),
        unit=Text("patients", "位"),
        decimals=0,
        sensible=(6, 200),
        right=key(
            lambda v: v.p * (100 - v.t - v.u) / 100,
            "{n} ÷ {m} patients × {w} % = {key}.",
            "{n} ÷ {m} 位患者 × {w} % = {key}。",
        ),
        mistakes=(
            slip(
                "counted images",
                lambda v: v.p * v.m * (100 - v.t - v.u) / 100,
                "These are the images of the test set.",
                "这是测试集的图像数。",
            ),
            slip(
                "took the validation share",
                lambda v: v.p * v.u / 100,
                "This is the number of patients for validation.",
                "这是验证集的患者数。",
            ),
            slip(
                "took the training share",
                lambda v: v.p * v.t / 100,
                "This is the number of patients for training.",
                "这是训练集的患者数。",
            ),
            slip(
                "left out validation",
                lambda v: v.p * (100 - v.t) / 100,
                "The patients for validation were counted in.",
                "把验证集的患者也计入了。",
            ),
            slip(
                "divided twice by the images",
                lambda v: v.p / v.m * (100 - v.t - v.u) / 100,
                "The number of images of a patient was divided by twice.",
                "除以了两次每人图像数。",
            ),
            slip(
                "took validation images",
                lambda v: v.p * v.m * v.u / 100,
                "These are the images for validation.",
                "这是验证集的图像数。",
            ),
        ),
        rule=Text(
            "Split patients, never images of one patient.",
            "按患者划分，同一患者的图像不拆开。",
        ),
    )


def _rescale() -> Family:
    return ChoiceFamily(
        id="r8-rescale",
        sub_topic="R8.4",
        level="A",
        difficulty="medium",
        reference="RT85",
        posts=("AI", "CT"),
        parameters={
            "x": (*steps(100, 900, 50), *steps(1050, 2200, 50)),
            "i": (-1024.0, -1000.0, -8192.0),
            "m": (1.0, 2.0, 0.5),
        },
        where=lambda v: -1000 <= v.x * v.m + v.i <= 2000,
        stem=Text(
            "A pixel of a CT image in DICOM has the stored value {x}. RescaleSlope is {m}, "
            "RescaleIntercept {i}. What is its CT number?",
            "某 DICOM 格式 CT 图像中一个像素的存储值为 {x}，RescaleSlope 为 {m}，RescaleIntercept 为 {i}。"
            "其 CT 值是多少？",
        ),
        unit=Text("HU", "HU"),
        decimals=0,
        sensible=(-1000, 2000),
        possible=(-20000, 20000),
        right=key(
            lambda v: v.x * v.m + v.i,
            "{x} × {m} + ({i}) = {key} HU.",
            "{x} × {m} +（{i}）= {key} HU。",
        ),
        mistakes=(
            slip(
                "left out the intercept",
                lambda v: v.x * v.m,
                "The intercept was left out.",
                "漏加截距。",
            ),
            slip(
                "subtracted the intercept",
                lambda v: v.x * v.m - v.i,
                "The intercept was subtracted, though it is negative already.",
                "减去了截距，而截距本身已是负数。",
            ),
            slip(
                "added before multiplying",
                lambda v: (v.x + v.i) * v.m,
                "The intercept was added before the slope was applied.",
                "先加截距，后乘斜率，次序反了。",
            ),
            slip(
                "divided by the slope",
                lambda v: v.x / v.m + v.i,
                "The value was divided by the slope.",
                "用存储值除以了斜率。",
            ),
            slip(
                "turned the sign",
                lambda v: -v.x * v.m - v.i,
                "The sign of the whole result was turned.",
                "整个结果的符号反了。",
            ),
            slip(
                "doubled the intercept",
                lambda v: v.x * v.m + 2 * v.i,
                "The intercept was added twice.",
                "截距加了两次。",
            ),
        ),
        rule=Text(
            "HU = stored value × slope + intercept.",
            "HU = 存储值 × 斜率 + 截距。",
        ),
    )


def _overflow() -> Family:
    return ChoiceFamily(
        id="r8-overflow",
        sub_topic="R8.4",
        level="A",
        difficulty="medium",
        reference="RT85",
        posts=("AI",),
        parameters={"a": steps(130, 250, 5), "b": steps(30, 250, 5)},
        where=lambda v: v.a + v.b > 275,
        stem=Text(
            "Two arrays of NumPy type `uint8` are added without a change of type. One pixel is {a} in "
            "the first and {b} in the second. Which value does the sum hold?",
            "两个类型为 `uint8` 的 NumPy 数组直接相加，不改变类型。某像素在第一个数组中为 {a}，在第二个中为 "
            "{b}。和数组中的值是多少？",
        ),
        decimals=0,
        gap=0.08,
        sensible=(15, 250),
        right=key(
            lambda v: (v.a + v.b) % 256,
            "{a} + {b} - 256 = {key}: 8 bits hold 0 to 255 and wrap around.",
            "{a} + {b} - 256 = {key}：8 位只能存 0 到 255，超出后回绕。",
        ),
        mistakes=(
            slip(
                "took the true sum",
                lambda v: v.a + v.b,
                "The true sum does not fit into 8 bits.",
                "真实的和放不进 8 位。",
            ),
            slip(
                "took saturation",
                lambda _: 255.0,
                "NumPy does not clip at 255.",
                "NumPy 不会在 255 处截断。",
            ),
            slip(
                "took the mean",
                lambda v: (v.a + v.b) // 2,
                "This is the mean of the two values.",
                "这是两个值的平均。",
            ),
            slip(
                "wrapped at 128",
                lambda v: (v.a + v.b) % 128,
                "The sum was wrapped as a signed type with 128 steps.",
                "按 128 级的有符号类型回绕了。",
            ),
            slip(
                "took the difference",
                lambda v: abs(v.a - v.b),
                "The values were subtracted.",
                "两个值相减了。",
            ),
            slip(
                "wrapped after 99",
                lambda v: (v.a + v.b) % 100,
                "The sum was wrapped in decimals, after 99.",
                "按十进制在 99 之后回绕了。",
            ),
        ),
        rule=Text(
            "Convert to a wider type before arithmetic on uint8 images.",
            "对 uint8 图像做运算前，应先转换为更宽的类型。",
        ),
    )
