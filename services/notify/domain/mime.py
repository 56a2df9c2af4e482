"""How does a mail become bytes once, with gaps for what differs from reader to reader?

A body is a sequence of texts and `Slot`s, so that no text of a stranger can be mistaken for a gap. Everything is 7-bit:
quoted-printable bodies (RFC 2045, 6.7) and encoded words (RFC 2047), so that every relay takes it as it is.
"""

import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.header import Header
from enum import Enum
from typing import Final

#: Whole messages stay below this, encoded: several mail programs cut off what is larger.
LIMIT: Final = 90_000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ATTEMPTED: Final = "=?"


class Slot(Enum):
    """A gap in a compiled message."""

    TO = "to"
    MESSAGE_ID = "message-id"
    REPLY = "reply"
    TOKEN = "token"  # noqa: S105 - the name of a gap


Piece = str | Slot
Body = Sequence[Piece]


@dataclass(frozen=True, slots=True)
class Template:
    """A message with gaps: `chunks[0] slots[0] chunks[1] …`, one chunk more than slots."""

    chunks: tuple[bytes, ...]
    slots: tuple[Slot, ...]

    def splice(self, values: Mapping[Slot, bytes]) -> bytes:
        """The message of one reader."""
        parts: list[bytes] = [b""] * (2 * len(self.slots) + 1)
        parts[0::2] = self.chunks
        parts[1::2] = [values[slot] for slot in self.slots]
        return b"".join(parts)

    @property
    def size(self) -> int:
        """Bytes without what goes into the gaps."""
        return sum(map(len, self.chunks))


def header(name: str, value: Body | str) -> list[bytes | Slot]:
    """One header line, folded; no value can end it or begin another."""
    if isinstance(value, str):
        return [f"{name}: {encoded_words(value, len(name) + 2)}\r\n".encode("ascii")]
    line: list[bytes | Slot] = [f"{name}: ".encode()]
    line += [piece if isinstance(piece, Slot) else _one_line(piece).encode("ascii") for piece in value]
    return [*line, b"\r\n"]


def encoded_words(text: str, used: int = 0) -> str:
    """`text` for an unstructured header: as it is when ASCII, else RFC 2047, folded. `used`: columns taken already."""
    text = _one_line(text)
    plain = text.isascii() and _ATTEMPTED not in text
    return Header(text, "us-ascii" if plain else "utf-8", maxlinelen=76, header_name="x" * used).encode(linesep="\r\n")


def mailbox(name: str, address: str) -> str:
    """A display name and an address (ASCII) as a header value."""
    if not name:
        return address
    text = _one_line(name)
    if text.isascii() and _ATTEMPTED not in text:
        text = '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
    else:
        text = Header(text, "utf-8", maxlinelen=200).encode(linesep=" ")
    return f"{text} <{address}>"


def alternative(headers: Sequence[Sequence[bytes | Slot]], text: Body, html: Body, boundary: str) -> Template:
    """A multipart/alternative message. `=_` in the boundary cannot occur in quoted-printable (RFC 2045, 6.7)."""
    mark = f"=_{boundary}"
    pieces: list[bytes | Slot] = [piece for line in headers for piece in line]
    pieces.append(f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{mark}"\r\n\r\n'.encode())
    for kind, body in (("plain", text), ("html", html)):
        kind_line = f"--{mark}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        pieces.append(f"{kind_line}Content-Transfer-Encoding: quoted-printable\r\n\r\n".encode())
        pieces += quoted(body)
        pieces.append(b"\r\n")
    pieces.append(f"--{mark}--\r\n".encode())
    return _template(pieces)


def quoted(body: Body) -> list[bytes | Slot]:
    """A body in quoted-printable; each gap stands alone on a line between two soft line breaks."""
    pieces: list[bytes | Slot] = []
    for piece in body:
        if isinstance(piece, Slot):
            pieces += [b"=\r\n", piece, b"=\r\n"]
        else:
            pieces.append(quote(piece))
    return pieces


def quote(text: str) -> bytes:
    """`text` in quoted-printable with CRLF line ends."""
    plain = _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return binascii.b2a_qp(plain.encode(), istext=True).replace(b"\n", b"\r\n")


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", _UNPRINTABLE.sub(" ", text)).strip()


def _template(pieces: Sequence[bytes | Slot]) -> Template:
    chunks: list[bytes] = []
    slots: list[Slot] = []
    run: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, Slot):
            chunks.append(b"".join(run))
            slots.append(piece)
            run = []
        else:
            run.append(piece)
    return Template((*chunks, b"".join(run)), tuple(slots))
