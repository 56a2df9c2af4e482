"""Whose key is this? A copy of ingest's directory of publishers, fed by events."""

import hashlib
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from services.notify.adapters.tables import directory
from services.notify.domain.callers import Caller
from shared.database import Database, lock
from shared.events import PublishersChanged

#: Who was switched off; a publisher of whom no event has told us yet is not among them.
DISABLED: Final = select(directory.c.publisher).where(~directory.c.active)


class SqlDirectory:
    """The directory's copy in SQL."""

    def __init__(self, database: Database) -> None:
        """`database`: notify's own."""
        self._database = database

    async def replace(self, newest: PublishersChanged) -> None:
        """Take a newer directory over, whole; an older one changes nothing."""
        await self._database.write(lambda connection: _replace(connection, newest))

    async def caller(self, key: str) -> Caller | None:
        """The active holder of `key`; None for a key that is unknown, rotated away or disabled."""
        digest = hashlib.sha256(key.encode()).hexdigest()
        query = select(directory).where(directory.c.key_hash == digest, directory.c.active)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return None if row is None else Caller(row.publisher, frozenset(row.scopes.split()))


def _replace(connection: Connection, newest: PublishersChanged) -> None:
    lock(connection, "notify.directory")
    held = connection.scalar(select(func.max(directory.c.version)))
    if held is not None and held >= newest.version:
        return
    connection.execute(delete(directory))
    rows = _rows(newest)
    if rows:
        connection.execute(insert(directory), rows)


def _rows(newest: PublishersChanged) -> Sequence[dict[str, object]]:
    return [
        {
            "key_hash": digest,
            "publisher": one.slug,
            "scopes": " ".join(one.scopes),
            "active": one.active,
            "version": newest.version,
        }
        for one in newest.publishers
        for digest in one.key_hashes
    ]
