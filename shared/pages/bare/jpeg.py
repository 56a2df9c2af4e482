"""Which segments of a JPEG are the picture?"""

import re
from typing import Final

from shared.pages.bare.rights import only_names, only_rights
from shared.pages.bare.turning import only_orientation

#: Within a scan FF stands before 00 (a byte FF) and D0 to D7 (restarts); everything else is a marker (T.81, B.1.1).
_MARKER: Final = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
#: Frames, tables, scans, intervals (T.81, table B.1).
_PICTURE: Final = frozenset({*range(0xC0, 0xD0), *range(0xDA, 0xE0)})
_JFIF, _EXIF, _ICC, _RESOURCES, _ADOBE = 0xE0, 0xE1, 0xE2, 0xED, 0xEE
_EXIF_NAME: Final = b"Exif\0\0"
_XMP_NAME: Final = b"http://ns.adobe.com/xap/1.0/\0"
_RESOURCES_NAME: Final = b"Photoshop 3.0\0"
_MOST: Final = 0xFFFF - 2
#: A photo has twenty, a progressive one some more: a file of millions is no photo, and ends here.
_MOST_PARTS: Final = 100_000


def bare(body: bytes) -> bytes:
    """All that is decoded, in its order; nothing after the end of the first picture."""
    kept, at, scanned = [b"\xff\xd8"], 2, False
    while len(kept) < _MOST_PARTS and (found := _MARKER.search(body, at)):
        if scanned:
            kept.append(body[at : found.start()])
        marker, start = found[1][0], found.end()
        if marker == _END:
            kept.append(b"\xff\xd9")
            return b"".join(kept)
        at = start + (0 if marker in {_START, 1} else max(2, int.from_bytes(body[start : start + 2], "big")))
        scanned = scanned or marker == _SCAN
        kept.append(_segment(marker, body[start + 2 : at]) if marker not in _PICTURE else body[start - 2 : at])
    if scanned and len(kept) < _MOST_PARTS:  # cut short: decoders show what there is
        kept.append(body[at:])
    return b"".join(kept)


def _segment(marker: int, content: bytes) -> bytes:
    """What stays of a segment that is not decoded; b"" when nothing does."""
    stays = _stays(marker, content)
    if stays is None or len(stays) > _MOST:
        return b""
    return bytes((0xFF, marker)) + (len(stays) + 2).to_bytes(2, "big") + stays


def _stays(marker: int, content: bytes) -> bytes | None:
    if marker == _JFIF and content.startswith(b"JFIF\0"):
        # Version, units and density; the two bytes after them are the size of a thumbnail.
        return content[:12].ljust(12, b"\0") + b"\0\0"
    if marker == _ICC and content.startswith(b"ICC_PROFILE\0"):
        return content
    if marker == _ADOBE and content.startswith(b"Adobe"):
        # How colours are coded: without it a picture of four inks is shown in negative.
        return content[:12]
    return _said(marker, content)


def _said(marker: int, content: bytes) -> bytes | None:
    """What stays of what is told about the picture."""
    for kind, name, only in (
        (_EXIF, _EXIF_NAME, only_orientation),
        (_EXIF, _XMP_NAME, only_rights),
        (_RESOURCES, _RESOURCES_NAME, only_names),
    ):
        if marker == kind and content.startswith(name):
            stays = only(content[len(name) :])
            return None if stays is None else name + stays
    return None
