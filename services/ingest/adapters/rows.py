"""How does a revision stand in a row, and how does it come back?"""

from typing import Any

import orjson
from sqlalchemy import Column, Row, Select, select

from services.ingest.adapters.tables import revisions
from services.ingest.domain.identity import Identity
from services.ingest.domain.standing import Entry

_ENTRY: tuple[Column[Any], ...] = (
    revisions.c.publisher,
    revisions.c.external_id,
    revisions.c.ordinal,
    revisions.c.revision,
    revisions.c.action,
    revisions.c.content,
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
)


def entries(*more: Column[Any]) -> Select[Any]:
    """Revisions in the columns that `to_entry` reads, and `more` after them."""
    return select(*_ENTRY, *more)


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
    )


def to_row(entry: Entry) -> dict[str, Any]:
    """The columns that an accepted revision decides; its fate (`state` and the like) is not among them."""
    return {
        "story_id": entry.identity.story_id,
        "publisher": entry.identity.publisher,
        "external_id": entry.identity.external_id,
        "ordinal": entry.ordinal,
        "revision": entry.revision,
        "action": entry.action,
        "content": entry.content,
        "notify": entry.notify,
        "note": entry.note,
        "kind": entry.kind,
        "reason": entry.reason,
        "receipt": entry.receipt,
        "accepted_at": entry.accepted_at,
        "release_at": entry.release_at,
        "published_at": entry.published_at,
        "path": entry.path,
        "redirects": orjson.dumps(entry.redirects).decode(),
        "announce_until": entry.announce_until,
        "size": entry.size,
    }
