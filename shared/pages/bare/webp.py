"""Which chunks of a WebP are the picture?"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from shared.pages.bare.rights import only_rights
from shared.pages.bare.turning import only_orientation

_PICTURE: Final = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ICCP"})
#: What the extended header says of chunks that follow (WebP container specification).
_HAS_EXIF, _HAS_XMP = 0x08, 0x04
_EXIF_NAME: Final = b"Exif\0\0"
#: Place, size, duration of a frame stand before its chunks.
_FRAME_HEAD: Final = 16
_MOST_PARTS: Final = 100_000


def bare(body: bytes) -> bytes:
    """All that is decoded, in its order; nothing after the end that the file names."""
    kept = list(islice(_kept(body[12 : 8 + int.from_bytes(body[4:8], "little")]), _MOST_PARTS))
    told = {kind for kind, _ in kept}
    flags = _HAS_EXIF * (b"EXIF" in told) | _HAS_XMP * (b"XMP " in told)
    content = b"".join(
        _chunk(kind, bytes((stays[0] & ~(_HAS_EXIF | _HAS_XMP) | flags,)) + stays[1:] if kind == b"VP8X" else stays)
        for kind, stays in kept
    )
    return b"RIFF" + (len(content) + 4).to_bytes(4, "little") + b"WEBP" + content


def _kept(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(content):
        kind, size = content[at : at + 4], int.from_bytes(content[at + 4 : at + 8], "little")
        stays = _stays(kind, content[at + 8 : at + 8 + size])
        if stays is not None:
            yield kind, stays
        at += 8 + size + size % 2


def _stays(kind: bytes, content: bytes) -> bytes | None:
    if kind in _PICTURE or (kind == b"VP8X" and content):
        return content
    if kind == b"ANMF":
        frame = b"".join(_chunk(*one) for one in _kept(content[_FRAME_HEAD:]) if one[0] in _PICTURE)
        return content[:_FRAME_HEAD] + frame
    if kind == b"EXIF":
        return only_orientation(content.removeprefix(_EXIF_NAME))
    return only_rights(content) if kind == b"XMP " else None


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)
