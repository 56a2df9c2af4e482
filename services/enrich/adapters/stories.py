"""How does enrich remember what it said, and find out who else must be said anew?

One transaction settles a batch: the fence, the index, the answers, and the stories for which the batch changed
something: those that share a key with it and come later, and those that refer to one of its addresses. Replicas settle
one batch at a time (an advisory lock), so that no two miss each other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
import zstandard
from sqlalchemy import Connection, Row, func, select

from services.enrich.adapters import index
from services.enrich.adapters.tables import addresses, keys, stories, wants
from services.enrich.domain.drafts import Draft
from services.enrich.domain.linking import linked
from services.enrich.domain.references import own_keys, wanted_keys
from services.enrich.domain.related import related
from services.enrich.domain.terms import index_keys
from shared.database import Database, lock, upsert
from shared.events import StoryEnriched, StoryHead, StoryKilled

State = Literal["told", "expired", "killed"]
BLOB_LEVEL = 3


@dataclass(slots=True)
class _Entry:
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


class SqlStories:
    """The memory of enrich in SQL."""

    def __init__(self, database: Database, public_url: str) -> None:
        """`database`: enrich's own; `public_url`: by which our own pages are recognised in references."""
        self._database = database
        self._public_url = public_url

    async def revisions(self, wanted: Collection[UUID]) -> Mapping[UUID, int]:
        """The newest revision that was settled, of those stories that are known."""
        query = select(stories.c.story_id, stories.c.revision).where(
            stories.c.story_id.in_([str(one) for one in wanted])
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {UUID(name): revision for name, revision in rows}

    async def settle(self, batch: Sequence[Draft | StoryKilled], now: datetime) -> list[list[StoryEnriched]]:
        """Take revisions (one a story) in; for each, the events that follow from it.

        A revision below the fence: none. At the fence: what was emitted for it, again. Above: its own event, then the
        stories that it changed.
        """
        return await self._database.write(lambda connection: _Settling(connection, self._public_url, now).run(batch))

    async def repeat(self, heads: Sequence[StoryHead]) -> list[list[StoryEnriched]]:
        """What was emitted for these revisions; none for one that is below the fence."""
        return await self._database.read(
            lambda connection: [_again(connection, row, head) for head, row in _rows(connection, heads)]
        )


class _Settling:
    """One batch in one transaction."""

    def __init__(self, connection: Connection, public_url: str, now: datetime) -> None:
        self._connection = connection
        self._public_url = public_url
        self._now = now

    def run(self, batch: Sequence[Draft | StoryKilled]) -> list[list[StoryEnriched]]:
        lock(self._connection, "enrich")
        newest = self._connection.scalar(select(func.max(stories.c.ordinal))) or 0
        heads = [_head(one) for one in batch]
        known = [row for _, row in _rows(self._connection, heads)]
        entries = [
            self._entry(one) if row is None or row.revision < head.revision else None
            for one, head, row in zip(batch, heads, known, strict=True)
        ]
        fresh = [entry for entry in entries if entry is not None]
        self._index(zip(entries, known, strict=True))
        self._link(fresh)
        self._store(fresh)
        moved = self._move(fresh, newest)
        return [
            _again(self._connection, row, head) if entry is None else _own(entry) + moved.get(head.ordinal, [])
            for entry, head, row in zip(entries, heads, known, strict=True)
        ]

    def _entry(self, one: Draft | StoryKilled) -> _Entry:
        if isinstance(one, StoryKilled):
            return _Entry(one.head, "killed", None, addresses=own_keys(one.head, None, self._public_url))
        head, article = one.received.head, one.article
        event = StoryEnriched(head=head, article=article, at=self._now)
        if article is None or one.received.story is None:
            return _Entry(head, "expired", event, addresses=own_keys(head, None, self._public_url))
        return _Entry(
            head,
            "told",
            event,
            keys=index_keys(article.terms, article.tags),
            wanted=wanted_keys(article.body, self._public_url),
            addresses=own_keys(head, article.canonical_url, self._public_url),
            explicit=list(one.received.story.related),
        )

    def _index(self, entries: Any) -> None:  # noqa: ANN401 - pairs of _Entry | None and Row | None
        changes = index.Changes()
        for entry, row in entries:
            if entry is None:
                continue
            ordinal, name = entry.head.ordinal, str(entry.head.story_id)
            had: dict[str, list[str]] = {
                column: orjson.loads(getattr(row, column)) if row is not None else []
                for column in ("keys", "addresses", "wanted")
            }
            if entry.state != "told":
                # Whoever names a story that is gone must still be known to name it: its headline goes from there too.
                entry.addresses = sorted({*entry.addresses, *had["addresses"]})
            entry.changed_keys = changes.replace(keys, ordinal, had["keys"], entry.keys)
            entry.changed_addresses = changes.replace(addresses, ordinal, had["addresses"], entry.addresses, name)
            changes.replace(wants, ordinal, had["wanted"], entry.wanted)
        changes.write(self._connection)

    def _link(self, entries: Sequence[_Entry]) -> None:
        """Give each entry's event its related stories and its references' targets."""
        found = {
            entry.head.ordinal: related(
                entry.head.ordinal, index.holders(self._connection, entry.keys, entry.head.ordinal)
            )
            for entry in entries
            if entry.keys
        }
        names = index.names_of(self._connection, {one for ordinals in found.values() for one in ordinals})
        names |= {entry.head.ordinal: entry.head.story_id for entry in entries}  # these may not be stored yet
        held = index.held_by(self._connection, {key for entry in entries for key in entry.wanted})
        for entry in entries:
            if entry.event is not None:
                best = [names[one] for one in found.get(entry.head.ordinal, ()) if one in names]
                entry.event = linked(entry.event, entry.explicit, best, held, self._public_url)

    def _move(self, causes: Sequence[_Entry], newest: int) -> dict[int, list[StoryEnriched]]:
        """Say those stories anew for which the batch changed something; by the ordinal of the cause."""
        cause_of = self._touched(causes, newest)
        if not cause_of:
            return {}
        query = select(stories).where(stories.c.ordinal.in_(sorted(cause_of)), stories.c.state == "told")
        rows = {row.ordinal: row for row in self._connection.execute(query)}
        entries = [_remembered(row) for row in rows.values()]
        before = {entry.head.ordinal: entry.event for entry in entries}
        self._link(entries)
        moved: dict[int, list[StoryEnriched]] = {}
        changed = [entry for entry in entries if entry.event != before[entry.head.ordinal]]
        for entry in sorted(changed, key=lambda one: one.head.ordinal):
            if entry.event is not None:
                entry.event = entry.event.model_copy(update={"at": self._now})
                moved.setdefault(cause_of[entry.head.ordinal], []).append(entry.event)
        self._store(changed)
        for cause in causes:
            cause.moved = [str(one.head.story_id) for one in moved.get(cause.head.ordinal, ())]
        self._store([cause for cause in causes if cause.moved])
        return moved

    def _touched(self, causes: Sequence[_Entry], newest: int) -> dict[int, int]:
        fresh = {cause.head.ordinal for cause in causes}
        touched: dict[int, int] = {}
        asking = index.asking_for(self._connection, {key for cause in causes for key in cause.changed_addresses})
        for cause in causes:
            ordinal = cause.head.ordinal
            concerned = {one for key in cause.changed_addresses for one in asking.get(key, ())}
            if ordinal < newest:
                concerned |= index.followers(self._connection, sorted(cause.changed_keys), ordinal)
            for one in concerned - fresh:
                touched.setdefault(one, ordinal)
        return touched

    def _store(self, entries: Sequence[_Entry]) -> None:
        if not entries:
            return
        insert = upsert(self._connection, stories)
        columns = [column.name for column in stories.columns if column.name != "story_id"]
        self._connection.execute(
            insert.on_conflict_do_update(
                index_elements=["story_id"], set_={name: insert.excluded[name] for name in columns}
            ),
            [_as_row(entry) for entry in entries],
        )


def _head(one: Draft | StoryKilled) -> StoryHead:
    return one.head if isinstance(one, StoryKilled) else one.received.head


def _own(entry: _Entry) -> list[StoryEnriched]:
    return [] if entry.event is None else [entry.event]


def _rows(connection: Connection, heads: Sequence[StoryHead]) -> list[tuple[StoryHead, Row[Any] | None]]:
    query = select(stories).where(stories.c.story_id.in_([str(head.story_id) for head in heads]))
    rows = {row.story_id: row for row in connection.execute(query)}
    return [(head, rows.get(str(head.story_id))) for head in heads]


def _again(connection: Connection, row: Row[Any] | None, head: StoryHead) -> list[StoryEnriched]:
    if row is None or row.revision != head.revision:
        return []
    own = [] if row.blob is None else [_unpacked(row.blob)]
    names = orjson.loads(row.moved)
    if not names:
        return own
    query = select(stories.c.blob).where(stories.c.story_id.in_(names), stories.c.state == "told")
    return own + [_unpacked(blob) for blob in connection.execute(query.order_by(stories.c.ordinal)).scalars()]


def _as_row(entry: _Entry) -> dict[str, object]:
    return {
        "story_id": str(entry.head.story_id),
        "revision": entry.head.revision,
        "state": entry.state,
        "ordinal": entry.head.ordinal,
        "blob": None if entry.event is None else _packed(entry.event),
        "keys": orjson.dumps(entry.keys).decode(),
        "addresses": orjson.dumps(entry.addresses).decode(),
        "wanted": orjson.dumps(entry.wanted).decode(),
        "explicit": orjson.dumps(entry.explicit).decode(),
        "moved": orjson.dumps(entry.moved).decode(),
    }


def _remembered(row: Row[Any]) -> _Entry:
    event = _unpacked(row.blob)
    lists = {name: orjson.loads(getattr(row, name)) for name in ("keys", "addresses", "wanted", "moved")}
    return _Entry(event.head, "told", event, explicit=[UUID(one) for one in orjson.loads(row.explicit)], **lists)


def _packed(event: StoryEnriched) -> bytes:
    return zstandard.compress(event.model_dump_json().encode(), BLOB_LEVEL)


def _unpacked(blob: bytes) -> StoryEnriched:
    return StoryEnriched.model_validate_json(zstandard.decompress(blob))
