"""Which secret makes our unsubscribe links? Made once, then the same for ever."""

import secrets

from sqlalchemy import Connection, select

from services.notify.adapters.tables import secrets as table
from shared.database import Database, upsert

NAME = "unsubscribe"


async def secret(database: Database) -> bytes:
    """Thirty-two bytes; of several replicas that start together the first one's."""

    def work(connection: Connection) -> bytes:
        row = {"name": NAME, "value": secrets.token_bytes(32)}
        connection.execute(upsert(connection, table).values(row).on_conflict_do_nothing())
        found = connection.scalar(select(table.c.value).where(table.c.name == NAME))
        assert found is not None  # noqa: S101 - it was there or has just been entered
        return bytes(found)

    return await database.write(work)
