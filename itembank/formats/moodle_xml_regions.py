"""Hot spots as Moodle's "Drag and drop markers": one marker, to be put on the right place.

Moodle counts in pixels of the background picture, we in shares of its width and height; what the
pixels cannot say (regions that are wrong, reasons, exact shares) goes into labels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from itembank.formats.moodle_labels import encoded, label_text
from itembank.formats.moodle_questions import Fields, parse_number, unstorable
from itembank.formats.moodle_xml_parts import XmlQuestion, child_text, decoded_files
from itembank.formats.qti_pictures import picture_size
from itembank.formats.xml_safety import children_named
from itembank.item import Item, Region

_REGION = re.compile(r"(rect|circle|polygon),(yes|no)((?:,[-+.\de]{1,30}){3,200})")
MARKER_TEXT = "×"


def hot_spot_fields(xml: XmlQuestion) -> Fields:
    """One marker and its place on the background picture.

    Raises
    ------
    ItemBankError
        "picture-needed", "picture-size-unknown", "several-markers", "region-shape".
    """
    labels = xml.question.labels
    files = decoded_files(xml.element)
    if len(files) != 1:
        raise unstorable("picture-needed")
    ((path, data),) = files.items()
    pictures = xml.question.reader.pictures
    pictures.files = {**pictures.files, path: data}
    figure = {
        "asset": pictures.asset_of(path),
        "alt": label_text(labels, "picture-alt"),
        "caption": label_text(labels, "picture-caption"),
    }
    regions = _labelled_regions(labels) or _dropped_regions(xml, data)
    return {
        "type": "hot_spot",
        "figures": [figure, *xml.question.text.figures],
        "regions": regions,
    }


def _labelled_regions(labels: Mapping[str, str]) -> list[Fields]:
    regions: list[Fields] = []
    while found := _REGION.fullmatch(labels.get(f"region-{len(regions) + 1}", "")):
        number = len(regions) + 1
        shares = [parse_number(part) for part in found[3].split(",")[1:]]
        regions.append(
            {
                "id": f"r{number}",
                "shape": found[1],
                "coordinates": [share for share in shares if share is not None],
                "key": found[2] == "yes",
                "label": label_text(labels, f"region-label-{number}"),
                "reason": label_text(labels, f"region-reason-{number}"),
            }
        )
    return regions


def _dropped_regions(xml: XmlQuestion, data: bytes) -> list[Fields]:
    drops = children_named(xml.element, "drop")
    drags = children_named(xml.element, "drag")
    if len(drops) != 1 or len(drags) != 1:
        raise unstorable("several-markers", markers=len(drags), places=len(drops))
    size = picture_size(data)
    if size is None:
        raise unstorable("picture-size-unknown")
    shape = {"rectangle": "rect"}.get(name := child_text(drops[0], "shape").lower(), name)
    numbers = [parse_number(part) for part in re.split("[,;]", child_text(drops[0], "coords"))]
    if None in numbers or len(numbers) < 3:
        raise unstorable("region-shape", number=1, shape=name[:60])
    pixels = [number for number in numbers if number is not None]
    label = xml.question.reader.plain(child_text(drags[0], "text") or MARKER_TEXT)
    return [
        {
            "id": "r1",
            "shape": shape,
            "coordinates": _shares(shape, pixels, size),
            "key": True,
            "label": label,
        }
    ]


def _shares(shape: str, pixels: list[float], size: tuple[int, int]) -> list[float]:
    """Pixels of a shape of Moodle's as our shares, kept inside the picture."""
    width, height = size
    if shape == "circle":
        return [pixels[0] / width, pixels[1] / height, pixels[2] / width, pixels[2] / height]
    if shape == "rect" and len(pixels) == 4:
        left, top, wide, high = pixels
        pixels = [left, top, left + wide, top + high]
    return [
        min(1.0, max(0.0, pixel / (height if place % 2 else width)))
        for place, pixel in enumerate(pixels)
    ]


# --- writing ---


def region_labels(item: Item) -> dict[str, str]:
    """All that the markers of Moodle cannot say."""
    labels: dict[str, str] = {}
    texts = {}
    if item.figures:
        texts = {"picture-alt": item.figures[0].alt, "picture-caption": item.figures[0].caption}
    for number, region in enumerate(item.regions, start=1):
        shares = ",".join(repr(share) for share in region.coordinates)
        labels[f"region-{number}"] = f"{region.shape},{'yes' if region.is_key else 'no'},{shares}"
        texts |= {f"region-label-{number}": region.label, f"region-reason-{number}": region.reason}
    for name, text in texts.items():
        for language in text.languages:
            labels[f"{name}-{language}"] = encoded(getattr(text, language))
    return labels


def drop_of(region: Region, size: tuple[int, int]) -> tuple[str, str]:
    """Moodle's name of the shape and its coordinates in pixels."""
    width, height = size
    points = [
        round(share * (height if place % 2 else width))
        for place, share in enumerate(region.coordinates)
    ]
    if region.shape == "circle":
        return "circle", f"{points[0]},{points[1]};{max(1, points[2])}"
    if region.shape == "rect":
        left, top, right, bottom = points
        return "rectangle", f"{left},{top};{max(1, right - left)},{max(1, bottom - top)}"
    pairs = zip(points[0::2], points[1::2], strict=True)
    return "polygon", ";".join(f"{x},{y}" for x, y in pairs)
