"""R5: detectors, storage, heat and quality control."""

# ruff: noqa: E501 - a question may run on, so that it can be found by searching for it

import math

from itembank.family import ChoiceFamily, Derived, Family, NumericFamily, key, slip
from itembank.family_cases import MatchingFamily
from itembank.family_numbers import steps
from itembank.texts import Text


def equipment_families() -> tuple[Family, ...]:
    """All families of the field."""
    return (
        _tube_energy(),
        _nyquist(),
        _pixel_pitch(),
        _storage(),
        _transfer_time(),
        _repeat_rate(),
        _voltage_error(),
        _match_grey_levels(),
    )


def _tube_energy() -> Family:
    return ChoiceFamily(
        id="r5-tube-energy",
        sub_topic="R5.1",
        level="A",
        difficulty="medium",
        reference="RT49",
        posts=("DR",),
        parameters={
            "u": steps(60, 125, 5),
            "i": (200.0, 250.0, 320.0, 400.0, 500.0, 630.0),
            "t": (20.0, 40.0, 50.0, 80.0, 100.0, 200.0, 400.0),
        },
        stem=Text(
            "With a constant tube voltage of {u} kV an exposure uses {i} mA for {t} ms. How much "
            "electrical energy goes into the tube?",
            "恒定管电压 {u} kV，以 {i} mA 曝光 {t} ms。输入 X 线管的电能是多少？",
        ),
        unit=Text("kJ", "kJ"),
        sensible=(0.3, 30),
        right=key(
            lambda v: v.u * v.i * v.t / 1e6,
            "{u} kV × {i} mA × {t} ms ÷ 1,000,000 = {key} kJ.",
            "{u} kV × {i} mA × {t} ms ÷ 1,000,000 = {key} kJ。",
        ),
        mistakes=(
            slip(
                "gave the part that becomes radiation",
                lambda v: v.u * v.i * v.t / 1e6 / 100,
                "This is the hundredth part that becomes radiation, not the whole energy.",
                "这是转化为射线的百分之一，不是全部能量。",
            ),
            slip(
                "divided by root two",
                lambda v: v.u * v.i * v.t / 1e6 / math.sqrt(2),
                "The voltage was divided by √2, as if it were alternating.",
                "按交流电把电压除以 √2。",
            ),
            slip(
                "multiplied by the factor of heat units",
                lambda v: v.u * v.i * v.t / 1e6 * 1.4,
                "The factor of heat units was applied; it is no factor of energy.",
                "乘了热单位的系数，那不是能量的系数。",
            ),
            slip(
                "took milliseconds for hundredths",
                lambda v: v.u * v.i * v.t / 1e5,
                "The milliseconds were taken for hundredths of a second.",
                "把毫秒当作百分之一秒。",
            ),
            slip(
                "halved the voltage",
                lambda v: v.u * v.i * v.t / 2e6,
                "A mean of half the voltage was used, but it is constant.",
                "按电压的一半求平均，但电压是恒定的。",
            ),
        ),
        rule=Text("Energy = voltage × current × time.", "能量 = 电压 × 电流 × 时间。"),
    )


