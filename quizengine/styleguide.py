"""Sample data of the style guide: every component in every state, nobody real."""

import math
from typing import Any

from quizengine.charts import (
    BandValue,
    band_chart,
    item_curve,
    mini_band,
    precision_meter,
    progress_rule,
    proportions,
)

_BANDS = (
    # code, English, Chinese, level, standard error, asked, decision, real change or none
    ("R1", "Patient care and emergencies", "患者照护与急救", 85, 3.6, 9, "above", ""),
    ("R2", "Radiation physics and radiobiology", "放射物理与放射生物学", 83, 3.9, 9, "above", ""),
    ("R3", "Radiation protection and regulation", "辐射防护与法规", 87, 3.5, 11, "above", "+11"),
    ("R4", "Exposure and image acquisition", "曝光与采集", 76, 3.8, 11, "close", ""),
    ("R7", "CT, MRI, DSA, nuclear medicine", "CT、MRI、DSA 与核医学", 63, 3.9, 10, "below", ""),
    ("R8", "AI-assisted imaging and data", "人工智能辅助成像", 74, 8.1, 4, "not_enough", ""),
)  # fmt: skip

_OPTIONS = (
    ("Raise the wall filter from 100 to 400 Hz", "壁滤波由 100 提高到 400 Hz"),
    ("Raise the pulse repetition frequency from 5 to 8 kHz", "脉冲重复频率由 5 提高到 8 kHz"),
    ("Lower the Doppler gain by 6 dB", "多普勒增益降低 6 dB"),
    ("Change the transmit frequency from 5 to 7.5 MHz", "发射频率由 5 改为 7.5 MHz"),
    ("Enlarge the sample volume to fill the lumen", "增大取样容积，使其充满管腔"),
)

_REASONS = (
    ("B", "0.30 mGy/h", "Twice the distance spreads the same radiation over four times the area.",
     "距离加倍，同样的辐射分布到四倍的面积上。", True, False),
    ("C", "0.60 mGy/h", "Halves the rate when the distance doubles, as near a line source.",
     "距离加倍时剂量率减半，只有靠近线源时才成立。", False, True),
    ("A", "0.15 mGy/h", "Divides by 2³. Distance counts squared, not cubed.",
     "除以了 2³。距离按平方而不是立方计。", False, False),
)  # fmt: skip


def _model(theta: float) -> float:
    return 0.19 + 0.81 / (1 + math.exp(-1.24 * (theta - 0.18)))


def _shade(theta: float) -> tuple[float, float]:
    half = 0.025 + 0.012 * theta * theta
    return max(0.0, _model(theta) - half), min(1.0, _model(theta) + half)


def _bands(zh: bool) -> list[BandValue]:
    return [
        BandValue(
            code=code,
            name=chinese if zh else english,
            estimate=float(level),
            standard_error=error,
            level="–" if decision == "not_enough" else str(level),
            asked=str(asked),
            decision=decision,
            change=("真正的变化 " if zh else "real change, ") + change
            if change
            else ("在误差之内" if zh else "within error"),
            changed=bool(change),
            sentence=f"{chinese if zh else english}: {level} ± {error}",
            enough=decision != "not_enough",
        )
        for code, english, chinese, level, error, asked, decision, change in _BANDS
    ]


def sample_context(locale: str) -> dict[str, Any]:
    """What `styleguide.html` needs, in English or, for "zh", in Chinese."""
    zh = locale == "zh"
    groups = [(-2.2, 0.28, 14, False), (-1.1, 0.36, 60, False), (-0.3, 0.50, 110, False),
              (0.5, 0.71, 120, False), (0.9, 0.65, 90, True), (2.0, 0.94, 35, False)]  # fmt: skip
    return {
        "zh": zh,
        "rule": progress_rule(7, 20, expected=(12, 20)),
        "rule_fixed": progress_rule(31, 75),
        "bands": band_chart(_bands(zh), cut=75.0, cut_error=1.5),
        "mini": mini_band(1.02, 0.24, cut=0.30, cut_error=0.12),
        "mini_low": mini_band(-0.12, 0.31, cut=0.30, cut_error=0.12),
        "meter": precision_meter(5.5, 4.0),
        "meter_reached": precision_meter(3.6, 4.0),
        "curve": item_curve(_model, band95=_shade, groups=groups, difficulty=0.18),
        "segments": proportions(
            [("new", 28), ("version", 6), ("unchanged", 7), ("choice", 4), ("cannot", 3)]
        ),
        "choices": [("abcde"[index], pair[zh]) for index, pair in enumerate(_OPTIONS)],
        "reasons": [
            {"letter": letter, "html": text, "reason": chinese if zh else english,
             "right": right, "chosen": chosen}
            for letter, text, english, chinese, right, chosen in _REASONS
        ],
    }  # fmt: skip
