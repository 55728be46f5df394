"""Drawing in the colours of the film viewer: black ground, grey ink, large labels.

Coordinates are pixels of the finished picture. Everything is drawn twice as large and averaged
down, so lines are smooth. Labels are numbers, units and single letters: one picture serves
every language. Pillow's own font is used, so the bytes do not depend on installed fonts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]  # (height, width) grey or (height, width, 3) colour
Point = tuple[float, float]
Ink = int | tuple[int, int, int]

GROUND, INK, FAINT, MID = 13, 226, 78, 150
OVER = 2  # drawn this many times larger, then averaged


def to_grey(values: Floats, low: float, high: float, levels: int = 64) -> Pixels:
    """Map `low` to black and `high` to white in `levels` steps; few keep files small."""
    unit = np.clip((values - low) / (high - low), 0.0, 1.0)
    steps = np.round(unit * (levels - 1)) / (levels - 1)
    return np.round(steps * 255.0).astype(np.uint8)


def resample(values: Floats, height: int, width: int) -> Floats:
    """Scale a real picture to (height, width) by cubic interpolation, before it is made grey."""
    image = Image.fromarray(np.ascontiguousarray(values, dtype=np.float32))
    resized = image.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized, dtype=np.float64)


def enlarge(values: Floats, times: int) -> Floats:
    """Repeat every pixel, so that single detector elements stay visible."""
    return np.repeat(np.repeat(values, times, axis=0), times, axis=1)


class Drawing:
    """A picture under construction, `width` x `height` pixels."""

    def __init__(self, width: int, height: int, *, colour: bool = False) -> None:
        self.width, self.height = width, height
        size = (width * OVER, height * OVER)
        self._image = (
            Image.new("RGB", size, (10, 14, 17)) if colour else Image.new("L", size, GROUND)
        )
        self._pen = ImageDraw.Draw(self._image)

    def paste(self, pixels: Pixels, left: int, top: int) -> None:
        """Lay a finished picture at (left, top); a grey one may lie in a colour drawing."""
        large = Image.fromarray(np.repeat(np.repeat(pixels, OVER, axis=0), OVER, axis=1))
        self._image.paste(large, (left * OVER, top * OVER))

    def line(
        self, points: Sequence[Point], ink: Ink = INK, width: float = 2, dash: float = 0
    ) -> None:
        """A line through the points; `dash` is the length of a dash and of a gap in pixels."""
        for part in _dashes(points, dash) if dash else [list(points)]:
            large = [(x * OVER, y * OVER) for x, y in part]
            self._pen.line(large, fill=ink, width=round(width * OVER), joint="curve")

    def arrow(
        self, start: Point, end: Point, ink: Ink = INK, width: float = 2, head: float = 11
    ) -> None:
        """A line from start to end with a filled head at its end."""
        self.line([start, end], ink, width)
        angle = np.arctan2(end[1] - start[1], end[0] - start[0])
        wings = [
            (end[0] - head * np.cos(angle + s), end[1] - head * np.sin(angle + s))
            for s in (0.4, -0.4)
        ]
        self.polygon([end, *wings], fill=ink)

    def polygon(
        self, points: Sequence[Point], fill: Ink | None = None, ink: Ink | None = None
    ) -> None:
        """A closed shape."""
        large = [(float(x * OVER), float(y * OVER)) for x, y in points]
        self._pen.polygon(large, fill=fill, outline=ink, width=2 * OVER)

    def ellipse(
        self,
        centre: Point,
        radius_x: float,
        radius_y: float | None = None,
        fill: Ink | None = None,
        ink: Ink | None = None,
    ) -> None:
        """An upright ellipse; a circle when `radius_y` is left out."""
        ry = radius_x if radius_y is None else radius_y
        (x, y), k = centre, OVER
        box = (k * (x - radius_x), k * (y - ry), k * (x + radius_x), k * (y + ry))
        self._pen.ellipse(box, fill=fill, outline=ink, width=2 * OVER)

    def text(
        self, at: Point, words: str, size: int = 24, anchor: str = "mm", ink: Ink = INK
    ) -> None:
        """A label; `anchor` as in Pillow (mm = centred, ls = left baseline)."""
        font = ImageFont.load_default(size * OVER)
        self._pen.text((at[0] * OVER, at[1] * OVER), words, fill=ink, font=font, anchor=anchor)

    def letter(self, left: int, top: int, name: str) -> None:
        """The letter of a panel in its top left corner, on black so that it can be read."""
        k = OVER
        self._pen.rectangle(
            (left * k, top * k, (left + 34) * k, (top + 36) * k),
            fill=(10, 14, 17) if self._image.mode == "RGB" else GROUND,
        )
        self.text((left + 17, top + 18), name, 26)

    def finish(self) -> Pixels:
        """The picture, averaged down to its size."""
        return np.asarray(self._image.reduce(OVER), dtype=np.uint8)


def _dashes(points: Sequence[Point], dash: float) -> list[list[Point]]:
    """Cut a line into dashes, measured along it."""
    track = np.asarray(points, dtype=np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(track, axis=0).T))])
    parts = []
    for start in np.arange(0.0, along[-1], 2 * dash):
        stops = np.linspace(start, min(start + dash, along[-1]), 5)
        xs, ys = (np.interp(stops, along, track[:, i]) for i in (0, 1))
        parts.append([(float(x), float(y)) for x, y in zip(xs, ys, strict=True)])
    return parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Axes:
    """A plot's frame: the pixel box (left, top, right, bottom) and the values at its borders."""

    box: tuple[float, float, float, float]
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: float, y: float) -> Point:
        """The pixel of a value."""
        left, top, right, bottom = self.box
        return (
            left + (x - self.x[0]) / (self.x[1] - self.x[0]) * (right - left),
            bottom - (y - self.y[0]) / (self.y[1] - self.y[0]) * (bottom - top),
        )

    def frame(
        self,
        drawing: Drawing,
        *,
        x_ticks: Sequence[float] = (),
        y_ticks: Sequence[float] = (),
        x_unit: str = "",
        y_unit: str = "",
        grid: bool = True,
    ) -> None:
        """Draw both axes, ticks with their numbers, and the units at the far ends."""
        left, top, right, bottom = self.box
        for value in x_ticks:
            px, _ = self.at(value, self.y[0])
            if grid:
                drawing.line([(px, top), (px, bottom)], 38, 1)
            drawing.line([(px, bottom), (px, bottom + 7)], MID, 2)
            drawing.text((px, bottom + 22), number(value), 21)
        for value in y_ticks:
            _, py = self.at(self.x[0], value)
            if grid:
                drawing.line([(left, py), (right, py)], 38, 1)
            drawing.line([(left - 7, py), (left, py)], MID, 2)
            drawing.text((left - 12, py), number(value), 21, "rm")
        drawing.line([(left, top), (left, bottom), (right, bottom)], MID, 2)
        drawing.text((right, bottom + 48), x_unit, 21, "rm", MID)
        drawing.text((left, top - 20), y_unit, 21, "mm", MID)

    def curve(
        self,
        drawing: Drawing,
        xs: Floats,
        ys: Floats,
        *,
        ink: int = INK,
        dash: float = 0,
        width: float = 3,
    ) -> None:
        """A curve through the values; the part outside the frame is left out."""
        inside = (ys >= self.y[0]) & (ys <= self.y[1]) & (xs >= self.x[0]) & (xs <= self.x[1])
        for run in _runs(inside):
            if run.size > 1:
                points = [self.at(float(xs[i]), float(ys[i])) for i in run]
                drawing.line(points, ink, width, dash)


