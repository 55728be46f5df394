"""One uploaded picture, checked and written anew: what is stored is only its pixels."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from quizengine.errors import InvalidInput

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_MEGABYTES = 4
MAX_SIDE = 4000  # pixels
_SUFFIX = {"PNG": ".png", "JPEG": ".jpg"}
# What question files hold besides; their first frame is stored as PNG.
_OTHERS = {"GIF": ".png", "WEBP": ".png", "BMP": ".png", "TIFF": ".png"}


def rewrite_picture(
    data: bytes, *, megabytes: int = MAX_MEGABYTES, all_kinds: bool = False
) -> tuple[str, bytes]:
    """Decode a PNG or JPEG picture and encode it again, without its metadata.

    Names, places and dates of patients may stand in a file's metadata; a file that is a picture
    and something else at once stays only a picture.

    Parameters
    ----------
    megabytes : most that the file may have.
    all_kinds : take GIF, WebP, BMP and TIFF too; they become PNG.

    Returns
    -------
    The file's suffix, ".png" or ".jpg", and the new bytes.

    Raises
    ------
    InvalidInput
        "picture-too-large", "picture-kind", "picture-too-wide", "picture-broken".
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    suffixes = _SUFFIX | _OTHERS if all_kinds else _SUFFIX
    if len(data) > megabytes * 1024 * 1024:
        raise InvalidInput("picture-too-large", limit=megabytes)
    try:
        picture = Image.open(io.BytesIO(data), formats=list(suffixes))
    except UnidentifiedImageError:
        raise InvalidInput("picture-kind") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidInput("picture-too-wide", limit=MAX_SIDE) from None
    except Exception:  # a decoder may stumble over foreign bytes in any way
        raise InvalidInput("picture-broken") from None
    if max(picture.size) > MAX_SIDE:
        raise InvalidInput("picture-too-wide", limit=MAX_SIDE)
    kind = str(picture.format)
    try:
        picture.load()
        upright = _to_eight_bits(ImageOps.exif_transpose(picture))
    except Exception:  # a decoder may stumble over foreign bytes in any way
        raise InvalidInput("picture-broken") from None
    target = io.BytesIO()
    if suffixes[kind] == ".png":
        upright.save(target, "PNG", optimize=True)
    else:
        upright.convert("L" if upright.mode == "L" else "RGB").save(target, "JPEG", quality=92)
    return suffixes[kind], target.getvalue()


def _to_eight_bits(picture: Image) -> Image:
    """The picture in a mode every browser shows, with no metadata."""
    import numpy as np
    from PIL import Image

    if picture.mode.startswith("I"):  # 16 bits a pixel, as radiographs often have
        deep = np.asarray(picture).astype(np.int64)
        picture = Image.fromarray(np.clip(deep >> 8, 0, 255).astype(np.uint8))
    keeps_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    mode = "RGBA" if keeps_alpha else "L" if picture.mode in ("1", "L") else "RGB"
    plain = picture.convert(mode)
    plain.info = {}
    return plain
