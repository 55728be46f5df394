"""Geometry of the charts: from values to positions, before a template draws them.

Positions across a chart are percentages of its width (0 to 100, two decimals), so that one
drawing fits every screen and its letters are never scaled with it. Nothing here knows words,
colours or HTML.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Z95 = 1.959964  # two-sided 95 % of the normal distribution
FULL = 100.0


@dataclass(frozen=True, slots=True)
class LinearScale:
    """Maps values from `low` to `high` onto percentages from `start` to `end`.

    `end` may lie below `start`, as on a vertical axis, where the picture's zero is its top.
    """

    low: float
    high: float
    start: float = 0.0
    end: float = FULL

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"a scale needs low < high, not {self.low} and {self.high}")

    def at(self, value: float) -> float:
        """Position of a value; one beyond the scale lies on its nearer end."""
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def holds(self, value: float) -> bool:
        """Whether the value lies on the scale."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis. `size` is "minor", "middle" or "major"; only some carry a label."""

    x: float
    size: str
    label: str = ""
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of an axis: where it begins, how wide it is, both in percent."""

    x: float
    width: float

    @property
    def middle(self) -> float:
        """Its centre in percent."""
        return round(self.x + self.width / 2, 2)

    @property
    def end(self) -> float:
        """Where it ends, in percent."""
        return round(self.x + self.width, 2)


@dataclass(frozen=True, slots=True)
class Cut:
    """The standard on an axis: its line, and the zone of its own 95 % error."""

    x: float
    zone: Zone
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Band:
    """An estimate with its 68 % and 95 % intervals, in percent of the axis."""

    x: float
    inner: Zone
    outer: Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class BandValue:
    """What one row of a band chart says, on the scale shown; the words come ready made.

    `enough` is false when the evidence does not yet support a decision: the band is then dashed.
    """

    code: str
    name: str
    estimate: float
    standard_error: float
    level: str = ""
    asked: str = ""
    decision: str = ""
    change: str = ""
    changed: bool = False
    sentence: str = ""
    enough: bool = True


@dataclass(frozen=True, slots=True)
class BandRow:
    """A row of a band chart: its words and its band."""

    value: BandValue
    band: Band


@dataclass(frozen=True, slots=True)
class BandChart:
    """Rows of bands against one standard, over one axis."""

    rows: tuple[BandRow, ...]
    cut: Cut | None
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class MiniBand:
    """One band over its own small axis, as beside a competency in an equivalence report."""

    band: Band
    cut: Cut | None
    ticks: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class PrecisionMeter:
    """A symmetrical axis around the estimate: the zone aimed at, the bracket reached so far."""

    aim: Zone
    now: Zone
    ticks: tuple[Tick, ...]
    reached: bool


@dataclass(frozen=True, slots=True)
class ProgressRule:
    """A tick for every question: how far, where now, where the end is expected."""

    done: float
    now: float
    position: int
    ticks: tuple[Tick, ...]
    expected: Zone | None


@dataclass(frozen=True, slots=True)
class Segment:
    """One share of a proportion bar."""

    key: str
    count: int
    zone: Zone


@dataclass(frozen=True, slots=True)
class CurveGroup:
    """A group of students on an item's curve: observed share with its 95 % interval, in percent."""

    x: float
    y: float
    low: float
    high: float
    radius: float
    misfits: bool


