"""Is it really a picture, and which? The bytes decide, never a name or a declared type."""

import io
import warnings
from dataclasses import dataclass
from typing import Final

from PIL import Image, UnidentifiedImageError

#: Pixels of the largest picture; a header that promises more is a decompression bomb.
MOST_PIXELS: Final = 60_000_000
SUFFIXES: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture's header says."""

    suffix: str
    content_type: str
    width: int
    height: int


class NoPicture(Exception):  # noqa: N818 - reads as what it says
    """These bytes are no picture that we take; the text says why."""


def sniff(body: bytes) -> Picture:
    """Look at the header and the structure, without decoding any pixel; NoPicture otherwise."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=tuple(SUFFIXES)) as image:
                kind, (width, height) = image.format or "", image.size
                image.verify()
    except Image.DecompressionBombError:
        raise NoPicture(f"The picture may have at most {MOST_PIXELS} pixels.") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise NoPicture("Send a JPEG, PNG, WebP or GIF picture.") from None
    if width * height > MOST_PIXELS:
        raise NoPicture(f"The picture may have at most {MOST_PIXELS} pixels.")
    suffix = SUFFIXES[kind]
    return Picture(suffix, f"image/{'jpeg' if suffix == 'jpg' else suffix}", width, height)