def _nyquist() -> Family:
    return ChoiceFamily(
        id="r5-nyquist",
        sub_topic="R5.2",
        level="A",
        difficulty="medium",
        reference="RT51",
        posts=("DR",),
        parameters={"p": (50.0, 70.0, 85.0, 100.0, 125.0, 139.0, 143.0, 148.0, 160.0, 200.0)},
        stem=Text(
            "A flat panel detector has a pixel pitch of {p} µm. Which is the highest spatial frequency "
            "it can show without aliasing?",
            "平板探测器的像素间距为 {p} µm。不产生混叠的最高空间频率是多少？",
        ),
        unit=Text("lp/mm", "lp/mm"),
        digits=2,
        sensible=(2, 11),
        right=key(
            lambda v: 1000 / (2 * v.p),
            "1 ÷ (2 × {p} µm) = {key} lp/mm: a line pair needs two pixels.",
            "1 ÷（2 × {p} µm）= {key} lp/mm：一个线对至少需要两个像素。",
        ),
        mistakes=(
            slip(
                "took one pixel for a line pair",
                lambda v: 1000 / v.p,
                "One pixel was counted for a line pair.",
                "把一个像素算作一个线对。",
            ),
            slip(
                "took four pixels for a line pair",
                lambda v: 1000 / (4 * v.p),
                "Four pixels were counted for a line pair.",
                "把四个像素算作一个线对。",
            ),
            slip(
                "took half a pixel",
                lambda v: 2000 / v.p,
                "Half of the pitch was taken for a line pair.",
                "把半个像素间距算作一个线对。",
            ),
            slip(
                "counted the diagonal",
                lambda v: 1000 / (2 * math.sqrt(2) * v.p),
                "The diagonal of a pixel was used.",
                "误用了像素的对角线。",
            ),
            slip(
                "gave the pitch",
                lambda v: v.p / 10,
                "This is the pitch with a decimal slip, not a frequency.",
                "这是移动了小数点的像素间距，不是频率。",
            ),
            slip(
                "took three pixels for a line pair",
                lambda v: 1000 / (3 * v.p),
                "Three pixels were counted for a line pair.",
                "把三个像素算作一个线对。",
            ),
        ),
        rule=Text("Nyquist frequency = 1 ÷ (2 × pitch).", "奈奎斯特频率 = 1 ÷（2 × 像素间距）。"),
    )


def _pixel_pitch() -> Family:
    return ChoiceFamily(
        id="r5-pixel-pitch",
        sub_topic="R5.2",
        level="A",
        difficulty="easy",
        reference="RT51",
        posts=("DR",),
        parameters={
            "w": (180.0, 240.0, 300.0, 350.0, 400.0, 430.0),
            "n": (1536.0, 2048.0, 2400.0, 2560.0, 3072.0, 3520.0, 4096.0),
        },
        stem=Text(
            "A detector is {w} mm wide and has {n} pixels across its width. What is its pixel pitch?",
            "某探测器宽 {w} mm，宽度方向有 {n} 个像素。像素间距是多少？",
        ),
        unit=Text("µm", "µm"),
        decimals=0,
        sensible=(60, 220),
        right=key(
            lambda v: 1000 * v.w / v.n,
            "{w} mm ÷ {n} = {key} µm.",
            "{w} mm ÷ {n} = {key} µm。",
        ),
        mistakes=(
            slip(
                "halved it",
                lambda v: 500 * v.w / v.n,
                "The result was halved, as for the Nyquist frequency.",
                "结果被减半，那是求奈奎斯特频率的做法。",
            ),
            slip(
                "doubled it",
                lambda v: 2000 * v.w / v.n,
                "The width of a line pair was given.",
                "给出的是一个线对的宽度。",
            ),
            slip(
                "slipped by a factor of ten",
                lambda v: 100 * v.w / v.n,
                "A decimal slip between mm and µm.",
                "mm 与 µm 换算时小数点错位。",
            ),
            slip(
                "inverted",
                lambda v: 10 * v.n / v.w,
                "The number of pixels was divided by the width.",
                "用像素数除以了宽度。",
            ),
            slip(
                "counted the diagonal",
                lambda v: 1000 * math.sqrt(2) * v.w / v.n,
                "The diagonal of the pixel was given.",
                "给出的是像素的对角线。",
            ),
            slip(
                "divided by root two",
                lambda v: 1000 / math.sqrt(2) * v.w / v.n,
                "The pitch was divided by √2.",
                "像素间距又除以了 √2。",
            ),
        ),
        rule=Text("Pitch = width ÷ number of pixels.", "像素间距 = 宽度 ÷ 像素数。"),
    )


