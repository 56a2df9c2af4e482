"""What is this picture? Read from its header only: nothing is decompressed, so no bomb goes off."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final

MOST_BYTES: Final = 20 * 1024 * 1024
#: Who makes it smaller has to decompress it.
MOST_PIXELS: Final = 100_000_000

_ORIENTATION: Final = 0x0112
_TURNED: Final = range(5, 9)


class NoPicture(Exception):  # noqa: N818 - an outcome with a name
    """These bytes cannot be shown; the text says why, in a few words for the trace."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Type and size as a reader sees them (a turned photo's sides are exchanged)."""

    content_type: str
    suffix: str
    width: int
    height: int


def measure(body: bytes) -> Shape:
    """Type and size of a picture; NoPicture when it is none, or one that we do not show."""
    if len(body) > MOST_BYTES:
        raise NoPicture("larger than 20 MB")
    kind = _kind(body)
    if kind is None:
        raise NoPicture("not a JPEG, PNG, WebP, GIF or AVIF picture")
    width, height = _size(body, kind)
    if width < 1 or height < 1:
        raise NoPicture("it has no size")
    if width * height > MOST_PIXELS:
        raise NoPicture(f"{width} by {height} pixels are too many")
    return Shape(f"image/{kind}", "jpg" if kind == "jpeg" else kind, width, height)


def _kind(body: bytes) -> str | None:
    if body.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if body.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "webp"
    return "avif" if body[4:12] in {b"ftypavif", b"ftypavis"} else None


def _size(body: bytes, kind: str) -> tuple[int, int]:
    # Pillow is imported when the first picture comes; its per-format classes skip the process-wide bomb warning of
    # `Image.open`, which MOST_PIXELS replaces.
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415

    Image.init()
    try:
        with Image.OPEN[kind.upper()][0](BytesIO(body), "") as picture:
            width, height = picture.size
            turned = kind == "jpeg" and picture.getexif().get(_ORIENTATION) in _TURNED
    except KeyError as error:
        raise NoPicture(f"{kind} pictures cannot be read here") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise NoPicture(f"a broken {kind} picture") from error
    return (height, width) if turned else (width, height)
