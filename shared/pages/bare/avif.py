"""Where in an AVIF lies what is not the picture? It is overwritten in its place: everything else refers to places.

AVIF turns a picture by a property of its own (`irot`), EXIF is not asked. A file whose boxes cannot be followed is left
as it is: decoders follow the same boxes.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from shared.pages.bare.rights import only_rights

Place = tuple[int, int]
#: Boxes that tell of the file and hold no picture; boxes in which they may be.
_TOLD: Final = frozenset({b"uuid", b"udta"})
_NESTED: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
#: An EXIF block without entries, after the four bytes that say where in the item it begins (ISO/IEC 23008-12, A.2.1).
_NO_EXIF: Final = b"\0\0\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"
_NO_XMP: Final = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
_IN_FILE, _IN_IDAT = 0, 1


def bare(body: bytes) -> bytes:
    """The same file with its EXIF, XMP and foreign boxes overwritten."""
    made = bytearray(body)
    try:
        _clear(made, body, (0, len(body)))
    except (struct.error, IndexError, KeyError):
        return body
    return bytes(made)


def _clear(made: bytearray, body: bytes, within: Place) -> None:
    for kind, (start, end) in _boxes(body, within):
        if kind in _TOLD:
            made[start - 4 : start] = b"free"
            made[start:end] = bytes(end - start)
        elif kind in _NESTED:
            _clear(made, body, (start, end))
        elif kind == b"meta":
            _clear_items(made, body, (start + 4, end))


def _boxes(body: bytes, within: Place) -> Iterator[tuple[bytes, Place]]:
    at, end = within
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", body, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", body, at + 8), 16
        ends = end if size == 0 else at + size
        if ends > end or ends < at + head:
            raise IndexError
        yield kind, (at + head, ends)
        at = ends


def _clear_items(made: bytearray, body: bytes, meta: Place) -> None:
    boxes = dict(_boxes(body, meta))
    if b"iinf" not in boxes:
        return
    told = {number: kind for number, kind in _kinds(body, boxes[b"iinf"]) if kind in {b"Exif", b"mime", b"uri "}}
    idat = boxes.get(b"idat", (0, 0))[0]
    for number, places in _places(body, boxes[b"iloc"][0], idat) if told else ():
        if number in told:
            _overwrite(made, body, told[number], places)


def _overwrite(made: bytearray, body: bytes, kind: bytes, places: list[Place]) -> None:
    was = b"".join(body[start:end] for start, end in places)
    if kind == b"Exif":
        candidates, fill = [_NO_EXIF], b"\0"
    else:
        candidates, fill = [only_rights(was) or _NO_XMP, _NO_XMP], b" "
    new = next((one for one in candidates if len(one) <= len(was)), b"").ljust(len(was), fill)
    for start, end in places:
        made[start:end], new = new[: end - start], new[end - start :]


def _kinds(body: bytes, iinf: Place) -> Iterator[tuple[int, bytes]]:
    """Each item's number and kind."""
    start, end = iinf
    start += 6 if body[start] == 0 else 8
    for kind, (at, _) in _boxes(body, (start, end)):
        if kind == b"infe":
            number, _, what = struct.unpack_from(">H H 4s" if body[at] <= 2 else ">I H 4s", body, at + 4)  # noqa: PLR2004
            yield number, what


@dataclass
class _Numbers:
    """Reads numbers of various widths, one after the other."""

    body: bytes
    at: int

    def next(self, width: int) -> int:
        if self.at + width > len(self.body):
            raise IndexError
        self.at += width
        return int.from_bytes(self.body[self.at - width : self.at], "big")


def _places(body: bytes, start: int, idat: int) -> Iterator[tuple[int, list[Place]]]:
    """Each item's number and where its bytes lie in the file (`iloc`, ISO/IEC 14496-12, 8.11.3)."""
    read = _Numbers(body, start)
    version = read.next(4) >> 24
    sizes = read.next(2)
    wide_offset, wide_length, wide_base, wide_index = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15)
    wide_number = 2 if version < 2 else 4  # noqa: PLR2004
    for _ in range(read.next(wide_number)):
        number = read.next(wide_number)
        method = read.next(2) & 15 if version else _IN_FILE
        read.next(2)
        base = read.next(wide_base) + (idat if method == _IN_IDAT else 0)
        places = []
        for _ in range(read.next(2)):
            read.next(wide_index if version else 0)
            begin, length = base + read.next(wide_offset), read.next(wide_length)
            places.append((begin, min(begin + length, len(body))))
        if method in {_IN_FILE, _IN_IDAT}:
            yield number, [(begin, ends) for begin, ends in places if begin < ends]
