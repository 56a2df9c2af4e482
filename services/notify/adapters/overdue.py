"""How long has the oldest row of the ledger been due?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select

from services.notify.adapters.pauses import paused
from services.notify.adapters.tables import deliveries
from shared.database import Database

#: A leased row is not due: its time is when its lease ends. A row that waits for its next attempt is not due either.
_D: Final = deliveries.c
_KINDS: Final[Mapping[str, tuple[str, tuple[ColumnElement[bool], ...]]]] = {
    "mail": ("email", (_D.channel == "email", _D.state == "pending", _D.lane < 2)),  # noqa: PLR2004 - the lane of digests
    "webhook": ("webhook", (_D.channel == "webhook", _D.state == "pending", _D.lane < 2)),  # noqa: PLR2004 - the same
    "websub": ("websub", (_D.channel == "websub", _D.state == "pending", _D.lane < 2)),  # noqa: PLR2004 - the same
    "digest": ("email", (_D.channel == "email", _D.state == "pending", _D.lane == 2, _D.carrier_id.is_(None))),  # noqa: PLR2004 - the same
}


class SqlOverdue:
    """Due times in notify's database."""

    def __init__(self, database: Database) -> None:
        """`database`: notify's own."""
        self._database = database

    async def measure(self, now: datetime) -> Mapping[str, float]:
        """Seconds overdue: mails, webhooks, feeds, digests (none of a paused channel), and rows of dead workers."""
        return await self._database.read(lambda connection: measure(connection, now))


def measure(connection: Connection, now: datetime) -> dict[str, float]:
    """The same, on a connection."""
    still = set(paused(connection))
    found: dict[str, float] = {}
    for kind, (channel, where) in _KINDS.items():
        found[kind] = 0.0 if channel in still else _age(connection, select(func.min(_D.due_at)).where(*where), now)
    found["sweep"] = _age(connection, select(func.min(_D.lease_until)).where(_D.state == "sending"), now)
    return found


def _age(connection: Connection, query: Any, now: datetime) -> float:  # noqa: ANN401 - a Select of one time
    oldest = connection.scalar(query)
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
