"""Regions of a QTI hot spot: from pixels of the picture to shares of its width and height."""

from __future__ import annotations

import re
from collections.abc import Sequence

from itembank.errors import ItemBankError
from itembank.formats.qti_content import OWN, Converter
from itembank.formats.qti_names import plain_text
from itembank.formats.qti_pictures import picture_size
from itembank.formats.qti_processing import AreaEntry, number_of
from itembank.formats.xml_safety import Element, local_name

Size = tuple[float, float]
_SHAPES = {"rect": "rect", "circle": "circle", "ellipse": "circle", "poly": "polygon"}


def picture_of(interaction: Element, converter: Converter) -> tuple[dict[str, object], Size]:
    """The picture of a hot spot as a figure, and its width and height in pixels.

    Raises
    ------
    ItemBankError
        "qti-hot-spot-picture": there is none, or nothing says how large it is.
    """
    node = next(
        (part for part in interaction.iter() if local_name(part) in ("img", "object")), None
    )
    if node is None:
        raise ItemBankError("qti-hot-spot-picture", converter.where)
    asset, alt = converter.picture(node)
    width = number_of((node.get("width") or "").removesuffix("px"))
    height = number_of((node.get("height") or "").removesuffix("px"))
    size = picture_size(converter.pictures.assets.get(asset, b""))
    if width is None or height is None or width <= 0 or height <= 0:
        width, height = size or (0, 0)
    if not asset or not width or not height:
        raise ItemBankError("qti-hot-spot-picture", converter.where)
    return {"asset": asset, "alt": alt, "caption": {}}, (float(width), float(height))


def hot_spot_regions(
    choices: list[Element], keys: Sequence[str], size: Size, converter: Converter
) -> list[dict[str, object]]:
    """The regions of a hot spot interaction.

    Raises
    ------
    ItemBankError
        "qti-key-unknown", "qti-region".
    """
    names = [node.get("identifier", "") for node in choices]
    for key in keys:
        if key not in names:
            raise ItemBankError("qti-key-unknown", converter.where, value=key[:60])
    regions = []
    for number, node in enumerate(choices, start=1):
        shape, shares = _shares(
            node.get("shape", "default"), node.get("coords", ""), size, converter
        )
        shares = _exact_shares(node, shares, size) or shares
        name = node.get("identifier", "")
        label = node.get("hotspotLabel") or plain_text(node)
        label = label if node.get(OWN) else " ".join(label.split())
        is_usual = re.fullmatch(r"[A-Za-z0-9_-]{1,20}", name)
        regions.append(
            {
                "id": node.get("data-id") or (name if is_usual else f"r{number}"),
                "shape": shape,
                "coordinates": shares,
                "key": name in keys,
                "label": converter.label(node, label),
            }
        )
    return regions


def _exact_shares(node: Element, shares: list[float], size: Size) -> list[float] | None:
    """The shares kept beside the pixels, as long as these are the same; None otherwise."""
    exact = [number_of(part) for part in (node.get("data-shares") or "").split()]
    known = [share for share in exact if share is not None]
    circle = [*known, known[2]] if len(known) == 3 else known
    if len(known) != len(exact) or len(circle) != len(shares):
        return None
    distances = (abs(a - b) * max(size) for a, b in zip(circle, shares, strict=True))
    return known if max(distances, default=1.0) <= 1 else None


def area_regions(
    areas: Sequence[AreaEntry], size: Size, converter: Converter
) -> list[dict[str, object]]:
    """The key regions of an area mapping.

    Raises
    ------
    ItemBankError
        "qti-region".
    """
    full = max(area.value for area in areas)
    if any(0 < area.value < full for area in areas):
        converter.warn("qti-points-lost")
    regions: list[dict[str, object]] = []
    for number, area in enumerate(areas, start=1):
        shape, shares = _shares(area.shape, area.coords, size, converter)
        is_key = 0 < area.value == full
        regions.append({"id": f"r{number}", "shape": shape, "coordinates": shares, "key": is_key})
    return regions


def _shares(shape: str, coords: str, size: Size, converter: Converter) -> tuple[str, list[float]]:
    """Shape and coordinates in shares; a little outside the picture counts as its edge."""
    width, height = size
    if shape == "default":
        return "rect", [0.0, 0.0, 1.0, 1.0]
    parts = [part for part in re.split(r"[,\s]+", coords.strip()) if part]
    numbers = [number_of(part.removesuffix("%")) for part in parts]
    percent = [part.endswith("%") for part in parts]
    wanted = {"rect": (4,), "circle": (3,), "ellipse": (4,), "poly": range(6, 202, 2)}
    if shape not in _SHAPES or None in numbers or len(numbers) not in wanted[shape]:
        raise ItemBankError("qti-region", converter.where, shape=shape, value=coords[:100])
    shares = []
    for place, number in enumerate(numbers):
        of = width if place % 2 == 0 else height
        value = number or 0.0
        share = value / 100 if percent[place] else value / of
        is_point = shape in ("rect", "poly") or place < 2
        shares.append(min(max(share, 0.0), 1.0) if is_point and -0.05 <= share <= 1.05 else share)
    if shape == "circle":
        shares.append(shares[2] * width / height)
    if shape == "rect":
        shares = [
            min(shares[0], shares[2]),
            min(shares[1], shares[3]),
            max(shares[0], shares[2]),
            max(shares[1], shares[3]),
        ]
    return _SHAPES[shape], shares
