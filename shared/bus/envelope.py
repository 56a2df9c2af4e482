"""How does an event lie in a stream?

In FastStream's own binary envelope (one field, `__data__`), so that any FastStream application can read along: headers
of ASCII text, then the event as JSON. `correlation_id` is the event's id: it stays the same through every retry. A
retried or redelivered event also says for which `group` it is (other groups pass over it), how many `attempts` this one
makes, and when it was `first` seen (ms).

An event that is not retried has headers of fixed length, so that reading and writing one is a slice.
"""

import secrets
from itertools import count
from struct import pack
from typing import Final, NamedTuple, TypeVar

from faststream.redis.parser import BinaryMessageFormatV1
from pydantic import ValidationError

from shared.events import Event

E = TypeVar("E", bound=Event)

DATA: Final = b"__data__"
_ID_LENGTH: Final = 16
_HALF: Final = 0xFFFFFFFF
#: Of a number in a header, at most.
_DIGITS: Final = 15


def _text(value: str) -> bytes:
    # The length counts characters in FastStream's reader: only ASCII comes out as it went in.
    raw = value.encode("ascii")
    return pack(">H", len(raw)) + raw


def _head(headers: dict[str, str]) -> bytes:
    lines = b"".join(_text(name) + _text(value) for name, value in headers.items())
    return BinaryMessageFormatV1.IDENTITY_HEADER + pack(">HIIH", 1, 18, 20 + len(lines), len(headers)) + lines


_PLAIN: Final = _head({"content-type": "application/json", "correlation_id": "0" * _ID_LENGTH})[:-_ID_LENGTH]
_BODY_AT: Final = len(_PLAIN) + _ID_LENGTH


class Letter(NamedTuple):
    """What an entry says before anybody has understood its body. `first` is None for an event's first journey."""

    id: str
    body: bytes
    group: str | None = None
    attempts: int = 1
    first: int | None = None


class Sealer:
    """Writes envelopes; the ids that it gives are unique among all processes."""

    def __init__(self) -> None:
        """Ids are a random half, drawn once, and a counter."""
        self._prefix = secrets.token_hex(4)
        self._head = _PLAIN + self._prefix.encode()
        self._numbers = count()

    def new_id(self) -> str:
        """Sixteen hexadecimal digits."""
        return f"{self._prefix}{next(self._numbers) & _HALF:08x}"

    def seal(self, event: Event) -> bytes:
        """The envelope of a new event."""
        body = event.__pydantic_serializer__.to_json(event)
        return b"%b%08x%b" % (self._head, next(self._numbers) & _HALF, body)


def seal_again(letter: Letter) -> bytes:
    """The envelope of an event that goes to one group once more."""
    headers = {
        "content-type": "application/json",
        "correlation_id": letter.id,
        "attempts": str(letter.attempts),
        "group": letter.group or "",
        "first": str(letter.first or 0),
    }
    return _head(headers) + letter.body


def open_letter(raw: bytes) -> Letter:
    """Read an envelope; never raises: what is no envelope is a letter whose body nobody will understand."""
    if raw.startswith(_PLAIN):
        return Letter(raw[len(_PLAIN) : _BODY_AT].decode("latin-1"), raw[_BODY_AT:])
    if not raw.startswith(BinaryMessageFormatV1.IDENTITY_HEADER):
        # FastStream would also try an older, JSON form, whose headers can be anything.
        return Letter("", raw)
    body, headers = BinaryMessageFormatV1.parse(raw)
    return Letter(
        id=headers.get("correlation_id", ""),
        body=body,
        group=headers.get("group") or None,
        attempts=_number(headers.get("attempts", "")) or 1,
        first=_number(headers.get("first", "")),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else None


def read_event(kind: type[E], body: bytes) -> E | ValidationError:
    """The event in a letter's body, or why it is none."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        return error
