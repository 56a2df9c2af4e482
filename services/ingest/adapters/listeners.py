"""What may those who stand beside the line not have read? The log's answer, kept on disk."""

from typing import Final

from sqlalchemy import Connection

from services.ingest.adapters import context, counters
from services.ingest.adapters.rows import entries, to_entry
from services.ingest.adapters.tables import revisions
from services.ingest.domain.listening import Heard
from services.ingest.domain.standing import Entry
from services.ingest.domain.telling import Told
from shared.database import Database, lock

BATCH: Final = 64
#: Of what was numbered before anybody asked it is not known who has read it: so much is told again.
UNKNOWN: Final = 500


class SqlListeners:
    """Three numbers of changes in the log, and the changes between them."""

    def __init__(self, database: Database, names: context.Names) -> None:
        """`names` is shared with the log."""
        self._database, self._names = database, names

    async def heard(self) -> Heard:
        """How far they have read, and what is owed to them."""
        return await self._database.read(_heard)

    async def has_read(self, number: int) -> None:
        """They have read every change up to this one."""

        def work(connection: Connection) -> None:
            lock(connection, "ingest.heard")
            if number > _heard(connection).read:
                counters.store(connection, "read", number)

        await self._database.write(work)

    async def owe(self) -> Heard:
        """Redis may have forgotten what they have not read: it is owed to them from now on."""

        def work(connection: Connection) -> Heard:
            lock(connection, "ingest.heard")
            owed = _heard(connection).forgotten()
            counters.store(connection, "told", owed.told)
            counters.store(connection, "owed", owed.owed)
            counters.store(connection, "debts", owed.debts)
            return owed

        return await self._database.write(work)

    async def waiting(self, after: int) -> tuple[list[Entry], int]:
        """The next revisions after a position that wait for their time, and where they end."""
        query = (
            entries(revisions.c.position)
            .where(revisions.c.state == "waiting", revisions.c.position > after)
            .order_by(revisions.c.position)
            .limit(BATCH)
        )
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [to_entry(row) for row in rows], max((row.position for row in rows), default=after)

    async def changes(self, heard: Heard) -> tuple[list[Told], int]:
        """The next settled revisions of those that are owed, and the number of the change up to which that is all."""
        query = (
            entries(revisions.c.position, revisions.c.seq)
            .where(revisions.c.seq > heard.told, revisions.c.seq <= heard.owed, revisions.c.state == "settled")
            .order_by(revisions.c.seq)
            .limit(BATCH)
        )

        def work(connection: Connection) -> tuple[list[Told], int]:
            rows = connection.execute(query).all()
            told = context.told(connection, [to_entry(row) for row in rows], self._names)
            return told, rows[-1].seq if len(rows) == BATCH else heard.owed

        told, end = await self._database.read(work)
        for one in told:
            self._names.keep(one.names)
        return told, end

    async def were_told(self, heard: Heard, end: int) -> None:
        """What `changes` answered has reached Redis: true only as long as it has not forgotten again since."""

        def work(connection: Connection) -> None:
            lock(connection, "ingest.heard")
            now = _heard(connection)
            if now.debts == heard.debts and end > now.told:
                counters.store(connection, "told", end)

        await self._database.write(work)


def _heard(connection: Connection) -> Heard:
    last = counters.last(connection, "seq")
    read = counters.known(connection, "read")
    return Heard(
        last,
        max(0, last - UNKNOWN) if read is None else read,
        counters.last(connection, "told"),
        counters.last(connection, "owed"),
        counters.last(connection, "debts"),
    )
