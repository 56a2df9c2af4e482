"""How long has the oldest work of the log been due?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select

from services.ingest.adapters.tables import in_state, revisions, stories
from shared.database import Database

_RELEASE: Final = select(func.min(revisions.c.release_at)).where(
    revisions.c.state == "waiting", revisions.c.release_at.is_not(None)
)
_EXPIRY: Final = select(func.min(stories.c.expires_at)).where(stories.c.expires_at.is_not(None))
#: The window bounds these; of the queue, which may be long, the head is the oldest but for released embargoes.
_MOVING: Final = (
    select(revisions.c.accepted_at, revisions.c.release_at)
    .where(in_state("emitted", "live"))
    .order_by(revisions.c.position)
)
_QUEUED: Final = (
    select(revisions.c.accepted_at, revisions.c.release_at)
    .where(revisions.c.state == "queued")
    .order_by(revisions.c.position)
    .limit(1)
)


class SqlOverdue:
    """Due times in ingest's database."""

    def __init__(self, database: Database) -> None:
        """`database`: ingest's own."""
        self._database = database

    async def measure(self, now: datetime) -> Mapping[str, float]:
        """Seconds overdue: releases, expiries, and revisions on their way (since they were accepted or released)."""
        return await self._database.read(lambda connection: _measure(connection, now))


def _measure(connection: Connection, now: datetime) -> dict[str, float]:
    moving = [*connection.execute(_MOVING).all(), *connection.execute(_QUEUED).all()]
    since = min(map(_begun, moving), default=None)
    times = {"embargo": connection.scalar(_RELEASE), "expiry": connection.scalar(_EXPIRY), "drive": since}
    return {kind: 0.0 if at is None else max(0.0, (now - at).total_seconds()) for kind, at in times.items()}


def _begun(row: Row[Any, Any]) -> datetime:
    begun: datetime = max(row.accepted_at, row.release_at or row.accepted_at)
    return begun
