"""How do events go from one process of a rebuild to another? As frames on a pipe: a line of JSON, then the events.

A frame begins with the length of its head (four bytes). The head names each event's kind and size, and says whatever
else there is to say.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from shared.events import (
    CommentsChanged,
    Event,
    ListsRendered,
    StoryEnriched,
    StoryKilled,
    StoryReceived,
    StoryRendered,
)

_KINDS: Final[Mapping[str, type[Event]]] = {
    one.__name__: one
    for one in (StoryReceived, StoryKilled, StoryEnriched, StoryRendered, ListsRendered, CommentsChanged)
}
_LENGTH: Final = 4


@dataclass(frozen=True, slots=True)
class Frame:
    """Something said: words, and events."""

    words: Mapping[str, Any] = field(default_factory=dict)
    events: Sequence[Event] = ()


def packed(frame: Frame) -> list[bytes]:
    """The frame's bytes, in pieces."""
    bodies = [one.__pydantic_serializer__.to_json(one) for one in frame.events]
    about = [(type(one).__name__, len(body)) for one, body in zip(frame.events, bodies, strict=True)]
    head = orjson.dumps({**frame.words, "events": about})
    return [len(head).to_bytes(_LENGTH, "big"), head, *bodies]


def unpacked(read: Callable[[int], bytes]) -> Frame:
    """The next frame; `read(n)` gives exactly n bytes. EOFError at the end."""
    head = orjson.loads(read(_head_size(read(_LENGTH))))
    body = read(_body_size(head))
    return Frame(head, list(_events(head, body)))


async def received(read: Callable[[int], Awaitable[bytes]]) -> Frame:
    """The same for who must not wait."""
    head = orjson.loads(await read(_head_size(await read(_LENGTH))))
    body = await read(_body_size(head))
    return Frame(head, list(_events(head, body)))


def _head_size(length: bytes) -> int:
    return int.from_bytes(length, "big")


def _body_size(head: Mapping[str, Any]) -> int:
    return sum(size for _, size in _about(head))


def _about(head: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    return ((str(kind), int(size)) for kind, size in head["events"])


def _events(head: Mapping[str, Any], body: bytes) -> Iterator[Event]:
    start = 0
    for kind, size in _about(head):
        yield _KINDS[kind].model_validate_json(body[start : start + size])
        start += size
