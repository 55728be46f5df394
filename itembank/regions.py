"""Points and regions on the picture of a hot spot item, in shares of its width and height."""

from __future__ import annotations

from itertools import pairwise

from itembank.parts import Region

_ROUNDING = 1e-9  # a point on the edge is inside, however its share was rounded


def contains(region: Region, x: float, y: float) -> bool:
    """Whether a point lies in the region or on its edge."""
    numbers = region.coordinates
    if region.shape == "rect":
        left, top, right, bottom = numbers
        return (
            left - _ROUNDING <= x <= right + _ROUNDING
            and top - _ROUNDING <= y <= bottom + _ROUNDING
        )
    if region.shape == "circle":
        across, down = numbers[2], numbers[-1]
        distance = ((x - numbers[0]) / across) ** 2 + ((y - numbers[1]) / down) ** 2
        return distance <= 1 + _ROUNDING
    return _in_polygon(_corners(region), x, y)


def inner_point(region: Region) -> tuple[float, float]:
    """A point inside the region, away from its edge where it can be."""
    numbers = region.coordinates
    if region.shape == "rect":
        return (numbers[0] + numbers[2]) / 2, (numbers[1] + numbers[3]) / 2
    if region.shape == "circle":
        return numbers[0], numbers[1]
    corners = _corners(region)
    levels = sorted({y for _, y in corners})
    # Half-way between two heights of corners, an edge is crossed, never a corner.
    widest = (0.0, corners[0])
    for low, high in pairwise(levels):
        y = (low + high) / 2
        crossings = sorted(_crossings(corners, y))
        for left, right in zip(crossings[0::2], crossings[1::2], strict=False):
            widest = max(widest, (min(right - left, high - low), ((left + right) / 2, y)))
    return widest[1]


def bounds(region: Region) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the region."""
    numbers = region.coordinates
    if region.shape == "circle":
        x, y, across, down = numbers[0], numbers[1], numbers[2], numbers[-1]
        return x - across, y - down, x + across, y + down
    xs, ys = numbers[0::2], numbers[1::2]
    return min(xs), min(ys), max(xs), max(ys)


def _corners(region: Region) -> list[tuple[float, float]]:
    return list(zip(region.coordinates[0::2], region.coordinates[1::2], strict=True))


def _crossings(corners: list[tuple[float, float]], y: float) -> list[float]:
    """Where a horizontal line meets the edges."""
    found = []
    for (x1, y1), (x2, y2) in pairwise([*corners, corners[0]]):
        if (y1 > y) != (y2 > y):
            found.append(x1 + (y - y1) * (x2 - x1) / (y2 - y1))
    return found


def _in_polygon(corners: list[tuple[float, float]], x: float, y: float) -> bool:
    """Even-odd rule; the edge belongs to the inside."""
    if any(_on_edge(one, two, x, y) for one, two in pairwise([*corners, corners[0]])):
        return True
    return sum(crossing > x for crossing in _crossings(corners, y)) % 2 == 1


def _on_edge(one: tuple[float, float], two: tuple[float, float], x: float, y: float) -> bool:
    (x1, y1), (x2, y2) = one, two
    square = (x2 - x1) ** 2 + (y2 - y1) ** 2
    share = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / square if square else 0.0
    share = min(1.0, max(0.0, share))
    return (x1 + share * (x2 - x1) - x) ** 2 + (y1 + share * (y2 - y1) - y) ** 2 <= _ROUNDING**2
