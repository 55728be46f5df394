"""Words of the spectral Doppler figures."""

from collections.abc import Callable

from itembank.figures import doppler as d
from itembank.figures.canvas import Pixels
from itembank.figures.figure import Figure, figure

TITLE = ("Pulsed-wave Doppler", "脉冲多普勒")


def entry(
    name: str,
    draw: Callable[[], Pixels],
    alt: tuple[str, str],
    shows: str,
    scale: str = "100",
) -> Figure:
    """A trace; `scale` is the velocity limit in cm/s."""
    return figure(
        name,
        "sonographer",
        draw,
        title=TITLE,
        alt=alt,
        note=(
            f"5 MHz, angle-corrected, 60°. Scale {scale} cm/s.",
            f"5 MHz，角度校正 60°。标尺 {scale} cm/s。",
        ),
        shows=shows,
    )


def doppler_figures() -> list[Figure]:
    """All spectral figures in the order of the catalogue."""
    return [*_arteries(), *_settings()]


def _arteries() -> list[Figure]:
    scale = "±100"
    return [
        entry(
            "dop-triphasic",
            d.triphasic,
            (
                "Trace: a tall peak above, a small one beneath, a small one above the baseline.",
                "频谱：基线上方一高峰，随后基线下方一小峰，再有上方一小峰。",
            ),
            "Triphasic, high resistance: 80, -20, 10 cm/s.",
            scale,
        ),
        entry(
            "dop-low-resistance",
            d.low_resistance,
            (
                "Trace above the baseline throughout, four beats.",
                "频谱全程位于基线上方，共四个心动周期。",
            ),
            "Low resistance: peak 80, end diastole 32 cm/s, RI 0.60.",
            scale,
        ),
        entry(
            "dop-high-resistance",
            d.high_resistance,
            (
                "Trace of four beats with tall peaks and a thin band between them.",
                "四个心动周期的频谱，峰高，其间为细带。",
            ),
            "High resistance: peak 80, end diastole 8 cm/s, RI 0.90.",
            scale,
        ),
        entry(
            "dop-reversed-diastole",
            d.reversed_diastole,
            (
                "Trace of four beats with peaks above and a band beneath the baseline.",
                "四个心动周期的频谱，峰在基线上方，其间的带在基线下方。",
            ),
            "Reversed diastolic flow: systole 50, diastole -12 cm/s.",
            scale,
        ),
        entry(
            "dop-tardus-parvus",
            d.tardus_parvus,
            ("Trace of four low rounded beats above the baseline.", "基线上方四个低而圆钝的波形。"),
            "Tardus parvus: peak 30 cm/s, acceleration time 0.16 s.",
            scale,
        ),
        entry(
            "dop-stenosis",
            d.stenosis,
            (
                "Trace of three tall beats with grey down to the baseline.",
                "三个高的心动周期频谱，灰度一直填充到基线。",
            ),
            "Stenosis: peak 400, end diastole 150 cm/s, spectral broadening (filled window).",
            "±462",
        ),
    ]


def _settings() -> list[Figure]:
    return [
        entry(
            "dop-aliasing",
            d.aliasing,
            (
                "Trace of four beats; peaks reach the upper border, pieces lie at the lower one.",
                "四个心动周期的频谱；峰到达上缘，下缘处有部分信号。",
            ),
            "Aliasing: PRF 5 kHz, scale +-77 cm/s, peak 110 cm/s wraps.",
            "±77",
        ),
        entry(
            "dop-baseline-shift",
            d.baseline_shift,
            (
                "Trace of four whole beats; the baseline lies in the lower part of the picture.",
                "四个完整的心动周期频谱；基线位于图像下部。",
            ),
            "Aliasing cured by the baseline: same data, -31 to +123 cm/s.",
            "-31 … +123",
        ),
        entry(
            "dop-wall-filter",
            d.wall_filter,
            (
                "Trace of four peaks; nothing is seen near the baseline.",
                "频谱有四个峰；基线附近无信号。",
            ),
            "Wall filter too high: nothing slower than 20 cm/s; end diastole of 12 is lost.",
            "±100",
        ),
        entry(
            "dop-mirror",
            d.crosstalk,
            (
                "Trace of four beats above and a fainter one beneath the baseline; grainy ground.",
                "基线上方四个心动周期频谱，下方有较淡的相同频谱；背景颗粒较多。",
            ),
            "Crosstalk (mirror spectrum) with too much gain; true flow is above.",
            "±100",
        ),
        figure(
            "dop-venous",
            "sonographer",
            d.venous_flow,
            title=TITLE,
            alt=(
                "Trace of slow waves above the baseline over 12 s.",
                "基线上方缓慢起伏的频谱，时间 12 s。",
            ),
            note=(
                "5 MHz, angle-corrected, 60°. Scale ±40 cm/s; 12 s across.",
                "5 MHz，角度校正 60°。标尺 ±40 cm/s；横轴 12 s。",
            ),
            shows="Venous flow phasic with respiration: 10 to 25 cm/s, once in 4 s.",
        ),
    ]
