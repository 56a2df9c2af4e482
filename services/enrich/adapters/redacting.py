"""What of a redacted story does enrich still hold? Nothing but the addresses of its pictures."""

from hashlib import sha256

from sqlalchemy import Connection, or_, select, update

from services.enrich.adapters.tables import media
from shared.database import Database
from shared.events import StoryRedacted


class SqlRedacting:
    """Redactions in enrich's SQL. A kill has emptied the story's row and taken it out of the index already."""

    def __init__(self, database: Database) -> None:
        """`database`: enrich's own."""
        self._database = database

    async def redact(self, event: StoryRedacted) -> bool:
        """Overwrite; is nothing left?"""
        await self._database.write(lambda connection: _forget_addresses(connection, frozenset(event.pictures)))
        return await self._database.compact()


def _forget_addresses(connection: Connection, pictures: frozenset[str]) -> None:
    """The pictures stay known by the hash of their address: who else shows one need not fetch it again."""
    if not pictures:
        return
    rows = connection.execute(select(media.c.url_key, media.c.url).where(media.c.url != ""))
    keys = [row.url_key for row in rows if sha256(row.url.encode()).hexdigest() in pictures]
    if keys:
        which = or_(*(media.c.url_key == key for key in keys))
        connection.execute(update(media).where(which).values(url="", missing=None))
