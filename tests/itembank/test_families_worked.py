"""Every formula of the families against a value worked by hand."""

import pytest

from itembank.families import families
from itembank.family import Family
from itembank.family_numbers import Values

# Family, numbers, value; the working stands behind each, from the textbook formula and not from
# the code.
WORKED = [
    ("r1-iodine-mass", {"c": 350, "v": 100, "s": 40}, 35),  # 35 000 mg
    ("r1-contrast-volume", {"d": 500, "w": 70, "c": 350}, 100),  # 35 g in 0.35 g/mL
    ("r1-iodine-delivery-rate", {"c": 370, "q": 4, "t": 20}, 1.48),  # 1480 mg/s
    ("r1-injection-time", {"v": 90, "s": 30, "q": 4}, 30),  # 120 mL at 4 mL/s
    ("r1-oxygen-cylinder", {"w": 5, "p": 150, "r": 50, "f": 10}, 50),  # 500 L at 10 L/min
    ("r1-drip-rate", {"v": 500, "h": 4, "d": 20}, 41.667),  # 10 000 drops in 240 min
    ("r2-half-value-layers", {"k": 800, "h": 3, "n": 3}, 100),  # 800, 400, 200, 100
    ("r2-hvl-from-coefficient", {"mu": 0.5}, 1.3863),  # 0.6931 / 0.5
    ("r2-shortest-wavelength", {"u": 100}, 12.4),  # 0.0124 nm
    ("r2-photoelectric-energy", {"e": 30, "f": 2}, 12.5),  # an eighth
    ("r2-tube-output", {"k": 400, "u": 60, "w": 90}, 900),  # 1.5 squared is 2.25
    ("r2-effective-dose", {"p": 0.12, "q": 0.04, "h": 10, "j": 5}, 1.4),  # 1.2 + 0.2
    ("r2-order-transmission", {"h": 2, "t": 6}, 12.5),  # three layers
    ("r3-inverse-square", {"k": 100, "a": 1, "b": 2}, 25),  # a quarter
    ("r3-shield-thickness", {"h": 0.25, "n": 5, "b": 2}, 1.25),  # 64 to 2: five halvings
    ("r3-annual-dose", {"r": 30, "m": 10, "n": 20, "w": 48}, 4.8),  # 160 h at 30 uSv/h
    ("r3-kerma-area-product", {"k": 20, "a": 20, "b": 25, "f": 2}, 10),  # 20 mGy x 500 cm2
    # 50 x 20 = 1000 uGy at 100 cm; at 80 cm x 1.5625; x 1.4 = 2.1875 mGy
    ("r3-entrance-dose", {"y": 50, "m": 20, "d": 80, "b": 1.4}, 2.1875),
    ("r3-order-positions", {"d": 2, "t": 20, "n": 1}, 250),  # 20 / 4 / 2 = 2.5
    ("r4-reciprocity", {"a": 200, "t": 100, "b": 400}, 50),  # 20 mAs both times
    ("r4-direct-square", {"m": 10, "a": 100, "b": 180}, 32.4),  # 1.8 squared is 3.24
    ("r4-fifteen-percent", {"u": 80, "s": 1.15, "m": 20}, 10),  # 80 to 92 kVp: half
    ("r4-distance-and-voltage", {"m": 10, "a": 100, "b": 200}, 20),  # x 4, then half
    ("r4-grid-conversion", {"m": 20, "f": 4, "g": 5}, 25),  # 8:1 to 12:1
    ("r4-grid-ratio", {"h": 2.4, "d": 0.2, "w": 0.05}, 12),
    ("r4-grid-frequency", {"d": 0.2, "w": 0.05}, 40),  # a period of 0.25 mm
    ("r4-deviation-index", {"e": 500, "t": 250}, 3.0103),  # 10 log 2
    ("r4-correct-exposure", {"m": 10, "d": -3.0103}, 20),  # half of the target: twice the mAs
    ("r4-signal-to-noise", {"s": 20, "f": 4, "m": 2}, 40),  # four times mAs: twice
    ("r4-match-deviation", {"d": 3.0103}, 200),
    ("r4-image-size", {"s": 90, "d": 100, "o": 10}, 100),  # 100 / 90
    ("r4-object-size", {"i": 100, "d": 100, "o": 10}, 90),
    ("r4-geometric-unsharpness", {"f": 1, "d": 100, "o": 10}, 0.1111),  # 10 / 90
    ("r4-order-unsharpness", {"f": 1.2, "d": 180, "o": 30}, 0.24),  # 1.2 x 30 / 150
    ("r5-effective-focus", {"l": 5, "a": 12}, 1.0396),  # sin 12 = 0.20791
    ("r5-heel-coverage", {"a": 12, "d": 100}, 42.51),  # tan 12 = 0.21256
    ("r5-tube-energy", {"u": 80, "i": 500, "t": 100}, 4),  # 40 kW for 0.1 s
    ("r5-nyquist", {"p": 139}, 3.597),  # 1 / 0.278 mm
    ("r5-pixel-pitch", {"w": 430, "n": 3072}, 139.97),
    ("r5-image-storage", {"n": 512, "m": 400}, 209.715),  # 524 288 bytes each
    ("r5-transfer-time", {"m": 500, "r": 100}, 40),  # 4000 Mbit
    ("r5-repeat-rate", {"n": 1000, "a": 40, "b": 20, "c": 10}, 7),
    ("r5-voltage-error", {"u": 80, "e": 4}, 5),
    ("r5-match-grey-levels", {"b": 12}, 4096),
    ("r6-calibration-ball", {"b": 25, "e": 5, "h": 60}, 50),  # 60 x 25 / 30
    ("r6-cardiothoracic-ratio", {"r": 45, "l": 95, "t": 280, "e": 50}, 0.5),
    ("r6-angled-beam", {"a": 20, "h": 10, "d": 100}, 3.6397),  # tan 20 = 0.36397
    ("r6-diaphysis-length", {"p": 0.14, "n": 300, "m": 1.05}, 40),  # 42 mm on the detector
    ("r7-ct-number", {"m": 0.21, "w": 0.19}, 105.26),
    ("r7-window-limit", {"l": 40, "w": 400, "s": 1}, 240),
    ("r7-match-windows", {"l": 40, "w": 80}, 80),
    ("r7-pitch", {"s": 120, "r": 0.5, "c": 40, "n": 64, "x": 0.625}, 1.5),  # 60 / 40
    ("r7-volume-dose-index", {"c": 10, "e": 3, "p": 1.5}, 8),  # (10 + 26) / 3 = 12
    ("r7-effective-dose", {"c": 12, "n": 30, "e": 5, "k": 0.014, "j": 10}, 5.88),  # 420 mGy cm
    ("r7-noise-mas", {"s": 20, "m": 50, "f": 4}, 10),
    ("r7-slice-mas", {"m": 100, "a": 2.5, "b": 1.25}, 200),
    ("r7-voxel-volume", {"f": 256, "n": 512, "t": 2}, 0.5),  # 0.25 mm2 x 2
    ("r7-order-noise", {"m": 50, "t": 2}, 100),  # 1000 / 10
    ("r7-larmor", {"b": 1.5}, 63.87),
    ("r7-scan-time", {"t": 4000, "p": 256, "f": 320, "n": 1, "e": 16}, 64),
    ("r7-snr-averages", {"s": 40, "a": 1, "f": 2}, 56.569),  # x 1.41421
    ("r7-snr-voxel", {"s": 80, "f": 240, "g": 0.5, "t": 4, "u": 4}, 20),  # FOV halved: a quarter
    ("r7-snr-bandwidth", {"s": 40, "b": 100, "f": 4}, 20),
    # 3.5 x 63.87 = 223.5 Hz; 32 000 / 256 = 125 Hz a pixel
    ("r7-chemical-shift", {"b": 1.5, "w": 32, "n": 256}, 1.788),
    ("r7-opposed-phase", {"b": 1.5, "z": 0.5, "k": 1}, 2.237),  # half of 4.474 ms
    ("r7-inversion-time", {"t": 250}, 173.29),
    # e^-0.01 = 0.990050, whose arc cosine is 0.141185 rad
    ("r7-ernst-angle", {"r": 10, "t": 1000}, 8.089),
    ("r7-sar-scaling", {"s": 0.5, "b": 1.5, "c": 3, "a": 180, "d": 90}, 0.5),  # x 4, / 4
    ("r7-order-snr", {"p": 0.5, "t": 4, "n": 4}, 2),  # 1 mm3 x 2
    ("r7-pulsed-fluoroscopy", {"k": 12, "a": 15, "b": 7.5, "m": 5}, 30),  # 6 a minute
    ("r7-dsa-run", {"d": 2, "a": 4, "s": 5, "b": 1, "t": 10}, 60),  # 30 frames
    ("r7-decay", {"a": 800, "n": 3, "h": 6}, 100),  # 18 h of Tc-99m
    ("r7-injected-volume", {"a": 4000, "v": 10, "w": 500, "t": 6}, 2.5),  # 200 MBq/mL left
    ("r7-order-activity", {"a": 800, "h": 6, "t": 12}, 200),
    ("r8-sensitivity-specificity", {"s": 1, "a": 90, "b": 10, "c": 30, "d": 270}, 90),
    # 0.9 x 0.01 = 0.009; 0.1 x 0.99 = 0.099; 0.009 / 0.108
    ("r8-predictive-value", {"s": 90, "t": 90, "p": 1}, 8.333),
    ("r8-dice", {"a": 1000, "b": 1000, "c": 800}, 0.8),
    ("r8-iou-from-dice", {"d": 0.8}, 0.66667),  # 0.8 / 1.2
    ("r8-flagged-studies", {"n": 200, "p": 10, "s": 90, "t": 80}, 54),  # 18 true, 36 false
    ("r8-majority-accuracy", {"n": 1000, "k": 80, "s": 40}, 92),
    ("r8-split-by-patient", {"p": 200, "m": 3, "t": 70, "u": 10}, 40),
    ("r8-rescale", {"x": 1064, "m": 1, "i": -1024}, 40),
    ("r8-overflow", {"a": 200, "b": 100}, 44),  # 300 - 256
    ("r8-select-predictive", {"s": 90, "t": 90, "p": 10}, 50),  # 0.09 true, 0.09 false
    ("s1-wavelength", {"f": 5, "c": 1540}, 0.308),
    ("s1-match-wavelengths", {"f": 2}, 0.77),
    ("s1-attenuation", {"f": 5, "d": 6, "a": 0.5}, 30),  # 15 dB one way
    ("s1-decibels", {"a": 20}, 1),  # a hundredth
    ("s1-reflection", {"y": 1.7, "z": 7.8}, 41.23),  # 6.1 / 9.5 = 0.64211, squared
    ("s1-refraction", {"a": 30, "c": 1540, "d": 1450}, 28.09),  # sin = 0.47078
    ("s1-echo-depth", {"t": 65}, 5.005),  # 13 us a cm
    ("s1-duty-factor", {"n": 10, "f": 5, "p": 5}, 1),  # 2 us in 200 us
    ("s2-element-thickness", {"f": 5, "c": 4}, 0.4),
    ("s2-near-zone", {"d": 19, "f": 5}, 293.0),  # 361 / (4 x 0.308)
    ("s2-quality-factor", {"a": 3, "w": 4}, 1.25),  # 5 / 4
    ("s2-order-divergence", {"d": 13, "f": 3.5}, 2.366),  # 1.22 x 0.44 / 13 = 0.041292
    ("s3-axial-resolution", {"n": 3, "f": 5}, 0.462),
    ("s3-highest-prf", {"d": 10}, 7.7),
    ("s3-frame-rate", {"d": 10, "l": 128, "n": 1}, 60.16),  # 7700 / 128
    ("s3-compensation", {"a": 0.5, "f": 5, "p": 2, "q": 8}, 30),  # 6 cm there and back
    ("s3-order-frame-rates", {"d": 10, "l": 128, "n": 2}, 30.08),
    ("s4-speed-error", {"p": 5, "q": 5, "c": 1400}, 5),  # 5 cm shown as 5.5 cm
    ("s4-range-ambiguity", {"p": 7.7, "d": 14}, 4),  # a pulse serves 10 cm
    ("s4-reverberation", {"d": 20, "s": 5, "n": 2}, 35),  # 25, 30, 35
    ("s4-mirror-depth", {"d": 100, "s": 20}, 120),
    ("s6-mechanical-index", {"p": 2, "f": 4}, 1),
    ("s6-thermal-index", {"d": 40, "w": 60}, 1.5),
    ("s6-caliper-error", {"t": 80, "e": 2}, 2.5),
    ("s6-temporal-average", {"i": 100, "t": 1, "p": 4}, 400),  # 4 us in 1 ms: 0.4 %
    ("s5-doppler-shift", {"f": 5, "v": 50, "a": 60}, 1.6234),  # 2 x 5 x 25 / 154
    ("s5-velocity-from-shift", {"f": 5, "s": 1.6234, "a": 60}, 50),
    ("s5-angle-error", {"a": 60, "e": 5}, 18.31),  # 0.5 / 0.42262
    ("s5-nyquist-velocity", {"p": 5, "f": 5, "a": 60}, 77),
    ("s5-depth-limit", {"d": 10, "f": 2}, 1.4823),  # 7.7 kHz: 1540 x 7700 / 8e6
    ("s5-select-aliasing", {"p": 6, "f": 3, "a": 60}, 154),
    ("s5-resistive-index", {"s": 100, "d": 20, "m": 0.3}, 0.8),
    ("s5-pulsatility-index", {"s": 60, "d": 20, "m": 0.5}, 1),  # 40 / 40
    ("s5-bernoulli", {"v": 4}, 64),
    ("s5-ventricular-pressure", {"v": 3, "r": 10}, 46),
    ("s5-volume-flow", {"d": 6, "v": 30}, 508.9),  # 0.28274 cm2 x 30 x 60
    ("s5-poiseuille", {"q": 160, "s": 50}, 10),  # half the radius: a sixteenth
    ("s5-continuity", {"v": 50, "d": 6, "e": 3}, 200),
    ("s5-order-shifts", {"v": 60, "f": 4, "a": 60}, 1.5584),  # 2 x 4 x 30 / 154
    ("s7-ellipsoid-volume", {"l": 5, "w": 2, "h": 2}, 10.47),  # 20 x 0.5236
    ("s7-residual-volume", {"l": 8, "w": 5, "h": 5}, 104),  # 200 x 0.52
    ("s7-mean-sac-diameter", {"a": 24, "b": 20, "c": 16, "m": 5}, 20),
    ("s7-fluid-index", {"a": 3, "b": 4, "c": 2.5, "d": 3.5}, 13),
    ("s7-ankle-brachial", {"p": 90, "q": 110, "r": 125, "l": 137.5}, 0.8),
    ("s7-diameter-stenosis", {"n": 1.5, "d": 5, "b": 2}, 70),
    ("s7-area-stenosis", {"s": 50}, 75),
    ("s7-ejection-fraction", {"d": 120, "s": 48}, 60),
    ("s7-valve-area", {"d": 2, "a": 20, "b": 80}, 0.7854),  # 3.1416 / 4
    ("s7-stroke-volume", {"d": 2, "a": 20}, 62.83),
    ("s8-stiffness", {"c": 2}, 12),
    ("s8-shear-speed", {"e": 12}, 2),
    ("s8-lesion-growth", {"a": 10, "p": 20}, 72.8),  # 1.728
    ("s8-match-stiffness", {"c": 1.5}, 6.75),
    ("s8-sensitivity-specificity", {"s": 1, "a": 80, "b": 20, "c": 30, "d": 270}, 80),
    # 0.8 x 0.2 = 0.16; 0.2 x 0.8 = 0.16
    ("s8-predictive-value", {"s": 80, "t": 80, "p": 20}, 50),
    ("s8-dice", {"a": 1200, "b": 800, "c": 700}, 0.7),
]


