"""Whose time has come? Releases and expiries, judged by the database's clock."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select, update

from services.ingest.adapters.tables import revisions, stories
from services.ingest.domain.identity import Identity
from shared.database import Database, lock

BATCH: Final = 500


class SqlDue:
    """The times that the log waits for."""

    def __init__(self, database: Database) -> None:
        """`database`: ingest's own."""
        self._database = database

    async def release(self) -> int:
        """Queue every revision whose embargo is over; how many. Lower ones were overtaken when it was accepted."""
        now = await self._database.now()
        if await self._next_release() is None:
            return 0
        return await self._database.write(lambda connection: _release(connection, now))

    async def expired(self) -> Sequence[Identity]:
        """Stories whose time is over and that have not been told so."""
        now = await self._database.now()
        query = select(stories.c.publisher, stories.c.external_id).where(stories.c.expires_at <= now).limit(BATCH)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [Identity(row.publisher, row.external_id) for row in rows]

    async def next(self) -> float | None:
        """Seconds until the next release or expiry; None when nothing waits."""
        expiry = select(func.min(stories.c.expires_at)).where(stories.c.expires_at.is_not(None))
        times = [await self._next_release(), await self._database.read(lambda connection: connection.scalar(expiry))]
        now = await self._database.now()
        return min(((time - now).total_seconds() for time in times if time is not None), default=None)

    async def _next_release(self) -> datetime | None:
        query = select(func.min(revisions.c.release_at)).where(
            revisions.c.state == "waiting", revisions.c.release_at.is_not(None)
        )
        return await self._database.read(lambda connection: connection.scalar(query))


def _release(connection: Connection, now: datetime) -> int:
    lock(connection, "ingest.log")
    due = (revisions.c.state == "waiting", revisions.c.release_at <= now)
    return connection.execute(update(revisions).where(*due).values(state="queued")).rowcount
