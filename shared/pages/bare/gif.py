"""Which blocks of a GIF are the picture?"""

from typing import Final

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_COMMENT, _APPLICATION = 0xFE, 0xFF
_HAS_TABLE: Final = 0x80
#: How often it is repeated, and its colours; other applications only tell of themselves (XMP among them).
_APPLICATIONS: Final = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"})
_HEADER: Final = 13
_DESCRIPTOR: Final = 10
_MOST_PARTS: Final = 100_000


def bare(body: bytes) -> bytes:
    """All that is decoded, in its order; nothing after the end."""
    at = _HEADER + _table(body, 10)
    kept = [body[:at]]
    while at < len(body) and len(kept) < _MOST_PARTS:
        end, stays = _block(body, at)
        kept.append(body[at:end] if stays else b"")
        if body[at] == _TRAILER:
            break
        at = end
    return b"".join(kept)


def _block(body: bytes, at: int) -> tuple[int, bool]:
    """Where a block ends, and whether it is needed. What is no block ends the picture: decoders stop there, too."""
    if body[at] == _IMAGE:
        # After the descriptor: a table of colours and the least size of codes.
        return _subblocks(body, at + _DESCRIPTOR + _table(body, at + 9) + 1), True
    if body[at] == _EXTENSION:
        label = body[at + 1 : at + 2]
        is_told = label == bytes((_APPLICATION,)) and body[at + 3 : at + 14] not in _APPLICATIONS
        return _subblocks(body, at + 2), not is_told and label != bytes((_COMMENT,))
    return (at + 1, True) if body[at] == _TRAILER else (len(body), False)


def _table(body: bytes, at: int) -> int:
    """The size of the table of colours whose flags stand at `at`."""
    flags = body[at] if at < len(body) else 0
    return 3 << ((flags & 7) + 1) if flags & _HAS_TABLE else 0


def _subblocks(body: bytes, at: int) -> int:
    """Where the row of sub-blocks ends that begins at `at`."""
    while at < len(body) and body[at]:
        at += 1 + body[at]
    return at + 1
