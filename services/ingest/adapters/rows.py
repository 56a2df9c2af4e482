"""How does a revision stand in a row, and how does it come back?"""

from typing import Any

import orjson
from sqlalchemy import Column, Row, Select, null, select

from services.ingest.adapters.tables import contents, revisions
from services.ingest.domain.identity import Identity
from services.ingest.domain.standing import Entry

_ENTRY: tuple[Column[Any], ...] = (
    revisions.c.publisher,
    revisions.c.external_id,
    revisions.c.ordinal,
    revisions.c.revision,
    revisions.c.action,
    revisions.c.notify,
    revisions.c.accepted_at,
    revisions.c.release_at,
    revisions.c.published_at,
    revisions.c.path,
    revisions.c.redirects,
    revisions.c.announce_until,
    revisions.c.note,
    revisions.c.kind,
    revisions.c.reason,
    revisions.c.receipt,
    revisions.c.changed,
)


def entries(*more: Column[Any]) -> Select[Any]:
    """Revisions in the columns that `to_entry` reads, and `more` after them."""
    beside = revisions.outerjoin(contents, contents.c.position == revisions.c.position)
    return select(*_ENTRY, contents.c.content, *more).select_from(beside)


def bare_entries() -> Select[Any]:
    """The same as if they had brought nothing: for those who look at what was done, not at what was said."""
    return select(*_ENTRY, null().label("content"))


def to_entry(row: Row[Any]) -> Entry:
    """The revision that a row of `entries` holds."""
    return Entry(
        Identity(row.publisher, row.external_id),
        row.ordinal,
        row.revision,
        row.action,
        None if row.content is None else bytes(row.content),
        row.notify,
        row.accepted_at,
        row.release_at,
        row.published_at,
        row.path,
        tuple(orjson.loads(row.redirects)),
        row.announce_until,
        row.note,
        row.kind,
        row.reason,
        row.receipt,
        tuple(row.changed.split()) if row.changed else (),
    )


def to_row(entry: Entry) -> dict[str, Any]:
    """The columns that an accepted revision decides; not its place, nor its fate (`state` and the like)."""
    return {
        "story_id": entry.identity.story_id,
        "publisher": entry.identity.publisher,
        "external_id": entry.identity.external_id,
        "ordinal": entry.ordinal,
        "revision": entry.revision,
        "action": entry.action,
        "notify": entry.notify,
        "note": entry.note,
        "kind": entry.kind,
        "reason": entry.reason,
        "receipt": entry.receipt,
        "changed": " ".join(entry.changed),
        "accepted_at": entry.accepted_at,
        "release_at": entry.release_at,
        "published_at": entry.published_at,
        "path": entry.path,
        "redirects": orjson.dumps(entry.redirects).decode(),
        "announce_until": entry.announce_until,
        "size": entry.size,
    }
