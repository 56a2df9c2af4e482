"""In which form does a story lie in the table, and how is it read back?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, select

from services.enrich.adapters.tables import stories
from shared.events import StoryEnriched, StoryHead
from shared.events.stored import pack_event, unpack_event

State = Literal["told", "expired", "killed"]


@dataclass(slots=True)
class Entry:
    """A story that is being settled or said anew."""

    head: StoryHead
    state: State
    event: StoryEnriched | None
    keys: list[str] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    explicit: list[UUID] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    changed_keys: set[str] = field(default_factory=set)
    changed_addresses: set[str] = field(default_factory=set)


def held_rows(connection: Connection, heads: Sequence[StoryHead]) -> list[tuple[StoryHead, Row[Any] | None]]:
    """Each head with what is held of its story."""
    query = select(stories).where(stories.c.story_id.in_([str(head.story_id) for head in heads]))
    rows = {row.story_id: row for row in connection.execute(query)}
    return [(head, rows.get(str(head.story_id))) for head in heads]


def again(connection: Connection, row: Row[Any] | None, head: StoryHead) -> list[StoryEnriched]:
    """What was emitted for a revision: its own event and those of the stories that it changed."""
    if row is None or row.revision != head.revision:
        return []
    own = [] if row.blob is None else [unpack_event(row.blob)]
    names = orjson.loads(row.moved)
    if not names:
        return own
    query = select(stories.c.blob).where(stories.c.story_id.in_(names), stories.c.state == "told")
    return own + [unpack_event(blob) for blob in connection.execute(query.order_by(stories.c.ordinal)).scalars()]


def as_row(entry: Entry) -> dict[str, object]:
    """The row of an entry."""
    return {
        "story_id": str(entry.head.story_id),
        "revision": entry.head.revision,
        "state": entry.state,
        "ordinal": entry.head.ordinal,
        "blob": None if entry.event is None else pack_event(entry.event),
        "keys": orjson.dumps(entry.keys).decode(),
        "addresses": orjson.dumps(entry.addresses).decode(),
        "wanted": orjson.dumps(entry.wanted).decode(),
        "explicit": orjson.dumps(entry.explicit).decode(),
        "moved": orjson.dumps(entry.moved).decode(),
    }


def remembered(row: Row[Any]) -> Entry:
    """The entry of a row that has a blob."""
    event = unpack_event(row.blob)
    lists = {name: orjson.loads(getattr(row, name)) for name in ("keys", "addresses", "wanted", "moved")}
    return Entry(event.head, "told", event, explicit=[UUID(one) for one in orjson.loads(row.explicit)], **lists)
