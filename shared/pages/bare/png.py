"""Which chunks of a PNG are the picture?"""

from typing import Final
from zlib import crc32

from shared.pages.bare.rights import only_rights
from shared.pages.bare.turning import only_orientation

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
#: Pixels, palette, transparency, colours, light, resolution, animation (PNG third edition, 11).
_PICTURE: Final = frozenset(
    b"IHDR PLTE IDAT tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
)
_XMP: Final = b"XML:com.adobe.xmp\0"
_PLAIN: Final = b"\0\0"
_COPYRIGHT: Final = b"Copyright\0"
#: libpng writes one for 8 KB of picture: a file of millions is no picture, and ends here.
_MOST_PARTS: Final = 100_000


def bare(body: bytes) -> bytes:
    """All that is decoded, in its order; nothing after the end."""
    kept, at = [SIGNATURE], len(SIGNATURE)
    while at < len(body) and len(kept) < _MOST_PARTS:
        end = at + 12 + int.from_bytes(body[at : at + 4], "big")
        kind, content = body[at + 4 : at + 8], body[at + 8 : end - 4]
        # As it is, its check sum included, and also when it is cut short: a decoder shows what there is.
        kept.append(body[at:end] if kind in _PICTURE else _chunk(kind, content))
        if kind == b"IEND":
            break
        at = end
    return b"".join(kept)


def _chunk(kind: bytes, content: bytes) -> bytes:
    stays = _stays(kind, content)
    if stays is None:
        return b""
    return len(stays).to_bytes(4, "big") + kind + stays + crc32(kind + stays).to_bytes(4, "big")


def _stays(kind: bytes, content: bytes) -> bytes | None:
    if kind == b"IEND":
        return b""
    if kind == b"eXIf":
        return only_orientation(content)
    if kind == b"tEXt" and content.startswith(_COPYRIGHT):
        return content
    if kind == b"iTXt" and content.startswith(_XMP + _PLAIN):
        # Language and translated keyword, each ended by a zero, stand before the packet.
        parts = content[len(_XMP + _PLAIN) :].split(b"\0", 2)
        rights = only_rights(parts[-1])
        return None if rights is None else _XMP + _PLAIN + b"\0\0" + rights
    return None