def _storage() -> Family:
    return ChoiceFamily(
        id="r5-image-storage",
        sub_topic="R5.4",
        level="A",
        difficulty="medium",
        reference="RT56",
        posts=("CT", "DR"),
        parameters={"n": (256.0, 512.0, 1024.0), "m": steps(60, 900, 20)},
        stem=Text(
            "A CT series has {m} images of {n} × {n} pixels, stored uncompressed with 2 bytes a pixel. "
            "How large is it (1 MB = 1,000,000 bytes)?",
            "某 CT 序列共 {m} 幅图像，矩阵 {n} × {n}，无压缩，每像素 2 字节。数据量是多少"
            "（1 MB = 1,000,000 字节）？",
        ),
        unit=Text("MB", "MB"),
        sensible=(10, 1900),
        right=key(
            lambda v: v.n**2 * 2 * v.m / 1e6,
            "{n} × {n} × 2 × {m} bytes = {key} MB.",
            "{n} × {n} × 2 × {m} 字节 = {key} MB。",
        ),
        mistakes=(
            slip(
                "took one byte a pixel",
                lambda v: v.n**2 * v.m / 1e6,
                "One byte was counted a pixel.",
                "每像素只按一个字节计算。",
            ),
            slip(
                "gave megabits",
                lambda v: v.n**2 * 16 * v.m / 1e6,
                "The bits were counted as bytes.",
                "把位当作了字节。",
            ),
            slip(
                "packed the pixels to 12 bits",
                lambda v: v.n**2 * 12 * v.m / 8e6,
                "The pixels were packed to 12 bits.",
                "按每像素 12 位紧凑存储计算。",
            ),
            slip(
                "halved the matrix",
                lambda v: v.n**2 / 2 * v.m / 1e6,
                "The matrix was counted by half.",
                "矩阵只算了一半。",
            ),
            slip(
                "doubled for two directions",
                lambda v: v.n**2 * 4 * v.m / 1e6,
                "2 bytes were counted for rows and for columns.",
                "行和列各计了 2 字节。",
            ),
        ),
        rule=Text(
            "Size = rows × columns × bytes a pixel × images.",
            "数据量 = 行 × 列 × 每像素字节数 × 图像数。",
        ),
    )


def _transfer_time() -> Family:
    return NumericFamily(
        id="r5-transfer-time",
        sub_topic="R5.4",
        level="A",
        difficulty="medium",
        reference="RT56",
        posts=("CT", "DR"),
        parameters={"m": steps(50, 900, 50), "r": (50.0, 100.0, 200.0, 400.0)},
        stem=Text(
            "A study of {m} MB is sent over a link that carries {r} Mbit/s. How long does it take, "
            "without any overhead?",
            "一份 {m} MB 的检查数据经 {r} Mbit/s 的链路传输，不计其他开销，需要多长时间？",
        ),
        unit=Text("s", "s"),
        sensible=(1, 150),
        right=key(
            lambda v: 8 * v.m / v.r,
            "{m} × 8 ÷ {r} = {key} s.",
            "{m} × 8 ÷ {r} = {key} s。",
        ),
        mistakes=(
            slip(
                "took bytes for bits",
                lambda v: v.m / v.r,
                "a byte has 8 bits.",
                "一个字节有 8 位。",
            ),
            slip(
                "divided by eight",
                lambda v: v.m / v.r / 8,
                "bytes are turned into bits by multiplying.",
                "字节换算成位应当相乘。",
            ),
        ),
        rule=Text("Time = bytes × 8 ÷ bits per second.", "时间 = 字节数 × 8 ÷ 每秒位数。"),
    )


