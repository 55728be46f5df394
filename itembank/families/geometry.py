"""R4.3 and R5.1: magnification, unsharpness and the focal spot."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_cases import OrderFamily
from itembank.family_numbers import steps
from itembank.texts import Text

MM = Text("mm", "mm")


def geometry_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _image_size(),
        _object_size(),
        _unsharpness(),
        _order_of_unsharpness(),
        _effective_focus(),
        _heel_coverage(),
    )


def _image_size() -> Family:
    return ChoiceFamily(
        id="r4-image-size",
        sub_topic="R4.3",
        level="A",
        difficulty="easy",
        reference="RT41",
        posts=("DR",),
        parameters={
            "s": steps(20, 120, 5),
            "d": (100.0, 110.0, 115.0, 120.0),
            "o": steps(15, 40, 5),
        },
        derived={"f": Derived(lambda v: v.d - v.o)},
        stem=Text(
            "A structure of {s} mm lies {o} cm above the detector; the SID is {d} cm. How large is its "
            "image?",
            "某结构长 {s} mm，距探测器 {o} cm，SID 为 {d} cm。其影像有多大？",
        ),
        unit=MM,
        sensible=(20, 200),
        gap=0.08,
        right=key(
            lambda v: v.s * v.d / (v.d - v.o),
            "{s} × {d} ÷ {f} = {key} mm.",
            "{s} × {d} ÷ {f} = {key} mm。",
        ),
        mistakes=(
            slip(
                "inverted the magnification",
                lambda v: v.s * (v.d - v.o) / v.d,
                "The magnification was inverted: an image is never smaller than the structure.",
                "放大率颠倒了：影像不会小于实物。",
            ),
            slip(
                "divided the distance by the SID",
                lambda v: v.s * (1 + v.o / v.d),
                "The OID was divided by the SID instead of the SOD.",
                "用 OID 除以 SID，而不是 SOD。",
            ),
            slip(
                "multiplied by SID over OID",
                lambda v: v.s * v.d / v.o,
                "The SID was divided by the OID instead of the SOD.",
                "用 SID 除以 OID，而不是 SOD。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.s,
                "Magnification was left out.",
                "未考虑放大。",
            ),
            slip(
                "squared the magnification",
                lambda v: v.s * (v.d / (v.d - v.o)) ** 2,
                "The magnification was squared, as for an area.",
                "对放大率取了平方，那是面积的变化。",
            ),
        ),
        rule=Text("Magnification = SID ÷ SOD.", "放大率 = SID ÷ SOD。"),
    )


def _object_size() -> Family:
    return NumericFamily(
        id="r4-object-size",
        sub_topic="R4.3",
        level="A",
        difficulty="medium",
        reference="RT41",
        posts=("DR",),
        enemies=("r4-image-size",),
        parameters={
            "i": steps(30, 150, 5),
            "d": (100.0, 110.0, 120.0, 150.0),
            "o": steps(12, 30, 3),
        },
        stem=Text(
            "On the image a structure measures {i} mm. The SID is {d} cm and the structure lay {o} cm "
            "above the detector. What is its true length?",
            "影像上某结构长 {i} mm，SID 为 {d} cm，该结构距探测器 {o} cm。其真实长度是多少？",
        ),
        unit=MM,
        tolerance=0.02,
        sensible=(20, 140),
        right=key(
            lambda v: v.i * (v.d - v.o) / v.d,
            "{i} × ({d} - {o}) ÷ {d} = {key} mm.",
            "{i} ×（{d} - {o}）÷ {d} = {key} mm。",
        ),
        mistakes=(
            slip(
                "magnified again",
                lambda v: v.i * v.d / (v.d - v.o),
                "the image was magnified once more.",
                "把影像又放大了一次。",
            ),
            slip(
                "left it unchanged",
                lambda v: v.i,
                "the image is larger than the structure.",
                "影像大于实物。",
            ),
        ),
        rule=Text("True length = image × SOD ÷ SID.", "真实长度 = 影像长度 × SOD ÷ SID。"),
    )


def _unsharpness() -> Family:
    return ChoiceFamily(
        id="r4-geometric-unsharpness",
        sub_topic="R4.3",
        level="A",
        difficulty="medium",
        reference="RT41",
        posts=("DR",),
        parameters={
            "f": (0.6, 1.0, 1.2, 2.0),
            "d": (100.0, 110.0, 115.0, 120.0, 150.0, 180.0),
            "o": steps(10, 40, 5),
        },
        derived={"s": Derived(lambda v: v.d - v.o)},
        stem=Text(
            "The effective focal spot is {f} mm, the SID {d} cm and a bone lies {o} cm from the "
            "detector. What is the geometric unsharpness of its edge?",
            "有效焦点 {f} mm，SID 为 {d} cm，骨骼距探测器 {o} cm。其边缘的几何模糊是多少？",
        ),
        unit=MM,
        digits=2,
        sensible=(0.03, 1.2),
        right=key(
            lambda v: v.f * v.o / (v.d - v.o),
            "{f} × {o} ÷ {s} = {key} mm.",
            "{f} × {o} ÷ {s} = {key} mm。",
        ),
        mistakes=(
            slip(
                "divided by the SID",
                lambda v: v.f * v.o / v.d,
                "The OID was divided by the SID instead of the SOD.",
                "用 OID 除以 SID，而不是 SOD。",
            ),
            slip(
                "inverted the ratio",
                lambda v: v.f * (v.d - v.o) / v.o,
                "The ratio was inverted.",
                "比值颠倒了。",
            ),
            slip(
                "used the magnification",
                lambda v: v.f * v.d / (v.d - v.o),
                "The focal spot was multiplied by the magnification.",
                "用焦点乘以了放大率。",
            ),
            slip(
                "squared the ratio",
                lambda v: v.f * (v.o / (v.d - v.o)) ** 2,
                "The ratio was squared.",
                "对比值取了平方。",
            ),
            slip(
                "halved the focal spot",
                lambda v: v.f / 2 * v.o / (v.d - v.o),
                "The radius of the focal spot was used.",
                "误用了焦点的半径。",
            ),
        ),
        rule=Text(
            "Unsharpness = focal spot × OID ÷ SOD.",
            "几何模糊 = 焦点尺寸 × OID ÷ SOD。",
        ),
    )


def _order_of_unsharpness() -> Family:
    return OrderFamily(
        id="r4-order-unsharpness",
        sub_topic="R4.3",
        level="E",
        difficulty="hard",
        reference="RT41",
        posts=("DR",),
        enemies=("r4-geometric-unsharpness",),
        parameters={},
        case_parameters={
            "f": (0.6, 1.2),
            "d": (100.0, 150.0, 180.0),
            "o": (5.0, 10.0, 20.0, 30.0),
        },
        formula=lambda v: v.f * v.o / (v.d - v.o),
        gap=0.25,
        digits=2,
        stem=Text(
            "Put the four set-ups in order of geometric unsharpness, the smallest first.",
            "请将四种摄影布置按几何模糊由小到大排序。",
        ),
        case=Text(
            "Focal spot {f} mm, SID {d} cm, OID {o} cm",
            "焦点 {f} mm，SID {d} cm，OID {o} cm",
        ),
        reason=Text("The unsharpness is {value} mm.", "几何模糊为 {value} mm。"),
        rule=Text(
            "Unsharpness = focal spot × OID ÷ (SID - OID).",
            "几何模糊 = 焦点尺寸 × OID ÷（SID - OID）。",
        ),
    )


def _radians(degrees: float) -> float:
    return math.radians(degrees)


def _effective_focus() -> Family:
    return ChoiceFamily(
        id="r5-effective-focus",
        sub_topic="R5.1",
        level="A",
        difficulty="medium",
        reference="RT42",
        posts=("DR",),
        parameters={"l": steps(2.5, 8, 0.5), "a": steps(7, 17, 1)},
        stem=Text(
            "The electrons strike a track {l} mm long on an anode with an angle of {a}°. How long is "
            "the effective focal spot on the central ray?",
            "电子轰击阳极靶面的长度为 {l} mm，阳极倾角 {a}°。沿中心线看，有效焦点长度是多少？",
        ),
        unit=MM,
        decimals=2,
        sensible=(0.3, 2.2),
        right=key(
            lambda v: v.l * math.sin(_radians(v.a)),
            "{l} × sin {a}° = {key} mm.",
            "{l} × sin {a}° = {key} mm。",
        ),
        mistakes=(
            slip(
                "took the cosine",
                lambda v: v.l * math.cos(_radians(v.a)),
                "The cosine was used instead of the sine.",
                "误用余弦代替正弦。",
            ),
            slip(
                "halved the angle",
                lambda v: v.l * math.sin(_radians(v.a / 2)),
                "Half of the anode angle was used.",
                "只用了倾角的一半。",
            ),
            slip(
                "doubled the angle",
                lambda v: v.l * math.sin(_radians(2 * v.a)),
                "Twice the anode angle was used.",
                "用了倾角的两倍。",
            ),
            slip(
                "took the angle in per cent of a right angle",
                lambda v: v.l * v.a / 90,
                "The share of a right angle was used instead of the sine.",
                "用倾角占直角的比例代替正弦。",
            ),
            slip(
                "squared the sine",
                lambda v: v.l * math.sin(_radians(v.a)) ** 2,
                "The sine was squared.",
                "对正弦取了平方。",
            ),
        ),
        rule=Text(
            "Effective focal spot = actual length × sin(anode angle).",
            "有效焦点 = 实际焦点长度 × sin（阳极倾角）。",
        ),
    )


def _heel_coverage() -> Family:
    return ChoiceFamily(
        id="r5-heel-coverage",
        sub_topic="R5.1",
        level="A",
        difficulty="hard",
        reference="RT43",
        posts=("DR",),
        parameters={"a": steps(8, 16, 1), "d": (90.0, 100.0, 110.0, 120.0, 150.0)},
        stem=Text(
            "An anode has an angle of {a}°. The ray along its face sets the limit of the beam on the "
            "anode side, and the field is symmetrical about the central ray. How long can the field be "
            "at {d} cm from the focus?",
            "阳极倾角为 {a}°，沿靶面的射线决定阳极侧照射野的边界，照射野关于中心线对称。"
            "距焦点 {d} cm 处照射野最长可达多少？",
        ),
        unit=Text("cm", "cm"),
        decimals=0,
        sensible=(24, 90),
        right=key(
            lambda v: 2 * v.d * math.tan(_radians(v.a)),
            "2 × {d} × tan {a}° = {key} cm.",
            "2 × {d} × tan {a}° = {key} cm。",
        ),
        mistakes=(
            slip(
                "counted one half",
                lambda v: v.d * math.tan(_radians(v.a)),
                "Only one half of the field was counted.",
                "只计算了照射野的一半。",
            ),
            slip(
                "doubled the angle for each half",
                lambda v: 2 * v.d * math.tan(_radians(2 * v.a)),
                "Twice the angle was used for each half.",
                "每一侧都用了两倍倾角。",
            ),
            slip(
                "took the share of a right angle",
                lambda v: 2 * v.d * v.a / 90,
                "The share of a right angle was used instead of the tangent.",
                "用倾角占直角的比例代替正切。",
            ),
            slip(
                "squared the distance ratio",
                lambda v: 4 * v.d * math.tan(_radians(v.a)),
                "Each half was counted twice.",
                "每一侧都计算了两次。",
            ),
            slip(
                "took the angle from the vertical",
                lambda v: v.d * math.cos(_radians(v.a)),
                "The cosine was used: this is the distance along the ray, not across the field.",
                "误用余弦：得到的是沿射线的距离，不是照射野的宽度。",
            ),
        ),
        rule=Text(
            "Half of the field = distance × tan(anode angle).",
            "照射野的一半 = 距离 × tan（阳极倾角）。",
        ),
    )
