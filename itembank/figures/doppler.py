"""Spectral Doppler traces: a velocity waveform, echoes of many scatterers, short-time spectra.

Velocities in cm/s, towards the probe positive; 5 MHz and 60 degrees unless told otherwise, so
that 5 kHz pulse repetition gives a scale of +-77 cm/s.
"""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from itembank.figures.canvas import (
    FAINT,
    INK,
    MID,
    Axes,
    Drawing,
    Floats,
    Pixels,
    resample,
    to_grey,
)

Waveform = Callable[[Floats], Floats]
BEAT = 0.8  # s, 75 beats a minute
COLUMNS, ROWS = 480, 330


def velocity_limit(prf: float, frequency: float = 5e6, angle: float = 60.0) -> float:
    """Largest velocity without aliasing, cm/s: c PRF / (4 f0 cos angle)."""
    return float(154000 * prf / (4 * frequency * np.cos(np.deg2rad(angle))))


def beats(knots: Sequence[tuple[float, float]], beat: float = BEAT) -> Waveform:
    """A waveform through (time s, velocity) knots, repeated every beat, smooth between them."""

    def waveform(t: Floats) -> Floats:
        from scipy.interpolate import PchipInterpolator

        times, values = zip(*knots, strict=True)
        curve = PchipInterpolator([*times, beat], [*values, values[0]])
        return np.asarray(curve(np.mod(t, beat)), dtype=np.float64)

    return waveform


CAROTID = beats(
    [(0, 22), (0.05, 45), (0.09, 110), (0.16, 78), (0.24, 50), (0.28, 60), (0.34, 46), (0.6, 29)]
)
TRIPHASIC = beats(
    [
        (0, 0),
        (0.05, 30),
        (0.10, 80),
        (0.17, 40),
        (0.22, 0),
        (0.28, -20),
        (0.36, 0),
        (0.43, 10),
        (0.52, 1),
        (0.65, 0),
    ]
)
LOW_RESISTANCE = beats([(0, 32), (0.06, 55), (0.11, 80), (0.20, 64), (0.32, 54), (0.55, 40)])
HIGH_RESISTANCE = beats([(0, 8), (0.05, 40), (0.10, 80), (0.18, 42), (0.26, 16), (0.4, 10)])
REVERSED = beats([(0, -12), (0.05, 20), (0.11, 50), (0.19, 26), (0.27, -2), (0.36, -12)])
TARDUS = beats([(0, 15), (0.05, 17), (0.16, 30), (0.28, 28), (0.45, 22)])
FILTERED = beats([(0, 12), (0.06, 45), (0.11, 80), (0.20, 46), (0.30, 24), (0.5, 14)])
STENOSIS = beats([(0, 150), (0.05, 250), (0.11, 400), (0.20, 360), (0.32, 250), (0.5, 180)])


def venous(t: Floats) -> Floats:
    """Velocity that follows respiration: 10 to 25 cm/s, once in 4 s."""
    return np.asarray(17.5 + 7.5 * np.sin(2 * np.pi * t / 4), dtype=np.float64)


def iq_signal(
    waveform: Waveform, *, prf: float, seconds: float, broad: float, seed: int, fade: float = 0.003
) -> NDArray[np.complex128]:
    """Quadrature signal of 90 groups of scatterers, one sample a pulse.

    Each group moves at its own share of the waveform, from 1 - `broad` to 1, and its echo
    strength fluctuates as cells enter and leave the sample volume, over `fade` seconds; whirls
    behind a stenosis make that shorter.
    """
    from scipy.ndimage import gaussian_filter1d

    rng = np.random.default_rng(seed)
    t = np.arange(round(prf * seconds)) / prf
    cycles = np.cumsum(waveform(t)) / velocity_limit(prf) / 2  # turns of phase a pulse, summed
    signal = np.zeros(t.size, dtype=np.complex128)
    for share in 1 - broad * rng.random(90) ** 1.5:
        noise = rng.normal(size=(2, t.size))
        strength = gaussian_filter1d(noise[0] + 1j * noise[1], fade * prf)
        signal += strength / np.std(strength) * np.exp(2j * np.pi * share * cycles)
    noise = rng.normal(size=(2, t.size))
    return np.asarray(signal + 0.9 * (noise[0] + 1j * noise[1]), dtype=np.complex128)


def spectrogram(signal: NDArray[np.complex128], prf: float) -> Floats:
    """Power in dB, shape (256 velocities from -limit to +limit, COLUMNS times)."""
    length = min(256, max(64, round(0.018 * prf)))
    taper = np.hanning(length)
    starts = np.linspace(0, signal.size - length, COLUMNS).astype(int)
    pieces = signal[starts[:, None] + np.arange(length)[None, :]] * taper
    power = np.abs(np.fft.fftshift(np.fft.fft(pieces, 256, axis=1), axes=1)) ** 2
    return np.asarray(10 * np.log10(power.T / np.sum(taper**2) + 1e-9), dtype=np.float64)


@cache
def trace(
    waveform: Waveform,
    *,
    prf: float = 5000.0,
    seconds: float = 3.2,
    broad: float = 0.35,
    seed: int = 1,
    fade: float = 0.003,
) -> Floats:
    """Spectrogram of a waveform, rows from -limit up."""
    signal = iq_signal(waveform, prf=prf, seconds=seconds, broad=broad, seed=seed, fade=fade)
    return spectrogram(signal, prf)


