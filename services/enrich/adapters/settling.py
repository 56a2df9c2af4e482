"""What does a batch do to the memory of enrich, and what follows from it?

One transaction settles a batch: the fence, the index, the answers, and the stories for which the batch changed
something: those that share a key with it and come later, and those that refer to one of its addresses. Replicas settle
one batch at a time (an advisory lock), so that no two miss each other.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, select

from services.enrich.adapters import index
from services.enrich.adapters.entries import Entry, again, as_row, held_rows, remembered
from services.enrich.adapters.tables import addresses, keys, stories, wants
from services.enrich.domain.drafts import Draft
from services.enrich.domain.linking import linked
from services.enrich.domain.references import own_keys, wanted_keys
from services.enrich.domain.related import related
from services.enrich.domain.terms import index_keys
from shared.database import Many, lock
from shared.events import StoryEnriched, StoryHead, StoryKilled

#: How many stories are held in memory while the batch's consequences are worked out.
REVIEWED = 500
_KEEP = Many.replacing(stories, "story_id")


class Settling:
    """One batch in one transaction."""

    def __init__(self, connection: Connection, public_url: str, now: datetime) -> None:
        """`connection` is in a transaction of its own."""
        self._connection = connection
        self._public_url = public_url
        self._now = now

    def run(self, batch: Sequence[Draft | StoryKilled]) -> list[list[StoryEnriched]]:
        """Settle revisions, one a story; for each what follows."""
        lock(self._connection, "enrich")
        newest = self._connection.scalar(select(func.max(stories.c.ordinal))) or 0
        heads = [_head(one) for one in batch]
        known = [row for _, row in held_rows(self._connection, heads)]
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
            again(self._connection, row, head) if entry is None else _own(entry) + moved.get(head.ordinal, [])
            for entry, head, row in zip(entries, heads, known, strict=True)
        ]

    def _entry(self, one: Draft | StoryKilled) -> Entry:
        if isinstance(one, StoryKilled):
            return Entry(one.head, "killed", None, addresses=own_keys(one.head, None, self._public_url))
        head, article = one.received.head, one.article
        event = StoryEnriched(head=head, article=article, at=self._now)
        if article is None or one.received.story is None:
            return Entry(head, "expired", event, addresses=own_keys(head, None, self._public_url))
        return Entry(
            head,
            "told",
            event,
            keys=index_keys(article.terms, article.tags),
            wanted=wanted_keys(article.body, self._public_url),
            addresses=own_keys(head, article.canonical_url, self._public_url),
            explicit=list(one.received.story.related),
        )

    def _index(self, entries: Iterable[tuple[Entry | None, Row[Any] | None]]) -> None:
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

    def _link(self, entries: Sequence[Entry]) -> None:
        """Give each entry's event its related stories and its references' targets."""
        holders = index.holders(self._connection, {entry.head.ordinal: entry.keys for entry in entries if entry.keys})
        found = {ordinal: related(ordinal, having) for ordinal, having in holders.items()}
        names = index.names_of(self._connection, {one for ordinals in found.values() for one in ordinals})
        names |= {entry.head.ordinal: entry.head.story_id for entry in entries}  # these may not be stored yet
        held = index.held_by(self._connection, {key for entry in entries for key in entry.wanted})
        for entry in entries:
            if entry.event is not None:
                best = [names[one] for one in found.get(entry.head.ordinal, ()) if one in names]
                entry.event = linked(entry.event, entry.explicit, best, held, self._public_url)

    def _move(self, causes: Sequence[Entry], newest: int) -> dict[int, list[StoryEnriched]]:
        """Say those stories anew for which the batch changed something; by the ordinal of the cause."""
        cause_of = self._touched(causes, newest)
        ordinals = sorted(cause_of)
        moved: dict[int, list[StoryEnriched]] = {}
        for start in range(0, len(ordinals), REVIEWED):
            for event in self._review(ordinals[start : start + REVIEWED]):
                moved.setdefault(cause_of[event.head.ordinal], []).append(event)
        for cause in causes:
            cause.moved = [str(one.head.story_id) for one in moved.get(cause.head.ordinal, ())]
        self._store([cause for cause in causes if cause.moved])
        return moved

    def _review(self, ordinals: Sequence[int]) -> list[StoryEnriched]:
        """Link some stories again; those that came out different, in their order."""
        query = select(stories).where(stories.c.ordinal.in_(ordinals), stories.c.state == "told")
        entries = [remembered(row) for row in self._connection.execute(query.order_by(stories.c.ordinal))]
        before = [entry.event for entry in entries]
        self._link(entries)
        changed = [entry for entry, was in zip(entries, before, strict=True) if entry.event != was]
        for entry in changed:
            if entry.event is not None:
                # Of two that tell the same revision the later one counts. Our clock was read before our turn came.
                later = max(self._now, entry.event.at + datetime.resolution)
                entry.event = entry.event.model_copy(update={"at": later})
        self._store(changed)
        return [entry.event for entry in changed if entry.event is not None]

    def _touched(self, causes: Sequence[Entry], newest: int) -> dict[int, int]:
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

    def _store(self, entries: Sequence[Entry]) -> None:
        _KEEP(self._connection, [as_row(entry) for entry in entries])


def _head(one: Draft | StoryKilled) -> StoryHead:
    return one.head if isinstance(one, StoryKilled) else one.received.head


def _own(entry: Entry) -> list[StoryEnriched]:
    return [] if entry.event is None else [entry.event]
