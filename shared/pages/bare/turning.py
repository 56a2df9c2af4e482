"""How was the camera held? The one thing in EXIF that a picture needs to be shown upright."""

import struct
from typing import Final

_ORIENTATION: Final = 0x0112
_SHORT: Final = 3
#: 1 is upright; others are mirrored or turned (EXIF 2.32, 4.6.4).
_TURNED: Final = range(2, 9)
_ORDERS: Final = {b"II*\0": "<", b"MM\0*": ">"}


def only_orientation(exif: bytes) -> bytes | None:
    """An EXIF block (from its byte order mark on) that says how to turn the picture, no more; None if upright."""
    turned = _orientation(exif)
    if turned is None:
        return None
    return struct.pack(">2sHIHHHIHHI", b"MM", 42, 8, 1, _ORIENTATION, _SHORT, 1, turned, 0, 0)


def _orientation(exif: bytes) -> int | None:
    order = _ORDERS.get(exif[:4])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for number in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, start + 2 + 12 * number)
            if tag == _ORIENTATION:
                return value if kind == _SHORT and value in _TURNED else None
    except struct.error:
        return None
    return None