def _runs(inside: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Indices of each unbroken stretch of True."""
    places = np.flatnonzero(inside)
    return np.split(places, np.flatnonzero(np.diff(places) > 1) + 1) if places.size else []


def number(value: float) -> str:
    """A short number: 5, 0.2, -31."""
    return f"{value:g}"


def panels(pictures: Sequence[Pixels], *, gap: int = 10, letters: str = "ABC") -> Pixels:
    """Pictures of one height side by side, each with its letter in the corner."""
    height = pictures[0].shape[0]
    width = sum(p.shape[1] for p in pictures) + gap * (len(pictures) - 1)
    drawing = Drawing(width, height)
    left = 0
    for picture, name in zip(pictures, letters, strict=False):
        drawing.paste(picture, left, 0)
        drawing.letter(left, 0, name)
        left += picture.shape[1] + gap
    return drawing.finish()


def colour_map(values: Floats, stops: Sequence[tuple[float, tuple[int, int, int]]]) -> Pixels:
    """Colours between the stops (value, (red, green, blue)), linear in each channel."""
    places: Any = [stop for stop, _ in stops]
    channels = [np.interp(values, places, [c[i] for _, c in stops]) for i in range(3)]
    return np.round(np.stack(channels, axis=-1)).astype(np.uint8)