def formula_of(family: Family):
    return family.formula if hasattr(family, "formula") else family.right.formula


def with_derived(family: Family, numbers):
    values = Values({name: float(number) for name, number in numbers.items()})
    for name, derived in family.derived.items():
        values = values.with_numbers({name: derived.formula(values)})
    return values


@pytest.mark.parametrize(("name", "numbers", "expected"), WORKED, ids=[row[0] for row in WORKED])
def test_the_key_is_the_value_worked_by_hand(name, numbers, expected):
    family = families()[name]
    assert formula_of(family)(with_derived(family, numbers)) == pytest.approx(expected, rel=1e-3)


def test_every_family_has_a_worked_value():
    assert {row[0] for row in WORKED} == set(families())


def test_less_voltage_needs_twice_the_mas():
    family = families()["r4-fifteen-percent"]
    # 80 to 68 kVp
    assert family.right.formula(Values({"u": 80.0, "s": 0.85, "m": 20.0})) == 40


def test_specificity_counts_those_without_the_finding():
    family = families()["r8-sensitivity-specificity"]
    numbers = {"s": 0.0, "a": 90.0, "b": 10.0, "c": 30.0, "d": 270.0}
    assert family.right.formula(Values(numbers)) == pytest.approx(90)  # 270 / 300


def test_lower_end_of_a_window_is_black():
    family = families()["r7-window-limit"]
    assert family.right.formula(Values({"l": -600.0, "w": 1500.0, "s": -1.0})) == -1350
