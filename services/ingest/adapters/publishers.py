"""Where are publishers and their keys kept? The directory that everybody else has a copy of."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from services.ingest.adapters import counters
from services.ingest.adapters.tables import publishers
from services.ingest.domain.publishers import Caller, Scope, free_slug, key_hash
from shared import clock
from shared.database import Database, lock
from shared.events import PublisherRecord, PublishersChanged

#: For how many seconds a replica may believe what it read; a key that another replica rotated lives as long.
BELIEVED: Final = 1.0


class SqlPublishers:
    """The directory of publishers."""

    def __init__(self, database: Database) -> None:
        """`database`: ingest's own."""
        self._database = database
        self._callers: Mapping[str, Caller] = {}
        self._slugs: frozenset[str] = frozenset()
        self._read_at = -BELIEVED

    async def caller(self, key: str) -> Caller | None:
        """The active holder of a key."""
        digest = key_hash(key)
        await self._fresh(digest in self._callers)
        return self._callers.get(digest)

    async def exists(self, slug: str) -> bool:
        """Is there such a publisher?"""
        await self._fresh(slug in self._slugs)
        return slug in self._slugs

    async def create(self, name: str, scopes: Sequence[Scope]) -> tuple[dict[str, Any], str]:
        """A new publisher and its key, which nobody can read again."""
        key, now = _new_key(), await self._database.now()
        row = await self._database.write(lambda connection: _create(connection, name, scopes, key, now))
        self._read_at = -BELIEVED
        return row, key

    async def rotate(self, slug: str) -> tuple[dict[str, Any], str] | None:
        """A new key; the old one ends. None for an unknown publisher."""
        key = _new_key()
        row = await self._change(slug, {"key_hash": key_hash(key)})
        return None if row is None else (row, key)

    async def set_active(self, slug: str, *, active: bool) -> dict[str, Any] | None:
        """Let a publisher's key count or not. None for an unknown publisher."""
        return await self._change(slug, {"active": active})

    async def all(self) -> list[dict[str, Any]]:
        """Every publisher, oldest first."""
        query = select(publishers).order_by(publishers.c.created_at, publishers.c.slug)
        return [_shown(row) for row in await self._database.read(lambda connection: connection.execute(query).all())]

    async def one(self, slug: str) -> dict[str, Any] | None:
        """One publisher."""
        query = select(publishers).where(publishers.c.slug == slug)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else _shown(row)

    async def directory(self) -> PublishersChanged:
        """The whole directory, as everybody else keeps it."""
        return await self._database.read(_directory)

    async def _change(self, slug: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
        row = await self._database.write(lambda connection: _change(connection, slug, values))
        self._read_at = -BELIEVED
        return row

    async def _fresh(self, known: bool) -> None:  # noqa: FBT001 - private
        """Read the directory again when it is old, or does not know what it is asked for."""
        if known and clock.monotonic() - self._read_at < BELIEVED:
            return
        rows = await self._database.read(lambda connection: connection.execute(select(publishers)).all())
        self._callers = {row.key_hash: Caller(row.slug, frozenset(row.scopes.split())) for row in rows if row.active}
        self._slugs = frozenset(row.slug for row in rows)
        self._read_at = clock.monotonic()


def _new_key() -> str:
    return f"nw_{secrets.token_urlsafe(32)}"


def _create(connection: Connection, name: str, scopes: Sequence[Scope], key: str, now: datetime) -> dict[str, Any]:
    lock(connection, "ingest.directory")
    taken = set(connection.scalars(select(publishers.c.slug)))
    values = {
        "slug": free_slug(name, taken),
        "name": name,
        "scopes": " ".join(scopes),
        "key_hash": key_hash(key),
        "active": True,
        "created_at": now,
    }
    connection.execute(insert(publishers).values(values))
    counters.store(connection, "directory", counters.last(connection, "directory") + 1)
    return _shown(connection.execute(select(publishers).where(publishers.c.slug == values["slug"])).one())


def _change(connection: Connection, slug: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    lock(connection, "ingest.directory")
    connection.execute(update(publishers).where(publishers.c.slug == slug).values(values))
    row = connection.execute(select(publishers).where(publishers.c.slug == slug)).first()
    if row is None:
        return None
    counters.store(connection, "directory", counters.last(connection, "directory") + 1)
    return _shown(row)


def _shown(row: Row[Any]) -> dict[str, Any]:
    return {
        "slug": row.slug,
        "name": row.name,
        "scopes": row.scopes.split(),
        "active": row.active,
        "created_at": row.created_at,
    }


def _directory(connection: Connection) -> PublishersChanged:
    records = tuple(
        PublisherRecord(
            slug=row.slug,
            name=row.name,
            scopes=tuple(row.scopes.split()),
            key_hashes=(row.key_hash,),
            active=row.active,
        )
        for row in connection.execute(select(publishers).order_by(publishers.c.slug))
    )
    return PublishersChanged(at=clock.now(), version=counters.last(connection, "directory"), publishers=records)