def filtered(power: Floats, limit: float, wall: float) -> Floats:
    """Everything slower than `wall` cm/s taken away."""
    speed = np.abs(np.linspace(-limit, limit, power.shape[0]))
    return np.where(speed[:, None] < wall, power.min(), power)


def scaled(
    power: Floats,
    *,
    limit: float,
    ticks: Sequence[float],
    seconds: float = 3.2,
    shift: float = 0.0,
    gain: float = 0.0,
    window_db: tuple[float, float] = (4.0, 34.0),
) -> Pixels:
    """The trace with its scale; `shift` moves the baseline down by that many cm/s."""
    moved = np.roll(power, -round(shift / (2 * limit) * power.shape[0]), axis=0)
    picture = resample(moved[::-1] + gain, ROWS, COLUMNS)
    drawing = Drawing(COLUMNS + 95, ROWS + 75)
    drawing.paste(to_grey(picture, *window_db, 20), 80, 28)
    axes = Axes(
        box=(80, 28, 80 + COLUMNS, 28 + ROWS), x=(0, seconds), y=(shift - limit, shift + limit)
    )
    step = seconds / 4
    axes.frame(
        drawing,
        x_ticks=[round(step * i, 2) for i in range(5)],
        y_ticks=ticks,
        x_unit="",
        grid=False,
    )
    drawing.text((46, 14), "cm/s", 20, ink=MID)
    drawing.text((80 + COLUMNS * 0.875, ROWS + 50), "s", 21, ink=MID)
    drawing.line([axes.at(0, 0), axes.at(seconds, 0)], INK, 1)
    drawing.line([axes.at(seconds, axes.y[0]), axes.at(seconds, axes.y[1])], FAINT, 1)
    return drawing.finish()


def ordinary(waveform: Waveform, seed: int, prf: float = 6500.0) -> Pixels:
    """A trace of 3.2 s at +-100 cm/s with a low wall filter."""
    limit = velocity_limit(prf)
    power = filtered(trace(waveform, prf=prf, seed=seed), limit, 2.5)
    return scaled(power, limit=limit, ticks=(-80, -40, 0, 40, 80))


def aliasing() -> Pixels:
    """Peak 110 cm/s at 5 kHz: scale +-77 cm/s."""
    limit = velocity_limit(5000)
    power = filtered(trace(CAROTID), limit, 3)
    return scaled(power, limit=limit, ticks=(-75, -50, -25, 0, 25, 50, 75))


def baseline_shift() -> Pixels:
    """The same data, baseline moved down by 46 cm/s: -31 to 123 cm/s."""
    limit = velocity_limit(5000)
    power = filtered(trace(CAROTID), limit, 3)
    return scaled(power, limit=limit, ticks=(-25, 0, 25, 50, 75, 100), shift=46)


def triphasic() -> Pixels:
    """Forward, back, forward."""
    return ordinary(TRIPHASIC, 2)


def low_resistance() -> Pixels:
    """80 / 32 cm/s."""
    return ordinary(LOW_RESISTANCE, 3)


def high_resistance() -> Pixels:
    """80 / 8 cm/s."""
    return ordinary(HIGH_RESISTANCE, 4)


def reversed_diastole() -> Pixels:
    """50 / -12 cm/s."""
    return ordinary(REVERSED, 5)


def tardus_parvus() -> Pixels:
    """Rounded, 30 cm/s after 0.16 s."""
    return ordinary(TARDUS, 6)


def wall_filter() -> Pixels:
    """Nothing slower than 20 cm/s is shown."""
    limit = velocity_limit(6500)
    power = filtered(trace(FILTERED, prf=6500.0, seed=7), limit, 20)
    return scaled(power, limit=limit, ticks=(-80, -40, 0, 40, 80))


def stenosis() -> Pixels:
    """400 / 150 cm/s, the window under the curve filled; 30 kHz (high PRF) for +-462 cm/s."""
    limit = velocity_limit(30000)
    power = trace(STENOSIS, prf=30000.0, seconds=2.4, broad=1.05, seed=8, fade=0.0006)
    power = filtered(power, limit, 12)
    return scaled(power, limit=limit, ticks=range(-400, 401, 200), seconds=2.4)


def crosstalk() -> Pixels:
    """Gain 9 dB too high; a copy 16 dB weaker on the other side of the baseline."""
    limit = velocity_limit(6500)
    power = trace(HIGH_RESISTANCE, prf=6500.0, seed=4)
    both = 10 * np.log10(10 ** (power / 10) + 10 ** ((power[::-1] - 16) / 10))
    return scaled(filtered(both, limit, 2.5), limit=limit, ticks=(-80, -40, 0, 40, 80), gain=9.0)


def venous_flow() -> Pixels:
    """12 s of slow phasic flow."""
    limit = velocity_limit(2600)
    power = filtered(trace(venous, prf=2600.0, seconds=12.0, seed=9, fade=0.012), limit, 1.5)
    return scaled(power, limit=limit, ticks=(-40, -20, 0, 20, 40), seconds=12.0)
