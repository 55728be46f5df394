"""How many responses somebody who knows nothing chooses among."""

from __future__ import annotations

import math

from itembank.item import Item
from itembank.parts import Region

_MOST = 1_000_000  # beyond, guessing plays no part


def number_of_responses(item: Item) -> int:
    """Equally likely responses of a guess at full marks; 0 where guessing plays no part.

    A point on a picture counts as the share of the picture that is right.
    """
    n = len(item.choices)
    if item.type in ("single_best", "true_false"):
        return n
    if item.type == "multiple":
        return int(2**n - 1)
    if item.type == "select_n":
        return math.comb(n, len(item.key))
    if item.type == "order":
        return min(math.factorial(n), _MOST)
    if item.type == "matching":
        return min(int(n ** len(item.premises)), _MOST)
    if item.type == "hot_spot":
        right = sum(_area(region) for region in item.regions if region.is_key)
        return round(1 / min(right, 1.0)) if right > 0.001 else 0
    return 0


def _area(region: Region) -> float:
    """As a share of the picture."""
    at = region.coordinates
    if region.shape == "rect":
        return abs(at[2] - at[0]) * abs(at[3] - at[1])
    if region.shape == "circle":
        return math.pi * at[2] * (at[3] if len(at) > 3 else at[2])
    corners = list(zip(at[::2], at[1::2], strict=True))
    following = corners[1:] + corners[:1]
    pairs = zip(corners, following, strict=True)
    return abs(sum(x * v - u * y for (x, y), (u, v) in pairs)) / 2
