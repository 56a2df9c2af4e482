"""How much may be on its way at once? Emitted and not yet live: so a stopped stage fills no memory.

Somebody who compares what is shown with the log may hold everything back for a moment (kills never). A hold ends by
itself: whoever asked for it must ask again while it lasts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from services.ingest.adapters import counters
from services.ingest.adapters.tables import revisions

REVISIONS: Final = 1000
BYTES: Final = 32 * 1024 * 1024


@dataclass(slots=True)
class Room:
    """What is left of the window."""

    revisions: int
    bytes: int

    def take(self, size: int) -> bool:
        """Take room for one revision; False when there is none. A big one may end the window, never block it."""
        if self.revisions <= 0 or self.bytes <= 0:
            return False
        self.revisions -= 1
        self.bytes -= size
        return True


def room(connection: Connection, now: datetime) -> Room:
    """The room as it is at `now`; none while a hold lasts."""
    if counters.last(connection, "held_until") > now.timestamp():
        return Room(0, 0)
    emitted = select(func.count(), func.coalesce(func.sum(revisions.c.size), 0)).where(revisions.c.state == "emitted")
    number, size = connection.execute(emitted).one()
    return Room(REVISIONS - number, BYTES - int(size))


def backlog(connection: Connection) -> bool:
    """Does anything wait for room? Then what is new waits behind it."""
    return connection.execute(select(1).where(revisions.c.state == "queued").limit(1)).first() is not None


def hold(connection: Connection, until: datetime | None) -> None:
    """Let nothing but kills go until then; None: let go."""
    counters.store(connection, "held_until", int(until.timestamp()) if until else 0)
