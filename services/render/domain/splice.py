"""How does a feed of 50 entries get compressed without compressing 50 entries?

Each entry is deflated once and ends at a byte with nothing before it referred to (a full flush, RFC 1951 §3.2.4). Such
runs may be joined in any order into one gzip member: compressing a feed of 300 KB costs a copy and a checksum instead
of 5 ms for three encodings. A small feed is compressed whole.
"""

from collections.abc import Sequence

from isal import isal_zlib

from services.render.domain.feed import Frame, Piece

LEVEL = 2
#: From here on a feed is spliced (bytes).
LARGE = 64 * 1024
#: RFC 1952 §2.3: deflate, no name, no time, unknown system.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
#: An empty final block.
_END = b"\x03\x00"


def deflated(body: bytes) -> bytes:
    """A run of deflate blocks that can stand anywhere in a stream."""
    compressor = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, -15)
    return compressor.compress(body) + compressor.flush(isal_zlib.Z_FULL_FLUSH)


def inflated(run: bytes) -> bytes:
    """What a run says."""
    return isal_zlib.decompressobj(-15).decompress(run)


def spliced(frame: Frame, pieces: Sequence[Piece]) -> tuple[bytes, bytes | None]:
    """A small feed as it is and None; a large one as gzip only, after nothing: its plain form is in there."""
    parts = [frame.before]
    for piece in pieces:
        parts += (frame.between, piece.body) if len(parts) > 1 else (piece.body,)
    parts.append(frame.after)
    size = sum(map(len, parts))
    if size < LARGE:
        return b"".join(parts), None
    check = 0
    for part in parts:
        check = isal_zlib.crc32(part, check)
    between = deflated(frame.between) if frame.between else b""
    runs = (
        *(_HEADER, deflated(frame.before), between.join(piece.packed for piece in pieces), deflated(frame.after), _END),
        *(check.to_bytes(4, "little"), (size & 0xFFFFFFFF).to_bytes(4, "little")),
    )
    return b"", b"".join(runs)