def _repeat_rate() -> Family:
    return ChoiceFamily(
        id="r5-repeat-rate",
        sub_topic="R5.3",
        level="A",
        difficulty="easy",
        reference="RT55",
        posts=("DR",),
        parameters={
            "n": steps(400, 2000, 100),
            "a": steps(12, 60, 2),
            "b": steps(6, 40, 2),
            "c": steps(4, 30, 2),
        },
        stem=Text(
            "In a month a room made {n} exposures in all. Of these, repeats were {a} for positioning, "
            "{b} for exposure and {c} for motion. What is the repeat rate?",
            "某机房一个月共曝光 {n} 次，其中重拍：体位 {a} 次，曝光 {b} 次，运动 {c} 次。重拍率是多少？",
        ),
        unit=Text("%", "%"),
        decimals=1,
        sensible=(2, 15),
        possible=(0, 100),
        right=key(
            lambda v: 100 * (v.a + v.b + v.c) / v.n,
            "({a} + {b} + {c}) ÷ {n} = {key} %.",
            "（{a} + {b} + {c}）÷ {n} = {key} %。",
        ),
        mistakes=(
            slip(
                "counted positioning only",
                lambda v: 100 * v.a / v.n,
                "Only the repeats for positioning were counted.",
                "只计了体位重拍。",
            ),
            slip(
                "left out motion",
                lambda v: 100 * (v.a + v.b) / v.n,
                "The repeats for motion were left out.",
                "漏掉了运动重拍。",
            ),
            slip(
                "gave the share of positioning",
                lambda v: 100 * v.a / (v.a + v.b + v.c),
                "This is the share of positioning among the repeats.",
                "这是体位原因在重拍中所占的比例。",
            ),
            slip(
                "averaged the causes",
                lambda v: 100 * (v.a + v.b + v.c) / (3 * v.n),
                "The mean of the three causes was given.",
                "给出的是三种原因的平均值。",
            ),
            slip(
                "counted each repeat twice",
                lambda v: 200 * (v.a + v.b + v.c) / v.n,
                "Each repeat was counted with the exposure it replaced.",
                "把重拍与被替换的那次都计入了。",
            ),
        ),
        rule=Text("Repeat rate = repeats ÷ all exposures.", "重拍率 = 重拍次数 ÷ 全部曝光次数。"),
    )


def _voltage_error() -> Family:
    return ChoiceFamily(
        id="r5-voltage-error",
        sub_topic="R5.3",
        level="A",
        difficulty="easy",
        reference="RT55",
        posts=("DR",),
        parameters={"u": steps(50, 125, 5), "e": (*steps(-9, -2, 0.5), *steps(2, 9, 0.5))},
        derived={"m": Derived(lambda v: v.u + v.e)},
        stem=Text(
            "A generator is set to {u} kV; the meter reads {m} kV. What is the deviation from the set "
            "value?",
            "高压发生器设定 {u} kV，仪表读数 {m} kV。相对设定值的偏差是多少？",
        ),
        unit=Text("%", "%"),
        decimals=1,
        sensible=(-12, 12),
        possible=(-100, 100),
        gap=0.12,
        right=key(
            lambda v: 100 * v.e / v.u,
            "({m} - {u}) ÷ {u} = {key} %.",
            "（{m} - {u}）÷ {u} = {key} %。",
        ),
        mistakes=(
            slip(
                "turned the sign",
                lambda v: -100 * v.e / v.u,
                "The sign was turned: the reading is compared with the setting.",
                "符号反了：应以读数减设定值。",
            ),
            slip(
                "gave kilovolts as per cent",
                lambda v: v.e,
                "This is the difference in kV.",
                "这是以 kV 计的差值。",
            ),
            slip(
                "turned the sign of the difference in kV",
                lambda v: -v.e,
                "This is the difference in kV with the sign turned.",
                "这是 kV 差值，且符号反了。",
            ),
            slip(
                "halved the difference",
                lambda v: 50 * v.e / v.u,
                "The difference was halved, as a plus-minus range.",
                "差值减半，当成了正负范围。",
            ),
            slip(
                "doubled the difference",
                lambda v: 200 * v.e / v.u,
                "The difference was doubled.",
                "差值被加倍。",
            ),
        ),
        rule=Text(
            "Deviation = (reading - setting) ÷ setting.", "偏差 =（读数 - 设定值）÷ 设定值。"
        ),
    )


def _match_grey_levels() -> Family:
    return MatchingFamily(
        id="r5-match-grey-levels",
        sub_topic="R5.2",
        level="K",
        difficulty="easy",
        reference="RT51",
        posts=("DR", "CT"),
        parameters={},
        case_parameters={"b": (4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0)},
        formula=lambda v: 2**v.b,
        mistake=lambda v: v.b**2,
        decimals=0,
        gap=0.15,
        stem=Text(
            "Match each bit depth with the number of grey levels it can hold.",
            "请将各位深与其可表示的灰阶数配对。",
        ),
        case=Text("{b} bits", "{b} 位"),
        reason=Text("2 to the power of {b} is {value}.", "2 的 {b} 次方等于 {value}。"),
        rule=Text("n bits hold 2ⁿ levels, not n².", "n 位可表示 2ⁿ 个灰阶，不是 n²。"),
    )
