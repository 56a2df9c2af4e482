"""Is a picture measured from its header, and is everything else refused with a reason?"""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, features

from services.enrich.domain.pictures import MOST_BYTES, NoPicture, measure


def drawn(kind: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    written = BytesIO()
    Image.new("RGB", size, "teal").save(written, kind, **options)
    return written.getvalue()


@pytest.mark.parametrize(
    ("kind", "suffix"), [("JPEG", "jpg"), ("PNG", "png"), ("GIF", "gif"), ("WEBP", "webp"), ("AVIF", "avif")]
)
def test_type_and_size_come_from_the_header(kind: str, suffix: str) -> None:
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    shape = measure(drawn(kind))
    assert (shape.content_type, shape.suffix) == (f"image/{kind.lower()}", suffix)
    assert (shape.width, shape.height) == (40, 30)


def test_a_turned_photo_is_measured_as_it_is_seen() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    shape = measure(drawn("JPEG", exif=exif))
    assert (shape.width, shape.height) == (30, 40)


def bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", b"")
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not a JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a JPEG"),
        (b"<html>", "not a JPEG"),
        (drawn("JPEG")[:40], "broken jpeg"),
        (b"\x89PNG\r\n\x1a\n", "broken png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "broken webp"),
        (bomb(60_000, 60_000), "too many"),
        (b"\xff\xd8\xff" + b"0" * MOST_BYTES, "larger than 20 MB"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(body: bytes, reason: str) -> None:
    with pytest.raises(NoPicture, match=reason):
        measure(body)
