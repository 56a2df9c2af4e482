"""Which channels send nothing now? Rows of the ledger, so that every replica stops; what is planned waits."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from services.notify.adapters.tables import pauses
from services.notify.domain.channels import Channel
from shared.database import Database, upsert
from shared.events import rfc3339


class SqlPauses:
    """Pauses in SQL."""

    def __init__(self, database: Database) -> None:
        """`database`: notify's own."""
        self._database = database

    async def all(self) -> list[Mapping[str, Any]]:
        """The channels that are paused, with the reason and since when."""
        query = select(pauses).order_by(pauses.c.channel)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [{"channel": row.channel, "reason": row.reason, "since": rfc3339(row.since)} for row in rows]

    async def pause(self, channels: Collection[Channel], reason: str) -> None:
        """Send nothing more on these."""
        now = await self._database.now()
        await self._database.write(lambda connection: pause(connection, channels, reason, now))

    async def resume(self, channels: Collection[Channel]) -> None:
        """Go on with these."""
        await self._database.write(lambda connection: resume(connection, channels))


def pause(connection: Connection, channels: Collection[Channel], reason: str, now: datetime) -> None:
    """Pause channels in the caller's transaction; one that is paused keeps its reason and its time."""
    for channel in sorted(set(channels)):
        row = upsert(connection, pauses).values(channel=channel, reason=reason, since=now)
        connection.execute(row.on_conflict_do_nothing())


def resume(connection: Connection, channels: Collection[Channel]) -> None:
    """End pauses in the caller's transaction."""
    connection.execute(delete(pauses).where(pauses.c.channel.in_(sorted(set(channels)))))


def is_paused(connection: Connection, channel: str) -> bool:
    """Must nothing leave on this channel?"""
    return connection.execute(select(1).where(pauses.c.channel == channel)).first() is not None


def paused(connection: Connection) -> Sequence[str]:
    """The channels on which nothing may leave."""
    return connection.scalars(select(pauses.c.channel)).all()
