"""How much may be on its way at once? Emitted and not yet live: so a stopped stage fills no memory."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

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


def room(connection: Connection) -> Room:
    """The room as it is now."""
    emitted = select(func.count(), func.coalesce(func.sum(revisions.c.size), 0)).where(revisions.c.state == "emitted")
    number, size = connection.execute(emitted).one()
    return Room(REVISIONS - number, BYTES - int(size))


def backlog(connection: Connection) -> bool:
    """Does anything wait for room? Then what is new waits behind it."""
    return connection.execute(select(1).where(revisions.c.state == "queued").limit(1)).first() is not None
