"""A DICOM image as a picture for a question: only its pixels are kept.

A DICOM file names the patient, the hospital and the machine in its data elements. None of them is
carried over; the list of those that were there is given back, so that a person can see it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from quizengine.errors import InvalidInput

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_MEGABYTES = 64
MAX_SIDE = 8_000  # pixels of a side, before decoding
MAX_PIXELS = 64_000_000  # of all frames: decoding takes about ten bytes each
SHOWN_SIDE = 4_000  # what is stored is scaled down to this
_PERCENTILES = (1.0, 99.0)  # of the pixels, where the file names no window
# PS3.15, table E.1-1: the elements that tell a person, a place or a time.
_IDENTIFYING = (
    "PatientName",
    "PatientID",
    "OtherPatientIDs",
    "PatientBirthDate",
    "PatientSex",
    "PatientAge",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "PatientComments",
    "AccessionNumber",
    "InstitutionName",
    "InstitutionAddress",
    "InstitutionalDepartmentName",
    "ReferringPhysicianName",
    "PerformingPhysicianName",
    "OperatorsName",
    "StationName",
    "DeviceSerialNumber",
    "StudyDate",
    "StudyTime",
    "SeriesDate",
    "AcquisitionDate",
    "ContentDate",
    "StudyID",
    "StudyDescription",
    "SeriesDescription",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
)


@dataclass(frozen=True, slots=True)
class DicomPicture:
    """A picture out of a DICOM file.

    Attributes
    ----------
    png : its pixels, 8 bits.
    removed : names of the identifying elements that were in the file.
    n_other : number of the other elements left behind.
    burned_in : the file says, or does not deny, that names are drawn into the pixels.
    """

    png: bytes
    removed: tuple[str, ...]
    n_other: int
    burned_in: bool
    n_frames: int


def is_dicom(data: bytes) -> bool:
    """Whether the bytes begin as a DICOM file does."""
    return data[128:132] == b"DICM"


def read_dicom(data: bytes) -> DicomPicture:
    """The first frame of a DICOM file as a PNG without any of the file's data elements.

    Grey values are shown through the window of the file, or from the 1st to the 99th percentile.

    Raises
    ------
    InvalidInput
        "picture-too-large"; "picture-too-wide", before anything is decoded; "dicom-no-image";
        "dicom-compression", with the name of one that cannot be read; "picture-broken".
    """
    if len(data) > MAX_MEGABYTES * 1024 * 1024:
        raise InvalidInput("picture-too-large", limit=MAX_MEGABYTES)
    try:
        import pydicom

        head = pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True)
        rows, columns = int(head.get("Rows", 0)), int(head.get("Columns", 0))
        frames = max(1, int(head.get("NumberOfFrames", 1) or 1))
    except Exception:  # a reader may stumble over foreign bytes in any way
        raise InvalidInput("picture-broken") from None
    if rows <= 0 or columns <= 0:
        raise InvalidInput("dicom-no-image")
    if max(rows, columns) > MAX_SIDE or rows * columns * frames > MAX_PIXELS:
        raise InvalidInput("picture-too-wide", limit=MAX_SIDE)
    removed = tuple(name for name in _IDENTIFYING if str(head.get(name, "")).strip())
    return DicomPicture(
        png=_png_of(data),
        removed=removed,
        n_other=max(0, len(head) - len(removed)),
        burned_in=str(head.get("BurnedInAnnotation", "")).upper() != "NO",
        n_frames=frames,
    )


def _png_of(data: bytes) -> bytes:
    import pydicom
    from PIL import Image

    try:
        file = pydicom.dcmread(io.BytesIO(data))
        if "PixelData" not in file:
            raise InvalidInput("dicom-no-image")
        pixels = file.pixel_array
    except InvalidInput:
        raise
    except (NotImplementedError, RuntimeError) as error:
        syntax = getattr(getattr(file.file_meta, "TransferSyntaxUID", None), "name", str(error))
        raise InvalidInput("dicom-compression", name=str(syntax)[:80]) from None
    except Exception:  # a decoder may stumble over foreign bytes in any way
        raise InvalidInput("picture-broken") from None
    try:
        picture = Image.fromarray(_first_frame(file, pixels))
    except Exception:
        raise InvalidInput("picture-broken") from None
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    target = io.BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def _first_frame(file: Any, pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """One frame in 8 bits: (rows, columns) in grey or (rows, columns, 3)."""
    import numpy as np

    is_colour = int(file.get("SamplesPerPixel", 1)) == 3
    if pixels.ndim == (4 if is_colour else 3):
        pixels = pixels[0]
    kind = str(file.get("PhotometricInterpretation", ""))
    if kind == "PALETTE COLOR":
        from pydicom.pixels.processing import apply_color_lut

        pixels = apply_color_lut(pixels, file)
        is_colour = True
    if is_colour:
        if kind.startswith("YBR") and file.file_meta.TransferSyntaxUID.is_encapsulated is False:
            from pydicom.pixels.processing import convert_color_space

            pixels = convert_color_space(pixels, kind, "RGB")
        deep = pixels.astype(np.float64)
        return (
            (deep * (255.0 / max(1.0, float(deep.max())))).astype(np.uint8)
            if (pixels.dtype != np.uint8)
            else pixels
        )
    values = pixels.astype(np.float64) * _number(file, "RescaleSlope", 1.0)
    values += _number(file, "RescaleIntercept", 0.0)
    low, high = _window(file, values)
    shown = np.clip((values - low) / max(high - low, 1e-9), 0.0, 1.0)
    if kind == "MONOCHROME1":
        shown = 1.0 - shown
    return np.round(shown * 255).astype(np.uint8)


def _window(file: Any, values: NDArray[np.float64]) -> tuple[float, float]:
    """Darkest and brightest grey value: the file's first window, else percentiles."""
    import numpy as np

    centre, width = _number(file, "WindowCenter", np.nan), _number(file, "WindowWidth", np.nan)
    if np.isfinite(centre) and np.isfinite(width) and width >= 1:
        return centre - width / 2, centre + width / 2
    low, high = np.percentile(values, _PERCENTILES)
    return float(low), float(high)


def _number(file: Any, name: str, default: float) -> float:
    """The first number of an element; `default` where there is none."""
    value = file.get(name)
    if value is None or value == "":
        return default
    try:
        return float(value[0]) if not isinstance(value, str | int | float) else float(value)
    except TypeError:
        return float(value)
    except (ValueError, IndexError):
        return default