@dataclass(frozen=True, slots=True)
class ItemCurve:
    """The model's curve, the shade of its 95 % interval, and the groups observed.

    `line` and `shade` are point lists for a polyline and a polygon in a box of 100 by 100.
    """

    line: str
    shade: str
    groups: tuple[CurveGroup, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    difficulty: float | None


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of a scatter chart, with its 95 % interval upwards and downwards."""

    x: float
    y: float
    high: float
    low: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Scatter:
    """Two values of the same kind against each other, and the line on which they are the same."""

    dots: tuple[Dot, ...]
    same: tuple[float, float, float, float]  # x, y where the line begins; x, y of its end
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


def number_label(value: float, decimals: int = 2) -> str:
    """A number as an axis writes it: true minus sign, no idle zeros."""
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "0") else text.replace("-", "\u2212")


def nice_step(span: float, at_most: int) -> float:
    """The smallest step of 1, 2 or 5 times a power of ten that makes at most `at_most` parts."""
    if span <= 0 or at_most < 1:
        raise ValueError(f"a step needs a positive span and count, not {span} and {at_most}")
    raw = span / at_most
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1.0, 2.0, 5.0):
        if factor * power >= raw * (1 - 1e-9):
            return factor * power
    return 10.0 * power


def axis_range(
    values: Sequence[float], step: float, lowest: float = -math.inf, highest: float = math.inf
) -> tuple[float, float]:
    """The narrowest range of whole steps that holds all values, within `lowest` and `highest`."""
    low = max(lowest, math.floor(min(values) / step) * step)
    high = min(highest, math.ceil(max(values) / step) * step)
    return (low, high) if low < high else (low, low + step)


def ticks(scale: LinearScale, minor: float, middle: int, major: int) -> tuple[Tick, ...]:
    """Marks at every `minor`, longer at each `middle`-th, longest and labelled at each `major`-th.

    Counted from zero, so that round values carry the labels wherever the scale begins.
    """
    first = math.ceil(scale.low / minor - 1e-9)
    last = math.floor(scale.high / minor + 1e-9)
    marks = []
    for index in range(first, last + 1):
        value = index * minor
        if index % major == 0:
            marks.append(Tick(scale.at(value), "major", number_label(value)))
        else:
            marks.append(Tick(scale.at(value), "middle" if index % middle == 0 else "minor"))
    return tuple(marks)


def zone(scale: LinearScale, low: float, high: float) -> Zone:
    """The stretch between two values, cut off where the scale ends."""
    start = scale.at(low)
    return Zone(start, round(scale.at(high) - start, 2))


def band(scale: LinearScale, estimate: float, standard_error: float) -> Band:
    """The estimate with +-1 standard error (68 %) and +-1.96 standard errors (95 %)."""
    return Band(
        x=scale.at(estimate),
        inner=zone(scale, estimate - standard_error, estimate + standard_error),
        outer=zone(scale, estimate - Z95 * standard_error, estimate + Z95 * standard_error),
    )


def cut_marks(scale: LinearScale, cut: float, standard_error: float) -> Cut:
    """The standard's line and zone; its label leans inwards near either end."""
    x = scale.at(cut)
    anchor = "start" if x < 20 else "end" if x > 80 else "middle"
    around = zone(scale, cut - Z95 * standard_error, cut + Z95 * standard_error)
    return Cut(x, around, number_label(cut), anchor)


def band_chart(
    values: Sequence[BandValue],
    *,
    cut: float | None = None,
    cut_error: float = 0.0,
    lowest: float = 1.0,
    highest: float = 99.0,
    minor: float = 1.0,
) -> BandChart:
    """Bands of several competencies against one standard.

    Parameters
    ----------
    values : one a competency, on the scale shown.
    cut, cut_error : the standard and its standard error on the same scale; no cut, no line.
    lowest, highest : ends of the reporting scale; the axis shows only the part that is used.
    minor : distance of the small ticks; every tenth tick is labelled.
    """
    ends = [
        value.estimate + side * Z95 * value.standard_error for value in values for side in (-1, 1)
    ]
    if cut is not None:
        ends += [cut - Z95 * cut_error, cut + Z95 * cut_error]
    low, high = axis_range(ends or [lowest, highest], 10 * minor, lowest, highest)
    scale = LinearScale(low, high)
    rows = tuple(
        BandRow(value, band(scale, value.estimate, value.standard_error)) for value in values
    )
    standard = None if cut is None else cut_marks(scale, cut, cut_error)
    return BandChart(rows, standard, ticks(scale, minor, 5, 10))


def mini_band(
    estimate: float,
    standard_error: float,
    *,
    cut: float | None = None,
    cut_error: float = 0.0,
    low: float = -0.6,
    high: float = 2.0,
    minor: float = 0.1,
) -> MiniBand:
    """One band over an axis from `low` to `high`, widened in half steps until everything fits."""
    ends = [low, high, estimate - Z95 * standard_error, estimate + Z95 * standard_error]
    if cut is not None:
        ends += [cut - Z95 * cut_error, cut + Z95 * cut_error]
    wide = axis_range(ends, minor)
    scale = LinearScale(*wide)
    # On a long axis the small ticks would run together: they are dropped, the labels thinned out.
    many = (wide[1] - wide[0]) / minor > 40
    marks = ticks(scale, minor * 5, 1, 2) if many else ticks(scale, minor, 5, 5)
    standard = None if cut is None else cut_marks(scale, cut, cut_error)
    return MiniBand(band(scale, estimate, standard_error), standard, marks)


def precision_meter(now: float, aim: float, *, step: float = 1.0) -> PrecisionMeter:
    """How precisely a level is known against how precisely it should be, both as standard errors.

    `step` is the worth of one tick: 1 on a practice scale, 0.1 in logits. The axis leaves a
    quarter or more of its width on the right for the words beside the bracket.
    """
    if now <= 0 or aim <= 0 or step <= 0:
        raise ValueError("a precision meter needs positive standard errors and step")
    reach = math.ceil(max(now / 0.46, aim / 0.30) / step) * step
    while reach / step > 24:  # one tick stays one point only while ticks can be told apart
        step *= 5
        reach = math.ceil(reach / step) * step
    scale = LinearScale(-reach, reach)
    marks = tuple(
        Tick(mark.x, "minor" if mark.size == "minor" else "middle")
        for mark in ticks(scale, step, 4, 4)
    )
    return PrecisionMeter(zone(scale, -aim, aim), zone(scale, -now, now), marks, now <= aim)


def progress_rule(
    position: int, limit: int, expected: tuple[int, int] | None = None
) -> ProgressRule:
    """The rule above a question.

    Parameters
    ----------
    position : number of the question on screen, from 1; the ones before it are done.
    limit : the most questions that can come.
    expected : fewest and most questions the sitting will probably take; none for a fixed length.
    """
    if limit < 1 or position < 1:
        raise ValueError("a progress rule counts questions from 1")
    limit = max(limit, position)
    scale = LinearScale(0, limit)
    step = max(1, round(nice_step(limit, 6)))
    minor = 1 if limit <= 60 else max(1, step // 5)
    marks = []
    for index in range(limit + 1):
        labelled = index % step == 0 or index == limit
        if index == limit and index % step != 0:
            labelled = limit - index // step * step > step * 0.5
        # The pointer writes its own number: a label right under it would be printed twice.
        near = abs(index - position) < limit / 40
        if labelled:
            size, label = "major", "" if near else str(index)
            marks.append(Tick(scale.at(index), size, label))
        elif index % minor == 0 or index == limit:
            marks.append(Tick(scale.at(index), "minor"))
    around = None
    if expected is not None and expected[1] >= position:
        around = zone(scale, max(expected[0], position), min(expected[1], limit))
    return ProgressRule(scale.at(position - 1), scale.at(position), position, tuple(marks), around)


def proportions(counts: Sequence[tuple[str, int]]) -> tuple[Segment, ...]:
    """Shares of a whole, in order; keys with nothing in them are left out."""
    total = sum(count for _, count in counts)
    segments = []
    before = 0
    for key, count in counts:
        if count > 0:
            start = round(FULL * before / total, 2)
            end = round(FULL * (before + count) / total, 2)
            segments.append(Segment(key, count, Zone(start, round(end - start, 2))))
        before += count
    return tuple(segments)


def points(pairs: Sequence[tuple[float, float]]) -> str:
    """Positions as SVG writes them: "x,y x,y"."""
    return " ".join(f"{x:g},{y:g}" for x, y in pairs)


def item_curve(
    model: Callable[[float], float],
    *,
    band95: Callable[[float], tuple[float, float]] | None = None,
    groups: Sequence[tuple[float, float, int, bool]] = (),
    low: float = -3.0,
    high: float = 3.0,
    difficulty: float | None = None,
    n_points: int = 61,
) -> ItemCurve:
    """An item's curve against what was observed.

    Parameters
    ----------
    model : ability in logits -> probability of a right answer.
    band95 : ability -> lower and upper end of the curve's 95 % interval; none leaves the shade out.
    groups : (mean ability, share right, number of students, whether it misfits); a group without
        students or off the axis is not drawn.
    difficulty : where to drop the dotted line; none, or off the axis, draws none.

    Notes
    -----
    A group's interval is Wilson's (1927, J. Am. Stat. Assoc. 22, 209-212): it stays inside 0 and 1.
    """
    across, up = LinearScale(low, high), LinearScale(0.0, 1.0, FULL, 0.0)
    thetas = [low + (high - low) * index / (n_points - 1) for index in range(n_points)]
    line = points([(across.at(theta), up.at(model(theta))) for theta in thetas])
    shade = ""
    if band95 is not None:
        ends = [(across.at(theta), band95(theta)) for theta in thetas]
        there = [(x, up.at(lower)) for x, (lower, _) in ends]
        back = [(x, up.at(upper)) for x, (_, upper) in reversed(ends)]
        shade = points(there + back)
    seen = tuple(
        _curve_group(across, up, *group)
        for group in groups
        if group[2] > 0 and across.holds(group[0])
    )
    shares = tuple(
        Tick(up.at(share / 4), "major", number_label(25.0 * share)) for share in range(5)
    )
    drop = across.at(difficulty) if difficulty is not None and across.holds(difficulty) else None
    return ItemCurve(line, shade, seen, ticks(across, 0.2, 5, 5), shares, drop)


def wilson_interval(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share observed in `n` answers."""
    squared = Z95 * Z95
    centre = (share + squared / (2 * n)) / (1 + squared / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + squared / (4 * n * n)) / (1 + squared / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _curve_group(
    across: LinearScale, up: LinearScale, theta: float, share: float, n: int, misfits: bool
) -> CurveGroup:
    lower, upper = wilson_interval(share, n)
    # The circle's area grows with n, within what can still be seen and does not hide the curve.
    radius = round(min(9.0, max(3.5, math.sqrt(n) * 0.6)), 1)
    return CurveGroup(across.at(theta), up.at(share), up.at(lower), up.at(upper), radius, misfits)


def scatter(
    values: Sequence[tuple[float, float, float, str, str]],
    *,
    lowest: float = -5.0,
    highest: float = 5.0,
) -> Scatter:
    """Old values across, new ones upwards; the diagonal is "nothing changed".

    Parameters
    ----------
    values : (old, new, standard error of the new one or 0, kind, title).
    lowest, highest : values beyond lie on the edge.
    """
    left, right = axis_range([-1.0, 1.0, *(value[0] for value in values)], 1.0, lowest, highest)
    bottom, top = axis_range([-1.0, 1.0, *(value[1] for value in values)], 1.0, lowest, highest)
    across, up = LinearScale(left, right), LinearScale(bottom, top, FULL, 0.0)
    first, last = max(left, bottom), min(right, top)
    same = (across.at(first), up.at(first), across.at(last), up.at(last))
    dots = tuple(
        Dot(
            across.at(old),
            up.at(new),
            up.at(new + Z95 * error),
            up.at(new - Z95 * error),
            kind,
            title,
        )
        for old, new, error, kind, title in values
    )
    return Scatter(dots, same, ticks(across, 0.5, 2, 2), ticks(up, 1.0, 1, 1))
